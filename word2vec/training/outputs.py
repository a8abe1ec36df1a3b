"""What a batch's hidden vectors predict, and what it costs: losses whose gradient goes back to the hidden vectors.

An output sees the hidden vectors H (m, D) of m positions, `seen`, the weight of each (0: it has none; 1, or that of
its sentence), and a table U of its own. A position predicts either the word that stands there (CBOW, documents), or
each word around it (skip-gram).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .._types import Array, Ids
from ..batch import naive_softmax_batch
from ..functions import log_sigmoid
from .bands import by_offset
from .batches import Batch
from .sigmoids import sigmoid_of_minus

NEGATIVE_PULL = 0.25  # a negative's score is far from 0 and bends the loss less than that of a pair that was seen


class Output(Protocol):
    """A loss of hidden vectors, and its gradients.

    groups : parts of a batch whose gradients can be computed one by one
    negatives : how many a batch has, (groups, N) or (0, 0)
    entries : gradients of a batch whose rows differ from batch to batch, at most
    table : further gradients, one for each row of U in order, or 0
    hidden_pull : how much pulls at a hidden vector, for each word that it predicts
    """

    groups: int
    negatives: tuple[int, int]
    entries: int
    hidden_pull: float
    table: int = 0

    def predicted(self, batch: Batch, seen: Array) -> Array:
        """Return how many words each position predicts, weighted as their losses are: (n,)."""

    def rows(self, batch: Batch, predicted: Array) -> tuple[Ids, Array]:
        """Return the row of U of each gradient, and how much pulls there: (E,), E ≤ entries."""

    def table_pull(self, batch: Batch, seen: Array) -> Array:  # noqa: ARG002
        """Return how much pulls at each row of U: (table,)."""
        return np.empty(0)

    def gradients(
        self, H: Array, U: Array, batch: Batch, seen: Array, groups: range, out: Array, measured: Sequence[int]
    ) -> tuple[Array, Array]:
        """Fill the groups' part of out (entries + table, D); return the loss of those measured, and ∂J/∂H (m, D).

        H and seen are of these groups' positions, the batch is the whole one. Rows from E on must be zero.
        """


class SharedNegatives(Output):
    """Negative sampling where each position predicts its own word, with negatives that a group shares.

        x_o = u_oᵀv̂,  δ_o = σ(x_o) − 1;   x_w = u_wᵀv̂,  δ_w = a_w σ(x_w),  a_w = (K/N) 1[w ≠ o]
        ∂J/∂v̂ = δ_o u_o + Σ_w δ_w u_w,   ∂J/∂u_o = δ_o v̂,   ∂J/∂u_w = Σ_i δ_iw v̂_i

    Parameters
    ----------
    n, dim : positions of a batch, D
    negatives, shared, group : K; N, drawn for each G positions, each of which counts K/N, `factor`
    """

    def __init__(self, n: int, dim: int, negatives: int, shared: int, dtype: DTypeLike, *, group: int) -> None:
        self.groups, self._group, self._shared, self.factor = n // group, group, shared, negatives / shared
        self._n = n
        self.negatives, self.entries = (self.groups, shared), n + self.groups * shared
        self.hidden_pull = 1 + NEGATIVE_PULL * negatives
        self.u_o, self.u = np.empty((n, dim), dtype), np.empty((self.groups, shared, dim), dtype)
        self._grad_H, self._far = np.empty((n, dim), dtype), np.empty((self.groups, group, shared), dtype)

    def predicted(self, batch: Batch, seen: Array) -> Array:  # noqa: ARG002
        """Return the weight of each position."""
        return np.asarray(seen, np.float64)

    def rows(self, batch: Batch, predicted: Array) -> tuple[Ids, Array]:
        """Return the positions' words, then the negatives, at which less pulls for each position of the group."""
        negatives = NEGATIVE_PULL * self.factor * self._group * predicted.mean()
        pull = np.append(predicted, np.full(self.groups * self._shared, negatives))
        return np.append(batch.centres, batch.negatives), pull

    def gradients(
        self, H: Array, U: Array, batch: Batch, seen: Array, groups: range, out: Array, measured: Sequence[int]
    ) -> tuple[Array, Array]:
        """Compute the scores with the own word one by one, those with a group's negatives as one product."""
        (m, D), g, begin = H.shape, len(groups), groups.start * self._group
        part = batch.part(begin, begin + m)
        own, weight = part.centres, seen.astype(H.real.dtype)
        u_o = np.take(U, own, axis=0, out=self.u_o[:m], mode="clip")
        u = np.take(U, part.negatives, axis=0, out=self.u[:g], mode="clip")  # (m/G, N, D)
        by_group = H.reshape(g, self._group, D)  # (m/G, G, D)
        x = np.vecdot(H, u_o)  # (m,)
        far = np.matmul(by_group, u.swapaxes(1, 2), out=self._far[:g])  # (m/G, G, N)
        a = (self.factor * weight.reshape(g, self._group, 1)).astype(weight.dtype)  # (m/G, G, 1), not yet 0 for w = o
        equal = np.flatnonzero(part.negatives[:, None, :] == own.reshape(g, self._group, 1))  # of (m/G, G, N)
        J = np.empty(len(measured), np.result_type(x, np.float64))
        for i, group in enumerate(measured):
            at = group - groups.start
            near = slice(at * self._group, (at + 1) * self._group)
            J[i] = -(weight[near] * log_sigmoid(x[near].astype(J.dtype))).sum()
            different = part.negatives[at] != own[near, None]  # (G, N)
            J[i] -= (a[at] * different * log_sigmoid(-far[at].astype(J.dtype))).sum()
        delta = -sigmoid_of_minus(x, weight)[:, None]  # (m, 1)
        sigmoid_of_minus(np.negative(far, out=far), a)
        far.reshape(-1)[equal] = 0  # far is contiguous: this writes into it
        np.multiply(delta, H, out=out[begin : begin + m])  # (m, 1) times (m, D)
        grad_u = out[self._n :].reshape(self.groups, self._shared, D)  # (n/G, N, D)
        np.matmul(far.swapaxes(1, 2), by_group, out=grad_u[groups.start : groups.stop])
        grad_H = np.matmul(far, u, out=self._grad_H[:m].reshape(by_group.shape)).reshape(m, D)
        grad_H += np.multiply(delta, u_o, out=u_o)  # u_o is no longer needed: its memory takes the product (m, D)
        return J, grad_H


class FullSoftmax(Output):
    """The full softmax, n·V scores a batch, which is a group of its own; `word2vec.batch` computes its gradients.

    Parameters
    ----------
    words, window : V, C
    around : whether a position predicts each word of its window, or the word that stands there
    near : p of each distance 1..C, or offset, around a position
    """

    groups, negatives, entries, hidden_pull = 1, (0, 0), 0, 1.0

    def __init__(self, words: int, window: int, *, around: bool, near: ArrayLike = 1.0) -> None:
        self.table, self._window, self._around = words, window, around
        self._p = by_offset(near, window)

    def predicted(self, batch: Batch, seen: Array) -> Array:
        """Return the weights of each position's pairs, added up."""
        sizes, _, weights = self._pairs(batch, seen)
        return np.bincount(np.arange(len(sizes)).repeat(sizes), weights, len(sizes))  # (P,) by position: (n,)

    def rows(self, batch: Batch, predicted: Array) -> tuple[Ids, Array]:  # noqa: ARG002
        """Return none: all rows of U are in the table."""
        return np.empty(0, np.int32), np.empty(0)

    def _pairs(self, batch: Batch, seen: Array) -> tuple[Ids, Ids, Array]:
        """Return how many words each position predicts (n,), these words and the weights of their losses (P,)."""
        if self._around:
            sizes = batch.left + batch.right
            return sizes, batch.outside_words(), self._p.take(batch.offsets() + self._window) * seen.repeat(sizes)
        there = np.flatnonzero(seen)
        return (seen > 0).astype(np.intp), batch.centres[there], seen[there].astype(np.float64)

    def table_pull(self, batch: Batch, seen: Array) -> Array:
        """Return how often each word is predicted, weighted: (V,)."""
        _, words, weights = self._pairs(batch, seen)
        return np.bincount(words, weights, self.table)

    def gradients(
        self,
        H: Array,
        U: Array,
        batch: Batch,
        seen: Array,
        groups: range,  # noqa: ARG002
        out: Array,
        measured: Sequence[int],
    ) -> tuple[Array, Array]:
        """Compute the sum over the batch: n times `naive_softmax_batch`, which computes the mean."""
        n, (sizes, words, weights) = len(H), self._pairs(batch, seen)
        found = naive_softmax_batch(H, U, np.arange(n), sizes, words[:, None], weights)  # words (P, 1)
        np.multiply(found.grad_U, n, out=out)
        return np.array([found.loss() * n for _ in measured]), n * found.grad_V
