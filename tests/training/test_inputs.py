"""word2vec/training/inputs.py: hidden vectors are a sparse matrix times the table, and go back by its transpose."""

import numpy as np
import pytest
from scipy.sparse import coo_array

from word2vec.training.batches import Batch
from word2vec.training.inputs import Contexts, Positions, Windows

WORDS, DOCUMENTS, D = 9, 4, 5


def make_batch(n, window, seed=1):
    """Windows to both sides, to one, or nowhere; documents in order, the last two positions empty."""
    rng = np.random.default_rng(seed)
    left, right = rng.integers(0, window + 1, (2, n)).astype(np.int32)
    left[:3] = right[1:4] = 0
    left[-2:] = right[-2:] = 0
    documents = np.sort(rng.integers(0, DOCUMENTS, n)).astype(np.int32)
    documents[-2:] = -1
    negatives = rng.integers(0, WORDS, (n // 16, 6)).astype(np.int32)
    return Batch(rng.integers(0, WORDS, n + 2 * window).astype(np.int32), left, right, negatives, documents)


def matrix_of(batch, near, *, context, word=False, document=False, mean=False):
    """M as the definition says it, one pair after the other: (n, WORDS + DOCUMENTS)."""
    window, entries = batch.window, []
    for i, (left, right, t) in enumerate(zip(batch.left, batch.right, batch.documents, strict=True)):
        row = [(j - i, batch.tokens[window + j]) for j in range(i - left, i + right + 1) if j != i and context]
        row = [(w, near[abs(d) - 1]) for d, w in row]
        row += [(batch.tokens[window + i], 1)] * word + [(WORDS + t, 1)] * int(document and t >= 0)
        total = sum(p for _, p in row) if mean and row else 1
        entries += [(i, w, p / total) for w, p in row]
    rows, columns, values = zip(*entries, strict=True)
    return coo_array((values, (rows, columns)), (len(batch.left), WORDS + DOCUMENTS)).toarray()


NEAR = np.array([1, 0.6, 0.3])
CASES = {
    "word": (lambda n: Positions(n, D, np.float64), {"context": False, "word": True}),
    "document": (lambda n: Positions(n, D, np.float64, documents_after=WORDS), {"context": False, "document": True}),
    "sum": (lambda n: Contexts(n, D, 3, np.float64, NEAR, group=16, block=8), {"context": True}),
    "mean": (
        lambda n: Contexts(n, D, 3, np.float64, NEAR / 4, group=16, mean=True, block=8),
        {"context": True, "mean": True},  # whatever the weights' sum
    ),
    "sum and document": (
        lambda n: Contexts(n, D, 3, np.float64, NEAR, group=16, documents_after=WORDS, block=8),
        {"context": True, "document": True},
    ),
    "mean with document": (
        lambda n: Contexts(n, D, 3, np.float64, NEAR, group=16, mean=True, documents_after=WORDS, block=8),
        {"context": True, "document": True, "mean": True},
    ),
}


def back(source, batch, grads):
    out = np.full((source.entries, D), np.nan)
    for begin, grad_H in grads:
        source.hidden(np.zeros((WORDS + DOCUMENTS, D)), batch.part(begin, begin + len(grad_H)))
        source.spread(grad_H, begin, out)
    found = np.zeros((WORDS + DOCUMENTS, D))
    np.add.at(found, source.rows(batch), out)
    return found


@pytest.mark.parametrize("case", CASES)
def test_hidden_vectors_are_the_matrix_times_the_table_and_gradients_its_transpose(case):
    (make, what), rng = CASES[case], np.random.default_rng(2)
    source, batch, Z = make(48), make_batch(48, 3), rng.normal(size=(WORDS + DOCUMENTS, D))
    M = matrix_of(batch, NEAR, **what)
    seen, H = source.seen(batch).astype(bool), source.hidden(Z, batch).copy()
    np.testing.assert_array_equal(seen, batch.documents >= 0 if "document" in case else batch.left + batch.right > 0)
    np.testing.assert_allclose(H[seen], (M @ Z)[seen], rtol=1e-13, atol=1e-14)
    grad_H = rng.normal(size=(48, D)) * seen[:, None]
    truth = M.T @ grad_H
    np.testing.assert_allclose(back(source, batch, [(0, grad_H)]), truth, rtol=1e-12, atol=1e-13)
    parts = [(begin, grad_H[begin : begin + 16]) for begin in (16, 0, 32)]
    np.testing.assert_allclose(back(source, batch, parts), truth, rtol=1e-12, atol=1e-13)


def test_windows_hold_the_tokens_of_each_group_and_of_its_neighbours():
    batch, Z = make_batch(48, 3), np.random.default_rng(2).normal(size=(WORDS, D))
    source = Windows(48, D, 3, np.float64, group=16)
    tokens = np.concatenate([batch.tokens[first : first + 22] for first in (0, 16, 32)])
    assert source.rows(batch).tolist() == tokens.tolist()
    assert source.entries == 66
    np.testing.assert_array_equal(source.hidden(Z, batch), Z[tokens])
    np.testing.assert_array_equal(source.hidden(Z, batch.part(16, 48)), Z[tokens[22:]])
    np.testing.assert_array_equal(source.seen(batch), batch.left + batch.right > 0)
    out, grad = np.zeros((66, D)), np.random.default_rng(3).normal(size=(66, D))
    source.spread(grad[22:], 16, out)
    source.spread(grad[:22], 0, out)
    np.testing.assert_array_equal(out, grad)
    assert source.pull(np.arange(48.0), batch).sum() == pytest.approx(np.arange(48).sum())


def test_the_gradient_that_other_programs_take_is_that_of_the_sum():
    batch, grad_H = make_batch(16, 3), np.random.default_rng(3).normal(size=(16, D))
    source = Contexts(16, D, 3, np.float64, NEAR, group=16, mean=True, undivided=True, block=8)
    M = matrix_of(batch, NEAR, context=True)
    np.testing.assert_allclose(back(source, batch, [(0, grad_H)]), M.T @ grad_H, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("mean", "undivided", "power"), [(False, False, 0), (True, True, 1), (True, False, 2)])
def test_what_pulls_at_a_word_of_the_middle_is_the_sum_of_its_squared_weights(mean, undivided, power):
    source = Contexts(64, D, 3, np.float64, NEAR, group=16, mean=mean, undivided=undivided, block=8)
    batch = make_batch(64, 3)._replace(left=np.full(64, 3), right=np.full(64, 3))
    places = np.minimum(source.places, 69)  # what fills the last block has no weight
    total = np.bincount(places.ravel(), source.pull(np.full(64, 2.0), batch), minlength=70)
    truth = 2.0 * 2 * (NEAR**2).sum() / (2 * NEAR.sum()) ** power
    assert total[3:-3].mean() == pytest.approx(truth, rel=0.1)
    assert total.sum() == pytest.approx(64 * truth)
    assert len(source.rows(batch)) == source.entries == 4 * 24


@pytest.mark.parametrize("document", [False, True])
@pytest.mark.parametrize(("mean", "undivided"), [(False, False), (True, True), (True, False)])
def test_in_whole_sentences_all_that_moves_together_pulls_at_each_word(mean, undivided, document):
    """Σ_i M'_ij Σ_k M_ik: no step along all of a sentence's words is too long, however many they are."""
    lengths = np.array([9, 2, 5, 8, 1, 7])  # 32 words: in two groups each, as C is 8 and a group 16
    ids, first = np.arange(32, dtype=np.int32), np.repeat(lengths.cumsum() - lengths, lengths)
    left = (ids - first).astype(np.int32)
    right = (lengths.repeat(lengths) - 1 - left).astype(np.int32)
    documents = np.arange(6, dtype=np.int32).repeat(lengths)
    batch = Batch(np.pad(ids, 8), left, right, np.empty((2, 0), np.int32), documents)
    after = 32 if document else None
    options = {"mean": mean, "undivided": undivided, "documents_after": after}
    source, pull = Contexts(32, D, 8, np.float64, np.ones(8), group=16, **options), np.full(32, 2.0)
    M = (first[:, None] == first) * (ids[:, None] != ids).astype(float)
    M = np.hstack([M, np.eye(6).repeat(lengths, axis=0)]) if document else M
    Z = np.maximum(M.sum(axis=1, keepdims=True), 1)
    back, there = (M if undivided or not mean else M / Z), (M / Z if mean else M)
    found = np.bincount(source.rows(batch), source.pull(pull, batch), minlength=M.shape[1])
    truth = back.T @ (pull * there.sum(axis=1))
    middle = np.r_[8:24, 32 : M.shape[1]]  # words by the ends of a batch are in a group of the next one, too
    np.testing.assert_allclose(found[middle], truth[middle], rtol=1e-12)
