"""One step of descent in the touched rows of a table: gradients summed word by word, damped where they are many.

In a step many gradients of a frequent word are taken at one point. Had they come one after the other, each would
have seen the effect of those before it: along a direction of curvature h, the sum of steps of size r approaches
(1 − e^(−λ))/λ of r times the sum of gradients, λ = r h. Rows are damped by just that, h being estimated from
how many pairs and negatives pull at the row (`PULL` a pair). No row moves farther than `CAP` in one step, nor a
sum of rows that move together, which bounds what no estimate foresees.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._types import Array, Ids

if TYPE_CHECKING:
    from scipy.sparse import csc_array

PULL, CAP = 0.3, 1.0
SLOWEST = 0.3
PART = 2048  # rows that are changed at once, which stay in the cache


class RowSums(NamedTuple):
    """Which gradients of a step add up in which row.

    rows (m,): the rows, ascending; place (E,): the number of each gradient's row among these, out of 0 … m − 1 if it
    is none of them; ends (m+1,): how many gradients the rows before a row have; pull (m,): how much pulls at a row.
    """

    rows: Ids
    place: Ids
    ends: Ids
    pull: Array

    @property
    def order(self) -> Ids:
        """The gradients of row i are order[ends[i]:ends[i+1]], in the order in which they are added."""
        order = np.argsort(self.place, kind="stable")
        return order[np.searchsorted(self.place[order], 0) :][: self.ends[-1]]


class SumPlan(NamedTuple):
    """The `RowSums` of P steps, one step after the other, and how workers share them.

    rows, ends, pull: see `RowSums`; place (P · E,): of each step's gradients, its rows being counted from 0; cuts
    (P, size + 1): the rows of worker r in step p are cuts[p, r] to cuts[p, r + 1].
    """

    rows: Ids
    place: Ids
    ends: Ids
    pull: Array
    cuts: Ids

    def part(self, step: int, rank: int) -> RowSums:
        """Return a worker's part of a step."""
        cuts, E = self.cuts[step].tolist(), len(self.place) // len(self.cuts)
        begin, end = cuts[rank : rank + 2]
        ends, place = self.ends[begin : end + 1], self.place[step * E : (step + 1) * E]
        place = place - np.int32(begin - cuts[0]) if rank else place
        return RowSums(self.rows[begin:end], place, ends - ends[0], self.pull[begin:end])


def plan_sums(ids: Ids, pull: Array, size: int = 1) -> SumPlan:
    """Find out which gradients of each step belong to the same row, and share the rows out among workers.

    Parameters
    ----------
    ids : (P, E), each gradient's row
    pull : (P, E), how much pulls with it
    size : number of workers
    """
    P, E = ids.shape
    bits = E.bit_length()  # row and place in one number: these sort faster than places by rows
    keys: Ids = ids.astype(np.uint32 if ids.max(initial=0) >> (32 - bits) == 0 else np.int64)
    keys <<= bits
    keys += np.arange(E, dtype=keys.dtype)
    keys.sort(axis=1)
    order = (keys & ((1 << bits) - 1)).astype(np.int32)
    order += E * np.arange(P, dtype=np.int32)[:, None]  # (P, E) + (P, 1): places in all steps
    keys >>= bits  # rows alone: (P, E), ascending in each step
    new = np.ones((P, E), bool)
    np.not_equal(keys[:, 1:], keys[:, :-1], out=new[:, 1:])
    first = np.flatnonzero(new)  # (m,): where each row's gradients begin, of all steps
    ends, rows = np.append(first, P * E).astype(np.int32), keys.ravel().take(first).astype(np.int32)
    place = np.empty(P * E, np.int32)
    place[order.ravel()] = new.cumsum(dtype=np.int32) - 1
    total = np.bincount(place, pull.ravel(), len(first))
    # (P, E), less the number of a step's first row: (P, 1)
    place.reshape(P, E)[:] -= np.searchsorted(first, E * np.arange(P)).astype(np.int32)[:, None]
    return SumPlan(rows, place, ends, total, _equal_parts(ends, E * np.arange(P + 1), size))


def _equal_parts(ends: Ids, steps: Ids, size: int) -> Ids:
    """Cut each step's rows so that all workers have equal work, a row being as much work as a gradient."""
    at = np.searchsorted(ends[:-1], steps)
    work = ends + np.arange(len(ends))  # (m + 1,): what all rows before one are
    until = work[at[:-1], None] + np.diff(work[at])[:, None] * np.arange(size + 1) // size  # (P, size + 1)
    return np.searchsorted(work, until)


def damping(curvature: Array) -> Array:
    """Compute (1 − e^(−λ))/λ, 1 for λ = 0: how far many small steps get, compared with one of their size."""
    curvature = np.maximum(curvature, 1e-12)
    return -np.expm1(-curvature) / curvature


def row_rates(counts: Ids, pivot: float, shards: int = 1) -> Array:
    """Return each row's multiple of the learning rate, for x (2V, D): shape (2V,).

        √(pivot/n) for a word seen n times, at least `SLOWEST`; its centre vector at most 1, on S shards S/4, up to 2

    A rare word is rarely an outside word: when all is read, its outside vector is still far from where it belongs. A
    frequent one needs no long steps, which leave noise behind. (The idea is AdaGrad's, with counts instead of
    sums of squares.) Many shards, whose sums are damped, learn less than one in as many epochs; where rare words may
    take longer steps, they learn as much. pivot 0 treats all alike.
    """
    if not pivot:
        return np.ones(2 * len(counts))
    outside = np.maximum(np.sqrt(pivot / np.maximum(1, counts)), SLOWEST)
    return np.append(np.minimum(outside, np.clip(shards / 4, 1, 2)), outside)


def sum_matrix(gradients: Array) -> "csc_array":
    """Return a matrix for `descend_rows` to fill: building one takes longer than the product in a short step."""
    from scipy.sparse import csc_array

    return csc_array((1, len(gradients)), dtype=gradients.dtype)


def descend_rows(
    x: Array,
    gradients: Array,
    sums: RowSums,
    rate: Array | float,
    matrix: "csc_array | None" = None,
    caps: Array | float = 1.0,
) -> float:
    """Take a step in some rows of x, in place; a row's sum does not depend on which other rows there are.

        x_i ← x_i − d_i,   d_i = r_i f(λ_i) Σ_e g_e shortened to its cap,   λ_i = r_i · PULL · pull_i

    Parameters
    ----------
    x : array (m, D)
    gradients : array (E, D)
    sums : RowSums
    rate : r, of each of these rows or one for all
    matrix : of `sum_matrix`, for one worker; it is filled anew in each step
    caps : how far each of these rows may move, or all of them, compared with `CAP`

    Returns
    -------
    Σ |d_i|² before they were shortened: not finite if the gradients are not.
    """
    rows, squares, caps = sums.rows, 0.0, np.full(len(sums.rows), caps, x.dtype)
    mine = sums.place.view(np.uint32) < len(rows)  # places below 0 are large there
    matrix = sum_matrix(gradients) if matrix is None else matrix
    if len(rows) > matrix.shape[0] or len(mine) != matrix.shape[1]:
        matrix.indices = sums.place[:0]  # what was there need not be fitted into the new shape
        matrix.resize(len(rows), len(mine))
    # by columns: gradients are read one after the other, and the sums, which are fewer, stay in the cache
    if mine.all():
        matrix.indices, matrix.indptr = sums.place, np.arange(len(mine) + 1, dtype=np.int32)
    else:
        matrix.indices, matrix.indptr = sums.place[mine], np.append(np.int32(0), mine.cumsum(dtype=np.int32))
    matrix.data = _factor(sums.pull, rate, x).take(matrix.indices)
    steps = (matrix @ gradients[: len(mine)])[: len(rows)]  # (m, D): an earlier step may have had more rows
    for i in range(0, len(rows), PART):
        some, where = steps[i : i + PART], rows[i : i + PART]
        squares += shorten(some, caps[i : i + PART])
        some += x.take(where, 0)
        _put_rows(x, where, some)
    return squares


def _put_rows(x: Array, rows: Ids, values: Array) -> None:
    """Assign x[rows] = values, each row in one piece, in half the time."""
    row = np.dtype((np.void, x[0].nbytes))  # a row's bytes as one element: views (V, 1) and (m, 1)
    x.view(row).put(rows, values.view(row), mode="clip")


def descend_table(x: Array, gradients: Array, pull: Array, rate: Array | float) -> float:
    """Take the step of `descend_rows` in every row of x, which has one gradient each: gradients (m, D), pull (m,)."""
    steps = _factor(pull, rate, x)[:, None] * gradients  # (m, 1) times (m, D)
    squares = shorten(steps, np.ones(len(steps), steps.dtype))
    x += steps
    return squares


def _factor(pull: Array, rate: Array | float, x: Array) -> Array:
    """Compute −r f(λ) of each row, in the precision of x."""
    return np.asarray((-rate * damping(rate * PULL * pull)).astype(x.dtype))


def shorten(steps: Array, caps: Array) -> float:
    """Shorten each step (m, D) to its cap (m,), in place; return the sum of their squared lengths before that."""
    squares, caps = np.vecdot(steps, steps), CAP * caps
    if len(far := np.flatnonzero(squares > caps**2)):
        steps[far] *= (caps[far] / np.sqrt(squares[far]))[:, None]
    return float(squares.sum())
