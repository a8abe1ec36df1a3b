"""word2vec/gradcheck/frameworks.py: functions of torch, JAX and autograd, passed as they are."""

import sys
import types
from dataclasses import dataclass

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from word2vec.gradcheck import check_gradient, check_hessian, check_jacobian
from word2vec.gradcheck.frameworks import as_numpy
from word2vec.gradcheck.randomness import Frozen
from word2vec.gradcheck.structure import library

V, U = np.random.default_rng(0).standard_normal((2, 5, 3))


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture(scope="module")
def jax():
    return pytest.importorskip("jax", reason="JAX is not installed")


@pytest.fixture
def double(jax):
    """JAX with double precision."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


# without any of them


def test_no_library_is_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    assert library(V) == ""
    assert as_numpy(V) is V
    check_gradient(lambda x: ((x**2).sum(), 2 * x), V)
    assert not {"torch", "jax"} & set(sys.modules)


def test_a_library_that_is_half_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    monkeypatch.setitem(sys.modules, "jax", None)
    assert library(V) == ""
    assert check_gradient(lambda x: ((x**2).sum(), 2 * x), V).passed


# autograd


def of_autograd(p):
    (v, u), c = p
    return anp.sum(anp.tanh(u @ v[0])) + anp.sum(c["b"] ** 2)


def test_value_and_grad_of_autograd():
    x = ([V, U], {"b": V[0]})
    report = check_gradient(autograd.value_and_grad(of_autograd), x, loss=of_autograd)
    assert report.passed, str(report)
    assert report.method.startswith("complex step")
    assert check_gradient(autograd.value_and_grad(of_autograd), x).passed


def test_a_wrong_rule_of_autograd():
    @autograd.extend.primitive
    def cube(x):
        return x**3

    autograd.extend.defvjp(cube, lambda ans, x: lambda g: 2.99 * g * x**2)
    report = check_gradient(autograd.value_and_grad(lambda x: anp.sum(cube(x))), V)
    assert report.verdict == "failed"
    assert report.hints[0].startswith("the gradient of x is 0.996667 × the true one")


def test_jacobians_and_hessians_of_autograd():
    def f(x):
        return anp.tanh(U @ x)

    assert check_jacobian(f, V[0], jacobian=autograd.jacobian(f)).passed

    def loss(x):
        return anp.sum(anp.tanh(U @ x) ** 2)

    assert check_hessian(autograd.value_and_grad(loss), V[0], hessian=autograd.hessian(loss)).passed


# torch


def tensors(torch, dtype="float64", **options):
    return tuple(torch.tensor(a, dtype=getattr(torch, dtype), **options) for a in (V, U))


def pair_loss(torch):
    def loss(x):
        v, u = x
        return torch.log1p(torch.exp(-(u @ v[2]))).sum() + (v**2).sum()

    return loss


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_loss_of_torch_alone(torch, dtype, requires_grad):
    x = tensors(torch, dtype, requires_grad=requires_grad)
    report = check_gradient(pair_loss(torch), x, names=["V", "U"])
    assert report.passed, str(report)
    assert report.method.startswith("complex step")
    assert "torch" in report.frozen
    assert x[0].grad is None
    assert x[0].requires_grad is requires_grad


def test_a_loss_and_gradients_of_torch(torch):
    def f(x):
        v, u = (entry.detach().requires_grad_() for entry in x)
        loss = pair_loss(torch)((v, u))
        loss.backward()
        return loss, [v.grad, u.grad]

    report = check_gradient(f, tensors(torch))
    assert report.passed, str(report)
    wrong = check_gradient(lambda x: (f(x)[0], [f(x)[1][0], 1.001 * f(x)[1][1]]), tensors(torch))
    assert {row[:4] for row in wrong.wrong_rows} == {"x[1]"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_wrong_backward_of_torch(torch, dtype):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return 2.99 * ctx.saved_tensors[0] ** 2 * g

    report = check_gradient(lambda x: Cube.apply(x).sum(), torch.tensor(V, dtype=getattr(torch, dtype)))
    assert report.verdict == "failed"
    assert report.hints[0].startswith("the gradient of x is 0.996667 × the true one")


def test_weights_in_single_precision(torch):
    """f refuses tensors in double precision: it is checked in single, with its floor."""
    W = torch.tensor(U, dtype=torch.float32)

    def loss(x):
        return torch.tanh(W @ x["v"]).sum()

    x = {"v": torch.tensor(V[0], dtype=torch.float32)}
    report = check_gradient(loss, x)
    assert report.passed, str(report)
    wrong = check_gradient(lambda p: (loss(p), {"v": torch.ones(3)}), x)
    assert wrong.verdict == "failed"


def test_sparse_and_missing_gradients_of_torch(torch):
    ids = torch.tensor([0, 2, 2, 4])

    def loss(x):
        return (torch.nn.functional.embedding(ids, x["E"], sparse=True) ** 2).sum()

    x = {"E": torch.tensor(V), "unused": torch.tensor(U)}
    report = check_gradient(loss, x, allow_zero=["unused"])
    assert report.passed, str(report)
    nothing = check_gradient(lambda x: torch.tensor(1.0, dtype=torch.float64), x["E"])
    assert nothing.reason == "contract: the gradient is None: expected that of x"


def test_generators_of_torch(torch):
    def dropout(x):
        return (torch.nn.functional.dropout(x, 0.5) ** 2).sum()

    torch.manual_seed(1)
    before = torch.get_rng_state()
    report = check_gradient(dropout, torch.tensor(V))
    assert report.passed, str(report)
    assert torch.equal(torch.get_rng_state(), before)
    own = torch.Generator().manual_seed(3)

    def noisy(x):
        return (x * torch.rand(3, generator=own, dtype=torch.float64)).sum()

    report = check_gradient(noisy, torch.tensor(V))
    assert report.passed, str(report)
    assert "own" in report.frozen
    assert check_gradient(noisy, torch.tensor(V), generators=own).frozen[-1] == "generators[0]"


def test_jacobians_and_hessians_of_torch(torch):
    def loss(x):
        return torch.tanh(x).sum() * torch.sin(x[0])

    x = torch.tensor(V[0])
    report = check_hessian(loss, x, hessian=lambda x: torch.autograd.functional.hessian(loss, x))
    assert report.passed, str(report)
    assert "complex step" in report.method  # of the backward pass
    report = check_jacobian(torch.tanh, x, jacobian=lambda x: torch.autograd.functional.jacobian(torch.tanh, x))
    assert report.passed, str(report)
    report = check_jacobian(torch.tanh, x, vjp=lambda x, w: w / torch.cosh(x))
    assert report.verdict == "failed"


def test_a_tensor_that_f_changes(torch):
    def f(x):
        x += 1
        return (x**2).sum(), 2 * x

    report = check_gradient(f, torch.tensor(V))
    assert report.reason == "contract: f changes its argument x, first at x[0, 0]: work on x.copy()"


# JAX


def of_jax(jax):
    def loss(x):
        return jax.numpy.tanh(x["U"] @ x["V"][2]).sum() + (x["V"] ** 2).sum()

    return loss, {"V": jax.numpy.array(V), "U": jax.numpy.array(U)}


@pytest.mark.slow
def test_functions_of_jax_in_single_precision(jax):
    loss, x = of_jax(jax)
    assert x["V"].dtype == np.float32
    for f in (loss, jax.jit(jax.value_and_grad(loss))):
        report = check_gradient(f, x)
        assert report.passed, str(report)
        assert "complex numbers" not in report.reason
    wrong = check_gradient(lambda x: (loss(x), {"V": 2 * x["V"], "U": x["U"]}), x)
    assert wrong.verdict == "failed"
    report = check_gradient(jax.value_and_grad(loss), {"V": V, "U": U})
    assert report.verdict != "passed"
    assert "less precise than x: compute it" in report.reason
    assert "pass x as JAX arrays, or enable jax_enable_x64" in report.reason


@pytest.mark.slow
def test_functions_of_jax_in_double_precision(jax, double):
    loss, x = of_jax(jax)
    report = check_gradient(loss, x)
    assert report.passed, str(report)
    assert report.method.startswith("complex step")
    assert check_gradient(jax.jit(jax.value_and_grad(loss)), x, loss=loss).passed
    assert check_gradient(jax.jit(jax.value_and_grad(loss)), {"V": V, "U": U}).passed


def test_a_wrong_rule_of_jax(jax):
    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (2.99 * x**2 * g,))
    report = check_gradient(lambda x: cube(x).sum(), jax.numpy.array(V))
    assert report.verdict == "failed"
    assert report.hints[0].startswith("the gradient of x is 0.99666")


@pytest.mark.slow
def test_jacobians_and_hessians_of_jax(jax, double):
    loss, x = of_jax(jax)

    x = {name: array[:3, :2] for name, array in x.items()}

    @jax.jit
    def product(x, v):
        return jax.jvp(jax.grad(loss), (x,), (v,))[1]

    report = check_hessian(loss, x, hvp=product)
    assert report.passed, str(report)
    assert "complex step" in report.method
    wrong = check_hessian(loss, x, hvp=lambda x, v: {**product(x, v), "U": 1.01 * product(x, v)["U"]})
    assert wrong.verdict == "failed"

    def f(x):
        return jax.numpy.tanh(x["U"] @ x["V"][0])

    assert check_jacobian(f, x, jacobian=jax.jacrev(f)).passed
    assert check_jacobian(lambda x: jax.vjp(f, x), x).passed


@dataclass(frozen=True)
class Still:
    """An object that cannot replace its key."""

    key: object


def test_random_keys_of_jax(jax):
    class Stream:
        def __init__(self, key):
            self.key = key

        def draw(self, shape):
            self.key, key = jax.random.split(self.key)
            return jax.random.normal(key, shape)

    for key in (jax.random.PRNGKey(0), jax.random.key(0)):
        stream = Stream(key)
        report = check_gradient(lambda x, stream=stream: (x * stream.draw(x.shape)).sum(), jax.numpy.array(V))
        assert report.passed, str(report)
        assert "stream.key" in report.frozen
        assert stream.key is key
    still = Still(jax.random.PRNGKey(0))
    assert check_gradient(lambda x: (x * jax.random.normal(still.key, x.shape)).sum(), jax.numpy.array(V)).passed
    key = jax.random.PRNGKey(0)

    def f(x):
        nonlocal key
        key, new = jax.random.split(key)
        return (x * jax.random.normal(new, x.shape)).sum()

    assert "key" in Frozen(f).names
    assert check_gradient(f, jax.numpy.array(V)).passed
