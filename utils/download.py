"""Fetch the Stanford Sentiment Treebank: `python -m utils.download`.

All is in word2vec/course/download.py, which is run as a file: that needs nothing but Python's standard library.
"""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).parents[1] / "word2vec" / "course" / "download.py"), run_name="__main__")
