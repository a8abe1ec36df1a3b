"""From texts to numbers: read files, number words, choose a vocabulary, keep the corpus in memory or in a folder.

Beside that: phrases, words that are joined since they occur together; random walks of a graph as a text.
"""

from .corpus import Corpus, CorpusError, load_corpus, save_corpus
from .huffman import huffman_tree
from .phrases import PhraseOptions, Phrases, find_phrases, join_phrases
from .sources import NoWords
from .vocabulary import MIN_COUNT, VocabularyOptions, encode
from .walks import random_walks

__all__ = ["MIN_COUNT", "Corpus", "CorpusError", "NoWords", "PhraseOptions", "Phrases", "VocabularyOptions", "encode"]
__all__ += ["find_phrases", "huffman_tree", "join_phrases", "load_corpus", "random_walks", "save_corpus"]
