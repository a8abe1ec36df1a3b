"""Worker processes (threads where fork is unsafe) that run one function in lockstep, separated by barriers.

On Linux the workers are forked from the caller: they have all that it has, without a copy, need no guard around its
code, and do not wait for each other's Python. What all of them write is allocated before, by `shared_zeros`.
Elsewhere they are threads: the same parts, the same results, less speed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array
from .arguments import check_whole
from .interrupts import STOPS
from .memory import allocate

FORKS = sys.platform == "linux"
SPIN = 200  # looks at a pipe before a process goes to sleep, from which it takes some 50 µs to wake
LOOK = 1000  # ms of waiting between two looks at whether the other process is still there


class Worker:
    """Worker number `rank` of `size`; without a subclass the only one."""

    rank, size = 0, 1

    def barrier(self) -> None:
        """Wait until all workers have come here; what they wrote before can then be seen by all."""


def part_of(worker: Worker, n: int) -> slice:
    """Return a worker's part of n things in a row; the parts are as equal as can be."""
    return slice(n * worker.rank // worker.size, n * (worker.rank + 1) // worker.size)


@contextmanager
def run_workers(size: int, work: Callable[[Worker], object]) -> Iterator[Worker]:
    """Start workers 1 … size − 1, which run `work`, and yield worker 0 to the caller, who does the same.

    BLAS uses one thread meanwhile, since the workers take the cores; afterwards it has its threads back. All workers
    have ended when the context ends, in whatever way.

    Raises RuntimeError if another worker was lost, OSError if one cannot be started.
    """
    with one_blas_thread():
        if size == 1:
            yield Worker()
        else:
            with (_processes if FORKS else _threads)(size, work) as worker:
                yield worker


_limits: Any = None
_limited, _limiting = 0, threading.Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread while the context lasts.

    It has its threads back when the last such context ends, in whatever thread, since the limit is the process's.
    """
    global _limits, _limited
    with _limiting:
        _limits = _limits if _limited else _libraries(len(sys.modules)).limit(limits=1, user_api="blas")
        _limited += 1
    try:
        yield
    finally:
        with _limiting:
            _limited -= 1
            if not _limited:
                _limits.restore_original_limits()


@lru_cache(1)
def _libraries(modules: int) -> Any:  # noqa: ARG001 -- the key under which they are kept
    """Find the libraries with threads in this process, which takes milliseconds; anew when a module was imported."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def count_workers(workers: int) -> int:
    """Return the number of workers, at most one for each core that this process may use; −1 is all of these.

    More would wait for each other and change no bit. What a container may use of the processor counts.

    Raises TypeError, ValueError if it is no whole number, or neither −1 nor positive.
    """
    workers = check_whole("workers", workers, -sys.maxsize)
    if workers != -1 and workers < 1:
        raise ValueError(f"workers is {workers}: expected at least 1, or -1 for all cores")
    if workers == 1:
        return 1
    with warnings.catch_warnings():  # without semaphores (no /dev/shm), not needed here, joblib warns and counts 1
        warnings.filterwarnings("ignore", ".* joblib will operate in serial mode")
        try:
            from joblib.externals.loky import cpu_count
        except ImportError:  # some distributions keep it apart
            from joblib import cpu_count

    cores = int(cpu_count())
    return cores if workers == -1 else min(workers, cores)


def shared_zeros(shape: Sequence[int], dtype: DTypeLike) -> Array:
    """Return an array of zeros that all workers started later write into and see; MemoryError if there is no room."""
    need, fix = prod(shape) * np.dtype(dtype).itemsize, "lower dim or workers, or raise min_count"
    memory = allocate(need, f"a table of {' × '.join(map(str, shape))} numbers", fix)
    return np.frombuffer(memory, dtype, prod(shape)).reshape(shape)


# processes


class _Peer(NamedTuple):
    """The process at the other end of a pair of pipes."""

    pid: int
    read: int
    write: int


class _Process(Worker):
    """A worker in a process of its own; worker 0 has a pair of pipes to each of the others.

    Other forks of the caller may hold the pipes' ends too, so that a pipe stays open when the process behind it is
    gone: who waits for long looks whether that one is still there, and whether `over` (1,), shared by all, is set.
    """

    def __init__(self, rank: int, size: int, peers: Sequence[_Peer], over: Array) -> None:
        self.rank, self.size, self._peers, self._over = rank, size, peers, over

    def barrier(self) -> None:
        """Wait for a byte from every other worker, then send each one; the others send, then wait."""
        if self.rank:
            self._send(self._peers[0])
            self._receive(self._peers[0])
            return
        for peer in self._peers:
            self._receive(peer)
        for peer in self._peers:
            self._send(peer)

    def _send(self, peer: _Peer) -> None:
        try:
            os.write(peer.write, b".")
        except BrokenPipeError:
            self._lost(peer)

    def _receive(self, peer: _Peer) -> None:
        """Wait for a byte: awake for a moment, since waking up takes a process some 50 µs, then asleep."""
        pipe = peer.read
        for _ in range(SPIN):
            with suppress(BlockingIOError):
                return None if os.read(pipe, 1) else self._lost(peer)
            os.sched_yield()
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN)
        while not waiting.poll(LOOK):
            gone = self._over[0] or os.getppid() != peer.pid if self.rank else not _running(peer.pid)
            if gone and not waiting.poll(0):  # nor did it send a byte before it ended
                self._lost(peer)
        return None if os.read(pipe, 1) else self._lost(peer)

    def _lost(self, peer: _Peer) -> NoReturn:
        how = None if self.rank else _wait(peer.pid)
        if how is None or how == -signal.SIGKILL:
            raise RuntimeError("a worker process was lost (killed, perhaps for want of memory): try fewer workers")
        what = f"exit status {how}" if how >= 0 else f"ended by signal {-how}"
        raise RuntimeError(f"a worker process was lost ({what}): try fewer workers")


def _running(child: int) -> bool:
    """Return whether a child runs; its status stays where it is."""
    with suppress(ChildProcessError):  # another part of the program took the status, or SIGCHLD is ignored
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    return False


def _wait(child: int) -> int | None:
    """Wait for the end of a child; return its exit status, or minus the signal that ended it, None if unknown."""
    with suppress(ChildProcessError):
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return None


@contextmanager
def _processes(size: int, work: Callable[[Worker], object]) -> Iterator[Worker]:
    peers: list[_Peer] = []
    over = shared_zeros((1,), np.int64)
    # blocked, so that no signal reaches a child before it ignores what the caller handles, or raises midway
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        try:
            for rank in range(1, size):
                peers.append(_start(_Process(rank, size, peers, over), work, mask))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield _Process(0, size, peers, over)
    except BaseException:
        for peer in peers:  # what they do is of no use any more
            if _running(peer.pid):  # only then this number is the child's for sure
                os.kill(peer.pid, signal.SIGKILL)
        raise
    finally:
        over[0] = 1
        for end in (end for peer in peers for end in peer[1:]):
            os.close(end)
        for peer in peers:
            _wait(peer.pid)


def _start(worker: _Process, work: Callable[[Worker], object], mask: Iterable[int]) -> _Peer:
    """Fork a worker process, whose peers so far are those of worker 0.

    Raises OSError if there cannot be one more process, or no pipes to it.
    """
    ends: list[int] = []
    try:
        ends += os.pipe()
        ends += os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # forks are safe for what a worker does
            child = os.fork()
    except OSError as error:
        for end in ends:
            os.close(end)
        why = f"cannot start worker {worker.rank + 1} of {worker.size} ({error.strerror}): a limit on processes"
        fix = "(ulimit -u), open files (ulimit -n) or memory is reached; try fewer workers"
        raise OSError(error.errno, f"{why} {fix}") from error
    up, ours, theirs, down = ends  # (read, write) from the child, then to it
    if child == 0:
        _work_and_exit(worker, work, mask, _Peer(os.getppid(), theirs, ours), (up, down))
    os.close(ours)
    os.close(theirs)
    os.set_blocking(up, False)
    return _Peer(child, up, down)


def _work_and_exit(
    worker: _Process, work: Callable[[Worker], object], mask: Iterable[int], first: _Peer, ends: Iterable[int]
) -> NoReturn:
    """Run a child's part. It ignores the signals that worker 0 handles, and ends when that one is gone."""
    code = 1
    try:
        for number in signal.valid_signals():
            if number in STOPS or callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for end in (*ends, *(end for peer in worker._peers for end in peer[1:])):
            os.close(end)
        os.set_blocking(first.read, False)
        worker._peers = [first]
        work(worker)
        code = 0
    finally:
        os._exit(code)


# threads


class _Thread(Worker):
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
    try:
        for thread in threads:
            thread.start()
        yield _Thread(0, size, barrier)
    except threading.BrokenBarrierError:
        raise RuntimeError("a worker failed") from next(
            (error for error in errors if not isinstance(error, threading.BrokenBarrierError)), None
        )
    finally:
        barrier.abort()
        for thread in threads:
            if thread.ident is not None:  # it could be started
                thread.join()
