"""Worker processes (threads where fork is unsafe) that run one function in lockstep, separated by barriers.

On Linux the workers are forked from the caller: they have all that it has, without a copy, need no guard around its
code, and do not wait for each other's Python. What all of them write is allocated before, by `shared_zeros`.
Elsewhere they are threads: the same parts, the same results, less speed.
"""

import os
import select
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import prod
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array
from .arguments import check_whole
from .memory import allocate

FORKS = sys.platform == "linux"
CROWD = 4  # workers of a core that are too many
SPIN = 200  # looks at a pipe before a process goes to sleep, from which it takes some 50 µs to wake


class Worker(Protocol):
    """Worker number `rank` of `size`."""

    rank: int
    size: int

    def barrier(self) -> None:
        """Wait until all workers have come here; what they wrote before can then be seen by all."""


class _Alone:
    """The only worker."""

    rank, size = 0, 1

    def barrier(self) -> None:
        pass


@contextmanager
def run_workers(size: int, work: Callable[[Worker], object]) -> Iterator[Worker]:
    """Start workers 1 … size − 1, which run `work`, and yield worker 0 to the caller, who does the same.

    BLAS uses one thread meanwhile, since the workers take the cores; afterwards it has its threads back. All workers
    have ended when the context ends, in whatever way.

    Raises RuntimeError if another worker was lost.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        if size == 1:
            yield _Alone()
        else:
            with (_processes if FORKS else _threads)(size, work) as worker:
                yield worker


def count_workers(workers: int) -> int:
    """Return the number of workers; −1 is all cores that this process may use.

    Raises TypeError, ValueError if it is no whole number, or neither −1 nor positive.
    """
    workers = check_whole("workers", workers, -sys.maxsize)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    if workers == -1:
        return cores
    if workers < 1:
        raise ValueError(f"workers is {workers}: expected at least 1, or -1 for all cores")
    if workers > CROWD * cores:
        warnings.warn(f"{workers} workers share {cores} cores and wait for each other: pass -1", stacklevel=3)
    return workers


def shared_zeros(shape: Sequence[int], dtype: DTypeLike) -> Array:
    """Return an array of zeros that all workers started later write into and see; MemoryError if there is no room."""
    need, fix = prod(shape) * np.dtype(dtype).itemsize, "lower dim or workers, or raise min_count"
    memory = allocate(need, f"a table of {' × '.join(map(str, shape))} numbers", fix)
    return np.frombuffer(memory, dtype, prod(shape)).reshape(shape)


# processes


class _Process:
    """A worker in a process of its own; worker 0 has a pair of pipes to each of the others."""

    def __init__(self, rank: int, size: int, ends: Sequence[tuple[int, int]]) -> None:
        self.rank, self.size, self._ends = rank, size, ends

    def barrier(self) -> None:
        """Wait for a byte from every other worker, then send each one; the others send, then wait."""
        if self.rank:
            _send(self._ends[0][1])
            _receive(self._ends[0][0])
            return
        for read, _ in self._ends:
            _receive(read)
        for _, write in self._ends:
            _send(write)


def _send(pipe: int) -> None:
    try:
        os.write(pipe, b".")
    except BrokenPipeError:
        _lost()


def _receive(pipe: int) -> None:
    """Wait for a byte from a pipe: awake for a moment, since waking up takes a process some 50 µs, then asleep."""
    for _ in range(SPIN):
        with suppress(BlockingIOError):
            return None if os.read(pipe, 1) else _lost()
        os.sched_yield()
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    waiting.poll()
    return None if os.read(pipe, 1) else _lost()


def _lost() -> NoReturn:
    raise RuntimeError("a worker process was lost (killed, perhaps for want of memory): try fewer workers")


@contextmanager
def _processes(size: int, work: Callable[[Worker], object]) -> Iterator[Worker]:
    children: list[int] = []
    ends: list[tuple[int, int]] = []
    try:
        for rank in range(1, size):
            up, down = os.pipe(), os.pipe()
            os.set_blocking(up[0], False)
            os.set_blocking(down[0], False)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # forks are safe for what a worker does
                child = os.fork()
            if child == 0:
                for end in (up[0], down[1], *(e for pair in ends for e in pair)):
                    os.close(end)
                _work_and_exit(_Process(rank, size, [(down[0], up[1])]), work)
            os.close(up[1])
            os.close(down[0])
            children.append(child)
            ends.append((up[0], down[1]))
        yield _Process(0, size, ends)
    finally:
        for end in (e for pair in ends for e in pair):
            os.close(end)
        for child in children:
            os.waitpid(child, 0)


def _work_and_exit(worker: Worker, work: Callable[[Worker], object]) -> NoReturn:
    """Run a child's part. Only worker 0 handles Ctrl-C; the others exit when its pipe closes."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(worker)
        code = 0
    finally:
        os._exit(code)


# threads


class _Thread:
    def __init__(self, rank: int, size: int, barrier: threading.Barrier) -> None:
        self.rank, self.size, self._barrier = rank, size, barrier

    def barrier(self) -> None:
        self._barrier.wait()


@contextmanager
def _threads(size: int, work: Callable[[Worker], object]) -> Iterator[Worker]:
    barrier = threading.Barrier(size)
    errors: list[BaseException] = []

    def other(rank: int) -> None:
        try:
            work(_Thread(rank, size, barrier))
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=other, args=(rank,), daemon=True) for rank in range(1, size)]
    for thread in threads:
        thread.start()
    try:
        yield _Thread(0, size, barrier)
    except threading.BrokenBarrierError:
        raise RuntimeError("a worker failed") from next(
            (error for error in errors if not isinstance(error, threading.BrokenBarrierError)), None
        )
    finally:
        barrier.abort()
        for thread in threads:
            thread.join()
