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

from word2vec.functions import Array
from word2vec.team import shared_zeros

PULL, CAP = 0.3, 1.0


class RowSum(NamedTuple):
    """Which of E gradients add up in which row.

    rows (m,): the rows, rising; order (E,), ends (m+1,): the gradients of row i are order[ends[i]:ends[i+1]], in
    the order in which they are listed; pull (m,): how much pulls at a row, in all.
    """

    rows: NDArray[np.integer]
    order: NDArray[np.integer]
    ends: NDArray[np.integer]
    pull: Array

    def share(self, rank: int, size: int) -> "RowSum":
        """Cut out a member's share of the rows: as many as bring equal work, a row being as much as a gradient."""
        work = self.ends + np.arange(len(self.ends))
        begin, end = np.searchsorted(work, [work[-1] * rank // size, work[-1] * (rank + 1) // size])
        end = len(self.rows) if rank == size - 1 else end
        first, last = self.ends[begin], self.ends[end]
        return RowSum(
            self.rows[begin:end], self.order[first:last], self.ends[begin : end + 1] - first, self.pull[begin:end]
        )


def plan_sum(ids: NDArray[np.integer], pull: Array) -> RowSum:
    """Find out which gradients belong to the same row.

    ids (E,): each gradient's row; pull (E,): how much pulls with it.
    """
    bits = len(ids).bit_length()  # row and place in one number: these sort faster than places by rows
    keys = np.sort(np.left_shift(ids, bits, dtype=np.int64) + np.arange(len(ids)))
    order, ordered = (keys & ((1 << bits) - 1)).astype(np.int32), keys >> bits
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    total = np.add.reduceat(np.append(pull.take(order), 0), first)  # where there is no row, there is an end
    return RowSum(ordered.take(first).astype(np.int32), order, np.append(first, len(ids)).astype(np.int32), total)


class PlanBoard:
    """Room for the plans of the next steps, one of each member of a team, who all read them after they have met.

    entries : E, of every plan
    size : of the team
    """

    def __init__(self, entries: int, size: int) -> None:
        self._numbers = shared_zeros((size, 3, entries + 1), np.int32)
        self._pull = shared_zeros((size, entries), np.float64)
        self._rows = shared_zeros((size,), np.int64)

    def put(self, place: int, plan: RowSum) -> None:
        """Write a plan."""
        m, (rows, order, ends) = len(plan.rows), self._numbers[place]
        rows[:m], order[:-1], ends[: m + 1], self._pull[place, :m] = plan.rows, plan.order, plan.ends, plan.pull
        self._rows[place] = m

    def get(self, place: int) -> RowSum:
        """View the plan that was written."""
        m, (rows, order, ends) = int(self._rows[place]), self._numbers[place]
        return RowSum(rows[:m], order[:-1], ends[: m + 1], self._pull[place, :m])


def damping(curvature: Array) -> Array:
    """Compute (1 − e^(−λ))/λ, 1 for λ = 0: how far many small steps get, compared with one of their size."""
    curvature = np.maximum(curvature, 1e-12)
    return -np.expm1(-curvature) / curvature


def descend_rows(x: Array, gradients: Array, plan: RowSum, rate: float) -> float:
    """Take a step in the plan's rows of x, in place; a row's sum does not depend on which other rows there are.

        x_i ← x_i − d_i,   d_i = r f(λ_i) Σ_e g_e shortened to `CAP`,   λ_i = r · PULL · pull_i

    Parameters
    ----------
    x : array (m, D)
    gradients : array (E, D)
    plan : RowSum
    rate : r

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
