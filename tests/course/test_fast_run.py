"""word2vec/course/fast_run.py and its door in run.py: what is asked for, what is chosen, what is written."""

import argparse
import csv
from types import SimpleNamespace

import numpy as np
import pytest

import run
from word2vec.course import fast_run
from word2vec.vectors.word_vectors import WordVectors

OUTPUTS = ["loss.csv", "loss.png", "word_vectors.html", "word_vectors.png", "word_vectors.txt"]


@pytest.fixture
def text(tmp_path):
    """30 words, each 100 times."""
    words = np.random.default_rng(1).permutation(np.repeat([f"word{i}" for i in range(28)] + ["a", "the"], 100))
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(line) for line in words.reshape(-1, 20)) + "\n")
    return path


def main(text, out, *more):
    return run.main(["--corpus", str(text), "--out", str(out), "--dim", "8", "--epochs", "2", *more])


def test_a_text_file_gives_all_outputs(text, tmp_path, capsys):
    assert main(text, tmp_path / "out", "--workers", "2", "--window", "3") == 0
    out = capsys.readouterr().out
    assert "3,000 words, 30 different ones to be learned" in out
    assert "6,000 of 6,000 words" in out
    assert "Written to" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_file()) == OUTPUTS
    lines = (tmp_path / "out" / "word_vectors.txt").read_text().splitlines()
    assert lines[0] == "30 8"
    with (tmp_path / "out" / "loss.csv").open(newline="") as file:
        assert [row["words"] for row in csv.DictReader(file)] == ["3000", "6000"]


def test_the_same_command_goes_on_and_no_resume_starts_anew(text, tmp_path, capsys):
    for more in ([], ["--resume"], ["--no-resume"]):
        assert main(text, tmp_path, *more) == 0
        assert ("6,000 of 6,000" in capsys.readouterr().out) == (more != ["--resume"])
    assert main(text, tmp_path, "--seed", "9", "--resume") == 1
    assert "holds no run with these settings" in capsys.readouterr().err


def test_the_fast_trainer_takes_the_treebank(small_treebank, tmp_path):
    done = run.main(
        ["--trainer", "fast", "--data", str(small_treebank), "--out", str(tmp_path), "--epochs", "1", "--quiet"]
    )
    assert done == 0
    assert (tmp_path / "word_vectors.txt").read_text().split("\n")[0].endswith(" 100")


def test_interrupted_it_says_how_to_go_on(text, tmp_path, monkeypatch, capsys):
    vectors = WordVectors(["a"], np.ones((1, 2)))
    monkeypatch.setattr(fast_run, "train", lambda *_, **__: vectors)
    assert main(text, tmp_path) == 130
    assert "Stopped. The same command goes on" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpus", "x", "--trainer", "course"], "--corpus is for the fast trainer"),
        (["--corpus", "x", "--iterations", "5"], "--iterations is for the course's run: leave it out"),
        (["--trainer", "fast", "--step", "0.3"], "--step is for the course's run"),
        (["--epochs", "3"], "--epochs is for the fast trainer (--corpus FILE or --trainer fast)"),
        (["--min-count", "3"], "--min-count is for the fast trainer"),
        (["--lowercase"], "--lowercase is for the fast trainer"),
        (["--corpus", "no such file"], "there is no file 'no such file'"),
        (["--words", "king"], "fewer than two words"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message, tmp_path, capsys):
    assert run.main([*arguments, "--out", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


def test_the_trainer_gets_what_is_on_the_command_line(monkeypatch, tmp_path):
    found = {}
    monkeypatch.setattr(fast_run, "train", lambda corpus, **settings: found.update(settings))
    monkeypatch.setattr(fast_run, "encode", lambda source, **options: found.update(options) or CORPUS)
    line = "--corpus f --rate .1 --sample 0 --min-count 1 --loss naive-softmax --lowercase --tokenize words --seed 3"
    fast_run.train_fast(run.parse([*line.split(), "--out", str(tmp_path), "--quiet"]), "f", lambda _: None)
    assert found == {
        "learning_rate": 0.1,
        "sample": 0.0,
        "min_count": 1,
        "objective": "naive-softmax",
        "lowercase": True,
        "tokenize": "words",
        "seed": 3,
        "epochs": 100,
        "checkpoint": tmp_path / "checkpoints",
        "resume": None,
        "quiet": True,
    }


CORPUS = SimpleNamespace(raw_words=10, words=["a"])


@pytest.mark.parametrize(("words", "epochs"), [(1, 100), (100_000, 30), (10**7, 5)])
def test_short_texts_are_read_more_often(words, epochs):
    assert fast_run.epochs_for(SimpleNamespace(raw_words=words)) == epochs


def test_words_to_plot_are_those_listed_the_usual_ones_or_frequent_ones():
    vectors = WordVectors(["-lrb-", *("long" + "g" * i for i in range(30)), "a", "b"], np.ones((33, 2)))
    assert fast_run.chosen_words(["a", "b"], vectors, {}) == ["a", "b"]
    assert fast_run.chosen_words(None, vectors, {"b": "x", "a": "x"}) == ["b", "a"]
    assert fast_run.chosen_words(None, vectors, {"b": "x", "c": "x", "a": "x"}) == ["b", "a"]
    assert fast_run.chosen_words(None, vectors, {"b": "x", "c": "x"}) == ["long" + "g" * i for i in range(24)]
    short = WordVectors(["a", "b", "c"], np.ones((3, 2)))
    assert fast_run.chosen_words(None, short, {"z": "x"}) == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"'lon' is not in the vocabulary \(near: long.*\): choose others"):
        fast_run.chosen_words(["a", "lon"], vectors, {})


def test_picture_and_page_are_of_the_kind_asked_for(text, tmp_path, monkeypatch):
    asked = []
    for name in ("plot_words", "write_page"):
        monkeypatch.setattr(fast_run, name, lambda *_, method, **__: asked.append(method))
    assert main(text, tmp_path, "--plot", "tsne", "--quiet") == 0
    assert asked == ["tsne", "tsne"]


def test_what_cannot_be_written_is_left_out():
    vectors = WordVectors(["a", "b"], np.ones((2, 2)))
    seen = []

    def attempt(save):
        seen.append(save)
        return len(seen) != 2

    options = SimpleNamespace(out=_Path(), plot="svd")
    written = fast_run.write(vectors, ["a", "b"], {}, attempt, options)
    assert written == ["word_vectors.png", "word_vectors.txt", "loss.png", "loss.csv"]


class _Path:
    def __truediv__(self, name):
        return name


def test_options_are_described():
    parser = argparse.ArgumentParser()
    fast_run.add_options(parser)
    for name in (*fast_run.OPTIONS, "corpus", "trainer", "lowercase", "tokenize"):
        assert f"--{name}" in parser.format_help()
