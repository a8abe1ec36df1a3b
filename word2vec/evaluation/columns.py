"""Find out which columns of a table hold two words and their rating, from its header and from all of its lines.

Sets of rated pairs come with index columns, parts of speech, relations, several raters. A column is chosen by its
name if that says what it holds, otherwise by the kind of its cells on all lines. A choice that is left then is the
user's, since a wrong column gives a plausible score.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np

from .._types import Array

Column = int | str  # its number, from 1, or its name in the header
Line = tuple[int, str]  # number and text

MARKS = "\t;,|:"  # between columns, or white space; those in front are tried first
MANY = 20  # lines on which a mean cannot lie among its ratings by chance

_STEM = "(?:word|w|term|item|token|noun|verb|adj|lemma|concept|entity|phrase|name|wort|mot|palabra|parola|ord|woord)"
_FIRST = re.compile(f"{_STEM}1|{_STEM}?(?:a|x|i|one|first)|(?:1st|first|left){_STEM}?|query|cue|source")
_SECOND = re.compile(
    f"{_STEM}2|{_STEM}?(?:b|y|ii|two|second)|(?:2nd|second|right){_STEM}?|target|response|candidate|otherword"
)
_NUMBERED = re.compile(rf"{_STEM}(?:\d+|one|two|three|four)")
# words in the names of columns: of ratings, of other numbers, of labels; and labels
_RATING = re.compile(
    "mean|average|avg|median|gold|goldstandard|scores?|ratings?|similarity|similarities|sim|relatedness|rel|human"
    "|values?|judge?ments?|assessment|simlex|simverb|mittelwert|bewertung|wert|moyenne|ähnlichkeit"
)
_OTHER = re.compile(
    "ids?|index|idx|nr|no|num|numbers?|unnamed|rank|counts?|n|freq|frequency|sd|std|stdev|stddev|deviation|var|variance|se"
    "|sem|conc|concreteness|assoc|min|max|raters|annotators|quartile|length"
)
_LABEL_NAMES = re.compile(
    "pos|tag|relation|rel|type|category|class|set|split|source|language|lang|topic|comment|section|label|group"
)
_LABELS = re.compile(
    "[ -~]|noun|verb|adj|adv|adjective|adverb|nn|nns|vb|jj|rb|np|vp|(?:co)?hyponyms?|hyper/hyponyms|synonyms?"
    "|antonyms?|hypernyms?|meronyms?|none"
)
_MISSING = {"", "na", "n/a", "#n/a", "nan", "n.a.", "none", "null", "nil", "missing", "-", "--", "?", "."}
_MISSING |= {"inf", "+inf", "-inf", "infinity", "n.d.", "nd", "k.a.", "unknown"}

_NUMBERS = [
    re.compile(rf"[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?\s*{unit}")
    for unit in ("", "%")
    for mark in (r"\.", ",")
]
_QUOTED = re.compile('^"(.*)"$')
_THOUSANDS = re.compile(r"[+-]?[1-9]\d?\d?,\d\d\d")


def split(line: str, mark: str | None) -> list[str]:
    """Split a line into columns at a mark, or at white space (None); quotes are read as in CSV files."""
    if '"' in line and mark not in ("\t", ":"):  # between tabs, quotation marks may be part of sentences
        try:
            text = " ".join(line.split()) if mark is None else line
            row = next(csv.reader([text], delimiter=mark or " ", strict=True, skipinitialspace=True))
            return [cell.strip() for cell in row]
        except csv.Error:
            pass  # a quotation mark that is a word
    if mark is None:
        return line.split()
    cells = [cell.strip() for cell in (re.split(":+", line) if mark == ":" else line.split(mark))]
    return [_QUOTED.sub(r"\1", cell).replace('""', '"') for cell in cells] if '"' in line else cells


def marks(lines: list[Line], least: int) -> list[str | None]:
    """Return the marks that stand at least `least` times on half of the lines, and None for white space."""
    text = "\n".join(line for _, line in lines)
    likely = [mark for mark in MARKS if 2 * text.count(mark) >= least * len(lines)]
    return [*(mark for mark in likely if 2 * sum(line.count(mark) >= least for _, line in lines) >= len(lines)), None]


def numbers(cells: Sequence[str]) -> Array:
    """Return the numbers in a column, (n,), NaN where there is none, by the decimal mark and unit of most cells.

    "1,234" beside "999" may be more than a thousand: it counts as no number.
    """
    best = [math.nan] * len(cells)
    likely, most = [cell for cell in cells if cell and (cell[0] in "+-.," or cell[0].isdecimal())], 0
    with_comma = [cell for cell in likely if "," in cell]
    thousands = 0 < len(with_comma) < len(likely) and all(map(_THOUSANDS.fullmatch, with_comma))
    for style in _NUMBERS[: 0 if not likely else 1 if thousands else None]:
        found = [float(cell.rstrip("% ").replace(",", ".")) if style.fullmatch(cell) else math.nan for cell in cells]
        count = sum(map(math.isfinite, found))
        if count > most:
            best, most = found, count
        if most == len(likely):
            break
    return np.where(np.isinf(best), math.nan, best)


@dataclass(frozen=True)
class Table:
    """Lines split into columns of one width: their names ("" where there is none), texts, cells and numbers."""

    path: str
    lines: list[Line]
    rows: list[list[str]]
    names: list[str]
    numbers: list[Array]

    def label(self, column: int) -> str:
        """Return the number of a column, from 1, and its name if it has one."""
        return f"{column + 1} ({self.names[column]})" if self.names[column] else f"{column + 1}"

    def refuse_line(self, row: int) -> NoReturn:
        """Raise the error for a line that is not as the others are, or where no line has a number."""
        number, line = self.lines[row]
        none = "; no column holds numbers: if ratings are in another file, put them beside the words"
        more = none * all(np.isnan(cells).all() for cells in self.numbers)
        raise ValueError(
            f"{self.path}, line {number}: {line[:60]!r}: expected two words and a number, in columns "
            "as on the other lines, separated by tabs, semicolons, commas, bars, colons or spaces; "
            f"correct the line, or put # before it{more}"
        )

    def choose(self, columns: Sequence[Column] | None = None) -> tuple[int, int, int]:
        """Return the columns, from 0, of the words and the rating: those given, or those that are found out."""
        if columns is not None:
            first, second, rating = (self._place(column) for column in columns)
            return first, second, rating
        numeric = [column for column in range(len(self.names)) if _is_numeric(self, column)]
        words = _words(self, [column for column in range(len(self.names)) if column not in numeric])
        ratings = _ratings(self, [column for column in numeric if column not in words], words)
        if len(words) != 2 or len(ratings) != 1:
            self._refuse("cannot tell which columns hold the words and the rating")
        return words[0], words[1], ratings[0]

    def _place(self, column: Column) -> int:
        if isinstance(column, str):
            found = [i for i, name in enumerate(self.names) if name.casefold() == column.strip().casefold()]
            if len(found) == 1:
                return found[0]
        elif 1 <= column <= len(self.names):
            return column - 1
        self._refuse(f"there is no column {column!r}, or more than one")

    def _refuse(self, why: str) -> NoReturn:
        shown = [
            f"{self.label(column)}: " + ", ".join(row[column][:20] or "nothing" for row in self.rows[:3])
            for column in range(min(len(self.names), 12))
        ]
        raise ValueError(
            f"{self.path}: {why}: {'; '.join(shown)}{'; …' * (len(self.names) > 12)}. Name the columns of the two "
            "words and the rating by their numbers or the header's names: columns=(1, 2, 3), or --columns 1,2,3"
        )


def read_table(path: str, lines: list[Line], comment: str) -> Table:
    """Split lines into columns, by the mark that leaves a column of numbers; `comment` may hold their header.

    ValueError, with file and line, if there is no such mark or a line has other columns than the rest.
    """
    for mark in marks(lines, 2):
        rows = [split(text, mark) for _, text in lines]
        sizes = Counter(map(len, rows))
        width = max(sizes, key=lambda size: (sizes[size], size))
        body = [row if len(row) == width else [*row, *[""] * width][:width] for row in rows]
        table = Table(path, lines, body, [""] * width, [numbers(cells) for cells in zip(*body, strict=True)])
        if mark == ":" and not all(map(all, rows)):  # :smile: is a word
            continue
        if width > 2 and any(_is_numeric(table, column) for column in range(width)):
            return _without_header(table, rows, mark, split(comment.lstrip("#/ "), mark))
    table.refuse_line(min(1, len(lines) - 1))


def _without_header(table: Table, rows: list[list[str]], mark: str | None, comment: list[str]) -> Table:
    """Return a table without its header, with the names that the header or the comment above it holds."""
    width, names, skip = len(table.names), _aligned(table, comment, mark), 0
    if not (any(map(_first, names)) and any(map(_second, names))):
        names = table.names
    if _is_header(table, rows[0]):
        names, skip = _aligned(table, rows[0], mark), 1
    for i, row in enumerate(rows[skip:], skip):
        if len(row) != width and (any(row[width:]) or (len(row) < width and mark is None)):
            table.refuse_line(i)
    if not rows[skip:]:
        table.refuse_line(0)
    return Table(table.path, table.lines[skip:], table.rows[skip:], names, [cells[skip:] for cells in table.numbers])


def _is_header(table: Table, row: list[str]) -> bool:
    """Return whether the first line names columns: in one of numbers it has a word, or its names are numbered."""
    known = any(_names(name, _RATING) or _first(name) for name in row)
    below = [cells[1:] for cells in zip(*table.rows, strict=True)]
    texts = [cells for cells, found in zip(below, table.numbers, strict=True) if np.isnan(found[1:]).all()]
    if len(table.names) - len(row) in (0, 1) and len(texts) > 1 and is_counted(row, texts):
        return True
    if len(row) != len(table.names):
        return known and math.isnan(numbers(row)[-1])
    numbered = sum(map(is_numbered, row)) > 1 and not (numbers(row) % 1 > 0).any()
    if numbered and not any(is_numbered(cell) for cells in table.rows[1:] for cell in cells):
        return True
    texts = [cells for i, cells in enumerate(zip(*table.rows, strict=True)) if not _is_numeric(table, i)]
    if not known and any(cell and cell in column for cell, *column in texts):
        return False  # a word of another line, so that this one holds a pair
    return any(
        math.isnan(table.numbers[column][0]) and cell[:1].isalpha() and cell.casefold() not in _MISSING
        for column, cell in enumerate(row)
        if _is_numeric(table, column)
    )


def _aligned(table: Table, cells: list[str], mark: str | None) -> list[str]:
    """Return the names of all columns: R leaves that of row names out; names of the last columns may be missing.

    In files with commas only those of empty ones, for numbers with decimal commas look like further columns there.
    """
    width = len(table.names)
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    if len(cells) == width:
        return cells
    below = replace(table, rows=table.rows[1:])
    rest = [row[len(cells) :] for row in below.rows]
    choices = [["", *cells]] if len(cells) == width - 1 else []
    choices += [[*cells, *[""] * len(rest[0])]] if rest and (mark != "," or not any(map(any, rest))) else []
    for names in choices[: len(choices) if len(cells) < width else 0]:
        words = [column for column, name in enumerate(names) if _first(name) or _second(name)]
        texts = [column for column in words if not _is_numeric(below, column) and not _is_label(below, column)]
        ratings = [column for column, name in enumerate(names) if _names(name, _RATING) and not _names(name, _OTHER)]
        if len(texts) > 1 and any(_is_numeric(table, column) for column in ratings):
            return names
    return [""] * width


def _is_numeric(table: Table, column: int) -> bool:
    """Return whether at least half of what is in a column are numbers."""
    found = int(np.isfinite(table.numbers[column]).sum())
    return found > 0 and 2 * found >= sum(row[column].casefold() not in _MISSING for row in table.rows)


def _words(table: Table, texts: list[int]) -> list[int]:
    """Return the columns of words among those of text: by their names, or those that hold no labels."""
    first, second = ([c for c in texts if is_one(table.names[c])] for is_one in (_first, _second))
    if len(first) == len(second) == 1:
        return first + second
    texts = [c for c in texts if any(row[c] for row in table.rows) and not is_label(table.names[c])]
    return texts if len(texts) == 2 else [c for c in texts if not _is_label(table, c)]


def _is_label(table: Table, column: int) -> bool:
    """Return whether a column holds no words but parts of speech, relations and the like, or sentences."""
    cells = [row[column] for row in table.rows]
    kinds = {cell.casefold() for cell in cells}
    known = all(map(_LABELS.fullmatch, kinds))
    few = len(cells) >= 10 * len(kinds) and len(kinds) <= 20
    return known or few or sum(len(cell.split()) for cell in cells) > 5 * len(cells)


def _ratings(table: Table, candidates: list[int], words: list[int]) -> list[int]:
    """Return the columns that may be the rating: one, if its name or the numbers decide it."""
    usable = [c for c in candidates if not _is_index(table, c, words) and not _names(table.names[c], _OTHER)]
    named = [c for c in usable if _names(table.names[c], _RATING)]
    rest = [c for c in named if not re.search(r"\d\W*$", table.names[c])] or named or usable  # not rater 1's
    orders = {np.unique(table.numbers[c], return_inverse=True)[1].tobytes() for c in rest}
    if len(orders) == 1 and (named or len(rest) == 1):  # the same rating on two scales
        return rest[:1]
    return [c for c in rest if _is_mean(table, c, usable)] or rest


def _is_index(table: Table, column: int, words: list[int]) -> bool:
    """Return whether a column in front of the words numbers the lines."""
    found, n = table.numbers[column], len(table.rows)
    if n < 2 or column > min(words, default=0) or not (found % 1 == 0).all():
        return False
    return bool((np.diff(found) == 1).all() and found[0] < 2) or (n >= MANY and len(np.unique(found)) == n)


def _is_mean(table: Table, column: int, candidates: list[int]) -> bool:
    """Return whether a column lies among the other numbers on every line, on few lines at their mean.

    On many lines only among them: of the rare words' ten ratings, outliers were left out of the mean.
    """
    mean = table.numbers[column]
    others = np.array([table.numbers[c] for c in candidates if c != column])
    if len(others) < 2 or np.isnan(mean).any() or np.isnan(others).all(axis=0).any():
        return False
    low, high = np.nanmin(others, axis=0), np.nanmax(others, axis=0)
    if len(mean) >= MANY:
        return bool(((low - 0.006 <= mean) & (mean <= high + 0.006)).all())
    return bool((abs(np.nanmean(others, axis=0) - mean) < 0.006).all())


def _first(name: str) -> bool:
    return _FIRST.fullmatch(_key(name)) is not None


def _second(name: str) -> bool:
    return _SECOND.fullmatch(_key(name)) is not None


def is_counted(names: list[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether names are 0, 1, 2 or V1, V2, V3, as pandas and R write for want of names; none below is."""
    names = names[not names[0] :]  # of an index
    stem = names[0][:-1] if names else ""
    in_order = any(names == [f"{stem}{i}" for i in range(first, first + len(names))] for first in (0, 1))
    return in_order and any(below) and not any(re.match(rf"{re.escape(stem)}\d", c) for row in below for c in row)


def is_numbered(name: str) -> bool:
    """Return whether a name is that of a numbered column of words, such as word1."""
    return _NUMBERED.fullmatch(_key(name)) is not None


def is_label(name: str) -> bool:
    """Return whether a name is that of a column of labels, such as category."""
    return _names(name, _LABEL_NAMES)


def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _names(name: str, what: re.Pattern[str]) -> bool:
    """Return whether one of the words in a column's name is of a kind: SD(SimLex999) holds sd, sim and lex."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).casefold())
    return any(map(what.fullmatch, words))
