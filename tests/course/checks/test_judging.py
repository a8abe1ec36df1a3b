"""word2vec/course/checks/judging.py: draws and remarks."""

import random

import numpy as np
import pytest

from word2vec import sgd
from word2vec.course.checks.judging import Draws, EndlessDraws, Note, Subject, run_stages, slip_of


def test_draws_end():
    dataset = Draws([0, 1])
    assert [dataset.sampleTokenIdx() for _ in range(5)] == [0, 1, 0, 1, 0]
    with pytest.raises(EndlessDraws, match=r"more than 2000 times: the loop that draws again never ends"):
        [dataset.sampleTokenIdx() for _ in range(2000)]


def test_draws_without_ids_are_those_of_random():
    random.seed(1)
    drawn = [Draws().sampleTokenIdx() for _ in range(5)]
    random.seed(1)
    assert drawn == [random.randint(0, 4) for _ in range(5)]


def test_a_factor_that_six_digits_show_as_1_is_none():
    right = np.array([1.0, -2.0, 3.0])
    assert slip_of(right * (1 + 3e-6), right, {}).startswith("so near: is it rounded")
    assert slip_of(right * 1.5, right, {}) == "it is 1.5 times what it should be"


def test_note_is_a_remark_that_stops_nothing():
    seen = []

    def first(f):
        yield Note("by the way")

    def second(f):
        seen.append(f)
        yield "wrong"

    def third(f):
        seen.append("too far")
        yield "never"

    subject = Subject(sgd)
    assert [*run_stages((first, second, third), subject)] == ["by the way", "wrong"]
    assert seen == [subject]


def test_an_array_of_objects_that_are_numbers_stays_an_array():
    for values in (0.5, [0.5, 1.0]):
        assert isinstance(Subject(np.array)(values, object), np.ndarray)
