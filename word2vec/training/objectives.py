"""What a training run minimises: what is drawn for a chunk of text, and the gradients of its steps."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array
from word2vec.batch import naive_softmax_batch
from word2vec.training.batches import Text, draw_windows, fill_up
from word2vec.training.sampling import draw_words
from word2vec.training.skipgram import Batch, Kernel

NEGATIVE_PULL = 0.25  # a negative's score is far from 0 and bends the loss less than that of a pair that was seen

Ids = NDArray[np.integer]


class Objective(Protocol):
    """A loss over batches of n centres.

    n, window : centres of a batch, and words on either side
    groups : parts that a batch has, whose gradients can be computed one by one
    negatives : how many a batch has, (groups, N) or (0, 0)
    entries : gradients of a batch
    """

    n: int
    window: int
    groups: int
    negatives: tuple[int, int]
    entries: int

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw what is at random in a chunk: all its batches, in one piece (see `cut`)."""

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Tell to which row of x each gradient belongs, and how much it pulls there: both (batches, entries)."""

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the groups' part of out (entries, D); give the loss of those that are measured."""

    def pairs(self, batch: Batch, group: int) -> float:
        """Count a group's pairs, each as much as its loss counts."""


class SharedNegatives:
    """Negative sampling with shared negatives, over x (2V, D), V = `words`: `word2vec.training.skipgram`.

    full : whether all windows have their full size, or each its own
    """

    def __init__(self, words: int, kernel: Kernel, *, full: bool = False) -> None:
        self._words, self._kernel, self._full = words, kernel, full
        self.n, self.window, self.groups, self.entries = kernel.n, kernel.window, kernel.groups, kernel.entries
        self.negatives = kernel.groups, kernel.shared
        self._pull = np.empty(kernel.entries)
        centres, contexts, negatives = kernel.split(self._pull)
        centres[:] = 1 + NEGATIVE_PULL * kernel.share * kernel.shared
        contexts[:] = kernel.block / kernel.wide
        negatives[:] = NEGATIVE_PULL * kernel.share * kernel.group

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw windows and negatives."""
        windows = fill_up(draw_windows(text, chunk, self.window, rng, full=self._full), self.n)
        negatives = (len(windows.left) // self.n * self.groups, self._kernel.shared)
        return Batch(*windows, draw_words(text.noise, negatives, rng))

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Count about 1 for each pair, less for each negative, on average over the batch."""
        pairs = [self._kernel.pairs(batch.left, batch.right).mean() for batch in batches]
        return np.stack([self._kernel.ids(batch, self._words) for batch in batches]), np.outer(pairs, self._pull)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """See `Kernel.gradients`."""
        chosen = np.array(measured, np.intp) - groups.start if measured else None
        return self._kernel.gradients(x[: self._words], x[self._words :], batch, groups, out, chosen)

    def pairs(self, batch: Batch, group: int) -> float:
        """Add up those of the group's centres."""
        part = slice(group * self._kernel.group, (group + 1) * self._kernel.group)
        return float(self._kernel.pairs(batch.left[part], batch.right[part]).sum())


def cut(chunk: Batch, n: int, window: int) -> list[Batch]:
    """Cut a chunk into batches of n centres, each with its context and its share of the negatives."""
    tokens, left, right, negatives = chunk
    each = len(negatives) * n // max(1, len(left))
    return [
        Batch(tokens[i : i + n + 2 * window], left[i : i + n], right[i : i + n], negatives[k * each : (k + 1) * each])
        for k, i in enumerate(range(0, len(left), n))
    ]


def outside_words(batch: Batch, window: int) -> Ids:
    """List the outside words of all windows, one window after the other: (Σ left + right,)."""
    sizes = batch.left + batch.right
    first = window + np.arange(len(sizes)) - batch.left
    within = np.arange(sizes.sum()) - (np.cumsum(sizes) - sizes).repeat(sizes)
    return np.asarray(batch.tokens[first.repeat(sizes) + within + (within >= batch.left.repeat(sizes))])


class NaiveSoftmax:
    """The full softmax over x (2V, D), n·V scores a batch, which is a group of its own: `blocks`."""

    groups, negatives = 1, (0, 0)

    def __init__(self, words: int, n: int, window: int) -> None:
        self._words, self.window, self.n = words, window, n
        self.entries = n + words

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw windows; there are no negatives."""
        windows = fill_up(draw_windows(text, chunk, self.window, rng), self.n)
        return Batch(*windows, np.empty((0, 0), np.int32))

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Count 1 for each pair."""
        ids, pull = zip(*map(self._rows, batches), strict=True)
        return np.stack(ids), np.stack(pull)

    def _rows(self, batch: Batch) -> tuple[Ids, Array]:
        """Do it for one batch."""
        centres = batch.tokens[self.window : self.window + self.n]
        seen = np.bincount(outside_words(batch, self.window), minlength=self._words)
        ids = np.concatenate((centres, np.arange(self._words, 2 * self._words)))
        return ids, np.concatenate((batch.left + batch.right, seen)).astype(np.float64)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:  # noqa: ARG002
        """Undo the mean over the batch."""
        outside, n = outside_words(batch, self.window), self.n
        centres, sizes = batch.tokens[self.window : self.window + n], batch.left + batch.right
        V, U = x[: self._words], x[self._words :]
        found = naive_softmax_batch(V, U, centres, sizes, outside[:, None])
        np.multiply(found.grad_V, n, out=out[:n])
        np.multiply(found.grad_U, n, out=out[n:])
        return np.array([found.loss() * n for _ in measured])

    def pairs(self, batch: Batch, group: int) -> float:  # noqa: ARG002
        """Add up the sizes of windows."""
        return float(batch.left.sum() + batch.right.sum())
