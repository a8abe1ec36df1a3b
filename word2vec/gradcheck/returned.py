"""What a function returns, read as a loss and one flat gradient: dense or sparse, in the structure of x."""

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from .frameworks import as_numpy
from .parameters import Array, Block, Parameters
from .structure import StructureError, align, library


class BreachError(Exception):
    """The function breaks its contract; the message names the clause."""


class Analytic(NamedTuple):
    """The loss and gradient that f returns at x, and `elsewhere`: another point and the gradient there; all flat."""

    loss: float
    gradient: Array
    elsewhere: tuple[Array, Array] | None = None


def loss_of(returned: Any) -> Any:
    """Return the loss of what f returns; raise BreachError if that is no (loss, gradient)."""
    if not isinstance(returned, tuple | list) or len(returned) < 2:
        shown = f"{type(returned).__name__}" + (f" of {len(returned)}" if isinstance(returned, tuple | list) else "")
        raise BreachError(f"f returned a {shown}: expected (loss, gradient)")
    return returned[0]


def split(returned: Any, parameters: Parameters) -> tuple[Any, list[Any]]:
    """Return the loss and the gradients, one for each array of x; raise BreachError for what has another form."""
    loss, rest = loss_of(returned), list(returned[1:])
    if parameters.many and (len(rest) > 1 or rest[0] is not None):
        count = len(parameters.x)
        is_whole = len(rest) == 1 and isinstance(rest[0], tuple | list) and (count > 1 or len(rest[0]) == 1)
        rest = list(rest[0]) if is_whole else rest
        if len(rest) != count:
            raise BreachError(f"f returned {len(rest)} gradients: expected {count}, one for each array of x")
        gradient: Any = rest
    elif len(rest) != 1:
        raise BreachError(f"f returned {len(rest) + 1} values: expected two, (loss, gradient)")
    else:
        gradient = rest[0]
    return loss, gradients(gradient, parameters)


def gradients(gradient: Any, parameters: Parameters) -> list[Any]:
    """Return a gradient's part for each array of x; raise BreachError if it has another structure than x."""
    try:
        parts = list(align(parameters.x, gradient))
    except StructureError as error:
        raise BreachError(str(error)) from error
    if all(part is None for part in parts):
        hint = "" if len(parts) == 1 else "; None stands for the zero gradient of single arrays"
        raise BreachError(f"the gradient is None: expected that of {parameters.leaves[0].name}{hint}")
    return parts


def as_array(value: Any, what: str) -> Array:
    """Return a value that f returned as an array; raise BreachError, which says what it is, if it cannot be one."""
    try:
        return np.asarray(as_numpy(value))
    except (ValueError, RuntimeError) as error:  # RuntimeError: a list of tensors
        raise BreachError(f"the {what} is not an array: {type(value).__name__}, {error}") from error


def scalar_loss(loss: Any, parameters: Parameters) -> float:
    """Return a loss as a number; raise BreachError unless it is real, finite, scalar and as precise as x."""
    array = as_array(loss, "loss")
    if array.shape != ():
        raise BreachError(f"the loss has the shape {array.shape}: expected a scalar, sum or average it")
    if array.dtype.kind not in "iuf":
        raise BreachError(f"the loss is {array.dtype}: expected a real number")
    if not np.isfinite(array):
        raise BreachError(f"the loss is {array}: expected a finite number")
    needed = min(8, max(leaf.dtype.itemsize for leaf in parameters.leaves))
    if array.dtype.kind == "f" and array.dtype.itemsize < needed:
        fix = "; pass x as JAX arrays, or enable jax_enable_x64" if library(loss) == "jax" else ""
        raise BreachError(f"the loss is {array.dtype}, less precise than x: compute it in the type of x{fix}")
    return float(array)


def flat_gradient(arrays: list[Any], parameters: Parameters) -> Array:
    """Return the gradients of all arrays of x as one vector (n,); raise BreachError unless all entries are finite."""
    flat = np.concatenate(fitting(arrays, parameters)).astype(parameters.flat.dtype, copy=False)
    if len(bad := np.flatnonzero(~np.isfinite(flat))):
        first, count = f"{flat[bad[0]]} at {parameters.label(int(bad[0]))}", f"{len(bad)} of {parameters.n} entries"
        raise BreachError(f"the gradient is {first}, and not finite in {count}")
    return flat


def fitting(arrays: list[Any], parameters: Parameters) -> list[Array]:
    """Return the entries of each gradient, which must have the shape and precision of its array in x; flat."""
    found = []
    for leaf, gradient in zip(parameters.leaves, arrays, strict=True):
        array, name = dense(gradient, leaf), f"the gradient of {leaf.name}"
        if array.dtype.kind not in "biuf":
            raise BreachError(f"{name} holds {array.dtype}: expected {leaf.dtype}, as in x")
        is_exact = array.dtype.kind != "f" or isinstance(gradient, float)
        if array.dtype.itemsize < leaf.dtype.itemsize and not is_exact:
            raise BreachError(f"{name} is {array.dtype}, less precise than x: compute it as {leaf.dtype}")
        found.append(array.ravel())
    return found


def dense(gradient: Any, leaf: Block) -> Array:
    """Return the gradient of one array of x in its shape; None is zero, and in (rows, values) repeats are summed."""
    if gradient is None:
        return np.zeros(leaf.shape, leaf.dtype)
    if (pair := _rows_and_values(gradient, leaf)) is not None:
        return _sum_rows(*pair, leaf)
    array = as_array(gradient, f"gradient of {leaf.name}")
    if array.shape != leaf.shape:
        raise BreachError(
            f"the gradient of {leaf.name} has the shape {array.shape}: expected that of x, {leaf.shape}"
        )
    return array


def _rows_and_values(gradient: Any, leaf: Block) -> tuple[Array, Array] | None:
    """Return a sparse gradient's row numbers, of any shape, and values; None if it is no such pair."""
    if not isinstance(gradient, tuple | list) or len(gradient) != 2 or not leaf.shape:
        return None
    with suppress(ValueError, RuntimeError):
        rows, values = (np.asarray(as_numpy(part)) for part in gradient)
        is_whole = rows.shape == values.shape and (2, *rows.shape) == leaf.shape  # a list of two rows
        if (rows.dtype.kind in "iu" or rows.size == 0) and not is_whole:
            return rows.astype(np.intp), values
    return None


def _sum_rows(rows: Array, values: Array, leaf: Block) -> Array:
    name, expected = f"the gradient of {leaf.name}", (*rows.shape, *leaf.shape[1:])
    if values.shape != expected:
        shown = f"rows of the shape {rows.shape} with values of the shape {values.shape}"
        raise BreachError(f"{name} is a pair (rows, values), {shown}: expected values of the shape {expected}")
    if len(bad := rows[(rows < 0) | (rows >= leaf.shape[0])]):
        raise BreachError(f"{name} has values for row {bad[0]}: expected rows from 0 to {leaf.shape[0] - 1}")
    total = np.zeros(leaf.shape, values.dtype)
    np.add.at(total, rows, values)
    return total
