"""Vector files of every kind: which format a file has, reading and writing it.

=========  =============================================================  ==================
format     content                                                        suffixes
=========  =============================================================  ==================
text       word2vec's and fastText's: a line `V D`, then lines of words   .txt .vec (.gz)
glove      the same without the first line                                (.gz)
binary     word2vec's and gensim's binary=True: float32                   .bin (.gz)
npz        NumPy's arrays: all digits, outside vectors, counts; mappable  .npz
           (what `save_model` writes, under any name, is an .npz, too)
npy        the course's saved_params_N.npy; its words are passed          .npy (reading)
projector  the Embedding Projector's vectors.tsv and metadata.tsv         .tsv
=========  =============================================================  ==================
"""

import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from ..._types import PathLike
from ...runtime.archive import FORMER
from ...runtime.arguments import check_choice
from ...text.reader import chunks
from .array_format import read_arrays, write_npz
from .binary_format import read_binary, write_binary
from .decimals import OTHER
from .projector_format import read_projector, write_projector
from .table import Errors, Problems, Table, Vectors
from .text_format import HEADER, read_counts, read_text, write_text

Format = Literal["text", "glove", "binary", "npz", "npy", "projector"]

FORMATS: tuple[Format, ...] = get_args(Format)
WRITTEN = "expected .txt, .vec, .bin (or these with .gz), .npz, .tsv, or format=..."
SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".vec": "text",
    ".bin": "binary",
    ".npz": "npz",
    ".npy": "npy",
    ".tsv": "projector",
}
# how files that cannot be read begin, what they are, what to do
UNREAD: list[tuple[bytes | tuple[bytes, ...], str, str]] = [
    (FORMER, "a model of version 0.1, which this version does not read", "write it as .npz with version 0.1"),
    (b"\x1f\x8b", "packed by gzip", "let its name end in .gz, or unpack it"),
    (b"BZh", "packed by bzip2", "let its name end in .bz2, or unpack it"),
    (b"\xfd7zXZ", "packed by xz", "unpack it"),
    ((793712314).to_bytes(4, "little"), "a model of fastText, not its vectors", "read the .vec file beside it"),
    (
        tuple(bytes([0x80, protocol]) for protocol in range(2, 6)),
        "a pickle (as gensim's save writes), which can run any code and is not read",
        "load it with what wrote it, and write it by gensim's save_word2vec_format",
    ),
]
CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r"))


def read(
    path: PathLike,
    format: Format | None = None,  # noqa: A002
    *,
    words: Mapping[str, int] | Sequence[str] | None = None,
    limit: int | None = None,
    dtype: DTypeLike | None = None,
    errors: Errors = "strict",
    mmap: bool = False,
    counts: PathLike | None = None,
) -> Table:
    """Read a vector file.

    Parameters
    ----------
    path : the file; .gz is unpacked; of the Embedding Projector's two, vectors.tsv
    format : one of those above; None to find out
    words : for .npy, the words in the order of the rows, or the treebank's `dataset.tokens()`
    limit : read the first rows only
    dtype : of the vectors; None: float32 from text and binary files, else what the file holds
    errors : how rows are handled that cannot be used (another length, not UTF-8, a repeated word, NaN or infinity, no
        number, no word, fewer or more rows than the header promises): "strict": raise an error that names the first;
        "skip": leave them out and warn how many, the first of a repeated word is kept; "replace" and "ignore": as
        "skip", but bytes that are not UTF-8 become U+FFFD or are left out, as with gensim's unicode_errors
    mmap : map the vectors of an .npz or .npy into memory; they are then not searched for NaN and are read-only
    counts : a file with a line `word count` for each word, gensim's `fvocab`

    Raises VectorFileError (A ValueError.) If the file is not what it should be; the message names file and line, or
    row; OSError if the file cannot be read to its end; MemoryError if it needs more memory than there is; nothing was
    allocated then.
    """
    if limit is not None and (not isinstance(limit, int | np.integer) or limit < 0):
        raise ValueError(f"limit is {limit!r}: expected None or a number of rows")
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise ValueError(f"dtype is {np.dtype(dtype)}: expected floating-point numbers, say float32")
    kind = guess(path) if format is None else format
    check_choice("format", kind, FORMATS)
    if mmap and kind not in ("npz", "npy"):
        raise ValueError(f"{path}: only .npz and .npy can be mapped into memory: convert the file to .npz first")
    if words is not None and kind != "npy":
        raise ValueError(f"{path}: words are passed for .npy only, this file has its own: leave them out")
    if kind in ("npz", "npy"):
        table = read_arrays(path, kind, words, limit=limit, dtype=dtype, errors=errors, mmap=mmap)
    else:
        read_rows = {"binary": read_binary, "projector": read_projector}.get(kind)
        read_rows = read_rows or partial(read_text, header=kind == "text")
        table = read_rows(path, limit=limit, dtype=np.float32 if dtype is None else dtype, errors=errors)
    if counts is not None:
        table.counts = read_counts(counts, table.words, errors)
    return table


def write(vectors: Vectors, path: PathLike, format: Format | None = None) -> None:  # noqa: A002
    """Write a vector file; an older one stays as it is until the new one is whole.

    The suffix names the format unless `format` does. Text and .npz keep every digit, binary has float32; only .npz
    keeps outside vectors, .npz and .tsv keep counts.

    Raises ValueError if the format is not known or not written, a word cannot be expressed in it (an empty one in
    any, one with white space in text and binary, half a surrogate pair), or a vector holds NaN or infinity; OSError
    if the file cannot be written.
    """
    kind = named_by(path) if format is None else format
    check_choice("format", kind, FORMATS)
    if kind == "npz" and os.fspath(path).endswith(".gz"):
        raise ValueError(f"{path}: .npz cannot be packed by gzip: let its name end in .npz")
    if kind == "npy":
        raise ValueError(f"{path}: npy is only read: {WRITTEN}")
    writers: dict[str, Callable[[Vectors, PathLike], None]] = {
        "text": write_text,
        "glove": partial(write_text, header=False),
        "binary": write_binary,
        "npz": write_npz,
        "projector": write_projector,
    }
    writers[kind](vectors, path)


def named_by(path: PathLike) -> Format:
    """Return the format that a file's suffix names; raise ValueError if it names none."""
    kind = SUFFIXES.get(_suffix(path))
    if kind is None:
        raise ValueError(f"{path}: the suffix names no format: {WRITTEN}")
    return kind


def save_text(vectors: Vectors, path: PathLike) -> None:
    """Write word2vec's text format, whatever the file's name is; see `write`."""
    write(vectors, path, "text")


def guess(path: PathLike) -> Format:
    """Return the format of a file by its first bytes, and by its suffix where they leave a choice.

    If it has none of the formats, raise VectorFileError.
    """
    head = next(chunks(path, 1 << 14), b"")
    problems = Problems(path, "strict")
    suffix = SUFFIXES.get(_suffix(path))
    if head.startswith(b"PK"):
        return "npz"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    for magic, what, fix in UNREAD:
        if head.startswith(magic):
            raise problems.error("byte 1", f"it is {what}", fix)
    if not head:
        raise problems.error("byte 1", "it is empty", "expected vectors; fetch or write it anew")
    if suffix == "projector":
        return suffix
    first, _, rest = head.partition(b"\n")
    sizes = HEADER.fullmatch(first)
    if not sizes:
        return suffix if suffix == "binary" else "glove"
    return "text" if _is_text(rest, int(sizes[2]), suffix) else "binary"


def _is_text(head: bytes, D: int, suffix: Format | None) -> bool:
    """Return whether lines of text follow a header: D numbers end the first, or no byte is binary."""
    line, end, _ = head.partition(b"\n")
    numbers = line.split()[1:][-D:] if end else line.split()[1:-1]
    if len(numbers) >= (D if end else 2) and all(map(OTHER.fullmatch, numbers)):
        return True
    if suffix == "binary" or head.translate(None, CONTROL) != head:
        return False
    try:
        getincrementaldecoder("utf-8")().decode(head)  # a character that is cut off at the end is no error
    except UnicodeDecodeError:
        return suffix == "text"
    return True


def _suffix(path: PathLike) -> str:
    return Path(os.fspath(path).removesuffix(".gz")).suffix.lower()
