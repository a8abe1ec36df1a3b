"""word2vec/plotting/plane.py: the principal plane in numbers, and planes of few or equal vectors."""

import numpy as np
import pytest

from tests.plotting.test_plots import vectors
from word2vec.plotting.plane import plane, principal_plane


@pytest.mark.parametrize("shape", [(24, 10), (5, 2), (3, 8), (40, 3)])
def test_coordinates_are_those_of_the_covariance_up_to_sign(shape):
    X = np.random.default_rng(shape[0]).normal(size=shape) + 5
    coordinates, explained = principal_plane(X)
    covariance = np.cov(X, rowvar=False, bias=True)
    axes, variance, _ = np.linalg.svd(covariance)
    truth = (X - X.mean(axis=0)) @ axes[:, :2]
    np.testing.assert_allclose(abs(coordinates), abs(truth), rtol=0, atol=1e-13)
    np.testing.assert_allclose(explained, variance[:2] / np.trace(covariance), rtol=1e-13)
    np.testing.assert_allclose(coordinates.T @ coordinates / len(X), np.diag(variance[:2]), rtol=0, atol=1e-13)


def test_the_point_farthest_out_is_on_the_positive_side():
    for seed in range(10):
        X = vectors(seed=seed)
        coordinates, _ = principal_plane(X)
        for axis in coordinates.T:
            assert axis[abs(axis).argmax()] > 0
        np.testing.assert_allclose(principal_plane(-X)[0], coordinates, rtol=0, atol=1e-13)


def test_a_plane_is_shown_as_it_is():
    X = np.array([[0.0, 0], [4, 0], [4, 2], [0, 2], [9, 1]])
    coordinates, explained = principal_plane(X + np.array([100, -100]))
    np.testing.assert_allclose(coordinates[:, 0], X[:, 0] - 3.4, rtol=0, atol=1e-12)
    np.testing.assert_allclose(abs(coordinates[:, 1]), abs(X[:, 1] - 1), rtol=0, atol=1e-12)
    assert explained.sum() == pytest.approx(1, rel=1e-14)


def test_equal_vectors_explain_nothing():
    coordinates, explained = principal_plane(np.ones((3, 4)))
    assert not coordinates.any()
    assert explained.tolist() == [0, 0]


def test_the_plane_of_vectors_leaves_them_alone():
    X = vectors()
    X.flags.writeable = False
    coordinates, _ = principal_plane(X)  # a write into X would raise
    assert not np.shares_memory(coordinates, X)


@pytest.mark.parametrize("method", ["svd", "tsne"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble, np.int8, np.uint16, bool])
def test_numbers_of_every_type_are_those_in_double_precision(method, dtype):
    X = (10 * abs(vectors(8))).astype(dtype)
    points, labels = plane(X, method)
    truth, names = plane(X.astype(np.float64), method)
    np.testing.assert_array_equal(points, truth)
    assert points.dtype == np.float64
    assert labels == names


@pytest.mark.parametrize("method", ["svd", "tsne"])
@pytest.mark.parametrize("exponent", [-1000, 900])
def test_sizes_whose_squares_are_no_numbers(method, exponent):
    X = vectors(8)
    points, labels = plane(np.ldexp(X, exponent), method)
    truth, names = plane(X, method)
    np.testing.assert_array_equal(points, np.ldexp(truth, exponent if method == "svd" else 0))
    assert labels == names


@pytest.mark.parametrize("X", [[[0.1, 0.7], [0.3, -0.2]], [[0.1], [0.2], [0.7]], [[0.1, 0.3]] * 3], ids=str)
def test_rounding_errors_are_no_second_axis(X):
    points, _ = plane(X)
    assert not points[:, 1].any()
    assert points[:, 0].any() == (X[0] != X[1])


@pytest.mark.parametrize("method", ["svd", "tsne"])
def test_one_word_lies_in_the_middle(method):
    assert plane([[3.0, 4.0]], method)[0].tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            np.zeros((0, 3)),
            r"vectors is an array of shape \(0, 3\) of float64: expected real numbers \(n, D\), a row",
        ),
        (np.zeros((3, 0)), r"shape \(3, 0\)"),
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((2, 2), complex), r"of complex128"),
        (np.array([["a", "b"]]), r"of <U1"),
        (np.array([[1, None]]), r"of object"),
        (np.array([[1.0], [np.inf], [np.nan]]), r"row 1 \('b'\) of the vectors holds NaN or infinity, as do 1 more"),
    ],
)
def test_what_has_no_place_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        plane(X, words=list("abc"))


@pytest.mark.parametrize("method", ["svd", "tsne"])
@pytest.mark.parametrize("X", [np.array([[1.0], [2]]), np.ones((3, 4)), vectors(3, D=1)], ids=["two", "equal", "D=1"])
def test_other_planes_of_few_or_equal_vectors(method, X):
    points, labels = plane(X, method)
    assert points.shape == (len(X), 2)
    assert np.isfinite(points).all()
    assert "nan" not in labels[0]
