"""Which derivatives are compared: every coordinate of a small problem; of a large one, what its gradient touches."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from word2vec.gradcheck.parameters import Array, Parameters

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Plan(NamedTuple):
    """Flat indices: those compared one by one, those only in random directions, those that must be untouched."""

    single: Indices
    together: Indices
    untouched: Indices


def make_plan(
    parameters: Parameters, gradient: Array, limit: int, rng: np.random.Generator, only: tuple[str, int] | None
) -> Plan:
    """Choose what to compare.

    Up to `limit` entries: all of them, one by one. Above, a row whose gradient is exactly zero is untouched (in a
    block with one axis: an entry). All touched entries are compared one by one if they are no more than `limit`;
    else about a tenth of `limit`, of the rows with the largest and the smallest gradients and of random ones.
    Where nothing is touched, so that there is nothing to sample: the first entries.
    """
    none = np.empty(0, np.intp)
    if only is not None:
        return Plan(_row(parameters, *only), none, none)
    if parameters.n <= limit:
        return Plan(np.arange(parameters.n), none, none)
    is_touched = _touched(parameters, gradient)
    touched, untouched = np.flatnonzero(is_touched), np.flatnonzero(~is_touched)
    few = max(1, limit // 10)
    if not len(touched):
        return Plan(untouched[:few], none, untouched)
    if len(touched) <= limit:
        return Plan(touched, touched, untouched)
    return Plan(_sample(parameters, gradient, is_touched, few, rng), touched, untouched)


def _row(parameters: Parameters, name: str, row: int) -> Indices:
    """Give the entries of one row of a block."""
    block = parameters.block(name)
    rows = block.size // block.width
    if not 0 <= row < rows:
        raise ValueError(f"only=({name!r}, {row}): expected a row from 0 to {rows - 1}")
    return np.arange(block.start + row * block.width, block.start + (row + 1) * block.width)


def _touched(parameters: Parameters, gradient: Array) -> Mask:
    """Mark the entries of rows with any gradient."""
    touched = np.zeros(parameters.n, bool)
    for block in parameters.blocks:
        rows = (gradient[block.part] != 0).reshape(-1, block.width if len(block.shape) > 1 else 1)
        touched[block.part] = np.repeat(rows.any(axis=1), rows.shape[1])
    return touched


def _sample(parameters: Parameters, gradient: Array, touched: Mask, count: int, rng: np.random.Generator) -> Indices:
    """Take the rows with the largest and smallest gradients and random ones, about `count` entries in all."""
    starts = parameters.row_starts()
    size = np.maximum.reduceat(np.abs(gradient), starts)
    rows = np.flatnonzero(touched[starts] | (size > 0))
    ordered = rows[np.argsort(size[rows], kind="stable")]
    third = max(1, int(count // (3 * parameters.widths().mean())))
    some = rng.choice(rows, min(third, len(rows)), replace=False)
    chosen = np.concatenate([ordered[:third], ordered[-third:], some])
    ends = starts + parameters.widths()
    entries: Indices = np.concatenate([np.arange(starts[row], ends[row]) for row in np.unique(chosen)])
    return entries[touched[entries]][: 2 * count]
