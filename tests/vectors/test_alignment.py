"""word2vec/vectors/alignment.py: one model turned onto another."""

import warnings

import numpy as np
import pytest

from word2vec.vectors.alignment import rotation


@pytest.fixture
def rows():
    return np.random.default_rng(5).normal(size=(2, 30, 4))


def turn(seed, D=4):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(D, D)))[0]


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("centred", [True, False])
def test_no_other_rotation_is_nearer(rows, unit, centred):
    X, Y = (side / np.linalg.norm(side, axis=1, keepdims=True) if unit else side for side in rows)
    X, Y = (side - side.mean(axis=0) if centred else side for side in (X, Y))
    Q = rotation(*rows, unit=unit, centred=centred)
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=1e-14)
    least = np.linalg.norm(X @ Q - Y)
    for seed in range(20):  # far away and nearby, Cayley's rotations
        skew = np.triu(np.random.default_rng(seed).normal(size=(4, 4)), 1) / 100
        near = np.linalg.solve(np.eye(4) + skew - skew.T, np.eye(4) - skew + skew.T)
        assert np.linalg.norm(X @ turn(seed) - Y) > least
        assert np.linalg.norm(X @ Q @ near - Y) > least


def test_the_options_fit_what_they_say(rows):
    """Long rows decide where lengths count, a common shift where means do."""
    first, second = turn(1), turn(2)
    Y = rows[0] @ first
    Y[:3] = 1e6 * rows[0][:3] @ second
    assert np.linalg.norm(rotation(rows[0], Y) - first) < 0.5
    assert np.linalg.norm(rotation(rows[0], Y, unit=False) - first) > 0.5
    shifted = rows[0] @ first + 100 * second[0]
    np.testing.assert_allclose(rotation(rows[0], shifted, unit=False, centred=True), first, atol=1e-12)
    assert np.linalg.norm(rotation(rows[0], shifted, unit=False) - first) > 0.5


def test_scipys_procrustes_is_the_same(rows):
    from scipy.linalg import orthogonal_procrustes

    np.testing.assert_allclose(rotation(*rows, unit=False), orthogonal_procrustes(*rows)[0], atol=1e-13)


@pytest.mark.parametrize("size", [1e-200, 1e200])
@pytest.mark.parametrize("centred", [True, False])
def test_very_small_and_large_numbers_are_turned_alike(rows, size, centred):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Q = rotation(size * rows[0], size * rows[1], unit=False, centred=centred)
    np.testing.assert_allclose(Q, rotation(*rows, unit=False, centred=centred), atol=1e-13)


def test_a_reflection_is_found_again(rows):
    mirror = np.diag([-1.0, 1, 1, 1])
    np.testing.assert_allclose(rotation(rows[0], rows[0] @ mirror), mirror, atol=1e-14)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_words_are_warned_of(rows, n):
    with pytest.warns(UserWarning, match=rf"^{n} words leave the rotation of 4 dimensions open: expected more words"):
        Q = rotation(rows[0, :n], rows[1, :n])
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=1e-14)


def test_as_many_words_as_dimensions_are_enough_unless_they_are_centred(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rotation(rows[0, :4], rows[1, :4])
    with pytest.warns(UserWarning, match=r"^4 words leave the rotation"):
        rotation(rows[0, :4], rows[1, :4], centred=True)


@pytest.mark.parametrize(("side", "name"), [(0, "the vectors"), (1, "the vectors to align to")])
def test_rows_are_finite(rows, side, name):
    rows[side, 2, 1] = np.nan
    with pytest.raises(ValueError, match=rf"^row 2 of {name} holds NaN or infinity"):
        rotation(*rows)


def test_lists_of_rows_are_read_and_those_of_other_shapes_refused(rows):
    np.testing.assert_array_equal(rotation(rows[0].tolist(), rows[1].tolist()), rotation(*rows))
    with pytest.raises(
        ValueError, match=r"^rows has the shape \(5, 4\), onto \(6, 4\): expected two arrays \(n, D\)"
    ):
        rotation(rows[0, :5], rows[1, :6])
