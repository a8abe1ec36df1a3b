"""Every loss and model of word2vec under the gradient harness at all good points, and against another differentiator.

The other one is autograd (HIPS), given the losses as a textbook writes them.
"""

import random

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from benchmarks.gradients.planted import CASES, library, start
from tests.course.test_starter_test import batch_loss, dummy_objects
from tests.training.test_skipgram import computed, make_case
from word2vec import (
    functions,
    models,
    naiveSoftmaxLossAndGradient,
    negSamplingLossAndGradient,
    skipgram,
    word2vec_sgd_wrapper,
)
from word2vec.course import cbow
from word2vec.course.treebank import SAMPLE, StanfordSentiment
from word2vec.functions import log_softmax, normalize_rows, sigmoid, softmax
from word2vec.gradcheck import assert_gradient, check_gradient, good_points
from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling
from word2vec.models import skip_gram
from word2vec.text import huffman_tree

WORDS = ["king", "queen", "rain", "snow", "tea", *(f"word{i}" for i in range(126))]
POINTS = list(good_points(rng=np.random.default_rng(1)))
at_all_points = pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)


def at_all_points_of(cases):
    """Each case at each point, in a plain round at every third; windows of 131 words, which take longest, at none."""
    return pytest.mark.parametrize(
        ("case", "point"),
        [
            pytest.param(
                *(case, point),
                id=f"{case}-{point.name}",
                marks=[pytest.mark.slow] * ((i + j) % 3 > 0 or (point.name == "own context" and "window" in case)),
            )
            for i, case in enumerate(cases)
            for j, point in enumerate(POINTS)
        ],
    )


@at_all_points_of(CASES)
def test_losses_models_and_blocks(case, point):
    x, names = start(case, point)
    assert_gradient(CASES[case](library(), point), x, names=names, words=WORDS[: len(point.U)])


@at_all_points_of([case for case in CASES if case.endswith("pair") or case.endswith("window")])
def test_float32(case, point):
    (a, b), names = start(case, point)
    assert_gradient(CASES[case](library(), point), (np.float32(a), np.float32(b)), names=names)


def with_paths(point):
    """Models of a point with hierarchical softmax and with weights, as functions of (V, U), and nodes' vectors."""
    tree = huffman_tree(np.random.default_rng(1).integers(1, 50, len(point.U)))
    outside, paths = point.outside.tolist(), [tree.path(o) for o in point.outside]
    p = np.linspace(2, 0.5, len(outside))
    return {
        "pair": lambda x: hierarchical_softmax(x[0][point.c], outside[0], x[1], *paths[0]),
        "window": lambda x: skip_gram(point.c, outside, *x, hierarchical_softmax, *zip(*paths, strict=True)),
        "cbow": lambda x: models.cbow(point.c, outside, *x, hierarchical_softmax, *tree.path(point.c), mean=True),
        "weights": lambda x: models.cbow(point.c, outside, *x, naive_softmax, weights=p),
        "mean": lambda x: models.cbow(
            point.c, outside, *x, negative_sampling, point.negatives[0], mean=True, weights=p
        ),
    }


@at_all_points
@pytest.mark.parametrize("model", ["pair", "window", "cbow", "weights", "mean"])
def test_hierarchical_softmax_and_weighted_contexts(model, point):
    f, nodes = with_paths(point)[model], len(point.U) - (model in ("pair", "window", "cbow"))

    def of_tables(x):
        J, *gradient = f(x)
        if model == "pair":
            gradient[0] = np.eye(len(point.V))[point.c][:, None] * gradient[0]
        return J, tuple(gradient)

    assert_gradient(of_tables, (point.V, point.U[:nodes]), names=("V", "U"))


@pytest.mark.parametrize(
    ("loss", "model"),
    [
        (negSamplingLossAndGradient, skipgram),
        (naiveSoftmaxLossAndGradient, cbow),
        pytest.param(negSamplingLossAndGradient, cbow, marks=pytest.mark.slow),
        pytest.param(naiveSoftmaxLossAndGradient, skipgram, marks=pytest.mark.slow),
    ],
)
def test_the_course_s_batches_with_their_random_windows(model, loss):
    dataset, vectors, tokens = dummy_objects()
    before = random.getstate()

    def f(x):
        return word2vec_sgd_wrapper(model, tokens, x, dataset, 3, loss)

    report = assert_gradient(f, vectors, names={"V": 5, "U": 5}, words=tokens)
    assert report.checked == vectors.size
    assert random.getstate() == before


def test_a_batch_is_checked_as_well_after_one_of_the_treebank():
    treebank = StanfordSentiment(SAMPLE)
    words = treebank.tokens()
    word2vec_sgd_wrapper(skipgram, words, np.ones((2 * len(words), 3)), treebank, 3, negSamplingLossAndGradient)
    _, vectors, tokens = objects = dummy_objects()
    f = batch_loss(negSamplingLossAndGradient, objects=objects)
    assert assert_gradient(f, vectors, names={"V": 5, "U": 5}, words=tokens).checked == vectors.size


def test_relu_at_its_kink_is_named_and_no_error():
    report = assert_gradient(
        lambda x: (functions.relu(x).sum(), functions.relu_derivative(x)), np.array([0.0, 1, -1])
    )
    assert report.kinks == ("x[0]",)


# the fast tier


@at_all_points
def test_weighted_negatives(point):
    weights = np.linspace(0, 2, len(point.negatives[0]))

    def f(x):
        return negative_sampling(x[0], point.outside[0], x[1], point.negatives[0], weights)

    assert_gradient(f, (point.V[point.c], point.U), names=("v_c", "U"), words=WORDS[: len(point.U)])


@pytest.mark.parametrize("shape", [{}, {"words": 2}, {"window": 11}, {"words": 5, "shared": 40}], ids=str)
@pytest.mark.parametrize("scale", [1, 0.05, 3])
def test_the_kernel(shape, scale):
    V, U, batch, _ = make_case(**shape)
    kernels = {np.dtype(dtype): make_case(**shape, dtype=dtype)[3] for dtype in (np.float64, np.complex128)}

    def f(x):
        J, grad_V, grad_U = computed(*x, batch, kernels[x[0].dtype])
        return J.sum(), grad_V, grad_U

    assert_gradient(f, (scale * V, scale * U), names=("V", "U"))


# another differentiator


def log_sigmoid(x):
    return -anp.logaddexp(0.0, -x)


def softmax_loss(v, o, U):
    scores = anp.dot(U, v)
    top = anp.max(scores)
    return -(scores[o] - top - anp.log(anp.sum(anp.exp(scores - top))))


def negative_loss(v, o, U, negatives):
    return -log_sigmoid(anp.dot(U[o], v)) - sum(log_sigmoid(-anp.dot(U[w], v)) for w in negatives)


def textbook(case, p):
    """The losses of benchmarks.gradients.planted's cases, written down once more, without gradients."""
    n = len(p.V)
    pairs = list(zip(p.outside, p.negatives, strict=True))
    windows = [(p.c, pairs), ((p.c + 1) % n, pairs[:2]), ((p.c + 2) % n, pairs[1:])]

    def window(V, U, s=0):
        return sum(
            negative_loss(V[(p.c + s) % n], (o + s) % n, U, [(w + s) % n for w in negatives])
            for o, negatives in pairs
        )

    return {
        "softmax_pair": lambda v, U: softmax_loss(v, p.outside[0], U),
        "negative_pair": lambda v, U: negative_loss(v, p.outside[0], U, p.negatives[0]),
        "softmax_window": lambda V, U: sum(softmax_loss(V[p.c], o, U) for o in p.outside),
        "negative_window": window,
        "cbow_window": lambda V, U: negative_loss(sum(V[w] for w in p.outside), p.c, U, p.negatives[0]),
        "mean_of_windows": lambda V, U: (
            sum(window(V, U, s) for s in range(len(p.outside) - 1)) / (len(p.outside) - 1)
        ),
        "negative_block": lambda V, U: (
            sum(negative_loss(V[c], o, U, ws) for c, some in windows for o, ws in some) / 3
        ),
        "softmax_block": lambda V, U: sum(softmax_loss(V[c], o, U) for c, some in windows for o, _ in some) / 3,
    }[case]


@at_all_points
@pytest.mark.parametrize("case", CASES)
def test_autograd_finds_the_same_gradients(case, point):
    x, _ = start(case, point)
    J, *gradients = CASES[case](library(), point)(x)
    loss = textbook(case, point)
    np.testing.assert_allclose(J, loss(*x), rtol=1e-12, atol=1e-14)
    for i, gradient in enumerate(gradients):
        truth = grad(loss, i)(*x)
        row = np.abs(truth).max(axis=-1, keepdims=True)
        rounding = 1e-12 * np.maximum(row, 1e-3 * np.abs(truth).max()) + 1e-15  # of 1 − p where p is nearly 1
        assert (np.abs(gradient - truth) <= rounding).all()


@pytest.mark.parametrize("function", [sigmoid, softmax, log_softmax, normalize_rows])
def test_our_functions_beside_absolute_values_of_data(function):
    weights = np.random.default_rng(1).standard_normal((2, 5))
    jacobian = {
        sigmoid: lambda y: np.eye(5) * (y * (1 - y))[:, :, None],
        softmax: lambda y: y[:, :, None] * (np.eye(5) - y[:, None]),
        log_softmax: lambda y: np.eye(5) - np.exp(y)[:, None],
        normalize_rows: None,
    }[function]

    def f(x):
        y, k = function(x), np.abs(weights)
        if jacobian is None:
            length = np.sqrt((x * x).sum(axis=1, keepdims=True))
            return (k * y).sum(), (k - (k * y).sum(axis=1, keepdims=True) * y) / length
        return (k * y).sum(), np.einsum("ni,nij->nj", k, jacobian(y))

    report = check_gradient(f, np.random.default_rng(2).standard_normal((2, 5)))
    assert report.passed, str(report)
