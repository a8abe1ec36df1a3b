"""Evaluate vectors by word pairs that people rated: the rank correlation of ratings and cosines."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from .._types import Array, Ids, PathLike
from ..functions import normalize_rows
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.word_vectors import WordVectors
from .correlation import bootstrap, pearson, spearman, two_sided_p
from .protocol import RESTRICT, Protocol, Unknown, percent
from .question_files import Pair, read_pairs

BLOCK = 1 << 12  # pairs whose vectors are held at once


@dataclass(frozen=True)
class PairsReport:
    """The scores of vectors on a set of word pairs.

    Attributes
    ----------
    name : what the set is called
    spearman, pearson : rank and linear correlation of cosines and ratings
    interval : the bootstrap's interval of `spearman`
    confidence, samples : the share of the bootstrap's samples that it holds, and their number
    pairs, known : the number of pairs in the set, and of those both words of which are known
    protocol, n_words : the rules, and the size of the vocabulary
    """

    name: str
    spearman: float
    pearson: float
    interval: tuple[float, float]
    confidence: float
    samples: int
    pairs: int
    known: int
    protocol: Protocol
    n_words: int

    @property
    def scored(self) -> int:
        """The number of pairs that the correlations are of."""
        return self.known if self.protocol.unknown == "skip" else self.pairs

    @property
    def coverage(self) -> float:
        """The share of pairs both words of which are known."""
        return self.known / self.pairs

    @property
    def spearman_p(self) -> float:
        """The two-sided p-value of `spearman`, as scipy and gensim define it."""
        return two_sided_p(self.spearman, self.scored)

    @property
    def pearson_p(self) -> float:
        """The two-sided p-value of `pearson`, as scipy and gensim define it."""
        return two_sided_p(self.pearson, self.scored)

    def __str__(self) -> str:
        low, high = self.interval
        known = percent(self.known, self.pairs)
        return (
            f"{self.name}: Spearman {self.spearman:.3f}, {100 * self.confidence:g} % interval {low:.3f} to {high:.3f}"
            f", Pearson {self.pearson:.3f}\n"
            f"  coverage: {self.known:,} of {self.pairs:,} pairs have vectors ({known}), {self.scored:,} scored\n"
            f"  protocol: {self.protocol.describe(self.n_words)}\n"
            f"  interval: from {self.samples:,} bootstrap samples of the pairs"
        )


def evaluate_pairs(
    vectors: WordVectors,
    pairs: PathLike | Sequence[Pair],
    *,
    restrict: int | None = RESTRICT,
    fold_case: bool = True,
    unknown: Unknown = "skip",
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> PairsReport:
    """Correlate cosines of word pairs with people's ratings, by the protocol of gensim's evaluate_word_pairs.

    The defaults of restrict, fold_case and unknown are gensim's (restrict_vocab=300000, case_insensitive=True,
    dummy4unknown=False); they decide which pairs count, so scores compare only at equal ones. ValueError if an option
    makes no sense, a line of the file or a pair cannot be read, fewer than two pairs are left, all cosines or all
    ratings are equal, or a vector of a pair holds NaN or infinity; OSError if the file cannot be read.

    Parameters
    ----------
    pairs : path (see `question_files.read_pairs` for the layouts) or sequence of (word, word, rating)
    restrict, fold_case, unknown : see `protocol.Protocol`
    samples : the number of resamplings for the interval; at least 1
    confidence : the share of resamplings whose ρ the interval holds
    seed : of the resamplings
    """
    protocol = Protocol(restrict, fold_case, unknown)
    if samples < 1 or not 0 < confidence < 1:
        raise ValueError(f"samples is {samples}, confidence {confidence}: expected at least 1, and between 0 and 1")
    name, rated = _read(pairs)
    spelled = [[protocol.spelled(word) for word in pair[:2]] for pair in rated]
    found = protocol.find(vectors.words, {word for pair in spelled for word in pair})
    ids = np.array([[found.get(word, [-1])[0] for word in pair] for pair in spelled], np.int64).reshape(-1, 2)
    known = (ids >= 0).all(axis=1)
    cosines, ratings = np.zeros(len(ids)), np.array([rating for _, _, rating in rated])
    cosines[known] = _cosines(vectors.matrix, ids[known], vectors.words)
    if unknown == "skip":
        cosines, ratings = cosines[known], ratings[known]
    if len(cosines) < 2:
        raise ValueError(
            f"{name}: both words of only {len(cosines)} of {len(rated)} pairs have vectors: expected 2 at least; are "
            "the vectors of another language, or is `restrict` too small?"
        )
    for what, values in (("cosines", cosines), ("ratings", ratings)):
        if np.ptp(values) == 0:
            raise ValueError(
                f"{name}: the {what} of all {len(values)} pairs are {values[0]:g}: expected two different ones, "
                "since a constant has no correlation"
            )
    correlations = spearman(cosines, ratings), pearson(cosines, ratings)
    interval = bootstrap(cosines, ratings, samples, confidence, np.random.default_rng(seed))
    n_known, n_words = int(known.sum()), len(vectors)
    return PairsReport(name, *correlations, interval, confidence, samples, len(rated), n_known, protocol, n_words)


def _read(pairs: PathLike | Sequence[Pair]) -> tuple[str, Sequence[Pair]]:
    if isinstance(pairs, (str, os.PathLike)):
        return os.path.basename(pairs), read_pairs(pairs)
    for pair in pairs:
        words = isinstance(pair, Sequence) and len(pair) == 3 and all(isinstance(word, str) for word in pair[:2])
        if not (words and isinstance(pair[2], Real) and math.isfinite(pair[2])):
            raise ValueError(f"{pair!r} among the pairs: expected (word, word, rating), the rating a finite number")
    return "pairs", pairs


def _cosines(matrix: Array, ids: Ids, words: Sequence[str]) -> Array:
    """Compute in float64 the cosine of each pair of rows, (n, 2) → (n,): of a row with itself 1, with zeros 0."""
    cosines = np.empty(len(ids))
    for start in range(0, len(ids), BLOCK):
        part = ids[start : start + BLOCK]
        both = [np.asarray(matrix[rows], np.float64) for rows in part.T]  # twice (n, D)
        for rows, side in zip(part.T, both, strict=True):
            check_finite(row_lengths(side), "the pairs' vectors", [words[row] for row in rows])
        x, y = map(normalize_rows, both)
        same = (part[:, 0] == part[:, 1]) & x.any(axis=1)  # 1 to the last bit, so that ties are ties
        cosines[start : start + BLOCK] = np.where(same, 1, (x * y).sum(axis=1))
    return cosines
