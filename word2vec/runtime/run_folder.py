"""The folder of a training run: its state is saved there now and then, and resumed from there to the same bits."""

import hashlib
import json
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from word2vec._types import Array, PathLike
from word2vec.runtime.archive import Arrays, CheckpointError, load_archive
from word2vec.runtime.checkpoint import generations, load_newest, locked, save_generation, versions
from word2vec.runtime.files import check_writable

SAVE_SECONDS = 60.0

Found = tuple[Arrays, dict[str, Any]]


class RunFolder:
    """The checkpoints of one run, in a folder of its own that is named after what determines its result.

    Parameters
    ----------
    folder : of all runs; None saves nothing
    settings : of the run, as JSON can express them
    data : what else determines the result: arrays, or what JSON can express
    """

    def __init__(self, folder: PathLike | None, settings: dict[str, Any], data: Sequence[Any]) -> None:
        self.path: Path | None = None
        self._folder, self._settings, self._saved = folder, settings, time.monotonic()
        if folder is not None:
            parts = [digest(part) if hasattr(part, "dtype") else part for part in data]
            self._digest = hashlib.sha256(json.dumps([settings, parts]).encode()).hexdigest()
            self.path = Path(folder) / self._digest[:12]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the folder for this process alone while the context lasts.

        Raises
        ------
        OSError
            If it cannot be written into.
        CheckpointError
            If another process holds it.
        """
        if self.path is None or self._folder is None:
            yield
        else:
            check_writable(self._folder)
            with locked(self.path):
                yield

    def resume(self, resume: bool | None = None) -> Found | None:
        """Return the newest usable state, or None to start; a damaged one is skipped with a warning.

        Parameters
        ----------
        resume : True: there has to be one; False: there may be none, and what is there is removed; None: either

        Raises
        ------
        ValueError
            If there has to be one but is none.
        CheckpointError
            If there are some, but none is usable.
        """
        if self.path is None:
            return None
        if resume is False:
            for old in generations(self.path):
                old.unlink()
            return None
        found = load_newest(self.path, lambda message: warnings.warn(message, stacklevel=4), self._complaint)
        if found is None and resume:
            others = "".join(f"; a run there has {other}" for other in self._other_runs())
            raise ValueError(
                f"resume: {self._folder} holds no run with these settings{others}; without resume a new one starts"
            )
        return found

    def save(self, number: int, arrays: Arrays, values: dict[str, Any]) -> None:
        """Write a state, durably; `number` says how far it is."""
        if self.path is not None:
            known = {"versions": versions(), "settings": self._settings, "digest": self._digest, "iteration": number}
            save_generation(self.path, number, arrays, known | values)
            self._saved = time.monotonic()

    def try_save(self, number: int, arrays: Arrays, values: dict[str, Any]) -> bool:
        """Write a state and return True, or else warn and return False: training continues."""
        try:
            self.save(number, arrays, values)
        except OSError as error:
            warnings.warn(f"not saved, training continues: {error}", stacklevel=2)
            return False
        return True

    def due(self) -> bool:
        """Return whether it is time to save again."""
        return self.path is not None and time.monotonic() - self._saved >= SAVE_SECONDS

    def _complaint(self, _: Arrays, values: dict[str, Any]) -> str:
        """Return why a checkpoint is not one of this run; nothing if it is."""
        return "" if values.get("digest") == self._digest else "belongs to a run with other settings or data"

    def _other_runs(self) -> list[str]:
        """Return how the runs whose folders stand beside this one differ from it."""
        found = []
        for other in sorted({path.parent for path in Path(self._folder or "").glob("*/*.checkpoint")} - {self.path}):
            try:
                theirs = load_archive(generations(other)[0])[1]["settings"]
            except (CheckpointError, OSError, KeyError):
                continue
            differing = [
                f"{name} {theirs[name]}, not {mine}"
                for name, mine in self._settings.items()
                if name in theirs and theirs[name] != mine
            ]
            found.append("; ".join(differing) or "other data")
        return found


def digest(array: Array) -> str:
    """Return the SHA-256 of an array, read a piece at a time, since it may be a memory map."""
    found = hashlib.sha256()
    flat = array.reshape(-1)  # (size,)
    for i in range(0, len(flat), 1 << 22):
        found.update(flat[i : i + (1 << 22)].tobytes())
    return found.hexdigest()
