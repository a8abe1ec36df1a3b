"""word2vec/vectors/formats: files of every format, as others write and read them, and which format a file has."""

import gzip
import io
import os
import threading
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import guess, read, text_format, write
from word2vec.vectors.formats.table import Table, VectorFileError
from word2vec.vectors.word_vectors import WordVectors


def test_the_file_to_the_byte(tmp_path):
    write(WordVectors(["tea", "café"], np.array([[1.0, -0.5], [0.1, 1e-7]])), tmp_path / "v.txt", "text")
    assert (tmp_path / "v.txt").read_bytes() == "2 2\ntea 1.0 -0.5\ncafé 0.1 1e-07\n".encode()


@pytest.mark.parametrize("kind", ["text", "glove", "binary", "npz", "projector", "fasttext"])
def test_vectors_without_numbers_are_not_written(tmp_path, kind):
    """A file of them could not be read again."""
    with pytest.raises(ValueError, match="v: the vectors have no numbers: expected one dimension at least"):
        write(WordVectors(["tea", "cup"], np.empty((2, 0))), tmp_path / "v", kind)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.0e+00 2.0e+00\n-5.0e-01 3.0e+00\n", "glove"),
        ("0.25\t2.5\n", "glove"),
        ("0.5,2\n1.5,3\n", "csv"),
        ("0,1\n0.5,2\n", "csv"),  # pandas, below numbers of columns
        ("tea,cup\n0.5,2\n", "csv"),  # pandas, a column for each word
    ],
)
def test_a_matrix_without_words_is_not_read_as_words(tmp_path, text, kind):
    path = tmp_path / "matrix"
    path.write_text(text)
    with pytest.raises(VectorFileError, match=f"line 1: there are only numbers: .* pass format='{kind}'"):
        WordVectors.load(path)
    assert WordVectors.load(path, format=kind).matrix.shape == (text.count("\n") - text.startswith("tea"), 1)
    (tmp_path / "words").write_text(text.replace("0.5", "half").replace("-5.0e-01", "half").replace("0.25", "1984"))
    assert {"half", "1984"} & {*WordVectors.load(tmp_path / "words").words}


def test_the_projectors_files_are_known_under_any_name(tmp_path):
    write(WordVectors(["tea", "cup"], np.array([[0.5, 1.0], [2.0, 3.0]])), tmp_path / "my.vectors", "projector")
    found = WordVectors.load(tmp_path / "my.vectors")
    assert found.words == ["tea", "cup"]
    assert found.matrix.tolist() == [[0.5, 1.0], [2.0, 3.0]]


def test_words_of_many_scripts(tmp_path):
    words = ["naïve", "Ångström", "映画", "кино", "🎬", "n't", "2\u00a01/2", "-lrb-", "a|b", "\ufeffbom"]
    write(WordVectors(words, np.eye(len(words))), tmp_path / "v.txt", "text")
    assert read(tmp_path / "v.txt").words == words


def test_no_words_at_all(tmp_path):
    write(WordVectors([], np.empty((0, 3))), tmp_path / "v.txt", "text")
    assert (tmp_path / "v.txt").read_bytes() == b"0 3\n"
    assert WordVectors.load(tmp_path / "v.txt").matrix.shape == (0, 3)


@pytest.mark.parametrize("counts", [None, []])
@pytest.mark.parametrize(("name", "kind"), [("v.txt", "glove"), ("vectors.tsv", "projector")])
def test_no_words_are_not_written_as_an_empty_file_that_nobody_could_read(tmp_path, name, kind, counts):
    with pytest.raises(ValueError, match=r"there are no words, which this format cannot say: write .txt or .npz"):
        WordVectors([], np.empty((0, 3)), counts=counts).save(tmp_path / name, format=kind)
    assert not list(tmp_path.iterdir())


def test_rows_of_a_view_are_written_as_they_are_seen(tmp_path):
    matrix = np.arange(12.0).reshape(3, 4).T[::2]
    write(WordVectors(["a", "b"], matrix), os.fspath(tmp_path / "v.txt"), "text")
    np.testing.assert_array_equal(read(tmp_path / "v.txt").matrix, matrix)


# what is refused


@pytest.mark.parametrize(
    "word",
    ["", " ", "two words", "line\nend", "carriage\rreturn", "tab\tbed", "end ", "vertical\x0btab", "form\x0cfeed"],
)
def test_words_that_the_format_cannot_express_are_refused(tmp_path, word):
    (tmp_path / "v.txt").write_text("before")
    what = "cannot stand in a text file of vectors: expected no white space" if word else "is empty: expected one"
    with pytest.raises(ValueError, match=what) as error:
        write(WordVectors(["good", word], np.eye(2)), tmp_path / "v.txt", "text")
    assert repr(word) in str(error.value)
    assert (tmp_path / "v.txt").read_text() == "before"


# whole or not at all


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.npz", "v.tsv"])
def test_a_word_that_has_no_utf8_is_named(tmp_path, name):
    with pytest.raises(
        ValueError, match=rf"{name}: the word 'x\\ud800' has no UTF-8: expected no half of a surrogate pair; of a mod"
    ):
        write(WordVectors(["good", "x\ud800"], np.eye(2)), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_the_middle_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    (tmp_path / "v.txt").write_text("before")
    monkeypatch.setattr(text_format, "decimal_rows", lambda *_: 1 / 0)  # the header is written by then
    with pytest.raises(ZeroDivisionError):
        write(WordVectors(["good"], np.eye(1)), tmp_path / "v.txt", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["v.txt"]
    assert (tmp_path / "v.txt").read_text() == "before"


# golden files, as gensim, word2vec.c, fastText, GloVe, NumPy and this library wrote them

GOLDEN = Path(__file__).parents[2] / "data" / "vectors"
WORDS = ["the", "naïve", "映画", "n't"]
MATRIX = np.array([[0.1, -0.25, 1e-5], [123.456, -0.0, 3e-7], [1 / 3, 2, -1.5e-3], [0.5, -7.25, 1e10]], np.float32)
EXACT = ["gensim.txt", "gensim.bin", "gensim.txt.gz", "gensim_no_header.txt", "word2vec_c.bin", "ours.npz"]
EXACT += ["ours.model", "vectors.tsv", "by_hand.npz", "saved_params_40000.npy"]


@pytest.mark.parametrize("name", EXACT)
def test_golden_files_that_keep_every_digit(name):
    found = read(GOLDEN / name, words=WORDS if name.endswith(".npy") else None, dtype=np.float32)
    assert found.words == WORDS
    assert found.matrix.dtype == np.float32
    assert found.matrix.tobytes() == MATRIX.tobytes()
    if name.startswith(("ours", "saved")):
        np.testing.assert_array_equal(found.outside, -MATRIX)
    if name in ("ours.npz", "ours.model", "vectors.tsv"):
        assert found.counts.tolist() == [9, 5, 5, 1]


@pytest.mark.parametrize(
    ("name", "words", "form"),
    [("word2vec_c.txt", WORDS, "%f"), ("fasttext.vec", WORDS, "%.5g"), ("glove.txt", [*WORDS[:3], ". . ."], "%.5g")],
)
def test_golden_files_of_fewer_digits(name, words, form):
    found = read(GOLDEN / name)
    assert found.words == words
    expected = [[np.float32(float(form % x)) for x in row] for row in MATRIX.tolist()]
    assert found.matrix.tobytes() == np.array(expected).tobytes()


def test_counts_from_gensims_file():
    assert read(GOLDEN / "gensim.bin", counts=GOLDEN / "gensim_counts.txt").counts.tolist() == [9, 5, 5, 1]


# gensim, both ways


@pytest.fixture(scope="module")
def keyed_vectors():
    """Return gensim's class; its import may warn of what is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("gensim.models").KeyedVectors


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.txt.gz", "v.bin.gz"])
def test_gensim_reads_what_we_write_and_the_other_way_round(tmp_path, keyed_vectors, name):
    rng = np.random.default_rng(3)
    matrix = (rng.normal(size=(60, 12)) * 10.0 ** rng.integers(-8, 9, (60, 12))).astype(np.float32)
    words = [f"wörd{i}" for i in range(60)]
    binary = "bin" in name
    write(Table(words, matrix), tmp_path / name)
    theirs = keyed_vectors.load_word2vec_format(tmp_path / name, binary=binary)
    assert theirs.index_to_key == words
    assert theirs.vectors.tobytes() == matrix.tobytes()
    theirs.save_word2vec_format(str(tmp_path / f"gensim_{name}"), binary=binary)
    found = read(tmp_path / f"gensim_{name}")
    assert found.words == words
    assert found.matrix.tobytes() == matrix.tobytes()
    if name == "v.bin":
        assert (tmp_path / "gensim_v.bin").read_bytes() == (tmp_path / "v.bin").read_bytes()


def test_decimals_of_many_digits_are_those_of_gensim(tmp_path, keyed_vectors):
    rng = np.random.default_rng(8)
    lines = [" ".join(f"{x:.{digits}g}" for x in rng.normal(size=30)) for digits in range(1, 25)]
    text = f"{len(lines)} 30\n" + "".join(f"w{i} {line}\n" for i, line in enumerate(lines))
    (tmp_path / "v.txt").write_text(text)
    theirs = keyed_vectors.load_word2vec_format(tmp_path / "v.txt")
    assert read(tmp_path / "v.txt").matrix.tobytes() == theirs.vectors.tobytes()


# which format


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gensim.txt", "text"), ("gensim.txt.gz", "text"), ("gensim.bin", "binary"), ("fasttext.vec", "text"),
        ("glove.txt", "glove"), ("ours.npz", "npz"), ("saved_params_40000.npy", "npy"), ("ours.model", "npz"),
        ("vectors.tsv", "projector"),
    ],
)  # fmt: skip
def test_the_format_is_found_by_content(tmp_path, name, kind):
    with opened(GOLDEN / name) as file:
        assert guess(file) == kind
    if kind != "projector":
        other = tmp_path / ("file.gz" if name.endswith(".gz") else "file")
        other.write_bytes((GOLDEN / name).read_bytes())
        with opened(other) as file:
            assert guess(file) == kind


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v", "v.bin"])
@pytest.mark.parametrize("word", ["new york", "déjà vu", "new", "x" * (1 << 15)])
def test_lines_of_text_are_not_taken_for_binary(tmp_path, name, word):
    (tmp_path / name).write_text(f"2 3\n{word} 0.5 -1e-05 2\nb 3 4 5\n", encoding="utf-8")
    found = read(tmp_path / name, None if len(word) < 1 << 14 or name in ("v.txt", "v.vec") else "text")
    assert found.words == [word, "b"]
    assert found.matrix.tolist() == [[0.5, np.float32(-1e-05), 2], [3, 4, 5]]


@pytest.mark.parametrize("name", ["v.txt", "v"])
@pytest.mark.parametrize(
    ("row", "message"), [("a 0x1 2", "no number"), ("a 1,5 2", "no number"), ("a 1", "1 numbers")]
)
def test_a_bad_first_row_of_text_is_shown_as_text(tmp_path, name, row, message):
    (tmp_path / name).write_text(f"2 2\n{row}\nb 3 4 5 6 7 8\n")
    with pytest.raises(VectorFileError, match=rf"line 2: .*{message}"):
        read(tmp_path / name)


@pytest.mark.parametrize("byte", [b"\n", b" ", b"0", b"\x01", b"\xff"])
@pytest.mark.parametrize("name", ["v.txt", "v", "v.bin"])
def test_binary_is_known_whatever_its_first_number_begins_with(tmp_path, byte, name):
    matrix = np.random.default_rng(0).normal(size=(20, 5)).astype("<f4")
    rows = [byte + row.tobytes()[1:] for row in matrix]
    (tmp_path / name).write_bytes(b"20 5\n" + b"".join(b"w%d %b\n" % (i, row) for i, row in enumerate(rows)))
    assert read(tmp_path / name).matrix.tobytes() == b"".join(rows)


def test_numbers_that_begin_phrases_are_no_numbers_of_lines(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"1 st\t0.5\t1\n2 nd of May\t2\t3\n")
    assert WordVectors.load(tmp_path / "v.txt").words == ["1 st", "2 nd of May"]


def test_one_number_for_each_word_makes_no_names_of_columns(tmp_path):
    """A header `V 1` counts as pandas' names of columns do, and what follows it may hold spaces."""
    matrix = np.frombuffer(b" ab  cd  ef ", "<f4").reshape(3, 1)
    write(Table(["a", "b", "c"], matrix), tmp_path / "v.bin")
    assert read(tmp_path / "v.bin").matrix.tobytes() == matrix.tobytes()


def test_gensims_own_files_are_refused_with_the_way_out(tmp_path, keyed_vectors):
    table = keyed_vectors(3)
    table.add_vectors(["a", "b"], np.eye(2, 3, dtype=np.float32))
    table.save(str(tmp_path / "v.kv"))
    with pytest.raises(
        ValueError, match=r"v\.kv is a pickle, .*: .* as text; gensim's vectors by wv\.save_word2vec_"
    ):
        read(tmp_path / "v.kv")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "byte 1: it is empty: expected vectors; fetch or write it anew"),
        (b'{"king": [1, 2]}\n', r"byte 1: it is JSON: read it by json\.load, and pass words and rows to WordVectors"),
        (b"[[1, 2]]", "byte 1: it is JSON"),
        (
            b"<!DOCTYPE html>\n<html>",
            "byte 1: it is HTML or XML, as a server sends in place of a file: a browser shows what",
        ),
        (b"<?xml version='1.0'?><Error>", "byte 1: it is HTML or XML"),
        (
            b"67\ttea\t0.5\n3\tcup\t1.5\n",
            r"line 1: '67\\ttea\\t0.5' begins with two columns of text: .* leave the other",
        ),
        (b"12 2 1000\ntea 1 2 3\n", "line 2: 3 numbers stand behind 'tea': expected 2, as in the first row"),
        (b"hello\n", r"line 1: 'hello' is neither `V D` nor a word and numbers"),
        (
            b"tea;1;2\n",
            r"'tea;1;2' is neither .*: expected a word and its numbers, with spaces, tabs or commas between$",
        ),
        # what pandas' to_csv writes with another separator
        (b"word  0  1\nking  1  2\n", r"line 1: 'word  0  1' numbers columns or begins with its number, as pandas'"),
        (b"\t0\t1\nking\t1.5\t2.5\n", r"line 1: '\\t0\\t1' numbers columns or begins with its number, as pandas'"),
        (b"\t0\t1\t2\nking\t1.5\t2.5\t3\n", "line 1: .* numbers columns or"),
        (b"word\t0\t1\nking\t1.5\t2.5\n", r"expected neither \(header=False, index=False\), or commas; if"),
        (b" 0 1\nking 1.5 2.5\n", "line 1: ' 0 1' numbers columns"),
        (b"node\t0\t1\t2\nking\t1.5\t2.5\t3.0\n", "line 1: .* numbers columns or"),
        (b";0;1\nking;1.5;2.5\n", "line 1: ';0;1' numbers columns"),
        (
            b"0\tking\t1.5\n1\tqueen\t2.5\n",
            r"line 1: '0\\tking\\t1.5' numbers columns or begins with its number, as pandas'.*index=False\)",
        ),
        (b"1 king 1.5\n2 queen 2.5\n", "line 1: '1 king 1.5' numbers columns or begins with its number"),
        (b"0\tgreen tea\t1.5\n1\tcup\t2.5\n", r"line 1: '0\\tgreen tea\\t1.5' numbers columns or begins"),
    ],
)
def test_files_of_no_format(tmp_path, data, message):
    for name in ("v", "v.tsv"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(VectorFileError, match=message):
            read(tmp_path / name)


@pytest.mark.parametrize("words", [('"a"', '"b"'), ("'a'", "'b'"), ("a:", "b:")])
def test_words_in_quotation_marks_or_before_a_colon_are_warned_of(tmp_path, words):
    one, two = words
    message = f"v.tsv: all words are in quotation marks or end in a colon, as {one!r}: expected words as they are in"
    for text, labels in (
        (f"{one} 1.5\n{two} 2.5\n", ""),
        (f"2 1\n{one} 1.5\n{two} 2.5\n", ""),
        ("1\n2\n", f"{one}\n{two}\n"),
    ):
        (tmp_path / "v.tsv").write_text(text)
        if labels:
            (tmp_path / "metadata_v.tsv").write_text(labels)
        with pytest.warns(UserWarning, match=message):
            assert read(tmp_path / "v.tsv").words == [one, two]
    (tmp_path / "v.txt").write_text(f"{one} 1.5\nc 2.5\n")
    assert read(tmp_path / "v.txt").words == [one, "c"]  # no warning
    (tmp_path / "v.txt").write_text(f"{one} 1.5\nc 2.5\n{two} 2.5\n")
    assert read(tmp_path / "v.txt", only=[one, two]).words == [one, two]  # nor if the others were not asked for


def test_the_first_word_of_a_tsv_file_may_be_a_number(tmp_path):
    (tmp_path / "v.tsv").write_bytes(b"5\t0.5\ntea\t1.5\n")  # as StarSpace writes it
    assert read(tmp_path / "v.tsv").words == ["5", "tea"]


@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_csv_file_may_have_no_commas(tmp_path, separator):
    (tmp_path / "v.csv").write_text(f"tea{separator}0.5{separator}2\ncup,{separator}1{separator}3\n")
    found = read(tmp_path / "v.csv")
    assert (found.words, found.matrix.tolist()) == (["tea", "cup,"], [[0.5, 2], [1, 3]])


def test_ordinals_may_be_the_first_words(tmp_path):
    for more in (b"bird 0.3\n", b"bird 0.3\n" * 9000):  # no number of the third line, nor is the file's end looked at
        (tmp_path / "v").write_bytes(b"1 st 0.1\n2 nd 0.2\n" + more)
        assert read(tmp_path / "v", errors="ignore", limit=3).words == ["1 st", "2 nd", "bird"]


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("name", ["v.ft", "v.npz", "v.npy"])
@pytest.mark.parametrize("opened_as", ["gzip", "memory", "rest"])
def test_open_files_that_cannot_be_mapped_are_copied(tmp_path, name, mmap, opened_as):
    words, matrix = ["tea", "cup"], np.array([[1, 0.5], [0.25, 2]], np.float32)
    if name == "v.npy":
        np.save(tmp_path / name, matrix)
    else:
        WordVectors(words, matrix).save(tmp_path / name, "fasttext" if name == "v.ft" else None)
    data = (tmp_path / name).read_bytes()
    with gzip.open(tmp_path / "packed", "wb") as packed:
        packed.write(data)
    (tmp_path / "rest").write_bytes(b"..." + data)
    how = {"gzip": partial(gzip.open, tmp_path / "packed"), "memory": partial(io.BytesIO, data)}
    how["rest"] = partial((tmp_path / "rest").open, "rb")
    with how[opened_as]() as file:
        file.seek(3 if opened_as == "rest" else 0)
        options = {"words": words} if name == "v.npy" else {}
        table = read(file, mmap=mmap, **options)
    assert table.words == words
    np.testing.assert_array_equal(table.matrix, matrix)


@pytest.mark.parametrize("file", [io.BytesIO(b"tea 1 2\n"), io.StringIO("tea 1 2\n")])
def test_an_open_file_at_its_end(file):
    assert read(file).words == ["tea"]
    with pytest.raises(ValueError, match=rf"^the {type(file).__name__} has been read .* rewind it, file\.seek\(0\)$"):
        read(file)
    file.seek(0)
    assert read(file).words == ["tea"]


def test_a_first_word_may_be_the_name_of_a_column(tmp_path):
    (tmp_path / "v").write_bytes(b"word\t0\t1\nking\t1.5\t2.5\n")
    assert read(tmp_path / "v", "glove").words == ["word", "king"]
    (tmp_path / "v").write_bytes(b"word\t0\t2\nking\t1.5\t2.5\n")
    assert read(tmp_path / "v").words == ["word", "king"]


def test_a_small_integer_of_numpy_is_a_limit(tmp_path):
    (tmp_path / "v").write_bytes(b"tea 1 2\ncup 3 4\n")
    for suffix in ("npz", "bin", "txt"):
        write(read(tmp_path / "v"), tmp_path / f"v.{suffix}")
        assert read(tmp_path / f"v.{suffix}", limit=np.int8(1)).words == ["tea"]


def test_options_that_do_not_fit(tmp_path):
    for options, message in (
        ({"limit": -1}, r"limit is -1: expected at least 0"),
        ({"limit": 1.5}, r"limit is 1.5: expected a whole number"),
        ({"limit": "9"}, r"limit is '9': expected a whole number"),
        ({"only": "tea"}, r"only: 'tea' is one word, expected a list of words"),
        ({"only": ["tea", 3]}, r"only: 3 is no word: expected strings"),
        ({"only": ["Tee"]}, r"gensim\.txt: none of the 1 words of only=\.\.\. is there: check their spelling"),
        ({"only": ["Tee"], "limit": 2}, r"of only=\.\.\. is there in the first 2 rows: raise limit=2, or check"),
        ({"only": []}, r"only holds no word: expected some, or None for all"),
        ({"encoding": "utf8000"}, r"encoding is 'utf8000': expected a name that Python knows, such as 'utf-16'"),
        ({"dtype": np.int32}, r"dtype is int32: expected floating-point numbers, say float32"),
        ({"dtype": bool}, r"dtype is bool: expected floating-point numbers"),
        ({"dtype": object}, r"dtype is object: expected floating-point numbers"),
        ({"counts": {"tea": 1}}, r"^counts is \{'tea': 1\}: expected a file with a line `word count` for each word$"),
        ({"dtype": "foat"}, r"^dtype is 'foat': expected floating-point numbers, say 'float32'$"),
        ({"format": "word"}, r"format is 'word': expected one of text, glove, binary, npz, npy, projector"),
        (
            {"mmap": True},
            r"only \.npz, \.npy and fastText's models can be mapped into memory: convert it to \.npz first",
        ),
        ({"words": WORDS}, r"words are passed for \.npy only, this file has its own: leave them out"),
        ({"errors": "lenient"}, r"errors is 'lenient': expected one of strict"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            read(GOLDEN / "gensim.txt", **options)
    for path, kind, message in (
        ("v.kv", None, r"v\.kv: the suffix names no format: expected \.txt, \.vec, \.bin \(or these with \.gz\)"),
        ("v.npy", None, r"v\.npy: npy is only read: expected \.txt"),
        ("v.txt", "model", r"format is 'model': expected one of"),
        ("v.npz.gz", None, r"v\.npz\.gz: npz is not packed so: let its name end otherwise"),
        ("v.ftz.gz", None, r"v\.ftz\.gz: fasttext is not packed so: let its name end otherwise"),
        ("v.txt", "word", r"format is 'word': expected one of"),
    ):
        with pytest.raises(ValueError, match=message):
            write(Table(WORDS, MATRIX), tmp_path / path, kind)
    assert list(tmp_path.iterdir()) == []


def test_the_first_rows_of_a_model():
    found = read(GOLDEN / "ours.model", limit=2, dtype=np.float64)
    assert found.words == WORDS[:2]
    assert found.counts.tolist() == [9, 5]
    assert found.matrix.dtype == found.outside.dtype == np.float64
    np.testing.assert_array_equal(found.outside, -MATRIX[:2])


WAYS = {"text": "v.txt", "glove": "v.glove", "binary": "v.bin", "npz": "v.npz"}


def many(V=3000, D=7):
    matrix = np.random.default_rng(0).standard_normal((V, D)).astype(np.float32)
    return Table([f"w{i}" for i in range(V)], matrix, counts=np.arange(V))


@pytest.mark.parametrize("kind", ["text", "glove", "binary"])
def test_a_pipe_loses_no_row(tmp_path, kind):
    table = many()
    write(table, tmp_path / "v", kind)
    os.mkfifo(tmp_path / "pipe")
    for name in ("v", "v.gz"):
        data = (tmp_path / "v").read_bytes()
        writer = threading.Thread(
            target=(tmp_path / "pipe").write_bytes, args=(gzip.compress(data) if name == "v.gz" else data,)
        )
        writer.start()
        found = read(tmp_path / "pipe")
        writer.join()
        assert found.words == table.words
        np.testing.assert_array_equal(found.matrix, table.matrix)
        found = read(io.BytesIO(data), kind)
        np.testing.assert_array_equal(found.matrix, table.matrix)


def test_an_npz_is_read_from_an_open_file_and_a_pipe(tmp_path):
    write(many(), tmp_path / "v.npz")
    for mmap in (False, True):
        with open(tmp_path / "v.npz", "rb") as file:
            assert read(file, mmap=mmap).words == many().words
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=((tmp_path / "v.npz").read_bytes(),))
    writer.start()
    np.testing.assert_array_equal(read(tmp_path / "pipe").matrix, many().matrix)
    writer.join()


@pytest.mark.parametrize("suffix", ["gz", "GZ", "bz2", "xz", "lzma"])
@pytest.mark.parametrize("name", ["v.txt", "v.bin"])
def test_the_suffix_packs_what_is_written(tmp_path, name, suffix):
    path = tmp_path / f"{name}.{suffix}"
    write(many(), path)
    assert path.stat().st_size < 0.9 * len(many().matrix) * 7 * 8
    assert path.read_bytes()[:1] != b"3"
    np.testing.assert_array_equal(read(path).matrix, many().matrix)
    with pytest.raises(ValueError, match="is not packed so: let its name end otherwise"):
        write(many(), tmp_path / "v.txt.zip")


def test_the_words_of_a_binary_file_may_be_in_another_encoding(tmp_path):
    table = many(5)
    write(table, tmp_path / "v.bin")
    (tmp_path / "v.bin").write_bytes((tmp_path / "v.bin").read_bytes().replace(b"w3 ", b"\xe93 "))
    found = read(tmp_path / "v.bin", encoding="latin-1")
    assert found.words == ["w0", "w1", "w2", "é3", "w4"]
    np.testing.assert_array_equal(found.matrix, table.matrix)
    assert read(tmp_path / "v.bin", encoding="latin-1", only=["é3", "漢", "\ud800"]).words == ["é3"]
    assert read(tmp_path / "v.bin", encoding="utf-8-sig", only=["w2", "w4"]).words == ["w2", "w4"]
    write(table, tmp_path / "v.npz")
    with pytest.raises(ValueError, match=r"v\.npz: encoding is for text, this is npz: leave it out"):
        read(tmp_path / "v.npz", encoding="latin-1")


def test_words_that_begin_as_an_archive_does(tmp_path):
    (tmp_path / "v.glove").write_bytes(b"PKW 1 2\nking 1 3\n")
    assert read(tmp_path / "v.glove").words == ["PKW", "king"]


def test_blanks_alone_are_no_vectors(tmp_path):
    (tmp_path / "v.tsv").write_bytes(b"   ")
    with pytest.raises(VectorFileError, match="is neither `V D` nor a word and numbers"):
        read(tmp_path / "v.tsv")


def test_the_projectors_two_files_have_one_encoding(tmp_path):
    (tmp_path / "vectors.tsv").write_text("1\t2\n1\t3\n", encoding="latin-1")
    (tmp_path / "metadata.tsv").write_text("café\nthé\n", encoding="latin-1")
    assert read(tmp_path / "vectors.tsv", encoding="latin-1").words == ["café", "thé"]


@pytest.mark.parametrize("errors", ["replace", "ignore"])
def test_counts_of_words_whose_bytes_are_mended(tmp_path, errors):
    (tmp_path / "v.txt").write_bytes(b"1 2\ncaf\xe9 1 2\n")
    (tmp_path / "c.txt").write_bytes(b"caf\xe9 3\n")
    assert read(tmp_path / "v.txt", counts=tmp_path / "c.txt", errors=errors).counts.tolist() == [3]


def test_counts_of_words_with_spaces(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"1 1\nnew york\t1\n")
    (tmp_path / "c.txt").write_bytes(b"new york\t3\n")
    assert read(tmp_path / "v.txt", counts=tmp_path / "c.txt").counts.tolist() == [3]


def test_what_is_no_path(tmp_path):
    with pytest.raises(TypeError, match="expected the path of a file"):
        write(many(), io.BytesIO())


def test_a_header_is_believed_only_as_far_as_a_pipe_goes(tmp_path):
    with pytest.raises(VectorFileError, match="the header promises 99999999999 rows, there are 1"):
        read(io.StringIO("99999999999 2\na 1 2\n"), "text", errors="strict")


@pytest.mark.parametrize("kind", [*WAYS, "fasttext"])
@pytest.mark.parametrize("limit", [2000, None])
def test_only_some_words_are_kept(tmp_path, kind, limit):
    """Of the first rows, if there is a limit, whatever the format is."""
    table, path = many(), tmp_path / WAYS.get(kind, "model.bin")
    write(table, path, kind)
    found = read(path, only=["w2999", "w7", "unknown", "w1500"], limit=limit)
    rows = [7, 1500] if limit else [7, 1500, 2999]
    assert found.words == [f"w{i}" for i in rows]
    np.testing.assert_array_equal(found.matrix, table.matrix[rows])
    if kind == "npz":
        np.testing.assert_array_equal(found.counts, rows)


def test_bad_rows_of_other_words_do_not_matter(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"4 2\na 1 2\nb 1\nc d 1 2\na 1 2\n")
    assert read(tmp_path / "v.txt", only={"c d"}).words == ["c d"]
    with pytest.raises(VectorFileError, match=r"line 3: 1 numbers stand behind 'b'"):
        read(tmp_path / "v.txt", only={"b"})
    with pytest.raises(VectorFileError, match=r"line 5: the word 'a' stands here again"):
        read(tmp_path / "v.txt", only={"a"})


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v"])
@pytest.mark.parametrize("header", ["", "2 2\n", "2\t2\n"])
@pytest.mark.parametrize("blank", ["", "\n", " \n\r\n"])
def test_a_tab_ends_a_word_that_holds_spaces_and_numbers(tmp_path, name, header, blank):
    (tmp_path / name).write_bytes(f"{blank}{header}world war 2\t1\t2\nking\t1\t3\n".encode())
    found = read(tmp_path / name)
    assert (found.words, found.matrix.tolist()) == (["world war 2", "king"], [[1, 2], [1, 3]])


def test_lines_that_end_as_on_an_old_macintosh(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"2 2\rking 1 2\rqueen 1 3\r")
    assert read(tmp_path / "v.txt").words == ["king", "queen"]
    (tmp_path / "v.txt").write_bytes(b"2 2\nki\rng 1 2\nqueen 1 3\n")
    assert read(tmp_path / "v.txt").words == ["ki\rng", "queen"]


def test_other_encodings(tmp_path):
    (tmp_path / "v.txt").write_bytes("2 2\ncafé 1 2\nthé 1 3\n".encode("latin-1"))
    assert read(tmp_path / "v.txt", encoding="latin-1").words == ["café", "thé"]
    with pytest.raises(
        VectorFileError, match=r'line 2: the word .* is not UTF-8 .*encoding="cp1252", or errors="repl'
    ):
        read(tmp_path / "v.txt")
    (tmp_path / "v.glove").write_bytes("café 1 2\nthé 1 3\n".encode("utf-16"))
    assert read(tmp_path / "v.glove", encoding="utf-16").words == ["café", "thé"]


def test_words_are_shown_as_text(tmp_path):
    (tmp_path / "v.txt").write_bytes("2 2\n你好 1 2\n世界 1 3 4\n".encode())
    with pytest.raises(VectorFileError, match="line 3: 3 numbers stand behind '世界': expected 2"):
        read(tmp_path / "v.txt")


def test_a_byte_order_mark_is_kept_in_a_word_or_the_word_is_refused(tmp_path):
    table = Table(["\ufeffa", "b"], np.eye(2))
    for kind in ("text", "binary", "npz"):
        write(table, tmp_path / "v", kind)
        assert read(tmp_path / "v").words == table.words
    with pytest.raises(
        ValueError, match=r"begins with a byte order mark and cannot stand first in this format; leave it"
    ):
        write(table, tmp_path / "v", "glove")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links and pipes")
@pytest.mark.parametrize("suffix", ["txt", "txt.gz", "bin", "npz", "tsv"])
def test_a_link_stays_and_a_pipe_is_written_to(tmp_path, suffix):
    vectors = WordVectors(["tea", "café"], np.eye(2, dtype=np.float32))
    plain, link, pipe = (tmp_path / f"{name}.{suffix}" for name in ("plain", "link", "pipe"))
    vectors.save(plain)
    link.symlink_to(tmp_path / "elsewhere")
    vectors.save(link)
    assert link.is_symlink()
    assert (tmp_path / "elsewhere").read_bytes() == plain.read_bytes()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    vectors.save(pipe)
    assert os.read(reader, 1 << 16) == plain.read_bytes()
    os.close(reader)
    assert pipe.is_fifo()
