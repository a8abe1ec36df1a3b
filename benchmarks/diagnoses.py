"""What `word2vec diagnose` says of implementations that are known to be wrong or right: a table of verdicts.

    python -m benchmarks.diagnoses            all, each in a process of its own
    python -m benchmarks.diagnoses softmax    those whose name holds this

A wrong one is located if exactly the functions that are wrong are called so, and explained if a remark names the
slip.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from word2vec.course.diagnose import diagnose_module

from .diagnose_variants import BUGS, COMBINED, FRAGILE, FUNCTIONS, OTHERS, RIGHT, SGD, SOURCES, STYLES, planted


class Variant(NamedTuple):
    """An implementation, the words that its functions other than right ones are to get, and what is to be said."""

    kind: str
    name: str
    source: str
    words: dict[str, str]
    hint: str


def variants() -> Iterator[Variant]:
    """Yield all variants."""
    for name, (changes, function, hint) in BUGS.items():
        source = planted(changes, SGD if function == "sgd" else FUNCTIONS)
        yield Variant("slip", name, source, {function: "wrong"}, hint)
    for name, (changes, functions, hint) in COMBINED.items():
        yield Variant("slips", name, planted(changes), dict.fromkeys(functions, "wrong"), hint)
    for name, (source, words, hint) in OTHERS.items():
        yield Variant("other", name, source, words, hint)
    for name, (changes, _, hint) in FRAGILE.items():
        yield Variant("fragile", name, planted(changes, FUNCTIONS), {}, hint)
    for name, source in ({name: RIGHT + text for name, text in STYLES.items()} | SOURCES).items():
        yield Variant("right", name, source, {}, "")


def verdict(report: str, variant: Variant) -> tuple[bool, bool]:
    """Return whether a report calls each function what it is, and whether it says why."""
    heads = [line for line in report.splitlines()[1:-1] if line.startswith("  ") and line[2] != " "]
    words = {name: said.strip() for name, _, said in (line.strip().partition("  ") for line in heads)}
    said = {name: word for name, word in words.items() if word not in ("right", "not there") and "," not in name}
    if not variant.words and ("wrong" in words.values() or "right" not in words.values()):
        return False, False
    return said == variant.words, variant.hint in " ".join(report.split())


def main() -> int:
    """Print the table; 0 if every verdict is as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", nargs="?", default="", help="of the names of those to be judged (default: all)")
    part = parser.parse_args().part
    counts: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for variant in variants():
            if part not in variant.name:
                continue
            file = Path(folder, "learner.py")
            file.write_text(variant.source, encoding="utf-8")
            report, _ = diagnose_module(file)
            located, explained = verdict(report, variant)
            total = counts.setdefault(variant.kind, [0, 0, 0])
            counts[variant.kind] = [a + b for a, b in zip(total, (1, located, explained), strict=True)]
            words = ", ".join(variant.words) or "-"
            is_well = located and explained
            print(f"{variant.kind:8}{variant.name:48.47}{words:36.35}{'ok' if is_well else 'NO'}", flush=True)
            if not is_well:
                print(report)
    for kind, (n, located, explained) in counts.items():
        print(f"{kind:8}{n:4} variants, {located} with the right verdicts, {explained} explained")
    return int(any({*each} != {each[0]} for each in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
