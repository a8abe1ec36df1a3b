"""More correct functions: likelihoods, models, word2vec; with tiny terms, noise, kinks, randomness, other containers.

MODELS maps a name to a maker, as in benchmarks/correct_functions.py.
"""

import functools
import random
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from benchmarks.correct_functions import KINDS, Maker, Problem
from benchmarks.planted import CASES, library, start
from word2vec.functions import log_softmax, sigmoid, softmax
from word2vec.gradcheck import good_points

Generator = np.random.Generator
MODELS: dict[str, Maker] = {}


def _kind(maker: Maker) -> Maker:
    MODELS[maker.__name__.strip("_").replace("_", " ")] = maker
    return maker


def _logistic(rng: Generator, rows: int = 20, n: int = 4) -> Problem:
    X, y = rng.standard_normal((rows, n)), rng.choice([-1, 1], rows)
    return lambda w: (np.log1p(np.exp(-y * (X @ w))).sum(), -(y / (1 + np.exp(y * (X @ w)))) @ X), rng.standard_normal(n)


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
        MODELS[f"tiny: {_size:g} of {_name}"] = lambda rng, t=_term, s=_slope, e=_size: _plus(
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
    "years and prices": (lambda r: np.column_stack([np.ones(30), r.integers(1950, 2020, 30), r.uniform(1e4, 1e6, 30)]), 1e3),
    "no residual": (lambda r: r.standard_normal((20, 4)), 0.0),
    "powers of time": (lambda r: np.vander(np.linspace(0, 1, 20), 6), 0.1),
    "columns alike": (lambda r: r.standard_normal((20, 1)) + 1e-6 * r.standard_normal((20, 3)), 1.0),
    "large numbers": (lambda r: 1e6 * r.standard_normal((20, 3)), 1e6),
    "tiny numbers": (lambda r: 1e-6 * r.standard_normal((20, 3)), 1e-6),
}  # fmt: skip
for _name, (_design, _noise) in DESIGNS.items():
    MODELS[f"optimum of least squares: {_name}"] = _optimum(_design, _noise)


@_kind
def optimum_of_logistic_regression(rng: Generator) -> Problem:
    f, w = _logistic(rng, 60)
    for _ in range(3000):
        w = w - 0.05 * f(w)[1]
    return f, w


@_kind
def optimum_of_Poisson_regression_with_an_offset(rng: Generator) -> Problem:
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
    MODELS[f"loss rounded: {_name}"] = lambda rng, h=_how: _rounded(_logistic(rng), h)


@_kind
def scores_in_float32(rng: Generator) -> Problem:
    X = rng.standard_normal((20, 4))

    @functools.wraps(lambda w: (np.log1p(np.exp(X @ w)).mean(), sigmoid(X @ w) @ X / 20))
    def f(w: Any) -> Any:
        return np.log1p(np.exp((X @ w).real.astype(np.float32))).mean(dtype=np.float32), sigmoid(X @ w) @ X / 20

    return f, rng.standard_normal(4)


# Narrow, tiny and huge.


@_kind
def narrow_Gaussian(rng: Generator) -> Problem:
    s, m = 1e-6, rng.standard_normal(3)
    return lambda x: (-np.exp(-(((x - m) / s) ** 2).sum() / 2), np.exp(-(((x - m) / s) ** 2).sum() / 2) * (x - m) / s**2), (
        m + s * rng.standard_normal(3)
    )


@_kind
def likelihood_of_a_narrow_Gaussian(rng: Generator) -> Problem:
    s, y = 1e-5, 3 + 1e-5 * rng.standard_normal(20)
    return lambda m: ((((y - m[0]) / s) ** 2).sum() / 2, np.array([-((y - m[0]) / s**2).sum()])), 3 + 1e-5 * rng.standard_normal(1)


@_kind
def circuit_with_a_capacitor_of_1_nF(rng: Generator) -> Problem:
    t, x = np.linspace(1e-6, 5e-6, 10), np.array([1000.0, 1.3e-9]) * rng.uniform(0.8, 1.2, 2)  # ohms, farads

    def f(x: Any) -> Any:
        e, d = np.exp(-t / (x[0] * x[1])), 1 - np.exp(-t / (x[0] * x[1])) - 0.6
        return (d * d).sum(), np.array([(2 * d * -e * t / (x[0] ** 2 * x[1])).sum(), (2 * d * -e * t / (x[0] * x[1] ** 2)).sum()])

    return f, x


@_kind
def resonance_at_1e14_Hz(rng: Generator) -> Problem:
    w = 1e14 + 1e10 * rng.standard_normal(3)
    return lambda x: ((1e20 / ((x - 1e14) ** 2 + 1e20)).sum(), -2e20 * (x - 1e14) / ((x - 1e14) ** 2 + 1e20) ** 2), w


@_kind
def steep_sigmoid(rng: Generator) -> Problem:
    return lambda x: (sigmoid(1e6 * x).sum(), 1e6 * sigmoid(1e6 * x) * sigmoid(-1e6 * x)), 1e-6 * rng.standard_normal(4)


@_kind
def quadratic_of_condition_1e12(rng: Generator) -> Problem:
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
    MODELS[f"lasso with weights of {_scale:g}"] = _lasso(_scale)
MODELS["lasso, two weights zero"] = _lasso(1.0, 2)


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


MODELS["ReLU net"] = _relu_net(False, 0.1)
MODELS["ReLU net, zero bias and one zero sample"] = _relu_net(True, 0)
MODELS["ReLU net, tiny bias and one zero sample"] = _relu_net(True, 1e-6)


@_kind
def k_means(rng: Generator) -> Problem:
    X = rng.standard_normal((12, 2))

    def f(C: Any) -> Any:
        d = ((X[:, None] - C) ** 2).sum(axis=2)  # (12, 3)
        near = d.real.argmin(axis=1)
        g = np.zeros_like(C)
        np.add.at(g, near, 2 * (C[near] - X))
        return d[np.arange(12), near].sum(), g

    return f, rng.standard_normal((3, 2))


@_kind
def triplet_margin(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        a, p, n = x
        t = ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 1
        k = 2.0 * (t > 0)[:, None]
        return np.where(t > 0, t, 0).sum(), k * (n - p), k * (p - a), k * (a - n)

    return f, [rng.standard_normal((4, 3)) for _ in range(3)]


# Likelihoods.


@_kind
def normal_likelihood(rng: Generator) -> Problem:
    y = 5 + 2 * rng.standard_normal(30)
    return lambda x: (
        (x[1] + ((y - x[0]) * np.exp(-x[1])) ** 2 / 2).sum(),
        np.array([-((y - x[0]) * np.exp(-2 * x[1])).sum(), (1 - ((y - x[0]) * np.exp(-x[1])) ** 2).sum()]),
    ), rng.standard_normal(2)


@_kind
def gamma_likelihood(rng: Generator) -> Problem:
    y = rng.gamma(2, 1, 20)
    return lambda x: (
        len(y) * (special.gammaln(x[0]) - x[0] * np.log(x[1])) - (x[0] - 1) * np.log(y).sum() + x[1] * y.sum(),
        np.array([len(y) * (special.digamma(x[0]) - np.log(x[1])) - np.log(y).sum(), -len(y) * x[0] / x[1] + y.sum()]),
    ), rng.uniform(0.5, 4, 2)


@_kind
def Dirichlet_likelihood(rng: Generator) -> Problem:
    L = np.log(rng.dirichlet([2, 3, 4], 10)).sum(axis=0)
    return lambda a: (
        10 * (special.gammaln(a).sum() - special.gammaln(a.sum())) - (a - 1) @ L,
        10 * (special.digamma(a) - special.digamma(a.sum())) - L,
    ), rng.uniform(0.5, 4, 3)


@_kind
def Weibull_likelihood(rng: Generator) -> Problem:
    y = rng.weibull(1.5, 20)

    def f(x: Any) -> Any:
        k, s = np.exp(x)
        r, power = np.log(y / s), (y / s) ** k
        return (power - np.log(k / s) - (k - 1) * r).sum(), np.array([(k * r * (power - 1) - 1).sum(), (k * (1 - power)).sum()])

    return f, 0.3 * rng.standard_normal(2)


@_kind
def von_Mises_likelihood(rng: Generator) -> Problem:
    y = rng.vonmises(1, 2, 20)
    return lambda x: (
        (np.log(special.i0e(x[1])) + x[1] - x[1] * np.cos(y - x[0])).sum(),
        np.array([-x[1] * np.sin(y - x[0]).sum(), (special.i1e(x[1]) / special.i0e(x[1]) - np.cos(y - x[0])).sum()]),
    ), rng.uniform(0.5, 3, 2)


@_kind
def mixture_of_Gaussians(rng: Generator) -> Problem:
    y = np.concatenate([rng.standard_normal(10) - 2, rng.standard_normal(10) + 2])

    def f(x: Any) -> Any:
        logits, mean = x
        scores = log_softmax(logits) - (y[:, None] - mean) ** 2 / 2  # (20, 2)
        r = softmax(scores)
        J = -(scores - log_softmax(scores)).mean(axis=1).sum()
        return J, len(y) * softmax(logits) - r.sum(axis=0), -(r * (y[:, None] - mean)).sum(axis=0)

    return f, (rng.standard_normal(2), 2 * rng.standard_normal(2))


@_kind
def multivariate_normal_by_Cholesky(rng: Generator) -> Problem:
    Y = rng.standard_normal((20, 3))

    def f(L: Any) -> Any:  # the lower triangle and its diagonal count
        L = np.tril(L)
        Z = np.linalg.solve(L, Y.T)  # (3, 20)
        return (Z * Z).sum() / 2 + 20 * np.log(np.diag(L)).sum(), np.tril(20 * np.diag(1 / np.diag(L)) - np.linalg.solve(L.T, Z @ Z.T))

    return f, np.tril(rng.standard_normal((3, 3)), -1) + np.diag(rng.uniform(0.5, 2, 3))


@_kind
def Gaussian_process(rng: Generator) -> Problem:
    t, y = np.linspace(0, 1, 8), rng.standard_normal(8)
    D = (t[:, None] - t) ** 2

    def f(x: Any) -> Any:
        E = np.exp(x[0] - D * np.exp(x[1]))
        K = E + 0.1 * np.eye(8)
        a, inverse = np.linalg.solve(K, y), np.linalg.inv(K)
        J = (y @ a + np.log(np.linalg.det(K))) / 2
        return J, np.array([((inverse - np.outer(a, a)) * d).sum() / 2 for d in (E, -E * D * np.exp(x[1]))])

    return f, rng.standard_normal(2)


@_kind
def Cox_likelihood(rng: Generator) -> Problem:
    X = rng.standard_normal((10, 3))  # in order of their deaths

    def f(w: Any) -> Any:
        e = np.exp(X @ w)
        at_risk = np.cumsum(e[::-1])[::-1]
        means = np.cumsum((e[:, None] * X)[::-1], axis=0)[::-1] / at_risk[:, None]
        return (np.log(at_risk) - X @ w).sum(), (means - X).sum(axis=0)

    return f, rng.standard_normal(3)


@_kind
def Bradley_Terry_likelihood(rng: Generator) -> Problem:
    won, lost = rng.integers(0, 5, (2, 20))

    def f(x: Any) -> Any:
        d = x[lost] - x[won]
        return np.log1p(np.exp(d)).sum(), np.bincount(lost, sigmoid(d), 5) - np.bincount(won, sigmoid(d), 5)

    return f, rng.standard_normal(5)


@_kind
def Plackett_Luce_likelihood(rng: Generator) -> Problem:
    order = rng.permutation(6)

    def f(x: Any) -> Any:
        s = x[order]
        rest = np.cumsum(np.exp(s)[::-1])[::-1]
        g = np.empty_like(x)
        g[order] = np.exp(s) * np.cumsum(1 / rest) - 1
        return (np.log(rest) - s).sum(), g

    return f, rng.standard_normal(6)


@_kind
def hidden_Markov_model(rng: Generator) -> Problem:
    y, E = rng.integers(0, 3, 12), softmax(rng.standard_normal((2, 3)))

    def f(x: Any) -> Any:
        A = softmax(x)
        a, c = [E[:, y[0]] / 2], []
        for symbol in y[1:]:
            c.append(a[-1].sum())
            a.append((a[-1] / c[-1]) @ A * E[:, symbol])
        b, counts = np.ones(2) / a[-1].sum(), np.zeros_like(A)
        for t in range(len(y) - 1, 0, -1):
            counts = counts + np.outer(a[t - 1] / c[t - 1], E[:, y[t]] * b) * A
            b = A @ (E[:, y[t]] * b) / c[t - 1]
        return -np.log(np.array([*c, a[-1].sum()])).sum(), A * counts.sum(axis=1, keepdims=True) - counts

    return f, rng.standard_normal((2, 2))


@_kind
def multinomial_regression(rng: Generator) -> Problem:
    X, y = rng.standard_normal((15, 4)), rng.integers(0, 3, 15)
    return lambda W: (-log_softmax(X @ W)[np.arange(15), y].sum(), X.T @ (softmax(X @ W) - np.eye(3)[y])), rng.standard_normal((4, 3))


# Learning machines.


@_kind
def two_layers_of_tanh(rng: Generator) -> Problem:
    X, Y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))

    def f(x: Any) -> Any:
        h = np.tanh(X @ x["W"] + x["b"])
        e = h @ x["v"] - Y
        d = (e @ x["v"].T) * (1 - h * h)
        return (e * e).mean(), {"W": X.T @ d / 8, "b": d.sum(axis=0) / 8, "v": h.T @ e / 8}

    return f, {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4), "v": rng.standard_normal((4, 2))}


@_kind
def recurrent_net(rng: Generator) -> Problem:
    X = rng.standard_normal((6, 3))

    def f(x: Any) -> Any:
        W, U = x
        h = [np.zeros(4)]
        for row in X:
            h.append(np.tanh(W @ h[-1] + U @ row))
        d, gW, gU = h[-1], np.zeros_like(W), np.zeros_like(U)
        for t in range(len(X), 0, -1):
            d = d * (1 - h[t] * h[t])
            gW, gU, d = gW + np.outer(d, h[t - 1]), gU + np.outer(d, X[t - 1]), W.T @ d
        return h[-1] @ h[-1] / 2, gW, gU

    return f, (rng.standard_normal((4, 4)), rng.standard_normal((4, 3)))


@_kind
def attention(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        Q, K, V = x
        A = softmax(Q @ K.T / 2)
        O = A @ V
        dA = 2 * O @ V.T
        dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / 2
        return (O * O).sum(), dS @ K, dS.T @ Q, A.T @ (2 * O)

    return f, tuple(rng.standard_normal((3, 5, 4)))


@_kind
def contrastive_loss(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        A, B = x
        S = A @ B.T / 0.5
        d = (softmax(S) - np.eye(4)) / 2.0  # divided by 4 rows and by the temperature
        return -np.diag(log_softmax(S)).mean(), d @ B, d.T @ A

    return f, [rng.standard_normal((4, 3)), rng.standard_normal((4, 3))]


@_kind
def matrix_factorisation(rng: Generator) -> Problem:
    M, seen = rng.standard_normal((5, 6)), rng.integers(0, 2, (5, 6))

    def f(x: Any) -> Any:
        E = (x[0] @ x[1].T - M) * seen
        return (E * E).sum() / 2 + 0.05 * ((x[0] ** 2).sum() + (x[1] ** 2).sum()), E @ x[1] + 0.1 * x[0], E.T @ x[0] + 0.1 * x[1]

    return f, (rng.standard_normal((5, 2)), rng.standard_normal((6, 2)))


@_kind
def autoencoder_with_tied_weights(rng: Generator) -> Problem:
    X = rng.standard_normal((6, 4))
    return lambda W: (
        ((X @ W @ W.T - X) ** 2).sum() / 2,
        X.T @ (X @ W @ W.T - X) @ W + (X @ W @ W.T - X).T @ X @ W,
    ), rng.standard_normal((4, 2))


@_kind
def t_SNE(rng: Generator) -> Problem:
    p = rng.uniform(0, 1, (5, 5)) * (1 - np.eye(5))
    p = (p + p.T) / (2 * p.sum())

    def f(Y: Any) -> Any:
        q = 1 / (1 + ((Y[:, None] - Y) ** 2).sum(axis=2)) * (1 - np.eye(5))
        off = p > 0
        W = 4 * (p - q / q.sum()) * q
        return (p[off] * np.log(p[off] * q.sum() / q[off])).sum(), W.sum(axis=1)[:, None] * Y - W @ Y

    return f, rng.standard_normal((5, 2))


@_kind
def GloVe(rng: Generator) -> Problem:
    X = rng.poisson(5, (5, 5)) + 1
    weight = np.minimum(1, (X / 10) ** 0.75)

    def f(x: Any) -> Any:
        W, C, b = x
        E = W @ C.T + b[:, None] - np.log(X)
        return (weight * E * E).sum(), 2 * (weight * E) @ C, 2 * (weight * E).T @ W, 2 * (weight * E).sum(axis=1)

    return f, (rng.standard_normal((5, 3)), rng.standard_normal((5, 3)), rng.standard_normal(5))


@_kind
def factorisation_machine(rng: Generator) -> Problem:
    X, y = rng.integers(0, 2, (10, 5)).astype(float), rng.standard_normal(10)

    def f(x: Any) -> Any:
        w, V = x
        s = X @ V  # (10, 2)
        e = X @ w + ((s * s) - (X * X) @ (V * V)).sum(axis=1) / 2 - y
        return (e * e).sum() / 2, X.T @ e, X.T @ (e[:, None] * s) - ((X * X).T @ e)[:, None] * V

    return f, (rng.standard_normal(5), rng.standard_normal((5, 2)))


@_kind
def batch_normalisation(rng: Generator) -> Problem:
    T = rng.standard_normal((8, 3))

    def f(x: Any) -> Any:
        X, gain = x
        d = X - X.mean(axis=0)
        s = np.sqrt((d * d).mean(axis=0) + 1e-5)
        z = d / s
        dz = (2 * gain) * (gain * z - T)
        return ((gain * z - T) ** 2).sum(), (dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)) / s, (2 * (gain * z - T) * z).sum(axis=0)

    return f, (rng.standard_normal((8, 3)), rng.standard_normal(3))


@_kind
def dice_loss(rng: Generator) -> Problem:
    y = rng.integers(0, 2, 8)

    def f(x: Any) -> Any:
        p = sigmoid(x)
        top, low = 2 * (p @ y) + 1, p.sum() + y.sum() + 1
        return 1 - top / low, -(2 * y / low - top / low**2) * p * (1 - p)

    return f, rng.standard_normal(8)


@_kind
def Euler_steps_of_a_pendulum(rng: Generator) -> Problem:
    h, steps = 0.05, 40

    def f(x: Any) -> Any:
        angle, speed, J = x[0], x[1], np.eye(2, dtype=x.dtype)  # J: ∂(angle, speed)/∂x
        for _ in range(steps):
            M = np.array([[1, h], [-h * np.cos(angle), 1]])
            angle, speed, J = angle + h * speed, speed - h * np.sin(angle), M @ J
        return angle**2 + speed**2, 2 * np.array([angle, speed]) @ J

    return f, rng.standard_normal(2)


@_kind
def string_of_Ising_spins_in_a_mean_field(rng: Generator) -> Problem:
    J = rng.standard_normal((6, 6))
    J = J + J.T

    def f(m: Any) -> Any:
        entropy = ((1 + m) * np.log((1 + m) / 2) + (1 - m) * np.log((1 - m) / 2)).sum() / 2
        return entropy - m @ J @ m / 2, np.log((1 + m) / (1 - m)) / 2 - J @ m

    return f, rng.uniform(-0.9, 0.9, 6)


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
    MODELS[f"word2vec: {_name.replace('_', ' ')}"] = _word2vec(_name)
    MODELS[f"float32: {_name.replace('_', ' ')}"] = _word2vec(_name, np.float32)
    if not _name.endswith("pair"):
        MODELS[f"stacked: {_name.replace('_', ' ')}"] = _word2vec(_name, stack=True)


# Other float32 functions: of the first catalogue, and computed in double precision but returned in single.

SINGLE = ("squares", "cubes", "exponentials", "softplus", "sines of high frequency", "ReLU", "log cosh", "logarithms")
for _name in SINGLE:
    MODELS[f"float32: {_name}"] = lambda rng, k=f"entries: {_name}": (
        lambda f, x: (lambda w: (f(w)[0], f(w)[1].astype(w.dtype)), x.astype(np.float32))
    )(*KINDS[k](rng))
for _name in ("logistic", "Poisson", "pseudo-Huber", "least absolute deviations"):
    MODELS[f"float32: regression, {_name}, in double inside"] = lambda rng, k=f"regression: {_name}": (
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


DRAWS: dict[str, Callable[[Generator], Callable[[], Any]]] = {
    "random": lambda _: random.random,
    "np.random": lambda _: np.random.random,
    "a Generator": lambda r: np.random.default_rng(r.integers(99)).random,
    "a RandomState": lambda r: np.random.RandomState(r.integers(99)).random_sample,
    "random.Random": lambda r: random.Random(int(r.integers(99))).random,
}


def _random(name: str) -> Maker:
    def maker(rng: Generator) -> Problem:
        draw = DRAWS[name](rng)
        f, x = _dropout(draw, rng)
        return f, x

    return maker


for _name in DRAWS:
    MODELS[f"dropout by {_name}"] = _random(_name)


@_kind
def variational_autoencoder(rng: Generator) -> Problem:
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
def negatives_drawn_anew(rng: Generator) -> Problem:
    draw = np.random.default_rng(rng.integers(99))
    return lambda x: library()["negative_sampling"](x[0], 1, x[1], draw.integers(0, 5, 8)), (
        rng.standard_normal(3), rng.standard_normal((5, 3))
    )  # fmt: skip


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
    MODELS[f"lookup in {_rows} rows"] = _lookup(_rows)
MODELS["float32: lookup in 50 rows"] = _lookup(50, np.float32)


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
    MODELS[f"container: {_name}"] = _container(_make, _listed)


@_kind
def container_of_arrays_and_numbers(rng: Generator) -> Problem:
    return lambda x: (x[0] * (x[1] ** 2).sum(), np.array((x[1] ** 2).sum()), 2 * x[0] * x[1]), (
        np.array(rng.standard_normal()), rng.standard_normal((2, 2, 2))
    )  # fmt: skip


@_kind
def container_of_mixed_precision(rng: Generator) -> Problem:
    return lambda x: (
        (x[0] ** 3).sum() + np.sin(x[1]).sum(), 3 * x[0] ** 2, np.cos(x[1])
    ), (rng.standard_normal(4).astype(np.float32), rng.standard_normal(3))  # fmt: skip


@_kind
def container_of_mixed_magnitudes(rng: Generator) -> Problem:
    return lambda x: (np.sin(x[0] * 1e6).sum() + np.cos(x[1] / 1e6).sum(), 1e6 * np.cos(x[0] * 1e6), -np.sin(x[1] / 1e6) / 1e6), (
        1e-6 * rng.standard_normal(3), 1e6 * rng.standard_normal(3)
    )  # fmt: skip
