"""Vectors as text: word2vec's and fastText's with a header `V D`, GloVe's without, a line for each word."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import DTypeLike

from ..._types import Array, PathLike
from ...text.reader import blocks, written
from .decimals import OTHER, PAD, decimals, shortest
from .table import Errors, Problems, Rows, Table, VectorFileError, Vectors, check_expressible

BLOCK = 1 << 18
LONGEST = 1 << 24  # bytes of a line
MOST_PACKED = 1032  # bytes that gzip may make of one
CHUNK = 1 << 10  # rows that are written at once
HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})\s*")
COUNT = re.compile(rb"(\S+)[ \t]+(\d{1,18})\s*")


def read_text(
    path: PathLike,
    *,
    header: bool | None = None,
    limit: int | None = None,
    dtype: DTypeLike = np.float32,
    errors: Errors = "strict",
) -> Table:
    """Read vectors from text, plain or packed.

    Spaces or tabs separate the entries. A word may hold spaces if none of its further parts is a number, as
    ". . ." in GloVe's files. Each number becomes the nearest double, then the nearest of `dtype`. `header`: whether
    the first line is `V D`, None to find out; `limit`: read the first rows only.
    """
    problems = Problems(path, errors)
    parts = line_blocks(path)
    first, _, rest = next(parts, b"").partition(b"\n")
    sizes = HEADER.fullmatch(first) if header is not False else None
    if sizes:
        promised, D = int(sizes[1]), int(sizes[2])
        room = room_for(path, promised, D, 2 * D + 2, problems)
        rows = Rows(D, dtype, problems, "line", least(room, limit))
        lines = Lines(rows, D, promised, limit, line=2)
    elif header:
        fix = 'expected `V D`; GloVe\'s files: format="glove"'
        raise problems.error("line 1", f"{first[:40]!r} is no header", fix)
    else:
        fields = first.split()
        word = next((i for i, field in enumerate(fields) if i and OTHER.fullmatch(field)), 0)  # its parts
        if not word:
            what = f"{first[:40]!r} is neither `V D` nor a word and numbers"
            raise problems.error("line 1", what, "name the format")
        rest, D = first + b"\n" + rest, len(fields) - word
        rows = Rows(D, dtype, problems, "line", least(rows_expected(path, rest), limit))
        lines = Lines(rows, D, None, limit)
    lines.read(chain([rest], parts))
    return rows.table()


def line_blocks(path: PathLike) -> Iterator[bytes]:
    """Read blocks of whole lines; raise VectorFileError if a line is longer than any of vectors."""
    try:
        yield from blocks(path, (b"\n",), BLOCK, LONGEST)
    except ValueError as error:
        raise VectorFileError(str(error)) from None


def least(*numbers: int | None) -> int:
    """Return the least of some numbers, None aside."""
    return min(n for n in numbers if n is not None)


def room_for(path: PathLike, promised: int, D: int, width: int, problems: Problems) -> int:
    """Return how many of the promised rows of at least `width` bytes a file can hold by its size.

    If it cannot hold all (`errors="strict"`), or not even one, raise VectorFileError.
    """
    size = os.path.getsize(path)
    most = size * (MOST_PACKED if os.fspath(path).endswith((".gz", ".bz2")) else 1)
    if D < 1 or (promised * width > most and (problems.strict or width > most)):
        what = f"the header promises {promised} rows of {D} numbers, the file has {size} bytes"
        raise problems.error("line 1", what, "it is damaged, cut off, or of another format; fetch it anew")
    return min(promised, most // width)


def rows_expected(path: PathLike, block: bytes) -> int:
    """Return an estimate of the rows of a file by its first block."""
    lines = block.count(b"\n")
    return int(os.path.getsize(path) / (len(block) / lines) * 1.05) + lines


class Lines:
    """Reads lines of D numbers into rows, at most `limit`.

    The header, if there is one, promises `promised` rows; the first line is number `line`; a word may hold `spaces`.
    """

    def __init__(
        self, rows: Rows, D: int, promised: int | None, limit: int | None, line: int = 1, *, spaces: bool = True
    ) -> None:
        self._rows, self._D, self._problems = rows, D, rows.problems
        self._promised, self._line, self.seen = promised, line, 0
        self._is_extra = OTHER.fullmatch if spaces else bool
        self._end = least(promised, limit, sys.maxsize)
        self._cut = limit is not None and limit == self._end

    def read(self, parts: Iterable[bytes]) -> None:
        """Read blocks of lines, all or up to the limit."""
        for block in parts:
            if self._cut and self.seen >= self._end:
                return
            self._take(block if block.endswith(b"\n") or not block else block + b"\n")
        if not self._cut and self._promised is not None and self.seen < self._promised:
            what = f"the header promises {self._promised} rows, there are {self.seen}"
            fix = "fetch the file anew, or correct the header"
            self._problems.bad("rows by the header", f"line {self._line}", what, fix)

    def _take(self, block: bytes) -> None:
        n = block.count(b"\n")
        found = _read_alike(block, n, self._D) if 0 < n <= self._end - self.seen else None
        if found:
            self._rows.add(*found, range(self._line, self._line + n))
            self.seen += n
        else:
            for number, line in enumerate(block.split(b"\n")[:-1], self._line):
                if line.strip():
                    self.seen += 1
                    self._read_one(line, number)
        self._line += n

    def _read_one(self, line: bytes, number: int) -> None:
        where, D = f"line {number}", self._D
        word, *numbers = line.rsplit(None, D)
        wrong = next((field for field in numbers if not OTHER.fullmatch(field)), None)
        if self.seen > self._end:
            if not self._cut:
                what = f"the header promises {self._promised} rows, here is one more"
                self._problems.bad("rows by the header", where, what)
        elif line[:1].isspace():
            self._problems.bad("rows without a word", where, "it begins with a space: expected a word")
        elif len(numbers) < D or any(map(self._is_extra, word.split()[1:])):
            what = f"{len(line.split()) - 1} numbers stand behind {line.split()[0][:40]!r}: expected {D}"
            self._problems.bad("rows of another length", where, what)
        elif wrong is not None:
            self._problems.bad("rows with something else than numbers", where, f"{wrong[:40]!r} is no number")
        else:
            self._rows.add([word], np.array([list(map(float, numbers))]), [number])


def _read_alike(block: bytes, n: int, D: int) -> tuple[list[bytes], Array] | None:
    """Return the words and numbers (n, D) of n lines with single spaces between entries; None if some have others."""
    text = PAD + block + PAD
    places = np.frombuffer(text, np.uint8)
    found = np.flatnonzero(places <= ord(" "))
    if found.size not in (n * (D + 1), n * (D + 2)):
        return None
    gaps = found.reshape(n, -1)  # (n, D + 1), or (n, D + 2) with two characters at each line's end
    starts = np.concatenate(([len(PAD)], gaps[:-1, -1] + 1))
    characters = places[gaps]  # as gaps
    plain = (characters[:, -1] == ord("\n")).all() and (characters[:, :D] == ord(" ")).all()
    if not plain or (starts == gaps[:, 0]).any():
        return None
    if gaps.shape[1] == D + 2:  # one space or \r may stand before each line's end
        before = characters[:, -2]
        if not ((gaps[:, -1] - gaps[:, -2] == 1).all() and ((before == ord(" ")) | (before == ord("\r"))).all()):
            return None
    values = decimals(text, (gaps[:, :D] + 1).ravel(), gaps[:, 1 : D + 1].ravel())  # (n·D,)
    if values is None:
        return None
    words = [text[start:stop] for start, stop in zip(starts.tolist(), gaps[:, 0].tolist(), strict=True)]
    return words, values.reshape(n, D)  # (n, D)


def read_counts(path: PathLike, words: list[str], errors: Errors = "strict") -> Array:
    """Return the counts (V,) of words by a file with a line `word count` for each, gensim's `fvocab`.

    A missing or repeated word, or a line that is no word and count, raises VectorFileError or else (`errors`) is
    left out; the count of a missing word is then 0.
    """
    problems = Problems(path, errors)
    counts: dict[bytes, int] = {}
    lines = (line for block in line_blocks(path) for line in block.removesuffix(b"\n").split(b"\n"))
    for number, line in enumerate(lines, 1):
        found = COUNT.fullmatch(line)
        if found and found[1] in counts:
            problems.bad("repeated words", f"line {number}", f"{line[:40]!r}: this word was counted before")
        elif found:
            counts[found[1]] = int(found[2])
        elif line.strip():
            problems.bad("lines", f"line {number}", f"{line[:40]!r} is no word and count")
    for word in words:
        if word.encode() not in counts:
            problems.bad("words", "the end", f"{word!r} is missing", 'count it too, or pass errors="skip" for a zero')
    problems.warn()
    return np.array([counts.get(word.encode(), 0) for word in words], np.int64)


def write_text(vectors: Vectors, path: PathLike, *, header: bool = True) -> None:
    """Write a line `V D` (if `header`), then a line for each word, its numbers with the fewest digits they need."""
    check_expressible(vectors, path, "a text file of vectors: expected no white space")
    with written(path) as file:
        if header:
            file.write(f"{len(vectors.words)} {vectors.matrix.shape[1]}\n".encode())
        for begin in range(0, len(vectors.words), CHUNK):
            rows = decimal_rows(vectors.matrix[begin : begin + CHUNK], " ")
            words = vectors.words[begin : begin + CHUNK]
            file.write("".join(f"{word} {row}\n" for word, row in zip(words, rows, strict=True)).encode())


def decimal_rows(matrix: Array, separator: str) -> list[str]:
    """Return the text of each row, its numbers with the fewest digits that identify them in their dtype."""
    if matrix.dtype == np.float32 and matrix.size:  # 1.15 times as fast as NumPy's str
        D, texts = matrix.shape[1], shortest(matrix.ravel())
        return [separator.join(texts[i : i + D]) for i in range(0, len(texts), D)]
    rows = matrix.tolist() if matrix.dtype == np.float64 else np.asarray(matrix)
    return [separator.join(map(str, row)) for row in rows]
