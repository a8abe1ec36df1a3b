"""a is to b as c is to what? Analogy questions, answered by the word nearest to b − a + c or by 3CosMul."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import NamedTuple

import numpy as np

from word2vec._types import Array, PathLike
from word2vec.evaluation.analogy_search import Ints, Method, best_answers, scores
from word2vec.evaluation.protocol import RESTRICT, Protocol, Unknown, percent
from word2vec.evaluation.question_files import Question, read_analogies
from word2vec.vectors.neighbours import check_finite, row_lengths
from word2vec.vectors.word_vectors import WordVectors

METHODS = {"add": "3CosAdd", "mul": "3CosMul"}
CANDIDATES = 5  # gensim's


class Answer(NamedTuple):
    """A question a : b = c : d, whether all its words are known, the word answered (if any), and the verdict."""

    question: Question
    known: bool
    word: str | None
    right: bool


@dataclass(frozen=True)
class Section:
    """How vectors did on some questions.

    Attributes
    ----------
    name : the section's
    asked, known, scored, right : questions in the set, those all words of which are known, those that count (with
        unknown="zero" all), and those answered rightly
    """

    name: str
    asked: int
    known: int
    scored: int
    right: int

    @property
    def accuracy(self) -> float:
        """The share of right answers; NaN if nothing was scored."""
        return self.right / self.scored if self.scored else math.nan

    @property
    def coverage(self) -> float:
        """The share of questions all words of which are known; NaN if nothing was asked."""
        return self.known / self.asked if self.asked else math.nan


@dataclass(frozen=True)
class AnalogiesReport:
    """How vectors did on a set of analogies.

    Attributes
    ----------
    name : what the set is called
    sections : its sections in order
    answers : the answers of each section, in its questions' order
    method, candidates, protocol, n_words : the rules, and the size of the vocabulary
    """

    name: str
    sections: tuple[Section, ...]
    answers: tuple[tuple[Answer, ...], ...]
    method: Method
    candidates: int | None
    protocol: Protocol
    n_words: int

    @property
    def total(self) -> Section:
        """All sections together."""
        return _together("total", self.sections)

    @property
    def semantic(self) -> Section:
        """The sections about things: all whose names do not begin with "gram"."""
        return _together("semantic", (part for part in self.sections if not part.name.startswith("gram")))

    @property
    def syntactic(self) -> Section:
        """The sections about grammar: those whose names begin with "gram", as in Google's set."""
        return _together("syntactic", (part for part in self.sections if part.name.startswith("gram")))

    def __str__(self) -> str:
        total = self.total
        rows = [*self.sections, *([self.semantic, self.syntactic] if self.syntactic.asked else []), total]
        width = max(len("section"), *(len(row.name) for row in rows))
        return "\n".join(
            [
                f"{self.name}: {percent(total.right, total.scored)} right by {METHODS[self.method]}",
                f"  {'section':{width}}   right  scored  accuracy    known  coverage",
                *(_row(row, width) for row in rows),
                f"  protocol: {self.protocol.describe(self.n_words)}",
                f"  answers:  from the same words without the question's own{self._passed_over()}",
            ]
        )

    def _passed_over(self) -> str:
        """Say what becomes of other spellings of a question's words."""
        if not self.protocol.fold_case:
            return ""
        return ", their other spellings passed over" + (
            f" among the best {self.candidates}" if self.candidates else ""
        )


def _row(part: Section, width: int) -> str:
    """Write a section as a line of the table."""
    accuracy, coverage = percent(part.right, part.scored), percent(part.known, part.asked)
    numbers = f"{part.right:7,} {part.scored:7,} {accuracy:>9} {part.known:8,} {coverage:>9}"
    return f"  {part.name:{width}} {numbers} of {part.asked:,}"


def _together(name: str, parts: Iterable[Section]) -> Section:
    """Add sections up."""
    sums = np.array([(part.asked, part.known, part.scored, part.right) for part in parts], int).reshape(-1, 4)
    return Section(name, *sums.sum(axis=0).tolist())


def evaluate_analogies(
    vectors: WordVectors,
    analogies: PathLike | Mapping[str, Sequence[Question]],
    *,
    method: Method = "add",
    restrict: int | None = RESTRICT,
    fold_case: bool = True,
    unknown: Unknown = "skip",
    candidates: int | None = CANDIDATES,
) -> AnalogiesReport:
    """Answer analogy questions by the protocol of gensim's evaluate_word_analogies.

    Right is the answer that is the question's fourth word. The defaults are gensim's (restrict_vocab=300000,
    case_insensitive=True, dummy4unknown=False); each of them changes which questions count and what the answers
    may be, so accuracies compare only at equal ones.

    Parameters
    ----------
    vectors : WordVectors
    analogies : path, or mapping of a section's name to its questions (a, b, c, d)
        See `question_files.read_analogies` for the file's layout.
    method : "add" or "mul"
        3CosAdd, or 3CosMul (which gensim has for single questions only): see `analogy_search.best_answers`.
    restrict, fold_case, unknown : see `protocol.Protocol`
        Only the first `restrict` words are answers, too.
    candidates : int or None
        With fold_case, other spellings of the question's words ("paris" beside "Paris") are passed over, but only
        among so many best words; after them the last one is the answer. gensim looks at 5, word2vec.c at 1, None
        at all.

    Raises
    ------
    ValueError
        If an option makes no sense, a line of the file or a question cannot be read, no question has known words
        only, or one of the vectors holds NaN or infinity.
    TypeError
        If the analogies are neither a path nor a mapping.
    OSError
        If the file cannot be read.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}: expected 'add' or 'mul'")
    if candidates is not None and candidates < 1:
        raise ValueError(f"candidates is {candidates}: expected at least 1, or None for all words")
    protocol = Protocol(restrict, fold_case, unknown)
    name, sections = _read(analogies)
    asked = [question for _, questions in sections for question in questions]
    found = _answered(vectors, asked, protocol, method, candidates)
    if not any(answer.known for answer in found):
        raise ValueError(
            f"{name}: none of {len(asked)} questions has all its words among the vectors' words: are the vectors of "
            "another language, or is `restrict` too small?"
        )
    rest = iter(found)
    answers = tuple(tuple(islice(rest, len(questions))) for _, questions in sections)
    parts = tuple(_section(name, part, protocol) for (name, _), part in zip(sections, answers, strict=True))
    return AnalogiesReport(name, parts, answers, method, candidates, protocol, len(vectors))


def _read(analogies: PathLike | Mapping[str, Sequence[Question]]) -> tuple[str, list[tuple[str, Sequence[Question]]]]:
    """Give what the set is called, and its sections."""
    if isinstance(analogies, (str, os.PathLike)):
        return os.path.basename(analogies), [*read_analogies(analogies)]
    if not isinstance(analogies, Mapping):
        raise TypeError(
            f"analogies is of {type(analogies).__name__}: expected a path, or sections, say {{'all': questions}}"
        )
    for section, questions in analogies.items():
        for question in questions:
            if len(question) != 4 or not all(isinstance(word, str) for word in question):
                raise ValueError(f"{question!r} in section {section!r}: expected four words (a, b, c, d)")
    return "analogies", [*analogies.items()]


def _section(name: str, answers: Sequence[Answer], protocol: Protocol) -> Section:
    """Count the answers of a section."""
    known = sum(answer.known for answer in answers)
    scored = known if protocol.unknown == "skip" else len(answers)
    return Section(name, len(answers), known, scored, sum(answer.right for answer in answers))


def _answered(
    vectors: WordVectors, asked: Sequence[Question], protocol: Protocol, method: Method, candidates: int | None
) -> list[Answer]:
    """Answer the questions all words of which are known."""
    spelled = [tuple(map(protocol.spelled, question)) for question in asked]
    found = protocol.find(vectors.words, {word for question in spelled for word in question})
    known = np.array([all(word in found for word in question) for question in spelled], bool)
    given = [question[:3] for question in compress(spelled, known)]
    questions = np.array([[found[word][0] for word in words] for words in given], np.int64).reshape(-1, 3)
    spellings = [{row for word in words for row in found[word]} for words in given]
    rows = np.full(len(asked), -1)
    matrix = vectors.matrix[: protocol.restrict]
    check_finite(row_lengths(matrix), "the matrix", vectors.words)
    rows[known] = _rows(matrix, questions, spellings, method, candidates)
    words = [vectors.words[row] if row >= 0 else None for row in rows]
    return [
        Answer(question, is_known, word, word is not None and protocol.spelled(word) == spelling[3])
        for question, is_known, word, spelling in zip(asked, known.tolist(), words, spelled, strict=True)
    ]


def _rows(matrix: Array, questions: Ints, spellings: list[set[int]], method: Method, candidates: int | None) -> Ints:
    """Give the row of each question's answer, −1 if there is none; `spellings` are the rows of all that it names."""
    rows = best_answers(matrix, questions, spellings, method)
    if candidates is None:
        return rows
    for i, row in enumerate(rows):
        others = sorted(spellings[i].difference(questions[i].tolist()))
        if others and (row < 0 or len(others) >= candidates):
            contenders = np.array(others if row < 0 else [row, *others])
            order = np.argsort(-scores(matrix, questions[i], contenders, method), kind="stable")
            best = contenders[order[:candidates]]
            rows[i] = row if row in best else best[-1]
    return rows
