"""The folder of a training run: states saved now and then, and taken up again to the same bits."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from word2vec._types import Array, PathLike
from word2vec.runtime.archive import Arrays
from word2vec.runtime.checkpoint import generations, load_newest, save_generation, versions
from word2vec.text.vocabulary import Corpus
from word2vec.training.loop import Settings, State
from word2vec.vectors.history import History

SAVE_SECONDS = 60.0


class RunFolder:
    """Where a run of these settings on this text, from these first vectors, is saved.

    Parameters
    ----------
    folder : of all runs; this one gets a folder of its own in it
    settings : Settings
    corpus : Corpus
    given : what else the result depends on (the share held out), and the first vectors
    """

    def __init__(self, folder: PathLike, settings: Settings, corpus: Corpus, given: list[Any], x: Array) -> None:
        self._settings = asdict(settings)
        digests = [_digest(corpus.ids), _digest(corpus.ends), _digest(x)]
        text = json.dumps([self._settings, corpus.words, digests, given])
        self._digest = hashlib.sha256(text.encode()).hexdigest()
        self.path = Path(folder) / self._digest[:12]
        self._saved = time.monotonic()

    def due(self) -> bool:
        """Tell whether it is time to save again."""
        return time.monotonic() - self._saved >= SAVE_SECONDS

    def save(self, state: State, number: int) -> None:
        """Write a state, durably; `number` says how far it is."""
        values = {
            "versions": versions(),
            "settings": self._settings,
            "digest": self._digest,
            "iteration": number,
            "epoch": state.epoch,
            "chunk": state.chunk,
            "loss": (state.J, state.pairs),
        }
        save_generation(self.path, number, {"x": state.x, **state.history.arrays()}, values)
        self._saved = time.monotonic()

    def clear(self) -> None:
        """Remove what is saved."""
        for old in generations(self.path):
            old.unlink()

    def resume(self, state: State, say: Callable[[str], object]) -> bool:
        """Take up the newest usable state, x in place; False if there is none. See `checkpoint.load_newest`."""
        found = load_newest(self.path, say, self._complaint)
        if found is None:
            return False
        arrays, values = found
        state.x[:] = arrays["x"]
        state.epoch, state.chunk = values["epoch"], values["chunk"]
        state.J, state.pairs = values["loss"]
        state.history = History.from_arrays(arrays, complete=False)
        return True

    def _complaint(self, _: Arrays, values: dict[str, Any]) -> str:
        """Say why a checkpoint is not one of this run; nothing if it is."""
        return "" if values.get("digest") == self._digest else "belongs to a run with other settings or data"


def _digest(array: NDArray[Any]) -> str:
    """Give the SHA-256 of an array, a piece at a time: it may be a memory map."""
    digest = hashlib.sha256()
    flat = array.reshape(-1)
    for i in range(0, len(flat), 1 << 22):
        digest.update(flat[i : i + (1 << 22)].tobytes())
    return digest.hexdigest()
