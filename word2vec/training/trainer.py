"""`train`: from a text to word vectors, fast."""

import logging
import os
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, closing
from copy import deepcopy
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from .._types import Array, PathLike
from ..runtime.arguments import check_type, takes, warn, with_other_names
from ..runtime.console import IN_PYTHON
from ..runtime.engine import ClusterError, opened
from ..runtime.files import check_writable
from ..runtime.interrupts import interrupts
from ..runtime.memory import check_memory
from ..runtime.progress import progress
from ..runtime.run_folder import RunFolder, checkpoints_in, generations
from ..runtime.workers import count_workers, run_workers
from ..text import Corpus, CorpusError, NoWords, VocabularyOptions
from ..text.sources import without_outputs
from ..text.vocabulary import check_unchosen, least_count
from ..vectors.history import History, format_loss
from ..vectors.word_vectors import WordVectors
from .cluster import ShardedTask, cluster_loop, first_state, sharded
from .growing import check_start, check_words_kept, keeping_words_of
from .loop import State, training_loop
from .settings import (
    DEFAULTS,
    OTHER_NAMES,
    Cbow,
    CheckpointOptions,
    ClusterOptions,
    DescentOptions,
    HierarchicalSoftmax,
    NaiveSoftmax,
    NegativeSampling,
    Ngrams,
    PvDbow,
    PvDm,
    Settings,
    SkipGram,
)
from .task import check_text, check_weights, prepared

logger = logging.getLogger(__name__)

CHOOSING = ("max_size", "max_types", "keep")  # of VocabularyOptions, beside min_count
LINES = 20  # logged where there is no terminal
UNSAVED = f"; {IN_PYTHON}train returns the vectors: save_model(vectors, path) or vectors.save(path) still saves them"

OnEpoch = Callable[[int, WordVectors], object]


@with_other_names(OTHER_NAMES)
def train(
    source: Any,
    *,
    dim: int = DEFAULTS.dim,
    window: int = DEFAULTS.window,
    negatives: int = DEFAULTS.negatives,
    sample: float = DEFAULTS.sample,
    min_count: int | None = None,
    epochs: int = DEFAULTS.epochs,
    learning_rate: float = DEFAULTS.learning_rate,
    workers: int = 1,
    seed: int = DEFAULTS.seed,
    model: str | SkipGram | Cbow | PvDbow | PvDm = SkipGram.name,
    loss: str | NegativeSampling | HierarchicalSoftmax | NaiveSoftmax = NegativeSampling.name,
    vocabulary: VocabularyOptions = VocabularyOptions(),  # noqa: B008, it is frozen
    descent: DescentOptions = DEFAULTS.descent,
    ngrams: tuple[int, int] | Ngrams | None = None,
    start_from: WordVectors | None = None,
    checkpoint: PathLike | CheckpointOptions | None = None,
    on_epoch: OnEpoch | None = None,
    quiet: bool = False,
    cluster: Any = None,
) -> WordVectors:
    """Train word vectors on a text.

    The same arguments give the same bits, whatever `workers` is, on one machine with the same versions.

    Parameters
    ----------
    source : the path of a text file, lists of words, a Corpus, a StanfordSentiment; see `word2vec.text.encode`
    dim : entries of a vector, D
    window : largest number of words on either side of a centre, C
    negatives : K, for each pair
    sample : threshold above which frequent words are thinned out, 0 for never, as is best for a short text
    min_count : words that occur less often are left out; None: 5. A Corpus takes no other than it was encoded
        with, and no `vocabulary`: its words have been chosen
    epochs : times that the text is read
    learning_rate : at the beginning; see `DescentOptions.end_rate`
    workers : processes (threads outside of Linux), at most one for each core, -1 for all cores; a text of less than
        some 500,000 words has one, whose steps are too short to be shared
    seed : of all that is drawn
    model : "skip-gram", "cbow", "pv-dbow" or "pv-dm", or a `SkipGram`, `Cbow`, `PvDbow` or `PvDm` with options; the
        last two train vectors of documents, the sentences of the text, too
    loss : "negative-sampling", "hierarchical-softmax" or "naive-softmax", or a `NegativeSampling` with options
    vocabulary : VocabularyOptions: largest size, lower case, how lines are split into words
    ngrams : (3, 6), the shortest and longest n-grams that words are composed of, or `Ngrams` with options; then
        unknown words have vectors, too
    descent : DescentOptions: rates, steps, measured and held-out loss, precision
    start_from : vectors to continue from (of `train`, `load_model`, or others of `dim` entries), without their
        documents; all their words stay, and are read however rare they are here, from a Corpus only if it was encoded
        with keep_words=start_from.words. Their counts, if there are any, are added to those of this text: in the
        result, and for negatives, subsampling and `DescentOptions.pivot`, by which words that were seen often move
        little. New words start from their n-grams, or from the mean of the known words around them. A text without
        words changes nothing. Outside vectors start at zero where one of the two trainings has hierarchical softmax,
        unless both have the same tree: the same words and counts. PV-DBOW by itself, which has no other vectors of
        words, takes those of a start without outside vectors for them
    checkpoint : folder to save the run in, once a minute and at its end, and to resume it from if it is there, or
        CheckpointOptions. Where the source is a folder or a pattern, checkpoints in it are no part of the text
    on_epoch : function (epochs done, vectors so far), called after each epoch; if it returns True, training ends.
        The vectors are a copy. Where there is no memory for one, they are training's own, which are taken from the
        object when on_epoch has returned: any later use of them raises RuntimeError
    quiet : show nothing; otherwise a bar if there is a terminal, or else some lines in the log (level INFO)
    cluster : where to train instead of here: "local" (processes, one for each core), "local:4", the address of a
        scheduler, "tcp://host:8786", a `distributed.Client`, or ClusterOptions. The source is read, counted and
        encoded there, and may be a Dask bag or column, too. The bits depend on `ClusterOptions.shards` and `.sync`,
        whatever workers there are

    Returns
    -------
    WordVectors: centre vectors, with outside vectors, counts, history and settings, and the vectors of documents, if
    some are trained: a row for each sentence of the source, 0 where it holds no word of the vocabulary. After Ctrl-C,
    SIGTERM or SIGHUP: as far as training came, as after a stop by on_epoch, or if the files of a Corpus are cut or
    written into meanwhile (`history.complete` is False).

    Warns (UserWarning) if `sample` leaves little of a short text, if a window of more than 256 words is over twice
    the longest sentence, if a corpus has weights far from 1 on average or was encoded without words of start_from,
    if the vectors of start_from cannot be used, of checkpoints that are left out of the text, if the held-out part
    holds no pair of words, if the run cannot be saved (training goes on, and the vectors are returned;
    `history.saved` is False if that failed at the end), if it ended early since a signal came, the text was changed
    or the cluster was lost (`history.error` of the last two) and, at the end, if no pair was seen at all.

    Raises
    ------
    TypeError, ValueError
        If an argument makes no sense, or the text has no vocabulary, or no pair of words; the message says what to
        pass.
    MemoryError, FloatingPointError
        If the tables do not fit into memory, before anything is trained; if the vectors diverge.
    OSError, CheckpointError, ClusterError
        If files cannot be read or written; no checkpoint there can be used; there is no cluster, or it is lost before
        anything was trained.

    Examples
    --------
    >>> from word2vec import train
    >>> text = [["green", "tea", "is", "hot"], ["black", "coffee", "is", "hot"]] * 100
    >>> vectors = train(text, dim=10, sample=0, quiet=True)
    >>> vectors["tea"].shape, vectors.words[:2], vectors.history.complete
    ((10,), ['hot', 'is'], True)
    """
    settings = Settings(dim, window, negatives, sample, epochs, learning_rate, seed, model, loss, descent, ngrams)
    saving, spread = _checked(source, min_count, vocabulary, checkpoint, on_epoch, quiet), _spread(cluster, workers)
    source = without_outputs(source, checkpoints_in(saving.folder))
    workers = count_workers(workers)
    check_start(start_from, settings)
    check_weights(source)
    check_words_kept(source, start_from)
    options, log = keeping_words_of(vocabulary, start_from), (lambda _: None) if quiet else logger.info
    with ExitStack() as stack:
        try:
            task: Any
            if spread is None:
                task, data = prepared(settings, source, min_count, options, workers, start_from)
            else:
                engine = stack.enter_context(opened(spread.cluster, spread.patience))
                task, data = sharded(settings, source, min_count, options, engine, spread, start_from)
        except NoWords:
            return _unchanged(start_from)
        check_text(task, task.corpus, _rarer(source, min_count, vocabulary))
        state = first_state(task)
        folder, begun = _folders(RunFolder(saving.folder, task.identity(), data), saving.resume, log)
        vectors = partial(_vectors, task, folder.settings)
        stack.enter_context(folder.locked())
        stopped = stack.enter_context(interrupts())
        if (found := begun.resume(saving.resume, state.tables())) is not None:
            state.restore(*found)
            log(_resumed(state, epochs) if begun is folder else _continuation(begun, task, state))
        try:
            _run(task, state, folder, quiet, stopped, on_epoch and partial(_call, on_epoch, state, vectors))
        except (CorpusError, ClusterError) as error:
            if not state.history.reports:
                raise
            state.history.error = str(error)
            warn(f"training ended early, and what was trained is kept: {error}")
        _end(state, folder, epochs, stopped())
    _warn_untrained(task, state)
    return vectors(state.x, state.history)


def _rarer(source: Any, min_count: int | None, vocabulary: VocabularyOptions) -> str:
    """Return what leaves out words of a text, see `check_text`."""
    if isinstance(source, Corpus):  # which does not know by what else its words were chosen
        return "min_count or max_size"
    others = [each for each in CHOOSING if getattr(vocabulary, each) is not None]
    return " and ".join([f"min_count={least_count(min_count)}", *others])


def _end(state: State, folder: RunFolder, epochs: int, stopped: bool) -> None:
    """Save a run that has ended, and warn if a signal ended it."""
    state.history.complete = state.epoch == epochs
    state.history.saved = folder.try_save(state.saved, UNSAVED) if folder.path else None
    if stopped and not state.history.complete:
        again = "; the same call resumes it" * bool(state.history.saved)
        warn(f"a signal stopped training, such as Ctrl-C, in epoch {state.epoch + 1:,} of {epochs:,}{again}")


def _warn_untrained(task: Any, state: State) -> None:
    """Warn if no pair was seen in all epochs so far."""
    if state.epoch and not state.trained:
        sample, n = task.settings.sample, task.sizes[0]
        stay = f"sample={sample:g} keeps about {task.centres:,.0f} of {n:,} words in each"
        what = f"no pair of words was seen in {state.epoch:,} epochs ({stay}), so nothing was learned"
        fixes = ["sample=0"] * (sample > 0)
        if isinstance(task.settings.model.windows, tuple):
            fixes.append("windows that reach other words of a sentence")
        if task.corpus.weights is not None:
            fixes.append("weights above 0 for sentences that are trained on and have two words")
        warn(f"{what}: pass {', or '.join([*fixes, 'more text'])}")


def _spread(cluster: Any, workers: object) -> ClusterOptions | None:
    """Return how a run is spread out on a cluster, None if it is not."""
    if cluster is None:
        return None
    if workers != 1:
        raise ValueError(
            f"workers is {workers!r}: expected 1 with a cluster, which has its own; pass cluster='local:4' for four "
            "on this machine"
        )
    return cluster if isinstance(cluster, ClusterOptions) else ClusterOptions(cluster)


def _unchanged(start_from: WordVectors | None) -> WordVectors:
    """Return a copy of the vectors to start from, with a warning, or re-raise that there is no word to learn."""
    if start_from is None:
        raise
    warn("the text holds no word: the vectors are those of start_from")
    return deepcopy(start_from)


def _vectors(task: Any, settings: dict[str, Any], x: Array, history: History) -> WordVectors:
    """Return what a run has learned so far."""
    V, documents, U = np.split(x, [task.words, task.inputs])
    more: dict[str, Any] = {"counts": task.counts.copy(), "settings": deepcopy(settings)}
    if task.composition is not None:
        more["subwords"] = subwords = task.composition.subwords()
        V = subwords.compose(task.corpus.words, subwords.own)
    if task.documents:
        more["documents"] = task.corpus.with_empty(documents)
        if not getattr(task.settings.model, "words", True):  # PV-DBOW by itself trains no others
            V = U if task.tree is None else task.tree.directions(U[:-1])
    return WordVectors(task.corpus.words, V, outside=U, history=history, **more)


def _checked(
    source: object, min_count: Any, vocabulary: Any, checkpoint: Any, on_epoch: object, quiet: object
) -> CheckpointOptions:
    """Check arguments before a text is read, which may take long; return where to save."""
    least_count(min_count)
    check_type("vocabulary", vocabulary, VocabularyOptions)
    if isinstance(source, Corpus):
        check_unchosen(source, min_count, vocabulary)
    check_type("quiet", quiet, bool | np.bool_, "True or False")
    if on_epoch is not None and not takes(on_epoch, 2):
        expected = "a function of (epochs done, vectors so far), or None"
        raise TypeError(f"on_epoch is {on_epoch!r:.60}: expected {expected}")
    expected = "the path of a folder, CheckpointOptions, or None"
    check_type("checkpoint", checkpoint, str | os.PathLike | CheckpointOptions | None, expected)
    saving = checkpoint if isinstance(checkpoint, CheckpointOptions) else CheckpointOptions(checkpoint)
    if saving.folder is not None:
        if generations(saving.folder):
            what = f"checkpoint is {os.fspath(saving.folder)}, which holds the checkpoints of one run"
            raise ValueError(f"{what}: expected the folder above it, {Path(os.path.abspath(saving.folder)).parent}")
        own = os.fspath(saving.folder)
        if saving.resume and not any(map(os.path.exists, (own, os.path.expanduser(own)))):  # before a text is read
            raise ValueError(f"resume: {own} holds no run with these settings; without resume a new one starts")
        check_writable(own)
    return saving


def _folders(folder: RunFolder, resume: bool | None, log: Callable[[str], object]) -> tuple[RunFolder, RunFolder]:
    """Return the folder to save a run in, and the one to resume from: with resume=True perhaps a shorter run's.

    What continues a shorter run has a folder of its own, so that a run that has the same settings from its beginning
    gives the bits that it always gives.
    """
    if resume is False or folder.path is None or generations(folder.path):
        return folder, folder
    epochs, runs = folder.settings["epochs"], folder.longer_or_shorter("epochs")
    lengths = [run.settings["epochs"] for _, run in runs]
    fitting = [length for length in lengths if length <= epochs]
    if not fitting and resume and runs:
        raise ValueError(
            f"resume: epochs is {epochs}, but the run in {folder.path.parent} is one of {lengths[-1]}: expected at "
            f"least as many, epochs={lengths[-1]} resumes it; without resume a new run starts"
        )
    if not fitting:
        if resume:
            folder.resume(True)  # raises, before there is a folder of the run
        return folder, folder
    # a run of this length that continues another, or else the one that has come farthest
    length = epochs if epochs in fitting else fitting[-1]
    number, run = next(each for each in reversed(runs) if each[1].settings["epochs"] == length)
    if not resume:
        log(f"a run of {length} epochs is in {run.path}: resume=True would continue it; a new one starts")
        return folder, folder
    return (run, run) if length == epochs else (folder.continued("epochs", number, run), run)


def _resumed(state: State, epochs: int) -> str:
    if state.epoch == epochs:
        return f"Finished after {epochs} epochs, so nothing is trained; resume=False starts anew."
    return f"Resuming in epoch {state.epoch + 1} of {epochs}; resume=False would start anew."


def _continuation(begun: RunFolder, task: Any, state: State) -> str:
    """Describe how a shorter run is continued."""
    epochs, done = task.settings.epochs, task.read(state) / task.sizes[0]
    now, end = task.settings.rate(done / epochs), task.settings.descent.end_rate
    return (
        f"continuing a run of {begun.settings['epochs']} epochs to {epochs}, {done:g} are done: the learning rate "
        f"goes on as that of a run of {epochs} epochs does from there (from {now:.5f} to {end:.5f})"
    )


def _run(
    task: Any,
    state: State,
    folder: RunFolder,
    quiet: bool,
    stopped: Callable[[], bool],
    ends: Callable[[], bool] | None,
) -> None:
    """Train to the end, or until `stopped` after a chunk, or `ends`, which is called after an epoch, return True."""
    words, done, begun = task.settings.epochs * task.sizes[0], task.read(state), perf_counter()
    with ExitStack() as stack:
        show = stack.enter_context(progress(words, done, unit="words", lines=LINES, quiet=quiet))
        if isinstance(task, ShardedTask):
            chunks = stack.enter_context(closing(cluster_loop(task, state)))
        else:
            others = run_workers(task.workers, lambda worker: deque(training_loop(task, state, worker), 0))
            chunks = stack.enter_context(closing(training_loop(task, state, stack.enter_context(others))))
        for _ in chunks:
            now = state.history.reports[-1]
            figures = {"rate": f"{now.learning_rate:.5f}", "loss": format_loss(now.loss)} | task.figures(state)
            listed = ", ".join(f"{name} {value}" for name, value in figures.items())
            speed = (now.words - done) / (perf_counter() - begun)
            show(now.words, f"{now.words:,} of {words:,} words: {listed}, {speed:,.0f} words/s", **figures)
            ending = ends is not None and state.chunk == 0 and ends()
            if folder.due():
                folder.try_save(state.saved, "; training goes on")
            if ending or stopped():
                break


def _call(on_epoch: OnEpoch, state: State, vectors: Callable[[Array, History], WordVectors]) -> bool:
    """Call on_epoch with the vectors as they are now, a copy if there is memory for it; return whether to end."""
    try:
        check_memory(state.x.nbytes, "a copy of the vectors", "keep fewer of them")
        x = state.x.copy()
    except MemoryError:
        x = state.x
    given = vectors(x, state.history.copy())
    answer = on_epoch(state.epoch, given)
    if x is state.x:
        given._retire(
            "training went on, and there was no memory for a copy: use them in on_epoch only, or save them there"
        )
    return isinstance(answer, bool | np.bool_) and bool(answer)
