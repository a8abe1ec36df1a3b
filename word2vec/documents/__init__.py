"""Vectors of texts: means of word vectors (`means`), PV-DBOW and PV-DM (`inference`), distances, an estimator."""

from typing import TYPE_CHECKING, Any

from . import distance as distance  # messages name word2vec.documents.distance
from .inference import infer

if TYPE_CHECKING:
    from .estimator import Word2VecVectorizer

__all__ = ["Word2VecVectorizer", "infer"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import estimator  # loads scikit-learn

        return getattr(estimator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
