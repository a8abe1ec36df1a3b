"""word2vec/course/starter_test.py, and the hand-outs' tests of 2017–2022, which a drop-in must pass."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

from utils.utils import normalizeRows
from word2vec.course import (
    cbow,
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingCostAndGradient,
    negSamplingLossAndGradient,
    sgd,
    sigmoid,
    sigmoid_grad,
    skipgram,
    softmaxCostAndGradient,
    word2vec_sgd_wrapper,
)
from word2vec.course.starter_test import (
    CASES,
    NEGSAMP,
    SOFTMAX,
    TOKENS,
    VECTORS,
    DummyDataset,
    grad_tests_negsamp,
    grad_tests_softmax,
    run_starter_test,
)
from word2vec.gradcheck import gradcheck_naive

SIX = ["a", "b", "e", "d", "b", "c"]
PASSED = (
    "Gradient check passed!. Read the docstring of the `gradcheck_naive` method in word2vec.gradcheck.py "
    "to understand what the gradient check does."
)
NEGATIVE_SAMPLING_LOSS = 16.15119285363322
SOFTMAX_LOSS = 11.16610900153398


def dummy_objects():
    """Return the starter test's dataset, vectors and tokens, and leave the generators as it expects them."""
    random.seed(31415)
    np.random.seed(9265)
    return DummyDataset(), normalizeRows(np.random.randn(10, 3)), dict(TOKENS)


def batch_loss(loss, model=skipgram, objects=None):
    """Return the function whose gradient the starter tests check: the batch's loss at all vectors."""
    dataset, _, tokens = objects or dummy_objects()
    return lambda x: word2vec_sgd_wrapper(model, tokens, x, dataset, 5, loss)


# 2019


def test_the_sequence_of_2019(capsys):
    dataset, vectors, tokens = objects = dummy_objects()
    for loss in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient):
        assert gradcheck_naive(batch_loss(loss, objects=objects), vectors, f"{loss.__name__} Gradient") is True
    assert capsys.readouterr().out == f"{PASSED}\n{PASSED}\n"

    V, U = vectors[:5], vectors[5:]
    J, grad_V, grad_U = skipgram("c", 1, ["a", "b"], tokens, V, U, dataset, negSamplingLossAndGradient)
    assert pytest.approx(NEGATIVE_SAMPLING_LOSS, rel=1e-15) == J
    np.testing.assert_allclose(grad_V[2], [-4.54650789, -1.85942252, 0.76397441], rtol=0, atol=5e-9)
    assert not np.delete(grad_V, 2, axis=0).any()
    printed = [
        [-0.69148188, 0.31730185, 2.41364029],
        [-0.22716495, 0.10423969, 0.79292674],
        [-0.45528438, 0.20891737, 1.58918512],
        [-0.31602611, 0.14501561, 1.10309954],
        [-0.80620296, 0.36994417, 2.81407799],
    ]
    np.testing.assert_allclose(grad_U, printed, rtol=0, atol=5.001e-9)

    J, grad_V, grad_U = skipgram("c", 3, SIX, tokens, V, U, dataset)
    assert pytest.approx(SOFTMAX_LOSS, rel=1e-15) == J
    np.testing.assert_allclose(grad_V[2], [-1.26947339, -1.36873189, 2.45158957], rtol=0, atol=5.001e-9)
    assert not np.delete(grad_V, 2, axis=0).any()
    printed = [
        [-0.41045956, 0.18834851, 1.43272264],
        [0.38202831, -0.17530219, -1.33348241],
        [0.07009355, -0.03216399, -0.24466386],
        [0.09472154, -0.04346509, -0.33062865],
        [-0.13638384, 0.06258276, 0.47605228],
    ]
    np.testing.assert_allclose(grad_U, printed, rtol=0, atol=5.001e-9)


def negative_sampling_loss(checks, loss=negSamplingLossAndGradient, objects=None):
    """Compute the number that the starter test prints, after gradient checks of these losses.

    A check leaves the generators as one evaluation does, so that is enough here.
    """
    dataset, vectors, tokens = objects = objects or dummy_objects()
    for checked in checks:
        batch_loss(checked, objects=objects)(vectors)
    return skipgram("c", 1, ["a", "b"], tokens, vectors[:5], vectors[5:], dataset, loss)[0]


BOTH = (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (BOTH, 16.1512),
        ((negSamplingLossAndGradient,), 15.3182),
        ((naiveSoftmaxLossAndGradient,), 16.5148),
        ((), 15.4753),
        ((negSamplingLossAndGradient, naiveSoftmaxLossAndGradient), 15.7359),
    ],
)
def test_the_number_depends_on_the_checks_before_it(checks, expected):
    assert round(negative_sampling_loss(checks), 4) == expected


def test_the_number_of_the_first_week_of_2019_was_python_2s(monkeypatch):
    monkeypatch.setattr(random, "randint", lambda a, b: a + int(random.random() * (b - a + 1)))
    assert negative_sampling_loss(BOTH) == pytest.approx(14.301866932653125, rel=1e-15)


def test_the_number_with_other_negatives():
    def five(v_c, o, U, dataset):
        return negSamplingLossAndGradient(v_c, o, U, dataset, K=5)

    def twice(v_c, o, U, dataset):
        negSamplingLossAndGradient(v_c, o, U, dataset)
        return negSamplingLossAndGradient(v_c, o, U, dataset)

    assert round(negative_sampling_loss((naiveSoftmaxLossAndGradient, five), five), 4) == 8.1647
    assert round(negative_sampling_loss((naiveSoftmaxLossAndGradient, twice), twice), 4) == 15.4029


def test_the_number_with_negatives_from_numpy():
    """It is 15.5068 with the course's own check, which leaves NumPy's generator where three evaluations end."""
    dataset, vectors, tokens = dummy_objects()
    dataset.sampleTokenIdx = lambda: np.random.randint(0, 5)
    assert round(negative_sampling_loss(BOTH, objects=(dataset, vectors, tokens)), 4) == 14.5287


# 2020–2022


def test_the_sequence_of_2020_and_later(capsys):
    dataset, vectors, tokens = objects = dummy_objects()
    gradcheck_naive(batch_loss(naiveSoftmaxLossAndGradient, objects=objects), vectors, "softmax Gradient")
    grad_tests_softmax(skipgram, tokens, vectors, dataset)
    gradcheck_naive(batch_loss(negSamplingLossAndGradient, objects=objects), vectors, "sampling Gradient")
    grad_tests_negsamp(skipgram, tokens, vectors, dataset, negSamplingLossAndGradient)
    passed = [*(f"The {which} test passed!" for which in ("first", "second", "third")), "All 3 tests passed!"]
    assert capsys.readouterr().out.splitlines() == [
        PASSED,
        "======Skip-Gram with naiveSoftmaxLossAndGradient Test Cases======",
        *passed,
        PASSED,
        "======Skip-Gram with negSamplingLossAndGradient======",
        *passed,
    ]


def test_sigmoid_of_the_starter():
    assert sigmoid(0) == 0.5
    assert sigmoid(np.array([0])).tolist() == [0.5]
    found = sigmoid(np.array([[1, 2], [3, 4]]))
    np.testing.assert_allclose(found, [[0.73105858, 0.88079708], [0.95257413, 0.98201379]], rtol=0, atol=5.001e-9)


@pytest.mark.parametrize("loss", [naiveSoftmaxLossAndGradient, negSamplingLossAndGradient])
def test_one_loss_after_the_other_as_in_the_starter(loss, capsys):
    dataset, vectors, _ = dummy_objects()

    def at_centre(v_c):
        J, grad_v_c, _ = loss(v_c, 1, vectors, dataset)
        return J, grad_v_c

    assert gradcheck_naive(at_centre, np.random.randn(3), f"{loss.__name__} gradCenterVec")
    v_c = np.random.randn(3)

    def at_outside(U):
        J, _, grad_U = loss(v_c, 1, U, dataset)
        return J, grad_U

    assert gradcheck_naive(at_outside, vectors, f"{loss.__name__} gradOutsideVecs")
    assert capsys.readouterr().out == f"{PASSED}\n{PASSED}\n"


def test_skipgram_alone_as_in_the_starter():
    for loss in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient):
        assert gradcheck_naive(batch_loss(loss), dummy_objects()[1], "skip-gram")


# a failing implementation


def asserted_negsamp(loss):
    """Run the asserted cases of negative sampling with a student's loss, where the two checks leave `random`."""
    dataset, vectors, tokens = objects = dummy_objects()
    for checked in (naiveSoftmaxLossAndGradient, loss):
        batch_loss(checked, objects=objects)(vectors)
    grad_tests_negsamp(skipgram, tokens, vectors, dataset, loss)


def pair_loss(change):
    """Return negative sampling with a change of (loss, gradient of the centre vector, of the outside vectors)."""
    return lambda v_c, o, U, dataset: change(*negSamplingLossAndGradient(v_c, o, U, dataset))


def repeats_lost(v_c, o, U, dataset):
    """Write `grad[indices] += …`, which counts a repeated negative once."""
    words = [o, *getNegativeSamples(o, dataset, 10)]
    sign = np.array([1] + [-1] * 10)
    delta = sign * (sigmoid(sign * (U[words] @ v_c)) - 1)
    grad_U = np.zeros_like(U)
    grad_U[words] += np.outer(delta, v_c)
    return -np.log(sigmoid(sign * (U[words] @ v_c))).sum(), delta @ U[words], grad_U


def outside_word_among_the_negatives(v_c, o, U, dataset):
    """Draw without looking whether the outside word was hit; the gradient is right for these negatives."""
    free = SimpleNamespace(sampleTokenIdx=dataset.sampleTokenIdx)
    words = [o, *(free.sampleTokenIdx() for _ in range(10))]
    sign = np.array([1] + [-1] * 10)
    delta = sign * (sigmoid(sign * (U[words] @ v_c)) - 1)
    grad_U = np.zeros_like(U)
    np.add.at(grad_U, words, np.outer(delta, v_c))
    return -np.log(sigmoid(sign * (U[words] @ v_c))).sum(), delta @ U[words], grad_U


WRONG_GRADIENTS = {
    "sign": lambda J, v, U: (J, -v, -U),
    "nothing": lambda J, v, U: (J, 0 * v, 0 * U),
    "no centre": lambda J, v, U: (J, 0 * v, U),
    "one in a thousand": lambda J, v, U: (J, 1.001 * v, U),
    "one outside row": lambda J, v, U: (J, v, U * (np.arange(len(U)) > 0)[:, None]),
    "nan": lambda J, v, U: (J, v * np.nan, U),
    "nan loss": lambda J, v, U: (J * np.nan, v, U),
    "loss": lambda J, v, U: (2 * J, v, U),
}


@pytest.mark.parametrize(
    "wrong",  # three of them: the asserted cases, below, see all
    [
        pytest.param(wrong, id=name, marks=[pytest.mark.slow] * (name not in ("sign", "no centre", "nan loss")))
        for name, wrong in WRONG_GRADIENTS.items()
    ],
)
def test_a_wrong_gradient_makes_the_check_return_false(wrong, capsys):
    objects = dummy_objects()
    vectors, f = objects[1], batch_loss(pair_loss(wrong), objects=objects)
    assert gradcheck_naive(f, vectors, "negSamplingLossAndGradient Gradient") is False
    out = capsys.readouterr().out
    assert out.startswith("Gradient check failed for negSamplingLossAndGradient Gradient.\nFirst gradient error")
    assert "Your gradient: " in out
    assert "Numerical gradient: " in out
    assert "passed" not in out
    with pytest.raises(AssertionError, match="Gradient check failed"):
        gradcheck_naive(f, vectors, "x", raises=True)


@pytest.mark.parametrize("wrong", WRONG_GRADIENTS.values(), ids=WRONG_GRADIENTS)
def test_a_wrong_gradient_makes_the_asserted_cases_of_negative_sampling_raise(wrong):
    with pytest.raises(AssertionError, match=r"Your \w+ does not match the expected \w+ in the first test"):
        asserted_negsamp(pair_loss(wrong))


@pytest.mark.parametrize(
    ("loss", "what"), [(repeats_lost, "gradOutsideVectors"), (outside_word_among_the_negatives, "loss")]
)
def test_the_usual_mistakes_make_the_asserted_cases_raise(loss, what):
    with pytest.raises(AssertionError, match=f"Your {what} does not match the expected {what} in the first test"):
        asserted_negsamp(loss)


# 2017/18


@pytest.mark.parametrize("x", [np.array(123.456), np.array([0.3, -1.7, 2.2]), np.arange(20.0).reshape(4, 5) - 7])
def test_the_sanity_check_of_the_gradient_check(x, capsys):
    before = x.copy()
    assert gradcheck_naive(lambda x: (np.sum(x**2), x * 2), x) is True
    assert capsys.readouterr().out == "Gradient check passed!\n"
    assert gradcheck_naive(lambda x: (np.sum(x**2), x * 2.01), x) is False
    assert capsys.readouterr().out.startswith("Gradient check failed.\n")
    assert (x == before).all()


@pytest.mark.parametrize(
    ("loss", "model"),
    [
        (negSamplingCostAndGradient, skipgram),
        (softmaxCostAndGradient, cbow),
        pytest.param(softmaxCostAndGradient, skipgram, marks=pytest.mark.slow),
        pytest.param(negSamplingCostAndGradient, cbow, marks=pytest.mark.slow),
    ],
)
def test_the_checks_of_2017(model, loss, capsys):
    objects = dummy_objects()
    assert gradcheck_naive(batch_loss(loss, model, objects), objects[1]) is True
    assert capsys.readouterr().out == "Gradient check passed!\n"


@pytest.mark.parametrize("loss", [softmaxCostAndGradient, negSamplingCostAndGradient])
def test_a_cbow_that_averages_instead_of_summing_fails(loss):
    def averaging(word, C, context, *rest):
        J, grad_V, grad_U = cbow(word, C, context, *rest)
        return J, grad_V / len(context), grad_U

    objects = dummy_objects()
    assert gradcheck_naive(batch_loss(loss, averaging, objects), objects[1]) is False


def test_sigmoid_and_its_derivative_of_2017():
    x = np.array([[1, 2], [-1, -2]])
    found = sigmoid(x)
    np.testing.assert_allclose(found, [[0.73105858, 0.88079708], [0.26894142, 0.11920292]], rtol=0, atol=5.001e-9)
    expected = [[0.19661193, 0.10499359], [0.19661193, 0.10499359]]
    np.testing.assert_allclose(sigmoid_grad(found), expected, rtol=0, atol=5.001e-9)
    assert gradcheck_naive(lambda x: (sigmoid(x).sum(), sigmoid_grad(sigmoid(x))), np.linspace(-3, 3, 7))


@pytest.mark.parametrize("x0", [0.5, 0.0, -1.5])
def test_sgd_of_the_starter(x0, capsys):
    x = sgd(lambda x: (np.sum(x**2), x * 2), x0, 0.01, 1000, PRINT_EVERY=100)
    assert abs(x) <= 1e-6
    assert x == pytest.approx(x0 * 0.98**1000, rel=1e-12)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        f"iter {i}" for i in range(100, 1001, 100)
    ]


# what a gradient check does to the generators


@pytest.mark.parametrize("right", [True, False])
def test_a_check_advances_the_generators_by_one_evaluation(right):
    def f(x):
        noise = random.random() + np.random.rand()
        return noise * np.sum(x**2), noise * x * (2 if right else 3)

    random.seed(1)
    np.random.seed(2)
    assert gradcheck_naive(f, np.ones((2, 3)), "noise") is right
    after = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(2)
    f(np.ones((2, 3)))
    assert after == (random.random(), np.random.rand())


# the table of published results


def assert_is_what_word2vec_computes(case, *rest):
    found = case.call(skipgram, TOKENS, VECTORS, *rest)
    grad_V = np.zeros((5, 3))
    grad_V[TOKENS[case.centre]] = case.centre_row
    np.testing.assert_allclose(found[0], case.loss, rtol=1e-14)
    np.testing.assert_allclose(found[1], grad_V, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found[2], case.outside_rows, rtol=0, atol=1e-14)


def test_vectors_are_those_of_the_seed():
    np.testing.assert_array_equal(VECTORS, dummy_objects()[1])


def test_dummy_dataset_draws_from_random():
    random.seed(1)
    words, drawn = DummyDataset().getRandomContext(2), DummyDataset().sampleTokenIdx()
    random.seed(1)
    expected = ["abcde"[random.randint(0, 4)] for _ in range(5)]
    assert words == (expected[0], expected[1:])
    assert drawn == random.randint(0, 4)


def test_softmax_cases():
    for case in SOFTMAX:
        assert_is_what_word2vec_computes(case, DummyDataset())


def test_negative_sampling_cases_after_the_two_gradient_checks(capsys):
    objects = dummy_objects()
    for loss in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient):
        assert gradcheck_naive(batch_loss(loss, objects=objects), objects[1])
    for case in NEGSAMP:  # one after the other, without seeding again
        assert_is_what_word2vec_computes(case, objects[0], negSamplingLossAndGradient)
    capsys.readouterr()


def test_the_starter_test_gives_the_published_losses():
    functions = {"skipgram": skipgram, "word2vec_sgd_wrapper": word2vec_sgd_wrapper}
    functions |= {f.__name__: f for f in (naiveSoftmaxLossAndGradient, negSamplingLossAndGradient)}
    assert [*CASES] == [*functions][2:]
    found = [*run_starter_test(functions, DummyDataset())]
    assert [published for *_, published in found] == [case.loss for case in SOFTMAX + NEGSAMP]
    assert found[3][0] == 'skipgram("c", 1, ["a", "b"], ...) with negSamplingLossAndGradient'
    for _, loss, published in found:
        assert loss == pytest.approx(published, rel=1e-14)


def test_the_published_losses():
    """As the hand-outs print them; the second list is the course's of 2020 on."""
    assert [case.loss for case in SOFTMAX] == [11.16610900153398, 9.87714910003414, 10.810758628593335]
    assert [case.loss for case in NEGSAMP] == [16.15119285363322, 28.653567707668795, 60.648705494891914]


# the asserted cases, with a skip-gram that knows the answers


def answers(cases, change=lambda number, results: results):
    """A skip-gram that knows the answers to the cases, and changes them."""
    asked = []

    def skipgram(centre, size, outside, tokens, V, U, dataset, *loss):
        number = len(asked)
        case = cases[number]
        assert (centre, size, tuple(outside)) == case[:3]
        assert (type(outside), tokens, dataset) == (list, TOKENS, "dataset")
        np.testing.assert_array_equal(np.concatenate((V, U)), VECTORS)
        assert len(V) == len(U)
        asked.append(loss)
        grad_V = np.zeros((5, 3))
        grad_V[tokens[centre]] = case.centre_row
        return change(number, (case.loss, grad_V, case.outside_rows))

    skipgram.asked = asked
    return skipgram


def run_softmax(skipgram):
    return grad_tests_softmax(skipgram, TOKENS, VECTORS, "dataset")


def run_negsamp(skipgram):
    return grad_tests_negsamp(skipgram, TOKENS, VECTORS, "dataset", "loss")


TESTS = pytest.mark.parametrize(("run", "cases"), [(run_softmax, SOFTMAX), (run_negsamp, NEGSAMP)])
COUNT = ["first", "second", "third"]


@TESTS
def test_right_answers_pass(run, cases, capsys):
    skipgram = answers(cases)
    assert run(skipgram) is None
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.startswith("======Skip-Gram with ")
    assert lines == [*(f"The {which} test passed!" for which in COUNT), "All 3 tests passed!"]
    assert skipgram.asked == [("loss",) if run is run_negsamp else ()] * 3


@TESTS
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("wrong", [lambda a: -a, lambda a: a * 1.001, lambda a: a * 0, lambda a: a + np.nan])
def test_a_wrong_answer_is_named(run, cases, number, part, wrong, capsys):
    def change(asked, results):
        return [wrong(value) if (asked, i) == (number, part) else value for i, value in enumerate(results)]

    name = ["loss", "gradCenterVecs", "gradOutsideVectors"][part]
    words = f"^Your {name} does not match the expected {name} in the {COUNT[number]} test.\nYours:\n"
    with pytest.raises(AssertionError, match=words):
        run(answers(cases, change))
    assert capsys.readouterr().out.count("test passed!") == number


@TESTS
def test_the_gradient_of_a_single_entry_is_looked_at(run, cases):
    def change(_, results):
        results[2][4, 2] += 1e-4
        return results

    with pytest.raises(AssertionError, match="Your gradOutsideVectors does not match"):
        run(answers(cases, change))


@TESTS
def test_an_answer_of_another_shape_is_named(run, cases):
    with pytest.raises(AssertionError, match="Your gradCenterVecs does not match"):
        run(answers(cases, lambda _, results: (results[0], results[1][:4], results[2])))


@TESTS
def test_an_answer_with_an_axis_too_many_is_named(run, cases):
    with pytest.raises(AssertionError, match="Your gradOutsideVectors does not match"):
        run(answers(cases, lambda _, results: (*results[:2], results[2][None])))


def test_windows_of_the_starter_test():
    six = ("a", "b", "e", "d", "b", "c")
    assert [case[:3] for case in SOFTMAX] == [("c", 3, six), ("b", 3, six), ("a", 3, six)]
    assert [case[:3] for case in NEGSAMP] == [("c", 1, ("a", "b")), ("c", 2, ("a", "b", "c", "a")), ("a", 3, six)]
