"""word2vec/runtime/run_folder.py: states of a run, to a folder and back, and nobody else's."""

from dataclasses import replace

import numpy as np
import pytest

from word2vec.runtime import run_folder
from word2vec.runtime.archive import CheckpointError
from word2vec.runtime.checkpoint import generations
from word2vec.runtime.run_folder import RunFolder
from word2vec.text.vocabulary import encode
from word2vec.training.loop import Settings, State
from word2vec.vectors.history import History, Measured

CORPUS = encode([["a", "b", "a"], ["b", "c"]], min_count=1)


def make_folder(path, settings=None, corpus=CORPUS, given=(), x=0.0):
    return RunFolder(path, settings or Settings(dim=2), corpus, list(given), np.full((6, 2), x))


def a_state():
    history = History(reports=[Measured(5, 0.02, 2.5)], epochs=[2.5], held_out=[3.5])
    return State(np.random.default_rng(1).normal(size=(6, 2)), 1, 2, 0.1, 7, history)


def test_a_state_comes_back_whole_and_in_place(tmp_path):
    saved, x = a_state(), np.zeros((6, 2))
    make_folder(tmp_path).save(saved, 3)
    state = State(x)
    assert make_folder(tmp_path).resume(state, pytest.fail)
    assert state.x is x
    np.testing.assert_array_equal(x, saved.x)
    assert replace(state, x=saved.x) == saved


def test_without_a_state_nothing_changes(tmp_path):
    state = State(np.zeros((6, 2)))
    assert not make_folder(tmp_path).resume(state, pytest.fail)
    assert (state.epoch, state.chunk) == (0, 0)


def test_every_difference_means_another_folder(tmp_path):
    folders = [
        make_folder(tmp_path),
        make_folder(tmp_path, Settings(dim=2, seed=2)),
        make_folder(tmp_path, given=[0.1]),
        make_folder(tmp_path, x=1.0),
        make_folder(tmp_path, corpus=replace(CORPUS, words=["a", "b", "d"])),
        make_folder(tmp_path, corpus=replace(CORPUS, ids=CORPUS.ids[::-1])),
        make_folder(tmp_path, corpus=replace(CORPUS, ends=CORPUS.ends - 1)),
    ]
    assert len({folder.path for folder in folders}) == len(folders)
    assert make_folder(tmp_path).path == folders[0].path


def test_a_state_of_another_run_is_not_taken_even_in_the_same_folder(tmp_path):
    mine, other = make_folder(tmp_path), make_folder(tmp_path, given=[0.1])
    mine.save(a_state(), 1)
    mine.path.rename(other.path)
    said = []
    with pytest.raises(CheckpointError, match="no usable checkpoint"):
        other.resume(State(np.zeros((6, 2))), said.append)
    assert "belongs to a run with other settings or data" in said[0]


def test_clearing_removes_what_is_saved(tmp_path):
    folder = make_folder(tmp_path)
    folder.save(a_state(), 1)
    folder.clear()
    assert generations(folder.path) == []


def test_it_is_time_to_save_a_while_after_the_last_time(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: now[0])
    folder = make_folder(tmp_path)
    assert not folder.due()
    now[0] += run_folder.SAVE_SECONDS
    assert folder.due()
    folder.save(a_state(), 1)
    assert not folder.due()
