"""Query word vectors, and read and write them."""

from word2vec.vectors.spelling import UnknownWord
from word2vec.vectors.word_vectors import WordVectors

__all__ = ["UnknownWord", "WordVectors"]
