"""word2vec/runtime/workers.py: members that meet, that fail, and that are lost; processes and threads alike."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from word2vec.runtime import workers
from word2vec.runtime.workers import Board, shared_zeros, together, workers_wanted

WAYS = ["_threads", "_processes"] if sys.platform == "linux" else ["_threads"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Let `together` work in one way, whatever the platform."""
    chosen = getattr(workers, request.param)
    monkeypatch.setattr(workers, "_threads", chosen)
    monkeypatch.setattr(workers, "_processes", chosen)
    return request.param


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_members_see_what_all_wrote_before_they_met(way, size):
    board, sums = shared_zeros((size,), np.int64), shared_zeros((size, 50), np.int64)

    def work(member):
        for i in range(50):
            board[member.rank] = i * member.size + member.rank
            member.meet()
            sums[member.rank, i] = board.sum()
            member.meet()
        return member.size

    assert together(size, work) == size
    truth = [sum(i * size + rank for rank in range(size)) for i in range(50)]
    assert (sums == truth).all()


def test_a_slow_member_is_waited_for(way):
    done = shared_zeros((1,), np.int64)

    def work(member):
        if member.rank:
            time.sleep(0.2)
            done[0] = 1
        member.meet()
        return int(done[0])

    assert together(2, work) == 1


def test_what_the_caller_raises_ends_all(way):
    before, processes = threading.active_count(), shared_zeros((3,), np.int64)

    def work(member):
        processes[member.rank] = os.getpid()
        member.meet()
        if member.rank == 0:
            raise KeyError("mine")
        member.meet()

    with pytest.raises(KeyError, match="mine"):
        together(3, work)
    assert threading.active_count() == before
    assert processes.all()
    for child in set(processes.tolist()) - {os.getpid()}:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)  # nobody is left behind


def test_a_member_that_fails_is_reported_and_not_waited_for(way):
    def work(member):
        if member.rank:
            raise ValueError("theirs")
        member.meet()
        member.meet()

    with pytest.raises(RuntimeError, match=r"a worker (process was lost|failed)"):
        together(2, work)


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes")
def test_a_process_that_is_killed_is_reported():
    def work(member):
        for _ in range(3):
            member.meet()
        if member.rank:
            os.kill(os.getpid(), signal.SIGKILL)
        member.meet()

    with pytest.raises(RuntimeError, match=r"a worker process was lost .*: try fewer workers"):
        together(2, work)


@pytest.mark.skipif(sys.platform != "linux", reason="needs processes")
def test_a_reader_that_is_gone_is_reported():
    read, write = os.pipe()
    os.close(read)
    with pytest.raises(RuntimeError, match="a worker process was lost"):
        workers._tell(write)
    os.close(write)


def test_blas_takes_one_thread_meanwhile_and_gets_its_threads_back(way):
    before = blas_threads()
    inside = together(2, lambda member: blas_threads())
    assert inside == [1] * len(before)
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError):
        together(1, lambda member: 1 // 0)
    assert blas_threads() == before


def test_shared_arrays_begin_at_zero_and_may_be_empty():
    assert not shared_zeros((3, 4), np.float32).any()
    assert shared_zeros((0, 4), np.float32).shape == (0, 4)


def test_what_a_member_puts_on_the_board_all_read(way):
    board, read = Board(2, [((7,), np.int32), ((3, 2), np.float64)]), shared_zeros((2, 5), np.float64)

    def work(member):
        for n in (7, 2, 0):
            board.put(member.rank, (np.arange(n) + member.rank, np.full((min(n, 3), 2), n + member.rank)))
            member.meet()
            numbers, table = board.get(1 - member.rank)
            read[member.rank] = [len(numbers), numbers.sum(), *table.shape, table.sum()]
            member.meet()
            if member.rank == 0:
                assert read.tolist() == EXPECTED[n]
            member.meet()

    together(2, work)


EXPECTED = {
    7: [[7, 28, 3, 2, 48], [7, 21, 3, 2, 42]],
    2: [[2, 3, 2, 2, 12], [2, 1, 2, 2, 8]],
    0: [[0, 0, 0, 2, 0], [0, 0, 0, 2, 0]],
}


def test_workers_are_counted():
    assert workers_wanted(3) == 3
    assert workers_wanted(-1) >= 1
    for wrong in (0, -2):
        with pytest.raises(ValueError, match=f"workers is {wrong}: expected at least 1, or -1 for all cores"):
            workers_wanted(wrong)
