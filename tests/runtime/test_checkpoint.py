"""word2vec/runtime/checkpoint.py: generations of checkpoints, the lock, `python -m word2vec checkpoint`."""

import os

import numpy as np
import pytest

from word2vec.__main__ import main
from word2vec.runtime.archive import CheckpointError, load_archive
from word2vec.runtime.checkpoint import KEPT, load_newest, locked, save_generation, versions

# generations


def generation(folder, iteration):
    """Save a generation that knows its number."""
    return save_generation(folder, iteration, {"x": np.full(2, float(iteration))}, {"iteration": iteration})


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


def damage(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def quiet(text):
    pytest.fail(f"reported: {text}")


def test_the_folder_is_made(tmp_path):
    path = generation(tmp_path / "checkpoints" / "abc", 5)
    assert path == tmp_path / "checkpoints" / "abc" / "iteration-000000005.checkpoint"
    assert load_archive(path)[1] == {"iteration": 5}


def test_two_generations_are_kept(tmp_path):
    assert KEPT == 2
    paths = [generation(tmp_path, iteration) for iteration in (5, 10, 9999, 10_000, 100_000)]
    assert kept(tmp_path) == [path.name for path in paths[-2:]]
    arrays, values = load_newest(tmp_path, quiet)
    assert values == {"iteration": 100_000}
    assert arrays["x"].tolist() == [100_000.0, 100_000.0]


def test_the_same_iteration_again_takes_the_files_place(tmp_path):
    generation(tmp_path, 5)
    generation(tmp_path, 10)
    save_generation(tmp_path, 10, {}, {"iteration": "ten"})
    assert len(kept(tmp_path)) == 2
    assert load_newest(tmp_path, quiet)[1] == {"iteration": "ten"}


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "iteration-000000001.checkpoint.txt").write_text("note")
    (tmp_path / "word_vectors.txt").write_text("1 1")
    (tmp_path / ".iteration-000000002.checkpoint.abc").write_text("half")
    for iteration in range(5):
        generation(tmp_path, iteration)
    assert len(kept(tmp_path)) == 5
    assert load_newest(tmp_path, quiet)[1] == {"iteration": 4}


def test_a_damaged_newest_generation_is_skipped_and_reported(tmp_path):
    generation(tmp_path, 5)
    newest = generation(tmp_path, 10)
    damage(newest)
    reports = []
    arrays, values = load_newest(tmp_path, reports.append)
    assert values == {"iteration": 5}
    assert arrays["x"].tolist() == [5.0, 5.0]
    (report,) = reports
    assert report.startswith(f"skipped: {newest} is damaged")


def test_a_damaged_older_generation_does_not_matter(tmp_path):
    damage(generation(tmp_path, 5))
    generation(tmp_path, 10)
    assert load_newest(tmp_path, quiet)[1] == {"iteration": 10}


def test_an_empty_newest_generation_is_skipped(tmp_path):
    generation(tmp_path, 5)
    (tmp_path / "iteration-000000010.checkpoint").touch()
    reports = []
    assert load_newest(tmp_path, reports.append)[1] == {"iteration": 5}
    assert len(reports) == 1


def test_no_usable_generation_is_an_error_and_each_is_reported(tmp_path):
    for iteration in (5, 10):
        damage(generation(tmp_path, iteration))
    reports = []
    with pytest.raises(CheckpointError, match="start anew") as caught:
        load_newest(tmp_path, reports.append)
    assert str(caught.value).startswith(f"no usable checkpoint in {tmp_path}: ")
    assert [name in report for name, report in zip(reversed(kept(tmp_path)), reports, strict=True)] == [True, True]


def test_no_generation_at_all_is_none(tmp_path):
    assert load_newest(tmp_path, quiet) is None
    assert load_newest(tmp_path / "nowhere", quiet) is None


def test_a_failure_to_save_leaves_both_older_generations(tmp_path, monkeypatch):
    names = [generation(tmp_path, iteration).name for iteration in (5, 10)]

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="iteration-000000015"):
        generation(tmp_path, 15)
    assert kept(tmp_path) == names


def test_versions_name_what_runs():
    assert versions()["numpy"] == np.__version__


# the lock


def test_a_locked_folder_is_made_swept_and_refused_to_others(tmp_path):
    folder = tmp_path / "runs"
    with locked(folder):
        assert folder.is_dir()
    generation(folder / "abc", 5)
    (folder / "abc" / ".iteration-000000006.checkpoint.0123456789abcdef.tmp").write_bytes(b"left by a kill")
    with locked(folder):
        assert kept(folder / "abc") == ["iteration-000000005.checkpoint"]
        with pytest.raises(CheckpointError, match=r"another run is writing into .*: wait for its end") as caught:
            locked(folder).__enter__()
        assert str(folder) in str(caught.value)
    with locked(folder):
        pass


def test_a_generation_just_written_is_never_dropped(tmp_path):
    for iteration in (10, 20):
        save_generation(tmp_path, iteration, {}, {})
    assert save_generation(tmp_path, 5, {}, {}).exists()


# the command line


@pytest.fixture
def folder(tmp_path):
    save_generation(tmp_path, 5, {"x": np.zeros((4, 2))}, {"iteration": 5, "words": ["tea"] * 100})
    save_generation(tmp_path, 10, {"x": np.ones((4, 2))}, {"iteration": 10, "settings": {"dim": 2}})
    return tmp_path


def test_a_checkpoint_is_shown(folder, capsys):
    assert main(["checkpoint", "show", str(folder / "iteration-000000010.checkpoint")]) == 0
    assert capsys.readouterr().out == "iteration: 10\nsettings: {'dim': 2}\nx: array (4, 2) of float64\n"


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


def test_a_folder_is_not_shown_and_a_file_is_verified(folder, capsys):
    assert main(["checkpoint", "show", str(folder)]) == 1
    assert "`checkpoint verify` looks into folders" in capsys.readouterr().err
    assert main(["checkpoint", "verify", str(folder / "iteration-000000005.checkpoint")]) == 0
    assert capsys.readouterr().out.startswith("good")


def test_what_is_not_there_is_named(tmp_path, capsys):
    assert main(["checkpoint", "verify", str(tmp_path)]) == 1
    assert f"no checkpoint in {tmp_path}" in capsys.readouterr().err
    assert main(["checkpoint", "show", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err
