"""Sparse gradients: None, and pairs (rows, values), as sparse updates of embeddings take them."""

from contextlib import suppress
from typing import Any

import numpy as np

from .frameworks import as_numpy
from .parameters import Array, Block
from .structure import StructureError


def dense(gradient: Any, block: Block) -> Any:
    """Return the gradient of one array of x as an array if it is None or (rows, values), else as it is.

    None is zero. In a pair, the values have the shape of the rows and then that of x from its second axis on; equal
    rows are added up. Raise StructureError if they do not fit together.
    """
    if gradient is None:
        return np.zeros(block.shape, block.dtype)
    if not isinstance(gradient, tuple | list) or len(gradient) != 2 or not block.shape:
        return gradient
    with suppress(ValueError, RuntimeError):  # no arrays
        rows, values = (np.asarray(as_numpy(part)) for part in gradient)
        is_whole = rows.shape == values.shape and (2, *rows.shape) == block.shape  # a list of two rows
        if (rows.dtype.kind in "iu" or rows.size == 0) and not is_whole:
            return _sum_rows(rows.astype(np.intp), values, block)
    return gradient


def _sum_rows(rows: Array, values: Array, block: Block) -> Array:
    name, expected = f"the gradient of {block.name}", (*rows.shape, *block.shape[1:])
    if values.shape != expected:
        shown = f"rows of the shape {rows.shape} with values of the shape {values.shape}"
        raise StructureError(f"{name} is a pair (rows, values), {shown}: expected values of the shape {expected}")
    if len(bad := rows[(rows < 0) | (rows >= block.shape[0])]):
        raise StructureError(f"{name} has values for row {bad[0]}: expected rows from 0 to {block.shape[0] - 1}")
    total = np.zeros(block.shape, values.dtype)
    np.add.at(total, rows, values)
    return total
