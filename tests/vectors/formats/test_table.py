"""word2vec/vectors/formats/table.py: rows as they come, and what becomes of bad ones."""

import warnings

import numpy as np
import pytest

from word2vec.vectors.formats import table
from word2vec.vectors.formats.table import Problems, Rows, VectorFileError, Wanted, check_readable, converted

ROWS = [b"a", b"b", b"a", b"\xff", b"", b"c\nd", b"e", b"f"]


def fill(errors, room=0):
    rows = Rows(2, Wanted(), Problems("v.txt", errors), "line", room)
    values = np.arange(16.0).reshape(8, 2)
    values[6, 1] = np.nan
    rows.add(ROWS, values, range(10, 18))
    return rows


def test_sound_rows_are_taken_as_they_are():
    rows = Rows(2, Wanted(), Problems("v.txt", "strict"), "line", 1)
    for i in range(30):
        rows.add([b"a%d" % i, f"é{i}".encode()], np.full((2, 2), i), [2 * i, 2 * i + 1])
    found = rows.table()
    assert found.words == [f"{c}{i}" for i in range(30) for c in "aé"]
    np.testing.assert_array_equal(found.matrix, np.repeat(np.arange(30), 4).reshape(60, 2))
    assert found.matrix.dtype == np.float32
    assert found.matrix.flags.c_contiguous


@pytest.mark.parametrize(("errors", "words"), [("skip", "abf"), ("replace", "ab\ufffdf")])
def test_bad_rows_are_left_out_with_one_warning(errors, words):
    with pytest.warns(UserWarning, match=r"^v\.txt: left out .*the first: line 12: the word 'a' stands") as caught:
        found = fill(errors).table()
    assert found.words == list(words)
    np.testing.assert_array_equal(found.matrix[:, 0], [0, 2, 14] if errors == "skip" else [0, 2, 6, 14])
    assert len(caught) == 1
    assert "1 repeated words" in str(caught[0].message)
    assert "2 rows without a word" in str(caught[0].message)
    assert "1 rows with NaN or infinity" in str(caught[0].message)
    assert ("1 words that are not UTF-8" in str(caught[0].message)) == (errors == "skip")


def test_what_is_left_of_a_word_may_be_nothing():
    rows = Rows(1, Wanted(), Problems("v.txt", "ignore"), "line", 0)
    rows.add([b"\xff", b"a\xffb"], np.zeros((2, 1)), [1, 2])
    with pytest.warns(UserWarning, match=r"left out 1 rows without a word; the first: line 1: '' is no word"):
        assert rows.table().words == ["ab"]


@pytest.mark.parametrize(
    ("word", "value", "message"),
    [
        (
            b"a",
            0,
            r'^v\.bin, row 7: the word \'a\' stands here again \(it has row 1\): .*: keep the first by errors="skip"',
        ),
        (b"\xc3", 0, r'row 7: the word b\'\\xc3\' is not UTF-8 \(unexpected end of data\): .*errors="replace"'),
        (b"", 0, r'row 7: \'\' is no word: correct the row, or leave it out by errors="skip"'),
        (b"x\ny", 0, r"row 7: 'x\\ny' is no word"),
        (b"x", np.nan, r"row 7: the vector of 'x' holds NaN or infinity, or a number too large"),
        (b"x", -np.inf, r"row 7: the vector of 'x' holds NaN or infinity"),
        (b"x", 1e39, r"row 7: the vector of 'x' holds NaN or infinity"),
    ],
)
def test_the_first_bad_row_is_an_error(word, value, message):
    rows = Rows(1, Wanted(), Problems("v.bin", "strict"), "row", 0)
    rows.add([b"a"], np.ones((1, 1)), [6])
    with pytest.raises(VectorFileError, match=message):
        rows.add([b"b", word], np.array([[1.0], [value]]), [5, 7])


def test_a_policy_that_is_not_known():
    with pytest.raises(ValueError, match=r"errors is 'lenient': expected one of strict, skip, replace, ignore"):
        Problems("v.txt", "lenient")


def test_room_that_cannot_be_had_is_refused_before_it_is_taken(monkeypatch):
    asked = []

    def refuse(need, what, mend):
        asked.append((need, what))
        raise MemoryError(mend)

    monkeypatch.setattr(table, "check_memory", refuse)
    with pytest.raises(MemoryError, match=r"read fewer, limit=N"):
        Rows(300, Wanted(), Problems("v.txt", "strict"), "line", 10**12)
    assert asked == [(1200 * 10**12, "v.txt: 1000000000000 rows of 300 numbers")]


def test_nothing_is_said_where_nothing_was_left_out():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Problems("v.txt", "skip").warn()
    assert caught == []


# writing


class Pair:
    words, matrix = ["a", "b"], np.zeros((2, 2))


def test_what_cannot_be_written():
    pair = Pair()
    check_readable(pair, "v.txt", "a text", " ")
    pair.matrix = np.zeros((5000, 1))
    pair.matrix[4999] = np.inf
    pair.words = [f"w{i}" for i in range(5000)]
    with pytest.raises(ValueError, match=r"^v\.txt: the vector of 'w4999' holds NaN or infinity: expected finite"):
        check_readable(pair, "v.txt", "a text", " ")
    pair.words = ["a", "b c"]
    with pytest.raises(ValueError, match=r"^v\.txt: the word 'b c' cannot stand in a text; leave it out, or write"):
        check_readable(pair, "v.txt", "a text", " ")
    empty, other = r"^v\.txt: the word '' is empty: expected one character at least", "cannot stand in a text"
    for word, what in (("", empty), ("b\nc", other)):  # which .npz does not hold either
        pair.words = ["a", word]
        with pytest.raises(ValueError, match=rf"{what}; leave it out$"):
            check_readable(pair, "v.txt", "a text", "\n")


def test_what_is_beyond_a_type_becomes_infinite_without_a_warning():
    np.testing.assert_array_equal(converted(np.array([1e39, -1.5]), np.float32), [np.inf, -1.5])
    same = np.zeros(3)
    assert converted(same, np.float64) is same


@pytest.mark.parametrize(("word", "row"), [(b"a", 1), (b"c", 3), (b"e", 5)])
def test_the_row_of_a_repeated_word_is_named_after_others_were_left_out(word, row):
    problems = Problems("v.txt", "skip")
    rows = Rows(1, Wanted(), problems, "line", 0)
    rows.add([b"a", b"b", b"b", b"c", b"c", b"d", b"a", b"e"], np.zeros((8, 1)), range(1, 9))
    problems.strict = True
    with pytest.raises(VectorFileError, match=rf"line 9: the word .* stands here again \(it has row {row}\)"):
        rows.add([word], np.zeros((1, 1)), [9])
    assert rows.words == list("abcde")
