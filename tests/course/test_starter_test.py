"""word2vec/course/starter_test.py: the published results; test_handouts.py plays the hand-outs' own tests."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

from utils.utils import normalizeRows
from word2vec.course import (
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negSamplingLossAndGradient,
    sigmoid,
    skipgram,
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
    "Gradient check passed!. Read the docstring of the `gradcheck_naive` method in utils.gradcheck.py "
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
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("gradOutsideVectors", lambda J, V, U: (J, V, U + 1e-4 * (np.arange(15).reshape(5, 3) == 14))),  # one entry
        ("gradCenterVecs", lambda J, V, U: (J, V[:4], U)),
        ("gradOutsideVectors", lambda J, V, U: (J, V, U[None])),
    ],
)
def test_a_single_wrong_entry_and_another_shape_are_named(run, cases, name, change):
    with pytest.raises(AssertionError, match=f"Your {name} does not match"):
        run(answers(cases, lambda _, results: change(*results)))


def test_windows_of_the_starter_test():
    six = ("a", "b", "e", "d", "b", "c")
    assert [case[:3] for case in SOFTMAX] == [("c", 3, six), ("b", 3, six), ("a", 3, six)]
    assert [case[:3] for case in NEGSAMP] == [("c", 1, ("a", "b")), ("c", 2, ("a", "b", "c", "a")), ("a", 3, six)]
