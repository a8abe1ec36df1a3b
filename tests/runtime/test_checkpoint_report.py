"""`python -m word2vec checkpoint show` and `verify`."""

import random

import numpy as np
import pytest

from word2vec.__main__ import main
from word2vec.runtime.checkpoint import save_generation


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
