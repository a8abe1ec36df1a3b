"""A corpus, and the folder that holds one larger than memory.

The folder holds three files: `ids.int32` and `ends.int64`, the bare little-endian numbers of `Corpus.ids` and
`Corpus.ends`, and `vocabulary`, an archive (`word2vec.runtime.archive`) with words, counts, and the others'
lengths and CRC-32. It is written last, and removed before the others are replaced: where it is, all is whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from word2vec._types import PathLike
from word2vec.runtime.archive import CheckpointError, load_archive, save_archive
from word2vec.runtime.files import check_writable, sweep, write_atomically

Ids = NDArray[np.int32]
Ends = NDArray[np.int64]

CHUNK = 1 << 20  # numbers that are written or checked at a time
VOCABULARY, IDS, ENDS = "vocabulary", "ids.int32", "ends.int64"
KIND = "word2vec corpus 1"
MEND = "encode the text anew"


class CorpusError(ValueError):
    """A folder holds no corpus that can be used; the message says why, and the mend."""


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """A text in the ids of its vocabulary.

    Attributes
    ----------
    words : V different words, the most frequent first; those of equal count in the order of their characters
    counts : int64 (V,), how often each occurs
    ids : int32 (n,), the text without the words that are not in the vocabulary; perhaps a read-only memory map
    ends : int64 (S,), where each sentence ends in `ids`, ascending, the last one n; no sentence is empty
    raw_words : how many words the text has, those that are not in the vocabulary too
    """

    words: list[str]
    counts: NDArray[np.int64]
    ids: Ids
    ends: Ends
    raw_words: int

    def __repr__(self) -> str:
        first = ", ".join(self.words[:3])
        return (
            f"<Corpus: {len(self.ids):,} of {self.raw_words:,} words in {len(self.ends):,} sentences, "
            f"{len(self.words):,} different ({first}, …)>"
        )


def save_corpus(corpus: Corpus, folder: PathLike) -> None:
    """Write a corpus into a folder, which is made if need be.

    Raises
    ------
    OSError
        If it cannot be written; a corpus that stood there is intact, or gone if that fails at the very end.
    """
    check_writable(folder)
    write_corpus(corpus.words, corpus.counts, [(corpus.ids, corpus.ends)], corpus.raw_words, folder)


def load_corpus(folder: PathLike) -> Corpus:
    """Open a corpus in a folder; `ids` and `ends` are read-only memory maps. All is read through and checked once.

    Raises
    ------
    FileNotFoundError
        If there is no corpus, or it was not written to its end.
    CorpusError
        If a file has been damaged or exchanged since; the message names it.
    """
    path = Path(folder) / VOCABULARY
    if not path.exists():
        raise FileNotFoundError(f"there is no corpus in {folder}: expected a folder written by encode or save_corpus")
    arrays, values = _vocabulary(path)
    try:
        ids = _mapped(Path(folder) / IDS, "<i4", *values["ids"])
        ends = _mapped(Path(folder) / ENDS, "<i8", *values["ends"])
        corpus = Corpus(values["words"], arrays["counts"], ids, ends, values["raw_words"])
        fits = len(corpus.words) == len(corpus.counts) and corpus.counts.sum() == len(ids) == ends[-1]
    except (KeyError, TypeError, IndexError):
        fits = False
    if not fits:
        raise CorpusError(f"{path} does not fit the text beside it: {MEND}")
    return corpus


def _vocabulary(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the arrays and values of a vocabulary."""
    try:
        arrays, values = load_archive(path)
    except CheckpointError as error:
        raise CorpusError(f"{path} is damaged, or no corpus's vocabulary: {MEND}") from error
    if values.get("kind") != KIND:
        raise CorpusError(f"{path} is of the kind {values.get('kind')!r}, not {KIND!r}: {MEND}, with this version")
    return arrays, values


def write_corpus(
    words: list[str], counts: NDArray[np.int64], text: Iterable[tuple[Ids, Ends]], raw_words: int, folder: PathLike
) -> None:
    """Write a corpus whose text comes in parts of (ids, ends); when that is complete, the vocabulary.

    Only one process at a time may write into a folder: what others left half written is removed.
    """
    vocabulary = Path(folder) / VOCABULARY
    for name in (VOCABULARY, IDS, ENDS):
        sweep(folder, name)
    with write_atomically(Path(folder) / IDS) as a, write_atomically(Path(folder) / ENDS) as b:
        ids, ends = _Writer(a, "<i4"), _Writer(b, "<i8")
        for found, stops in text:
            ids.write(found)
            ends.write(stops)
        vocabulary.unlink(missing_ok=True)
    values = {"kind": KIND, "words": words, "raw_words": raw_words, "ids": ids.written, "ends": ends.written}
    save_archive(vocabulary, {"counts": counts}, values)


class _Writer:
    """Writes numbers into a file. `written` tells how many there are, and their CRC-32."""

    def __init__(self, file: IO[bytes], dtype: str) -> None:
        self._file, self._dtype = file, dtype
        self.written = (0, 0)

    def write(self, numbers: NDArray[np.integer]) -> None:
        """Append an array."""
        n, crc = self.written
        for start in range(0, len(numbers), CHUNK):
            data = numbers[start : start + CHUNK].astype(self._dtype).tobytes()
            self._file.write(data)
            crc = crc32(data, crc)
        self.written = (n + len(numbers), crc)


def _mapped(path: Path, dtype: str, n: int, crc: int) -> NDArray[Any]:
    """Map a file of n numbers into memory, if it is what was written."""
    found, wanted = path.stat().st_size if path.exists() else 0, n * np.dtype(dtype).itemsize
    if found != wanted:
        raise CorpusError(f"{path} has {found:,} bytes instead of {wanted:,}: it is cut off, or gone; {MEND}")
    if _checksum(path) != crc:
        raise CorpusError(f"{path} is damaged: its CRC-32 is not that of what was written; {MEND}")
    return np.memmap(path, dtype, "r", shape=(n,)) if n else np.zeros(0, dtype)


def _checksum(path: Path) -> int:
    """Give the CRC-32 of a file; read, not mapped, so that it does not fill this process's memory."""
    crc = 0
    with open(path, "rb") as file:
        while data := file.read(CHUNK):
            crc = crc32(data, crc)
    return crc
