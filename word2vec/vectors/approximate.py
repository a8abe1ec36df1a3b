"""Approximate neighbours: a graph of the vectors, by which most of the nearest are found soon.

The graph is usearch's (HNSW), an optional requirement. It only proposes rows; their scores are computed exactly.
"""

import hashlib
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .._types import Array, Ids, PathLike
from ..runtime.archive import CheckpointError, load_archive, save_archive
from ..runtime.arguments import check_path, check_type, check_whole, with_other_names
from .gensim_names import ARGUMENTS
from .neighbours import cosines, nearest, unit_rows

KIND = "word2vec index 1"
PART = 1 << 12  # rows that are added at once
FOUND = 1 << 10  # queries that are answered at once
MISSING = "an approximate index needs usearch, which is not installed: pip install 'word2vec-numpy[index]'"
Read = Callable[[Iterable[Any]], tuple[Array, list[list[int]]]]


class ApproximateIndex:
    """An index of vectors that answers `most_similar` approximately: some of the nearest words may be missing.

    `vectors.index()` makes it, or reads one that was saved. Scores are those of `vectors.most_similar`, to the bit.
    Built by one thread, in the order of the rows: the same vectors make the same index on the same kind of processor.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> matrix = np.array([[4.0, 3.0], [4.0, 2.0], [3.0, 4.0], [-3.0, 1.0]])
    >>> vectors = WordVectors(["tea", "coffee", "cup", "rain"], matrix)
    >>> index = vectors.index()
    >>> index.most_similar("tea", top_n=2) == vectors.most_similar("tea", top_n=2)
    True
    """

    def __init__(self, words: list[str], matrix: Array, lengths: Array, read: Read) -> None:
        self._words, self._matrix, self._lengths, self._read = words, matrix, lengths, read
        self._graph: Any = None

    def build(self, connectivity: int = 16, expansion_add: int = 128, expansion_search: int = 128) -> None:
        """Build the graph; the arguments are those of `vectors.index`."""
        options = {"connectivity": connectivity, "expansion_add": expansion_add, "expansion_search": expansion_search}
        for name, value in options.items():
            options[name] = check_whole(name, value, 2 if name == "connectivity" else 1)
        graph = _usearch()(ndim=self._matrix.shape[1], metric="ip", dtype="f16", **options)
        for begin in range(0, len(self._matrix), PART):
            rows = begin + np.flatnonzero(self._lengths[begin : begin + PART])  # zeros have no direction
            graph.add(rows, unit_rows(self._matrix[rows]).astype(np.float32), threads=1)
        self._graph = graph

    @with_other_names(ARGUMENTS)
    def most_similar(self, positive: Any = (), negative: Any = (), top_n: int = 10) -> list[tuple[str, float]]:
        """Return words near those of a query and their cosines, the best first; see `WordVectors.most_similar`.

        Examples
        --------
        >>> [word for word, score in index.most_similar(["tea", "coffee"], top_n=1)]
        ['cup']
        """
        return self.most_similar_many([(positive, negative)], top_n)[0]

    @with_other_names(ARGUMENTS)
    def most_similar_many(self, queries: Iterable[Any], top_n: int = 10) -> list[list[tuple[str, float]]]:
        """Return the answers to many queries; see `WordVectors.most_similar_many`.

        Examples
        --------
        >>> [[word for word, score in answer] for answer in index.most_similar_many(["tea", "cup"], top_n=1)]
        [['coffee'], ['tea']]
        """
        vectors, named = self._read(queries)
        found = self.nearest(vectors, max(0, check_whole("top_n", top_n, -sys.maxsize)), named)
        return [
            [(self._words[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]
            for rows, scores in found
        ]

    def nearest(self, vectors: Array, top_n: int, left_out: Sequence[Sequence[int]]) -> list[tuple[Ids, Array]]:
        """Return for each vector of (Q, D) at most `top_n` rows, but none of those left out, and their cosines."""
        found: list[tuple[Ids, Array]] = []
        for begin in range(0, len(vectors), FOUND):
            part, hidden = vectors[begin : begin + FOUND], left_out[begin : begin + FOUND]
            number = min(top_n + max(map(len, hidden)), len(self._graph))  # if all that are left out are found, too
            if not number:
                return [(np.empty(0, np.intp), np.empty(0))] * len(vectors)
            matches = self._graph.search(unit_rows(part).astype(np.float32), number, threads=1)
            each = [matches] if len(part) == 1 else matches  # which may be fewer than were asked for
            for vector, match, away in zip(part, each, hidden, strict=True):
                rows = np.array(sorted({*match.keys.tolist()}.difference(away)), np.intp)
                scores = cosines(self._matrix[rows], self._lengths[rows], vector)
                best = np.argsort(-scores, kind="stable")[:top_n]  # ties go to the first row
                found.append((rows[best], scores[best]))
        return found

    def recall(self, top_n: int = 10, sample: int = 1000, rng: np.random.Generator | None = None) -> float:
        """Return recall@`top_n`: the share of the exact nearest words that the index finds, of a sample of the words.

        `rng` draws the sample, by default the same one each time. NaN if there are no two words to compare.

        Examples
        --------
        >>> index.recall(top_n=2)
        1.0
        """
        check_type("rng", rng, np.random.Generator | None, "a numpy.random.Generator, or None")
        rng = np.random.default_rng(0) if rng is None else rng
        sample, top_n = min(check_whole("sample", sample), len(self._words)), check_whole("top_n", top_n)
        rows = np.sort(rng.choice(len(self._words), sample, replace=False))
        vectors, hidden = np.asarray(self._matrix[rows], np.float64), [[row] for row in rows.tolist()]
        exact, _ = nearest(self._matrix, self._lengths, vectors, top_n, left_out=hidden)
        found = self.nearest(vectors, top_n, hidden)
        right = [np.isin(best[best >= 0], near).sum() for best, (near, _) in zip(exact, found, strict=True)]
        return float(sum(right) / wanted) if (wanted := int((exact >= 0).sum())) else math.nan

    def save(self, path: PathLike) -> None:
        """Write the index into a file, durably, which `vectors.index(file=path)` reads; such as vectors.npz.index.

        OSError if it cannot be written: an older one is intact.

        Examples
        --------
        >>> index.save("vectors.npz.index")
        >>> vectors.index(file="vectors.npz.index").most_similar("tea", top_n=1) == index.most_similar("tea", top_n=1)
        True
        """
        check_path(path)
        values = {"kind": KIND, "vectors": self._digest(), "expansion_search": self._graph.expansion_search}
        save_archive(path, {"graph": self._saved()}, values)

    def load(self, path: PathLike) -> None:
        """Map what `save` wrote, after comparing its checksum and that of the vectors.

        CheckpointError if the file is damaged or no index; ValueError if it is one of other vectors.
        """
        check_path(path)
        index, fix = _usearch(), "build it anew: vectors.index()"
        arrays, values = load_archive(path, "is no index, or is damaged", fix, mapped=0)
        if values.get("kind") != KIND or values.get("vectors") != self._digest():
            kind = values.get("kind")
            what = f"a {kind!r:.60}: expected {KIND!r}" if kind != KIND else "an index of other vectors"
            raise ValueError(f"{path} is {what}; {fix}")
        try:
            self._restore(index, arrays["graph"], values["expansion_search"])
        except Exception as error:
            raise CheckpointError(f"{path} is not read by the usearch that is installed ({error}); {fix}") from error

    def _restore(self, index: Any, buffer: Array, expansion_search: int) -> None:
        self._buffer = buffer  # which the graph reads, but does not keep
        self._graph = index.restore(buffer, view=True)
        self._graph.expansion_search = expansion_search

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_buffer": self._saved(), "_graph": self._graph.expansion_search}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._restore(_usearch(), self._buffer, state["_graph"])

    def _saved(self) -> Array:
        return np.frombuffer(self._graph.save(), np.uint8)

    def _digest(self) -> str:
        """Return the SHA-256 of the vectors' shape and numbers in single precision."""
        digest = hashlib.sha256(repr(self._matrix.shape).encode())
        for begin in range(0, len(self._matrix), PART):
            with np.errstate(over="ignore", under="ignore"):
                digest.update(np.ascontiguousarray(self._matrix[begin : begin + PART], "<f4").data)
        return digest.hexdigest()


def _usearch() -> Any:
    try:
        from usearch.index import Index
    except ImportError as error:
        raise ImportError(MISSING) from error
    return Index
