"""Where the parts of a text wait while it is being read: in memory, or in a file that nobody else sees."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from mmap import mmap
from tempfile import TemporaryFile
from typing import IO, Protocol

import numpy as np

from word2vec._types import PathLike
from word2vec.runtime.memory import check_memory
from word2vec.text.numbering import Ends, Numbers, Part

CHUNK = 1 << 20  # words or sentences that wait as one part
MEND = "pass folder=..., where the text is kept on disk, or a shorter text"


class Shelf(Protocol):
    """Where provisional numbers wait until all words are counted."""

    def put(self, part: Part) -> None:
        """Store a part."""

    def parts(self) -> Iterator[Part]:
        """Give the parts back, once."""


class _InMemory(Shelf):
    """Keeps parts, and lets each go when it is given back.

    The numbers lie in memory maps of their own, which the system has back at once: there is no need for twice
    the text's memory while one array is being made of them.
    """

    def __init__(self) -> None:
        self._parts: deque[Part] = deque()

    def put(self, part: Part) -> None:
        """Store a part."""
        check_memory(2 * part[0].nbytes, "the next million words of the text", MEND)
        numbers, ends = part
        room = np.frombuffer(mmap(-1, max(1, numbers.nbytes)), np.uint8)[: numbers.nbytes].view(np.int32)
        room[:] = numbers
        self._parts.append((room, ends))

    def parts(self) -> Iterator[Part]:
        """Give the parts back, once."""
        while self._parts:
            yield self._parts.popleft()


class _OnDisk(Shelf):
    """Keeps parts in a file that vanishes with it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._n = file, 0

    def put(self, part: Part) -> None:
        """Store a part."""
        for array in part:
            np.save(self._file, array, allow_pickle=False)
        self._n += 1

    def parts(self) -> Iterator[Part]:
        """Give the parts back, once."""
        self._file.seek(0)
        for _ in range(self._n):
            yield np.load(self._file, allow_pickle=False), np.load(self._file, allow_pickle=False)


@contextmanager
def shelf(folder: PathLike | None) -> Iterator[Shelf]:
    """Give a shelf in memory, or else in a folder."""
    if folder is None:
        yield _InMemory()
    else:
        with TemporaryFile(dir=folder) as file:
            yield _OnDisk(file)


def chunks(parts: Iterable[Part]) -> Iterator[Part]:
    """Join parts to chunks of some CHUNK words or sentences."""
    ids: list[Numbers] = []
    ends: list[Ends] = []
    n = size = 0
    for numbers, stops in parts:
        ids.append(numbers)
        ends.append(stops + n)
        n += len(numbers)
        size += len(numbers) + len(stops)
        if size >= CHUNK:
            yield np.concatenate(ids), np.concatenate(ends)
            ids, ends, n, size = [], [], 0, 0
    if size:
        yield np.concatenate(ids), np.concatenate(ends)
