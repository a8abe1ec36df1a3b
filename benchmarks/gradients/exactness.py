"""Is the gradient of a function exact? A check of the catalogues of correct functions that uses no checker of ours.

The function is evaluated with numbers of 60 digits (mpmath, if it is installed) and, if it does not take those, in
long double; loss and gradient are compared at that precision.
"""

import inspect
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from word2vec.gradcheck.randomness import Frozen

GOOD = 1e-9  # at this error no further precision is tried
MOST = 24  # entries that are compared
UFUNCS = "exp log sqrt sin cos tan sinh cosh tanh expm1 log1p"


def _high_precision() -> type:
    import mpmath

    mpmath.mp.dps = 60
    names = {"arctan": mpmath.atan, "floor": mpmath.floor, **{name: getattr(mpmath, name) for name in UFUNCS.split()}}

    class Real:
        """A number of 60 digits, which NumPy's functions of object arrays accept."""

        def __init__(self, value: Any) -> None:
            self.value = mpmath.mpf(value)

        def conjugate(self) -> "Real":
            """Return the number itself, as np.vdot needs it."""
            return self

    def of(value: Any) -> Any:
        if isinstance(value, Real):
            return value.value
        return mpmath.mpf(value.item() if hasattr(value, "item") else value)

    for name, function in names.items():
        setattr(Real, name, lambda self, g=function: Real(g(self.value)))
    for name in ("add", "sub", "mul", "truediv", "pow"):
        for way in (f"__{name}__", f"__r{name}__"):
            setattr(Real, way, lambda self, other, w=way: (
                NotImplemented if np.ndim(other) else Real(getattr(self.value, w)(of(other)))
            ))  # fmt: skip
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Real, f"__{name}__", lambda self, other, w=f"__{name}__": getattr(self.value, w)(of(other)))
    Real.__neg__ = lambda self: Real(-self.value)  # type: ignore[attr-defined]
    Real.__abs__ = lambda self: Real(abs(self.value))  # type: ignore[attr-defined]
    return Real


def leaves(x: Any) -> list[Any]:
    """List the arrays of a tuple, list or dict, or of an array."""
    values = x.values() if isinstance(x, dict) else x if isinstance(x, tuple | list) else [x]
    return [np.asarray(value) for value in values]


def like(x: Any, arrays: list[Any]) -> Any:
    """Return arrays in a container like x."""
    if isinstance(x, dict):
        return dict(zip(x, arrays, strict=True))
    if hasattr(x, "_make"):
        return x._make(arrays)
    return type(x)(arrays) if isinstance(x, tuple | list) else arrays[0]


def error(f: Callable[[Any], Any], x: Any, rng: np.random.Generator) -> tuple[str, float]:
    """Return how precisely the gradient was compared, and the largest error relative to the largest entry."""
    f = inspect.unwrap(f)
    attempts: list[tuple[str, Callable[[Any], Any], float, float]] = [
        ("long double", lambda a: a.astype(np.longdouble), 2e-5, 0.0),
        ("double", lambda a: a.astype(float), 2e-4, 0.0),
        ("double", lambda a: a.astype(float), 2e-6, 0.0),
    ]
    if find_spec("mpmath"):
        real = np.frompyfunc(_high_precision(), 1, 1)
        attempts.insert(0, ("60 digits", lambda a: np.asarray(real(a.astype(float)), dtype=object), 1e-25, 1e-30))
    found = []
    with Frozen(f) as frozen:
        for name, cast, h, floor in attempts:
            try:
                found.append((float(_error(f, x, cast, h, floor, frozen, rng)), name))
            except (TypeError, AttributeError, ValueError):
                continue
            if found[-1][0] < GOOD:
                break
    if not found:
        raise ValueError("the function takes none of these numbers: expected one of arrays of floats")
    least, name = min(found)
    return name, least


def _error(f: Any, x: Any, cast: Any, h: float, floor: float, frozen: Frozen, rng: np.random.Generator) -> Any:
    def call(arrays: list[Any]) -> Any:
        frozen.rewind()
        return f(like(x, arrays))

    start = [cast(a) for a in leaves(x)]
    _, *gradients = call(start)
    if isinstance(x, dict):
        gradients = [gradients[0][key] for key in x]
    gradients = leaves(gradients[0]) if len(gradients) == 1 and not isinstance(x, dict) else gradients
    worst: Any = 0
    for b, gradient in enumerate(gradients):
        touched = np.flatnonzero(np.ravel(gradient) != 0)
        entries = {*rng.permutation(start[b].size)[:MOST].tolist(), *touched[:MOST].tolist()}
        largest = max((abs(g) for g in np.ravel(gradient)), default=0) + 1e-300
        for i in entries:
            step = h * (abs(leaves(x)[b].ravel()[i]) or 1)

            def at(k: float, b: int = b, i: int = i, step: Any = step) -> Any:
                moved = [a.copy() for a in start]
                flat = moved[b].reshape(-1)
                flat[i] = flat[i] + k * cast(np.asarray(step)).reshape(-1)[0]
                moved[b] = flat.reshape(moved[b].shape)
                return call(moved)[0]

            unit = cast(np.asarray(step)).reshape(-1)[0]
            if floor:  # one-sided slopes, which enclose the gradient at a kink
                J = at(0)
                low, high = sorted([(J - at(-1)) / unit, (at(1) - J) / unit])
            else:
                low = high = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * unit)
            g = np.ravel(gradient)[i]
            worst = max(worst, (low - g) / largest, (g - high) / largest)
    return getattr(worst, "value", worst)
