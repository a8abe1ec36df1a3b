"""word2vec/runtime/workers.py: workers in lockstep, that fail, and that are lost; processes and threads alike."""

import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from word2vec.runtime import workers
from word2vec.runtime.workers import count_workers, run_workers, shared_zeros

WAYS = ["_threads", "_processes"] if sys.platform == "linux" else ["_threads"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Let `run_workers` work in one way, whatever the platform."""
    chosen = getattr(workers, request.param)
    monkeypatch.setattr(workers, "_threads", chosen)
    monkeypatch.setattr(workers, "_processes", chosen)
    return request.param


def together(size, work):
    """What worker 0 returns."""
    with run_workers(size, work) as worker:
        return work(worker)


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_workers_see_what_all_wrote_before_they_met(way, size):
    board, sums = shared_zeros((size,), np.int64), shared_zeros((size, 50), np.int64)

    def work(worker):
        for i in range(50):
            board[worker.rank] = i * worker.size + worker.rank
            worker.barrier()
            sums[worker.rank, i] = board.sum()
            worker.barrier()
        return worker.size

    assert together(size, work) == size
    truth = [sum(i * size + rank for rank in range(size)) for i in range(50)]
    assert (sums == truth).all()


def test_what_the_caller_raises_ends_all(way):
    before, processes = threading.active_count(), shared_zeros((3,), np.int64)

    def work(worker):
        processes[worker.rank] = os.getpid()
        worker.barrier()
        if worker.rank == 0:
            raise KeyError("mine")
        worker.barrier()

    with pytest.raises(KeyError, match="mine"):
        together(3, work)
    assert threading.active_count() == before
    assert processes.all()
    for child in set(processes.tolist()) - {os.getpid()}:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)  # nobody is left behind


def test_a_worker_that_fails_is_reported_and_not_waited_for(way):
    def work(worker):
        if worker.rank:
            raise ValueError("theirs")
        worker.barrier()
        worker.barrier()

    with pytest.raises(RuntimeError, match=r"a worker (process was lost|failed)"):
        together(2, work)


# processes that end, are signalled, cannot be started

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs processes")
LONG = 100  # seconds that only a failing test waits


class Holder:
    """Another fork, which holds all that is open where `fork` is called."""

    def __init__(self):
        self.pid, self.late = shared_zeros((1,), np.int64), shared_zeros((1,), np.int64)

    def fork(self):
        if child := os.fork():
            self.pid[0] = child
            return
        time.sleep(LONG)
        self.late[0] = 1  # it was waited for
        os._exit(0)


@pytest.fixture
def holder():
    found = Holder()
    yield found
    assert found.pid[0]
    assert not found.late[0]
    os.kill(int(found.pid[0]), signal.SIGKILL)
    with suppress(ChildProcessError):  # it may be a child of another
        os.waitpid(int(found.pid[0]), 0)


@pytest.fixture
def handled():
    """Set a signal's handler, until the test ends."""
    before = {}

    def handle(number, handler):
        before[number] = signal.signal(number, handler)

    yield handle
    for number, handler in before.items():
        signal.signal(number, handler)


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


def children():
    """Name the processes that this one has started, those of other tests (a browser's driver) among them."""
    tasks = Path("/proc/self/task").glob("*/children")
    return sorted(child for task in tasks for child in task.read_text().split())


@linux
@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed, perhaps for want of memory"),
        (lambda: os.kill(os.getpid(), signal.SIGXCPU), "ended by signal 24"),
        (lambda: 1 // 0, "exit status 1"),
    ],
)
def test_a_process_that_ended_is_reported_with_what_ended_it(end, how):
    def work(worker):
        for _ in range(3):
            worker.barrier()
        if worker.rank:
            end()
        worker.barrier()

    with pytest.raises(RuntimeError, match=rf"a worker process was lost \({how}\): try fewer workers"):
        together(2, work)


@linux
def test_a_reader_that_is_gone_is_reported():
    def work(worker):
        if worker.rank:
            os.close(worker._peers[0].read)
        worker.barrier()

    with pytest.raises(RuntimeError, match="a worker process was lost"):
        together(2, work)


@linux
def test_what_the_caller_raises_is_not_delayed_by_another_fork(holder):
    def work(worker):
        worker.barrier()
        if worker.rank == 0:
            holder.fork()
            raise KeyError("mine")
        worker.barrier()

    with pytest.raises(KeyError, match="mine"):
        together(3, work)


@linux
def test_the_caller_may_leave_early_while_another_fork_lives(holder):
    with run_workers(3, lambda worker: [worker.barrier(), worker.barrier()]) as worker:
        worker.barrier()
        holder.fork()
    assert (worker.rank, worker.size) == (0, 3)


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_cannot_answer_does_not_delay_what_the_caller_raises(number):
    board = shared_zeros((2,), np.int64)

    def work(worker):
        board[worker.rank] = os.getpid()
        worker.barrier()
        if worker.rank == 0:
            os.kill(int(board[1]), number)
            raise KeyError("mine")
        worker.barrier()

    with pytest.raises(KeyError, match="mine"):
        together(2, work)


@linux
def test_a_process_that_is_killed_is_noticed_while_another_fork_lives(holder):
    def work(worker):
        worker.barrier()
        if worker.rank:
            holder.fork()
            os.kill(os.getpid(), signal.SIGKILL)
        worker.barrier()

    with pytest.raises(RuntimeError, match=r"a worker process was lost \(killed"):
        together(2, work)


@linux
@pytest.mark.parametrize("slow", [0, 1])
def test_who_is_slow_is_not_taken_for_lost(monkeypatch, slow):
    monkeypatch.setattr(workers, "LOOK", 1)

    def work(worker):
        if worker.rank == slow:
            time.sleep(0.05)
        worker.barrier()
        return worker.size

    filters = [*warnings.filters]
    assert together(2, work) == 2
    assert warnings.filters == filters  # a fork hides a warning


@linux
def test_workers_end_with_the_caller_while_another_fork_lives(holder):
    there, gone = os.pipe()  # at its end when all who hold `gone` are gone

    def work(worker):
        worker.barrier()
        if worker.rank == 0:
            os.close(gone)  # the workers still hold it
            holder.fork()
            os.kill(os.getpid(), signal.SIGKILL)
        worker.barrier()

    caller = os.fork()
    if caller == 0:
        try:
            together(3, work)
        finally:
            os._exit(1)
    os.close(gone)
    os.waitpid(caller, 0)
    assert os.read(there, 1) == b""
    os.close(there)


@linux
def test_processes_ignore_what_the_caller_handles_and_keep_the_rest(handled):
    calls, board = [], shared_zeros((2, 65), np.int64)
    handled(signal.SIGUSR1, lambda *_: calls.append(os.getpid()))
    handled(signal.SIGTERM, lambda *_: calls.append(os.getpid()))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1]

    def work(worker):
        if worker.rank:
            for number in numbers:
                os.kill(os.getpid(), number)
        board[worker.rank, list(signal.pthread_sigmask(signal.SIG_BLOCK, ()))] = 1
        for number in numbers if worker.rank else ():
            assert signal.getsignal(number) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGWINCH) is signal.SIG_DFL
        worker.barrier()
        return True

    try:
        assert together(2, work)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
    assert calls == []
    assert np.flatnonzero(board[0]).tolist() == np.flatnonzero(board[1]).tolist() == [signal.SIGUSR2]


@linux
@pytest.mark.parametrize("reaps", [False, True])
def test_nobody_has_to_leave_the_ends_of_processes_to_us(handled, reaps):
    def reap(*_):
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    handled(signal.SIGCHLD, reap if reaps else signal.SIG_IGN)

    def work(worker, last=lambda: None):
        worker.barrier()
        if worker.rank:
            last()
        worker.barrier()
        return worker.size

    before = descriptors()
    assert together(3, work) == 3
    with pytest.raises(RuntimeError, match=r"a worker process was lost \(killed"):
        together(2, lambda worker: work(worker, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    with pytest.raises(ZeroDivisionError):
        together(2, lambda worker: work(worker) // worker.rank)
    assert descriptors() == before


@linux
@pytest.mark.parametrize(("name", "number", "nth"), [("fork", 11, 2), ("pipe", 24, 1), ("pipe", 24, 4)])
def test_what_cannot_be_started_is_said_and_leaves_nothing_open(monkeypatch, name, number, nth):
    call, calls, mask = getattr(os, name), [], signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def failing():
        calls.append(1)
        if len(calls) == nth:
            raise OSError(number, os.strerror(number))
        return call()

    before, processes = descriptors(), children()
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing)
        with pytest.raises(OSError, match=r"cannot start worker [23] of 3 \(.*\): .*try fewer workers") as caught:
            together(3, lambda worker: worker.barrier())
    assert caught.value.errno == number
    assert descriptors() == before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask
    assert children() == processes


def test_a_thread_that_cannot_be_started_ends_the_others(monkeypatch):
    start, before = threading.Thread.start, threading.active_count()

    def failing(thread):
        if threading.active_count() > before:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", failing)
    with (
        pytest.raises(RuntimeError, match="can't start new thread"),
        workers._threads(3, lambda worker: worker.barrier()),
    ):
        pass
    assert threading.active_count() == before


def test_blas_takes_one_thread_meanwhile_and_gets_its_threads_back(way):
    before = blas_threads()
    inside = together(2, lambda worker: blas_threads())
    assert inside == [1] * len(before)
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError):
        together(1, lambda worker: 1 // 0)
    assert blas_threads() == before


def test_blas_has_its_threads_back_when_the_last_of_several_runs_ends():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        first, second = run_workers(1, print), run_workers(1, print)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == [1] * len(before)
        second.__exit__(None, None, None)
        assert blas_threads() == before


def test_a_library_that_came_with_a_module_since_is_limited_too(monkeypatch):
    with workers.one_blas_thread():
        pass
    before = workers._libraries(len(sys.modules))
    assert workers._libraries(len(sys.modules)) is before
    monkeypatch.setitem(sys.modules, "another", workers)
    with workers.one_blas_thread():
        assert workers._libraries(len(sys.modules)) is not before
    assert workers._libraries.cache_info().currsize == 1


def test_shared_arrays_begin_at_zero_and_may_be_empty():
    assert not shared_zeros((3, 4), np.float32).any()
    assert shared_zeros((0, 4), np.float32).shape == (0, 4)


def test_workers_are_counted():
    assert count_workers(1) == 1
    assert count_workers(-1) >= 1
    for wrong in (0, -2):
        with pytest.raises(ValueError, match=f"workers is {wrong}: expected at least 1, or -1 for all cores"):
            count_workers(wrong)
    with pytest.raises(TypeError, match=r"workers is 1\.5: expected a whole number"):
        count_workers(1.5)


def test_there_are_as_many_workers_as_cores_at_most(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 4}, raising=False)
    assert [count_workers(n) for n in (1, 2, 3, 4, 150, 10**30, -1)] == [1, 2, 3, 3, 3, 3, 3]
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")  # as a container's quota would: joblib heeds both
    assert [count_workers(n) for n in (1, 2, 3, -1)] == [1, 2, 2, 2]
    monkeypatch.setattr("joblib.parallel.mp", None)  # as where there is no /dev/shm
    assert [count_workers(n) for n in (1, 2, 3, -1)] == [1, 2, 2, 2]


def test_only_joblibs_warning_that_is_not_true_here_is_hidden(monkeypatch, tmp_path, recwarn):
    for name in [name for name in sys.modules if name.partition(".")[0] == "joblib"]:
        monkeypatch.delitem(sys.modules, name)
    warned = "".join(
        f"warnings.warn({what!r})\n" for what in ("No disk.  joblib will operate in serial mode", "look here")
    )
    (tmp_path / "joblib.py").write_text(f"import warnings\n{warned}def cpu_count(): return 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert count_workers(-1) == 3
    assert [str(each.message) for each in recwarn] == ["look here"]
