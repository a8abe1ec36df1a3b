"""word2vec/runtime/files.py: files that are whole or not there, whatever fails and whenever."""

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from word2vec.runtime.files import TEMPORARY, check_writable, sweep, write_atomically

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions and no folder to sync")


def put(path, data):
    with write_atomically(path) as file:
        file.write(data)


def put_half(path, error):
    """Begin to write, and fail."""
    with write_atomically(path) as file:
        file.write(b"half")
        raise error


def left_in(folder):
    """List the names in a folder, hidden ones too."""
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.fixture
def old(tmp_path):
    """Make a file that must survive."""
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    return path


def test_a_new_file_is_written(tmp_path):
    put(tmp_path / "file.bin", b"\x00\xff" * 100_000)
    assert (tmp_path / "file.bin").read_bytes() == b"\x00\xff" * 100_000
    assert left_in(tmp_path) == ["file.bin"]


def test_an_old_file_is_replaced(old):
    put(old, b"new and longer")
    assert old.read_bytes() == b"new and longer"
    put(old, b"")
    assert old.read_bytes() == b""
    assert left_in(old.parent) == ["file.bin"]


def test_names_may_be_strings_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put("file.bin", b"here")
    assert (tmp_path / "file.bin").read_bytes() == b"here"
    (tmp_path / "below").mkdir()
    put("below/ütf 8 name", b"there")
    assert (tmp_path / "below" / "ütf 8 name").read_bytes() == b"there"


def test_the_old_file_stands_until_the_new_one_is_complete(old):
    with write_atomically(old) as file:
        file.write(b"new")
        file.flush()
        assert old.read_bytes() == b"old"
        assert len(left_in(old.parent)) == 2  # in the same folder, so that moving it copies nothing
    assert old.read_bytes() == b"new"


def test_two_writers_at_once_do_not_meet(old):
    with write_atomically(old) as first, write_atomically(old) as second:
        first.write(b"first" * 1000)
        second.write(b"second")
    assert old.read_bytes() == b"first" * 1000
    assert left_in(old.parent) == ["file.bin"]


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt(), SystemExit(3), ZeroDivisionError()])
def test_any_exception_inside_leaves_the_old_file_and_nothing_else(old, error):
    with pytest.raises(type(error)) as caught:
        put_half(old, error)
    assert caught.value is error
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


def test_an_exception_inside_leaves_no_file_where_none_was(tmp_path):
    with pytest.raises(RuntimeError, match="x"):
        put_half(tmp_path / "file.bin", RuntimeError("x"))
    assert left_in(tmp_path) == []


def full(*arguments, **options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@posix
@pytest.mark.parametrize("step", [(os, "fsync"), (os, "replace")], ids=lambda step: step[1])
def test_a_failure_at_any_step_leaves_the_old_file_and_says_so(old, monkeypatch, step):
    with monkeypatch.context() as patch:
        patch.setattr(*step, full)
        with pytest.raises(OSError, match="No space left on device; what stood there before is intact") as caught:
            put(old, b"new")
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(old)
    assert str(old) in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


def test_a_full_disk_while_writing_leaves_the_old_file_and_says_so(old):
    with pytest.raises(OSError, match="what stood there before is intact") as caught:
        put_half(old, OSError(errno.ENOSPC, "No space left on device"))
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(old)
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


def test_a_missing_folder_is_named(tmp_path):
    path = tmp_path / "nowhere" / "file.bin"
    with pytest.raises(FileNotFoundError) as caught:
        put(path, b"new")
    assert caught.value.filename == str(path)
    assert not path.parent.exists()


@posix
def test_what_is_written_is_on_the_disk_before_it_takes_its_place(old, monkeypatch):
    """The order is the whole point: the data synced, then the rename, then the folder synced."""
    steps = []

    def fsync(descriptor, own=os.fsync):
        what = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        size = os.fstat(descriptor).st_size if what == "file" else None
        steps.append((f"sync {what}", size))
        own(descriptor)

    def replace(source, target, own=os.replace):
        steps.append(("replace", os.path.getsize(source)))
        own(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    put(old, b"x" * 123)  # less than any buffer holds
    assert steps == [("sync file", 123), ("replace", 123), ("sync folder", None)]


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o027, 0o002])
def test_permissions_are_those_of_an_ordinary_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        put(tmp_path / "ours", b"")
        (tmp_path / "ordinary").write_bytes(b"")
        assert os.umask(mask) == mask, "the mask is left as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o666 & ~mask
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_until_it_is_complete_the_file_has_a_hidden_name_of_its_own(tmp_path):
    with write_atomically(tmp_path / "file.bin"), write_atomically(tmp_path / "file.bin"):
        one, other = tmp_path.iterdir()
        assert one.name.startswith(".file.bin.")
        assert one.suffix == other.suffix == TEMPORARY


def test_what_killed_writers_left_is_swept_and_nothing_else(tmp_path):
    names = ("file.bin", "file.tmp", f".file.bin.0{TEMPORARY}")
    (tmp_path / "below").mkdir()
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / "below" / name).touch()
    sweep(tmp_path)
    assert left_in(tmp_path) == ["below", "file.bin", "file.tmp"]
    assert left_in(tmp_path / "below") == sorted(names), "other folders are left alone"


def test_a_file_that_does_not_pass_its_check_is_not_put_in_place(old):
    seen = []
    with (
        pytest.raises(OSError, match="does not read back as it was written; what stood there before is intact"),
        write_atomically(old, check=lambda path: bool(seen.append(path.read_bytes()))) as file,
    ):
        file.write(b"new")
    assert seen == [b"new"]
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


@posix
def test_an_error_behind_the_rename_says_that_the_new_file_is_there(old, monkeypatch):
    monkeypatch.setattr("word2vec.runtime.files._sync_folder", full)
    with pytest.raises(OSError, match="the new file is there, but a power cut may undo that"):
        put(old, b"new")
    assert old.read_bytes() == b"new"


@posix
def test_no_descriptor_is_left_open(tmp_path):
    def next_descriptor():
        descriptor = os.open(tmp_path, os.O_RDONLY)
        os.close(descriptor)
        return descriptor

    before = next_descriptor()
    for _ in range(5):
        put(tmp_path / "file.bin", b"x")
    check_writable(tmp_path)
    assert next_descriptor() == before


# check_writable


def test_a_writable_folder_passes_and_stays_empty(tmp_path):
    check_writable(tmp_path)
    assert left_in(tmp_path) == []


def test_a_missing_folder_is_made(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert left_in(tmp_path / "a" / "b") == []


def test_a_file_in_the_folders_place(old):
    with pytest.raises(FileExistsError, match=r"cannot write into this folder \(.+\): expected a wr") as caught:
        check_writable(old)
    assert caught.value.filename == str(old)
    assert old.read_bytes() == b"old"


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    message = r"cannot write into this folder \(Permission denied\): expected a writable one; choose another"
    with pytest.raises(PermissionError, match=message) as caught:
        check_writable(tmp_path)
    assert caught.value.filename == str(tmp_path)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="cannot write into this folder"):
            check_writable(tmp_path)
        with pytest.raises(PermissionError, match="what stood there before is intact"):
            put(tmp_path / "file.bin", b"new")
    finally:
        tmp_path.chmod(0o700)
