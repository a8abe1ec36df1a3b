"""The folder of a training run: checkpoints that survive a crash, a kill, a power cut or a full disk at any instant.

A checkpoint is an archive with a checksum (`word2vec.runtime.archive`). The protocol of a save:

1. All bytes go into a new file of a unique name beside the checkpoints (`word2vec.runtime.files.write_atomically`).
2. That file is flushed and fsynced. An error here is final for it: it is removed, never retried.
3. It is read back and compared with its checksum.
4. One rename gives it its name: a reader finds the whole file or none.
5. The folder is fsynced, so that the name survives a power cut too.
6. Only then is the save reported, and only then are checkpoints older than the newest two dropped.

So at any instant the newest or the previous checkpoint is whole. Resuming takes the newest that passes its check and
warns of those that it skipped. Two processes cannot write into one folder (`locked`), and the process that holds the
lock removes what a killed process left of step 1.
"""

import errno
import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

from .._types import Array, PathLike
from .archive import Arrays, CheckpointError, load_archive, load_values, save_archive
from .arguments import warn
from .console import reason
from .files import check_writable, sweep
from .interrupts import uninterrupted

logger = logging.getLogger(__name__)

KEPT = 2
SHOWN = 3  # other runs that a message describes
CONTINUED = "continued"  # setting: of each shorter run that a run continues, its length and last checkpoint's number
SAVE_SECONDS = 60.0
EXPECTED = "expected a sound file named *.checkpoint, which a run saved"


class RunFolder:
    """The checkpoints of one run, in a folder of its own (`path`) that is named after what determines its result.

    Parameters
    ----------
    folder : of all runs; None saves nothing
    settings : of the run, as JSON can express them
    data : what else determines the result: arrays, iterators of an array's pieces, or what JSON can express
    """

    def __init__(self, folder: PathLike | None, settings: dict[str, Any], data: Sequence[Any]) -> None:
        self.path: Path | None = None
        self.settings, self._saved = settings, time.monotonic()
        self._folder = None if folder is None else Path(folder).absolute()  # on_epoch may change the working folder
        if self._folder is not None:
            self._data = [
                digest(part) if hasattr(part, "dtype") or isinstance(part, Iterator) else part for part in data
            ]
            found = hashlib.sha256()  # of json.dumps, whose text would take much memory as a whole
            for piece in json.JSONEncoder().iterencode([settings, self._data]):
                found.update(piece.encode())
            self._digest = found.hexdigest()
            self.path = self._folder / self._digest[:12]

    def locked(self) -> AbstractContextManager[None]:
        """Return `locked(path)`; raise OSError if the folder of all runs cannot be written into."""
        if self.path is None or self._folder is None:
            return nullcontext()
        check_writable(self._folder)
        return locked(self.path)

    def resume(self, resume: bool | None = None, into: Arrays | None = None) -> tuple[Arrays, dict[str, Any]] | None:
        """Return arrays and values of the newest usable checkpoint, or None to start; warn of damaged ones.

        Parameters
        ----------
        resume : True: there has to be one; False: there may be none, and what is there is removed; None: either
        into : arrays that are filled with those of these names, see `load_archive`

        Raises ValueError if there has to be one but is none; CheckpointError if there are some, but none is usable.
        """
        found = [] if self.path is None else generations(self.path)
        if resume is False:
            for old in found:
                old.unlink()
            return None
        for path in found:
            try:
                arrays, values = load_archive(path, into=into)
                if values.get("digest") == self._digest:
                    return arrays, values
                why = f"{path} belongs to a run with other settings or data"
            except (CheckpointError, OSError) as error:
                why = reason(error)
            warn(f"skipped: {why}")
        if found:
            raise CheckpointError(f"no usable checkpoint in {self.path}: start anew by resume=False, removing it")
        others = list(dict.fromkeys(self._other_runs()))
        named = "".join(f"; a run there has {other}" for other in others[:SHOWN])
        named += f"; {len(others) - SHOWN} more have others still" if len(others) > SHOWN else ""
        if resume and self.path is not None:
            raise ValueError(
                f"resume: {self._folder} holds no run with these settings{named}; without resume a new one starts"
            )
        if others:
            logger.info("A new run starts: %s holds none with these settings%s.", self._folder, named)
        return None

    @uninterrupted()
    def save(self, number: int, arrays: Arrays, values: dict[str, Any]) -> None:
        """Write the checkpoint of an iteration durably, then drop all but the newest two; no signal ends it."""
        if self.path is not None:
            known = {"versions": versions(), "settings": self.settings, "digest": self._digest, "iteration": number}
            self.path.mkdir(parents=True, exist_ok=True)
            path = self.path / f"iteration-{number:09d}.checkpoint"
            save_archive(path, arrays, known | values)
            for old in generations(self.path)[KEPT:]:
                if old != path:
                    old.unlink(missing_ok=True)
            self._saved = time.monotonic()

    def try_save(self, saved: Callable[[], tuple[int, Arrays, dict[str, Any]]], fix: str = "") -> bool:
        """Save what `saved` returns, the arguments of `save`; see `tried`. A failure is not tried again at once."""
        try:
            return self.path is None or tried(lambda: self.save(*saved()), fix)
        finally:
            self._saved = time.monotonic()

    def due(self) -> bool:
        """Return whether it is time to save again."""
        return self.path is not None and time.monotonic() - self._saved >= SAVE_SECONDS

    def longer_or_shorter(self, name: str) -> list[tuple[int, "RunFolder"]]:
        """Return the saved runs that differ from this one in the setting `name`, how long they are, and `CONTINUED`.

        With each comes the number of its newest checkpoint; the one that has come farthest is the last.
        """
        mine, found = json.loads(json.dumps(self.settings)), []
        for other in self._others():
            values = next(filter(None, map(load_values, generations(other))), {})
            theirs = values.get("settings")
            if isinstance(theirs, dict) and all(
                theirs.get(key) == mine.get(key) for key in (theirs.keys() | mine.keys()) - {name, CONTINUED}
            ):
                run = RunFolder(self._folder, theirs, self._data)
                if values["digest"] == run._digest:
                    found.append((values["iteration"], run))
        return sorted(found, key=lambda each: (each[0], each[1].settings[name], each[1]._digest))

    def continued(self, name: str, number: int, run: "RunFolder") -> "RunFolder":
        """Return the folder of this run as a continuation of a shorter one from its checkpoint `number`."""
        before = [*run.settings.get(CONTINUED, []), [run.settings[name], number]]
        return RunFolder(self._folder, self.settings | {CONTINUED: before}, self._data)

    def _others(self) -> list[Path]:
        """List the folders of the other runs that were saved here."""
        return sorted({path.parent for path in checkpoints_in(self._folder)} - {self.path})

    def _other_runs(self) -> list[str]:
        found = []
        for other in self._others():
            try:
                theirs = load_values(generations(other)[0])["settings"]
                found.append("; ".join(_differences(self.settings, theirs)) or "other data")
            except (CheckpointError, OSError, LookupError, AttributeError):  # it is no run
                continue
        return found


def _differences(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if len(mine.keys() ^ theirs.keys()) > 4:  # as the course's run and word2vec train
        return ["settings of another kind"]
    for name in [name for name in dict.fromkeys([*mine, *theirs.keys()]) if name != CONTINUED]:
        value, other = mine.get(name), theirs.get(name)
        if isinstance(value, dict) and isinstance(other, dict):
            if value.get("name") != other.get("name"):  # groups of two models: only what both have
                value, other = {**other, **value}, {**value, **other}
            found += _differences(value, other)
        elif other != value and (None in (value, other) or not isinstance(value, dict) | isinstance(other, dict)):
            found.append(f"{name} {other}, not {value}")
    return found


def tried(save: Callable[[], object], fix: str = "") -> bool:
    """Save and return True; if that fails, warn with the reason and the `fix`, and return False.

    Whatever fails while saving, the disk, the memory or a writer, is no reason to lose what was trained; even where
    warnings are errors, it is only logged then. A FloatingPointError says that the state is not worth saving, and is
    raised.
    """
    try:
        save()
        return True
    except FloatingPointError:
        raise
    except Exception as error:
        text = f"not saved: {reason(error)}{fix}"
    try:
        warn(text)
    except UserWarning:
        logger.error("%s", text)
    return False


def digest(array: Array | Iterator[Array]) -> str:
    """Return the SHA-256 of an array, or of one that comes in pieces."""
    found = hashlib.sha256()
    for piece in array if isinstance(array, Iterator) else [array]:
        found.update(np.ascontiguousarray(piece).reshape(-1).data)
    return found.hexdigest()


def generations(folder: PathLike) -> list[Path]:
    """List the checkpoints of a run's folder, the newest first."""
    return sorted(Path(folder).glob("iteration-*.checkpoint"), reverse=True)


def checkpoints_in(folder: PathLike | None) -> list[Path]:
    """List the checkpoints of all runs in a folder; none if there is no folder."""
    return [] if folder is None else sorted(Path(folder).glob("*/iteration-*.checkpoint"))


@contextmanager
def only_run_in(folder: PathLike) -> Iterator[None]:
    """Lock a folder, which is made if necessary, for this process as long as the context lasts.

    The lock is the system's, on the file `.lock` there: it ends with its process, however that ends.

    Raises CheckpointError if another process holds the folder; OSError if it cannot be written or locked.
    """
    from filelock import FileLock, Timeout

    try:
        Path(os.path.realpath(folder)).mkdir(parents=True, exist_ok=True)
        lock = FileLock(Path(folder) / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise CheckpointError(f"another run is writing into {folder}: wait, or choose another folder") from None
    except (OSError, NotImplementedError) as error:  # the latter is that of older filelocks
        check_writable(folder)  # which can say more
        fix = "expected a disk on which the system can lock files; choose a folder on another, say a local one"
        number = getattr(error, "errno", errno.ENOLCK)
        raise OSError(number, f"cannot lock this folder ({error.args[-1]}): {fix}", str(folder)) from error
    try:
        yield
    finally:
        with suppress(OSError):  # the folder was lost: what was done in the context is not to be lost, too
            lock.release()


@contextmanager
def locked(folder: PathLike) -> Iterator[None]:
    """Lock a folder as `only_run_in` does, and remove what killed writers left there and in the folders in it."""
    from filelock import FileLock

    with only_run_in(folder):
        sweep(folder)
        for place in Path(folder).glob("*/"):
            # not where another process writes, nor where this one may not
            with suppress(OSError), FileLock(place / ".lock").acquire(timeout=0):
                sweep(place)
        yield


def versions() -> dict[str, str]:
    """Return the versions that run here, to be saved with a state: its bits are promised for the same ones only."""
    return {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}


# the command line's reports: a text, and whether all is well


def describe(path: Path) -> tuple[str, bool]:
    """Describe the content of a checkpoint, a line for each value and array; long values are cut off."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file; `checkpoint verify` looks into folders")
    arrays, values = load_archive(path, fix=EXPECTED)
    lines = []
    for name, value in values.items():
        text = str(value).replace("\n", " ")
        lines.append(f"{name}: {text if len(text) <= 100 else f'{text[:80]} … ({len(text)} characters)'}")
    lines += [f"{name}: array {array.shape} of {array.dtype}" for name, array in arrays.items()]
    return "\n".join(lines), True


def verify(folder: Path) -> tuple[str, bool]:
    """Check every checkpoint below a folder, a line for each; return whether all are sound, too.

    A folder that cannot be read counts as one that is not.
    """
    unread: list[str] = []
    walk = os.walk(folder, onerror=lambda error: unread.append(reason(error))) if folder.is_dir() else []
    below = (Path(place, name) for place, folders, names in walk for name in (*folders, *names))
    found = sorted(path for path in below if path.suffix == ".checkpoint")
    paths = found or [folder] * folder.is_file()
    if not (paths or unread) or not folder.exists():
        raise FileNotFoundError(f"no checkpoint in {folder}: expected a folder with files named *.checkpoint")
    lines = []
    for path in paths:
        try:
            _, values = load_archive(path, fix=EXPECTED)
            lines.append(f"good  {path}: iteration {values.get('iteration', 'unknown')}")
        except FileNotFoundError:
            lines.append(f"gone  {path}: a run has newer ones by now")
        except (CheckpointError, OSError) as error:
            lines.append(f"bad   {reason(error)}")
    lines += [f"bad   {each}" for each in unread]
    return "\n".join(lines), not any(line.startswith("bad") for line in lines)
