"""The loss of a training run, as it was measured: means over pairs in double precision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from word2vec.files import PathLike, write_atomically
from word2vec.functions import Array


class Measured(NamedTuple):
    """How training went: words read so far, the learning rate by then, the mean loss since the one before."""

    words: int
    rate: float
    loss: float


@dataclass
class History:
    """The mean loss per pair of a run.

    Attributes
    ----------
    reports : one `Measured` for each chunk of text, some 100,000 words
    epochs : the mean of each epoch that is over
    held_out : after each epoch, that of the text that was held out, if there is one
    complete : whether the run came to its end
    """

    reports: list[Measured] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    complete: bool = False

    def arrays(self) -> dict[str, Array]:
        """Give all numbers as arrays, for a file."""
        reports = np.array(self.reports, np.float64).reshape(-1, 3)
        return {"reports": reports, "epochs": np.array(self.epochs), "held out": np.array(self.held_out)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], complete: bool) -> "History":
        """Undo `arrays`."""
        reports = [Measured(int(words), rate, loss) for words, rate, loss in arrays["reports"].tolist()]
        return cls(reports, arrays["epochs"].tolist(), arrays["held out"].tolist(), complete)

    def save(self, path: PathLike) -> None:
        """Write the reports as a CSV file: words, learning rate, loss."""
        with write_atomically(path) as file:
            file.write(b"words,learning_rate,loss\n")
            file.writelines(f"{words},{rate!r},{loss!r}\n".encode() for words, rate, loss in self.reports)
