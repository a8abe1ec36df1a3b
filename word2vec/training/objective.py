"""What a training run minimises: what is drawn for a chunk of text, and the gradients of its steps.

An objective is a model and a loss: an input, which makes hidden vectors of rows (`inputs`), and an output, which
scores them (`outputs`). `Composed` is any pair of these. Skip-gram with negative sampling is computed in fewer
operations (`skipgram`), and so is PV-DBOW (`document_runs`); the tests prove them equal to the same pairs composed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._types import Array, Ids
from ..text.huffman import Tree
from .bands import BLOCK
from .batches import CHUNK, Batch, Text, draw_windows
from .document_runs import DocumentRuns
from .hierarchical_softmax import GROUP, HOT, TreeSoftmax
from .inputs import Contexts, Input, Positions, Windows
from .outputs import NEGATIVE_PULL, FullSoftmax, Output, SharedNegatives
from .protocol import Objective
from .sampling import draw_words
from .settings import (
    DOCUMENTS,
    Cbow,
    HierarchicalSoftmax,
    NaiveSoftmax,
    NegativeSampling,
    PvDbow,
    PvDm,
    Settings,
    SkipGram,
)
from .skipgram import FusedStep

SOFTMAX_STEP = 64
PLAN_BYTES = 20  # of the plan of a step (training/prefetch.py), for each gradient
WORD_BYTES = 180  # of what there is of each word beside its vectors, when they are returned and saved


def make_objective(settings: Settings, words: int, documents: int = 0, tree: Tree | None = None) -> Objective:
    """Return the objective that the settings name, for a vocabulary of so many words, and so many documents.

    tree : of these words, for hierarchical softmax
    """
    s, model = settings, settings.model
    if isinstance(model, PvDbow) and model.words:
        both: tuple[Any, Any] = (SkipGram(model.windows), PvDbow())
        return Joined([make_objective(replace(s, model=each, ngrams=None), words, documents, tree) for each in both])
    around, sampled = isinstance(model, SkipGram), isinstance(s.loss, NegativeSampling)
    near, full = pair_weights(s, around=around)
    n = min(s.step, SOFTMAX_STEP) if isinstance(s.loss, NaiveSoftmax) else s.step
    dtype, group = s.descent.dtype, group_size(s)
    inputs, after = words + documents, words if isinstance(model, DOCUMENTS) else None
    if around and sampled:
        step = FusedStep(n, s.dim, s.window, s.negatives, s.loss.shared, dtype, near=near, group=group)
        return FusedSkipGram(inputs, step, full=full)
    source: Input = Positions(n, s.dim, dtype, documents_after=after)
    if isinstance(model, Cbow | PvDm):
        how = {"mean": model.mean, "undivided": getattr(model, "undivided", False), "drawn": model.windows == "drawn"}
        source = Contexts(n, s.dim, s.window, dtype, near, group=group, documents_after=after, **how)
    elif around and tree is not None:
        source = Windows(n, s.dim, s.window, dtype, group=group)
    output: Output = FullSoftmax(words, s.window, around=around, near=near)
    if sampled:
        output = SharedNegatives(n, s.dim, s.negatives, s.loss.shared, dtype, group=group)
        if isinstance(model, PvDbow):
            return DocumentRuns(inputs, n, s.window, words, output, full=full)
    elif tree is not None:
        output = TreeSoftmax(tree, n, s.dim, s.window, dtype, near=near if around else None, group=group)
    return Composed(inputs, n, s.window, source, output, full=full)


def pair_weights(settings: Settings, *, around: bool) -> tuple[Array, bool]:
    """Return the weights of a window's words by distance or offset, and whether all windows have their full size.

    The full softmax of the words around a position draws windows instead of weighting by distance.
    """
    windows, C = settings.model.windows, settings.window
    if isinstance(windows, tuple):
        return np.array(windows), True
    drawn = windows == "drawn" or (around and isinstance(settings.loss, NaiveSoftmax))
    if windows == "sentence" or drawn:
        return np.ones(C), windows == "sentence"
    return np.linspace(1, 0, C, endpoint=False), True  # how often a drawn window reaches so far


def memory_needed(settings: Settings, words: int, workers: int, documents: int = 0, ngram_rows: int = 0) -> int:
    """Estimate the bytes that training takes, and saving at its end: tables, gradients, buffers, plans."""
    s, n, C = settings, settings.step, settings.window
    number = 8 if s.descent.dtype == "float64" else 4
    # the first centre vectors are drawn beside their table; counts, rates, index and the words' bytes come later
    tables = (2 * words + documents) * s.dim + max((words + documents) * s.dim, WORD_BYTES * words // number)
    # words' own rows and n-grams' (`composition`), which are copied when they are returned, and sums of groups
    tables += (2 * words + 3 * ngram_rows) * s.dim if s.ngrams else 0
    if isinstance(s.loss, NaiveSoftmax):
        return number * (tables + 2 * words * s.dim + 8 * SOFTMAX_STEP * words) + PLAN_BYTES * workers * CHUNK
    group, others = group_size(s), getattr(s.loss, "shared", 0)
    # a path is hardly longer on average than those of words of equal counts
    steps = words.bit_length()
    rows = n * steps if isinstance(s.loss, HierarchicalSoftmax) else 0
    tokens = n // group * (group + 2 * C + BLOCK)
    gradients = n + tokens + n // group * others + rows + (2 * n if documents else 0)
    buffers = 4 * n * (s.dim + others + 3 * (BLOCK + C))  # scores and weights of pairs: a band (`bands`) has gaps
    plans = PLAN_BYTES * workers * -(-CHUNK // n) * gradients
    trees = (1 + workers) * words * (HOT + 5 * steps) if rows else 0
    return int(number * (tables + gradients * s.dim + workers * buffers)) + plans + trees


def group_size(settings: Settings) -> int:
    """Return how many centres are computed together, a power of two."""
    loss, step = settings.loss, settings.step
    if isinstance(loss, NegativeSampling):
        return loss.group_in(step)
    return min(GROUP if isinstance(loss, HierarchicalSoftmax) else SOFTMAX_STEP, step)


def draw_batches(text: Text, chunk: int, of: Objective, rng: np.random.Generator) -> Batch:
    """Draw windows and negatives of a chunk, all its batches in one piece (see `Batch.cut`)."""
    batch = draw_windows(text, chunk, of.window, of.n, rng, full=of.full)
    if not of.documents:
        batch = batch._replace(documents=np.empty(0, np.int32))
    groups, shared = of.negatives
    if not shared:
        return batch
    return batch._replace(negatives=draw_words(text.noise, (len(batch.left) // of.n * groups, shared), rng))


class FusedSkipGram(Objective):
    """Skip-gram with shared negatives; `word2vec.training.skipgram` computes its gradients.

    inputs : rows of the input's table, words first
    full : whether all windows have their full size, or each its own
    """

    def __init__(self, inputs: int, step: FusedStep, *, full: bool = False) -> None:
        self.inputs, self._step, self.full = inputs, step, full
        self.n, self.window, self.groups, self.entries = step.n, step.window, step.groups, step.entries
        self.negatives = step.groups, step.shared
        self._pull = np.empty(step.entries)
        centres, tokens, negatives = step.split(self._pull)
        around = step.group + 2 * step.window
        centres[:] = 1 + NEGATIVE_PULL * step.factor * step.shared
        tokens[:, :around], tokens[:, around:] = step.group / around, 0
        negatives[:] = NEGATIVE_PULL * step.factor * step.group

    def rows_of(self, batch: Batch) -> tuple[Ids, Array]:
        """Count about 1 for each pair, less for each negative, on average over the batch."""
        return self._step.ids(batch, self.inputs), self.weights(batch).mean() * self._pull

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """See `FusedStep.gradients`."""
        return self._step.gradients(x[: self.inputs], x[self.inputs :], batch, groups, out, measured)

    def weights(self, part: Batch) -> Array:
        """See `FusedStep.pairs`."""
        return self._step.pairs(part)


class Composed(Objective):
    """Any input with any output: H = M Z, J and ∂J/∂H of the output, ∂J/∂Z = Mᵀ ∂J/∂H.

    Parameters
    ----------
    inputs : R, rows of the input's table
    n, window : positions of a batch, C
    source, output : Input, Output
    full : whether all windows have their full size, or each its own
    """

    def __init__(
        self, inputs: int, n: int, window: int, source: Input, output: Output, *, full: bool = False
    ) -> None:
        self.inputs, self.n, self.window, self.full = inputs, n, window, full
        self._input, self._output = source, output
        self.input_rate, self.documents = source.rate, source.documents_after is not None
        self.groups, self.negatives, self.table = output.groups, output.negatives, output.table
        self.entries = source.entries + output.entries

    def rows_of(self, batch: Batch) -> tuple[Ids, Array]:
        """Return the rows of the input, then those of the output."""
        source, output, predicted = self._input, self._output, self.weights(batch)
        rows, pull = output.rows(batch, source.length(batch) * predicted)
        of_input = source.pull(output.hidden_pull * predicted, batch)
        return np.append(source.rows(batch), rows + np.int32(self.inputs)), np.append(of_input, pull)

    def table_pull(self, batch: Batch) -> Array:
        """Return what the output says."""
        return self._output.table_pull(batch, self._input.length(batch) * self._seen(batch))

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Go forth through the input to the output, and back."""
        size = self.n // self.groups
        begin, end = groups.start * size, groups.stop * size
        part, Z, U = batch.part(begin, end), x[: self.inputs], x[self.inputs :]
        H = self._input.hidden(Z, part)
        seen, of_output = self._seen(part), out[self._input.entries :]
        J, grad_H = self._output.gradients(H, U, batch, seen, groups, of_output, measured)
        self._input.spread(grad_H, begin, out)
        return J

    def input_cap(self, batch: Batch) -> float:
        """Return how far rows may move together, for hidden vectors to move by `CAP` on average."""
        length = self._input.length(batch)
        return 1 / max(1.0, float(np.sum(length) / max(1, np.count_nonzero(length))))

    def weights(self, part: Batch) -> Array:
        """Return how many words each position predicts, weighted."""
        return self._output.predicted(part, self._seen(part))

    def _seen(self, batch: Batch) -> Array:
        """Return the weight of each position, 0 where there is no hidden vector."""
        return batch.weighted(self._input.seen(batch))


class Joined(Objective):
    """The sum of two objectives over the same batches and negatives, for the same x: they share the output's rows.

    parts : Objective, Objective, which agree in n, groups and negatives
    """

    def __init__(self, parts: Sequence[Objective]) -> None:
        self._parts, (one, other) = parts, parts
        self.n, self.window, self.inputs, self.input_rate = one.n, one.window, one.inputs, one.input_rate
        self.groups, self.negatives, self.table, self.full = one.groups, one.negatives, one.table, one.full
        self.entries, self.documents = one.entries + other.entries, one.documents or other.documents

    def rows_of(self, batch: Batch) -> tuple[Ids, Array]:
        """Return the rows of the first part, then those of the other."""
        (one, pull), (other, other_pull) = (part.rows_of(batch) for part in self._parts)
        lacks = self._parts[0].entries - len(one)  # zeros, as in `rows`
        one = np.pad(one, (0, lacks), constant_values=self.inputs)
        return np.append(one, other), np.concatenate([pull, np.zeros(lacks), other_pull])

    def table_pull(self, batch: Batch) -> Array:
        """Return what pulls in both parts."""
        return np.asarray(sum(part.table_pull(batch) for part in self._parts))

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the parts' entries, one after the other, and add up their tables."""
        one, other = self._parts
        J = other.gradients(x, batch, groups, out[one.entries :], measured)
        if not self.table:
            return J + one.gradients(x, batch, groups, out[: one.entries], measured)
        # the first part's table would lie where the other's gradients are: it is filled apart
        first = np.empty((one.entries + self.table, out.shape[1]), out.dtype)
        J = J + one.gradients(x, batch, groups, first, measured)
        out[: one.entries], table = first[: one.entries], out[self.entries :]
        table += first[one.entries :]
        return J

    def weights(self, part: Batch) -> Array:
        """Return the pairs of both."""
        return np.asarray(sum(each.weights(part) for each in self._parts))
