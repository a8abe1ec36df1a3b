"""Write files that are either complete or absent: into a temporary file beside them, fsynced, then renamed."""

import errno
import glob
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

from .._types import PathLike

Named = Iterable[tuple[str, PathLike | None]]

TEMPORARY = ".tmp"
SUFFIX = 2 * 8 + 2 + len(TEMPORARY)  # characters that a temporary file's name has besides the file's own
MOST_LINKS = 40  # in a row, as in Linux
WRITTEN_TO = (stat.S_IFREG, stat.S_IFIFO, stat.S_IFCHR)
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a block device"}
REFUSED = "expected a file and a folder that may be written into, since the new file is made beside the old one"
FIXES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), REFUSED),
    errno.ENOENT: "make its folder first; if it is there, let one process at a time write into it",
    errno.ENOTDIR: "make its folder first",
    **dict.fromkeys((errno.EISDIR, errno.EINVAL, errno.ENAMETOOLONG), "choose another name"),
    errno.ELOOP: "remove the link, or choose another name",
    errno.ENXIO: "start its reader first",
    errno.EPIPE: "let the reader read to the end",
}
OTHERWISE = "choose a folder with room on a sound disk"
NO_HOME = "in Python ~ is not the home folder: pass Path(...).expanduser()"


@contextmanager
def write_atomically(path: PathLike, check: Callable[[Path], bool] = lambda _: True) -> Iterator[IO[bytes]]:
    """Open a binary file that replaces `path` only once it is complete and on the disk.

    Until then, and after any failure, the earlier file is untouched and no other file is left. `check` is called with
    the path of the complete temporary file; if it returns False, that file does not replace `path`.

    A symbolic link stays: the file that it leads to is replaced or made. The new file gets the old one's permissions
    and, as far as the process may set them, its group, owner and extended attributes. Other hard links keep the old
    content, since the new file is another one. What is no file is never replaced: a pipe that is being read, a
    character device or an open file of this process (/dev/stdout, /dev/fd/63) is written to, once the content is
    complete; the rest is refused.

    Raises OSError if it cannot be written, or is read-only, a folder, a socket, a block device, a pipe that nothing
    reads, or a link that leads in a circle; the message names the file and says which version is there now. What the
    caller raises meanwhile about another file, an OSError with a name or without a number, is raised as it is.
    """
    place = path = Path(path)
    temporary, others, now = None, None, "what stood there before is intact"
    try:
        old, direct = _found(place := destination(path))
        with _opened(place) if direct else nullcontext() as stream:
            own = place if stream is None else Path(tempfile.gettempdir(), "stream")
            temporary = own.with_name(f".{_stem(own.name)}.{secrets.token_hex(8)}{TEMPORARY}")  # hidden, and new
            # nobody else's until it has the old file's permissions, which may be as narrow
            opener = None if old is None else lambda name, flags: os.open(name, flags, 0o600)
            with open(temporary, "xb", opener=opener) as file:
                if old is not None and stream is None:
                    _keep(file.fileno(), place, old)
                try:
                    yield file
                except OSError as error:
                    others = error if error.errno is None or error.filename is not None else None
                    raise
                file.flush()
                os.fsync(file.fileno())
            if not check(temporary):
                raise OSError(errno.EIO, "it does not read back as it was written")
            if stream is None:
                os.replace(temporary, place)
                now = "the new file is there, but a power cut may undo that"
                _sync_folder(place.parent)
            else:
                now = "a part of it may have been written"
                with open(temporary, "rb") as complete:
                    shutil.copyfileobj(complete, stream)
                stream.flush()
    except OSError as error:
        if error is others:
            raise
        fix = NO_HOME if _means_home(path) else FIXES.get(error.errno or 0, OTHERWISE)
        where = f" at {place}, where this link leads" if place != path and path.is_symlink() else ""
        raise OSError(error.errno, f"{error.strerror or error}{where}; {now}; {fix}", str(path)) from error
    finally:
        if temporary is not None:
            with suppress(OSError):  # an error that is being raised matters more
                temporary.unlink()


def _means_home(path: Path) -> bool:
    return path.parts[:1] == ("~",) and not os.path.exists("~")


def destination(path: PathLike) -> Path:
    """Return what a file's path stands for: where its symbolic links lead, whether or not a file is there.

    A name of an open file (/proc/self/fd/1) is returned as it is. Raises OSError if links lead in a circle.
    """
    place = Path(path)
    for _ in range(MOST_LINKS):
        folder = Path(os.path.realpath(place.parent))
        place = folder / place.name
        if _is_open_file(place) or not place.is_symlink():
            return place
        place = folder / os.readlink(place)
    raise OSError(errno.ELOOP, "it is a link that leads in a circle", str(path))


def is_same_file(one: PathLike, other: PathLike) -> bool:
    """Return whether two paths lead to one file, whether or not it is there; `one` may be "-", standard input."""
    with suppress(OSError, ValueError, AttributeError):  # one is not there, or standard input is no file
        first, second = os.stat(sys.stdin.fileno() if one == "-" else one), os.stat(other)
        if not os.path.samestat(first, second) or stat.S_ISREG(first.st_mode):
            return os.path.samestat(first, second)
    with suppress(OSError, ValueError):
        return one != "-" and destination(one) == destination(other) and not os.path.isdir(one)
    return False


def check_apart(read: Named, written: Named, fix: str = "expected another file") -> None:
    """Raise ValueError if a file that is read is one that is written; each comes with what messages call it."""
    read = [*read]
    for name, path in written:
        for source, place in read:
            if path is not None and place is not None and is_same_file(place, path):
                raise ValueError(f"{name} is {source}, {os.fspath(path)}, which would be lost: {fix}")


def _is_open_file(place: Path) -> bool:
    """Return whether this is the name of an open file of this process, such as /dev/fd/63 after all links."""
    return str(place.parent) in ("/dev/fd", f"/proc/{os.getpid()}/fd")


def _found(place: Path) -> tuple[os.stat_result | None, bool]:
    """Return the status of what is at a place, None for nothing, and whether it is written to instead of replaced.

    Raises OSError if it is neither written to nor replaced.
    """
    try:
        status = os.stat(place)
    except FileNotFoundError:
        return None, False
    kind = stat.S_IFMT(status.st_mode)
    if kind not in WRITTEN_TO:
        number = errno.EISDIR if kind == stat.S_IFDIR else errno.EINVAL
        raise OSError(number, f"it is {KINDS.get(kind, 'no file')}: expected the path of a file")
    direct = kind != stat.S_IFREG or _is_open_file(place)
    if not direct and not os.access(place, os.W_OK):
        raise OSError(errno.EACCES, "it is read-only")
    return status, direct


def _stem(name: str) -> str:
    """Return the part of a file's name that its temporary file's has, which is no longer if that is long."""
    return name[: max(20, len(name) - SUFFIX)]  # as many characters less have as many bytes less, at least


def _keep(descriptor: int, place: Path, old: os.stat_result) -> None:
    """Set a new file's group, owner, permissions and extended attributes to the old one's, where the process may.

    A group that cannot be kept has no more rights than all others have.
    """
    if hasattr(os, "fchown"):
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            with suppress(OSError):
                os.fchown(descriptor, owner, group)
        kept = os.fstat(descriptor).st_gid == old.st_gid
        mode = old.st_mode & 0o777
        with suppress(OSError):
            os.fchmod(descriptor, mode if kept else mode & ~0o070 | (mode & 0o007) << 3)
        if kept and hasattr(os, "listxattr"):  # access control lists are among them
            with suppress(OSError):
                for name in os.listxattr(place):
                    with suppress(OSError):
                        os.setxattr(descriptor, name, os.getxattr(place, name))


def _opened(place: Path) -> IO[bytes]:
    """Open a pipe, a device or an open file for writing, from where it stands."""
    if _is_open_file(place):
        return open(os.dup(int(place.name)), "wb")
    try:  # a pipe that nothing reads would be waited for without end
        descriptor = os.open(place, os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        what = "it is a pipe that nothing reads" if place.is_fifo() else error.strerror
        raise OSError(error.errno, what) from error
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return open(descriptor, "wb")


def remove(path: PathLike) -> None:
    """Remove a file, if there is one, durably; a link stays, and what is no file."""
    if (place := destination(path)).is_file() and not _is_open_file(place):
        place.unlink()
        _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows does so by itself, and cannot open a folder."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot sync folders
                raise
        finally:
            os.close(descriptor)


def stamp(status: os.stat_result) -> tuple[int, ...]:
    """Return what shows that a file is another one, or was cut or written into: device, number, size and time."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def sweep(folder: PathLike, *names: str) -> None:
    """Remove the temporary files of killed processes: of the named files in a folder, or of all.

    Those of a symbolic link lie where it leads. No other process may be writing these files.
    """
    folder = Path(folder)
    patterns = [] if names else [(folder, "*")]
    for path in [folder / name for name in names] or folder.glob("*"):
        with suppress(OSError):  # a link that leads in a circle has none
            if names or path.is_symlink():
                place = destination(path)
                patterns.append((place.parent, glob.escape(_stem(place.name))))
    for where, stem in patterns:
        for path in where.glob(f".{stem}.*{TEMPORARY}"):
            path.unlink(missing_ok=True)


def check_writable(folder: PathLike, *names: str) -> None:
    """Raise OSError, before hours of work, if files cannot be written into a folder; it is created if necessary.

    The named files of the folder are checked, too: each may be a link, a folder or read-only.
    """
    path, what = os.fspath(folder), "into this folder"
    try:
        if _means_home(Path(folder)):
            raise OSError(errno.ENOENT, NO_HOME)
        if not path:  # as of a variable that is not set
            raise OSError(errno.ENOENT, "its name is empty; '.' is the one where you are")
        Path(os.path.realpath(folder)).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        what = "this file"
        for path in (os.path.join(folder, name) for name in names):
            place = destination(path)
            if not _found(place)[1] and os.path.islink(path):
                with tempfile.TemporaryFile(dir=place.parent):
                    pass
    except OSError as error:
        fix = f"cannot write {what} ({error.strerror}): expected a writable one; choose another"
        raise OSError(error.errno, fix, path) from error
