"""Words composed of n-grams: rows of words are made of other rows, which take over what training changes in them.

Around the steps of a stretch of text stands one layer more. Before it, the vectors of its words are composed:

    v_w = (z_w + Σ_g m_wg z_g) / (1 + G_w)     m_wg: how often n-gram g is in word w, G_w = Σ_g m_wg             (E42)

Then steps change rows of words, as ever, whatever model and loss they belong to. After it, each word's change Δ_w
goes to the rows that it was composed of:

    z_w += Δ_w,   z_g += f_g Σ_w m_wg Δ_w           fastText's rule
    z_w += a_w Δ_w,   z_g += f_g Σ_w m_wg a_w Δ_w   the exact one, a_w = 1/(1 + G_w)

The exact rule is a step along the gradient in z. fastText's is a_w⁻¹ times as long, so that a word by itself moves as
far as it would without n-grams. f_g damps rows that many words of a stretch share, as `updates.damping` says.
"""

from collections.abc import Sequence

import numpy as np

from .._types import Array, Ids
from ..runtime.workers import Worker, shared_zeros
from ..text.ngrams import ngram_matrix
from ..vectors.subwords import Subwords
from .prefetch import Chunk
from .settings import Ngrams
from .updates import damping

SHARED_PULL = 0.09  # of a pair at an n-gram's row: less than at a word's (`updates.PULL`), since its words differ
PART = 4096  # rows that are changed at once, which stay in the cache


class Composition:
    """How V words are composed, and the rows that they are composed of.

    Parameters
    ----------
    words : V words
    options : Ngrams
    dim, dtype : of the rows
    entries : gradients of a step, which bound how many words a stretch has

    z (V + R, D), shared: the words' own rows, then those of the n-grams; bucket_ids (R,): which n-grams these are
    """

    def __init__(self, words: Sequence[str], options: Ngrams, dim: int, dtype: str, entries: int) -> None:
        self._options, self._words = options, len(words)
        self._counts, self.bucket_ids = ngram_matrix(words, options.minn, options.maxn, options.buckets)
        self._counts = self._counts.astype(dtype)
        self._share = (1 / (1 + np.asarray(self._counts.sum(axis=1)))).astype(dtype)  # a_w: (V,)
        self.z = shared_zeros((len(words) + len(self.bucket_ids), dim), np.dtype(dtype))
        self._changes = shared_zeros((min(len(words), options.every * entries), dim), np.dtype(dtype))

    def begin(self, seed: int, dim: int) -> None:
        """Draw first rows in ±1/D, as fastText does: those of words as without n-grams."""
        V, kind = self._words, self.z.dtype.type
        for part, key in (self.z[:V], (seed, 0, 0)), (self.z[V:], (seed, 0, 1)):
            rows = np.random.default_rng(key).random(part.shape, kind)
            rows -= 0.5
            np.divide(rows, dim / 2, out=part)

    def go_on(self, rows: Ids, vectors: Array, earlier: Subwords | None) -> None:
        """Take over earlier vectors of the words `rows`, with their n-grams, if they had some."""
        V = self._words
        if earlier is not None and earlier.own is not None:
            _, mine, theirs = np.intersect1d(self.bucket_ids, earlier.bucket_ids, return_indices=True)
            self.z[V + mine], self.z[rows] = earlier.matrix[theirs], earlier.own
            return
        sums = self._counts[rows] @ self.z[V:]  # own rows make up for n-grams that the vectors did not have
        self.z[rows] = vectors / self._share[rows, None] - sums

    def subwords(self) -> Subwords:
        """Return a copy of the rows as they are now."""
        V, o = self._words, self._options
        return Subwords(o.minn, o.maxn, o.buckets, self.bucket_ids, self.z[V:].copy(), own=self.z[:V].copy())

    def compose(self, words: Ids, x: Array) -> None:
        """Compose the rows of some words: x (V, D) is changed in place."""
        for i in range(0, len(words), PART):
            part = words[i : i + PART]
            v = self._counts[part] @ self.z[self._words :]  # (m, R) times (R, D)
            v += self.z.take(part, axis=0)
            v *= self._share[part, None]
            x[part] = v

    def compose_all(self, x: Array, worker: Worker) -> None:
        """Compose the rows of all words, each worker a part, and wait for the others."""
        V = self._words
        self.compose(np.arange(V * worker.rank // worker.size, V * (worker.rank + 1) // worker.size), x)
        worker.barrier()

    def stretch(self, chunk: Chunk, begin: int) -> tuple[Ids, Array]:
        """Return the words of the steps `begin` … begin + every − 1, ascending, and how much pulls at each."""
        plan, end = chunk.plan, min(begin + self._options.every, len(chunk.batches))
        parts = [slice(*plan.cuts[k, [0, -1]]) for k in range(begin, end)]
        rows, pull = (np.concatenate([array[part] for part in parts]) for array in (plan.rows, plan.pull))
        total = np.bincount(rows[rows < self._words], pull[rows < self._words], self._words)
        words = np.flatnonzero(np.bincount(rows[rows < self._words], minlength=self._words))
        return words, total[words]

    def before(self, x: Array, words: Ids, worker: Worker) -> Array:
        """Compose this worker's part of a stretch's words, and return a copy of it."""
        mine = words[len(words) * worker.rank // worker.size : len(words) * (worker.rank + 1) // worker.size]
        self.compose(mine, x)
        worker.barrier()
        return x.take(mine, axis=0)

    def after(self, x: Array, words: Ids, pull: Array, rate: float, before: Array, worker: Worker) -> None:
        """Give the changes of a stretch's words to the rows that they are composed of."""
        m, rank, size = len(words), worker.rank, worker.size
        mine = slice(m * rank // size, m * (rank + 1) // size)
        np.subtract(x.take(words[mine], axis=0), before, out=self._changes[mine])
        if self._options.exact:
            self._changes[mine] *= self._share[words[mine], None]
        self.z[words[mine]] += self._changes[mine]
        worker.barrier()
        of_ngrams = self._counts[words].T.tocsr()  # (R, m)
        touched = np.flatnonzero(np.diff(of_ngrams.indptr))
        cuts = np.searchsorted(of_ngrams.indptr[touched], of_ngrams.nnz * np.arange(size + 1) // size)
        curvature = of_ngrams @ (rate * SHARED_PULL * pull).astype(self.z.dtype)  # (R,)
        for i in range(cuts[rank], cuts[rank + 1], PART):
            rows = touched[i : min(i + PART, cuts[rank + 1])]
            steps = of_ngrams[rows] @ self._changes[:m]  # (PART, m) times (m, D)
            steps *= damping(curvature[rows])[:, None].astype(steps.dtype)
            self.z[self._words + rows] += steps
        worker.barrier()
