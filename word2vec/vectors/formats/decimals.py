"""Decimal numbers out of text, many at once, for each the nearest double; and float32 into text.

A number in the usual form (-)d.ddd with at most 16 decimal places is an integer w over a power of ten. If
w ≤ 2^53, both are doubles, and IEEE division rounds their quotient correctly (Clinger 1990). The decimal places
are read eight at a time out of one 64-bit integer, the first in its lowest byte: neighbouring digits, pairs and
fours are joined by multiplications (Lemire, "Number parsing at a gigabyte per second", 2021). Every other
number is left to Python's float. Reading a text file takes a fifth of the time of Python's float for all numbers.
"""

import re

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ..._types import Array

PAD = b"0" * 24  # must stand before and behind the text
OTHER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE)
COMMA = re.compile(rb"[+-]?\d*,\d+([eE][+-]?\d+)?")  # a number with a decimal comma
COMMAS = re.compile(rb"(?<![,\s])[\s;]+" + COMMA.pattern + rb"(?=[\s;]|$)")  # as CSV: no comma stands before it
QUOTED = re.compile(rb'"[^"]*"')
EXACT = np.array([10.0**n for n in range(13)])
KEEP = np.array([2**64 - 2 ** (64 - 8 * n) for n in range(9)], np.uint64)  # of 8 characters, the last n
POWERS = np.array([10**n for n in range(17)], np.uint64)
FOUR = np.array([b"%04d" % n for n in range(10_000)]).view("<u4").astype(np.uint64)  # their characters
SCALES = 10 ** np.arange(13)
WIDTH = 16  # characters of a usual number and the separator behind it


def has_decimal_commas(line: bytes) -> bool:
    """Return whether numbers of a line have decimal commas, white space or semicolons being between them.

    "king 0,5 0,25" has some, which as CSV would be a word "5 0" and more; "new york,1,2" has none.
    """
    return COMMAS.search(QUOTED.sub(b'""', line)) is not None


def decimals(text: bytes, starts: Array, ends: Array) -> Array | None:
    """Return the numbers text[starts[i]:ends[i]] (n,); None if one of them is no number.

    The text begins and ends with `PAD`. NaN and infinities are numbers, "1_000" is none.
    """
    found, unusual = _usual(np.frombuffer(text, np.uint8), starts, ends)
    for i in np.flatnonzero(unusual).tolist():
        token = text[starts[i] : ends[i]]
        if not OTHER.fullmatch(token):
            return None
        found[i] = float(token)
    return found


def _usual(text: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """Read numbers of the usual form, and return which have another: both (n,)."""
    negative = text[starts] == ord("-")
    point = starts + negative + 1
    first = text[point - 1] - np.uint8(ord("0"))
    places = ends - point - 1
    usual = (text[point] == ord(".")) & (first <= 9) & (places >= 1) & (places <= 16)
    places = np.where(usual, places, 1)
    w, digits = _eight(text, ends, np.minimum(places, 8))
    usual &= digits
    if places.max(initial=0) > 8:
        high, digits = _eight(text, ends - 8, np.maximum(places - 8, 0))
        w += high * POWERS[8]
        usual &= digits
    scale = POWERS[places]
    w += first * scale
    usual &= w <= 2**53
    found = w.view(np.int64) / scale.view(np.int64)
    return np.where(negative, -found, found), ~usual


def _eight(text: Array, ends: Array, n: Array) -> tuple[Array, Array]:
    """Read the last n ≤ 8 characters before each end as an integer, and return whether all are digits: both (n,)."""
    # the 64-bit integer that begins at each byte (len(text) - 7,): inside the text, as its last one ends there
    at_each_byte = as_strided(text[:8].view("<u8"), (len(text) - 7,), (1,))
    # digits become their values; characters that do not belong to the number, lower bytes, become 0
    x = (at_each_byte[ends - 8] ^ np.uint64(0x3030303030303030)) & KEEP[n]
    # a byte above 9 has its highest bit set, itself or after 0x76 is added
    wrong = ((x + np.uint64(0x7676767676767676)) | x) & np.uint64(0x8080808080808080)
    x = x * np.uint64(10) + (x >> np.uint64(8))  # every other byte is now a pair of digits, 0 to 99
    # in the upper half the pairs meet, times 10^6 and 100 (even), 10^4 and 1 (odd)
    mask = np.uint64(0x000000FF000000FF)
    even = (x & mask) * np.uint64(100 + (1000000 << 32))
    odd = ((x >> np.uint64(16)) & mask) * np.uint64(1 + (10000 << 32))
    return (even + odd) >> np.uint64(32), wrong == 0


def decimal_text(numbers: NDArray[np.float32], separator: str) -> tuple[str, Array]:
    """Return the texts of numbers (n,) as one, with a separator of one byte behind each, and where each ends (n,).

    They are those of NumPy's str, the fewest digits that identify each. All are formatted at once, as records of 16
    bytes: a minus, a digit, the point and 12 decimals.
    """
    value, places, usual = _digits(np.abs(numbers))
    lengths = places + np.int64(3) + (negative := np.signbit(numbers))
    low, high = _records(value * SCALES.take(12 - places), negative)
    others = np.flatnonzero(~usual)
    if len(others):
        texts = list(map(str, numbers[others]))
        if max(map(len, texts)) >= WIDTH:
            texts = list(map(str, numbers))
            return separator.join([*texts, ""]), np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1) - 1
        low[others], high[others] = np.array(texts, f"S{WIDTH}").view("<u8").reshape(-1, 2).T  # 2 × (n,)
        lengths[others] = [len(text) + 1 for text in texts]
    stops = np.cumsum(lengths)
    text = np.empty(int(lengths.sum()) + WIDTH, np.uint8)
    # the 64-bit integer that begins at each byte; what one writes beyond its number, the next one overwrites
    at_each_byte = as_strided(text[:8].view("<u8"), (len(text) - 7,), (1,))
    at_each_byte[stops - lengths + 8] = high
    at_each_byte[stops - lengths] = low
    text[stops - 1] = ord(separator)
    return text[:-WIDTH].tobytes().decode("ascii"), stops - 1


def _digits(x: NDArray[np.float32]) -> tuple[Array, Array, Array]:
    """Return integers and numbers of decimals, 1 to 12, that express x ≥ 0 with the fewest digits: both (n,).

    The third array says for which x this is so: 0 and 1e-4 to 10, but for a few; the rest are to be ignored. A
    decimal of six to nine digits is the quotient of two doubles, hence the nearest double; where the float32 nearest
    to that is x, these digits identify it.
    """
    exact = x.astype(np.float64)
    usual = ((exact >= 1e-4) & (exact < 10)) | (exact == 0)
    exact *= usual
    zeros = (exact < 1).view(np.int8) + (exact < 0.1) + (exact < 0.01) + (exact < 0.001)  # before the first digit
    value, places, settled = np.zeros(len(x)), zeros + np.int8(8), np.zeros(len(x), bool)
    for digits in (9, 8, 7, 6):
        candidate = np.rint(exact * (scale := EXACT.take(zeros + np.int8(digits - 1))))
        good = (candidate / scale).astype(np.float32) == x
        value += (candidate - value) * good  # whole numbers below 2^53; faster than a choice
        places -= (places - zeros - np.int8(digits - 1)) * good
        settled |= good
    whole, rest = value.astype(np.int64), np.arange(len(x))
    while len(rest := rest[(places[rest] > 1) & (whole[rest] // 10 * 10 == whole[rest])]):
        whole[rest] //= 10
        places[rest] -= 1
    return whole, places, usual & settled


def _records(value: Array, negative: Array) -> tuple[Array, Array]:
    """Return the first and last 8 characters of ±value · 1e-12, a digit and 12 decimals: both (n,), little-endian."""
    above = value // 10**4, value // 10**8, value // 10**12
    parts = zip((value, *above[:2]), above, strict=True)  # the last four decimals, those before them, the first
    c, b, a = (FOUR.take(part - 10**4 * rest) for part, rest in parts)
    u = np.uint64
    low = (above[2].view(u) << u(8)) + u(int.from_bytes(b"-0.", "little")) + (a << u(24)) + (b << u(56))
    high = (b >> u(8)) + (c << u(24))
    shift = (~negative).astype(u) << u(3)  # by a character, where there is no minus
    return (low >> shift) + (high << u(56)) * ~negative, high >> shift
