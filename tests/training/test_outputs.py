"""word2vec/training/outputs.py: what is drawn, which rows are touched, and the full softmax against the textbook."""

from itertools import pairwise

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec.losses import naive_softmax
from word2vec.training.batches import Text
from word2vec.training.outputs import FullSoftmax, SharedNegatives, group_size
from word2vec.training.sampling import noise_distribution, noise_table
from word2vec.training.skipgram import FusedStep

WORDS = 12


@pytest.fixture
def text():
    rng = np.random.default_rng(4)
    noise = noise_table(noise_distribution(np.arange(WORDS, 0, -1)))
    return Text(rng.integers(0, WORDS, 300).astype(np.int32), np.arange(10, 301, 10), np.ones(WORDS), noise)


def shared_negatives(n=32):
    return SharedNegatives(WORDS, FusedStep(n, 4, 3, 5, 6, np.float64, block=8, group=16))


def softmax(n=32):
    return FullSoftmax(WORDS, n, 3)


def batches_of(output, text, seed):
    return output.draw(text, 0, np.random.default_rng(seed)).cut(output.n)


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_batches_cover_the_chunk_in_its_order(text, make):
    batches = batches_of(make(), text, 1)
    assert len(batches) == 10
    assert np.concatenate([batch.tokens[3:-3] for batch in batches])[:300].tolist() == text.ids.tolist()
    for a, b in pairwise(batches):
        np.testing.assert_array_equal(a.tokens[-6:], b.tokens[:6])
    assert not batches[-1].left[12:].any()


def test_negatives_are_drawn_from_the_noise(text):
    output = SharedNegatives(WORDS, FusedStep(16, 4, 3, 5, 400, block=8, group=16))
    drawn = output.draw(text, 0, np.random.default_rng(2)).negatives.ravel()
    expected = len(drawn) * noise_distribution(np.arange(WORDS, 0, -1))
    assert (abs(np.bincount(drawn, minlength=WORDS) - expected) < 5 * np.sqrt(expected)).all()


def outside_by_loops(batch, window):
    return [
        batch.tokens[window + i + d]
        for i, (left, right) in enumerate(zip(batch.left, batch.right, strict=True))
        for d in range(-left, right + 1)
        if d
    ]


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_pairs_are_counted_and_listed(text, make):
    output = make()
    for batch in batches_of(output, text, 1):
        truth = outside_by_loops(batch, 3)
        assert batch.outside_words().tolist() == truth
        assert sum(output.pairs(batch, g) for g in range(output.groups)) == len(truth)


def test_more_pulls_at_rows_where_there_is_more_text(text):
    output = shared_negatives()
    batches = batches_of(output, text, 1)
    all_ids, pulls = output.rows(batches)
    assert all_ids.shape == pulls.shape == (10, output.entries)
    pull = pulls[0]
    assert (pull > 0).all()
    pairs = sum(output.pairs(batches[0], g) for g in range(2))
    k_share, contexts = 5 / 4, 8 / 14
    assert pull.sum() == pytest.approx(pairs * (1 + k_share) + pairs / 32 * 4 * 14 * contexts + pairs * k_share)
    assert pulls[-1].sum() < pull.sum()


@pytest.mark.parametrize("make", [shared_negatives, softmax])
def test_no_batches_have_no_rows(make):
    ids, pull = make().rows([])
    assert ids.shape == pull.shape == (0, make().entries)


def test_the_full_softmax_is_the_sum_over_pairs_of_the_textbooks(text):
    output, rng = softmax(), np.random.default_rng(3)
    x = rng.normal(size=(2 * WORDS, 4))
    batch = batches_of(output, text, 3)[0]
    out = np.full((output.entries + output.table, 4), np.nan)
    (J,) = output.gradients(x, batch, range(1), out, [0])
    (ids,), (pull,) = output.rows([batch])
    found = np.zeros_like(x)
    np.add.at(found, ids, out[: output.entries])
    found[WORDS:] += out[output.entries :]
    J_true, truth, seen = 0.0, np.zeros_like(x), np.zeros(2 * WORDS)
    centres = np.repeat(batch.tokens[3:-3], batch.left + batch.right)
    for c, o in zip(centres, outside_by_loops(batch, 3), strict=True):
        J_pair, grad_v, grad_U = naive_softmax(x[c], o, x[WORDS:])
        J_true, truth[c], truth[WORDS:] = J_true + J_pair, truth[c] + grad_v, truth[WORDS:] + grad_U
        seen[[c, WORDS + o]] += 1
    assert pytest.approx(J_true, rel=1e-13) == J
    np.testing.assert_allclose(found, truth, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(np.bincount(ids, pull, WORDS), seen[:WORDS])
    np.testing.assert_array_equal(output.table_pull(batch), seen[WORDS:])
    assert output.gradients(x, batch, range(1), out, []).size == 0


@pytest.mark.parametrize(
    ("shared", "step", "group"), [(64, 1024, 256), (32, 1024, 128), (64, 64, 64), (1, 64, 16), (50, 512, 128)]
)
def test_groups_grow_with_their_negatives(shared, step, group):
    assert group_size(settings_of(shared=shared, step=step)) == group
