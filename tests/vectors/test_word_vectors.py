"""word2vec/vectors/word_vectors.py: asking for words and their neighbours."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from word2vec.vectors.alignment import rotation
from word2vec.vectors.history import History
from word2vec.vectors.spelling import UnknownWord
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

WORDS = ["king", "queen", "man", "woman", "tea", "coffee"]


@pytest.fixture
def matrix():
    return np.random.default_rng(3).normal(size=(6, 4))


@pytest.fixture
def vectors(matrix):
    return WordVectors(WORDS, matrix)


def neighbours_by_hand(words, matrix, word):
    """All other words by falling cosine, one pair after the other."""
    v = matrix[words.index(word)]
    cosine = {
        other: float(v @ row / (np.sqrt(v @ v) * np.sqrt(row @ row)))
        for other, row in zip(words, matrix, strict=True)
        if other != word
    }
    return sorted(cosine.items(), key=lambda item: -item[1])


# looking words up


def test_a_word_gives_its_row(vectors, matrix):
    for i, word in enumerate(WORDS):
        assert vectors.index(word) == i
        np.testing.assert_array_equal(vectors[word], matrix[i])


def test_length_membership_and_description(vectors):
    assert len(vectors) == 6
    assert "tea" in vectors
    assert "Tea" not in vectors
    assert repr(vectors) == "<WordVectors: 6 words × 4 dimensions, float64, 0.0 MB; king, queen, man, …>"


def test_the_description_says_what_is_known(matrix, tmp_path):
    words, counts = [f"w{i}" for i in range(2000)], np.arange(2000, 0, -1)
    np.save(tmp_path / "matrix.npy", np.ones((2000, 300), np.float32))
    for mapped in (
        np.load(tmp_path / "matrix.npy", mmap_mode="r"),
        np.load(tmp_path / "matrix.npy", mmap_mode="r")[:],
    ):
        vectors = WordVectors(words, mapped, outside=mapped, counts=counts, history=History(epochs=[3.0, 2.5]))
        assert repr(vectors) == (
            "<WordVectors: 2,000 words × 300 dimensions, float32, 2.4 MB mapped from a file; w0, w1, w2, …; "
            "counts 1 to 2,000; with outside vectors; loss 2.5000 in epoch 2>"
        )
        for copied in (pickle.loads(pickle.dumps(vectors)), copy.deepcopy(vectors)):
            assert "float32, 2.4 MB; w0" in repr(copied)
    assert repr(WordVectors(["a", "b", "c"], np.ones((3, 2)))).endswith("; a, b, c>")
    assert (
        repr(WordVectors([], np.ones((0, 2)), counts=counts[:0]))
        == "<WordVectors: 0 words × 2 dimensions, float64, 0.0 MB>"
    )


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_hold_nothing_that_is_kept_between_queries(matrix, copied):
    settings, words = {"loss": {"name": "naive-softmax"}}, [*"abcdef"]
    vectors = WordVectors(words, matrix, outside=matrix, settings=settings)
    asked = [lambda v: v.probability("a", "b"), lambda v: v.as_outside().most_similar("a")]
    asked += [lambda v: v.most_similar("a")]
    answers = [ask(vectors) for ask in asked]
    again = copied(vectors)
    assert vars(again).keys() == vars(WordVectors(words, matrix)).keys()
    assert [ask(again) for ask in asked] == answers == [ask(vectors) for ask in asked]


def test_a_list_of_words_gives_their_rows(vectors, matrix):
    np.testing.assert_array_equal(vectors[["tea", "king", "tea"]], matrix[[4, 0, 4]])
    np.testing.assert_array_equal(vectors["tea", "king"], matrix[[4, 0]])
    np.testing.assert_array_equal(vectors[np.array(["tea"])], matrix[[4]])
    assert vectors[[]].shape == (0, 4)


@pytest.mark.parametrize("ask", [lambda v: v[3], lambda v: v.index(3), lambda v: v.rank("tea", 3)])
def test_a_number_is_no_word(vectors, ask):
    for each in (vectors, with_ngrams()):
        with pytest.raises(
            TypeError, match=r"3 is no word: expected a string; row i of `matrix` is the vector of `words"
        ):
            ask(each)
    with pytest.raises(TypeError, match=r"^\['tea'\] is no word: expected a string"):
        vectors.index(["tea"])
    with pytest.raises(TypeError, match=r"the words: 3 is no word: expected strings$"):
        vectors[[3]]


@pytest.mark.parametrize(
    "ask", [lambda v: v[b"tea"], lambda v: v.index(b"tea"), lambda v: v.closer_than("tea", b"tea")]
)
def test_bytes_are_no_word(vectors, ask):
    with pytest.raises(TypeError, match=r"^b'tea' is no word: expected a string; decode it: b'tea'\.decode\(\)$"):
        ask(vectors)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"tea", "king"}, "a set, which has no order"),
        ({"tea": 1}, "a dict, whose values would be ignored"),
        ([["tea"]], r"\['tea'\] is no word"),
        ([b"tea"], r"b'tea' is no word: expected strings; decode it"),
    ],
)
def test_rows_in_an_order_that_is_not_known(vectors, words, message):
    for ask in (vectors.__getitem__, lambda words: vectors.distances("tea", words)):
        with pytest.raises(TypeError, match=message):
            ask(words)


def test_get_is_a_dicts(vectors, matrix):
    np.testing.assert_array_equal(vectors.get("tea"), matrix[4])
    assert not vectors.get("tea").flags.writeable
    assert [vectors.get("Tea"), vectors.get("Tea", 5), vectors.get(3), vectors.get(None)] == [None, 5, None, None]
    assert all(other not in vectors for other in (3, None, b"tea", ("tea", "king")))
    for ask in (vectors.get, vectors.__contains__):
        with pytest.raises(TypeError, match=r"\['tea'\] is a list: expected one word; ask for each of several"):
            ask(["tea"])


def test_words_with_their_rows(matrix):
    rows = {"king": 5, "queen": 0, "man": 4, "woman": 1, "tea": 3, "coffee": 2}
    vectors = WordVectors(rows, matrix, counts=np.arange(6))
    assert all((vectors[word] == matrix[row]).all() for word, row in rows.items())
    assert vectors.words == ["queen", "woman", "coffee", "tea", "man", "king"]
    assert vectors.counts.tolist() == [0, 1, 2, 3, 4, 5]
    assert WordVectors(vectors._index, matrix).words == vectors.words


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v["quen"],
        lambda v: v.index("quen"),
        lambda v: v[["tea", "quen"]],
        lambda v: v.most_similar(["king", "quen"]),
        lambda v: v.most_similar("king", [("quen", -1.0)]),
        lambda v: v.most_similar_many(["tea", "quen"]),
        lambda v: v.similarity("tea", "quen"),
        lambda v: v.n_similarity(["tea"], ["quen"]),
        lambda v: v.doesnt_match(["tea", "quen"]),
        lambda v: v.distances("quen"),
        lambda v: v.distances("tea", ["quen"]),
        lambda v: v.rank("tea", "quen"),
        lambda v: v.closer_than("quen", "tea"),
    ],
)
def test_every_question_names_a_word_that_is_unknown(vectors, ask):
    with pytest.raises(KeyError, match=r"no vector for 'quen' among 6 words; did you mean queen\?"):
        ask(vectors)


def test_the_matrix_is_the_one_given_and_the_words_are_a_list_of_their_own(matrix):
    words = list(WORDS)
    vectors = WordVectors(words, matrix)
    words.append("milk")
    assert vectors.words == WORDS
    assert vectors.matrix is matrix


# what is refused


@pytest.mark.parametrize("shape", [(5, 4), (7, 4), (6,), (6, 4, 1)])
def test_words_and_rows_must_match(shape):
    with pytest.raises(ValueError, match=r"6 words, matrix of shape \(.*\): expected one row per word"):
        WordVectors(WORDS, np.zeros(shape))


def test_a_word_must_not_occur_twice():
    with pytest.raises(ValueError, match=r"the word 'b' occurs twice: expected each word once"):
        WordVectors(["a", "b", "c", "b", "a"][:4], np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("words", "more", "error", "message"),
    [
        ("ab", {}, TypeError, r"words: 'ab' is one word, expected a list of words"),
        (["a", 2], {}, TypeError, r"words: 2 is no word: expected strings"),
        ({"a", "b"}, {}, TypeError, r"words: a set, which has no order: pass a list"),
        ({"a": 1, "b": 2}, {}, ValueError, r"words: the values of {'a': 1, 'b': 2, …} are not 0, 1, 2, …"),
        (["a", "b"], {"counts": {"a": 1, "b": 2}}, TypeError, r"counts is a dict: expected an array, say \[counts"),
        (
            ["a", "b"],
            {"counts": [1]},
            ValueError,
            r"counts has the shape \(1,\): expected \(2,\), as words and matrix say",
        ),
        (["a", "b"], {"outside": np.eye(3)}, ValueError, r"outside has the shape \(3, 3\): expected \(2, 2\)"),
        (["a", "b"], {"counts": 3}, ValueError, r"counts has the shape \(\): expected \(2,\)"),
        (["a", "b"], {"subwords": (3, 6)}, TypeError, r"subwords is \(3, 6\): expected Subwords, or None"),
        (["a", "b"], {"history": np.ones(3)}, TypeError, "history is .*: expected a History, or None"),
        (["a", "b"], {"settings": "x"}, TypeError, "settings is 'x': expected a dict, or None"),
        (["a", "b"], {"documents": [[1, 2], [3]]}, ValueError, "documents has rows of different lengths: expected"),
        (["a", "b"], {"outside": np.eye(2) * 1j}, TypeError, r"outside is of complex128: expected real numbers"),
    ],
)
def test_what_does_not_belong_together(words, more, error, message):
    with pytest.raises(error, match=message):
        WordVectors(words, np.eye(2), **more)


def test_words_and_numbers_of_other_kinds():
    vectors = WordVectors(np.array(["a", "b"]), [[1, 2], [3, 4]], counts=[2, 1])
    assert [type(word) for word in vectors] == [str, str]
    assert (vectors["b"].tolist(), vectors.counts.tolist()) == ([3, 4], [2, 1])


def test_iterating_gives_the_words(vectors):
    assert list(vectors) == WORDS


def test_the_vector_of_a_word_cannot_be_changed(vectors, matrix):
    with pytest.raises(ValueError, match="read-only"):
        vectors["tea"][0] = 7
    assert matrix.flags.writeable
    vectors[["tea"]][0, 0] = 7  # a copy
    assert matrix[4, 0] != 7


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v.most_similar("king"),
        lambda v: v.similarity("king", "tea"),
        lambda v: v.n_similarity(["king"], ["tea"]),
        lambda v: v.doesnt_match(["king", "tea"]),
        lambda v: v.distances("king", ["tea"]),
        lambda v: v.rank("king", "man"),
    ],
)
def test_no_question_is_answered_with_nan(matrix, ask):
    matrix[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"\('tea'\) of the .* holds NaN or infinity: expected finite"):
        ask(WordVectors(WORDS, matrix))


def test_no_cosine_is_beyond_one():
    matrix = np.random.default_rng(2).normal(size=(300, 7))
    words = [f"w{i}" for i in range(300)]
    vectors = WordVectors(words, matrix)
    itself = [vectors.similarity(word, word) for word in words]
    itself += [vectors.n_similarity([word], [word]) for word in words]
    itself += [vectors.most_similar(row, top_n=1)[0][1] for row in matrix]
    assert 1 - 1e-15 < min(itself) <= max(itself) <= 1
    assert min(vectors.distances(word).min() for word in words) >= 0


def test_words_may_come_from_anywhere(vectors):
    words = ["king", "man", "tea"]
    assert vectors.doesnt_match(iter(words)) == vectors.doesnt_match(words)
    assert vectors.n_similarity(iter(words), np.array(words)) == vectors.n_similarity(words, words)
    assert vectors.distances("tea", iter(words)).tolist() == vectors.distances("tea", words).tolist()
    assert vectors.doesnt_match(set(words)) == vectors.doesnt_match(words)
    assert vectors.n_similarity(set(words), words) == vectors.n_similarity(sorted(words), words)
    with pytest.raises(TypeError, match=r"distances: 'tea' is one word, expected a list of words, say \['tea'\]"):
        vectors.distances("tea", "tea")


# neighbours


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("top_n", [1, 3, 5, 10])
def test_neighbours_are_those_of_largest_cosine(vectors, matrix, word, top_n):
    found, truth = vectors.most_similar(word, top_n=top_n), neighbours_by_hand(WORDS, matrix, word)[:top_n]
    assert [other for other, _ in found] == [other for other, _ in truth]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in truth], rtol=1e-14, atol=1e-16)
    assert all(type(c) is float for _, c in found)


def test_ten_neighbours_unless_another_number_is_asked_for():
    matrix = np.random.default_rng(5).normal(size=(200, 8))
    words = [f"w{i}" for i in range(200)]
    found = WordVectors(words, matrix).most_similar("w7")
    assert [word for word, _ in found] == [word for word, _ in neighbours_by_hand(words, matrix, "w7")[:10]]


def test_a_vector_of_zeros_is_orthogonal_to_all():
    vectors = WordVectors(["a", "zero", "b"], np.array([[1.0, 0], [0, 0], [-1, 0]]))
    assert vectors.most_similar("a") == [("zero", 0.0), ("b", -1.0)]
    assert vectors.most_similar("zero", top_n=2) in ([("a", 0.0), ("b", 0.0)], [("b", 0.0), ("a", 0.0)])


@pytest.mark.parametrize("top_n", [0, -1])
def test_no_neighbours(vectors, top_n):
    assert vectors.most_similar("tea", top_n=top_n) == []


def test_a_single_word_has_no_neighbours():
    assert WordVectors(["a"], np.ones((1, 2))).most_similar("a") == []


# several words, vectors, weights


def unit(vector):
    return vector / np.sqrt(vector @ vector)


def asked_by_hand(words, matrix, query, left_out):
    """All words but those left out, by falling cosine with a vector."""
    cosine = {w: float(unit(query) @ unit(row)) for w, row in zip(words, matrix, strict=True) if w not in left_out}
    return sorted(cosine.items(), key=lambda item: -item[1])


def assert_same(found, truth, **tolerance):
    assert [word for word, _ in found] == [word for word, _ in truth]
    np.testing.assert_allclose(
        [s for _, s in found], [s for _, s in truth], **tolerance or {"rtol": 0, "atol": 4e-16}
    )


def test_an_analogy_is_the_mean_of_unit_vectors(vectors, matrix):
    units = dict(zip(WORDS, map(unit, matrix), strict=True))
    truth = asked_by_hand(WORDS, matrix, units["king"] - units["man"] + units["woman"], {"king", "man", "woman"})
    assert_same(vectors.most_similar(["king", "woman"], ["man"]), truth)
    assert_same(vectors.most_similar(["king", "woman"], "man"), truth)
    assert_same(vectors.most_similar(("king", "woman"), [("man", -1)]), truth)
    assert_same(vectors.most_similar(iter(["king", "woman", ("man", -1.0)])), truth)


def test_weights_count_as_they_are_and_vectors_with_their_length(vectors, matrix):
    units, v = dict(zip(WORDS, map(unit, matrix), strict=True)), np.array([3.0, 0, -1, 2], np.float32)
    truth = asked_by_hand(WORDS, matrix, 2 * units["tea"] - 0.5 * units["man"] + 3 * v - v / 4, {"tea", "man"})
    assert_same(vectors.most_similar([("tea", 2), (v, 3.0)], [("man", -0.5), v / 4]), truth)
    truth = asked_by_hand(WORDS, matrix, units["tea"] + units["man"], {"tea", "man"})
    assert_same(vectors.most_similar("tea", [("man", 1.0)]), truth)
    assert_same(vectors.most_similar(("tea", 0.1)), vectors.most_similar("tea"))


def test_vectors_are_answered_with_all_words(vectors, matrix):
    assert_same(vectors.most_similar(7 * matrix[4]), asked_by_hand(WORDS, matrix, matrix[4], ()))
    truth = asked_by_hand(WORDS, matrix, matrix[4] + matrix[5], ())
    assert_same(vectors.most_similar(matrix[4:6]), truth)
    assert vectors.most_similar(matrix[4])[0] == ("tea", pytest.approx(1, rel=1e-15))


def test_what_is_only_negative(vectors, matrix):
    expected = asked_by_hand(WORDS, matrix, -matrix[4], {"tea"})
    assert_same(vectors.most_similar([], "tea"), expected)
    assert_same(vectors.most_similar(negative=["tea"]), expected)


@pytest.mark.parametrize("query", [("tea", "tea"), ([*[("tea", 0.01)] * 100, ("tea", -1)], ()), (["a", "b"], ())])
def test_what_cancels_is_no_direction(vectors, query):
    """Neither zeros for all words nor the neighbours of what rounding leaves are answers."""
    opposite = WordVectors(["a", "b", "tea"], np.array([[0.1, 0.7], [-0.3, -2.1], [1.0, 0.0]]))
    with pytest.raises(ValueError, match=r"the terms of a query cancel out.*leave one of them out"):
        opposite.most_similar(*query)
    with pytest.raises(ValueError, match="the terms of a query cancel out"):
        vectors.most_similar_many(["king", ("tea", "tea")])


def test_only_the_first_words_are_answers(vectors):
    known = [pair for pair in vectors.most_similar("coffee") if pair[0] in WORDS[:3]]
    assert vectors.most_similar("coffee", restrict=3) == known
    assert vectors.most_similar("coffee", restrict=99) == vectors.most_similar("coffee")
    assert vectors.most_similar("king", restrict=1) == []


def test_products(vectors, matrix):
    half = {
        w: (1 + matrix @ unit(row) / np.sqrt((matrix**2).sum(axis=1))) / 2
        for w, row in zip(WORDS, matrix, strict=True)
    }
    score = half["king"] * half["woman"] / (half["man"] + 1e-6)
    truth = sorted(
        ((w, s) for w, s in zip(WORDS, score, strict=True) if w not in ("king", "man", "woman")), key=lambda p: -p[1]
    )
    assert_same(vectors.most_similar(["king", "woman"], ["man"], method="mul"), truth, rtol=1e-13)
    score = half["king"] / (1 + 1e-6)
    truth = sorted(zip(WORDS, score, strict=True), key=lambda p: -p[1])
    assert_same(vectors.most_similar(5 * matrix[0], method="mul"), truth, rtol=1e-13)


@pytest.mark.parametrize("method", ["add", "mul"])
def test_many_at_once_are_answered_as_one_by_one(vectors, matrix, method):
    pairs = [("king", "man"), (["king", "woman"], ["man"]), ("tea", ()), (matrix[0], "tea")]
    queries = ["tea", "king", matrix[2], ["king", "queen"], *pairs]
    known = [vectors.most_similar(q, top_n=3, method=method) for q in queries[:4]]
    known += [vectors.most_similar(*pair, top_n=3, method=method) for pair in pairs]
    assert vectors.most_similar_many(queries, 3, method=method) == known
    assert vectors.most_similar_many(iter(queries), 3, method=method) == known
    assert vectors.most_similar_many(matrix, 3, method=method) == [
        vectors.most_similar(v, top_n=3, method=method) for v in matrix
    ]
    assert vectors.most_similar_many([], method=method) == []


def test_weights_in_many(vectors):
    known = vectors.most_similar(["king", ("tea", 0.5)])
    assert vectors.most_similar_many([["king", ("tea", 0.5)], ("king", [("tea", 0.5)])]) == [known, known]
    assert vectors.most_similar_many([("tea", 0.5)]) == vectors.most_similar_many(["tea"])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"positive": 3},
            TypeError,
            r"positive: 3 is neither a word nor a vector: .* words\[i\] is the word of row i, top_n=n a",
        ),
        (
            {"positive": "tea", "negative": 5},
            TypeError,
            "5 is neither a word nor a vector: .*, top_n=n a number of answers",
        ),
        ({"positive": ["tea", np.int64(3)]}, TypeError, "3.* is neither a word nor a vector"),
        (
            {"positive": [0.5, 0.1, 2, 3]},
            TypeError,
            "0.5 is neither a word nor a vector: expected a string, an array, or",
        ),
        ({"positive": None}, TypeError, "None is neither a word nor a vector"),
        ({"positive": [["tea"]]}, TypeError, r"\['tea'\] is neither a word nor a vector"),
        ({"positive": np.float64(3)}, TypeError, "3.0.* is neither a word nor a vector"),
        ({"positive": np.array(3.0)}, TypeError, "is neither a word nor a vector"),
        ({}, ValueError, "the query is empty: expected at least one word or vector"),
        ({"positive": []}, ValueError, "the query is empty: expected at least one word or vector"),
        ({"positive": [], "method": "mul"}, ValueError, "the query is empty"),
        ({"positive": np.ones(3)}, ValueError, r"a vector of shape \(3,\): expected \(4,\), as the words' own"),
        ({"positive": np.ones((2, 2))}, ValueError, r"a vector of shape \(2,\): expected \(4,\)"),
        (
            {"positive": np.array([1, 2, np.nan, 4])},
            ValueError,
            "a vector holds NaN or infinity: expected finite numbers",
        ),
        ({"positive": "tea", "negative": [np.full(4, np.inf)]}, ValueError, "a vector holds NaN or infinity"),
        ({"positive": [("tea", np.nan)]}, ValueError, "the weight nan of 'tea': expected a finite number"),
        ({"positive": [("tea", 2.0)], "method": "mul"}, ValueError, "the weight 2.0: method 'mul' has no weights"),
        (
            {"positive": [], "negative": "tea", "method": "mul"},
            ValueError,
            "a query has nothing positive: method 'mul'",
        ),
        ({"positive": "tea", "method": "max"}, ValueError, "method is 'max': expected one of add, mul"),
        ({"positive": "tea", "restrict": 0}, ValueError, "restrict is 0: expected at least 1"),
        ({"positive": "tea", "restrict": -2}, ValueError, "restrict is -2: expected at least 1"),
        ({"positive": "tea", "restrict": 1.5}, TypeError, "restrict is 1.5: expected a whole number"),
        ({"positive": "tea", "top_n": 2.0}, TypeError, "top_n is 2.0: expected a whole number"),
        ({"positive": "tea", "top_n": None}, TypeError, "top_n is None: expected a whole number"),
    ],
)
def test_what_cannot_be_asked(vectors, given, error, message):
    with pytest.raises(error, match=message):
        vectors.most_similar(**given)


def test_many_queries_are_a_list(vectors):
    with pytest.raises(TypeError, match=r"queries is 'tea': expected a list of queries, say \['tea'\]"):
        vectors.most_similar_many("tea")
    with pytest.raises(ValueError, match="the query is empty"):
        vectors.most_similar_many(["tea", []])


def test_the_matrix_is_not_touched_and_only_lengths_are_kept(matrix):
    matrix.flags.writeable = False
    vectors = WordVectors(WORDS, matrix)
    before = vars(vectors).keys()
    vectors.most_similar("tea")
    kept = [value for value in vars(vectors).values() if isinstance(value, np.ndarray) and value is not matrix]
    assert vars(vectors).keys() == before
    assert [array.shape for array in kept] == [(6,)]


# one word and another


def test_similarity(vectors, matrix):
    truth = float(unit(matrix[0]) @ unit(matrix[4]))
    for one, other in (
        ("king", "tea"),
        ("tea", "king"),
        (matrix[0], "tea"),
        (3 * matrix[0], matrix[4].astype(np.float32)),
    ):
        assert vectors.similarity(one, other) == pytest.approx(truth, abs=1e-7)
    assert vectors.similarity("king", "tea") == pytest.approx(truth, abs=3e-16)
    assert vectors.similarity("king", "king") == pytest.approx(1, rel=1e-15)
    assert vectors.similarity("king", np.zeros(4)) == 0
    assert type(vectors.similarity("king", "tea")) is float
    expected = r"3 is neither a word nor a vector: expected a string or an array; words\[i\] is the word of row i, "
    with pytest.raises(TypeError, match=expected):
        vectors.similarity("king", 3)
    with pytest.raises(TypeError, match=r"0\.5 is neither .* list of them; .* np\.array\(…\) makes a vector$"):
        vectors.most_similar([0.5, 1, 0, 0])


def test_similarity_of_lists_is_that_of_their_means(vectors, matrix):
    truth = float(unit(matrix[[0, 1]].mean(axis=0)) @ unit(matrix[[2, 4, 4]].mean(axis=0)))
    assert vectors.n_similarity(["king", "queen"], ["man", "tea", "tea"]) == pytest.approx(truth, abs=3e-16)
    assert vectors.n_similarity(["king"], ["tea"]) == pytest.approx(vectors.similarity("king", "tea"), abs=3e-16)


def test_the_word_that_does_not_match():
    matrix = np.array([[1.0, 0.1], [2, 0], [0.1, 1], [50, -1], [0, 0]])
    vectors = WordVectors(["a", "b", "odd", "c", "zero"], matrix)
    assert vectors.doesnt_match(["a", "odd", "b", "c"]) == "odd"
    assert vectors.doesnt_match(("c", "a", "b")) == "a"
    assert vectors.doesnt_match(["a", "a"]) == "a"
    assert vectors.doesnt_match(["odd"]) == "odd"


@pytest.mark.parametrize(
    ("ask", "name"),
    [(lambda v, w: v.doesnt_match(w), "doesnt_match"), (lambda v, w: v.n_similarity(["tea"], w), "n_similarity")],
)
def test_lists_of_words_are_lists(vectors, ask, name):
    with pytest.raises(TypeError, match=rf"{name}: 'tea' is one word, expected a list of words, say \['tea'\]"):
        ask(vectors, "tea")
    with pytest.raises(ValueError, match=f"{name}: no words, expected at least one"):
        ask(vectors, [])


def test_distances_closer_words_and_ranks(vectors, matrix):
    truth = np.array([1 - unit(row) @ unit(matrix[4]) for row in matrix])
    np.testing.assert_allclose(vectors.distances("tea"), truth, rtol=0, atol=4e-16)
    np.testing.assert_allclose(vectors.distances(5 * matrix[4]), truth, rtol=0, atol=4e-16)
    np.testing.assert_allclose(vectors.distances("tea", ["man", "king"]), truth[[2, 0]], rtol=0, atol=4e-16)
    assert vectors.distances("tea", []).shape == (0,)
    order = [WORDS[i] for i in np.argsort(truth) if WORDS[i] != "tea"]
    for place, word in enumerate(order, 1):
        assert vectors.rank("tea", word) == place
        assert vectors.closer_than("tea", word) == sorted(order[: place - 1], key=WORDS.index)
    assert vectors.rank("tea", "tea") == 1
    assert vectors.closer_than("tea", "tea") == []


def test_words_at_the_same_distance_are_not_closer():
    vectors = WordVectors(["a", "b", "c"], np.array([[1.0, 0], [1, 1], [2, 2]]))
    assert vectors.closer_than("a", "b") == vectors.closer_than("a", "c") == []


# outside vectors


def test_outside_vectors_are_asked_like_the_others(matrix):
    outside = matrix[::-1] * 2
    vectors = WordVectors(WORDS, matrix, outside=outside, counts=np.arange(6), settings={"dim": 4})
    np.testing.assert_array_equal(vectors.outside_of("king"), outside[0])
    np.testing.assert_array_equal(vectors.outside_of(["tea", "king"]), outside[[4, 0]])
    assert vectors.as_outside().matrix is outside
    assert vectors.as_outside().counts is vectors.counts
    assert_same(vectors.as_outside().most_similar(vectors["tea"]), asked_by_hand(WORDS, outside, matrix[4], ()))
    with pytest.raises(KeyError, match="did you mean queen"):
        vectors.outside_of("quen")


def test_outside_vectors_that_are_not_known(vectors):
    for ask in (vectors.as_outside, lambda: vectors.outside_of("king")):
        with pytest.raises(
            ValueError, match=r"no outside vectors are known: expected vectors from train\(\), or a file"
        ):
            ask()


# gensim


@pytest.fixture(scope="module")
def twins():
    """The same 700 vectors here and in gensim."""
    models = pytest.importorskip("gensim.models")
    words = [f"w{i}" for i in range(700)]
    matrix = np.random.default_rng(8).normal(size=(700, 25)).astype(np.float32)
    peer = models.KeyedVectors(25)
    peer.add_vectors(words, matrix)
    return WordVectors(words, matrix), peer


QUERIES = [
    ("w3", []),
    (["w5", "w9"], ["w2"]),
    (["w5"], ["w2", "w8"]),
    ([], "w7"),
    (["w4", ("w6", 0.3), (np.ones(25, np.float32), -2.0)], [("w1", -0.2), ("w10", 0.4)]),
    (np.arange(25, dtype=np.float32), []),
]


@pytest.mark.parametrize(("positive", "negative"), QUERIES)
@pytest.mark.parametrize("restrict", [None, 100])
def test_the_sum_is_gensims(twins, positive, negative, restrict):
    ours, peer = twins
    truth = peer.most_similar(positive, negative, topn=15, restrict_vocab=restrict)
    assert_same(ours.most_similar(positive, negative, 15, restrict=restrict), truth, rtol=0, atol=3e-7)


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # gensim's own
@pytest.mark.parametrize(("positive", "negative"), [("w3", []), (["w5", "w9"], ["w2"]), (["w5"], ["w2", "w8"])])
def test_the_product_is_gensims(twins, positive, negative):
    ours, peer = twins
    truth = peer.most_similar_cosmul(positive, negative, topn=15)
    assert_same(ours.most_similar(positive, negative, 15, method="mul"), truth, rtol=2e-6)


def test_single_numbers_are_gensims(twins):
    ours, peer = twins
    close = {"rel": 0, "abs": 3e-7}
    assert ours.similarity("w1", "w2") == pytest.approx(float(peer.similarity("w1", "w2")), **close)
    lists = ["w1", "w2", "w3"], ["w4", "w2"]
    assert ours.n_similarity(*lists) == pytest.approx(float(peer.n_similarity(*lists)), **close)
    for i in range(0, 60, 5):
        some = [f"w{j}" for j in range(i, i + 5)]
        assert ours.doesnt_match(some) == peer.doesnt_match(some)
        assert ours.rank("w7", some[0]) == peer.rank("w7", some[0])
    assert ours.closer_than("w1", "w2") == peer.closer_than("w1", "w2")
    np.testing.assert_allclose(ours.distances("w1"), peer.distances("w1"), rtol=0, atol=3e-7)
    some = ["w9", "w8"]
    np.testing.assert_allclose(ours.distances(ours["w1"], some), peer.distances(peer["w1"], some), rtol=0, atol=3e-7)


# what training adds


def test_vectors_keep_what_they_are_given_and_have_an_empty_history_otherwise(matrix):
    counts, history = np.arange(6), History(epochs=[1.0])
    vectors = WordVectors(WORDS, matrix, outside=2 * matrix, counts=counts, history=history, settings={"dim": 4})
    assert vectors.outside is not None
    assert vectors.counts is counts
    assert vectors.history is history
    assert vectors.settings == {"dim": 4}
    plain = WordVectors(WORDS, matrix)
    assert plain.outside is plain.counts is None
    assert plain.history == History()
    assert plain.settings == {}


# files


@pytest.mark.parametrize("name", ["v.txt", "v.vec.gz", "v.bin", "v.npz", "vectors.tsv"])
def test_vectors_come_back_from_files(tmp_path, matrix, name):
    vectors = WordVectors(WORDS, matrix.astype(np.float32), outside=-matrix, counts=np.arange(6))
    vectors.save(tmp_path / name)
    found = WordVectors.load(tmp_path / name)
    assert found.words == WORDS
    assert found.matrix.tobytes() == vectors.matrix.tobytes()
    assert (found.outside is not None) == (name == "v.npz")
    assert WordVectors.load(tmp_path / name, limit=2, dtype=np.float64).matrix.dtype == np.float64
    (tmp_path / "counts").write_text("".join(f"{word} {i}\n" for i, word in enumerate(WORDS, 5)))
    assert WordVectors.load(tmp_path / name, counts=tmp_path / "counts").counts.tolist() == [*range(5, 11)]


def test_vectors_whose_numbers_were_taken_away_say_so_and_no_other_attribute_does():
    vectors = WordVectors(["a", "b"], np.eye(2), outside=np.ones((2, 2)))
    outside = vectors.as_outside()
    vectors.most_similar("a")
    vectors._retire("training went on")
    for one in (vectors, outside):
        with pytest.raises(RuntimeError, match=r"^these vectors are out of date: training went on$"):
            one.most_similar("a")
        assert repr(one) == "<WordVectors: 2 words; out of date: training went on>"
    with pytest.raises(RuntimeError, match="out of date"):
        vectors.as_outside()
    with pytest.raises(AttributeError, match="WordVectors has no attribute 'matrixx'"):
        vectors.matrixx  # noqa: B018
    assert vectors.words == ["a", "b"]


@pytest.mark.parametrize("name", ["matrix", "outside", "counts"])
def test_labels_of_pandas_are_not_ignored(name):
    pandas = pytest.importorskip("pandas")
    given = {"matrix": np.eye(2), "outside": np.eye(2), "counts": np.array([2, 1])}
    make = pandas.Series if name == "counts" else pandas.DataFrame
    with pytest.raises(ValueError, match=f"^the index of {name}, a .*, does not hold the words in their order"):
        WordVectors(["tea", "milk"], **given | {name: make(given[name], index=["milk", "tea"])})
    found = WordVectors(["tea", "milk"], **given | {name: make(given[name], index=["tea", "milk"])})
    np.testing.assert_array_equal(getattr(found, name), given[name])


@pytest.mark.parametrize("given", [{"top_n": True}, {"restrict": True}, {"restrict": ""}])
def test_what_is_no_number_of_words(given):
    (name,) = given
    with pytest.raises(TypeError, match=f"^{name} is .*: expected a whole number$"):
        WordVectors(["tea", "milk"], np.eye(2)).most_similar("tea", **given)


# two models


def turned_by(seed, D=4):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(D, D)))[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_is_turned_back_with_its_outside_vectors(matrix, dtype):
    outside, R = np.random.default_rng(4).normal(size=(2, 6, 4)), turned_by(5)
    here = WordVectors(WORDS, matrix.astype(dtype), outside=outside[0].astype(dtype), counts=np.arange(6))
    here.settings["dim"] = 4
    order = [3, 1, 5, 0, 2]  # other words, in another order
    there = WordVectors([*(WORDS[i] for i in order), "snow"], np.vstack([(matrix @ R)[order], np.ones(4)]))
    found, tolerance = here.aligned_to(there), 20 * np.finfo(dtype).eps
    assert found.matrix.dtype == found.outside.dtype == dtype
    np.testing.assert_allclose(found.matrix, matrix @ R, rtol=0, atol=tolerance)
    np.testing.assert_allclose(found.outside @ found.matrix.T, outside[0] @ matrix.T, rtol=0, atol=2 * tolerance)
    assert (found.words, found.counts.tolist(), found.settings) == (WORDS, [*range(6)], {"dim": 4})
    np.testing.assert_array_equal(here.matrix, matrix.astype(dtype))


def test_vectors_of_whole_numbers_are_turned_too():
    vectors = WordVectors(["a", "b"], np.array([[1, 0], [0, 2]]))
    other = WordVectors(["a", "b"], np.array([[3.0, 4.0], [-4.0, 3.0]]))
    np.testing.assert_allclose(vectors.aligned_to(other).matrix, [[0.6, 0.8], [-1.6, 1.2]], rtol=1e-15)


def test_the_words_to_align_by_can_be_chosen(matrix):
    moved = matrix @ turned_by(6)
    moved[0] = -5 * moved[0]
    here, there = WordVectors(WORDS, matrix), WordVectors(WORDS, moved)
    assert np.linalg.norm(here.aligned_to(there).matrix[1:] - moved[1:]) > 1e-3
    np.testing.assert_allclose(here.aligned_to(there, WORDS[1:]).matrix[1:], moved[1:], rtol=0, atol=1e-14)
    for how in ({"unit": False}, {"centred": True}):
        np.testing.assert_array_equal(here.aligned_to(there, **how).matrix, matrix @ rotation(matrix, moved, **how))


def test_drift_is_the_cosine_of_a_word_with_itself_the_most_changed_first():
    rng = np.random.default_rng(7)
    words, matrix = [f"w{i}" for i in range(60)], rng.normal(size=(60, 4))
    later = matrix @ turned_by(8)
    later[5] = -later[5]
    here, there = WordVectors(words, matrix), WordVectors([*words, "new"], np.vstack([later, np.ones(4)]))
    found = here.drift(there)
    assert found[0][0] == "w5"
    assert found[0][1] < -0.9 < 0.9 < found[1][1]
    assert {word for word, _ in found} == {*words}
    aligned = here.aligned_to(there)
    for word, cosine in found:
        assert cosine == pytest.approx(aligned.similarity(word, there[word]), abs=1e-14)
    assert here.drift(there, ["w7", "w5"])[0] == found[0]
    assert [word for word, _ in here.drift(here, words[::-1])] == words[::-1]


@pytest.mark.parametrize("ask", [WordVectors.aligned_to, WordVectors.drift])
def test_models_that_cannot_be_aligned(vectors, ask):
    with pytest.raises(
        ValueError, match=r"^these vectors have 4 dimensions, the other model has 3: expected the same"
    ):
        ask(vectors, WordVectors(WORDS, np.ones((6, 3))))
    with pytest.raises(ValueError, match=r"^no word to align by: expected words of both models, at"):
        ask(vectors, WordVectors(["snow"], np.ones((1, 4))))
    with pytest.raises(TypeError, match=r"^other is array.*: expected WordVectors$"):
        ask(vectors, vectors.matrix)
    with pytest.raises(KeyError, match="no vector for 'snow'"):
        ask(vectors, vectors, ["snow"])
    with pytest.raises(TypeError, match=r"^words: 'tea' is one word, expected a list of words"):
        ask(vectors, vectors, "tea")


# words that n-grams give a vector


def with_ngrams(dtype=np.float32):
    """Vectors of four words with n-grams of 2 to 4 characters in 31 buckets, of which 20 have rows."""
    rng = np.random.default_rng(8)
    words = ["king", "queen", "tea", "coffee"]
    own, rows = (rng.standard_normal((n, 3)).astype(dtype) for n in (4, 20))
    subwords = Subwords(2, 4, 31, rng.permutation(31)[:20], rows, own)
    return WordVectors(words, subwords.compose(words, own), counts=np.array([4, 3, 2, 1]), subwords=subwords)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unknown_words_have_the_vectors_of_their_ngrams(dtype):
    vectors = with_ngrams(dtype)
    composed = vectors.subwords.compose(["kings", "teas"])
    np.testing.assert_array_equal(vectors["kings"], composed[0])
    assert not vectors["kings"].flags.writeable
    assert "kings" not in vectors
    assert len(vectors) == 4
    np.testing.assert_array_equal(vectors.get("kings"), composed[0])
    both = vectors[["tea", "kings", "tea", "teas"]]
    np.testing.assert_array_equal(both, [vectors.matrix[2], composed[0], vectors.matrix[2], composed[1]])
    assert both.dtype == dtype
    with pytest.raises(UnknownWord, match="no vector for 'kings'"):
        vectors.index("kings")


def test_a_model_that_is_turned_turns_its_ngrams():
    vectors, Q = with_ngrams(np.float64), np.linalg.qr(np.random.default_rng(9).normal(size=(3, 3)))[0]
    there = WordVectors(vectors.words, vectors.matrix @ Q)
    found = vectors.aligned_to(there)
    np.testing.assert_allclose(found[["kings", "tea"]], vectors[["kings", "tea"]] @ Q, rtol=1e-12)
    np.testing.assert_allclose(found.subwords.compose(found.words, found.subwords.own), found.matrix, rtol=1e-12)


def test_a_model_that_is_turned_turns_its_documents():
    rng = np.random.default_rng(10)
    Q, matrix, documents = np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.normal(size=(9, 3)), rng.normal(size=(5, 3))
    words = [f"w{i}" for i in range(9)]
    there = WordVectors(words, matrix @ Q)
    found = WordVectors(words, matrix, outside=-matrix, documents=documents).aligned_to(there)
    np.testing.assert_allclose(found.documents, documents @ Q, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.documents @ found.outside.T, -documents @ matrix.T, rtol=0, atol=1e-13)


def test_vectors_of_whole_numbers_beside_unknown_words():
    vectors = WordVectors(["tea"], np.array([[1, 2, 3]]), subwords=replace(with_ngrams().subwords, own=None))
    assert vectors[["tea"]].dtype == np.int64
    np.testing.assert_array_equal(vectors[["tea", "kings"]], [[1, 2, 3], vectors["kings"]])


def test_queries_answer_for_unknown_words():
    vectors = with_ngrams()
    words = [*vectors.words, "kings", "teas"]
    seen = WordVectors(words, vectors[words].astype(np.float64))  # the same as known words
    among = {"restrict": 4}
    for one, other in (("kings", "tea"), ("kings", "teas"), ("tea", "teas")):
        assert vectors.similarity(one, other) == pytest.approx(seen.similarity(one, other), abs=1e-6)
        expected = [pair for pair in seen.most_similar(one, top_n=9, **among) if pair[0] in vectors]
        assert [word for word, _ in vectors.most_similar(one, top_n=9)] == [word for word, _ in expected]
        for method in ("add", "mul"):
            found = vectors.most_similar(
                [one, ("coffee", 0.5)][: 2 if method == "add" else 1], [other], method=method
            )
            truth = seen.most_similar(
                [one, ("coffee", 0.5)][: 2 if method == "add" else 1], [other], method=method, **among
            )
            assert [word for word, _ in found] == [word for word, _ in truth]
            np.testing.assert_allclose([p for _, p in found], [p for _, p in truth], atol=1e-6)
    np.testing.assert_allclose(vectors.distances("kings"), seen.distances("kings")[:4], atol=1e-6)
    np.testing.assert_allclose(vectors.distances("kings", words), seen.distances("kings", words), atol=1e-6)
    assert vectors.closer_than("teas", "kings") == [w for w in seen.closer_than("teas", "kings") if w in vectors]
    assert vectors.rank("tea", "kings") == 1 + len(vectors.closer_than("tea", "kings"))
    assert vectors.doesnt_match(["tea", "teas", "kings"]) == seen.doesnt_match(["tea", "teas", "kings"])
    expected = seen.n_similarity(["kings", "tea"], ["teas"])
    assert vectors.n_similarity(["kings", "tea"], ["teas"]) == pytest.approx(expected, abs=1e-6)
    answers = vectors.most_similar_many(["kings", (["tea"], ["teas"])], top_n=2)
    assert answers == [vectors.most_similar("kings", top_n=2), vectors.most_similar("tea", "teas", top_n=2)]


def test_a_word_of_which_the_ngrams_say_nothing_is_unknown():
    vectors = with_ngrams()
    for word in ("</s>", "</s"):
        silent = word == "</s>"  # fastText gives it no n-grams
        assert (vectors.get(word) is None) == silent
    for ask in (
        lambda: vectors["</s>"],
        lambda: vectors[["tea", "kings", "</s>"]],
        lambda: vectors.most_similar("</s>"),
        lambda: vectors.similarity("tea", "</s>"),
        lambda: vectors.distances("tea", ["</s>"]),
        lambda: vectors.closer_than("tea", "</s>"),
        lambda: vectors.doesnt_match(["tea", "</s>"]),
    ):
        with pytest.raises(UnknownWord, match="no vector for '</s>' among 4 words"):
            ask()
    assert vectors.get(5) is None
    assert vectors.get("tea") is not None


def test_rows_of_ngrams_with_nan_are_refused_in_queries():
    vectors = with_ngrams()
    vectors.subwords.matrix[:] = np.nan
    with pytest.raises(ValueError, match=r"row 0 \('kings'\) of the n-grams' vectors holds NaN or infinity"):
        vectors.most_similar("kings")
    with pytest.raises(ValueError, match=r"row 1 \('kings'\) of the vectors for distances holds NaN or infinity"):
        vectors.distances("tea", ["tea", "kings"])


def test_the_description_names_the_ngrams():
    assert repr(with_ngrams()).endswith("; counts 1 to 4; n-grams of 2 to 4 characters>")


def test_rows_of_ngrams_that_do_not_fit_are_refused():
    subwords = with_ngrams().subwords
    with pytest.raises(
        ValueError, match=r"^n-gram rows of shape \(20, 3\), the words' own rows \(4, 3\), matrix of sh"
    ):
        WordVectors(["tea"], np.ones((1, 3)), subwords=subwords)
    with pytest.raises(
        ValueError, match=r"^n-gram rows of shape \(20, 3\), .*, matrix of shape \(1, 2\): expected as many"
    ):
        WordVectors(["tea"], np.ones((1, 2)), subwords=replace(subwords, own=None))


@pytest.mark.parametrize("has_own", [False, True])
@pytest.mark.parametrize("mmap", [False, True])
def test_ngrams_are_saved_and_loaded(has_own, mmap, tmp_path):
    vectors = with_ngrams()
    own = vectors.subwords.own if has_own else None
    vectors.subwords = replace(vectors.subwords, own=own, pruned=True)
    vectors.save(tmp_path / "v.npz")
    found = WordVectors.load(tmp_path / "v.npz", mmap=mmap)
    for name in ("minn", "maxn", "buckets", "pruned"):
        assert getattr(found.subwords, name) == getattr(vectors.subwords, name)
    np.testing.assert_array_equal(found["kings"], vectors["kings"])
    assert (found.subwords.own is None) == (not has_own)
    assert isinstance(found.subwords.matrix, np.memmap) == mmap
    some = WordVectors.load(tmp_path / "v.npz", only=["queen", "coffee"])
    np.testing.assert_array_equal(some["kings"], vectors["kings"])
    if has_own:
        np.testing.assert_array_equal(found.subwords.own, own)
        np.testing.assert_array_equal(some.subwords.own, own[[1, 3]])
        np.testing.assert_array_equal(WordVectors.load(tmp_path / "v.npz", limit=2).subwords.own, own[:2])


def test_documents_have_vectors_of_the_words_size():
    vectors = WordVectors(["tea"], np.ones((1, 2)), documents=np.zeros((3, 2)))
    assert "3 documents" in repr(vectors)
    with pytest.raises(
        ValueError, match=r"documents has the shape \(3, 4\): expected \(3, 2\), as words and matrix say"
    ):
        WordVectors(["tea"], np.ones((1, 2)), documents=np.zeros((3, 4)))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16])
def test_small_integers_of_numpy_are_whole_numbers(kind):
    vectors = WordVectors([f"w{i}" for i in range(300)], np.random.default_rng(1).normal(size=(300, 8)))
    for name in ("most_similar", "most_similar_many"):
        ask = getattr(vectors, name)
        for method in ("add", "mul"):
            few = {"top_n": kind(100), "restrict": kind(120), "method": method}
            assert ask(["w1", "w2"], **few) == ask(["w1", "w2"], top_n=100, restrict=120, method=method)
