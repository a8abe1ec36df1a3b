"""Read files of word pairs with people's ratings, and of analogy questions.

Both readers skip empty lines and those that begin with # or //; the files may be all that `text.reader.blocks` reads.
They raise ValueError, with file and line, for a line that is otherwise, a file without any, or bytes that are not
UTF-8; OSError if the file cannot be read.
"""

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._types import PathLike
from ..runtime.inputs import MARK, Source, is_open_file, opened, source_name
from ..text.reader import blocks, decoded
from .columns import MARKS, Column, Line, is_counted, is_label, is_numbered, marks, numbers, read_table, split

Pair = tuple[str, str, float]
Question = tuple[str, str, str, str | tuple[str, ...]]  # of several answers each is right

Row = tuple[int, str, list[str]]  # number and text of a line, and its words

BLOCK = 1 << 20  # bytes read at a time
LONGEST, LARGEST = 1 << 20, 1 << 28  # bytes of a line and of a file, in which a packed one may hold any number
SAMPLE = 1000  # lines by which columns are told apart
MOST_PAIRS = 1000  # of one relation: every two of them are a question
FEW = 8  # questions in which a column of words may look like one of labels


def is_file(source: Any) -> bool:
    """Return whether questions are given as a file: its path, or an open one."""
    return isinstance(source, str | os.PathLike) or is_open_file(source)


def name_of(source: Any) -> str:
    """Return what a file is called in reports."""
    return os.path.basename(source_name(source))


def read_pairs(path: Source, columns: Sequence[Column] | None = None) -> list[Pair]:
    """Read word pairs with ratings: WordSim-353, SimLex-999, MEN, rare words, SimVerb, SCWS and similar sets.

    Each line holds two words and their rating in columns separated by tabs, semicolons, commas, bars, colons or white
    space, with decimal points or commas, a percent sign, quotes as in CSV files. Which columns hold them is said by a
    header (its last comment counts as one), or by what all the lines hold; `columns` names them otherwise: those of
    the first word, the second and the rating, by number from 1 or by the header's names. ValueError, which names file
    and line, if a line holds something else; OSError if the file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.evaluation.question_files import read_pairs
    >>> _ = Path("pairs.csv").write_text("word1,word2,rating\\ntea,coffee,8.5\\ntea,rain,1\\n")
    >>> read_pairs("pairs.csv")
    [('tea', 'coffee', 8.5), ('tea', 'rain', 1.0)]
    """
    return read_rated(path, columns)[0]


def read_rated(path: Source, columns: Sequence[Column] | None = None) -> tuple[list[Pair], tuple[str, str, str]]:
    """Read word pairs as `read_pairs` does; return also the number and name of each column that was read."""
    if columns is not None:
        columns = _checked(columns)
    lines, comment = _lines(path)
    if not lines:
        raise ValueError(f"{source_name(path)} holds no word pairs: expected lines of two words and a number")
    table = read_table(source_name(path), lines, comment)
    first, second, rating = table.choose(columns)
    pairs = []
    for i, (row, number) in enumerate(zip(table.rows, table.numbers[rating].tolist(), strict=True)):
        if not (row[first] and row[second] and math.isfinite(number)):
            table.refuse_line(i)
        pairs.append((row[first], row[second], number))
    return pairs, (table.label(first), table.label(second), table.label(rating))


def entries(row: Any) -> tuple[Any, ...]:
    """Return the entries of a tuple, list or array, or of a data frame's row without its index; none of others."""
    if not isinstance(row, Sequence | np.ndarray | np.void) or isinstance(row, str):
        return ()
    given: Any = row  # NumPy's type of records does not say that they can be iterated
    names = getattr(row, "_fields", None) or getattr(getattr(row, "dtype", None), "names", None) or ("",)
    return tuple(given)[names[0] in ("index", "Index") :]  # as to_records() and itertuples() call it


def _checked(columns: Any) -> tuple[Column, ...]:
    expected = "expected the columns of two words and their rating, by number from 1 or by name, such as (1, 2, 4)"
    given = entries(columns)
    if not given or not all(isinstance(c, int | np.integer | str) and not isinstance(c, bool) for c in given):
        raise TypeError(f"columns is {columns!r}: {expected}")
    if not len(given) == len(set(given)) == 3:
        raise ValueError(f"columns is {columns!r}: {expected}; three different ones")
    return given


def read_analogies(path: PathLike) -> list[tuple[str, list[Question]]]:
    """Read analogy questions by section, as in Google's questions-words.txt: (name, questions) in the file's order.

    A line `: name` begins a section; every other line is four words, a is to b as c is to d, in columns as in
    `read_pairs`. Without sections all are in one without a name, or in those that a fifth column names, the first or
    last: one with a header such as "category", or with far fewer different entries than the words. Lines of two
    columns are pairs of one relation, the second with alternatives after slashes, as in BATS: every two of them are a
    question. A header and a data frame's index in front of the words are left out. A folder's .txt files are read in
    the order of their names. Errors are those of `read_pairs`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.evaluation.question_files import read_analogies
    >>> _ = Path("questions.txt").write_text(": family\\nman woman king queen\\n")
    >>> read_analogies("questions.txt")
    [('family', [('man', 'woman', 'king', 'queen')])]
    """
    if not hasattr(path, "read") and os.path.isdir(path):
        files = sorted(file for file in Path(path).rglob("*.txt") if not file.name.startswith("."))
        if not files:
            raise ValueError(f"{path} is a folder without .txt files: expected questions")
        files = sorted({os.path.realpath(file): file for file in reversed(files)}.values())  # links name some again
        return [(f"{file.stem} {name}".strip(), asked) for file in files for name, asked in read_analogies(file)]
    lines, _ = _lines(path)
    asked = [line for line in lines[:SAMPLE] if not line[1].startswith(":")]
    mark = marks(asked, 3)[0] or next((mark for mark in MARKS if _is_between_pairs(mark, asked)), None)
    ends = f" \t{mark or ''}"  # marks at the end of lines come from spreadsheets
    sections: list[tuple[str, list[Row]]] = [("", [])]
    for number, line in lines:
        if line.startswith(":"):
            sections.append((line.strip(": \t,;"), []))
        else:
            words = line.split() if mark is None and '"' not in line else split(line.strip(ends), mark)
            sections[-1][1].append((number, line, words))
    if not any(rows for _, rows in sections):
        raise ValueError(f"{source_name(path)} holds no questions: expected lines `: NAME` and lines of four words")
    if not sections[0][1]:
        del sections[0]
    rows = sections[0][1]
    header = _without_header(rows)
    return [part for name, rows in sections for part in _questions(source_name(path), name, rows, header)]


def _is_between_pairs(mark: str, lines: list[Line]) -> bool:
    """Return whether a mark stands once on each line, between two words.

    It does not in "happy :)", nor in four words, nor within words that white space is between, "dog de:Hund".
    """
    once = all(text.strip().count(mark) == 1 for _, text in lines)  # not behind the last word
    begins = any(f" {mark}" in text.replace(f" {mark} ", "") for _, text in lines)
    sizes = {len(text.split()) for _, text in lines}
    within = sizes == {2} and not all(f"{mark} " in text for _, text in lines)
    return once and (mark == "\t" or not (begins or within or sizes == {4}))


def _without_header(rows: list[Row]) -> list[str]:
    """Take out of the lines a column of different whole numbers in front of four words, and the header; return it."""
    words = [row for _, _, row in rows]
    below = words[1:] or words
    first = ["".join(row[:1]) for row in below]
    width = max(Counter(map(len, below)).most_common(1), default=(0, 0))[0]
    numeric = [all(map(str.isdecimal, cells)) for cells in zip(*below, strict=False)]
    index = width > 4 and sum(numeric) == 1 and numeric[0] and len({*first}) == len(first)
    named = index and not words[0][0].isdecimal()
    short = index and len(words[0]) < width  # a header that has no name for the index, or a wrong line
    for row in words[short:] if index else []:
        del row[0]
    if named or _has_header(rows):
        return rows.pop(0)[2]
    if short:
        del words[0][0]
    return []


def _has_header(rows: list[Row]) -> bool:
    """Return whether the first line names columns: word1, …, word4, or 0, …, 3, or a, b, c, d.

    Between tabs or spaces a, b, c, d are words, unless the name of labels stands beside them.
    """
    if not rows:
        return False
    (_, line, names), below = rows[0], [words for _, _, words in rows[1:]]
    if ["a", "b", "c", "d"] in ([name.casefold() for name in part] for part in (names[:4], names[-4:])):
        return bool(below) and (not line.split()[3:] or any(map(is_label, names)))
    numbered = sum(map(is_numbered, names)) > 1 and not any(is_numbered(word) for words in below for word in words)
    return (numbered and bool(below)) or (len(names) > 1 and is_counted(names, below))


def _questions(path: str, name: str, rows: list[Row], header: list[str]) -> list[tuple[str, list[Question]]]:
    """Return the questions of a section; those of a section without a name by their label, if they have one."""
    asked = [words for _, _, words in rows]
    widths = {*map(len, asked)}
    label = _label(asked, header) if not name and len(widths) == 1 else None
    width = 2 if widths == {2} else 5 if widths == {5} and label in (0, 4) else 4
    labelled = width == 4 and label is not None and widths == {4}
    for number, line, words in [row for row in rows if labelled or len(row[2]) != width or "" in row[2]]:
        why = f"has {sum(map(bool, words))} words"
        if labelled:
            why = f"has a label or a number in column {(label or 0) + 1}, as all lines have"
        raise ValueError(
            f"{path}, line {number}: {line[:60]!r} {why}: expected four, such as `Athens Greece Oslo Norway`, or "
            "`: NAME` to begin a section; correct the line, or put # before it"
        )
    if width == 2:
        return [_crossed(path, name, asked)]
    if width == 4:
        return [(name, [(a, b, c, d) for a, b, c, d in asked])]
    sections: dict[str, list[Question]] = {}
    for words in asked:
        part = words.pop(label or 0)
        sections.setdefault(part, []).append((words[0], words[1], words[2], words[3]))
    return [*sections.items()]


def _label(rows: list[list[str]], header: list[str]) -> int | None:
    """Return the column of labels or numbers: named so, with far fewer different cells than the others, or numeric.

    In a file of questions, words come in pairs: two columns have about as many different ones.
    """
    columns = [*zip(*rows, strict=True)]
    if len(columns) not in (4, 5):
        return None
    if len(header) == len(columns) == 5 and sum(map(is_label, header)) == 1:
        return [*map(is_label, header)].index(True)
    kinds = [len(set(cells)) for cells in columns]
    least, second = sorted(kinds)[:2]
    if least * (2 if len(columns) == 5 else 4) <= second and (len(columns) == 5 or len(rows) >= FEW):
        return kinds.index(least)
    numeric = [not np.isnan(numbers(cells)).any() for cells in columns]
    return numeric.index(True) if len(columns) == 4 and sum(numeric) in (1, 2, 3) else None


def _crossed(path: str, name: str, pairs: list[list[str]]) -> tuple[str, list[Question]]:
    """Make a question of every two of a relation's pairs; of an answer's alternatives the first one is b."""
    if len(pairs) > MOST_PAIRS:
        raise ValueError(f"{path}: {len(pairs):,} lines of two words: expected four, or {MOST_PAIRS:,} pairs at most")
    ends = [tuple(filter(None, end.split("/"))) or (end,) for _, end in pairs]
    asked: list[Question] = [
        (a, b[0], c, d if len(d) > 1 else d[0])
        for (a, _), b in zip(pairs, ends, strict=True)
        for (c, _), d in zip(pairs, ends, strict=True)
        if a != c
    ]
    return f"{name} (every two of {len(pairs)} pairs)".lstrip(), asked


def _lines(source: Source) -> tuple[list[Line], str]:
    """Return the lines that are neither empty nor comments, with their numbers, and the last comment above them."""
    with opened(source) as file:
        parts, left = [], LARGEST
        for block in blocks(file, (b"\n",), BLOCK, LONGEST):
            parts.append(block)
            left -= len(block)
            if left < 0:
                raise ValueError(f"{file.name} holds more than {LARGEST:,} bytes: expected a file of questions")
        data = b"".join(parts).replace(MARK, b"")  # within a file where some were joined, as by `cat`
    lines: list[Line] = []
    comment = ""
    for number, line in enumerate(decoded(data, file.name, fix="convert the file to UTF-8").split("\n"), 1):
        text = line.lstrip()
        if text[:1] in ("#", "/") and text.startswith(("#", "//")):
            comment = comment if lines else line
        elif text:
            lines.append((number, line))
    return lines, comment
