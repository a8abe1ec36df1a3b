"""word2vec/gradcheck/plan.py: what is compared one by one, together, or shown to be untouched."""

import numpy as np
import pytest

from word2vec.gradcheck.parameters import Parameters
from word2vec.gradcheck.plan import make_plan

SHAPES = (6, 2), (4, 3), (5,)


def plan_of(touched, limit, *, only=None, shapes=SHAPES, seed=0):
    """Plan for blocks of ones with a gradient that is not zero in some entries."""
    parameters = Parameters(tuple(np.ones(shape) for shape in shapes))
    gradient = np.zeros(parameters.n)
    gradient[touched] = np.arange(1, 1 + len(touched))
    return make_plan(parameters, gradient, limit, np.random.default_rng(seed), only)


def lists(plan):
    return [part.tolist() for part in plan]


def test_small_problems_are_compared_whole():
    assert lists(plan_of([0, 3], 29)) == [list(range(29)), [], []]


def test_above_the_limit_the_touched_rows():
    # entry 3 stands in row V[1], entry 14 in U[0], entry 26 in the vector, whose entries are rows
    plan = plan_of([3, 14, 26], 28)
    assert lists(plan)[:2] == [[2, 3, 12, 13, 14, 26]] * 2
    assert plan.untouched.tolist() == [i for i in range(29) if i not in (2, 3, 12, 13, 14, 26)]


def test_only_a_block():
    assert lists(plan_of([3, 14, 26], 28, only="x[1]")) == [list(range(12, 24)), [], []]
    plan = plan_of([3, 14, 26], 5, only="x[1]")
    assert lists(plan) == [[12, 13, 14], [12, 13, 14], list(range(15, 24))]
    assert set(plan_of(range(29), 5, only="x[1]").together) == set(range(12, 24))
    assert set(plan_of(range(29), 5, only="x[1]").single) < set(range(12, 24))
    with pytest.raises(ValueError, match=r"^there is no block 'U': expected one of x\[0\], x\[1\], x\[2\]$"):
        plan_of([], 5, only="U")


def test_nothing_is_left_out():
    plan = plan_of([0, 20, 28], 10)
    assert sorted([*plan.together, *plan.untouched]) == list(range(29))


def test_nothing_touched():
    assert lists(plan_of([], 28)) == [[0, 1], [], list(range(29))]


def test_exactly_as_many_touched_as_the_limit():
    touched = list(range(20))
    assert len(plan_of(touched, 21).single) == 21
    assert len(plan_of(touched, 20).single) < 21


def test_of_a_large_dense_gradient_the_extremes_and_some_others():
    shape = (1000, 4)
    size = np.random.default_rng(1).permutation(4000)
    parameters = Parameters(np.ones(shape))
    gradient = 1.0 + size
    plan = make_plan(parameters, gradient, 1200, np.random.default_rng(0), None)
    assert len(plan.single) <= 240
    assert len(plan.single) >= 80
    assert len(plan.together) == 4000
    assert len(plan.untouched) == 0
    rows = gradient.reshape(shape).max(axis=1).argsort()
    assert set(4 * rows[[0, 1, 9]]) | set(4 * rows[[-1, -2, -10]]) <= set(plan.single)
    other = make_plan(parameters, gradient, 1200, np.random.default_rng(1), None)
    assert set(other.single) != set(plan.single)
    assert len(set(plan.single)) == len(plan.single)


@pytest.mark.parametrize("limit", [-5, 0, 1, 9])
def test_any_limit_leaves_something_to_compare(limit):
    for touched in ([], [4], list(range(29))):
        plan = plan_of(touched, limit)
        assert len(plan.single) > 0
        assert set(touched) <= set(plan.together)


def test_a_long_vector_is_sampled_too():
    plan = plan_of(list(range(5000)), 1000, shapes=[(5000,)])
    assert 100 <= len(plan.single) <= 200
    assert len(plan.together) == 5000


@pytest.mark.parametrize(
    ("only", "expected"), [(("x[0]", 5), [10, 11]), (("x[1]", 0), [12, 13, 14]), (("x[2]", 0), [24, 25, 26, 27, 28])]
)
def test_only_one_row(only, expected):
    for limit in (1, 100):
        assert lists(plan_of([0], limit, only=only)) == [expected, [], []]


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (("x[0]", 6), "only=('x[0]', 6): expected a row from 0 to 5"),
        (("x[1]", -1), "only=('x[1]', -1): expected a row from 0 to 3"),
        (("x[2]", 1), "only=('x[2]', 1): expected a row from 0 to 0"),
        (("V", 1), "there is no block 'V': expected one of x[0], x[1], x[2]"),
    ],
)
def test_refused_rows(only, message):
    with pytest.raises(ValueError, match=r"^\w") as refusal:
        plan_of([0], 100, only=only)
    assert str(refusal.value) == message


def test_rows_of_three_axes():
    plan = plan_of([13], 10, only=("x[0]", 3), shapes=[(2, 3, 4)])
    assert plan.single.tolist() == [12, 13, 14, 15]
    assert plan_of([13], 10, shapes=[(2, 3, 4)]).single.tolist() == [12, 13, 14, 15]
