"""docs/course.md: each command of its table is run by a test, or here."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from word2vec.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
ROWS = [line for line in (ROOT / "docs" / "course.md").read_text(encoding="utf-8").splitlines() if line[0:1] == "|"]
COMMANDS = [command for row in ROWS[2:] for command in re.findall("`([^`]+)`", row.split("|")[-2])]


def test_each_row_has_a_command():
    assert len(COMMANDS) > len(ROWS[2:]) == 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_table(command, tmp_path, monkeypatch, capsys):
    program, *arguments = shlex.split(command)
    if program == "pytest":  # the tests that it chooses run with the others
        file, option, chosen = arguments
        names = re.findall(r"^def (test_\w+)", (ROOT / file).read_text("utf-8"), re.M)
        assert option == "-k"
        assert any(chosen in name for name in names)
        return
    assert program == "word2vec"
    monkeypatch.chdir(tmp_path)
    Path("word2vec.py").write_text("from word2vec_numpy.course import *\n")
    assert main(arguments) == 0
    assert "16.1512" in capsys.readouterr().out


def test_single_lines_stand_in_for_the_hand_outs_files(tmp_path):
    lines = {
        "sgd.py": "from word2vec_numpy.course.saved_params import *",
        "word2vec.py": "from word2vec_numpy.course.xcs224n import *",
    }
    page = " ".join((ROOT / "docs" / "course.md").read_text(encoding="utf-8").split())
    for name, line in lines.items():
        assert f"`{line}`" in page
        (tmp_path / name).write_text(line + "\n")
    code = "from word2vec import *; from sgd import *; print(sgd(lambda x: (x, x), 1.0, .5, 1, PRINT_EVERY=None)); "
    code += "print(skipgram.__defaults__[0].__name__, load_saved_params())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "0.5\nnegSamplingLossAndGradient (0, None, None)\n", done.stderr
