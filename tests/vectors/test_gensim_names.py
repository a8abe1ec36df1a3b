"""word2vec/vectors/gensim_names.py: whoever knows other libraries' names is told ours."""

import copy
import pickle
import warnings
from collections.abc import Mapping
from inspect import signature

import numpy as np
import pytest

import word2vec
from word2vec import evaluation
from word2vec.vectors.gensim_names import ARGUMENTS, ATTRIBUTES
from word2vec.vectors.word_vectors import WordVectors

# what gensim keeps about itself
OTHERS_AFFAIRS = {"add_lifecycle_event", "allocate_vecattrs", "expandos", "mapfile_path", "next_index"}
OTHERS_AFFAIRS |= {"sort_by_descending_frequency"}


@pytest.fixture
def vectors():
    return WordVectors(["tea", "milk", "rain"], np.eye(3))


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("wv", "these are the vectors: leave it out"),
        ("vector_size", r"use matrix\.shape\[1\]"),
        ("similar_by_word", r"use most_similar\(word\)"),
        ("most_similar_cosmul", r"use most_similar\(…, method='mul'\)"),
        ("save_word2vec_format", r"use save\(path\), format='binary' for binary=True"),
        ("load_word2vec_format", r"use WordVectors\.load\(path\)"),
        ("get_nearest_neighbors", r"use most_similar\(word\)"),
        ("get_analogies", r"use most_similar\(\[a, c\], b\) for a − b \+ c"),
    ],
)
def test_an_attribute_is_named(vectors, name, ours):
    for asked in (vectors, WordVectors):
        with pytest.raises(AttributeError, match=f"^WordVectors has no '{name}': {ours}$") as caught:
            getattr(asked, name)
        assert (caught.value.name, caught.value.obj) == (name, asked)


def test_other_attributes_are_missing_as_ever(vectors):
    for asked in (vectors, WordVectors):
        with pytest.raises(AttributeError, match=r"^WordVectors has no attribute 'vektors'$"):
            asked.vektors  # noqa: B018
    assert not any(hasattr(vectors, name) for name in ATTRIBUTES)
    assert getattr(vectors, "wv", 5) == 5


def test_objects_are_copied_as_ever(vectors):
    for other in (copy.copy(vectors), copy.deepcopy(vectors), pickle.loads(pickle.dumps(vectors))):
        assert other.most_similar("tea") == vectors.most_similar("tea")
        assert type(other) is WordVectors


def test_a_subclass_may_have_abstract_bases():
    class Vectors(WordVectors, Mapping):
        def keys(self):
            return self.words

    assert dict(Vectors(["tea"], np.eye(1)))["tea"].tolist() == [1]
    with pytest.raises(AttributeError, match=r"^Vectors has no 'wv'"):
        Vectors(["tea"], np.eye(1)).wv  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda v: v.most_similar("tea", topn=3),
            r"WordVectors\.most_similar\(\) has no argument 'topn': .* top_n here",
        ),
        (lambda v: v.most_similar("tea", restrict_vocab=3), "'restrict_vocab': it is called restrict here"),
        (lambda v: v.most_similar("tea", clip_start=3), "'clip_start': words from the first on are compared"),
        (lambda v: v.most_similar_many(["tea"], topn=3), "'topn': it is called top_n here"),
        (lambda v: v.similarity(w1="tea", w2="milk"), "'w1': they are called one and other here"),
        (lambda v: v.n_similarity(ws1=["tea"], ws2=["milk"]), "'ws1': they are called some and others here"),
        (lambda v: v.distances("tea", other_words=["milk"]), "'other_words': it is called others here"),
        (lambda v: v.rank(key1="tea", key2="milk"), "'key1': they are called word and other here"),
        (lambda v: v.closer_than(key1="tea", key2="milk"), "'key1': they are called word and other here"),
        (lambda v: WordVectors(vector_size=3), r"^WordVectors\(\) has no argument 'vector_size': the matrix says it"),
        (lambda v: WordVectors.load("x.bin", binary=True), r"WordVectors\.load\(\) .* 'binary': say format='binary'"),
        (lambda v: WordVectors.load("x", unicode_errors="ignore"), "it is called errors here"),
        (lambda v: WordVectors.load("x", fvocab="y"), "it is called counts here"),
        (lambda v: WordVectors.load("x", no_header=True), "say format='glove' for a file without a first line"),
        (lambda v: v.save("x", binary=True), "say format='binary'"),
        (lambda v: v.most_similar("tea", top=3), r"has no argument 'top': did you mean top_n\?"),
        (lambda v: v.rank("tea", "milk", xyz=3), "has no argument 'xyz': expected one of word, other$"),
    ],
)
def test_an_argument_is_named(vectors, ask, message):
    with pytest.raises(TypeError, match=message):
        ask(vectors)


def test_what_is_advised_is_there(vectors):
    for advice in {*ATTRIBUTES.values()}:
        name = advice.removeprefix("use ").split("(")[0].split("[")[0].split(".")[0].split(" ")[0].rstrip(",:")
        assert hasattr(vectors, name) or name in (
            *("these", "leave", "make", "vectors", "word2vec", "WordVectors", "1", "`word", "print"),
        ), advice
    assert {"evaluate_pairs", "evaluate_analogies"} <= set(evaluation.__all__)


@pytest.mark.parametrize(
    "ask",
    [
        lambda kv: evaluation.evaluate_pairs(kv, [("a", "b", 1.0)]),
        lambda kv: evaluation.evaluate_analogies(kv, {"all": [("a", "b", "a", "b")]}),
        lambda kv: word2vec.save_model(kv, "model.npz"),
        lambda kv: word2vec.plotting.write_page(kv, "page.html"),
        lambda kv: WordVectors(["a"], np.eye(1)).aligned_to(kv),
    ],
)
def test_gensims_vectors_are_told_how_they_are_passed(gensims_vectors, ask):
    with pytest.raises(TypeError, match=r"; pass WordVectors\(kv\.index_to_key, kv\.vectors\)$"):
        ask(gensims_vectors(["a", "b"], np.eye(2)))


def advised(vectors, name, words):
    """Return what the advice for a name of gensim's gives."""
    code = ATTRIBUTES[name].removeprefix("use ").replace("distances(", "vectors.distances(")
    return eval(code, {"word2vec": word2vec, "vectors": vectors, "words": words, "WordVectors": WordVectors})


def test_what_is_advised_gives_gensims_numbers(gensims_vectors):
    rng = np.random.default_rng(1)
    names, words = [f"word{i}" for i in range(9)], ["word3", "word5", "word4"]
    matrix, outside = rng.standard_normal((2, 9, 4)).astype(np.float32)
    theirs, ours = gensims_vectors(names, matrix), WordVectors(names, matrix, outside=outside)
    np.testing.assert_allclose(advised(ours, "get_mean_vector", words), theirs.get_mean_vector(words), atol=1e-6)
    ranked = {word: score for score, word in theirs.rank_by_centrality(words)}
    central = 1 - advised(ours, "rank_by_centrality", words)
    np.testing.assert_allclose(central, [ranked[word] for word in words], atol=1e-6)
    some = theirs.vectors_for_all(words)
    found = advised(ours, "vectors_for_all", words)
    assert (found.words, found.matrix.tolist()) == (some.index_to_key, some.vectors.tolist())
    model = pytest.importorskip("gensim.models").Word2Vec(vector_size=4, negative=5)
    model.wv, model.syn1neg = theirs, outside
    chances = dict(model.predict_output_word(words, topn=9))
    expected = [chances[word] for word in names]
    np.testing.assert_allclose(advised(ours, "predict_output_word", words), expected, rtol=1e-5)


def test_gensims_names_are_known():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import may warn of what is not ours
        models = pytest.importorskip("gensim.models")
    theirs = {name for name in dir(models.KeyedVectors(3)) if not name.startswith("_")}
    ours = {*dir(WordVectors), *vars(WordVectors(["a"], np.eye(1)))}
    assert theirs - ours - set(ATTRIBUTES) <= OTHERS_AFFAIRS
    for name in ("most_similar", "similarity", "n_similarity", "distances", "closer_than", "rank"):
        arguments = set(signature(getattr(models.KeyedVectors, name)).parameters)
        assert arguments <= set(signature(getattr(WordVectors, name)).parameters) | set(ARGUMENTS), name
