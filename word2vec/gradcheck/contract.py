"""What must hold before a gradient is worth comparing: the contract of f(x) → (loss, gradient)."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np

from .frameworks import as_numpy
from .parameters import Array, Block, Parameters
from .randomness import Frozen
from .sparse import dense
from .structure import StructureError, align, library

Function = Callable[[Any], Any]
MOST_NAMES = 4


class BreachError(Exception):
    """The function breaks its contract; the message names the clause."""


class Analytic(NamedTuple):
    """The loss and gradient that f returns at x, and `elsewhere`: another point and the gradient there; all flat."""

    loss: float
    gradient: Array
    elsewhere: tuple[Array, Array] | None = None


def call(f: Function, argument: Any, frozen: Frozen) -> Any:
    """Evaluate f with the frozen random numbers."""
    frozen.rewind()
    return f(argument)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings, except that a complex number cut down to its real part becomes an error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def checked_call(f: Function, parameters: Parameters, frozen: Frozen) -> Analytic:
    """Evaluate f four times and raise BreachError unless it keeps its contract.

    f returns a pair of a real, finite, scalar loss and a gradient of x's structure, shapes and types. Called
    again with the same random numbers it gives the same bits, also after a call elsewhere. It leaves x as it was,
    and what it returned stays as it was when f is called again, at the same point or elsewhere.
    """
    loss, arrays = split(_read_only_call(f, parameters, frozen), parameters)
    analytic = Analytic(_loss(loss, parameters), _gradient(arrays, parameters))
    again = _read_only_call(f, parameters, frozen)
    _check_unchanged(arrays, analytic, parameters, "the same point")
    _check_same_bits(analytic, again, parameters, frozen)
    elsewhere = parameters.flat * (1 - 2.0**-6) + 2.0**-10
    with quiet(), suppress(Exception):  # there need not be a loss everywhere
        there = split(call(f, parameters.original(elsewhere), frozen), parameters)[1]
        analytic = analytic._replace(elsewhere=(elsewhere, _gradient(there, parameters)))
    _check_unchanged(arrays, analytic, parameters, "another point")
    _check_same_bits(analytic, _read_only_call(f, parameters, frozen), parameters, frozen)
    return analytic


def check_loss(loss: Function, analytic: Analytic, parameters: Parameters, frozen: Frozen) -> None:
    """Raise BreachError if a separate loss function breaks the contract, or does not return the loss of f."""
    try:
        value = _loss(_read_only_call(loss, parameters, frozen), parameters)
    except BreachError as breach:
        raise BreachError(f"of loss=, not of f: {breach}") from breach
    if not abs(value - analytic.loss) <= 1e-6 * max(1.0, abs(analytic.loss)):
        raise BreachError(f"loss(x) is {value!r}, but f(x) returned {analytic.loss!r}: pass the loss that f computes")


def _read_only_call(f: Function, parameters: Parameters, frozen: Frozen) -> Any:
    """Call f at x, which is read-only, and check that f did not write into it by other means."""
    argument = parameters.original(parameters.flat)
    arrays = parameters.arrays(argument)
    try:
        returned = call(f, argument, frozen)
    except ValueError as error:
        if "read-only" not in str(error) or not _needs_writing(f, parameters, frozen):
            raise
        text = f"f writes into its argument x ({error}): it must leave x as it is; work on x.copy()"
        raise BreachError(text) from error
    now = parameters.arrays(argument)
    if len(now) != len(arrays) or any(a is not b for a, b in zip(now, arrays, strict=True)):
        raise BreachError("f replaces entries of its argument x: it must leave x as it is; work on a copy")
    if where := _difference(arrays, parameters.kept, parameters):
        raise BreachError(f"f changes its argument x, first at {where}: work on x.copy()")
    return returned


def _needs_writing(f: Function, parameters: Parameters, frozen: Frozen) -> bool:
    """Return whether f works on a writable x; if not, the read-only array is one of its own."""
    try:
        call(f, parameters.original(parameters.flat, writable=True), frozen)
    except ValueError as error:
        return "read-only" not in str(error)
    return True


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
        return loss, gradients(rest, parameters)
    if len(rest) != 1:
        raise BreachError(f"f returned {len(rest) + 1} values: expected two, (loss, gradient)")
    return loss, gradients(rest[0], parameters)


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


def _loss(loss: Any, parameters: Parameters) -> float:
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


def _gradient(arrays: list[Any], parameters: Parameters) -> Array:
    flat = np.concatenate(_fitting(arrays, parameters)).astype(parameters.flat.dtype, copy=False)
    if len(bad := np.flatnonzero(~np.isfinite(flat))):
        first, count = f"{flat[bad[0]]} at {parameters.label(int(bad[0]))}", f"{len(bad)} of {parameters.n} entries"
        raise BreachError(f"the gradient is {first}, and not finite in {count}")
    return flat


def _fitting(arrays: list[Any], parameters: Parameters) -> list[Array]:
    """Return the entries of each gradient, which must have the shape and precision of its array in x."""
    fitting = []
    for leaf, gradient in zip(parameters.leaves, arrays, strict=True):
        array, name = as_dense(gradient, leaf), f"the gradient of {leaf.name}"
        if array.dtype.kind not in "biuf":
            raise BreachError(f"{name} holds {array.dtype}: expected {leaf.dtype}, as in x")
        is_exact = array.dtype.kind != "f" or isinstance(gradient, float)
        if array.dtype.itemsize < leaf.dtype.itemsize and not is_exact:
            raise BreachError(f"{name} is {array.dtype}, less precise than x: compute it as {leaf.dtype}")
        fitting.append(array.ravel())
    return fitting


def as_dense(gradient: Any, leaf: Block) -> Array:
    """Return the gradient of one array of x in its shape; raise BreachError if it has another."""
    try:
        array = as_array(dense(gradient, leaf), f"gradient of {leaf.name}")
    except StructureError as error:
        raise BreachError(str(error)) from error
    if array.shape != leaf.shape:
        raise BreachError(
            f"the gradient of {leaf.name} has the shape {array.shape}: expected that of x, {leaf.shape}"
        )
    return array


def _difference(arrays: list[Any], flat: Array, parameters: Parameters) -> str:
    """Return the label of the first entry in which arrays differ from a flat vector, "" if they are equal."""
    for leaf, array in zip(parameters.leaves, arrays, strict=True):
        entries, expected = np.ravel(as_numpy(array)), flat[leaf.part]
        if not np.array_equal(entries, expected):
            return parameters.label(leaf.part.start + int(np.argmax(entries != expected)))
    return ""


def _check_same_bits(first: Analytic, again: Any, parameters: Parameters, frozen: Frozen) -> None:
    loss, arrays = split(again, parameters)
    value, entries = _loss(loss, parameters), _fitting(arrays, parameters)
    if value != first.loss:
        shown = ", ".join(frozen.names[:MOST_NAMES]) + (", …" if len(frozen.names) > MOST_NAMES else "")
        raise BreachError(
            f"unfrozen randomness: called twice at the same point the loss is {first.loss!r}, then {value!r}, though "
            f"{shown} were reset; {frozen.advice()}"
        )
    if where := _difference(entries, first.gradient, parameters):
        raise BreachError(
            "called twice at the same point f returns the same loss but another gradient, first at "
            f"{where}: does a buffer keep what an earlier call left in it?"
        )


def _check_unchanged(arrays: list[Any], analytic: Analytic, parameters: Parameters, point: str) -> None:
    if where := _difference(_fitting(arrays, parameters), analytic.gradient, parameters):
        raise BreachError(
            f"the gradient that f returned changes when f is called again at {point}, first at {where}: f returns "
            "the same buffer each time; return a new array"
        )
