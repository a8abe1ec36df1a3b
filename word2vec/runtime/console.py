"""What a command prints: the log on standard output, warnings and errors as plain lines on standard error."""

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

LIBRARY = __name__.partition(".")[0]


class _Lines(logging.Handler):
    """Prints log records: information on standard output, the rest on standard error after the command's name."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING:
            print_line(record.getMessage())
        else:
            print_error(f"{self._command}: {record.getMessage()}")


def print_line(text: str) -> None:
    """Print a line. If that fails (a closed pipe, a full disk), go on in silence: the work matters more."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_error(text: str) -> None:
    """Print a line on standard error."""
    print(text, file=sys.stderr)


def escape_characters() -> None:
    """Make standard output and error escape the characters that a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def console(command: str, *, quiet: bool = False) -> Iterator[None]:
    """Print the library's log and warnings while the context lasts; `quiet` leaves out what is neither.

    `command` stands before each warning and error. Characters that a terminal cannot show are escaped.
    """
    escape_characters()
    logger, handler = logging.getLogger(LIBRARY), _Lines(command)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("always", category=UserWarning, module=rf"({LIBRARY}|run|__main__)(\.|$)")
            warnings.showwarning = lambda message, *_, **__: print_error(f"{command}: {message}")
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
