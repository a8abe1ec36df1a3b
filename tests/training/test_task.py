"""word2vec/training/task.py: the first vectors, the vocabulary that grows, the memory that is asked for."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec import WordVectors
from word2vec.runtime import memory
from word2vec.text import Corpus, encode
from word2vec.text.ngrams import ngram_matrix, ngram_rows
from word2vec.training import task
from word2vec.training.batches import Text, draw_windows
from word2vec.training.growing import seen_before, with_words_of
from word2vec.training.objective import memory_needed
from word2vec.training.sampling import START, noise_table
from word2vec.training.settings import DescentOptions, NegativeSampling, Settings
from word2vec.training.task import Task, check_tables, longest_sentence, split_sentences, what_fits
from word2vec.vectors.subwords import Subwords


def test_first_vectors_are_small_and_outside_vectors_zero():
    corpus = Corpus([f"w{i}" for i in range(1000)], np.ones(1000, np.int64), np.arange(1000), np.array([1000]), 1000)
    x = Task(Settings(dim=50), corpus, 1).x
    assert x.dtype == np.float32
    assert not x[1000:].any()
    within = np.float32(START / math.sqrt(50))
    std = 2 * within / math.sqrt(12)
    assert 0.999 * within < abs(x[:1000]).max() <= within
    assert abs(x[:1000].mean()) < 5 * std / math.sqrt(50_000)
    assert x[:1000].std() == pytest.approx(std, rel=0.01)


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


CASES = {
    "dim and max_size": ({"dim": 300}, 3_000_000, 1, 0, 9 << 30, ["dim", "max_size"]),
    "workers": ({"dim": 10}, 1000, 2, 0, 17_000_000, ["workers"]),
    "dtype": (
        {"dim": 100, "descent": DescentOptions(dtype="float64")},
        10**6,
        1,
        0,
        2 << 30,
        ["dim", "max_size", "dtype"],
    ),
    "documents": ({"dim": 100, "model": "pv-dbow"}, 1000, 1, 10**7, 5 << 30, ["dim"]),
    "shared": ({"dim": 100, "loss": NegativeSampling(shared=10**9)}, 3, 1, 0, 2 << 30, ["shared"]),
    "a senseless number": ({"dim": 10**30}, 1000, 1, 0, 2 << 30, ["dim"]),
    "nothing": ({"dim": 100}, 1000, 1, 0, 10**4, []),
}


@pytest.mark.parametrize(
    ("options", "words", "workers", "documents", "available", "expected"), CASES.values(), ids=CASES
)
def test_what_fits_into_memory_does_and_more_does_not(options, words, workers, documents, available, expected):
    settings, size = Settings(**options), (1e9, 0)
    found = what_fits(settings, size, words, workers, documents, available)
    shared = "shared, " * (expected == ["shared"])
    assert found.startswith(f"lower {shared}dim or window, or raise min_count; ")
    named = dict(re.findall(r"(\w+)=([\w,']+\b)", found.replace("'", "")))
    named = {name: value.rstrip(",") for name, value in named.items()}
    assert [*named] == expected

    def need(settings, words, workers):
        return memory_needed(settings.for_text(*size), words, workers, documents)

    for name, value in named.items():
        if name == "dim":
            assert need(replace(settings, dim=int(value)), words, workers) <= available
            assert need(replace(settings, dim=int(int(value) * 1.1) + 1), words, workers) > available
        elif name == "max_size":
            most = int(value.replace(",", ""))
            assert need(settings, most, workers) <= available
            assert need(settings, int(most * 1.1), workers) > available
        elif name == "workers":
            assert need(settings, words, 1) <= available < need(settings, words, workers)
        elif name == "shared":
            less = replace(settings, loss=NegativeSampling(shared=int(value)))
            assert need(less, words, workers) <= available < need(settings, words, workers)
        else:
            less = replace(settings, descent=replace(settings.descent, dtype=value))
            assert need(less, words, workers) <= available < need(settings, words, workers)


def test_tables_larger_than_memory_are_refused_with_numbers_and_what_would_fit(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 40 << 20)
    corpus = Corpus(
        [f"w{i}" for i in range(50_000)], np.ones(50_000, np.int64), np.arange(50_000), np.array([50_000]), 50_000
    )
    expected = (
        r"^training 50,000 words needs \d\d\d MB of memory, 40 MB are available: lower dim or window, or raise "
        r"min_count; dim=\d\d \(not 300\), or max_size=\d?\d,\d00 would fit$"
    )
    with pytest.raises(MemoryError, match=expected):
        Task(Settings(dim=300), corpus, 1)
    monkeypatch.setattr(memory, "available_memory", lambda: 10)
    with pytest.raises(MemoryError, match=r"; no dim and no max_size alone would fit$"):
        Task(Settings(dim=300), corpus, 1)


def test_the_advice_to_save_memory_leaves_what_vectors_to_begin_with_keep():
    words, ngrams = ["tea", *map(str, range(99))], Subwords(3, 6, 2_000_000, np.arange(1), np.zeros((1, 300)))
    plain, composed = (WordVectors(words, np.zeros((100, 300)), subwords=each) for each in (None, ngrams))
    settings, rows = Settings(dim=300), np.arange(1001)

    def found(of, available, **more):
        return what_fits(of, (1e9, 0), 1000, 1, 0, available, **more)

    enough, little = (memory_needed(settings.for_text(1e9, 0), n, 1) for n in (500, 50))
    assert found(settings, enough, start=plain) == "lower window, or raise min_count; max_size=500 would fit"
    assert found(settings, little, start=plain) == "lower window, or raise min_count; no max_size alone would fit"
    few = replace(settings, ngrams=(3, 6))
    assert found(few, little, rows=rows, start=plain).startswith("lower buckets or window, or raise")
    assert found(few, little, rows=rows, start=composed).startswith("lower window, or raise")


def test_rows_of_ngrams_are_counted_where_not_all_buckets_fit(monkeypatch):
    """Tables and rows that would each fit alone are refused together; what would fit has fewer rows of its own."""
    words, settings = [f"w{i}" for i in range(20_000)], Settings(dim=100, ngrams=(3, 6))
    rows, size = ngram_rows(words, 3, 6, 2_000_000), (1e9, 0)
    need = memory_needed(settings.for_text(*size), 20_000, 1, 0, int(rows[-1]))
    assert rows[-1] > 20_000
    for available in (need, need - 1, need // 2):
        for place in ("word2vec.runtime.memory", "word2vec.training.task"):
            monkeypatch.setattr(f"{place}.available_memory", lambda available=available: available)
        if available == need:
            check_tables(settings, size, words, 1, 0)
            continue
        expected = (
            rf"^training 20,000 words with {rows[-1]:,} rows of n-grams needs \d\d\d? MB of memory, \d\d\d? MB are "
            r"available: lower dim, buckets or window, or raise min_count; dim=(\d\d) \(not 100\), or "
            r"max_size=(\d?\d,\d00) would fit$"
        )
        with pytest.raises(MemoryError, match=expected) as raised:
            check_tables(settings, size, words, 1, 0)
        dim, most = (int(text.replace(",", "")) for text in re.search(expected, str(raised.value)).groups())
        assert memory_needed(replace(settings, dim=dim).for_text(*size), 20_000, 1, 0, int(rows[-1])) <= available
        assert memory_needed(settings.for_text(*size), most, 1, 0, int(rows[most])) <= available
    monkeypatch.setattr("word2vec.training.task.available_memory", lambda: need)
    with pytest.raises(MemoryError, match="rows of n-grams needs"):
        Task(replace(settings, dim=101), encode([words], min_count=1), 1)


def test_rows_of_ngrams_that_are_carried_along_are_counted_too(monkeypatch):
    words, settings, size = [f"w{i}" for i in range(2000)], Settings(dim=100, ngrams=(3, 6)), (1e9, 0)
    rows, (_, buckets) = ngram_rows(words, 3, 6, 2_000_000), ngram_matrix([*words[:9], *"ab"], 3, 6, 2_000_000)
    ids = np.union1d(buckets, np.arange(5000))
    subwords = Subwords(3, 6, 2_000_000, ids, np.zeros((len(ids), 100)))
    start = WordVectors(["w0"], np.zeros((1, 100)), subwords=subwords)
    carried = len(np.setdiff1d(ids, ngram_matrix(words, 3, 6, 2_000_000)[1]))
    need = memory_needed(settings.for_text(*size), 2000, 1, 0, int(rows[-1])) + 400 * carried
    monkeypatch.setattr("word2vec.training.task.available_memory", lambda: need)
    monkeypatch.setattr("word2vec.runtime.memory.available_memory", lambda: need)
    check_tables(settings, size, words, 1, 0, start)
    monkeypatch.setattr("word2vec.runtime.memory.available_memory", lambda: need - 1)
    expected = rf"^training 2,000 words with {rows[-1]:,} rows of n-grams and {carried:,} more of start_from needs "
    with pytest.raises(MemoryError, match=expected):
        check_tables(settings, size, words, 1, 0, start)


@pytest.mark.parametrize("size", [1, 3, 1 << 18])
def test_the_longest_sentence_is_found_piece_by_piece(monkeypatch, size):
    monkeypatch.setattr("word2vec.text.corpus.CHUNK", size)
    assert longest_sentence(encode([["a"], ["a"] * 7, ["a"] * 3], min_count=1)) == 7
    assert longest_sentence(encode([["a"] * 9, ["a"] * 7], min_count=1)) == 9


def test_the_ends_of_the_held_out_part_are_not_copied():
    ids, ends = np.zeros(100, np.int32), np.arange(10, 101, 10)
    first, rest = split_sentences(Text(ids, ends, np.ones(1), noise_table([1.0])), 0.3)
    assert (len(first.ids), len(rest.ids), rest.start) == (70, 30, 70)
    assert np.shares_memory(rest.ends, ends)
    batch = draw_windows(rest, 0, 2, 1, np.random.default_rng(0), full=True)
    assert batch.documents.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert batch.left.tolist() == ([0, 1] + [2] * 8) * 3


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 1),  # a short text: steps of 64 centres
        ({"dim": 3, "step": 2048}, 2),
        ({"dim": 100, "step": 2048}, 7),
        ({"dim": 600, "step": 256}, 4),
    ],
)
def test_no_more_workers_than_a_step_is_worth(monkeypatch, options, expected):
    monkeypatch.undo()  # what lets other tests share short steps
    corpus = encode([["tea", "milk"]] * 20, min_count=1)
    monkeypatch.setattr(task, "SHORT_RUN", 0)
    assert [Task(settings_of(**options), corpus, size).workers for size in (1, 7)] == [1, expected]


def test_a_run_that_ends_before_a_second_worker_has_begun_has_one(monkeypatch):
    monkeypatch.undo()
    slow = ({"loss": "hierarchical-softmax"}, {"ngrams": (3, 6)})
    for more, expected in (({}, 1), ({"epochs": 100}, 2), *((each, 2) for each in slow)):
        assert task.useful(2, settings_of(step=1024, **more), 50_000.0) == expected
