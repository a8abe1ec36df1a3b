"""What a run trains on, and what its workers share: texts, tables, one step's gradients, the prefetched chunks."""

import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import warn
from ..runtime.memory import available_memory, check_memory
from ..runtime.workers import shared_zeros
from ..text import Corpus, VocabularyOptions, encode
from ..text.corpus import FIX, CorpusError
from ..text.huffman import huffman_tree
from ..text.ngrams import ngram_rows
from ..vectors.word_vectors import WordVectors
from .batches import Text, check_ids
from .composition import Composition
from .growing import carried_rows, context_means, first_outside, returns_outside, seen_before, with_words_of
from .hierarchical_softmax import TIMES
from .objective import make_objective, memory_needed
from .prefetch import Prefetch
from .sampling import draw_first, keep_probability, noise_distribution, noise_table
from .settings import DOCUMENTS, LONGEST_SENTENCE, HierarchicalSoftmax, NegativeSampling, Settings
from .updates import row_rates

FEW_WORDS = 10_000  # in an epoch: a text as short as this should not be thinned out
SHORT_RUN = 50e6  # work of a third of a second, which does not make up for the start of a worker
WORK = 38_000  # of a step for each worker: with less, workers wait for each other longer than they save
NO_WORDS: Ids = np.empty(0, np.intp)
HEAVY = 10.0  # weights of this mean, or its inverse, make training learn far less: they act as the learning rate does


class Tables:
    """What is trained, and what the workers of a step share.

    Parameters
    ----------
    settings : Settings
    words : V words
    counts : how often each was seen in all, before and in this text
    documents : their number, 0 if they have no vectors
    workers : their number, at most
    size : of the text, to which the step is suited, see `Settings.for_text`
    shards : in how many parts the text is trained side by side, see `updates.row_rates`
    start : vectors that training will go on with, whose n-grams take memory, too
    frozen : words whose outside vectors stay as they are

    words: V; inputs: rows of x above the outside vectors, words and then documents; keep (V,), noise: see `Text`.
    workers: no more than gain by it, see `useful`.
    input_rate, output_rate: times that these rows take the learning rate; rates: each row's, by its count, too.

    Raises MemoryError, before allocating, if memory is short.
    """

    def __init__(
        self,
        settings: Settings,
        words: Sequence[str],
        counts: Ids,
        documents: int,
        workers: int,
        size: tuple[float, int] = (0.0, 0),
        *,
        shards: int = 1,
        start: WordVectors | None = None,
        frozen: Ids = NO_WORDS,
    ) -> None:
        import scipy.sparse  # noqa: F401  (loaded once, before there are workers)

        V = self.words = len(words)
        workers = self.workers = useful(workers, settings.for_text(*size), size[0])
        check_tables(settings, size, words, workers, documents, start)
        settings, self.longest = settings.for_text(*size), size[1]
        self.settings, self.counts, self.documents = settings, counts, documents
        self.keep = keep_probability(counts, settings.sample)
        exponent = getattr(settings.loss, "noise_exponent", NegativeSampling.noise_exponent)
        self.noise = noise_table(noise_distribution(counts, exponent))
        self.tree = huffman_tree(counts) if isinstance(settings.loss, HierarchicalSoftmax) else None
        objective, dtype = make_objective(settings, V, documents, self.tree), settings.descent.dtype
        self.objective, self.inputs = objective, objective.inputs
        self.output_rate = 1.0 if self.tree is None else TIMES
        self.input_rate = self.output_rate * objective.input_rate
        self.rates = self._rates(shards)
        self.rates[self.inputs + frozen] = 0
        self.composition = settings.ngrams and Composition(
            words, settings.ngrams, settings.dim, dtype, objective.entries
        )
        self.x = shared_zeros((self.inputs + V, settings.dim), dtype)  # outside vectors begin with 0
        self.gradients = shared_zeros((objective.entries + objective.table, settings.dim), dtype)
        self.losses = shared_zeros((objective.groups,), np.float64)
        self.squares = shared_zeros((workers,), np.float64)
        draw_first(self.x[:V], (settings.seed, 0, 0))
        draw_first(self.x[V : self.inputs], (settings.seed, 0, 1), 1 / settings.dim)  # documents as in gensim
        if self.composition is not None:
            self.composition.begin(settings.seed)

    def _rates(self, shards: int) -> Array:
        """Return each row's multiple of the learning rate: those of words, of documents, of the output."""
        sampled = isinstance(self.settings.loss, NegativeSampling)
        rates = row_rates(self.counts, self.settings.descent.pivot if sampled else 0, shards)
        found = np.insert(rates, self.words, np.ones(self.documents)) if self.documents else rates
        found[: self.inputs] *= self.input_rate
        found[self.inputs :] *= self.output_rate
        return found

    def trained(self) -> dict[str, Array]:
        """Return what training changes: the rows of x, and what words are composed of."""
        return {"x": self.x} | ({} if self.composition is None else {"z": self.composition.z})

    def begin_from(self, start: WordVectors, rows: Ids, words: Sequence[str], around: Callable[[Ids], Array]) -> None:
        """Begin with earlier vectors, in `rows`; `around` returns the first vectors of new words without n-grams."""
        V, x, inputs, composition = self.words, self.x, self.inputs, self.composition
        outside = first_outside(start, rows, self.tree, self.settings.model)
        by_outside = outside is not None and returns_outside(self.settings.model, self.tree)
        if self.settings.descent.freeze_outside and (outside is None or by_outside):
            what = "freeze_outside is True, but there are no outside vectors beside those that are trained"
            raise ValueError(f"{what}: expected start_from with outside vectors, and a model that has the same")
        with np.errstate(over="ignore", invalid="ignore"):  # found below
            x[rows] = outside if by_outside else start.matrix
            if outside is not None:
                x[inputs + rows] = outside
        if composition is not None:
            composition.begin_from(rows, start.matrix, start.subwords)
        else:
            new = np.delete(np.arange(V), rows)
            x[new] = around(new)
            if by_outside:
                x[inputs + new] = x[new]
        if not (finite := np.isfinite(x.sum(axis=1, dtype=np.float64))).all():
            row = int(finite.argmin())
            word = words[row if row < V else row - inputs]
            what = f"start_from: the vector of {word!r} holds NaN, infinity or a number"
            raise ValueError(f"{what} too large for {x.dtype}: expected finite numbers; leave the word out")


class Task(Tables):
    """A text, the first vectors, and the memory that the workers share.

    Parameters
    ----------
    settings : Settings
    corpus : Corpus, with all words of start_from (`with_words_of`)
    workers : their number, at most
    start_from : vectors to begin with, and how often their words were seen before; optional

    centres: words of the text that subsampling keeps in an epoch, on average; sizes, rest_sizes: how many words and
    sentences are trained on, and held out.

    Raises CorpusError if the corpus was changed on the disk or makes no sense, ValueError if the held-out share holds
    no sentence, MemoryError, before allocating, if memory is short.
    """

    def __init__(
        self, settings: Settings, corpus: Corpus, workers: int, start_from: WordVectors | None = None
    ) -> None:
        if not len(corpus.ids):
            raise ValueError("the corpus holds no word: expected a text")
        V, self.corpus = len(corpus.words), corpus
        corpus.check()
        if len({*corpus.words}) < V or "" in corpus.words:
            raise CorpusError(f"its {V:,} words are not all different, or one is empty: {FIX}")
        counts, rows = seen_before(corpus, start_from)
        stay = float(corpus.counts @ keep_probability(counts, settings.sample))
        size = stay, longest_sentence(corpus)
        documents = len(corpus.ends) if isinstance(settings.model, DOCUMENTS) else 0
        frozen = rows if settings.descent.freeze_outside else NO_WORDS
        super().__init__(settings, corpus.words, counts, documents, workers, size, start=start_from, frozen=frozen)
        whole, share = Text(corpus.ids, corpus.ends, self.keep, self.noise, corpus.weights), settings.descent.held_out
        self.text, rest = (split_documents if documents else split_sentences)(whole, share)
        self.held_out = rest if len(rest.ids) else None
        self.sizes, self.rest_sizes = (len(self.text.ids), len(self.text.ends)), (len(rest.ids), len(rest.ends))
        for ids in corpus.pieces(rest.ids):
            check_ids(ids, V)  # those of the rest are checked when they are read
        self.centres = stay * len(self.text.ids) / len(corpus.ids)
        self.prefetch = Prefetch(self.objective, self.text.end(0), self.workers, weighted=corpus.weights is not None)
        if start_from is not None:
            around = partial(context_means, self.text, V=self.x[:V], window=self.settings.window)
            self.begin_from(start_from, rows, corpus.words, around)
        self.stopped_after = shared_zeros((1,), np.int64)  # chunks, of all epochs

    def identity(self) -> dict[str, Any]:
        """Return the settings by which a run is known."""
        return self.settings.values()

    def figures(self, _: Any) -> dict[str, str]:
        """Return what a run shows beside rate and loss: nothing."""
        return {}

    def weighs_pair(self) -> bool:
        """Return `weighs_pair` of the held-out part."""
        return self.held_out is None or weighs_pair(self.held_out)

    def read(self, state: Any) -> int:
        """Return how many words were read so far."""
        return int(state.epoch * len(self.text.ids) + self.text.end(state.chunk - 1))


def prepared(
    settings: Settings,
    source: Any,
    min_count: int | None,
    options: VocabularyOptions,
    workers: int,
    start_from: WordVectors | None,
) -> tuple[Task, list[Any]]:
    """Read a text; return the task that it is, and what else determines its result (`RunFolder`)."""
    corpus = source if isinstance(source, Corpus) else encode(source, min_count=min_count, **vars(options))
    corpus = with_words_of(corpus, start_from)
    task = Task(settings, corpus, workers, start_from)
    text = [corpus.pieces(array) for array in (corpus.ids, corpus.ends)]
    weights = [] if corpus.weights is None else [corpus.weights]
    return task, [*text, corpus.words, *task.trained().values(), task.rates, *weights, *seen(task, start_from)]


def seen(task: Tables, start_from: WordVectors | None) -> list[Ids]:
    """Return how often words were seen, where the text does not tell: words stay, and negatives are drawn, by it."""
    return [] if start_from is None else [task.counts]


def longest_sentence(corpus: Corpus) -> int:
    """Return the number of words of the longest sentence."""
    return max((int(lengths.max()) for lengths in corpus.lengths()), default=0)


def useful(workers: int, settings: Settings, centres: float) -> int:
    """Return how many of so many workers shorten a run: few in small steps, one if it ends before others begin."""
    width = settings.dim + 50  # weights of pairs take as long as some 50 dimensions
    is_fast = isinstance(settings.loss, NegativeSampling) and settings.ngrams is None
    if is_fast and settings.epochs * centres * width < SHORT_RUN:
        return 1
    return min(workers, max(1, settings.step * width // WORK))


def check_tables(
    settings: Settings,
    size: tuple[float, int],
    words: Sequence[str],
    workers: int,
    documents: int,
    start: WordVectors | None = None,
) -> None:
    """Raise MemoryError, which says what would fit, if memory is short; see `what_fits` for settings and size.

    The rows of n-grams, as many as these use buckets, are counted only if there is no room for all buckets, and so
    are those of the start that none of the words has, which are returned with the others.
    """
    V, what, rows, n, more = len(words), f"training {len(words):,} words", None, settings.ngrams, 0
    need = partial(memory_needed, settings.for_text(*size), V, workers, documents)
    available, row = available_memory(), settings.dim * np.dtype(settings.descent.dtype).itemsize
    most = 0 if start is None or start.subwords is None else len(start.subwords.bucket_ids) * row
    if n is not None and available is not None and need(n.buckets) + most > available:
        rows = ngram_rows(words, n.minn, n.maxn, n.buckets)
        carried = carried_rows(words, start)
        what += f" with {rows[V]:,} rows of n-grams" + (f" and {carried:,} more of start_from" if carried else "")
        more = carried * row
    fix = partial(what_fits, settings, size, V, workers, documents, rows=rows, start=start)
    check_memory(need(0 if rows is None else int(rows[V])) + more, what, lambda free: fix(free - more))


def what_fits(
    settings: Settings,
    size: tuple[float, int],
    words: int,
    workers: int,
    documents: int,
    available: int,
    *,
    rows: Array | None = None,
    start: WordVectors | None = None,
) -> str:
    """Return the advice how to train with less memory, with the largest values that fit into `available` bytes.

    settings, size : before `Settings.for_text`, and its arguments
    rows : (V + 1,), how many rows the n-grams of the first n words have, if there are some
    start : vectors to begin with, which keep their dimension, their buckets and all their words
    """

    def fits(
        dim: int = settings.dim, words: int = words, workers: int = workers, loss: Any = settings.loss, **more: Any
    ) -> bool:
        less = replace(settings, dim=dim, loss=loss, descent=replace(settings.descent, **more)).for_text(*size)
        return memory_needed(less, words, workers, documents, 0 if rows is None else int(rows[words])) <= available

    def largest(most: int, fitting: Callable[[int], bool]) -> int:
        """Return the largest of 0 … most that fits, in two digits."""
        found = bisect_left(range(1, min(most + 1, sys.maxsize)), 1, key=lambda n: 0 if fitting(n) else 1)
        return int(found - found % 10 ** max(0, len(str(found)) - 2))

    dim = 0 if start is not None else largest(settings.dim, lambda n: fits(dim=n))
    most = largest(words, lambda n: fits(words=n))
    most *= start is None or most >= len(start.words)
    found = [f"dim={dim} (not {settings.dim})"] * bool(dim) + [f"max_size={most:,}"] * bool(most)
    if workers > 1 and fits(workers=1):
        found.append("workers=1")
    if settings.descent.dtype == "float64" and fits(dtype="float32"):
        found.append("dtype='float32'")
    shared = getattr(settings.loss, "shared", 0) > NegativeSampling.shared
    if shared and fits(loss=replace(settings.loss, shared=NegativeSampling.shared)):
        found.append(f"shared={NegativeSampling.shared}")
    buckets = rows is not None and (start is None or start.subwords is None)
    lower = ["shared"] * shared + ["dim"] * (start is None) + ["buckets"] * buckets + ["window"]
    advice = f"lower {', '.join(lower[:-1])}{' or ' * (len(lower) > 1)}window, or raise min_count"
    none = f"{'no dim and ' * (start is None)}no max_size alone"
    return f"{advice}; {', or '.join(found) or none} would fit"


def check_weights(source: Any) -> None:
    """Warn if a corpus has weights of sentences that are far from 1 on average over its words."""
    if not isinstance(source, Corpus) or source.weights is None:
        return
    source.check()
    mean = float(source.weights @ np.diff(source.ends, prepend=0)) / max(1, len(source.ids))
    if mean and not 1 / HEAVY <= mean <= HEAVY:
        what = f"the weights of sentences are {mean:.3g} on average over the words"
        effect = f"so that training learns little, as with a learning_rate {mean:.3g} times as high"
        warn(f"{what}, {effect}: divide them by {mean:.3g}")


def check_text(task: Any, corpus: Corpus, rarer: str) -> None:
    """Raise ValueError if a text holds no pair of words to learn from; warn if training would hardly see any.

    task : Task, or what stands for it; `rarer` names what left out the words that are not in the vocabulary.
    """
    (n, sentences), (rest, rest_sentences), sample = task.sizes, task.rest_sizes, task.settings.sample
    pairs = not task.documents  # documents have pairs with the only words of sentences, too
    out = corpus.raw_words - n - rest
    left = f" ({rarer} left out {out:,} of {corpus.raw_words:,} words)" if out else ""
    if pairs and sentences == n:  # no sentence is empty
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
        stay = f"about {task.centres:,.0f} of {n:,} words ({task.centres / n:.0%})"
        warn(f"sample={sample:g} leaves {stay} in an epoch: pass sample=0 for a text as short as this")
    C, longest, windows = task.settings.window, task.longest, getattr(task.settings.model, "words", True)
    if windows and max(LONGEST_SENTENCE, 2 * longest) < C:
        what = f"window is {C:,}, the longest sentence has {longest:,} words: training takes long; pass a smaller one"
        alike = ", or a model with windows='sentence', by which all words of a sentence count alike"
        warn(what + alike * (longest <= LONGEST_SENTENCE))
    if pairs and rest and (rest_sentences == rest or not task.weighs_pair()):
        those = "as many sentences" if rest_sentences == rest else f"{rest_sentences:,} sentences, by their weights"
        warn(
            f"the held-out part holds no pair of words ({rest:,} words in {those}): its loss is not measured (NaN); "
            "raise `held_out`, or shuffle the sentences"
        )


def weighs_pair(text: Any) -> bool:
    """Return whether a sentence of two words or more has a weight above 0, or there are no weights."""
    if text.weights is None:
        return True
    return bool((text.weights > 0)[np.diff(text.ends, prepend=getattr(text, "start", 0)) > 1].any())


def _looser(rarer: str) -> str:
    """Return the advice to let more words in, by the options that leave some out."""
    advice = {
        "min_count": "lower min_count",
        "max_size": "raise `max_size`",
        "max_types": "raise `max_types`",
        "keep": "change keep",
    }
    return " or ".join(text for name, text in advice.items() if name in rarer)


def split_sentences(text: Text, share: float) -> tuple[Text, Text]:
    """Cut the last sentences off, about that share of the words; ValueError if the share holds no sentence."""
    ids, ends, weights = text.ids, text.ends, text.weights
    last = int(np.searchsorted(ends, (1 - share) * len(ids))) + 1 if share else len(ends)  # sentences before the cut
    cut = int(ends[last - 1])
    if share and cut == len(ids):
        raise ValueError(f"held_out is {share}: expected a share that holds at least one of {len(ends):,} sentences")
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
