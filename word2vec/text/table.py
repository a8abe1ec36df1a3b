"""A table from words to numbers, which NumPy asks for all words of a block at once, without a Python object per word.

A word's key is its bytes, padded by zeros: one 64-bit number for a word of at most 8 bytes, three for one of at most
24; a text holds no zero byte, so different words have different keys. Each key has two places, by two hash values,
and lies in the first that was free; if both were taken, it is in no table, and a dict answers for it, as for longer
words.
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .._types import Array

COLUMNS = (1, 3)  # numbers of a key in each table
KEY = 8 * COLUMNS[-1]  # bytes
SLOTS = 1 << 18  # of a table
FEW_SLOTS = 1 << 12  # at first, since 10 MB for each of many short texts take longer than reading these
ODD = np.uint64(0x9E3779B97F4A7C15)


class Words:
    """Words of a text, at least 8 * columns bytes of which follow the beginning of each.

    starts, lengths : where they begin, and how many bytes they have, int64 (n,)
    """

    def __init__(self, text: bytes, starts: Array, lengths: Array) -> None:
        self._text, self.starts, self.lengths = text, starts, lengths

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, which: Array) -> "Words":
        """Return some of the words."""
        return Words(self._text, self.starts.take(which), self.lengths.take(which))

    def keys(self, columns: int) -> NDArray[np.uint64]:
        """Return the keys of words, (columns, n), zeros for words that do not fit into so many columns."""
        windows = np.ndarray(len(self._text) - 7, np.uint64, self._text, strides=(1,))  # 8 bytes from each place on
        keys = np.empty((columns, len(self)), np.uint64)
        for i, (key, masks) in enumerate(zip(keys, MASKS[columns], strict=True)):
            places = self.starts + 8 * i if i else self.starts
            np.bitwise_and(windows[places], masks.take(self.lengths, mode="clip"), out=key)
        return keys

    def strings(self) -> list[str]:
        """Return the words."""
        padded = np.full((len(self), COLUMNS[-1] + 1), int.from_bytes(b" " + bytes(7), sys.byteorder), np.uint64)
        padded[:, :-1] = self.keys(COLUMNS[-1]).T
        words = padded.tobytes().translate(None, b"\0").decode().split(" ")[:-1]  # all at once is faster
        for i in np.flatnonzero(self.lengths > KEY).tolist():
            words[i] = self._text[self.starts[i] : self.starts[i] + self.lengths[i]].decode()
        return words


class WordTable:
    """Numbers of words, int32, as they are learned."""

    def __init__(self) -> None:
        self._begin(min(FEW_SLOTS, SLOTS))

    def _begin(self, slots: int) -> None:
        self._slots, self._tables = slots, [_Table(columns, slots) for columns in COLUMNS]

    def find(self, words: Words) -> Array:
        """Return the words' numbers, int32 (n,), -1 for those that are in no table."""
        short, long = self._tables
        numbers = short.numbers.take(short.slots(words.keys(1)), mode="clip")
        if len(rest := np.flatnonzero(words.lengths > 8)):
            numbers[rest] = long.numbers.take(long.slots(words.take(rest).keys(long.columns)), mode="clip")
        return numbers

    def learn(self, words: Words, number: Callable[[list[str]], Array]) -> Array:
        """Return the numbers, int32 (n,), of words that are in no table, and enter those for which there is room.

        `number` is asked for the numbers of words, of each that has room once; again when the tables, of which a
        quarter shall be in use at most, are replaced by large ones.
        """
        if self._slots < SLOTS and min(table.free for table in self._tables) - len(words) < 3 * self._slots // 4:
            self._begin(SLOTS)
        first = np.arange(len(words), dtype=np.int32)  # the first word equal to each, of those with room
        at = []
        for table, fits in zip(self._tables, (words.lengths <= 8, words.lengths > 8), strict=True):
            if table.is_full():
                continue
            which = np.flatnonzero(fits)
            slots = table.slots(words.take(which).keys(table.columns), enter=True)
            which, slots = which[slots > 0], slots[slots > 0]
            table.numbers[slots[::-1]] = which[::-1]
            first[which] = table.numbers.take(slots)
            table.free -= int(np.count_nonzero(first[which] == which))
            at.append((table, which, slots))
        asked = np.flatnonzero(first == np.arange(len(first)))
        numbers = np.empty(len(words), np.int32)
        numbers[asked] = number(words.take(asked).strings())
        numbers = numbers.take(first)
        for table, which, slots in at:
            table.numbers[slots] = numbers.take(which)
        return numbers


class _Table:
    """Keys and numbers in slots, of which the first stays empty.

    columns : 64-bit numbers of a key; numbers : of the keys, int32 (slots,), -1 in the first
    free : slots in which no key was entered
    """

    def __init__(self, columns: int, slots: int) -> None:
        self.columns, self._shift = columns, np.uint64(64 - slots.bit_length() + 1)
        self.numbers, self._keys = np.zeros(slots, np.int32), np.zeros((columns, slots), np.uint64)
        self.numbers[0], self.free = -1, slots - 1

    def is_full(self) -> bool:
        """Return whether so few slots are free that it does not pay to enter words."""
        return self.free < len(self.numbers) // 16

    def slots(self, keys: Array, *, enter: bool = False) -> Array:
        """Return the slots of keys (columns, n), 0 for those that are not there, int64 (n,); enter them before."""
        mixed = _mixed(keys)
        slots = self._place(mixed, keys, enter)
        if len(rest := np.flatnonzero(self._differ(slots, keys))):
            mixed, keys = mixed.take(rest), keys.take(rest, axis=1)
            others = self._place((mixed ^ (mixed >> np.uint64(32))) * ODD, keys, enter)
            others[self._differ(others, keys)] = 0
            slots[rest] = others
        return slots

    def _place(self, mixed: Array, keys: Array, enter: bool) -> Array:
        slots: Array = (mixed >> self._shift).view(np.int64)  # the upper bits mix best
        if enter:
            # of several for one slot the last is written, which is the first of the words, likely the most frequent
            free = np.flatnonzero((self._keys[0].take(slots) == 0) & (slots > 0))[::-1]
            for column, key in zip(self._keys, keys, strict=True):
                column[slots[free]] = key[free]
        return slots

    def _differ(self, slots: Array, keys: Array) -> Array:
        found: Array = self._keys[0].take(slots, mode="clip") != keys[0]
        for column, key in zip(self._keys[1:], keys[1:], strict=True):
            found |= column.take(slots, mode="clip") != key
        return found


def _mixed(keys: Array) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = keys[0] * ODD
    for key in keys[1:]:
        mixed ^= key
        mixed *= ODD
    return mixed


def _masks(columns: int) -> NDArray[np.uint64]:
    """Return which bits of a key belong to a word of n bytes, (columns, 8 columns + 2), none of a longer one."""
    lengths = np.append(np.arange(8 * columns + 1), 0)
    bits = np.where(np.arange(8 * columns) < lengths[:, None], 255, 0).astype(np.uint8)
    return np.ascontiguousarray(bits.view(np.uint64).T)


MASKS = {columns: _masks(columns) for columns in COLUMNS}
