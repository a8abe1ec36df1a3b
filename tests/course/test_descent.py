"""word2vec/course/descent.py: the loop, its schedule, its smoothed loss, its checks."""

import math

import numpy as np
import pytest

from word2vec.course import descent
from word2vec.course.descent import ANNEAL_EVERY, Descent, Report, descend, smooth, step_size


@pytest.mark.parametrize(
    ("iteration", "halvings"),
    [(1, 0), (2, 0), (19_999, 0), (20_000, 0), (20_001, 1), (40_000, 1), (40_001, 2), (60_000, 2), (60_001, 3)],
)
def test_the_step_halves_after_every_20000_iterations(iteration, halvings):
    assert step_size(0.3, iteration) == 0.3 * 0.5**halvings


def test_the_step_does_not_depend_on_where_a_run_went_on():
    """The course's code divides instead of counting whole periods: 0.841 of the step after 5,000 iterations."""
    assert ANNEAL_EVERY == 20_000
    assert {step_size(0.3, iteration) for iteration in range(5001, 20_001, 500)} == {0.3}


def test_smoothing_begins_with_the_first_loss():
    history = []
    for loss, expected in ((8.0, 8.0), (4.0, 0.95 * 8 + 0.05 * 4), (2.0, 0.95 * (0.95 * 8 + 0.05 * 4) + 0.05 * 2)):
        smoothed = smooth(history, loss)
        assert smoothed == expected
        history.append(Report(len(history), loss, smoothed))


def test_a_smoothed_loss_of_zero_is_smoothed_too():
    assert smooth([Report(1, 0.0, 0.0)], 4.0) == 0.2


class Recorder:
    """An update that notes how it is called; its loss is the number of the call."""

    def __init__(self):
        self.calls = []

    def __call__(self, x, step, report):
        self.calls.append((x, step, report))
        return x + 1, float(len(self.calls)) if report else None


def test_each_iteration_gets_x_step_and_whether_to_report(monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 3)
    update = Recorder()
    state = descend(Descent(100), update, 0.5, 7, report_every=2)
    assert update.calls == [
        (100, 0.5, False),
        (101, 0.5, True),
        (102, 0.5, False),
        (103, 0.25, True),
        (104, 0.25, False),
        (105, 0.25, True),
        (106, 0.125, False),
    ]
    assert state.x == 107
    assert state.iteration == 7


def test_history_and_reports():
    reports = []
    state = descend(Descent(0), Recorder(), 1, 35, on_report=reports.append)
    assert state.history == reports
    assert [report.iteration for report in reports] == [10, 20, 30]
    assert [report.loss for report in reports] == [10.0, 20.0, 30.0]
    second = 0.95 * 10.0 + 0.05 * 20.0
    assert [report.smoothed for report in reports] == [10.0, second, 0.95 * second + 0.05 * 30.0]


def test_the_state_given_is_changed_and_returned():
    state = Descent(0)
    assert descend(state, Recorder(), 1, 10) is state
    assert (state.x, state.iteration, len(state.history)) == (10, 10, 1)


def test_a_state_goes_on_where_it_stands(monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 8)
    whole, parts, update, recorder = Descent(0), Descent(0), Recorder(), Recorder()
    descend(whole, update, 1, 30, report_every=4)
    for stop in (1, 4, 9, 16, 17, 30):
        descend(parts, recorder, 1, stop, report_every=4)
        assert parts.iteration == stop
    assert recorder.calls == update.calls
    assert parts == whole


@pytest.mark.parametrize("iterations", [0, 3, 5])
def test_a_finished_state_is_left_as_it_is(iterations):
    update = Recorder()
    state = descend(Descent(1, 5, [Report(5, 1.0, 2.0)]), update, 1, iterations)
    assert state == Descent(1, 5, [Report(5, 1.0, 2.0)])
    assert update.calls == []


def test_after_sees_each_iteration_done_and_may_stop():
    seen = []

    def after(state):
        seen.append((state.iteration, state.x, len(state.history)))
        return state.iteration == 4

    state = descend(Descent(0), Recorder(), 1, 100, report_every=2, after=after)
    assert seen == [(1, 1, 0), (2, 2, 1), (3, 3, 1), (4, 4, 2)]
    assert state.iteration == 4
    descend(state, Recorder(), 1, 100, after=lambda state: state.iteration == 6)
    assert state.iteration == 6


def test_the_report_comes_before_after():
    order = []
    descend(
        Descent(0),
        Recorder(),
        1,
        2,
        report_every=1,
        on_report=lambda report: order.append(("report", report.iteration)),
        after=lambda state: order.append(("after", state.iteration)),
    )
    assert order == [("report", 1), ("after", 1), ("report", 2), ("after", 2)]


def test_an_update_without_losses_makes_no_history():
    state = descend(Descent(0), lambda x, step, report: (x, None), 1, 20)
    assert state.history == []
    assert state.iteration == 20


def test_losses_of_unreported_iterations_do_not_count():
    state = descend(Descent(0), lambda x, step, report: (x, 5.0 if report else math.nan), 1, 20)
    assert state.history == [Report(10, 5.0, 5.0), Report(20, 5.0, 5.0)]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")])
def test_a_loss_that_is_no_number_stops_the_descent(loss, monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 15)
    state, reports = Descent(0), []
    message = rf"the loss is {loss} in iteration 20, at step size 0\.15: expected a finite number; a smaller step"
    with pytest.raises(FloatingPointError, match=message):
        descend(
            state,
            lambda x, step, report: (x + 1, loss if x == 19 else 1.0),
            0.3,
            100,
            on_report=reports.append,
        )
    assert reports == [Report(10, 1.0, 1.0)]
    assert state.history == reports
    assert state.iteration == 20


def test_states_do_not_share_a_history():
    first, second = Descent(0), Descent(0)
    first.history.append(Report(1, 1.0, 1.0))
    assert second.history == []
    assert second.iteration == 0
