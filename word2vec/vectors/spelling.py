"""Suggest spellings for unknown words."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from unicodedata import normalize

FREQUENT = 100_000  # words among which other spellings than of the same letters are searched
LONGEST = 60  # characters of a word that a message shows
ALIKE = {  # characters that readers hardly see or tell apart → what stands for them
    # white space and "_", which stands for it in phrases; soft hyphen, zero-width characters, marks of direction, …
    **dict.fromkeys(" \t\v\f\r\x85\u2028\u2029_", ""),
    **dict.fromkeys("\xad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", ""),
    **dict.fromkeys("‘’‛ʼ`´′", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
}


class UnknownWord(KeyError):
    """A word that has no vector.

    The message suggests the nearest spellings. The search for them waits until the message is read, so that code
    which catches the error for each unknown word of a text does not pay for it.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> WordVectors(["tea", "coffee"], np.eye(2))["coffe"]
    Traceback (most recent call last):
    ...
    word2vec.vectors.spelling.UnknownWord: no vector for 'coffe' among 2 words; did you mean coffee?
    """

    def __init__(self, word: str, words: Collection[str]) -> None:
        super().__init__(word)
        self._words = words

    def __str__(self) -> str:
        word = self.args[0]
        near = " or ".join(other + unseen(word, other) for other in near_spellings(word, self._words))
        shown = repr(word[:LONGEST]) + "…" * (len(word) > LONGEST)
        return f"no vector for {shown} among {len(self._words):,} words" + (f"; did you mean {near}?" if near else "")

    def __reduce__(self) -> tuple[type[KeyError], tuple[str]]:
        return KeyError, (str(self),)


def plain(text: str) -> str:
    """Return a text without spaces and what readers overlook: forms of Unicode, invisible marks, sorts of quotes."""
    text = normalize("NFKC", text)
    for character, plain_one in ALIKE.items():  # many times faster than text.translate
        text = text.replace(character, plain_one)
    return text


def near_spellings(word: str, words: Iterable[str], n: int = 3) -> list[str]:
    """Return up to n of the words that are spelled most like `word`, the most similar first.

    First those that are `plain`ly the same, then those that differ in upper and lower case; others are searched among
    the first 100,000.
    """
    words, letters = list(words), plain(word)
    folded = plain("\n".join(words)).casefold().split("\n")  # in one piece: many times faster
    if len(folded) != len(words):  # a word holds a line end
        folded = [plain(other).casefold() for other in words]
    same = [other for other, its in zip(words, folded, strict=True) if its == letters.casefold()]
    same.sort(key=lambda other: plain(other) != letters)
    return list(dict.fromkeys([*same, *get_close_matches(word, words[:FREQUENT], n)]))[:n]


def unseen(word: str, other: str) -> str:
    """Return the clause that names the difference of two words that look alike; "" if readers see it."""
    if plain(word) != plain(other) or word.replace("_", " ") == other.replace("_", " "):
        return ""
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        if normalize(form, word) == other:
            return f", which differs only in Unicode normalisation (unicodedata.normalize({form!r}, word))"
    if normalize("NFKC", word) == normalize("NFKC", other):
        return ", which differs only in Unicode normalisation"
    return f", which differs only in spaces, invisible or similar characters ({word!a}, {other!a})"


def describe_unknown(words: Iterable[str], vocabulary: Collection[str]) -> str:
    """Return the words that are not in the vocabulary, quoted, each with its near spellings; "" if all are in it."""
    near = {
        word: ", ".join(other + unseen(word, other) for other in near_spellings(word, vocabulary))
        for word in words
        if word not in vocabulary
    }
    return ", ".join(f"{word!r}" + (f" (near: {found})" if found else "") for word, found in near.items())
