"""utils/utils.py: the course's helpers, which here leave their argument alone."""

import numpy as np
import pytest

import utils.utils
import word2vec.functions
from utils.utils import normalizeRows, softmax


@pytest.mark.parametrize("x", [[[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]], [[1.0, 2.0, 3.0]]])
@pytest.mark.parametrize("f", [normalizeRows, softmax])
def test_the_argument_is_left_alone(f, x):
    x = np.array(x)
    before = x.copy()
    x.flags.writeable = False
    found = f(x)  # a write would raise
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(found, x)


def test_the_courses_examples():
    rows = normalizeRows(np.array([[3.0, 4.0], [1, 2]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.4472136, 0.89442719]], atol=5e-9)
    np.testing.assert_allclose(softmax(np.array([[1001, 1002], [3, 4]])), [[0.26894142, 0.73105858]] * 2, atol=5e-9)
    np.testing.assert_allclose(softmax(np.array([-1001, -1002])), [0.73105858, 0.26894142], atol=5e-9)


def test_the_names_are_those_of_the_library():
    assert utils.utils.__all__ == ["dump", "load", "normalizeRows", "normalize_rows", "softmax"]
    assert normalizeRows is utils.utils.normalize_rows is word2vec.functions.normalize_rows
    assert softmax is word2vec.functions.softmax
