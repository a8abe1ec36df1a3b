"""What a batch's hidden vectors are: linear maps of the rows of the input table, and how their gradient gets back.

The hidden vectors of n positions are H = M Z: M (n, rows) is sparse, its entries depend on the text alone, Z is the
table. So ∂J/∂Z = Mᵀ ∂J/∂H. `Positions` takes one row for each position (its word: skip-gram; its document:
PV-DBOW), `Windows` those of all tokens around some positions, each by itself (skip-gram with a tree), `Contexts` the
sum or the mean of the words around it (CBOW), with its document beside them (PV-DM).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array, Ids
from .bands import BLOCK, Band, Reach, by_offset
from .batches import Batch


class Input(Protocol):
    """The hidden vectors of a batch of n positions, and their transpose.

    entries : gradients of a batch
    rate : how many times the learning rate its rows take
    documents_after : number of words, where documents have rows behind those; else None
    """

    entries: int
    rate: float = 1.0
    documents_after: int | None = None

    def rows(self, batch: Batch) -> Ids:
        """Return the row of the table of each gradient: (entries,)."""

    def seen(self, batch: Batch) -> Array:
        """Return 1 for each position that has a hidden vector, 0 for the others: (n,)."""

    def pull(self, pull: Array, batch: Batch) -> Array:  # noqa: ARG002
        """Return how much pulls at each gradient's row, where this much pulls at each hidden vector: (entries,)."""
        return pull

    def length(self, batch: Batch) -> Array | float:  # noqa: ARG002
        """Return how many rows each hidden vector is the sum of, (n,), or 1: its steps and its square grow by it."""
        return 1.0

    def hidden(self, Z: Array, part: Batch) -> Array:
        """Compute H = M Z of some positions, whole blocks: (m, D), to be overwritten at will."""

    def spread(self, grad_H: Array, begin: int, out: Array) -> None:
        """Write Mᵀ grad_H of the positions from `begin` on into out (entries, D); hidden was called right before."""


class Positions(Input):
    """One row for each position: its word's, or its document's, which stands behind those of all `words`."""

    def __init__(self, n: int, dim: int, dtype: DTypeLike, *, documents_after: int | None = None) -> None:
        self.entries, self.documents_after = n, documents_after
        self._H = np.empty((n, dim), dtype)

    def rows(self, batch: Batch) -> Ids:
        """Return the word or the document of each position."""
        if self.documents_after is None:
            return batch.centres
        return np.maximum(batch.documents, 0) + np.int32(self.documents_after)

    def seen(self, batch: Batch) -> Array:
        """Return 1 where there is a window, or a document."""
        return np.asarray((batch.left + batch.right > 0) if self.documents_after is None else batch.documents >= 0)

    def hidden(self, Z: Array, part: Batch) -> Array:
        """Take the rows."""
        return np.take(Z, self.rows(part), axis=0, out=self._H[: len(part.left)], mode="clip")

    def spread(self, grad_H: Array, begin: int, out: Array) -> None:
        """Copy the gradients."""
        out[begin : begin + len(grad_H)] = grad_H


class Windows(Input):
    """The rows of all tokens in reach of a group of G positions, each of which predicts the words of positions.

    Hidden vectors are (G + 2C) for each group, those of the C tokens before it first.
    """

    def __init__(self, n: int, dim: int, window: int, dtype: DTypeLike, *, group: int) -> None:
        self._group, self._wide = group, group + 2 * window
        self._places = np.arange(0, n, group)[:, None] + np.arange(self._wide)  # (n/G, G + 2C)
        self.entries = self._places.size
        self._H = np.empty((self.entries, dim), dtype)

    def rows(self, batch: Batch) -> Ids:
        """Return the words of all groups' tokens."""
        return np.asarray(batch.tokens.take(self._places[: len(batch.left) // self._group]).ravel())

    def seen(self, batch: Batch) -> Array:
        """Return 1 where there is a window."""
        return np.asarray(batch.left + batch.right > 0)

    def pull(self, pull: Array, batch: Batch) -> Array:  # noqa: ARG002
        """Return what pulls at a token on average: as much as at a position, spread over the tokens."""
        return np.full(self.entries, pull.sum() / self.entries)

    def hidden(self, Z: Array, part: Batch) -> Array:
        """Take the rows: (m/G (G + 2C), D)."""
        rows = self.rows(part)
        return np.take(Z, rows, axis=0, out=self._H[: len(rows)], mode="clip")

    def spread(self, grad_H: Array, begin: int, out: Array) -> None:
        """Copy the gradients."""
        first = begin // self._group * self._wide
        out[first : first + len(grad_H)] = grad_H


class Contexts(Input):
    """The sum of the words in a position's window, weighted by their distance, or their mean.

        v̂_i = Σ_j p_ij v_{w_j} / Z_i     Z_i = 1, or Σ_j p_ij for the mean                                      (E38)

    With a document, its vector is one more of the words, with p = 1.

    Parameters
    ----------
    n, dim, window, dtype : positions of a batch, D, C, of the tables
    near : p of each distance 1..C, or of each offset −C..−1, 1..C
    group : G, positions that are always computed together
    mean : whether Z_i is the sum of weights
    undivided : whether the mean's gradient is not divided by Z_i, as in other programs (E39)
    drawn : whether windows are drawn from 1..C, so that far words are in few of them
    documents_after : V, where each position has its document's row V + t beside its window
    """

    def __init__(
        self,
        n: int,
        dim: int,
        window: int,
        dtype: DTypeLike,
        near: Array,
        *,
        group: int,
        mean: bool = False,
        undivided: bool = False,
        drawn: bool = False,
        documents_after: int | None = None,
        block: int = BLOCK,
    ) -> None:
        self._window, self._group = window, group
        p, real = by_offset(near, window), np.empty(0, dtype).real.dtype
        self._reach, self._band = Reach(p, real), Band(n, group, window, real, block)
        self._mean, self._undivided, self.documents_after = mean, undivided, documents_after
        self._in_contexts = n // group * self._band.tokens
        self.entries = self._in_contexts + (0 if documents_after is None else n)
        self._alike = not drawn and np.ptp(np.delete(p, window)) == 0  # as in whole sentences
        # how often a window reaches an offset: a drawn one reaches distance d with probability (C + 1 − d)/C
        often = by_offset(np.linspace(1, 0, window, endpoint=False) if drawn else 1.0, window)
        usual = float(p @ often) + (documents_after is not None)  # Σ p of a window, on average
        self._square = float(p**2 @ often)
        # Z divides v̂ of the mean, and the gradient once more unless it is undivided
        self._power = 0 if not mean else 1 if undivided else 2
        self._shrink = usual**self._power  # of a step's effect on v̂
        self.rate = 1.0 if undivided else self._shrink
        self._Z: Array | float = 1.0  # of the positions whose hidden vectors were computed last: (m, 1)
        self.places = np.arange(0, n, group)[:, None] + np.arange(self._band.tokens)  # (n/G, T)
        self._p, self._H = np.empty((n, 2 * window + 1), real), np.empty((n, dim), dtype)
        self._context, self._contexts = self._band.token_rows(dim, dtype)  # (n + 2C, D), (n/G, G/B, B + 2C, D)
        self._grad_H, self._grad_of_tokens = self._band.centre_rows(dim, dtype)  # (n, D), (n/G, T/B, B + 2C, D)

    def rows(self, batch: Batch) -> Ids:
        """Return the words of all groups' tokens, then the documents of the positions."""
        words = batch.tokens.take(self.places[: len(batch.left) // self._group], mode="clip").ravel()
        if self.documents_after is None:
            return words
        return np.append(words, np.maximum(batch.documents, 0) + np.int32(self.documents_after))

    def seen(self, batch: Batch) -> Array:
        """Return 1 where there is a window, or a document."""
        if self.documents_after is not None:
            return np.asarray(batch.documents >= 0)
        return np.asarray(self._reach.total(batch.left, batch.right) > 0)

    def pull(self, pull: Array, batch: Batch) -> Array:
        """Return Σ p²/Z² over the positions that hold a token in their window, on average."""
        around = self._group + 2 * self._window
        if self._alike:
            return self._pull_together(pull, batch, around)
        pull = pull / self._shrink
        contexts = np.zeros(self.places.shape)
        contexts[:, :around] = pull.mean() * self._square * self._group / around  # tokens that fill a block: 0
        return contexts.ravel() if self.documents_after is None else np.append(contexts, pull)

    def length(self, batch: Batch) -> Array | float:
        """Return Σ p of each sum, 0 where there is none, or 1 for the mean."""
        return 1.0 if self._mean else self._total(batch) * self.seen(batch)

    def _total(self, batch: Batch) -> Array:
        """Return Σ p of each position, with its document."""
        return self._reach.total(batch.left, batch.right) + (self.documents_after is not None)

    def _pull_together(self, pull: Array, batch: Batch, around: int) -> Array:
        """Return Σ_i p_ij/Z_i Σ_k p_ik/Z_i of each token j, whose sentence's other tokens k move as it does."""
        total, contexts = self._total(batch), np.zeros(self.places.shape)
        words = total - (self.documents_after is not None)
        pull = pull * np.where(total > 0, total, 1.0) ** (1 - self._power)  # of one position
        tokens = np.pad(pull * words, self._window, "edge").take(self.places[:, :around])  # (n/G, G + 2C)
        contexts[:, :around] = tokens * (self._group / around)  # a token is in some groups
        return contexts.ravel() if self.documents_after is None else np.append(contexts, pull)

    def hidden(self, Z: Array, part: Batch) -> Array:
        """Compute P v of each block, P (B, B + 2C) holding p/Z, and add the documents."""
        m, C, H = len(part.left), self._window, self._H[: len(part.left)]
        weights = self._reach.weights(part.left, part.right, self._p[:m])  # (m, 2C+1)
        if self._mean:
            self._Z = np.maximum(self._total(part), 1e-30).astype(weights.dtype)[:, None]  # no window: 0/1e-30 is 0
            weights /= self._Z
        self._band.offsets[: m // self._group] = weights.reshape(-1, self._group, 2 * C + 1)  # (m/G, G, 2C+1)
        np.take(Z, part.tokens[: m + 2 * C], axis=0, out=self._context[: m + 2 * C], mode="clip")
        P = self._band.by_centre[: m // self._group]  # (m/G, G/B, B, B + 2C)
        np.matmul(P, self._contexts[: len(P)], out=H.reshape(*P.shape[:3], -1))  # (m/G, G/B, B, D)
        if self.documents_after is not None:
            H += Z.take(self.documents_after + np.maximum(part.documents, 0), axis=0) / self._Z
        return H

    def spread(self, grad_H: Array, begin: int, out: Array) -> None:
        """Compute Pᵀ ∂J/∂v̂ of each block of tokens."""
        m = len(grad_H)
        grad_v = np.multiply(grad_H, self._Z if self._undivided else 1, out=self._grad_H[:m])
        groups = slice(begin // self._group, (begin + m) // self._group)
        P = self._band.by_token[: m // self._group]  # (m/G, T/B, B, B + 2C)
        # a token that is near two groups has a row in each: no group waits for another's sum
        contexts = out[: self._in_contexts].reshape(-1, *P.shape[1:3], out.shape[1])  # (n/G, T/B, B, D)
        np.matmul(P, self._grad_of_tokens[: len(P)], out=contexts[groups])
        if self.documents_after is not None:
            np.divide(grad_v, self._Z, out=out[self._in_contexts + begin :][:m])
