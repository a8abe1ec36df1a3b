"""The comparison itself: analytic against numeric, entry by entry and along directions."""

import re
from collections.abc import Callable, Set
from contextlib import suppress
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from . import oracle
from .contract import IN_FORM, PERIOD, Analytic, Visit, in_form
from .oracle import EPS, SAFETY, SHRINK, Estimate, Loss, best_step, five_point, ladder
from .parameters import FORMS, Array, Block, Indices, Parameters
from .plan import DIRECTIONS, Plan
from .randomness import LOOP
from .traced import conditions, traced

ROUNDINGS = 512
ENOUGH = 20  # wrong entries that are confirmed one by one, and one in each block; more would only repeat the answer
FEW = 16  # entries in the smallest group that a search by halves looks at
ORDER = 1.95  # at least this is the order of a Taylor remainder that counts as 2
MOST_KINKS = 1000  # entries at which a kink is looked for
NOISELESS = 1e-8  # noise of the terms that is less than this part of a row's largest entry hides no error
LARGE = 1000  # times the loss or 1: an x beyond is named as what has so large roundings
TINY = 2.0**-36  # below this a number is not large beside a complex step of 1e-20, which is made smaller
SMALLER = 2.0**-120  # of a complex step, on which a derivative does not depend
BLURRED = 1e-6  # a larger part of a row's largest entry is no noise of a loss for a complex step
SLIGHT = 1e-9  # a smaller part of a row's largest entry is not held against f by real differences alone
ROUGH = 1e-6  # a larger part of a row's largest entry is no error of five-point differences
LOUD = 0.01  # noise that is more than this part of the loss may be swings that real differences cannot follow
SOLVED = 1e-6  # where f solves equations, a smaller part is not held against it: their condition multiplies rounding
SOLVING = {"cho_solve", "det", "inv", "lstsq", "lu_solve", "pinv", "slogdet", "solve", "solve_triangular", "spsolve"}
STOPPED = 1e-2  # and a smaller one where f stops at a tolerance: the derivative of what is found there is another
STOPPING = {"bicg", "bicgstab", "brentq", "cg", "curve_fit", "eigsh", "expm_multiply", "fmin"}
STOPPING |= {"fixed_point", "fsolve", "gmres", "least_squares", "lgmres", "lobpcg", "lsmr", "lsqr", "minimize"}
STOPPING |= {"minimize_scalar", "minres", "newton", "odeint", "quad", "quad_vec", "root", "root_scalar", "solve_bvp"}
STOPPING |= {"solve_ivp"}
SCIPY = re.compile(r"scipy($|\.(optimize|integrate|linalg|sparse))")  # the modules that have them
BESIDE_KINK = [2.0**-20, 2.0**-22]  # steps in which a loss that is constant must not move
CLOSE_BY = (2.0**-16, 2.0**-20)  # of x: where kinks that meet at x lie apart
CLOSER_BY = (2.0**-36, 2.0**-40)  # the same for complex steps: what is smooth there is known to be smooth
CLOSER_AND_CLOSER = 2.0 ** -np.arange(34, 60, 0.5)  # in which a loss shows that is smooth in far smaller steps
BESIDE = 32  # points there
LONG_STEPS = (2.0**-3, 2.0**-4)  # in which a loss that lost most digits moves in long double
COARSE = [2.0**-k for k in range(1, 6)]  # steps beyond stairs
OPEN = (  # why an entry is undecided
    "form",  # the gradient of a symmetric or triangular matrix is right only where that keeps its form
    "noisy",  # the claimed value and the numeric one differ by the noise of the terms alone
    "beside",  # real differences cross a kink close to x, and agree with f where they do not
    "met",  # kinks meet at x, and the claimed slope is one beside x
    "slight",  # the error is too small to be held against f
    "unsure",  # no derivative is exact enough
)
VANISHED = 1e-10  # a row whose gradient is this much smaller than nearby says nothing here


class Comparison:
    """A gradient, its numeric counterpart as far as it was computed, and what differs.

    analytic, numeric, checked, wrong : arrays (n,); numeric equals analytic where nothing was computed
    errors : (n,), of the numeric values of entries that were judged one by one, as far as they are known
    kinks, in_stairs : flat indices at which the loss has a kink, and along which it moves in stairs
    open : flat indices at which it cannot be decided, by the reason, one of OPEN
    exact : the relative rounding of the loss: where f takes no complex numbers it may well compute in x's own type
    stops : f may stop at a tolerance, by what its code names
    excused : the part of a row's largest entry that is not held against f, by what its code names
    solving : the part by which the condition of equations in f makes it err, as far as that can be seen
    order : how fast the Taylor remainder falls; None where it is all rounding
    refuted : the point at which f's gradient is wrong though the one at x is right, the slope claimed there and the
        true one; None if there is none
    is_complete : the gradient contains what a plain complex step drops
    vanished : the first entries of rows whose gradient is zero at x but not nearby
    """

    def __init__(
        self,
        parameters: Parameters,
        analytic: Analytic,
        loss: Loss,
        rtol: float | None,
        rng: np.random.Generator,
        named: Set[str] = frozenset(),
    ) -> None:
        self.parameters, self.loss, self.rng, self.named = parameters, loss, rng, named
        self.J, self.analytic, self.elsewhere = analytic
        self.x, self.numeric = parameters.flat, self.analytic.copy()
        self.checked, self.wrong = np.zeros((2, parameters.n), bool)
        self.errors = np.zeros(parameters.n)
        self.kinks, self.in_stairs = list[int](), list[int]()
        self.open = {reason: list[int]() for reason in OPEN}
        eps = self.eps_of = [max(float(np.finfo(block.dtype).eps), EPS) for block in parameters.blocks]
        self.rtols = [rtol if rtol is not None else max(1e-12, 1000 * e) for e in eps]
        self.stops = LOOP in named or bool(STOPPING & named and any(map(SCIPY.match, named)))
        self.excused, self.solving = STOPPED if self.stops else SOLVED if SOLVING & named else 0.0, 0.0
        self.largest_x = max(float(self.x.max()), float(-self.x.min()))
        self.floors = [ROUNDINGS * e * max(1.0, abs(self.J), self.largest_x) for e in eps]
        self.eps, self.is_complete = max(eps), False
        self.typical = self._typical(self.x)

    @property
    def has_large_x(self) -> bool:
        """Return whether the size of x, not that of the loss, says how large roundings may be."""
        return self.largest_x > LARGE * max(1.0, abs(self.J))

    def along(self, where: Any, d: Any) -> Callable[[float], float]:
        """Return t → J(x + t d) with a memory: noise, ladder, kink and remainder meet at the same steps."""
        return cache(oracle.along(self.loss, self.x, where, d))

    def run(self, plan: Plan) -> None:
        """Compare all that is planned."""
        self.scope = plan.scope
        where = plan.together if len(plan.together) else plan.single
        weights = self.rng.standard_normal(len(where))
        weights /= np.sqrt(weights @ weights)
        d = oracle.short(weights * self._sizes(where, self.x))
        parts = [block.part for block in self.parameters.blocks]
        at = self.along(where, d)
        self.oracle = oracle.choose(self.loss, self.x, where, d, self.eps, blocks=parts, named=self.named, at=at)
        self.exact = EPS if self.oracle.is_complex and not self.parameters.keeps_types else self.eps
        self.ladder = partial(ladder, eps=self.exact, noise=self.oracle.noise)
        self.kink = partial(oracle.kink, eps=self.exact, noise=self.oracle.noise)
        self.floors = [floor + self.oracle.rounding for floor in self.floors]
        if self.excused == SOLVED:
            self.solving = min(STOPPED, EPS * self._condition())
            self.excused = max(SOLVED, self.solving)
        self.entries(plan.single)
        if self.oracle.dropped:  # a tiny term: it may lie within the tolerance
            gap = abs(float(self.analytic[where] @ d) - self.oracle.derivative(where, d))
            self.is_complete = gap <= self.oracle.dropped / 2
        more = [self._moving(plan.untouched, plan.together)] if len(plan.untouched) else []
        more += [self._disagreeing(plan.together)] if len(plan.together) > len(plan.single) else []
        for indices in more:
            self.entries(indices, certify=True)
        self.order = self._order(at, where, d)
        if self.order is not None and self.order < ORDER:
            behind = self._order(lambda t: at(-t), where, -d)  # h² and h³ may almost cancel on one side
            self.order = max(self.order, behind or 0)
        formed = self.parameters.formed(self.analytic)
        self._excuse_beyond(formed)
        self.refuted = None if self.wrong.any() else self._find_refuted(where, weights, formed)
        if self.order is not None and self.order < ORDER and not self.wrong.any():
            hidden = [i for i in plan.single[:MOST_KINKS] if self.kink(self.along(i, 1.0))]
            self.kinks = sorted({*self.kinks, *map(int, hidden)})
        self.vanished = self._vanished()

    def _condition(self) -> float:
        """Return the largest condition of the matrices for which np.linalg solves equations, as far as f shows."""
        met = list[float]()
        token = conditions.set(met)
        with suppress(Exception):  # f may refuse such arrays
            self.loss(traced(self.x.astype(complex)))
        conditions.reset(token)
        return max(met, default=1.0)

    def _excuse_beyond(self, formed: list[tuple[Block, str]]) -> None:
        """Excuse wrong entries of matrices of which the gradient is right where they keep their form.

        Such as those of a loss that reads one triangle, while the gradient is shared between both.
        """
        for block, form in formed:
            places = np.arange(block.part.start, block.part.stop)
            part = max(self.excused, 0 if self.oracle.is_complex else SLIGHT)  # as for single entries
            if not self.wrong[places].any() or not self.checked[places].all():
                continue
            off = self._off_in_form(block, form, part)
            if not self.oracle.is_complex and not len(self._off_in_form(block, form, max(part, ROUGH))):
                for i in off[self.errors[off] == 0]:  # there were ENOUGH of them before
                    real = self._real(int(i), self.along(i, 1.0))
                    self.numeric[i], self.errors[i] = real.value, SAFETY * real.error
                off = self._off_in_form(block, form, part)
            if not len(off):
                self.open["form"] += places[self.wrong[places]].tolist()
                self.wrong[places] = False

    def _off_in_form(self, block: Block, form: str, part: float) -> Indices:
        """Return the entries of a matrix's gradient that are off, brought into a form, by more than they may be."""
        places = np.arange(block.part.start, block.part.stop)
        gap = (self.analytic - self.numeric)[places]
        slack = self.tolerance(places) + part * self.largest(places) + self.errors[places]
        gap, slack = (FORMS[form](each.reshape(block.shape)).ravel() for each in (gap, slack))
        return places[~(np.abs(gap) <= slack)]

    def _find_refuted(
        self, where: Indices, weights: Array, formed: list[tuple[Block, str]]
    ) -> tuple[Visit, float, float] | None:
        """Return what `refuted` is: of matrices that have a form, the point at which they keep it decides."""
        weights = np.where(np.isin(where, self.in_stairs), 0.0, weights)  # they cannot be decided there either

        def along(there: Visit) -> Array:
            return oracle.short(weights * self._sizes(where, there.x))  # zeros at x may be large there

        # at the other points zeros are kept, and numbers that are equal: kinks meet there as they do at x
        visits = [there for there in self.elsewhere if not self.open["met"] or there.name == "elsewhere"]
        refuted = next((found for there in visits if (found := self._refuted(there, where, along(there)))), None)
        if refuted and self.elsewhere[-1].name == IN_FORM:
            all_of_d = np.zeros(self.parameters.n)
            all_of_d[where] = along(self.elsewhere[-1])
            refuted = self._refuted(self.elsewhere[-1], slice(None), in_form(all_of_d, formed))
            self.open["form"] += [block.part.start for block, _ in formed] if not refuted else []
        return refuted

    def _typical(self, flat: Array) -> list[float]:
        """Return the root mean square of each block's entries; `@` would wake BLAS's threads."""
        blocks = [flat[block.part] for block in self.parameters.blocks]
        return [float(np.sqrt(np.einsum("i,i", e, e) / len(e))) for e in blocks]

    def _sizes(self, where: Indices, flat: Array) -> Array:
        """Return in what units entries move together: 1, a size far below 1 of a block or entry, or far above 1."""
        x, sizes, typicals = np.abs(flat[where]), np.ones(len(where)), self._typical(flat)
        # in which zeros move, as a bias beside its weights; far smaller ones would not show beside other blocks
        smallest = max(2.0**-20, min(filter(None, typicals), default=1.0))
        for block, typical in zip(self.parameters.blocks, typicals, strict=True):
            here = (where >= block.part.start) & (where < block.part.stop)
            sizes[here] = unit if (unit := typical or smallest) < 2.0**-10 else 1.0
            is_own = (x > 2.0**20) | ((x > 0) & (x < 2.0**-14 * typical))
            sizes = np.where(here & is_own, x, sizes)
        return sizes

    def _size(self, i: int, limit: float = TINY) -> float:
        """Return an entry's size if it is tiny; if it is zero, that of its block; else 1."""
        size = abs(float(self.x[i]))
        if size == 0 and min(self.typical) < limit:
            parts = zip(self.parameters.blocks, self.typical, strict=True)
            size = next(typical for block, typical in parts if i < block.part.stop)
        return size if 0 < size < limit else 1.0

    def _refuted(self, there: Visit, where: Any, d: Array) -> tuple[Visit, float, float] | None:
        """Return another point, the slope that f claims there along d and the true one, if they differ."""
        x, claimed = there.x, float(there.gradient[where] @ d)
        at, floor = oracle.along(self.loss, x, where, d), max(self.floors)
        part = max(SLIGHT, STOPPED if self.stops else self.solving, *self.rtols)
        near = part * float(np.abs(there.gradient[where]) @ np.abs(d)) + floor
        with suppress(Exception):  # f may take no complex numbers there
            exact = oracle.complex_step(self.loss, x)(where, d) if self.oracle.is_complex else np.nan
            if abs((exact if exact == exact else five_point(at, best_step(self.eps))) - claimed) <= near:
                return None
        slope = self.ladder(at)
        # steps of x are rounded to units in its last place
        near += 2 * float(np.abs(there.gradient[where]) @ np.spacing(np.abs(x[where]))) / slope.step
        is_wrong = self._sees(slope) and not slope.allows(claimed, near) and self.kink(at) is None
        is_wrong = is_wrong and not self._crosses_kink(at, claimed, slope, there.loss)
        is_wrong = is_wrong and not self._fits_stairs(at, claimed, slope, near)
        is_wrong = is_wrong and not self._is_lost(x, where, d, claimed, slope.value)
        return (there, claimed, slope.value) if is_wrong else None

    def _sees(self, real: Estimate) -> bool:
        """Return whether real differences tell anything: what seems loud noise may be swings within their steps."""
        is_loud = self.oracle.noise > LOUD * abs(self.J)
        return bool(real.error <= oracle.SURE * abs(real.value) if is_loud else np.isfinite(real.error))

    def _vanished(self) -> list[int]:
        """Return the first entry of each row whose gradient is nothing here and something nearby, without a kink.

        Rows in which the loss is flat around x, as below the margin of a hinge, are left out: nothing hides there.
        """
        visited = {visit.name: visit.gradient for visit in self.elsewhere}
        if (there := visited.get("elsewhere")) is None:
            return []
        slight = visited.get("a small step away", there) if self.x.all() else there  # which leaves zeros as they are
        found = list[int]()
        for block, floor in zip(self.parameters.blocks, self.floors, strict=True):
            part = VANISHED if block.dtype.itemsize >= 8 else 1e-5
            rows = np.unique(np.flatnonzero(np.abs(there[block.part]) > floor) // block.width)
            here, near = (np.abs(block.rows(g)[rows]).max(axis=1, initial=0) for g in (self.analytic, there))
            is_flat = (here == 0) & ~block.rows(slight)[rows].any(axis=1)
            rows = rows[(here <= part * near) & (near > 1e-3 * part * near.max(initial=0)) & ~is_flat]
            kinked = {(i - block.part.start) // block.width for i in self.kinks}
            found += [block.part.start + row * block.width for row in rows.tolist() if row not in kinked]
        return found

    def stands_still(self, block: Block, slope: float) -> bool:
        """Return whether a slope that was found in a block is but rounding: the loss does not move with the block.

        A derivative is the same for steps of other lengths, and for x moved by a few roundings; noise is another.
        """
        if not self.oracle.is_complex_at(block.part.start):
            return False
        where = np.arange(block.part.start, block.part.stop)
        d = np.random.default_rng(0).standard_normal(len(where))
        slopes = [self.oracle.derivative(where, part * d) / part for part in (1.0, *oracle.BESIDE)]
        return slope <= SAFETY * max(float(np.ptp(slopes)), oracle.wobble(self.loss, self.x, where, d))

    def _order(self, at: Callable[[float], float], where: Indices, d: Array) -> float | None:
        """Return the order of the Taylor remainder along d, where the slope may be off by the entries' tolerances."""
        slope, slack = float(self.analytic[where] @ d), float(np.linalg.norm(self.tolerance(where) * d))
        return oracle.taylor_order(at, slope, self.exact, slack, self.oracle.noise)

    def tolerance(self, indices: Indices) -> Array:
        """Return the errors that entries may have: rtol times the largest entry of their row, plus the floor."""
        allowed = self.largest(indices)
        for block, rtol, floor in zip(self.parameters.blocks, self.rtols, self.floors, strict=True):
            here = (indices >= block.part.start) & (indices < block.part.stop)
            allowed[here] = rtol * allowed[here] + floor
        return allowed

    def largest(self, indices: Indices) -> Array:
        """Return the largest numeric derivative in the rows of entries."""
        found = np.empty(len(indices))
        for block in self.parameters.blocks:
            here = (indices >= block.part.start) & (indices < block.part.stop)
            rows: Any = slice(None)  # all, if there are few
            which, table = (indices[here] - block.part.start) // block.width, block.rows(self.numeric)
            if len(table) > len(which):
                rows, which = np.unique(which, return_inverse=True)
            entries = np.abs(table[rows])  # (rows, width)
            largest = np.where(np.isfinite(entries), entries, 0).max(axis=1, initial=0)
            found[here] = largest[which]
        return found

    def _largest_beside(self, i: int) -> float:
        """Return the largest numeric derivative in the row of one entry, as far as it is known now."""
        return float(self.largest(np.array([i]))[0])

    def entries(self, indices: Indices, *, certify: bool = False) -> None:
        """Compare entries one by one, and again by real differences where they disagree; with `certify` all."""
        for i in indices:
            size = self._size(i) if self.oracle.is_complex_at(i) else 1.0
            self.numeric[i] = self.oracle.derivative(i, size) / size
            if certify and self.oracle.is_complex:  # the loss may depend on them in a way that complex numbers hide
                real = self._real(int(i), self.along(i, 1.0))
                self.numeric[i] = self.numeric[i] if real.allows(float(self.numeric[i])) else real.value
        self.checked[indices] = True
        excess = self.excess(indices)
        for i in indices[np.argsort(-excess)][: np.count_nonzero(~(excess <= 1))]:
            is_known = self.wrong.sum() >= ENOUGH and self.wrong[self.parameters.locate(i)[0].part].any()
            judged = "wrong" if is_known else self._judged(int(i))
            if judged == "wrong" and not is_known:
                claimed, numeric = float(self.analytic[i]), float(self.numeric[i])
                is_lost = self._is_lost(self.x, i, 1.0, claimed, numeric)
                judged = "met" if self._is_slope_beside(int(i)) else "unsure" if is_lost else judged
                self.numeric[i] = numeric if judged == "wrong" else claimed
            self.wrong[i] = judged == "wrong"
            self.kinks += [int(i)] if judged == "kink" else []
            if judged in OPEN:
                self.open[judged].append(int(i))

    def excess(self, indices: Indices) -> Array:
        """Return how far off entries are in units of their tolerance; infinity for NaN."""
        excess = np.abs(self.analytic[indices] - self.numeric[indices]) / self.tolerance(indices)
        return np.where(np.isnan(excess), np.inf, excess)

    def _real(self, i: int, at: Callable[[float], float]) -> Estimate:
        """Compute an entry's derivative by real differences, with steps in units of 1 and of x if it is small."""
        size, own = abs(float(self.x[i])), oracle.power(self._size(i, 2.0**-4))
        scales = [own] if own < 1 else []  # first: a term of this scale is lost in larger steps
        scales += [oracle.unit(size), *(SHRINK[1:] if size < 2 else SHRINK)]
        return self.ladder(at, scales=scales)

    def _fits_stairs(
        self, at: Callable[[float], float], claimed: float, real: Estimate, near: float, unit: float = 1.0
    ) -> bool:
        """Return whether the loss moves in stairs on both sides, and a claim is right where they count as noise.

        As where a part is in float32: it stands still in small steps, in which the others seem to be all that moves.
        """
        gap = abs(claimed - real.value)
        for size in {unit, max(1.0, unit / 4), max(1.0, unit / 16)}:  # large steps may lead beyond an edge
            if any(abs(five_point(at, step * size) - claimed) < gap / 2 for step in COARSE):
                far = oracle.WIDE_STEPS[0] * size
                height = oracle.stairs(at, far) and oracle.stairs(at, -far)
                if height > self.oracle.noise and ladder(at, self.exact, height, [size]).allows(claimed, near):
                    return True
        return False

    def _is_lost(self, x: Array, where: Any, d: Any, claimed: float, found: float) -> bool:
        """Return whether a claim is right in long double, in which steps have another slope than in double precision.

        As of log(1 − p) where p is 1 but for its last digits: between these the loss stands still.
        """
        gap, steps = abs(claimed - found), LONG_STEPS
        long = np.array([five_point(oracle.along(self.loss, x.astype(np.longdouble), where, d), h) for h in steps])
        if not (np.abs(long - claimed) <= gap / 4).all():
            return False
        short = np.array([five_point(oracle.along(self.loss, x, where, d), h) for h in steps])
        return not bool((np.abs(short - long) <= gap / 2).all())

    def _judged(self, i: int) -> str:
        """Return what an entry that disagrees is: "wrong", "right", at a "kink" or one of OPEN."""
        at, (tolerance,) = self.along(i, 1.0), self.tolerance(np.array([i]))
        numeric, claimed, is_complex = float(self.numeric[i]), float(self.analytic[i]), self.oracle.is_complex_at(i)
        gap = abs(claimed - numeric)
        if is_complex:
            size = self._size(i)
            of_step, limit = (self.oracle.derivative(i, unit) / unit for unit in (size, SMALLER * size))
            is_exact = numeric == of_step and not self.parameters.keeps_types  # single precision has no such steps
            if is_exact and abs(limit - claimed) <= tolerance:  # |x|^1.5 has the slope 0 at 0 in the limit
                self.numeric[i] = limit
                return "right"
            wobble = SAFETY * oracle.wobble(self.loss, self.x, i, size) / size
            if gap <= wobble or self._is_blurred(i, gap):
                return "right" if gap <= wobble <= NOISELESS * self._largest_beside(i) else "noisy"
        elif self._is_still_beside_kink(i, at):
            self.numeric[i] = 0.0 if claimed else self._creep(at, oracle.unit(float(self.x[i])))
            return "wrong" if claimed else "unsure" if self.numeric[i] else "right"
        real = self._real(i, at)
        is_rough = not SAFETY * real.error <= 1e-3 * max(abs(claimed), abs(real.value)) + 100 * tolerance
        if is_rough and (slopes := self.kink(at)):
            return self._judged_at_kink(i, *slopes)
        allowed, known = real.allows(claimed, tolerance), self._sees(real)
        drops = self.oracle.doubt or "real" in self.named  # which f may write to cut off an imaginary part itself
        if is_complex and not (drops and (allowed or not known)) and (real.allows(numeric) or not known):
            return self._judged_by_gap(i, gap)  # the complex step is confirmed
        if known and not allowed:
            return self._judged_against(i, at, real, tolerance)
        self.numeric[i] = real.value if known else claimed
        if not np.isfinite(real.error):
            none, unit = Estimate(0.0, np.inf), oracle.unit(float(self.x[i]))
            self.in_stairs += [i] if self._fits_stairs(at, claimed, none, tolerance, unit) else []
        is_off = abs(claimed - real.value) > max(tolerance, SLIGHT * self._largest_beside(i))
        return "unsure" if is_rough or is_complex or not known or is_off else "right"

    def _judged_at_kink(self, i: int, low: float, high: float) -> str:
        """Judge an entry where the loss has a kink: any slope between the one-sided ones is right."""
        claimed, slack = float(self.analytic[i]), 1e-3 * (high - low)
        is_between = low - slack <= claimed <= high + slack
        self.numeric[i] = claimed if is_between else min(max(claimed, low), high)
        return "kink" if is_between else "wrong"

    @cached_property
    def _is_generic(self) -> bool:
        """Return whether the sizes of all numbers in x differ, and none is zero: then hardly any kinks meet."""
        sizes = np.sort(np.abs(self.x))
        return bool(sizes[0] > 0 and (np.diff(sizes) > 0).all())

    def _is_slope_beside(self, i: int) -> bool:
        """Return whether a claim lies between slopes close to x, where kinks meet: there they need not show at x.

        As where numbers are equal of which a median is taken. What slopes differ by does not shrink with the
        distance, unlike that of a curved loss.
        """
        claimed, found, is_complex = float(self.analytic[i]), list[float](), self.oracle.is_complex_at(i)
        if is_complex and self._is_generic:
            return False
        gap = abs(claimed - float(self.numeric[i]))
        sizes = np.where(self.x == 0, 1.0, np.abs(self.x))
        for far in CLOSER_BY if is_complex else CLOSE_BY:
            rng, slopes = np.random.default_rng(0), list[float]()
            for _ in range(BESIDE):
                x = self.x + far * sizes * rng.uniform(-1, 1, len(sizes))
                if is_complex:
                    with suppress(Exception):  # x may be at the edge of its domain
                        slopes.append(oracle.complex_step(self.loss, x)(i, 1.0))
                    continue
                at = oracle.along(self.loss, x, i, sizes[i])
                near, other = ((at(h) - at(-h)) / (2 * h * sizes[i]) for h in (far / 64, far / 90))
                slopes += [near] if abs(near - other) <= 1e-3 * gap else []
            if not slopes or np.ptp([*slopes, claimed]) > np.ptp(slopes) + 1e-3 * gap:
                return False
            found.append(float(np.ptp(slopes)))
        return found[1] > found[0] / 2 > gap / 4 and not (is_complex and self._bends(i, gap))

    def _bends(self, i: int, gap: float) -> bool:
        """Return whether the slope at x goes over into that beside it step by step, as of sqrt(x² + 1e-24).

        Where kinks meet, it jumps; what is far less than the gap between a claim and the slope at x is rounding.
        """
        here, size, slopes = float(self.numeric[i]), abs(float(self.x[i])) or 1.0, list[float]()
        with suppress(Exception):  # x may be at the edge of its domain
            for far in CLOSER_AND_CLOSER:
                x = self.x.copy()
                x[i] += far * size
                slopes.append(oracle.complex_step(self.loss, x)(i, 1.0) - here)
        parts = np.abs(slopes) / max([gap, *map(abs, slopes)])
        is_step = (parts[1:] < 0.97 * parts[:-1]) & (parts[:-1] < 0.97) & (parts[1:] > 0.03)
        return any(is_step[k : k + 4].all() for k in range(len(is_step) - 3))

    def _judged_against(self, i: int, at: Callable[[float], float], real: Estimate, tolerance: float) -> str:
        """Judge a claim that real differences refute: it may be right if they met stairs or a kink, or x moved."""
        claimed = float(self.analytic[i])
        if self._fits_stairs(at, claimed, real, tolerance, oracle.unit(float(self.x[i]))):
            self.numeric[i] = claimed
            self.in_stairs.append(i)
            return "unsure"
        self.numeric[i], self.errors[i], gap = real.value, SAFETY * real.error, abs(claimed - real.value)
        is_moved = gap <= SAFETY * self._moved(i, at, real.step)
        if is_moved or (not self.oracle.takes_complex and gap <= SLIGHT * self._largest_beside(i)):
            return "slight"
        if self._crosses_kink(at, claimed, real, self.J):
            self.numeric[i] = claimed
            return "beside"
        return self._judged_by_gap(i, gap)

    def _judged_by_gap(self, i: int, gap: float) -> str:
        """Judge an entry that is off by a gap: solvers in f leave a small one."""
        return "slight" if gap <= self.excused * self._largest_beside(i) else "wrong"

    def _is_still_beside_kink(self, i: int, at: Callable[[float], float]) -> bool:
        """Return whether the loss is constant around an entry, and larger steps on either side cross a kink at most.

        So it is below the kink of a ReLU, or for what is not the largest. Values in stairs jump. If a slope is
        claimed there, it must be one that these steps would have shown.
        """
        unit, claimed = oracle.unit(float(self.x[i])), abs(float(self.analytic[i]))
        if 0 < claimed * unit * BESIDE_KINK[-1] <= 64 * max(self.exact * abs(self.J), self.oracle.noise):
            return False
        if any(at(side * step * unit) != self.J for step in BESIDE_KINK for side in (1, -1)):
            return False
        far = [unit * abs(step) for step in oracle.WIDE_STEPS]
        moving = [side for side in (1, -1) if any(at(side * step) != self.J for step in far)]
        return not any(oracle.stairs(at, side * far[0]) for side in moving)

    def _creep(self, at: Callable[[float], float], unit: float) -> float:
        """Return the slope of a loss whose rounding hides it in small steps, 0 if there is none.

        The first steps that show anything go as far down as up, and in twice the step twice as far: the loss does not
        as beyond a kink on one side, nor where it is cubic.
        """
        noise = max(self.exact * abs(self.J), self.oracle.noise)
        for h in [unit * 2.0**-k for k in range(18, 4, -1)]:
            far, twice = at(h) - at(-h), at(2 * h) - at(-2 * h)
            if abs(far) > 128 * noise:
                is_even = abs(at(h) + at(-h) - 2 * self.J) <= abs(far) / 8
                return far / (2 * h) if is_even and abs(twice - 2 * far) <= abs(twice) / 8 else 0.0
        return 0.0

    def _is_blurred(self, i: int, gap: float) -> bool:
        """Return whether an entry is off by less than noise of the loss that is far above the rounding of its value.

        Where p is near 1, log(1 − p) errs by what p was rounded by, for a complex step otherwise than for f.
        """
        noise = self.oracle.noise
        return noise > 64 * EPS * abs(self.J) and gap <= noise and gap <= BLURRED * self._largest_beside(i)

    def _crosses_kink(self, at: Callable[[float], float], claimed: float, real: Estimate, J: float) -> bool:
        """Return whether a claim is right where real differences cross no kink, which their curvature hid."""
        rounding = self.exact * abs(J)
        low, high = oracle.hidden_kink(at, real, max(rounding, self.oracle.noise))
        return low < claimed < high or oracle.confirmed_nearby(at, claimed, real, rounding)

    def _moved(self, i: int, at: Callable[[float], float], h: float) -> float:
        """Return how far a slope moves if x does by a few roundings, as rounding in f may.

        As the loss is curved; and as its values move, where that is far more than their own rounding, as near the
        edge of log(1 − |x|²): differences divide it by the step.
        """
        rounding = np.spacing(np.abs(self.x))
        curved = oracle.ULPS * float(rounding[i]) / h * abs(at(h) + at(-h) - 2 * at(0.0)) / h  # h² may be 0
        noise = float(np.linalg.norm(rounding * self.analytic))
        return curved + (noise / h if noise > 16 * EPS * abs(self.J) else 0.0)

    def _moving(self, untouched: Indices, touched: Indices) -> Indices:
        """Return entries on which the loss depends though their gradient is zero in the whole row."""
        # sizes of entries that differ, so that equal derivatives do not cancel
        sizes = np.resize(self.rng.uniform(1, 2, PERIOD), self.parameters.n)
        sizes[touched] = 0

        def still(where: Indices) -> bool:
            d, place = (sizes, slice(None)) if where is untouched else (sizes[where], where)
            if self.oracle.is_complex and self.oracle.derivative(place, d) != 0:
                return False
            at = oracle.along(self.loss, self.x + d, slice(0), 0.0) if where is untouched else self.along(place, d)
            return at(1.0) == self.J

        return _search(untouched, still)

    def _disagreeing(self, together: Indices) -> Indices:
        """Return touched entries whose rows disagree along random directions, which weigh every row alike."""
        tolerance, found = self.tolerance(together), []
        for _ in range(DIRECTIONS):
            d = self.rng.standard_normal(len(together)) / tolerance
            agrees = partial(self._agrees, together, oracle.short(d / np.abs(d).max()), tolerance)
            found.append(_search(np.arange(len(together)), agrees))
        return np.setdiff1d(together[np.concatenate(found)], np.flatnonzero(self.checked))

    def _agrees(self, together: Indices, d: Array, tolerance: Array, part: Indices) -> bool:
        """Return whether the derivative along this part of d agrees; errors within tolerance add up to its norm."""
        where, d = together[part], d[part]
        expected = float(self.analytic[where] @ d)
        allowed = 4 * float(np.sqrt(((tolerance[part] * d) ** 2).sum()))
        if self.oracle.is_complex:
            return abs(self.oracle.derivative(where, d) - expected) <= allowed
        return self.ladder(self.along(where, d)).allows(expected, allowed)


def _search(indices: Indices, right: Callable[[Indices], bool]) -> Indices:
    """Search by halves for entries that make a test fail, down to groups of FEW, until there are enough of them."""
    found, queue = [indices[:0]], [indices]
    while queue and (len(found) - 1) * FEW < 4 * ENOUGH:
        part = queue.pop()
        if right(part):
            continue
        if len(part) <= FEW:
            found.append(part)
        else:
            queue += [part[: len(part) // 2], part[len(part) // 2 :]]
    return np.concatenate(found)
