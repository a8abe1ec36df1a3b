"""The rules of an evaluation: which words count, and how unknown ones are handled."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Literal

Unknown = Literal["skip", "zero"]

RESTRICT = 300_000  # gensim's, as all defaults here


@dataclass(frozen=True)
class Protocol:
    """The rules of an evaluation; ValueError if one of them makes no sense.

    Parameters
    ----------
    restrict : only the first `restrict` words of the vocabulary, commonly the most frequent ones, are known and can
        be answers; None: all
    fold_case : treat "Paris", "PARIS" and "paris" as one word (as str.upper() does); of several in the vocabulary,
        the first one's vector is used
    unknown : "skip" leaves questions with unknown words out; "zero" counts a pair as cosine 0, an analogy as wrong
    """

    restrict: int | None = RESTRICT
    fold_case: bool = True
    unknown: Unknown = "skip"

    def __post_init__(self) -> None:
        if self.restrict is not None and self.restrict < 1:
            raise ValueError(f"restrict is {self.restrict}: expected at least 1, or None for all words")
        if self.unknown not in ("skip", "zero"):
            raise ValueError(f"unknown is {self.unknown!r}: expected 'skip' or 'zero'")

    def spelled(self, word: str) -> str:
        """Return the spelling by which words are compared."""
        return word.upper() if self.fold_case else word

    def find(self, words: Sequence[str], wanted: Set[str]) -> dict[str, list[int]]:
        """Return the rows of the words of each wanted spelling that the vocabulary has, in rising order."""
        found: dict[str, list[int]] = {}
        for i, word in enumerate(islice(words, self.restrict)):
            spelling = self.spelled(word)
            if spelling in wanted:
                found.setdefault(spelling, []).append(i)
        return found

    def describe(self, n_words: int) -> str:
        """Return the rules in words, for a vocabulary of n_words."""
        cut = n_words if self.restrict is None else min(self.restrict, n_words)
        words = f"all {n_words:,} words" if cut == n_words else f"the first {cut:,} of {n_words:,} words"
        case = "upper and lower case alike" if self.fold_case else "upper and lower case apart"
        others = "left out" if self.unknown == "skip" else "count as 0"
        return f"{words} known; {case}; questions with unknown words {others}"


def percent(part: int, whole: int) -> str:
    """Format a share in percent, or a dash if the whole is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
