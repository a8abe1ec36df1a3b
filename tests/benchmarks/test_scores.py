"""benchmarks/scores.py: what counts explain of a score, and the sets of rare words."""

from collections import Counter

import numpy as np
import pytest

from benchmarks import scores
from benchmarks.scores import answers, base_of, interval, rare_answers, rare_words, score, without_counts


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


def test_analogies_are_compared_question_by_question(monkeypatch):
    words = [f"w{i}" for i in range(30)]
    quads = [[words[(i + j) % 30] for j in range(4)] for i in range(30)]
    monkeypatch.setattr(scores, "questions", lambda: ({}, quads))
    matrix = np.random.default_rng(1).normal(size=(30, 5))
    one, other = (answers(words[i:] + words[:i], np.roll(matrix, -i, axis=0), 20) for i in (0, 3))
    assert [found["analogies"][1].sum() for found in (one, other)] == [17, 17]  # of different words
    assert one["analogies"][1].tolist() != other["analogies"][1].tolist()
    low, high = interval("analogies", [one], [other], draws=20)
    assert low <= high
    assert score("analogies", np.array([1.0, 0, 0]), np.array([1.0, 1, 0])) == 0.5


@pytest.mark.parametrize(
    ("word", "base"),
    [
        *(
            ("walks", "walk"),
            ("walkers", "walker"),
            ("hoped", "hope"),
            ("activation", "active"),
            ("happily", "happy"),
        ),
        *(("easiest", None), ("cups", None), ("walk", None), ("walkish", None), ("hopes", "hope")),
    ],
)
def test_a_word_is_derived_from_the_longest_that_a_suffix_makes_it_of(word, base):
    assert base_of(word, {"walk", "walker", "hope", "active", "happy", "eas", "cup"}) == base


def counted():
    """200 frequent words, of ten of which there are rare and unknown forms, and other rare words."""
    counts = Counter({f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}word{i}": 1000 - i for i in range(200)})
    bases = sorted(counts)[:10]
    counts |= Counter({f"{base}s": 5 + i for i, base in enumerate(bases)} | {"odd": 7, "rarest": 3})
    return counts | Counter({f"{base}ing": 2 + i % 3 for i, base in enumerate(bases)} | {f"{bases[0]}ed": 1})


def test_rare_words_stand_beside_their_base_and_a_word_as_frequent():
    counts = counted()
    found = rare_words(counts)
    assert [*found] == ["rare", "unknown"]
    for name, low, high, suffix in (("rare", 5, 20, "s"), ("unknown", 2, 4, "ing")):
        derived, others = found[name][::2], found[name][1::2]
        assert len(derived) == len(others) == 10
        assert {truth for _, _, truth in derived} == {1}
        assert {truth for _, _, truth in others} == {0}
        for (word, base, _), (same, other, _) in zip(derived, others, strict=True):
            assert word == same == base + suffix
            assert low <= counts[word] <= high
            assert other[:2] != word[:2]
            assert abs(counts[other] - counts[base]) <= 50
    assert rare_words(counts) == found


def test_a_set_is_not_larger_than_wanted(monkeypatch):
    monkeypatch.setattr(scores, "MOST", 3)
    assert [len(found) for found in rare_words(counted()).values()] == [6, 6]


def test_the_score_of_rare_words_is_how_often_the_derived_one_is_nearer():
    vectors = {"a": [1, 0], "as": [2, 0.1], "b": [0, 1], "zero": [0, 0]}
    found = rare_answers([("as", "a", 1), ("as", "b", 0), ("zero", "a", 1), ("zero", "b", 0)], vectors)
    np.testing.assert_allclose(found[0], [2 / np.hypot(2, 0.1), 0.1 / np.hypot(2, 0.1), 0, 0])
    assert found[1].tolist() == [1, 0, 1, 0]
    assert score("rare", *found) == (1 + 1 + 0 + 1 / 2) / 4  # each derived pair against each other one
