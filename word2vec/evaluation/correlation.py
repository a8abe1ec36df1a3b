"""Compute how well two lists of numbers agree: Pearson's r, Spearman's ρ with ties, and its bootstrap interval.

The ranks are computed here, for scipy.stats.rankdata sorts each resampling anew, which takes three times as long, and
the import of scipy.stats alone takes longer than an evaluation.
"""

import numpy as np

from .._types import Array, Ids

BLOCK = 1 << 17  # entries of a block of bootstrap samples: they fit into a cache


def pearson(x: Array, y: Array) -> float:
    """Compute Pearson's r of two lists, both (n,): Σ (x−x̄)(y−ȳ) / √(Σ (x−x̄)² Σ (y−ȳ)²); NaN if one is constant."""
    if min(np.ptp(x), np.ptp(y)) == 0:
        return np.nan
    return float(_cosine(x - x.mean(), y - y.mean(), np.ones(len(x))))


def spearman(x: Array, y: Array) -> float:
    """Compute Spearman's ρ of two lists, both (n,): Pearson's r of the ranks; ties share the mean of theirs."""
    return float(_spearman(_levels(x), _levels(y), np.ones((1, len(x)), np.int64))[0])


def bootstrap(x: Array, y: Array, samples: int, confidence: float, rng: np.random.Generator) -> tuple[float, float]:
    """Compute the interval that holds the middle `confidence` of Spearman's ρ of `samples` resamplings of n pairs.

    A resampling draws n pairs with replacement. One that drew only equal numbers has no ρ and is left out; the
    interval is NaN if every resampling was constant.
    """
    n, levels_x, levels_y, rho = len(x), _levels(x), _levels(y), []
    for start in range(0, samples, rows := max(1, BLOCK // n)):
        size = min(rows, samples - start)
        drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]  # (B, n): row b from n·b on
        counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)  # (B, n)
        rho.append(_spearman(levels_x, levels_y, counts))
    found = np.concatenate(rho)
    found = found[np.isfinite(found)]
    if not len(found):
        return np.nan, np.nan
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def two_sided_p(r: float, n: int) -> float:
    """Compute the probability of an r or ρ at least as far from 0 if n pairs are independent (Student's t, n − 2)."""
    from scipy.special import stdtr

    if n < 3:
        return np.nan
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt((n - 2) / np.float64((1 - r) * (1 + r)))
    return float(2 * stdtr(n - 2, -t))


def _levels(x: Array) -> Ids:
    """Return the place of each number among the different ones in rising order, (n,)."""
    return np.unique(x, return_inverse=True)[1]


def _spearman(levels_x: Ids, levels_y: Ids, counts: Ids) -> Array:
    """Compute ρ, (B,), of samples in which pair i occurs counts[b, i] times; levels (n,), counts (B, n)."""
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    return _cosine(_ranks(levels_x, counts) - middle, _ranks(levels_y, counts) - middle, counts)


def _ranks(levels: Ids, counts: Ids) -> Array:
    """Return the rank of each item in each row of counts (B, n), from 1; ties share the mean of theirs."""
    order = np.argsort(levels, kind="stable")
    starts = np.flatnonzero(np.diff(levels[order], prepend=-1))
    of_level = np.add.reduceat(counts[:, order], starts, axis=1)  # (B, L): items of each level
    last = of_level.cumsum(axis=1)  # (B, L): the last rank of each level
    return np.asarray((last - (of_level - 1) / 2)[:, levels])  # (B, n)


def _cosine(x: Array, y: Array, weights: Array) -> Array:
    """Compute Σ w x y / √(Σ w x² Σ w y²) along the last axis; NaN where a sum is 0."""
    xy, xx, yy = ((weights * a * b).sum(axis=-1) for a, b in ((x, y), (x, x), (y, y)))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(xy / np.sqrt(xx * yy), -1, 1))
