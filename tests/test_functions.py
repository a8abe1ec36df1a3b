"""word2vec/functions.py against 60-digit decimals and the complex step."""

import decimal
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from word2vec.functions import (
    check_unmasked,
    log_sigmoid,
    log_sigmoid_derivative,
    log_softmax,
    log_softmax_jacobian,
    normalize_rows,
    relu,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_jacobian,
)

ENTRYWISE = [sigmoid, sigmoid_derivative, log_sigmoid, log_sigmoid_derivative, relu, relu_derivative]
ROWWISE = [softmax, log_softmax, normalize_rows]
JACOBIANS = [softmax_jacobian, log_softmax_jacobian]
ALL = ENTRYWISE + ROWWISE + JACOBIANS

EPS = np.finfo(float).eps
H = 1e-20
GRID = np.concatenate([np.linspace(-40, 40, 161), [1e-300, -1e-300, 1e-8, -1e-8, 700, -700, 745, -745, 1e4, -1e4]])

finite = st.floats(allow_nan=False, allow_infinity=False)
scores = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def no_floating_point_error():
    """Nothing here may overflow, divide by zero or be invalid; that small numbers vanish is right."""
    with np.errstate(all="raise", under="ignore"):
        yield


def exactly(f, x):
    """Evaluate f on the decimal value of each entry, with 60 digits, and round once."""
    with decimal.localcontext(prec=60):
        return np.array([float(f(Decimal(float(entry)))) for entry in x])


def constant(array):
    """A copy that raises on any attempt to write into it."""
    array = np.array(array)
    array.flags.writeable = False
    return array


# values


@pytest.mark.parametrize(
    ("f", "truth"),
    [
        (sigmoid, lambda x: 1 / (1 + (-x).exp())),
        (sigmoid_derivative, lambda x: 1 / (1 + (-x).exp()) / (1 + x.exp())),
        (log_sigmoid, lambda x: -(1 + (-x).exp()).ln() if x < 0 else -_log1p((-x).exp())),
        (log_sigmoid_derivative, lambda x: 1 / (1 + x.exp())),
    ],
    ids=["sigmoid", "sigmoid_derivative", "log_sigmoid", "log_sigmoid_derivative"],
)
def test_entrywise_functions_are_right_to_a_few_last_places(f, truth):
    np.testing.assert_array_max_ulp(f(GRID), exactly(truth, GRID), maxulp=4)


def _log1p(t):
    """log(1 + t) in decimals; its series where 1 + t would round t away."""
    return t - t * t / 2 if t < Decimal("1e-30") else (1 + t).ln()


def test_softmax_is_right_to_a_few_last_places():
    x = np.array([-745.0, -30, -1.5, 0, 0.25, 3, 3])
    with decimal.localcontext(prec=60):
        e = [Decimal(entry).exp() for entry in x.tolist()]
        truth = np.array([float(entry / sum(e)) for entry in e])
        logs = np.array([float((entry / sum(e)).ln()) for entry in e])
    np.testing.assert_array_max_ulp(softmax(x), truth, maxulp=4)
    np.testing.assert_allclose(log_softmax(x), logs, rtol=2 * EPS)


def test_softmax_of_a_matrix_is_that_of_its_rows():
    x = np.random.default_rng(2).normal(size=(2, 3, 5))
    for f in (softmax, log_softmax, softmax_jacobian, log_softmax_jacobian):
        rows = np.array([[f(row) for row in matrix] for matrix in x])
        np.testing.assert_allclose(f(x), rows, rtol=2 * EPS, atol=EPS)


def test_relu():
    np.testing.assert_array_equal(relu([-2, -0.0, 0, 3.5]), [0, 0, 0, 3.5])
    np.testing.assert_array_equal(relu_derivative([-2, -0.0, 0, 5e-324, 3.5]), [0, 0, 0, 1, 1])


def test_leaky_relu():
    np.testing.assert_array_equal(relu([-2, -0.0, 0, 3.5], 0.25), [-0.5, 0, 0, 3.5])
    np.testing.assert_array_equal(relu_derivative([-2, -0.0, 0, 3.5], 0.25), [0.25, 0.25, 0.25, 1])
    np.testing.assert_array_equal(relu([-math.inf, math.inf], 0.25), [-math.inf, math.inf])
    for alpha in (0.25, np.float64(0.25)):
        assert (
            relu(np.float32([-1, 1]), alpha).dtype == relu_derivative(np.float32([-1, 1]), alpha).dtype == np.float32
        )


def test_relu_keeps_nan():
    assert math.isnan(relu(math.nan))


@pytest.mark.parametrize("f", [*ENTRYWISE[:4], softmax, log_softmax, normalize_rows])
def test_nan_is_not_hidden(f):
    with np.errstate(invalid="ignore"):
        assert np.isnan(f([[math.nan, 1.0]])).any()


# extreme scores


@pytest.mark.parametrize("f", [*ENTRYWISE, *ROWWISE, *JACOBIANS])
def test_hidden_numbers_are_refused(f):
    x = np.ma.array([[1.0, 2.0, 1e6]], mask=[[0, 0, 1]])
    with pytest.raises(TypeError, match=r"^x is a masked array: expected .* \.filled\(-numpy\.inf\)$"):
        f(x)
    np.testing.assert_array_equal(f(np.ma.array([[1.0, 2.0]])), f([[1.0, 2.0]]))


def test_saturated_scores():
    np.testing.assert_array_equal(sigmoid([-1e4, -746, 1e4, 745]), [0, 0, 1, 1])
    assert sigmoid(-745) == 5e-324
    np.testing.assert_array_equal(log_sigmoid([-1e4, -745, -1e308]), [-1e4, -745, -1e308])
    assert log_sigmoid(745) == -5e-324
    assert log_sigmoid(1e4) == 0
    np.testing.assert_array_equal(softmax([1e4, -1e4, 0]), [1, 0, 0])
    np.testing.assert_array_equal(log_softmax([1e4, -1e4, 0]), [0, -2e4, -1e4])
    np.testing.assert_array_equal(softmax([-1e300, -1e300]), [0.5, 0.5])


def test_infinite_arguments_give_the_limits():
    x = [-math.inf, math.inf]
    np.testing.assert_array_equal(sigmoid(x), [0, 1])
    np.testing.assert_array_equal(sigmoid_derivative(x), [0, 0])
    np.testing.assert_array_equal(log_sigmoid(x), [-math.inf, 0])
    np.testing.assert_array_equal(log_sigmoid_derivative(x), [1, 0])
    np.testing.assert_array_equal(relu(x), [0, math.inf])
    np.testing.assert_array_equal(softmax([-math.inf, 1, 1]), [0, 0.5, 0.5])


@given(finite)
def test_any_finite_number_is_taken(x):
    assert 0 <= sigmoid(x) <= 1
    assert 0 <= sigmoid_derivative(x) <= 0.25
    assert -math.inf < log_sigmoid(x) <= 0
    assert 0 <= log_sigmoid_derivative(x) <= 1
    assert relu(x) == max(x, 0)


def test_log_softmax_of_the_largest_numbers_is_finite():
    assert np.isfinite(log_softmax([8e307, -8e307])).all()


@pytest.mark.parametrize("size", [1e-170, 1e170])
def test_rows_of_very_large_or_small_numbers_are_normalised(size):
    np.testing.assert_allclose(normalize_rows([[3 * size, 4 * size]]), [[0.6, 0.8]], rtol=4 * EPS)


# identities


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=6), st.integers(-(10**6), 10**6))
def test_a_shift_of_all_scores_changes_no_bit(x, shift):
    shifted = np.array(x) + shift
    for f in (softmax, log_softmax, *JACOBIANS):
        np.testing.assert_array_equal(f(shifted), f(x))


@given(scores)
def test_softmax_is_a_distribution_and_its_log_fits(x):
    y_hat = softmax(x)
    assert y_hat.sum() == pytest.approx(1, rel=len(x) * EPS)
    assert (y_hat >= 0).all()
    # what the log carries of the scores' size reappears relative to ŷ
    np.testing.assert_allclose(np.exp(log_softmax(x)), y_hat, rtol=1e-11, atol=1e-307)


# derivatives


@pytest.mark.parametrize(
    ("f", "derivative"),
    [(sigmoid, sigmoid_derivative), (log_sigmoid, log_sigmoid_derivative), (relu, relu_derivative)],
)
def test_derivatives_equal_the_complex_step(f, derivative):
    x = np.linspace(-40, 40, 1601)  # holds 0 exactly; all three must agree with themselves there
    np.testing.assert_allclose(f(x + 1j * H).imag / H, derivative(x), rtol=1e-15)


@pytest.mark.parametrize(("f", "jacobian"), [(softmax, softmax_jacobian), (log_softmax, log_softmax_jacobian)])
def test_jacobians_equal_the_complex_step(f, jacobian):
    x = np.random.default_rng(3).normal(0, 3, (4, 6))
    columns = [f(x + 1j * H * np.eye(6)[j]).imag / H for j in range(6)]  # ∂f/∂x_j
    np.testing.assert_allclose(np.stack(columns, axis=-1), jacobian(x), rtol=0, atol=1e-15)


def test_normalize_rows_goes_through_a_complex_step():
    x = np.random.default_rng(4).normal(size=5)
    length = math.sqrt(x @ x)
    truth = (np.eye(5) - np.outer(x, x) / length**2) / length
    columns = [normalize_rows((x + 1j * H * np.eye(5)[j])[None])[0].imag / H for j in range(5)]
    np.testing.assert_allclose(np.transpose(columns), truth, rtol=0, atol=4 * EPS)


@pytest.mark.parametrize("f", [sigmoid, sigmoid_derivative, log_sigmoid, softmax, log_softmax, relu, normalize_rows])
def test_the_real_part_of_a_complex_step_is_the_value(f):
    x = np.array([[-3.0, -0.5, 0.25, 4.0]])
    np.testing.assert_allclose(f(x + 1j * H).real, f(x), rtol=4 * EPS, atol=EPS)


# normalize_rows


def test_normalize_rows():
    found = normalize_rows([[3, 4], [0, 0], [0, -2]])
    np.testing.assert_array_equal(found, [[0.6, 0.8], [0, 0], [0, -1]])
    x = np.random.default_rng(5).normal(size=(50, 7))
    np.testing.assert_allclose(np.linalg.norm(normalize_rows(x), axis=1), 1, rtol=2 * EPS)
    np.testing.assert_allclose(normalize_rows(x) * np.linalg.norm(x, axis=1)[:, None], x, rtol=4 * EPS)


# what goes in and what comes out


@pytest.mark.parametrize("f", ALL)
@pytest.mark.parametrize("dtype", [float, complex, np.float32, int])
def test_the_argument_is_left_alone(f, dtype):
    x = constant(np.array([[1, -2, 3], [0, 0, 2]], dtype))
    before = x.copy()
    found = f(x)  # a write into x would raise
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(found, x)


@pytest.mark.parametrize("f", ENTRYWISE)
def test_shapes_are_kept(f):
    for shape in [(), (3,), (2, 3), (2, 0), (2, 3, 4)]:
        assert np.shape(f(np.ones(shape))) == shape
    for scalar in (2, 2.5, True, np.float64(2), np.float32(2), np.array(2.0)):
        assert isinstance(f(scalar), np.floating), "a scalar gives a scalar, no 0-d array"


@pytest.mark.parametrize("f", ALL)
def test_integers_booleans_and_lists_count_as_floats(f):
    truth = f(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert truth.dtype == float
    for x in ([[1, 0], [0, 1]], [[True, False], [False, True]], np.eye(2, dtype=np.int8), np.eye(2, dtype=np.uint64)):
        found = f(x)
        assert found.dtype == float
        np.testing.assert_array_equal(found, truth)


@pytest.mark.parametrize("f", ENTRYWISE + ROWWISE + JACOBIANS)
def test_float32_stays_float32(f):
    x = np.random.default_rng(6).normal(0, 3, (5, 4)).astype(np.float32)
    found = f(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, f(x.astype(float)), rtol=1e-6, atol=1e-6)
    assert f(np.ones((1, 3), np.complex64)).dtype == np.complex64


@pytest.mark.parametrize("f", [softmax, log_softmax, *JACOBIANS])
def test_softmax_needs_a_score(f):
    for x in (2.0, [], np.ones((3, 0))):
        shape = re.escape(str(np.shape(x)))
        with pytest.raises(ValueError, match=f"^x has the shape {shape}: expected at least one score along its last"):
            f(x)
    assert f(np.ones((0, 3))).size == 0


@pytest.mark.parametrize("f", ALL)
def test_what_holds_numbers_counts_as_they_do_and_what_holds_none_is_no_nan(f):
    truth = f([[0.5, -2.0]])
    for x in ([[Fraction(1, 2), -2]], np.array([[0.5, -2]]).view(np.matrix), np.array([[0.5, -2]], ">f8")):
        found = f(x)
        np.testing.assert_array_equal(found, truth)
        assert type(found) is np.ndarray
    with pytest.raises(TypeError, match="must be a string or a real number, not 'NoneType'"):
        f([0.5, None])


def test_masked_arrays_that_hide_numbers():
    check_unmasked(x=np.ma.array([1, 2]), y=[1, 2])
    with pytest.raises(TypeError, match=r"^x is a masked array: expected all its numbers; .* say \.filled\(0\)$"):
        check_unmasked(x=np.ma.array([1, 2], mask=[True, False]))
