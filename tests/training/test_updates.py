"""word2vec/training/updates.py against sums and steps taken row by row."""

import math

import numpy as np
import pytest

from word2vec.training import updates
from word2vec.training.updates import (
    CAP,
    PULL,
    SLOWEST,
    damping,
    descend_rows,
    descend_table,
    plan_sums,
    row_rates,
    sum_matrix,
)


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


def plan_of(ids, pull):
    """The plan of one step, for one member."""
    return plan_sums(ids[None], pull[None]).part(0, 0)


@pytest.fixture
def case():
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 12, 40).astype(np.int32)
    return rng.normal(size=(15, 6)), ids, rng.normal(size=(40, 6)), rng.uniform(0, 3, 40)


@pytest.mark.parametrize("rate", [1e-4, 0.025, 10.0])
def test_a_step_is_the_damped_sum_of_each_row(case, rate):
    x, ids, gradients, pull = case
    truth = by_hand(x, ids, gradients, pull, rate)
    squares = descend_rows(x, gradients, plan_of(ids, pull), rate)
    np.testing.assert_allclose(x, truth, rtol=1e-12, atol=1e-14)
    assert squares > 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_in_a_whole_table_is_the_same_to_the_bit(case, dtype):
    x, _, gradients, pull = case
    gradients = gradients[:15].astype(dtype)
    by_rows, whole, rates = x.astype(dtype), x.astype(dtype), np.linspace(0.01, 3, 15)
    squares = descend_rows(by_rows, gradients, plan_of(np.arange(15, dtype=np.int32), pull[:15]), rates)
    assert descend_table(whole, gradients, pull[:15], rates) == squares
    assert by_rows.tobytes() == whole.tobytes()


def test_rates_may_differ_from_row_to_row(case):
    x, ids, gradients, pull = case
    plan, both = plan_of(ids, pull), x.copy()
    rates = np.where(np.arange(len(plan.rows)) % 2, 0.01, 0.3)
    descend_rows(x, gradients, plan, rates)
    parts = [by_hand(both, ids, gradients, pull, rate) for rate in (0.3, 0.01)]
    truth = both.copy()
    for i, row in enumerate(plan.rows):
        truth[row] = parts[i % 2][row]
    np.testing.assert_allclose(x, truth, rtol=1e-12, atol=1e-14)


def test_rare_words_take_longer_steps_and_frequent_ones_shorter_ones():
    centres, outside = row_rates(np.array([10**6, 4000, 1000, 250, 10, 0]), 1000).reshape(2, -1)
    assert centres.tolist() == [SLOWEST, 0.5, 1, 1, 1, 1]
    assert outside.tolist() == [SLOWEST, 0.5, 1, 2, 10, 1000**0.5]
    assert row_rates(np.array([3, 1]), 0).tolist() == [1] * 4


def test_centre_vectors_of_rare_words_take_longer_steps_on_many_shards():
    counts, V = np.array([10**6, 4000, 640, 250, 10, 0]), 6
    alone = row_rates(counts, 1000)
    for shards, longest in ((2, 1), (4, 1), (6, 1.5), (8, 2), (100, 2)):
        assert row_rates(counts, 1000, shards)[:V].tolist() == np.minimum(alone[V:], longest).tolist()
        assert row_rates(counts, 1000, shards)[V:].tolist() == alone[V:].tolist()
    assert row_rates(counts, 0, 8).tolist() == [1] * 2 * V


def test_rows_that_nothing_pulls_at_take_the_whole_step(case):
    x, ids, gradients, _ = case
    truth = x.copy()
    np.add.at(truth, ids, -0.01 * gradients)
    descend_rows(x, gradients, plan_of(ids, np.zeros(40)), 0.01)
    np.testing.assert_allclose(x, truth, rtol=1e-12)


def test_a_matrix_serves_steps_of_all_sizes(case):
    x, ids, gradients, pull = case
    matrix, alone, kept = sum_matrix(gradients), x.copy(), x.copy()
    for m in (3, 40, 1, 7, 40, 0):
        plan = plan_of(ids[:m], pull[:m])
        truth = descend_rows(alone, gradients, plan, 0.3)
        assert descend_rows(kept, gradients, plan, 0.3, matrix) == truth
        assert kept.tobytes() == alone.tobytes()


def test_rows_in_many_pieces_take_the_same_steps(case, monkeypatch):
    x, ids, gradients, pull = case
    whole, pieces, plan = x.copy(), x.copy(), plan_of(ids, pull)
    caps = np.linspace(0.1, 1, len(plan.rows))
    squares = descend_rows(whole, 10 * gradients, plan, 3, caps=caps)
    monkeypatch.setattr(updates, "PART", 2)
    assert descend_rows(pieces, 10 * gradients, plan, 3, caps=caps) == pytest.approx(squares, rel=1e-14)
    assert pieces.tobytes() == whole.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 3, 4, 20])
def test_how_rows_are_shared_out_changes_no_bit(case, dtype, size):
    x, ids, gradients, pull = case
    gradients = gradients.astype(dtype)
    alone, shared = x.astype(dtype), x.astype(dtype)
    descend_rows(alone, gradients, plan_of(ids, pull), 0.3)
    for rank in range(size):
        descend_rows(shared, gradients, plan_sums(ids[None], pull[None], size).part(0, rank), 0.3)
    assert alone.tobytes() == shared.tobytes()


def test_the_plan_lists_each_gradient_once_in_its_order(case):
    _, ids, _, pull = case
    plan = plan_of(ids, pull)
    assert plan.rows.tolist() == sorted(set(ids.tolist()))
    for i, row in enumerate(plan.rows):
        mine = plan.order[plan.ends[i] : plan.ends[i + 1]]
        np.testing.assert_array_equal(mine, np.flatnonzero(ids == row))
        assert plan.pull[i] == pytest.approx(pull[mine].sum(), rel=1e-14)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_shares_cut_the_rows_into_nearly_equal_work(case, size):
    _, ids, _, pull = case
    plan, shared = plan_of(ids, pull), plan_sums(ids[None], pull[None], size)
    shares = [shared.part(0, rank) for rank in range(size)]
    for field in ("rows", "order", "pull"):
        np.testing.assert_array_equal(np.concatenate([getattr(s, field) for s in shares]), getattr(plan, field))
    sizes = [np.diff(share.ends) for share in shares]
    np.testing.assert_array_equal(np.concatenate(sizes), np.diff(plan.ends))
    work = [len(each) + each.sum() for each in sizes]
    assert max(work) <= sum(work) / size + 1 + np.diff(plan.ends).max()


def test_a_row_is_as_much_work_as_a_gradient():
    ids = np.append(np.zeros(20, np.int32), np.arange(1, 21, dtype=np.int32))
    assert plan_sums(ids[None], np.ones((1, 40)), 2).cuts.tolist() == [[0, 6, 21]], "31 and 30 rows and gradients"


def test_nothing_to_do_is_shared_out_too():
    plan = plan_sums(np.empty((1, 0), np.int32), np.empty((1, 0)), 2)
    assert [len(plan.part(0, rank).rows) for rank in range(2)] == [0, 0]


@pytest.mark.parametrize("shift", [0, 2**26])  # just with and just without room for row and place in 32 bits
def test_steps_planned_together_are_planned_as_each_alone(case, shift):
    _, ids, _, pull = case
    steps, pulls = np.stack([ids, ids[::-1] // 5, ids * 3]) + np.int32(shift), np.stack([pull, 2 * pull, pull])
    together = plan_sums(steps, pulls, 3)
    for step in range(3):
        alone = plan_sums(steps[step : step + 1], pulls[step : step + 1], 3)
        for rank in range(3):
            for found, truth in zip(together.part(step, rank), alone.part(0, rank), strict=True):
                np.testing.assert_array_equal(found, truth)
    assert together.part(2, 0).rows[0] == ids.min() * 3 + shift


def test_no_row_moves_farther_than_the_cap():
    x = np.zeros((3, 2))
    squares = descend_rows(x, np.array([[1e9, 0], [0, 1e-9]]), plan_of(np.array([0, 2]), np.zeros(2)), 0.1)
    np.testing.assert_allclose(x, [[-CAP, 0], [0, 0], [0, -1e-10]], rtol=1e-12)
    assert squares == pytest.approx(1e16)


def test_a_row_may_have_a_lower_cap():
    x, plan = np.zeros((3, 2)), plan_of(np.array([0, 1, 2]), np.zeros(3))
    descend_rows(x, np.array([[1e9, 0], [0, 0.2], [0, 1e9]]), plan, 1.0, caps=np.array([0.1, 0.1, 1]))
    np.testing.assert_allclose(x, [[-0.1 * CAP, 0], [0, -0.1 * CAP], [0, -CAP]], rtol=1e-12)


def test_what_is_not_finite_shows():
    x = np.zeros((2, 1))
    plan = plan_of(np.array([0]), np.ones(1))
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
