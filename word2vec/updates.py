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

PULL, CAP = 0.3, 1.0


class RowSum(NamedTuple):
    """Which of E gradients add up in which row.

    rows (m,): the rows, rising; order, ends (m+1,): the gradients of row i are order[ends[i]:ends[i+1]], in the
    order in which they are listed; pull (m,): how much pulls at a row, in all.
    """

    rows: NDArray[np.integer]
    order: NDArray[np.integer]
    ends: NDArray[np.integer]
    pull: Array


def plan_sum(ids: NDArray[np.integer], pull: Array, rank: int = 0, size: int = 1) -> RowSum:
    """Find out which gradients belong to the same row, for a member's share of the rows: row mod size = rank.

    ids (E,): each gradient's row; pull (E,): how much pulls with it.
    """
    if size > 1:
        mine = np.flatnonzero(ids % size == rank)
        plan = plan_sum(ids.take(mine), pull.take(mine))
        return plan._replace(order=mine.take(plan.order).astype(np.int32))
    bits = len(ids).bit_length()  # row and place in one number: these sort faster than places by rows
    keys = np.sort(np.left_shift(ids, bits, dtype=np.int64) + np.arange(len(ids)))
    order, ordered = keys & ((1 << bits) - 1), keys >> bits
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    total = np.add.reduceat(np.append(pull.take(order), 0), first)  # where there is no row, there is an end
    return RowSum(ordered.take(first), order.astype(np.int32), np.append(first, len(ids)).astype(np.int32), total)


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
