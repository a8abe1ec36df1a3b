"""The checks of `word2vec.course.diagnose`: for each of the course's names, what a learner's function must satisfy.

A check takes the function and yields complaints, each saying where to look and never what to write. Right is what
gives the right losses and gradients at generic points, with every centre and windows of all sizes, however it gets
them. What is wrong is run again with recorders in place of what the function calls, to say where.
"""

import io
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from copy import deepcopy
from functools import cache, partial
from itertools import chain, product
from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..functions import sigmoid, softmax
from ..gradcheck import GradientReport, check_gradient
from . import assignment
from .sanity_checks import Dummy
from .starter_test import CASES, TOKENS, VECTORS, Function

__all__ = [
    "CHECKS",
    "NAMES",
    "OLD_NAMES",
    "Dated",
    "Draws",
    "EndlessDraws",
    "Note",
    "Signature",
    "Subject",
    "batch_complaints",
]

Check = Callable[[Any], Iterator[str]]  # of a function, or a Subject
Slips = Mapping[str, Any]  # a hint → the value that the slip leads to

CENTRE, OUTSIDE = np.split(VECTORS, 2)
V, D = OUTSIDE.shape


class Note(str):
    """A remark that leaves a function right."""

    __slots__ = ()


class Dated(Note):
    """A remark that a function is for an older Python or NumPy."""

    __slots__ = ()


class Signature(Note):
    """A remark that a function takes other arguments than the course's, so that it cannot be judged."""

    __slots__ = ()


Lend = Callable[[str, Function], AbstractContextManager[Function]]


class Subject:
    """A learner's function, called with the course's arguments, and what the learner's file has besides.

    `beside` holds the names of the file's functions, `own` the functions that are handed over instead of ours.
    `lend(name, ours)` puts a function in place of the learner's own of that name for a while, and yields what to hand
    over for it.
    """

    def __init__(
        self,
        f: Function,
        own: Mapping[str, Function] | None = None,
        lend: Lend | None = None,
        beside: Collection[str] = (),
    ) -> None:
        self.call, self.own, self.beside = f, own or {}, beside
        self.lend: Lend = lend or (lambda _, ours: nullcontext(ours))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; values that it hands over one by one, as a dataclass may, become a tuple."""
        result = self.call(*args, **kwargs)
        return tuple(result) if hasattr(result, "__iter__") and not hasattr(result, "__len__") else result

    def handed(self, name: str) -> AbstractContextManager[Function]:
        """Return what is handed over as the course's function of this name."""
        return nullcontext(self.own[name]) if name in self.own else self.lend(name, getattr(assignment, name))


class EndlessDraws(Exception):
    """A learner's loop draws from a dataset without end."""


class Draws(Dummy):
    """The dummy dataset that counts the ids drawn: given ones over and over, or without these from `random`."""

    def __init__(self, ids: Sequence[int] = (), limit: int = 2000) -> None:
        self._ids, self._limit, self.count = ids, limit, 0

    def sampleTokenIdx(self) -> int:
        """Return the next id; raise EndlessDraws above the limit."""
        self.count += 1
        if self.count > self._limit:
            raise EndlessDraws(
                f"asks dataset.sampleTokenIdx() more than {self._limit} times: the loop that draws again never ends; "
                "look at what it compares, and whether it keeps the new draw"
            )
        return self._ids[(self.count - 1) % len(self._ids)] if self._ids else super().sampleTokenIdx()


SEED = 271828  # not the course's, so that a learner's random.seed(31415) makes a difference
GUARD = 1e-7  # a number against log 0 that is harmless
BATCH_GUARD = 5e-6  # of the largest entry: what its gradient may change in the starter test's batches, with some room
_BESIDES = "; besides, "  # between two slips
_RATIOS = {
    "the sign is the other way round": -1.0,
    "it is twice what it should be": 2.0,
    "it is half of what it should be": 0.5,
    "it is 50 times as large: a sum over the batch where the mean is wanted": 50.0,
    "it is 1/50 of it: divided by the batch's size once too often": 1 / 50,
    "the ratio is 1/log 2: look at the base of the logarithm": 1 / np.log(2),
    "the ratio is 1/log 10: look at the base of the logarithm": 1 / np.log(10),
}


def _compare(name: str, got: Any, expected: Any, slips: Slips | None = None) -> Iterator[str]:
    """Complain if two values differ: where, by how much and, given slips, which of them explains it."""
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    got = got.reshape(()) if got.size == 1 and expected.ndim == 0 else got  # a loss of shape (1,) will do
    if _close(got, expected):
        return
    hint = _slip(got, expected, slips) if slips is not None and got.shape == expected.shape else ""
    yield f"{name} {_difference(got, expected)}" + (f": {hint}" if hint else "")


def _close(got: Any, expected: Any) -> bool:
    """Return whether values agree to a millionth of the largest entry: finer than any slip, coarser than rounding."""
    scale = max(np.abs(np.asarray(expected)).max(initial=0), 1e-3)
    return np.shape(got) == np.shape(expected) and bool(np.all(np.abs(np.subtract(got, expected)) <= 1e-6 * scale))


def _difference(got: Array, expected: Array) -> str:
    """Return text with two numbers that differ and, for a matrix with a row for each word, the words."""
    if got.shape != expected.shape:
        return f"has shape {got.shape}, expected {expected.shape}"
    if got.ndim == 0:
        return f"is {got:.10g}, expected {expected:.10g}"
    off = np.abs(got - expected)
    i = np.unravel_index(np.argmax(np.where(np.isnan(off), np.inf, off)), got.shape)
    rows = np.flatnonzero([not _close(a, b) for a, b in zip(got, expected, strict=True)])
    words = f" in the rows of {', '.join('abcde'[w] for w in rows)}" if got.ndim == 2 and len(got) == V else ""
    return f"differs{words} (at {[int(k) for k in i]}: {got[i]:.6g}, expected {expected[i] + 0.0:.6g})"


def _slip(got: Array, expected: Array, slips: Slips) -> str:
    """Return the usual slip that leads to this value, or else two of them; "" if there are none."""
    single, double = ({h: value for h, value in slips.items() if (_BESIDES in h) == two} for two in (False, True))
    for hint, value in single.items():
        if _close(got, value):
            return hint
    if not np.any(got):
        return "it is zero: not written yet, or never added to"
    ratio = float(np.sum(got * expected) / max(np.sum(expected * expected), 1e-300))
    usual = [hint for hint, known in _RATIOS.items() if np.isclose(ratio, known, rtol=1e-6)]
    if usual and _close(got, ratio * expected):
        return usual[0]
    times = {f"{hint}{_BESIDES}{more}": np.multiply(k, v) for hint, v in slips.items() for more, k in _RATIOS.items()}
    for hint, value in (double | times).items():
        if _close(got, value):
            return hint
    if abs(ratio) > 1e-9 and _close(got, ratio * expected):  # not what rounding leaves of zero
        is_whole = any(_close(each, np.rint(each)) for each in (ratio, 1 / ratio))
        if np.size(got) > 1 or is_whole:  # one number is some times any other
            return f"it is {ratio:.6g} times what it should be"
    if np.ndim(got) == 2 and _close(np.sort(got, axis=0), np.sort(expected, axis=0)):
        return "the rows are right, but they stand at the wrong words"
    return ""


def _contract(f: Function, shapes: Mapping[str, tuple[int, ...]], **arguments: Any) -> Iterator[str]:
    """Complain unless f returns a loss and finite float64 gradients of these shapes and changes no argument."""
    given = deepcopy(arguments)
    result = f(*given.values())
    if not isinstance(result, tuple | list) or len(result) != 1 + len(shapes):
        got = f"{len(result)} values" if isinstance(result, tuple | list) else type(result).__name__
        yield f"returns {got}; expected loss, {', '.join(shapes)}"
        result = ()
    for (name, shape), value in zip({"loss": (), **shapes}.items(), map(np.asarray, result), strict=False):
        if len(shape) < 2 and np.squeeze(value).shape == np.squeeze(np.empty(shape)).shape:
            if shape and value.shape != shape:
                yield Note(f"{name} has shape {value.shape}; {shape} is usual, which its caller may expect")
        elif value.shape != shape:
            transposed = " (transposed?)" if value.shape == shape[::-1] else ""
            yield f"{name} has shape {value.shape}, expected {shape}{transposed}"
            continue
        if not np.all(np.isfinite(value.astype(float))):
            yield f"{name} is not finite: there is nan or inf in it"
        elif value.dtype != np.float64:
            yield Note(f"{name} is {value.dtype}, not float64 as the vectors are: look at where it is made")
    for name, value in arguments.items():
        if isinstance(value, np.ndarray | list) and not np.array_equal(value, given[name]):
            yield f"changes its argument {name} in place: work on a copy, or make a new array"


def run_stages(stages: Sequence[Check], f: Function) -> Iterator[str]:
    """Yield the complaints of each stage in turn; the first one with a complaint that is not a note is the last."""
    f = f if isinstance(f, Subject) else Subject(f)
    for stage in stages:
        is_right = True
        for complaint in stage(f):
            is_right &= isinstance(complaint, Note)
            yield complaint
        if not is_right:
            return


def _each(check: Callable[..., Iterator[str]], *cases: tuple[Any, ...]) -> list[Check]:
    return [partial(check, *case) for case in cases]


X = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]])
_SLIPS: dict[str, dict[str, Function]] = {  # a hint → the function that the slip makes of the right one
    "sigmoid": {
        "the sign of the exponent is the other way round": lambda x: 1 - sigmoid(x),
        "this is a softmax": lambda x: softmax([x]),
    },
    "sigmoid_grad": {"the argument is sigmoid(x) already": lambda s: sigmoid(s) * (1 - sigmoid(s))},
    "softmax": {
        "each row is to sum to 1, not each column": lambda x: np.exp(x) / np.exp(x).sum(axis=0),
        "no sum": np.exp,
    },
    "normalizeRows": {
        "the columns are scaled, not the rows": lambda x: x / np.sqrt((x * x).sum(axis=0)),
        "a square root is missing": lambda x: x / (x * x).sum(axis=1, keepdims=True),
        "this makes the sum of a row 1, not its length": lambda x: x / x.sum(axis=1, keepdims=True),
    },
}


def _value(name: str, x: Any, f: Function) -> Iterator[str]:
    given = np.copy(x) if np.ndim(x) else x
    got = f(given)
    if np.ndim(x) == 0 and np.size(got) == 1 and np.ndim(got):
        yield Note(f"returns shape {np.shape(got)} for a number; a number is usual")
        got = np.ravel(got)[0]
    if got is None or np.shape(got) != np.shape(x):
        shape = "None" if got is None else f"shape {np.shape(got)}"
        yield f"returns {shape} for an argument of shape {np.shape(x)}; expected the same shape"
        return
    if not np.array_equal(given, x):
        yield Note("changes its argument in place, which may surprise a caller")
    slips = {hint: slip(x) for hint, slip in _SLIPS[name].items()}
    yield from _compare(f"value at {np.asarray(x).tolist()}", got, getattr(assignment, name)(x), slips)


def _whole_numbers(name: str, f: Function) -> Iterator[str]:
    """Remark on wrong values for whole numbers, which the tests of 2017 and before pass."""
    x = np.array([1, 2, -2])
    what = f"right for floats, but for the whole numbers {x.tolist()} it"
    try:
        got = f(x.copy())
    except Exception as error:
        yield Note(f"{what} stops with {type(error).__name__}: {error}")
        return
    if not _close(got, getattr(assignment, name)(x)):
        hint = "np.zeros_like(x), and whatever else is of x's type, holds whole numbers only"
        yield Note(f"{what} gives {np.asarray(got).tolist()}: {hint}")


def _sigmoid_extreme(x: float, f: Function) -> Iterator[str]:
    """Check ±1000, where one way of writing the sigmoid gives nan, another warns and a third stops."""
    try:
        got = f(np.array([x]))
    except ArithmeticError as error:
        yield _stops(x, error)
        return
    if not _close(got, sigmoid([x])):
        remark = f"at {x:g} it gives {np.ravel(got)[0]}, expected {sigmoid(x)}"
        # beyond any score that the course's tests and run come to
        if not np.all(np.isfinite(got)):
            remark = Note(f"{remark}: an exponential overflows; look at its sign")
        elif np.all(np.abs(np.subtract(got, sigmoid([x]))) <= 1.001 * GUARD):
            remark = Note(f"{remark}: large scores are cut, which is harmless as far out as here")
        else:
            remark += ": are large scores cut (clipped)?"
        yield remark
        return
    try:
        with np.errstate(over="raise"):
            f(np.array([x]))
    except FloatingPointError:
        yield Note(f"an exponential overflows at {x:g}: NumPy warns, though the value is right")


def _stops(x: float | list[float], error: ArithmeticError) -> Note:
    """Return a remark on an exponential of `math`, or of NumPy where the learner's file sets it to raise."""
    what = f"{type(error).__name__}: {error}"
    return Note(f"at {x} it stops with {what}; look at the exponential, though no score of the course is as large")


def _is_helper(f: Subject) -> bool:
    """Return whether a softmax is a learner's own helper; of 2017/18 and before it is asked for, and tested."""
    return "naiveSoftmaxLossAndGradient" in f.beside


def _softmax_rows(f: Subject) -> Iterator[str]:
    """Check a matrix, of which each row is to sum to 1; a helper may take vectors only."""
    try:
        remarks = [*_value("softmax", X, f)]
    except Exception as error:
        if not _is_helper(f):
            raise
        remarks = [f"it stops with {type(error).__name__}: {error}"]
    for remark in remarks:
        is_wrong = not isinstance(remark, Note)
        yield Note(f"right for a vector, not for a matrix: {remark}") if is_wrong and _is_helper(f) else remark


def _softmax_extremes(f: Subject) -> Iterator[str]:
    """Check that a shift of all scores, however large, changes nothing."""
    is_helper = _is_helper(f)
    for x in ([1001.0, 1002.0], [-1001.0, -1002.0]):
        try:
            got = f(np.array(x))
        except ArithmeticError as error:
            if not is_helper:
                raise
            yield _stops(x, error)
            continue
        if not _close(got, softmax(x)):
            remark = f"at {x} it gives {got}: adding one number to all scores must change nothing"
            remark += "; an exponential overflows" * (not np.all(np.isfinite(got)))
            yield Note(remark) if is_helper else remark


class Pair(NamedTuple):
    """A pair of words, the ids that the dataset will draw, and the negatives among them."""

    v_c: Array
    o: int
    U: Array
    ids: tuple[int, ...]
    negatives: tuple[int, ...]

    def call(self, f: Function, *K: int, dataset: Draws | None = None) -> Any:
        """Evaluate a loss on copies, the dataset starting anew."""
        return f(self.v_c.copy(), self.o, self.U.copy(), dataset or Draws(self.ids), *K)

    def check(self, f: Function, which: int) -> GradientReport:
        """Check the gradient by v_c (0) or U (1) that a loss returns against the loss itself."""

        def loss_and_gradient(x: Array) -> tuple[Any, Array]:
            loss, *gradients = (self._replace(U=x) if which else self._replace(v_c=x)).call(f)
            return np.ravel(loss)[0], np.reshape(np.array(gradients[which], float), np.shape(x))

        words = TOKENS if which and len(self.U) == V else None
        name = "gradOutsideVecs" if which else "gradCenterVec"
        x = self.U if which else self.v_c
        return check_gradient(loss_and_gradient, x, name=name, words=words, allow_zero="x", rtol=1e-6)


_RNG = np.random.RandomState(5)
_OTHER: tuple[Array, int, Array] = (_RNG.randn(4), 0, _RNG.randn(7, 4))
# every word is drawn, most several times; some draws hit the outside word, two in a row even
PAIRS = (
    Pair(CENTRE[2], 1, OUTSIDE, (2, 1, 4, 2, 1, 1, 0, 3, 4, 2, 3, 2, 4), (2, 4, 2, 0, 3, 4, 2, 3, 2, 4)),
    Pair(
        1.5 * CENTRE[0], 4, 2 * OUTSIDE[[4, 3, 2, 0, 1]], (3, 3, 0, 4, 1, 1, 1, 2, 0), (3, 3, 0, 1, 1, 1, 2, 0, 3, 3)
    ),
    Pair(*_OTHER[:2], _OTHER[2], (6, 0, 0, 3, 6, 6, 2), (6, 3, 6, 6, 2, 6, 3, 6, 6, 2)),  # of another shape
)
PAIR = PAIRS[0]
# Python has one object of each number up to 256, of larger ones several
MANY = Pair(_RNG.randn(3), 290, _RNG.randn(300, 3), (270, 290, 299, 270, 257, 3, 290), (270, 299, 270, 257, 3) * 2)
ZEROS = PAIR._replace(v_c=np.zeros(D), U=np.zeros((V, D)))
# the scores of a to e are -10, -1, 10, -7 and 3
LARGE = PAIR._replace(v_c=np.ones(D), o=0, U=_RNG.randn(V, D))
LARGE.U[...] += (np.array([[-10.0], [-1.0], [10.0], [-7.0], [3.0]]) - LARGE.U.sum(axis=1, keepdims=True)) / D


def _states() -> tuple[Any, ...]:
    """Return the states of both global generators, as values that can be compared."""
    _, key, *rest = np.random.get_state()
    return random.getstate(), np.asarray(key).tobytes(), *rest


def _stirred() -> tuple[Any, ...]:
    """Return the states of both global generators after a draw of each, from which seeding anew leads away, too."""
    random.random()
    np.random.random()
    return _states()


_ELSEWHERE = "draws random numbers from elsewhere, or seeds them; the only source is dataset.sampleTokenIdx()"


def _pair_contract(n_draws: int, f: Function) -> Iterator[str]:
    """Check the three values, that arguments are left alone, and that all random numbers come from the dataset."""
    state = _stirred()
    dataset = Draws((2, 1, 0, 3))  # not the last word
    pair = {"centerWordVec": PAIR.v_c, "outsideWordIdx": PAIR.o, "outsideVectors": PAIR.U, "dataset": dataset}
    yield from _contract(f, {"gradCenterVec": (D,), "gradOutsideVecs": (V, D)}, **pair)
    if _states() != state:
        yield _ELSEWHERE
    dataset = Draws((2, 0, 3, 4))  # none hits the outside word
    f(PAIR.v_c.copy(), PAIR.o, PAIR.U.copy(), dataset)
    if dataset.count != n_draws:
        twice = ": they are drawn twice per pair" if dataset.count == 2 * n_draws > 0 else ""
        yield f"draws {dataset.count} times from the dataset, expected {n_draws}{twice}"


def _pair_values(
    right: Function, slips: Callable[["Pair"], tuple[Slips, Slips]], identities: Check, f: Function
) -> Iterator[str]:
    """Check a loss's values against the right one's, its gradients against itself, and identities."""
    found, guarded = list[str](), False
    for pair in PAIRS:
        (loss, *gradients), (right_loss, *right_gradients) = pair.call(f), pair.call(right)
        gradients = [np.reshape(got, np.shape(known)) for got, known in zip(gradients, right_gradients, strict=True)]
        loss_slips, error_slips = slips(pair)
        found += _compare("loss", loss, right_loss, loss_slips)
        guard = _guard(pair, right)
        may_be_guard = abs(np.ravel(loss)[0] - right_loss) <= guard
        if all(map(_close, gradients, right_gradients)):
            if found and may_be_guard:
                found, guarded = [], True
            found += [Note("its gradients are those of the right loss: only the loss itself is wrong")] * bool(found)
        else:
            by_v_c = {hint: error @ pair.U for hint, error in error_slips.items()}  # (D,)
            by_U = {hint: np.outer(error, pair.v_c) for hint, error in error_slips.items()}  # (V, D)
            differ: list[str] = []
            for which, models in enumerate((by_v_c, by_U)):
                got, known = gradients[which], right_gradients[which]
                hint = "it is that of the right loss" if _close(got, known) else _slip(got, known, models)
                differ += _gradient_complaint(pair.check(f, which), hint)
            off = max(np.abs(a - b).max() for a, b in zip(gradients, right_gradients, strict=True))
            if may_be_guard and not differ and off <= 2 * guard * max(np.abs(pair.U).max(), np.abs(pair.v_c).max()):
                found, guarded = [], True  # the gradients of the loss with its guard
            else:
                found += differ or [f"the gradients differ from the right ones by up to {off:.3g}, as the loss does"]
        if found:
            break
    if guarded and not found:
        yield Note(f"loss is off by no more than a guard of {GUARD:g} against log 0 explains, which is harmless")
    yield from found
    yield from identities(f)


def _guard(pair: Pair, right: Function) -> float:
    """Return how far a loss may be off since at most `GUARD` is added to each probability, which is also cut there.

    A probability p of Σ −log p gives no more than GUARD/p, with a little room for rounding, and its derivative by
    each score too.
    """
    probabilities = [softmax(pair.U @ pair.v_c)[pair.o]]
    if right is _RIGHT_NEGATIVE:
        probabilities = [sigmoid(pair.U[pair.o] @ pair.v_c), *sigmoid(-pair.U[[*pair.negatives]] @ pair.v_c)]
    return float(1.001 * GUARD * np.sum(1 / np.array(probabilities)))


def _gradient_complaint(report: GradientReport, hint: str) -> Iterator[str]:
    if report.verdict != "failed":
        return
    if report.worst is None or report.is_breach:
        yield f"{report.name}, checked against your loss: {report.reason.removeprefix('contract: ')}"
        return
    at, words = report.worst, re.findall('"(.)"', " ".join(report.wrong_rows))
    rows = f" in the rows of {', '.join(words)}" if words else ""
    yield (
        f"{report.name}, checked against your loss, differs{rows} (at {[*at.index]}: {at.analytic:.6g}, "
        f"expected {at.numeric + 0.0:.6g})" + (f": {hint}" if hint else "")
    )


def _naive_slips(pair: Pair) -> tuple[Slips, Slips]:
    """Return what usual slips make of naive softmax's loss and of its derivative by the scores, (V,)."""
    score, seen = pair.U @ pair.v_c, np.eye(len(pair.U))[pair.o]
    y = softmax(score)
    loss = {
        f"this is the loss of word {'abcdefg'[w]}, not of {'abcdefg'[pair.o]}": -np.log(p) for w, p in enumerate(y)
    }
    loss |= {"the softmax is missing: this is a score": -score[pair.o], "the logarithm is missing": y[pair.o]}
    loss |= {"it is summed over all words, not only the outside word": -np.log(y).sum()}
    loss |= {"a sigmoid of the score stands for the softmax": -np.log(sigmoid(score[pair.o]))}
    loss |= {"it is divided by the number of words": -np.log(y[pair.o]) / len(y)}
    twice = "the outside word's score stands in the loss twice, and of its two terms"
    return loss, {
        f"{twice} one is missing": y,
        f"{twice} one has the wrong sign": y + seen,
        "the sum over all words is missing: every score stands in it": -seen,
        "only the outside word's row is there, but every score stands in the loss": (y - seen) * seen,
    }


def _neg_slips(pair: Pair) -> tuple[Slips, Slips]:
    """Return what usual slips make of negative sampling's loss and of its derivative by the scores, (V,)."""
    score, seen = pair.U @ pair.v_c, np.eye(len(pair.U))[pair.o]
    times, y = np.bincount(pair.negatives, minlength=len(pair.U)), sigmoid(score)
    unique = np.minimum(times, 1)
    J_own, J_negative, own, negative = -np.log(sigmoid(score)), -np.log(sigmoid(-score)), (y - 1) * seen, y * times
    log_sigmoid, once = "look at the derivative of log sigmoid again", "a word drawn n times counts only once"
    own_hint, negative_hint = "the outside word's own term", "the negatives' terms"
    own_slips: dict[str, tuple[Any, Any]] = {  # hint → what becomes of the term in the loss, and of its derivative
        "": (seen @ J_own, own),
        f"{own_hint} is missing": (0.0, 0 * own),
        f"{own_hint} has the wrong sign": (-seen @ J_own, -own),
        "the score of the outside word has the wrong sign": (seen @ J_negative, -y * seen),
        f"in {own_hint}, {log_sigmoid}": (None, y * seen),
        f"in {own_hint}, a factor sigmoid is too much: {log_sigmoid}": (None, y * own),
    }
    negative_slips: dict[str, tuple[Any, Any]] = {
        "": (times @ J_negative, negative),
        f"{negative_hint} are missing: look at the sum over the negatives": (0.0, 0 * negative),
        f"{negative_hint} have the wrong sign": (-times @ J_negative, -negative),
        "the scores of the negatives have the wrong sign": (times @ J_own, None),
        "the negatives are averaged instead of summed": (times @ J_negative / times.sum(), negative / times.sum()),
        f"{once} (`+=` with a list of indices counts each only once)": (unique @ J_negative, y * unique),
        f"{once}, and {negative_hint} have the wrong sign": (-unique @ J_negative, -y * unique),
        f"in {negative_hint}, {log_sigmoid}": (None, (1 - y) * times),
        f"in {negative_hint}, a factor 1 - sigmoid is too much: {log_sigmoid}": (None, y * (1 - y) * times),
    }
    loss, errors = {}, {}
    both = product(own_slips.items(), negative_slips.items())
    for (first, (J, error)), (second, (J_more, more)) in sorted(both, key=lambda two: all((two[0][0], two[1][0]))):
        hint = _BESIDES.join(filter(None, (first, second)))
        if hint and J is not None and J_more is not None:
            loss[hint] = J + J_more
        if hint and error is not None and more is not None:
            errors[hint] = error + more
    return loss, errors


def _naive_identities(f: Function) -> Iterator[str]:
    yield from _compare("loss at zero vectors, log V as all words are equally likely,", ZEROS.call(f)[0], np.log(V))
    if not _close(PAIR._replace(U=PAIR.U + PAIR.v_c).call(f)[0], PAIR.call(f)[0]):
        yield "loss changes if one vector is added to all outside vectors; a softmax would not see it"
    if not _close(1 + np.asarray(PAIR.call(f)[2]).sum(axis=0), np.ones(D)):
        yield "gradOutsideVecs does not sum to zero over the words, although the probabilities always sum to 1"


def _neg_identities(f: Function) -> Iterator[str]:
    loss, drawn, same = ZEROS.call(f)[0], Draws(ZEROS.ids), Draws(ZEROS.ids)
    yield from _compare("loss at zero vectors, (K + 1) log 2,", loss, 11 * np.log(2))
    four, right = (ZEROS.call(each, 4, dataset=of)[0] for each, of in ((f, drawn), (_RIGHT_NEGATIVE, same)))
    unused = {"K is not used": four} if drawn.count != same.count else {}
    yield from _compare("the same for K = 4,", four, right, unused)
    if np.any(np.asarray(PAIR._replace(ids=(4, 0, 4)).call(f)[2])[[2, 3]]):
        yield "gradOutsideVecs is not zero in the rows of words that are neither seen nor drawn"


def _many_words(right: Function, f: Function) -> Iterator[str]:
    """Check a pair among 300 words, once all is right among few."""
    if _differ(*(MANY.call(each, dataset=Draws(_fresh(MANY.ids))) for each in (f, right))):
        yield f"right with {V} words, wrong with {len(MANY.U)}: {_SMALL}"


def _large_scores(right: Function, f: Function) -> Iterator[str]:
    """Check a pair with scores as training comes to, which a bound that is too near cuts."""
    pair = LARGE if right is _RIGHT_NEGATIVE else LARGE._replace(o=1)  # no probability below a guard against log 0
    values = zip(pair.call(f), pair.call(right), strict=True)
    off = [np.abs(np.reshape(got, np.shape(each)) - each).max() / np.abs(each).max() for got, each in values]
    if not all(each <= 0.01 for each in off):  # a guard may change some thousandths; nan is wrong
        yield "right with scores up to 3, wrong with scores up to 10: are scores, losses or gradients cut (clipped)?"


def _pair_changed(right: Function, f: Function) -> Iterator[str]:
    def call(f: Function, v_c: Array, U: Array) -> Any:
        return f(v_c, PAIR.o, U, Draws(PAIR.ids))

    yield from _changed_in_place(call, f, right, centerWordVec=PAIR.v_c, outsideVectors=PAIR.U)


def _changed_in_place(call: Callable[..., Any], f: Function, right: Function, **arrays: Array) -> Iterator[str]:
    """Check that nothing is kept of vectors that have changed since, as they do in training."""
    given = {name: array.copy() for name, array in arrays.items()}
    before = call(f, *given.values())
    kept = deepcopy(before)
    for name, array in reversed(given.items()):
        array[...] = array[::-1] + 0.5
        if _differ(*(call(each, *given.values()) for each in (f, right))):
            yield f"right at first, wrong when {name} has changed since, as in training: {_KEPT}"
            return
    if not all(map(np.array_equal, before, kept)):
        yield Note("returns the same arrays at each call: who keeps them, to add them up later, has the last alone")


def _differ(found: Sequence[Any], right: Sequence[Any]) -> bool:
    """Return whether one of some values is plainly another than the right one."""
    pairs = zip(found, right, strict=True)
    return not all(
        np.size(got) == np.size(each) and np.allclose(np.reshape(got, np.shape(each)), each, rtol=1e-3, atol=1e-3)
        for got, each in pairs
    )


_KEPT = "what does it keep from an earlier call (a cache, a global name, a default argument, np.empty)?"
_SMALL = "are numbers compared by `is` instead of ==, or kept in 8 bits?"


def _fresh(numbers: Sequence[int]) -> list[int]:
    """Return equal numbers that are other objects, as those of a dataset are."""
    return [int(str(number)) for number in numbers]


def _negatives_kept(f: Function) -> Iterator[str]:
    """Check that each call draws anew; no draw is to be repeated, and the first call of all was right."""
    dataset = Draws((4, 3, 3, 0))
    found = [sorted(map(int, f(1, dataset, 2))) for _ in range(2)]
    if found != [[3, 4], [0, 3]]:
        yield f"gives {found} in two calls for the draws 4, 3 and 3, 0: {_KEPT}"


def _negatives(o: int, ids: tuple[int, ...], K: int, f: Function) -> Iterator[str]:
    dataset, same, state = Draws(_fresh(ids)), Draws(ids), _stirred()
    got, expected = f(o, dataset, K), assignment.getNegativeSamples(o, same, K)
    if np.ndim(got) != 1:
        yield f"returns {got!r}; expected a list of {K} ids"
    elif dataset.count == 0:
        yield "does not ask dataset.sampleTokenIdx(), the only source of negatives"
    elif Counter(got) != Counter(expected):
        hint = ": a word may come several times; only the outside word is drawn again" * (len({*got}) == len(got))
        if o > 256:  # it was right with small numbers
            hint = f": {_SMALL}"
        elif o in got:
            hint = ": the outside word is among them; a draw that hits it is to be repeated, as often as it takes"
        elif len(got) < K:
            hint = ": some are missing; a hit is to be drawn again, not left out, and repeats are kept"
        elif len(got) > K:
            hint = ": these are too many"
        yield f"outside word {o}, K = {K}, draws {ids}: gives {np.asarray(got).tolist()}, expected {expected}{hint}"
    elif dataset.count != same.count:
        yield f"draws {dataset.count} ids where {same.count} are enough: one at a time, again only after a hit"
    elif _states() != state:
        yield _ELSEWHERE
    elif [*got] != expected:
        yield Note("returns the right ids in another order than that of the draws, which changes no sum")
    elif (kind := np.asarray(got).dtype).kind not in "iu":
        yield Note(f"returns ids of {kind}; whole numbers are usual, which can be the rows of an array")


class Recorder:
    """A stand-in for a loss or a model that records its arguments and returns other numbers each time."""

    def __init__(self, name: str, names: str, *shapes: tuple[int, ...]) -> None:
        self.__name__, self.names, self.shapes = name, names.split(), shapes
        self.calls: list[dict[str, Any]] = []
        self.results: list[tuple[Any, ...]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Record copies of the arguments; the result depends only on the number of the call."""
        given = dict(zip(self.names, args, strict=False)) | kwargs
        self.calls.append({k: v.copy() if isinstance(v, np.ndarray) else v for k, v in given.items()})
        rng = np.random.RandomState(len(self.calls))
        self.results.append((rng.uniform(1, 2), *(rng.randn(*shape) for shape in self.shapes)))
        return deepcopy(self.results[-1])

    def arguments(self, name: str) -> list[Any]:
        """Return an argument of each call."""
        return [call.get(name) for call in self.calls]

    def totals(self) -> list[Any]:
        """Return the sums of the results over the calls."""
        return [np.sum(values, axis=0) for values in zip(*self.results, strict=True)]


WINDOW, IDS = ["a", "b", "e", "b"], [0, 1, 4, 1]
_LAST, _MEAN = "only the last one is kept: add, do not overwrite", "this is a mean; a window's pairs are summed"
_NAMES_7 = {word: w for w, word in enumerate(("north", "east", "south", "west", "up", "down", "in"))}


def _windows() -> list[tuple[Any, ...]]:
    """Return windows with every word as the centre, in two vocabularies: what a skip-gram takes up to the dataset."""
    rng, found = np.random.RandomState(3), []
    for tokens, vectors in ((TOKENS, VECTORS), (_NAMES_7, rng.randn(14, 4) / 3)):
        for w, centre in enumerate(tokens):
            C = 1 + w % 5
            words = [[*tokens][i] for i in rng.randint(0, len(tokens), 2 * C - w % 2)]  # fewer at a sentence's edge
            found.append((centre, C, words, tokens, *np.split(vectors, 2)))
    return found


WINDOWS, _DRAWN = _windows(), (0, 3, 1, 4, 4, 2)


@cache
def _right_values(model: str, loss: str) -> list[Any]:
    f, right_loss = getattr(assignment, model), getattr(assignment, loss)
    return [f(*window, Draws(_DRAWN), right_loss) for window in WINDOWS]


def _model_values(name: str, hints: Check, f: Subject) -> Iterator[str]:
    """Check a model's loss and gradients with either loss; if they are wrong, have `hints` say where to look."""
    for loss_name in CASES:
        other = _other(loss_name)
        cases = zip(WINDOWS, _right_values(name, loss_name), _right_values(name, other), strict=True)
        for window, expected, slips in cases:
            state = _stirred()[0]
            with f.handed(loss_name) as loss:
                got = f(*deepcopy(window), Draws(_DRAWN), loss)
            where = f'with the centre "{window[0]}" and {loss_name}, '
            names = ("the loss", "the gradient by the centre vectors", "the gradient by the outside vectors")
            values = zip(names, got, expected, slips, strict=True)
            found = [*chain(*(_compare(where + n, a, b, {_handed(other): c}) for n, a, b, c in values))]
            if not found and random.getstate() != state:
                found = ["draws random numbers, which only the dataset is to do, or seeds them"]
            if found:
                yield from _first(hints, f, found)
                return


def _other(loss_name: str) -> str:
    return next(name for name in CASES if name != loss_name)


def _handed(other: str) -> str:
    return f"{other} leads to this: is the loss that is handed over the one that is called?"


def _first(hints: Check, f: Subject, otherwise: list[str]) -> list[str]:
    """Return what hints say, or else the complaints known: not every function runs with a recorder."""
    try:
        said = [*hints(f)]
    except Exception:
        said = []
    return said if any(not isinstance(remark, Note) for remark in said) else otherwise


def _recorded(f: Subject, C: int = 5, centre: str = "c") -> tuple[Recorder, Any]:
    name = "naiveSoftmaxLossAndGradient"
    pair = Recorder(name, "centerWordVec outsideWordIdx outsideVectors dataset", (D,), (V, D))
    with f.lend(name, pair) as handed:
        return pair, f(centre, C, WINDOW.copy(), TOKENS, CENTRE.copy(), OUTSIDE.copy(), Draws(_DRAWN), handed)


def _window_contract(f: Subject) -> Iterator[str]:
    with f.handed("naiveSoftmaxLossAndGradient") as loss:
        window = {"centre": "c", "C": 2, "outsideWords": WINDOW, "tokens": TOKENS, "centerWordVectors": CENTRE}
        window |= {"outsideVectors": OUTSIDE, "dataset": Draws(_DRAWN), "loss": loss}
        yield from _contract(f, {"gradCenterVecs": (V, D), "gradOutsideVectors": (V, D)}, **window)


def _skipgram_changed(f: Subject) -> Iterator[str]:
    with f.handed("naiveSoftmaxLossAndGradient") as loss:

        def call(f: Function, V: Array, U: Array) -> Any:
            return f("c", 5, WINDOW.copy(), TOKENS, V, U, Draws(_DRAWN), loss)

        vectors = {"centerWordVectors": CENTRE, "outsideVectors": OUTSIDE}
        yield from _changed_in_place(call, f, assignment.skipgram, **vectors)


def _skipgram_hints(f: Subject) -> Iterator[str]:
    if not _recorded(f)[0].calls:
        return  # it computes the loss without calling it
    yield from run_stages((_again, _skipgram_calls, _skipgram_sums), f)


def _again(f: Subject) -> Iterator[str]:
    yield from _same(lambda: _recorded(f)[1])


def _same(call: Callable[[], Any]) -> Iterator[str]:
    """Complain if a second call with the same arguments and random numbers returns other values."""
    results = []
    for _ in range(2):
        random.seed(SEED)
        results.append(deepcopy(call()))
    if not all(map(_close, *results)):
        yield f"returns other values when it is called again with the same arguments: {_KEPT}"


def _skipgram_calls(f: Subject) -> Iterator[str]:
    for C, centre in (
        (2, "c"),
        (5, "c"),
        (5, "b"),
    ):  # at the edge of a sentence fewer than 2C words; the centre again
        pair, _ = _recorded(f, C, centre)
        if (asked := pair.arguments("outsideWordIdx")) != IDS:
            twice = len(asked) == 2 * len(IDS) and asked[::2] == IDS
            how = "it is evaluated twice per pair" if twice else "each outside word once, in order, repeats included"
            what = f"the window {WINDOW} around {centre} (windowSize {C}) has the ids {IDS}"
            yield f"{what}, but the loss is asked for {asked}: {how}"
            break
    pair = _recorded(f)[0]
    rows = {f"this is the centre vector of {word}; the centre word is c": CENTRE[w] for word, w in TOKENS.items()}
    rows |= {f"this is the outside vector of {word}": OUTSIDE[w] for word, w in TOKENS.items()}
    for v, U in zip(pair.arguments("centerWordVec")[:1], pair.arguments("outsideVectors"), strict=False):
        yield from _compare("centerWordVec handed to the loss", v, CENTRE[2], rows)
        yield from _compare("outsideVectors handed to the loss", U, OUTSIDE, {"these are the centre vectors": CENTRE})


def _skipgram_sums(f: Subject) -> Iterator[str]:
    for centre, row in (("c", 2), ("b", 1)):
        pair, (loss, grad_V, grad_U) = _recorded(f, centre=centre)
        if np.shares_memory(grad_V, grad_U):
            yield "gradCenterVecs and gradOutsideVectors are one array, into which both gradients go: make two"
            return
        sums, last, by_word = pair.totals(), pair.results[-1], np.zeros((V, D))
        np.add.at(by_word, IDS, [result[1] for result in pair.results])
        slips = {
            _LAST: np.outer(np.eye(V)[row], last[1]),
            _MEAN: np.outer(np.eye(V)[row], sums[1] / 4),
            "every row is filled; only the centre word's vector takes part": np.tile(sums[1], (V, 1)),
            "it stands in the rows of the outside words; it belongs to the centre word": by_word,
            "the two gradients are swapped": sums[2],
        }
        for w, word in enumerate(TOKENS):
            slips[f"it stands in the row of {word}, and the centre is {centre}"] = np.outer(np.eye(V)[w], sums[1])
        found = [*_compare("loss", loss, sums[0], {_LAST: last[0], _MEAN: sums[0] / 4})]
        found += _compare("gradCenterVecs", grad_V, np.outer(np.eye(V)[row], sums[1]), slips)
        swapped = {"the two gradients are swapped": np.outer(np.eye(V)[row], sums[1])}
        found += _compare("gradOutsideVectors", grad_U, sums[2], {_LAST: last[2], _MEAN: sums[2] / 4} | swapped)
        if found:
            yield from found
            return


def _cbow_sums(f: Subject) -> Iterator[str]:
    """Check that the SUM of the context predicts the word in the middle, and where the gradients go."""
    pair, (cost, grad_in, grad_out) = _recorded(f)
    if (asked := pair.arguments("outsideWordIdx")) != [2]:
        yield f"the loss is asked for {asked}, expected [2]: the middle word, once"
        return
    context, times, right = CENTRE[IDS], np.bincount(IDS, minlength=V), pair.results[0]
    slips = {"the mean; the course takes the sum": context.mean(axis=0), "repeats are lost": context[:3].sum(axis=0)}
    yield from _compare("predicted vector", pair.arguments("centerWordVec")[0], context.sum(axis=0), slips)
    yield from _compare("cost", cost, right[0])
    once = {"a word that stands in the context twice counts once": np.outer(times > 0, right[1])}
    yield from _compare("gradIn", grad_in, np.outer(times, right[1]), once)
    yield from _compare("gradOut", grad_out, right[2])


def _cbow_written(f: Subject) -> Iterator[str]:
    """Check CBOW unless it is left out, as it may be: the hand-out's own body returns zeros."""
    try:
        pair, result = _recorded(f)
        is_written = pair.calls if result is None else any(map(np.any, result))
    except NotImplementedError:
        is_written = False
    if not is_written:
        yield Note("not written (it is optional)")
    else:
        yield from run_stages(
            (_window_contract, partial(_model_values, "cbow", partial(run_stages, (_again, _cbow_sums)))), f
        )


def _model_recorder() -> Recorder:
    names = "currentCenterWord windowSize outsideWords word2Ind centerWordVectors outsideVectors dataset loss"
    return Recorder("skipgram", names, (V, D), (V, D))


class _Windows(Draws):
    """The dummy dataset that keeps each window drawn, and how often a model had been called by then."""

    def __init__(self, model: Recorder) -> None:
        super().__init__(limit=100_000)
        self.model, self.drawn, self.calls_before = model, list[tuple[str, list[str]]](), list[int]()

    def getRandomContext(self, C: int) -> tuple[str, list[str]]:
        self.calls_before.append(len(self.model.calls))
        self.drawn.append(super().getRandomContext(C))
        return deepcopy(self.drawn[-1])


def _batch(f: Subject, vectors: Array, seed: int = SEED) -> tuple[Recorder, _Windows, Any]:
    model = _model_recorder()
    dataset = _Windows(model)
    random.seed(seed)
    with f.lend("skipgram", model) as handed, f.handed("negSamplingLossAndGradient") as loss:
        return model, dataset, f(handed, TOKENS, vectors, dataset, 5, loss)


def _batch_contract(f: Subject) -> Iterator[str]:
    with f.handed("skipgram") as model, f.handed("naiveSoftmaxLossAndGradient") as loss:
        yield from _contract(
            lambda vectors: f(model, TOKENS, vectors, Draws(limit=100_000), 5, loss),
            {"grad": (2 * V, D)},
            wordVectors=VECTORS,
        )


def _batch_values(f: Subject) -> Iterator[str]:
    """Check the mean loss and gradient of batches with either loss, and that no other random number is drawn."""
    for loss_name in CASES:
        state = _right_batch(loss_name)[1]
        with f.handed("skipgram") as model, f.handed(loss_name) as loss:
            found = [*batch_complaints(f, model, loss_name, loss)]
        if not found and state != random.getstate():
            found = ["draws more random numbers than its windows need"]
        if found:
            yield from _first(_batch_hints, f, found)
            return


def _batch_sizes(f: Subject) -> Iterator[str]:
    """Check batches of other sizes than the starter test has: more words, some never drawn; smaller windows."""
    for tokens, C in ((TOKENS | {"f": 5, "g": 6}, 5), (TOKENS, 2)):
        rest = (tokens, np.random.RandomState(6).randn(2 * len(tokens), D), Draws(limit=100_000), C)
        with f.handed("skipgram") as model, f.handed("naiveSoftmaxLossAndGradient") as loss:
            random.seed(SEED)
            got = f(model, *rest, loss)
        random.seed(SEED)
        if _differ(got, assignment.word2vec_sgd_wrapper(assignment.skipgram, *rest, _RIGHT_NAIVE)):
            sizes = f"{len(tokens)} words and windowSize {C}"
            yield f"right with {V} words and windowSize 5, wrong with {sizes}: is a number written out instead?"
            return


def _batch_model(f: Subject) -> Iterator[str]:
    """Remark that a batch calls the file's skip-gram whatever model it is handed."""
    own, model = _model_recorder(), _model_recorder()
    with f.lend("skipgram", own), f.lend("skipgram", model) as handed, f.handed("negSamplingLossAndGradient") as loss:
        f(handed, TOKENS, VECTORS.copy(), Draws(limit=100_000), 5, loss)
    if own.calls and not model.calls:
        yield Note("calls skipgram, not the model that it is handed, which may be another one, such as cbow")


def batch_complaints(f: Function, model: Function, loss_name: str, loss: Function) -> Iterator[str]:
    """Complain if a batch's loss or gradient is not the right one, nor as far from it as a guard against log 0 is.

    The difference is the guard's if it comes with the learner's loss alone, which is judged by itself.
    """
    random.seed(SEED)
    got = f(model, TOKENS, _vectors(loss_name).copy(), Draws(limit=100_000), 5, loss)
    state = random.getstate()
    for i, (name, value, right) in enumerate(zip(("loss", "grad"), got, _right_batch(loss_name)[0], strict=True)):
        found = [*_compare(f"with {loss_name}, the batch's {name}", value, right, {})]
        if found and np.allclose(value, right, rtol=0, atol=BATCH_GUARD * np.abs(right).max()):
            found = [] if _close(value, _batch_of(loss_name, loss)[i]) else found
        elif found:
            other = _other(loss_name)
            slips = {_handed(other): _batch_of(loss_name, getattr(assignment, other))[i]}
            found = [*_compare(f"with {loss_name}, the batch's {name}", value, right, slips)]
        random.setstate(state)
        yield from found


def _vectors(loss_name: str) -> Array:
    """Return other vectors for each loss, (2V, D)."""
    return VECTORS if loss_name == next(iter(CASES)) else 2 * VECTORS[::-1]


@cache
def _right_batch(loss_name: str) -> tuple[Any, Any]:
    """Return a batch's right loss and gradient, computed window by window, and the state of `random` after it."""
    return _batch_of(loss_name, getattr(assignment, loss_name)), random.getstate()


def _batch_of(loss_name: str, loss: Function) -> Any:
    """Return the loss and gradient of a batch that are right with this loss, computed window by window."""
    random.seed(SEED)
    model, dataset = partial(assignment.skipgram), Draws(limit=100_000)
    return assignment.word2vec_sgd_wrapper(model, TOKENS, _vectors(loss_name), dataset, 5, loss)


def _batch_hints(f: Subject) -> Iterator[str]:
    """Yield where to look: the number of windows, the random draws, what is handed to the model, the means."""
    kept = [*_same(lambda: _batch(f, VECTORS.copy())[2])]
    (model, dataset, _), state = _batch(f, VECTORS.copy()), random.getstate()
    right = _batch(Subject(assignment.word2vec_sgd_wrapper), VECTORS)[1].drawn
    words = zip(model.arguments("currentCenterWord"), model.arguments("outsideWords"), strict=True)
    handed = [(centre, [*outside]) for centre, outside in words]
    if kept:
        yield from kept
    elif len(model.calls) != 50:
        yield f"calls the model {len(model.calls)} times; a batch has 50 windows"
    elif dataset.drawn != right:
        if _batch(f, VECTORS.copy(), SEED + 1)[1].drawn == dataset.drawn:
            yield "draws the same windows in each batch: it seeds `random`, which is to be seeded once, before all"
        else:
            yield "draws other windows: for each, one random.randint(1, windowSize), then dataset.getRandomContext"
    elif state != random.getstate():
        yield "draws more random numbers than one size and one context for each window"
    elif handed != right:
        yield "hands other words to the model than those of the window that it has drawn"
    elif dataset.calls_before != [*range(50)]:
        yield "draws windows before the model has had the last one: the negatives are then other ones"
    else:
        yield from _batch_means(f)


def _batch_means(f: Subject) -> Iterator[str]:
    model, _, (loss, grad) = _batch(f, VECTORS.copy())
    J, *right = (total / 50 for total in model.totals())
    yield from _compare("loss", loss, J, {_LAST: model.results[-1][0] / 50})
    for which, name in enumerate(("centre", "outside")):
        handed, half, other = model.calls[0], (CENTRE, OUTSIDE)[which], (OUTSIDE, CENTRE)[which]
        argument = ("centerWordVectors", "outsideVectors")[which]
        yield from _compare(f"{argument} handed to the model", handed[argument], half, {"the other half": other})
        slips = {"centre and outside half are swapped": right[1 - which], _LAST: model.results[-1][1 + which] / 50}
        yield from _compare(f"grad of the {name} vectors", np.split(grad, 2)[which], right[which], slips)


class _Printed(io.StringIO):
    """Keeps a million characters of what is printed, so that an endless loop does not fill the memory."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < 1_000_000 else len(text)


def _descend(f: Function, *args: Any, **kwargs: Any) -> tuple[Any, list[str]]:
    with redirect_stdout(_Printed()) as printed:
        x = f(*args, **kwargs)
    return x, printed.getvalue().splitlines()


def _sgd_parabola(x0: Any, iterations: int, f: Function) -> Iterator[str]:
    """Check the course's parabolas, whose x0 is a plain number, and one f evaluation per iteration."""
    losses: list[float] = []

    def parabola(x: Any) -> tuple[Any, Any]:
        losses.append(float(np.sum(x**2)))
        return losses[-1], 2 * x

    x, _ = _descend(f, parabola, np.copy(x0) if np.ndim(x0) else x0, 0.01, iterations, PRINT_EVERY=iterations)
    if x is None:
        yield "returns None; expected the final x"
    elif len(losses) != iterations:
        yield f"evaluates f {len(losses)} times in {iterations} iterations, expected {iterations}"
    else:
        slips = {"it climbs: the sign of the step is wrong": x0 * 1.02**iterations, "x never moves": x0}
        yield from _compare(f"x**2 from {x0}, {iterations} steps of 0.01: x", x, x0 * 0.98**iterations, slips)


def _sgd_options(f: Function) -> Iterator[str]:
    """Check that the step is halved after each 20,000 iterations, and that the postprocessing is applied."""
    x, _ = _descend(f, lambda _: (1.0, np.array([1e3, -2e3])), np.zeros(2), 1.0, 1, PRINT_EVERY=1)
    yield from _compare("a step of 1 by a gradient of 1000 and -2000: x", x, [-1e3, 2e3], {"is it cut (clipped)?": x})
    x, _ = _descend(f, lambda _: (1.0, np.ones(1)), np.zeros(1), 2.0, 40010, PRINT_EVERY=16000)
    slips = {"the step is never halved": [-80020], "one iteration too early": [-60003.5], "too late": [-60006.5]}
    slips |= {"it is halved once only": [-60010], "it is set to 0.5, not multiplied by it": [-50005]}
    yield from _compare("40010 steps of 2, to be halved after each 20000, from 0: x", x, [-60005], slips)
    post = {"postprocessing": lambda x: x * x + 1, "PRINT_EVERY": 2}
    x, _ = _descend(f, lambda x: (1.0, 2 * x), np.ones(1), 0.25, 2, **post)
    slips = {"it is not applied": [0.25], "it is applied before the step": [2.5], "before f is called": [1.0]}
    slips |= {"it is applied to the last x alone, or to those that are printed": [1.0625]}
    yield from _compare("2 steps with a postprocessing of x * x + 1, after each: x", x, [1.390625], slips)
    losses = iter((1.0, 2.0, 3.0, 4.0))
    x, lines = _descend(f, lambda _: (next(losses), 1.0), 0.0, 1.0, 4, PRINT_EVERY=2)
    yield from _compare("4 steps of 1 from 0, the loss rising: x", x, -4, {"does the step depend on the loss?": x})
    if [line.strip() for line in lines] != ["iter 2: 2.000000", "iter 4: 2.100000"]:
        yield Note(f"losses 1 to 4, PRINT_EVERY=2: prints {lines}; the course's: iter 2: 2.000000, iter 4: 2.100000")


_RIGHT_NAIVE, _RIGHT_NEGATIVE = assignment.naiveSoftmaxLossAndGradient, assignment.negSamplingLossAndGradient
_NAIVE = _each(_pair_contract, (0,)) + _each(_pair_values, (_RIGHT_NAIVE, _naive_slips, _naive_identities))
_NEGATIVE = _each(_pair_contract, (10,)) + _each(_pair_values, (_RIGHT_NEGATIVE, _neg_slips, _neg_identities))
_NAIVE += [partial(check, _RIGHT_NAIVE) for check in (_many_words, _large_scores, _pair_changed)]
_NEGATIVE += [partial(check, _RIGHT_NEGATIVE) for check in (_many_words, _large_scores, _pair_changed)]
_DRAWS = ((1, (4, 3, 2), 2), (1, (1, 1, 3, 3, 1, 0, 2), 3), (1, PAIR.ids, 25), (290, MANY.ids, 4))
_STAGES: dict[str, list[Check]] = {  # in the order in which the functions depend on each other
    "sigmoid": [
        *_each(_value, *(("sigmoid", x) for x in (0.5, X[0], X))),
        *_each(_sigmoid_extreme, (-1e3,), (1e3,)),
        partial(_whole_numbers, "sigmoid"),
    ],
    "sigmoid_grad": _each(_value, ("sigmoid_grad", 0.25), ("sigmoid_grad", np.array([0.1, 0.5, 0.9]))),
    "softmax": [
        *_each(_value, ("softmax", X[0])),
        _softmax_rows,
        _softmax_extremes,
        partial(_whole_numbers, "softmax"),
    ],
    "normalizeRows": _each(_value, ("normalizeRows", X + 0.1)),
    "naiveSoftmaxLossAndGradient": _NAIVE,
    "softmaxCostAndGradient": _NAIVE,
    "getNegativeSamples": [*_each(_negatives, _DRAWS[0]), _negatives_kept, *_each(_negatives, *_DRAWS[1:])],
    "negSamplingLossAndGradient": _NEGATIVE,
    "negSamplingCostAndGradient": _NEGATIVE,
    "skipgram": [_window_contract, partial(_model_values, "skipgram", _skipgram_hints), _skipgram_changed],
    "cbow": [_cbow_written],
    "word2vec_sgd_wrapper": [_batch_contract, _batch_values, _batch_sizes, _batch_model],
    "sgd": [*_each(_sgd_parabola, (0.5, 3), (np.array([1.0, -2.0]), 3), (0.5, 1000), (-1.5, 1000)), _sgd_options],
}
CHECKS: dict[str, Check] = {name: partial(run_stages, stages) for name, stages in _STAGES.items()}
OLD_NAMES = dict(zip(("softmaxCostAndGradient", "negSamplingCostAndGradient"), CASES, strict=True))
_OPTIONAL = {"sigmoid_grad", "softmax", "normalizeRows", "cbow", *OLD_NAMES}
NAMES = [name for name in CHECKS if name not in _OPTIONAL]
