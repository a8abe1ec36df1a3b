"""More correct functions: those that trouble checkers, in the form of correct_functions.py.

Tiny terms, optima, rounded losses, narrow functions, kinks, word2vec, float32, randomness, large tables, containers.
"""

import functools
import random
from collections import namedtuple
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.gradients.correct_functions import KINDS, Generator, Maker, Problem, kind_of, normal
from benchmarks.gradients.planted import CASES, library, start
from word2vec.functions import sigmoid
from word2vec.gradcheck import good_points

TROUBLES: dict[str, Maker] = {}
_kind = kind_of(TROUBLES)


def _logistic(rng: Generator, rows: int = 20, n: int = 4) -> Problem:
    X, y = rng.standard_normal((rows, n)), rng.choice([-1, 1], rows)
    return lambda w: (
        np.log1p(np.exp(-y * (X @ w))).sum(),
        -(y / (1 + np.exp(y * (X @ w)))) @ X,
    ), rng.standard_normal(n)


def _plus(base: Problem, term: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Problem:
    """Add a term to the loss of a base problem."""
    f, x = base

    def both(w: Any) -> Any:
        J, g = f(w)
        return J + term(w), g + slope(w)

    return both, x


# A tiny term beside a large one, through functions that complex numbers do not pass, and others.

TINY: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "np.abs": (lambda w: np.abs(w).sum(), np.sign),
    "np.linalg.norm": (np.linalg.norm, lambda w: w / np.linalg.norm(w)),
    "np.vdot": (lambda w: np.vdot(w, w), lambda w: 2 * w),
    "np.hypot": (lambda w: np.hypot(w, 1).sum(), lambda w: w / np.hypot(w, 1)),
    "np.logaddexp": (lambda w: np.logaddexp(w, 0).sum(), sigmoid),
    "a sum of squares": (lambda w: (w * w).sum(), lambda w: 2 * w),
}
for _name, (_term, _slope) in TINY.items():
    for _size in (1e-4, 1e-7, 1e-10):
        TROUBLES[f"tiny: {_size:g} of {_name}"] = lambda rng, t=_term, s=_slope, e=_size: _plus(
            _logistic(rng), lambda w: e * t(w), lambda w: e * s(w)
        )


# At an optimum, where large terms cancel.


def _least_squares(X: Any, y: Any, w: Any) -> Problem:
    return lambda w: (((X @ w - y) ** 2).sum() / 2, (X @ w - y) @ X), w


def _optimum(design: Callable[[Generator], Any], noise: float) -> Maker:
    def maker(rng: Generator) -> Problem:
        X = design(rng)
        y = X @ rng.standard_normal(X.shape[1]) + noise * rng.standard_normal(len(X))
        return _least_squares(X, y, np.linalg.lstsq(X, y)[0])

    return maker


DESIGNS: dict[str, tuple[Callable[[Generator], Any], float]] = {
    "pixels": (lambda r: r.integers(0, 256, (40, 6)).astype(float), 1.0),
    "years": (lambda r: np.column_stack([np.ones(30), r.integers(1950, 2020, 30)]), 1.0),
    "years and prices": (
        lambda r: np.column_stack([np.ones(30), r.integers(1950, 2020, 30), r.uniform(1e4, 1e6, 30)]),
        1e3,
    ),
    "no residual": (normal(20, 4), 0.0),
    "powers of time": (lambda _: np.vander(np.linspace(0, 1, 20), 6), 0.1),
    "columns alike": (lambda r: r.standard_normal((20, 1)) + 1e-6 * r.standard_normal((20, 3)), 1.0),
    "large numbers": (lambda r: 1e6 * r.standard_normal((20, 3)), 1e6),
    "tiny numbers": (lambda r: 1e-6 * r.standard_normal((20, 3)), 1e-6),
}
for _name, (_design, _noise) in DESIGNS.items():
    TROUBLES[f"optimum of least squares: {_name}"] = _optimum(_design, _noise)


@_kind
def _optimum_of_logistic_regression(rng: Generator) -> Problem:
    f, w = _logistic(rng, 60)
    for _ in range(3000):
        w = w - 0.05 * f(w)[1]
    return f, w


@_kind
def _optimum_of_Poisson_regression_with_an_offset(rng: Generator) -> Problem:
    X = np.column_stack([np.ones(30), rng.uniform(-1, 1, 30)])
    y, w = rng.poisson(200, 30), np.array([np.log(200.0), 0.0])
    for _ in range(30):
        rate = np.exp(X @ w)
        w = w - np.linalg.solve((X.T * rate) @ X, X.T @ (rate - y))
    return lambda w: ((np.exp(X @ w) - y * (X @ w)).sum(), X.T @ (np.exp(X @ w) - y)), w


# Losses that are rounded, or computed in float32, from a double x.

ROUNDINGS: dict[str, Callable[[Any], Any]] = {
    "in float32": np.float32,
    "in float32, as a float": lambda J: float(np.float32(J)),
    "in float16": lambda J: float(np.float16(J)),
    "to 2 decimals": lambda J: round(float(J), 2),
    "to 4 decimals": lambda J: round(float(J), 4),
    "to 6 decimals": lambda J: round(float(J), 6),
    "to 6 digits": lambda J: float(f"{J:.6g}"),
}


def _rounded(base: Problem, how: Callable[[Any], Any]) -> Problem:
    f, x = base
    return functools.wraps(f)(lambda w: (how(f(w)[0]), *f(w)[1:])), x


for _name, _how in ROUNDINGS.items():
    TROUBLES[f"loss rounded: {_name}"] = lambda rng, h=_how: _rounded(_logistic(rng), h)


@_kind
def _scores_in_float32(rng: Generator) -> Problem:
    X = rng.standard_normal((20, 4))

    @functools.wraps(lambda w: (np.log1p(np.exp(X @ w)).mean(), sigmoid(X @ w) @ X / 20))
    def f(w: Any) -> Any:
        return np.log1p(np.exp((X @ w).real.astype(np.float32))).mean(dtype=np.float32), sigmoid(X @ w) @ X / 20

    return f, rng.standard_normal(4)


# Narrow, tiny and huge.


@_kind
def _narrow_Gaussian(rng: Generator) -> Problem:
    s, m = 1e-6, rng.standard_normal(3)
    return lambda x: (
        -np.exp(-(((x - m) / s) ** 2).sum() / 2),
        np.exp(-(((x - m) / s) ** 2).sum() / 2) * (x - m) / s**2,
    ), (m + s * rng.standard_normal(3))


@_kind
def _likelihood_of_a_narrow_Gaussian(rng: Generator) -> Problem:
    s, y = 1e-5, 3 + 1e-5 * rng.standard_normal(20)
    return lambda m: (
        (((y - m[0]) / s) ** 2).sum() / 2,
        np.array([-((y - m[0]) / s**2).sum()]),
    ), 3 + 1e-5 * rng.standard_normal(1)


@_kind
def _circuit_with_a_capacitor_of_1_nF(rng: Generator) -> Problem:
    t, x = np.linspace(1e-6, 5e-6, 10), np.array([1000.0, 1.3e-9]) * rng.uniform(0.8, 1.2, 2)  # ohms, farads

    def f(x: Any) -> Any:
        e, d = np.exp(-t / (x[0] * x[1])), 1 - np.exp(-t / (x[0] * x[1])) - 0.6
        return (d * d).sum(), np.array(
            [(2 * d * -e * t / (x[0] ** 2 * x[1])).sum(), (2 * d * -e * t / (x[0] * x[1] ** 2)).sum()]
        )

    return f, x


@_kind
def _resonance_at_1e14_Hz(rng: Generator) -> Problem:
    w = 1e14 + 1e10 * rng.standard_normal(3)
    return lambda x: ((1e20 / ((x - 1e14) ** 2 + 1e20)).sum(), -2e20 * (x - 1e14) / ((x - 1e14) ** 2 + 1e20) ** 2), w


@_kind
def _steep_sigmoid(rng: Generator) -> Problem:
    return lambda x: (sigmoid(1e6 * x).sum(), 1e6 * sigmoid(1e6 * x) * sigmoid(-1e6 * x)), 1e-6 * rng.standard_normal(
        4
    )


@_kind
def _quadratic_of_condition_1e12(rng: Generator) -> Problem:
    Q = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    A = (Q * np.logspace(-6, 6, 4)) @ Q.T
    A = (A + A.T) / 2
    return lambda x: (x @ A @ x / 2, A @ x), rng.standard_normal(4)


# Kinks.


def _lasso(scale: float, zeros: int = 0) -> Maker:
    def maker(rng: Generator) -> Problem:
        X, y = rng.standard_normal((15, 5)), rng.standard_normal(15)
        w = scale * rng.standard_normal(5) * (np.arange(5) >= zeros)
        return _plus(_least_squares(X, y, w), lambda w: 0.7 * np.abs(w).sum(), lambda w: 0.7 * np.sign(w))

    return maker


for _scale in (1.0, 1e-3, 1e-4, 1e-5, 1e-7):
    TROUBLES[f"lasso with weights of {_scale:g}"] = _lasso(_scale)
TROUBLES["lasso, two weights zero"] = _lasso(1.0, 2)


def _relu_net(special_row: bool, bias: float) -> Maker:
    def maker(rng: Generator) -> Problem:
        X, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
        X[0] *= not special_row

        def f(x: Any) -> Any:
            W, b, v = x
            z = X @ W + b
            h = np.where(z > 0, z, 0)
            e = h @ v - y
            d = np.outer(e, v) * (z > 0)
            return (e * e).sum() / 2, X.T @ d, d.sum(axis=0), h.T @ e

        return f, (rng.standard_normal((3, 4)), bias * rng.standard_normal(4), rng.standard_normal(4))

    return maker


TROUBLES["ReLU net"] = _relu_net(False, 0.1)
TROUBLES["ReLU net, zero bias and one zero sample"] = _relu_net(True, 0)
TROUBLES["ReLU net, tiny bias and one zero sample"] = _relu_net(True, 1e-6)


@_kind
def _k_means(rng: Generator) -> Problem:
    X = rng.standard_normal((12, 2))

    def f(C: Any) -> Any:
        d = ((X[:, None] - C) ** 2).sum(axis=2)  # (12, 3)
        near = d.real.argmin(axis=1)
        g = np.zeros_like(C)
        np.add.at(g, near, 2 * (C[near] - X))
        return d[np.arange(12), near].sum(), g

    return f, rng.standard_normal((3, 2))


@_kind
def _triplet_margin(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        a, p, n = x
        t = ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 1
        k = 2.0 * (t > 0)[:, None]
        return np.where(t > 0, t, 0).sum(), k * (n - p), k * (p - a), k * (a - n)

    return f, [rng.standard_normal((4, 3)) for _ in range(3)]


# word2vec, in double and in single precision, at several sizes.


def _word2vec(case: str, dtype: Any = np.float64, stack: bool = False) -> Maker:
    def maker(rng: Generator) -> Problem:
        n, D = int(rng.integers(3, 7)), int(rng.integers(2, 5))
        p = list(good_points(n, D, 4, n + 3, rng=rng))[int(rng.integers(2))]
        p = p._replace(V=p.V.astype(dtype), U=p.U.astype(dtype))
        f, x = CASES[case](library(), p), start(case, p)[0]
        if not stack:
            return f, x
        return lambda X: (lambda J, *g: (J, np.concatenate(g)))(*f((X[:n], X[n:]))), np.concatenate(x)

    return maker


for _name in CASES:
    TROUBLES[f"word2vec: {_name.replace('_', ' ')}"] = _word2vec(_name)
    TROUBLES[f"float32: {_name.replace('_', ' ')}"] = _word2vec(_name, np.float32)
    if not _name.endswith("pair"):
        TROUBLES[f"stacked: {_name.replace('_', ' ')}"] = _word2vec(_name, stack=True)


# Other float32 functions: of the first catalogue, and computed in double precision but returned in single.

SINGLE = ("squares", "cubes", "exponentials", "softplus", "sines of high frequency", "ReLU", "log cosh", "logarithms")
for _name in SINGLE:
    TROUBLES[f"float32: {_name}"] = lambda rng, k=f"entries: {_name}": (
        lambda f, x: (lambda w: (f(w)[0], f(w)[1].astype(w.dtype)), x.astype(np.float32))
    )(*KINDS[k](rng))
for _name in ("logistic", "Poisson", "pseudo-Huber", "least absolute deviations"):
    TROUBLES[f"float32: regression, {_name}, in double inside"] = lambda rng, k=f"regression: {_name}": (
        lambda f, x: (lambda w: (f(w.astype(float))[0], f(w.astype(float))[1].astype(w.dtype)), x.astype(np.float32))
    )(*KINDS[k](rng))


# Randomness that a checker has to freeze, from each kind of generator.


def _dropout(draw: Callable[[], Any], rng: Generator) -> Problem:
    X, y = rng.standard_normal((6, 4)), rng.standard_normal(6)

    def f(w: Any) -> Any:
        keep = np.array([draw() for _ in range(4)]) < 0.5
        e = X @ (w * keep) - y
        return (e * e).sum() / 2, (X.T @ e) * keep + 0.0 * w

    return _plus((f, rng.standard_normal(4)), lambda w: (w * w).sum(), lambda w: 2 * w)


def _hidden(place: Any, key: Any) -> Callable[[], Any]:
    return lambda: place[key].random()


DRAWS: dict[str, Callable[[Generator], Callable[[], Any]]] = {
    "random": lambda _: random.random,
    "np.random": lambda _: np.random.random,
    "a Generator": lambda r: np.random.default_rng(r.integers(99)).random,
    "a RandomState": lambda r: np.random.RandomState(r.integers(99)).random_sample,
    "random.Random": lambda r: random.Random(int(r.integers(99))).random,
    "a Generator among 2,000 entries of a dict": lambda r: _hidden({**dict.fromkeys(range(2000)), "rng": r}, "rng"),
    "a Generator in an object array": lambda r: _hidden(np.array([None, r], dtype=object), 1),
    "a Generator in a ContextVar": lambda r: (lambda var: lambda: var.get().random())(ContextVar("rng", default=r)),
    "a Generator in an attribute": lambda r: (lambda box: lambda: box.rng.random())(SimpleNamespace(rng=r)),
    "a Generator of a partial": lambda r: functools.partial(lambda rng: rng.random(), r),
}


for _name, _draw in DRAWS.items():
    TROUBLES[f"dropout by {_name}"] = lambda rng, d=_draw: _dropout(d(rng), rng)


@_kind
def _variational_autoencoder(rng: Generator) -> Problem:
    noise, y = np.random.default_rng(rng.integers(99)), rng.standard_normal(3)

    def f(x: Any) -> Any:
        mean, log_s = x
        e = noise.standard_normal(3)
        z = mean + np.exp(log_s) * e
        return (
            ((np.tanh(z) - y) ** 2).sum() + (mean**2 + np.exp(2 * log_s) - 2 * log_s - 1).sum() / 2,
            2 * (np.tanh(z) - y) / np.cosh(z) ** 2 + mean,
            2 * (np.tanh(z) - y) / np.cosh(z) ** 2 * np.exp(log_s) * e + np.exp(2 * log_s) - 1,
        )

    return f, (rng.standard_normal(3), rng.standard_normal(3))


@_kind
def _negatives_drawn_anew(rng: Generator) -> Problem:
    draw = np.random.default_rng(rng.integers(99))
    return lambda x: library()["negative_sampling"](x[0], 1, x[1], draw.integers(0, 5, 8)), (
        rng.standard_normal(3),
        rng.standard_normal((5, 3)),
    )


# Few rows of a table touched.


def _lookup(rows: int, dtype: Any = np.float64) -> Maker:
    def maker(rng: Generator) -> Problem:
        ids = rng.integers(0, rows, 12)
        ids[1] = ids[0]
        T = rng.standard_normal((12, 4)).astype(dtype)

        def f(E: Any) -> Any:
            g = np.zeros_like(E)
            np.add.at(g, ids, 2 * (E[ids] - T))
            return ((E[ids] - T) ** 2).sum(), g

        return f, rng.standard_normal((rows, 4)).astype(dtype)

    return maker


for _rows in (50, 1000, 20_000):
    TROUBLES[f"lookup in {_rows} rows"] = _lookup(_rows)
TROUBLES["float32: lookup in 50 rows"] = _lookup(50, np.float32)


# Containers.

Pair = namedtuple("Pair", "a b")
LISTED = lambda x: x.values() if isinstance(x, dict) else x  # noqa: E731


def _container(make: Callable[[Any, Any], Any], listed: bool = False) -> Maker:
    def f(x: Any) -> Any:
        a, b = LISTED(x)
        J, ga, gb = (a * a).sum() * b.sum() + np.sin(b).sum(), 2 * a * b.sum(), (a * a).sum() + np.cos(b)
        return (J, make(ga, gb)) if listed or isinstance(x, dict) else (J, ga, gb)

    return lambda rng: (f, make(rng.standard_normal((2, 3)), rng.standard_normal(4)))


CONTAINERS: dict[str, tuple[Callable[[Any, Any], Any], bool]] = {
    "a tuple": (lambda a, b: (a, b), False),
    "a tuple, gradients in one": (lambda a, b: (a, b), True),
    "a list": (lambda a, b: [a, b], False),
    "a list, gradients in one": (lambda a, b: [a, b], True),
    "a dict": (lambda a, b: {"a": a, "b": b}, False),
    "a dict, keys of other types": (lambda a, b: {0: a, ("b", 1): b}, False),
    "a named tuple": (Pair, True),
}
for _name, (_make, _listed) in CONTAINERS.items():
    TROUBLES[f"container: {_name}"] = _container(_make, _listed)


@_kind
def _container_of_arrays_and_numbers(rng: Generator) -> Problem:
    return lambda x: (x[0] * (x[1] ** 2).sum(), np.array((x[1] ** 2).sum()), 2 * x[0] * x[1]), (
        np.array(rng.standard_normal()),
        rng.standard_normal((2, 2, 2)),
    )


@_kind
def _container_of_mixed_precision(rng: Generator) -> Problem:
    return lambda x: ((x[0] ** 3).sum() + np.sin(x[1]).sum(), 3 * x[0] ** 2, np.cos(x[1])), (
        rng.standard_normal(4).astype(np.float32),
        rng.standard_normal(3),
    )


@_kind
def _container_of_mixed_magnitudes(rng: Generator) -> Problem:
    return lambda x: (
        np.sin(x[0] * 1e6).sum() + np.cos(x[1] / 1e6).sum(),
        1e6 * np.cos(x[0] * 1e6),
        -np.sin(x[1] / 1e6) / 1e6,
    ), (1e-6 * rng.standard_normal(3), 1e6 * rng.standard_normal(3))
