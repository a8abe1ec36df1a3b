"""The numeric derivative of a loss: by complex step where the function allows it, else by finite differences.

Complex step (Squire & Trapp 1998): J′ = Im J(x + ih d)/h for h = 1e-20, exact to rounding, as nothing is
subtracted. A loss that silently drops the imaginary part (np.abs, np.linalg.norm) gives zero, so the complex step is
trusted only if it agrees with real five-point differences along a random direction.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .parameters import Array

COMPLEX_STEP = 1e-20
LADDER = [2.0**k for k in (4, 2, 0, -2, -4, -6)]  # step sizes in units of the best one
SHRINK = (1.0, 2.0**-8, 2.0**-16, 2.0**-24)
SAFETY = 10
EPS = float(np.finfo(float).eps)

Loss = Callable[[Array], Any]  # flat vector, real or complex → the loss
Derivative = Callable[[Any, Any], float]  # (where, d) → ∂J along d, which moves the entries `where`


def best_step(eps: float) -> float:
    """Return the power of two near eps^(1/5), where truncation and rounding of a five-point difference are alike."""
    return float(2.0 ** round(np.log2(eps) / 5))


class Estimate(NamedTuple):
    """A derivative by real differences, and an estimate of its error."""

    value: float
    error: float

    def allows(self, value: float, tolerance: float = 0.0) -> bool:
        """Return whether the true derivative may have this value."""
        return abs(value - self.value) <= SAFETY * self.error + tolerance


class Oracle(NamedTuple):
    """How derivatives are computed, as a function and in words; `rounding` is the absolute error to expect."""

    derivative: Derivative
    method: str
    is_complex: bool
    rounding: float


def complex_step(loss: Loss, x: Array) -> Derivative:
    """Return the derivative of the loss at x by complex step, as a function of a direction."""
    z = x.astype(np.result_type(x.dtype, np.complex64))

    def derivative(where: Any, d: Any) -> float:
        z.imag[where] = COMPLEX_STEP * d
        try:
            return float(np.imag(loss(z)) / COMPLEX_STEP)
        finally:
            z.imag[where] = 0

    return derivative


def along(loss: Loss, x: Array, where: Any, d: Any) -> Callable[[float], float]:
    """Return t → J(x + t d), NaN where f raises; d moves the entries `where` of x, and each call restores x."""
    before = x[where].copy()

    def at(t: float) -> float:
        x[where] = before + t * d
        try:
            return float(np.real(loss(x)))
        except Exception:  # f may raise anything outside its domain
            return float("nan")
        finally:
            x[where] = before

    return at


def five_point(at: Callable[[float], float], h: float) -> float:
    """Compute (J(−2h) − 8 J(−h) + 8 J(h) − J(2h))/12h, whose error is h⁴ J⁽⁵⁾/30."""
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def ladder(at: Callable[[float], float], eps: float = EPS) -> Estimate:
    """Compute five-point differences for ever smaller h; return the middle of the three neighbours that agree best.

    The error is the range of these three, at least the rounding of the loss: 2 eps |J|/h. Where no h of the ladder
    gives a slope to six digits or to rounding, as near the edge of the loss's domain, h becomes far smaller.
    """
    J, found, enough, moves = abs(at(0.0)), Estimate(np.nan, np.inf), 0.0, False
    for shrink in SHRINK:
        steps = [best_step(eps) * factor * shrink for factor in LADDER]
        slopes = [five_point(at, h) for h in steps]
        moves = moves or any(abs(slope) > 0 for slope in slopes)
        for k in range(2, len(steps)):
            rounding = 2 * eps * J / steps[k]
            error = max(float(np.ptp(slopes[k - 2 : k + 1])), rounding)
            is_flat = moves and slopes[k] == 0  # a loss with steps, as after rounding: h is too small to cross one
            if error < found.error and not is_flat:
                found, enough = Estimate(slopes[k - 1], error), max(1e-6 * abs(slopes[k - 1]), 8 * rounding)
        if found.error <= enough:
            break
    return found


def choose(loss: Loss, x: Array, where: Any, d: Array, eps: float = EPS) -> Oracle:
    """Choose the best derivative that the loss allows at x (n,); d, of length 1, certifies the complex step.

    eps is the relative rounding of the loss where it is not computed with complex numbers.
    """
    real = ladder(along(loss, x, where, d))
    try:
        found = complex_step(loss, x)
        value = found(where, d)
        if real.allows(value, 1e-10 * abs(value)):
            agreement = f"a real difference along a random direction agrees to {abs(value - real.value):.0e}"
            return Oracle(found, f"complex step {COMPLEX_STEP:g}; {agreement}", True, 0.0)
        why = f"the complex step gives {value:.6g} along a random direction, real differences {real.value:.6g}"
    except Exception as error:  # f may raise anything where it is not made for complex numbers
        why = f"f takes no complex numbers: {type(error).__name__}"
    step = best_step(eps)
    rounding = 2 * eps * abs(along(loss, x, 0, 0.0)(0.0)) / step
    method = f"five-point differences, step {step:.0e} ({why})"
    return Oracle(lambda where, d: five_point(along(loss, x, where, d), step), method, False, rounding)


def kink(at: Callable[[float], float], eps: float = EPS) -> tuple[float, float] | None:
    """Return the one-sided slopes of t → J at 0, the smaller first, if they differ as at a kink; else None.

    |D⁺ − D⁻|(h) falls to an eighth for h/8 where J is smooth, stays at a kink, and grows eightfold at a jump.
    Differences at the level of the rounding, 64 eps |J|/h, prove nothing.
    """
    J, jumps = at(0.0), list[float]()
    for factor in (1, 2.0**-3, 2.0**-6):
        h = best_step(eps) * factor
        ahead, behind = at(h), at(-h)
        jumps.append(abs(ahead - 2 * J + behind) / h)
        if not jumps[-1] > 64 * eps * abs(J) / h:
            return None
    low, high = sorted([(J - behind) / h, (ahead - J) / h])
    return (low, high) if all(a < 2 * b < 4 * a for a, b in pairwise(jumps)) else None


def taylor_order(at: Callable[[float], float], slope: float, eps: float = EPS, slack: float = 0.0) -> float | None:
    """Return the order of the Taylor remainder R(h) = |J(h) − J(0) − h·slope| in h; None if it is all rounding.

    The order is log₂ R(2h)/R(h) at the smallest two h whose R is far above rounding, the larger of the two orders:
    2 for a right gradient (3 where the curvature vanishes), 1 for a wrong one. The slope may have an error of slack.
    """
    J, remainders = at(0.0), list[float]()
    for h in [2.0**-k for k in range(4, 28)]:
        remainder = abs(at(h) - J - h * slope)
        if remainder <= 4096 * eps * max(1.0, abs(J)) + 64 * h * slack:
            break
        remainders.append(remainder)
    orders = [float(np.log2(a / b)) for a, b in pairwise(remainders)]
    return max(orders[-2:], default=None)
