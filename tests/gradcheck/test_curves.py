"""word2vec/gradcheck/curves.py and `GradientReport.plot`: what is measured, when, and what is drawn."""

import copy
import dataclasses
import pickle

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from word2vec.gradcheck import GradientReport, check_gradient
from word2vec.gradcheck.curves import STEPS

X = np.array([[0.5, 1.0], [2.0, -1.5]])
LARGE = STEPS >= 1e-3


def right(x):
    return np.exp(x).sum(), np.exp(x)


def wrong(x):
    gradient = np.exp(x)
    gradient[1, 0] *= 1.01
    return np.exp(x).sum(), gradient


@pytest.fixture
def figure():
    figure = Figure(figsize=(11, 4.6))
    FigureCanvasAgg(figure)  # which draws; that of a Figure alone does not
    return figure


def test_errors_of_differences_follow_the_theory():
    (entry, *others) = check_gradient(right, X).curves().entries
    h = STEPS * entry.unit
    J = np.exp(X[int(entry.label[2]), int(entry.label[5])])
    np.testing.assert_allclose(entry.two[LARGE][1:], (J * h**2 / 6)[LARGE][1:], rtol=0.05)
    np.testing.assert_allclose(entry.four[LARGE][1:4], -(J * h**4 / 30)[LARGE][1:4], rtol=0.3)
    assert len(others) == 3


def test_a_wrong_entry_comes_first_and_levels_off_at_its_error():
    curves = check_gradient(wrong, X).curves()
    assert curves.entries[0].label == "x[1, 0]"
    np.testing.assert_allclose(curves.entries[0].four[3:12], -0.01 * np.exp(2), rtol=1e-3)
    assert np.nanmin(abs(curves.entries[1].four)) < 1e-10


@pytest.mark.parametrize(("f", "order"), [(right, 2), (wrong, 1)])
def test_remainders_fall_with_their_order(f, order):
    curves = check_gradient(f, X).curves()
    far = curves.remainder[:9] > 100 * curves.rounding
    assert np.diff(np.log2(curves.remainder[:9][far]))[-1] == pytest.approx(-2 * order, abs=0.1)
    assert np.diff(np.log2(curves.moved[:9]))[-1] == pytest.approx(-2, abs=0.1)


def test_nothing_is_evaluated_for_the_curves_before_they_are_asked_for():
    calls = [0]

    def f(x):
        calls[0] += 1
        return right(x)

    report = check_gradient(f, X)
    before = calls[0]
    report.curves()
    assert before < 100
    assert calls[0] - before == 4 * 4 * 20 + 21


def test_steps_are_as_small_as_the_numbers_in_the_row():
    report = check_gradient(lambda x: (np.exp(1e8 * x).sum(), 1e8 * np.exp(1e8 * x)), np.full((1, 2), 2e-9))
    assert report.curves().entries[0].unit == 2e-9
    assert check_gradient(right, np.zeros(2)).curves().entries[0].unit == 1


def test_the_random_numbers_are_those_of_the_check_and_are_left_alone():
    rng = np.random.default_rng(4)

    def f(x):
        mask = rng.random(x.shape) < 0.5
        return (mask * x**3).sum(), 3 * mask * x**2

    report = check_gradient(f, X)
    rng.random(7)
    state = rng.bit_generator.state
    first, again = report.curves(), report.curves()
    assert rng.bit_generator.state == state
    np.testing.assert_array_equal(first.remainder, again.remainder)
    assert np.nanmin(abs(first.entries[0].four)) < 1e-9


def test_a_report_is_copied_and_compared_without_its_curves():
    report = check_gradient(wrong, X)
    assert report == check_gradient(wrong, X) == pickle.loads(pickle.dumps(report))
    assert copy.deepcopy(report) == report
    assert dataclasses.asdict(report)["verdict"] == "failed"
    assert "curves" not in repr(report)


def test_both_panels_are_drawn_on_given_axes(figure):
    axes = check_gradient(wrong, X, names="_U$", words=["king", "$x$"]).plot(figure.subplots(1, 2))
    assert list(axes) == figure.axes
    figure.draw_without_rendering()  # a label may not be taken for a formula
    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert labels[0] == '_U$[1, 0] ("$x$")'
    assert len(labels) == 4
    assert axes[0].get_xscale() == axes[1].get_yscale() == "log"
    assert {text.get_text() for text in axes[0].texts} == {"rounding, ε|J|/h", "~ h²", "~ h⁴"}
    assert axes[1].texts[-1].get_text() == "~ h²"


def test_one_axes_gets_the_errors_alone(figure):
    ax = figure.add_subplot()
    assert check_gradient(right, X).plot(ax) == (ax,)
    assert ax.get_ylabel() == "|numeric − analytic|"


def test_a_figure_of_its_own_has_the_verdict_as_title():
    from matplotlib import pyplot

    with matplotlib.rc_context({"backend": "Agg"}):
        axes = check_gradient(right, X, name="$exp").plot()
    try:
        assert axes[0].figure._suptitle.get_text() == "gradient check PASSED: $exp"
        axes[0].figure.draw_without_rendering()
    finally:
        pyplot.close(axes[0].figure)


@pytest.mark.parametrize(
    "f", [lambda x: (3.0 * x.sum(), np.full_like(x, 3.0)), lambda x: (0 * x.sum(), 0 * x)], ids=["linear", "zero"]
)
def test_curves_of_zeros_are_drawn(f, figure):
    check_gradient(f, X, allow_zero="x").plot(figure.subplots(1, 2))
    figure.draw_without_rendering()


def test_slopes_of_any_size_are_drawn(figure):
    check_gradient(lambda x: (np.log(x).sum(), 1 / x), np.array([1e-300, 1.0])).plot(figure.subplots(1, 2))
    figure.draw_without_rendering()


def test_the_edge_of_the_domain_is_drawn(figure):
    check_gradient(lambda x: (np.log(x).sum(), 1 / x), np.full(2, 0.5)).plot(figure.subplots(1, 2))
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (check_gradient(lambda x: (0.0, None), X), "f broke its contract"),
        (pickle.loads(pickle.dumps(check_gradient(right, X))), "it was pickled, or is not of check_gradient"),
        (GradientReport("f", "passed", "good"), "it was pickled, or is not of check_gradient"),
    ],
    ids=["breach", "pickled", "by hand"],
)
def test_where_there_are_no_curves_plot_says_why(report, why):
    with pytest.raises(ValueError, match=rf"this report has no curves to plot \({why}\)"):
        report.plot()


def test_a_notebook_shows_a_table_without_markup_of_the_callers():
    report = check_gradient(wrong, X, names="<b>", words=["<i>", "a&b"], name="<script>")
    html = report._repr_html_()
    assert html.startswith("<table>")
    assert html.endswith("</table>")
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;[1, 0] (&quot;a&amp;b&quot;)" in html
    assert '<b style="color: #B34700">gradient check FAILED</b>: &lt;script&gt;' in html
    assert html.count("<tr>") == len(report._titled()) + 1
    assert html.index("reason") < html.index("worst") < html.index("<code>check_gradient(")
    assert "FAILED" not in check_gradient(right, X)._repr_html_()
