"""word2vec/training/sigmoids.py: weighted sigmoids in place of their scores, also far out."""

import numpy as np
import pytest

from word2vec.functions import sigmoid
from word2vec.training.sigmoids import sigmoid_of_minus


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 3e-7), (np.float64, 1e-15), (np.complex128, 1e-15)])
def test_it_is_the_weighted_sigmoid_in_place(dtype, tolerance):
    x = np.linspace(-30, 30, 41).reshape(1, 41).astype(dtype)
    weights = np.array([[0.5], [2], [0]], np.empty(0, dtype).real.dtype)
    x = np.repeat(x, 3, axis=0)
    truth = weights * sigmoid(-x.astype(np.result_type(dtype, np.float64)))
    assert sigmoid_of_minus(x, weights) is x
    np.testing.assert_allclose(x, truth, rtol=2 * tolerance, atol=tolerance)


def test_scores_far_out_have_sigmoids_of_0_and_1_and_no_warning():
    x = np.array([-1e4, -100, 100, 1e4, np.inf, -np.inf], np.float32)
    assert sigmoid_of_minus(x).tolist() == pytest.approx([1, 1, 0, 0, 0, 1], abs=1e-40)


def test_a_score_that_is_no_number_stays_none():
    assert np.isnan(sigmoid_of_minus(np.array([np.nan]), 0.0)).all()
