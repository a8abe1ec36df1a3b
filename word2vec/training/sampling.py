"""What training draws at random: first vectors, which words stay, how wide windows are, which words are negatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._types import Array, Ids

# First entries of vectors are in ±START/√D, some five times gensim's ±1/D at D = 100. Zero is a saddle point, which
# vectors leave in proportion to their length: short ones only become longer at first.
START = 0.5


def draw_first(vectors: Array, key: tuple[int, ...], within: float | None = None) -> None:
    """Draw first vectors (n, D) in place, with entries in ±START/√D or ±within, from a generator of this key."""
    dim = vectors.shape[1]
    drawn = np.random.default_rng(key).random(vectors.shape, vectors.dtype.type)
    drawn -= 0.5
    np.multiply(drawn, 2 * START / dim**0.5 if within is None else 2 * within, out=vectors)


def keep_probability(counts: ArrayLike, sample: float) -> Array:
    """Return each word's probability of staying when frequent words are subsampled.

        f = count / sum of counts,  r = sample / f,  P = min(1, √r + r)

    This is what word2vec.c and gensim compute; Mikolov et al. 2013, NIPS, eq. (5) has √r alone. counts (V,); sample:
    the threshold, commonly 1e-3 to 1e-5, 0 keeps every word. Raises ValueError if one is negative or not finite.
    """
    counts = _checked(counts)
    if not 0 <= sample < np.inf:
        raise ValueError(f"sample is {sample}: expected a threshold such as 0.001, or 0 to keep all words")
    if sample == 0:
        return np.ones(len(counts))
    r = sample * counts.sum() / np.maximum(counts, 1)
    return np.asarray(np.minimum(1, r**0.5 + r))


def noise_distribution(counts: ArrayLike, exponent: float = 0.75) -> Array:
    """Return the distribution of negatives, P(w) = count(w)^exponent / Z: float64 (V,), of sum 1.

    Mikolov et al. 2013, NIPS, section 2.2. Exponent 1 draws as the text does, 0 draws all words alike. Raises
    ValueError if a count is negative or not finite, all are 0, or a power is not finite.
    """
    counts = _checked(counts)
    with np.errstate(divide="ignore", over="ignore"):
        weights = counts**exponent
    total = weights.sum()
    if not 0 < total < np.inf:
        expected = "expected positive counts, a finite exponent"
        fix = "; words without counts, as of start_from, need an exponent of 0 or more" * (exponent < 0)
        raise ValueError(f"counts^{exponent} sum to {total} over {len(counts)} words: {expected}{fix}")
    return np.asarray(weights / total)


def _checked(counts: ArrayLike) -> Array:
    counts = np.asarray(counts, np.float64)
    if counts.ndim != 1 or not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"counts of shape {counts.shape}: expected one finite number for each word, none negative")
    return counts


class NoiseTable(NamedTuple):
    """A distribution to be drawn from in constant time: Walker's alias method (1977).

    Draw a place i evenly; it stands for word i with probability threshold[i], else for word alias[i].
    """

    threshold: Array
    alias: Ids


def noise_table(probability: ArrayLike) -> NoiseTable:
    """Build the table of a distribution (V,), which need not sum to 1, in a few sweeps over arrays.

    Let w be V·probability, whose mean is 1. Small words, w < 1, lack 1 − w, which the large ones, in turn, fill up
    from their excess w − 1. Small word k goes to large word m if what all small words before k lack ends within
    m's share of the summed excess. What the last one takes from m too much, m takes from large word m + 1.

    Sums of floats would drift, so w is counted in integers: 2⁶² stand for the whole, more than the 2⁵³ different
    numbers that a draw begins with. Raises ValueError if a probability is negative or not finite, or none is above 0.
    """
    probability = noise_distribution(probability, 1.0)
    one = 2**62 // len(probability)
    weight = np.rint(probability * (one * len(probability))).astype(np.int64)
    weight[weight.argmax()] += one * len(weight) - weight.sum()  # what was rounded: now their mean is `one`
    threshold, alias = np.ones(len(weight)), np.arange(len(weight), dtype=np.int32)
    small, large = np.flatnonzero(weight < one), np.flatnonzero(weight >= one)
    # what all small words up to one lack, and what all large words up to one can give; both end at the same number
    lack, excess = np.cumsum(one - weight[small]), np.cumsum(weight[large] - one)
    giver = np.searchsorted(excess, lack - (one - weight[small]))
    threshold[small], alias[small] = weight[small] / one, large[giver]
    taker = np.searchsorted(lack, excess[:-1], side="right")  # the small word at which a large one runs out
    drained = np.flatnonzero(taker < len(small))
    threshold[large[drained]] = (one + excess[drained] - lack[taker[drained]]) / one
    alias[large[drained]] = large[drained + 1]
    return NoiseTable(threshold, alias)


def draw_words(table: NoiseTable, n: int | tuple[int, ...], rng: np.random.Generator) -> Ids:
    """Draw words independently: int32 of shape n."""
    place = rng.random(n)
    place *= len(table.alias)
    word = place.astype(np.int32)
    place -= word  # the part behind the point is even in [0, 1) whatever the word is: one draw decides both
    return np.where(place < table.threshold.take(word), word, table.alias.take(word))


def subsample(ids: Ids, sentences: Ids, keep: Array, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """Keep each word with its own probability, keep (V,); return ids and sentence numbers (n,) of those that stay."""
    kept = np.flatnonzero(rng.random(len(ids)) < keep.take(ids))
    return ids.take(kept), sentences.take(kept)


def sentence_numbers(ends: Ids, start: int, stop: int) -> Ids:
    """Return the number of the sentence of each of the words start … stop − 1: int32 (stop − start,).

    `ends` (S,) are the sentences' ends in the text, ascending, the last one at least `stop`.
    """
    first, last = np.searchsorted(ends, [start, stop], side="right")
    # of the sentences that have words there, and perhaps of a last one that has none, whose length is 0
    bounds = np.concatenate([[start], np.minimum(ends[first : last + 1], stop)])
    lengths = np.diff(bounds)
    return np.repeat(np.arange(first, first + len(lengths), dtype=np.int32), lengths)


def window_sizes(n: int, window: int, rng: np.random.Generator) -> Ids:
    """Draw the windows of n centres, b ~ U{1, …, window}: int32 (n,). So near words weigh more, as in word2vec.c."""
    if window < 1:
        raise ValueError(f"window is {window}: expected at least 1")
    return rng.integers(1, window, n, np.int32, endpoint=True)
