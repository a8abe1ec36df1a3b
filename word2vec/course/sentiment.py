"""Sentiment of sentences from the vectors of their words: the last part of the old assignment 1.

A sentence becomes a vector, a logistic regression tells its class, the regularisation is chosen on the dev split,
and the test split is looked at once. With y_i the class of the sentence x_i, it minimises

    J(W, b) = Σ_i −log softmax(W x_i + b)_{y_i} + λ/2 Σ_jk W_jk²

Every function takes the splits as three pairs (sentences, labels): lists of words, and the classes of any kind that
can be sorted. scikit-learn is imported where it is used.
"""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from word2vec._types import Array
from word2vec.documents.means import count_words, document_vectors, learn_weighting
from word2vec.vectors.word_vectors import WordVectors

Split = tuple[Sequence[Sequence[str]], Sequence[Any]]
STRENGTHS = tuple(10.0 ** (k / 2) for k in range(8, -3, -1))  # λ from 10⁴ to 10⁻¹: the strongest first
MOST_STEPS = 5000


@dataclass(frozen=True)
class Point:
    """A regularisation λ and the accuracies it gives."""

    strength: float
    train: float
    dev: float


@dataclass(frozen=True)
class Result:
    """How well a way to represent sentences does.

    Attributes
    ----------
    name : of the way
    dev, test : accuracies, shares of the sentences whose class is told right
    strength : the λ chosen on dev; None if there was none to choose
    coverage : share of the test sentences' words that are known; None if that has no meaning
    classes : list, sorted
    confusion : integers (classes, classes): test sentences of each class (rows) that were put into each (columns)
    path : a `Point` for each λ tried
    """

    name: str
    dev: float
    test: float
    strength: float | None
    coverage: float | None
    classes: list[Any]
    confusion: Array
    path: list[Point]


def by_majority(train: Split, dev: Split, test: Split, *, name: str = "majority class") -> Result:
    """Put every sentence into the class most frequent in train; among equals, the first."""
    classes = _classes(train, dev, test)
    counts = Counter(train[1])
    always = max(classes, key=lambda one: counts[one])  # the first of equals
    told = [np.array([classes.index(always)] * len(split[1])) for split in (dev, test)]
    return _result(name, classes, (dev, test), told)


def by_words(
    train: Split,
    dev: Split,
    test: Split,
    *,
    name: str = "bag of words (tf-idf)",
    strengths: Sequence[float] = STRENGTHS,
) -> Result:
    """Represent a sentence by which words it holds: tf-idf of train's words, rows of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    _classes(train, dev, test)
    tfidf = TfidfVectorizer(analyzer=_as_it_is).fit(train[0])
    X = [tfidf.transform(split[0]) for split in (train, dev, test)]
    known = [word in tfidf.vocabulary_ for sentence in test[0] for word in sentence]
    return _choose(name, (train, dev, test), X, strengths, sum(known) / max(1, len(known)))


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
    """Represent a sentence by the mean of its words' vectors, each entry brought to mean 0, variance 1 over train.

    Parameters
    ----------
    train, dev, test : (sentences, labels)
    vectors : WordVectors; words that they do not hold are left out
    weighting : "mean", "tfidf" or "sif", learned from train; see `word2vec.documents.means`
    name : for tables
    strengths : the λ to try, the strongest first

    Raises
    ------
    ValueError
        If a split is empty, its labels are not as many as its sentences, or train has only one class.
    """
    from sklearn.preprocessing import StandardScaler

    _classes(train, dev, test)
    bags = [count_words(sentences, vectors) for sentences, _ in (train, dev, test)]
    learned = learn_weighting(bags[0], weighting)
    X = [document_vectors(bag, learned) for bag in bags]
    scale = StandardScaler().fit(X[0])
    return _choose(name, (train, dev, test), [scale.transform(x) for x in X], strengths, bags[2].coverage)


def table(results: Sequence[Result]) -> str:
    """Write results as a table, a line each."""
    head = ("sentences as", "dev", "test", "λ", "words known")
    rows = [head, *(_row(result) for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def _row(result: Result) -> tuple[str, str, str, str, str]:
    """Write a result's cells."""
    strength = "–" if result.strength is None else f"{float(f'{result.strength:.2g}'):g}"
    coverage = "–" if result.coverage is None else f"{result.coverage:.1%}"
    return result.name, f"{result.dev:.1%}", f"{result.test:.1%}", strength, coverage


def _choose(
    name: str, splits: tuple[Split, Split, Split], X: Sequence[Any], strengths: Sequence[float], coverage: float
) -> Result:
    """Fit on train for each λ, take the best on dev (among equals, the strongest), and look at test once."""
    classes = _classes(*splits)
    y = [np.array([classes.index(label) for label in labels]) for _, labels in splits]
    if len(set(y[0].tolist())) < 2:
        raise ValueError(f"train holds sentences of one class only, {classes[y[0][0]]!r}: expected at least two")
    path, best, chosen = [], -1.0, None
    if wrong := [strength for strength in strengths if not 0 < strength < np.inf]:
        raise ValueError(f"strengths holds {wrong[0]}: expected positive numbers")
    for strength, model in _fits(X[0], y[0], strengths):
        path.append(Point(strength, _accuracy(model.predict(X[0]), y[0]), _accuracy(model.predict(X[1]), y[1])))
        if path[-1].dev > best:
            best, chosen = path[-1].dev, (strength, deepcopy(model))
    if chosen is None:
        raise ValueError("strengths is empty: expected at least one λ to try")
    told = [chosen[1].predict(x) for x in X[1:]]
    return _result(name, classes, splits[1:], told, strength=chosen[0], coverage=coverage, path=path)


def _fits(X: Any, y: Array, strengths: Sequence[float]) -> Any:
    """Fit for each λ, from the strongest on, each beginning where the one before ended: (λ, model)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=MOST_STEPS, warm_start=True)
    for strength in sorted(strengths, reverse=True):
        yield strength, model.set_params(C=1 / strength).fit(X, y)


def _result(
    name: str,
    classes: list[Any],
    splits: Sequence[Split],
    told: Sequence[Array],
    *,
    strength: float | None = None,
    coverage: float | None = None,
    path: Sequence[Point] = (),
) -> Result:
    """Count what was told right, of dev and test."""
    dev, test = (np.array([classes.index(label) for label in labels]) for _, labels in splits)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (test, told[1]), 1)
    accuracies = _accuracy(told[0], dev), _accuracy(told[1], test)
    return Result(name, *accuracies, strength, coverage, classes, confusion, list(path))


def _accuracy(told: Array, truth: Array) -> float:
    """Give the share told right."""
    return float((told == truth).mean())


def _classes(*splits: Split) -> list[Any]:
    """Give the classes of the splits, sorted, or raise if a split cannot be right."""
    for name, (sentences, labels) in zip(("train", "dev", "test"), splits, strict=True):
        if not len(sentences) or len(sentences) != len(labels):
            raise ValueError(
                f"{name} holds {len(sentences)} sentences, {len(labels)} labels: expected as many, at least one"
            )
    return sorted({label for _, labels in splits for label in labels})


def _as_it_is(sentence: Sequence[str]) -> Sequence[str]:
    """Give a sentence that is a list of words already."""
    return sentence
