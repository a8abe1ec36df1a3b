"""Which slips together lead to a loss of the starter test: its windows computed with one to three of them at a time.

A loss of negative sampling depends on every random number drawn since the seed. So the test is replayed with each
set of slips: those of its course (`DRAWS`) draw other negatives, those of the formula (`FORMULAS`) make another sum.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from ..functions import log_softmax
from .starter_test import CASES, NEGSAMP, SOFTMAX, TOKENS, VECTORS, Case

__all__ = ["Found", "find"]

DRAWS: dict[str, dict[str, Any]] = {
    "Python 2's integers": {"python2": True},
    "the gradient check of naive softmax left out": {"checks": ("negative",)},
    "the gradient check of negative sampling left out": {"checks": ("naive",)},
    "both gradient checks left out": {"checks": ()},
    "the two gradient checks swapped": {"checks": ("negative", "naive")},
    "the four gradient checks of 2017/18, with CBOW, before it": {
        "checks": ("naive", "negative", "cbow naive", "cbow")
    },
    "a second run without seeding anew": {"again": True},
    "the loss evaluated twice per pair": {"times": 2},
    "negatives drawn by naive softmax, too": {"naive": True},
    "the outside word not excluded from the negatives": {"excluded": False},
    "5 negatives instead of 10": {"K": 5},
}
COURSES = {name for name, changes in DRAWS.items() if not {"python2", "checks", "again"}.isdisjoint(changes)}
FORMULAS: dict[str, dict[str, Any]] = {
    "the outside word's own term missing": {"own": 0},
    "the outside word's own term with the wrong sign": {"own": -1},
    "the score of the outside word with the wrong sign": {"own_score": -1},
    "the negatives' terms missing": {"negative": 0},
    "the negatives' terms with the wrong sign": {"negative": -1},
    "the negatives averaged": {"negative": 0.1},
    "the scores of the negatives with the wrong sign": {"negative_score": 1},
    "a negative drawn several times counted once": {"once": True},
    "the logarithm to the base 2": {"scale": 1 / math.log(2)},
    "the logarithm to the base 10": {"scale": 1 / math.log(10)},
    "the sign of the loss": {"sign": -1},
    "the mean over the window instead of the sum": {"window": "mean"},
    "only the window's last word": {"window": "last"},
    "only the window's first word": {"window": "first"},
    "the outside vector of the centre word for its centre vector": {"centre": 5},
    "the centre vectors for the outside vectors": {"outside": 0},
}


class Found(NamedTuple):
    """A loss, the call that gives it, and the slips that lead to it."""

    loss: float
    call: str
    slips: tuple[str, ...]


def find(low: float, high: float, most: int = 3, call: str | None = None) -> list[Found]:
    """Return what gives a loss from low to high with the fewest slips, at most so many of them.

    A call that is named is one of a whole test in its order, so that no slip of the test's course is one of them.
    """

    def fits(each: Found) -> bool:
        is_asked = call is None or (each.call == call and COURSES.isdisjoint(each.slips))
        return is_asked and low <= each.loss <= high

    by_number = ([*filter(fits, _with(n))] for n in range(most + 1))
    return next(filter(None, by_number), [])


def _sets(slips: Mapping[str, Mapping[str, Any]], n: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each set of n slips that do not contradict each other: names and what they change."""
    for names in combinations(slips, n):
        changes = [key for name in names for key in slips[name]]
        if len({*changes}) == len(changes):
            yield names, {key: value for name in names for key, value in slips[name].items()}


@cache
def _with(n: int) -> list[Found]:
    """Return what n slips lead to, at most two of either kind."""
    naive, negative = CASES
    found = [
        Found(_loss(case, None, **changes), case.describe(naive), names)
        for names, changes in _sets(FORMULAS, n)
        for case in SOFTMAX
        if changes.keys() <= {"scale", "sign", "window", "centre", "outside"}
    ]
    for n_draws in range(max(0, n - 2), min(n, 2) + 1):
        for (course, drawing), (names, changes) in product(_sets(DRAWS, n_draws), _sets(FORMULAS, n - n_draws)):
            for case, drawn in zip(NEGSAMP, _negatives(*sorted(drawing.items())), strict=True):
                found.append(Found(_loss(case, drawn, **changes), case.describe(negative), (*course, *names)))
    return found


def _loss(case: Case, drawn: Sequence[Sequence[int]] | None, **changes: Any) -> float:
    """Return the loss of a window, given the negatives of each pair, or of naive softmax if there are none."""
    get, first = changes.get, changes.get("outside", 5)
    scores = VECTORS[first : first + 5] @ VECTORS[TOKENS[case.centre] + get("centre", 0)]
    ids = [TOKENS[word] for word in case.outside]
    if drawn is None:
        losses = -log_softmax(scores)[ids]
    else:
        own = get("own", 1) * np.logaddexp(0, -get("own_score", 1) * scores[ids])
        terms = get("negative", 1) * np.logaddexp(0, -get("negative_score", -1) * scores)
        losses = own + [terms[[*({*pair} if get("once") else pair)]].sum() for pair in drawn]
    words: dict[str, Any] = {"mean": np.mean, "last": lambda x: x[-1], "first": lambda x: x[0]}
    return float(words.get(get("window", ""), np.sum)(losses) * get("scale", 1) * get("sign", 1))


@cache
def _negatives(*changed: tuple[str, Any]) -> list[list[list[int]]]:
    """Replay the starter test's draws with slips; return the negatives of each pair of its last three windows."""
    given: dict[str, Any] = {"checks": ("naive", "negative"), "K": 10, "excluded": True, "times": 1} | dict(changed)
    python2, naive, K = given.get("python2"), given.get("naive"), given["K"]
    rng = random.Random(31415)

    def draw(n: int) -> int:
        return int(rng.random() * n) if python2 else rng.randrange(n)

    def negatives(outside: int) -> list[int]:
        found: list[int] = []
        while len(found) < K:
            if (w := draw(5)) != outside or not given["excluded"]:
                found.append(w)
        return found

    def window(ids: Sequence[int], draws: Any) -> list[list[int]]:
        return [[negatives(o) for _ in range(given["times"])][-1] for o in ids] if draws else []

    for check in given["checks"]:
        for _ in range(50):
            C = 1 + draw(5)
            centre, *context = (draw(5) for _ in range(1 + 2 * C))
            window([centre] if "cbow" in check else context, naive or "naive" not in check)
        if check == "naive":
            for case in SOFTMAX:
                window([TOKENS[word] for word in case.outside], naive)
    for _ in range(1 + given.get("again", 0)):
        found = [window([TOKENS[word] for word in case.outside], True) for case in NEGSAMP]
    return found
