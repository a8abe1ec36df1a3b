"""The command line's way to the sentiment of sentences: the treebank, the vectors to compare, the files written."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from word2vec._types import PathLike
from word2vec.course.descent import descend
from word2vec.course.fast_run import epochs_for
from word2vec.course.run import CourseRun, Settings
from word2vec.course.sentiment import STRENGTHS, Result, Split, by_majority, by_vectors, by_words, table
from word2vec.course.sentiment_plot import plot_confusion, plot_regularisation
from word2vec.course.treebank import StanfordSentiment, open_treebank
from word2vec.runtime.files import check_writable
from word2vec.text.vocabulary import encode
from word2vec.training.trainer import train
from word2vec.vectors.word_vectors import WordVectors

CLASSES = ("very negative", "negative", "neutral", "positive", "very positive")
ITERATIONS = 40_000
OUTPUTS = ("sentiment_regularisation.png", "sentiment_confusion.png")

Say = Callable[[str], object]


def sentiment(
    data: PathLike | None = None,
    files: Sequence[PathLike] = (),
    out: PathLike = ".",
    *,
    weighting: str = "mean",
    iterations: int = ITERATIONS,
    dim: int = 100,
    epochs: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    strengths: Sequence[float] = STRENGTHS,
    say: Say = lambda _: None,
) -> list[Result]:
    """Compare ways to tell the sentiment of the treebank's sentences, and draw the comparison.

    Parameters
    ----------
    data : folder of the treebank; by default where get_datasets.sh puts it, or else the built-in sample
    files : vector files to compare, too
    out : folder to write the pictures `OUTPUTS` into
    weighting : of the words in a sentence: "mean", "tfidf" or "sif"
    iterations : of the course run (10 dimensions, K = 10, window 5)
    dim, epochs, workers : of the fast trainer; `epochs_for` chooses the epochs if they are not given
    seed : of both trainings; by default the course's own seeds, and 1 for the fast trainer
    strengths : the λ to try
    say : is told what takes long

    Returns
    -------
    A `Result` each for: the majority class, the bag of words, the course's vectors, the fast trainer's, each file.
    Both trainings read all sentences of the treebank, as the course does, but no label.

    Raises
    ------
    OSError, ValueError
        If data or vectors cannot be read, an option makes no sense, or the pictures cannot be written.
    """
    _check_iterations(iterations)
    check_writable(out)
    given = [(Path(file).name, WordVectors.load(file)) for file in files]
    dataset = open_treebank(data, say)
    train_, dev, test = splits(dataset)
    results = [by_majority(train_, dev, test), by_words(train_, dev, test, strengths=strengths)]
    say(f"Training vectors by the course run, {iterations:,} iterations, and by the fast trainer.")
    fast = fast_vectors(dataset, dim, epochs, seed, workers)  # first: it takes seconds, or refuses its options
    learned = [
        (f"course run, {Settings().dim} dimensions", course_vectors(dataset, iterations, seed)),
        (f"fast trainer, {dim} dimensions", fast),
    ]
    results += [
        by_vectors(train_, dev, test, vectors, weighting=weighting, name=name, strengths=strengths)
        for name, vectors in learned + given
    ]
    plot_regularisation(results, Path(out) / OUTPUTS[0])
    plot_confusion(results[1:], Path(out) / OUTPUTS[1], [CLASSES[i] for i in results[0].classes])
    return results


def report(results: Sequence[Result], weighting: str, out: PathLike) -> str:
    """Write results as text for the command line."""
    return (
        f"\n{table(results)}\n\n"
        f"Accuracy over the classes; λ of the logistic regression chosen on dev; sentences as the {weighting} of "
        "their words' vectors.\nBoth trainings read the text of all sentences, but no label.\n"
        f"Written to {Path(out).resolve()}: {', '.join(OUTPUTS)}"
    )


def splits(dataset: StanfordSentiment) -> tuple[Split, Split, Split]:
    """Give (sentences, classes) of train, dev and test."""
    train_, test, dev = (dataset.getSplitSentences(i) for i in range(3))
    return tuple(([s for s, _ in part], [label for _, label in part]) for part in (train_, dev, test))  # type: ignore[return-value]


def course_vectors(dataset: Any, iterations: int = ITERATIONS, seed: int | None = None) -> WordVectors:
    """Train vectors as the course does; the global `random` is left as it was.

    Parameters
    ----------
    dataset : StanfordSentiment, freshly made
    iterations : steps of 50 windows
    seed : None for the course's own

    Raises
    ------
    ValueError
        If there is no iteration to do.
    """
    _check_iterations(iterations)
    run = CourseRun(dataset, Settings(seed=seed))
    with _random_put_back():
        state = run.start()
        descend(state, run.update, run.settings.step, iterations)
    return run.vectors(state.x)


def _check_iterations(iterations: int) -> None:
    """Refuse a course run of no step."""
    if iterations < 1:
        raise ValueError(f"iterations is {iterations}: expected at least 1; the course's are {ITERATIONS}")


def fast_vectors(
    dataset: Any, dim: int = 100, epochs: int | None = None, seed: int | None = None, workers: int = 1
) -> WordVectors:
    """Train vectors by `train`.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C.
    """
    corpus = encode(dataset)
    vectors = train(
        corpus,
        dim=dim,
        epochs=epochs_for(corpus) if epochs is None else epochs,
        seed=1 if seed is None else seed,
        workers=workers,
        quiet=True,
    )
    if not vectors.history.complete:
        raise KeyboardInterrupt
    return vectors


@contextmanager
def _random_put_back() -> Iterator[None]:
    """Leave the global `random` as it was."""
    before = random.getstate()
    try:
        yield
    finally:
        random.setstate(before)
