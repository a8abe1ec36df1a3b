"""word2vec/updates.py against sums and steps taken row by row."""

import math

import numpy as np
import pytest

from word2vec.updates import CAP, PULL, PlanBoard, damping, descend_rows, plan_sum


def by_hand(x, ids, gradients, pull, rate):
    """The step, one row after the other."""
    x = x.copy()
    for row in set(ids.tolist()):
        mine = ids == row
        curvature = rate * PULL * pull[mine].sum()
        step = -rate * (-math.expm1(-curvature) / curvature if curvature else 1) * gradients[mine].sum(axis=0)
        length = math.sqrt(step @ step)
        x[row] += step * min(1, CAP / length) if length else 0
    return x


@pytest.fixture
def case():
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 12, 40).astype(np.int32)
    return rng.normal(size=(15, 6)), ids, rng.normal(size=(40, 6)), rng.uniform(0, 3, 40)


@pytest.mark.parametrize("rate", [1e-4, 0.025, 10.0])
def test_a_step_is_the_damped_sum_of_each_row(case, rate):
    x, ids, gradients, pull = case
    truth = by_hand(x, ids, gradients, pull, rate)
    squares = descend_rows(x, gradients, plan_sum(ids, pull), rate)
    np.testing.assert_allclose(x, truth, rtol=1e-12, atol=1e-14)
    assert squares > 0


def test_rows_that_nothing_pulls_at_take_the_whole_step(case):
    x, ids, gradients, _ = case
    truth = x.copy()
    np.add.at(truth, ids, -0.01 * gradients)
    descend_rows(x, gradients, plan_sum(ids, np.zeros(40)), 0.01)
    np.testing.assert_allclose(x, truth, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 3, 4, 20])
def test_how_rows_are_shared_out_changes_no_bit(case, dtype, size):
    x, ids, gradients, pull = case
    gradients = gradients.astype(dtype)
    alone, shared = x.astype(dtype), x.astype(dtype)
    descend_rows(alone, gradients, plan_sum(ids, pull), 0.3)
    for rank in range(size):
        descend_rows(shared, gradients, plan_sum(ids, pull).share(rank, size), 0.3)
    assert alone.tobytes() == shared.tobytes()


def test_the_plan_lists_each_gradient_once_in_its_order(case):
    _, ids, _, pull = case
    plan = plan_sum(ids, pull)
    assert plan.rows.tolist() == sorted(set(ids.tolist()))
    for i, row in enumerate(plan.rows):
        mine = plan.order[plan.ends[i] : plan.ends[i + 1]]
        np.testing.assert_array_equal(mine, np.flatnonzero(ids == row))
        assert plan.pull[i] == pytest.approx(pull[mine].sum(), rel=1e-14)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_shares_cut_the_rows_into_nearly_equal_work(case, size):
    plan = plan_sum(case[1], case[3])
    shares = [plan.share(rank, size) for rank in range(size)]
    for field in ("rows", "order", "pull"):
        np.testing.assert_array_equal(np.concatenate([getattr(s, field) for s in shares]), getattr(plan, field))
    sizes = [np.diff(share.ends) for share in shares]
    np.testing.assert_array_equal(np.concatenate(sizes), np.diff(plan.ends))
    work = [len(each) + each.sum() for each in sizes]
    assert max(work) <= sum(work) / size + 1 + np.diff(plan.ends).max()


def test_nothing_to_do_is_shared_out_too():
    plan = plan_sum(np.empty(0, np.int32), np.empty(0))
    assert [len(plan.share(rank, 2).rows) for rank in range(2)] == [0, 0]


def test_plans_are_read_as_they_were_written(case):
    _, ids, _, pull = case
    board = PlanBoard(len(ids), 2)
    plans = [plan_sum(ids, pull), plan_sum(ids[::-1] // 5, pull)]
    for _ in range(2):
        for place, plan in enumerate(plans):
            board.put(place, plan)
        for place, plan in enumerate(plans):
            for found, truth in zip(board.get(place), plan, strict=True):
                np.testing.assert_array_equal(found, truth)
        plans.reverse()


def test_no_row_moves_farther_than_the_cap():
    x = np.zeros((3, 2))
    squares = descend_rows(x, np.array([[1e9, 0], [0, 1e-9]]), plan_sum(np.array([0, 2]), np.zeros(2)), 0.1)
    np.testing.assert_allclose(x, [[-CAP, 0], [0, 0], [0, -1e-10]], rtol=1e-12)
    assert squares == pytest.approx(1e16)


def test_what_is_not_finite_shows():
    x = np.zeros((2, 1))
    plan = plan_sum(np.array([0]), np.ones(1))
    assert not np.isfinite(descend_rows(x, np.array([[np.nan]]), plan, 0.1))


def test_damping_is_one_for_no_curvature_and_falls_like_its_inverse():
    found = damping(np.array([0, 1e-9, 0.5, 2, 1e3]))
    truth = [1, 1 - 5e-10, -math.expm1(-0.5) / 0.5, -math.expm1(-2) / 2, 1e-3]
    np.testing.assert_allclose(found, truth, rtol=1e-12)


def test_damping_is_what_many_small_steps_do():
    """On J = h x²/2, n steps of r/n end where one step, damped for λ = r h, ends."""
    h, r, n, x = 3.0, 0.7, 100_000, 1.0
    for _ in range(n):
        x -= r / n * h * x
    assert 1 - float(damping(np.array([r * h]))[0]) * r * h == pytest.approx(x, abs=1e-5)
