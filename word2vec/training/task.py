"""What a run trains on, and what its workers share: texts, tables, one step's gradients, the prefetched chunks."""

import warnings
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .._types import Array, Ids
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
from .settings import DOCUMENTS, HierarchicalSoftmax, NegativeSampling, Settings
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
    subsampling keeps in an epoch, on average; inputs: rows of x above the outside vectors, words and then documents.

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
        self.counts, rows = seen_before(corpus, start_from)
        keep = keep_probability(self.counts, settings.sample)
        exponent = getattr(settings.loss, "noise_exponent", NegativeSampling.noise_exponent)
        noise = noise_table(noise_distribution(self.counts, exponent))
        whole, share = Text(corpus.ids, corpus.ends, keep, noise, corpus.weights), settings.descent.held_out
        documents = len(corpus.ends) if isinstance(settings.model, DOCUMENTS) else 0
        self.text, rest = (split_documents if documents else split_sentences)(whole, share)
        self.held_out = rest if len(rest.ids) else None
        for ids in corpus.pieces(rest.ids):
            check_ids(ids, V)  # those of the rest are checked when they are read
        stay = float(corpus.counts @ keep)
        self.centres = stay * len(self.text.ids) / len(corpus.ids)
        whole_sentences = settings.model.windows == "sentence"
        chosen, size = settings, (stay, longest_sentence(corpus) if whole_sentences else 0)
        settings = self.settings = chosen.for_text(*size)
        need = memory_needed(settings, V, workers, documents)
        check_memory(need, f"training {V:,} words", partial(what_fits, chosen, size, V, workers, documents))
        self.tree = huffman_tree(self.counts) if isinstance(settings.loss, HierarchicalSoftmax) else None
        objective, dtype = make_objective(settings, V, documents, self.tree), settings.descent.dtype
        self.documents, self.inputs = documents, objective.inputs
        self.rates = self._rates(objective.input_rate)
        self.prefetch = Prefetch(objective, self.text.end(0), workers, weighted=corpus.weights is not None)
        self.composition = settings.ngrams and Composition(
            corpus.words, settings.ngrams, settings.dim, dtype, objective.entries
        )
        self.x = shared_zeros((self.inputs + V, settings.dim), dtype)  # see _begin; outside vectors begin with 0
        self._begin(start_from, rows)
        self.gradients = shared_zeros((objective.entries + objective.table, settings.dim), dtype)
        self.losses = shared_zeros((objective.groups,), np.float64)
        self.squares = shared_zeros((workers,), np.float64)
        self.stopped_after = shared_zeros((1,), np.int64)  # chunks, of all epochs

    def _rates(self, input_rate: float) -> Array:
        """Return each row's multiple of the learning rate: those of words, of documents, of the output."""
        sampled = isinstance(self.settings.loss, NegativeSampling)
        rates = row_rates(self.counts, self.settings.descent.pivot if sampled else 0)
        rates *= 1 if self.tree is None else TIMES
        found = np.insert(rates, self.words, np.ones(self.documents)) if self.documents else rates
        found[: self.inputs] *= input_rate
        return found

    def _begin(self, start_from: WordVectors | None, rows: Ids) -> None:
        """Set the vectors from which training starts: drawn ones, in some rows those of earlier vectors."""
        V, x, words, inputs = self.words, self.x, self.corpus.words, self.inputs
        for number, part in enumerate((x[:V], x[V:inputs])):  # centre vectors and documents in ±1/D, as in gensim
            drawn = np.random.default_rng((self.settings.seed, 0, number)).random(part.shape, x.dtype.type)
            drawn -= 0.5
            np.divide(drawn, self.settings.dim / 2, out=part)
        composition = self.composition
        if composition is not None:
            composition.begin(self.settings.seed, self.settings.dim)
        if start_from is None:
            return
        with np.errstate(over="ignore"):
            x[rows] = start_from.matrix
            if start_from.outside is not None and fits_tree(start_from, rows, self.tree):
                x[inputs + rows] = start_from.outside
        if composition is not None:
            composition.go_on(rows, start_from.matrix, start_from.subwords)
        else:
            new = np.delete(np.arange(V), rows)
            x[new] = context_means(self.text, new, x[:V], self.settings.window)
        if not (finite := np.isfinite(x.sum(axis=1, dtype=np.float64))).all():
            row = int(finite.argmin())
            word = words[row if row < V else row - inputs]
            what = f"start_from: the vector of {word!r} holds NaN, infinity or a number"
            raise ValueError(f"{what} too large for {x.dtype}: expected finite numbers; leave the word out")


def longest_sentence(corpus: Corpus) -> int:
    """Return the number of words of the longest sentence."""
    longest = last = 0
    for ends in corpus.pieces(corpus.ends):
        longest, last = max(longest, int(np.diff(ends, prepend=last).max())), int(ends[-1])
    return longest


def what_fits(
    settings: Settings, size: tuple[float, int], words: int, workers: int, documents: int, available: int
) -> str:
    """Return the advice how to train with less memory, with the largest values that fit into `available` bytes.

    settings, size : before `Settings.for_text`, and its arguments
    """

    def fits(dim: int = settings.dim, words: int = words, workers: int = workers, **more: Any) -> bool:
        less = replace(settings, dim=dim, descent=replace(settings.descent, **more)).for_text(*size)
        return memory_needed(less, words, workers, documents) <= available

    def largest(most: int, fitting: Callable[[int], bool]) -> int:
        """Return the largest of 0 … most that fits, in two digits."""
        found = bisect_left(range(1, most + 1), 1, key=lambda n: 0 if fitting(n) else 1)
        return int(found - found % 10 ** max(0, len(str(found)) - 2))

    dim = largest(settings.dim, lambda n: fits(dim=n))
    most = largest(words, lambda n: fits(words=n))
    found = [f"dim={dim} (not {settings.dim})"] * bool(dim) + [f"max_size={most:,}"] * bool(most)
    if workers > 1 and fits(workers=1):
        found.append("workers=1")
    if settings.descent.dtype == "float64" and fits(dtype="float32"):
        found.append("dtype='float32'")
    advice = "lower dim or window, or raise min_count"
    return f"{advice}; {', or '.join(found) or 'no dim and no max_size alone'} would fit"


def check_text(task: Task, corpus: Corpus, rarer: str) -> None:
    """Raise ValueError if a text holds no pair of words to learn from; warn if training would hardly see any.

    `rarer` names what left out the words that are not in the vocabulary.
    """
    (ids, ends, *_), rest, sample = task.text, task.held_out, task.settings.sample
    pairs = not task.documents  # documents have pairs with the only words of sentences, too
    n, out = len(ids), corpus.raw_words - len(corpus.ids)
    left = f" ({rarer} left out {out:,} of {corpus.raw_words:,} words)"
    if pairs and len(ends) == n:  # no sentence is empty
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
    if pairs and rest is not None and len(rest.ends) == len(rest.ids):
        facts = f"{len(rest.ids):,} words in as many sentences"
        warnings.warn(
            f"the held-out part holds no pair of words ({facts}): its loss is not measured (NaN); "
            "raise held_out, or shuffle the sentences",
            stacklevel=4,
        )


def _looser(rarer: str) -> str:
    """Return the advice to let more words in, by the options that leave some out."""
    advice = {
        "min_count": "lower min_count",
        "max_size": "raise max_size",
        "max_types": "raise max_types",
        "keep": "change keep",
    }
    return " or ".join(text for name, text in advice.items() if name in rarer)


def split_sentences(text: Text, share: float) -> tuple[Text, Text]:
    """Cut the last sentences off, about that share of the words; ValueError if the share holds no sentence."""
    ids, ends, weights = text.ids, text.ends, text.weights
    last = int(np.searchsorted(ends, (1 - share) * len(ids))) + 1 if share else len(ends)  # sentences before the cut
    cut = int(ends[last - 1])
    if share and cut == len(ids):
        raise ValueError(f"held_out is {share}: expected a share that holds at least one sentence")
    before, behind = (None, None) if weights is None else (weights[:last], weights[last:])
    first = text._replace(ids=ids[:cut], ends=ends[:last], weights=before)
    return first, text._replace(ids=ids[cut:], ends=ends[last:], weights=behind, start=cut)


def split_documents(text: Text, share: float) -> tuple[Text, Text]:
    """Cut off the last words of each document, about that share: what was read of it shall predict the rest.

    A document keeps its number in both texts, and at least one word in the first. Raises ValueError if nothing is
    cut off.
    """
    if not share:
        return text, text._replace(ids=text.ids[:0], ends=text.ends[:0])
    lengths = np.diff(text.ends, prepend=0)
    cut = np.minimum(np.diff(np.floor(share * text.ends), prepend=0).astype(np.int64), lengths - 1)
    if not cut.any():
        raise ValueError(f"held_out is {share}: expected a share that holds at least one word of a document")
    rest = text.ends.repeat(lengths) - np.arange(len(text.ids)) <= cut.repeat(lengths)
    first = text._replace(ids=text.ids[~rest], ends=(lengths - cut).cumsum())
    return first, text._replace(ids=text.ids[rest], ends=cut.cumsum())
