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


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff54\uff45\uff41", "tea"),
        ("tea", "\uff54\uff45\uff41"),
        ("o\ufb03ce", "office"),
        ("tea\u200b", "tea"),
        ("\ufefftea", "tea"),
        ("tea", "\ufefftea"),
        ("te\u00ada", "tea"),
        (" tea", "tea"),
        ("New\u00a0York", "New_York"),
        ("New York", "New_York"),
        ("don\u2019t", "don't"),
        ("don't", "don\u02bct"),
        ("well\u2010known", "well-known"),
        ("TEA", "tea"),
        ("CAFE\u0301", "caf\u00e9"),
    ],
    ids=ascii,
)
def test_words_that_look_the_same_come_first(word, known):
    words = ["teas", "caff", "offices", "New_Yorker", "donut", known, "knowns"]
    assert near_spellings(word, words)[0] == known
    assert near_spellings(word, ["two\nlines", *words])[0] == known


def test_the_same_letters_come_before_another_case():
    assert near_spellings("New York", ["new_york", "newyork", "New_York"]) == ["New_York", "new_york", "newyork"]


@pytest.mark.parametrize(
    ("word", "known", "clause"),
    [
        ("cafe\u0301", "caf\u00e9", "Unicode normalisation (unicodedata.normalize('NFC', word))"),
        ("caf\u00e9", "cafe\u0301", "Unicode normalisation (unicodedata.normalize('NFD', word))"),
        ("\uff54ea", "tea", "Unicode normalisation (unicodedata.normalize('NFKC', word))"),
        ("tea", "\uff54ea", "Unicode normalisation"),
        ("tea\u200b", "tea", "spaces, invisible or similar characters ('tea\\u200b', 'tea')"),
        ("tea ", "tea", "spaces, invisible or similar characters ('tea ', 'tea')"),
    ],
)
def test_a_difference_that_nobody_sees_is_named(word, known, clause):
    assert str(UnknownWord(word, [known])).endswith(f"; did you mean {known}, which differs only in {clause}?")
    assert describe_unknown([word], [known]).endswith(f" (near: {known}, which differs only in {clause})")


@pytest.mark.parametrize(("word", "known"), [("New York", "New_York"), ("TEA", "tea"), ("teaa", "tea")])
def test_a_difference_that_everybody_sees_is_not(word, known):
    assert str(UnknownWord(word, [known])) == f"no vector for {word!r} among 1 words; did you mean {known}?"


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
