"""Random walks of a graph, whose rows of node numbers are sentences to train node vectors on (node2vec, DeepWalk)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Array
from ..functions import check_unmasked
from ..runtime.arguments import check_number, check_type, check_whole, with_other_names
from ..runtime.memory import check_memory

DRAWS = 32  # that are tried for each step before the weights of all its edges are added up
EDGES = 1 << 22  # of which so many are added up at a time
OTHER_NAMES = {  # of node2vec's programs
    "walk_length": "it is called length here",
    **dict.fromkeys(("num_walks", "walks_per_node"), "it is called walks here"),
    **dict.fromkeys(("seed", "random_state"), "pass rng=numpy.random.default_rng(seed)"),
}


@with_other_names(OTHER_NAMES)
def random_walks(
    graph: Any, length: int, walks: int = 1, *, p: float = 1.0, q: float = 1.0, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Walk at random through a graph, from each node several times (E49).

    All walks take their steps at once. With p = q = 1 the walk is DeepWalk's, otherwise node2vec's: the step from v
    to x, after one from t to v, has the weight of the edge (v, x), times 1/p if x is t, 1 if the graph has the edge
    (t, x), and 1/q else. It is drawn by rejection, and where that fails too often from the weights of all edges of v:
    either way with exactly these probabilities.

    Parameters
    ----------
    graph : (N, N) sparse matrix of SciPy, or an array: entry (i, j) is the weight of the edge from i to j, or 0.
        An undirected graph is a symmetric matrix; duplicate entries are added
    length : nodes of a walk
    walks : from each node; those of all nodes, in random order, come one after the other
    p, q : return and in-out parameters
    rng : generator of all that is drawn

    Returns
    -------
    (walks · N, length) node numbers; from where a walk stood at a node without edges on, they are −1. `train` and
    `encode` take them as a text: the words are the node numbers in decimal digits.

    Raises TypeError or ValueError if an argument makes no sense, MemoryError if the walks do not fit into memory:
    then pass fewer at a time, `encode((random_walks(graph, 80, rng=rng) for _ in range(10)), folder="walks")`.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from word2vec.text import random_walks
    >>> ring = csr_array(([1, 1, 1, 1], ([0, 1, 2, 3], [1, 2, 3, 0])))
    >>> random_walks(ring, 6, rng=np.random.default_rng(1))[:2]
    array([[0, 1, 2, 3, 0, 1],
           [1, 2, 3, 0, 1, 2]], dtype=int32)
    """
    steps = _Steps(graph, p, q, rng)
    length, walks = check_whole("length", length), check_whole("walks", walks)
    n = steps.nodes * walks
    check_memory(4 * n * length + 100 * n, f"{n:,} walks of {length} nodes", "pass fewer walks at a time")
    path = np.full((n, length), -1, np.int32)
    path[:, 0] = np.concatenate([rng.permutation(steps.nodes) for _ in range(walks)])
    going = np.arange(n)
    for i in range(1, length):
        going = going[steps.degree[path[going, i - 1]] > 0]
        now = path[going, i - 1].astype(np.int64)
        path[going, i] = steps.first(now) if i == 1 else steps.next(path[going, i - 2].astype(np.int64), now)
    return path


class _Steps:
    """Draws the steps of walks; edge e of node v, degree[v] in all from begin[v] on, leads to column[e]."""

    def __init__(self, graph: Any, p: float, q: float, rng: np.random.Generator) -> None:
        check_type("rng", rng, np.random.Generator, "a generator, such as numpy.random.default_rng(1)")
        self.rng, positive = rng, np.finfo(float).tiny
        self.p = check_number("p", p, "a positive number", positive)
        self.q = check_number("q", q, "a positive number", positive)
        begin, self.column, self.weight = _edges(graph)
        self.nodes, self.begin, self.degree = len(begin) - 1, begin[:-1], np.diff(begin)
        row = np.repeat(np.arange(self.nodes), self.degree)
        self.edges = row * self.nodes + self.column  # ascending, as rows and columns are
        weight = self.weight
        if len(weight) and (weight == weight[0]).all():
            self.ends = None
        else:  # the sums of shares along a row, plus the row's number: ascending over all edges
            total = np.add.reduceat(np.append(weight, 0), self.begin)
            sums = np.cumsum(weight / total[row])
            before = np.append(0, sums)[self.begin]
            self.ends = row + (sums - before[row])

    def first(self, now: Array) -> Array:
        """Draw the next node of walks that stand at the nodes `now`, by the weights alone: (n,)."""
        last = self.begin[now] + self.degree[now] - 1
        u = self.rng.random(len(now))
        if self.ends is None:
            edge = self.begin[now] + (u * self.degree[now]).astype(np.int64)
        else:
            edge = np.maximum(np.searchsorted(self.ends, now + u, side="right"), self.begin[now])
        node: Array = self.column[np.minimum(edge, last)]
        return node

    def next(self, before: Array, now: Array) -> Array:
        """Draw the next node of walks that came from the nodes `before` to `now`: (n,)."""
        if self.p == self.q == 1:
            return self.first(now)
        found, left = np.empty(len(now), np.int64), np.arange(len(now))
        most = max(1 / self.p, 1.0, 1 / self.q)
        for _ in range(DRAWS):
            if not len(left):
                break
            node = self.first(now[left])
            taken = self.rng.random(len(left)) * most < self.bias(before[left], node)
            found[left[taken]] = node[taken]
            left = left[~taken]
        for part in np.array_split(left, 1 + int(self.degree[now[left]].sum()) // EDGES):
            found[part] = self.weighed(before[part], now[part])
        return found

    def bias(self, before: Array, node: Array) -> Array:
        """Return by what the weight of a step to `node` is multiplied, two steps after `before`: (n,)."""
        key = before * self.nodes + node
        place = np.minimum(np.searchsorted(self.edges, key), len(self.edges) - 1)
        return np.where(node == before, 1 / self.p, np.where(self.edges[place] == key, 1.0, 1 / self.q))

    def weighed(self, before: Array, now: Array) -> Array:
        """Draw as `next` does, from the probabilities of all edges."""
        owner, edge, weight = self.weights(before, now)
        if not len(owner):
            return np.empty(0, np.int64)
        start = np.flatnonzero(np.diff(owner, prepend=-1))
        share = weight / np.add.reduceat(weight, start)[owner]
        sums = np.cumsum(share)
        ends = owner + sums - (sums - share)[start][owner]
        chosen = np.searchsorted(ends, np.arange(len(now)) + self.rng.random(len(now)), side="right")
        return self.column[edge[np.clip(chosen, start, np.append(start[1:], len(owner)) - 1)]]

    def weights(self, before: Array, now: Array) -> tuple[Array, Array, Array]:
        """Return the edges that all steps may take: whose step it is, the edge, its weight times its bias."""
        degree = self.degree[now]
        owner = np.repeat(np.arange(len(now)), degree)
        edge = np.arange(len(owner)) + np.repeat(self.begin[now] - np.cumsum(degree) + degree, degree)
        return owner, edge, self.weight[edge] * self.bias(before[owner], self.column[edge])


def _edges(graph: Any) -> tuple[Array, Array, Array]:
    """Return a graph's edges by rows: begin of each row (N + 1,), columns in ascending order, weights."""
    from scipy import sparse  # not loaded with the library

    if hasattr(graph, "nodes") and hasattr(graph, "edges"):
        fix = "pass networkx.to_scipy_sparse_array(graph), whose rows are the nodes in the graph's order"
        raise TypeError(f"graph is a {type(graph).__name__}: expected a sparse matrix; {fix}")
    fix = "of edges from i to j, that is csr_array((weights, (i, j)), shape=(N, N)), weights[k] being that of edge k"
    if not sparse.issparse(graph) and not isinstance(graph, np.ndarray):
        raise TypeError(f"graph is {type(graph).__name__}: expected a sparse matrix of SciPy, or an array; {fix}")
    check_unmasked(graph=graph)
    if len(graph.shape) != 2 or graph.shape[0] != graph.shape[1] or not graph.shape[0]:
        expected = "expected a square matrix, a row and a column a node"
        raise ValueError(f"graph has the shape {graph.shape}: {expected}; {fix}")
    matrix = sparse.csr_array(graph, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    bad = ~(np.isfinite(matrix.data) & (matrix.data > 0))
    if bad.any():
        wrong = int(bad.argmax())
        row = int(np.searchsorted(matrix.indptr, wrong, side="right")) - 1
        place = f"from {row} to {matrix.indices[wrong]}"
        raise ValueError(f"graph: the edge {place} has the weight {matrix.data[wrong]:g}: expected a positive number")
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data
