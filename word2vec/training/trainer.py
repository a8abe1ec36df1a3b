"""`train`: from a text to word vectors, fast."""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np

from .._types import PathLike
from ..runtime.arguments import check_type
from ..runtime.interrupts import interrupts
from ..runtime.progress import progress
from ..runtime.run_folder import RunFolder
from ..runtime.workers import count_workers, run_workers
from ..text import MIN_COUNT, VocabularyOptions, encode
from ..vectors.word_vectors import WordVectors
from .loop import State, training_loop
from .settings import DEFAULTS, CheckpointOptions, DescentOptions, NaiveSoftmax, NegativeSampling, Settings, SkipGram
from .task import Task, with_words_of

logger = logging.getLogger(__name__)

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
    workers : processes (threads outside of Linux); -1 for all cores
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
    training came, as after a stop by on_epoch (`history.complete` is False).

    Raises
    ------
    TypeError, ValueError
        If an argument makes no sense, or the text has no vocabulary; the message says what to pass.
    MemoryError, FloatingPointError
        If the tables do not fit into memory, before anything is trained; if the vectors diverge.
    OSError, CheckpointError
        If files cannot be read or written, or no checkpoint there can be used.
    """
    settings = Settings(dim, window, negatives, sample, epochs, learning_rate, seed, model, loss, descent)
    workers = count_workers(workers)
    check_type("vocabulary", vocabulary, VocabularyOptions)
    corpus = with_words_of(encode(source, min_count=min_count, **vars(vocabulary)), start_from, dim)
    task = Task(settings, corpus, workers, start_from)
    state, text = State(task.x), task.text
    saving = checkpoint if isinstance(checkpoint, CheckpointOptions) else CheckpointOptions(checkpoint)
    data = [corpus.ids, corpus.ends, corpus.words, state.x, task.rates]
    folder = RunFolder(saving.folder, task.settings.values(), data)

    def vectors() -> WordVectors:
        """Return the vectors as they are now."""
        V, U = np.split(state.x, 2)
        values = task.settings.values()
        return WordVectors(corpus.words, V, outside=U, counts=corpus.counts, history=state.history, settings=values)

    with folder.locked():
        if (found := folder.resume(saving.resume)) is not None:
            state.restore(*found)
            _log_resumed(state, epochs, quiet)
        words, done = epochs * len(text.ids), state.epoch * len(text.ids) + text.end(state.chunk - 1)
        with (
            interrupts() as stopped,
            progress(words, done, unit="words", lines=LINES, quiet=quiet) as show,
            run_workers(workers, lambda worker: deque(training_loop(task, state, worker), 0)) as worker,
            closing(training_loop(task, state, worker)) as chunks,
        ):
            for _ in chunks:
                now = state.history.reports[-1]
                rate, mean_loss = f"{now.learning_rate:.5f}", f"{now.loss:f}"
                line = f"{now.words:,} of {words:,} words: rate {rate}, loss {mean_loss}"
                show(now.words, line, rate=rate, loss=mean_loss)
                answer = on_epoch(state.epoch, vectors()) if state.chunk == 0 and on_epoch else None
                if folder.due():
                    folder.try_save(*state.saved())
                if (isinstance(answer, bool | np.bool_) and answer) or stopped():
                    break
        state.history.complete = state.epoch == epochs
        folder.try_save(*state.saved())
    return vectors()


def _log_resumed(state: State, epochs: int, quiet: bool) -> None:
    if quiet:
        return
    if state.epoch == epochs:
        logger.info("Finished after %s epochs, so nothing is trained; resume=False starts anew.", epochs)
    else:
        logger.info("Resuming in epoch %s of %s; resume=False would start anew.", state.epoch + 1, epochs)
