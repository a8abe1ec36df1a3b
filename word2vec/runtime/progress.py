"""How a run shows itself: a bar on a terminal, plain lines elsewhere, and its history as a file."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from word2vec._types import PathLike
from word2vec.course.descent import Report
from word2vec.runtime.files import write_atomically
from word2vec.vectors.history import Measured

Show = Callable[[Report], object]


def line(report: Report) -> str:
    """Write a report as the course does: `iter 10: 19.061546`."""
    return f"iter {report.iteration}: {report.smoothed:f}"


@contextmanager
def progress(
    iterations: int, done: int = 0, *, earlier: Sequence[Report] = (), quiet: bool = False
) -> Iterator[Show]:
    """Give a function that shows reports: a bar with loss, rate and time left, or a line for each.

    Lines begin with those of earlier reports, so that the log of a run that was taken up again is whole.
    """
    if quiet:
        yield lambda _: None
    elif sys.stdout is not None and sys.stdout.isatty():
        with _bar(iterations, done) as show:
            yield show
    else:
        for report in earlier:
            say(line(report))
        yield lambda report: say(line(report))


def say(text: str) -> None:
    """Print a line. If it cannot be (a closed pipe, a full disk), go on in silence: the work matters more."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _bar(iterations: int, done: int) -> Iterator[Show]:
    """Show reports on a bar of tqdm's."""
    from tqdm import tqdm

    with tqdm(total=iterations, initial=done, unit=" iterations", file=sys.stdout, dynamic_ncols=True) as bar:

        def show(report: Report) -> None:
            """Move the bar on."""
            bar.set_postfix(loss=f"{report.smoothed:f}", refresh=False)
            bar.update(report.iteration - bar.n)

        yield show


@contextmanager
def bar_of_words(total: int, done: int = 0, *, quiet: bool | None = None) -> Iterator[Callable[[Measured], object]]:
    """Give a function that shows how training goes on: words a second, rate, loss, time left.

    Parameters
    ----------
    total, done : words to be read in all epochs together, and those read before
    quiet : True shows nothing; False a bar on a terminal, lines elsewhere; None only the bar
    """
    terminal = sys.stdout is not None and sys.stdout.isatty()
    if quiet or (quiet is None and not terminal):
        yield lambda _: None
    elif not terminal:
        yield _lines_of_words(total, done)
    else:
        from tqdm import tqdm

        with tqdm(
            total=total, initial=done, unit=" words", unit_scale=True, file=sys.stdout, dynamic_ncols=True
        ) as bar:

            def show(now: Measured) -> None:
                """Move the bar on."""
                bar.set_postfix(rate=f"{now.learning_rate:.5f}", loss=f"{now.loss:f}", refresh=False)
                bar.update(now.words - bar.n)

            yield show


def _lines_of_words(total: int, done: int) -> Callable[[Measured], object]:
    """Give a function that says, some twenty times in all, how training goes."""
    said = [done]

    def show(now: Measured) -> None:
        """Say it if it is time."""
        if now.words - said[0] >= total / 20 or now.words == total:
            said[0] = now.words
            say(f"{now.words:,} of {total:,} words: rate {now.learning_rate:.5f}, loss {now.loss:f}")

    return show


def save_history(history: Sequence[Report], path: PathLike) -> None:
    """Write a CSV file: a line per report with iteration, loss of its batch, smoothed loss."""
    with write_atomically(path) as file:
        file.write(b"iteration,loss,smoothed\n")
        file.writelines(
            f"{iteration},{float(loss)!r},{float(smoothed)!r}\n".encode() for iteration, loss, smoothed in history
        )
