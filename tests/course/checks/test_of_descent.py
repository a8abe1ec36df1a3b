"""word2vec/course/checks/of_descent.py: what an sgd prints."""

from tests.course.variants import BUGS, SGD, planted


def test_other_printing_is_remarked_on(judge):
    report = judge(planted([('"iter %d: %f"', '"at %d: %f"')], SGD))
    assert report.ok
    assert "prints ['at 2: 2.000000', 'at 4: 6.400000']; the course's: iter 2" in report.remarks["sgd"]


def test_what_comes_of_a_step_that_is_halved_too_early_has_no_other_cause(judge):
    report = judge(planted(BUGS["sgd: step halved where it prints"][0], SGD))
    assert "does it stop" not in report.remarks["sgd"]


def test_an_sgd_that_begins_elsewhere_is_judged_to_its_end(judge):
    remarks = judge(planted([("x, smoothed = x0, None", "x, smoothed = x0 * 0, None")], SGD)).remarks["sgd"]
    assert "x**2 from 0.75, 3 steps of 0.01: x" in remarks
    assert "ZeroDivisionError" not in remarks


def test_a_step_that_is_a_little_too_short_is_measured(judge):
    remarks = judge(planted([("step * grad", "0.999 * step * grad")], SGD)).remarks["sgd"]
    assert "each step is 0.999 times what it should be" in remarks
    assert "rounded" not in remarks
