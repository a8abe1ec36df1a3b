"""word2vec/documents/inference.py: the minimum of a loss that is written down again here, whatever the batch."""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numpy as np
import pytest
from scipy.optimize import minimize

from word2vec import WordVectors, load_model, save_model, train
from word2vec.documents import inference
from word2vec.documents.inference import infer, nodes, settings_of
from word2vec.gradcheck import assert_gradient
from word2vec.text import huffman_tree
from word2vec.training.sampling import keep_probability, noise_distribution
from word2vec.training.settings import HierarchicalSoftmax, NaiveSoftmax, NegativeSampling, PvDbow, PvDm

WORDS = [f"w{i}" for i in range(30)]
RNG = np.random.default_rng(0)
TEXTS = [[WORDS[i] for i in RNG.integers(0, 30, n)] for n in (1, 2, 7, 12, 40, 5)]
SAMPLE, K, C = 0.02, 3, 2
COUNTS = np.arange(60, 30, -1)
MODELS = {
    "dbow": (PvDbow(), NegativeSampling()),
    "dbow softmax": (PvDbow(words=True), NaiveSoftmax()),
    "dm": (PvDm(), NegativeSampling(noise_exponent=0.5)),
    "dm mean": (PvDm(mean=True, windows=(1, 0, 0.5, 2)), NegativeSampling()),
    "dm sentence": (PvDm(windows="sentence"), NaiveSoftmax()),
    "dbow tree": (PvDbow(), HierarchicalSoftmax()),
    "dm tree": (PvDm(mean=True), HierarchicalSoftmax()),
}


def model_of(name, dim=4):
    model, loss = MODELS[name]
    values = {"name": model.name, **vars(model)}, {"name": loss.name, **vars(loss)}
    settings = {"model": values[0], "loss": values[1], "window": C, "negatives": K, "sample": SAMPLE}
    V, U = np.random.default_rng(1).normal(size=(2, 30, dim))
    return WordVectors(WORDS, V, outside=U, counts=COUNTS, settings=settings)


def problem_of(model, texts):
    rows = np.array([WORDS.index(word) for text in texts for word in text])
    return model.problem(rows, np.arange(len(texts)).repeat([len(text) for text in texts]), len(texts))


@cache
def path_to(w):
    """Nodes and bits of a word's path in the tree of COUNTS, which hundreds of evaluations of a loss ask for."""
    return [*zip(*huffman_tree(COUNTS).path(w), strict=True)]


def expected_loss(d, text, vectors, ridge):
    """J of E45 word by word, for PV-DM with the hidden vector of each position."""
    settings, U, V = settings_of(vectors), vectors.outside, vectors.matrix
    keep, ids = keep_probability(vectors.counts, SAMPLE), [WORDS.index(word) for word in text]
    q = noise_distribution(vectors.counts, getattr(settings.loss, "noise_exponent", 1.0))
    J = ridge / 2 * d @ d
    for i, w in enumerate(ids):
        h, Z = d, 1.0
        if isinstance(settings.model, PvDm):
            for j, other in enumerate(ids):
                p = 0.0 if j == i else max(0, 1 - (abs(j - i) - 1) / C)
                if isinstance(settings.model.windows, tuple):
                    p = settings.model.windows[j - i + C - (j > i)] if 0 < abs(j - i) <= C else 0.0
                if settings.model.windows == "sentence":
                    p = float(i != j)
                h, Z = h + p * keep[other] * V[other], Z + p * keep[other]
            h = h / Z if settings.model.mean else h
        x = U @ h
        if isinstance(settings.loss, NaiveSoftmax):
            J += keep[w] * (np.logaddexp.reduce(x) - x[w])
        elif isinstance(settings.loss, HierarchicalSoftmax):
            for node, bit in path_to(w):
                J += keep[w] * np.logaddexp(0, x[node] if bit else -x[node])
        else:
            J += keep[w] * (
                np.logaddexp(0, -x[w]) + K * (q * np.logaddexp(0, x)).sum() - K * q[w] * np.logaddexp(0, x[w])
            )
    return J


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in ("dbow", "dm"))) for name in MODELS]
)
def test_the_gradient_is_that_of_the_expected_loss(name):
    vectors, ridge = model_of(name), 0.7
    model = inference._Model(vectors, settings_of(vectors), 1, ridge)
    texts, n = TEXTS[:4], 4

    problem = problem_of(model, texts)

    def loss(d):  # the library's vectors are turned
        J = sum(expected_loss(*each, vectors, ridge) for each in zip(d, texts, strict=True))
        return J, model.back(problem.expand(d @ model.back(np.eye(4)).T)[0])

    assert_gradient(loss, np.random.default_rng(2).normal(size=(n, 4)))
    kept = np.array([False, True, False, True])
    d = np.random.default_rng(3).normal(size=(n, 4))
    grad, curvatures = problem.expand(d)
    some, of_some = problem.only(kept, curvatures)
    np.testing.assert_array_equal(some.expand(d[kept])[0], grad[kept])
    for found, expected in zip(of_some, some.expand(d[kept])[1], strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", MODELS)
def test_the_vectors_are_at_the_minimum(name):
    vectors = model_of(name)
    for d, text in zip(infer(TEXTS, vectors, ridge=0.3), TEXTS, strict=True):
        J = expected_loss(d, text, vectors, 0.3)
        for step in 1e-3 * np.vstack([np.eye(4), -np.eye(4)]):
            assert expected_loss(d + step, text, vectors, 0.3) > J + 1e-8
        assert expected_loss(np.zeros(4), text, vectors, 0.3) > J


@pytest.mark.parametrize("name", MODELS)
def test_no_vector_is_farther_from_the_minimum_than_is_certified(name):
    vectors, ridge = model_of(name), 0.3
    for d, text in zip(infer(TEXTS[:4], vectors, ridge=ridge), TEXTS[:4], strict=True):
        best = minimize(expected_loss, d, (text, vectors, ridge), options={"gtol": 1e-7})
        assert np.linalg.norm(d - best.x) < inference.TOLERANCE + 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_the_hessian_is_the_derivative_of_the_gradient_and_positive(name):
    vectors = model_of(name)
    model = inference._Model(vectors, settings_of(vectors), 1, 0.5)
    problem, steps = problem_of(model, TEXTS[3:4]), 1e-6 * np.eye(4)
    for scale in (0, 1, 5):
        d = scale * np.random.default_rng(3).normal(size=(1, 4))
        H = np.array([(problem.expand(d + s)[0] - problem.expand(d - s)[0])[0] / 2e-6 for s in steps])
        np.testing.assert_allclose(problem.hessian(d) + 0.5 * np.eye(4), H, atol=1e-7)
        assert np.linalg.eigvalsh(problem.hessian(d)).min() > -1e-9
        if name.startswith("dm") and not model.softmax:  # the others are measured in the usual curvature
            bent = [problem.bend(e[None], problem.expand(d)[1])[0] for e in np.eye(4)]
            np.testing.assert_allclose(bent, H, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "scale", "ridge"), [("dbow", 30, 0.1), ("dm tree", 30, 0.1), ("dm sentence", 3, 0.1), ("dm", 10, 1e-3)]
)
def test_steep_losses_end_at_their_minimum_too(name, scale, ridge):
    settings, rng = model_of(name).settings, np.random.default_rng(6)
    V, U = scale * rng.normal(size=(2, 30, 5))  # scores in the hundreds: σ jumps
    vectors = WordVectors(WORDS, V, outside=U, counts=COUNTS, settings=settings)
    model = inference._Model(vectors, settings_of(vectors), 1, ridge)
    d = inference.minimum(problem := problem_of(model, [*TEXTS, TEXTS[4] * 5]), model.start)
    assert (np.linalg.norm(problem.expand(d)[0], axis=1) <= ridge * inference.TOLERANCE).all()


def test_a_text_that_is_not_at_its_minimum_at_the_last_step_is_warned_of(monkeypatch):
    monkeypatch.setattr(inference, "STEPS", 3)
    with pytest.warns(UserWarning, match=r"^1 of 2 texts are not within 0.0001 of their minimum after 3 steps"):
        infer([["w1"] * 1000, ["w1"]], model_of("dbow"), ridge=10.0)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in ("dbow", "dm"))) for name in MODELS]
)
def test_a_vector_has_the_same_bits_in_every_batch(name, monkeypatch):
    monkeypatch.setattr(inference, "POSITIONS", 16)  # the longest text is read in parts
    vectors, texts = model_of(name, dim=13), [TEXTS[i] for i in np.random.default_rng(4).integers(0, 6, 60)]
    found = infer(texts, vectors)
    assert found.tobytes() == infer(texts, vectors).tobytes()
    np.testing.assert_array_equal(infer(texts[::-1], vectors)[::-1], found)
    np.testing.assert_array_equal(infer(texts[7:59], vectors), found[7:59])
    np.testing.assert_array_equal(infer(texts[:1], vectors), found[:1])


def test_what_texts_have_in_common_is_computed_once_for_a_model_seed_and_ridge(monkeypatch):
    made, vectors = [], model_of("dbow")

    class Counted(inference._Model):
        def __init__(self, *args):
            made.append(args[2:])
            super().__init__(*args)

    monkeypatch.setattr(inference, "_Model", Counted)
    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(partial(infer, vectors=vectors), [TEXTS[4:5]] * 9)
    assert all(np.array_equal(first, other) for other in others)
    assert len(made) <= 3  # threads that began before the first had done
    before = len(made)
    infer(TEXTS, vectors)
    assert len(made) == before
    for seed, ridge in ((2, 1.0), (2, 0.5), (1, 1.0)):
        infer(TEXTS[:1], vectors, seed=seed, ridge=ridge)
        assert made[-1] == (seed, ridge)
    assert len(made) == before + 3
    gc.collect()  # models of earlier tests may wait in cycles
    kept = len(inference._MODELS)
    del vectors
    gc.collect()
    assert len(inference._MODELS) == kept - 1


def test_a_large_vocabulary_is_sampled_systematically_by_the_seed(monkeypatch):
    q = noise_distribution(np.arange(100, 0, -1))
    words, share = nodes(q, 40, 1)
    assert len(words) == len(set(words.tolist())) <= 40
    assert share.sum() == pytest.approx(1)
    mean = np.zeros(100)
    for seed in range(400):
        words, share = nodes(q, 40, seed)
        assert (abs(40 * share - 40 * q[words]) < 1).all()
        mean[words] += share / 400
    np.testing.assert_allclose(mean, q, atol=5 * 0.5 / 40 / 20)
    monkeypatch.setattr(inference, "NODES", 8)
    vectors = model_of("dbow")
    one, same, other = infer(TEXTS, vectors), infer(TEXTS, vectors, seed=1), infer(TEXTS, vectors, seed=2)
    assert one.tobytes() == same.tobytes() != other.tobytes()


@pytest.mark.parametrize("free", [True, False])
def test_rows_are_multiplied_one_by_one_where_their_place_would_matter(free, monkeypatch):
    M, X = np.random.default_rng(7).normal(size=(2, 70, 70))
    monkeypatch.setattr(inference, "place_is_free", lambda a, b: free)
    np.testing.assert_allclose(inference.by_row(M)(X), X @ M)
    np.testing.assert_array_equal(inference.by_row(M)(X[:9]), inference.by_row(M)(X)[:9])
    assert inference.by_row(M)(X[:0]).shape == (0, 70)


@pytest.mark.parametrize("name", MODELS)
def test_numpy_may_be_set_to_raise(name):
    expected = infer(TEXTS, model_of(name))
    with np.errstate(all="raise"):
        assert np.array_equal(infer(TEXTS, model_of(name)), expected)


@pytest.mark.parametrize(("name", "ridge"), [("dm", 1), ("dbow", 0.3)])
def test_unknown_words_are_left_out_and_texts_without_known_words_are_zeros(name, ridge):
    vectors = model_of(name)
    with pytest.warns(
        UserWarning, match=r"^2 of 4 .* \(the first is texts\[1\]\): .*; the words of the model decide"
    ) as caught:
        found = infer([["w1", "w2"], ["no"], ["no", "w1", "w2"], []], vectors, ridge=ridge)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(found[0], found[2])
    assert not found[[1, 3]].any()
    assert infer([], vectors).shape == (0, 4)


def test_words_that_ngrams_compose_are_left_out_too():
    text = [["green", "tea"], ["black", "coffee"]] * 50
    vectors = train(text, model="pv-dm", ngrams=(2, 3), dim=4, sample=0, quiet=True)
    assert vectors["teas"].any()
    np.testing.assert_array_equal(*infer([["green", "tea"], ["green", "teas", "tea"]], vectors))


@pytest.mark.parametrize("name", ["dbow", "dbow softmax", "dm", "dm tree"])
def test_a_part_of_a_models_words_is_refused_since_the_noise_is_of_all(tmp_path, name):
    save_model(model_of(name), tmp_path / "m.npz")
    for part in ({"limit": 20}, {"only": WORDS[3:9]}):
        some = WordVectors.load(tmp_path / "m.npz", **part)
        message = rf"^{len(some)} of the model's 30 words are known: expected all, since .* of all words; load it"
        with pytest.raises(ValueError, match=message):
            infer(TEXTS, some)
    whole = WordVectors.load(tmp_path / "m.npz", limit=30)
    np.testing.assert_array_equal(infer(TEXTS, whole), infer(TEXTS, model_of(name)))


def test_what_makes_no_sense_is_refused():
    vectors = model_of("dbow")
    with pytest.raises(ValueError, match="ridge is 0: expected a number above 0"):
        infer(TEXTS, vectors, ridge=0)
    with pytest.raises(ValueError, match="seed is -1"):
        infer(TEXTS, vectors, seed=-1)
    with pytest.raises(TypeError, match="expected a list of words"):
        infer(["one text"], vectors)
    with pytest.raises(TypeError, match=r"vectors is .*: expected WordVectors of a model"):
        infer(TEXTS, "model")
    for settings in ({}, {"model": {"name": "cbow"}}):
        other = WordVectors(WORDS, vectors.matrix, outside=vectors.outside, settings=settings)
        with pytest.raises(ValueError, match=r"the vectors are of the model .*: expected one of pv-dbow, pv-dm"):
            infer(TEXTS, other)
    other = WordVectors(
        WORDS, vectors.matrix, outside=vectors.outside, settings=vectors.settings | {"loss": {"name": "hs"}}
    )
    with pytest.raises(ValueError, match=r"of the loss 'hs'"):
        infer(TEXTS, other)
    other = WordVectors(WORDS, vectors.matrix, outside=vectors.outside, settings=model_of("dm tree").settings)
    with pytest.raises(ValueError, match="the counts are not known: expected those of the tree"):
        infer(TEXTS, other)
    other = WordVectors(WORDS, vectors.matrix, settings=vectors.settings)
    with pytest.raises(ValueError, match=r"the outside vectors are not known: expected a model of train\(\)"):
        infer(TEXTS, other)


@pytest.mark.parametrize("name", ["dbow", "dm"])
def test_vectors_may_stay_packed_in_a_file(tmp_path, name):
    model_of(name).save(tmp_path / "v.npz", dtype="int8")
    unpacked, mapped = (WordVectors.load(tmp_path / "v.npz", mmap=mmap) for mmap in (False, True))
    assert infer(TEXTS, mapped).tobytes() == infer(TEXTS, unpacked).tobytes()


@pytest.mark.parametrize("model", ["pv-dbow", "pv-dm"])
def test_a_model_is_saved_whole_and_texts_of_one_topic_are_near_each_other(tmp_path, model):
    rng = np.random.default_rng(5)
    topics = [[f"{'ab'[t]}{i}" for i in rng.integers(0, 20, 12)] for t in (0, 1) for _ in range(100)]
    vectors = train(topics, model=model, dim=8, sample=0, epochs=10, min_count=1, learning_rate=0.1, quiet=True)
    save_model(vectors, tmp_path / "model")
    vectors.save(tmp_path / "v.npz")
    loaded = load_model(tmp_path / "model")
    found = infer(topics, loaded)
    assert found.tobytes() == infer(topics, vectors).tobytes()
    assert found.tobytes() == infer(topics, WordVectors.load(tmp_path / "v.npz")).tobytes()
    for X in (found, loaded.documents) if model == "pv-dbow" else ():  # in PV-DM the words around tell the topic, too
        unit = X / np.linalg.norm(X, axis=1, keepdims=True)
        centres = unit[:100].mean(axis=0) - unit[100:].mean(axis=0)
        assert ((unit @ centres > np.median(unit @ centres)) == (np.arange(200) < 100)).mean() > 0.95


def test_integer_arrays_are_texts_as_they_are_in_training():
    walks = np.random.default_rng(2).integers(0, 5, (40, 6))
    vectors = train(walks, model="pv-dbow", dim=4, sample=0, quiet=True)
    expected = infer([[*map(str, walk)] for walk in walks], vectors)
    assert (infer(walks, vectors) == expected).all()
    assert (infer(iter([*walks]), vectors) == expected).all()


def test_outside_vectors_are_finite():
    vectors = model_of("dbow")
    vectors.outside[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"^row 3 of the outside vectors holds NaN or infinity"):
        infer(TEXTS, vectors)


def test_what_others_call_otherwise_is_named():
    with pytest.raises(TypeError, match=r"^infer\(\) has no argument 'epochs': the minimum is found; leave it out$"):
        infer(TEXTS, model_of("dbow"), epochs=50)
