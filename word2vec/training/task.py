"""What a run trains on, and what its workers share: texts, tables, one step's gradients, the prefetched chunks."""

from dataclasses import replace

import numpy as np

from word2vec._types import Array
from word2vec.runtime.memory import check_memory
from word2vec.runtime.workers import shared_zeros
from word2vec.text import Corpus
from word2vec.training.batches import CHUNK, Text
from word2vec.training.outputs import SOFTMAX_STEP, group_size, make_output
from word2vec.training.prefetch import Prefetch, prefetch_memory
from word2vec.training.sampling import keep_probability, noise_distribution, noise_table
from word2vec.training.settings import NaiveSoftmax, NegativeSampling, Settings
from word2vec.training.skipgram import BLOCK
from word2vec.training.updates import row_rates
from word2vec.vectors.word_vectors import WordVectors


class Task:
    """A text, the first vectors, and the memory that the workers share.

    Parameters
    ----------
    settings : Settings
    corpus : Corpus, with all words of start_from (`with_words_of`)
    workers : their number
    start_from : vectors to begin with, and how often their words were seen before; optional

    Raises ValueError if the held-out share holds no sentence, MemoryError, before allocating, if memory is short.
    """

    def __init__(
        self, settings: Settings, corpus: Corpus, workers: int, start_from: WordVectors | None = None
    ) -> None:
        import scipy.sparse  # noqa: F401  (loaded once, before there are workers)

        settings = self.settings = settings.for_text(corpus.counts)
        self.text, self.held_out = split(corpus, settings)
        self.words, dtype = len(corpus.words), settings.descent.dtype
        output, V = make_output(settings, self.words), self.words
        check_memory(memory_needed(settings, V, workers), f"training {V:,} words", "lower dim, or raise min_count")
        self.x = shared_zeros((2 * V, settings.dim), dtype)
        self.gradients = shared_zeros((output.entries + output.table, settings.dim), dtype)
        self.losses = shared_zeros((output.groups,), np.float64)
        self.squares = shared_zeros((workers,), np.float64)
        self.stopped_after = shared_zeros((1,), np.int64)  # chunks, of all epochs
        self.prefetch = Prefetch(output, self.text.end(0), workers)
        self.x[:V] = first_vectors(settings, V)
        counts = corpus.counts
        if start_from is not None:
            index = {word: i for i, word in enumerate(corpus.words)}
            rows = np.array([index[word] for word in start_from.words])
            self.x[rows] = start_from.matrix
            if start_from.outside is not None:
                self.x[V + rows] = start_from.outside
            counts = counts.copy()
            counts[rows] += 0 if start_from.counts is None else np.asarray(start_from.counts, np.int64)
        self.rates = row_rates(counts, 0 if isinstance(settings.loss, NaiveSoftmax) else settings.descent.pivot)


def first_vectors(settings: Settings, words: int) -> Array:
    """Draw the first centre vectors (V, D) in ±1/D, as gensim does; outside vectors begin at 0."""
    rng = np.random.default_rng((settings.seed, 0, 0))
    V: Array = rng.random((words, settings.dim), np.dtype(settings.descent.dtype).type)
    V -= 0.5
    V /= settings.dim / 2
    return V


def with_words_of(corpus: Corpus, start: WordVectors | None, dim: int) -> Corpus:
    """Append the words of earlier vectors that the text does not have to its vocabulary, with count 0.

    Raises ValueError if the earlier vectors are of another dimension.
    """
    if start is None:
        return corpus
    if start.matrix.shape[1] != dim:
        raise ValueError(f"dim is {dim}, start_from has {start.matrix.shape[1]}: expected the same; pass it as dim")
    known = set(corpus.words)
    more = [word for word in start.words if word not in known]
    counts = np.append(corpus.counts, np.zeros(len(more), np.int64))
    return replace(corpus, words=corpus.words + more, counts=counts)


def split(corpus: Corpus, settings: Settings) -> tuple[Text, Text | None]:
    """Return the text to train on, and the held-out one (whole sentences at the end) or None."""
    keep = keep_probability(corpus.counts, settings.sample)
    exponent = getattr(settings.loss, "noise_exponent", NegativeSampling.noise_exponent)
    noise = noise_table(noise_distribution(corpus.counts, exponent))
    share, cut = settings.descent.held_out, len(corpus.ids)
    if share:
        cut = int(corpus.ends[np.searchsorted(corpus.ends, (1 - share) * cut)])
    last = int(np.searchsorted(corpus.ends, cut)) + 1  # sentences before the cut
    text = Text(corpus.ids[:cut], corpus.ends[:last], keep, noise)
    rest = Text(corpus.ids[cut:], corpus.ends[last:] - cut, keep, noise)
    if share and not len(rest.ids):
        raise ValueError(f"held_out is {share}: expected a share that holds at least one sentence")
    return text, rest if len(rest.ids) else None


def memory_needed(settings: Settings, words: int, workers: int) -> int:
    """Estimate the bytes that training takes beside the text: tables, a step's gradients, buffers."""
    s, n = settings, settings.step
    number = 8 if s.descent.dtype == "float64" else 4
    tables = 3 * words * s.dim  # the first centre vectors are drawn beside their table
    if isinstance(s.loss, NaiveSoftmax):
        plans = prefetch_memory(SOFTMAX_STEP, CHUNK // SOFTMAX_STEP, workers)
        return number * (tables + 2 * words * s.dim + 8 * SOFTMAX_STEP * words) + plans
    wide = BLOCK + 2 * s.window
    gradients = n + n * wide // BLOCK + n * s.loss.shared // group_size(s)
    buffers = 4 * n * s.dim + 4 * n * (wide + s.loss.shared) + BLOCK * (s.window + 1) ** 2 * wide
    plans = prefetch_memory(gradients, -(-CHUNK // n), workers)
    return int(number * (tables + gradients * s.dim + workers * buffers)) + plans
