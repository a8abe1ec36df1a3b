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
    """Compute `word2vec.skipgram`, by negative sampling unless another loss is given."""
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
    """Compute `word2vec.word2vec_sgd_wrapper`, by negative sampling unless another loss is given."""
    model = assignment.skipgram if word2vecModel is skipgram else word2vecModel  # which goes by whole batches
    return assignment.word2vec_sgd_wrapper(model, word2Ind, wordVectors, dataset, windowSize, word2vecLossAndGradient)
