"""`check_unbiased`: is the mean of a sampled gradient the gradient of the expected loss?

Each draw z = g − E g is a bet against "the mean of z is at most τ" (τ: rounding): it multiplies a wealth by
1 + s(z − τ). If the claim is true, wealth is a supermartingale and reaches 1/α with probability α at most, however
often one looks (Ville 1939). There are such bets for each entry and, where a wrong scale shows soonest, for each row
and block along the expected gradient; for either sign; and, in order to pass, against "the bias is δ or more".

A draw beyond a bound B takes the stake, s ≤ 1/2B, and half of it is set again with a larger B. That keeps the game
fair if draws beyond B are 2B in size on average or less: so are bounded draws, normal ones, and tails that fall at
least as fast as |z|⁻³ in density (Pareto's index 2). B is several times the largest of a first sample in the block.
"""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np

from .check import _name
from .contract import BreachError, _gradient, _loss, quiet, split
from .oracle import SAFETY, choose
from .parameters import Array, Names, Parameters, Words
from .report import Coordinate, GradientReport, Verdict

PILOT, REACH = 64, 4.0  # draws that only set the bounds; B in units of the largest of them
FEWEST = 2 * PILOT
Sampled = Callable[[Any, np.random.Generator], Any]


def check_unbiased(
    f: Sampled,
    x: Any,
    n: int = 20_000,
    *,
    gradient: Any = None,
    loss: Callable[[Any], Any] | None = None,
    other: Sampled | None = None,
    smallest: float = 0.1,
    error_rate: float = 1e-6,
    rtol: float | None = None,
    name: str = "",
    names: Names = None,
    words: Words = None,
    seed: int = 0,
) -> GradientReport:
    """Return a report on whether the mean of the gradients that f draws at x is the gradient of the expected loss.

    One of `gradient`, `loss` and `other` says what the mean should be. The test is sequential: it stops as soon as
    it is decided. "failed": an entry is biased, or a row or block along the expected gradient; an unbiased f gets
    this verdict with probability `error_rate` at most, however many entries there are. "passed": every bias is below
    `smallest`; an f with a larger one gets this with probability `error_rate` at most. "inconclusive": n draws could
    not decide, or a gradient that never varies is not the expected one.

    Both rates hold for independent draws of which those beyond a bound B are 2B in size on average, or less. B is
    four times the largest of the first 64 draws in the block; when a draw is beyond it, four times that draw. No test
    can see events that are both rarer and far larger than all that was drawn.

    In the report `worst` has the mean of the draws as its analytic value, the expected gradient as its numeric one,
    and as its tolerance the difference that could be chance. An option or x that is not as described raises TypeError
    or ValueError; what f raises is not caught.

    Parameters
    ----------
    f : function (x, rng) → (loss, gradient), or → gradient; it draws from rng, an np.random.Generator
    x : as for `check_gradient`
    n : at most so many draws, at least 128
    gradient : the expected gradient at x, in the form of x
    loss : function x → expected loss, which is differentiated numerically
    other : function (x, rng) like f, known to be unbiased, such as the plain slow one; drawn as often as f
    smallest : the bias that must not pass, in units of the block's largest expected entry (or row, or norm)
    error_rate : probability of a wrong verdict
    rtol : what counts as rounding, in the same units; 1e-9 by default, 1e-4 for float32
    name, names, words : as for `check_gradient`
    seed : of the random numbers

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import check_unbiased
    >>> x = np.array([1.0, 2.0])
    >>> check_unbiased(lambda x, rng: 2 * x * rng.uniform(0, 2), x, gradient=2 * x).verdict
    'passed'
    >>> check_unbiased(lambda x, rng: 2 * x * rng.uniform(0, 3), x, gradient=2 * x).verdict
    'failed'
    """
    sources = {"gradient": gradient, "loss": loss, "other": other}
    _check_options(f, n, sources, smallest, error_rate)
    parameters = Parameters(x, names, words)
    rtol = rtol if rtol is not None else 1e-4 if parameters.is_coarse else 1e-9
    given = next(key for key, value in sources.items() if value is not None)
    shown = f"smallest={smallest:g}, error_rate={error_rate:g}, rtol={rtol:g}, seed={seed}"
    call = f"check_unbiased(f, x, {n}, {given}={given}, {shown})"
    about: dict[str, Any] = {"name": f"mean of {name or _name(f)}", "total": parameters.n, "call": call}
    expected, error = _expected(parameters, gradient, loss)
    own, others = np.random.default_rng(seed).spawn(2)

    def draw() -> tuple[Array, Array]:
        drawn = _draw(f, parameters, own)
        return drawn, expected if other is None else _draw(other, parameters, others)

    try:
        trial = _Trial(parameters, [draw() for _ in range(PILOT)], n, smallest, error_rate, rtol, error)
        while not trial.is_decided and trial.draws < n:
            trial.take(*draw())
    except BreachError as breach:
        return GradientReport(verdict="failed", reason=f"contract: {breach}", **about)
    return trial.report(about)


def _check_options(f: Any, n: Any, sources: dict[str, Any], smallest: Any, error_rate: Any) -> None:
    given = " and ".join(key for key, value in sources.items() if value is not None)
    if given not in sources:
        expected = "expected one of gradient, loss and other, which says what the mean should be"
        raise ValueError(f"{given + ' are' if given else 'nothing is'} given: {expected}")
    for key, function in (("f", f), ("loss", sources["loss"]), ("other", sources["other"])):
        if not (callable(function) or (function is None and key != "f")):
            raise TypeError(f"{key} is {function!r}: expected a function of x{'' if key == 'loss' else ' and rng'}")
    if callable(sources["gradient"]):
        raise TypeError(f"gradient is {sources['gradient']!r}: expected the gradient at x itself, not a function")
    if not isinstance(n, Integral) or n < FEWEST:
        raise ValueError(f"n is {n!r}: expected at least {FEWEST} draws")
    if not (isinstance(smallest, Real) and 0 < float(smallest) < np.inf):
        raise ValueError(f"smallest is {smallest!r}: expected a positive number, such as 0.1 for a tenth")
    if not (isinstance(error_rate, Real) and 0 < float(error_rate) < 1):
        raise ValueError(f"error_rate is {error_rate!r}: expected a probability, such as 1e-6")


def _expected(parameters: Parameters, gradient: Any, loss: Callable[[Any], Any] | None) -> tuple[Array, float]:
    """Return the expected gradient, flat, and the error of its entries; zeros if another estimator is drawn."""
    if gradient is not None:
        try:
            return _gradient(split((0.0, gradient), parameters)[1], parameters), 0.0
        except BreachError as breach:
            raise ValueError(f"gradient= is not in the form of x: {breach}") from breach
    if loss is None:
        return np.zeros(parameters.n), 0.0
    try:
        first, again = (_loss(loss(parameters.original(parameters.flat))) for _ in range(2))
    except BreachError as breach:
        raise ValueError(f"loss= does not return the expected loss alone: {breach}") from breach
    if first != again:
        raise ValueError(f"loss= returns {first!r}, then {again!r} at x: it may not draw; other= is for what does")
    d = np.random.default_rng(0).standard_normal(parameters.n)
    with quiet():
        oracle = choose(lambda flat: loss(parameters.point(flat)), parameters.flat, slice(None), d / np.sqrt(d @ d))
        found = np.array([oracle.derivative(i, 1.0) for i in range(parameters.n)])
    return found, SAFETY * oracle.rounding


def _draw(f: Sampled, parameters: Parameters, rng: np.random.Generator) -> Array:
    """Draw a gradient, flat: f returns (loss, gradient) or the gradient alone."""
    returned = f(parameters.original(parameters.flat), rng)
    try:
        return _gradient(split(returned, parameters)[1], parameters)
    except BreachError as breach:
        is_number = isinstance(returned, tuple | list) and isinstance(returned[0], Real)
        is_loss = is_number and parameters.leaves[0].shape != ()
        if is_loss and not isinstance(returned[0], Integral):  # which may be the row of a pair (row, value)
            raise
        try:
            return _gradient(split((0.0, returned), parameters)[1], parameters)
        except BreachError as alone:
            raise (breach if is_loss else alone) from None


class Sums:
    """Sums of a gradient's entries: each by itself, and by row and by block along the expected gradient, M in all.

    They stand one kind after the other, and inside a kind block by block: `groups` of them.
    """

    def __init__(self, parameters: Parameters, expected: Array) -> None:
        blocks = parameters.blocks
        rows = [np.arange(b.part.start, b.part.stop, b.width) for b in blocks]
        self.n, self.rows, self.starts = parameters.n, np.concatenate(rows), np.array([b.part.start for b in blocks])
        # each row's, and each block's, expected gradient as a unit vector, 0 where that is 0: both (n,)
        self.by_row, self.by_block = (
            expected / np.repeat(norm + (norm == 0), np.diff(starts, append=self.n))
            for starts in (self.rows, self.starts)
            for norm in [np.sqrt(np.add.reduceat(expected**2, starts))]
        )
        self.M = self.n + len(self.rows) + len(blocks)
        counts = [[b.part.stop - b.part.start for b in blocks], [len(r) for r in rows], [1] * len(blocks)]
        self.counts = np.concatenate(counts)  # of each group
        self.groups = np.cumsum(self.counts) - self.counts

    def of(self, z: Array) -> Array:
        """Return the sums of z (n,): shape (M,)."""
        by_row = np.add.reduceat(z * self.by_row, self.rows)
        by_block = np.add.reduceat(z * self.by_block, self.starts)
        return np.concatenate([z, by_row, by_block])

    def largest(self, values: Array) -> Array:
        """Return for each sum the largest value in its group: shape (M,)."""
        return np.maximum.reduceat(values, self.groups).repeat(self.counts)

    def entries(self, i: int) -> Array:
        """Return the flat indices of which sum i is made."""
        if i < self.n:
            return np.array([i])
        starts, i = self.rows, i - self.n
        if i >= len(self.rows):
            starts, i = self.starts, i - len(self.rows)
        return np.arange(starts[i], np.append(starts, self.n)[i + 1])


class Bets:
    """Bets on M sums z, each against four claims: that its mean is ≤ τ; ≥ −τ; ≥ δ; ≤ −δ.

    bound, tau, delta : (M,)
    steps : number of stakes s = 1/2B, 1/4B, …, whose wealths are added up
    """

    def __init__(self, bound: Array, tau: Array, delta: Array, steps: int) -> None:
        self.tau, self.delta = tau, delta
        self.bound, self.stake = np.tile(bound, (4, 1)), np.full((4, len(bound)), 0.5)
        self.sign, self.shift = np.array([[1.0], [-1], [-1], [1]]), np.array([-tau, -tau, delta, delta])
        self.parts = 0.5 ** np.arange(1, steps + 1)[:, None, None]  # s B: (steps, 1, 1)
        self.wealth = np.full((steps, *self.bound.shape), 0.5 / steps)

    def take(self, z: Array) -> Array:
        """Play for a draw z (M,); return the wealth, which is evidence against the claims: (4, M)."""
        gain = (self.sign * z + self.shift) / self.bound  # (4, 1) (M,) + (4, M): (4, M)
        with np.errstate(over="ignore"):
            self.wealth *= 1 + self.parts * gain  # (steps, 1, 1) (4, M): (steps, 4, M)
        if (beyond := gain < -1).any():
            self.bound[beyond] *= -REACH * gain[beyond]
            self.stake[beyond] /= 2
            self.wealth[:, beyond] = self.stake[beyond] / len(self.parts)
        return np.asarray(self.wealth.sum(axis=0))


class _Trial:
    """A sequential test: draws so far, bets on them, and what is decided."""

    def __init__(
        self,
        parameters: Parameters,
        pilot: list[tuple[Array, Array]],
        n: int,
        smallest: float,
        error_rate: float,
        rtol: float,
        error: float,
    ) -> None:
        self.parameters, self.smallest, self.error_rate, self.rtol = parameters, smallest, error_rate, rtol
        drawn, others = (np.array(arrays) for arrays in zip(*pilot, strict=True))
        self.sums = sums = Sums(parameters, others.mean(axis=0))
        self.draws, self.mean, self.expected = len(drawn), drawn.mean(axis=0), others.mean(axis=0)
        z = np.array([sums.of(row) for row in drawn - others])
        self.total, self.squares = z.sum(axis=0), (z**2).sum(axis=0)
        far, scale = abs(z).max(axis=0), sums.largest(abs(sums.of(self.expected)))
        scale = np.where(scale > 0, scale, sums.largest(abs(sums.of(self.mean))))
        scale[scale == 0] = 1.0
        delta, largest = smallest * scale, sums.largest(far)
        # a sum's error: its entries' together
        tau = rtol * np.maximum(scale, largest) + error * np.sqrt(parameters.n)
        self.can_fail = sums.largest(np.ptp(z, axis=0) > tau)
        self.is_fixed = ~self.can_fail & (far > tau)
        smallest_stake = 2 * np.sqrt(2 * np.log(sums.M / error_rate) / n)  # the best after n draws, times 2B, is more
        self.bets = Bets(REACH * largest + delta, tau, delta, 1 + max(0, int(-np.log2(smallest_stake))))
        self.biased, self.settled = np.zeros(sums.M, bool), np.zeros((2, sums.M), bool)

    @property
    def is_decided(self) -> bool:
        """Return whether a bias was found, or nothing is open."""
        return bool(self.biased.any() or (self.settled.all(axis=0) | self.is_fixed).all())

    def take(self, drawn: Array, other: Array) -> None:
        """Count a draw (n,) and another that has the expected mean."""
        z = self.sums.of(drawn - other)
        self.draws += 1
        self.mean += (drawn - self.mean) / self.draws
        self.expected += (other - self.expected) / self.draws
        self.total += z
        self.squares += z**2
        evidence = self.bets.take(z)
        self.biased |= self.can_fail & (evidence[:2].max(axis=0) >= 2 * self.sums.M / self.error_rate)
        self.settled |= evidence[2:] >= 1 / self.error_rate

    def report(self, about: dict[str, Any]) -> GradientReport:
        """Return the verdict and what led to it."""
        p, sums = self.parameters, self.sums
        chosen = np.flatnonzero(self.biased if self.biased.any() else self.is_fixed)
        where = np.concatenate([sums.entries(int(k)) for k in chosen]) if len(chosen) else np.arange(p.n)
        noise = np.sqrt(2 * np.log(2 * sums.M / self.error_rate)) * self._error()
        i = int(where[np.argmax((abs(self.total) / self.draws / (noise + self.bets.tau))[where])])
        block, index = p.locate(i)
        values = float(self.mean[i]), float(self.expected[i]), float(noise[i] + self.bets.tau[i])
        verdict, reason = self._verdict(p.label(i))
        return GradientReport(
            verdict=verdict,
            reason=reason,
            worst=Coordinate(p.label(i), block.name, index, *values),
            wrong_rows=tuple(dict.fromkeys(self._name(int(k), row=True) for k in np.flatnonzero(self.biased))),
            checked=p.n,
            hints=self._ratios(i) if self.biased.any() else (),
            method=f"{self.draws:,} draws; analytic is their mean, numeric the expected gradient",
            tolerance=f"chance, and {self.rtol:.2g} of the largest entry; error rate {self.error_rate:g}",
            **about,
        )

    def _error(self) -> Array:
        """Return the standard error of the mean of each sum: (M,)."""
        variance = self.squares / self.draws - (self.total / self.draws) ** 2
        return np.asarray(np.sqrt(np.maximum(variance, 0) / self.draws))

    def _name(self, k: int, *, row: bool = False) -> str:
        """Return the name of the entry, row or block that is sum k; or of the row of an entry."""
        first = int(self.sums.entries(k)[0])
        if k >= self.sums.n + len(self.sums.rows):
            return self.parameters.locate(first)[0].name
        return self.parameters.label(first, row=row or k >= self.sums.n)

    def _ratios(self, i: int) -> tuple[str, ...]:
        """Return which multiple of the expected gradient is drawn in the row and the block of an entry."""
        sums, expected, texts = self.sums, self.sums.of(self.expected), list[str]()
        for starts, first in ((sums.starts, sums.n + len(sums.rows)), (sums.rows, sums.n)):
            k = first + int(np.searchsorted(starts, i, "right")) - 1
            bias, error = self.total[k] / self.draws, self._error()[k]
            if abs(bias) > 5 * error and expected[k] > 0:
                ratio = f"{1 + bias / expected[k]:.3g} ± {error / expected[k]:.1g}"
                texts.append(f"{self._name(k)}: along the expected gradient the mean is {ratio} times as large")
        return tuple(dict.fromkeys(texts))

    def _verdict(self, label: str) -> tuple[Verdict, str]:
        limit = f"{self.smallest:g} of the largest in its block"
        if self.biased.any():
            odds = f"unbiased ones are as far off in one check of {1 / self.error_rate:,.0f} at most"
            return "failed", f"the mean of {self.draws:,} draws is not the expected gradient: {odds}"
        if self.is_fixed.any():
            odd = f"the gradient of {label} does not vary, but is not the expected one"
            return "inconclusive", f"{odd}: does f draw from rng? What is not random is for check_gradient"
        is_open = np.logical_not(self.settled.all(axis=0))
        if not is_open.any():
            return "passed", f"after {self.draws:,} draws, no bias of an entry can be as large as {limit}"
        where = f"{self._name(int(np.argmax(is_open)))}, the first of {is_open.sum()}"
        more = f"allow some n={self._needed(is_open):,}, or a larger `smallest`"
        return (
            "inconclusive",
            f"{self.draws:,} draws show no bias, but there may be one of {limit} in {where}: {more}",
        )

    def _needed(self, is_open: Array) -> int:
        """Estimate how many draws would settle what is open, to two digits."""
        delta = self.bets.delta[is_open]
        room = np.maximum(delta - abs(self.total / self.draws)[is_open], delta / 4)
        variance = self.draws * self._error()[is_open] ** 2 + room**2
        s = np.minimum(room / variance, 0.5 / self.bets.bound[2:, is_open].max(axis=0))
        needed = np.log(2 * len(self.bets.parts) / self.error_rate) / (s * room - s**2 * variance / 2).min()
        return int(float(f"{max(needed, 1.2 * self.draws):.1e}"))
