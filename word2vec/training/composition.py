"""Words composed of n-grams: rows of words are made of other rows, which take over what training changes in them.

Around the steps of a stretch of text stands one layer more. Before it, the vectors of its words are composed:

    v_w = (z_w + Σ_g m_wg z_g) / (1 + G_w)     m_wg: how often n-gram g is in word w, G_w = Σ_g m_wg             (E42)

Then steps change rows of words, as ever, whatever model and loss they belong to. After it, each word's change Δ_w
goes to the rows that it was composed of:

    z_w += Δ_w,   z_g += f_g Σ_w m_wg Δ_w           fastText's rule
    z_w += a_w Δ_w,   z_g += f_g Σ_w m_wg a_w Δ_w   the exact one, a_w = 1/(1 + G_w)

The exact rule is a step along the gradient in z. fastText's is a_w⁻¹ times as long, so that a word by itself moves as
far as it would without n-grams. f_g damps rows that many words of a stretch share, as `updates.damping` says, and no
n-gram moves farther than `updates.CAP`, so that words that are made of the same few n-grams do not, either.

N-grams that the same words hold equally often ("ternat" and "rnatio", say) take the same changes for ever. So one row
stands for such a group, the sum of its n-grams: a third of all rows, and fewer terms of each word.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.workers import Worker, part_of, shared_zeros
from ..text.ngrams import ngram_matrix
from ..vectors.subwords import Subwords
from .prefetch import Chunk
from .sampling import draw_first
from .settings import Ngrams
from .updates import PART, damping, shorten

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

SHARED_PULL = 0.09  # of a pair at an n-gram's row: less than at a word's (`updates.PULL`), since its words differ


class Composition:
    """How V words are composed, and the rows that they are composed of.

    Parameters
    ----------
    words : V words
    options : Ngrams
    dim, dtype : of the rows
    entries : gradients of a step, which bound how many words a stretch has

    z (V + S, D), shared: the words' own rows, then the sums of groups of n-grams, S ≤ R of them;
    bucket_ids (R,): which n-grams there are
    """

    def __init__(self, words: Sequence[str], options: Ngrams, dim: int, dtype: str, entries: int) -> None:
        self._options, self._words = options, len(words)
        counts, self.bucket_ids = ngram_matrix(words, options.minn, options.maxn, options.buckets)
        first, self._group = _alike(counts)
        self._counts = counts[:, first].astype(dtype)  # of one n-gram of each group: (V, S)
        self._size = np.bincount(self._group).astype(dtype)[:, None]  # of the groups: (S, 1)
        self._a = (1 / (1 + np.asarray(counts.sum(axis=1, dtype=np.float64)))).astype(dtype)  # a_w: (V,)
        V, R, S = len(words), len(self._group), len(first)
        self.z = shared_zeros((V + S, dim), np.dtype(dtype))
        self._apart = np.zeros((R, dim), dtype)  # how far n-grams are from the means of their groups, which stays so
        self._earlier: Subwords | None = None
        self._unused = np.empty(0, np.int64)  # its rows of n-grams that no word has here
        self._changes = shared_zeros((min(V, options.every * entries), dim), np.dtype(dtype))

    def begin(self, seed: int) -> None:
        """Draw first rows: those of words as without n-grams."""
        ngrams = np.empty_like(self._apart)
        draw_first(self.z[: self._words], (seed, 0, 0))
        draw_first(ngrams, (seed, 0, 2))
        self._set_ngrams(ngrams)

    def _set_ngrams(self, rows: Array) -> None:
        """Take over the rows of all n-grams (R, D)."""
        from scipy.sparse import csr_array

        R, sums = len(rows), self.z[self._words :]
        sums[:] = csr_array((np.ones(R, rows.dtype), (self._group, np.arange(R))), (len(sums), R)) @ rows
        np.subtract(rows, (sums / self._size).take(self._group, axis=0), out=self._apart)

    def _ngrams(self) -> Array:
        """Return the rows of all n-grams: (R, D)."""
        means = self.z[self._words :] / self._size
        return np.asarray(self._apart + means.take(self._group, axis=0))

    def begin_from(self, rows: Ids, vectors: Array, earlier: Subwords | None) -> None:
        """Take over earlier vectors of the words `rows`, with the n-grams of all words, if they had some."""
        if earlier is not None:
            _, mine, theirs = np.intersect1d(self.bucket_ids, earlier.bucket_ids, return_indices=True)
            ngrams = self._ngrams() * (not earlier.pruned)  # those that were pruned say nothing
            ngrams[mine] = earlier.matrix[theirs]
            self._set_ngrams(ngrams)
            self._earlier, self._unused = earlier, np.delete(np.arange(len(earlier.bucket_ids)), theirs)
            if earlier.own is not None and not earlier.pruned:
                self.z[rows] = earlier.own
                return
        sums = self._counts[rows] @ self.z[self._words :]  # own rows make up for n-grams that they did not have
        self.z[rows] = vectors / self._a[rows, None] - sums

    def subwords(self) -> Subwords:
        """Return a copy of the rows as they are now."""
        o, ids, rows, earlier, unused = self._options, self.bucket_ids, self._ngrams(), self._earlier, self._unused
        if earlier is not None and len(unused):
            ids = np.append(ids, earlier.bucket_ids[unused])
            rows = np.concatenate([rows, earlier.matrix[unused].astype(rows.dtype)])
        return Subwords(o.minn, o.maxn, o.buckets, ids, rows, own=self.z[: self._words].copy())

    def compose_all(self, x: Array, worker: Worker) -> None:
        """Compose the rows of all words, each worker a part, in place in x (V, D), and wait for the others."""
        mine = np.arange(self._words)[part_of(worker, self._words)]
        for begin in range(0, len(mine), PART):
            words = mine[begin : begin + PART]
            x[words] = self._composed(words, self._counts[words])
        worker.barrier()

    def _composed(self, words: Ids, counts: "csr_array | csc_array") -> Array:
        # by columns, each row of z is read once, in order, and the sums of a stretch's words stay in the cache
        v = counts.tocsc() @ self.z[self._words :]  # (m, S) times (S, D): (m, D)
        v += self.z.take(words, axis=0)
        v *= self._a[words, None]
        return np.asarray(v)

    def begin_stretch(self, x: Array, chunk: Chunk, steps: range, worker: Worker) -> "Stretch":
        """Compose this worker's part of the words of some steps of a chunk, at most `every`."""
        sums, V = chunk.sums, self._words
        parts = [slice(*sums.cuts[k, [0, -1]]) for k in steps]  # of all workers: from the first's cut to the last's
        rows, pull = (np.concatenate([array[part] for part in parts]) for array in (sums.rows, sums.pull))
        pull, rows = pull[rows < V], rows[rows < V]  # words stand first; other rows are not composed
        words = np.flatnonzero(np.bincount(rows, minlength=V))  # (m,): each once, though in many steps
        counts, mine = self._counts[words], part_of(worker, len(words))  # (m, S)
        by_column = counts.tocsc()
        before = self._composed(words[mine], by_column if worker.size == 1 else counts[mine])
        x[words[mine]] = before
        worker.barrier()
        return Stretch(words, np.bincount(rows, pull, V)[words], by_column, mine, before)

    def rows_of(self, words: Ids) -> Ids:
        """Return the rows of z that words are composed of beside their own."""
        return np.flatnonzero(np.diff(self._counts[words].tocsc().indptr)) + self._words

    def end_stretch(self, x: Array, stretch: "Stretch", rate: float, worker: Worker) -> tuple[Ids, Array]:
        """Pass the changes of a stretch's words to the rows that they are composed of.

        Returns the rows of z that are not words' own, and the curvature at each.
        """
        from scipy.sparse import csr_array

        words, pull, counts, mine, before = stretch
        changes = self._changes[: len(words)]
        np.subtract(x.take(words[mine], axis=0), before, out=changes[mine])
        if self._options.exact:
            changes[mine] *= self._a[words[mine], None]
        self.z[words[mine]] += changes[mine]
        worker.barrier()
        touched = np.flatnonzero(np.diff(counts.indptr))  # (t,): the columns that some word of the stretch has
        ends = np.append(np.int32(0), counts.indptr[1:].take(touched))  # columns between them have no entries
        # the columns of counts (m, S) are read as rows, without a copy: its transpose, of the touched ones only
        passed = csr_array((counts.data, counts.indices, ends), (len(touched), len(words)))  # (t, m)
        curvature = passed @ (rate * SHARED_PULL * pull).astype(passed.dtype)  # (t,)
        # a sum of k rows moves k times as far as each of them
        factor = damping(curvature).astype(passed.dtype) * self._size[touched, 0]
        passed.data = passed.data * factor.repeat(np.diff(ends))
        # each worker takes rows of about as many entries, since these, not rows, cost time
        first, last = np.searchsorted(ends, ends[-1] * np.arange(worker.rank, worker.rank + 2) // worker.size)
        for i in range(first, last, PART):
            part = slice(i, min(i + PART, last))
            steps, rows = passed[part] @ changes, touched[part] + self._words  # (p, m) times (m, D): (p, D)
            shorten(steps, self._size[touched[part], 0])
            steps += self.z.take(rows, axis=0)
            self.z[rows] = steps
        worker.barrier()
        return touched + self._words, curvature


class Stretch(NamedTuple):
    """The words (m,) of some steps, what pulls at each, their n-grams (m, S); this worker's part, and its rows."""

    words: Ids
    pull: Array
    counts: "csc_array"
    mine: slice
    before: Array


def _alike(counts: "csr_array") -> tuple[Ids, Ids]:
    """Return one column of each group of equal ones, (S,), ascending, and the group of each column: (R,).

    Columns of equal products with random numbers are equal: two others agree in 64 bits by chance in no text.
    """
    keys = counts.T.astype(np.uint64) @ np.random.default_rng(0).integers(0, 2**64, counts.shape[0], np.uint64)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return np.sort(first), first.argsort().argsort()[group]
