"""Vectors of words from their n-grams, as fastText composes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .._types import Array, Ids
from ..text.ngrams import check_ngrams, ngram_buckets

PART = 1 << 10  # words that are composed at once: their sums stay in the processor's cache
WHOLE = ("minn", "maxn", "buckets")


class Uncached:
    """A class whose copies and pickles leave out what its cached properties hold: they compute it anew."""

    def __getstate__(self) -> dict[str, Any]:
        cached = {name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)}
        return {name: value for name, value in vars(self).items() if name not in cached}


@dataclass(frozen=True, eq=False)
class Subwords(Uncached):
    """The n-gram rows of a model, from which any word gets a vector.

    Parameters
    ----------
    minn, maxn : the shortest and longest n-grams, in characters; maxn=0 for none
    buckets : how many buckets the n-grams are hashed into
    bucket_ids : (R,), the bucket that each row of `matrix` is of, each bucket once
    matrix : (R, D) floats, the n-gram rows; may be mapped from a file, of which only the rows in use are read
    own : (V, D), the words' own rows, in the order of the words that they are of, where these are known
    pruned : how n-grams without a row count in the mean: as zeros, or if it is true not at all

    Raises ValueError if the sizes do not agree or a bucket is none or occurs twice.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.text.ngrams import ngram_matrix
    >>> from word2vec.vectors.subwords import Subwords
    >>> counts, bucket_ids = ngram_matrix(["tea", "sea"], 3, 3, 1000)  # <te tea ea>, and <se sea ea>
    >>> rows = np.eye(5, 2, dtype=np.float32)  # of ea> (1, 0), of the next bucket (0, 1), of the others zeros
    >>> subwords = Subwords(3, 3, 1000, bucket_ids, rows)
    >>> subwords.compose(["pea"])  # <pe pea ea>, of which ea> has a row
    array([[0.33333334, 0.        ]], dtype=float32)
    """

    minn: int
    maxn: int
    buckets: int
    bucket_ids: Ids
    matrix: Array
    own: Array | None = None
    pruned: bool = False

    def __post_init__(self) -> None:
        for name, value in zip(WHOLE, check_ngrams(self.minn, self.maxn, self.buckets), strict=True):
            object.__setattr__(self, name, value)
        ids, shape = np.asarray(self.bucket_ids), self.matrix.shape
        if len(shape) != 2 or self.matrix.dtype.kind != "f" or ids.shape != shape[:1] or ids.dtype.kind not in "iu":
            what = f"n-gram rows {shape} of {self.matrix.dtype}, bucket_ids {ids.shape} of {ids.dtype}"
            raise ValueError(f"{what}: expected floats (R, D) and the bucket of each row, whole numbers (R,)")
        ordered = self.by_bucket[0]
        if len(ids) and not (ordered[0] >= 0 and ordered[-1] < self.buckets and (np.diff(ordered) > 0).all()):
            raise ValueError(f"bucket_ids: expected different numbers from 0 to {self.buckets - 1}")
        if self.own is not None and (self.own.ndim != 2 or self.own.shape[1] != shape[1]):
            raise ValueError(f"own has the shape {self.own.shape}, the n-gram rows {shape}: expected as many columns")

    @cached_property
    def by_bucket(self) -> tuple[Ids, Ids]:
        """The buckets that have rows in order, and their rows: twice (R,)."""
        rows = np.argsort(self.bucket_ids, kind="stable")
        return np.asarray(self.bucket_ids)[rows], rows

    def turned(self, Q: Array) -> "Subwords":
        """Return all rows times a matrix (D, D), by which composed vectors are multiplied, too.

        Examples
        --------
        >>> import numpy as np
        >>> from word2vec.vectors.subwords import Subwords
        >>> Subwords(3, 3, 1, np.array([0]), np.array([[3.0, 0.0]])).turned(np.eye(2)[::-1]).matrix
        array([[0., 3.]])
        """
        return replace(self, matrix=self.matrix @ Q, own=None if self.own is None else self.own @ Q)

    def rows_of(self, words: Sequence[str]) -> tuple[Ids, Ids, Ids]:
        """Return the rows of the words' n-grams in fastText's order, the ends of each word's, and its divisor.

        int64 (n,), (V,) and (V,). N-grams without a row are left out of the rows; unless the model is pruned they
        count in the divisor.

        Examples
        --------
        >>> import numpy as np
        >>> from word2vec.vectors.subwords import Subwords
        >>> Subwords(3, 3, 2, np.array([1]), np.eye(1)).rows_of(["tea", "sea"])
        (array([0, 0, 0, 0]), array([2, 4]), array([3, 3]))
        """
        found, ends = ngram_buckets(words, self.minn, self.maxn, self.buckets)
        rows, has_row = self._rows(found)
        kept = ends if len(rows) == len(found) else np.append(0, has_row.cumsum())[ends]
        return rows, kept, np.diff(kept if self.pruned else ends, prepend=0)

    def _rows(self, buckets: Ids) -> tuple[Ids, Array]:
        """Return the rows of those buckets that have one, and which have."""
        ordered, rows = self.by_bucket
        if len(rows) == self.buckets:  # all have
            return rows[buckets], buckets >= 0
        place = np.searchsorted(ordered, buckets)
        has_row = np.append(ordered, -1)[place] == buckets
        return rows[place[has_row]], has_row

    def compose(self, words: Sequence[str], own: Array | None = None) -> Array:
        """Return the vectors of words, (n, D): the mean of their rows (E42), zeros where there are none.

        These are the rows of their n-grams, and `own` (n, D) if it is passed. The sums have fastText's order, so the
        vectors have its bits in float32.

        Examples
        --------
        >>> import numpy as np
        >>> from word2vec.vectors.subwords import Subwords
        >>> subwords = Subwords(3, 3, 1, np.array([0]), np.array([[3.0, 0.0]]))
        >>> subwords.compose(["tea"]), subwords.compose(["tea"], own=np.array([[0.0, 4.0]]))
        (array([[3., 0.]]), array([[2.25, 1.  ]]))
        """
        if len(words) <= PART:
            return self._compose(words, own)
        starts = range(0, len(words), PART)
        parts = [self._compose(words[i : i + PART], None if own is None else own[i : i + PART]) for i in starts]
        return np.concatenate(parts)

    def _compose_one(self, word: Sequence[str], own: Array | None) -> Array:
        """Return the vector (1, D) of one word, with all rows in one operation."""
        found, _ = ngram_buckets(word, self.minn, self.maxn, self.buckets)
        rows, _ = self._rows(found)
        table, n = np.asarray(self.matrix[rows], self._dtype), len(rows if self.pruned else found)
        if own is not None:
            table, n = np.concatenate([np.asarray(own, self._dtype), table]), n + 1
        if not len(table):
            return np.zeros((1, self.matrix.shape[1]), self._dtype)
        return np.asarray(np.add.accumulate(table)[-1:] * self._dtype.type(1 / n))

    @cached_property
    def _dtype(self) -> np.dtype[Any]:
        return np.result_type(self.matrix.dtype, np.float32)

    def _compose(self, words: Sequence[str], own: Array | None) -> Array:
        if len(words) == 1:
            return self._compose_one(words, own)
        rows, ends, divisors = self.rows_of(words)
        sizes = np.diff(ends, prepend=0)
        order = np.argsort(-sizes, kind="stable")  # words of the most rows first
        # longer[i]: how many words have more than i rows, which come first in this order
        begins, longer = (ends - sizes)[order], len(words) - np.bincount(sizes, minlength=1).cumsum()
        sums = np.zeros((len(words), self.matrix.shape[1]), self._dtype)
        if own is not None:
            sums += own[order]
            divisors = divisors + 1
        for i, n in enumerate(longer.tolist()):  # the i-th rows of the n words that have so many
            sums[:n] += self.matrix[rows[begins[:n] + i]]
        sums *= (1 / np.maximum(divisors, 1))[order, None].astype(self._dtype)  # (n, 1)
        vectors = np.empty_like(sums)
        vectors[order] = sums
        return vectors
