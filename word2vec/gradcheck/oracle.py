"""The numeric derivative of a loss: by complex step where the function allows it, else by finite differences.

Complex step (Squire & Trapp 1998): J′ = Im J(x + ih d)/h for h = 1e-20, exact to rounding, as nothing is
subtracted. A loss that silently drops the imaginary part (np.abs, np.linalg.norm) gives zero, so the complex step is
trusted in those blocks only in which it agrees with real five-point differences along a random direction; if it does
not, that of `Traced` arrays, which drop less, may; and below the error of those only if both give the same.

Real differences know their error: what the noise of the loss, measured at x, makes of it, and how far slopes at
neighbouring steps differ. A step counts only if it resolves the loss: J(h) + J(−h) − 2J(0) grows at least threefold
from h to 2h (fourfold where J is smooth, twofold across a kink, not at all beyond a narrow peak).
"""

from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from functools import partial
from itertools import pairwise
from math import comb
from typing import Any, NamedTuple

import numpy as np

from .parameters import Array
from .traced import DroppedError, Traced, traced

COMPLEX_STEP = 1e-20
LADDER = [2.0**k for k in range(3, -6, -1)]  # step sizes in units of the best one
SHRINK = (1.0, 2.0**-8, 2.0**-16, 2.0**-24, 2.0**-32, 2.0**-40)
SAFETY = 10
EPS = float(np.finfo(float).eps)
NOISE_STEPS = [2.0**-24 * 1.2345678901 * k for k in range(1, 8)]  # on one side: a kink or jump at x is no noise
ULPS = 4  # roundings by which x is moved to see how far the roundings inside of the loss move its derivatives
WIDE_STEPS = [0.11234567891, -0.01357913579]  # no short binary fractions: a loss cut to float32 must not look exact
# the third to fifth differences of seven values, as large as those of noise of size 1 on average: Σ comb(k, i)² =
# comb(2k, k)
DIFFERENCES = [np.diff(np.eye(7), k, axis=0) / np.sqrt(comb(2 * k, k)) for k in (3, 4, 5)]  # (7 − k, 7)
TENS = 10.0 ** np.arange(9)[:, None]
BITS = 8  # of a direction's numbers
CLOSE = 2.0**-40  # a step that crosses a kink at x alone
SURE = 1e-3  # slopes that agree so well refute those of larger steps
BESIDE = (1.2345678901, 0.8765432109)  # of a step: other steps, at which a loss of small stairs has another slope
HALVES = 40  # of an interval in which a jump is searched
DROPPING = {"abs", "absolute", "norm", "vdot", "conj", "conjugate"}
FOLLOWED = DROPPING | {"sign", "var", "std", "slogdet", "cholesky"}  # by traced arrays
# of scipy.linalg, which makes plain arrays of traced ones: what a complex step loses there is not seen
FACTORING = {"cho_factor", "cholesky", "eigh", "eigvalsh", "logm", "norm", "qr", "sqrtm", "svd", "svdvals"}

Loss = Callable[[Array], Any]  # flat vector, real or complex → the loss
Derivative = Callable[[Any, Any], float]  # (where, d) → ∂J along d, which moves the entries `where`


def best_step(eps: float) -> float:
    """Return the power of two near eps^(1/5), where truncation and rounding of a five-point difference are alike."""
    return float(2.0 ** round(np.log2(eps) / 5))


class Estimate(NamedTuple):
    """A derivative by real differences, an estimate of its error, and the step of the smallest of them."""

    value: float
    error: float
    step: float = np.inf

    def allows(self, value: float, tolerance: float = 0.0) -> bool:
        """Return whether the true derivative may have this value."""
        return abs(value - self.value) <= SAFETY * self.error + tolerance


class Oracle(NamedTuple):
    """How derivatives are computed, as a function and in words.

    rounding : the absolute error to expect; noise : that of the loss
    real : the blocks in which only real differences are right
    doubt : why the complex step may miss what is too small for real differences, or ""
    takes_complex : whether f takes complex numbers at all
    is_cut : whether the loss is rounded, as to float32 or to some decimals
    dropped : what a plain complex step misses along d where that of `Traced` arrays, which is used then, does not
    """

    derivative: Derivative
    method: str
    is_complex: bool
    rounding: float
    noise: float = 0.0
    real: Sequence[slice] = ()
    doubt: str = ""
    dropped: float = 0.0
    takes_complex: bool = True
    is_cut: bool = False

    def is_complex_at(self, i: int) -> bool:
        """Return whether the derivative in the entry i is that of a complex step."""
        return self.is_complex and not any(part.start <= i < part.stop for part in self.real)


def complex_step(loss: Loss, x: Array) -> Derivative:
    """Return the derivative of the loss at x by complex step, as a function of a direction; x may be complex."""
    z = x.astype(np.result_type(x.dtype, np.complex64), copy=False)

    def derivative(where: Any, d: Any) -> float:
        if isinstance(where, slice):  # of many entries: without a temporary array
            np.multiply(COMPLEX_STEP, d, out=z.imag[where])
        else:
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


def differences(loss: Loss, x: Array, step: float) -> Derivative:
    """Return the derivative by five-point differences; the step grows with an entry above 1."""

    def derivative(where: Any, d: Any) -> float:
        at = along(loss, x, where, d)
        return five_point(at, step * (unit(float(x[where])) if np.ndim(d) == 0 else 1.0))

    return derivative


def unit(entry: float) -> float:
    """Return the power of two near an entry, at least 1: in units of it steps are made."""
    return max(1.0, power(entry))


def power(number: float) -> float:
    """Return the power of two near a number's size, 1 for 0; from it no step becomes 0 or infinite."""
    return float(2.0 ** min(max(round(np.log2(abs(number))), -1000), 1000)) if number else 1.0


def short(d: Array) -> Array:
    """Round a direction to `BITS` bits a number: where t is a power of two, and not too small, x + t d is exact.

    Otherwise steps are other ones than t d by up to half a unit in the last place of x, and as those of 2t and 4t may
    be so by the same part, slopes would agree that are wrong.
    """
    part, exponent = np.frexp(d)
    return np.asarray(np.ldexp(np.rint(part * 2.0**BITS), exponent - BITS))


def cut(values: Sequence[float]) -> float:
    """Return to what steps a loss is cut, whose values all lie in float16, float32 or multiples of 10⁻ᵈ; else 0."""
    J = np.array(values)[np.isfinite(values)]
    if len(set(J.tolist())) < 2:
        return 0.0
    largest = float(np.abs(J).max())
    found = (1 / TENS[(np.rint(J * TENS) / TENS == J).all(axis=1)]).ravel()[:1].tolist()
    with np.errstate(over="ignore"):
        kinds = [kind for kind in (np.float16, np.float32) if (J.astype(kind) == J).all()]
    quantum = max([*found, *(largest * float(np.finfo(kind).eps) for kind in kinds)], default=0.0)
    return quantum if quantum > 64 * EPS * largest else 0.0


def noise_of(values: Sequence[float]) -> float:
    """Return the noise of a loss, whose values at small equal steps are given, or 0 if it is that of rounding J.

    The third to fifth differences of a smooth loss vanish at such steps, the higher the more so; those of noise do
    not.
    """
    J = np.array(values)
    low, *_, high = sorted(float(np.sqrt(d @ d / len(d))) for d in (part @ (J - J[0]) for part in DIFFERENCES))
    return 4 * low if high < 6 * low and low > 8 * EPS * np.abs(J).max() else 0.0


def ladder(
    at: Callable[[float], float], eps: float = EPS, noise: float = 0.0, scales: Sequence[float] = SHRINK
) -> Estimate:
    """Compute five-point differences for ever smaller h; return the middle of the three neighbours that agree best.

    The error is the range of these three, at least 2/h of the loss's noise, which is eps |J| or more. Only steps that
    resolve the loss count; the error is infinite if there are none. Where no h of the ladder gives a slope to six
    digits (or, with the usual scales, to the noise), as near the edge of the loss's domain, h becomes far smaller.
    """
    J, found, enough, moves = at(0.0), Estimate(np.nan, np.inf), 0.0, False
    base = best_step(max(eps, min(0.01, noise / max(abs(J), noise)) if noise else 0.0))
    for scale in scales:
        steps = base * scale * np.array(LADDER)
        ahead, behind = np.array([(at(h), at(-h)) for h in steps]).T  # (steps, 2) → twice (steps,)
        # `five_point` of each step, (steps − 1,): the step before it is twice as long
        slopes = (8 * (ahead - behind)[1:] - (ahead - behind)[:-1]) / (12 * steps[1:])
        bend = np.abs(ahead + behind - 2 * J)
        own = eps * np.maximum.reduce([np.abs(ahead), np.abs(behind), 0 * ahead + abs(J)])
        is_resolved = (bend[:-1] >= 3 * bend[1:]) | (bend[:-1] <= 16 * np.maximum(own, noise)[:-1])
        moves = moves or bool((np.abs(slopes) > 0).any())
        for k in range(2, len(slopes)):
            spread, rounding = float(np.ptp(slopes[k - 2 : k + 1])), 2 * float(own[k + 1] / steps[k + 1])
            error, quiet = max(spread, rounding, 2 * noise / float(steps[k + 1])), max(spread, rounding)
            is_flat = moves and slopes[k] == 0  # a loss with steps, as after rounding: h is too small to cross one
            if not is_resolved[k - 2 : k + 1].all() or is_flat:
                continue
            h = float(steps[k + 1])
            surer = _refuting(at, h, float(slopes[k]), quiet, found)
            if surer is None and not error < found.error:
                continue
            found = Estimate(float(slopes[k - 1]), error if surer is None else surer, h)
            enough = max(1e-6 * abs(found.value), 8 * rounding if scales is SHRINK else 0)
        if found.error <= enough:
            break
    return found


def _refuting(at: Callable[[float], float], h: float, slope: float, error: float, found: Estimate) -> float | None:
    """Return the error of a slope that shows an estimate by larger steps to be wrong, None if it does not.

    A loss that swings within larger steps seems to be noisy there, or resolved by chance, and far too flat.
    """
    if error < SURE * abs(slope) and abs(slope) > 2 * (abs(found.value) + SAFETY * found.error):
        error = max(error, 2 * _noise_below(at, h) / h, *(abs(five_point(at, part * h) - slope) for part in BESIDE))
        return error if error < SURE * abs(slope) else None
    return None


def _noise_below(at: Callable[[float], float], h: float) -> float:
    """Return the noise of the loss in steps that are far smaller than h."""
    return noise_of([at(h * step) for step in (2.0**12 * np.array(NOISE_STEPS)).tolist()])


def choose(
    loss: Loss,
    x: Array,
    where: Any,
    d: Array,
    eps: float = EPS,
    *,
    blocks: Sequence[slice] = (),
    named: Set[str] = frozenset(),
    at: Callable[[float], float] | None = None,
) -> Oracle:
    """Choose the best derivative that the loss allows at x (n,); d, of length 1 or x's, certifies the complex step.

    eps is the relative rounding of the loss where it is not computed with complex numbers. Each of `blocks` is
    certified on its own; `named` holds the names in the loss's code; `at`, if given, is the loss along d.
    """
    at = at or along(loss, x, where, d)
    J, values = abs(at(0.0)), [at(t) for t in NOISE_STEPS]
    quantum = cut([*values, *map(at, WIDE_STEPS)])
    z = x.astype(np.result_type(x.dtype, np.complex64))
    noise, derivative, value = max(EPS * J, noise_of(values), quantum), complex_step(loss, z), np.nan
    try:
        value = derivative(where, d)
        why, takes_complex = f"the loss is cut to steps of {quantum:.0e}" if quantum else "", True
    except Exception as error:  # f may raise anything where it is not made for complex numbers
        takes_complex, why = False, f"f takes no complex numbers: {type(error).__name__}"
    length = float(np.sqrt(d @ d))
    scales = SHRINK if length > 2.0**-4 else (1.0, power(1 / length), *SHRINK[1:])
    real = Estimate(np.nan, np.inf) if why else ladder(at, noise=noise, scales=scales)
    is_confirmed = partial(_is_confirmed, at, real, 2.0**-30 * max(length, J), EPS * J)
    if not why and not (is_confirmed(value) or _is_confirmed_beyond(loss, x, where, d, at, value, noise)):
        why = f"the complex step gives {value:.6g} along a random direction, real differences {real.value:.6g}"
        followed = complex_step(lambda z: loss(traced(z)), z)
        with suppress(Exception):  # f may refuse such arrays
            kept = followed(where, d)
            derivative, value, why = (followed, kept, "") if is_confirmed(kept) else (derivative, value, why)
    doubt, dropped, better = "", 0.0, None
    if not why:
        try:
            parts = blocks if len(blocks) > 1 and FOLLOWED & named else []
            doubt, dropped, better = _doubt(loss, z, where, d, value, parts, real=real, named=named)
        except DroppedError as error:
            why = str(error)
    if why:
        noise = max(noise, eps * J)
        found = _of_differences(loss, x, noise, best_step(max(eps, noise / J) if J else eps), why)
        return found._replace(takes_complex=takes_complex, is_cut=quantum > 0)
    derivative = better or derivative
    bad = _uncertified(derivative, loss, x, where, d, blocks, noise)
    gap, size = abs(value - real.value), abs(value)
    close = f"to {gap / size:.0e}" if gap < 1e-3 * size else f"within its error, {SAFETY * real.error:.0e}"
    method = f"complex step {COMPLEX_STEP:g}; a real difference agrees {close}"
    if bad:
        method += f"; five-point differences in {len(bad)} of {len(blocks)} blocks, in which it does not"
    oracle = Oracle(derivative, method, True, 0.0, noise, bad, doubt, dropped)
    return oracle._replace(derivative=_mixed(oracle, differences(loss, x, best_step(EPS)))) if bad else oracle


def _of_differences(loss: Loss, x: Array, noise: float, step: float, why: str) -> Oracle:
    """Return the oracle of five-point differences, which says why it is taken."""
    method = f"five-point differences, step {step:.0e} ({why})"
    return Oracle(differences(loss, x, step), method, False, 2 * noise / step, noise)


def _mixed(oracle: Oracle, by_real: Derivative) -> Derivative:
    """Return the derivative that takes real differences in the blocks in which the complex step is not certified."""

    def mixed(where: Any, d: Any) -> float:
        return (oracle.derivative if np.ndim(where) or oracle.is_complex_at(where) else by_real)(where, d)

    return mixed


def _is_confirmed(at: Callable[[float], float], real: Estimate, rough: float, rounding: float, value: float) -> bool:
    """Return whether real differences, if they are not too rough, or smaller ones agree with a complex step."""
    is_rough = real.error > max(1e-4 * max(abs(value), abs(real.value)), rough)
    is_near = not is_rough and real.allows(value, 1e-12 * abs(value))
    return is_near or confirmed_nearby(at, value, real, rounding)


def _is_confirmed_beyond(
    loss: Loss, x: Array, where: Any, d: Array, at: Callable[[float], float], value: float, noise: float
) -> bool:
    """Return whether complex steps give a value close to x on both sides, and farther off that of real differences.

    Then kinks lie between, as where the weights of a ReLU net are far smaller than steps.
    """

    def slope(t: float) -> float:
        y = x.copy()
        y[where] += t * d
        return complex_step(loss, y)(where, d)

    def middle(t: float) -> float:
        return (slope(t) + slope(-t)) / 2

    with suppress(Exception):  # f may raise anything outside its domain
        beside = abs(middle(CLOSE) - value)
        for h in (best_step(EPS) * 4.0 ** -np.arange(-2, 7)).tolist():
            real = (at(h) - at(-h)) / (2 * h)
            allowed = abs(value - real) / SAFETY
            if max(16 * noise / h, beside) < allowed and abs(middle(h) - real) < allowed:
                return True
    return False


def _uncertified(
    derivative: Derivative, loss: Loss, x: Array, where: Any, d: Array, blocks: Sequence[slice], noise: float
) -> list[slice]:
    """Return the blocks in which the complex step and real differences disagree along the block's part of d.

    The block with the largest derivative needs no differences of its own: if those along all of d and in all other
    blocks are right, so is its own.
    """
    found, step = [], best_step(EPS)
    for part in blocks if len(blocks) > 1 else ():
        here = (where >= part.start) & (where < part.stop)
        if length := float(np.sqrt(d[here] @ d[here])):
            size = length * (len(d) / len(d[here])) ** 0.5
            u = short(d[here] / length * (size if size < 2.0**-16 else 1.0))
            found.append((abs(length * (one := derivative(where[here], u))), part, where[here], u, one))
    found.sort(key=lambda each: each[0])
    bad = list[slice]()
    for k, (_, part, place, u, one) in enumerate(found):
        if k == len(found) - 1 and not bad:
            break
        at = along(loss, x, place, u)
        if abs(five_point(at, step) - one) <= SAFETY * noise / step + 1e-12 * abs(one):
            continue
        is_right = ladder(at, noise=noise).allows(one, 1e-12 * abs(one))
        if not is_right and not _is_confirmed_beyond(loss, x, place, u, at, one, noise):
            bad.append(part)
    return bad


def _doubt(
    loss: Loss,
    z: Array,
    where: Any,
    d: Array,
    value: float,
    blocks: Sequence[slice],
    *,
    real: Estimate,
    named: Set[str],
) -> tuple[str, float, Derivative | None]:
    """Return why the complex step may miss a term that real differences are too rough to see, or "".

    And how much it misses along d or its part in one of blocks, with a derivative that does not miss it, if there is
    one. z is the point as complex numbers, value and real are the derivatives along d by complex step and by real
    differences. Raise DroppedError where a complex step misses what traced arrays do not follow.
    """
    is_traced = False
    if "linalg" not in named and any(name.startswith(("scipy.stats", "stats")) for name in named):
        named = named - {"norm"}  # a distribution

    def watched(z: Array) -> Any:
        nonlocal is_traced
        J = loss(traced(z))
        is_traced = isinstance(J, Traced)
        return J

    better, plain = complex_step(watched, z), complex_step(loss, z)
    inside = [(where >= part.start) & (where < part.stop) for part in blocks]
    parts = [(where[here], d[here]) for here in inside if here.any()]
    try:
        found = [(better(where, d), value, (where, d)), *((better(*part), plain(*part), part) for part in parts)]
        lost = [abs(a - b) / max(abs(b), float(np.abs(part[1]).max())) for a, b, part in found]
        # what is lost in a block may be nothing beside the slope of another
        kept, (most, value, (where, d)) = found[0][0], found[int(np.argmax(lost))]
        gap = abs(most - value)
    except DroppedError:
        raise
    except Exception:  # f may refuse such arrays
        is_traced = False
    if any(name == "scipy" or name.startswith("scipy.linalg") for name in named) and (
        factoring := sorted(FACTORING & named)
    ):
        raise DroppedError(", ".join(factoring))
    if is_traced and max(lost) <= 4 * EPS:
        return "", 0.0, None
    used = sorted(DROPPING & named)
    if not is_traced or not np.isfinite(gap):
        return (f"its code names {', '.join(used)}" if used else ""), 0.0, None
    if not used and gap <= SAFETY * wobble(loss, z.real, where, d):
        return "", 0.0, None
    doubt = "a term goes through np.abs, np.conj, np.vdot or np.linalg.norm, slogdet or cholesky"
    return (doubt, gap, better) if real.allows(kept, 1e-12 * abs(value)) else (doubt, 0.0, None)


def wobble(loss: Loss, x: Array, where: Any, d: Any) -> float:
    """Return how far a complex step moves if all entries of x move by a few roundings, as the terms in it do.

    Or its noise nearby, if that is more: what is computed of x may be rounded where x is not.
    """
    eps, u = float(np.finfo(x.dtype).eps), np.random.default_rng(0).uniform(-1, 1, len(x))

    def moved(step: float) -> float:
        try:
            return complex_step(loss, x * (1 + step * u))(where, d)
        except Exception:  # f may raise anything outside its domain
            return float("nan")

    near, far = ([moved(step) for step in steps] for steps in ((0, ULPS * eps, -ULPS * eps), NOISE_STEPS))
    return max(float(np.nanmax(near) - np.nanmin(near)), noise_of(far))


def kink(at: Callable[[float], float], eps: float = EPS, noise: float = 0.0) -> tuple[float, float] | None:
    """Return the one-sided slopes of t → J at 0, the smaller first, if they differ as at a kink; else None.

    |D⁺ − D⁻|(h) falls to an eighth for h/8 where J is smooth, stays at a kink, and grows eightfold at a jump.
    Differences at the level of the rounding, 64 eps |J|/h, prove nothing. The slopes are wider by what it may do.
    """
    J, jumps = at(0.0), list[float]()
    for k in range(6):
        h = best_step(eps) * 8.0**-k
        ahead, behind = at(h), at(-h)
        jumps.append(abs(ahead - 2 * J + behind) / h)
        if not jumps[-1] > 64 * max(eps * abs(J), noise) / h:
            return None
        if k >= 2 and all(a < 2 * b < 4 * a for a, b in pairwise(jumps[-3:])):
            steps = (64 * h, 8 * h, h)
            sides = [_one_sided(*((at(side * step) - J) / (side * step) for step in steps)) for side in (-1, 1)]
            (low, _), (_, high) = sorted(sides)
            rounding = 3 * max(eps * abs(J), noise) / h  # of two values of the loss, and a little more
            return low - rounding, high + rounding
    return None


def _one_sided(far: float, middle: float, near: float) -> tuple[float, float]:
    """Return the bounds of a one-sided derivative, from slopes over steps of 64h, 8h and h.

    Curvature adds to each in proportion to its step: where it alone does, the slope at 0 is known; else, as beyond
    another kink, it may also be that over the smallest step.
    """
    slope = near + (near - middle) / 7
    is_curved = abs(far - middle - 8 * (middle - near)) <= 0.25 * abs(far - middle)
    return (slope, slope) if is_curved else (min(near, slope), max(near, slope))


def hidden_kink(at: Callable[[float], float], found: Estimate, noise: float) -> tuple[float, float]:
    """Return the slopes on both sides of a kink at or beside 0 that the curvature hides; (∞, −∞) if there is none.

    With B(h) = J(h) + J(−h) − 2J(0), (4B(h/2) − B(h))/h loses the curvature: it falls with h³ where J is smooth,
    and stays at a kink.
    """
    J, jumps, h = at(0.0), list[float](), found.step
    for _ in range(8):
        near, far = (at(step) + at(-step) - 2 * J for step in (h / 2, h))
        jumps.append(abs(4 * near - far) / h)
        if not jumps[-1] > 64 * noise / h:
            break
        if len(jumps) > 2 and all(a < 2 * b < 4 * a for a, b in pairwise(jumps[-3:])):
            beyond = 0.6 * max(jumps[-3:])  # the jump looks smaller where steps hardly reach beyond the kink
            return found.value - beyond, found.value + beyond
        h /= 2
    return np.inf, -np.inf


def stairs(at: Callable[[float], float], far: float) -> float:
    """Return the height of the stairs in which the loss moves between 0 and far; 0 if it is continuous.

    A jump is searched by halves: there third differences stay as large as they are in ever smaller steps, which fall
    to an eighth where the loss is smooth, and to half at a kink.
    """
    start, h = 0.0, far / 4
    J, heights = np.array([at(k * h) for k in range(5)]), list[float]()
    for _ in range(HALVES):
        h /= 2
        between = [at(start + k * h) for k in (1, 3, 5, 7)]
        J = np.stack([J, [*between, 0.0]], axis=1).ravel()[:9]  # (5, 2) → (9,), in turn: at start + k h
        left, right = (float(np.abs(np.diff(part, 3)).max()) for part in (J[:5], J[4:]))
        start, J = (start, J[:5]) if left > right else (start + 4 * h, J[4:])
        heights.append(max(left, right))
    return heights[-1] if heights[-1] > max(heights[-9] / 8, 64 * EPS * np.abs(J).max()) else 0.0


def confirmed_nearby(at: Callable[[float], float], claimed: float, found: Estimate, rounding: float) -> bool:
    """Return whether smaller steps than those of an estimate refute it and confirm what f claims instead.

    Differences of four points lose the curvature, beneath which a kink close to x may hide that their steps cross:
    they agree on the mean of the slopes beyond it. So may swings within their steps, which seem to be noise of the
    loss; what is noise at such a step is measured there, and is at least the rounding.
    """
    gap, h = abs(claimed - found.value), found.step / 2
    while h > EPS and 2 * SAFETY * 2 * rounding / h < gap:  # a loss that stays 0 has no rounding
        slopes = [five_point(at, h)]
        if slopes[0] != 0 and abs(slopes[0] - claimed) < gap / 2:
            error = 2 * max(rounding, _noise_below(at, h)) / h
            slopes += [five_point(at, h * part) for part in BESIDE]
            if 2 * SAFETY * error < gap and all(s != 0 and abs(s - claimed) <= SAFETY * error for s in slopes):
                return True
        h /= 2
    return False


def taylor_order(
    at: Callable[[float], float], slope: float, eps: float = EPS, slack: float = 0.0, noise: float = 0.0
) -> float | None:
    """Return the order of the Taylor remainder R(h) = |J(h) − J(0) − h·slope| in h; None if it is all rounding.

    The order is log₂ R(2h)/R(h) at the smallest two h whose R is far above rounding, the largest of these orders: 2
    for a right gradient (3 where the curvature vanishes), 1 for a wrong one. Where R falls to rounding at once, as
    that of a loss of straight pieces does, it does so with a high order. The slope may have an error of slack.
    """
    J, remainders = at(0.0), list[float]()
    for h in [2.0**-k for k in range(4, 28)]:
        remainder, rounding = abs(at(h) - J - h * slope), max(4096 * eps * max(1.0, abs(J)), 64 * noise)
        rounding += 64 * h * slack
        remainders.append(max(remainder, rounding))
        if remainder <= rounding:
            break
    orders = [float(np.log2(a / b)) for a, b in pairwise(remainders)]
    return max(orders[-3:]) if len(orders) > 1 else None
