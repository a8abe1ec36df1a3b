"""What a training run minimises, step by step: what is drawn, in which rows gradients arise, and the gradients.

A step is made of stretches of text, whose gradients are taken at the same point and may be computed in any
order, by several threads at once. `Objective` is what training needs to know; two are there.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from word2vec.blocks import naive_softmax_batch
from word2vec.chunks import Text, Windows, draw_windows, fill_up
from word2vec.functions import Array
from word2vec.kernel import Kernel, Stretch
from word2vec.sampling import draw_words
from word2vec.updates import RowSum, plan_sum

NEGATIVE_PULL = 0.25  # a negative's score is far from 0 and bends the loss less than that of a pair that was seen


class Step(NamedTuple):
    """What is drawn for a step: its stretches, and where their gradients, one after the other, belong."""

    stretches: list[Stretch]
    ids: NDArray[np.integer]
    plan: RowSum


class Objective(Protocol):
    """A loss over stretches of text of one size; `entries` gradients arise in each."""

    entries: int

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Step]:
        """Draw all the steps of a chunk."""

    def gradients(self, x: Array, step: Step, i: int, out: Array, measure: bool) -> tuple[float, int]:
        """Fill out (entries, D) with the gradients of stretch i; give its loss, if asked for, and its pairs."""


class SharedNegatives:
    """Negative sampling with shared negatives (`word2vec.kernel`), over x (2V, D).

    Parameters
    ----------
    words : V
    n : centres in a stretch
    lanes : stretches in a step
    make : makes a kernel for n centres; one is made for each thread
    """

    def __init__(self, words: int, n: int, lanes: int, make: Callable[[], Kernel]) -> None:
        self._words, self._n, self._lanes, self._make = words, n, lanes, make
        self._kernels = [make()]
        self._kernel = self._kernels[0]
        self.entries = self._kernel.entries

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Step]:
        """Draw windows and negatives."""
        k = self._kernel
        windows = fill_up(draw_windows(text, chunk, k.window, rng), self._n)
        negatives = draw_words(text.noise, (len(windows.left) // k.group, k.shared), rng)
        stretches = [
            Stretch(*stretch, negatives[i * self._n // k.group : (i + 1) * self._n // k.group])
            for i, stretch in enumerate(cut(windows, self._n, k.window))
        ]
        return [self._step(stretches[i : i + self._lanes]) for i in range(0, len(stretches), self._lanes)]

    def _step(self, stretches: list[Stretch]) -> Step:
        """Put stretches into a step."""
        ids = np.concatenate([self._kernel.ids(stretch, self._words) for stretch in stretches])
        return Step(stretches, ids, plan_sum(ids, np.concatenate([self._pull(stretch) for stretch in stretches])))

    def _pull(self, stretch: Stretch) -> Array:
        """Estimate how much pulls at each row: about one for each pair, less for each negative."""
        k = self._kernel
        pairs = (stretch.left + stretch.right).astype(np.float64)
        of_negatives = NEGATIVE_PULL * k.share * pairs.reshape(-1, k.group).sum(axis=1)
        at_centres = (1 + NEGATIVE_PULL * k.share * k.shared) * pairs
        return np.concatenate((at_centres, np.pad(pairs, k.window), of_negatives.repeat(k.shared)))

    def gradients(self, x: Array, step: Step, i: int, out: Array, measure: bool) -> tuple[float, int]:
        """Lend a kernel to whoever asks; see `Objective`."""
        stretch, ids = step.stretches[i], step.ids[i * self.entries : (i + 1) * self.entries]
        kernel = self._kernels.pop() if self._kernels else self._make()
        J = kernel.gradients(x, ids, stretch, out, measure=measure)
        self._kernels.append(kernel)
        return float(J.real), int((stretch.left + stretch.right).sum())


def cut(windows: Windows, n: int, window: int) -> list[Windows]:
    """Cut windows into pieces of n centres, each with its context."""
    starts = range(0, len(windows.left), n)
    return [
        Windows(windows.tokens[i : i + n + 2 * window], windows.left[i : i + n], windows.right[i : i + n])
        for i in starts
    ]


def outside_words(windows: Windows | Stretch, window: int) -> NDArray[np.integer]:
    """List the outside words of all windows, one window after the other: (Σ left + right,)."""
    sizes = windows.left + windows.right
    first = window + np.arange(len(sizes)) - windows.left
    within = np.arange(sizes.sum()) - (np.cumsum(sizes) - sizes).repeat(sizes)
    place = first.repeat(sizes) + within
    return windows.tokens.take(place + (within >= windows.left.repeat(sizes)))


class NaiveSoftmax:
    """The full softmax (`blocks.naive_softmax_batch`), over x (2V, D): n·V scores a stretch.

    Parameters
    ----------
    words : V
    n, lanes : centres in a stretch, stretches in a step
    window : C
    """

    def __init__(self, words: int, n: int, lanes: int, window: int) -> None:
        self._words, self._n, self._lanes, self._window = words, n, lanes, window
        self.entries = n + words

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Step]:
        """Draw windows; there are no negatives."""
        windows = fill_up(draw_windows(text, chunk, self._window, rng), self._n)
        none = np.empty((0, 0), np.int32)
        stretches = [Stretch(*piece, none) for piece in cut(windows, self._n, self._window)]
        return [self._step(stretches[i : i + self._lanes]) for i in range(0, len(stretches), self._lanes)]

    def _step(self, stretches: list[Stretch]) -> Step:
        """Put stretches into a step."""
        rows = np.arange(self._words, 2 * self._words)
        ids = np.concatenate([ids for s in stretches for ids in (self._centres(s), rows)])
        pull = np.concatenate([pull for s in stretches for pull in (s.left + s.right, self._seen(s))])
        return Step(stretches, ids, plan_sum(ids, pull.astype(np.float64)))

    def _centres(self, stretch: Stretch) -> NDArray[np.integer]:
        """Give the centres (n,)."""
        return stretch.tokens[self._window : self._window + self._n]

    def _seen(self, stretch: Stretch) -> NDArray[np.intp]:
        """Count how often each word is an outside word: (V,)."""
        return np.bincount(outside_words(stretch, self._window), minlength=self._words)

    def gradients(self, x: Array, step: Step, i: int, out: Array, measure: bool) -> tuple[float, int]:
        """Undo the batch's mean; see `Objective`."""
        stretch = step.stretches[i]
        outside = outside_words(stretch, self._window)
        sizes = stretch.left + stretch.right
        found = naive_softmax_batch(
            x[: self._words], x[self._words :], self._centres(stretch), sizes, outside[:, None]
        )
        np.multiply(found.grad_V, self._n, out=out[: self._n])
        np.multiply(found.grad_U, self._n, out=out[self._n :])
        return float(found.loss()) * self._n if measure else 0.0, len(outside)
