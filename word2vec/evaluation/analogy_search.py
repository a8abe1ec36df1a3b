"""Find the answers to many analogy questions at once: 3CosAdd and 3CosMul over a whole vocabulary.

Questions share words, so each word's cosines with a part of the vocabulary are computed once, as a matrix
product; a question's scores are sums (or products) of its rows. That takes time in proportion to questions
times vocabulary, whatever the number of dimensions.
"""

from typing import Literal

import numpy as np

from .._types import Array, Ids
from ..functions import normalize_rows
from ..vectors.neighbours import EPSILON
from .protocol import rows_of

Method = Literal["add", "mul"]

QUESTIONS = 1 << 14  # whose words' cosines are held at once
ENTRIES = 1 << 22  # numbers held at once, if that leaves at least LEAST columns
LEAST = 256
ROWS = 64  # questions whose scores are held at once: they fit into a core's cache

NO_ROWS = np.empty((0, 0))


def best_answers(
    matrix: Array, questions: Ids, left_out: list[set[int]], method: Method, extra: Array = NO_ROWS
) -> Ids:
    """Return the row d of largest score for each question a : b = c : ?, (n,); ties go to the first row.

        "add"  cos(d, b) − cos(d, a) + cos(d, c)           3CosAdd
        "mul"  P(b) P(c) / (P(a) + 1e-6), P(x) = (1 + cos(d, x)) / 2      3CosMul

    Parameters
    ----------
    matrix : (V, D), rows of any length
    questions : (n, 3), the rows of a, b and c
    left_out : n sets of rows that are no answers; the answer is −1 if no row is left
    extra : (k, D), rows from V on, which are no answers
    """
    answers = np.full(len(questions), -1)
    for i in range(0, len(questions), QUESTIONS):
        part = slice(i, i + QUESTIONS)
        answers[part] = _answer(matrix, questions[part], left_out[part], method, extra)
    return answers


def scores(matrix: Array, question: Ids, rows: Ids, method: Method, extra: Array = NO_ROWS) -> Array:
    """Score some rows (n,) as answers to one question (3,)."""
    terms = _terms(_units(rows_of(matrix, extra, question)), matrix[rows], method)  # (3, n)
    return np.asarray(_score(_changes(terms, np.array([[0], [1]]), method), terms, np.array([[0], [2]]), method)[0])


def _answer(matrix: Array, questions: Ids, left_out: list[set[int]], method: Method, extra: Array) -> Ids:
    ids, places = np.unique(questions, return_inverse=True)
    a, b, c = places.reshape(-1, 3).T  # (n, 3) → three times (n,)
    pairs, pair = np.unique([a, b], axis=1, return_inverse=True)  # (2, pairs), (n,)
    asked = _units(rows_of(matrix, extra, ids))  # (words, D)
    # (f, 2): question, row, in the order of the questions
    forbidden = np.array([(i, row) for i, rows in enumerate(left_out) for row in rows], np.int64).reshape(-1, 2)
    best, answers = np.full(len(questions), -np.inf, asked.dtype), np.full(len(questions), -1)
    columns = max(LEAST, ENTRIES // (len(ids) + pairs.shape[1]))
    for start in range(0, len(matrix), columns):
        terms = _terms(asked, matrix[start : start + columns], method)  # (words, columns)
        here = forbidden[(forbidden[:, 1] >= start) & (forbidden[:, 1] < start + columns)] - [0, start]
        found, score = _best(_changes(terms, pairs, method), terms, np.array([pair.ravel(), c]), here, method)
        better = score > best  # not ≥: ties go to the first row
        best[better], answers[better] = score[better], found[better] + start
    return answers


def _best(changes: Array, terms: Array, places: Ids, forbidden: Ids, method: Method) -> tuple[Ids, Array]:
    """Return each question's best column and its score, both (n,), leaving out the forbidden (question, column)."""
    n = places.shape[1]
    found, best = np.empty(n, np.int64), np.empty(n, terms.dtype)
    for i in range(0, n, ROWS):
        score = _score(changes, terms, places[:, i : i + ROWS], method)  # (ROWS, columns)
        question, column = forbidden[slice(*np.searchsorted(forbidden[:, 0], (i, i + ROWS)))].T  # twice (f,)
        score[question - i, column] = -np.inf
        found[i : i + ROWS] = score.argmax(axis=1)
        best[i : i + ROWS] = score[np.arange(len(score)), found[i : i + ROWS]]
    return found, best


def _terms(asked: Array, rows: Array, method: Method) -> Array:
    """Return what scores are made of: cosines of unit vectors with rows, for "mul" shifted into 0 to 1."""
    cosines = asked @ _units(rows).T  # (words, D) (D, columns)
    return cosines if method == "add" else (1 + cosines) / 2


def _units(rows: Array) -> Array:
    """Scale rows to length 1, in a precision that BLAS multiplies in: half, foreign or longer ones are converted."""
    single = rows.dtype.kind == "f" and rows.itemsize <= 4
    return normalize_rows(np.asarray(rows, np.float32 if single else np.float64))


def _changes(terms: Array, pairs: Ids, method: Method) -> Array:
    """Compute what leads from a to b, which many questions share: (words, columns), (2, pairs) → (pairs, columns)."""
    a, b = (terms.take(words, axis=0) for words in pairs)
    return np.asarray(b - a if method == "add" else b / (a + a.dtype.type(EPSILON)))


def _score(changes: Array, terms: Array, places: Ids, method: Method) -> Array:
    """Combine each question's change with its c: (pairs, columns), (words, columns), (2, n) → (n, columns)."""
    score, c = changes.take(places[0], axis=0), terms.take(places[1], axis=0)
    combine = np.add if method == "add" else np.multiply
    return np.asarray(combine(score, c, out=score))
