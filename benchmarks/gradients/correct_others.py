"""More correct functions, of kinds that were set aside until the checker was finished.

Physics, statistics, networks, optimisation, cancellation, pieces, solvers and unusual arrays, in the form of
correct_functions.py.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import integrate, interpolate, optimize, sparse, special

from benchmarks.gradients.correct_functions import Generator, Maker, Problem, fixed, kind_of, normal
from word2vec.functions import sigmoid

OTHERS: dict[str, Maker] = {}
_kind = kind_of(OTHERS)


def P(rng: Generator) -> Any:
    """Draw five positive numbers."""
    return rng.uniform(0.2, 3, 5)


# Physics


@_kind
def _Lorenz_attractor_by_Runge_Kutta(rng: Generator) -> Problem:
    h, eye = 0.01, np.eye(3)

    def slope(y: Any) -> Any:
        return np.array([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]])

    def jacobian(y: Any) -> Any:
        return np.array([[-10, 10, 0 * y[0]], [28 - y[2], -1, -y[0]], [y[1], y[0], -8 / 3]])

    def f(y: Any) -> Any:
        M = eye  # the derivative of the state by the first one
        for _ in range(30):
            k, K = [slope(y)], [jacobian(y)]
            for c in (h / 2, h / 2, h):
                K.append(jacobian(y + c * k[-1]) @ (eye + c * K[-1]))
                k.append(slope(y + c * k[-1]))
            y = y + h / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])
            M = (eye + h / 6 * (K[0] + 2 * K[1] + 2 * K[2] + K[3])) @ M
        return (y * y).sum(), 2 * y @ M

    return f, rng.normal([0, 0, 20], 5)


@_kind
def _source_of_a_heat_equation(rng: Generator) -> Problem:
    A = 2 * np.eye(12) - np.eye(12, k=1) - np.eye(12, k=-1)
    S, y = np.linalg.matrix_power(np.linalg.inv(np.eye(12) + 0.1 * A), 8), rng.standard_normal(12)
    return lambda u: (((S @ u - y) ** 2).sum() / 2, S.T @ (S @ u - y)), rng.standard_normal(12)


@_kind
def _relativistic_energy_in_joules(rng: Generator) -> Problem:
    c, m = 299_792_458.0, 9.1e-31

    def f(p: Any) -> Any:
        E = np.sqrt((p * c) ** 2 + (m * c * c) ** 2)
        return E.sum(), p * c * c / E

    return f, 1e-22 * rng.standard_normal(4)


@_kind
def _black_bodies(rng: Generator) -> Problem:
    def f(T: Any) -> Any:
        e = np.exp(28811.6 / T)  # hc/λk of green light
        return 1e7 * (1 / (e - 1)).sum(), 1e7 * e / (e - 1) ** 2 * 28811.6 / T**2

    return f, rng.uniform(3000, 6000, 4)


@_kind
def _Kepler_s_equation_by_iteration(rng: Generator) -> Problem:
    def f(M: Any) -> Any:
        E = M + 0
        for _ in range(60):
            E = E - (E - 0.3 * np.sin(E) - M) / (1 - 0.3 * np.cos(E))
        return np.cos(E).sum(), -np.sin(E) / (1 - 0.3 * np.cos(E))

    return f, rng.uniform(0, 6, 4)


@_kind
def _coupled_oscillators(rng: Generator) -> Problem:
    W = rng.standard_normal((6, 6))
    W += W.T

    def f(t: Any) -> Any:
        d = t[:, None] - t  # (6, 6)
        return -(W * np.cos(d)).sum() / 2, (W * np.sin(d)).sum(axis=1)

    return f, rng.uniform(0, 100, 6)


# Statistics


@_kind
def _beta_binomial_likelihood(rng: Generator) -> Problem:
    n = rng.integers(5, 20, 12)
    k = rng.binomial(n, 0.4)

    def f(x: Any) -> Any:
        a, b = x
        log, psi = special.gammaln, special.digamma
        J = log(n + a + b) - log(k + a) - log(n - k + b) - log(a + b) + log(a) + log(b)
        both = psi(n + a + b) - psi(a + b)
        return J.sum(), np.array([(both - psi(k + a) + psi(a)).sum(), (both - psi(n - k + b) + psi(b)).sum()])

    return f, rng.uniform(1, 4, 2)


@_kind
def _Kalman_filter(rng: Generator) -> Problem:
    y = rng.standard_normal(30).cumsum()

    def f(x: Any) -> Any:
        q, s = np.exp(x)
        dq, ds, P, m, J = np.array([q, 0]), np.array([0, s]), 1.0, 0.0, 0.0
        dP, dm, g = np.zeros((3, 2))
        for v in y:
            P, dP, e = P + q, dP + dq, v - m
            S, dS = P + s, dP + ds
            J, g = J + np.log(S) + e * e / S, g + dS / S - 2 * e * dm / S - e * e / S**2 * dS
            K, dK = P / S, dP / S - P / S**2 * dS
            m, dm, P, dP = m + K * e, dm + dK * e - K * dm, P * (1 - K), dP * (1 - K) - P * dK
        return J, g

    return f, rng.standard_normal(2)


@_kind
def _Clayton_copula(rng: Generator) -> Problem:
    u, v = rng.uniform(0.05, 0.95, (2, 40))

    def f(t: Any) -> Any:
        a, da = u**-t + v**-t - 1, -(u**-t) * np.log(u) - v**-t * np.log(v)
        J = (1 + t) * np.log(u * v) + (2 + 1 / t) * np.log(a) - np.log(1 + t)
        return J.sum(), (np.log(u * v) - np.log(a) / t**2 + (2 + 1 / t) * da / a - 1 / (1 + t)).sum()

    return f, np.array(rng.uniform(0.5, 3))  # an array without axes


@_kind
def _zero_inflated_Poisson_likelihood(rng: Generator) -> Problem:
    y = rng.poisson(2, 30) * (rng.random(30) > 0.4)
    zeros, others, total = (y == 0).sum(), (y > 0).sum(), y.sum()

    def f(x: Any) -> Any:
        p, rate = 1 / (1 + np.exp(-x[0])), np.exp(x[1])
        e = np.exp(-rate)
        z = p + (1 - p) * e
        J = others * (rate - np.log(1 - p)) - zeros * np.log(z) - total * x[1]
        by_p = -zeros * (1 - e) * p * (1 - p) / z + others * p
        return J, np.array([by_p, zeros * (1 - p) * e * rate / z + others * rate - total])

    return f, rng.standard_normal(2)


# Networks


@_kind
def _CTC_loss(rng: Generator) -> Problem:
    words, T = [0, 1, 0, 2, 0], 6  # blanks are 0

    def f(X: Any) -> Any:
        p = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
        a, b = np.zeros((2, T, 7), p.dtype)  # the first two columns stay zero
        skips = [s >= 2 and words[s] != 0 and words[s] != words[s - 2] for s in range(5)]
        a[0, 2], a[0, 3], b[-1, -2:] = p[0, words[0]], p[0, words[1]], 1
        for t in range(1, T):
            for s in range(5):
                before = a[t - 1, s + 2] + a[t - 1, s + 1] + skips[s] * a[t - 1, s]
                a[t, s + 2] = before * p[t, words[s]]
        for t in range(T - 2, -1, -1):
            for s in range(5):
                after = [(s, True), (s + 1, True), (s + 2, s < 3 and skips[s + 2])]
                b[t, s + 2] = sum(b[t + 1, k + 2] * p[t + 1, words[k]] for k, goes in after if goes and k < 5)
        Z, g = a[-1, -1] + a[-1, -2], p.copy()
        for s in range(5):
            g[:, words[s]] -= a[:, s + 2] * b[:, s + 2] / Z
        return -np.log(Z), g

    return f, rng.standard_normal((T, 3))


@_kind
def _Gumbel_softmax(rng: Generator) -> Problem:
    noise, c = rng.gumbel(size=5), rng.standard_normal(5)

    def f(x: Any) -> Any:
        p = np.exp(x + noise)
        p = p / p.sum()
        return c @ p, p * c - p * (c @ p)

    return f, rng.standard_normal(5)


@_kind
def _RMS_norm_of_small_numbers(rng: Generator) -> Problem:
    c = rng.standard_normal((3, 8))

    def f(x: Any) -> Any:
        s = np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)
        y = x / s
        return (c * y).sum(), (c - y * (c * y).mean(axis=1, keepdims=True)) / s

    return f, 1e-4 * rng.standard_normal((3, 8))


@_kind
def _maxout(rng: Generator) -> Problem:
    W = rng.standard_normal((4, 3, 5))

    def f(x: Any) -> Any:
        s = W @ x  # (4, 3)
        best = np.arange(4), (s.real if np.iscomplexobj(s) else s).argmax(axis=1)
        return s[best].sum(), W[best].sum(axis=0)

    return f, rng.standard_normal(5)


@_kind
def _bag_of_float32_vectors_with_float64_weights(rng: Generator) -> Problem:
    ids = rng.integers(0, 6, 20)

    def f(x: Any) -> Any:
        E, w = x
        v = E[ids].sum(axis=0)
        s, g = np.tanh(v @ w), np.zeros(E.shape, np.result_type(E, w))
        np.add.at(g, ids, (1 - s * s) * w)
        return s, g, (1 - s * s) * v

    return f, ((0.1 * rng.standard_normal((6, 3))).astype(np.float32), rng.standard_normal(3))


# Optimisation


@_kind
def _logarithmic_barrier_near_its_edge(rng: Generator) -> Problem:
    A = rng.standard_normal((8, 3))
    b = A @ np.ones(3) + np.array([1e-6, *[1.0] * 7])
    return lambda x: (-np.log(b - A @ x).sum(), A.T @ (1 / (b - A @ x))), np.ones(3)


@_kind
def _augmented_Lagrangian(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        off = x.sum() - 1
        return x @ x + 5e5 * off**2 - 3 * off, 2 * x + 1e6 * off - 3

    return f, 0.2 + 1e-3 * rng.standard_normal(5)


@_kind
def _value_of_a_linear_program(rng: Generator) -> Problem:
    A = rng.standard_normal((6, 2))
    return lambda c: (lambda v: (v[v.real.argmax()], A[v.real.argmax()].copy()))(A @ c), rng.standard_normal(2)


@_kind
def _dual_of_optimal_transport(rng: Generator) -> Problem:
    cost = rng.random((4, 5))

    def f(x: Any) -> Any:
        u, v = x
        K = np.exp((u[:, None] + v - cost) / 0.05)
        return 0.05 * K.sum() - u.mean() - v.mean(), K.sum(axis=1) - 1 / 4, K.sum(axis=0) - 1 / 5

    return f, (0.05 * rng.standard_normal(4) - 0.3, 0.05 * rng.standard_normal(5) - 0.2)


# Cancellation, pieces, periods


@_kind
def _root_of_a_quadratic(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        a, b, c = x
        d = np.sqrt(b * b - 4 * a * c)
        return (d - b) / (2 * a), np.array([-c / (a * d) - (d - b) / (2 * a * a), (b / d - 1) / (2 * a), -1 / d])

    return f, np.array([1.0, 50.0, 1.0]) * (1 + 0.1 * rng.random(3))


@_kind
def _cubic_spline(rng: Generator) -> Problem:
    spline = interpolate.CubicSpline(np.linspace(-3, 3, 9), rng.standard_normal(9))
    return lambda x: (spline(x).sum(), spline.derivative()(x)), rng.uniform(-2.9, 2.9, 5)


@_kind
def _interpolation_one_entry_at_a_knot(rng: Generator) -> Problem:
    y = rng.standard_normal(6)
    return lambda x: (np.interp(x, np.arange(6), y).sum(), np.diff(y)[np.floor(x).astype(int)]), np.array(
        [1, 2.5, 3.7, 0.2]
    )


@_kind
def _differences_of_angles(rng: Generator) -> Problem:
    def around(d: Any) -> Any:
        return np.arctan2(np.sin(d), np.cos(d))

    t = rng.uniform(0, 6, 5)
    return lambda x: ((around(x - t) ** 2).sum(), 2 * around(x - t)), t + rng.uniform(-3, 3, 5)


@_kind
def _power_spectrum(rng: Generator) -> Problem:
    w = rng.random(9)

    def f(x: Any) -> Any:
        X = np.fft.fft(x, 16)
        return (w * np.abs(X[:9]) ** 2).sum(), np.real(2 * np.fft.ifft(np.append(w, [0] * 7) * X * 16))[:10]

    return f, rng.standard_normal(10)


DATA, GAPS = np.linspace(-2, 2.3, 9), np.linspace(0.1, 1.9, 9)
NEAR, R = np.array([-800.0, -50, -1, 1, 29.9, 50, 800]), normal(5)
SIMPLE: dict[str, tuple[Callable[[Any], Any], Callable[[Generator], Any]]] = {
    "SiLU": (lambda x: ((x / (1 + np.exp(-x))).sum(), (1 + np.exp(-x) * (1 + x)) / (1 + np.exp(-x)) ** 2), R),
    "log(1 + x) of tiny x": (lambda x: (np.log(1 + x).sum(), 1 / (1 + x)), normal(4, scale=1e-9)),
    "sines of large numbers": (lambda x: (np.sin(x).sum(), np.cos(x)), normal(4, scale=1e6)),
    "a sum of 1e12 and sines": (lambda x: (1e12 + np.sin(x).sum(), np.cos(x)), R),
    "time stamps": (lambda x: (((x - 1.7e9) ** 2).sum() / 2, x - 1.7e9), lambda r: 1.7e9 + r.normal(0, 100, 4)),
    "probabilities near one": (
        lambda x: (-np.log1p(-x).sum(), 1 / (1 - x)),
        lambda r: 1 - 10.0 ** r.uniform(-7, -2, 4),
    ),
    "softplus by pieces": (
        lambda x: (np.where(x.real > 30, x, np.log1p(np.exp(np.where(x.real > 30, 0, x)))).sum(), sigmoid(x.real)),
        lambda r: NEAR * (1 + 0.01 * r.random()),
    ),
    "polynomials of degree 11": (
        lambda x: (np.polyval(np.arange(12) - 5, x).sum(), np.polyval(np.polyder(np.arange(12) - 5), x)),
        lambda r: r.uniform(-2, 2, 4),
    ),
    "an array without axes": (
        lambda x: (np.exp(x) * np.sin(x), np.exp(x) * (np.sin(x) + np.cos(x))),
        lambda r: np.array(r.standard_normal()),
    ),
    "read-only, in Fortran order, with strides": (
        lambda A: (np.sin(A).sum(), np.cos(A)),
        lambda r: np.asfortranarray(np.frombuffer(r.standard_normal(24).tobytes()).reshape(6, 4))[::2, ::-2],
    ),
    "gradient in Fortran order": (lambda A: ((A**3).sum(), np.asfortranarray(3 * A**2)), normal(3, 4)),
    "gradient without memory": (lambda A: (2 * A.sum(), np.broadcast_to(2.0, A.shape)), normal(3, 4)),
    "gradient of integers": (lambda A: ((A * [1, -2, 3]).sum(), np.tile([1, -2, 3], (4, 1))), normal(4, 3)),
    "gradient of truth values": (lambda x: (x[::2].sum(), np.arange(5) % 2 == 0), R),
    "bytes in the other order": (lambda x: ((x**3).sum(), 3 * x**2), lambda r: r.standard_normal(4).astype(">f8")),
    "long doubles": (lambda x: ((x**3).sum(), 3 * x**2), lambda r: r.standard_normal(4).astype(np.longdouble)),
    "an ordered dict": (
        lambda P: ((P["a"] ** 2).sum() + P["b"].sum(), {"b": np.ones(2), "a": 2 * P["a"]}),
        lambda r: OrderedDict(a=r.standard_normal(3), b=r.standard_normal(2)),
    ),
    "numbers that some of the loss ignores": (
        lambda x: ((x[:2] ** 2).sum(), 2 * np.where(np.arange(4) < 2, x, 0)),
        normal(4),
    ),
}
SIMPLE |= {
    "inverse hyperbolic sines": (lambda x: (np.arcsinh(x).sum(), 1 / np.sqrt(1 + x * x)), R),
    "powers of x by x": (lambda x: ((x**x).sum(), x**x * (np.log(x) + 1)), P),
    "sawtooth": (lambda x: (((x - np.floor(x.real)) ** 2).sum(), 2 * (x - np.floor(x.real))), normal(5, scale=10)),
    "the lower of two bowls": (
        lambda x: (lambda left, right: (left, 2 * (x + 1)) if left.real < right.real else (right, 2 * (x - 1)))(
            ((x + 1) ** 2).sum() + 0.1, ((x - 1) ** 2).sum()
        ),
        normal(3),
    ),
    "offset within a root": (
        lambda x: ((np.sqrt((1e5 + x) ** 2 + 1) - 1e5).sum(), (1e5 + x) / np.sqrt((1e5 + x) ** 2 + 1)),
        normal(3),
    ),
    "Dixon and Price": (
        lambda x: (
            (x[0] - 1) ** 2 + 2 * (2 * x[1] ** 2 - x[0]) ** 2,
            np.array([2 * (x[0] - 1) - 4 * (2 * x[1] ** 2 - x[0]), 16 * x[1] * (2 * x[1] ** 2 - x[0])]),
        ),
        normal(2),
    ),
    "McCormick": (
        lambda x: (
            np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
            np.cos(x[0] + x[1]) + 2 * (x[0] - x[1]) * np.array([1, -1]) + [-1.5, 2.5],
        ),
        normal(2),
    ),
    "trid": (
        lambda x: (((x - 1) ** 2).sum() - (x[1:] * x[:-1]).sum(), 2 * (x - 1) - np.array([*x[1:], 0]) - [0, *x[:-1]]),
        R,
    ),
    "van der Waals": (
        lambda x: (
            (x[1] / (x[0] - 0.04) - 3 / x[0] ** 2),
            np.array([6 / x[0] ** 3 - x[1] / (x[0] - 0.04) ** 2, 1 / (x[0] - 0.04)]),
        ),
        lambda r: r.uniform(0.2, 3, 2),
    ),
    "Cauchy likelihood": (
        lambda x: (
            (np.log(x[1]) + np.log1p(((DATA - x[0]) / x[1]) ** 2)).sum(),
            np.array(
                [
                    (2 * (x[0] - DATA) / (x[1] ** 2 + (DATA - x[0]) ** 2)).sum(),
                    (1 / x[1] - 2 * (DATA - x[0]) ** 2 / x[1] / (x[1] ** 2 + (DATA - x[0]) ** 2)).sum(),
                ]
            ),
        ),
        lambda r: np.array([r.normal(), r.uniform(0.5, 2)]),
    ),
    "inverse Gaussian likelihood": (
        lambda x: (
            (x[1] * (GAPS - x[0]) ** 2 / (2 * x[0] ** 2 * GAPS) - np.log(x[1]) / 2).sum(),
            np.array(
                [
                    (x[1] * (x[0] - GAPS) / x[0] ** 3).sum(),
                    ((GAPS - x[0]) ** 2 / (2 * x[0] ** 2 * GAPS) - 1 / (2 * x[1])).sum(),
                ]
            ),
        ),
        lambda r: r.uniform(0.5, 2, 2),
    ),
    "Gompertz likelihood": (
        lambda x: (
            (x[0] * (np.exp(x[1] * GAPS) - 1) / x[1] - np.log(x[0]) - x[1] * GAPS).sum(),
            np.array(
                [
                    ((np.exp(x[1] * GAPS) - 1) / x[1] - 1 / x[0]).sum(),
                    (x[0] * (GAPS * np.exp(x[1] * GAPS) / x[1] - (np.exp(x[1] * GAPS) - 1) / x[1] ** 2) - GAPS).sum(),
                ]
            ),
        ),
        lambda r: r.uniform(0.5, 1.5, 2),
    ),
    "logistic growth": (
        lambda x: (
            ((x[0] / (1 + np.exp(-x[1] * DATA)) - GAPS) ** 2).sum() / 2,
            (
                lambda s: np.array(
                    [((x[0] * s - GAPS) * s).sum(), ((x[0] * s - GAPS) * x[0] * s * (1 - s) * DATA).sum()]
                )
            )(1 / (1 + np.exp(-x[1] * DATA))),
        ),
        lambda r: r.uniform(0.5, 2, 2),
    ),
    "damped oscillation": (
        lambda x: (
            (np.exp(-x[0] * GAPS) * np.cos(x[1] * GAPS)).sum(),
            -np.array(
                [
                    (GAPS * np.exp(-x[0] * GAPS) * np.cos(x[1] * GAPS)).sum(),
                    (GAPS * np.exp(-x[0] * GAPS) * np.sin(x[1] * GAPS)).sum(),
                ]
            ),
        ),
        lambda r: r.uniform(0.5, 9, 2),
    ),
    "continued fraction": (
        lambda x: (
            x[0] + 1 / (x[1] + 1 / x[2]),
            np.array([1, -1 / (x[1] + 1 / x[2]) ** 2, 1 / (x[1] * x[2] + 1) ** 2]),
        ),
        lambda r: r.uniform(0.2, 3, 3),
    ),
    "cotangents": (lambda x: ((1 / np.tan(x)).sum(), -1 / np.sin(x) ** 2), P),
    "soft minimum": (lambda x: (-np.log(np.exp(-9 * x).sum()) / 9, np.exp(-9 * x) / np.exp(-9 * x).sum()), R),
    "Tsallis entropy": (lambda x: ((1 - (x**1.5).sum()) / 0.5, -3 * x**0.5), P),
    "geometric mean": (lambda x: (np.exp(np.log(x).mean()), np.exp(np.log(x).mean()) / x / len(x)), P),
    "harmonic mean": (lambda x: (len(x) / (1 / x).sum(), len(x) / (1 / x).sum() ** 2 / x**2), P),
    "second differences": (
        lambda x: ((np.diff(x, 2) ** 2).sum(), 2 * np.convolve(np.diff(x, 2), [1, -2, 1])),
        normal(7),
    ),
    "autocorrelation": (
        lambda x: (
            (x[1:] * x[:-1]).sum() / (x @ x),
            (np.array([*x[1:], 0]) + np.array([0, *x[:-1]]) - 2 * x * ((x[1:] * x[:-1]).sum() / (x @ x))) / (x @ x),
        ),
        normal(6),
    ),
}
OTHERS |= {f"simple: {name}": fixed(*problem) for name, problem in SIMPLE.items()}


# Solvers, caches, sparse matrices


@_kind
def _cache_by_numbers(rng: Generator) -> Problem:
    cached = lru_cache(2)(lambda numbers: np.exp(np.array(numbers)))
    return lambda x: (cached(tuple(x)).sum(), cached(tuple(x)).copy()), rng.standard_normal(3)


@_kind
def _integral_by_quadrature(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        moments = [integrate.quad(lambda t, k=k: t**k * np.exp(x[0] * t + x[1] * t * t), 0, 1)[0] for k in range(3)]
        return moments[0], np.array(moments[1:])

    return f, rng.standard_normal(2)


@_kind
def _initial_value_problem(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        def slopes(_: float, y: Any) -> list[Any]:
            return [x[1] - x[0] * y[0], -y[0] - x[0] * y[1], 1 - x[0] * y[2]]

        y = integrate.solve_ivp(slopes, (0, 1), [1.0, 0, 0], rtol=1e-10, atol=1e-12).y[:, -1]
        return y[0], y[1:].copy()

    return f, rng.uniform(0.5, 2, 2)


@_kind
def _root_by_bisection(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        z = optimize.brentq(lambda t: t**3 + x[0] * t - x[1], -10, 10, xtol=1e-14)
        return z, np.array([-z, 1]) / (3 * z * z + x[0])

    return f, rng.uniform(0.5, 2, 2)


@_kind
def _solution_of_linear_equations(rng: Generator) -> Problem:
    A, c = rng.standard_normal((4, 4)) + 4 * np.eye(4), rng.standard_normal(4)
    return lambda x: (c @ np.linalg.solve(A, np.sin(x)), np.cos(x) * np.linalg.solve(A.T, c)), rng.standard_normal(4)


@_kind
def _exponential_of_a_symmetric_matrix(rng: Generator) -> Problem:
    def f(A: Any) -> Any:
        w, Q = np.linalg.eigh((A + A.T) / 2)
        return np.exp(w).sum(), (Q * np.exp(w)) @ Q.T

    return f, rng.standard_normal((4, 4))


@_kind
def _product_with_a_sparse_matrix(rng: Generator) -> Problem:
    A = sparse.csr_array(np.where(rng.random((15, 10)) < 0.3, rng.standard_normal((15, 10)), 0))
    return lambda x: (((A @ x) ** 2).sum() / 2, A.T @ (A @ x)), rng.standard_normal(10)


@_kind
def _large_loss_by_expit(rng: Generator) -> Problem:
    return lambda x: (1e9 + special.expit(x).sum(), special.expit(x) * special.expit(-x)), rng.standard_normal(3)
