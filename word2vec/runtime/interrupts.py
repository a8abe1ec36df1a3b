"""Turn Ctrl-C and SIGTERM into a request to stop, so that a run can finish its step and save its state."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Record the first Ctrl-C or SIGTERM as a request to stop; the second raises KeyboardInterrupt.

    Yields a function that returns whether a stop was requested. Outside the main thread, which alone receives
    signals, it always returns False.
    """
    requests: list[int] = []

    def request(number: int, _: FrameType | None) -> None:
        if requests:
            raise KeyboardInterrupt
        requests.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, request) for number in numbers}
    try:
        yield lambda: bool(requests)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
