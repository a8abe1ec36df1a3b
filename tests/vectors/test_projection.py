"""word2vec/vectors/projection.py: the answers are those of `nearest`, to the bit; the bounds hold."""

from functools import cache

import numpy as np
import pytest

from word2vec import WordVectors
from word2vec.vectors import projection
from word2vec.vectors.formats.quantised import ByteRows
from word2vec.vectors.neighbours import nearest, row_lengths, unit_rows
from word2vec.vectors.projection import Projection

V, D = 2000, 24


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(projection, "SMALLEST", 1)
    monkeypatch.setattr(projection, "SCORES", 2**12)  # a table in several parts
    monkeypatch.setattr(projection, "GROUP", 16)


def matrix(dtype=np.float32, scale=1.0, tail=0.05):
    """Rows that lie near few directions, some of them twice, some zeros."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(V, D)) * np.where(np.arange(D) < 6, 1, tail)
    rows = rows @ np.linalg.qr(rng.normal(size=(D, D)))[0]
    rows[1000:1500] = rows[:500]
    rows[::97] = 0
    return (rows * scale).astype(dtype)


def learned(rows, n=10):
    found = Projection(rows, row_lengths(rows))
    for i in range(projection.LEARNED):
        found.nearest(rows[i + 1].astype(np.float64), n, [i + 1], None)
    return found


@cache
def rows_and_table(dtype, scale):
    """Rows and what has learned from them, for many tests: once there is a table, questions change nothing."""
    rows = matrix(dtype, scale)
    return rows, learned(rows)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(np.float32, 1), (np.float32, 1e-29), (np.float64, 1e28), (np.float16, 1), (np.int8, 20), (">f4", 1)],
)
@pytest.mark.parametrize(("n", "restrict"), [(1, None), (10, None), (10, 1200), (400, None), (5, 3)])
def test_answers_are_the_same_bits_as_without_a_table(dtype, scale, n, restrict):
    rows, found = rows_and_table(dtype, scale)
    assert found._basis is not None
    vectors = [*rows[1:1500:90].astype(np.float64), *np.random.default_rng(2).normal(size=(9, D)), np.zeros(D)]
    spared = 0
    for i, vector in enumerate(vectors):
        hidden = [i, 1 + i % 7, V - 1]
        expected = nearest(rows, row_lengths(rows), vector[None], n, left_out=[hidden], restrict=restrict)
        actual = found.nearest(vector, n, hidden, restrict)
        assert [a.tobytes() for a in actual] == [e.tobytes() for e in expected]
        spared += found._candidates(unit_rows(vector[None]), n, hidden, restrict) is not None
    assert spared > 9 or n == 400 or restrict == 3


def test_rows_of_a_small_matrix_that_single_precision_misorders(monkeypatch):
    monkeypatch.setattr(projection, "SMALLEST", V * D + 1)
    rng = np.random.default_rng(1)
    base = rng.normal(size=D)
    rows = (base * (1 + 1e-6 * rng.normal(size=(V, D)))).astype(np.float32)
    lengths = row_lengths(rows)
    found = Projection(rows, lengths)
    for vector in (base, *rows[:9].astype(np.float64)):
        for one, other in zip(
            found.nearest(vector, 5, [], None), nearest(rows, lengths, vector[None], 5), strict=True
        ):
            assert one.tobytes() == other.tobytes()


def test_a_small_matrix_that_blas_cannot_read_is_not_read_as_a_whole(monkeypatch):
    monkeypatch.setattr(projection, "SMALLEST", V * D + 1)
    codes, scales = matrix(np.int8, 20), np.ones(V, np.float32)
    for rows in (ByteRows(codes, scales), matrix()[:, ::2], matrix(np.float64), matrix(">f4")):
        assert Projection(rows, row_lengths(rows))._small is None


@pytest.mark.parametrize(("n", "restrict"), [(1, None), (10, None), (7, 30), (3000, None), (5, 3), (0, None)])
@pytest.mark.parametrize("scale", [1, 1e-29, 1e-31, 1e30])
def test_answers_of_a_small_matrix_are_the_same_bits(monkeypatch, scale, n, restrict):
    monkeypatch.setattr(projection, "SMALLEST", V * D + 1)
    for rows in (matrix(scale=scale)[::9], np.zeros((9, D), np.float32), np.zeros((0, D), np.float32)):
        found = Projection(rows, row_lengths(rows))
        assert not rows.size or (found._small is None) == (scale in (1e-31, 1e30) and rows.any())
        for i, vector in enumerate([*matrix()[1:60:7].astype(np.float64), np.zeros(D)]):
            hidden = [i, i, *range(i % 7), len(rows) - 1] if len(rows) else []
            expected = nearest(rows, row_lengths(rows), vector[None], n, left_out=[hidden], restrict=restrict)
            answers = expected, found.nearest(vector, n, hidden, restrict)  # "no answer" is −1, or is not there
            one, other = ([each[ids >= 0].tobytes() for each in (ids, scores)] for ids, scores in answers)
            assert one == other
        with pytest.raises(ValueError, match="row 0 of the queries holds NaN or infinity"):
            found.nearest(np.full(D, np.inf), 1, [], None)


@pytest.mark.parametrize("name", ["_learn", "_make_table"])
def test_another_thread_may_ask_while_one_learns(monkeypatch, name):
    rows, step, answers = matrix(), getattr(Projection, name), []

    def asked_around(self, *given):
        for part in (lambda: None, lambda: step(self, *given)):
            found = part()
            answers.append(self.nearest(rows[7].astype(np.float64), 5, [7], None)[0].tolist())
        return found

    monkeypatch.setattr(Projection, name, asked_around)
    assert learned(rows)._basis is not None
    expected = nearest(rows, row_lengths(rows), rows[7][None], 5, left_out=[[7]])[0].tolist()
    assert answers == [expected, expected]


@pytest.mark.parametrize("tail", [0.0, 1e-6, 0.05])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_score_is_above_its_bound(dtype, tail):
    rows = matrix(dtype, tail=tail)
    found = learned(rows)
    queries = np.concatenate([rows[:300], np.random.default_rng(2).normal(size=(50, D))]).astype(np.float64)
    scores = unit_rows(queries) @ unit_rows(rows).T
    bounds = np.array([found._coordinates(unit_rows(query[None])[0]) @ found._table for query in queries])
    assert (scores <= bounds + found._error).all()
    assert found._error < 1e-3
    assert np.median(bounds - scores) < 0.2  # not by being useless


def test_without_long_directions_there_is_no_table():
    rows = np.random.default_rng(1).normal(size=(V, D)).astype(np.float32)
    found = learned(rows)
    assert found._basis is None
    assert found._asked is None  # it is not tried again
    rows[:, 0] += 0.7  # one long direction is not enough
    assert learned(rows)._basis is None


def test_of_few_dimensions_there_is_no_table():
    found = learned(np.ascontiguousarray(matrix()[:, :8]))
    assert found._basis is found._asked is None


def test_nothing_is_learned_of_queries_with_fewer_answers_than_asked_for():
    rows = matrix()
    found = Projection(rows, row_lengths(rows))
    for n, restrict in [(0, None), (5, 3)]:
        found.nearest(rows[1].astype(np.float64), n, [1], restrict)
    assert found._asked == []


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_numbers_beyond_single_precision_have_no_table(scale):
    assert learned(matrix(np.float64, scale))._basis is None


def test_a_small_matrix_has_no_table(monkeypatch):
    monkeypatch.setattr(projection, "SMALLEST", V * D + 1)
    assert learned(matrix())._basis is None


def test_word_vectors_answer_the_same_before_and_after_their_table_is_made(monkeypatch):
    rows = matrix()
    vectors = WordVectors([f"w{i}" for i in range(V)], rows)
    words = vectors.words[1:40]
    first = [vectors.most_similar(word) for word in words]
    assert vectors._projection._basis is not None
    monkeypatch.setattr("word2vec.vectors.projection.nearest", lambda *_, **__: 1 / 0)  # the table is used
    assert [vectors.most_similar(word) for word in words] == first
    assert vectors.most_similar_many(words) == first
