"""Arrays that carry complex numbers through np.abs, np.conj, np.vdot and np.linalg.norm, slogdet and cholesky.

NumPy's own drop or turn the imaginary part without a warning, so that a complex step misses the terms behind them.
Here |z| is ±z, and the conjugate is z itself: both continue the real function analytically.
"""

from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from .parameters import Array


def _absolute(z: Any) -> Any:
    return np.where(np.real(z) < 0, np.negative(z), z)


def _norm(z: Any, *order: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
    if order not in ((), (None,)) or options:
        return np.linalg.norm(z, *order, axis=axis, keepdims=keepdims, **options)
    return np.sqrt(np.sum(np.multiply(z, z), axis, keepdims=keepdims))


def _vdot(a: Any, b: Any, /) -> Any:
    return np.dot(np.ravel(a), np.ravel(b))


def _slogdet(z: Any) -> Any:
    found = np.linalg.slogdet(z.real)
    slope = np.trace(np.linalg.solve(z.real, z.imag), axis1=-2, axis2=-1)
    return found._replace(logabsdet=traced(found.logabsdet + 1j * slope))


def _cholesky(z: Any, **options: Any) -> Any:
    if options:
        return np.linalg.cholesky(z, **options)
    z = np.tril(z) + np.tril(z, -1).mT  # the rest is not read
    L = np.linalg.cholesky(z.real)
    slope = np.tril(np.linalg.solve(L, np.linalg.solve(L, z.imag).mT))
    return L + 1j * L @ (slope - 0.5 * slope * np.eye(z.shape[-1]))


UFUNCS: dict[Any, Callable[..., Any]] = {np.absolute: _absolute, np.conjugate: np.positive}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.linalg.norm: _norm,
    np.vdot: _vdot,
    np.linalg.slogdet: _slogdet,
    np.linalg.cholesky: _cholesky,
}


class Traced(np.ndarray):
    """A complex array whose absolute values, norms and the like keep the derivative; scalars stay traced too."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Apply a ufunc, or its analytic continuation, to plain arrays; trace the complex results."""
        replaced = UFUNCS.get(ufunc) if method == "__call__" and not options else None
        if "out" in options:
            options["out"] = tuple(plain(out) for out in options["out"])
        return traced((replaced or getattr(ufunc, method))(*map(plain, inputs), **options))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Apply any other function of NumPy."""
        if func in FUNCTIONS:
            return traced(FUNCTIONS[func](*map(plain, args), **kwargs))
        return traced(super().__array_function__(func, types, args, kwargs))

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


def names_in(*roots: Any) -> set[str]:
    """Return the names in the code of functions, and of those that they reach by closures, globals and methods."""
    names, queue, seen = set[str](), list(roots), set[int]()
    for value in queue:  # which grows
        if id(value) in seen or value is None:
            continue
        seen.add(id(value))
        if not isinstance(value, FunctionType):  # a method, a partial, or an object that can be called
            queue += [getattr(value, key) for key in ("__func__", "func") if hasattr(value, key)]
            owner = getattr(value, "__self__", value)
            held = [*vars(type(owner)).values(), *getattr(owner, "__dict__", {}).values()]
            queue += [part for part in held if isinstance(part, FunctionType | MethodType | partial)]
            continue
        if str(value.__module__).startswith(__package__):  # this package's own functions drop nothing
            continue
        codes = [value.__code__]
        for code in codes:
            codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        used = {name for code in codes for name in code.co_names}
        names |= used
        reached = [value.__globals__[name] for name in sorted(used & value.__globals__.keys())]
        reached += [cell.cell_contents for cell in value.__closure__ or ()]
        queue += [part for part in reached if isinstance(part, FunctionType | MethodType | partial)]
    return names
