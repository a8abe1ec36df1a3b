"""word2vec/training/bands.py: a band is the same matrix by centres and by tokens."""

import tracemalloc

import numpy as np
import pytest

from word2vec.training.bands import Band, Reach, by_offset

SHAPES = [
    {"n": 32, "group": 16, "window": 3, "block": 4},
    {"n": 16, "group": 16, "window": 1, "block": 1},
    {"n": 32, "group": 16, "window": 4, "block": 8},  # a block reaches all of its group: one block
    {"n": 24, "group": 8, "window": 20, "block": 2},
    {"n": 96, "group": 48, "window": 5, "block": 16},
]


def matrices(band, values):
    """The matrix (G, G + 2C) of each group, one number after the other."""
    found = np.zeros((len(values), band.group, band.group + 2 * band.window))
    for g, c, k in np.ndindex(values.shape):
        found[g, c, c + k] = values[g, c, k]
    return found


@pytest.fixture(params=SHAPES, ids=str)
def case(request):
    """A band, random numbers that were written into it, and the matrices that these make."""
    band = Band(dtype=np.float64, **request.param)
    band.offsets[:] = np.random.default_rng(1).normal(size=band.offsets.shape)
    return band, matrices(band, band.offsets)


def test_blocks_of_centres_hold_all_that_is_in_their_rows(case):
    band, truth = case
    for g, i, r, j in np.ndindex(band.by_centre.shape):
        assert band.by_centre[g, i, r, j] == truth[g, i * band.block + r, i * band.block + j]


def test_products_by_token_are_those_of_the_whole_matrix_transposed(case):
    band, truth = case
    rows, of_tokens = band.centre_rows(3, np.float64)
    rows[:] = np.random.default_rng(2).normal(size=rows.shape)
    found = (band.by_token @ of_tokens).reshape(len(truth), band.tokens, 3)
    width = truth.shape[2]
    by_group = rows.reshape(len(truth), band.group, 3)
    np.testing.assert_allclose(found[:, :width], truth.swapaxes(1, 2) @ by_group, rtol=1e-12, atol=1e-12)
    assert not found[:, width:].any()


def test_products_by_centre_are_those_of_the_whole_matrix(case):
    band, truth = case
    rows, of_centres = band.token_rows(3, np.float64)
    rows[:] = np.random.default_rng(2).normal(size=rows.shape)
    found = (band.by_centre @ of_centres).reshape(len(truth), band.group, 3)
    for g, matrix in enumerate(truth):
        some = rows[g * band.group : g * band.group + matrix.shape[1]]
        np.testing.assert_allclose(found[g], matrix @ some, rtol=1e-12, atol=1e-12)


def test_scores_of_blocks_by_offset(case):
    band, _ = case
    values = np.random.default_rng(3).normal(size=band.by_centre.shape)
    near = band.near(values)
    for g, i, r, k in np.ndindex(near.shape):
        assert near[g, i, r, k] == values[g, i, r, r + k]


def test_what_a_band_takes_of_memory_grows_with_the_window_not_with_its_square():
    for window, most in ((5, 64), (50, 640), (300, 6400)):
        tracemalloc.start()
        Band(2048, 128, window, np.float32)
        assert tracemalloc.get_traced_memory()[1] <= 2048 * 4 * most
        tracemalloc.stop()


@pytest.mark.parametrize("p", [[1], [1, 0.5], [1, 0.8, 0.6, 0.4, 0.2], [0.1, 0.2, 0.3, 0.4]], ids=str)
def test_weights_are_those_in_reach(p):
    offsets = by_offset(p, window := len(p) - 2 * (len(p) == 4))  # four are those of −2, −1, 1, 2
    reach = Reach(offsets, np.float64)
    left, right = (each.ravel() for each in np.indices((window + 1, window + 1)))
    found = reach.weights(left, right, np.empty((len(left), 2 * window + 1)))
    for i, k in np.ndindex(found.shape):
        assert found[i, k] == (offsets[k] if -left[i] <= k - window <= right[i] else 0)
    np.testing.assert_allclose(reach.total(left, right), found.sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize(("n", "group", "block"), [(24, 16, 8), (32, 16, 3)])
def test_sizes_that_do_not_fit_are_refused(n, group, block):
    with pytest.raises(ValueError, match="expected each to divide the last"):
        Band(n, group, 2, np.float32, block)
