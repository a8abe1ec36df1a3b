"""Generations of checkpoints that survive a crash, a kill, a power cut or a full disk at any instant.

A checkpoint is an archive with a checksum (`word2vec.runtime.archive`). A run keeps its generations in a folder of
its own. The protocol of a save:

1. All bytes go into a new file of a unique name beside the generations (`word2vec.runtime.files.write_atomically`).
2. That file is flushed and fsynced. An error here is final for it: it is removed, never retried.
3. It is read back and compared with its checksum.
4. One rename gives it its name: a reader finds the whole file or none.
5. The folder is fsynced, so that the name survives a power cut too.
6. Only then is the save reported, and only then are generations older than the newest two dropped.

So at any instant the newest or the previous generation is whole. Loading takes the newest that passes its check and
reports which it skipped, and why. Two processes cannot write into one folder (`locked`), and the process that holds
the lock removes what a killed process left of step 1.
"""

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from word2vec._types import PathLike
from word2vec.runtime.archive import Arrays, CheckpointError, load_archive, save_archive
from word2vec.runtime.files import sweep

KEPT = 2


def save_generation(folder: PathLike, iteration: int, arrays: Arrays, values: dict[str, Any]) -> Path:
    """Write the checkpoint of an iteration into the folder of its run, then drop all but the newest two."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / f"iteration-{iteration:09d}.checkpoint"
    save_archive(path, arrays, values)
    for old in generations(folder)[KEPT:]:
        if old != path:
            old.unlink(missing_ok=True)
    return path


def load_newest(
    folder: PathLike,
    report: Callable[[str], object],
    complaint: Callable[[Arrays, dict[str, Any]], str] = lambda *_: "",
) -> tuple[Arrays, dict[str, Any]] | None:
    """Load the newest usable generation of a folder; None if the folder holds no generation at all.

    `complaint(arrays, values)` returns why a sound checkpoint cannot be used; an empty string if it can.

    Raises
    ------
    CheckpointError
        If there are generations but none is usable. A line about each that was skipped is passed to `report`.
    """
    found = generations(folder)
    for path in found:
        try:
            arrays, values = load_archive(path)
        except (CheckpointError, OSError) as error:
            report(f"skipped: {error}")
            continue
        if not (why := complaint(arrays, values)):
            return arrays, values
        report(f"skipped: {path} {why}")
    if found:
        raise CheckpointError(f"no usable checkpoint in {folder}: start anew (run.py: --no-resume), which removes it")
    return None


def generations(folder: PathLike) -> list[Path]:
    """List the checkpoints of a folder, the newest first."""
    return sorted(Path(folder).glob("iteration-*.checkpoint"), reverse=True)


@contextmanager
def locked(folder: PathLike) -> Iterator[None]:
    """Lock a folder for this process as long as the context lasts, and remove what killed writers left there.

    Raises
    ------
    CheckpointError
        If another process holds the folder.
    """
    from filelock import FileLock, Timeout

    Path(folder).mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(Path(folder) / ".lock").acquire(timeout=0)
    except Timeout:
        raise CheckpointError(
            f"another run is writing into {folder}: wait for its end, stop it, or write elsewhere (run.py: --out)"
        ) from None
    with lock:
        for place in (Path(folder), *Path(folder).glob("*/")):
            sweep(place)
        yield


def versions() -> dict[str, str]:
    """Return the versions that run here, to be saved with a state: its bits are promised for the same ones only."""
    return {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}


# the command line's reports


def show(path: Path) -> tuple[str, bool]:
    """Describe the content of a checkpoint, a line for each value and array; long values are cut off."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file; `checkpoint verify` looks into folders")
    arrays, values = load_archive(path)
    texts = {name: str(value).replace("\n", " ") for name, value in values.items()}
    lines = [
        f"{name}: {text if len(text) <= 100 else f'{text[:80]} … ({len(text)} characters)'}"
        for name, text in texts.items()
    ]
    lines += [f"{name}: array {array.shape} of {array.dtype}" for name, array in arrays.items()]
    return "\n".join(lines), True


def verify(folder: Path) -> tuple[str, bool]:
    """Check every checkpoint below a folder, a line for each; return whether all are sound, too."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*.checkpoint"))
    if not paths:
        raise FileNotFoundError(f"no checkpoint in {folder}: expected a folder with files named *.checkpoint")
    lines = []
    for path in paths:
        try:
            _, values = load_archive(path)
            lines.append(f"good  {path}: iteration {values.get('iteration', 'unknown')}")
        except (CheckpointError, OSError) as error:
            lines.append(f"bad   {error}")
    return "\n".join(lines), all(line.startswith("good") for line in lines)
