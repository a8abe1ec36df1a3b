"""benchmarks/scores.py: what counts explain of a score."""

import numpy as np

from benchmarks import scores
from benchmarks.scores import answers, score, without_counts


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
    monkeypatch.setattr(scores, "questions", lambda: (rated, [["w1", "w2", "w3", "w4"]]))
    matrix = np.random.default_rng(1).normal(size=(30, 5))
    found = answers(words, matrix, given_counts=True)
    assert [*found] == ["WS353", "SimLex", "SimLex given counts", "analogies"]
    assert [len(truth) for _, truth in found.values()] == [9, 30, 30, 1]
    assert 0 < abs(score("SimLex given counts", *found["SimLex given counts"])) < 1
    assert [*answers(words, matrix)] == ["WS353", "SimLex", "analogies"]
