"""Jacobians and Hessians, checked output by output as gradients are."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np

from .check import check_gradient
from .contract import BreachError, Function, as_array, as_dense, call, gradients, split
from .frameworks import as_numpy, is_loss, like, with_gradient
from .parameters import Array, Parameters
from .randomness import Frozen, one_at_a_time
from .report import GradientReport
from .structure import flatten, rebuild
from .traced import Traced

MOST_OUTPUTS, COMBINATIONS = 50, 3
MOST_KEPT = 5_000_000  # numbers of values of f that are kept between the checks of its outputs
SHOWN = 6
OPTIONS = {"name", "names", "words", "generators", "rtol", "limit", "only", "seed"}  # of `check_gradient`

Product = Callable[[Any, Any], Any]  # (x, weights of the outputs or direction) → gradient in x's structure


def check_jacobian(
    f: Function,
    x: Any,
    *,
    jacobian: Function | None = None,
    vjp: Product | None = None,
    allow_zero: Sequence[str] = (),
    **options: Any,
) -> GradientReport:
    """Return a report on whether a vector-valued f comes with its Jacobian.

    Random combinations of the outputs are checked first, then each output, as a loss with its row of the Jacobian as
    gradient. Of more than 50 outputs, a random 50 are checked; if a combination fails, but none of these does, also
    one that makes it fail. If its values fit in memory, f is evaluated only as often as for a single loss, and before
    each product. `worst` and `wrong_rows` name the output.

    Parameters
    ----------
    f : function x → (values, Jacobian), or (values, function weights → gradient), or with one of the next two: x →
        values. The values are an array of any shape S, real; the Jacobian has for each array in x an array of the
        shape S + its shape, or (outputs, entries), dense or sparse
    x : as for `check_gradient`
    jacobian : function x → Jacobian
    vjp : function (x, weights) → Σ weights · ∂values/∂x, with x's structure: the vector-Jacobian product; f has been
        called with x just before, so that a layer's backward pass may use what its forward pass kept
    options : name, names, words, generators, allow_zero, rtol, limit, only, seed of `check_gradient`

    Raises TypeError if both jacobian and vjp are given; else as `check_gradient`.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import softmax, softmax_jacobian
    >>> from word2vec.gradcheck import check_jacobian
    >>> check_jacobian(softmax, np.array([1.0, 2.0, -1.0]), jacobian=softmax_jacobian).verdict
    'passed'
    """
    if jacobian is not None and vjp is not None:
        raise TypeError("both jacobian and vjp are given: expected at most one of them")
    return _check(_Vector(f, x, jacobian, vjp, options), allow_zero)


def check_hessian(
    f: Function,
    x: Any,
    *,
    hessian: Function | None = None,
    hvp: Product | None = None,
    allow_zero: Sequence[str] = (),
    **options: Any,
) -> GradientReport:
    """Return a report on whether f comes with its Hessian.

    The gradient is checked first, then the Hessian as the Jacobian of the gradient: by complex steps of the gradient
    where f allows them. An asymmetric Hessian is named.

    Parameters
    ----------
    f : function x → (loss, gradient, Hessian), or with one of the next two: x → (loss, gradient), or of tensors the
        loss alone
    x : as for `check_gradient`
    hessian : function x → Hessian: an array (n, n), dense or sparse, n the number of all entries of x in order; for
        one array also of the shape x.shape + x.shape
    hvp : function (x, v) → H v, v and H v with x's structure: the Hessian-vector product
    options : as for `check_jacobian`

    Raises TypeError if both hessian and hvp are given; else as `check_gradient`.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import check_hessian
    >>> A = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> check_hessian(lambda x: (x @ A @ x / 2, A @ x, A), np.array([1.0, 2.0])).verdict
    'passed'
    """
    if hessian is not None and hvp is not None:
        raise TypeError("both hessian and hvp are given: expected at most one of them")
    curved = _Curved(f, x, hessian, hvp, options)
    blocks = [block.name for block in curved.parameters.blocks]
    first = check_gradient(curved.gradient, x, allow_zero=blocks, **curved.options)  # zero as at an optimum
    if first.verdict == "failed":
        return replace(first, reason=f"{first.reason} (of the gradient; the Hessian was not checked)", call="")
    return _check(curved, allow_zero)


class _Vector:
    """A vector-valued function with its Jacobian, seen as losses: sums of its outputs with weights.

    shape, m : of the values, and how many they are; set by `measure`
    """

    what = "Jacobian"
    own_options: Set[str] = frozenset({"allow_zero", "jacobian", "vjp"})

    def __init__(
        self, f: Function, x: Any, jacobian: Function | None, vjp: Product | None, options: dict[str, Any]
    ) -> None:
        for name, function in (("f", f), (f"the {self.what}", jacobian or f), ("the product", vjp or f)):
            if not callable(function):
                raise TypeError(f"{name} is {function!r:.60}: expected a function of x")
        if unknown := sorted(options.keys() - OPTIONS):
            expected = ", ".join(sorted(OPTIONS | self.own_options))
            raise TypeError(f"there is no option {unknown[0]!r}: expected one of {expected}")
        self.f, self.jacobian, self.vjp = f, jacobian, vjp
        self.parameters = Parameters(x, options.get("names"), options.get("words"))
        self.options = {"name": str(getattr(f, "__qualname__", type(f).__name__)), **options}
        self.is_transposed = self.is_known = False  # is_known: f may be asked once for each point
        self.values, self.pairs = dict[bytes, Array](), dict[bytes, Any]()

    def measure(self, frozen: Frozen) -> None:
        """Evaluate f at x; raise BreachError unless it returns real values and a derivative."""
        values = call(self.evaluate, self.parameters.original(self.parameters.flat), frozen)[0]
        if values.dtype.kind not in "iuf":
            raise BreachError(f"the values of f are {values.dtype}: expected an array of real numbers")
        self.shape, self.m = values.shape, values.size

    def evaluate(self, x: Any) -> tuple[Array, Any]:
        """Return the values at x, and what f returns with them."""
        returned, derivative = self.f(x), None
        if self.jacobian is None and self.vjp is None:
            if not isinstance(returned, tuple | list) or len(returned) != 2:
                raise BreachError(
                    f"f returned a {type(returned).__name__}: expected (values, Jacobian); or pass jacobian= or vjp="
                )
            returned, derivative = returned
        elif isinstance(returned, tuple) and any(map(np.ndim, returned[:1])):  # with what the backward pass needs
            raise BreachError("f returned a tuple: expected an array of values, as lambda x: f(x)[0] returns")
        self.example = returned
        if isinstance(returned, Traced):
            return returned, derivative
        return as_array(returned, "value of f").copy(), derivative  # f may write the next ones there

    def loss(self, weights: Array, x: Any) -> Any:
        """Compute Σ weights · values at x."""
        key = _key(x)
        values = self.values[key] if key in self.values else self.evaluate(x)[0]
        if (len(self.values) + 1) * self.m <= MOST_KEPT:
            self.values[key] = values
        return weights.astype(values.real.dtype) @ values.ravel()

    def __call__(self, weights: Array, x: Any) -> tuple[Any, Any]:
        """Compute Σ weights · values and its gradient at x."""
        key = _key(x)
        values, derivative = self.pairs[key] if self.is_known and key in self.pairs else self.evaluate(x)
        weights = weights.astype(values.real.dtype)
        if self.vjp is not None or callable(derivative):  # which may use what f kept of x
            return weights @ values.ravel(), self.product(x, derivative, weights)
        derivative = self.jacobian(x) if self.jacobian is not None and derivative is None else derivative
        gradient = rebuild(self.parameters.x, iter(self.rows(derivative, weights)))
        if len(self.pairs) < SHOWN:
            kept = derivative.copy() if isinstance(derivative, np.ndarray) else derivative
            self.pairs[key] = values, kept
        return weights @ values.ravel(), gradient

    def product(self, x: Any, pullback: Any, weights: Array) -> Any:
        """Return the vector-Jacobian product."""
        like_values = like(weights.reshape(self.shape), self.example)
        found = self.vjp(x, like_values) if self.vjp is not None else pullback(like_values)
        is_wrapped = isinstance(found, tuple) and len(found) == 1 and not isinstance(x, tuple)  # as jax.vjp does
        return found[0] if is_wrapped else found

    def rows(self, derivative: Any, weights: Array) -> Iterator[Array]:
        """Yield Σ weights · rows of the Jacobian for each array of x."""
        for leaf, part in zip(self.parameters.leaves, self.parts(derivative), strict=True):
            expected, size = (*self.shape, *leaf.shape), leaf.part.stop - leaf.part.start
            matrix = np.zeros(expected) if part is None else as_array(part, self.what)
            if matrix.shape not in (expected, (self.m, size)):
                raise BreachError(
                    f"the {self.what} of {leaf.name} has the shape {matrix.shape}: expected {expected}, that of the "
                    "outputs, then that of x"
                )
            matrix = matrix.reshape(self.m, size)  # (m, size): outputs by entries
            yield (weights @ (matrix.T if self.is_transposed else matrix)).reshape(leaf.shape)

    def parts(self, derivative: Any) -> list[Any]:
        """Return the Jacobian's part for each array of x."""
        try:
            return gradients(derivative, self.parameters)
        except BreachError as breach:
            raise BreachError(str(breach).replace("the gradient", f"the {self.what}")) from breach

    def check(self, weights: Array, allow_zero: Sequence[str]) -> GradientReport:
        """Check Σ weights · values as a loss."""
        f, loss = partial(self, weights), partial(self.loss, weights)
        return check_gradient(f, self.parameters.x, loss=loss, allow_zero=allow_zero, **self.options)

    def find_wrong(self, weights: Array, allow_zero: Sequence[str]) -> int:
        """Return an output that makes a combination of them fail, searched by halves."""
        part = np.arange(self.m)
        while len(part) > 1:
            half, rest = np.array_split(part, 2)
            fails = self.check(np.where(np.isin(np.arange(self.m), half), weights, 0.0), allow_zero)
            part = half if fails.verdict == "failed" else rest
        return int(part[0])

    def hint(self) -> str:
        """Return what a wrong Jacobian looks like as a whole, "" if nothing is known."""
        if self.vjp is not None or self.m != self.parameters.n or len(self.parameters.leaves) > 1:
            return ""
        self.is_transposed = True
        try:
            passes = check_gradient(
                partial(self, np.linspace(1, 2, self.m)), self.parameters.x, **self.options
            ).passed
        finally:
            self.is_transposed = False
        return "the Jacobian is transposed: a row belongs to an output, a column to an entry of x" if passes else ""

    def label(self, i: int) -> str:
        """Return the name of output i."""
        index = ", ".join(str(k) for k in np.unravel_index(i, self.shape))
        return f"output [{index}]" if index else "the output"


class _Curved(_Vector):
    """The gradient of a function as a vector, with the Hessian as its Jacobian."""

    what = "Hessian"
    own_options = frozenset({"allow_zero", "hessian", "hvp"})

    def gradient(self, x: Any) -> Any:
        """Return the loss and gradient alone."""
        returned = self.f(x)
        is_complete = self.jacobian is not None or self.vjp is not None or not isinstance(returned, tuple | list)
        return returned if is_complete else tuple(returned[:2])

    def evaluate(self, x: Any) -> tuple[Array, Any]:
        """Return the gradient as one vector, and what f returns with it."""
        returned, hessian = self.f(x), None
        if is_loss(returned):
            returned = with_gradient(self.f, x)
        if self.jacobian is None and self.vjp is None:
            if not isinstance(returned, tuple | list) or len(returned) != 3:
                raise BreachError("f returned no (loss, gradient, Hessian): return these, or pass hessian= or hvp=")
            *returned, hessian = returned
        parts = split(returned, self.parameters)[1]
        pairs = zip(parts, self.parameters.leaves, strict=True)
        flat = [(part if isinstance(part, Traced) else as_dense(part, leaf)).ravel() for part, leaf in pairs]
        return np.concatenate(flat), hessian

    def product(self, x: Any, pullback: Any, weights: Array) -> Any:
        """Return the Hessian-vector product."""
        direction = self.parameters.original(weights)
        return self.vjp(x, direction) if self.vjp is not None else pullback(direction)

    def parts(self, derivative: Any) -> list[Any]:
        """Return the Hessian's columns for each array of x."""
        if derivative is None:
            raise BreachError("the Hessian is None: expected an array")
        matrix, n, leaves = as_array(derivative, self.what), self.parameters.n, self.parameters.leaves
        if matrix.shape != (n, n) and not (len(leaves) == 1 and matrix.shape == 2 * leaves[0].shape):
            raise BreachError(f"the Hessian has the shape {matrix.shape}: expected {(n, n)}, entries of x twice")
        return [matrix.reshape(n, n)[:, leaf.part] for leaf in leaves]  # (n, size) of each array

    def hint(self) -> str:
        """Return where the Hessian is not symmetric, "" if it is."""
        p, n = self.parameters, self.m
        if n > MOST_OUTPUTS:
            return ""
        rows = [gradients(self(unit, p.original(p.flat))[1], p) for unit in np.eye(n)]
        pairs = [zip(row, p.leaves, strict=True) for row in rows]
        H = np.array([np.concatenate([as_dense(*pair).ravel() for pair in of_row]) for of_row in pairs])  # (n, n)
        i, j = (int(k) for k in np.unravel_index(np.argmax(np.abs(H - H.T)), H.shape))
        if abs(H[i, j] - H[j, i]) <= 1e-6 * np.abs(H).max():
            return ""
        first, second = p.label(i), p.label(j)
        return (
            f"the Hessian is not symmetric: {H[i, j]:.6g} by {first}, {second}, but {H[j, i]:.6g} the other way round"
        )

    def label(self, i: int) -> str:
        """Return the name of the gradient's entry i."""
        return f"gradient entry {self.parameters.label(i)}"


def _key(x: Any) -> bytes:
    digest = blake2b()
    for _, leaf in flatten(x):
        array = np.ascontiguousarray(as_numpy(leaf))
        digest.update(f"{type(leaf).__name__} {array.dtype.str}".encode() + array.tobytes())
    return digest.digest()


def _check(vector: _Vector, allow_zero: Sequence[str]) -> GradientReport:
    """Check random combinations of the outputs, then single outputs."""
    options = vector.options
    rng, functions = np.random.default_rng(options.get("seed", 0)), (vector.f, vector.jacobian, vector.vjp)
    try:
        with one_at_a_time(), Frozen(*functions, generators=options.get("generators", ())) as frozen:
            vector.measure(frozen)
    except BreachError as breach:
        return GradientReport(options["name"], "failed", f"contract: {breach}", frozen=frozen.names)
    m, blocks = vector.m, [block.name for block in vector.parameters.blocks]
    some = np.arange(m) if m <= MOST_OUTPUTS else np.sort(rng.choice(m, MOST_OUTPUTS, replace=False))
    together = {f"combination {i + 1} of the outputs": rng.standard_normal(m) for i in range(COMBINATIONS)}
    single = {vector.label(i): (np.arange(m) == i).astype(float) for i in some}
    reports = dict[str, GradientReport]()
    for label, weights in (together | single).items():
        # one output may well depend on a part of x alone
        reports[label] = vector.check(weights, allow_zero if label in together else blocks)
        if reports[label].is_breach:
            return replace(reports[label], call="")
        vector.is_known = True
    failed = [label for label in reports if reports[label].verdict == "failed"]
    if failed and failed[-1] in together:  # and no output by itself: it is one of those left out
        i = vector.find_wrong(together[failed[0]], blocks)
        single[vector.label(i)] = (np.arange(m) == i).astype(float)
        reports[vector.label(i)] = vector.check(single[vector.label(i)], blocks)
    report = _merged(vector, reports, list(single))
    if report.verdict == "failed" and (hint := vector.hint()):
        report = replace(report, hints=(hint, *report.hints))
    return report


def _merged(vector: _Vector, reports: dict[str, GradientReport], single: list[str]) -> GradientReport:
    """Return one report on all outputs: that on the worst, with sums over all."""
    for verdict in ("failed", "inconclusive", "passed"):
        found = [label for label in reports if reports[label].verdict == verdict]
        if found:
            break
    found = [label for label in found if label in single] or found
    label = max(found, key=lambda label: w.error / w.tolerance if (w := reports[label].worst) else 0.0)
    report, what = reports[label], vector.what
    shown = ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
    reason = {
        "failed": f"the {what} is wrong for {len(found)} of {len(single)} compared outputs: {shown}"
        if label in single
        else f"the {what} is wrong for some output, but for none of {len(single)} by itself: see {shown}",
        "inconclusive": f"{label}: {report.reason}",
        "passed": f"{what} and values agree",
    }
    by = f"{COMBINATIONS} random combinations of the outputs, then {len(single)} of {vector.m} outputs"
    return replace(
        report,
        reason=reason[report.verdict],
        worst=replace(report.worst, label=f"{label} by {report.worst.label}") if report.worst else None,
        wrong_rows=tuple(f"{name} by {row}" for name in single for row in reports[name].wrong_rows),
        checked=sum(reports[name].checked for name in single),
        total=vector.m * vector.parameters.n,
        method=f"{by}; {report.method}",
        call="",
        hints=tuple(hint for hint in report.hints if all(hint in reports[each].hints for each in found)),
    )
