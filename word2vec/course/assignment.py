"""The course's names and signatures, drawing from the global `random` exactly as the course's code does.

First the names of the hand-outs of 2019–2022 (CS224n, assignment 2), at the end those of 2017/18 (assignment 1).
"""

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import models
from .._types import Array
from ..batch import BatchLoss, add_rows, naive_softmax_batch, negative_sampling_batch
from ..functions import normalize_rows
from ..functions import sigmoid as sigmoid
from ..functions import softmax as softmax
from ..losses import LossAndGradients, naive_softmax, negative_sampling
from ..runtime.arguments import check_whole
from .batches import BATCH, CourseBatches, draw_negatives

PairFunction = Callable[[Array, int, Array, Any], LossAndGradients]

normalizeRows = normalize_rows


def naiveSoftmaxLossAndGradient(
    centerWordVec: Array, outsideWordIdx: int, outsideVectors: Array, dataset: Any
) -> LossAndGradients:
    """Compute `word2vec.naive_softmax` of one pair; the dataset is not used.

    Parameters
    ----------
    centerWordVec : array (D,)
    outsideWordIdx : int in 0..V−1
    outsideVectors : array (V, D)

    Returns
    -------
    loss, gradCenterVec (D,), gradOutsideVecs (V, D).

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import naiveSoftmaxLossAndGradient
    >>> loss, gradCenterVec, gradOutsideVecs = naiveSoftmaxLossAndGradient(np.ones(3), 0, np.zeros((4, 3)), None)
    >>> print(f"{loss:.4f}", gradCenterVec.shape, gradOutsideVecs.shape)
    1.3863 (3,) (4, 3)
    """
    return naive_softmax(centerWordVec, outsideWordIdx, outsideVectors)


def getNegativeSamples(outsideWordIdx: int, dataset: Any, K: int) -> list[int]:
    """Draw K ≥ 0 word ids other than outsideWordIdx by dataset.sampleTokenIdx(); repeats are allowed.

    Examples
    --------
    >>> import random
    >>> from word2vec import getNegativeSamples
    >>> from word2vec.course.starter_test import DummyDataset
    >>> random.seed(31415)
    >>> getNegativeSamples(2, DummyDataset(), 10)
    [4, 3, 0, 4, 4, 3, 1, 3, 1, 3]
    """
    return draw_negatives(outsideWordIdx, dataset, check_whole("K", K, 0))


def negSamplingLossAndGradient(
    centerWordVec: Array, outsideWordIdx: int, outsideVectors: Array, dataset: Any, K: int = 10
) -> LossAndGradients:
    """Draw K negatives from the dataset, then compute `word2vec.negative_sampling` of the pair.

    Parameters
    ----------
    centerWordVec : array (D,)
    outsideWordIdx : int in 0..V−1
    outsideVectors : array (V, D)
    dataset : object whose sampleTokenIdx() draws a word's id
    K : number of negatives

    Returns
    -------
    loss, gradCenterVec (D,), gradOutsideVecs (V, D).

    Examples
    --------
    >>> import random
    >>> import numpy as np
    >>> from word2vec import negSamplingLossAndGradient
    >>> from word2vec.course.starter_test import DummyDataset
    >>> random.seed(31415)
    >>> v_c, U = np.ones(3), np.zeros((5, 3))
    >>> loss, gradCenterVec, gradOutsideVecs = negSamplingLossAndGradient(v_c, 0, U, DummyDataset(), K=10)
    >>> print(f"{loss:.4f}", gradCenterVec.shape, gradOutsideVecs.shape)
    7.6246 (3,) (5, 3)
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
    """Compute `word2vec.skip_gram` of the window that outsideWords holds; windowSize is not used.

    Parameters
    ----------
    currentCenterWord, outsideWords : the word in the middle, those around it; KeyError if word2Ind lacks one
    word2Ind : dict word → row
    centerWordVectors, outsideVectors : arrays (V, D)
    dataset : passed on to the loss
    word2vecLossAndGradient : naiveSoftmaxLossAndGradient, negSamplingLossAndGradient, or a function like them

    Returns
    -------
    loss, gradCenterVecs (V, D), gradOutsideVectors (V, D).

    Examples
    --------
    >>> from word2vec import skipgram
    >>> from word2vec.course.starter_test import TOKENS, VECTORS
    >>> loss, gradCenterVecs, gradOutsideVectors = skipgram(
    ...     "c", 3, ["a", "b", "e", "d", "b", "c"], TOKENS, VECTORS[:5], VECTORS[5:], None
    ... )
    >>> print(f"{loss:.4f}")
    11.1661
    """
    try:
        centre, outside = word2Ind[currentCenterWord], [word2Ind[word] for word in outsideWords]
    except KeyError as error:
        raise KeyError(f"{error.args[0]!r} is not a word of word2Ind") from None
    return models.skip_gram(
        centre, outside, centerWordVectors, outsideVectors, lambda v, o, U: word2vecLossAndGradient(v, o, U, dataset)
    )


# of each of our losses: how it is computed for a whole batch, and how many negatives it draws
_BATCH_LOSSES: list[tuple[PairFunction, BatchLoss, int]] = [
    (negSamplingLossAndGradient, negative_sampling_batch, 10),
    (naiveSoftmaxLossAndGradient, naive_softmax_batch, 0),
]
_recent: list[CourseBatches] = []  # the batches of the last call, which the next one continues


def word2vec_sgd_wrapper(
    word2vecModel: Callable[..., LossAndGradients],
    word2Ind: dict[str, int],
    wordVectors: Array,
    dataset: Any,
    windowSize: int,
    word2vecLossAndGradient: PairFunction = naiveSoftmaxLossAndGradient,
) -> tuple[float, Array]:
    """Compute the mean loss and gradient (2V, D) of a batch of 50 windows drawn from the dataset.

    Each window's size is drawn by random.randint(1, windowSize), the window by dataset.getRandomContext. Our own
    skip-gram with one of our own losses is computed for the whole batch at once, from the same draws and the same
    terms. Any other model or loss goes window by window.

    Parameters
    ----------
    word2vecModel : `skipgram`, or a function like it
    word2Ind : dict word → row
    wordVectors : array (2V, D): the centre vectors, then the outside vectors
    dataset : object with getRandomContext(C) and sampleTokenIdx(), such as a StanfordSentiment
    windowSize : largest number of words on either side
    word2vecLossAndGradient : as for `skipgram`

    Raises TypeError or ValueError for a windowSize below 1 and for an odd number of rows of wordVectors.

    Examples
    --------
    >>> import random
    >>> from word2vec import skipgram, word2vec_sgd_wrapper
    >>> from word2vec.course.starter_test import TOKENS, VECTORS, DummyDataset
    >>> random.seed(31415)
    >>> loss, gradient = word2vec_sgd_wrapper(skipgram, TOKENS, VECTORS, DummyDataset(), 5)
    >>> print(f"{loss:.4f}", gradient.shape)
    10.6242 (10, 3)
    """
    windowSize = check_whole("windowSize", windowSize)
    if len(wordVectors) % 2:
        raise ValueError(f"wordVectors has {len(wordVectors)} rows: expected centre vectors, then as many outside")
    for own_loss, batch_loss, K in _BATCH_LOSSES:
        if word2vecModel is skipgram and word2vecLossAndGradient is own_loss:
            return _whole_batch(batch_loss, wordVectors, dataset, word2Ind, windowSize, K)
    centre, outside = np.split(wordVectors, 2)

    def window() -> LossAndGradients:
        C = random.randint(1, windowSize)
        word, context = dataset.getRandomContext(C)
        return word2vecModel(word, C, context, word2Ind, centre, outside, dataset, word2vecLossAndGradient)

    J, grad_V, grad_U = models.batch_mean(window() for _ in range(BATCH))
    return J, np.concatenate((grad_V, grad_U))


def _whole_batch(
    batch_loss: BatchLoss, wordVectors: Array, dataset: Any, tokens: dict[str, int], C: int, K: int
) -> tuple[float, Array]:
    if not _recent or not _recent[0].are_of(dataset, tokens, C, K):
        _recent[:] = [CourseBatches(dataset, tokens, C, K)]
    batch = _recent[0].next()
    V, U = np.split(wordVectors, 2)
    found = batch_loss(V, U, batch.centres, batch.sizes, batch.words)
    gradient = np.zeros(wordVectors.shape, found.grad_V.dtype)
    grad_V, grad_U = np.split(gradient, 2)  # views
    add_rows(grad_V, found.centres, found.grad_V)
    add_rows(grad_U, found.outside, found.grad_U)
    return found.loss(), gradient


# the names of the 2017/18 hand-outs

softmaxCostAndGradient = naiveSoftmaxLossAndGradient
negSamplingCostAndGradient = negSamplingLossAndGradient


def sigmoid_grad(s: Any) -> Any:
    """Compute σ′(x) = s(1 − s) from s = σ(x), entry by entry.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.course import sigmoid, sigmoid_grad
    >>> sigmoid_grad(sigmoid(np.array([0.0, 1000.0])))
    array([0.25, 0.  ])
    """
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
    """Compute `word2vec.cbow`: the SUM of the vectors of contextWords predicts currentWord; C is not used.

    Parameters
    ----------
    tokens : dict word → row
    inputVectors, outputVectors : arrays (V, D)
    dataset, word2vecCostAndGradient : as for `skipgram`

    Returns
    -------
    cost, gradIn (V, D), gradOut (V, D).

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.course import cbow
    >>> tokens, vectors = {"green": 0, "tea": 1, "hot": 2}, np.zeros((3, 2))
    >>> cost, gradIn, gradOut = cbow("tea", 1, ["green", "hot"], tokens, vectors, vectors, None)
    >>> print(f"{cost:.4f}", gradIn.shape, gradOut.shape)
    1.0986 (3, 2) (3, 2)
    """
    centre, context = tokens[currentWord], [tokens[word] for word in contextWords]
    return models.cbow(
        centre, context, inputVectors, outputVectors, lambda v, o, U: word2vecCostAndGradient(v, o, U, dataset)
    )
