"""The course's run as an object: its seeds, its first vectors, its iterations, its state."""

import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from .._types import Array
from ..batch import BatchLoss, add_rows, naive_softmax_batch, negative_sampling_batch
from ..runtime.archive import Arrays
from ..runtime.arguments import check_choice, check_number, check_whole
from ..vectors.history import History
from ..vectors.word_vectors import WordVectors
from .batches import BATCH, CourseBatches
from .descent import Descent, Report, descend, step_size
from .random_stream import state_as_array, state_from_array

logger = logging.getLogger(__name__)

FREQUENT = 2000
SAVE_EVERY = 5000  # iterations

LOSSES: dict[str, BatchLoss] = {"negative-sampling": negative_sampling_batch, "naive-softmax": naive_softmax_batch}


@dataclass(frozen=True)
class Settings:
    """What distinguishes one run from another; the defaults are the course's.

    dim: entries of a vector; window: largest window size C; negatives: K; loss: a key of `LOSSES`;
    step: of the first 20,000 iterations; seed: of `random` and of the first vectors, None for the course's
    own pair, 31415 and 9265.
    """

    dim: int = 10
    window: int = 5
    negatives: int = 10
    loss: str = "negative-sampling"
    step: float = 0.3
    seed: int | None = None

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negatives"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name)))
        check_number("step", self.step, "a positive number; the course's is 0.3", sys.float_info.min)
        if self.seed is not None:
            object.__setattr__(self, "seed", check_whole("seed", self.seed, 0, 2**32 - 1))
        check_choice("loss", self.loss, LOSSES)


class CourseRun:
    """A training run over a StanfordSentiment, a fresh one: its 30 copies are drawn in the run's first iteration."""

    def __init__(self, dataset: Any, settings: Settings | None = None) -> None:
        self.dataset, self.settings = dataset, settings or Settings()
        self.tokens: dict[str, int] = dataset.tokens()
        self._loss = LOSSES[self.settings.loss]
        self._K = self.settings.negatives if self.settings.loss == "negative-sampling" else 0
        self._draw_from_here()

    def _draw_from_here(self) -> None:
        self._batches = CourseBatches(self.dataset, self.tokens, self.settings.window, self._K)

    def start(self) -> Descent:
        """Seed the global `random` and make the first vectors: centre in ±0.5/D, outside 0; x is (2V, D)."""
        seed, shape = self.settings.seed, (len(self.tokens), self.settings.dim)
        random.seed(31415 if seed is None else seed)
        self._draw_from_here()
        centre = np.random.RandomState(9265 if seed is None else seed).rand(*shape)
        return Descent(np.concatenate(((centre - 0.5) / shape[1], np.zeros(shape))))

    def begin(self, found: tuple[Arrays, dict[str, Any]] | None, iterations: int) -> Descent:
        """Return a new state, or the saved one that was found; log what is about to happen."""
        state = self.start() if found is None else self.restored(*found)
        done = state.iteration
        if found and done < iterations:
            logger.info("Resuming after iteration %s; --no-resume would start anew.", done)
        elif found and done == iterations:
            logger.info(
                "Finished after %s iterations, so nothing is trained: more --iterations continue, --no-resume starts "
                "anew.",
                done,
            )
        elif found:
            logger.warning(
                "the saved run is at iteration %s, beyond --iterations %s: nothing is trained, and the results are "
                "those of iteration %s; for a run of %s name another folder by --out, or start anew by --no-resume",
                *(done, iterations, done, iterations),
            )
        return state

    def update(self, x: Array, step: float, report: bool) -> tuple[Array, float | None]:
        """Make one iteration: a batch of 50 windows, x ← x − step · ∂J/∂x in the touched rows, in place."""
        batch = self._batches.ahead()
        V, U = x[: len(self.tokens)], x[len(self.tokens) :]
        with np.errstate(over="ignore", invalid="ignore"):  # `train` raises an error if the vectors diverge
            found = self._loss(V, U, batch.centres, batch.sizes, batch.words)
            add_rows(V, found.centres, -step * found.grad_V)
            add_rows(U, found.outside, -step * found.grad_U)
            return x, float(found.loss()) if report else None

    def train(self, state: Descent, iterations: int) -> Iterator[Report | None]:
        """Train to the given number of iterations in all, changing the state in place; see `descend`.

        However it ends, the global `random` is left where the course's loop would have left it.
        """
        if self.settings.loss == "naive-softmax" and state.iteration < iterations:
            minutes = self.estimated_seconds(iterations - state.iteration) / 60
            logger.info("Naive softmax compares with every word: this will take about %.1f min.", minutes)
        try:
            yield from descend(state, self.update, self.settings.step, iterations)
        except FloatingPointError:
            self.check_finite(state)  # which can say more
            raise
        finally:
            random.setstate(self._batches.state)

    def vectors(self, x: Array) -> WordVectors:
        """Return the centre vectors of x (2V, D), by word; a copy."""
        return WordVectors(list(self.tokens), x[: len(self.tokens)].copy())

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word occurs in the sentences."""
        return Counter(chain.from_iterable(self.dataset.sentences()))

    @property
    def words(self) -> list[str]:
        """All words, the most frequent first."""
        return [*dict.fromkeys([*(word for word, _ in self.counts.most_common()), *self.tokens])]

    def tables(self, x: Array, words: list[str]) -> tuple[WordVectors, WordVectors]:
        """Return what a finished run writes: `vectors(x)`, and the frequent words' vectors without their mean.

        The second table holds the 2,000 most frequent words and those named. All centre vectors share a large common
        part, beside which every cosine would be almost 1; rare words are hardly trained.
        """
        chosen = list(dict.fromkeys([*(word for word, _ in self.counts.most_common(FREQUENT)), *words]))
        matrix = x[[self.tokens[word] for word in chosen]]
        occurring = np.array([self.counts[word] for word in chosen])
        return self.vectors(x), WordVectors(chosen, matrix - matrix.mean(axis=0), counts=occurring)

    def about(self, near: WordVectors) -> str:
        """Describe the second of `tables` to who looks at it."""
        which = f"All {len(near):,} words"
        if len(self.counts) > FREQUENT:
            why = "most frequent and those of the picture, since rarer ones are hardly trained"
            which = f"{len(near):,} of {len(self.tokens):,} words: the {FREQUENT:,} {why}"
        return f"{which}. The mean of their vectors is subtracted."

    def estimated_seconds(self, iterations: int) -> float:
        """Return how long so many iterations take, estimated by a batch of made-up windows of three words."""
        V, U = np.zeros((2, len(self.tokens), self.settings.dim))
        words = np.zeros((3 * BATCH, 1 + self._K), np.int64)
        begin = time.perf_counter()
        for _ in range(3):
            found = self._loss(V, U, np.zeros(BATCH, np.int64), np.full(BATCH, 3), words)
            add_rows(U, found.outside, found.grad_U)
        return iterations * (time.perf_counter() - begin) / 3

    def check_finite(self, state: Descent) -> None:
        """Raise FloatingPointError if a vector is not finite, naming the first such word."""
        broken = np.flatnonzero(~np.isfinite(state.x).all(axis=1))
        if broken.size:
            words = list(self.tokens)
            word = words[broken[0] % len(words)]
            raise FloatingPointError(
                f"the vector of {word!r} is not finite after iteration {state.iteration}, at step size "
                f"{step_size(self.settings.step, state.iteration):g}: expected numbers; try a smaller step"
            )

    @property
    def data(self) -> list[Any]:
        """What determines the result besides the settings."""
        return [self.dataset.tablesize, self.dataset.sentences()]

    def saved(self, state: Descent) -> tuple[int, Arrays, dict[str, Any]]:
        """Return the iteration, and all that a continuation to the same bits needs, as arrays and values.

        Raises FloatingPointError if a vector is not finite: such a state is not worth saving.
        """
        self.check_finite(state)
        before = self.dataset.state_before_copies
        arrays = {"x": state.x, **state.history.arrays(), "random": state_as_array(self._batches.state)}
        if before is not None:
            arrays["random_before_copies"] = state_as_array(before)
        step = step_size(self.settings.step, state.iteration + 1)
        values = {"iteration": state.iteration, "step": step, "smoothed": state.smoothed}
        return state.iteration, arrays, values

    def restored(self, arrays: Arrays, values: dict[str, Any]) -> Descent:
        """Return the state that `saved` described: draw the same 30 copies again, then restore `random`.

        Raises ValueError if the dataset has drawn its copies already, from another state of `random`.
        """
        before = arrays.get("random_before_copies")
        if before is not None:
            random.setstate(state_from_array(before))
            self.dataset.allSentences()
        if self.dataset.state_before_copies != (None if before is None else state_from_array(before)):
            raise ValueError("the dataset drew other copies than the saved run: expected a fresh one; load it anew")
        random.setstate(state_from_array(arrays["random"]))
        self._draw_from_here()
        return Descent(arrays["x"], values["iteration"], History.from_arrays(arrays, False, Report))
