"""The course's names and signatures, drawing from the global `random` exactly as the course's code does.

Everything here is a thin face of `losses`, `models` and `blocks`. First the names of the hand-outs of
2019–2022 (CS224n, assignment 2), at the end those of 2017/18.
"""

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from word2vec import models
from word2vec._types import Array
from word2vec.batch import BatchLoss, add_rows, naive_softmax_batch, negative_sampling_batch
from word2vec.course.batches import BATCH, CourseBatches, draw_negatives
from word2vec.course.replay import Windows
from word2vec.functions import normalize_rows, sigmoid, softmax
from word2vec.losses import LossAndGradients, naive_softmax, negative_sampling

__all__ = [
    "cbow",
    "getNegativeSamples",
    "naiveSoftmaxLossAndGradient",
    "negSamplingCostAndGradient",
    "negSamplingLossAndGradient",
    "normalizeRows",
    "sigmoid",
    "sigmoid_grad",
    "skipgram",
    "softmax",
    "softmaxCostAndGradient",
    "word2vec_sgd_wrapper",
]

PairFunction = Callable[[Array, int, Array, Any], LossAndGradients]


def naiveSoftmaxLossAndGradient(
    centerWordVec: Array, outsideWordIdx: int, outsideVectors: Array, dataset: Any
) -> LossAndGradients:
    """Compute `word2vec.naive_softmax` of one pair; the dataset is not used.

    Returns loss, gradCenterVec (D,), gradOutsideVecs (V, D).
    """
    return naive_softmax(centerWordVec, outsideWordIdx, outsideVectors)


def getNegativeSamples(outsideWordIdx: int, dataset: Any, K: int) -> list[int]:
    """Draw K word ids that differ from outsideWordIdx, by dataset.sampleTokenIdx(); repeats are allowed."""
    return draw_negatives(outsideWordIdx, dataset, K)


def negSamplingLossAndGradient(
    centerWordVec: Array, outsideWordIdx: int, outsideVectors: Array, dataset: Any, K: int = 10
) -> LossAndGradients:
    """Draw K negatives from the dataset, then compute `word2vec.negative_sampling` of the pair.

    Returns loss, gradCenterVec (D,), gradOutsideVecs (V, D).
    """
    negatives = getNegativeSamples(outsideWordIdx, dataset, K)
    return negative_sampling(centerWordVec, outsideWordIdx, outsideVectors, negatives)


def skipgram(
    currentCenterWord: str,
    windowSize: int,
    outsideWords: list[str],
    word2Ind: dict[str, int],
    centerWordVectors: Array,
    outsideVectors: Array,
    dataset: Any,
    word2vecLossAndGradient: PairFunction = naiveSoftmaxLossAndGradient,
) -> LossAndGradients:
    """Compute `word2vec.skip_gram` of a window of words.

    Returns loss, gradCenterVecs (V, D), gradOutsideVectors (V, D). windowSize is not used: the window is
    what outsideWords holds.
    """
    outside = [word2Ind[word] for word in outsideWords]

    def pair_loss(v_c: Array, o: int, U: Array) -> LossAndGradients:
        """Compute the loss of a pair as the caller wants it."""
        return word2vecLossAndGradient(v_c, o, U, dataset)

    return models.skip_gram(word2Ind[currentCenterWord], outside, centerWordVectors, outsideVectors, pair_loss)


def word2vec_sgd_wrapper(
    word2vecModel: Callable[..., LossAndGradients],
    word2Ind: dict[str, int],
    wordVectors: Array,
    dataset: Any,
    windowSize: int,
    word2vecLossAndGradient: PairFunction = naiveSoftmaxLossAndGradient,
) -> tuple[float, Array]:
    """Compute the mean loss and gradient of a batch of 50 windows drawn from the dataset.

    wordVectors (2V, D) holds the centre vectors, then the outside vectors. Each window's size is drawn by
    random.randint(1, windowSize), the window by dataset.getRandomContext. Returns loss, gradient (2V, D).

    Our own skip-gram with one of our own losses is computed for the whole batch at once: the same numbers
    are drawn in the same order and the same terms summed. Any other model or loss goes window by window.
    """
    batch_loss, K = _batch_loss(word2vecModel, word2vecLossAndGradient)
    if batch_loss is not None:
        return _mean_of_batch(batch_loss, wordVectors, _batches(dataset, word2Ind, windowSize, K).next())
    centre, outside = np.split(wordVectors, 2)

    def window() -> LossAndGradients:
        """Draw a window and compute its loss and gradients."""
        C = random.randint(1, windowSize)
        word, context = dataset.getRandomContext(C)
        return word2vecModel(word, C, context, word2Ind, centre, outside, dataset, word2vecLossAndGradient)

    J, grad_V, grad_U = models.batch_mean(window() for _ in range(BATCH))
    return J, np.concatenate((grad_V, grad_U))


def _batch_loss(model: object, pair_loss: object) -> tuple[BatchLoss | None, int]:
    """Find what computes our own model and loss for a whole batch, and how many negatives it draws."""
    if model is skipgram and pair_loss is negSamplingLossAndGradient:
        return negative_sampling_batch, 10
    if model is skipgram and pair_loss is naiveSoftmaxLossAndGradient:
        return naive_softmax_batch, 0
    return None, 0


_recent: list[CourseBatches] = []  # whose stream may be continued by the next call


def _batches(dataset: Any, tokens: dict[str, int], C: int, K: int) -> CourseBatches:
    """Give the batches that an earlier call began with the same arguments, or begin anew."""
    if not _recent or not _recent[0].are_of(dataset, tokens, C, K):
        _recent[:] = [CourseBatches(dataset, tokens, C, K)]
    return _recent[0]


def _mean_of_batch(batch_loss: BatchLoss, wordVectors: Array, batch: Windows) -> tuple[float, Array]:
    """Compute loss and gradient (2V, D) of a batch."""
    V, U = np.split(wordVectors, 2)
    found = batch_loss(V, U, batch.centres, batch.sizes, batch.words)
    gradient = np.zeros(wordVectors.shape, found.grad_V.dtype)
    grad_V, grad_U = np.split(gradient, 2)
    add_rows(grad_V, found.centres, found.grad_V)
    add_rows(grad_U, found.outside, found.grad_U)
    return found.loss(), gradient


# the names of the 2017/18 hand-outs


softmaxCostAndGradient = naiveSoftmaxLossAndGradient
negSamplingCostAndGradient = negSamplingLossAndGradient


def sigmoid_grad(s: Any) -> Any:
    """Compute σ′(x) = s(1 − s) from s = σ(x), entry by entry."""
    return s * (1 - s)


def cbow(
    currentWord: str,
    C: int,
    contextWords: list[str],
    tokens: dict[str, int],
    inputVectors: Array,
    outputVectors: Array,
    dataset: Any,
    word2vecCostAndGradient: PairFunction = softmaxCostAndGradient,
) -> LossAndGradients:
    """Compute `word2vec.models.cbow`: the SUM of the context's vectors predicts currentWord.

    Returns cost, gradIn (V, D), gradOut (V, D). C is not used: the window is what contextWords holds.
    """
    context = [tokens[word] for word in contextWords]

    def pair_loss(v_hat: Array, o: int, U: Array) -> LossAndGradients:
        """Compute the loss of the only pair as the caller wants it."""
        return word2vecCostAndGradient(v_hat, o, U, dataset)

    return models.cbow(tokens[currentWord], context, inputVectors, outputVectors, pair_loss)


normalizeRows = normalize_rows
