"""word2vec/vectors/formats/text_format.py: text of every make, read and written."""

import gzip

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import guess, text_format
from word2vec.vectors.formats.table import Table, VectorFileError, Wanted
from word2vec.vectors.formats.text_format import decimal_rows, read_counts, write_text


def read_text(source, header=None, **options):
    with opened(source) as file:
        header = guess(file) == "text" if header is None else header
        return text_format.read_text(file, Wanted(**options), header=header)


GOOD = b"2 3\ntea 0.5 -1.25 3\ncaf\xc3\xa9 1e-05 0.1 -0.0\n"


def put(folder, data, name="v.txt"):
    (folder / name).write_bytes(data)
    return folder / name


@pytest.fixture(params=[3, 17, 1 << 18])
def block(request, monkeypatch):
    monkeypatch.setattr(text_format, "BLOCK", request.param)


VARIANTS = {
    "plain": GOOD,
    "no line end at the end": GOOD[:-1],
    "blank lines at the end": GOOD + b"\n\n",
    "a space before each line end": GOOD.replace(b"\n", b" \n"),
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "tabs": GOOD.replace(b" ", b"\t").replace(b"2\t3", b"2 3"),
    "several spaces": GOOD.replace(b" ", b"   "),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "one odd line": GOOD.replace(b"tea ", b"tea  "),
}


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("data", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("packed", [False, True])
def test_what_programs_write(tmp_path, data, packed):
    path = put(tmp_path, gzip.compress(data), "v.txt.gz") if packed else put(tmp_path, data)
    for headless in (False, True):
        if headless:
            data = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[2]
            path.write_bytes(gzip.compress(data) if packed else data)
        found = read_text(path, header=not headless, dtype=np.float64)
        assert found.words == ["tea", "café"]
        assert found.matrix.tobytes() == np.array([[0.5, -1.25, 3], [1e-5, 0.1, -0.0]]).tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("name", ["v.txt", "v.txt.gz"])
def test_numbers_come_back_to_the_bit(tmp_path, dtype, header, name, monkeypatch):
    monkeypatch.setattr(text_format, "CHUNK", 7)
    rng = np.random.default_rng(2)
    matrix = (rng.normal(size=(50, 20)) * 10.0 ** rng.integers(-12, 12, (50, 20))).astype(dtype)
    words = [f"w{i}" for i in range(50)]
    write_text(Table(words, matrix), tmp_path / name, header=header)
    found = read_text(tmp_path / name, header=header, dtype=dtype)
    assert found.words == words
    assert found.matrix.tobytes() == matrix.tobytes()
    assert found.matrix.dtype == dtype


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("header", [b"5 2\n", b""])
@pytest.mark.parametrize("limit", [0, 1, 3, 5, 9])
def test_the_first_rows_only(tmp_path, header, limit):
    path = put(tmp_path, header + b"".join(b"w%d %d 0.5\n" % (i, i) for i in range(5)))
    found = read_text(path, limit=limit)
    assert found.words == [f"w{i}" for i in range(min(limit, 5))]
    np.testing.assert_array_equal(found.matrix[:, 0], range(min(limit, 5)))


@pytest.mark.parametrize("limit", [None, 3])
def test_a_line_that_is_cut_off_within_a_number_is_no_row(tmp_path, block, limit):
    path = put(tmp_path, b"4 2\ntea 0.25 0.125\ncup 0.5 0.25\nsun 0.125 0.1")  # which was 0.125
    message = r"line 4: the header promises 4 rows, there are 2 before a line without an end"
    with pytest.raises(VectorFileError, match=message):
        read_text(path, limit=limit)
    with pytest.warns(UserWarning, match=f"left out 1 rows by the header; the first: {message}"):
        found = read_text(path, errors="skip", limit=limit)
    assert (found.words, found.matrix.tolist()) == (["tea", "cup"], [[0.25, 0.125], [0.5, 0.25]])
    assert read_text(path, limit=2).words == ["tea", "cup"]


def test_fewer_rows_than_the_limit_are_named_where_the_header_promises_more(tmp_path):
    path = put(tmp_path, b"5 1\ntea 0.5\ncup 0.25\n")
    with pytest.raises(VectorFileError, match="line 4: the header promises 5 rows, there are 2"):
        read_text(path, limit=3)


def test_a_file_that_was_cut_off_gives_what_it_holds(tmp_path):
    path = put(tmp_path, b"9000000000 2\na 1.0 2.0\nb 1.0 2.0\n")
    with pytest.warns(UserWarning, match=r"the first: line 4: the header promises 9000000000 rows, there are 2"):
        assert read_text(path, errors="skip").matrix.shape == (2, 2)


def test_what_is_behind_the_limit_is_not_looked_at(tmp_path):
    assert read_text(put(tmp_path, b"3 1\na 1\nb nonsense\n"), limit=1).words == ["a"]


def test_words_with_spaces_as_glove_has_them(tmp_path):
    path = put(tmp_path, b"the 0.1 0.2\n. . . 0.3 0.4\nat name@domain.com 0.5 0.6\n")
    found = read_text(path)
    assert found.words == ["the", ". . .", "at name@domain.com"]
    np.testing.assert_array_equal(found.matrix, np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], np.float32))


def test_words_that_are_numbers_or_hold_points(tmp_path):
    path = put(tmp_path, b"1990 0.1 0.2\nU.S. 0.3 0.4\n-0.5 1.0 2.0\n")
    assert read_text(path, header=False).words == ["1990", "U.S.", "-0.5"]


def test_a_word_with_control_characters_is_a_word(tmp_path):
    assert read_text(put(tmp_path, b"2 1\na\x01b 1.0\nc 2.0\n")).words == ["a\x01b", "c"]


BAD = {
    b"2 2\na 1.0 2.0\nb 1.0\n": r"line 3: 1 numbers stand behind 'b': expected 2, as the header says: correct",
    b"2 2\na 1.0 2.0\nb 1.0 2.0 3.0\n": r"line 3: 3 numbers stand behind 'b': expected 2",
    b"2 2\na 1.0 2.0\nb 1.0 x\n": r"line 3: 'x' is no number",
    b"2 2\na 1.0 2.0\nb 1.0 1_0\n": r"line 3: '1_0' is no number",
    b"2 2\na 1.0 2.0\nb 1.0 nan\n": r"line 3: the vector of 'b' holds NaN or infinity",
    b"2 2\na 1.0 2.0\nb 1.0 1e39\n": r"line 3: .* too large for float32: .* by dtype=\"float64\"",
    b"2 2\na 1.0 2.0\na 1.0 2.0\n": r"line 3: the word 'a' stands here again \(it has row 1\)",
    b"2 2\na 1.0 2.0\n\xff 1.0 2.0\n": r"line 3: the word b'\\xff' is not UTF-8 \(invalid start byte\)",
    b"2 2\na 1.0 2.0\n 1.0 2.0\n": r"line 3: it begins without a word or with a space: expected one",
    b"1 2\na 1.0 2.0\nb 1.0 2.0\n": r"line 3: the header promises 1 rows, here is one more",
}
CUT = b"3 2\na 1.0 2.0\nb 1.0 2.0\n"


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("data", "message"), BAD.items())
def test_bad_rows_are_named_or_left_out(tmp_path, data, message):
    path = put(tmp_path, data)
    with pytest.raises(VectorFileError, match=message):
        read_text(path)
    with pytest.warns(UserWarning, match=r"v\.txt: left out 1 .*; the first: line 3: "):
        found = read_text(path, errors="skip")
    assert found.words == ["a"]
    np.testing.assert_array_equal(found.matrix, [[1, 2]])


def test_rows_that_are_missing(tmp_path):
    message = r"v\.txt, line 4: the header promises 3 rows, there are 2: fetch .* or read what is there by errors="
    with pytest.raises(VectorFileError, match=message):
        read_text(put(tmp_path, CUT))
    with pytest.warns(UserWarning, match="the first: line 4: the header promises 3 rows, there are 2"):
        assert read_text(put(tmp_path, CUT), errors="skip").words == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "header", "message"),
    [
        (
            b"99999999999 300\na 1\n",
            None,
            r"line 1: the header promises 99999999999 rows of 300 numbers, the file has 20",
        ),
        (b"1 99999999999\na 1\n", None, r"the header promises 1 rows of 99999999999 numbers, the file has 18 bytes"),
        (b"1 0\na\n", None, r"the header promises 1 rows of 0 numbers"),
        (b"word\n", None, r"line 1: 'word' is neither `V D` nor a word and numbers: expected a word and its"),
        (b"word x y\ntea 1 2\n", None, r"nor a word and numbers: expected no names of columns; leave the line out"),
        (b"tea 0,5 1\n", None, r"line 1: its numbers have decimal commas: expected decimal points; write it anew"),
        (b"word x\ntea 0,5\n", None, r"line 1: its numbers have decimal commas: expected decimal points"),
        (b"2 2\ntea 1 2\ncup 0,5 1\n", None, r"line 3: '0,5' is no number: expected decimal points; write it anew"),
        (b"", False, r"line 1: '' is neither"),
        (b"a 1 2\n", True, r"line 1: 'a 1 2' is no header: expected `V D`; GloVe's files: format=\"glove\""),
    ],
)
def test_beginnings_that_are_wrong(tmp_path, data, header, message):
    with pytest.raises(VectorFileError, match=message):
        read_text(put(tmp_path, data), header=header)


def test_a_header_may_promise_what_packing_can_hold_but_no_more(tmp_path):
    path = put(tmp_path, gzip.compress(b"1000000 300\na 1\n"), "v.txt.gz")
    with pytest.raises(VectorFileError, match=r"the header promises 1000000 rows of 300 numbers"):
        read_text(path)
    zeros = b"".join(b"w%d%b\n" % (i, b" 0" * 500) for i in range(100))
    assert len(read_text(put(tmp_path, gzip.compress(b"100 500\n" + zeros), "z.txt.gz")).words) == 100


def test_a_line_without_end_is_not_gathered_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(text_format, "BLOCK", 64)
    monkeypatch.setattr(text_format, "LONGEST", 256)
    with pytest.raises(VectorFileError, match=r"v\.txt: a line of more than 256 bytes"):
        read_text(put(tmp_path, b"a 1\n" + b"0" * 300))
    assert len(read_text(put(tmp_path, b"a" * 180 + b" 1\n")).words) == 1


def test_the_array_is_as_large_as_its_rows(tmp_path):
    path = put(tmp_path, b"a 1\n" * 1 + b"".join(b"%d 1\n" % i for i in range(1000)))
    assert read_text(path).matrix.base is None
    assert read_text(path).matrix.shape == (1001, 1)


def test_an_empty_table(tmp_path):
    write_text(Table([], np.empty((0, 3), np.float32)), tmp_path / "v.txt")
    assert read_text(tmp_path / "v.txt").matrix.shape == (0, 3)


# numbers as text


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4", np.int8, np.int64])
@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1e-3, 1.0, 50.0, 1e7, 1e20, 1e37])
def test_the_fewest_digits_that_identify_a_number_are_written(dtype, scale):
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = (np.random.default_rng(3).normal(size=(100, 3)) * scale).astype(dtype)
    rows = decimal_rows(numbers, "\t")
    assert rows == ["\t".join(str(x) for x in row) for row in numbers]
    if numbers.dtype.kind == "f":
        back = np.array([row.split("\t") for row in rows], np.float64).astype(dtype)
        assert back.tobytes() == numbers.tobytes()


def test_rows_without_numbers_are_empty():
    assert decimal_rows(np.empty((2, 0), np.float32), " ") == ["", ""]


# counts: gensim's `fvocab`


def test_counts_come_back_in_the_order_of_the_words(tmp_path):
    (tmp_path / "c.txt").write_bytes("the 9\nnaïve 5\nx 1\n".encode())
    found, total = read_counts(tmp_path / "c.txt", ["x", "the", "naïve"])
    assert (found.tolist(), total) == ([1, 9, 5], 15)
    assert found.dtype == np.int64


def test_a_missing_word_is_an_error_or_zero(tmp_path):
    (tmp_path / "c.txt").write_bytes(b"the 9\nnonsense\n")
    with pytest.raises(VectorFileError, match=r"c\.txt, line 2: 'nonsense' is no word and count"):
        read_counts(tmp_path / "c.txt", ["the"])
    with pytest.warns(UserWarning, match=r"c\.txt: left out 1 lines, 1 words; the first: line 2"):
        assert read_counts(tmp_path / "c.txt", ["x", "the"], "skip")[0].tolist() == [0, 9]
    (tmp_path / "c.txt").write_bytes(b"the 9")
    with pytest.raises(
        VectorFileError, match=r"c\.txt, the end: 'x' is missing: count it too, or pass errors=\"skip\""
    ):
        read_counts(tmp_path / "c.txt", ["the", "x"])


def test_lines_that_say_nothing_or_the_same_again(tmp_path):
    (tmp_path / "c.txt").write_bytes(b"the 9\r\n\nx 1\n \n")
    assert read_counts(tmp_path / "c.txt", ["x", "the"])[0].tolist() == [1, 9]
    (tmp_path / "c.txt").write_bytes(b"the 9\nthe 7\n")
    with pytest.raises(VectorFileError, match=r"c\.txt, line 2: 'the 7': this word was counted before"):
        read_counts(tmp_path / "c.txt", ["the"])
    with pytest.warns(UserWarning, match=r"c\.txt: left out 1 repeated words"):
        assert read_counts(tmp_path / "c.txt", ["the"], "skip")[0].tolist() == [9]
