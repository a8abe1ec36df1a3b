"""How much memory is to be had, asked before much of it is taken."""

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup/memory.max")


def check_memory(need: int, what: str, mend: str) -> None:
    """Make sure that `need` bytes can be had.

    Raises
    ------
    MemoryError
        If they cannot; the message names `what` needs them, how much there is, and the `mend`.
    """
    available = available_memory()
    if available is not None and need > available:
        raise MemoryError(
            f"{what} needs {need / 2**20:,.0f} MB of memory, {available / 2**20:,.0f} MB are available: {mend}"
        )


def available_memory() -> int | None:
    """Give the bytes that can be taken without swapping, at most a container's limit.

    Linux tells this itself (MemAvailable). Elsewhere it is all memory that the machine has, and None where
    not even that is told (Windows): then nothing is refused here, and NumPy raises its own MemoryError.
    """
    limits = [limit for limit in (_free_memory(), _container_limit()) if limit is not None]
    return min(limits, default=None)


def _free_memory() -> int | None:
    """Ask Linux, or else POSIX."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _container_limit() -> int | None:
    """Read the limit of a control group; "max" means none."""
    try:
        return int(CONTAINER.read_text())
    except (OSError, ValueError):
        return None
