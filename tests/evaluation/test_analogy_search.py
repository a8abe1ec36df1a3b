"""word2vec/evaluation/analogy_search.py: against a loop over words, one question after the other."""

import numpy as np
import pytest

from word2vec.evaluation import analogy_search
from word2vec.evaluation.analogy_search import best_answers, scores


def score_by_hand(matrix, question, d, method):
    cosine = [
        float(matrix[d] @ matrix[word]) / float(np.sqrt((matrix[d] @ matrix[d]) * (matrix[word] @ matrix[word])))
        for word in question
    ]
    a, b, c = cosine
    if method == "add":
        return b - a + c
    return (1 + b) / 2 * ((1 + c) / 2) / ((1 + a) / 2 + 1e-6)


def best_by_hand(matrix, question, left_out, method):
    allowed = [d for d in range(len(matrix)) if d not in left_out]
    return max(allowed, key=lambda d: score_by_hand(matrix, question, d, method), default=-1)


@pytest.fixture
def matrix():
    rng = np.random.default_rng(2)
    return rng.normal(size=(70, 6)) * rng.uniform(0.1, 9, size=(70, 1))


def asked(n, seed=4):
    rng = np.random.default_rng(seed)
    questions = rng.integers(0, 70, size=(n, 3))
    return questions, [
        {*question, *rng.integers(0, 70, size=i % 4).tolist()} for i, question in enumerate(questions.tolist())
    ]


@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_answers_are_those_of_a_loop(matrix, method, dtype):
    questions, left_out = asked(150)
    found = best_answers(matrix.astype(dtype), questions, left_out, method)
    expected = [best_by_hand(matrix, q, out, method) for q, out in zip(questions, left_out, strict=True)]
    assert found.tolist() == expected


@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize(
    ("questions_at_once", "entries", "least", "rows"), [(7, 1, 1, 3), (150, 1, 9, 1), (149, 5000, 2, 64)]
)
def test_parts_and_blocks_change_nothing(matrix, monkeypatch, method, questions_at_once, entries, least, rows):
    questions, left_out = asked(150)
    whole = best_answers(matrix, questions, left_out, method)
    monkeypatch.setattr(analogy_search, "QUESTIONS", questions_at_once)
    monkeypatch.setattr(analogy_search, "ENTRIES", entries)
    monkeypatch.setattr(analogy_search, "LEAST", least)
    monkeypatch.setattr(analogy_search, "ROWS", rows)
    assert best_answers(matrix, questions, left_out, method).tolist() == whole.tolist()


@pytest.mark.parametrize("method", ["add", "mul"])
def test_scores_are_those_of_the_definition(matrix, method):
    question, rows = np.array([3, 60, 9]), np.array([5, 9, 60, 69, 3])
    expected = [score_by_hand(matrix, question, d, method) for d in rows]
    np.testing.assert_allclose(scores(matrix, question, rows, method), expected, rtol=1e-12, atol=1e-14)


def test_the_two_methods_differ(matrix):
    questions, left_out = asked(150)
    add, mul = (best_answers(matrix, questions, left_out, method) for method in ("add", "mul"))
    assert 0 < (add != mul).sum() < 150


@pytest.mark.parametrize("least", [1, 256])
def test_the_first_of_equals_is_the_answer(monkeypatch, least):
    monkeypatch.setattr(analogy_search, "ENTRIES", 1)
    monkeypatch.setattr(analogy_search, "LEAST", least)
    matrix = np.eye(3)[[0, 1, 2, 2, 2, 2]]
    assert best_answers(matrix, np.array([[0, 1, 2]]), [{0, 1, 2}], "add").tolist() == [3]
    assert best_answers(matrix, np.array([[0, 1, 2]]), [{0, 1, 2, 3}], "add").tolist() == [4]


def test_nothing_left_and_nothing_asked(matrix):
    assert best_answers(matrix[:3], np.array([[0, 1, 2], [0, 1, 1]]), [{0, 1, 2}, {0, 1}], "add").tolist() == [-1, 2]
    assert best_answers(matrix, np.empty((0, 3), int), [], "add").tolist() == []


def test_memory_is_bounded(monkeypatch):
    """No array beyond the cosines of the words asked with a part of the vocabulary."""
    largest = []
    terms = analogy_search._terms
    monkeypatch.setattr(analogy_search, "ENTRIES", 1 << 15)
    monkeypatch.setattr(analogy_search, "_terms", lambda *a: largest.append(terms(*a)) or largest[-1])
    matrix = np.random.default_rng(1).normal(size=(5000, 4))
    best_answers(matrix, np.array([[0, 1, 2], [5, 6, 7]]), [{0, 1, 2}, {5, 6, 7}], "add")
    assert max(each.size for each in largest) <= 1 << 15
    assert sum(each.shape[1] for each in largest) == 5000


@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize("dtype", [np.float16, ">f4", np.longdouble])
def test_numbers_that_blas_does_not_know_are_computed_in_those_that_it_does(dtype, method):
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(3000, 20)).astype(dtype)
    questions = rng.integers(0, 3000, (300, 3))
    left_out = [set(question.tolist()) for question in questions]
    truth = best_answers(matrix.astype(np.float64), questions, left_out, method)
    np.testing.assert_array_equal(best_answers(matrix, questions, left_out, method), truth)
    assert scores(matrix, questions[0], np.arange(5), method).dtype in (np.float32, np.float64)


@pytest.mark.parametrize("method", ["add", "mul"])
def test_rows_behind_the_matrix_can_be_asked_about_but_are_no_answers(matrix, method):
    questions, left_out = asked(40)
    left_out = [{row for row in rows if row < 60} for rows in left_out]
    found = best_answers(matrix[:60], questions, left_out, method, matrix[60:])
    behind = {*range(60, 70)}
    assert found.tolist() == best_answers(matrix, questions, [rows | behind for rows in left_out], method).tolist()
    for question in questions:
        rows = np.arange(20)
        ours, whole = scores(matrix[:60], question, rows, method, matrix[60:]), scores(matrix, question, rows, method)
        np.testing.assert_array_equal(ours, whole)
