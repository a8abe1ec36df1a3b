"""word2vec/documents/estimator.py: scikit-learn's common checks and tools with the vectorizer, what it computes."""

import io
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn
from sklearn import set_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import word2vec
from benchmarks import common_checks
from benchmarks.common_checks import OF_LIBRARY, TINY, VectorizerOfRows
from word2vec import documents, train
from word2vec.documents import Word2VecVectorizer, estimator
from word2vec.documents.means import count_words, document_vectors, learn_weighting
from word2vec.text import MIN_COUNT
from word2vec.training.settings import DescentOptions, NaiveSoftmax, NegativeSampling, PvDbow, SkipGram
from word2vec.vectors.word_vectors import WordVectors

ROOT = Path(word2vec.__file__).resolve().parents[1]

GOOD = ["A great film", "great fun, great cast", "wonderful and great", "Wonderful fun"] * 6
BAD = ["A bad film", "bad jokes, dull cast", "dull and bad", "Boring jokes"] * 6
TEXTS = [text for pair in zip(GOOD, BAD, strict=True) for text in pair]
LABELS = [1, 0] * 24


def vectorizer(**options):
    return Word2VecVectorizer(**{"dim": 8, "epochs": 2, "sample": 0, "random_state": 0} | options)


def given():
    words = ["great", "bad", "film", "fun", "jokes"]  # one of each text's at least
    return WordVectors(words, np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32))


# scikit-learn's common checks


@parametrize_with_checks([VectorizerOfRows(**TINY)])
def test_common_checks_with_rows_written_as_texts(estimator, check):
    assert check(estimator) is None


def test_common_checks_as_it_is():
    """Of an estimator for texts, scikit-learn checks nothing else."""
    assert common_checks.checks(Word2VecVectorizer(**TINY)) == [("check_estimator_cloneable", "passed", "")]


@pytest.mark.parametrize("name", OF_LIBRARY)
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
def test_checks_that_the_library_keeps_for_its_own(name):
    if "pandas" in name:
        pytest.importorskip("pandas")
    assert getattr(estimator_checks, name)("VectorizerOfRows", VectorizerOfRows(**TINY)) is None


@pytest.mark.slow  # all checks are made anew
def test_a_check_can_fail():
    class Forgetful(VectorizerOfRows):
        def fit(self, X, y=None):
            super().fit(X, y)

    found = {name: (status, why) for name, status, why in common_checks.checks(Forgetful(**TINY))}
    assert found["check_estimators_fit_returns_self"][0] == "failed"
    assert found["check_set_params"] == ("passed", "")


# what it computes


@pytest.mark.parametrize("weighting", ["mean", "tfidf", "sif"])
def test_it_is_training_and_weighting_as_written(weighting):
    tokens = [re.findall(r"\b\w\w+\b", text.lower()) for text in TEXTS]
    fitted = vectorizer(weighting=weighting, smoothing=0.01).fit(TEXTS)
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    vectors = train(tokens, dim=8, epochs=2, sample=0, seed=seed)
    assert fitted.vectors_.words == vectors.words
    np.testing.assert_array_equal(fitted.vectors_.matrix, vectors.matrix)
    bag = count_words(tokens, vectors)
    truth = document_vectors(bag, learn_weighting(bag, weighting, smoothing=0.01))
    np.testing.assert_array_equal(fitted.transform(TEXTS), truth)
    np.testing.assert_array_equal(vectorizer(weighting=weighting, smoothing=0.01).fit_transform(TEXTS), truth)


def test_the_training_parameters_are_trains_with_trains_defaults():
    ours, trains = signature(Word2VecVectorizer).parameters, signature(train).parameters
    shared = {"dim", "window", "negatives", "sample", "min_count", "epochs", "learning_rate", "model", "loss"}
    assert shared == set(estimator.TRAINING) <= ours.keys()
    assert all(ours[name].default == trains[name].default for name in shared - {"min_count"})
    assert ours["min_count"].default == MIN_COUNT  # what train's None stands for where there is no Corpus


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dim", 3),
        ("window", 1),
        ("negatives", 2),
        ("loss", "naive-softmax"),
        ("loss", NaiveSoftmax()),
        ("loss", NegativeSampling(noise_exponent=0.0)),
        ("loss", NegativeSampling(shared=2)),
        ("model", SkipGram(windows="drawn")),
        ("sample", 0.05),
        ("min_count", 7),
        ("epochs", 1),
        ("learning_rate", 0.1),
        ("descent", DescentOptions(end_rate=0.02)),
        ("descent", DescentOptions(pivot=0)),
        ("descent", DescentOptions(step=16, dtype="float64")),
    ],
)
def test_every_training_parameter_reaches_the_training(name, value):
    found = vectorizer(**{name: value}).fit(TEXTS).vectors_
    options = {"dim": 8, "epochs": 2, "sample": 0, "seed": int(np.random.RandomState(0).randint(2**31 - 1))} | {
        name: value
    }
    truth = train([re.findall(r"\b\w\w+\b", text.lower()) for text in TEXTS], **options)
    assert found.words == truth.words
    np.testing.assert_array_equal(found.matrix, truth.matrix)
    usual = vectorizer().fit(TEXTS).vectors_.matrix
    assert usual.shape != found.matrix.shape or (usual != found.matrix).any()


# options inside of model, loss and descent


def test_nested_parameters_are_listed_with_their_values():
    made = vectorizer(loss=NegativeSampling(shared=8), descent=DescentOptions(pivot=0))
    deep, shallow = made.get_params(), made.get_params(deep=False)
    assert shallow.keys() == signature(Word2VecVectorizer).parameters.keys()
    assert {name: deep[name] for name in shallow} == shallow
    nested = {name: value for name, value in deep.items() if name not in shallow}
    assert nested == {
        "model__windows": "weighted",
        "loss__noise_exponent": 0.75,
        "loss__shared": 8,
        "loss__group": None,
        "descent__end_rate": 1e-4,
        "descent__pivot": 0,
        "descent__step": None,
        "descent__loss_every": 64,
        "descent__held_out": 0.0,
        "descent__dtype": "float32",
        "descent__freeze_outside": False,
    }
    unnamed = {name for name in vectorizer(loss="naive-softmax").get_params() if name.startswith("loss_")}
    assert unnamed == set(), "the full softmax has no options"


def test_nested_parameters_are_set_one_by_one():
    made = vectorizer()
    assert made.set_params(descent__pivot=0, loss__shared=64, descent__step=128) is made
    assert made.descent == DescentOptions(pivot=0, step=128)
    assert made.loss == NegativeSampling(shared=64)
    assert made.model == "skip-gram", "what is not set stays as it is"
    made.set_params(descent__pivot=5)
    assert made.descent == DescentOptions(pivot=5, step=128)


def test_what_is_set_together_is_set_from_outside_to_inside():
    made = vectorizer().set_params(loss__shared=64, loss=NegativeSampling(noise_exponent=1), dim=3)
    assert (made.loss, made.dim) == (NegativeSampling(noise_exponent=1, shared=64), 3)
    options = DescentOptions(pivot=1)
    made = vectorizer(descent=options).set_params(descent__pivot=2)
    assert (made.descent.pivot, options.pivot) == (2, 1), "options that were passed are never changed"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"descent__speed": 1}, "^Invalid parameter 'speed' for DescentOptions"),
        ({"loss__pivot": 1}, "^Invalid parameter 'pivot' for NegativeSampling"),
        ({"loss": "naive-softmax", "loss__shared": 1}, "^Invalid parameter 'shared' for NaiveSoftmax"),
        ({"speed": 1}, "^Invalid parameter 'speed' for estimator Word2VecVectorizer"),
        ({"descent__pivot": -1}, "^pivot is -1: expected a count such as 1000"),
        ({"dim__x": 1}, ".*"),
    ],
)
def test_nested_parameters_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises((ValueError, AttributeError), match=message):
        vectorizer().set_params(**wrong)


@pytest.mark.parametrize("wrong", [{"loss": "hinge"}, {"model": None}, {"descent": 5}, {"loss": DescentOptions()}])
def test_options_that_make_no_sense_are_refused_by_fit_alone(wrong):
    made = vectorizer().set_params(**wrong)
    (name,) = wrong
    assert made.get_params()[name] is wrong[name]
    assert not any(each.startswith(f"{name}__") for each in made.get_params())
    assert "Word2VecVectorizer(" in repr(made)
    with pytest.raises((ValueError, TypeError), match=f"^{name} is "):
        clone(made).fit(TEXTS)


def test_a_clone_has_the_same_parameters_nested_ones_and_lists_too():
    made = vectorizer(stop_words=["film"]).set_params(descent__pivot=0, loss__shared=64, model__windows="drawn")
    fresh = clone(made)
    assert fresh.get_params() == made.get_params()
    fresh.set_params(descent__pivot=7)
    assert made.descent.pivot == 0
    np.testing.assert_array_equal(clone(made).fit_transform(TEXTS), made.fit_transform(TEXTS))


def test_a_grid_search_over_nested_parameters():
    pipeline = make_pipeline(vectorizer(loss=NegativeSampling(noise_exponent=1)), LogisticRegression())
    grid = {"word2vecvectorizer__descent__pivot": [0, 1000], "word2vecvectorizer__loss__shared": [2, 32]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_[0]
    assert best.descent.pivot == search.best_params_["word2vecvectorizer__descent__pivot"]
    assert best.loss == NegativeSampling(1, search.best_params_["word2vecvectorizer__loss__shared"])
    settings = best.vectors_.settings
    assert (settings["descent"]["pivot"], settings["loss"]["shared"]) == (best.descent.pivot, best.loss.shared)


# the parameters of texts


def test_the_parameters_of_texts_are_tfidf_vectorizers_with_its_defaults():
    ours, its = signature(Word2VecVectorizer).parameters, signature(TfidfVectorizer).parameters
    shared = {"lowercase", "tokenizer", "token_pattern", "stop_words", "max_features", "preprocessor", "analyzer"}
    shared |= {"input", "encoding", "decode_error", "strip_accents"}
    assert shared <= ours.keys()
    assert all(ours[name].default == its[name].default for name in shared)
    assert its.keys() - ours.keys() == {*estimator.OTHERS} & its.keys()  # whatever is not here is explained


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lowercase": False},
        {"token_pattern": r"\S+"},
        {"token_pattern": r"\b(\w)\w*\b"},
        {"tokenizer": str.split, "token_pattern": None},
        {"stop_words": "english"},
        {"stop_words": ["film", "great"]},
        {"strip_accents": "unicode"},
        {"preprocessor": str.upper},
        {"preprocessor": str.upper, "tokenizer": str.split, "token_pattern": None},
        {"analyzer": str.split},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.* texts hold no known word")  # "A great film"
def test_texts_are_split_as_by_tfidf_vectorizer(options):
    found = vectorizer(min_count=1, **options).fit(TEXTS).vectors_
    assert set(found.words) == set(TfidfVectorizer(**options).fit(TEXTS).vocabulary_)


@pytest.mark.filterwarnings("ignore:.* texts hold no known word")
def test_max_features_keeps_the_most_frequent_words():
    every = vectorizer().fit(TEXTS).vectors_
    assert vectorizer(max_features=4).fit(TEXTS).vectors_.words == every.words[:4]
    assert len(every.words) > 4


def test_an_unknown_text_is_a_row_of_zeros():
    fitted = vectorizer().fit(TEXTS)
    with pytest.warns(
        UserWarning, match=r"^3 of 4 texts hold no known word \(the first is X\[0\]\): their rows are z"
    ):
        found = fitted.transform(["nothing known", "", "great", "a"])
    assert (found == 0).all(axis=1).tolist() == [True, True, False, True]


@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform"])
def test_warnings_point_at_the_line_that_calls_the_vectorizer(method):
    fitted = vectorizer(vectors=given()).fit(TEXTS[:1])
    for called in (fitted, make_pipeline(fitted), FeatureUnion([("a", fitted)])):
        with pytest.warns(UserWarning, match="1 of 1 texts hold no known word") as caught:
            getattr(called, method)(["unknown"])
        assert [warning.filename for warning in caught] == [__file__]


def test_bytes_are_decoded_as_by_tfidf_vectorizer():
    fitted = vectorizer().fit(TEXTS)
    np.testing.assert_array_equal(fitted.transform([b"great film"]), fitted.transform(["great film"]))


def test_texts_may_be_files(tmp_path):
    paths = [tmp_path / f"{i}.txt" for i in range(len(TEXTS))]
    for path, text in zip(paths, TEXTS, strict=True):
        path.write_text(text + " CAFÉ", encoding="latin-1")
    fitted = vectorizer(input="filename", encoding="latin-1", strip_accents="ascii").fit(paths)
    assert "cafe" in fitted.vectors_
    np.testing.assert_array_equal(
        fitted.transform(paths[:2]),
        fitted.set_params(input="file").transform([io.BytesIO(path.read_bytes()) for path in paths[:2]]),
    )
    with pytest.raises(UnicodeDecodeError):
        fitted.set_params(input="content", encoding="utf-8").transform([paths[0].read_bytes()])
    assert fitted.set_params(decode_error="ignore").transform([paths[0].read_bytes()]).any()


@pytest.mark.parametrize("options", [{"preprocessor": dict.values, "tokenizer": list}, {"analyzer": dict.values}])
def test_a_preprocessor_or_analyzer_may_take_what_is_no_text(options):
    texts = [dict(enumerate(text.split())) for text in TEXTS]
    fitted = vectorizer(**options).fit(texts)
    assert "A" in fitted.vectors_
    np.testing.assert_array_equal(clone(fitted).fit_transform(texts), fitted.transform(texts))


def test_a_tokenizer_may_take_what_is_no_text():
    fitted = vectorizer(tokenizer=list, lowercase=False).fit([text.split() for text in TEXTS])
    assert "A" in fitted.vectors_


@pytest.mark.parametrize("kind", [tuple, np.array, iter, lambda x: np.array(x, object)])
def test_texts_in_other_containers(kind):
    fitted = vectorizer().fit(kind(TEXTS))
    truth = vectorizer().fit(TEXTS).transform(TEXTS)
    np.testing.assert_array_equal(fitted.transform(kind(TEXTS)), truth)


# randomness


def test_the_same_random_state_gives_the_same_bits_for_any_n_jobs():
    first = vectorizer().fit_transform(TEXTS)
    for n_jobs in (1, 2, -1):
        np.testing.assert_array_equal(vectorizer(n_jobs=n_jobs).fit_transform(TEXTS), first)
    assert (vectorizer(random_state=1).fit_transform(TEXTS) != first).any()


@pytest.mark.parametrize(("n_jobs", "workers"), [(None, 1), (1, 1), (3, 3), (-1, os.cpu_count())])
def test_n_jobs_is_joblibs(monkeypatch, n_jobs, workers):
    asked = []
    monkeypatch.setattr(
        "word2vec.documents.estimator.train", lambda *a, **o: asked.append(o["workers"]) or train(*a, **o)
    )
    if workers <= 3:
        vectorizer(n_jobs=n_jobs, epochs=1).fit(TEXTS)
        assert asked == [workers]


def test_a_random_state_object_is_drawn_from():
    state = np.random.RandomState(0)
    first, second = (vectorizer(random_state=state).fit_transform(TEXTS) for _ in range(2))
    np.testing.assert_array_equal(first, vectorizer(random_state=0).fit_transform(TEXTS))
    assert (first != second).any()


def test_without_a_random_state_numpys_global_generator_is_drawn_from():
    results = []
    for seed in (3, 3, 4):
        np.random.seed(seed)
        results.append(vectorizer(random_state=None).fit_transform(TEXTS))
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0] != results[2]).any()


# vectors that are given


def test_given_vectors_are_used_as_they_are():
    vectors = given()
    fitted = vectorizer(vectors=vectors).fit(TEXTS)
    assert fitted.vectors_ is vectors
    found = fitted.transform(["great film", "great, unknown"])
    np.testing.assert_allclose(found[0], (vectors["great"] + vectors["film"]) / 2, rtol=1e-6)
    np.testing.assert_array_equal(found[1], vectors["great"])


def test_given_vectors_may_be_a_file(tmp_path):
    vectors = given()
    vectors.save(tmp_path / "vectors.txt")
    for path in (tmp_path / "vectors.txt", str(tmp_path / "vectors.txt")):
        found = vectorizer(vectors=path).fit(TEXTS)
        np.testing.assert_array_equal(found.transform(TEXTS), vectorizer(vectors=vectors).fit_transform(TEXTS))


def test_a_clone_shares_the_given_vectors():
    vectors = given()
    assert clone(vectorizer(vectors=vectors)).vectors is vectors
    search = GridSearchCV(
        make_pipeline(vectorizer(vectors=vectors), LogisticRegression()), {"logisticregression__C": [1, 10]}, cv=2
    )
    assert search.fit(TEXTS, LABELS).best_estimator_[0].vectors_ is vectors


def test_other_vectors_are_refused():
    with pytest.raises(TypeError, match=r"^vectors is \{'great': \[1.0\]\}: expected WordVectors, a path, or None"):
        vectorizer(vectors={"great": [1.0]}).fit(TEXTS)
    kv = SimpleNamespace(index_to_key=["great"], vectors=np.ones((1, 2)))
    with pytest.raises(TypeError, match=r"or None to train; pass WordVectors\(kv.index_to_key, kv.vectors\)$"):
        vectorizer(vectors=kv).fit(TEXTS)


# scikit-learn's tools


@pytest.mark.slow  # test_a_grid_may_choose_the_method searches, too
def test_a_grid_search_over_a_pipeline():
    pipeline = Pipeline([("embed", vectorizer()), ("scale", StandardScaler()), ("classify", LogisticRegression())])
    usual = {"embed__epochs": [20], "embed__learning_rate": [0.1], "classify__C": [10]}
    grid = [
        {"embed__dim": [2, 8], "embed__weighting": ["mean"], **usual},
        {"embed__dim": [8], "embed__weighting": ["tfidf", "sif"], **usual},
    ]
    search = GridSearchCV(pipeline, grid, cv=2).fit(TEXTS, LABELS)
    assert search.best_score_ > 0.8  # as good as guessing: 0.5
    assert search.score(TEXTS, LABELS) > 0.7
    assert search.best_estimator_["embed"].vectors_.matrix.shape[1] == search.best_params_["embed__dim"]
    again = GridSearchCV(pipeline, grid[:1], cv=2).fit(TEXTS, LABELS)
    assert again.cv_results_["mean_test_score"].tolist() == search.cv_results_["mean_test_score"].tolist()[:2]


@pytest.mark.slow
def test_a_grid_search_in_several_processes():
    pipeline = make_pipeline(vectorizer(n_jobs=2), LogisticRegression())
    grid = {"word2vecvectorizer__dim": [2, 8]}
    alone, together = (GridSearchCV(pipeline, grid, cv=2, n_jobs=n).fit(TEXTS, LABELS) for n in (1, 2))
    assert alone.cv_results_["mean_test_score"].tolist() == together.cv_results_["mean_test_score"].tolist()
    np.testing.assert_array_equal(*(search.best_estimator_[0].transform(TEXTS) for search in (alone, together)))


def test_a_column_of_a_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"review": TEXTS, "stars": LABELS})
    columns = ColumnTransformer([("text", vectorizer(), "review"), ("rest", FunctionTransformer(), ["stars"])])
    found = columns.fit_transform(frame)
    np.testing.assert_array_equal(found[:, :-1], vectorizer().fit_transform(TEXTS))
    assert found[:, -1].tolist() == LABELS
    names = [f"text__word2vecvectorizer{i}" for i in range(8)] + ["rest__stars"]
    pipe = ColumnTransformer(
        [("text", vectorizer(), "review"), ("rest", FunctionTransformer(feature_names_out="one-to-one"), ["stars"])]
    ).set_output(transform="pandas")
    shown = pipe.fit_transform(frame)
    assert shown.columns.tolist() == names
    np.testing.assert_array_equal(pipe.transform(frame)[names].to_numpy(), found)


def test_set_output_pandas():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(TEXTS, index=range(7, 55))
    found = vectorizer().set_output(transform="pandas").fit(series).transform(series)
    assert found.columns.tolist() == [f"word2vecvectorizer{i}" for i in range(8)]
    if tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9):  # 1.6 keeps the index of data frames only
        assert found.index.tolist() == series.index.tolist()
    np.testing.assert_array_equal(found, vectorizer().fit_transform(TEXTS))
    set_config(transform_output="pandas")
    try:
        assert vectorizer().fit_transform(TEXTS).columns.tolist() == found.columns.tolist()
    finally:
        set_config(transform_output="default")


def test_feature_names():
    fitted = vectorizer().fit(TEXTS)
    assert fitted.get_feature_names_out().tolist() == [f"word2vecvectorizer{i}" for i in range(8)]
    union = FeatureUnion([("a", vectorizer(dim=2)), ("b", TfidfVectorizer())]).fit(TEXTS)
    assert union.get_feature_names_out()[:2].tolist() == ["a__word2vecvectorizer0", "a__word2vecvectorizer1"]
    with pytest.raises(NotFittedError):
        vectorizer().get_feature_names_out()


@pytest.mark.parametrize("vectors", [None, given()], ids=["trained", "given"])
def test_pickle(vectors):
    fitted = vectorizer(vectors=vectors, weighting="sif").fit(TEXTS)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(TEXTS), fitted.transform(TEXTS))


def test_nothing_is_printed(capsys):
    vectorizer().fit_transform(TEXTS)
    assert capsys.readouterr() == ("", "")


def test_labels_are_not_looked_at():
    first, second = (vectorizer().fit(TEXTS, y) for y in (LABELS, LABELS[::-1]))
    np.testing.assert_array_equal(first.transform(TEXTS), second.transform(TEXTS))


def test_tags():
    tags = get_tags(vectorizer())
    assert (tags.input_tags.string, tags.input_tags.two_d_array, tags.requires_fit) == (True, False, True)


def test_texts_are_split_once_in_fit_transform():
    split = []
    vectorizer(tokenizer=lambda text: split.append(text) or text.split()).fit_transform(TEXTS)
    assert len(split) == len(TEXTS)


# errors


@pytest.mark.parametrize("method", ["fit", "transform", "fit_transform"])
@pytest.mark.parametrize("X", ["a text", b"a text"])
def test_a_bare_string(method, X):
    message = r"^Iterable over raw text documents expected, string object received\.$"
    with pytest.raises(ValueError, match=message):
        getattr(vectorizer(vectors=given()).fit(TEXTS), method)(X)


@pytest.mark.parametrize(("X", "kind"), [({"text": TEXTS}, "dict"), (None, "NoneType"), (5, "int")])
def test_what_holds_no_texts(X, kind):
    with pytest.raises(TypeError, match=f"^X is a {kind}: expected an iterable of texts, such as a list$"):
        vectorizer().fit(X)


@pytest.mark.parametrize(("made", "shown"), [("a text", "'a text'"), (b"a", "b'a'"), (None, "None")])
@pytest.mark.parametrize("stop_words", [None, ["x"]])
@pytest.mark.filterwarnings("error")
def test_a_tokenizer_that_makes_no_list(made, shown, stop_words):
    tokenizing = vectorizer(tokenizer=lambda text: made, token_pattern=None, stop_words=stop_words)
    with pytest.raises(
        TypeError, match=f"^the tokenizer returned {shown} for '(a great film|x)': expected a list of words$"
    ):
        tokenizing.fit(TEXTS)


def test_a_tokenizer_may_be_a_generator():
    fitted = vectorizer(tokenizer=lambda text: (word for word in text.split())).fit(TEXTS)
    np.testing.assert_array_equal(fitted.vectors_.matrix, vectorizer(tokenizer=str.split).fit(TEXTS).vectors_.matrix)


def test_texts_without_any_word():
    with pytest.raises(ValueError, match=r"^there is no word in the 2 texts of X: expected some to learn from"):
        vectorizer().fit(["", "a !"])
    with pytest.warns(UserWarning, match=r"^2 of 2 texts hold no known word") as caught:
        assert vectorizer(vectors=given()).fit_transform(["", "a !"]).tolist() == [[0] * 3] * 2
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=r"^1 of 3 texts hold no known word \(the first is X\[1\]\)") as caught:
        vectorizer(vectors=given()).fit(["great", "unknown", "film"])
    assert [each.filename for each in caught] == [__file__]


@pytest.mark.parametrize("options", [{"weighting": "max"}, {"smoothing": 0}, {"vectors": 5}, {"min_count": 99}])
def test_a_fit_that_fails_trains_nothing_and_changes_nothing(monkeypatch, options):
    fitted, fresh = vectorizer().fit(TEXTS), vectorizer(**options)
    before = fitted.transform(TEXTS)
    if "min_count" not in options:
        monkeypatch.delattr("word2vec.documents.estimator.train")
    for one in (fitted.set_params(**options), fresh):
        with pytest.raises((ValueError, TypeError), match=r"weighting|smoothing|vectors|min_count"):
            one.fit(TEXTS[:9])
    np.testing.assert_array_equal(fitted.transform(TEXTS), before)
    with pytest.raises(NotFittedError):
        fresh.transform(TEXTS)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "9"])
def test_a_largest_size_that_makes_no_sense(wrong):
    with pytest.raises(
        (TypeError, ValueError), match=f"^max_features is {wrong!r}: expected (a whole number|at least 1)$"
    ):
        vectorizer(max_features=wrong).fit(TEXTS)


def test_as_html_words_are_no_markup():
    vectors = WordVectors(["<hostile>", "film"], np.eye(2))
    for one in (vectorizer(vectors=vectors), make_pipeline(vectorizer(vectors=vectors), LogisticRegression())):
        shown = one._repr_html_()
        assert "&lt;hostile&gt;" in shown
        assert "<hostile>" not in shown


class TableOfPolars(list):
    shape = (3, 1)  # its items are its columns, and it has no ndim


@pytest.mark.parametrize("X", [np.array([["a text"]]), np.array("a text"), TableOfPolars([["a text"]])])
def test_texts_in_two_dimensions_or_none(X):
    message = re.escape(f"X has the shape {X.shape}: expected texts in one dimension")
    with pytest.raises(ValueError, match=f"^{message}.* name that column as 'text', not \\['text'\\]$"):
        vectorizer().fit(X)


@pytest.mark.parametrize(
    ("text", "shown"), [(None, r"None \(NoneType\)"), (np.nan, r"nan \(float\)"), (5, r"5 \(int\)")]
)
def test_what_is_no_text(text, shown):
    with pytest.raises(TypeError, match=rf"^X\[1\] is {shown}: expected a text; replace a missing one by ''"):
        vectorizer().fit(["great", text])
    with pytest.raises(TypeError, match=rf"^X\[1\] is {shown}"):
        vectorizer(tokenizer=str.split).fit(["great", text])


def test_paths_are_no_texts_unless_they_are_to_be_read(tmp_path):
    with pytest.raises(TypeError, match=r"^X\[0\] is .*Path\): expected a text; .* input='filename' for paths$"):
        vectorizer().fit([tmp_path / "a.txt"])


def test_no_text():
    with pytest.raises(ValueError, match=r"^X holds no text: expected at least one$"):
        vectorizer().fit([])
    assert vectorizer().fit(TEXTS).transform([]).shape == (0, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_count": 50}, "no word occurs min_count=50 times"),
        ({"dim": 0}, "dim is 0: expected at least 1"),
        (
            {"loss": "hinge"},
            "loss is 'hinge': expected one of negative-sampling, hierarchical-softmax, naive-softmax",
        ),
        ({"descent": DescentOptions(end_rate=0.5)}, r"end_rate is 0\.5: expected 0 to learning_rate"),
        ({"weighting": "max"}, "the weighting is 'max'"),
        ({"smoothing": 0, "weighting": "sif"}, "smoothing is 0"),
        ({"stop_words": "klingon"}, "not a built-in stop list"),
        ({"strip_accents": "all"}, "Invalid value for .strip_accents."),
        ({"input": "path"}, "input is 'path': expected one of content, filename, file"),
        ({"decode_error": "skip"}, "decode_error is 'skip': expected one of strict, ignore, replace"),
        ({"analyzer": "char"}, "analyzer is 'char': expected 'word' or a function; vectors are of words"),
        (
            {"analyzer": str.split, "stop_words": "english", "tokenizer": str.split},
            "analyzer is a function, which tokenizer and stop_words would miss: leave it out",
        ),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_fit(options, message):
    made = vectorizer(**options)
    with pytest.raises(ValueError, match=message):
        made.fit(TEXTS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (iter(["film"]), "stop_words is read for each call, an iterator only once: pass a list"),
        ({"film": 3}, "stop_words: a dict, whose values would be ignored"),
        ([b"film"], r"stop_words: b'film' is no word: expected strings; decode it"),
        (b"film", r"stop_words: b'film' is one word"),
        ([["film"]], r"stop_words: \['film'\] is no word"),
    ],
)
def test_stop_words_are_words(words, message):
    with pytest.raises(TypeError, match=message):
        vectorizer(stop_words=words).fit(TEXTS)


def test_stop_words_may_be_a_set():
    words = vectorizer(stop_words={"and", "cast"}).fit(TEXTS).vectors_.words
    assert words == vectorizer(stop_words=["and", "cast"]).fit(TEXTS).vectors_.words
    assert not {"and", "cast"} & {*words}


def test_an_analyzer_that_makes_no_list():
    with pytest.raises(TypeError, match=r"^the analyzer returned 'a great film' for 'A great film': expected a list"):
        vectorizer(analyzer=str.lower).fit(TEXTS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ngram_range", "vectors are of single words; let the tokenizer join phrases"),
        ("min_df", "use min_count, the least number of occurrences in all texts"),
        ("vocabulary", "pass vectors=, whose words are the vocabulary"),
        ("vector_size", "it is called dim here"),
        ("seed", "it is called random_state here"),
        ("sg", "leave it out for 1"),
        ("dm", "pass method='pv-dm' for 1"),
        ("hs", "leave it out for 0"),
    ],
)
def test_what_others_call_otherwise_is_named(name, message):
    with pytest.raises(TypeError, match=rf"^Word2VecVectorizer\(\) has no argument '{name}': {message}"):
        Word2VecVectorizer(**{name: 1})
    with pytest.raises(ValueError, match=f"^Invalid parameter '{name}' for Word2VecVectorizer: {message}"):
        vectorizer().set_params(**{name: 1})
    with pytest.raises(TypeError, match=r"has no argument 'dims': did you mean dim\?$"):
        Word2VecVectorizer(dims=3)


@pytest.mark.skipif(os.name != "posix", reason="sends itself a signal")
def test_ctrl_c_stops_fit():
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.warns(UserWarning, match="a signal stopped training"), pytest.raises(KeyboardInterrupt):
        vectorizer(epochs=1_000_000).fit(TEXTS * 20)
    timer.cancel()


# what an import loads


def test_importing_word2vec_does_not_load_scikit_learn():
    code = "import sys, word2vec; word2vec.documents.distance.word_movers_distance  # as messages write it\n"
    code += "print({'sklearn', 'scipy', 'joblib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_the_package_exports_the_estimator_and_nothing_else():
    assert documents.Word2VecVectorizer is estimator.Word2VecVectorizer
    with pytest.raises(AttributeError, match=r"^module 'word2vec\.documents' has no attribute 'Vectorizer'$"):
        documents.Vectorizer  # noqa: B018


@pytest.mark.parametrize("text", [["great", "film"], ("great",), np.array(["great"])])
def test_lists_of_words_in_place_of_texts(text):
    with pytest.raises(TypeError, match=r"^X\[1\] is .*: expected a text; .*, pass analyzer=list for lists"):
        vectorizer(vectors=given()).fit(["great", text])
    assert vectorizer(vectors=given(), analyzer=list).fit_transform([text])[0].any()


def test_a_set_of_texts_has_no_order():
    with pytest.raises(TypeError, match=r"^X is a set, which has no order: pass a list$"):
        vectorizer(vectors=given()).fit({"great", "bad"})


def test_the_text_of_a_bad_byte_is_named():
    with pytest.raises(UnicodeDecodeError, match=r", in X\[1\]; expected utf-8: pass encoding=, or decode_error="):
        vectorizer(vectors=given()).fit([b"great", b"b\xffd"])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"preprocessor": 3}, TypeError, "preprocessor is 3: expected a function, or None"),
        ({"tokenizer": "words"}, TypeError, "tokenizer is 'words': expected a function, or None"),
        ({"token_pattern": None}, TypeError, "token_pattern is None: expected a regular expression, or a tokenizer"),
        ({"token_pattern": "("}, ValueError, r"token_pattern is '\(': expected a regular expression \(missing \)"),
        ({"encoding": 5}, TypeError, "encoding is 5: expected the name of an encoding"),
        ({"n_jobs": "2"}, TypeError, "n_jobs is '2': expected a whole number, or None for 1"),
    ],
)
def test_parameters_of_other_kinds(options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        vectorizer(**options).fit(TEXTS)


def test_a_number_is_no_path():
    with pytest.raises(TypeError, match=r"^X\[0\] is 5: expected the path of a file, since input='filename'$"):
        vectorizer(vectors=given(), input="filename").fit([5])


# documents with vectors of their own


TOPICS = [
    f"{a} and {b}" for a, b in [("coffee", "milk"), ("tea", "lemon"), ("milk", "coffee"), ("lemon", "tea")] * 40
]
DRINKS = ["coffee", "tea"] * 80


def pv(**options):
    return Word2VecVectorizer(
        **{"method": "pv-dbow", "dim": 6, "sample": 0, "epochs": 8, "random_state": 0} | options
    )


@pytest.mark.parametrize("method", ["pv-dbow", "pv-dm"])
def test_texts_are_inferred_in_fit_as_in_transform(method):
    model = pv(method=method)
    found = model.fit_transform(TOPICS)
    np.testing.assert_array_equal(model.transform(TOPICS), found)
    np.testing.assert_array_equal(model.transform(TOPICS[3:5]), found[3:5])
    np.testing.assert_array_equal(clone(model).fit(TOPICS).transform(TOPICS), found)
    np.testing.assert_array_equal(pv(method=method, vectors=model.vectors_).fit_transform(TOPICS), found)
    assert model.vectors_.documents.shape == (160, 6)
    assert model.weighting_ is None
    assert len(model.get_feature_names_out()) == 6


def test_a_grid_may_choose_the_method_and_options_of_its_model():
    model = pv(model=PvDbow(words=True))
    assert model.get_params()["model__words"]
    assert model.set_params(model__words=False).model == PvDbow()
    assert "model__mean" in pv(method="pv-dm").get_params()
    pipeline = make_pipeline(pv(), LogisticRegression(C=100))
    grid = {"word2vecvectorizer__method": ["mean", "pv-dbow", "pv-dm"]}
    assert GridSearchCV(pipeline, grid, cv=2).fit(TOPICS, DRINKS).best_score_ > 0.9


@pytest.mark.parametrize(("method", "other"), [("mean", "pv-dbow"), ("pv-dbow", "mean")])
def test_another_method_has_an_effect_from_the_next_fit_on(method, other):
    model = Word2VecVectorizer(method=method, dim=4, sample=0, min_count=1, random_state=0)
    before = model.fit_transform(TEXTS)
    assert (model.set_params(method=other).transform(TEXTS) == before).all()


def test_words_can_be_composed_of_n_grams():
    model = clone(Word2VecVectorizer(dim=6, sample=0, random_state=0, ngrams=(2, 3)))
    assert model.get_params()["ngrams"] == (2, 3)
    assert model.fit(TOPICS).vectors_["teas"].shape == (6,)
    with pytest.raises(ValueError, match="the model 'pv-dbow' trains none by itself"):
        pv(ngrams=(2, 3)).fit(TOPICS)
    assert pv(method="pv-dm", ngrams=(2, 3)).fit_transform(TOPICS).shape == (160, 6)


@pytest.mark.parametrize("given", [False, True])
def test_words_that_were_not_seen_count_where_ngrams_compose_them(given):
    model = Word2VecVectorizer(dim=6, sample=0, random_state=0, ngrams=(2, 3), token_pattern=r"\S+").fit(TOPICS)
    if given:
        model = Word2VecVectorizer(vectors=model.vectors_, token_pattern=r"\S+").fit(TOPICS)
    assert "teas" not in model.vectors_
    with pytest.warns(UserWarning, match=r"^2 of 4 texts hold no known word \(the first is X\[1\]\)"):
        found = model.transform(["teas", "", "teas tea", "Ω"])
    np.testing.assert_array_equal(found[0], model.vectors_["teas"])
    np.testing.assert_allclose(found[2], model.vectors_[["teas", "tea"]].mean(axis=0), rtol=1e-6)
    assert not found[[1, 3]].any()


def test_methods_and_models_have_to_fit():
    with pytest.raises(ValueError, match="method is 'sum': expected one of mean, pv-dbow, pv-dm"):
        pv(method="sum").fit(TOPICS)
    with pytest.raises(ValueError, match="method is 'pv-dbow', model 'cbow': expected the same; leave model out"):
        pv(model="cbow").fit(TOPICS)
    vectors = pv().fit(TOPICS).vectors_
    with pytest.raises(ValueError, match="method is 'pv-dm', vectors are of 'pv-dbow': expected the same"):
        pv(method="pv-dm", vectors=vectors).fit(TOPICS)
    with pytest.warns(UserWarning, match="1 of 2 texts hold no known word"):
        assert not pv(vectors=vectors).fit(TOPICS).transform(["nothing known", "tea"])[0].any()


def test_a_column_of_pyarrow_says_what_to_pass():
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"^X\[0\] is .*: expected a text; of a column of pyarrow pass \.to_pylist"):
        Word2VecVectorizer().fit(arrow.array(["a b"] * 9))


def test_what_train_advises_has_the_names_of_the_parameters(monkeypatch):
    texts = ["black coffee", "green tea"] * 9
    with pytest.raises(ValueError, match=r"max_features left out .*raise `max_features`, or pass more text"):
        Word2VecVectorizer(max_features=1, sample=0).fit(texts)
    monkeypatch.setattr("word2vec.runtime.memory.available_memory", lambda: 100_000)
    with pytest.raises(MemoryError, match="no max_features alone would fit"):
        Word2VecVectorizer(dim=10_000, window=1).fit([" ".join(f"word{i}" for i in range(99))] * 9)
