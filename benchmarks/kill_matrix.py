"""Which planted bugs does which gradient checker catch?

    python -m benchmarks.kill_matrix [--all] [--seeds 20]

Each bug of benchmarks/gradients (planted.py, survivors.py) is checked by well-known checkers (checkers.py there) and
by ours, at the good points of word2vec.gradcheck and at the usual start of a training, where all outside vectors are
zero. A checker catches a bug if it finds the gradient wrong at one of the points at least at which it accepts the
right one; scipy.differentiate, which takes ten seconds there, is not run at "own context" of 131 words. Ours may also
return "inconclusive", which does not count as caught, but does count as a false alarm in a correct case. Some correct
cases draw their negatives from a np.random.Generator, which only ours freezes. The first table shows the bugs that
some checker misses; --all shows every one. The second one counts the verdicts of ours over many seeds, where x is a
tuple of tables or one table of all rows, and names the bugs that pass or, at the good points, are not called wrong.
"""

import argparse
import os
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks.gradients.checkers import RIVALS, which
from benchmarks.gradients.exactness import leaves, like
from benchmarks.gradients.planted import BUGS, CASES, OBJECTIVES, Bug, Function, Library, library, plant, start
from benchmarks.gradients.survivors import SURVIVORS
from word2vec.gradcheck import Point, check_gradient, comparison, good_points

OURS = "ours"
CORRECT = 200
SEED = 20190117
TOO_SLOW = {("scipy.differentiate", "own context")}

Problem = tuple[Function, Any, tuple[str, str] | None]


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
        try:
            if rule == OURS:
                return check_gradient(f, x, names=names).verdict
            accepted = RIVALS[rule](flattened(f, x), np.concatenate([a.ravel() for a in leaves(x)]))
        except Exception:  # of f, or of a checker that cannot handle it: seen in any case
            accepted = False
    return "passed" if accepted else "failed"


def joined(f: Function, x: Any) -> Callable[[Any], tuple[Any, Any]]:
    """Return f as a function of one vector whose gradient is one vector.

    The coarser type of f's gradients is that of the joined one; where f hands out an array a second time, the joined
    one is handed out a second time too, so that no checker is kept from seeing it.
    """
    shapes = [array.shape for array in leaves(x)]
    ends = np.cumsum([array.size for array in leaves(x)])
    last: list[Any] = []
    whole = np.empty(0)

    def of_vector(vector: Any) -> tuple[Any, Any]:
        """Cut the vector up, and join the gradients."""
        nonlocal whole
        parts = [part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)]
        J, *found = f(like(x, parts))
        gradients = found if len(found) == len(shapes) > 1 else leaves(found[0])
        if [np.shape(g) for g in gradients] != shapes:
            raise ValueError("gradients of another shape than x")
        if not any(new is old for new, old in zip(gradients, last, strict=False)):
            dtypes = sorted((np.asarray(g).dtype for g in gradients), key=lambda d: (d.kind != "c", d.itemsize))
            whole = np.empty(vector.size, dtypes[0])
        last[:] = gradients
        for part, gradient in zip(np.split(whole, ends[:-1]), gradients, strict=True):
            part[:] = np.ravel(gradient)
        return J, whole

    return of_vector


def flattened(f: Function, x: Any) -> Callable[[Any], tuple[Any, Any]]:
    """Return f as a function of one vector whose loss is a scalar, as the other checkers need it."""
    of_vector = joined(f, x)

    def flat(vector: Any) -> tuple[Any, Any]:
        """Make the loss a scalar."""
        J, gradient = of_vector(vector)
        return np.asarray(J).sum(), gradient

    return flat


def stacked(of: Library, case: str, point: Point) -> Problem:
    """Return what is checked as a function of one table (2V, D), which holds the rows of V and those of U."""
    f, tables = CASES[case](of, point), (point.V, point.U)

    def of_tables(x: Any) -> Any:
        """Compute gradients of whole tables, of a vector v_c in its row."""
        if len(start(case, point)[0][0].shape) > 1:
            return f(x)
        J, grad_v_c, grad_U = f((x[0][point.c], x[1]))
        grad_V = np.zeros(x[0].shape, np.asarray(grad_v_c).dtype)
        grad_V[point.c] = grad_v_c
        return J, grad_V, grad_U

    of_vector = joined(of_tables, tables)

    def of_stack(x: Any) -> Any:
        """Shape the vectors."""
        J, gradient = of_vector(x.reshape(-1))
        return J, gradient.reshape(x.shape)

    return of_stack, np.concatenate(tables), None


def points(seed: int = SEED) -> list[Point]:
    """Return the good points."""
    return list(good_points(rng=np.random.default_rng(seed)))


def usual_start(seed: int = SEED) -> Point:
    """Return the usual start: few words, small random centre vectors, outside vectors zero."""
    small = next(point for point in points(seed) if point.name == "small")
    return small._replace(name="usual start", U=np.zeros_like(small.U))


def problem(of: Library, case: str, point: Point) -> Problem:
    """Return what is checked: the function, its x and the names of the blocks."""
    return (CASES[case](of, point), *start(case, point))


def matrix(bugs: tuple[Bug, ...], at: list[Point], rules: tuple[str, ...]) -> Iterator[Row]:
    """Run each rule on each bug, at small points first."""
    at = sorted(at, key=lambda point: point.V.size)
    of, right = library(), dict[tuple[str, str, str], str]()

    def is_caught(rule: str, bug: Bug, point: Point) -> bool:
        """Return whether the rule rejects the bug, and accepts the right gradient."""
        key = rule, bug.case, point.name
        if key[::2] in TOO_SLOW or verdict(rule, problem(plant(bug), bug.case, point)) != "failed":
            return False
        if key not in right:
            right[key] = verdict(rule, problem(of, bug.case, point))
        return right[key] != "failed"

    for bug in bugs:  # planted anew each time, as some keep a buffer
        yield Row(bug.name, {rule: any(is_caught(rule, bug, point) for point in at) for rule in rules})


def worst(bug: Bug, at: list[Point], form: Callable[[Library, str, Point], Problem]) -> str:
    """Return the severest verdict of ours on a bug at some points."""
    found = set()
    with patch.object(comparison, "ENOUGH", 1):  # one confirmed wrong entry decides; more only go into the report
        for point in at:
            found.add(verdict(OURS, form(plant(bug), bug.case, point)))
            if "failed" in found:
                break
    return min(found)  # failed, inconclusive, passed: in order of the alphabet, too


FORMS = {"a tuple": problem, "one table": stacked}
VERDICTS = ("failed", "inconclusive", "passed")


def over_seeds(where: str, what: str, count: int, bug: Bug) -> Counter[str]:
    """Count the severest verdicts of ours on a bug over many seeds: where it is checked, and in what form."""
    return Counter(worst(bug, at, FORMS[what]) for at in places(where, count))


@cache
def places(where: str, count: int) -> list[list[Point]]:
    """Return the points of each seed."""
    return [points(seed) if where == "good points" else [usual_start(seed)] for seed in range(count)]


def seeds(bugs: tuple[Bug, ...], count: int, processes: int = 1) -> Iterator[str]:
    """Format the verdicts of ours over many seeds, and the bugs that are not called wrong."""
    with ProcessPoolExecutor(processes) as pool:
        for where, what in product(("good points", "usual start"), FORMS):
            each = partial(over_seeds, where, what, count)
            found = list(pool.map(each, bugs) if processes > 1 else map(each, bugs))
            yield _counted(f"{where}, {what}", sum(found, Counter[str]()))
            for bug, counts in zip(bugs, found, strict=True):
                if counts["passed"] or (counts["inconclusive"] and where == "good points"):
                    yield _counted(f"  {bug.name}", counts)


def _counted(what: str, counts: Counter[str]) -> str:
    return f"| {what} | {' | '.join(str(counts[v]) for v in VERDICTS)} |"


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
    parser.add_argument("--all", action="store_true", help="show the bugs that every checker catches, too")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds ours is run with")
    parser.add_argument("--ours", action="store_true", help="run ours alone")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), help="that share the seeds")
    options = parser.parse_args(arguments)
    if not options.ours:
        _compare(options.all)
    print(f"\n| ours, {len(BUGS + SURVIVORS)} bugs × {options.seeds} seeds | failed | inconclusive | passed |")
    print("|---|---|---|---|")
    for line in seeds(BUGS + SURVIVORS, options.seeds, options.processes):
        print(line, flush=True)


def _compare(show_all: bool) -> None:
    rules = (*RIVALS, OURS)
    print(which(), end="\n\n")
    rows = list(matrix(BUGS + SURVIVORS, points(), rules))
    print(f"| planted bug (× caught at a good point) | {' | '.join(rules)} |")
    print("|---|" + "---|" * len(rules))
    print("\n".join(table(rows, rules, show_all)))
    print(summary("caught at good points, of", rows[: len(BUGS)], rules))
    print(summary("of those that other checks let through, of", rows[len(BUGS) :], rules))
    for what, draw in (("correct cases", False), ("correct cases that draw their negatives", True)):
        number = CORRECT // 4 if draw else CORRECT
        alarms = [sum(verdict(r, case) != "passed" for case in correct_cases(number, draw=draw)) for r in rules]
        print(count(f"false alarms in {number} {what}", alarms))
    at_start = list(matrix(BUGS + SURVIVORS, [usual_start()], rules))
    print(summary("caught at the usual start, U = 0, of", at_start[: len(BUGS)], rules))
    print(summary("of those that other checks let through, of", at_start[len(BUGS) :], rules))
    print(summary("loss and gradient wrong alike, of", list(matrix(OBJECTIVES, points(), rules)), rules))


if __name__ == "__main__":
    main()
