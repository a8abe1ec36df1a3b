"""The rows of a matrix that are nearest to given vectors: products in chunks, ranked exactly.

A product in the matrix's own precision tells, within bounds that hold for any order of summation, which rows can be
among the nearest. Only those are compared, in double precision and one order of summation. So ranks and scores are
the same bits whatever the BLAS, its threads, the size of the chunks and what else is asked at the same time.

The matrix is never copied as a whole, may be mapped from a file, and may hold numbers of any real type.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from word2vec._types import Array

SCORES = 2**20  # at a time: they stay in the processor's cache
GROUP = 32  # rows of which only the largest score is looked at first
EPSILON = 1e-6  # of 3CosMul's denominator


class Terms(NamedTuple):
    """Queries for 3CosMul: each is a list of positive and a list of negative terms.

    Attributes
    ----------
    vectors : (T, D), the terms; their lengths do not matter
    positive : (Q, P) integers, which terms each query wants; −1 where it has fewer than P
    negative : (Q, N) integers, which it does not want; −1 where it has fewer than N
    """

    vectors: Array
    positive: Array
    negative: Array


def row_lengths(matrix: Array) -> Array:
    """Give the Euclidean length of each row in double precision, shape (V,); reads the matrix in chunks.

    Infinite or not a number where the row holds such a number.
    """
    lengths = np.empty(len(matrix))
    for part in _parts(len(matrix), _rows_at_once(matrix)):
        lengths[part] = _lengths(np.asarray(matrix[part], np.float64))
    return lengths


def _lengths(rows: Array) -> Array:
    """Give the lengths of rows (n, D) in float64, also where squares would leave its range."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lengths: Array = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        extreme = np.flatnonzero(~((lengths > 1e-140) & (lengths < 1e140)))
        if len(extreme):
            largest = np.abs(rows[extreme]).max(axis=1, initial=0)
            scaled = rows[extreme] / _divisors(largest)[:, None]
            lengths[extreme] = largest * np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    return lengths


def unit_rows(rows: Array) -> Array:
    """Divide rows (n, D) by their lengths, in double precision; a row of zeros stays one."""
    rows = np.asarray(rows, np.float64)
    return rows / _divisors(_lengths(rows))[:, None]


def _divisors(lengths: Array) -> Array:
    """Give what to divide by: 1 instead of 0."""
    return lengths if lengths.min(initial=1) > 0 else np.where(lengths == 0, 1, lengths)


def cosines(matrix: Array, lengths: Array, vector: Array, rows: Array | None = None) -> Array:
    """Give the cosine between a vector (D,) and each row of the matrix, or those named, in double precision.

    The same bits as the scores of `nearest`. A row or vector of zeros has cosine 0 with all.
    """
    unit = unit_rows(vector[None])
    if rows is not None:
        return _cosines_of_pairs(matrix, lengths, unit, np.zeros(len(rows), np.intp), rows)
    scores = np.empty(len(matrix))
    for part in _parts(len(matrix), _rows_at_once(matrix)):
        some = np.asarray(matrix[part], np.float64)
        scores[part] = np.einsum("ij,ij->i", some, np.broadcast_to(unit, some.shape))
    return _within_one(scores / _divisors(lengths))


def _within_one(cosines: Array) -> Array:
    """Take away what rounding put beyond 1, where no angle has its cosine."""
    return np.clip(cosines, -1, 1, out=cosines)


def _rows_at_once(matrix: Array) -> int:
    """Choose how many rows are made double precision at a time, few enough for the processor's cache."""
    return max(1, SCORES // max(4, 4 * int(matrix.shape[1])))


def nearest(
    matrix: Array,
    lengths: Array,
    queries: "Array | Terms",
    top_n: int,
    *,
    left_out: Sequence[Sequence[int]] | None = None,
    restrict: int | None = None,
    method: str = "add",
) -> tuple[Array, Array]:
    """Find the rows of largest score for each query, the best first; among equals the first row first.

    With method "add" the score is the cosine of query and row. With "mul" it is 3CosMul,
    ∏ (1 + cos(row, positive))/2 ÷ (∏ (1 + cos(row, negative))/2 + 1e-6).

    Parameters
    ----------
    matrix : (V, D), any real type, perhaps read-only or mapped from a file
    lengths : (V,), what `row_lengths(matrix)` gives
    queries : (Q, D) vectors, of any length, for "add"; `Terms` for "mul"
    top_n : how many rows at most
    left_out : for each query, the rows that must not be answers
    restrict : only the first so many rows can be answers

    Returns
    -------
    ids : (Q, n) rows, n = min(top_n, V, restrict); −1 where a query has fewer answers
    scores : (Q, n) float64, NaN there

    Raises
    ------
    ValueError
        If a row or query holds NaN or infinity, or the queries do not fit the method or the matrix.
    """
    _check(matrix, lengths, queries, method)
    rows = len(matrix) if restrict is None else min(restrict, len(matrix))
    n, number = max(0, min(top_n, rows)), len(queries.positive) if isinstance(queries, Terms) else len(queries)
    ids, scores = np.full((number, n), -1, np.intp), np.full((number, n), np.nan)
    for part in _parts(number if n else 0, max(1, min(1024, SCORES // max(1, n)))):
        score = _score(matrix, lengths, queries, part)
        hidden = _pairs(left_out[part] if left_out is not None else ())
        query, row = _scan(score, part.stop - part.start, rows, n, hidden)
        exact = score.exact(query, row)
        query, place, chosen = _ranked(query, row, exact, n)
        ids[part][query, place], scores[part][query, place] = row[chosen], exact[chosen]
    return ids, scores


def _check(matrix: Array, lengths: Array, queries: "Array | Terms", method: str) -> None:
    """Refuse what has no answer."""
    if method not in ("add", "mul"):
        raise ValueError(f"method is {method!r}: expected 'add' (3CosAdd) or 'mul' (3CosMul)")
    if isinstance(queries, Terms) != (method == "mul"):
        raise ValueError(f"queries for method {method!r}: expected {'Terms' if method == 'mul' else 'a matrix'}")
    vectors = queries.vectors if isinstance(queries, Terms) else queries
    if vectors.ndim != 2 or vectors.shape[1] != matrix.shape[1]:
        raise ValueError(f"queries of shape {vectors.shape}: expected (…, {matrix.shape[1]}), a vector in each row")
    check_finite(lengths, "the matrix")
    check_finite(row_lengths(vectors), "the queries")


def check_finite(lengths: Array, what: str, names: Sequence[str] | None = None) -> None:
    """Make sure that all rows hold finite numbers.

    Raises
    ------
    ValueError
        If some do not; the message names the first of them.
    """
    if not np.isfinite(lengths.max(initial=0)):  # which NaN passes through
        bad = np.flatnonzero(~np.isfinite(lengths))
        name = f" ({names[bad[0]]!r})" if names is not None else ""
        raise ValueError(
            f"row {bad[0]}{name} of {what} holds NaN or infinity, as do {len(bad) - 1} more: expected finite numbers;"
            " leave those rows out"
        )


def _parts(number: int, size: int) -> Iterator[slice]:
    """Cut a range into slices."""
    for start in range(0, number, size):
        yield slice(start, min(start + size, number))


def _pairs(left_out: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """Give the rows that are left out and their queries, by rising row."""
    pairs = sorted((row, query) for query, rows in enumerate(left_out) for row in rows)
    table = np.array(pairs, np.intp).reshape(-1, 2)
    return table[:, 0], table[:, 1]


# scores: quickly within bounds, and exactly


class _Score(Protocol):
    """How rows are scored.

    Attributes
    ----------
    width : how many numbers a row costs while its bounds are computed
    slack : what the upper bounds are to be raised by
    """

    width: int
    slack: float

    def bounds(self, part: slice) -> tuple[Array, Array]:
        """Give lower and upper bounds of the scores of some rows, both (Q, R); perhaps the same array."""

    def exact(self, query: Array, row: Array) -> Array:
        """Give the scores of pairs of query and row, the same bits in whatever company."""


def _score(matrix: Array, lengths: Array, queries: "Array | Terms", part: slice) -> _Score:
    """Prepare some of the queries."""
    if not isinstance(queries, Terms):
        return _Cosine(matrix, lengths, queries[part])
    used, places = np.unique(np.hstack([queries.positive[part], queries.negative[part]]), return_inverse=True)
    places = places.reshape(part.stop - part.start, -1) - int(used[0] == -1)
    split = queries.positive.shape[1]
    return _Product(matrix, lengths, Terms(queries.vectors[used[used >= 0]], places[:, :split], places[:, split:]))


class _Cosine:
    """The cosine between queries (Q, D) and rows."""

    def __init__(self, matrix: Array, lengths: Array, queries: Array) -> None:
        self._matrix, self._lengths, self._units = matrix, lengths, unit_rows(queries)
        self._quick = self._units.astype(_quick_type(matrix, lengths))
        as_it_is = matrix.dtype == self._quick.dtype and matrix.itemsize in matrix.strides
        self.width = len(queries) + (0 if as_it_is else matrix.shape[1])  # what BLAS cannot read is copied in chunks
        # |error| of a product of D terms: at most (D + 4)/2 eps, in whatever order they are added; twice that is safe
        self.error = (matrix.shape[1] + 8) * float(np.finfo(self._quick.dtype).eps)
        self.slack = 2 * self.error

    def bounds(self, part: slice) -> tuple[Array, Array]:
        """Give the quick cosines (Q, R) for both; they are off by at most `error`."""
        rows, lengths = np.asarray(self._matrix[part], self._quick.dtype), self._lengths[part]
        scores: Array = np.matmul(self._quick, rows.T)
        scores /= _divisors(lengths).astype(scores.dtype)
        return scores, scores

    def exact(self, query: Array, row: Array) -> Array:
        """Give the cosines of pairs of query and row, the same bits in whatever company."""
        return _cosines_of_pairs(self._matrix, self._lengths, self._units, query, row)


class _Product:
    """3CosMul: a product of shifted cosines over another."""

    def __init__(self, matrix: Array, lengths: Array, terms: Terms) -> None:
        self._terms, self._cosine = terms, _Cosine(matrix, lengths, terms.vectors)
        self.width, self.slack = self._cosine.width + 3 * len(terms.vectors) + 5 * len(terms.positive), 0.0

    def bounds(self, part: slice) -> tuple[Array, Array]:
        """Give lower and upper bounds of the scores, both (Q, R)."""
        half = (1 + self._cosine.bounds(part)[0]) / 2
        half = np.vstack([half, np.ones_like(half[:1])])  # which term −1 means
        low, high = np.maximum(half - self._cosine.error, 0), half + self._cosine.error
        wanted, unwanted = self._terms.positive, self._terms.negative
        least = _product(low, wanted) / (_product(high, unwanted) + half.dtype.type(EPSILON))
        most = _product(high, wanted) / (_product(low, unwanted) + half.dtype.type(EPSILON))
        return least, most

    def exact(self, query: Array, row: Array) -> Array:
        """Give the scores of pairs of query and row, the same bits in whatever company."""
        return self._factors(self._terms.positive, query, row) / (
            self._factors(self._terms.negative, query, row) + EPSILON
        )

    def _factors(self, terms: Array, query: Array, row: Array) -> Array:
        """Multiply the shifted cosines of each pair's terms, one after the other."""
        product = np.ones(len(query))
        for column in terms.T:
            there = np.flatnonzero(column[query] >= 0)
            product[there] *= (1 + self._cosine.exact(column[query[there]], row[there])) / 2
        return product


def _product(factors: Array, terms: Array) -> Array:
    """Multiply rows of factors (T + 1, R) for each query; terms (Q, P)."""
    product = np.ones((len(terms), factors.shape[1]), factors.dtype)
    for column in terms.T:
        product *= factors[column]
    return product


def _quick_type(matrix: Array, lengths: Array) -> type[np.floating]:
    """Choose the precision of the quick product: the matrix's own, unless its numbers would leave the range."""
    within = _divisors(lengths).min(initial=1) > 1e-30 and lengths.max(initial=1) < 1e30
    return np.float32 if within and matrix.dtype.kind == "f" and matrix.dtype.itemsize <= 4 else np.float64


def _cosines_of_pairs(matrix: Array, lengths: Array, units: Array, query: Array, row: Array) -> Array:
    """Give the cosine of each pair of a unit vector and a row, in float64 and one order of summation."""
    scores = np.empty(len(query))
    for part in _parts(len(query), _rows_at_once(matrix)):
        rows = np.asarray(matrix[row[part]], np.float64)
        scores[part] = np.einsum("ij,ij->i", rows, units[query[part]])
    return _within_one(scores / _divisors(lengths[row]))


# the search


def _scan(score: _Score, queries: int, rows: int, n: int, hidden: tuple[Array, Array]) -> tuple[Array, Array]:
    """Find pairs of query and row among which are the n best rows of each query.

    Of each group of rows only the largest lower bound counts for the threshold, the n-th largest of them all: at
    least n rows reach it, so no row whose upper bound is below can be among the n best.
    """
    best, found = np.full((queries, n), -np.inf), _Found(score, n)
    size = max(1, SCORES // score.width // GROUP) * GROUP
    for part in _parts(rows, size):
        low, high = score.bounds(part)
        _hide(low, high, part, hidden)
        grouped = _grouped(high)
        largest = _largest_of_groups(grouped)
        best = _largest(best, largest if low is high else _largest_of_groups(_grouped(low)))
        found.add(part.start, grouped, largest, best[:, 0] - score.slack)
    return found.above(best[:, 0] - score.slack)


def _largest(best: Array, more: Array) -> Array:
    """Give, for each row, the n largest of the n that are there and more, the least of them first."""
    return np.partition(np.hstack([best, more]), more.shape[1], axis=1)[:, more.shape[1] :]


def _hide(low: Array, high: Array, part: slice, hidden: tuple[Array, Array]) -> None:
    """Make sure that what is left out is not found."""
    row, query = hidden
    here = slice(*np.searchsorted(row, (part.start, part.stop)))
    low[query[here], row[here] - part.start] = high[query[here], row[here] - part.start] = -np.inf


def _grouped(scores: Array) -> Array:
    """Give scores (Q, R) as (Q, GROUP, R/GROUP), with −∞ for rows that are missing."""
    missing = -scores.shape[1] % GROUP
    if missing:
        scores = np.hstack([scores, np.full((len(scores), missing), -np.inf, scores.dtype)])
    return scores.reshape(len(scores), GROUP, -1)


def _largest_of_groups(scores: Array) -> Array:
    """Give the maxima (Q, R/GROUP) of scores (Q, GROUP, R/GROUP): `max(axis=1)` by halving, which is faster."""
    flat = scores.reshape(len(scores), -1)
    while flat.shape[1] > scores.shape[2]:
        half = flat.shape[1] // 2
        flat = np.maximum(flat[:, :half], flat[:, half:])
    return flat


class _Found:
    """Pairs of query and row, and the upper bounds of their scores."""

    def __init__(self, score: _Score, n: int) -> None:
        self._score, self._n, self._number = score, n, 0
        self._pairs: list[tuple[Array, Array, Array]] = []

    def add(self, start: int, scores: Array, largest: Array, threshold: Array) -> None:
        """Add the scores (Q, GROUP, R/GROUP) of rows from `start` on that reach the threshold (Q,).

        `largest` (Q, R/GROUP) says which groups are worth a look.
        """
        query, group = np.nonzero(largest >= threshold[:, None])
        members = scores[query, :, group]
        hit, member = np.nonzero((members >= threshold[query, None]) & (members > -np.inf))
        row = start + member * scores.shape[2] + group[hit]
        self._pairs.append((query[hit], row, members[hit, member]))
        self._number += len(hit)
        if self._number > SCORES:
            self._settle(threshold)

    def _settle(self, threshold: Array) -> None:
        """Keep only the n best of each query, so that memory is bounded however many rows are alike."""
        query, row, most = self._gathered(threshold)
        _, _, chosen = _ranked(query, row, self._score.exact(query, row), self._n)
        self._pairs, self._number = [(query[chosen], row[chosen], most[chosen])], 0

    def _gathered(self, threshold: Array) -> tuple[Array, Array, Array]:
        """Give those that reach the threshold."""
        query, row, most = (np.concatenate(arrays) for arrays in zip(*self._pairs, strict=True))
        above = most >= threshold[query]
        return query[above], row[above], most[above]

    def above(self, threshold: Array) -> tuple[Array, Array]:
        """Give query and row of those that reach the threshold."""
        return self._gathered(threshold)[:2]


def _ranked(query: Array, row: Array, score: Array, n: int) -> tuple[Array, Array, Array]:
    """Rank pairs by query, falling score and row; give query, place and index of each query's n best."""
    order = np.lexsort((row, -score, query))
    place = np.arange(len(order)) - np.searchsorted(query[order], query[order])
    first = place < n
    return query[order][first], place[first], order[first]
