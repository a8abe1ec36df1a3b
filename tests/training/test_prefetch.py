"""word2vec/training/prefetch.py: what a team prepares together is what one member would prepare alone."""

import numpy as np
import pytest

from word2vec.runtime.workers import shared_zeros, together
from word2vec.training import batches, prefetch
from word2vec.training.batches import Text
from word2vec.training.objectives import NaiveSoftmax, SharedNegatives, cut
from word2vec.training.prefetch import Desk, Lookahead, desk_memory
from word2vec.training.sampling import noise_distribution, noise_table
from word2vec.training.skipgram import Kernel
from word2vec.training.updates import plan_sums

WORDS, CHUNK = 12, 100


@pytest.fixture
def text(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", CHUNK)
    noise = noise_table(noise_distribution(np.arange(WORDS, 0, -1)))
    ids = np.random.default_rng(4).integers(0, WORDS, 950).astype(np.int32)
    return Text(ids, np.arange(10, 951, 10), np.ones(WORDS), noise)


def shared_negatives():
    return SharedNegatives(WORDS, Kernel(16, 4, 3, 5, 6, block=8, group=16))


def softmax():
    return NaiveSoftmax(WORDS, 16, 3)


def drawer(objective, text):
    return lambda chunk: objective.draw(text, chunk, np.random.default_rng(chunk))


@pytest.mark.parametrize("make", [shared_negatives, softmax])
@pytest.mark.parametrize("size", [1, 2, 3, 20])
@pytest.mark.parametrize("start", [0, 4])
def test_all_members_get_the_batches_of_each_chunk_though_each_draws_only_some(text, make, size, start):
    objective = make()
    draw, drawn = drawer(objective, text), shared_zeros((size,), np.int64)
    desk = Desk(objective, CHUNK, size)
    right = shared_zeros((size,), np.int64)

    def counted(rank, chunk):
        drawn[rank] += 1
        return draw(chunk)

    def work(member):
        ahead = Lookahead(desk, objective, member)
        for chunk in [*range(start, 10), *range(10)]:  # what is left of an epoch, and another one
            found = ahead.batches(chunk, 10, lambda chunk: counted(member.rank, chunk))
            truth = cut(draw(chunk), 16, 3)
            right[member.rank] += len(found) == len(truth) and all(
                np.array_equal(a, b) for pair in zip(found, truth, strict=True) for a, b in zip(*pair, strict=True)
            )
            member.meet()

    together(size, work)
    assert right.tolist() == [20 - start] * size
    assert drawn.sum() == 20 - start


@pytest.mark.parametrize("make", [shared_negatives, softmax])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("planned", [1, 200, 10**6])
def test_each_member_finds_its_share_of_every_step(monkeypatch, text, make, size, planned):
    monkeypatch.setattr(prefetch, "PLANNED", planned)
    objective = make()
    batches = cut(drawer(objective, text)(0), 16, 3)
    desk, right = Desk(objective, CHUNK, size), shared_zeros((size,), np.int64)

    def work(member):
        ahead = Lookahead(desk, objective, member)
        for _ in range(2):
            for k in range(len(batches)):
                ahead.plan(batches, k)
                member.meet()
                truth = plan_sums(*objective.rows(batches[k : k + 1]), size).share(0, member.rank)
                right[member.rank] += all(map(np.array_equal, ahead.rows(k), truth))
                member.meet()

    together(size, work)
    assert right.tolist() == [2 * len(batches)] * size == [14] * size


def test_a_desk_takes_the_memory_that_is_estimated(text):
    for objective in (shared_negatives(), NaiveSoftmax(50_000, 16, 3)):
        desk = Desk(objective, CHUNK, 2)
        taken, estimate = sum(room.nbytes for room in desk.plans._rooms), desk_memory(objective.entries, 2)
        assert 0.7 * estimate < taken < 1.05 * estimate
