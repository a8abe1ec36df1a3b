"""Training states on disk: one file per generation, checked before it is believed, never a pickle.

A checkpoint is a line that names the format, a line with the SHA-256 of all that follows, and an .npz
archive of the state's arrays beside a JSON text of everything else. It is written by `write_atomically`;
the two newest generations are kept, and loading falls back to the older one if the newer is damaged.
"""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from word2vec.files import PathLike, write_atomically
from word2vec.functions import Array

MAGIC = b"word2vec checkpoint 1\n"
KEPT = 2
Arrays = dict[str, Array]


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message names the file, what is wrong with it and the mend."""


def save_checkpoint(path: PathLike, arrays: Arrays, values: dict[str, Any]) -> None:
    """Write named arrays and JSON values (numbers, strings, lists, dicts) into one file, durably."""
    payload = io.BytesIO()
    np.savez(payload, allow_pickle=False, **arrays, **{"json": np.array(json.dumps(values))})
    data = payload.getvalue()
    with write_atomically(path) as file:
        file.write(MAGIC + hashlib.sha256(data).hexdigest().encode() + b"\n" + data)


def load_checkpoint(path: PathLike) -> tuple[Arrays, dict[str, Any]]:
    """Read the arrays and values of a checkpoint.

    Raises
    ------
    CheckpointError
        If the file is not a checkpoint or has been damaged since it was written.
    FileNotFoundError
        If there is none.
    """
    head, _, data = Path(path).read_bytes().removeprefix(MAGIC).partition(b"\n")
    if hashlib.sha256(data).hexdigest().encode() != head:
        raise CheckpointError(
            f"{path} is damaged or no checkpoint: its content does not match its checksum; "
            "remove it to go on from an older one, or start anew (run.py: --no-resume)"
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    values: dict[str, Any] = json.loads(arrays.pop("json").item())
    return arrays, values


def save_generation(folder: PathLike, iteration: int, arrays: Arrays, values: dict[str, Any]) -> Path:
    """Write the checkpoint of an iteration into a folder of its run, then drop all but the newest two."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / f"iteration-{iteration:09d}.checkpoint"
    save_checkpoint(path, arrays, values)
    for old in _generations(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def load_newest(folder: PathLike, report: Callable[[str], object]) -> tuple[Arrays, dict[str, Any]] | None:
    """Load the newest usable generation of a folder; None if the folder holds no generation at all.

    Raises
    ------
    CheckpointError
        If there are generations but none is usable. Each that was skipped is passed to `report`.
    """
    generations = _generations(folder)
    for path in generations:
        try:
            return load_checkpoint(path)
        except CheckpointError as error:
            report(f"skipped: {error}")
    if generations:
        raise CheckpointError(f"no usable checkpoint in {folder}: remove it, or start anew (run.py: --no-resume)")
    return None


def _generations(folder: PathLike) -> list[Path]:
    """List the checkpoints of a folder, the newest first."""
    return sorted(Path(folder).glob("iteration-*.checkpoint"), reverse=True)
