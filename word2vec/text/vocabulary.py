"""Text → tokens → vocabulary → the text in the vocabulary's ids.

Words get provisional numbers as they are met (`word2vec.text.numbering`); when all have been counted, the vocabulary
is chosen and the numbers are replaced by its ids, about a million words at a time. With a folder, only the different
words are held in memory, however long the text is.
"""

import errno
import os
import warnings
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike

from .._types import Array, PathLike
from ..runtime.arguments import check_type, check_whole
from ..runtime.console import IN_PYTHON
from ..runtime.files import check_writable
from ..runtime.inputs import check_encoding, inputs, is_open_file
from ..runtime.memory import allocate, check_memory
from .corpus import VOCABULARY, Corpus, load_corpus, save_corpus, write_corpus
from .numbering import Numbering, Part, Tokenize, is_id_array, number_ids, number_lists, number_texts

MIN_COUNT = 5
"""Words that occur less often are left out of a vocabulary, unless `min_count` is given."""
BYTES_A_WORD = 8  # on the disk while a text is encoded: its provisional number and its id
CHUNK = 1 << 20  # words or sentences processed at a time
FIX = "pass folder=... to keep the text on disk, or pass a shorter text"


@dataclass(frozen=True)
class VocabularyOptions:
    """How words are found and which are kept, beside `min_count`.

    Attributes
    ----------
    max_size : largest size of the vocabulary, whose most frequent words are kept; None for no limit
    keep_words : words that are kept however rare they are, if they occur, beside those of `max_size` too
    keep : function (word, count) that decides about the others: True keeps a word, False leaves it out, with None
        `min_count` decides; gensim's `trim_rule`
    lowercase : convert each word to lower case (`str.lower`) after the text has been split
    tokenize : for a file: "split" at white space (as `str.split` does), "words" (runs of letters, digits and
        underscores, with the vowel signs, accents and joiners that belong to them), or a function from a line to the
        list of its words
    encoding : of a file that is not UTF-8, such as "latin-1" or "utf-16"

    Examples
    --------
    >>> from word2vec.text import VocabularyOptions, encode
    >>> options = VocabularyOptions(lowercase=True, keep=lambda word, count: False if word == "the" else None)
    >>> encode([["The", "tea"], ["the", "TEA"]], min_count=1, **vars(options)).words
    ['tea']
    """

    max_size: int | None = None
    keep_words: Collection[str] = ()
    keep: Callable[[str, int], bool | None] | None = None
    lowercase: bool = False
    tokenize: Tokenize = "split"
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.max_size is not None:
            check_whole("max_size", self.max_size)
        words = self.keep_words
        if isinstance(words, str | bytes | Mapping) or not isinstance(words, Iterable):
            raise TypeError(f"keep_words is {words!r:.60}: expected a list of words")
        object.__setattr__(self, "keep_words", tuple(words))  # a generator can be read once
        if not all(isinstance(word, str) for word in self.keep_words):
            raise TypeError(f"keep_words is {self.keep_words!r:.60}: expected a list of words")
        if self.keep is not None and not callable(self.keep):
            raise TypeError(f"keep is {self.keep!r:.60}: expected a function (word, count), or None")
        check_type("lowercase", self.lowercase, bool)
        if not callable(self.tokenize) and self.tokenize not in ("split", "words"):
            expected = "expected 'split', 'words' or a function from a line to its words"
            raise ValueError(f"tokenize is {self.tokenize!r}: {expected}")
        if self.encoding is not None:
            check_encoding(self.encoding)


class NoWords(ValueError):
    """A source without any word.

    Examples
    --------
    >>> from word2vec.text import NoWords, encode
    >>> try:
    ...     encode([])
    ... except NoWords as error:
    ...     print(str(error).split(":")[0])
    the list holds no word
    """


def encode(
    source: Any,
    *,
    min_count: int = MIN_COUNT,
    max_size: int | None = VocabularyOptions.max_size,
    keep_words: Collection[str] = VocabularyOptions.keep_words,
    keep: Callable[[str, int], bool | None] | None = VocabularyOptions.keep,
    lowercase: bool = VocabularyOptions.lowercase,
    tokenize: Tokenize = VocabularyOptions.tokenize,
    encoding: str | None = VocabularyOptions.encoding,
    folder: PathLike | None = None,
    weights: ArrayLike | None = None,
) -> Corpus:
    """Read a text, count its words, choose the vocabulary and return the text in its ids.

    Parameters
    ----------
    source : what to read, once
        The path of a UTF-8 text file with one sentence or paragraph per line, "-" for standard input, an open file, a
        folder of files, or an iterable of `pathlib.Path`: see `word2vec.runtime.inputs.inputs` for their order, and
        for what is unpacked. Lines end with \\n, \\r\\n, \\r, U+2028 or U+2029, a sentence also with its file; lines
        may have any length. Or an iterable of lists of words, or an object whose method `sentences()` returns one,
        as StanfordSentiment's does. Or numbers of items or nodes: a matrix of integers whose rows are sentences, or
        an iterable of integer arrays, each a sentence (one dimension) or several (two); negative numbers are
        padding; the words are the numbers in decimal digits. Or a Corpus, which is returned as it is, or with other
        weights.
    min_count : words that occur less often are left out
    max_size, keep_words, keep, lowercase, tokenize, encoding : see `VocabularyOptions`
    folder : where to store the corpus instead of in memory; it is opened from there (`load_corpus`)
    weights : a number of 0 or more for each sentence of the source, empty ones included: what its words count in
        training, as if it stood there so often; the vocabulary, its counts and what depends on them stay as they are

    Warns (UserWarning) of `keep_words` that do not occur. Raises TypeError, ValueError if the source is none of
    these, holds something other than words, is empty or not UTF-8, if no word occurs often enough, or if an option
    makes no sense; OSError if a file cannot be read, or the folder cannot be written. For a corpus that was there see
    `save_corpus`; MemoryError if the ids do not fit into memory; with a folder they need not.

    Examples
    --------
    >>> from word2vec.text import encode
    >>> corpus = encode([["tea", "or", "coffee"], ["tea", "please"]], min_count=1)
    >>> corpus.words, corpus.ids
    (['tea', 'coffee', 'or', 'please'], array([0, 2, 1, 0, 3], dtype=int32))
    """
    if isinstance(source, Corpus):
        if weights is not None:
            full = np.ones(len(source.ends) + len(source.empty), bool)
            full[source.empty] = False
            source = replace(source, **_of_sentences(full, _checked_weights(weights)))
        if folder is None:
            return source  # type: ignore[no-any-return]
        save_corpus(source, folder)
        return load_corpus(folder)
    check_whole("min_count", min_count)
    weights = _checked_weights(weights)
    options = VocabularyOptions(max_size, keep_words, keep, lowercase, tokenize, encoding)
    numbering = Numbering()
    if folder is not None:
        check_writable(folder)
    parts = _numbered(source, options, numbering)
    with ExitStack() as stack:
        # without a buffer, which could not be written when the file is closed on a full disk either
        file = None if folder is None else stack.enter_context(TemporaryFile(buffering=0, dir=folder))
        held = NumberedText(file, folder)
        all_counts = _count(parts, numbering, held)
        if not numbering:
            raise NoWords(_no_words(source))
        return choose_vocabulary(held.parts(), numbering, all_counts, min_count, options, folder, weights)


def choose_vocabulary(
    parts: Iterable[Part],
    numbering: Numbering,
    all_counts: Array,
    min_count: int,
    options: VocabularyOptions = VocabularyOptions(),
    folder: PathLike | None = None,
    weights: Any = None,
) -> Corpus:
    """Return the corpus of a numbered text whose words occur `all_counts` times, in a folder or in memory."""
    words, counts, ids = _choose(numbering, all_counts, min_count, options)
    there: list[Array] = []  # of each sentence, whether it has words
    raw_words, text = int(all_counts.sum()), _renumbered(parts, ids, there)
    if folder is None:
        return replace(_in_memory(words, counts, text, raw_words), **_of_sentences(np.concatenate(there), weights))
    write_corpus(words, counts, text, raw_words, folder, lambda: _of_sentences(np.concatenate(there), weights))
    return load_corpus(folder)


def _checked_weights(weights: ArrayLike | None) -> Array | None:
    if weights is None:
        return None
    found = np.asarray(weights)
    if found.ndim != 1 or found.dtype.kind not in "fiub":
        raise TypeError(f"weights is {weights!r:.60}: expected a number for each sentence")
    found = found.astype(np.float64)
    if not (np.isfinite(found) & (found >= 0)).all() or not found.any():
        raise ValueError(f"weights is {weights!r:.60}: expected finite numbers of 0 or more, not all 0")
    return found


def _of_sentences(full: Array, weights: Array | None) -> dict[str, Any]:
    """Return the arrays of a corpus that say which sentences are empty, not full, and what the others weigh."""
    found = {"empty": np.flatnonzero(~full)}
    if weights is None:
        return found
    if len(weights) != len(full):
        raise ValueError(f"there are {len(weights):,} weights, {len(full):,} sentences: expected one for each")
    return found | {"weights": weights[full]}


def _numbered(source: Any, options: VocabularyOptions, numbering: Numbering) -> Iterator[Part]:
    files = _files(source)
    if files is None:
        if callable(getattr(source, "sentences", None)):
            source = source.sentences()
        is_point = getattr(source, "ndim", 1) == 0  # an array that holds a single number
        if isinstance(source, bytes | bytearray | Mapping | Set) or is_point or not isinstance(source, Iterable):
            raise TypeError(
                f"cannot read a text from {type(source).__name__}: expected the path of a text file, "
                "or lists of words such as [['a', 'sentence'], ['another', 'one']]"
            )
        rest = iter(source)
        first = list(islice(rest, 1))
        source = chain(first, rest)
        path = first[0] if first else None
        is_file = isinstance(path, os.PathLike) or is_open_file(path) or (isinstance(path, str) and path == "-")
        files = [*map(_files, source)] if is_file else None
    if files is not None:
        return number_texts(inputs(files, options.encoding), options.tokenize, numbering)
    for name in ("tokenize", "encoding"):
        if (value := getattr(options, name)) != getattr(VocabularyOptions, name):
            why = "is for text files; lists of words are taken as they are: leave it out"
            raise ValueError(f"{name}={value!r} {why}")
    if is_id_array(first[0] if first else None):
        return number_ids(source, numbering)
    return number_lists(source, numbering)


def _files(source: Any) -> Any:
    """Return the file or files that a path or an open file is; None for anything else."""
    if not isinstance(source, str | os.PathLike):
        return source if is_open_file(source) else None
    if os.path.isdir(source):
        if os.path.exists(os.path.join(source, VOCABULARY)):
            raise IsADirectoryError(f"{source} is an encoded corpus: open it by load_corpus, and pass that")
    elif source != "-" and not os.path.exists(source):
        name = str(source) if len(str(source)) <= 200 else f"{str(source)[:200]}…"
        raise FileNotFoundError(
            f"there is no file {name!r}: expected the path of a text file; "
            f"{IN_PYTHON}for a text in memory pass lists of words: [line.split() for line in text.splitlines()]"
        )
    return source


def _no_words(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        return f"{'standard input' if source == '-' else source} holds no word: expected a text"
    if isinstance(source, list) and any(isinstance(each, os.PathLike) for each in source):
        return f"{', '.join(map(str, source))}: none of these files holds a word: expected a text"
    kind = type(source).__name__
    if isinstance(source, Iterator) or is_open_file(source):
        return f"the {kind} yielded no word: it was empty, or has been read before; pass a new one, or a list"
    return f"the {kind} holds no word: expected lists of words"


class NumberedText:
    """Holds the numbered text between counting and renumbering, in memory or in a temporary file.

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
    return OSError(error.errno or errno.ENOSPC, f"{why}: {fix}", os.fspath(folder or ""))


def joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Join small parts to parts of at least CHUNK words or sentences."""
    numbers: list[Array] = []
    ends: list[Array] = []
    n = size = 0
    for more, stops in parts:
        numbers.append(more)
        ends.append(stops + n)
        n += len(more)
        size += len(more) + len(stops)
        if size >= CHUNK:
            yield np.concatenate(numbers), np.concatenate(ends)
            numbers, ends, n, size = [], [], 0, 0
    if size:
        yield np.concatenate(numbers), np.concatenate(ends)


def _count(parts: Iterable[Part], numbering: Numbering, held: NumberedText) -> Array:
    counts = np.zeros(0, np.int64)
    for part in joined(parts):
        more = np.bincount(part[0], minlength=len(numbering))
        more[: len(counts)] += counts
        counts = more
        held.append(part)
    return counts


def _choose(
    numbering: Numbering, counts: Array, min_count: int, options: VocabularyOptions
) -> tuple[list[str], Array, Array]:
    """Choose the vocabulary: return its words, their counts, and the id of each provisional number, or -1."""
    merged = np.arange(len(numbering), dtype=np.int32)
    if options.lowercase:
        lowered = Numbering()
        merged = lowered.take(map(str.lower, numbering), len(numbering))
        counts = np.bincount(merged, weights=counts).astype(np.int64)
        numbering = lowered
    words = [str(word) for word in numbering]  # np.str_ → str
    forced = _forced(words, options)
    enough = forced | (counts >= min_count)
    if options.keep is not None:
        for i in np.flatnonzero(~forced).tolist():
            answer = options.keep(words[i], int(counts[i]))
            if not isinstance(answer, bool | np.bool_ | None):
                raise TypeError(f"keep({words[i]!r}, {counts[i]}) is {answer!r}: expected True, False or None")
            enough[i] = enough[i] if answer is None else answer
    kept = np.flatnonzero(enough)
    if not len(kept):
        top, V = int(counts.argmax()), len(words)
        rule, fix = (" and is kept by keep", ", or change keep") if options.keep else ("", "")
        read = f"of {counts.sum():,} words read, {V:,} are different"
        often = f"the most frequent, {words[top]!r}, occurs {counts[top]:,} times"
        fix = f"lower min_count, or pass more text{fix}"
        raise ValueError(f"no word occurs min_count={min_count} times{rule}: {read}, and {often}; {fix}")
    by_word = np.array(sorted(kept.tolist(), key=words.__getitem__))
    order = by_word[np.argsort(-counts[by_word], kind="stable")]  # stable: ties stay by word
    if options.max_size is not None:
        order = order[forced[order] | (np.cumsum(~forced[order]) <= options.max_size - forced.sum())]
    ids = np.full(len(words), -1, np.int32)
    ids[order] = np.arange(len(order))
    return [words[i] for i in order.tolist()], counts[order], ids[merged]


def _forced(words: list[str], options: VocabularyOptions) -> Array:
    """Return which words are among `keep_words`, (V,); warn of those that do not occur."""
    wanted = {word.lower() if options.lowercase else word for word in options.keep_words}
    if missing := sorted(wanted.difference(words)):
        shown = ", ".join(map(repr, missing[:5])) + ", …" * (len(missing) > 5)
        warnings.warn(f"{len(missing)} of keep_words do not occur, so they cannot be learned: {shown}", stacklevel=2)
    return np.array([word in wanted for word in words], bool) if wanted else np.zeros(len(words), bool)


def _renumbered(parts: Iterable[Part], ids: Array, there: list[Array]) -> Iterator[Part]:
    """Replace numbers by ids, drop words without one and empty sentences; ends count from the text's beginning.

    Which sentences are not empty is appended to `there`, as arrays of bool.
    """
    n = last = 0
    for numbers, stops in parts:
        found = ids.take(numbers)
        kept = found >= 0
        before = np.concatenate([[n], n + np.cumsum(kept)])  # (len(found) + 1,): words kept before each place
        ends = before[stops]
        there.append(np.diff(ends, prepend=last) > 0)
        ends = ends[there[-1]]
        n, last = int(before[-1]), int(ends.max(initial=last))
        yield found[kept], ends


def _in_memory(words: list[str], counts: Array, text: Iterable[Part], raw_words: int) -> Corpus:
    total = int(counts.sum())
    check_memory(4 * total, f"the text of {total:,} words", FIX)
    ids, n = np.empty(total, np.int32), 0
    ends: list[Array] = []
    for found, stops in text:
        ids[n : n + len(found)] = found
        ends.append(stops)
        n += len(found)
    return Corpus(words, counts, ids, np.concatenate(ends), raw_words)
