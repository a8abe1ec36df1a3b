"""word2vec/vectors/formats/binary_format.py: word2vec's binary files, read and written."""

import gzip
import struct

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import binary_format
from word2vec.vectors.formats.binary_format import write_binary
from word2vec.vectors.formats.table import Table, VectorFileError, Wanted


def read_binary(source, **options):
    with opened(source) as file:
        return binary_format.read_binary(file, Wanted(**options))


WORDS = ["tea", "café", "映画", "n't", "x"]
MATRIX = np.random.default_rng(4).normal(size=(5, 7)).astype(np.float32)


def packed_by_hand(end=b"\n", words=WORDS, matrix=MATRIX, header=None):
    """Write the format as its description says."""
    rows = (word.encode() + b" " + struct.pack("<7f", *row) + end for word, row in zip(words, matrix, strict=True))
    return (header or f"{len(words)} 7\n".encode()) + b"".join(rows)


def put(folder, data, name="v.bin"):
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder / name


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("name", ["v.bin", "v.bin.gz"])
@pytest.mark.parametrize("block", [1, 30, 33, 100, 1 << 18])
def test_both_makes_in_blocks_of_any_size(tmp_path, monkeypatch, end, name, block):
    monkeypatch.setattr(binary_format, "BLOCK", block)
    found = read_binary(put(tmp_path, packed_by_hand(end), name))
    assert found.words == WORDS
    assert found.matrix.tobytes() == MATRIX.tobytes()


def test_what_is_written_is_the_format_without_line_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(binary_format, "BLOCK", 60)
    for matrix in (MATRIX, MATRIX.astype(np.float64), MATRIX.T.copy().T, MATRIX.astype(">f4")):
        write_binary(Table(WORDS, matrix), tmp_path / "v.bin")
        assert (tmp_path / "v.bin").read_bytes() == packed_by_hand(b"")


@pytest.mark.parametrize("limit", [0, 2, 5, 9])
def test_the_first_rows_only(tmp_path, limit):
    found = read_binary(put(tmp_path, packed_by_hand()), limit=limit, dtype=np.float64)
    assert found.words == WORDS[:limit]
    np.testing.assert_array_equal(found.matrix, MATRIX[:limit].astype(np.float64))


def test_numbers_that_look_like_spaces_and_line_ends(tmp_path):
    matrix = np.frombuffer(b"    \n\n\n\n" * 14 + b"    " * 7, "<f4").reshape(5, 7)
    assert read_binary(put(tmp_path, packed_by_hand(matrix=matrix))).matrix.tobytes() == matrix.tobytes()


SKIP = 'it is damaged, cut off, or of another format; fetch it anew, or read what is there by errors="skip"'
BAD = [
    (packed_by_hand()[:-2], r"row 5: the header promises 5 rows, the file ends in row 5: " + SKIP, 4),
    (packed_by_hand() + b"more", r"row 6: there is more behind the 5 rows that the header promises: " + SKIP, 5),
    (packed_by_hand(words=["a", "b", "a", "c", "d"]), r"row 3: the word 'a' stands here again \(it has row 1\)", 4),
    (packed_by_hand().replace("café".encode(), b"caf\xe9"), r"row 2: the word b'caf\\xe9' is not UTF-8", 4),
    (
        packed_by_hand(matrix=np.where(np.eye(5, 7) == 1, [[9]] * 3 + [[np.nan]] + [[9]], 0)),
        r"row 4: the vector of",
        4,
    ),
]


@pytest.mark.parametrize(("data", "message", "left"), BAD)
def test_bad_rows_are_named_or_left_out(tmp_path, data, message, left):
    with pytest.raises(VectorFileError, match=r"v\.bin, " + message):
        read_binary(put(tmp_path, data))
    with pytest.warns(UserWarning, match=r"v\.bin: left out 1 .*; the first: " + message.partition(":")[0]):
        assert len(read_binary(put(tmp_path, data), errors="skip").words) == left


def test_a_file_that_was_cut_off_gives_what_it_holds(tmp_path):
    path = put(tmp_path, packed_by_hand()[:-60])
    with pytest.raises(VectorFileError, match=r"line 1: the header promises 5 rows of 7 numbers, the file has 112 b"):
        read_binary(path)
    with pytest.warns(UserWarning, match=r"the first: row 4: the header promises 5 rows, the file ends in row 4"):
        assert read_binary(path, errors="skip").words == WORDS[:3]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"tea 0.1 0.2\n", r"line 1: 'tea 0\.1 0\.2\\n' is no header: expected `V D` and a line end"),
        (b"", r"line 1: '' is no header"),
        (b"3000000 300\nthe ", r"line 1: the header promises 3000000 rows of 300 numbers, the file has 16 bytes"),
        (b"1 1\n" + b"x" * 70000, r"row 1: no space in 65536 bytes: expected one behind the word"),
    ],
)
def test_what_is_no_such_file(tmp_path, data, message):
    with pytest.raises(VectorFileError, match=message):
        read_binary(put(tmp_path, data))


def test_what_the_format_cannot_hold(tmp_path):
    with pytest.raises(
        ValueError, match=r"the word 'a b' cannot stand in a binary file of vectors: expected no white"
    ):
        write_binary(Table(["a b"], np.eye(1)), tmp_path / "v.bin")
    with pytest.raises(ValueError, match=r"v\.bin: the vector of 'b' is beyond float32: write \.npz or text"):
        write_binary(Table(["a", "b"], np.array([[1.0], [1e39]])), tmp_path / "v.bin")
    assert list(tmp_path.iterdir()) == []


def test_no_words_at_all(tmp_path):
    write_binary(Table([], np.empty((0, 7), np.float32)), tmp_path / "v.bin")
    assert read_binary(tmp_path / "v.bin").matrix.shape == (0, 7)


def test_words_that_are_too_long_to_be_read_are_not_written(tmp_path):
    for longest in ("a" * 65535, "é" * 32767):
        write_binary(Table(["x", longest], MATRIX[:2]), tmp_path / "v.bin")
        assert read_binary(tmp_path / "v.bin").words == ["x", longest]
    for longer in ("a" * 65536, "é" * 32768):
        with pytest.raises(
            ValueError, match=r"v\.bin: the word '.{20}…' has 65,536 bytes, expected at most 65,535: wr"
        ):
            write_binary(Table(["x", longer], MATRIX[:2]), tmp_path / "v.bin")
