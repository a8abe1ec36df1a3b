"""training/cost.py: the model counts what rounds change and send; its arguments are checked."""

from dataclasses import replace

import numpy as np
import pytest

from word2vec.training import cost
from word2vec.training.batches import CHUNK
from word2vec.training.cluster import put_together
from word2vec.training.cost import Machine, plan, quantity
from word2vec.training.rounds import Layout, Piece, Place, Plan, Replica
from word2vec.training.sampling import keep_probability
from word2vec.training.settings import Settings

MACHINE = Machine(steps=1e6, rows=1e9, sums=5e8, moves=1e9)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e11", 10**11), ("3e6", 3_000_000), ("3M", 3_000_000), ("1.5 k", 1500), ("250_000", 250_000), (7, 7),
     (2e3, 2000), ("1,000", 1000), ("1E+6", 10**6)],
)  # fmt: skip
def test_numbers_have_units(text, number):
    assert quantity("words", text) == number


@pytest.mark.parametrize("text", ["", "many", "0", "-3", "1e99", "1e-3", "3X", "1..2", "nan", "inf", None, True, [3]])
def test_what_is_no_number_is_named(text):
    with pytest.raises(
        ValueError, match=r"^words is .*: expected a number from 1 to 1e\+15, such as 1e6, 3M or 250000"
    ):
        quantity("words", text)


@pytest.mark.parametrize(
    ("text", "speed"),
    [("10Gb", 1.25e9), ("1GbE", 1.25e8), ("100 Mbit/s", 1.25e7), ("2.5 GB/s", 2.5e9), ("10Gbps", 1.25e9), ("8b", 1)],
)
def test_networks_have_units(text, speed):
    assert cost._speed(text) == speed


@pytest.mark.parametrize("text", ["10", "fast", "0Gb", "-1Gb", "10 Gx", None])
def test_what_is_no_network_is_named(text):
    with pytest.raises(ValueError, match=r"expected bits or bytes a second, such as 10Gb, 1GbE or 2\.5 GB/s"):
        plan(1e6, 1e3, network=text, machine=MACHINE)


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ({"vocabulary": 1e9}, ValueError, r"vocabulary is 1000000000.0: expected a number from 1 to 1e\+08"),
        ({"workers": 0}, ValueError, "workers is 0: expected at least 1"),
        ({"shards": 0}, ValueError, "shards is 0: expected at least 1"),
        ({"sync": 0}, ValueError, "sync is 0: expected at least 1"),
        ({"cores": 0}, ValueError, "cores is 0: expected at least 1"),
        ({"dim": 0}, ValueError, "dim is 0: expected at least 1"),
        ({"epochs": 0}, ValueError, "epochs is 0: expected at least 1"),
        ({"machine": 3}, TypeError, "machine is 3: expected Machine"),
    ],
)
def test_what_is_wrong_is_named(argument, error, message):
    with pytest.raises(error, match=message):
        plan(**({"words": 1e6, "vocabulary": 1e3, "machine": MACHINE} | argument))


def test_a_machine_does_something():
    with pytest.raises(ValueError, match=r"machine\.sums is 0: expected a positive number"):
        replace(MACHINE, sums=0)


def modelled(settings, V, words):
    counts = cost._counts(words, V)
    keep = keep_probability(counts, settings.sample)
    return counts, cost._Model(MACHINE, settings, counts * keep, counts, (counts @ keep) / counts.sum(), 1.25e9)


@pytest.mark.parametrize("sync", [CHUNK, CHUNK // 8])
def test_as_many_bytes_are_expected_as_two_shards_change(sync):
    V, words = 3000, 2 * CHUNK
    settings = Settings(dim=4).for_text(1e9)
    counts, model = modelled(settings, V, words)
    ids = np.random.default_rng(3).choice(V, words, p=counts / counts.sum()).astype(np.int32)
    layout = Layout(words, 2, sync)
    given = Plan("r", settings, 0, words, layout, True), [str(i) for i in range(V)], counts.astype(np.int64)
    replica = Replica(*given)
    try:
        changes = [
            replica.take(Place(0, 0, 0), s, lambda _, s=s: Piece(ids[s * CHUNK :][:CHUNK], np.array([CHUNK]), 0))
            for s in (0, 1)
        ]
    finally:
        replica.close()
    assert model.size(sync) == pytest.approx(changes[0].size, rel=0.05)
    both = put_together(changes).size * model._row / (model._row - 12)
    assert model.size(2 * sync) == pytest.approx(both, rel=0.05)


def test_one_shard_costs_steps_and_little_else():
    found = plan(1e8, 1e5, workers=1, machine=replace(MACHINE, rows=1e15, sums=1e15, moves=1e15, task=1e-12))
    assert found.compute == pytest.approx(5e8 / 1e6)
    assert found.seconds == pytest.approx(found.compute + found.network, rel=1e-6)
    assert found.seconds == found.compute + found.network + found.overhead > found.compute + found.network


def test_cores_are_shared():
    one, two = (plan(1e8, 1e5, workers=4, cores=cores, machine=MACHINE) for cores in (2, 4))
    assert one.compute == pytest.approx(2 * two.compute)
    assert one.network == two.network


def test_a_worker_takes_shards_in_turn():
    found = plan(1e8, 1e5, workers=4, shards=5, machine=MACHINE)
    assert found.compute == pytest.approx(2 * plan(1e8, 1e5, workers=5, shards=5, machine=MACHINE).compute)


def test_a_faster_network_takes_less_time_up_to_what_processes_take():
    slow, fast, fastest = (plan(1e9, 1e5, network=name, machine=MACHINE) for name in ("1Gb", "2Gb", "1TB/s"))
    assert slow.network == pytest.approx(2 * fast.network)
    assert fastest.network == pytest.approx(fast.network * 2.5e8 / MACHINE.transport)


def test_longer_rounds_send_less_and_as_long_ones_are_chosen_as_leave_enough_rounds():
    long, short = (plan(1e9, 1e5, sync=sync, machine=MACHINE) for sync in (1 << 20, CHUNK))
    assert short.word_bytes > 2 * long.word_bytes
    assert plan(1e9, 1e5, machine=MACHINE) == long
    small = plan(2e6, 1e4, machine=MACHINE)
    assert small.rounds >= small.enough > small.rounds / 4
    assert "costs quality" in str(plan(1e6, 1e4, workers=64, machine=MACHINE))
    assert "costs quality" not in str(small)


def test_workers_are_found_from_which_on_the_network_takes_longer():
    machine = replace(MACHINE, steps=1e5)
    found = plan(1e10, 1e5, network="1Gb", machine=machine)
    assert found.limit > 1
    for workers, bound in ((found.limit, True), (found.limit // 2, False)):
        there = plan(1e10, 1e5, workers=workers, network="1Gb", machine=machine)
        assert (there.network > there.compute) == bound
    assert f"from {found.limit} workers on" in str(found)
    slow = plan(1e10, 1e5, network="10Gb", machine=replace(MACHINE, steps=1.0))
    assert slow.limit is None
    assert "not up to 16,384 workers" in str(slow)


def test_memory_holds_tables_motion_and_the_text():
    few, many = (plan(words, 2e5, dim=300, workers=4, sync=CHUNK, machine=MACHINE) for words in (1e9, 2e9))
    assert many.memory - few.memory == pytest.approx(1e9, rel=0.01)
    assert few.memory > 4 * 300 * 2e5 * 4 + 1e9  # tables, motion


def test_this_machine_is_measured_within_bounds(monkeypatch):
    monkeypatch.setattr(cost, "CHUNK", 1 << 13)
    found = cost.measure_machine(Settings(dim=8).for_text(1e4), cost._counts(1 << 14, 500))
    assert 1e3 < found.steps < 1e9
    assert min(found.rows, found.sums, found.moves) > 1e4


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0123, "0.0123 s"), (119, "119 s"), (120, "2.0 min"), (7200, "2.0 hours"), (1e6, "11.6 days")],
)
def test_times_have_units(seconds, shown):
    assert cost._time(seconds) == shown


def test_bytes_have_units():
    assert [cost._bytes(size) for size in (0.5, 1e3, 2.5e9, 1e17)] == [
        "0.5 bytes",
        "1.0 kB",
        "2.5 GB",
        "100,000.0 TB",
    ]
