"""Gradient checks of any f(x) → (loss, gradient); this package imports nothing else of word2vec.

`check_gradient` returns a report, `assert_gradient` is for tests, `gradcheck_naive` is the course's check;
`good_points` yields points at which bugs show; `check_unbiased` tests whether a sampled gradient has the right mean.
"""

from .check import assert_gradient, check_gradient
from .course import gradcheck_naive
from .points import Point, good_points
from .report import Coordinate, GradientReport
from .unbiased import check_unbiased

__all__ = ["Coordinate", "GradientReport", "Point", "assert_gradient", "check_gradient", "check_unbiased"]
__all__ += ["good_points", "gradcheck_naive"]
