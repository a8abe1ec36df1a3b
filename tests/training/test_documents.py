"""Documents through `train`: word2vec/training/{task,loop,trainer}.py, what they return, resume and hold out."""

import warnings

import numpy as np
import pytest

from tests.training.flat import train_flat
from word2vec import WordVectors, train
from word2vec.text import encode, huffman_tree, load_corpus
from word2vec.training.batches import Text
from word2vec.training.sampling import noise_table
from word2vec.training.settings import Cbow, DescentOptions, PvDbow, PvDm, Settings, SkipGram
from word2vec.training.task import Task, split_documents

RNG = np.random.default_rng(0)
TEXT = [[f"w{i}" for i in RNG.integers(0, 20, RNG.integers(2, 9))] for _ in range(300)]
SMALL = {"dim": 6, "sample": 0, "epochs": 2, "min_count": 1, "quiet": True}
MODELS = [PvDbow(), PvDbow(words=True), PvDm(), PvDm(mean=True, windows="drawn")]


def bits(vectors):
    parts = vectors.matrix, vectors.outside, vectors.documents, np.array(vectors.history.epochs)
    return [part.tobytes() for part in parts if part is not None]


@pytest.mark.parametrize(
    ("model", "loss"),  # in a plain round each model with one of the losses
    [
        pytest.param(model, loss, marks=[pytest.mark.slow] * ((i + j) % 2))
        for i, model in enumerate(MODELS)
        for j, loss in enumerate(["negative-sampling", "naive-softmax"])
    ],
    ids=str,
)
def test_workers_and_interruptions_change_no_bit(model, loss, tmp_path):
    options = SMALL | {"model": model, "loss": loss, "descent": DescentOptions(held_out=0.2, step=64)}
    whole = train(TEXT, **options)
    assert whole.documents.shape == (300, 6)
    assert len(whole.history.held_out) == 2
    assert np.isfinite(whole.history.held_out).all()
    assert bits(train(TEXT, **options, workers=2)) == bits(whole)
    train(TEXT, **options, checkpoint=tmp_path, on_epoch=lambda done, vectors: True)
    assert bits(train(TEXT, **options, checkpoint=tmp_path)) == bits(whole)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_loss_falls(model):
    losses = train_flat(TEXT, model=model, **SMALL | {"epochs": 8}, learning_rate=0.1, loss_every=1).history.epochs
    assert losses[-1] < losses[0] - 0.1


def test_a_document_has_the_row_of_its_sentence_and_zeros_without_words(tmp_path):
    text = [["rare"], *TEXT[:9], [], ["once"], *TEXT[9:], ["never"]]
    options = SMALL | {"model": "pv-dbow", "min_count": 2}
    vectors, plain = train(text, **options), train(TEXT, **options)
    assert vectors.documents.shape == (304, 6)
    there = [i not in (0, 10, 11, 303) for i in range(304)]
    np.testing.assert_array_equal(vectors.documents[there], plain.documents)
    assert not vectors.documents[np.invert(there)].any()
    (tmp_path / "text").write_text("\n".join(" ".join(words) for words in text))
    np.testing.assert_array_equal(train(tmp_path / "text", **options).documents, vectors.documents)


def test_pv_dbow_by_itself_returns_the_outside_vectors_as_those_of_words():
    vectors = train(TEXT, model="pv-dbow", **SMALL)
    np.testing.assert_array_equal(vectors.matrix, vectors.outside)
    assert vectors.matrix.any()
    together = train(TEXT, model=PvDbow(words=True), **SMALL)
    assert (together.matrix != together.outside).any()
    assert train(TEXT, **SMALL).documents is None


def test_pv_dbow_by_itself_with_a_tree_returns_the_words_directions():
    vectors = train(TEXT, model="pv-dbow", loss="hierarchical-softmax", **SMALL)
    tree, outside = huffman_tree(vectors.counts), vectors.outside.astype(np.float64)
    for word, found in enumerate(vectors.matrix):
        nodes, bits = tree.path(word)
        np.testing.assert_allclose(found, (0.5 - bits) @ outside[nodes], rtol=1e-4, atol=1e-6)
    assert vectors.matrix.dtype == np.float32


def test_n_grams_need_word_vectors_to_compose():
    message = r"ngrams compose word vectors, .* 'pv-dbow' trains none by itself: expected PvDbow\(words=True\), or no"
    with pytest.raises(ValueError, match=message):
        train(TEXT, model="pv-dbow", ngrams=(3, 4), **SMALL)
    assert train(TEXT, model=PvDbow(words=True), ngrams=(1, 2), **SMALL)["unseen3"].shape == (6,)


def test_one_word_is_enough_of_a_document():
    vectors = train([["tea"], ["coffee"]] * 20, model="pv-dbow", **SMALL | {"epochs": 40, "learning_rate": 0.2})
    assert vectors.history.epochs[-1] < vectors.history.epochs[0]


def test_the_last_words_of_documents_are_held_out():
    text = Text(np.arange(10), np.array([4, 5, 10]), np.ones(10), noise_table(np.ones(10)), np.array([1.0, 2, 3]))
    first, rest = split_documents(text, 0.4)
    assert first.ids.tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert first.ends.tolist() == [3, 4, 7]
    assert (rest.ids.tolist(), rest.ends.tolist()) == ([3, 8, 9], [1, 1, 3])
    assert rest.weights is text.weights
    assert split_documents(text, 0)[0] is text
    with pytest.raises(ValueError, match=r"held_out is 0.01: expected a share that holds at least one word of a doc"):
        split_documents(text, 0.01)
    task = Task(Settings(model="pv-dbow", descent=DescentOptions(held_out=0.2)), encode(TEXT, min_count=1), 1)
    assert len(task.text.ends) == len(task.held_out.ends) == len(TEXT)


def test_vectors_of_words_go_on_and_documents_begin_anew():
    first = train(TEXT, model=PvDbow(words=True), **SMALL)
    options = SMALL | {"learning_rate": 1e-9, "descent": DescentOptions(end_rate=0)}
    more = train(TEXT, model="pv-dm", start_from=first, **options)
    np.testing.assert_allclose(more.matrix, first.matrix, atol=1e-5)
    np.testing.assert_allclose(more.outside, first.outside, atol=1e-5)
    assert abs(more.documents).max() <= 1 / 6 + 1e-5
    with pytest.raises(ValueError, match="start_from: the vector of 'w3' holds NaN"):
        train(
            TEXT,
            model="pv-dm",
            start_from=WordVectors(["w3"], np.zeros((1, 6)), outside=np.full((1, 6), np.nan)),
            **SMALL,
        )


# windows


@pytest.mark.parametrize("kind", [SkipGram, Cbow])
@pytest.mark.parametrize("loss", ["negative-sampling", "naive-softmax"])
def test_weights_of_offsets_that_are_those_of_distances_train_alike(kind, loss):
    options = SMALL | {"loss": loss, "window": 2, "descent": DescentOptions(step=64, dtype="float64")}
    options["model"] = kind(windows="sentence" if loss == "naive-softmax" else "weighted")
    weights = [1] * 14 if loss == "naive-softmax" else [0.5, 1, 1, 0.5]
    if loss == "naive-softmax":
        assert max(map(len, TEXT)) == 8
    one, other = (
        train(TEXT, **options),
        train(TEXT, **options | {"model": kind(windows=weights), "window": len(weights) // 2}),
    )
    np.testing.assert_allclose(one.matrix, other.matrix, rtol=1e-12)
    assert other.settings["window"] == len(weights) // 2
    assert other.settings["model"]["windows"] == weights


def test_windows_that_make_no_sense_are_refused():
    for windows in ([1, 2, 3], [], [0, 0]):
        with pytest.raises(ValueError, match=r"windows is \(.*: expected 2C weights, not all 0, of the offsets"):
            SkipGram(windows=windows)
    with pytest.raises(ValueError, match=r"windows\[1\] is -1: expected a weight of 0 or more"):
        Cbow(windows=[1, -1])
    with pytest.raises(ValueError, match="windows is 'all': expected one of weighted, drawn, sentence"):
        PvDm(windows="all")
    with pytest.raises(ValueError, match=r"window is 3, windows has 2 · 1 weights: expected window=1; leave it out"):
        Settings(window=3, model=SkipGram(windows=[1, 1]))
    with pytest.raises(TypeError, match="words is 1: expected True or False"):
        PvDbow(words=1)
    long = [["a", "b"] * 129]
    with pytest.raises(ValueError, match="the longest sentence has 258 words: expected at most 256; split long sent"):
        train(long, model=SkipGram(windows="sentence"), **SMALL)
    assert train([["a", "b"] * 128], model=SkipGram(windows="sentence"), **SMALL).settings["window"] == 255


# weights of sentences


def test_a_weight_of_zero_is_no_sentence_and_weights_reach_all_workers(tmp_path):
    weights = RNG.choice([0, 1, 3], 301)
    options = SMALL | {"descent": DescentOptions(held_out=0.2, step=64, loss_every=1)}
    corpus = encode([*TEXT, []], min_count=1, weights=weights, folder=tmp_path / "corpus")
    np.testing.assert_array_equal(load_corpus(tmp_path / "corpus").weights, weights[:300])
    whole = train(corpus, **options)
    assert bits(train(corpus, **options, workers=2)) == bits(whole)
    ones = train(encode(corpus, weights=np.ones(301)), **options)
    plain = train(TEXT, **options)
    assert bits(ones) == bits(plain) != bits(whole)
    (tmp_path / "run").mkdir()
    train(corpus, **options, checkpoint=tmp_path / "run", on_epoch=lambda done, vectors: True)
    assert bits(train(corpus, **options, checkpoint=tmp_path / "run")) == bits(whole)
    assert bits(train(TEXT, **options, checkpoint=tmp_path / "run")) == bits(plain)
    text = [["a", "b"]] * 50 + [["c", "d"]] * 50
    seen = train(encode(text, min_count=1, weights=[1] * 50 + [0] * 50), **SMALL)
    assert not seen.outside_of("c").any() or abs(seen.outside_of("c")).max() < abs(seen.outside_of("a")).max()


@pytest.mark.parametrize(
    ("weights", "mean"), [([50, 50], "50"), ([0.001, 0.001], "0.001"), ([1e4, 1e4], r"1e\+04"), ([14, 0], "10.5")]
)
def test_weights_far_from_one_on_average_are_warned_of(weights, mean):
    """On average over the words: the longer sentence holds three of four."""
    text = [["a", "b", "a"], ["b"]] * 50
    message = (
        rf"^the weights of sentences are {mean} on average over the words, so that training learns little, as with a "
        rf"learning_rate {mean} times as high: divide them by {mean}$"
    )
    with pytest.warns(UserWarning, match=message) as warned:
        train(encode(text, min_count=1, weights=weights * 50), **SMALL)
    assert warned[0].filename == __file__


@pytest.mark.parametrize("weights", [[10, 10], [0.11, 0.11], [0, 40], [13, 1]])
def test_usual_weights_are_not_warned_of(weights):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = [["a", "b", "a", "b", "a", "b"], ["b", "a"]] * 50  # each sentence has pairs
        vectors = train(encode(text, min_count=1, weights=weights * 50), **SMALL)
    assert vectors.history.complete
    assert np.isfinite(vectors.history.epochs).all()
