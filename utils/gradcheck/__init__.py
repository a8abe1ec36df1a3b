"""Gradient checks. This package knows nothing of word2vec: it checks any f(x) → (loss, gradient).

`check_gradient` reports, `assert_gradient` is for tests, `gradcheck_naive` is the course's; `good_points` makes
points at which slips show.
"""

from utils.gradcheck.check import assert_gradient, check_gradient
from utils.gradcheck.course import grad_tests_negsamp, grad_tests_softmax, gradcheck_naive
from utils.gradcheck.points import Point, good_points
from utils.gradcheck.report import Coordinate, GradientReport

__all__ = [
    "Coordinate",
    "GradientReport",
    "Point",
    "assert_gradient",
    "check_gradient",
    "good_points",
    "grad_tests_negsamp",
    "grad_tests_softmax",
    "gradcheck_naive",
]
