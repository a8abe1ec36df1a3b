"""The course's gradient check under the name that the course gives it; all is in `word2vec.gradcheck`."""

from word2vec.gradcheck import (
    Coordinate,
    GradientReport,
    Point,
    assert_gradient,
    check_gradient,
    good_points,
    grad_tests_negsamp,
    grad_tests_softmax,
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
