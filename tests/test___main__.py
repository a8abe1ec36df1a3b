"""The command line `python -m word2vec`."""

import subprocess
import sys

import pytest

from word2vec.__main__ import main


def test_a_known_loss_is_explained(capsys):
    assert main(["diagnose", "14.3019"]) == 0
    assert "Python 2" in capsys.readouterr().out


def test_neither_a_number_nor_a_file(capsys):
    assert main(["diagnose", "no_such_solution.py"]) == 1
    assert "no_such_solution.py" in capsys.readouterr().err


def test_a_wrong_module_gives_status_1(tmp_path, capsys):
    module = tmp_path / "solution.py"
    module.write_text("def sigmoid(x):\n    return x\n", encoding="utf-8")
    assert main(["diagnose", str(module)]) == 1
    assert "sigmoid" in capsys.readouterr().out


def test_help_and_a_missing_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "word2vec", "diagnose", "16.1512"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "right" in done.stdout.lower()
