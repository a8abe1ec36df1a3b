"""Vectors as comma-separated values: a word and its numbers on each line, as pandas and spreadsheets write them."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import numpy as np
from numpy.typing import DTypeLike

from ...runtime.inputs import Input
from .decimals import OTHER
from .table import Errors, Only, Problems, Rows, Table
from .text_format import Lines, least, line_blocks, rows_expected, sized

NAMES = ("", "word", "words", "token", "term", "label", "name", "key", "index")  # of the column of words
ROWS = 1 << 10  # that are converted at once


def read_csv(
    file: Input,
    *,
    limit: int | None = None,
    dtype: DTypeLike = np.float32,
    errors: Errors = "strict",
    only: Only = None,
) -> Table:
    """Read vectors from comma-separated values.

    Each line holds a word and its numbers, perhaps behind the line's own number. The first line may name the columns:
    it does if it holds no numbers, or only counts the columns behind "word" or nothing. Words may be quoted.
    """
    problems = Problems(file.name, errors)
    blocks = line_blocks(file)
    block = next(blocks, b"")
    rows_of_file = map(
        fields_of, (line.decode("utf-8", "surrogateescape") for line in _lines(chain([block], blocks)))
    )
    head = list(islice(rows_of_file, 2))
    begin = int(bool(head) and _is_heading(head[0]))
    first = next((fields for fields in head[begin:] if is_row(fields)), None)
    if first is None:
        fix = "expected WORD,NUMBER,NUMBER,… with decimal points"
        raise problems.error("line 1", "there is no line of a word and numbers with commas between", fix)
    word = place_of_word(first)
    D = len(first) - word - 1
    rows = Rows(D, dtype, problems, "line", least(rows_expected(file, block), limit, *sized(only)), only)
    lines = Lines(rows, D, None, limit, line=1 + begin)
    all_rows = chain(head[begin:], rows_of_file)
    lines.read(iter(lambda: b"".join(_line(row[word:]) for row in islice(all_rows, ROWS)), b""))
    return rows.table()


def fields_of(line: str) -> list[str]:
    """Return the fields of a line; a quotation mark that is not closed is a character."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return line.split(",")


def place_of_word(fields: list[str]) -> int:
    """Return the column of the word in a line of a word and numbers, 0 or 1; -1 if it is no such line."""
    numbers = [bool(OTHER.fullmatch(field.strip().encode())) for field in fields]
    return next((place for place in (0, 1) if numbers[place + 1 :] and all(numbers[place + 1 :])), -1)


def is_row(fields: list[str]) -> bool:
    """Return whether the fields of a line are a word and numbers."""
    place = place_of_word(fields)
    return place >= 0 and bool(fields[place]) and not any(";" in field for field in fields[:place])


def _is_heading(fields: list[str]) -> bool:
    """Return whether a line names columns: it holds no numbers, or only counts them."""
    numbers = [field for field in fields if OTHER.fullmatch(field.strip().encode())]
    place = place_of_word(fields)
    counted = [[str(i + first) for i in range(len(fields) - place - 1)] for first in (0, 1)]
    return not numbers or (place >= 0 and fields[place].strip().lower() in NAMES and fields[place + 1 :] in counted)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    return (line for block in blocks for line in block.removesuffix(b"\n").split(b"\n"))


def _line(fields: list[str]) -> bytes:
    """Return a line of the text format; a word that holds white space is ended by a tab."""
    word = fields[0] if fields else ""
    separator = "\t" if any(map(str.isspace, word)) else " "
    numbers = " ".join(field.strip() or "''" for field in fields[1:])  # '' is no number
    return f"{word}{separator}{numbers}\n".encode("utf-8", "surrogateescape")
