"""word2vec/runtime/word_lists.py: what is a list of words, and what says which row a word has."""

from collections import ChainMap, Counter, OrderedDict
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pytest

from word2vec.runtime.word_lists import check_labels, listed, words_by_row

ROWS = {"tea": 2, "milk": 0, "rain": 1}
IN_ORDER = ["milk", "rain", "tea"]


class Drink(StrEnum):
    TEA = "tea"


# lists


@pytest.mark.parametrize(
    "words",
    [
        ["tea", "milk"],
        ("tea", "milk"),
        iter(["tea", "milk"]),
        np.array(["tea", "milk"]),
        np.array(["tea", "milk"], object),
        np.array(["tea", "milk"], np.dtypes.StringDType()),
        [np.str_("tea"), "milk"],
        [Drink.TEA, "milk"],
        {"tea": 5, "milk": 3}.keys(),
        {5: "tea", 3: "milk"}.values(),
    ],
)
def test_a_list_of_words(words):
    found = listed(words, "words")
    assert found == ["tea", "milk"]
    assert {*map(type, found)} == {str}


@pytest.mark.parametrize("kind", ["Series", "Index"])
def test_a_column_of_words(kind):
    pandas = pytest.importorskip("pandas")
    assert listed(getattr(pandas, kind)(["tea", "milk"]), "words") == ["tea", "milk"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("abc", r"'abc' is one word, expected a list of words, say \['abc'\]"),
        (np.array("abc"), r"'abc' is one word, expected a list of words, say \['abc'\]"),
        (b"abc", r"b'abc' is one word, expected a list of words, say \[b'abc'\.decode\(\)\]"),
        (b"abc de", r"b'abc de' is one word, .*, say b'abc de'\.decode\(\)\.split\(\)"),
        (None, r"None is no list of words: expected one, such as \['tea', 'milk'\]"),
        (3, "3 is no list of words"),
        (["a", 2], "2 is no word: expected strings$"),
        (["a", None], "None is no word: expected strings$"),
        ([["a"]], r"\['a'\] is no word: expected strings$"),
        (np.array([["a"]]), r"\['a'\] is no word: expected strings$"),
        (np.array([b"a"]), r"b'a' is no word: expected strings; decode it: b'a'\.decode\(\)$"),
        ({"a": 1.5}, r"a dict, whose values would be ignored: pass list\(…\) of it to mean its keys"),
        ({"a", "b"}, r"a set, which has no order: pass a list$"),
        (frozenset("ab"), "a frozenset, which has no order"),
        ({"a": 1}.keys() | {"b"}, "a set, which has no order"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,  # a set's text varies
)
def test_what_is_no_list_of_words(words, message):
    with pytest.raises(TypeError, match=f"^some: {message}"):
        listed(words, "some")


def test_a_data_frame_is_no_list_of_words():
    frame = pytest.importorskip("pandas").DataFrame({"tea": ["x"], "milk": ["y"]})
    with pytest.raises(
        TypeError, match=r"a DataFrame, of which only the columns' names would be read: pass one column"
    ):
        listed(frame, "words")


def test_a_set_is_sorted_where_the_order_does_not_matter():
    assert listed({*"hgfedcba"}, "words", ordered=False) == [*"abcdefgh"]
    assert listed(["b", "a"], "words", ordered=False) == ["b", "a"]
    assert listed({"b": 1, "a": 2}.keys(), "words", ordered=False) == ["b", "a"]


# rows


@pytest.mark.parametrize(
    "words",
    [
        ROWS,
        OrderedDict(ROWS),
        MappingProxyType(ROWS),
        {np.str_(word): np.int64(row) for word, row in ROWS.items()},
        {word: float(row) for word, row in ROWS.items()},
        IN_ORDER,
        {word: i for i, word in enumerate(IN_ORDER)}.keys(),
        ChainMap(dict.fromkeys(IN_ORDER)).keys(),
    ],
)
def test_words_stand_at_their_rows(words):
    found = words_by_row(words)
    assert found == IN_ORDER
    assert {*map(type, found)} == {str}


def test_no_words_have_no_rows():
    assert words_by_row({}) == words_by_row([]) == []


@pytest.mark.parametrize(
    "words",
    [
        *({"a": first, "b": second} for first, second in [(1, 2), (0, 2), (0, 0), (-1, 0), (0, 0.5), (None, 1)]),
        {"a": 0, "b": np.ones(2)},
        Counter("abbccc"),
    ],
)
def test_rows_that_are_not_each_number_once(words):
    message = r"^words: the values of \{.*, …\} are not 0, 1, 2, …: expected each word's row in the matrix; if they "
    with pytest.raises(ValueError, match=message + r"are counts or others, pass the words in order, say list\(…\)$"):
        words_by_row(words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({0: "a", 1: "b"}, r"0 is no word: expected strings; of row → word, pass \[words\[i\] for i in range\("),
        ({0: 1.5}, "0 is no word: expected strings$"),
        (ROWS.keys(), "the keys of a dict word → row, not in the order of their rows: pass the dict"),
        ({"a", "b"}, "a set, which has no order"),
    ],
)
def test_what_tells_no_rows(words, message):
    with pytest.raises(TypeError, match=f"^words: {message}"):
        words_by_row(words)


def test_keys_whose_values_are_no_rows_are_a_list():
    assert words_by_row({"b": np.ones(2), "a": np.ones(2)}.keys()) == ["b", "a"]
    assert words_by_row(Counter("bba").keys()) == ["b", "a"]


def test_a_series_word_to_row_is_told_apart_from_one_of_words():
    series = pytest.importorskip("pandas").Series({"tea": 1, "milk": 0})
    with pytest.raises(TypeError, match=r"^words: a Series of numbers: for word → row pass its \.to_dict\(\)$"):
        words_by_row(series)
    assert words_by_row(series.to_dict()) == ["milk", "tea"]
    assert words_by_row(series.index.to_series()) == ["tea", "milk"]


def test_labels_that_are_the_words_must_have_their_order():
    pandas = pytest.importorskip("pandas")
    words = ["tea", "milk"]
    for labels in (["milk", "tea"], ["tea", "rain"]):
        for given in (pandas.Series([1, 2], labels), pandas.DataFrame([[1.0], [2.0]], labels)):
            message = (
                rf"^the index of counts, a {type(given).__name__}, .*pass counts\.loc\[words\], or \.to_numpy\(\)"
            )
            with pytest.raises(ValueError, match=message):
                check_labels("counts", given, words)
    for good in (pandas.Series([1, 2], words), pandas.Series([1, 2]), [1, 2], np.arange(2), None):
        check_labels("counts", good, words)


def test_a_column_of_pyarrow_says_what_to_pass():
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"words: .* is no word: expected strings; of a column of pyarrow pass"):
        listed(arrow.array(["tea"]), "words")
