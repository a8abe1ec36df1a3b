"""Checks of arguments, in one wording: what is wrong and what was expected."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np


def check_whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Return an argument that is a whole number from `least` to `most`; otherwise raise TypeError or ValueError."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: expected a whole number")
    if value < least or (most is not None and value > most):
        limits = f"at least {least}" if most is None else f"a whole number from {least} to {most}"
        raise ValueError(f"{name} is {value}: expected {limits}")
    return int(value)


def check_number(name: str, value: Any, expected: str, low: float = 0.0, high: float = np.inf) -> float:
    """Return an argument with low ≤ value < high, which NaN is not; otherwise raise TypeError or ValueError."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: expected {expected}")
    if not low <= float(value) < high:
        raise ValueError(f"{name} is {value}: expected {expected}")
    return float(value)


def check_type(name: str, value: Any, kind: type[Any]) -> None:
    """Raise TypeError unless an argument is of a class."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r:.60}: expected {kind.__name__}")


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise ValueError, which names the choices, unless the argument is one of them."""
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r}: expected one of {', '.join(choices)}")
