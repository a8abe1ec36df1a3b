"""The Stanford Sentiment Treebank under the name that the course gives it; all is in `word2vec.treebank`."""

from word2vec.treebank import SAMPLE, TREEBANK, StanfordSentiment, TreebankError

__all__ = ["SAMPLE", "TREEBANK", "StanfordSentiment", "TreebankError"]
