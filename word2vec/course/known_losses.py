"""The known losses of the starter test and of the course's run, and the cause and cure of each.

A loss of the starter test's first window with negative sampling tells its cause: each slip draws other negatives from
the same seed, so that the number alone identifies it.
"""

import re
import textwrap
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from .combined_slips import find
from .starter_test import CASES, NEGSAMP

DECIDING = 4  # decimals, as hand-outs print them; with fewer, too many losses of other causes agree with a known one
ZERO = "\nA loss of exactly 0 is what is returned where nothing was added to it yet."


class Known(NamedTuple):
    """A loss, its cause and cure; `but` is what is wrong besides the loss."""

    value: str
    cause: str
    cure: str
    but: str = ""


_RIGHT = str(NEGSAMP[0].loss)
_TABLE = f"""
{_RIGHT} | nothing: this is the right loss | None needed. Go on to the gradients.
{_RIGHT} | a negative that was drawn several times counts once in the gradient: given a list of indices,
    `grad[indices] += ...` adds only one of the equal ones
    | Look at how the rows are accumulated: every draw adds its own term. |, but wrong gradOutsideVecs
14.301866932653125 | Python 2's negatives: it makes other integers of the same random words
    | Run the test under Python 3 and expect 16.1512. A hand-out that expects 14.3019 was made with Python 2; your
    code may be right.
15.318208047662482 | the gradient check of naive softmax, which comes before, was left out
    | Put it back. Seed anew and run the whole test in its order.
16.51483361718182 | the gradient check of negative sampling, which comes before, was left out
    | Put it back. Seed anew and run the whole test in its order.
15.475254528181654 | both gradient checks were left out, or this test was run by itself
    | Put them back. Seed anew and run the whole test in its order.
15.7359454032309 | the two gradient checks were swapped
    | Naive softmax comes first. Seed anew and run the whole test in its order.
15.454769944565012 | the three windows with negative sampling were run a second time without seeding anew, as in a
    notebook | Run the cell that seeds the generators again, and all cells after it.
15.402947747299976 | the loss is evaluated twice per pair of words, so negatives are drawn twice
    | Call the loss once per outside word and keep all three values that it returns.
17.074479118936182 | naive softmax draws negatives too (test with three softmax windows before this one)
    | Naive softmax needs no negatives: take the draw out of it.
15.952219214641977 | naive softmax draws negatives too (test with one softmax window before)
    | Naive softmax needs no negatives: take the draw out of it.
16.274627325749222 | naive softmax draws negatives too (test with no softmax window before)
    | Naive softmax needs no negatives: take the draw out of it.
16.088781111544506 | the outside word is not excluded from the negatives
    | Look at `getNegativeSamples`: a draw that hits the outside word is drawn again.
8.164707442843232 | 5 negatives instead of 10 | Draw K of them; K is 10 unless it is given.
15.506807652241367 | `np.random.randint` instead of `random.randint`; the gradient check fails too, since the course's
    restores only `random` | Draw with `dataset.sampleTokenIdx()`, one at a time.
14.528730288887882 | `np.random.randint` instead of `random.randint`, after gradient checks that restore NumPy's
    generator as well, as this library's do | Draw with `dataset.sampleTokenIdx()`, one at a time.
"""
_ROWS = re.split(r"\n(?=\d)", _TABLE.strip())  # a line that begins with a digit begins a row
KNOWN = tuple(Known(*(" ".join(cell.split()) for cell in row.split("|"))) for row in _ROWS)

_TREEBANK = {10: "19.061546", 100: "19.847231", 1000: "21.715595", 10000: "12.912945", 40000: "9.812206"}
_CP949 = {10: "19.824024", 100: "20.531704", 1000: "21.994551", 10000: "12.283936", 40000: "9.367644"}
_STARTER = [(str(case.loss), case.describe(name)) for name in CASES for case in CASES[name] if case is not NEGSAMP[0]]
_OTHERS = [(loss, f"the right loss of the starter test's {window}") for loss, window in _STARTER]
_OTHERS += [(loss, f"what the course's run on the treebank prints at iteration {i}") for i, loss in _TREEBANK.items()]
_OTHERS += [
    ("0.798995801090665", "the right loss of 2017/18's test of CBOW with softmax; it draws nothing"),
    ("14.093692760899629", "2017/18's test of skip-gram with negative sampling, run under Python 3"),
    ("7.895593203599139", "2017/18's test of CBOW with negative sampling, run under Python 3"),
    ("2.217424877675181", 'naive softmax of the centre "c" and the outside word "d", the sanity check of XCS224N'),
    ("9.348632", "the last loss of the course's run with the seeds 1987, 1407 and 1411, as some courses set them"),
]
_PYTHON2 = "Under Python 3 the same code gives {}: its integers are others. Your code may be right."
_MORE = [Known(loss, f"nothing: this is {what}", "None needed.") for loss, what in _OTHERS]
_MORE += [
    Known(loss, f"Python 2's integers, in 2017/18's test of {model} with negative sampling", _PYTHON2.format(other))
    for loss, model, other in (("13.959405258751875", "skip-gram", "14.0937"), ("7.76308899286187", "CBOW", "7.8956"))
]
_MORE += [
    Known(
        number,
        "two batches of other windows: this is a numerical gradient of skip-gram with naive softmax, at (0, 0), "
        f"under Python {version}, by a gradient check that does not restore `random`",
        "Your gradient may be right; call random.setstate(state) before each of the two evaluations.",
    )
    for number, version in (("1254.567123", 3), ("1697.374433", 2))
]
_MORE += [
    Known(
        loss,
        f"the encoding: this is iteration {i} of the course's run on a treebank read as cp949, the default of a "
        f"Korean Windows (Chinese and Japanese ones give the same); it has 3 words fewer, and so other windows. "
        f"Read as UTF-8 it prints {_TREEBANK[i]}",
        'Open the files with encoding="utf-8".',
    )
    for i, loss in _CP949.items()
]
_MORE += [
    Known(
        "6.836423",
        "not known; some report this number as the last loss of the course's run",
        "The run on the treebank, read as UTF-8, ends with 9.812206: compare iterations 10 and 100, too.",
    )
]
_ALL_KNOWN = (*KNOWN, *_MORE)


def diagnose_loss(loss: float | str) -> str:
    """Return cause and cure of a loss, looked up to the digits given.

    Text keeps the digits as they were typed: "16.1512" is looked up to four decimals. Fewer decide nothing.
    """
    found, zero = matches(str(loss)), ZERO * (float(loss) == 0)
    if not decides(str(loss)) and (near := agree(str(loss))):
        losses = ", ".join(dict.fromkeys(f"{float(known.value):.{DECIDING}f}" for known in near))
        what = f"{loss} has too few digits to tell its cause: {losses} and losses that are not known agree with it"
        return "\n".join(wrapped("", f"{what}. Type at least {DECIDING} decimals.")) + zero
    if not found:
        causes = _combined(str(loss))
        more = "" if not causes else "\nThese slips together lead to it:\n" + "\n".join(causes[:3])
        return f"{loss} is none of the known losses. To check your functions: word2vec diagnose FILE.py{zero}{more}"
    lines = [f"{loss} fits these; more digits tell them apart."] if len({m.value for m in found}) > 1 else []
    for known in found:
        lines += [known.value + known.but, *wrapped("  cause: ", known.cause), *wrapped("  cure:  ", known.cure)]
    return "\n".join(lines)


def causes_of(loss: float, call: str) -> list[str]:
    """Return what leads to a loss of a call in the starter test, run in its order: the fewest slips."""
    return [_together(found.slips) for found in find(loss - 1e-6, loss + 1e-6, call=call) if found.slips]


def _together(slips: tuple[str, ...]) -> str:
    return ", together with ".join(slips)


def _combined(typed: str) -> list[str]:
    """Return lines with the slips that lead to a number of at least four decimals; more digits allow more slips."""
    decimals = -int(Decimal(typed).as_tuple().exponent)
    if decimals < 4:
        return []
    margin = max(0.51 * 10.0**-decimals, 1e-9)
    found = find(float(typed) - margin, float(typed) + margin, most=2 if decimals < 6 else 3)
    return [line for each in found for line in wrapped("  - ", f"{_together(each.slips)}: {each.call}")]


def wrapped(begin: str, text: str) -> list[str]:
    """Return the lines of a text that begins so, at most 100 characters wide."""
    return textwrap.wrap(text, 100, initial_indent=begin, subsequent_indent=" " * len(begin), break_long_words=False)


def decides(typed: str) -> bool:
    """Return whether so many digits were typed that a loss agrees with a known one by its cause, hardly by chance."""
    if not np.isfinite(float(typed)):
        return True
    digits, exponent = Decimal(typed).as_tuple()[1:]
    return -int(exponent) >= DECIDING or len(digits) >= DECIDING + 2


def matches(typed: str) -> list[Known]:
    """Return the known losses that agree with one in all digits typed, none if so few decide nothing."""
    return agree(typed) if decides(typed) else []


def agree(typed: str) -> list[Known]:
    """Return the known losses that agree with one in all digits typed, however few."""
    if not np.isfinite(float(typed)):
        cause = "the exponential of a large number, or the logarithm of the 0 that it led to"
        cure = "Look at sigmoid and softmax for scores of +-1000, then for a step size that is too large."
        return [Known(typed, cause, cure)]
    found = []
    for known in _ALL_KNOWN:
        exponents = [int(Decimal(number).as_tuple().exponent) for number in (typed, known.value)]
        unit, rest = 10.0 ** min(0, max(exponents)), float(known.value) - float(typed)
        if abs(rest) <= max(unit / 2, 1e-12) or 0 <= rest < unit:  # sums in another order differ in the 13th digit
            found.append(known)
    return found
