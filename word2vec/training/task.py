"""What a run trains on, and what its workers share: texts, tables, one step's gradients, the prefetched chunks."""

import warnings

import numpy as np

from .._types import Ids
from ..runtime.memory import check_memory
from ..runtime.workers import shared_zeros
from ..text import Corpus
from ..text.corpus import FIX, CorpusError
from ..text.huffman import huffman_tree
from ..vectors.word_vectors import WordVectors
from .batches import Text, check_ids
from .composition import Composition
from .growing import context_means, fits_tree, seen_before
from .hierarchical_softmax import TIMES
from .objective import make_objective, memory_needed
from .prefetch import Prefetch
from .sampling import keep_probability, noise_distribution, noise_table
from .settings import HierarchicalSoftmax, NegativeSampling, Settings
from .updates import row_rates

FEW_WORDS = 10_000  # in an epoch: a text as short as this should not be thinned out


class Task:
    """A text, the first vectors, and the memory that the workers share.

    Parameters
    ----------
    settings : Settings
    corpus : Corpus, with all words of start_from (`with_words_of`)
    workers : their number
    start_from : vectors to begin with, and how often their words were seen before; optional

    counts (V,): how often each word was seen in all, before and in this text; centres: words of the text that
    subsampling keeps in an epoch, on average.

    Raises CorpusError if the corpus was changed on the disk or makes no sense, ValueError if the held-out share holds
    no sentence, MemoryError, before allocating, if memory is short.
    """

    def __init__(
        self, settings: Settings, corpus: Corpus, workers: int, start_from: WordVectors | None = None
    ) -> None:
        import scipy.sparse  # noqa: F401  (loaded once, before there are workers)

        if not len(corpus.ids):
            raise ValueError("the corpus holds no word: expected a text")
        V, self.corpus = len(corpus.words), corpus
        self.words = V
        corpus.check()
        if len({*corpus.words}) < V or "" in corpus.words:
            raise CorpusError(f"its {V:,} words are not all different, or one is empty: {FIX}")
        cut = first_held_out(corpus, settings.descent.held_out)
        self.counts, rows = seen_before(corpus, start_from)
        keep = keep_probability(self.counts, settings.sample)
        exponent = getattr(settings.loss, "noise_exponent", NegativeSampling.noise_exponent)
        noise = noise_table(noise_distribution(self.counts, exponent))
        last = int(np.searchsorted(corpus.ends, cut)) + 1  # sentences before the cut
        self.text = Text(corpus.ids[:cut], corpus.ends[:last], keep, noise)
        rest = Text(corpus.ids[cut:], corpus.ends[last:] - cut, keep, noise)
        self.held_out = rest if len(rest.ids) else None
        for ids in corpus.pieces(rest.ids):
            check_ids(ids, V)  # those of the rest are checked when they are read
        stay = float(corpus.counts @ keep)
        self.centres = stay * cut / len(corpus.ids)
        settings = self.settings = settings.for_text(stay)
        need = memory_needed(settings, V, workers)
        check_memory(need, f"training {V:,} words", "lower dim or window, or raise min_count")
        self.tree = huffman_tree(self.counts) if isinstance(settings.loss, HierarchicalSoftmax) else None
        objective, dtype = make_objective(settings, V, self.tree), settings.descent.dtype
        sampled = isinstance(settings.loss, NegativeSampling)
        self.rates = row_rates(self.counts, settings.descent.pivot if sampled else 0)
        self.rates *= 1 if self.tree is None else TIMES
        self.rates[: objective.inputs] *= objective.input_rate
        self.prefetch = Prefetch(objective, self.text.end(0), workers)
        self.composition = settings.ngrams and Composition(
            corpus.words, settings.ngrams, settings.dim, dtype, objective.entries
        )
        self.x = shared_zeros((2 * V, settings.dim), dtype)  # centre vectors in ±1/D, as in gensim; outside vectors 0
        self._begin(start_from, rows)
        self.gradients = shared_zeros((objective.entries + objective.table, settings.dim), dtype)
        self.losses = shared_zeros((objective.groups,), np.float64)
        self.squares = shared_zeros((workers,), np.float64)
        self.stopped_after = shared_zeros((1,), np.int64)  # chunks, of all epochs

    def _begin(self, start_from: WordVectors | None, rows: Ids) -> None:
        """Set the vectors from which training starts: drawn ones, in some rows those of earlier vectors."""
        V, x, words = self.words, self.x, self.corpus.words
        centres = np.random.default_rng((self.settings.seed, 0, 0)).random((V, self.settings.dim), x.dtype.type)
        centres -= 0.5
        np.divide(centres, self.settings.dim / 2, out=x[:V])
        composition = self.composition
        if composition is not None:
            composition.begin(self.settings.seed, self.settings.dim)
        if start_from is None:
            return
        with np.errstate(over="ignore"):
            x[rows] = start_from.matrix
            if start_from.outside is not None and fits_tree(start_from, rows, self.tree):
                x[V + rows] = start_from.outside
        if composition is not None:
            composition.go_on(rows, start_from.matrix, start_from.subwords)
        else:
            new = np.delete(np.arange(V), rows)
            x[new] = context_means(self.text, new, x[:V], self.settings.window)
        if not (finite := np.isfinite(x.sum(axis=1, dtype=np.float64))).all():
            what = f"start_from: the vector of {words[int(finite.argmin()) % V]!r} holds NaN, infinity or a number"
            raise ValueError(f"{what} too large for {x.dtype}: expected finite numbers; leave the word out")


def check_text(task: Task, corpus: Corpus, rarer: str) -> None:
    """Raise ValueError if a text holds no pair of words to learn from; warn if training would hardly see any.

    `rarer` names what left out the words that are not in the vocabulary.
    """
    (ids, ends, *_), rest, sample = task.text, task.held_out, task.settings.sample
    n, out = len(ids), corpus.raw_words - len(corpus.ids)
    left = f" ({rarer} left out {out:,} of {corpus.raw_words:,} words)"
    if len(ends) == n:  # no sentence is empty
        fix = f"{_looser(rarer)}, or pass more text" if out else "pass each sentence as a list (or line) of its words"
        facts = f"{n:,} words in {n:,} sentences, one in each{left}"
        raise ValueError(f"no pair of words to learn from: {facts}, expected sentences of at least two; {fix}")
    sampled = isinstance(task.settings.loss, NegativeSampling)
    compared = np.count_nonzero(task.counts) if sampled else task.words
    if compared == 1:
        raise ValueError(
            f"all {n:,} words are {corpus.words[0]!r}{left}: expected at least two different ones, since a word is "
            f"learned by comparing it with others; {_looser(rarer) + ', or ' if out else ''}pass more text"
        )
    if task.centres < min(FEW_WORDS, n / 2):
        share = f"about {task.centres:,.0f} of {n:,} words ({task.centres / n:.0%})"
        warnings.warn(
            f"sample={sample:g} leaves {share} in an epoch: pass sample=0 for a text as short as this", stacklevel=4
        )
    if rest is not None and len(rest.ends) == len(rest.ids):
        facts = f"{len(rest.ids):,} words in as many sentences"
        warnings.warn(
            f"the held-out part holds no pair of words ({facts}): its loss is not measured (NaN); "
            "raise held_out, or shuffle the sentences",
            stacklevel=4,
        )


def _looser(rarer: str) -> str:
    """Return the advice to let more words in, by the options that leave some out."""
    advice = {"min_count": "lower min_count", "max_size": "raise max_size", "keep": "change keep"}
    return " or ".join(text for name, text in advice.items() if name in rarer)


def first_held_out(corpus: Corpus, share: float) -> int:
    """Return where the held-out text begins, the end of a sentence; ValueError if the share holds no sentence."""
    if not share:
        return len(corpus.ids)
    cut = int(corpus.ends[np.searchsorted(corpus.ends, (1 - share) * len(corpus.ids))])
    if cut == len(corpus.ids):
        raise ValueError(f"held_out is {share}: expected a share that holds at least one sentence")
    return cut
