"""Query word vectors, and read and write them."""

from .spelling import UnknownWord
from .word_vectors import WordVectors

__all__ = ["UnknownWord", "WordVectors"]
