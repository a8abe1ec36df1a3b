"""How often each word occurs, in a file of its own: a line `word count` for each, as gensim's `fvocab`."""

import re

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array, PathLike
from word2vec.text.reader import written
from word2vec.vectors.formats.table import SPACES, Errors, Problems, check_words
from word2vec.vectors.formats.text_format import line_blocks

LINE = re.compile(rb"(\S+)[ \t]+(\d{1,18})\s*")


def read_counts(path: PathLike, words: list[str], errors: Errors = "strict") -> NDArray[np.int64]:
    """Read the counts of some words (V,); of a word that is not there it is an error, or else 0.

    Raises
    ------
    VectorFileError
        If a word is missing or stands twice (`errors="strict"`), or a line is no word and count.
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


def write_counts(words: list[str], counts: Array, path: PathLike) -> None:
    """Write a line for each word, to be read by gensim's `load_word2vec_format(..., fvocab=path)`.

    Raises
    ------
    ValueError
        If a word is empty or holds white space.
    OSError
        If the file cannot be written; one that stood there before is intact.
    """
    check_words(words, path, SPACES, "a file of counts: expected no white space")
    with written(path) as file:
        file.writelines(f"{word} {count}\n".encode() for word, count in zip(words, counts.tolist(), strict=True))
