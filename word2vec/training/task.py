"""What a run trains on, and what its workers share: texts, tables, one step's gradients, the prefetched chunks."""

from dataclasses import replace

import numpy as np

from .._types import Ids
from ..runtime.arguments import check_type
from ..runtime.memory import check_memory
from ..runtime.workers import shared_zeros
from ..text import Corpus
from ..vectors.word_vectors import WordVectors
from .batches import Text
from .outputs import make_output, memory_needed
from .prefetch import Prefetch
from .sampling import keep_probability, noise_distribution, noise_table
from .settings import NaiveSoftmax, NegativeSampling, Settings
from .updates import row_rates


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

        if not len(corpus.ids):
            raise ValueError("the corpus holds no word: expected a text")
        V = self.words = len(corpus.words)
        cut = first_held_out(corpus, settings.descent.held_out)
        keep = keep_probability(corpus.counts, settings.sample)
        exponent = getattr(settings.loss, "noise_exponent", NegativeSampling.noise_exponent)
        noise = noise_table(noise_distribution(corpus.counts, exponent))
        last = int(np.searchsorted(corpus.ends, cut)) + 1  # sentences before the cut
        self.text = Text(corpus.ids[:cut], corpus.ends[:last], keep, noise)
        rest = Text(corpus.ids[cut:], corpus.ends[last:] - cut, keep, noise)
        self.held_out = rest if len(rest.ids) else None
        settings = self.settings = settings.for_text(float(corpus.counts @ keep))
        need = memory_needed(settings, V, workers)
        check_memory(need, f"training {V:,} words", "lower dim, or raise min_count")
        output, dtype = make_output(settings, V), settings.descent.dtype
        counts, rows = seen_before(corpus, start_from)
        self.rates = row_rates(counts, 0 if isinstance(settings.loss, NaiveSoftmax) else settings.descent.pivot)
        self.prefetch = Prefetch(output, self.text.end(0), workers)
        self.x = shared_zeros((2 * V, settings.dim), dtype)  # centre vectors in ±1/D, as in gensim; outside vectors 0
        rng = np.random.default_rng((settings.seed, 0, 0))
        centres = rng.random((V, settings.dim), self.x.dtype.type)
        centres -= 0.5
        np.divide(centres, settings.dim / 2, out=self.x[:V])
        if start_from is not None:
            self.x[rows] = start_from.matrix
            if start_from.outside is not None:
                self.x[V + rows] = start_from.outside
        self.gradients = shared_zeros((output.entries + output.table, settings.dim), dtype)
        self.losses = shared_zeros((output.groups,), np.float64)
        self.squares = shared_zeros((workers,), np.float64)
        self.stopped_after = shared_zeros((1,), np.int64)  # chunks, of all epochs


def seen_before(corpus: Corpus, start: WordVectors | None) -> tuple[Ids, Ids]:
    """Return how often each word was seen in all (V,), earlier training included, and the ids of its words."""
    if start is None:
        return corpus.counts, np.empty(0, np.intp)
    index = {word: i for i, word in enumerate(corpus.words)}
    rows = np.array([index[word] for word in start.words])
    counts = corpus.counts.copy()
    counts[rows] += 0 if start.counts is None else np.asarray(start.counts, np.int64)
    return counts, rows


def with_words_of(corpus: Corpus, start: WordVectors | None, dim: int) -> Corpus:
    """Append the words of earlier vectors of dimension `dim` to the text's vocabulary, with count 0."""
    if start is None:
        return corpus
    check_type("start_from", start, WordVectors)
    if (D := start.matrix.shape[1]) != dim:
        raise ValueError(f"dim is {dim}, start_from has {D}: expected the same; pass it as dim={D}")
    known = set(corpus.words)
    more = [word for word in start.words if word not in known]
    counts = np.append(corpus.counts, np.zeros(len(more), np.int64))
    return replace(corpus, words=corpus.words + more, counts=counts)


def first_held_out(corpus: Corpus, share: float) -> int:
    """Return where the held-out text begins, the end of a sentence; ValueError if the share holds no sentence."""
    if not share:
        return len(corpus.ids)
    cut = int(corpus.ends[np.searchsorted(corpus.ends, (1 - share) * len(corpus.ids))])
    if cut == len(corpus.ids):
        raise ValueError(f"held_out is {share}: expected a share that holds at least one sentence")
    return cut
