"""Arrays of PyTorch and JAX, never imported here: who passes such an array has loaded its library.

A function of such arrays may return its loss alone; its gradient is then what the library's backward pass gives.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .structure import flatten, library, rebuild


def as_numpy(value: Any) -> Any:
    """Return a tensor or a sparse matrix (torch, JAX, scipy.sparse) as an array, anything else as it is."""
    if isinstance(value, np.ndarray):
        return value
    if library(value) == "torch":
        dense = value.detach().to_dense() if value.layout is not sys.modules["torch"].strided else value.detach()
        return dense.cpu().resolve_conj().resolve_neg().numpy()
    if library(value) == "jax":
        return np.asarray(value)
    if hasattr(value, "toarray"):  # scipy.sparse sums repeated entries
        return value.toarray()
    if type(value).__module__.startswith("jax.") and hasattr(value, "todense"):
        return np.asarray(value.todense())
    return value


def like(array: Any, example: Any) -> Any:
    """Return a NumPy array as a new array of the example's library, on its device and with its requires_grad."""
    if (name := library(example)) == "jax":
        return sys.modules["jax"].numpy.array(array)
    if name == "torch":
        tensor = sys.modules["torch"].from_numpy(np.array(array)).to(example.device)
        return tensor.requires_grad_(example.requires_grad)
    return array


def is_loss(returned: Any) -> bool:
    """Return whether this is a loss alone, with no gradient: a scalar of torch or JAX."""
    return library(returned) != "" and returned.ndim == 0


def with_gradient(loss: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """Return the loss at x and its gradient in x's structure, as the backward pass of torch or JAX gives it.

    At a complex x that is dL/dz of a holomorphic loss; JAX and torch (which returns its conjugate) can give it.
    """
    leaves = [leaf for _, leaf in flatten(x)]
    tensors = [leaf for leaf in leaves if library(leaf)]
    if library(tensors[0]) == "jax":
        holomorphic = any(leaf.dtype.kind == "c" for leaf in tensors)
        by_jax = sys.modules["jax"].value_and_grad(
            lambda values: loss(rebuild(x, iter(values))), holomorphic=holomorphic
        )
        value, found = by_jax(leaves)
        return value, rebuild(x, iter(found))
    torch = sys.modules["torch"]
    value = loss(rebuild(x, (leaf.requires_grad_() if library(leaf) else leaf for leaf in leaves)))
    found = [None] * len(tensors)
    if value.requires_grad:
        seed = torch.ones_like(value)
        found = list(torch.autograd.grad(value, tensors, seed, allow_unused=True))
    missing = (None if gradient is None else gradient.conj() for gradient in found)
    return value, rebuild(x, (next(missing) if library(leaf) else None for leaf in leaves))
