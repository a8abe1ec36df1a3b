"""word2vec/vectors/formats/count_file.py: gensim's `fvocab`."""

import numpy as np
import pytest

from word2vec.vectors.formats.count_file import read_counts
from word2vec.vectors.formats.table import VectorFileError


def test_counts_come_back_in_the_order_of_the_words(tmp_path):
    (tmp_path / "c.txt").write_bytes("the 9\nnaïve 5\nx 1\n".encode())
    found = read_counts(tmp_path / "c.txt", ["x", "the", "naïve"])
    assert found.tolist() == [1, 9, 5]
    assert found.dtype == np.int64


def test_a_missing_word_is_an_error_or_zero(tmp_path):
    (tmp_path / "c.txt").write_bytes(b"the 9\nnonsense\n")
    with pytest.raises(VectorFileError, match=r"c\.txt, line 2: b'nonsense' is no word and count"):
        read_counts(tmp_path / "c.txt", ["the"])
    with pytest.warns(UserWarning, match=r"c\.txt: left out 1 lines, 1 words; the first: line 2"):
        assert read_counts(tmp_path / "c.txt", ["x", "the"], "skip").tolist() == [0, 9]
    (tmp_path / "c.txt").write_bytes(b"the 9")
    with pytest.raises(
        VectorFileError, match=r"c\.txt, the end: 'x' is missing: count it too, or pass errors=\"skip\""
    ):
        read_counts(tmp_path / "c.txt", ["the", "x"])


def test_lines_that_say_nothing_or_the_same_again(tmp_path):
    (tmp_path / "c.txt").write_bytes(b"the 9\r\n\nx 1\n \n")
    assert read_counts(tmp_path / "c.txt", ["x", "the"]).tolist() == [1, 9]
    (tmp_path / "c.txt").write_bytes(b"the 9\nthe 7\n")
    with pytest.raises(VectorFileError, match=r"c\.txt, line 2: b'the 7': this word was counted before"):
        read_counts(tmp_path / "c.txt", ["the"])
    with pytest.warns(UserWarning, match=r"c\.txt: left out 1 repeated words"):
        assert read_counts(tmp_path / "c.txt", ["the"], "skip").tolist() == [9]
