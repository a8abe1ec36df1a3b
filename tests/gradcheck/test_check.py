"""word2vec/gradcheck/check.py: the arguments, the verdicts, and calls in print that really repeat the check."""

import functools
import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from word2vec.gradcheck import assert_gradient, check_gradient, check_jacobian, gradcheck_naive

V, U = np.random.default_rng(5).standard_normal((2, 5, 3))
WORDS = ["king", "queen", "man", "woman", "it"]


def cube(x):
    return (x**3).sum(), 3 * x**2


def wrong_cube(x):
    loss, gradient = cube(x)
    gradient[3, 1] += 0.5
    return loss, gradient


def tables(x):
    V, U = x
    loss, gU = (V**3).sum() + (U**2).sum(), 2 * U
    gU[4] *= 0.5
    return loss, 3 * V**2, gU


# what it leaves alone


def test_x_is_left_alone():
    x = V.copy()
    check_gradient(cube, x)
    check_gradient(wrong_cube, x)
    assert np.array_equal(x, V)
    assert x.flags.writeable


def test_nothing_is_printed(capsys):
    check_gradient(wrong_cube, V)
    check_gradient(lambda x: None, V)
    assert_gradient(cube, V)
    assert capsys.readouterr() == ("", "")


def test_what_f_warns_of_is_heard_once_of_its_own_calls_only():
    def f(x):
        with np.errstate(all="raise"):
            return cube(x)

    assert check_gradient(f, V).passed


def test_numpys_error_state_is_put_back():
    before = np.geterr()
    check_gradient(wrong_cube, V)
    assert np.geterr() == before


# arguments


def dropped(x):
    first = np.random.rand(*x.shape)
    time.sleep(1e-5)  # now it is the turn of other threads
    kept = 1 + (first < np.random.rand(*x.shape))
    return (x * x * kept).sum(), 2 * x * kept


def dropped_jacobian(x):
    gradient = dropped(x)[1]
    return gradient, np.diag(gradient / x)


@pytest.mark.parametrize(
    ("is_right", "k"),
    [
        (lambda x: check_gradient(dropped, x), 8),
        (lambda x: gradcheck_naive(dropped, x), 16),
        (lambda x: check_jacobian(dropped_jacobian, x[0]), 32),
    ],
    ids=["gradient", "naive", "jacobian"],
)
def test_threads_do_not_disturb_each_other(is_right, k):
    before = warnings.filters.copy()
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda i: is_right(V + i), range(k)))
    assert warnings.filters == before


def test_curves_wait_for_the_checks_of_other_threads():
    begun, ended = threading.Event(), threading.Event()

    def waits(x):
        found = dropped(x)
        begun.set()
        ended.wait()
        return found

    report, before = check_gradient(dropped, V), np.random.get_state()[2]
    with ThreadPoolExecutor(2) as pool:
        checked = pool.submit(check_gradient, waits, V)
        begun.wait()
        curves = pool.submit(report.curves)
        time.sleep(0.05)
        ended.set()
    assert checked.result().passed
    assert curves.result().moved[-1] < 1e-3
    assert np.random.get_state()[2] == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_is_forked_while_a_thread_checks_does_not_wait_for_it():
    begun, ended = threading.Event(), threading.Event()

    def waits(x):
        begun.set()
        ended.wait()
        return x @ x, 2 * x

    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(check_gradient, waits, V[0])
        begun.wait()
        if (child := os.fork()) == 0:
            signal.alarm(20)  # ends it
            os._exit(not check_gradient(lambda x: (x @ x, 2 * x), V[0]))
        ended.set()
        assert os.waitpid(child, 0)[1] == 0
        assert report.result().passed


def test_words_and_names():
    report = check_gradient(tables, (V, U), names=["V", "U"], words=dict(zip(WORDS, range(5), strict=True)))
    assert report.wrong_rows == ('U[4] ("it")',)
    assert report.worst.label.endswith('] ("it")')
    assert (report.worst.block, report.worst.index[0]) == ("U", 4)


def test_stacked_tables():
    def f(x):
        loss, gV, gU = tables((x[:5], x[5:]))
        return loss, np.vstack([gV, gU])

    report = check_gradient(f, np.vstack([V, U]), names={"V": 5, "U": 5}, words=WORDS)
    assert report.wrong_rows == ('U[4] ("it")',)
    assert "names={'V': 5, 'U': 5}, words=words" in report.call
    assert "only=('U', 4)" in report.call


@pytest.mark.parametrize("only", [("U", 4), ("U", 3), ("V", 4)])
def test_only(only):
    report = check_gradient(tables, (V, U), names=["V", "U"], only=only)
    assert (report.checked, report.total) == (3, 30)
    assert report.verdict == ("failed" if only == ("U", 4) else "passed")
    assert report.call == f"check_gradient(tables, x, names=['V', 'U'], seed=0, only={only})"


@pytest.mark.parametrize("block", ["V", "U"])
def test_only_a_block(block):
    x = {"V": np.arange(1.0, 7).reshape(3, 2), "U": np.arange(2.0, 6)}

    def f(x):
        return (x["V"] ** 2).sum() + (x["U"] ** 3).sum(), {"V": 2 * x["V"], "U": 2 * x["U"]}

    report = check_gradient(f, x, only=block)
    assert report.verdict == {"V": "passed", "U": "failed"}[block]
    assert report.checked == x[block].size
    assert report.passed == (f"only='{block}'" in report.call)  # else the wrong row


def test_only_a_row_of_three_axes():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    report = check_gradient(lambda x: (cube(x)[0], np.where(x == x[1, 2, 3], 9.0, 3 * x**2)), x)
    assert report.worst.index == (1, 2, 3)
    assert report.call.endswith("only=('x', 5))")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allow_zero": ["W"]}, "there is no block 'W': expected one of x"),
        ({"only": ("W", 1)}, "there is no block 'W': expected one of x"),
        ({"only": ("x", 5)}, "only=('x', 5): expected a row from 0 to 4"),
        ({"words": ["a"]}, "words names 1 rows, but no table has as many: x (5, 3)"),
        ({"names": ["a", "b"]}, "names is ['a', 'b']: expected 1 different names, one for each array"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=r"^\w") as refusal:
        check_gradient(cube, V, **options)
    assert str(refusal.value) == message


@pytest.mark.parametrize("factor", [1, 2])
def test_a_model_that_keeps_x_is_left_with_its_numbers(factor):
    parameters = {"W": V.astype(np.float32), "b": np.zeros(3, np.float32)}
    kept = {name: array.copy() for name, array in parameters.items()}

    def f(x):
        parameters.update(x)
        y = np.tanh(parameters["W"]) + parameters["b"]  # (5, 3)
        slope = 1 - np.tanh(parameters["W"]) ** 2
        return (y * y).sum(), {"W": factor * 2 * y * slope, "b": (2 * y).sum(axis=0)}

    assert check_gradient(f, parameters).verdict == {1: "passed", 2: "failed"}[factor]
    for name, array in parameters.items():
        assert array.dtype == np.float32
        assert np.array_equal(array, kept[name])
        array -= 0.1  # a step of training


def test_the_check_in_double_precision_draws_the_same_numbers():
    rng, drawn = np.random.default_rng(0), set()

    def f(x):
        mask = rng.random(3, np.float32)
        drawn.add(mask[0])
        return (mask * x * x).sum(), 2 * mask * x

    assert check_gradient(f, np.array([1, 2, 3], np.float32)).passed
    assert len(drawn) == 1


def test_the_seed_chooses_the_directions():
    reports = [check_gradient(cube, V, seed=seed) for seed in (0, 0, 1)]
    assert reports[0] == reports[1]
    assert reports[0].method != reports[2].method
    assert reports[2].call == "check_gradient(cube, x, seed=1)"


def test_rtol():
    def f(x):
        return (x**3).sum(), 3.0003 * x**2

    assert check_gradient(f, V).verdict == "failed"
    assert check_gradient(f, V, rtol=1e-3).passed
    assert check_gradient(f, V, rtol=1e-5).verdict == "failed"
    assert check_gradient(f, V, rtol=1e-3).tolerance.startswith("0.001 of the row's maximum + ")


# the report


def test_the_name():
    assert check_gradient(cube, V).name == "cube"
    assert check_gradient(cube, V, name="skip-gram").name == "skip-gram"
    assert check_gradient(functools.partial(cube), V).name == "cube"
    assert check_gradient(Callable(), V).name == "Callable"


class Callable:
    def __call__(self, x):
        return wrong_cube(x)

    def loss(self, x):
        return wrong_cube(x)


def test_a_report_of_a_pass():
    report = check_gradient(cube, V)
    assert report.passed
    assert report.verdict == "passed"
    assert report.reason == "gradient and loss agree"
    assert report.loss == cube(V)[0]
    assert report.worst.error <= report.worst.tolerance
    assert (report.wrong_rows, report.hints, report.kinks) == ((), (), ())
    assert (report.checked, report.total) == (15, 15)


def test_a_report_of_a_failure():
    report = check_gradient(wrong_cube, V)
    assert not report.passed
    assert report.reason == "the gradient is wrong in 1 of 15 compared entries"
    assert (report.worst.block, report.worst.index, report.worst.label) == ("x", (3, 1), "x[3, 1]")
    assert report.worst.analytic - report.worst.numeric == pytest.approx(0.5, rel=1e-14)
    assert report.wrong_rows == ("x[3]",)


def test_the_worst_is_the_worst_of_its_tolerance_not_the_largest():
    def f(x):
        gradient = 3 * x**2
        gradient[0, 0] *= 1 + 1e-8
        gradient[1, 0] *= 1 + 1e-3
        return (x**3).sum(), gradient

    assert check_gradient(f, np.array([[30.0, 60.0], [1.0, 2.0]])).worst.index == (1, 0)


def test_numbers_alone():
    assert check_gradient(lambda x: (x**3, 3 * x**2), 2.0).passed
    report = check_gradient(lambda x: (x**3, 4.0 * x**2), 2.0, names="t")
    assert report.verdict == "failed"
    assert report.worst.label == "t"
    assert report.wrong_rows == ("t",)
    assert report.call.endswith("only=('t', 0))")
    assert check_gradient(lambda x: (x**3, 4.0 * x**2), 2.0, names="t", only=("t", 0)).verdict == "failed"


# the printed call


def loss_of_tables(x):
    return tables(x)[0]


RNG = np.random.default_rng(0)
CASES = [
    (wrong_cube, V, {}),
    (wrong_cube, V, {"words": WORDS, "seed": 3}),
    (wrong_cube, V, {"limit": 8}),
    (wrong_cube, V, {"rtol": 1e-6}),
    (wrong_cube, {"x": V}["x"], {"names": "V"}),
    (tables, (V, U), {"names": ["V", "U"], "loss": loss_of_tables, "words": WORDS}),
    (tables, (V, U), {"names": ("V", "U"), "generators": [RNG], "allow_zero": "V"}),
    (tables, (V, U), {}),
    (lambda x: wrong_cube(x), V, {}),
    (functools.partial(wrong_cube), V, {}),
    (Callable(), V, {}),
    (Callable().loss, V, {"allow_zero": ("x",)}),
]


@pytest.mark.parametrize(("f", "x", "options"), CASES)
def test_the_printed_call_repeats_what_it_reports(f, x, options):
    report = check_gradient(f, x, **options)
    assert report.verdict == "failed"
    assert f"\n  again      {report.call}" in str(report)
    scope = {"check_gradient": check_gradient, "f": f, "x": x, "wrong_cube": wrong_cube, "tables": tables}
    again = eval(report.call, scope | options)
    assert again.verdict == "failed"
    assert (again.worst.block, again.worst.index) == (report.worst.block, report.worst.index)
    assert (again.worst.analytic, again.worst.numeric) == (report.worst.analytic, report.worst.numeric)
    assert again.call == report.call
    assert again.checked == 3
    assert again.wrong_rows[0] == report.worst.label.replace(f", {report.worst.index[1]}]", "]")


def test_the_printed_call_of_a_breach_and_of_a_pass():
    def inner(x):
        return None

    assert check_gradient(inner, V, limit=7).call == "check_gradient(inner, x, limit=7, seed=0)"
    assert check_gradient(cube, V, seed=2).call == "check_gradient(cube, x, seed=2)"
    assert check_gradient(lambda x: cube(x), V).call == "check_gradient(f, x, seed=0)"


# assert_gradient


def test_assert_gradient_gives_the_report_of_a_pass():
    report = assert_gradient(cube, V, name="named", seed=4)
    assert report == check_gradient(cube, V, name="named", seed=4)


@pytest.mark.parametrize(
    ("f", "first"),
    [
        (wrong_cube, "gradient check FAILED: it"),
        (lambda x: None, "gradient check FAILED: it"),
        (lambda x: (1.0, 0 * x), "gradient check INCONCLUSIVE: it"),
    ],
)
def test_assert_gradient_raises_unless_passed(f, first):
    with pytest.raises(AssertionError) as error:
        assert_gradient(f, V, name="it")
    assert str(error.value) == str(check_gradient(f, V, name="it"))
    assert str(error.value).splitlines()[0] == first


@pytest.mark.parametrize("rtol", [0, -1, np.inf, np.nan])
def test_a_tolerance_that_makes_no_sense(rtol):
    with pytest.raises(ValueError, match=rf"rtol is {rtol}: expected a positive number, such as 1e-9"):
        check_gradient(lambda x: (x @ x, -7 * x), np.ones(3), rtol=rtol)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"f": None}, "f is None: expected a function of x"),
        ({"loss": 3}, "loss is 3: expected a function of x"),
        ({"rtol": "1e-3"}, "rtol is '1e-3': expected a positive number"),
        ({"limit": 0}, "limit is 0: expected at least one entry to be checked"),
        ({"limit": None}, "limit is None: expected at least one entry"),
        ({"limit": 2.5}, r"limit is 2\.5: expected at least one entry"),
        ({"only": "y"}, "there is no block 'y': expected one of x"),
        ({"only": 3}, r"only is 3: expected a block, 'U', or a block and a row of it, \('U', 3\)"),
        ({"only": ()}, r"only is \(\): expected a block, 'U', or"),
        ({"only": ("x", 1.0)}, r"only is \('x', 1\.0\): expected a block, 'U', or"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        check_gradient(**{"f": lambda x: (x @ x, 2 * x), "x": np.ones(3), **options})


def test_small_integers_of_numpy_are_whole_numbers():
    def f(x):
        return np.sum(x**2), 2 * x

    x = np.random.default_rng(1).normal(size=(100, 3))
    report = check_gradient(f, x, limit=np.int8(100))
    assert (report.verdict, report.checked, report.call) == ("passed", *_known(f, x, limit=100))
    report = check_gradient(f, x, only=("x", np.int8(90)))
    assert (report.verdict, report.checked, report.call) == ("passed", *_known(f, x, only=("x", 90)))


def _known(f, x, **options):
    report = check_gradient(f, x, **options)
    return report.checked, report.call
