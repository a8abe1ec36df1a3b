"""word2vec's binary format: a line `V D`, then for each word its bytes, a space and D little-endian float32.

The original program ends each row with a line end, gensim and the files of Google do not; both are read.
"""

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np

from ..._types import PathLike
from ...runtime.inputs import Input
from ...text.reader import written
from .binary_layout import LONGEST, MARGIN, Layout
from .table import Problems, Rows, Table, Vectors, Wanted, check_readable, converted, shown
from .text_format import BLOCK, DAMAGED, least, room_for

HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})\s*\n")
FIX = "it is damaged, cut off, or of another format; fetch it anew"


def read_binary(file: Input, wanted: Wanted, encoding: str = "utf-8") -> Table:
    """Read word2vec's binary format."""
    problems = Problems(file.name, wanted.errors, encoding)
    head = file.peek(1 << 10)
    sizes = HEADER.match(head)
    if not sizes:
        raise problems.error("line 1", f"{shown(head[:20])} is no header", "expected `V D` and a line end")
    promised, D = int(sizes[1]), int(sizes[2])
    room = room_for(file, promised, D, 4 * D + 1, problems)
    end = least(promised, wanted.limit)
    rows = Rows(D, wanted, problems, "row", room)
    parts = file.chunks(max(BLOCK, 4 * D))
    seen, rest = _fill(rows, parts, sizes.end(), Layout(D, promised, problems), D, end)
    if seen < end:
        what = f"the header promises {promised} rows, the file ends in row {seen + 1}"
        problems.bad("rows by the header", f"row {seen + 1}", what, DAMAGED)
    elif end == promised and (rest.strip(b"\n") or next(parts, b"").strip(b"\n")):
        what = f"there is more behind the {promised} rows that the header promises"
        problems.bad("rows by the header", f"row {end + 1}", what, DAMAGED)
    return rows.table()


def _fill(rows: Rows, parts: Iterator[bytes], begin: int, layout: Layout, D: int, end: int) -> tuple[int, bytes]:
    """Read rows from a place on, up to row `end`; return how many there were, and the rest of the last part."""
    seen, rest = 0, b""
    for part in chain(parts, [None]):
        rest += part or b""
        stop = len(rest) - (0 if part is None else MARGIN)
        while seen < end:
            words, values, begin = layout.rows(rest, begin, seen, end - seen, stop)
            if not words:
                break
            rows.add(words, values, range(seen + 1, seen + len(words) + 1))
            seen += len(words)
        rest, begin = rest[begin:], 0
        if seen == end:
            break
        if len(rest) > 4 * D + LONGEST and b" " not in rest[:LONGEST]:
            what = f"no space in {LONGEST} bytes: expected one behind the word"
            raise rows.problems.error(f"row {seen + 1}", what, FIX)
    return seen, rest


def write_binary(vectors: Vectors, path: PathLike) -> None:
    """Write word2vec's binary format, the same bytes as gensim; the numbers become float32."""
    where = "a binary file of vectors: expected no white space"
    check_readable(vectors, path, where, longest=LONGEST - 1)
    n, D = vectors.matrix.shape
    with written(path, numbers=True) as file:
        file.write(f"{n} {D}\n".encode())
        step = max(1, BLOCK // (4 * D))
        for begin in range(0, n, step):
            words, rows = vectors.words[begin : begin + step], converted(vectors.matrix[begin : begin + step], "<f4")
            beyond = ~np.isfinite(rows).all(axis=1)
            if beyond.any():
                word = words[int(beyond.argmax())]
                raise ValueError(f"{path}: the vector of {word!r} is beyond float32: write .npz or text")
            data, starts = rows.tobytes(), range(0, rows.nbytes, 4 * D)
            parts = (b"%b %b" % (word.encode(), data[i : i + 4 * D]) for word, i in zip(words, starts, strict=True))
            file.write(b"".join(parts))
