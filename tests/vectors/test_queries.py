"""word2vec/vectors/queries.py: what a user may give, and what is made of it."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec.vectors.queries import Reader, as_array, beside, means, product_terms

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


@pytest.mark.parametrize(
    "given", [np.array("tea"), np.str_("tea"), np.array(["tea"], np.dtypes.StringDType()), np.array("tea", object)]
)
def test_numpys_strings_are_words(reader, given):
    assert reader.query(given, ()).positive == [(TEA, None)]


def test_the_order_of_a_set_does_not_matter(reader):
    """Sums in another order would be other bits."""
    words = {"tea", "milk", ("rain", 0.1)}
    assert [term for term, _ in reader.query(words, ()).positive] == [MILK, TEA, 2]
    assert [term for term, _ in reader.query({"tea": 1, "milk": 2}.keys(), ()).positive] == [TEA, MILK]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tea": 2.0}, r" is a dict, whose values would be ignored: .*; list\(….items\(\)\) are words with weights"),
        (b"tea", r": b'tea' is neither a word nor a vector: .*; decode it: b'tea'\.decode\(\)$"),
        (bytearray(b"tea"), r": bytearray\(b'tea'\) is neither a word nor a vector: .*; decode it: bytearray"),
        (np.array([b"tea"]), r": b'tea' is neither a word nor a vector: .*; decode it: b'tea'\.decode\(\)$"),
        (True, r": True is neither a word nor a vector: expected a string, an array, or a list of them;"),
        (["tea", None], r": None is neither a word nor a vector"),
        ([("tea", "milk")], r": \('tea', 'milk'\) is neither a word nor a vector"),
        ([["x" * 100]], r": \['x{58} is neither a word nor a vector"),
    ],
)
def test_the_argument_is_named(reader, given, message):
    with pytest.raises(TypeError, match=f"^positive{message}"):
        reader.query(given, ())
    with pytest.raises(TypeError, match=f"^negative{message}"):
        reader.query("tea", given)


def test_a_data_frame_is_no_list(reader):
    frame = pytest.importorskip("pandas").DataFrame({"tea": [1.0], "milk": [2.0]})
    with pytest.raises(TypeError, match=r"positive is a DataFrame, of which only the columns' names would be read"):
        reader.query(frame, ())
    assert reader.query(frame.columns, ()).positive == [(TEA, None), (MILK, None)]


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
        ("tea", r"queries is 'tea': expected a list of queries, say \['tea'\]"),
        (5, r"queries is 5: expected a list of queries, say \[5\]"),
        (b"tea", r"queries is b'tea': expected a list of queries, say \[b'tea'\]"),
        ({"tea": 1}, r"queries is a dict, whose values would be ignored: pass list\(…\) of it to mean its keys"),
        ({"tea", "milk"}, r"queries is a set, which has no order: pass a list$"),
        ([5], "positive: 5 is neither a word nor a vector"),
        ([b"tea"], r"positive: b'tea' is neither a word nor a vector: .*, or a list of them; decode it: b'tea'\.dec"),
        ([("tea", [b"m"])], r"negative: b'm' is neither a word nor a vector"),
    ],
)
def test_what_is_no_list_of_queries(reader, given, message):
    with pytest.raises(TypeError, match=message):
        reader.queries(given)


def test_the_mean_is_divided_by_the_sum_of_the_weights(reader):
    query = reader.query(["tea", np.array([0, 0, 0, 3.0])], [("milk", 2)])
    np.testing.assert_allclose(means([query], UNITS.__getitem__, 4), [[0.25, 0.5, 0, 0.75]], rtol=1e-15)


def test_weights_of_zero_alone_make_a_vector_of_zeros(reader):
    assert means([reader.query(("tea", 0), ())], UNITS.__getitem__, 4).tolist() == [[0.0] * 4]


def test_terms_of_products_are_shared(reader):
    terms = product_terms(reader.queries([(["tea", "milk"], "rain"), ("tea", "milk")]), UNITS.__getitem__, 4)
    assert terms.vectors.tolist() == UNITS.tolist()
    assert terms.positive.tolist() == [[0, 1], [0, -1]]
    assert terms.negative.tolist() == [[2], [1]]


# words and numbers


def test_an_array_is_taken_as_it_is(tmp_path):
    np.save(tmp_path / "m.npy", UNITS)
    for array in (UNITS, UNITS.astype(">f4"), np.load(tmp_path / "m.npy", mmap_mode="r")):
        assert as_array(array, "matrix") is array
    assert type(as_array(np.ma.array(UNITS), "matrix")) is np.ndarray
    assert as_array([[1, 2]], "matrix").tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", ["c8", "O", "U3", "?"])
def test_what_is_no_real_number(dtype):
    with pytest.raises(TypeError, match=r"matrix is of .*: expected real numbers"):
        as_array(np.ones((2, 2)).astype(dtype), "matrix")


@pytest.mark.parametrize(
    ("given", "shown"), [(None, "a NoneType, as an array of object"), ({}, "a dict, as an array of object")]
)
def test_what_is_no_array(given, shown):
    with pytest.raises(TypeError, match=f"^matrix is {shown}: expected real numbers"):
        as_array(given, "matrix")


def test_columns_of_vectors():
    column = np.empty(2, object)
    column[:] = np.ones(3), np.ones(3)
    with pytest.raises(TypeError, match=r"^matrix is of object: .*; pass np\.stack\(column\) of a column"):
        as_array(column, "matrix")
    with pytest.raises(TypeError, match=r"expected real numbers; of a column of pyarrow pass \.to_pylist\(\)$"):
        as_array([SimpleNamespace(as_py=list)], "matrix")
    with pytest.raises(TypeError, match=r"^counts is of object: expected whole numbers$"):
        as_array(column, "counts")


def test_rows_of_several_lengths():
    with pytest.raises(ValueError, match=r"^matrix has rows of different lengths: expected as many numbers in each$"):
        as_array([[1.0], [2.0, 3.0]], "matrix")


def test_what_belongs_to_the_words():
    assert beside(None, "counts", (2,)) is None
    assert beside([3, 1], "counts", (2,)).tolist() == [3, 1]
    with pytest.raises(TypeError, match=r"counts is of float64: expected whole numbers"):
        beside([3.5, 1], "counts", (2,))
    message = r"counts is a Counter: expected an array, say \[counts\[word\] for word in words\]"
    with pytest.raises(TypeError, match=message):
        beside(Counter("ab"), "counts", (2,))
    with pytest.raises(ValueError, match=r"counts has the shape \(1,\): expected \(2,\), as words and matrix say"):
        beside([3], "counts", (2,))


@pytest.mark.parametrize("counts", [[3, -1], np.array([2**63, 1], np.uint64)])
def test_counts_that_no_text_has_or_int64_cannot_hold(counts):
    with pytest.raises(ValueError, match=r"^counts holds -?\d+ to \d+: expected numbers from 0 to 2\*\*63 - 1$"):
        beside(counts, "counts", (2,))
    with pytest.raises(TypeError, match=r"^counts is a list, as an array of bool: expected whole numbers$"):
        beside([True, False], "counts", (2,))
    assert beside(np.array([2**63 - 1, 0], np.uint64), "counts", (2,))[0] == 2**63 - 1


def test_vectors_lose_no_imaginary_part(reader):
    with pytest.raises(TypeError, match=r"^positive: a vector of complex128: expected real numbers$"):
        reader.query(np.full(4, 1j), ())
    with pytest.raises(TypeError, match=r"^negative: a vector of <U1: expected real numbers$"):
        reader.query("tea", [np.full(4, "1")])


def test_hidden_numbers_are_not_taken_as_they_are(reader):
    masked = np.ma.masked_greater(np.arange(4.0), 2)
    message = r"is a masked array: expected all its numbers; replace the hidden ones, say \.filled\(0\)$"
    with pytest.raises(TypeError, match=f"^positive: a vector {message}"):
        reader.query(masked, ())
    with pytest.raises(TypeError, match=f"^matrix {message}"):
        as_array(masked[None], "matrix")
    assert reader.query(masked.filled(0), ()).positive[0][0].tolist() == [0, 1, 2, 0]


def test_a_sparse_matrix_says_what_to_pass():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"^matrix is a sparse matrix \(csr_array\): pass its \.toarray\(\)$"):
        as_array(csr_array(np.eye(2)), "matrix")
