"""word2vec/training/skipgram.py against the textbook's weighted loss, one pair after the other."""

import numpy as np
import pytest

from word2vec.losses import negative_sampling
from word2vec.training.batches import Batch
from word2vec.training.skipgram import FusedStep


def make_case(n=32, dim=5, window=3, words=9, shared=6, block=8, group=16, dtype=np.float64, near=1.0, seed=1):
    """Random tables, and a batch whose windows reach to both sides, to one, or nowhere."""
    rng = np.random.default_rng(seed)
    V, U = rng.normal(size=(2, words, dim)).astype(dtype)
    left, right = rng.integers(0, window + 1, (2, n))
    left[:3] = right[1:4] = 0
    negatives = rng.integers(0, words, (n // group, shared))
    batch = Batch(rng.integers(0, words, n + 2 * window), left, right, negatives)
    return V, U, batch, FusedStep(n, dim, window, 5, shared, dtype, near=near, block=block, group=group)


def pairs(batch, step, near=1.0):
    """(group, centre's word, outside word, weight) of each pair."""
    p = np.broadcast_to(near, step.window)
    for i, (left, right) in enumerate(zip(batch.left, batch.right, strict=True)):
        place = step.window + i
        for j in range(place - left, place + right + 1):
            if j != place:
                yield i // step.group, batch.tokens[place], batch.tokens[j], p[abs(j - place) - 1]


def textbook(V, U, batch, step, near=1.0):
    """The sum over pairs of p times the weighted textbook loss, by group, and its gradients."""
    J, grad_V, grad_U = np.zeros(step.groups, V.dtype), np.zeros_like(V), np.zeros_like(U)
    for g, c, o, p in pairs(batch, step, near):
        negatives = batch.negatives[g]
        found = negative_sampling(V[c], o, U, negatives, step.factor * (negatives != o))
        J[g], grad_V[c], grad_U = J[g] + p * found[0], grad_V[c] + p * found[1], grad_U + p * found[2]
    return J, grad_V, grad_U


def computed(V, U, batch, step, shares=None):
    """What the step finds, shared out as asked: J by group, ∂J/∂V, ∂J/∂U."""
    out = np.full((step.entries, V.shape[1]), np.nan, V.dtype)
    shares = shares or [range(step.groups)]
    J = np.concatenate([step.gradients(V, U, batch, s, out, s) for s in shares])
    x = np.zeros((2 * len(V), V.shape[1]), V.dtype)
    np.add.at(x, step.ids(batch, len(V)), out)
    return J, x[: len(V)], x[len(V) :]


def assert_rows_equal(found, truth, tolerance):
    largest = abs(truth).max(axis=1, keepdims=True)
    assert (abs(found - truth) <= tolerance * np.maximum(largest, 1e-300)).all()


SHAPES = [
    {},
    {"window": 1},
    {"window": 11},
    {"window": 20, "n": 64},
    {"words": 2},
    {"block": 16},
    {"block": 1, "group": 2},
    {"n": 16, "group": 16},
    {"dim": 1},
    {"dim": 33, "shared": 1},
    {"near": [1, 0.7, 0.1]},
    {"near": [0.3], "window": 1, "words": 2},
    {"near": np.linspace(1, 0, 9, endpoint=False), "window": 9, "block": 4},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradients_are_the_sums_over_pairs_of_the_weighted_textbook_loss(shape):
    case = make_case(**shape)
    J, grad_V, grad_U = computed(*case)
    J_true, grad_V_true, grad_U_true = textbook(*case, shape.get("near", 1.0))
    np.testing.assert_allclose(J, J_true, rtol=1e-13)
    assert_rows_equal(grad_V, grad_V_true, 1e-12)
    assert_rows_equal(grad_U, grad_U_true, 1e-12)


def test_single_precision_is_as_near_as_it_can_be():
    V, U, batch, step = make_case(dtype=np.float32)
    assert step.gradients(V, U, batch, range(2), np.empty((step.entries, 5), np.float32)).size == 0
    J, grad_V, grad_U = computed(V, U, batch, step)
    assert (J.dtype, grad_V.dtype) == (np.float64, np.float32)
    truth = textbook(V.astype(np.float64), U.astype(np.float64), batch, step)
    np.testing.assert_allclose(J, truth[0], rtol=1e-6)
    assert_rows_equal(grad_V, truth[1], 2e-5)
    assert_rows_equal(grad_U, truth[2], 2e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [7, 100])
def test_how_groups_are_shared_out_changes_no_bit(dtype, dim):
    V, U, batch, step = make_case(n=64, dim=dim, dtype=dtype, shared=13)
    whole, parts = (np.empty((step.entries, dim), dtype) for _ in range(2))
    J = step.gradients(V, U, batch, range(4), whole, range(4))
    for shares in ([range(0, 1), range(1, 4)], [range(2, 4), range(0, 2)], [range(i, i + 1) for i in range(4)]):
        found = {s.start: step.gradients(V, U, batch, s, parts, s) for s in shares}
        assert parts.tobytes() == whole.tobytes()
        assert np.concatenate([found[start] for start in sorted(found)]).tobytes() == J.tobytes()


def test_only_measured_groups_are_given_and_nothing_is_changed():
    V, U, batch, step = make_case(n=64)
    before = [array.copy() for array in (V, U, *batch)]
    out = np.empty((step.entries, 5))
    J = step.gradients(V, U, batch, range(4), out, range(4))
    np.testing.assert_array_equal(step.gradients(V, U, batch, range(1, 4), out, [3, 1]), J[[3, 1]])
    for array, old in zip((V, U, *batch), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_a_centre_without_a_window_and_what_is_only_padding_have_no_gradient():
    V, U, batch, step = make_case()
    batch.left[:], batch.right[:] = 0, 0
    out = np.empty((step.entries, 5))
    assert step.gradients(V, U, batch, range(2), out, range(2)).tolist() == [0, 0]
    assert not out.any()


def test_scores_far_out_stay_finite():
    V, U, batch, step = make_case()
    J, grad_V, grad_U = computed(1e3 * V, 1e3 * U, batch, step)
    assert np.isfinite(J).all()
    assert np.isfinite(grad_V).all()
    assert np.isfinite(grad_U).all()


def test_weights_that_fall_to_zero_are_the_mean_of_windows_that_are_drawn():
    window = 4
    near = np.linspace(1, 0, window, endpoint=False)
    V, U, batch, weighted = make_case(window=window, near=near)
    plain, parts = make_case(window=window)[3], []
    for size in range(1, window + 1):
        drawn = batch._replace(left=np.minimum(size, batch.left), right=np.minimum(size, batch.right))
        parts.append(computed(V, U, drawn, plain))
    J, grad_V, grad_U = (np.mean(each, axis=0) for each in zip(*parts, strict=True))
    found = computed(V, U, batch, weighted)
    np.testing.assert_allclose(found[0], J, rtol=1e-13)
    assert_rows_equal(found[1], grad_V, 1e-12)
    assert_rows_equal(found[2], grad_U, 1e-12)
    counted = np.mean([np.minimum(size, batch.left) + np.minimum(size, batch.right) for size in range(1, 5)], axis=0)
    np.testing.assert_allclose(weighted.pairs(batch), counted, rtol=1e-14)
