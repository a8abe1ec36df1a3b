"""Vectors of documents that were not trained, each at the minimum of its own loss, the words' vectors being fixed.

In PV-DBOW a document's vector d has the loss that training draws samples of, in expectation: a_w is how often it
holds w (times the probability that subsampling keeps w), A = Σ_w a_w, q the distribution of the noise.

    J(d) = Σ_w a_w [ −log σ(u_wᵀd) − K Σ_k q_k 1[k ≠ w] log σ(−u_kᵀd) ] + r/2 |d|²                               (E45)

All terms are convex, the last one strictly: so there is one minimum, whatever other texts there are, and nothing is
left to chance. In PV-DM each position i has a hidden vector (c_i + d)/Z_i of its own, which is affine in d: that loss
is convex, too. The full softmax has A log Σ_k exp(u_kᵀd) instead of the noise; hierarchical softmax has
Σ_w a_w Σ_l −log σ(±u_lᵀd) over the nodes l of each word's path, and no noise.

It is found by L-BFGS, for many documents at once, whose first metric is the curvature of usual texts: in its axes it
is diagonal. In PV-DM, where gradients take long since each position meets the noise by itself, steps of conjugate
gradients bring that metric nearer to the curvature of each text. A document stays where its gradient has
|g| ≤ `TOLERANCE` r, or, with a warning, after `STEPS` steps. Since J curves at least as much as r/2 |d|², the minimum
is then not farther than |g|/r ≤ `TOLERANCE`. No row's product depends on the other rows (`by_row`): a vector's bits
depend on its text, the seed and the model alone.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_number, check_type, check_whole, warn, with_other_names
from ..runtime.workers import one_blas_thread
from ..text.huffman import huffman_tree
from ..training.bands import by_offset
from ..training.sampling import keep_probability, noise_distribution
from ..training.settings import DOCUMENTS, LOSSES, HierarchicalSoftmax, NaiveSoftmax, NegativeSampling, PvDm, Settings
from ..training.sigmoids import sigmoid_of_minus
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.prediction import check_all_known, part_of
from ..vectors.word_vectors import WordVectors
from .means import Known, known_words, warn_of_zeros

RIDGE = 1.0
TOLERANCE, STEPS, HISTORY = 1e-4, 200, 12
NODES, NODES_A_POSITION = 1024, 256  # words that stand for the noise of a larger vocabulary: of PV-DBOW, of PV-DM
USUAL, LENGTH = 256, 32  # words in texts of this length, whose curvature all others are measured in
CONJUGATE = 4  # steps for each of PV-DM's directions
SHORTEST = 0.05  # times a step that went too far is the next one, at least
TEXTS_AT_ONCE, POSITIONS, ROWS = 64, 1024, 64
OTHER_NAMES = {
    **dict.fromkeys(("epochs", "steps", "alpha", "min_alpha", "learning_rate"), "the minimum is found; leave it out"),
    **dict.fromkeys(("doc_words", "documents"), "it is called texts here, of which each is a list of words"),
    "random_state": "it is called seed here",
}


@with_other_names(OTHER_NAMES)
def infer(texts: Iterable[Sequence[str]], vectors: WordVectors, *, seed: int = 1, ridge: float = RIDGE) -> Array:
    """Compute the vectors of documents from a model that was trained with documents: float64 (n, D).

    The vector is at the minimum of the text's loss, which is convex (E45): the same text has the same vector, to the
    bit, in every call and batch, at most 1e-4 from the minimum, or else a UserWarning says so. Unknown words are left
    out, as in training, even if n-grams compose them: they have no outside vector, so that no text can predict them.
    A text without any known word has the zero vector, and a UserWarning counts such texts.

    Parameters
    ----------
    texts : lists of words, or integer arrays, as `train` takes them
    vectors : what `train(…, model="pv-dbow")` or "pv-dm" returned, or `load_model`
    seed : where V is above 1024 (PV-DM: 256), so many words stand for the expectation over negatives, drawn
        systematically, once for all texts, from the noise distribution; a smaller vocabulary's is exact
    ridge : r above 0, of the penalty r/2 |d|², which keeps the vectors of short texts small

    Raises ValueError if the model has no documents, if it was loaded with some of its words only, whose noise,
    softmax or tree would be another, or if its outside vectors are not known, or its counts where a tree is made of
    them; TypeError if a text is no list of words.

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.documents import infer
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> vectors = train(text, model="pv-dbow", dim=4, sample=0, epochs=40, quiet=True)
    >>> tea, coffee, same = infer([["tea"], ["coffee"], ["tea", "please"]], vectors)
    >>> bool((tea == same).all()), bool(tea @ coffee < tea @ tea)
    (True, True)
    """
    settings_of(vectors)
    check_number("ridge", ridge, "a number above 0", math.ulp(0.0))
    seed = check_whole("seed", seed, 0)
    known = known_words(texts, vectors)
    warn_of_zeros(known.counts, "texts", "the words of the model decide")
    return infer_known(known, vectors, seed, ridge)


def infer_known(known: Known, vectors: WordVectors, seed: int = 1, ridge: float = RIDGE) -> Array:
    """Compute the vectors of documents of known words; see `infer`."""
    with one_blas_thread():  # products are small, and threads would wait for each other
        model, ends = _model(vectors, seed, ridge), np.append(0, known.counts.cumsum())
        found = np.zeros((len(known.counts), len(model.start)))
        for first, end in together(known.counts.tolist(), POSITIONS if model.dm else math.inf):
            counts, words = known.counts[first:end], known.rows[ends[first] : ends[end]]
            if len(words):
                problem = model.problem(words, np.arange(len(counts)).repeat(counts), len(counts))
                found[first:end] = np.where(counts[:, None] > 0, minimum(problem, model.start), 0)
        return model.back(found)


def together(counts: Sequence[int], most: float) -> Iterator[tuple[int, int]]:
    """Cut texts of so many words into runs of `TEXTS_AT_ONCE` and of `most` words at most; a longer text is alone."""
    first, words = 0, 0
    for i, count in enumerate(counts):
        if i - first == TEXTS_AT_ONCE or (i > first and words + count > most):
            yield first, i
            first, words = i, 0
        words += count
    yield first, len(counts)


def _model(vectors: WordVectors, seed: int, ridge: float) -> "_Model":
    """Return what all texts have in common: it takes longer than a text, and is kept as long as the vectors."""
    kept = _MODELS.get(vectors)
    if kept is None or kept[0] != (seed, ridge):
        _MODELS[vectors] = kept = (seed, ridge), _Model(vectors, settings_of(vectors), seed, ridge)
    return kept[1]


def settings_of(vectors: WordVectors) -> Settings:
    """Return the settings that documents were trained with; raise ValueError if none were."""
    check_type("vectors", vectors, WordVectors, "WordVectors of a model that was trained with documents")
    check_all_known(len(vectors), vectors.settings, "texts are told from noise, by a softmax or a tree, of all words")
    parts: dict[str, Any] = {}
    for part, classes in ("model", {each.name: each for each in DOCUMENTS}), ("loss", LOSSES):
        options = dict(part_of(vectors.settings, part))
        if (name := options.pop("name", None)) not in classes:
            raise ValueError(f"the vectors are of the {part} {name!r}: expected one of {', '.join(sorted(classes))}")
        parts[part] = classes[name](**options)
    if vectors.outside is None:
        raise ValueError("the outside vectors are not known: expected a model of train() or load_model()")
    if isinstance(parts["loss"], HierarchicalSoftmax) and vectors.counts is None:
        raise ValueError("the counts are not known: expected those of the tree; load the model by load_model")
    return Settings(**{name: vectors.settings[name] for name in ("window", "negatives", "sample")}, **parts)


class _Problem(NamedTuple):
    """The losses of n documents, whose R hidden vectors are h = (c + d)/Z.

    document, offset, z : each hidden vector's document (R,), c/Z (R, D), and 1/Z (R,)
    noise : how often each meets the noise, or the softmax's log Σ exp: (R,)
    rows, row_document : the outside vectors u that a document holds, each once, and its number: (P, D), (P,)
    row, term_offset, term_z : of each of the E terms b (−log σ(−x)) − a x beside the noise, whose score is
        x = uᵀh = term_offset + term_z uᵀd: the number of its u among the rows, and the rest: (E,)
    a, b : (E,)
    times : how many times the usual curvature each loss has: (n,)
    """

    model: "_Model"
    document: Ids
    offset: Array
    z: Array
    noise: Array
    rows: Array
    row_document: Ids
    row: Ids
    term_offset: Array
    term_z: Array
    a: Array
    b: Array
    times: Array

    def expand(self, d: Array) -> tuple[Array, tuple[Array, Array]]:
        """Return the gradients (n, D), and curvatures: at each row (P,), in PV-DM at the noise's nodes (n, nodes)."""
        slope, curvature = self._terms(d)
        grad, curved = self._noise(d)
        grad += total(self.row_document, slope, self.rows, len(d)) + self.model.ridge * d
        return grad, (curvature, curved)

    def _terms(self, d: Array) -> tuple[Array, Array]:
        """Return the first and second derivatives of the terms along each row: (P,) both."""
        x = self.term_z * np.vecdot(self.rows, d.take(self.row_document, axis=0)).take(self.row) + self.term_offset
        s = sigmoid_of_minus(-x)
        slope, curvature = self.term_z * (self.b * s - self.a), self.term_z**2 * self.b * s * (1 - s)
        return np.bincount(self.row, slope, len(self.rows)), np.bincount(self.row, curvature, len(self.rows))

    def _noise(self, d: Array) -> tuple[Array, Array]:
        """Return the gradients (n, D) of the noise, and the curvature along each of its nodes: (n, nodes)."""
        slope, curvature = np.zeros((2, len(d), len(self.model.nodes)))
        for part, y, weight in self._met(d):
            slope += total(self.document[part], weight, y, len(d))
            if self.model.dm:
                y *= 1 - y  # a softmax bends a little less: that is near enough for a metric
                curvature += total(self.document[part], weight * self.z[part], y, len(d))
        return self.model.noise_back(slope), curvature

    def _met(self, d: Array) -> Iterator[tuple[slice, Array, Array]]:
        """Iterate over parts of the hidden vectors: their σ (or ŷ) at the nodes of the noise, and their weights."""
        for first in range(0, len(self.document) if self.model.nodes.size else 0, POSITIONS):
            part = slice(first, first + POSITIONS)
            H = self.z[part, None] * d.take(self.document[part], axis=0)
            H += self.offset[part]
            yield part, self.model.noise(H), self.noise[part] * self.z[part]

    def bend(self, d: Array, curvatures: tuple[Array, Array]) -> Array:
        """Return the products of the documents' Hessians, which have these curvatures, with d: (n, D)."""
        along = curvatures[0] * np.vecdot(self.rows, d.take(self.row_document, axis=0))
        noise = self.model.noise_back(curvatures[1] * self.model.scores(d))
        return total(self.row_document, along, self.rows, len(d)) + noise + self.model.ridge * d

    def hessian(self, d: Array) -> Array:
        """Return the sum of the Hessians of all documents' losses, without the penalties: (D, D)."""
        found = (self.rows * self._terms(d)[1][:, None]).T @ self.rows
        for part, y, weight in self._met(d):
            found += self.model.curved(y, weight * self.z[part])
        return np.asarray(found)

    def only(self, kept: Array, curvatures: tuple[Array, Array]) -> tuple["_Problem", tuple[Array, Array]]:
        """Return the losses of some of the documents, and their curvatures: kept (n,), bool."""
        hidden, rows, place = kept[self.document], kept[self.row_document], kept.cumsum() - 1
        terms = rows[self.row]
        problem = _Problem(
            self.model,
            place[self.document[hidden]],
            self.offset[hidden],
            self.z[hidden],
            self.noise[hidden],
            self.rows[rows],
            place[self.row_document[rows]],
            (rows.cumsum() - 1)[self.row[terms]],
            self.term_offset[terms],
            self.term_z[terms],
            self.a[terms],
            self.b[terms],
            self.times[kept],
        )
        return problem, (curvatures[0][rows], curvatures[1][kept])


class _Model:
    """What all documents have in common: U and V, turned so that the usual curvature is diagonal; the noise."""

    def __init__(self, vectors: WordVectors, settings: Settings, seed: int, ridge: float) -> None:
        self.ridge, self._settings, self._matrix = ridge, settings, vectors.matrix
        self._U, words = np.asarray(vectors.outside), len(vectors.matrix)
        check_finite(row_lengths(self._U), "the outside vectors")
        counts = np.ones(words) if vectors.counts is None else np.asarray(vectors.counts)
        self._keep, self._K = keep_probability(counts, settings.sample), settings.negatives
        self.softmax, self.dm = isinstance(settings.loss, NaiveSoftmax), isinstance(settings.model, PvDm)
        self._q, which, self._tree = np.zeros(words), np.arange(words, dtype=np.int64), None
        if isinstance(settings.loss, HierarchicalSoftmax):
            self._tree, which = huffman_tree(counts), which[:0]
        elif isinstance(settings.loss, NegativeSampling):
            self._q = noise_distribution(counts, settings.loss.noise_exponent)
            which, share = nodes(self._q, NODES_A_POSITION if self.dm else NODES, seed)
            self._share = self._K * share
        self.start = np.zeros(self._U.shape[1])
        self._turn_to(np.eye(len(self.start)), which)
        self._measure(usual_words(counts, seed), which)

    def _turn_to(self, axes: Array, which: Ids) -> None:
        """Write all vectors as sums of these axes, its columns, from now on; prepare the products with the noise."""
        self._axes, self.back = by_row(axes), by_row(axes.T)
        self.nodes = self._U[which].astype(np.float64) @ axes
        self.scores = by_row(self.nodes.T)
        self.noise_back = by_row(self.nodes if self.softmax or not which.size else self.nodes * self._share[:, None])

    def _measure(self, rows: Ids, which: Ids) -> None:
        """Turn to the axes of the curvature of texts of usual words: at 0; then, in PV-DBOW, at their minimum."""
        document = np.arange(USUAL) // LENGTH if self.dm else np.zeros(USUAL, np.intp)
        n, weight, axes = int(document[-1]) + 1, 1.0 if self.dm else LENGTH / USUAL, np.eye(len(self.start))
        for last in [True] if self.dm else [False, True]:
            usual = self.problem(rows, document, n, weight)
            self.curvature, turn = np.linalg.eigh(usual.hessian(np.tile(self.start, (n, 1))) / usual.times.sum())
            self._turn_to(axes := axes @ turn, which)
            self.start = self.start @ turn
            if not last:
                self.start = minimum(self.problem(rows, document, n, weight), self.start)[0]

    def noise(self, H: Array) -> Array:
        """Return σ of the score of hidden vectors with each node of the noise, or ŷ: (R, nodes)."""
        x = self.scores(H)
        if not self.softmax:
            return sigmoid_of_minus(np.negative(x, out=x))
        x -= x.max(axis=1, keepdims=True)
        np.exp(x, out=x)
        x /= x.sum(axis=1, keepdims=True)
        return x

    def curved(self, y: Array, weight: Array) -> Array:
        """Return the Hessian of the noise that hidden vectors meet with these σ or ŷ: weight (R,) → (D, D)."""
        if self.softmax:  # diag(ŷ) − ŷŷᵀ
            mean = y @ self.nodes  # (R, D)
            return np.asarray((self.nodes * (weight @ y)[:, None]).T @ self.nodes - (mean * weight[:, None]).T @ mean)
        return np.asarray((self.nodes * (weight @ (y * (1 - y)) * self._share)[:, None]).T @ self.nodes)

    def problem(self, words: Ids, document: Ids, n: int, weight: float = 1.0) -> _Problem:
        """Return the losses of n documents that hold these words (W,), document by document."""
        a = self._keep[words] * weight
        hidden, of = (np.arange(len(words)), document) if self.dm else (document, np.arange(n))
        offset, z = self._contexts(words, document) if self.dm else (np.zeros((n, len(self.start))), np.ones(n))
        noise = np.bincount(hidden, a, len(of))
        times = np.bincount(of, z**2 * noise, n)
        if self._tree is None:
            b = np.zeros(len(words)) if self.softmax else a - self._K * a * self._q[words]
        else:  # each word is the steps of its path, of bits 0 (cost −log σ(x)) and 1 (−log σ(−x))
            steps = self._tree.lengths[words]
            # a count that begins anew, at the beginning of its path, with each word
            place = np.arange(steps.sum()) + (self._tree.ends[words] - np.cumsum(steps) + steps).repeat(steps)
            words, b, hidden = self._tree.nodes[place], a.repeat(steps), hidden.repeat(steps)
            a = b * (1 - self._tree.bits[place])
        there, row = np.unique(of[hidden] * len(self._U) + words, return_inverse=True)
        row_document, which = np.divmod(there, len(self._U))
        rows = self._axes(self._U.take(which, axis=0))
        term_offset = (
            np.vecdot(rows.take(row, axis=0), offset.take(hidden, axis=0)) if self.dm else np.zeros(len(row))
        )
        return _Problem(self, of, offset, z, noise, rows, row_document, row, term_offset, z[hidden], a, b, times)

    def _contexts(self, words: Ids, document: Ids) -> tuple[Array, Array]:
        """Return the offsets c/Z of positions, the weighted sums of the words around them, and 1/Z: (R, D), (R,)."""
        model, C, R = self._settings.model, self._settings.window, len(words)
        keep, V = self._keep[words], self._axes(self._matrix[words])
        total, c = np.zeros(R), np.zeros(V.shape)
        if model.windows == "sentence":
            p = by_offset(1.0, C := max(1, int(np.bincount(document).max()) - 1))
        else:
            p = by_offset(
                model.windows if isinstance(model.windows, tuple) else np.linspace(1, 0, C, endpoint=False), C
            )
        for offset in range(-min(C, R - 1), min(C, R - 1) + 1):
            at, there = slice(max(0, -offset), R - max(0, offset)), slice(max(0, offset), R - max(0, -offset))
            weight = p[offset + C] * keep[there] * (document[at] == document[there])
            c[at] += weight[:, None] * V[there]
            total[at] += weight
        z = 1 / (total + 1) if model.mean else np.ones(R)
        return c * z[:, None], z


_MODELS: WeakKeyDictionary[WordVectors, tuple[tuple[int, float], _Model]] = WeakKeyDictionary()


def nodes(q: Array, most: int, seed: int) -> tuple[Any, Array]:
    """Return words, and shares that sum to 1, which stand for a distribution q (V,): all, or a systematic sample."""
    if len(q) <= most:
        return np.arange(len(q)), q
    places = (np.arange(most) + np.random.default_rng(seed).random()) / most
    words, times = np.unique(np.searchsorted(q.cumsum(), places, side="right"), return_counts=True)
    return np.minimum(words, len(q) - 1), times / most


def usual_words(counts: Array, seed: int) -> Ids:
    """Return `USUAL` words in random order, each about as often as its share of the counts."""
    places = (np.random.default_rng(seed).permutation(USUAL) + 0.5) / USUAL
    return np.minimum(np.searchsorted(counts.cumsum() / counts.sum(), places), len(counts) - 1)


def total(document: Ids, weight: Array, X: Array, n: int) -> Array:
    """Return for each of n documents the weighted sum of its rows of X, which are added one after the other."""
    from scipy.sparse import csc_array

    return np.asarray(csc_array((weight, document, np.arange(len(document) + 1)), (n, len(document))) @ X)


@cache
def place_is_free(a: int, b: int) -> bool:
    """Try out whether equal rows have equal products, to the bit, at all places of (ROWS, a) @ (a, b)."""
    rng = np.random.default_rng(0)
    product = np.tile(rng.normal(size=a), (ROWS, 1)) @ rng.normal(size=(a, b))
    return bool((product == product[0]).all())


def by_row(M: Array) -> Callable[[Array], Array]:
    """Return the function X ↦ X M in which a row's product has the same bits whatever the others.

    A product's bits may depend on its shape and on a row's place; so the shape is always the same, and it is tried
    out that the place does not matter. Otherwise rows are multiplied one by one.
    """
    M, alike = np.ascontiguousarray(M), place_is_free(*M.shape)

    def times(X: Array) -> Array:
        if not alike:
            return np.asarray(np.matmul(X[:, None].astype(np.float64), M)[:, 0])  # (n, 1, a) @ (a, b)
        found = np.empty((len(X), M.shape[1]))
        padded, product = np.zeros((ROWS, len(M))), np.empty((ROWS, M.shape[1]))  # of this call: threads share M
        for first in range(0, len(X), ROWS):
            rows = X[first : first + ROWS]
            padded[: len(rows)] = rows  # what stands below is of no account
            found[first : first + ROWS] = np.matmul(padded, M, out=product)[: len(rows)]
        return found

    return times


def minimum(problem: _Problem, start: Array) -> Array:
    """Return the vectors (n, D) at which the losses of n documents are smallest, by L-BFGS.

    A step is taken unless the slope at its end is more than half as steep upwards as it was downwards: J is convex.
    Otherwise the next one goes the same way, only as far as the slope would be 0 if it were linear: a softmax may be
    nearly flat here and steep there. Documents that are done leave.
    """
    n, ridge = len(problem.times), problem.model.ridge
    found, d, here, past = np.empty((n, len(start))), np.tile(start, (n, 1)), np.arange(n), list[tuple[Array, ...]]()
    g, curvatures = problem.expand(d)
    taken = np.ones((n, 1), bool)
    for _ in range(STEPS):
        active = np.vecdot(g, g) > (TOLERANCE * ridge) ** 2
        found[here] = d
        if not active.all():
            if not active.any():
                break
            problem, curvatures = problem.only(active, curvatures)
            here, d, g, taken = here[active], d[active], g[active], taken[active]
            past = [tuple(each[active] for each in pair) for pair in past[-HISTORY:]]
        metric = ridge + problem.times[:, None] * np.maximum(problem.model.curvature, 0)  # (n, D), of a diagonal
        bend = partial(problem.bend, curvatures=curvatures) if problem.model.dm else None
        p = -_direction(partial(solve, metric, bend), past[-HISTORY:], g)
        if not taken.all():
            s, _, rho = past[-1]
            p = np.where(taken, p, np.clip(-rho * np.vecdot(g, s)[:, None], SHORTEST, 1) * s)
        g_next, curvatures = problem.expand(d + p)
        y = g_next - g
        past.append((p, y, ratio(np.ones(len(g)), np.vecdot(p, y))))
        taken = (np.vecdot(g_next, p) <= -0.5 * np.vecdot(g, p))[:, None]  # (n, 1)
        d, g = np.where(taken, d + p, d), np.where(taken, g_next, g)
    if left := int((np.vecdot(g, g) > (TOLERANCE * ridge) ** 2).sum()):
        what = f"{left} of {n} texts are not within {TOLERANCE:g} of their minimum after {STEPS} steps"
        warn(f"{what}, as may be where a text repeats few words very often: pass a larger ridge")
    found[here] = d
    return found


def _direction(solve: Callable[[Array], Array], past: list[tuple[Array, ...]], g: Array) -> Array:
    """Return the product of L-BFGS's inverse Hessian with the gradient, for each document: (n, D)."""
    alphas = []
    for s, y, rho in reversed(past):
        alphas.append(rho * np.vecdot(s, g)[:, None])
        g = g - alphas[-1] * y
    g = solve(g)
    for (s, y, rho), alpha in zip(past, reversed(alphas), strict=True):
        g = g + (alpha - rho * np.vecdot(y, g)[:, None]) * s
    return g


def solve(metric: Array, bend: Callable[[Array], Array] | None, g: Array) -> Array:
    """Return about the inverse Hessians' products with g, (n, D): g / metric, or what conjugate gradients make of it.

    bend : function that multiplies by the Hessians, if they shall be known better than by their usual diagonal
    """
    p = g / metric
    if bend is None:
        return p
    x, rz = np.zeros_like(g), np.vecdot(g, p)
    for _ in range(CONJUGATE):
        q = bend(p)
        alpha = ratio(rz, np.vecdot(p, q))
        x, g = x + alpha * p, g - alpha * q
        z, before = g / metric, rz
        rz = np.vecdot(g, z)
        p = z + ratio(rz, before) * p
    return x


def ratio(a: Array, b: Array) -> Array:
    """Return a / b, 0 where b is not above 0: (n,) → (n, 1)."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)[:, None]
