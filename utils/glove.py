"""The loader of GloVe's vectors under the name that the hand-outs of 2017/18 give it."""

from word2vec.course.helpers import loadWordVectors

__all__ = ["loadWordVectors"]
