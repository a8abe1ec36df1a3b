"""`train`: from a text to word vectors, fast."""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from word2vec._types import Array, PathLike
from word2vec.runtime.checkpoint import locked
from word2vec.runtime.files import check_writable
from word2vec.runtime.interrupts import interrupts
from word2vec.runtime.memory import check_memory
from word2vec.runtime.progress import bar_of_words, say
from word2vec.runtime.run_folder import RunFolder
from word2vec.runtime.workers import together, workers_wanted
from word2vec.text import Corpus, encode
from word2vec.text.numbering import Tokenize
from word2vec.training.batches import Text
from word2vec.training.loop import STEP, Settings, State, Training, first_vectors, memory_needed
from word2vec.training.sampling import keep_probability, noise_distribution, noise_table
from word2vec.vectors.word_vectors import WordVectors

SMALLEST_STEP = 64
STEPS_IN_AN_EPOCH = 600
STEP_ENTRIES = 320_000

OnEpoch = Callable[[int, WordVectors], object]


def train(
    source: Any,
    *,
    dim: int = 100,
    window: int = 5,
    negatives: int = 5,
    objective: str = "negative-sampling",
    sample: float = 1e-3,
    noise_exponent: float = 0.75,
    min_count: int = 5,
    max_size: int | None = None,
    lowercase: bool = False,
    tokenize: Tokenize = "split",
    epochs: int = 5,
    learning_rate: float = 0.025,
    end_rate: float = 1e-4,
    windows: str = "weighted",
    pivot: float = 1000.0,
    shared: int = 32,
    step: int | None = None,
    loss_every: int = 64,
    dtype: str = "float32",
    workers: int = 1,
    seed: int = 1,
    start_from: WordVectors | None = None,
    checkpoint: PathLike | None = None,
    resume: bool | None = None,
    held_out: float = 0.0,
    on_epoch: OnEpoch | None = None,
    quiet: bool | None = None,
) -> WordVectors:
    """Train skip-gram vectors on a text.

    The same arguments give the same bits, whatever `workers` is, on one machine with the same versions.

    Parameters
    ----------
    source : the path of a text file, lists of words, a Corpus, a StanfordSentiment; see `corpus.encode`
    dim : entries of a vector, D
    window : largest number of words on either side of a centre, C
    negatives : K, for each pair
    objective : "negative-sampling", or "naive-softmax", which compares with all V words: for V up to some 50,000
    sample : threshold above which frequent words are thinned out, 0 for never
    noise_exponent : negatives are drawn in proportion to count^exponent
    min_count, max_size, lowercase, tokenize : of the vocabulary; see `corpus.encode`
    epochs : times that the text is read
    learning_rate, end_rate : at the beginning and at the end; a straight line over all epochs in between
    windows : "weighted": all C words on either side count, the nearer the more, 1 to 1/C; that is the mean of
        "drawn": each centre draws its window from 1..C, as in word2vec.c. The full softmax always draws
    pivot : with negative sampling, a word seen n times takes steps √(pivot / n) times as long as the rate says, at
        least 0.3 times, its centre vector at most once: better vectors after as many epochs; 0 treats all alike
    shared : negatives drawn for each group of 4 · shared centres, which stand for K of each pair (`word2vec.training.skipgram`);
        64 trains a quarter to a third slower, and the vectors get a little better
    step : centres whose gradients are taken at one point, a power of two; by default 2048, fewer for short texts and
        long vectors; 512 trains a little better and slower, with two workers by a quarter
    loss_every : the loss is measured in every so many stretches of text; 1 measures everything and takes longer
    dtype : "float32" or "float64"
    workers : threads; -1 for all cores
    seed : of all that is drawn
    start_from : vectors to go on from (of `train`, `load_model`, or others of `dim` entries); all their words stay,
        and their counts, if there are any, count for `pivot`
    checkpoint : folder to save the run in, once a minute and at its end, and to take it up from
    resume : True: go on from a checkpoint or fail; False: begin anew; by default go on if there is one
    held_out : share of the text, at its end, that is not learned from; its loss is computed after each epoch
    on_epoch : function (epochs done, vectors so far), called after each epoch; if it returns True, training ends
    quiet : True shows nothing, False a bar or lines; by default a bar if there is a terminal

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
    workers = workers_wanted(workers)
    settings = Settings(
        dim=dim,
        window=window,
        negatives=negatives,
        objective=objective,
        sample=sample,
        noise_exponent=noise_exponent,
        epochs=epochs,
        learning_rate=learning_rate,
        end_rate=end_rate,
        windows=windows,
        pivot=float(pivot),
        shared=shared,
        step=STEP if step is None else step,
        loss_every=loss_every,
        dtype=np.dtype(dtype).name,
        seed=seed,
    )
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out is {held_out}: expected a share of the text, from 0 to below 1")
    corpus = encode(source, min_count=min_count, max_size=max_size, lowercase=lowercase, tokenize=tokenize)
    corpus = corpus if start_from is None else with_words_of(corpus, start_from, dim)
    keep = keep_probability(corpus.counts, sample)
    if step is None:
        settings = replace(settings, step=step_for(float(corpus.counts @ keep), dim))
    run = _Run(settings, corpus, keep, held_out, workers)
    return run.train(start_from, checkpoint, resume, on_epoch, quiet)


def step_for(centres: float, dim: int) -> int:
    """Choose how many centres a step has: a power of two.

    Fewer for a short text, which needs its steps, and for long vectors, of which a core's cache holds fewer.
    """
    step = STEP
    while step > SMALLEST_STEP and (centres < STEPS_IN_AN_EPOCH * step or step * dim > STEP_ENTRIES):
        step //= 2
    return step


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


class _Run:
    """A text, settings and what belongs to them."""

    def __init__(self, settings: Settings, corpus: Corpus, keep: Array, held_out: float, workers: int) -> None:
        self._settings, self._corpus, self._held_out, self._workers = settings, corpus, held_out, workers
        noise = noise_table(noise_distribution(corpus.counts, settings.noise_exponent))
        cut = len(corpus.ids)
        if held_out:
            cut = int(corpus.ends[np.searchsorted(corpus.ends, (1 - held_out) * cut)])
        last = int(np.searchsorted(corpus.ends, cut)) + 1
        self._text = Text(corpus.ids[:cut], corpus.ends[:last], keep, noise)
        rest = Text(corpus.ids[cut:], corpus.ends[last:] - cut, keep, noise)
        self._rest = rest if len(rest.ids) else None
        if held_out and self._rest is None:
            raise ValueError(f"held_out is {held_out}: expected a share that holds at least one sentence")

    def train(
        self,
        start: WordVectors | None,
        checkpoint: PathLike | None,
        resume: bool | None,
        on_epoch: OnEpoch | None,
        quiet: bool | None,
    ) -> WordVectors:
        """Train from the beginning, or from where a checkpoint stands, to the end or until Ctrl-C."""
        V, s = len(self._corpus.words), self._settings
        check_memory(memory_needed(s, V, self._workers), f"training {V:,} words", "lower dim, or raise min_count")
        x, seen = first_vectors(s, V), self._corpus.counts
        if start is not None:
            seen = self._put(start, x)
        training, state = Training(s, self._text, seen, self._workers, self._rest), State(x)
        go_on = partial(self._go_on, training, state, on_epoch=on_epoch, quiet=quiet)
        if checkpoint is None:
            go_on(None)
        else:
            self._go_on_saving(state, checkpoint, resume, go_on)
        return self._vectors(state)

    def _put(self, start: WordVectors, x: Array) -> Array:
        """Begin with the vectors of words that are known already; say how often each word was seen in all (V,)."""
        index = {word: i for i, word in enumerate(self._corpus.words)}
        rows = np.array([index[word] for word in start.words])
        x[rows] = start.matrix
        if start.outside is not None:
            x[len(index) + rows] = start.outside
        seen = self._corpus.counts.copy()
        seen[rows] += 0 if start.counts is None else np.asarray(start.counts, np.int64)
        return seen

    def _go_on_saving(
        self, state: State, checkpoint: PathLike, resume: bool | None, go_on: Callable[[RunFolder], None]
    ) -> None:
        """Go on from the newest state in a folder, if there is one, and save there."""
        check_writable(checkpoint)
        folder = RunFolder(checkpoint, self._settings, self._corpus, [self._held_out], state.x)
        with locked(folder.path):
            if resume is False:
                folder.clear()
            elif not folder.resume(state, say) and resume:
                raise ValueError(f"resume is True, but {checkpoint} holds no run with these settings: leave it out")
            go_on(folder)
            folder.save(state, self._chunks_done(state))

    def _go_on(
        self,
        training: Training,
        state: State,
        folder: RunFolder | None,
        *,
        on_epoch: OnEpoch | None,
        quiet: bool | None,
    ) -> None:
        """Train, show, save now and then, call back."""
        total = self._settings.epochs * len(self._text.ids)
        done = state.history.reports[-1].words if state.history.reports else 0
        with interrupts() as stopped, bar_of_words(total, done, quiet=quiet) as show:

            def after(state: State) -> bool:
                """Do what is to be done after a chunk; tell whether to stop."""
                show(state.history.reports[-1])
                ended = bool(state.chunk == 0 and on_epoch and on_epoch(state.epoch, self._vectors(state)) is True)
                if folder is not None and folder.due():
                    self._save(folder, state)
                return ended or stopped()

            together(self._workers, lambda member: training.go_on(state, member, after))
        state.history.complete = state.epoch == self._settings.epochs

    def _save(self, folder: RunFolder, state: State) -> None:
        """Save, or say why not: training goes on."""
        try:
            folder.save(state, self._chunks_done(state))
        except OSError as error:
            say(f"Not saved, training goes on: {error}")

    def _chunks_done(self, state: State) -> int:
        """Count the chunks that are done, of all epochs."""
        return state.epoch * self._text.chunks + state.chunk

    def _vectors(self, state: State) -> WordVectors:
        """Give the vectors as they are now."""
        V = len(self._corpus.words)
        return WordVectors(
            self._corpus.words,
            state.x[:V],
            outside=state.x[V:],
            counts=self._corpus.counts,
            history=state.history,
            settings=asdict(self._settings),
        )
