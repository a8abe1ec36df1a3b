"""benchmarks/roofline.py: watched arrays train to the same bits; operations and bytes are those of the arithmetic."""

import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from benchmarks import roofline
from benchmarks.roofline import GATHERS, PAIRS, PRODUCTS, SUMS, WATCH, WEIGHTS, Part, Step, Watched, watched
from word2vec.text import encode
from word2vec.training.bands import BLOCK
from word2vec.training.settings import Settings
from word2vec.training.task import Task

EYE = csr_array(np.eye(5, dtype=np.float32))


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """No measurement of the machine takes long."""
    WATCH.__init__()
    for name, value in (("streaming", 1e-9), ("row_time", 1e-9), ("number_time", 1e-9), ("best", 1e-6)):
        monkeypatch.setattr(roofline, name, lambda *_, found=value: found)
    monkeypatch.setattr(roofline, "bandwidth", lambda _: 1e10)
    monkeypatch.setattr(roofline, "largest_rate", lambda: 1e11)


@pytest.fixture(scope="module")
def corpus():
    words = np.random.default_rng(1).zipf(1.3, (400, 12)) % 60
    return encode([[f"w{i}" for i in row] for row in words], min_count=1)


def settings(pair):
    return Settings(epochs=1, **{"dim": 8, "sample": 0} | PAIRS[pair] | {"window": 3})


@pytest.mark.parametrize(
    "pair", [pytest.param(pair, marks=[pytest.mark.slow] * (pair not in ("skip-gram", "ngrams"))) for pair in PAIRS]
)
def test_what_is_watched_trains_to_the_same_bits(corpus, pair):
    one, other = Task(settings(pair), corpus, 1), Task(settings(pair), corpus, 1)
    roofline.chunks_of(one)
    steps, parts = roofline.watch(other)
    np.testing.assert_array_equal(other.x, one.x)
    assert type(other.x) is np.ndarray
    assert steps == -(-len(corpus.ids) // one.prefetch._objective.n)
    assert all(parts[part].seconds > 0 for part in (GATHERS, WEIGHTS, SUMS, roofline.DRAWING, roofline.PLANNING))
    assert (roofline.NGRAMS in parts) == (pair == "ngrams")


def test_products_of_skip_gram_are_three_of_each_block_and_group(corpus):
    task = Task(settings("skip-gram"), corpus, 1)
    step = task.prefetch._objective._step
    steps, parts = roofline.watch(task)
    near = (2 * step.n + step.groups * step.tokens) * (BLOCK + 2 * step.window)  # scores, and both gradients
    assert parts[PRODUCTS].operations == steps * 2 * (near + 3 * step.n * step.shared) * step.dim


def test_gathers_are_rows_read_and_written(corpus):
    task = Task(settings("skip-gram"), corpus, 1)
    step = task.prefetch._objective._step
    steps, parts = roofline.watch(task)
    rows = 2 * step.n + 2 * step.window + step.groups * step.shared
    assert parts[GATHERS].operations == steps * rows * step.dim
    assert parts[GATHERS].size == 8 * parts[GATHERS].operations


@pytest.mark.parametrize(
    ("call", "kind", "operations", "size"),
    [
        (lambda x: x @ x[:2].T, PRODUCTS, 2 * 5 * 3 * 2, 4 * (15 + 6 + 10)),
        (lambda x: np.dot(x, x[:2].T), PRODUCTS, 2 * 5 * 3 * 2, 4 * (15 + 6 + 10)),
        (lambda x: x.take([0, 0, 4], axis=0), GATHERS, 9, 2 * 4 * 9),
        (lambda x: np.take(x, [0, 4], axis=0), GATHERS, 6, 2 * 4 * 6),
        (lambda x: np.tanh(x), WEIGHTS, 15, 2 * 4 * 15),
        (lambda x: np.add(x, 1, out=watched(np.empty((5, 3), np.float32))), WEIGHTS, 15, 2 * 4 * 15),
        (lambda x: x.reshape(15).take([1, 2]), WEIGHTS, 2, 2 * 8),
        (lambda x: x.ravel().nonzero()[0], WEIGHTS, 15, 4 * 15),
        (lambda x: EYE @ x, SUMS, 2 * 5 * 3, 4 * (15 + 15)),
    ],
)
def test_calls_are_counted_and_give_what_they_give(monkeypatch, call, kind, operations, size):
    monkeypatch.setattr(roofline.SPARSE, "__matmul__", roofline.sparse_product)
    x = np.arange(15, dtype=np.float32).reshape(5, 3)
    truth = call(x)
    WATCH.__init__()
    found = call(watched(x))
    counted = {name: tuple(part[1:3]) for name, part in WATCH.parts.items()}
    np.testing.assert_array_equal(np.asarray(found), truth)
    assert isinstance(found, Watched)
    assert counted == {kind: (operations, size)}


def test_rows_are_put_back():
    x = watched(np.zeros((4, 3), np.float32))
    x[np.array([1, 3])] = np.ones((2, 3), np.float32)
    x[0] = 2
    assert np.asarray(x).tolist() == [[2] * 3, [1] * 3, [0] * 3, [1] * 3]
    x.view("V12").put(np.array([2]), watched(np.full((1, 3), 5, np.float32)).view("V12"))
    assert np.asarray(x).tolist() == [[2] * 3, [1] * 3, [5] * 3, [1] * 3]
    assert WATCH.parts[GATHERS].operations == 6 + 3


def test_what_is_timed_as_a_whole_is_timed_once(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(roofline, "nothing", lambda: 0.0)
    monkeypatch.setattr(roofline.time, "thread_time", lambda: float(next(clock)))
    x = watched(np.ones(3))
    with WATCH.region("planning", whole=True):
        x + x  # three looks at the clock, the last of which is of the floor
    with WATCH.region("sums", whole=False):
        x + x
    x + x
    assert {name: part.seconds for name, part in WATCH.parts.items()} == {"planning": 3, "sums": 1, WEIGHTS: 1}


def test_a_part_of_the_work_is_measured_for_each_number_of_workers(corpus):
    found = [*roofline.parts_of_workers(settings("skip-gram"), corpus, [1, 2])]
    assert [size for size, *_ in found] == [1, 2]
    assert all(seconds > 0 for _, seconds, _ in found)


def test_the_table_shows_times_over_floors():
    parts = {PRODUCTS: Part(3e-6, 2e6, 1e6, 1e-6), roofline.REST: Part(1e-6)}
    lines = roofline.table(Step("cbow", 4e-6, 64, 128, 10**7, parts, 0.25)).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["products", "3", "75%", "2.00", "1.00", "1", "3.0"],
        ["rest", "1", "25%"],
        ["in", "all", "4", "100%", "2.00", "1.00", "1", "4.0"],
        ["waiting,", "two", "workers", "25%"],
    ]


@pytest.mark.parametrize("more", [[], ["--workers", "1"]])
def test_the_command_prints_and_draws(monkeypatch, capsys, tmp_path, more):
    monkeypatch.setattr(roofline, "meeting", lambda: 1e-5)
    text, picture = tmp_path / "text.txt", tmp_path / "picture.png"
    text.write_text("tea is hot and coffee is hot and tea is green\n" * 200, encoding="utf-8")
    command = ["roofline", str(text), "--pairs", "skip-gram", "--plot", str(picture), *more]
    monkeypatch.setattr(sys, "argv", command)
    roofline.main()
    out = capsys.readouterr().out
    assert ("how near the floor: skip-gram" in out) != bool(more)
    assert ("a meeting of two workers" in out) == bool(more)
    assert more or picture.read_bytes().startswith(b"\x89PNG")
