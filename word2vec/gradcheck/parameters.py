"""The point at which a function is checked: an array, or a tuple or dict of arrays, seen as named blocks of rows.

Inside the checker all entries form one flat vector of n numbers; `Parameters.point` turns any such vector into the
argument that the function takes. A row is a block's last axis: a word's vector.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST_WORD = 24
COPIED = 10_000  # entries up to which each evaluation gets a copy

Array = NDArray[Any]
Indices = NDArray[np.intp]
Names = str | Sequence[str] | Mapping[str, int] | None
Words = Sequence[str] | Mapping[str, int] | None


class Block(NamedTuple):
    """A named part of the parameters: entries start … start+size−1 of the flat vector."""

    name: str
    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return prod(self.shape)

    @property
    def width(self) -> int:
        """Return the number of entries of a row."""
        return self.shape[-1] if self.shape else 1

    @property
    def part(self) -> slice:
        """Return the block's place in the flat vector."""
        return slice(self.start, self.start + self.size)

    def rows(self, flat: Array) -> Array:
        """Return the block's entries of a flat vector (n,) as rows, a view (size/width, width)."""
        return flat[self.part].reshape(-1, self.width)


class Parameters:
    """The point x and its blocks: `flat` (n,) holds all entries, `is_coarse` if some of x is coarser than float64.

    Parameters
    ----------
    x : number, array, or non-empty tuple, named tuple, list or dict of such; real
        Copied. Integers become float64. A list that holds no array is one array.
    names : names of the blocks: one for an array, one for each entry of a tuple; or, for one array that stacks
        several tables, a mapping name → number of rows, in order. By default "x", "x[0]", "x[1]", … or the keys
    words : the words that rows stand for: a sequence, or a mapping word → row. They name the rows of each
        block that has as many rows

    Raises
    ------
    TypeError
        If an entry is not real.
    ValueError
        If an entry is empty or not finite, or if names, words and x do not fit together.
    """

    def __init__(self, x: Any, names: Names = None, words: Words = None) -> None:
        self.x, self.container = x, type(x)
        self.keys = list(x) if isinstance(x, Mapping) else None
        self.many = isinstance(x, tuple) or (isinstance(x, list) and any(isinstance(e, np.ndarray) for e in x))
        entries = self.arrays(x)
        if not entries:
            raise ValueError(f"x is an empty {type(x).__name__}: expected at least one array")
        self.leaves = _leaves(entries, self._leaf_names(len(entries), names))
        self.blocks = _stacked(self.leaves[0], names) if isinstance(names, Mapping) else self.leaves
        wide = np.result_type(np.float64, *(leaf.dtype for leaf in self.leaves))  # derivatives need float64 or better
        self.flat = np.concatenate([np.ravel(entry) for entry in entries]).astype(wide, copy=False)
        self.n, self.is_coarse = len(self.flat), any(leaf.dtype.itemsize < 8 for leaf in self.leaves)
        self.kept = self.flat.copy()  # what x must still be after f has seen it
        self.words = _words_by_row(words)
        if words is not None and not any(self._has_words(block) for block in self.blocks):
            shapes = ", ".join(f"{block.name} {block.shape}" for block in self.blocks)
            raise ValueError(f"words names {len(words)} rows, but no block has as many: {shapes}")
        if not np.isfinite(self.flat).all():
            where = self.label(int(np.flatnonzero(~np.isfinite(self.flat))[0]))
            raise ValueError(f"{where} is not finite: expected a point at which the loss can be differentiated")

    def _leaf_names(self, count: int, names: Names) -> list[str]:
        """Return the names of the arrays that the function takes."""
        if self.keys is not None:
            if names is not None:
                raise ValueError("x is a dict and names its blocks itself: leave `names` out")
            return [str(key) for key in self.keys]
        if isinstance(names, Mapping):
            if self.many:
                raise ValueError("a mapping of names to rows is for one array: give a tuple one name for each entry")
            return ["x"]
        if names is None:
            return [f"x[{i}]" for i in range(count)] if self.many else ["x"]
        listed = [names] if isinstance(names, str) else list(names)
        if len(listed) != count or len(set(listed)) != count:
            raise ValueError(f"names is {listed}: expected {count} different names, one for each array")
        return listed

    def point(self, flat: Array) -> Any:
        """Return a flat vector (n,) as the function's argument, read-only: a copy, or if it is large new views.

        A function may remember the x that it saw last and compare; what it saw must not change under it.
        """
        flat = flat.copy() if self.n <= COPIED else flat
        return self._form([_view(flat, leaf, flat.dtype) for leaf in self.leaves])

    def original(self, flat: Array, *, writable: bool = False) -> Any:
        """Return a flat vector (n,) as the function's argument, in x's own types: read-only, or a writable copy."""
        views = [_view(flat, leaf, leaf.dtype) for leaf in self.leaves]
        return self._form([view.copy() for view in views] if writable else views)

    def arrays(self, x: Any) -> list[Array]:
        """List the arrays of an argument of the function."""
        return list(x.values()) if self.keys is not None else list(x) if self.many else [x]

    def _form(self, arrays: list[Array]) -> Any:
        """Return arrays in a container like the caller's, or in a plain dict if a mapping cannot be copied."""
        if self.keys is not None:
            named = dict(zip(self.keys, arrays, strict=True))
            if not issubclass(self.container, dict) or self.container is dict:
                return named
            like = copy(self.x)
            like.update(named)
            return like
        if not self.many:
            return arrays[0]
        if hasattr(self.container, "_make"):  # a named tuple
            return self.container._make(arrays)
        return list(arrays) if issubclass(self.container, list) else tuple(arrays)

    def row_starts(self) -> Indices:
        """Return the first flat index of each row."""
        return np.concatenate([np.arange(b.start, b.start + b.size, b.width) for b in self.blocks])

    def block(self, name: str) -> Block:
        """Return the block of this name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for block in self.blocks:
            if block.name == name:
                return block
        raise ValueError(f"there is no block {name!r}: expected one of {', '.join(b.name for b in self.blocks)}")

    def locate(self, i: int) -> tuple[Block, tuple[int, ...]]:
        """Return the block of a flat index, and the index in it."""
        block = next(b for b in self.blocks if i < b.start + b.size)
        return block, tuple(int(k) for k in np.unravel_index(i - block.start, block.shape))

    def label(self, i: int, *, row: bool = False) -> str:
        """Return the name of an entry, or of its row, with its word: U[3, 2] ("queen")."""
        block, index = self.locate(i)
        shown = index[:-1] if row else index
        text = f"{block.name}[{', '.join(map(str, shown))}]" if shown else block.name
        return f'{text} ("{_shown(self.words[index[0]])}")' if self._has_words(block) else text

    def _has_words(self, block: Block) -> bool:
        return len(block.shape) == 2 and len(self.words) == block.shape[0]


def _view(flat: Array, leaf: Block, dtype: Any) -> Array:
    """Return a leaf's part of a flat vector in the leaf's shape, read-only."""
    view = flat[leaf.part].reshape(leaf.shape).astype(dtype, copy=False)
    view.flags.writeable = False
    return view


def _leaves(entries: list[Any], names: list[str]) -> list[Block]:
    """Return a block for each array; refuse those that cannot be differentiated."""
    leaves, start = [], 0
    for name, entry in zip(names, entries, strict=True):
        array = np.asarray(entry)
        if isinstance(entry, np.matrix | np.ma.MaskedArray):
            raise TypeError(f"{name} is a {type(entry).__name__}: expected a plain array, as np.asarray gives")
        if array.dtype.kind not in "biuf" or array.dtype == np.float16:
            raise TypeError(f"{name} holds {array.dtype}: expected real numbers, float64 or float32")
        if array.size == 0:
            raise ValueError(f"{name} has the shape {array.shape}: expected at least one entry")
        dtype = array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)
        leaves.append(Block(name, start, array.shape, dtype))
        start += array.size
    return leaves


def _stacked(leaf: Block, names: Mapping[str, int]) -> list[Block]:
    """Return the blocks of an array that stacks several tables."""
    if not leaf.shape or sum(names.values()) != leaf.shape[0] or min(names.values(), default=0) < 1:
        raise ValueError(f"names is {dict(names)}: expected row counts that add up to x's shape {leaf.shape}")
    starts = np.cumsum([0, *names.values()]) * (leaf.size // leaf.shape[0])
    return [
        Block(name, int(start), (rows, *leaf.shape[1:]), leaf.dtype)
        for (name, rows), start in zip(names.items(), starts[:-1], strict=True)
    ]


def _words_by_row(words: Words) -> list[str]:
    """Return the words in the order of their rows."""
    if not isinstance(words, Mapping):
        return [] if words is None else [str(word) for word in words]
    if sorted(words.values()) != list(range(len(words))):
        shown = max(words.values(), default=-1)
        raise ValueError(f"words gives rows up to {shown}: expected each of 0 to {len(words) - 1} once")
    return [str(word) for word in sorted(words, key=words.__getitem__)]


def _shown(word: str) -> str:
    """Return a word as it can be printed: at most LONGEST_WORD characters of one line."""
    printable = "".join(c if c.isprintable() else "�" for c in word[: LONGEST_WORD + 1])
    return printable if len(word) <= LONGEST_WORD else f"{printable[:LONGEST_WORD]}…"
