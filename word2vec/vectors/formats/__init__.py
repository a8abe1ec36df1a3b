"""Vector files of every kind: which format a file has, reading and writing it.

=========  =============================================================  ==================
format     content                                                        suffixes
=========  =============================================================  ==================
text       word2vec's and fastText's: a line `V D`, then lines of words   .txt .vec (.gz)
glove      the same without the first line                                (.gz)
binary     word2vec's and gensim's binary=True: float32                   .bin (.gz)
npz        NumPy's arrays: all digits, outside vectors, counts; mappable  .npz
           (float16 or 8-bit if wanted)
           (what `save_model` writes, under any name, is an .npz, too)
npy        the course's saved_params_N.npy; its words are passed          .npy (reading)
projector  the Embedding Projector's vectors.tsv and metadata.tsv         .tsv
csv        a word and its numbers, with commas between; its count, if a   .csv (reading)
           column has that name
fasttext   Facebook's .bin and .ftz: a model, whose n-grams give vectors  .ftz; .bin (reading)
           to unknown words; mappable
=========  =============================================================  ==================
"""

from __future__ import annotations

import os
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from numpy.typing import DTypeLike

from ..._types import PathLike
from ...runtime.arguments import check_choice, check_path, check_type, warn
from ...runtime.console import IN_PYTHON
from ...runtime.inputs import Input, Source, check_encoding, converted, is_open_file, opened
from .array_format import read_arrays, write_npz
from .binary_format import read_binary, write_binary
from .csv_format import counts_columns, fields_of, is_row, names_no_words, read_csv
from .decimals import COMMA, OTHER, has_decimal_commas
from .fasttext import MAGIC, has_old_head, read_fasttext, write_fasttext
from .projector_format import find_labels, read_projector, write_projector
from .quantised import Stored
from .table import Errors, Only, Problems, Table, Vectors, Wanted, of_part, shown
from .text_format import BLANK, HEADER, LARGEST_HEAD, numbers_in, read_counts, read_text, with_line_ends, write_text

Format = Literal["text", "glove", "binary", "npz", "npy", "projector", "csv", "fasttext"]

FORMATS: tuple[Format, ...] = get_args(Format)
WRITTEN = "expected .txt, .vec, .bin (or these with .gz), .npz, .tsv, or format=..."
SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".vec": "text",
    ".bin": "binary",
    ".npz": "npz",
    ".npy": "npy",
    ".ftz": "fasttext",
    ".tsv": "projector",
    ".csv": "csv",
}
READ_ONLY = ("npy", "csv")
PACKED = (".gz", ".bz2", ".xz", ".lzma", ".zip")
DRESSED = re.compile(r"""(["']).+\1|.+:""", re.DOTALL)  # as R and others write words, of which it is no part
CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r"))


def read(
    source: Source,
    format: Format | None = None,  # noqa: A002
    *,
    words: Mapping[str, int] | Sequence[str] | None = None,
    limit: int | None = None,
    only: Only = None,
    dtype: DTypeLike | None = None,
    errors: Errors = "strict",
    encoding: str | None = None,
    mmap: bool = False,
    counts: Source | None = None,
) -> Table:
    """Read a vector file.

    Parameters
    ----------
    source : a path, "-" for standard input, or an open file, which is read once; gzip, bzip2, xz, zip and tar are
        unpacked. Of the Embedding Projector's two files, vectors.tsv
    format : one of those above; None to find out
    words : for .npy, the words in the order of the rows, or the treebank's `dataset.tokens()`
    limit : read the first rows only
    only : keep the rows of these words only: a large file then takes the memory of what is kept
    dtype : of the vectors; None: float32 from text and binary files, else what the file holds
    errors : how rows are handled that cannot be used (another length, not UTF-8, a repeated word, NaN or infinity, no
        number, no word, fewer or more rows than the header promises): "strict": raise an error that names the first;
        "skip": leave them out and warn how many, the first of a repeated word is kept; "replace" and "ignore": as
        "skip", but bytes that are not UTF-8 become U+FFFD or are left out, as with gensim's unicode_errors
    encoding : of the words that are not in UTF-8, such as "cp1252"; UTF-16 is known by its mark
    mmap : map the vectors of an .npz or .npy into memory; they are then not searched for NaN and are read-only. Of
        fastText's model, the rows of n-grams, the words' own and the outside vectors
    counts : a file with a line `word count` for each word, gensim's `fvocab`

    Raises VectorFileError (a ValueError) if the file is not what it should be; the message names file and line, or
    row. Raises ValueError if it is of another kind, or has none of the words of `only`; OSError if it cannot be read
    to its end; MemoryError, before anything is allocated, if it needs more memory than there is.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.vectors import formats
    >>> _ = Path("two.txt").write_text("2 3\\ntea 1 2 3\\ncup 4 5 6\\n")
    >>> table = formats.read("two.txt", only=["cup"])
    >>> table.words, table.matrix
    (['cup'], array([[4., 5., 6.]], dtype=float32))
    """
    wanted = Wanted(limit, only, dtype, errors).checked()
    if encoding is not None:
        check_encoding(encoding)
    if counts is not None and not is_open_file(counts):
        check_type("counts", counts, str | os.PathLike, "a file with a line `word count` for each word")
    with opened(source) as raw:
        file, kind = with_format(raw, format, encoding)
        if mmap and kind not in ("npz", "npy", "fasttext"):
            what = "only .npz, .npy and fastText's models can be mapped into memory"
            raise ValueError(f"{file.name}: {what}: convert it to .npz first")
        if words is not None and kind != "npy":
            raise ValueError(f"{file.name}: words are passed for .npy only, this file has its own: leave them out")
        if kind in ("npz", "npy"):
            table = read_arrays(file, kind, wanted, words, mmap=mmap)
        elif kind == "fasttext":
            table = read_fasttext(file, wanted, mmap=mmap)
        else:
            readers: dict[str, Callable[..., Table]] = {"projector": read_projector, "csv": read_csv}
            readers["binary"] = partial(read_binary, encoding=encoding or "utf-8")
            read_rows = readers.get(kind) or partial(read_text, header=kind == "text")
            table = read_rows(file, wanted)
            if only is None and len(table.words) > 1 and all(map(DRESSED.fullmatch, table.words)):
                what = f"all words are in quotation marks or end in a colon, as {table.words[0]!r}"
                warn(f"{file.name}: {what}: expected words as they are in texts; write it anew, R by quote=FALSE")
        wanted.check_found(table, file.name)
    if counts is not None:
        table.counts, total = read_counts(counts, table.words, errors, encoding)
        table.settings.pop("all_counts", None)
        if total > table.counts.sum():
            table.settings = of_part(table.settings, total)
    return table


def with_format(raw: Input, format: Format | None, encoding: str | None) -> tuple[Input, Format]:  # noqa: A002
    """Return a file, as UTF-8 if it is text in another encoding, and its format, `format` or else what it shows."""
    kind = guess(raw) if format is None else format
    check_choice("format", kind, FORMATS)
    if encoding is None or raw.encoding is not None or kind == "binary":  # whose words alone are in the encoding
        return raw, kind
    if kind in ("npz", "npy", "fasttext"):
        raise ValueError(f"{raw.name}: encoding is for text, this is {kind}: leave it out")
    file = converted(raw, encoding)
    return file, guess(file) if format is None else format


def write(
    vectors: Vectors,
    path: PathLike,
    format: Format | None = None,  # noqa: A002
    *,
    dtype: Stored | None = None,
) -> None:
    """Write a vector file; an older one stays as it is until the new one is whole.

    The suffix of `path` names the format unless `format` does. Text and .npz keep every digit, binary has float32
    (longdouble, which differs by platform, is float64 in an .npz);
    .npz and fasttext keep outside vectors and the rows of n-grams, these and .tsv keep counts, of vectors that were
    loaded in part all but .tsv their sum, too. A model that fastText reads is written by format="fasttext".

    `dtype` is how an .npz stores vectors (not the rows of n-grams): "float16" takes half of float32, "int8" a
    quarter, integers with a scale for each row. `read` makes float32 of these integers, unless `mmap` leaves them as
    they are, and float32 is computed a part at a time; float16 stays float16. "float32" and "float64" are possible,
    too. Text has just the digits that identify a float16, which `read` restores with dtype="float16".

    Raises ValueError if the format is not known or not written, a word cannot be expressed in it (an empty one in
    any, one with white space in text and binary, half a surrogate pair), or a vector holds NaN, infinity, or a number
    beyond `dtype`; OSError if the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from word2vec import WordVectors
    >>> from word2vec.vectors import formats
    >>> formats.write(WordVectors(["tea", "cup"], np.array([[1.0, 0.5], [0.25, 2.0]])), "two.vec")
    >>> print(Path("two.vec").read_text(), end="")
    2 2
    tea 1.0 0.5
    cup 0.25 2.0
    """
    check_path(path)
    kind = check_written(path, format)
    if Path(path).suffix.lower() == ".zip" or (kind in ("npz", "fasttext") and Path(path).suffix.lower() in PACKED):
        raise ValueError(f"{path}: {kind} is not packed so: let its name end otherwise, text in .gz or the like")
    if kind == "projector" and Path(path).is_relative_to("/dev"):
        raise ValueError(f"{path}: the projector's format is two files: expected the path of a file")
    if dtype is not None:
        check_choice("dtype", dtype, get_args(Stored))
        if kind != "npz":
            raise ValueError(f"{path}: dtype={dtype!r} is for .npz, {kind} has its own: leave it out, or write .npz")
    writers: dict[str, Callable[[Vectors, PathLike], None]] = {
        "text": write_text,
        "glove": partial(write_text, header=False),
        "binary": write_binary,
        "npz": partial(write_npz, dtype=dtype),
        "fasttext": write_fasttext,
        "projector": write_projector,
    }
    writers[kind](vectors, path)


def check_written(path: PathLike, format: Format | None = None) -> Format:  # noqa: A002
    """Return the format in which a file is to be written, `format` or else the one that its suffix names.

    Raises ValueError if there is none, or it is only read.
    """
    kind = SUFFIXES.get(_suffix(path)) if format is None else format
    if kind is None:
        raise ValueError(f"{path}: the suffix names no format: {WRITTEN}")
    check_choice("format", kind, FORMATS)
    if kind in READ_ONLY:
        raise ValueError(f"{path}: {kind} is only read: {WRITTEN}")
    return kind


def guess(file: Input) -> Format:
    """Return the format of a file by its first bytes, and by its suffix where they leave a choice.

    If it has none of the formats, raise VectorFileError.
    """
    raw = file.peek(LARGEST_HEAD)
    head, problems = with_line_ends(raw), Problems(file.name, "strict")
    suffix = SUFFIXES.get(_suffix(file.name))
    if raw.startswith(MAGIC.to_bytes(4, "little")) or (suffix in ("binary", "fasttext") and has_old_head(raw)):
        return "fasttext"
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return "npz"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    begin = head[BLANK.match(head).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    first, _, rest = begin.partition(b"\n")
    whole = begin.split(b"\n")[: None if len(raw) < LARGEST_HEAD else -1]
    lines = [line for line in whole if line.strip()] or [first]
    without_numbers = not (numbers_in(first) or is_row(fields_of(first)))  # a word may be [ or <html>
    if without_numbers and begin.startswith((b"{", b"[")):
        fix = "read it by json.load, and pass words and rows to WordVectors"
        raise problems.error("byte 1", "it is JSON", fix)
    if without_numbers and begin[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        fix = "a browser shows what the server says; fetch the file itself"
        raise problems.error("byte 1", "it is HTML or XML, as a server sends in place of a file", fix)
    if not begin:
        raise problems.error("byte 1", "it is empty", "expected vectors; fetch or write it anew")
    second = rest.partition(b"\n")[0]
    _check_first(first, lines, problems)
    sizes = HEADER.fullmatch(first)
    some = [field for line in lines[:9] for field in line.split(None, 8)[:8]]  # of which a word may be a number
    if suffix == "projector" and (find_labels(file.name) or (not sizes and some and all(map(OTHER.fullmatch, some)))):
        return suffix
    if not sizes:
        if suffix in ("binary", "fasttext"):
            return suffix
        return _without_header(file, suffix, [first, second], problems)
    return "text" if _is_text(rest, int(sizes[2]), suffix) else "binary"


def _check_first(line: bytes, lines: Sequence[bytes], problems: Problems) -> None:
    """Raise VectorFileError if columns without commas between have names, or lines their numbers before the words."""
    separator = next((each for each in "\t;" if each.encode() in line), " ")

    def fields(line: bytes) -> list[str]:
        return re.split(f"{separator}+" if separator == " " else separator, line.rstrip().decode("utf-8", "replace"))

    def is_numbered(line: bytes, number: int) -> bool:
        first, second, *_ = *filter(None, fields(line)), "", ""
        return first == str(number) and second != "" and not any(x.fullmatch(second.encode()) for x in (OTHER, COMMA))

    headed = counts_columns(fields(lines[0]), fields(lines[1]) if lines[1:] else [])
    numbered = any(all(map(is_numbered, lines, range(n, n + len(lines)))) for n in (0, 1))
    if headed or (separator != ";" and len(lines) > 1 and numbered):
        what = f"{shown(line)} numbers columns or begins with its number, as pandas' to_csv(sep=…) writes them"
        fix = "expected neither (header=False, index=False), or commas; if they are words, pass format='glove'"
        raise problems.error("line 1", what, fix)


def _without_header(file: Input, suffix: Format | None, lines: list[bytes], problems: Problems) -> Format:
    """Return the format of text by its first two lines; raise VectorFileError if they hold no words."""
    has_commas = b"," in lines[0] and not any(map(has_decimal_commas, lines))
    named = suffix == "csv" and (b"," in lines[0] or not numbers_in(lines[0]))  # else tabs or spaces separate
    commas = named or (has_commas and any(map(is_row, map(fields_of, lines))))
    kind: Format = "csv" if commas else "glove"
    if not _are_without_words(lines, b"," if commas else None):
        return kind
    if find_labels(file.name):
        return "projector"
    fix = f"expected a word before those of each line; if the first number is one, pass format={kind!r}"
    raise problems.error("line 1", "there are only numbers", f"{fix}; {IN_PYTHON}numpy.loadtxt reads a matrix")


def _are_without_words(lines: Sequence[bytes], separator: bytes | None) -> bool:
    """Return whether lines hold numbers alone, the last one beginning with a fraction, which hardly is a word.

    So NumPy and pandas write a matrix, the latter below a line that numbers or names the columns.
    """
    rows = [[field.strip() for field in line.split(separator, 8)[:8]] for line in lines if line.strip()]
    if separator and len(rows) > 1 and names_no_words(*map(fields_of, lines[:2])):
        del rows[0]
    numbers = all(OTHER.fullmatch(field) for row in rows for field in row)
    return bool(rows) and numbers and b"." in rows[-1][0]


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
    path = Path(path)
    return (Path(path.stem) if path.suffix.lower() in PACKED else path).suffix.lower()
