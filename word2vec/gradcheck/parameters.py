"""The point at which a function is checked: an array, or a container of arrays, seen as named blocks of rows.

Inside the checker all entries form one flat vector of n numbers; `Parameters.point` turns any such vector into the
argument that the function takes. A row is a block's last axis: a word's vector.
"""

from collections.abc import Callable, KeysView, Mapping, Sequence, Set
from itertools import accumulate, pairwise
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .frameworks import as_numpy, like
from .structure import children, flatten, library, rebuild

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Indices = NDArray[np.intp]
else:  # `help` would write out NDArray wherever it occurs: numpy.ndarray[tuple[typing.Any, ...], numpy.dtype[…
    Array = Indices = np.ndarray

LONGEST_WORD = 24
FORMS: dict[str, Callable[[Array], Array]] = {  # of matrices, and what is nearest to a matrix in that form
    "symmetric": lambda M: (M + M.mT) / 2,
    "lower triangular": np.tril,
    "upper triangular": np.triu,
}
ALIKE = 1e-6  # part of the largest entry by which a matrix may differ from its form
COPIED = 10_000  # entries up to which each evaluation gets a copy

Names = str | Sequence[str] | Mapping[str, int] | None
Words = Sequence[str] | Mapping[str, int] | None


class Block(NamedTuple):
    """A named part of the parameters, and its place in the flat vector."""

    name: str
    part: slice
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def width(self) -> int:
        """Return the number of entries of a row."""
        return self.shape[-1] if self.shape else 1

    def rows(self, flat: Array) -> Array:
        """Return the block's entries of a flat vector (n,) as rows, a view (size/width, width)."""
        return flat[self.part].reshape(-1, self.width)

    def matrices(self, flat: Array) -> Array:
        """Return the block's entries of a flat vector (n,) in the block's shape, a view."""
        return flat[self.part].reshape(self.shape)


class Parameters:
    """The point x and its blocks: `flat` (n,) holds all entries, `is_coarse` if some of x is coarser than float64.

    x : real number, array, or tuple, named tuple, list, dict or dataclass of such, nested to any depth; copied
        Integers become float64. A list that holds no array is one array. Tensors of torch and JAX stay such for f;
        then `library` is "torch" or "jax". `keeps_types` may be set: f computes in the types of x alone.
        `coarse` may be set to what is to be said of a loss that is less precise than x, and `in_any_order` where sums
        may be made in another order with each call.
    names : names of the blocks: one for an array, one for each entry of a tuple; or, for one array that stacks
        several tables, a mapping name → number of rows, in order. By default "x", "x[0]", "x[1]", … or the keys and
        fields: V, layers[1].b
    words : a sequence of words, or a mapping word → row, for the rows of each block that has as many

    Raise TypeError if an entry is not real, ValueError if one is empty or not finite, or if names, words and x do not
    fit together.
    """

    def __init__(self, x: Any, names: Names = None, words: Words = None) -> None:
        self.x, self.keeps_types, self.in_any_order, self.coarse = x, False, False, ""
        self.many = isinstance(x, tuple | list) and children(x) is not None
        self.examples = self.arrays(x)
        self.library = next(filter(None, map(library, self.examples)), "")
        if not self.examples:
            raise ValueError(f"x is an empty {type(x).__name__}: expected at least one array")
        entries = [as_numpy(entry) for entry in self.examples]
        self.leaves = _leaves(entries, self._leaf_names(names))
        self.blocks = _stacked(self.leaves[0], names) if isinstance(names, Mapping) else self.leaves
        wide = np.result_type(np.float64, *(leaf.dtype for leaf in self.leaves))  # derivatives need float64 or better
        self.flat = np.concatenate([np.ravel(entry) for entry in entries]).astype(wide, copy=False)
        self.n, self.is_coarse = len(self.flat), any(leaf.dtype.itemsize < 8 for leaf in self.leaves)
        self.kept = self.flat.copy()  # what x must still be after f has seen it
        if isinstance(words, Mapping):
            if sorted(words.values()) != list(range(len(words))):
                shown = f"rows up to {max(words.values(), default=-1)}"
                raise ValueError(f"words gives {shown}: expected each of 0 to {len(words) - 1} once")
            words = sorted(words, key=words.__getitem__)
        if isinstance(words, str | bytes | Set) and not isinstance(words, KeysView):  # letters, or no order
            raise TypeError(f"words is {words!r:.60}: expected a list in the order of the rows, or a dict word → row")
        self.words = [] if words is None else [str(word) for word in words]
        if words is not None and not any(self._has_words(block) for block in self.blocks):
            shapes = ", ".join(f"{block.name} {block.shape}" for block in self.blocks)
            raise ValueError(f"words names {len(self.words)} rows, but no table has as many: {shapes}")
        if not np.isfinite(self.flat).all():
            where = self.label(int(np.flatnonzero(~np.isfinite(self.flat))[0]))
            raise ValueError(f"{where} is not finite: expected a point at which the loss can be differentiated")

    def _leaf_names(self, names: Names) -> list[str]:
        if names is None or (isinstance(names, Mapping) and children(self.x) is None):
            return [name for name, _ in flatten(self.x)]
        if children(self.x) is not None and not self.many:
            raise ValueError(f"x is a {type(self.x).__name__} and names its blocks itself: leave `names` out")
        if isinstance(names, Mapping):
            raise ValueError("a mapping of names to rows is for one array: give a tuple one name for each entry")
        listed, entries = [names] if isinstance(names, str) else list(names), children(self.x) or [(0, self.x)]
        if len(listed) != len(entries) or len(set(listed)) != len(entries):
            raise ValueError(f"names is {listed}: expected {len(entries)} different names, one for each array")
        named = zip(listed, entries, strict=True)
        return [inner for name, (_, entry) in named for inner, _ in flatten(entry, name, top=False)]

    def point(self, flat: Array) -> Any:
        """Return a flat vector (n,) as the function's argument, read-only: a copy, or if it is large new views."""
        flat = flat.copy() if self.n <= COPIED else flat  # f may remember the x it saw last: that must not change
        arrays = [flat[leaf.part].reshape(leaf.shape) for leaf in self.leaves]  # as in x
        if self.keeps_types:
            kind = np.complex64 if flat.dtype.kind == "c" else np.float32
            arrays = [a.astype(np.result_type(leaf.dtype, kind)) for a, leaf in zip(arrays, self.leaves, strict=True)]
        return self._form(arrays)

    def original(self, flat: Array, *, writable: bool = False) -> Any:
        """Return a flat vector (n,) as the function's argument, in x's own types: read-only, or a writable copy."""
        views = [(flat[leaf.part].reshape(leaf.shape), leaf.dtype) for leaf in self.leaves]  # shapes as in x
        return self._form([view.astype(dtype, copy=writable) for view, dtype in views], writable)

    def arrays(self, x: Any) -> list[Any]:
        """List the arrays of an argument of the function."""
        return [array for _, array in flatten(x)]

    def _form(self, arrays: list[Array], writable: bool = False) -> Any:
        """Return arrays in a container like the caller's, those of a library as its own."""
        for array in arrays:
            array.flags.writeable = writable
        made = map(like, arrays, self.examples) if self.library else iter(arrays)
        return rebuild(self.x, made)

    def formed(self, gradient: Array) -> list[tuple[Block, str]]:
        """Return the blocks that are matrices, or stacks of them, of one of FORMS, as is their gradient (n,).

        Where all entries are alike, as in zeros or ones, a matrix is hardly meant to have a form.
        """
        found = list[tuple[Block, str]]()
        for block in self.blocks:
            if len(block.shape) > 1 and block.shape[-2] == block.width > 1:
                x, g = block.matrices(self.flat), block.matrices(gradient)
                if np.ptp(x) > 0 and g.any():
                    found += [(block, form) for form in FORMS if _has_form(x, form) and _has_form(g, form)][:1]
        return found

    def block(self, name: str) -> Block:
        """Return the block of this name; raise ValueError if there is none."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise ValueError(f"there is no block {name!r}: expected one of {', '.join(b.name for b in self.blocks)}")

    def locate(self, i: int) -> tuple[Block, tuple[int, ...]]:
        """Return the block of a flat index, and the index in it."""
        block = next(b for b in self.blocks if i < b.part.stop)
        return block, tuple(int(k) for k in np.unravel_index(i - block.part.start, block.shape))

    def label(self, i: int, *, row: bool = False) -> str:
        """Return the name of an entry, or of its row, with its word: U[3, 2] ("queen")."""
        block, index = self.locate(i)
        shown = index[:-1] if row else index
        text = f"{block.name}[{', '.join(map(str, shown))}]" if shown else block.name
        if not self._has_words(block):
            return text
        word = self.words[index[0]]
        printable = "".join(c if c.isprintable() else "�" for c in word[:LONGEST_WORD])
        return f'{text} ("{printable}{"…" if len(word) > LONGEST_WORD else ""}")'

    def _has_words(self, block: Block) -> bool:
        return len(block.shape) == 2 and len(self.words) == block.shape[0]


def _has_form(matrices: Array, form: str) -> bool:
    return bool(np.abs(matrices - FORMS[form](matrices)).max() <= ALIKE * np.abs(matrices).max())


def _leaves(entries: list[Any], names: list[str]) -> list[Block]:
    leaves, start = [], 0
    outside = "" if len(entries) == 1 else "; leave what is no parameter out of x"
    for name, entry in zip(names, entries, strict=True):
        array = np.asarray(entry)
        if isinstance(entry, np.matrix | np.ma.MaskedArray):
            raise TypeError(f"{name} is a {type(entry).__name__}: expected a plain array, as np.asarray gives")
        if array.dtype == object and not isinstance(entry, np.ndarray | list | tuple):
            expected = "expected an array, or a tuple, list, dict or dataclass of arrays"
            raise TypeError(f"{name} is a {type(entry).__name__}: {expected}{outside}")
        if array.dtype.kind not in "biuf" or array.dtype == np.float16:
            fix = {"c": ", such as (z.real, z.imag)", "f": ""}.get(array.dtype.kind, outside)
            kind = f" ({type(array.flat[0]).__name__})" if array.dtype == object and array.size else ""
            raise TypeError(f"{name} holds {array.dtype}{kind}: expected real numbers, float64 or float32{fix}")
        if array.size == 0:
            raise ValueError(f"{name} has the shape {array.shape}: expected at least one entry")
        dtype = array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)
        leaves.append(Block(name, slice(start, start + array.size), array.shape, dtype))
        start += array.size
    return leaves


def _stacked(leaf: Block, names: Mapping[str, int]) -> list[Block]:
    if not leaf.shape or sum(names.values()) != leaf.shape[0] or min(names.values(), default=0) < 1:
        raise ValueError(f"names is {dict(names)}: expected row counts that add up to x's shape {leaf.shape}")
    ends = accumulate(rows * prod(leaf.shape[1:]) for rows in (0, *names.values()))
    return [
        Block(name, slice(start, stop), (rows, *leaf.shape[1:]), leaf.dtype)
        for (name, rows), (start, stop) in zip(names.items(), pairwise(ends), strict=True)
    ]
