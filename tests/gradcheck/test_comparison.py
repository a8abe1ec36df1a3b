"""word2vec/gradcheck/comparison.py: right gradients pass and wrong ones do not, small or large, at kinks or not."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from scipy.integrate import solve_ivp
from scipy.linalg import cho_factor, svdvals

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.comparison import Comparison

X = np.random.default_rng(0).standard_normal((6, 4))
BIG = np.random.default_rng(1).standard_normal((300, 4))
WORDS = [f"w{i}" for i in range(300)]


def cube(x):
    return (x**3).sum(), 3 * x**2


def off(i, amount, f=cube):
    """Add to one entry of f's gradient."""

    def wrong(x):
        loss, gradient = f(x)
        gradient = gradient.copy()
        gradient[i] += amount
        return loss, gradient

    return wrong


# tolerance


@pytest.mark.parametrize("relative", [1e-9, -1e-9, 1e-6, 1.0, 1e6])
@pytest.mark.parametrize("i", [(0, 0), (3, 2), (5, 3)])
def test_an_entry_may_be_off_by_a_trillionth_of_its_row(i, relative):
    largest = 3 * (X[i[0]] ** 2).max()
    report = check_gradient(off(i, relative * largest), X)
    assert report.verdict == "failed"
    assert report.worst.index == i
    assert report.wrong_rows == (f"x[{i[0]}]",)
    assert report.worst.error == pytest.approx(abs(relative) * largest, rel=1e-3)
    assert check_gradient(off(i, 1e-12 * largest), X).passed
    assert check_gradient(off(i, relative * largest), X, rtol=2 * abs(relative)).passed


def test_the_scale_is_the_rows_own():
    x = X.copy()
    x[2] *= 0.01  # the gradients of this word are ten thousand times smaller
    report = check_gradient(off((2, 1), 1e-7 * 3 * (x[2] ** 2).max()), x)
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[2]",)


def test_a_row_that_is_zero_may_be_off_by_roundings_only():
    def f(x):
        return (x[1:] ** 3).sum(), 3 * x**2 * (np.arange(6) > 0)[:, None]

    assert check_gradient(off((0, 1), 1e-14, f), X).passed
    report = check_gradient(off((0, 1), 1e-11, f), X)
    assert report.wrong_rows == ("x[0]",)
    assert report.worst.tolerance == pytest.approx(512 * 2.0**-52 * max(1, abs(f(X)[0]), np.abs(X).max()))


def test_the_floor_grows_with_the_loss():
    def f(x):
        return 1e6 + (x[1:] ** 3).sum(), 3 * x**2 * (np.arange(6) > 0)[:, None]

    assert check_gradient(off((0, 0), 1e-9, f), X).passed
    assert check_gradient(off((0, 0), 1e-6, f), X).verdict == "failed"
    assert "+ 1.1e-07 (512 roundings of the loss 999989 or its parts)" in check_gradient(f, X).tolerance


@pytest.mark.parametrize("sign", [1, -1])
def test_the_floor_grows_with_x(sign):
    report = check_gradient(lambda x: (1e-9 * x.sum(), 1e-9 + 0 * x.real), sign * np.array([[1e6, 2.0]]))
    assert "+ 1.1e-07 (" in report.tolerance


def test_float32_is_allowed_its_own_rounding():
    x = X.astype(np.float32)
    assert check_gradient(lambda x: (cube(x)[0], cube(x)[1].astype(np.float32)), x).passed
    assert check_gradient(lambda x: (cube(x)[0], 1.001 * cube(x)[1]), x).verdict == "failed"
    assert check_gradient(lambda x: (cube(x)[0], (1 + 1e-5) * cube(x)[1]), x).passed


def test_each_block_has_the_tolerance_of_its_type():
    x = (X.astype(np.float32), X)

    def f(x, a=1.0, b=1.0):
        return (x[0] ** 3).sum() + (x[1] ** 3).sum(), 3 * a * x[0] ** 2, 3 * b * x[1] ** 2

    assert check_gradient(f, x).passed
    assert check_gradient(lambda x: f(x, a=1 + 1e-6), x).passed
    assert check_gradient(lambda x: f(x, b=1 + 1e-6), x).verdict == "failed"


# kinks


def relu(x, at_zero=0.0):
    return np.where(x.real > 0, x, 0).sum(), np.where(x.real == 0, at_zero, x.real > 0)


def absolute(x, at_zero=0.0):
    return np.where(x.real > 0, x, -x).sum(), np.where(x.real == 0, at_zero, np.sign(x.real))


Z = np.array([[0.0, 1.5, -2.0], [1.0, 0.0, 0.7]])


@pytest.mark.parametrize("at_zero", [0.0, 0.3, 0.5, 1.0])
def test_relu_at_zero(at_zero):
    report = check_gradient(lambda x: relu(x, at_zero), Z, words=["king", "queen"])
    assert report.passed, str(report)
    assert report.kinks == ('x[0, 0] ("king")', 'x[1, 1] ("queen")')
    assert report.reason == "gradient and loss agree; the loss has kinks, see below"
    assert report.taylor == "the remainder falls with order 1.00, as at any kink"


@pytest.mark.parametrize("at_zero", [-1.0, -0.5, 0.0, 1.0])
def test_absolute_value_at_zero(at_zero):
    report = check_gradient(lambda x: absolute(x, at_zero), Z)
    assert report.passed, str(report)
    assert report.kinks == ("x[0, 0]", "x[1, 1]")


@pytest.mark.parametrize(
    ("f", "at_zero"), [(relu, -0.01), (relu, 1.01), (relu, 2.0), (relu, -1.0), (absolute, 1.01), (absolute, -2.0)]
)
def test_a_wrong_value_at_a_kink_still_fails(f, at_zero):
    report = check_gradient(lambda x: f(x, at_zero), Z)
    assert report.verdict == "failed"
    assert report.worst.index in ((0, 0), (1, 1))
    assert report.wrong_rows == ("x[0]", "x[1]")
    assert report.kinks == ()


def test_a_wrong_entry_beside_a_kink_fails():
    report = check_gradient(off((0, 1), 0.1, relu), Z)
    assert report.verdict == "failed"
    assert report.worst.index == (0, 1)
    assert report.kinks == ("x[0, 0]", "x[1, 1]")
    assert report.taylor == "the remainder falls with order 1.00, expected ≥ 1.95"


def test_numpys_maximum_and_abs_have_kinks_too():
    assert check_gradient(lambda x: (np.maximum(x, 0).sum(), (x.real > 0) * 1.0), Z).passed
    assert check_gradient(lambda x: (np.abs(x).sum(), np.sign(x.real)), Z).passed


@pytest.mark.parametrize("gap", [1e-3, 1e-5])
@pytest.mark.parametrize("wrong", [0, 0.01])
def test_what_is_just_below_the_largest_is_known_to_count_for_nothing_without_complex_numbers(gap, wrong):
    def pooled(x):
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        first = np.eye(4)[x.argmax()]
        return max(x) ** 2, 2 * max(x) * first + wrong * np.eye(4)[2]

    report = check_gradient(pooled, np.array([0.7, -0.3, 0.7 - gap, 0.2]))
    assert report.verdict == ("failed" if wrong else "passed"), report
    assert report.worst.index == ((2,) if wrong else (0,))


@pytest.mark.parametrize(
    ("loss", "slope", "size", "verdict"),
    [
        (np.log, lambda x: 1 / x, 1e-300, "failed"),  # the square of a step is 0
        (lambda x: np.sin(x / 1e-308), lambda x: np.cos(x / 1e-308) / 1e-308, 5e-324, "inconclusive"),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1.4e308, "inconclusive"),  # the power of two near it is too large
    ],
)
@pytest.mark.parametrize("takes_complex", [True, False])
def test_the_smallest_and_largest_numbers_end_in_a_verdict(loss, slope, size, verdict, takes_complex):
    def wrong(x):
        if np.iscomplexobj(x) and not takes_complex:
            raise TypeError("real numbers only")
        return loss(x).sum(), 1.01 * slope(x)

    assert check_gradient(wrong, size * np.array([1.0, 1.2])).verdict == verdict


def test_numbers_that_are_rounded_within_the_loss_are_not_taken_for_a_kink():
    def rounded(x):
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        return (np.round(x, 6) ** 2).sum(), 2 * x * [1, 0, 1]

    report = check_gradient(rounded, np.array([0.7, -0.3, 0.2]))
    assert (report.verdict, report.worst.index) == ("failed", (1,))


@pytest.mark.parametrize("at_zero", [-1, 0, 1])
@pytest.mark.parametrize("curvature", [10, 300, -300])
def test_any_slope_of_a_curved_loss_at_a_kink(at_zero, curvature):
    def f(x, extra=0.0):
        sign = np.where(x.real == 0, at_zero + extra, np.sign(x.real))
        return (np.where(x.real < 0, -x, x) + curvature * x * x).sum(), sign + 2 * curvature * x.real

    x = np.array([0.0, 0.3, -0.2])
    report = check_gradient(f, x)
    assert (report.verdict, report.kinks) == ("passed", ("x[0]",))
    assert check_gradient(lambda x: f(x, 1.01 * at_zero or 1.01), x).verdict == "failed"


def test_a_kink_in_every_coordinate_proves_nothing():
    report = check_gradient(lambda x: absolute(x, 0.5), np.zeros((2, 2)))
    assert report.verdict == "inconclusive"
    assert report.reason == "the loss has a kink in every coordinate: check at another point"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ((x**2 * np.where(x.real > 0, x, 0)).sum(), np.where(x.real > 0, 3 * x**2, 0)),
        lambda x: ((x**3).sum(), 3 * x**2),
        lambda x: ((2.5 * x).sum(), 2.5 + 0 * x.real),
        lambda x: ((2.5 * x).sum() / 3, 2.5 / 3 + 0 * x.real),
    ],
)
def test_smooth_functions_have_no_kink(f):
    report = check_gradient(f, Z)
    assert report.passed, str(report)
    assert report.kinks == ()
    assert check_gradient(lambda x: (f(x)[0], f(x)[1] + 0.01), Z).kinks == ()
    assert check_gradient(lambda x: (f(x)[0], f(x)[1] + 0.01), Z).verdict == "failed"


# verdicts that prove nothing


def test_a_block_that_is_zero():
    def f(x):
        return (x["V"] ** 3).sum() + 0 * x["U"].sum(), {"V": 3 * x["V"] ** 2, "U": 0 * x["U"]}

    report = check_gradient(f, {"V": X, "U": X})
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the gradient of U is zero in every entry at this point, so that most errors in it cannot be seen: check at "
        "another point (all blocks random, none zero), or pass allow_zero=['U']"
    )
    assert check_gradient(f, {"V": X, "U": X}, allow_zero=["U"]).passed
    assert check_gradient(f, {"V": X, "U": X}, allow_zero="U").passed
    assert check_gradient(lambda x: (1.0, 0 * x), X, names="table", allow_zero="table").passed
    assert check_gradient(f, {"V": X, "U": X}, allow_zero=["V"]).verdict == "inconclusive"
    assert check_gradient(f, {"V": X, "U": X}, only=("V", 2)).passed
    assert check_gradient(f, {"V": X, "U": X}, only=("U", 2)).verdict == "inconclusive"


@pytest.mark.parametrize("factor", [1, -1, 7])
def test_a_block_in_which_the_loss_stands_still(factor):
    """A saturated softmax: the loss is exactly zero around x, and whatever tiny gradient f claims agrees with it."""

    def saturated(x):
        scores = np.array([-2, 1]) * x  # (2,)
        e = np.exp(scores - scores.real.max())
        return np.log(e.sum()) + scores.real.max() - scores[1], -3 * factor * e[:1] / e.sum()

    report = check_gradient(saturated, np.array([100.0]))
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the loss does not move with x at this point, and the gradient is so small there that it may be wrong: check "
        "at another point (no scores saturated), or pass allow_zero=['x']"
    )
    assert check_gradient(saturated, np.array([100.0]), allow_zero=["x"]).passed
    assert check_gradient(saturated, np.array([1.0])).verdict == ("passed" if factor == 1 else "failed")


def batch_norm(x, returned=1.0):
    """A batch norm takes off the mean, and with it the bias b before it, whose gradient is zero but for roundings."""
    W, b = x
    z = X @ W + b  # (6, 3)
    centred = z - z.mean(axis=0)
    scale = 1 / np.sqrt((centred**2).mean(axis=0))
    y = centred * scale
    delta = 3 * y**2
    delta = scale * (delta - delta.mean(axis=0) - y * (delta * y).mean(axis=0))
    return (y**3).sum(), X.T @ delta, returned * delta.sum(axis=0).real


@pytest.mark.parametrize("returned", [1, 0, -3])
@pytest.mark.parametrize("seed", range(3))
def test_a_block_that_is_zero_but_for_rounding(seed, returned):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((4, 3)), rng.standard_normal(3)
    report = check_gradient(lambda x: batch_norm(x, returned), x, names=("W", "b"))
    assert report.verdict == "inconclusive"
    what = "the loss does not move with b" if returned else "the gradient of b is zero in every entry"
    assert report.reason.startswith(f"{what} at this point, ")
    assert report.reason.endswith("or pass allow_zero=['b']")
    assert check_gradient(lambda x: batch_norm(x, returned), x, names=("W", "b"), allow_zero="b").passed


@pytest.mark.parametrize("size", [1e-13, 1e-14, 1e-16, 1e-18])
@pytest.mark.parametrize("factor", [1.001, 2, 0])
def test_a_gradient_that_may_be_zero_and_is_but_small(size, factor):
    """What is far below the rounding of the loss is no rounding if it is the same for all steps."""
    report = check_gradient(
        lambda x: ((x[0] ** 2).sum() + size * np.sin(x[1]).sum(), 2 * x[0], factor * size * np.cos(x[1])),
        (X, X),
        allow_zero=["x[1]"],
    )
    assert report.verdict == "inconclusive"


@pytest.mark.parametrize("factor", [1, -1, 7])
def test_a_gradient_below_the_rounding_of_a_loss_of_real_numbers(factor):
    report = check_gradient(
        lambda x: (1e6 + 1e-12 * float(np.sin(x[0])), factor * 1e-12 * np.cos(x)), np.array([0.3])
    )
    assert report.verdict == "inconclusive"
    assert report.reason.startswith("the loss does not move with x at this point")


@pytest.mark.parametrize(("near", "strength"), [(2.5e-6, 3.5e-4), (-4.8e-8, 1.4e-5), (1.4e-9, 6.7e-5), (4e-8, 1e-6)])
def test_a_kink_close_to_x_beneath_the_curvature(near, strength):
    """Five-point differences across it agree on the mean of the two slopes, as they lose the curvature."""

    def lasso(x, wrong=0.0):
        x = np.asarray(x, float)  # no complex numbers
        return ((x - 1) ** 2 + strength * np.abs(x)).sum(), 2 * (x - 1) + strength * np.sign(x) + wrong

    x = np.array([near, 3.0, -1.5])
    report = check_gradient(lasso, x)
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "a kink lies so close to x at 1 entries, x[0] first, that real differences cross it and cannot decide: check "
        "at a point farther from it"
    )
    for wrong in ([3 * strength, 0, 0], [-3 * strength, 0, 0], [0, 1e-6, 0], [1e-2, 0, 0]):
        assert check_gradient(lambda x, wrong=wrong: lasso(x, np.array(wrong)), x).verdict == "failed"


@pytest.mark.slow  # 20,000 rows
def test_a_cross_entropy_that_rounds_one_minus_p():
    """Real and complex numbers round 1 − p differently where p is near 1, by more than small steps of x show."""
    rng = np.random.default_rng([5, 0, 27])
    n = int(rng.integers(100, 20000))
    X = rng.standard_normal((n, 4)) * 10 ** rng.uniform(-2, 2, 4)
    y, w = (rng.random(n) < 0.5) * 1.0, rng.standard_normal(4) / 10

    def f(w, factor=1.0):
        p = 1 / (1 + np.exp(-(X @ w)))
        loss = -(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12)).mean()
        delta = (-(y / (p + 1e-12)) + (1 - y) / (1 - p + 1e-12)) * p * (1 - p)
        return loss, factor * (X.T @ delta / n)

    report = check_gradient(f, w)
    assert report.verdict == "inconclusive"
    assert "the gradient agrees only as far as the roundings of the terms allow" in report.reason
    assert check_gradient(lambda w: f(w, 1 + 1e-5), w).verdict == "failed"


@pytest.mark.parametrize("take", [complex, float])
def test_what_is_advised_for_a_tiny_loss_decides(take):
    def f(x, size):
        loss, gradient = cube(x)
        return size * (loss if take is complex else float(loss)), size * 1.001 * gradient

    report = check_gradient(lambda x: f(x, 1e-12), X)
    assert report.verdict == "inconclusive"
    assert "multiply a small one and its gradient by a large number" in report.reason
    assert ("let f take complex numbers" in report.reason) == (take is float)
    assert check_gradient(lambda x: f(x, 1e-12 * 1e12), X).verdict == "failed"


@pytest.mark.parametrize("take", [complex, float])
def test_what_is_advised_for_a_large_x_decides(take):
    """Its size, not that of the loss, is why errors may be hidden."""

    def f(x, unit):
        z = x * unit / 1e6
        loss = 1e-3 * np.sin(z).sum()
        return loss if take is complex else float(loss), 1.01e-3 * np.cos(z).real * unit / 1e6

    x = 4e5 * np.array([1.0, 2.0, 1.3])
    report = check_gradient(lambda x: f(x, 1.0), x)
    assert report.verdict == "inconclusive"
    start = (
        "the rounding of x, up to 8e+05, may hide errors in the gradient of x: give x in units in which it is near 1"
    )
    assert report.reason.startswith(start)
    assert "(512 roundings of x, up to 800000" in report.tolerance
    assert check_gradient(lambda x: f(x, 1e6), x / 1e6).verdict == "failed"


def test_a_wrong_gradient_where_the_loss_stays_zero():
    """As of a hinge with its margin kept: no rounding bounds the smaller steps that might confirm it."""
    report = check_gradient(lambda x: (float(np.maximum(1 - x, 0).sum()), -np.ones(3)), np.array([2.0, 3, 4]))
    assert report.verdict == "failed"
    assert report.reason == "the gradient is wrong in 3 of 3 compared entries"


def test_a_zero_that_is_wrong_fails():
    report = check_gradient(lambda x: (cube(x)[0], 0 * x), X, allow_zero=["x"])
    assert report.verdict == "failed"


def test_a_gradient_below_the_rounding_of_the_loss():
    report = check_gradient(lambda x: (1.0 + 1e-16 * (x**2).sum(), 2.1e-16 * x), X)
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the rounding of the loss, 1, may hide errors in the gradient of x: leave constants out of the loss, "
        "multiply a small one and its gradient by a large number, or check at another point"
    )

    def f(x):
        return (x[0] ** 2).sum() + 1e-16 * (x[1] ** 2).sum(), 2 * x[0], 2.1e-16 * x[1]

    assert "may hide errors in the gradient of x[1]: " in check_gradient(f, (X, X)).reason
    assert check_gradient(f, (X, X), only=("x[0]", 1)).passed
    assert check_gradient(f, (X, X), only=("x[1]", 1)).verdict == "inconclusive"


def test_what_rounding_may_hide_names_the_tolerance_that_decides():
    def f(x):
        return 1 + 1e-8 * (x**3).sum(), 3e-8 * (1 + 2e-7) * x**2

    assert check_gradient(f, X).reason.endswith("or check at another point, or pass rtol=1e-6")
    assert check_gradient(f, X, rtol=1e-6).passed


def test_what_is_too_inaccurate_names_the_tolerance_that_decides(monkeypatch):
    def f(x):
        x = np.asarray(x, float)
        return (x**3).sum(), 3 * x**2 * (1 + 3e-8 * (x == X))

    with monkeypatch.context() as patch:  # as where distances are squares less products, on some machines
        patch.setattr(Comparison, "_judged", lambda self, i: "unsure")
        reason = check_gradient(f, X).reason
    assert reason.endswith("let it take complex numbers, pass rtol=1e-7 or check elsewhere")
    assert check_gradient(f, X, rtol=1e-7).passed


@pytest.mark.parametrize("offset", [1e7, 1e9])
@pytest.mark.parametrize("factor", [1, 1 + 1e-7, 1 + 1e-5])
def test_differences_of_a_large_loss_hide_an_error(offset, factor):
    def f(x):  # takes no complex numbers
        s = special.expit(x)
        return offset + s.sum(), factor * s * (1 - s)

    report = check_gradient(f, X[0])
    assert report.reason.startswith(f"the rounding of the loss, {offset:.3g}, may hide errors in the gradient of x: ")
    assert check_gradient(lambda x: (f(x)[0] - offset, special.expit(x) * special.expit(-x)), X[0]).passed


@pytest.mark.parametrize("scale", [1e-22, 1e-31])
@pytest.mark.parametrize("zeros", [0, 1])
def test_numbers_far_smaller_than_the_complex_step(scale, zeros):
    def f(x, factor=1.0):
        p, q = x[0] / scale, x[1]
        root = np.sqrt(1 + p @ p + q @ q)
        return root, (factor * p / root / scale, q / root)

    x = np.concatenate([np.zeros(zeros), X[0]]) * scale, X[1]
    assert check_gradient(f, x).passed
    report = check_gradient(lambda x: f(x, 1 + 1e-9), x)
    assert (report.verdict, report.wrong_rows) == ("failed", ("x[0]",))
    assert report.method.startswith("complex step")
    assert "five-point" not in report.method
    real = check_gradient(lambda x: (float(f(x)[0]), f(x)[1]), x)  # a ComplexWarning, and so real differences
    assert (real.verdict, real.method[:10]) == ("passed", "five-point")


def test_what_a_solver_s_tolerance_leaves_is_not_called_an_error():
    def f(x, off):
        s = special.expit(x)
        return s.sum(), s * (1 - s) + off * np.cos(9 * x)

    assert check_gradient(lambda x: f(x, 1e-7), X[0]).verdict == "failed"
    report = check_gradient(lambda x: f(x, 5e-11), X[0])
    assert report.verdict == "inconclusive"
    assert report.reason.startswith("the gradient differs from real differences by up to ")
    assert report.reason.endswith(" Let f take complex numbers, or pass rtol=1e-9")
    assert check_gradient(lambda x: f(x, 5e-11), X[0], rtol=1e-9).passed


def flow(x, factor=1.0):
    """End value of y′ = −a y + b sin t, squared, with its sensitivities, to the solver's own tolerance."""
    a, b = x
    solved = solve_ivp(
        lambda t, s: [-a * s[0] + b * np.sin(t), -s[0] - a * s[1], np.sin(t) - a * s[2]], (0, 3), [1.0, 0, 0]
    )
    y, *slopes = solved.y[:, -1]
    return y**2, factor * 2 * y * np.array(slopes)


def fixed_point(x, factor=1.0, tol=1e-7):
    """Sum of the y = 0.6 tanh y + x, which are found one by one, with the derivative 1/(1 − 0.6/cosh² y)."""
    y, last = x, x + 1
    while np.abs(y - last).max() > tol:
        y, last = 0.6 * np.tanh(y) + x, y
    return y.sum(), factor / (1 - 0.6 / np.cosh(y.real) ** 2)


def flow_by(x, integrate=solve_ivp):
    """Compute the same by a solver of another name."""
    y, dy_da, dy_db = integrate(
        lambda t, s: [-x[0] * s[0] + x[1] * np.sin(t), -s[0] - x[0] * s[1], np.sin(t) - x[0] * s[2]],
        (0, 3),
        [1.0, 0, 0],
    ).y[:, -1]
    return y**2, 2 * y * np.array([dy_da, dy_db])


def test_a_solver_may_have_another_name():
    assert check_gradient(flow_by, np.array([0.7, 1.2])).verdict == "inconclusive"


@pytest.mark.parametrize(("f", "rtol"), [(flow, 1e-2), (fixed_point, 1e-6)])
@pytest.mark.parametrize("seed", range(4))
def test_what_stops_at_a_tolerance_is_not_called_wrong(f, rtol, seed):
    x = np.random.default_rng(seed).uniform(0.5, 1.5, 2)
    report = check_gradient(f, x)
    assert report.verdict == "inconclusive"
    assert "it is wrong by a little, or f stops at a tolerance: make that smaller, or pass rtol=1e-" in report.reason
    assert check_gradient(f, x, rtol=rtol).passed
    assert check_gradient(lambda x: f(x, 1.001), x).verdict == "inconclusive"
    assert check_gradient(lambda x: f(x, 1.1), x).verdict == "failed"


def below(x):
    """Stop a fixed point below a bare number, which no variable names."""
    y = x + 0
    for _ in range(100):
        last, y = y, 0.6 * np.tanh(y) + x
        if np.abs(y - last).max() < 1e-7:
            break
    return y.sum(), 1 / (1 - 0.6 / np.cosh(y.real) ** 2)


def close(x):
    """Stop a fixed point where two steps are close."""
    y, last = x, x + 1
    while not np.allclose(y, last, atol=0):
        y, last = 0.6 * np.tanh(y) + x, y
    return y.sum(), 1 / (1 - 0.6 / np.cosh(y.real) ** 2)


class Solver:
    """A fixed point in a class."""

    eps = 1e-7

    def __call__(self, x):
        y, last, size = x, x + 1, 1.0
        while self.eps * size < np.abs(y - last).max():
            y, last = 0.6 * np.tanh(y) + x, y
        return y.sum(), 1 / (1 - 0.6 / np.cosh(y.real) ** 2)


@pytest.mark.parametrize("f", [below, close, Solver()])
def test_loops_stop_at_numbers_and_attributes_too(f):
    report = check_gradient(f, np.array([0.7, 1.2]))
    assert report.verdict == "inconclusive"
    assert "f stops at a tolerance" in report.reason


class Tree:
    """What has a root."""

    root = 1.0


def asserting(x):
    assert np.allclose(x.real, +x.real)
    return tree.root


def clipping(x, tol=1e-8):
    """Take a sum of some of the entries in a loop that stops at none."""
    total = 0.0
    for i in range(len(x)):
        if i < len(x): total += max(tol, 1.0, 1e-8)  # fmt: skip  # noqa: E701
    return total / len(x)


def counting(x):
    """Take a sum up to a number of steps."""
    total, i, steps = 0.0, 0, len(x)
    while i < steps:
        total, i = total + 1, i + 1
    return total / steps


tree = Tree()


@pytest.mark.parametrize("part", [asserting, clipping, counting, lambda x: special.expit(40) * tree.root])
def test_names_alone_excuse_no_error(part):
    def f(x, missing=0.0):
        w = x / 1.0
        return part(x) * (np.cosh(w).sum() + 5e-4 * w @ w), part(x) * (np.sinh(w) + (1e-3 - missing) * w)

    x = np.array([0.7, -1.2])
    assert check_gradient(f, x).passed
    assert check_gradient(lambda x: f(x, 1e-3), x).verdict == "failed"


def in_single(x, factor=1.0, *, refuses=False):
    """J of a float32 table and a float64 vector, of which the first meet in float32 only."""
    E, w = x
    if refuses and E.dtype != np.float32:
        raise TypeError("float32 is wanted")
    v, ids = E[[0, 1, 1, 2, 0, 2, 1]].sum(axis=0), [0, 1, 1, 2, 0, 2, 1]
    s, g = np.tanh(v @ w), np.zeros(E.shape, np.result_type(E, w))
    np.add.at(g, ids, (1 - s * s) * w)
    return s, g, factor * (1 - s * s) * v


@pytest.mark.parametrize("condition", [10, 1e3, 1e4, 1e5])
@pytest.mark.parametrize("seed", range(4))
def test_what_the_condition_of_equations_leaves_is_not_called_an_error(seed, condition):
    rng = np.random.default_rng(seed)
    (Q, _), (P, _) = np.linalg.qr(rng.standard_normal((8, 5))), np.linalg.qr(rng.standard_normal((5, 5)))
    A, c, y = Q @ np.diag(np.geomspace(1, 1 / condition, 5)) @ P, rng.standard_normal(5), rng.standard_normal(8)

    def squared(y, factor=1.0):
        u = c @ np.linalg.solve(A.T @ A, A.T @ y)
        return u**2, factor * 2 * u * (A @ np.linalg.solve(A.T @ A, c))

    right = check_gradient(squared, y)
    assert right.verdict == "passed" or (condition >= 1000 and right.verdict == "inconclusive")
    if right.verdict == "inconclusive":
        assert "as where f solves equations, whose condition multiplies it: pass rtol=1e-6" in right.reason
        assert check_gradient(squared, y, rtol=1e-6).verdict == "passed"
    assert check_gradient(lambda y: squared(y, 1.001), y).verdict == "failed"


def test_the_roundings_of_float32_beside_float64_are_no_error():
    x = (0.1 * X[:3].astype(np.float32) + np.float32(1e-3), X[0] / 3)
    assert check_gradient(in_single, x).passed
    report = check_gradient(lambda x: in_single(x, 1 + 1e-8), x)
    assert (report.verdict, report.wrong_rows) == ("failed", ("x[1]",))
    report = check_gradient(lambda x: in_single(x, refuses=True), x, loss=lambda x: in_single(x)[0])
    assert (report.verdict, report.wrong_rows) == ("inconclusive", ())
    assert report.reason.startswith("x is float32 in part, and the gradient is off by no more than its roundings: ")


def test_a_faint_gradient_that_agrees_all_the_same():
    assert check_gradient(lambda x: (1e-18 + 1e-18 * (x**2).sum(), 2e-18 * x), X).passed


def test_a_loss_that_is_not_smooth_around_the_point():
    def loss(x):  # without the sum it is zero on both axes, and not between them
        a, b = np.asarray(x, float)
        return float(abs(a * b) / (abs(a) + abs(b)) + a + b) if a or b else 0.0

    def gradient(x):
        a, b = np.abs(np.asarray(x, float))
        return 1 + np.sign(x.real) * np.array([b, a]) ** 2 / (a + b) ** 2 if a or b else np.ones(2)

    report = check_gradient(lambda x: (loss(x), gradient(x)), np.zeros(2))
    assert report.verdict == "inconclusive", str(report)
    assert report.reason == (
        "every compared entry agrees, but the Taylor remainder falls with order 1.00 instead of 2: the loss is not "
        "smooth around this point"
    )
    assert report.taylor == "the remainder falls with order 1.00, expected ≥ 1.95"


NEAR_AN_EDGE = {
    "logarithm": (lambda p: np.log(1 - p), lambda p: -1 / (1 - p)),
    "cross entropy": (lambda p: -0.3 * np.log(p) - 0.7 * np.log(1 - p), lambda p: -0.3 / p + 0.7 / (1 - p)),
    "artanh": (np.arctanh, lambda p: 1 / (1 - p * p)),
    "pole": (lambda p: 1 / (1 - p), lambda p: 1 / (1 - p) ** 2),
    "root": (lambda p: np.sqrt(1 - p), lambda p: -0.5 / np.sqrt(1 - p)),
}


@pytest.mark.parametrize("far", [1e-3, 1e-6, 3e-8, 1e-9, 1.7e-11, 1e-13])
@pytest.mark.parametrize("name", NEAR_AN_EDGE)
def test_beside_the_edge_of_its_domain_a_right_gradient_is_not_called_wrong(name, far):
    J, slope = NEAR_AN_EDGE[name]
    x = np.array([1 - far, 0.3, 0.2, 0.9])
    right = check_gradient(lambda x: (J(x).sum(), slope(x)), x)
    assert right.verdict == "passed" or (far < 1e-7 and right.verdict == "inconclusive")
    for i in range(4):
        wrong = check_gradient(lambda x, i=i: (J(x).sum(), slope(x) * np.where(np.arange(4) == i, 1.01, 1)), x)
        assert wrong.verdict != "passed" or abs(slope(x)[i]) < 1e-9 * abs(slope(x)[0])


@pytest.mark.parametrize("frequency", 10.0 ** np.arange(3, 15))
@pytest.mark.parametrize("real", [False, True])
def test_a_loss_that_swings_fast_is_not_called_wrong(frequency, real):
    def swings(x, factor=1.0):
        phase = frequency * (np.asarray(x, float) if real else x)  # this raises for complex numbers
        return np.sin(phase).sum(), factor * frequency * np.cos(phase)

    x = np.random.default_rng(1).standard_normal(3)
    assert check_gradient(swings, x).verdict in ("passed", "inconclusive")
    assert check_gradient(lambda x: swings(x, 1.5), x).verdict in ("failed", "inconclusive")
    if frequency <= 1e12:
        assert check_gradient(lambda x: swings(x, 1.5), x).verdict == "failed"


def test_a_jump_proves_nothing():
    report = check_gradient(lambda x: ((x.real > 0).sum() + 2.5 * x.real.sum(), 2.5 + 0 * x.real), np.zeros(3))
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the numeric derivative is too inaccurate at 3 entries, x[0] first: the loss is noisy, close to a kink or "
        "at the edge of its domain; let it keep the imaginary part of complex numbers or check elsewhere"
    )


@pytest.mark.parametrize("amount", [1e-3, 1e-6, 1e-9])
def test_no_wrong_gradient_hides_in_noise(amount):
    def f(x):
        x = np.asarray(x, float)
        return (x**2).sum() + amount * np.sin(1e9 * x).sum(), 2.2 * x

    assert not check_gradient(f, X).passed


@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1 + 1e-6, "inconclusive"), (1 + 1e-4, "failed")])
def test_what_real_differences_cannot_tell_from_an_error_does_not_pass(factor, verdict):
    """A Gaussian process without noise: the rounding of its likelihood is multiplied by a condition of 1e8."""
    at = np.linspace(-2, 2, 8)
    y, squares = np.sin(3 * at), (at[:, None] - at) ** 2

    def f(x):
        x = np.asarray(x, float)
        K = np.exp(x[0] - squares / 2 * np.exp(-2 * x[1]))
        slopes = np.array([K, K * squares * np.exp(-2 * x[1])])
        inverse = np.linalg.inv(K + 1e-7 * np.eye(8))
        J = (y @ inverse @ y - np.linalg.slogdet(inverse)[1]) / 2
        by_K = (inverse - np.outer(inverse @ y, inverse @ y)) / 2
        return J, factor * (by_K * slopes).sum((1, 2))

    assert check_gradient(f, np.array([0.0, 0.8])).verdict == verdict


@pytest.mark.parametrize(
    ("f", "taylor"),
    [
        (lambda x: ((x**2).sum(), 2 * x), "the remainder falls with order 2.00"),
        (lambda x: ((x**2).sum(), 2.1 * x), "the remainder falls with order 1.00, expected ≥ 1.95"),
        (lambda x: (x.sum(), 0 * x + 1), "the remainder is at rounding level"),
    ],
)
def test_taylor(f, taylor):
    assert check_gradient(f, X).taylor == taylor


def test_taylor_where_two_terms_cancel_on_one_side():
    for sign in (1, -1):  # J = 1e-4 t² ± t³: below h = 5e-5 all is rounding, above it the cube counts

        def f(t, sign=sign):
            return t + 1e-4 * t**2 + sign * t**3, 1 + 2e-4 * t + 3 * sign * t**2

        report = check_gradient(f, 0.0)
        assert report.passed, str(report)
        assert report.taylor.startswith("the remainder falls with order ")


# large problems


def first_rows(x):
    """J = Σ x³ of the rows 3 and 5 only."""
    gradient = np.zeros_like(x)
    gradient[[3, 5]] = 3 * x[[3, 5]] ** 2
    return (x[[3, 5]] ** 3).sum(), gradient


def test_touched_rows_one_by_one_and_the_others_at_once():
    calls = []

    def loss(x):
        moved = (x != BIG).any(axis=1)
        calls.append((moved[[3, 5]].any(), np.delete(moved, [3, 5]).any()))
        return first_rows(x)[0]

    report = check_gradient(first_rows, BIG, loss=loss, limit=1000)
    assert report.passed
    assert (report.checked, report.total) == (8, 1200)
    assert report.method.startswith("1,192 of untouched rows along one; complex step")
    assert len(calls) < 110
    assert calls.count((False, True)) == 3  # by a complex step, by a real one, and where half of the rows are moved


@pytest.mark.parametrize("f", [lambda v: v.sum(), lambda v: v @ v, lambda v: v[2], lambda v: 1e-6 * v[0] ** 3])
@pytest.mark.parametrize("seed", range(4))
def test_a_loss_that_depends_on_an_untouched_row(f, seed):
    report = check_gradient(
        lambda x: (first_rows(x)[0] + f(x[123]), first_rows(x)[1]), BIG, words=WORDS, limit=1000, seed=seed
    )
    assert report.verdict == "failed"
    assert report.wrong_rows == ('x[123] ("w123")',)
    assert report.hints == ('x[123] ("w123"): zero where it should not be: this word\'s gradient is lost',)
    assert "only=('x', 123)" in report.call


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 12))])
def test_opposite_derivatives_in_an_untouched_row_do_not_cancel(seed):
    report = check_gradient(
        lambda x: (first_rows(x)[0] + x[9, 1] - x[9, 2], first_rows(x)[1]), BIG, limit=100, seed=seed
    )
    assert report.wrong_rows == ("x[9]",)


def test_a_dependence_below_what_real_steps_see():
    report = check_gradient(lambda x: (first_rows(x)[0] + 5e-13 * x[9, 1], first_rows(x)[1]), BIG, limit=100)
    assert report.wrong_rows == ("x[9]",)


def test_an_untouched_row_that_complex_numbers_do_not_see():
    report = check_gradient(lambda x: (first_rows(x)[0] + np.abs(x[200]).sum(), first_rows(x)[1]), BIG, limit=1000)
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[200]",)


def test_untouched_rows_by_real_differences():
    def real(x):
        return first_rows(np.asarray(x, float))

    assert check_gradient(real, BIG, limit=1000).passed
    report = check_gradient(lambda x: (real(x)[0] + x.real[250].sum(), real(x)[1]), BIG, limit=1000)
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[250]",)


def test_a_gradient_that_is_zero_throughout():
    report = check_gradient(lambda x: (1.0, 0 * x), BIG, limit=1000)
    assert report.verdict == "inconclusive"
    report = check_gradient(lambda x: (x[77].sum(), 0 * x), BIG, limit=1000, allow_zero=["x"])
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[77]",)


@pytest.mark.parametrize("take", [np.asarray, lambda x: np.asarray(x, dtype=float)], ids=["complex", "real"])
@pytest.mark.parametrize("row", [0, 17, 299])
def test_a_wrong_row_of_a_large_dense_gradient(take, row):
    def f(x):
        return cube(take(x))

    right = check_gradient(f, BIG, limit=300)
    assert right.passed, str(right)
    assert right.checked <= 60
    assert right.method.startswith("1,200 along 2 random directions, where 139 tolerances show; ")
    report = check_gradient(off((row, 2), 1e-4, f), BIG, limit=300)
    assert report.verdict == "failed"
    assert report.wrong_rows == (f"x[{row}]",)
    assert report.worst.index == (row, 2)


def test_many_wrong_rows_of_a_large_dense_gradient():
    report = check_gradient(lambda x: (cube(x)[0], 2 * x**2), BIG, limit=300)
    assert report.verdict == "failed"
    assert len(report.wrong_rows) >= 15


@pytest.mark.parametrize("limit", [1, 9, 23, 24])
def test_any_limit(limit):
    assert check_gradient(cube, X, limit=limit).passed
    assert check_gradient(off((4, 1), 0.1), X, limit=limit).wrong_rows == ("x[4]",)


# whatever the function


def random_function(rng, n, D):
    """Make J of a dict {"V": (n, D), "U": (n, D), "b": (n,)} with its gradient: softmax, products, squares."""
    c, t, k = rng.integers(n, size=3)
    w, a = rng.uniform(0.5, 2, n), rng.uniform(0.2, 2)

    def f(x):
        V, U, b = x["V"], x["U"], x["b"]
        scores = U @ V[c] + b
        e = np.exp(scores - scores.real.max())
        p = e / e.sum()
        loss = scores.real.max() + np.log(e.sum()) - scores[t] + (w @ (V * V)).sum() / 2 + a * np.sin(U[k]).sum()
        d = p.copy()
        d[t] -= 1
        gV = w[:, None] * V
        gV[c] += U.T @ d
        gU = np.outer(d, V[c])
        gU[k] += a * np.cos(U[k])
        return loss, {"V": gV, "U": gU, "b": d}

    return f


def flat(f):
    """Return f of a tuple, which returns (loss, gradient, gradient, gradient)."""

    def flattened(x):
        loss, gradient = f(dict(zip("VUb", x, strict=True)))
        return loss, *gradient.values()

    return flattened


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), n=st.integers(2, 7), D=st.integers(1, 5), form=st.sampled_from(["dict", "flat"]))
def test_right_gradients_pass_and_any_perturbation_is_found_where_it_is(seed, n, D, form):
    rng = np.random.default_rng(seed)
    f = random_function(rng, n, D)
    x = {"V": rng.standard_normal((n, D)), "U": rng.standard_normal((n, D)), "b": rng.standard_normal(n)}
    block = ["V", "U", "b"][rng.integers(3)]
    at = tuple(int(rng.integers(k)) for k in x[block].shape)
    row = f(x)[1][block][at[0]] if block != "b" else f(x)[1][block]
    amount = 10 ** rng.uniform(-8, 2) * np.abs(row).max() * rng.choice([-1, 1])

    def wrong(x):
        loss, gradient = f(x)
        gradient[block][at] += amount
        return loss, gradient

    options = {}
    if form == "flat":
        x, options = tuple(x.values()), {"names": ["V", "U", "b"]}
    report = check_gradient(flat(f) if options else f, x, **options)
    assert report.passed, str(report)
    report = check_gradient(flat(wrong) if options else wrong, x, **options)
    assert report.verdict == "failed"
    assert (report.worst.block, report.worst.index) == (block, at)
    assert len(report.wrong_rows) == 1


# what looks like a kink, and what hides


def test_a_jump_is_no_kink():
    def f(x):
        return x["w"] @ x["w"] + (x["b"].real > 0).sum(), {"w": 2 * x["w"], "b": np.array([3.0, 9999.0])}

    report = check_gradient(f, {"w": X[0], "b": np.zeros(2)})
    assert report.verdict == "failed"
    assert report.kinks == ()


def test_no_kink_excuses_what_the_certified_complex_step_contradicts():
    def f(x):
        lengths = np.sqrt((x * x).sum(axis=1, keepdims=True) + 1e-12)
        return lengths.sum(), np.where((x * x).real.sum(axis=1, keepdims=True) < 1e-6, 0.5, x / lengths)

    assert check_gradient(f, np.array([[1.0, 2.0], [0.0, 0.0]])).verdict == "failed"


def test_a_loss_in_quanta_is_not_taken_for_constant():
    def f(x):
        return float((x.astype(np.float32) ** 2).sum()), 2 * x

    assert check_gradient(f, X, rtol=1e-2).passed
    assert check_gradient(lambda x: (f(x)[0], 3 * x), X, rtol=1e-2).verdict == "failed"


def test_a_function_that_remembers_its_last_x():
    class Memo:
        x = J = None

        def __init__(self, is_new):
            self.is_new = is_new

        def __call__(self, x):
            if self.x is None or self.is_new(x, self.x):
                self.x, self.J = (x.copy(), (x * x).sum()) if self.is_new is not is_another else (x, (x * x).sum())
            return self.J, 2 * self.x

    def is_another(a, b):
        return a is not b

    assert check_gradient(Memo(lambda a, b: not np.array_equal(a, b)), X).passed
    assert check_gradient(Memo(is_another), X).reason.startswith("contract: called with the same array, in which the")


def test_outside_of_its_domain_a_function_may_raise_what_it_likes():
    def f(x):
        if not (x.real > 0).all():
            raise RuntimeError("not positive")
        return -np.log(x).sum(), -1 / x

    assert check_gradient(f, np.array([1e-3, 0.5])).passed


def test_float32_points_are_looked_at_in_double_precision_too():
    def f(x):
        gradient = 2 * x / x.dtype.type(1e5)
        gradient[0, 0] += 1
        gradient[1] *= -1
        return (x * x).sum() / x.dtype.type(1e5) + x[0, 0], gradient

    report = check_gradient(f, X.astype(np.float32))
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[1]",)


def test_a_gradient_of_the_first_call_is_seen_in_double_precision():
    """It moves less than float32 rounds the loss of 1."""
    kept = []

    def f(x):
        kept.append(3 * x * x)
        return (x**3).sum(), 3 * x * x if np.iscomplexobj(x) else kept[0].astype(x.dtype)

    report = check_gradient(f, np.array([0.01, -0.02], np.float32))
    assert report.verdict == "failed"
    assert "is some of it kept from an earlier call?" in report.reason


@pytest.mark.parametrize("refuses", [TypeError, AssertionError])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1.001, "failed"), (-1, "failed")])
def test_a_function_that_takes_float32_only_is_checked_in_float32(refuses, factor, verdict):
    """As one that is compiled for it, or asserts it: it was never called, and every gradient was inconclusive."""

    def f(x):
        if x.dtype != np.float32:
            raise refuses("float32 is wanted")
        return np.tanh(x).sum(), np.float32(factor) * (1 - np.tanh(x) ** 2)

    report = check_gradient(f, X.astype(np.float32))
    assert report.verdict == verdict
    assert "five-point differences" in report.method
    assert check_gradient(f, X.astype(np.float32), loss=lambda x: np.tanh(x).sum()).verdict == verdict


MEDIAN = np.array([0.0, 0, 1, 0, 0])
KTH = np.array([0.3, -1, 2, 0.5, 1.5])


@pytest.mark.parametrize("weights", [MEDIAN, KTH])
@pytest.mark.parametrize(
    ("factor", "verdict"), [(1, ("passed", "inconclusive")), (5, ("failed",)), (-3, ("failed",))]
)
def test_equal_numbers_that_are_sorted(weights, factor, verdict):
    """Where kinks meet, slopes at x may be others than all those beside x: a median stays, whichever number moves."""

    def f(x):
        order = np.argsort(x["a"].real, kind="stable")
        a = np.zeros(5, x["a"].dtype)
        a[order] = factor * weights
        return weights @ x["a"][order] + x["b"] @ x["b"] / 2, {"a": a, "b": x["b"]}

    assert check_gradient(f, {"a": np.full(5, 0.7), "b": X[0]}).verdict in verdict


@pytest.mark.parametrize(("factor", "verdict"), [(1, "inconclusive"), (1.01, "failed")])
@pytest.mark.parametrize(
    ("power", "p", "x"),
    [
        (lambda x: np.abs(x) ** 1.5, 1.5, [0.0, 1]),
        (lambda x: (x * x) ** 0.75, 1.5, [0.0, 1]),
        (lambda x: np.abs(x) ** (4 / 3), 4 / 3, [0.0, 0.3, -2]),
    ],
)
def test_a_power_at_zero_where_it_is_not_analytic(power, p, x, factor, verdict):
    """A complex step gives (ih)^1.5/h, which is 7e-11; and no remainder falls with order 2."""

    def f(x):
        return power(x).sum(), factor * p * np.sign(x) * np.abs(x) ** (p - 1)

    assert check_gradient(f, np.array(x)).verdict == verdict


@pytest.mark.parametrize("x", [np.array([1.0, 2, 2, 2, 4]), np.zeros(3), np.zeros(5, np.float32)])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "inconclusive"), (5, "failed")])
def test_a_median_that_complex_steps_follow(x, factor, verdict):
    """The median of three equal numbers is linear in almost all directions, but not smooth."""

    def f(x):
        y = np.sort(x)[len(x) // 2]
        is_middle = x.real == y.real
        return y, factor * is_middle.astype(x.real.dtype) / is_middle.sum()

    assert check_gradient(f, x).verdict == verdict


@pytest.mark.parametrize("eps", [1e-12, 1e-14])
@pytest.mark.parametrize(("wrong", "verdict"), [(0, "inconclusive"), (0.1, "failed")])
def test_a_root_that_is_smooth_is_no_kink(eps, wrong, verdict):
    def f(x):
        root = np.sqrt(x * x + eps * eps)
        return root.sum() + x.sum(), x / root + 1 + wrong * (x == 0)

    assert check_gradient(f, np.zeros(3)).verdict == verdict


def test_a_median_beside_which_the_slope_moves_by_rounding_alone():
    def f(x):
        return 16002.3 * np.median(x) + 0.1 * (x * x).sum(), 16002.3 * (np.arange(3) == 1) + 0.2 * x

    assert check_gradient(f, np.zeros(3)).verdict == "inconclusive"


def test_nothing_is_said_to_agree_that_is_open():
    """Half of a median's gradient: where three numbers are equal, it may be one of a kink."""

    def f(x):
        is_middle = np.arange(3) == np.argsort(x.real, kind="stable")[1]
        return np.median(x), 0.5 * is_middle

    report = check_gradient(f, np.zeros(3))
    assert report.verdict == "failed"
    assert report.reason.startswith("1 entry cannot be decided here, x[1] first, but the gradient is wrong at")


def test_a_cache_with_a_part_of_x_as_its_key_is_seen_beside_a_kink():
    """A hinge at its margin: other points than a generic one tell, too."""
    kept = {}

    def f(x):
        J = (x["w"] ** 3).sum() + np.maximum(1 - x["k"], 0).sum()
        return J, {"w": kept.setdefault(x["k"].tobytes(), 3 * x["w"] ** 2), "k": -1.0 * (x["k"].real < 1)}

    assert check_gradient(f, {"w": X[0], "k": np.array([1.0, 0, 2])}).verdict == "failed"


# no false accusation: each kind is a family of correct functions


def through_abs(rng, name):
    """Make a large term beside a tiny one through a function of NumPy that drops imaginary parts."""
    a, size = rng.uniform(10, 100, 4), 10.0 ** rng.uniform(-10, -9)
    value, slope = {
        "abs": (lambda x: np.abs(x).sum(), np.sign),
        "norm": (np.linalg.norm, lambda x: x / np.linalg.norm(x)),
        "vdot": (lambda x: np.vdot(x, x), lambda x: 2 * x),
        "cholesky": (lambda x: np.log(np.diag(np.linalg.cholesky(np.diag(x * x)))).sum(), lambda x: 1 / x),
        "slogdet": (lambda x: np.linalg.slogdet(np.diag(x))[1], lambda x: 1 / x),
        "svd": (lambda x: np.linalg.svd(np.diag(x))[1].sum(), np.sign),
        "eigvalsh": (lambda x: np.linalg.eigvalsh(np.diag(x)).sum(), np.ones_like),
        "cov": (lambda x: np.cov(x)[()], lambda x: 2 * (x - x.mean()) / 3),
        "cho_factor": (lambda x: np.log(np.diag(cho_factor(np.diag(x * x))[0])).sum(), lambda x: 1 / x),
        "svdvals": (lambda x: svdvals(np.diag(x)).sum(), np.sign),
        "real": (lambda x: np.abs(x.real).sum(), np.sign),
    }[name]

    def f(x, has_term=True):
        return (a * x**2).sum() + size * value(x), 2 * a * x.real + has_term * size * slope(x.real)

    return f, rng.standard_normal(4)


@pytest.mark.parametrize("name", ["abs", "norm", "vdot", "cholesky", "slogdet"])
@pytest.mark.parametrize("seed", range(6))
def test_a_tiny_term_that_the_complex_step_drops(name, seed):
    f, x = through_abs(np.random.default_rng([seed, 0]), name)
    right, wrong = (check_gradient(lambda x, t=has_term: f(x, t), x) for has_term in (True, False))
    assert right.passed, str(right)
    assert wrong.verdict != "passed", str(wrong)  # most often real differences are too rough to tell the two apart
    if wrong.verdict == "inconclusive":
        through = "a term goes through np.abs, np.conj, np.vdot or np.linalg.norm, slogdet or cholesky"
        assert through in wrong.reason or (name == "slogdet" and "solves equations" in wrong.reason)
    assert check_gradient(lambda x: (f(x)[0], f(x)[1] * 1.001), x).verdict == "failed"


@pytest.mark.parametrize("name", ["svd", "eigvalsh", "cov", "cho_factor", "svdvals"])
@pytest.mark.parametrize("seed", range(3))
def test_a_tiny_term_that_nothing_follows(name, seed):
    f, x = through_abs(np.random.default_rng([seed, 0]), name)
    report = check_gradient(f, x)
    assert report.passed, str(report)
    assert report.method.startswith("five-point differences")
    assert check_gradient(lambda x: (f(x)[0], f(x)[1] * (1 + 1e-5)), x).verdict == "failed"


@pytest.mark.parametrize("seed", range(4))
def test_a_tiny_term_that_f_cuts_off_itself(seed):
    f, x = through_abs(np.random.default_rng([seed, 0]), "real")
    assert check_gradient(f, x).verdict != "failed"
    assert check_gradient(lambda x: (f(x)[0], f(x)[1] * (1 + 1e-9)), x).verdict == "failed"


@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (0, "failed"), (1.01, "failed")])
def test_a_small_block_that_cuts_off_a_term_beside_a_large_one(factor, verdict):
    """Along all blocks together, real differences are too rough to see that the complex step misses it."""

    def f(x):
        A, b = x
        term = 1e-6 * ((b**2).sum() + np.abs(b.real).sum())
        return np.sin(200 * A).sum() + term, 200 * np.cos(200 * A), 1e-6 * (2 * b + factor * np.sign(b.real))

    assert check_gradient(f, (X[:3], X[4])).verdict == verdict


def test_what_is_lost_of_a_block_of_tiny_numbers():
    """Beside the slopes of the others it is nothing: the complex step, which gives 0 for it, was believed."""
    x = {"W": 1e-8 * np.random.default_rng(0).standard_normal((5, 5)), "b": 30 * X}

    def f(x):
        J = (np.linalg.norm(x["W"], axis=1) ** 2).sum() + (x["b"] * x["b"]).sum()
        return J, {"W": 2 * x["W"], "b": 2 * x["b"]}

    assert check_gradient(f, x).verdict == "inconclusive"


def test_a_tiny_term_in_what_became_a_plain_array():
    def f(x):
        x = np.asarray(x)
        return 1000 * (x**2).sum() + 1e-10 * np.abs(x).sum(), 2000 * x

    report = check_gradient(f, X[0])
    assert report.verdict == "inconclusive", str(report)
    assert report.reason.startswith("its code names abs, where a complex step may miss a term")


def test_an_absolute_value_that_does_no_harm_is_no_reason_for_doubt():
    def f(x):
        top = np.abs(x).max().real
        return (x**2).sum() + 0 * top, 2 * x

    assert check_gradient(f, X).passed


@pytest.mark.parametrize("features", ["pixels", "years", "prices"])
@pytest.mark.parametrize("seed", range(5))
def test_least_squares_at_its_optimum(features, seed):
    rng = np.random.default_rng([seed, 1])
    A = {
        "pixels": lambda: rng.integers(0, 256, (30, 5)).astype(float),
        "years": lambda: np.column_stack([np.ones(30), rng.uniform(1950, 2020, 30)]),
        "prices": lambda: np.column_stack([np.ones(30), rng.uniform(1e4, 1e6, (30, 2))]),
    }[features]()
    b = A @ rng.standard_normal(A.shape[1]) + rng.standard_normal(30)

    def f(x):
        r = A @ x - b
        return (r * r).sum() / 2, A.T @ r

    x = np.linalg.lstsq(A, b)[0]
    assert check_gradient(f, x).verdict == "inconclusive"  # a factor would not show, either
    assert check_gradient(f, x + 0.1).passed
    assert check_gradient(lambda x: (f(x)[0], 1.001 * f(x)[1]), x + 0.1).verdict == "failed"


@pytest.mark.parametrize("decimals", [None, 2, 3, 4, 6])
@pytest.mark.parametrize("seed", range(4))
def test_a_loss_that_is_cut(decimals, seed):
    rng = np.random.default_rng([seed, 2])
    w, x = rng.uniform(0.5, 2, 5), rng.standard_normal(5)

    def f(x, factor=1.0):
        J = float((w * np.asarray(x, float) ** 2).sum())
        return float(np.float32(J)) if decimals is None else round(J, decimals), factor * 2 * w * x.real

    report = check_gradient(f, x)
    assert report.verdict != "failed", str(report)
    assert check_gradient(lambda x: f(x, 3.0), x).verdict == "failed"
    if decimals is not None:
        silent = check_gradient(lambda x: (np.round(np.asarray((w * x**2).sum()), decimals)[()], 2 * w * x), x)
        assert silent.verdict != "failed", str(silent)


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6, 1e-5])
@pytest.mark.parametrize("take", [lambda x: x, lambda x: np.asarray(x, float)], ids=["complex", "real"])
@pytest.mark.parametrize("seed", range(2))
def test_steps_are_in_units_of_x(size, take, seed):
    x = size * np.random.default_rng([seed, 3]).uniform(0.5, 2, 3)

    def logarithm(x):
        x = take(x)
        return np.log(x / size).sum() + (x / size) @ (x / size), 1 / x + 2 * x / size**2

    def peak(x):
        t = take(x) / size
        return np.exp(-(t * t).sum() / 2), -t / size * np.exp(-(t * t).sum() / 2)

    for f in (logarithm, peak):
        report = check_gradient(f, x)
        assert report.passed, str(report)
        assert check_gradient(lambda x, f=f: (f(x)[0], 1.01 * f(x)[1]), x).verdict == "failed"


@pytest.mark.parametrize("size", [1e-3, 1e-4, 1e-5, 1e-7])
@pytest.mark.parametrize("seed", range(3))
def test_kinks_within_the_step(size, seed):
    rng = np.random.default_rng([seed, 4])
    A, b, x = rng.standard_normal((20, 5)), rng.standard_normal(20), size * rng.standard_normal(5)

    def lasso(x):
        x = np.asarray(x, float)
        r = A @ x - b
        return float(r @ r / 2 + np.abs(x).sum()), A.T @ r + np.sign(x)

    assert check_gradient(lasso, x).verdict != "failed"
    assert check_gradient(lambda x: (lasso(x)[0], 2 * lasso(x)[1]), x).verdict == "failed"


@pytest.mark.parametrize("take", [lambda x: x, lambda x: np.asarray(x, float)], ids=["complex", "real"])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))])
def test_a_relu_net_with_a_zero_bias_and_a_zero_sample(take, seed):
    rng = np.random.default_rng([seed, 5])
    data, y = rng.standard_normal((8, 3)), rng.standard_normal(8)
    data[0] = 0

    def net(x):
        W, b, v = map(take, x)
        z = data @ W.T + b
        h = np.where(z.real > 0, z, 0)
        r = h @ v - y
        back = np.outer(r, v) * (z.real > 0)
        return (r * r).sum() / 2, back.T @ data, back.sum(axis=0), h.T @ r

    x = rng.standard_normal((4, 3)), np.zeros(4), rng.standard_normal(4)
    assert check_gradient(net, x).verdict != "failed"
    wrong = check_gradient(lambda x: (net(x)[0], 2 * net(x)[1], *net(x)[2:]), x)
    assert wrong.verdict == "failed"


def test_a_right_block_beside_many_wrong_entries_is_looked_at_by_itself():
    def f(x):
        W, b = (np.asarray(part, float) for part in x)
        return (W**3).sum() + np.abs(b - 1e-4).sum(), 6 * W**2, np.sign(b - 1e-4)

    report = check_gradient(f, (np.random.default_rng(0).standard_normal((30, 2)), np.zeros(3)), names=("W", "b"))
    assert report.verdict == "failed"
    assert {row[0] for row in report.wrong_rows} == {"W"}
    assert len(report.wrong_rows) == 30


@pytest.mark.parametrize("seed", range(3))
def test_a_relu_net_whose_weights_are_far_smaller_than_steps(seed):
    rng, labels = np.random.default_rng([seed, 6]), np.arange(6) % 3
    data = rng.standard_normal((6, 5))

    def net(x, decay=0.1):
        W, b, v, c = x
        h = np.maximum(data @ W + b, 0)
        s = np.exp(h @ v + c)
        y_hat = s / s.sum(axis=1, keepdims=True)
        delta = (y_hat - np.eye(3)[labels]) / 6
        back = delta @ v.T * (h.real > 0)
        gradient = data.T @ back + decay * W, back.sum(axis=0), h.T @ delta + decay * v, delta.sum(axis=0)
        return -np.log(y_hat[np.arange(6), labels]).mean() + 0.05 * ((W * W).sum() + (v * v).sum()), *gradient

    x = 1e-7 * rng.standard_normal((5, 7)), np.zeros(7), 1e-7 * rng.standard_normal((7, 3)), np.zeros(3)
    report = check_gradient(net, x)
    assert report.verdict == "inconclusive", str(report)  # the gradient of c is but rounding
    assert report.method.startswith("complex step")
    assert check_gradient(lambda x: net(x, 0.2), x).verdict == "failed"


@pytest.mark.parametrize(("size", "seed"), [(1e-8, 0), (1e-6, 7), (2e-5, 43)])
def test_zero_biases_move_as_little_as_tiny_weights_do(size, seed):
    """Else all steps cross kinks, which do not show beside an array of large slopes."""
    rng = np.random.default_rng(seed)
    data, y = rng.standard_normal((12, 3)), rng.standard_normal(12)

    def net(x, decay=0.1):
        z = data @ x["W"] + x["b"]
        h = np.maximum(z, 0)
        delta = h @ x["v"] - y
        back = np.outer(delta, x["v"]) * (z.real > 0)
        J = delta @ delta / 2 + 0.05 * ((x["W"] ** 2).sum() + x["v"] @ x["v"]) + 30 * np.sin(x["c"]).sum()
        return J, {
            "W": data.T @ back + decay * x["W"],
            "b": back.sum(axis=0),
            "v": h.T @ delta + 0.1 * x["v"],
            "c": 30 * np.cos(x["c"]),
        }

    W, _, v = (size * rng.standard_normal(shape) for shape in ((3, 6), 6, 6))
    x = {"W": W, "b": np.zeros(6), "v": v, "c": rng.standard_normal(3)}
    assert check_gradient(net, x).passed
    assert not check_gradient(lambda x: net(x, 0.2), x).passed


@pytest.mark.parametrize("size", [5e-4, 1e-8])
def test_a_decay_that_zero_biases_lack_is_seen_beside_tiny_weights(size):
    """At another point they are not zero, and move as much as they are large."""

    def f(x):
        z = np.tanh(X @ x["W"] + x["b"])
        back = 2 * z * (1 - z * z)
        J = (z * z).sum() + 1e-3 * x["b"] @ x["b"] + 1e4 * np.sin(x["c"]).sum()
        return J, {"W": X.T @ back, "b": back.sum(axis=0), "c": 1e4 * np.cos(x["c"])}

    W = size * np.random.default_rng(0).standard_normal((X.shape[1], 3))
    assert check_gradient(f, {"W": W, "b": np.zeros(3), "c": X[0]}).verdict == "failed"


# what the point hides


def test_large_numbers_that_hide_an_error_are_named():
    def f(x):
        r = x / 1e8 - 1
        return (r * r).sum(), 2.02 * r / 1e8

    report = check_gradient(f, np.array([0.7e8, -1.3e8, 1.9e8]))
    assert report.verdict == "failed"
    assert "but the gradient is wrong at another point" in report.reason
    assert report.reason.endswith(
        "; the rounding of x, up to 1.9e+08, may hide errors in the gradient of x: give x in units in which it is "
        "near 1, or check at another point"
    )


def test_one_stacked_array_at_the_usual_start():
    rng = np.random.default_rng(0)
    n, words = 5, np.array([1, 2, 3, 2])
    y, x = np.array([1.0, 0, 0, 0]), np.vstack([rng.uniform(-0.1, 0.1, (5, 3)), np.zeros((5, 3))])

    def f(x, factor=1.0):
        V, U = x[:n], x[n:]
        s = 1 / (1 + np.exp(-(U[words] @ V[0])))
        gradient = np.zeros_like(x)
        gradient[0] = factor * ((s - y) @ U[words])
        np.add.at(gradient, n + words, np.outer(s - y, V[0]))
        return -(np.log(s[0]) + np.log(1 - s[1:]).sum()), gradient

    report = check_gradient(f, x)
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the gradient of x[0] is zero at this point and not nearby, so that most errors in it cannot be seen: check "
        "at another point (all blocks random, none zero)"
    )
    assert check_gradient(f, x, only=("x", 6)).passed
    assert check_gradient(f, x, allow_zero="x").passed
    wrong = check_gradient(lambda x: f(x, 2.0), x)
    assert wrong.verdict == "failed"
    assert wrong.reason.startswith(
        "every compared entry agrees within its tolerance here, but the gradient is wrong at another point: along"
    )
    assert check_gradient(f, rng.standard_normal((10, 3))).passed


def test_a_row_whose_gradient_vanishes_at_a_kink_is_not_in_doubt():
    def f(x):
        length = np.linalg.norm(x, axis=1)
        return length.sum(), x / np.where(length > 0, length, 1)[:, None]

    report = check_gradient(f, X * (np.arange(len(X)) != 1)[:, None])
    assert report.passed, str(report)
    assert report.kinks


def test_rows_in_which_the_loss_is_flat_are_not_in_doubt():
    x = np.array([[0.3, -0.7], [2.6, -1.59], [1.9, -0.89], [-2.5, 3.51]])  # all but the first are below the margin

    def f(x):
        active = x.real.sum(axis=1) < 1
        return ((1 - x.sum(axis=1)) * active).sum(), -np.ones(x.shape) * active[:, None]

    report = check_gradient(f, x)
    assert report.passed, str(report)


def test_what_an_ill_conditioned_system_rounds_is_no_error():
    n = 6
    hilbert = 1 / (np.arange(n)[:, None] + np.arange(n) + 1)

    def f(x, scale=1.0):
        A = hilbert + np.diag(x * x) * 1e-6
        u = np.linalg.solve(A, np.ones(n))
        return u @ u, -scale * np.linalg.solve(A, 2 * u) * u * 2e-6 * x

    x = np.linspace(0.5, 1, n)
    assert check_gradient(f, x).verdict != "failed"
    assert check_gradient(lambda x: f(x, 1.001), x).verdict == "failed"


def test_an_entry_much_smaller_than_others_is_moved_in_its_own_unit():
    def f(x):
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        u = x / units
        return (np.sin(u) + u * u).sum(), (np.cos(u) + 2 * u) / units

    units = np.array([1e-9, 1e6, 1.0])
    assert check_gradient(f, units * [0.7, 1.3, 0.4]).verdict != "failed"


@pytest.mark.parametrize("offset", [1e9, 1e12])
def test_an_error_below_the_rounding_of_a_large_loss_does_not_pass(offset):
    def f(x, scale=1.0):
        return offset + (x**3).sum(), scale * 3 * x * x

    assert check_gradient(f, X).passed
    assert check_gradient(lambda x: f(x, 1 + 1e-7), X).verdict != "passed"


# cost


def test_the_loss_is_evaluated_once_at_each_point():
    rng = np.random.default_rng(3)
    x, points = (rng.standard_normal(3), rng.standard_normal((4, 3))), list[bytes]()

    def loss(x):
        points.append(np.concatenate([np.ravel(part) for part in x]).astype(complex).tobytes())
        return np.sin(x[0]).sum() + (x[1] @ x[0]).sum() + (x[1] ** 2).sum()

    def f(x):
        return loss(x), np.cos(x[0]) + x[1].sum(axis=0), x[0] + 2 * x[1]

    assert check_gradient(f, x).passed
    often = sorted(n for n in Counter(points).values() if n > 1)
    assert often == [2, 2, 7]  # elsewhere, also in an old array; with traced numbers; at x, before and after all
    assert len(points) < 80


# what f raises near x


@pytest.mark.parametrize("near", [1e-3, 1e-7, 1e-8])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1.001, "failed"), (2, "failed")])
def test_a_function_that_raises_beyond_an_edge_close_to_x(near, factor, verdict):
    def f(x):
        if (x.real >= 1).any():
            raise ValueError("p must be below 1")
        return -np.log(1 - x).sum(), factor / (1 - x.real)

    assert check_gradient(f, np.array([1 - near, 0.5])).verdict == verdict


@pytest.mark.parametrize("seed", [0, 2, 10, 17])
def test_rounding_of_a_sum_near_an_edge(seed):
    """Close to the unit sphere |x|² rounds to steps that log(1 − |x|²) makes far larger than its own."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(4)
    x *= (1 - 10 ** -rng.uniform(4, 9)) / np.linalg.norm(x)

    def f(x, factor=1.0):
        x = np.asarray(x, float)
        return -np.log(1 - (x * x).sum()), factor * 2 * x / (1 - x @ x)

    assert check_gradient(f, x).verdict != "failed"
    assert check_gradient(lambda x: f(x, 1.001), x).verdict == "failed"


# other sizes than the steps have


@pytest.mark.parametrize(("cut", "seed"), [(np.float16, 1), (lambda J: 3 * np.round(J, 4), 2)])
def test_a_part_of_the_loss_in_stairs(cut, seed):
    """Beside it weight decay moves in each step, however small, and seems to be all that moves."""
    rng = np.random.default_rng(seed)
    X, w = rng.standard_normal((20, 4)), rng.standard_normal(4)

    def f(w, factor=1.0):
        w = np.asarray(w, float)
        p = 1 / (1 + np.exp(-X @ w))
        times = 1 if cut is np.float16 else 3
        return float(cut(-np.log(p).sum())) + 0.1 * w @ w, factor * (times * X.T @ (p - 1) + 0.2 * w)

    assert check_gradient(f, w).verdict == "inconclusive"
    assert check_gradient(lambda w: f(w, -1), w).verdict == "failed"


@pytest.mark.parametrize(("score", "decay"), [(33.9, 0), (33.9, 1), (34.4, 1)])
def test_a_logarithm_of_one_minus_a_saturated_sigmoid_moves_in_stairs(score, decay):
    """1 − σ(34) is 15 roundings of 1, at the other points too."""

    def f(x, factor=1.0):
        y_hat = 1 / (1 + np.exp(-x))
        return -np.log(1 - y_hat).sum() + decay * (x * x).sum(), factor * y_hat + decay * 2 * x

    x = np.array([score, -0.3, 1.2])
    assert check_gradient(f, x).verdict == "inconclusive"
    assert check_gradient(lambda x: f(x, 0.5), x).verdict == "failed"


@pytest.mark.skipif(np.finfo(np.longdouble).eps == np.finfo(float).eps, reason="long double is double here")
@pytest.mark.parametrize("score", [35.45, 36.1, 36.67])
@pytest.mark.parametrize("is_complex", [True, False])
def test_a_loss_that_stands_still_between_its_last_digits(score, is_complex):
    """1 − σ(36) is one or two roundings of 1: only in long double does its logarithm have a slope."""

    def f(x, factor=1.0):
        y_hat = 1 / (1 + np.exp(-(x if is_complex else x.real)))
        return -np.log(1 - y_hat).sum(), factor * y_hat

    for x in (np.array([score]), np.array([score, -0.3, 1.2])):
        assert check_gradient(f, x).verdict == "inconclusive"
        assert check_gradient(lambda x: f(x, -1), x).verdict == "failed"


@pytest.mark.parametrize(
    "f", [lambda x: (np.round(x.real).sum(), 1.0 + 0 * x), lambda x: (np.maximum(x, 0).sum(), x / x)]
)
def test_a_loss_that_stands_still_in_long_double_too(f):
    assert check_gradient(f, np.array([-0.3, 0.2, -1.2])).verdict == "failed"


@pytest.mark.parametrize("size", [1e-9, 3e-10])
@pytest.mark.parametrize(("claimed", "verdict"), [(1, ("passed",)), (0, ("inconclusive", "failed"))])
def test_a_slope_that_small_steps_do_not_show_beside_a_large_loss(size, claimed, verdict):
    """In steps of 1e-6 the loss stands still, as beside the kink of a ReLU: in larger ones it moves both ways."""
    slopes = np.array([[0.7, -1.1], [size, -size], [0.5, 0.9]])

    def f(x):
        x = np.asarray(x, float)
        return 30 + (slopes * np.sin(x)).sum(), slopes * np.cos(x) * np.array([[1], [claimed], [1]])

    for seed in range(5):
        assert check_gradient(f, np.random.default_rng(seed).standard_normal((3, 2))).verdict in verdict


@pytest.mark.parametrize(
    ("loss", "slope"),
    [(lambda x: np.maximum(x - 0.01, 0), lambda x: 1.0 * (x > 0.01)), (lambda x: x**3, lambda x: 3 * x**2)],
)
def test_a_loss_that_does_not_move_with_an_entry_close_to_it(loss, slope):
    def f(x):
        x = np.asarray(x, float)
        return 30 + 1e-4 * loss(x[0]) + x[1] ** 2, np.array([1e-4 * slope(x[0]), 2 * x[1]])

    assert check_gradient(f, np.array([0.0, 1])).passed


@pytest.mark.parametrize("at", [500.3, 500.01])
@pytest.mark.parametrize(("wrong", "verdict"), [(0, "passed"), (1, "failed")])
def test_a_hinge_far_from_zero(at, wrong, verdict):
    """Steps that grow with x, as for a number of pixels, cross its kink."""
    x = np.array([at, 3.0])

    def f(x):
        x = np.asarray(x, float)
        slope = float(x[0] > 501) - float(x[0] < 500) + wrong
        return max(0.0, x[0] - 501) + max(0.0, 500 - x[0]) + x[1] ** 2, np.array([slope, 2 * x[1]])

    assert check_gradient(f, x).verdict == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(1, "inconclusive"), (1.001, "failed")])
def test_margins_beneath_a_curve_where_x_is_large(factor, verdict):
    """At the other points steps cross their kinks, too."""

    def f(x):
        d = np.asarray(x, float) - 1e7
        return float(np.maximum(0, 1 - d).sum() + 0.5 * d @ d), factor * (d - (d < 1))

    assert check_gradient(f, 1e7 + np.array([0.3, 0.7, 2, 3])).verdict == verdict


@pytest.mark.parametrize("seed", [1, 11, 17])
def test_a_margin_beside_a_large_loss(seed):
    """Only steps that are nearly too small for the rounding of the loss do not cross its kink."""
    rng = np.random.default_rng(seed)
    x, row = 1e6 * rng.standard_normal(4), rng.standard_normal(4)
    top = row @ x + rng.uniform(-3, 3)

    def f(x, factor=1.0):
        margin = top - row @ np.asarray(x, float)
        return max(0.0, margin) + 100 * float(x @ x), factor * (200 * x.real - (margin > 0) * row)

    assert check_gradient(f, x).passed
    assert check_gradient(lambda x: f(x, 1 + 1e-6), x).verdict == "failed"


@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1.001, "failed")])
def test_swings_beneath_a_steep_curve(factor, verdict):
    """Real differences do not follow them, and do not make the complex step doubtful."""
    u, c = 1e-8, np.array([1.0, -2.0])

    def f(x):
        z = (x - c) / u
        return np.sin(z).sum() + (z * z).sum(), factor * (np.cos(z) + 2 * z).real / u

    assert check_gradient(f, c + u * np.array([0.4, 0.9])).verdict == verdict


# equations


@pytest.mark.parametrize("degree", [8, 9, 10])
@pytest.mark.parametrize("seed", [1, 2])
def test_rounding_is_multiplied_by_the_condition_of_equations(degree, seed):
    rng, X = np.random.default_rng(seed), np.vander(np.linspace(0, 1, 30), degree + 1)
    A, c, y = X.T @ X, rng.standard_normal(degree + 1), rng.standard_normal(30)  # of condition 4e11 to 4e14
    Q, R = np.linalg.qr(X)
    exact = Q @ np.linalg.solve(R.T, c)
    for gradient in (exact, X @ np.linalg.solve(A, c)):
        report = check_gradient(lambda y, g=gradient: (c @ np.linalg.solve(A, X.T @ y), g), y)
        assert report.verdict == "inconclusive"
        assert degree > 9 or "f solves equations, whose condition multiplies it: pass rtol=1e-" in report.reason
    report = check_gradient(lambda y: (c @ np.linalg.solve(A, X.T @ y), 1.05 * exact), y)
    assert report.verdict == "failed"


def test_equations_of_a_small_condition_excuse_no_more():
    A, y = np.array([[2.0, 1], [1, 3]]), np.array([1.0, -2])
    gradient = np.linalg.solve(A, y) * 2
    assert check_gradient(lambda y: (y @ np.linalg.solve(A, y), gradient * (1 + 3e-6)), y).verdict == "failed"


# symmetric matrices


C = np.array([[3.0, 1, -0.5], [1, 2, 0.25], [-0.5, 0.25, 1.5]])


def by_triangle(C, factor=1.0):
    """Return log |C| as of its lower triangle, and the gradient that is right while C is symmetric."""
    return 2 * np.log(np.diag(np.linalg.cholesky(C))).sum(), factor * np.linalg.inv(C)


@pytest.mark.parametrize(
    "f",
    [
        by_triangle,
        lambda C: (np.log(np.linalg.eigh(C)[0]).sum(), np.linalg.inv(C)),
        lambda C: (np.linalg.slogdet(C)[1], np.linalg.inv(C)),  # of C.T
        lambda C: (np.trace(C @ C), 2 * C),
    ],
    ids=["cholesky", "eigh", "slogdet", "square"],
)
@pytest.mark.parametrize("x", [C, np.eye(3)], ids=["full", "diagonal"])
def test_a_gradient_for_symmetric_matrices_is_not_called_wrong(f, x):
    report = check_gradient(f, x)
    assert report.verdict == "inconclusive"
    assert report.reason == (
        "the gradient of x is right while x is symmetric, as it is here, and wrong beyond. If it always is, let f "
        "take (x + x.mT) / 2 for x, as cholesky, eigh and the like read one triangle; if not, this is an error: "
        "check it where x is not symmetric"
    )
    assert check_gradient(lambda C: f((C + C.T) / 2), x).passed


def test_a_gradient_for_symmetric_matrices_of_a_function_that_takes_no_others():
    def f(C):
        if not np.allclose(C, C.T, rtol=1e-4):
            raise ValueError("C is not symmetric")
        return np.trace(C @ C), 2 * C

    assert check_gradient(f, C).verdict == "inconclusive"
    assert check_gradient(f, np.eye(3)).passed  # small steps leave its zeros alone


@pytest.mark.parametrize("seed", range(8))
def test_a_gradient_for_symmetric_matrices_by_real_differences(seed):
    A, S = (X.T @ X / 4 + np.eye(4) for X in np.random.default_rng(seed).standard_normal((2, 6, 4)))

    def f(C, factor=1.0):
        w, V = np.linalg.eigh(C)
        inverse = (V / w) @ V.T
        return 3 * np.log(w).sum() + np.trace(inverse @ S), factor * (3 * inverse - inverse @ S @ inverse)

    assert check_gradient(f, A).verdict == "inconclusive"
    assert check_gradient(lambda C: f(C, 1 + 1e-5), A).verdict == "failed"


@pytest.mark.parametrize("n", [8, 15])
def test_a_gradient_for_symmetric_matrices_of_many_entries_by_real_differences(n):
    def largest(C, factor=1.0):
        w, V = np.linalg.eigh(C)
        return w[-1], factor * np.outer(V[:, -1], V[:, -1])

    for seed in range(6):
        A = np.random.default_rng(seed).standard_normal((n, n + 3))
        C = A @ A.T / n + np.eye(n)
        assert check_gradient(largest, C).verdict == "inconclusive"
        assert check_gradient(lambda C: largest(C, 1 + 1e-5), C).verdict == "failed"


def test_who_takes_a_wrong_axis_is_told_to_look_beyond_symmetric_matrices():
    def softmax_along_columns(W):
        p, q = (np.exp(W) / np.exp(W).sum(axis, keepdims=True) for axis in (1, 0))
        return -np.log(np.diag(p)).sum(), q - np.eye(3)

    report = check_gradient(softmax_along_columns, np.eye(3))
    assert report.reason.endswith("; if not, this is an error: check it where x is not symmetric")
    assert check_gradient(softmax_along_columns, np.arange(9.0).reshape(3, 3)).verdict == "failed"


def test_a_gradient_for_symmetric_matrices_in_a_stack():
    report = check_gradient(
        lambda p: ((p["C"] @ p["C"]).trace(0, 1, 2).sum(), {"C": 2 * p["C"]}), {"C": np.stack([C, 2 * C])}
    )
    assert " let f take (C + C.mT) / 2 for C, as " in report.reason


@pytest.mark.parametrize(
    "f",
    [
        lambda C: by_triangle(C, 2),
        lambda C: (np.trace(C @ C @ C), 3 * C @ C.T * C),
        lambda C: (C[0] @ C @ C[1] + C[2] @ C[2], np.outer(C[0], C[1]).T),
    ],
    ids=["factor", "entries", "transposed"],
)
def test_a_wrong_gradient_of_a_symmetric_matrix_is_wrong(f):
    assert check_gradient(f, C).verdict == "failed"


def by_factor(L, part=np.tril, factor=1.0):
    """Return the loss of a covariance L Lᵀ, and its gradient by one triangle of L."""
    S = L @ L.T
    G = np.linalg.inv(S) - np.ones((3, 3))  # of log |S| − Σ S
    return np.linalg.slogdet(S)[1] - S.sum(), factor * part(2 * G @ L)


@pytest.mark.parametrize(("form", "part"), [("lower", np.tril), ("upper", np.triu)])
def test_a_gradient_for_triangular_matrices_is_not_called_wrong(form, part):
    report = check_gradient(lambda L: by_factor(L, part), part(C))
    assert report.verdict == "inconclusive"
    assert report.reason == (
        f"the gradient of x is right while x is {form} triangular, as it is here, and wrong beyond. If it always is, "
        f"let f take np.{part.__name__}(x) for x; if not, this is an error: check it where x is not {form} triangular"
    )
    assert check_gradient(lambda L: by_factor(part(L), part), part(C)).passed
    assert check_gradient(lambda L: by_factor(L, part, 1.1), part(C)).verdict == "failed"
    assert check_gradient(lambda L: by_factor(L, part), C).verdict == "failed"


def test_an_identity_is_no_symmetric_matrix_if_its_gradient_is_none():
    u, v = np.array([1.0, -2, 0.5]), np.array([0.3, 0.7, -1])
    found = check_gradient(lambda W: (u @ W @ W @ v, np.outer(u, W @ v) + np.outer(W @ u, v)), np.eye(3))  # not W.T
    assert found.verdict == "failed"
    assert found.reason.startswith(
        "every compared entry agrees within its tolerance here, but the gradient is wrong at"
    )
