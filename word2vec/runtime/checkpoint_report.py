"""What the command line tells of checkpoints: what is in one, and whether those below a folder are sound."""

from pathlib import Path
from typing import Any

from word2vec.runtime.checkpoint import CheckpointError, load_checkpoint


def show(path: Path) -> tuple[str, bool]:
    """Describe the content of a checkpoint, a line for each value and array."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file; `checkpoint verify` looks into folders")
    arrays, values = load_checkpoint(path)
    lines = [f"{name}: {_short(value)}" for name, value in values.items()]
    lines += [f"{name}: array {array.shape} of {array.dtype}" for name, array in arrays.items()]
    return "\n".join(lines), True


def _short(value: Any) -> str:
    """Write a value on one line; of a generator's long state only the beginning."""
    text = str(value).replace("\n", " ")
    return text if len(text) <= 100 else f"{text[:80]} … ({len(text)} characters)"


def verify(folder: Path) -> tuple[str, bool]:
    """Check every checkpoint below a folder, a line for each."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*.checkpoint"))
    if not paths:
        raise FileNotFoundError(f"no checkpoint in {folder}: expected a folder with files named *.checkpoint")
    found = [_verdict(path) for path in paths]
    return "\n".join(line for line, _ in found), all(right for _, right in found)


def _verdict(path: Path) -> tuple[str, bool]:
    """Check one checkpoint."""
    try:
        _, values = load_checkpoint(path)
    except (CheckpointError, OSError) as error:
        return f"bad   {error}", False
    return f"good  {path}: iteration {values.get('iteration', 'unknown')}", True
