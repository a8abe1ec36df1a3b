"""word2vec/vectors/subwords.py: the mean of a word's rows, added up one after the other."""

import copy
import doctest
import pickle

import numpy as np
import pytest

from word2vec.text.ngrams import ngram_buckets
from word2vec.vectors import subwords as module
from word2vec.vectors.subwords import Subwords

WORDS = ["tea", "teas", "coffee", "</s>", "日本", "x", "bananas", "\udcffa", ""]


def by_loop(subwords, word, own=None):
    """The vector of one word in the precision of the rows."""
    row_of = {bucket: row for row, bucket in enumerate(subwords.bucket_ids.tolist())}
    dtype = subwords.matrix.dtype.type
    vector, n = np.zeros(subwords.matrix.shape[1], dtype), 0
    if own is not None:
        vector, n = vector + own, 1
    for bucket in ngram_buckets([word], subwords.minn, subwords.maxn, subwords.buckets)[0].tolist():
        if bucket in row_of:
            vector = vector + subwords.matrix[row_of[bucket]]
        n += bucket in row_of or not subwords.pruned
    return vector * dtype(1 / n) if n else vector


def some(buckets=50, rows=50, dtype=np.float32, **more):
    rng = np.random.default_rng(3)
    ids = rng.permutation(buckets)[:rows]
    return Subwords(2, 4, buckets, ids, rng.standard_normal((rows, 3)).astype(dtype), **more)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pruned", [False, True])
@pytest.mark.parametrize("rows", [0, 20, 50])
def test_the_vectors_have_the_bits_of_a_loop(rows, pruned, dtype, monkeypatch):
    monkeypatch.setattr(module, "PART", 4)
    subwords = some(rows=rows, pruned=pruned, dtype=dtype)
    own = np.random.default_rng(4).standard_normal((len(WORDS), 3)).astype(dtype)
    unseen, seen = subwords.compose(WORDS), subwords.compose(WORDS, own)
    assert unseen.dtype == seen.dtype == dtype
    np.testing.assert_array_equal(unseen, [by_loop(subwords, word) for word in WORDS])
    np.testing.assert_array_equal(seen, [by_loop(subwords, w, z) for w, z in zip(WORDS, own, strict=True)])


def test_words_without_a_row_are_zeros():
    np.testing.assert_array_equal(some().compose(["</s>"]), np.zeros((1, 3)))
    np.testing.assert_array_equal(some(rows=0).compose(["tea"]), np.zeros((1, 3)))
    without = Subwords(0, 0, 0, np.empty(0, int), np.empty((0, 3), np.float32))
    np.testing.assert_array_equal(without.compose(["tea"], np.ones((1, 3))), np.ones((1, 3)))
    assert some().compose([]).shape == (0, 3)


def test_half_precision_is_added_up_in_single():
    half = some(dtype=np.float16)
    single = Subwords(2, 4, 50, half.bucket_ids, half.matrix.astype(np.float32))
    np.testing.assert_array_equal(half.compose(WORDS), single.compose(WORDS))


def test_rows_may_be_mapped_at_any_byte(tmp_path):
    subwords = some()
    (tmp_path / "rows").write_bytes(b"odd" + subwords.matrix.tobytes())
    mapped = np.memmap(tmp_path / "rows", np.float32, "r", 3, subwords.matrix.shape)
    other = Subwords(2, 4, 50, subwords.bucket_ids, mapped)
    np.testing.assert_array_equal(other.compose(WORDS), subwords.compose(WORDS))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_compose_the_same(copied):
    np.testing.assert_array_equal(copied(some()).compose(WORDS), some().compose(WORDS))


def test_a_pickle_is_the_same_after_words_were_composed():
    """So joblib's memory, which compares digests of pickles, knows the vectors again."""
    subwords = some()
    before = pickle.dumps(subwords)
    subwords.compose(WORDS)
    assert pickle.dumps(subwords) == before
    assert not {"by_bucket", "_dtype"} & vars(copy.copy(subwords)).keys()


@pytest.mark.parametrize(
    ("ids", "matrix", "own", "message"),
    [
        (
            [0, 1],
            np.zeros((3, 2)),
            None,
            r"^n-gram rows \(3, 2\) of float64, bucket_ids \(2,\) of int64: expected fl",
        ),
        ([0, 1], np.zeros((2, 2), int), None, r"^n-gram rows \(2, 2\) of int64, .*: expected floats \(R, D\)"),
        ([0.0, 1.0], np.zeros((2, 2)), None, r"bucket_ids \(2,\) of float64: expected"),
        ([1, 1], np.zeros((2, 2)), None, "^bucket_ids: expected different numbers from 0 to 9"),
        ([0, 10], np.zeros((2, 2)), None, "^bucket_ids: expected different numbers from 0 to 9"),
        ([0, -1], np.zeros((2, 2)), None, "^bucket_ids: expected different numbers from 0 to 9"),
        ([0, 1], np.zeros((2, 2)), np.zeros((4, 3)), r"^own has the shape \(4, 3\), the n-gram rows \(2, 2\): exp"),
    ],
)
def test_sizes_that_do_not_agree_are_refused(ids, matrix, own, message):
    with pytest.raises(ValueError, match=message):
        Subwords(3, 6, 10, np.array(ids), matrix, own)


def test_impossible_lengths_are_refused():
    with pytest.raises(ValueError, match=r"^minn is 6, maxn 3: expected minn to be at most maxn"):
        Subwords(6, 3, 10, np.array([0]), np.zeros((1, 2)))


def test_examples():
    assert doctest.testmod(module).failed == 0
