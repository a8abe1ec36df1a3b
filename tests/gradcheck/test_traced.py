"""word2vec/gradcheck/traced.py: absolute values, norms and conjugates keep the derivative."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from word2vec.gradcheck.traced import DroppedError, Traced, traced

X = np.array([0.5, -1.5, 2.0])
H = 1e-20


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: np.abs(x).sum(), np.sign(X)),
        (lambda x: sum(abs(v) for v in x), np.sign(X)),
        (np.linalg.norm, X / np.linalg.norm(X)),
        (lambda x: np.linalg.norm(x[:, None], axis=1).sum(), np.sign(X)),
        (lambda x: np.linalg.norm(x, ord=2), X / np.linalg.norm(X)),
        (lambda x: np.linalg.norm(np.diag(x), "fro"), X / np.linalg.norm(X)),
        (lambda x: np.linalg.norm(x, 1), np.sign(X)),
        (lambda x: np.linalg.norm(x[:, None], 1, axis=1).sum(), np.sign(X)),
        (lambda x: 3 * x.var(), 2 * (X - X.mean())),
        (lambda x: np.std(x), (X - X.mean()) / X.std() / 3),
        (lambda x: np.stack([x, 3 * x]).var(axis=0, ddof=1).sum(), 4 * X),
        (lambda x: (np.sign(x) * x).sum(), np.sign(X)),
        (lambda x: np.vdot(x, x), 2 * X),
        (lambda x: np.linalg.slogdet(np.diag(x)).logabsdet, 1 / X),
        (lambda x: np.linalg.slogdet(x[:, None, None])[1].sum(), 1 / X),
        (lambda x: np.linalg.cholesky(np.diag(x * x) + np.diag([9, 9], 1)).sum(), np.sign(X)),
        (lambda x: np.linalg.cholesky((x * x)[:, None, None]).sum(), np.sign(X)),
        (lambda x: (x * np.conj(x)).sum(), 2 * X),
        (lambda x: np.dot(x, x.conj()), 2 * X),
        (lambda x: np.abs(np.concatenate([x, x])).mean(), np.sign(X) / 3),
        (lambda x: np.where(x.real > 0, x, 0).sum(), X > 0),
        (lambda x: np.log(1 + np.exp(x)).sum(), 1 / (1 + np.exp(-X))),
    ],
)
def test_derivatives(f, slope):
    for i in range(3):
        J = f(traced(X + 1j * H * np.eye(3)[i]))
        assert isinstance(J, Traced)
        assert_allclose(np.imag(J) / H, slope[i], rtol=1e-14)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x, np.inf),
        lambda x: np.linalg.norm(np.diag(x), 2),
        lambda x: np.linalg.cholesky(np.diag(x * x), upper=True),
        lambda x: np.linalg.eigh(np.diag(x)).eigenvectors,
        lambda x: np.linalg.svd(np.diag(x))[1],
        lambda x: np.linalg.qr(np.diag(x)),
        lambda x: np.var(x, dtype=complex),
        lambda x: np.abs(x, out=np.empty(3)),
        lambda x: np.linalg.vecdot(x, x),
        np.angle,
        np.cov,
    ],
)
def test_what_is_not_followed_is_named(f):
    with pytest.raises(DroppedError, match=r"^[a-z]+ drops or turns imaginary parts$"):
        f(traced(X + 0j))


def test_real_results_and_results_written_into_arrays_are_plain():
    z = traced(X + 0j)
    assert type(z.real * 2) is np.ndarray or not isinstance(z.real * 2, Traced)
    buffer = traced(np.zeros(3, complex))
    np.multiply(z, 2, out=buffer)
    assert buffer.tolist() == (2 * X).tolist()
    assert traced("x") == "x"
    assert np.zeros_like(z, dtype=float).tolist() == [0, 0, 0]
    assert np.real(z).tolist() == X.tolist()
