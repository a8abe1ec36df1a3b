"""word2vec in pure NumPy: the derivations of CS224n as code, exact and fast.

Here are the textbook (`sigmoid` … `batch_mean`: functions, losses of one pair, models of one window), `train`,
`WordVectors`, and the names of the course's hand-outs of 2019–2022 (`skipgram`, `sgd`, …), which draw its exact
random stream; those of 2017/18 are in `word2vec.course`. Each name and module is imported when it is first used (PEP
562), so that `import word2vec.gradcheck` loads nothing but NumPy.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import batch, documents, evaluation, gradcheck, plotting, runtime, text  # noqa: F401
    from .course import (
        getNegativeSamples,
        load_saved_params,
        naiveSoftmaxLossAndGradient,
        negSamplingLossAndGradient,
        normalizeRows,
        save_params,
        sgd,
        skipgram,
        word2vec_sgd_wrapper,
    )
    from .functions import (
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
    from .losses import hierarchical_softmax, naive_softmax, negative_sampling
    from .models import batch_mean, cbow, skip_gram
    from .training.trainer import train
    from .vectors.fasttext_model import load_fasttext
    from .vectors.model_file import load_model, save_model
    from .vectors.word_vectors import WordVectors

__version__ = "0.23.0"

__all__ = ["WordVectors", "batch_mean", "cbow", "getNegativeSamples", "hierarchical_softmax", "load_fasttext"]
__all__ += ["load_model", "load_saved_params"]
__all__ += ["log_sigmoid", "log_sigmoid_derivative", "log_softmax", "log_softmax_jacobian"]
__all__ += ["naiveSoftmaxLossAndGradient", "naive_softmax", "negSamplingLossAndGradient", "negative_sampling"]
__all__ += ["normalizeRows", "normalize_rows", "relu", "relu_derivative", "save_model", "save_params", "sgd"]
__all__ += ["sigmoid", "sigmoid_derivative", "skip_gram", "skipgram", "softmax", "softmax_jacobian", "train"]
__all__ += ["word2vec_sgd_wrapper"]

_HOMES = {  # where each name is defined; those that are in none of these are in `course`
    "functions": "log_sigmoid log_sigmoid_derivative log_softmax log_softmax_jacobian normalize_rows relu "
    "relu_derivative sigmoid sigmoid_derivative softmax softmax_jacobian",
    "losses": "hierarchical_softmax naive_softmax negative_sampling",
    "models": "batch_mean cbow skip_gram",
    "training.trainer": "train",
    "vectors.fasttext_model": "load_fasttext",
    "vectors.model_file": "load_model save_model",
    "vectors.word_vectors": "WordVectors",
}
_MODULES = (
    "batch course documents evaluation functions gradcheck losses models plotting runtime text training vectors"
)
_ELSEWHERE = {  # gensim's names, and the package word2vec's
    "Word2Vec word2vec": "train(sentences)",
    "LineSentence PathLineSentences Text8Corpus": "train(path)",
    "CallbackAny2Vec": "train(path, on_epoch=function)",
    "FastText": "train(sentences, ngrams=(3, 6)) or load_fasttext(path)",
    "load_facebook_model load_facebook_vectors": "load_fasttext(path)",
    "Doc2Vec TaggedDocument": "train(lists_of_words, model='pv-dm') or 'pv-dbow'",
    "KeyedVectors load": "WordVectors.load(path)",
    "Phrases Phraser FrozenPhrases word2phrase": "text.find_phrases and join_phrases",
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> Any:
        if name in __all__:
            home = next((module for module, names in _HOMES.items() if name in names.split()), "course")
            found = getattr(importlib.import_module(f".{home}", __name__), name)
        elif name in _MODULES.split():
            found = importlib.import_module(f".{name}", __name__)
        else:
            ours = (f": use {__name__}.{use}" for names, use in _ELSEWHERE.items() if name in names.split())
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}{next(ours, '')}")
        return globals().setdefault(name, found)


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()} - {"Any", "TYPE_CHECKING", "importlib"})
