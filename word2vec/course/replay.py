"""The course's random choices, replayed in blocks: which windows and which negatives its loop would draw.

A window consumes, word by word of the stream (see `word2vec.course.random_stream`), randint(1, C) for its size, then
randint for a sentence and for a position in it (both again while no context word is left), then for each
outside word K draws from the sample table, again on a hit of the outside word itself. Where a window ends
is known only once it has been read, so the stream seems to demand one window after the other. But two
readers that begin at different words soon meet at the same window's start and agree from there on. So many
lanes read at once, each starting somewhere, until each steps on a start that another lane has read before;
the true chain of windows is then followed from the first word through what the lanes left behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from word2vec.course.random_stream import CANDIDATES, Indices, Words, WordStream, randbelow

FIRST_BLOCK = 2**16  # words read ahead at first, then twice as many each time …
LAST_BLOCK = 2**21  # … up to this
LANE = 2**12  # words between the starts of two lanes
TAIL = 2**13  # words that no window is likely to exceed


@dataclass(frozen=True, eq=False)
class DrawTables:
    """What the course's dataset draws from, as arrays.

    words (n,): the ids of all sentences, one after the other; starts (S+1,): where each sentence begins,
    and the end; table (T,): the ids among which a negative is drawn evenly.
    """

    words: NDArray[np.int32]
    starts: Indices
    table: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows in the order in which they were drawn.

    centres (N,); sizes (N,): how many outside words each window has; words (P, 1+K): for each of the
    P = Σ sizes pairs the outside word, then its negatives; ends (N,): the place in the stream behind each.
    """

    centres: Indices
    sizes: Indices
    words: Indices
    ends: Indices

    def batches(self, n: int) -> Iterator["Windows"]:
        """Cut into batches of n windows; a rest that fills no batch is left out."""
        first_pair = np.concatenate(([0], np.cumsum(self.sizes)))
        for i in range(0, len(self.centres) - n + 1, n):
            pairs = slice(first_pair[i], first_pair[i + n])
            window = slice(i, i + n)
            yield Windows(self.centres[window], self.sizes[window], self.words[pairs], self.ends[window])


class Replay:
    """Reads windows out of a stream of words as the course's loop would.

    Parameters
    ----------
    tables : DrawTables
    C : int
        The largest window size; each window's own is drawn from 1..C.
    K : int
        Negatives per outside word; 0 for a loss that draws none.
    """

    def __init__(self, tables: DrawTables, C: int, K: int) -> None:
        self.tables, self.C, self.K = tables, C, K
        lengths = np.diff(tables.starts)
        self.lengths = lengths
        self.left = np.arange(len(tables.words)) - tables.starts[:-1].repeat(lengths)
        self.right = lengths.repeat(lengths) - 1 - self.left
        self.nearest = self._nearest()

    def _nearest(self) -> Indices:
        """Find for each place in the sentences how far the nearest word is that differs; C + 1 if farther."""
        words, nearest = self.tables.words, np.full(len(self.tables.words), self.C + 1)
        for d in range(min(self.C, int(self.lengths.max()) - 1), 0, -1):
            differs = np.flatnonzero(words[d:] != words[:-d])
            nearest[differs[self.right[differs] >= d]] = d
            nearest[differs[self.right[differs] >= d] + d] = d
        return nearest

    def batches(self, stream: WordStream, n: int) -> Iterator[tuple[Windows, int]]:
        """Yield (batch of n windows, number of words it consumes) for ever; the caller consumes the words.

        Raises
        ------
        IndexError
            If a window may exceed a block's tail: such a dataset must be drawn one by one.
        """
        block = FIRST_BLOCK
        while True:
            before = 0
            for batch in self.windows(stream.peek(block)).batches(n):
                end = int(batch.ends[-1])
                yield batch, end - before
                before = end
            if before == 0 and block == LAST_BLOCK:
                raise IndexError(f"a block of {block} random words holds no batch of {n} windows")
            block = min(2 * block, LAST_BLOCK)

    def windows(self, words: Words) -> Windows:
        """Read all windows that begin in `words`, except in its last TAIL words."""
        reader = _Reader(self, words)
        after = np.zeros(len(words) + 1, np.int32)
        limit = len(words) - TAIL
        lanes = np.arange(0, max(limit, 0), LANE)
        while lanes.size:
            after[lanes] = ends = reader.ends(lanes)
            lanes = ends[(ends < limit) & (after[ends] == 0)]
        return reader.read(_chain(after, limit))


def _chain(after: NDArray[np.int32], limit: int) -> Indices:
    """Follow 0 → after[0] → after[after[0]] … up to `limit`: the places where windows truly begin."""
    step: memoryview = memoryview(after)  # type: ignore[arg-type]
    place, chain = 0, []
    while place < limit:
        chain.append(place)
        place = step[place]
    return np.array(chain, np.int64)


class _Reader:
    """A block of words, prepared so that what begins at many places in it is read at once."""

    def __init__(self, replay: Replay, words: Words) -> None:
        self.replay = replay
        self.words = sliding_window_view(words, CANDIDATES)
        table = replay.tables.table
        drawn = words >> np.uint32(32 - len(table).bit_length())
        accepted = drawn < len(table)
        self.rank = np.cumsum(accepted, dtype=np.int32) - accepted  # accepted draws before each place
        self.place = np.flatnonzero(accepted)
        self.token = table[drawn[self.place]]
        self.tokens = sliding_window_view(self.token, max(replay.K, 1))

    def ends(self, at: Indices) -> Indices:
        """Find the place behind the window that begins at each place."""
        _, sizes, outside, at = self._contexts(at)
        return self._negatives(sizes, outside, at)[1]

    def read(self, at: Indices) -> Windows:
        """Read the windows that begin at the given places."""
        centres, sizes, outside, at = self._contexts(at)
        negatives, ends = self._negatives(sizes, outside, at)
        return Windows(centres, sizes, np.column_stack((outside, negatives)), ends)

    def _contexts(self, at: Indices) -> tuple[Indices, Indices, Indices, Indices]:
        """Draw size, centre and context: centres (m,), sizes (m,), outside words (P,), places behind (m,)."""
        replay, words = self.replay, self.replay.tables.words
        C, at = randbelow(self.words, at, np.full(len(at), replay.C))
        C += 1
        centre, at = self._centre(at)
        lonely = np.flatnonzero(replay.nearest[centre] > C)
        while lonely.size:
            centre[lonely], at[lonely] = self._centre(at[lonely])
            lonely = lonely[replay.nearest[centre[lonely]] > C[lonely]]
        first = centre - np.minimum(replay.left[centre], C)
        spans = centre + np.minimum(replay.right[centre], C) + 1 - first
        behind = np.cumsum(spans)
        around = words[np.arange(behind[-1]) + (first - behind + spans).repeat(spans)]
        differs = around != words[centre].repeat(spans)
        sizes = np.diff(np.cumsum(differs)[behind - 1], prepend=0)
        return words[centre], sizes, around[differs], at

    def _centre(self, at: Indices) -> tuple[Indices, Indices]:
        """Draw a sentence and a word of it: places of the words among all words (m,), places behind (m,)."""
        replay = self.replay
        sentence, at = randbelow(self.words, at, np.full(len(at), len(replay.lengths)))
        position, at = randbelow(self.words, at, replay.lengths[sentence])
        return replay.tables.starts[sentence] + position, at

    def _negatives(self, sizes: Indices, outside: Indices, at: Indices) -> tuple[Indices, Indices]:
        """Draw K negatives for each pair: negatives (P, K), places behind the windows (m,)."""
        K = self.replay.K
        if K == 0:
            return np.empty((len(outside), 0), np.int64), at
        first, first_pair = self.rank[at].astype(np.int64), np.cumsum(sizes) - sizes
        pair = np.arange(len(outside)) - first_pair.repeat(sizes)
        negatives = self.tokens[first.repeat(sizes) + K * pair]
        hit = np.flatnonzero(negatives == outside[:, None]) // K
        behind = first + K * sizes
        # one hit shifts all later draws of its window: those few windows are drawn again, pair after pair
        again = np.unique(np.searchsorted(first_pair, hit, side="right") - 1)
        behind[again] = first[again]
        for j in range(int(sizes[again].max(initial=0))):
            again = again[sizes[again] > j]
            pairs = first_pair[again] + j
            negatives[pairs], behind[again] = self._draw(behind[again], outside[pairs])
        return negatives, self.place[behind - 1] + 1

    def _draw(self, first: Indices, outside: Indices) -> tuple[Indices, Indices]:
        """Draw K negatives per pair, none of them the outside word: negatives, accepted draws behind."""
        K = self.replay.K
        drawn = np.full(len(first), K)
        while True:
            column = np.arange(drawn.max())
            token = self.token[first[:, None] + column]
            kept = (token != outside[:, None]) & (column < drawn[:, None])
            missing = K - kept.sum(axis=1)
            if not missing.any():
                return token[kept].reshape(-1, K), first + drawn
            drawn += missing
