"""Word vectors as a step of a scikit-learn pipeline: raw texts in, document vectors out.

    from word2vec.documents import Word2VecVectorizer
    model = make_pipeline(Word2VecVectorizer(random_state=0), LogisticRegression()).fit(texts, labels)

`import word2vec` does not import this module, because it loads scikit-learn.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._types import Array, PathLike
from ..runtime.arguments import check_choice, check_type, of_arrow, with_other_names
from ..runtime.word_lists import is_unordered, listed
from ..text import MIN_COUNT, VocabularyOptions
from ..training import settings
from ..training.trainer import train
from ..vectors.gensim_names import from_gensim
from ..vectors.word_vectors import WordVectors
from .inference import infer_known, settings_of
from .means import (
    SMOOTHING,
    Bag,
    Known,
    check_weighting,
    count_words,
    document_vectors,
    known_words,
    learn_weighting,
    warn_of_zeros,
)

TRAINING = ("dim", "window", "negatives", "sample", "min_count", "epochs", "learning_rate", "model", "loss")
RENAMED = {"max_size": "max_features", "workers=1": "n_jobs=1"}  # in what `train` advises
KNOWN_BY = "lowercase, min_count, max_features, stop_words and vectors decide"
METHODS = ("mean", "pv-dbow", "pv-dm")
GROUPS = ("model", "loss", "descent")  # parameters that hold options of their own
OF_TEXTS = ("input", "encoding", "decode_error", "strip_accents", "lowercase", "preprocessor", "token_pattern")
OTHERS = {  # parameters of CountVectorizer, TfidfVectorizer and gensim → what to do here
    "ngram_range": "vectors are of single words; let the tokenizer join phrases, as new_york",
    "min_df": "use min_count, the least number of occurrences in all texts",
    "max_df": "name frequent words as stop_words, or thin them out by sample",
    "vocabulary": "pass vectors=, whose words are the vocabulary",
    "binary": "each occurrence counts; let the analyzer return each word once",
    "dtype": "documents are float64; convert them by astype",
    "norm": "add sklearn.preprocessing.Normalizer to the pipeline",
    "use_idf": "use weighting='tfidf'",
    "smooth_idf": "weighting='tfidf' smooths always",
    "sublinear_tf": "each occurrence counts",
    **dict.fromkeys(("vector_size", "size"), "it is called dim here"),
    **dict.fromkeys(("negative", "ns"), "it is called negatives here"),
    "alpha": "it is called learning_rate here",
    **dict.fromkeys(("iter", "n_iter"), "it is called epochs here"),
    "seed": "it is called random_state here",
    "sg": "leave it out for 1; model='cbow' is 0",
    "dm": "pass method='pv-dm' for 1, method='pv-dbow' for 0",
    "hs": "leave it out for 0; loss='hierarchical-softmax' is 1",
    "workers": "it is called n_jobs here",
    **dict.fromkeys(("min_n", "max_n", "bucket"), "pass ngrams=(3, 6), or Ngrams(minn, maxn, buckets)"),
    "max_final_vocab": "it is called max_features here",
}


@dataclass(kw_only=True, eq=False, repr=False)  # writes __init__: these are scikit-learn's parameters
class Word2VecVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Convert raw texts to vectors learned from the same texts: weighted means of word vectors, PV-DBOW or PV-DM.

    A text without any known word becomes a row of zeros; a UserWarning of each call counts them. In means, words that
    n-grams compose are known, too. The bits depend on `random_state`, but not on `n_jobs`.

    Parameters
    ----------
    method : "mean", "pv-dbow" or "pv-dm"
        What a text's vector is: the weighted mean of its words' vectors; or the vector that predicts its words best
        (`word2vec.documents.infer`), by a model that is trained with a vector for each text of `fit`. The texts of
        `fit` are inferred too, and not given the vectors that they had in training (`vectors_.documents`): a
        classifier has to learn from vectors that are made as those it will see.
    vectors : WordVectors or path, optional
        Vectors to use instead of training any: then the training's parameters, `max_features`, `random_state` and
        `n_jobs` have no effect. `clone` (and so a grid search) shares them without a copy.
    weighting : "mean", "tfidf" or "sif"
        How the words of a text are weighted in a mean; see `word2vec.documents.means.learn_weighting`.
    smoothing : the constant a of SIF
    input, encoding, decode_error, strip_accents, lowercase, preprocessor, tokenizer, token_pattern, stop_words
        As in TfidfVectorizer; stop words are left out of training, too.
    analyzer : "word", or a function text → list of words in place of all from strip_accents to stop_words
    max_features : size limit of the vocabulary, which keeps the most frequent words; None for no limit
    dim, window, negatives, sample, min_count, epochs, learning_rate, model, loss, descent, ngrams
        Parameters of the training; see `word2vec.train`. With a method other than "mean", `model` is that method's,
        `PvDbow(words=True)` for example; the default stands for its defaults. The options inside of model, loss
        and descent can be set and searched one by one, as `loss__shared` or `descent__pivot`.
    random_state : int, RandomState instance or None
        Seed of the training; None draws it from NumPy's global generator.
    n_jobs : number of processes, as in joblib: None is 1, −1 is all cores

    Attributes
    ----------
    vectors_ : WordVectors, given or trained
    weighting_ : word2vec.documents.means.Weighting, learned from the texts, with method="mean"

    Examples
    --------
    >>> from word2vec.documents import Word2VecVectorizer
    >>> texts = ["black coffee", "green tea", "strong coffee", "strong tea"] * 50
    >>> model = Word2VecVectorizer(dim=20, sample=0, random_state=0)
    >>> model.fit_transform(texts).shape
    (200, 20)
    """

    method: str = "mean"
    vectors: WordVectors | PathLike | None = None
    weighting: str = "mean"
    smoothing: float = SMOOTHING
    input: str = "content"
    encoding: str = "utf-8"
    decode_error: str = "strict"
    strip_accents: str | Callable[[str], str] | None = None
    lowercase: bool = True
    preprocessor: Callable[[Any], Any] | None = None
    analyzer: str | Callable[[Any], Iterable[str]] = "word"
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
    model: str | settings.SkipGram | settings.Cbow | settings.PvDbow | settings.PvDm = settings.SkipGram.name
    loss: str | settings.NegativeSampling | settings.HierarchicalSoftmax | settings.NaiveSoftmax = (
        settings.NegativeSampling.name
    )
    descent: settings.DescentOptions | None = None
    ngrams: tuple[int, int] | settings.Ngrams | None = None
    random_state: int | np.random.RandomState | None = None
    n_jobs: int | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; with `deep` also those inside of model, loss and descent.

        Examples
        --------
        >>> Word2VecVectorizer(loss="negative-sampling").get_params()["loss__shared"]
        32
        """
        found: dict[str, Any] = super().get_params(deep=False)
        for group in GROUPS if deep else ():
            with suppress(ValueError, TypeError):  # an invalid value holds no options; `fit` refuses it
                found |= {f"{group}__{name}": value for name, value in vars(self._options(group)).items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, those inside of model, loss and descent too; raise ValueError if one is unknown.

        Examples
        --------
        >>> Word2VecVectorizer().set_params(dim=50, descent__pivot=0).descent.pivot
        0.0
        """
        for name in sorted(params):  # "loss" before "loss__shared"
            group, _, option = name.partition("__")
            if name in OTHERS:
                raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}: {OTHERS[name]}.")
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
            expected = "DescentOptions, or None for the defaults"
            check_type("descent", self.descent, settings.DescentOptions | None, expected)
            return self.descent or settings.DescentOptions()
        if group == "model":
            name = self.method if self.method != "mean" and self.model == settings.SkipGram.name else self.model
            return settings.named(group, name, settings.MODELS)
        return settings.named(group, self.loss, settings.LOSSES)

    def fit(self, X: Iterable[str], y: Any = None) -> Self:  # noqa: ARG002, scikit-learn passes it
        """Train word vectors, unless they are given, and learn the weighting of words; y is ignored.

        X holds raw texts: a list, a one-dimensional array, a column of a data frame, or another iterable.

        Raises ValueError, TypeError if X does not hold texts, a parameter is invalid, or no word is frequent enough.

        Examples
        --------
        >>> sorted(model.fit(texts).vectors_)
        ['black', 'coffee', 'green', 'strong', 'tea']
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Iterable[str], y: Any = None) -> Array:  # noqa: ARG002
        """Fit, then transform the same texts, which are split into words only once.

        Examples
        --------
        >>> Word2VecVectorizer(vectors=model.vectors_, weighting="sif").fit_transform(texts).shape
        (200, 20)
        """
        return self._vectors(self._fit(X))

    def transform(self, X: Iterable[str]) -> Array:
        """Return the texts' vectors, float64 (n, D); raise ValueError or TypeError if X does not hold texts.

        Examples
        --------
        >>> model.transform(["green coffee", "tea"]).shape
        (2, 20)
        """
        check_is_fitted(self)
        return self._vectors(self._read(self._tokens(X), self.vectors_, means=self.weighting_ is not None))

    def _read(self, documents: list[list[str]], vectors: WordVectors, *, means: bool) -> Bag | Known:
        """Look up the words of documents, and warn of those without a known one."""
        found = count_words(documents, vectors) if means else known_words(documents, vectors)
        counts = np.diff(found.counts.indptr) if isinstance(found, Bag) else found.counts
        warn_of_zeros(counts, "X", KNOWN_BY)
        return found

    def _vectors(self, found: Bag | Known) -> Array:
        if isinstance(found, Bag):
            return document_vectors(found, self.weighting_)
        return infer_known(found, self.vectors_)

    def _fit(self, X: Iterable[str]) -> Bag | Known:
        check_choice("method", self.method, METHODS)
        check_weighting(self.weighting, self.smoothing)
        if self.method != "mean" and (name := self._options("model").name) != self.method:
            raise ValueError(f"method is {self.method!r}, model {name!r}: expected the same; leave model out")
        documents = self._tokens(X)
        if not documents:
            raise ValueError("X holds no text: expected at least one")
        vectors: Any = self.vectors
        if vectors is None:
            vectors = self._train(documents)
        elif isinstance(vectors, str | os.PathLike):
            vectors = WordVectors.load(vectors)
        expected = f"WordVectors, a path, or None to train{from_gensim(vectors)}"
        check_type("vectors", vectors, WordVectors, expected)
        if self.method != "mean" and (name := settings_of(vectors).model.name) != self.method:
            raise ValueError(f"method is {self.method!r}, vectors are of {name!r}: expected the same")
        found = self._read(documents, vectors, means=self.method == "mean")
        self.weighting_: Any = None
        if isinstance(found, Bag):
            self.weighting_ = learn_weighting(found, self.weighting, smoothing=self.smoothing)
        self.vectors_ = vectors  # after all that may raise
        return found

    def _train(self, documents: list[list[str]]) -> WordVectors:
        if not any(documents):
            what = f"there is no word in the {len(documents)} texts of X: expected some to learn from"
            raise ValueError(f"{what}; lowercase, tokenizer, token_pattern and stop_words define what a word is")
        check_type("n_jobs", self.n_jobs, Integral | None, "a whole number, or None for 1")
        options = {name: getattr(self, name) for name in TRAINING} | {
            "model": self.model if self.method == "mean" else self._options("model"),
            "descent": self._options("descent"),
            "ngrams": self.ngrams,
            "seed": int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max)),
            "workers": effective_n_jobs(self.n_jobs),
        }
        try:
            vocabulary = VocabularyOptions(max_size=self.max_features)
            vectors = train(documents, vocabulary=vocabulary, quiet=True, **options)
        except (TypeError, ValueError, MemoryError) as error:
            message = str(error)
            for name, ours in RENAMED.items():
                message = message.replace(name, ours)
            error.args = (message,)
            raise
        if not vectors.history.complete:  # `train` stopped on Ctrl-C
            raise KeyboardInterrupt
        return vectors

    def _tokens(self, X: Iterable[str]) -> list[list[str]]:
        if isinstance(X, str | bytes):
            raise ValueError("Iterable over raw text documents expected, string object received.")
        if isinstance(X, Mapping) or not (isinstance(X, Iterable) or hasattr(X, "ndim")):
            raise TypeError(f"X is a {type(X).__name__}: expected an iterable of texts, such as a list")
        if is_unordered(X):
            raise TypeError(f"X is a {type(X).__name__}, which has no order: pass a list")
        if len(shape := getattr(X, "shape", (0,))) != 1:  # polars' tables have no ndim
            raise ValueError(
                f"X has the shape {shape}: expected texts in one dimension, one column of a data frame; "
                "in a ColumnTransformer name that column as 'text', not ['text']"
            )
        analyze = self._analyzer()
        # these may accept more than texts
        anything = callable(self.analyzer) or self.preprocessor or (self.tokenizer and not self.lowercase)
        documents = []
        for i, text in enumerate(X):
            if not (anything or self.input != "content" or isinstance(text, str | bytes)):
                usual = "; replace a missing one by '', pass analyzer=list for lists, input='filename' for paths"
                what = f"X[{i}] is {text!r:.50} ({type(text).__name__})"
                raise TypeError(f"{what}: expected a text{of_arrow(text) or usual}")
            if self.input == "filename":  # a number would be an open file
                check_type(f"X[{i}]", text, str | bytes | os.PathLike, "the path of a file, since input='filename'")
            try:
                documents.append(list(analyze(text)))
            except UnicodeDecodeError as error:
                error.reason += f", in X[{i}]; expected {self.encoding}: pass encoding=, or decode_error='replace'"
                raise
        return documents

    def _analyzer(self) -> Callable[[Any], Iterable[str]]:
        """Return CountVectorizer's function from a text to its words, after checks that it would not make."""
        check_choice("input", self.input, ("content", "filename", "file"))
        check_choice("decode_error", self.decode_error, ("strict", "ignore", "replace"))
        for name in ("preprocessor", "tokenizer"):
            if not callable(function := getattr(self, name)):
                check_type(name, function, type(None), "a function, or None")
        if self.tokenizer is None and not callable(self.analyzer):
            check_type("token_pattern", self.token_pattern, str, "a regular expression, or a tokenizer in its place")
            try:
                re.compile(str(self.token_pattern))
            except re.error as error:
                raise ValueError(
                    f"token_pattern is {self.token_pattern!r}: expected a regular expression ({error})"
                ) from None
        check_type("encoding", self.encoding, str, "the name of an encoding")
        words = self.stop_words
        if isinstance(words, Iterator):
            raise TypeError("stop_words is read for each call, an iterator only once: pass a list")
        options = {name: getattr(self, name) for name in OF_TEXTS} | {
            "stop_words": words
            if words is None or isinstance(words, str)
            else listed(words, "stop_words", ordered=False),
            "tokenizer": self._checked("tokenizer"),
            "analyzer": "word",
        }
        if callable(self.analyzer):
            unused = [name for name in ("preprocessor", "tokenizer", "stop_words") if getattr(self, name) is not None]
            if unused:
                raise ValueError(f"analyzer is a function, which {' and '.join(unused)} would miss: leave it out")
            options["analyzer"] = self._checked("analyzer")
        elif self.analyzer != "word":
            fix = "vectors are of words; let a function split the text otherwise"
            raise ValueError(f"analyzer is {self.analyzer!r}: expected 'word' or a function; {fix}")
        return CountVectorizer(**options).build_analyzer()  # type: ignore[no-any-return]

    def _checked(self, name: str) -> Callable[[Any], Iterable[str]] | None:
        """Return the tokenizer or analyzer so that it raises TypeError for what is no list of words."""
        split = getattr(self, name)
        return None if split is None else partial(_split, split, name)

    @property
    def _n_features_out(self) -> int:  # for get_feature_names_out
        return int(self.vectors_.matrix.shape[1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


Word2VecVectorizer.__init__ = with_other_names(OTHERS)(Word2VecVectorizer.__init__)  # type: ignore[method-assign]


def _split(split: Callable[[Any], Any], name: str, text: Any) -> Iterable[str]:
    tokens = split(text)
    # the letters of a string would be taken for words
    if isinstance(tokens, str | bytes) or not isinstance(tokens, Iterable):
        raise TypeError(f"the {name} returned {tokens!r:.50} for {text!r:.50}: expected a list of words")
    return tokens
