"""Which derivatives are compared: every coordinate of a small problem; of a large one, what its gradient touches."""

from typing import NamedTuple

import numpy as np

from .parameters import Array, Indices, Parameters

DIRECTIONS = 2

Only = str | tuple[str, int] | None  # a block, or one row of it


class Plan(NamedTuple):
    """Flat indices: those compared one by one, those only in random directions, those that must be untouched."""

    single: Indices
    together: Indices = np.empty(0, np.intp)
    untouched: Indices = np.empty(0, np.intp)

    @property
    def scope(self) -> str:
        """Return what is compared along directions only, in words, or ""."""
        text = ""
        if len(self.together) > len(self.single):
            seen = 4 * len(self.together) ** 0.5
            text += f"{len(self.together):,} along {DIRECTIONS} random directions, where {seen:.0f} tolerances show; "
        if len(self.untouched):
            text += f"{len(self.untouched):,} of untouched rows along one; "
        return text


def make_plan(parameters: Parameters, gradient: Array, limit: int, rng: np.random.Generator, only: Only) -> Plan:
    """Choose what to compare, of all or `only` one block; raise ValueError if that or its row does not exist.

    Up to `limit` entries: all of them, one by one. Above, a row whose gradient is exactly zero is untouched (in a
    block with one axis: an entry). All touched entries are compared one by one if they are no more than `limit`;
    else about a tenth of `limit`, of the rows with the largest and the smallest gradients and of random ones. If none
    is touched: the first entries.
    """
    here = slice(0, parameters.n)
    if isinstance(only, str):
        here = parameters.block(only).part
    elif only is not None:
        rows = parameters.block(only[0]).rows(np.arange(parameters.n))
        if not 0 <= only[1] < len(rows):
            raise ValueError(f"only=({only[0]!r}, {only[1]}): expected a row from 0 to {len(rows) - 1}")
        return Plan(rows[only[1]])
    if here.stop - here.start <= limit:
        return Plan(np.arange(here.start, here.stop))
    is_touched = gradient != 0
    nonzero = np.flatnonzero(is_touched)
    for block in parameters.blocks:
        if len(block.shape) > 1:
            inside = nonzero[slice(*np.searchsorted(nonzero, [block.part.start, block.part.stop]))]
            is_used = np.zeros(len(block.rows(gradient)), bool)
            is_used[(inside - block.part.start) // block.width] = True
            block.rows(is_touched)[is_used] = True
    touched, untouched = map(np.flatnonzero, (is_touched[here], ~is_touched[here]))
    if here.start:
        touched, untouched = touched + here.start, untouched + here.start
    few = max(1, limit // 10)
    if not len(touched):
        return Plan(untouched[:few], untouched=untouched)
    if len(touched) <= limit:
        return Plan(touched, touched, untouched)
    is_here = np.zeros(parameters.n, bool)
    is_here[here] = True
    return Plan(_sample(parameters, gradient * is_here, is_touched & is_here, few, rng), touched, untouched)


def _sample(parameters: Parameters, gradient: Array, touched: Array, count: int, rng: np.random.Generator) -> Indices:
    """Choose the rows with the largest and smallest gradients and random ones, about `count` entries in all."""
    starts = np.concatenate([np.arange(b.part.start, b.part.stop, b.width) for b in parameters.blocks])
    size = np.maximum.reduceat(np.abs(gradient), starts)  # (rows of all blocks,)
    rows = np.flatnonzero(touched[starts] | (size > 0))
    ordered = rows[np.argsort(size[rows], kind="stable")]
    third = max(1, count * len(starts) // (3 * parameters.n))  # rows of the average width in a third of count
    some = rng.choice(rows, min(third, len(rows)), replace=False)
    chosen = np.concatenate([ordered[:third], ordered[-third:], some])
    ends = np.append(starts[1:], parameters.n)
    entries: Indices = np.concatenate([np.arange(starts[row], ends[row]) for row in np.unique(chosen)])
    return entries[touched[entries]][: 2 * count]
