"""The course's gradient check and asserted cases under the course's module name."""

from word2vec.course.starter_test import grad_tests_negsamp, grad_tests_softmax
from word2vec.gradcheck import (
    Coordinate,
    GradientReport,
    Point,
    assert_gradient,
    check_gradient,
    good_points,
    gradcheck_naive,
)

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
