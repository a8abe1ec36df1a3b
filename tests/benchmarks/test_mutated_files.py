"""benchmarks/mutated_files.py: a small share of it; 5,000 files and more by its own command."""

import tracemalloc

import numpy as np
import pytest

from benchmarks import mutated_files
from benchmarks.mutated_files import NAMES, make_sound, mutated, run


@pytest.mark.slow
def test_damaged_files_raise_only_what_is_documented(tmp_path):
    tracemalloc.start()
    try:
        found, _, most = run(tmp_path, 150, 12345)
    finally:
        tracemalloc.stop()
    assert {name for name, _ in found} == set(NAMES)
    assert sum(found.values()) == 150
    assert sum(n for (_, outcome), n in found.items() if outcome == "VectorFileError") > 30
    assert sum(n for (_, outcome), n in found.items() if outcome == "read") > 10
    assert most < 64


def test_something_else_would_be_told(tmp_path, monkeypatch):
    def careless(*args, **kwargs):
        raise KeyError("matrix")

    monkeypatch.setattr(mutated_files, "read", careless)
    with pytest.raises(AssertionError, match=r"try \d of seed 1, v\.\S+: KeyError: 'matrix'"):
        run(tmp_path, 10, 1)


def test_damage_is_done(tmp_path):
    make_sound(tmp_path)
    data = (tmp_path / "v.bin").read_bytes()
    changed = [mutated(data, np.random.default_rng(i)) != data for i in range(50)]
    assert sum(changed) > 45
