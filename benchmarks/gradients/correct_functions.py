"""Correct functions x → (loss, gradient) of many kinds, which no gradient checker should call wrong.

A catalogue, as KINDS, maps a name to a maker: given a generator, it returns (f, x). A loss that is deliberately
inexact (rounded, or in float32) carries the exact function as `__wrapped__`. At a kink the gradient is one of the
slopes between those on either side.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from word2vec.functions import softmax

Generator = np.random.Generator
Problem = tuple[Callable[[Any], Any], Any]
Maker = Callable[[Generator], Problem]
Pair = tuple[Callable[..., Any], Callable[..., Any]]
KINDS: dict[str, Maker] = {}


def kind_of(catalogue: dict[str, Maker]) -> Callable[[Maker], Maker]:
    """Return a decorator that enters a maker into a catalogue by its name."""

    def enter(maker: Maker) -> Maker:
        catalogue[maker.__name__.strip("_").replace("_", " ")] = maker
        return maker

    return enter


def normal(*shape: int, scale: float = 1.0) -> Callable[[Generator], Any]:
    """Return a maker of normal numbers of a shape."""
    return lambda rng: scale * rng.standard_normal(shape)


def _positive(n: int) -> Callable[[Generator], Any]:
    return lambda rng: rng.uniform(0.2, 3, n)


def fixed(f: Callable[[Any], Any], x: Callable[[Generator], Any]) -> Maker:
    """Return a maker of a function that is the same each time, at an x that is drawn."""
    return lambda rng: (f, x(rng))


# Sums over the entries, Σ φ(x_i): φ, φ′ and where x lies.

R, P = normal(5), _positive(5)
ENTRYWISE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Any]] = {
    "squares": (lambda x: x * x, lambda x: 2 * x, R),
    "cubes": (lambda x: x**3, lambda x: 3 * x**2, R),
    "double well": (lambda x: (x**2 - 1) ** 2, lambda x: 4 * x * (x**2 - 1), R),
    "exponentials": (np.exp, np.exp, R),
    "logarithms": (np.log, lambda x: 1 / x, P),
    "roots": (np.sqrt, lambda x: 0.5 / np.sqrt(x), P),
    "reciprocals": (lambda x: 1 / x, lambda x: -1 / x**2, P),
    "sines of high frequency": (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x), R),
    "tangents": (np.tan, lambda x: 1 / np.cos(x) ** 2, normal(5, scale=0.4)),
    "arctangents": (np.arctan, lambda x: 1 / (1 + x**2), R),
    "log cosh": (lambda x: np.log(np.cosh(x)), np.tanh, R),
    "softplus": (lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), normal(5, scale=5)),
    "softplus by logaddexp": (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x)), normal(5, scale=5)),
    "Gaussian bells": (lambda x: np.exp(-x * x / 2), lambda x: -x * np.exp(-x * x / 2), R),
    "sin x/x": (lambda x: np.sin(x) / x, lambda x: np.cos(x) / x - np.sin(x) / x**2, P),
    "x log x": (lambda x: x * np.log(x), lambda x: np.log(x) + 1, P),
    "powers of 2.5": (lambda x: x**2.5, lambda x: 2.5 * x**1.5, P),
    "powers of 20": (lambda x: x**20, lambda x: 20 * x**19, P),
    "erf": (special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), R),
    "log Γ": (special.gammaln, special.digamma, P),
    "Bessel functions": (special.j0, lambda x: -special.j1(x), R),
    "log Φ": (special.log_ndtr, lambda x: np.exp(-x * x / 2 - special.log_ndtr(x)) / np.sqrt(2 * np.pi), R),
    "Lambert's W": (
        lambda x: special.lambertw(x).real,
        lambda x: (lambda w: w / x / (1 + w))(special.lambertw(x).real),
        P,
    ),
    "1 − cos by cancellation": (lambda x: 1 - np.cos(x), np.sin, normal(5, scale=1e-4)),
    "e^x − 1 − x by cancellation": (lambda x: np.exp(x) - 1 - x, np.expm1, normal(5, scale=1e-3)),
    "entropies": (
        lambda x: -x * np.log(x) - (1 - x) * np.log(1 - x),
        lambda x: np.log(1 / x - 1),
        lambda r: r.uniform(0.01, 0.99, 5),
    ),
    "Planck's law": (lambda x: x**3 / np.expm1(x), lambda x: x**2 * (3 - x / -np.expm1(-x)) / np.expm1(x), P),
    "Michaelis-Menten": (lambda x: x / (0.1 + x), lambda x: 0.1 / (0.1 + x) ** 2, P),
    "Arrhenius": (
        lambda x: np.exp(-5000 / x),
        lambda x: 5000 / x**2 * np.exp(-5000 / x),
        lambda r: r.uniform(300, 900, 5),
    ),
    "constant": (lambda x: 0 * x + 3, lambda x: 0 * x, R),
    "linear": (lambda x: 3 * x, lambda x: 0 * x + 3, R),
    # with kinks
    "absolute values": (np.abs, np.sign, R),
    "absolute values, some zero": (np.abs, np.sign, lambda r: r.standard_normal(5) * [1, 0, 1, 0, 1]),
    "absolute values near the kink": (np.abs, np.sign, normal(5, scale=1e-6)),
    "ReLU": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, R),
    "ReLU, all inactive but one": (
        lambda x: np.maximum(x, 0),
        lambda x: (x > 0) * 1.0,
        lambda r: np.r_[r.uniform(0, 1), r.uniform(-2, -1, 5)],
    ),
    "leaky ReLU near the kink": (
        lambda x: np.where(x > 0, x, 0.01 * x),
        lambda x: np.where(x > 0, 1, 0.01),
        normal(5, scale=1e-5),
    ),
    "clipped": (lambda x: np.clip(x, -1, 1), lambda x: (abs(x) < 1) * 1.0, R),
    "Huber": (lambda x: np.where(abs(x) < 1, x * x / 2, abs(x) - 0.5), lambda x: np.clip(x, -1, 1), R),
    "squared ReLU": (lambda x: np.maximum(x, 0) ** 2, lambda x: 2 * np.maximum(x, 0), R),
    "soft threshold": (
        lambda x: np.maximum(abs(x) - 0.5, 0) ** 2,
        lambda x: 2 * np.sign(x) * np.maximum(abs(x) - 0.5, 0),
        R,
    ),
    "floor": (lambda x: np.floor(x) + x * x, lambda x: 2 * x, R),
    "a cusp, |x|^1.5": (lambda x: np.abs(x) ** 1.5, lambda x: 1.5 * np.sign(x) * np.abs(x) ** 0.5, R),
}


def _entrywise(phi: Any, slope: Any) -> Callable[[Any], Any]:
    return lambda x: (phi(x).sum(), slope(x))


for _name, (_phi, _slope, _x) in ENTRYWISE.items():
    KINDS[f"entries: {_name}"] = fixed(_entrywise(_phi, _slope), _x)
for _power in (-12, -9, -6, -3, 3, 6, 9, 12):
    _s = 10.0**_power
    KINDS[f"scale of x 1e{_power}"] = fixed(
        lambda x, s=_s: (np.sin(x / s).sum() + ((x / s) ** 2).sum(), np.cos(x / s) / s + 2 * x / s**2),
        normal(4, scale=_s),
    )
    KINDS[f"scale of the loss 1e{_power}"] = fixed(lambda x, s=_s: (s * np.exp(x).sum(), s * np.exp(x)), normal(4))

# Losses of a linear predictor, Σ ℓ(η_i, y_i) with η = X w: ℓ and ∂ℓ/∂η; y is 0 or 1, a count, or real.

PREDICTORS: dict[str, tuple[str, Callable[..., Any], Callable[..., Any]]] = {
    "least squares": ("real", lambda e, y: (e - y) ** 2 / 2, lambda e, y: e - y),
    "logistic": ("bit", lambda e, y: np.log1p(np.exp(e)) - y * e, lambda e, y: 1 / (1 + np.exp(-e)) - y),
    "logistic by expit": (
        "bit",
        lambda e, y: -np.log(special.expit((2 * y - 1) * e)),
        lambda e, y: special.expit(e) - y,
    ),
    "Poisson": ("count", lambda e, y: np.exp(e) - y * e, lambda e, y: np.exp(e) - y),
    "gamma": ("count", lambda e, y: e + (y + 1) * np.exp(-e), lambda e, y: 1 - (y + 1) * np.exp(-e)),
    "negative binomial": (
        "count",
        lambda e, y: (y + 2) * np.log(2 + np.exp(e)) - y * e,
        lambda e, y: (y + 2) / (1 + 2 * np.exp(-e)) - y,
    ),
    "probit": (
        "bit",
        lambda e, y: -special.log_ndtr((2 * y - 1) * e),
        lambda e, y: -(2 * y - 1) * np.exp(-e * e / 2 - special.log_ndtr((2 * y - 1) * e)) / np.sqrt(2 * np.pi),
    ),
    "complementary log-log": (
        "bit",
        lambda e, y: np.where(y > 0, -np.log(-np.expm1(-np.exp(e))), np.exp(e)),
        lambda e, y: np.where(y > 0, -np.exp(e) / np.expm1(np.exp(e)), np.exp(e)),
    ),
    "Student's t": (
        "real",
        lambda e, y: 2 * np.log1p((e - y) ** 2 / 3),
        lambda e, y: 4 * (e - y) / (3 + (e - y) ** 2),
    ),
    "Tweedie": (
        "count",
        lambda e, y: 2 * y * np.exp(-e / 2) + 2 * np.exp(e / 2),
        lambda e, y: np.exp(e / 2) - y * np.exp(-e / 2),
    ),
    "exponential loss": (
        "bit",
        lambda e, y: np.exp((1 - 2 * y) * e),
        lambda e, y: (1 - 2 * y) * np.exp((1 - 2 * y) * e),
    ),
    "pseudo-Huber": (
        "real",
        lambda e, y: np.sqrt(1 + (e - y) ** 2) - 1,
        lambda e, y: (e - y) / np.sqrt(1 + (e - y) ** 2),
    ),
    "Welsch": (
        "real",
        lambda e, y: 1 - np.exp(-((e - y) ** 2) / 2),
        lambda e, y: (e - y) * np.exp(-((e - y) ** 2) / 2),
    ),
    "focal loss": (
        "bit",
        lambda e, y: (1 + np.exp((2 * y - 1) * e)) ** -2.0 * np.log1p(np.exp((1 - 2 * y) * e)),
        lambda e, y: (lambda s, p: -s * ((1 - p) ** 3 + 2 * p * (1 - p) ** 2 * np.log(1 / p)))(
            2 * y - 1, 1 / (1 + np.exp((1 - 2 * y) * e))
        ),
    ),
    "least absolute deviations": ("real", lambda e, y: np.abs(e - y), lambda e, y: np.sign(e - y)),
    "quantiles": (
        "real",
        lambda e, y: np.maximum(0.9 * (y - e), 0.1 * (e - y)),
        lambda e, y: np.where(e > y, 0.1, -0.9),
    ),
    "hinge": (
        "bit",
        lambda e, y: np.maximum(0, 1 - (2 * y - 1) * e),
        lambda e, y: (1 - 2 * y) * ((2 * y - 1) * e < 1),
    ),
    "squared hinge": (
        "bit",
        lambda e, y: np.maximum(0, 1 - (2 * y - 1) * e) ** 2,
        lambda e, y: 2 * (1 - 2 * y) * np.maximum(0, 1 - (2 * y - 1) * e),
    ),
    "ε-insensitive": (
        "real",
        lambda e, y: np.maximum(0, abs(e - y) - 0.1),
        lambda e, y: np.sign(e - y) * (abs(e - y) > 0.1),
    ),
}


def _predictor(what: str, loss: Any, slope: Any) -> Maker:
    def maker(rng: Generator) -> Problem:
        X, w = rng.standard_normal((12, 4)), rng.standard_normal(4)
        y = {"real": rng.standard_normal(12), "bit": rng.integers(0, 2, 12), "count": rng.poisson(2, 12)}[what]
        return lambda w: (loss(X @ w, y).sum(), slope(X @ w, y) @ X), w

    return maker


for _name, (_what, _phi, _slope) in PREDICTORS.items():
    KINDS[f"regression: {_name}"] = _predictor(_what, _phi, _slope)

# Energies of points in space, Σ_{i<j} φ(r_ij): φ and φ′.

ENERGIES: dict[str, Pair] = {
    "Coulomb": (lambda r: 1 / r, lambda r: -1 / r**2),
    "Lennard-Jones": (lambda r: r**-12.0 - r**-6.0, lambda r: -12 * r**-13.0 + 6 * r**-7.0),
    "Morse": (lambda r: (1 - np.exp(1 - r)) ** 2, lambda r: 2 * (1 - np.exp(1 - r)) * np.exp(1 - r)),
    "Yukawa": (lambda r: np.exp(-r) / r, lambda r: -np.exp(-r) * (1 / r + 1 / r**2)),
    "springs": (lambda r: 50 * (r - 1) ** 2, lambda r: 100 * (r - 1)),
    "softened gravity": (lambda r: -1 / np.sqrt(r * r + 0.01), lambda r: r / (r * r + 0.01) ** 1.5),
    "vortices": (np.log, lambda r: 1 / r),
    "overlap": (lambda r: np.exp(-r * r), lambda r: -2 * r * np.exp(-r * r)),
}


def _energy(phi: Any, slope: Any, unit: float = 1.0, strength: float = 1.0) -> Maker:
    def f(x: Any) -> Any:
        i, j = np.triu_indices(len(x), 1)
        d = (x[i] - x[j]) / unit  # (pairs, 3)
        r = np.sqrt((d * d).sum(axis=1))
        force = (slope(r) / r)[:, None] * d * (strength / unit)
        return strength * phi(r).sum(), np.array(
            [force[i == k].sum(axis=0) - force[j == k].sum(axis=0) for k in range(len(x))]
        )

    return fixed(f, normal(4, 3, scale=unit))


for _name, _pair in ENERGIES.items():
    KINDS[f"energy: {_name}"] = _energy(*_pair)
KINDS["energy: Coulomb in metres and joules"] = _energy(*ENERGIES["Coulomb"], 5e-11, 4e-18)
KINDS["energy: gravity in metres and joules"] = _energy(lambda r: -1 / r, lambda r: 1 / r**2, 1e11, 1e33)


def _rosenbrock(x: Any) -> Any:
    a, b = x[1] - x[0] ** 2, 1 - x[0]
    return 100 * a * a + b * b, np.array([-400 * x[0] * a - 2 * b, 200 * a])


# The classical test functions of optimisation, at random points.

TEST_FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "Rosenbrock": (_rosenbrock, normal(2)),
    "Rosenbrock far away": (_rosenbrock, normal(2, scale=1e4)),
    "Rosenbrock near its minimum": (_rosenbrock, lambda r: 1 + 1e-7 * r.standard_normal(2)),
    "Rastrigin": (
        lambda x: (
            10 * len(x) + (x * x - 10 * np.cos(2 * np.pi * x)).sum(),
            2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
        ),
        normal(3),
    ),
    "Ackley": (
        lambda x: (
            lambda n, q, c: (
                -20 * np.exp(-0.2 * q) - np.exp(c) + 20 + np.e,
                4 * np.exp(-0.2 * q) * x / (n * q) + 2 * np.pi / n * np.sin(2 * np.pi * x) * np.exp(c),
            )
        )(len(x), np.sqrt((x * x).mean()), np.cos(2 * np.pi * x).mean()),
        normal(3),
    ),
    "Beale": (
        lambda x: (
            lambda t, s: (
                (t * t).sum(),
                2 * np.array([(t * s).sum(), (t * x[0] * x[1] ** np.arange(3) * np.arange(1, 4)).sum()]),
            )
        )(np.array([1.5, 2.25, 2.625]) - x[0] + x[0] * x[1] ** np.arange(1, 4), x[1] ** np.arange(1, 4) - 1),
        normal(2),
    ),
    "Himmelblau": (
        lambda x: (lambda a, b: (a * a + b * b, np.array([4 * a * x[0] + 2 * b, 2 * a + 4 * b * x[1]])))(
            x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
        ),
        normal(2, scale=3),
    ),
    "Styblinski-Tang": (
        lambda x: ((x**4 - 16 * x**2 + 5 * x).sum() / 2, 2 * x**3 - 16 * x + 2.5),
        normal(4, scale=2),
    ),
    "Zakharov": (
        lambda x: (lambda k: (lambda s: ((x * x).sum() + s**2 + s**4, 2 * x + (2 * s + 4 * s**3) * k))(k @ x))(
            np.arange(1, len(x) + 1) / 2
        ),
        normal(4),
    ),
    "Griewank": (
        lambda x: (
            lambda q: (
                (x * x).sum() / 4000 - np.cos(x / q).prod() + 1,
                x / 2000 + np.cos(x / q).prod() * np.tan(x / q) / q,
            )
        )(np.sqrt(np.arange(1, len(x) + 1))),
        normal(3),
    ),
    "Easom, flat far from its minimum": (
        lambda x: (
            lambda e: (
                -np.cos(x[0]) * np.cos(x[1]) * e,
                e
                * np.array(
                    [
                        np.sin(x[0]) * np.cos(x[1]) + 2 * (x[0] - np.pi) * np.cos(x[0]) * np.cos(x[1]),
                        np.cos(x[0]) * np.sin(x[1]) + 2 * (x[1] - np.pi) * np.cos(x[0]) * np.cos(x[1]),
                    ]
                ),
            )
        )(np.exp(-((x - np.pi) ** 2).sum())),
        normal(2),
    ),
    "camel with three humps": (
        lambda x: (
            2 * x[0] ** 2 - 1.05 * x[0] ** 4 + x[0] ** 6 / 6 + x[0] * x[1] + x[1] ** 2,
            np.array([4 * x[0] - 4.2 * x[0] ** 3 + x[0] ** 5 + x[1], x[0] + 2 * x[1]]),
        ),
        normal(2),
    ),
    "one number, not an array": (
        lambda x: (np.exp(x) * np.sin(x), np.exp(x) * (np.sin(x) + np.cos(x))),
        lambda r: float(r.standard_normal()),
    ),
    "product of all": (lambda x: (x.prod(), x.prod() / x), R),
    "angle between vectors": (
        lambda x: (lambda a, b: (np.arctan(a / b), np.array([1 / b, -a / b**2]) / (1 + (a / b) ** 2)))(x[0], x[1]),
        _positive(2),
    ),
    "log-sum-exp of large numbers": (
        lambda x: (lambda m: (m + np.log(np.exp(x - m).sum()), np.exp(x - m) / np.exp(x - m).sum()))(x.real.max()),
        normal(5, scale=500),
    ),
    "variance about a large mean": (
        lambda x: (((x - x.mean()) ** 2).mean(), 2 * (x - x.mean()) / len(x)),
        lambda r: 1e6 + r.standard_normal(5),
    ),
    "variance by cancellation": (
        lambda x: ((x * x).mean() - x.mean() ** 2, 2 * (x - x.mean()) / len(x)),
        lambda r: 1e4 + r.standard_normal(5),
    ),
    "entries of 1e-8 and 1e8": (
        lambda x: (((x / S) ** 3).sum(), 3 * x**2 / S**3),
        lambda r: S * r.standard_normal(4),
    ),
    "slopes of 1e-8 and 1e8": (lambda x: ((S * np.sin(x)).sum(), S * np.cos(x)), normal(4)),
    "a large constant added": (lambda x: (1e9 + np.sin(x).sum(), np.cos(x)), R),
    "catenary": (
        lambda x: (
            np.sqrt(1 + np.diff(x) ** 2).sum(),
            -np.diff(np.r_[0, np.diff(x) / np.sqrt(1 + np.diff(x) ** 2), 0]),
        ),
        normal(6),
    ),
    "total variation": (lambda x: (np.abs(np.diff(x)).sum(), -np.diff(np.r_[0, np.sign(np.diff(x)), 0])), normal(6)),
    "the largest": (lambda x: (x.max(), (x == x.max()) * 1.0), R),
    "the median": (lambda x: (np.median(x), (x == np.median(x)) * 1.0), R),
    "the two largest": (lambda x: (np.sort(x)[-2:].sum(), (x >= np.sort(x)[-2]) * 1.0), R),
    "the norm": (lambda x: (np.linalg.norm(x), x / np.linalg.norm(x)), R),
    "the 3-norm": (
        lambda x: ((np.abs(x) ** 3).sum() ** (1 / 3), np.sign(x) * x**2 / (np.abs(x) ** 3).sum() ** (2 / 3)),
        R,
    ),
}
S = np.array([1e-8, 1e-3, 1.0, 1e8])

for _name, (_f, _x) in TEST_FUNCTIONS.items():
    KINDS[f"function: {_name}"] = fixed(_f, _x)

# Functions of a matrix.

MATRICES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "log determinant": (
        lambda A: (np.log(np.linalg.det(A)), np.linalg.inv(A).T),
        lambda r: 3 * np.eye(3) + r.uniform(-1, 1, (3, 3)),
    ),
    "log determinant by slogdet": (lambda A: (np.linalg.slogdet(A)[1], np.linalg.inv(A).T), normal(4, 4)),
    "trace of the inverse": (
        lambda A: (np.trace(np.linalg.inv(A)), -np.linalg.matrix_power(np.linalg.inv(A), 2).T),
        lambda r: 3 * np.eye(3) + r.uniform(-1, 1, (3, 3)),
    ),
    "nearly singular": (
        lambda A: (np.trace(np.linalg.inv(A)), -np.linalg.matrix_power(np.linalg.inv(A), 2).T),
        lambda r: np.ones((3, 3)) + 1e-3 * r.standard_normal((3, 3)),
    ),
    "trace of the cube": (lambda A: (np.trace(A @ A @ A), 3 * (A @ A).T), normal(3, 3)),
    "nuclear norm": (
        lambda A: (lambda u, s, v: (s.sum(), u @ v))(*np.linalg.svd(A, full_matrices=False)),
        normal(4, 3),
    ),
    "largest singular value": (
        lambda A: (lambda u, s, v: (s[0], np.outer(u[:, 0], v[0])))(*np.linalg.svd(A)),
        normal(4, 3),
    ),
    "largest eigenvalue": (
        lambda A: (lambda w, v: (w[-1], np.outer(v[:, -1], v[:, -1])))(*np.linalg.eigh((A + A.T) / 2)),
        normal(4, 4),
    ),
    "Frobenius norm": (lambda A: (np.linalg.norm(A), A / np.linalg.norm(A)), normal(4, 3)),
    "orthogonality": (lambda A: (((A.T @ A - np.eye(3)) ** 2).sum(), 4 * A @ (A.T @ A - np.eye(3))), normal(5, 3)),
    "quotient of Rayleigh": (
        lambda x: (lambda q: (x @ H @ x / (x @ x), 2 * (H @ x - q * x) / (x @ x)))(x @ H @ x / (x @ x)),
        normal(6),
    ),
    "Hilbert's matrix": (lambda x: (x @ H @ x / 2, H @ x), normal(6)),
    "Hilbert's matrix, inverted": (lambda x: (lambda y: (x @ y / 2, y))(np.linalg.solve(H, x)), normal(6)),
    "cosine similarity": (
        lambda A: (
            lambda a, b, n, m: (
                a @ b / (n * m),
                np.array([b / (n * m) - a * (a @ b) / (n**3 * m), a / (n * m) - b * (a @ b) / (n * m**3)]),
            )
        )(*A, np.sqrt(A[0] @ A[0]), np.sqrt(A[1] @ A[1])),
        normal(2, 5),
    ),
    "layer norm": (
        lambda x: (lambda d, s, c: ((c * d / s).sum(), (c - c.mean() - d * (c @ d) / (len(x) * s * s)) / s))(
            x - x.mean(), np.sqrt(((x - x.mean()) ** 2).mean() + 1e-5), np.arange(6.0)
        ),
        normal(6),
    ),
    "entropy of a softmax": (
        lambda x: (lambda p: (-(p * np.log(p)).sum(), -p * (np.log(p) - (p * np.log(p)).sum())))(softmax(x)),
        R,
    ),
    "triple product": (
        lambda A: (np.linalg.det(A), np.array([np.cross(A[1], A[2]), np.cross(A[2], A[0]), np.cross(A[0], A[1])])),
        normal(3, 3),
    ),
    "max pooling": (lambda A: (A.max(axis=1).sum(), (A.max(axis=1, keepdims=True) == A) * 1.0), normal(3, 4)),
    "group lasso, one row zero": (
        lambda A: (lambda n: (n.sum(), A / np.where(n > 0, n, 1)[:, None]))(np.sqrt((A * A).sum(axis=1))),
        lambda r: r.standard_normal((3, 4)) * [[1], [0], [1]],
    ),
    "a convolution": (
        lambda x: (lambda y: ((y * y).sum() / 2, np.correlate(y, K3, "valid")))(np.convolve(x, K3)),
        normal(7),
    ),
    "three axes": (
        lambda x: (
            (x[0] @ x[1]).sum() + (x**3).sum(),
            3 * x**2 + np.array([np.tile(x[1].sum(axis=1), (3, 1)), np.tile(x[0].sum(axis=0)[:, None], 3)]),
        ),
        normal(2, 3, 3),
    ),
    "Fortran order": (lambda A: ((A**3).sum(), 3 * A**2), lambda r: np.asfortranarray(r.standard_normal((3, 4)))),
    "every other row": (lambda A: ((A**3).sum(), 3 * A**2), lambda r: r.standard_normal((6, 4))[::2]),
    "integers": (lambda x: ((x**3).sum() / 2, 1.5 * x**2), lambda r: r.integers(1, 9, 4)),
}
H = 1 / (1 + np.arange(6)[:, None] + np.arange(6))
K3 = np.array([0.5, -1.0, 2.0])

for _name, (_f, _x) in MATRICES.items():
    KINDS[f"matrix: {_name}"] = fixed(_f, _x)
