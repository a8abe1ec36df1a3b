"""What a wrong gradient looks like: cheap tests for the usual bugs, each with a hint at the fix."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from word2vec.gradcheck.comparison import Comparison
from word2vec.gradcheck.parameters import Array, Block

LIKE = 1e-5  # two arrays are alike if they differ by less than this part of their largest entry
MOST = 3  # hints


class Part(NamedTuple):
    """A block's analytic and numeric gradient, A and N, its wrong and its compared entries, all as rows."""

    block: Block
    A: Array
    N: Array
    wrong: Array
    checked: Array


def hints(comparison: Comparison) -> tuple[str, ...]:
    """Return what the errors look like and what to do about them: the first few patterns that fit."""
    c = comparison
    parts = [Part(b, *map(b.rows, (c.analytic, c.numeric, c.wrong, c.checked))) for b in c.parameters.blocks]
    parts = [part for part in parts if part.wrong.any()]
    found = list(_swapped(parts)) or [text for part in parts for text in _of_part(c, part)]
    return tuple(dict.fromkeys(found))[:MOST]


def _of_part(comparison: Comparison, part: Part) -> list[str]:
    """Try the patterns on one block, from the most to the least specific."""
    if not part.A.any():
        name = part.block.name
        return [f"the gradient of {name} is all zero, the true one is not: is it added to a copy, or never?"]
    for pattern in (_ratio, _float32, _transposed, _shifted):
        if text := pattern(part):
            return [text]
    if found := _rows(comparison, part):
        return found
    if part.wrong.sum() == 1 < part.wrong.size:
        error = float((part.A - part.N)[part.wrong][0])
        return [f"a single entry of {part.block.name} is wrong, by {error:.3g}: a stray index?"]
    return []


def _explains(model: Array, a: Array, n: Array) -> bool:
    """Return whether a model equals the wrong gradient a up to small errors, far better than the true n does."""
    error, scale = float(np.abs(a - model).max()), max(float(np.abs(model).max()), float(np.abs(a).max()))
    return scale > 0 and error <= LIKE * scale and error <= 1e-3 * float(np.abs(a - n).max())


def _swapped(parts: list[Part]) -> Iterator[str]:
    """Look for two blocks of equal shape that hold each other's gradient."""
    for i, a in enumerate(parts):
        for b in parts[i + 1 :]:
            if a.N.shape == b.N.shape and _explains(b.N, a.A, a.N) and _explains(a.N, b.A, b.N):
                names = f"{a.block.name} and {b.block.name}"
                yield f"the gradients of {names} are swapped: check the order in which they are returned"


def _float32(part: Part) -> str:
    """Look for errors of the size of float32's rounding."""
    block, A, N, wrong, _ = part
    with np.errstate(over="ignore"):  # rows that should be zero
        error = np.abs(A - N).max(axis=1) / np.maximum(np.abs(N).max(axis=1), np.finfo(float).tiny)
    rows = wrong.any(axis=1)
    if block.dtype == np.float32 or not (error[rows] < 1e-6).all():
        return ""
    if (A.astype(np.float32) == A).all() or (error[rows] > 1e-9).mean() > 0.5 < wrong.mean():
        size = f"(relative {error.max():.0e})"
        return f"errors of float32's size in {block.name} {size}: is it computed in float32, or a tiny term lost?"
    return ""


def _ratio(part: Part) -> str:
    """Look for one factor on the whole block."""
    rows = part.checked.any(axis=1)
    block, A, N = part.block, part.A[rows], part.N[rows]
    if np.abs(N).max() == 0:
        return ""
    c = float((A * N).sum() / (N * N).sum())
    if abs(c) < LIKE or not _explains(c * N, A, N):
        return ""
    return f"the gradient of {block.name} is {_number(c)} × the true one: {_meaning(c)}"


def _number(c: float) -> str:
    """Format a factor, as a fraction where it is 1/n."""
    if c != 0 and abs(1 / c - round(1 / c)) < LIKE * abs(1 / c) and 1 < abs(round(1 / c)) <= 1000:
        return f"{'−' if c < 0 else ''}1/{abs(round(1 / c))}"
    if abs(c - 1) < 1e-5:
        return f"(1 {'+' if c > 1 else '−'} {abs(c - 1):.1e})"
    return f"{'−' if c < 0 else ''}{abs(c):.6g}"


def _meaning(c: float) -> str:
    """Return the usual causes of a factor on a whole block."""
    if abs(c + 1) < LIKE:
        return "a sign; the gradient of the loss, not of the log-likelihood, is wanted"
    sign, n = "a sign, and " if c < 0 else "", round(max(abs(c), 1 / abs(c)))
    if abs(c) > 1.5 and abs(abs(c) - n) < LIKE * n:
        return f"{sign}a sum where the loss takes the mean of {n}, or something is counted {n} times"
    if abs(c) < 0.75 and "/" in _number(c):
        return f"{sign}the mean of {n} where the loss takes the sum (batch or window?), or a factor {n} forgotten"
    return f"{sign}a factor is missing, or one too many"


def _transposed(part: Part) -> str:
    """Look for an outer product taken the other way round."""
    block, A, N, *_ = part
    if len(block.shape) != 2 or min(block.shape) < 2:
        return ""
    rows, columns = block.shape
    if _explains(N, A.reshape(columns, rows).T, A):
        return f"the gradient of {block.name} is transposed: np.outer(ŷ − y, v_c), not np.outer(v_c, ŷ − y)"
    return ""


def _shifted(part: Part) -> str:
    """Look for rows that landed one or a few places off."""
    for shift in (1, -1, 2, -2) if len(part.N) > 2 else ():
        if _explains(np.roll(part.N, shift, axis=0), part.A, part.N):
            return f"the rows of {part.block.name}'s gradient are shifted: an index is off by {abs(shift)}"
    return ""


def _rows(comparison: Comparison, part: Part) -> list[str]:
    """Return each pattern of single rows once, with the wrong rows that show it."""
    block, A, N, wrong, _ = part
    found: dict[str, list[str]] = {}
    for row in np.flatnonzero(wrong.any(axis=1))[:50]:
        label = comparison.parameters.label(block.start + int(row) * block.width, row=True)
        if text := _row(A[row], N[row]) or _term(comparison, A[row] - N[row]):
            found.setdefault(text, []).append(label)
    most_rows_first = sorted(found.items(), key=lambda item: -len(item[1]))
    return [
        f"{', '.join(labels[:3])}{f' and {len(labels) - 3} more' if len(labels) > 3 else ''}: {text}"
        for text, labels in most_rows_first
    ]


def _row(a: Array, n: Array) -> str:
    """Compare one row a with the true one, n."""
    if not a.any():
        return "zero where it should not be: this word's gradient is lost"
    if not n.any():
        return "should be exactly zero: the loss does not depend on it (a wrong index?)"
    c = float(a @ n / (n @ n))
    if len(a) < 2 or abs(c) < LIKE or not _explains(c * n, a, n):
        return ""
    if abs(c + 1) < LIKE:
        return "the sign is wrong"
    if "/" in _number(c) and c > 0:
        times = round(1 / c)
        return (
            f"{_number(c)} of the true row: if the word occurs {times} times, its repeats are lost; "
            "use np.add.at(grad, ids, rows), not grad[ids] += rows"
        )
    return f"{_number(c)} × the true row: its coefficient is wrong (a repeat or one role of the word lost, σ for σ′?)"


def _term(comparison: Comparison, difference: Array) -> str:
    """Look for a row of the parameters that the error is a multiple of: a missing or a superfluous term."""
    if len(difference) < 2:
        return ""
    if np.ptp(difference) <= LIKE * np.abs(difference).max():
        return f"off by {difference.mean():.6g} in every entry: a constant is added"
    for block in comparison.parameters.blocks:
        rows = block.rows(comparison.parameters.flat).real  # (rows, width)
        if block.width == len(difference):
            norms = np.sqrt((rows * rows).sum(axis=1))
            cosines = rows @ difference / np.maximum(norms * np.sqrt(difference @ difference), 1e-300)
            best = int(np.abs(cosines).argmax())
            if 1 - abs(cosines[best]) < LIKE**2:
                c = float(rows[best] @ difference / norms[best] ** 2)
                label = comparison.parameters.label(block.start + best * block.width, row=True)
                return f"off by {_number(c)} × {label}: a term with it is missing, or one too many"
    return ""
