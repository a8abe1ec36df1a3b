"""Checks of arguments, in one wording: what is wrong and what was expected."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np


def check_whole(name: str, value: Any, least: int = 1, most: int | None = None) -> None:
    """Check that an argument is a whole number in a range.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what was expected.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: expected a whole number")
    if value < least or (most is not None and value > most):
        limits = f"at least {least}" if most is None else f"a whole number from {least} to {most}"
        raise ValueError(f"{name} is {value}: expected {limits}")


def check_number(name: str, value: Any, right: bool, expected: str) -> None:
    """Check that an argument is a number for which `right` holds (a comparison, which NaN never passes).

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what was `expected`.
    """
    if not is_number(value):
        raise TypeError(f"{name} is {value!r}: expected {expected}")
    if not right:
        raise ValueError(f"{name} is {value}: expected {expected}")


def is_number(value: Any) -> bool:
    """Return whether a value is a real number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Check that an argument is one of some strings.

    Raises
    ------
    ValueError
        Naming the argument, its value and the choices.
    """
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r}: expected one of {', '.join(choices)}")
