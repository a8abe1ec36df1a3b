"""docs/equations.md: the library computes what the page states, and page, docstrings and tests name the same ids.

The naive references are the page's own: its doctests are read out of it and run once, so that what is compared with
the library here is what a reader sees there. That their printed results are true is pytest's own doctest of the page.
"""

import ast
import doctest
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.cost import dense_pair, multiplications, softmax_pair, touched_pair
from word2vec.batch import add_rows, naive_softmax_batch, negative_sampling_batch
from word2vec.course.descent import Descent, descend, step_size
from word2vec.documents import inference
from word2vec.documents.distance import nearest_documents, word_movers_distance
from word2vec.documents.means import count_words
from word2vec.functions import (
    log_sigmoid,
    log_sigmoid_derivative,
    log_softmax,
    log_softmax_jacobian,
    normalize_rows,
    relu,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_jacobian,
)
from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling
from word2vec.models import batch_mean, cbow, skip_gram
from word2vec.plotting.plane import principal_plane
from word2vec.text import PhraseOptions, encode, find_phrases, huffman_tree
from word2vec.text.ngrams import ngram_buckets, ngram_matrix
from word2vec.text.phrases import phrase_scores
from word2vec.text.walks import _Steps
from word2vec.training.rounds import Change, Rows, add, apply, settle
from word2vec.training.sampling import noise_distribution
from word2vec.vectors.alignment import rotation
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

EPS = np.finfo(float).eps
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
HEADING = re.compile(r'### <a id="(E\d+)"></a>(E\d+) · .+')
ID = re.compile(r"\bE\d+\b")


def read_blocks():
    """The page's blocks, id → text, each from its heading to the next."""
    sections = [(HEADING.match(text), text) for text in re.split(r"^(?=##)", PAGE, flags=re.MULTILINE)]
    return {heading[2]: text for heading, text in sections if heading}


def run(text, names):
    """Run the doctests of a text and return the names of the functions that it defines."""
    sources = [example.source for example in doctest.DocTestParser().get_examples(text)]
    for source in sources:
        exec(source, names)
    return [match[1] for match in map(re.compile(r"def (\w+)").match, sources) if match]


BLOCKS = read_blocks()
NAMES = {"print": lambda *args: None}
run(PAGE.partition("\n## Naive softmax")[0], NAMES)
REFERENCE = {id_: NAMES[run(text, NAMES)[-1]] for id_, text in BLOCKS.items()}  # a block's last function
PAGES = SimpleNamespace(**NAMES)

CHECKS, SLOPES = {}, {}  # id → what is compared there


def check(id_):
    """Register a function (naive reference, point) → pairs (by the library, by the page)."""
    return lambda function: CHECKS.setdefault(id_, function)


def slopes(id_):
    """Register a function (point) → triples (gradient by the library, loss as the page states it, argument)."""
    return lambda function: SLOPES.setdefault(id_, function)


@pytest.fixture(params=range(6))
def point(request):
    """Some vectors and words. The words of odd points repeat and collide with o; those of even ones are distinct."""
    rng = np.random.default_rng(request.param)
    n, D = int(rng.integers(5, 8)), int(rng.integers(1, 5))
    V, U = rng.normal(size=(2, n, D))
    V.flags.writeable = U.flags.writeable = False
    o, *distinct = rng.permutation(n).tolist()
    collide = request.param % 2
    negatives = [*distinct[:2], o, distinct[0], distinct[0]] if collide else distinct[:3]
    sentence = rng.integers(0, 3 if collide else n, 6).tolist()
    words = rng.integers(0, 3 if collide else n, (6, 4))
    return SimpleNamespace(
        V=V, U=U, c=int(rng.integers(n)), o=o, n=n, distinct=distinct[:3], negatives=negatives, sentence=sentence,
        xs=np.array([*rng.normal(0, 3, 5), 0.0, -0.0]), centres=np.array([1, 0, 1]), sizes=np.array([2, 0, 4]),
        words=words, v_c=V[0], x=U @ V[0], pair=(V[0], o, U),
    )  # fmt: skip


def window(point, t, m=2):
    """The outside words of position t, as many as there are."""
    return point.sentence[max(0, t - m) : t] + point.sentence[t + 1 : t + m + 1]


def dense(rows, ids, like):
    table = np.zeros(like.shape)
    add_rows(table, ids, rows)
    return table


def batch(function, point):
    """A batch's J, ∂J/∂V and ∂J/∂U by `word2vec.batch`."""
    found = function(point.V, point.U, point.centres, point.sizes, point.words)
    return (found.loss(), dense(found.grad_V, found.centres, point.V), dense(found.grad_U, found.outside, point.U))


def windows(point):
    """The windows of the batch: (c, outside words)."""
    ends = np.cumsum(point.sizes)
    return [
        (c, point.words[end - size : end, 0].tolist())
        for c, size, end in zip(point.centres.tolist(), point.sizes, ends, strict=True)
    ]


def mean_loss(point, V, U):
    """The batch's mean naive-softmax loss, by the page."""
    return sum(PAGES.cross_entropy(V[c], w, U) for c, outside in windows(point) for w in outside) / len(point.sizes)


def mean_sampled_loss(point, V, U):
    """The batch's mean negative-sampling loss, by the page."""
    pairs = zip(np.repeat(point.centres, point.sizes), point.words, strict=True)
    return sum(PAGES.sampled_loss(V[c], o, U, negatives) for c, (o, *negatives) in pairs) / len(point.sizes)


@check("E1")
def _(predict, p):
    yield softmax(p.x), predict(p.v_c, p.U)


@check("E2")
def _(cross_entropy, p):
    for o in range(p.n):
        yield -log_softmax(p.x)[o], cross_entropy(p.v_c, o, p.U)
        yield naive_softmax(p.v_c, o, p.U)[0], cross_entropy(p.v_c, o, p.U)


@check("E3")
def _(error, p):
    for o in range(p.n):
        yield -log_softmax_jacobian(p.x)[o], error(p.v_c, o, p.U)
        yield -softmax_jacobian(p.x)[o], PAGES.predict(p.v_c, p.U)[o] * error(p.v_c, o, p.U)


@slopes("E3")
def _(p):
    # with U the identity, the vector v_c is the scores
    one = np.eye(p.n)
    for i in range(p.n):
        yield softmax_jacobian(p.x)[i], lambda x, i=i: PAGES.predict(x, one)[i], p.x
        yield log_softmax_jacobian(p.x)[i], lambda x, i=i: np.log(PAGES.predict(x, one)[i]), p.x


@check("E4")
def _(gradient_of_centre, p):
    yield naive_softmax(*p.pair)[1], gradient_of_centre(*p.pair)


@check("E5")
def _(expected_minus_seen, p):
    yield naive_softmax(*p.pair)[1], expected_minus_seen(*p.pair)


@slopes("E4")
@slopes("E5")
def _(p):
    yield naive_softmax(*p.pair)[1], lambda v_c: PAGES.cross_entropy(v_c, p.o, p.U), p.v_c


@check("E6")
def _(gradient_of_outside, p):
    for w in range(p.n):
        yield naive_softmax(*p.pair)[2][w], gradient_of_outside(p.v_c, w, p.o, p.U)


@check("E7")
def _(gradient_of_all_outside, p):
    yield naive_softmax(*p.pair)[2], gradient_of_all_outside(*p.pair)


@slopes("E6")
@slopes("E7")
def _(p):
    yield naive_softmax(*p.pair)[2], lambda U: PAGES.cross_entropy(p.v_c, p.o, U), p.U


@check("E8")
def _(relu_slopes, p):
    yield relu_derivative(p.xs), relu_slopes(p.xs)
    yield relu(p.xs), [x * slope for x, slope in zip(p.xs, relu_slopes(p.xs), strict=True)]


@slopes("E8")
def _(p):
    for x in p.xs[p.xs != 0]:
        yield relu_derivative([x]), lambda x: relu(x)[0], np.array([x])


@check("E9")
def _(sigma_slopes, p):
    yield sigmoid(p.xs), [PAGES.sigma(x) for x in p.xs]
    yield sigmoid_derivative(p.xs), sigma_slopes(p.xs)


@slopes("E9")
def _(p):
    yield sigmoid_derivative(p.xs), lambda xs: PAGES.sigma(xs).sum(), p.xs


@check("E10")
def _(log_sigma_slopes, p):
    yield log_sigmoid(p.xs), [np.log(PAGES.sigma(x)) for x in p.xs]
    yield log_sigmoid_derivative(p.xs), log_sigma_slopes(p.xs)


@slopes("E10")
def _(p):
    yield log_sigmoid_derivative(p.xs), lambda xs: np.log(PAGES.sigma(xs)).sum(), p.xs


@check("E11")
def _(sampled_loss, p):
    for negatives in (p.negatives, []):
        yield negative_sampling(*p.pair, negatives)[0], sampled_loss(*p.pair, negatives)


@check("E12")
def _(sampled_gradient_of_centre, p):
    for negatives in (p.negatives, []):
        yield negative_sampling(*p.pair, negatives)[1], sampled_gradient_of_centre(*p.pair, negatives)


@slopes("E12")
def _(p):
    for negatives in (p.negatives, []):
        gradient = negative_sampling(*p.pair, negatives)[1]
        yield gradient, lambda v_c, words=negatives: PAGES.sampled_loss(v_c, p.o, p.U, words), p.v_c


@check("E13")
def _(sampled_gradient_of_seen, p):
    yield negative_sampling(*p.pair, p.distinct)[2][p.o], sampled_gradient_of_seen(*p.pair)


@check("E14")
def _(sampled_gradient_of_negative, p):
    for w in p.distinct:
        yield negative_sampling(*p.pair, p.distinct)[2][w], sampled_gradient_of_negative(p.v_c, w, p.U)


@slopes("E13")
@slopes("E14")
def _(p):
    yield negative_sampling(*p.pair, p.distinct)[2], lambda U: PAGES.sampled_loss(p.v_c, p.o, U, p.distinct), p.U


@check("E15")
def _(slopes_to_share, p):
    _, grad_v_c, grad_U = negative_sampling(*p.pair, p.distinct)
    delta, sign = slopes_to_share(*p.pair, p.distinct), np.array([1, -1, -1, -1])
    words = [p.o, *p.distinct]
    yield grad_U[words], np.outer(sign * delta, p.v_c)
    yield grad_v_c, (sign[:, None] * p.U[words]).T @ delta


@check("E16")
def _(count, p):
    for words, D, K in ((7, 1, 1), (50, p.n, 4)):
        yield multiplications(softmax_pair, words, D, K), count(words, D)
        yield multiplications(dense_pair, words, D, K), count(K + 1, D)
        yield multiplications(touched_pair, words, D, K), count(K + 1, D)


@check("E17")
def _(sampled_gradient_of_all_outside, p):
    for negatives in (p.negatives, [p.o], []):
        found = negative_sampling(*p.pair, negatives)[2]
        yield found, sampled_gradient_of_all_outside(*p.pair, negatives)


@slopes("E17")
def _(p):
    for negatives in (p.negatives, [p.o], []):
        gradient = negative_sampling(*p.pair, negatives)[2]
        yield gradient, lambda U, words=negatives: PAGES.sampled_loss(p.v_c, p.o, U, words), p.U


@check("E18")
def _(window_loss, p):
    for t, c in enumerate(p.sentence):
        found = skip_gram(c, window(p, t), p.V, p.U, naive_softmax)[0]
        yield found, window_loss(p.sentence, t, 2, p.V, p.U)


@check("E19")
def _(window_gradient, p):
    for t, c in enumerate(p.sentence):
        _, *found = skip_gram(c, window(p, t), p.V, p.U, naive_softmax)
        yield from zip(found, window_gradient(c, window(p, t), p.V, p.U), strict=True)


@slopes("E19")
def _(p):
    for t, c in enumerate(p.sentence):
        _, grad_V, grad_U = skip_gram(c, window(p, t), p.V, p.U, naive_softmax)
        yield grad_V, lambda V, t=t: PAGES.window_loss(p.sentence, t, 2, V, p.U), p.V
        yield grad_U, lambda U, t=t: PAGES.window_loss(p.sentence, t, 2, p.V, U), p.U


@check("E20")
def _(cbow_gradient, p):
    for context in ([1, 1, 4], [p.o], p.sentence):
        J, *found = cbow(p.o, context, p.V, p.U, naive_softmax)
        yield J, PAGES.cross_entropy(sum(p.V[w] for w in context), p.o, p.U)
        yield from zip(found, cbow_gradient(p.o, context, p.V, p.U), strict=True)


@slopes("E20")
def _(p):
    for context in ([1, 1, 4], [p.o], p.sentence):

        def J(V, U, context=context):
            return PAGES.cross_entropy(sum(V[w] for w in context), p.o, U)

        _, grad_V, grad_U = cbow(p.o, context, p.V, p.U, naive_softmax)
        yield grad_V, lambda V, J=J: J(V, p.U), p.V
        yield grad_U, lambda U, J=J: J(p.V, U), p.U


@check("E21")
def _(batch_gradient, p):
    J, *found = batch_mean(skip_gram(c, outside, p.V, p.U, naive_softmax) for c, outside in windows(p))
    yield J, mean_loss(p, p.V, p.U)
    yield from zip(found, batch_gradient(windows(p), p.V, p.U), strict=True)


@slopes("E21")
def _(p):
    _, grad_V, grad_U = batch_mean(skip_gram(c, outside, p.V, p.U, naive_softmax) for c, outside in windows(p))
    yield grad_V, lambda V: mean_loss(p, V, p.U), p.V
    yield grad_U, lambda U: mean_loss(p, p.V, U), p.U


@check("E22")
def _(sampled_batch_gradient, p):
    J, *found = batch(negative_sampling_batch, p)
    yield J, mean_sampled_loss(p, p.V, p.U)
    yield from zip(found, sampled_batch_gradient(p.V, p.U, p.centres, p.sizes, p.words.tolist()), strict=True)


@slopes("E22")
def _(p):
    _, grad_V, grad_U = batch(negative_sampling_batch, p)
    yield grad_V, lambda V: mean_sampled_loss(p, V, p.U), p.V
    yield grad_U, lambda U: mean_sampled_loss(p, p.V, U), p.U


@check("E23")
def _(softmax_batch_gradient, p):
    J, *found = batch(naive_softmax_batch, p)
    yield J, mean_loss(p, p.V, p.U)
    outside = [words for _, words in windows(p)]
    yield from zip(found, softmax_batch_gradient(p.V, p.U, p.centres, outside), strict=True)


@slopes("E23")
def _(p):
    _, grad_V, grad_U = batch(naive_softmax_batch, p)
    yield grad_V, lambda V: mean_loss(p, V, p.U), p.V
    yield grad_U, lambda U: mean_loss(p, p.V, U), p.U


@check("E24")
def _(descent, p):
    def halve(x, step, report):
        return x - step * np.cos(x), None

    for iterations in (0, 1, 7):
        state = Descent(p.xs)
        assert len([*descend(state, halve, 0.3, iterations)]) == iterations
        yield state.x, descent(p.xs, np.cos, 0.3, iterations)
    # a gradient of 1 makes the descent the sum of its steps
    for iterations in (20_000, 20_002, 40_001):
        found = 1 - sum(step_size(2.0**-20, t) for t in range(1, iterations + 1))
        yield found, descent(1.0, lambda x: 1.0, 2.0**-20, iterations)


@check("E25")
def _(leaky_relu_slopes, p):
    yield relu_derivative(p.xs, 0.1), leaky_relu_slopes(p.xs, 0.1)
    yield relu(p.xs, 0.1), [x * slope for x, slope in zip(p.xs, leaky_relu_slopes(p.xs, 0.1), strict=True)]


@slopes("E25")
def _(p):
    for x in p.xs[p.xs != 0]:
        yield relu_derivative([x], 0.1), lambda x: relu(x, 0.1)[0], np.array([x])


@check("E26")
def _(sigma_jacobian, p):
    yield np.diag(sigmoid_derivative(p.xs)), sigma_jacobian(p.xs)


@slopes("E26")
def _(p):
    for i, row in enumerate(np.diag(sigmoid_derivative(p.xs))):
        yield row, lambda xs, i=i: PAGES.sigma(xs)[i], p.xs


@check("E27")
def _(gradients_of_columns, p):
    grad_v_c, grad_U_col = gradients_of_columns(p.v_c, p.o, p.U.T)
    yield naive_softmax(*p.pair)[1], grad_v_c
    yield naive_softmax(*p.pair)[2].T, grad_U_col


@slopes("E27")
def _(p):
    yield naive_softmax(*p.pair)[1], lambda v_c: PAGES.cross_entropy(v_c, p.o, p.U), p.v_c
    yield naive_softmax(*p.pair)[2].T, lambda U_col: PAGES.cross_entropy(p.v_c, p.o, U_col.T), p.U.T


@check("E28")
def _(step_of_centre, p):
    yield p.v_c - 0.3 * naive_softmax(*p.pair)[1], step_of_centre(*p.pair, 0.3)


@check("E29")
def _(slope_along, p):
    for a in p.V[1:]:
        yield naive_softmax(*p.pair)[1] @ a, slope_along(a, *p.pair)


@slopes("E29")
def _(p):
    for a in p.V[1:]:
        slope = naive_softmax(*p.pair)[1] @ a
        yield np.array([slope]), lambda t, a=a: PAGES.cross_entropy(p.v_c + t[0] * a, p.o, p.U), np.zeros(1)


@check("E30")
def _(normalised, p):
    yield normalize_rows(p.V), normalised(p.V)


def network(p):
    """A small network: x, o, W1, b1, W2, b2."""
    D, n = p.V.shape[1], p.n
    return p.v_c, p.o, p.V[1:4].T, p.x[:3], p.U.ravel()[: 3 * D].reshape(3, D) @ p.U.T, p.x[:n] / 2


@check("E31")
def _(gradient_of_input, p):
    x, o, W1, b1, W2, b2 = network(p)
    h = sigmoid(x @ W1 + b1)
    delta_2 = softmax(h @ W2 + b2) - np.eye(p.n)[o]
    yield W1 @ (W2 @ delta_2 * sigmoid_derivative(x @ W1 + b1)), gradient_of_input(*network(p))
    parameters = sum(part.size for part in (W1, b1, W2, b2))
    assert parameters == (len(x) + 1) * len(h) + (len(h) + 1) * p.n


@slopes("E31")
def _(p):
    x, o, W1, b1, W2, b2 = network(p)

    def J(x):
        return PAGES.cross_entropy([*PAGES.first_layer(x, W1, b1), 1], o, PAGES.second_layer(W2, b2))

    yield PAGES.gradient_of_input(*network(p)), J, x


@check("E32")
def _(regularised_gradient, p):
    gradient = naive_softmax(*p.pair)[1]
    yield gradient + 0.7 * p.v_c, regularised_gradient(p.v_c, gradient, 0.7)


@slopes("E32")
def _(p):
    gradient = PAGES.regularised_gradient(p.v_c, naive_softmax(*p.pair)[1], 0.7)
    yield gradient, lambda v_c: PAGES.cross_entropy(v_c, p.o, p.U) + 0.7 / 2 * (v_c**2).sum(), p.v_c


@check("E33")
def _(adam, p):
    seen = []

    def gradient(x):
        seen.append(np.cos(x))
        return seen[-1]

    found = adam(p.xs, gradient, 0.1, 5)
    x = p.xs
    for t in range(1, 6):  # the averages as sums over all gradients so far
        m, s = (
            ((1 - beta) * beta ** np.arange(t)[::-1, None] * np.array(seen[:t]) ** power).sum(axis=0) / (1 - beta**t)
            for beta, power in ((0.9, 1), (0.999, 2))
        )
        x = x - 0.1 * m / (np.sqrt(s) + 1e-8)
    yield x, found


@check("E34")
def _(expected_dropout, p):
    for probability in (0.0, 0.2, 0.9):
        yield p.v_c, expected_dropout(p.v_c, probability, 1 / (1 - probability))
        yield 3 * (1 - probability) * p.v_c, expected_dropout(p.v_c, probability, 3)


def tied(c, o, V):
    """The gradient in V if the outside vectors are V too, by the library."""
    _, grad_v_c, gradient = naive_softmax(V[c], o, V)
    gradient[c] += grad_v_c
    return gradient


@check("E35")
def _(tied_gradient, p):
    for c in (p.c, p.o):  # halved: a word's score with itself is large, and the loop's ŷ − 1 loses digits near 1
        yield tied(c, p.o, p.V / 2), tied_gradient(c, p.o, p.V / 2)


@slopes("E35")
def _(p):
    for c in (p.c, p.o):
        yield tied(c, p.o, p.V), lambda V, c=c: PAGES.cross_entropy(V[c], p.o, V), p.V


@check("E36")
def _(share_along, p):
    points, shares = principal_plane(p.V)
    axes = np.linalg.eigh(np.cov(p.V.T).reshape(p.V.shape[1], -1))[1].T[::-1][
        :2
    ]  # (2, D), the largest variance first
    yield shares[: len(axes)], [share_along(p.V, a) for a in axes]
    for column, a in zip(points.T, axes, strict=False):
        assert_near(abs(column), abs((p.V - p.V.mean(axis=0)) @ a))


@check("E37")
def _(entries_of_gradients, p):
    pairs, K = p.words, p.words.shape[1] - 1
    ends, dense = np.cumsum(p.sizes), 0
    for c, size, end in zip(p.centres, p.sizes, ends, strict=True):
        part = pairs[end - size : end]
        dense += sum(g.size for g in skip_gram(c, part[:, 0], p.V, p.U, negative_sampling, part[:, 1:])[1:])
        dense += sum(negative_sampling(p.V[c], o, p.U, negatives)[2].size for o, *negatives in part)
    found = negative_sampling_batch(p.V, p.U, p.centres, p.sizes, pairs)
    yield [dense, found.grad_V.size + found.grad_U.size], entries_of_gradients(p.sizes, p.n, p.V.shape[1], K)


def contexts(p):
    """Contexts with weights, repeats among them: (words, weights, whether their mean, Z)."""
    for context, weights in (([1, 1, 4], [0.5, 2.0, 1.0]), ([p.o], [3.0]), (p.sentence, np.arange(1.0, 7) / 4)):
        yield context, weights, False, 1.0
        yield context, weights, True, sum(weights)


@check("E38")
def _(weighted_cbow_gradient, p):
    for context, weights, mean, Z in contexts(p):
        J, *found = cbow(p.o, context, p.V, p.U, naive_softmax, mean=mean, weights=weights)
        yield J, PAGES.cross_entropy(PAGES.weighted_context(context, weights, Z, p.V), p.o, p.U)
        yield from zip(found, weighted_cbow_gradient(p.o, context, weights, Z, p.V, p.U), strict=True)


@slopes("E38")
def _(p):
    for context, weights, mean, Z in contexts(p):

        def J(V, U, context=context, weights=weights, Z=Z):
            return PAGES.cross_entropy(PAGES.weighted_context(context, weights, Z, V), p.o, U)

        _, grad_V, grad_U = cbow(p.o, context, p.V, p.U, naive_softmax, mean=mean, weights=weights)
        yield grad_V, lambda V, J=J: J(V, p.U), p.V
        yield grad_U, lambda U, J=J: J(p.V, U), p.U


@check("E39")
def _(peers_cbow_gradient, p):
    for context, *_ in contexts(p):
        _, grad_V, grad_U = cbow(p.o, context, p.V, p.U, naive_softmax, mean=True)
        wrong, right = peers_cbow_gradient(p.o, context, p.V, p.U)
        yield grad_V * len(context), wrong
        yield grad_U, right


@slopes("E39")
def _(p):
    for context, *_ in contexts(p):
        wrong, _ = PAGES.peers_cbow_gradient(p.o, context, p.V, p.U)
        ones = [1] * len(context)
        mean = lambda V, c=context, ones=ones: PAGES.weighted_context(c, ones, len(c), V)  # noqa: E731
        yield wrong / len(context), lambda V, mean=mean: PAGES.cross_entropy(mean(V), p.o, p.U), p.V


def tree_of(p):
    """A tree of the point's words, and vectors of its inner nodes."""
    return huffman_tree(np.arange(p.n) ** 2), p.U[:-1]


@check("E40")
def _(path_gradient, p):
    tree, U = tree_of(p)
    for o in range(p.n):
        J, *found = hierarchical_softmax(p.v_c, o, U, *tree.path(o))
        yield J, PAGES.path_loss(p.v_c, *tree.path(o), U)
        yield from zip(found, path_gradient(p.v_c, *tree.path(o), U), strict=True)


@slopes("E40")
def _(p):
    tree, U = tree_of(p)
    for o in range(p.n):
        path = tree.path(o)
        _, grad_v_c, grad_U = hierarchical_softmax(p.v_c, o, U, *path)
        yield grad_v_c, lambda v_c, path=path: PAGES.path_loss(v_c, *path, U), p.v_c
        yield grad_U, lambda U, path=path: PAGES.path_loss(p.v_c, *path, U), U


@check("E41")
def _(path_probabilities, p):
    tree, U = tree_of(p)
    found = np.exp(tree.log_probabilities(U @ p.v_c))
    yield found, path_probabilities(p.v_c, [tree.path(w) for w in range(p.n)], U)


def spelled(p):
    """Words of few n-grams that collide: counts, divisors, own rows, rows (R, D) of n-grams, and all rows by word."""
    words, buckets = ["tea", "sea", "teatea", "tea", "</s>"][: p.n], 5 + p.n
    counts, used = ngram_matrix(words, 2, 3, buckets)
    found, ends = ngram_buckets(words, 2, 3, buckets)
    own, rows = p.V[: len(words)], np.sin(np.outer(1 + used, 1 + np.arange(p.V.shape[1])))
    by_word = [
        [i, *(len(words) + np.flatnonzero(used == g)[0] for g in part)]
        for i, part in enumerate(np.split(found, ends)[:-1])
    ]
    return words, counts, Subwords(2, 3, buckets, used, rows, own), by_word


@check("E42")
def _(gradient_of_rows, p):
    words, counts, subwords, by_word = spelled(p)
    Z = np.concatenate([subwords.own, subwords.matrix])
    V = subwords.compose(words, subwords.own)
    yield V, [PAGES.composed(rows, Z) for rows in by_word]
    yield subwords.compose(words[:4]), [PAGES.composed(rows[1:], Z) for rows in by_word[:4]]
    n = 1 + counts.sum(axis=1)[:, None]
    yield V, (subwords.own + counts @ subwords.matrix) / n
    grad = np.cos(V)
    yield np.concatenate([grad / n, counts.T @ (grad / n)]), gradient_of_rows(by_word, grad, Z)


@slopes("E42")
def _(p):
    words, counts, subwords, by_word = spelled(p)
    n = 1 + counts.sum(axis=1)[:, None]

    def J(own, rows):
        return sum(np.sin(PAGES.composed(each, np.concatenate([own, rows]))).sum() for each in by_word)

    grad = np.cos(subwords.compose(words, subwords.own)) / n
    yield grad, lambda own: J(own, subwords.matrix), subwords.own
    yield counts.T @ grad, lambda rows: J(subwords.own, rows), subwords.matrix


def with_documents(p):
    """Rows of the words around o, one of them twice, and of a document; all rows: those of V and three documents."""
    return [*p.sentence[:3], p.sentence[0], p.n + 1], np.vstack([p.V, p.U[:3] / 2])


@check("E43")
def _(pv_dm_gradient, p):
    rows, x = with_documents(p)
    yield cbow(p.o, rows, x, p.U, naive_softmax)[1], pv_dm_gradient(p.o, rows, [1] * 5, 1, x, p.U)
    mean = cbow(p.o, rows, x / 5, p.U, naive_softmax)[1] / 5
    yield mean, pv_dm_gradient(p.o, rows, [1] * 5, 5, x, p.U)


@slopes("E43")
def _(p):
    rows, x = with_documents(p)
    weights = [1, 0.5, 2, 0.25, 1]

    def J(x):
        return PAGES.cross_entropy(weights @ x[rows] / 4.75, p.o, p.U)

    yield PAGES.pv_dm_gradient(p.o, rows, weights, 4.75, x, p.U), J, x


@check("E44")
def _(pv_dbow_gradient, p):
    _, grad_d, grad_U = skip_gram(1, p.sentence, p.V, p.U, naive_softmax)
    yield from zip((grad_d[1], grad_U), pv_dbow_gradient(p.sentence, p.V[1], p.U), strict=True)


@slopes("E44")
def _(p):
    def J(d, U):
        return sum(PAGES.cross_entropy(d, w, U) for w in p.sentence)

    grad_d, grad_U = PAGES.pv_dbow_gradient(p.sentence, p.v_c, p.U)
    yield grad_d, lambda d: J(d, p.U), p.v_c
    yield grad_U, lambda U: J(p.v_c, U), p.U


def document_of(p):
    """Counts, noise, K, r, d, U of a document: what the page's functions of E45 take."""
    return np.bincount(p.sentence, minlength=p.n), noise_distribution(np.arange(p.n, 0, -1)), 3, 0.5, p.v_c, p.U


@check("E45")
def _(inferred_gradient, p):
    settings = {"model": {"name": "pv-dbow"}, "loss": {"name": "negative-sampling"}}
    settings |= {"window": 2, "negatives": 3, "sample": 0}
    words, counts = [str(w) for w in range(p.n)], np.arange(p.n, 0, -1)
    vectors = WordVectors(words, p.V, outside=p.U, counts=counts, settings=settings)
    model = inference._Model(vectors, inference.settings_of(vectors), 1, 0.5)
    model._turn_to(np.eye(p.V.shape[1]), np.arange(p.n))  # in the page's axes: turning rounds by some ulp more
    problem = model.problem(np.array(p.sentence), np.zeros(len(p.sentence), int), 1)
    yield problem.expand(p.v_c[None])[0][0], inferred_gradient(*document_of(p))


@slopes("E45")
def _(p):
    counts, q, K, r, v_c, U = document_of(p)

    def J(d):
        x = U @ d
        far = K * q * (counts.sum() - counts)
        return -(counts * log_sigmoid(x) + far * log_sigmoid(-x)).sum() + r / 2 * (d**2).sum()

    yield PAGES.inferred_gradient(*document_of(p)), J, v_c


@check("E46")
def _(turned, p):
    D = p.V.shape[1]
    X = np.vstack([p.V, 4 * np.eye(D)])  # far from singular, where Q is a matter of rounding
    R = np.linalg.qr(p.U[:D, :D] + 4 * np.eye(D))[0]
    Y = X @ R + np.vstack([p.U, np.zeros((D, D))]) / 8
    names = [f"w{i}" for i in range(len(X))]
    found = WordVectors(names, X).aligned_to(WordVectors(names, Y), unit=False).matrix
    yield found, turned(X, Y)
    yield X @ rotation(X, Y, unit=False), found


@check("E47")
def _(movers_distance, p):
    names = [f"w{i}" for i in range(p.n)]
    vectors = WordVectors(names, p.V)
    for words, others in ((p.sentence[:5], [*p.negatives, *p.distinct][:5]), (p.sentence[:4], p.words[0].tolist())):
        a, b = ([names[i] for i in document] for document in (words, others))
        yield word_movers_distance(vectors, a, b), movers_distance(words, others, p.V)
        ((_, distance),) = nearest_documents(count_words([b], vectors), a)
        yield distance, movers_distance(words, others, p.V)


def phrases_of(p, scoring, delta=1):
    """Sentences of a point's words as strings, and their phrases of any score."""
    text = [[f"w{w}" for w in p.sentence], *([f"w{w}" for w in row] for row in p.words.tolist())]
    lowest = -1 if scoring == "npmi" else 0
    return text, find_phrases(encode(text, min_count=1), PhraseOptions(scoring, lowest, delta))


@check("E48")
def _(phrase_score, p):
    for scoring, delta in (("npmi", None), ("word2phrase", 1)):
        text, found = phrases_of(p, scoring)
        for (a, b), score in zip(found.parts, found.scores, strict=True):
            yield score, phrase_score(a, b, text, delta)
    yield phrase_scores("word2phrase", *np.array([[2], [2], [2]]), 1, 8, 0), [2.0]


def graph(p):
    """A weighted directed graph on the words, of which each has an edge."""
    return np.maximum(p.V @ p.U.T, 0) + np.diag(np.arange(p.n) % 2) + np.eye(p.n)[np.roll(np.arange(p.n), 1)]


@check("E49")
def _(step_probabilities, p):
    w = graph(p)
    for t, v in np.argwhere(w > 0):
        for return_, out in ((1, 1), (0.25, 4), (8, 0.5)):
            steps = _Steps(w, return_, out, np.random.default_rng(0))
            _, edge, weight = steps.weights(np.array([t]), np.array([v]))
            found = np.zeros(p.n)
            found[steps.column[edge]] = weight / weight.sum()
            yield found, step_probabilities(t, v, w, return_, out)


@check("E50")
def _(meet, p):
    moves, curvatures = p.V.T[:, :, None].repeat(2, 2), 10.0**p.U.T  # of D shards: (D, V, 2), (D, V)
    rows = np.arange(p.n, dtype=np.int32)
    changes = [
        Change({"x": Rows(rows, Δ, λ, -np.expm1(-λ), np.linalg.norm(Δ, axis=1))})
        for Δ, λ in zip(moves.copy(), curvatures, strict=True)
    ]
    x, motion = np.ones((p.n, 2)), {"motion of x": np.full((p.n, 2), 0.5)}
    apply(settle(add(changes)), {"x": x}, motion)
    for i in rows:
        truth = meet(np.ones(2), np.full(2, 0.5), moves[:, i], curvatures[:, i])
        yield np.array([x[i], motion["motion of x"][i]]), np.array(truth)


# what is compared


@pytest.mark.parametrize("id_", CHECKS)
def test_the_library_equals_the_naive_reference_to_a_few_ulp(id_, point):
    pairs = list(CHECKS[id_](REFERENCE[id_], point))
    assert pairs
    for found, truth in pairs:
        assert np.shape(found) == np.shape(truth)
        # 1 is the size of the probabilities whose differences a loop takes
        assert (np.abs(np.subtract(found, truth)) <= 8 * EPS * max(1, np.abs(truth).max())).all(), (found, truth)


def complex_step(J, x):
    """∂J/∂x, entry by entry: Im J(x + ih)/h."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[i] += 1e-20j
        gradient[i] = np.imag(J(moved)) / 1e-20
    return gradient


@pytest.mark.parametrize("id_", SLOPES)
def test_the_gradient_equals_the_complex_step_through_the_page(id_, point):
    triples = list(SLOPES[id_](point))
    assert triples
    for gradient, J, x in triples:
        truth = complex_step(J, x)
        np.testing.assert_allclose(gradient, truth, rtol=1e-12, atol=1e-12 * abs(truth).max())


def test_every_derivative_of_the_page_is_differentiated():
    # the others state no derivative of a loss: losses, shared slopes, costs, descents, lengths, means and planes
    others = {"E1", "E2", "E11", "E15", "E16", "E18", "E24", "E28", "E30", "E33", "E34", "E36", "E37", "E41"}
    others |= {"E46", "E47", "E48", "E49", "E50"}
    assert set(BLOCKS) - set(SLOPES) == others


# identities


def assert_near(found, truth):
    np.testing.assert_allclose(found, truth, rtol=1e-13, atol=16 * EPS)


def test_e1_probabilities_sum_to_1_and_a_common_shift_of_all_outside_vectors_leaves_them(point):
    assert_near(softmax(point.x).sum(), 1)
    shifted = (point.U + np.arange(len(point.v_c)) - 3) @ point.v_c
    assert_near(softmax(shifted), softmax(point.x))


def test_e2_the_loss_is_positive_and_log_v_for_equal_scores(point):
    assert naive_softmax(*point.pair)[0] > 0
    assert_near(naive_softmax(0 * point.v_c, point.o, point.U)[0], np.log(point.n))
    assert_near(naive_softmax(*point.pair)[0], np.log(np.exp(point.x).sum()) - point.x[point.o])


def test_e3_the_errors_sum_to_zero(point):
    assert_near(softmax_jacobian(point.x).sum(axis=1), np.zeros(point.n))
    assert_near(log_softmax_jacobian(point.x).sum(axis=1), np.zeros(point.n))


def test_e4_a_common_shift_of_all_outside_vectors_leaves_the_gradient(point):
    shifted = naive_softmax(point.v_c, point.o, point.U + np.arange(len(point.v_c)) - 3)
    assert_near(shifted[1], naive_softmax(*point.pair)[1])


def test_e5_the_gradient_vanishes_where_the_prediction_is_far_from_the_target():
    line = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    J, grad_v_c, grad_U = naive_softmax(np.array([0.0, 1.0]), 0, line)
    assert_near(J, np.log(3))
    assert grad_v_c.tolist() == [0, 0]
    assert_near(grad_U[0], [0, -2 / 3])
    for v_c in np.random.default_rng(1).normal(size=(20, 2)):  # convex: nothing is lower
        assert naive_softmax(v_c, 0, line)[0] >= J - 4 * EPS


def test_e5_with_outside_vectors_of_zero_no_centre_vector_moves(point):
    zero = np.zeros_like(point.U)
    assert not naive_softmax(point.v_c, point.o, zero)[1].any()
    assert not negative_sampling(point.v_c, point.o, zero, point.negatives)[1].any()


def test_e6_the_seen_word_is_drawn_in_and_all_others_are_pushed_away(point):
    pull = naive_softmax(*point.pair)[2] @ point.v_c
    assert pull[point.o] < 0
    assert (np.delete(pull, point.o) > 0).all()


def test_e7_the_rows_of_the_gradient_sum_to_zero_and_have_rank_1(point):
    grad_U = naive_softmax(*point.pair)[2]
    assert_near(grad_U.sum(axis=0), np.zeros(len(point.v_c)))
    assert_near(np.outer(grad_U[:, 0], point.v_c), grad_U * point.v_c[0])


def test_e8_relu_is_x_times_its_slope_which_is_zero_at_the_kink(point):
    assert relu_derivative([0.0, -0.0]).tolist() == [0, 0]
    assert (relu(point.xs) == point.xs * relu_derivative(point.xs)).all()
    assert (relu(point.xs) - relu(-point.xs) == point.xs).all()


def test_e9_sigmoid_of_minus_x_is_the_rest_to_1(point):
    assert_near(sigmoid(-point.xs), 1 - sigmoid(point.xs))
    assert_near(sigmoid_derivative(-point.xs), sigmoid_derivative(point.xs))
    assert sigmoid_derivative(0.0) == 0.25
    assert sigmoid_derivative(point.xs).max() <= 0.25
    assert_near(softmax([[x, 0] for x in point.xs]), np.transpose([sigmoid(point.xs), sigmoid(-point.xs)]))


def test_e10_the_two_logarithms_differ_by_x_and_stay_finite(point):
    assert_near(log_sigmoid(point.xs) - log_sigmoid(-point.xs), point.xs)
    assert log_sigmoid(-1e4) == -1e4


def test_e11_e12_the_negatives_add_up_in_any_order_down_to_none(point):
    whole, none = negative_sampling(*point.pair, point.negatives), negative_sampling(*point.pair, [])
    singles = [negative_sampling(*point.pair, [w]) for w in point.negatives]
    for i in range(3):
        assert_near(whole[i] - none[i], sum(single[i] - none[i] for single in singles))
        assert_near(negative_sampling(*point.pair, point.negatives[::-1])[i], whole[i])
    assert_near(none[0], -np.log(sigmoid(point.x[point.o])))
    assert_near(none[1], -sigmoid(-point.x[point.o]) * point.U[point.o])
    assert_near(
        negative_sampling(0 * point.v_c, point.o, point.U, point.negatives)[0], (len(point.negatives) + 1) * np.log(2)
    )


def test_e13_e14_the_seen_word_is_drawn_in_and_negatives_are_pushed_away(point):
    pull = negative_sampling(*point.pair, point.distinct)[2] @ point.v_c
    assert pull[point.o] < 0
    assert (pull[point.distinct] > 0).all()


def test_e14_rows_that_are_not_touched_are_exactly_zero(point):
    grad_U = negative_sampling(*point.pair, point.negatives)[2]
    assert set(np.flatnonzero(grad_U.any(axis=1))) == {point.o, *point.negatives}
    found = negative_sampling_batch(point.V, point.U, point.centres, point.sizes, point.words)
    assert set(found.centres) == {1}
    assert set(found.outside) == set(point.words.ravel())


def test_e15_the_loss_is_made_of_the_shared_scores(point):
    delta = PAGES.slopes_to_share(*point.pair, point.negatives)
    assert_near(negative_sampling(*point.pair, point.negatives)[0], -np.log(delta + 1).sum())
    assert ((delta > -1) & (delta < 0)).all()


def test_e17_a_row_counts_as_often_as_its_word_was_drawn(point):
    o, w = point.o, point.distinct[0]
    none, once = (negative_sampling(*point.pair, words)[2] for words in ([], [w]))
    for n_w in range(5):
        assert_near(negative_sampling(*point.pair, [w] * n_w)[2][w], n_w * once[w])
        own = negative_sampling(*point.pair, [o] * n_w)[2][o]  # o among the negatives plays both roles
        assert_near(own, none[o] + n_w * sigmoid(point.x[o]) * point.v_c)
    assert np.flatnonzero(none.any(axis=1)).tolist() == [o]


@pytest.mark.parametrize("cut", range(5))
def test_e18_e19_windows_add_up_over_their_parts(cut, point):
    whole = skip_gram(1, point.sentence[:4], point.V, point.U, naive_softmax)
    parts = [point.sentence[:cut], point.sentence[cut:4]]
    parts = [skip_gram(1, part, point.V, point.U, naive_softmax) for part in parts]
    for i in range(3):
        assert_near(sum(part[i] for part in parts), whole[i])


def test_e19_only_the_centre_vector_of_the_window_has_a_gradient(point):
    for pair_loss, given in ((naive_softmax, []), (negative_sampling, [[point.negatives] * 6])):
        grad_V = skip_gram(point.c, point.sentence, point.V, point.U, pair_loss, *given)[1]
        assert np.flatnonzero(grad_V.any(axis=1)).tolist() == [point.c]


def test_e20_one_word_of_context_is_skip_gram_and_other_rows_are_exactly_zero(point):
    for i in range(3):
        assert_near(cbow(point.o, [2], *point_vectors(point))[i], skip_gram(2, [point.o], *point_vectors(point))[i])
    grad_V = cbow(point.o, [1, 4, 1], *point_vectors(point))[1]
    assert np.flatnonzero(grad_V.any(axis=1)).tolist() == [1, 4]
    assert_near(grad_V[1], 2 * grad_V[4])


def point_vectors(point):
    return point.V, point.U, naive_softmax


def test_e21_a_batch_is_the_weighted_mean_of_its_parts(point):
    one, *others = [skip_gram(c, outside, *point_vectors(point)) for c, outside in windows(point)]
    for i in range(3):
        assert_near(batch_mean([one, one])[i], one[i])
        assert_near(batch_mean([one, *others])[i], (one[i] + 2 * batch_mean(others)[i]) / 3)


def test_e22_the_array_products_equal_the_mean_over_windows_whatever_repeats(point):
    ends = np.cumsum(point.sizes)
    parts = [point.words[end - size : end] for size, end in zip(point.sizes, ends, strict=True)]
    truth = batch_mean(
        skip_gram(c, part[:, 0], point.V, point.U, negative_sampling, part[:, 1:])
        for c, part in zip(point.centres, parts, strict=True)
    )
    for found, wanted in zip(batch(negative_sampling_batch, point), truth, strict=True):
        assert_near(found, wanted)


def test_e23_errors_sum_to_zero_and_windows_of_one_centre_may_be_joined(point):
    J, grad_V, grad_U = batch(naive_softmax_batch, point)
    assert_near(grad_U.sum(axis=0), np.zeros(len(point.v_c)))
    joined = naive_softmax_batch(point.V, point.U, np.array([1]), np.array([6]), point.words)
    assert_near(joined.loss() / 3, J)
    assert_near(joined.grad_V[0] / 3, grad_V[1])
    assert_near(joined.grad_U / 3, grad_U)


def test_e24_a_resumed_descent_makes_the_same_steps():
    def note(steps, step, report):
        steps.append(step)
        return steps, None

    state, resumed = Descent([]), Descent([], iteration=5_000)
    assert len([*descend(state, note, 0.3, 40_001)]) == 40_001
    assert len([*descend(resumed, note, 0.3, 40_001)]) == 35_001
    assert resumed.x == state.x[5_000:]
    assert [state.x[i] for i in (0, 19_999, 20_000, 39_999, 40_000)] == [0.3, 0.3, 0.15, 0.15, 0.075]


def test_e25_leaky_relu_is_x_times_its_slope(point):
    for alpha in (0.0, 0.01, 0.5):
        assert (relu(point.xs, alpha) == point.xs * relu_derivative(point.xs, alpha)).all()
        assert (relu(point.xs, alpha) == np.maximum(alpha * point.xs, point.xs)).all()
        assert relu_derivative([0.0, -0.0], alpha).tolist() == [alpha, alpha]


def test_e26_the_jacobian_of_the_sigmoid_acts_entry_by_entry(point):
    g = np.arange(len(point.xs))
    assert_near(PAGES.sigma_jacobian(point.xs) @ g, sigmoid_derivative(point.xs) * g)


def test_e28_a_small_step_lowers_the_loss_by_the_squared_length_of_the_gradient(point):
    J, gradient, _ = naive_softmax(*point.pair)
    moved = PAGES.step_of_centre(*point.pair, 1e-6)
    after = naive_softmax(moved, point.o, point.U)[0]
    np.testing.assert_allclose((J - after) / 1e-6, gradient @ gradient, rtol=1e-3)
    first = point.v_c + 0.3 * point.U[point.o]
    assert_near(point.U[point.o] @ (first - point.v_c), 0.3 * point.U[point.o] @ point.U[point.o])


def test_e29_the_null_spaces(point):
    flat = np.column_stack([point.U, 0 * point.U[:, 0]])  # a = (0, …, 0, 1) has flat @ a = 0
    v_c, a = np.append(point.v_c, 0.5), np.append(0 * point.v_c, 1.0)
    J, gradient, _ = naive_softmax(v_c, point.o, flat)
    assert_near(naive_softmax(v_c + 3 * a, point.o, flat)[0], J)
    assert gradient @ a == 0
    # with the seen vector where the others' mean is, the error is in the null space of the transpose
    error = PAGES.error(*point.pair)
    U = np.array(point.U)
    U[point.o] = np.delete(error, point.o) @ np.delete(U, point.o, axis=0) / -error[point.o]
    assert_near(U.T @ error, 0 * point.v_c)
    assert np.linalg.matrix_rank(U.T) <= len(point.v_c) < point.n


def test_e30_products_of_normalised_vectors_are_cosines_and_lengths_are_lost(point):
    x, y = unit = normalize_rows(point.V[:2])
    assert_near(x @ y, point.V[0] @ point.V[1] / np.sqrt((point.V[0] @ point.V[0]) * (point.V[1] @ point.V[1])))
    assert_near(normalize_rows(unit), unit)
    assert_near(normalize_rows([[7.0], [0.5]] * point.V[:2]), unit)


def test_e31_word2vec_is_that_network_without_sigmoid_and_biases(point):
    one_hot, y = np.eye(point.n)[0], np.eye(point.n)[point.o]
    y_hat = softmax(one_hot @ point.V @ point.U.T)  # W1 = V, W2 = Uᵀ
    J, grad_v_c, _ = naive_softmax(*point.pair)
    assert_near(J, -np.log(y_hat[point.o]))
    assert_near(grad_v_c, (y_hat - y) @ point.U)


def test_e32_a_step_shrinks_the_weights_first(point):
    gradient = naive_softmax(*point.pair)[1]
    step = point.v_c - 0.1 * PAGES.regularised_gradient(point.v_c, gradient, 0.7)
    assert_near(step, (1 - 0.1 * 0.7) * point.v_c - 0.1 * gradient)


def test_e33_the_size_of_the_gradient_does_not_matter_to_adam(point):
    found = [
        PAGES.adam(point.xs, lambda x, scale=scale: scale * np.cos(x), 0.1, 20, epsilon=0) for scale in (1, 1024)
    ]
    assert_near(*found)
    assert_near(abs(PAGES.adam(point.xs, np.cos, 0.1, 1, epsilon=0) - point.xs), 0.1 * np.ones(len(point.xs)))


def test_e34_the_noise_of_dropout(point):
    p, gamma = 0.2, 1 / 0.8
    squares = PAGES.expected_dropout(point.v_c**2, p, gamma**2)  # as d is 0 or 1, d² = d
    assert_near(squares - point.v_c**2, point.v_c**2 * p / (1 - p))


def test_e35_only_the_products_of_the_two_kinds_of_vectors_count(point):
    D = len(point.v_c)
    A = np.eye(D) + np.triu(np.ones((D, D)))
    J = naive_softmax(point.v_c @ A, point.o, point.U @ np.linalg.inv(A).T)[0]
    assert_near(J, naive_softmax(*point.pair)[0])
    assert (np.diag(point.V @ point.V.T) >= 0).all()


def test_e36_no_distance_grows_in_the_plane_and_all_shares_sum_to_one(point):
    points, _ = principal_plane(point.V)
    for i in range(point.n):
        plane, whole = (np.linalg.norm(table - table[i], axis=1) for table in (points, point.V))
        assert (plane <= whole + 1e-12).all()
    assert_near(sum(PAGES.share_along(point.V, a) for a in np.eye(len(point.v_c))), 1)


def test_e37_only_the_dense_count_grows_with_the_vocabulary():
    (small, touched), (large, same) = (PAGES.entries_of_gradients([2, 0, 3], words, 4, 6) for words in (10, 1000))
    assert (large, same) == (100 * small, touched)


def test_e38_scaled_weights_leave_the_mean_and_whole_weights_repeat_in_the_sum(point):
    context, p = [1, 4, 1], np.array([0.5, 2.0, 1.0])
    mean, scaled = (cbow(point.o, context, *point_vectors(point), mean=True, weights=w) for w in (p, 7 * p))
    for found, truth in zip(scaled, mean, strict=True):
        assert_near(found, truth)
    v_hat = p @ point.V[context] / p.sum()
    assert_near(mean[1].sum(axis=0), naive_softmax(v_hat, point.o, point.U)[1])
    whole = cbow(point.o, [1, 4], *point_vectors(point), weights=[3, 1])
    for found, truth in zip(whole, cbow(point.o, [1, 1, 4, 1], *point_vectors(point)), strict=True):
        assert_near(found, truth)


def test_e39_the_rule_lowers_the_loss_of_a_window_but_is_the_gradient_of_nothing(point):
    context = [1, 4, 1]

    def rule(x):
        return np.array(PAGES.peers_cbow_gradient(point.o, context, *x)).ravel()

    def loss(x):
        return cbow(point.o, context, *x, naive_softmax, mean=True)[0]

    x = np.array([point.V, point.U])
    assert loss(x - 1e-4 * rule(x).reshape(x.shape)) < loss(x)
    moves = 1e-5 * np.eye(x.size).reshape(-1, *x.shape)
    slopes = np.array([(rule(x + move) - rule(x - move)) / 2e-5 for move in moves]).T
    mixed, other = slopes[: x.size // 2, x.size // 2 :], slopes[x.size // 2 :, : x.size // 2].T
    np.testing.assert_allclose(mixed, 3 * other, atol=1e-7)
    assert np.abs(mixed).max() > 1e-3
    one = PAGES.peers_cbow_gradient(point.o, [4], point.V, point.U)
    for found, truth in zip(cbow(point.o, [4], *point_vectors(point))[1:], one, strict=True):
        assert_near(found, truth)


def test_e40_one_node_is_a_pair_of_negative_sampling_and_opposite_signs_are_the_same(point):
    tree, U = tree_of(point)
    for truth, bit in ((negative_sampling(point.v_c, 1, U, []), 0), (negative_sampling(-point.v_c, 1, U, []), 1)):
        J, grad_v_c, grad_U = hierarchical_softmax(point.v_c, 0, U, [1], [bit])
        assert_near(J, truth[0])
        assert_near(grad_v_c, (1 - 2 * bit) * truth[1])
        assert_near(grad_U, truth[2])
    nodes, bits = tree.path(point.o)
    ours, theirs = (hierarchical_softmax(point.v_c, point.o, s * U, nodes, b) for s, b in ((1, bits), (-1, 1 - bits)))
    for found, truth, sign in zip(theirs, ours, (1, 1, -1), strict=True):
        assert_near(found, sign * truth)


def test_e41_probabilities_sum_to_1_and_are_halves_at_zero(point):
    tree, U = tree_of(point)
    losses = np.array([hierarchical_softmax(point.v_c, o, U, *tree.path(o))[0] for o in range(point.n)])
    assert_near(np.exp(-losses).sum(), 1)
    assert_near(tree.log_probabilities(U @ point.v_c), -losses)
    for o, length in enumerate(tree.lengths):
        assert_near(hierarchical_softmax(point.v_c, o, 0 * U, *tree.path(o))[0], length * np.log(2))
    counts = np.maximum(np.arange(point.n) ** 2, 1)
    q = counts / counts.sum()
    assert -q @ np.log2(q) <= q @ tree.lengths < 1 - q @ np.log2(q)


def test_e42_the_rows_of_the_composition_sum_to_one_and_the_gradient_is_its_transpose(point):
    words, _, subwords, by_word = spelled(point)
    same = replace(subwords, matrix=np.ones(subwords.matrix.shape))
    assert_near(same.compose(words, np.ones(subwords.own.shape)), 1)
    Z, Y = np.concatenate([subwords.own, subwords.matrix]), np.cos(subwords.own)
    grad = PAGES.gradient_of_rows(by_word, Y, Z)
    assert_near(grad.sum(axis=0), Y.sum(axis=0))
    assert_near((Y * subwords.compose(words, subwords.own)).sum(), (grad * Z).sum())


def test_e46_scores_and_cosines_stay_and_a_rotation_is_found_again(point):
    names, R = [f"w{i}" for i in range(point.n)], np.linalg.qr(np.vander(np.arange(1.0, point.V.shape[1] + 1)))[0]
    first, second = WordVectors(names, point.V, outside=point.U), WordVectors(names, point.V @ R)
    turned = first.aligned_to(second)
    np.testing.assert_allclose(turned.matrix, second.matrix, rtol=0, atol=1e-12)
    np.testing.assert_allclose(turned.outside @ turned.matrix.T, point.U @ point.V.T, rtol=0, atol=1e-12)


def test_e47_the_bounds_are_below_and_what_is_shared_may_stay(point):
    names = [f"w{i}" for i in range(point.n)]
    vectors, a, b = WordVectors(names, point.V), ["w0", "w1", "w1"], ["w2", "w0", "w3"]
    exact = word_movers_distance(vectors, a, b)
    assert_near(exact, word_movers_distance(vectors, b, a))
    for method in ("relaxed", "centroid"):
        assert word_movers_distance(vectors, a, b, method=method) <= exact * (1 + 1e-12)
    assert_near(exact, word_movers_distance(vectors, ["w1", "w1"], ["w2", "w3"]) * 2 / 3)
    assert word_movers_distance(vectors, a, a[::-1]) == 0
    assert_near(word_movers_distance(vectors, a, ["w4"]), vectors_apart(point.V, [0, 1, 1], 4))


def vectors_apart(V, words, other):
    return np.mean([np.linalg.norm(V[i] - V[other]) for i in words])


def test_e48_a_text_read_twice_has_the_same_npmi_which_is_1_for_words_that_only_occur_together(point):
    text, found = phrases_of(point, "npmi")
    twice = find_phrases(encode(text * 2, min_count=1), found.options)
    assert dict(zip(found.texts, found.scores, strict=True)) == pytest.approx(
        dict(zip(twice.texts, twice.scores, strict=True)), rel=1e-12
    )
    n = np.arange(1, 9)
    assert_near(phrase_scores("npmi", n, n, n, 1, 20, 0), np.ones(8))
    assert_near(phrase_scores("npmi", n, 0 * n + 20, n, 1, 20, 0), np.zeros(8))
    assert_near(np.log(phrase_scores("word2phrase", n, n + 2, n, 0, 20, 0)), np.log(20 / (n + 2)))


def test_e49_without_p_and_q_a_step_depends_on_the_weights_alone(point):
    w = graph(point)
    for t, v in np.argwhere(w > 0):
        assert_near(PAGES.step_probabilities(t, v, w, 1, 1), w[v] / w[v].sum())
        proposed, alpha = w[v] / w[v].sum(), PAGES.step_probabilities(t, v, np.where(w > 0, 1.0, 0), 2, 0.5)
        alpha = alpha / max(alpha.max(), 1e-300)  # up to a factor; a rejected draw is repeated
        accepted = proposed * alpha
        assert_near(accepted / accepted.sum(), PAGES.step_probabilities(t, v, w, 2, 0.5))


# page, docstrings and tests name the same ids


def test_e43_e44_a_document_alone_in_its_window_predicts_one_word(point):
    alone = PAGES.pv_dm_gradient(point.o, [0], [1], 1, point.V, point.U)
    assert_near(alone[0], PAGES.pv_dbow_gradient([point.o], point.v_c, point.U)[0])


def test_e44_the_order_of_words_does_not_matter_and_their_number_does(point):
    once = PAGES.pv_dbow_gradient(point.sentence, point.v_c, point.U)
    twice = PAGES.pv_dbow_gradient([*point.sentence[::-1], *point.sentence], point.v_c, point.U)
    for one, other in zip(once, twice, strict=True):
        np.testing.assert_allclose(2 * one, other, rtol=1e-12, atol=1e-14)


def test_e45_no_eigenvalue_is_below_the_ridge_and_drawn_negatives_have_this_gradient_on_average(point):
    counts, q, K, r, d, U = given = document_of(point)
    H = PAGES.inferred_hessian(*given)
    assert np.linalg.eigvalsh(H).min() > r - 1e-12
    for i, step in enumerate(1e-5 * np.eye(len(d))):
        ends = (PAGES.inferred_gradient(counts, q, K, r, d + s, U) for s in (step, -step))
        np.testing.assert_allclose(H[i], np.subtract(*ends) / 2e-5, atol=1e-8)
    grad = np.zeros(len(d))
    for w in point.sentence:
        for k, q_k in enumerate(q):  # in expectation, K times each negative, but w itself
            grad += negative_sampling(d, w, U, [k], K * q_k * (k != w))[1]
        grad -= (len(q) - 1) * negative_sampling(d, w, U, [])[1]
    np.testing.assert_allclose(grad, PAGES.inferred_gradient(counts, q, K, 0, d, U), rtol=1e-11, atol=1e-13)


@cache
@cache
def cited():
    """Which docstring of word2vec cites which id: (module, name) → ids; the name of a module's own is empty."""
    found = {}
    for path in sorted((ROOT / "word2vec").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if ID.search(text) else ():
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                ids = set(ID.findall(ast.get_docstring(node) or ""))
                found[path.relative_to(ROOT / "word2vec").as_posix(), getattr(node, "name", "")] = ids
    return {key: ids for key, ids in found.items() if ids}


def test_page_docstrings_and_tests_name_the_same_ids():
    numbers = [int(id_[1:]) for id_ in BLOCKS]
    assert numbers == sorted({*numbers, *range(1, 38)})
    nothing = {id_ for id_, text in BLOCKS.items() if "**In the library.** Nothing: " in text}
    assert nothing == {"E31", "E33", "E34"}
    assert set.union(*cited().values()) == set(BLOCKS) - nothing
    assert set(CHECKS) == set(BLOCKS)
    assert set(ID.findall(PAGE)) == set(BLOCKS)


LINK = re.compile(r"\[`(\w+)`\]\(\.\./(word2vec/([\w/]+\.py))\)")


def test_a_block_links_just_the_functions_whose_docstrings_cite_it():
    linked = {(id_, file, name) for id_, text in BLOCKS.items() for name, _, file in LINK.findall(text)}
    assert linked == {(id_, *key) for key, ids in cited().items() for id_ in ids if key[1]}


@pytest.mark.parametrize("id_", BLOCKS)
def test_a_block_has_all_its_parts(id_):
    text = BLOCKS[id_]
    assert HEADING.match(text)[1] == id_
    parts = ["$$\n", "**Why.**", "**Shapes.**", "```python\n>>> def", "**By hand.**", "**Identities.**"]
    places = [text.find(part) for part in [*parts, "**In the library.**"]]
    assert -1 not in places
    assert places == sorted(places)
    examples = doctest.DocTestParser().get_examples(text)
    lengths = [example.source.count("\n") for example in examples if example.source.startswith("def ")]
    assert lengths[-1] in range(3, 9), "the reference has three to eight lines"


def test_the_table_leads_from_every_question_and_formula_to_its_blocks():
    rows = re.findall(r"^\| (\(\w\)|beyond) \|(.*?)\| .* \| (.*) \|$", PAGE, re.MULTILINE)
    assert [*dict.fromkeys(row[0] for row in rows)] == [*(f"({letter})" for letter in "abcdefghi"), "beyond"]
    assert re.findall(r"\d+\.\d+", " ".join(row[1] for row in rows)) == [f"1.{i}" for i in range(1, 15)]
    assert re.findall(r"\[(E\d+)\]\(#\1\)", " ".join(row[2] for row in rows)) == list(BLOCKS)


def test_the_second_table_names_every_year():
    table = PAGE[PAGE.index("| year | question |") :].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    years = [row[0] for row in rows if row[0]]
    assert years == ["2017/18", "2019, 2020", "2021", "2022 to 2024", "2024/25 on"]
    assert set(re.findall(r"\[(E\d+)\]\(#\1\)", "\n".join(table))) <= set(BLOCKS)
    assert [row for row in rows if len(row) != 4] == []


def test_the_nine_slips_are_named_where_they_belong():
    assert PAGE.count("> **Slip.**") == 9
    assert [id_ for id_, text in BLOCKS.items() if "> **Slip.**" in text] == [
        *("E5", "E7", "E8", "E13", "E15", "E16", "E18", "E19")
    ]


def test_formulas_hold_nothing_that_markdown_would_take_for_its_own():
    """GitHub reads Markdown first: before punctuation a backslash goes, _ and * may mean emphasis."""
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    display = re.findall(r"\$\$(.+?)\$\$", prose, re.DOTALL)
    inline = re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.+?\$\$", "", prose, flags=re.DOTALL))
    assert len(display) > 24
    assert len(inline) > 200
    assert not [formula for formula in display + inline if re.search(r"\\[^A-Za-z ]|(?<![A-Za-z0-9])_|\*", formula)]
    assert not [formula for formula in display if re.search(r"^ *([-+>#]|\d+\.)", formula, re.MULTILINE)]  # a list
    assert not [formula for formula in inline if "\n" in formula or formula != formula.strip()]
