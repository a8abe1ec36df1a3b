"""benchmarks/throughput.py: the comparison at equal time."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import throughput
from benchmarks.throughput import curve


def test_what_takes_no_more_time_is_compared(monkeypatch, capsys):
    def trained(way, _, settings, seed, *__, **___):
        n = settings["epochs"]
        right = np.arange(100) < (60 if way == "ours" else 40) + n + seed
        return {"analogies": (right.astype(float), np.ones(100))}, {"processor": n if way == "ours" else 4.0 * n}

    monkeypatch.setattr(throughput, "trained", trained)
    curve(Path("text"), 2, 5, [5, 20, 30], 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" analogies")[0].strip() for line in lines[2:6]] == [
        "gensim-file, 5 epochs, 20.0 s",
        *("ours, 5 epochs, 5.0 s", "ours, 20 epochs, 20.0 s", "ours, 30 epochs, 30.0 s"),
    ]
    assert [line.split(":")[0].strip() for line in lines[6:]] == [
        f"ours, {n} epochs, less gensim, 5" for n in (5, 20)
    ]
    low, high = (float(lines[6].split()[i]) for i in (7, 9))
    assert low < 0.2 < high
    assert low == pytest.approx(0.12, abs=0.02)
