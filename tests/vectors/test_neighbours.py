"""word2vec/vectors/neighbours.py: against brute force in double precision, to the last place."""

import numpy as np
import pytest

from word2vec.vectors import neighbours
from word2vec.vectors.neighbours import Terms, check_finite, cosines, nearest, row_lengths, unit_rows


def by_hand(rows, queries):
    """The cosine of each query with each row, one pair after the other; 0 where one has no direction."""
    scores = np.zeros((len(queries), len(rows)))
    for i, q in enumerate(np.asarray(queries, np.float64)):
        for j, row in enumerate(np.asarray(rows, np.float64)):
            lengths = np.sqrt(q @ q) * np.sqrt(row @ row)
            scores[i, j] = q @ row / lengths if lengths else 0
    return scores


def ranked(scores, n, left_out=None):
    """Ids and scores of the n best of each row of a table of scores."""
    scores = scores.copy()
    for row, ids in zip(scores, left_out or [()] * len(scores), strict=True):
        row[list(ids)] = -np.inf
    ids = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best = np.take_along_axis(scores, ids, axis=1)
    return np.where(np.isinf(best), -1, ids), np.where(np.isinf(best), np.nan, best)


def products_by_hand(rows, terms):
    """3CosMul as Levy and Goldberg write it, with cosines shifted to [0, 1]."""
    scores = np.ones((len(terms.positive), len(rows)))
    half = (1 + by_hand(rows, terms.vectors)) / 2
    for i, (wanted, unwanted) in enumerate(zip(terms.positive, terms.negative, strict=True)):
        above, below = (
            np.prod([half[t] for t in ts if t >= 0] or [np.ones(len(rows))], axis=0) for ts in (wanted, unwanted)
        )
        scores[i] = above / (below + 1e-6)
    return scores


@pytest.fixture(params=["as it is", "in small chunks"])
def chunks(request, monkeypatch):
    """Let a search be done in one chunk, or in many of which the last is not full."""
    if request.param == "in small chunks":
        monkeypatch.setattr(neighbours, "SCORES", 256)
        monkeypatch.setattr(neighbours, "FIRST", 4)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


# lengths


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, ">f4"])
def test_lengths_are_those_of_double_precision(rng, dtype, chunks):
    matrix = (3 * rng.normal(size=(301, 7))).astype(dtype)
    exact = [np.sqrt(sum(float(x) ** 2 for x in row)) for row in matrix]
    np.testing.assert_allclose(row_lengths(matrix), exact, rtol=4e-16)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e-158, 1e150, 1e200, 1e307])
def test_lengths_whose_squares_leave_the_range(scale):
    np.testing.assert_allclose(row_lengths(np.array([[3.0, 4.0], [0.0, 0.0]]) * scale), [5 * scale, 0], rtol=1e-13)


def test_lengths_of_rows_that_are_no_numbers_and_of_none():
    assert np.isnan(row_lengths(np.array([[1, np.nan]]))[0])
    assert not np.isfinite(row_lengths(np.array([[1, np.inf]]))[0])
    assert row_lengths(np.empty((0, 3))).shape == (0,)
    assert row_lengths(np.empty((2, 0))).tolist() == [0, 0]


def test_unit_rows():
    units = unit_rows(np.array([[3, 4], [0, 0], [-2, 0]], np.float32))
    assert units.dtype == np.float64
    np.testing.assert_allclose(units, [[0.6, 0.8], [0, 0], [-1, 0]], rtol=1e-15)


def test_rows_that_are_not_finite_are_named():
    lengths = np.array([1, np.nan, 2, np.inf])
    with pytest.raises(ValueError, match=r"row 1 of it holds NaN or infinity, as do 1 more: expected finite numbers"):
        check_finite(lengths, "it")
    with pytest.raises(ValueError, match=r"row 1 \('b'\) of it"):
        check_finite(lengths, "it", list("abcd"))
    check_finite(lengths[[0, 2]], "it")
    check_finite(np.empty(0), "it")


# cosines


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("top_n", [1, 3, 10, 501, 1000])
def test_the_nearest_are_those_of_brute_force(rng, dtype, top_n, chunks):
    matrix, queries = rng.normal(size=(501, 6)).astype(dtype), rng.normal(size=(5, 6)) * 7
    ids, scores = nearest(matrix, row_lengths(matrix), queries, top_n)
    true_ids, true_scores = ranked(by_hand(matrix, queries), top_n)
    np.testing.assert_array_equal(ids, true_ids)
    np.testing.assert_allclose(scores, true_scores, rtol=0, atol=5e-16)
    assert scores.dtype == np.float64


def test_what_is_left_out_and_beyond_the_restriction_is_no_answer(rng, chunks):
    matrix, queries = rng.normal(size=(100, 3)), rng.normal(size=(4, 3))
    truth = by_hand(matrix, queries)
    left_out = [ranked(truth, 3)[0][0], [], [99, 0], range(100)]
    ids, scores = nearest(matrix, row_lengths(matrix), queries, 5, left_out=left_out)
    true_ids, true_scores = ranked(truth, 5, left_out)
    np.testing.assert_array_equal(ids, true_ids)
    np.testing.assert_allclose(scores, true_scores, rtol=0, atol=5e-16)
    assert (ids[3] == -1).all()
    for restrict in (1, 7, 64, 99, 100, 10**9):
        ids, _ = nearest(matrix, row_lengths(matrix), queries, 5, left_out=left_out, restrict=restrict)
        np.testing.assert_array_equal(
            ids, ranked(truth[:, :restrict], 5, [[i for i in o if i < restrict] for o in left_out])[0]
        )


def test_ties_are_ranked_by_row(chunks):
    matrix = np.ones((600, 2), np.float32) * 2.0 ** (np.arange(600) % 5)[:, None]
    matrix[[5, 77]] = [1, 0]
    ids, scores = nearest(matrix, row_lengths(matrix), np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), 4)
    assert ids.tolist() == [[0, 1, 2, 3], [5, 77, 0, 1], [0, 1, 2, 3]]
    assert scores[1].tolist() == pytest.approx([1, 1, 2**-0.5, 2**-0.5], rel=1e-15)
    assert scores[2].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("top_n", [1, 5, 300])
def test_rows_that_single_precision_cannot_tell_apart_are_ranked_exactly(top_n, chunks):
    """The angles of these rows differ by 1e-7, their cosines by 1e-14 and more."""
    angles = 1e-7 * np.random.default_rng(4).permutation(300)
    matrix = np.column_stack([np.full(300, 2.0**30), 2.0**30 * angles]).astype(np.float32)
    truth = np.argsort(matrix[:, 1], kind="stable")
    ids, scores = nearest(matrix, row_lengths(matrix), np.array([[1.0, 0.0]]), top_n)
    assert ids[0].tolist() == truth[:top_n].tolist()
    assert (np.diff(scores[0]) < 0).all()


def test_the_scores_are_the_same_bits_independently_of_other_queries_and_chunks(rng, monkeypatch):
    matrix, queries = rng.normal(size=(1000, 50)).astype(np.float32), rng.normal(size=(60, 50))
    lengths = row_lengths(matrix)
    ids, scores = nearest(matrix, lengths, queries, 10)
    for size, first in ((2**9, 2), (2**13, 8), (2**16, 1000)):
        monkeypatch.setattr(neighbours, "SCORES", size)
        monkeypatch.setattr(neighbours, "FIRST", first)
        for found, known in zip(nearest(matrix, lengths, queries[::-1], 10), (ids, scores), strict=True):
            np.testing.assert_array_equal(found[::-1], known)
        one, its = nearest(matrix, lengths, queries[7:8], 3)
        assert (one[0].tolist(), its[0].tolist()) == (ids[7, :3].tolist(), scores[7, :3].tolist())
    whole = cosines(matrix, lengths, queries[7])
    assert whole[ids[7]].tolist() == scores[7].tolist()
    assert cosines(matrix[ids[7]], lengths[ids[7]], queries[7]).tolist() == scores[7].tolist()
    np.testing.assert_allclose(whole, by_hand(matrix[:], queries[7:8])[0], rtol=0, atol=5e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_scores_are_the_same_bits_for_a_matrix_that_is_stored_by_columns(rng, dtype):
    matrix, queries = rng.normal(size=(500, 50)).astype(dtype), rng.normal(size=(3, 50))
    expected = nearest(matrix, row_lengths(matrix), queries, 500)
    for other in (
        np.asfortranarray(matrix),
        np.repeat(matrix, 2, axis=1)[:, ::2],
    ):  # pandas' to_numpy() is by columns
        lengths = row_lengths(other)
        for found, known in zip(nearest(other, lengths, queries, 500), expected, strict=True):
            np.testing.assert_array_equal(found, known)
        np.testing.assert_array_equal(cosines(other, lengths, queries[0])[expected[0][0]], expected[1][0])


@pytest.mark.parametrize("order", ["rising", "falling"])
def test_sorted_rows(order, chunks):
    """The worst orders for a threshold that rises during the search."""
    angles = np.linspace(1, 0, 2000) if order == "rising" else np.linspace(0, 1, 2000)
    matrix = np.column_stack([np.cos(angles), np.sin(angles)])
    ids, scores = nearest(matrix, row_lengths(matrix), np.array([[1.0, 0.0]]), 5)
    assert ids[0].tolist() == ([1999, 1998, 1997, 1996, 1995] if order == "rising" else [0, 1, 2, 3, 4])
    np.testing.assert_allclose(scores[0], np.sort(np.cos(angles))[::-1][:5], rtol=1e-15)


def test_memory_is_bounded_where_all_rows_are_alike(monkeypatch):
    monkeypatch.setattr(neighbours, "SCORES", 1024)
    found, kept = [], []
    above, ranked = neighbours._above, neighbours._ranked
    monkeypatch.setattr(neighbours, "_above", lambda *given: (found.append(above(*given)), found[-1])[1])
    monkeypatch.setattr(neighbours, "_ranked", lambda *given: (kept.append(ranked(*given)), kept[-1])[1])
    matrix = np.ones((5000, 2))
    ids, _ = nearest(matrix, row_lengths(matrix), np.ones((3, 2)), 4)
    assert ids.tolist() == [[0, 1, 2, 3]] * 3
    assert len(kept) > 5
    assert {len(query) for query, _, _ in kept} == {12}
    assert max(len(query) for query, _, _ in found) < 3 * 1024


def test_rows_longer_than_single_precision_can_tell():
    angles = np.random.default_rng(6).permutation(np.linspace(0.75, 0.82, 200))
    matrix = (np.column_stack([np.cos(angles), np.sin(angles)]) * 4.5e38).astype(np.float32)
    matrix[::2] = [1, 0]
    ids, _ = nearest(matrix, row_lengths(matrix), np.array([[1.0, 1.0]]), 5)
    np.testing.assert_array_equal(ids, ranked(by_hand(matrix.astype(float) / 1e38, [[1, 1]]), 5)[0])


@pytest.mark.parametrize("scale", [1e-43, 1e-38, 1e-31, 1e31, 3e38])
def test_float32_rows_near_the_ends_of_the_range(scale):
    """Also next to rows of usual length, and where the length is no single-precision number any more."""
    angles = np.random.default_rng(6).permutation(np.linspace(0, 1.5, 400))
    matrix = (np.column_stack([np.cos(angles), np.sin(angles)]) * scale).astype(np.float32)
    matrix[::2] = np.column_stack([np.cos(angles), np.sin(angles)])[::2]
    known = by_hand(matrix.astype(float) / np.where(np.arange(400) % 2, scale, 1)[:, None], [[1, 1]])
    ids, _ = nearest(matrix, row_lengths(matrix), np.array([[1.0, 1.0]]), 5)
    np.testing.assert_array_equal(ids, ranked(known, 5)[0])


@pytest.mark.parametrize("dtype", [np.float16, np.int64, ">f4", ">f8"])
def test_other_types_of_numbers(rng, dtype, chunks):
    matrix, queries = (9 * rng.normal(size=(301, 5))).astype(dtype), rng.normal(size=(2, 5))
    ids, scores = nearest(matrix, row_lengths(matrix), queries, 6)
    true_ids, true_scores = ranked(by_hand(matrix, queries), 6)
    np.testing.assert_array_equal(ids, true_ids)
    np.testing.assert_allclose(scores, true_scores, rtol=0, atol=5e-16)


def test_rounding_makes_no_score_larger_than_1(rng):
    matrix = rng.normal(size=(300, 7))
    assert nearest(matrix, row_lengths(matrix), matrix, 1)[1].max() == 1


def test_views_and_files_that_cannot_be_written_to(rng, tmp_path, chunks):
    table, queries = rng.normal(size=(300, 8)).astype(np.float32), rng.normal(size=(3, 8))
    np.save(tmp_path / "matrix.npy", table)
    known = nearest(table, row_lengths(table), queries, 5)
    wide = np.zeros((600, 16), np.float32)
    wide[::2, ::2] = table
    for matrix in (np.load(tmp_path / "matrix.npy", mmap_mode="r"), np.asfortranarray(table), wide[::2, ::2]):
        for found, truth in zip(nearest(matrix, row_lengths(matrix), queries, 5), known, strict=True):
            np.testing.assert_array_equal(found, truth)


def test_nothing_to_find_or_to_ask(rng):
    matrix = rng.normal(size=(5, 3))
    for rows, queries, top_n, restrict, shape in (
        (5, 2, 0, None, (2, 0)),
        (5, 2, -3, None, (2, 0)),
        (5, 0, 4, None, (0, 4)),
        (0, 2, 4, None, (2, 0)),
        (5, 2, 4, 0, (2, 0)),
    ):
        some = matrix[:rows]
        ids, scores = nearest(some, row_lengths(some), np.ones((queries, 3)), top_n, restrict=restrict)
        assert ids.shape == scores.shape == shape


# 3CosMul


@pytest.fixture
def terms(rng):
    """Eight queries with none to three terms on each side."""
    positive, negative = rng.integers(-1, 9, (8, 3)), rng.integers(-1, 9, (8, 2))
    return Terms(rng.normal(size=(9, 6)), positive, negative)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("top_n", [1, 10, 501])
def test_products_are_those_of_brute_force(rng, terms, dtype, top_n, chunks):
    matrix = rng.normal(size=(501, 6)).astype(dtype)
    left_out = [rng.integers(0, 501, 3).tolist() for _ in range(8)]
    ids, scores = nearest(matrix, row_lengths(matrix), terms, top_n, left_out=left_out)
    true_ids, true_scores = ranked(products_by_hand(matrix, terms), top_n, left_out)
    np.testing.assert_array_equal(ids, true_ids)
    np.testing.assert_allclose(scores, true_scores, rtol=1e-12)


def test_products_where_the_denominator_vanishes(chunks):
    """Opposite to what is not wanted the quotient is largest, and least certain."""
    angles = np.pi + np.linspace(-0.002, 0.002, 401)
    matrix = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    terms = Terms(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0]]), np.array([[1]]))
    ids, scores = nearest(matrix, row_lengths(matrix), terms, 8)
    true_ids, true_scores = ranked(products_by_hand(matrix, terms), 8)
    np.testing.assert_array_equal(ids, true_ids)
    np.testing.assert_allclose(scores, true_scores, rtol=1e-9)


def test_products_are_the_same_bits_independently_of_other_queries(rng, terms, monkeypatch):
    matrix = rng.normal(size=(900, 6)).astype(np.float32)
    ids, scores = nearest(matrix, row_lengths(matrix), terms, 7)
    monkeypatch.setattr(neighbours, "SCORES", 2000)
    for i in range(8):
        one = Terms(terms.vectors, terms.positive[i : i + 1], terms.negative[i : i + 1])
        found, its = nearest(matrix, row_lengths(matrix), one, 7)
        assert found[0].tolist() == ids[i].tolist()
        assert its[0].tolist() == scores[i].tolist()


# the bounds


@pytest.mark.parametrize("dim", [1, 2, 50, 1000])
def test_the_bounds_hold(rng, dim):
    """All scores lie between their bounds, which are not much wider than they must be."""
    matrix = rng.normal(size=(400, dim)).astype(np.float32)
    lengths = row_lengths(matrix)
    pair = tuple(np.indices((3, 400)).reshape(2, -1))
    vectors = rng.normal(size=(4, dim))
    terms = Terms(vectors, np.array([[0, 1], [2, 3], [1, -1]]), np.array([[2, 3], [0, -1], [3, 0]]))
    cosine, product = neighbours._Cosine(matrix, lengths, vectors[:3]), neighbours._Product(matrix, lengths, terms)
    for score in (cosine, product):
        low, high = score.bounds(slice(0, 400))
        exact = score.exact(*pair).reshape(3, 400)
        assert (low.astype(float) - score.slack <= exact).all()
        assert (exact <= high.astype(float) + score.slack).all()
    assert cosine.slack < 5e-7 * (dim + 8)


# what is refused


def test_queries_that_are_not_finite_are_refused(rng):
    matrix = rng.normal(size=(5, 3))
    lengths, terms = row_lengths(matrix), Terms(np.full((1, 3), np.inf), np.array([[0]]), np.empty((1, 0), int))
    with pytest.raises(
        ValueError, match="row 1 of the queries holds NaN or infinity: expected finite numbers; leave it out"
    ):
        nearest(matrix, lengths, np.array([[1, 2, 3], [1, np.nan, 2]]), 2)
    with pytest.raises(ValueError, match="row 0 of the queries holds NaN or infinity"):
        nearest(matrix, lengths, terms, 2)
