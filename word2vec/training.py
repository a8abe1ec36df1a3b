"""A training run as an object: its settings, where it stands, its loop over chunks and steps, its loss.

All that is random is drawn from generators seeded by (seed, epoch, chunk), all gradients of a step are taken at
one point and summed in one order: so the result depends neither on the number of threads nor on interruptions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from word2vec.chunks import Text
from word2vec.crew import Crew
from word2vec.functions import Array
from word2vec.history import History, Measured
from word2vec.kernel import BLOCK, GROUP, Kernel
from word2vec.objectives import NaiveSoftmax, Objective, SharedNegatives, Step
from word2vec.updates import descend_rows, shares

OBJECTIVES = ("negative-sampling", "naive-softmax")
STRETCH = 1024
LARGEST_STEP = 4096
SOFTMAX_STRETCH = 64


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
    shared: int = 64
    step: int = LARGEST_STEP
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
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f"dtype is {self.dtype!r}: expected 'float32' or 'float64'")

    def _check_numbers(self) -> None:
        """Refuse rates, seeds and steps out of range."""
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate is {self.learning_rate}: expected a positive number, commonly 0.025")
        if not 0 <= self.end_rate <= self.learning_rate:
            raise ValueError(f"end_rate is {self.end_rate}: expected 0 to learning_rate ({self.learning_rate})")
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
    pairs: int = 0
    history: History = field(default_factory=History)


def memory_needed(settings: Settings, words: int, workers: int) -> int:
    """Estimate the bytes that training takes beside the text: tables, a step's gradients, buffers."""
    s, number = settings, 8 if settings.dtype == "float64" else 4
    tables = 3 * words * s.dim  # the first centre vectors are drawn beside their table
    if s.objective == "naive-softmax":
        buffers = SOFTMAX_STRETCH * 8 * words + 4 * words * s.dim
    else:
        stretch = min(s.step, STRETCH)
        scores = 4 * (BLOCK + 2 * s.window + s.shared) + 4 * s.dim
        patterns = BLOCK * (s.window + 1) ** 2 * (BLOCK + 2 * s.window)
        buffers = 4 * s.step * s.dim + workers * (stretch * scores + patterns)
    return number * (tables + buffers)


class Training:
    """A run over a text, advanced chunk by chunk.

    Parameters
    ----------
    settings : Settings
    text : Text
        To learn from.
    words : V
    crew : Crew
    held_out : Text, whose loss is computed after each epoch; optional
    """

    def __init__(self, settings: Settings, text: Text, words: int, crew: Crew, held_out: Text | None = None) -> None:
        self.settings, self.text, self.words, self.held_out, self._crew = settings, text, words, held_out, crew
        self.lanes, self.objective = self._objective()
        rows = self.lanes * self.objective.entries
        self._gradients = np.empty((rows, settings.dim), settings.dtype)

    def _objective(self) -> tuple[int, Objective]:
        """Make the objective, and tell how many stretches are in a step."""
        s = self.settings
        if s.objective == "naive-softmax":
            n = min(s.step, SOFTMAX_STRETCH)
            return 1, NaiveSoftmax(self.words, n, 1, s.window)
        n = min(s.step, STRETCH)

        def kernel() -> Kernel:
            return Kernel(n, s.dim, s.window, s.negatives, s.shared, s.dtype, group=min(GROUP, n))

        return s.step // n, SharedNegatives(self.words, n, s.step // n, kernel)

    def start(self) -> State:
        """Draw the first vectors: centre vectors in ±1/(2D), outside vectors 0."""
        s = self.settings
        x = np.zeros((2 * self.words, s.dim), s.dtype)
        V = np.random.default_rng((s.seed, 0, 0)).random((self.words, s.dim), np.dtype(s.dtype).type)
        np.divide(V - V.dtype.type(0.5), s.dim, out=x[: self.words])
        return State(x)

    def go_on(self, state: State, after: Callable[[State], bool]) -> None:
        """Train to the end, or until `after` (called after each chunk) says True.

        Raises
        ------
        FloatingPointError
            If a gradient is not finite any more.
        """
        while state.epoch < self.settings.epochs:
            ahead = min(self._crew.workers, self.text.chunks - state.chunk)
            draw = partial(self._draw, self.text, state.epoch + 1, state.chunk)
            drawn = self._crew.do(draw, ahead)
            for steps in drawn:
                self._train_on(steps, state)
                if after(state):
                    return

    def _draw(self, text: Text, epoch: int, first: int, i: int) -> list[Step]:
        """Draw the steps of chunk first + i from a generator of its own; epochs count from 1 here."""
        rng = np.random.default_rng((self.settings.seed, epoch, first + i + 1))
        return self.objective.prepare(text, first + i, rng)

    def _train_on(self, steps: list[Step], state: State) -> None:
        """Make the steps of a chunk, and report."""
        J, pairs, total = 0.0, 0, len(self.text.ids)
        begin = total * state.epoch + self.text.end(state.chunk - 1)
        size = self.text.end(state.chunk) - self.text.end(state.chunk - 1)
        for k, step in enumerate(steps):
            rate = self.settings.rate((begin + size * k / len(steps)) / (total * self.settings.epochs))
            measured = self._step(state, step, k * self.lanes, rate)
            J, pairs = J + measured[0], pairs + measured[1]
        state.J, state.pairs, state.chunk = state.J + J, state.pairs + pairs, state.chunk + 1
        done = begin + size
        rate = self.settings.rate(done / (total * self.settings.epochs))
        state.history.reports.append(Measured(done, rate, J / max(1, pairs)))
        if state.chunk == self.text.chunks:
            self._end_epoch(state)

    def _end_epoch(self, state: State) -> None:
        """Put down the loss of an epoch that is over, and begin another one."""
        state.history.epochs.append(state.J / max(1, state.pairs))
        if self.held_out is not None:
            state.history.held_out.append(self.loss(state.x, self.held_out))
        state.epoch, state.chunk, state.J, state.pairs = state.epoch + 1, 0, 0.0, 0

    def _step(self, state: State, step: Step, first: int, rate: float) -> tuple[float, int]:
        """Make a step: the gradients of its stretches, then the sums of rows; give the loss that was measured."""
        x, n = state.x, len(step.stretches)
        measured = [(first + i) % self.settings.loss_every == 0 for i in range(n)]
        found = self._crew.do(lambda i: self._gradient(x, step, measured[i], i), n)
        gradients = self._gradients[: len(step.ids)]
        parts = shares(step.plan, self._crew.workers)
        squares = self._crew.do(lambda i: descend_rows(x, gradients, step.plan, parts[i], rate), len(parts))
        if not math.isfinite(sum(squares)):
            raise FloatingPointError(
                f"a gradient is not finite in epoch {state.epoch + 1}, chunk {state.chunk + 1}, at learning rate "
                f"{rate:g}: expected numbers; try a smaller learning_rate or step"
            )
        chosen = [pair for pair, m in zip(found, measured, strict=True) if m]
        return sum(J for J, _ in chosen), sum(pairs for _, pairs in chosen)

    def _gradient(self, x: Array, step: Step, measure: bool, i: int) -> tuple[float, int]:
        """Compute the gradient of a stretch into its place."""
        size = self.objective.entries
        return self.objective.gradients(x, step, i, self._gradients[i * size : (i + 1) * size], measure)

    def loss(self, x: Array, text: Text) -> float:
        """Compute the mean loss per pair of a text, with draws that are always the same."""
        J, pairs = 0.0, 0
        for chunk in range(text.chunks):
            for step in self._draw(text, 0, 0, chunk):
                found = self._crew.do(partial(self._gradient, x, step, True), len(step.stretches))
                J, pairs = J + sum(J for J, _ in found), pairs + sum(n for _, n in found)
        return J / max(1, pairs)
