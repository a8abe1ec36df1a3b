"""word2vec/course/xcs224n.py: CS224n's functions with another default loss."""

import inspect
import random

import numpy as np
import pytest

from word2vec import course
from word2vec.course import xcs224n
from word2vec.course.batches import CourseBatches
from word2vec.course.starter_test import TOKENS, VECTORS, DummyDataset


@pytest.mark.parametrize("name", ["skipgram", "word2vec_sgd_wrapper"])
def test_only_the_default_differs(name):
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (course, xcs224n))
    assert list(ours) == list(theirs)
    assert [p.default for p in theirs.values()][-1] is course.negSamplingLossAndGradient
    assert [p.default for p in ours.values()][-1] is course.naiveSoftmaxLossAndGradient


def test_the_other_names_are_the_same():
    for name in {*xcs224n.__all__} - {"skipgram", "word2vec_sgd_wrapper"}:
        assert getattr(xcs224n, name) is getattr(course, name)


def called(f, *arguments):
    random.seed(1)
    return [np.asarray(value).tolist() for value in f(*arguments)]


def test_it_is_computed_as_by_the_course_in_whole_batches(monkeypatch):
    dataset, V, U = DummyDataset(), VECTORS[:5], VECTORS[5:]
    window, loss = ("c", 1, ["a", "b"], TOKENS, V, U, dataset), course.negSamplingLossAndGradient
    assert called(xcs224n.skipgram, *window) == called(course.skipgram, *window, loss)
    softmax = course.naiveSoftmaxLossAndGradient
    assert called(xcs224n.skipgram, *window, softmax) == called(course.skipgram, *window)
    expected = called(course.word2vec_sgd_wrapper, course.skipgram, TOKENS, VECTORS, dataset, 5, loss)
    asked, own = [], CourseBatches.next
    monkeypatch.setattr(CourseBatches, "next", lambda self: asked.append(self.K) or own(self))
    assert called(xcs224n.word2vec_sgd_wrapper, xcs224n.skipgram, TOKENS, VECTORS, dataset, 5) == expected
    assert asked == [10]
