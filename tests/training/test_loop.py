"""word2vec/training/loop.py: the loss that is reported, the schedule, stability, the same bits for any workers."""

import math
from functools import cache

import numpy as np
import pytest

from tests.training.flat import settings_of
from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling
from word2vec.runtime.workers import run_workers
from word2vec.text import Corpus, huffman_tree
from word2vec.training import batches, loop, updates
from word2vec.training import hierarchical_softmax as tree_softmax
from word2vec.training.loop import State, training_loop
from word2vec.training.objective import draw_batches, make_objective
from word2vec.training.settings import MODELS, HierarchicalSoftmax, NaiveSoftmax
from word2vec.training.task import Task
from word2vec.vectors.history import Measured

SMALL = settings_of(
    dim=6, window=3, negatives=4, shared=8, step=32, epochs=2, sample=0, dtype="float64", loss_every=1
)


LOSSES = ["negative-sampling", "naive-softmax", "hierarchical-softmax"]


@pytest.fixture(autouse=True)
def _few_hot_nodes(monkeypatch):
    """Of the nodes of a tree three are computed for all tokens, the others path by path."""
    monkeypatch.setattr(tree_softmax, "HOT", 3)


def zipf(words, n, seed=1):
    """A text of n words, a few frequent, in sentences of 20."""
    counts = 1 / np.arange(1, words + 1)
    ids = np.random.default_rng(seed).choice(words, n, p=counts / counts.sum()).astype(np.int32)
    counts = np.bincount(ids, minlength=words)
    return Corpus([f"w{i}" for i in range(words)], counts, ids, np.arange(20, n + 1, 20), n)


def trained(settings, corpus, *, workers=1, x=None, after=lambda state: False, held_out=None):
    task = Task(settings, corpus, workers)
    if x is not None:
        task.x[:] = x
    if held_out is not None:
        task.held_out = Task(settings, held_out, 1).text
    state = State(task.x)
    run(task, state, workers, after)
    return state


def run(task, state, workers, after):
    with run_workers(workers, lambda worker: [*training_loop(task, state, worker)]) as worker:
        for _ in training_loop(task, state, worker):
            if after(state):
                break


def textbook_loss(settings, words, x, batches, tree=None):
    """The mean loss per pair, one pair after the other; the same pair with the same negatives is computed once."""
    V, U, total, pairs = x[:words], x[words:], 0.0, 0

    @cache
    def loss_of(own, o, negatives):
        if isinstance(settings.loss, NaiveSoftmax):
            return naive_softmax(V[own], o, U)[0]
        if isinstance(settings.loss, HierarchicalSoftmax):  # each word around predicts it
            return hierarchical_softmax(V[o], own, U, *tree.path(own))[0]
        a = settings.negatives / settings.loss.shared * (np.array(negatives) != o)
        return negative_sampling(V[own], o, U, negatives, a)[0]

    for batch in batches:
        C, sizes = settings.window, batch.left + batch.right
        group = len(batch.left) // max(1, len(batch.negatives))
        drawn = [tuple(negatives.tolist()) for negatives in batch.negatives]
        places = np.arange(len(sizes)).repeat(sizes).tolist()
        reach = zip(batch.left, batch.right, strict=True)
        distances = [abs(d) for left, right in reach for d in range(-left, right + 1) if d]
        own, weighted = batch.tokens[C:].tolist(), settings.model.windows == "weighted"
        for place, o, distance in zip(places, batch.outside_words().tolist(), distances, strict=True):
            p = (C + 1 - distance) / C if weighted and not isinstance(settings.loss, NaiveSoftmax) else 1.0
            total += p * loss_of(own[place], o, drawn[place // group] if drawn else ())
            pairs += p
    return total / pairs


def drawn(settings, text, rng):
    """The batches of the first chunk."""
    task = Task(settings, text, 1)
    output = make_objective(settings, 9, 0, task.tree)
    return draw_batches(task.text, 0, output, rng).cut(output.n)


# the loss


@pytest.mark.parametrize(
    "change",
    [
        *({}, {"windows": "drawn"}, {"loss": "naive-softmax"}, {"loss": "naive-softmax", "windows": "drawn"}),
        *({"loss": "hierarchical-softmax"}, {"loss": "hierarchical-softmax", "windows": "drawn"}),
    ],
)
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_loss_that_is_reported_is_the_mean_over_all_pairs(change, workers):
    """Steps are so small that the vectors stand still."""
    settings = settings_of(SMALL, **change, learning_rate=1e-300, end_rate=0.0)
    text, x = zipf(9, 200), np.random.default_rng(2).normal(size=(18, 6))
    state = trained(settings, text, x=x.copy(), workers=workers)
    np.testing.assert_array_equal(state.x, x)
    for epoch in range(2):
        rng = np.random.default_rng((settings.seed, epoch + 1, 1))
        batches = drawn(settings, text, rng)
        truth = textbook_loss(settings, 9, x, batches, huffman_tree(text.counts))
        assert state.history.epochs[epoch] == pytest.approx(truth, rel=1e-13)
        assert state.history.reports[epoch].loss == pytest.approx(truth, rel=1e-13)


def test_by_default_the_loss_is_that_of_every_so_many_groups(monkeypatch):
    settings = settings_of(SMALL, learning_rate=1e-300, end_rate=0.0, loss_every=3, epochs=1)
    text, x = zipf(9, 1600), np.random.default_rng(2).normal(size=(18, 6))
    state = trained(settings, text, x=x.copy())
    batches = drawn(settings, text, np.random.default_rng((settings.seed, 1, 1)))
    assert state.history.epochs == [pytest.approx(textbook_loss(settings, 9, x, batches[::3]), rel=1e-13)]


@pytest.mark.parametrize(("words", "every"), [(100, 1), (560, 2), (800, 3), (1800, 5)])
@pytest.mark.parametrize("loss", LOSSES)
def test_in_a_short_text_more_groups_are_measured_at_least_sixteen_if_there_are_as_many(words, every, loss):
    settings = settings_of(SMALL, step=16, loss=loss, learning_rate=1e-300, end_rate=0.0, loss_every=5, epochs=1)
    text, x = zipf(9, words), np.random.default_rng(2).normal(size=(18, 6))
    measured = drawn(settings, text, np.random.default_rng((settings.seed, 1, 1)))[::every]
    found = trained(settings, text, x=x.copy()).history.epochs
    truth = textbook_loss(settings, 9, x, measured, huffman_tree(text.counts))
    assert found == [pytest.approx(truth, rel=1e-12)]


def sparse(pairs, words=6000):
    """A text of 6,000 sentences, of one word each but for some of two."""
    ids = np.arange(words, dtype=np.int32) % 9
    ends = np.delete(np.arange(1, words + 1), pairs)
    return Corpus([f"w{i}" for i in range(9)], np.bincount(ids), ids, ends, words)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_epoch_whose_few_pairs_were_not_measured_reports_those_of_the_whole_text(monkeypatch, workers):
    monkeypatch.setattr(batches, "CHUNK", 1000)
    settings = settings_of(SMALL, learning_rate=1e-300, end_rate=0.0, loss_every=5, epochs=2)
    text, x = sparse([50, 1250], 1500), np.random.default_rng(2).normal(size=(18, 6))
    state = trained(settings, text, x=x.copy(), workers=workers, held_out=text)
    assert len(set(state.history.epochs)) == 1
    assert state.history.epochs == state.history.held_out
    assert state.trained
    assert [math.isnan(report.loss) for report in state.history.reports] == [True, False] * 2
    assert state.history.reports[1].loss == state.history.epochs[0] > 0


@pytest.mark.parametrize("loss", LOSSES)
def test_an_epoch_of_which_nothing_is_left_reports_the_loss_of_what_was_left_out(loss):
    text = zipf(9, 200)
    state = trained(settings_of(SMALL, sample=1e-12, loss=loss), text, held_out=text)
    assert not state.trained
    assert not state.x[9:].any()
    # of 1 + 4 terms, without those negatives that are the outside word
    lengths, counts = huffman_tree(np.bincount(text.ids)).lengths, np.bincount(text.ids)
    first = {"naive-softmax": math.log(9), "negative-sampling": 4.4 * math.log(2)}.get(
        loss, math.log(2) * (lengths @ counts) / counts.sum()
    )
    assert state.history.epochs == state.history.held_out == [pytest.approx(first, rel=0.1)] * 2


@pytest.mark.parametrize("loss", LOSSES)
def test_held_out_text_without_a_pair_is_not_measured(loss):
    state = trained(settings_of(SMALL, loss=loss), zipf(9, 200), held_out=sparse([], 100))
    assert np.isnan(state.history.held_out).tolist() == [True, True]
    assert np.isfinite(state.history.epochs).all()


@pytest.mark.parametrize(("sample", "other"), [(0, zipf(9, 200, seed=2)), (0.1, zipf(9, 400))])
def test_held_out_text_is_measured_with_the_same_draws_each_time(sample, other):
    text, settings = zipf(9, 400), settings_of(SMALL, sample=sample)
    state = trained(settings, text, held_out=other)
    batches = drawn(settings, other, np.random.default_rng((SMALL.seed, 0, 1)))
    truth = textbook_loss(settings, 9, state.x, batches)
    assert len(state.history.held_out) == 2
    assert state.history.held_out[-1] == pytest.approx(truth, rel=1e-12)
    np.testing.assert_array_equal(state.x, trained(settings, text).x)


def test_single_precision_reports_nearly_the_same_loss():
    text, x = zipf(30, 2000), np.random.default_rng(3).normal(0, 0.1, (60, 6)).astype(np.float32)
    double = trained(SMALL, text, x=x.astype(np.float64)).history.epochs
    single = trained(settings_of(SMALL, dtype="float32"), text, x=x.copy()).history.epochs
    assert double[1] < double[0]
    np.testing.assert_allclose(single, double, rtol=1e-5)


# the schedule


def test_reports_name_the_words_read_and_the_rate_on_one_straight_line(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 100)
    state = trained(settings_of(SMALL, epochs=2, end_rate=0.005), zipf(9, 240))
    assert [report.words for report in state.history.reports] == [100, 200, 240, 340, 440, 480]
    assert state.history.epoch_words == 240
    rates = [report.learning_rate for report in state.history.reports]
    np.testing.assert_allclose(rates, [0.025 - 0.02 * words / 480 for words in (100, 200, 240, 340, 440, 480)])
    assert all(isinstance(report, Measured) for report in state.history.reports)


def test_the_rate_falls_from_step_to_step_within_a_chunk(monkeypatch):
    rates, real = [], loop.descend_rows
    monkeypatch.setattr(loop, "descend_rows", lambda *given: rates.append(given[3][0]) or real(*given))
    trained(settings_of(SMALL, epochs=2, end_rate=0.005, pivot=0.0), zipf(9, 160))
    np.testing.assert_allclose(rates, 0.025 - 0.02 * np.arange(10) / 10)


@pytest.mark.parametrize("loss", LOSSES)
def test_rows_take_steps_as_their_counts_say(loss):
    settings = settings_of(SMALL, loss=loss, learning_rate=1e-9, end_rate=0.0, step=128, epochs=1)
    text, x = zipf(9, 100), np.random.default_rng(2).normal(size=(18, 6))
    counts = np.bincount(text.ids, minlength=9)
    alike, found = (trained(settings_of(settings, pivot=pivot), text, x=x.copy()).x - x for pivot in (0.0, 20.0))
    assert counts.min() < 5 < 20 < counts.max()
    times = updates.row_rates(counts, 20.0) if loss == "negative-sampling" else np.ones(18)  # in comparison
    np.testing.assert_allclose(found, alike * times[:, None], rtol=1e-5, atol=1e-15)


def test_epochs_draw_differently():
    state = trained(settings_of(SMALL, learning_rate=1e-300, end_rate=0.0), zipf(9, 200), x=np.ones((18, 6)))
    assert state.history.epochs[0] != state.history.epochs[1]


# the bits


@pytest.mark.parametrize(
    ("loss", "model", "step", "several"),
    [
        *((LOSSES[0], "skip-gram", 1024, [7]), (LOSSES[1], "skip-gram", 1024, [3]), (LOSSES[2], "cbow", 1024, [3])),
        *(
            pytest.param(loss, model, step, [2, 3, 7], marks=pytest.mark.slow)
            for loss, model in [*((loss, "skip-gram") for loss in LOSSES), (LOSSES[2], "cbow")]
            for step in (32, 1024)
        ),
    ],
)
def test_any_number_of_workers_gives_the_same_bits(monkeypatch, loss, step, model, several):
    monkeypatch.setattr(batches, "CHUNK", 1500)
    settings = settings_of(SMALL, loss=loss, model=MODELS[model](), dtype="float32", dim=33, step=step)
    text = zipf(200, 4000)
    alone = trained(settings, text)
    for workers in several:
        more = trained(settings, text, workers=workers)
        assert more.x.tobytes() == alone.x.tobytes()
        assert more.history == alone.history


def test_threads_give_the_same_bits_as_processes(monkeypatch):
    text = zipf(50, 3000)
    alone = trained(SMALL, text)
    monkeypatch.setattr("word2vec.runtime.workers.FORKS", False)
    assert trained(SMALL, text, workers=3).x.tobytes() == alone.x.tobytes()


@pytest.mark.parametrize(
    "stop",  # in a plain round at the ends of both epochs
    [pytest.param(n, marks=[pytest.mark.slow] * (n not in (1, 4, 7))) for n in range(1, 8)],
)
def test_stopping_after_any_chunk_and_going_on_gives_the_same_bits(monkeypatch, stop):
    monkeypatch.setattr(batches, "CHUNK", 300)
    text, done = zipf(50, 1000), []
    state = State(Task(SMALL, text, 1).x)

    def after(state):
        done.append((state.epoch, state.chunk))
        return len(done) == stop

    for workers in (2, 1):
        run(Task(SMALL, text, workers), state, workers, after)
        assert len(done) == (stop if workers == 2 else 8)
    assert state.x.tobytes() == trained(SMALL, text).x.tobytes()


def test_seeds_and_other_settings_change_the_vectors():
    text = zipf(50, 2000)
    found = [
        trained(settings_of(SMALL, **change), text).x
        for change in ({}, {"seed": 2}, {"shared": 9}, {"step": 64}, {"windows": "drawn"}, {"pivot": 0})
    ]
    assert all(not np.array_equal(found[0], other) for other in found[1:])


# stability


@pytest.mark.parametrize("words", [2, pytest.param(5, marks=pytest.mark.slow), 300])
@pytest.mark.parametrize(
    ("dim", "step"), [pytest.param(10, 64, marks=pytest.mark.slow), (10, 4096), (300, 1024), (50, 16384)]
)
def test_nothing_diverges(words, dim, step):
    """At the largest learning rate, whatever the step: norms stay moderate, the loss falls below the first one."""
    text = zipf(words, 60_000)
    settings = settings_of(dim=dim, step=step, learning_rate=0.1, end_rate=0.1, epochs=2, loss_every=1)
    state = trained(settings, text)
    assert np.linalg.norm(state.x, axis=1).max() < 30
    assert state.history.epochs[-1] < (1 + settings.negatives) * math.log(2)


@pytest.mark.parametrize(
    ("dim", "step", "words"),
    [
        *((10, 4096, 300), (50, 16384, 2)),
        *(pytest.param(10, 64, 2, marks=pytest.mark.slow), pytest.param(10, 64, 300, marks=pytest.mark.slow)),
        *(pytest.param(10, 4096, 2, marks=pytest.mark.slow), pytest.param(50, 16384, 300, marks=pytest.mark.slow)),
    ],
)
@pytest.mark.parametrize("model", ["skip-gram", "cbow"])
def test_nothing_diverges_with_hierarchical_softmax(words, model, dim, step):
    text = zipf(words, 20_000)
    options = {"learning_rate": 0.1, "end_rate": 0.1, "epochs": 2, "loss_every": 1, "loss": "hierarchical-softmax"}
    state = trained(settings_of(dim=dim, step=step, model=MODELS[model](), sample=0, **options), text)
    assert np.linalg.norm(state.x, axis=1).max() < 30
    first = math.log(2) * (huffman_tree(text.counts).lengths @ text.counts) / 20_000
    assert state.history.epochs[-1] < 2 * first  # which is the entropy, or nearly: the words are independent
    assert not state.x[-1].any()  # no node's


def test_without_cap_and_damping_it_would_diverge(monkeypatch):
    """So the test above sees what it is there for."""
    monkeypatch.setattr(updates, "CAP", np.inf)
    monkeypatch.setattr(updates, "PULL", 0.0)
    settings = settings_of(dim=10, step=4096, learning_rate=0.1, end_rate=0.1, epochs=2, loss_every=1)
    with np.errstate(all="ignore"):
        try:
            state = trained(settings, zipf(300, 60_000))
        except FloatingPointError:
            return
    assert np.linalg.norm(state.x, axis=1).max() > 30


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_not_finite_stops_training(workers):
    x = np.ones((18, 6))
    x[3, 2] = np.nan
    with pytest.raises(FloatingPointError, match=r"not finite in epoch 1, chunk 1, at learning rate 0\.02"):
        trained(SMALL, zipf(9, 200), x=x, workers=workers)
