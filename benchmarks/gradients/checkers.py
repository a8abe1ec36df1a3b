"""Well-known gradient checkers: RULES as their documentation and sources state them, RIVALS as they are installed.

Each takes f: x (n,) → (loss, gradient) and x, and returns whether it accepts the gradient. Of a rule, steps,
tolerances, numbers of directions and the handling of randomness are theirs; the code is ours. Where a checker leaves
the verdict to its reader, the docstring names the threshold assumed here. The packages compute no gradient themselves
here: f's is handed to them as the derivative of a function of their own. None is required: the rule stands for it.
"""

import random
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy
from scipy.optimize import check_grad
from scipy.optimize._numdiff import check_derivative

Function = Callable[[Any], tuple[Any, Any]]
Rule = Callable[[Function, Any], bool]


def gradcheck_naive(f: Function, x: Any) -> bool:
    """CS224n: central 1e-4, each coordinate; error ÷ max(1, both) ≤ 1e-5; restores `random`, nothing else."""
    state = random.getstate()
    random.setstate(state)
    gradient = f(x)[1]
    for i in range(len(x)):
        values = []
        for h in (1e-4, -2e-4):
            x[i] += h
            random.setstate(state)
            values.append(f(x)[0])
        x[i] += 1e-4
        numeric = (values[0] - values[1]) / 2e-4
        if abs(numeric - gradient[i]) / max(1, abs(numeric), abs(gradient[i])) > 1e-5:
            return False
    return True


def cs231n(f: Function, x: Any) -> bool:
    """CS231n: central 1e-5, each coordinate; its notes call a relative error above 1e-4 too high if smooth."""
    gradient, numeric = f(x)[1], _central(f, x, 1e-5)
    return bool((np.abs(numeric - gradient) <= 1e-4 * np.maximum(1e-8, np.abs(numeric) + np.abs(gradient))).all())


def scipy_check_grad(f: Function, x: Any) -> bool:
    """SciPy: forward 1.5e-8, returns the norm of the error; assumed to be read as wrong above 1e-5."""
    return bool(check_grad(lambda y: f(y)[0], lambda y: f(y)[1], x) <= 1e-5)


def scipy_approx_derivative(f: Function, x: Any) -> bool:
    """SciPy's approx_derivative, 3-point, as its check_derivative has it, by which right is an error near 1e-6."""
    return bool(check_derivative(lambda y: f(y)[0], lambda y: f(y)[1], x) <= 1e-6)


def scipy_differentiate(f: Function, x: Any) -> bool:
    """SciPy's adaptive jacobian; wrong, so assumed here, where off by over 10 times the error that it estimates."""
    from scipy.differentiate import jacobian  # there from SciPy 1.15

    result = jacobian(lambda y: np.apply_along_axis(lambda v: f(v)[0], 0, y), x)
    return bool((np.abs(result.df - f(x)[1]) <= 10 * np.maximum(result.error, 1e-14 * np.abs(result.df).max())).all())


def torch_slow(f: Function, x: Any) -> bool:
    """torch.autograd.gradcheck: central 1e-6, each coordinate; atol 1e-5, rtol 1e-3; gradients of two runs equal."""
    gradient = np.array(f(x)[1])
    if gradient.shape != x.shape or not np.array_equal(gradient, f(x)[1]):
        return False
    return np.allclose(gradient, _central(f, x, 1e-6), rtol=1e-3, atol=1e-5)


def torch_fast(f: Function, x: Any) -> bool:
    """The same with fast_mode: one direction of positive random entries, length 1; atol grows with their sum."""
    gradient = np.array(f(x)[1])
    if gradient.shape != x.shape or not np.array_equal(gradient, f(x)[1]):
        return False
    u = np.random.default_rng(0).random(len(x))
    u /= np.sqrt(u @ u)
    return np.allclose(gradient @ u, _along(f, x, u, 1e-6), rtol=1e-3, atol=1e-5 * u.sum())


def jax_check_grads(f: Function, x: Any) -> bool:
    """jax.test_util.check_grads in reverse mode: one normal direction, central 1e-4; atol and rtol 1e-5."""
    u = np.random.default_rng(1).standard_normal(len(x))
    return bool(np.allclose(f(x)[1] @ u, _along(f, x, u, 1e-4), rtol=1e-5, atol=1e-5))


def jax_float32(f: Function, x: Any) -> bool:
    """The same in its default precision: x, loss and gradient are float32, atol and rtol 2e-3."""
    u = np.random.default_rng(1).standard_normal(len(x)).astype(np.float32)
    x, h = x.astype(np.float32), np.float32(1e-4)
    low, high = (np.float32(f((x + step * u).astype(float))[0]) for step in (-h, h))
    return bool(np.allclose(np.float32(f(x.astype(float))[1]) @ u, (high - low) / (2 * h), rtol=2e-3, atol=2e-3))


def hips_check_grads(f: Function, x: Any) -> bool:
    """HIPS autograd: one normal direction, central 5e-7; absolute or relative error below 1e-6; the type of x."""
    u = np.random.default_rng(2).standard_normal(len(x))
    gradient = f(x)[1]
    a, b = gradient @ u, _along(f, x, u, 5e-7)
    return gradient.dtype == x.dtype and bool(abs(a - b) < 1e-6 or abs(a - b) < 1e-6 * abs(a + b))


def chainer(f: Function, x: Any) -> bool:
    """Chainer's check_backward: one random direction of length 1, central 1e-3; atol 1e-5, rtol 1e-4."""
    u = np.random.default_rng(3).standard_normal(len(x))
    u /= np.sqrt(u @ u)
    return bool(np.allclose(f(x)[1] @ u, _along(f, x, u, 1e-3), rtol=1e-4, atol=1e-5))


def pytensor(f: Function, x: Any) -> bool:
    """pytensor's verify_grad: forward 1e-7, each coordinate; wrong where both errors exceed 1e-4."""
    J, gradient = f(x)
    numeric = np.array([(f(x + step)[0] - J) / 1e-7 for step in 1e-7 * np.eye(len(x))])
    error = np.abs(numeric - gradient)
    return not ((error > 1e-4) & (error > 1e-4 * np.maximum(np.abs(numeric) + np.abs(gradient), 1e-8))).any()


def _along(f: Function, x: Any, u: Any, h: float) -> float:
    """Compute the central difference along a direction."""
    return float((f(x + h * u)[0] - f(x - h * u)[0]) / (2 * h))


def _central(f: Function, x: Any, h: float) -> Any:
    """Compute the central difference in each coordinate."""
    return np.array([_along(f, x, unit, h) for unit in np.eye(len(x))])


RULES: dict[str, Rule] = {
    "gradcheck_naive": gradcheck_naive,
    "CS231n": cs231n,
    "scipy": scipy_check_grad,
    "scipy approx_derivative": scipy_approx_derivative,
    **({"scipy.differentiate": scipy_differentiate} if find_spec("scipy.differentiate") else {}),
    "torch": torch_slow,
    "torch fast": torch_fast,
    "jax": jax_check_grads,
    "jax float32": jax_float32,
    "HIPS": hips_check_grads,
    "Chainer": chainer,
    "pytensor": pytensor,
}


# the packages


def _torch(fast: bool) -> Rule:
    def check(f: Function, x: Any) -> bool:
        import torch

        class Loss(torch.autograd.Function):
            """The loss whose derivative is f's gradient."""

            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                """Keep the gradient for `backward`, return the loss."""
                J, ctx.gradient = f(x.detach().numpy())
                return torch.as_tensor(np.asarray(J).real)

            @staticmethod
            def backward(ctx: Any, grad: Any) -> Any:
                """Multiply the gradient by that of the loss."""
                return torch.from_numpy(np.asarray(ctx.gradient)) * grad

        start = torch.from_numpy(np.array(x)).requires_grad_()
        return bool(torch.autograd.gradcheck(Loss.apply, (start,), fast_mode=fast, raise_exception=False))

    return check


def _jax(double: bool) -> Rule:
    def check(f: Function, x: Any) -> bool:
        import jax
        from jax.test_util import check_grads

        with jax.enable_x64(double):
            loss = jax.custom_vjp(lambda x: jax.numpy.asarray(f(np.array(x))[0]))
            loss.defvjp(
                lambda x: (jax.numpy.asarray((found := f(np.array(x)))[0]), jax.numpy.asarray(found[1])),
                lambda gradient, grad: (gradient * grad,),
            )
            try:
                check_grads(loss, (jax.numpy.asarray(x),), order=1, modes=["rev"])
            except (AssertionError, TypeError, ValueError):
                return False
        return True

    return check


def _hips(f: Function, x: Any) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    loss = primitive(lambda x: f(x)[0])
    defvjp(loss, lambda _, x: lambda grad: grad * f(x)[1])
    try:
        check_grads(loss, modes=["rev"], order=1)(x)
    except (AssertionError, TypeError, ValueError):
        return False
    return True


PACKAGES: dict[str, tuple[str, Rule]] = {
    "torch": ("torch", _torch(False)),
    "torch fast": ("torch", _torch(True)),
    "jax": ("jax", _jax(True)),
    "jax float32": ("jax", _jax(False)),
    "HIPS": ("autograd", _hips),
}
INSTALLED = {name: package for name, (package, _) in PACKAGES.items() if find_spec(package)}
RIVALS: dict[str, Rule] = {name: PACKAGES[name][1] if name in INSTALLED else rule for name, rule in RULES.items()}


def which() -> str:
    """Return which rivals were run as packages, with their versions, and which as rules."""
    versions = {name: scipy.__version__ for name in RIVALS if name.startswith("scipy")}
    versions |= {name: version(INSTALLED[name]) for name in INSTALLED}
    rules = [name for name in RIVALS if name not in versions]
    return f"run as packages: {', '.join(f'{n} {v}' for n, v in versions.items())}; as rules: {', '.join(rules)}"
