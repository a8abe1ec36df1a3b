"""word2vec/gradcheck/report.py: one screen that says what, where, how much, why, how it was checked and again how."""

import dataclasses
import re

import numpy as np
import pytest

from word2vec.gradcheck import Coordinate, GradientReport, assert_gradient, check_gradient

pytest_plugins = ["pytester"]
X = np.random.default_rng(0).standard_normal((30, 4))
WORDS = [f"word{i}" for i in range(30)]
WORST = Coordinate('U[3, 2] ("queen")', "U", (3, 2), 0.125, -0.5, 1e-10)


def wrong(x):
    return (x**3).sum(), 3.3 * x**2


def test_a_report_word_for_word():
    report = GradientReport(
        name="skip-gram",
        verdict="failed",
        reason="the gradient is wrong in 3 of 40 compared entries",
        loss=2.5,
        worst=WORST,
        wrong_rows=('U[3] ("queen")', "V[1]"),
        checked=40,
        total=12345,
        hints=("first hint", "second hint"),
        kinks=("V[0, 0]",),
        method="complex step 1e-20",
        tolerance="1e-10 of the row's maximum",
        taylor="the remainder falls with order 1.00",
        frozen=("random", "np.random", "rng"),
        call="check_gradient(f, x, seed=0, only=('U', 3))",
    )
    assert str(report) == (
        "gradient check FAILED: skip-gram\n"
        "  reason     the gradient is wrong in 3 of 40 compared entries\n"
        '  worst      U[3, 2] ("queen"): analytic 0.125, numeric -0.5 (error 6.2e-01, tolerance 1.0e-10)\n'
        '  wrong rows U[3] ("queen"), V[1]\n'
        "  hint       first hint\n"
        "  hint       second hint\n"
        "  kinks      V[0, 0]\n"
        "  checked    40 of 12,345 coordinates; complex step 1e-20\n"
        "  tolerance  1e-10 of the row's maximum\n"
        "  Taylor     the remainder falls with order 1.00\n"
        "  frozen     random, np.random, rng\n"
        "  again      check_gradient(f, x, seed=0, only=('U', 3))"
    )


def test_what_is_not_known_is_left_out():
    assert str(GradientReport("f", "passed", "gradient and loss agree")) == (
        "gradient check PASSED: f\n  reason     gradient and loss agree"
    )


def test_long_lines_go_on_below_and_long_lists_are_cut():
    report = GradientReport("f", "inconclusive", "word " * 40 + "end", wrong_rows=tuple("abcdefgh"), call="c" * 200)
    lines = str(report).splitlines()
    assert lines[0] == "gradient check INCONCLUSIVE: f"
    assert lines[1].startswith("  reason     word word")
    assert lines[2].startswith("             word word")
    assert lines[3].endswith(" end")
    assert max(map(len, lines[:-1])) <= 110
    assert lines[4] == "  wrong rows a, b, c, d, e, f, … (8 in all)"
    assert lines[5] == "  again      " + "c" * 200
    assert str(GradientReport("f", "failed", "", kinks=tuple("abcdef"))).endswith("\n  kinks      a, b, c, d, e, f")


def test_a_coordinate_and_its_error():
    assert WORST.error == 0.625
    assert WORST.index == (3, 2)


@pytest.mark.parametrize(("verdict", "passed"), [("passed", True), ("failed", False), ("inconclusive", False)])
def test_only_passed_is_passed(verdict, passed):
    report = GradientReport("f", verdict, "why")
    assert report.passed is passed
    assert bool(report) is passed
    if passed:
        assert report.raise_if_failed() is None
    else:
        with pytest.raises(AssertionError) as error:
            report.raise_if_failed()
        assert str(error.value) == str(report)


def test_a_report_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        check_gradient(wrong, X).verdict = "passed"


def test_a_failure_is_one_screen_with_all_there_is_to_know():
    def many(x):
        V, U = x
        loss = (V**3).sum() + 100 * np.where(U.real > 0, U, 0).sum()  # with kinks
        factors = np.array([1, 0, -1, 0.5, 0.7])[np.arange(30) % 5, None]
        return loss, 3 * V**2 * factors, (U.real > 0) * 100.1

    long = ["a-very-long-word-indeed-" * 20 + str(i) for i in range(30)]
    for words in (WORDS, long):
        x = (X, np.where(X > 1, 0, X))
        report = check_gradient(many, x, names=["centre_vectors", "outside_vectors"], words=words)
        lines = str(report).splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines[:-1])) <= 100  # the call stands in one piece
        assert [line[:12].strip() for line in lines if line[:12].strip() and line[2:3] != " "] == [
            "gradient che",
            *["reason", "worst", "wrong rows", *["hint"] * len(report.hints), "kinks"],
            *["checked", "tolerance", "Taylor", "frozen", "again"],
        ]


def test_the_pieces_of_a_failure():
    rng = np.random.default_rng(0)

    def f(x):
        loss, gradient = (x**3).sum() + 0 * rng.random(), 3 * x**2
        gradient[7] /= 2
        return loss, gradient

    report = check_gradient(f, X, name="the loss", words=WORDS)
    i, floor = np.abs(X[7]).argmax(), 512 * np.finfo(float).eps * max(abs(report.loss), np.abs(X).max())
    assert str(report).splitlines() == [
        "gradient check FAILED: the loss",
        "  reason     the gradient is wrong in 4 of 120 compared entries",
        f'  worst      x[7, {i}] ("word7"): analytic {1.5 * X[7, i] ** 2:.10g}, numeric {3 * X[7, i] ** 2:.10g} '
        f"(error {1.5 * X[7, i] ** 2:.1e}, tolerance",
        f"             {3e-12 * X[7, i] ** 2 + floor:.1e})",
        '  wrong rows x[7] ("word7")',
        '  hint       x[7] ("word7"): 1/2 of the true row: a factor 2 is left out, or the word occurs 2 times',
        "             and its repeats are lost; then use np.add.at(grad, ids, rows), not grad[ids] += rows",
        *report_lines(report, "checked"),
        *report_lines(report, "tolerance"),
        "  Taylor     the remainder falls with order 1.00, expected ≥ 1.95",
        "  frozen     random, np.random, rng",
        "  again      check_gradient(f, x, words=words, seed=0, only=('x', 7))",
    ]
    (checked, *_), (tolerance, *_) = report_lines(report, "checked"), report_lines(report, "tolerance")
    assert checked.startswith("  checked    120 of 120 coordinates; complex step 1e-20; a real difference agrees to ")
    entries = re.escape(f"  tolerance  1e-12 of the row's maximum + {floor:.1e} ")
    assert re.fullmatch(entries + r"\(512 roundings of the loss .* or its parts\)", tolerance)


def report_lines(report, title):
    """Return the lines of one title."""
    lines = str(report).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"  {title} "))
    last = next(i for i in range(first + 1, len(lines) + 1) if i == len(lines) or lines[i][2] != " ")
    return lines[first:last]


def test_the_same_text_twice():
    big = np.random.default_rng(2).standard_normal((80, 4))
    for f, x in ((wrong, X), (wrong, big), (lambda x: (np.abs(x**3).sum(), 3 * x**2), big)):
        texts = {str(check_gradient(f, x, limit=200, seed=5)) for _ in range(2)}
        assert len(texts) == 1


# in pytest


def test_pytest_shows_the_report_and_none_of_our_frames(pytester):
    pytester.makepyfile(
        """
        import numpy as np
        from word2vec.gradcheck import assert_gradient, check_gradient

        def f(x):
            return (x**3).sum(), 2 * x**2

        def test_it():
            assert_gradient(f, np.ones((2, 2)))

        def test_report():
            check_gradient(f, np.ones((2, 2))).raise_if_failed()
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert text.count("gradient check FAILED: f") >= 2
    assert "the gradient of x is 0.666667 × the true one" in text
    assert "gradcheck/check.py" not in text
    assert "gradcheck/report.py" not in text
    assert "raise AssertionError" not in text


def test_the_traceback_ends_in_the_test():
    with pytest.raises(AssertionError) as error:
        assert_gradient(wrong, X)
    assert error.traceback.filter(error)[-1].path.name == "test_report.py"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__  # also where it is called while another error is handled
