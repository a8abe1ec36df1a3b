"""Hierarchical softmax over running text, as products of small matrices: an output of `training.objective`.

With `around`, hidden vectors are those of all tokens of a group of positions and C more on either side, and each
token j in the window of position i predicts the path of the word at i, as in word2vec.c and gensim (the sum over a
text of windows that are weighted by distance is the same either way, E40). Otherwise each position's hidden vector
predicts the path of its own word. A pair of weight p has p times the loss `losses.hierarchical_softmax`.

Huffman's tree numbers its nodes by rising counts. The last `HOT` of them are on half of all steps of paths, so their
scores with all tokens of a group are ONE product, of which weights keep the steps that are there:

    A = Σ_i p_ij |g_i|,  E = Σ_i p_ij g_i        g_i = ±1 on the path of word i, + where the bit is 0; otherwise 0
    δ = ½ (A tanh(x/2) − E)                      as σ(x) − (1 − d) = ½ (tanh(x/2) − g)

The other steps come one position after the other, so those of a block of B positions are one piece of rows; times
the B + 2C tokens around the block that is one product again, of which the weights p keep the pairs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array, Ids
from ..functions import log_sigmoid
from ..text.huffman import Tree
from .batches import Batch
from .skipgram import BLOCK, Reach, by_offset

HOT, GROUP = 32, 256
TIMES = 2.0  # the learning rate: damped steps fall behind those one after the other, which others take
STEP_PULL, NODE_PULL = 0.08, 0.1  # how much a step of a path bends the loss in the hidden vector, and in the node's


class TreeSoftmax:
    """The loss of the paths of a Huffman tree; the rows of U are its nodes', and one more that is not used.

    Parameters
    ----------
    tree : Tree, of V words
    n, dim, window, dtype : positions of a batch, D, C, of the tables
    near : p of each distance 1..C or offset, if the words around a position predict its word; None if its hidden
        vector does
    length : see `outputs.SharedNegatives`
    group, block, hot : G, B, and how many nodes have all their scores computed
    """

    negatives, table = (0, 0), 0

    def __init__(
        self,
        tree: Tree,
        n: int,
        dim: int,
        window: int,
        dtype: DTypeLike,
        *,
        near: Array | None = None,
        length: float = 1.0,
        group: int = GROUP,
        block: int = BLOCK,
        hot: int | None = None,
    ) -> None:
        V = len(tree.lengths)
        self._words, self._group, self._block, self._window, self._length = V, min(group, n), block, window, length
        self.groups = n // self._group
        self._first_hot = max(0, V - 1 - (HOT if hot is None else hot))
        self._hot, is_hot = V - 1 - self._first_hot, tree.nodes >= self._first_hot
        word = np.arange(V).repeat(tree.lengths)
        sign = (1 - 2 * tree.bits).astype(np.int8)
        self._signs = np.zeros((V, self._hot), np.int8)  # g of each word at each hot node
        self._signs[word[is_hot], tree.nodes[is_hot] - self._first_hot] = sign[is_hot]
        self._nodes, self._node_signs = tree.nodes[~is_hot], sign[~is_hot]
        self._steps = np.bincount(word[~is_hot], minlength=V)  # of each word's path at other nodes
        self._begins = np.cumsum(self._steps) - self._steps
        self.entries = self.groups * self._hot + n * int(self._steps.max())
        self.hidden_pull, self._written = STEP_PULL * float(0.5**tree.lengths @ tree.lengths), 0
        self._around, self._real = near is not None, np.empty(0, dtype).real.dtype
        wide, rows = block + 2 * window, self._group + 2 * window * self._around
        if near is not None:  # a word's window reaches the position at minus the offset of the word
            self._reach = Reach(self._group, block, by_offset(near, window)[::-1], self._real)
            self._half = np.empty((self._group, wide), self._real)
        most = self._group * int(self._steps.max())
        self._u, self._v = np.empty((most, dim), dtype), np.empty((0 if self._around else most, dim), dtype)
        self._x, self._p = np.empty((most, wide), dtype), np.empty((most, wide), self._real)
        self._x_hot, self._AE = (
            np.empty((rows, self._hot), dtype),
            np.empty((rows + block, 2 * self._hot), self._real),
        )
        self._grad_H, self._turned = np.empty((self.groups * rows, dim), dtype), np.empty((dim, rows), dtype)
        self._grad_h = np.empty((wide, dim), dtype)

    def predicted(self, batch: Batch, seen: Array) -> Array:
        """Return the summed weights of each position's pairs, or 1 for each that has a hidden vector: (n,)."""
        if not self._around:
            return np.asarray(seen, np.float64)
        return batch.weighted(self._reach.total(batch.left, batch.right))

    def _own(self, batch: Batch) -> Ids:
        return batch.tokens[self._window : self._window + len(batch.left)]

    def _places(self, own: Ids) -> tuple[Ids, Ids]:
        """Return position and place in the tree's arrays of each step at nodes that are not hot: both (E,)."""
        steps = self._steps.take(own)
        ends = np.cumsum(steps)
        position = np.arange(len(own)).repeat(steps)
        return position, np.arange(len(position)) + (self._begins.take(own) - ends + steps).take(position)

    def rows(self, batch: Batch) -> Ids:
        """Return the hot nodes, once for each group, then the other nodes of the positions' paths: (E,)."""
        _, places = self._places(self._own(batch))
        hot = np.arange(self._first_hot, self._words - 1, dtype=np.int32)
        return np.append(np.tile(hot, self.groups), self._nodes.take(places))

    def pull(self, predicted: Array, batch: Batch) -> Array:
        """Return the summed weights of the pairs whose paths step there."""
        own = self._own(batch)
        position, _ = self._places(own)
        on_path = np.abs(self._signs.take(own, axis=0)).reshape(self.groups, self._group, self._hot)  # (n/G, G, hot)
        hot = np.einsum("gi,gih->gh", predicted.reshape(self.groups, -1), on_path)
        return NODE_PULL * self._length * np.append(hot.ravel(), predicted.take(position))

    def table_pull(self, batch: Batch, seen: Array) -> Array:  # noqa: ARG002
        """Return nothing: there is no table."""
        return np.empty(0)

    def gradients(
        self, H: Array, U: Array, batch: Batch, seen: Array, groups: range, out: Array, measured: Sequence[int]
    ) -> tuple[Array, Array]:
        """Compute one group after the other; see the module."""
        G, J, grad_H = self._group, [], self._grad_H[: len(H)]
        begin = self.groups * self._hot + int(self._steps.take(self._own(batch)[: groups.start * G]).sum())
        for i, group in enumerate(groups):
            part, rows = (
                batch.part(group * G, (group + 1) * G),
                slice(*np.array([i, i + 1]) * (len(H) // len(groups))),
            )
            h, grad_h, to_hot = H[rows], grad_H[rows], out[group * self._hot : (group + 1) * self._hot]
            steps = self._places(self._own(part))
            to_others = out[begin : begin + len(steps[0])]
            begin += len(to_others)
            if self._around:
                half = self._half_weights(part)
                A, E = self._hot_weights(half, part)
            else:
                half = 0.5 * seen[i * G : (i + 1) * G].astype(self._real)
                E = half[:, None] * self._signs.take(self._own(part), axis=0)
                A = np.abs(E)
            loss = self._at_hot_nodes(h, U, A, E, grad_h, to_hot, group in measured)
            others = self._at_nodes_of_windows if self._around else self._at_nodes_of_positions
            loss += others(h, U, half, steps, grad_h, to_others, group in measured)
            J += [loss] if group in measured else []
        if groups.stop == self.groups:
            out[begin : self._written] = 0  # of a batch that had more steps; rows behind that are zero always
            self._written = begin
        return np.array(J), grad_H

    def _half_weights(self, part: Batch) -> Array:
        """Return p/2 of each position with the tokens of its block: (G, B + 2C)."""
        half = self._reach.half(part.left, part.right, self._half)
        if part.weights.size:
            half *= part.weights[:, None]
        return half

    def _hot_weights(self, half: Array, part: Batch) -> tuple[Array, Array]:
        """Compute A/2 and E/2 of the group's tokens at the hot nodes: both (G + 2C, hot)."""
        B, hot, wide, G = self._block, self._hot, half.shape[1], len(half)
        g = np.empty((G, 2 * hot), self._real)
        g[:, hot:] = self._signs.take(self._own(part), axis=0)
        np.abs(g[:, hot:], out=g[:, :hot])
        by_block = half.reshape(-1, B, wide).swapaxes(1, 2) @ g.reshape(-1, B, 2 * hot)  # (G/B, B + 2C, 2 hot)
        AE = self._AE
        AE[:G] = by_block[:, :B].reshape(G, 2 * hot)
        AE[G:] = 0
        for first in range(B, wide, B):  # blocks overlap: their other tokens are added, B at a time
            some = by_block[:, first : first + B]
            AE[first : first + G].reshape(-1, B, 2 * hot)[:, : some.shape[1]] += some
        return AE[: G + 2 * self._window, :hot], AE[: G + 2 * self._window, hot:]

    def _at_hot_nodes(
        self, h: Array, U: Array, A: Array, E: Array, grad_h: Array, to_hot: Array, measured: bool
    ) -> float:
        u = U[self._first_hot : self._words - 1]
        x = np.matmul(h, u.T, out=self._x_hot)
        J = 0.0
        if measured:
            wide = x.astype(np.result_type(x, np.float64))
            J = -((A + E) * log_sigmoid(wide) + (A - E) * log_sigmoid(-wide)).sum()
        x *= 0.5
        np.tanh(x, out=x)
        x *= A
        x -= E
        np.matmul(x, u, out=grad_h)
        np.matmul(x.T, h, out=to_hot)
        return J

    def _at_nodes_of_windows(
        self, h: Array, U: Array, half: Array, steps: tuple[Ids, Ids], grad_h: Array, out: Array, measured: bool
    ) -> float:
        (position, places), B, wide, G = steps, self._block, half.shape[1], len(half)
        m = len(places)
        u = np.take(U, self._nodes.take(places), axis=0, out=self._u[:m], mode="clip")
        p = np.take(half, position, axis=0, out=self._p[:m], mode="clip")
        g, x = self._node_signs.take(places)[:, None].astype(self._real), self._x[:m]
        turned = self._turned
        turned[:] = h.T
        cuts = np.searchsorted(position, np.arange(0, G + 1, B)).tolist()
        blocks = [(slice(*cuts[b : b + 2]), slice(b * B, b * B + wide)) for b in range(G // B)]
        for rows, tokens in blocks:
            np.matmul(u[rows], turned[:, tokens], out=x[rows])
        J = self._loss(x, g, p) if measured else 0.0
        x *= 0.5
        np.tanh(x, out=x)
        x -= g
        x *= p
        for rows, tokens in blocks:
            np.dot(x[rows], h[tokens], out=out[rows])
            grad_h[tokens] += np.dot(x[rows].T, u[rows], out=self._grad_h)
        return J

    def _at_nodes_of_positions(
        self, h: Array, U: Array, half: Array, steps: tuple[Ids, Ids], grad_h: Array, out: Array, measured: bool
    ) -> float:
        from scipy.sparse import csr_array

        (position, places), m = steps, len(steps[0])
        u = np.take(U, self._nodes.take(places), axis=0, out=self._u[:m], mode="clip")
        v = np.take(h, position, axis=0, out=self._v[:m], mode="clip")
        g, p, x = self._node_signs.take(places), half.take(position), np.einsum("ed,ed->e", u, v)
        J = self._loss(x, g, p) if measured else 0.0
        delta = (p * (np.tanh(0.5 * x) - g)).astype(h.dtype)
        np.multiply(v, delta[:, None], out=out)
        ends = np.searchsorted(position, np.arange(len(h) + 1))
        grad_h += csr_array((delta, np.arange(m), ends), (len(h), m)) @ u
        return J

    def _loss(self, x: Array, g: Array, half: Array) -> float:
        """Compute −Σ p log σ(g x), in double precision."""
        terms: Array = half * log_sigmoid(g * x.astype(np.result_type(x, np.float64)))
        return float(-2 * terms.sum())
