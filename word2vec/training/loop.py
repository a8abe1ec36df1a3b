"""The training loop: a generator over chunks of text that worker processes run in lockstep.

All that is random is drawn from generators seeded by (seed, epoch, chunk), all gradients of a step are taken at
one point and summed in one order: so the result depends neither on the number of workers nor on interruptions.
"""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .._types import Array, Ids
from ..runtime.workers import Worker, part_of
from ..text.corpus import CorpusError
from ..vectors.history import History, Measured
from .batches import Batch, Text
from .objective import draw_batches, make_objective
from .prefetch import Chunk
from .task import Task
from .updates import descend_rows, descend_table, sum_matrix

LEAST_MEASURED = 16  # groups of an epoch whose loss is recorded, if there are so many


@dataclass
class State:
    """Where a run stands: x, vectors of words, documents, outside words; epochs and chunks done; the loss.

    J, pairs: sum of the loss, and how many pairs it is of, since the epoch began; `since`: the same since the last
    report; trained: whether there was any pair yet; z: what words are composed of, if they are; round: of the
    shards, since the last report, motion: what these leave to the next ones, if there are some (`rounds`);
    sent: bytes that travelled.
    """

    x: Array
    z: Array | None = None
    epoch: int = 0
    chunk: int = 0
    J: float = 0.0
    pairs: float = 0.0
    trained: bool = False
    history: History = field(default_factory=History)
    since: tuple[float, float] = (0.0, 0.0)
    round: int = 0
    sent: int = 0
    motion: dict[str, Array] = field(default_factory=dict)

    def tables(self) -> dict[str, Array]:
        """Return what is trained."""
        return {"x": self.x} | ({} if self.z is None else {"z": self.z}) | self.motion

    def add(self, J: float, pairs: float, trained: bool) -> None:
        """Count what was measured in some steps, and whether there were pairs in them."""
        self.since, self.trained = (self.since[0] + J, self.since[1] + pairs), self.trained or trained

    def report(self, words: int, rate: float, otherwise: float, chunks: int = 1) -> None:
        """End a chunk, or some, after so many words, with the mean loss, or another where no pair was measured."""
        J, pairs = self.since
        self.J, self.pairs, self.since = self.J + J, self.pairs + pairs, (0.0, 0.0)
        self.chunk, self.round = self.chunk + chunks, 0
        self.history.reports.append(Measured(words, rate, mean(J, pairs) if pairs else otherwise))

    def end_epoch(self, otherwise: float, held_out: float | None) -> None:
        """End an epoch, with its mean loss, or another where no pair was measured, and that of a held-out text."""
        self.history.epochs.append(mean(self.J, self.pairs) if self.pairs else otherwise)
        if held_out is not None:
            self.history.held_out.append(held_out)
        self.epoch, self.chunk, self.J, self.pairs = self.epoch + 1, 0, 0.0, 0.0
        self.history.epoch_words = self.history.reports[-1].words // self.epoch

    def saved(self) -> tuple[int, dict[str, Array], dict[str, Any]]:
        """Return how many reports there are, and all that a continuation to the same bits needs."""
        values = {"epoch": self.epoch, "chunk": self.chunk, "loss": [self.J, self.pairs], "trained": self.trained}
        values |= {"round": self.round, "since": self.since}
        return len(self.history.reports), {**self.tables(), **self.history.arrays()}, values

    def restore(self, arrays: dict[str, Array], values: dict[str, Any]) -> None:
        """Continue from what `saved` returned; tables are filled in place, since workers share them."""
        for name, table in self.tables().items():
            table[:] = arrays[name]
        self.epoch, self.chunk, self.round = values["epoch"], values["chunk"], values.get("round", 0)
        self.since = tuple(values.get("since", self.since))
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
    steps, chunks = Steps(task, worker, task.centres), task.text.chunks
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


class Steps:
    """One worker's part in the steps of a run."""

    def __init__(self, task: Any, worker: Worker, centres: float) -> None:
        self._task, self._worker = task, worker
        self._settings = task.settings
        self._objective = make_objective(task.settings, task.words, task.documents, task.tree)
        self.place = ""  # in the text, for messages
        self._matrix = sum_matrix(task.gradients)
        self.every_composed = task.settings.ngrams.every if task.settings.ngrams else 0
        groups = centres * self._objective.groups / self._objective.n  # of an epoch, about
        self._every = min(task.settings.descent.loss_every, max(1, int(groups / LEAST_MEASURED)))

    def chunks(self, state: State) -> Iterator[Chunk]:
        """Iterate over the chunks of an epoch that are left."""
        epoch = state.epoch + 1
        found: Iterator[Chunk] = self._task.prefetch.chunks(
            self._worker, state.chunk, self._task.text.chunks, lambda chunk: self._draw(self._task.text, epoch, chunk)
        )
        return found

    def _draw(self, text: Text, epoch: int, chunk: int) -> Batch:
        # a generator for each chunk; epochs count from 1 here
        rng = np.random.default_rng((self._settings.seed, epoch, chunk + 1))
        self._task.corpus.check()  # reading from a map of a file that was cut ends a process
        try:
            return draw_batches(text, chunk, self._objective, rng)
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
        total, steps = len(self._task.text.ids), len(chunk.batches)
        begin = self._task.text.end(state.chunk - 1)
        size = self._task.text.end(state.chunk) - begin
        begin += total * state.epoch
        whole = total * self._settings.epochs
        rates = [self._settings.rate((begin + size * k / steps) / whole) for k in range(steps)]
        self.place = f"epoch {state.epoch + 1}, chunk {state.chunk + 1}"
        J, pairs = self.take(state.x, chunk, range(steps), rates)
        state.add(J, pairs, state.trained or self.any_pair(chunk.batches))
        ends = state.chunk + 1 == self._task.text.chunks
        # the draws may have left no pair in the epoch, or a few in groups that were not measured
        unseen = ends and not state.pairs + state.since[1]
        loss = self.loss(state.x, self._task.text) if unseen else math.nan
        state.report(begin + size, self._settings.rate((begin + size) / whole), loss)
        if ends:
            held_out = self._task.held_out
            state.end_epoch(loss, None if held_out is None else self.loss(state.x, held_out))

    def take(
        self,
        x: Array,
        chunk: Chunk,
        steps: range,
        rates: Sequence[float],
        ended: Callable[[Ids, Array], object] = lambda *_: None,
    ) -> tuple[float, float]:
        """Take some steps of a chunk, each at its rate; return the loss of the measured groups, and their pairs.

        Words that are composed are so anew every few steps, counted from the first one; then `ended` is given what
        `Composition.end_stretch` returns.
        """
        J, pairs, every = 0.0, 0.0, self.every_composed or max(1, len(steps))
        for first in range(0, len(steps), every):
            stretch = steps[first : first + every]
            with self._composed(x, chunk, stretch, rates[first], ended):
                for k, rate in zip(stretch, rates[first:], strict=False):
                    batch, measured = chunk.batches[k], self._measured(k)
                    J += self._step(x, batch, chunk, k, rate, measured)
                    pairs += sum(self._objective.pairs(batch, group) for group in measured)
        return J, pairs

    @contextmanager
    def _composed(
        self, x: Array, chunk: Chunk, steps: range, rate: float, ended: Callable[[Ids, Array], object]
    ) -> Iterator[None]:
        """Compose the words of a stretch of steps; afterwards give their changes to what they are composed of."""
        if (composition := self._task.composition) is None:
            yield
            return
        stretch = composition.begin_stretch(x, chunk, steps, self._worker)
        yield
        ended(*composition.end_stretch(x, stretch, rate * self._task.input_rate, self._worker))

    def _measured(self, k: int) -> list[int]:
        """Return the groups of batch k whose loss is recorded: every `loss_every`-th, starting with the first.

        They are the same ones in both halves of a batch, so that two workers have equal work. In a short text they
        stand closer, since some `LEAST_MEASURED` of an epoch shall be among them.
        """
        groups, every = self._objective.groups, self._every
        half = max(1, groups // 2)
        return [i for i in range(groups) if (k * half + i % half) % every == 0]

    def _step(self, x: Array, batch: Batch, chunk: Chunk, k: int, rate: float, measured: list[int]) -> float:
        """Take step k of a chunk: this worker's part of the groups, then its part of the rows; return the loss."""
        worker, objective, squares = self._worker, self._objective, self._task.squares
        J = self._compute(x, batch, measured)
        sums, rates, gradients = chunk.sums.part(k, worker.rank), self._task.rates, self._task.gradients
        cap = objective.input_cap(batch)
        caps = np.where(sums.rows < objective.inputs, cap, 1) if cap < 1 else 1.0
        squares[worker.rank] = descend_rows(x, gradients, sums, rate * rates.take(sums.rows), self._matrix, caps)
        if (size := objective.table) > 0:
            part = part_of(worker, size)
            U, grad_U = x[objective.inputs :][part], gradients[objective.entries :][part]  # (p, D) both
            pull, rates = objective.table_pull(batch)[part], rate * rates[objective.inputs :][part]
            squares[worker.rank] += descend_table(U, grad_U, pull, rates)
        worker.barrier()
        if not math.isfinite(squares.sum()):
            raise FloatingPointError(
                f"a gradient is not finite in {self.place}, at learning rate {rate:g}: expected numbers; try a "
                "smaller learning_rate or step"
            )
        return J

    def _compute(self, x: Array, batch: Batch, measured: list[int]) -> float:
        """Compute all gradients of a batch, each worker some groups; return the loss of the measured groups."""
        worker, groups, losses = self._worker, self._objective.groups, self._task.losses
        part = range(groups)[part_of(worker, groups)]
        mine = [group for group in measured if group in part]
        if part:
            losses[mine] = self._objective.gradients(x, batch, part, self._task.gradients, mine)
        worker.barrier()
        return float(losses[measured].sum())

    def any_pair(self, batches: Sequence[Batch]) -> bool:
        """Return whether any batch has a pair whose weight is not 0: the first group decides it, as a rule."""
        groups = range(self._objective.groups)
        return any(self._objective.pairs(batch, group) > 0 for batch in batches for group in groups)

    def loss(self, x: Array, text: Text) -> float:
        """Compute the mean loss per pair of a text, with draws that are always the same.

        Where these thin the text out so much that no pair is left, nothing is left out.
        """
        if self._task.composition is not None:
            self._task.composition.compose_all(x, self._worker)
        J, pairs = 0.0, 0.0
        for each in (text, text._replace(keep=np.ones_like(text.keep))):
            for chunk in range(text.chunks):
                J, pairs = self.measure(x, self._draw_alike(each, chunk), J, pairs)
            if pairs:
                break
        return math.nan if self._task.prefetch.unusable[0] else mean(J, pairs)

    def measure(self, x: Array, batches: Sequence[Batch], J: float = 0.0, pairs: float = 0.0) -> tuple[float, float]:
        """Add the loss of all groups of some batches to J, and the number of their pairs to that."""
        groups = list(range(self._objective.groups))
        for batch in batches:
            J += self._compute(x, batch, groups)
            pairs += sum(self._objective.pairs(batch, group) for group in groups)
            self._worker.barrier()
        return J, pairs


def mean(J: float, pairs: float) -> float:
    """Return the mean loss per pair, NaN if there is none: nothing was measured."""
    return J / pairs if pairs else math.nan
