"""Where the rows of word2vec's binary format begin and end, words with spaces included.

A row is its word, a space and D little-endian float32. If the word holds a space ("new york"), what stands behind its
first space looks like numbers that begin with text, and the last bytes of its numbers seem to begin the next word.
So rows are suspected by unusual numbers and by what follows them, and only those are examined: at each space of the
text that begins them. If more than one reading is right, or none, the file is refused.
"""

import re

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..._types import Array
from .table import Problems, shown

LONGEST = 1 << 16  # bytes of a word
LONGEST_REST = 1 << 11  # bytes of a word behind its first space
MARGIN = LONGEST + LONGEST_REST  # bytes behind a row that are looked at: the rest of its word, and the next one
USUAL = (1e-17, 1e10)  # magnitudes: a space as the highest byte of a float32 gives less, a letter more
NARROW, FEW = (1e-5, 1e3), 8  # times the file's median, if there are fewer: random bytes are rarely in this range
TELLING = 6  # rows, of which one or two may be shifted bytes
SMALL_STEP = 16  # rows that are read at once behind a word with spaces
CONTROL = bytes(set(range(32)) - {ord("\t")}) + b"\x7f"
ANY_CONTROL = re.compile(b"[%b]" % CONTROL)
FIX = "replace spaces in words by _ where the file is made, or correct its header, and write it anew"


class Layout:
    """Finds the rows of a file whose header promises `promised` rows of D numbers."""

    def __init__(self, D: int, promised: int, problems: Problems) -> None:
        self._D, self._promised, self._problems = D, promised, problems
        self._step, self._scale = max(promised, 1), 0.0

    def rows(self, data: bytes, begin: int, seen: int, most: int, stop: int) -> tuple[list[bytes], Array, int]:
        """Return the next words, their numbers (n, D), and where the last row ends.

        Row `seen` + 1 begins at `begin`. At most `most` rows are read, those that end before `stop`; what follows
        them is looked at. Raise VectorFileError if it stays open where the numbers of a row begin.
        """
        words, places, end = rows_in(data, begin, self._D, min(most, self._step), stop)
        if not words:
            return words, np.empty((0, self._D), "<f4"), end
        values = numbers_at(data, places, self._D)
        self._step = min(2 * self._step, self._promised)
        words = [word.lstrip(b"\n") for word in words] if b"\n" in b"".join(words) else words
        clean = all(words) and is_text(b"\t".join(words))  # of all words at once: many times faster
        followed = np.ones(len(words), bool) if clean else np.array([*map(is_text, words[1:]), True])
        followed[-1] = self._goes_on(data, end, seen + len(words))
        self._scale = self._scale or scale_of(values)
        usual = are_usual(values, self._scale)
        for i in np.flatnonzero(~(usual & followed)).tolist():
            start = places[i - 1] + 4 * self._D if i else begin
            place = self._examined(data, start, places[i], seen + i + 1, usual=bool(usual[i]), followed=followed[i])
            if place > places[i]:
                words[i], self._step = data[start : place - 1].lstrip(b"\n"), SMALL_STEP
                values[i] = numbers_at(data, [place], self._D)
                return words[: i + 1], values[: i + 1], place + 4 * self._D
        return words, values, end

    def _goes_on(self, data: bytes, end: int, number: int) -> bool:
        """Return whether a word, or behind the last row the end of the file, follows row `number`."""
        return not data[end:].strip(b"\n") if number == self._promised else is_text(word_at(data, end))

    def _examined(self, data: bytes, start: int, place: int, number: int, *, usual: bool, followed: bool) -> int:
        """Return where the numbers of a row begin: at `place`, or behind a further space if that alone is right."""
        right, size = [each for each in spaces_of_text(data, place) if self._is_right(data, start, each)], 4 * self._D
        further = [each for each in right if self._goes_on(data, each + size, number)]
        further = further or [each for each in right if self._is_without_word(data, each + size)]
        further = further or [each for each in right if not usual and is_cut_off(data, each + size)]
        if len(further) == 1 and self._D > 1:  # one number proves nothing
            return further[0]
        # the next word may be in another encoding, hold control characters or be empty, the last row have more behind
        following = word_at(data, place + size)
        other = is_text(following, "latin-1") or is_text(following, without=b"")
        other |= self._is_without_word(data, place + size)
        followed |= usual and (other or number == self._promised or is_cut_off(data, place + size))
        if further or not followed:
            word = shown(data[start : place - 1].lstrip(b"\n"))
            what = f"it is open where the {self._D} numbers of {word} begin, perhaps since it goes on behind a space"
            raise self._problems.error(f"row {number}", what, FIX)
        return place

    def _is_without_word(self, data: bytes, begin: int) -> bool:
        """Return whether a row that begins at a place has an empty word: a space and usual numbers follow at once."""
        begin += data[begin : begin + 1] == b"\n"
        known = min(self._D, (len(data) - begin - 1) // 4)  # numbers; those of a long row may not be read yet
        if known < 1 or data[begin : begin + 1] != b" ":
            return False
        return bool(are_usual(numbers_at(data, [begin + 1], known), self._scale)[0])

    def _is_right(self, data: bytes, start: int, place: int) -> bool:
        """Return whether a row's bytes are a word up to a place, and there usual numbers."""
        if place + 4 * self._D > len(data) or not is_text(data[start : place - 1].lstrip(b"\n")):
            return False
        row = numbers_at(data, [place], self._D)
        return bool(are_usual(row, self._scale)[0])


def word_at(data: bytes, begin: int) -> bytes:
    """Return the bytes of the word of the row that begins at a place, b"" if there is none."""
    begin += data[begin : begin + 1] == b"\n"
    space = data.find(b" ", begin + 1, begin + LONGEST)  # a space before it may begin the word
    return data[begin : max(space, begin)].lstrip(b"\n")


def is_cut_off(data: bytes, begin: int) -> bool:
    """Return whether a file ends where the row that begins at a place has no more than its word, or a part of it."""
    left = data[begin : begin + LONGEST_REST].lstrip(b"\n")  # less than that: the file ends there
    return len(left) < LONGEST_REST - 1 and b" " not in left[1:] and is_text(b"-" + left, "latin-1")


def spaces_of_text(data: bytes, place: int) -> list[int]:
    """Return the places behind the spaces that follow a place before any control character."""
    text = ANY_CONTROL.split(data[place : place + LONGEST_REST], 1)[0]
    return [place + space.end() for space in re.finditer(b" ", text)]


def scale_of(values: Array) -> float:
    """Return the median magnitude of numbers other than 0 and infinity, or 1 of fewer rows than tell it."""
    size = np.abs(values)
    known = size[(size > 0) & (size < np.inf)].astype(np.float64)
    return float(np.median(known)) if len(values) >= TELLING and len(known) else 1.0


def are_usual(values: Array, scale: float = 1.0) -> Array:
    """Return which rows (n, D) hold numbers as vectors do, no shifted bytes; NaN and infinity are left to others."""
    size, largest = np.abs(values), float(np.finfo("<f4").max)
    low, high = (min(scale * each, largest) for each in NARROW) if values.shape[1] < FEW else USUAL
    unusual = ((size < low) & (size > 0)) | ((size >= high) & (size < np.inf))
    return np.asarray(~unusual.any(axis=1))


def is_text(raw: bytes, encoding: str = "utf-8", without: bytes = CONTROL) -> bool:
    """Return whether bytes are text in an encoding without some control characters, and not empty."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return bool(raw) and len(raw.translate(None, without)) == len(raw)


def numbers_at(data: bytes, places: list[int], D: int) -> Array:
    """Return the D numbers that begin at each of some places, (n, D)."""
    # the 4·D bytes that begin at each byte: (bytes - 4·D + 1, 4·D), a view that ends where `data` does
    bytes_of_each = as_strided(np.frombuffer(data, np.uint8), (len(data) - 4 * D + 1, 4 * D), (1, 1))
    return bytes_of_each[places].view("<f4")  # (n, 4·D) bytes → (n, D)


def rows_in(data: bytes, begin: int, D: int, most: int, stop: int) -> tuple[list[bytes], list[int], int]:
    """Return line ends and words up to first spaces, where the numbers begin, and where the last whole row ends."""
    words: list[bytes] = []
    places: list[int] = []
    find, add_word, add_place = data.find, words.append, places.append
    for _ in range(most):
        place = find(b" ", begin, begin + LONGEST) + 1
        if place == 0 or place + 4 * D > stop:
            break
        add_word(data[begin : place - 1])
        add_place(place)
        begin = place + 4 * D
    return words, places, begin
