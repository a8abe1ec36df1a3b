"""Which correct functions does which gradient checker call wrong?

    python -m benchmarks.false_alarms [--each 2] [--verify]

Functions of benchmarks/gradients (correct_*.py), some of each kind, are checked by well-known checkers (checkers.py
there) and by ours. Every gradient is right: a checker that rejects it errs; ours may also be inconclusive. --verify
compares each gradient with differences in high precision instead, independently of any checker. The table has a row
for each family of kinds; the kinds that ours rejects or leaves open are named below it.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.gradients.checkers import RIVALS, which
from benchmarks.gradients.correct_functions import KINDS
from benchmarks.gradients.correct_models import MODELS
from benchmarks.gradients.correct_others import OTHERS
from benchmarks.gradients.correct_troubles import TROUBLES
from benchmarks.gradients.exactness import error, leaves
from benchmarks.kill_matrix import OURS, verdict

ALL = KINDS | MODELS | TROUBLES | OTHERS
MOST = 500  # entries of x up to which the rivals, which look at each, are run
PRECISION = {"60 digits": 1e-14, "long double": 1e-7, "double": 1e-6}  # the largest error of a right gradient


def functions(per_kind: int = 2) -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """Yield (kind, f, x), so many of each kind, the same each time."""
    for i, (name, maker) in enumerate(ALL.items()):
        for k in range(per_kind):
            yield name, *maker(np.random.default_rng([i, k]))


def family(kind: str) -> str:
    """Return the family of a kind: what stands before the colon, or "models"."""
    return kind.split(":")[0] if ":" in kind else next((w for w in FAMILIES if kind.startswith(w)), "models")


FAMILIES = ("scale of x", "scale of the loss", "lookup", "container", "dropout", "lasso", "ReLU net", "optimum")


def rows(per_kind: int, checkers: tuple[str, ...]) -> dict[str, dict[str, Counter[str]]]:
    """Return how many functions of each kind got which verdict of which checker."""
    found: dict[str, dict[str, Counter[str]]] = {kind: {c: Counter() for c in checkers} for kind in ALL}
    for kind, f, x in functions(per_kind):
        small = sum(a.size for a in leaves(x)) <= MOST
        for checker in checkers if small else (OURS,):
            found[kind][checker][verdict(checker, (f, x, None))] += 1
    return found


def table(found: dict[str, dict[str, Counter[str]]], checkers: tuple[str, ...]) -> Iterator[str]:
    """Format the numbers of false alarms of each family in Markdown, for ours also those left open."""
    families: dict[str, dict[str, Counter[str]]] = {}
    for kind, counts in found.items():
        for name in (family(kind), "all"):
            sums = families.setdefault(name, {c: Counter() for c in checkers})
            for checker in checkers:
                sums[checker] += counts[checker]
    families["all"] = families.pop("all")
    yield f"| correct functions | number | {' | '.join(checkers)} | {OURS}, inconclusive |"
    yield "|---|---|" + "---|" * (len(checkers) + 1)
    for name, sums in families.items():
        numbers = [sums[OURS].total(), *(sums[c]["failed"] for c in checkers), sums[OURS]["inconclusive"]]
        yield f"| {name} | {' | '.join(map(str, numbers))} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table, or the kinds whose gradient is not exact."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=2, help="how many functions of each kind")
    parser.add_argument("--verify", action="store_true", help="verify the gradients of the catalogues")
    parser.add_argument("--ours", action="store_true", help="run ours alone")
    options = parser.parse_args(arguments)
    if options.verify:
        _verify(options.each)
        return
    checkers = (*([] if options.ours else RIVALS), OURS)
    print(f"{len(ALL)} kinds, {options.each} functions of each; {which()}\n")
    found = rows(options.each, checkers)
    print("\n".join(table(found, checkers)), end="\n\n")
    for outcome in ("failed", "inconclusive"):
        kinds = [f"{kind} ({n})" for kind, counts in found.items() if (n := counts[OURS][outcome])]
        print(f"{OURS}, {outcome}: {', '.join(kinds) or 'none'}")


def _verify(per_kind: int) -> None:
    how: Counter[str] = Counter()
    for kind, f, x in functions(per_kind):
        with np.errstate(all="ignore"):
            precision, off = error(f, x, np.random.default_rng(0))
        how[precision] += 1
        if not off <= PRECISION[precision]:
            print(f"{kind}: off by {off:.1e} of the largest entry in {precision}")
    print(f"compared: {', '.join(f'{n} in {precision}' for precision, n in how.items())}")


if __name__ == "__main__":
    main()
