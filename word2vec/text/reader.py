"""Text files as blocks of bytes that cut no word, plain or packed; bytes that are not UTF-8 are found and named."""

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from word2vec._types import PathLike
from word2vec.runtime.files import write_atomically

BLOCK = 1 << 16  # what follows from it fits into a core's cache

WIDE_SPACE = re.compile(b"|".join(chr(i).encode() for i in range(128, 0x3001) if chr(i).isspace()))
NO_WORD = re.compile(r"[^\w\n]+")


def blocks(
    path: PathLike, cut_behind: tuple[bytes, ...], size: int | None = None, longest: int | None = None
) -> Iterator[bytes]:
    """Read a file in blocks (of some `size`) that end behind one of the given bytes; the rest is a block too.

    Raises
    ------
    ValueError
        If none of the given bytes is found among `longest` successive ones.
    OSError
        If the file cannot be read to its end.
    """
    held: list[bytes] = []
    for chunk in chunks(path, size or BLOCK):
        cut = max(map(chunk.rfind, cut_behind)) + 1
        if cut:
            yield b"".join((*held, chunk[:cut]))
            held = [chunk[cut:]]
        else:
            held.append(chunk)
            if longest is not None and sum(map(len, held)) > longest:
                raise ValueError(f"{path}: a line of more than {longest} bytes: expected a file of the named format")
    if any(held):
        yield b"".join(held)


def chunks(path: PathLike, size: int) -> Iterator[bytes]:
    """Read a file's bytes in pieces of some size, unpacked and without byte order mark."""
    with opened(path) as file:
        mark = b"\xef\xbb\xbf"
        while chunk := _read(file, path, size):
            yield chunk.removeprefix(mark)
            mark = b""


def _read(file: IO[bytes], path: PathLike, size: int) -> bytes:
    """Read a block."""
    try:
        return file.read(size)
    except (EOFError, OSError, zlib.error) as error:
        raise OSError(
            f"{path} cannot be read to its end ({error}): expected a sound file; copy, fetch or pack it anew"
        ) from error


def opened(path: PathLike) -> IO[bytes]:
    """Open a file for reading bytes, through the unpacker that its name calls for."""
    suffix = os.path.splitext(path)[1]
    if suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if suffix == ".bz2":
        import bz2

        return bz2.open(path)
    return open(path, "rb", buffering=0)


@contextmanager
def written(path: PathLike) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once it is complete, through a packer if its name ends in .gz."""
    with write_atomically(path) as file:
        if os.fspath(path).endswith(".gz"):
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file


def decoded(block: bytes, path: PathLike, line: int) -> str:
    """Decode the block that begins in a given line."""
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        line += block.count(b"\n", 0, error.start)
        raise ValueError(
            f"{path}, line {line}: the byte 0x{block[error.start]:02x} is not UTF-8 ({error.reason}): convert the "
            "file, or pass (line.split() for line in open(path, encoding=...))"
        ) from None


def with_plain_separators(block: bytes, tokenize: str, path: PathLike, line: int) -> bytes:
    """Put spaces for what separates words beyond ASCII."""
    text = decoded(block, path, line)
    if tokenize == "words":
        return NO_WORD.sub(" ", text).encode()
    return WIDE_SPACE.sub(b" ", block)
