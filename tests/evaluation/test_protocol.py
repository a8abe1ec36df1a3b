"""word2vec/evaluation/protocol.py: which words count."""

import unicodedata
import warnings

import numpy as np
import pytest

from word2vec.evaluation.protocol import Protocol, percent, rows_of, warn_if_few
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

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
    with pytest.raises(ValueError, match=f"restrict is {restrict}: expected at least 1"):
        Protocol(restrict)


def test_numpys_true_is_true():
    assert Protocol(fold_case=np.True_).fold_case is True
    assert Protocol(fold_case=np.False_).spelled("tea") == "tea"


def test_an_unknown_policy():
    with pytest.raises(ValueError, match="unknown is 'drop': expected one of skip, zero"):
        Protocol(unknown="drop")


def test_rules_of_other_types():
    for name, value, expected in [("restrict", "x", "a whole number"), ("fold_case", 1, "bool")]:
        with pytest.raises(TypeError, match=f"{name} is {value!r}: expected {expected}"):
            Protocol(**{name: value})
    with pytest.raises(ValueError, match="unknown is None: expected one of skip, zero"):
        Protocol(unknown=None)


@pytest.mark.parametrize(
    ("known", "asked", "warned"),
    [(4, 353, True), (29, 353, True), (30, 353, False), (5, 10, False), (4, 10, True), (0, 3, True), (2, 2, False)],
)
def test_few_of_many_are_warned_of(known, asked, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_few("set", known, asked, "pairs")
    assert len(caught) == warned


def test_the_warning_says_how_far_chance_moves_the_score():
    for known, what, chance in ((16, "pairs", "0.49"), (16, "questions", "0.24"), (2, "pairs", "1.00")):
        message = rf"set: only {known} of 2,000 {what} have vectors, .* by chance ±{chance}; take vectors of a lo"
        with pytest.warns(UserWarning, match=message):
            warn_if_few("set", known, 2000, what)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_unknown_words_that_differ_in_unicode_form_only(form):
    words, other = (unicodedata.normalize(f, "Äpfel") for f in (form, "NFD" if form == "NFC" else "NFC"))
    vectors, protocol = WordVectors([words, "tea"], np.eye(2)), Protocol()
    with pytest.warns(UserWarning, match=r"set: 1 words, such as '.{1,2}PFEL', count as unknown .*\.normalize"):
        assert other.upper() not in protocol.look_up(vectors, {other.upper(), "TEA"}, "set")
    assert protocol.look_up(vectors, {words.upper(), "ÉTÉ"}, "set") == {words.upper(): [0]}


def test_shares():
    assert percent(1, 3) == "33.3 %"
    assert percent(0, 0) == "–"


def test_ngrams_give_vectors_to_words_without_one_by_their_first_spelling():
    subwords = Subwords(3, 3, 9, np.arange(9), np.random.default_rng(0).normal(size=(9, 2)))
    vectors = WordVectors(["Rome", "tea"], np.ones((2, 2)), subwords=subwords)
    asked = ["rome", "Teas", "teas", "</s>", "tea"]
    found = Protocol(restrict=1).compose(vectors, asked, {"ROME": [0]})
    assert [*found] == ["TEAS"]
    np.testing.assert_array_equal(found["TEAS"], vectors["Teas"])
    assert [*Protocol(fold_case=False).compose(vectors, asked, {"tea": [1]})] == ["rome", "Teas", "teas"]
    assert Protocol().compose(WordVectors(["tea"], np.ones((1, 2))), asked, {}) == {}


def test_rows_of_two_matrices_that_follow_each_other():
    matrix, extra = np.arange(6.0).reshape(3, 2), -np.ones((2, 2), np.float32)
    both = np.concatenate([matrix, extra])
    for rows in ([4, 0, 3, 2], [1, 1], [3], []):
        rows = np.array(rows, int)
        np.testing.assert_array_equal(rows_of(matrix, extra, rows), both[rows])
    np.testing.assert_array_equal(rows_of(matrix, extra[:0], np.array([2])), matrix[2:])
