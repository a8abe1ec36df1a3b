"""One HTML file to look around in: words on a map, their neighbours, a − b + c; no network, no library.

The template page.html, which lies beside this module, holds the page's style and its whole program.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array, PathLike
from word2vec.functions import normalize_rows
from word2vec.plotting.plots import Points, plane
from word2vec.runtime.files import write_atomically
from word2vec.vectors.word_vectors import WordVectors

TEMPLATE = Path(__file__).with_name("page.html")
LARGEST = 2**15 - 1  # of the page's integers
KINDS = 8  # as many as the page has colours
ROUNDS = 30
NAMED = 50  # the most frequent words of a kind, from which its name is taken

Ids = NDArray[np.intp]


def write_page(
    vectors: WordVectors,
    path: PathLike,
    *,
    top: int = 5000,
    groups: Mapping[str, str] | None = None,
    method: str = "svd",
) -> None:
    """Write a page that shows words and answers questions about them, in one HTML file that asks for no other.

    On the map stand the `top` most frequent words (without counts: the first ones), by their directions, vectors of
    length 1. Neighbours and a − b + c are computed in the page, from all D entries, rounded to 16 bits
    (`quantised`); its answers are those of `WordVectors(words, quantised(matrix))`. The same arguments give the same
    bytes.

    Parameters
    ----------
    vectors : WordVectors
    path : where to write the file: some 1.5 MB for 5,000 words and D = 100
    top : how many words at most
    groups : word → name of its group, to colour by, beside kinds of words that k-means finds here, and frequency
    method : how the map is made: "svd", "pca" or "tsne", see `plot.plane`

    Raises
    ------
    ValueError
        If there are fewer than two words to show, a vector is not finite, or the method is unknown.
    OSError
        If the file cannot be written; one that stood there before is intact.
    """
    chosen = _most_frequent(vectors, top)
    words = [vectors.words[i] for i in chosen]
    matrix = vectors.matrix[chosen]
    _check(words, matrix)
    unit = normalize_rows(matrix.astype(np.float64))
    points, axes = plane(unit, method)
    data = {
        "words": words,
        "counts": None if vectors.counts is None else np.asarray(vectors.counts)[chosen].tolist(),
        "total": len(vectors),
        "map": f"The map: {' and '.join(axis for axis in axes if axis)}.",
        "colourings": _colourings(unit, words, groups or {}),
        **_map(points),
        "vectors": base64.b64encode(quantised(matrix).astype("<i2").tobytes()).decode(),
    }
    with write_atomically(path) as file:
        file.write(_filled(data).encode())


def quantised(matrix: Array, largest: int = LARGEST) -> NDArray[np.int16]:
    """Round vectors to integers of 16 bits, each row in a scale of its own, which a cosine does not see.

    q_i = round(largest · x_i / max_j |x_ij|),  (V, D) → (V, D) of int16; a row of zeros stays zero
    """
    farthest = abs(matrix).max(axis=1, keepdims=True)
    scaled = matrix / np.where(farthest == 0, 1, farthest)
    return np.rint(scaled * largest).astype(np.int16)


def _most_frequent(vectors: WordVectors, top: int) -> Ids:
    """Choose the most frequent words, the first of equals first."""
    if vectors.counts is None:
        return np.arange(min(top, len(vectors)))
    return np.argsort(-np.asarray(vectors.counts, np.float64), kind="stable")[:top]


def _check(words: list[str], matrix: Array) -> None:
    """Refuse what makes no map."""
    if len(words) < 2:
        raise ValueError(f"{len(words)} words to show: expected at least two")
    broken = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if broken.size:
        raise ValueError(f"the vector of {words[broken[0]]!r} is not finite: expected numbers; leave the word out")


def _map(points: Points) -> dict[str, list[int]]:
    """Round places to whole numbers, the farthest from the middle to ±LARGEST."""
    centred = points - (points.max(axis=0) + points.min(axis=0)) / 2
    x, y = np.rint(centred * (LARGEST / (abs(centred).max() or 1))).astype(int).T
    return {"x": x.tolist(), "y": y.tolist()}


def _colourings(unit: Array, words: list[str], groups: Mapping[str, str]) -> list[dict[str, Any]]:
    """Say what to colour by, groups given and kinds found here: first what leaves fewer words without a colour."""
    both = {"group": _grouped(words, groups), "kind": _kinds(unit, words)}
    found = [{"name": name, **colouring} for name, colouring in both.items() if colouring["names"]]
    return sorted(found, key=lambda colouring: colouring["of"].count(-1))


def _grouped(words: list[str], groups: Mapping[str, str]) -> dict[str, Any]:
    """Number the groups of these words in the order of the mapping; −1 for words without one."""
    here = set(words)
    found = dict.fromkeys(name for word, name in groups.items() if word in here)
    numbers = {name: k for k, name in enumerate(found)}
    return {"names": list(numbers), "of": [numbers[groups[word]] if word in groups else -1 for word in words]}


def _kinds(unit: Array, words: list[str]) -> dict[str, Any]:
    """Part the words into kinds and name each after those frequent words that are most like it."""
    of = _clusters(unit - unit.mean(axis=0), min(KINDS, len(words)), np.random.default_rng(0))
    names, renumbered = [], np.empty_like(of)
    for k, old in enumerate(dict.fromkeys(of.tolist())):  # the kind of the most frequent word first
        members = np.flatnonzero(of == old)
        likeness = unit[members[:NAMED]] @ unit[members].mean(axis=0)
        names.append(", ".join(words[i] for i in members[np.argsort(-likeness, kind="stable")[:3]]))
        renumbered[members] = k
    return {"names": names, "of": renumbered.tolist()}


def _clusters(x: Array, k: int, rng: np.random.Generator) -> Ids:
    """Number each row of x by its cluster: k-means, seeded by k-means++."""
    centres = x[rng.choice(len(x), 1)]
    for _ in range(1, k):
        far = _distances(x, centres).min(axis=1)
        centres = np.vstack((centres, x[_drawn(far, rng)]))
    for _ in range(ROUNDS):
        of = _distances(x, centres).argmin(axis=1)
        members = np.equal.outer(np.arange(k), of).astype(np.float64)
        size = members.sum(axis=1, keepdims=True)
        centres = np.where(size > 0, members @ x / np.maximum(size, 1), centres)
    return np.asarray(of)


def _drawn(weights: Array, rng: np.random.Generator) -> int:
    """Draw an index with probability proportional to its weight."""
    sums = np.cumsum(weights)
    return min(int(np.searchsorted(sums, rng.random() * sums[-1], side="right")), len(weights) - 1)


def _distances(x: Array, centres: Array) -> Array:
    """Square the distance from each row to each centre: (V, D), (k, D) → (V, k)."""
    squares = (x * x).sum(axis=1)[:, None] - 2 * x @ centres.T + (centres * centres).sum(axis=1)
    return np.asarray(np.maximum(squares, 0))


def _filled(data: dict[str, Any]) -> str:
    """Fill the template: the data as JSON, and the digests of the only style and script that may have effect.

    JSON is ASCII here, so that neither an encoding nor a line separator can come between; without "<" no word can
    end the element or begin a comment.
    """
    text = TEMPLATE.read_text(encoding="utf-8")
    for tag in ("style", "script"):
        text = text.replace(f"{{{{{tag}}}}}", _digest(text, tag), 1)
    before, after = text.split("{{data}}")
    return before + json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c") + after


def _digest(text: str, tag: str) -> str:
    """Give the SHA-256 of an element's text as a content security policy writes it."""
    (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
