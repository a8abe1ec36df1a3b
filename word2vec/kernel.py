"""The fast tier's kernel: weighted negative sampling over a stretch of running text, as products of small matrices.

A stretch holds n centres, one after the other, with C more tokens on either side. It is cut twice: into blocks
of B centres, whose contexts are the block's own B tokens and C on either side, and into groups of G centres,
which share N negatives. So each vector is fetched once, not once per pair, and all scores of a block are ONE
product v·uᵀ, of which a mask keeps the pairs that are in reach. Each pair (c, o) has the loss
`losses.weighted_negative_sampling` with the group's negatives w and the weights a_w = (K/N) 1[w ≠ o], which
is, in expectation, K negatives of its own; the weights of a centre's n_c pairs add up in the same product.

Centre and outside vectors are one table x (2V, D), as in the course: word w has its centre vector in row w, its
outside vector in row V + w. Nothing is drawn here and no table is changed.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from word2vec.functions import Array, log_sigmoid

Ids = NDArray[np.integer]

BLOCK, GROUP = 16, 256


class Stretch(NamedTuple):
    """A stretch of text, subsampled, with its windows and its negatives.

    tokens (n + 2C,): word ids, of which the C first and last are context only; left, right (n,): how many
    tokens before and behind a centre are in its window, 0..C; negatives (n/G, N): word ids.
    """

    tokens: Ids
    left: Ids
    right: Ids
    negatives: Ids


class Kernel:
    """Gradients of stretches of one size; it owns the buffers, so a thread needs a kernel of its own.

    Parameters
    ----------
    n : centres in a stretch; a multiple of the group's size
    dim, window : D and C
    negatives : K per pair
    shared : N, drawn for each group
    dtype : of the table; complex for a complex step
    block, group : B and G; G a multiple of B

    Raises
    ------
    ValueError
        If the sizes do not divide each other.
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
        block: int = BLOCK,
        group: int = GROUP,
    ) -> None:
        if n % group or group % block:
            raise ValueError(
                f"{n} centres, groups of {group}, blocks of {block}: expected each to divide the one before"
            )
        self.n, self.dim, self.window, self.block, self.group, self.shared = n, dim, window, block, group, shared
        self.entries = n + (n + 2 * window) + n // group * shared
        self.share = negatives / shared
        blocks, wide = n // block, block + 2 * window
        self._half_reach = half_reach(block, window).astype(np.empty(0, dtype).real.dtype)
        self._row_in_block = np.tile(np.arange(block) * (window + 1) ** 2, blocks)
        self._rows = np.empty((self.entries, dim), dtype)
        self._half = np.empty((n, wide), self._half_reach.dtype)
        self._scores = np.empty((blocks, block, wide), dtype)
        self._negative_scores = np.empty((n // group, group, shared), dtype)
        self._grad_contexts = np.empty((blocks, wide, dim), dtype)
        self._grad_v = np.empty((n, dim), dtype)

    def ids(self, stretch: Stretch, words: int) -> Ids:
        """List the rows of x (2V, D), V = `words`, that `gradients` speaks of: centres, contexts, negatives."""
        C = self.window
        return np.concatenate(
            (stretch.tokens[C : C + self.n], words + stretch.tokens, words + stretch.negatives.ravel())
        )

    def gradients(self, x: Array, ids: Ids, stretch: Stretch, out: Array, *, measure: bool = False) -> Any:
        """Compute the gradient of the SUM over the stretch's pairs of their loss.

            x_co = v_cᵀu_o,  δ_co = σ(x_co) − 1 for o in reach of c, otherwise 0
            x_cw = v_cᵀu_w,  δ_cw = a_cw σ(x_cw),   a_cw = (K/N) Σ_o 1[o in reach of c] 1[o ≠ w]
            ∂J/∂v_c = Σ_o δ_co u_o + Σ_w δ_cw u_w,   ∂J/∂u_o = Σ_c δ_co v_c,   ∂J/∂u_w = Σ_c δ_cw v_c

        Parameters
        ----------
        x : array (2V, D)
        ids : (entries,), of this stretch
        out : array (entries, D), filled with the gradient's rows: ∂J/∂x = Σ of them at ids, repeats add up
        measure : whether to compute J too, which takes as long as all the rest

        Returns
        -------
        J if it was asked for, else 0.
        """
        rows = np.take(x, ids, axis=0, out=self._rows, mode="clip")
        v, context, u = self._parts(rows)
        grad_v, _, grad_u = self._parts(out)
        half, half_a = self._weights(stretch)
        n, D = self.n, self.dim
        by_block, by_group = v.reshape(-1, self.block, D), v.reshape(-1, self.group, D)
        contexts = self._overlapping(context)
        scores = np.matmul(by_block, contexts.swapaxes(1, 2), out=self._scores)
        negative_scores = np.matmul(by_group, u.swapaxes(1, 2), out=self._negative_scores)
        J = _loss(scores, half, negative_scores, half_a) if measure else 0.0
        delta = _times(_tanh_of_half(scores), -1, half)
        negative_delta = _times(_tanh_of_half(negative_scores), 1, half_a)
        np.matmul(delta, contexts, out=grad_v.reshape(-1, self.block, D))
        grad_v += np.matmul(negative_delta, u, out=self._grad_v.reshape(-1, self.group, D)).reshape(n, D)
        np.matmul(delta.swapaxes(1, 2), by_block, out=self._grad_contexts)
        np.matmul(negative_delta.swapaxes(1, 2), by_group, out=grad_u)
        self._add_overlapping(out[n : n + len(context)])
        return J

    def _parts(self, rows: Array) -> tuple[Array, Array, Array]:
        """Split (entries, D) into those of centres (n, D), contexts (n + 2C, D), negatives (n/G, N, D)."""
        begin, end = self.n, self.entries - self.n // self.group * self.shared
        return rows[:begin], rows[begin:end], rows[end:].reshape(-1, self.shared, self.dim)

    def _overlapping(self, context: Array) -> Array:
        """View (n + 2C, …) as the blocks' contexts, which overlap: (n/B, B + 2C, …)."""
        step, shape = context.strides[0], (self.n // self.block, self.block + 2 * self.window, *context.shape[1:])
        return as_strided(context, shape, (self.block * step, *context.strides), writeable=context.flags.writeable)

    def _weights(self, stretch: Stretch) -> tuple[Array, Array]:
        """Give half the mask of pairs (n/B, B, B + 2C) and half the weights a of the negatives (n/G, G, N)."""
        C, blocks = self.window, self.n // self.block
        pattern = self._row_in_block + stretch.left * (C + 1) + stretch.right
        half = np.take(self._half_reach, pattern, axis=0, out=self._half, mode="clip").reshape(blocks, self.block, -1)
        negatives = stretch.negatives.repeat(self.group // self.block, axis=0)
        differ = self._overlapping(stretch.tokens)[:, :, None] != negatives[:, None, :]
        half_a = half @ differ.astype(half.dtype)
        half_a *= self.share
        return half, half_a.reshape(-1, self.group, self.shared)

    def _add_overlapping(self, grad_context: Array) -> None:
        """Add the gradients of the blocks' contexts up where blocks overlap, into (n + 2C, D)."""
        found, B = self._grad_contexts, self.block
        grad_context[self.n :] = 0
        for k in range(0, found.shape[1], B):  # rows k..k+B of all blocks: these do not overlap
            piece = found[:, k : k + B]
            target = self._overlapping(grad_context)[:, k : k + B]
            np.add(target, piece, out=target) if k else np.copyto(target, piece)


def half_reach(block: int, window: int) -> NDArray[np.float64]:
    """Tabulate half the mask of a centre's pairs, for its row in the block and its reach to both sides.

    Returns
    -------
    array (B · (C+1)², B + 2C): row (r (C+1) + left)(C+1) + right holds 1/2 where −left ≤ j − C − r ≤ right and
    j ≠ C + r, otherwise 0.
    """
    reach = np.arange(window + 1)
    distance = (np.arange(block + 2 * window) - window - np.arange(block)[:, None])[:, None, None, :]
    within = (-reach[:, None, None] <= distance) & (distance <= reach[:, None]) & (distance != 0)
    return np.asarray(within.reshape(-1, block + 2 * window) / 2)


def _tanh_of_half(x: Array) -> Array:
    """Compute tanh(x/2) = 2σ(x) − 1 in place."""
    x *= 0.5
    return np.tanh(x, out=x)


def _times(x: Array, shift: int, factor: Array) -> Array:
    """Compute (x + shift) · factor in place."""
    x += shift
    x *= factor
    return x


def _loss(scores: Array, half: Array, negative_scores: Array, half_a: Array) -> Any:
    """Compute J = −Σ log σ(x_co) − Σ a_cw log σ(−x_cw), summed in double precision."""
    wide = np.result_type(scores, np.float64)
    positive = log_sigmoid(scores[half > 0].astype(wide)).sum()
    return -(positive + (2 * half_a * log_sigmoid(-negative_scores.astype(wide))).sum())[()]
