"""Where the rows of word2vec's binary format begin and end, words with spaces included.

A row is its word, a space and D little-endian float32. If the word holds a space ("new york"), what stands behind its
first space looks like numbers that begin with text, and the last bytes of its numbers seem to begin the next word.
Such rows are suspected by improbable numbers and words, and only those are examined.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..._types import Array
from .table import Problems, VectorFileError

LONGEST = 1 << 16  # bytes of a word
LONGEST_REST = 200  # bytes of a word behind its first space
MARGIN = 1 << 12  # bytes behind a row that are looked at: the rest of its word, and the next one
WIDE = (1e-17, 1e10)  # a space as the highest byte of a float32 gives less, a letter more
NARROW, FEW = (1e-5, 1e3), 8  # fewer numbers must be in a narrower range: random bytes are rarely in it
HIGHEST = (0x3A, 0x42)  # the highest byte of a float32 in the range NARROWEST
NARROWEST, DOUBTFUL = (5e-4, 100), 5  # still fewer may be in it by chance; digits and letters never are in this one
SMALL_STEP = 16  # rows that are read at once behind a word with spaces
FIRST_ROWS = 4  # they show how many numbers a row holds
CONTROL = bytes(set(range(32)) - {ord("\t")}) + b"\x7f"
ANY_CONTROL = re.compile(b"[%b]" % CONTROL)
FIX = "replace the spaces by _ where the file is made, and write it anew"
WIDTH_FIX = "correct the header, or write the file anew"


class Row(NamedTuple):
    """A row by its first space: where word and numbers begin, its number in the file, and what speaks for it."""

    start: int
    place: int
    number: int
    fits: bool  # its numbers are probable
    odd: int  # how many are not at all
    followed: bool  # by a word, or the last one by the end of the file


class Layout:
    """Finds the rows of a file whose header promises `promised` rows of D numbers."""

    def __init__(self, D: int, promised: int, problems: Problems) -> None:
        self._D, self._promised, self._problems = D, promised, problems
        self._step = max(promised, 1)
        self._proven = False  # whether some word holds a space
        self._doubt: VectorFileError | None = None  # of the first row that can be read in two ways
        self._no_text = 0  # words that are text in no encoding
        self._odd_rows = 0  # that hold numbers that are not probable at all

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
        goes_on = self._goes_on(data, end, seen + len(words))
        text = b"\t".join(words)
        if b"\n" in text:
            words = [word.lstrip(b"\n") for word in words]
            text = b"\t".join(words)
        clean = all(words) and is_text(text)
        if goes_on and clean and self._are_sound(values):
            return words, values, end
        followed = np.ones(len(words), bool) if clean else np.array([*map(is_text, words[1:]), True])
        followed[-1] = goes_on
        checked = seen > 0  # the number of numbers, which the first rows show
        for i, fits, odd in self._suspicious(data, places, values, followed):
            start = places[i - 1] + 4 * self._D if i else begin
            row = Row(start, places[i], seen + i + 1, fits, odd, bool(followed[i]))
            place = self._behind_spaces(data, row)
            if place > row.place:
                words[i], self._step = data[row.start : place - 1].lstrip(b"\n"), SMALL_STEP
                values[i] = numbers_at(data, [place], self._D)
                return words[: i + 1], values[: i + 1], place + 4 * self._D
            if not (row.fits and row.followed):
                if not checked:
                    self._check_width(data, begin)
                    checked = True
                self._check_shift(data, row)
        return words, values, end

    def _are_sound(self, values: Array) -> bool:
        """Return whether no number is suspicious, by few operations: true only if `_suspicious` finds none."""
        low, high = range_for(self._D)
        first = np.abs(values[:, :FEW])  # a space in the first 4·FEW bytes, as the highest of four, is too small
        with np.errstate(all="ignore"):
            moderate = np.vdot(values, values) < high * high  # then so is each number; false for NaN
        return bool(moderate) and self._D >= DOUBTFUL and not ((first > 0) & (first < low)).any()

    def _suspicious(
        self, data: bytes, places: list[int], values: Array, followed: Array
    ) -> list[tuple[int, bool, int]]:
        """Return the rows to be examined: index, whether their numbers are probable, how many are not at all."""
        fits = np.asarray(is_within(values, range_for(self._D)).all(axis=1))  # (n,)
        suspicious = ~(fits & followed)
        if self._D < DOUBTFUL:  # behind a space among the numbers there may be others, whose highest byte is not text
            i, space = np.nonzero(values.view(np.uint8) == ord(" "))
            highest = np.minimum(np.array(places)[i] + space + 4 * self._D, len(data) - 1)
            magnitude = np.frombuffer(data, np.uint8)[highest] & 0x7F
            suspicious[i[(magnitude >= HIGHEST[0]) & (magnitude <= HIGHEST[1])]] = True
        found = np.flatnonzero(suspicious)
        odd = np.asarray((~is_within(values[found], WIDE) & np.isfinite(values[found])).sum(axis=1))
        return list(zip(found.tolist(), fits[found].tolist(), odd.tolist(), strict=True))

    def _goes_on(self, data: bytes, end: int, number: int) -> bool:
        """Return whether a word, or behind the last row the end of the file, follows row `number`."""
        if number == self._promised:
            return not data[end:].strip(b"\n")
        end += data[end : end + 1] == b"\n"
        space = data.find(b" ", end + 1, end + LONGEST)  # a space before it may begin the word
        return is_text(data[end : max(space, end)].lstrip(b"\n"))

    def _behind_spaces(self, data: bytes, row: Row) -> int:
        """Return where the numbers of a row begin: behind a further space if that alone is right."""
        found = [p for p in self._likely(data, row) if self._goes_on(data, p + 4 * self._D, row.number)]
        if not found:
            return row.place
        # random numbers, or those of a row that a longer word would swallow, may look as right
        doubtful = row.followed and (row.fits or self._D == 1)
        if doubtful and not is_within(numbers_at(data, found[:1], self._D), NARROWEST).all():
            return row.place
        if not doubtful:
            self._proven = True
        elif not self._doubt:
            self._doubt = self._refusal(data, row)
        rest = found[0] - row.place  # one byte, a space at the end of a word, is most often a number's
        if self._doubt and (self._proven or (rest > 1 and (self._D > 1 or rest <= 4 or not row.fits))):
            raise self._doubt
        if len(found) > 1 and not doubtful:
            raise self._refusal(data, row)
        return row.place if doubtful else found[0]

    def _likely(self, data: bytes, row: Row) -> list[int]:
        """Return behind which further spaces of text the numbers of a row may begin, by word and numbers alone."""
        newline = data[row.start : row.start + 1] == b"\n"
        places = []
        for place in spaces_of_text(data, row.place):
            end = place + 4 * self._D
            alike = (data[end : end + 1] == b"\n") == newline or row.number in (1, self._promised)
            if end > len(data) or not (alike and is_text(data[row.start : place - 1].lstrip(b"\n"))):
                continue
            if is_within(np.frombuffer(data, "<f4", self._D, place), range_for(self._D)).all():
                places.append(place)
        return places

    def _check_shift(self, data: bytes, row: Row) -> None:
        """Raise VectorFileError if the numbers of a row cannot begin behind the first space, though nowhere else."""
        end = row.place + 4 * self._D
        space = data.find(b" ", end, end + LONGEST)
        if row.number == self._promised and self._D < DOUBTFUL and space >= 0:  # two of the rows may be one
            raise self._doubt or self._refusal(data, row)
        further = spaces_of_text(data, row.place)
        # extreme numbers may look like the end of a word, but not for so long
        text = any(row.place + 8 < p <= end and is_text(data[row.place : p].strip()) for p in further)
        self._odd_rows += row.odd > 0
        exceptional = self._D < FEW and 2 * self._odd_rows < row.number  # a shift may end in text by chance
        shifted = further and (exceptional or not row.followed)
        shifted = shifted or (not row.followed and 4 * row.odd >= self._D and space >= 0)
        if (text and not row.fits) or (row.odd and shifted) or (not row.followed and self._likely(data, row)):
            raise self._refusal(data, row)
        word = data[end : max(space, end)].lstrip(b"\n")
        self._no_text += not (row.followed or is_text(word, "latin-1") or is_text(word, without=b"") or not word)
        if self._no_text > 3 and 8 * self._no_text > row.number:
            what = f"the words are text in no encoding: {self._D} numbers in a row, as promised, are wrong"
            raise self._problems.error("line 1", what, WIDTH_FIX)

    def _refusal(self, data: bytes, row: Row) -> VectorFileError:
        word = data[row.start : row.place - 1].lstrip(b"\n").decode(errors="replace")
        what = f"it is open where the numbers of {word!r} begin, probably since the word goes on behind a space"
        return self._problems.error(f"row {row.number}", what, FIX)

    def _check_width(self, data: bytes, begin: int) -> None:
        """Raise VectorFileError if the first rows show that each holds another number of numbers than promised."""
        n = min(FIRST_ROWS, self._promised)
        for D in (self._D, *range(1, len(data) // (4 * n) + 1)):
            words, places, end = rows_in(data, begin, D, n, len(data))
            sound = (
                len(words) == n > 1
                and all(is_text(word.lstrip(b"\n")) for word in words)
                and self._goes_on(data, end, n)
            )
            if sound and is_within(numbers_at(data, places, D), range_for(D)).all():
                break
        else:
            return
        if D != self._D:
            what = f"the header promises {self._D} numbers in a row, the rows hold {D}"
            raise self._problems.error("line 1", what, WIDTH_FIX)


def spaces_of_text(data: bytes, place: int) -> list[int]:
    """Return the places behind the spaces that follow a place before any control character."""
    text = ANY_CONTROL.split(data[place : place + LONGEST_REST], 1)[0]
    return [place + space.end() for space in re.finditer(b" ", text)]


def range_for(D: int) -> tuple[float, float]:
    """Return between which magnitudes D numbers show that they are no shifted bytes."""
    return NARROW if D < FEW else WIDE


def is_within(values: Array, magnitudes: tuple[float, float]) -> Array:
    """Return which numbers are zero or have a magnitude in a range; NaN has not."""
    size = np.abs(values)
    return np.asarray((size == 0) | ((size >= magnitudes[0]) & (size < magnitudes[1])))


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
