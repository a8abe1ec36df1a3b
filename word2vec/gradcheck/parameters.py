"""What a function is checked at: an array, or a tuple or dict of arrays, seen as named blocks of rows.

Inside the harness all entries stand one behind the other in one flat vector of n numbers; `Parameters.point`
gives any such vector the shape that the function takes. A row is a block's last axis: a word's vector.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST_WORD = 24

Array = NDArray[Any]
Names = str | Sequence[str] | Mapping[str, int] | None
COPIED = 10_000  # entries up to which each evaluation gets a copy

Words = Sequence[str] | Mapping[str, int] | None


class Block(NamedTuple):
    """A named part of the parameters: entries start … start+size−1 of the flat vector."""

    name: str
    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Count the entries."""
        return prod(self.shape)

    @property
    def width(self) -> int:
        """Count the entries of a row."""
        return self.shape[-1] if self.shape else 1

    @property
    def part(self) -> slice:
        """Give the block's place in the flat vector."""
        return slice(self.start, self.start + self.size)


class Parameters:
    """The point x and its blocks.

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
        entries = list(x.values()) if self.keys is not None else list(x) if self.many else [x]
        if not entries:
            raise ValueError(f"x is an empty {type(x).__name__}: expected at least one array")
        self.leaves = _leaves(entries, self._leaf_names(len(entries), names))
        self.blocks = _stacked(self.leaves[0], names) if isinstance(names, Mapping) else self.leaves
        self.flat = np.concatenate([np.ravel(entry) for entry in entries]).astype(self._wide(), copy=False)
        self.kept = self.flat.copy()  # what x must still be after f has seen it
        self.words = _words_by_row(words)
        if words is not None and not any(self._named(block) for block in self.blocks):
            shapes = ", ".join(f"{block.name} {block.shape}" for block in self.blocks)
            raise ValueError(f"words names {len(words)} rows, but no block has as many: {shapes}")
        if not np.isfinite(self.flat).all():
            where = self.label(int(np.flatnonzero(~np.isfinite(self.flat))[0]))
            raise ValueError(f"{where} is not finite: expected a point at which the loss can be differentiated")

    def _leaf_names(self, count: int, names: Names) -> list[str]:
        """Name the arrays that the function takes."""
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

    def _wide(self) -> np.dtype[Any]:
        """Choose the type in which derivatives are computed: float64 or better."""
        return np.result_type(np.float64, *(leaf.dtype for leaf in self.leaves))

    @property
    def is_coarse(self) -> bool:
        """Tell whether some of x is coarser than float64."""
        return any(leaf.dtype.itemsize < 8 for leaf in self.leaves)

    @property
    def n(self) -> int:
        """Count all entries."""
        return len(self.flat)

    def point(self, flat: Array) -> Any:
        """Give a flat vector the function's form, read-only: a copy, or if it is large new views.

        A function may remember the x that it saw last and compare; what it saw must not change under it.
        """
        flat = flat.copy() if self.n <= COPIED else flat
        return self._form([self._view(flat, leaf) for leaf in self.leaves])

    def original(self, flat: Array, *, writable: bool = False) -> Any:
        """Give a flat vector the function's form and x's own types: read-only, or a copy to write into."""
        views = [self._view(flat, leaf, leaf.dtype) for leaf in self.leaves]
        return self._form([view.copy() for view in views] if writable else views)

    def arrays(self, x: Any) -> list[Array]:
        """List the arrays of what has the function's form."""
        return list(x.values()) if self.keys is not None else list(x) if self.many else [x]

    @staticmethod
    def _view(flat: Array, leaf: Block, dtype: Any = None) -> Array:
        """Give a leaf's part of a vector its shape."""
        view = flat[leaf.part].reshape(leaf.shape).astype(dtype or flat.dtype, copy=False)
        view.flags.writeable = False
        return view

    def _form(self, arrays: list[Array]) -> Any:
        """Put arrays into the container that the function takes."""
        if self.keys is not None:
            return self._mapping(dict(zip(self.keys, arrays, strict=True)))
        if not self.many:
            return arrays[0]
        if hasattr(self.container, "_make"):  # a named tuple
            return self.container._make(arrays)
        return list(arrays) if issubclass(self.container, list) else tuple(arrays)

    def _mapping(self, arrays: dict[Any, Array]) -> Any:
        """Put arrays into a mapping like the caller's, or into a plain dict if that cannot be."""
        if not issubclass(self.container, dict) or self.container is dict:
            return arrays
        like = copy(self.x)
        like.update(arrays)
        return like

    def row_starts(self) -> NDArray[np.intp]:
        """Give the first flat index of each row."""
        return np.concatenate([np.arange(b.start, b.start + b.size, b.width) for b in self.blocks])

    def widths(self) -> NDArray[np.intp]:
        """Give the number of entries of each row."""
        return np.concatenate([np.full(b.size // b.width, b.width) for b in self.blocks])

    def block(self, name: str) -> Block:
        """Find a block by its name; ValueError if there is none."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise ValueError(f"there is no block {name!r}: expected one of {', '.join(b.name for b in self.blocks)}")

    def locate(self, i: int) -> tuple[Block, tuple[int, ...]]:
        """Find the block of a flat index, and the index in it."""
        block = next(b for b in self.blocks if i < b.start + b.size)
        return block, tuple(int(k) for k in np.unravel_index(i - block.start, block.shape))

    def label(self, i: int, *, row: bool = False) -> str:
        """Name an entry, or its row, with its word: U[3, 2] ("queen")."""
        block, index = self.locate(i)
        shown = index[:-1] if row else index
        word = self._word(block, index)
        text = f"{block.name}[{', '.join(map(str, shown))}]" if shown else block.name
        return f'{text} ("{_shown(word)}")' if word is not None else text

    def _word(self, block: Block, index: tuple[int, ...]) -> str | None:
        """Give the word of an entry's row, if it has one."""
        return self.words.get(index[0]) if self._named(block) else None

    def _named(self, block: Block) -> bool:
        """Tell whether a block's rows are words."""
        return len(block.shape) == 2 and len(self.words) == block.shape[0]


def _leaves(entries: list[Any], names: list[str]) -> list[Block]:
    """Describe each array, after a look at its type."""
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
    """Divide an array that stacks several tables."""
    if not leaf.shape or sum(names.values()) != leaf.shape[0] or min(names.values(), default=0) < 1:
        raise ValueError(f"names is {dict(names)}: expected row counts that add up to x's shape {leaf.shape}")
    starts = np.cumsum([0, *names.values()]) * (leaf.size // leaf.shape[0])
    return [
        Block(name, int(start), (rows, *leaf.shape[1:]), leaf.dtype)
        for (name, rows), start in zip(names.items(), starts[:-1], strict=True)
    ]


def _shown(word: str) -> str:
    """Write a word so that it takes a part of one line."""
    printable = "".join(c if c.isprintable() else "�" for c in word[: LONGEST_WORD + 1])
    return printable if len(word) <= LONGEST_WORD else f"{printable[:LONGEST_WORD]}…"


def _words_by_row(words: Words) -> dict[int, str]:
    """Give the words by their rows."""
    if isinstance(words, Mapping):
        if sorted(words.values()) != list(range(len(words))):
            shown = max(words.values(), default=-1)
            raise ValueError(f"words gives rows up to {shown}: expected each of 0 to {len(words) - 1} once")
        return {int(row): str(word) for word, row in words.items()}
    return dict(enumerate(map(str, words or ())))
