"""word2vec/vectors/spelling.py: suggestions for unknown words."""

import pickle

import pytest

from word2vec.vectors import spelling
from word2vec.vectors.spelling import UnknownWord, describe_unknown, near_spellings


def test_the_nearest_spelling_comes_first():
    assert near_spellings("quen", ["king", "queue", "queen", "tea"]) == ["queen", "queue"]
    assert near_spellings("xyzzy", ["king", "tea"]) == []
    assert near_spellings("x", []) == []


def test_upper_and_lower_case_come_before_other_spellings():
    assert near_spellings("straße", ["strafe", "STRASSE", "strasser"], n=2) == ["STRASSE", "strafe"]
    assert near_spellings("TEA", ["sea", "tea", "Tea", "TEAM"]) == ["tea", "Tea", "TEAM"]


def test_rare_words_are_suggested_only_for_their_case(monkeypatch):
    monkeypatch.setattr(spelling, "FREQUENT", 2)
    assert near_spellings("quen", ["king", "tea", "queen", "QUEN"]) == ["QUEN"]


def test_the_search_waits_until_the_message_is_read(monkeypatch):
    asked = []
    monkeypatch.setattr(spelling, "near_spellings", lambda *arguments: asked.append(arguments) or ["tea", "sea"])
    error = UnknownWord("te", ["tea"] * 1234)
    assert asked == []
    assert str(error) == "no vector for 'te' among 1,234 words; did you mean tea or sea?"
    assert len(asked) == 1


def test_the_error_is_a_key_error_and_keeps_its_message_between_processes():
    error = UnknownWord("te", ["tea"])
    assert isinstance(error, KeyError)
    assert error.args == ("te",)
    with pytest.raises(KeyError, match="no vector for 'te' among 1 words; did you mean tea"):
        raise pickle.loads(pickle.dumps(error))


def test_an_endless_word_is_shown_in_part():
    assert str(UnknownWord("x" * 10**6, ["tea"])) == f"no vector for '{'x' * 60}'… among 1 words"


@pytest.mark.parametrize("vocabulary", [["tea", "the", "milk"], {"tea": 0, "the": 1, "milk": 2}])
def test_a_description_of_the_words_that_are_not_in_the_vocabulary(vocabulary):
    assert describe_unknown(["milk", "tee", "xyzzy", "Milk"], vocabulary) == (
        "'tee' (near: the, tea), 'xyzzy', 'Milk' (near: milk)"
    )
    assert describe_unknown(["milk", "tea"], vocabulary) == describe_unknown([], vocabulary) == ""
