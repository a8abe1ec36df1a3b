"""Text and token lists become numbers, a block at a time: a word's number is its place in the order of first sight.

A plain text is split by NumPy, without a Python object for every word. A word's key is its bytes padded with
zeros to 24, the last of them its length, so that different words have different keys. A table has a row for
each value of a hash: the key of the first word that came with it, and that word's number. Whoever does not find
its key there (a new word, a long one, one whose row is taken: some 5 of 100) asks the dict, which knows all words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import chain, islice
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from word2vec._types import PathLike
from word2vec.text.reader import blocks, decoded, with_plain_separators

Tokenize = Literal["split", "words"] | Callable[[str], Sequence[str]]
Numbers = NDArray[np.int32]
Ends = NDArray[np.int64]
Part = tuple[Numbers, Ends]
"""The numbers of successive words, and how many of them stand before each end of a sentence that lies among them."""

BATCH = 1024  # token lists
KEY = 24
SLOTS = 1 << 19

WORD_BYTES = np.where(np.arange(KEY) < np.minimum(np.arange(256), KEY - 1)[:, None], 255, 0).astype(np.uint8)
SEPARATES = {
    "split": bytes(chr(i).isspace() for i in range(128)) + bytes(128),
    "words": bytes(not (chr(i).isalnum() or chr(i) == "_") for i in range(128)) + bytes(128),
}


class Numbering(dict[str, int]):
    """Word → how many different words came before it; a word that is asked for is thereby numbered."""

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str) or not word:
            raise TypeError(f"{word!r} is no word")
        number = self[word] = len(self)
        return number

    def take(self, words: Iterable[str], n: int) -> Numbers:
        """Give the numbers of n words: int32 (n,)."""
        return np.fromiter(map(self.__getitem__, words), np.int32, n)


def number_text(path: PathLike, tokenize: Tokenize, numbering: Numbering) -> Iterator[Part]:
    """Read a text file, one sentence or paragraph a line, with lines of any length.

    Parameters
    ----------
    path : a UTF-8 file, with or without byte order mark; packed if its name ends with .gz or .bz2
    tokenize : "split" (at white space, exactly as `str.split`), "words" (runs of letters, digits and
        underscores, exactly as the regular expression `\\w+`), or a function from a line to its words
    numbering : takes in the words

    Raises
    ------
    ValueError
        If something is not UTF-8; the message names the line.
    OSError
        If the file cannot be read, or not to its end.
    """
    if callable(tokenize):
        yield from _number_lines(path, tokenize, numbering)
    else:
        number, line = _BlockNumbering(tokenize, numbering), 1
        for block in blocks(path, (b" ", b"\n")):
            yield number(block if block.isascii() else with_plain_separators(block, tokenize, path, line))
            line += block.count(b"\n")
    yield np.empty(0, np.int32), np.zeros(1, np.int64)


def number_lists(sentences: Iterable[Sequence[str]], numbering: Numbering) -> Iterator[Part]:
    """Number the words of token lists, each of them a sentence. They are read once.

    Raises
    ------
    TypeError
        If a sentence is no list of words, or a word no string, or empty; the message names the sentence.
    """
    rest, first = iter(sentences), 1
    while batch := list(islice(rest, BATCH)):
        yield _number_batch(batch, numbering, "sentence", first)
        first += len(batch)


def _number_lines(path: PathLike, tokenize: Callable[[str], Sequence[str]], numbering: Numbering) -> Iterator[Part]:
    """Number the words that a function finds in each line."""
    first = 1
    for block in blocks(path, (b"\n",)):
        lines = decoded(block, path, first).replace("\r\n", "\n").removesuffix("\n").split("\n")
        yield _number_batch([*map(tokenize, lines)], numbering, f"{path}, tokenize: line", first)
        first += len(lines)


def _number_batch(batch: list[Sequence[str]], numbering: Numbering, what: str, first: int) -> Part:
    """Number the words of some token lists; `what` they are and the number of the first are for messages."""
    if not {*map(type, batch)} <= {list, tuple}:
        batch = [_as_list(sentence, f"{what} {i}") for i, sentence in enumerate(batch, first)]
    ends = np.fromiter(map(len, batch), np.int64, len(batch)).cumsum()
    try:
        return numbering.take(chain.from_iterable(batch), int(ends[-1])), ends
    except TypeError:
        for i, sentence in enumerate(batch, first):
            _check_words(sentence, f"{what} {i}")
        raise


def _as_list(sentence: Any, where: str) -> list[str]:
    """Take any sequence for a sentence, but not a string (whose items are letters) and no set (it has no order)."""
    if isinstance(sentence, str | bytes | Set) or not isinstance(sentence, Iterable):
        raise TypeError(
            f"{where} is {_shortened(sentence)}: expected a list of words; "
            "pass lists of strings, such as [line.split() for line in lines]"
        )
    return list(sentence)


def _check_words(sentence: Sequence[Any], where: str) -> None:
    """Raise if one of the words is none."""
    for word in sentence:
        if not isinstance(word, str) or not word:
            raise TypeError(f"{where} holds {_shortened(word)}: expected only strings, none of them empty")


def _shortened(value: Any) -> str:
    """Show a value and its type, in some 60 characters."""
    shown = repr(value[:40] if isinstance(value, str | bytes) else value)
    return f"{shown[:50]} ({type(value).__name__})"


# a block's words


class _BlockNumbering:
    """Numbers the words of a block whose separators are ASCII, and finds its line ends."""

    def __init__(self, tokenize: str, numbering: Numbering) -> None:
        self._separates, self._numbering = SEPARATES[tokenize], numbering
        self._table = np.zeros((SLOTS, KEY // 8 + 1), np.uint64)

    def __call__(self, block: bytes) -> Part:
        text = b" " + block + b" " * KEY
        starts, ends = _bounds(text, self._separates)
        keys, fits = _keys(text, starts, ends - starts)
        slots = _slots(keys)
        numbers, known = self._look_up(keys, slots)
        ask = np.flatnonzero(~known)
        numbers[ask] = self._numbering.take(_words(text, starts[ask], ends[ask]), len(ask))
        self._enter(keys, slots, numbers, ask[fits[ask]])
        lines = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        return numbers, np.searchsorted(starts, lines)

    def _look_up(self, keys: NDArray[np.uint64], slots: NDArray[np.int64]) -> tuple[Numbers, NDArray[np.bool_]]:
        """Give the numbers that stand in the words' rows, and where they are the words' own."""
        rows = self._table.take(slots, axis=0)
        known = rows[:, 0] == keys[:, 0]
        for i in range(1, keys.shape[1]):
            known &= rows[:, i] == keys[:, i]
        return rows[:, -1].astype(np.int32), known

    def _enter(
        self, keys: NDArray[np.uint64], slots: NDArray[np.int64], numbers: Numbers, words: NDArray[np.int64]
    ) -> None:
        """Let the given words have their rows, where these are free; among several, the first one gets it."""
        words = words[self._table[slots[words], -2] == 0]
        words = words[np.unique(slots[words], return_index=True)[1]]
        self._table[slots[words], :-1] = keys[words]
        self._table[slots[words], -1] = numbers[words]


def _bounds(text: bytes, separates: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find where words start and end in a text that begins and ends with a separator."""
    between = np.frombuffer(text.translate(separates), np.bool_)
    edges = np.flatnonzero(between[1:] != between[:-1]) + 1
    return edges[::2], edges[1::2]


def _words(text: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[str]:
    """Give some words as strings; to decode them all at once is quicker."""
    words = [text[i:j] for i, j in zip(starts.tolist(), ends.tolist(), strict=True)]
    return b" ".join(words).decode().split(" ") if words else []


def _keys(
    text: bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Give the words' keys, uint64 (words, KEY/8), and which words are short enough to have one."""
    lengths = np.minimum(lengths, 255)
    keys = sliding_window_view(np.frombuffer(text, np.uint8), KEY)[starts]
    keys &= WORD_BYTES.take(lengths, axis=0)
    keys[:, -1] = lengths
    return keys.view(np.uint64), lengths < KEY


def _slots(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Hash keys to rows of the table: the upper bits of products with an odd number."""
    odd = np.uint64(0x9E3779B97F4A7C15)
    mixed = keys[:, 0] * odd
    for i in range(1, keys.shape[1]):
        mixed ^= keys[:, i]
        mixed *= odd
    return (mixed >> np.uint64(64 - SLOTS.bit_length() + 1)).view(np.int64)
