"""Stochastic gradient descent with its schedule (E24 of docs/equations.md), smoothed loss, history and checks."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..vectors.history import History

ANNEAL_EVERY = 20000

Update = Callable[[Any, float, bool], tuple[Any, float | None]]


class Report(NamedTuple):
    """What is known after an iteration: its number, its batch's loss, the smoothed loss."""

    iteration: int
    loss: float
    smoothed: float


@dataclass
class Descent:
    """Where a descent stands: the parameters x, how many iterations are done, the reports so far.

    Examples
    --------
    >>> from word2vec.course.descent import Descent, Report
    >>> state = Descent(x=1.0)
    >>> state.smoothed, state.iteration
    (None, 0)
    >>> state.history.reports.append(Report(iteration=10, loss=2.0, smoothed=2.5))
    >>> state.smoothed
    2.5
    """

    x: Any
    iteration: int = 0
    history: History = field(default_factory=lambda: History(Report._fields))

    @property
    def smoothed(self) -> float | None:
        """The smoothed loss of the last report, None before the first."""
        return self.history.reports[-1].smoothed if self.history.reports else None


def step_size(step: float, iteration: int) -> float:
    """Return the step of an iteration (1, 2, …): η·0.5^⌊(t − 1)/20,000⌋, halved after every 20,000 (E24).

    Examples
    --------
    >>> from word2vec.course.descent import step_size
    >>> [step_size(0.3, t) for t in (1, 20_000, 20_001, 40_000)]
    [0.3, 0.3, 0.15, 0.15]
    """
    return step * 0.5 ** ((iteration - 1) // ANNEAL_EVERY)


def smooth(smoothed: float | None, loss: float) -> float:
    """Average the loss exponentially over the reports: .95·old + .05·new, beginning with the first."""
    return loss if smoothed is None else 0.95 * smoothed + 0.05 * loss


def descend(
    state: Descent, update: Update, step: float, iterations: int, report_every: int = 10
) -> Iterator[Report | None]:
    """Run the descent x ← x − η_t ∂J_t/∂x (E24) from where it stands to the given number of iterations.

    Parameters
    ----------
    state : Descent, changed in place
    update : function (x, step, report) → (new x, loss), one iteration; the loss may be None where `report` is False
    step : of the first iteration; see `step_size`
    iterations : in all, those already done included
    report_every : iterations between two entries of the history

    Yields
    ------
    After each iteration: its new entry of the history, None if it has none. Whoever stops iterating stops there.

    Raises FloatingPointError if a reported loss is not finite, and ValueError if it is not one number. The message
    names the iteration.

    Examples
    --------
    >>> from word2vec.course.descent import Descent, descend
    >>> state = Descent(x=1.0)
    >>> update = lambda x, step, reporting: (x - step * 2 * x, x * x)  # x and loss of f(x) = x²
    >>> for report in descend(state, update, step=0.25, iterations=4, report_every=2):
    ...     if report is not None:
    ...         print(report.iteration, report.loss, state.x)
    2 0.25 0.25
    4 0.015625 0.0625
    """
    for iteration in range(state.iteration + 1, iterations + 1):
        reporting = iteration % report_every == 0
        now, report = step_size(step, iteration), None
        state.x, loss = update(state.x, now, reporting)
        state.iteration = iteration
        if reporting and loss is not None:
            if np.size(loss) != 1:
                raise ValueError(f"the loss has shape {np.shape(loss)} in iteration {iteration}: expected one number")
            loss = float(np.asarray(loss).item())
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"the loss is {loss} in iteration {iteration}, at step size {now:g}: expected a finite number; "
                    "a smaller step usually fixes it"
                )
            report = Report(iteration, loss, smooth(state.smoothed, loss))
            state.history.reports.append(report)
        yield report
