"""utils/utils.py: the course's helpers, which here leave their argument alone."""

import numpy as np
import pytest

import utils.utils
import word2vec.functions
from utils.utils import normalizeRows, softmax
from word2vec.course import assignment, helpers


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
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.4472135954999579, 0.8944271909999159]], rtol=1e-15)
    y = [0.2689414213699951, 0.7310585786300049]
    np.testing.assert_allclose(softmax(np.array([[1001, 1002], [3, 4]])), [y, y], rtol=1e-15)
    np.testing.assert_allclose(softmax(np.array([-1001, -1002])), y[::-1], rtol=1e-15)


def test_the_names_are_those_of_the_library():
    assert utils.utils.__all__ == ["dump", "load", "normalizeRows", "normalize_rows", "softmax"]
    assert all(getattr(utils.utils, name) is getattr(helpers, name) for name in utils.utils.__all__)
    assert normalizeRows is utils.utils.normalize_rows is word2vec.functions.normalize_rows
    assert normalizeRows is assignment.normalizeRows
    assert softmax is word2vec.functions.softmax is assignment.softmax
