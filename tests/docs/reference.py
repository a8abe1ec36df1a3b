"""The names that docs/api.md lists, and what they stand for."""

import re
from importlib import import_module
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def listed_names():
    """Yield package and name of each entry of the reference's lists."""
    package = ""
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        if line.startswith(".. currentmodule:: "):
            package = line.removeprefix(".. currentmodule:: ")
        elif re.fullmatch(r"   [\w.]+", line):
            yield f"{package}.{line.strip()}"


def resolved(name):
    """Return the object of a dotted name."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)
