"""Read files of word pairs with people's ratings, and of analogy questions."""

import math
from collections.abc import Iterator
from itertools import chain, islice

from word2vec._types import PathLike
from word2vec.text.reader import blocks

Pair = tuple[str, str, float]
Question = tuple[str, str, str, str]

COMMENT = ("#", "//")


def read_pairs(path: PathLike) -> list[Pair]:
    """Read word pairs with ratings: WordSim-353, SimLex-999, MEN, RG-65, SimVerb and similar sets.

    Each line holds two words, then their rating: the first column after them that holds a number (on the second
    line, since the first may be a header and is skipped if it has no number there). Columns are separated by
    tabs, semicolons, commas or white space. Empty lines and those that begin with # or // are skipped; .gz and
    .bz2 are unpacked.

    Raises
    ------
    ValueError
        If a line is otherwise, there are no lines, or bytes are not UTF-8; the message names file and line.
    OSError
        If the file cannot be read.
    """
    lines = _lines(path)
    head = list(islice(lines, 2))
    if not head:
        raise ValueError(f"{path} holds no word pairs: expected lines of two words and a number")
    separator, column = _layout(path, *head[-1])
    if len(head) == 2 and _number(_columns(head[0][1], separator), column) is None:
        del head[0]  # a header
    pairs = []
    for number, line in chain(head, lines):
        columns = _columns(line, separator)
        rating = _number(columns, column)
        if rating is None or not (columns[0] and columns[1]):
            raise _bad_pair(path, number, line)
        pairs.append((columns[0], columns[1], rating))
    return pairs


def _layout(path: PathLike, number: int, line: str) -> tuple[str | None, int]:
    """Return what separates the columns of a line (None: white space), and which column holds the rating."""
    separator = next((mark for mark in "\t;," if line.count(mark) >= 2), None)
    columns = _columns(line, separator)
    for column in range(2, len(columns)):
        if _number(columns, column) is not None:
            return separator, column
    raise _bad_pair(path, number, line)


def _columns(line: str, separator: str | None) -> list[str]:
    return [column.strip() for column in line.split(separator)]


def _number(columns: list[str], i: int) -> float | None:
    """Return the finite number in a column; None if it holds none."""
    try:
        number = float(columns[i])
    except (IndexError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _bad_pair(path: PathLike, number: int, line: str) -> ValueError:
    return ValueError(
        f"{path}, line {number}: {line[:60]!r}: expected two words and a number, in columns as on the other lines, "
        "separated by tabs, semicolons, commas or spaces; correct the line, or put # before it"
    )


def read_analogies(path: PathLike) -> list[tuple[str, list[Question]]]:
    """Read analogy questions by section, as in Google's questions-words.txt: (name, questions) in the file's order.

    A line `: name` begins a section; every other line is four words, a is to b as c is to d. Empty lines and
    those that begin with # or // are skipped; .gz and .bz2 are unpacked.

    Raises
    ------
    ValueError
        If a line is otherwise, there are no questions, or bytes are not UTF-8; the message names file and line.
    OSError
        If the file cannot be read.
    """
    sections: list[tuple[str, list[Question]]] = []
    for number, line in _lines(path):
        words = line.split()
        if line.startswith(":"):
            sections.append((line.lstrip(": "), []))
        elif not sections:
            raise ValueError(f"{path}, line {number}: a question before any section: put a line `: NAME` above it")
        elif len(words) != 4:
            raise ValueError(
                f"{path}, line {number}: {line[:60]!r} has {len(words)} words: expected four, such as `Athens "
                "Greece Oslo Norway`, or `: NAME` to begin a section; correct the line, or put # before it"
            )
        else:
            sections[-1][1].append((words[0], words[1], words[2], words[3]))
    if not any(questions for _, questions in sections):
        raise ValueError(f"{path} holds no questions: expected lines `: NAME` and lines of four words")
    return sections


def _lines(path: PathLike) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are neither empty nor comments, stripped."""
    number = 0
    for block in blocks(path, (b"\n",)):
        for raw in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            try:
                line = raw.decode().strip()
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}, line {number}: the byte 0x{raw[error.start]:02x} is not UTF-8 ({error.reason}): "
                    "convert the file to UTF-8"
                ) from None
            if line and not line.startswith(COMMENT):
                yield number, line
