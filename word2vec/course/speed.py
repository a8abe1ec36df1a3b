"""Where the time of a learner's batch goes, and what touching fewer rows and vectorising would bring."""

import cProfile
import pstats
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import assignment

__all__ = ["V", "measure"]

V, D, C, ITERATIONS = 19_539, 10, 5, 40_000  # the course's run
FEW = 200  # words of a vocabulary whose tables cost next to nothing

Functions = Mapping[str, Callable[..., Any]]


class _Words:
    """Windows and negatives drawn uniformly from w0, w1, …"""

    def __init__(self, n: int) -> None:
        self.ids = {f"w{i}": i for i in range(n)}
        self._words = [*self.ids]

    def sampleTokenIdx(self) -> int:
        return random.randrange(len(self._words))

    def getRandomContext(self, C: int) -> tuple[str, list[str]]:
        centre, *words = (self._words[self.sampleTokenIdx()] for _ in range(2 * C + 1))
        return centre, words

    sample_token_idx, get_random_context = sampleTokenIdx, getRandomContext


def _seconds(functions: Functions, n: int, profile: cProfile.Profile | None = None) -> float:
    """Return the shortest time of some batches with n words."""
    words, vectors, found = _Words(n), np.random.RandomState(1).randn(2 * n, D) / 10, list[float]()
    batch, model, loss = (
        functions[name] for name in ("word2vec_sgd_wrapper", "skipgram", "negSamplingLossAndGradient")
    )
    while len(found) < 5 and sum(found) < 0.5:
        random.seed(1)
        start = time.perf_counter()
        run = profile.runcall if profile else lambda f, *args: f(*args)
        run(batch, model, words.ids, vectors, words, C, loss)
        found.append(time.perf_counter() - start)
    return min(found)


def measure(theirs: Functions, with_our_loss: Functions, folder: Path) -> list[str]:
    """Time a batch of a learner's functions as the course's run has it, and say where the time goes.

    `with_our_loss` are the same functions with this library's negative sampling. Return sentences.
    """
    ours = {name: getattr(assignment, name) for name in theirs}
    full, few, best = _seconds(theirs, V), _seconds(theirs, FEW), _seconds(ours, V)
    hours = full * ITERATIONS / 3600
    profile = cProfile.Profile()
    _seconds(theirs, V, profile)
    said = [
        f"a batch of the course's run (50 windows, {V:,} words, {D} entries, negative sampling) takes "
        f"{full * 1e3:.1f} ms, and so {ITERATIONS:,} take {hours:.2g} hours; this library's {best * 1e3:.1f} ms",
        "the time goes to " + ", ".join(_shares(profile, folder)),
    ]
    if (part := 1 - few / full) > 0.2:
        said.append(
            f"{part:.0%} of it grows with the vocabulary (with {FEW} words a batch takes {few * 1e3:.1f} ms): whole "
            "tables are made, added or copied for each pair, which touches 12 rows; to touch only these saves "
            "most of it"
        )
    if with_our_loss != theirs and (vectorised := _seconds(with_our_loss, FEW)) < 0.8 * few:
        said.append(
            f"with this library's negative sampling, vectorised over the negatives, the batch of {FEW} words takes "
            f"{vectorised * 1e3:.1f} ms instead of {few * 1e3:.1f}"
        )
    return said


def _shares(profile: cProfile.Profile, folder: Path) -> list[str]:
    """Return the functions that take most of the time by themselves, with their shares."""
    rows = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    times = {key: row[2] for key, row in rows}
    total = sum(times.values())
    most = sorted(times, key=lambda key: -times[key])[:4]
    names = [f"{name} (line {line})" if Path(file).parent == folder else name for file, line, name in most]
    return [f"{name.strip('<>')} {times[key] / total:.0%}" for name, key in zip(names, most, strict=True)]
