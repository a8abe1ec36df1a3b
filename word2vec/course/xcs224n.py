"""The names of XCS224N's word2vec.py of 2020: CS224n's, but negative sampling is the loss unless another is given."""

from collections.abc import Callable
from typing import Any

from .._types import Array
from ..losses import LossAndGradients
from . import assignment
from .assignment import (
    PairFunction,
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingLossAndGradient,
    normalizeRows,
    sigmoid,
    softmax,
)

__all__ = ["getNegativeSamples", "naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient", "normalizeRows"]
__all__ += ["sigmoid", "skipgram", "softmax", "word2vec_sgd_wrapper"]


def skipgram(
    currentCenterWord: str,
    windowSize: int,
    outsideWords: list[str],
    word2Ind: dict[str, int],
    centerWordVectors: Array,
    outsideVectors: Array,
    dataset: Any,
    word2vecLossAndGradient: PairFunction = negSamplingLossAndGradient,
) -> LossAndGradients:
    """Compute `word2vec.course.skipgram`, whose arguments it has, by negative sampling unless a loss is given.

    Examples
    --------
    >>> import random
    >>> from word2vec.course.starter_test import TOKENS, VECTORS, DummyDataset
    >>> from word2vec.course.xcs224n import skipgram
    >>> random.seed(31415)
    >>> print(f"{skipgram('c', 1, ['a', 'b'], TOKENS, VECTORS[:5], VECTORS[5:], DummyDataset())[0]:.4f}")
    15.4753
    """
    window = (currentCenterWord, windowSize, outsideWords, word2Ind)
    return assignment.skipgram(*window, centerWordVectors, outsideVectors, dataset, word2vecLossAndGradient)


def word2vec_sgd_wrapper(
    word2vecModel: Callable[..., LossAndGradients],
    word2Ind: dict[str, int],
    wordVectors: Array,
    dataset: Any,
    windowSize: int,
    word2vecLossAndGradient: PairFunction = negSamplingLossAndGradient,
) -> tuple[float, Array]:
    """Compute `word2vec.course.word2vec_sgd_wrapper`, whose arguments it has, in the same way.

    Examples
    --------
    >>> import random
    >>> from word2vec.course.starter_test import TOKENS, VECTORS, DummyDataset
    >>> from word2vec.course.xcs224n import skipgram, word2vec_sgd_wrapper
    >>> random.seed(31415)
    >>> loss, gradient = word2vec_sgd_wrapper(skipgram, TOKENS, VECTORS, DummyDataset(), 5)
    >>> print(f"{loss:.4f}", gradient.shape)
    55.4953 (10, 3)
    """
    model = assignment.skipgram if word2vecModel is skipgram else word2vecModel  # which goes by whole batches
    return assignment.word2vec_sgd_wrapper(model, word2Ind, wordVectors, dataset, windowSize, word2vecLossAndGradient)
