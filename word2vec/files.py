"""Files that are either whole or not there: written beside their place, made durable, then moved into it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PathLike = str | os.PathLike[str]


@contextmanager
def write_atomically(path: PathLike) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` only once it is complete and on the disk.

    Until then, and after any failure, what stood there before is untouched and no other file is left.

    Raises
    ------
    OSError
        If it cannot be written; the message names the file and says that the old one is intact.
    """
    path, temporary = Path(path), None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            yield file
            file.flush()
            os.fsync(file.fileno())
        _share_like_others(temporary)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        what = f"{error.strerror or error}; what stood there before is intact; name a folder with room"
        raise OSError(error.errno, what, str(path)) from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def _share_like_others(name: str) -> None:
    """Give a temporary file, private by default, the permissions of an ordinary new file."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(name, 0o666 & ~mask)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows, which cannot open a folder, does so by itself."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
