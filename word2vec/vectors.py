"""Word vectors to be asked: the vector of a word, the words nearest to it."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from word2vec import formats
from word2vec.files import PathLike
from word2vec.functions import Array
from word2vec.history import History
from word2vec.table import Errors


class WordVectors:
    """Words and their vectors.

    Parameters
    ----------
    words : sequence of V different words
    matrix : array (V, D)
        One row per word. Not copied.
    outside : array (V, D), optional
        The outside vectors that were trained with those of `matrix`.
    counts : array (V,), optional
        How often each word occurs in the text.
    history : History, optional
        The loss of the training.
    settings : dict, optional
        What the training was told.

    Raises
    ------
    ValueError
        If words and rows do not match, or a word stands twice.
    """

    def __init__(
        self,
        words: Sequence[str],
        matrix: Array,
        *,
        outside: Array | None = None,
        counts: Array | None = None,
        history: History | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        if matrix.ndim != 2 or len(words) != len(matrix):
            raise ValueError(f"{len(words)} words, matrix of shape {matrix.shape}: expected one row per word")
        self.words, self.matrix = list(words), matrix
        self.outside, self.counts = outside, counts
        self.history, self.settings = history or History(), settings or {}
        self._index = {word: i for i, word in enumerate(self.words)}
        if len(self._index) < len(self.words):
            twice = next(word for i, word in enumerate(self.words) if self._index[word] != i)
            raise ValueError(f"the word {twice!r} stands twice: expected each word once")
        length = np.sqrt((matrix * matrix).sum(axis=1))
        self._length = np.where(length == 0, 1, length)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._index

    def __getitem__(self, word: str) -> Array:
        return np.asarray(self.matrix[self.index(word)])

    def __repr__(self) -> str:
        first = ", ".join(self.words[:3])
        return f"<WordVectors: {len(self)} words ({first}, …), {self.matrix.shape[1]} dimensions>"

    def index(self, word: str) -> int:
        """Give the row of a word.

        Raises
        ------
        KeyError
            If the word is unknown; the message suggests the nearest spellings.
        """
        if word not in self._index:
            near = get_close_matches(word, self.words, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise KeyError(f"no vector for {word!r} among {len(self)} words{hint}")
        return self._index[word]

    def most_similar(self, word: str, top_n: int = 10) -> list[tuple[str, float]]:
        """Give the top_n words of largest cosine similarity to a word, itself left out, the nearest first.

        Among equals, the one that comes first in `words`.

        Raises
        ------
        KeyError
            If the word is unknown.
        """
        i = self.index(word)
        cosine = self.matrix @ (self.matrix[i] / self._length[i]) / self._length
        cosine[i] = -np.inf
        top = np.argsort(-cosine, kind="stable")[: max(0, min(top_n, len(self) - 1))]
        return [(self.words[j], float(cosine[j])) for j in top]

    @classmethod
    def load(
        cls,
        path: PathLike,
        format: formats.Format | None = None,  # noqa: A002
        *,
        words: Mapping[str, int] | Sequence[str] | None = None,
        limit: int | None = None,
        dtype: DTypeLike | None = None,
        errors: Errors = "strict",
        mmap: bool = False,
        counts: PathLike | None = None,
    ) -> "WordVectors":
        """Read a vector file of any format; see `formats.read`."""
        return cls(
            **vars(
                formats.read(
                    path, format, words=words, limit=limit, dtype=dtype, errors=errors, mmap=mmap, counts=counts
                )
            )
        )

    def save(self, path: PathLike, format: formats.Format | None = None) -> None:  # noqa: A002
        """Write words and vectors in the format of the suffix, or another one; see `formats.write`."""
        formats.write(self, path, format)
