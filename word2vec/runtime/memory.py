"""Check that enough memory is available before much of it is allocated, and say so where the system refuses it."""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from mmap import mmap
from pathlib import Path

import numpy as np

MEMINFO, STATM = Path("/proc/meminfo"), Path("/proc/self/statm")
GROUPS, GROUP_FILES = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
# of a control group: the limit, what is used, and what the lines of memory.stat about files' pages begin with
GROUP_NAMES = {
    "": ("memory.max", "memory.current", ""),  # version 2
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),  # version 1
}
NO_LIMIT = 1 << 60

GIVES_BACK = "MALLOC_TRIM_THRESHOLD_"  # which Dask sets for its workers
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, in malloc.h
RESERVE = 64 << 20  # addresses that BLAS takes for its buffers and the system for threads, however little they do


def check_memory(need: int, what: str, fix: str | Callable[[int], str]) -> None:
    """Raise MemoryError unless `need` bytes are available.

    It says `what` needs them, how much is available, and the `fix`, which may be a function of the available bytes.
    """
    available = available_memory()
    if available is not None and need > available:
        fix = fix if isinstance(fix, str) else fix(available)
        raise MemoryError(f"{what} needs {_mb(need)} of memory, {_mb(available)} are available: {fix}")


@contextmanager
def guarded(need: int, what: str, fix: str) -> Iterator[None]:
    """Turn the system's refusal to give or map memory, an OSError, into the MemoryError of `check_memory`."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOMEM:
            raise
        check_memory(need, what, fix)
        raise MemoryError(f"{what} needs {_mb(need)} of memory, which the system refuses: {fix}") from None


def allocate(need: int, what: str, fix: str) -> mmap:
    """Return zeros that processes forked later share, and that the system gets back when they are dropped.

    Raises MemoryError as `check_memory` does.
    """
    with guarded(need, what, fix):
        return mmap(-1, max(1, need))


def keep_freed(nbytes: int) -> None:
    """Make the process keep memory of up to `nbytes` that is freed, for the next arrays; does nothing without glibc.

    It gives larger pieces back to the system, to take them anew page by page, until one of that size was freed. For
    workers Dask sets that it does so with all of 128 KB and more, for ever, which takes a third of a training's time.
    """
    if GIVES_BACK in os.environ:
        with suppress(AttributeError, OSError, TypeError):
            mallopt = ctypes.CDLL(None).mallopt
            for parameter, size in (TRIM_THRESHOLD, 8 * nbytes), (MMAP_THRESHOLD, nbytes):
                mallopt(parameter, size)
    else:
        np.empty(nbytes, np.uint8)


def available_memory() -> int | None:
    """Return the bytes that can be allocated without swapping; None if unknown.

    On Linux this is MemAvailable, elsewhere all of the machine's memory; at most what the process may still allocate
    (`ulimit -v`), and what its control groups (containers, batch systems) may. Where it is unknown (Windows), nothing
    is refused here, and NumPy raises its own MemoryError.
    """
    limits = [*_left_in_groups(), *_left_of_addresses()]
    try:
        limits.append(_number_after(MEMINFO.read_text(), "MemAvailable:") * 1024)
    except (OSError, ValueError, IndexError):
        with suppress(AttributeError, ValueError, OSError):
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(limits, default=None)


def _left_of_addresses() -> Iterator[int]:
    """Yield how much the address space may still grow, if it is limited."""
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            yield max(0, limit - int(STATM.read_text().split()[0]) * resource.getpagesize() - RESERVE)


def _left_in_groups() -> Iterator[int]:
    """Yield how much each control group with a limit may still use, from the process's own up to the root.

    In a container the path of the process may be the one outside; the container's own group is then the root.
    """
    try:
        lines = GROUPS.read_text().splitlines()
    except OSError:
        lines = ["0::/"]
    for kind, path in (line.split(":", 2)[1:] for line in lines if line.count(":") > 1):
        version = next((name for name in kind.split(",") if name in GROUP_NAMES), None)
        if version is not None:
            limit, usage, prefix = GROUP_NAMES[version]
            own = Path(path.lstrip("/"))
            for group in (GROUP_FILES / version / place for place in (own, *own.parents)):
                with suppress(OSError, ValueError):  # "max" means no limit, as does the largest number
                    left = int((group / limit).read_text())
                    if left < NO_LIMIT:
                        with suppress(OSError, ValueError, IndexError):
                            left -= int((group / usage).read_text())
                            stat = (group / "memory.stat").read_text()
                            for pages in ("inactive_file ", "active_file "):  # given up when memory is short
                                left += _number_after(stat, prefix + pages)
                        yield max(0, left)


def _number_after(text: str, name: str) -> int:
    return int(f"\n{text}".partition(f"\n{name}")[2].split()[0])


def _mb(need: int) -> str:
    return f"{need / 2**20:,.0f} MB" if need < 10 << 30 else f"{need / 2**30:,.1f} GB"
