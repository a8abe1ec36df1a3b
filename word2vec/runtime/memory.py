"""Check that enough memory is available before much of it is allocated."""

import os
from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup/memory.max")


def check_memory(need: int, what: str, fix: str) -> None:
    """Raise unless `need` bytes are available.

    Raises MemoryError if they are not; the message says `what` needs them, how much is available, and the `fix`.
    """
    available = available_memory()
    if available is not None and need > available:
        raise MemoryError(
            f"{what} needs {need / 2**20:,.0f} MB of memory, {available / 2**20:,.0f} MB are available: {fix}"
        )


def available_memory() -> int | None:
    """Return the bytes that can be allocated without swapping, at most a container's limit; None if unknown.

    On Linux this is MemAvailable, elsewhere all of the machine's memory. Where it is unknown (Windows), nothing is
    refused here, and NumPy raises its own MemoryError.
    """
    limits = []
    try:
        limits.append(int(MEMINFO.read_text().partition("MemAvailable:")[2].split()[0]) * 1024)
    except (OSError, ValueError, IndexError):
        with suppress(AttributeError, ValueError, OSError):
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):  # "max" means no limit
        limits.append(int(CONTAINER.read_text()))
    return min(limits, default=None)
