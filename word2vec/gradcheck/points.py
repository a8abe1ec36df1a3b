"""Points at which bugs show: where to check a word2vec gradient, and with which words.

At the usual start, outside vectors zero, the centre's gradient is zero and most bugs are invisible. Among many
words no negative is ever drawn twice. So: few words, all vectors random, and more negatives than there are words.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .parameters import Array, Indices


class Point(NamedTuple):
    """Tables V, U (n, D), a centre word c, the outside words of its window (m,), K negatives for each (m, K)."""

    name: str
    V: Array
    U: Array
    c: int
    outside: Indices
    negatives: Indices


def good_points(
    n: int = 5, D: int = 3, window: int = 4, K: int = 10, *, rng: np.random.Generator | None = None
) -> Iterator[Point]:
    """Yield the five points at which a gradient should be checked; raise ValueError if a number is too small.

    "generic": entries of size 1; no negative equals its outside word. "small": as at the start of a training,
    uniform in ±1/2D, but U too. "saturated": scores up to some ±50, where σ is 0 or 1. "collisions": as
    generic, but each pair's negatives hold its outside word. "own context": the centre is among its outside words.

    Parameters
    ----------
    n, D : number of words, at least 3; entries of a vector, at least 2
    window : number of outside words, at least 3; the first two are the same word
    K : negatives of each pair, at least n, so that repeats are certain (pigeonhole)
    rng : Generator; by default one with seed 0
    """
    if n < 3 or D < 2 or window < 3 or n > K:
        expected = "n ≥ 3, D ≥ 2, window ≥ 3 and K ≥ n, so that some negative must come twice"
        raise ValueError(f"n={n}, D={D}, window={window}, K={K}: expected {expected}")
    rng = rng if rng is not None else np.random.default_rng(0)

    def others(words: Indices) -> Indices:
        return (words + rng.integers(1, n, words.shape)) % n

    for name in ("generic", "small", "saturated", "collisions", "own context"):
        scale = np.sqrt(20 / np.sqrt(D)) if name == "saturated" else 1.0
        small = name == "small"
        V, U = rng.uniform(-0.5 / D, 0.5 / D, (2, n, D)) if small else scale * rng.standard_normal((2, n, D))
        c = int(rng.integers(n))
        outside = others(np.full(window, c))
        outside[1] = outside[0]
        if name == "own context":
            outside[-1] = c
        negatives = others(np.repeat(outside[:, None], K, axis=1))  # (window, K)
        if name == "collisions":
            negatives[:, K // 2], negatives[:, -1] = outside, negatives[:, 0]  # K−1 others might all differ
        yield Point(name, V, U, c, outside, negatives)
