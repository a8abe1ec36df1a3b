"""CS224n's assignment: its functions (all hand-outs, 2017–2022), random stream, treebank, run, and diagnosis."""

from .assignment import (
    cbow,
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingCostAndGradient,
    negSamplingLossAndGradient,
    normalizeRows,
    sigmoid,
    sigmoid_grad,
    skipgram,
    softmax,
    softmaxCostAndGradient,
    word2vec_sgd_wrapper,
)
from .saved_params import load_saved_params, save_params, sgd

__all__ = ["cbow", "getNegativeSamples", "load_saved_params", "naiveSoftmaxLossAndGradient"]
__all__ += ["negSamplingCostAndGradient", "negSamplingLossAndGradient", "normalizeRows", "save_params", "sgd"]
__all__ += ["sigmoid", "sigmoid_grad", "skipgram", "softmax", "softmaxCostAndGradient", "word2vec_sgd_wrapper"]
