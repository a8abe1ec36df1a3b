"""Write files that are either complete or absent: into a temporary file beside them, fsynced, then renamed."""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .._types import PathLike

TEMPORARY = ".tmp"


@contextmanager
def write_atomically(path: PathLike, check: Callable[[Path], bool] = lambda _: True) -> Iterator[IO[bytes]]:
    """Open a binary file that replaces `path` only once it is complete and on the disk.

    Until then, and after any failure, the earlier file is untouched and no other file is left. `check` is called with
    the path of the complete temporary file; if it returns False, that file does not replace `path`.

    Raises OSError if it cannot be written; the message names the file and says which version is there now.
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
        with suppress(OSError):  # an error that is being raised matters more
            temporary.unlink()


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


def sweep(folder: PathLike, name: str = "*") -> None:
    """Remove the temporary files of killed processes; no other process may be writing into the folder."""
    for path in Path(folder).glob(f".{name}.*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def check_writable(folder: PathLike) -> None:
    """Raise, before hours of work, if files cannot be written into a folder; it is created if necessary.

    Raises OSError if they cannot be written; the message names the folder.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"cannot write into this folder ({error.strerror}): expected a writable one; choose another"
        raise OSError(error.errno, what, str(folder)) from error
