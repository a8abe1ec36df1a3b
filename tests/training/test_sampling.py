"""word2vec/training/sampling.py: what is drawn follows its distribution, and is the same for the same seed."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from word2vec.training.sampling import (
    draw_words,
    keep_probability,
    noise_distribution,
    noise_table,
    sentence_numbers,
    subsample,
    window_sizes,
)


def fits(observed, probability):
    """Tell by Pearson's chi-square test whether counts may come from a distribution; cells of 0 must be 0."""
    observed, expected = np.asarray(observed), np.asarray(probability) * np.sum(observed)
    assert not observed[expected == 0].any()
    return chisquare(observed[expected > 0], expected[expected > 0]).pvalue > 1e-3


# which words stay


@pytest.mark.parametrize("sample", [1e-2, 1e-4])
def test_words_stay_as_in_the_c_code(sample):
    """word2vec.c: ran = (sqrt(cn / (sample·train_words)) + 1)·(sample·train_words) / cn, kept if ran ≥ u."""
    counts = np.array([1000, 300, 20, 3, 1])
    total = counts.sum()
    expected = [(np.sqrt(cn / (sample * total)) + 1) * (sample * total) / cn for cn in counts]
    assert expected[0] < 0.2
    assert (max(expected) > 1) == (sample == 1e-2)
    np.testing.assert_allclose(keep_probability(counts, sample), np.minimum(1, expected), rtol=1e-15)


def test_sample_zero_keeps_every_word():
    assert keep_probability([5, 1, 0], 0).tolist() == [1, 1, 1]


def test_words_without_count_stay_without_warning():
    for counts in ([9, 0], [0, 0]):
        keep = keep_probability(counts, 1e-3)
        assert ((keep >= 0) & (keep <= 1)).all()
    assert keep_probability([], 1e-3).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (([1], -1e-3), r"^sample is -0\.001: expected a threshold such as 0\.001, or 0 to keep all words$"),
        (([1], np.nan), "^sample is nan"),
        (([1], np.inf), "^sample is inf"),
        (([-1], 1), r"^counts of shape \(1,\): expected one finite number for each word, none negative$"),
        (([np.nan], 1), r"^counts of shape \(1,\)"),
        (([[1]], 1), r"^counts of shape \(1, 1\)"),
    ],
)
def test_staying_refuses_what_makes_no_sense(arguments, expected):
    with pytest.raises(ValueError, match=expected):
        keep_probability(*arguments)


def test_subsampling_keeps_each_word_with_its_probability():
    rng = np.random.default_rng(1)
    keep = np.array([0.05, 0.5, 0.999, 1.0, 0.0])
    ids = np.repeat(np.arange(5, dtype=np.int32), 20_000)
    kept, sentences = subsample(ids, ids + 7, keep, rng)
    assert kept.dtype == sentences.dtype == np.int32
    np.testing.assert_array_equal(sentences, kept + 7)
    assert (np.diff(kept) >= 0).all()
    n = np.bincount(kept, minlength=5)
    assert n[3:].tolist() == [20_000, 0]
    for i in range(3):
        assert fits([n[i], 20_000 - n[i]], [keep[i], 1 - keep[i]])


def test_words_stay_independently_of_each_other():
    rng = np.random.default_rng(2)
    place = np.arange(40_000, dtype=np.int32)
    kept, _ = subsample(place, place, np.full(40_000, 0.5), rng)
    stays = np.isin(place, kept)
    assert fits(np.bincount(stays[::2] * 2 + stays[1::2]), [0.25] * 4)


def test_subsampling_with_all_ones_changes_nothing():
    ids, sentences = np.array([3, 1, 3], np.int32), np.array([0, 0, 1], np.int32)
    for found, expected in zip(
        subsample(ids, sentences, np.ones(4), np.random.default_rng(0)), (ids, sentences), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_subsampling_nothing_gives_nothing():
    none = np.zeros(0, np.int32)
    kept, sentences = subsample(none, none, np.ones(3), np.random.default_rng(0))
    assert kept.shape == sentences.shape == (0,)


@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=20), data=st.data())
def test_sentence_numbers_are_those_of_plain_python(lengths, data):
    numbers = [i for i, length in enumerate(lengths) for _ in range(length)]
    start = data.draw(st.integers(0, len(numbers)))
    stop = data.draw(st.integers(start, len(numbers)))
    found = sentence_numbers(np.cumsum(lengths), start, stop)
    assert found.dtype == np.int32
    assert found.tolist() == numbers[start:stop]


# windows


@pytest.mark.parametrize("window", [1, 2, 5, 10])
def test_windows_are_uniform_from_one_to_the_largest(window):
    sizes = window_sizes(50_000, window, np.random.default_rng(3))
    assert sizes.dtype == np.int32
    assert sizes.min() == 1
    assert sizes.max() == window
    assert window == 1 or fits(np.bincount(sizes)[1:], np.full(window, 1 / window))


def test_no_window_is_refused():
    with pytest.raises(ValueError, match=r"^window is 0: expected at least 1$"):
        window_sizes(3, 0, np.random.default_rng(0))
    assert window_sizes(0, 5, np.random.default_rng(0)).shape == (0,)


# negatives


def test_noise_is_the_power_of_the_counts():
    counts = np.array([100, 10, 1, 0])
    expected = np.array([100**0.75, 10**0.75, 1, 0])
    np.testing.assert_allclose(noise_distribution(counts), expected / expected.sum(), rtol=1e-15)
    assert noise_distribution(counts, 1).tolist() == (counts / 111).tolist()
    assert noise_distribution(counts, 0).tolist() == [0.25] * 4
    np.testing.assert_allclose(noise_distribution([1, 2], -1), [2 / 3, 1 / 3], rtol=1e-15)
    assert noise_distribution([7]).tolist() == [1]


@pytest.mark.parametrize(
    ("counts", "exponent", "expected"),
    [
        ([0, 0], 0.75, r"^counts\^0\.75 sum to 0\.0 over 2 words: expected positive counts, a finite exponent$"),
        ([], 0.75, r"sum to 0\.0 over 0 words"),
        ([1, 0], -1, r"^counts\^-1 sum to inf .*; words without counts, as of start_from, need an exponent"),
        ([1, 2], np.inf, r"^counts\^inf sum to inf"),
        ([1, 10], 400, r"^counts\^400 sum to inf"),
        ([1, 2], np.nan, r"^counts\^nan sum to nan"),
        ([1, -2], 1, r"^counts of shape \(2,\): expected one finite number"),
    ],
)
def test_noise_refuses_what_makes_no_distribution(counts, exponent, expected):
    with pytest.raises(ValueError, match=expected):
        noise_distribution(counts, exponent)


def distribution(table):
    """Return the probability of each word that a table stands for."""
    n = len(table.alias)
    return (table.threshold + np.bincount(table.alias, 1 - table.threshold, n)) / n


TABLES = {
    "one word": [3.0],
    "two words": [1, 3],
    "even": np.ones(7),
    "even, not exact in binary": np.full(1000, 0.1),
    "some are 0": [0, 1, 0, 0, 5, 0],
    "one has all": [0, 0, 1, 0],
    "Zipf": 1 / np.arange(1, 20_001) ** 0.75,
    "reversed": 1 / np.arange(20_000, 0, -1.0),
    "random": np.random.default_rng(4).random(20_001),
    "many of the same, where sums of floats drift": 1 / np.minimum(np.arange(1, 300_001), 1000),
    "heavy": np.random.default_rng(4).pareto(0.5, 5000),
    "tiny": [1e-300, 1.0, 1e-300],
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_stands_for_its_distribution(name):
    weight = np.asarray(TABLES[name], float)
    table = noise_table(weight)
    assert table.threshold.min() >= 0
    assert table.threshold.max() <= 1
    np.testing.assert_allclose(
        distribution(table), weight / weight.sum(), rtol=2e-11, atol=2**-60
    )  # the sum in the test drifts, too


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.5, 1e-9]), min_size=1, max_size=30))
@example([0.0, 1.0, 0.0625, 0.0, 1.0, 0.0625])  # large word 1 is drained exactly where a small one ends
def test_any_distribution_has_a_table(weights):
    weights = np.array(weights)
    if not weights.sum() > 1e-300:
        return
    table = noise_table(weights)
    assert ((table.threshold >= 0) & (table.threshold <= 1)).all()
    np.testing.assert_allclose(distribution(table), weights / weights.sum(), rtol=1e-13, atol=1e-16)


def test_no_distribution_no_table():
    with pytest.raises(ValueError, match=r"expected positive counts"):
        noise_table([0.0, 0.0])


@pytest.mark.parametrize("exponent", [0, 0.75, 1])
@pytest.mark.parametrize("n_words", [1, 2, 300])
def test_draws_follow_the_distribution(exponent, n_words):
    probability = noise_distribution(1000 // np.arange(1, n_words + 1), exponent)
    words = draw_words(noise_table(probability), 300_000, np.random.default_rng(5))
    assert words.dtype == np.int32
    assert n_words == 1 or fits(np.bincount(words, minlength=n_words), probability)
    assert words.max() < n_words


def test_the_test_of_draws_finds_a_wrong_distribution():
    rng = np.random.default_rng(6)
    right, wrong = (noise_distribution(1000 // np.arange(1, 301), e) for e in (0.75, 0.73))
    assert not fits(np.bincount(draw_words(noise_table(wrong), 300_000, rng), minlength=300), right)


def test_words_without_probability_are_never_drawn():
    words = draw_words(noise_table([0, 1, 0, 2, 0]), 100_000, np.random.default_rng(7))
    assert np.flatnonzero(np.bincount(words, minlength=5)).tolist() == [1, 3]


def test_successive_draws_are_independent():
    words = draw_words(noise_table([0.5, 0.5]), 100_000, np.random.default_rng(8))
    assert fits(np.bincount(words[::2] * 2 + words[1::2]), [0.25] * 4)


@pytest.mark.parametrize("shape", [0, (0, 5), (3, 0), (2, 3), (4, 2, 3)])
def test_draws_have_any_shape(shape):
    words = draw_words(noise_table([1, 2]), shape, np.random.default_rng(9))
    assert words.shape == (shape if isinstance(shape, tuple) else (shape,))


class Constant:
    """A generator of always the same number."""

    def __init__(self, number):
        self.number = number

    def random(self, n):
        return np.full(n, self.number)


def test_the_smallest_random_number_draws_no_word_without_probability():
    assert draw_words(noise_table([0, 1, 0]), 3, Constant(0.0)).tolist() == [1] * 3
    kept, _ = subsample(np.zeros(3, np.int32), np.zeros(3, np.int32), np.zeros(1), Constant(0.0))
    assert kept.tolist() == []


@pytest.mark.parametrize("n_words", [1, 2, 3, 5, 1023, 1024, 1025, 60_001])
def test_the_largest_random_number_draws_no_word_beyond_the_last(n_words):
    assert draw_words(noise_table(np.ones(n_words)), 3, Constant(1 - 2**-53)).tolist() == [n_words - 1] * 3


def test_the_same_seed_draws_the_same():
    table, ids = noise_table([3, 2, 1]), np.arange(1000, dtype=np.int32)

    def draws(seed):
        rng = np.random.default_rng(seed)
        drawn = (
            draw_words(table, 1000, rng),
            window_sizes(1000, 9, rng),
            subsample(ids, ids, np.full(1000, 0.5), rng)[0],
        )
        return [array.tolist() for array in drawn]

    assert draws(1) == draws(1)
    assert all(one != other for one, other in zip(draws(1), draws(2), strict=True))
