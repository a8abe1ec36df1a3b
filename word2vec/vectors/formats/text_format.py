"""Vectors as text: word2vec's and fastText's with a header `V D`, GloVe's without, a line for each word."""

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from ..._types import Array, PathLike
from ...runtime.inputs import Input, Source, opened
from ...text.reader import blocks, written
from .decimals import COMMA, OTHER, PAD, decimal_text, decimals, has_decimal_commas
from .table import Errors, Problems, Rows, Table, VectorFileError, Vectors, Wanted, check_first, check_readable, shown

BLOCK = 1 << 20  # bytes read at a time: each costs a few calls, and the thread that unpacks waits at each
WITH_COMMAS = "its numbers have decimal commas"
NO_COMMAS = "expected decimal points; write it anew with these, pandas reads it by decimal=','"
DAMAGED = 'it is damaged, cut off, or of another format; fetch it anew, or read what is there by errors="skip"'
LARGEST_HEAD = 1 << 16  # bytes by which format and line ends are known
LONGEST = 1 << 24  # bytes of a line
MOST_PACKED = 1 << 13  # bytes that xz may make of one; gzip makes 1032
UNKNOWN = 1 << 12  # rows for which there is room at first if the size of the file is unknown
BLANK = re.compile(rb"(?:[ \t\r]*\n)*")
CHUNK = 1 << 10  # rows that are written at once
HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})\s*")
COUNT = re.compile(rb"(\S+|[^\t]+(?=\t))[ \t]+(\d{1,18})\s*")


def read_text(file: Input, wanted: Wanted, *, header: bool) -> Table:
    """Read vectors from text.

    Spaces or tabs separate the entries. A word may hold spaces if a tab ends it, or if none of its further parts is
    a number, as ". . ." in GloVe's files. Each number becomes the nearest double, then of the wanted `dtype`.
    `header`: whether the first line is `V D`.
    """
    problems = Problems(file.name, wanted.errors)
    parts = line_blocks(file)
    block = next(parts, b"")
    empty = BLANK.match(block).group()  # type: ignore[union-attr]  # it matches nothing, too
    line = 1 + empty.count(b"\n")
    first, _, rest = block[len(empty) :].partition(b"\n")
    sizes = HEADER.fullmatch(first) if header else None
    if sizes:
        promised, D = int(sizes[1]), int(sizes[2])
        room = room_for(file, promised, D, 2 * D + 2, problems)
        rows = Rows(D, wanted, problems, "line", room)
        lines = Lines(rows, D, promised, wanted.limit, line=line + 1)
    elif header:
        fix = 'expected `V D`; GloVe\'s files: format="glove"'
        raise problems.error(f"line {line}", f"{shown(first)} is no header", fix)
    else:
        rest, D, second = first + b"\n" + rest, numbers_in(first), rest.partition(b"\n")[0]
        if any(map(has_decimal_commas, (first, second))):
            raise problems.error(f"line {line}", WITH_COMMAS, NO_COMMAS)
        if not D:
            fix = "expected a word and its numbers, with spaces, tabs or commas between"
            if numbers_in(second):
                fix = "expected no names of columns; leave the line out"
            raise problems.error(f"line {line}", f"{shown(first)} is neither `V D` nor a word and numbers", fix)
        if b"\t" in first.rsplit(None, D)[0].strip():
            fix = "expected a word and its numbers; leave the other column out"
            raise problems.error(f"line {line}", f"{shown(first)} begins with two columns of text", fix)
        rows = Rows(D, wanted, problems, "line", rows_expected(file, rest))
        lines = Lines(rows, D, None, wanted.limit, line=line)
    lines.read(chain([rest], parts))
    return rows.table()


def numbers_in(line: bytes) -> int:
    """Return how many numbers stand behind the word of a line, which a tab or the first number ends."""
    word, tab, rest = line.partition(b"\t")
    fields = rest.split() if tab and word.strip() else line.split()[1:]
    begin = next((i for i, field in enumerate(fields) if OTHER.fullmatch(field)), len(fields))
    return len(fields) - begin


def line_blocks(file: Input) -> Iterator[bytes]:
    """Read blocks of whole lines; raise VectorFileError if a line is longer than any of vectors."""
    head = file.peek(LARGEST_HEAD)
    try:
        yield from blocks(file, (b"\n",), BLOCK, LONGEST, line_ends=with_line_ends(head) != head)
    except ValueError as error:
        raise VectorFileError(str(error)) from None


def lines_of(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of blocks of whole lines."""
    return (line for part in parts for line in part.removesuffix(b"\n").split(b"\n"))


def with_line_ends(head: bytes) -> bytes:
    r"""Return the beginning of a file with \\n for \\r if no line ends with \\n; elsewhere a word may hold \\r."""
    return head if b"\n" in head else head.replace(b"\r", b"\n")


def least(*numbers: int | None) -> int:
    """Return the least of some numbers, None aside."""
    return min(n for n in numbers if n is not None)


def room_for(file: Input, promised: int, D: int, width: int, problems: Problems) -> int:
    """Return how many of the promised rows of at least `width` bytes a file can hold by its size.

    If it cannot hold all (`errors="strict"`), or not even one, raise VectorFileError. Where the size is unknown,
    return few: rows find room as they come.
    """
    most = sys.maxsize if file.size is None else file.size * (MOST_PACKED if file.packed else 1)
    if D < 1 or (promised * width > most and (problems.strict or width > most)):
        what = f"the header promises {promised} rows of {D} numbers, the file has {file.size} bytes"
        raise problems.error("line 1", what, DAMAGED)
    return min(promised, most // width if file.size is not None else UNKNOWN)


def rows_expected(file: Input, block: bytes) -> int:
    """Return an estimate of the rows of a file by its first block."""
    lines = block.count(b"\n") or 1
    return int((file.size or len(block)) / (len(block) / lines) * 1.05) + lines


class Lines:
    """Reads lines of D numbers into rows, at most `limit`.

    The header, if there is one, promises `promised` rows; the first line is number `line`; `numbered`: the words are
    the rows' numbers, which are not in the file.
    """

    def __init__(
        self, rows: Rows, D: int, promised: int | None, limit: int | None, line: int = 1, *, numbered: bool = False
    ) -> None:
        self._rows, self._D, self._problems = rows, D, rows.problems
        self._promised, self._line, self.seen = promised, line, 0
        self._numbered, self._is_extra = numbered, bool if numbered else OTHER.fullmatch
        self._end = least(promised, limit, sys.maxsize)
        self._cut = limit is not None and limit == self._end
        self._begins = None if rows.only is None else {word.split(None, 1)[0] for word in rows.only if word.split()}

    def read(self, parts: Iterable[bytes]) -> None:
        """Read blocks of lines, all or up to the limit.

        A last line without an end is cut off, perhaps within a number, unless it is the last row that is promised.
        """
        last = b""
        for block in parts:
            if self._cut and self.seen >= self._end:
                return
            end = block.rfind(b"\n") + 1
            self._take(block[:end])
            last = block[end:].strip() and block[end:]
            if last and (self._promised is None or self.seen + 1 >= self._promised):
                self._take(last + b"\n")
        if self._promised is not None and self.seen < self._end:
            what = f"the header promises {self._promised} rows, there are {self.seen}"
            what += " before a line without an end" * bool(last)
            fix = 'fetch the file anew, correct the header, or read what is there by errors="skip"'
            self._problems.bad("rows by the header", f"line {self._line}", what, fix)

    def _take(self, block: bytes) -> None:
        n = block.count(b"\n")
        all_count = 0 < n <= self._end - self.seen
        found = _read_alike(block, n, self._D) if all_count and self._begins is None else None
        if all_count and self._begins is not None:  # most lines are of no wanted word
            lines = block.split(b"\n")[:-1]
            self.seen += sum(map(bool, map(bytes.strip, lines)))
            for number, line in enumerate(lines, self._line):
                if (line.split(None, 1) or [b""])[0] in self._begins:
                    self._read_one(line, number)
        elif found:
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
        word, _, rest = line.partition(b"\t")
        numbers = rest.split()
        by_tab = len(numbers) == D and bool(word)
        if not by_tab:
            word, *numbers = line.rsplit(None, D)
        wrong = next((field for field in numbers if not OTHER.fullmatch(field)), None)
        if self.seen > self._end:
            if not self._cut:
                what = f"the header promises {self._promised} rows, here is one more"
                self._problems.bad("rows by the header", where, what)
        elif line[:1].isspace():
            self._problems.bad("rows without a word", where, "it begins without a word or with a space: expected one")
        elif len(numbers) < D or (not by_tab and any(map(self._is_extra, word.split()[1:]))):
            first, *found = line.split()
            behind = "" if self._numbered else f" stand behind {shown(first)}"
            expected = f"expected {D}, as {'in the first row' if self._promised is None else 'the header says'}"
            self._problems.bad("rows of another length", where, f"{len(found)} numbers{behind}: {expected}")
        elif wrong is not None:
            fix = (NO_COMMAS,) if COMMA.fullmatch(wrong) else ()
            self._problems.bad("rows with something else than numbers", where, f"{shown(wrong)} is no number", *fix)
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


def read_counts(
    source: Source, words: list[str], errors: Errors = "strict", encoding: str | None = None
) -> tuple[Array, int]:
    """Return the counts (V,) of words by a file of lines `word count`, gensim's `fvocab`, and the sum of all there.

    A missing or repeated word, or a line that is no word and count, raises VectorFileError or else (`errors`) is
    left out; the count of a missing word is then 0.
    """
    with opened(source, encoding) as file:
        problems = Problems(file.name, errors)
        mended = errors if errors in ("replace", "ignore") else "surrogateescape"  # as the words are
        counts: dict[str, int] = {}
        for number, line in enumerate(lines_of(line_blocks(file)), 1):
            found = COUNT.fullmatch(line)
            word = found[1].decode("utf-8", mended) if found else ""
            if found and word in counts:
                problems.bad("repeated words", f"line {number}", f"{shown(line)}: this word was counted before")
            elif found:
                counts[word] = int(found[2])
            elif line.strip():
                problems.bad("lines", f"line {number}", f"{shown(line)} is no word and count")
    for word in words:
        if word not in counts:
            problems.bad("words", "the end", f"{word!r} is missing", 'count it too, or pass errors="skip" for a zero')
    problems.warn()
    return np.array([counts.get(word, 0) for word in words], np.int64), sum(counts.values())


def write_text(vectors: Vectors, path: PathLike, *, header: bool = True) -> None:
    """Write a line `V D` (if `header`), then a line for each word, its numbers with the fewest digits they need."""
    check_readable(vectors, path, "a text file of vectors: expected no white space")
    if not header:
        check_first(vectors, path)
    with written(path) as file:
        if header:
            file.write(f"{len(vectors.words)} {vectors.matrix.shape[1]}\n".encode())
        for begin in range(0, len(vectors.words), CHUNK):
            rows = decimal_rows(vectors.matrix[begin : begin + CHUNK], " ")
            words = vectors.words[begin : begin + CHUNK]
            file.write("".join(f"{word} {row}\n" for word, row in zip(words, rows, strict=True)).encode())


def decimal_rows(matrix: Array, separator: str) -> list[str]:
    """Return the text of each row, its numbers with the fewest digits that identify them in their dtype."""
    if matrix.dtype == np.float32 and matrix.size:
        text, ends = decimal_text(matrix.ravel(), separator)
        stops = ends[matrix.shape[1] - 1 :: matrix.shape[1]].tolist()
        return [text[begin:stop] for begin, stop in zip([0, *(stop + 1 for stop in stops)], stops, strict=False)]
    rows = matrix.tolist() if matrix.dtype == np.float64 else np.asarray(matrix)
    return [separator.join(map(str, row)) for row in rows]
