"""word2vec/gradcheck/contract.py: each breach is named as what it is."""

import itertools
import types
import warnings

import numpy as np
import pytest

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.contract import quiet

X = np.array([[0.5, -1.5], [2.0, 1.25]])
WORDS = ["king", "queen"]


def square(x):
    return (x**2).sum(), 2 * x


def both(x):
    """J = Σ V² + Σ U³ of a tuple."""
    V, U = x
    return (V**2).sum() + (U**3).sum(), (2 * V, 3 * U**2)


def breach(f, x=X, **options):
    """Check f and return what the report says of its contract."""
    report = check_gradient(f, x, **options)
    assert report.verdict == "failed"
    assert report.checked == 0
    assert report.worst is None
    assert report.loss is None
    title, _, text = report.reason.partition(": ")
    assert title == "contract"
    return text


# shape of what is returned


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "f returned a NoneType: expected (loss, gradient)"),
        (3.0, "f returned a float: expected (loss, gradient), as lambda x: (f(x), gradient(x)) returns"),
        ((3.0,), "f returned a tuple of 1: expected (loss, gradient)"),
        ([], "f returned a list of 0: expected (loss, gradient)"),
        (X, "f returned a ndarray: expected (loss, gradient)"),
        (
            (3.0, X, X),
            "f returned 3 values: expected two, (loss, gradient); leave out what is no gradient, as lambda x: "
            "f(x)[:2] does",
        ),
        ((3.0, X.T[:1]), "the gradient of x has the shape (1, 2): expected that of x, (2, 2)"),
        ((3.0, X.ravel()), "the gradient of x has the shape (4,): expected that of x, (2, 2)"),
        ((3.0, {"x": X}), "the gradient of x is a dict: expected an array of x's shape, (2, 2)"),
        ((3.0, None), "the gradient is None: expected that of x"),
        (
            (3.0, X.astype(np.float32)),
            "the gradient of x is float32, less precise than x: compute it as float64, or pass x as float32",
        ),
        ((3.0, X + 0j), "the gradient of x holds complex128: expected float64, as in x"),
        ((3.0, X.astype(object)), "the gradient of x holds object: expected float64, as in x"),
        ((3.0, [[1.0], [1.0, 2.0]]), "the gradient of x is not an array: list, setting an array element"),
        (
            (3.0, np.ma.array(X, mask=X == 2)),
            "the gradient of x is masked in part: expected numbers, as its .filled(0) gives",
        ),
        ((np.ma.masked, X), "the loss is masked in part: expected numbers, as its .filled(0) gives"),
        (
            ((3.0, {"accuracy": 0.5}), X),
            "the loss is a tuple of 2: expected a number, without what else f may return",
        ),
        (([[1.0], [1.0, 2.0]], X), "the loss is not an array: list, setting an array element"),
        ((X.sum(axis=0), X), "the loss has the shape (2,): expected a scalar, sum or average it"),
        ((np.array([3.0]), X), "the loss has the shape (1,): expected a scalar, sum or average it"),
        ((2 * X, (X**2).sum()), "f returned (gradient, loss): expected (loss, gradient)"),
        ((3 + 0j, X), "the loss is complex128: expected a real number"),
        ((True, X), "the loss is bool: expected a real number"),
        ((None, X), "the loss is object: expected a real number"),
        (("3", X), "the loss is <U1: expected a real number"),
        ((np.nan, X), "the loss is nan: expected a finite number"),
        ((-np.inf, X), "the loss is -inf: expected a finite number"),
        (
            (3.0, np.where(X == 2, np.nan, X)),
            'the gradient is nan at x[1, 0] ("queen"), and not finite in 1 of 4 entries',
        ),
        ((3.0, X * np.inf), 'the gradient is inf at x[0, 0] ("king"), and not finite in 4 of 4 entries'),
    ],
)
def test_what_f_returns(returned, message):
    assert breach(lambda x: returned, words=WORDS).startswith(message)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ((3.0, (X,)), "f returned 1 gradients: expected 2, one for each array of x"),
        ((3.0, X), "f returned 1 gradients: expected 2, one for each array of x"),
        (
            (3.0, X, X, X),
            "f returned 3 gradients: expected 2, one for each array of x; leave out what is no gradient, as lambda "
            "x: f(x)[:3] does",
        ),
        ((3.0, {"V": X, "U": X}), "f returned 1 gradients: expected 2, one for each array of x"),
        ((3.0, (X, X[0])), "the gradient of U has the shape (2,): expected that of x, (2, 2)"),
        ((3.0, X, X * np.inf), "the gradient is inf at U[0, 0], and not finite in 4 of 8 entries"),
    ],
)
def test_gradients_of_a_tuple(returned, message):
    assert breach(lambda x: returned, (X, X), names=["V", "U"]) == message


def test_a_function_of_several_arguments():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'U'") as error:
        check_gradient(lambda V, U: ((V * U).sum(), U, V), (X, X))
    notes = ["it is called as f(x): pass lambda x: f(*x) or, if it takes data too, lambda x: f(x, data)"]
    assert error.value.__notes__ == notes
    with pytest.raises(TypeError) as error:
        check_gradient(lambda V, U: None, {"V": X, "U": X})
    assert "pass lambda x: f(**x) or" in error.value.__notes__[0]
    with pytest.raises(TypeError) as error:
        check_gradient(lambda x: square(x, x, x), X)  # what f calls is not called by the check
    assert not hasattr(error.value, "__notes__")


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (X, "the gradient is a ndarray: expected a dict with x's keys ['V', 'U']"),
        (
            {"V": X},
            "the gradient has the keys ['V']: expected those of x, ['V', 'U']; leave what is no parameter out of x",
        ),
        ({"V": X, "W": X}, "the gradient has the keys ['V', 'W']: expected those of x, ['V', 'U']"),
        (
            {"dV": X, "dU": X, "dZ": X},
            "the gradient has the keys ['dU', 'dV', 'dZ']: expected those of x, ['V', 'U']; return {key: "
            'gradient["d" + key] for key in x}',
        ),
        ((X, X), "the gradient is a tuple: expected a dict with x's keys ['V', 'U']"),
        ({"U": X, "V": X[0]}, "the gradient of V has the shape (2,): expected that of x, (2, 2)"),
    ],
)
def test_gradients_of_a_dict(gradient, message):
    assert breach(lambda x: (3.0, gradient), {"V": X, "U": X}) == message


def test_a_division_by_zero_needs_no_warning_to_be_found():
    with np.errstate(all="ignore"):
        assert breach(lambda x: ((x / 0).sum() * 0, x)) == "the loss is nan: expected a finite number"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (square, X),
        (square, X.tolist()),
        (square, X.astype(int)),
        (lambda x: [(x**2).sum(), 2 * x], X),
        (lambda x: ((x**2).sum(), (2 * x).tolist()), X),
        (lambda x: ((x**2).sum(), 2.0 * x), 1.5),
        (lambda x: (float(x.real) ** 2 if x.imag == 0 else x**2, 2 * float(x.real)), np.float64(1.5)),
        (lambda x: (x @ x, 2 * x), X[0]),
        (lambda x: (np.array((x**2).sum()), 2 * x), X),
        (both, (X, X)),
        (lambda x: (both(x)[0], list(both(x)[1])), (X, X)),
        (lambda x: (both(x)[0], *both(x)[1]), (X, X)),
        (lambda x: ((x[0] ** 2).sum(), 2 * x[0]), (X,)),
        (lambda x: ((x[0] ** 2).sum(), [2 * x[0]]), [X]),
        (lambda x: (both(x[0])[0], (both(x[0])[1],)), ((X, X),)),
        (lambda x: both(x[0]), ((X, X),)),
        (lambda x: ((x["V"] ** 2).sum(), {"V": 2 * x["V"]}), {"V": X}),
        (lambda x: ((x["V"] ** 2 * x[1]).sum(), {1: (x["V"] ** 2).sum(), "V": 2 * x["V"] * x[1]}), {"V": X, 1: 2.0}),
        (square, X.astype(np.longdouble)),
        (square, X.astype(np.float32)),
        (lambda x: ((x.astype(float) ** 2).sum(), 2 * x.astype(float)), X.astype(np.float32)),
        (both, (X.astype(np.float32), X)),
        (both, (X, X.astype(np.float32))),
    ],
)
def test_forms_that_are_good(f, x):
    report = check_gradient(f, x)
    assert report.passed, str(report)


def test_warnings_of_f_at_other_points_than_x_are_silenced():
    def f(x):
        if not np.array_equal(x, X):
            warnings.warn("elsewhere", RuntimeWarning, stacklevel=2)
        return square(x)

    assert check_gradient(f, X).passed  # warnings are errors here


def test_an_integer_loss_is_a_number():
    assert check_gradient(lambda x: (3, 0 * x), X, allow_zero=["x"]).passed


@pytest.mark.parametrize("seed", range(5))
def test_a_float32_loss_of_a_double_x_refutes_no_right_gradient_and_proves_none(seed):
    rng = np.random.default_rng(seed)
    x, A = rng.normal(size=6), rng.normal(size=(9, 6))
    for factor, verdict in ((1, "inconclusive"), (1.01, "failed"), (-1, "failed")):
        report = check_gradient(lambda x, k=factor: (np.float32((A @ x) @ (A @ x)), k * 2 * A.T @ (A @ x)), x)
        assert report.verdict == verdict, str(report)
        if factor == 1:  # the same where all of f is computed in float32
            coarse = check_gradient(lambda x: (np.float32(x @ x), np.float32(2 * x)), x)
            assert (coarse.verdict, coarse.reason) == (verdict, report.reason)
            assert report.reason == "the loss is float32, less precise than x: compute it in the type of x"


@pytest.mark.parametrize(("loss", "size"), [(np.asarray, 1), (np.asarray, 3), (float, 3)])
def test_what_is_inconclusive_for_float32_is_said_to_be(loss, size):
    x = size * np.random.default_rng(0).standard_normal((6, 4))

    def f(x):
        s, t = (np.tanh(z @ z.T) for z in (x.real, x.astype(np.complex64 if np.iscomplexobj(x) else np.float32)))
        return (loss if np.isrealobj(x) else np.asarray)((t * t).sum()), 4 * (s - s**3) @ x.real

    report = check_gradient(f, x)
    assert report.verdict == "inconclusive"
    if loss is np.asarray:
        assert report.reason == "the loss is float32, less precise than x: compute it in the type of x"
    else:
        assert report.reason.endswith("; return it in double precision, not rounded, or check elsewhere")


def test_float32_is_required_of_float32_only():
    def f(x):
        return np.float32((x**2).sum().real), (2 * x).real.astype(np.float32)

    report = check_gradient(f, X.astype(np.float32))
    assert report.passed, str(report)
    both32 = (X.astype(np.float32), X)
    assert breach(lambda x: (both(x)[0], both(x)[1][0], both(x)[1][1].astype(np.float32)), both32).startswith(
        "the gradient of x[1] is float32, less precise than x: compute it as float64"
    )


# x stays what it is


def writes(x):
    x -= 1
    return square(x)


def writes_into_a_dict(x):
    x["V"][0] = 0
    return (x["V"] ** 2).sum(), {"V": 2 * x["V"]}


def sets_the_flag(x):
    x.flags.writeable = True
    x[1, 0] += 1
    return square(x)


def writes_into_the_base(x):
    base = x
    while base.base is not None:
        base = base.base
    base[-1] += 1
    return square(x)


@pytest.mark.parametrize(
    ("f", "x"), [(writes, X), (writes_into_a_dict, {"V": X}), (lambda x: writes(x[0]), (X,)), (np.ndarray.sort, X)]
)
def test_writing_into_x(f, x):
    text = breach(f, x)
    assert text.startswith("f writes into its argument x (")
    assert text.endswith("read-only): it must leave x as it is; work on x.copy()")


def test_writing_into_x_by_force():
    x = X.copy()
    assert breach(writes_into_the_base, x) == "f changes its argument x, first at x[1, 1]: work on x.copy()"
    assert breach(lambda x: sets_the_flag(x[0]), (x,), names="V", words=WORDS) == (
        'f changes its argument x, first at V[1, 0] ("queen"): work on x.copy()'
    )
    assert np.array_equal(x, X)


def replaces(x):
    x["V"] = x["V"] * 2
    return (x["V"] ** 2).sum(), {"V": 2 * x["V"]}


def adds(x):
    x["cache"] = 1
    return (x["V"] ** 2).sum(), {"V": 2 * x["V"]}


def shortens(x):
    first = x.pop()
    return (first**2).sum(), [2 * first]


@pytest.mark.parametrize(("f", "x"), [(replaces, {"V": X}), (adds, {"V": X}), (shortens, [X])])
def test_replacing_what_x_holds(f, x):
    assert breach(f, x) == "f replaces entries of its argument x: it must leave x as it is; work on a copy"
    assert len(x) == 1


def compiled(x):
    """Do as compiled code of Cython does that asks for writable arrays, such as Rotation.from_rotvec of SciPy."""
    if not all(part.flags.writeable for part in x.values()):
        raise ValueError("buffer source array is read-only")
    return float((x["V"] ** 2).sum()), {"V": 2 * x["V"]}


def test_code_that_refuses_read_only_arrays_is_not_said_to_write():
    x = {"V": X.copy()}
    assert check_gradient(compiled, x).passed
    assert check_gradient(lambda x: (compiled(x)[0], x), x).reason.startswith("the gradient is wrong in 4 of 4")

    def clears(x):
        found = compiled(x)
        x["V"][1, 1] = 0
        return found

    assert breach(clears, x) == "f changes its argument x, first at V[1, 1]: work on x.copy()"
    assert np.array_equal(x["V"], X)
    large = {"V": np.random.default_rng(1).standard_normal((4000, 3))}  # f gets views of it
    assert check_gradient(compiled, large).passed


def test_what_is_read_only_of_fs_own_is_not_x():
    own = np.zeros(3)
    own.flags.writeable = False

    def f(x):
        own[0] = 1

    with pytest.raises(ValueError, match=r"^assignment destination is read-only$"):
        check_gradient(f, X)


def test_what_f_raises_goes_through():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match=r"^'mine'$"):
        check_gradient(f, X)


def test_x_itself_may_be_the_gradient():
    assert check_gradient(lambda x: ((x**2).sum() / 2, x), X).passed


# the same bits, and no reused buffer


def test_a_buffer_that_is_filled_again():
    buffer = np.zeros_like(X)

    def f(x):
        buffer[:] = 2 * x.real
        return (x**2).sum(), buffer

    assert breach(f, names="V") == (
        "the gradient that f returned changes when f is called again at another point, first at V[1, 0]: f returns "
        "the same buffer each time; return a new array"
    )


def test_a_buffer_that_accumulates():
    buffer = np.zeros_like(X)

    def f(x):
        buffer[:] += 2 * x.real
        return (x**2).sum(), buffer

    assert breach(f) == (
        "the gradient that f returned changes when f is called again at the same point, first at x[0, 0]: f returns "
        "the same buffer each time; return a new array"
    )
    buffer[:] = 0
    assert breach(lambda x: (f(x)[0], f(x)[1].copy()), words=WORDS) == (
        "called twice at the same point f returns the same loss but another gradient, first at x[0, 0] "
        '("king"): does a buffer keep what an earlier call left in it, or does f go over a set, whose order changes?'
    )


def test_the_second_block_of_a_tuple_accumulates():
    buffer = np.zeros_like(X)

    def f(x):
        buffer[1] += 3 * x[1][1].real ** 2
        gU = buffer.copy()
        gU[0] = 3 * x[1][0].real ** 2
        return both(x)[0], 2 * x[0], gU

    assert "another gradient, first at U[1, 0]: does" in breach(f, (X, X), names=["V", "U"])


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_gradient_kept_from_the_first_call(kind):
    cache = {}

    def f(x):
        return (x**2).sum(), cache.setdefault("gradient", 2 * x).copy()

    report = check_gradient(f, X.astype(kind))
    assert report.verdict == "failed"
    assert report.reason.startswith(
        "contract: the gradient is right here, but wrong when f is called at another point"
    )
    assert report.reason.endswith(
        ", and the gradient of x is to the bit that of another point: is some of it kept from an earlier call?"
    )
    assert report.wrong_rows == ()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ((3 * x).sum(), 3 + 0 * x.real),
        lambda x: (1e3 + (3 * x).sum(), 3 + 0 * x.real),
        lambda x: (np.where(x.real > 0, x, -x).sum(), np.sign(x.real)),
    ],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_gradient_of_a_linear_loss_may_stay(f, kind):
    report = check_gradient(f, X.astype(kind))
    assert report.passed, str(report)


def test_a_linear_loss_may_round():
    x = np.array([1000.1, -1000.3, 0.5], np.float32)
    report = check_gradient(lambda x: ((3 * x).sum(), 3 + 0 * x.real), x)
    assert report.passed, str(report)


def test_a_wrong_gradient_that_stays_is_wrong_first_of_all():
    report = check_gradient(lambda x: ((x**2).sum(), 5 + 0 * x.real), X)
    assert report.reason == "the gradient is wrong in 4 of 4 compared entries"


def test_a_second_answer_of_another_form():
    def breach_of(second):
        answers = iter([square(X), second])
        return breach(lambda x: next(answers))

    assert breach_of((3.0, X[0])) == "the gradient of x has the shape (2,): expected that of x, (2, 2)"
    assert breach_of((X, X)) == "the loss has the shape (2, 2): expected a scalar, sum or average it"


def test_the_last_bit_counts():
    calls = []

    def f(x):
        calls.append(1)
        gradient = 2 * x.real
        gradient[1, 1] = np.nextafter(2.5, 3 if len(calls) > 1 else 2.5)
        return (x**2).sum(), gradient

    assert "another gradient, first at x[1, 1]: only the last digits differ: are sums made in another" in breach(f)


def test_sums_in_another_order_are_named_not_randomness():
    orders = itertools.cycle([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    found = breach(lambda x: ((x**2).sum() * sum(next(orders)), 1.2 * x))
    assert found.startswith("called twice at the same point the loss is ")
    assert ": only the last digits differ: are sums made in another order each time, as by threads" in found


def test_sums_may_be_made_in_another_order_if_a_tolerance_is_given():
    def sums(right):
        orders = itertools.cycle([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])

        def f(x):
            factor = sum(next(orders))
            return (x**2).sum() * factor, 2 * x * factor * right

        return f

    assert check_gradient(sums(1), X, rtol=1e-9).passed
    report = check_gradient(sums(1.001), X, rtol=1e-9)
    assert (report.verdict, report.is_breach) == ("failed", False)
    calls = itertools.count()
    assert check_gradient(lambda x: ((x**2).sum() * (1 + 1e-6 * next(calls)), 2 * x), X, rtol=1e-3).is_breach


def test_a_loss_that_counts_its_calls_is_no_rounding():
    calls = itertools.count()
    assert breach(lambda x: ((x**2).sum() + next(calls), 2 * x)).startswith(
        "unfrozen randomness: called twice at the same point the loss is 8.0625, then 9.0625"
    )


def test_another_order_after_many_calls_is_no_state():
    calls = []

    def f(x):
        calls.append(1)
        return (x**2).sum(), 2 * x.real * (1 + 1e-15 * (len(calls) > 15))

    reason = check_gradient(f, X).reason
    assert "after many calls: only the last digits differ" in reason
    assert reason.endswith("with a list in place of the set, or, if it may change, pass rtol=1e-9")


def test_f_need_not_have_a_loss_elsewhere():
    def f(x):
        if x.real[1, 1] < X[1, 1] - 1e-2:
            raise RuntimeError
        return square(x)

    assert check_gradient(f, X).passed


# a separate loss


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda x: (x**2).sum() + 1e-3, "loss(x) is 8.0635, but f(x) returned 8.0625: pass the loss that f computes"),
        (lambda x: (x**2).sum(axis=0), "of loss=, not of f: the loss has the shape (2,): expected a scalar"),
        (square, "of loss=, not of f: the loss is a tuple of 2: expected a number, without what else f may return"),
        (lambda x: np.nan, "of loss=, not of f: the loss is nan: expected a finite number"),
        (lambda x: writes(x)[0], "of loss=, not of f: f writes into its argument x (output array is read-only)"),
    ],
)
def test_refused_losses(loss, message):
    assert breach(square, loss=loss).startswith(message)


def test_a_good_loss_is_called_instead_of_f():
    calls = []

    def f(x):
        calls.append(1)
        return square(x)

    assert check_gradient(f, X, loss=lambda x: (x**2).sum()).passed
    assert len(calls) == 10  # the contract alone, and to leave x behind
    assert not check_gradient(lambda x: ((x**2).sum(), 3 * x), X, loss=lambda x: (x**2).sum()).passed


# silence


def test_quiet_turns_only_lost_imaginary_parts_into_errors():
    with quiet():
        np.array(1.0) / 0
        warnings.warn("never mind", stacklevel=1)
        with pytest.raises(np.exceptions.ComplexWarning):
            np.zeros(2)[:] = np.ones(2) * 1j


def test_a_gradient_may_be_any_mapping():
    proxy = types.MappingProxyType
    assert check_gradient(lambda x: ((x["a"] ** 2).sum(), proxy({"a": 2 * x["a"]})), {"a": X}).passed


# state between calls


def keeping(key):
    """Make V, U → J with a gradient of U that is kept by a key of x."""
    kept = {}

    def f(x):
        V, U = x
        gU = kept.setdefault(key(V, U), 2 * (V * U) * V)
        return ((V * U) ** 2).sum(), 2 * (V * U) * U, gU.copy()

    return f


@pytest.mark.parametrize(
    "key",
    [
        lambda V, U: V.tobytes(),
        lambda V, U: U[0, 0],
        lambda V, U: (V.round(3).tobytes(), U.round(3).tobytes()),
        lambda V, U: U.shape,
        lambda V, U: U.__array_interface__["data"][0],
    ],
    ids=["one block", "one entry", "rounded", "shape", "address"],
)
def test_a_gradient_kept_by_a_part_of_x(key):
    x = X, X + 0.25
    assert check_gradient(keeping(lambda V, U: (V.tobytes(), U.tobytes())), x).passed
    report = check_gradient(keeping(key), x)
    assert report.verdict == "failed"
    assert report.is_breach


@pytest.mark.parametrize("rows", [[0], [1]])
def test_half_of_one_array_is_a_key(rows):
    kept = {}

    def f(x):
        return (x**2).sum() + x[0, 0] * x[1, 0], kept.setdefault(x[rows].tobytes(), right(x)).copy()

    def right(x):
        return 2 * x + np.array([[x[1, 0], 0], [x[0, 0], 0]])

    assert check_gradient(lambda x: (f(x)[0], right(x)), X).passed
    assert check_gradient(f, X).is_breach


@pytest.mark.parametrize("when", [6, 10, 25])
def test_calls_are_counted(when):
    calls = []

    def f(x):
        calls.append(1)
        return (x**2).sum(), 2 * x * (1 + 1e-6 * (len(calls) > when))

    report = check_gradient(f, X)
    assert report.is_breach
    if when == 25:
        assert report.reason.endswith(
            "at the same point f returns another gradient, first at x[0, 0], after many calls: it counts its calls "
            "or keeps some state (a decay, a schedule, an accumulator?)"
        )


def test_calls_are_counted_where_the_loss_leaves_it_open():
    calls = []

    def f(x):
        calls.append(1)
        return np.float32((x.real**2).sum()), 2 * x.real * (1 + (len(calls) > 60))

    report = check_gradient(f, X)
    assert report.is_breach
    assert "it counts its calls" in report.reason


@pytest.mark.parametrize("start", range(10))
@pytest.mark.parametrize("is_complex", [True, False])
def test_a_gradient_that_is_wrong_in_every_tenth_call(start, is_complex):
    calls = itertools.count(start)

    def f(x):
        x = x if is_complex else x.real
        return (x**2).sum(), 2 * x * (1.01 if next(calls) % 10 == 0 else 1)

    assert check_gradient(f, X).verdict == "failed"


def test_additional_calls_at_the_end_may_raise():
    def calls(most):
        count = itertools.count(1)

        def f(x):
            if np.iscomplexobj(x):
                raise TypeError
            if next(count) > most:
                raise RuntimeError
            return square(x)

        assert check_gradient(f, X).passed
        return next(count) - 1

    enough = calls(1000)
    for fewer in range(1, 12):
        calls(enough - fewer)


def test_minibatches_in_turn():
    batches = [X, 2 * X, 3 * X]

    class Model:
        i = 0

        def __init__(self):
            self.i = 0

        def step(self, x):
            self.i = (self.i + 1) % 3
            return (batches[self.i] * x).sum(), batches[self.i]

    assert breach(Model().step) == (
        "called again at the same point the loss is 16.125, then 24.1875: it goes on by i, and with i set back the "
        "loss is the same; does it take the next minibatch? Check it on one fixed batch, which it gets as an argument"
    )
    turn = itertools.cycle(batches)

    def f(x):
        batch = next(turn)
        return (batch * x).sum(), batch

    assert ": every 3 calls the same losses come again; does it take the next minibatch?" in breach(f)


def test_a_loss_that_differs_a_little_is_not_used():
    def loss(x):
        return (x**2).sum() + 1e-8 * x[0, 0]

    wrong = check_gradient(lambda x: ((x**2).sum(), 2 * x + [[1e-8, 0], [0, 0]]), X, loss=loss)
    assert wrong.verdict == "failed"
    assert wrong.method.startswith("f itself, from whose loss that of loss= differs by more than rounding; complex")
    assert check_gradient(square, X, loss=loss).passed
