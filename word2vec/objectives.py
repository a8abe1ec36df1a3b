"""What a training run minimises: what is drawn for a chunk of text, and the gradients of its steps."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from word2vec.blocks import naive_softmax_batch
from word2vec.chunks import Text, Windows, draw_windows, fill_up
from word2vec.functions import Array
from word2vec.kernel import Batch, Kernel
from word2vec.sampling import draw_words

NEGATIVE_PULL = 0.25  # a negative's score is far from 0 and bends the loss less than that of a pair that was seen

Ids = NDArray[np.integer]


class Objective(Protocol):
    """A loss over batches of n centres.

    groups : parts that a batch has, whose gradients can be computed one by one
    entries : gradients of a batch
    """

    groups: int
    entries: int

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Batch]:
        """Draw all the batches of a chunk."""

    def rows(self, batch: Batch) -> tuple[Ids, Array]:
        """Tell to which row of x each gradient belongs, and how much it pulls there: (entries,), (entries,)."""

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the groups' part of out (entries, D); give the loss of those that are measured."""

    def pairs(self, batch: Batch, group: int) -> int:
        """Count a group's pairs."""


class SharedNegatives:
    """Negative sampling with shared negatives, over x (2V, D), V = `words`: `word2vec.kernel`."""

    def __init__(self, words: int, kernel: Kernel) -> None:
        self._words, self._kernel = words, kernel
        self.groups, self.entries = kernel.groups, kernel.entries
        self._pull = np.empty(kernel.entries)
        centres, contexts, negatives = kernel.split(self._pull)
        centres[:] = 1 + NEGATIVE_PULL * kernel.share * kernel.shared
        contexts[:] = kernel.block / kernel.wide
        negatives[:] = NEGATIVE_PULL * kernel.share * kernel.group

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Batch]:
        """Draw windows and negatives."""
        k = self._kernel
        windows = fill_up(draw_windows(text, chunk, k.window, rng), k.n)
        negatives = draw_words(text.noise, (len(windows.left) // k.n, k.groups, k.shared), rng)
        return [Batch(*part, drawn) for part, drawn in zip(cut(windows, k.n, k.window), negatives, strict=True)]

    def rows(self, batch: Batch) -> tuple[Ids, Array]:
        """Count about 1 for each pair, less for each negative, on average over the batch."""
        pairs = float(batch.left.sum() + batch.right.sum()) / self._kernel.n
        return self._kernel.ids(batch, self._words), pairs * self._pull

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """See `Kernel.gradients`."""
        chosen = np.array(measured, np.intp) - groups.start if measured else None
        return self._kernel.gradients(x[: self._words], x[self._words :], batch, groups, out, chosen)

    def pairs(self, batch: Batch, group: int) -> int:
        """Add up the sizes of windows."""
        part = slice(group * self._kernel.group, (group + 1) * self._kernel.group)
        return int(batch.left[part].sum() + batch.right[part].sum())


def cut(windows: Windows, n: int, window: int) -> list[Windows]:
    """Cut windows into pieces of n centres, each with its context."""
    starts = range(0, len(windows.left), n)
    return [
        Windows(windows.tokens[i : i + n + 2 * window], windows.left[i : i + n], windows.right[i : i + n])
        for i in starts
    ]


def outside_words(batch: Batch, window: int) -> Ids:
    """List the outside words of all windows, one window after the other: (Σ left + right,)."""
    sizes = batch.left + batch.right
    first = window + np.arange(len(sizes)) - batch.left
    within = np.arange(sizes.sum()) - (np.cumsum(sizes) - sizes).repeat(sizes)
    return np.asarray(batch.tokens[first.repeat(sizes) + within + (within >= batch.left.repeat(sizes))])


class NaiveSoftmax:
    """The full softmax over x (2V, D), n·V scores a batch, which is a group of its own: `blocks`."""

    groups = 1

    def __init__(self, words: int, n: int, window: int) -> None:
        self._words, self._n, self._window = words, n, window
        self.entries = n + words

    def prepare(self, text: Text, chunk: int, rng: np.random.Generator) -> list[Batch]:
        """Draw windows; there are no negatives."""
        windows = fill_up(draw_windows(text, chunk, self._window, rng), self._n)
        none = np.empty((0, 0), np.int32)
        return [Batch(*part, none) for part in cut(windows, self._n, self._window)]

    def rows(self, batch: Batch) -> tuple[Ids, Array]:
        """Count 1 for each pair."""
        centres = batch.tokens[self._window : self._window + self._n]
        seen = np.bincount(outside_words(batch, self._window), minlength=self._words)
        ids = np.concatenate((centres, np.arange(self._words, 2 * self._words)))
        return ids, np.concatenate((batch.left + batch.right, seen)).astype(np.float64)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:  # noqa: ARG002
        """Undo the mean over the batch."""
        outside, n = outside_words(batch, self._window), self._n
        centres, sizes = batch.tokens[self._window : self._window + n], batch.left + batch.right
        V, U = x[: self._words], x[self._words :]
        found = naive_softmax_batch(V, U, centres, sizes, outside[:, None])
        np.multiply(found.grad_V, n, out=out[:n])
        np.multiply(found.grad_U, n, out=out[n:])
        return np.array([found.loss() * n for _ in measured])

    def pairs(self, batch: Batch, group: int) -> int:  # noqa: ARG002
        """Add up the sizes of windows."""
        return int(batch.left.sum() + batch.right.sum())
