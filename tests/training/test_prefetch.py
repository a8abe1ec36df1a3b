"""word2vec/training/prefetch.py: what workers prepare together is what one worker would prepare alone."""

from itertools import product

import numpy as np
import pytest

from word2vec.runtime.workers import run_workers, shared_zeros
from word2vec.training import batches
from word2vec.training.batches import Text
from word2vec.training.inputs import Positions
from word2vec.training.objective import PLAN_BYTES, Composed, FusedSkipGram, draw_batches
from word2vec.training.outputs import FullSoftmax
from word2vec.training.prefetch import Prefetch
from word2vec.training.sampling import noise_distribution, noise_table
from word2vec.training.skipgram import FusedStep
from word2vec.training.updates import plan_sums

WORDS, CHUNK = 12, 100


@pytest.fixture
def text(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", CHUNK)
    noise = noise_table(noise_distribution(np.arange(WORDS, 0, -1)))
    ids = np.random.default_rng(4).integers(0, WORDS, 950).astype(np.int32)
    return Text(ids, np.arange(10, 951, 10), np.ones(WORDS), noise)


def shared_negatives():
    return FusedSkipGram(WORDS, FusedStep(16, 4, 3, 5, 6, block=8, group=16))


def softmax():
    return softmax_of(WORDS)


def softmax_of(words):
    return Composed(words, 16, 3, Positions(16, 4, np.float64), FullSoftmax(words, 3, around=True))


def equal(found, truth):
    return all(map(np.array_equal, found, truth))


@pytest.mark.parametrize(
    ("make", "size", "start"),  # 11 workers are more than chunks; after what is left from 4 on an epoch begins at 0
    [
        pytest.param(make, size, start, marks=[pytest.mark.slow] * (start == 0 or (make is softmax) != (size == 3)))
        for make, size, start in product([shared_negatives, softmax], [1, 2, 3, 11], [0, 4])
    ],
)
def test_all_workers_get_batches_and_plan_of_each_chunk_though_each_draws_only_some(text, make, size, start):
    output, drawn = make(), shared_zeros((size,), np.int64)
    prefetch, right = Prefetch(output, CHUNK, size), shared_zeros((size,), np.int64)

    def draw(chunk):
        return draw_batches(text, chunk, output, np.random.default_rng(chunk))

    def work(worker):
        def counted(chunk):
            drawn[worker.rank] += 1
            return draw(chunk)

        for first in (start, 0):  # what is left of an epoch, and another one
            for number, chunk in enumerate(prefetch.chunks(worker, first, 10, counted), first):
                truth = draw(number).cut(16)
                fits = len(chunk.batches) == len(truth) and all(map(equal, chunk.batches, truth))
                for k, batch in enumerate(truth):
                    alone = plan_sums(*output.rows([batch]), size).part(0, worker.rank)
                    fits = fits and equal(chunk.sums.part(k, worker.rank), alone)
                right[worker.rank] += fits
                worker.barrier()

    with run_workers(size, work) as worker:
        work(worker)
    assert right.tolist() == [20 - start] * size
    assert drawn.sum() == 20 - start


@pytest.mark.parametrize("size", [1, 2])
def test_a_chunk_of_which_nothing_stays_has_no_batches(text, size):
    output = shared_negatives()
    prefetch, nothing = Prefetch(output, CHUNK, size), text._replace(keep=np.zeros(WORDS))

    def draw(chunk):
        return draw_batches(nothing, chunk, output, np.random.default_rng(chunk))

    def chunks(worker):
        for chunk in prefetch.chunks(worker, 0, 3, draw):
            yield chunk
            worker.barrier()

    with run_workers(size, lambda worker: [*chunks(worker)]) as worker:
        assert [chunk.batches for chunk in chunks(worker)] == [[], [], []]


def test_it_takes_the_memory_that_is_estimated(text):
    for output in (shared_negatives(), softmax_of(50_000)):
        prefetch = Prefetch(output, 10_000, 2)
        plans = sum(array.nbytes for array in prefetch._slots._arrays[5:])
        assert 0.7 * plans < PLAN_BYTES * 2 * 625 * output.entries < 1.05 * plans
