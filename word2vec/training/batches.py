"""A text in chunks, each with random draws of its own: which words stay, how far windows reach.

What is drawn for a chunk depends on seed, epoch and chunk alone, whoever draws it, and when. A chunk is some 100,000
words; no window reaches from one into the next.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array, Ids
from ..text.corpus import FIX, CorpusError
from .sampling import NoiseTable, sentence_numbers, subsample, window_sizes

CHUNK = 1 << 17


class Text(NamedTuple):
    """An encoded text with the distributions that its draws come from.

    ids (n,): its words; ends (S,): where its sentences end; keep (V,): probability that a word stays;
    noise: the table that negatives are drawn from; weights (S,): of its sentences, or None; start: where the text
    begins as `ends` count, so that those of a part of a long text need not be copied.
    """

    ids: Ids
    ends: NDArray[np.int64]
    keep: Array
    noise: NoiseTable
    weights: Array | None = None
    start: int = 0

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self.ids) // CHUNK)

    def end(self, chunk: int) -> int:
        """Return how many words stand before the end of a chunk."""
        return min(len(self.ids), (chunk + 1) * CHUNK)


class Batch(NamedTuple):
    """Successive centres that stayed, n of them, with their windows and negatives.

    tokens (n + 2C,): centre i stands at C + i; the C first and last are context only
    left, right (n,): how many tokens before and behind a centre are in its window, 0..C, none across the end of a
        sentence
    negatives (n/G, N): word ids, N for each group of G centres
    documents (n,): the number of each centre's document, −1 where there is no word; (0,) if documents are not trained
    weights (n,): of each centre's sentence, float32; (0,) if all count alike
    """

    tokens: Ids
    left: Ids
    right: Ids
    negatives: Ids
    documents: Ids = np.empty(0, np.int32)
    weights: Array = np.empty(0, np.float32)

    @property
    def window(self) -> int:
        """The largest window C."""
        return (len(self.tokens) - len(self.left)) // 2

    @property
    def centres(self) -> Ids:
        """The words in the middle of the windows: (n,)."""
        return self.tokens[self.window : self.window + len(self.left)]

    def part(self, begin: int, end: int) -> "Batch":
        """Return the batch of centres begin … end − 1, whole groups, with their context."""
        if begin == 0 and end == len(self.left):
            return self
        group = max(1, len(self.left) // max(1, len(self.negatives)))  # G; without negatives any number will do
        return Batch(
            self.tokens[begin : end + 2 * self.window],  # those of centres begin at C, with C before and C behind
            self.left[begin:end],
            self.right[begin:end],
            self.negatives[begin // group : end // group],
            self.documents[begin:end],
            self.weights[begin:end],
        )

    def cut(self, n: int) -> list["Batch"]:
        """Return the batches of n centres each."""
        return [self.part(i, i + n) for i in range(0, len(self.left), n)]

    def weighted(self, each: Array) -> Array:
        """Return what each centre counts, times the weight of its sentence: (n,)."""
        return each * self.weights if self.weights.size else each

    def offsets(self) -> Ids:
        """Return how far behind its centre each outside word stands, window by window: (Σ left + right,)."""
        sizes = self.left + self.right
        # in each window −left … right − 1: a count less where the window begins, and less what is before the centre
        offset = np.arange(sizes.sum()) - (np.cumsum(sizes) - sizes + self.left).repeat(sizes)
        return np.asarray(offset + (offset >= 0))  # 0 is the centre itself

    def outside_words(self) -> Ids:
        """Return the outside words of all windows, one window after the other: (Σ left + right,)."""
        centres = self.window + np.arange(len(self.left)).repeat(self.left + self.right)
        return np.asarray(self.tokens[centres + self.offsets()])


def check_ids(ids: Ids, words: int) -> None:
    """Raise CorpusError if an id (int32) is not one of a vocabulary of so many words."""
    if (largest := int(ids.view(np.uint32).max(initial=0))) >= words:  # negative ones are large there
        shown = np.array(largest, np.uint32).view(np.int32)
        raise CorpusError(f"the text holds the id {shown}, the vocabulary {words:,} words: {FIX}")


def draw_windows(
    text: Text, chunk: int, window: int, n: int, rng: np.random.Generator, *, full: bool = False
) -> Batch:
    """Draw which words of a chunk stay and how far their windows reach: C = `window` at most, or always if `full`.

    Centres without a window (word 0) are appended until their number is a multiple of n. There are no negatives yet.

    Raises CorpusError if an id is not one of the vocabulary.
    """
    begin, end = chunk * CHUNK, text.end(chunk)
    numbers = sentence_numbers(text.ends, text.start + begin, text.start + end)
    words = np.array(text.ids[begin:end], np.int32)  # a copy: a memory map may be written into
    check_ids(words, len(text.keep))
    ids, numbers = subsample(words, numbers, text.keep, rng)
    place = np.arange(len(ids), dtype=np.int32)
    first = np.flatnonzero(np.diff(numbers, prepend=np.int32(-1))).astype(np.int32)  # words of each sentence
    lengths = np.diff(first, append=len(ids)).astype(np.int32)  # of what stayed of each sentence, none empty
    before = place - first.repeat(lengths)  # (n,): how many words of its sentence stand before a word
    behind = lengths.repeat(lengths) - 1 - before
    size = np.int32(window) if full else window_sizes(len(ids), window, rng)
    more = -len(ids) % n
    return Batch(
        np.pad(ids, (window, window + more)),
        np.pad(np.minimum(size, before), (0, more)),
        np.pad(np.minimum(size, behind), (0, more)),
        np.empty((0, 0), np.int32),
        np.pad(numbers, (0, more), constant_values=-1),
        *([] if text.weights is None else [np.pad(text.weights.take(numbers).astype(np.float32), (0, more))]),
    )
