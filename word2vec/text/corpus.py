"""A text in the ids of its vocabulary, and the folder that holds one larger than memory.

The folder holds three files: `ids.int32` and `ends.int64`, the bare little-endian numbers of `Corpus.ids` and
`Corpus.ends`, and `vocabulary`, an archive (`word2vec.runtime.archive`) with the words, their counts, and
the length and CRC-32 of the other two. It is written last, and removed before the others are replaced: where it
exists, the corpus is complete.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .._types import Array, PathLike
from ..runtime.archive import CheckpointError, load_archive, save_archive
from ..runtime.files import check_writable, destination, sweep, write_atomically
from ..runtime.memory import guarded

CHUNK = 1 << 20  # bytes read at a time
VOCABULARY, IDS, ENDS = "vocabulary", "ids.int32", "ends.int64"
DTYPES = ("<i4", "<i8")  # of ids, of ends
KIND = "word2vec corpus 1"
FIX = "encode the text again"


class CorpusError(ValueError):
    """A folder holds no usable corpus; the message says why, and the fix."""


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
    """

    words: list[str]
    counts: NDArray[np.int64]
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]
    raw_words: int

    def __repr__(self) -> str:
        text = f"{len(self.ids):,} of {self.raw_words:,} words in {len(self.ends):,} sentences"
        return f"<Corpus: {text}, {len(self.words):,} different ({', '.join(self.words[:3])}, …)>"


def save_corpus(corpus: Corpus, folder: PathLike) -> None:
    """Write a corpus into a folder, which is created if necessary.

    Raises OSError if it cannot be written. A corpus that was there is intact, or removed if the very last step fails.
    """
    check_writable(folder, VOCABULARY, IDS, ENDS)
    write_corpus(corpus.words, corpus.counts, [(corpus.ids, corpus.ends)], corpus.raw_words, folder)


def write_corpus(
    words: list[str], counts: Array, text: Iterable[tuple[Array, Array]], raw_words: int, folder: PathLike
) -> None:
    """Write a corpus whose text comes in parts of (ids, ends), then its vocabulary.

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
        if vocabulary.is_file():
            destination(vocabulary).unlink()  # a link stays
    values = {"kind": KIND, "words": words, "raw_words": raw_words, "ids": ids, "ends": ends}
    save_archive(vocabulary, {"counts": counts}, values)


def load_corpus(folder: PathLike) -> Corpus:
    """Open a corpus in a folder; `ids` and `ends` are read-only memory maps, read through and checked once.

    Raises FileNotFoundError if there is no corpus, or it was not written completely; CorpusError if a file has been
    damaged or replaced since; the message names it.
    """
    path = Path(folder) / VOCABULARY
    if not path.exists():
        raise FileNotFoundError(f"there is no corpus in {folder}: expected a folder written by encode or save_corpus")
    try:
        arrays, values = load_archive(path)
    except CheckpointError as error:
        raise CorpusError(f"{path} is damaged, or is not the vocabulary of a corpus: {FIX}") from error
    if values.get("kind") != KIND:
        raise CorpusError(f"{path} is of the kind {values.get('kind')!r}, not {KIND!r}: {FIX}, with this version")
    try:
        ids = _mapped(Path(folder) / IDS, DTYPES[0], *values["ids"])
        ends = _mapped(Path(folder) / ENDS, DTYPES[1], *values["ends"])
        corpus = Corpus(values["words"], arrays["counts"], ids, ends, values["raw_words"])
        fits = len(corpus.words) == len(corpus.counts) and corpus.counts.sum() == len(ids) == ends[-1]
    except (KeyError, TypeError, IndexError):
        fits = False
    if not fits:
        raise CorpusError(f"{path} does not fit the text beside it: {FIX}")
    return corpus


def _mapped(path: Path, dtype: str, n: int, crc: int) -> Array:
    """Map a file of n numbers into memory, after comparing its length and CRC-32."""
    found, expected = path.stat().st_size if path.exists() else 0, n * np.dtype(dtype).itemsize
    if found != expected:
        raise CorpusError(f"{path} has {found:,} bytes instead of {expected:,}: it is truncated or missing; {FIX}")
    actual = 0
    with open(path, "rb") as file:  # read, not mapped: pages of a map would count as this process's memory
        while data := file.read(CHUNK):
            actual = crc32(data, actual)
    if actual != crc:
        raise CorpusError(f"{path} is damaged: its CRC-32 is not the one recorded when it was written; {FIX}")
    with guarded(expected, f"mapping {path}", "raise the limit of the address space (ulimit -v)"):
        return np.memmap(path, dtype, "r", shape=(n,)) if n else np.zeros(0, dtype)
