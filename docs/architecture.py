"""The packages and their imports as a picture, which `python docs/figures.py` writes.

Rows stand in the order of PACKAGES, importers below what they import. An arc leads from each row up to every row that
it imports; all are read from the code, so that the picture can be compared with it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PACKAGES = {  # in the order of imports: a row imports from rows above it only
    "textbook": "functions, losses, models, batch: the derivations",
    "gradcheck": "is a gradient right?",
    "runtime": "files, archives, checkpoints, workers, progress",
    "text": "text → vocabulary → ids",
    "vectors": "query, read and write vectors",
    "training": "ids → vectors, fast",
    "evaluation": "how good are they?",
    "documents": "vectors of texts, scikit-learn",
    "plotting": "pictures, the page, a run's outputs",
    "course": "CS224n: names, stream, treebank, run, diagnosis",
    "doors": "__init__.py, __main__.py, run.py, utils/",
}
TEXTBOOK = {"functions", "losses", "models", "batch"}
COLOURS = ["#0072B2", "#D55E00", "#7A4FA3", "#009E73", "#8C5A0A", "#555555"]
HEIGHT, LEFT, WIDTH = 46, 20, 470


def row_of(module: str) -> str:
    """Return the row that a module's dotted name belongs to; "" for _types, which all share."""
    parts = module.split(".")
    if parts[0] in ("run", "utils") or parts == ["word2vec"] or parts[1] in ("__init__", "__main__"):
        return "doors"
    if parts[1] == "_types":
        return ""
    return "textbook" if parts[1] in TEXTBOOK else parts[1]


def imports(path: Path) -> Iterator[str]:
    """Iterate over the modules of this project that a file imports, anywhere in it."""
    package = ".".join(path.parent.parts[len(ROOT.parts) :])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            names = [f"{source}.{alias.name}" if source == "word2vec" else source for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ("word2vec", "utils"))


@cache
def arrows() -> set[tuple[str, str]]:
    """Return the pairs (importing row, imported row)."""
    found = set()
    for path in [ROOT / "run.py", *(ROOT / "word2vec").rglob("*.py"), *(ROOT / "utils").glob("*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name in imports(path):
            exported = name.split(".")[1] if name.count(".") == 1 else ""  # `from word2vec import train`: the door
            target = row_of(name) if not exported or exported in {*PACKAGES, *TEXTBOOK, "_types"} else "doors"
            found.add((row_of(module), target))
    return {(a, b) for a, b in found if a and b and a != b}


def draw() -> str:
    """Return the picture as SVG."""
    names = list(PACKAGES)
    height = HEIGHT * len(names) + 20
    size = f'viewBox="0 0 860 {height}" width="860" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for i, (name, purpose) in enumerate(PACKAGES.items()):
        y = 10 + HEIGHT * i
        lines += [
            f'<rect x="{LEFT}" y="{y}" width="{WIDTH}" height="{HEIGHT - 12}" fill="#eef2f6" stroke="#8899aa"/>',
            f'<text x="{LEFT + 10}" y="{y + 22}" font-weight="bold">{name}</text>',
            f'<text x="{LEFT + 100}" y="{y + 22}">{purpose}</text>',
        ]
    for low, high in sorted(arrows(), key=lambda pair: (names.index(pair[0]), names.index(pair[1]))):
        a, b, x = names.index(low), names.index(high), LEFT + WIDTH
        begin, end, out = 10 + HEIGHT * a + 10, 10 + HEIGHT * b + 24, x + 30 * (a - b) + 30
        colour = COLOURS[a % len(COLOURS)]
        lines += [
            f'<path d="M{x} {begin} C{out} {begin} {out} {end} {x + 7} {end}" fill="none" stroke="{colour}"/>',
            f'<path d="M{x} {end} l8 -4 v8 z" fill="{colour}"><title>{low} imports {high}</title></path>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
