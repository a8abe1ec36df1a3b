"""The course's gradient checks under the name that the course gives them."""

from word2vec.course.starter_test import grad_tests_negsamp, grad_tests_softmax
from word2vec.gradcheck import *  # noqa: F403
from word2vec.gradcheck import __all__ as _checks

__all__ = [*_checks, "grad_tests_negsamp", "grad_tests_softmax"]
