"""word2vec/training/composition.py: a stretch is a step along the gradient of J(A z), alike for any workers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.flat import train_flat
from tests.training.test_loop import zipf
from word2vec import WordVectors, train
from word2vec.gradcheck import assert_gradient
from word2vec.runtime.workers import run_workers
from word2vec.text import Corpus
from word2vec.text.ngrams import ngram_buckets, ngram_matrix
from word2vec.training import composition as module
from word2vec.training import updates
from word2vec.training.composition import Composition
from word2vec.training.hierarchical_softmax import TIMES
from word2vec.training.loop import State, training_loop
from word2vec.training.objective import draw_batches, make_objective
from word2vec.training.settings import (
    Cbow,
    DescentOptions,
    HierarchicalSoftmax,
    NaiveSoftmax,
    NegativeSampling,
    Ngrams,
    Settings,
    SkipGram,
)
from word2vec.training.task import Task

# words that share n-grams; in the last ones an n-gram occurs twice
WORDS = ["tea", "teas", "sea", "seas", "eat", "seat", "teatea", "eaeaea", "x"]
PAIRS = [
    (model, loss) for model in (SkipGram(), Cbow(mean=True)) for loss in (NegativeSampling(shared=6), NaiveSoftmax())
]


def text_of(words=40, seed=1):
    ids = np.random.default_rng(seed).integers(0, len(WORDS), words).astype(np.int32)
    counts = np.bincount(ids, minlength=len(WORDS))
    return Corpus(WORDS, counts, ids, np.arange(10, words + 1, 10), words)


def settings_of(model, loss, ngrams, **more):
    descent = DescentOptions(step=64, pivot=0, dtype="float64", loss_every=1, end_rate=0.0)
    return Settings(5, 2, 3, 0.0, 1, model=model, loss=loss, descent=descent, ngrams=ngrams, **more)


def matrix_of(composition):
    """A (V, V + R), dense: v = A z, z (V + R, D) the rows of the words and of all n-grams."""
    counts = ngram_matrix(WORDS, composition._options.minn, composition._options.maxn, 2_000_000)[0].toarray()
    return np.hstack([np.eye(len(counts)), counts]) / (1 + counts.sum(axis=1, keepdims=True))


def gradient_of(objective, x, batch):
    out, grad = np.empty((objective.entries + objective.table, x.shape[1])), np.zeros_like(x)
    J = objective.gradients(x, batch, range(objective.groups), out, list(range(objective.groups))).sum()
    np.add.at(grad, objective.rows([batch])[0][0], out[: objective.entries])
    if objective.table:
        grad[objective.inputs :] += out[objective.entries :]
    return J, grad


def test_the_own_rows_of_words_begin_where_words_without_ngrams_do():
    composed, plain = (Task(settings_of(SkipGram(), NaiveSoftmax(), each), text_of(), 1) for each in ((3, 4), None))
    np.testing.assert_array_equal(composed.composition.z[: len(WORDS)], plain.x[: len(WORDS)])


@pytest.mark.parametrize(
    ("model", "loss"),
    [pytest.param(*pair, marks=[pytest.mark.slow] * (i in (1, 2))) for i, pair in enumerate(PAIRS)],
    ids=str,
)
def test_a_stretch_of_one_step_by_the_exact_rule_follows_the_gradient_of_the_composed_loss(monkeypatch, model, loss):
    """Nothing is damped where so little pulls; the gradient of J(A z) passes the checker, too."""
    monkeypatch.setattr(updates, "PULL", 0.0)
    monkeypatch.setattr(module, "SHARED_PULL", 0.0)
    settings = settings_of(model, loss, Ngrams(2, 3, every=1, exact=True), learning_rate=1e-3)
    task = Task(settings, text_of(), 1)
    composition, A, V = task.composition, matrix_of(task.composition), len(WORDS)
    rng = np.random.default_rng(3)
    before, task.x[:] = rng.normal(size=(A.shape[1], 5)), rng.normal(size=task.x.shape)
    composition.z[:V], U = before[:V], task.x[V:].copy()
    composition._set_ngrams(before[V:])
    objective = make_objective(task.settings, V)
    batches = draw_batches(task.text, 0, objective, np.random.default_rng((settings.seed, 1, 1))).cut(objective.n)
    (batch,) = batches

    def composed(z):
        J, grad = gradient_of(objective, np.concatenate([A @ z, U]), batch)
        return J, A.T @ grad[:V]

    assert_gradient(composed, before)
    grad = composed(before)[1] * objective.input_rate
    deque = list(training_loop(task, State(task.x, z=composition.z), _alone()))
    assert len(deque) == 1
    after = np.vstack([composition.z[:V], composition._ngrams()])
    np.testing.assert_allclose((before - after) / 1e-3, grad, rtol=1e-9, atol=1e-11)


def _alone():
    with run_workers(1, lambda worker: None) as worker:
        return worker


@pytest.mark.parametrize("exact", [False, True])
def test_a_word_by_itself_moves_as_far_as_without_ngrams_unless_the_rule_is_exact(exact):
    """Two words without common n-grams: Δv = Δ by fastText's rule, Δ times Σ a² by the exact one."""
    composition = Composition(["abc", "xyz"], Ngrams(2, 3, exact=exact), 2, "float64", 8)
    composition.begin(1)
    worker, x = _alone(), np.zeros((4, 2))
    composition.compose_all(x, worker)
    start, change = x[:2].copy(), np.array([[0.1, 0.2], [-0.3, 0.05]])
    chunk = module.Chunk([None], updates.plan_sums(np.array([[0, 1, 3]]), np.zeros((1, 3))))
    stretch = composition.begin_stretch(x, chunk, range(1), worker)
    assert stretch.words.tolist() == [0, 1]
    x[:2] += change
    composition.end_stretch(x, stretch, 0.1, worker)
    composition.compose_all(x, worker)
    rows = 1 + 2 + 3 + 4 - 2  # its own and <a ab bc c> <ab abc bc>
    np.testing.assert_allclose(x[:2] - start, change / (rows if exact else 1), rtol=2e-12)


def test_rows_that_many_words_share_are_damped():
    words = [f"ing{i}" for i in range(40)]
    composition = Composition(words, Ngrams(3, 3), 1, "float64", 100)
    worker, x = _alone(), np.zeros((80, 1))
    ids = np.arange(40)[None]
    for pull in (1e-9, 1e3):
        composition.z[:] = 0
        chunk = module.Chunk([None], updates.plan_sums(ids, np.full(ids.shape, pull)))
        stretch = composition.begin_stretch(x, chunk, range(1), worker)
        x[:40] += 1 / 64
        composition.end_stretch(x, stretch, 0.5, worker)
        factor = composition._ngrams().max() / (40 / 64)  # "ing", which all words share
        lam = 0.5 * module.SHARED_PULL * pull * 40
        assert factor == pytest.approx(-np.expm1(-lam) / lam, rel=1e-6)
        np.testing.assert_array_equal(composition.z[:40], 1 / 64)


@pytest.mark.parametrize(
    ("model", "loss", "times"),
    [
        *[(model, NegativeSampling(shared=6), 1) for model in (SkipGram(), Cbow(), Cbow(mean=False))],
        (Cbow(windows="sentence"), NegativeSampling(shared=6), 1),
        (Cbow(), HierarchicalSoftmax(), TIMES),
    ],
    ids=str,
)
def test_rows_that_words_share_are_damped_by_how_fast_the_words_move(monkeypatch, model, loss, times):
    """λ_g = Σ_w m_wg r s μ pull_w: vectors of a mean take s times the rate r, and so do their n-grams."""
    task = Task(settings_of(model, loss, Ngrams(2, 3)), text_of(), 1)
    found, begin = [], Composition.begin_stretch
    monkeypatch.setattr(module, "damping", lambda curvature: found.append(curvature) or updates.damping(curvature))
    monkeypatch.setattr(Composition, "begin_stretch", lambda *args: found.append(begin(*args)) or found[-1])
    assert len([*training_loop(task, State(task.x, z=task.composition.z), _alone())]) == 1
    stretch, curvature = found
    rate = task.settings.learning_rate * task.objective.input_rate * times
    truth = stretch.counts.toarray().T @ (rate * module.SHARED_PULL * stretch.pull)
    np.testing.assert_allclose(curvature, truth[truth > 0], rtol=1e-12)


def test_one_row_stands_for_the_ngrams_that_the_same_words_hold_equally_often():
    """Their rows differ as before, and move as if each had a row: z_g += f Σ_w m_wg Δ_w, f = 1 where little pulls."""
    composition, V = Composition(WORDS, Ngrams(2, 4), 3, "float64", 100), len(WORDS)
    counts = ngram_matrix(WORDS, 2, 4, 2_000_000)[0].toarray()
    equal = (counts[:, :, None] == counts[:, None, :]).all(axis=0)  # (R, R)
    np.testing.assert_array_equal(composition._group[:, None] == composition._group, equal)
    assert len(composition.z) - V < len(counts.T)
    composition.begin(1)
    assert not np.shares_memory(composition.subwords().own, composition.z)
    before, worker, x = composition._ngrams(), _alone(), np.zeros((2 * V, 3))
    chunk = module.Chunk([None], updates.plan_sums(np.arange(V)[None], np.zeros((1, V))))
    stretch = composition.begin_stretch(x, chunk, range(1), worker)
    changes = np.random.default_rng(2).normal(size=(V, 3)) / 32
    x[:V] += changes
    composition.end_stretch(x, stretch, 0.1, worker)
    np.testing.assert_allclose(composition._ngrams(), before + counts.T @ changes, rtol=1e-12, atol=1e-12)


def test_no_ngram_moves_farther_than_a_row_may_in_a_step():
    composition, V = Composition(WORDS, Ngrams(2, 4), 3, "float64", 100), len(WORDS)
    worker, x = _alone(), np.zeros((2 * V, 3))
    chunk = module.Chunk([None], updates.plan_sums(np.arange(V)[None], np.zeros((1, V))))
    stretch = composition.begin_stretch(x, chunk, range(1), worker)
    changes = np.random.default_rng(2).normal(size=(V, 3))
    x[:V] += changes
    composition.end_stretch(x, stretch, 0.1, worker)
    sums = ngram_matrix(WORDS, 2, 4, 2_000_000)[0].toarray().T @ changes
    far = np.linalg.norm(sums, axis=1, keepdims=True)
    assert far.min() < updates.CAP < far.max()
    np.testing.assert_allclose(composition._ngrams(), sums / np.maximum(1, far / updates.CAP), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("loss", [NegativeSampling(), HierarchicalSoftmax()], ids=str)
def test_words_that_are_made_of_the_same_few_ngrams_are_learned(loss):
    """All words moved together, and the loss rose far above that of the first vectors."""
    rng = np.random.default_rng(0)
    text = ["".join(letters) for letters in rng.choice([*"ACGT"], (20_000, 4), p=[0.4, 0.3, 0.2, 0.1])]
    options = {"dim": 20, "min_count": 1, "sample": 0, "epochs": 2, "model": Cbow(), "loss": loss}
    options["descent"] = DescentOptions(step=64)  # without n-grams it would be longer
    lines = [text[i : i + 20] for i in range(0, len(text), 20)]
    first, last = (train(lines, ngrams=each, quiet=True, **options).history.epochs for each in (None, Ngrams(1, 1)))
    np.testing.assert_allclose(last, first, atol=0.1)


OPTIONS = {
    "dim": 6,
    "window": 2,
    "sample": 0,
    "min_count": 1,
    "epochs": 2,
    "step": 32,
    "ngrams": Ngrams(2, 4, every=3),
}


@pytest.mark.parametrize(
    ("model", "loss"),
    [
        *(("skip-gram", "negative-sampling"), ("cbow", "naive-softmax")),
        pytest.param("skip-gram", "naive-softmax", marks=pytest.mark.slow),
        pytest.param("cbow", "negative-sampling", marks=pytest.mark.slow),
    ],
)
def test_the_bits_do_not_depend_on_workers_or_interruptions(tmp_path, model, loss):
    text, options = zipf(40, 1500), OPTIONS | {"model": model, "loss": loss, "held_out": 0.1}
    one = train_flat(text, **options)
    again = train_flat(text, **options, workers=3)
    np.testing.assert_array_equal(again.matrix, one.matrix)
    np.testing.assert_array_equal(again.subwords.matrix, one.subwords.matrix)
    assert again.history.held_out == one.history.held_out
    stopped = train_flat(text, **options, checkpoint=tmp_path, on_epoch=lambda epoch, _: epoch == 1)
    assert not stopped.history.complete
    resumed = train_flat(text, **options, checkpoint=tmp_path)
    np.testing.assert_array_equal(resumed.matrix, one.matrix)
    np.testing.assert_array_equal(resumed.outside, one.outside)


def test_the_vectors_are_those_that_their_ngrams_compose_and_unknown_words_have_some():
    text = [["teas", "and", "coffees"], ["tea", "or", "coffee"]] * 40
    seen = []
    found = train_flat(text, **OPTIONS | {"ngrams": (3, 5)}, on_epoch=lambda _, v: seen.append(v["teapot"]))
    np.testing.assert_array_equal(found.matrix, found.subwords.compose(found.words, found.subwords.own))
    assert "teapot" not in found
    np.testing.assert_array_equal(found["teapot"], found.subwords.compose(["teapot"])[0])
    np.testing.assert_array_equal(seen[-1], found["teapot"])
    assert not np.array_equal(seen[0], seen[-1])
    assert found.settings["ngrams"] == {"minn": 3, "maxn": 5, "buckets": 2_000_000, "every": 4, "exact": False}
    assert found.history.epochs[-1] < found.history.epochs[0]


def test_training_goes_on_with_the_ngrams_of_a_start_and_new_words_begin_from_them():
    text, still = (
        [["teas", "and", "coffees"], ["tea", "or", "coffee"]] * 40,
        {"learning_rate": 1e-30, "end_rate": 0.0},
    )
    options = OPTIONS | {"ngrams": (3, 5)}
    first = train_flat(text, **options)
    found = train_flat([["teapot", "teas"]] * 20, **options | still, start_from=first)
    for word in first.words:
        np.testing.assert_allclose(found[word], first[word], rtol=1e-6)
    composed = found.subwords.compose(["teapot"], found.subwords.own[[found.index("teapot")]])
    np.testing.assert_allclose(found["teapot"], composed[0])
    assert found["teapot"] @ first["teapot"] / np.linalg.norm(found["teapot"]) / np.linalg.norm(first["teapot"]) > 0.7


def test_ngrams_of_words_that_are_no_longer_there_keep_their_rows(tmp_path):
    options = OPTIONS | {"ngrams": (3, 5)}
    first = train_flat([["teas", "and", "coffees"], ["tea", "or", "coffee"]] * 40, **options)
    first.save(tmp_path / "first.npz")
    part = WordVectors.load(tmp_path / "first.npz", only=["tea"])
    found = train_flat([["tea", "please"]] * 40, **options, start_from=part)
    np.testing.assert_array_equal(found["coffeepot"], first["coffeepot"])
    found.save(tmp_path / "found.npz")
    again = WordVectors.load(tmp_path / "found.npz")
    np.testing.assert_array_equal(again["coffeepot"], first["coffeepot"])
    still = {"learning_rate": 1e-30, "end_rate": 0.0}
    later = train_flat([["tea", "coffees"]] * 40, **options | still, start_from=again)
    np.testing.assert_allclose(later["coffeepot"], first["coffeepot"], rtol=1e-5)


@pytest.mark.parametrize("change", [{"own": None}, {"pruned": True}])
def test_rows_of_ngrams_are_those_of_a_start_whatever_is_known_of_its_words(change):
    options = OPTIONS | {"ngrams": (3, 5)}
    first = train_flat([["tea", "or", "coffee"]] * 40, **options)
    kept = ~np.isin(first.subwords.bucket_ids, ngram_buckets(["coffee"], 3, 5, 2_000_000)[0][3:6])
    ids, rows = first.subwords.bucket_ids[kept], first.subwords.matrix[kept]
    subwords = replace(first.subwords, **change, bucket_ids=ids, matrix=rows)
    start = WordVectors(first.words, subwords.compose(first.words, first.subwords.own), subwords=subwords)
    still = {"learning_rate": 1e-30, "end_rate": 0.0}
    found = train_flat([["tea", "please"]] * 40, **options | still, start_from=start)
    np.testing.assert_allclose(found[first.words], start.matrix, rtol=1e-4)
    row = dict(zip(found.subwords.bucket_ids.tolist(), found.subwords.matrix, strict=True))
    np.testing.assert_allclose([row[i] for i in ids.tolist()], rows, rtol=1e-4, atol=1e-6)
    if subwords.pruned:  # what n-grams without a row say of other words is nothing, before and after
        assert found.similarity("coffeepot", start["coffeepot"]) == pytest.approx(1, abs=1e-6)


def test_a_run_from_other_rows_of_ngrams_is_another_run(tmp_path):
    text, options = [["tea", "or", "coffee"]] * 40, OPTIONS | {"ngrams": (3, 5)}
    first = train_flat(text, **options)
    rows = replace(first.subwords, matrix=2 * first.subwords.matrix)
    same, other = (
        WordVectors(first.words, first.matrix, outside=first.outside, counts=first.counts, subwords=subwords)
        for subwords in (first.subwords, rows)
    )
    found = [train_flat(text, **options, start_from=start, checkpoint=tmp_path) for start in (same, other, same)]
    np.testing.assert_array_equal(found[0].matrix, found[2].matrix)
    assert not np.array_equal(found[0].matrix, found[1].matrix)
    assert len({path.parent for path in tmp_path.rglob("*.checkpoint")}) == 2


def test_vectors_without_ngrams_are_a_start_for_some_with_them():
    start = WordVectors(["tea", "coffee"], np.array([[1, 2, 3, 4, 5, 6.0], [6, 5, 4, 3, 2, 1.0]]))
    options = OPTIONS | {"ngrams": (3, 5), "learning_rate": 1e-30, "end_rate": 0.0}
    found = train_flat([["tea", "or", "coffee"]] * 40, **options, start_from=start)
    np.testing.assert_allclose(found[["tea", "coffee"]], start.matrix, rtol=1e-5)


def test_a_start_of_other_ngrams_is_refused():
    text, options = [["tea", "or", "coffee"]] * 40, OPTIONS | {"ngrams": (3, 5)}
    first = train_flat(text, **options)
    for ngrams in (None, (3, 6), Ngrams(3, 5, buckets=10)):
        with pytest.raises(
            ValueError, match=r"start_from has \(3, 5\): expected the same; pass ngrams=\(3, 5\); in Python, "
        ):
            train_flat(text, **options | {"ngrams": ngrams}, start_from=first)
