"""word2vec/training/task.py: the first vectors, the vocabulary that grows, the memory that is asked for."""

import math

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec import WordVectors
from word2vec.text import Corpus, encode
from word2vec.training.growing import seen_before, with_words_of
from word2vec.training.objective import memory_needed
from word2vec.training.settings import Settings
from word2vec.training.task import Task


def test_first_vectors_are_small_and_outside_vectors_zero():
    corpus = Corpus([f"w{i}" for i in range(1000)], np.ones(1000, np.int64), np.arange(1000), np.array([1000]), 1000)
    x = Task(Settings(dim=50), corpus, 1).x
    assert x.dtype == np.float32
    assert not x[1000:].any()
    assert 0.0199 < abs(x[:1000]).max() <= 0.02
    assert abs(x[:1000].mean()) < 5 * 0.0116 / math.sqrt(50_000)
    assert abs(x[:1000].std() - 0.04 / math.sqrt(12)) < 1e-4


def test_words_of_the_text_come_first():
    corpus = encode([["a1", "b2", "a1"], ["the"]], min_count=1)
    found = with_words_of(corpus, WordVectors(["zebra", "a1", "yak"], np.ones((3, 8))))
    assert found.words == [*corpus.words, "zebra", "yak"]
    assert found.counts.tolist() == [*corpus.counts, 0, 0]
    assert with_words_of(corpus, None) is corpus


def test_memory_is_estimated_at_least_as_large_as_the_tables():
    for settings in (
        Settings(),
        Settings(loss="naive-softmax"),
        Settings(loss="hierarchical-softmax"),
        settings_of(dtype="float64"),
    ):
        assert memory_needed(settings, 10_000, 2) > 10_000 * 2 * 100 * np.dtype(settings.descent.dtype).itemsize


def test_a_tree_takes_memory_in_each_worker():
    path, one = (Settings(loss=loss) for loss in ("hierarchical-softmax", "negative-sampling"))
    more = [memory_needed(path, 10**6, workers) - memory_needed(one, 10**6, workers) for workers in (1, 2)]
    assert more[0] > 2 * 10**6 * 32
    assert more[1] - more[0] > 10**6 * 32


def test_counts_that_int64_cannot_hold_together():
    start = WordVectors(["tea"], np.ones((1, 2)), counts=np.array([2**63 - 1]))
    corpus = encode([["tea", "milk"]], min_count=1)
    with pytest.raises(ValueError, match=r"^the counts of start_from and of this text exceed 2\*\*63 - 1 together"):
        seen_before(corpus, start)
