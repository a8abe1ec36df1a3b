"""word2vec/gradcheck/oracle.py: derivatives to rounding, oracles found out, kinks and Taylor orders."""

import warnings

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from scipy.stats import norm

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.contract import quiet
from word2vec.gradcheck.oracle import (
    EPS,
    Estimate,
    along,
    best_step,
    choose,
    complex_step,
    confirmed_nearby,
    five_point,
    kink,
    ladder,
    short,
    stairs,
    taylor_order,
)

X = np.array([0.5, -1.5, 2.0])
EPS32 = float(np.finfo(np.float32).eps)
D = np.array([0.6, 0.0, -0.8])
ALL = np.arange(3)


def smooth(x):
    """J = Σ exp(x) + x₀x₂."""
    return np.exp(x).sum() + x[0] * x[2]


def slope(x=X, d=D):
    return float((np.exp(x) + np.array([x[2], 0, x[0]])) @ d)


# derivatives


def test_complex_step_is_exact():
    x = X.copy()
    derivative = complex_step(smooth, x)
    assert derivative(ALL, D) == pytest.approx(slope(), rel=4e-16)
    assert [derivative(i, 1.0) for i in range(3)] == pytest.approx(
        [np.exp(0.5) + 2, np.exp(-1.5), np.exp(2) + 0.5], rel=4e-16
    )
    assert derivative(slice(None), D) == derivative(ALL, D)  # nothing is left of what was moved before


def test_complex_step_leaves_nothing_if_f_raises():
    calls = []

    def loss(z):
        calls.append(z.copy())
        if len(calls) == 1:
            raise RuntimeError
        return z.sum()

    derivative = complex_step(loss, X)
    with pytest.raises(RuntimeError):
        derivative(0, 1.0)
    derivative(1, 1.0)
    assert calls[1].imag.tolist() == [0, 1e-20, 0]


def test_along_moves_some_entries_and_puts_them_back_to_the_bit():
    x = np.array([0.1, 0.2, 0.3])
    seen = []
    at = along(lambda x: seen.append(x.copy()) or x.sum(), x, [0, 2], np.array([1.0, -1.0]))
    at(0.3), at(1e-17)
    assert seen[0].tolist() == [0.1 + 0.3, 0.2, 0.3 - 0.3]
    assert x.tolist() == [0.1, 0.2, 0.3]

    def fails(x):
        raise RuntimeError

    assert np.isnan(along(fails, x, 1, 1.0)(0.5))  # outside of its domain f may say what it likes
    assert x.tolist() == [0.1, 0.2, 0.3]


def test_five_point_differences_are_exact_for_quartics():
    assert five_point(lambda t: t**4 - 3 * t**3 + 7 * t + 1, 0.25) == pytest.approx(7, rel=1e-14)
    assert five_point(lambda t: t**5 / 120, 0.25) == pytest.approx(-(0.25**4) / 30, rel=1e-12)


@pytest.mark.parametrize(("eps", "step"), [(EPS, 2.0**-10), (EPS32, 2.0**-5)])
def test_the_best_step(eps, step):
    assert best_step(eps) == step


@pytest.mark.parametrize(
    ("loss", "x", "expected"),
    [
        (smooth, X, slope()),
        (lambda x: np.sin(200 * x).sum(), X, 200 * float(np.cos(200 * X) @ D)),  # wants small steps
        (lambda x: 1e6 + x.sum(), X, -0.2),  # wants large steps
        (lambda x: np.log(x).sum(), np.full(3, 1e-4), -0.2e4),  # not defined at the larger steps
        (lambda x: np.log(x).sum(), np.full(3, 1e-7), -0.2e7),  # at none of the first
        (lambda x: 1.0, X, 0.0),
    ],
)
def test_the_ladder_knows_its_error(loss, x, expected):
    with quiet():
        estimate = ladder(along(loss, x.copy(), ALL, D))
    assert estimate.allows(expected)
    assert estimate.error <= 1e-4 * max(1, abs(expected))
    assert not estimate.allows(expected * 1.01 + 1e-6)


@pytest.mark.parametrize("frequency", [1e5, 1e7, 1e8])
def test_the_ladder_sees_swings_within_its_larger_steps(frequency):
    x = np.random.default_rng(1).standard_normal(3)
    estimate = ladder(along(lambda x: np.sin(frequency * x).sum(), x, 0, 1.0))
    slope = frequency * np.cos(frequency * x[0])
    assert estimate.allows(slope)
    assert estimate.error <= 1e-3 * abs(slope)


@pytest.mark.parametrize("seed", range(20))
def test_a_direction_of_few_bits_moves_x_by_exactly_its_steps(seed):
    rng = np.random.default_rng(seed)
    x, d = rng.uniform(0.6, 0.9, 50), rng.standard_normal(50)
    rounded = short(d)
    np.testing.assert_allclose(rounded, d, rtol=2.0**-8)
    for t in 2.0 ** -np.arange(6, 30):
        assert np.array_equal((x + t * rounded) - x, t * rounded)
    assert not np.array_equal((x + 2.0**-10 * d) - x, 2.0**-10 * d)


def test_a_ladder_without_numbers_allows_nothing():
    estimate = ladder(lambda t: np.nan)
    assert np.isnan(estimate.value)
    assert estimate.error == np.inf
    assert not estimate.allows(0.0, 1e9)


def test_what_an_estimate_allows():
    estimate = Estimate(1.0, 1e-3)
    assert [estimate.allows(v) for v in (1.0, 1.0099, 0.9901, 1.0101, np.nan)] == [True, True, True, False, False]
    assert estimate.allows(1.5, 0.5)


# the choice


def oracle_of(loss, x=X, **options):
    with quiet():
        return choose(loss, x.copy(), ALL, D / np.sqrt(D @ D), **options)


def with_float_buffer(x):
    buffer = np.zeros(3)
    buffer[:] = x**2
    return buffer.sum()


def with_a_silenced_buffer(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return with_float_buffer(x)


FOLLOWED = {
    "abs": (lambda x: (np.abs(x) ** 2).sum(), lambda x: 2 * x),
    "norm": (lambda x: np.linalg.norm(x), lambda x: x / np.linalg.norm(x)),
    "vdot": (lambda x: np.vdot(x, x), lambda x: 2 * x),
    "conjugate": (lambda x: (x * np.conj(x)).sum(), lambda x: 2 * x),
    "slogdet": (lambda x: np.linalg.slogdet(np.outer(x, x) + np.eye(3))[1], lambda x: 2 * x / (1 + x @ x)),
    "cholesky": (
        lambda x: np.log(np.diag(np.linalg.cholesky(np.outer(x, x) + np.eye(3)))).sum(),
        lambda x: x / (1 + x @ x),
    ),
}
UNSAFE = {
    "real": (lambda x: (x.real**2).sum(), lambda x: 2 * x, "the complex step gives 0 along"),
    "expit": (lambda x: np.log(expit(x)).sum(), lambda x: expit(-x), "f takes no complex numbers: TypeError"),
    "logaddexp": (lambda x: np.logaddexp(0, x).sum(), expit, "f takes no complex numbers: TypeError"),
    "bincount": (
        lambda x: (np.bincount([0, 1, 0], weights=x) ** 2).sum(),
        lambda x: 2 * np.array([x[0] + x[2], x[1], x[0] + x[2]]),
        "f takes no complex numbers: TypeError",
    ),
    "buffer": (with_float_buffer, lambda x: 2 * x, "f takes no complex numbers: ComplexWarning"),
    "silenced buffer": (with_a_silenced_buffer, lambda x: 2 * x, "the complex step gives 0 along"),
    "float()": (lambda x: sum(float(v) ** 2 for v in x), lambda x: 2 * x, "f takes no complex numbers: "),
    "refusal": (
        lambda x: (x**2).sum() if not np.iscomplexobj(x) else 1 / 0,
        lambda x: 2 * x,
        "f takes no complex numbers: ZeroDivisionError",
    ),
}


def test_a_smooth_loss_gets_the_complex_step():
    oracle = oracle_of(smooth)
    assert oracle.is_complex
    assert oracle.rounding == 0
    assert oracle.method.startswith("complex step 1e-20; a real difference agrees to ")
    assert float(oracle.method.rpartition(" ")[2]) < 1e-10


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_drops_the_imaginary_part_is_followed(name):
    loss, gradient = FOLLOWED[name]
    right, wrong = (check_gradient(lambda x, c=c: (loss(x), c * gradient(x.real)), X) for c in (1, 1 + 1e-10))
    assert right.passed, str(right)
    assert right.method.startswith("complex step 1e-20")
    assert wrong.verdict == ("inconclusive" if name == "slogdet" else "failed")  # equations may round so much
    for c in (1 + 1e-7, 0.5, -1, 0):
        assert check_gradient(lambda x, c=c: (loss(x), c * gradient(x.real)), X).verdict == "failed", c


@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_not_complex_safe_is_found_out(name):
    loss, gradient, why = UNSAFE[name]
    oracle = oracle_of(loss)
    assert not oracle.is_complex
    assert oracle.method.startswith(f"five-point differences, step 1e-03 ({why}")
    assert 0 < oracle.rounding == 2 * EPS * abs(loss(X)) / 2**-10
    with quiet():
        found = [oracle.derivative(i, 1.0) for i in range(3)]
    assert found == pytest.approx(list(gradient(X)), rel=1e-11)


@pytest.mark.parametrize("name", UNSAFE)
def test_a_wrong_gradient_of_such_a_loss_is_still_caught(name):
    loss, gradient, why = UNSAFE[name]
    right = check_gradient(lambda x: (loss(x), gradient(x.real)), X)
    assert right.passed, str(right)
    assert why in right.method
    for factor in (1 + 1e-7, 0.5, -1, 0):
        wrong = check_gradient(lambda x, c=factor: (loss(x), c * gradient(x.real)), X)
        assert wrong.verdict == "failed"
        assert wrong.wrong_rows == ("x",)


def test_a_small_part_that_drops_the_imaginary_one():
    def f(x):
        return (x**2).sum() + 1e-4 * np.abs(x[1]) ** 3, 2 * x + [0, 3e-4 * x[1] * np.abs(x[1]), 0]

    assert check_gradient(f, X).passed
    report = check_gradient(lambda x: (f(x)[0], 2 * x), X)
    assert report.verdict == "failed"
    assert report.worst.label == "x[1]"


def test_float32_inside_raises_no_false_alarm():
    def f(x):
        x = x.astype(np.float32)
        return np.log1p(np.exp(x)).sum(), 1 / (1 + np.exp(-x))

    report = check_gradient(f, X.astype(np.float32))
    assert report.passed, str(report)
    assert report.method.startswith("five-point differences, step 3e-02 (f takes no complex numbers: ComplexWarning)")
    assert check_gradient(lambda x: (f(x)[0], np.float32(1.01) * f(x)[1]), X.astype(np.float32)).verdict == "failed"


def test_one_entry_at_the_edge_of_the_domain():
    def f(x, factor=1.0):
        return np.log(np.asarray(x, dtype=float)).sum(), np.array([factor, 1, 1]) / x

    x = np.array([1e-6, 1.0, 2.0])
    for point in (x, x[:, None]):
        assert check_gradient(lambda x: (f(x)[0], 1 / x), point).passed
        gradient = np.array([1.1, 1, 1]).reshape(point.shape)
        report = check_gradient(lambda x, g=gradient: (f(x)[0], g / x), point)
        assert report.verdict == "failed"
        assert report.worst.index[0] == 0
        assert report.worst.numeric == pytest.approx(1e6, rel=1e-4)


# kinks


@pytest.mark.parametrize(
    ("J", "expected"),
    [
        (lambda t: max(t, 0), True),
        (abs, True),
        (lambda t: 3 + 1e-3 * abs(t), True),
        (lambda t: 5 - abs(t) + t**2, True),
        (lambda t: t**2 * max(t, 0), False),
        (lambda t: t * max(t, 0), False),
        (lambda t: t**2, False),
        (lambda t: 1000 * t**2, False),
        (lambda t: 3 * t, False),
        (lambda t: 1 / 3 + 3 * t, False),
        (lambda t: t**3, False),
        (lambda t: 1e8 + t**3 + np.sin(t), False),
        (lambda t: 1.0, False),
        (lambda t: max(t - 1e-4, 0), False),
        (lambda t: np.nan, False),
        (lambda t: np.cos(50 * t), False),
    ],
)
def test_kinks(J, expected):
    assert (kink(J) is not None) is expected


def test_rounding_is_no_kink():
    rng = np.random.default_rng(0)
    for scale in (1.0, 1e6):
        for _ in range(200):
            J = scale * rng.standard_normal()
            assert not kink(lambda t, J=J: J * (1 + EPS * rng.uniform(-2, 2)) + t)
    assert kink(lambda t: np.float32(3 + abs(t)), EPS32)
    assert not kink(lambda t: np.float32(3 + t), EPS32)


def test_one_sided_slopes():
    assert kink(abs) == (-1, 1)
    assert kink(lambda t: abs(t) + 100 * t**2) == pytest.approx((-1, 1), abs=0.002)
    assert kink(lambda t: -abs(t) + 2 * t) == (1, 3)
    assert kink(lambda t: max(t, 0)) == (0, 1)
    assert kink(lambda t: float(np.float32(abs(t))), EPS32) == (-1, 1)


@pytest.mark.parametrize("curvature", [1, -10, 100, -300, 300, -1000])
def test_one_sided_slopes_of_a_curved_loss(curvature):
    assert kink(lambda t: abs(t) + curvature * t**2) == pytest.approx((-1, 1), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_one_sided_slopes_in_single_precision(seed):
    """The true slopes lie between the bounds, which are at most a twentieth of their difference too wide."""
    offset = np.random.default_rng(seed).uniform(0.1, 4)
    low, high = kink(lambda t: float(np.float32(offset + (t if t > 0 else 0.01 * t))), EPS32)
    assert 0.01 - 0.05 < low <= 0.01
    assert 1 <= high < 1.05


def test_one_sided_slopes_beside_another_kink():
    """The slope over the smallest step is right, and what larger steps add is that of the other kink."""
    assert kink(lambda t: abs(t) + max(t - 3e-5, 0)) == pytest.approx((-1, 1), abs=1e-6)


# Taylor


@pytest.mark.parametrize(
    ("J", "right", "expected"),
    [
        (np.exp, 1.0, 2.0),
        (np.exp, 1.001, 1.0),
        (np.exp, -1.0, 1.0),
        (np.sin, 1.0, 3.0),  # the curvature is zero
        (lambda t: 3 * t + t**2, 3.0, 2.0),
        (lambda t: abs(t), 0.5, 1.0),
        (lambda t: abs(t) ** 1.5, 0.0, 1.5),
    ],
)
def test_the_order_of_the_remainder(J, right, expected):
    assert taylor_order(J, right) == pytest.approx(expected, abs=0.04)


def test_no_order_at_rounding_level():
    assert taylor_order(lambda t: 2 + 3 * t, 3.0) is None
    assert taylor_order(lambda t: 1e12 + t**2, 0.0) is None
    assert taylor_order(lambda t: np.float32(2 + 3 * t), 3.0, EPS32) is None
    assert taylor_order(lambda t: 2 + 3 * t, 3.1) == pytest.approx(1)
    for edge in np.linspace(0.001, 0.05, 50):  # straight on both sides of it
        order = taylor_order(lambda t, edge=edge: 3 * t + max(t - edge, 0.0), 3.0)
        assert order is None or order > 1.95
        assert taylor_order(lambda t, edge=edge: 3 * t + max(t - edge, 0.0), 3.1) < 1.95


BEYOND_A_KINK = Estimate(3.5, 1e-9, 1e-3)  # what steps find that cross the kink


def test_smaller_steps_confirm_the_slope_on_this_side_of_a_kink():
    def at(t):
        return t + 5 * max(t - 1e-5, 0.0)

    assert confirmed_nearby(at, 1.0, BEYOND_A_KINK, 1e-16)
    assert not confirmed_nearby(at, 2.0, BEYOND_A_KINK, 1e-16)


def test_a_loss_that_stays_zero_has_no_noise_and_confirms_nothing():
    assert not confirmed_nearby(lambda t: 0.0, 1.0, BEYOND_A_KINK, 0.0)


def test_smaller_steps_confirm_the_slope_of_a_swing_beneath_a_steep_curve():
    frequency = 1e10

    def at(t):
        return np.sin(frequency * t) + (frequency * t + 1) ** 2

    found = ladder(at)
    assert not found.allows(3 * frequency)
    assert confirmed_nearby(at, 3 * frequency, found, 2 * EPS)
    assert not confirmed_nearby(at, 3.3 * frequency, found, 2 * EPS)


def test_one_step_that_agrees_by_chance_confirms_nothing():
    def at(t):
        is_of_the_ladder = np.log2(abs(t) / BEYOND_A_KINK.step).is_integer() if t else True
        return 1.0 * t if is_of_the_ladder else 3.5 * t

    assert not confirmed_nearby(at, 1.0, BEYOND_A_KINK, 1e-16)


@pytest.mark.parametrize("slope", [0.0, 1.0, -3.0])
def test_a_jump_is_no_kink(slope):
    assert not kink(lambda t: 2.0 + slope * t + (t > 0))
    assert kink(lambda t: 2.0 + slope * t + max(t, 0.0))


@pytest.mark.parametrize("far", [0.1, -0.1])
@pytest.mark.parametrize("slope", [0.9, -3.3, 20.7])
def test_stairs(far, slope):
    def part(t):
        return float(np.float32(5 + slope * t))

    assert 4e-7 < stairs(part, far) < 1.2e-6
    assert 4e-7 < stairs(lambda t: part(t) + np.exp(3 * t), far) < 1.2e-6
    assert stairs(lambda t: 5 + slope * t + np.exp(3 * t), far) == 0
    assert stairs(lambda t: 5 + slope * max(t, far / 3) + abs(t - far / 5), far) == 0
    assert stairs(lambda t: np.tanh(1e9 * t), far) == 0
    assert stairs(lambda t: np.nan, far) == 0


def test_a_loss_in_quanta_is_not_flat_because_small_steps_do_not_show():
    slope = 0.04162292615053015
    found = ladder(lambda t: float(np.float32(1.625 + slope * t)))
    assert found.value == pytest.approx(slope, rel=1e-3)
    assert not found.allows(0.0)


def test_a_distribution_is_no_norm():
    def probit(x):
        return -norm.logcdf(x).sum(), -np.exp(norm.logpdf(x) - norm.logcdf(x))

    for f in (probit, lambda x: (-stats.norm.logcdf(x).sum(), probit(x)[1])):
        assert check_gradient(f, X).passed
        assert check_gradient(lambda x, f=f: (f(x)[0], (1 + 1e-9) * f(x)[1]), X).verdict == "failed"
