"""word2vec/vectors.py: asking for words and their neighbours."""

import numpy as np
import pytest

from word2vec.history import History
from word2vec.vectors import WordVectors

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
    assert repr(vectors) == "<WordVectors: 6 words (king, queen, man, …), 4 dimensions>"


def test_the_matrix_is_the_one_given_and_the_words_are_a_list_of_their_own(matrix):
    words = list(WORDS)
    vectors = WordVectors(words, matrix)
    words.append("milk")
    assert vectors.words == WORDS
    assert vectors.matrix is matrix


def test_an_unknown_word_is_an_error_that_suggests_near_spellings(vectors):
    message = r"no vector for 'quen' among 6 words; did you mean queen\?"
    for ask in (vectors.__getitem__, vectors.index, vectors.most_similar):
        with pytest.raises(KeyError, match=message):
            ask("quen")


def test_several_near_spellings_are_suggested():
    vectors = WordVectors(["hail", "hair", "rain"], np.eye(3))
    with pytest.raises(KeyError, match=r"did you mean (hail or hair|hair or hail)( or rain)?\?"):
        vectors.index("hai")


def test_an_unknown_word_without_near_spellings(vectors):
    with pytest.raises(KeyError, match=r"no vector for 'xyzzy' among 6 words.$"):  # the rest is the message's quote
        vectors["xyzzy"]


# what is refused


@pytest.mark.parametrize("shape", [(5, 4), (7, 4), (6,), (6, 4, 1)])
def test_words_and_rows_must_match(shape):
    with pytest.raises(ValueError, match=r"6 words, matrix of shape \(.*\): expected one row per word"):
        WordVectors(WORDS, np.zeros(shape))


def test_a_word_must_not_stand_twice():
    with pytest.raises(ValueError, match=r"the word 'b' stands twice: expected each word once"):
        WordVectors(["a", "b", "c", "b", "a"][:4], np.zeros((4, 2)))


# neighbours


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("top_n", [1, 3, 5, 10])
def test_neighbours_are_those_of_largest_cosine(vectors, matrix, word, top_n):
    found, truth = vectors.most_similar(word, top_n), neighbours_by_hand(WORDS, matrix, word)[:top_n]
    assert [other for other, _ in found] == [other for other, _ in truth]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in truth], rtol=1e-14, atol=1e-16)
    assert all(type(c) is float for _, c in found)


def test_ten_neighbours_unless_another_number_is_asked_for():
    matrix = np.random.default_rng(5).normal(size=(200, 8))
    words = [f"w{i}" for i in range(200)]
    found = WordVectors(words, matrix).most_similar("w7")
    assert [word for word, _ in found] == [word for word, _ in neighbours_by_hand(words, matrix, "w7")[:10]]


def test_lengths_of_vectors_do_not_matter(matrix):
    scaled = matrix * np.array([1e-3, 1, 7, 1e4, 0.5, 2])[:, None]
    found, truth = (WordVectors(WORDS, table).most_similar("man", 5) for table in (scaled, matrix))
    assert [word for word, _ in found] == [word for word, _ in truth]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in truth], rtol=1e-13)


def test_parallel_and_opposite_vectors():
    vectors = WordVectors(["a", "b", "c"], np.array([[3.0, 4.0], [-6.0, -8.0], [0.3, 0.4]]))
    (nearest, one), (farthest, minus_one) = vectors.most_similar("a")
    assert (nearest, farthest) == ("c", "b")
    assert one == pytest.approx(1, rel=1e-15)
    assert minus_one == pytest.approx(-1, rel=1e-15)


def test_a_vector_of_zeros_is_orthogonal_to_all():
    vectors = WordVectors(["a", "zero", "b"], np.array([[1.0, 0], [0, 0], [-1, 0]]))
    assert vectors.most_similar("a") == [("zero", 0.0), ("b", -1.0)]
    assert vectors.most_similar("zero", 2) in ([("a", 0.0), ("b", 0.0)], [("b", 0.0), ("a", 0.0)])


@pytest.mark.parametrize("top_n", [0, -1])
def test_no_neighbours(vectors, top_n):
    assert vectors.most_similar("tea", top_n) == []


def test_a_single_word_has_no_neighbours():
    assert WordVectors(["a"], np.ones((1, 2))).most_similar("a") == []


def test_asking_changes_nothing(matrix):
    before = matrix.copy()
    matrix.flags.writeable = False
    vectors = WordVectors(WORDS, matrix)
    first = vectors.most_similar("tea", 3)
    assert vectors.most_similar("tea", 3) == first
    np.testing.assert_array_equal(vectors.matrix, before)


def test_float32_vectors(matrix):
    found = WordVectors(WORDS, matrix.astype(np.float32)).most_similar("tea", 5)
    assert [word for word, _ in found] == [word for word, _ in neighbours_by_hand(WORDS, matrix, "tea")]


def test_words_of_equal_cosine_stand_in_the_order_of_the_vocabulary():
    words = [f"w{i}" for i in range(50)]
    matrix = np.ones((50, 2)) * 2.0 ** (np.arange(50) % 3)[:, None]
    assert [word for word, _ in WordVectors(words, matrix).most_similar("w0", 5)] == words[1:6]


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


def test_saving_writes_the_text_format(vectors, tmp_path):
    vectors.save(tmp_path / "vectors.txt")
    first, line = (tmp_path / "vectors.txt").read_text().splitlines()[:2]
    assert first == "6 4"
    assert line == " ".join(["king", *map(repr, vectors["king"].tolist())])


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


def test_the_courses_parameters_become_vectors(tmp_path, matrix):
    np.save(tmp_path / "saved_params_10.npy", np.concatenate((matrix, -matrix)))
    found = WordVectors.load(tmp_path / "saved_params_10.npy", words={word: i for i, word in enumerate(WORDS)})
    np.testing.assert_array_equal(found["tea"], matrix[4])
    np.testing.assert_array_equal(found.outside, -matrix)


def test_a_format_may_be_named(tmp_path, vectors):
    vectors.save(tmp_path / "v.any", "glove")
    assert (
        WordVectors.load(tmp_path / "v.any", "glove", dtype=np.float64).matrix.tobytes() == vectors.matrix.tobytes()
    )
