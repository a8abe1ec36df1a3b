"""word2vec/evaluation/correlation.py: against definitions worked out one number at a time, and against scipy."""

import numpy as np
import pytest
from scipy import stats

from word2vec.evaluation import correlation
from word2vec.evaluation.correlation import bootstrap, pearson, spearman, two_sided_p


def ranks_by_hand(x):
    """The rank of each number: one more than smaller ones are there, plus half the number of other equals."""
    return np.array([1 + sum(b < a for b in x) + (sum(b == a for b in x) - 1) / 2 for a in x])


def pearson_by_hand(x, y):
    dx, dy = x - sum(x) / len(x), y - sum(y) / len(y)
    return float(dx @ dy / np.sqrt((dx @ dx) * (dy @ dy)))


@pytest.mark.parametrize("n", [2, 3, 10, 101])
@pytest.mark.parametrize("ties", [False, True])
def test_both_correlations_are_those_of_their_definitions(n, ties):
    rng = np.random.default_rng(n)
    x, y = (rng.normal(size=n).round(0 if ties and n > 3 else 9) for _ in range(2))
    assert pearson(x, y) == pytest.approx(pearson_by_hand(x, y), abs=1e-14)
    assert spearman(x, y) == pytest.approx(pearson_by_hand(ranks_by_hand(x), ranks_by_hand(y)), abs=1e-14)
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y)[0], abs=1e-13)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0], abs=1e-13)


def test_examples_done_by_hand():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert spearman(x, np.array([10.0, 30.0, 20.0, 40.0])) == pytest.approx(0.8, abs=1e-15)  # 1 − 6·2/(4·15)
    # ranks 1, 2.5, 2.5, 4: covariance 4.5, squares 5 and 4.5
    assert spearman(x, np.array([0.0, 7.0, 7.0, 9.0])) == pytest.approx(np.sqrt(0.9), abs=1e-15)
    assert pearson(x, 3 - 2 * x) == -1
    assert spearman(x, np.exp(x)) == 1


@pytest.mark.parametrize("f", [pearson, spearman])
def test_what_is_constant_has_no_correlation(f):
    x = np.array([1.0, 2.0, 5.0])
    for constant in (np.full(3, 0.1), np.zeros(3)):
        assert np.isnan(f(x, constant))
        assert np.isnan(f(constant, x))


@pytest.mark.parametrize(("r", "n"), [(0.5, 10), (-0.2, 353), (0.99, 5), (0.0, 4), (1.0, 7), (-1.0, 7)])
def test_p_values(r, n):
    t = stats.t(n - 2)
    with np.errstate(divide="ignore"):
        expected = 2 * t.sf(abs(r) * np.sqrt((n - 2) / np.float64(1 - r * r)))
    assert two_sided_p(r, n) == pytest.approx(expected, rel=1e-9)


def test_two_pairs_have_no_p_value():
    assert np.isnan(two_sided_p(1.0, 2))


def resampled_by_hand(x, y, samples, confidence, rng):
    n, found = len(x), []
    for drawn in rng.integers(n, size=(samples, n)):
        a, b = ranks_by_hand(x[drawn]), ranks_by_hand(y[drawn])
        if np.ptp(a) and np.ptp(b):
            found.append(pearson_by_hand(a, b))
    return np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])


@pytest.mark.parametrize("n", [3, 4, 12])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_bootstrap_ranks_each_resampling_anew(n, confidence):
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, n, size=(2, n)).astype(float)
    x[:2], y[:2] = (0, 1), (0, 1)
    found = bootstrap(x, y, 60, confidence, np.random.default_rng(7))
    expected = resampled_by_hand(x, y, 60, confidence, np.random.default_rng(7))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_blocks_of_the_bootstrap_cover_all_samples(monkeypatch):
    x, y = np.random.default_rng(1).normal(size=(2, 10))
    whole = bootstrap(x, y, 37, 0.9, np.random.default_rng(3))
    for block in (1, 50, 370):
        monkeypatch.setattr(correlation, "BLOCK", block)
        assert bootstrap(x, y, 37, 0.9, np.random.default_rng(3)) == whole


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, truth = np.random.default_rng(11), 6 / np.pi * np.arcsin(0.6 / 2)  # ρ of a normal pair with r = 0.6
    inside = 0
    for _ in range(200):
        x, e = rng.normal(size=(2, 60))
        low, high = bootstrap(x, 0.6 * x + 0.8 * e, 200, 0.9, rng)
        inside += low < truth < high
    assert 0.8 <= inside / 200 <= 0.96


def test_resamplings_of_equal_numbers_are_left_out():
    x = np.array([0.0, 1.0])
    assert bootstrap(x, x, 50, 0.95, np.random.default_rng(0)) == (1, 1)
    assert bootstrap(x, -x, 50, 0.95, np.random.default_rng(0)) == (-1, -1)


def test_without_any_resampling_left_there_is_no_interval():
    seed = next(s for s in range(20) if len(set(np.random.default_rng(s).integers(2, size=2))) == 1)
    x = np.array([0.0, 1.0])
    assert np.isnan(bootstrap(x, x, 1, 0.95, np.random.default_rng(seed))).all()
