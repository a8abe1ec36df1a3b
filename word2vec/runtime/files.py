"""Files that are either whole or not there: written beside their place, made durable, then moved into it."""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from word2vec._types import PathLike

TEMPORARY = ".tmp"


@contextmanager
def write_atomically(path: PathLike, check: Callable[[Path], bool] = lambda _: True) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` only once it is complete and on the disk.

    Until then, and after any failure, what stood there before is untouched and no other file is left.
    `check` is asked about the complete file before that is moved into its place.

    Raises
    ------
    OSError
        If it cannot be written; the message names the file and says what stands there now.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
    now = "what stood there before is intact"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not check(temporary):
            raise OSError(errno.EIO, "it does not read back as it was written")
        os.replace(temporary, path)
        now = "the new file is there, but a power cut may undo that"
        _sync_folder(path.parent)
    except OSError as error:
        what = f"{error.strerror or error}; {now}; choose a folder with room on a sound disk"
        raise OSError(error.errno, what, str(path)) from error
    finally:
        with suppress(OSError):  # the error that brought us here matters more
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows, which cannot open a folder, does so by itself."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems sync no folders
                raise
        finally:
            os.close(descriptor)


def sweep(folder: PathLike, name: str = "*") -> None:
    """Remove what killed writers of a name left; only for who knows that no other process writes there."""
    for path in Path(folder).glob(f".{name}.*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def check_writable(folder: PathLike) -> None:
    """Make sure, before hours of work, that files can be written into a folder; it is made if need be.

    Raises
    ------
    OSError
        If they cannot; the message names the folder.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"cannot write into this folder ({error.strerror}); name another one"
        raise OSError(error.errno, what, str(folder)) from error
