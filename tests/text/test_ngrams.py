"""word2vec/text/ngrams.py: the n-grams of many words at once are those of a loop over one word's characters."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.text import ngrams
from word2vec.text.ngrams import ngram_buckets, ngram_matrix, ngram_rows

# letters of one to four bytes, bytes that begin no character and that end none, half a pair, the markers themselves
LETTERS = ["a", "b", "é", "日", "😀", "\udc80", "\udcbf", "\udce2", "\udcff", "\ud800", "<", ">", "\u0301"]
WORDS = st.lists(st.text(st.sampled_from(LETTERS), max_size=7) | st.sampled_from(["</s>", "tea"]), max_size=6)


def by_loop(word, minn, maxn, buckets):
    """The buckets of one word's n-grams, byte by byte."""
    data, found = b"<" + ngrams.word_bytes(word) + b">", []
    starts = [i for i, byte in enumerate(data) if byte & 0xC0 != 0x80]
    characters = [data[i:j] for i, j in zip(starts, [*starts[1:], len(data)], strict=True)]
    for i in range(len(characters) if word != "</s>" else 0):
        for n in range(max(minn, 1), maxn + 1):
            is_mark = n == 1 and i in (0, len(characters) - 1)
            if i + n <= len(characters) and not is_mark:
                h = 2166136261
                for byte in b"".join(characters[i : i + n]):
                    h = (h ^ (byte if byte < 128 else byte + 0xFFFFFF00)) * 16777619 % 2**32
                found.append(h % buckets)
    return found


@given(WORDS, st.integers(0, 4), st.integers(0, 3), st.sampled_from([1, 7, 2_000_000]))
@settings(max_examples=80, deadline=None)
def test_the_buckets_of_all_words_are_those_of_a_loop(words, minn, more, buckets):
    found, ends = ngram_buckets(words, minn, minn + more, buckets)
    expected = [by_loop(word, minn, minn + more, buckets) for word in words]
    assert [part.tolist() for part in np.split(found, ends)[:-1]] == expected
    assert found.dtype == np.int64


def test_words_in_many_parts_have_the_same_buckets(monkeypatch):
    words = ["tea", "", "</s>", "coffee", "日本語"] * 3
    whole = ngram_buckets(words, 3, 6, 1000)
    monkeypatch.setattr(ngrams, "PART", 2)
    for one, other in zip(ngram_buckets(words, 3, 6, 1000), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_word_is_no_list_of_words():
    for ask in (ngram_buckets, ngram_matrix):
        with pytest.raises(TypeError, match=r"^words is 'tea': expected a list of words, such as \['tea', 'cup'\]$"):
            ask("tea", 3, 6, 1000)


def test_hashes_are_those_of_fasttext():
    # what get_subwords of fasttext-wheel 0.9.2 returned for "tea" and "é", less the number of words
    of_fasttext = [1484008, 630059, 23337, 1528757, 55895, 806231]
    assert ngram_buckets(["tea", "é"], 3, 4, 2_000_000)[0].tolist() == of_fasttext


@given(WORDS, st.sampled_from([1, 5, 1000]))
@settings(max_examples=50, deadline=None)
def test_the_matrix_counts_each_bucket_of_each_word(words, buckets):
    counts, used = ngram_matrix(words, 1, 3, buckets)
    every = [by_loop(word, 1, 3, buckets) for word in words]
    expected = np.zeros((len(words), buckets), np.float32)
    for row, found in zip(expected, every, strict=True):
        np.add.at(row, found, 1)
    use = expected.sum(axis=0)
    assert used.tolist() == sorted(np.flatnonzero(use).tolist(), key=lambda bucket: (-use[bucket], bucket))
    assert counts.has_canonical_format
    assert counts.dtype == np.float32
    np.testing.assert_array_equal(counts.toarray(), expected[:, used])


def test_the_rows_of_the_first_words_are_the_columns_of_their_matrix(monkeypatch):
    monkeypatch.setattr(ngrams, "PART", 3)
    words = ["tea", "sea", "seas", "a", "</s>", "tea-time", "teas", "été"]
    found = ngram_rows(words, 2, 4, 40).tolist()  # some n-grams share a bucket
    assert found == [ngram_matrix(words[:n], 2, 4, 40)[0].shape[1] for n in range(len(words) + 1)]
    assert ngram_rows([], 2, 4, 40).tolist() == [0]


def test_without_ngrams_the_matrix_has_no_columns():
    counts, used = ngram_matrix(["tea", "coffee"], 0, 0, 0)
    assert counts.shape == (2, 0)
    assert used.shape == (0,)


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((-1, 3, 10), ValueError, "^minn is -1: expected at least 0"),
        ((3, 2.5, 10), TypeError, "^maxn is 2.5: expected a whole number"),
        ((4, 3, 10), ValueError, "^minn is 4, maxn 3: expected minn to be at most maxn$"),
        ((3, 6, 0), ValueError, "^buckets is 0: expected 1 to 2147483647"),
        ((3, 6, 2**31), ValueError, "^buckets is 2147483648: expected 1 to 2147483647"),
    ],
)
def test_impossible_sizes_are_refused(sizes, error, message):
    with pytest.raises(error, match=message):
        ngram_buckets(["tea"], *sizes)


def test_small_integers_of_numpy_are_whole_numbers():
    for found, truth in zip(
        ngram_buckets(["tea"], np.int8(3), np.int8(4), np.uint8(200)), ngram_buckets(["tea"], 3, 4, 200), strict=True
    ):
        np.testing.assert_array_equal(found, truth)


def test_examples():
    assert doctest.testmod(ngrams).failed == 0
