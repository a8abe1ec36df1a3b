"""Find the rows of a matrix that are nearest to given vectors: products in chunks, ranked exactly.

A product in the matrix's own precision bounds each score, whatever the order of summation. Only the rows that these
bounds leave are compared, in double precision and one order of summation. So ranks and scores are the same bits
whatever the BLAS, its threads, the size of the chunks and the other queries. The matrix is never copied as a whole.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .._types import Array, Ids

SCORES = 2**20  # computed at a time: they stay in the processor's cache
FIRST = 2**10  # rows from which the search learns its first threshold
LOWEST = np.finfo(np.float32).min
EPSILON = 1e-6  # added to 3CosMul's denominator: Levy & Goldberg 2014, eq. (4)


class Terms(NamedTuple):
    """Queries for 3CosMul: each is a list of positive and a list of negative terms."""

    vectors: Array  # (T, D), the terms; their lengths do not matter
    positive: Ids  # (Q, P), the terms that each query wants; −1 where it has fewer than P
    negative: Ids  # (Q, N), those that it does not want; −1 where it has fewer than N


def _doubles(rows: Array) -> Array:
    return np.ascontiguousarray(rows, np.float64)  # row by row, else einsum sums those of pandas in another order


def row_lengths(matrix: Array) -> Array:
    """Return the length of each row in double precision, (V,); infinite or NaN where the row holds such a number."""
    lengths = np.empty(len(matrix))
    for part in _chunks(len(matrix), matrix):
        lengths[part] = _lengths(_doubles(matrix[part]))
    return lengths


def _lengths(rows: Array) -> Array:
    """Return the lengths of rows (n, D) in float64, also where their squares would overflow or vanish."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lengths: Array = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        extreme = np.flatnonzero(~((lengths > 1e-140) & (lengths < 1e140)))
        if len(extreme):
            largest = np.abs(rows[extreme]).max(axis=1, initial=0)
            scaled = rows[extreme] / _divisors(largest)[:, None]  # (n, D) / (n, 1)
            lengths[extreme] = largest * np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    return lengths


def unit_rows(rows: Array) -> Array:
    """Divide rows (n, D) by their lengths, in double precision; a row of zeros stays zero."""
    rows = _doubles(rows)
    return rows / _divisors(_lengths(rows))[:, None]  # (n, D) / (n, 1)


def _divisors(lengths: Array) -> Array:
    return lengths if lengths.min(initial=1) > 0 else np.where(lengths == 0, 1, lengths)


def cosines(matrix: Array, lengths: Array, vector: Array) -> Array:
    """Return the cosine between a vector (D,) and each row of the matrix, (V,), in double precision.

    The same bits as the scores of `nearest`. A row or vector of zeros has cosine 0 with every other.
    """
    return unit_cosines(matrix, lengths, unit_rows(vector[None]))


def unit_cosines(matrix: Array, lengths: Array, unit: Array) -> Array:
    """Return what `cosines` does, of a vector's row of `unit_rows`, (1, D)."""
    scores = np.empty(len(matrix))
    for part in _chunks(len(matrix), matrix):
        rows = _doubles(matrix[part])
        # with a (n, D) operand einsum sums in the order of `_Cosine.exact`, with a (1, D) one it might not
        scores[part] = np.einsum("ij,ij->i", rows, np.broadcast_to(unit, rows.shape))
    return np.clip(scores / _divisors(lengths), -1, 1)  # rounding may pass 1


def check_finite(lengths: Array, what: str, names: Sequence[str] | None = None) -> None:
    """Raise ValueError, which names the first, if by their lengths some rows hold numbers that are not finite."""
    if not np.isfinite(lengths.max(initial=0)):  # NaN passes through max
        bad = np.flatnonzero(~np.isfinite(lengths))
        name = f" ({names[bad[0]]!r})" if names is not None else ""
        more, them = (f", as do {len(bad) - 1} more", "those rows") if len(bad) > 1 else ("", "it")
        raise ValueError(
            f"row {bad[0]}{name} of {what} holds NaN or infinity{more}: expected finite numbers; leave {them} out"
        )


def _parts(number: int, size: int, first: int = 0) -> Iterator[slice]:
    for start in range(first, number, size):
        yield slice(start, min(start + size, number))


def _chunks(number: int, matrix: Array) -> Iterator[slice]:
    """Return parts of so few rows of the matrix that they fit in the processor's cache in double precision."""
    return _parts(number, max(1, SCORES // max(4, 4 * int(matrix.shape[1]))))


def nearest(
    matrix: Array,
    lengths: Array,
    queries: Array | Terms,
    top_n: int,
    *,
    left_out: Sequence[Sequence[int]] | None = None,
    restrict: int | None = None,
) -> tuple[Array, Array]:
    """Return the rows of largest score for each query, the best first; ties go to the first row.

    The score of a vector is its cosine with the row, the score of `Terms` is 3CosMul,
    ∏ (1 + cos(row, positive))/2 ÷ (∏ (1 + cos(row, negative))/2 + 1e-6). ValueError if a vector is not finite.

    Parameters
    ----------
    matrix : (V, D), any real type, perhaps read-only or mapped from a file
    lengths : (V,), what `row_lengths(matrix)` returns; all must be finite
    queries : vectors (Q, D), of any length, or `Terms`
    top_n : the largest number of answers
    left_out : for each query, the rows that must not be answers
    restrict : only the first `restrict` rows can be answers

    Returns
    -------
    ids : (Q, n) rows, n = min(top_n, V, restrict); −1 where a query has fewer answers
    scores : (Q, n) float64, NaN where there is no answer
    """
    vectors = queries.vectors if isinstance(queries, Terms) else queries
    number = len(queries.positive if isinstance(queries, Terms) else queries)
    check_finite(row_lengths(vectors), "the queries")
    rows = len(matrix) if restrict is None else min(restrict, len(matrix))
    n = max(0, min(top_n, rows))
    ids, scores = np.full((number, n), -1, np.intp), np.full((number, n), np.nan)
    # few queries at a time, so that their answers, (q, n), are few; each still shares the products of a chunk
    for part in _parts(number if n else 0, max(1, min(1024, SCORES // max(1, n)))):
        score: _Cosine | _Product
        if isinstance(queries, Terms):
            score = _Product(matrix, lengths, Terms(vectors, queries.positive[part], queries.negative[part]))
        else:
            score = _Cosine(matrix, lengths, vectors[part])
        hidden = sorted((row, query) for query, rows in enumerate(left_out[part] if left_out else ()) for row in rows)
        query, row = _candidates(score, rows, n, np.array(hidden, np.intp).reshape(-1, 2))  # (hidden, 2)
        exact = score.exact(query, row)
        query, place, chosen = _ranked(query, row, exact, n)
        ids[part][query, place], scores[part][query, place] = row[chosen], exact[chosen]
    return ids, scores


class _Cosine:
    """The cosine between `number` queries (Q, D) and rows.

    The quick cosines may be off by `error`, so an upper bound may be below a lower one by `slack`. Computing bounds
    takes `width` numbers a row.
    """

    def __init__(self, matrix: Array, lengths: Array, queries: Array) -> None:
        self._matrix, self._lengths, self._units = matrix, lengths, unit_rows(queries)
        # the product has the matrix's own precision, unless its numbers would leave the range
        within = _divisors(lengths).min(initial=1) > 1e-30 and lengths.max(initial=1) < 1e30
        single = within and matrix.dtype.kind == "f" and matrix.itemsize <= 4
        quick: type[np.floating] = np.float32 if single else np.float64
        self._quick = self._units.astype(quick)
        as_it_is = matrix.dtype == quick and matrix.itemsize in matrix.strides
        self.number = len(queries)
        self.width = len(queries) + (0 if as_it_is else matrix.shape[1])  # what BLAS cannot read is copied in chunks
        # |error| of a product of D terms: at most (D + 4)/2 eps, in whatever order they are added; twice that is safe
        self.error = (matrix.shape[1] + 8) * float(np.finfo(quick).eps)
        self.slack = 2 * self.error

    def bounds(self, part: slice) -> tuple[Array, Array]:
        """Return the quick cosines (Q, R) twice, as lower and as upper bounds."""
        rows, lengths = np.asarray(self._matrix[part], self._quick.dtype), self._lengths[part]
        scores: Array = np.matmul(self._quick, rows.T)  # (Q, D) (D, R)
        scores /= _divisors(lengths).astype(scores.dtype)
        return scores, scores

    def exact(self, query: Ids, row: Ids) -> Array:
        """Return the scores of pairs of query and row, the same bits independently of the other pairs."""
        scores = np.empty(len(query))
        for part in _chunks(len(query), self._matrix):
            rows = _doubles(self._matrix[row[part]])  # (n, D)
            scores[part] = np.einsum("ij,ij->i", rows, self._units[query[part]])
        return np.clip(scores / _divisors(self._lengths[row]), -1, 1)


class _Product:
    """3CosMul: a product of shifted cosines over another; the attributes are those of `_Cosine`."""

    def __init__(self, matrix: Array, lengths: Array, terms: Terms) -> None:
        both = np.hstack([terms.positive, terms.negative])  # (Q, P + N)
        used, places = np.unique(both, return_inverse=True)
        places = places.reshape(both.shape) - int(used[0] == -1)  # −1 remains −1
        self._positive, self._negative = np.hsplit(places, [terms.positive.shape[1]])  # (Q, P) and (Q, N)
        vectors = terms.vectors[used[used >= 0]]  # no more of them than these queries have
        self._cosine, self.number = _Cosine(matrix, lengths, vectors), len(both)
        self.width, self.slack = self._cosine.width + 3 * len(vectors) + 5 * self.number, 0.0

    def bounds(self, part: slice) -> tuple[Array, Array]:
        """Return lower and upper bounds of the scores, both (Q, R)."""
        half = (1 + self._cosine.bounds(part)[0]) / 2
        half = np.vstack([half, np.ones_like(half[:1])])  # (T + 1, R): term −1 is 1
        low, high = np.maximum(half - self._cosine.error, 0), half + self._cosine.error
        least = _product(low, self._positive) / (_product(high, self._negative) + half.dtype.type(EPSILON))
        most = _product(high, self._positive) / (_product(low, self._negative) + half.dtype.type(EPSILON))
        return least, most

    def exact(self, query: Ids, row: Ids) -> Array:
        """Return the scores of pairs of query and row, the same bits independently of the other pairs."""
        above, below = (self._factors(terms, query, row) for terms in (self._positive, self._negative))
        return above / (below + EPSILON)

    def _factors(self, terms: Ids, query: Ids, row: Ids) -> Array:
        product = np.ones(len(query))
        for column in terms.T:
            there = np.flatnonzero(column[query] >= 0)
            product[there] *= (1 + self._cosine.exact(column[query[there]], row[there])) / 2
        return product


def _product(factors: Array, terms: Ids) -> Array:
    """Multiply rows of factors (T + 1, R) for each query: terms (Q, P) → (Q, R)."""
    product = np.ones((len(terms), factors.shape[1]), factors.dtype)
    for column in terms.T:
        product *= factors[column]
    return product


Found = tuple[Ids, Ids, Array]  # query, row and upper bound of pairs


def _candidates(score: _Cosine | _Product, rows: int, n: int, hidden: Ids) -> tuple[Ids, Ids]:
    """Return pairs (query, row) that include the n best rows of each query, without the (row, query) in `hidden`.

    At least n rows reach a query's n-th largest lower bound, so no row with a lesser upper bound is among its n best.
    The first rows are a small chunk: the threshold that they set spares most of the others.
    """
    best = np.full((score.number, n), -np.inf, np.float32)  # each query's n largest lower bounds, the least first
    threshold = np.full(score.number, LOWEST)  # excludes the hidden rows, whose scores are −∞
    found: list[Found] = []
    size = max(1, SCORES // score.width)
    first = min(FIRST, size, rows)
    for part in (slice(0, first), *_parts(rows, size, first)):
        best, threshold, pairs = _search(score, part, hidden, best, threshold)
        found.append(pairs)
        if sum(len(query) for query, _, _ in found) > SCORES:  # many rows are alike: memory must stay bounded
            query, row, high = _above(threshold, found)
            _, _, chosen = _ranked(query, row, score.exact(query, row), n)  # n a query: none else can be an answer
            found = [(query[chosen], row[chosen], high[chosen])]
    return _above(threshold, found)[:2]


def _search(
    score: _Cosine | _Product, part: slice, hidden: Ids, best: Array, threshold: Array
) -> tuple[Array, Array, Found]:
    """Search a chunk of rows: return `best` (Q, n) and the threshold (Q,) after it, and the pairs that reach that."""
    low, high = score.bounds(part)
    row, query = hidden[slice(*np.searchsorted(hidden[:, 0], (part.start, part.stop)))].T  # (h, 2) → twice (h,)
    low[query, row - part.start] = high[query, row - part.start] = -np.inf
    columns = np.flatnonzero((high >= threshold[:, None]).any(axis=0))  # (Q, R) ≥ (Q, 1) → (R,)
    low, high = (low[:, columns], high[:, columns]) if low is not high else [low[:, columns]] * 2  # one copy for both
    bounds = np.hstack([best, low])
    bounds.partition(-best.shape[1], axis=1)
    best = bounds[:, -best.shape[1] :].copy()  # a view would keep all of them in memory
    threshold = np.maximum(best[:, 0] - score.slack, LOWEST)
    query, row = np.nonzero(high >= threshold[:, None])
    return best, threshold, (query, part.start + columns[row], high[query, row])


def _above(threshold: Array, found: list[Found]) -> Found:
    """Return query, row and upper bound of all pairs that reach the threshold of their query."""
    query, row, high = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    above = high >= threshold[query]
    return query[above], row[above], high[above]


def _ranked(query: Ids, row: Ids, score: Array, n: int) -> tuple[Ids, Ids, Ids]:
    """Rank pairs by query, falling score and row; return query, place and index of each query's n best."""
    order = np.lexsort((row, -score, query))  # the last key counts first
    place = np.arange(len(order)) - np.searchsorted(query[order], query[order])  # less where its query's pairs begin
    first = place < n
    return query[order][first], place[first], order[first]
