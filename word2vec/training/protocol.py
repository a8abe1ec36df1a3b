"""What a step of training asks of a model and a loss, whichever these are (`training.objective`)."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from .._types import Array, Ids
from .batches import Batch


class Objective(Protocol):
    """A loss over batches of n positions, for x (R + O, D): the rows of the input above those of the output.

    n, window : positions of a batch, and the largest window C
    inputs : R
    input_rate : how many times the learning rate the rows of the input take
    groups : parts of a batch whose gradients can be computed one by one
    negatives : how many a batch has, (groups, N) or (0, 0)
    entries : gradients of a batch whose rows differ from batch to batch, at most
    table : further gradients, one for each row of the output in order, or 0
    documents : whether documents have vectors, which a batch then names
    full : whether all windows have their full size
    """

    n: int
    window: int
    full: bool
    inputs: int
    groups: int
    negatives: tuple[int, int]
    entries: int
    documents: bool = False
    input_rate: float = 1.0
    table: int = 0

    def rows_of(self, batch: Batch) -> tuple[Ids, Array]:
        """Return the row of x of each gradient, and how much pulls there: both (E,), E ≤ entries."""

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Return `rows_of` batches, both (batches, E); what one lacks are zeros that are added to one row."""
        found = [self.rows_of(batch) for batch in batches]
        most = max((len(rows) for rows, _ in found), default=self.entries)
        ids, pull = np.full((len(found), most), self.inputs, np.int32), np.zeros((len(found), most))
        for k, (rows, pulls) in enumerate(found):
            ids[k, : len(rows)], pull[k, : len(rows)] = rows, pulls
        return ids, pull

    def table_pull(self, batch: Batch) -> Array:  # noqa: ARG002
        """Return how much pulls at each row of the output: (table,)."""
        return np.empty(0)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the groups' part of out (entries + table, D); return the loss of those that are measured."""

    def weights(self, part: Batch) -> Array:
        """Return the number of each position's pairs, each weighted as its loss is: (m,)."""

    def pairs(self, batch: Batch, group: int) -> float:
        """Return the number of a group's pairs, each weighted as its loss is."""
        size = self.n // self.groups
        return float(self.weights(batch.part(group * size, (group + 1) * size)).sum())

    def input_cap(self, batch: Batch) -> float:  # noqa: ARG002
        """Return how far a row of the input may move in a step, compared with `CAP`."""
        return 1.0
