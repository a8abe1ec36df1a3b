"""Gradients that are known to be wrong or right, and the checkers that judge them.

`benchmarks.kill_matrix` plants the wrong ones (planted.py, survivors.py), `benchmarks.false_alarms` takes the right
ones (correct_*.py, proven right by exactness.py); both ask ours and those of checkers.py. Nothing here is a command.
"""
