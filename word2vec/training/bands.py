"""The pairs of centres and the tokens near them, as bands of small matrices.

Centre c reaches the tokens c − C … c + C, so what there is of all pairs, such as weights p_co, is a band around the
diagonal: 2C + 1 numbers for each centre. Written into memory in which neighbours leave gaps, these are matrices as
well, without a copy: of B centres and the B + 2C tokens that they reach, and of B tokens and the B + 2C centres
that reach them. So products with vectors take whole blocks, and each token's sum comes from ONE product.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._types import Array, Ids

BLOCK = 8
SMALLEST_GROUP = 2 * BLOCK  # positions of a batch that are computed together


def by_offset(near: ArrayLike, window: int) -> NDArray[np.float64]:
    """Return p by offset −C..C, 0 at 0, of p by distance 1..C, by offset −C..−1, 1..C, or one for all: (2C+1,)."""
    p = np.asarray(near, np.float64)
    if p.shape != (2 * window,):
        p = np.broadcast_to(p, window)  # of distances, which are C … 1 before a centre
        p = np.append(p[::-1], p)
    return np.insert(p, window, 0)


class Reach:
    """The weights of centres' pairs with the tokens around them, by how far their windows reach.

    p (2C+1,): the weight of a pair by its offset, see `by_offset`; dtype: of the weights
    """

    def __init__(self, p: Array, dtype: DTypeLike) -> None:
        C = len(p) // 2
        offset, reach = np.arange(-C, C + 1), np.arange(C + 1)
        # (C+1,) both: the sum over the 0 … C tokens that are nearest on a side
        self._before, self._behind = np.append(0, p[:C][::-1]).cumsum(), np.append(0, p[C + 1 :]).cumsum()
        # a weight is p 1[offset ≥ −left] 1[offset ≤ right]: one row of each of these, times the other
        self._left = (p * (offset >= -reach[:, None])).astype(dtype)  # (C+1, 2C+1), row: how far it reaches
        self._right = (offset <= reach[:, None]).astype(dtype)  # (C+1, 2C+1)

    def total(self, left: Ids, right: Ids) -> Array:
        """Return the sum of the weights of each centre: (n,)."""
        return np.asarray(self._before.take(left) + self._behind.take(right))

    def weights(self, left: Ids, right: Ids, out: Array) -> Array:
        """Fill out with the weight of each offset −C..C, 0 out of reach: (n, 2C+1)."""
        self._left.take(left, 0, out, "clip")
        out *= self._right.take(right, 0)
        return out


class Band:
    """What there is of pairs by centre and offset, as matrices: n centres in groups of G, with C tokens around each.

    Where a block would reach as many centres as a group has, all of a group is one block.

    Parameters
    ----------
    n, group, window, block : n, G, C, B; ValueError if B does not divide G, or G does not divide n
    dtype : of the numbers

    offsets (n/G, G, 2C+1): to be written, all of it
    by_centre (n/G, G/B, B, B+2C): a row for each centre of a block, a column for each token, 0 where out of reach
    by_token (n/G, T/B, B, B+2C): a row for each token of a block, a column for each centre
    tokens : T, of a group; those after its G + 2C fill the last block
    """

    def __init__(self, n: int, group: int, window: int, dtype: DTypeLike, block: int = BLOCK) -> None:
        if n % group or group % block:
            raise ValueError(f"{n} centres, groups of {group}, blocks of {block}: expected each to divide the last")
        C, whole = window, block + 2 * window >= group
        B, self.tokens = group if whole else block, group + 2 * C
        if not whole:
            self.tokens += -self.tokens % B
        self.n, self.group, self.window, self.block, self.wide, self._whole = n, group, C, B, B + 2 * C, whole
        # Centre c and the token t, which stands at centre t − C, are at (before + c) · row + t. In reach, t − c is
        # 0 … 2C; elsewhere in a block, −B+1 … B+2C−1. Two places are the same only where t − c differs by row + 1,
        # which is more than that: what is out of reach stays 0.
        row, before = (self.tokens, 0) if whole else (self.wide, 2 * C)
        flat = np.zeros((n // group, (before + self.tokens) * row + self.tokens), dtype)
        centres, tokens = (group, self.tokens) if whole else (self.wide, B)
        first, places = flat[:, before * row :], B * (row + 1)
        self.offsets = _view(first, (group, 2 * C + 1), (row + 1, 1))
        self.by_centre = _view(first, (group // B, B, self.wide), (places, row, 1))
        # the transpose: to the next token is one place, to the next centre a row
        self.by_token = _view(flat, (self.tokens // tokens, tokens, centres), (places, 1, row))

    def token_rows(self, dim: int, dtype: DTypeLike) -> tuple[Array, Array]:
        """Return room for the vectors of all tokens (n + 2C, D), and those of each block (n/G, G/B, B+2C, D)."""
        rows = np.zeros((self.n + 2 * self.window, dim), dtype)
        return rows, self._blocks(rows, self.group // self.block, self.wide)

    def centre_rows(self, dim: int, dtype: DTypeLike) -> tuple[Array, Array]:
        """Return room for vectors of all centres (n, D), and those of each block of tokens (n/G, T/B, B+2C, D)."""
        if self._whole:
            rows = np.zeros((self.n, dim), dtype)
            return rows, rows.reshape(-1, 1, self.group, dim)  # one block a group: (n/G, 1, G, D)
        before = 2 * self.window  # the rows around the centres count 0 times, but are read
        rows = np.zeros((self.n - self.group + self.tokens + before, dim), dtype)
        return rows[before : before + self.n], self._blocks(rows, self.tokens // self.block, self.wide)

    def near(self, scores: Array) -> Array:
        """View scores (n/G, G/B, B, B+2C), one after the other, by offset: (n/G, G/B, B, 2C+1)."""
        # centre c of a block reaches its columns c … c + 2C, which begin one place farther on in each row
        return _view(scores, (*scores.shape[1:3], 2 * self.window + 1), (self.block * self.wide, self.wide + 1, 1))

    def _blocks(self, rows: Array, blocks: int, wide: int) -> Array:
        D = rows.shape[1]
        # a group begins G rows after the last, a block B rows: they overlap in the 2C rows that both reach
        by_group = as_strided(rows, (self.n // self.group, len(rows)), (self.group * rows.strides[0], rows.itemsize))
        return _view(by_group, (blocks, wide, D), (self.block * D, D, 1))


def _view(flat: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """View each row of flat in this shape; strides count its numbers."""
    return as_strided(flat, (len(flat), *shape), (flat.strides[0], *(flat.itemsize * each for each in strides)))
