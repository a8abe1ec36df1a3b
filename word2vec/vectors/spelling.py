"""Suggest spellings for unknown words."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

FREQUENT = 100_000  # words among which other spellings than of case are searched
LONGEST = 60  # characters of a word that a message shows


class UnknownWord(KeyError):
    """A word that has no vector.

    The message suggests the nearest spellings. The search for them waits until the message is read, so that code
    which catches the error for each unknown word of a text does not pay for it.
    """

    def __init__(self, word: str, words: Collection[str]) -> None:
        super().__init__(word)
        self._words = words

    def __str__(self) -> str:
        word, near = self.args[0], " or ".join(near_spellings(self.args[0], self._words))
        shown = repr(word[:LONGEST]) + "…" * (len(word) > LONGEST)
        return f"no vector for {shown} among {len(self._words):,} words" + (f"; did you mean {near}?" if near else "")

    def __reduce__(self) -> tuple[type[KeyError], tuple[str]]:
        return KeyError, (str(self),)


def near_spellings(word: str, words: Iterable[str], n: int = 3) -> list[str]:
    """Return up to n of the words that are spelled most like `word`, the most similar first.

    Those that differ only in upper and lower case come first; others are searched among the first 100,000.
    """
    words, folded = list(words), word.casefold()
    same = [other for other in words if other.casefold() == folded]
    return list(dict.fromkeys([*same, *get_close_matches(word, words[:FREQUENT], n=n)]))[:n]


def describe_unknown(words: Iterable[str], vocabulary: Collection[str]) -> str:
    """Return the words that are not in the vocabulary, quoted, each with its near spellings; "" if all are in it."""
    near = {word: ", ".join(near_spellings(word, vocabulary)) for word in words if word not in vocabulary}
    return ", ".join(f"{word!r}" + (f" (near: {found})" if found else "") for word, found in near.items())
