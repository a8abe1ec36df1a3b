"""Points at which bugs show: where to check a word2vec gradient, and with which words.

At the usual start, outside vectors zero, the centre's gradient is zero and most bugs are invisible. Among many
words no negative is ever drawn twice. So: all vectors random, negatives that repeat, and other sizes at each point,
as many a bug shows at an odd window or an even D only.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .parameters import Array, Indices

# n, D, window, K; one is square, one has more words than int8 counts, and each number is once odd and once even
SIZES = {
    "generic": (5, 3, 4, 10),
    "small": (4, 4, 5, 7),
    "saturated": (7, 6, 6, 11),
    "collisions": (6, 2, 3, 8),
    "own context": (131, 2, 5, 12),
    "extreme": (5, 5, 4, 9),
}


class Point(NamedTuple):
    """A point's name, tables V, U (n, D), a centre word c, its outside words (m,), K negatives for each (m, K).

    Examples
    --------
    >>> from word2vec.gradcheck import good_points
    >>> point = next(good_points(n=5, D=3, window=4, K=6))
    >>> point.name, point.V.shape, point.outside.shape, point.negatives.shape
    ('generic', (5, 3), (4,), (4, 6))
    """

    name: str
    V: Array
    U: Array
    c: int
    outside: Indices
    negatives: Indices


def good_points(
    n: int | None = None,
    D: int | None = None,
    window: int | None = None,
    K: int | None = None,
    *,
    rng: np.random.Generator | int | None = None,
) -> Iterator[Point]:
    """Yield the six points at which a gradient should be checked; raise ValueError if a number is too small.

    "generic": entries of size 1; no negative equals its outside word. "small": as at the start of a training,
    uniform in ±1/2D, but U too; the centre is word 0. "saturated": as at the end of one, scores of 10 to 30 for the
    outside words and −10 to −30 for the negatives, so that the loss is small; the centre is the last word.
    "collisions": as generic, but each pair's negatives hold its outside word. "own context": the centre is among its
    outside words. "extreme": as generic, but one score is 750 and one −750, where exp overflows.

    Parameters
    ----------
    n, D : number of words, at least 3; entries of a vector, at least 2
    window : number of outside words, at least 3; the first two are the same word
    K : negatives of each pair, at least n or 5; the first and the last are the same word
    rng : Generator, or the seed of one; by default 0

    A number that is not given varies among the points: 4 to 131 words, D from 2 to 6, windows of 3 to 6, K from 7
    to 12.

    Examples
    --------
    >>> from word2vec import negative_sampling, skip_gram
    >>> from word2vec.gradcheck import assert_gradient, good_points
    >>> def f(x):
    ...     J, *gradient = skip_gram(point.c, point.outside, *x, negative_sampling, point.negatives)
    ...     return J, tuple(gradient)
    >>> for point in good_points(n=5, D=3, window=3, K=5):
    ...     print(point.name, assert_gradient(f, (point.V, point.U)).verdict)
    generic passed
    small passed
    saturated passed
    collisions passed
    own context passed
    extreme passed
    """

    def given_or(usual: tuple[int, ...]) -> list[int]:
        return [a if a is not None else b for a, b in zip((n, D, window, K), usual, strict=True)]

    small = given_or(SIZES["generic"])
    if small[0] < 3 or small[1] < 2 or small[2] < 3 or (K is not None and small[0] > K):
        text = ", ".join(f"{name}={size}" for name, size in zip(("n", "D", "window", "K"), small, strict=True))
        expected = "n ≥ 3, D ≥ 2, window ≥ 3 and K ≥ n, so that some negative must come twice"
        raise ValueError(f"{text}: expected {expected}")
    rng = np.random.default_rng(0 if rng is None else rng)
    for name, sizes in SIZES.items():
        yield _point(name, given_or(sizes), rng)


def _point(name: str, sizes: list[int], rng: np.random.Generator) -> Point:
    n, D, window, K = sizes

    def others(words: Indices) -> Indices:
        return (words + rng.integers(1, n, words.shape)) % n  # 1 to n − 1 words farther: never the same

    V, U = rng.uniform(-0.5 / D, 0.5 / D, (2, n, D)) if name == "small" else rng.standard_normal((2, n, D))
    c = {"small": 0, "saturated": n - 1}.get(name, int(rng.integers(n)))
    outside = others(np.full(window, c))
    if name == "saturated":
        outside[2:] = rng.choice(outside[[0, 2]], window - 2)
    outside[1] = outside[0]
    if name == "own context":
        outside[-1] = c
    negatives = others(np.repeat(outside[:, None], K, axis=1))  # (window, K)
    if name == "saturated":
        rest = np.setdiff1d(np.arange(n), [*outside, c])
        negatives = rng.choice(rest if len(rest) else np.array([c]), (window, K))
    if n > 128:  # places that int8 does not count to
        negatives[:, 1] = np.where(outside == n - 1, n - 2, n - 1)
    if name == "collisions":
        negatives[:, K // 2] = outside
    negatives[:, -1] = negatives[:, 0]
    if name in ("saturated", "extreme"):
        V[c] *= 3 / np.sqrt(V[c] @ V[c])  # now V[c] @ V[c] is 9
        scores = U @ V[c]
        if name == "saturated":
            scores = np.where(np.isin(np.arange(n), outside), 1, -1) * rng.uniform(10, 30, n)
            scores[[outside[0], negatives[0, 0]]] = rng.uniform(25, 30, 2) * [1, -1]  # σ below 2e-11
            if c not in negatives:  # a word of probability 1e-9 to 1e-11 in a softmax
                scores[c] = scores.max() - rng.uniform(21, 25)
        else:
            scores[[outside[0], negatives[0, 0]]] = -750, 750
        U += np.outer(scores - U @ V[c], V[c]) / 9  # (n, D), now U @ V[c] are these scores
    return Point(name, V, U, c, outside, negatives)
