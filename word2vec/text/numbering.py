"""Number the words of a text, a block at a time, in the order in which they first occur.

NumPy splits text files, without a Python object per word, and finds most words in a table (`word2vec.text.table`).
New words, and the few that have no room there, are looked up in a dict, which holds all words.
"""

import csv
import errno
import os
import re
import reprlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from numbers import Real
from typing import IO, Literal

import numpy as np

from .._types import Array, PathLike
from ..runtime.arguments import check_no_table, hidden_in, of_arrow, warn
from ..runtime.console import IN_PYTHON
from ..runtime.inputs import HEAD, MARK, Input
from ..runtime.memory import allocate, check_memory, keep_freed
from .reader import BLOCK, LINE_ENDS, blocks, decoded, with_plain_separators
from .table import KEY, Words, WordTable

Tokenize = Literal["split", "words"] | Callable[[str], Sequence[str]]
Part = tuple[Array, Array]
"""Numbers of successive words, int32 (n,), and for each sentence end among them how many precede it, int64 (s,)."""

BATCH = 1024  # token lists
LIMITED_BLOCK = 1 << 16  # bytes, on which depends when the words are too many, and so `Corpus.lost`
LONGEST_WORD, LONGEST_LINE = 1 << 26, 1 << 30  # bytes that a damaged or hostile file may fill the memory with
BYTES_A_WORD = 8  # on the disk while a text is encoded: its provisional number and its id
FIX = f"pass a shorter text; {IN_PYTHON}folder=... keeps it on disk"
# beginnings of text that is to be converted
MARKUP = re.compile(
    rb"\s*(<(!doctype|html|\?xml|mediawiki|\w+\s+[\w:]+=)|WEBVTT|(\d+\s+)?[\d:]+[,.]\d+ -->"
    rb'|[{\[]\s*([{\[]\s*)?"([^"\\]|\\.)*("\s*[],:}]|\Z))',  # no , follows in ["No," he said.]
    re.IGNORECASE,
)
TABLE = re.compile(r"\.([ct])sv(\.\w+)?$", re.IGNORECASE)
FRACTION = re.compile(rb"-?\d*\.\d+(e[-+]?\d+)?|-?\d+e[-+]?\d+", re.IGNORECASE)
NUMBER = re.compile(rb"[-+.\d]*\d")
LEAST = 20  # numbers in a row of vectors by which it is known without a first line that says how many there are
# a comma beside anything but letters, code, or letters of Thai, Japanese, Chinese, whose sentences have no blanks
SENTENCE = re.compile(r"(?<![^\W\d]),|,(?![^\W\d])|[(){}<>=;\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
SEPARATES = {
    "split": bytes(chr(i).isspace() for i in range(128)) + bytes(128),
    "words": bytes(not (chr(i).isalnum() or chr(i) == "_") for i in range(128)) + bytes(128),
}


class Numbering(dict[str, int]):
    """Word → number, in the order of first occurrence; looking up a new word numbers it.

    generation : how often the numbers were replaced by others
    limited : whether it is restarted when it holds many words, of which a block of text shall bring few
    """

    generation, limited = 0, False

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str) or not word:
            raise TypeError(f"{word!r} is not a word: expected a string that is not empty")
        number = self[word] = len(self)
        return number

    def take(self, words: Iterable[str]) -> Array:
        """Return the numbers of n words, int32 (n,)."""
        return np.fromiter(map(self.__getitem__, words), np.int32)

    def restart(self, words: Iterable[str]) -> None:
        """Forget all words and number these."""
        words = [*words]
        self.clear()
        self.update(zip(words, range(len(words)), strict=True))
        self.generation += 1


class PairStore:
    """Holds pairs of arrays in memory or in a temporary file: the parts of a text until they are renumbered.

    In memory each part's numbers lie in a memory map of their own, which the system gets back when the part is
    dropped: the text is never held twice while one array is filled with it.
    """

    def __init__(self, file: IO[bytes] | None, folder: PathLike | None = None) -> None:
        self._file, self._folder, self._parts = file, folder, deque[Part]()

    def append(self, part: Part) -> None:
        """Store a part; OSError, which names the folder of the file, if there is no room on the disk."""
        numbers, ends = part
        if self._file is not None:
            try:
                np.save(self._file, numbers)
                np.save(self._file, ends)
            except OSError as error:  # NumPy's has no number
                raise no_room(error, self._folder) from error
        else:
            what = "the next million words of the text"
            check_memory(2 * numbers.nbytes, what, FIX)
            copy = np.frombuffer(allocate(numbers.nbytes, what, FIX), np.int32, len(numbers))
            copy[:] = numbers
            self._parts.append((copy, ends))

    def parts(self) -> Iterator[Part]:
        """Yield the parts in order, once, and release them."""
        while self._parts:
            yield self._parts.popleft()
        if self._file is not None:
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                yield np.load(self._file), np.load(self._file)


def no_room(error: OSError, folder: PathLike | None) -> OSError:
    """Return the error that says what could not be stored in a folder, and why."""
    why = f"the text cannot be stored there while it is encoded ({error.strerror or error})"
    fix = f"it takes {BYTES_A_WORD} bytes a word; choose a folder with room on a sound disk"
    return OSError(error.errno or errno.ENOSPC, f"{why}: {fix}", os.fspath(folder or tempfile.gettempdir()))


def number_texts(
    files: Iterable[Input], tokenize: Tokenize, numbering: Numbering, *, warns: bool = True
) -> Iterator[Part]:
    """Number the words of files, one after the other; `word2vec.text.encode` describes it, and the errors."""
    table, generation, told = WordTable(), numbering.generation, set[str]()
    keep_freed(16 * BLOCK)  # the largest arrays of a block
    for file in files:
        line, ended = 1, True
        if warns:
            warn_of_form(file, tokenize, told)
        cut_after, longest = ((b"\n",), LONGEST_LINE) if callable(tokenize) else ((b" ", b"\n"), LONGEST_WORD)
        for piece in blocks(file, cut_after, LIMITED_BLOCK if numbering.limited else None, longest):
            # marks stand within a text where files were joined, as by `cat`; a byte is found faster
            block = piece.replace(MARK, b"") if MARK[:1] in piece else piece
            if b"\0" in block:
                line += block.count(b"\n", 0, block.index(b"\0"))
                fix = 'expected text; UTF-16 without byte order mark is read by encoding="utf-16-le"'
                fix += '; tr -d "\\0" removes such bytes'
                raise ValueError(f"{file.name}, line {line}: a NUL byte, as in files that are no text: {fix}")
            if callable(tokenize):
                text = LINE_ENDS.sub("\n", decoded(block, file.name, line)).removesuffix("\n")
                yield _number_batch(
                    [*map(tokenize, text.split("\n"))], numbering, f"{file.name}, tokenize: line", line
                )
            else:
                if numbering.generation != generation:
                    table, generation = WordTable(), numbering.generation
                plain = block if block.isascii() else with_plain_separators(block, tokenize, file.name, line)
                yield _number_block(plain, SEPARATES[tokenize], numbering, table)
            line, ended = line + block.count(b"\n"), callable(tokenize) or plain.endswith(b"\n")
        if not ended:
            yield np.empty(0, np.int32), np.zeros(1, np.int64)  # the last line need not end with \n


def warn_of_form(file: Input, tokenize: Tokenize, told: set[str]) -> None:
    """Warn of a file that is no plain text, of thousands of a kind of the first: `told` holds the kinds before it."""
    if callable(tokenize):  # which knows what it reads
        return
    if MARKUP.match(head := file.peek(HEAD)):
        what = f"begins with {head[:20].decode(errors='replace')!r}"
        why = "its tags, names, times or quotes count as words"
    elif separator := _separator(file, tokenize):
        texts = f"pandas.read_csv(path, sep={separator!r})['text'].fillna('').str.split()"
        fix = f"write its texts as a text file; {IN_PYTHON}pass {texts}"
        fix = f"{fix}, or read baskets by tokenize=lambda line: line.split({separator!r})"
        what, why = "is a table", f"its quotes, separators or other columns count as words; {fix}"
    elif _is_vectors(file.peek(HEAD)):
        what = "begins as a file of word vectors does, not a text"
        why = (
            f"its numbers count as words; the command `word2vec similar` reads it; {IN_PYTHON}WordVectors.load(path)"
        )
    else:
        return
    if why not in told:
        told.add(why)
        warn(f"{file.name} {what}: {why}")


def _is_vectors(head: bytes) -> bool:
    """Return whether a file begins as one of word vectors: each line holds a word and as many fractions.

    Where no first line says how many, they are at least `LEAST`, not all positive, and the first word is no number.
    """
    rows = [row for line in head.split(b"\n") if (row := line.split())]
    if not rows:
        return False
    counted = len(rows) > 1 and len(rows[0]) == 2 and all(map(bytes.isdigit, rows[0]))
    width = 1 + int(rows[0][1]) if counted else len(rows[0])
    rows = rows[counted:]
    cut = [rows.pop()[:-1]] if len(head) == HEAD else []
    numbers = [number for row in (*rows, *cut) for number in row[1:]]
    if not all(len(row) == width for row in rows) or not all(map(FRACTION.fullmatch, numbers)):
        return False
    if counted:
        return width > 2 and len(numbers) > 1
    return len(numbers) >= LEAST and any(n[:1] == b"-" for n in numbers) and not NUMBER.match((rows or cut)[0][0])


def _separator(file: Input, tokenize: str) -> str:
    """Return what separates the cells of a file that is a table by its name and first lines, "" for any other file.

    A table has the same number of columns in each line, or cells that white space does not cut.
    """
    head, found = file.peek(HEAD), TABLE.search(file.name)
    if not found:
        return "," if tokenize == "split" and _are_baskets(head) else ""
    # a comma before a blank is that of a sentence
    lines = re.sub("[,;] ", " ", head.decode(errors="replace")).splitlines()
    separator = "\t" if found[1] in "tT" else max(",;\t", key="".join(lines).count)
    rows = [*filter(None, csv.reader(lines, delimiter=separator))]
    widths = {*map(len, rows[:-1] if len(head) == HEAD else rows)}  # the last is cut
    columns = widths.pop() if len(widths) == 1 and len(rows) > 1 else 0
    uncut = re.compile((r'\t"' if separator == "\t" else rf"\S{separator}\S") + '|^".*"$')
    cells = sum(bool(uncut.search(line)) for line in lines) if tokenize == "split" else 0
    # two words a line are a text of pairs, such as the edges of a graph
    is_table = columns > 2 or (columns == 2 and b" " in head) or cells > len(lines) / 2
    return separator if is_table else ""


def _are_baskets(head: bytes) -> bool:
    """Return whether more than half of five lines or more have commas between letters only, and few blanks."""
    lines = [line for line in head.decode(errors="replace").splitlines() if line.strip()]
    cut = [line for line in lines if "," in line and not SENTENCE.search(line)]
    return len(lines) > 4 and sum(2 * line.count(",") >= line.count(" ") for line in cut) > len(lines) / 2


def number_lists(
    sentences: Iterable[Sequence[str]], numbering: Numbering, what: str = "sentence", first: int = 1
) -> Iterator[Part]:
    """Number the words of token lists, one per sentence, in one pass; raise TypeError for anything else.

    Messages name `what` they are, the first having the number `first`.
    """
    rest = iter(sentences)
    while batch := list(islice(rest, BATCH)):
        yield _number_batch(batch, numbering, what, first)
        first += len(batch)


def is_id_array(value: object) -> bool:
    """Return whether a value is an array of integers that can stand for one sentence or several."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.ndim in (1, 2)


def is_empty(value: object) -> bool:
    """Return whether a value is a sentence without words or integers, which does not show what the others hold."""
    return isinstance(value, list | tuple | np.ndarray) and getattr(value, "ndim", 1) > 0 and not len(value)


def number_ids(
    arrays: Iterable[Array], numbering: Numbering, what: str = "sentence", first: int = 1
) -> Iterator[Part]:
    """Number the integers of arrays, each a sentence (n,) or several (s, n), by their decimal digits.

    Negative integers, and those that a masked array hides, are left out. Raises TypeError, with `what` and `first` as
    above, if one is neither of integers nor empty.
    """
    rest = iter(arrays)
    while batch := list(islice(rest, BATCH)):
        for i, array in enumerate(batch, first):
            if not is_id_array(array) and not is_empty(array):
                shown = f"{reprlib.repr(array)} ({type(array).__name__})"
                raise TypeError(f"{what} {i} is {shown}: expected an integer array, as the first one is")
        first += len(batch)
        hidden = [hidden_in(array) for array in batch]
        batch = [np.asarray(array) if is_id_array(array) else np.zeros(0, np.int64) for array in batch]
        flat = np.concatenate([array.ravel() for array in batch])
        if flat.dtype.kind == "f":  # int64 and uint64 together, whose common type is not exact
            flat = np.concatenate([array.ravel() for array in batch], dtype=object)
        lengths = np.repeat([array.shape[-1] for array in batch], [len(np.atleast_2d(array)) for array in batch])
        kept = np.asarray(flat >= 0, bool)
        if any(mask is not None for mask in hidden):
            masks = zip(hidden, batch, strict=True)
            kept &= ~np.concatenate([np.zeros(a.size, bool) if mask is None else mask.ravel() for mask, a in masks])
        before = np.concatenate([[0], np.cumsum(kept)])  # (len(flat) + 1,): integers kept before each place
        kinds, inverse = np.unique(flat[kept], return_inverse=True)
        yield numbering.take(map(str, kinds.tolist()))[inverse], before[np.cumsum(lengths)]


def check_lists(batch: list[Sequence[str]], what: str = "sentence", first: int = 1) -> bool:
    """Return whether all token lists are lists or tuples; raise TypeError if one can be none.

    Messages name `what` they are, the first having the number `first`.
    """
    plain = {*map(type, batch)} <= {list, tuple}
    if not plain:
        for i, sentence in enumerate(batch, first):
            check_no_table(sentence, f"{what} {i} is")
            # the items of a string are letters, a set has no order, and a dict's values would be ignored
            is_other = isinstance(sentence, str | bytes | Set | Mapping)
            if is_other or not isinstance(sentence, Iterable) or getattr(sentence, "ndim", 1) == 0:
                shown = f"{reprlib.repr(sentence)} ({type(sentence).__name__})"
                fix = "pass lists of strings, such as [line.split() for line in lines]"
                fix += ", or files as pathlib.Path" * (what == "sentence")  # a text's, not a document
                missing = "[] for a missing text, of pandas by .fillna('') before .str.split()"
                fix += f"; {missing}, integer arrays for sentences of numbers" * (not is_other)
                raise TypeError(f"{what} {i} is {shown}: expected a list of words; {fix}")
    return plain


def _number_batch(batch: list[Sequence[str]], numbering: Numbering, what: str, first: int) -> Part:
    if not check_lists(batch, what, first):
        batch = [*map(list, batch)]
    ends = np.fromiter(map(len, batch), np.int64, len(batch)).cumsum()
    try:
        return numbering.take(chain.from_iterable(batch)), ends
    except TypeError:
        for i, sentence in enumerate(batch, first):
            for word in sentence:
                if not isinstance(word, str) or not word:
                    shown = f"{reprlib.repr(word)} ({type(word).__name__})"
                    fix = of_arrow(word)
                    if isinstance(word, Real) and word % 1 == 0:  # neither a fraction nor NaN
                        fix = "; pass numbers as integer arrays: [np.asarray(each, int) for each in lists]"
                    if isinstance(word, list | tuple):
                        fix = "; of pairs with a label or tag pass the words, of paragraphs each sentence"
                    expected = f"expected only strings, none of them empty{fix}"
                    raise TypeError(f"{what} {i} holds {shown}: {expected}") from None
        raise


def _number_block(block: bytes, separates: bytes, numbering: Numbering, table: WordTable) -> Part:
    text = b" " + block + b" " * KEY  # each word lies between two separators, and the bytes of a whole key exist
    between = np.frombuffer(text.translate(separates), np.bool_)
    # (k + 1,): around k words, or nothing
    edges = np.flatnonzero(between[: len(block) + 2 - int(between[len(block)])])
    starts = edges[:-1] + 1
    lengths = edges[1:] - starts
    ends = np.flatnonzero(np.frombuffer(text, np.uint8).take(edges) == ord("\n"))
    if not lengths.all():
        full = np.flatnonzero(lengths)
        starts, lengths, ends = starts.take(full), lengths.take(full), full.searchsorted(ends)
    words = Words(text, starts, lengths)
    numbers = table.find(words)
    if len(unknown := np.flatnonzero(numbers < 0)):
        numbers[unknown] = table.learn(words.take(unknown), numbering.take)
    return numbers, ends
