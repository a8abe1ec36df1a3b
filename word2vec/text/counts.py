"""Count words while few are held: the rarest are dropped, with a bound of what that can have lost.

Misra & Gries (1982), in batches that can be merged (Agarwal et al. 2012): when more than M words are held, the
(k + 1)-th largest count E' is subtracted from all, k = 3M/4, and words with nothing left are dropped. A dropped word,
and each unit that a kept one lost, cost k other words as much: so after N words all counts are at most E = Σ E' ≤
N / (k + 1) too low, and a word that occurs more than E times is there.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from .numbering import Numbering, PairStore, Part


@dataclass(frozen=True)
class Counts:
    """How often words occur in a text, or a part of one.

    Attributes
    ----------
    words : word → count, at most `too_low` less than it occurs
    raw_words, sentences : of the text, with all words, and with empty sentences
    too_low : 0 unless more words were met than may be held (`VocabularyOptions.max_types`)
    lost : how often a word that is not there can occur at most; 0: all are there

    Examples
    --------
    >>> from word2vec.text.partitions import count_words, partitions
    >>> [part] = partitions([["tea", "or", "tea"], []])
    >>> count_words(part)
    Counts(words={'tea': 2, 'or': 1}, raw_words=3, sentences=2, too_low=0, lost=0)
    """

    words: dict[str, int]
    raw_words: int = 0
    sentences: int = 0
    too_low: int = 0
    lost: int = 0


def reduced(counts: Array, forced: Array, max_types: int) -> tuple[NDArray[np.int64], Array, int]:
    """Return which of the counts (n,) stay, what is left of these, and how much was subtracted from each.

    `forced` (n,): those that stay as they are. The others are at most 3/4 of max_types afterwards.
    """
    free, k = counts[~forced], max(1, 3 * max_types // 4)
    cut = int(np.partition(free, -k - 1)[-k - 1]) if len(free) > k else 0
    left = np.where(forced, counts, counts - cut)
    stay = np.flatnonzero(forced | (left > 0))
    return stay, left[stay], cut


class Tally:
    """Counts the numbers of words part by part, and numbers fewer words anew when there are more than max_types.

    numbering : of the words, which is restarted when it is full
    max_types, lowercase : see `VocabularyOptions`; keep_words : in lower case, too, if that is so
    store : of the words and counts between two restarts, from which `exact` and `translated` are made
    counts : (V,), since the last restart; raw_words, sentences : in all; too_low : E
    """

    def __init__(
        self,
        numbering: Numbering,
        max_types: int | None = None,
        keep_words: Collection[str] = (),
        *,
        lowercase: bool = False,
        store: PairStore | None = None,
    ) -> None:
        self._numbering, self._lowercase, self._store = numbering, lowercase, store
        numbering.limited = max_types is not None
        self._keep = {*keep_words}
        self._max_types, self._most = max_types or 0, np.inf if max_types is None else max_types + len(self._keep)
        self._before = self.counts = np.zeros(0, np.int64)  # MG's counts at the last restart
        self._stretches: list[int] = []  # parts between restarts
        self._parts = self.raw_words = self.sentences = self.too_low = 0

    def full(self) -> bool:
        """Return whether more words are there than may be."""
        return len(self._numbering) > self._most

    def add(self, part: Part) -> None:
        """Count a part."""
        more = np.bincount(part[0], minlength=len(self._numbering))
        more[: len(self.counts)] += self.counts
        self.counts = more
        self._parts, self.raw_words = self._parts + 1, self.raw_words + len(part[0])
        self.sentences += len(part[1])
        if self.full():
            words, totals = self._restart()
            forced = np.array([word in self._keep for word in words], bool)
            stay, self._before, cut = reduced(totals, forced, self._max_types)
            self.too_low += cut
            self._numbering.restart([words[i] for i in stay.tolist()])
            self.counts = np.zeros(len(stay), np.int64)

    def _restart(self) -> tuple[list[str], Array]:
        """Store what was counted since the last restart; return what `_totals` does."""
        if self._store is not None:
            words = [word.lower() if self._lowercase else word for word in self._numbering]
            self._store.append((np.frombuffer(json.dumps(words).encode(), np.uint8), self.counts))
        self._stretches.append(self._parts)
        self._parts = 0
        return self._totals()

    def _totals(self) -> tuple[list[str], Array]:
        """Return the different words that are held, in lower case if so, and their counts, at most E too low."""
        words, counts = [*map(str.__str__, self._numbering)], self.counts.copy()  # as in `choose_words`
        counts[: len(self._before)] += self._before
        if not self._lowercase:
            return words, counts
        lowered = Numbering()
        place = lowered.take(map(str.lower, words))
        return [*lowered], np.bincount(place, counts).astype(np.int64)

    def summary(self) -> Counts:
        """Return the counts, which are at most `too_low` too low."""
        words, counts = self._totals()
        found = dict(zip(words, counts.tolist(), strict=True))
        return Counts(found, self.raw_words, self.sentences, self.too_low, self.too_low)

    def exact(self) -> Array:
        """Return how often each word of the numbering occurs, (V,); the numbering may be restarted."""
        if not self._stretches:
            return self.counts
        words, _ = self._restart()
        self._numbering.restart(words)
        counts = np.zeros(len(words), np.int64)
        for place, found, _ in self._stored():
            np.add.at(counts, place[place >= 0], found[place >= 0])
        return counts

    def translated(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Replace the numbers that the parts had when they were counted by those of now, −1 for dropped words."""
        rest = iter(parts)
        for place, _, n in self._stored():
            for _, (numbers, ends) in zip(range(n), rest, strict=False):
                yield place.take(numbers), ends
        yield from rest

    def _stored(self) -> Iterator[tuple[Array, Array, int]]:
        """Yield what was stored: the present numbers of the words, their counts, and how many parts they are of."""
        if self._store is not None:
            for n, (stored, counts) in zip(self._stretches, self._store.parts(), strict=True):
                words = json.loads(stored.tobytes())
                yield np.fromiter((self._numbering.get(word, -1) for word in words), np.int32), counts, n
