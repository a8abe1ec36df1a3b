"""Vectors stored in fewer bytes: float16, or 8-bit integers with a scale for each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ..._types import Array, PathLike
from ...runtime.archive import Arrays
from .table import PART, converted, in_parts

Stored = Literal["float64", "float32", "float16", "int8"]
UNPACK = "unpack them by np.asarray(vectors.matrix), or some by vectors.matrix[:1000]"
LARGEST = 127  # a row's largest number, as an 8-bit integer


class ByteRows:
    """Rows of 8-bit integers, each with its scale: an array (V, D) of float32 that is computed where it is indexed.

    Code that reads an array in parts, as queries do, never holds more than one part of it in memory. NumPy's
    functions take it, too, and unpack it as a whole.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.vectors.formats.quantised import ByteRows
    >>> rows = ByteRows(np.array([[127, 0], [64, -127]], np.int8), np.array([0.5, 2.0], np.float32))
    >>> rows.shape, rows[1], np.asarray(rows[:1])
    ((2, 2), array([ 128., -254.], dtype=float32), array([[63.5,  0. ]], dtype=float32))
    """

    dtype, itemsize, ndim = np.dtype(np.float32), 4, 2
    strides: tuple[int, ...] = ()  # BLAS cannot read it

    def __init__(self, codes: Array, scales: Array) -> None:
        if codes.dtype != np.int8 or scales.dtype != np.float32 or codes.ndim != 2 or scales.shape != codes.shape[:1]:
            shapes = f"{codes.shape} of {codes.dtype} and {scales.shape} of {scales.dtype}"
            raise ValueError(f"rows and scales are {shapes}: expected (V, D) of int8 and (V,) of float32")
        self.base, self.scales = codes, scales
        self.shape, self.size, self.nbytes = codes.shape, codes.size, codes.nbytes + scales.nbytes

    def __len__(self) -> int:
        return len(self.base)

    def __getitem__(self, key: Any) -> Array:
        found, scales = self.base[key], self.scales[key[0] if isinstance(key, tuple) else key]
        return np.asarray(found * (scales[..., None] if found.ndim > scales.ndim else scales))  # (…, D) · (…, 1)

    def __iter__(self) -> Iterator[Array]:  # without it pandas takes no table for one
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("8-bit rows cannot be an array without being unpacked: leave out copy=False")
        return converted(self[:], self.dtype if dtype is None else dtype)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"8-bit rows have no {name}: {UNPACK}")

    def _refuse(self, other: Any = None) -> Any:
        if isinstance(other, np.ndarray | np.generic):
            return NotImplemented  # they unpack it
        raise TypeError(f"8-bit rows are not computed with: {UNPACK}")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __matmul__ = __rmatmul__ = __pow__ = __neg__ = __abs__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def stored(name: str, array: Array, dtype: Stored, path: PathLike) -> Arrays:
    """Return the arrays of an .npz that store one of real numbers as `dtype`; of int8, `name`_scales besides.

    ValueError, which names the file, if a number is beyond float16.
    """
    if dtype != "int8":
        found = np.concatenate([array[:0].astype(dtype), *(converted(part, dtype) for part in in_parts(array))])
        if not np.isfinite(found).all():
            raise ValueError(f"{path}: {name} holds numbers beyond {dtype}: write it as float32 or int8")
        return {name: found}
    codes, scales = np.empty(array.shape, np.int8), np.empty(len(array), np.float32)
    for number, part in enumerate(in_parts(array)):
        part, rows = np.asarray(part, np.float64), slice(number * PART, (number + 1) * PART)
        scales[rows] = converted(np.abs(part).max(axis=1, initial=0) / LARGEST, np.float32)
        codes[rows] = np.rint(part / np.where(scales[rows] > 0, scales[rows], 1)[:, None]).clip(-LARGEST, LARGEST)
    if not np.isfinite(scales).all():
        raise ValueError(f"{path}: {name} holds numbers beyond float32, which scales are: write it as float64")
    return {name: codes, f"{name}_scales": scales}
