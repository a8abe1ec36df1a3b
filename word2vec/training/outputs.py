"""What a training run minimises: what is drawn for a chunk of text, and the gradients of its steps."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from .._types import Array, Ids
from ..batch import naive_softmax_batch
from .batches import CHUNK, Batch, Text, draw_windows
from .sampling import draw_words
from .settings import NegativeSampling, Settings
from .skipgram import BLOCK, FusedStep

CENTRES_A_NEGATIVE = 4
SOFTMAX_STEP = 64
PLAN_BYTES = 20  # of the plan of a step (training/prefetch.py), for each gradient
WORD_BYTES = 180  # of what there is of each word beside its vectors, when they are returned and saved
NEGATIVE_PULL = 0.25  # a negative's score is far from 0 and bends the loss less than that of a pair that was seen


class Output(Protocol):
    """A loss over batches of n centres, for x (2V, D): the centre vectors V above the outside vectors U.

    n, window : centres of a batch, and the largest window C
    groups : parts of a batch whose gradients can be computed one by one
    negatives : how many a batch has, (groups, N) or (0, 0)
    entries : gradients of a batch whose rows differ from batch to batch
    table : further gradients, one for each row of U in order, or 0
    """

    n: int
    window: int
    groups: int
    negatives: tuple[int, int]
    entries: int
    table: int

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw all that is random in a chunk: all its batches, in one piece (see `Batch.cut`)."""

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Return the row of x of each gradient, and how much pulls there: both (batches, entries)."""

    def table_pull(self, batch: Batch) -> Array:
        """Return how much pulls at each row of U: (table,)."""

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the groups' part of out (entries + table, D); return the loss of those that are measured."""

    def pairs(self, batch: Batch, group: int) -> float:
        """Return the number of a group's pairs, each weighted as its loss is."""


def make_output(settings: Settings, words: int) -> Output:
    """Return the output that the settings name, for a vocabulary of so many words."""
    s = settings
    if not isinstance(s.loss, NegativeSampling):
        return FullSoftmax(words, min(s.step, SOFTMAX_STEP), s.window)
    full = s.model.windows == "weighted"
    near = np.linspace(1, 0, s.window, endpoint=False) if full else 1.0  # how often a window drawn from 1..C reaches
    group, dtype = group_size(s), s.descent.dtype
    step = FusedStep(s.step, s.dim, s.window, s.negatives, s.loss.shared, dtype, near=near, group=group)
    return SharedNegatives(words, step, full=full)


def memory_needed(settings: Settings, words: int, workers: int) -> int:
    """Estimate the bytes that training takes, and saving at its end: tables, gradients, buffers, plans."""
    s, n = settings, settings.step
    number = 8 if s.descent.dtype == "float64" else 4
    # the first centre vectors are drawn beside their table; counts, rates, index and the words' bytes come later
    tables = 2 * words * s.dim + max(words * s.dim, WORD_BYTES * words // number)
    if not isinstance(s.loss, NegativeSampling):
        return number * (tables + 2 * words * s.dim + 8 * SOFTMAX_STEP * words) + PLAN_BYTES * workers * CHUNK
    wide = BLOCK + 2 * s.window
    gradients = n + n * wide // BLOCK + n * s.loss.shared // group_size(s)
    buffers = 4 * n * s.dim + 4 * n * (wide + s.loss.shared) + BLOCK * (s.window + 1) ** 2 * wide
    plans = PLAN_BYTES * workers * -(-CHUNK // n) * gradients
    return int(number * (tables + gradients * s.dim + workers * buffers)) + plans


def group_size(settings: Settings) -> int:
    """Return how many centres share negatives, a power of two: with more, each vector moves in few large jumps."""
    group, shared = BLOCK, getattr(settings.loss, "shared", 0)
    while group < settings.step and 2 * group <= CENTRES_A_NEGATIVE * shared:
        group *= 2
    return group


class SharedNegatives:
    """Negative sampling with shared negatives; `word2vec.training.skipgram` computes its gradients.

    words : V
    full : whether all windows have their full size, or each its own
    """

    table = 0

    def __init__(self, words: int, step: FusedStep, *, full: bool = False) -> None:
        self._words, self._step, self._full = words, step, full
        self.n, self.window, self.groups, self.entries = step.n, step.window, step.groups, step.entries
        self.negatives = step.groups, step.shared
        self._pull = np.empty(step.entries)
        centres, contexts, negatives = step.split(self._pull)
        centres[:] = 1 + NEGATIVE_PULL * step.share * step.shared
        contexts[:] = step.block / step.wide
        negatives[:] = NEGATIVE_PULL * step.share * step.group

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw windows and negatives."""
        batch = draw_windows(text, chunk, self.window, self.n, rng, full=self._full)
        negatives = (len(batch.left) // self.n * self.groups, self._step.shared)
        return batch._replace(negatives=draw_words(text.noise, negatives, rng))

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Count about 1 for each pair, less for each negative, on average over the batch."""
        ids = np.empty((len(batches), self.entries), np.int32)
        for row, batch in zip(ids, batches, strict=True):
            row[:] = self._step.ids(batch, self._words)
        pairs = [self._step.pairs(batch.left, batch.right).mean() for batch in batches]
        return ids, np.outer(pairs, self._pull)

    def table_pull(self, batch: Batch) -> Array:  # noqa: ARG002
        """Return nothing: there is no table."""
        return np.empty(0)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """See `FusedStep.gradients`."""
        chosen = np.array(measured, np.intp) - groups.start if measured else None
        return self._step.gradients(x[: self._words], x[self._words :], batch, groups, out, chosen)

    def pairs(self, batch: Batch, group: int) -> float:
        """Return the sum over the group's centres."""
        part = slice(group * self._step.group, (group + 1) * self._step.group)
        return float(self._step.pairs(batch.left[part], batch.right[part]).sum())


class FullSoftmax:
    """The full softmax, n·V scores a batch, which is a group of its own; `word2vec.batch` computes its gradients."""

    groups, negatives = 1, (0, 0)

    def __init__(self, words: int, n: int, window: int) -> None:
        self.table, self.window, self.n, self.entries = words, window, n, n

    def draw(self, text: Text, chunk: int, rng: np.random.Generator) -> Batch:
        """Draw windows."""
        return draw_windows(text, chunk, self.window, self.n, rng)

    def rows(self, batches: Sequence[Batch]) -> tuple[Ids, Array]:
        """Return the centres, at which 1 pulls for each pair."""
        C, shape = self.window, (len(batches), self.n)
        centres = np.array([batch.tokens[C : C + self.n] for batch in batches], np.int32)
        pull = np.array([batch.left + batch.right for batch in batches], np.float64)
        return centres.reshape(shape), pull.reshape(shape)  # (batches, n), also if there are no batches

    def table_pull(self, batch: Batch) -> Array:
        """Return how often each word is an outside word: (V,)."""
        return np.bincount(batch.outside_words(), minlength=self.table).astype(np.float64)

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:  # noqa: ARG002
        """Compute the sum over the batch: n times `naive_softmax_batch`, which computes the mean."""
        n, C = self.n, self.window
        V, U = x[: self.table], x[self.table :]
        centres, sizes = batch.tokens[C : C + n], batch.left + batch.right
        found = naive_softmax_batch(V, U, centres, sizes, batch.outside_words()[:, None])  # words (P, 1)
        np.multiply(found.grad_V, n, out=out[:n])
        np.multiply(found.grad_U, n, out=out[n:])
        return np.array([found.loss() * n for _ in measured])

    def pairs(self, batch: Batch, group: int) -> float:  # noqa: ARG002
        """Return the sum of the windows' sizes."""
        return float(batch.left.sum() + batch.right.sum())
