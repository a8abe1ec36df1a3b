"""Turn Ctrl-C, SIGTERM and SIGHUP into a request to stop, so that a run can finish its step and save its state."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))  # not on Windows
AT_ONCE = 1.0  # seconds: signals so close together are one request; `timeout` signals its process and its group


def end_at_once(number: int, _: FrameType | None) -> None:
    """End the process with a line and the status of Ctrl-C: while modules are imported, nothing is lost by that."""
    with suppress(OSError):  # where standard error is closed
        os.write(2, b"word2vec: interrupted\n")
    os._exit(128 + number)


def begin_command() -> None:
    """Have Ctrl-C `end_at_once` until `command_begun`, unless it is ignored: imports would end in a traceback.

    A process that multiprocessing starts for the command imports its script, too, and is none.
    """
    is_own = "__mp_main__" not in sys.modules
    if is_own and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_at_once)


def command_begun() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again."""
    if signal.getsignal(signal.SIGINT) is end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Record Ctrl-C, SIGTERM and SIGHUP as a request to stop; one a second later raises KeyboardInterrupt.

    Yields a function that returns whether a stop was requested; once it has returned True, no signal raises any more.
    SIGHUP stays ignored where it is, as under nohup. Outside the main thread, which alone receives signals, the
    function always returns False.
    """
    requests: list[float] = []
    heeded = False

    def request(*_: object) -> None:
        if requests and not heeded and time.monotonic() - requests[0] >= AT_ONCE:
            raise KeyboardInterrupt
        requests.append(time.monotonic())

    def stopped() -> bool:
        nonlocal heeded
        heeded = bool(requests)
        return heeded

    with _handling(request):
        yield stopped


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C, SIGTERM and SIGHUP back while the context lasts; afterwards they do what they would have done.

    Outside the main thread nothing is held back, since no signal raises there.
    """
    held: list[int] = []
    try:
        with _handling(lambda number, _: held.append(number)):
            yield
    finally:
        for number in dict.fromkeys(held):
            signal.raise_signal(number)


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle `STOPS` while the context lasts, except an ignored SIGHUP and what was not set from Python (None)."""
    before = {}
    for number in STOPS if threading.current_thread() is threading.main_thread() else ():
        old = signal.getsignal(number)
        if old is not None and (old is not signal.SIG_IGN or number in (signal.SIGINT, signal.SIGTERM)):
            before[number] = old
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
