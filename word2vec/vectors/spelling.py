"""Words that are spelled alike, for messages about unknown ones."""

from collections.abc import Sequence
from difflib import get_close_matches

FREQUENT = 100_000
LONGEST = 60  # characters of a word that a message shows


class UnknownWord(KeyError):
    """A word that has no vector.

    The message suggests the nearest spellings. These are looked for when it is read, not when the error is
    raised: whoever catches the error for each unknown word of a text does not pay for them.
    """

    def __init__(self, word: str, words: Sequence[str]) -> None:
        super().__init__(word)
        self._words = words

    def __str__(self) -> str:
        word = self.args[0]
        near = near_spellings(word, self._words)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        shown = repr(word[:LONGEST]) + "…" * (len(word) > LONGEST)
        return f"no vector for {shown} among {len(self._words):,} words{hint}"

    def __reduce__(self) -> tuple[type[KeyError], tuple[str]]:
        return KeyError, (str(self),)


def near_spellings(word: str, words: Sequence[str], n: int = 3) -> list[str]:
    """Give up to n of the words that are spelled most like `word`, the most similar first.

    Those that differ only in upper and lower case come first; others are looked for among the first 100,000.
    """
    folded = word.casefold()
    same = [other for other in words if other.casefold() == folded]
    return list(dict.fromkeys([*same, *get_close_matches(word, words[:FREQUENT], n=n)]))[:n]
