"""word2vec/course/descent.py: the loop, its schedule, its smoothed loss, its checks."""

import math

import numpy as np
import pytest

from word2vec.course import descent
from word2vec.course.descent import Descent, Report, descend, smooth, step_size
from word2vec.vectors.history import History


def advance(state, *arguments, **options):
    """Descend to the end; return the state."""
    for _ in descend(state, *arguments, **options):
        pass
    return state


@pytest.mark.parametrize(
    ("iteration", "halvings"), [(1, 0), (5001, 0), (20_000, 0), (20_001, 1), (40_000, 1), (40_001, 2)]
)
def test_the_step_halves_after_every_20000_iterations(iteration, halvings):
    assert step_size(0.3, iteration) == 0.3 * 0.5**halvings


def test_smoothing_begins_with_the_first_loss():
    smoothed = None
    for loss, expected in ((8.0, 8.0), (4.0, 0.95 * 8 + 0.05 * 4), (2.0, 0.95 * (0.95 * 8 + 0.05 * 4) + 0.05 * 2)):
        smoothed = smooth(smoothed, loss)
        assert smoothed == expected
    assert smooth(0.0, 4.0) == 0.2


def test_the_smoothed_loss_is_that_of_the_last_report():
    state = Descent(0)
    assert state.smoothed is None
    state.history.reports += [Report(10, 1.0, 3.0), Report(20, 1.0, 2.0)]
    assert state.smoothed == 2.0
    state.history.reports.append(Report(30, 1.0, 0.0))
    assert state.smoothed == 0.0


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
    state = advance(Descent(100), update, 0.5, 7, report_every=2)
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
    state = Descent(0)
    yielded = list(descend(state, Recorder(), 1, 35))
    assert [number for number, report in enumerate(yielded, 1) if report is not None] == [10, 20, 30]
    assert len(yielded) == 35
    reports = [report for report in yielded if report is not None]
    assert state.history.reports == reports
    assert History.from_arrays(state.history.arrays(), False, Report) == state.history
    assert [report.iteration for report in reports] == [10, 20, 30]
    assert [report.loss for report in reports] == [10.0, 20.0, 30.0]
    second = 0.95 * 10.0 + 0.05 * 20.0
    assert [report.smoothed for report in reports] == [10.0, second, 0.95 * second + 0.05 * 30.0]


def test_a_state_goes_on_where_it_stands(monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 8)
    whole, parts, update, recorder = Descent(0), Descent(0), Recorder(), Recorder()
    advance(whole, update, 1, 30, report_every=4)
    for stop in (1, 4, 9, 16, 17, 30):
        advance(parts, recorder, 1, stop, report_every=4)
        assert parts.iteration == stop
    assert recorder.calls == update.calls
    assert parts == whole


@pytest.mark.parametrize("iterations", [0, 3, 5])
def test_a_finished_state_is_left_as_it_is(iterations):
    update, reports = Recorder(), [Report(5, 1.0, 2.0)]
    state = Descent(1, 5, History(Report._fields, [*reports]))
    assert list(descend(state, update, 1, iterations)) == []
    assert state == Descent(1, 5, History(Report._fields, reports))
    assert update.calls == []


def test_who_iterates_sees_each_iteration_done_and_may_stop():
    state, seen = Descent(0), []
    for report in descend(state, Recorder(), 1, 100, report_every=2):
        seen.append((state.iteration, state.x, len(state.history.reports), report and report.iteration))
        if state.iteration == 4:
            break
    assert seen == [(1, 1, 0, None), (2, 2, 1, 2), (3, 3, 1, None), (4, 4, 2, 4)]
    assert state.iteration == 4
    for _ in descend(state, Recorder(), 1, 100):
        if state.iteration == 6:
            break
    assert (state.iteration, state.x) == (6, 6)


def test_an_update_without_losses_makes_no_history():
    state = Descent(0)
    assert list(descend(state, lambda x, step, report: (x, None), 1, 20)) == [None] * 20
    assert state.history.reports == []
    assert state.iteration == 20


def test_losses_of_unreported_iterations_do_not_count():
    state = advance(Descent(0), lambda x, step, report: (x, 5.0 if report else math.nan), 1, 20)
    assert state.history.reports == [Report(10, 5.0, 5.0), Report(20, 5.0, 5.0)]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")])
def test_a_loss_that_is_not_finite_stops_the_descent(loss, monkeypatch):
    monkeypatch.setattr(descent, "ANNEAL_EVERY", 15)
    state, reports = Descent(0), []
    message = rf"the loss is {loss} in iteration 20, at step size 0\.15: expected a finite number; a smaller step"

    def update(x, step, report):
        return x + 1, loss if x == 19 else 1.0

    with pytest.raises(FloatingPointError, match=message):
        reports.extend(descend(state, update, 0.3, 100))
    assert [report for report in reports if report is not None] == [Report(10, 1.0, 1.0)]
    assert len(reports) == 19
    assert state.history.reports == [Report(10, 1.0, 1.0)]
    assert state.iteration == 20


@pytest.mark.parametrize("loss", [np.float32(0.1), np.array(0.1), np.array([[0.1]]), 1])
def test_a_reported_loss_is_a_float(loss):
    state = advance(Descent(0), lambda x, step, report: (x, loss), 1, 20)
    assert {type(number) for report in state.history.reports for number in report[1:]} == {float}
    assert state.history.reports[0].loss == float(np.asarray(loss).item())


def test_a_loss_that_is_no_single_number_is_refused():
    with pytest.raises(ValueError, match=r"^the loss has shape \(2,\) in iteration 10: expected one number$"):
        advance(Descent(0), lambda x, step, report: (x, np.ones(2)), 1, 20)
