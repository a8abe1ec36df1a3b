"""A text as chunks, each with random draws of its own: which words stay, windows, negatives.

What is drawn for a chunk depends on seed, epoch and chunk alone, so it is the same whoever draws it, and when.
A chunk is some 100,000 words; a window does not reach from one into the next.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array
from word2vec.training.sampling import NoiseTable, sentence_numbers, subsample, window_sizes

Ids = NDArray[np.int32]

CHUNK = 1 << 17


class Text(NamedTuple):
    """An encoded text with what is drawn from it.

    ids (n,): its words; ends (S,): where its sentences end; keep (V,): probability that a word stays;
    noise: the table that negatives are drawn from.
    """

    ids: Ids
    ends: NDArray[np.int64]
    keep: Array
    noise: NoiseTable

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self.ids) // CHUNK)

    def end(self, chunk: int) -> int:
        """How many words stand before the end of a chunk."""
        return min(len(self.ids), (chunk + 1) * CHUNK)


class Windows(NamedTuple):
    """Successive centres that stayed, n of them, and their windows.

    tokens (n + 2C,): centre i stands at C + i, before the first and behind the last stand C words as padding;
    left, right (n,): how many tokens before and behind a centre belong to its window, none across the end of
    a sentence.
    """

    tokens: Ids
    left: Ids
    right: Ids


def draw_windows(text: Text, chunk: int, window: int, rng: np.random.Generator, *, full: bool = False) -> Windows:
    """Draw which words of a chunk stay and how far their windows reach: C = `window` at most, or always if `full`."""
    begin, end = chunk * CHUNK, text.end(chunk)
    numbers = sentence_numbers(text.ends, begin, end)
    ids, numbers = subsample(np.asarray(text.ids[begin:end]), numbers, text.keep, rng)
    place = np.arange(len(ids), dtype=np.int32)
    first = np.flatnonzero(np.diff(numbers, prepend=np.int32(-1))).astype(np.int32)
    lengths = np.diff(first, append=len(ids)).astype(np.int32)
    before = place - first.repeat(lengths)
    behind = lengths.repeat(lengths) - 1 - before
    size = np.int32(window) if full else window_sizes(len(ids), window, rng)
    return Windows(np.pad(ids, window), np.minimum(size, before), np.minimum(size, behind))


def fill_up(windows: Windows, multiple: int) -> Windows:
    """Add centres without a window, word 0, until their number is a multiple."""
    more = -len(windows.left) % multiple
    return Windows(*(np.pad(array, (0, more)) for array in windows))
