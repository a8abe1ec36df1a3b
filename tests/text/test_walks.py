"""word2vec/text/walks.py: each step has node2vec's probabilities, enumerated by edges; drawn ones fit them."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array
from scipy.stats import chisquare

from word2vec import train
from word2vec.text import encode, random_walks, walks

# weighted and directed: 0 and 4 are hubs, from 1 to 2 there is no way back, 5 is a dead end, 6 is alone
WEIGHTS = np.zeros((7, 7))
for a, b, w in [(0, 1, 1), (1, 0, 2), (0, 2, 3), (2, 0, 1), (1, 2, 0.5), (0, 3, 2), (3, 0, 1), (3, 4, 4),
                (4, 3, 1), (4, 0, 0.25), (0, 4, 1), (4, 5, 0.5), (2, 2, 1.5)]:  # fmt: skip
    WEIGHTS[a, b] = w
UNWEIGHTED = (WEIGHTS + WEIGHTS.T > 0).astype(float)


def naive_transition(weights, before, now, p, q):
    """The probabilities of the next node, by node2vec's definition."""
    found = weights[now].copy()
    for node in range(len(weights)):
        found[node] *= 1 / p if node == before else 1 if weights[before, node] else 1 / q
    return found / found.sum()


def steps(path):
    """Each (node before, node, next node) of some walks."""
    triples = np.concatenate([path[:, i : i + 3] for i in range(path.shape[1] - 2)])
    return triples[(triples >= 0).all(axis=1)]


@pytest.mark.parametrize("weights", [WEIGHTS, UNWEIGHTED], ids=["weighted, directed", "unweighted"])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.5), (0.01, 1), (1, 100)])
def test_the_probabilities_of_all_edges_are_those_of_the_definition(weights, p, q):
    drawn = walks._Steps(csr_array(weights), p, q, np.random.default_rng(0))
    before, now = np.nonzero(weights)
    before, now = before[drawn.degree[now] > 0], now[drawn.degree[now] > 0]
    owner, edge, weight = drawn.weights(before, now)
    for i, (t, v) in enumerate(zip(before, now, strict=True)):
        found = np.zeros(len(weights))
        found[drawn.column[edge[owner == i]]] = weight[owner == i]
        np.testing.assert_allclose(found / found.sum(), naive_transition(weights, t, v, p, q), rtol=1e-14)


@pytest.mark.parametrize("draws", [0, 2, walks.DRAWS], ids=["weighed", "both", "rejection"])
@pytest.mark.parametrize("weights", [WEIGHTS, UNWEIGHTED], ids=["weighted, directed", "unweighted"])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.5)])
def test_drawn_steps_fit_the_definition(monkeypatch, weights, p, q, draws):
    monkeypatch.setattr(walks, "DRAWS", draws)
    monkeypatch.setattr(walks, "EDGES", 5000)
    path = random_walks(csr_array(weights), 12, 1000, p=p, q=q, rng=np.random.default_rng(1))
    found, N = steps(path), len(weights)
    counts = np.bincount(found @ [N * N, N, 1], minlength=N**3).reshape(N, N, N)
    for before, now in np.argwhere(counts.sum(axis=2) > 500):
        expected = naive_transition(weights, before, now, p, q)
        times = counts[before, now]
        assert not times[expected == 0].any()
        if (expected > 0).sum() > 1:
            possible = expected > 0
            assert chisquare(times[possible], times.sum() * expected[possible]).pvalue > 1e-4
    first = np.bincount(path[path[:, 0] == 0, 1], minlength=N)
    assert chisquare(first[weights[0] > 0], 1000 * (weights[0] / weights[0].sum())[weights[0] > 0]).pvalue > 1e-4


def test_a_step_that_is_always_rejected_is_drawn_all_the_same():
    """From 0 to 1, the way back has 1e-12 of the weight of a step on, and there is no step on."""
    pair = csr_array(np.array([[0, 1.0], [1, 0]]))
    path = random_walks(pair, 4, p=1e12, rng=np.random.default_rng(1))
    assert sorted(path.tolist()) == [[0, 1, 0, 1], [1, 0, 1, 0]]


def test_from_each_node_so_many_walks_start_and_dead_ends_end_them():
    path = random_walks(csr_array(WEIGHTS), 5, 3, rng=np.random.default_rng(2))
    assert path.shape == (21, 5)
    assert path.dtype == np.int32
    assert (np.bincount(path[:, 0]) == 3).all()
    assert {*path[:7, 0]} == set(range(7))
    assert (path[np.isin(path[:, 0], [5, 6]), 1:] == -1).all()
    ended = path[(path == 5).any(axis=1)]
    assert all((row[row.tolist().index(5) + 1 :] == -1).all() for row in ended)
    assert (WEIGHTS[path[:, 0], path[:, 1]] > 0)[path[:, 1] >= 0].all()


def test_the_same_seed_gives_the_same_walks_in_every_format():
    made = [
        random_walks(graph, 6, 2, p=0.5, q=2, rng=np.random.default_rng(3))
        for graph in (WEIGHTS, csr_array(WEIGHTS), coo_array(WEIGHTS), csr_array(WEIGHTS).tocsc())
    ]
    halves = WEIGHTS / 2
    a, b = np.nonzero(halves)
    twice = coo_array((np.tile(halves[a, b], 2), (np.tile(a, 2), np.tile(b, 2))), WEIGHTS.shape)
    made.append(random_walks(twice, 6, 2, p=0.5, q=2, rng=np.random.default_rng(3)))
    assert all((each == made[0]).all() for each in made)


def test_the_graph_is_not_changed():
    graph = csr_array((np.array([1.0, 0.0, 2.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    before = graph.data.copy()
    random_walks(graph, 3, rng=np.random.default_rng(0))
    assert graph.nnz == 3
    assert (graph.data == before).all()


def test_extreme_weights_keep_their_probabilities():
    """Rows of huge and of tiny weights beside one another: a sum over all of them would lose the tiny ones."""
    weights = np.zeros((4, 4))
    weights[0, 1], weights[0, 2], weights[1, 2], weights[1, 3] = 1e300, 2e300, 1e-300, 3e-300
    path = random_walks(csr_array(weights), 2, 4000, rng=np.random.default_rng(4))
    times = np.bincount(path[path[:, 0] == 1, 1], minlength=4)
    assert times.tolist()[:2] == [0, 0]
    assert chisquare(times[2:], [1000, 3000]).pvalue > 1e-4


def test_walks_are_a_text_of_node_numbers():
    path = random_walks(csr_array(WEIGHTS), 5, 4, rng=np.random.default_rng(5))
    corpus = encode(path, min_count=1)
    back = [[int(corpus.words[i]) for i in part] for part in np.split(corpus.ids, corpus.ends[:-1])]
    assert back == [row[row >= 0].tolist() for row in path]
    vectors = train((random_walks(csr_array(UNWEIGHTED), 9, rng=np.random.default_rng(i)) for i in range(9)),
                    dim=3, sample=0, epochs=1, quiet=True)  # fmt: skip
    assert vectors["0"].shape == (3,)


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        (
            np.ones((5, 2), int),
            ValueError,
            r"graph has the shape \(5, 2\): expected a square .*; of edges from i to j",
        ),
        (np.ones((0, 0)), ValueError, r"graph has the shape \(0, 0\): expected a square matrix"),
        ([[0, 1], [1, 0]], TypeError, r"graph is list: expected a sparse matrix of SciPy.*; of edges from i to j, "),
        (-np.eye(2), ValueError, "graph: the edge from 0 to 0 has the weight -1: expected a positive number"),
        (np.diag([1, np.nan]), ValueError, "graph: the edge from 1 to 1 has the weight nan: expected"),
    ],
)
def test_what_is_no_graph_is_refused(graph, error, message):
    with pytest.raises(error, match=message):
        random_walks(graph, 3, rng=np.random.default_rng(0))


def test_a_graph_with_hidden_edges_is_refused():
    with pytest.raises(TypeError, match=r"^graph is a masked array: expected all its numbers; replace"):
        random_walks(np.ma.array(np.ones((2, 2)), mask=np.eye(2)), 3, rng=np.random.default_rng(1))


def test_a_graph_of_networkx_is_refused_with_the_fix():
    class Graph:
        nodes = edges = ()

    with pytest.raises(
        TypeError, match=r"graph is a Graph: expected a sparse matrix; pass networkx\.to_scipy_sparse"
    ):
        random_walks(Graph(), 3, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"length": 0}, ValueError, "length is 0: expected at least 1"),
        ({"walks": 0.5}, TypeError, "walks is 0.5: expected a whole number"),
        ({"p": 0}, ValueError, "p is 0: expected a positive number"),
        ({"q": -1}, ValueError, "q is -1: expected a positive number"),
        ({"rng": 7}, TypeError, "rng is 7: expected a generator, such as numpy.random.default_rng"),
        ({"walk_length": 7}, TypeError, "has no argument 'walk_length': it is called length here"),
        ({"seed": 7}, TypeError, "pass rng=numpy.random.default_rng"),
        ({"walks": 1 << 50}, MemoryError, "walks of 3 nodes needs .*: pass fewer walks at a time"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(options, error, message):
    with pytest.raises(error, match=message):
        random_walks(csr_array(WEIGHTS), **{"length": 3, "rng": np.random.default_rng(0)} | options)
