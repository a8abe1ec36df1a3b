"""How a run shows its progress: a bar on a terminal, log lines elsewhere."""

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

logger = logging.getLogger(__name__)

Show = Callable[..., None]


@contextmanager
def progress(
    total: int,
    done: int = 0,
    *,
    unit: str,
    lines: int | None = None,
    listed: Callable[[int], bool] = lambda _: True,
    earlier: Sequence[str] = (),
    quiet: bool = False,
) -> Iterator[Show]:
    """Show how a run proceeds, with speed and time left, while the context lasts.

    Parameters
    ----------
    total, done : units of work in all, and those that were done before
    unit : their name, such as "words"
    lines : how many lines are logged in all where there is no terminal; None logs one for each call
    listed : function (done) → whether a line is logged for it
    earlier : lines that a resumed run logged before; they are logged again, so that its log is whole
    quiet : show nothing

    Yields
    ------
    show(done, line, **figures): moves the bar and shows the figures on it, or logs `line` (level INFO).
    """
    if quiet:
        yield lambda *_, **__: None
    elif _on_terminal():
        from tqdm import tqdm

        scale = lines is not None
        with tqdm(
            total=total, initial=done, unit=f" {unit}", unit_scale=scale, file=sys.stdout, dynamic_ncols=True
        ) as bar:

            def move(now: int, _: str, **figures: str) -> None:
                bar.set_postfix(figures, refresh=False)
                bar.update(now - bar.n)

            yield move
    else:
        last = done
        for line in earlier:
            logger.info("%s", line)

        def log(now: int, line: str, **_: str) -> None:
            nonlocal last
            if listed(now) and (lines is None or now - last >= total / lines or now == total):
                last = now
                logger.info("%s", line)

        yield log


def _on_terminal() -> bool:
    with suppress(AttributeError, ValueError, OSError):  # it is None, an object that only writes, or closed
        if sys.stdout.isatty():
            with suppress(io.UnsupportedOperation):
                return os.get_terminal_size(sys.stdout.fileno()).lines > 0  # 0: unknown, tqdm draws nothing
            return True
    return False
