"""word2vec/runtime/run_folder.py: checkpoints of a run, the lock, `python -m word2vec checkpoint`."""

import errno
import hashlib
import json
import logging
import os
import re
import signal
import warnings

import numpy as np
import pytest

from word2vec.__main__ import main
from word2vec.runtime import run_folder
from word2vec.runtime.archive import CheckpointError, load_archive, save_archive
from word2vec.runtime.interrupts import STOPS
from word2vec.runtime.run_folder import KEPT, SAVE_SECONDS, RunFolder, generations, locked, only_run_in, versions

SETTINGS = {"dim": 2, "seed": 1}
IDS = np.arange(6)


def make_folder(path, settings=SETTINGS, data=(IDS, ["a", "b"], 0.5)):
    return RunFolder(path, settings, data)


def a_state():
    return 3, {"x": np.random.default_rng(1).normal(size=(6, 2))}, {"epoch": 1, "loss": [0.1, 7]}


def save(path, *iterations):
    """Save checkpoints that hold their iteration; return their paths."""
    folder = make_folder(path)
    for iteration in iterations:
        folder.save(iteration, {"x": np.full(2, float(iteration))}, {})
    return [folder.path / f"iteration-{iteration:09d}.checkpoint" for iteration in iterations]


def newest(path):
    """Return the iteration of the newest checkpoint of a run; a warning is an error."""
    arrays, values = make_folder(path).resume()
    assert arrays["x"].tolist() == [values["iteration"]] * 2
    return values["iteration"]


def kept(path):
    return sorted(file.name for file in make_folder(path).path.iterdir())


def damage(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


# one run


@pytest.mark.parametrize("number", STOPS)
def test_no_signal_undoes_a_save(tmp_path, monkeypatch, number):
    before = signal.signal(number, signal.default_int_handler)
    replace = os.replace

    def interrupted(*paths):
        signal.raise_signal(number)
        replace(*paths)

    monkeypatch.setattr(os, "replace", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            save(tmp_path, 3)
    finally:
        signal.signal(number, before)
    assert newest(tmp_path) == 3
    assert kept(tmp_path) == ["iteration-000000003.checkpoint"]


def test_a_state_comes_back_whole(tmp_path):
    number, arrays, values = a_state()
    make_folder(tmp_path).save(number, arrays, values)
    found, more = make_folder(tmp_path).resume()
    np.testing.assert_array_equal(found["x"], arrays["x"])
    assert more["iteration"] == 3
    assert more["settings"] == SETTINGS
    assert more["versions"] == versions()
    assert {name: more[name] for name in values} == values


def test_versions_name_what_runs():
    assert versions()["numpy"] == np.__version__


def test_without_a_state_a_run_starts(tmp_path):
    assert make_folder(tmp_path).resume() is None
    assert make_folder(tmp_path).resume(False) is None
    make_folder(tmp_path).path.mkdir()
    assert make_folder(tmp_path).resume() is None


def test_without_a_folder_nothing_is_saved_or_locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = make_folder(None)
    with folder.locked():
        folder.save(*a_state())
        assert folder.try_save(a_state)
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
    continued = {"continued": [[2, 2]]}  # no setting
    make_folder(tmp_path, {"dim": 7, "seed": 1} | continued).save(*a_state())
    make_folder(tmp_path, SETTINGS | continued, data=[1]).save(*a_state())
    with pytest.raises(ValueError, match="a run there has ") as caught:
        make_folder(tmp_path).resume(True)
    assert "; a run there has dim 7, not 2" in str(caught.value)
    assert "; a run there has other data" in str(caught.value)
    assert "[[2, 2]]" not in str(caught.value)


def test_what_only_one_of_two_runs_has_is_named(tmp_path):
    model = {"name": "cbow", "mean": True}
    make_folder(tmp_path, {"dim": 2, "ngrams": {"minn": 3}, "model": model}).save(*a_state())
    with pytest.raises(ValueError, match="a run there has ") as caught:
        make_folder(tmp_path, {"dim": 2, "model": {"name": "skip-gram"}, "cluster": {"shards": 2}}).resume(True)
    what = "name cbow, not skip-gram; cluster None, not {'shards': 2}; ngrams {'minn': 3}, not None"
    assert f"a run there has {what}; without" in str(caught.value)


def test_an_option_that_is_saved_where_it_is_on_is_named(tmp_path):
    make_folder(tmp_path, {"descent": {"pivot": 1, "freeze_outside": True}}, data=[1]).save(*a_state())
    with pytest.raises(ValueError, match="a run there has freeze_outside True, not None; without"):
        make_folder(tmp_path, {"descent": {"pivot": 1}}).resume(True)


def test_a_new_run_beside_others_says_so(tmp_path, caplog):
    caplog.set_level(logging.INFO, "word2vec")
    assert make_folder(tmp_path).resume() is None
    for seed in range(5):
        folder = make_folder(tmp_path, {"seed": seed, "loss": {"name": "sampling", "shared": 32}, "step": {}})
        folder.save(*a_state())
    assert caplog.messages == []
    assert folder.resume() is not None
    assert caplog.messages == [], "one that is resumed is no new one"
    mine = make_folder(tmp_path, {"seed": 4, "loss": {"name": "sampling", "shared": 64}, "step": 1})
    assert mine.resume() is None
    (message,) = caplog.messages
    start = f"A new run starts: {tmp_path} holds none with these settings; a run there has "
    assert message.startswith(start)
    assert message.endswith("; 2 more have others still.")
    others = message.removeprefix(start).split("; a run there has ")
    assert len(others) == 3
    assert all("shared 32, not 64" in other and "step" not in other for other in others)
    assert mine.resume(False) is None
    assert len(caplog.messages) == 1


def test_a_run_of_another_kind_is_not_compared_setting_by_setting(tmp_path, caplog):
    caplog.set_level(logging.INFO, "word2vec")
    make_folder(tmp_path, {"dim": 2, "step": 0.3}).save(*a_state())
    assert make_folder(tmp_path, dict.fromkeys(["dim", "sample", "epochs", "model", "descent"], 3)).resume() is None
    assert caplog.messages[0].endswith("with these settings; a run there has settings of another kind.")


def test_what_is_no_run_is_not_named_among_the_others(tmp_path, caplog):
    caplog.set_level(logging.INFO, "word2vec")
    for name in ("a/iteration-1.checkpoint", "b/mine.checkpoint"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"something")
    for name, values in (("c", {"iteration": 1}), ("d", {"settings": [1]})):
        (tmp_path / name).mkdir()
        save_archive(tmp_path / name / "iteration-1.checkpoint", {"x": np.zeros(1)}, values)
    assert make_folder(tmp_path).resume() is None
    assert RunFolder(None, {}, []).resume(True) is None
    assert caplog.messages == []


def test_starting_anew_removes_what_is_saved(tmp_path):
    folder = make_folder(tmp_path)
    folder.save(*a_state())
    assert folder.resume(False) is None
    assert generations(folder.path) == []


FAILURES = [OSError(28, "No space left"), MemoryError(), ValueError("of a writer"), RuntimeError("of zipfile")]


def raising(error):
    """Return a function that raises an error, whatever it is called with."""

    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize("error", FAILURES, ids=repr)
def test_whatever_fails_while_saving_is_a_warning_with_a_reason(tmp_path, monkeypatch, error):
    folder = make_folder(tmp_path)
    for saved in (a_state, raising(error)):  # it may also be the state that cannot be put together
        monkeypatch.setattr(run_folder, "save_archive", raising(error))
        with pytest.warns(
            UserWarning, match=rf"^not saved: (?=\S).*{error.args[-1] if error.args else 'memory'}; fix$"
        ):
            assert not folder.try_save(saved, "; fix")


def test_where_warnings_are_errors_a_failure_is_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(run_folder, "save_archive", raising(MemoryError()))
    with warnings.catch_warnings(action="error"):
        assert not make_folder(tmp_path).try_save(a_state)
    assert caplog.messages == ["not saved: MemoryError: there is not enough memory"]


@pytest.mark.parametrize("error", [FloatingPointError("not finite"), KeyboardInterrupt()])
def test_a_state_that_is_not_worth_saving_and_ctrl_c_are_no_warnings(tmp_path, error):
    with pytest.raises(type(error)):
        make_folder(tmp_path).try_save(raising(error))


def test_a_save_that_failed_is_not_tried_again_at_once(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: now[0])
    folder = make_folder(tmp_path)
    now[0] += SAVE_SECONDS
    assert folder.due()
    with pytest.warns(UserWarning, match="not saved"):
        folder.try_save(raising(MemoryError()))
    assert not folder.due()


def test_a_lock_that_cannot_be_released_loses_nothing(tmp_path, monkeypatch):
    folder, done = make_folder(tmp_path), []
    with monkeypatch.context() as patch, folder.locked():
        patch.setattr("filelock.FileLock._release", raising(OSError(116, "Stale file handle")))
        done.append(1)
    assert done


def test_a_state_is_read_into_the_arrays_there_are(tmp_path):
    folder = make_folder(tmp_path)
    number, arrays, values = a_state()
    folder.save(number, arrays, values)
    name = next(iter(arrays))
    place = np.zeros_like(arrays[name])
    found, _ = folder.resume(into={name: place})
    assert found[name] is place
    np.testing.assert_array_equal(place, arrays[name])


def test_settings_and_data_determine_the_folder_as_json_does(tmp_path):
    data = [[f"é{i}" for i in range(3)], 0.5, [[1, 2]] * 3, [], None, {"a": float("nan")}]
    expected = hashlib.sha256(json.dumps([SETTINGS, data]).encode()).hexdigest()
    assert RunFolder(tmp_path, SETTINGS, data).path.name == expected[:12]


def test_it_is_time_to_save_a_while_after_the_last_time(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: now[0])
    folder = make_folder(tmp_path)
    assert not folder.due()
    now[0] += run_folder.SAVE_SECONDS
    assert folder.due()
    folder.save(*a_state())
    assert not folder.due()


# generations


def test_the_folder_is_made(tmp_path):
    (path,) = save(tmp_path / "checkpoints", 5)
    assert path.name == "iteration-000000005.checkpoint"
    assert path.parent.parent == tmp_path / "checkpoints"
    assert load_archive(path)[1]["iteration"] == 5


def test_two_generations_are_kept(tmp_path):
    assert KEPT == 2
    paths = save(tmp_path, 5, 10, 9999, 10_000, 100_000)
    assert kept(tmp_path) == [path.name for path in paths[-2:]]
    assert newest(tmp_path) == 100_000


def test_the_same_iteration_again_replaces_the_file(tmp_path):
    save(tmp_path, 5, 10)
    make_folder(tmp_path).save(10, {}, {"again": True})
    assert len(kept(tmp_path)) == 2
    assert make_folder(tmp_path).resume()[1]["again"]


def test_a_generation_just_written_is_never_dropped(tmp_path):
    *_, last = save(tmp_path, 10, 20, 5)
    assert last.exists()


def test_other_files_are_left_alone(tmp_path):
    folder = make_folder(tmp_path).path
    folder.mkdir()
    (folder / "iteration-000000001.checkpoint.txt").write_text("note")
    (folder / "word_vectors.txt").write_text("1 1")
    (folder / ".iteration-000000002.checkpoint.abc").write_text("half")
    save(tmp_path, *range(5))
    assert len(kept(tmp_path)) == 5
    assert newest(tmp_path) == 4


@pytest.mark.parametrize("spoil", [damage, lambda path: path.write_bytes(b"")])
def test_a_damaged_newest_generation_is_skipped_and_reported(tmp_path, spoil):
    _, last = save(tmp_path, 5, 10)
    spoil(last)
    with pytest.warns(UserWarning, match="is damaged") as caught:
        assert newest(tmp_path) == 5
    (warning,) = caught
    assert str(warning.message).startswith(f"skipped: {last} is damaged")
    assert warning.filename == __file__


def test_a_damaged_older_generation_does_not_matter(tmp_path):
    first, _ = save(tmp_path, 5, 10)
    damage(first)
    assert newest(tmp_path) == 10


def test_no_usable_generation_is_an_error_and_each_is_reported(tmp_path):
    paths = save(tmp_path, 5, 10)
    for path in paths:
        damage(path)
    with (
        warnings.catch_warnings(record=True, action="always") as caught,
        pytest.raises(CheckpointError, match="start anew") as error,
    ):
        newest(tmp_path)
    assert str(error.value).startswith(f"no usable checkpoint in {paths[0].parent}: ")
    assert [str(path) in str(one.message) for path, one in zip(reversed(paths), caught, strict=True)] == [True, True]


def test_a_failure_to_save_leaves_both_older_generations(tmp_path, monkeypatch):
    names = [path.name for path in save(tmp_path, 5, 10)]

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="iteration-000000015"):
        save(tmp_path, 15)
    assert kept(tmp_path) == names


# the lock


def test_a_locked_folder_is_made_swept_and_refused_to_others(tmp_path):
    folder = tmp_path / "runs"
    with locked(folder):
        assert folder.is_dir()
    (path,) = save(folder, 5)
    (path.parent / ".iteration-000000006.checkpoint.0123456789abcdef.tmp").write_bytes(b"left by a kill")
    with locked(folder):
        assert sorted({*kept(folder)} - {".lock"}) == ["iteration-000000005.checkpoint"]
        with pytest.raises(CheckpointError, match=r"another run is writing into .*: wait, or") as caught:
            locked(folder).__enter__()
        assert str(folder) in str(caught.value)
    with locked(folder):
        pass


def test_a_lock_on_all_runs_leaves_alone_what_another_process_is_writing(tmp_path):
    with locked(tmp_path / "run"):
        (tmp_path / "run" / ".x.checkpoint.0123456789abcdef.tmp").write_bytes(b"being written")
        with locked(tmp_path):
            assert (tmp_path / "run" / ".x.checkpoint.0123456789abcdef.tmp").exists()
    with locked(tmp_path):
        assert not (tmp_path / "run" / ".x.checkpoint.0123456789abcdef.tmp").exists()


def test_a_folder_that_is_only_locked_is_not_swept(tmp_path):
    left, lock = tmp_path / ".x.checkpoint.0123456789abcdef.tmp", tmp_path / ".lock"
    left.touch()
    with only_run_in(tmp_path):
        with pytest.raises(CheckpointError, match="another run is writing into"):
            only_run_in(tmp_path).__enter__()
        assert {*tmp_path.iterdir()} - {lock} == {left}
    with only_run_in(tmp_path / "a" / "new"):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "missing")
    with only_run_in(tmp_path / "link"):
        assert (tmp_path / "missing").is_dir()


def test_a_folder_that_cannot_be_locked_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot write into this folder .*file"):
        only_run_in(tmp_path / "file").__enter__()

    for error in (OSError(37, "No locks available"), NotImplementedError("no flock")):  # it can be written into
        monkeypatch.setattr("filelock.FileLock.acquire", raising(error))
        what = rf"cannot lock this folder \({error.args[-1]}\): expected a disk on .*; choose a folder on another.*"
        with pytest.raises(OSError, match=what + re.escape(str(tmp_path))):
            only_run_in(tmp_path).__enter__()


def test_a_run_that_may_not_be_written_into_does_not_keep_others_from_theirs(tmp_path):
    (tmp_path / "archived" / ".lock").mkdir(parents=True)
    with locked(tmp_path):
        assert (tmp_path / "archived" / ".lock").is_dir()


def test_a_folder_is_held_by_one_process(tmp_path):
    again = make_folder(tmp_path).locked()
    with make_folder(tmp_path).locked(), pytest.raises(CheckpointError, match="another run is writing into"):
        again.__enter__()


# the command line


@pytest.fixture
def folder(tmp_path):
    values = {"iteration": 5, "words": ["tea"] * 100}
    save_archive(tmp_path / "iteration-000000005.checkpoint", {"x": np.zeros((4, 2))}, values)
    values = {"iteration": 10, "settings": {"dim": 2}}
    save_archive(tmp_path / "iteration-000000010.checkpoint", {"x": np.ones((4, 2))}, values)
    return tmp_path


def test_a_checkpoint_is_shown(folder, capsys):
    assert main(["checkpoint", "show", str(folder / "iteration-000000010.checkpoint")]) == 0
    assert capsys.readouterr().out == "iteration: 10\nsettings: {'dim': 2}\nx: array (4, 2) of float64\n"


def test_several_checkpoints_are_shown_by_their_names_and_several_folders_verified(folder, capsys):
    first, second = map(str, paths := sorted(folder.iterdir()))
    assert main(["checkpoint", "show", first, second]) == 0
    blocks = [block.splitlines() for block in capsys.readouterr().out.split("\n\n")]
    assert [block[:2] for block in blocks] == [[first, "iteration: 5"], [second, "iteration: 10"]]
    paths[1].write_bytes(b"")
    assert main(["checkpoint", "verify", second, first]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["bad", "good"]
    assert main(["checkpoint", "show", second, first]) == 1  # one that is damaged does not hide the other
    bad, good = capsys.readouterr().out.split("\n\n")
    assert bad.startswith(f"bad   {second}")
    assert good.startswith(f"{first}\niteration: 5\n")
    (empty := folder / "empty").mkdir()
    assert main(["checkpoint", "verify", str(empty), first]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["bad", "good"]


def test_a_long_value_is_cut_off(folder, capsys):
    assert main(["checkpoint", "show", str(folder / "iteration-000000005.checkpoint")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < 120
    assert lines[1].endswith(" … (700 characters)")


def test_all_checkpoints_of_a_folder_are_verified(folder, capsys):
    assert main(["checkpoint", "verify", str(folder)]) == 0
    assert capsys.readouterr().out.count("good") == 2
    (folder / "iteration-000000010.checkpoint").write_bytes(b"")
    assert main(["checkpoint", "verify", str(folder)]) == 1
    good, bad = capsys.readouterr().out.splitlines()
    assert good.startswith("good")
    assert good.endswith("iteration 5")
    assert bad.startswith("bad")
    assert "damaged or no checkpoint" in bad


def test_a_checkpoint_that_a_run_drops_meanwhile_is_not_called_bad(tmp_path, monkeypatch):
    old, new = save(tmp_path, 5, 10)

    def load(path, **how):
        old.unlink(missing_ok=True)  # as a run does after the next checkpoint
        return load_archive(path, **how)

    monkeypatch.setattr(run_folder, "load_archive", load)
    assert run_folder.verify(tmp_path) == (
        f"gone  {old}: a run has newer ones by now\ngood  {new}: iteration 10",
        True,
    )


def test_a_folder_is_not_shown_and_a_file_is_verified(folder, capsys):
    assert main(["checkpoint", "show", str(folder)]) == 1
    assert "`checkpoint verify` looks into folders" in capsys.readouterr().err
    assert main(["checkpoint", "verify", str(folder / "iteration-000000005.checkpoint")]) == 0
    assert capsys.readouterr().out.startswith("good")


def test_verify_names_folders_that_cannot_be_read(tmp_path, monkeypatch):
    make_folder(tmp_path / "a").save(*a_state())
    make_folder(tmp_path / "b").save(*a_state())
    scandir = os.scandir

    def refused(place):
        if str(place) == str(tmp_path / "b"):
            raise PermissionError(errno.EACCES, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refused)
    text, right = run_folder.verify(tmp_path)
    assert not right
    assert [line[:5] for line in text.splitlines()] == ["good ", "bad  "]
    assert text.endswith(f"bad   {tmp_path / 'b'}: Permission denied")
    assert run_folder.verify(tmp_path / "b") == (f"bad   {tmp_path / 'b'}: Permission denied", False)
    with pytest.raises(FileNotFoundError, match="no checkpoint in"):
        run_folder.verify(tmp_path / "c")


@pytest.mark.parametrize("name", ["vectors.txt", "arrays.npz"])
def test_another_file_is_not_to_be_removed(tmp_path, capsys, name):
    path = tmp_path / name
    np.savez(path, a=np.ones(2)) if name.endswith(".npz") else path.write_text("2 2\ntea 1 2\ncup 3 4\n")
    error = f"{path} is damaged or no checkpoint: its content does not match its checksum; expected a sound file"
    assert main(["checkpoint", "show", str(path)]) == 1
    assert capsys.readouterr().err == f"word2vec checkpoint: {error} named *.checkpoint, which a run saved\n"
    assert main(["checkpoint", "verify", str(path)]) == 1
    assert capsys.readouterr().out == f"bad   {error} named *.checkpoint, which a run saved\n"


def test_a_checkpoint_that_cannot_be_opened_is_named_without_the_systems_number(tmp_path, capsys):
    path = tmp_path / "iteration-000000005.checkpoint"
    path.mkdir()
    assert main(["checkpoint", "verify", str(tmp_path)]) == 1
    assert capsys.readouterr().out == f"bad   {path}: {os.strerror(errno.EISDIR)}\n"


@pytest.mark.parametrize("name", ["iteration-000000005.checkpoint", "renamed"])
@pytest.mark.parametrize("place", [0, 2, 100, -1, None])
def test_a_damaged_checkpoint_is_called_so(folder, capsys, name, place):
    path = (folder / "iteration-000000005.checkpoint").rename(folder / name)
    data = bytearray(path.read_bytes())
    if place is None:
        del data[-100:]
    else:
        data[place] ^= 1
    path.write_bytes(data)
    assert main(["checkpoint", "show", str(path)]) == 1
    assert "is damaged or no checkpoint: its content does not match its checksum" in capsys.readouterr().err


def test_what_is_not_there_is_named(tmp_path, capsys):
    assert main(["checkpoint", "verify", str(tmp_path)]) == 1
    assert f"no checkpoint in {tmp_path}" in capsys.readouterr().err
    assert main(["checkpoint", "show", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err


# runs of other lengths


def test_runs_that_differ_in_their_length_only_are_found_the_farthest_last(tmp_path):
    for settings, data, number in [
        ({"dim": 2, "seed": 1, "n": 2}, [IDS], 7),
        ({"dim": 2, "seed": 1, "n": 3}, [IDS], 5),
        ({"dim": 2, "seed": 1, "n": 9}, [IDS], 6),
        ({"dim": 2, "seed": 2, "n": 2}, [IDS], 9),
        ({"dim": 2, "seed": 1}, [IDS, 1], 9),
        ({"dim": 2, "seed": 1, "n": 2}, [IDS[::-1]], 9),
    ]:
        make_folder(tmp_path, settings, data).save(number, {"x": IDS}, {})
    mine = make_folder(tmp_path, {"dim": 2, "seed": 1, "n": 4}, [IDS])
    mine.save(1, {}, {})
    found = mine.longer_or_shorter("n")
    assert [(number, run.settings["n"]) for number, run in found] == [(5, 3), (6, 9), (7, 2)]
    number, run = found[-1]
    assert run.resume(True)[1]["iteration"] == number
    longer = mine.continued("n", number, run)
    assert longer.settings == {"dim": 2, "seed": 1, "n": 4, "continued": [[2, 7]]}
    assert longer.path not in (mine.path, run.path)
    longer.save(8, {}, {})
    assert mine.longer_or_shorter("n")[-1][1].path == longer.path
    assert mine.continued("n", 8, longer).settings["continued"] == [[2, 7], [4, 8]]
    assert make_folder(None).longer_or_shorter("n") == []


def test_a_damaged_newest_checkpoint_hides_no_run(tmp_path):
    folder = make_folder(tmp_path, {"n": 2}, [])
    for number in (1, 2):
        folder.save(number, {"x": IDS}, {})
    generations(folder.path)[0].write_bytes(b"PK")
    ((number, _),) = make_folder(tmp_path, {"n": 3}, []).longer_or_shorter("n")
    assert number == 1


@pytest.mark.parametrize("array", [np.arange(12.0), np.arange(12).reshape(3, 4).T, np.arange(24)[::2], np.array(5)])
def test_data_in_pieces_names_the_folder_that_the_whole_array_does(tmp_path, array):
    flat = array.reshape(-1)
    pieces = iter([flat[:5], flat[5:5], flat[5:]])
    assert RunFolder(tmp_path, {}, [pieces]).path == RunFolder(tmp_path, {}, [array]).path
    assert run_folder.digest(array) == hashlib.sha256(array.tobytes()).hexdigest()
