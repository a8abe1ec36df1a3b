"""How well two lists of numbers agree: Pearson's r, Spearman's ρ with ties, and how sure that is (bootstrap)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 1 << 17  # entries of a block of bootstrap samples: they fit into a cache


def pearson(x: Floats, y: Floats) -> float:
    """Compute Pearson's r of two lists, both (n,): Σ (x−x̄)(y−ȳ) / √(Σ (x−x̄)² Σ (y−ȳ)²); NaN if one is constant."""
    if min(np.ptp(x), np.ptp(y)) == 0:
        return np.nan
    return float(_cosine(x - x.mean(), y - y.mean(), np.ones(len(x))))


def spearman(x: Floats, y: Floats) -> float:
    """Compute Spearman's ρ of two lists, both (n,): Pearson's r of the ranks, equals sharing the mean of theirs."""
    once = np.ones((1, len(x)), np.int64)
    return float(_spearman(np.unique(x, return_inverse=True)[1], np.unique(y, return_inverse=True)[1], once)[0])


def bootstrap(x: Floats, y: Floats, samples: int, confidence: float, rng: np.random.Generator) -> tuple[float, float]:
    """Give the interval that holds Spearman's ρ in the middle `confidence` of `samples` resamplings of the n pairs.

    A resampling draws n pairs with replacement. One that drew only equal numbers has no ρ and is left out; the
    interval is NaN if that befell all of them.
    """
    n, rho = len(x), []
    levels_x, levels_y = np.unique(x, return_inverse=True)[1], np.unique(y, return_inverse=True)[1]
    for start in range(0, samples, rows := max(1, BLOCK // n)):
        size = min(rows, samples - start)
        drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        rho.append(_spearman(levels_x, levels_y, counts))
    found = np.concatenate(rho)
    found = found[np.isfinite(found)]
    if not len(found):
        return np.nan, np.nan
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def two_sided_p(r: float, n: int) -> float:
    """Give the probability of an r or ρ at least as far from 0 if n pairs are independent (Student's t, n − 2)."""
    from scipy.special import stdtr

    if n < 3:
        return np.nan
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt((n - 2) / np.float64((1 - r) * (1 + r)))
    return float(2 * stdtr(n - 2, -t))


def _spearman(levels_x: Ints, levels_y: Ints, counts: Ints) -> Floats:
    """Compute ρ for each row of counts (B, n): how often each pair is there; levels (n,) are np.unique's inverse."""
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    x, y = _ranks(levels_x, counts) - middle, _ranks(levels_y, counts) - middle
    return _cosine(x, y, counts)


def _ranks(levels: Ints, counts: Ints) -> Floats:
    """Give the rank of each item in each row of counts, from 1; equals share the mean of theirs. (B, n)."""
    order = np.argsort(levels, kind="stable")
    starts = np.flatnonzero(np.diff(levels[order], prepend=-1))
    of_level = np.add.reduceat(counts[:, order], starts, axis=1)
    last = of_level.cumsum(axis=1)
    return np.asarray((last - (of_level - 1) / 2)[:, levels])


def _cosine(x: Floats, y: Floats, weights: Floats | Ints) -> Floats:
    """Compute Σ w x y / √(Σ w x² Σ w y²) along the last axis; NaN where a sum is 0."""
    xy, xx, yy = ((weights * a * b).sum(axis=-1) for a, b in ((x, y), (x, x), (y, y)))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(xy / np.sqrt(xx * yy), -1, 1))
