"""Skip-gram with shared negatives, fused: weighted negative sampling over running text as products of small matrices.

A batch holds n centres, one after the other, with C more tokens at either end. It is cut twice: into groups of G
centres, which share N negatives, and these into blocks of B centres, whose contexts are the block's own B tokens and
C on either side. So each vector is fetched once, not once per pair, and all scores of a block are ONE product v·uᵀ,
of which a band (`bands`) holds the pairs in reach. Each pair (c, o) has p times the loss
`losses.negative_sampling`, p depending on the distance of o from c, with its group's negatives w and the
weights a_w = (K/N) 1[w ≠ o]: in expectation, K negatives of its own. The weights of a centre's pairs add up.

Nothing is drawn here and no table is changed. A group's numbers do not depend on what else is computed with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .._types import Array, Ids
from ..functions import log_sigmoid
from .bands import BLOCK, Band, Reach, by_offset
from .batches import Batch
from .sigmoids import sigmoid_of_minus

GROUP = 256


class FusedStep:
    """Computes the gradients of batches of one size, in buffers of its own.

    Parameters
    ----------
    n : centres in a batch, a multiple of G
    dim, window : D and C
    negatives : K per pair
    shared : N, drawn for each group; each counts K/N, `factor`
    dtype : of the tables; complex for a complex step
    near : p of each distance 1..C, or of each offset −C..−1, 1..C; 1 by default
    block, group : B and G; ValueError if B does not divide G, or G does not divide n
    """

    def __init__(
        self,
        n: int,
        dim: int,
        window: int,
        negatives: int,
        shared: int,
        dtype: DTypeLike = np.float32,
        *,
        near: ArrayLike = 1.0,
        block: int = BLOCK,
        group: int = GROUP,
    ) -> None:
        self.n, self.dim, self.window, self.shared, self.factor = n, dim, window, shared, negatives / shared
        self._band = band = Band(n, group, window, dtype, block)
        self.group, self.groups, self.tokens = group, n // group, band.tokens
        self.entries = n + self.groups * (band.tokens + shared)
        real = np.empty(0, dtype).real.dtype  # of weights, also in a complex step
        self._reach = Reach(by_offset(near, window), real)
        self._p = np.empty((n, 2 * window + 1), real)
        self._a = np.empty((self.groups, group, shared), real)
        self._places = np.arange(0, n, group)[:, None] + np.arange(band.tokens)  # (n/G, T), of each group's tokens
        self._offsets = np.arange(2 * window + 1)
        self._v, self._v_of_tokens = band.centre_rows(dim, dtype)  # (n, D), (n/G, T/B, B + 2C, D)
        self._context, self._contexts = band.token_rows(dim, dtype)  # (n + 2C, D), (n/G, G/B, B + 2C, D)
        self._u = np.empty((self.groups, shared, dim), dtype)
        self._scores = np.empty((self.groups, group // band.block, band.block, band.wide), dtype)
        self._near = band.near(self._scores)  # (n/G, G/B, B, 2C+1)
        self._x = np.empty((self.groups, group, 2 * window + 1), dtype)
        self._far = np.empty((self.groups, group, shared), dtype)

    def pairs(self, part: Batch) -> Array:
        """Return each centre's number of pairs, weighted by p and by its sentence: (n,)."""
        return part.weighted(self._reach.total(part.left, part.right))

    def split(self, entries: Array) -> tuple[Array, Array, Array]:
        """Return views of (entries, …) by group: centres (n/G, G, …), tokens (n/G, T, …), negatives (n/G, N, …)."""
        end, more = self.n + self.groups * self.tokens, entries.shape[1:]
        centres, tokens, negatives = entries[: self.n], entries[self.n : end], entries[end:]
        by_group = [part.reshape(self.groups, -1, *more) for part in (centres, tokens, negatives)]
        return by_group[0], by_group[1], by_group[2]

    def ids(self, batch: Batch, words: int) -> Ids:
        """Return the row of x (2V, D), V = `words`, of each gradient: (entries,)."""
        ids = np.empty(self.entries, np.int32)
        centres, tokens, negatives = self.split(ids)
        centres[:] = batch.centres.reshape(centres.shape)  # (n/G, G)
        np.add(batch.tokens.take(self._places, mode="clip"), words, out=tokens)  # behind the batch: no gradient
        np.add(batch.negatives, words, out=negatives)
        return ids

    def gradients(
        self, V: Array, U: Array, batch: Batch, groups: range, out: Array, measured: Sequence[int] = ()
    ) -> Array:
        """Compute the gradient of the SUM over pairs of their loss, for the centres of some groups.

            x_co = v_cᵀu_o,  δ_co = p_co (σ(x_co) − 1) for o in reach of c, otherwise 0
            x_cw = v_cᵀu_w,  δ_cw = a_cw σ(x_cw),   a_cw = (K/N) Σ_o p_co 1[o in reach of c] 1[o ≠ w]
            ∂J/∂v_c = Σ_o δ_co u_o + Σ_w δ_cw u_w,   ∂J/∂u_o = Σ_c δ_co v_c,   ∂J/∂u_w = Σ_c δ_cw v_c

        Parameters
        ----------
        V, U : arrays (V, D)
        batch : Batch
        groups : range of groups, at least one
        out : array (entries, D); the groups' part is filled (see `split`, `ids`), repeated ids add up
        measured : of these groups the loss is computed too

        Returns
        -------
        J of each measured group.
        """
        part, g, C = batch.part(groups.start * self.group, groups.stop * self.group), len(groups), self.window
        n, mine = g * self.group, slice(groups.start, groups.stop)
        grad_v, grad_tokens, grad_u = (each[mine] for each in self.split(out))
        # v (n, D), contexts (n + 2C, D), u (n/G, N, D); mode="clip" neither checks nor copies
        v = V.take(part.centres, 0, self._v[:n], "clip")
        U.take(part.tokens, 0, self._context[: n + 2 * C], "clip")
        u = U.take(part.negatives, 0, self._u[:g], "clip")
        by_group = v.reshape(grad_v.shape)  # (n/G, G, D)
        by_block = v.reshape(g, -1, self._band.block, self.dim)  # (n/G, G/B, B, D)
        contexts, v_of_tokens = self._contexts[:g], self._v_of_tokens[:g]  # (n/G, G/B or T/B, B + 2C, D)
        p, a = self._weights(part)
        # v·uᵀ of each block (n/G, G/B, B, B + 2C), of which a band counts, and with the negatives (n/G, G, N)
        np.matmul(by_block, contexts.swapaxes(2, 3), out=self._scores[:g])
        x, far = self._x[:g], np.matmul(by_group, u.swapaxes(1, 2), out=self._far[:g])
        np.copyto(x.reshape(*by_block.shape[:3], -1), self._near[:g])  # (n/G, G/B, B, 2C+1): the band without gaps
        J = self._loss(x, p, far, a, [group - groups.start for group in measured])
        np.negative(sigmoid_of_minus(x, p), out=self._band.offsets[:g])
        far_delta = sigmoid_of_minus(np.negative(far, out=far), a)
        delta, delta_of_tokens = self._band.by_centre[:g], self._band.by_token[:g]
        # (n/G, T/B, B, B + 2C) times (n/G, T/B, B + 2C, D): (n/G, T/B, B, D), each token's sum in one product
        np.matmul(delta_of_tokens, v_of_tokens, out=grad_tokens.reshape(*delta_of_tokens.shape[:3], -1))
        np.matmul(far_delta.swapaxes(1, 2), by_group, out=grad_u)  # (n/G, N, D)
        np.matmul(delta, contexts, out=grad_v.reshape(by_block.shape))  # (n/G, G/B, B, D)
        # v is no longer needed: its memory, which is still in the cache, takes the product (n/G, G, D)
        grad_v += np.matmul(far_delta, u, out=by_group)
        return J

    def _weights(self, part: Batch) -> tuple[Array, Array]:
        """Return the weights p of pairs by offset (n/G, G, 2C+1), and the weights a of the negatives (n/G, G, N)."""
        g, n = len(part.negatives), len(part.left)
        p, a = self._reach.weights(part.left, part.right, self._p[:n]), self._a[:g]
        if part.weights.size:
            p *= part.weights[:, None]
        a[:] = (self.factor * self.pairs(part)).astype(a.dtype).reshape(g, -1, 1)  # (n/G, G, 1)
        self._leave_out_equal(part, p, a)
        return p.reshape(g, self.group, -1), a

    def _leave_out_equal(self, part: Batch, p: Array, a: Array) -> None:
        """Subtract from a the share of each pair whose outside word is the negative: there are few."""
        G, N, width, around = self.group, self.shared, p.shape[1], self.group + 2 * self.window
        tokens = part.tokens.take(self._places[: len(a), :around])  # (n/G, G + 2C)
        (equal,) = (tokens[:, None] == part.negatives[:, :, None]).ravel().nonzero()  # of (n/G, N, G + 2C)
        negative, token = np.divmod(equal, around)
        centre = token[:, None] - self._offsets  # of its group, whose outside word the token is: (m, 2C+1)
        (inside,) = ((centre >= 0) & (centre < G)).ravel().nonzero()
        i, offset = np.divmod(inside, width)
        group, w = np.divmod(negative.take(i), N)
        row = group * G + centre.take(inside)
        # of a (n/G, G, N) and p (n, 2C+1); a negative may be in a window twice, which subtract.at counts
        np.subtract.at(a.reshape(-1), row * N + w, self.factor * p.take(row * width + offset))

    def _loss(self, x: Array, p: Array, far: Array, a: Array, measured: Sequence[int]) -> Array:
        """Compute J = −Σ p_co log σ(x_co) − Σ a_cw log σ(−x_cw) of each measured group, in double precision."""
        wide = np.result_type(x, np.float64)
        J = np.empty(len(measured), wide)
        for i, group in enumerate(measured):
            (pairs,) = p[group].ravel().nonzero()
            near = p[group].take(pairs) * log_sigmoid(x[group].take(pairs).astype(wide))
            J[i] = -near.sum() - (a[group] * log_sigmoid(-far[group].astype(wide))).sum()
        return J
