"""A file of the words' counts: a line `word count` for each, gensim's `fvocab`."""

import re

import numpy as np
from numpy.typing import NDArray

from word2vec._types import PathLike
from word2vec.vectors.formats.table import Errors, Problems
from word2vec.vectors.formats.text_format import line_blocks

LINE = re.compile(rb"(\S+)[ \t]+(\d{1,18})\s*")


def read_counts(path: PathLike, words: list[str], errors: Errors = "strict") -> NDArray[np.int64]:
    """Return the counts of some words (V,); a word that is missing is an error, or else has the count 0.

    Raises
    ------
    VectorFileError
        If a word is missing or repeated (`errors="strict"`), or a line is no word and count.
    """
    problems = Problems(path, errors)
    counts: dict[bytes, int] = {}
    parts = line_blocks(path)
    lines = (line for block in parts for line in block.removesuffix(b"\n").split(b"\n"))
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
