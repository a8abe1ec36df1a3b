"""word2vec/runtime/workers.py: workers in lockstep, that fail, and that are lost; processes and threads alike."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

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


def test_a_slow_worker_is_waited_for(way):
    done = shared_zeros((1,), np.int64)

    def work(worker):
        if worker.rank:
            time.sleep(0.2)
            done[0] = 1
        worker.barrier()
        return int(done[0])

    assert together(2, work) == 1


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


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes")
def test_a_process_that_is_killed_is_reported():
    def work(worker):
        for _ in range(3):
            worker.barrier()
        if worker.rank:
            os.kill(os.getpid(), signal.SIGKILL)
        worker.barrier()

    with pytest.raises(RuntimeError, match=r"a worker process was lost .*: try fewer workers"):
        together(2, work)


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes")
def test_a_reader_that_is_gone_is_reported():
    read, write = os.pipe()
    os.close(read)
    with pytest.raises(RuntimeError, match="a worker process was lost"):
        workers._send(write)
    os.close(write)


def test_blas_takes_one_thread_meanwhile_and_gets_its_threads_back(way):
    before = blas_threads()
    inside = together(2, lambda worker: blas_threads())
    assert inside == [1] * len(before)
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError):
        together(1, lambda worker: 1 // 0)
    assert blas_threads() == before


def test_shared_arrays_begin_at_zero_and_may_be_empty():
    assert not shared_zeros((3, 4), np.float32).any()
    assert shared_zeros((0, 4), np.float32).shape == (0, 4)


def test_workers_are_counted():
    assert count_workers(3) == 3
    assert count_workers(-1) >= 1
    for wrong in (0, -2):
        with pytest.raises(ValueError, match=f"workers is {wrong}: expected at least 1, or -1 for all cores"):
            count_workers(wrong)
    with pytest.raises(TypeError, match=r"workers is 1\.5: expected a whole number"):
        count_workers(1.5)


def test_more_workers_than_cores_can_serve_are_named(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert count_workers(8) == 8
    with pytest.warns(UserWarning, match="9 workers share 2 cores and wait for each other: pass -1"):
        assert count_workers(9) == 9
