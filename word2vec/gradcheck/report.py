"""What a gradient check found: a verdict, and one screen of text that says what is wrong, where and why."""

import textwrap
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["passed", "failed", "inconclusive"]
SHOWN = 6
WIDTH = 110


@dataclass(frozen=True)
class Coordinate:
    """One entry of the gradient: what f says, what the loss says, how far apart they may be.

    label names it with its word, U[3, 2] ("queen"); block and index say the same to programs.
    """

    label: str
    block: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    tolerance: float

    @property
    def error(self) -> float:
        """Give |analytic − numeric|."""
        return abs(self.analytic - self.numeric)


@dataclass(frozen=True)
class GradientReport:
    """The outcome of `check_gradient`; `str()` of it is one screen to read.

    verdict : "passed"; "failed": gradient and loss disagree, or f breaks its contract; "inconclusive": nothing
        wrong was seen, but at this point it could not have been
    reason : the verdict in a sentence
    loss : J at the point; None if the contract was broken
    worst : the coordinate that is furthest off, in units of its tolerance; None if none was compared
    wrong_rows : the rows, by name and word, that hold a wrong entry
    checked, total : how many coordinates were compared one by one, and how many there are
    hints, kinks : what the error looks like; where the loss has no derivative
    method, tolerance, taylor, frozen : how it was checked
    call : the call that repeats it
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

    @property
    def passed(self) -> bool:
        """Tell whether the gradient was found right; an inconclusive check has not passed."""
        return self.verdict == "passed"

    @property
    def is_breach(self) -> bool:
        """Tell whether f broke its contract, as opposed to returning a wrong gradient."""
        return self.reason.startswith("contract:")

    def raise_if_failed(self) -> None:
        """Raise an AssertionError with the report's text unless the check passed.

        Raises
        ------
        AssertionError
            If the verdict is "failed" or "inconclusive".
        """
        __tracebackhide__ = True
        if not self.passed:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        lines = [f"gradient check {self.verdict.upper()}: {self.name}", *_line("reason", self.reason)]
        if self.worst is not None:
            lines += _line("worst", _compared(self.worst))
        lines += _line("wrong rows", _some(self.wrong_rows))
        for hint in self.hints:
            lines += _line("hint", hint)
        lines += _line("kinks", _some(self.kinks))
        if self.checked:
            lines += _line("checked", f"{self.checked:,} of {self.total:,} coordinates; {self.method}")
        lines += _line("tolerance", self.tolerance) + _line("Taylor", self.taylor)
        lines += _line("frozen", _some(self.frozen))
        if self.call:
            lines.append(f"  {'again':<10} {self.call}")  # in one piece, to be copied
        return "\n".join(lines)


def _line(title: str, text: str) -> list[str]:
    """Give a titled line, if there is something to say; a long one goes on below, indented."""
    if not text:
        return []
    first, *more = textwrap.wrap(text, WIDTH - 13, break_long_words=False, break_on_hyphens=False)
    return [f"  {title:<10} {first}", *(f"{'':13}{line}" for line in more)]


def _compared(worst: Coordinate) -> str:
    """Put both values of a coordinate side by side."""
    return (
        f"{worst.label}: analytic {worst.analytic:.10g}, numeric {worst.numeric:.10g} "
        f"(error {worst.error:.1e}, tolerance {worst.tolerance:.1e})"
    )


def _some(names: tuple[str, ...]) -> str:
    """List the first few names, as many as two lines take, and count the rest."""
    shown = [name for i, name in enumerate(names[:SHOWN]) if len(", ".join(names[: i + 1])) <= 1.5 * WIDTH or i == 0]
    return ", ".join(shown) + (f", … ({len(names)} in all)" if len(names) > len(shown) else "")
