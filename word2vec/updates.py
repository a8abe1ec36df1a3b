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

PULL, CAP = 0.3, 3.0


class RowSum(NamedTuple):
    """Which of E gradients add up in which row.

    rows (m,): the rows, rising; order (E,), ends (m+1,): those of row i are order[ends[i]:ends[i+1]], in the
    order in which they were listed; pull (m,): how much pulls at a row, in all.
    """

    rows: NDArray[np.integer]
    order: NDArray[np.int32]
    ends: NDArray[np.int32]
    pull: Array


def plan_sum(ids: NDArray[np.integer], pull: Array) -> RowSum:
    """Find out which gradients belong to the same row: ids (E,), pull (E,), E ≥ 1."""
    order = np.argsort(ids, kind="stable").astype(np.int32)
    ordered = ids.take(order)
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    ends = np.append(first, len(ids)).astype(np.int32)
    return RowSum(ordered.take(first), order, ends, np.add.reduceat(pull.take(order), first))


def shares(plan: RowSum, parts: int) -> list[tuple[int, int]]:
    """Split the rows into parts with about as many gradients each: pairs (begin, end)."""
    bounds = np.searchsorted(plan.ends, np.linspace(0, plan.ends[-1], parts + 1))
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))


def damping(curvature: Array) -> Array:
    """Compute (1 − e^(−λ))/λ, 1 for λ = 0: how far many small steps get, compared with one of their size."""
    safe = np.where(curvature > 0, curvature, 1)
    return np.where(curvature > 0, -np.expm1(-safe) / safe, 1)


def descend_rows(x: Array, gradients: Array, plan: RowSum, share: tuple[int, int], rate: float) -> float:
    """Take a step in some rows of x, in place: each row's sum does not depend on how rows are shared out.

        x_i ← x_i − d_i,   d_i = r f(λ_i) Σ_e g_e shortened to `CAP`,   λ_i = r · PULL · pull_i

    Parameters
    ----------
    x : array (m, D)
    gradients : array (E, D)
    plan : RowSum of their rows
    share : (begin, end), which of the plan's rows
    rate : r

    Returns
    -------
    Σ |d_i|² before they were shortened: not finite if the gradients are not.
    """
    from scipy.sparse import csr_array

    begin, end = share
    rows, ends = plan.rows[begin:end], plan.ends[begin : end + 1]
    factor = -rate * damping(rate * PULL * plan.pull[begin:end])
    data = factor.astype(x.dtype).repeat(np.diff(ends))
    chosen = csr_array((data, plan.order[ends[0] : ends[-1]], ends - ends[0]), (end - begin, len(gradients)))
    steps = chosen @ gradients
    squares = np.vecdot(steps, steps)
    far = np.flatnonzero(squares > CAP**2)
    steps[far] *= (CAP / np.sqrt(squares[far]))[:, None]
    x[rows] += steps
    return float(squares.sum())
