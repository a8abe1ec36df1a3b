"""Arrays that carry complex numbers through np.abs, sign, conj, var, std, vdot and np.linalg.norm, slogdet, cholesky.

NumPy's own drop or turn the imaginary part without a warning, so that a complex step misses the terms behind them.
Here |z| is ±z, and the conjugate is z itself: both continue the real function analytically. What else drops or turns
it, as np.linalg.eigh does, raises DroppedError.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from .parameters import Array

# these give complex numbers, but no continuation of the real function: most take conjugates
TURNING = {"corrcoef", "correlate", "cov", "lstsq", "pinv", "qr", "vecdot", "vecmat", "ive", "jve", "yve"}
SOLVING = {getattr(np.linalg, name) for name in ("solve", "inv", "det", "slogdet", "lstsq", "pinv")}
REAL = {np.real, np.imag, np.empty_like, np.full_like, np.ones_like, np.zeros_like}  # meant to be real, or constant


conditions = ContextVar[list[float]]("conditions")  # of the matrices that SOLVING meets, in a list that is set


class DroppedError(TypeError):
    """A function drops the imaginary part, or turns it; the message names the function."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} drops or turns imaginary parts")


def _absolute(z: Any) -> Any:
    return np.where(np.real(z) < 0, np.negative(z), z)


def _norm(z: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    is_vector = np.ndim(z) == 1 if axis is None else np.ndim(axis) == 0
    if ord in (None, "fro") or (ord == 2 and is_vector):
        return np.sqrt(np.sum(np.multiply(z, z), axis, keepdims=keepdims))
    if ord == 1 and is_vector:
        return np.sum(_absolute(z), axis, keepdims=keepdims)
    raise DroppedError("norm")


def _var(z: Any, axis: Any = None, *rest: Any, ddof: float = 0, keepdims: bool = False, **options: Any) -> Any:
    if any(option is not None for option in (*rest, *options.values())):
        raise DroppedError("var")
    mean = ((z - z.mean(axis, keepdims=True)) ** 2).mean(axis, keepdims=keepdims)
    n = z.size / mean.size
    return mean * (n / (n - ddof))


def _slogdet(z: Any) -> Any:
    found = np.linalg.slogdet(z.real)
    slope = np.trace(np.linalg.solve(z.real, z.imag), axis1=-2, axis2=-1)
    return found._replace(logabsdet=traced(found.logabsdet + 1j * slope))


def _cholesky(z: Any, **options: Any) -> Any:
    if options:
        raise DroppedError("cholesky")
    z = np.tril(z) + np.tril(z, -1).mT  # the rest is not read
    L = np.linalg.cholesky(z.real)
    slope = np.tril(np.linalg.solve(L, np.linalg.solve(L, z.imag).mT))
    return L + 1j * L @ (slope - 0.5 * slope * np.eye(z.shape[-1]))


UFUNCS: dict[Any, Callable[..., Any]] = {
    np.absolute: _absolute,
    np.conjugate: np.positive,
    np.sign: lambda z: np.sign(z.real),
}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.linalg.norm: _norm,
    np.vdot: lambda a, b, /: np.dot(np.ravel(a), np.ravel(b)),
    np.linalg.slogdet: _slogdet,
    np.linalg.cholesky: _cholesky,
}


class Traced(np.ndarray):
    """A complex array whose absolute values, norms and the like keep the derivative; scalars stay traced too."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Apply a ufunc, or its analytic continuation, to plain arrays; trace the complex results."""
        if ufunc in UFUNCS and method == "__call__" and not options:
            return traced(UFUNCS[ufunc](*map(plain, inputs)))
        if "out" in options:
            options["out"] = tuple(plain(out) for out in options["out"])
        return _kept(getattr(ufunc, method)(*map(plain, inputs), **options), ufunc.__name__, inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Apply any other function of NumPy."""
        if func in SOLVING and (met := conditions.get(None)) is not None:
            met.append(float(np.max(np.linalg.cond(np.real(plain(args[0]))))))
        if func in FUNCTIONS:
            return traced(FUNCTIONS[func](*map(plain, args), **kwargs))
        found = super().__array_function__(func, types, args, kwargs)
        return traced(found) if func in REAL else _kept(found, func.__name__, args)

    def var(self, *args: Any, **options: Any) -> Any:
        """Return the variance; of complex numbers NumPy's is that of |z|."""
        return traced(_var(plain(self), *args, **options))

    def std(self, *args: Any, **options: Any) -> Any:
        """Return the standard deviation."""
        return np.sqrt(self.var(*args, **options))

    def __getitem__(self, key: Any) -> Any:
        """Return entries, a single one as an array without axes."""
        return traced(super().__getitem__(key))


def plain(value: Any) -> Any:
    """Return a traced array as a plain one, and anything else as it is."""
    return value.view(np.ndarray) if isinstance(value, Traced) else value


def traced(value: Any) -> Any:
    """Return a complex array or number as a traced array, and anything else as it is."""
    if isinstance(value, np.ndarray | np.complexfloating) and np.iscomplexobj(value):
        array: Array = np.asarray(value)
        return array.view(Traced)
    return plain(value)


def _kept(result: Any, name: str, inputs: Any) -> Any:
    """Return a result, traced; raise DroppedError if it lost the imaginary part of the inputs."""
    if any(isinstance(value, Traced) and value.dtype.kind == "c" for value in inputs):
        parts = result if isinstance(result, tuple) else (result,)
        if name in TURNING or any(isinstance(p, np.ndarray | np.floating) and p.dtype.kind == "f" for p in parts):
            raise DroppedError(name)
    return traced(result)
