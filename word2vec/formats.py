"""Vector files: the word2vec text format."""

from typing import Protocol

from word2vec.files import PathLike, write_atomically
from word2vec.functions import Array


class Vectors(Protocol):
    """What a vector file holds: words and a row of the matrix for each."""

    words: list[str]
    matrix: Array

    def __len__(self) -> int:
        """Count the words."""


def save_text(vectors: Vectors, path: PathLike) -> None:
    """Write word2vec's text format: a line `V D`, then for each word a line of it and its D numbers.

    Numbers are written with all digits that tell them apart, UTF-8, one space between entries.

    Raises
    ------
    ValueError
        If a word is empty or holds a space or line end, which the format cannot express.
    OSError
        If the file cannot be written; one that stood there before is intact.
    """
    for word in vectors.words:
        if not word or any(c in word for c in " \t\n\v\f\r"):
            raise ValueError(f"the word {word!r} cannot stand in a text file of vectors: expected no white space")
    rows = zip(vectors.words, vectors.matrix.tolist(), strict=True)
    lines = (f"{word} {' '.join(map(repr, row))}\n" for word, row in rows)
    with write_atomically(path) as file:
        file.write(f"{len(vectors)} {vectors.matrix.shape[1]}\n".encode())
        file.writelines(line.encode() for line in lines)
