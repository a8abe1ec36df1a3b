"""What must hold before a gradient is worth comparing: the contract of f(x) → (loss, gradient)."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from .frameworks import as_numpy
from .parameters import Array, Parameters
from .randomness import Frozen
from .returned import Analytic, BreachError, fitting, flat_gradient, scalar_loss, split

Function = Callable[[Any], Any]
MOST_NAMES = 4


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
    analytic = Analytic(scalar_loss(loss, parameters), flat_gradient(arrays, parameters))
    again = _read_only_call(f, parameters, frozen)
    _check_unchanged(arrays, analytic, parameters, "the same point")
    _check_same_bits(analytic, again, parameters, frozen)
    elsewhere = parameters.flat * (1 - 2.0**-6) + 2.0**-10
    with quiet(), suppress(Exception):  # there need not be a loss everywhere
        there = split(call(f, parameters.original(elsewhere), frozen), parameters)[1]
        analytic = analytic._replace(elsewhere=(elsewhere, flat_gradient(there, parameters)))
    _check_unchanged(arrays, analytic, parameters, "another point")
    _check_same_bits(analytic, _read_only_call(f, parameters, frozen), parameters, frozen)
    return analytic


def check_loss(loss: Function, analytic: Analytic, parameters: Parameters, frozen: Frozen) -> None:
    """Raise BreachError if a separate loss function breaks the contract, or does not return the loss of f."""
    try:
        value = scalar_loss(_read_only_call(loss, parameters, frozen), parameters)
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


def _difference(arrays: list[Any], flat: Array, parameters: Parameters) -> str:
    """Return the label of the first entry in which arrays differ from a flat vector, "" if they are equal."""
    for leaf, array in zip(parameters.leaves, arrays, strict=True):
        entries, expected = np.ravel(as_numpy(array)), flat[leaf.part]
        if not np.array_equal(entries, expected):
            return parameters.label(leaf.part.start + int(np.argmax(entries != expected)))
    return ""


def _check_same_bits(first: Analytic, again: Any, parameters: Parameters, frozen: Frozen) -> None:
    loss, arrays = split(again, parameters)
    value, entries = scalar_loss(loss, parameters), fitting(arrays, parameters)
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
    if where := _difference(fitting(arrays, parameters), analytic.gradient, parameters):
        raise BreachError(
            f"the gradient that f returned changes when f is called again at {point}, first at {where}: f returns "
            "the same buffer each time; return a new array"
        )
