"""More correct functions: likelihoods and learning machines, in the form of correct_functions.py."""

from typing import Any

import numpy as np
from scipy import special

from benchmarks.gradients.correct_functions import Generator, Maker, Problem, kind_of
from word2vec.functions import log_softmax, sigmoid, softmax

MODELS: dict[str, Maker] = {}
_kind = kind_of(MODELS)


# Likelihoods.


@_kind
def _normal_likelihood(rng: Generator) -> Problem:
    y = 5 + 2 * rng.standard_normal(30)
    return lambda x: (
        (x[1] + ((y - x[0]) * np.exp(-x[1])) ** 2 / 2).sum(),
        np.array([-((y - x[0]) * np.exp(-2 * x[1])).sum(), (1 - ((y - x[0]) * np.exp(-x[1])) ** 2).sum()]),
    ), rng.standard_normal(2)


@_kind
def _gamma_likelihood(rng: Generator) -> Problem:
    y = rng.gamma(2, 1, 20)
    return lambda x: (
        len(y) * (special.gammaln(x[0]) - x[0] * np.log(x[1])) - (x[0] - 1) * np.log(y).sum() + x[1] * y.sum(),
        np.array(
            [len(y) * (special.digamma(x[0]) - np.log(x[1])) - np.log(y).sum(), -len(y) * x[0] / x[1] + y.sum()]
        ),
    ), rng.uniform(0.5, 4, 2)


@_kind
def _Dirichlet_likelihood(rng: Generator) -> Problem:
    L = np.log(rng.dirichlet([2, 3, 4], 10)).sum(axis=0)
    return lambda a: (
        10 * (special.gammaln(a).sum() - special.gammaln(a.sum())) - (a - 1) @ L,
        10 * (special.digamma(a) - special.digamma(a.sum())) - L,
    ), rng.uniform(0.5, 4, 3)


@_kind
def _Weibull_likelihood(rng: Generator) -> Problem:
    y = rng.weibull(1.5, 20)

    def f(x: Any) -> Any:
        k, s = np.exp(x)
        r, power = np.log(y / s), (y / s) ** k
        return (power - np.log(k / s) - (k - 1) * r).sum(), np.array(
            [(k * r * (power - 1) - 1).sum(), (k * (1 - power)).sum()]
        )

    return f, 0.3 * rng.standard_normal(2)


@_kind
def _von_Mises_likelihood(rng: Generator) -> Problem:
    y = rng.vonmises(1, 2, 20)
    return lambda x: (
        (np.log(special.i0e(x[1])) + x[1] - x[1] * np.cos(y - x[0])).sum(),
        np.array([-x[1] * np.sin(y - x[0]).sum(), (special.i1e(x[1]) / special.i0e(x[1]) - np.cos(y - x[0])).sum()]),
    ), rng.uniform(0.5, 3, 2)


@_kind
def _mixture_of_Gaussians(rng: Generator) -> Problem:
    y = np.concatenate([rng.standard_normal(10) - 2, rng.standard_normal(10) + 2])

    def f(x: Any) -> Any:
        logits, mean = x
        scores = log_softmax(logits) - (y[:, None] - mean) ** 2 / 2  # (20, 2)
        r = softmax(scores)
        J = -(scores - log_softmax(scores)).mean(axis=1).sum()
        return J, len(y) * softmax(logits) - r.sum(axis=0), -(r * (y[:, None] - mean)).sum(axis=0)

    return f, (rng.standard_normal(2), 2 * rng.standard_normal(2))


@_kind
def _multivariate_normal_by_Cholesky(rng: Generator) -> Problem:
    Y = rng.standard_normal((20, 3))

    def f(L: Any) -> Any:  # the lower triangle and its diagonal count
        L = np.tril(L)
        Z = np.linalg.solve(L, Y.T)  # (3, 20)
        return (Z * Z).sum() / 2 + 20 * np.log(np.diag(L)).sum(), np.tril(
            20 * np.diag(1 / np.diag(L)) - np.linalg.solve(L.T, Z @ Z.T)
        )

    return f, np.tril(rng.standard_normal((3, 3)), -1) + np.diag(rng.uniform(0.5, 2, 3))


@_kind
def _Gaussian_process(rng: Generator) -> Problem:
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
def _Cox_likelihood(rng: Generator) -> Problem:
    X = rng.standard_normal((10, 3))  # in order of their deaths

    def f(w: Any) -> Any:
        e = np.exp(X @ w)
        at_risk = np.cumsum(e[::-1])[::-1]
        means = np.cumsum((e[:, None] * X)[::-1], axis=0)[::-1] / at_risk[:, None]
        return (np.log(at_risk) - X @ w).sum(), (means - X).sum(axis=0)

    return f, rng.standard_normal(3)


@_kind
def _Bradley_Terry_likelihood(rng: Generator) -> Problem:
    won, lost = rng.integers(0, 5, (2, 20))

    def f(x: Any) -> Any:
        d = x[lost] - x[won]
        return np.log1p(np.exp(d)).sum(), np.bincount(lost, sigmoid(d), 5) - np.bincount(won, sigmoid(d), 5)

    return f, rng.standard_normal(5)


@_kind
def _Plackett_Luce_likelihood(rng: Generator) -> Problem:
    order = rng.permutation(6)

    def f(x: Any) -> Any:
        s = x[order]
        rest = np.cumsum(np.exp(s)[::-1])[::-1]
        g = np.empty_like(x)
        g[order] = np.exp(s) * np.cumsum(1 / rest) - 1
        return (np.log(rest) - s).sum(), g

    return f, rng.standard_normal(6)


@_kind
def _hidden_Markov_model(rng: Generator) -> Problem:
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
def _multinomial_regression(rng: Generator) -> Problem:
    X, y = rng.standard_normal((15, 4)), rng.integers(0, 3, 15)
    return lambda W: (
        -log_softmax(X @ W)[np.arange(15), y].sum(),
        X.T @ (softmax(X @ W) - np.eye(3)[y]),
    ), rng.standard_normal((4, 3))


# Learning machines.


@_kind
def _two_layers_of_tanh(rng: Generator) -> Problem:
    X, Y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))

    def f(x: Any) -> Any:
        h = np.tanh(X @ x["W"] + x["b"])
        e = h @ x["v"] - Y
        d = (e @ x["v"].T) * (1 - h * h)
        return (e * e).mean(), {"W": X.T @ d / 8, "b": d.sum(axis=0) / 8, "v": h.T @ e / 8}

    return f, {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4), "v": rng.standard_normal((4, 2))}


@_kind
def _recurrent_net(rng: Generator) -> Problem:
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
def _attention(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        Q, K, V = x
        A = softmax(Q @ K.T / 2)
        out = A @ V
        dA = 2 * out @ V.T
        dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / 2
        return (out * out).sum(), dS @ K, dS.T @ Q, A.T @ (2 * out)

    return f, tuple(rng.standard_normal((3, 5, 4)))


@_kind
def _contrastive_loss(rng: Generator) -> Problem:
    def f(x: Any) -> Any:
        A, B = x
        S = A @ B.T / 0.5
        d = (softmax(S) - np.eye(4)) / 2.0  # divided by 4 rows and by the temperature
        return -np.diag(log_softmax(S)).mean(), d @ B, d.T @ A

    return f, [rng.standard_normal((4, 3)), rng.standard_normal((4, 3))]


@_kind
def _matrix_factorisation(rng: Generator) -> Problem:
    M, seen = rng.standard_normal((5, 6)), rng.integers(0, 2, (5, 6))

    def f(x: Any) -> Any:
        E = (x[0] @ x[1].T - M) * seen
        return (
            (E * E).sum() / 2 + 0.05 * ((x[0] ** 2).sum() + (x[1] ** 2).sum()),
            E @ x[1] + 0.1 * x[0],
            E.T @ x[0] + 0.1 * x[1],
        )

    return f, (rng.standard_normal((5, 2)), rng.standard_normal((6, 2)))


@_kind
def _autoencoder_with_tied_weights(rng: Generator) -> Problem:
    X = rng.standard_normal((6, 4))
    return lambda W: (
        ((X @ W @ W.T - X) ** 2).sum() / 2,
        X.T @ (X @ W @ W.T - X) @ W + (X @ W @ W.T - X).T @ X @ W,
    ), rng.standard_normal((4, 2))


@_kind
def _t_SNE(rng: Generator) -> Problem:
    p = rng.uniform(0, 1, (5, 5)) * (1 - np.eye(5))
    p = (p + p.T) / (2 * p.sum())

    def f(Y: Any) -> Any:
        q = 1 / (1 + ((Y[:, None] - Y) ** 2).sum(axis=2)) * (1 - np.eye(5))
        off = p > 0
        W = 4 * (p - q / q.sum()) * q
        return (p[off] * np.log(p[off] * q.sum() / q[off])).sum(), W.sum(axis=1)[:, None] * Y - W @ Y

    return f, rng.standard_normal((5, 2))


@_kind
def _GloVe(rng: Generator) -> Problem:
    X = rng.poisson(5, (5, 5)) + 1
    weight = np.minimum(1, (X / 10) ** 0.75)

    def f(x: Any) -> Any:
        W, C, b = x
        E = W @ C.T + b[:, None] - np.log(X)
        return (weight * E * E).sum(), 2 * (weight * E) @ C, 2 * (weight * E).T @ W, 2 * (weight * E).sum(axis=1)

    return f, (rng.standard_normal((5, 3)), rng.standard_normal((5, 3)), rng.standard_normal(5))


@_kind
def _factorisation_machine(rng: Generator) -> Problem:
    X, y = rng.integers(0, 2, (10, 5)).astype(float), rng.standard_normal(10)

    def f(x: Any) -> Any:
        w, V = x
        s = X @ V  # (10, 2)
        e = X @ w + ((s * s) - (X * X) @ (V * V)).sum(axis=1) / 2 - y
        return (e * e).sum() / 2, X.T @ e, X.T @ (e[:, None] * s) - ((X * X).T @ e)[:, None] * V

    return f, (rng.standard_normal(5), rng.standard_normal((5, 2)))


@_kind
def _batch_normalisation(rng: Generator) -> Problem:
    T = rng.standard_normal((8, 3))

    def f(x: Any) -> Any:
        X, gain = x
        d = X - X.mean(axis=0)
        s = np.sqrt((d * d).mean(axis=0) + 1e-5)
        z = d / s
        dz = (2 * gain) * (gain * z - T)
        return (
            ((gain * z - T) ** 2).sum(),
            (dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)) / s,
            (2 * (gain * z - T) * z).sum(axis=0),
        )

    return f, (rng.standard_normal((8, 3)), rng.standard_normal(3))


@_kind
def _dice_loss(rng: Generator) -> Problem:
    y = rng.integers(0, 2, 8)

    def f(x: Any) -> Any:
        p = sigmoid(x)
        top, low = 2 * (p @ y) + 1, p.sum() + y.sum() + 1
        return 1 - top / low, -(2 * y / low - top / low**2) * p * (1 - p)

    return f, rng.standard_normal(8)


@_kind
def _Euler_steps_of_a_pendulum(rng: Generator) -> Problem:
    h, steps = 0.05, 40

    def f(x: Any) -> Any:
        angle, speed, J = x[0], x[1], np.eye(2, dtype=x.dtype)  # J: ∂(angle, speed)/∂x
        for _ in range(steps):
            M = np.array([[1, h], [-h * np.cos(angle), 1]])
            angle, speed, J = angle + h * speed, speed - h * np.sin(angle), M @ J
        return angle**2 + speed**2, 2 * np.array([angle, speed]) @ J

    return f, rng.standard_normal(2)


@_kind
def _string_of_Ising_spins_in_a_mean_field(rng: Generator) -> Problem:
    J = rng.standard_normal((6, 6))
    J = J + J.T

    def f(m: Any) -> Any:
        entropy = ((1 + m) * np.log((1 + m) / 2) + (1 - m) * np.log((1 - m) / 2)).sum() / 2
        return entropy - m @ J @ m / 2, np.log((1 + m) / (1 - m)) / 2 - J @ m

    return f, rng.uniform(-0.9, 0.9, 6)
