"""word2vec/course/sanity_checks.py: what XCS224N's tests put in and expect, under the names of two years."""

import random

import numpy as np

import utils.sanity_checks
from word2vec import naive_softmax, sigmoid
from word2vec.course.sanity_checks import dummy, inputs, outputs
from word2vec.course.starter_test import SOFTMAX, VECTORS


def test_utils_has_the_same():
    names = {}
    exec("from utils.sanity_checks import *", names)
    assert names["inputs"] is inputs
    assert (names["random"], names["np"], names["dummy"]) == (random, np, dummy)
    assert {*utils.sanity_checks.__all__} == names.keys() - {"__builtins__"}


def test_the_dummy_draws_as_the_starter_test_by_both_names():
    dataset, vectors, tokens = dummy()
    state = np.random.get_state()[1:3]
    np.testing.assert_array_equal(vectors, VECTORS)
    assert (list(tokens), not np.shares_memory(vectors, VECTORS)) == (list("abcde"), True)
    drawn = dataset.sampleTokenIdx(), dataset.getRandomContext(2)
    random.seed(31415)
    assert drawn == (dataset.sample_token_idx(), dataset.get_random_context(2))
    np.random.seed(9265)
    np.random.randn(10, 3)
    np.testing.assert_equal(np.random.get_state()[1:3], state)


def test_what_is_expected_is_what_the_textbook_gives():
    pair = [inputs["test_naivesoftmax"][name] for name in ("centerWordVec", "outsideWordIdx", "outsideVectors")]
    for found, name in zip(naive_softmax(*pair), ("loss", "dj_dvc", "dj_du"), strict=True):
        np.testing.assert_array_equal(found, outputs["test_naivesoftmax"][name])
    assert abs(outputs["test_naivesoftmax"]["loss"] - 2.217424877675181) < 1e-8
    np.testing.assert_array_equal(sigmoid(inputs["test_sigmoid"]["x"]), outputs["test_sigmoid"]["s"])
    assert inputs["test_word2vec"]["outside_words"] == list(SOFTMAX[0].outside)
    assert outputs["test_word2vec"]["dj_dv"][2].tolist() == SOFTMAX[0].centre_row.tolist()
