"""The comparison itself: analytic against numeric, entry by entry and along directions."""

from collections.abc import Callable
from functools import partial

import numpy as np

from . import oracle
from .contract import Analytic
from .oracle import EPS, SAFETY, Loss, ladder
from .parameters import Array, Indices, Parameters
from .plan import DIRECTIONS, Plan

ROUNDINGS = 512
ENOUGH = 20  # wrong entries that are confirmed one by one; more of them would only repeat the answer
FEW = 16  # entries in the smallest group that a search by halves looks at
ORDER = 1.95  # at least this is the order of a Taylor remainder that counts as 2
MOST_KINKS = 1000  # entries at which a kink is looked for


class Comparison:
    """A gradient, its numeric counterpart as far as it was computed, and what differs.

    analytic, numeric, checked, wrong : arrays (n,); numeric equals analytic where nothing was computed
    kinks, unsure : flat indices at which the loss has a kink, or no derivative is exact enough to decide
    exact : the relative rounding of the loss: where f takes no complex numbers it may well compute in x's own type
    order : how fast the Taylor remainder falls; None where it is all rounding
    is_stale : whether f's gradient at another point is wrong though the one at x is right
    """

    def __init__(
        self, parameters: Parameters, analytic: Analytic, loss: Loss, rtol: float | None, rng: np.random.Generator
    ) -> None:
        self.parameters, self.loss, self.rng = parameters, loss, rng
        self.J, self.analytic, self.elsewhere = analytic
        self.x, self.numeric = parameters.flat, self.analytic.copy()
        self.along = partial(oracle.along, loss, self.x)
        self.checked, self.wrong = np.zeros((2, parameters.n), bool)
        self.kinks, self.unsure = list[int](), list[int]()
        eps = [max(float(np.finfo(block.dtype).eps), EPS) for block in parameters.blocks]
        self.rtols = [rtol if rtol is not None else max(1e-12, 1000 * e) for e in eps]
        scale = max(1.0, abs(self.J), float(self.x.max()), float(-self.x.min()))
        self.floors = [ROUNDINGS * e * scale for e in eps]
        self.eps = max(eps)

    def run(self, plan: Plan) -> None:
        """Compare all that is planned."""
        self.scope = plan.scope
        where = plan.together if len(plan.together) else plan.single
        d = self.rng.standard_normal(len(where))
        d /= np.sqrt(d @ d)
        self.oracle = oracle.choose(self.loss, self.x, where, d, self.eps)
        self.exact = EPS if self.oracle.is_complex and not self.parameters.keeps_types else self.eps
        self.floors = [floor + self.oracle.rounding for floor in self.floors]
        self.entries(plan.single)
        more = [self._moving(plan.untouched, plan.together)] if len(plan.untouched) else []
        more += [self._disagreeing(plan.together)] if len(plan.together) > len(plan.single) else []
        for indices in more:
            self.entries(indices, certify=True)
        self.order = self._order(where, d)
        if self.order is not None and self.order < ORDER:
            self.order = max(self.order, self._order(where, -d) or 0)  # h² and h³ may almost cancel on one side
        self.is_stale = self._is_stale(where, d)
        if self.order is not None and self.order < ORDER and not self.wrong.any():
            hidden = [i for i in plan.single[:MOST_KINKS] if oracle.kink(self.along(i, 1.0), self.exact)]
            self.kinks = sorted({*self.kinks, *map(int, hidden)})

    def _is_stale(self, where: Indices, d: Array) -> bool:
        """Return whether the gradient that f returned at another point is wrong there, though it is right at x."""
        if self.elsewhere is None or self.wrong.any():
            return False
        x, gradient = self.elsewhere
        at, claimed = oracle.along(self.loss, x, where, d), float(gradient[where] @ d)
        near = max(1e-6, *self.rtols) * float(np.abs(gradient[where]) @ np.abs(d)) + max(self.floors)
        if abs(oracle.five_point(at, oracle.best_step(self.eps)) - claimed) <= near:
            return False
        slope = ladder(at, self.eps)
        known = np.isfinite(slope.error) and np.isfinite(claimed)
        return bool(known and not slope.allows(claimed, near) and oracle.kink(at, self.eps) is None)

    def _order(self, where: Indices, d: Array) -> float | None:
        """Return the order of the Taylor remainder along d, where the slope may be off by the entries' tolerances."""
        slope, slack = float(self.analytic[where] @ d), float(np.linalg.norm(self.tolerance(where) * d))
        return oracle.taylor_order(self.along(where, d), slope, self.exact, slack)

    def tolerance(self, indices: Indices) -> Array:
        """Return the errors that entries may have: rtol times the largest entry of their row, plus the floor."""
        allowed = np.empty(len(indices))
        for block, rtol, floor in zip(self.parameters.blocks, self.rtols, self.floors, strict=True):
            here = (indices >= block.part.start) & (indices < block.part.stop)
            rows, which = np.unique((indices[here] - block.part.start) // block.width, return_inverse=True)
            entries = np.abs(block.rows(self.numeric)[rows])  # (rows, width)
            largest = np.where(np.isfinite(entries), entries, 0).max(axis=1, initial=0)
            allowed[here] = rtol * largest[which] + floor
        return allowed

    def entries(self, indices: Indices, *, certify: bool = False) -> None:
        """Compare entries one by one, and again by real differences where they disagree; with `certify` all."""
        for i in indices:
            self.numeric[i] = self.oracle.derivative(i, 1.0)
            if certify and self.oracle.is_complex:  # the loss may depend on them in a way that complex numbers hide
                real = ladder(self.along(i, 1.0))
                self.numeric[i] = self.numeric[i] if real.allows(float(self.numeric[i])) else real.value
        self.checked[indices] = True
        excess = self.excess(indices)
        for i in indices[np.argsort(-excess)][: np.count_nonzero(~(excess <= 1))]:
            self.wrong[i] = self.wrong.sum() >= ENOUGH or not self._excused(int(i))

    def excess(self, indices: Indices) -> Array:
        """Return how far off entries are in units of their tolerance; infinity for NaN."""
        excess = np.abs(self.analytic[indices] - self.numeric[indices]) / self.tolerance(indices)
        return np.where(np.isnan(excess), np.inf, excess)

    def _excused(self, i: int) -> bool:
        """Return whether an entry disagrees only because the oracle errs there or the loss has a kink."""
        at, tolerance = self.along(i, 1.0), float(self.tolerance(np.array([i]))[0])
        real, claimed = ladder(at, self.exact), float(self.analytic[i])
        known = bool(np.isfinite(real.error))
        if self.oracle.is_complex and (real.allows(float(self.numeric[i])) or not known):
            return False  # the complex step is confirmed
        if real.allows(claimed, tolerance) or not known:
            self.numeric[i] = real.value if known else claimed
            if SAFETY * real.error > 1e-3 * max(abs(claimed), abs(real.value)) + 100 * tolerance or not known:
                self.unsure.append(i)
            return True
        low, high = oracle.kink(at, self.exact) or (np.nan, np.nan)
        slack = 1e-3 * (high - low)
        is_between = low - slack <= claimed <= high + slack
        self.numeric[i] = claimed if is_between else real.value
        if is_between:
            self.kinks.append(i)
        return is_between

    def _moving(self, untouched: Indices, touched: Indices) -> Indices:
        """Return entries on which the loss depends though their gradient is zero in the whole row."""
        sizes = 1 + self.rng.random(self.parameters.n)  # different, so that equal derivatives do not cancel
        sizes[touched] = 0

        def still(where: Indices) -> bool:
            d, place = (sizes, slice(None)) if where is untouched else (sizes[where], where)
            if self.oracle.is_complex and self.oracle.derivative(place, d) != 0:
                return False
            return self.along(place, d)(1.0) == self.J

        return _search(untouched, still)

    def _disagreeing(self, together: Indices) -> Indices:
        """Return touched entries whose rows disagree along random directions, which weigh every row alike."""
        tolerance, found = self.tolerance(together), []
        for _ in range(DIRECTIONS):
            d = self.rng.standard_normal(len(together)) / tolerance
            agrees = partial(self._agrees, together, d / np.abs(d).max(), tolerance)
            found.append(_search(np.arange(len(together)), agrees))
        return np.setdiff1d(together[np.concatenate(found)], np.flatnonzero(self.checked))

    def _agrees(self, together: Indices, d: Array, tolerance: Array, part: Indices) -> bool:
        """Return whether the derivative along this part of d agrees; errors within tolerance add up to its norm."""
        where, d = together[part], d[part]
        expected = float(self.analytic[where] @ d)
        allowed = 4 * float(np.sqrt(((tolerance[part] * d) ** 2).sum()))
        if self.oracle.is_complex:
            return abs(self.oracle.derivative(where, d) - expected) <= allowed
        return ladder(self.along(where, d), self.exact).allows(expected, allowed)


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
