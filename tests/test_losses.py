"""word2vec/losses.py against loops over single numbers and against the complex step."""

import inspect
import math

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.losses import hierarchical_softmax, naive_softmax, negative_sampling

EPS = np.finfo(float).eps
H = 1e-20


def naive_softmax_by_loops(v_c, o, U):
    """J = −log(e^{u_oᵀv_c} / Σ_w e^{u_wᵀv_c}), one number after the other."""
    V, D = U.shape
    score = [math.fsum(U[w, d] * v_c[d] for d in range(D)) for w in range(V)]
    total = math.fsum(math.exp(s - max(score)) for s in score)
    grad_v_c, grad_U = np.zeros(D), np.zeros((V, D))
    for w in range(V):
        error = math.exp(score[w] - max(score)) / total - (w == o)
        for d in range(D):
            grad_v_c[d] += error * U[w, d]
            grad_U[w, d] = error * v_c[d]
    return max(score) + math.log(total) - score[o], grad_v_c, grad_U


def negative_sampling_by_loops(v_c, o, U, negatives):
    """J = −log σ(u_oᵀv_c) − Σ log σ(−u_wᵀv_c), one word after the other; a word counts each time it comes."""
    D = len(v_c)
    J, grad_v_c, grad_U = 0.0, np.zeros(D), np.zeros(U.shape)
    for sign, w in [(1, o), *((-1, w) for w in negatives)]:
        x = sign * math.fsum(U[w, d] * v_c[d] for d in range(D))
        J += math.log1p(math.exp(-x))
        slope = -sign / (1 + math.exp(x))
        for d in range(D):
            grad_v_c[d] += slope * U[w, d]
            grad_U[w, d] += slope * v_c[d]
    return J, grad_v_c, grad_U


def complex_step(loss, v_c, U):
    """∂J/∂v_c and ∂J/∂U of loss(v_c, U), entry by entry: Im J(x + ih)/h."""
    gradients = []
    for which, x in enumerate((v_c, U)):
        gradient = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            moved = [v_c.astype(complex), U.astype(complex)]
            moved[which][index] += 1j * H
            gradient[index] = loss(*moved).imag / H
        gradients.append(gradient)
    return gradients


def assert_equal_by_rows(found, truth, tolerance=1e-13, addends=0.0):
    """Every entry within `tolerance` of the largest of its row; a row of zeros exactly.

    Where addends of a known size may cancel, what is left of them has their roundings.
    """
    found, truth = np.atleast_2d(found), np.atleast_2d(truth)
    assert found.shape == truth.shape
    largest = abs(truth).max(axis=1, keepdims=True)
    bound = tolerance * largest + 4 * np.finfo(float).eps * addends * (largest > 0)
    assert (abs(found - truth) <= bound).all(), (found, truth)


def point(V, D, seed=0, size=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, size, D), rng.normal(0, size, (V, D))


def constant(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


@st.composite
def pairs(draw):
    """A pair and its negatives, few words, so that negatives repeat and equal o: v_c, o, U, negatives."""
    V, D = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    words = st.integers(0, V - 1)
    v_c, U = point(V, D, draw(st.integers(0, 2**32 - 1)))
    return v_c, draw(words), U, draw(st.lists(words, max_size=12))


# the two losses


@given(pairs())
def test_naive_softmax_equals_loops(pair):
    v_c, o, U, _ = pair
    J, grad_v_c, grad_U = naive_softmax(v_c, o, U)
    J_loops, grad_v_c_loops, grad_U_loops = naive_softmax_by_loops(v_c, o, U)
    size = abs(U).max()
    np.testing.assert_allclose(J, J_loops, rtol=1e-14, atol=32 * EPS)
    np.testing.assert_allclose(grad_v_c, grad_v_c_loops, rtol=1e-14, atol=32 * EPS * size)
    np.testing.assert_allclose(grad_U, grad_U_loops, rtol=1e-14, atol=32 * EPS * abs(v_c).max())


@given(pairs())
def test_negative_sampling_equals_loops(pair):
    v_c, o, U, negatives = pair
    J, grad_v_c, grad_U = negative_sampling(v_c, o, U, negatives)
    J_loops, grad_v_c_loops, grad_U_loops = negative_sampling_by_loops(v_c, o, U, negatives)
    np.testing.assert_allclose(J, J_loops, rtol=1e-13)
    np.testing.assert_allclose(grad_v_c, grad_v_c_loops, rtol=1e-13, atol=64 * EPS * abs(U).max())
    np.testing.assert_allclose(grad_U, grad_U_loops, rtol=1e-13, atol=64 * EPS * abs(v_c).max())


@given(pairs())
@settings(max_examples=40, deadline=None)
def test_gradients_equal_the_complex_step_anywhere(pair):
    v_c, o, U, negatives = pair
    for loss, given_words in ((naive_softmax, ()), (negative_sampling, (negatives,))):
        _, grad_v_c, grad_U = loss(v_c, o, U, *given_words)

        def J(v, U, loss=loss, given_words=given_words):
            return loss(v, o, U, *given_words)[0]

        truth_v_c, truth_U = complex_step(J, v_c, U)
        np.testing.assert_allclose(grad_v_c, truth_v_c, rtol=1e-13, atol=64 * EPS * abs(U).max())
        np.testing.assert_allclose(grad_U, truth_U, rtol=1e-13, atol=64 * EPS * abs(v_c).max())


# extreme scores


@pytest.mark.parametrize("score", [1e4, -1e4, 745, -745])
def test_extreme_scores_give_finite_numbers(score):
    v_c, U = np.array([1.0, 0.0]), np.array([[score, 0.5], [-score, 0.5], [0.0, 2.0]])
    with np.errstate(all="raise", under="ignore"):
        softmax, sampling = naive_softmax(v_c, 0, U), negative_sampling(v_c, 0, U, [1, 1])
    tiny = 1e-300  # what e^-745 leaves
    if score > 0:
        for part in (*softmax, *sampling):
            np.testing.assert_allclose(part, np.zeros(np.shape(part)), atol=tiny)
    else:
        for part, truth in zip(softmax, (-2 * score, [-2 * score, 0], [[-1, 0], [1, 0], [0, 0]]), strict=True):
            np.testing.assert_allclose(part, truth, rtol=EPS, atol=tiny)
        for part, truth in zip(sampling, (-3 * score, [-3 * score, 0.5], [[-1, 0], [2, 0], [0, 0]]), strict=True):
            np.testing.assert_allclose(part, truth, rtol=EPS, atol=tiny)


@pytest.mark.parametrize("score", [12, 40])
def test_a_nearly_certain_pair_keeps_the_digits_of_its_small_gradient(score):
    v_c, U = np.array([1.0]), np.array([[float(score)], [-float(score)]])
    _, _, grad_U = negative_sampling(v_c, 0, U, [1])
    slope = 1 / (1 + math.exp(score))
    np.testing.assert_allclose(grad_U, [[-slope], [slope]], rtol=1e-13)


def test_a_nearly_certain_softmax_keeps_the_digits_of_its_small_loss_and_gradient():
    J, _, grad_U = naive_softmax(np.array([1.0]), 0, np.array([[20.0], [0.0]]))
    np.testing.assert_allclose(J, math.log1p(math.exp(-20)), rtol=1e-13)
    assert grad_U[0, 0] == pytest.approx(-1 / (1 + math.exp(20)), rel=1e-13, abs=0)


# what goes in and what comes out


@pytest.mark.parametrize("loss", [naive_softmax, lambda v_c, o, U: negative_sampling(v_c, o, U, [1, 1, 2])])
def test_arguments_are_left_alone_and_results_are_new(loss):
    v_c, U = constant(*point(4, 3))
    J, grad_v_c, grad_U = loss(v_c, 2, U)  # a write into v_c or U would raise
    assert np.ndim(J) == 0
    assert (grad_v_c.shape, grad_U.shape) == (v_c.shape, U.shape)
    for gradient in (grad_v_c, grad_U):
        assert not np.shares_memory(gradient, v_c)
        assert not np.shares_memory(gradient, U)


def test_negatives_are_left_alone():
    v_c, U = point(4, 3)
    (negatives,) = constant(np.array([1, 1, 3]))
    negative_sampling(v_c, 0, U, negatives)
    assert negatives.tolist() == [1, 1, 3]


@pytest.mark.parametrize("loss", [naive_softmax, lambda v_c, o, U: negative_sampling(v_c, o, U, [0, 3, 3])])
def test_float32_stays_float32(loss):
    v_c, U = point(6, 4)
    found = loss(v_c.astype(np.float32), 2, U.astype(np.float32))
    assert [np.asarray(part).dtype for part in found] == [np.float32] * 3
    for part, truth in zip(found, loss(v_c, 2, U), strict=True):
        np.testing.assert_allclose(part, truth, rtol=1e-5, atol=1e-6)


# weighted negatives


@st.composite
def weighted(draw):
    """A pair, its negatives, and a weight for each, 0 among them."""
    v_c, o, U, negatives = draw(pairs())
    weights = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 2.5]), min_size=len(negatives), max_size=len(negatives)))
    return v_c, o, U, negatives, weights


@given(weighted())
def test_a_weighted_negative_counts_as_often_as_its_weight_says(case):
    v_c, o, U, negatives, weights = case
    alone = negative_sampling(v_c, o, U, [])
    parts = [negative_sampling(v_c, o, U, [w]) for w in negatives]
    truth = [
        alone[i] + sum((a * (part[i] - alone[i]) for a, part in zip(weights, parts, strict=True)), 0 * alone[i])
        for i in range(3)
    ]
    found = negative_sampling(*case)
    for a, b in zip(found, truth, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("one", [1, 1.0, np.ones])
@settings(max_examples=30)
@given(pair=pairs())
def test_with_all_weights_one_it_is_the_same_to_the_last_bit(one, pair):
    found = negative_sampling(*pair, one(len(pair[3])) if callable(one) else one)
    for a, b in zip(found, negative_sampling(*pair), strict=True):
        np.testing.assert_array_equal(a, b)


LOSSES = [
    (naive_softmax, ()),
    (negative_sampling, ([1, 2],)),
    (negative_sampling, ([1, 2], [0.5, 0.25])),
    (hierarchical_softmax, ([1, 0], [0, 1])),
]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int8, bool])
@pytest.mark.parametrize(("loss", "given_to_it"), LOSSES)
def test_vectors_of_whole_numbers_count_as_the_same_in_float64(loss, given_to_it, dtype):
    v_c, U = np.array([100, 1]).astype(dtype), np.array([[0, 1], [2, 1], [1, 1]]).astype(dtype)  # 201 is no int8
    found = loss(v_c, 0, U, *given_to_it)
    for a, b in zip(found, loss(v_c * 1.0, 0, U * 1.0, *given_to_it), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)
        assert np.asarray(a).dtype == np.float64


@pytest.mark.parametrize("of_type", [np.ndarray.tolist, lambda x: x.view(np.matrix), pandas.DataFrame])
@pytest.mark.parametrize(("loss", "given_to_it"), LOSSES)
def test_tables_of_other_types_count_as_arrays(loss, given_to_it, of_type):
    v_c, U = point(3, 2)
    for a, b in zip(loss(v_c.tolist(), 0, of_type(U), *given_to_it), loss(v_c, 0, U, *given_to_it), strict=True):
        np.testing.assert_array_equal(a, b)
        assert type(a) is type(b)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("o", -1, IndexError, "o holds -1: expected ints from 0 to 3"),
        ("o", 4, IndexError, "o holds 4: expected ints from 0 to 3"),
        ("o", [1, 2], ValueError, r"o has the shape \(2,\): expected a single int"),
        ("o", None, TypeError, "o holds None: expected ints from 0 to 3"),
        ("o", True, TypeError, "o holds True"),
        ("negatives", [1, -1], IndexError, "negatives holds -1: expected ints from 0 to 3"),
        ("negatives", np.array([True, False]), TypeError, "negatives holds True"),
        ("negatives", [["king"]], ValueError, r"negatives has the shape \(1, 1\): expected a row of ints"),
        ("negatives", 5, ValueError, r"negatives has the shape \(\): expected a row of ints"),
        ("nodes", [1, -1], IndexError, "nodes holds -1: expected ints from 0 to 3"),
        ("nodes", [1.5, 1], TypeError, "nodes holds 1.5: expected ints from 0 to 3"),
        ("nodes", [[1], [2]], ValueError, r"nodes has the shape \(2, 1\): expected a row of ints"),
        ("bits", [-1, 1], IndexError, "bits holds -1: expected ints from 0 to 1"),
        ("U", np.ones((2, 4)), ValueError, r"U has the shape \(2, 4\): expected rows of 2 numbers, as v_c has"),
    ],
)
def test_what_is_no_word_or_no_table_is_named(name, value, error, message):
    given = {"v_c": np.ones(2), "o": 0, "U": np.ones((4, 2)), "negatives": [1], "nodes": [1, 2], "bits": [0, 1]}
    given[name] = value
    for loss in (naive_softmax, negative_sampling, hierarchical_softmax):
        names = [each for each in inspect.signature(loss).parameters if each in given]
        if name in names and (name, loss) != ("o", hierarchical_softmax):
            with pytest.raises(error, match=message):
                loss(**{each: given[each] for each in names})


def test_words_may_be_of_any_type_of_ints():
    v_c, U = point(6, 4)
    truth = negative_sampling(v_c, 2, U, [1, 3])
    for negatives in (np.array([1, 3], np.uint64), (w for w in (1, 3)), pandas.Series([1, 3], index=[7, 8])):
        for found, wanted in zip(negative_sampling(v_c, np.uint8(2), U, negatives), truth, strict=True):
            np.testing.assert_array_equal(found, wanted)
    truth = hierarchical_softmax(v_c, 2, U, [1, 3], [0, 1])
    for nodes in (np.array([1, 3], object), iter([1, 3])):
        for found, wanted in zip(hierarchical_softmax(v_c, 2, U, nodes, [0, 1]), truth, strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("weights", [[], [2.0], [1.0, 2.0]])
def test_there_must_be_as_many_weights_as_negatives(weights):
    U = np.ones((4, 2))
    with pytest.raises(
        ValueError, match=r"^weights has the shape \(.,\): expected one for each of 3 negatives, or a"
    ):
        negative_sampling(U[0], 0, U, [1, 2, 3], weights)


@given(weighted())
@settings(max_examples=30)
def test_the_weighted_gradients_are_those_of_its_loss_by_complex_step(case):
    v_c, o, U, *given_ = case
    _, grad_v_c, grad_U = negative_sampling(*case)
    slow = complex_step(lambda v, U: negative_sampling(v, o, U, *given_)[0], v_c, U)
    addends = (1 + sum(given_[1])) * max(abs(v_c).max(), abs(U).max())
    assert_equal_by_rows(grad_v_c, slow[0], addends=addends)
    assert_equal_by_rows(grad_U, slow[1], addends=addends)


# hierarchical softmax


def hierarchical_softmax_by_loops(v_c, U, nodes, bits):
    """J = Σ log(1 + e^x) − (1 − d)x, one node after the other."""
    D = len(v_c)
    J, grad_v_c, grad_U = 0.0, np.zeros(D), np.zeros(U.shape)
    for n, d in zip(nodes, bits, strict=True):
        x = math.fsum(U[n, i] * v_c[i] for i in range(D))
        J += math.log1p(math.exp(x)) - (1 - d) * x
        slope = 1 / (1 + math.exp(-x)) - (1 - d)
        for i in range(D):
            grad_v_c[i] += slope * U[n, i]
            grad_U[n, i] += slope * v_c[i]
    return J, grad_v_c, grad_U


PATHS = [([5, 0, 3], [0, 1, 1]), ([2], [1]), ([], []), (np.array([4, 1]), np.array([1, 0], np.int8))]


@pytest.mark.parametrize(("nodes", "bits"), PATHS, ids=str)
def test_hierarchical_softmax_equals_loops_and_the_complex_step(nodes, bits):
    v_c, U = constant(*point(6, 4, seed=len(nodes)))
    found = hierarchical_softmax(v_c, 0, U, nodes, bits)
    for part, wanted in zip(found, hierarchical_softmax_by_loops(v_c, U, nodes, bits), strict=True):
        np.testing.assert_allclose(part, wanted, rtol=1e-13, atol=16 * EPS)
    truth = complex_step(lambda v, U: hierarchical_softmax(v, 0, U, nodes, bits)[0], v_c, U)
    assert_equal_by_rows(found[1], truth[0])
    assert_equal_by_rows(found[2], truth[1])
    assert set(np.flatnonzero(found[2].any(axis=1))) == set(nodes)


def test_hierarchical_softmax_does_not_ask_which_word_it_is():
    v_c, U = point(6, 4)
    for found, truth in zip(*(hierarchical_softmax(v_c, o, U, *PATHS[0]) for o in (0, 5)), strict=True):
        np.testing.assert_array_equal(found, truth)


@pytest.mark.parametrize("score", [40.0, 800.0])
def test_hierarchical_softmax_keeps_its_digits_where_a_node_is_nearly_certain(score):
    v_c, U = np.array([1.0]), np.array([[score]])
    sure, wrong = (hierarchical_softmax(v_c, 0, U, [0], [bit]) for bit in (0, 1))
    tail = math.exp(-score)
    assert sure[0] == pytest.approx(tail, rel=1e-14, abs=0)
    assert sure[1] == pytest.approx(-score * tail, rel=1e-14, abs=0)
    assert wrong[0] == wrong[1] == score
    assert wrong[2] == 1


def test_hierarchical_softmax_in_single_precision_stays_there():
    v_c, U = (part.astype(np.float32) for part in point(6, 4))
    assert {np.asarray(part).dtype for part in hierarchical_softmax(v_c, 0, U, *PATHS[0])} == {np.dtype("f4")}


@pytest.mark.parametrize("bits", [[0, 1, 1], [1], 1])
def test_a_path_and_its_bits_are_equally_long(bits):
    v_c, U = point(6, 4)
    with pytest.raises(ValueError, match=rf"nodes has 2 entries, bits {np.size(bits)}: expected a bit for each node"):
        hierarchical_softmax(v_c, 0, U, [1, 2], bits)


@pytest.mark.parametrize(
    ("loss", "given"), [(naive_softmax, ()), (negative_sampling, ([1],)), (hierarchical_softmax, PATHS[0])]
)
def test_a_centre_vector_is_no_column(loss, given):
    v_c, U = point(6, 4)
    with pytest.raises(
        ValueError, match=r"v_c has the shape \(4, 1\): expected one vector, \(D,\); pass v_c.ravel\(\)"
    ):
        loss(v_c[:, None], 0, U, *given)


@pytest.mark.parametrize(
    ("loss", "arguments"),
    [
        (naive_softmax, {}),
        (negative_sampling, {"negatives": np.array([1, 2]), "weights": np.array([0.5, 2])}),
        (hierarchical_softmax, {"nodes": np.array([0, 1]), "bits": np.array([0, 1])}),
    ],
)
def test_hidden_numbers_are_refused(loss, arguments):
    arguments = {"v_c": np.ones(3), "U": np.eye(3)} | arguments
    for name, value in arguments.items():
        hidden = np.ma.array(value, mask=np.arange(value.size).reshape(value.shape) == 1)
        with pytest.raises(TypeError, match=rf"^{name} is a masked array: expected all .* say \.filled\(0\)$"):
            loss(o=1, **arguments | {name: hidden})
