"""The Stanford Sentiment Treebank under the name that the course gives it; all is in `word2vec.course.treebank`."""

from word2vec.course.treebank import SAMPLE, TREEBANK, StanfordSentiment, TreebankError

__all__ = ["SAMPLE", "TREEBANK", "StanfordSentiment", "TreebankError"]
