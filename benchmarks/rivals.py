"""Well-known gradient checkers as they are installed; for those that are not, the rules of benchmarks/checkers.py.

Each takes f: x (n,) → (loss, gradient) and x, and returns whether it accepts the gradient. The packages compute no
gradient themselves here: f's is handed to them as the derivative of a function of their own. None is required.
"""

from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy

from benchmarks.checkers import RULES, Function, Rule


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
