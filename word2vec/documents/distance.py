"""Distances between documents: word mover's distance, its lower bounds, and nearest documents by them.

    word_movers_distance(vectors, a, b)                          # of two lists of words
    bag = count_words(documents, vectors)
    nearest_documents(bag, query, top_n=10)                      # as if all distances had been computed

A document is its known words, each at its share of them; the distance is what it costs at least to move the words of
one onto those of the other (E47). `cost` is what it takes to move all from a word x to a word y:

    euclidean  ‖x − y‖
    unit       ‖x − y‖, vectors scaled to length 1, which is what gensim's `wmdistance` computes
    cosine     1 − cos(x, y) = ‖x − y‖²/2 of vectors scaled to length 1 (a vector of zeros has cosine 0)

Source: Kusner, Sun, Kolkin and Weinberger, From word embeddings to document distances, ICML 2015.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_choice, check_type, check_whole, with_other_names
from ..runtime.word_lists import listed
from ..vectors.neighbours import check_finite, row_lengths, unit_rows
from ..vectors.word_vectors import WordVectors
from .means import OF_COUNTS, SMALLER, Bag, count_words

OF_BOTH = {"norm": "pass cost='unit' for norm=True, cost='euclidean' for norm=False"}
OF_DISTANCE = OF_BOTH | dict.fromkeys(("document1", "document2"), "they are called a and b here")
OF_NEAREST = OF_BOTH | dict.fromkeys(("topn", "num_best"), "it is called top_n here")
COSTS = ("euclidean", "unit", "cosine")
METHODS = ("exact", "relaxed", "centroid")
SLACK = 1e-9  # of the largest cost: more than the bounds' rounding
SOFTNESS, ITERATIONS = 0.03, 20  # measured: bounds of 99.6 % at a hundredth of the linear program's time


@with_other_names(OF_DISTANCE)
def word_movers_distance(
    vectors: WordVectors, a: Iterable[str], b: Iterable[str], *, cost: str = "euclidean", method: str = "exact"
) -> float:
    """Return the word mover's distance between two documents, or a lower bound of it (E47).

    Parameters
    ----------
    a, b : lists of words; the order does not matter, words without a vector are left out
    cost : "euclidean", "unit" or "cosine", see above
    method : "exact": by a linear program of all pairs of different words, 0.15 s for 100 by 100;
        "relaxed": every word of one document moves to the nearest of the other, the larger of both directions;
        "centroid": the cost between the documents' means

    Raises ValueError if no word of a document has a vector, one is not finite, or cost or method is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.documents.distance import word_movers_distance
    >>> vectors = WordVectors(["tea", "coffee", "rain"], np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]]))
    >>> word_movers_distance(vectors, ["tea", "rain"], ["coffee", "coffee"])  # 5/2 + 5/2
    5.0
    >>> word_movers_distance(vectors, ["tea", "rain"], ["coffee"], method="centroid")
    3.0
    """
    check_choice("method", method, METHODS)
    (one, p), (other, q) = (_weights(vectors, words, name) for words, name in ((a, "a"), (b, "b")))
    x, y = (_points(bag, cost) for bag in (one, other))
    if method == "centroid":
        apart = float(_costs((p @ x)[None], (q @ y)[None], "euclidean")[0, 0])
        return apart**2 / 2 if cost == "cosine" else apart
    costs = _costs(x, y, cost)
    if method == "relaxed":
        return float(max(p @ costs.min(axis=1), q @ costs.min(axis=0)))
    return _moved(*_left(p, one.names, q, other.names, costs, cost))


@with_other_names(OF_NEAREST)
def nearest_documents(
    bag: Bag, query: Iterable[str], top_n: int = 10, *, cost: str = "euclidean"
) -> list[tuple[int, float]]:
    """Return the documents of least word mover's distance to a query (E47) and their distances, the nearest first.

    The same as by `word_movers_distance` of all, but linear programs are solved only for documents whose lower bounds
    leave it open, about as many as there are answers. A document's number is its place in `bag`; ties go to the
    first. One without a known word has no distance and is no answer.

    Parameters
    ----------
    bag : what `count_words(documents, vectors)` returns
    query : a list of words; unknown ones are left out
    top_n : the largest number of answers, at least 1
    cost : "euclidean", "unit" or "cosine", as for `word_movers_distance`

    Raises ValueError as `word_movers_distance`.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.documents.distance import nearest_documents
    >>> from word2vec.documents.means import count_words
    >>> vectors = WordVectors(["tea", "coffee", "rain"], np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]]))
    >>> bag = count_words([["rain", "rain"], ["coffee", "tea"], ["snow"]], vectors)
    >>> nearest_documents(bag, ["tea", "please"])
    [(1, 2.5), (0, 8.0)]
    """
    check_type("bag", bag, Bag, OF_COUNTS)
    top_n = check_whole("top_n", top_n)
    asked, p = _weights(bag.vectors, query, "query")
    x, y = (_points(each, cost) for each in (asked, bag))
    costs = _costs(x, y, cost)  # (n, U)
    documents = np.flatnonzero(np.diff(bag.counts.indptr))
    counts = bag.counts[documents]
    weights = counts.data / np.repeat(counts.sum(axis=1), np.diff(counts.indptr))
    bounds = _relaxed(p, weights, counts.indices, counts.indptr, costs)
    slack = SLACK * costs.max(initial=0)
    # the least bound is made exact in two steps; a distance that comes out of the heap is below all others' bounds
    heap = [
        (bound - slack, int(document), 0, i)
        for i, (bound, document) in enumerate(zip(bounds, documents, strict=True))
    ]
    heapify(heap)
    found: list[tuple[int, float]] = []
    while heap and len(found) < top_n:
        bound, document, step, i = heappop(heap)
        if step == 2:
            found.append((document, bound))
            continue
        part = slice(*counts.indptr[i : i + 2])
        columns = counts.indices[part]
        problem = _left(p, asked.names, weights[part], bag.names[columns], costs[:, columns], cost)
        bound = _moved(*problem) if step else max(bound, _dual_bound(*problem) - slack)
        heappush(heap, (bound, document, step + 1, i))
    return found


def _weights(vectors: WordVectors, words: Iterable[str], name: str) -> tuple[Bag, Array]:
    """Return a document's words that have a vector, each once, and their shares."""
    bag = count_words([listed(words, name, ordered=False)], vectors)
    if not bag.counts.nnz:
        raise ValueError(f"{name}: none of its {bag.words[0]} words has a vector: expected at least one known word")
    return bag, bag.counts.toarray()[0] / bag.counts.sum()


def _points(bag: Bag, cost: str) -> Array:
    check_choice("cost", cost, COSTS)
    points = np.asarray(bag.matrix(), np.float64)
    check_finite(row_lengths(points), "the vectors in use", bag.names.tolist())
    return points if cost == "euclidean" else unit_rows(points)


def _costs(x: Array, y: Array, cost: str) -> Array:
    """Return the cost of each pair of words, (n, D), (m, D) → (n, m)."""
    from scipy.spatial.distance import cdist

    costs = np.asarray(cdist(x, y) if cost != "cosine" else np.maximum(1 - x @ y.T, 0))
    if not np.isfinite(costs.max(initial=0)):
        raise ValueError(f"the distances between words overflow: {SMALLER}")
    return costs


def _relaxed(p: Array, weights: Array, indices: Ids, ends: Ids, costs: Array) -> Array:
    """Return the relaxed bound of each document of a sparse matrix (weights, indices, ends): (N,)."""
    if not len(weights):
        return np.zeros(0)
    starts = ends[:-1]
    there = np.add.reduceat(weights * costs.min(axis=0)[indices], starts)
    back = sum(share * np.minimum.reduceat(row[indices], starts) for share, row in zip(p, costs, strict=True))
    return np.asarray(np.maximum(there, back))


def _left(p: Array, p_words: Array, q: Array, q_words: Array, costs: Array, cost: str) -> tuple[Array, Array, Array]:
    """Return what must be moved, and its costs: what both documents share stays, where costs are a metric.

    By the triangle inequality nothing is gained by moving x → y and y → z instead of x → z. "cosine" is no metric.
    """
    if cost != "cosine":
        _, i, j = np.intersect1d(p_words, q_words, assume_unique=True, return_indices=True)
        p, q, stays = p.copy(), q.copy(), np.minimum(p[i], q[j])
        p[i] -= stays
        q[j] -= stays
    return p[p > 0], q[q > 0], costs[np.ix_(p > 0, q > 0)]


def _dual_bound(p: Array, q: Array, costs: Array) -> float:
    """Return Σ p_i f_i + Σ q_j g_j, which is a lower bound since f_i + g_j ≤ c_ij; usually within 1 % of the least.

    g comes from Sinkhorn's iteration (Cuturi, Sinkhorn distances, NIPS 2013): for any g, f and then g are made as
    large as the costs allow, so that the bound needs no convergence.
    """
    if not (largest := costs.max(initial=0)):
        return 0.0
    softness = max(SOFTNESS * costs.mean(), largest / 200)  # e^−200 and its inverse squared are within range
    kernel, u = np.exp(-costs / softness), np.ones(len(p))
    for _ in range(ITERATIONS):
        v = q / (u @ kernel)
        u = p / (kernel @ v)
    f = (costs - softness * np.log(v)).min(axis=1)
    g = (costs - f[:, None]).min(axis=0)  # (n, m) − (n, 1)
    return float(p @ f + q @ g)


def _moved(p: Array, q: Array, costs: Array) -> float:
    """Return min Σ T_ij c_ij with T ≥ 0, Σ_j T_ij = p_i, Σ_i T_ij = q_j: (n,), (m,), (n, m)."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    largest = costs.max(initial=0)
    if not largest:
        return 0.0
    (n, m), one = costs.shape, np.ones
    sums = vstack([kron(eye_array(n), one((1, m))), kron(one((1, n)), eye_array(m))], format="csc")  # (n + m, n m)
    # scaled, as the solver's tolerances are absolute
    return float(linprog(costs.ravel() / largest, A_eq=sums, b_eq=np.concatenate([p, q])).fun * largest)
