"""Word vectors as a step of a scikit-learn pipeline: raw texts in, document vectors out.

    from word2vec.documents import Word2VecVectorizer
    model = make_pipeline(Word2VecVectorizer(random_state=0), LogisticRegression()).fit(texts, labels)

`import word2vec` does not import this module, because it loads scikit-learn.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._types import Array, PathLike
from ..text import MIN_COUNT, VocabularyOptions
from ..training import settings
from ..training.trainer import train
from ..vectors.word_vectors import WordVectors
from .means import SMOOTHING, Bag, check_weighting, count_words, document_vectors, learn_weighting

TRAINING = ("dim", "window", "negatives", "sample", "min_count", "epochs", "learning_rate", "model", "loss")
GROUPS = ("model", "loss", "descent")  # parameters that hold options of their own


@dataclass(kw_only=True, eq=False, repr=False)  # writes __init__: these are scikit-learn's parameters
class Word2VecVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Convert raw texts to weighted means of word vectors, which are learned from the same texts.

    A text without any known word becomes a row of zeros. The bits depend on `random_state`, but not on `n_jobs`.

    Parameters
    ----------
    vectors : WordVectors or path, optional
        Vectors to use instead of training any: then the training's parameters, `max_features`, `random_state` and
        `n_jobs` have no effect. `clone` (and so a grid search) shares them without a copy.
    weighting : "mean", "tfidf" or "sif"
        How the words of a text are weighted; see `word2vec.documents.means`.
    smoothing : the constant a of SIF
    lowercase, tokenizer, token_pattern, stop_words : as in TfidfVectorizer; stop words are left out of training, too
    max_features : size limit of the vocabulary, which keeps the most frequent words; None for no limit
    dim, window, negatives, sample, min_count, epochs, learning_rate, model, loss, descent
        Parameters of the training; see `word2vec.train`. The options inside of the last three can be set and searched
        one by one, as `loss__shared` or `descent__pivot`.
    random_state : int, RandomState instance or None
        Seed of the training; None draws it from NumPy's global generator.
    n_jobs : number of processes, as in joblib: None is 1, −1 is all cores

    Attributes
    ----------
    vectors_ : WordVectors, given or trained
    weighting_ : word2vec.documents.means.Weighting, learned from the texts

    Examples
    --------
    >>> from word2vec.documents import Word2VecVectorizer
    >>> texts = ["black coffee", "green tea", "strong coffee", "strong tea"] * 50
    >>> Word2VecVectorizer(dim=20, random_state=0).fit_transform(texts).shape
    (200, 20)
    """

    vectors: WordVectors | PathLike | None = None
    weighting: str = "mean"
    smoothing: float = SMOOTHING
    lowercase: bool = True
    tokenizer: Callable[[str], Sequence[str]] | None = None
    token_pattern: str | None = r"(?u)\b\w\w+\b"  # noqa: S105, no password
    stop_words: str | Sequence[str] | None = None
    max_features: int | None = None
    dim: int = settings.DEFAULTS.dim
    window: int = settings.DEFAULTS.window
    negatives: int = settings.DEFAULTS.negatives
    sample: float = settings.DEFAULTS.sample
    min_count: int = MIN_COUNT
    epochs: int = settings.DEFAULTS.epochs
    learning_rate: float = settings.DEFAULTS.learning_rate
    model: str | settings.SkipGram = settings.SkipGram.name
    loss: str | settings.NegativeSampling | settings.NaiveSoftmax = settings.NegativeSampling.name
    descent: settings.DescentOptions | None = None
    random_state: int | np.random.RandomState | None = None
    n_jobs: int | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; with `deep` also those inside of model, loss and descent."""
        found: dict[str, Any] = super().get_params(deep=False)
        for group in GROUPS if deep else ():
            with suppress(ValueError, TypeError):  # an invalid value holds no options; `fit` refuses it
                found |= {f"{group}__{name}": value for name, value in vars(self._options(group)).items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, those inside of model, loss and descent too; raise ValueError if one is unknown."""
        for name in sorted(params):  # "loss" before "loss__shared"
            group, _, option = name.partition("__")
            if not option or group not in GROUPS:
                super().set_params(**{name: params[name]})
                continue
            options = self._options(group)
            if option not in vars(options):
                raise ValueError(f"Invalid parameter {option!r} for {options}.")
            setattr(self, group, replace(options, **{option: params[name]}))
        return self

    def _options(self, group: str) -> Any:
        if group == "descent":
            if not isinstance(self.descent, settings.DescentOptions | None):
                raise TypeError(f"descent is {self.descent!r}: expected DescentOptions, or None for the defaults")
            return self.descent or settings.DescentOptions()
        return settings.named(group, getattr(self, group), settings.MODELS if group == "model" else settings.LOSSES)

    def fit(self, X: Iterable[str], y: Any = None) -> Self:  # noqa: ARG002, scikit-learn passes it
        """Train word vectors, unless they are given, and learn the weighting of words; y is ignored.

        X holds raw texts: a list, a one-dimensional array, a column of a data frame, or another iterable.

        Raises ValueError, TypeError if X does not hold texts, a parameter is invalid, or no word is frequent enough.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Iterable[str], y: Any = None) -> Array:  # noqa: ARG002
        """Fit, then transform the same texts, which are split into words only once."""
        return document_vectors(self._fit(X), self.weighting_)

    def transform(self, X: Iterable[str]) -> Array:
        """Return the texts' vectors, float64 (n, D); raise ValueError or TypeError if X does not hold texts."""
        check_is_fitted(self)
        return document_vectors(count_words(self._tokens(X), self.vectors_), self.weighting_)

    def _fit(self, X: Iterable[str]) -> Bag:
        check_weighting(self.weighting, self.smoothing)
        documents = self._tokens(X)
        if not documents:
            raise ValueError("X holds no text: expected at least one")
        if self.vectors is None:
            vectors = self._train(documents)
        elif isinstance(self.vectors, str | os.PathLike):
            vectors = WordVectors.load(self.vectors)
        elif isinstance(self.vectors, WordVectors):
            vectors = self.vectors
        else:
            kind = type(self.vectors).__name__
            raise TypeError(f"vectors is a {kind}: expected WordVectors, a path, or None to train")
        bag = count_words(documents, vectors)
        self.weighting_ = learn_weighting(bag, self.weighting, smoothing=self.smoothing)
        self.vectors_ = vectors  # after all that may raise
        return bag

    def _train(self, documents: list[list[str]]) -> WordVectors:
        if not any(documents):
            raise ValueError(
                f"there is no word in the {len(documents)} texts of X: expected some to learn from; "
                "lowercase, tokenizer, token_pattern and stop_words define what a word is"
            )
        size = self.max_features
        if size is not None and not (isinstance(size, Integral) and size > 0):
            raise ValueError(f"max_features is {size!r}: expected a whole number above 0, or None for all")
        options = {name: getattr(self, name) for name in TRAINING} | {
            "vocabulary": VocabularyOptions(max_size=None if size is None else int(size)),
            "descent": self._options("descent"),
            "seed": int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max)),
            "workers": effective_n_jobs(self.n_jobs),
        }
        vectors = train(documents, quiet=True, **options)
        if not vectors.history.complete:  # `train` stopped on Ctrl-C
            raise KeyboardInterrupt
        return vectors

    def _tokens(self, X: Iterable[str]) -> list[list[str]]:
        if isinstance(X, str | bytes):
            raise ValueError("Iterable over raw text documents expected, string object received.")
        if isinstance(X, Mapping) or not (isinstance(X, Iterable) or hasattr(X, "ndim")):
            raise TypeError(f"X is a {type(X).__name__}: expected an iterable of texts, such as a list")
        if getattr(X, "ndim", 1) != 1:
            raise ValueError(
                f"X has the shape {X.shape}: expected texts in one dimension, one column of a data frame; "  # type: ignore[attr-defined]
                "in a ColumnTransformer name that column as 'text', not ['text']"
            )
        options = {name: getattr(self, name) for name in ("lowercase", "token_pattern", "stop_words")}
        tokenizer = None if self.tokenizer is None else self._tokenize
        analyze = CountVectorizer(tokenizer=tokenizer, **options).build_analyzer()
        anything = self.tokenizer is not None and not self.lowercase  # a tokenizer may accept more than texts
        documents = []
        for i, text in enumerate(X):
            if not (anything or isinstance(text, str | bytes)):
                kind = type(text).__name__
                raise TypeError(f"X[{i}] is {text!r:.50} ({kind}): expected a text; replace a missing one by ''")
            documents.append(list(analyze(text)))
        return documents

    def _tokenize(self, text: Any) -> Iterable[str]:
        tokens = self.tokenizer(text)  # type: ignore[misc]
        # the letters of a string would be taken for words
        if isinstance(tokens, str | bytes) or not isinstance(tokens, Iterable):
            raise TypeError(f"the tokenizer returned {tokens!r:.50} for {text!r:.50}: expected a list of words")
        return tokens

    @property
    def _n_features_out(self) -> int:  # for get_feature_names_out
        return int(self.vectors_.matrix.shape[1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
