"""A source in parts that are read independently of one another, on this machine or on others.

All functions are pure, and what they take and return can be pickled:

    parts = partitions(source, options)
    counts = merge_counts([count_words(part, options) for part in parts], options)
    if counts.too_low:  # more words were met than may be held: now those that are left are counted exactly
        counts = merge_counts([count_words(part, options, only=counts) for part in parts], options)
    vocabulary = choose(counts, min_count, options)
    corpus = corpus_of((encode_partition(part, vocabulary, options) for part in parts), vocabulary)

That is `encode_in_parts`, whose `run` may be any map over parts, and the corpus is that of `encode`, bit for bit. A
Corpus is encoded already, so that nothing is counted: its vocabulary is `Vocabulary.of`.
"""

from __future__ import annotations

import io
import mmap
import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from functools import cached_property, partial
from itertools import pairwise
from typing import IO, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._types import Array, PathLike
from ..runtime.arguments import check_type, check_whole
from ..runtime.files import check_writable, stamp
from ..runtime.inputs import Input, inputs, is_open_file, source_name
from .corpus import FACTS, Corpus, CorpusError
from .counts import Counts, Tally, reduced
from .numbering import Numbering, Part, check_lists, number_ids, number_lists, number_texts, warn_of_form
from .reader import blocks
from .sources import NoWords, Reading, check_reading, number_items, resolved, without_corpus
from .vocabulary import (
    EmptySentences,
    VocabularyOptions,
    absent,
    build_corpus,
    check_unchosen,
    checked_weights,
    choose_words,
    grouped,
    joined,
    kept_words,
    least_count,
    renumbered,
    spare_file,
)

USUAL = VocabularyOptions()
SIZE = 64 << 20
BYTES_A_WORD = 64  # of a token list in memory, about
LOOK = 1 << 16  # bytes of a line read at a time to find its end
AGAIN = "expected the files that were listed, unchanged until the end, on every machine that reads them; start again"


@dataclass(frozen=True)
class Partition:
    """A part of a source.

    Attributes
    ----------
    name : for messages: the file, and its bytes if it is a part of one
    payload : what is read. Of a collection of Dask it is the delayed partition, or (`dataclasses.replace`) its value:
        a list or a column

    Examples
    --------
    >>> from word2vec.text.partitions import partitions
    >>> [part.name for part in partitions([["tea"]] * 3, size=256)]
    ['sentences 1 to 2', 'sentences 3 to 3']
    """

    name: str
    payload: Any


@dataclass(frozen=True)
class Block:
    """Bytes `begin` to `end` of a file; end None: all of it, which may be packed. stamp: its size and time."""

    path: str
    begin: int
    end: int | None
    stamp: tuple[int, ...]


@dataclass(frozen=True)
class Items:
    """Sentences in memory, from number `first` on: token lists, or integer arrays."""

    items: list[Any]
    first: int
    ids: bool


@dataclass(frozen=True)
class Mapped:
    """A piece of an array in a file, which whoever reads it opens: n numbers from byte `begin` on, minus `less`."""

    path: str
    dtype: str
    begin: int
    n: int
    less: int
    stamp: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Encoded:
    """A partition in the ids of a vocabulary, as `Corpus` describes them; all numbers count from its beginning.

    As the payload of a part of a Corpus in a folder, its arrays are `Mapped`.

    Examples
    --------
    >>> from word2vec.text.partitions import choose, count_words, encode_partition, partitions
    >>> [part] = partitions([["tea", "or", "tea"], [], ["or"]])
    >>> encode_partition(part, choose(count_words(part), min_count=2))
    Encoded(ids=array([1, 0, 1, 0], dtype=int32), ends=array([3, 4]), raw_words=4, empty=array([1]), weights=None)
    """

    ids: NDArray[np.int32]
    ends: NDArray[np.int64]
    raw_words: int
    empty: NDArray[np.int64]
    weights: Array | None = None

    @property
    def sentences(self) -> int:
        """How many there are, with empty ones."""
        return len(self.ends) + len(self.empty)


class Known(Numbering):
    """Numbers of known words, which stay; all others have the one behind the last."""

    def __init__(self, words: Iterable[str], *, lowercase: bool) -> None:
        super().__init__((word, i) for i, word in enumerate(words))
        self._lowercase = lowercase

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str) or not word:
            return super().__missing__(word)  # which raises
        return self.get(word.lower(), len(self)) if self._lowercase else len(self)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that are kept, the most frequent first; ties go to the smaller string.

    Attributes
    ----------
    words : V words; counts : int64 (V,)
    raw_words, sentences : of the whole text
    lost, min_count, absent : see `Corpus`; lowercase : whether a text's words are looked up in lower case

    Examples
    --------
    >>> from word2vec.text import encode
    >>> from word2vec.text.partitions import Vocabulary
    >>> Vocabulary.of(encode([["tea", "or", "tea"]], min_count=1)).words
    ['tea', 'or']
    """

    words: list[str]
    counts: NDArray[np.int64]
    raw_words: int
    sentences: int
    lost: int = 0
    lowercase: bool = False
    min_count: int = 0
    absent: Collection[str] = ()

    @classmethod
    def of(cls, corpus: Corpus) -> Vocabulary:
        """Return the vocabulary of a corpus."""
        sentences = len(corpus.ends) + len(corpus.empty)
        facts = {name: getattr(corpus, name) for name in FACTS}
        return cls(corpus.words, corpus.counts, corpus.raw_words, sentences, **facts)

    @cached_property
    def numbering(self) -> Known:
        """Word → id, made once in each process."""
        return Known(self.words, lowercase=self.lowercase)

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def partitions(source: Any, options: VocabularyOptions = USUAL, *, size: int = SIZE) -> list[Partition]:
    r"""Cut a source into parts, without reading files through.

    Parameters
    ----------
    source : what `encode` reads
        A large plain text in UTF-8 is cut behind \n; a file that is packed, or of another encoding, stays whole. Of a
        Corpus in a folder, parts refer to the folder's files. What can be read only once (standard input, a pipe, an
        open file, a generator) is read now and held in memory.
    options : VocabularyOptions
    size : bytes of a file in a part, at least, up to the next line end; of token lists size / 64 words, of a Corpus
        size / 4

    Raises what `encode` raises for what is no source. What cannot be read is reported when a part is read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.text.partitions import partitions
    >>> _ = Path("lines.txt").write_text("green tea\nblack tea\n" * 2)
    >>> [part.name for part in partitions("lines.txt", size=20)]
    ['lines.txt (bytes 0 to 20)', 'lines.txt (bytes 20 to 40)']
    """
    check_type("options", options, VocabularyOptions)
    size = check_whole("size", size)
    if isinstance(source, Corpus):
        return [*_of_corpus(source, max(1, size // 4))]
    kind, items = resolved(source)
    if kind == "files":
        told = set[str]()
        return [part for file in items for part in _of_file(file, options, size, told)]
    if kind == "dask":
        return [Partition(f"{type(source).__name__}, partition {i}", each) for i, each in enumerate(items)]
    check_reading(Reading(options.tokenize, options.encoding))
    return [*_of_items(items, max(1, size // BYTES_A_WORD), ids=kind == "ids")]


def _of_items(items: Iterable[Any], words: int, *, ids: bool) -> Iterator[Partition]:
    def size(item: Any) -> int:
        return 1 + (np.size(item) if ids else len(item) if hasattr(item, "__len__") else 0)

    first = 1
    lasting = (list(item) if isinstance(item, Iterator) else item for item in items)  # those can be read once
    for held in grouped(lasting, size, words):
        last = first + len(held) - 1
        if not ids:  # here, not in a worker, whose tracebacks are printed
            check_lists(held, first=first)
        yield Partition(f"sentences {first:,} to {last:,}", Items(held, first, ids))
        first = last + 1


def _of_file(file: Any, options: VocabularyOptions, size: int, told: set[str]) -> Iterator[Partition]:
    is_path = not is_open_file(file) and file != "-"
    if is_path and stat.S_ISREG((status := os.stat(file)).st_mode):
        path, found = os.fspath(file), stamp(status)[2:]
        if not _is_plain(path, options, told) or status.st_size <= size:
            yield Partition(path, Block(path, 0, None, found))
        else:
            for begin, end in pairwise(_cuts(path, status.st_size, size)):
                yield Partition(f"{path} (bytes {begin:,} to {end:,})", Block(path, begin, end, found))
    else:
        for text in inputs(file, options.encoding):
            warn_of_form(text, options.tokenize, told)
            pieces = blocks(text, (b"\n",), size, line_ends=False)  # a pipe yields small ones
            for number, held in enumerate(grouped(pieces, len, size), 1):
                yield Partition(f"{source_name(text)}, block {number}", b"".join(held))


def _is_plain(path: str, options: VocabularyOptions, told: set[str]) -> bool:
    """Return whether a file is text in UTF-8 that is not packed; warn here, not where it is read, of another form."""
    try:
        with closing(cast(Any, inputs([path], options.encoding))) as found:
            file = next(found)
            warn_of_form(file, options.tokenize, told)
            return not file.packed
    except (OSError, ValueError, StopIteration):  # reported when it is read
        return False


def _cuts(path: str, total: int, size: int) -> Iterator[int]:
    """Yield where the parts of a file begin, and its end: behind line ends, each at least `size` after the last."""
    last = 0
    with open(path, "rb") as file:
        while last < total:
            yield last
            file.seek(last + size - 1)
            while (piece := file.readline(LOOK)) and not piece.endswith(b"\n"):
                pass
            last = file.tell() if piece else total
    yield total


def _of_corpus(corpus: Corpus, words: int) -> Iterator[Partition]:
    corpus.check()
    n, S, empty = len(corpus.ids), len(corpus.ends), corpus.empty
    marks = np.searchsorted(corpus.ends, np.arange(words, n, words)) + 1  # sentences before each cut
    before = 0
    for first, last in pairwise(np.unique([0, *marks, S]).tolist()):
        begin, end = (int(corpus.ends[place - 1]) if place else 0 for place in (first, last))
        # of the empty sentences, those that fewer than `last` others precede
        until = len(empty) if last == S else bisect_left(range(len(empty)), last, key=lambda i: empty[i] - i)
        more = corpus.raw_words - n if first == 0 else 0  # it is not known where the words without an id stood
        encoded = Encoded(
            _reference(corpus.ids, begin, end),
            _reference(corpus.ends, first, last, begin),
            end - begin + more,
            _reference(empty, before, until, first + before),
            None if corpus.weights is None else _reference(corpus.weights, first, last),
        )
        yield Partition(f"the corpus's words {begin:,} to {end:,}", encoded)
        before = until


def _reference(array: Array, begin: int, end: int, less: int = 0) -> Any:
    """Return a piece of an array minus a number, by reference if it is mapped from a file."""
    if not (isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap) and array.filename):
        return array[begin:end] - less
    path, place = os.fspath(array.filename), array.offset + begin * array.itemsize
    return Mapped(path, array.dtype.str, place, end - begin, less, stamp(os.stat(path))[2:])


def _read(array: Any) -> Any:
    """Return a mapped array, read; anything else as it is."""
    if not isinstance(array, Mapped):
        return array
    with _unchanged(array.path, array.path, array.stamp) as file:
        return np.fromfile(file, array.dtype, array.n, offset=array.begin) - array.less


@contextmanager
def _unchanged(path: str, name: str, expected: tuple[int, ...]) -> Iterator[IO[bytes]]:
    """Open a file, which must be the one that was listed, before it is read and afterwards."""

    def check() -> None:
        if (now := stamp(os.fstat(file.fileno()))[2:]) != expected:
            sizes = f"{expected[0]:,} bytes, now {now[0]:,}"
            raise OSError(f"{name} was changed since it was listed ({sizes}): {AGAIN}")

    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise OSError(error.errno, f"{name} cannot be read ({error.strerror}): {AGAIN}", path) from None
    with file:
        check()
        yield cast(IO[bytes], file)
        check()


class _Until:
    """The next bytes of a file, up to a number."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file, self._left = file, left

    def read(self, size: int) -> bytes:
        part = self._file.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(part)
        return part


def _numbered(part: Partition, options: VocabularyOptions, numbering: Numbering) -> Iterator[Part]:
    """Number the words of a partition."""
    payload, how = part.payload, Reading(options.tokenize, options.encoding)
    if isinstance(payload, Block):
        yield from _numbered_block(payload, part.name, how, numbering)
    elif isinstance(payload, bytes):
        yield from number_texts([Input(io.BytesIO(payload), part.name)], how.tokenize, numbering, warns=False)
    elif isinstance(payload, Items):
        yield from (number_ids if payload.ids else number_lists)(payload.items, numbering, first=payload.first)
    elif isinstance(payload, Encoded):
        raise TypeError(f"{part.name} are encoded already: use the corpus's vocabulary, Vocabulary.of(corpus)")
    else:
        items = payload.compute() if callable(getattr(payload, "compute", None)) else payload
        yield from number_items(items, how, numbering, part.name)


def _numbered_block(block: Block, name: str, how: Reading, numbering: Numbering) -> Iterator[Part]:
    with _unchanged(block.path, name, block.stamp) as file:
        files: Iterable[Input]
        if block.end is None:
            files = inputs([block.path], how.encoding)
        else:
            file.seek(block.begin)
            text = Input(_Until(file, block.end - block.begin), name)
            files = [text] if block.begin else inputs(text)  # where a byte order mark may be
        yield from number_texts(files, how.tokenize, numbering, warns=False)


def count_words(part: Partition, options: VocabularyOptions = USUAL, *, only: Counts | None = None) -> Counts:
    """Count the words of a partition, holding at most `options.max_types`; `only` are the words to count, exactly.

    Raises what `encode` raises for what it cannot read; OSError if a file was changed since `partitions`. Messages
    name the file and the bytes; lines are counted from there.

    Examples
    --------
    >>> from word2vec.text.partitions import count_words, partitions
    >>> parts = partitions([["tea", "or", "coffee"], ["tea"]], size=128)
    >>> [count_words(part).words for part in parts]
    [{'tea': 1, 'or': 1, 'coffee': 1}, {'tea': 1}]
    """
    check_type("part", part, Partition, "one of partitions(source)")
    if only is None:
        numbering = Numbering()
        tally = Tally(numbering, options.max_types, kept_words(options), lowercase=options.lowercase)
        for each in joined(_numbered(part, options, numbering), tally.full):
            tally.add(each)
        return tally.summary()
    known, raw_words, sentences = Known(only.words, lowercase=options.lowercase), 0, 0
    counts = np.zeros(len(known) + 1, np.int64)
    for numbers, ends in joined(_numbered(part, options, known)):
        counts += np.bincount(numbers, minlength=len(counts))
        raw_words, sentences = raw_words + len(numbers), sentences + len(ends)
    words = {word: count for word, count in zip(known, counts.tolist(), strict=False) if count}
    return Counts(words, raw_words, sentences, 0, only.lost)


def merge_counts(parts: Iterable[Counts], options: VocabularyOptions = USUAL) -> Counts:
    """Add up counts. The result does not depend on their order.

    It does not depend on how they are grouped into several merges either, unless `options.max_types` is reached: then
    what is dropped does, and `too_low` and `lost` hold in any case. All words of these counts are held at once.

    Examples
    --------
    >>> from word2vec.text import VocabularyOptions
    >>> from word2vec.text.partitions import Counts, merge_counts
    >>> parts = [Counts({"tea": 2, "or": 1}, 3, 1), Counts({"tea": 1, "is": 1}, 2, 1)]
    >>> merge_counts(parts).words
    {'tea': 3, 'or': 1, 'is': 1}
    >>> merge_counts(parts, VocabularyOptions(max_types=2))
    Counts(words={'tea': 2}, raw_words=5, sentences=2, too_low=1, lost=1)
    """
    words: dict[str, int] = {}
    raw_words = sentences = too_low = lost = 0
    for part in parts:
        check_type("each of parts", part, Counts)
        for word, count in part.words.items():
            words[word] = words.get(word, 0) + count
        raw_words, sentences = raw_words + part.raw_words, sentences + part.sentences
        too_low, lost = too_low + part.too_low, max(lost, part.lost)
    keep = kept_words(options)
    if options.max_types is not None and len(words) > options.max_types + len(keep):
        names, counts = [*words], np.fromiter(words.values(), np.int64, len(words))
        stay, left, cut = reduced(counts, np.array([word in keep for word in names], bool), options.max_types)
        words = {names[i]: n for i, n in zip(stay.tolist(), left.tolist(), strict=True)}
        too_low += cut
    return Counts(words, raw_words, sentences, too_low, max(lost, too_low))


def choose(counts: Counts, min_count: int | None = None, options: VocabularyOptions = USUAL) -> Vocabulary:
    """Choose the vocabulary of a whole text from its counts, as `encode` does.

    Raises NoWords if there is no word, ValueError if none occurs often enough, or counts are too low; warns as
    `encode` does.

    Examples
    --------
    >>> from word2vec.text.partitions import Counts, choose
    >>> choose(Counts({"or": 1, "tea": 2, "is": 2}, 5, 2), min_count=2).words
    ['is', 'tea']
    """
    check_type("counts", counts, Counts)
    if not counts.raw_words:
        raise NoWords("no partition holds a word: expected a text")
    if counts.too_low:
        fix = "count the words that are left again, by count_words(part, options, only=counts), and merge these"
        raise ValueError(f"the counts are up to {counts.too_low:,} too low: {fix}")
    min_count, n = least_count(min_count), len(counts.words)
    numbering = Numbering(zip(counts.words, range(n), strict=True))
    found = np.fromiter(counts.words.values(), np.int64, n)
    words, kept, _ = choose_words(numbering, found, min_count, options, counts.lost)
    facts = counts.raw_words, counts.sentences, counts.lost, options.lowercase, min_count, absent(words, options)
    return Vocabulary(words, kept, *facts)


def encode_partition(part: Partition, vocabulary: Vocabulary, options: VocabularyOptions = USUAL) -> Encoded:
    """Return a partition in the ids of a vocabulary; raise what `count_words` does.

    CorpusError if a part of a Corpus holds other ids.

    Examples
    --------
    >>> from word2vec.text.partitions import choose, count_words, encode_partition, partitions
    >>> [part] = partitions([["tea", "or", "tea"]])
    >>> encode_partition(part, choose(count_words(part), min_count=2)).ids
    array([0, 0], dtype=int32)
    """
    check_type("part", part, Partition, "one of partitions(source)")
    check_type("vocabulary", vocabulary, Vocabulary)
    V = len(vocabulary.words)
    if isinstance(part.payload, Encoded):
        encoded = Encoded(**{name: _read(value) for name, value in vars(part.payload).items()})
        if len(encoded.ids) and not 0 <= encoded.ids.min() <= encoded.ids.max() < V:
            raise CorpusError(f"{part.name} hold an id that the vocabulary of {V:,} words has not: pass its own")
        return encoded
    parts, empty = [*joined(_numbered(part, options, vocabulary.numbering))], EmptySentences()
    ids_of = np.append(np.arange(V, dtype=np.int32), np.int32(-1))  # the last is that of all other words
    text = [(np.zeros(0, np.int32), np.zeros(0, np.int64)), *renumbered(parts, ids_of, empty)]
    ids, ends = (np.concatenate(arrays) for arrays in zip(*text, strict=True))
    return Encoded(ids, ends, sum(len(numbers) for numbers, _ in parts), **empty.arrays(None))


def corpus_of(
    parts: Iterable[Encoded], vocabulary: Vocabulary, folder: PathLike | None = None, weights: ArrayLike | None = None
) -> Corpus:
    """Join encoded partitions, in the order of the source, to a corpus in a folder or in memory.

    weights : of all sentences, see `encode`

    Raises ValueError if the partitions are not those that were counted; otherwise what `encode` raises.

    Examples
    --------
    >>> from word2vec.text.partitions import choose, corpus_of, count_words, encode_partition
    >>> from word2vec.text.partitions import merge_counts, partitions
    >>> parts = partitions([["tea", "or"], ["coffee", "or", "tea"]], size=128)
    >>> vocabulary = choose(merge_counts(map(count_words, parts)), min_count=1)
    >>> corpus_of((encode_partition(part, vocabulary) for part in parts), vocabulary)
    <Corpus: 5 of 5 words in 2 sentences, 3 different (or, tea, coffee)>
    """
    if folder is not None:
        check_writable(folder)
    with spare_file(folder) as file:
        empty, own, given = EmptySentences(file), list[Array](), checked_weights(weights)

        def text() -> Iterator[Part]:
            n = raw_words = 0
            for part in parts:
                empty.add(part.empty, part.sentences)
                own.extend([] if part.weights is None else [part.weights])
                raw_words += part.raw_words
                _check_same(vocabulary, n + len(part.ids), raw_words, at_most=True)
                yield part.ids, part.ends + n
                n += len(part.ids)
            _check_same(vocabulary, n, raw_words)

        def more() -> dict[str, Any]:
            found = empty.arrays(given)
            return found | ({"weights": np.concatenate(own)} if own and given is None else {})

        words, counts, raw_words = vocabulary.words, vocabulary.counts, vocabulary.raw_words
        facts = {name: getattr(vocabulary, name) for name in FACTS}
        return build_corpus(words, counts, text(), raw_words, folder, more, **facts)


def _check_same(vocabulary: Vocabulary, n: int, raw_words: int, *, at_most: bool = False) -> None:
    expected, found = (int(vocabulary.counts.sum()), vocabulary.raw_words), (n, raw_words)
    if found > expected or raw_words > expected[1] or (found != expected and not at_most):
        what = f"the partitions hold {raw_words:,} words, {n:,} of them in the vocabulary"
        fix = "pass those that were counted, each once"
        raise ValueError(f"{what}: expected {expected[1]:,} and {expected[0]:,}, as counted; {fix}")


def encode_in_parts(
    source: Any,
    *,
    min_count: int | None = None,
    options: VocabularyOptions = USUAL,
    folder: PathLike | None = None,
    weights: ArrayLike | None = None,
    size: int = SIZE,
    run: Callable[[Callable[[Partition], Any], list[Partition]], Iterable[Any]] = map,
) -> Corpus:
    """Return what `encode` returns, with the same bits, read in partitions.

    Only if `options.max_types` loses words that `min_count` would keep (each warns of it), they may lose others.

    size : see `partitions`
    run : applies a function to each partition and returns the results in their order, as the map of an executor of
        processes does

    Examples
    --------
    >>> from word2vec.text.partitions import encode_in_parts
    >>> encode_in_parts([["tea", "or", "coffee"], ["tea", "please"]], min_count=2, size=128)
    <Corpus: 2 of 5 words in 2 sentences, 1 different (tea)>
    """
    least, weights = least_count(min_count), checked_weights(weights)  # before a long text is read
    if folder is not None:
        check_writable(folder)
    parts = partitions(without_corpus(source, folder), options, size=size)
    if isinstance(source, Corpus):
        check_unchosen(source, min_count, options)
        vocabulary = Vocabulary.of(source)
    else:
        counts = merge_counts(run(partial(count_words, options=options), parts), options)
        if counts.too_low:
            counts = merge_counts(run(partial(count_words, options=options, only=counts), parts), options)
        vocabulary = choose(counts, least, options)
    encoded = run(partial(encode_partition, vocabulary=vocabulary, options=options), parts)
    return corpus_of(encoded, vocabulary, folder, weights)
