"""word2vec/runtime/arguments.py: one wording for arguments that make no sense."""

import math

import numpy as np
import pytest

from word2vec.runtime.arguments import check_choice, check_number, check_whole, is_number


def test_what_is_right_passes():
    check_whole("n", 1)
    check_whole("n", np.int64(3), 0, 3)
    check_number("x", np.float32(0.5), True, "a number")
    check_choice("kind", "a", ["a", "b"])


@pytest.mark.parametrize("value", ["3", 1.0, True, None, [1]])
def test_what_is_no_whole_number_is_a_type_error(value):
    with pytest.raises(TypeError, match=r"^n is .*: expected a whole number$"):
        check_whole("n", value)


@pytest.mark.parametrize(
    ("value", "limits", "message"),
    [
        (0, (), "n is 0: expected at least 1"),
        (-1, (0, 9), "n is -1: expected a whole number from 0 to 9"),
        (10, (0, 9), "n is 10: expected a whole number from 0 to 9"),
    ],
)
def test_whole_numbers_out_of_range_are_a_value_error(value, limits, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_whole("n", value, *limits)


def test_numbers_are_checked_by_the_comparison_given():
    with pytest.raises(ValueError, match=r"^rate is nan: expected a positive number$"):
        check_number("rate", math.nan, math.nan > 0, "a positive number")
    for wrong in ("x", None, True):
        with pytest.raises(TypeError, match=r"^rate is .*: expected a positive number$"):
            check_number("rate", wrong, False, "a positive number")


def test_numbers_are_real_and_no_truth_values():
    assert all(map(is_number, (1, 1.5, np.float32(2), np.int8(3))))
    assert not any(map(is_number, (True, "1", 1j, None, np.ones(1))))


@pytest.mark.parametrize("value", ["c", None, ["a"], 3])
def test_a_choice_names_the_choices(value):
    with pytest.raises(ValueError, match=r"^kind is .*: expected one of a, b$"):
        check_choice("kind", value, ("a", "b"))
