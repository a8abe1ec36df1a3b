"""Gradient checks. This package knows nothing of word2vec: it checks any f(x) → (loss, gradient)."""

from utils.gradcheck.course import grad_tests_negsamp, grad_tests_softmax, gradcheck_naive

__all__ = ["grad_tests_negsamp", "grad_tests_softmax", "gradcheck_naive"]
