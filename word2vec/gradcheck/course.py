"""The course's gradient check."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .contract import BreachError, Function, call, loss_of
from .randomness import Frozen, one_at_a_time

H, TOLERANCE = 1e-4, 1e-5
PASSED = (
    "Gradient check passed!. Read the docstring of the `gradcheck_naive` method in utils.gradcheck.py "
    "to understand what the gradient check does."
)


def gradcheck_naive(f: Function, x: ArrayLike, gradientText: str = "", *, raises: bool = False) -> bool:
    """Compare the gradient that f returns with central differences of its loss, print and return whether it passed.

    It passes where |numeric − analytic| ≤ 1e-5 · max(1, |numeric|, |analytic|) holds in every coordinate; NaN never
    passes. Each evaluation begins with the same state of the random generators that f can reach; they are left as one
    evaluation leaves them. This is the course's rule; `check_gradient` finds more errors and explains them.

    Parameters
    ----------
    f : function x → (loss, gradient)
    x : float or array; left unchanged
    gradientText : what is checked, for the printed line
    raises : raise an AssertionError with the verdict instead of printing a failure

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import gradcheck_naive
    >>> gradcheck_naive(lambda x: (x @ x, 2 * x), np.array([1.0, 2.0]))
    Gradient check passed!
    True
    """
    with one_at_a_time():
        complaint = _complaint(f, np.array(x, np.result_type(np.asarray(x), np.float64)))  # H is lost in float32
    if complaint is None:
        print(PASSED if gradientText else PASSED.partition(".")[0])
        return True
    text = f"Gradient check failed{f' for {gradientText}' if gradientText else ''}.\n{complaint}"
    if raises:
        raise AssertionError(text)
    print(text)
    return False


def _complaint(f: Function, x: NDArray[Any]) -> str | None:
    frozen = Frozen(f)
    result = call(f, x.copy(), frozen)
    try:
        loss_of(result)
    except BreachError as breach:
        return str(breach)
    if np.size(result[0]) != 1:
        return f"The loss has shape {np.shape(result[0])}, expected a single number"
    gradient = np.array(result[1])
    if gradient.shape != x.shape:
        return f"The gradient has shape {gradient.shape}, expected that of x: {x.shape}"
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = H
        numeric = np.asarray((call(f, x + step, frozen)[0] - call(f, x - step, frozen)[0]) / (2 * H)).item()
        if not abs(numeric - gradient[index]) <= TOLERANCE * max(1, abs(numeric), abs(gradient[index])) < np.inf:
            return (
                f"First gradient error found at index {index} in the vector of gradients\n"
                f"Your gradient: {gradient[index]:f} \t Numerical gradient: {numeric:f}"
            )
    return None
