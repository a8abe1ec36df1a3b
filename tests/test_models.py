"""word2vec/models.py: what it hands on, takes and refuses; its sums and gradients: tests/docs/test_equations.py."""

import numpy as np
import pytest

from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling
from word2vec.models import batch_mean, cbow, skip_gram
from word2vec.text import huffman_tree

EPS = np.finfo(float).eps
SHAPE = (6, 4)


@pytest.fixture
def vectors():
    rng = np.random.default_rng(224)
    V, U = rng.normal(size=(2, *SHAPE))
    V.flags.writeable = U.flags.writeable = False  # whatever writes into its arguments fails here
    return V, U


def assert_close(found, truth, rtol=1e-14):
    for part, wanted in zip(found, truth, strict=True):
        np.testing.assert_allclose(part, wanted, rtol=rtol, atol=8 * EPS)


# skip-gram


def test_skip_gram_of_an_empty_window_is_zero(vectors):
    for found in (skip_gram(2, [], *vectors, naive_softmax), skip_gram(2, [], *vectors, negative_sampling, [])):
        J, grad_V, grad_U = found
        assert J == 0
        assert grad_V.shape == grad_U.shape == SHAPE
        assert not grad_V.any()
        assert not grad_U.any()


def test_skip_gram_hands_on_every_further_argument(vectors):
    V, U = vectors
    seen = []

    def pair_loss(v_c, o, U, *extra):
        seen.append((v_c.tolist(), o, extra))
        return naive_softmax(v_c, o, U)

    skip_gram(3, [1, 2], V, U, pair_loss, ["a", "b"], [10, 20])
    assert seen == [(V[3].tolist(), 1, ("a", 10)), (V[3].tolist(), 2, ("b", 20))]


@pytest.mark.parametrize("negatives", [[[1]], [[1], [2], [3]], []])
def test_skip_gram_refuses_negatives_that_do_not_match_the_window(vectors, negatives):
    with pytest.raises(
        ValueError, match=r"^given has [013] entries for 2 outside words: expected one for each word$"
    ):
        skip_gram(0, [4, 5], *vectors, negative_sampling, negatives)


# CBOW


def test_cbow_says_what_an_empty_context_lacks(vectors):
    with pytest.raises(ValueError, match="empty"):
        cbow(3, [], *vectors, naive_softmax)


@pytest.mark.parametrize(
    ("weights", "mean"), [([1.0], False), ([[1.0, 2.0]], False), ([1, -1], True), ([1, np.nan], False)]
)
def test_cbow_says_what_is_wrong_with_weights(vectors, weights, mean):
    with pytest.raises(ValueError, match=r"weights of shape .* for 2 words, of sum .*: expected one for each word"):
        cbow(3, [1, 4], *vectors, naive_softmax, mean=mean, weights=weights)


def test_weights_that_cancel_are_a_sum_like_any_other(vectors):
    _, _, grad_U = cbow(3, [1, 1], *vectors, naive_softmax, weights=[1, -1])
    assert not grad_U.any()


def test_both_models_take_the_paths_of_a_tree(vectors):
    V, U = vectors
    tree, U = huffman_tree([9, 5, 3, 3, 1, 1]), U[:5]
    outside = [4, 0, 4]
    paths = [tree.path(o) for o in outside]
    found = skip_gram(2, outside, V, U, hierarchical_softmax, *zip(*paths, strict=True))
    parts = [hierarchical_softmax(V[2], o, U, *path) for o, path in zip(outside, paths, strict=True)]
    J, grad_v_c, grad_U = (sum(values) for values in zip(*parts, strict=True))
    assert_close((found[0], found[1][2], found[2]), (J, grad_v_c, grad_U))
    assert (found[1].shape, found[2].shape) == (V.shape, U.shape)
    found = cbow(2, outside, V, U, hierarchical_softmax, *tree.path(2))
    assert_close(found[::2], hierarchical_softmax(2 * V[4] + V[0], 2, U, *tree.path(2))[::2], 1e-13)


# the batch


def test_batch_mean_leaves_the_windows_alone(vectors):
    windows = [skip_gram(0, [1, 2], *vectors, naive_softmax) for _ in range(3)]
    for _, grad_V, grad_U in windows:
        grad_V.flags.writeable = grad_U.flags.writeable = False
    mean = batch_mean(windows)
    assert not any(np.shares_memory(mean[1], window[1]) for window in windows)


def test_batch_mean_refuses_an_empty_batch():
    with pytest.raises(ValueError, match=r"the batch is empty: expected at least one window"):
        batch_mean([])


# types


def as_float32(vectors):
    return [part.astype(np.float32) for part in vectors]


def test_float32_stays_float32(vectors):
    for found in (
        skip_gram(2, [0, 3], *as_float32(vectors), naive_softmax),
        cbow(2, [0, 3], *as_float32(vectors), naive_softmax),
        cbow(2, [0, 3], *as_float32(vectors), naive_softmax, mean=True, weights=[1, 2]),
    ):
        assert [np.asarray(part).dtype for part in found] == [np.float32] * 3


def test_float32_stays_float32_in_a_mean(vectors):
    found = batch_mean([skip_gram(2, [0, 3], *as_float32(vectors), naive_softmax)])
    assert [np.asarray(part).dtype for part in found] == [np.float32] * 3


@pytest.mark.parametrize("of_type", [np.ndarray.tolist, lambda x: x.astype(np.int8)])
@pytest.mark.parametrize("model", [skip_gram, cbow])
def test_tables_of_other_types_count_as_float64(model, of_type):
    V, U = np.arange(12).reshape(2, 3, 2) * 10  # three times 100 is no int8
    found = model(1, [2, 2, 2], of_type(V), of_type(U), naive_softmax)
    for part, wanted in zip(found, model(1, [2, 2, 2], V * 1.0, U * 1.0, naive_softmax), strict=True):
        np.testing.assert_array_equal(part, wanted)
        assert part.dtype == np.float64


def test_float16_stays_float16(vectors):
    V, U = (part.astype(np.float16) for part in vectors)
    for model in (skip_gram, cbow):
        assert {part.dtype for part in model(1, [2, 3], V, U, naive_softmax)} == {np.dtype(np.float16)}


@pytest.mark.parametrize(
    ("model", "first", "words", "message"),
    [
        (skip_gram, -1, [1], "c holds -1: expected ints from 0 to 5"),
        (skip_gram, [0, 1], [1], r"c has the shape \(2,\): expected a single int"),
        (skip_gram, 0, [[1, 2]], r"o has the shape \(2,\): expected a single int"),
        (cbow, 0, [1, -1], "context holds -1: expected ints from 0 to 5"),
        (cbow, 0, [1.7], "context holds 1.7: expected ints from 0 to 5"),
        (cbow, 0, [[1, 2]], r"context has the shape \(1, 2\): expected a row of ints"),
    ],
)
def test_what_is_no_word_is_named(vectors, model, first, words, message):
    with pytest.raises((IndexError, TypeError, ValueError), match=f"^{message}$"):
        model(first, words, *vectors, naive_softmax)


def test_batch_mean_of_a_window_by_itself_is_an_error(vectors):
    with pytest.raises(TypeError, match="cannot unpack non-iterable"):
        batch_mean(skip_gram(0, [1], *vectors, naive_softmax))


@pytest.mark.parametrize(("model", "words"), [(skip_gram, "outside"), (cbow, "context")])
def test_hidden_numbers_are_refused(model, words):
    some = np.ma.array([1, 2], mask=[0, 1])
    given = {"c" if model is skip_gram else "o": 0, words: [1, 2], "V": np.eye(3), "U": np.eye(3)}
    hidden = {words: some, "V": np.ma.array(np.eye(3), mask=np.eye(3)), "U": np.ma.array(np.eye(3), mask=np.eye(3))}
    for name, value in (hidden | ({} if model is skip_gram else {"weights": some})).items():
        with pytest.raises(TypeError, match=f"^{name} is a masked array: expected all its numbers; replace the"):
            model(pair_loss=naive_softmax, **given | {name: value})


@pytest.mark.parametrize(("i", "name"), [(0, "J"), (1, "grad_V"), (2, "grad_U")])
def test_windows_that_hide_numbers_are_refused(i, name):
    windows = [(1.0, np.eye(2), np.eye(2)), [1.0, np.eye(2), np.eye(2)]]
    windows[1][i] = np.ma.array(windows[1][i], mask=True)
    with pytest.raises(TypeError, match=f"^{name} is a masked array: expected all its numbers; replace the"):
        batch_mean(windows)


@pytest.mark.parametrize("context", [[1.5, 0.0], ["1"], [True, False], np.array([1.0])])
def test_a_context_holds_whole_numbers(context):
    with pytest.raises(TypeError, match=r"^context holds .*: expected ints from 0 to 2$"):
        cbow(0, context, np.eye(3), np.eye(3), naive_softmax)


def test_a_context_may_be_an_iterator():
    one, other = (cbow(0, each, np.eye(3), np.eye(3), naive_softmax) for each in ([1, 2, 2], iter([1, 2, 2])))
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a, b)
