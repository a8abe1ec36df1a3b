"""word2vec/runtime/run_folder.py: states of a run, to a folder and back, and nobody else's."""

import numpy as np
import pytest

from word2vec.runtime import run_folder
from word2vec.runtime.archive import CheckpointError
from word2vec.runtime.checkpoint import generations
from word2vec.runtime.run_folder import RunFolder

SETTINGS = {"dim": 2, "seed": 1}
IDS = np.arange(6)


def make_folder(path, settings=SETTINGS, data=(IDS, ["a", "b"], 0.5)):
    return RunFolder(path, settings, data)


def a_state():
    return 3, {"x": np.random.default_rng(1).normal(size=(6, 2))}, {"epoch": 1, "loss": [0.1, 7]}


def test_a_state_comes_back_whole(tmp_path):
    number, arrays, values = a_state()
    make_folder(tmp_path).save(number, arrays, values)
    found, more = make_folder(tmp_path).resume()
    np.testing.assert_array_equal(found["x"], arrays["x"])
    assert more["iteration"] == 3
    assert more["settings"] == SETTINGS
    assert {name: more[name] for name in values} == values


def test_without_a_state_a_run_starts(tmp_path):
    assert make_folder(tmp_path).resume() is None
    assert make_folder(tmp_path).resume(False) is None


def test_without_a_folder_nothing_is_saved_or_locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = make_folder(None)
    with folder.locked():
        folder.save(*a_state())
        assert folder.try_save(*a_state())
        assert folder.resume() is folder.resume(True) is None
        assert not folder.due()
    assert [*tmp_path.iterdir()] == []


def test_every_difference_means_another_folder(tmp_path):
    folders = [
        make_folder(tmp_path),
        make_folder(tmp_path, {"dim": 2, "seed": 2}),
        make_folder(tmp_path, data=(IDS[::-1], ["a", "b"], 0.5)),
        make_folder(tmp_path, data=(IDS, ["a", "c"], 0.5)),
        make_folder(tmp_path, data=(IDS, ["a", "b"], 0.25)),
    ]
    assert len({folder.path for folder in folders}) == len(folders)
    assert make_folder(tmp_path).path == folders[0].path


def test_a_state_of_another_run_is_not_taken_even_in_the_same_folder(tmp_path):
    mine, other = make_folder(tmp_path), make_folder(tmp_path, {"dim": 3})
    mine.save(*a_state())
    mine.path.rename(other.path)
    with (
        pytest.raises(CheckpointError, match="no usable checkpoint"),
        pytest.warns(UserWarning, match="belongs to a run with other settings or data"),
    ):
        other.resume()


def test_a_run_that_has_to_be_there_is_named_with_its_neighbours(tmp_path):
    with pytest.raises(ValueError, match="holds no run with these settings; without resume a new one starts"):
        make_folder(tmp_path).resume(True)
    make_folder(tmp_path, {"dim": 7, "seed": 1}).save(*a_state())
    make_folder(tmp_path, data=[1]).save(*a_state())
    with pytest.raises(ValueError, match="a run there has ") as caught:
        make_folder(tmp_path).resume(True)
    assert "; a run there has dim 7, not 2" in str(caught.value)
    assert "; a run there has other data" in str(caught.value)


def test_starting_anew_removes_what_is_saved(tmp_path):
    folder = make_folder(tmp_path)
    folder.save(*a_state())
    assert folder.resume(False) is None
    assert generations(folder.path) == []


def test_a_disk_that_is_full_is_a_warning(tmp_path, monkeypatch):
    folder = make_folder(tmp_path)
    monkeypatch.setattr(run_folder, "save_generation", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.warns(UserWarning, match=r"not saved, training continues: \[Errno 28\] No space left"):
        assert not folder.try_save(*a_state())


def test_a_folder_is_held_by_one_process(tmp_path):
    again = make_folder(tmp_path).locked()
    with make_folder(tmp_path).locked(), pytest.raises(CheckpointError, match="another run is writing into"):
        again.__enter__()


def test_it_is_time_to_save_a_while_after_the_last_time(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: now[0])
    folder = make_folder(tmp_path)
    assert not folder.due()
    now[0] += run_folder.SAVE_SECONDS
    assert folder.due()
    folder.save(*a_state())
    assert not folder.due()
