"""word2vec/plotting/outputs.py: which words are plotted, what is logged about them, which files are written."""

import csv
import logging

import numpy as np
import pytest

from word2vec.course.descent import Report
from word2vec.plotting import outputs
from word2vec.plotting.outputs import (
    GROUPS,
    MODEL,
    OUTPUTS,
    PAGE,
    choose_words,
    log_neighbours,
    only_outputs_in,
    split_words,
    write_outputs,
)
from word2vec.plotting.plots import MOST
from word2vec.runtime.console import reason
from word2vec.vectors.history import History
from word2vec.vectors.model_file import load_model
from word2vec.vectors.word_vectors import WordVectors


@pytest.fixture(autouse=True)
def log(caplog):
    caplog.set_level(logging.INFO, "word2vec")
    return caplog


@pytest.fixture
def vectors():
    words = ["king", "queen", "man", "woman", "tea"]
    return WordVectors(words, np.array([[2.0, 1], [2, 3], [1, 0], [1, 2], [-1, -3]]))


@pytest.fixture
def history():
    return History(Report._fields, [Report(10 * i, 3 - i / 10, 3 - i / 20) for i in range(1, 4)])


# the words


def test_listed_words_are_plotted_in_their_order():
    assert choose_words("tea,king", ["king", "tea"]) == ["tea", "king"]
    assert choose_words(" tea , king,,tea ", ["king", "tea"]) == ["tea", "king"], "each once, without spaces"


def test_a_listed_word_is_looked_up_as_written_and_then_in_lower_case():
    assert choose_words("King,Tea", ["king", "tea", "Tea"]) == ["king", "Tea"]


def test_bytes_that_a_c_locale_passes_on_are_read_as_utf_8():
    disguised = "café,tea".encode().decode("ascii", "surrogateescape")
    assert choose_words(disguised, ["café", "tea"]) == ["café", "tea"]


@pytest.mark.parametrize("listed", ["", ",", ",,", "king", "king,king"])
def test_fewer_than_two_words_are_refused_before_the_vocabulary_is_known(listed):
    with pytest.raises(ValueError, match="fewer than two words: expected at least two, separated by commas"):
        split_words(listed)


@pytest.mark.parametrize("listed", ["", ",", "king", "king,king", "King,king"])
def test_fewer_than_two_words_are_refused(listed):
    with pytest.raises(ValueError, match="fewer than two words: expected at least two, separated by commas"):
        choose_words(listed, ["king", "tea"])


def test_more_words_than_are_drawn_are_refused_before_the_vocabulary_is_known():
    words = [f"w{i}" for i in range(MOST + 1)]
    assert split_words(",".join(words[1:])) == words[1:]
    with pytest.raises(ValueError, match=r"^--words names 2,001 words: expected at most 2,000$"):
        split_words(",".join(words))


def test_unknown_words_are_all_named_with_near_ones():
    with pytest.raises(ValueError, match=r"^not in the vocabulary.*: 'quen' \(near: queen\), 'zzz'; choose others"):
        choose_words("king,quen,zzz", ["king", "queen"])


def test_it_is_said_which_words_there_are_and_why_others_are_not():
    words = [f"word{i}" for i in range(2000)]
    with pytest.raises(ValueError, match="cannot be plotted") as caught:
        choose_words("king,word7", words)
    there = "choose others by --words from its 2,000 words, such as 'word0', 'word1', 'word2', 'word3', 'word4'"
    assert str(caught.value).endswith(there)
    with pytest.raises(ValueError, match=r"'word4'; words that occur fewer than min_count=5 times are left out$"):
        choose_words("king,word7", words, 5)


def test_without_a_list_the_courses_words_are_plotted_if_most_are_known():
    most = list(GROUPS)[::-1][:13]
    assert choose_words(None, [*most, "other"]) == [word for word in GROUPS if word in most]
    assert choose_words(None, list(GROUPS)) == list(GROUPS)


def test_otherwise_frequent_words_of_more_than_three_letters():
    longer = ["long" + "g" * i for i in range(30)]
    half = list(GROUPS)[:12]
    assert choose_words(None, ["-lrb-", "x2345", *longer, *half]) == longer[:24]
    assert choose_words(None, ["-lrb-", "a", *longer[:23]]) == ["-lrb-", "a", *longer[:22]], "or just frequent ones"
    assert choose_words(None, ["a", "b", "c"]) == ["a", "b", "c"]


# the log


def test_the_nearest_words_are_logged(vectors, log):
    assert log_neighbours(vectors, ["king", "tea"])
    _, title, king, tea = log.text[log.text.index("\n") :].splitlines()[:4]
    assert title.split("  ")[-1] == "nearest words (cosine)"
    near = ", ".join(f"{word} {cosine:.2f}" for word, cosine in vectors.most_similar("king", top_n=5))
    assert king == f"king        {near}"
    assert tea.startswith("tea         ")


def test_of_many_words_about_eight_are_logged(log):
    words = [f"w{i}" for i in range(24)]
    log_neighbours(WordVectors(words, np.random.default_rng(0).normal(size=(24, 3))), words, "a title")
    lines = log.messages[0].splitlines()
    assert [line.split()[0] for line in lines[2:]] == words[::3]
    assert lines[1].endswith("  a title")


def test_neighbours_that_cannot_be_found_are_an_error_in_the_log_only(vectors, log):
    assert not log_neighbours(vectors, ["king", "quen"])
    assert log.messages == ["no nearest words are shown: no vector for 'quen' among 5 words; did you mean queen?"]
    assert log.records[0].levelno == logging.ERROR


# the files


def test_all_outputs_are_written(vectors, history, tmp_path, log):
    assert write_outputs(tmp_path, vectors, ["king", "queen", "tea"], history)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(OUTPUTS)
    with (tmp_path / "loss.csv").open(encoding="utf-8", newline="") as file:
        assert [row["iteration"] for row in csv.DictReader(file)] == ["10", "20", "30"]
    assert WordVectors.load(tmp_path / "word_vectors.txt").words == vectors.words
    assert log.messages == [f"\nWritten to {tmp_path.resolve()}: {', '.join(OUTPUTS)}"]


@pytest.mark.usefixtures("blank_pictures")
def test_a_model_is_written_if_it_is_asked_for(vectors, history, tmp_path, log):
    assert not write_outputs(tmp_path, vectors, ["king", "queen"], history, with_model=True)
    assert log.messages[0].startswith(f"{MODEL} was not written: there are no outside vectors or counts")
    whole = WordVectors(vectors.words, vectors.matrix, outside=-vectors.matrix, counts=np.ones(len(vectors), int))
    assert write_outputs(tmp_path, whole, ["king", "queen"], history, with_model=True)
    np.testing.assert_array_equal(load_model(tmp_path / MODEL).outside, whole.outside)
    assert log.messages[-1] == f"\nWritten to {tmp_path.resolve()}: {', '.join((*OUTPUTS, MODEL))}"


def test_picture_and_page_get_words_groups_and_method(vectors, history, tmp_path, monkeypatch):
    plotted, shown = [], []
    monkeypatch.setattr(outputs, "plot_words", lambda *given, **more: plotted.append((*given, more)))
    monkeypatch.setattr(outputs, "write_page", lambda *given, **more: shown.append((*given, more)))
    near = WordVectors(["a"], np.ones((1, 2)))
    write_outputs(tmp_path, vectors, ["tea", "king"], history, near=near, method="tsne", font="serif", about="Some.")
    write_outputs(tmp_path, vectors, ["tea", "king"], history)
    matrix, words, groups, place, method = plotted[0]
    assert matrix.tolist() == [[-1, -3], [2, 1]]
    assert (words, groups, method) == (["tea", "king"], GROUPS, {"method": "tsne", "font": "serif"})
    assert place == tmp_path / "word_vectors.png"
    assert shown[0] == (near, tmp_path / "word_vectors.html", {"groups": GROUPS, "method": "tsne", "about": "Some."})
    assert shown[1] == (vectors, tmp_path / "word_vectors.html", {"groups": GROUPS, "method": "svd", "about": None})


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("name", ["plot_words", "write_page", "save", "plot_loss"])
@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device", "x"),
        ValueError("not finite"),
        RuntimeError("no font"),
        KeyError("x"),
        MemoryError(),
    ],
)
def test_a_file_that_cannot_be_written_is_named_and_the_others_are_written(
    vectors, history, tmp_path, monkeypatch, log, error, name
):
    def fail(*_, **__):
        raise error

    file = dict(zip(("plot_words", "write_page", "save", "plot_loss"), OUTPUTS, strict=False))[name]
    monkeypatch.setattr(outputs.WordVectors if name == "save" else outputs, name, fail)
    assert not write_outputs(tmp_path, vectors, ["king", "tea"], history)
    assert {path.name for path in tmp_path.iterdir()} == set(OUTPUTS) - {file}
    (failed,) = [record for record in log.records if record.levelno == logging.ERROR]
    assert failed.getMessage() == f"{file} was not written: {reason(error)}"
    assert log.messages[-1].endswith(": " + ", ".join(other for other in OUTPUTS if other != file))


@pytest.mark.usefixtures("blank_pictures")
def test_a_word_without_a_vector_does_not_keep_the_vectors_from_being_written(vectors, history, tmp_path, log):
    assert not write_outputs(tmp_path, vectors, ["king", "quen"], history)
    assert {path.name for path in tmp_path.iterdir()} == set(OUTPUTS) - {"word_vectors.png"}
    assert "word_vectors.png was not written: no vector for 'quen' among 5 words; did you mean queen?" in log.messages


def test_an_interruption_is_not_taken_for_an_error_of_an_output(vectors, history, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(outputs, "plot_words", stop)
    with pytest.raises(KeyboardInterrupt):
        write_outputs(tmp_path, vectors, ["king", "tea"], history)


def test_where_nothing_can_be_written_it_says_so(vectors, history, tmp_path, log):
    assert not write_outputs(tmp_path / "missing", vectors, ["king", "tea"], history)
    assert log.messages[-1].endswith("missing: nothing")
    assert len([record for record in log.records if record.levelno == logging.ERROR]) == len(OUTPUTS)


def test_what_a_killed_run_left_of_an_output_is_removed(tmp_path):
    left, mine = tmp_path / ".word_vectors.txt.0123456789abcdef.tmp", tmp_path / ".my_own.tmp"
    left.touch()
    mine.touch()
    with only_outputs_in(tmp_path):
        pass
    assert not left.exists()
    assert mine.exists()


MINE = [name for name in (*OUTPUTS, MODEL) if name != PAGE]


@pytest.mark.parametrize("names", [*([name] for name in MINE), MINE])
@pytest.mark.parametrize("run", [PAGE, "checkpoints/0123456789ab/iteration-000000001.checkpoint", ".lock"])
def test_files_called_as_outputs_where_no_run_has_been_are_kept(names, run, tmp_path):
    for path in (paths := [tmp_path / name for name in names]):
        path.write_text("mine")
    message = f"{', '.join(map(str, paths))} would be replaced, .* since no .* of a run are here: move or remove"
    for _ in range(2):  # a run that is refused is none
        with pytest.raises(ValueError, match=message):
            only_outputs_in(tmp_path, MODEL).__enter__()
    (tmp_path / run).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / run).touch()
    with only_outputs_in(tmp_path, MODEL):
        pass


def test_an_empty_file_may_be_replaced(tmp_path):
    (tmp_path / MODEL).touch()
    with only_outputs_in(tmp_path, MODEL):
        assert (tmp_path / MODEL).read_bytes() == b""
