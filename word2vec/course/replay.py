"""The course's random choices, replayed in blocks: which windows and which negatives its loop would draw.

A window consumes, word by word of the stream (see `word2vec.course.random_stream`), randint(1, C) for its size, then
randint for a sentence and for a position in it (both again while no context word is left), then for each outside word
K draws from the sample table, again on a hit of the outside word itself. Where a window ends is known only after it
has been read, so the stream seems to demand one window after the other. But two readers that start at different words
soon meet at the start of the same window and agree from there on. So many readers ("lanes") work at once, each from a
place of its own, until each reaches a start that another lane has read before; the true chain of windows is then
followed from the first word on through the ends that the lanes have found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .._types import Ids
from .random_stream import CANDIDATES, Words, WordStream, randbelow

FIRST_BLOCK = 2**16  # words read ahead at first, then twice as many each time …
LAST_BLOCK = 2**21  # … up to this
LANE = 2**10  # words between the starts of two lanes
TAIL = 2**13  # words that hardly any window exceeds
MAX_REDRAWS = 100_000  # after so many draws in a row that do not serve, no other will


@dataclass(frozen=True, eq=False)
class DrawTables:
    """What the course's dataset draws from, as arrays.

    words (n,): the ids of all sentences, one after the other; starts (S+1,): where each sentence starts,
    and the end; table (T,): the ids among which a negative is drawn evenly.
    """

    words: NDArray[np.int32]
    starts: Ids
    table: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows in the order in which they were drawn.

    centres (N,); sizes (N,): number of outside words of each window; words (P, 1+K): for each of the
    P = Σ sizes pairs the outside word, then its negatives; ends (N,): the place in the stream after each.
    """

    centres: Ids
    sizes: Ids
    words: Ids
    ends: Ids

    def batches(self, n: int) -> Iterator["Windows"]:
        """Yield batches of n windows; a rest that fills no batch is left out."""
        first_pair = np.concatenate(([0], np.cumsum(self.sizes)))
        for i in range(0, len(self.centres) - n + 1, n):
            pairs = slice(first_pair[i], first_pair[i + n])
            window = slice(i, i + n)
            yield Windows(self.centres[window], self.sizes[window], self.words[pairs], self.ends[window])


class Replay:
    """Reads windows out of a stream of words as the course's loop would.

    C is the largest window size, each window's own is drawn from 1..C; K is the number of negatives per outside word.
    """

    def __init__(self, tables: DrawTables, C: int, K: int) -> None:
        self.tables, self.C, self.K = tables, C, K
        self.lengths = np.diff(tables.starts)
        # for each word: how many words of its sentence are to its left and right
        self.left = np.arange(len(tables.words)) - tables.starts[:-1].repeat(self.lengths)
        self.right = self.lengths.repeat(self.lengths) - 1 - self.left
        # and the distance to the nearest different word of its sentence, C + 1 if that exceeds C
        self.nearest = np.full(len(tables.words), C + 1)
        for d in range(min(C, int(self.lengths.max()) - 1), 0, -1):  # smaller distances overwrite larger ones
            differs = np.flatnonzero(tables.words[d:] != tables.words[:-d])
            differs = differs[self.right[differs] >= d]  # both in one sentence
            self.nearest[differs] = self.nearest[differs + d] = d

    def batches(self, stream: WordStream, n: int) -> Iterator[tuple[Windows, int]]:
        """Yield (batch of n windows, number of words it consumes) for ever; the caller consumes the words.

        Raises IndexError if a window may exceed a block's tail: such windows must be drawn one by one.
        """
        block = FIRST_BLOCK
        while True:
            start = 0
            for batch in self.windows(stream.peek(block)).batches(n):
                end = int(batch.ends[-1])
                yield batch, end - start
                start = end
            if start == 0 and block == LAST_BLOCK:
                raise IndexError(f"a block of {block} random words holds no batch of {n} windows")
            block = min(2 * block, LAST_BLOCK)

    def windows(self, words: Words) -> Windows:
        """Read all windows that start in `words`, except in its last TAIL words."""
        reader = _Reader(self, words)
        after = np.zeros(len(words) + 1, np.int32)  # the end of the window that starts at each place; 0 if unread
        limit = len(words) - TAIL
        lanes = np.arange(0, max(limit, 0), LANE)
        while lanes.size:
            after[lanes] = ends = reader.ends(lanes)
            lanes = ends[(ends < limit) & (after[ends] == 0)]
        return reader.read(_chain(after, limit))


def _chain(after: NDArray[np.int32], limit: int) -> Ids:
    """Return the places 0, after[0], after[after[0]], … below `limit`: where windows truly start."""
    step: memoryview = memoryview(after)  # type: ignore[arg-type]  # indexed faster than an array
    place, chain = 0, []
    while place < limit:
        chain.append(place)
        place = step[place]
    return np.array(chain, np.int64)


class _Reader:
    """A block of words, prepared for reading windows at many places of it at once.

    All negatives are drawn from the same table, so each word of the block is looked up in it beforehand: `tokens` are
    the ids that such draws yield, `place` the places of the accepted words, `rank` their number before each place,
    `runs` each K successive ids.
    """

    def __init__(self, replay: Replay, words: Words) -> None:
        self.replay = replay
        self.words = sliding_window_view(words, CANDIDATES)  # (L - CANDIDATES + 1, CANDIDATES), no copy
        table = replay.tables.table
        drawn = words >> np.uint32(32 - len(table).bit_length())
        accepted = drawn < len(table)
        self.rank = np.cumsum(accepted, dtype=np.int32) - accepted
        self.place = np.flatnonzero(accepted)
        self.tokens = table[drawn[self.place]]
        self.runs = sliding_window_view(self.tokens, max(replay.K, 1))  # (accepted draws - K + 1, K), no copy

    def ends(self, at: Ids) -> Ids:
        """Return the places (m,) after the windows that start at the given places (m,); cheaper than `read`."""
        _, sizes, outside, at = self._contexts(at)
        return self._negatives(sizes, outside, at)[1]

    def read(self, at: Ids) -> Windows:
        """Read the windows that start at the given places (m,)."""
        centres, sizes, outside, at = self._contexts(at)
        negatives, ends = self._negatives(sizes, outside, at)
        return Windows(centres, sizes, np.column_stack((outside, negatives)), ends)

    def _contexts(self, at: Ids) -> tuple[Ids, Ids, Ids, Ids]:
        """Draw size, centre and context: return centres (m,), sizes (m,), outside words (P,), places after (m,)."""
        replay, words = self.replay, self.replay.tables.words
        C, at = randbelow(self.words, at, np.full(len(at), replay.C))
        C += 1
        centre, at = self._centre(at)
        lonely = np.flatnonzero(replay.nearest[centre] > C)  # no context word is left
        while lonely.size:
            centre[lonely], at[lonely] = self._centre(at[lonely])
            lonely = lonely[replay.nearest[centre[lonely]] > C[lonely]]
        first = centre - np.minimum(replay.left[centre], C)
        spans = centre + np.minimum(replay.right[centre], C) + 1 - first
        ends = np.cumsum(spans)
        # the ranges first[i] … first[i] + spans[i] - 1, one after the other: (Σ spans,)
        around = words[np.arange(ends[-1]) + (first - ends + spans).repeat(spans)]
        differs = around != words[centre].repeat(spans)
        sizes = np.diff(np.cumsum(differs)[ends - 1], prepend=0)
        return words[centre], sizes, around[differs], at

    def _centre(self, at: Ids) -> tuple[Ids, Ids]:
        """Draw a sentence and a word of it: return positions among all words (m,), places after the draws (m,)."""
        replay = self.replay
        sentence, at = randbelow(self.words, at, np.full(len(at), len(replay.lengths)))
        position, at = randbelow(self.words, at, replay.lengths[sentence])
        return replay.tables.starts[sentence] + position, at

    def _negatives(self, sizes: Ids, outside: Ids, at: Ids) -> tuple[Ids, Ids]:
        """Draw K negatives for each pair: return them (P, K) and the places after the windows (m,)."""
        K = self.replay.K
        if K == 0:
            return np.empty((len(outside), 0), np.int64), at
        first, first_pair = self.rank[at].astype(np.int64), np.cumsum(sizes) - sizes
        pair = np.arange(len(outside)) - first_pair.repeat(sizes)  # of its window: 0, 1, …
        negatives = self.runs[first.repeat(sizes) + K * pair]  # (P, K)
        hit = np.flatnonzero(negatives == outside[:, None]) // K  # pairs
        after = first + K * sizes
        # one hit shifts all later draws of its window: those few windows are drawn again, pair after pair
        again = np.unique(np.searchsorted(first_pair, hit, side="right") - 1)
        after[again] = first[again]
        for j in range(int(sizes[again].max(initial=0))):
            again = again[sizes[again] > j]
            pairs = first_pair[again] + j
            negatives[pairs], after[again] = self._draw(after[again], outside[pairs])
        return negatives, self.place[after - 1] + 1

    def _draw(self, first: Ids, outside: Ids) -> tuple[Ids, Ids]:
        """Draw K negatives per pair, none of them its outside word, from the accepted draw `first` (m,) on.

        Returns the negatives (m, K) and the accepted draws after them (m,).
        """
        K = self.replay.K
        drawn = np.full(len(first), K)  # how many draws each pair needs, at least
        while True:
            column = np.arange(drawn.max())
            token = self.tokens[first[:, None] + column]  # (m, most draws)
            kept = (token != outside[:, None]) & (column < drawn[:, None])  # (m, most draws)
            missing = K - kept.sum(axis=1)
            if not missing.any():
                return token[kept].reshape(-1, K), first + drawn  # (m, K): each row has kept just K
            drawn += missing
