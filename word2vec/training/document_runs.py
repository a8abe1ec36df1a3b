"""PV-DBOW with shared negatives in fewer operations: a document's words come one after the other.

The positions of a group that are of one document t are a run, whose hidden vectors are all d_t. So a score with a
negative is computed once for a run instead of once for each of its positions, and so is a gradient in d_t. With i in
run r of document t, word o_i, weight s_i, and negatives w = 1..N:

    x_i = u_{o_i}ᵀd_t,  δ_i = s_i (σ(x_i) − 1);   x_rw = u_wᵀd_t,  δ_rw = (K/N) σ(x_rw) Σ_{i ∈ r} s_i 1[w ≠ o_i]
    ∂J/∂d_t = Σ_{i ∈ r} δ_i u_{o_i} + Σ_w δ_rw u_w,   ∂J/∂u_{o_i} = δ_i d_t,   ∂J/∂u_w = Σ_r δ_rw d_t            (E44)

A group has so few runs that the scores of all its words and negatives with all of them are one small product, of
which weights keep the pairs that are there.
"""

from collections.abc import Sequence

import numpy as np

from .._types import Array, Ids
from ..functions import log_sigmoid
from .batches import Batch
from .outputs import SharedNegatives
from .protocol import Objective
from .sigmoids import sigmoid_of_minus


class DocumentRuns(Objective):
    """The gradients of batches of n positions: group by group the words' and the negatives', then those of runs.

    All groups of a batch have as many rows for runs as the one that has most. What a group lacks are zeros.

    Parameters
    ----------
    inputs, words : rows of the input's table, of which words are the first
    n, window : positions of a batch, C
    output : `SharedNegatives` of these positions, whose rows and pull the gradients have
    full : whether all windows have their full size
    """

    documents = True

    def __init__(
        self, inputs: int, n: int, window: int, words: int, output: SharedNegatives, *, full: bool = False
    ) -> None:
        self.inputs, self.n, self.window, self.full = inputs, n, window, full
        self._after, self._output, self._factor = words, output, output.factor
        self.negatives = self.groups, self._shared = output.negatives
        self._group, self.entries, self._written = n // self.groups, output.entries + n, 0

    def _by_group(self, positions: Array, negatives: Array) -> Array:
        """Bring what there is of each position, and then of each negative, group by group: (g, G + N)."""
        return np.hstack([positions.reshape(-1, self._group), negatives.reshape(-1, self._shared)])

    def _runs(self, batch: Batch) -> tuple[Ids, Ids]:
        """Return the place g R + r of each position's run (n,), and the rows of the runs' documents (n/G, R)."""
        documents = batch.documents.reshape(self.groups, -1)  # (n/G, G)
        run = np.zeros(documents.shape, np.intp)
        np.cumsum(documents[:, 1:] != documents[:, :-1], axis=1, out=run[:, 1:])
        rows = np.full((self.groups, run[:, -1].max() + 1), self._after, np.int32)
        run += np.arange(0, rows.size, rows.shape[1])[:, None]  # (n/G, G) + (n/G, 1)
        rows.reshape(-1)[run] = np.maximum(documents, 0) + np.int32(self._after)  # all of a run write the same
        return run.ravel(), rows

    def rows_of(self, batch: Batch) -> tuple[Ids, Array]:
        """Return words and negatives, then the documents of runs, and how much pulls there: (E,) both."""
        (run, documents), predicted = self._runs(batch), self.weights(batch)
        ids, pull = self._output.rows(batch, predicted)
        of_output = ids + np.int32(self.inputs), pull
        words, of_words = (self._by_group(each[: self.n], each[self.n :]).ravel() for each in of_output)
        of_documents = np.bincount(run, self._output.hidden_pull * predicted, documents.size)
        return np.append(words, documents), np.append(of_words, of_documents)

    def weights(self, part: Batch) -> Array:
        """Return 1 for each position that is of a document, weighted."""
        return part.weighted((part.documents >= 0).astype(np.float64))

    def gradients(self, x: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int]) -> Array:
        """Fill the groups' part of out; return the loss of those that are measured."""
        Z, U = x[: self.inputs], x[self.inputs :]
        mine, D, (run, documents) = slice(groups.start, groups.stop), out.shape[1], self._runs(batch)
        begin, end, R = groups.start * self._group, groups.stop * self._group, documents.shape[1]
        part = batch.part(begin, end)
        weights = self._weights(part, run[begin:end] - groups.start * R, self.weights(part).astype(Z.real.dtype), R)
        words = self._by_group(part.centres, part.negatives)
        u, d = U.take(words, axis=0), Z.take(documents[mine], axis=0)  # (g, G + N, D), (g, R, D)
        scores = u @ np.ascontiguousarray(d.swapaxes(1, 2))  # (g, G + N, R)
        J = np.array([self._loss(scores[i], weights[i]) for i in (group - groups.start for group in measured)])
        scores[:, self._group :] *= -1
        sigmoid_of_minus(scores, weights)  # δ
        end, written = self._output.entries, self._output.entries + documents.size
        np.matmul(scores, d, out=out[:end].reshape(-1, *u.shape[1:])[mine])  # (n/G, G + N, D)
        np.matmul(scores.swapaxes(1, 2), u, out=out[end:written].reshape(-1, R, D)[mine])  # (n/G, R, D)
        if groups.stop == self.groups:
            out[written : self._written] = 0  # of a batch that had more runs; rows behind are zero always
            self._written = written
        return J

    def _weights(self, part: Batch, run: Ids, seen: Array, R: int) -> Array:
        """Return the weights of words with their runs, below 0, and of negatives with all runs: (g, G + N, R)."""
        G, (g, N) = self._group, part.negatives.shape
        weights, group = np.zeros((g, G + N, R), seen.dtype), np.arange(g * G) // G
        # row k of group γ and run γR + r are at (γ (G + N) + k) R + r = run + R (γ (G + N − 1) + k)
        first = run + R * (G + N - 1) * group
        weights.reshape(-1)[first + R * (np.arange(g * G) % G)] = -seen
        weights[:, G:] = self._factor * np.bincount(run, seen, g * R).reshape(g, 1, R)
        equal = np.flatnonzero(part.negatives[:, :, None] == part.centres.reshape(g, 1, G))  # of (g, N, G)
        negative, i = np.divmod(equal, G)
        position = negative // N * G + i
        np.subtract.at(weights.reshape(-1), first[position] + R * (G + negative % N), self._factor * seen[position])
        return weights

    def _loss(self, x: Array, weights: Array) -> float:
        """Compute the loss of a group, in double precision."""
        x, G = x.astype(np.result_type(x, np.float64)), self._group
        return float((weights[:G] * log_sigmoid(x[:G])).sum() - (weights[G:] * log_sigmoid(-x[G:])).sum())
