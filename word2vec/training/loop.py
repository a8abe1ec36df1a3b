"""The training loop: a generator over chunks of text that worker processes run in lockstep.

All that is random is drawn from generators seeded by (seed, epoch, chunk), all gradients of a step are taken at
one point and summed in one order: so the result depends neither on the number of workers nor on interruptions.
"""

import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .._types import Array
from ..runtime.workers import Worker
from ..text.corpus import CorpusError
from ..vectors.history import History, Measured
from .batches import Batch, Text
from .objective import make_objective
from .prefetch import Chunk
from .task import Task
from .updates import descend_rows, descend_table, sum_matrix

LEAST_MEASURED = 16  # groups of an epoch whose loss is recorded, if there are so many


@dataclass
class State:
    """Where a run stands: x, vectors of words, documents, outside words; epochs and chunks done; the loss.

    J, pairs: sum of the loss, and how many pairs it is of, since the epoch began; trained: whether there was
    any pair yet; z: what words are composed of, if they are.
    """

    x: Array
    z: Array | None = None
    epoch: int = 0
    chunk: int = 0
    J: float = 0.0
    pairs: float = 0.0
    trained: bool = False
    history: History = field(default_factory=History)

    def tables(self) -> dict[str, Array]:
        """Return what is trained."""
        return {"x": self.x} | ({} if self.z is None else {"z": self.z})

    def saved(self) -> tuple[int, dict[str, Array], dict[str, Any]]:
        """Return how many reports there are, and all that a continuation to the same bits needs."""
        values = {"epoch": self.epoch, "chunk": self.chunk, "loss": [self.J, self.pairs], "trained": self.trained}
        return len(self.history.reports), {**self.tables(), **self.history.arrays()}, values

    def restore(self, arrays: dict[str, Array], values: dict[str, Any]) -> None:
        """Continue from what `saved` returned; x is filled in place, since workers share it."""
        self.x[:] = arrays["x"]
        if self.z is not None:
            self.z[:] = arrays["z"]
        self.epoch, self.chunk = values["epoch"], values["chunk"]
        (self.J, self.pairs), self.trained = values["loss"], values.get("trained", True)
        self.history = History.from_arrays(arrays, complete=False)


def training_loop(task: Task, state: State, worker: Worker) -> Generator[State, None, None]:
    """Train chunk by chunk to the end; every worker iterates over this, and worker 0 gets the state after each chunk.

    When worker 0 closes the generator, the others stop after the same chunk. Worker 0 changes the state in place;
    the others keep a count of their own. Raises FloatingPointError if a gradient is not finite any more; CorpusError,
    with the state as it was after the last chunk, if the text cannot be used any more.
    """
    if worker.rank:
        state = replace(state, history=History())
    steps, chunks = _Steps(task, worker), task.text.chunks
    while state.epoch < task.settings.epochs:
        for chunk in steps.chunks(state):
            steps.train(state, chunk)
            done = state.epoch * chunks + state.chunk
            try:
                if worker.rank == 0:
                    yield state
            except GeneratorExit:
                task.stopped_after[0] = done
                worker.barrier()
                raise
            worker.barrier()
            if task.stopped_after[0] == done:
                return


class _Steps:
    """One worker's part in the steps of a run."""

    def __init__(self, task: Task, worker: Worker) -> None:
        self._task, self._worker = task, worker
        self._settings, self._text = task.settings, task.text
        self._objective = make_objective(task.settings, task.words, task.documents, task.tree)
        self._matrix = sum_matrix(task.gradients)
        self._every_composed = task.settings.ngrams.every if task.settings.ngrams else 0
        groups = task.centres * self._objective.groups / self._objective.n  # of an epoch, about
        self._every = min(task.settings.descent.loss_every, max(1, int(groups / LEAST_MEASURED)))

    def chunks(self, state: State) -> Iterator[Chunk]:
        epoch = state.epoch + 1
        return self._task.prefetch.chunks(
            self._worker, state.chunk, self._text.chunks, lambda chunk: self._draw(self._text, epoch, chunk)
        )

    def _draw(self, text: Text, epoch: int, chunk: int) -> Batch:
        # a generator for each chunk; epochs count from 1 here
        rng = np.random.default_rng((self._settings.seed, epoch, chunk + 1))
        self._task.corpus.check()  # reading from a map of a file that was cut ends a process
        try:
            return self._objective.draw(text, chunk, rng)
        finally:
            self._task.corpus.check()  # what was overwritten meanwhile may have raised anything

    def _draw_alike(self, text: Text, chunk: int) -> list[Batch]:
        """Draw the batches of a held-out chunk; in all workers none, if one of them could not draw them."""
        batches, unusable = [], self._task.prefetch.unusable
        try:
            batches = self._draw(text, 0, chunk).cut(self._objective.n)
        except CorpusError:
            unusable[0] = 1
        self._worker.barrier()
        batches = [] if unusable[0] else batches
        self._worker.barrier()  # before the next chunk may change that
        return batches

    def train(self, state: State, chunk: Chunk) -> None:
        """Take the steps of a chunk, and report; at the end of an epoch begin the next one."""
        J, pairs, total = 0.0, 0.0, len(self._text.ids)
        begin = self._text.end(state.chunk - 1)
        size = self._text.end(state.chunk) - begin
        begin += total * state.epoch
        whole = total * self._settings.epochs
        steps = len(chunk.batches)
        for first in range(0, steps, self._every_composed or steps or 1):
            rates = [
                self._settings.rate((begin + size * k / steps) / whole)
                for k in range(first, min(steps, first + (self._every_composed or steps)))
            ]
            with self._composed(state.x, chunk, first, rates[0]):
                for k, rate in enumerate(rates, first):
                    batch, measured = chunk.batches[k], self._measured(k)
                    J += self._step(state, batch, chunk, k, rate, measured)
                    pairs += sum(self._objective.pairs(batch, group) for group in measured)
        state.J, state.pairs, state.chunk = state.J + J, state.pairs + pairs, state.chunk + 1
        rate, loss, epoch_loss = (
            self._settings.rate((begin + size) / whole),
            mean(J, pairs),
            mean(state.J, state.pairs),
        )
        state.trained = state.trained or any(
            batch.left.any() or batch.right.any() or (batch.documents >= 0).any() for batch in chunk.batches
        )
        ends = state.chunk == self._text.chunks
        if ends and not state.pairs:  # the draws left no pair in the epoch, or a few in groups that were not measured
            loss = epoch_loss = self._loss(state.x, self._text)
        state.history.reports.append(Measured(begin + size, rate, loss))
        if ends:
            state.history.epochs.append(epoch_loss)
            if self._task.held_out is not None:
                state.history.held_out.append(self._loss(state.x, self._task.held_out))
            state.epoch, state.chunk, state.J, state.pairs = state.epoch + 1, 0, 0.0, 0.0

    @contextmanager
    def _composed(self, x: Array, chunk: Chunk, first: int, rate: float) -> Iterator[None]:
        """Compose the words of a stretch of steps; afterwards give their changes to what they are composed of."""
        if (composition := self._task.composition) is None:
            yield
            return
        stretch = composition.begin_stretch(x, chunk, first, self._worker)
        yield
        composition.end_stretch(x, stretch, rate, self._worker)

    def _measured(self, k: int) -> list[int]:
        """Return the groups of batch k whose loss is recorded: every `loss_every`-th, starting with the first.

        They are the same ones in both halves of a batch, so that two workers have equal work. In a short text they
        stand closer, since some `LEAST_MEASURED` of an epoch shall be among them.
        """
        groups, every = self._objective.groups, self._every
        half = max(1, groups // 2)
        return [i for i in range(groups) if (k * half + i % half) % every == 0]

    def _step(self, state: State, batch: Batch, chunk: Chunk, k: int, rate: float, measured: list[int]) -> float:
        """Take step k of a chunk: this worker's part of the groups, then its part of the rows; return the loss."""
        worker, objective, squares = self._worker, self._objective, self._task.squares
        J = self._compute(state.x, batch, measured)
        sums, rates, gradients = chunk.plan.part(k, worker.rank), self._task.rates, self._task.gradients
        squares[worker.rank] = descend_rows(state.x, gradients, sums, rate * rates.take(sums.rows), self._matrix)
        if (size := objective.table) > 0:
            part = slice(size * worker.rank // worker.size, size * (worker.rank + 1) // worker.size)
            U, grad_U = state.x[objective.inputs :][part], gradients[objective.entries :][part]
            pull, rates = objective.table_pull(batch)[part], rate * rates[objective.inputs :][part]
            squares[worker.rank] += descend_table(U, grad_U, pull, rates)
        worker.barrier()
        if not math.isfinite(squares.sum()):
            raise FloatingPointError(
                f"a gradient is not finite in epoch {state.epoch + 1}, chunk {state.chunk + 1}, at learning rate "
                f"{rate:g}: expected numbers; try a smaller learning_rate or step"
            )
        return J

    def _compute(self, x: Array, batch: Batch, measured: list[int]) -> float:
        """Compute all gradients of a batch, each worker some groups; return the loss of the measured groups."""
        worker, groups, losses = self._worker, self._objective.groups, self._task.losses
        part = range(groups * worker.rank // worker.size, groups * (worker.rank + 1) // worker.size)
        mine = [group for group in measured if group in part]
        if part:
            losses[mine] = self._objective.gradients(x, batch, part, self._task.gradients, mine)
        worker.barrier()
        return float(losses[measured].sum())

    def _loss(self, x: Array, text: Text) -> float:
        """Compute the mean loss per pair of a text, with draws that are always the same.

        Where these thin the text out so much that no pair is left, nothing is left out.
        """
        if self._task.composition is not None:
            self._task.composition.compose_all(x, self._worker)
        J, pairs, groups = 0.0, 0.0, list(range(self._objective.groups))
        for each in (text, text._replace(keep=np.ones_like(text.keep))):
            for chunk in range(text.chunks):
                for batch in self._draw_alike(each, chunk):
                    J += self._compute(x, batch, groups)
                    pairs += sum(self._objective.pairs(batch, group) for group in groups)
                    self._worker.barrier()
            if pairs:
                break
        return math.nan if self._task.prefetch.unusable[0] else mean(J, pairs)


def mean(J: float, pairs: float) -> float:
    """Return the mean loss per pair, NaN if there is none: nothing was measured."""
    return J / pairs if pairs else math.nan
