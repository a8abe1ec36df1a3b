"""Ctrl-C as a request: what is being done comes to an end in good order."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a request to stop when nothing gets lost; a second one stops at once.

    Gives a function that tells whether a request has come. Outside the main thread no signal arrives, and none
    is asked for.
    """
    requests: list[int] = []

    def request(number: int, _: FrameType | None) -> None:
        """Note the first; let the second through."""
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
