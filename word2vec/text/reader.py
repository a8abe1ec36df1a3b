"""Read text files, plain or compressed, in blocks of bytes that cut no word, and report bytes that are not UTF-8."""

import bz2
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from .._types import PathLike
from ..runtime.files import write_atomically

BLOCK = 1 << 16  # bytes: the arrays made of a block fit into a core's cache

WIDE_SPACE = re.compile(b"|".join(chr(i).encode() for i in range(128, 0x3001) if chr(i).isspace()))
NO_WORD = re.compile(r"[^\w\n]+")


def blocks(
    path: PathLike, cut_after: tuple[bytes, ...], size: int | None = None, longest: int | None = None
) -> Iterator[bytes]:
    """Read a file in blocks of about `size` bytes that end after one of the given bytes; the last one may not.

    Raises OSError if the file cannot be read to its end, and ValueError if more than `longest` bytes follow one
    another without one of the given bytes.
    """
    held: list[bytes] = []
    for chunk in chunks(path, size or BLOCK):
        cut = max(map(chunk.rfind, cut_after)) + 1
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
    """Read a file in chunks of `size` bytes, decompressed and without byte order mark."""
    with opened(path) as file:
        mark = b"\xef\xbb\xbf"
        try:
            while chunk := file.read(size):
                yield chunk.removeprefix(mark)
                mark = b""
        except (EOFError, OSError, zlib.error) as error:
            fix = "expected an undamaged file; copy, download or compress it again"
            raise OSError(f"{path} cannot be read to its end ({error}): {fix}") from error


def opened(path: PathLike) -> IO[bytes]:
    """Open a file for reading bytes; .gz and .bz2 are decompressed."""
    suffix = os.path.splitext(path)[1]
    if suffix in (".gz", ".bz2"):
        return cast(IO[bytes], gzip.open(path) if suffix == ".gz" else bz2.open(path))
    return open(path, "rb", buffering=0)


@contextmanager
def written(path: PathLike) -> Iterator[IO[bytes]]:
    """Open a file that replaces `path` once it is complete; it is compressed if its name ends in .gz."""
    with write_atomically(path) as file:
        if os.fspath(path).endswith(".gz"):
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file


def decoded(block: bytes, path: PathLike, line: int) -> str:
    """Decode a block of a file; `line` is the number of its first line, for the error message."""
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        line += block.count(b"\n", 0, error.start)
        where, wrong = f"{path}, line {line}", f"the byte 0x{block[error.start]:02x} is not UTF-8 ({error.reason})"
        fix = "convert the file, or pass (line.split() for line in open(path, encoding=...))"
        raise ValueError(f"{where}: {wrong}: {fix}") from None


def with_plain_separators(block: bytes, tokenize: str, path: PathLike, line: int) -> bytes:
    """Replace all separators beyond ASCII by spaces."""
    text = decoded(block, path, line)
    return NO_WORD.sub(" ", text).encode() if tokenize == "words" else WIDE_SPACE.sub(b" ", block)
