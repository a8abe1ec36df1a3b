"""Evaluate vectors by analogies: a is to b as c is to the word nearest to b − a + c, or best by 3CosMul."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Ids, PathLike
from ..runtime.arguments import check_choice, check_type, check_whole, with_other_names
from ..vectors.gensim_names import from_gensim
from ..vectors.neighbours import check_finite, row_lengths
from ..vectors.word_vectors import WordVectors
from .analogy_search import Method, best_answers, scores
from .protocol import OTHER_NAMES, RESTRICT, WHY_UNKNOWN, Protocol, Unknown, percent, warn_if_few
from .question_files import Question, entries, is_file, name_of, read_analogies

METHODS = {"add": "3CosAdd", "mul": "3CosMul"}
CANDIDATES = 5  # gensim's


class Answer(NamedTuple):
    """A question a : b = c : d, whether all its words are known, the word answered (if any), and whether it is right.

    Examples
    --------
    >>> from word2vec.evaluation import Answer
    >>> answer = Answer(("man", "woman", "king", "queen"), known=True, word="prince", right=False)
    >>> answer.word, answer.question[3]
    ('prince', 'queen')
    """

    question: Question
    known: bool
    word: str | None
    right: bool


@dataclass(frozen=True)
class Section:
    """A section's name and number of questions: asked, with known words only, scored (all if "zero"), answered right.

    Examples
    --------
    >>> from word2vec.evaluation import Section
    >>> section = Section("family", asked=4, known=2, scored=2, right=1)
    >>> section.accuracy, section.coverage
    (0.5, 0.5)
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
    """The answers and scores of vectors on a set of analogies.

    Attributes
    ----------
    name, sections : of the set; its sections in order
    answers : the answers of each section, in its questions' order
    method, candidates, protocol, n_words : the rules, and the size of the vocabulary

    Examples
    --------
    >>> from word2vec.evaluation import AnalogiesReport, Protocol, Section
    >>> sections = Section("family", 4, 2, 2, 1), Section("gram8-plural", 6, 6, 6, 6)
    >>> report = AnalogiesReport("set.txt", sections, ((), ()), "add", 5, Protocol(), n_words=100)
    >>> report.total.accuracy, report.syntactic.accuracy
    (0.875, 1.0)
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
        return _sum("total", self.sections)

    @property
    def semantic(self) -> Section:
        """The sections about things: all whose names do not begin with "gram"."""
        return _sum("semantic", [part for part in self.sections if not part.name.startswith("gram")])

    @property
    def syntactic(self) -> Section:
        """The sections about grammar: those whose names begin with "gram", as in Google's set."""
        return _sum("syntactic", [part for part in self.sections if part.name.startswith("gram")])

    def __str__(self) -> str:
        total = self.total
        rows = [*self.sections, *([self.semantic, self.syntactic] if self.syntactic.asked else []), total]
        names = [row.name or "(no name)" for row in rows]
        width = max(len("section"), *map(len, names))
        lines = [f"{self.name}: {percent(total.right, total.scored)} right by {METHODS[self.method]}"]
        lines.append(f"  {'section':{width}}   right  scored  accuracy    known  coverage")
        for row, section in zip(rows, names, strict=True):
            accuracy, coverage = percent(row.right, row.scored), percent(row.known, row.asked)
            numbers = f"{row.right:7,} {row.scored:7,} {accuracy:>9} {row.known:8,} {coverage:>9} of {row.asked:,}"
            lines.append(f"  {section:{width}} {numbers}")
        spellings = ", their other spellings passed over" if self.protocol.fold_case else ""
        if spellings and self.candidates:
            spellings += f" among the best {self.candidates}"
        lines.append(f"  protocol: {self.protocol.describe(self.n_words)}")
        lines.append(f"  answers:  from the same words without the question's own{spellings}")
        return "\n".join(lines)


def _sum(name: str, parts: Sequence[Section]) -> Section:
    fields = ("asked", "known", "scored", "right")
    return Section(name, *(sum(getattr(part, field) for part in parts) for field in fields))


@with_other_names(OTHER_NAMES)
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

    An answer is right if it is the question's fourth word, or one of several. The defaults are gensim's
    (restrict_vocab=300000, case_insensitive=True, dummy4unknown=False); each of them changes which questions count
    and what the answers may be, so accuracies compare only at equal ones. Unknown words of a question, not its
    answer, count as known if n-grams give them a vector. ValueError if an option makes no sense, a line of the file
    or a question cannot be read, no question has known words only, or one of the vectors holds NaN or infinity;
    TypeError if an argument is of another type; OSError if the file cannot be read. UserWarning if most questions are
    unknown and fewer than 30 known.

    Parameters
    ----------
    analogies : path (see `word2vec.evaluation.question_files.read_analogies`), or mapping of a section's name to
        questions (a, b, c, d); d may be a tuple of words each of which is right
    method : "add" (3CosAdd) or "mul" (3CosMul, gensim's for single questions only), see
        `word2vec.WordVectors.most_similar`
    restrict, fold_case, unknown : see `word2vec.evaluation.Protocol`
    candidates : with fold_case, other spellings of the question's words ("paris" beside "Paris") are passed over, but
        only among the `candidates` best words; after them the last one is the answer. gensim has 5, word2vec.c 1;
        None: all words

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.evaluation import evaluate_analogies
    >>> matrix = np.array([[1.0, 1.0], [1.0, -1.0], [0.1, 1.0], [0.1, -1.0]])
    >>> vectors = WordVectors(["king", "queen", "man", "woman"], matrix)
    >>> report = evaluate_analogies(vectors, {"family": [("man", "woman", "king", "queen")]})
    >>> print("\\n".join(str(report).splitlines()[:3]))
    analogies: 100.0 % right by 3CosAdd
      section   right  scored  accuracy    known  coverage
      family        1       1   100.0 %        1   100.0 % of 1
    """
    check_type("vectors", vectors, WordVectors, f"WordVectors{from_gensim(vectors)}")
    check_choice("method", method, METHODS)
    if candidates is not None:
        candidates = check_whole("candidates", candidates)
    protocol = Protocol(restrict, fold_case, unknown)
    name, sections = _read(analogies)
    asked = [question for _, questions in sections for question in questions]
    found = _answered(vectors, asked, protocol, method, candidates, name)
    if not any(answer.known for answer in found):
        raise ValueError(f"{name}: none of {len(asked)} questions has only words of the vectors: {WHY_UNKNOWN}")
    rest, parts, answers = iter(found), [], []
    for section, questions in sections:
        part = tuple(islice(rest, len(questions)))
        known = sum(answer.known for answer in part)
        scored = known if unknown == "skip" else len(part)
        parts.append(Section(section, len(part), known, scored, sum(answer.right for answer in part)))
        answers.append(part)
    warn_if_few(name, sum(part.known for part in parts), len(asked), "questions")
    return AnalogiesReport(name, tuple(parts), tuple(answers), method, candidates, protocol, len(vectors))


def _read(analogies: Any) -> tuple[str, list[tuple[str, list[Question]]]]:
    if is_file(analogies):
        return name_of(analogies), read_analogies(analogies)
    if not isinstance(analogies, Mapping):
        raise TypeError(f"analogies is a {type(analogies).__name__}: expected a path, or {{section: questions}}")
    sections = []
    for section, questions in analogies.items():
        if not isinstance(section, str) or not isinstance(questions, Iterable):
            raise TypeError(f"section {section!r} is a {type(questions).__name__}: expected a name and questions")
        sections.append((section, [_question(question, section) for question in questions]))
    if not any(questions for _, questions in sections):
        raise ValueError("analogies holds no questions: expected some, say {'all': [(a, b, c, d)]}")
    return "analogies", sections


def _question(question: Any, section: str) -> Question:
    *words, d = entries(question) or ("",)
    answers = d if isinstance(d, tuple) and d else (d,)
    if len(words) != 3 or not all(isinstance(word, str) for word in (*words, *answers)):
        expected = "expected four words (a, b, c, d), or a tuple of several right answers d"
        raise ValueError(f"{question!r} in section {section!r}: {expected}; of a table pass .itertuples()")
    return words[0], words[1], words[2], d


def _answered(
    vectors: WordVectors,
    asked: Sequence[Question],
    protocol: Protocol,
    method: Method,
    candidates: int | None,
    name: str,
) -> list[Answer]:
    """Answer the questions whose words are known, of several right answers one; the others get the answer None."""
    spelled = [tuple(map(protocol.spelled, question[:3])) for question in asked]
    right = [
        (protocol.spelled(d),) if isinstance(d, str) else tuple(map(protocol.spelled, d)) for _, _, _, d in asked
    ]
    found = protocol.look_up(vectors, {word for words in (*spelled, *right) for word in words}, name)
    composed = protocol.compose(vectors, (word for question in asked for word in question[:3]), found)
    matrix = vectors.matrix[: protocol.restrict]
    extra = np.array([*composed.values()]).reshape(len(composed), matrix.shape[1])  # (k, D)
    rows_by_word = {word: rows[0] for word, rows in found.items()}
    rows_by_word |= {word: len(matrix) + i for i, word in enumerate(composed)}
    is_known = [
        rows_by_word.keys() >= {*words} and not found.keys().isdisjoint(answers)
        for words, answers in zip(spelled, right, strict=True)
    ]
    known = np.array(is_known, bool)
    given = [*compress(spelled, is_known)]
    rows_of_given = [[rows_by_word[word] for word in words] for words in given]
    questions = np.array(rows_of_given, np.int64).reshape(-1, 3)  # (n, 3)
    spellings = [{row for word in words for row in found.get(word, ())} for words in given]
    rows = np.full(len(asked), -1)
    check_finite(row_lengths(matrix), "the matrix", vectors.words)
    check_finite(row_lengths(extra), "the n-grams' vectors", [*composed])
    rows[known] = _rows(matrix, extra, questions, spellings, method, candidates)
    words = [vectors.words[row] if row >= 0 else None for row in rows]
    return [
        Answer(question, is_known, word, word is not None and protocol.spelled(word) in answers)
        for question, is_known, word, answers in zip(asked, is_known, words, right, strict=True)
    ]


def _rows(
    matrix: Array, extra: Array, questions: Ids, spellings: list[set[int]], method: Method, candidates: int | None
) -> Ids:
    """Return the row of each question's answer, −1 if there is none; `spellings` are the rows of all its words."""
    rows = best_answers(matrix, questions, spellings, method, extra)
    if candidates is None:
        return rows
    for i, row in enumerate(rows):
        others = sorted(spellings[i].difference(questions[i].tolist()))
        if others and (row < 0 or len(others) >= candidates):
            contenders = np.array(others if row < 0 else [row, *others])
            order = np.argsort(-scores(matrix, questions[i], contenders, method, extra), kind="stable")
            best = contenders[order[:candidates]]
            rows[i] = row if row in best else best[-1]
    return rows
