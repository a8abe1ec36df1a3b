"""From texts to numbers: read files, number words, choose a vocabulary, keep the corpus in memory or in a folder."""

from .corpus import Corpus, CorpusError, load_corpus, save_corpus
from .huffman import huffman_tree
from .vocabulary import MIN_COUNT, VocabularyOptions, encode

__all__ = ["MIN_COUNT", "Corpus", "CorpusError", "VocabularyOptions", "encode", "huffman_tree", "load_corpus"]
__all__ += ["save_corpus"]
