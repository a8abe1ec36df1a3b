"""word2vec/runtime/files.py: files that are whole or not there, whatever fails and whenever."""

import ast
import errno
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from word2vec.runtime import files
from word2vec.runtime.files import (
    TEMPORARY,
    check_apart,
    check_writable,
    destination,
    is_same_file,
    remove,
    sweep,
    write_atomically,
)

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


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_files_are_compared_by_where_their_paths_lead(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a").write_text("")
    os.link("a", "hard")
    for link, place in (("link", "a"), ("loose", "new"), ("circle", "circle")):
        Path(link).symlink_to(place)
    for one, other in (("a", "./a"), ("a", tmp_path / "a"), ("link", "a"), ("hard", "link"), ("loose", "new")):
        assert is_same_file(one, other)
        assert is_same_file(other, one)
    for one, other in (("a", "b"), ("new", "a"), ("circle", "a"), (".", "."), ("a\0", "a"), ("-", "-")):
        assert not is_same_file(one, other)
    with open("a") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert is_same_file("-", "link")
        assert not is_same_file("-", "new")
    with open(os.devnull) as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert not is_same_file("-", os.devnull)


def test_what_is_read_is_not_written(tmp_path):
    check_apart([("one", tmp_path / "a"), ("two", None)], [("three", None), ("four", tmp_path / "b")])
    with pytest.raises(ValueError, match=r"^four is two, .*b, which would be lost: choose again$"):
        check_apart([("one", None), ("two", tmp_path / "b")], [("four", tmp_path / "b")], "choose again")


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


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt(), SystemExit(3), ZeroDivisionError()])
def test_any_exception_inside_leaves_the_old_file_and_nothing_else(old, error):
    with pytest.raises(type(error)) as caught:
        put_half(old, error)
    assert caught.value is error
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


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


@pytest.mark.parametrize(
    "error", [OSError("a.gz cannot be read to its end"), FileNotFoundError(2, "No such file", "a.txt")], ids=repr
)
def test_an_error_of_another_file_is_not_blamed_on_this_one(old, error):
    with pytest.raises(OSError, match=r"a\.gz|a\.txt") as caught:
        put_half(old, error)
    assert caught.value is error
    assert old.read_bytes() == b"old"
    assert left_in(old.parent) == ["file.bin"]


def test_of_two_files_the_one_that_fails_is_named_once(tmp_path):
    with (
        pytest.raises(OSError, match="No space left") as caught,
        write_atomically(tmp_path / "one"),
        write_atomically(tmp_path / "other"),
    ):
        full()
    assert caught.value.filename == str(tmp_path / "other")
    assert str(caught.value).count("intact") == 1


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


# what is at the path stays what it is


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o606, 0o200])
def test_a_file_keeps_its_mode(old, mode):
    old.chmod(mode)
    before = os.umask(0o027)
    try:
        put(old, b"new")
    finally:
        os.umask(before)
    assert mode_of(old) == mode
    old.chmod(0o600)
    assert old.read_bytes() == b"new"


@posix
def test_the_content_of_a_private_file_is_private_from_the_first_byte_on(old, monkeypatch):
    old.chmod(0o600)
    made = []

    def opened(path, flags, *mode, own=os.open):
        descriptor = own(path, flags, *mode)
        made.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    put(old, b"new")
    assert made[0] == 0o600


@posix
def test_a_group_is_kept_where_it_may_be_and_has_no_rights_of_its_own_where_not(old, monkeypatch):
    old.chmod(0o664)
    asked = []
    other = old.stat().st_gid + 1
    status = os.stat

    def found(path, *rest, **more):
        result = status(path, *rest, **more)
        return os.stat_result([*result[:5], other, *result[6:]]) if Path(path) == old else result

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", found)
        patch.setattr(os, "fchown", lambda _, *ids: asked.append(ids))  # changes nothing
        put(old, b"new")
    assert asked == [(-1, other), (old.stat().st_uid, -1)]
    assert mode_of(old) == 0o644


@posix
def test_what_may_not_be_set_is_no_error(old, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in ("fchown", "fchmod", "listxattr"):
        monkeypatch.setattr(os, name, refuse, raising=False)
    put(old, b"new")
    assert (old.read_bytes(), mode_of(old)) == (b"new", 0o600)


@pytest.mark.skipif(not hasattr(os, "listxattr"), reason="no extended attributes here")
def test_extended_attributes_are_kept(old, monkeypatch):
    kept = {}
    monkeypatch.setattr(os, "listxattr", lambda path: ["user.origin", "user.refused"])
    monkeypatch.setattr(os, "getxattr", lambda path, name: f"{name} of {Path(path).name}".encode())

    def setxattr(descriptor, name, value):
        if name == "user.refused":
            raise PermissionError(errno.EPERM, "Operation not permitted")
        kept[name] = value

    monkeypatch.setattr(os, "setxattr", setxattr)
    put(old, b"new")
    assert kept == {"user.origin": b"user.origin of file.bin"}


def test_other_hard_links_keep_the_old_content(old):
    os.link(old, old.with_name("other"))
    put(old, b"new")
    assert (old.read_bytes(), old.with_name("other").read_bytes()) == (b"new", b"old")


def linked(path, target):
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target)
    return path


@posix
@pytest.mark.parametrize(
    ("links", "there"),
    [
        ({"link": "{}/deep/file"}, True),
        ({"link": "deep/file"}, True),
        ({"link": "deep/file"}, False),
        ({"link": "deep/../deep/second", "deep/second": "file"}, True),
        ({"link": "{}/deep/second", "deep/second": "third", "deep/third": "../deep/file"}, False),
        ({"folder": "deep", "link": "folder/file"}, True),
    ],
    ids=["absolute", "relative", "dangling", "chain", "dangling chain", "through a folder"],
)
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, links, there):
    target = tmp_path / "deep" / "file"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
        target.chmod(0o600)
    for name, to in links.items():
        linked(tmp_path / name, to.format(tmp_path))
    assert destination(tmp_path / "link") == Path(os.path.realpath(target))
    with write_atomically(tmp_path / "link") as file:
        file.write(b"new")
        assert len([name for name in left_in(target.parent) if name.endswith(TEMPORARY)]) == 1, "on its file system"
    assert all((tmp_path / name).is_symlink() for name in links)
    assert target.read_bytes() == b"new"
    assert not target.is_symlink()
    if there:
        assert mode_of(target) == 0o600
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(TEMPORARY)]


@posix
def test_a_failure_through_a_link_leaves_link_and_file(tmp_path, old, monkeypatch):
    link = linked(tmp_path / "link", old)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError, match=r"No space left on device at .*file\.bin, where this link leads; what stood"
    ) as e:
        put(link, b"new")
    assert e.value.filename == str(link)
    assert (old.read_bytes(), left_in(tmp_path)) == (b"old", ["file.bin", "link"])


@posix
def test_links_in_a_circle_are_refused(tmp_path):
    for name, to in (("a", "b"), ("b", "a"), ("self", "self")):
        (tmp_path / name).symlink_to(to)
    for name in ("a", "self"):
        with pytest.raises(
            OSError, match="it is a link that leads in a circle; what stood there before is"
        ) as caught:
            put(tmp_path / name, b"new")
        assert caught.value.errno == errno.ELOOP
    assert left_in(tmp_path) == ["a", "b", "self"]


@posix
def test_a_link_into_a_missing_folder_says_where_it_leads(tmp_path):
    link = linked(tmp_path / "link", tmp_path / "missing" / "file")
    with pytest.raises(
        FileNotFoundError, match=r"at .*missing.file, where this link leads; .*; make its folder first"
    ):
        put(link, b"new")
    assert link.is_symlink()


@posix
def test_a_temporary_file_that_another_process_removes_is_told_so(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="make its folder first; if it is there, let one process at a time w"),
        write_atomically(tmp_path / "ids"),
    ):
        sweep(tmp_path, "ids")


def test_a_folder_is_refused(tmp_path):
    for path in (tmp_path, Path(tmp_path.anchor)):
        with pytest.raises(
            IsADirectoryError, match="it is a folder: expected the path of a file; what stood there bef"
        ):
            put(path, b"new")
    assert left_in(tmp_path) == []


def reading(path):
    """Read a pipe to its end in a thread, from now on; return a function that waits for what was read."""
    descriptor, found = os.open(path, os.O_RDONLY | os.O_NONBLOCK), []
    os.set_blocking(descriptor, True)

    def read():
        with open(descriptor, "rb") as file:
            found.append(file.read())

    thread = threading.Thread(target=read)

    def wait():
        thread.start()
        thread.join()
        return found[0]

    return wait


@posix
@pytest.mark.parametrize("size", [0, 10, 1000])
def test_a_pipe_is_written_to(tmp_path, size):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    read = reading(pipe)
    with write_atomically(pipe, check=lambda path: path.stat().st_size == size + 2) as file:
        file.write(b"__" + b"x" * size)
        file.seek(0)  # as writers of some formats do
        file.write(b"ab")
        file.seek(0, os.SEEK_END)
    assert read() == b"ab" + b"x" * size
    assert pipe.is_fifo()
    assert left_in(tmp_path) == ["pipe"]


@posix
def test_nothing_is_written_to_a_pipe_if_the_writer_fails(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = reading(tmp_path / "pipe")
    with pytest.raises(RuntimeError, match="x"):
        put_half(tmp_path / "pipe", RuntimeError("x"))
    assert read() == b""


@posix
def test_a_pipe_that_nothing_reads_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    message = "it is a pipe that nothing reads; what stood there before is intact; start its reader first"
    with pytest.raises(OSError, match=message) as caught:
        put(tmp_path / "pipe", b"new")
    assert caught.value.errno == errno.ENXIO
    assert (tmp_path / "pipe").is_fifo()
    assert left_in(tmp_path) == ["pipe"]


@posix
def test_a_pipe_whose_reader_leaves(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    message = "a part of it may have been written; let the reader read to the end"
    with pytest.raises(BrokenPipeError, match=message):
        put_and_leave(tmp_path / "pipe", reader)


def put_and_leave(pipe, reader):
    with write_atomically(pipe) as file:
        file.write(b"new")
        os.close(reader)


@posix
def test_sockets_and_block_devices_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's name is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        with pytest.raises(
            OSError, match="it is a socket: expected the path of a file; what stood there before is in"
        ):
            put("socket", b"new")
        assert Path("socket").is_socket()
    Path("device").write_bytes(b"old")
    status = os.stat("device")
    faked = os.stat_result([stat.S_IFBLK | 0o600, *status[1:]])
    monkeypatch.setattr(os, "stat", lambda *_, **__: faked)
    with pytest.raises(OSError, match="it is a block device: expected the path of a file"):
        put("device", b"new")
    monkeypatch.undo()
    assert (tmp_path / "device").read_bytes() == b"old"


@posix
def test_a_character_device_is_opened_and_not_replaced(tmp_path, monkeypatch):
    """Decided by its status alone; the file in the device's place shows which of both was done."""
    device = tmp_path / "device"
    device.write_bytes(b"________")
    status, inode = os.stat(device), device.stat().st_ino
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda *_, **__: os.stat_result([stat.S_IFCHR | 0o666, *status[1:]]))
        put(device, b"new")
    assert (device.read_bytes(), device.stat().st_ino) == (b"new_____", inode)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="a fault would replace the device")
def test_the_null_device_takes_everything(tmp_path):
    put("/dev/null", b"new")
    put(linked(tmp_path / "link", "/dev/null"), b"new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


WRITE = """
import sys
from word2vec.runtime.files import write_atomically
with write_atomically(sys.argv[1]) as file:
    file.write(b"new\\n")
"""


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("into", ["pipe", "file"])
def test_standard_output_is_written_to_from_where_it_stands(tmp_path, name, into):
    if not os.path.exists(name) and name != "link":
        pytest.skip(f"there is no {name}")
    (tmp_path / "link").symlink_to("/dev/stdout")
    root = Path(__file__).resolve().parents[2]
    run = (
        f"(echo before; '{sys.executable}' -c '{WRITE}' '{name if name != 'link' else tmp_path / name}'; echo after)"
    )
    end = " | cat" if into == "pipe" else f" > '{tmp_path}/out'; cat '{tmp_path}/out'"
    found = subprocess.run(["sh", "-c", run + end], capture_output=True, cwd=root, check=True)
    assert (found.stdout, found.stderr) == (b"before\nnew\nafter\n", b"")


@posix
def test_process_substitution(tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    run = f"'{sys.executable}' -c '{WRITE}' >(cat > '{tmp_path}/out'); wait $!"
    subprocess.run([bash, "-c", run], cwd=Path(__file__).resolve().parents[2], check=True)
    assert (tmp_path / "out").read_bytes() == b"new\n"


@posix
def test_a_read_only_file_is_refused(old, monkeypatch):
    old.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode == os.W_OK and Path(path) == old))  # not as root
    message = "it is read-only; what stood there before is intact; expected a file and a folder that may be written"
    with pytest.raises(PermissionError, match=message):
        put(old, b"new")
    assert (old.read_bytes(), mode_of(old), left_in(old.parent)) == (b"old", 0o444, ["file.bin"])


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, "漢" * 85, "😀" * 63, "x" * 240 + ".txt", "y" * 42])
def test_the_longest_names_can_be_written_and_swept(tmp_path, name):
    path = tmp_path / name
    for data in (b"first", b"second"):
        with write_atomically(path) as file:
            file.write(data)
            (temporary,) = [other for other in left_in(tmp_path) if other != name]
            assert len(os.fsencode(temporary)) <= max(len(os.fsencode(name)), 110)
    assert (path.read_bytes(), left_in(tmp_path)) == (b"second", [name])
    (tmp_path / temporary).touch()
    sweep(tmp_path, name)
    assert left_in(tmp_path) == [name]


def test_a_name_that_is_too_long_says_so(tmp_path):
    with pytest.raises(OSError, match=r"; what stood there before is intact; choose another name"):
        put(tmp_path / ("x" * 300), b"new")


@posix
@pytest.mark.parametrize("names", [(), ("link", "circle", "no[ne]*")])
def test_what_was_left_beside_a_links_target_is_swept(tmp_path, names):
    (tmp_path / "run").mkdir()
    linked(tmp_path / "run" / "link", "../elsewhere/file")
    (tmp_path / "run" / "circle").symlink_to("circle")
    (tmp_path / "elsewhere").mkdir()
    for name in (".file.0", ".other.0"):
        (tmp_path / "elsewhere" / f"{name}{TEMPORARY}").touch()
    sweep(tmp_path / "run", *names)
    assert left_in(tmp_path / "elsewhere") == [f".other.0{TEMPORARY}"]
    assert left_in(tmp_path / "run") == ["circle", "link"]


def test_only_the_named_files_are_swept(tmp_path):
    for name in ("a[b]", "ab", "c"):
        (tmp_path / f".{name}.0{TEMPORARY}").touch()
    sweep(tmp_path, "a[b]", "c")
    assert left_in(tmp_path) == [f".ab.0{TEMPORARY}"]


# check_writable


def test_no_folder_is_made_that_is_called_like_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"in Python ~ is not the home folder: pass Path\(\.\.\.\)\.expanduser\(\)"):
        check_writable("~/runs")
    with (
        pytest.raises(
            OSError, match=r"is intact; in Python ~ is not the home folder: pass Path\(\.\.\.\)\.expanduser"
        ),
        write_atomically("~/file"),
    ):
        pass
    assert os.listdir() == []
    os.mkdir("~")
    check_writable("~/runs")


def test_an_empty_name_is_not_that_of_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"its name is empty; '\.' is the one where you are\).*: ''$"):
        check_writable("")
    check_writable(".")


def test_a_missing_folder_is_made(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert left_in(tmp_path / "a" / "b") == []


def test_a_file_in_the_folders_place(old):
    with pytest.raises(FileExistsError, match=r"cannot write into this folder \(.+\): expected a wr") as caught:
        check_writable(old)
    assert caught.value.filename == str(old)
    assert old.read_bytes() == b"old"


@posix
def test_a_link_to_a_folder_is_a_folder(tmp_path):
    linked(tmp_path / "link", "a/b")
    check_writable(tmp_path / "link")
    assert (tmp_path / "a" / "b").is_dir()
    assert (tmp_path / "link").is_symlink()


@posix
def test_named_files_are_checked_where_they_lead(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, to in (("good", "folder/new"), ("missing", "nowhere/file"), ("circle", "circle")):
        linked(tmp_path / name, to)
    os.mkfifo(tmp_path / "pipe")
    check_writable(tmp_path, "new", "good", "pipe")
    for name, why in (
        ("missing", "No such file"),
        ("circle", "leads in a circle"),
        ("folder", "it is a folder: exp"),
    ):
        with pytest.raises(OSError, match=rf"cannot write this file \(.*{why}.*\): expected a writable one; ch") as e:
            check_writable(tmp_path, "new", name)
        assert e.value.filename == str(tmp_path / name)
    assert left_in(tmp_path) == ["circle", "folder", "good", "missing", "pipe"]


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


def writes(call):
    """Return whether a call in the source opens or writes a file by its name."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    mode = [part.value for part in call.args[1:2] if isinstance(part, ast.Constant)]
    mode += [keyword.value.value for keyword in call.keywords if keyword.arg == "mode"]
    opens = name == "open" and isinstance(call.func, ast.Name) and {*"wxa+"} & {*str(*mode)}
    return opens or name in ("write_text", "write_bytes", "tofile", "savez", "savetxt", "to_csv", "rename")


def test_every_writer_of_the_library_writes_atomically():
    root = Path(files.__file__).resolve().parents[1]
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    }
    assert found == {"runtime/files.py", "course/examination.py"}, "the latter writes to os.devnull"


@posix
def test_a_file_is_removed_and_a_link_to_it_stays(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    remove(link)
    assert link.is_symlink()
    assert not target.exists()
    remove(link)
    remove(tmp_path)  # no file
    assert tmp_path.is_dir()
