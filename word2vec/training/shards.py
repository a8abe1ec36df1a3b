"""A text on a cluster: its partitions are counted and encoded where workers read them, and stay there.

    partitions → counts (a tree) → vocabulary → encoded partitions → pieces of shards

Counts come here, and some numbers about each partition; the text does not.
"""

import uuid
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from traceback import walk_tb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from ..runtime.arguments import warn
from ..runtime.console import LIBRARY
from ..runtime.engine import Engine
from ..runtime.run_folder import digest
from ..text import Corpus, VocabularyOptions
from ..text.counts import Counts
from ..text.partitions import (
    Encoded,
    Partition,
    Vocabulary,
    choose,
    count_words,
    encode_partition,
    merge_counts,
    partitions,
)
from .batches import CHUNK
from .rounds import Piece

TOGETHER = 4  # results that one task of a tree puts together
PIECE = 64 * CHUNK  # words of a shard that are kept in one piece


class Facts(NamedTuple):
    """What is known here of an encoded partition: words, sentences, empty ones, the longest, and raw words."""

    words: int
    sentences: int
    empty: Array
    longest: int
    raw_words: int


@dataclass(frozen=True, eq=False)
class ShardedText:
    """A text on a cluster: handles of its encoded partitions that hold words, and what is known of them here.

    empty : the numbers of empty sentences, those of partitions without words, too
    """

    vocabulary: Vocabulary
    encoded: list[Any]
    facts: list[Facts]
    empty: NDArray[np.int64]

    def corpus(self) -> Corpus:
        """Return the vocabulary and the numbers of empty sentences as a corpus without text."""
        ids, ends, words = np.zeros(0, np.int32), np.zeros(0, np.int64), self.vocabulary
        return Corpus(words.words, words.counts, ids, ends, words.raw_words, empty=self.empty, lost=words.lost)

    @property
    def words(self) -> int:
        """How many words it has that are in the vocabulary."""
        return sum(fact.words for fact in self.facts)

    @property
    def sentences(self) -> int:
        """How many sentences it has, without empty ones."""
        return sum(fact.sentences for fact in self.facts)

    def pieces(self, engine: Engine, key: str, begin: int, end: int) -> list[Any]:
        """Return handles of the pieces of words begin … end − 1, `PIECE` words each."""
        # words and sentences before each partition: both (partitions + 1,)
        firsts, sentences = ([0, *np.cumsum([fact[i] for fact in self.facts]).tolist()] for i in range(2))
        found = []
        for a in range(begin, max(end, begin + 1), PIECE):
            b = min(end, a + PIECE)
            first, last = bisect_right(firsts, a, hi=len(self.facts)) - 1, max(1, bisect_left(firsts, b))
            cut = [(a - firsts[i], b - firsts[i], sentences[i]) for i in range(first, last)]
            found.append(engine.submit((f"piece-{key}", a, b), _piece, cut, self.encoded[first:last]))
        return found


def encode_on(
    engine: Engine, source: Any, min_count: int | None, options: VocabularyOptions, unreadable: str
) -> ShardedText:
    """Count and encode a source where the engine's workers are; its text stays there."""
    key = uuid.uuid4().hex[:12]
    parts = partitions(source, options)
    if isinstance(source, Corpus):
        vocabulary: Any = Vocabulary.of(source)
    else:
        counts, parts = _counted(engine, key, parts, options, unreadable)
        chosen = engine.submit((f"chosen-{key}",), _chosen, counts, min_count, options)
        error, caught = engine.result(engine.submit((f"said-{key}",), itemgetter(1), chosen))
        for warning in caught:
            warn(warning)
        if error is not None:
            raise error
        vocabulary = engine.submit((f"vocabulary-{key}",), itemgetter(0), chosen)
    encoded = [
        engine.submit(
            (f"encode-{key}", i), _on_payload, encode_partition, part, *_payload(engine, part), vocabulary, options
        )
        for i, part in enumerate(parts)
    ]
    facts = [engine.submit((f"facts-{key}", i), _facts, each) for i, each in enumerate(encoded)]
    vocabulary = vocabulary if isinstance(source, Corpus) else engine.result(vocabulary)
    found = [engine.result(each) for each in facts]
    before = np.cumsum([0] + [fact.sentences + len(fact.empty) for fact in found]).tolist()
    empty = np.concatenate([fact.empty + n for fact, n in zip(found, before, strict=False)])
    full = [i for i, fact in enumerate(found) if fact.words]
    return ShardedText(vocabulary, [encoded[i] for i in full], [found[i] for i in full], empty)


def _counted(
    engine: Engine, key: str, parts: list[Partition], options: VocabularyOptions, unreadable: str
) -> tuple[Any, list[Partition]]:
    """Count the words of partitions; return the handle of their sum, and those that could be read."""
    handles = [
        engine.submit((f"count-{key}", i), _attempt, count_words, part, *_payload(engine, part), options)
        for i, part in enumerate(parts)
    ]
    failed = [engine.submit((f"read-{key}", i), _failure, each) for i, each in enumerate(handles)]
    errors = [engine.result(each) for each in failed]
    there = [i for i, error in enumerate(errors) if error is None]
    for error in filter(None, errors):
        if unreadable == "raise" or not there:
            raise error
        warn(f"left out of the text: {error}")
    parts = [parts[i] for i in there]
    if not there:
        return Counts({}), []
    counts = tree(engine, f"counts-{key}", [handles[i] for i in there], merge_counts, options)
    if engine.result(engine.submit((f"exact-{key}",), _too_low, counts)):
        again = [
            engine.submit((f"recount-{key}", i), _recount, part, *_payload(engine, part), options, counts)
            for i, part in enumerate(parts)
        ]
        counts = tree(engine, f"recounts-{key}", again, merge_counts, options)
    return counts, parts


def tree(engine: Engine, key: str, handles: Sequence[Any], function: Callable[..., Any], *more: Any) -> Any:
    """Combine results, some at a time, in their order; return the handle of the last task."""
    level = 0
    while len(handles) > 1 or level == 0:
        handles = [
            engine.submit((key, level, i), function, [*handles[i : i + TOGETHER]], *more)
            for i in range(0, len(handles), TOGETHER)
        ]
        level += 1
    return handles[0]


def _payload(engine: Engine, part: Partition) -> list[Any]:
    """Return the handle of a partition's value where Dask has to compute it, else nothing in its place."""
    return [engine.delayed(part.payload) if hasattr(part.payload, "__dask_graph__") else None]


def _on_payload(function: Callable[..., Any], part: Partition, value: Any, *more: Any) -> Any:
    return function(part if value is None else replace(part, payload=value), *more)


def _attempt(function: Callable[..., Any], part: Partition, value: Any, *more: Any) -> Any:
    """Return what a function of a partition returns, or the error, which names the partition."""
    try:
        return _on_payload(function, part, value, *more)
    except (OSError, EOFError, ValueError) as error:
        text = str(error) if part.name.partition(" (")[0] in str(error) else f"{part.name}: {error}"
        return ValueError(text)


def _recount(part: Partition, value: Any, options: VocabularyOptions, counts: Counts) -> Any:
    return _on_payload(partial(count_words, only=counts), part, value, options)


def _chosen(counts: Counts, min_count: int | None, options: VocabularyOptions) -> tuple[Any, tuple[Any, list[Any]]]:
    """Return a vocabulary, and the error or the warnings, which a worker would print where nobody may look."""
    vocabulary = failed = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")  # of those that `keep` raises for each word one
        try:
            vocabulary = choose(counts, min_count, options)
        except (TypeError, ValueError) as error:
            *_, (frame, _) = walk_tb(error.__traceback__)
            if not str(frame.f_globals.get("__name__")).startswith(LIBRARY):  # code of exec has none
                raise  # with its traceback, which leads into `keep`
            failed = error
    return vocabulary, (failed, [each.message for each in caught])


def _failure(found: Any) -> Exception | None:
    return found if isinstance(found, Exception) else None


def _too_low(counts: Counts) -> bool:
    return counts.too_low > 0


def _facts(encoded: Encoded) -> Facts:
    longest = int(np.diff(encoded.ends, prepend=0).max(initial=0))
    n, sentences = len(encoded.ids), len(encoded.ends)
    return Facts(n, sentences, encoded.empty, longest, encoded.raw_words)


def _piece(cuts: Sequence[tuple[int, int, int]], encoded: Sequence[Encoded]) -> Piece:
    """Join words begin … end − 1 of partitions; before: how many sentences stand before a partition."""
    ids, ends, weights, n, first = [], [], [], 0, None
    for (begin, end, before), part in zip(cuts, encoded, strict=True):
        begin, end = max(0, begin), min(len(part.ids), end)
        a, b = np.searchsorted(part.ends, begin, "right"), np.searchsorted(part.ends, end, "left") + 1
        first = before + a if first is None else first
        ids.append(part.ids[begin:end])
        ends.append(np.minimum(part.ends[a:b], end) - begin + n)
        weights += [] if part.weights is None else [part.weights[a:b]]
        n += end - begin
    return Piece(
        np.concatenate(ids), np.concatenate(ends), int(first or 0), np.concatenate(weights) if weights else None
    )


def chunk_of(piece: Piece, begin: int, end: int) -> Piece:
    """Return words begin … end − 1 of a piece."""
    return _piece([(begin, end, piece.first)], [Encoded(piece.ids, piece.ends, 0, piece.ends[:0], piece.weights)])


def chunk_in(pieces: Sequence[Piece], begin: int, end: int) -> Piece | None:
    """Return the chunk from a word of successive pieces on, of which words up to `end` count; None if it is empty."""
    size = min(CHUNK, end - begin)
    return chunk_of(pieces[begin // PIECE], begin % PIECE, begin % PIECE + size) if size > 0 else None


def digest_of(piece: Piece) -> str:
    """Return the SHA-256 of a piece."""
    return digest(array for array in (piece.ids, piece.ends, piece.weights) if array is not None)


def end_behind(encoded: Encoded, word: float) -> tuple[int, int]:
    """Return the first sentence that ends at or behind a word, and its end."""
    sentence = int(np.searchsorted(encoded.ends, word))
    return sentence, int(encoded.ends[sentence])
