"""word2vec/vectors/queries.py: what a user may give, and what is made of it."""

import numpy as np
import pytest

from word2vec.vectors.queries import Reader, as_array, beside, listed, means, product_terms

UNITS = np.eye(4)[:3]
TEA, MILK = 0, 1


@pytest.fixture
def reader():
    return Reader(["tea", "milk", "rain"].index, 4)


@pytest.mark.parametrize(
    "given", [["tea", "milk"], ("tea", "milk"), np.array(["tea", "milk"]), iter(["tea", "milk"])]
)
def test_any_list_of_words(reader, given):
    assert reader.query(given, ()).positive == [(TEA, None), (MILK, None)]


def test_an_array_of_objects_is_a_list(reader):
    assert reader.query(np.array(["tea", "milk"], object), ()).positive == [(TEA, None), (MILK, None)]


def test_words_weights_and_vectors(reader):
    query = reader.query([("tea", 2), np.array([1, 2, 3, 4])], ("milk", -0.5))
    assert query.positive[0] == (TEA, 2.0)
    assert query.positive[1][0].tolist() == [1, 2, 3, 4]
    assert query.negative == [(MILK, -0.5)]
    assert query.rows() == [TEA, MILK]


def test_a_pair_is_positive_and_negative(reader):
    one, pair, weighted = reader.queries(["tea", ("tea", ["milk"]), ("tea", 0.5)])
    assert (one.positive, one.negative) == ([(TEA, None)], [])
    assert (pair.positive, pair.negative) == ([(TEA, None)], [(MILK, None)])
    assert (weighted.positive, weighted.negative) == ([(TEA, 0.5)], [])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("tea", r"queries is the word 'tea': expected a list of queries, say \['tea'\]"),
        (5, r"queries is 5: expected a list of queries, say \[5\]"),
        ([5], "5 is neither a word nor a vector"),
    ],
)
def test_what_is_no_list_of_queries(reader, given, message):
    with pytest.raises(TypeError, match=message):
        reader.queries(given)


def test_the_mean_is_divided_by_the_sum_of_the_weights(reader):
    query = reader.query(["tea", np.array([0, 0, 0, 3.0])], [("milk", 2)])
    np.testing.assert_allclose(means([query], UNITS.__getitem__, 4), [[0.25, 0.5, 0, 0.75]], rtol=1e-15)


def test_terms_of_products_are_shared(reader):
    terms = product_terms(reader.queries([(["tea", "milk"], "rain"), ("tea", "milk")]), UNITS.__getitem__, 4)
    assert terms.vectors.tolist() == UNITS.tolist()
    assert terms.positive.tolist() == [[0, 1], [0, -1]]
    assert terms.negative.tolist() == [[2], [1]]


# words and numbers


def test_a_list_of_words_is_one_and_a_word_is_none():
    assert [type(word) for word in listed(np.array(["a"]), "words")] == [str]
    assert listed(iter("ab"), "words") == ["a", "b"]
    with pytest.raises(TypeError, match=r"words: 'abc' is one word, expected a list of words, say \['abc'\]"):
        listed("abc", "words")


def test_an_array_is_taken_as_it_is(tmp_path):
    np.save(tmp_path / "m.npy", UNITS)
    for array in (UNITS, UNITS.astype(">f4"), np.load(tmp_path / "m.npy", mmap_mode="r")):
        assert as_array(array, "matrix") is array
    assert type(as_array(np.ma.array(UNITS), "matrix")) is np.ndarray
    assert as_array([[1, 2]], "matrix").tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", ["c8", "O", "U3", "?"])
def test_what_is_no_real_number(dtype):
    with pytest.raises(TypeError, match=r"matrix is of .*: expected floating-point numbers"):
        as_array(np.ones((2, 2)).astype(dtype), "matrix")


def test_what_belongs_to_the_words():
    assert beside(None, "counts", (2,)) is None
    assert beside([3, 1], "counts", (2,)).tolist() == [3, 1]
    with pytest.raises(TypeError, match=r"counts is of float64: expected whole numbers"):
        beside([3.5, 1], "counts", (2,))
    with pytest.raises(ValueError, match=r"counts has the shape \(1,\): expected \(2,\), as there are 2 words"):
        beside([3], "counts", (2,))
