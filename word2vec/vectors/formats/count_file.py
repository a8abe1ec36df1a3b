"""A file of the words' counts: a line `word count` for each, gensim's `fvocab`."""

import re

import numpy as np
from numpy.typing import NDArray

from word2vec._types import PathLike
from word2vec.vectors.formats.table import Errors, Problems
from word2vec.vectors.formats.text_format import line_blocks

LINE = re.compile(rb"(\S+)[ \t]+(\d{1,18})\s*")


def read_counts(path: PathLike, words: list[str], errors: Errors = "strict") -> NDArray[np.int64]:
    """Return the counts of some words (V,).

    A missing or repeated word, or a line that is no word and count, raises VectorFileError or else (`errors`) is
    left out; the count of a missing word is then 0.
    """
    problems = Problems(path, errors)
    counts: dict[bytes, int] = {}
    lines = (line for block in line_blocks(path) for line in block.removesuffix(b"\n").split(b"\n"))
    for number, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if found and found[1] in counts:
            problems.bad("repeated words", f"line {number}", f"{line[:40]!r}: this word was counted before")
        elif found:
            counts[found[1]] = int(found[2])
        elif line.strip():
            problems.bad("lines", f"line {number}", f"{line[:40]!r} is no word and count")
    for word in words:
        if word.encode() not in counts:
            problems.bad("words", "the end", f"{word!r} is missing", 'count it too, or pass errors="skip" for a zero')
    problems.warn()
    return np.array([counts.get(word.encode(), 0) for word in words], np.int64)
