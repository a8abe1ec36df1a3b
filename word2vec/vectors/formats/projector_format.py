"""The two files of TensorFlow's Embedding Projector: vectors.tsv, numbers only, and metadata.tsv, their labels.

The file of labels has "metadata" (or "labels", "meta") in its name where the other one has "vectors" (or "tensors",
"tensor", "vecs", "embeddings"). It has one column without a heading, or several with one, of which "word" (or
"token", "term") or else, as in the Projector, the first that does not hold numbers alone is the label.
"""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np

from ..._types import Array, PathLike
from ...runtime.files import remove, write_atomically
from ...runtime.inputs import Input, opened
from ...text.reader import packed
from .decimals import OTHER
from .table import WORDS, Problems, Rows, Table, Vectors, Wanted, check_first, check_readable, of_part
from .text_format import CHUNK, Lines, decimal_rows, least, line_blocks, rows_expected

VECTORS = ("vectors", "tensors", "tensor", "vecs", "embeddings")  # parts of names of files of vectors
LABELS = ("metadata", "labels", "meta")


def metadata_path(path: PathLike) -> Path:
    """Return the path at which the labels that belong to a file of vectors are written."""
    return _labels_of(path)[0]


def _labels_of(path: PathLike) -> list[Path]:
    """Return the paths at which the labels of a file of vectors may lie, the usual one first."""
    path = Path(path)
    for part in VECTORS:
        if part in path.name:
            before, _, behind = path.name.rpartition(part)
            return [path.with_name(f"{before}{labels}{behind}") for labels in LABELS]
    return [path.with_name(f"{labels}_{path.name}") for labels in LABELS]


def find_labels(path: PathLike) -> Path | None:
    """Return the path of the labels beside a file of vectors, None if there are none."""
    return next((labels for labels in _labels_of(path) if labels.is_file()), None)


def read_projector(file: Input, wanted: Wanted) -> Table:
    """Read vectors.tsv and the metadata.tsv beside it; counts too if that has a column "count"."""
    problems = Problems(file.name, wanted.errors)
    found = find_labels(file.name)
    if found is None:
        what = f"there are only numbers, and no {_labels_of(file.name)[0].name} with their words beside the file"
        fix = "expected two files, named like vectors.tsv and metadata.tsv (or tensors.tsv and labels.tsv)"
        raise problems.error("line 1", what, f"{fix}; if the first number is a word, pass format='glove'")
    with opened(found, file.encoding) as labels_file:
        labels, counts = _read_labels(labels_file, problems)
    parts = _numbered(line_blocks(file))
    first = next(parts, b"")
    D = len(first.partition(b"\n")[0].split()) - 1
    if D < 1:
        raise problems.error("line 1", "there is no number", "expected numbers with tabs between them")
    rows = _LabelledRows(labels, D, wanted, problems, "line", rows_expected(file, first))
    lines = Lines(rows, D, None, wanted.limit, numbered=True)
    lines.read(chain([first], parts))
    while counts is None and len(labels) > lines.seen and not labels[-1]:  # blank lines at the end
        labels.pop()
    if lines.seen > len(labels) or least(lines.seen, wanted.limit) < least(len(labels), wanted.limit):
        what = f"{lines.seen} rows, {len(labels)} labels in {found.name}"
        raise problems.error("the end", what, "expected a label for each row; write both files anew")
    table, numbers = rows.table(), rows.numbers
    if counts is not None:
        table.counts = np.array(counts, np.int64)[numbers]
        table.settings = of_part({}, counts) if len(numbers) < len(counts) else {}
    return table


class _LabelledRows(Rows):
    """Rows that begin with their number in the file, in whose place the label is kept; `numbers` are those kept."""

    def __init__(self, labels: list[bytes], *given: Any) -> None:
        super().__init__(*given)
        self._labels, self.numbers = labels, list[int]()
        if self.only is not None:
            self.only = {b"%d" % i for i, label in enumerate(labels) if label in self.only}

    def _sift(self, words: list[bytes], values: Array, numbers: Sequence[int]) -> list[int] | None:
        found = [int(word) for word in words]
        # a row without a label is an error at the end
        labels = [self._labels[i] if i < len(self._labels) else b"\0%d" % i for i in found]
        kept = super()._sift(labels, values, numbers)
        self.numbers += found if kept is None else [found[i] for i in kept]
        return kept


def _numbered(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Number the lines, those without numbers too, unless all behind them are blank."""
    numbers, blank = count(), 0
    for part in parts:
        found = bytearray()
        for line in part.replace(b"\t", b" ").removesuffix(b"\n").split(b"\n"):
            if not line.strip():
                blank += 1
                continue
            found += b"".join(b"%d \n" % next(numbers) for _ in range(blank)) + b"%d %b\n" % (next(numbers), line)
            blank = 0
        yield bytes(found)


def _read_labels(file: Input, problems: Problems) -> tuple[list[bytes], list[int] | None]:
    text = b"".join(line_blocks(file)).replace(b"\r\n", b"\n")
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    if not lines or b"\t" not in lines[0]:
        return lines, None
    heading = lines[0].split(b"\t")
    count = heading.index(b"count") if b"count" in heading else None
    fields = [line.split(b"\t") for line in text.rstrip(b"\n").split(b"\n")[1:]]
    for number, row in enumerate(fields, 2):
        if len(row) != len(heading) or (count is not None and not re.fullmatch(rb"\d{1,18}", row[count])):
            found = [field.decode(errors="backslashreplace") for field in row[:3]]
            what = f"{file.name}: {found}: expected {len(heading)} columns, a count being a number"
            raise problems.error(f"line {number}", what, "write both files anew")
    # the column of labels: named so, or else the first in which not all are numbers
    named = (i for i, name in enumerate(heading) if name.strip().lower().decode("latin-1") in WORDS)
    texts = (i for i in range(len(heading)) if not all(OTHER.fullmatch(row[i]) for row in fields))
    column = next(chain(named, texts), 0)
    return [row[column] for row in fields], None if count is None else [int(row[count]) for row in fields]


def write_projector(vectors: Vectors, path: PathLike) -> None:
    """Write vectors.tsv and the metadata.tsv beside it, with a column of counts if they are known.

    A pair that was there is intact, or without its labels if one of the very last steps fails: labels never stand
    beside the vectors of others.
    """
    check_readable(vectors, path, "a TSV file: expected no tab or line end", "\t\n\r")
    lines = vectors.words
    if vectors.counts is None or not lines:
        check_first(vectors, path)
    else:
        pairs = zip(lines, vectors.counts.tolist(), strict=True)
        lines = ["word\tcount", *(f"{word}\t{count}" for word, count in pairs)]
    beside = metadata_path(path)
    with write_atomically(beside) as labels_file, write_atomically(path) as file:
        with packed(beside, labels_file) as labels, packed(path, file) as numbers:
            labels.write("".join(f"{line}\n" for line in lines).encode())
            for begin in range(0, len(vectors.words), CHUNK):
                rows = decimal_rows(vectors.matrix[begin : begin + CHUNK], "\t")
                numbers.write("".join(f"{row}\n" for row in rows).encode())
        for each in (labels_file, file):  # both are whole on the disk before one of them is renamed
            each.flush()
            os.fsync(each.fileno())
        remove(beside)
