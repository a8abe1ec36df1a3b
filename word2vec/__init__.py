"""word2vec in pure NumPy: the derivations of CS224n as code, exact and fast.

The textbook tier (`sigmoid` … `cbow`) says the mathematics; `word2vec.batch` computes the same sums for
whole batches; the course's names (`skipgram`, `sgd`, …) draw its exact random stream.
"""

from word2vec.course.assignment import (
    cbow,
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingCostAndGradient,
    negSamplingLossAndGradient,
    normalizeRows,
    sigmoid_grad,
    skipgram,
    softmaxCostAndGradient,
    word2vec_sgd_wrapper,
)
from word2vec.course.saved_params import load_saved_params, save_params, sgd
from word2vec.functions import (
    log_sigmoid,
    log_sigmoid_derivative,
    log_softmax,
    log_softmax_jacobian,
    normalize_rows,
    relu,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_jacobian,
)
from word2vec.losses import naive_softmax, negative_sampling
from word2vec.models import batch_mean, skip_gram
from word2vec.training.trainer import train
from word2vec.vectors.model_file import load_model, save_model
from word2vec.vectors.word_vectors import WordVectors

__all__ = [
    "WordVectors",
    "batch_mean",
    "cbow",
    "getNegativeSamples",
    "load_model",
    "load_saved_params",
    "log_sigmoid",
    "log_sigmoid_derivative",
    "log_softmax",
    "log_softmax_jacobian",
    "naiveSoftmaxLossAndGradient",
    "naive_softmax",
    "negSamplingCostAndGradient",
    "negSamplingLossAndGradient",
    "negative_sampling",
    "normalizeRows",
    "normalize_rows",
    "relu",
    "relu_derivative",
    "save_model",
    "save_params",
    "sgd",
    "sigmoid",
    "sigmoid_derivative",
    "sigmoid_grad",
    "skip_gram",
    "skipgram",
    "softmax",
    "softmaxCostAndGradient",
    "softmax_jacobian",
    "train",
    "word2vec_sgd_wrapper",
]
