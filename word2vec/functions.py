"""Sigmoid, softmax, ReLU and their derivatives: stable far beyond any score that occurs, safe under a complex step.

All take float, integer or complex numbers, never change their argument and return a new value: of its shape, but for
Jacobians, which have one axis more. Softmax and what is made of it needs at least one score along the last axis; the
others take scalars, too. Where a branch is needed it looks at the real part only, so that `f(x + ih).imag / h` is the
derivative to the last bit. Ids such as (E1) name the blocks of docs/equations.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._types import Array, Ids


def _exp_of_minus_abs(x: Array) -> Array:
    """Compute e^(−|x|), which cannot overflow."""
    return np.asanyarray(np.exp(np.where(x.real < 0, x, -x)))


def sigmoid(x: ArrayLike) -> Any:
    """Compute the logistic function σ(x) = 1/(1 + e^(−x)) = e^x/(1 + e^x), in [0, 1], entry by entry (E9).

    x is a scalar or an array of any shape, real or complex; integers become float64.

    Examples
    --------
    >>> from word2vec import sigmoid
    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    x = _inexact(x)
    e = _exp_of_minus_abs(x)
    return (np.where(x.real < 0, e, 1) / (1 + e))[()]


def sigmoid_derivative(x: ArrayLike) -> Any:
    """Compute σ′(x) = σ(x)(1 − σ(x)) = σ(x)σ(−x), entry by entry (E9): the Jacobian's diagonal (E26).

    x is a scalar or an array of any shape, real or complex; integers become float64.

    Examples
    --------
    >>> from word2vec import sigmoid_derivative
    >>> sigmoid_derivative([-1000, 0, 1])
    array([0.        , 0.25      , 0.19661193])
    """
    x = _inexact(x)
    return sigmoid(x) * sigmoid(-x)


def log_sigmoid(x: ArrayLike) -> Any:
    """Compute log σ(x) = min(x, 0) − log(1 + e^(−|x|)), entry by entry (E10); finite for every finite x.

    x is a scalar or an array of any shape, real or complex; integers become float64.

    Examples
    --------
    >>> from word2vec import log_sigmoid
    >>> log_sigmoid([0, -100])
    array([  -0.69314718, -100.        ])
    """
    x = _inexact(x)
    return (np.where(x.real < 0, x, 0) - np.log1p(_exp_of_minus_abs(x)))[()]


def log_sigmoid_derivative(x: ArrayLike) -> Any:
    """Compute d log σ(x)/dx = 1 − σ(x) = σ(−x), entry by entry (E10).

    x is a scalar or an array of any shape, real or complex; integers become float64.

    Examples
    --------
    >>> from word2vec import log_sigmoid_derivative
    >>> log_sigmoid_derivative([-1000, 0, 1000])
    array([1. , 0.5, 0. ])
    """
    return sigmoid(-_inexact(x))


def softmax(x: ArrayLike) -> Any:
    """Compute the probabilities ŷ_i = e^(x_i) / Σ_j e^(x_j) along the last axis: (..., n) → (..., n) (E1).

    Adding one constant to all scores x_j leaves ŷ unchanged; their largest is subtracted first. x is real or complex;
    integers become float64.

    Examples
    --------
    >>> from word2vec import softmax
    >>> softmax([[0, 0, 0, 0], [0, 1000, 0, 1000]])
    array([[0.25, 0.25, 0.25, 0.25],
           [0.  , 0.5 , 0.  , 0.5 ]])
    """
    x = _scores(x)
    e = np.exp(x - x.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_jacobian(x: ArrayLike) -> Array:
    """Compute ∂ŷ_i/∂x_j = ŷ_i(1[i = j] − ŷ_j): (..., n) → (..., n, n), symmetric, rows summing to zero (E3).

    Examples
    --------
    >>> from word2vec import softmax_jacobian
    >>> softmax_jacobian([0, 0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    y_hat = softmax(x)
    identity = np.eye(y_hat.shape[-1], dtype=y_hat.dtype)
    # (..., n, 1) * ((n, n) - (..., 1, n)) → (..., n, n)
    return np.asanyarray(y_hat[..., :, None] * (identity - y_hat[..., None, :]))


def log_softmax(x: ArrayLike) -> Any:
    """Compute log ŷ_i = x_i − log Σ_j e^(x_j) along the last axis: (..., n) → (..., n) (E2).

    Finite where scores are less than 1e308 apart. With t the place of the largest score,
    log Σ_j e^(x_j) = x_t + log(1 + Σ_{j≠t} e^(x_j − x_t)), which keeps the digits of a ŷ_t close to 1.

    Examples
    --------
    >>> from word2vec import log_softmax
    >>> log_softmax([1000, 0, -1000])
    array([    0., -1000., -2000.])
    """
    x = _scores(x)
    top = x.real.argmax(axis=-1, keepdims=True)
    shifted = x - np.take_along_axis(x, top, axis=-1)
    others = np.exp(shifted)
    np.put_along_axis(others, top, 0, axis=-1)
    return shifted - np.log1p(others.sum(axis=-1, keepdims=True))


def log_softmax_jacobian(x: ArrayLike) -> Array:
    """Compute ∂ log ŷ_i/∂x_j = 1[i = j] − ŷ_j: (..., n) → (..., n, n) (E3).

    Examples
    --------
    >>> from word2vec import log_softmax_jacobian
    >>> log_softmax_jacobian([0, 0])
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """
    y_hat = softmax(x)
    return np.asanyarray(np.eye(y_hat.shape[-1], dtype=y_hat.dtype) - y_hat[..., None, :])  # (n, n) - (..., 1, n)


def relu(x: ArrayLike, alpha: float = 0.0) -> Any:
    """Compute ReLU(x) = max(x, 0) (E8), or with 0 < α < 1 the leaky ReLU max(αx, x) (E25), entry by entry.

    x is a scalar or an array of any shape, real or complex; integers become float64. alpha is α.

    Examples
    --------
    >>> from word2vec import relu
    >>> relu([-2, 0, 3]), relu([-2, 0, 3], alpha=0.25)
    (array([0., 0., 3.]), array([-0.5,  0. ,  3. ]))
    """
    x = _inexact(x)
    return np.where(x.real <= 0, alpha * x if alpha else np.zeros_like(x), x).astype(x.dtype)[()]


def relu_derivative(x: ArrayLike, alpha: float = 0.0) -> Any:
    """Compute ReLU′(x) = 1[x > 0] + α1[x < 0] (E8, E25). At the kink x = 0, where all of [α, 1] would do, it is α.

    x is a scalar or an array of any shape, real or complex; the result has x's type, or float64 for integers.
    alpha is α.

    Examples
    --------
    >>> from word2vec import relu_derivative
    >>> relu_derivative([-2, 0, 3]), relu_derivative([-2, 0, 3], alpha=0.25)
    (array([0., 0., 1.]), array([0.25, 0.25, 1.  ]))
    """
    x = _inexact(x)
    return np.where(x.real > 0, 1, alpha).astype(x.dtype)[()]


def normalize_rows(x: ArrayLike) -> Array:
    """Scale every row to length 1: x_i / sqrt(Σ_j x_ij²), (n, d) → (n, d) (E30); a row of zeros stays zero.

    Examples
    --------
    >>> from word2vec import normalize_rows
    >>> normalize_rows([[3, 4], [0, 0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    x = _inexact(x)
    largest = abs(x.real).max(axis=-1, keepdims=True, initial=0)
    x = x / np.where(largest == 0, 1, largest)  # squares can neither overflow nor vanish now
    length = np.sqrt((x * x).sum(axis=-1, keepdims=True))
    return np.asanyarray(x / np.where(length.real == 0, 1, length))


# what goes in


def check_unmasked(fix: str = ".filled(0)", /, **arguments: Any) -> None:
    """Raise TypeError if an argument is a masked array that hides numbers: these would count as they are."""
    for name, x in arguments.items():
        if type(x) is not np.ndarray and isinstance(x, np.ndarray) and np.any(getattr(x, "mask", False)):
            what = f"{name} is a masked array: expected all its numbers"
            raise TypeError(f"{what}; replace the hidden ones, say {fix}")


def _floating(x: ArrayLike) -> Array:
    """Return x as an array that can hold fractions: integers and booleans become float64."""
    if type(x) is np.ndarray and x.dtype.kind in "fc":  # as almost always, and far quicker
        return x
    x = np.array(x, copy=None, subok=not isinstance(x, np.matrix))  # the products of np.matrix have other shapes
    if x.dtype == object:  # NumPy would make NaN of None
        x = np.array([float(number) for number in x.flat]).reshape(x.shape)
    return x if x.dtype.kind in "fc" else x.astype(np.float64)


def with_fractions(**arrays: ArrayLike) -> list[Array]:
    """Return arrays that can hold fractions; raise TypeError if one hides numbers."""
    check_unmasked(**arrays)
    return [_floating(x) for x in arrays.values()]


def ids_below(n: int, name: str, ids: Any, ndim: int = 1) -> Ids:
    """Return ids, ints in 0..n−1, as an array of `ndim` axes; raise an error that names what is none."""
    if type(ids) is int and ndim == 0 and 0 <= ids < n:  # far quicker than an array
        return np.asarray(ids)
    array = np.asarray(ids)
    if array.dtype.kind == "O" and hasattr(ids, "__iter__"):
        array = np.asarray([*ids])
    if array.ndim != ndim:
        expected = ("a single int", "a row of ints", "rows of ints")[ndim]
        raise ValueError(f"{name} has the shape {array.shape}: expected {expected}")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} holds {array.item(0)!r}: expected ints from 0 to {n - 1}")
    array = array.astype(np.intp, copy=False)
    if array.size:
        worst = array.item(array.view(np.uintp).argmax())  # negative ones are the largest there; quicker than max()
        if not 0 <= worst < n:
            raise IndexError(f"{name} holds {worst}: expected ints from 0 to {n - 1}")
    return array


def _inexact(x: ArrayLike) -> Array:
    """Return x as an array of fractions, a plain one if it is real; raise TypeError if it hides numbers.

    These would count as they are.
    """
    check_unmasked(".filled(0), for softmax .filled(-numpy.inf)", x=x)
    is_traced = isinstance(x, np.ndarray) and x.dtype.kind == "c"  # by the gradient checker, which needs the class
    return _floating(x if is_traced and not isinstance(x, np.matrix) else np.asarray(x))


def _scores(x: ArrayLike) -> Array:
    """Return x as `_inexact` does; raise ValueError if there is nothing along its last axis."""
    x = _inexact(x)
    if x.shape[-1:] in ((), (0,)):
        raise ValueError(f"x has the shape {x.shape}: expected at least one score along its last axis")
    return x
