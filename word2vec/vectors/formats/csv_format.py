"""Vectors as comma-separated values: a word and its numbers on each line, as pandas and spreadsheets write them."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import numpy as np

from ...runtime.arguments import warn
from ...runtime.inputs import Input
from .decimals import COMMA, OTHER, has_decimal_commas
from .table import WORDS, Problems, Rows, Table, Wanted, of_part
from .text_format import NO_COMMAS, WITH_COMMAS, Lines, line_blocks, lines_of, rows_expected

COUNTS = ("count", "counts", "freq", "frequency")  # of a column that is no part of the vectors
COUNT = re.compile(r"\s*(\d{1,18})(\.0*)?\s*")
NAMES = ("", *WORDS, "label", "name", "key", "index")  # of the column of words, or of the lines' numbers
MISSING = {"", "na", "n/a", "nan", "null", "none"}  # as other programs write a number that is missing
SPACED = re.compile(r".*\s[+-]?\d*\.\d+(e[+-]?\d+)?\s*", re.IGNORECASE)  # a word and its first number
NUMBERED = (
    "the words are the lines' numbers, 0, 1, …, as pandas writes a matrix without words: write DataFrame(matrix, "
    'index=words); if they are words, name their column, to_csv(index_label="word")'
)
ROWS = 1 << 10  # that are converted at once
SAMPLE = 100  # rows by which it is known whether lines begin with their numbers


def read_csv(file: Input, wanted: Wanted) -> Table:
    """Read vectors from comma-separated values.

    Each line holds a word and its numbers, perhaps behind the line's own number, or behind other text if the words'
    column has a name such as "word". The first line may name the columns: it does if it holds no numbers, or only
    counts the columns behind that of words. A column with the name "count", or the like, says how often the words
    occur. Words may be quoted. Warns if the words are 0, 1, 2, … in a column without a name.
    """
    problems = Problems(file.name, wanted.errors)
    blocks = line_blocks(file)
    block = next(blocks, b"")
    all_lines = lines_of(chain([block], blocks))
    head = list(islice(all_lines, ROWS))
    names = fields_of(head[0]) if head else []
    begin = int(_is_heading(names, fields_of(head[1]) if head[1:] else []))
    if begin and _may_be_row(names):
        warn(f"{file.name}: line 1, {names[0]!r} without numbers, is taken for a heading: correct it if it is a word")
    column = _column_of_counts(names) if begin else None
    first = _first_row(head, begin, column, problems)
    named = [name.strip().lower() in WORDS for name in _without(names, column)[: 2 * begin]]
    some = [_without(fields_of(line), column) for line in head[begin : begin + SAMPLE]]
    numbered = named == [False, True] or _are_numbered(some)
    word = 1 if numbered else place_of_word(first)  # a word may be a number
    if word and named != [False, True] and first[0] and not _fits(OTHER, first[0]):
        what, fix = f"{first[0]!r} and {first[1]!r} are two columns of text", "leave one of them out"
        raise problems.error(f"line {1 + begin}", what, f'{fix}, or call the second one "word" in the first line')
    if not begin and all(SPACED.fullmatch(row[word]) for row in [first, *some] if len(row) > word):
        what = "white space stands before the first number, commas before the others"
        fix = (
            "expected one behind the word, too; if these numbers are parts of words, name the columns in a first line"
        )
        raise problems.error("line 1", what, fix)
    D = len(first) - word - 1
    rows, counts = Rows(D, wanted, problems, "line", rows_expected(file, block)), dict[str, int]()
    lines = Lines(rows, D, None, wanted.limit, line=1 + begin)
    fields = (_joined(fields_of(line), word, D, column) for line in chain(head[begin:], all_lines))
    found = (row[word:] for row in fields) if column is None else _counted(fields, column, word, counts, problems)
    lines.read(iter(lambda: b"".join(map(_line, islice(found, ROWS))), b""))
    table = rows.table()
    if column is not None:
        deque(found, 0)  # the counts behind the limit
        table.counts = np.array([counts.get(each, 0) for each in table.words], np.int64)
        table.settings = of_part({}, [*counts.values()]) if len(table.words) < len(counts) else {}
    counted = bool(table.words) and table.words == [*map(str, range(len(table.words)))]
    if begin and names[0] == "" and wanted.only is None and counted:
        warn(f"{file.name}: {NUMBERED}")
    return table


def _joined(fields: list[str], word: int, D: int, column: int | None) -> list[str]:
    """Return the fields of a row, of which those of a word that holds commas without quotes become one.

    Of these, only the first one may be a number. `column`: that of counts.
    """
    if column is not None:
        word, D = (word + 1, D) if column <= word else (word, D + 1)
    end = len(fields) - D
    if end <= word + 1 or any(_fits(OTHER, field) for field in fields[word + 1 : end]):
        return fields
    return [*fields[:word], ",".join(fields[word:end]), *fields[end:]]


def _first_row(head: list[bytes], begin: int, column: int | None, problems: Problems) -> list[str]:
    """Return the first row among the lines of a file's head; VectorFileError if none is a word and its numbers."""
    rows = (_without(fields_of(line), column) for line in head[begin:])
    first = next(filter(is_row, rows), None)
    for number, line in enumerate(head if first is None else head[:2], 1):
        if has_decimal_commas(line) or (first is None and any(_fits(COMMA, field) for field in fields_of(line)[1:])):
            raise problems.error(f"line {number}", WITH_COMMAS, NO_COMMAS)
    if first is None:
        what, most = "there is no line of a word and numbers with commas between", len(head) == ROWS
        fix = "expected WORD,NUMBER,NUMBER,… with decimal points"
        raise problems.error("line 1", what + f", in {ROWS:,} lines" * most, fix)
    return first


def _column_of_counts(names: list[str]) -> int | None:
    """Return which column the first line of a file calls counts, behind another one; None if none is."""
    return next((i for i, name in enumerate(names) if i and name.strip().lower() in COUNTS), None)


def _without(fields: list[str], column: int | None) -> list[str]:
    return [field for i, field in enumerate(fields) if i != column]


def _counted(
    rows: Iterable[list[str]], column: int, word: int, counts: dict[str, int], problems: Problems
) -> Iterator[list[str]]:
    """Yield rows from the word on without their counts, and keep these; what is no count makes its row a bad one."""
    errors = "replace" if problems.unicode == "strict" else problems.unicode
    for fields in rows:
        row = _without(fields, column)[word:]
        count = fields[column] if column < len(fields) else ""
        if found := COUNT.fullmatch(count):
            name = row[0].encode("utf-8", "surrogateescape").decode("utf-8", errors) if row else ""
            counts.setdefault(name, int(found[1]))
        elif row:
            row[1:2] = [f"count={''.join(count.split())}"]
        yield row


def fields_of(line: bytes) -> list[str]:
    """Return the fields of a line; a quotation mark that is not closed is a character."""
    text = line.decode("utf-8", "surrogateescape")
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return text.split(",")


def place_of_word(fields: list[str]) -> int:
    """Return the column of the word in a line of a word and numbers, 0 or 1; -1 if it is no such line."""
    numbers = [_fits(OTHER, field) for field in fields]
    return next((place for place in (0, 1) if numbers[place + 1 :] and all(numbers[place + 1 :])), -1)


def is_row(fields: list[str]) -> bool:
    """Return whether the fields of a line are a word and numbers."""
    place = place_of_word(fields)
    return place >= 0 and bool(fields[place]) and not any(";" in field for field in fields[:place])


def counts_columns(fields: list[str], below: list[str]) -> bool:
    """Return whether the fields of a line are a name of a column of words, and the numbers of those of vectors.

    A name is "word", or the like or nothing. Any other may be a word with its vector, unless the numbers on the line
    below look otherwise: none is whole.
    """
    fields = [field.strip() for field in fields]
    place = place_of_word(fields)
    counted = any(fields[place + 1 :] == [*map(str, range(n, n + len(fields) - place - 1))] for n in (0, 1))
    named = any(field.lower() in NAMES for field in fields[: place + 1])
    otherwise = len(below) == len(fields) > 3 and not any(map(str.isdecimal, below[2:]))
    return place >= 0 and counted and (named or otherwise)


def _are_numbered(rows: list[list[str]]) -> bool:
    """Return whether lines begin with their numbers, before words that may be numbers: whole ones, none twice."""
    rows = [row for row in rows if len(row) > 2]
    first = [row[0] for row in rows]
    in_order = any(first == [*map(str, range(n, n + len(rows)))] for n in (0, 1))
    is_other = any(("." in row[1] and _fits(OTHER, row[1])) or row[2].isdecimal() for row in rows)
    return in_order and not is_other and len({row[1] for row in rows}) == len(rows) > 1


def names_no_words(fields: list[str], below: list[str]) -> bool:
    """Return whether a line names columns, of which the first is not that of words or of the lines' numbers."""
    return _is_heading(fields, below) and fields[0].strip().lower() not in NAMES


def _is_heading(fields: list[str], below: list[str]) -> bool:
    """Return whether a line names columns: it holds no numbers, or only counts those of vectors."""
    column = _column_of_counts(fields)
    fields, below = _without(fields, column), _without(below, column)
    is_number = any(_fits(OTHER, field) for field in fields)
    return bool(fields) and (not is_number or counts_columns(fields, below))


def _may_be_row(names: list[str]) -> bool:
    """Return whether a heading may be a word whose numbers are missing."""
    empty = {name.strip().lower() for name in names[1:]}
    return bool(empty) and empty <= MISSING and names[0].strip().lower() not in NAMES


def _fits(pattern: re.Pattern[bytes], field: str) -> bool:
    return pattern.fullmatch(field.strip().encode("utf-8", "replace")) is not None


def _line(fields: list[str]) -> bytes:
    """Return a line of the text format; a word that holds white space is ended by a tab."""
    word = fields[0] if fields else ""
    separator = "\t" if any(map(str.isspace, word)) else " "
    numbers = " ".join(field.strip() or "''" for field in fields[1:])  # '' is no number
    return f"{word}{separator}{numbers}\n".encode("utf-8", "surrogateescape")
