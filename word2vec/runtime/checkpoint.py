"""Training states on disk that survive a crash, a kill, a power cut or a full disk at any instant.

A checkpoint is one file: a line that names the format and its version, a line with the SHA-256 of all that
follows, a line of JSON (the values, and name, dtype and shape of each array), then the arrays' bytes. Nothing
in it is ever executed. A run keeps its generations in a folder of its own. The protocol of a save:

1. All bytes go into a new file of a unique name beside the generations (`word2vec.runtime.files.write_atomically`).
2. That file is flushed and fsynced. An error here is final for it: it is removed, never retried.
3. It is read back and compared with its checksum.
4. One rename gives it its name: whoever looks finds the whole file or none.
5. The folder is fsynced, so that the name survives a power cut too.
6. Only then is the save reported, and only then are generations older than the newest two dropped.

So at any instant the newest or the previous generation is whole. Loading takes the newest that passes its
check and says which it skipped, and why. Two processes cannot write into one folder (`locked`), and whoever
holds the lock sweeps up what a killed process left of step 1.
"""

import hashlib
import json
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from word2vec._types import Array, PathLike
from word2vec.runtime.files import sweep, write_atomically

MAGIC = b"word2vec checkpoint 1\n"
KEPT = 2
KINDS = "biufc"  # booleans, integers, floats, complex numbers
Arrays = dict[str, Array]


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message names the file, what is wrong with it and the mend."""


def save_checkpoint(path: PathLike, arrays: Arrays, values: dict[str, Any]) -> None:
    """Write a state into one file, durably.

    Parameters
    ----------
    path : where to; an older file there stays as it is until the new one is whole
    arrays : name → array of booleans, numbers
    values : name → number, string, None, or a list, tuple, dict or small array of such; the states of
        `random.getstate()`, `np.random.get_state()` and any `Generator.bit_generator.state` are among these

    Raises
    ------
    TypeError
        If something else is among the values or arrays.
    OSError
        If it cannot be written; an older file is intact, and no other file is left.
    """
    head, body = _encoded(arrays, values)
    digest = hashlib.sha256(head)
    for part in body:
        digest.update(part)
    with write_atomically(path, check=_reads_back) as file:
        file.writelines((MAGIC, digest.hexdigest().encode(), b"\n", head, *body))


def load_checkpoint(path: PathLike) -> tuple[Arrays, dict[str, Any]]:
    """Read the arrays and values of a checkpoint.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint, or has been damaged since it was written, or is of another version.
    FileNotFoundError
        If there is none.
    """
    content = _content(path)
    try:
        return _decoded(content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise _unusable(path, f"its content is not that of a checkpoint ({error})") from None


def save_generation(folder: PathLike, iteration: int, arrays: Arrays, values: dict[str, Any]) -> Path:
    """Write the checkpoint of an iteration into the folder of its run, then drop all but the newest two."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / f"iteration-{iteration:09d}.checkpoint"
    save_checkpoint(path, arrays, values)
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

    `complaint(arrays, values)` may say what makes a sound checkpoint unusable; empty if nothing does.

    Raises
    ------
    CheckpointError
        If there are generations but none is usable. Each that was skipped is passed to `report`.
    """
    found = generations(folder)
    for path in found:
        try:
            arrays, values = load_checkpoint(path)
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
    """Keep a folder for this process alone, as long as it lives; what killed writers left there is removed.

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


# the bytes


def _encoded(arrays: Arrays, values: dict[str, Any]) -> tuple[bytes, list[bytes]]:
    """Give the JSON line, and the bytes of each array."""
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in contiguous.items():
        if array.dtype.kind not in KINDS:
            raise TypeError(f"the array {name!r} holds {array.dtype}: expected booleans or numbers")
    head = {
        "arrays": {name: [array.dtype.str, list(array.shape)] for name, array in contiguous.items()},
        "values": _to_json(values),
    }
    return json.dumps(head).encode() + b"\n", [array.tobytes() for array in contiguous.values()]


def _decoded(content: bytes) -> tuple[Arrays, dict[str, Any]]:
    """Undo `_encoded`; nothing is allocated before the sizes that the JSON line claims are known to be there."""
    end = content.index(b"\n") + 1
    head = json.loads(content[:end])
    arrays: Arrays = {}
    for name, (code, shape) in head["arrays"].items():
        dtype = _dtype(code)
        if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"the array {name!r} has the shape {shape}")
        begin, end = end, end + prod(shape) * dtype.itemsize
        if end > len(content):
            raise ValueError(f"the array {name!r} would end behind the file's end")
        arrays[name] = np.frombuffer(content[begin:end], dtype).reshape(shape).copy()
    if end != len(content):
        raise ValueError(f"{len(content) - end} bytes are left over")
    values = _from_json(head["values"])
    if not isinstance(values, dict):
        raise ValueError("its values have no names")
    return arrays, values


def _dtype(code: Any) -> np.dtype[Any]:
    """Give the dtype of a code such as '<f8', if that is one of booleans or numbers."""
    if not isinstance(code, str) or not re.fullmatch(rf"[<>|][{KINDS}]\d{{1,2}}", code, re.ASCII):
        raise ValueError(f"{code!r} is no type of booleans or numbers")
    return np.dtype(code)


def versions() -> dict[str, str]:
    """Tell what runs here, to be saved with a state: its bits are promised for the same versions only."""
    return {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}


def _content(path: PathLike) -> bytes:
    """Read what follows the checksum, after comparing it."""
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise _unusable(path, f"it does not begin with {MAGIC.decode().strip()!r}")
        digest, content = file.read(65), file.read()
    if hashlib.sha256(content).hexdigest().encode() + b"\n" != digest:
        raise _unusable(path, "its content does not match its checksum")
    return content


def _reads_back(path: PathLike) -> bool:
    """Tell whether a file that was just written holds what its checksum says."""
    try:
        return bool(_content(path))
    except CheckpointError:
        return False


def _unusable(path: PathLike, why: str) -> CheckpointError:
    """Say what is wrong with a file, and how to go on."""
    return CheckpointError(
        f"{path} is damaged or no checkpoint: {why}; remove it, or start anew (run.py: --no-resume)"
    )


def _to_json(value: Any) -> Any:
    """Express a value in JSON; what JSON does not have (tuples, arrays, dicts with such) is tagged."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_to_json(item) for item in value]}
    if isinstance(value, np.ndarray) and value.dtype.kind in KINDS:
        return {"array": value.tolist(), "dtype": value.dtype.str}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _to_json(item) for key, item in value.items()}}
    raise TypeError(
        f"cannot save {value!r}: expected numbers, strings, None, lists, tuples, dicts or arrays of these"
    )


def _from_json(value: Any) -> Any:
    """Undo `_to_json`."""
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "tuple" in value:
        return tuple(_from_json(item) for item in value["tuple"])
    if "array" in value:
        return np.array(value["array"], _dtype(value["dtype"]))
    return {key: _from_json(item) for key, item in value["dict"].items()}
