"""The course's batches of 50 windows, drawn ahead in blocks wherever the result is that of drawing one by one.

A dataset takes part by a method `draw_tables()` that returns a `DrawTables`, or None while its draws cannot
be foreseen. If `random` is found in the state in which the last batch left it, the next batches are read in
blocks, otherwise (other code draws numbers in between) one by one.
"""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from .random_stream import State, WordStream, is_untouched
from .replay import MAX_REDRAWS, DrawTables, Replay, Windows

BATCH = 50


def draw_negatives(o: int, dataset: Any, K: int) -> list[int]:
    """Draw K ids other than o with dataset.sampleTokenIdx(), one at a time; raise ValueError if all are o."""
    negatives: list[int] = []
    hits = 0  # in a row
    while len(negatives) < K:
        w = dataset.sampleTokenIdx()
        if w != o:
            negatives.append(w)
            hits = 0
        elif (hits := hits + 1) > MAX_REDRAWS:
            raise ValueError(f"sampleTokenIdx() gave {o}, the outside word, {hits} times; expected other words")
    return negatives


class CourseBatches:
    """The batches that the course's loop draws from a dataset, one after the other.

    `tokens` are word → id, C is the largest window size, K the number of negatives per outside word, 0 for none.
    """

    def __init__(self, dataset: Any, tokens: dict[str, int], C: int, K: int) -> None:
        self.dataset, self.tokens, self.C, self.K = dataset, tokens, C, K
        self._tables: DrawTables | None = None
        self._replay: Replay | None = None
        self._ahead: Iterator[tuple[Windows, int]] | None = None
        self._stream: WordStream | None = None
        self._left: State | None = None

    def are_of(self, dataset: Any, tokens: dict[str, int], C: int, K: int) -> bool:
        """Return whether these are the batches of the very same arguments."""
        return self.dataset is dataset and self.tokens is tokens and (self.C, self.K) == (C, K)

    def next(self) -> Windows:
        """Draw a batch; `random` is left in the state after it, as by drawing one by one."""
        left, self._left = self._left, None  # so that the next call starts afresh after an interruption
        if random.getstate() != left or self._tables is not self._foreseen():
            self._stream, self._ahead = None, None
            batch = self._draw()
        else:
            batch = self.ahead()
            random.setstate(self.state)
        self._left, self._tables = random.getstate(), self._foreseen()
        return batch

    def ahead(self) -> Windows:
        """Draw a batch from `state` on; `random` is not touched once reading ahead has started."""
        if self._ahead is None:
            self._tables = self._foreseen()
            if self._tables is None:
                return self._draw()
            if self._replay is None or self._replay.tables is not self._tables:
                self._replay = Replay(self._tables, self.C, self.K)
            self._stream = WordStream(random.getstate())
            self._ahead = self._replay.batches(self._stream, BATCH)
        try:
            batch, consumed = next(self._ahead)
        except IndexError:  # a window longer than any block: from now on one by one
            random.setstate(self.state)
            self._stream, self._ahead = None, iter(lambda: (self._draw(), 0), None)
            batch, consumed = next(self._ahead)
        if self._stream is not None:
            self._stream.consume(consumed)
        return batch

    @property
    def state(self) -> State:
        """The state of `random` after the last batch."""
        return self._stream.state if self._stream is not None else random.getstate()

    def _foreseen(self) -> DrawTables | None:
        """Return the dataset's tables, or None; they hold its own ids, so `tokens` must be its own too."""
        draw_tables = getattr(self.dataset, "draw_tables", None)
        if draw_tables is None or not is_untouched(random) or self.dataset.tokens() is not self.tokens:
            return None
        tables: DrawTables | None = draw_tables()
        return tables

    def _draw(self) -> Windows:
        centres, sizes, words = [], [], []
        for _ in range(BATCH):
            centre, outside = self.dataset.getRandomContext(random.randint(1, self.C))
            ids = [self.tokens[word] for word in outside]
            centres.append(self.tokens[centre])
            sizes.append(len(ids))
            words += [[o, *draw_negatives(o, self.dataset, self.K)] for o in ids]
        pairs = np.array(words, np.int64).reshape(-1, 1 + self.K)  # (P, 1+K), also if there is no pair
        return Windows(np.array(centres), np.array(sizes), pairs, np.empty(0, np.int64))
