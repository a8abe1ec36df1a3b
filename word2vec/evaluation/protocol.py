"""The rules of an evaluation: which words count, and how unknown ones are handled."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_choice, check_type, check_whole, warn
from ..vectors.word_vectors import WordVectors

Unknown = Literal["skip", "zero"]

RESTRICT = 300_000  # gensim's, as all defaults here
ENOUGH = 30  # pairs: of fewer, ρ varies by more than 1.96 / √n = ±0.36 by chance alone (95 % interval)
OTHER_NAMES = {  # gensim's
    "restrict_vocab": "it is called restrict here",
    "case_insensitive": "it is called fold_case here",
    "dummy4unknown": "say unknown='zero' for dummy4unknown=True",
    "delimiter": "it is found out from the file: leave it out",
    "encoding": "files of questions are read as UTF-8: convert the file",
    "similarity_function": "say method='add', or method='mul' for 'most_similar_cosmul'",
}
WHY_UNKNOWN = (
    "are the vectors of another language, is `restrict` too small, or do words of one side end in their part of "
    "speech, as tea_NOUN? Then write both sides alike, say by word.rpartition('_')[0]"
)
FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


@dataclass(frozen=True)
class Protocol:
    """The rules of an evaluation; ValueError if one of them makes no sense, TypeError if it is of another type.

    Parameters
    ----------
    restrict : only the first `restrict` words of the vocabulary, commonly the most frequent ones, are known and can
        be answers; None: all
    fold_case : treat "Paris", "PARIS" and "paris" as one word (as str.upper() does); of several in the vocabulary,
        the first one's vector is used; n-grams compose an unknown one as the first question spells it
    unknown : "skip" leaves questions with unknown words out; "zero" counts a pair as cosine 0, an analogy as wrong

    Examples
    --------
    >>> from word2vec.evaluation import Protocol
    >>> Protocol(restrict=1000).describe(n_words=5000)
    'the first 1,000 of 5,000 words known; upper and lower case alike; questions with unknown words left out'
    """

    restrict: int | None = RESTRICT
    fold_case: bool = True
    unknown: Unknown = "skip"

    def __post_init__(self) -> None:
        if self.restrict is not None:
            object.__setattr__(self, "restrict", check_whole("restrict", self.restrict))
        check_type("fold_case", self.fold_case, bool | np.bool_, "bool")
        object.__setattr__(self, "fold_case", bool(self.fold_case))
        check_choice("unknown", self.unknown, ("skip", "zero"))

    def spelled(self, word: str) -> str:
        """Return the spelling by which words are compared.

        Examples
        --------
        >>> Protocol().spelled("Paris"), Protocol(fold_case=False).spelled("Paris")
        ('PARIS', 'Paris')
        """
        return word.upper() if self.fold_case else word

    def find(self, words: Sequence[str], wanted: Set[str]) -> dict[str, list[int]]:
        """Return the rows of the words of each wanted spelling that the vocabulary has, in rising order.

        Examples
        --------
        >>> Protocol().find(["Paris", "tea", "paris"], {"PARIS"})
        {'PARIS': [0, 2]}
        """
        found: dict[str, list[int]] = {}
        for i, word in enumerate(islice(words, self.restrict)):
            spelling = self.spelled(word)
            if spelling in wanted:
                found.setdefault(spelling, []).append(i)
        return found

    def look_up(self, vectors: WordVectors, wanted: Set[str], name: str) -> dict[str, list[int]]:
        """Find spellings as `find` does; warn of unknown ones that are known in another Unicode form."""
        forms = {unicodedata.normalize(form, word): word for word in wanted if not word.isascii() for form in FORMS}
        found = self.find(vectors.words, wanted | forms.keys())
        other = sorted({word for form, word in forms.items() if form in found and word not in found})
        if other:
            warn(
                f"{name}: {len(other)} words, such as {other[0]!r}, count as unknown but have vectors in another "
                "Unicode form; write both alike, say by unicodedata.normalize('NFC', word)"
            )
        return found

    def compose(
        self, vectors: WordVectors, asked: Iterable[str], found: Mapping[str, Sequence[int]]
    ) -> dict[str, Array]:
        """Return the vectors that n-grams give to words without one, by spelling; of a spelling, the first word's."""
        words: dict[str, str] = {}
        for word in asked if vectors.subwords is not None else ():
            if (spelling := self.spelled(word)) not in found and word not in vectors:
                words.setdefault(spelling, word)
        composed = vectors.subwords.compose([*words.values()]) if vectors.subwords is not None else ()
        return {spelling: vector for spelling, vector in zip(words, composed, strict=True) if vector.any()}

    def describe(self, n_words: int) -> str:
        """Return the rules in words, for a vocabulary of n_words."""
        cut = n_words if self.restrict is None else min(self.restrict, n_words)
        words = f"all {n_words:,} words" if cut == n_words else f"the first {cut:,} of {n_words:,} words"
        case = "upper and lower case alike" if self.fold_case else "upper and lower case apart"
        others = "left out" if self.unknown == "skip" else "count as 0"
        return f"{words} known; {case}; questions with unknown words {others}"


def rows_of(matrix: Array, extra: Array, rows: Ids) -> Array:
    """Return rows (n, D) of a matrix (V, D); row V is the first of `extra`."""
    if not len(extra):
        return np.asarray(matrix[rows])
    inside = rows < len(matrix)
    found = np.empty((len(rows), matrix.shape[1]), np.result_type(matrix, extra))
    found[inside], found[~inside] = matrix[rows[inside]], extra[rows[~inside] - len(matrix)]
    return found


def percent(part: int, whole: int) -> str:
    """Format a share in percent, or a dash if the whole is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def warn_if_few(name: str, known: int, asked: int, what: str) -> None:
    """Warn that a score means little: of fewer than 30 pairs or questions, and of less than half of the set."""
    if known < min(ENOUGH, asked / 2):
        chance = min(1, (1.96 if what == "pairs" else 0.98) / max(known, 1) ** 0.5)  # of ρ = 0, of an accuracy of 1/2
        few = f"only {known} of {asked:,} {what} have vectors, so the score means little, by chance ±{chance:.2f}"
        warn(f"{name}: {few}; take vectors of a longer text, a larger `restrict`, or words that the vectors have")
