"""`train`: from a text to word vectors, fast."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from word2vec._types import Array, Ids, PathLike
from word2vec.runtime.interrupts import interrupts
from word2vec.runtime.memory import check_memory
from word2vec.runtime.progress import Show, progress
from word2vec.runtime.run_folder import RunFolder
from word2vec.runtime.workers import count_workers, run_workers, shared_zeros
from word2vec.text import MIN_COUNT, Corpus, VocabularyOptions, encode
from word2vec.training.batches import Text
from word2vec.training.loop import Shared, State, memory_needed, training_loop
from word2vec.training.sampling import keep_probability, noise_distribution, noise_table
from word2vec.training.settings import (
    DEFAULTS,
    CheckpointOptions,
    DescentOptions,
    NaiveSoftmax,
    NegativeSampling,
    Settings,
    SkipGram,
)
from word2vec.vectors.word_vectors import WordVectors

LINES = 20  # logged where there is no terminal

OnEpoch = Callable[[int, WordVectors], object]


def train(
    source: Any,
    *,
    dim: int = DEFAULTS.dim,
    window: int = DEFAULTS.window,
    negatives: int = DEFAULTS.negatives,
    sample: float = DEFAULTS.sample,
    min_count: int = MIN_COUNT,
    epochs: int = DEFAULTS.epochs,
    learning_rate: float = DEFAULTS.learning_rate,
    workers: int = 1,
    seed: int = DEFAULTS.seed,
    model: str | SkipGram = SkipGram.name,
    loss: str | NegativeSampling | NaiveSoftmax = NegativeSampling.name,
    vocabulary: VocabularyOptions = VocabularyOptions(),  # noqa: B008, it is frozen
    descent: DescentOptions = DEFAULTS.descent,
    start_from: WordVectors | None = None,
    checkpoint: PathLike | CheckpointOptions | None = None,
    on_epoch: OnEpoch | None = None,
    quiet: bool = False,
) -> WordVectors:
    """Train word vectors on a text.

    The same arguments give the same bits, whatever `workers` is, on one machine with the same versions.

    Parameters
    ----------
    source : the path of a text file, lists of words, a Corpus, a StanfordSentiment; see `word2vec.text.encode`
    dim : entries of a vector, D
    window : largest number of words on either side of a centre, C
    negatives : K, for each pair
    sample : threshold above which frequent words are thinned out, 0 for never
    min_count : words that occur less often are left out
    epochs : times that the text is read
    learning_rate : at the beginning; see `DescentOptions.end_rate`
    workers : processes (threads where fork is unsafe); -1 for all cores
    seed : of all that is drawn
    model : "skip-gram", or a `SkipGram` with options
    loss : "negative-sampling" or "naive-softmax", or a `NegativeSampling` with options, or `NaiveSoftmax()`
    vocabulary : VocabularyOptions: largest size, lower case, how lines are split into words
    descent : DescentOptions: rates, steps, measured and held-out loss, precision
    start_from : vectors to continue from (of `train`, `load_model`, or others of `dim` entries); all their words
        stay, and their counts, if there are any, count for `DescentOptions.pivot`
    checkpoint : folder to save the run in, once a minute and at its end, and to resume it from if it is there, or
        CheckpointOptions
    on_epoch : function (epochs done, vectors so far), called after each epoch; if it returns True, training ends
    quiet : show nothing; otherwise a bar if there is a terminal, or else some lines in the log (level INFO)

    Returns
    -------
    WordVectors: centre vectors, with outside vectors, counts, history and settings. After Ctrl-C: as far as
    training came (`history.complete` is False).

    Raises
    ------
    TypeError, ValueError
        If an argument makes no sense, or the text has no vocabulary; the message says what to pass.
    MemoryError
        If the tables do not fit into memory; nothing has been trained then.
    FloatingPointError
        If the vectors diverge.
    OSError, CheckpointError
        If files cannot be read or written, or no checkpoint there can be used.
    """
    settings = Settings(dim, window, negatives, sample, epochs, learning_rate, seed, model, loss, descent)
    workers = count_workers(workers)
    corpus = encode(source, min_count=min_count, **vars(vocabulary))
    if start_from is not None:
        corpus = with_words_of(corpus, start_from, dim)
    settings = settings.for_text(corpus.counts)
    text, held_out = split(corpus, settings)
    V = len(corpus.words)
    check_memory(memory_needed(settings, V, workers), f"training {V:,} words", "lower dim, or raise min_count")
    state = State(first_vectors(settings, V))
    counts = corpus.counts if start_from is None else begin_with(start_from, corpus, state.x)
    saving = checkpoint if isinstance(checkpoint, CheckpointOptions) else CheckpointOptions(checkpoint)
    folder = RunFolder(saving.folder, settings.values(), [corpus.ids, corpus.ends, corpus.words, state.x])

    def vectors() -> WordVectors:
        """Return the vectors as they are now."""
        known: dict[str, Any] = {"counts": corpus.counts, "history": state.history, "settings": settings.values()}
        return WordVectors(corpus.words, state.x[:V], outside=state.x[V:], **known)

    with folder.locked():
        if (found := folder.resume(saving.resume)) is not None:
            state.restore(*found)
        shared = Shared(settings, text, counts, workers, held_out)
        words, done = epochs * len(text.ids), state.epoch * len(text.ids) + text.end(state.chunk - 1)
        with (
            interrupts() as stopped,
            progress(words, done, unit="words", lines=LINES, quiet=quiet) as show,
            run_workers(workers, lambda worker: deque(training_loop(shared, state, worker), 0)) as worker,
        ):
            for _ in training_loop(shared, state, worker):
                _show_report(show, state.history.reports[-1], words)
                ended = state.chunk == 0 and on_epoch and on_epoch(state.epoch, vectors()) is True
                if folder.due():
                    folder.try_save(*state.saved())
                if ended or stopped():
                    break
        state.history.complete = state.epoch == epochs
        folder.save(*state.saved())
    return vectors()


def _show_report(show: Show, now: Any, words: int) -> None:
    """Show a report of the history: words done, learning rate, loss."""
    rate, loss = f"{now.learning_rate:.5f}", f"{now.loss:f}"
    show(now.words, f"{now.words:,} of {words:,} words: rate {rate}, loss {loss}", rate=rate, loss=loss)


def with_words_of(corpus: Corpus, start: WordVectors, dim: int) -> Corpus:
    """Append the words of earlier vectors that the text does not have to its vocabulary, with count 0.

    Raises
    ------
    ValueError
        If the earlier vectors are of another dimension.
    """
    if start.matrix.shape[1] != dim:
        raise ValueError(f"dim is {dim}, start_from has {start.matrix.shape[1]}: expected the same; pass it as dim")
    known = set(corpus.words)
    more = [word for word in start.words if word not in known]
    counts = np.append(corpus.counts, np.zeros(len(more), np.int64))
    return replace(corpus, words=corpus.words + more, counts=counts)


def split(corpus: Corpus, settings: Settings) -> tuple[Text, Text | None]:
    """Return the text to train on, and the held-out one (whole sentences at the end) or None.

    Raises
    ------
    ValueError
        If the share to be held out holds no sentence.
    """
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


def first_vectors(settings: Settings, words: int) -> Array:
    """Draw x (2V, D): centre vectors in ±1/D as gensim does, outside vectors 0; in memory that workers can share."""
    x = shared_zeros((2 * words, settings.dim), settings.descent.dtype)
    V = np.random.default_rng((settings.seed, 0, 0)).random((words, settings.dim), x.dtype.type)
    V -= 0.5
    np.divide(V, settings.dim / 2, out=x[:words])
    return x


def begin_with(start: WordVectors, corpus: Corpus, x: Array) -> Ids:
    """Put earlier vectors into x; return how often each word was seen in all (V,)."""
    index = {word: i for i, word in enumerate(corpus.words)}
    rows = np.array([index[word] for word in start.words])
    x[rows] = start.matrix
    if start.outside is not None:
        x[len(index) + rows] = start.outside
    seen = corpus.counts.copy()
    seen[rows] += 0 if start.counts is None else np.asarray(start.counts, np.int64)
    return seen
