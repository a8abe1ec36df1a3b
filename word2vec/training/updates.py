"""One step of descent in the touched rows of a table: gradients summed word by word, damped where they are many.

In a step many gradients of a frequent word are taken at one point. Had they come one after the other, each would
have seen what those before it did: along a direction of curvature h, the sum of steps of size r approaches
(1 − e^(−λ))/λ of r times the sum of gradients, λ = r h. Rows are damped by just that, h being estimated from
how many pairs and negatives pull at the row (`PULL` a pair). No row moves farther than `CAP` in one step, which
bounds what no estimate foresees.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array

PULL, CAP = 0.3, 1.0
SLOWEST = 0.3


class RowSum(NamedTuple):
    """Which of E gradients add up in which row.

    rows (m,): the rows; order (E,), ends (m+1,): the gradients of row i are order[ends[i]:ends[i+1]], in the order
    in which they are listed; pull (m,): how much pulls at a row, in all.
    """

    rows: NDArray[np.integer]
    order: NDArray[np.integer]
    ends: NDArray[np.integer]
    pull: Array

    def part(self, begin: int, end: int) -> "RowSum":
        """Cut out some of the rows."""
        first, last = self.ends[begin], self.ends[end]
        return RowSum(
            self.rows[begin:end], self.order[first:last], self.ends[begin : end + 1] - first, self.pull[begin:end]
        )


class Plan(NamedTuple):
    """The sums of P steps, shared out among a team.

    sums: the rows of each step, rising, one step after the other; cuts (P, size + 1): the rows of member r in
    step p are cuts[p, r] to cuts[p, r + 1].
    """

    sums: RowSum
    cuts: NDArray[np.integer]

    def share(self, step: int, rank: int) -> RowSum:
        """Cut out a member's share of a step."""
        begin, end = self.cuts[step, rank : rank + 2].tolist()
        return self.sums.part(begin, end)


def plan_sums(ids: NDArray[np.integer], pull: Array, size: int = 1) -> Plan:
    """Find out which gradients of each step belong to the same row.

    ids (P, E): each gradient's row; pull (P, E): how much pulls with it; size: of the team.
    """
    P, E = ids.shape
    bits = E.bit_length()  # row and place in one number: these sort faster than places by rows
    keys: NDArray[np.integer] = ids.astype(np.uint32 if ids.max(initial=0) >> (32 - bits) == 0 else np.int64)
    keys <<= bits
    keys += np.arange(E, dtype=keys.dtype)
    keys.sort(axis=1)
    order = (keys & ((1 << bits) - 1)).astype(np.int32)
    keys >>= bits
    new = np.ones((P, E), bool)
    np.not_equal(keys[:, 1:], keys[:, :-1], out=new[:, 1:])
    first = np.flatnonzero(new)
    total = np.add.reduceat(pull.ravel().take(order + E * np.arange(P)[:, None]).ravel(), first)
    ends = np.append(first, P * E).astype(np.int32)
    sums = RowSum(keys.ravel().take(first).astype(np.int32), order.ravel(), ends, total)
    return Plan(sums, _equal_shares(sums.ends, E * np.arange(P + 1), size))


def _equal_shares(ends: NDArray[np.integer], steps: NDArray[np.integer], size: int) -> NDArray[np.integer]:
    """Share out each step's rows, so that all bring equal work, a row being as much as a gradient."""
    at = np.searchsorted(ends[:-1], steps)
    work = ends + np.arange(len(ends))
    until = work[at[:-1], None] + np.diff(work[at])[:, None] * np.arange(size + 1) // size
    return np.searchsorted(work, until)


def damping(curvature: Array) -> Array:
    """Compute (1 − e^(−λ))/λ, 1 for λ = 0: how far many small steps get, compared with one of their size."""
    curvature = np.maximum(curvature, 1e-12)
    return -np.expm1(-curvature) / curvature


def row_rates(counts: NDArray[np.integer], pivot: float) -> Array:
    """Say how many times as long steps the rows of x (2V, D) take as the learning rate says: (2V,).

        √(pivot/n) for a word seen n times, at least `SLOWEST`; for its centre vector at most 1

    A word that is seldom seen is seldom an outside word: when all is read, its outside vector is still far from where
    it belongs. One that is seen all the time needs no long steps, which leave noise behind. (The idea is AdaGrad's,
    with counts in the place of sums of squares.) pivot 0 treats all alike.
    """
    if not pivot:
        return np.ones(2 * len(counts))
    outside = np.maximum(np.sqrt(pivot / np.maximum(1, counts)), SLOWEST)
    return np.append(np.minimum(outside, 1), outside)


def descend_rows(x: Array, gradients: Array, plan: RowSum, rate: Array | float) -> float:
    """Take a step in the plan's rows of x, in place; a row's sum does not depend on which other rows there are.

        x_i ← x_i − d_i,   d_i = r_i f(λ_i) Σ_e g_e shortened to `CAP`,   λ_i = r_i · PULL · pull_i

    Parameters
    ----------
    x : array (m, D)
    gradients : array (E, D)
    plan : RowSum
    rate : r, of each of the plan's rows or one for all

    Returns
    -------
    Σ |d_i|² before they were shortened: not finite if the gradients are not.
    """
    from scipy.sparse import csr_array

    factor = -rate * damping(rate * PULL * plan.pull)
    each = factor.astype(x.dtype).repeat(np.diff(plan.ends))
    steps = csr_array((each, plan.order, plan.ends), (len(plan.rows), len(gradients))) @ gradients
    squares = np.vecdot(steps, steps)
    far = np.flatnonzero(squares > CAP**2)
    steps[far] *= (CAP / np.sqrt(squares[far]))[:, None]
    steps += x.take(plan.rows, axis=0)
    x[plan.rows] = steps
    return float(squares.sum())
