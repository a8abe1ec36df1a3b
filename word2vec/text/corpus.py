"""A text in the ids of its vocabulary, and the folder that holds one larger than memory.

The folder holds three files: `ids.int32` and `ends.int64`, the bare little-endian numbers of `Corpus.ids` and
`Corpus.ends`, and `vocabulary`, an archive (`word2vec.runtime.archive`) with the words, their counts, the numbers of
empty sentences, weights of the others if there are some, and the length and CRC-32 of the other two. It is written
last, and removed before the others are replaced: where it exists, the corpus is complete.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .._types import Array, PathLike
from ..runtime.archive import Arrays, CheckpointError, load_archive, save_archive
from ..runtime.arguments import check_type
from ..runtime.files import check_writable, destination, stamp, sweep, write_atomically
from ..runtime.memory import guarded

LARGE = 1 << 22  # bytes of an array in the vocabulary that is mapped and not read
CHUNK = 1 << 18  # bytes read, words, or numbers copied at a time
VOCABULARY, IDS, ENDS = "vocabulary", "ids.int32", "ends.int64"
DTYPES = ("<i4", "<i8")  # of ids, of ends
KIND = "word2vec corpus 1"
FACTS = ("lost", "min_count", "absent")  # of a corpus, stored where they are not 0 or empty
FIX = "encode the text again"


class CorpusError(ValueError):
    """A folder holds no usable corpus; the message says why, and the fix.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.text import CorpusError, encode, load_corpus
    >>> corpus = encode([["tea", "or", "coffee"]], min_count=1, folder="damaged")
    >>> _ = Path("damaged", "ids.int32").write_bytes(b"")
    >>> try:
    ...     load_corpus("damaged")
    ... except CorpusError as error:
    ...     print(str(error)[:60])
    damaged/ids.int32 has 0 bytes instead of 12: it is truncated
    """


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """A text in the ids of its vocabulary.

    Attributes
    ----------
    words : V different words, the most frequent first; ties go to the smaller string
    counts : int64 (V,), how often each occurs
    ids : int32 (n,), the text without the words that are not in the vocabulary; perhaps a read-only memory map
    ends : int64 (S,), where each sentence ends in `ids`, ascending, the last one n; no sentence is empty
    raw_words : number of words in the text, including those that are not in the vocabulary
    files : of memory maps, path → what `stamp` returned when it was opened or found unchanged, and its CRC-32
    empty : int64 (E,), ascending, the numbers of sentences that are not there since they hold no word of the
        vocabulary, counted from 0 among all S + E sentences of the text
    weights : float64 (S,), the weight of each sentence in training; None: all count alike
    lost : how often a word dropped by `VocabularyOptions.max_types` can have occurred at most; 0: none was dropped
    min_count : by which the words were chosen, 0 if that is not known
    absent : words that were to be kept however rare they are, and do not occur in the text

    Examples
    --------
    >>> from word2vec.text import encode
    >>> corpus = encode([["tea", "or", "coffee"], ["tea", "please"]], min_count=2)
    >>> corpus
    <Corpus: 2 of 5 words in 2 sentences, 1 different (tea)>
    >>> corpus.counts, corpus.ends, corpus.raw_words
    (array([2]), array([1, 2]), 5)
    """

    words: list[str]
    counts: NDArray[np.int64]
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]
    raw_words: int
    files: dict[str, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    empty: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    weights: Array | None = None
    lost: int = 0
    min_count: int = 0
    absent: Collection[str] = ()

    def with_empty(self, rows: Array) -> Array:
        """Return one row for each of all S + E sentences, of rows (S, …): zeros for the empty ones.

        Examples
        --------
        >>> import numpy as np
        >>> encode([["tea"], ["water"], ["tea"]], min_count=2).with_empty(np.array([3, 4]))
        array([3, 0, 4])
        """
        return np.insert(rows, self.empty - np.arange(len(self.empty)), 0, axis=0) if len(self.empty) else rows

    def check(self) -> None:
        """Raise CorpusError if a file that is mapped into memory was cut or written into since it was opened.

        One of another time stamp alone, as after `touch`, is read once and compared with its CRC-32, then used on.

        Examples
        --------
        >>> corpus.check()  # in memory: there is no file that could have changed
        """
        for path, (before, crc) in self.files.items():
            with suppress(OSError):  # what was removed, moved or replaced as a whole stays mapped as it was
                now = stamp(os.stat(path))
                if now == before or now[:2] != before[:2]:
                    continue
                if now[2] != before[2] or _crc32(path) != crc:
                    sizes = f"{before[2]:,} bytes" + (f", now {now[2]:,}" if now[2] != before[2] else "")
                    raise CorpusError(f"{path} was changed while it was in use ({sizes}): {FIX}")
                self.files[path] = now, crc

    def pieces(self, array: Array) -> Iterator[Array]:
        """Yield copies of the pieces of `ids` or `ends`, after a `check` each; the last check follows the last piece.

        Reading from a map of a file that was cut would end the process.

        Examples
        --------
        >>> [piece.tolist() for piece in corpus.pieces(corpus.ends)]
        [[1, 2]]
        """
        for begin in range(0, len(array), CHUNK):
            self.check()
            yield np.array(array[begin : begin + CHUNK])
        self.check()

    def lengths(self) -> Iterator[Array]:
        """Yield how many words the sentences have, in pieces; CorpusError if one has none: the ends make no sense."""
        last = 0
        for ends in self.pieces(self.ends):
            lengths, last = np.diff(ends, prepend=last), ends[-1]
            if lengths.min() < 1:
                name = next((path for path in self.files if path.endswith(ENDS)), "the corpus")
                raise CorpusError(f"{name}: the ends of sentences do not rise from one to the next: {FIX}")
            yield lengths

    def __repr__(self) -> str:
        text = f"{len(self.ids):,} of {self.raw_words:,} words in {len(self.ends):,} sentences"
        shown = ", ".join([*self.words[:3], *["…"] * (len(self.words) > 3)])
        return f"<Corpus: {text}, {len(self.words):,} different ({shown})>"


def text_blocks(corpus: Corpus) -> Iterator[str]:
    """Yield a corpus as text, a line a sentence, empty ones too, in blocks.

    Raises ValueError if a word would not be read as one again.
    """
    for word in corpus.words:
        if "\0" in word or word.split() != [word]:
            what = f"the word {word!r} would not be read as one word again"
            raise ValueError(f"{what}: expected no white space and no NUL in it; join phrases by another delimiter")
    words = np.array([f"{word} " for word in corpus.words], object)
    for ids, stops in corpus_parts(corpus.ids, corpus.ends, corpus.empty):
        text = ["", *words[ids].tolist()]
        for place, n in zip(*np.unique(stops, return_counts=True), strict=True):
            text[place] = text[place].rstrip() + "\n" * int(n)
        yield "".join(text)


def corpus_parts(ids: Array, ends: Array, empty: Array) -> Iterator[tuple[Array, Array]]:
    """Yield a text in parts: ids, and where all sentences among them end, the `empty` ones too."""
    places = empty - np.arange(len(empty))  # (E,): how many others stand before each
    all_ends = np.insert(ends, places, np.append(0, ends)[places]) if len(empty) else ends
    begins, first = range(0, len(ids), CHUNK), 0
    for i, last in zip(begins, all_ends.searchsorted([i + CHUNK for i in begins], "right").tolist(), strict=True):
        yield ids[i : i + CHUNK], all_ends[first:last] - i
        first = last


def save_corpus(corpus: Corpus, folder: PathLike) -> None:
    """Write a corpus into a folder, which is created if necessary.

    Raises OSError if it cannot be written, CorpusError if its own files are cut or written into meanwhile. A corpus
    that was there is intact, or removed if the very last step fails.

    Examples
    --------
    >>> from word2vec.text import encode, load_corpus, save_corpus
    >>> save_corpus(encode([["tea", "or", "coffee"]], min_count=1), "saved")
    >>> load_corpus("saved").words
    ['coffee', 'or', 'tea']
    """
    check_type("corpus", corpus, Corpus, "a Corpus, as encode returns")
    check_writable(folder, VOCABULARY, IDS, ENDS)
    none = np.zeros(0, np.int32)
    ids = ((ids, none) for ids in corpus.pieces(corpus.ids))
    ends = ((none, ends) for ends in corpus.pieces(corpus.ends))
    more = {"empty": corpus.empty} | ({} if corpus.weights is None else {"weights": corpus.weights})
    facts = {name: getattr(corpus, name) for name in FACTS}
    write_corpus(corpus.words, corpus.counts, chain(ids, ends), corpus.raw_words, folder, lambda: more, **facts)


def corpus_files(folder: PathLike) -> list[Path]:
    """List the files that a corpus in a folder consists of."""
    return [Path(folder, name) for name in (VOCABULARY, IDS, ENDS)]


def write_corpus(
    words: list[str],
    counts: Array,
    text: Iterable[tuple[Array, Array]],
    raw_words: int,
    folder: PathLike,
    more: Callable[[], Arrays] = dict,
    **facts: Any,
) -> None:
    """Write a corpus whose text comes in parts of (ids, ends), then its vocabulary, `more` arrays, and `FACTS`.

    Only one process at a time may write into a folder: what killed processes left half written is removed.
    """
    vocabulary = Path(folder) / VOCABULARY
    sweep(folder, VOCABULARY, IDS, ENDS)
    ids, ends = [0, 0], [0, 0]  # how many, and their CRC-32
    with write_atomically(Path(folder) / IDS) as ids_file, write_atomically(Path(folder) / ENDS) as ends_file:
        for part in text:
            for file, record, dtype, numbers in zip((ids_file, ends_file), (ids, ends), DTYPES, part, strict=True):
                data = np.ascontiguousarray(numbers, dtype).data  # no copy, if the machine is little-endian
                file.write(data)
                record[:] = record[0] + len(numbers), crc32(data, record[1])
        arrays = {"counts": counts} | more()  # what this raises leaves the corpus that was there
        if vocabulary.is_file():
            destination(vocabulary).unlink()  # a link stays
    values = {"kind": KIND, "words": words, "raw_words": raw_words, "ids": ids, "ends": ends}
    values |= {name: [*fact] if name == "absent" else fact for name, fact in facts.items() if fact}
    save_archive(vocabulary, arrays, values)


def load_corpus(folder: PathLike) -> Corpus:
    """Open a corpus in a folder; `ids` and `ends` are read-only memory maps, read through and checked once.

    Raises FileNotFoundError if there is no corpus, or it was not written completely; CorpusError if a file has been
    damaged or replaced since; the message names it.

    Examples
    --------
    >>> from word2vec.text import encode, load_corpus
    >>> corpus = encode([["tea", "or", "coffee"]], min_count=1, folder="corpus")
    >>> load_corpus("corpus").ids
    memmap([2, 1, 0], dtype=int32)
    """
    path = Path(folder) / VOCABULARY
    if not path.exists():
        raise FileNotFoundError(f"there is no corpus in {folder}: expected a folder written by encode or save_corpus")
    try:
        arrays, values = load_archive(path, mapped=LARGE)
    except CheckpointError as error:
        raise CorpusError(f"{path} is damaged, or is not the vocabulary of a corpus: {FIX}") from error
    if values.get("kind") != KIND:
        raise CorpusError(f"{path} is of the kind {values.get('kind')!r}, not {KIND!r}: {FIX}, with this version")
    ids, ids_stamp = _mapped(Path(folder) / IDS, DTYPES[0], *values["ids"])
    ends, ends_stamp = _mapped(Path(folder) / ENDS, DTYPES[1], *values["ends"])
    stamps = {IDS: (ids_stamp, values["ids"][1]), ENDS: (ends_stamp, values["ends"][1])}
    empty, weights = arrays.get("empty", np.zeros(0, np.int64)), arrays.get("weights")
    if not (empty.flags.writeable and (weights is None or weights.flags.writeable)):  # they are mapped
        stamps[VOCABULARY] = stamp(os.stat(path)), _crc32(os.fspath(path))
    files = {os.path.abspath(Path(folder) / name): found for name, found in stamps.items()}
    more: dict[str, Any] = {"files": files, "empty": empty, "weights": weights}
    more |= {name: values[name] for name in FACTS if name in values}
    corpus = Corpus(values["words"], np.array(arrays["counts"]), ids, ends, values["raw_words"], **more)
    fits = len(corpus.words) == len(corpus.counts) and corpus.counts.sum() == len(ids) == ends[-1:].sum()
    if not fits or not (weights is None or weights.shape == ends.shape):
        raise CorpusError(f"{path} does not fit the text beside it: {FIX}")
    for _ in corpus.lengths():
        pass
    return corpus


def _mapped(path: Path, dtype: str, n: int, crc: int) -> tuple[Array, tuple[int, ...]]:
    """Map a file of n numbers into memory, after comparing its length and CRC-32; return its stamp, too."""
    found, expected = path.stat().st_size if path.exists() else 0, n * np.dtype(dtype).itemsize
    if found != expected:
        raise CorpusError(f"{path} has {found:,} bytes instead of {expected:,}: it is truncated or missing; {FIX}")
    with open(path, "rb") as file:
        before = stamp(os.fstat(file.fileno()))
        if _crc32(file.fileno()) != crc:
            raise CorpusError(f"{path} is damaged: its CRC-32 is not the one recorded when it was written; {FIX}")
        with guarded(expected, f"mapping {path}", "raise the limit of the address space (ulimit -v)"):
            # the file itself, since another may have its name by now
            return np.memmap(file, dtype, "r", shape=(n,)) if n else np.zeros(0, dtype), before


def _crc32(file: str | int) -> int:
    """Return the CRC-32 of a file, read, not mapped: pages of a map would count as this process's."""
    found, room = 0, memoryview(bytearray(CHUNK))
    with open(file, "rb", buffering=0, closefd=not isinstance(file, int)) as opened:
        while size := opened.readinto(room):
            found = crc32(room[:size], found)
    return found
