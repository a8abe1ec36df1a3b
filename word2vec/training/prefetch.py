"""What comes before a chunk's steps: its random draws, and the plan of which gradients add up in which row.

Each worker draws and plans one of the chunks that come next and writes it into shared memory, where all read it. What
is prepared does not depend on who prepares it, or when.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array
from ..runtime.workers import Worker, shared_zeros
from ..text.corpus import CorpusError
from .batches import Batch
from .protocol import Objective
from .updates import SumPlan, plan_sums


class Chunk(NamedTuple):
    """A chunk that was drawn and planned: its batches, one for each step, and the sums of these steps."""

    batches: list[Batch]
    sums: SumPlan


class Prefetch:
    """Room for one chunk of each worker.

    Parameters
    ----------
    objective : Objective
    centres : words of a chunk, at most
    size : number of workers
    weighted : whether sentences have weights

    unusable (1,), shared: 1 + the number of a chunk that some worker could not draw, 0 if there is none
    """

    def __init__(self, objective: Objective, centres: int, size: int, *, weighted: bool = False) -> None:
        self._objective = objective
        steps = -(-centres // objective.n)
        n, entries = steps * objective.n, steps * objective.entries
        groups, shared = objective.negatives
        self.unusable = shared_zeros((1,), np.int64)
        arrays: list[tuple[tuple[int, ...], DTypeLike]] = [
            # the fields of `Batch`, in their order
            ((n + 2 * objective.window,), np.int32),
            ((n,), np.int32),
            ((n,), np.int32),
            ((steps * groups, shared), np.int32),
            ((n if objective.documents else 0,), np.int32),
            ((n if weighted else 0,), np.float32),
            # those of `SumPlan`: there are no more rows than gradients
            ((entries,), np.int32),
            ((entries,), np.int32),
            ((entries + 1,), np.int32),
            ((entries,), np.float64),
            ((steps, size + 1), np.int64),
        ]
        self._slots = _Slots(size, arrays)

    def chunks(self, worker: Worker, first: int, count: int, draw: Callable[[int], Batch]) -> Iterator[Chunk]:
        """Iterate over an epoch's chunks first … count − 1; every worker does so, with a barrier after each chunk.

        draw : function of a chunk's number, which draws the same in all workers

        Raises CorpusError in all workers, before any step of these chunks, if one of them could not draw its own.
        """
        for begin in range(first, count, worker.size):
            if (mine := begin + worker.rank) < count:
                try:
                    batch = draw(mine)
                except CorpusError:
                    self.unusable[0] = mine + 1
                else:
                    ids, pull = self._objective.rows(batch.cut(self._objective.n))  # (steps, entries)
                    self._slots.write(worker.rank, (*batch, *plan_sums(ids, pull, worker.size)))
            worker.barrier()
            if self.unusable[0]:
                draw(int(self.unusable[0]) - 1)  # which says why
                raise CorpusError("the text was changed while it was in use")
            for rank in range(min(worker.size, count - begin)):  # in the order of the text, whoever drew them
                arrays = self._slots.read(rank)
                yield Chunk(Batch(*arrays[:6]).cut(self._objective.n), SumPlan(*arrays[6:]))


class _Slots:
    """A slot of arrays for each worker in shared memory; all can read them after a barrier.

    Parameters
    ----------
    size : number of workers
    arrays : largest shape, and type, of each array
    """

    def __init__(self, size: int, arrays: Sequence[tuple[Sequence[int], DTypeLike]]) -> None:
        self._arrays = [shared_zeros((size, *shape), dtype) for shape, dtype in arrays]
        self._lengths = shared_zeros((size, len(arrays)), np.int64)

    def write(self, rank: int, arrays: Iterable[Array]) -> None:
        """Write a worker's arrays, in place of its last ones."""
        for i, (room, array) in enumerate(zip(self._arrays, arrays, strict=True)):
            room[rank, : len(array)], self._lengths[rank, i] = array, len(array)

    def read(self, rank: int) -> list[Array]:
        """Return views of a worker's arrays."""
        lengths = self._lengths[rank].tolist()
        return [room[rank, :length] for room, length in zip(self._arrays, lengths, strict=True)]
