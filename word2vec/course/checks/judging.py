"""What the checks share: remarks, the learner's function and its draws, and how values are compared and explained."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np

from ..._types import Array
from .. import assignment
from ..sanity_checks import Dummy
from ..starter_test import CASES, VECTORS, Function

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

    `beside` holds the names of the file's functions, `lacks` those of the course's arguments that it does not take,
    `losses` those of the losses that a model is judged with.
    `lend(name, ours)` puts a function in place of the learner's own of that name for a while, and yields what to hand
    over for it.
    """

    def __init__(
        self,
        f: Function,
        lend: Lend | None = None,
        beside: Collection[str] = (),
        lacks: Collection[str] = (),
        losses: Collection[str] = tuple(CASES),
    ) -> None:
        self.call, self.beside, self.lacks, self.losses = f, beside, lacks, losses
        self.lend: Lend = lend or (lambda _, ours: nullcontext(ours))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; values handed over one by one, as by a dataclass, or in an array become a tuple."""
        result = self.call(*args, **kwargs)
        is_one_by_one = hasattr(result, "__iter__") and not hasattr(result, "__len__")
        is_of_arrays = isinstance(result, np.ndarray) and any(isinstance(each, np.ndarray) for each in result.flat)
        return tuple(result) if is_one_by_one or is_of_arrays else result

    def handed(self, name: str) -> AbstractContextManager[Function]:
        """Lend ours of this name."""
        return self.lend(name, getattr(assignment, name))


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
BESIDES = "; besides, "  # between two slips
_ZERO = "it is zero: not written yet, never added to, rounded down, or taken from itself (one array under two names)"
_NEAR = f"so near: is it rounded, in few bits, or a number added, as against log 0 (up to {GUARD:g} is harmless)?"
EARLY = "does a `return` stand in the loop?"
_RATIOS = {
    "the sign is the other way round": -1.0,
    "it is twice what it should be": 2.0,
    "it is half of what it should be": 0.5,
    "it is 50 times as large: a sum over the batch where the mean is wanted": 50.0,
    "it is 1/50 of it: divided by the batch's size once too often": 1 / 50,
    "the ratio is 1/log 2: look at the base of the logarithm": 1 / np.log(2),
    "the ratio is 1/log 10: look at the base of the logarithm": 1 / np.log(10),
}


def compare(name: str, got: Any, expected: Any, slips: Slips | None = None) -> Iterator[str]:
    """Complain if two values differ: where, by how much and, given slips, which of them explains it."""
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    got = got.reshape(()) if got.size == 1 and expected.ndim == 0 else got  # a loss of shape (1,) will do
    if is_close(got, expected):
        return
    hint = slip_of(got, expected, slips) if slips is not None and got.shape == expected.shape else ""
    yield f"{name} {_difference(got, expected)}" + (f": {hint}" if hint else "")


def is_close(got: Any, expected: Any) -> bool:
    """Return whether values agree to a millionth of the largest entry: finer than any slip, coarser than rounding."""
    scale = max(np.abs(np.asarray(expected)).max(initial=0), 1e-3)
    return np.shape(got) == np.shape(expected) and bool(np.all(np.abs(np.subtract(got, expected)) <= 1e-6 * scale))


def _difference(got: Array, expected: Array) -> str:
    """Return text with two numbers that differ and, for a matrix with a row for each word, the words."""
    if got.shape != expected.shape:
        return f"has shape {got.shape}, expected {expected.shape}"
    if got.ndim == 0:
        return f"is {got + 0.0:.10g}, expected {expected + 0.0:.10g}"
    off = np.abs(got - expected)
    i = np.unravel_index(np.argmax(np.where(np.isnan(off), np.inf, off)), got.shape)
    rows = np.flatnonzero([not is_close(a, b) for a, b in zip(got, expected, strict=True)])
    words = f" in the rows of {', '.join('abcde'[w] for w in rows)}" if got.ndim == 2 and len(got) == V else ""
    return f"differs{words} (at {[int(k) for k in i]}: {got[i]:.6g}, expected {expected[i] + 0.0:.6g})"


def slip_of(got: Array, expected: Array, slips: Slips) -> str:
    """Return the usual slip that leads to this value, or else two of them; "" if there are none."""
    single, double = ({h: value for h, value in slips.items() if (BESIDES in h) == two} for two in (False, True))
    for hint, value in single.items():
        if is_close(got, value):
            return hint
    if not np.any(got):
        return _ZERO
    ratio = float(np.sum(got * expected) / max(np.sum(expected * expected), 1e-300))
    usual = [hint for hint, known in _RATIOS.items() if np.isclose(ratio, known, rtol=1e-6)]
    if usual and is_close(got, ratio * expected):
        return usual[0]
    times = {f"{hint}{BESIDES}{more}": np.multiply(k, v) for hint, v in slips.items() for more, k in _RATIOS.items()}
    for hint, value in (double | times).items():
        if is_close(got, value):
            return hint
    is_near = abs(ratio - 1) < 1e-4  # which would be shown as 1
    if abs(ratio) > 1e-9 and not is_near and is_close(got, ratio * expected):  # not what rounding leaves of zero
        is_whole, is_part = (abs(each) < 100 and is_close(each, np.rint(each)) for each in (ratio, 1 / ratio))
        if is_part:
            return f"it is {'-' * (ratio < 0)}1/{abs(1 / ratio):.0f} of what it should be"
        if np.size(got) > 1 or is_whole:  # one number is some times any other
            return f"it is {ratio:.6g} times what it should be"
    if np.ndim(got) == 2 and is_close(np.sort(got, axis=0), np.sort(expected, axis=0)):
        return "the rows are right, but they stand at the wrong words"
    return _NEAR if np.all(np.abs(got - expected) <= 5e-3 * np.abs(expected).max()) else ""


def contract_complaints(f: Function, shapes: Mapping[str, tuple[int, ...]], **arguments: Any) -> Iterator[str]:
    """Complain unless f returns a loss and finite float64 gradients of these shapes and changes no argument."""
    given = {name: value if callable(value) else deepcopy(value) for name, value in arguments.items()}
    result = f(*given.values())
    if not isinstance(result, tuple | list) or len(result) != 1 + len(shapes):
        got = f"{len(result)} values" if isinstance(result, tuple | list) else type(result).__name__
        yield f"returns {got}; expected loss, {', '.join(shapes)}"
        result = ()
    found, wanted = [*map(np.shape, result)], [(), *shapes.values()]
    if found != wanted and sorted(found) == sorted(wanted):
        yield f"returns values of the shapes {found}; expected loss, {', '.join(shapes)}, in this order"
        result = ()
    for (name, shape), value in zip({"loss": (), **shapes}.items(), map(np.asarray, result), strict=False):
        if len(shape) < 2 and np.squeeze(value).shape == np.squeeze(np.empty(shape)).shape:
            if shape and value.shape != shape:
                yield Note(f"{name} has shape {value.shape}; {shape} is usual, which its caller may expect")
        elif value.shape != shape:
            why = " (transposed?)" if value.shape == shape[::-1] else ""
            why = why if shape else ": one number, such as a sum, or that of the outside word"
            yield f"{name} has shape {value.shape}, expected {shape}{why}"
            continue
        if not np.all(np.isfinite(value.astype(float))):
            of_what = ": of what is the logarithm taken?" * (name == "loss")
            yield f"{name} is not finite: there is nan or inf in it{of_what}"
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


def each_case(check: Callable[..., Iterator[str]], *cases: tuple[Any, ...]) -> list[Check]:
    """Return a check for each case, the first arguments of it."""
    return [partial(check, *case) for case in cases]


def generator_states() -> tuple[Any, ...]:
    """Return the states of both global generators, as values that can be compared."""
    _, key, *rest = np.random.get_state()
    return random.getstate(), np.asarray(key).tobytes(), *rest


def stirred_states() -> tuple[Any, ...]:
    """Return the states of both global generators after a draw of each, from which seeding anew leads away, too."""
    random.random()
    np.random.random()
    return generator_states()


ELSEWHERE = "draws random numbers from elsewhere, or seeds them; the only source is dataset.sampleTokenIdx()"


def changed_in_place(call: Callable[..., Any], f: Function, right: Function, **arrays: Array) -> Iterator[str]:
    """Check that nothing is kept of vectors that have changed since, as they do in training."""
    given = {name: array.copy() for name, array in arrays.items()}
    before = call(f, *given.values())
    kept = deepcopy(before)
    for name, array in reversed(given.items()):
        array[...] = array[::-1] + 0.5
        if is_other(*(call(each, *given.values()) for each in (f, right))):
            yield f"right at first, wrong when {name} has changed since, as in training: {KEPT}"
            return
    if not all(map(np.array_equal, before, kept)):
        yield Note("returns the same arrays at each call: who keeps them, to add them up later, has the last alone")


def is_other(found: Sequence[Any], right: Sequence[Any]) -> bool:
    """Return whether one of some values is plainly another than the right one."""
    pairs = zip(found, right, strict=True)
    return not all(
        np.size(got) == np.size(each) and np.allclose(np.reshape(got, np.shape(each)), each, rtol=1e-3, atol=1e-3)
        for got, each in pairs
    )


KEPT = "what does it keep from an earlier call (a cache, a global name, a default argument, np.empty)?"


def repeated(call: Callable[[], Any]) -> Iterator[str]:
    """Complain if a second call with the same arguments and random numbers returns other values."""
    results = []
    for _ in range(2):
        random.seed(SEED)
        results.append(deepcopy(call()))
    if not all(map(is_close, *results)):
        yield f"returns other values when it is called again with the same arguments: {KEPT}"
