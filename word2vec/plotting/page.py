"""One HTML file to explore vectors in: a map of the words, their neighbours, a − b + c; no network, no library.

The template page.html beside this module holds the page's style and its whole program.
"""

import base64
import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Array, PathLike
from ..functions import normalize_rows
from ..runtime.arguments import check_path, check_type
from ..runtime.files import write_atomically
from ..vectors.gensim_names import from_gensim
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.word_vectors import WordVectors
from .plane import plane
from .plots import named_groups

TEMPLATE = Path(__file__).with_name("page.html")
LARGEST = 2**15 - 1  # of the page's integers
CLUSTERS = 8  # as many as the page has colours
NAMING = 50  # a cluster's name is chosen from so many of its most frequent words


def write_page(
    vectors: WordVectors,
    path: PathLike,
    *,
    top: int = 5000,
    groups: Mapping[str, Any] | None = None,
    method: str = "svd",
    about: str | None = None,
) -> None:
    """Write one HTML file that shows words on a map and computes neighbours and a − b + c; it loads no other file.

    The map shows the `top` most frequent words (without counts: the first ones) by their unit vectors. The page
    computes its answers from all D entries, rounded to 16 bits: they are those of
    `WordVectors(words, quantised(matrix))`. The same arguments give the same bytes.

    Parameters
    ----------
    path : where to write the file (.html, .htm or no suffix), some 1.5 MB for 5,000 words and D = 100
    groups : word → name (or number) of its group, to colour by, in addition to clusters (k-means) and frequency
    method : how the map is made, "svd" or "tsne"; see `word2vec.plotting.plane.plane`
    about : a sentence on which words these are, and why; by default how many of how many

    Raises ValueError if there are fewer than two words to show, a vector is not finite, or method or suffix unknown;
    TypeError if an argument is of another kind; OSError if the file cannot be written: an earlier one is left.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.plotting import write_page
    >>> write_page(WordVectors(["tea", "coffee", "rain"], np.eye(3)), "page.html")
    """
    expected = f"WordVectors, say WordVectors(words, matrix), and a path after them{from_gensim(vectors)}"
    check_type("vectors", vectors, WordVectors, expected)
    check_path(path)
    check_type("top", top, int | np.integer, "a whole number")
    check_type("about", about, str | None, "a sentence, or None")
    groups = named_groups(groups)
    if (suffix := Path(path).suffix.lower()) not in ("", ".html", ".htm"):
        raise ValueError(f"{path}: the suffix {suffix} names no page: expected .html; plot_words draws pictures")
    counts = None if vectors.counts is None else np.asarray(vectors.counts)
    frequency = np.zeros(len(vectors)) if counts is None else counts.astype(float)
    chosen = np.argsort(-frequency, kind="stable")[: max(top, 0)]
    with np.errstate(over="ignore"):  # of long doubles; found below
        words, matrix = [vectors.words[i] for i in chosen], vectors.matrix[chosen].astype(np.float64)
    if len(words) < 2:
        raise ValueError(f"{len(words)} words to show: expected at least two; pass more words or a larger top")
    check_finite(row_lengths(matrix), "the vectors to show", words)
    unit = normalize_rows(matrix)
    points, axes = plane(unit, method)
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    x, y = np.rint(points * (LARGEST / (abs(points).max() or 1))).astype(int).T
    both = {"group": _groups(words, groups), "cluster": _clusters(unit, words)}
    colourings = [{"name": name, **colouring} for name, colouring in both.items() if colouring["names"]]
    which = "most frequent" if counts is not None else "first"
    cut = f"The {len(words):,} {which} of {len(vectors):,} words (write_page(…, top={len(words)}))."
    data = {
        "words": words,
        "counts": None if counts is None else counts[chosen].tolist(),
        "about": about or (cut if len(words) < len(vectors) else f"All {len(words):,} words."),
        "map": f"Map: {'; '.join(axis for axis in axes if axis)}.",
        "colourings": sorted(colourings, key=lambda one: one["of"].count(-1)),  # most coloured words first
        "x": x.tolist(),
        "y": y.tolist(),
        "vectors": base64.b64encode(quantised(matrix).astype("<i2").tobytes()).decode(),
    }
    with write_atomically(path) as file:
        file.write(_filled_template(data).encode())


def quantised(matrix: Array) -> NDArray[np.int16]:
    """Round vectors to 16-bit integers, each row with its own scale, which does not change cosines.

    q_i = round(LARGEST · x_i / max_j |x_ij|),  (V, D) → (V, D) of int16; a row of zeros stays zero
    """
    matrix = np.asarray(matrix, np.float64)
    farthest = abs(matrix).max(axis=1, keepdims=True)  # (V, 1)
    scaled = matrix / np.where(farthest == 0, 1, farthest)
    return np.rint(scaled * LARGEST).astype(np.int16)


def _groups(words: list[str], groups: Mapping[str, str]) -> dict[str, Any]:
    """Return the names of the groups of these words, in the mapping's order, and each word's number, −1 for none."""
    shown = set(words)
    names = list(dict.fromkeys(name for word, name in groups.items() if word in shown))
    numbers = {name: number for number, name in enumerate(names)}
    return {"names": names, "of": [numbers[groups[word]] if word in groups else -1 for word in words]}


def _clusters(unit: Array, words: list[str]) -> dict[str, Any]:
    """Return clusters (k-means), named after the frequent words most similar to their means, as `_groups` does."""
    from scipy.cluster.vq import kmeans2

    centred, k = unit - unit.mean(axis=0), min(CLUSTERS, len(words))
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", UserWarning)  # of a cluster that is empty, as among equal vectors
        _, of = kmeans2(centred, k, iter=30, minit="++", seed=np.random.default_rng(0))
    names, numbers = [], np.empty_like(of)
    for number, cluster in enumerate(dict.fromkeys(of.tolist())):  # in the order of their most frequent words
        members = np.flatnonzero(of == cluster)
        similarity = unit[members[:NAMING]] @ unit[members].mean(axis=0)
        names.append(", ".join(words[i] for i in members[np.argsort(-similarity, kind="stable")[:3]]))
        numbers[members] = number
    return {"names": names, "of": numbers.tolist()}


def _filled_template(data: dict[str, Any]) -> str:
    """Return the page: the template with the data as JSON and the digests of its style and script.

    The page's security policy allows only the style and the script of these digests. JSON is ASCII here, so that no
    encoding or line separator matters; without "<" no word can end the element or begin a comment.
    """
    text = TEMPLATE.read_text(encoding="utf-8")
    for tag in ("style", "script"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        text = text.replace(f"{{{{{tag}}}}}", f"sha256-{digest}", 1)
    before, after = text.split("{{data}}")
    return before + json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c") + after
