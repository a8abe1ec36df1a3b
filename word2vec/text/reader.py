"""Read text in blocks of bytes that cut no word, and report bytes that are not UTF-8; write compressed files."""

import bz2
import lzma
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import cache
from typing import IO, Any
from unicodedata import category

from .._types import PathLike
from ..runtime.files import write_atomically
from ..runtime.inputs import GZIP, Input

BLOCK = 1 << 18  # bytes: larger arrays do not fit into a core's cache, smaller ones cost calls

WIDE_SPACE = re.compile(b"|".join(chr(i).encode() for i in range(128, 0x3001) if chr(i).isspace()))
LINE_ENDS = re.compile("[\u2028\u2029]")
JOINERS = "\u00ad\u180e\u200c\u200d\u2060"  # a soft hyphen, Mongolian's, those of Persian and Sinhala, of no width


def blocks(
    file: Input,
    cut_after: tuple[bytes, ...],
    size: int | None = None,
    longest: int | None = None,
    *,
    line_ends: bool = True,
) -> Iterator[bytes]:
    r"""Read a file in blocks of about `size` bytes that end after one of the given bytes; the last one may not.

    With `line_ends`, \r\n and \r become \n.

    Raises OSError if the file cannot be read to its end, and ValueError if more than `longest` bytes follow one
    another without one of the given bytes.
    """
    held: list[bytes] = []
    chunks = file.chunks(size or BLOCK)
    for chunk in with_plain_line_ends(chunks) if line_ends else chunks:
        cut = max(map(chunk.rfind, cut_after)) + 1
        if cut:
            yield b"".join((*held, chunk[:cut]))
            held = [chunk[cut:]]
        else:
            held.append(chunk)
            if longest is not None and sum(map(len, held)) > longest:
                is_text = b" " in cut_after
                what = f"{'a word' if is_text else 'a line'} of more than {longest} bytes"
                fix = "a text with white space between its words" if is_text else "a file of the named format"
                raise ValueError(f"{file.name}: {what}: expected {fix}")
    if any(held):
        yield b"".join(held)


def with_plain_line_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Replace \r\n and \r by \n, also where a chunk ends between the two."""
    held = b""
    for chunk in chunks:
        if held or b"\r" in chunk:
            whole = held + chunk
            held = b"\r" if whole.endswith(b"\r") else b""
            yield whole[: len(whole) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            yield chunk
    if held:
        yield b"\n"


class Gzip:
    """Packs what is written into an open file by gzip, without the time of writing: the same bytes each time.

    In binary numbers, repeats are chance: looking for them takes two thirds of the time and saves next to nothing. So
    `numbers` are packed by their bytes' frequencies alone.
    """

    def __init__(self, file: IO[bytes], *, numbers: bool) -> None:
        strategy = zlib.Z_HUFFMAN_ONLY if numbers else zlib.Z_DEFAULT_STRATEGY
        self._file, self._stream = file, zlib.compressobj(6, zlib.DEFLATED, GZIP, zlib.DEF_MEM_LEVEL, strategy)

    def write(self, data: bytes) -> None:
        """Pack bytes, which follow those before."""
        self._file.write(self._stream.compress(data))

    def close(self) -> None:
        """Write what is still held, and the checksum."""
        self._file.write(self._stream.flush())


@contextmanager
def written(path: PathLike, *, numbers: bool = False) -> Iterator[Any]:
    """Open a file that replaces `path` once it is complete; see `packed`."""
    with write_atomically(path) as file, packed(path, file, numbers=numbers) as stream:
        yield stream


def packed(path: PathLike, file: IO[bytes], *, numbers: bool = False) -> AbstractContextManager[Any]:
    """Return a context of what compresses into an open file as the suffix of `path` says: .gz, .bz2, .xz, .lzma.

    numbers: whether the file holds binary numbers above all; see `Gzip`
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".gz":
        return closing(Gzip(file, numbers=numbers))
    if suffix == ".bz2":
        return bz2.BZ2File(file, "wb")
    if suffix in (".xz", ".lzma"):
        return lzma.LZMAFile(file, "wb", format=lzma.FORMAT_XZ if suffix == ".xz" else lzma.FORMAT_ALONE)
    return nullcontext(file)


def decoded(
    block: bytes, name: str, line: int = 1, fix: str = 'pass its encoding, such as encoding="cp1252", or convert it'
) -> str:
    """Decode a block of the file `name`; `line` is the number of its first line, for the error message."""
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        line += block.count(b"\n", 0, error.start)
        where, wrong = f"{name}, line {line}", f"the byte 0x{block[error.start]:02x} is not UTF-8 ({error.reason})"
        raise ValueError(f"{where}: {wrong}: {fix}") from None


def with_plain_separators(block: bytes, tokenize: str, name: str, line: int) -> bytes:
    """Replace the separators beyond ASCII by spaces, but U+2028 and U+2029, which end lines, by line ends."""
    text = decoded(block, name, line)
    if tokenize == "words":
        return _no_word().sub(" ", LINE_ENDS.sub("\n", text)).encode()
    if b"\xe2\x80" in block:
        block = LINE_ENDS.sub("\n", text).encode()
    return WIDE_SPACE.sub(b" ", block)


@cache
def _no_word() -> re.Pattern[str]:
    r"""Compile what separates words: all but runs of \w that hold marks and joiners behind their first character.

    A mark (a vowel sign, an accent, a variation selector) belongs to the character before it, so a separator takes
    its marks with it; a joiner between two letters belongs to the word.
    """
    marks = "".join(chr(i) for i in range(0x300, sys.maxunicode + 1) if category(chr(i)).startswith("M"))
    within = re.escape(marks + JOINERS)
    return re.compile(rf"[^\w{within}\n][^\w\n]*|(?<![^\n])[{within}][^\w\n]*|[{JOINERS}]+(?![\w{within}])")
