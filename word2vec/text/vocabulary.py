"""Text → tokens → vocabulary → the text in the vocabulary's ids.

`encode` reads its source once. Words get provisional numbers as they are met (`word2vec.text.numbering`); when all have
been counted, the vocabulary is chosen and the numbers are exchanged for its ids, some million words at a time.
With a folder, only the different words are held in memory, whatever the text's length.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from word2vec._types import PathLike
from word2vec.runtime.files import check_writable
from word2vec.runtime.memory import check_memory
from word2vec.text.corpus import Corpus, CorpusError, load_corpus, save_corpus, write_corpus
from word2vec.text.numbering import Ends, Numbering, Numbers, Part, Tokenize, number_lists, number_text
from word2vec.text.shelf import MEND, Shelf, chunks, shelf

MIN_COUNT = 5


@dataclass(frozen=True)
class VocabularyOptions:
    max_size: int | None = None
    lowercase: bool = False
    tokenize: Tokenize = "split"


__all__ = ["Corpus", "CorpusError", "encode", "load_corpus", "save_corpus"]


def encode(
    source: Any,
    *,
    min_count: int = 5,
    max_size: int | None = None,
    lowercase: bool = False,
    tokenize: Tokenize = "split",
    folder: PathLike | None = None,
) -> Corpus:
    """Read a text, count its words, choose the vocabulary and give the text in its ids.

    Parameters
    ----------
    source : what to read, once
        The path of a UTF-8 text file (.gz and .bz2 too) with one sentence or paragraph a line; lines end with
        \\n or \\r\\n and may have any length. Or lists of words, in a list, a generator, or anything else that
        is iterable. Or an object whose method `sentences()` gives such lists, as StanfordSentiment's does. Or
        a Corpus, which is given back as it is.
    min_count : words that occur less often are left out
    max_size : the vocabulary's largest size; the rest is left out
    lowercase : lower the case of each word (`str.lower`) after the text has been split
    tokenize : for a file: "split" at white space (as `str.split` does), "words" (runs of letters, digits and
        underscores, the regular expression `\\w+`), or a function from a line to the list of its words
    folder : where to keep the corpus instead of in memory; it is loaded from there (`load_corpus`)

    Raises
    ------
    TypeError, ValueError
        If the source is none of these, holds something else than words, is empty or not UTF-8, if no word
        occurs often enough, or if an option makes no sense. The message says what to pass.
    OSError
        If the file cannot be read, or the folder not be written. A corpus that stood there is intact, or, if
        that fails at the very end, gone.
    MemoryError
        If the ids do not fit into memory; with a folder they need not.
    """
    if isinstance(source, Corpus):
        return source if folder is None else _moved(source, folder)
    _check_options(min_count, max_size, tokenize)
    numbering = Numbering()
    parts = _numbered(source, tokenize, numbering)
    if folder is not None:
        check_writable(folder)
    with shelf(folder) as waiting:
        all_counts = _count(parts, numbering, waiting)
        raw_words = int(all_counts.sum())
        if not raw_words:
            raise ValueError(_nothing_in(source))
        words, counts, ids = _vocabulary(numbering, all_counts, min_count, max_size, lowercase)
        text = _renumbered(waiting.parts(), ids)
        if folder is None:
            return _collected(words, counts, text, raw_words)
        write_corpus(words, counts, text, raw_words, folder)
    return load_corpus(folder)


def _moved(corpus: Corpus, folder: PathLike) -> Corpus:
    """Move a corpus from memory into a folder."""
    save_corpus(corpus, folder)
    return load_corpus(folder)


def _check_options(min_count: int, max_size: int | None, tokenize: Tokenize) -> None:
    """Raise if an option makes no sense."""
    if min_count < 1:
        raise ValueError(f"min_count is {min_count}: expected at least 1, which keeps every word")
    if max_size is not None and max_size < 1:
        raise ValueError(f"max_size is {max_size}: expected at least 1, or None for no limit")
    if not callable(tokenize) and tokenize not in ("split", "words"):
        raise ValueError(
            f"tokenize is {tokenize!r}: expected 'split', 'words' or a function from a line to its words"
        )


# what a source is


def _numbered(source: Any, tokenize: Tokenize, numbering: Numbering) -> Iterator[Part]:
    """Find out what the source is, and read it."""
    if isinstance(source, str | os.PathLike):
        _check_file(source)
        return number_text(source, tokenize, numbering)
    if callable(getattr(source, "sentences", None)):
        source = source.sentences()
    if isinstance(source, bytes | bytearray | dict | set | frozenset) or not isinstance(source, Iterable):
        raise TypeError(
            f"cannot read a text from {type(source).__name__}: expected the path of a text file, "
            "or lists of words such as [['a', 'sentence'], ['another', 'one']]"
        )
    if tokenize != "split":
        raise ValueError(
            f"tokenize={tokenize!r} is for text files; lists of words are taken as they are: leave it out"
        )
    return number_lists(source, numbering)


def _check_file(path: PathLike) -> None:
    """Raise if a path leads to no file."""
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"{path} is a folder: expected a text file; an encoded corpus is opened by load_corpus"
        )
    if not os.path.exists(path):
        name = str(path) if len(str(path)) <= 200 else f"{str(path)[:200]}…"
        raise FileNotFoundError(
            f"there is no file {name!r}: expected the path of a text file; "
            "for a text in memory pass lists of words: [line.split() for line in text.splitlines()]"
        )


def _nothing_in(source: Any) -> str:
    """Say that a source holds no word, and why that may be."""
    if isinstance(source, str | os.PathLike):
        return f"{source} holds no word: expected a text"
    if isinstance(source, Iterator):
        return (
            f"the {type(source).__name__} gave no word: it can be read only once, and has been read before or was "
            "empty; pass a new one, or a list"
        )
    return f"the {type(source).__name__} holds no word: expected lists of words"


# from provisional numbers to ids


def _count(parts: Iterable[Part], numbering: Numbering, waiting: Shelf) -> NDArray[np.int64]:
    """Put all parts aside and count each of the different words."""
    counts = np.zeros(0, np.int64)
    for chunk in chunks(parts):
        more = np.bincount(chunk[0], minlength=len(numbering))
        more[: len(counts)] += counts
        counts = more
        waiting.put(chunk)
    return counts


def _vocabulary(
    numbering: Numbering, counts: NDArray[np.int64], min_count: int, max_size: int | None, lowercase: bool
) -> tuple[list[str], NDArray[np.int64], Numbers]:
    """Choose the vocabulary: its words, their counts, and for each provisional number the id, or -1."""
    merged = np.arange(len(numbering), dtype=np.int32)
    if lowercase:
        lowered = Numbering()
        merged = lowered.take(map(str.lower, numbering), len(numbering))
        counts = np.bincount(merged, weights=counts).astype(np.int64)
        numbering = lowered
    words = [str(word) for word in numbering]  # not np.str_
    chosen = np.flatnonzero(counts >= min_count)
    if not len(chosen):
        raise ValueError(_nothing_reaches(min_count, words, counts))
    by_word = np.array(sorted(chosen.tolist(), key=words.__getitem__))
    order = by_word[np.argsort(-counts[by_word], kind="stable")][:max_size]
    ids = np.full(len(words), -1, np.int32)
    ids[order] = np.arange(len(order))
    return [words[i] for i in order.tolist()], counts[order], ids[merged]


def _nothing_reaches(min_count: int, words: list[str], counts: NDArray[np.int64]) -> str:
    """Name the numbers of a text whose words are all too rare."""
    top = int(counts.argmax())
    return (
        f"no word occurs min_count={min_count} times: of {counts.sum():,} words read, {len(words):,} are different, "
        f"and the most frequent, {words[top]!r}, occurs {counts[top]:,} times; lower min_count, or pass more text"
    )


def _renumbered(parts: Iterable[Part], ids: Numbers) -> Iterator[Part]:
    """Exchange provisional numbers for ids; leave out words without one, and then empty sentences.

    The ends that come out count from the beginning of the text.
    """
    n = last = 0
    for numbers, stops in parts:
        found = ids.take(numbers)
        kept = found >= 0
        before = np.concatenate([[n], n + np.cumsum(kept)])
        ends = before[stops]
        ends = ends[np.diff(ends, prepend=last) > 0]
        n, last = int(before[-1]), int(ends[-1]) if len(ends) else last
        yield found[kept], ends


def _collected(words: list[str], counts: NDArray[np.int64], text: Iterable[Part], raw_words: int) -> Corpus:
    """Put the parts of a text into one array."""
    total = int(counts.sum())
    check_memory(4 * total, f"the text of {total:,} words", MEND)
    ids, n = np.empty(total, np.int32), 0
    ends: list[Ends] = []
    for found, stops in text:
        ids[n : n + len(found)] = found
        ends.append(stops)
        n += len(found)
    return Corpus(words, counts, ids, np.concatenate(ends), raw_words)
