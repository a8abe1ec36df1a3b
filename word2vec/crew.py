"""Threads that share out numbered tasks. NumPy lets go of Python's lock while it computes, so threads suffice.

Which thread does a task, and when, must change nothing in its result; then neither does the number of threads.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Crew:
    """The calling thread and `workers − 1` helpers, which wait between tasks; made by `crew`."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._round: _Round[object] | None = None
        self._begin, self._end = Semaphore(0), Semaphore(0)
        self._helpers = [Thread(target=self._help, daemon=True) for _ in range(workers - 1)]
        for helper in self._helpers:
            helper.start()

    def do(self, task: Callable[[int], T], n: int) -> list[T]:
        """Do task(0), …, task(n − 1) and give their results, in this order.

        Raises
        ------
        BaseException
            What a task raised, once all threads are at rest; tasks not begun by then are left.
        """
        current = _Round(task, n)
        helpers = min(len(self._helpers), n - 1)
        self._round = current  # type: ignore[assignment]
        if helpers > 0:
            self._begin.release(helpers)
        try:
            current.work()
        finally:
            for _ in range(helpers):
                self._end.acquire()
        if current.error is not None:
            raise current.error
        return [current.results[i] for i in range(n)]

    def _help(self) -> None:
        """Work whenever there is something to do; end when there is nothing any more."""
        while True:
            self._begin.acquire()
            if (current := self._round) is None:
                return
            current.work()
            self._end.release()

    def dismiss(self) -> None:
        """Let the helpers end."""
        self._round = None
        for _ in self._helpers:
            self._begin.release()
        for helper in self._helpers:
            helper.join()


class _Round(Generic[T]):
    """Tasks to be done by whoever comes first."""

    def __init__(self, task: Callable[[int], T], n: int) -> None:
        self.task, self.waiting, self.results = task, deque(range(n)), dict[int, T]()
        self.error: BaseException | None = None

    def work(self) -> None:
        """Do tasks until none is left or one failed."""
        while self.error is None:
            try:
                i = self.waiting.popleft()
            except IndexError:
                return
            try:
                self.results[i] = self.task(i)
            except BaseException as error:
                self.error = error


@contextmanager
def crew(workers: int) -> Iterator[Crew]:
    """Hire a crew; as long as it works, BLAS takes one thread, since the crew takes the others."""
    from threadpoolctl import threadpool_limits

    hired = Crew(workers)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield hired
    finally:
        hired.dismiss()


def workers_wanted(workers: int) -> int:
    """Give the number of threads: −1 is all cores that this process may use.

    Raises
    ------
    ValueError
        If it is neither −1 nor positive.
    """
    if workers == -1:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers is {workers}: expected at least 1, or -1 for all cores")
    return workers
