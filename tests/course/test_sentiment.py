"""word2vec/course/sentiment.py on made-up sentences whose answers are known."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from word2vec.course.sentiment import STRENGTHS, Point, Result, by_majority, by_vectors, by_words, table
from word2vec.documents.means import count_words, document_vectors, learn_weighting
from word2vec.vectors.word_vectors import WordVectors

RNG = np.random.default_rng(5)
WORDS = [f"w{i}" for i in range(40)]
VECTORS = WordVectors(WORDS, RNG.standard_normal((40, 6)))


def made_up(n):
    """Sentences whose class is, mostly, the sign of their mean's first two entries; some words are unknown."""
    sentences = [[f"w{i}" for i in RNG.integers(0, 44, RNG.integers(3, 9))] for _ in range(n)]
    X = document_vectors(count_words(sentences, VECTORS), learn_weighting(count_words(sentences, VECTORS)))
    labels = (X[:, 0] + RNG.normal(0, 0.15, n) > 0) + 2 * (X[:, 1] + RNG.normal(0, 0.15, n) > 0)
    return sentences, labels.tolist()


SPLITS = made_up(300), made_up(100), made_up(150)
STRONG = (1000.0, 10.0, 0.1)


def score(model, split):
    return model.score(split[0], split[1])


@pytest.mark.parametrize("weighting", ["mean", "tfidf", "sif"])
def test_vectors_as_by_a_pipeline_of_scikit_learn(weighting):
    found = by_vectors(*SPLITS, VECTORS, weighting=weighting, strengths=STRONG, name="mine")
    bags = [count_words(sentences, VECTORS) for sentences, _ in SPLITS]
    X = [document_vectors(bag, learn_weighting(bags[0], weighting)) for bag in bags]
    train, dev, test = ((x, y) for x, (_, y) in zip(X, SPLITS, strict=True))
    fits = [make_pipeline(StandardScaler(), LogisticRegression(C=1 / s, max_iter=5000)).fit(*train) for s in STRONG]
    assert [point.strength for point in found.path] == list(STRONG)
    np.testing.assert_allclose([p.train for p in found.path], [score(f, train) for f in fits], atol=0.004)
    np.testing.assert_allclose([p.dev for p in found.path], [score(f, dev) for f in fits], atol=0.011)
    chosen = fits[STRONG.index(found.strength)]
    assert found.test == pytest.approx(score(chosen, test), abs=0.007)
    assert found.name == "mine"
    assert found.test > 0.5, "four classes, and the vectors say them"
    assert found.coverage == pytest.approx(np.mean([word in VECTORS for s in SPLITS[2][0] for word in s]))


def test_the_best_on_dev_is_chosen_and_the_strongest_of_equals():
    for found in (by_vectors(*SPLITS, VECTORS), by_words(*SPLITS)):
        best = max(point.dev for point in found.path)
        assert found.dev == best
        assert found.strength == max(point.strength for point in found.path if point.dev == best)
        assert [point.strength for point in found.path] == list(STRENGTHS)


def test_strengths_in_any_order_are_tried_from_the_strongest_on():
    found = by_vectors(*SPLITS, VECTORS, strengths=[0.1, 1000, 10])
    assert [point.strength for point in found.path] == list(STRONG)
    again = by_vectors(*SPLITS, VECTORS, strengths=STRONG)
    assert (found.path, found.test) == (again.path, again.test)


def test_words_as_by_a_pipeline_of_scikit_learn():
    found = by_words(*SPLITS, strengths=STRONG)
    for point, strength in zip(found.path, STRONG, strict=True):
        model = make_pipeline(TfidfVectorizer(analyzer=list), LogisticRegression(C=1 / strength, max_iter=5000))
        model.fit(*SPLITS[0])
        assert (point.train, point.dev) == pytest.approx(
            (score(model, SPLITS[0]), score(model, SPLITS[1])), abs=0.011
        )
        if strength == found.strength:
            assert found.test == pytest.approx(score(model, SPLITS[2]), abs=0.007)
    seen = {word for sentence in SPLITS[0][0] for word in sentence}
    assert found.coverage == np.mean([word in seen for sentence in SPLITS[2][0] for word in sentence])


def test_words_of_one_letter_and_punctuation_count():
    train = [["a", "!"], ["b", "?"]] * 10, [1, 0] * 10
    assert by_words(train, train, train).test == 1.0


def test_a_word_that_occurs_once_is_a_word():
    train = [["a"], ["b"], ["once"]], [1, 0, 1]
    assert by_words(train, train, ([["once", "never"]], [1]), strengths=STRONG).coverage == 0.5


def test_the_model_that_was_chosen_meets_the_test_split():
    train, (sentences, _), test = SPLITS
    dev = sentences, [int(np.bincount(train[1]).argmax())] * len(sentences)  # to which the strongest λ leads
    found, first, last = (by_words(train, dev, test, strengths=s) for s in ([1e6, 0.1], [1e6], [0.1]))
    assert found.strength == 1e6
    np.testing.assert_array_equal(found.confusion, first.confusion)
    assert (found.confusion != last.confusion).any()


def test_each_test_sentence_is_told_by_itself():
    sentences, labels = SPLITS[2]
    together = by_vectors(*SPLITS[:2], (sentences[:5], labels[:5]), VECTORS, strengths=STRONG[1:2])
    alone = [
        by_vectors(*SPLITS[:2], ([s], [label]), VECTORS, strengths=STRONG[1:2]).confusion
        for s, label in zip(sentences[:5], labels[:5], strict=True)
    ]
    np.testing.assert_array_equal(sum(alone), together.confusion)


def test_majority():
    train = [["x"]] * 5, ["b", "b", "a", "a", "c"]
    found = by_majority(train, ([["x"]] * 4, ["a", "a", "b", "c"]), ([["x"]] * 3, ["c", "c", "a"]))
    assert (found.dev, found.test) == (0.5, 1 / 3), "of a and b, which are as frequent, the first"
    assert found.classes == ["a", "b", "c"]
    assert found.confusion.tolist() == [[1, 0, 0], [0, 0, 0], [2, 0, 0]]
    assert (found.strength, found.coverage, found.path) == (None, None, [])


def test_the_confusion_counts_test_sentences_by_true_and_told_class():
    found = by_vectors(*SPLITS, VECTORS)
    assert found.confusion.sum() == 150
    assert found.confusion.trace() / 150 == found.test
    assert found.confusion.sum(axis=1).tolist() == np.bincount(SPLITS[2][1]).tolist()
    assert (found.confusion != found.confusion.T).any()
    assert found.classes == [0, 1, 2, 3]


def test_classes_may_be_words_and_miss_in_some_splits():
    named = [(sentences, [("no", "so", "yes", "zzz")[label] for label in labels]) for sentences, labels in SPLITS]
    a, b = (by_vectors(*s, VECTORS, strengths=STRONG) for s in (SPLITS, named))
    assert (a.dev, a.test, a.path) == (b.dev, b.test, b.path)
    dev = SPLITS[1][0][:3], ["yes", "yes", "new"]
    found = by_vectors(named[0], dev, named[2], VECTORS, strengths=STRONG)
    assert found.classes == ["new", "no", "so", "yes", "zzz"]
    assert found.dev <= 2 / 3
    assert found.confusion[0].sum() == found.confusion[:, 0].sum() == 0


def test_the_same_again_to_the_bit():
    first, second = (by_vectors(*SPLITS, VECTORS, weighting="sif", strengths=STRONG) for _ in range(2))
    assert first.path == second.path
    np.testing.assert_array_equal(first.confusion, second.confusion)


def test_labels_of_test_are_not_learned_from():
    sentences, labels = SPLITS[2]
    a, b = (
        by_vectors(*SPLITS[:2], (sentences, shown), VECTORS, strengths=STRONG) for shown in (labels, labels[::-1])
    )
    assert (a.path, a.strength, a.dev) == (b.path, b.strength, b.dev)
    np.testing.assert_array_equal(a.confusion.sum(axis=0), b.confusion.sum(axis=0))


def test_table():
    rows = [
        Result("majority", 0.25, 0.2312, None, None, [0, 1], np.eye(2, dtype=int), []),
        Result("words", 0.4, 0.375, 10**2.5, 0.891, [0, 1], np.eye(2, dtype=int), [Point(1.0, 0.5, 0.4)]),
    ]
    assert table(rows).splitlines() == [
        "sentences as    dev   test    λ  words known",
        "majority      25.0%  23.1%    –            –",
        "words         40.0%  37.5%  320        89.1%",
    ]
    assert [table([replace(rows[1], strength=x)]).split()[-2] for x in (0.1, 1e4)] == ["0.1", "10000"]


# errors


@pytest.mark.parametrize("way", [by_majority, by_words, lambda *splits: by_vectors(*splits, VECTORS)])
@pytest.mark.parametrize(
    ("which", "split", "found"),
    [(0, ([], []), "train holds 0 sentences, 0 labels"), (2, ([["w1"]], [1, 2]), "test holds 1 sentences, 2 labels")],
)
def test_splits_that_make_no_sense(way, which, split, found):
    splits = list(SPLITS)
    splits[which] = split
    with pytest.raises(ValueError, match=f"^{re.escape(found)}: expected as many, at least one$"):
        way(*splits)


def test_one_class_only():
    train = SPLITS[0][0], [3] * 300
    with pytest.raises(ValueError, match=r"^train holds sentences of one class only, 3: expected at least two$"):
        by_words(train, *SPLITS[1:])


def test_no_strength():
    with pytest.raises(ValueError, match=r"^strengths is empty: expected at least one λ to try$"):
        by_vectors(*SPLITS, VECTORS, strengths=[])


@pytest.mark.parametrize("strength", [0, -1.0, math.inf, math.nan])
def test_strengths_that_make_no_sense(strength):
    with pytest.raises(ValueError, match=r"^strengths holds .*: expected positive numbers$"):
        by_vectors(*SPLITS, VECTORS, strengths=[1.0, strength])
