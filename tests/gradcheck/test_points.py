"""word2vec/gradcheck/points.py: the six points, and what they make visible."""

import numpy as np
import pytest

from word2vec.gradcheck import Point, check_gradient, good_points
from word2vec.gradcheck.points import SIZES
from word2vec.gradcheck.points import Point as SamePoint

NAMES = ["generic", "small", "saturated", "collisions", "own context", "extreme"]


def points(**options):
    return {point.name: point for point in good_points(**options)}


def test_six_points():
    assert [point.name for point in good_points()] == NAMES
    assert Point is SamePoint


@pytest.mark.parametrize(
    "options", [{}, {"n": 3, "D": 2, "window": 3, "K": 3}, {"n": 12, "D": 7, "window": 6, "K": 20}]
)
@pytest.mark.parametrize("seed", range(3))
def test_what_holds_at_each(options, seed):
    for name, V, U, c, outside, negatives in good_points(**options, rng=np.random.default_rng(seed)):
        sizes = dict(zip(["n", "D", "window", "K"], SIZES[name], strict=True)) | options
        n, D, window, K = sizes.values()
        assert V.shape == U.shape == (n, D)
        assert V.dtype == U.dtype == np.float64
        assert np.abs(V).min() > 0 < np.abs(U).min()
        assert outside.shape == (window,)
        assert negatives.shape == (window, K)
        assert 0 <= c < n
        assert 0 <= min(outside.min(), negatives.min()) <= max(outside.max(), negatives.max()) < n
        assert outside[0] == outside[1]
        assert (c in outside) == (name == "own context")
        assert (negatives == outside[:, None]).any(axis=1).tolist() == [name == "collisions"] * window
        assert all(len(set(row)) < K for row in negatives)  # some negative comes twice
        assert len({id(V), id(U)}) == 2


def test_their_sizes():
    at = points(n=50, D=20, K=50)
    assert 0.5 < np.std(at["generic"].V) < 2
    assert np.abs(at["small"].V).max() <= 0.5 / 20
    assert np.abs(at["small"].U).max() <= 0.5 / 20
    assert np.abs(at["small"].U).max() > 0.4 / 20
    assert np.abs(at["collisions"].U @ at["collisions"].V.T).std() < 10


@pytest.mark.parametrize("seed", range(20))
def test_scores_that_saturate_and_overflow(seed):
    at = points(rng=np.random.default_rng(seed))
    for name, low, high in (("saturated", 25, 30), ("extreme", 749.9, 750.1)):
        _, V, U, c, outside, negatives = at[name]
        scores = U @ V[c]
        assert low <= abs(scores[outside[0]]) <= high
        assert low <= abs(scores[negatives[0, 0]]) <= high
        assert scores[outside[0]] * scores[negatives[0, 0]] < 0
    _, V, U, c, outside, negatives = at["saturated"]
    assert (U[outside] @ V[c]).min() >= 10 - 1e-9
    assert (U[negatives] @ V[c]).max() <= -10 + 1e-9


def test_sizes_vary():
    for k, (low, high) in enumerate([(4, 131), (2, 6), (3, 6), (7, 12)]):
        numbers = [sizes[k] for sizes in SIZES.values()]
        assert (min(numbers), max(numbers)) == (low, high)
        assert {number % 2 for number in numbers} == {0, 1}
    assert points()["small"].V.shape == (4, 4)
    assert (points()["small"].c, points()["saturated"].c) == (0, 6)
    assert (points()["own context"].negatives > 127).any(axis=1).all()


def test_the_same_points_from_the_same_seed():
    for a, b in zip(good_points(rng=0), good_points(rng=np.random.default_rng(0)), strict=True):
        assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
    other = points(rng=np.random.default_rng(1))
    assert not np.array_equal(other["generic"].V, points()["generic"].V)


@pytest.mark.parametrize("options", [{"n": 2}, {"D": 1}, {"window": 2}, {"K": 4}, {"n": 6, "K": 5}])
def test_refusals(options):
    n, D, window, K = ({"n": 5, "D": 3, "window": 4, "K": 10} | options).values()
    with pytest.raises(ValueError, match=r"^n=\d") as refusal:
        next(good_points(**options))
    assert str(refusal.value) == (
        f"n={n}, D={D}, window={window}, K={K}: expected n ≥ 3, D ≥ 2, window ≥ 3 and K ≥ n, so that some negative "
        "must come twice"
    )


# a skip-gram window of negative sampling, and slips that only some points show


def sigma(t):
    return 1 / (1 + np.exp(-t))


def log_sigma(t):
    return np.where(t.real > 0, -np.log1p(np.exp(-t)), t - np.log1p(np.exp(t)))


def window_of(point, slip=""):
    """Make (V, U) → (J, ∂J/∂V, ∂J/∂U), wrong in one way."""

    def f(x):
        V, U = x
        with np.errstate(over="ignore"):
            ids = np.column_stack([point.outside, point.negatives])
            y = np.zeros(ids.shape)
            y[:, 0] = 1
            if slip == "target among the negatives":
                y = np.where(ids == point.outside[:, None], 1.0, 0.0)
            scores = U[ids] @ V[point.c]
            signs = np.where(np.arange(ids.shape[1]) == 0, 1, -1)
            loss = -log_sigma(signs * scores).sum()
            d = sigma(scores) - y
        gV, gU = 0 * V, 0 * U
        if slip == "centre overwritten":
            for i in range(len(ids)):
                gV[point.c] = d[i] @ U[ids[i]]
        else:
            gV[point.c] = np.einsum("ik,ikd->d", d, U[ids])
        rows = d[..., None] * V[point.c]
        if slip == "repeats lost":
            for i in range(len(ids)):
                gU[ids[i]] += rows[i]
        else:
            np.add.at(gU, ids, rows)
        return loss, gV, gU

    return f


@pytest.mark.parametrize("name", NAMES)
def test_a_right_gradient_passes_at_every_point(name):
    point = points()[name]
    report = check_gradient(window_of(point), (point.V, point.U), names=["V", "U"])
    assert report.passed, str(report)


@pytest.mark.parametrize(
    ("slip", "seen"),
    [("centre overwritten", NAMES), ("repeats lost", NAMES), ("target among the negatives", ["collisions"])],
)
def test_where_slips_show(slip, seen):
    found = [
        name
        for name, point in points().items()
        if check_gradient(window_of(point, slip), (point.V, point.U), names=["V", "U"]).verdict == "failed"
    ]
    assert found == seen


@pytest.mark.parametrize("slip", ["", "centre overwritten"])
def test_outside_vectors_of_zero_hide_a_slip_and_are_refused(slip):
    point = points()["generic"]
    report = check_gradient(window_of(point, slip), (point.V, 0 * point.U), names=["V", "U"])
    if slip:
        assert report.verdict == "failed"
        assert report.reason.startswith(
            "every compared entry agrees within its tolerance here, but the gradient is wrong at another point"
        )
    else:
        assert report.verdict == "inconclusive"
        assert report.reason.startswith("the gradient of V is zero in every entry at this point")
