"""The command line `python -m word2vec`."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from word2vec.__main__ import main
from word2vec.checkpoint import save_generation


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


@pytest.fixture
def folder(tmp_path):
    save_generation(tmp_path, 5, {"x": np.zeros((4, 2))}, {"iteration": 5, "random": random.getstate()})
    save_generation(tmp_path, 10, {"x": np.ones((4, 2))}, {"iteration": 10, "settings": {"dim": 2}})
    return tmp_path


def test_a_checkpoint_is_shown(folder, capsys):
    assert main(["checkpoint", "show", str(folder / "iteration-000000010.checkpoint")]) == 0
    assert capsys.readouterr().out == "iteration: 10\nsettings: {'dim': 2}\nx: array (4, 2) of float64\n"


def test_a_long_state_is_shown_in_short(folder, capsys):
    assert main(["checkpoint", "show", str(folder / "iteration-000000005.checkpoint")]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 120


def test_all_checkpoints_of_a_folder_are_verified(folder, capsys):
    assert main(["checkpoint", "verify", str(folder)]) == 0
    assert capsys.readouterr().out.count("good") == 2
    (folder / "iteration-000000010.checkpoint").write_bytes(b"")
    assert main(["checkpoint", "verify", str(folder)]) == 1
    good, bad = capsys.readouterr().out.splitlines()
    assert good.startswith("good")
    assert good.endswith("iteration 5")
    assert bad.startswith("bad")
    assert "damaged or no checkpoint" in bad


def test_a_folder_is_not_shown_and_a_file_is_verified(folder, capsys):
    assert main(["checkpoint", "show", str(folder)]) == 1
    assert "`checkpoint verify` looks into folders" in capsys.readouterr().err
    assert main(["checkpoint", "verify", str(folder / "iteration-000000005.checkpoint")]) == 0
    assert capsys.readouterr().out.startswith("good")


def test_what_is_not_there_is_named(tmp_path, capsys):
    assert main(["checkpoint", "verify", str(tmp_path)]) == 1
    assert f"no checkpoint in {tmp_path}" in capsys.readouterr().err
    assert main(["checkpoint", "show", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err


def test_help_and_a_missing_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "word2vec", "diagnose", "16.1512"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "right" in done.stdout.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="no such shell on Windows")
def test_a_reader_that_goes_away_gets_no_traceback():
    line = f"{sys.executable} -m word2vec diagnose 14.3019 | true"
    assert subprocess.run(["sh", "-c", line], capture_output=True, text=True).stderr == ""


# convert

GOLDEN = Path(__file__).parent / "data" / "vectors"


def test_convert_writes_another_format(tmp_path, capsys):
    assert main(["convert", str(GOLDEN / "gensim.txt"), str(tmp_path / "v.bin")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'v.bin'}: 4 words, 3 dimensions, binary\n"
    assert (tmp_path / "v.bin").read_bytes() == (GOLDEN / "gensim.bin").read_bytes()
    assert main(["convert", str(tmp_path / "v.bin"), str(tmp_path / "v"), "--to", "glove", "--limit", "2"]) == 0
    expected = (GOLDEN / "gensim_no_header.txt").read_bytes().splitlines(keepends=True)[:2]
    assert (tmp_path / "v").read_bytes() == b"".join(expected)


def test_convert_keeps_every_digit_from_text_to_text(tmp_path):
    text = b"1 2\nw 0.12345678901234566 -1e-300\n"
    (tmp_path / "a.txt").write_bytes(text)
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.vec"), "--from", "text"]) == 0
    assert (tmp_path / "b.vec").read_bytes() == text
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.npz"), "--dtype", "float64"]) == 0
    with np.load(tmp_path / "b.npz") as arrays:
        assert arrays["matrix"].tolist() == [[0.12345678901234566, -1e-300]]


def test_convert_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "a.txt").write_bytes(b"2 1\nw 1.0\nx nan\n")
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin")]) == 1
    assert "word2vec convert: " in (error := capsys.readouterr().err)
    assert "a.txt, line 3: the vector of 'x' holds NaN" in error
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.bin"), "--errors", "skip"]) == 0
    assert "left out 1 rows with NaN or infinity; the first: line 3" in capsys.readouterr().out
