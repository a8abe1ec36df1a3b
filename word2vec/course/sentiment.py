"""Sentiment of sentences from the vectors of their words: the last part of the old assignment 1.

A sentence becomes a vector, a logistic regression predicts its class, the regularisation is chosen on the dev split,
and the test split is used once. With y_i the class of the sentence x_i, it minimises

    J(W, b) = Σ_i −log softmax(W x_i + b)_{y_i} + λ/2 Σ_jk W_jk²

`by_majority`, `by_words` and `by_vectors` take the splits as three pairs (sentences, labels): lists of words, and
classes of any kind that can be sorted. `compare` runs them all on the treebank, with vectors that it trains.
"""

import logging
import math
import random
from collections import deque
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from .._types import Array, PathLike
from ..documents.means import count_words, document_vectors, learn_weighting
from ..plotting.fonts import drawable, lettering
from ..plotting.plots import STYLES, new_figure, write_figure
from ..runtime.arguments import check_whole
from ..runtime.files import check_writable
from ..text.vocabulary import encode
from ..training.settings import epochs_for
from ..training.trainer import train
from ..vectors.word_vectors import WordVectors
from .run import CourseRun, Settings
from .treebank import StanfordSentiment, open_treebank

Split = tuple[Sequence[Sequence[str]], Sequence[Any]]
STRENGTHS = tuple(10.0 ** (k / 2) for k in range(8, -3, -1))  # λ from 10⁴ to 10⁻¹: the strongest first
CLASSES = ("very negative", "negative", "neutral", "positive", "very positive")
ITERATIONS = 40_000
OUTPUTS = ("sentiment_regularisation.png", "sentiment_confusion.png")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Point:
    """A regularisation λ and the accuracies on train and dev that it gives."""

    strength: float
    train: float
    dev: float


@dataclass(frozen=True)
class Result:
    """How well one way to represent sentences does.

    name: of the way; dev, test: accuracies; strength: the λ chosen on dev, if any; coverage: share of the test
    sentences' words that are known, None if that has no meaning, NaN if they have none; classes: sorted; confusion
    (classes, classes): numbers of test sentences by true class (rows) and predicted class; path: a `Point` for each λ
    tried.
    """

    name: str
    dev: float
    test: float
    strength: float | None
    coverage: float | None
    classes: list[Any]
    confusion: Array
    path: list[Point]


def by_majority(train: Split, dev: Split, test: Split) -> Result:
    """Predict for every sentence the most frequent class of train; ties go to the first.

    train, dev and test are pairs (sentences, labels): lists of words, and classes that can be sorted.

    Examples
    --------
    >>> from word2vec.course.sentiment import by_majority
    >>> train = [["good", "tea"], ["bad", "tea"], ["good"]], ["+", "-", "+"]
    >>> dev = test = [["bad"], ["good"]], ["-", "+"]
    >>> by_majority(train, dev, test).test
    0.5
    """
    from sklearn.dummy import DummyClassifier

    classes, y = _targets(train, dev, test)
    model = DummyClassifier(strategy="most_frequent").fit(y[0], y[0])  # it looks at no feature
    return _result("majority class", model, y, y, classes, strength=None, coverage=None, path=[])


def by_words(train: Split, dev: Split, test: Split, *, strengths: Sequence[float] = STRENGTHS) -> Result:
    """Represent a sentence by the tf-idf of its words, learned from train, scaled to length 1.

    The splits are as for `by_majority`, the strengths the λ to try; errors as of `by_vectors`.

    Examples
    --------
    >>> from word2vec.course.sentiment import by_words
    >>> train = [["good", "tea"], ["bad", "tea"], ["good"]], ["+", "-", "+"]
    >>> dev = test = [["bad"], ["good"]], ["-", "+"]
    >>> result = by_words(train, dev, test, strengths=[0.1])
    >>> result.test, result.confusion.tolist()
    (1.0, [[1, 0], [0, 1]])
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    classes, y = _targets(train, dev, test)
    tfidf = TfidfVectorizer(analyzer=list).fit(train[0])
    X = [tfidf.transform(sentences) for sentences, _ in (train, dev, test)]
    known = [word in tfidf.vocabulary_ for sentence in test[0] for word in sentence]
    return _regress("bag of words (tf-idf)", X, y, classes, strengths, sum(known) / len(known) if known else math.nan)


def by_vectors(
    train: Split,
    dev: Split,
    test: Split,
    vectors: WordVectors,
    *,
    weighting: str = "mean",
    name: str = "word vectors",
    strengths: Sequence[float] = STRENGTHS,
) -> Result:
    """Represent a sentence by the mean of its words' vectors, each entry scaled to mean 0, variance 1 over train.

    Words without a vector are left out. weighting: "mean", "tfidf" or "sif", learned from train (see
    `word2vec.documents.means`); name: for tables; strengths: the λ to try (E32 of docs/equations.md).

    Raises ValueError if a split is empty, its labels are not as many as its sentences, train has only one class, or
    the strengths are not positive numbers; TypeError for sentences or labels of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.course.sentiment import by_vectors
    >>> train = [["good", "tea"], ["bad", "tea"], ["good"]], ["+", "-", "+"]
    >>> dev = test = [["bad"], ["good"]], ["-", "+"]
    >>> vectors = WordVectors(["good", "bad"], np.array([[1.0, 0.0], [-1.0, 0.5]]))
    >>> by_vectors(train, dev, test, vectors, strengths=[0.1, 1]).test
    1.0
    """
    from sklearn.preprocessing import StandardScaler

    classes, y = _targets(train, dev, test)
    bags = [count_words(sentences, vectors) for sentences, _ in (train, dev, test)]
    learned = learn_weighting(bags[0], weighting)
    X = [document_vectors(bag, learned) for bag in bags]
    scale = StandardScaler().fit(X[0])
    return _regress(name, [scale.transform(x) for x in X], y, classes, strengths, bags[2].coverage)


def _targets(*splits: Split) -> tuple[list[Any], list[Array]]:
    for name, split in zip(("train", "dev", "test"), splits, strict=True):
        if len(split) != 2:
            raise ValueError(f"{name} is not a pair (sentences, labels): sentiment.splits(dataset) makes the three")
        n, m = map(len, split)
        if n == 0 or n != m:
            raise ValueError(f"{name} holds {n} sentences, {m} labels: expected as many, at least one")
        if texts := [each for each in split[0] if isinstance(each, str)]:
            raise TypeError(f"{name} holds the text {texts[0]!r:.60}: expected lists of words, as split() makes")
    try:
        classes = sorted({label for _, labels in splits for label in labels})
    except TypeError as error:
        raise TypeError(
            f"labels: expected classes of one kind, such as all numbers or all strings ({error})"
        ) from None
    return classes, [np.array([classes.index(label) for label in labels]) for _, labels in splits]


def _regress(
    name: str, X: list[Any], y: list[Array], classes: list[Any], strengths: Sequence[float], coverage: float
) -> Result:
    """Fit a logistic regression for each λ; return the result of the best on dev, ties go to the strongest λ."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(y[0])) < 2:
        raise ValueError(f"train holds sentences of one class only, {classes[y[0][0]]!r}: expected at least two")
    if not len(strengths) or not all(0 < strength < np.inf for strength in strengths):
        raise ValueError(f"strengths is {[*strengths]}: expected one or more positive numbers")
    model = LogisticRegression(max_iter=5000, warm_start=True)  # each fit starts where the one before ended
    fits, path = [], []
    for strength in sorted(strengths, reverse=True):
        fits.append(deepcopy(model.set_params(C=1 / strength).fit(X[0], y[0])))
        path.append(Point(strength, model.score(X[0], y[0]), model.score(X[1], y[1])))
    best = max(range(len(path)), key=lambda i: path[i].dev)  # the first of several
    return _result(name, fits[best], X, y, classes, strength=path[best].strength, coverage=coverage, path=path)


def _result(name: str, model: Any, X: list[Any], y: list[Array], classes: list[Any], **chosen: Any) -> Result:
    from sklearn.metrics import confusion_matrix

    confusion = confusion_matrix(y[2], model.predict(X[2]), labels=range(len(classes)))
    dev, test = model.score(X[1], y[1]), model.score(X[2], y[2])
    return Result(name, dev, test, classes=classes, confusion=confusion, **chosen)


def compare(
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
) -> list[Result]:
    """Compare ways to predict the sentiment of the treebank's sentences, draw the comparison, and log the progress.

    Returns a `Result` for each of: the majority class, the bag of words, the course's vectors, the fast trainer's,
    each file. Both trainings read all sentences of the treebank, as the course does, but no label. Raises OSError or
    ValueError if data or vectors cannot be read, an option makes no sense, or a picture cannot be written.

    Parameters
    ----------
    data : folder of the treebank; by default where get_datasets.sh puts it, or else the built-in sample
    files : files of further vectors to compare
    out : folder to write the pictures `OUTPUTS` into
    weighting : of the words in a sentence: "mean", "tfidf" or "sif"
    iterations : of the course run (10 dimensions, K = 10, window 5)
    dim, epochs, workers : of the fast trainer; `epochs_for` chooses the epochs if they are not given
    seed : of both trainings; by default the course's own seeds, and 1 for the fast trainer
    strengths : the λ to try
    """
    iterations = check_whole("iterations", iterations)
    check_writable(out, *OUTPUTS)
    given = [(drawable(Path(file).name), WordVectors.load(file)) for file in files]
    dataset = open_treebank(data)
    parts = splits(dataset)
    results = [by_majority(*parts), by_words(*parts, strengths=strengths)]
    _log.info("Training vectors by the course run, %s iterations, and by the fast trainer.", f"{iterations:,}")
    fast = fast_vectors(dataset, dim, epochs, seed, workers)  # first: it takes seconds, or refuses its options
    course = course_vectors(dataset, iterations, seed)
    learned = [(f"course run, {Settings().dim} dimensions", course), (f"fast trainer, {dim} dimensions", fast)]
    for name, vectors in learned + given:
        results.append(by_vectors(*parts, vectors, weighting=weighting, name=name, strengths=strengths))
    try:
        with lettering(result.name for result in results):
            plot_regularisation(results, Path(out) / OUTPUTS[0])
            plot_confusion(results[1:], Path(out) / OUTPUTS[1], [CLASSES[i] for i in results[0].classes])
    except Exception:  # whatever it is, the figures that took minutes are not lost
        _log.info("\n%s\n", table(results))
        raise
    return results


def splits(dataset: StanfordSentiment) -> tuple[Split, Split, Split]:
    """Return (sentences, classes) of train, dev and test."""
    parts = dataset.getTrainSentences(), dataset.getDevSentences(), dataset.getTestSentences()
    train, dev, test = (([words for words, _ in part], [label for _, label in part]) for part in parts)
    return train, dev, test


def course_vectors(dataset: StanfordSentiment, iterations: int = ITERATIONS, seed: int | None = None) -> WordVectors:
    """Train vectors on a fresh dataset as the course does, if seed is None with its seeds; restore `random`."""
    iterations = check_whole("iterations", iterations)
    run, before = CourseRun(dataset, Settings(seed=seed)), random.getstate()
    try:
        state = run.start()
        deque(run.train(state, iterations), 0)
    finally:
        random.setstate(before)
    return run.vectors(state.x)


def fast_vectors(
    dataset: Any, dim: int = 100, epochs: int | None = None, seed: int | None = None, workers: int = 1
) -> WordVectors:
    """Train vectors by `train`; raise KeyboardInterrupt after Ctrl-C."""
    corpus = encode(dataset)
    epochs = epochs_for(corpus.raw_words) if epochs is None else epochs
    seed = 1 if seed is None else seed
    vectors = train(corpus, dim=dim, epochs=epochs, seed=seed, workers=workers, quiet=True)
    if not vectors.history.complete:
        raise KeyboardInterrupt
    return vectors


def report(results: Sequence[Result], weighting: str, out: PathLike) -> str:
    """Format the results of `compare` as text for the command line."""
    return (
        f"\n{table(results)}\n\n"
        f"Accuracy over the classes; λ of the logistic regression chosen on dev; sentences as the {weighting} of "
        "their words' vectors.\nBoth trainings read the text of all sentences, but no label.\n"
        f"Written to {Path(out).resolve()}: {', '.join(OUTPUTS)}"
    )


def table(results: Sequence[Result]) -> str:
    """Format results as a table, one line each."""
    rows = [("sentences as", "dev", "test", "λ", "words known")]
    for one in results:
        # two significant digits, but 10000 instead of 1e+04
        strength = "–" if one.strength is None else f"{float(f'{one.strength:.2g}'):g}"
        coverage = "–" if one.coverage is None or math.isnan(one.coverage) else f"{one.coverage:.1%}"
        rows.append((one.name, f"{one.dev:.1%}", f"{one.test:.1%}", strength, coverage))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def plot_regularisation(results: Sequence[Result], path: PathLike) -> None:
    """Draw accuracies over λ, with a mark at the λ chosen, or a level line if there is none, and write it as PNG."""
    figure, axes = new_figure((9, 5.5))
    styles = cycle(STYLES)
    for result in results:
        if not result.path:
            axes.axhline(result.dev, color="#999999", linewidth=1, linestyle=":", label=result.name)
            continue
        colour, marker = next(styles)
        strengths = [point.strength for point in result.path]
        axes.plot(strengths, [point.dev for point in result.path], color=colour, label=result.name)
        axes.plot(strengths, [point.train for point in result.path], color=colour, linestyle="--", linewidth=0.9)
        axes.plot([result.strength or 0], [result.dev], marker, color=colour, markersize=8)
    axes.set(xscale="log", xlabel="regularisation λ", ylabel="accuracy on dev; dashed: on train")
    axes.yaxis.set_major_formatter("{x:.1%}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    write_figure(figure, path)


def plot_confusion(results: Sequence[Result], path: PathLike, names: Sequence[str] | None = None) -> None:
    """Draw each result's confusion matrix, as shares of each true class and as counts, and write the picture.

    A class without sentences has no shares, which a dash says. All results are of the same classes; `names` are
    theirs, in order; by default the classes themselves.
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    figure, _ = new_figure((1 + 3.6 * len(results), 4.6))
    figure.clear()
    panels = figure.subplots(1, len(results), sharey=True, squeeze=False)[0]
    for axes, result in zip(panels, results, strict=True):
        sentences = result.confusion.sum(axis=1, keepdims=True)
        shares = result.confusion / sentences.clip(1)
        display = ConfusionMatrixDisplay(shares, display_labels=names or result.classes)
        look = {"cmap": "Blues", "colorbar": False, "im_kw": {"vmin": 0, "vmax": 1}, "text_kw": {"fontsize": 7}}
        display.plot(ax=axes, xticks_rotation=35, **look)
        for (i, j), text in np.ndenumerate(display.text_):
            known = f"{shares[i, j]:.0%}\n{result.confusion[i, j]}" if sentences[i] else "–"
            text.set(text=known, color="white" if shares[i, j] > 0.5 else "black")
        axes.set_title(f"{result.name}\n{result.test:.1%} right on test", fontsize=9)
        axes.set(xlabel="predicted", ylabel="")
        axes.tick_params(labelsize=8)
    panels[0].set_ylabel("true class")
    write_figure(figure, path)
