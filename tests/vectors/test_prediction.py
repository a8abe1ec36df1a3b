"""word2vec/vectors/prediction.py: probabilities of words against the textbook's losses; which models have them."""

from itertools import product

import numpy as np
import pytest

from word2vec import WordVectors, cbow, hierarchical_softmax, load_model, naive_softmax, save_model, train
from word2vec.text import huffman_tree

WORDS = ["tea", "green", "hot", "cup", "rain"]
COUNTS = np.array([9, 7, 4, 4, 1])


def model(loss, kind="skip-gram", *, mean=False, outside=True, counts=COUNTS):
    V, U = np.random.default_rng(1).normal(size=(2, 5, 3))
    settings = {"model": {"name": kind, "mean": mean}, "loss": loss if loss is None else {"name": loss}}
    return WordVectors(WORDS, V, outside=U if outside else None, counts=counts, settings=settings)


def textbook(vectors, context, weights, *, mean=False):
    """P(w | context) of all words by the losses of one pair."""
    tree, V, U = huffman_tree(COUNTS), vectors.matrix, vectors.outside
    if vectors.settings["loss"]["name"] == "naive-softmax":
        losses = [cbow(o, context, V, U, naive_softmax, mean=mean, weights=weights)[0] for o in range(5)]
    else:
        losses = [
            cbow(o, context, V, U[:-1], hierarchical_softmax, *tree.path(o), mean=mean, weights=weights)[0]
            for o in range(5)
        ]
    return np.exp(-np.array(losses))


@pytest.mark.parametrize("loss", ["hierarchical-softmax", "naive-softmax"])
@pytest.mark.parametrize("mean", [False, True])
def test_probabilities_are_those_of_the_textbook_and_sum_to_1(loss, mean):
    one, many = model(loss), model(loss, "cbow", mean=mean)
    for vectors, context, ids, weights in [
        (one, "cup", [3], [1]),
        (one, ["cup"], [3], [1]),
        (many, ["cup", "tea", "cup"], [3, 0, 3], [1, 1, 1]),
        (many, [("cup", 0.5), "tea"], [3, 0], [0.5, 1]),
        (many, "rain", [4], [1]),
    ]:
        found = vectors.probability(WORDS, context)
        np.testing.assert_allclose(found, textbook(vectors, ids, weights, mean=mean), rtol=1e-12)
        assert found.sum() == pytest.approx(1, rel=1e-14)
        assert vectors.probability("hot", context) == found[2]
        np.testing.assert_array_equal(vectors.probability(["rain", "tea"], context), found[[4, 0]])


def test_a_document_of_zeros_counts_1_in_the_mean_of_pv_dm():
    for mean in (False, True):
        found = model("naive-softmax", "pv-dm", mean=mean)
        e = np.exp(found.outside @ (found["cup"] + found["tea"]) / (3 if mean else 1))
        np.testing.assert_allclose(found.probability(WORDS, ["cup", "tea"]), e / e.sum(), rtol=1e-12)


def test_the_rule_of_another_program_s_tree_is_obeyed():
    vectors = model("hierarchical-softmax")
    vectors.settings["loss"]["rule"] = "fasttext"
    scores = vectors.outside[:-1] @ vectors["cup"]
    truth = np.exp(huffman_tree(COUNTS, "fasttext").log_probabilities(scores))
    np.testing.assert_allclose(vectors.probability(WORDS, "cup"), truth)
    assert not np.allclose(truth, np.exp(huffman_tree(COUNTS).log_probabilities(scores)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"loss": "negative-sampling"},
            r"no probabilities: the loss is 'negative-sampling', whose scores do not sum",
        ),
        ({"loss": None}, r"there are no probabilities: the loss is not known; expected a model of loss='hier"),
        ({"loss": "hierarchical-softmax", "outside": False}, r"outside vectors or counts are not known: expected a"),
        ({"loss": "hierarchical-softmax", "counts": None}, r"outside vectors or counts are not known: .* whole"),
        ({"loss": "naive-softmax", "outside": False}, r"outside vectors or counts are not known"),
    ],
)
def test_models_without_probabilities(given, message):
    with pytest.raises(ValueError, match=message):
        model(**given).probability("tea", "cup")


@pytest.mark.parametrize(
    ("kind", "context", "error", "message"),
    [
        ("skip-gram", ["cup", "tea"], ValueError, "the context has 2 words: expected one, since skip-gram predicts"),
        ("pv-dbow", "cup", ValueError, r"words predict no words in the model 'pv-dbow': expect"),
        ("cbow", [], ValueError, "the context has 0 words, of weight 0: expected some of finite weight"),
        ("cbow", [("cup", np.inf)], ValueError, "the context has 1 words, of weight inf: expected some"),
        ("cbow", [3], TypeError, r"context is \[3\]: expected a word, or a list of words or pairs \(word, weight\)"),
        ("cbow", None, TypeError, "context is None: expected a word, or a list of words or pairs"),
        ("cbow", [("cup", "tea", 1)], TypeError, "context is .*: expected a word, or a list of words or pairs"),
        ("cbow", ["cupp"], KeyError, "no vector for 'cupp'.*did you mean cup"),
    ],
)
def test_contexts_that_make_no_sense(kind, context, error, message):
    with pytest.raises(error, match=message):
        model("naive-softmax", kind).probability("tea", context)


def test_an_unknown_word_has_no_probability():
    for word in ("teaa", ["tea", "teaa"]):
        with pytest.raises(KeyError, match="no vector for 'teaa'"):
            model("naive-softmax").probability(word, "cup")


def test_nodes_are_not_queried_as_if_they_were_words():
    vectors = model("hierarchical-softmax")
    for ask in (vectors.as_outside, lambda: vectors.outside_of("tea")):
        with pytest.raises(ValueError, match=r"^after hierarchical softmax words have no outside"):
            ask()
    assert "with vectors of nodes" in repr(vectors)
    assert "with outside vectors" in repr(model("naive-softmax"))


def test_files_keep_the_nodes_with_what_says_what_they_are(tmp_path):
    vectors = model("hierarchical-softmax")
    truth = vectors.probability(WORDS, "cup")
    save_model(vectors, tmp_path / "model.npz")
    vectors.save(tmp_path / "vectors.npz")
    files = [tmp_path / "model.npz", tmp_path / "vectors.npz"]
    for again in (load_model(files[0]), *map(WordVectors.load, files)):
        np.testing.assert_array_equal(again.probability(WORDS, "cup"), truth)
        assert "with vectors of nodes" in repr(again)
    for less, file in product(({"limit": 3}, {"only": ["cup", "tea"]}), files):
        part = WordVectors.load(file, **less)
        assert part.outside is None  # the tree is that of all words
        with pytest.raises(ValueError, match="not known"):
            part.probability("tea", "tea")
    other = model("naive-softmax")
    save_model(other, tmp_path / "other.npz")
    assert WordVectors.load(tmp_path / "other.npz", limit=3).outside.shape == (3, 3)


@pytest.mark.parametrize("part", [{"limit": 3}, {"only": ["tea", "rain"]}])
def test_a_part_of_the_words_has_no_probabilities(tmp_path, part):
    """Those of the full softmax would sum to 1 over the words that happen to be there."""
    model("naive-softmax").save(tmp_path / "v.npz")
    vectors = WordVectors.load(tmp_path / "v.npz", **part)
    vectors.save(tmp_path / "part.npz")
    message = rf"^{len(vectors)} of the model's 5 words are known: expected all, .*; load it without limit= and only="
    for found in (vectors, WordVectors.load(tmp_path / "part.npz"), WordVectors.load(tmp_path / "part.npz", limit=1)):
        with pytest.raises(ValueError, match=message if len(found) > 1 else "^1 of the model's 5 words are known"):
            found.probability("tea", "tea")


def test_that_there_are_no_probabilities_is_said_whatever_the_context_is():
    vectors = train([["green", "tea"], ["black", "coffee"]] * 50, dim=4, sample=0, quiet=True)
    for context in ("unknown", ["green", "tea"]):
        with pytest.raises(ValueError, match="no probabilities: the loss is 'negative-sampling'"):
            vectors.probability("tea", context)
