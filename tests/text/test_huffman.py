"""word2vec/text/huffman.py: the tree of smallest expected length, by each program's rule for ties."""

import heapq
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec.text.huffman import RULES, huffman_tree

COUNTS = {
    "falling": [9, 7, 4, 4, 2, 1],
    "equal": [5] * 11,
    "powers": [2**i for i in range(9, -1, -1)],
    "mixed": np.random.default_rng(1).zipf(1.5, 300) % 997 + 1,
    "unsorted": [1, 8, 3, 3, 2, 8],
    "two": [3, 1],
    "fractions": [1.25, 1.5, 2.5, 1.5],
    "unsigned": np.array([2, 9, 2, 5], np.uint64),
}
every_rule = pytest.mark.parametrize("rule", RULES)
every_count = pytest.mark.parametrize("name", COUNTS)


def paths(tree, words=None):
    return [
        tuple(part.tolist() for part in tree.path(w)) for w in range(len(tree.ends) - 1 if words is None else words)
    ]


def smallest_cost(counts):
    """Σ count · length of a Huffman tree is the sum of the inner nodes' counts: by a heap, without any tree."""
    heap, cost = np.maximum(counts, 1).tolist(), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        cost += both
        heapq.heappush(heap, both)
    return cost


def by_search(counts):
    """word2vec.c's tree by looking through all nodes for the smallest: its ties by a key, walked by recursion."""
    V = len(counts)
    rank = np.argsort(np.argsort(-np.array(counts), kind="stable"))
    alive = [(count, 1, -rank[w], w) for w, count in enumerate(counts)]  # inner nodes (…, 0, …) come first
    for new in range(V - 1):
        alive.sort(key=lambda node: node[:3])
        (a, *_, left), (b, *_, right) = alive[:2]
        alive = [*alive[2:], (a + b, 0, new, (new, left, right))]
    found = {}

    def walk(node, nodes, bits):
        if isinstance(node, tuple):
            walk(node[1], [*nodes, node[0]], [*bits, 0])
            walk(node[2], [*nodes, node[0]], [*bits, 1])
        else:
            found[node] = nodes, bits

    walk(alive[0][3], [], [])
    return [found[w] for w in range(V)]


@every_count
def test_the_tree_is_that_of_a_search_for_the_smallest_nodes(name):
    assert paths(huffman_tree(COUNTS[name])) == by_search(list(COUNTS[name]))


@every_rule
@every_count
def test_it_is_a_binary_tree_of_smallest_expected_length(name, rule):
    counts = np.array(COUNTS[name])
    tree = huffman_tree(counts, rule)
    assert (0.5**tree.lengths).sum() == 1  # Kraft
    assert len({tuple(bits) for _, bits in paths(tree)}) == len(counts)
    assert (counts * tree.lengths).sum() == pytest.approx(smallest_cost(counts), rel=1e-15)
    assert set(tree.nodes) == set(range(len(counts) - 1))
    assert set(tree.nodes[tree.ends[:-1]]) == {len(counts) - 2}  # the root


@pytest.mark.parametrize(
    ("counts", "rule", "expected"),
    [
        ([4, 3, 2, 1], "word2vec.c", [([2], [0]), ([2, 1], [1, 1]), ([2, 1, 0], [1, 0, 1]), ([2, 1, 0], [1, 0, 0])]),
        ([4, 3, 2, 1], "fasttext", [([2], [1]), ([2, 1], [0, 0]), ([2, 1, 0], [0, 1, 0]), ([2, 1, 0], [0, 1, 1])]),
        ([5, 5, 5], "word2vec.c", [([1], [0]), ([1, 0], [1, 1]), ([1, 0], [1, 0])]),
        ([5, 5, 5], "gensim", [([1], [0]), ([1, 0], [1, 1]), ([1, 0], [1, 0])]),
        ([7, 1], "word2vec.c", [([0], [1]), ([0], [0])]),
        ([1, 7], "word2vec.c", [([0], [0]), ([0], [1])]),
        ([3, 0, 0], "word2vec.c", [([1], [1]), ([1, 0], [0, 1]), ([1, 0], [0, 0])]),
    ],
)
def test_trees_by_hand(counts, rule, expected):
    assert paths(huffman_tree(counts, rule)) == expected


@every_rule
def test_one_word_has_an_empty_path_and_the_probability_1(rule):
    tree = huffman_tree([7], rule)
    assert (tree.ends.tolist(), tree.nodes.size, tree.bits.size) == ([0, 0], 0, 0)
    assert tree.log_probabilities(np.empty(0)).tolist() == [0]


@every_rule
def test_words_that_were_never_seen_make_no_chain(rule):
    tree = huffman_tree([1000] + [0] * 1023, rule)
    assert tree.lengths.max() == 11
    assert paths(tree) == paths(huffman_tree([1000] + [1] * 1023, rule))


@every_rule
def test_counts_that_double_make_the_deepest_tree(rule):
    tree = huffman_tree([2**i for i in range(50, -1, -1)], rule)
    assert tree.lengths.tolist() == [*range(1, 51), 50]


def test_fasttext_has_the_same_nodes_and_opposite_bits():
    ours, theirs = huffman_tree(COUNTS["mixed"]), huffman_tree(COUNTS["mixed"], "fasttext")
    np.testing.assert_array_equal(ours.nodes, theirs.nodes)
    np.testing.assert_array_equal(ours.bits, 1 - theirs.bits)


def test_ties_make_gensim_s_tree_another_one():
    assert paths(huffman_tree([5] * 11, "gensim")) != paths(huffman_tree([5] * 11))


@every_count
def test_gensim_s_tree_node_by_node(name):
    word2vec = pytest.importorskip("gensim.models.word2vec", reason="gensim is not installed")
    counts, codes, points = np.asarray(COUNTS[name]), {}, {}
    vocabulary = SimpleNamespace(index_to_key=[*range(len(counts))], get_vecattr=lambda i, _: counts[i])
    stores = {"code": codes, "point": points}
    vocabulary.set_vecattr = lambda word, what, value: stores[what].__setitem__(word, value)

    class Vocabulary(SimpleNamespace):
        def __len__(self):
            return len(counts)

    word2vec._assign_binary_codes(Vocabulary(**vars(vocabulary)))
    expected = [(points[w].tolist(), codes[w].tolist()) for w in range(len(counts))]
    assert paths(huffman_tree(counts, "gensim")) == expected


def test_probabilities_are_the_products_along_the_paths():
    tree, scores = huffman_tree([4, 3, 2, 1]), np.log([2, 3, 6])
    found = np.exp(tree.log_probabilities(scores))
    np.testing.assert_allclose(found, [24 / 28, 1 / 28, 1 / 28, 2 / 28], rtol=1e-14)


@every_rule
@every_count
def test_probabilities_sum_to_1_and_extreme_ones_stay_finite(name, rule):
    tree = huffman_tree(COUNTS[name], rule)
    for size in (0, 1, 800):
        found = tree.log_probabilities(size * np.random.default_rng(2).normal(size=len(COUNTS[name]) - 1))
        assert np.isfinite(found).all()
        assert np.exp(found).sum() == pytest.approx(1, rel=1e-14)
    np.testing.assert_allclose(tree.log_probabilities(np.zeros(len(tree.lengths) - 1)), -tree.lengths * np.log(2))


@every_rule
@every_count
def test_directions_are_the_gradients_of_log_probabilities_at_zero(name, rule):
    tree = huffman_tree(COUNTS[name], rule)
    U, e = np.random.default_rng(3).normal(size=(len(COUNTS[name]) - 1, 2)), 1e-5
    for i, step in enumerate(e * np.eye(2)):
        differences = (tree.log_probabilities(U @ step) - tree.log_probabilities(U @ -step)) / (2 * e)
        np.testing.assert_allclose(tree.directions(U)[:, i], differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("counts", [[], [[1, 2]], [1, np.nan], [np.inf, 2], 3])
def test_counts_that_are_none(counts):
    with pytest.raises(ValueError, match=r"^counts of shape .*: expected a finite number for each of one or more"):
        huffman_tree(counts)


def test_counts_may_be_objects():
    for rule in ("word2vec.c", "gensim", "fasttext"):
        assert huffman_tree(np.array([4, 3, 2, 1], object), rule).lengths.tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize("word", [-1, 4])
def test_a_path_to_no_word(word):
    with pytest.raises(ValueError, match=rf"^word is {word}: expected a whole number from 0 to 3$"):
        huffman_tree([4, 3, 2, 1]).path(word)


def test_hidden_counts_are_refused():
    with pytest.raises(TypeError, match=r"^counts is a masked array: expected all its numbers; replace"):
        huffman_tree(np.ma.array([3, 2, 1], mask=[0, 0, 1]))


def test_an_unknown_rule():
    with pytest.raises(ValueError, match=r"^rule is 'spark': expected one of word2vec.c, gensim, fasttext"):
        huffman_tree([1, 2], "spark")


def test_scores_of_gensims_outside_vectors_have_one_more():
    tree = huffman_tree([3, 2, 1])
    np.testing.assert_array_equal(tree.log_probabilities([1, 2, 0]), tree.log_probabilities([1, 2]))
