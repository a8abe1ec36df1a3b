"""The result of a gradient check: a verdict, and one screen of text on what is wrong, where and why."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

from .curves import Curves, draw

Verdict = Literal["passed", "failed", "inconclusive"]
SHOWN, WIDTH = 6, 100
COLOURS = {"passed": "#00734F", "failed": "#B34700", "inconclusive": "#7A5C00"}


@dataclass(frozen=True)
class Coordinate:
    """One entry of the gradient: f's value, the numeric one, and how far apart they may be.

    Attributes
    ----------
    label : the entry with its word, U[3, 2] ("queen"); block and index are the same for programs
    block, index : the name of its array, and its place in it
    analytic, numeric : the derivative that f returns, and that of its loss
    tolerance : how far apart the two may be

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import check_gradient
    >>> worst = check_gradient(lambda U: ((U * U).sum(), U), np.eye(2), names=("U",), words=["tea", "cup"]).worst
    >>> worst.label, worst.index, worst.analytic, round(worst.error, 6)
    ('U[0, 0] ("tea")', (0, 0), 1.0, 1.0)
    """

    label: str
    block: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    tolerance: float

    @property
    def error(self) -> float:
        """Return |analytic − numeric|."""
        return abs(self.analytic - self.numeric)


@dataclass(frozen=True)
class GradientReport:
    """The result of `check_gradient`; `str()` of it is one screen to read, and it is true if the check passed.

    Attributes
    ----------
    name : what was checked
    verdict : "passed"; "failed": gradient and loss disagree, or f breaks its contract; "inconclusive": no error was
        seen, but at this point it could not have been
    reason : the verdict in a sentence
    loss : J at the point; None if the contract was broken
    worst : the coordinate that is furthest off, in units of its tolerance; None if none was compared
    wrong_rows : the rows, by name and word, that hold a wrong entry
    checked, total : how many coordinates were compared one by one, and how many there are
    hints, kinks : likely causes of the error; where the loss has no derivative
    method, tolerance, taylor, frozen, call : how it was checked, and the call that repeats it
    curves : measures what `plot` draws; holds f and x; neither compared nor pickled

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import check_gradient
    >>> report = check_gradient(lambda x: (x @ x, 3 * x), np.array([1.0, 2.0]), name="a square")
    >>> print("\\n".join(str(report).splitlines()[:4]))
    gradient check FAILED: a square
      reason     the gradient is wrong in 2 of 2 compared entries
      worst      x[1]: analytic 6, numeric 4 (error 2.0e+00, tolerance 4.6e-12)
      wrong rows x
    >>> report.passed, report.wrong_rows
    (False, ('x',))
    """

    name: str
    verdict: Verdict
    reason: str
    loss: float | None = None
    worst: Coordinate | None = None
    wrong_rows: tuple[str, ...] = ()
    checked: int = 0
    total: int = 0
    hints: tuple[str, ...] = ()
    kinks: tuple[str, ...] = ()
    method: str = ""
    tolerance: str = ""
    taylor: str = ""
    frozen: tuple[str, ...] = ()
    call: str = ""
    curves: Callable[[], Curves] | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Return whether the gradient was found right; an inconclusive check has not passed."""
        return self.verdict == "passed"

    def __bool__(self) -> bool:
        return self.passed  # as of checkers that return True or False: assert check_gradient(f, x)

    @property
    def is_breach(self) -> bool:
        """Return whether f broke its contract, as opposed to returning a wrong gradient."""
        return self.reason.startswith("contract:")

    def raise_if_failed(self) -> None:
        """Raise an AssertionError with the report's text if the check failed or was inconclusive."""
        __tracebackhide__ = True  # pytest leaves this frame out
        if not self.passed:
            raise AssertionError(str(self)) from None

    def plot(self, ax: Any = None) -> tuple[Any, ...]:
        """Draw the errors of differences against their step, of up to four entries, and the Taylor remainders.

        Entries are those furthest off. Against a right gradient the error falls with the truncation, until rounding
        makes it rise; against a wrong one it levels off. The loss is evaluated for it at up to 341 points, only now,
        with the random numbers of the check; f and what it reads must still be what they were.

        ax : matplotlib's Axes for the errors, or two, for the remainders too; by default, of a new figure of pyplot

        Return the axes; `report.plot()[0].figure.savefig("check.png")` writes the picture. Raise ValueError if there
        is nothing to draw: the contract was broken, the report was pickled, or gradients were sampled.
        """
        if self.curves is None:
            why = "f broke its contract" if self.is_breach else "it was pickled, or is not of check_gradient"
            raise ValueError(f"this report has no curves to plot ({why}): expected one that compared entries")
        return draw(self.curves(), f"gradient check {self.verdict.upper()}: {self.name}", ax)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "curves": None}  # f and x are often closures, which cannot be pickled

    def _titled(self) -> list[tuple[str, str]]:
        """Return the lines of the report: title, text; without the call that repeats it."""
        worst = checked = ""
        if w := self.worst:
            worst = f"{w.label}: analytic {w.analytic:.10g}, numeric {w.numeric:.10g} "
            worst += f"(error {w.error:.1e}, tolerance {w.tolerance:.1e})"
        if self.checked:
            checked = f"{self.checked:,} of {self.total:,} coordinates; {self.method}"
        titled = [("reason", self.reason), ("worst", worst), ("wrong rows", _some(self.wrong_rows))]
        titled += [("hint", hint) for hint in self.hints]
        titled += [("kinks", _some(self.kinks)), ("checked", checked), ("tolerance", self.tolerance)]
        titled += [("Taylor", self.taylor), ("frozen", _some(self.frozen))]
        return [(title, text) for title, text in titled if text]

    def _repr_html_(self) -> str:
        """Return the report as a table, which notebooks show."""
        head = f'<b style="color: {COLOURS[self.verdict]}">gradient check {self.verdict.upper()}</b>'
        cell = '<td style="text-align: left; vertical-align: top'
        row = f'<tr>{cell}; white-space: nowrap; opacity: 0.7">{{}}</td>{cell}">{{}}</td></tr>'
        rows = [row.format(escape(title), escape(text)) for title, text in self._titled()]
        rows += [row.format("again", f"<code>{escape(self.call)}</code>")] if self.call else []
        return (
            f"<table><caption style='text-align: left'>{head}: {escape(self.name)}</caption>{''.join(rows)}</table>"
        )

    def __str__(self) -> str:
        wrap = textwrap.TextWrapper(WIDTH, subsequent_indent=" " * 13, break_long_words=False, break_on_hyphens=False)
        lines = [f"gradient check {self.verdict.upper()}: {self.name}"]
        for title, text in self._titled():
            wrap.initial_indent = f"  {title:<10} "
            lines += wrap.wrap(text)
        if self.call:
            lines.append(f"  {'again':<10} {self.call}")  # not wrapped, so that it can be copied
        return "\n".join(lines)


def _some(names: tuple[str, ...]) -> str:
    shown = [name for i, name in enumerate(names[:SHOWN]) if len(", ".join(names[: i + 1])) <= 0.9 * WIDTH or i == 0]
    return ", ".join(shown) + (f", … ({len(names)} in all)" if len(names) > len(shown) else "")
