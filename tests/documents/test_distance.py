"""word2vec/documents/distance.py: distances against the textbook's program, their bounds, nearest documents."""

import re
from itertools import permutations

import numpy as np
import pytest

from word2vec.documents import distance
from word2vec.documents.distance import COSTS, METHODS, nearest_documents, word_movers_distance
from word2vec.documents.means import count_words
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

WORDS = [f"w{i}" for i in range(12)]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, np.random.default_rng(3).normal(size=(12, 4)).astype(np.float32))


def cost_of(vectors, one, other, cost):
    x, y = (vectors[word].astype(float) for word in (one, other))
    if cost != "euclidean":
        x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    return 1 - x @ y if cost == "cosine" else np.linalg.norm(x - y)


def textbook(vectors, a, b, cost="euclidean"):
    """The linear program over all pairs of words, with no word left where it is."""
    from scipy.optimize import linprog

    (n_words, p), (m_words, q) = (
        np.unique([w for w in words if w in vectors], return_counts=True) for words in (a, b)
    )
    costs = [cost_of(vectors, one, other, cost) for one in n_words for other in m_words]
    n, m = len(p), len(q)
    T = np.eye(n * m).reshape(n * m, n, m)
    sums = np.vstack([T.sum(axis=2).T, T.sum(axis=1).T])
    return linprog(costs, A_eq=sums, b_eq=np.concatenate([p / p.sum(), q / q.sum()])).fun


def drawn(seed, longest=8):
    rng = np.random.default_rng(seed)
    return [
        rng.choice([*WORDS, "unknown"], rng.integers(1, longest)).tolist() + ["w0"] * (seed % 2) for _ in range(2)
    ]


DOCUMENTS = [(["w1", "w2", "w2", "?"], ["w3"]), (["w1", "w2"], ["w2", "w3", "w1"])]


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("documents", [*DOCUMENTS, *(drawn(seed) for seed in range(1, 14, 2))])
def test_the_distance_is_that_of_the_textbook_and_the_bounds_are_below(vectors, documents, cost):
    exact = word_movers_distance(vectors, *documents, cost=cost)
    assert exact == pytest.approx(textbook(vectors, *documents, cost), abs=1e-9)
    assert exact == pytest.approx(word_movers_distance(vectors, *documents[::-1], cost=cost), abs=1e-9)
    for method in METHODS[1:]:
        assert 0 <= word_movers_distance(vectors, *documents, cost=cost, method=method) <= exact + 1e-12


def test_words_of_equal_shares_are_paired_off(vectors):
    a, b = WORDS[:5], WORDS[5:10]
    least = min(
        sum(cost_of(vectors, *pair, "euclidean") for pair in zip(a, order, strict=True)) for order in permutations(b)
    )
    assert word_movers_distance(vectors, a, b) == pytest.approx(least / 5, rel=1e-12)


def test_the_bounds_are_what_they_are_said_to_be(vectors):
    a, b = ["w1", "w1", "w2"], ["w3", "w4"]
    for cost in COSTS:
        costs = np.array([[cost_of(vectors, one, other, cost) for other in b] for one in a])
        relaxed = max(costs.min(axis=1).mean(), costs.min(axis=0).mean())
        assert word_movers_distance(vectors, a, b, cost=cost, method="relaxed") == pytest.approx(relaxed, rel=1e-6)
    apart = np.linalg.norm(np.mean(vectors[a].astype(float), axis=0) - np.mean(vectors[b].astype(float), axis=0))
    assert word_movers_distance(vectors, a, b, method="centroid") == pytest.approx(apart, rel=1e-12)


def test_the_dual_bound_is_below_and_near():
    rng = np.random.default_rng(1)
    for size in (1, 3, 20):
        costs, p, q = (
            rng.random((size, size + 2)) ** 2,
            rng.dirichlet(np.ones(size)),
            rng.dirichlet(np.ones(size + 2)),
        )
        exact, bound = distance._moved(p, q, costs), distance._dual_bound(p, q, costs)
        assert 0.9 * exact < bound <= exact * (1 + 1e-12)
    outlier = costs + 1e6 * (np.arange(size) == 4)[:, None]  # costs of very different sizes
    assert (
        0.9 * distance._moved(p, q, outlier) < distance._dual_bound(p, q, outlier) <= distance._moved(p, q, outlier)
    )


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_the_unit_of_the_vectors_does_not_matter(vectors, size):
    a, b = drawn(3)
    scaled = WordVectors(WORDS, size * vectors.matrix.astype(float))
    assert word_movers_distance(scaled, a, b) == pytest.approx(size * word_movers_distance(vectors, a, b), rel=1e-6)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("method", METHODS)
def test_a_document_is_at_no_distance_from_itself(vectors, cost, method):
    a = ["w1", "w2", "w2", "w5"]
    assert word_movers_distance(vectors, a, [*a[::-1], "unknown"], cost=cost, method=method) < 1e-6
    assert word_movers_distance(vectors, a, a * 3, cost="euclidean") == 0


def test_a_word_without_direction_is_at_right_angles_to_all():
    vectors = WordVectors(["zero", "one"], np.array([[0.0, 0.0], [0.0, 5.0]]))
    assert word_movers_distance(vectors, ["zero"], ["one"], cost="cosine") == 1
    assert word_movers_distance(vectors, ["zero"], ["one"], cost="unit") == 1
    assert word_movers_distance(vectors, ["zero"], ["one"]) == 5


@pytest.mark.parametrize(
    ("cost", "top_n"),  # in a plain round each cost and each number once
    [
        pytest.param(cost, n, marks=[pytest.mark.slow] * (i != j))
        for i, cost in enumerate(COSTS)
        for j, n in enumerate([1, 4, 100])
    ],
)
def test_the_nearest_documents_are_those_of_all_distances(vectors, cost, top_n):
    documents = [document for seed in range(10) for document in drawn(seed)] + [["unknown"], []]
    query = ["w1", "w2", "w3", "w1", "never"]
    bag = count_words(documents, vectors)
    known = [i for i, document in enumerate(documents) if set(document) & set(WORDS)]
    truth = sorted((word_movers_distance(vectors, query, documents[i], cost=cost), i) for i in known)[:top_n]
    found = nearest_documents(bag, query, top_n, cost=cost)
    assert [i for i, _ in found] == [i for _, i in truth]
    np.testing.assert_allclose([each for _, each in found], [each for each, _ in truth], rtol=0, atol=1e-12)


def test_words_that_ngrams_compose_are_moved_like_the_others(vectors):
    """And stay where both documents hold them, whatever else unknown words there are."""
    rows = np.random.default_rng(5).normal(size=(50, 4)).astype(np.float32)
    vectors = WordVectors(WORDS, vectors.matrix, subwords=Subwords(2, 3, 50, np.arange(50), rows))
    half = cost_of(vectors, "w1", "new", "euclidean") / 2
    assert word_movers_distance(vectors, ["w1", "new"], ["new"]) == pytest.approx(half, rel=1e-12)
    documents = [["a", "new"], ["new", "w1"], ["</s>"], ["w2"], ["other"]]
    bag, query = count_words(documents, vectors), ["new", "other", "w1"]
    truth = sorted((word_movers_distance(vectors, query, documents[i]), i) for i in (0, 1, 3, 4))
    found = nearest_documents(bag, query)
    assert [i for i, _ in found] == [i for _, i in truth]
    np.testing.assert_allclose([each for _, each in found], [each for each, _ in truth], rtol=0, atol=1e-12)


def test_few_programs_are_solved(vectors, monkeypatch):
    solved = []

    def moved(*problem, moved=distance._moved):
        solved.append(moved(*problem))
        return solved[-1]

    monkeypatch.setattr(distance, "_moved", moved)
    bag = count_words([document for seed in range(50) for document in drawn(seed)], vectors)
    assert len(nearest_documents(bag, ["w1", "w2", "w3"], 3)) == 3
    assert 3 <= len(solved) < 10


def test_equal_documents_stand_in_their_order(vectors):
    bag = count_words([["w3", "w4"], ["w1", "w5"], ["w5", "w1"], ["w1", "w5", "?"]], vectors)
    assert [i for i, _ in nearest_documents(bag, ["w1", "w2"], 4)][:3] == [1, 2, 3]
    assert [i for i, _ in nearest_documents(bag, ["w1", "w2"], 2)] == [1, 2]


def test_no_document_at_all(vectors):
    assert nearest_documents(count_words([], vectors), ["w1"]) == []
    assert nearest_documents(count_words([["unknown"]], vectors), ["w1"]) == []


def test_a_bag_answers_many_queries_and_stays_as_it_is(vectors):
    bag = count_words([drawn(seed)[0] for seed in range(9)], vectors)
    before = bag.counts.toarray()
    assert nearest_documents(bag, ["w1"]) == nearest_documents(bag, {"w1"})
    np.testing.assert_array_equal(bag.counts.toarray(), before)


@pytest.mark.parametrize("seed", range(3))
def test_gensims_distance_is_the_one_of_unit_length(vectors, gensims_vectors, seed):
    pytest.importorskip("ot", reason="gensim's wmdistance needs POT")
    a, b = drawn(seed)
    peer = gensims_vectors(WORDS, vectors.matrix)
    for norm, cost in ((True, "unit"), (False, "euclidean")):
        assert word_movers_distance(vectors, a, b, cost=cost) == pytest.approx(peer.wmdistance(a, b, norm), abs=1e-6)


# errors


@pytest.mark.parametrize(
    ("documents", "name", "words"), [((["snow"], ["w1"]), "a", 1), ((["w1"], []), "b", 0), (([], []), "a", 0)]
)
def test_a_document_without_known_words_has_no_distance(vectors, documents, name, words):
    message = f"{name}: none of its {words} words has a vector: expected at least one"
    with pytest.raises(ValueError, match=f"^{re.escape(message)} known word$"):
        word_movers_distance(vectors, *documents)


def test_a_query_without_known_words(vectors):
    with pytest.raises(ValueError, match=r"^query: none of its 1 words has a vector"):
        nearest_documents(count_words([["w1"]], vectors), ["snow"])


def test_what_is_no_document(vectors):
    with pytest.raises(TypeError, match=r"^b: 'w1 w2' is one word, expected a list .*, say 'w1 w2'\.split\(\)$"):
        word_movers_distance(vectors, ["w1"], "w1 w2")
    with pytest.raises(
        TypeError, match=r"^bag is \[\['w1'\]\]: expected what count_words\(documents, vectors\) returns"
    ):
        nearest_documents([["w1"]], ["w1"])


def test_options_that_are_none(vectors):
    bag = count_words([["w1"]], vectors)
    message = r"^cost is 'l1': expected one of euclidean, unit, cosine$"
    with pytest.raises(ValueError, match=message):
        word_movers_distance(vectors, ["w1"], ["w2"], cost="l1")
    with pytest.raises(ValueError, match=message):
        nearest_documents(bag, ["w1"], cost="l1")
    with pytest.raises(ValueError, match=r"^method is 'best': expected one of exact, relaxed, centroid$"):
        word_movers_distance(vectors, ["w1"], ["w2"], method="best")
    with pytest.raises(ValueError, match=r"^top_n is 0: expected at least 1$"):
        nearest_documents(bag, ["w1"], 0)


@pytest.mark.parametrize("cost", COSTS)
def test_vectors_in_use_are_finite(vectors, cost):
    vectors.matrix[2, 1] = np.nan
    assert word_movers_distance(vectors, ["w1"], ["w3"], cost=cost) > 0
    with pytest.raises(ValueError, match=r"^row 0 \('w2'\) of the vectors in use holds NaN or infinity"):
        word_movers_distance(vectors, ["w2"], ["w3"], cost=cost)


@pytest.mark.parametrize("method", ["exact", "relaxed", "centroid"])
def test_distances_that_overflow(method):
    vectors = WordVectors(["tea", "milk"], np.array([[1e200], [-1e200]]))
    with pytest.raises(ValueError, match=r"^the distances between words overflow: expected smaller numbers"):
        word_movers_distance(vectors, ["tea"], ["milk"], method=method)
    assert word_movers_distance(vectors, ["tea"], ["milk"], cost="unit", method=method) == 2


def test_what_others_call_otherwise_is_named(vectors):
    with pytest.raises(TypeError, match=r"^word_movers_distance\(\) has no argument 'norm': pass cost='unit' for "):
        word_movers_distance(vectors, ["w1"], ["w2"], norm=True)
    bag = count_words([["w1"]], vectors)
    with pytest.raises(TypeError, match=r"^nearest_documents\(\) has no argument 'topn': it is called top_n here$"):
        nearest_documents(bag, ["w1"], topn=3)
    with pytest.raises(TypeError, match=r"no argument 'topn': expected one of vectors, a, b, cost, method$"):
        word_movers_distance(vectors, ["w1"], ["w2"], topn=3)
    with pytest.raises(TypeError, match=r"no argument 'document1': expected one of bag, query, top_n, cost$"):
        nearest_documents(bag, document1=["w1"])
