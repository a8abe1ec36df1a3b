"""The history of a training run: its losses as they were measured, in double precision."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, PathLike
from ..runtime.arguments import check_path
from ..runtime.files import write_atomically


class Measured(NamedTuple):
    """A report of the trainer: words read so far, the learning_rate by then, the mean loss since the last report.

    The loss is NaN where none was measured.

    Examples
    --------
    >>> from word2vec.vectors.history import Measured
    >>> Measured(words=100_000, learning_rate=0.02, loss=2.5).loss
    2.5
    """

    words: int
    learning_rate: float
    loss: float


@dataclass(eq=False)
class History:
    """What a training run reported.

    Attributes
    ----------
    columns : the names of a report's numbers; the first is a count (words read or iterations), one is "loss"
    reports : tuples of numbers, one for each chunk of text (131,072 words) or every tenth iteration
    epochs : the mean loss per pair of each completed epoch; if none was measured, since subsampling left hardly any
        pair, that of all pairs of the text after the epoch
    held_out : after each epoch, the mean loss of the held-out text, if there is one, NaN if it holds no pair
    complete : whether the run reached its end
    saved : whether the checkpoint of its end could be written; None if there was to be none
    error : what ended the run early, None if nothing failed, as after Ctrl-C; it is not kept in files
    epoch_words : how many words an epoch reads; 0 before the first one has ended, and in files of older versions

    Examples
    --------
    >>> from word2vec.vectors.history import History, Measured
    >>> history = History(reports=[Measured(200, 0.02, 2.5), Measured(400, 0.01, 2.25)], epochs=[2.375])
    >>> history.reports[-1].loss, history.epochs
    (2.25, [2.375])
    """

    columns: tuple[str, ...] = Measured._fields
    reports: list[Any] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    complete: bool = False
    saved: bool | None = None
    epoch_words: int = 0
    error: str | None = None

    def __eq__(self, other: object) -> bool:  # as a dataclass, but NaN is equal to NaN
        if not isinstance(other, History) or (self.columns, self.complete) != (other.columns, other.complete):
            return False
        theirs = other.arrays()
        return all(np.array_equal(array, theirs[name], equal_nan=True) for name, array in self.arrays().items())

    def copy(self) -> "History":
        """Return a history that stays as this one is now.

        Examples
        --------
        >>> history.copy() == history
        True
        """
        return replace(self, reports=[*self.reports], epochs=[*self.epochs], held_out=[*self.held_out])

    def arrays(self) -> dict[str, Array]:
        """Return all numbers as arrays, to be written to a file."""
        reports = np.array(self.reports, np.float64).reshape(-1, len(self.columns))  # (reports, columns)
        means = {"epochs": np.array(self.epochs), "held_out": np.array(self.held_out)}
        return {"reports": reports, **means, "epoch_words": np.array(self.epoch_words)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], complete: bool, report: type[Any] = Measured) -> "History":
        """Return the history that `arrays` described; each row becomes a `report`, a NamedTuple of its columns."""
        reports = [report(int(count), *numbers) for count, *numbers in arrays["reports"].tolist()]
        epochs, held_out = ([*map(float, arrays[name].tolist())] for name in ("epochs", "held_out"))
        words = int(arrays.get("epoch_words", 0))  # older versions did not write it
        return cls(report._fields, reports, epochs, held_out, complete, epoch_words=words)

    def save(self, path: PathLike) -> None:
        """Write the reports as a CSV file with a header line.

        Examples
        --------
        >>> from pathlib import Path
        >>> history.save("loss.csv")
        >>> print(Path("loss.csv").read_text(), end="")
        words,learning_rate,loss
        200,0.02,2.5
        400,0.01,2.25
        """
        check_path(path)
        with write_atomically(path) as file:
            file.write((",".join(self.columns) + "\n").encode())
            for report in self.reports:
                file.write((",".join(repr(np.asarray(number).item()) for number in report) + "\n").encode())


def format_loss(loss: float, digits: int = 6) -> str:
    """Format a loss; NaN, of which there was none, as "not measured"."""
    return "not measured" if math.isnan(loss) else f"{loss:.{digits}f}"
