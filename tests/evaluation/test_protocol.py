"""word2vec/evaluation/protocol.py: which words count."""

import pytest

from word2vec.evaluation.protocol import Protocol, percent

WORDS = ["the", "Paris", "paris", "PARIS", "straße", "Rome"]


def test_the_first_spelling_stands_first():
    found = Protocol().find(WORDS, {"PARIS", "THE", "MILAN"})
    assert found == {"THE": [0], "PARIS": [1, 2, 3]}


def test_case_apart():
    found = Protocol(fold_case=False).find(WORDS, {"paris", "rome", "Rome"})
    assert found == {"paris": [2], "Rome": [5]}


def test_only_the_first_words_are_known():
    assert Protocol(restrict=3).find(WORDS, {"PARIS", "ROME"}) == {"PARIS": [1, 2]}
    assert Protocol(restrict=None).find(WORDS, {"ROME"}) == {"ROME": [5]}


def test_case_folds_as_gensim_does():
    assert Protocol().spelled("straße") == "STRASSE"
    assert Protocol(fold_case=False).spelled("straße") == "straße"


def test_the_rules_in_words():
    assert Protocol().describe(6) == (
        "all 6 words known; upper and lower case alike; questions with unknown words left out"
    )
    assert Protocol(3, fold_case=False, unknown="zero").describe(4000) == (
        "the first 3 of 4,000 words known; upper and lower case apart; questions with unknown words count as 0"
    )
    assert Protocol(None).describe(4).startswith("all 4 words")


@pytest.mark.parametrize("restrict", [0, -1])
def test_a_cut_that_leaves_nothing(restrict):
    with pytest.raises(ValueError, match=f"restrict is {restrict}: expected at least 1, or None for all words"):
        Protocol(restrict)


def test_an_unknown_policy():
    with pytest.raises(ValueError, match="unknown is 'drop': expected 'skip' or 'zero'"):
        Protocol(unknown="drop")


def test_shares():
    assert percent(1, 3) == "33.3 %"
    assert percent(0, 0) == "–"
