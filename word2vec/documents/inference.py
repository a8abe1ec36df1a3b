"""Vectors of documents that were not trained, each at the minimum of its own loss, the words' vectors being fixed.

In PV-DBOW a document's vector d has the loss that training draws samples of, in expectation: a_w is how often it
holds w (times the probability that subsampling keeps w), A = Σ_w a_w, q the distribution of the noise.

    J(d) = Σ_w a_w [ −log σ(u_wᵀd) − K Σ_k q_k 1[k ≠ w] log σ(−u_kᵀd) ] + r/2 |d|²                               (E45)

All terms are convex, the last one strictly: so there is one minimum, whatever other texts there are, and nothing is
left to chance. In PV-DM each position i has a hidden vector (c_i + d)/Z_i of its own, which is affine in d: that loss
is convex, too. The full softmax has A log Σ_k exp(u_kᵀd) in the place of the noise.

It is found by L-BFGS, for many documents at once. Its first metric is an upper bound of the Hessian (Böhning and
Lindsay 1988: σ' ≤ 1/4), so a whole step always descends at first. A document stays where its gradient g has
gᵀP⁻¹g < `TOLERANCE` in that metric P, or at the latest after `STEPS` steps. No product mixes
texts, so a vector's bits depend on its text, the seed and the model alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_number, check_type, check_whole
from ..training.sampling import keep_probability, noise_distribution
from ..training.settings import DOCUMENTS, LOSSES, MODELS, NaiveSoftmax, PvDm, Settings
from ..training.skipgram import by_offset
from ..vectors.word_vectors import WordVectors
from .means import Known, known_words, warn_of_zeros

RIDGE = 1.0
TOLERANCE, STEPS, HISTORY = 1e-10, 200, 6
NODES, NODES_A_POSITION = 1024, 256  # words that stand for the noise of a larger vocabulary: of PV-DBOW, of PV-DM
TEXTS_AT_ONCE, SCORES = 64, 1 << 18


def infer(texts: Iterable[Sequence[str]], vectors: WordVectors, *, seed: int = 1, ridge: float = RIDGE) -> Array:
    """Compute the vectors of documents from a model that was trained with documents: float64 (n, D).

    The vector is at the minimum of the text's loss, which is convex (E45): the same text has the same vector, to the
    bit, in every call and batch. Unknown words are left out; a text without
    any known word has the zero vector, and a UserWarning counts such texts.

    Parameters
    ----------
    texts : lists of words
    vectors : what `train(…, model="pv-dbow")` or "pv-dm" returned, or `load_model`
    seed : where V is above 1024 (PV-DM: 256), so many words stand for the expectation over negatives, drawn
        systematically, once for all texts, from the noise distribution; a smaller vocabulary's is exact
    ridge : r above 0, of the penalty r/2 |d|², which keeps the vectors of short texts small

    Raises ValueError if the model has no documents, or a loss other than negative sampling and the full softmax;
    TypeError if a text is no list of words.

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
    check_number("ridge", ridge, "a number above 0", np.nextafter(0, 1))
    check_whole("seed", seed, 0)
    known = known_words(texts, vectors)
    warn_of_zeros(known.counts)
    return infer_known(known, vectors, seed, ridge)


def infer_known(known: Known, vectors: WordVectors, seed: int = 1, ridge: float = RIDGE) -> Array:
    """Compute the vectors of documents of known words; see `infer`."""
    model, ends = _Model(vectors, settings_of(vectors), seed, ridge), np.append(0, known.counts.cumsum())
    found = np.zeros((len(known.counts), model.U.shape[1]))
    for first in range(0, len(found), TEXTS_AT_ONCE):
        counts = known.counts[first : first + TEXTS_AT_ONCE]
        rows = known.rows[ends[first] : ends[first + len(counts)]]
        if len(rows):
            problem = model.problem(rows, np.arange(len(counts)).repeat(counts), len(counts))
            found[first : first + len(counts)] = minimum(problem)
    return found


def settings_of(vectors: WordVectors) -> Settings:
    """Return the settings that documents were trained with; raise ValueError if none were."""
    check_type("vectors", vectors, WordVectors, "WordVectors of a model that was trained with documents")
    values, known = vectors.settings, {"model": {each.name for each in DOCUMENTS}, "loss": set(LOSSES)}
    for part, names in known.items():
        if (name := values.get(part, {}).get("name")) not in names or vectors.outside is None:
            raise ValueError(f"the vectors are of the {part} {name!r}: expected one of {', '.join(sorted(names))}")
    parts: dict[str, Any] = {
        part: classes[values[part]["name"]](**{name: value for name, value in values[part].items() if name != "name"})
        for part, classes in (("model", MODELS), ("loss", LOSSES))
    }
    return Settings(**{name: values[name] for name in ("window", "negatives", "sample")}, **parts)


class _Problem(NamedTuple):
    """The losses of n documents: hidden vectors H = (c + d)/Z, R in all, predict words.

    H(d) = offset + scale d: offset (R, D), 0 (1, 1) for none; scale: sparse (R, n); u (E, D): the vectors of the
    words; row (E,): which hidden vector predicts each; weight, negative (E,): a_w, and K a_w q_w, which the noise
    holds too much; noise (R,): A; ends (n,): where the documents' hidden vectors end; bound (n, D, D): P.
    """

    model: "_Model"
    offset: Array
    scale: Any
    u: Array
    row: Ids
    weight: Array
    negative: Array
    noise: Array
    ends: Ids
    bound: Array

    def value(self, d: Array) -> tuple[Array, Array]:
        """Return J (n,) of each document and its gradient (n, D)."""
        from scipy.sparse import csr_array

        H = self.scale @ d + self.offset  # (R, D)
        J_noise, grad = self.model.noise(H, self.ends)  # (R,), (R, D)
        J, grad = self.noise * J_noise, self.noise[:, None] * grad
        x = np.einsum("ed,ed->e", self.u, H.take(self.row, axis=0))
        J_own, delta = self.model.own(x, self.weight, self.negative)
        J += np.bincount(self.row, J_own, len(J))
        grad += csr_array((delta, (self.row, np.arange(len(x)))), (len(H), len(x))) @ self.u
        count, ridge = (self.scale > 0).T.astype(float), self.model.ridge
        return count @ J + ridge / 2 * np.vecdot(d, d), self.scale.T @ grad + ridge * d


class _Model:
    """What all documents have in common: U, V, the noise."""

    def __init__(self, vectors: WordVectors, settings: Settings, seed: int, ridge: float) -> None:
        self.ridge, self._settings, self._matrix = ridge, settings, vectors.matrix
        self.U = np.asarray(vectors.outside, np.float64)
        counts = np.ones(len(self.U)) if vectors.counts is None else vectors.counts
        self._keep, self._K = keep_probability(counts, settings.sample), settings.negatives
        self._softmax, self._dm = isinstance(settings.loss, NaiveSoftmax), isinstance(settings.model, PvDm)
        self._q, words = np.full(len(self.U), 1 / len(self.U)), np.arange(len(self.U), dtype=np.int64)
        if not self._softmax:
            self._q = noise_distribution(counts, settings.loss.noise_exponent)
            words, share = nodes(self._q, NODES_A_POSITION if self._dm else NODES, seed)
            self._share = self._K * share
        self._nodes = self.U[words]
        curvature = 0.5 if self._softmax else self._share[:, None] / 4  # Böhning: diag(ŷ) − ŷŷᵀ ≤ I/2
        self._bound = (self._nodes * curvature).T @ self._nodes

    def noise(self, H: Array, ends: Ids) -> tuple[Array, Array]:
        """Return what each hidden vector would cost with K negatives, or log Σ exp, and its gradient: (R,), (R, D).

        `ends` (n,): where the rows of each document end. No matrix product holds rows of two documents: its bits may
        depend on a row's place among the others.
        """
        J, grad = np.empty(len(H)), np.empty_like(H)
        for pieces in self._pieces(ends):
            part = slice(pieces[0].start, pieces[-1].stop)
            x = np.empty((part.stop - part.start, len(self._nodes)))
            places = [slice(piece.start - part.start, piece.stop - part.start) for piece in pieces]
            for piece, place in zip(pieces, places, strict=True):
                np.matmul(H[piece], self._nodes.T, out=x[place])
            J[part], delta = self._cost(x)
            for piece, place in zip(pieces, places, strict=True):
                np.matmul(delta[place], self._nodes, out=grad[piece])
        return J, grad

    def _pieces(self, ends: Ids) -> Iterator[list[slice]]:
        """Yield lists of some documents' rows, long ones in pieces: as many as the cache holds scores of."""
        most, held = max(1, SCORES // len(self._nodes)), list[slice]()
        for begin, end in pairwise([0, *ends.tolist()]):
            for first in range(begin, end, most):
                piece = slice(first, min(end, first + most))
                if held and piece.stop - held[0].start > most:
                    yield held
                    held = []
                held.append(piece)
        yield held

    def _cost(self, x: Array) -> tuple[Array, Array]:
        """Return what the noise's scores x (R, nodes) cost, (R,), and the derivatives in them (R, nodes)."""
        if self._softmax:
            top = x.max(axis=1, keepdims=True)
            e = np.exp(x - top)
            total = e.sum(axis=1, keepdims=True)
            return (np.log(total) + top)[:, 0], e / total
        softplus, sigma = _softplus(x)
        sigma *= self._share
        return np.einsum("rk,k->r", softplus, self._share), sigma

    def own(self, x: Array, weight: Array, negative: Array) -> tuple[Array, Array]:
        """Return what words of scores x cost, without what the noise holds of them too much, and its derivative."""
        if self._softmax:
            return -weight * x, -weight
        softplus, sigma = _softplus(x)
        return weight * (softplus - x) - negative * softplus, weight * (sigma - 1) - negative * sigma

    def problem(self, rows: Ids, document: Ids, n: int) -> _Problem:
        """Return the losses of n documents that hold these words (E,), document by document."""
        from scipy.sparse import csr_array

        hidden, a, D = np.arange(len(rows)) if self._dm else document, self._keep[rows], self.U.shape[1]
        R, offset, Z = (len(rows), *self._contexts(rows, document)) if self._dm else (n, np.zeros((1, 1)), np.ones(n))
        scale = csr_array((1 / Z, (np.arange(R), document if self._dm else np.arange(n))), (R, n))
        u, noise = self.U.take(rows, axis=0), np.bincount(hidden, a, R)
        bound = np.eye(D) * self.ridge + ((scale.T**2) @ noise)[:, None, None] * self._bound  # (n, D, D)
        ends = np.bincount(document, minlength=n).cumsum()
        if not self._softmax:
            curved = u * (a / Z[hidden] ** 2 / 4)[:, None]
            for i, (begin, end) in enumerate(zip(ends - np.diff(ends, prepend=0), ends, strict=True)):
                bound[i] += curved[begin:end].T @ u[begin:end]
        negative = np.zeros(len(rows)) if self._softmax else self._K * a * self._q[rows]
        of_rows = ends if self._dm else np.arange(1, n + 1)
        return _Problem(self, offset, scale, u, hidden, a, negative, noise, of_rows, bound)

    def _contexts(self, rows: Ids, document: Ids) -> tuple[Array, Array]:
        """Return the offsets c/Z of positions, the weighted sums of the words around them, and Z: (R, D), (R,)."""
        model, C, R = self._settings.model, self._settings.window, len(rows)
        keep, V = self._keep[rows], self._matrix.take(rows, axis=0).astype(np.float64)
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
        Z = total + 1 if model.mean else np.ones(R)
        return c / Z[:, None], Z


def nodes(q: Array, most: int, seed: int) -> tuple[Any, Array]:
    """Return words, and shares that sum to 1, which stand for a distribution q (V,): all, or a systematic sample."""
    if len(q) <= most:
        return np.arange(len(q)), q
    places = (np.arange(most) + np.random.default_rng(seed).random()) / most
    words, times = np.unique(np.searchsorted(q.cumsum(), places, side="right"), return_counts=True)
    return np.minimum(words, len(q) - 1), times / most


def _softplus(x: Array) -> tuple[Array, Array]:
    """Return −log σ(−x) and σ(x)."""
    e = np.exp(-abs(x))
    return np.maximum(x, 0) + np.log1p(e), np.where(x > 0, 1, e) / (1 + e)


def minimum(problem: _Problem) -> Array:
    """Return the vectors (n, D) at which the losses of n documents are smallest, by L-BFGS from 0."""
    metric = np.linalg.inv(problem.bound)  # (n, D, D)
    d, past = np.zeros(metric.shape[:2]), list[tuple[Array, Array, Array]]()
    J, g = problem.value(d)
    for _ in range(STEPS):
        active = np.vecdot(g, _times(metric, g)) > TOLERANCE
        if not active.any():
            break
        p = -_direction(metric, past[-HISTORY:], g) * active[:, None]
        slope, t = np.vecdot(g, p), np.ones(len(d))
        J_next, g_next = problem.value(d + p)
        while (far := (J_next > J + 1e-4 * t * slope + 1e-13 * abs(J)) & active & (t > 1e-9)).any():
            t[far] /= 2
            J_next, g_next = problem.value(d + t[:, None] * p)
        s, y = t[:, None] * p, g_next - g
        curvature = np.vecdot(s, y)
        past.append((s, y, np.divide(1, curvature, out=np.zeros_like(curvature), where=curvature > 0)))
        d, J, g = d + s, J_next, g_next
    return d


def _times(metric: Array, g: Array) -> Array:
    return np.asarray(np.matmul(metric, g[:, :, None])[:, :, 0])  # (n, D, D) @ (n, D, 1)


def _direction(metric: Array, past: list[tuple[Array, Array, Array]], g: Array) -> Array:
    """Return the product of L-BFGS's inverse Hessian with the gradient, for each document: (n, D)."""
    alphas = []
    for s, y, rho in reversed(past):
        alphas.append(rho * np.vecdot(s, g))
        g = g - alphas[-1][:, None] * y
    g = _times(metric, g)
    for (s, y, rho), alpha in zip(past, reversed(alphas), strict=True):
        g = g + (alpha - rho * np.vecdot(y, g))[:, None] * s
    return g
