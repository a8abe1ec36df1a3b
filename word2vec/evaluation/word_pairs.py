"""Evaluate vectors by word pairs that people rated: the rank correlation of ratings and cosines."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from .._types import Array, Ids, PathLike
from ..functions import normalize_rows
from ..runtime.arguments import check_number, check_type, check_whole, with_other_names
from ..vectors.gensim_names import from_gensim
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.word_vectors import WordVectors
from .columns import Column
from .correlation import bootstrap, pearson, spearman, two_sided_p
from .protocol import OTHER_NAMES, RESTRICT, WHY_UNKNOWN, Protocol, Unknown, percent, rows_of, warn_if_few
from .question_files import Pair, entries, is_file, name_of, read_rated

BLOCK = 1 << 12  # pairs whose vectors are held at once
DIGITS = 12  # of cosines, which are ties if only rounding tells them apart


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
    columns : number and name of the file's columns that were read as the words and the rating; None without a file

    Examples
    --------
    >>> from word2vec.evaluation import PairsReport, Protocol
    >>> report = PairsReport("set.txt", 0.7, 0.6, (0.5, 0.8), 0.95, 1000, 3, 2, Protocol(), n_words=100)
    >>> print(str(report).splitlines()[1])
      coverage: 2 of 3 pairs have vectors (66.7 %), 2 scored
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
    columns: tuple[str, str, str] | None = None

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
        """The two-sided p-value of `pearson`, as scipy and gensim define it, but NaN of two pairs."""
        return two_sided_p(self.pearson, self.scored)

    def __str__(self) -> str:
        low, high = self.interval
        known = percent(self.known, self.pairs)
        read = "  columns:  words in {} and {}, ratings in {}\n".format(*self.columns) if self.columns else ""
        return (
            f"{self.name}: Spearman {self.spearman:.3f}, {100 * self.confidence:g} % interval {low:.3f} to {high:.3f}"
            f", Pearson {self.pearson:.3f}\n"
            f"  coverage: {self.known:,} of {self.pairs:,} pairs have vectors ({known}), {self.scored:,} scored\n"
            f"{read}"
            f"  protocol: {self.protocol.describe(self.n_words)}\n"
            f"  interval: from {self.samples:,} bootstrap samples of the pairs"
        )


@with_other_names(OTHER_NAMES)
def evaluate_pairs(
    vectors: WordVectors,
    pairs: PathLike | Iterable[Pair],
    *,
    columns: Sequence[Column] | None = None,
    restrict: int | None = RESTRICT,
    fold_case: bool = True,
    unknown: Unknown = "skip",
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> PairsReport:
    """Correlate cosines of word pairs with people's ratings, by the protocol of gensim's evaluate_word_pairs.

    The defaults of restrict, fold_case and unknown are gensim's (restrict_vocab=300000, case_insensitive=True,
    dummy4unknown=False); they decide which pairs count, so scores compare only at equal ones. Unknown words count as
    known if n-grams give them a vector. ValueError if an option makes no sense, a line of the file or a pair cannot
    be read, fewer than two pairs are left, all cosines or all ratings are equal, or a vector of a pair holds NaN or
    infinity; TypeError if an argument is of another type; OSError if the file cannot be read. UserWarning if most
    pairs are unknown and fewer than 30 known.

    Parameters
    ----------
    pairs : path (see `word2vec.evaluation.question_files.read_pairs` for the layouts) or
        (word, word, rating) of each pair, in order
    columns : of the file, those of the first word, the second and the rating, by number from 1 or by the header's
        names, such as (1, 2, 4); None: found out from the header and all lines
    restrict, fold_case, unknown : see `word2vec.evaluation.Protocol`
    samples : the number of resamplings for the interval; at least 1
    confidence : the share of resamplings whose ρ the interval holds
    seed : of the resamplings

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.evaluation import evaluate_pairs
    >>> vectors = WordVectors(["tea", "coffee", "rain"], np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]))
    >>> report = evaluate_pairs(vectors, [("tea", "coffee", 9), ("coffee", "rain", 3), ("tea", "rain", 1)])
    >>> round(report.spearman, 3), report.known
    (1.0, 3)
    """
    check_type("vectors", vectors, WordVectors, f"WordVectors{from_gensim(vectors)}")
    protocol = Protocol(restrict, fold_case, unknown)
    samples = check_whole("samples", samples)
    check_number("confidence", confidence, "a share between 0 and 1, such as 0.95", sys.float_info.min, 1)
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(check_whole("seed", seed, 0))
    name, rated, read = _read(pairs, columns)
    spelled = [[protocol.spelled(word) for word in pair[:2]] for pair in rated]
    found = protocol.look_up(vectors, {word for pair in spelled for word in pair}, name)
    composed = protocol.compose(vectors, (word for pair in rated for word in pair[:2]), found)
    found |= {word: [len(vectors) + i] for i, word in enumerate(composed)}
    ids = np.array([[found.get(word, [-1])[0] for word in pair] for pair in spelled], np.int64).reshape(-1, 2)
    known = (ids >= 0).all(axis=1)
    cosines, ratings = np.zeros(len(ids)), np.array([rating for _, _, rating in rated])
    names = [*vectors.words, *composed] if composed else vectors.words
    cosines[known] = _cosines(vectors.matrix, np.array([*composed.values()]), ids[known], names)
    if unknown == "skip":
        cosines, ratings = cosines[known], ratings[known]
    if len(cosines) < 2 or not known.any():
        what = f"{name}: both words of only {known.sum()} of {len(rated)} pairs have vectors: expected 2 at least"
        raise ValueError(what if known.all() else f"{what}; {WHY_UNKNOWN}")
    cosines = cosines.round(DIGITS)
    for what, values in (("cosines", cosines), ("ratings", ratings)):
        if np.ptp(values) == 0:
            raise ValueError(f"{name}: all {len(values)} {what} are {values[0]:g}: expected two different ones")
    correlations = spearman(cosines, ratings), pearson(cosines, ratings)
    interval = bootstrap(cosines, ratings, samples, confidence, rng)
    n_known, n_words = int(known.sum()), len(vectors)
    warn_if_few(name, n_known, len(rated), "pairs")
    return PairsReport(
        *(name, *correlations, interval, confidence, samples, len(rated), n_known, protocol, n_words, read)
    )


def _read(pairs: Any, columns: Sequence[Column] | None) -> tuple[str, list[Pair], tuple[str, str, str] | None]:
    if is_file(pairs):
        return name_of(pairs), *read_rated(pairs, columns)
    if not isinstance(pairs, Iterable) or isinstance(pairs, bytes | Mapping | Set) or hasattr(pairs, "columns"):
        raise TypeError(
            f"pairs is of {type(pairs).__name__}: expected a path, or (word, word, rating) of each pair, in order; "
            "if it has such columns, pass zip(pairs['word1'], pairs['word2'], pairs['rating'])"
        )
    if columns is not None:
        raise ValueError(f"columns is {columns!r}, but the pairs are of no file: expected None")
    rated = []
    for pair in pairs:
        given = entries(pair)
        words = len(given) == 3 and all(isinstance(word, str) for word in given[:2])
        if not (words and isinstance(given[2], Real) and math.isfinite(given[2])):
            raise ValueError(f"{pair!r} among the pairs: expected (word, word, rating), the rating a finite number")
        rated.append((given[0], given[1], float(given[2])))
    if not rated:
        raise ValueError("pairs holds no pairs: expected (word, word, rating) of each pair")
    return "pairs", rated, None


def _cosines(matrix: Array, extra: Array, ids: Ids, words: Sequence[str]) -> Array:
    """Compute in float64 the cosine of each pair of rows, (n, 2) → (n,): with a row of zeros 0; see `rows_of`."""
    cosines = np.empty(len(ids))
    for start in range(0, len(ids), BLOCK):
        part = ids[start : start + BLOCK]
        both = [np.asarray(rows_of(matrix, extra, rows), np.float64) for rows in part.T]  # twice (n, D)
        for rows, side in zip(part.T, both, strict=True):
            check_finite(row_lengths(side), "the pairs' vectors", [words[row] for row in rows])
        x, y = map(normalize_rows, both)
        cosines[start : start + BLOCK] = (x * y).sum(axis=1)
    return np.clip(cosines, -1, 1)
