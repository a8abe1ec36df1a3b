"""word2vec/formats.py: the text format, read back by a parser of this file's own."""

import os

import numpy as np
import pytest

from word2vec import files
from word2vec.formats import save_text
from word2vec.vectors import WordVectors

EXTREMES = [0.1, -1 / 3, 1e-308, 5e-324, -1.2345678901234567e150, 123456789.12345679, 0.0, -0.0, 2.0, 1e22]


def parse(path):
    """Read the format as its description says: words and matrix."""
    data = path.read_bytes()
    assert data.endswith(b"\n")
    assert b"\r" not in data
    header, *lines = data.decode("utf-8").split("\n")[:-1]
    n_words, D = map(int, header.split(" "))
    assert header == f"{n_words} {D}"
    entries = [line.split(" ") for line in lines]
    assert len(entries) == n_words
    assert all(len(entry) == 1 + D for entry in entries)
    return [entry[0] for entry in entries], np.array([list(map(float, entry[1:])) for entry in entries])


def test_the_file_to_the_byte(tmp_path):
    save_text(WordVectors(["tea", "café"], np.array([[1.0, -0.5], [0.1, 1e-7]])), tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_bytes() == "2 2\ntea 1.0 -0.5\ncafé 0.1 1e-07\n".encode()


def test_every_digit_comes_back(tmp_path):
    matrix = np.concatenate([np.random.default_rng(0).normal(size=(40, 10)), [EXTREMES]])
    words = [f"w{i}" for i in range(41)]
    save_text(WordVectors(words, matrix), tmp_path / "v.txt")
    found, numbers = parse(tmp_path / "v.txt")
    assert found == words
    assert numbers.tobytes() == matrix.tobytes()  # the sign of -0.0 too


def test_float32_comes_back_exactly(tmp_path):
    matrix = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    save_text(WordVectors(list("abcde"), matrix), tmp_path / "v.txt")
    np.testing.assert_array_equal(parse(tmp_path / "v.txt")[1].astype(np.float32), matrix)


def test_words_of_many_scripts(tmp_path):
    words = ["naïve", "Ångström", "映画", "кино", "🎬", "n't", "2\u00a01/2", "-lrb-", "a|b", "\ufeffbom"]
    save_text(WordVectors(words, np.eye(len(words))), tmp_path / "v.txt")
    assert parse(tmp_path / "v.txt")[0] == words


def test_no_words_at_all(tmp_path):
    save_text(WordVectors([], np.empty((0, 3))), tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_bytes() == b"0 3\n"


def test_rows_of_a_view_are_written_as_they_are_seen(tmp_path):
    matrix = np.arange(12.0).reshape(3, 4).T[::2]
    save_text(WordVectors(["a", "b"], matrix), os.fspath(tmp_path / "v.txt"))
    np.testing.assert_array_equal(parse(tmp_path / "v.txt")[1], matrix)


# what is refused


@pytest.mark.parametrize(
    "word",
    ["", " ", "two words", "line\nend", "carriage\rreturn", "tab\tbed", "end ", "vertical\x0btab", "form\x0cfeed"],
)
def test_words_that_the_format_cannot_express_are_refused(tmp_path, word):
    (tmp_path / "v.txt").write_text("before")
    with pytest.raises(ValueError, match=r"cannot stand in a text file of vectors: expected no white space") as error:
        save_text(WordVectors(["good", word], np.eye(2)), tmp_path / "v.txt")
    assert repr(word) in str(error.value)
    assert (tmp_path / "v.txt").read_text() == "before"


# whole or not at all


def test_a_failure_in_the_middle_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "v.txt").write_text("before")
    with pytest.raises(UnicodeEncodeError):  # half a surrogate pair has no UTF-8
        save_text(WordVectors(["good", "\ud800"], np.eye(2)), tmp_path / "v.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["v.txt"]
    assert (tmp_path / "v.txt").read_text() == "before"


def test_a_disk_error_names_the_file_and_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "v.txt").write_text("before")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device; what stood there before is intact.*v\.txt"):
        save_text(WordVectors(["good"], np.eye(1)), tmp_path / "v.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["v.txt"]
    assert (tmp_path / "v.txt").read_text() == "before"


def test_an_old_file_is_replaced(tmp_path):
    for matrix in (np.eye(2), 3 * np.eye(2)):
        save_text(WordVectors(["a", "b"], matrix), tmp_path / "v.txt")
        np.testing.assert_array_equal(parse(tmp_path / "v.txt")[1], matrix)
    assert [path.name for path in tmp_path.iterdir()] == ["v.txt"]
