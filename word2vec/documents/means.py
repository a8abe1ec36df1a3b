"""Vectors of documents (sentences, reviews, any lists of words) from the vectors of their words.

    bag = count_words(documents, vectors)      # which words of `vectors` each document holds, and how often
    weighting = learn_weighting(bag, "sif")    # from the training documents
    X = document_vectors(bag, weighting)       # (n, D), also of bags of other documents

With n_dw the number of occurrences of word w in document d, and v_w its vector (words without one are left out; where
`vectors` have n-grams, words that they do not hold have one, too):

    mean      x_d = Σ_w n_dw v_w / Σ_w n_dw
    tf-idf    x_d = Σ_w n_dw idf_w v_w / Σ_w n_dw idf_w,   idf_w = ln((1 + N) / (1 + N_w)) + 1,
              where N_w of the N training documents hold w
    SIF       x_d = x̃_d − c cᵀ x̃_d,   x̃_d = Σ_w n_dw a/(a + p_w) v_w / Σ_w n_dw,
              p_w the relative frequency of w, c the first right singular vector of the training documents' x̃ (n, D)

A document without any such word has the zero vector. A vector's bits do not depend on the other documents.

Sources: Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988 (tf-idf; the smoothed idf is
scikit-learn's); Arora, Liang and Ma, A simple but tough-to-beat baseline for sentence embeddings, ICLR 2017 (SIF:
smooth inverse frequency; a from 1e-4 to 1e-3).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_choice, check_no_table, check_number, check_type, warn
from ..text.numbering import Numbering, is_id_array, number_ids, number_lists
from ..text.sources import begun
from ..vectors.gensim_names import from_gensim
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHTINGS = ("mean", "tfidf", "sif")
SMOOTHING = 1e-3
SMALLER = "expected smaller numbers; scale the matrix, say by word2vec.normalize_rows"
OF_COUNTS = "what count_words(documents, vectors) returns"
COLUMNS = 64  # dimensions computed at a time: only these are held in double precision


@dataclass(frozen=True)
class Bag:
    """The words that documents hold.

    Attributes
    ----------
    counts : sparse float64 (n, U), how often each of the U words that occur and have a vector is in each document
    rows : integers, ascending: the rows of the first of these words in `vectors`
    vectors : WordVectors
    words : integers (n,), number of words of each document, unknown ones included
    unseen : the other words, which n-grams compose, in the order of their characters; None if there are none
    """

    counts: "csr_array"
    rows: Array
    vectors: WordVectors
    words: Array
    unseen: WordVectors | None = None

    @cached_property
    def names(self) -> Array:
        """The U words, objects (U,)."""
        names = [self.vectors.words[row] for row in self.rows.tolist()]
        return np.array(names + ([] if self.unseen is None else self.unseen.words), object)

    def matrix(self, columns: slice = slice(None)) -> Array:
        """Return the vectors of the U words, or some columns: (U, D)."""
        seen = self.vectors.matrix[self.rows, columns]
        return seen if self.unseen is None else np.concatenate([seen, self.unseen.matrix[:, columns]])

    @property
    def coverage(self) -> float:
        """The share of all words, repeats counted, that have a vector; NaN if there is no word at all."""
        return float(self.counts.sum() / words) if (words := self.words.sum()) else math.nan


@dataclass(frozen=True)
class Weighting:
    """How word vectors are combined into document vectors.

    Attributes
    ----------
    kind : "mean", "tfidf" or "sif"
    weights : float64 (V,), one for each word of the vectors
    component : float64 (D,), a unit vector (or 0) whose component is removed from documents, or None
    unseen : weights of further words of the training documents, which n-grams compose
    default : the weight of all others that n-grams compose
    """

    kind: str
    weights: Array
    component: Array | None = None
    unseen: Mapping[str, float] = field(default_factory=dict)
    default: float = 1.0


def count_words(documents: Iterable[Sequence[str]], vectors: WordVectors) -> Bag:
    """Count the words of documents that have a vector; raise TypeError if a document is not a list of words.

    Documents are read once; integer arrays are documents, too, as in `train`.
    Where `vectors` have n-grams, words that these compose count, too.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.documents.means import count_words
    >>> vectors = WordVectors(["black", "tea"], np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> bag = count_words([["black", "tea"], ["tea", "please"]], vectors)
    >>> bag.counts.toarray(), bag.words, bag.coverage
    (array([[1., 1.],
           [0., 1.]]), array([2, 2]), 0.75)
    """
    from scipy.sparse import csr_array

    known = known_words(documents, vectors, composed=True)
    used, column = np.unique(known.rows, return_inverse=True)
    document = np.arange(len(known.words)).repeat(known.counts)
    counts = csr_array((np.ones(len(column)), (document, column)), shape=(len(known.words), len(used)))
    counts.sum_duplicates()
    return Bag(counts, used[used < len(vectors)], vectors, known.words, known.unseen)


class Known(NamedTuple):
    """The known words of n documents, one after the other.

    rows (E,): their rows in the vectors, V + i for the i-th of those that n-grams compose, `unseen`; counts (n,): how
    many of them each document holds; words (n,): its number of words, unknown ones included.
    """

    rows: Ids
    counts: Ids
    words: Ids
    unseen: WordVectors | None = None


def known_words(documents: Iterable[Sequence[str]], vectors: WordVectors, *, composed: bool = False) -> Known:
    """Look up the words of documents, which are read once; raise TypeError if one is not a list of words.

    Integer arrays stand for their decimal digits, as in training. `composed` words, by n-grams, may count as known.
    """
    check_type("documents", documents, Iterable, "lists of words")
    check_no_table(documents, "cannot count the words of")
    check_type("vectors", vectors, WordVectors, f"WordVectors{from_gensim(vectors)}")
    numbering = Numbering()
    first, items = begun(documents)
    numbered = number_ids if is_id_array(first) else number_lists
    parts = [(np.zeros(0, np.int32), np.zeros(0, np.int64)), *numbered(items, numbering, "document")]
    words = np.concatenate([np.diff(ends, prepend=0) for _, ends in parts])
    unseen = _composed(numbering, vectors) if composed else None
    more = {} if unseen is None else {word: len(vectors) + i for i, word in enumerate(unseen.words)}
    row = np.array([vectors.index(word) if word in vectors else more.get(word, -1) for word in numbering], np.int64)
    rows = row[np.concatenate([numbers for numbers, _ in parts])]  # of each word, −1: unknown
    known, document = rows >= 0, np.arange(len(words)).repeat(words)
    return Known(rows[known], np.bincount(document[known], minlength=len(words)), words, unseen)


def _composed(words: Iterable[str], vectors: WordVectors) -> WordVectors | None:
    """Return the vectors of words that n-grams alone compose, in the order of their characters; None if none."""
    if vectors.subwords is None:
        return None
    new = sorted(word for word in words if word not in vectors)
    matrix = vectors.subwords.compose(new)
    kept = np.flatnonzero(matrix.any(axis=1)).tolist()
    return WordVectors([new[i] for i in kept], matrix[kept]) if kept else None


def warn_of_zeros(counts: Ids, texts: str, known_by: str) -> None:
    """Warn of documents without a known word: counts (n,); `known_by`: what decides which are known."""
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        warn(
            f"{len(empty)} of {len(counts)} texts hold no known word (the first is {texts}[{empty[0]}]): "
            f"their rows are zeros; {known_by} what is known"
        )


def learn_weighting(bag: Bag, kind: str = "mean", *, smoothing: float = SMOOTHING) -> Weighting:
    """Learn a weighting from training documents.

    Parameters
    ----------
    bag : the training documents
    kind : "mean": every occurrence counts alike; "tfidf": ln((1 + N)/(1 + N_w)) + 1 times, w being in N_w of the N
        documents; "sif": a/(a + p_w) times, p_w the word's frequency, and documents lose their main direction
    smoothing : a of SIF. Its p_w come from the counts of `bag.vectors`, where known (then it is 0 for words that
        n-grams compose), or else from the documents. Of vectors loaded with `limit=` or `only=` they are shares of
        the counts of all words of the file, of fastText's models shares of the whole text.

    Raises ValueError if the kind is unknown or smoothing is not positive, TypeError if `bag` is no bag.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.documents.means import count_words, learn_weighting
    >>> vectors = WordVectors(["black", "tea"], np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> bag = count_words([["black", "tea"], ["tea", "please"]], vectors)
    >>> learn_weighting(bag, "tfidf").weights.round(3)
    array([1.405, 1.   ])
    """
    check_type("bag", bag, Bag, OF_COUNTS)
    check_weighting(kind, smoothing)
    V, unseen = len(bag.vectors), [] if bag.unseen is None else bag.unseen.words
    weights, default = np.ones(V + len(unseen)), 1.0

    def of_all(of_bag: Array) -> Array:  # (U,) → (V + len(unseen),)
        found = np.zeros(V + len(unseen))
        found[bag.rows], found[V:] = np.split(of_bag, [len(bag.rows)])
        return found

    if kind == "tfidf":
        N, U = bag.counts.shape
        holding = of_all(np.bincount(bag.counts.indices, minlength=U))
        weights, default = np.log((1 + N) / (1 + holding)) + 1, float(np.log(1 + N)) + 1
    elif kind == "sif":
        counts = bag.vectors.counts
        counts = of_all(bag.counts.sum(axis=0)) if counts is None else np.pad(counts, (0, len(unseen)))
        total = bag.vectors.settings.get("all_counts", counts.sum())  # of all words, if some were loaded
        weights = np.asarray(smoothing / (smoothing + counts / max(1, total)))
    more = dict(zip(unseen, weights[V:].tolist(), strict=True))
    weighting = Weighting(kind, weights[:V], None, more, default)
    if kind != "sif":
        return weighting
    return replace(weighting, component=principal_direction(document_vectors(bag, weighting)))


def check_weighting(kind: str, smoothing: float = SMOOTHING) -> None:
    """Raise the ValueError or TypeError that `learn_weighting` would raise, before any vectors are trained."""
    check_choice("the weighting", kind, WEIGHTINGS)
    check_number("smoothing", smoothing, "a positive number, commonly 1e-4 to 1e-3", low=math.ulp(0.0))


def document_vectors(bag: Bag, weighting: Weighting) -> Array:
    """Compute the vectors of documents: float64 (n, D).

    Raises ValueError, which names the word or document, if a vector in use holds NaN or infinity, or a sum overflows;
    TypeError if an argument is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.documents.means import count_words, document_vectors, learn_weighting
    >>> vectors = WordVectors(["black", "tea"], np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> bag = count_words([["black", "tea"], ["tea", "please"]], vectors)
    >>> document_vectors(bag, learn_weighting(bag))
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    check_type("bag", bag, Bag, OF_COUNTS)
    check_type("weighting", weighting, Weighting, "what learn_weighting(bag) returns")
    if len(weighting.weights) != len(bag.vectors):
        what = f"the weighting is of vectors of {len(weighting.weights):,} words, the bag of {len(bag.vectors):,}"
        raise ValueError(f"{what}: expected the same vectors; learn it from a bag of these")
    weights = weighting.weights[bag.rows]
    if bag.unseen is not None:
        weights = np.append(weights, [weighting.unseen.get(word, weighting.default) for word in bag.unseen.words])
    weighted = bag.counts * weights  # (n, U) · (U,) → (n, U)
    total = np.asarray((bag.counts if weighting.kind == "sif" else weighted).sum(axis=1))
    X = np.empty((len(total), bag.vectors.matrix.shape[1]))
    for first in range(0, X.shape[1], COLUMNS):
        some = slice(first, first + COLUMNS)
        X[:, some] = weighted @ bag.matrix(some)
    X /= np.where(total > 0, total, 1)[:, None]  # (n, 1)
    if weighting.component is not None:
        with np.errstate(over="ignore", invalid="ignore"):  # found below
            # einsum and not X @ c: the bits of a matrix product may depend on the number of rows
            X -= np.einsum("nd,d->n", X, weighting.component)[:, None] * weighting.component  # (n, 1) · (D,) → (n, D)
    if not (finite := np.isfinite(X).all(axis=1)).all():
        lengths = np.zeros(len(bag.vectors))
        lengths[bag.rows] = row_lengths(bag.vectors.matrix[bag.rows])
        check_finite(lengths, "the matrix", bag.vectors.words)
        if bag.unseen is not None:
            check_finite(row_lengths(bag.unseen.matrix), "the n-grams' vectors", bag.unseen.words)
        raise ValueError(f"the vector of document {finite.argmin()} overflows: {SMALLER}")
    return X


def principal_direction(X: Array) -> Array:
    """Return the first right singular vector of X (n, D), which is not centred: (D,), of any sign, or 0 if X is 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = X.T @ X  # (D, D)
    if not np.isfinite(squares).all():
        raise ValueError(f"the squares of the documents' vectors overflow: {SMALLER}")
    values, directions = np.linalg.eigh(squares)
    return np.asarray(directions[:, -1] * (values[-1] > 0))
