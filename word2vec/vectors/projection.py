"""Answer one query at a time: a bound of every score by a few dimensions leaves few rows to compare.

One product with the whole matrix waits for the memory. In a basis Q (D, k) of the directions in which the rows are
longest, a row's unit vector u and the query's q have coordinates p and a, and rests r and s that are orthogonal to Q.
By Cauchy and Schwarz u·q ≤ p·a + |r||s|, which is one product with a small table (k + 1, V) of p and |r|. Only rows
whose bound reaches the n-th best score found so far are compared, by `nearest`: the answers are the same bits.
In a small matrix, which the cache holds, the quick product with all rows bounds the scores, up to rounding.
"""

import math
from collections.abc import Sequence

import numpy as np

from .._types import Array
from .neighbours import SCORES, check_finite, nearest, row_lengths, unit_cosines, unit_rows

LEARNED = 32  # queries that are answered without a table, from which the number of dimensions is learned
SMALLEST = 2**21  # numbers of a matrix: smaller ones stay in the processor's cache
SAMPLE = 2**11  # rows of which the basis and the number of dimensions are learned
COMPARED = 10  # a row that is compared takes as long as so many in a product with the whole matrix
WORTH = 0.75  # the table must spare at least a quarter of the time
GROUP = 64  # rows of which the best is a seed
EPS = float(np.finfo(np.float32).eps)


class Projection:
    """Answers single queries as `nearest` does; after some, it makes its table, if that is worth it."""

    def __init__(self, matrix: Array, lengths: Array) -> None:
        self._matrix, self._lengths = matrix, lengths
        usual = lengths.max(initial=0) < 1e30 and lengths[lengths > 0].min(initial=1) > 1e-30
        small = matrix.size < SMALLEST
        self._asked: list[tuple[Array, float]] | None = [] if usual and not small else None  # None: no table
        self._small: Array | None = None  # the lengths (V,) of a small matrix, which a query reads as a whole
        if usual and small and matrix.dtype == np.float32 and matrix.itemsize in matrix.strides:  # as BLAS reads it
            self._small = np.where(lengths > 0, lengths, 1).astype(np.float32)
        self._basis: Array | None = None  # (D, k)
        self._table: Array  # (k + 1, V)
        self._error: float

    def nearest(
        self, vector: Array, top_n: int, left_out: Sequence[int], restrict: int | None
    ) -> tuple[Array, Array]:
        """Return the rows nearest to a vector (D,), and their cosines: both (1, n); see `neighbours.nearest`."""
        check_finite(row_lengths(vector[None]), "the queries")
        unit, rows = unit_rows(vector[None]), None  # (1, D)
        if (small := self._small) is not None:
            rows = self._reached(unit, small[:restrict], top_n, left_out)
        elif self._basis is not None:
            rows = self._candidates(unit, top_n, left_out, restrict)
        if rows is not None:
            scores = unit_cosines(self._matrix[rows], self._lengths[rows], unit)
            best = np.argsort(-scores, kind="stable")[:top_n]  # ties go to the first row
            return rows[best][None], scores[best][None]  # (1, n) both
        ids, scores = nearest(
            self._matrix, self._lengths, vector[None], top_n, left_out=[left_out], restrict=restrict
        )
        asked = self._asked  # other threads may ask at the same time
        if asked is not None and ids.size and ids[0, -1] >= 0:
            asked.append((vector, float(scores[0, -1])))
            if len(asked) >= LEARNED and self._asked is asked:
                self._asked = None
                self._learn(*zip(*asked[:LEARNED], strict=True))
        return ids, scores

    def _reached(self, unit: Array, lengths: Array, top_n: int, left_out: Sequence[int]) -> Array:
        """Return those of the first rows among which the `top_n` best are, by one product, in rising order."""
        scores = self._matrix[: len(lengths)] @ unit[0].astype(np.float32)
        scores /= lengths
        hidden = [*{row for row in left_out if row < len(scores)}]
        scores[hidden] = -np.inf
        n = min(top_n, len(scores) - len(hidden))
        least = np.partition(scores, -n)[-n] - 2 * (self._matrix.shape[1] + 8) * EPS if n > 0 else np.inf
        return np.flatnonzero(scores >= least)

    def _candidates(self, unit: Array, top_n: int, left_out: Sequence[int], restrict: int | None) -> Array | None:
        """Return rows among which the `top_n` best are, in rising order; None if they would be too many to gain."""
        bounds = self._coordinates(unit[0]) @ self._table[:, :restrict]  # (k + 1,) (k + 1, V) → (V,)
        groups = len(bounds) // GROUP
        if top_n < 1 or 4 * (top_n + len(left_out)) > groups:
            return None
        bounds[[row for row in left_out if row < len(bounds)]] = -np.inf
        largest = bounds[: groups * GROUP].reshape(GROUP, groups).max(axis=0)  # a group is every `groups`-th row
        seeds = np.flatnonzero(bounds >= np.partition(largest, -4 * top_n)[-4 * top_n])  # 4 n rows at least
        scores = unit_cosines(self._matrix[seeds], self._lengths[seeds], unit)
        rows = np.flatnonzero(bounds >= np.float32(np.partition(scores, -top_n)[-top_n] - self._error))
        return rows if len(rows) * COMPARED < len(bounds) else None

    def _coordinates(self, unit: Array) -> Array:
        """Return a unit vector in the basis, and the length of its rest, (k + 1,)."""
        inside = unit @ self._basis
        return np.append(inside, np.sqrt(max(0, 1 - inside @ inside) + 1e-12)).astype(np.float32)

    def _learn(self, vectors: Sequence[Array], scores: Sequence[float]) -> None:
        """Choose the basis by a sample of the rows, and its size by some queries and their n-th best scores."""
        V, D = self._matrix.shape
        sample = unit_rows(self._matrix[:: -(-V // SAMPLE)]).astype(np.float32)
        gram = sample.T @ sample  # (D, D)
        basis = np.linalg.eigh(gram.astype(np.float64))[1][:, ::-1]  # the longest direction first
        P, A = basis.astype(np.float32).T @ sample.T, (unit_rows(np.array(vectors)) @ basis).T  # (D, n) and (D, Q)
        r, s = (np.sqrt(np.maximum(0, 1 - np.cumsum(x * x, axis=0))) for x in (P, A))  # the rests, as P and A
        costs = {}
        for k in range(8, D, 8):
            reached = P[:k].T @ A[:k].astype(np.float32) + np.outer(r[k - 1], s[k - 1]) >= np.array(scores)  # (n, Q)
            costs[k] = k + 1 + COMPARED * D * float(reached.mean())
        k = min(costs, key=costs.__getitem__, default=0)
        if costs.get(k, D) < WORTH * D:
            self._make_table(np.ascontiguousarray(basis[:, :k]))

    def _make_table(self, basis: Array) -> None:
        """Make the table, and compute by how much a bound may be too low.

        With p off by δ, the squared rest is at most 1 − |p|² + 2δ, and p·a is off by δ|a|.
        """
        (V, D), k = self._matrix.shape, basis.shape[1]
        delta, single = math.sqrt(k) * (D + 8) * EPS, basis.T.astype(np.float32)
        inverse = (1 / np.where(self._lengths > 0, self._lengths, 1)).astype(np.float32)
        table, step = np.empty((k + 1, V), np.float32), max(1, SCORES // (4 * D))
        for begin in range(0, V, step):
            part = slice(begin, begin + step)
            inside = np.matmul(single, np.asarray(self._matrix[part], np.float32).T)  # (k, D) (D, n)
            table[:k, part] = inside = inside * inverse[part]
            table[k, part] = np.sqrt(np.maximum(0, 1 - np.einsum("ij,ij->j", inside, inside)) + 2 * delta)
        self._error, self._table = float(delta + (k + 8) * EPS), table
        self._basis = basis  # from now on the table is used, by other threads, too
