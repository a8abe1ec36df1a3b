"""Several processes, or threads, that do the same work side by side, each its share, and meet in between.

On Linux they are processes forked from the caller: they have all that it has, without a copy, need no guard
around its code, and do not wait for each other's Python. What all of them write is allocated before, by
`shared_zeros`. Elsewhere, where a fork is not to be had or not safe, they are threads: the same shares, the same
results, less speed.
"""

import os
import select
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import prod
from mmap import mmap
from typing import NoReturn, Protocol, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from word2vec._types import Array

T = TypeVar("T")

FORKS = sys.platform == "linux"
SPIN = 200  # looks at a pipe before a process goes to sleep, from which it takes some 50 µs to wake


class Member(Protocol):
    """One of a team: number `rank` of `size`."""

    rank: int
    size: int

    def meet(self) -> None:
        """Wait until all members have come here; what they wrote before can then be seen by all."""


class Alone:
    """A team of one."""

    rank, size = 0, 1

    def meet(self) -> None:
        """Go on."""


def together(size: int, work: Callable[[Member], T]) -> T:
    """Let `size` members do `work`, the caller being the first; give the caller's result.

    BLAS takes one thread meanwhile, since the members take the cores; afterwards it has its threads back.

    Raises
    ------
    BaseException
        What the caller's own work raised; the other members have ended then.
    RuntimeError
        If another member was lost.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        if size == 1:
            return work(Alone())
        return (_processes if FORKS else _threads)(size, work)


def workers_wanted(workers: int) -> int:
    """Give the size of a team: −1 is all cores that this process may use.

    Raises
    ------
    ValueError
        If it is neither −1 nor positive.
    """
    if workers == -1:
        return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers is {workers}: expected at least 1, or -1 for all cores")
    return workers


def shared_zeros(shape: Sequence[int], dtype: DTypeLike) -> Array:
    """Allocate an array of zeros that all members of a later team write into and see."""
    size = max(1, prod(shape)) * np.dtype(dtype).itemsize
    memory = mmap(-1, size)
    return np.frombuffer(memory, dtype, prod(shape)).reshape(shape)


class Board:
    """Where each member of a team puts down some arrays, which all can read once they have met.

    Parameters
    ----------
    size : of the team
    rooms : shape and type of each array, of which as many rows can be put down as the shape says, or fewer
    """

    def __init__(self, size: int, rooms: Sequence[tuple[Sequence[int], DTypeLike]]) -> None:
        self._rooms = [shared_zeros((size, *shape), dtype) for shape, dtype in rooms]
        self._rows = shared_zeros((size, len(rooms)), np.int64)

    def put(self, rank: int, arrays: Iterable[Array]) -> None:
        """Put down a member's arrays, in place of its last ones."""
        for i, (room, array) in enumerate(zip(self._rooms, arrays, strict=True)):
            room[rank, : len(array)], self._rows[rank, i] = array, len(array)

    def get(self, rank: int) -> list[Array]:
        """View the arrays that a member has put down."""
        return [room[rank, :rows] for room, rows in zip(self._rooms, self._rows[rank].tolist(), strict=True)]


# processes


class _Process:
    """A member in a process of its own; the first one meets each of the others through a pair of pipes."""

    def __init__(self, rank: int, size: int, ends: Sequence[tuple[int, int]]) -> None:
        self.rank, self.size, self._ends = rank, size, ends

    def meet(self) -> None:
        """The first member hears of all, then tells all."""
        if self.rank:
            _tell(self._ends[0][1])
            _hear(self._ends[0][0])
            return
        for read, _ in self._ends:
            _hear(read)
        for _, write in self._ends:
            _tell(write)


def _tell(end: int) -> None:
    """Write into a pipe."""
    try:
        os.write(end, b".")
    except BrokenPipeError:
        _lost()


def _hear(end: int) -> None:
    """Wait for what is written into a pipe."""
    for _ in range(SPIN):
        with suppress(BlockingIOError):
            return None if os.read(end, 1) else _lost()
        os.sched_yield()
    waiting = select.poll()
    waiting.register(end, select.POLLIN)
    waiting.poll()
    return None if os.read(end, 1) else _lost()


def _lost() -> NoReturn:
    """Say that the process at a pipe's other end is gone."""
    raise RuntimeError("a worker process was lost (killed, perhaps for want of memory): try fewer workers")


def _processes(size: int, work: Callable[[Member], T]) -> T:
    """Fork the other members; whatever happens, wait for their end."""
    children: list[int] = []
    ends: list[tuple[int, int]] = []
    try:
        for rank in range(1, size):
            up, down = os.pipe(), os.pipe()
            os.set_blocking(up[0], False)
            os.set_blocking(down[0], False)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # forks are safe for what a member does
                child = os.fork()
            if child == 0:
                for end in (up[0], down[1], *(e for pair in ends for e in pair)):
                    os.close(end)
                _work_and_exit(_Process(rank, size, [(down[0], up[1])]), work)
            os.close(up[1])
            os.close(down[0])
            children.append(child)
            ends.append((up[0], down[1]))
        return work(_Process(0, size, ends))
    finally:
        for end in (e for pair in ends for e in pair):
            os.close(end)
        for child in children:
            os.waitpid(child, 0)


def _work_and_exit(member: Member, work: Callable[[Member], T]) -> NoReturn:
    """Do a child's share; Ctrl-C is for the first member, who tells the others by not coming any more."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(member)
        code = 0
    finally:
        os._exit(code)


# threads


class _Thread:
    """A member in a thread of its own."""

    def __init__(self, rank: int, size: int, barrier: threading.Barrier) -> None:
        self.rank, self.size, self._barrier = rank, size, barrier

    def meet(self) -> None:
        """Wait at the barrier."""
        self._barrier.wait()


def _threads(size: int, work: Callable[[Member], T]) -> T:
    """Start the other members' threads; whatever happens, wait for their end."""
    barrier = threading.Barrier(size)
    errors: list[BaseException] = []

    def other(rank: int) -> None:
        """Do a share; if it fails, nobody waits for it."""
        try:
            work(_Thread(rank, size, barrier))
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=other, args=(rank,), daemon=True) for rank in range(1, size)]
    for thread in threads:
        thread.start()
    try:
        return work(_Thread(0, size, barrier))
    except threading.BrokenBarrierError:
        raise RuntimeError("a worker failed") from next(
            (error for error in errors if not isinstance(error, threading.BrokenBarrierError)), None
        )
    finally:
        barrier.abort()
        for thread in threads:
            thread.join()
