"""Read files of word pairs with people's ratings, and of analogy questions.

Both readers skip empty lines and those that begin with # or //, and unpack .gz and .bz2. They raise ValueError, with
file and line, for a line that is otherwise, a file without any, or bytes that are not UTF-8; OSError if the file
cannot be read.
"""

import math
from collections.abc import Iterator
from itertools import chain, islice

from .._types import PathLike
from ..runtime.inputs import Source, opened
from ..text.reader import blocks

Pair = tuple[str, str, float]
Question = tuple[str, str, str, str]


def read_pairs(path: PathLike) -> list[Pair]:
    """Read word pairs with ratings: WordSim-353, SimLex-999, MEN, RG-65, SimVerb and similar sets.

    Each line holds two words, then their rating: the first column after them that holds a number (on the second
    line, since the first may be a header and is skipped if it has no number there). Columns are separated by
    tabs, semicolons, commas or white space.
    """
    lines = _lines(path)
    head = list(islice(lines, 2))
    if not head:
        raise ValueError(f"{path} holds no word pairs: expected lines of two words and a number")
    separator = next((mark for mark in "\t;," if head[-1][1].count(mark) >= 2), None)  # None: white space
    columns = head[-1][1].split(separator)
    place = next((i for i in range(2, len(columns)) if _number(columns, i) is not None), len(columns))
    if len(head) == 2 and _number(head[0][1].split(separator), place) is None:
        del head[0]  # a header
    pairs = []
    for number, line in chain(head, lines):
        columns = [column.strip() for column in line.split(separator)]
        rating = _number(columns, place)
        if rating is None or not (columns[0] and columns[1]):
            raise ValueError(
                f"{path}, line {number}: {line[:60]!r}: expected two words and a number, in columns as on the other "
                "lines, separated by tabs, semicolons, commas or spaces; correct the line, or put # before it"
            )
        pairs.append((columns[0], columns[1], rating))
    return pairs


def _number(columns: list[str], i: int) -> float | None:
    try:
        number = float(columns[i])
    except (IndexError, ValueError):
        return None
    return number if math.isfinite(number) else None


def read_analogies(path: PathLike) -> list[tuple[str, list[Question]]]:
    """Read analogy questions by section, as in Google's questions-words.txt: (name, questions) in the file's order.

    A line `: name` begins a section; every other line is four words, a is to b as c is to d.
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


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are neither empty nor comments, stripped."""
    with opened(source) as file:
        lines = chain.from_iterable(block.removesuffix(b"\n").split(b"\n") for block in blocks(file, (b"\n",)))
        for number, raw in enumerate(lines, 1):
            try:
                line = raw.decode().strip()
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{file.name}, line {number}: the byte 0x{raw[error.start]:02x} is not UTF-8 ({error.reason}): "
                    "convert the file to UTF-8"
                ) from None
            if line and not line.startswith(("#", "//")):
                yield number, line
