"""Huffman's binary tree over a vocabulary: the path from the root to each word, short for frequent words.

Programs agree on the expected length of a path but not on how ties are broken, and with which bit a step is taken;
the nodes of a model trained elsewhere are only meaningful with that program's rule.
"""

import heapq
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._types import Array, Ids
from ..functions import check_unmasked, log_sigmoid
from ..runtime.arguments import check_choice, check_whole

RULES = ("word2vec.c", "gensim", "fasttext")


class Tree(NamedTuple):
    """A binary tree with V words as leaves and V − 1 inner nodes, the root being number V − 2.

    The path to word w, from the root on, has the nodes nodes[ends[w]:ends[w + 1]] and as many bits: 0 where the
    factor of the word's probability is σ(u_nᵀv), 1 where it is σ(−u_nᵀv).

    ends (V + 1,), nodes (E,), bits (E,): ints

    Examples
    --------
    >>> from word2vec.text import huffman_tree
    >>> tree = huffman_tree([4, 3, 2, 1])
    >>> tree.path(2)
    (array([2, 1, 0], dtype=int32), array([1, 0, 1], dtype=int8))
    >>> tree.lengths.tolist()
    [1, 2, 3, 3]
    """

    ends: Ids
    nodes: Ids
    bits: Ids

    @property
    def lengths(self) -> Ids:
        """The length of each word's path: (V,)."""
        return np.diff(self.ends)

    def path(self, word: int) -> tuple[Ids, Ids]:
        """Return the nodes and the bits of the path to a word, an id from 0 to V − 1, from the root on."""
        word = check_whole("word", word, 0, len(self.ends) - 2)
        part = slice(*self.ends[word : word + 2])
        return self.nodes[part], self.bits[part]

    def log_probabilities(self, scores: "ArrayLike") -> Array:
        """Compute log P(w) = Σ_l log σ(±x_l) of every word, of the nodes' scores x = U v (E41): (V − 1,) → (V,).

        Examples
        --------
        >>> import numpy as np
        >>> from word2vec.text import huffman_tree
        >>> np.exp(huffman_tree([4, 3, 2, 1]).log_probabilities([0, 0, 0]))
        array([0.5  , 0.25 , 0.125, 0.125])
        """
        words = np.arange(len(self.lengths)).repeat(self.lengths)
        terms = log_sigmoid(np.asarray(scores)[self.nodes] * (1.0 - 2 * self.bits))
        return np.bincount(words, terms, len(self.lengths))

    def directions(self, U: Array) -> Array:
        """Compute ∂ log P(w)/∂v at v = 0 of every word, ½ Σ_l ±u_l, of the nodes' vectors U (V − 1, D): (V, D).

        They stand for the words' outside vectors, which a tree does not have: words that are predicted alike lie near
        each other.

        Examples
        --------
        >>> import numpy as np
        >>> from word2vec.text import huffman_tree
        >>> huffman_tree([4, 3, 2]).directions(np.array([[0.0, 2.0], [2.0, 0.0]])).tolist()
        [[1.0, 0.0], [-1.0, -1.0], [-1.0, 1.0]]
        """
        from scipy.sparse import csr_array

        signs = (0.5 - self.bits).astype(U.dtype)
        return np.asarray(csr_array((signs, self.nodes, self.ends), (len(self.lengths), len(U))) @ U)


def huffman_tree(counts: "ArrayLike", rule: str = "word2vec.c") -> Tree:
    """Build the tree in which Σ_w count_w · length_w is smallest (E41).

    Repeatedly, the two nodes of smallest count get a parent with the sum of their counts; the second gets bit 1. At
    equal counts

    - "word2vec.c" takes inner nodes before words, words in reverse order (which must be the order of falling counts
      there, and is made so here) and inner nodes in the order in which they were made;
    - "fasttext" does the same, but with opposite bits: there the factor is σ(x) where the code is 1;
    - "gensim" takes whichever Python's heap has first.

    Parameters
    ----------
    counts : (V,), finite, V ≥ 1; those below 1 count as 1, since many zeros would make a chain as long
    rule : whose tree, if the nodes of another program's model are to be read

    Raises ValueError if counts or rule are not such.

    Examples
    --------
    >>> from word2vec.text import huffman_tree
    >>> tree = huffman_tree([5, 5, 5])
    >>> [tree.path(word)[1].tolist() for word in range(3)]
    [[0], [1, 1], [1, 0]]
    """
    check_choice("rule", rule, RULES)
    check_unmasked(counts=counts)
    found = np.asarray(counts)
    if found.ndim != 1 or not found.size or not np.isfinite(found.astype(np.float64)).all():
        raise ValueError(f"counts of shape {found.shape}: expected a finite number for each of one or more words")
    found = np.maximum(found, 1)
    if rule == "gensim":
        return _paths(*_by_heap(found.tolist()))
    order = len(found) - 1 - np.argsort(found[::-1], kind="stable")[::-1]  # falling; equal ones as they come
    parent, bit = by_two_queues(found[order].tolist())
    leaf = np.append(np.argsort(order), np.arange(len(order), len(parent)))  # of each word; inner nodes stay
    tree = _paths(parent[leaf], bit[leaf])
    return tree if rule == "word2vec.c" else tree._replace(bits=1 - tree.bits)


def by_two_queues(counts: list[Any]) -> tuple[Ids, Ids]:
    """Return parent and bit of V leaves, of falling counts, and V − 1 inner nodes, whose counts come out rising."""
    V = len(counts)
    parent, bit = [0] * (2 * V - 1), [0] * (2 * V - 1)
    counts = [*counts, *[float("inf")] * V]  # an inner node that is not made yet is never smallest
    leaf, inner = V - 1, V
    for new in range(V, 2 * V - 1):
        total = 0
        for second in (0, 1):
            if leaf >= 0 and counts[leaf] < counts[inner]:
                least, leaf = leaf, leaf - 1
            else:
                least, inner = inner, inner + 1
            total += counts[least]
            parent[least], bit[least] = new, second
        counts[new] = total
    return np.array(parent, np.int32), np.array(bit, np.int8)


class _Counted(float):
    """A count that knows its node; the heap compares counts alone."""

    node: int


def _by_heap(counts: list[float]) -> tuple[Ids, Ids]:
    """Return parent and bit of V leaves and V − 1 inner nodes."""
    V = len(counts)
    parent, bit = [0] * (2 * V - 1), [0] * (2 * V - 1)
    heap = [_Counted(count) for count in counts]
    for node, item in enumerate(heap):
        item.node = node
    heapq.heapify(heap)
    for new in range(V, 2 * V - 1):
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        both = _Counted(first + second)
        both.node = parent[first.node] = parent[second.node] = new
        bit[second.node] = 1
        heapq.heappush(heap, both)
    return np.array(parent, np.int32), np.array(bit, np.int8)


def _paths(parent: Ids, bit: Ids) -> Tree:
    """Walk from all leaves to the root, a step of all words at once; what is found first stands last in a path."""
    V, root = (len(parent) + 1) // 2, len(parent) - 1
    word = np.arange(V if root else 0, dtype=np.int32)
    at, steps, lengths = word, [], np.zeros(V, np.int64)
    while len(word):
        up = parent[at]
        steps.append((word, up - V, bit[at]))
        lengths[word] += 1
        word, at = word[up != root], up[up != root]
    ends = np.append(0, np.cumsum(lengths))
    nodes, bits = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int8)
    for distance, (word, node, taken) in enumerate(steps, 1):
        place = ends[word + 1] - distance
        nodes[place], bits[place] = node, taken
    return Tree(ends, nodes, bits)
