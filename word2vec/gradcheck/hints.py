"""What a wrong gradient looks like: cheap tests for the usual bugs, each with a hint at the fix."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from .comparison import ROUNDINGS, Comparison
from .oracle import EPS
from .parameters import Array, Block

LIKE = 1e-5  # two arrays are alike if they differ by less than this part of their largest entry
MOST = 3  # hints
LARGEST = 1000  # what a factor may be the number of
CONSTANTS = {"ln 2": np.log(2), "ln 10": np.log(10), "π": np.pi, "2π": 2 * np.pi, "180/π": 180 / np.pi}
CONSTANTS |= {f"√{n}": n**0.5 for n in range(2, 100) if int(n**0.5) ** 2 != n}  # as where attention is scaled
CONSTANTS |= {f"1/{name}" if name != "180/π" else "π/180": 1 / value for name, value in CONSTANTS.items()}


class Part(NamedTuple):
    """A block's analytic and numeric gradient, A and N, its wrong and its compared entries, each (rows, width)."""

    block: Block
    A: Array
    N: Array
    wrong: Array
    checked: Array


def hints(c: Comparison) -> tuple[str, ...]:
    """Return what the errors look like and what to do about them: the first few patterns that fit."""
    parts = [_part(c, block) for block in c.parameters.blocks if c.wrong[block.part].any()]
    found = [
        f"the gradients of {a.block.name} and {b.block.name} are swapped: check the order in which they are returned"
        for a, b in combinations(parts, 2)
        if a.N.shape == b.N.shape and _explains(b.N, a.A, a.N) and _explains(a.N, b.A, b.N)
    ]
    scaled = [_ratio(part) for part in parts]
    if found and all(scaled):  # as where one block is the negative of the other
        found += scaled
    found = found or [text for part in parts for text in _of_part(c, part)]
    return tuple(dict.fromkeys(found))[:MOST]


def _part(c: Comparison, block: Block) -> Part:
    """Return a block's part; a row of nothing but rounding beside the claimed one counts as zero."""
    A, N, wrong, checked = map(block.rows, (c.analytic, c.numeric, c.wrong, c.checked))
    largest, true = (np.abs(rows).max(axis=1, keepdims=True) for rows in (A, N))
    return Part(block, A, np.where(true <= ROUNDINGS * EPS * largest, 0, N), wrong, checked)


def _of_part(comparison: Comparison, part: Part) -> list[str]:
    """Try the patterns on one block, from the most to the least specific."""
    block, A, N, wrong, _ = part
    gradient = f"the gradient of {block.name}"
    if not A.any():
        return [f"{gradient} is all zero, the true one is not: is it added to a copy, cleared, or never added?"]
    whole = [text] if (text := _ratio(part)) else []
    if not whole and (text := _float32(part, block.rows(comparison.parameters.flat))):
        return [text]
    if len(block.shape) == 2 and min(block.shape) > 1:
        transposed = A.reshape(block.shape[::-1]).T  # (columns, rows)ᵀ, that is (rows, columns)
        if _explains(N, transposed, A):
            whole.append(f"{gradient} is transposed: exchange the arguments of np.outer, or leave a .T out")
    shifts = [k for k in (1, -1, 2, -2) if len(N) > 2 and _explains(np.roll(N, k, axis=0), A, N)]
    if shifts:
        off = abs(shifts[0])
        whole.append(f"the rows of {block.name}'s gradient are shifted: an index or an offset is off by {off}")
        rows = zip(A[wrong.any(axis=1)], N[wrong.any(axis=1)], strict=True)
        if len(whole) == 1 and all(a.any() and n.any() and _row(a, n, "row") for a, n in rows):
            whole += _rows(comparison, part)  # their coefficients may be wrong just as well
    if whole:
        return whole
    if found := _rows(comparison, part) + _alike(part):
        return found
    if wrong.sum() == 1 < wrong.size:
        off = (A - N)[wrong][0]
        return [
            f"a single entry of {block.name} is wrong, by {off:.3g}: a stray index, an entry that the loss treats "
            "otherwise (mask, clipping, dropout), or one with a formula of its own"
        ]
    return []


def _alike(part: Part) -> list[str]:
    """Return what to say if all rows have the same error, which is not one number alone."""
    errors = (part.A - part.N)[part.checked.all(axis=1)]
    allowed = LIKE * np.abs(errors).max(initial=0)
    if len(errors) < 3 or np.ptp(errors, axis=0).max() > allowed or np.ptp(errors) <= allowed:
        return []
    cause = (
        "the derivative of a sum or mean over the rows is left out, as of a batch norm, or something added to each"
    )
    return [f"all rows of {part.block.name}'s gradient are off by the same numbers: {cause}"]


def _explains(model: Array, a: Array, n: Array) -> bool:
    """Return whether a model equals the wrong gradient a up to small errors, far better than the true n does."""
    error, scale = float(np.abs(a - model).max()), max(float(np.abs(model).max()), float(np.abs(a).max()))
    return scale > 0 and error <= LIKE * scale and error <= 1e-3 * float(np.abs(a - n).max())


def _is_single(values: Array) -> bool:
    """Return whether a single entry is more than rounding: any number is some multiple of another."""
    return bool(np.count_nonzero(np.abs(values) > LIKE * np.abs(values).max()) < 2)


def _float32(part: Part, x: Array) -> str:
    block, A, N, wrong, _ = part
    with np.errstate(over="ignore"):  # rows that should be zero
        error = np.abs(A - N).max(axis=1) / np.maximum(np.abs(N).max(axis=1), np.finfo(float).tiny)
    rows = wrong.any(axis=1)
    if block.dtype == np.float32 or not (error[rows] < 1e-6).all():
        return ""
    size = f"(relative {error.max():.0e})"
    with np.errstate(over="ignore"):
        if (A.astype(np.float32) == A).all():
            is_alike = bool((x.astype(np.float32) == x).all())
            cause = f"rounded to float32{is_alike * ', or lacks a tiny term: x, too, holds such numbers'}"
            return f"the gradient of {block.name} holds numbers of float32 only {size}: it is {cause}"
    if (error[rows] > 1e-9).mean() > 0.5 < wrong.mean():
        return (
            f"errors of 1e-9 to 1e-6 throughout {block.name} {size}: a part in float32, a gradient by forward "
            "differences, a tiny term or factor that only the loss or only the gradient has, or the tolerance of a "
            "solver in f (if that is meant, pass rtol=1e-5)"
        )
    return ""


def _ratio(part: Part) -> str:
    """Look for one factor on the whole block, and return its usual causes."""
    rows = part.checked.any(axis=1)
    A, N = part.A[rows], part.N[rows]
    c = float((A * N).sum() / (N * N).sum()) if N.any() else 0.0
    if abs(c) < LIKE or not _explains(c * N, A, N):
        return ""
    by = max(abs(c), 1 / abs(c))
    n, cause = round(by), "a factor is missing or superfluous"
    if _is_single(N) and abs(c + 1) >= LIKE and (n == 1 or abs(by - n) >= LIKE * n):
        return ""
    if abs(c) > 1.5 and n <= LARGEST and abs(abs(c) - n) < LIKE * n:
        cause = (
            f"a sum where the loss takes the mean of {n}, a factor 1/{n} of the loss left out, or counted {n} times"
        )
    elif abs(c) < 0.75 and "1/" in _number(c)[:3]:
        cause = f"the mean of {n} where the loss takes the sum (batch or window?), or a factor {n} forgotten"
    if abs(c + 1) < LIKE:
        cause = "the sign of the gradient or of the loss is wrong, as of a log-likelihood, whose negative is the loss"
    elif c < 0:
        cause = f"the sign is wrong, and {cause}"
    return f"the gradient of {part.block.name} is {_number(c)} × the true one: {cause}"


def _number(c: float) -> str:
    sign = "−" if c < 0 else ""
    if c != 0 and abs(1 / c - round(1 / c)) < LIKE * abs(1 / c) and 1 < abs(round(1 / c)) <= 1000:
        return f"{sign}1/{abs(round(1 / c))}"
    if 1e-12 < abs(c - 1) < 1e-5:
        return f"(1 {'+' if c > 1 else '−'} {abs(c - 1):.1e})"
    known = [f" ({name})" for name, value in CONSTANTS.items() if abs(abs(c) - value) < LIKE * value]
    return f"{sign}{abs(c):.6g}{''.join(known)}"


def _rows(comparison: Comparison, part: Part) -> list[str]:
    """Return each pattern of single rows once, with the wrong rows that show it."""
    block, A, N, wrong, known = part
    found: dict[str, list[str]] = {}
    for row in np.flatnonzero(wrong.any(axis=1))[:50]:
        label = comparison.parameters.label(block.part.start + int(row) * block.width, row=True)
        text = _row(A[row, known[row]], N[row, known[row]], "word" if "(" in label else "row")
        own = label if len(A) > 1 else ""
        text = text or _term(comparison, A[row] - N[row], own) or _two(comparison, block, int(row), A[row], N[row])
        if text:
            found.setdefault(text, []).append(label)
    most_rows_first = sorted(found.items(), key=lambda item: -len(item[1]))
    return [
        f"{', '.join(labels[:3])}{f' and {len(labels) - 3} more' if len(labels) > 3 else ''}: {text}"
        for text, labels in most_rows_first
    ]


def _row(a: Array, n: Array, what: str) -> str:
    if not a.any():
        return f"zero where it should not be: this {what}'s gradient is lost"
    if not n.any():
        return (
            "should be exactly zero: the loss does not change with it here (a wrong index, or a term that only the "
            "gradient has?)"
        )
    c = float(a @ n / (n @ n))
    if len(a) < 2 or abs(c) < LIKE or not _explains(c * n, a, n):
        return ""
    if abs(c + 1) < LIKE:
        return "the sign is wrong"
    if _number(c).startswith("1/"):
        return (
            f"{_number(c)} of the true row: a factor {round(1 / c)} is left out, or the {what} occurs {round(1 / c)} "
            "times and its repeats are lost; then use np.add.at(grad, ids, rows), not grad[ids] += rows"
        )
    if _is_single(n):
        return ""
    parts = f"one of several parts that the {what} plays, or its repeats are lost (np.add.at)"
    return f"{_number(c)} × the true row: its coefficient is wrong, or {parts}"


def _two(comparison: Comparison, block: Block, row: int, a: Array, n: Array) -> str:
    """Look for two causes at once: a factor, and a multiple of the row of parameters itself, as of weight decay."""
    x = block.rows(comparison.parameters.flat)[row]
    if len(a) < 4 or not n.any() or not x.any():
        return ""
    pair = np.stack([n, x], axis=1)  # (width, 2)
    (c, k), *_ = np.linalg.lstsq(pair, a)
    if min(abs(c - 1), abs(c), abs(k)) < 1e-9 or not _explains(c * n + k * x, a, n):
        return ""
    off = f"{_number(float(c))} × the true row, and off by {_number(float(k))} × its own row of x"
    return f"{off}: two errors, or one factor on all but the weight decay"


def _term(comparison: Comparison, difference: Array, own: str) -> str:
    """Look for a row of the parameters that the error is a multiple of: a missing or superfluous term.

    own : the label of the row itself, "" for a block of one row
    """
    if _is_single(difference):
        return ""
    if np.ptp(difference) <= LIKE * np.abs(difference).max():
        return (
            f"off by {difference.mean():.6g} in every entry: a constant is added, or the derivative of a sum or mean "
            "over them left out"
        )
    found = list[str]()
    for block in [block for block in comparison.parameters.blocks if block.width == len(difference)]:
        rows = block.rows(comparison.parameters.flat)  # (rows, width)
        norms = np.sqrt((rows * rows).sum(axis=1))
        cosines = rows @ difference / np.maximum(norms * np.sqrt(difference @ difference), 1e-300)
        for row in np.flatnonzero(1 - np.abs(cosines) < LIKE**2).tolist():
            c = float(rows[row] @ difference / norms[row] ** 2)
            label = comparison.parameters.label(block.part.start + row * block.width, row=True)
            found.append(f"{_number(c)} × {'its own row of x' if label == own else label}")
    if not found:
        return ""
    shown = f"{', '.join(found[:MOST])}{', …' if len(found) > MOST else ''}"
    which = "it" if len(found) == 1 else "one of these"
    return f"off by {shown}: a term with {which} is missing, superfluous, or has a wrong factor"
