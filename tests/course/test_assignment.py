"""word2vec/course/assignment.py: the course's names, signatures and numbers."""

import functools
import inspect
import pkgutil
import random

import numpy as np
import pytest

import utils.gradcheck
import utils.treebank
import utils.utils
import word2vec
import word2vec.gradcheck
from utils.treebank import StanfordSentiment
from word2vec.course import (
    assignment,
    cbow,
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingCostAndGradient,
    negSamplingLossAndGradient,
    normalizeRows,
    sigmoid,
    sigmoid_grad,
    skipgram,
    softmax,
    softmaxCostAndGradient,
    word2vec_sgd_wrapper,
)
from word2vec.course.batches import CourseBatches

REQUIRED = inspect.Parameter.empty
LOSSES = [naiveSoftmaxLossAndGradient, negSamplingLossAndGradient]


def required(names, **others):
    """Return the parameters of these names, which have no default, and others with theirs."""
    return dict.fromkeys(names.split(), REQUIRED) | others


PAIR = "centerWordVec outsideWordIdx outsideVectors dataset"
METHODS = (
    "tokens sentences numSentences allSentences rejectProb sampleTable sampleTokenIdx sent_labels dataset_split "
    "getRandomTrainSentence getTrainSentences getDevSentences getTestSentences"
)
STARTER = "skipgram dummy_tokens dummy_vectors dataset"
SIGNATURES = {
    word2vec: {
        "sigmoid": required("x"),
        "naiveSoftmaxLossAndGradient": required(PAIR),
        "getNegativeSamples": required("outsideWordIdx dataset K"),
        "negSamplingLossAndGradient": required(PAIR, K=10),
        "skipgram": required(
            "currentCenterWord windowSize outsideWords word2Ind centerWordVectors outsideVectors dataset",
            word2vecLossAndGradient=naiveSoftmaxLossAndGradient,
        ),
        "word2vec_sgd_wrapper": required(
            "word2vecModel word2Ind wordVectors dataset windowSize",
            word2vecLossAndGradient=naiveSoftmaxLossAndGradient,
        ),
        "sgd": required("f x0 step iterations", postprocessing=None, useSaved=False, PRINT_EVERY=10),
    },
    word2vec.course: {
        "normalizeRows": required("x"),
        # 2017/18
        "sigmoid_grad": required("s"),
        "cbow": required(
            "currentWord C contextWords tokens inputVectors outputVectors dataset",
            word2vecCostAndGradient=softmaxCostAndGradient,
        ),
    },
    utils.utils: {"normalizeRows": required("x"), "softmax": required("x")},
    utils.gradcheck: {
        "grad_tests_softmax": required(STARTER),
        "grad_tests_negsamp": required(f"{STARTER} negSamplingLossAndGradient"),
    },
    StanfordSentiment: {
        **dict.fromkeys(METHODS.split(), required("self")),
        "getRandomContext": required("self", C=5),
        "getSplitSentences": required("self", split=0),
        "categorify": required("self label"),
    },
}


@pytest.mark.parametrize(
    ("home", "name", "parameters"),
    [(home, name, parameters) for home, names in SIGNATURES.items() for name, parameters in names.items()],
)
def test_signatures_are_the_courses(home, name, parameters):
    found = inspect.signature(getattr(home, name)).parameters
    assert {parameter: found[parameter].default for parameter in found} == parameters
    assert list(found) == list(parameters)
    assert {p.kind for p in found.values()} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (word2vec.gradcheck.gradcheck_naive, ["f", "x", "gradientText"]),
        (word2vec.save_params, ["iter", "params"]),
        (word2vec.load_saved_params, []),
        (StanfordSentiment, ["path", "tablesize"]),
    ],
)
def test_signatures_that_have_options_besides_the_courses(function, names):
    found = inspect.signature(function).parameters
    positional = [name for name, p in found.items() if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert positional == names
    assert all(p.default is not REQUIRED for name, p in found.items() if name not in names)
    assert inspect.signature(StanfordSentiment).parameters["tablesize"].default == 1000000
    assert inspect.signature(StanfordSentiment).parameters["path"].default is None


def test_a_star_import_brings_the_courses_names():
    for module in (word2vec, word2vec.course):
        names = {}
        exec(f"from {module.__name__} import *", names)
        assert all(names[name] is getattr(module, name) for name in SIGNATURES[module])
        assert {"softmax", "save_params", "load_saved_params"} <= names.keys()
    assert {"softmaxCostAndGradient", "negSamplingCostAndGradient"} <= names.keys()


def test_no_module_hides_an_exported_function():
    assert not {module.name for module in pkgutil.iter_modules(word2vec.__path__)} & set(word2vec.__all__)


def test_all_lists_are_sorted_and_true():
    for module in (word2vec, word2vec.course, utils.utils, word2vec.gradcheck):
        assert list(module.__all__) == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)


def test_the_names_of_2017():
    assert softmaxCostAndGradient is naiveSoftmaxLossAndGradient
    assert negSamplingCostAndGradient is negSamplingLossAndGradient


# small functions


def test_sigmoid_grad_takes_the_sigmoids_value():
    x = np.array([[-700.0, -2.0, 0.0], [0.5, 3.0, 700.0]])
    assert sigmoid_grad(0.25) == 0.1875
    np.testing.assert_array_equal(sigmoid_grad(sigmoid(x)), sigmoid(x) * (1 - sigmoid(x)))
    assert sigmoid_grad(sigmoid(0.0)) == 0.25


# negatives


def test_negatives_are_drawn_one_at_a_time_and_never_the_outside_word(scripted):
    dataset = scripted([2, 4, 2, 2, 4, 0, 2, 1, 3])
    assert getNegativeSamples(2, dataset, 4) == [4, 4, 0, 1]
    assert dataset.drawn == 8
    with pytest.raises(ValueError, match="K is -1: expected at least 0"):
        getNegativeSamples(2, dataset, -1)
    with pytest.raises(TypeError, match=r"K is 2\.5: expected a whole number"):
        getNegativeSamples(2, dataset, 2.5)


def test_negative_sampling_draws_k_times_from_the_dataset(scripted):
    V = vectors(6, 4, 1)
    for K in (0, 1, 10, 25):
        dataset = scripted([2, 4, 3, 0, 5, 1] * 10)
        expected = [i for i in dataset.ids if i != 3][:K]
        loss, grad_v, grad_U = negSamplingLossAndGradient(V[0], 3, V, dataset, K)
        scores = np.array([V[3] @ V[0], *(-V[w] @ V[0] for w in expected)])
        np.testing.assert_allclose(loss, np.log1p(np.exp(-scores)).sum(), rtol=1e-14)
        assert dataset.drawn == drawn_for(K, dataset.ids, 3)
        assert (grad_v.shape, grad_U.shape) == ((4,), (6, 4))


def drawn_for(K, ids, o):
    """Count how many ids it takes to have K of them that are not o."""
    others = [i for i, w in enumerate(ids, 1) if w != o]
    return others[K - 1] if K else 0


# the batch


class Dummy:
    """The dataset of the starter tests: five words, windows of 2C words, the centre word among them."""

    words = "abcde"

    def __init__(self):
        self._tokens = {word: i for i, word in enumerate(self.words)}

    def tokens(self):
        return self._tokens

    def sampleTokenIdx(self):
        return random.randint(0, 4)

    def getRandomContext(self, C):
        return self.words[random.randint(0, 4)], [self.words[random.randint(0, 4)] for _ in range(2 * C)]


def vectors(rows, D, seed):
    return np.random.RandomState(seed).randn(rows, D)


@pytest.fixture
def datasets(small_treebank, plain_dataset):
    """Return functions that make a dataset afresh, by name."""
    rng = random.Random(6)
    sentences = [[rng.randrange(9) for _ in range(rng.randint(2, 12))] for _ in range(40)] + [[0, 1]]
    return {
        "treebank": lambda: StanfordSentiment(small_treebank, tablesize=4096),
        "plain": lambda: plain_dataset(sentences, [*range(9), 0, 0, 1]),
        "dummy": Dummy,
    }


def assert_same(J, gradient, expected_J, expected_gradient):
    """Compare two sums of the same terms: to 1e-13 of the loss and of the gradient's largest entry."""
    np.testing.assert_allclose(J, expected_J, rtol=1e-13, atol=0)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=0, atol=1e-13 * np.abs(expected_gradient).max())


def calls(make_dataset, model, loss, n, D=7):
    """Call the wrapper n times on a fresh dataset: each loss, gradient and state of `random`."""
    random.seed(31415)
    dataset = make_dataset()
    tokens = dataset.tokens()
    found = []
    for i in range(n):
        J, gradient = word2vec_sgd_wrapper(model, tokens, vectors(2 * len(tokens), D, i), dataset, 5, loss)
        found.append((J, gradient, random.getstate()))
    return found


@pytest.mark.parametrize("kind", ["treebank", "plain", "dummy"])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_batch_is_the_mean_of_its_windows(datasets, kind, loss, monkeypatch):
    in_batches = calls(datasets[kind], skipgram, loss, 8)
    monkeypatch.setattr(CourseBatches, "next", lambda self: pytest.fail("expected to go window by window"))
    by_window = calls(datasets[kind], lambda *arguments: skipgram(*arguments), loss, 8)
    for (J, gradient, state), (expected_J, expected_gradient, expected_state) in zip(
        in_batches, by_window, strict=True
    ):
        assert gradient.shape == expected_gradient.shape
        assert gradient.dtype == expected_gradient.dtype
        assert_same(J, gradient, expected_J, expected_gradient)
        assert state == expected_state


@pytest.mark.parametrize("loss", LOSSES)
def test_our_own_model_and_loss_go_batch_by_batch(datasets, loss, monkeypatch):
    asked, own = [], CourseBatches.next
    monkeypatch.setattr(CourseBatches, "next", lambda self: asked.append(self.K) or own(self))
    calls(datasets["treebank"], skipgram, loss, 3)
    assert asked == [10 if loss is negSamplingLossAndGradient else 0] * 3


def test_two_datasets_and_sizes_in_turn_do_not_mix(small_treebank):
    """Whatever is remembered between calls belongs to the arguments of the call."""

    def run(model):
        random.seed(8)
        first, second = (StanfordSentiment(small_treebank, tablesize=n) for n in (4096, 512))
        x = vectors(2 * len(first.tokens()), 3, 1)
        found = []
        for i in range(16):
            dataset, C = (first, second)[i // 2 % 2], (5, 2)[i // 4 % 2]
            loss = LOSSES[i // 8]
            found.append(word2vec_sgd_wrapper(model, dataset.tokens(), x, dataset, C, loss))
        return found, random.getstate()

    (found, state), (expected, expected_state) = run(skipgram), run(lambda *arguments: skipgram(*arguments))
    assert state == expected_state
    for (J, gradient), (expected_J, expected_gradient) in zip(found, expected, strict=True):
        assert_same(J, gradient, expected_J, expected_gradient)


def test_a_model_of_ones_own_is_called_for_each_window_with_the_courses_arguments():
    dataset, x, seen = Dummy(), vectors(10, 3, 2), []

    def loss(*arguments):
        pytest.fail("the model decides whether to call the loss")

    def model(*arguments):
        seen.append((arguments, random.getstate()))
        i = len(seen)
        return i, np.full((5, 3), 2.0 * i), np.full((5, 3), 3.0 * i)

    random.seed(4)
    J, gradient = word2vec_sgd_wrapper(model, dataset.tokens(), x, dataset, 3, loss)
    assert J == 25.5
    np.testing.assert_array_equal(gradient, np.repeat([[51.0], [76.5]], 5, axis=0) * np.ones(3))
    assert len(seen) == 50
    random.seed(4)
    for (word, size, context, tokens, V, U, given, pair_loss), state in seen:
        assert size == random.randint(1, 3)
        assert (word, context) == dataset.getRandomContext(size)
        assert random.getstate() == state
        assert (tokens is dataset.tokens(), given is dataset, pair_loss is loss) == (True, True, True)
        np.testing.assert_array_equal(V, x[:5])
        np.testing.assert_array_equal(U, x[5:])


def test_a_loss_of_ones_own_is_called_for_each_pair():
    dataset, x, seen = Dummy(), vectors(10, 3, 2), []

    def loss(v_c, o, U, given):
        seen.append((v_c.copy(), o))
        assert given is dataset
        np.testing.assert_array_equal(U, x[5:])
        return 1.0, np.ones(3), np.eye(5)[o][:, None] * np.ones(3)

    random.seed(4)
    J, gradient = word2vec_sgd_wrapper(skipgram, dataset.tokens(), x, dataset, 3, loss)
    random.seed(4)
    expected, counts = [], np.zeros((10, 3))
    for _ in range(50):
        word, context = dataset.getRandomContext(random.randint(1, 3))
        for o in (dataset.tokens()[w] for w in context):
            expected.append((x[dataset.tokens()[word]], o))
            counts[dataset.tokens()[word]] += 1
            counts[5 + o] += 1
    assert [o for _, o in seen] == [o for _, o in expected]
    np.testing.assert_array_equal([v for v, _ in seen], [v for v, _ in expected])
    assert pytest.approx(len(expected) / 50, rel=1e-15) == J
    np.testing.assert_allclose(gradient, counts / 50, rtol=1e-15)


def test_negative_sampling_with_another_k_is_a_loss_of_ones_own(datasets, monkeypatch):
    counts = []
    own = assignment.getNegativeSamples
    monkeypatch.setattr(assignment, "getNegativeSamples", lambda o, d, K: counts.append(K) or own(o, d, K))
    calls(datasets["plain"], skipgram, functools.partial(negSamplingLossAndGradient, K=3), 2)
    assert set(counts) == {3}


def test_contexts_without_a_word_count_as_windows_without_loss():
    """The dataset gives an empty context every other time: the mean is still over all 50 windows."""

    class Sparse(Dummy):
        def getRandomContext(self, C):
            return ("b", ["a"]) if random.randint(0, 1) else ("b", [])

    dataset, x = Sparse(), vectors(10, 3, 2)
    for loss in LOSSES:
        found = []
        for model in (skipgram, lambda *arguments: skipgram(*arguments)):
            random.seed(4)
            found.append(word2vec_sgd_wrapper(model, dataset.tokens(), x, dataset, 3, loss))
        assert_same(*found[0], *found[1])


# skip-gram and CBOW


@pytest.mark.parametrize("loss", LOSSES)
def test_skipgram_without_outside_words_is_zero(loss):
    V, U = vectors(5, 3, 1), vectors(5, 3, 2)
    before = random.getstate()
    J, grad_V, grad_U = skipgram("c", 2, [], Dummy().tokens(), V, U, Dummy(), loss)
    assert J == 0
    assert grad_V.shape == grad_U.shape == (5, 3)
    assert not grad_V.any()
    assert not grad_U.any()
    assert random.getstate() == before


def test_skipgram_sums_over_the_window_repeats_counted():
    V, U = vectors(5, 3, 1), vectors(5, 3, 2)
    J, grad_V, grad_U = skipgram("c", 9, ["a", "b", "a", "c"], Dummy().tokens(), V, U, None)
    pairs = [naiveSoftmaxLossAndGradient(V[2], o, U, None) for o in (0, 1, 0, 2)]
    np.testing.assert_allclose(J, sum(p[0] for p in pairs), rtol=1e-15)
    np.testing.assert_allclose(grad_V[2], sum(p[1] for p in pairs), rtol=1e-15)
    assert not np.delete(grad_V, 2, axis=0).any()
    np.testing.assert_allclose(grad_U, sum(p[2] for p in pairs), rtol=1e-15, atol=1e-16)


def test_cbow_predicts_from_the_sum_of_the_context_repeats_counted():
    V, U = vectors(5, 3, 1), vectors(5, 3, 2)
    J, grad_in, grad_out = cbow("c", 9, ["a", "b", "a"], Dummy().tokens(), V, U, None)
    expected_J, grad_v_hat, expected_out = naiveSoftmaxLossAndGradient(2 * V[0] + V[1], 2, U, None)
    np.testing.assert_allclose(J, expected_J, rtol=1e-14)
    np.testing.assert_allclose(grad_out, expected_out, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(grad_in, np.outer([2, 1, 0, 0, 0], grad_v_hat), rtol=1e-13, atol=1e-15)


def test_cbow_calls_the_given_loss_with_the_dataset():
    dataset, seen = Dummy(), []

    def loss(v_hat, o, U, given):
        seen.append((o, given))
        return 1.5, v_hat, U

    cbow("d", 1, ["a", "e"], dataset.tokens(), vectors(5, 3, 1), vectors(5, 3, 2), dataset, loss)
    assert seen == [(3, dataset)]


# arguments stay as they are, whatever their type


def frozen(x):
    """Make an array that complains if it is written to."""
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", ["treebank", "dummy"])
def test_no_function_changes_its_arguments(datasets, loss, kind):
    dataset = datasets[kind]()
    tokens = dataset.tokens()
    V, x = frozen(vectors(len(tokens), 3, 1)), frozen(vectors(2 * len(tokens), 3, 2))
    before, words = dict(tokens), [*list(tokens)[:4], *list(tokens)[1:3]]
    kept = list(words)
    loss(frozen(V[0].copy()), 2, V, dataset)
    skipgram(words[0], 5, words, tokens, V, V, dataset, loss)
    cbow(words[0], 5, words, tokens, V, V, dataset, loss)
    for model in (skipgram, cbow, lambda *arguments: skipgram(*arguments)):
        for _ in range(3):
            word2vec_sgd_wrapper(model, tokens, x, dataset, 5, loss)
    assert words == kept
    assert tokens == before
    assert list(tokens) == list(before)


@pytest.mark.parametrize("function", [sigmoid, sigmoid_grad, softmax, normalizeRows])
def test_functions_do_not_change_their_argument(function):
    x = frozen(vectors(4, 3, 1))
    before = x.copy()
    result = function(x)
    assert (x == before).all()
    assert not np.shares_memory(result, x)


@pytest.mark.parametrize("model", [skipgram, lambda *arguments: skipgram(*arguments), cbow])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_new_arrays_each_time(model, loss):
    dataset, x = Dummy(), vectors(10, 3, 2)
    first = word2vec_sgd_wrapper(model, dataset.tokens(), x, dataset, 5, loss)[1]
    kept = first.copy()
    second = word2vec_sgd_wrapper(model, dataset.tokens(), x, dataset, 5, loss)[1]
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)
    assert (first == kept).all()


@pytest.mark.parametrize("model", [skipgram, lambda *arguments: skipgram(*arguments), cbow])
@pytest.mark.parametrize("loss", LOSSES)
def test_float32_vectors(model, loss):
    """The gradient keeps the kind; some thousand terms of a row add up their roundings one after the other."""
    dataset, x = Dummy(), vectors(10, 3, 2).astype(np.float32)
    found = []
    for kind in (np.float32, np.float64):
        random.seed(4)
        found.append(word2vec_sgd_wrapper(model, dataset.tokens(), x.astype(kind), dataset, 5, loss))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=0, atol=1e-5 * np.abs(found[1][1]).max())
    assert found[0][1].dtype == np.float32


@pytest.mark.parametrize("model", [skipgram, lambda *arguments: skipgram(*arguments)])
@pytest.mark.parametrize("loss", LOSSES)
def test_integer_vectors(model, loss):
    dataset, x = Dummy(), np.random.RandomState(1).randint(-2, 3, (10, 3))
    found = []
    for kind in (np.int64, np.float64):
        random.seed(4)
        found.append(word2vec_sgd_wrapper(model, dataset.tokens(), x.astype(kind), dataset, 5, loss))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-15)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_complex_argument_gives_a_complex_gradient(loss):
    """The derivative is analytic, so the gradient's imaginary part is that of a second derivative."""
    dataset, x, h = Dummy(), vectors(10, 3, 2), 1e-20
    found = []
    for model in (skipgram, lambda *arguments: skipgram(*arguments)):
        random.seed(4)
        found.append(word2vec_sgd_wrapper(model, dataset.tokens(), x + 1j * h * x, dataset, 5, loss)[1])
    assert found[0].dtype == found[1].dtype == np.complex128
    np.testing.assert_allclose(found[0].real, found[1].real, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found[0].imag / h, found[1].imag / h, rtol=0, atol=1e-12)


# other arguments


@pytest.mark.parametrize("context", [["a", "zz"], ["zz"]])
def test_a_word_that_is_unknown_is_named(context):
    with pytest.raises(KeyError, match="'zz' is not a word of word2Ind"):
        skipgram("a", 1, context, {"a": 0}, np.ones((1, 2)), np.ones((1, 2)), None)


@pytest.mark.parametrize("loss", [naiveSoftmaxLossAndGradient, None])
def test_a_batch_of_other_arguments(loss):
    with pytest.raises(TypeError, match=r"^windowSize is None: expected a whole number$"):
        word2vec_sgd_wrapper(skipgram, {"a": 0}, np.ones((2, 2)), None, None, loss)
    with pytest.raises(ValueError, match=r"^windowSize is 0: expected at least 1$"):
        word2vec_sgd_wrapper(skipgram, {"a": 0}, np.ones((2, 2)), None, 0, loss)
    with pytest.raises(ValueError, match=r"^wordVectors has 3 rows: expected centre vectors, then as many outside"):
        word2vec_sgd_wrapper(skipgram, {"a": 0}, np.ones((3, 2)), None, 5, loss)
