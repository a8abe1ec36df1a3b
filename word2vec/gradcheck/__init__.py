"""Gradient checks of any f(x) → (loss, gradient); this package imports nothing else of word2vec.

`check_gradient` returns a report, `assert_gradient` is for tests, `gradcheck_naive` is the course's check;
`check_jacobian` and `check_hessian` are for vectors and second derivatives, `check_unbiased` for the mean of a
sampled gradient; `good_points` yields points at which bugs show.
"""

from .check import assert_gradient, check_gradient
from .course import gradcheck_naive
from .derivatives import check_hessian, check_jacobian
from .points import Point, good_points
from .report import Coordinate, GradientReport
from .unbiased import check_unbiased

__all__ = ["Coordinate", "GradientReport", "Point", "assert_gradient", "check_gradient", "check_hessian"]
__all__ += ["check_jacobian", "check_unbiased", "good_points", "gradcheck_naive"]
