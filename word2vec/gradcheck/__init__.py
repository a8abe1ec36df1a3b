"""Gradient checks. This package knows nothing of word2vec: it checks any f(x) → (loss, gradient).

`check_gradient` reports, `assert_gradient` is for tests, `gradcheck_naive` is the course's; `good_points` makes
points at which slips show.
"""

from word2vec.gradcheck.check import assert_gradient, check_gradient
from word2vec.gradcheck.course import gradcheck_naive
from word2vec.gradcheck.points import Point, good_points
from word2vec.gradcheck.report import Coordinate, GradientReport

__all__ = [
    "Coordinate",
    "GradientReport",
    "Point",
    "assert_gradient",
    "check_gradient",
    "good_points",
    "gradcheck_naive",
]
