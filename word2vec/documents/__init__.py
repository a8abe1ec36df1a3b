"""Texts as means of word vectors (`means`), their distances (`distance`), a scikit-learn estimator (`estimator`)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimator import Word2VecVectorizer

__all__ = ["Word2VecVectorizer"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import estimator  # loads scikit-learn

        return getattr(estimator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
