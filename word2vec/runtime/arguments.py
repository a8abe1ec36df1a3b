"""Checks of arguments, in one wording: what is wrong and what was expected; and where warnings point."""

import os
import re
import reprlib
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import wraps
from inspect import currentframe, signature
from numbers import Real
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
# modules through which the library is called, or calls itself; commands are none
BETWEEN = re.compile(rf"({__name__.partition('.')[0]}|contextlib|joblib|sklearn)(\.(?!__main__)|$)")


def warn(warning: str | Warning) -> None:
    """Warn (UserWarning) at the line that called this library, also by way of scikit-learn, or at a command's."""
    frame, level = currentframe(), 1
    while frame and BETWEEN.match(str(frame.f_globals.get("__name__"))):
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)


def check_whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Return an argument that is a whole number from `least` to `most`; otherwise raise TypeError or ValueError."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r:.60}: expected a whole number")
    if value < least or (most is not None and value > most):
        limits = f"at least {least}" if most is None else f"a whole number from {least} to {most}"
        raise ValueError(f"{name} is {value}: expected {limits}")
    return int(value)


def check_number(name: str, value: Any, expected: str, low: float = 0.0, high: float = np.inf) -> float:
    """Return an argument with low ≤ value < high, which NaN is not; otherwise raise TypeError or ValueError."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r:.60}: expected {expected}")
    try:
        number = float(value)
    except OverflowError:  # a whole number larger than all floats
        number = np.inf
    if not low <= number < high:
        raise ValueError(f"{name} is {value!s:.60}: expected {expected}")
    return number


def check_type(name: str, value: Any, kind: Any, expected: str = "") -> None:
    """Raise TypeError unless an argument is of a class, or of one of several; the message says what is expected."""
    if not isinstance(value, kind):
        # of a dict of 100,000 vectors the whole repr takes a minute
        shown = f"{(reprlib.repr if type(value) in (dict, list, tuple, set) else repr)(value):.60}"
        own, theirs = getattr(kind, "__module__", ""), type(value).__module__
        if getattr(kind, "__name__", "") == type(value).__name__:
            fix = "the library is imported twice, say as word2vec and word2vec_numpy: use one of its names"
            raise TypeError(f"{name} is {shown}, of {theirs}: expected one of {own}; {fix}")
        raise TypeError(f"{name} is {shown}: expected {expected or kind.__name__}")


def takes(function: Any, arguments: int) -> bool:
    """Return whether something can be called with so many arguments by their places; True if that is not known."""
    try:
        signature(function, follow_wrapped=False).bind(*range(arguments))  # a decorator may pass more
    except TypeError:
        return False
    except ValueError:  # of compiled code, which has no signature
        return True
    return True


def check_path(path: Any) -> None:
    """Raise TypeError unless an argument `path` is the path of a file."""
    check_type("path", path, str | os.PathLike, "the path of a file")


def check_no_table(value: Any, what: str) -> None:
    """Raise TypeError, which begins with `what`, for a table, whose items are its columns' names, or sparse data."""
    kind = type(value)
    if hasattr(kind, "toarray"):  # an object, such as a Series by its labels, may have any attribute
        fix = "pass its .toarray() if it holds numbers of words, or random_walks of it if it is a graph"
        raise TypeError(f"{what} a {kind.__name__}, which is a sparse matrix: {fix}")
    if hasattr(value, "columns") and isinstance(shape := getattr(value, "shape", None), tuple) and len(shape) == 2:
        fix = "pass one column: table['text'] of Dask, table['text'].str.split() of pandas"
        raise TypeError(f"{what} a {kind.__name__}, which is a table: {fix}")


def hidden_in(value: Any) -> Any:
    """Return which entries of a masked array are hidden, of its shape; None if none is, or it is no masked array."""
    ma = sys.modules.get("numpy.ma")  # without it, which takes time to load, there is none
    return ma.getmaskarray(value) if ma is not None and ma.is_masked(value) else None


def of_arrow(item: Any) -> str:
    """Return the advice that an item of pyarrow's columns needs in place of Python's; "" for anything else."""
    return "; of a column of pyarrow pass .to_pylist()" if hasattr(item, "as_py") else ""


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise ValueError, which names the choices, unless the argument is one of them."""
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r:.60}: expected one of {', '.join(choices)}")


def with_other_names(others: Mapping[str, str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function's TypeError for an unknown argument say what it is called here.

    `others` maps names that an argument has elsewhere to the end of that sentence; other names are compared with the
    function's own, for want of a letter.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        ours = [name for name in signature(function).parameters if name not in ("self", "cls")]
        called = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def checked(*given: P.args, **named: P.kwargs) -> R:
            for name in named:
                if name not in ours:
                    near = get_close_matches(name, ours, 1)
                    known = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(ours)}"
                    raise TypeError(f"{called}() has no argument {name!r}: {others.get(name, known)}")
            return function(*given, **named)

        return checked

    return decorate
