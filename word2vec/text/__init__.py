"""From texts to numbers: read files, number words, choose a vocabulary, keep the corpus in memory or in a folder."""

from .corpus import Corpus, CorpusError, load_corpus, save_corpus
from .huffman import huffman_tree
from .vocabulary import MIN_COUNT, NoWords, VocabularyOptions, encode

__all__ = ["MIN_COUNT", "Corpus", "CorpusError", "NoWords", "VocabularyOptions", "encode", "huffman_tree"]
__all__ += ["load_corpus", "save_corpus"]
