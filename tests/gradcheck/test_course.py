"""word2vec/gradcheck/course.py: the verdicts, the printed words, the random streams; fed with wrong gradients."""

import random
import re

import numpy as np
import pytest

from word2vec.gradcheck import gradcheck_naive

PASSED = "Gradient check passed!\n"
PASSED_WITH_TEXT = (
    "Gradient check passed!. Read the docstring of the `gradcheck_naive` method in utils.gradcheck.py "
    "to understand what the gradient check does.\n"
)
X = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])


def cube(x):
    """J = Σ x³."""
    return (x**3).sum(), 3 * x**2


def with_gradient(change):
    """`cube` with its gradient changed."""
    return lambda x: (cube(x)[0], change(cube(x)[1]))


def add_in_one_entry(amount):
    def change(gradient):
        gradient[1, 0] += amount
        return gradient

    return change


# verdicts and words


@pytest.mark.parametrize(("text", "words"), [((), PASSED), (("",), PASSED), (("cube",), PASSED_WITH_TEXT)])
def test_a_right_gradient_passes_in_the_courses_words(capsys, text, words):
    assert gradcheck_naive(cube, X, *text) is True
    assert capsys.readouterr().out == words


@pytest.mark.parametrize(
    ("text", "first"), [((), "Gradient check failed."), (("cube",), "Gradient check failed for cube.")]
)
def test_a_wrong_gradient_fails_in_the_courses_words(capsys, text, first):
    assert gradcheck_naive(with_gradient(add_in_one_entry(0.5)), X, *text) is False
    assert capsys.readouterr().out == (
        f"{first}\n"
        "First gradient error found at index (1, 0) in the vector of gradients\n"
        "Your gradient: 27.500000 \t Numerical gradient: 27.000000\n"
    )


@pytest.mark.parametrize(
    ("result", "what"),
    [(None, "NoneType"), (np.array(1.0), "ndarray"), ((1.0,), "tuple of 1"), ({"loss": 1.0, "gradient": X}, "dict")],
)
def test_what_returns_no_gradient_is_told_so(capsys, result, what):
    assert gradcheck_naive(lambda _: result, X) is False
    said = f"f returned a {what}: expected (loss, gradient)"
    assert capsys.readouterr().out == f"Gradient check failed.\n{said}\n"


@pytest.mark.parametrize("loss", [1.0, np.float64(1)])
def test_a_loss_alone_is_told_what_to_return(capsys, loss):
    assert gradcheck_naive(lambda _: loss, X) is False
    said = "expected (loss, gradient), as lambda x: (f(x), gradient(x)) returns"
    assert capsys.readouterr().out.endswith(f"f returned a {type(loss).__name__}: {said}\n")


def test_what_a_gradient_raises_is_not_held_against_the_function():
    class OnGpu:
        def __array__(self, *_, **__):
            raise TypeError("on the GPU")

    with pytest.raises(TypeError, match="on the GPU"):
        gradcheck_naive(lambda x: (1.0, OnGpu()), X)


def test_raises_says_the_same_as_an_error(capsys):
    with pytest.raises(AssertionError) as error:
        gradcheck_naive(with_gradient(add_in_one_entry(0.5)), X, "cube", raises=True)
    assert capsys.readouterr().out == ""
    gradcheck_naive(with_gradient(add_in_one_entry(0.5)), X, "cube")
    assert capsys.readouterr().out == f"{error.value}\n"
    assert gradcheck_naive(cube, X, raises=True) is True


@pytest.mark.parametrize(
    "wrong",
    [
        np.negative,
        lambda g: 2 * g,
        lambda g: 1.001 * g,
        lambda g: 0.999 * g,
        lambda g: g[::-1],
        np.zeros_like,
        lambda g: np.where(np.arange(3) == 2, 0, g),
        add_in_one_entry(1e-3),
        add_in_one_entry(-1e-3),
        lambda g: g * np.nan,
        add_in_one_entry(np.nan),
    ],
    ids=["sign", "twice", "+0.1 %", "-0.1 %", "rows swapped", "zero", "column lost", "+", "-", "NaN", "one NaN"],
)
def test_wrong_gradients_fail(wrong):
    assert gradcheck_naive(with_gradient(wrong), X) is False
    assert gradcheck_naive(cube, X) is True


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_gradient_fails(value):
    assert gradcheck_naive(with_gradient(add_in_one_entry(value)), X) is False


def test_a_loss_for_each_entry_is_told_so(capsys):
    assert not gradcheck_naive(lambda x: (x**3, 3 * x**2), X)
    assert capsys.readouterr().out == "Gradient check failed.\nThe loss has shape (2, 3), expected a single number\n"


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_no_number_fails(loss):
    assert gradcheck_naive(lambda x: (loss, np.zeros_like(x)), X) is False


def test_the_tolerance_is_relative_to_large_and_absolute_for_small_derivatives():
    def line(slope, claimed):
        return gradcheck_naive(lambda x: (slope * x, claimed), 0.5)

    assert line(1e4, 1e4 + 0.09)
    assert not line(1e4, 1e4 + 0.11)
    assert line(0.1, 0.1 + 0.9e-5)
    assert not line(0.1, 0.1 + 1.1e-5)


@pytest.mark.parametrize("gradient", [np.ones((3, 2)), np.ones(6), np.ones((2, 3, 1)), 1.0])
def test_a_gradient_of_another_shape_fails(capsys, gradient):
    assert gradcheck_naive(lambda x: (x.sum(), gradient), X, "sum") is False
    shape = re.escape(str(np.shape(gradient)))
    words = rf"Gradient check failed for sum\.\nThe gradient has shape {shape}, expected that of x: \(2, 3\)\n"
    assert re.fullmatch(words, capsys.readouterr().out)


# what may be checked


@pytest.mark.parametrize("x", [3.0, 3, np.float64(3), np.array(3.0), -0.5])
def test_a_scalar(capsys, x):
    assert gradcheck_naive(lambda x: (x**2, 2 * x), x) is True
    assert gradcheck_naive(lambda x: (x**2, 2.1 * x), x) is False
    assert "error found at index () in" in capsys.readouterr().out


def test_integers_and_lists_are_points_of_float64():
    seen = []

    def square(x):
        seen.append(x.dtype)
        return (x**2).sum(), 2 * x

    for x in ([1, 2, 3], np.array([1, 2, 3]), [[1.5]]):
        assert gradcheck_naive(square, x) is True
    assert set(seen) == {np.dtype(float)}


def test_the_point_is_left_alone():
    x = X.copy()
    x.flags.writeable = False
    assert gradcheck_naive(cube, x)
    np.testing.assert_array_equal(x, X)


def test_a_function_that_changes_its_argument_cannot_mislead():
    """In place the course's own check would go on from the changed point."""

    def careless(x):
        loss, gradient = cube(x)
        x *= 0
        return loss, gradient

    x = X.copy()
    assert gradcheck_naive(careless, x)
    np.testing.assert_array_equal(x, X)


def test_every_coordinate_is_moved_to_both_sides():
    points = []

    def watched(x):
        points.append(x.copy())
        return cube(x)

    gradcheck_naive(watched, X)
    np.testing.assert_array_equal(points[0], X)
    moves = np.array(points[1:]) - X
    assert len(moves) == 2 * X.size
    for move, index in zip(moves.reshape(-1, 2, *X.shape), np.ndindex(X.shape), strict=True):
        np.testing.assert_allclose(move[:, *index], [1e-4, -1e-4], rtol=1e-9)
        assert np.count_nonzero(move) == 2


def test_a_loss_of_shape_1_fails_with_a_verdict(capsys):
    assert gradcheck_naive(lambda x: (np.array([x @ x]), 3 * x), np.array([1.0, 2.0])) is False
    assert "Your gradient: 3.000000 \t Numerical gradient: 2.000000" in capsys.readouterr().out


# random losses


def noisy(x):
    """A loss that draws from both global generators, as many numbers each time."""
    weight = random.random() + np.random.rand() + random.randint(1, 5)
    return weight * (x**2).sum(), 2 * weight * x


@pytest.mark.parametrize("wrong", [0, 1, np.nan], ids=["passed", "failed", "NaN"])
def test_the_generators_advance_by_exactly_one_evaluation(wrong):
    def f(x):
        loss, gradient = noisy(x)
        return loss, gradient + wrong

    random.seed(31415)
    np.random.seed(9265)
    noisy(X)
    after = random.getstate(), np.random.get_state()[1:3]
    random.seed(31415)
    np.random.seed(9265)
    assert gradcheck_naive(f, X) is (wrong == 0)
    assert random.getstate() == after[0]
    np.testing.assert_array_equal(np.random.get_state()[1], after[1][0])
    assert np.random.get_state()[2] == after[1][1]


def test_the_generators_advance_by_one_evaluation_after_a_wrong_shape():
    def f(x):
        return noisy(x)[0], np.zeros(7)

    random.seed(1)
    noisy(X)
    after = random.getstate()
    random.seed(1)
    assert gradcheck_naive(f, X) is False
    assert random.getstate() == after


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_right_gradient_of_an_x_in_single_precision_passes(dtype, capsys):
    x = np.array([1, 2, 3], dtype)
    assert gradcheck_naive(lambda x: (np.sum(x**2), 2 * x), x)
    assert not gradcheck_naive(lambda x: (np.sum(x**2), 2.002 * x), x)
    assert x.dtype == dtype
