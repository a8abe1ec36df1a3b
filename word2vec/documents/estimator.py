"""Word vectors as a step of a scikit-learn pipeline: raw texts in, document vectors out.

    from word2vec.documents.estimator import Word2VecVectorizer
    model = make_pipeline(Word2VecVectorizer(random_state=0), LogisticRegression()).fit(texts, labels)

Not part of `import word2vec`, since it loads scikit-learn.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from word2vec._types import Array, PathLike
from word2vec.documents.means import SMOOTHING, Bag, check_weighting, count_words, document_vectors, learn_weighting
from word2vec.training.trainer import train
from word2vec.vectors.word_vectors import WordVectors

TRAINING = (
    "dim",
    "window",
    "negatives",
    "objective",
    "sample",
    "noise_exponent",
    "min_count",
    "epochs",
    "learning_rate",
    "end_rate",
)


class Word2VecVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn raw texts into the weighted means of their words' vectors, which are learned from the same texts.

    A text without any known word becomes a row of zeros. The same `random_state` gives the same bits, whatever
    `n_jobs` is.

    Parameters
    ----------
    vectors : WordVectors or path, optional
        Vectors to use instead of training any: the training's parameters, `max_features`, `random_state` and
        `n_jobs` have no effect then. `clone` (and so a grid search) shares them, without a copy.
    weighting : "mean", "tfidf" or "sif"
        How words count in a text's vector; see `word2vec.documents.means`.
    smoothing : a of SIF
    lowercase, tokenizer, token_pattern, stop_words : as in TfidfVectorizer; stop words are neither trained nor used
    max_features : largest size of the vocabulary, the most frequent words; None for no limit
    dim, window, negatives, objective, sample, noise_exponent, min_count, epochs, learning_rate, end_rate
        Of the training; see `word2vec.train`.
    random_state : int, RandomState instance or None
        Of all that the training draws; None draws from NumPy's global generator.
    n_jobs : processes of the training, in joblib's sense: None is 1, −1 all cores

    Attributes
    ----------
    vectors_ : WordVectors, those in use
    weighting_ : word2vec.documents.means.Weighting, learned from the texts

    Examples
    --------
    >>> from word2vec.documents.estimator import Word2VecVectorizer
    >>> texts = ["black coffee", "green tea", "strong coffee", "strong tea"] * 50
    >>> Word2VecVectorizer(dim=20, random_state=0).fit_transform(texts).shape
    (200, 20)
    """

    def __init__(
        self,
        *,
        vectors: WordVectors | PathLike | None = None,
        weighting: str = "mean",
        smoothing: float = SMOOTHING,
        lowercase: bool = True,
        tokenizer: Callable[[str], Sequence[str]] | None = None,
        token_pattern: str | None = r"(?u)\b\w\w+\b",  # noqa: S107, no password
        stop_words: str | Sequence[str] | None = None,
        max_features: int | None = None,
        dim: int = 100,
        window: int = 5,
        negatives: int = 5,
        objective: str = "negative-sampling",
        sample: float = 1e-3,
        noise_exponent: float = 0.75,
        min_count: int = 5,
        epochs: int = 5,
        learning_rate: float = 0.025,
        end_rate: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.vectors = vectors
        self.weighting = weighting
        self.smoothing = smoothing
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern
        self.stop_words = stop_words
        self.max_features = max_features
        self.dim = dim
        self.window = window
        self.negatives = negatives
        self.objective = objective
        self.sample = sample
        self.noise_exponent = noise_exponent
        self.min_count = min_count
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.end_rate = end_rate
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Iterable[str], y: Any = None) -> Self:  # noqa: ARG002, scikit-learn passes it
        """Learn word vectors, unless they are given, and the weighting of words.

        Parameters
        ----------
        X : raw texts, in a list, an array of one dimension, a column of a data frame, or anything else iterable
        y : not used

        Raises
        ------
        ValueError, TypeError
            If X does not hold texts, a parameter makes no sense, or no word is frequent enough.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Iterable[str], y: Any = None) -> Array:  # noqa: ARG002
        """Do `fit(X)`, then `transform(X)`, but split the texts into words only once."""
        return document_vectors(self._fit(X), self.weighting_)

    def transform(self, X: Iterable[str]) -> Array:
        """Give the texts' vectors: float64 (n, D). A text without any known word has a row of zeros.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError, TypeError
            If X does not hold texts.
        """
        check_is_fitted(self)
        return document_vectors(count_words(self._tokens(X), self.vectors_), self.weighting_)

    def _fit(self, X: Iterable[str]) -> Bag:
        """Learn everything, and give the texts' words."""
        check_weighting(self.weighting, self.smoothing)
        documents = self._tokens(X)
        if not documents:
            raise ValueError("X holds no text: expected at least one")
        vectors = self._given() if self.vectors is not None else self._trained(documents)
        bag = count_words(documents, vectors)
        self.weighting_ = learn_weighting(bag, self.weighting, smoothing=self.smoothing)
        self.vectors_ = vectors
        return bag

    def _given(self) -> WordVectors:
        """Take the vectors that were given, or load them."""
        if isinstance(self.vectors, WordVectors):
            return self.vectors
        if isinstance(self.vectors, str | os.PathLike):
            return WordVectors.load(self.vectors)
        raise TypeError(f"vectors is a {type(self.vectors).__name__}: expected WordVectors, a path, or None to train")

    def _trained(self, documents: list[list[str]]) -> WordVectors:
        """Train vectors on the texts."""
        size = self.max_features
        if not any(documents):
            raise ValueError(
                f"there is no word in the {len(documents)} texts of X: expected some to learn from; "
                "lowercase, tokenizer, token_pattern and stop_words say what a word is"
            )
        if size is not None and not (isinstance(size, Integral) and size > 0):
            raise ValueError(f"max_features is {size!r}: expected a whole number above 0, or None for all")
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        options = {name: getattr(self, name) for name in TRAINING}
        workers = effective_n_jobs(self.n_jobs)
        vectors = train(documents, max_size=size, seed=seed, workers=workers, quiet=True, **options)
        if not vectors.history.complete:  # Ctrl-C, on which `train` stops in good order
            raise KeyboardInterrupt
        return vectors

    def _tokens(self, X: Iterable[str]) -> list[list[str]]:
        """Split texts into words, as TfidfVectorizer does."""
        if isinstance(X, str | bytes):
            raise ValueError("Iterable over raw text documents expected, string object received.")
        if isinstance(X, Mapping) or not (isinstance(X, Iterable) or hasattr(X, "ndim")):
            raise TypeError(f"X is a {type(X).__name__}: expected an iterable of texts, such as a list")
        if getattr(X, "ndim", 1) != 1:
            raise ValueError(
                f"X has the shape {X.shape}: expected texts in one dimension, one column of a data frame; "  # type: ignore[attr-defined]
                "in a ColumnTransformer name that column as 'text', not ['text']"
            )
        names = ("lowercase", "token_pattern", "stop_words")
        tokenizer = None if self.tokenizer is None else self._listed
        options = {name: getattr(self, name) for name in names} | {"tokenizer": tokenizer}
        analyze = CountVectorizer(**options).build_analyzer()
        return [list(analyze(self._checked(text, i))) for i, text in enumerate(X)]

    def _listed(self, text: Any) -> Iterable[str]:
        """Split a text by the tokenizer given, and refuse a string, whose letters would pass for words."""
        tokens = self.tokenizer(text)  # type: ignore[misc]
        if isinstance(tokens, str | bytes) or not isinstance(tokens, Iterable):
            raise TypeError(f"the tokenizer made {tokens!r:.50} of {text!r:.50}: expected a list of words")
        return tokens

    def _checked(self, text: Any, i: int) -> Any:
        """Refuse what is no text, unless a tokenizer may know what to do with it."""
        if isinstance(text, str | bytes) or (self.tokenizer is not None and not self.lowercase):
            return text
        raise TypeError(
            f"X[{i}] is {text!r:.50} ({type(text).__name__}): expected a text; "
            "put an empty one, '', where there is none"
        )

    @property
    def _n_features_out(self) -> int:
        """The number of columns that transform gives."""
        return int(self.vectors_.matrix.shape[1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
