"""Files of word pairs with people's ratings, and of analogy questions."""

import math
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from word2vec._types import PathLike
from word2vec.text.reader import blocks

Pair = tuple[str, str, float]
Question = tuple[str, str, str, str]
Line = tuple[int, str]

COMMENT = ("#", "//")


class Layout(NamedTuple):
    """How a file of word pairs is laid out: what separates its columns (None: white space), where the rating is."""

    separator: str | None
    column: int


def read_pairs(path: PathLike) -> list[Pair]:
    """Read word pairs with ratings: WordSim-353, SimLex-999, MEN, RG-65, SimVerb and their like.

    On each line two words, then their rating: the first column behind them that holds a number (on the second
    line, for the first may be a header and is skipped if it has no number there). Columns are separated by
    tabs, semicolons, commas or white space. Empty lines and those that begin with # or // are skipped; .gz and
    .bz2 are unpacked.

    Raises
    ------
    ValueError
        If a line is otherwise, no line is there, or bytes are not UTF-8; the message names file and line.
    OSError
        If the file cannot be read.
    """
    lines = _lines(path)
    first = list(islice(lines, 2))
    if not first:
        raise ValueError(f"{path} holds no word pairs: expected lines of two words and a number")
    layout = _layout(path, *first[-1])
    if len(first) == 2 and _number(_columns(first[0][1], layout), layout.column) is None:
        del first[0]
    return [_pair(path, number, line, layout) for number, line in chain(first, lines)]


def _layout(path: PathLike, number: int, line: str) -> Layout:
    """Find out how a file is laid out from a line of it."""
    separator = next((mark for mark in "\t;," if line.count(mark) >= 2), None)
    columns = _columns(line, Layout(separator, 2))
    column = next((i for i in range(2, len(columns)) if _number(columns, i) is not None), None)
    if column is None:
        raise _bad_pair(path, number, line)
    return Layout(separator, column)


def _pair(path: PathLike, number: int, line: str, layout: Layout) -> Pair:
    """Read a line."""
    columns = _columns(line, layout)
    rating = _number(columns, layout.column)
    if rating is None or not (columns[0] and columns[1]):
        raise _bad_pair(path, number, line)
    return columns[0], columns[1], rating


def _columns(line: str, layout: Layout) -> list[str]:
    """Split a line."""
    return [column.strip() for column in line.split(layout.separator)]


def _number(columns: list[str], i: int) -> float | None:
    """Give the finite number in a column, if there is one."""
    try:
        number = float(columns[i])
    except (IndexError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _bad_pair(path: PathLike, number: int, line: str) -> ValueError:
    """Say what is wrong with a line."""
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
        If a line is otherwise, no question is there, or bytes are not UTF-8; the message names file and line.
    OSError
        If the file cannot be read.
    """
    sections: list[tuple[str, list[Question]]] = []
    for number, line in _lines(path):
        if line.startswith(":"):
            sections.append((line.lstrip(": "), []))
        elif not sections:
            raise ValueError(f"{path}, line {number}: a question before any section: put a line `: NAME` above it")
        else:
            sections[-1][1].append(_question(path, number, line))
    if not any(questions for _, questions in sections):
        raise ValueError(f"{path} holds no questions: expected lines `: NAME` and lines of four words")
    return sections


def _question(path: PathLike, number: int, line: str) -> Question:
    """Read a line."""
    words = line.split()
    if len(words) != 4:
        raise ValueError(
            f"{path}, line {number}: {line[:60]!r} has {len(words)} words: expected four, such as `Athens Greece "
            "Oslo Norway`, or `: NAME` to begin a section; correct the line, or put # before it"
        )
    a, b, c, d = words
    return a, b, c, d


def _lines(path: PathLike) -> Iterator[Line]:
    """Give the lines that are neither empty nor comments, with their numbers, stripped."""
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
