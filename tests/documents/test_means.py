"""word2vec/documents/means.py against the formulas of its head, written out as loops."""

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec.documents.means import Weighting, count_words, document_vectors, learn_weighting, principal_direction
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

TRAINING = [["tea", "tea", "milk"], ["tea", "sugar"], [], ["milk", "unknown", "milk"], ["tea", "rare", "other"]]
OTHERS = [["sugar"], ["nothing", "known"], [], ["rare", "tea", "rare", "nothing"], ["milk"] * 5]
WORDS = ["tea", "milk", "sugar", "rare", "never"]
KINDS = ["mean", "tfidf", "sif"]


def make_vectors(D=3, dtype=np.float64, counts=None):
    return WordVectors(WORDS, np.random.default_rng(4).standard_normal((5, D)).astype(dtype), counts=counts)


def subwords(D=3, dtype=np.float64):
    rows = np.random.default_rng(5).standard_normal((50, D)).astype(dtype)
    return Subwords(2, 3, 50, np.arange(50), rows)


def embedded(vectors, documents, kind, training=TRAINING, **options):
    weighting = learn_weighting(count_words(training, vectors), kind, **options)
    return document_vectors(count_words(documents, vectors), weighting)


def by_loops(vectors, documents, weight, by_weight):
    """Σ n·g·v / Σ n·g, or / Σ n, word by word."""
    rows = []
    for document in documents:
        known = [word for word in document if vectors.get(word) is not None]
        total = sum(weight(word) for word in known) if by_weight else len(known)
        rows.append(sum((weight(word) * vectors[word] for word in known), np.zeros(3)) / (total or 1))
    return np.array(rows)


def idf(word):
    return math.log((1 + len(TRAINING)) / (1 + sum(word in document for document in TRAINING))) + 1


def test_mean():
    vectors = make_vectors()
    truth = by_loops(vectors, OTHERS, lambda word: 1.0, True)
    np.testing.assert_allclose(embedded(vectors, OTHERS, "mean"), truth, rtol=1e-15, atol=1e-16)
    np.testing.assert_array_equal(truth[0], vectors["sugar"])


def test_tfidf_is_scikit_learns():
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = make_vectors()
    tfidf = TfidfVectorizer(analyzer=list, norm=None, vocabulary=WORDS).fit(TRAINING).transform(OTHERS).toarray()
    truth = tfidf @ vectors.matrix / np.maximum(tfidf.sum(axis=1), 1e-300)[:, None]
    np.testing.assert_allclose(embedded(vectors, OTHERS, "tfidf"), truth, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("a", [1e-3, 0.5])
@pytest.mark.parametrize("counts", [None, [50, 30, 15, 4, 1]])
def test_sif(a, counts):
    vectors = make_vectors(counts=None if counts is None else np.array(counts))
    seen = Counter(word for document in TRAINING for word in document if word in vectors)
    seen = seen if counts is None else dict(zip(WORDS, counts, strict=True))
    weight = {word: a / (a + seen.get(word, 0) / sum(seen.values())) for word in WORDS}
    before = by_loops(vectors, TRAINING, weight.get, False)
    c = np.linalg.svd(before)[2][0]
    truth = by_loops(vectors, OTHERS, weight.get, False)
    truth -= np.outer(truth @ c, c)
    found = embedded(vectors, OTHERS, "sif", smoothing=a)
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-14 * abs(truth).max())
    assert abs(truth).max() > 1e-4
    np.testing.assert_allclose(found @ c, 0, atol=1e-14 * abs(truth).max())


@pytest.mark.parametrize("suffix", [".npz", ".bin", ".tsv", ".txt", ".csv"])
@pytest.mark.parametrize("settings", [{}, {"dim": 3}])
def test_sif_of_some_words_counts_all_words_of_the_file(tmp_path, suffix, settings):
    vectors = WordVectors(WORDS, make_vectors().matrix, counts=np.array([50, 30, 15, 4, 1]), settings=settings)
    path, more = tmp_path / f"vectors{suffix}", {}
    if suffix == ".csv":
        rows = zip(WORDS, vectors.counts, vectors.matrix.tolist(), strict=True)
        path.write_text("word,count,x,y,z\n" + "".join(f"{w},{n},{','.join(map(str, row))}\n" for w, n, row in rows))
    else:
        vectors.save(path, "fasttext" if suffix == ".bin" else None)
    if suffix == ".txt":
        more["counts"] = tmp_path / "counts"
        more["counts"].write_text("tea 50\nmilk 30\nsugar 15\nrare 4\nnever 1\n")
    first, some = WordVectors.load(path, limit=3, **more), WordVectors.load(path, only=["rare", "milk"], **more)
    if suffix in (".npz", ".bin"):  # the others have no place for the sum
        first.save(path, "fasttext" if suffix == ".bin" else None)
        first = WordVectors.load(path)
        some.save(path, "fasttext" if suffix == ".bin" else None)
        some = WordVectors.load(path, limit=1)  # a part of a part
    whole = learn_weighting(count_words([["tea"]], vectors), "sif").weights
    for part in (first, some):
        found = learn_weighting(count_words([["tea"]], part), "sif").weights
        assert found.tolist() == [whole[WORDS.index(word)] for word in part.words]
    assert WordVectors.load(path, **more).settings.get("all_counts") == (100 if suffix in (".npz", ".bin") else None)


def test_sif_by_a_file_of_counts_takes_its_sum(tmp_path):
    """Not that of the file of vectors, whose counts are of another text."""
    vectors = WordVectors(WORDS, make_vectors().matrix, counts=np.array([50, 30, 15, 4, 1]))
    vectors.save(tmp_path / "vectors.npz")
    WordVectors.load(tmp_path / "vectors.npz", limit=3).save(tmp_path / "part.npz")
    (tmp_path / "counts").write_text("tea 5\nmilk 4\nsugar 3\n")
    part = WordVectors.load(tmp_path / "part.npz", counts=tmp_path / "counts")
    np.testing.assert_allclose(
        learn_weighting(count_words([["tea"]], part), "sif").weights[0], 1e-3 / (1e-3 + 5 / 12)
    )
    (tmp_path / "counts").write_text("tea 5\nmilk 4\nsugar 3\nrum 8\n")
    assert WordVectors.load(tmp_path / "part.npz", counts=tmp_path / "counts").settings["all_counts"] == 20


@pytest.mark.parametrize("kind", ["mean", "tfidf", "sif"])
def test_numpy_may_be_set_to_raise(kind):
    vectors = WordVectors(["a", "b"], np.eye(2))
    with np.errstate(all="raise"):
        bag = count_words([["a"], ["a", "b"], ["c"]], vectors)
        assert document_vectors(bag, learn_weighting(bag, kind)).shape == (3, 2)


def test_the_usual_smoothing_is_a_thousandth():
    vectors = make_vectors()
    np.testing.assert_array_equal(embedded(vectors, OTHERS, "sif"), embedded(vectors, OTHERS, "sif", smoothing=1e-3))


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_without_a_known_word_is_zero(kind):
    found = embedded(make_vectors(), OTHERS, kind)
    assert (found == 0).all(axis=1).tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("counts", [None, [50, 30, 15, 4, 1]])
@pytest.mark.parametrize("kind", KINDS)
def test_words_that_ngrams_compose_count_like_the_others(kind, counts):
    """Also those of the training documents, and those that no document had; "</s>" alone has no n-gram."""
    counts = None if counts is None else np.array(counts)
    vectors = WordVectors(WORDS, make_vectors().matrix, counts=counts, subwords=subwords())
    documents = [*OTHERS, ["unknown", "tea"], ["teas", "teas", "unknown", "milk"], ["</s>"], ["</s>", "other"]]
    seen = Counter(word for document in TRAINING for word in document)
    seen = seen if counts is None else Counter(dict(zip(WORDS, counts.tolist(), strict=True)))

    def sif(word):
        return 1 / (1 + 1e3 * seen[word] / seen.total())

    weight = {"mean": lambda _: 1.0, "tfidf": idf, "sif": sif}[kind]
    truth = by_loops(vectors, documents, weight, kind != "sif")
    if kind == "sif":
        c = np.linalg.svd(by_loops(vectors, TRAINING, weight, False))[2][0]
        truth -= np.outer(truth @ c, c)
    np.testing.assert_allclose(embedded(vectors, documents, kind), truth, rtol=0, atol=1e-14)
    assert (truth == 0).all(axis=1).tolist() == [False, False, True, False, False, False, False, True, False]
    bag = count_words(documents, vectors)
    assert bag.names.tolist() == ["tea", "milk", "sugar", "rare", "known", "nothing", "other", "teas", "unknown"]
    assert bag.coverage == 19 / 21


@pytest.mark.parametrize("composed", [None, subwords(130, np.float32)])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_documents_vector_depends_on_no_other_document(kind, dtype, composed):
    """To the bit, for more dimensions than are computed at a time, and more documents than are read at a time."""
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((300, 130)).astype(dtype)
    vectors = WordVectors([f"w{i}" for i in range(300)], matrix, subwords=composed)
    documents = [[f"w{i}" for i in rng.integers(0, 320, n)] for n in rng.integers(0, 40, 1100)]
    weighting = learn_weighting(count_words(documents, vectors), kind)
    together = document_vectors(count_words(documents, vectors), weighting)
    assert together.dtype == np.float64
    some = [*range(40), *range(1020, 1030)]
    alone = [document_vectors(count_words([documents[i]], vectors), weighting)[0] for i in some]
    np.testing.assert_array_equal(together[some], alone)
    backwards = document_vectors(count_words(documents[::-1], vectors), weighting)
    np.testing.assert_array_equal(together, backwards[::-1])
    if kind == "mean":
        known = [vectors[w].astype(np.float64) for w in documents[1050] if vectors.get(w) is not None]
        np.testing.assert_allclose(together[1050], np.mean(known, axis=0), rtol=0, atol=1e-15 * 4)


def test_what_a_bag_holds():
    bag = count_words(TRAINING, make_vectors())
    assert bag.rows.tolist() == [0, 1, 2, 3]
    assert bag.counts.toarray().tolist() == [[2, 1, 0, 0], [1, 0, 1, 0], [0] * 4, [0, 2, 0, 0], [1, 0, 0, 1]]
    assert bag.words.tolist() == [3, 2, 0, 3, 3]
    assert bag.coverage == 9 / 11


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("documents", [[], [[], []], [["nothing"]]])
def test_nothing_known_at_all(kind, documents):
    vectors = make_vectors()
    found = embedded(vectors, documents, kind, training=documents)
    np.testing.assert_array_equal(found, np.zeros((len(documents), 3)))
    share = 0 if documents and documents[0] else np.nan
    np.testing.assert_equal(count_words(documents, vectors).coverage, share)


def test_counts_that_are_all_zero_weigh_every_word_alike():
    weighting = learn_weighting(count_words(TRAINING, make_vectors(counts=np.zeros(5, np.int64))), "sif")
    np.testing.assert_array_equal(weighting.weights, np.ones(5))


def test_the_principal_direction_is_not_centred():
    X = np.array([[5.0, 0.1], [5.0, -0.1], [5.0, 0.3]])
    c = principal_direction(X)
    np.testing.assert_allclose(abs(c), abs(np.linalg.svd(X)[2][0]), rtol=1e-12)
    assert abs(c[0]) > 0.99
    assert principal_direction(np.zeros((3, 2))).tolist() == [0, 0]


def test_vectors_are_left_alone():
    vectors = make_vectors()
    vectors.matrix.flags.writeable = False
    before = vectors.matrix.copy()
    for kind in KINDS:
        embedded(vectors, OTHERS, kind)
    np.testing.assert_array_equal(vectors.matrix, before)


def test_a_weighting_can_be_made_by_hand():
    vectors = make_vectors()
    twice = Weighting("mean", np.array([2.0, 1, 1, 1, 1]))
    found = document_vectors(count_words([["tea", "milk"]], vectors), twice)
    np.testing.assert_allclose(found[0], (2 * vectors["tea"] + vectors["milk"]) / 3, rtol=1e-15)


# errors


def test_a_weighting_belongs_to_the_vectors_that_it_was_learned_with():
    weighting = learn_weighting(count_words(TRAINING, make_vectors()), "tfidf")
    other = WordVectors(["tea", "milk"], np.eye(2))
    with pytest.raises(ValueError, match="vectors of 5 words, the bag of 2: expected the same vectors"):
        document_vectors(count_words([["tea"]], other), weighting)


def test_what_is_no_bag_or_no_weighting_is_named():
    vectors = make_vectors()
    bag = count_words(TRAINING, vectors)
    for other in (vectors, TRAINING, None):
        with pytest.raises(TypeError, match=r"^bag is .*: expected what count_words\(documents, vectors\) returns$"):
            learn_weighting(other, "sif")
        with pytest.raises(TypeError, match=r"^bag is "):
            document_vectors(other, learn_weighting(bag))
    with pytest.raises(TypeError, match=r"^weighting is 'tfidf': expected what learn_weighting\(bag\) returns$"):
        document_vectors(bag, "tfidf")


def test_an_unknown_kind_of_weighting():
    with pytest.raises(ValueError, match=r"^the weighting is 'max': expected one of mean, tfidf, sif$"):
        learn_weighting(count_words(TRAINING, make_vectors()), "max")


@pytest.mark.parametrize("a", [0, -1.0, math.inf, math.nan])
def test_a_smoothing_that_is_not_positive(a):
    with pytest.raises(ValueError, match=r"^smoothing is .*: expected a positive number, commonly 1e-4 to 1e-3$"):
        learn_weighting(count_words(TRAINING, make_vectors()), "sif", smoothing=a)


def test_a_document_that_is_a_string():
    with pytest.raises(TypeError, match=r"^document 2 is 'black tea' \(str\): .* for line in lines\]$"):
        count_words([["tea"], "black tea"], make_vectors())


def test_a_document_that_is_a_bag_already():
    """The counts would be ignored without a word."""
    with pytest.raises(TypeError, match=r"^document 1 is Counter\(.* \(Counter\): expected a list of words"):
        count_words([Counter({"tea": 3})], make_vectors())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_in_use_is_finite(kind, bad):
    matrix = np.ones((5, 3))
    matrix[1, 2] = bad
    vectors = WordVectors(WORDS, matrix)
    with pytest.raises(ValueError, match=r"^row 1 \('milk'\) of the matrix holds NaN or infinity"):
        embedded(vectors, [["tea"], ["tea", "milk"]], kind)
    unused = [["tea"], ["sugar", "tea"]]
    assert np.isfinite(embedded(vectors, unused, kind, training=unused)).all()
    matrix[1], ngrams = 1, Subwords(2, 3, 50, np.arange(50), np.full((50, 3), bad))
    with pytest.raises(ValueError, match=r"^row 0 \('other'\) of the n-grams' vectors holds NaN or infinity"):
        embedded(WordVectors(WORDS, matrix, subwords=ngrams), [["tea"], ["tea", "other"]], kind)


def test_sums_that_overflow():
    vectors = WordVectors(WORDS, np.full((5, 1), 1e308))
    message = "expected smaller numbers; scale the matrix, say by word2vec.normalize_rows$"
    with pytest.raises(ValueError, match=rf"^the vector of document 1 overflows: {message}"):
        embedded(vectors, [["tea"], ["tea", "milk"]], "mean")
    with pytest.raises(ValueError, match=rf"^the squares of the documents' vectors overflow: {message}"):
        learn_weighting(count_words([["tea"]], vectors), "sif")


def test_smoothing_of_another_kind():
    with pytest.raises(TypeError, match=r"^smoothing is '1': expected a positive number"):
        learn_weighting(count_words(TRAINING, make_vectors()), "sif", smoothing="1")


def test_what_is_no_list_of_documents():
    with pytest.raises(TypeError, match=r"^documents is None: expected lists of words"):
        count_words(None, make_vectors())
    with pytest.raises(TypeError, match=r"^vectors is .*: expected WordVectors"):
        count_words([["tea"]], [["tea"]])
    model = SimpleNamespace(wv=SimpleNamespace(index_to_key=["tea"]))
    with pytest.raises(TypeError, match=r"pass WordVectors\(model.wv.index_to_key, model.wv.vectors\)$"):
        count_words([["tea"]], model)


def test_a_file_is_no_list_of_documents(tmp_path):
    """Its lines are no words: nothing of it was known, and nothing was said."""
    (tmp_path / "texts.txt").write_text("tea milk\n", encoding="utf-8")
    with (
        open(tmp_path / "texts.txt", encoding="utf-8") as file,
        pytest.raises(TypeError, match=r"^document 1 is 'tea milk\\n' \(str\): expected a list of words"),
    ):
        count_words(file, make_vectors())


@pytest.mark.parametrize("kind", [set, dict.fromkeys, lambda texts: dict.fromkeys(texts).keys()])
def test_documents_may_be_any_collection(kind):
    assert count_words(kind([("tea", "milk")]), make_vectors()).counts.toarray().tolist() == [[1, 1]]


def test_documents_may_be_a_bag_of_dask():
    bag = pytest.importorskip("dask.bag").from_sequence([["tea"], ["milk", "tea"]])
    expected = count_words([*bag], make_vectors()).counts
    assert (count_words(bag, make_vectors()).counts != expected).nnz == 0
