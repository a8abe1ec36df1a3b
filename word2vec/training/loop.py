"""A training run as an object: its settings, where it stands, its loop over chunks and steps, its loss.

All that is random is drawn from generators seeded by (seed, epoch, chunk), all gradients of a step are taken at
one point and summed in one order: so the result depends neither on the number of threads nor on interruptions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array
from word2vec.runtime.workers import Member, shared_zeros
from word2vec.training.batches import Text
from word2vec.training.objectives import NaiveSoftmax, Objective, SharedNegatives, cut
from word2vec.training.prefetch import Desk, Lookahead, desk_memory
from word2vec.training.skipgram import BLOCK, Batch, Kernel
from word2vec.training.updates import descend_rows, row_rates
from word2vec.vectors.history import History, Measured

Counts = NDArray[np.integer]

OBJECTIVES = ("negative-sampling", "naive-softmax")
WINDOWS = ("weighted", "drawn")
STEP = 2048
CENTRES_A_NEGATIVE = 4
SOFTMAX_STEP = 64


@dataclass(frozen=True)
class Settings:
    """What determines the vectors, together with the text; what each means is said in `trainer.train`."""

    dim: int = 100
    window: int = 5
    negatives: int = 5
    objective: str = "negative-sampling"
    sample: float = 1e-3
    noise_exponent: float = 0.75
    epochs: int = 5
    learning_rate: float = 0.025
    end_rate: float = 1e-4
    windows: str = "weighted"
    pivot: float = 1000.0
    shared: int = 32
    step: int = STEP
    loss_every: int = 64
    dtype: str = "float32"
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises
        ------
        ValueError, TypeError
            Naming the setting and what was expected.
        """
        for name in ("dim", "window", "negatives", "epochs", "shared", "step", "loss_every"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool):
                raise TypeError(f"{name} is {value!r}: expected a whole number")
            if value < 1:
                raise ValueError(f"{name} is {value}: expected at least 1")
        self._check_numbers()
        if self.objective not in OBJECTIVES:
            raise ValueError(f"objective is {self.objective!r}: expected one of {', '.join(OBJECTIVES)}")
        if self.windows not in WINDOWS:
            raise ValueError(f"windows is {self.windows!r}: expected one of {', '.join(WINDOWS)}")
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f"dtype is {self.dtype!r}: expected 'float32' or 'float64'")

    def _check_numbers(self) -> None:
        """Refuse rates, seeds and steps out of range."""
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate is {self.learning_rate}: expected a positive number, commonly 0.025")
        if not 0 <= self.end_rate <= self.learning_rate:
            raise ValueError(f"end_rate is {self.end_rate}: expected 0 to learning_rate ({self.learning_rate})")
        if not 0 <= self.pivot < math.inf:
            raise ValueError(f"pivot is {self.pivot}: expected a count such as 1000, or 0 to treat all words alike")
        if not isinstance(self.seed, int | np.integer) or not 0 <= self.seed < 2**64:
            raise ValueError(f"seed is {self.seed!r}: expected a whole number from 0 to 2^64 - 1")
        if self.step & (self.step - 1) or self.step < BLOCK:
            raise ValueError(f"step is {self.step}: expected a power of two, at least {BLOCK}")

    def rate(self, done: float) -> float:
        """Give the learning rate after a share of all the work: a straight line from first to last."""
        return self.learning_rate + (self.end_rate - self.learning_rate) * done


@dataclass
class State:
    """Where a run stands: x (2V, D), centre vectors above outside vectors; epochs and chunks done; the loss.

    J, pairs: sum of the loss, and how many pairs it is of, since the epoch began.
    """

    x: Array
    epoch: int = 0
    chunk: int = 0
    J: float = 0.0
    pairs: float = 0.0
    history: History = field(default_factory=History)


def memory_needed(settings: Settings, words: int, workers: int) -> int:
    """Estimate the bytes that training takes beside the text: tables, a step's gradients, buffers."""
    s, n = settings, settings.step
    number = 8 if s.dtype == "float64" else 4
    tables = 3 * words * s.dim  # the first centre vectors are drawn beside their table
    if s.objective == "naive-softmax":
        return number * (tables + 2 * words * s.dim + 8 * SOFTMAX_STEP * words) + desk_memory(words, workers)
    wide = BLOCK + 2 * s.window
    gradients = n + n * wide // BLOCK + n * s.shared // group_size(s)
    buffers = 4 * n * s.dim + 4 * n * (wide + s.shared) + BLOCK * (s.window + 1) ** 2 * wide
    return number * (tables + gradients * s.dim + workers * buffers) + desk_memory(gradients, workers)


def make_objective(settings: Settings, words: int) -> Objective:
    """Make the objective that the settings name."""
    s = settings
    if s.objective == "naive-softmax":
        return NaiveSoftmax(words, min(s.step, SOFTMAX_STEP), s.window)
    full = s.windows == "weighted"
    near = np.linspace(1, 0, s.window, endpoint=False) if full else 1.0  # how often a window drawn from 1..C reaches
    kernel = Kernel(s.step, s.dim, s.window, s.negatives, s.shared, s.dtype, near=near, group=group_size(s))
    return SharedNegatives(words, kernel, full=full)


def group_size(settings: Settings) -> int:
    """Choose how many centres share negatives: a power of two, about `CENTRES_A_NEGATIVE` for each negative.

    With more of them a negative's vector moves in few large jumps, and the vectors get worse.
    """
    group = BLOCK
    while group < settings.step and 2 * group <= CENTRES_A_NEGATIVE * settings.shared:
        group *= 2
    return group


def first_vectors(settings: Settings, words: int) -> Array:
    """Draw x (2V, D): centre vectors in ±1/D as gensim does, outside vectors 0; in memory that a team can share."""
    s = settings
    x = shared_zeros((2 * words, s.dim), s.dtype)
    V = np.random.default_rng((s.seed, 0, 0)).random((words, s.dim), x.dtype.type)
    V -= 0.5
    np.divide(V, s.dim / 2, out=x[:words])
    return x


class Training:
    """A run over a text, and what the members of its team share.

    Parameters
    ----------
    settings : Settings
    text : Text
        To learn from.
    counts : (V,), how often each word is seen
    workers : size of the team
    held_out : Text, whose loss is computed after each epoch; optional
    """

    def __init__(
        self, settings: Settings, text: Text, counts: Counts, workers: int, held_out: Text | None = None
    ) -> None:
        import scipy.sparse  # noqa: F401  (loaded once, before there is a team)

        self.settings, self.text, self.words, self.held_out = settings, text, len(counts), held_out
        objective = make_objective(settings, self.words)
        self.rates = row_rates(counts, settings.pivot if settings.objective == "negative-sampling" else 0)
        self.gradients = shared_zeros((objective.entries, settings.dim), settings.dtype)
        self.losses = shared_zeros((objective.groups,), np.float64)
        self.desk = Desk(objective, text.end(0), workers)
        self.squares = shared_zeros((workers,), np.float64)
        self.stop = shared_zeros((1,), np.float64)

    def go_on(self, state: State, member: Member, after: Callable[[State], bool]) -> None:
        """Train to the end, or until `after` says True; every member of the team calls this.

        Parameters
        ----------
        state : State, changed in place by the first member; the others keep count for themselves
        member : Member
        after : called by the first member after each chunk

        Raises
        ------
        FloatingPointError
            If a gradient is not finite any more.
        """
        if member.rank:
            state = replace(state, history=History())
        work = _Work(self, member)
        while state.epoch < self.settings.epochs and not self.stop[0]:
            work.train_on_chunk(state)
            if member.rank == 0:
                self.stop[0] = after(state)
            member.meet()


class _Work:
    """One member's part in a training."""

    def __init__(self, training: Training, member: Member) -> None:
        self._shared, self._member = training, member
        self._settings, self._text = training.settings, training.text
        self._objective = make_objective(training.settings, training.words)
        self._ahead = Lookahead(training.desk, self._objective, member)

    def train_on_chunk(self, state: State) -> None:
        """Make the steps of a chunk, and report."""
        J, pairs, total = 0.0, 0.0, len(self._text.ids)
        begin = self._text.end(state.chunk - 1)
        size = self._text.end(state.chunk) - begin
        begin += total * state.epoch
        batches = self._batches(state)
        for k, batch in enumerate(batches):
            self._ahead.plan(batches, k)
            rate = self._settings.rate((begin + size * k / len(batches)) / (total * self._settings.epochs))
            measured = self._measured(k)
            J += self._step(state, batch, k, rate, measured)
            pairs += sum(self._objective.pairs(batch, group) for group in measured)
        state.J, state.pairs, state.chunk = state.J + J, state.pairs + pairs, state.chunk + 1
        rate = self._settings.rate((begin + size) / (total * self._settings.epochs))
        state.history.reports.append(Measured(begin + size, rate, mean(J, pairs)))
        if state.chunk == self._text.chunks:
            self._end_epoch(state)

    def _batches(self, state: State) -> list[Batch]:
        """Give the batches of the chunk that is next."""
        draw = partial(self._draw, self._text, state.epoch + 1)
        return self._ahead.batches(state.chunk, self._text.chunks, draw)

    def _draw(self, text: Text, epoch: int, chunk: int) -> Batch:
        """Draw a chunk from a generator of its own; epochs count from 1 here."""
        rng = np.random.default_rng((self._settings.seed, epoch, chunk + 1))
        return self._objective.draw(text, chunk, rng)

    def _measured(self, k: int) -> list[int]:
        """Tell of which groups of a chunk's batch k the loss is measured: one in so many, the first included.

        They are the same ones in both halves of a batch, so that a team of two has equal work.
        """
        groups, every = self._objective.groups, self._settings.loss_every
        half = max(1, groups // 2)
        return [i for i in range(groups) if (k * half + i % half) % every == 0]

    def _end_epoch(self, state: State) -> None:
        """Put down the loss of an epoch that is over, and begin another one."""
        state.history.epochs.append(mean(state.J, state.pairs))
        if self._shared.held_out is not None:
            state.history.held_out.append(self._loss(state.x, self._shared.held_out))
        state.epoch, state.chunk, state.J, state.pairs = state.epoch + 1, 0, 0.0, 0.0

    def _step(self, state: State, batch: Batch, k: int, rate: float, measured: list[int]) -> float:
        """Make a step: this member's share of the groups, then its share of the rows; give the measured loss."""
        member, squares = self._member, self._shared.squares
        J = self._compute(state.x, batch, measured)
        rows = self._ahead.rows(k)
        rates = rate * self._shared.rates.take(rows.rows)
        squares[member.rank] = descend_rows(state.x, self._shared.gradients, rows, rates)
        member.meet()
        if not math.isfinite(squares.sum()):
            raise FloatingPointError(
                f"a gradient is not finite in epoch {state.epoch + 1}, chunk {state.chunk + 1}, at learning rate "
                f"{rate:g}: expected numbers; try a smaller learning_rate or step"
            )
        return J

    def _compute(self, x: Array, batch: Batch, measured: list[int]) -> float:
        """Have all gradients of a batch computed by the team; give the loss of the groups that are measured."""
        member, groups, losses = self._member, self._objective.groups, self._shared.losses
        share = range(groups * member.rank // member.size, groups * (member.rank + 1) // member.size)
        mine = [group for group in measured if group in share]
        if share:
            losses[mine] = self._objective.gradients(x, batch, share, self._shared.gradients, mine)
        member.meet()
        return float(losses[measured].sum())

    def _loss(self, x: Array, text: Text) -> float:
        """Compute the mean loss per pair of a text, with draws that are always the same."""
        J, pairs, groups = 0.0, 0.0, list(range(self._objective.groups))
        for chunk in range(text.chunks):
            for batch in cut(self._draw(text, 0, chunk), self._objective.n, self._objective.window):
                J += self._compute(x, batch, groups)
                pairs += sum(self._objective.pairs(batch, group) for group in groups)
                self._member.meet()
        return mean(J, pairs)


def mean(J: float, pairs: float) -> float:
    """Compute the mean loss per pair, 0 where there is none."""
    return J / pairs if pairs else 0.0
