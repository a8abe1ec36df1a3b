"""The hand-outs' small helpers: `dump` and `load` of XCS224N's utils.utils, the loader of 2017/18's utils.glove."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._types import Array, PathLike
from ..functions import ids_below
from ..functions import normalize_rows as normalize_rows
from ..functions import softmax as softmax
from ..runtime.files import write_atomically

__all__ = ["dump", "load", "loadWordVectors", "normalizeRows", "normalize_rows", "softmax"]

GLOVE = "utils/datasets/glove.6B.50d.txt"  # where the hand-out's get_datasets.sh puts it

normalizeRows = normalize_rows


def dump(obj: Any, path: PathLike) -> None:
    """Write an object as JSON, atomically; NumPy's arrays and numbers become lists and numbers.

    Raises TypeError for anything else that JSON cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.course.helpers import dump, load
    >>> dump({"x": np.eye(2)}, "x.json")
    >>> load("x.json")
    {'x': [[1.0, 0.0], [0.0, 1.0]]}
    """
    text = json.dumps(obj, default=_plain)
    with write_atomically(path) as file:
        file.write(text.encode())


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{value!r:.60} is {type(value).__name__}: expected what JSON can hold, or arrays")


def load(path: PathLike) -> Any:
    """Read what `dump` wrote at path; raise ValueError, naming file and line, if it is not JSON.

    Examples
    --------
    >>> from word2vec.course.helpers import dump, load
    >>> dump([1, "tea"], "small.json")
    >>> load("small.json")
    [1, 'tea']
    """
    with open(path, encoding="utf-8") as file:
        try:
            return json.load(file)
        except ValueError as error:
            raise ValueError(f"{path} is not JSON ({error}): expected a file that dump() wrote") from None


def loadWordVectors(tokens: Mapping[str, int], filepath: PathLike = GLOVE, dimensions: int = 50) -> Array:
    """Read the vectors of some words from a text file such as GloVe's.

    Parameters
    ----------
    tokens : word → its row, 0 to V − 1, such as dataset.tokens()
    filepath : a word and its vector a line
    dimensions : entries of each vector

    Returns
    -------
    (V, dimensions), float64; zeros in the rows of words that the file does not have.

    Raises FileNotFoundError if there is no such file, ValueError if its vectors have another length or it has none of
    the words, and IndexError for a row beyond these.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.course.helpers import loadWordVectors
    >>> _ = Path("glove.txt").write_text("tea 1 2 3\\ncup 4 5 6\\n")
    >>> loadWordVectors({"cup": 0, "milk": 1}, "glove.txt", dimensions=3)
    array([[4., 5., 6.],
           [0., 0., 0.]])
    """
    if not os.path.exists(filepath):
        raise FileNotFoundError(f"{filepath} does not exist: expected vectors such as those in GloVe's glove.6B.zip")
    from ..vectors.word_vectors import WordVectors  # loads the formats of files, which a diagnosis does not need

    found = WordVectors.load(filepath, only=list(tokens), dtype=np.float64)
    if found.matrix.shape[1] != dimensions:
        raise ValueError(f"{filepath} has {found.matrix.shape[1]} numbers a word: expected dimensions={dimensions}")
    vectors = np.zeros((len(tokens), dimensions))
    vectors[ids_below(len(tokens), "tokens", [tokens[word] for word in found.words])] = found.matrix
    return vectors
