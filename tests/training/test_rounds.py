"""word2vec/training/rounds.py: how a text is cut, how what shards changed is put together, and replicas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.flat import settings_of
from tests.training.test_loop import zipf
from word2vec.runtime.engine import Serial
from word2vec.training import batches, rounds
from word2vec.training.rounds import (
    Change,
    Layout,
    Piece,
    Place,
    Plan,
    Replica,
    Rows,
    add,
    apply,
    longest_sync,
    settle,
)
from word2vec.training.updates import CAP, damping


@pytest.fixture
def _short_chunks(monkeypatch):
    for module in (batches, rounds):
        monkeypatch.setattr(module, "CHUNK", 100)


# how a text is cut


@pytest.mark.usefixtures("_short_chunks")
@given(st.integers(1, 2000), st.integers(1, 9), st.integers(1, 900))
def test_the_chunks_of_all_shards_are_the_text_once(words, shards, sync):
    layout = Layout(words, shards, sync)
    pieces = [layout.piece(shard, chunk) for shard in range(shards) for chunk in range(layout.chunks)]
    assert [place for begin, end in pieces for place in range(begin, end)] == [*range(words)]
    assert max(end - begin for begin, end in pieces) <= 100
    numbers = [layout.number(shard, chunk) for shard in range(shards) for chunk in range(layout.chunks)]
    assert len({*numbers}) == len(numbers)
    assert layout.before(2, 0) == 2 * words
    assert layout.before(0, layout.chunks) == words


@pytest.mark.usefixtures("_short_chunks")
@given(st.integers(1, 2000), st.integers(1, 9), st.integers(1, 900))
def test_places_follow_each_other_through_all_rounds(words, shards, sync):
    layout, place = Layout(words, shards, sync), Place(0, 0, 0)
    for number in range(2 * layout.in_epoch):
        assert place.number(layout) == number
        place = place.after(layout)
    assert place == (2, 0, 0)


def test_a_round_has_about_as_many_words_of_each_shard_as_were_asked_for():
    assert Layout(10**7, 4, 16384).rounds == 8
    assert (Layout(10**7, 4, 10**6).rounds, Layout(10**7, 4, 10**6).span) == (1, 8)
    assert (Layout(10**7, 4, 10**7).rounds, Layout(10**7, 4, 10**7).span) == (1, 20)
    assert Layout(1000, 2, 100).rounds == 5


def test_one_shard_meets_no_other_and_has_a_round_a_chunk():
    for sync in (100, 10**6):
        layout = Layout(10**7, 1, sync)
        assert (layout.rounds, layout.span, layout.in_epoch) == (1, 1, layout.chunks)


@given(st.integers(1, 10**13), st.integers(1, 1000))
def test_the_longest_rounds_of_which_there_are_enough(words, shards):
    sync, enough = longest_sync(words, shards), max(400, 25 * shards)
    assert 2**10 <= sync <= 2**20
    assert sync.bit_count() == 1
    assert words >= enough * shards * sync or sync == 2**10
    assert words < enough * shards * 2 * sync or sync == 2**20


# what shards changed is put together


def rows(numbers, moved, curvature):
    λ, moved = np.array(curvature, np.float64), np.array(moved, np.float64)
    return Rows(np.array(numbers, np.int32), moved, λ, -np.expm1(-λ), np.linalg.norm(moved, axis=1))


def test_a_rare_row_takes_the_sum_and_a_settled_one_the_mean():
    """E50 at its ends: f → 1 where λ is small, f → 1/S where every shard has settled the row."""
    shards = [Change({"x": rows([3, 7], [[0.1 + s / 10], [2.0 * s]], [1e-9, 50.0])}) for s in range(4)]
    moved = settle(add(shards)).tables["x"]
    np.testing.assert_allclose(moved.curvature, [1, 1 / 4], rtol=1e-8)
    np.testing.assert_allclose(moved.moved[:, 0], [0.1 + 0.2 + 0.3 + 0.4, 2 * (0 + 1 + 2 + 3) / 4], rtol=1e-8)


@given(st.lists(st.floats(1e-6, 30), min_size=1, max_size=6))
def test_the_sum_goes_as_far_as_all_steps_one_after_the_other(curvatures):
    """Each shard has gone damping(λ_s) of a way of λ_s: f Σ_s is damping(Σ λ) of their whole way."""
    parts = [Change({"x": rows([0], [[λ * damping(np.array(λ)) / 1000]], [λ])}) for λ in curvatures]
    moved = settle(add(parts)).tables["x"].moved[0, 0]
    total = np.float64(sum(curvatures))
    assert moved == pytest.approx(total * damping(total) / 1000, rel=1e-9)


@given(st.lists(st.tuples(st.floats(0.01, 9), st.floats(1e-6, 30)), min_size=1, max_size=6))
def test_no_row_moves_farther_than_a_step_may_or_than_the_shard_that_moved_it_farthest(moves):
    moved = settle(add([Change({"x": rows([0], [[Δ]], [λ])}) for Δ, λ in moves])).tables["x"]
    assert moved.moved[0, 0] <= max(CAP, *(Δ for Δ, _ in moves)) * (1 + 1e-12)
    assert moved.moved[0, 0] == pytest.approx(moved.curvature[0] * sum(Δ for Δ, _ in moves))


def test_what_is_held_back_is_paid_out_in_the_next_rounds():
    f = 0.3
    tables, motion = {"x": np.zeros((1, 1))}, {"motion of x": np.zeros((1, 1))}
    for number in range(200):
        moved = np.array([[f if number == 0 else 0.0]])
        apply(Change({"x": Rows(np.array([0]), moved, np.array([f]), *[np.empty(0)] * 2)}), tables, motion)
        assert tables["x"][0, 0] == pytest.approx(1 - (1 - f) ** (number + 1))
    assert tables["x"][0, 0] == pytest.approx(1)


def test_each_row_keeps_the_share_of_its_motion_that_f_holds_back():
    moved, f = np.array([[1.0, 0.0], [0.0, 2.0], [-0.5, 9.0]]), np.array([0.25, 0.5, 1.0])
    tables, motion = {"x": np.zeros((3, 2))}, {"motion of x": np.array([[4.0, 0.0], [4.0, 0.0], [40.0, 1.0]])}
    apply(Change({"x": Rows(np.arange(3), moved.copy(), f, f[:0], f[:0])}), tables, motion)
    assert motion["motion of x"].tolist() == [[4, 0], [2, 2], [-0.5, 9]]
    assert tables["x"].tolist() == motion["motion of x"].tolist()


def test_rows_that_some_shards_did_not_touch_are_added_in_their_places():
    one, other = rows([1, 4], [[1.0], [2.0]], [1, 1]), rows([0, 4, 9], [[3.0], [4.0], [5.0]], [1, 1, 1])
    found = add([Change({"x": one}, J=1, pairs=2, trained=True), Change({"x": other}, J=3, pairs=4)])
    assert found.tables["x"].rows.tolist() == [0, 1, 4, 9]
    assert found.tables["x"].moved[:, 0].tolist() == [3, 1, 6, 5]
    assert (found.J, found.pairs, found.trained) == (4, 6, True)
    assert found.sent == sum(array.nbytes for each in (one, other) for array in each)


def test_a_round_without_the_tables_on_some_worker_has_no_change():
    found = add([Change({"x": rows([1], [[1.0]], [1])}), Change(missing=frozenset({"tcp://there"}))])
    assert found.missing == {"tcp://there"}
    assert not found.tables


# a replica


def replica(shards=2, dim=4):
    corpus = zipf(30, 400)
    plan = Plan("run", settings_of(dim=dim, sample=0, step=32), 0, 400.0, Layout(400, shards, 100), True)
    piece = Piece(corpus.ids[:200], corpus.ends[:10], 0)
    return Replica(plan, corpus.words, corpus.counts), piece


def test_steps_leave_the_tables_as_they_were_and_are_the_same_again():
    mine, piece = replica()
    before = mine.tables["x"].copy()
    first, second = (mine.take(Place(0, 0, 0), 0, lambda _: piece) for _ in range(2))
    mine.close()
    np.testing.assert_array_equal(mine.tables["x"], before)
    for one, other in zip(first.tables["x"], second.tables["x"], strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.tables["x"].moved.any()
    assert first.pairs > 0


def test_a_replica_comes_to_the_next_round_by_the_change_of_the_last_one_only():
    mine, piece = replica()
    assert not mine.reach(1, None)
    assert not mine.reach(2, Change())
    change = settle(add([mine.take(Place(0, 0, 0), 0, lambda _: piece)]))
    assert mine.reach(1, change)
    assert mine.reach(1, Change(missing=frozenset("x"))), "it is there already"
    assert not mine.reach(2, Change(missing=frozenset("x")))
    there = {**mine.tables, **mine.motion}
    again, _ = replica()
    again.restore(1, there)
    mine.close()
    again.close()
    assert again.version == 1
    np.testing.assert_array_equal(again.tables["x"], mine.tables["x"])


def test_the_engine_of_this_process_gives_each_worker_a_store():
    engine = Serial(2)
    assert engine.workers() == ["0", "1"]
    assert engine.result(engine.submit((), sum, [1, 2])) == 3
