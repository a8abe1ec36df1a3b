"""The error of finite differences against their step, and Taylor remainders: measured, and drawn by matplotlib.

Against a right gradient the error of a difference falls with its truncation, h² or h⁴, until rounding, ε|J|/h, makes
it rise again. Against a wrong one it levels off at the gradient's error, whatever the step.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .comparison import Comparison
from .parameters import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 4.0 ** -np.arange(20)  # in units of the largest number in the entry's row
MOST = 4
# colours of Okabe and Ito, which colour-blind readers can distinguish, and markers that show one behind the other
STYLES = (("#D55E00", "o", 8), ("#0072B2", "s", 6.5), ("#009E73", "D", 5), ("#7A4FA3", "o", 3.5))
GREY = "#777777"


class Entry(NamedTuple):
    """One entry: its name, and the differences of the loss between two and four points, less f's gradient: (20,)."""

    label: str
    two: Array
    four: Array
    unit: float


class Curves(NamedTuple):
    """What is drawn: the entries furthest off, the remainders of order 0 and 1 along a direction, ε|J|."""

    entries: list[Entry]
    moved: Array
    remainder: Array
    rounding: float


def measure(c: Comparison) -> Curves:
    """Evaluate the loss at up to 341 points around x."""
    checked, p = np.flatnonzero(c.checked), c.parameters
    entries = []
    for i in map(int, checked[np.argsort(-c.excess(checked), kind="stable")][:MOST]):
        block, _ = p.locate(i)
        row = block.rows(p.flat)[(i - block.part.start) // block.width]
        unit = float(np.abs(row).max()) or 1.0
        at = c.along(i, unit)
        near, far = (np.array([at(k * h) - at(-k * h) for h in STEPS]) / unit / STEPS for k in (1, 2))
        two, four = near / 2, (8 * near - far) / 12
        entries.append(Entry(p.label(i), two - c.analytic[i], four - c.analytic[i], unit))
    d = np.random.default_rng(0).standard_normal(len(checked)) * np.maximum(np.abs(p.flat[checked]), 1e-3)
    at, slope = c.along(checked, d), float(c.analytic[checked] @ d)
    moved = np.array([at(h) for h in STEPS]) - at(0.0)
    return Curves(entries, np.abs(moved), np.abs(moved - slope * STEPS), c.exact * abs(c.J))


def draw(curves: Curves, title: str, ax: Any) -> "tuple[Axes, ...]":
    """Draw the errors on the first axes and, if there are two, the remainders on the second."""
    if ax is None:
        from matplotlib import pyplot

        figure, ax = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
        figure.suptitle(title, parse_math=False)
    axes = tuple(np.ravel(ax))
    for one, panel in zip(axes, (_errors, _remainders), strict=False):
        panel(one, curves)
        one.set(xscale="log", yscale="log")
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25, linewidth=0.6)
        one.set_axisbelow(True)
    return axes


def _errors(ax: "Axes", curves: Curves) -> None:
    values = [_positive(differences) for entry in curves.entries for differences in (entry.four, entry.two)]
    shown = np.concatenate(values)
    _show(ax, shown, 30)
    first = curves.entries[0]
    rounding = curves.rounding / first.unit / STEPS
    _theory(ax, rounding, "rounding, ε|J|/h")
    _theory(ax, _power(first.two - first.four, 2, rounding), "~ h²")
    _theory(ax, _power(first.four - np.roll(first.four, -1), 4, rounding), "~ h⁴")
    lines = []
    for k, (colour, marker, size) in zip(range(len(curves.entries)), STYLES, strict=False):
        ax.plot(STEPS, values[2 * k + 1], ":", color=colour, linewidth=1.1)
        lines += ax.plot(STEPS, values[2 * k], "-", marker=marker, color=colour, markersize=size, linewidth=1.3)
    ax.set(xlabel="step h, in units of the largest number in the row", ylabel="|numeric − analytic|")
    ax.set_title("differences of four points (solid) and of two (dotted)", fontsize="medium")
    legend = ax.legend(lines, [str(k) for k in range(len(lines))], loc="best", framealpha=0.8, edgecolor="none")
    for text, entry in zip(legend.get_texts(), curves.entries, strict=True):
        text.set(text=entry.label, parse_math=False)  # as a label, "_a" would be left out and "$a$" a formula


def _remainders(ax: "Axes", curves: Curves) -> None:
    moved, remainder = _positive(curves.moved), _positive(curves.remainder)
    shown = np.append(moved, remainder)
    _show(ax, shown, 10, least=curves.rounding / 100)
    _theory(ax, np.full(len(STEPS), curves.rounding), "rounding, ε|J|")
    _theory(ax, _power(curves.remainder, 2, curves.rounding), "~ h²")
    ax.plot(STEPS, moved, ":", color=GREY, linewidth=1.3, label="|J(x + hd) − J(x)|, of order 1")
    ax.plot(STEPS, remainder, "o-", color=STYLES[1][0], markersize=4, label="|J(x + hd) − J(x) − h g·d|")
    ax.set(xlabel="step h along a random direction d", ylabel="remainder")
    ax.set_title("Taylor remainders: of order 2 if the gradient g is right", fontsize="medium")
    ax.legend(loc="upper left", framealpha=0.8, edgecolor="none")


def _show(ax: "Axes", sizes: Array, below: float, least: float = 0.0) -> None:
    """Set limits in which sizes are seen; where all are 0, such as a logarithmic axis can be drawn with."""
    seen = sizes[np.isfinite(sizes)]
    low, high = (max(seen.min(), least), seen.max()) if len(seen) else (1e-16, 1.0)
    ax.set_ylim(*np.clip([low / below, high * 10], 1e-250, 1e250))  # matplotlib overflows beyond


def _positive(values: Array) -> Array:
    """Return sizes, NaN where the logarithm is not finite."""
    return np.where((values == 0) | np.isinf(values), np.nan, np.abs(values))


def _power(values: Array, order: int, rounding: Any) -> Array:
    """Return c h^order through the largest step ≤ 1/16 if values are far above rounding there; else NaN."""
    k = int(np.argmax(STEPS <= 1 / 16))
    is_clear = abs(values[k]) > 100 * np.broadcast_to(rounding, STEPS.shape)[k]
    return np.asarray(np.where(is_clear, abs(values[k]), np.nan) * (STEPS / STEPS[k]) ** order)


def _theory(ax: "Axes", line: Array, name: str) -> None:
    """Draw a grey line as far as it is in sight, with its name."""
    low, high = ax.get_ylim()
    seen = np.flatnonzero((line > low) & (line < high))
    if len(seen) > 1:
        ax.plot(STEPS[seen], line[seen], "--", color=GREY, linewidth=1, zorder=1)
        rises = line[0] > line[-1]
        k, offset, side = (seen[-1], (-3, -1), "right") if rises else (seen[2 * len(seen) // 3], (5, 5), "left")
        ax.annotate(name, (STEPS[k], line[k]), offset, textcoords="offset points", ha=side, color=GREY, fontsize=9)
