"""word2vec/course/sentiment_run.py and `python -m word2vec sentiment`, on the generated treebank and the sample."""

import random
import signal

import numpy as np
import pytest

from word2vec.__main__ import main
from word2vec.course import sentiment_run
from word2vec.course.descent import descend
from word2vec.course.fast_run import epochs_for
from word2vec.course.run import CourseRun
from word2vec.course.sentiment import by_majority, by_vectors, by_words
from word2vec.course.sentiment_run import CLASSES, OUTPUTS, course_vectors, fast_vectors, sentiment, splits
from word2vec.course.treebank import SAMPLE, StanfordSentiment
from word2vec.text.vocabulary import encode
from word2vec.training.trainer import train
from word2vec.vectors.word_vectors import WordVectors

FEW = (1000.0, 10.0)
QUICK = {"iterations": 20, "dim": 4, "epochs": 1, "strengths": FEW}


def test_the_command_prints_a_table_and_draws(small_treebank, tmp_path, capsys):
    words = [f"{a}{b}" for a in ("ba", "de", "fi") for b in ("de", "fi", "go", "lu")]
    vectors = WordVectors(words, np.random.default_rng(0).standard_normal((len(words), 3)))
    vectors.save(tmp_path / "mine.txt")
    options = ["--iterations", "20", "--dim", "4", "--epochs", "1", "--seed", "3", "--weighting", "sif"]
    files = ["--data", str(small_treebank), "--out", str(tmp_path / "out"), "--vectors", str(tmp_path / "mine.txt")]
    assert main(["sentiment", *files, *options]) == 0
    printed = capsys.readouterr().out
    said = printed.splitlines()
    assert said[0].startswith("200 sentences, ")
    assert said[1].startswith("Training vectors by the course run, 20 iterations")
    assert said[-1] == f"Written to {tmp_path / 'out'}: {', '.join(OUTPUTS)}"
    rows = printed[printed.index("sentences as") :].splitlines()
    names = ["majority class", "bag of words (tf-idf)", "course run, 10 dimensions", "fast trainer, 4 dimensions"]
    assert [row.split("  ")[0] for row in rows[1:6]] == [*names, "mine.txt"]
    assert "sentences as the sif of their words' vectors" in printed
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(OUTPUTS)
    assert (tmp_path / "out" / OUTPUTS[0]).read_bytes()[:4] == b"\x89PNG"


def test_what_is_compared(small_treebank, tmp_path):
    """Each row is what its own functions give."""
    found = sentiment(small_treebank, out=tmp_path, weighting="tfidf", seed=5, **QUICK)
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
    truth = run.vectors(descend(run.start(), run.update, 0.3, 30).x)
    random.seed(1)
    before = random.getstate()
    found = course_vectors(StanfordSentiment(small_treebank), 30)
    assert random.getstate() == before
    assert found.words == truth.words
    np.testing.assert_array_equal(found.matrix, truth.matrix)
    assert (course_vectors(StanfordSentiment(small_treebank), 30, 7).matrix != found.matrix).any()


def test_the_fast_vectors_are_trains(small_treebank, monkeypatch):
    monkeypatch.setattr("word2vec.course.fast_run.MOST_EPOCHS", 3)
    dataset = StanfordSentiment(small_treebank)
    assert epochs_for(encode(dataset)) == 3
    np.testing.assert_array_equal(
        fast_vectors(dataset, 4, seed=2, workers=2).matrix, train(dataset, dim=4, epochs=3, seed=2).matrix
    )
    np.testing.assert_array_equal(fast_vectors(dataset, 4, 1).matrix, train(dataset, dim=4, epochs=1, seed=1).matrix)


@pytest.mark.slow
def test_on_the_sample_vectors_tell_more_than_the_majority(tmp_path):
    found = sentiment(SAMPLE, out=tmp_path, iterations=300, dim=20, epochs=3, strengths=FEW)
    majority, *others = found
    assert 0.4 < majority.test < 0.5
    assert all(result.test > majority.test for result in others)
    assert majority.classes == list(range(5))
    assert len(CLASSES) == 5


def test_no_iterations(small_treebank):
    with pytest.raises(ValueError, match=r"^iterations is 0: expected at least 1; the course's are 40000$"):
        course_vectors(StanfordSentiment(small_treebank), 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"iterations": 0}, "iterations is 0"), ({"dim": 0}, "dim is 0"), ({"workers": 0}, "workers is 0")],
)
def test_options_are_refused_before_the_course_run(small_treebank, monkeypatch, tmp_path, options, message):
    monkeypatch.delattr(sentiment_run, "CourseRun")
    with pytest.raises(ValueError, match=f"^{message}: expected at least 1"):
        sentiment(small_treebank, out=tmp_path, **QUICK | options)


def test_an_interrupted_training_is_no_result(small_treebank, monkeypatch):
    def stopped(*arguments, **options):
        vectors = train(*arguments, **options)
        vectors.history.complete = False
        return vectors

    monkeypatch.setattr(sentiment_run, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        fast_vectors(StanfordSentiment(small_treebank), 2, 1)


def test_ctrl_c_ends_the_command(small_treebank, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sentiment_run, "by_words", lambda *splits, **options: signal.raise_signal(signal.SIGINT))
    assert main(["sentiment", "--data", str(small_treebank), "--out", str(tmp_path)]) == 130
    assert "sentences as" not in capsys.readouterr().out


def test_errors_of_the_command_line(tmp_path, capsys, small_treebank):
    assert main(["sentiment", "--data", str(tmp_path / "nowhere")]) == 1
    assert "word2vec sentiment: no treebank in " in capsys.readouterr().err
    assert main(["sentiment", "--data", str(small_treebank), "--vectors", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err
