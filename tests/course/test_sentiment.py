"""word2vec/course/sentiment.py on made-up sentences, on the generated treebank and the sample; the command line."""

import logging
import math
import random
import re
import signal
from collections import deque
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from word2vec.__main__ import main
from word2vec.course import sentiment
from word2vec.course.descent import descend
from word2vec.course.run import CourseRun
from word2vec.course.sentiment import (
    CLASSES,
    OUTPUTS,
    STRENGTHS,
    Point,
    Result,
    by_majority,
    by_vectors,
    by_words,
    compare,
    course_vectors,
    fast_vectors,
    plot_confusion,
    plot_regularisation,
    splits,
    table,
)
from word2vec.course.treebank import SAMPLE, StanfordSentiment
from word2vec.documents.means import count_words, document_vectors, learn_weighting
from word2vec.text.vocabulary import encode
from word2vec.training.settings import epochs_for
from word2vec.training.trainer import train
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


@pytest.fixture(scope="module")
def found_by_vectors():
    """What the vectors tell at all strengths."""
    return by_vectors(*SPLITS, VECTORS)


def test_the_best_on_dev_is_chosen_and_the_strongest_of_equals(found_by_vectors):
    for found in (found_by_vectors, by_words(*SPLITS)):
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


def test_sentences_without_words_have_no_share_of_known_ones():
    train, test = ([["a"], ["b"]], [1, 0]), ([[], []], [1, 0])
    by = by_words, partial(by_vectors, vectors=WordVectors(["a", "b"], np.eye(2)))
    for found in (way(train, train, test, strengths=[1]) for way in by):
        assert np.isnan(found.coverage)
        assert table([found]).split()[-1] == "–"


def test_the_model_that_was_chosen_meets_the_test_split():
    train, (sentences, _), test = SPLITS
    dev = sentences, [int(np.bincount(train[1]).argmax())] * len(sentences)  # to which the strongest λ leads
    found, first, last = (by_words(train, dev, test, strengths=s) for s in ([1e6, 0.1], [1e6], [0.1]))
    assert found.strength == 1e6
    np.testing.assert_array_equal(found.confusion, first.confusion)
    assert (found.confusion != last.confusion).any()


def test_each_test_sentence_is_predicted_by_itself():
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


def test_the_confusion_counts_test_sentences_by_true_and_predicted_class(found_by_vectors):
    found = found_by_vectors
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
    ("train", "kind", "message"),
    [
        ((["good tea", "bad"], [1, 0]), TypeError, "train holds the text 'good tea': expected lists of words"),
        (
            [(["good"], 1), (["bad"], 0), (["so"], 1)],
            ValueError,
            r"train is not a pair \(sentences, labels\): sentiment",
        ),
        (([["good"], ["bad"]], [1, "-"]), TypeError, "labels: expected classes of one kind, such as all numbers or"),
        (([["good"], ["bad"]], [1, None]), TypeError, "labels: expected classes of one kind, such as all numbers or"),
    ],
    ids=["texts", "a list of pairs", "labels of two kinds", "None"],
)
def test_splits_of_another_kind_are_named(way, train, kind, message):
    """The words of a text were its letters, in silence."""
    with pytest.raises(kind, match=f"^{message}"):
        way(train, *SPLITS[1:])


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


@pytest.mark.parametrize("strengths", [[], [1.0, 0], [1.0, -1.0], [1.0, math.inf], [1.0, math.nan]])
def test_strengths_that_make_no_sense(strengths):
    with pytest.raises(
        ValueError, match=rf"^strengths is {re.escape(str(strengths))}: expected one or more positive"
    ):
        by_vectors(*SPLITS, VECTORS, strengths=strengths)


# the pictures


PATH = [Point(100.0, 0.3, 0.25), Point(1.0, 0.5, 0.4), Point(0.1, 0.9, 0.35)]
RESULTS = [
    Result("majority", 0.25, 0.2, None, None, ["bad", "good"], np.array([[3, 0], [5, 0]]), []),
    Result("words", 0.4, 0.75, 1.0, 0.9, ["bad", "good"], np.array([[1, 2], [0, 5]]), PATH),
]


@pytest.fixture
def figures(monkeypatch):
    """Keep the figures that are written, laid out but not painted."""
    kept = []
    monkeypatch.setattr(
        sentiment, "write_figure", lambda figure, _: (kept.append(figure), figure.draw_without_rendering())
    )
    return kept


def test_regularisation(figures, tmp_path):
    plot_regularisation(RESULTS, tmp_path / "a.png")
    axes = figures[0].axes[0]
    lines = [(line.get_label(), *np.array(line.get_data()).tolist()) for line in axes.get_lines()]
    strengths = [100.0, 1.0, 0.1]
    assert lines[0] == ("majority", [0, 1], [0.25, 0.25])
    assert lines[1] == ("words", strengths, [0.25, 0.4, 0.35])
    assert lines[2][1:] == (strengths, [0.3, 0.5, 0.9])
    assert axes.get_lines()[2].get_linestyle() == "--"
    assert lines[3][1:] == ([1.0], [0.4]), "a mark at the one chosen"
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["majority", "words"]


def test_names_of_files_are_no_formulas(tmp_path, monkeypatch):
    written = []
    write = sentiment.write_figure
    monkeypatch.setattr(sentiment, "write_figure", lambda figure, path: (written.append(figure), write(figure, path)))
    results = [replace(RESULTS[1], name="$x^.txt")]
    plot_regularisation(results, tmp_path / "a.svg")
    plot_confusion(results, tmp_path / "b.svg")
    assert written[0].axes[0].get_legend().get_texts()[0].get_text() == "$x^.txt"
    assert written[1].axes[0].get_title().startswith("$x^.txt")
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")


def test_confusion(figures, tmp_path):
    plot_confusion(RESULTS, tmp_path / "b.png", ["blame", "praise"])
    panels = figures[0].axes
    assert [axes.get_title() for axes in panels] == ["majority\n20.0% right on test", "words\n75.0% right on test"]
    cells = {text.get_position(): text.get_text() for text in panels[1].texts}
    assert cells == {(0, 0): "33%\n1", (1, 0): "67%\n2", (0, 1): "0%\n0", (1, 1): "100%\n5"}
    np.testing.assert_allclose(panels[1].images[0].get_array(), [[1 / 3, 2 / 3], [0, 1]])
    assert panels[1].images[0].get_clim() == (0, 1)
    assert [axes.get_xlabel() for axes in panels] == ["predicted"] * 2
    assert [axes.get_ylabel() for axes in panels] == ["true class", ""]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["blame", "praise"]


def test_classes_are_named_by_themselves_and_may_be_absent(figures, tmp_path):
    empty = Result("x", 0.0, 0.0, None, None, [3, 4], np.array([[0, 0], [1, 1]]), [])
    plot_confusion([empty], tmp_path / "c.png")
    assert [label.get_text() for label in figures[0].axes[0].get_xticklabels()] == ["3", "4"]
    np.testing.assert_allclose(figures[0].axes[0].images[0].get_array(), [[0, 0], [0.5, 0.5]])
    assert [text.get_text() for text in figures[0].axes[0].texts] == ["–", "–", "50%\n1", "50%\n1"]
    assert {text.get_color() for text in figures[0].axes[0].texts} == {"black"}, "all are on light ground"


# the comparison on the treebank


FEW = (1000.0, 10.0)
pytestmark = pytest.mark.filterwarnings("ignore:sample=0.001 leaves")  # of the small treebanks that are trained on
QUICK = {"iterations": 20, "dim": 4, "epochs": 1, "strengths": FEW}


@pytest.mark.slow  # what it compares is tested below
def test_the_command_prints_a_table_and_draws(small_treebank, tmp_path, capsys, caplog):
    caplog.set_level(logging.INFO, "word2vec")
    words = [f"{a}{b}" for a in ("ba", "de", "fi") for b in ("de", "fi", "go", "lu")]
    vectors = WordVectors(words, np.random.default_rng(0).standard_normal((len(words), 3)))
    vectors.save(tmp_path / "mine.txt")
    options = ["--iterations", "20", "--dim", "4", "--epochs", "1", "--seed", "3", "--weighting", "sif"]
    files = ["--data", str(small_treebank), "--out", str(tmp_path / "out"), "--vectors", str(tmp_path / "mine.txt")]
    assert main(["sentiment", *files, *options]) == 0
    printed = capsys.readouterr().out
    logged = [record.getMessage() for record in caplog.records]
    assert printed.startswith("\n".join([*logged, "", "sentences as"])), "first the log, then the table"
    assert logged[0].startswith("200 sentences, ")
    assert logged[1].startswith("Training vectors by the course run, 20 iterations")
    assert printed.splitlines()[-1] == f"Written to {tmp_path / 'out'}: {', '.join(OUTPUTS)}"
    rows = printed[printed.index("sentences as") :].splitlines()
    names = ["majority class", "bag of words (tf-idf)", "course run, 10 dimensions", "fast trainer, 4 dimensions"]
    assert [row.split("  ")[0] for row in rows[1:6]] == [*names, "mine.txt"]
    assert "sentences as the sif of their words' vectors" in printed
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(OUTPUTS)
    assert (tmp_path / "out" / OUTPUTS[0]).read_bytes()[:4] == b"\x89PNG"


def test_the_table_is_not_lost_when_a_picture_cannot_be_drawn(small_treebank, tmp_path, caplog, monkeypatch):
    def fail(*_):
        raise RuntimeError("no font")

    monkeypatch.setattr(sentiment, "plot_regularisation", fail)
    monkeypatch.setattr(sentiment, "write_figure", lambda figure, path: None)
    caplog.set_level(logging.INFO, "word2vec")
    with pytest.raises(RuntimeError, match="no font"):
        compare(small_treebank, out=tmp_path, **QUICK)
    assert "bag of words (tf-idf)" in caplog.messages[-1]


def test_what_is_compared(small_treebank, tmp_path, monkeypatch):
    """Each row is what its own functions give."""
    monkeypatch.setattr(sentiment, "write_figure", lambda figure, path: None)
    found = compare(small_treebank, out=tmp_path, weighting="tfidf", seed=5, **QUICK)
    parts = splits(StanfordSentiment(small_treebank))
    course = course_vectors(StanfordSentiment(small_treebank), 20, 5)
    fast = fast_vectors(StanfordSentiment(small_treebank), 4, 1, 5)
    truth = [
        by_majority(*parts),
        by_words(*parts, strengths=FEW),
        by_vectors(*parts, course, weighting="tfidf", strengths=FEW),
        by_vectors(*parts, fast, weighting="tfidf", strengths=FEW),
    ]
    assert [(r.dev, r.test, r.strength, r.path) for r in found] == [
        (r.dev, r.test, r.strength, r.path) for r in truth
    ]


def test_splits_are_train_dev_test(small_treebank):
    dataset = StanfordSentiment(small_treebank)
    found = splits(dataset)
    truth = dataset.getTrainSentences(), dataset.getDevSentences(), dataset.getTestSentences()
    assert [list(zip(*part, strict=True)) for part in found] == [*truth]
    assert [len(labels) for _, labels in found] == [140, 20, 40]


def test_the_courses_vectors_are_the_courses(small_treebank):
    run = CourseRun(StanfordSentiment(small_treebank))
    state = run.start()
    deque(descend(state, run.update, 0.3, 30), 0)
    truth = run.vectors(state.x)
    random.seed(1)
    before = random.getstate()
    found = course_vectors(StanfordSentiment(small_treebank), 30)
    assert random.getstate() == before
    assert found.words == truth.words
    np.testing.assert_array_equal(found.matrix, truth.matrix)
    assert (course_vectors(StanfordSentiment(small_treebank), 30, 7).matrix != found.matrix).any()


def test_the_fast_vectors_are_trains(small_treebank, monkeypatch):
    monkeypatch.setattr("word2vec.training.settings.MOST_EPOCHS", 3)
    dataset = StanfordSentiment(small_treebank)
    assert epochs_for(encode(dataset).raw_words) == 3
    np.testing.assert_array_equal(
        fast_vectors(dataset, 4, seed=2, workers=2).matrix, train(dataset, dim=4, epochs=3, seed=2).matrix
    )
    np.testing.assert_array_equal(fast_vectors(dataset, 4, 1).matrix, train(dataset, dim=4, epochs=1, seed=1).matrix)


@pytest.mark.slow
def test_on_the_sample_vectors_tell_more_than_the_majority(tmp_path):
    found = compare(SAMPLE, out=tmp_path, iterations=300, dim=20, epochs=3, strengths=FEW)
    majority, *others = found
    assert 0.4 < majority.test < 0.5
    assert all(result.test > majority.test for result in others)
    assert majority.classes == list(range(5))
    assert len(CLASSES) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [({"iterations": 0}, "iterations is 0"), ({"dim": 0}, "dim is 0"), ({"workers": 0}, "workers is 0")],
)
def test_options_are_refused_before_the_course_run(small_treebank, monkeypatch, tmp_path, options, message):
    monkeypatch.delattr(sentiment, "CourseRun")
    with pytest.raises(ValueError, match=f"^{message}: expected at least 1"):
        compare(small_treebank, out=tmp_path, **QUICK | options)


def test_an_interrupted_training_is_no_result(small_treebank, monkeypatch):
    def stopped(*arguments, **options):
        vectors = train(*arguments, **options)
        vectors.history.complete = False
        return vectors

    monkeypatch.setattr(sentiment, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        fast_vectors(StanfordSentiment(small_treebank), 2, 1)


def test_ctrl_c_ends_the_command(small_treebank, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sentiment, "by_words", lambda *splits, **options: signal.raise_signal(signal.SIGINT))
    assert main(["sentiment", "--data", str(small_treebank), "--out", str(tmp_path)]) == 130
    assert "sentences as" not in capsys.readouterr().out


def test_errors_of_the_command_line(tmp_path, capsys, small_treebank):
    assert main(["sentiment", "--data", str(tmp_path / "nowhere")]) == 1
    assert "word2vec sentiment: no treebank in " in capsys.readouterr().err
    assert main(["sentiment", "--data", str(small_treebank), "--vectors", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err


def test_no_iterations(small_treebank):
    with pytest.raises(ValueError, match=r"^iterations is 0: expected at least 1$"):
        course_vectors(StanfordSentiment(small_treebank), 0)
