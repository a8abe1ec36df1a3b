"""Facebook's fastText models, used without being read as a whole: vectors of any words, and labels of texts."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._types import Array, PathLike
from ..runtime.arguments import check_number, check_path, check_type, check_whole
from ..runtime.inputs import opened
from ..runtime.word_lists import listed
from ..text.huffman import by_two_queues
from ..text.ngrams import END_OF_LINE, byte_hashes, word_bytes
from .formats.fasttext import FastTextFile, QuantizedMatrix, dot_rows, parse, table_of
from .formats.table import Errors, Only, Problems, Wanted
from .gensim_names import ATTRIBUTES, OF_MODELS, no_attribute
from .subwords import Uncached
from .word_vectors import WordVectors

SPACES = re.compile(rb"[ \n\r\t\v\f\0]+")
NEXT_WORD = 116049371  # the factor of the hashes of n-grams of words
TINY = 1e-5  # added to a probability before its logarithm
TABLE, LIMIT = 512, 8  # fastText's logistic function: a table of values from −8 to 8
FLOAT = np.float32


def load_fasttext(path: PathLike, *, label_prefix: str = "__label__") -> FastTextModel:
    """Open a model that fastText wrote (.bin, .ftz); its matrices stay in the file, of which single rows are read.

    `WordVectors.load(path)` reads all words and rows into memory instead. A packed file is unpacked into a temporary
    one. `label_prefix`: how labels begin in texts, which the file does not tell.

    Raises VectorFileError (a ValueError) if it is no sound model of version 12, 11, or without a version; OSError if
    the file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors, load_fasttext
    >>> WordVectors(["tea", "cup"], np.array([[1.0, 0.5], [0.25, 2.0]])).save("two.bin", "fasttext")
    >>> model = load_fasttext("two.bin")
    >>> model["cup"], model["milk"]
    (array([0.25, 2.  ], dtype=float32), array([0., 0.], dtype=float32))
    """
    check_path(path)
    check_type("label_prefix", label_prefix, str)
    with opened(path) as file:
        return FastTextModel(parse(file.whole(mapped=True), Problems(file.name, "strict")), label_prefix)


class FastTextModel(Uncached):
    """A model of fastText, whose matrices stay in its file: vectors of any words, and labels of texts.

    `load_fasttext` opens one. Vectors and probabilities equal fastText's, with float32 sums in its order, except
    for the last bit of a few probabilities whose exponential its C library rounds differently. A word without n-grams
    has a vector of zeros, as in fastText. `in`, `len` and iteration are about the model's words.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors, load_fasttext
    >>> from word2vec.vectors.subwords import Subwords
    >>> subwords = Subwords(3, 3, 2, np.arange(2), np.array([[1.0, 0.0], [0.0, 2.0]]))
    >>> WordVectors(["tea", "cup"], np.eye(2), subwords=subwords).save("model.bin", "fasttext")
    >>> model = load_fasttext("model.bin")
    >>> "tea" in model, "teas" in model, len(model), model.labels
    (True, False, 2, [])
    >>> model["teas"]
    array([0.5, 1. ], dtype=float32)
    """

    def __init__(self, parts: FastTextFile, label_prefix: str = "__label__") -> None:
        self._parts, self._prefix = parts, word_bytes(label_prefix)
        self.arguments, self.subwords = parts.arguments, parts.subwords()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # called for what is not there only
            use = f"use {name}" if hasattr(WordVectors, name) else ATTRIBUTES.get(name)
            ours = {name: OF_MODELS.get(name, use and f"of model.vectors(), {use}")}
            raise AttributeError(no_attribute(type(self).__name__, name, ours), name=name, obj=self)

    def __repr__(self) -> str:
        args, kind = self.arguments, ("", "CBOW", "skip-gram", "supervised")[self.arguments.model]
        size = f"{len(self):,} words, {len(self.labels):,} labels, {args.dim} dimensions"
        ngrams = f"; n-grams of {args.minn} to {args.maxn} characters" if args.maxn else ""
        quantised = "; quantised" if isinstance(self._parts.input, QuantizedMatrix) else ""
        return f"<FastTextModel: {kind}; {size}{ngrams}{quantised}>"

    def __len__(self) -> int:
        return self._parts.words

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._row(word) >= 0

    def __getitem__(self, word: str | Iterable[str]) -> Array:
        """Return the vector (D,) of any word, or those (n, D) of a list of words, float32."""
        if isinstance(word, str):
            row = self._row(word)
            return np.asarray(self.subwords.compose([word], self._own(slice(row, row + 1)) if row >= 0 else None)[0])
        words = listed(word, "the words")
        rows = np.array([*map(self._row, words)], np.int64)
        seen = rows >= 0
        found = np.empty((len(rows), self.arguments.dim), np.float32)
        for some in (np.flatnonzero(seen), np.flatnonzero(~seen)):
            own = self._own(rows[some]) if seen[some].any() else None
            found[some] = self.subwords.compose([words[i] for i in some], own)
        return found

    def _own(self, rows: Any) -> Array:
        return np.asarray(self._parts.input[rows])

    def _row(self, word: str) -> int:
        entry = self._parts.dictionary.find(word_bytes(word))
        return entry if entry < len(self) else -1

    @cached_property
    def words(self) -> list[str]:
        """The words in the order of their rows; bytes that are no UTF-8 are surrogates."""
        return self._entries(0, len(self))

    @cached_property
    def labels(self) -> list[str]:
        """The labels of a supervised model, with their prefix."""
        return self._entries(len(self), len(self._parts.dictionary))

    def _entries(self, begin: int, end: int) -> list[str]:
        dictionary = self._parts.dictionary
        return [dictionary[entry].decode("utf-8", "surrogateescape") for entry in range(begin, end)]

    def vectors(self, *, limit: int | None = None, only: Only = None, errors: Errors = "strict") -> WordVectors:
        """Return the words and their vectors, in memory, with the rows of n-grams, which stay in the file.

        `limit`, `only` and `errors` are those of `word2vec.vectors.formats.read`.

        Examples
        --------
        >>> [(word, round(score, 3)) for word, score in model.vectors().most_similar("teas", top_n=1)]
        [('cup', 0.894)]
        """
        wanted = Wanted(limit, only, errors=errors).checked()
        table = table_of(self._parts, wanted, mmap=True)
        wanted.check_found(table, self._parts.name)
        return WordVectors(**vars(table))

    def save(self, path: PathLike) -> None:
        """Write the model as it is, in version 12 of fastText's format.

        Examples
        --------
        >>> model.save("again.bin")
        >>> load_fasttext("again.bin")["teas"]
        array([0.5, 1. ], dtype=float32)
        """
        check_path(path)
        self._parts.write(path)

    @np.errstate(all="ignore")  # damaged numbers are found in the scores
    def predict(self, text: str, k: int = 1, threshold: float = 0.0) -> list[tuple[str, float]]:
        """Return up to k labels of one line of text and their probabilities, the most probable first.

        As fastText's `predict`: labels of a probability below `threshold` are left out; ties have its order, and its
        probabilities may pass 1 by 1e-5. k = −1: all labels. Nothing is returned for a text without any known word.

        Raises ValueError if the model is not supervised, the text has several lines, or the vector of a line or the
        output holds NaN or infinity.

        Examples
        --------
        >>> model.predict("tea")
        Traceback (most recent call last):
        ...
        ValueError: model.bin has no labels: expected a supervised model
        """
        if not self.arguments.supervised or not self.labels:
            raise ValueError(f"{self._parts.name} has no labels: expected a supervised model")
        check_type("text", text, str, "one line of text")
        if "\n" in text:
            raise ValueError("the text has several lines: expected one; predict each of text.splitlines()")
        check_number("threshold", threshold, "a probability, not negative")
        k = len(self.labels) if check_whole("k", k, -1) == -1 else check_whole("k", k)
        rows = self._rows(text)
        if not rows:
            return []
        # one row after the other, as fastText adds them
        hidden = np.add.accumulate(np.asarray(self._parts.input[rows]))[-1] * FLOAT(1 / len(rows))
        by_tree = self.arguments.loss == 1
        heap = self._search_tree(hidden, k, threshold) if by_tree else self._search_all(hidden, k, threshold)
        best = [heapq.heappop(heap) for _ in range(len(heap))][::-1]
        return [(self.labels[label], float(FLOAT(math.exp(score)))) for score, label in best]

    def _rows(self, text: str) -> list[int]:
        """Return the rows of the input that stand for a text: words, n-grams of characters, n-grams of words."""
        dictionary, end = self._parts.dictionary, END_OF_LINE.encode()
        tokens = [*filter(None, SPACES.split(word_bytes(text))), end]
        entries = {token: dictionary.find(token) for token in tokens}
        tokens = [
            token
            for token in tokens[: tokens.index(end) + 1]
            if (entries[token] < len(self) if entries[token] >= 0 else not token.startswith(self._prefix))
        ]
        ngrams, ends, _ = self.subwords.rows_of([token.decode("utf-8", "surrogateescape") for token in tokens])
        found: list[int] = []
        for token, of_token in zip(tokens, np.split(ngrams + len(self), ends)[:-1], strict=True):
            found += [entries[token]] * (entries[token] >= 0) + of_token.tolist()
        return found + self._word_ngrams(tokens)

    def _word_ngrams(self, tokens: list[bytes]) -> list[int]:
        """Return the rows of all runs of 2 to wordNgrams words, by a hash of those of the words."""
        args = self.arguments
        ends = np.fromiter(map(len, tokens), np.int64, len(tokens)).cumsum()
        text = np.frombuffer(b"".join(tokens), np.uint8)
        hashes = byte_hashes(text, np.append(0, ends[:-1]), ends).astype(np.int32).tolist()  # signed, as in fastText
        found = []
        for i, hashed in enumerate(hashes):
            for other in hashes[i + 1 : i + args.wordNgrams]:
                hashed = (hashed * NEXT_WORD + other) % 2**64
                found.append(hashed % args.bucket)
        row_of = self._row_of_bucket
        return [len(self) + (i if row_of is None else row_of[i]) for i in found if row_of is None or i in row_of]

    @cached_property
    def _row_of_bucket(self) -> dict[int, int] | None:  # None: all buckets have one
        return None if self._parts.pruned is None else dict(self._parts.pruned.tolist())

    def _scores(self, hidden: Array, begin: int, end: int) -> Array:
        output = self._parts.output
        rows = output.part(begin, end) if isinstance(output, QuantizedMatrix) else output[begin:end]
        found = rows.dot(hidden) if isinstance(rows, QuantizedMatrix) else dot_rows(rows, hidden)
        if not np.isfinite(found).all():
            what = "NaN" if np.isnan(found).any() else "infinite"
            raise ValueError(f"{self._parts.name}: scores of a text are {what}: expected finite numbers in the model")
        return np.asarray(found)

    def _search_all(self, hidden: Array, k: int, threshold: float) -> list[Scored]:
        """Return a heap of the k best labels, whose probabilities are all computed."""
        p = self._scores(hidden, 0, len(self.labels))
        if self.arguments.loss == 3:
            p = np.exp((p - p.max()).astype(np.float64)).astype(FLOAT)
            p /= np.add.accumulate(p)[-1]
        else:
            p = logistic(p)
        labels = np.flatnonzero(~(p < FLOAT(threshold)))
        heap: list[Scored] = []
        for label, score in zip(labels.tolist(), log(p[labels]).tolist(), strict=True):
            if len(heap) < k or score >= heap[0][0]:
                keep_best(heap, Scored(score, label), k)
        return heap

    def _search_tree(self, hidden: Array, k: int, threshold: float) -> list[Scored]:
        """Return a heap of the k best labels, by the branches of the tree that can hold one."""
        n, (left, right) = len(self.labels), self._tree
        heap: list[Scored] = []
        todo, least = [Scored(FLOAT(0), 2 * n - 2)], log(FLOAT(threshold))
        while todo:
            score, node = todo.pop()
            if score < least or (len(heap) == k and score < heap[0][0]):
                continue
            if node < n:
                keep_best(heap, Scored(score, node), k)
                continue
            x = self._scores(hidden, node - n, node - n + 1)[0]
            with np.errstate(over="ignore"):
                p = FLOAT(1 / (1 + FLOAT(np.exp(-np.float64(x)))))
            todo.append(Scored(score + log(p), right[node]))
            todo.append(Scored(score + log(1 - p), left[node]))  # is searched first
        return heap

    @cached_property
    def _tree(self) -> tuple[list[int], list[int]]:
        """The two children of each node of the labels' Huffman tree: node n and those behind it are inner ones."""
        parent, bit = by_two_queues(self._parts.dictionary.counts[len(self) :].tolist())
        children = np.full((2, len(parent)), -1)
        children[bit[:-1], parent[:-1]] = np.arange(len(parent) - 1)  # all but the root
        left, right = children.tolist()
        return left, right


class Scored(NamedTuple):
    """A label or node and the logarithm of its probability, which alone is compared."""

    score: Any
    label: int

    def __lt__(self, other: Scored) -> bool:  # type: ignore[override]
        return bool(self.score < other.score)


def keep_best(heap: list[Scored], found: Scored, k: int) -> None:
    """Add a label to a heap of the k best, as fastText does, so that ties come in its order."""
    heapq.heappush(heap, found)
    if len(heap) > k:
        heapq.heappop(heap)


def log(p: Any) -> Any:
    """Return the logarithms of probabilities as fastText has them."""
    return np.log(np.asarray(p, np.float64) + TINY).astype(FLOAT)


def logistic(x: Array) -> Array:
    """Return the logistic function by fastText's table, float32."""
    points = np.arange(TABLE + 1, dtype=FLOAT) * FLOAT(2 * LIMIT) / FLOAT(TABLE) - FLOAT(LIMIT)
    table = (1 / (1 + np.exp(-points.astype(np.float64)).astype(FLOAT).astype(np.float64))).astype(FLOAT)
    place = ((np.clip(x, -LIMIT, LIMIT) + FLOAT(LIMIT)) * FLOAT(TABLE) / FLOAT(LIMIT) / 2).astype(np.int64)
    return np.where(x < -LIMIT, FLOAT(0), np.where(x > LIMIT, FLOAT(1), table[place]))
