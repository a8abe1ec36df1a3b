"""benchmarks/throughput.py: what counts explain of a score, and the comparison at equal time."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import throughput
from benchmarks.throughput import answers, curve, score, without_counts


def test_what_counts_explain_is_left_out():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 1000, (2, 500))
    by_count = np.maximum(a, b) + rng.normal(0, 30, (2, 500))
    meant = rng.normal(0, 300, 500)
    assert np.corrcoef(*by_count)[0, 1] > 0.9
    assert abs(np.corrcoef(*(without_counts(each, a, b) for each in by_count))[0, 1]) < 0.15
    assert np.corrcoef(*(without_counts(each + meant, a, b) for each in by_count))[0, 1] > 0.9


def test_simlex_is_scored_with_counts_and_without(monkeypatch):
    words = [f"w{i}" for i in range(30)]
    pairs = [(f"w{i}", f"w{(7 * i + 1) % 30}", float(i * 5 % 11)) for i in range(30)]
    rated = {"WS353": pairs[:9], "SimLex": [*pairs, ("w1", "unknown", 3.0)]}
    monkeypatch.setattr(throughput, "questions", lambda: (rated, [["w1", "w2", "w3", "w4"]]))
    matrix = np.random.default_rng(1).normal(size=(30, 5))
    found = answers(words, matrix, given_counts=True)
    assert [*found] == ["WS353", "SimLex", "SimLex given counts", "analogies"]
    assert [len(truth) for _, truth in found.values()] == [9, 30, 30, 1]
    assert 0 < abs(score("SimLex given counts", *found["SimLex given counts"])) < 1
    assert [*answers(words, matrix)] == ["WS353", "SimLex", "analogies"]


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
