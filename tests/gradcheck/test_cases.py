"""word2vec/gradcheck/cases.py: the expected numbers are what word2vec computes, with the starter test's seeds."""

import random

import numpy as np
import pytest

import word2vec
from word2vec.gradcheck import gradcheck_naive
from word2vec.gradcheck.cases import NEGSAMP, SOFTMAX

WORDS = ["a", "b", "c", "d", "e"]
TOKENS = {word: i for i, word in enumerate(WORDS)}


class Dataset:
    """The starter test's: words and contexts drawn evenly from a to e."""

    def sampleTokenIdx(self):
        return random.randint(0, 4)

    def getRandomContext(self, C):
        return WORDS[random.randint(0, 4)], [WORDS[random.randint(0, 4)] for _ in range(2 * C)]


@pytest.fixture
def vectors():
    random.seed(31415)
    np.random.seed(9265)
    return word2vec.normalizeRows(np.random.randn(10, 3))


def assert_is_what_word2vec_computes(case, vectors, *rest):
    found = word2vec.skipgram(case.centre, case.size, list(case.outside), TOKENS, vectors[:5], vectors[5:], *rest)
    grad_V = np.zeros((5, 3))
    grad_V[TOKENS[case.centre]] = case.centre_row
    np.testing.assert_allclose(found[0], case.loss, rtol=1e-14)
    # the rows are written with 12 decimals
    np.testing.assert_allclose(found[1], grad_V, rtol=0, atol=5.001e-13)
    np.testing.assert_allclose(found[2], case.outside_rows, rtol=0, atol=5.001e-13)


def test_softmax_cases(vectors):
    for case in SOFTMAX:
        assert_is_what_word2vec_computes(case, vectors, Dataset())


def test_negative_sampling_cases_after_the_two_gradient_checks(vectors, capsys):
    dataset = Dataset()
    for pair_loss in (word2vec.naiveSoftmaxLossAndGradient, word2vec.negSamplingLossAndGradient):

        def batch(x, pair_loss=pair_loss):
            return word2vec.word2vec_sgd_wrapper(word2vec.skipgram, TOKENS, x, dataset, 5, pair_loss)

        assert gradcheck_naive(batch, vectors)
    for case in NEGSAMP:  # one after the other, without seeding again
        assert_is_what_word2vec_computes(case, vectors, dataset, word2vec.negSamplingLossAndGradient)
    capsys.readouterr()


def test_the_published_losses():
    """As the hand-outs print them; the second list is the course's of 2020 on."""
    assert [case.loss for case in SOFTMAX] == [11.166109001533979, 9.87714910003414, 10.810758628593335]
    assert [case.loss for case in NEGSAMP] == [16.15119285363322, 28.653567707668795, 60.648705494891914]


def test_windows_of_the_starter_test():
    six = ("a", "b", "e", "d", "b", "c")
    assert [case[:3] for case in SOFTMAX] == [("c", 3, six), ("b", 3, six), ("a", 3, six)]
    assert [case[:3] for case in NEGSAMP] == [("c", 1, ("a", "b")), ("c", 2, ("a", "b", "c", "a")), ("a", 3, six)]


@pytest.mark.parametrize("case", SOFTMAX)
def test_softmax_gradients_of_all_outside_vectors_sum_to_zero(case):
    np.testing.assert_allclose(np.sum(case.outside_rows, axis=0), 0, atol=3e-12)


@pytest.mark.parametrize("case", SOFTMAX + NEGSAMP)
def test_outside_gradients_are_multiples_of_the_centre_vector(case, vectors):
    """∂J/∂u_w = δ_w v_c: a slip of the pen in one of the numbers would show."""
    rows, v_c = np.array(case.outside_rows), vectors[TOKENS[case.centre]]
    np.testing.assert_allclose(rows, np.outer(rows @ v_c / (v_c @ v_c), v_c), rtol=0, atol=1e-12)
