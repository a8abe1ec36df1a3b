"""Query word vectors: the vector of a word, its nearest words, analogies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import DTypeLike

from .._types import Array, PathLike
from ..runtime.arguments import check_choice, check_type, check_whole, with_other_names
from ..runtime.inputs import Source
from ..runtime.word_lists import check_labels, decoding, listed, words_by_row
from . import formats
from .alignment import rotation
from .approximate import ApproximateIndex
from .formats.quantised import ByteRows, Stored
from .formats.table import Errors, Only
from .gensim_names import ARGUMENTS, NamesOurs, from_gensim, no_attribute
from .history import History, format_loss
from .neighbours import Terms, check_finite, cosines, nearest, row_lengths, unit_rows
from .prediction import hidden_vector, log_prediction, of_nodes
from .projection import Projection
from .queries import Given, Query, Reader, as_array, beside, means, product_terms
from .spelling import UnknownWord
from .subwords import Subwords, Uncached

Neighbours = list[tuple[str, float]]
KEPT = ("_lengths", "_projection", "_outside_vectors", "_log_prediction")  # between queries
WORD = (str, bytes, bytearray)  # bytes are no word, but no list of words either


class WordVectors(Uncached, metaclass=NamesOurs):
    """Words and their vectors.

    All queries are about the centre vectors in `matrix`; `as_outside()` is for the outside vectors. The matrix is
    never copied. The lengths of its rows are kept between queries, and after 32 single ones perhaps a table, which
    makes later ones faster; so is what `infer` needs of the outside vectors. So do not change either of them
    afterwards; make another `WordVectors` of the changed ones.

    Queries compute in double precision. An unknown word raises KeyError, whose message suggests near spellings; other
    arguments than those described raise TypeError or ValueError, as do vectors that have another size or hold NaN or
    infinity. So does the making of `WordVectors` if words, numbers and counts do not match, or a word occurs twice.

    Parameters
    ----------
    words : V different words in the order of the rows, or a dict word → row
    matrix : (V, D), a row of real numbers per word; not copied, it may be read-only and mapped from a file
    outside : (V, D), the outside (context) vectors that were trained with those of `matrix`
    counts : (V,), how often each word occurs in the text
    history, settings : of the training
    subwords : the n-grams' rows (`word2vec.vectors.subwords.Subwords`), by which unknown words get vectors: all
        queries answer for them, too; `in` says whether a word is one of `words`. A word whose n-grams say nothing,
        their mean being zeros, raises KeyError (fastText's own programs answer with zeros)
    documents : (T, D), the vectors of documents that were trained with those of the words; `word2vec.documents.infer`
        computes those of others

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> words = ["tea", "coffee", "cup", "rain"]
    >>> matrix = np.array([[4.0, 3.0], [4.0, 2.0], [3.0, 4.0], [-3.0, 1.0]])
    >>> vectors = WordVectors(words, matrix, outside=matrix[::-1])
    >>> vectors["tea"], "milk" in vectors, len(vectors)
    (array([4., 3.]), False, 4)
    >>> [word for word, score in vectors.most_similar("tea", top_n=2)]
    ['coffee', 'cup']
    """

    @with_other_names(ARGUMENTS)
    def __init__(
        self,
        words: Mapping[str, int] | Sequence[str],
        matrix: Array,
        *,
        outside: Array | None = None,
        counts: Array | None = None,
        history: History | None = None,
        settings: dict[str, Any] | None = None,
        subwords: Subwords | None = None,
        documents: Array | None = None,
    ) -> None:
        check_type("history", history, History | None, "a History, or None")
        check_type("settings", settings, dict | None, "a dict, or None")
        check_type("subwords", subwords, Subwords | None, "Subwords, or None")
        self.words, self.matrix = words_by_row(words), as_array(matrix, "matrix")
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix):
            shape = self.matrix.shape
            raise ValueError(f"{len(self.words)} words, matrix of shape {shape}: expected one row per word")
        for name, given in (("matrix", matrix), ("outside", outside), ("counts", counts)):
            check_labels(name, given, self.words)
        self.outside = beside(outside, "outside", self.matrix.shape)
        self.counts = beside(counts, "counts", self.matrix.shape[:1])
        self.history, self.settings, self.subwords = history or History(), settings or {}, subwords
        if subwords is not None:
            rows, own = subwords.matrix.shape, self.matrix.shape if subwords.own is None else subwords.own.shape
            if rows[1] != own[1] or own != self.matrix.shape:
                what = f"n-gram rows of shape {rows}, the words' own rows {own}, matrix of shape {self.matrix.shape}"
                raise ValueError(f"{what}: expected as many columns, and an own row per word")
        n_documents = () if documents is None else as_array(documents, "documents").shape[:1]  # any number
        self.documents = beside(documents, "documents", (*n_documents, *self.matrix.shape[1:]))
        self._index = {word: i for i, word in enumerate(self.words)}
        if len(self._index) < len(self.words):
            twice = next(word for i, word in enumerate(self.words) if self._index[word] != i)
            raise ValueError(f"the word {twice!r} occurs twice: expected each word once")

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        try:
            return word in self._index
        except TypeError:  # it has no hash
            kind = type(word).__name__
            raise TypeError(f"{word!r:.60} is a {kind}: expected one word; ask for each of several") from None

    def get(self, word: str, default: Any = None) -> Any:
        """Return the vector (D,) of a word, read-only, or the default if it has none, as a dict's `get` does.

        Where there are n-grams, unknown words have vectors.

        Examples
        --------
        >>> vectors.get("tea"), vectors.get("milk")
        (array([4., 3.]), None)
        """
        if word not in self and (self.subwords is None or not isinstance(word, str)):
            return default  # without an error, which takes many times as long
        try:
            return self[word]
        except UnknownWord:
            return default

    def __getitem__(self, word: str | Iterable[str]) -> Array:
        """Return the vector (D,) of a word, read-only, or a copy of the vectors (n, D) of a list of words.

        Examples
        --------
        >>> vectors["tea"], vectors[["tea", "rain"]].shape
        (array([4., 3.]), (2, 2))
        """
        if isinstance(word, WORD) or not isinstance(word, Iterable):
            # a view
            row = np.asarray(self._unseen([word])[0] if self._is_unseen(word) else self.matrix[self.index(word)])
            row.flags.writeable = False  # a change would make the kept lengths wrong
            return row
        return self._vectors_of(word, "the words")

    def _is_unseen(self, word: Any) -> bool:
        """Return whether a word is none of `words`, so that only n-grams may give it a vector."""
        return isinstance(word, str) and word not in self._index

    def _unseen(self, words: list[str]) -> Array:
        """Return the vectors (n, D) of words by their n-grams; KeyError if one is zeros, or there are no n-grams."""
        if self.subwords is None:
            raise UnknownWord(words[0], self.words)
        found = self.subwords.compose(words)
        has_vector = found.any(axis=1)
        if not has_vector.all():
            raise UnknownWord(words[int(has_vector.argmin())], self.words)
        return found

    def _vectors_of(self, words: Iterable[str], what: str) -> Array:
        words = listed(words, what)
        try:
            return np.asarray(self.matrix[[self._index[word] for word in words]])
        except KeyError:
            rows = np.array([self._index.get(word, -1) for word in words], np.int64)
        unseen = rows < 0
        composed = self._unseen([word for word, row in zip(words, rows, strict=True) if row < 0])
        found = np.empty((len(rows), self.matrix.shape[1]), np.result_type(self.matrix.dtype, composed.dtype))
        found[~unseen], found[unseen] = self.matrix[rows[~unseen]], composed
        return found

    def __sklearn_clone__(self) -> WordVectors:
        """Return the same object: scikit-learn's `clone` shares vectors that are an estimator's parameter."""
        return self

    def _retire(self, why: str) -> None:
        """Take matrix and outside vectors away, whose numbers change from now on: each use raises RuntimeError."""
        for each in (self, self.__dict__.get("_outside_vectors")):
            if each is not None:
                each.__dict__ |= {"_retired": why}
                for name in ("matrix", "outside", "documents", *KEPT):
                    each.__dict__.pop(name, None)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # called for what is not there only
            if name in ("matrix", "outside", "documents") and "_retired" in self.__dict__:
                raise RuntimeError(f"these vectors are out of date: {self._retired}")
            raise AttributeError(no_attribute(type(self).__name__, name), name=name, obj=self)

    def __repr__(self) -> str:
        if "_retired" in self.__dict__:
            return f"<WordVectors: {len(self):,} words; out of date: {self.__dict__['_retired']}>"
        # copies of mapped rows are memmaps, too, of no file
        mapped = any(getattr(each, "_mmap", None) is not None for each in (self.matrix, self.matrix.base))
        size = f"{self.matrix.nbytes / 1e6:,.1f} MB{' mapped from a file' if mapped else ''}"
        kind = self.matrix.base.dtype if isinstance(self.matrix, ByteRows) else self.matrix.dtype
        facts = [f"{len(self):,} words × {self.matrix.shape[1]} dimensions, {kind}, {size}"]
        if len(self):
            facts.append(", ".join([*self.words[:3], *["…"] * (len(self) > 3)]))
        if self.counts is not None and len(self):
            facts.append(f"counts {int(np.min(self.counts)):,} to {int(np.max(self.counts)):,}")
        if self.outside is not None:
            facts.append("with vectors of nodes" if of_nodes(self.settings) else "with outside vectors")
        if self.subwords is not None:
            facts.append(f"n-grams of {self.subwords.minn} to {self.subwords.maxn} characters")
        if self.documents is not None:
            facts.append(f"{len(self.documents):,} documents")
        if self.history.epochs:
            facts.append(f"loss {format_loss(self.history.epochs[-1], 4)} in epoch {len(self.history.epochs)}")
        return f"<WordVectors: {'; '.join(facts)}>"

    @overload
    def index(self, word: str) -> int: ...

    @overload
    def index(
        self,
        *,
        file: PathLike | None = None,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion_search: int = 128,
    ) -> ApproximateIndex: ...

    def index(
        self,
        word: Any = ...,  # None is a word that was asked by mistake
        *,
        file: PathLike | None = None,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion_search: int = 128,
    ) -> Any:
        """Return the row of a word; without a word, an index of all vectors for approximate answers.

        Parameters
        ----------
        word : KeyError if it has no row
        file : read the index that `ApproximateIndex.save` wrote there, with its options, instead of building one
        connectivity : links of a vector: more make the index larger, slower to build and more exact
        expansion_add : candidates that are looked at for a vector's links
        expansion_search : candidates that are looked at for an answer: more take longer and find more

        The index needs usearch (`pip install 'word2vec-numpy[index]'`); ImportError if that is not installed.

        Examples
        --------
        >>> vectors.index("cup"), vectors.words[2]
        (2, 'cup')
        >>> vectors.index().most_similar("tea", top_n=1) == vectors.most_similar("tea", top_n=1)
        True
        """
        if word is ...:
            index = ApproximateIndex(self.words, self.matrix, self._lengths, self._means_of)
            if file is None:
                index.build(connectivity, expansion_add, expansion_search)
            else:
                index.load(file)
            return index
        try:
            return self._index[word]
        except (KeyError, TypeError):
            if isinstance(word, str):
                raise UnknownWord(word, self.words) from None
            hint = decoding(word) or "; row i of `matrix` is the vector of `words[i]`"
            raise TypeError(f"{word!r:.60} is no word: expected a string{hint}") from None

    def _means_of(self, queries: Iterable[Any]) -> tuple[Array, list[list[int]]]:
        found = self._reader.queries(queries)
        return means(found, self._unit, self.matrix.shape[1]), [query.rows() for query in found]

    def _rows(self, words: Iterable[str], what: str) -> list[int]:
        try:
            return [self._index[word] for word in listed(words, what)]
        except KeyError as error:
            raise UnknownWord(error.args[0], self.words) from None

    @with_other_names(ARGUMENTS)
    def most_similar(
        self,
        positive: Given = (),
        negative: Given = (),
        top_n: int = 10,
        *,
        restrict: int | None = None,
        method: str = "add",
    ) -> Neighbours:
        """Return the top_n words of largest score and their scores, the best first; ties go to the first in `words`.

        Parameters
        ----------
        positive, negative : what is wanted and what is not: a word, a vector, or a list of words, vectors and
            pairs (word or vector, weight). Words that are named here are not returned. ValueError if with "add"
            the terms cancel out
        top_n : the largest number of answers; with 0 or less, none
        restrict : only the first `restrict` words can be answers; after training, these are the most
            frequent of its text, before other words of `start_from`
        method : "add" (3CosAdd): cosine with the mean of the terms, words having length 1, vectors their own,
            weights being 1, in `negative` −1, unless given (then with their sign);
            "mul" (3CosMul): ∏ (1 + cos(x, positive))/2 ÷ (∏ (1 + cos(x, negative))/2 + 1e-6).
            As in gensim's `most_similar` and `most_similar_cosmul`, except that "mul" obeys `restrict` and scales
            vectors to length 1

        Examples
        --------
        >>> [(word, round(score, 3)) for word, score in vectors.most_similar("tea", top_n=2)]
        [('coffee', 0.984), ('cup', 0.96)]
        >>> [word for word, _ in vectors.most_similar(["tea", ("rain", 0.5)], ["cup"], top_n=1, method="add")]
        ['coffee']
        """
        return self._answer([self._reader.query(positive, negative)], top_n, restrict, method)[0]

    @with_other_names(ARGUMENTS)
    def most_similar_many(
        self, queries: Iterable[Any], top_n: int = 10, *, restrict: int | None = None, method: str = "add"
    ) -> list[Neighbours]:
        """Return the answers of `most_similar` to many queries, several times faster than one by one.

        A query is a word, a vector, a list of words, vectors and pairs with weights, or a pair (positive, negative)
        of what `most_similar` takes. A matrix is a query in each row.

        Examples
        --------
        >>> answers = vectors.most_similar_many(["tea", ["tea", "coffee"]], top_n=1)
        >>> [[word for word, score in answer] for answer in answers]
        [['coffee'], ['cup']]
        """
        return self._answer(self._reader.queries(queries), top_n, restrict, method)

    @property
    def _reader(self) -> Reader:
        return Reader(self._term, self.matrix.shape[1])

    def _term(self, word: str) -> int | Array:
        """Return the row of a word, or the vector (D,) of an unknown one with length 1."""
        if not self._is_unseen(word):
            return self.index(word)
        found = self._unseen([word])
        check_finite(row_lengths(found), "the n-grams' vectors", [word])
        return np.asarray(unit_rows(found)[0])

    @cached_property
    def _lengths(self) -> Array:  # (V,), of the rows
        lengths = row_lengths(self.matrix)
        check_finite(lengths, "the matrix", self.words)
        return lengths

    @cached_property
    def _projection(self) -> Projection:
        return Projection(self.matrix, self._lengths)

    def _unit(self, row: int) -> Array:
        return np.asarray(self.matrix[row], np.float64) / (self._lengths[row] or 1)

    def _answer(self, queries: list[Query], top_n: int, restrict: int | None, method: str) -> list[Neighbours]:
        top_n = check_whole("top_n", top_n, -sys.maxsize)
        restrict = None if restrict is None else check_whole("restrict", restrict)
        check_choice("method", method, ("add", "mul"))
        make = product_terms if method == "mul" else means
        vectors, named = make(queries, self._unit, self.matrix.shape[1]), [query.rows() for query in queries]
        if isinstance(vectors, Terms) or len(vectors) != 1:
            ids, scores = nearest(self.matrix, self._lengths, vectors, top_n, left_out=named, restrict=restrict)
        else:
            ids, scores = self._projection.nearest(vectors[0], top_n, named[0], restrict)
        return [
            [(self.words[i], score) for i, score in zip(*row, strict=True) if i >= 0]
            for row in zip(ids.tolist(), scores.tolist(), strict=True)
        ]

    @with_other_names(ARGUMENTS)
    def similarity(self, one: str | Array, other: str | Array) -> float:
        """Return the cosine between two words or vectors (D,), from −1 to 1; 0 with a vector of zeros.

        Examples
        --------
        >>> round(vectors.similarity("tea", "cup"), 3), round(vectors.similarity("tea", np.array([0.0, 1.0])), 3)
        (0.96, 0.6)
        """
        return float(np.clip(np.einsum("i,i", self._unit_of(one, "one"), self._unit_of(other, "other")), -1, 1))

    @with_other_names(ARGUMENTS)
    def n_similarity(self, some: Iterable[str], others: Iterable[str]) -> float:
        """Return the cosine between the means of the vectors of two lists of words.

        Examples
        --------
        >>> round(vectors.n_similarity(["tea", "coffee"], ["cup", "rain"]), 3)
        0.53
        """
        means_of_both = np.array([self._some(words, "n_similarity")[1].mean(axis=0) for words in (some, others)])
        return float(np.clip(np.einsum("i,i", *unit_rows(means_of_both)), -1, 1))

    def doesnt_match(self, words: Iterable[str]) -> str:
        """Return the word farthest from the mean of all, each scaled to length 1; ties go to the first.

        Examples
        --------
        >>> vectors.doesnt_match(["tea", "coffee", "rain"])
        'rain'
        """
        words, rows = self._some(words, "doesnt_match")
        units = unit_rows(rows)
        return words[int(np.argmin(np.einsum("ij,j->i", units, units.mean(axis=0))))]

    @with_other_names(ARGUMENTS)
    def distances(self, word: str | Array, others: Iterable[str] | None = None) -> Array:
        """Return 1 − cosine between a word or vector (D,) and n other words, or all: float64 (n,) or (V,).

        Examples
        --------
        >>> vectors.distances("tea", ["coffee", "rain"]).round(3)
        array([0.016, 1.569])
        """
        unit = self._unit_of(word, "word")
        if others is None:
            return 1 - cosines(self.matrix, self._lengths, unit)
        others = listed(others, "distances")
        found = self._vectors_of(others, "distances")
        lengths = row_lengths(found)
        check_finite(lengths, "the vectors for distances", others)
        return 1 - cosines(found, lengths, unit)

    @with_other_names(ARGUMENTS)
    def closer_than(self, word: str, other: str) -> list[str]:
        """Return the words that are closer to `word` than `other` is, in the order of `words`.

        Examples
        --------
        >>> vectors.closer_than("tea", "rain")
        ['coffee', 'cup']
        """
        distances = self.distances(word)
        limit = self.distances(word, [other])[0] if self._is_unseen(other) else distances[self.index(other)]
        closer = distances < limit
        if not self._is_unseen(word):
            closer[self.index(word)] = False
        return [self.words[i] for i in np.flatnonzero(closer)]

    @with_other_names(ARGUMENTS)
    def rank(self, word: str, other: str) -> int:
        """Return the place of `other` among the neighbours of `word`: 1 for the nearest.

        Examples
        --------
        >>> vectors.rank("tea", "rain")
        3
        """
        return len(self.closer_than(word, other)) + 1

    def _unit_of(self, given: str | Array, what: str) -> Array:
        term = self._term(given) if isinstance(given, str) else self._reader.word_or_vector(given, what)
        return self._unit(term) if isinstance(term, int) else unit_rows(term[None])[0]

    def _some(self, words: Iterable[str], what: str) -> tuple[list[str], Array]:
        words = listed(words, what, ordered=False)
        if not words:
            raise ValueError(f"{what}: no words, expected at least one")
        found = self[words].astype(np.float64)
        check_finite(row_lengths(found), f"the vectors for {what}", words)
        return words, found

    def outside_of(self, word: str | Iterable[str]) -> Array:
        """Return the outside vector (D,) of a word, or those (n, D) of a list of words.

        Examples
        --------
        >>> vectors.outside_of("tea")
        array([-3.,  1.])
        """
        return self.as_outside()[word]

    def as_outside(self) -> WordVectors:
        """Return the outside vectors as `WordVectors`, for the same queries; ValueError if they are not known.

        So it is after training with hierarchical softmax, where `outside` holds vectors of a tree's inner nodes.

        `vectors.as_outside().most_similar(vectors["tea"])` are the words that the model expects around "tea".

        Examples
        --------
        >>> [word for word, score in vectors.as_outside().most_similar(vectors["tea"], top_n=2)]
        ['rain', 'cup']
        """
        return self._outside_vectors

    @cached_property
    def _outside_vectors(self) -> WordVectors:
        if self.outside is None:
            raise ValueError("no outside vectors are known: expected vectors from train(), or a file that holds both")
        if of_nodes(self.settings):
            what = "after hierarchical softmax words have no outside vectors, but a tree's nodes have"
            raise ValueError(f"{what}: probability(word, context) says what is expected around a word")
        return WordVectors(self.words, self.outside, counts=self.counts, settings=self.settings)

    def probability(self, word: str | Iterable[str], context: str | Iterable[Any]) -> Any:
        """Return the probability that the model gives a word, or each of a list of words, in a context.

        Those of all words sum to 1. A model that was trained with hierarchical softmax or with the full softmax has
        them (E41); after negative sampling there are only scores, and ValueError is raised.

        Parameters
        ----------
        word : a word, or a list of n words
        context : the word in whose window it stands; for CBOW the list of the words around it, or of pairs (word,
            weight): the weight is 1 unless given, in training with weighted windows it is (C + 1 − d)/C at distance
            d. For PV-DM as for CBOW, in a document whose vector is 0; PV-DBOW without words has none

        Returns
        -------
        float, or float64 (n,).

        Examples
        --------
        >>> from word2vec import train
        >>> text = [["green", "tea"], ["black", "coffee"]] * 500
        >>> model = train(text, loss="hierarchical-softmax", dim=4, sample=0, quiet=True)
        >>> model.probability("tea", "green") > 0.5 > model.probability("coffee", "green")
        True
        >>> f"{model.probability(model.words, 'green').sum():.6f}"
        '1.000000'
        """
        predict = self._log_prediction  # raises if there are no probabilities, whatever the context is
        P = np.exp(predict(hidden_vector(context, self.__getitem__, self.settings, self._rows_behind)))
        return float(P[self.index(word)]) if isinstance(word, str) else P[self._rows(word, "probability")]

    def _rows_behind(self, words: list[str]) -> Array:
        """Return of how many rows, its own and those of its n-grams, the vector of each word is the mean: (n,)."""
        own = np.array([word in self for word in words])
        return own if self.subwords is None else own + self.subwords.rows_of(words)[2]

    @cached_property
    def _log_prediction(self) -> Callable[[Array], Array]:
        return log_prediction(self.outside, self.counts, self.settings)

    def aligned_to(
        self, other: WordVectors, words: Iterable[str] | None = None, *, unit: bool = True, centred: bool = False
    ) -> WordVectors:
        """Return these vectors, outside vectors and documents, turned to where those of another model are (E46).

        A rotation (or reflection) changes no cosine between these vectors, and no score u·v with the outside ones.

        Parameters
        ----------
        other : vectors of as many dimensions, of another text, seed or library
        words : those that should lie near each other, all in both models; by default all that both have
        unit : fit the rotation to vectors scaled to length 1, so that long ones do not decide it
        centred : subtract the words' mean on either side before the fit

        Raises ValueError if no words are common or dimensions differ; warns (UserWarning) if words are too few.

        Examples
        --------
        >>> turned = WordVectors(words, matrix @ [[0.0, 1.0], [-1.0, 0.0]])
        >>> turned.aligned_to(vectors)["tea"].round(12)
        array([4., 3.])
        """
        check_type("other", other, WordVectors, f"WordVectors{from_gensim(other)}")
        if self.matrix.shape[1] != other.matrix.shape[1]:
            sizes = f"{self.matrix.shape[1]} dimensions, the other model has {other.matrix.shape[1]}"
            raise ValueError(f"these vectors have {sizes}: expected the same number; train both with one dim")
        words = [word for word in self.words if word in other] if words is None else listed(words, "words")
        if not words:
            raise ValueError("no word to align by: expected words of both models, at least as many as dimensions")
        Q = rotation(self[words], other[words], unit=unit, centred=centred)
        Q = Q.astype(np.result_type(self.matrix.dtype, np.float32))
        outside = None if self.outside is None else self.outside @ Q
        more: dict[str, Any] = {"counts": self.counts, "history": self.history, "settings": self.settings}
        more["subwords"] = None if self.subwords is None else self.subwords.turned(Q)
        more["documents"] = None if self.documents is None else self.documents @ Q
        return WordVectors(self.words, self.matrix @ Q, outside=outside, **more)

    def drift(self, other: WordVectors, words: Iterable[str] | None = None) -> Neighbours:
        """Return words, the most changed first, and the cosine of each with itself in another model, once aligned.

        The models are aligned (`aligned_to`) by all words that both have; `words` are those to return, by default all
        of these. Ties, cosines that differ only by rounding, go to the first. Rare words also differ between two
        trainings on one text: compare with that.

        Examples
        --------
        >>> later = WordVectors(words, [[-3.0, 4.0], [-2.0, 4.0], [-4.0, 3.0], [-3.0, 1.0]])  # turned, but for "rain"
        >>> [(word, round(cosine, 2)) for word, cosine in vectors.drift(later, ["tea", "rain"])]
        [('rain', 0.32), ('tea', 0.95)]
        """
        aligned = self.aligned_to(other)
        words = [word for word in self.words if word in other] if words is None else listed(words, "words")
        found = np.einsum("ij,ij->i", unit_rows(aligned[words]), unit_rows(other[words])).clip(-1, 1)
        return [(words[i], float(found[i])) for i in np.argsort(found.round(12), kind="stable")]

    @classmethod
    @with_other_names(ARGUMENTS)
    def load(
        cls,
        path: Source,
        format: formats.Format | None = None,  # noqa: A002
        *,
        words: Mapping[str, int] | Sequence[str] | None = None,
        limit: int | None = None,
        only: Only = None,
        dtype: DTypeLike | None = None,
        errors: Errors = "strict",
        encoding: str | None = None,
        mmap: bool = False,
        counts: Source | None = None,
    ) -> WordVectors:
        """Read a vector file of any format; `word2vec.vectors.formats.read` describes arguments and errors.

        Examples
        --------
        >>> vectors.save("vectors.txt")
        >>> WordVectors.load("vectors.txt", limit=2).words
        ['tea', 'coffee']
        """
        how: dict[str, Any] = {"dtype": dtype, "errors": errors, "encoding": encoding, "mmap": mmap}
        return cls(**vars(formats.read(path, format, words=words, limit=limit, only=only, counts=counts, **how)))

    @with_other_names(ARGUMENTS)
    def save(
        self,
        path: PathLike,
        format: formats.Format | None = None,  # noqa: A002
        *,
        dtype: Stored | None = None,
    ) -> None:
        """Write words and vectors in the format of the suffix, or another one; see `word2vec.vectors.formats.write`.

        `dtype="float16"` or `"int8"` makes an .npz smaller.

        Examples
        --------
        >>> vectors.save("vectors.npz")  # keeps the outside vectors, as format="fasttext" does
        >>> WordVectors.load("vectors.npz").outside_of("tea")
        array([-3.,  1.])
        """
        formats.write(self, path, format, dtype=dtype)
