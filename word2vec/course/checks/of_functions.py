"""Checks of sigmoid, softmax and normalizeRows."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...functions import sigmoid, softmax
from .. import assignment
from ..starter_test import Function
from .judging import GUARD, Check, Note, Subject, compare, each_case, is_close

X = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]])
_SLIPS: dict[str, dict[str, Function]] = {  # a hint → the function that the slip makes of the right one
    "sigmoid": {
        "the sign of the exponent is the other way round": lambda x: 1 - sigmoid(x),
        "this is a softmax": lambda x: softmax([x]),
        "this is its derivative": lambda x: sigmoid(x) * sigmoid(-x),
        "this is its value at 2x": lambda x: sigmoid(np.multiply(2, x)),
        "a bracket is missing below the line": lambda x: 1 + np.exp(np.negative(x)),
        "a bracket is missing below the line, and the sign of the exponent is wrong": lambda x: 1 + np.exp(x),
        "the sign below the line is the other way round": lambda x: 1 / (1 - np.exp(np.negative(x))),
        "below the line of exp(x)/(1 + exp(x)), there is a minus": lambda x: 1 / (np.exp(np.negative(x)) - 1),
        "this is tanh": np.tanh,
    },
    "sigmoid_grad": {"the argument is sigmoid(x) already": lambda s: sigmoid(s) * (1 - sigmoid(s))},
    "softmax": {
        "each row is to sum to 1, not each column": lambda x: np.exp(x) / np.exp(x).sum(axis=0),
        "no sum": np.exp,
        "the sign of the exponent is the other way round": lambda x: softmax(np.negative(x)),
    },
    "normalizeRows": {
        "the columns are scaled, not the rows": lambda x: x / np.sqrt((x * x).sum(axis=0)),
        "each row is to be of length 1, not the whole matrix": lambda x: x / np.sqrt((x * x).sum()),
        "a square root is missing": lambda x: x / (x * x).sum(axis=1, keepdims=True),
        "this makes the sum of a row 1, not its length": lambda x: x / x.sum(axis=1, keepdims=True),
    },
}


def _value(name: str, x: Any, f: Function) -> Iterator[str]:
    given = np.copy(x) if np.ndim(x) else x
    got = f(given)
    if np.ndim(x) == 0 and np.size(got) == 1 and np.ndim(got):
        yield Note(f"returns shape {np.shape(got)} for a number; a number is usual")
        got = np.ravel(got)[0]
    if got is None or np.shape(got) != np.shape(x):
        shape = "None" if got is None else f"shape {np.shape(got)}"
        yield f"returns {shape} for an argument of shape {np.shape(x)}; expected the same shape"
        return
    if not np.array_equal(given, x):
        yield Note("changes its argument in place, which may surprise a caller")
    with np.errstate(divide="ignore"):
        slips = {hint: slip(x) for hint, slip in _SLIPS[name].items()}
    yield from compare(f"value at {np.asarray(x).tolist()}", got, getattr(assignment, name)(x), slips)


def _sigmoid_digits(f: Function) -> Iterator[str]:
    """Check the digits on which a loss relies that sums up the logarithms of eleven."""
    off = np.abs(f(X.copy()) - sigmoid(X)).max()
    if off > 2 * GUARD:
        yield f"is off by {off:.1g}, more than float32 is: is it rounded, or a number added?"


def _whole_numbers(name: str, f: Function) -> Iterator[str]:
    """Remark on wrong values for whole numbers, which the tests of 2017 and before pass."""
    x = np.array([1, 2, -2])
    what = f"right for floats, but for the whole numbers {x.tolist()} it"
    try:
        got = f(x.copy())
    except Exception as error:
        yield Note(f"{what} stops with {type(error).__name__}: {error}")
        return
    if not is_close(got, getattr(assignment, name)(x)):
        hint = "np.zeros_like(x), and whatever else is of x's type, holds whole numbers only"
        yield Note(f"{what} gives {np.asarray(got).tolist()}: {hint}")


def _sigmoid_extreme(x: float, f: Function) -> Iterator[str]:
    """Check ±1000, where one way of writing the sigmoid gives nan, another warns and a third stops."""
    try:
        got = f(np.array([x]))
    except ArithmeticError as error:
        yield _stops(x, error)
        return
    if not is_close(got, sigmoid([x])):
        remark = f"at {x:g} it gives {np.ravel(got)[0]}, expected {sigmoid(x)}"
        # beyond any score that the course's tests and run come to
        if not np.all(np.isfinite(got)):
            remark = Note(f"{remark}: an exponential overflows; look at its sign")
        elif np.all(np.abs(np.subtract(got, sigmoid([x]))) <= 1.001 * GUARD):
            remark = Note(f"{remark}: large scores are cut, which is harmless as far out as here")
        else:
            remark += ": are large scores cut (clipped)?"
        yield remark
        return
    try:
        with np.errstate(over="raise"):
            f(np.array([x]))
    except FloatingPointError:
        yield Note(f"an exponential overflows at {x:g}: NumPy warns, though the value is right")


def _stops(x: float | list[float], error: ArithmeticError) -> Note:
    """Return a remark on an exponential of `math`, or of NumPy where the learner's file sets it to raise."""
    what = f"{type(error).__name__}: {error}"
    return Note(f"at {x} it stops with {what}; look at the exponential, though no score of the course is as large")


def _is_helper(f: Subject) -> bool:
    """Return whether a softmax is a learner's own helper; of 2017/18 and before it is asked for, and tested."""
    return "naiveSoftmaxLossAndGradient" in f.beside


def _softmax_rows(f: Subject) -> Iterator[str]:
    """Check a matrix, of which each row is to sum to 1; a helper may take vectors only."""
    try:
        remarks = [*_value("softmax", X, f)]
    except Exception as error:
        if not _is_helper(f):
            raise
        remarks = [f"it stops with {type(error).__name__}: {error}"]
    for remark in remarks:
        is_wrong = not isinstance(remark, Note)
        yield Note(f"right for a vector, not for a matrix: {remark}") if is_wrong and _is_helper(f) else remark


def _softmax_extremes(f: Subject) -> Iterator[str]:
    """Check that a shift of all scores, however large, changes nothing."""
    is_helper = _is_helper(f)
    for x in ([1001.0, 1002.0], [-1001.0, -1002.0]):
        try:
            got = f(np.array(x))
        except ArithmeticError as error:
            if not is_helper:
                raise
            yield _stops(x, error)
            continue
        if not is_close(got, softmax(x)):
            remark = f"at {x} it gives {got}: adding one number to all scores must change nothing"
            remark += "; an exponential overflows" * (not np.all(np.isfinite(got)))
            yield Note(remark) if is_helper else remark


STAGES: dict[str, list[Check]] = {
    "sigmoid": [
        *each_case(_value, *(("sigmoid", x) for x in (0.5, X[0], X))),
        _sigmoid_digits,
        *each_case(_sigmoid_extreme, (-1e3,), (1e3,)),
        partial(_whole_numbers, "sigmoid"),
    ],
    "sigmoid_grad": each_case(_value, ("sigmoid_grad", 0.25), ("sigmoid_grad", np.array([0.1, 0.5, 0.9]))),
    "softmax": [
        *each_case(_value, ("softmax", X[0]), ("softmax", X[1])),
        _softmax_rows,
        _softmax_extremes,
        partial(_whole_numbers, "softmax"),
    ],
    "normalizeRows": each_case(_value, ("normalizeRows", X + 0.1)),
}
