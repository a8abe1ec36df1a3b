"""Hierarchical softmax over running text, as products of small matrices: an output of `training.objective`.

With `around`, hidden vectors are those of all tokens of a group of positions and C more on either side, and each
token j in the window of position i predicts the path of the word at i, as in word2vec.c and gensim (the sum over a
text of windows that are weighted by distance is the same either way, E40). Otherwise each position's hidden vector
predicts the path of its own word. A pair of weight p has p times the loss `losses.hierarchical_softmax`.

Huffman's tree numbers its nodes by rising counts. The last `HOT` of them are on half of all steps of paths, so their
scores with all tokens of a group are ONE product, of which weights keep the steps that are there:

    A = Σ_i p_ij 1[on the path of word i],  E = Σ_i p_ij 1[there, and the bit d is 1]
    δ = E − A σ(−x)                              as σ(x) − (1 − d) = d − σ(−x)

The other steps come one position after the other, so those of a block of B positions are one piece of rows; times
the B + 2C tokens around the block that is one product again, of which the weights p keep the pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array, Ids
from ..functions import log_sigmoid
from ..text.huffman import Tree
from .bands import BLOCK, Band, Reach, by_offset
from .batches import Batch
from .outputs import Output
from .sigmoids import sigmoid_of_minus

HOT, GROUP = 32, 256
TIMES = 2.0  # the learning rate: damped steps fall behind those one after the other, which others take
STEP_PULL, NODE_PULL = 0.08, 0.1  # how much a step of a path bends the loss in the hidden vector, and in the node's


class TreeSoftmax(Output):
    """The loss of the paths of a Huffman tree; the rows of U are its nodes', and one more that is not used.

    Parameters
    ----------
    tree : Tree, of V words
    n, dim, window, dtype : positions of a batch, D, C, of the tables
    near : p of each distance 1..C or offset, if the words around a position predict its word; None if its hidden
        vector does
    group, block, hot : G, B, and how many nodes have all their scores computed
    """

    negatives = 0, 0

    def __init__(
        self,
        tree: Tree,
        n: int,
        dim: int,
        window: int,
        dtype: DTypeLike,
        *,
        near: Array | None = None,
        group: int = GROUP,
        block: int = 2 * BLOCK,
        hot: int | None = None,
    ) -> None:
        V = len(tree.lengths)
        self._words, self._group, self._window = V, min(group, n), window
        self.groups = n // self._group
        self._first_hot = max(0, V - 1 - (HOT if hot is None else hot))
        self._hot, is_hot = V - 1 - self._first_hot, tree.nodes >= self._first_hot
        word = np.arange(V).repeat(tree.lengths)
        self._paths = np.zeros((V, 2, self._hot), np.int8)  # for each word and hot node: is it on the path? the bit
        self._paths[word[is_hot], 0, tree.nodes[is_hot] - self._first_hot] = 1
        self._paths[word[is_hot], 1, tree.nodes[is_hot] - self._first_hot] = tree.bits[is_hot]
        self._nodes, self._bits = tree.nodes[~is_hot], tree.bits[~is_hot].astype(np.int8)
        self._steps = np.bincount(word[~is_hot], minlength=V)  # of each word's path at other nodes
        self._begins = np.cumsum(self._steps) - self._steps  # where these stand in nodes and bits
        self.entries = self.groups * self._hot + n * int(self._steps.max())
        self.hidden_pull, self._written = STEP_PULL * float(0.5**tree.lengths @ tree.lengths), 0
        self._around, self._real = near is not None, np.empty(0, dtype).real.dtype
        band = self._band = Band(self._group, self._group, window, self._real, min(block, self._group))
        rows = self._group + 2 * window * self._around
        if near is not None:  # a word's window reaches the position at minus the offset of the word
            self._reach = Reach(by_offset(near, window)[::-1], self._real)
            self._weights = np.empty((self._group, 2 * window + 1), self._real)
            self._by_block = np.empty((self._group, band.wide), self._real)
            self._on_path, self._on_path_of_tokens = band.centre_rows(2 * self._hot, self._real)
        most = self._group * int(self._steps.max())
        self._u, self._v = np.empty((most, dim), dtype), np.empty((0 if self._around else most, dim), dtype)
        self._x, self._p = np.empty((most, band.wide), dtype), np.empty((most, band.wide), self._real)
        self._x_hot = np.empty((rows, self._hot), dtype)
        self._AE = np.empty((band.tokens, 2 * self._hot), self._real)
        self._grad_H, self._turned = np.empty((self.groups * rows, dim), dtype), np.empty((dim, rows), dtype)
        self._grad_h = np.empty((band.wide, dim), dtype)

    def predicted(self, batch: Batch, seen: Array) -> Array:
        """Return the summed weights of each position's pairs, or 1 for each that has a hidden vector: (n,)."""
        if not self._around:
            return np.asarray(seen, np.float64)
        return batch.weighted(self._reach.total(batch.left, batch.right))

    def _places(self, own: Ids) -> tuple[Ids, Ids]:
        """Return position and place in the tree's arrays of each step at nodes that are not hot: both (E,)."""
        steps = self._steps.take(own)
        ends = np.cumsum(steps)
        position = np.arange(len(own)).repeat(steps)
        return position, np.arange(len(position)) + (self._begins.take(own) - ends + steps).take(position)

    def rows(self, batch: Batch, predicted: Array) -> tuple[Ids, Array]:
        """Return the hot nodes, once for each group, then the other nodes of the positions' paths: (E,) both."""
        own, hot = batch.centres, np.arange(self._first_hot, self._words - 1, dtype=np.int32)
        position, places = self._places(own)
        on_path = self._paths[own, 0].reshape(self.groups, self._group, self._hot)  # (n/G, G, hot)
        at_hot = np.einsum("gi,gih->gh", predicted.reshape(self.groups, -1), on_path)  # (n/G, hot)
        pull = NODE_PULL * np.append(at_hot.ravel(), predicted.take(position))
        return np.append(np.tile(hot, self.groups), self._nodes.take(places)), pull

    def gradients(
        self, H: Array, U: Array, batch: Batch, seen: Array, groups: range, out: Array, measured: Sequence[int]
    ) -> tuple[Array, Array]:
        """Compute one group after the other; see the module."""
        G, J, grad_H, size = self._group, [], self._grad_H[: len(H)], len(H) // len(groups)  # G + 2C, or G
        begin = self.groups * self._hot + int(self._steps.take(batch.centres[: groups.start * G]).sum())
        for i, group in enumerate(groups):
            part, rows = batch.part(group * G, (group + 1) * G), slice(i * size, (i + 1) * size)
            h, grad_h, to_hot = H[rows], grad_H[rows], out[group * self._hot : (group + 1) * self._hot]
            steps = self._places(part.centres)
            to_others = out[begin : begin + len(steps[0])]
            begin += len(to_others)
            if self._around:
                p = self._pair_weights(part)
                A, E = self._hot_weights(part)
            else:
                p = seen[i * G : (i + 1) * G].astype(self._real)
                A, E = p[:, None] * self._paths.take(part.centres, axis=0).swapaxes(0, 1)  # of (2, G, hot)
            loss = self._at_hot_nodes(h, U, A, E, grad_h, to_hot, group in measured)
            others = self._at_nodes_of_windows if self._around else self._at_nodes_of_positions
            loss += others(h, U, p, steps, grad_h, to_others, group in measured)
            J += [loss] if group in measured else []
        if groups.stop == self.groups:
            out[begin : self._written] = 0  # of a batch that had more steps; rows behind that are zero always
            self._written = begin
        return np.array(J), grad_H

    def _pair_weights(self, part: Batch) -> Array:
        """Return p of each position with the tokens of its block: (G, B + 2C)."""
        p = self._reach.weights(part.left, part.right, self._weights)
        if part.weights.size:
            p *= part.weights[:, None]
        self._band.offsets[0] = p
        self._by_block.reshape(self._band.by_centre.shape)[:] = self._band.by_centre  # (1, G/B, B, B + 2C)
        return self._by_block

    def _hot_weights(self, part: Batch) -> tuple[Array, Array]:
        """Compute A and E of the group's tokens at the hot nodes, of the pairs' weights: both (G + 2C, hot)."""
        rows, weights = self._group + 2 * self._window, self._band.by_token
        self._on_path[:] = self._paths.take(part.centres, axis=0).reshape(self._group, -1)  # (G, 2 hot)
        # (1, T/B, B, B + 2C) times (1, T/B, B + 2C, 2 hot): each token's sum over the positions that it predicts
        np.matmul(weights, self._on_path_of_tokens, out=self._AE.reshape(*weights.shape[:3], -1))
        return self._AE[:rows, : self._hot], self._AE[:rows, self._hot :]

    def _at_hot_nodes(
        self, h: Array, U: Array, A: Array, E: Array, grad_h: Array, to_hot: Array, measured: bool
    ) -> float:
        u = U[self._first_hot : self._words - 1]
        x = np.matmul(h, u.T, out=self._x_hot)  # (G + 2C, hot), of positions alone (G, hot)
        J = 0.0
        if measured:
            wide = x.astype(np.result_type(x, np.float64))
            J = -((A - E) * log_sigmoid(wide) + E * log_sigmoid(-wide)).sum()
        np.subtract(E, sigmoid_of_minus(x, A), out=x)  # δ
        np.matmul(x, u, out=grad_h)  # (G + 2C, hot) times (hot, D)
        np.matmul(x.T, h, out=to_hot)  # (hot, G + 2C) times (G + 2C, D)
        return J

    def _at_nodes_of_windows(
        self, h: Array, U: Array, p: Array, steps: tuple[Ids, Ids], grad_h: Array, out: Array, measured: bool
    ) -> float:
        (position, places), B, wide, G = steps, self._band.block, self._band.wide, self._group
        m = len(places)
        u = np.take(U, self._nodes.take(places), axis=0, out=self._u[:m], mode="clip")  # (m, D)
        p = np.take(p, position, axis=0, out=self._p[:m], mode="clip")  # (m, B + 2C)
        d, x = self._bits.take(places)[:, None].astype(self._real), self._x[:m]  # (m, 1), (m, B + 2C)
        turned = self._turned
        turned[:] = h.T  # (D, G + 2C)
        # steps are in the order of positions, so a block's are one piece: cuts[b] to cuts[b + 1]
        cuts = np.searchsorted(position, np.arange(0, G + 1, B)).tolist()
        blocks = [(slice(*cuts[b : b + 2]), slice(b * B, b * B + wide)) for b in range(G // B)]
        for rows, tokens in blocks:
            np.matmul(u[rows], turned[:, tokens], out=x[rows])
        J = self._loss(x, d, p) if measured else 0.0
        sigmoid_of_minus(x, p)
        p *= d
        np.subtract(p, x, out=x)  # δ = p (d − σ(−x))
        for rows, tokens in blocks:
            np.dot(x[rows], h[tokens], out=out[rows])
            grad_h[tokens] += np.dot(x[rows].T, u[rows], out=self._grad_h)
        return J

    def _at_nodes_of_positions(
        self, h: Array, U: Array, p: Array, steps: tuple[Ids, Ids], grad_h: Array, out: Array, measured: bool
    ) -> float:
        from scipy.sparse import csr_array

        (position, places), m = steps, len(steps[0])
        u = np.take(U, self._nodes.take(places), axis=0, out=self._u[:m], mode="clip")
        v = np.take(h, position, axis=0, out=self._v[:m], mode="clip")
        d, p, x = self._bits.take(places), p.take(position), np.einsum("ed,ed->e", u, v)
        J = self._loss(x, d, p) if measured else 0.0
        delta = (p * d - sigmoid_of_minus(x, p)).astype(h.dtype)
        np.multiply(v, delta[:, None], out=out)
        ends = np.searchsorted(position, np.arange(len(h) + 1))
        grad_h += csr_array((delta, np.arange(m), ends), (len(h), m)) @ u  # each position's steps added up: (G, D)
        return J

    def _loss(self, x: Array, d: Array, p: Array) -> float:
        """Compute −Σ p log σ((1 − 2d) x), in double precision."""
        terms: Array = p * log_sigmoid((1.0 - 2.0 * d) * x.astype(np.result_type(x, np.float64)))
        return float(-terms.sum())
