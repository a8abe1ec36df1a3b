"""Query word vectors, and read and write them."""

from typing import TYPE_CHECKING, Any

from .spelling import UnknownWord

if TYPE_CHECKING:
    from .word_vectors import WordVectors

__all__ = ["UnknownWord", "WordVectors"]


def __getattr__(name: str) -> Any:
    if name == "WordVectors":
        from . import word_vectors  # loads the formats of files

        return word_vectors.WordVectors
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
