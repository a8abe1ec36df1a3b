"""The course's run as an object: its seeds, its first vectors, its iterations, its checkpoints."""

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from word2vec._types import Array, PathLike
from word2vec.batch import BatchLoss, add_rows, naive_softmax_batch, negative_sampling_batch
from word2vec.course.batches import BATCH, CourseBatches
from word2vec.course.descent import Descent, Report, descend, step_size
from word2vec.course.random_stream import state_as_array, state_from_array
from word2vec.runtime.archive import Arrays, CheckpointError, load_archive
from word2vec.runtime.checkpoint import generations, load_newest, save_generation, versions
from word2vec.vectors.word_vectors import WordVectors

FREQUENT = 2000
SAVE_EVERY = 5000

LOSSES: dict[str, BatchLoss] = {
    "negative-sampling": negative_sampling_batch,
    "naive-softmax": naive_softmax_batch,
}

PLOTTED = {
    "praise": ["great", "cool", "brilliant", "wonderful", "well", "amazing", "worth", "sweet", "enjoyable"],
    "blame": ["boring", "bad", "dumb", "annoying"],
    "people": ["female", "male", "queen", "king", "man", "woman"],
    "weather": ["rain", "snow", "hail"],
    "drinks": ["coffee", "tea"],
}


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
        """Refuse what cannot be trained.

        Raises
        ------
        ValueError
            Naming the setting and what was expected.
        """
        for name in ("dim", "window", "negatives"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected at least 1")
        if not 0 < self.step < float("inf"):
            raise ValueError(f"step is {self.step}: expected a positive number; the course's is 0.3")
        if self.seed is not None and not 0 <= self.seed < 2**32:
            raise ValueError(f"seed is {self.seed}: expected an integer from 0 to 2^32 - 1")
        if self.loss not in LOSSES:
            raise ValueError(f"loss is {self.loss!r}: expected one of {', '.join(LOSSES)}")


class CourseRun:
    """A training run over a dataset of the course's kind.

    Parameters
    ----------
    dataset : StanfordSentiment
        Freshly made: its 30 copies are drawn in the first iteration, from the run's own random stream.
    settings : Settings
    """

    def __init__(self, dataset: Any, settings: Settings | None = None) -> None:
        self.dataset, self.settings = dataset, settings or Settings()
        self.tokens: dict[str, int] = dataset.tokens()
        s = self.settings
        self._loss = LOSSES[s.loss]
        self._K = s.negatives if s.loss == "negative-sampling" else 0
        self._batches = self._from_here()

    def _from_here(self) -> CourseBatches:
        """Begin to draw batches where the global `random` stands."""
        return CourseBatches(self.dataset, self.tokens, self.settings.window, self._K)

    def start(self) -> Descent:
        """Seed the global `random` and make the first vectors: centre in ±0.5/D, outside 0; x is (2V, D)."""
        seed, shape = self.settings.seed, (len(self.tokens), self.settings.dim)
        random.seed(31415 if seed is None else seed)
        self._batches = self._from_here()
        centre = np.random.RandomState(9265 if seed is None else seed).rand(*shape)
        return Descent(np.concatenate(((centre - 0.5) / shape[1], np.zeros(shape))))

    def update(self, x: Array, step: float, report: bool) -> tuple[Array, float | None]:
        """Make one iteration: a batch of 50 windows, x ← x − step · ∂J/∂x in the touched rows, in place."""
        batch = self._batches.ahead()
        V, U = x[: len(self.tokens)], x[len(self.tokens) :]
        found = self._loss(V, U, batch.centres, batch.sizes, batch.words)
        add_rows(V, found.centres, -step * found.grad_V)
        add_rows(U, found.outside, -step * found.grad_U)
        return x, float(found.loss()) if report else None

    def train(
        self,
        state: Descent,
        iterations: int,
        folder: PathLike,
        *,
        on_report: Callable[[Report], object],
        stopped: Callable[[], bool],
        say: Callable[[str], object],
    ) -> None:
        """Go on to the given number of iterations in all, or until `stopped()`, saving on the way.

        The global `random` is left where the course's loop would have left it. That a checkpoint cannot be
        written is reported to `say` and stops nothing. The last state is the caller's to save.
        """

        def after(_: Descent) -> bool:
            """Save at times; tell whether to stop."""
            if state.iteration % SAVE_EVERY == 0:
                try:
                    self.save(state, folder)
                except OSError as error:
                    say(f"Not saved, training goes on: {error}")
            return stopped()

        try:
            with np.errstate(over="ignore", invalid="ignore"):  # what diverges is told below, in words
                descend(state, self.update, self.settings.step, iterations, on_report=on_report, after=after)
        except FloatingPointError:
            self._check_finite(state)  # which can say more
            raise
        random.setstate(self._batches.state)

    def vectors(self, x: Array) -> WordVectors:
        """Give the centre vectors of x (2V, D), by word; a copy."""
        return WordVectors(list(self.tokens), x[: len(self.tokens)].copy())

    def neighbours(self, x: Array, words: list[str]) -> WordVectors:
        """Give what to look for neighbours in: the 2,000 most frequent words and those named, mean removed.

        All centre vectors share a large common part, next to which every cosine would be almost 1; rare
        words are hardly trained.
        """
        counts = Counter(chain.from_iterable(self.dataset.sentences()))
        chosen = list(dict.fromkeys([*(word for word, _ in counts.most_common(FREQUENT)), *words]))
        matrix = x[[self.tokens[word] for word in chosen]]
        occurring = np.array([counts[word] for word in chosen])
        return WordVectors(chosen, matrix - matrix.mean(axis=0), counts=occurring)

    def unknown(self, words: list[str]) -> str:
        """Name the words that are not in the vocabulary, with the nearest spellings; empty if all are."""
        hints = {word: get_close_matches(word, self.tokens, n=3) for word in words if word not in self.tokens}
        return ", ".join(
            f"{word!r}" + (f" (near: {', '.join(near)})" if near else "") for word, near in hints.items()
        )

    def estimated_seconds(self, iterations: int) -> float:
        """Estimate how long so many iterations take, by a batch of made-up windows of three words."""
        V, U = np.zeros((2, len(self.tokens), self.settings.dim))
        words = np.zeros((3 * BATCH, 1 + self._K), np.int64)
        begin = time.perf_counter()
        for _ in range(3):
            found = self._loss(V, U, np.zeros(BATCH, np.int64), np.full(BATCH, 3), words)
            add_rows(U, found.outside, found.grad_U)
        return iterations * (time.perf_counter() - begin) / 3

    # checkpoints

    @property
    def digest(self) -> str:
        """A name for just these settings on just these sentences."""
        return _digest(self.digests)[:12]

    @cached_property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of the settings and of the data."""
        data = [self.dataset.tablesize, self.dataset.sentences()]
        return {"settings": _digest(asdict(self.settings)), "data": _digest(data)}

    def save(self, state: Descent, folder: PathLike) -> None:
        """Write a checkpoint of the run into its folder.

        Raises
        ------
        FloatingPointError
            If a vector is not finite: nothing is written, the last good checkpoint stays the newest.
        """
        self._check_finite(state)
        save_generation(folder, state.iteration, *self.saved(state))

    def _check_finite(self, state: Descent) -> None:
        """Refuse vectors that hold no numbers any more, naming the first word of such."""
        broken = np.flatnonzero(~np.isfinite(state.x).all(axis=1))
        if broken.size:
            words = list(self.tokens)
            word = words[broken[0] % len(words)]
            raise FloatingPointError(
                f"the vector of {word!r} is not finite after iteration {state.iteration}, at step size "
                f"{step_size(self.settings.step, state.iteration):g}: expected numbers; try a smaller step"
            )

    def resume(self, folder: PathLike, say: Callable[[str], object]) -> Descent | None:
        """Take up the newest usable checkpoint of the folder; None if there is none. See `load_newest`."""
        found = load_newest(folder, say, self._complaint)
        return None if found is None else self.restored(*found)

    def _complaint(self, arrays: Arrays, values: dict[str, Any]) -> str:
        """Say why a checkpoint is not one of this run; nothing if it is."""
        if values.get("digests") != self.digests:
            return "belongs to a run with other settings or data"
        if not arrays.keys() >= {"x", "history", "random"} or "iteration" not in values:
            return "does not hold what this version needs"
        return ""

    def saved(self, state: Descent) -> tuple[Arrays, dict[str, Any]]:
        """Give all that an exact continuation needs, as arrays and values for a checkpoint."""
        values = {
            "versions": versions(),
            "settings": asdict(self.settings),
            "digests": self.digests,
            "iteration": state.iteration,
            "step": step_size(self.settings.step, state.iteration + 1),
            "smoothed": state.history[-1].smoothed if state.history else None,
        }
        arrays = {
            "x": state.x,
            "history": np.array(state.history, np.float64).reshape(-1, 3),  # (reports, 3)
            "random": state_as_array(self._batches.state),
        }
        if self.dataset.state_before_copies is not None:
            arrays["random_before_copies"] = state_as_array(self.dataset.state_before_copies)
        return arrays, values

    def restored(self, arrays: Arrays, values: dict[str, Any]) -> Descent:
        """Take up where `saved` left off: draw the same 30 copies again, then put `random` in its place.

        Raises
        ------
        ValueError
            If the dataset has drawn its copies already, from another state of `random`.
        """
        before = state_from_array(arrays["random_before_copies"]) if "random_before_copies" in arrays else None
        if before is not None:
            random.setstate(before)
            self.dataset.allSentences()
        if self.dataset.state_before_copies != before:
            raise ValueError("the dataset drew other copies than the saved run: expected a fresh one; load it anew")
        random.setstate(state_from_array(arrays["random"]))
        self._batches = self._from_here()
        history = [Report(int(i), loss, smoothed) for i, loss, smoothed in arrays["history"].tolist()]
        return Descent(arrays["x"], values["iteration"], history)

    def other_runs(self, folder: PathLike) -> list[str]:
        """Say how the runs whose folders stand beside this one's differ from it."""
        mine, found = asdict(self.settings), []
        for other in sorted({path.parent for path in Path(folder).parent.glob("*/*.checkpoint")} - {Path(folder)}):
            try:
                theirs = load_archive(generations(other)[0])[1]["settings"]
            except (CheckpointError, OSError, KeyError):
                continue
            differing = [
                f"{name} {theirs[name]}, not {mine[name]}" for name in mine if theirs.get(name) != mine[name]
            ]
            found.append("; ".join(differing) or "other sentences")
        return found


def _digest(value: Any) -> str:
    """Give the SHA-256 of a value that JSON can express."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
