"""Which planted bugs does which gradient checker catch?

    python -m benchmarks.kill_matrix [--all]

Each bug of benchmarks/planted.py is checked by each rule of benchmarks/checkers.py and by ours, at the five good
points of word2vec.gradcheck and at the usual start of a training, where all outside vectors are zero. A rule catches
a bug if it finds the gradient wrong at one of the points at least; ours may also return "inconclusive", which does
not count as caught, but does count as a false alarm in a correct case. Some correct cases draw their negatives from a
np.random.Generator, which only ours freezes. The table shows the bugs that some rule misses; --all shows every one.
"""

import argparse
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.checkers import RULES
from benchmarks.planted import BUGS, CASES, OBJECTIVES, Bug, Function, Library, library, plant, start
from word2vec.gradcheck import Point, check_gradient, good_points

OURS = "ours"
CORRECT = 200

Problem = tuple[Function, tuple[Any, Any], tuple[str, str]]


class Row(NamedTuple):
    """A bug, and which rules reject it."""

    bug: str
    caught: dict[str, bool]


def verdict(rule: str, problem: Problem) -> str:
    """Return a rule's verdict: passed or failed, ours also inconclusive; a rule that raises counts as failed."""
    f, x, names = problem
    random.seed(1)
    np.random.seed(1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if rule == OURS:
            return check_gradient(f, x, names=names).verdict
        try:
            accepted = RULES[rule](flattened(f, x), np.concatenate([np.ravel(part) for part in x]))
        except (ValueError, TypeError):
            accepted = False
    return "passed" if accepted else "failed"


def flattened(f: Function, x: tuple[Any, Any]) -> Callable[[Any], tuple[Any, Any]]:
    """Return f as a function of one vector, as the other checkers need it.

    The coarser type of f's two gradients is that of the joined one; where f hands out an array a second time, the
    joined one is handed out a second time too, so that no rule is kept from seeing it.
    """
    shapes, cut = [part.shape for part in x], x[0].size
    last: list[Any] = []
    joined = np.empty(sum(part.size for part in x))

    def flat(vector: Any) -> tuple[Any, Any]:
        """Cut the vector in two, and join the gradients."""
        nonlocal joined
        parts = (vector[:cut].reshape(shapes[0]), vector[cut:].reshape(shapes[1]))
        J, *gradients = f(parts)
        if [np.shape(g) for g in gradients] != shapes:
            raise ValueError("gradients of another shape than x")
        if not any(new is old for new, old in zip(gradients, last, strict=False)):
            joined = np.empty(vector.size, min((g.dtype for g in gradients), key=lambda dtype: dtype.itemsize))
        last[:] = gradients
        joined[:cut], joined[cut:] = (np.ravel(gradient) for gradient in gradients)
        return np.asarray(J).sum(), joined

    return flat


def points() -> list[Point]:
    """Return the good points."""
    return list(good_points(rng=np.random.default_rng(20190117)))


def usual_start() -> Point:
    """Return the usual start: few words, small random centre vectors, outside vectors zero."""
    small = points()[1]
    return small._replace(name="usual start", U=np.zeros_like(small.U))


def problem(of: Library, case: str, point: Point) -> Problem:
    """Return what is checked: the function, its x and the names of the blocks."""
    return (CASES[case](of, point), *start(case, point))


def matrix(bugs: tuple[Bug, ...], at: list[Point], rules: tuple[str, ...]) -> Iterator[Row]:
    """Run each rule on each bug."""
    for bug in bugs:
        caught = {}
        for rule in rules:  # planted anew for each, as some of the bugs keep a buffer
            of = plant(bug)
            caught[rule] = any(verdict(rule, problem(of, bug.case, point)) == "failed" for point in at)
        yield Row(bug.name, caught)


def correct_cases(count: int, *, draw: bool = False) -> Iterator[Problem]:
    """Make correct cases of random sizes at random good points, or such as draw their negatives themselves."""
    rng, of = np.random.default_rng(7), library()
    for i in range(count):
        n, window = int(rng.integers(3, 9)), int(rng.integers(3, 7))
        sizes = {"n": n, "D": int(rng.integers(2, 6)), "window": window, "K": n + int(rng.integers(0, 6))}
        point = list(good_points(**sizes, rng=rng))[i % 5]
        if draw:
            yield drawing(of, point, np.random.default_rng(i)), *start("negative_pair", point)
        else:
            yield problem(of, list(CASES)[int(rng.integers(len(CASES)))], point)


def drawing(of: Library, p: Point, rng: np.random.Generator) -> Function:
    """Make a correct loss that draws its negatives from a generator of its own."""
    return lambda x: of["negative_sampling"](x[0], p.outside[0], x[1], rng.integers(0, len(p.U), 10))


def table(rows: list[Row], rules: tuple[str, ...], show_all: bool) -> Iterator[str]:
    """Format the rows of the matrix in Markdown, × for a bug that is caught."""
    for row in rows:
        if show_all or not all(row.caught.values()):
            yield f"| {row.bug} | " + " | ".join("×" if row.caught[rule] else "" for rule in rules) + " |"


def count(title: str, numbers: list[Any]) -> str:
    """Format a line of numbers in Markdown."""
    return f"| **{title}** | " + " | ".join(map(str, numbers)) + " |"


def summary(title: str, rows: list[Row], rules: tuple[str, ...]) -> str:
    """Count how many bugs each rule caught."""
    return count(f"{title} {len(rows)}", [sum(row.caught[rule] for row in rows) for rule in rules])


def main(arguments: list[str] | None = None) -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="show the bugs that every rule catches, too")
    options = parser.parse_args(arguments)
    rules = (*RULES, OURS)
    rows = list(matrix(BUGS, points(), rules))
    print(f"| planted bug (× caught at a good point) | {' | '.join(rules)} |")
    print("|---|" + "---|" * len(rules))
    print("\n".join(table(rows, rules, options.all)))
    print(summary("caught at good points, of", rows, rules))
    for what, draw in (("correct cases", False), ("correct cases that draw their negatives", True)):
        number = CORRECT // 4 if draw else CORRECT
        alarms = [sum(verdict(r, case) != "passed" for case in correct_cases(number, draw=draw)) for r in rules]
        print(count(f"false alarms in {number} {what}", alarms))
    print(summary("caught at the usual start, U = 0, of", list(matrix(BUGS, [usual_start()], rules)), rules))
    print(summary("loss and gradient wrong alike, of", list(matrix(OBJECTIVES, points(), rules)), rules))


if __name__ == "__main__":
    main()
