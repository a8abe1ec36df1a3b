"""Checks of skip-gram and CBOW: right in the sums of a window, else run again with recorders, to say where."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np

from ..._types import Array
from .. import assignment
from ..starter_test import CASES, TOKENS, VECTORS, Function
from .judging import (
    CENTRE,
    EARLY,
    OUTSIDE,
    Check,
    D,
    Draws,
    Note,
    Subject,
    V,
    changed_in_place,
    compare,
    contract_complaints,
    is_close,
    repeated,
    run_stages,
    stirred_states,
)


class Recorder:
    """A stand-in for a loss or a model that records its arguments and returns other numbers each time."""

    def __init__(self, name: str, names: str, *shapes: tuple[int, ...], scale: float = 1.0) -> None:
        self.__name__, self.names, self.shapes, self.scale = name, names.split(), shapes, scale
        self.calls: list[dict[str, Any]] = []
        self.results: list[tuple[Any, ...]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Record copies of the arguments; the result depends only on the number of the call."""
        given = dict(zip(self.names, args, strict=False)) | kwargs
        self.calls.append({k: v.copy() if isinstance(v, np.ndarray) else v for k, v in given.items()})
        self.results.append(tuple(self.scale * value for value in _numbers(len(self.calls), self.shapes)))
        return deepcopy(self.results[-1])

    def arguments(self, name: str) -> list[Any]:
        """Return an argument of each call."""
        return [call.get(name) for call in self.calls]

    def totals(self) -> list[Any]:
        """Return the sums of the results over the calls."""
        return [np.sum(values, axis=0) for values in zip(*self.results, strict=True)]


@cache
def _numbers(call: int, shapes: tuple[tuple[int, ...], ...]) -> list[Any]:
    rng = np.random.RandomState(call)
    return [rng.uniform(1, 2), *(rng.randn(*shape) for shape in shapes)]


WINDOW, IDS = ["a", "b", "e", "b"], [0, 1, 4, 1]
HANDED = 2 * CENTRE, 2 * OUTSIDE  # those of the starter test are of length 1
LAST, _MEAN = "only the last one is kept: add, do not overwrite", "this is a mean; a window's pairs are summed"
UNIT = "it is scaled to length 1, which is not to be done here"
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
    """Check a model's loss and gradients with its losses; if they are wrong, have `hints` say where to look."""
    for loss_name in f.losses:
        other = other_loss(loss_name)
        cases = zip(WINDOWS, _right_values(name, loss_name), _right_values(name, other), strict=True)
        for window, expected, slips in cases:
            state = stirred_states()[0]
            with f.handed(loss_name) as loss:
                got = f(*deepcopy(window), Draws(_DRAWN), loss)
            where = f'with the centre "{window[0]}" and {loss_name}, '
            names = ("the loss", "the gradient by the centre vectors", "the gradient by the outside vectors")
            values = zip(names, got, expected, slips, strict=True)
            found = [*chain(*(compare(where + n, a, b, {is_called(other): c}) for n, a, b, c in values))]
            if not found and random.getstate() != state:
                found = ["draws random numbers, which only the dataset is to do, or seeds them"]
            if found:
                yield from hints_or(hints, f, found)
                return


def other_loss(loss_name: str) -> str:
    """Return the name of the loss that is not this one."""
    return next(name for name in CASES if name != loss_name)


def is_called(other: str) -> str:
    """Ask whether a model calls the loss that it is handed, where the other one explains its values."""
    return f"{other} leads to this: is the loss that is handed over the one that is called?"


def hints_or(hints: Check, f: Subject, otherwise: list[str]) -> list[str]:
    """Return what hints say, or else the complaints known: not every function runs with a recorder."""
    try:
        said = [*hints(f)]
    except Exception:
        said = []
    return said if any(not isinstance(remark, Note) for remark in said) else otherwise


def hinted(contract: Check, hints: Check, f: Subject) -> Iterator[str]:
    """Check a contract; if what the function calls stops, have `hints` say first what it is handed."""
    try:
        yield from contract(f)
    except (LookupError, TypeError, ValueError):
        yield from hints_or(hints, f, [])
        raise


def cut(recorded: Callable[..., tuple[Any, ...]], f: Subject) -> Iterator[str]:
    """Check that sums of large losses and gradients are not cut; `recorded` takes f and its recorder's scale."""
    times = 2.0**14  # of which no digit is lost
    try:
        (recorder, *_, small), (*_, large) = recorded(f, scale=1.0), recorded(f, scale=times)
    except Exception:  # not every function runs with a recorder
        return
    if recorder.calls and not all(is_close(b, np.multiply(times, a)) for a, b in zip(small, large, strict=True)):
        yield "right with small losses and gradients, wrong with large ones: are they cut (clipped)?"


def _recorded(f: Subject, C: int = 2, centre: str = "c", scale: float = 1.0) -> tuple[Recorder, Any]:
    name = "naiveSoftmaxLossAndGradient"
    pair = Recorder(name, "centerWordVec outsideWordIdx outsideVectors dataset", (D,), (V, D), scale=scale)
    with f.lend(name, pair) as handed:
        return pair, f(centre, C, WINDOW.copy(), TOKENS, *map(np.copy, HANDED), Draws(_DRAWN), handed)


def hands_otherwise(f: Subject) -> bool:
    """Return whether a skip-gram hands words or centre vectors to the loss in other shapes than the course's."""
    pair = Recorder("loss", "centerWordVec outsideWordIdx")
    with suppress(Exception), f.lend("naiveSoftmaxLossAndGradient", pair) as handed:
        f("c", 2, WINDOW.copy(), TOKENS, *map(np.copy, HANDED), Draws(_DRAWN), handed)
    words, vectors = map(pair.arguments, ("outsideWordIdx", "centerWordVec"))
    return any(map(np.ndim, words)) or any(np.shape(vector) != (D,) for vector in vectors)


def _window_contract(f: Subject) -> Iterator[str]:
    with f.handed("naiveSoftmaxLossAndGradient") as loss:
        window = {"centre": "c", "C": 2, "outsideWords": WINDOW, "tokens": TOKENS, "centerWordVectors": CENTRE}
        window |= {"outsideVectors": OUTSIDE, "dataset": Draws(_DRAWN), "loss": loss}
        yield from contract_complaints(f, {"gradCenterVecs": (V, D), "gradOutsideVectors": (V, D)}, **window)


def _skipgram_changed(f: Subject) -> Iterator[str]:
    with f.handed("naiveSoftmaxLossAndGradient") as loss:

        def call(f: Function, V: Array, U: Array) -> Any:
            return f("c", 5, WINDOW.copy(), TOKENS, V, U, Draws(_DRAWN), loss)

        def right(*window: Any) -> Any:
            return assignment.skipgram(*window[:-1])  # what is handed over may be called otherwise

        yield from changed_in_place(call, f, right, centerWordVectors=CENTRE, outsideVectors=OUTSIDE)


def _skipgram_hints(f: Subject) -> Iterator[str]:
    pair, result = _recorded(f)
    if not pair.calls:  # it may compute the loss without calling it
        if not any(map(np.any, result)):
            yield "returns zeros, and calls no loss: still to be written?"
        return
    yield from run_stages((_again, _skipgram_calls, _skipgram_sums), f)


def _again(f: Subject) -> Iterator[str]:
    yield from repeated(lambda: _recorded(f)[1])


def _skipgram_calls(f: Subject) -> Iterator[str]:
    # at the edge of a sentence there are fewer than 2C words; "b" is among them
    for C, centre in ((2, "c"), (5, "c"), (5, "b")):
        pair, _ = _recorded(f, C, centre)
        asked = pair.arguments("outsideWordIdx")
        if odd := [o for o in asked if np.size(o) != 1 or isinstance(o, str)]:
            order = "centerWordVec, outsideWordIdx, outsideVectors, dataset"
            yield f"hands {odd[0]!r} to the loss as outsideWordIdx, a word's number in word2Ind: it takes {order}"
            return
        if asked != IDS:
            twice = len(asked) == 2 * len(IDS) and asked[::2] == IDS
            how = "it is evaluated twice per pair" if twice else "each outside word once, in order, repeats included"
            how = EARLY if asked == IDS[:1] else how
            what = f"the window {WINDOW} around {centre} (windowSize {C}) has the ids {IDS}"
            yield f"{what}, but the loss is asked for {asked}: {how}"
            break
    pair, (V, U) = _recorded(f)[0], HANDED
    rows = {f"this is the centre vector of {word}; the centre word is c": V[w] for word, w in TOKENS.items()}
    rows |= {f"this is the outside vector of {word}": U[w] for word, w in TOKENS.items()} | {UNIT: CENTRE[2]}
    slips = {"these are the centre vectors": V, UNIT: OUTSIDE}
    for name, right, others in (("centerWordVec", V[2], rows), ("outsideVectors", U, slips)):
        yield from compare(f"{name} handed to the loss for the last word", pair.arguments(name)[-1], right, others)
    if getattr(pair.arguments("dataset")[-1], "count", 0):
        yield "draws from the dataset itself, which only the loss is to do: its negatives are then other ones"


def _skipgram_sums(f: Subject) -> Iterator[str]:
    for centre, row in (("c", 2), ("b", 1)):
        pair, (loss, grad_V, grad_U) = _recorded(f, centre=centre)
        if np.shares_memory(grad_V, grad_U):
            yield "gradCenterVecs and gradOutsideVectors are one array, into which both gradients go: make two"
            return
        sums, last, by_word, one_row = pair.totals(), pair.results[-1], np.zeros((V, D)), np.zeros((V, D))
        np.add.at(by_word, IDS, [result[1] for result in pair.results])
        np.add.at(one_row, IDS, [result[2][o] for o, result in zip(IDS, pair.results, strict=True)])
        slips = {
            LAST: np.outer(np.eye(V)[row], last[1]),
            _MEAN: np.outer(np.eye(V)[row], sums[1] / 4),
            "every row is filled; only the centre word's vector takes part": np.tile(sums[1], (V, 1)),
            "it stands in the rows of the outside words; it belongs to the centre word": by_word,
            "the two gradients are swapped": sums[2],
        }
        for w, word in enumerate(TOKENS):
            slips[f"it stands in the row of {word}, and the centre is {centre}"] = np.outer(np.eye(V)[w], sums[1])
        found = [*compare("loss", loss, sums[0], {LAST: last[0], _MEAN: sums[0] / 4, "it counts the pairs": 4})]
        found += compare("gradCenterVecs", grad_V, np.outer(np.eye(V)[row], sums[1]), slips)
        others = {"the two gradients are swapped": np.outer(np.eye(V)[row], sums[1])}
        others |= {"of each pair, only the outside word's row is added; the loss returns one of all rows": one_row}
        found += compare("gradOutsideVectors", grad_U, sums[2], {LAST: last[2], _MEAN: sums[2] / 4} | others)
        if found:
            yield from found
            return


def _cbow_sums(f: Subject) -> Iterator[str]:
    """Check that the SUM of the context predicts the word in the middle, and where the gradients go."""
    pair, (cost, grad_in, grad_out) = _recorded(f)
    if (asked := pair.arguments("outsideWordIdx")) != [2]:
        yield f"the loss is asked for {asked}, expected [2]: the middle word, once"
        return
    context, times, right = HANDED[0][IDS], np.bincount(IDS, minlength=V), pair.results[0]
    slips = {"the mean; the course takes the sum": context.mean(axis=0), "repeats are lost": context[:3].sum(axis=0)}
    yield from compare("predicted vector", pair.arguments("centerWordVec")[0], context.sum(axis=0), slips)
    yield from compare("cost", cost, right[0])
    rows = {"a word that stands in the context twice counts once": np.outer(times > 0, right[1])}
    rows |= {"every row is filled; only the words of the context take part": np.tile(right[1], (V, 1))}
    yield from compare("gradIn", grad_in, np.outer(times, right[1]), rows)
    yield from compare("gradOut", grad_out, right[2])


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
        hints = partial(run_stages, (_again, _cbow_sums))
        yield from run_stages((_window_contract, partial(_model_values, "cbow", hints), _CUT), f)


_CONTRACT, _CUT = partial(hinted, _window_contract, _skipgram_calls), partial(cut, _recorded)
STAGES: dict[str, list[Check]] = {
    "skipgram": [_CONTRACT, partial(_model_values, "skipgram", _skipgram_hints), _skipgram_changed, _CUT],
    "cbow": [_cbow_written],
}
