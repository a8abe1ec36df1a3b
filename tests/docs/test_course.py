"""docs/course.md: each test of its table is there, and its commands do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

from word2vec.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
TESTS = re.findall(r"^\|.* \| `(\w+)` \|$", PAGE, re.MULTILINE)


def test_each_row_names_tests_that_are_there():
    assert len(TESTS) == len(re.findall(r"^\|", PAGE, re.MULTILINE)) - 2 == 6
    names = re.findall(r"^def (test_\w+)", (ROOT / "tests/course/test_handouts.py").read_text("utf-8"), re.MULTILINE)
    assert [chosen for chosen in TESTS if not any(chosen in name for name in names)] == []


def test_the_losses_of_the_starter_test_are_printed_for_skipgram(tmp_path, monkeypatch, capsys):
    assert "word2vec diagnose word2vec.py skipgram " in PAGE
    monkeypatch.chdir(tmp_path)
    Path("word2vec.py").write_text("from word2vec_numpy.course import *\n")
    assert main(["diagnose", "word2vec.py", "skipgram"]) == 0
    assert "16.1512" in capsys.readouterr().out


def test_single_lines_stand_in_for_the_hand_outs_files(tmp_path):
    lines = {
        "sgd.py": "from word2vec_numpy.course.saved_params import *",
        "word2vec.py": "from word2vec_numpy.course.xcs224n import *",
    }
    for name, line in lines.items():
        assert f"`{line}`" in PAGE
        (tmp_path / name).write_text(line + "\n")
    code = "from word2vec import *; from sgd import *; print(sgd(lambda x: (x, x), 1.0, .5, 1, PRINT_EVERY=None)); "
    code += "print(skipgram.__defaults__[0].__name__, load_saved_params())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "0.5\nnegSamplingLossAndGradient (0, None, None)\n", done.stderr
