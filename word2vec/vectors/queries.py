"""Read queries: words, vectors and weights, alone or in lists."""

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..functions import check_unmasked
from ..runtime.arguments import of_arrow
from ..runtime.word_lists import decoding, is_unordered, loss_as_list
from .formats.quantised import ByteRows
from .neighbours import Terms

Item = str | Array | tuple[str | Array, float]
Given = Item | Iterable[Item]
Term = tuple[int | Array, float | None]
EPSILON = float(np.finfo(np.float64).eps)


class Query(NamedTuple):
    """One query: terms, each a row or a vector (D,), and its weight, None where none was given."""

    positive: list[Term]
    negative: list[Term]

    def rows(self) -> list[int]:
        """Return the rows of the words in it."""
        return [term for term, _ in (*self.positive, *self.negative) if isinstance(term, int)]


class Reader:
    """Reads queries about words, whose rows or unit vectors `term` returns, and vectors of `dim` numbers."""

    def __init__(self, term: Callable[[str], int | Array], dim: int) -> None:
        self._of_word, self._dim = term, dim

    def query(self, positive: Given, negative: Given) -> Query:
        """Read one query; KeyError, TypeError or ValueError if a word is unknown, a term none, or the query empty."""
        query = Query(self._terms(positive, "positive"), self._terms(negative, "negative"))
        if not query.positive and not query.negative:
            raise ValueError("the query is empty: expected at least one word or vector")
        return query

    def queries(self, given: Iterable[Any]) -> list[Query]:
        """Read several queries, each a word, a vector, a list of them or a pair (positive, negative)."""
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            raise TypeError(f"queries is {given!r:.60}: expected a list of queries, say [{given!r:.60}]")
        if loss := loss_as_list(given):
            raise TypeError(f"queries is {loss}")
        return [self.query(*each) if _is_pair(each) else self.query(each, ()) for each in given]

    def _terms(self, given: Given, what: str) -> list[Term]:
        if isinstance(given, np.ndarray) and given.dtype.kind in "UTSO":  # strings, bytes, objects
            given = given.tolist()
        one = isinstance(given, str | bytes | bytearray) or not isinstance(given, Iterable) or _is_weighted(given)
        if one or (isinstance(given, np.ndarray) and given.ndim < 2):
            return [self._term(given, what)]
        if loss := loss_as_list(given, ordered=False):
            pairs = "; list(….items()) are words with weights" * isinstance(given, Mapping)
            raise TypeError(f"{what} is {loss}{pairs}")
        # sums over a set's words are the same bits in each process
        return [self._term(item, what) for item in (sorted(given, key=repr) if is_unordered(given) else given)]

    def _term(self, item: Any, what: str) -> Term:
        if not _is_weighted(item):
            return self.word_or_vector(item, what), None
        weight = float(item[1])
        if not np.isfinite(weight):
            raise ValueError(f"the weight {weight} of {item[0]!r}: expected a finite number")
        return self.word_or_vector(item[0], what), weight

    def word_or_vector(self, item: Any, what: str) -> int | Array:
        """Return what a word stands for, or a vector itself in double precision; messages say `what` was passed."""
        if isinstance(item, str):
            return self._of_word(item)
        if not isinstance(item, np.ndarray) or item.ndim == 0:
            several = what in ("positive", "negative")
            expected = "a string, an array, or a list of them" if several else "a string or an array"
            if isinstance(item, Real):
                expected += "; words[i] is the word of row i, top_n=n a number of answers, np.array(…) makes a vector"
            what = f"{what}: {item!r:.60} is neither a word nor a vector"
            raise TypeError(f"{what}: expected {expected}{decoding(item)}")
        if item.shape != (self._dim,):
            raise ValueError(f"a vector of shape {item.shape}: expected ({self._dim},), as the words' own")
        check_unmasked(**{f"{what}: a vector": item})
        if item.dtype.kind not in "biufO":
            raise TypeError(f"{what}: a vector of {item.dtype}: expected real numbers")
        vector = item.astype(np.float64)
        if not np.isfinite(vector).all():
            raise ValueError("a vector holds NaN or infinity: expected finite numbers")
        return vector


def _is_pair(item: object) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and not _is_weighted(item)


def _is_weighted(item: object) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Real)


def means(queries: list[Query], unit: Callable[[int], Array], dim: int) -> Array:
    """Return the vector of each query, (Q, D): Σ w·t / Σ |w| over its terms t, as gensim defines 3CosAdd.

    Words enter with length 1, vectors as they are. Weights are 1 in `positive` and −1 in `negative` unless
    given; a given one counts as it is, its sign included, on either side. ValueError if they cancel out.
    """
    vectors = np.zeros((len(queries), dim))
    for vector, query in zip(vectors, queries, strict=True):
        terms = [(term, 1.0 if weight is None else weight) for term, weight in query.positive]
        terms += [(term, -1.0 if weight is None else weight) for term, weight in query.negative]
        largest = 0.0
        for term, weight in terms:
            added = weight * (unit(term) if isinstance(term, int) else term)
            vector += added
            largest = max(largest, np.abs(added).max(initial=0))
        if largest > 0 and np.abs(vector).max() <= len(terms) * EPSILON * largest:  # what is left is rounding
            raise ValueError("the terms of a query cancel out: leave one of them out, or change the weights")
        vector /= sum(abs(weight) for _, weight in terms) or 1
    return vectors


def product_terms(queries: list[Query], unit: Callable[[int], Array], dim: int) -> Terms:
    """Return the terms of queries for 3CosMul, each word once; ValueError if one has weights or nothing positive."""
    vectors: list[Array] = []
    places: dict[int, int] = {}  # of the words among the vectors

    def place(term: int | Array, weight: float | None) -> int:
        if weight is not None:
            raise ValueError(f"the weight {weight}: method 'mul' has no weights, leave it out or use method 'add'")
        found = places.setdefault(term, len(vectors)) if isinstance(term, int) else len(vectors)
        if found == len(vectors):  # a vector, or a word that occurs for the first time
            vectors.append(unit(term) if isinstance(term, int) else term)
        return found

    positive = _padded([[place(*term) for term in query.positive] for query in queries])
    negative = _padded([[place(*term) for term in query.negative] for query in queries])
    if any(not query.positive for query in queries):
        raise ValueError("a query has nothing positive: method 'mul' expects at least one positive word or vector")
    return Terms(np.array(vectors).reshape(-1, dim), positive, negative)  # (T, D), also if T is 0


def _padded(lists: list[list[int]]) -> Array:
    width = max(map(len, lists), default=0)  # (Q, width), −1 behind the shorter ones
    return np.array([[*row, *[-1] * (width - len(row))] for row in lists], np.intp).reshape(len(lists), width)


def as_array(numbers: Array, name: str) -> Array:
    """Return real numbers as an array, not copied if they are one; others raise TypeError, ragged rows ValueError."""
    check_unmasked(**{name: numbers})
    if hasattr(numbers, "toarray"):
        raise TypeError(f"{name} is a sparse matrix ({type(numbers).__name__}): pass its .toarray()")
    try:
        array = numbers if type(numbers) in (np.ndarray, np.memmap, ByteRows) else np.asarray(numbers)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths: expected as many numbers in each") from None
    if array.dtype.kind not in "fiu":
        kind = "" if isinstance(numbers, np.ndarray) else f"a {type(numbers).__name__}, as an array "
        fix = ""
        if array.dtype == object and array.ndim:
            fix = "; pass np.stack(column) of a column of vectors, table.to_numpy(float) of a table"
            fix = of_arrow(next(iter(numbers), None)) or fix
        expected = "whole numbers" if name == "counts" else f"real numbers{fix}"
        raise TypeError(f"{name} is {kind}of {array.dtype}: expected {expected}")
    return array


def beside(numbers: Array | None, name: str, shape: tuple[int, ...]) -> Array | None:
    """Return what belongs to the words as an array; raise if it has another shape, or counts are no counts."""
    if numbers is None:
        return None
    if isinstance(numbers, Mapping):
        kind = type(numbers).__name__
        raise TypeError(f"{name} is a {kind}: expected an array, say [{name}[word] for word in words]")
    array = as_array(numbers, name)
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}: expected {shape}, as words and matrix say")
    if name == "counts" and array.dtype.kind == "f" and len(array):
        raise TypeError(f"counts is of {array.dtype}: expected whole numbers")
    if name == "counts" and len(array) and not (array.min() >= 0 and array.max() <= np.iinfo(np.int64).max):
        raise ValueError(f"counts holds {array.min()} to {array.max()}: expected numbers from 0 to 2**63 - 1")
    return array
