"""word2vec/training/hierarchical_softmax.py: many paths at once are the textbook's, one pair after the other."""

import numpy as np
import pytest

from word2vec.losses import hierarchical_softmax
from word2vec.text import huffman_tree
from word2vec.training.batches import Batch
from word2vec.training.hierarchical_softmax import NODE_PULL, STEP_PULL, TreeSoftmax

D, N = 5, 32
SHAPES = [
    {"words": 12, "hot": 3},
    {"words": 12, "hot": 1},
    {"words": 12, "hot": 64},
    {"words": 40, "hot": 8, "window": 1},
    {"words": 40, "hot": 8, "window": 9},  # blocks reach over more than one other block
    {"words": 2, "hot": 1},
    {"words": 300, "hot": 20, "block": 4, "group": 16},
]


def make_case(words, hot, window=3, block=8, group=16, *, around, dtype=np.float64):
    rng = np.random.default_rng(words + hot)
    counts = rng.zipf(1.5, words) % 1000
    near = np.linspace(1, 0, window, endpoint=False) if around else None
    tree = huffman_tree(counts)
    output = TreeSoftmax(tree, N, D, window, dtype, near=near, group=group, block=block, hot=hot)
    left, right = rng.integers(0, window + 1, (2, N)).astype(np.int32)
    left[:3] = right[1:4] = left[-2:] = right[-2:] = 0
    tokens = rng.integers(0, words, N + 2 * window).astype(np.int32)
    tokens[5:9] = tokens[5]  # a word among its own context
    batch = Batch(tokens, left, right, np.empty((0, 0), np.int32))
    places = np.arange(0, N, group)[:, None] + np.arange(group + 2 * window) if around else window + np.arange(N)
    places = places.ravel()
    H, U = rng.normal(size=(len(places), D)).astype(dtype), rng.normal(size=(words, D)).astype(dtype)
    return output, tree, batch, places, H, U


def by_the_textbook(output, tree, batch, places, H, U, seen):
    """J of each group, ∂J/∂H, ∂J/∂U: pair by pair."""
    J, grad_H, grad_U = np.zeros(output.groups), np.zeros(H.shape), np.zeros(U.shape)
    C, group = batch.window, N // output.groups
    for i in range(N):
        own, rows = batch.tokens[C + i], [(i, float(seen[i]))]
        if output._around:
            first = i // group * (group + 2 * C)
            reach = [
                j
                for j in range(first, first + group + 2 * C)
                if -batch.left[i] <= places[j] - C - i <= batch.right[i]
            ]
            rows = [(j, (C + 1 - abs(places[j] - C - i)) / C) for j in reach if places[j] != C + i]
        for j, p in rows:
            found = hierarchical_softmax(H[j], own, U, *tree.path(own))
            J[i // group] += p * found[0]
            grad_H[j] += p * found[1]
            grad_U += p * found[2]
    return J, grad_H, grad_U


def computed(output, batch, H, U, seen, shares):
    out = np.full((output.entries, D), np.nan, H.dtype)
    J, grad_H, (ids, _) = [], np.empty_like(H), output.rows(batch, np.ones(N))
    size, rows = N // output.groups, len(H) // output.groups
    for groups in shares:
        part = slice(groups.start * rows, groups.stop * rows)
        loss, grad = output.gradients(
            H[part], U, batch, seen[groups.start * size : groups.stop * size], groups, out, groups
        )
        J, grad_H[part] = [*J, *loss], grad
    grad_U = np.zeros_like(U)
    np.add.at(grad_U, ids, out[: len(ids)])
    return np.array(J), grad_H, grad_U


@pytest.mark.parametrize("around", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_batch_equals_the_textbook_pair_by_pair(shape, around):
    case = make_case(**shape, around=around)
    output, _, batch, _, H, U = case
    seen = batch.left + batch.right > 0
    truth = by_the_textbook(*case, seen)
    found = computed(output, batch, H, U, seen, [range(output.groups)])
    for part, wanted in zip(found, truth, strict=True):
        np.testing.assert_allclose(part, wanted, rtol=1e-12, atol=1e-12)
    one_by_one = computed(output, batch, H, U, seen, [range(g, g + 1) for g in range(output.groups)])
    for part, again in zip(found, one_by_one, strict=True):
        np.testing.assert_array_equal(part, again)


@pytest.mark.parametrize("around", [True, False])
def test_each_row_is_pulled_at_by_the_pairs_whose_paths_lead_there(around):
    output, tree, batch, *_ = make_case(12, 3, around=around)
    predicted = output.predicted(batch, batch.left + batch.right > 0)
    truth = np.zeros(12)
    for own, weight in zip(batch.tokens[3:-3], predicted, strict=True):
        truth[tree.path(own)[0]] += weight
    found = np.bincount(*output.rows(batch, predicted), minlength=12)
    np.testing.assert_allclose(found, NODE_PULL * truth)
    steps = sum(length * 0.5**length for length in tree.lengths)  # of a path whose bits are drawn
    assert output.hidden_pull == pytest.approx(STEP_PULL * steps)
    reach = zip(batch.left, batch.right, strict=True)
    weights = [sum((4 - d) / 3 for side in sides for d in range(1, side + 1)) for sides in reach]
    assert predicted == pytest.approx(weights if around else (batch.left + batch.right > 0).astype(float))


def test_what_a_longer_batch_left_is_zeroed():
    output, tree, batch, _, H, U = make_case(12, 3, around=False)
    far, near = (np.flatnonzero(tree.lengths == length)[0] for length in (tree.lengths.max(), tree.lengths.min()))
    out = np.zeros((output.entries, D))
    for word in (far, near, far, near):
        some = batch._replace(tokens=np.full_like(batch.tokens, word))
        output.gradients(H, U, some, np.ones(N), range(output.groups), out, [])
        ids, _ = output.rows(some, np.ones(N))
        assert not out[len(ids) :].any()
        assert len(ids) <= output.entries
    assert len(ids) < output.entries


@pytest.mark.parametrize("around", [True, False])
def test_single_precision_is_nearly_the_same(around):
    double, single = (make_case(40, 8, around=around, dtype=dtype) for dtype in (np.float64, np.float32))
    found = [computed(case[0], case[2], case[4], case[5], np.ones(N), [range(2)]) for case in (double, single)]
    for exact, part in zip(*found, strict=True):
        np.testing.assert_allclose(part, exact, rtol=1e-4, atol=1e-4)
    assert found[1][1].dtype == np.float32
