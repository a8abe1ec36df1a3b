"""Skip-gram with shared negatives, fused: weighted negative sampling over running text as products of small matrices.

A batch holds n centres, one after the other, with C more tokens at either end. It is cut twice: into blocks of
B centres, whose contexts are the block's own B tokens and C on either side, and into groups of G centres, which
share N negatives. So each vector is fetched once, not once per pair, and all scores of a block are ONE product
v·uᵀ, of which a mask keeps the pairs in reach. Each pair (c, o) has p times the loss
`losses.negative_sampling`, p depending on the distance of o from c, with its group's negatives w and the
weights a_w = (K/N) 1[w ≠ o]: in expectation, K negatives of its own. The weights of a centre's pairs add up.

Nothing is drawn here and no table is changed. A group's numbers do not depend on what else is computed with it.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._types import Array, Ids
from ..functions import log_sigmoid
from .batches import Batch

BLOCK, GROUP = 16, 256
WIDEST_TABLE = 32  # of wider windows, the weights by reach are computed: their table would be large


class FusedStep:
    """Computes the gradients of batches of one size, in buffers of its own.

    Parameters
    ----------
    n : centres in a batch, a multiple of G
    dim, window : D and C
    negatives : K per pair
    shared : N, drawn for each group
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
        if n % group or group % block:
            raise ValueError(f"{n} centres, groups of {group}, blocks of {block}: expected each to divide the last")
        self.n, self.dim, self.window, self.shared, self.share = n, dim, window, shared, negatives / shared
        self.block, self.group, self.groups, self.wide = block, group, n // group, block + 2 * window
        self.entries = n + n // block * self.wide + self.groups * shared
        real = np.empty(0, dtype).real.dtype
        p = by_offset(near, window)
        self._reach = Reach(n, block, p, real)
        self.places = np.arange(0, n, block)[:, None] + np.arange(self.wide)  # (n/B, B + 2C), of each block's tokens
        self._group_places = np.arange(0, n, group)[:, None] + np.arange(group + 2 * window)  # (n/G, G + 2C)
        self._half = np.empty((n, self.wide), real)
        self._v = np.empty((n, dim), dtype)
        self._context = np.empty((n + 2 * window, dim), dtype)
        # (n/B, B + 2C, D): block b's contexts are the tokens b B … b B + B + 2C, a view, since neighbours overlap
        self._contexts = sliding_window_view(self._context, self.wide, 0)[::block].swapaxes(1, 2)
        self._u = np.empty((self.groups, shared, dim), dtype)
        self._scores = np.empty((n // block, block, self.wide), dtype)
        self._far_scores = np.empty((self.groups, group, shared), dtype)
        self._half_a = np.empty((n, shared), real)
        self._same = np.empty((self.groups, group + 2 * window, shared), real)  # 1 where a token is the negative
        # (n/G, G/B, B + 2C, N), a view like that of the contexts
        self._same_of_blocks = sliding_window_view(self._same, self.wide, 1)[:, ::block].swapaxes(2, 3)

    def pairs(self, part: Batch) -> Array:
        """Return each centre's number of pairs, weighted by p and by its sentence: (n,)."""
        return part.weighted(self._reach.total(part.left, part.right))

    def split(self, entries: Array) -> tuple[Array, Array, Array]:
        """Return views of (entries, …): centres (n, …), contexts (n/B, B + 2C, …) and negatives (n/G, N, …)."""
        end, more = self.entries - self.groups * self.shared, entries.shape[1:]
        contexts = entries[self.n : end].reshape(-1, self.wide, *more)
        return entries[: self.n], contexts, entries[end:].reshape(-1, self.shared, *more)

    def ids(self, batch: Batch, words: int) -> Ids:
        """Return the row of x (2V, D), V = `words`, of each gradient: (entries,)."""
        ids = np.empty(self.entries, np.int32)
        centres, contexts, negatives = self.split(ids)
        centres[:] = batch.tokens[self.window : self.window + self.n]
        np.add(batch.tokens.take(self.places), words, out=contexts)
        np.add(batch.negatives, words, out=negatives)
        return ids

    def gradients(
        self, V: Array, U: Array, batch: Batch, groups: range, out: Array, measured: Ids | None = None
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
        measured : of these groups, counted from groups.start, the loss is computed too

        Returns
        -------
        J of each measured group.
        """
        n, D, C = len(groups) * self.group, self.dim, self.window
        blocks = range(groups.start * self.group // self.block, groups.stop * self.group // self.block)
        part = batch.part(groups.start * self.group, groups.stop * self.group)
        # v (n, D), contexts (n + 2C, D), u (n/G, N, D); mode="clip" neither checks nor copies
        v = np.take(V, part.tokens[C : C + n], axis=0, out=self._v[:n], mode="clip")
        np.take(U, part.tokens, axis=0, out=self._context[: n + 2 * C], mode="clip")
        u = np.take(U, part.negatives, axis=0, out=self._u[: len(groups)], mode="clip")
        by_block = v.reshape(-1, self.block, D)  # (n/B, B, D)
        by_group = v.reshape(-1, self.group, D)  # (n/G, G, D)
        contexts = self._contexts[: len(blocks)]  # (n/B, B + 2C, D)
        half, half_a = self._weights(part)
        # v·uᵀ of each block (n/B, B, B + 2C) and, with the negatives, of each group (n/G, G, N)
        scores = np.matmul(by_block, contexts.swapaxes(1, 2), out=self._scores[: len(blocks)])
        far_scores = np.matmul(by_group, u.swapaxes(1, 2), out=self._far_scores[: len(groups)])
        J = np.empty(0) if measured is None else self._loss(scores, half, far_scores, half_a, measured)
        delta, far_delta = _sigmoid_times(scores, -1, half), _sigmoid_times(far_scores, 1, half_a)
        all_grad_v, grad_contexts, grad_u = self.split(out)
        grad_v = all_grad_v[groups.start * self.group :][:n]  # (n, D)
        np.matmul(delta.swapaxes(1, 2), by_block, out=grad_contexts[blocks.start : blocks.stop])  # (n/B, B + 2C, D)
        np.matmul(far_delta.swapaxes(1, 2), by_group, out=grad_u[groups.start : groups.stop])  # (n/G, N, D)
        np.matmul(delta, contexts, out=grad_v.reshape(by_block.shape))  # (n/B, B, D)
        # v is no longer needed: its memory, which is still in the cache, takes the product (n/G, G, D)
        grad_v += np.matmul(far_delta, u, out=by_group).reshape(n, D)
        return J

    def _weights(self, part: Batch) -> tuple[Array, Array]:
        """Return half the weights p of pairs (n/B, B, B + 2C) and half the weights a of the negatives (n/G, G, N)."""
        groups, n = len(part.negatives), len(part.left)
        half, half_a = self._reach.half(part.left, part.right, self._half[:n]), self._half_a[:n]
        if part.weights.size:
            half *= part.weights[:, None]
        tokens = part.tokens.take(self._group_places[:groups])  # (n/G, G + 2C)
        np.copyto(self._same[:groups], tokens[:, :, None] == part.negatives[:, None, :])
        # the weights of pairs whose outside word is the negative: (n/G, G/B, B, B + 2C) times (n/G, G/B, B + 2C, N)
        blocks = half.reshape(groups, -1, self.block, self.wide)
        np.matmul(blocks, self._same_of_blocks[:groups], out=half_a.reshape(*blocks.shape[:3], -1))
        np.subtract((self.pairs(part) / 2).astype(half_a.dtype)[:, None], half_a, out=half_a)  # (n, 1) less (n, N)
        half_a *= self.share
        return half.reshape(-1, self.block, self.wide), half_a.reshape(groups, self.group, self.shared)

    def _loss(self, scores: Array, half: Array, far_scores: Array, half_a: Array, measured: Ids) -> Array:
        """Compute J = −Σ p_co log σ(x_co) − Σ a_cw log σ(−x_cw) of each measured group, in double precision."""
        wide = np.result_type(scores, np.float64)
        scores, half = (array.reshape(len(far_scores), -1) for array in (scores, half))  # (n/G, G (B + 2C))
        J = np.empty(len(measured), wide)
        for i, group in enumerate(measured):
            pairs = np.flatnonzero(half[group])
            near = half[group, pairs] * log_sigmoid(scores[group, pairs].astype(wide))
            far = half_a[group] * log_sigmoid(-far_scores[group].astype(wide))
            J[i] = -2 * (near.sum() + far.sum())
        return J


def by_offset(near: ArrayLike, window: int) -> NDArray[np.float64]:
    """Return p by offset −C..C, 0 at 0, of p by distance 1..C, by offset −C..−1, 1..C, or one for all: (2C+1,)."""
    p = np.asarray(near, np.float64)
    behind = np.broadcast_to(p[window:] if p.shape == (2 * window,) else p, window)
    return np.concatenate([p[:window] if p.shape == (2 * window,) else behind[::-1], [0], behind])


class Reach:
    """Half the weights of centres' pairs with the tokens of their blocks, by how far their windows reach.

    Parameters
    ----------
    n, block : centres, and B, those of a block
    p : (2C+1,), the weight of a pair by its offset, see `by_offset`
    dtype : of the weights
    """

    def __init__(self, n: int, block: int, p: Array, dtype: DTypeLike) -> None:
        window = len(p) // 2
        self._before, self._behind = np.append(0, p[:window][::-1]).cumsum(), np.append(0, p[window + 1 :]).cumsum()
        self._block, self._window, self._p = block, window, p.astype(dtype)
        if window <= WIDEST_TABLE:
            self._table = half_reach(block, p).astype(dtype)
            self._row_in_block = np.tile(np.arange(block) * (window + 1) ** 2, n // block)  # (n,)

    def total(self, left: Ids, right: Ids) -> Array:
        """Return the sum of the weights of each centre: (n,)."""
        return np.asarray(self._before.take(left) + self._behind.take(right))

    def half(self, left: Ids, right: Ids, out: Array) -> Array:
        """Fill out with half the weights of some whole blocks' centres: (m, B + 2C)."""
        m, C = len(left), self._window
        if C <= WIDEST_TABLE:
            row = self._row_in_block[:m] + left * (C + 1) + right
            return np.take(self._table, row, axis=0, out=out, mode="clip")
        offset = np.arange(out.shape[1]) - C - np.arange(self._block)[:, None]  # (B, B + 2C)
        weights = self._p.take(offset + C, mode="clip") / 2  # those beyond the window are out of reach
        left, right = (side.reshape(-1, self._block, 1) for side in (left, right))  # (m/B, B, 1)
        np.multiply(weights, (offset >= -left) & (offset <= right), out=out.reshape(-1, *offset.shape))
        return out


def half_reach(block: int, p: ArrayLike) -> NDArray[np.float64]:
    """Return half the weights of a centre's pairs, by its row in the block and its reach: (B · (C+1)², B + 2C).

    p (2C+1,): the weight of a pair by its offset. Row (r (C+1) + left)(C+1) + right holds p/2 of the offset
    d = j − C − r, where −left ≤ d ≤ right, otherwise 0.
    """
    window = np.size(p) // 2
    reach = np.arange(window + 1)
    offset = np.arange(block + 2 * window) - window - np.arange(block)[:, None]  # (B, B + 2C)
    offset = offset[:, None, None, :]  # (B, 1, 1, B + 2C)
    within = (-reach[:, None, None] <= offset) & (offset <= reach[:, None])  # (B, C+1, C+1, B + 2C)
    weights = np.take(p, offset + window, mode="clip")
    return np.asarray((within * weights).reshape(-1, block + 2 * window) / 2)  # (B (C+1)², B + 2C)


def _sigmoid_times(x: Array, sign: int, half: Array) -> Array:
    """Compute 2 half · sign · σ(sign x) in place; σ(x) = (1 + tanh(x/2))/2, and σ(x) − 1 = −σ(−x)."""
    x *= 0.5
    np.tanh(x, out=x)
    x += sign
    x *= half
    return x
