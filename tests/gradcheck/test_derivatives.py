"""word2vec/gradcheck/derivatives.py: right and wrong Jacobians and Hessians, in every form."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse

from word2vec.gradcheck import check_hessian, check_jacobian

rng = np.random.default_rng(0)
A, S = rng.standard_normal((4, 3)), rng.standard_normal((3, 3))
X = rng.standard_normal(3)
B = S + S.T


def f(x):
    return np.tanh(A @ x)


def J(x):
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


def square(x):
    return np.sin(S @ x)


def J_square(x):
    return np.cos(S @ x)[:, None] * S


def outer(p):
    return p["a"][:, None] * p["b"]  # (3, 2)


T = {"a": X, "b": X + 1}
P = {"a": X, "b": np.array([1.5, -0.5])}


def J_outer(p):
    a, b = p["a"], p["b"]
    return {"a": np.eye(3)[:, None, :] * b[:, None], "b": a[:, None, None] * np.eye(2)}  # (3, 2, 3), (3, 2, 2)


def vjp_outer(p, w):
    return {"a": w @ p["b"], "b": p["a"] @ w}


# Jacobians


@pytest.mark.parametrize("options", [{}, {"jacobian": lambda x: into(JACOBIAN, J(x))}])
def test_values_and_jacobians_may_be_written_where_the_last_ones_were(options):
    """What the check keeps of a point is not that of the next one."""

    def function(x):
        values = into(VALUES, f(x))
        return values if options else (values, into(JACOBIAN, J(x)))

    report = check_jacobian(function, X, **options)
    assert report.passed, report
    wrong = check_jacobian(lambda x: (into(VALUES, f(x)), into(JACOBIAN, 1.001 * J(x))), X)
    assert wrong.verdict == "failed"
    assert not wrong.is_breach


VALUES, JACOBIAN = np.zeros(4), np.zeros((4, 3))


def into(array, numbers):
    array[:] = numbers
    return array


@pytest.mark.parametrize(
    ("function", "x", "options"),
    [
        (f, X, {"jacobian": J}),
        (f, X, {"jacobian": lambda x: scipy.sparse.csr_array(J(x))}),
        (f, X, {"vjp": lambda x, w: w @ J(x)}),
        (lambda x: (f(x), J(x)), X, {}),
        (lambda x: (f(x), lambda w: w @ J(x)), X, {}),
        (lambda x: (f(x), lambda w: (w @ J(x),)), X, {}),
        (lambda x: f(x).tolist(), X, {"jacobian": lambda x: J(x).tolist()}),
        (outer, P, {"jacobian": J_outer}),
        (outer, P, {"jacobian": lambda p: {name: j.reshape(6, -1) for name, j in J_outer(p).items()}}),
        (outer, P, {"vjp": vjp_outer}),
        (lambda x: f(x[0]) + x[1].sum(), (X, X), {"jacobian": lambda x: (J(x[0]), np.ones((4, 3)))}),
        (
            lambda x: f(x["a"]),
            {"a": X, "b": X},
            {"jacobian": lambda x: {"a": J(x["a"]), "b": None}, "allow_zero": "b"},
        ),
        (lambda x: x @ x, X, {"jacobian": lambda x: 2 * x}),
        (lambda x: x**2, 1.5, {"jacobian": lambda x: 2 * x}),
        (lambda x: x * X, 1.5, {"jacobian": lambda x: X}),
        (lambda x: x**2, X, {"jacobian": lambda x: np.diag(2 * x)}),
        (lambda x: np.abs(x), X, {"jacobian": lambda x: np.diag(np.sign(x.real))}),
        (f, X.astype(np.float32), {"jacobian": J}),
    ],
)
def test_right_jacobians(function, x, options):
    report = check_jacobian(function, x, **options)
    assert report.passed, str(report)
    assert report.checked == report.total > 0
    assert report.reason == "Jacobian and values agree"


def slip(x):
    wrong = J(x)
    wrong[2, 1] += 1e-6
    return wrong


@pytest.mark.parametrize("options", [{"jacobian": slip}, {"vjp": lambda x, w: w @ slip(x)}])
def test_a_single_wrong_entry_is_named(options):
    report = check_jacobian(f, X, words=None, **options)
    assert report.verdict == "failed"
    assert report.reason == "the Jacobian is wrong for 1 of 4 compared outputs: output [2]"
    assert report.wrong_rows == ("output [2] by x",)
    assert report.worst.label == "output [2] by x[1]"
    assert report.worst.error == pytest.approx(1e-6, rel=1e-3)
    assert report.name == "f"


def test_outputs_of_several_axes_are_named():
    def wrong(p, w):
        right = vjp_outer(p, w)
        return {**right, "b": right["b"] + [0, 1e-3 * w[2, 1]]}

    report = check_jacobian(outer, P, vjp=wrong)
    assert report.wrong_rows == ("output [2, 1] by b",)
    assert check_jacobian(outer, P, vjp=wrong, only="a").passed


def test_a_transposed_jacobian():
    report = check_jacobian(square, X, jacobian=lambda x: J_square(x).T)
    assert report.verdict == "failed"
    assert report.hints[0] == ("the Jacobian is transposed: a row belongs to an output, a column to an entry of x")
    report = check_jacobian(f, X, jacobian=lambda x: J(x).T)
    assert report.reason == (
        "contract: the Jacobian of x has the shape (3, 4): expected (4, 3), that of the outputs, then that of x"
    )
    wrong = check_jacobian(square, X, jacobian=lambda x: 2 * J_square(x))
    assert not any("transposed" in hint for hint in wrong.hints)


def test_hints_are_those_of_all_wrong_outputs():
    everywhere = check_jacobian(np.sin, X, vjp=lambda x, w: w * np.sin(x))
    assert (everywhere.verdict, everywhere.hints) == ("failed", ())
    once = check_jacobian(np.sin, X, vjp=lambda x, w: w * np.cos(x) * (1 + 1e-3 * (np.arange(x.size) == 1)))
    assert once.hints[0].startswith("a single entry of x is wrong")


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (f, {}, "f returned a ndarray: expected (values, Jacobian); or pass jacobian= or vjp="),
        (lambda x: f(x) + 0j, {"jacobian": J}, "the values of f are complex128: expected an array of real numbers"),
        (lambda x: [x, x[:2]], {"jacobian": J}, "the value of f is not an array: list, setting an array element"),
        (
            lambda x: (f(x), x),
            {"jacobian": J},
            "f returned a tuple: expected an array of values, as lambda x: f(x)[0]",
        ),
        (f, {"jacobian": lambda x: None}, "the Jacobian is None: expected that of x"),
        (f, {"jacobian": lambda x: J(x) * np.nan}, "the gradient is nan at x[0], and not finite in 3 of 3 entries"),
        (f, {"vjp": lambda x, w: J(x)}, "the gradient of x has the shape (4, 3): expected that of x, (3,)"),
    ],
)
def test_breaches(function, options, message):
    report = check_jacobian(function, X, **options)
    assert report.verdict == "failed"
    assert report.reason.startswith(f"contract: {message}")


def test_a_jacobian_of_another_structure():
    report = check_jacobian(outer, P, jacobian=lambda p: J_outer(p)["a"])
    assert report.reason == "contract: the Jacobian is a ndarray: expected a dict with x's keys ['a', 'b']"


def test_unfrozen_randomness():
    draws = iter(np.random.default_rng(1).random, None)
    report = check_jacobian(lambda x: next(draws) * x, X, jacobian=lambda x: np.eye(3))
    assert report.is_breach
    noise = np.random.default_rng(1)
    before = noise.bit_generator.state

    def noisy(x):
        w = noise.standard_normal(3)
        return w * x, np.diag(w)

    report = check_jacobian(noisy, X)
    assert report.passed, str(report)
    assert noise.bit_generator.state == before


def test_the_function_is_evaluated_as_for_one_output():
    calls = []

    def counted(x):
        calls.append(1)
        return np.sin(np.outer(np.arange(1, 19), x)).ravel()  # (54,)

    def blocks(x):
        return np.vstack([np.diag(k * np.cos(k * x)) for k in range(1, 19)])

    report = check_jacobian(counted, X, jacobian=blocks)
    assert report.passed, str(report)
    assert report.checked == 150 < report.total == 162
    assert "3 random combinations of the outputs, then 50 of 54 outputs" in report.method
    assert len(calls) < 300


def test_a_wrong_output_that_is_not_among_those_compared_is_named():
    M = np.random.default_rng(1).standard_normal((53, 3))

    def wrong(x):
        matrix = M.copy()
        matrix[23, 2] += 0.001
        matrix[15, 2] -= 0.001  # in the sum of all outputs it does not show
        return matrix

    report = check_jacobian(lambda x: M @ x, X, jacobian=wrong)
    assert report.reason == "the Jacobian is wrong for 1 of 51 compared outputs: output [15]"
    assert report.worst.label == "output [15] by x[2]"
    assert report.wrong_rows == ("output [15] by x",)


def test_combinations_that_are_wrong_though_no_output_is():
    def mean(x, weights):
        return 2 * x * weights / weights.sum()  # of one output right

    report = check_jacobian(lambda x: x**2, X, vjp=mean)
    assert report.reason == (
        "the Jacobian is wrong for some output, but for none of 3 by itself: see combination 1 of the outputs, "
        "combination 2 of the outputs, combination 3 of the outputs"
    )


def test_a_layer_that_keeps_what_its_backward_pass_needs():
    class Tanh:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy):
            return dy * (1 - self.y**2)

    layer, x = Tanh(), np.random.default_rng(0).standard_normal((2, 3))
    reports = [
        check_jacobian(layer.forward, x, vjp=lambda x, dy: layer.backward(dy)),
        check_jacobian(lambda x: (layer.forward(x), layer.backward), x),
    ]
    assert [report.verdict for report in reports] == ["passed", "passed"], "\n".join(map(str, reports))
    assert check_jacobian(layer.forward, x, vjp=lambda x, dy: dy * (1 - layer.y)).verdict == "failed"


def test_a_jacobian_that_is_zero_shows_nothing():
    report = check_jacobian(
        lambda x: x["a"] ** 2, {"a": X, "b": X}, jacobian=lambda x: {"a": np.diag(2 * x["a"]), "b": None}
    )
    assert report.verdict == "inconclusive"
    assert report.reason.startswith("combination 1 of the outputs: the gradient of b is zero in every entry")


def test_both_are_too_many():
    with pytest.raises(TypeError, match=r"^both jacobian and vjp are given: expected at most one of them$"):
        check_jacobian(f, X, jacobian=J, vjp=J)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (check_jacobian, "allow_zero, generators, jacobian, limit, name, names, only, rtol, seed, vjp, words"),
        (check_hessian, "allow_zero, generators, hessian, hvp, limit, name, names, only, rtol, seed, words"),
    ],
)
def test_an_option_that_does_not_exist_is_no_error_of_f(check, expected):
    with pytest.raises(TypeError, match=rf"^there is no option 'jvp': expected one of {expected}$"):
        check(np.sin, np.ones(3), jvp=np.cos)
    with pytest.raises(TypeError, match=r"^both hessian and hvp are given: expected at most one of them$"):
        check_hessian(f, X, hessian=J, hvp=J)


def test_what_is_no_function():
    with pytest.raises(TypeError, match=r"^f is 3: expected a function of x$"):
        check_jacobian(3, X)
    with pytest.raises(TypeError, match=r"^the Hessian is 3: expected a function of x$"):
        check_hessian(q, X, hessian=3)


# Hessians


def q(x):
    return x @ B @ x / 2 + (x**4).sum(), B @ x + 4 * x**3


def H(x):
    return B + np.diag(12 * x * x)


def tables(p):
    """J = Σ a² b, with the gradient as a dict."""
    return (p["a"] ** 2 * p["b"]).sum(), {"a": 2 * p["a"] * p["b"], "b": p["a"] ** 2}


def H_tables(p):
    a, b = np.diag(p["a"]), np.diag(p["b"])
    return np.block([[2 * b, 2 * a], [2 * a, 0 * a]])


def hvp_tables(p, v):
    return {"a": 2 * (p["b"] * v["a"] + p["a"] * v["b"]), "b": 2 * p["a"] * v["a"]}


@pytest.mark.parametrize(
    ("function", "x", "options"),
    [
        (q, X, {"hessian": H}),
        (q, X, {"hessian": lambda x: scipy.sparse.csr_array(H(x))}),
        (q, X, {"hvp": lambda x, v: H(x) @ v}),
        (lambda x: (*q(x), H(x)), X, {}),
        (tables, T, {"hessian": H_tables}),
        (tables, T, {"hvp": hvp_tables}),
        (lambda x: ((x**3).sum(), 3 * x**2), S, {"hessian": lambda x: np.diag(6 * x.ravel()).reshape(3, 3, 3, 3)}),
        (lambda x: (x @ x, 2 * x), np.zeros(3), {"hessian": lambda x: 2 * np.eye(3)}),
        (
            lambda x: (np.linalg.norm(x) ** 3, 3 * np.linalg.norm(x) * x),
            X,
            {"hvp": lambda x, v: 3 * (np.linalg.norm(x) * v + x * (x @ v) / np.linalg.norm(x))},
        ),
        (lambda x: (scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)), X, {"hessian": scipy.optimize.rosen_hess}),
        (
            lambda x: (scipy.optimize.rosen(x), scipy.optimize.rosen_der(x)),
            X,
            {"hvp": scipy.optimize.rosen_hess_prod},
        ),
    ],
)
def test_right_hessians(function, x, options):
    report = check_hessian(function, x, **options)
    assert report.passed, str(report)
    assert report.checked == report.total
    assert report.reason == "Hessian and values agree"


def test_a_wrong_hessian():
    report = check_hessian(tables, T, hessian=lambda p: H_tables(p) * np.where(np.arange(6) == 5, 1.0001, 1))
    assert report.verdict == "failed"
    assert report.worst.label == "gradient entry a[2] by b[2]"
    assert report.wrong_rows == ("gradient entry a[2] by b",)
    assert report.hints[0].startswith("the Hessian is not symmetric: ")
    symmetric = check_hessian(q, X, hvp=lambda x, v: 2 * H(x) @ v)
    assert symmetric.verdict == "failed"
    assert not any("symmetric" in hint for hint in symmetric.hints)


def test_a_hessian_needs_a_right_gradient():
    report = check_hessian(lambda x: (q(x)[0], 1.1 * q(x)[1]), X, hessian=lambda x: 1.1 * H(x))
    assert report.verdict == "failed"
    assert report.reason == (
        "the gradient is wrong in 3 of 3 compared entries (of the gradient; the Hessian was not checked)"
    )


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (q, {}, "f returned no (loss, gradient, Hessian): return these, or pass hessian= or hvp="),
        (q, {"hessian": lambda x: H(x)[:2]}, "the Hessian has the shape (2, 3): expected (3, 3), entries of x twice"),
        (q, {"hessian": lambda x: None}, "the Hessian is None: expected an array"),
        (q, {"hvp": lambda x, v: H(x)}, "the gradient of x has the shape (3, 3): expected that of x, (3,)"),
    ],
)
def test_breaches_of_hessians(function, options, message):
    report = check_hessian(function, X, **options)
    assert report.verdict == "failed"
    assert report.reason == f"contract: {message}"


# outputs that stand still: a value such as 1 looks like a loss that is cut to steps of 0.1

CLIPPED = np.array([-2.0, 0.3, -0.1, 1.3])  # the large steps for such a loss would leave where it is constant


def clipped_jacobian(x, wrong=0.0):
    return np.diag(np.where(np.abs(x) < 1, 1.0, wrong))


def huber(x):
    small = np.abs(x.real) < 1
    size = np.where(x.real < 0, -x, x)
    return np.where(small, x * x / 2, size - 0.5).sum(), np.where(small, x, np.sign(x.real)), clipped_jacobian(x.real)


def test_outputs_that_are_constant_around_the_point():
    assert check_jacobian(lambda x: np.clip(np.asarray(x, float), -1, 1), CLIPPED, jacobian=clipped_jacobian).passed
    assert check_hessian(huber, CLIPPED).passed


@pytest.mark.parametrize("wrong", [1.0, 1e-3, 1e-9])
def test_constant_outputs_with_a_derivative(wrong):
    report = check_jacobian(
        lambda x: np.clip(np.asarray(x, float), -1, 1), CLIPPED, jacobian=lambda x: clipped_jacobian(x, wrong)
    )
    assert not report.passed


@pytest.mark.parametrize("slope", [1e-3, 1e-6])
def test_outputs_in_single_precision_are_not_constant(slope):
    def values(x):
        return (1 + np.float32(slope) * x.astype(np.float32)).astype(float)

    report = check_jacobian(values, X, jacobian=lambda x: np.zeros((3, 3)), allow_zero="x")
    assert report.verdict == ("failed" if slope > 1e-4 else "inconclusive")
