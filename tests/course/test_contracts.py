"""word2vec/course/contracts.py: other names and signatures of the course's functions."""

import functools

import numpy as np
import pytest

from word2vec import naive_softmax, naiveSoftmaxLossAndGradient
from word2vec.course.contracts import PARAMETERS, Contract, canonical, contract_of


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("naive_softmax_loss_and_gradient", "naiveSoftmaxLossAndGradient"),
        ("get_negative_samples", "getNegativeSamples"),
        ("skip_gram", "skipgram"),
        ("sgd", "sgd"),
        ("softmax", None),
        ("skipgrams", None),
    ],
)
def test_names_in_snake_case_are_known(name, known):
    assert canonical(name, PARAMETERS) == known


@functools.wraps(lambda v, o, U, dataset: 0)
def decorated(*args):
    return args


TEN, ONES = np.int64(10), np.ones(3)
ALIKE = [
    ("naiveSoftmaxLossAndGradient", decorated),
    ("naiveSoftmaxLossAndGradient", lambda centerWordVec, outsideWordIdx, outsideVectors, dataset: 0),
    ("negSamplingLossAndGradient", lambda v, o, U, dataset, /, K=10: 0),
    ("getNegativeSamples", lambda outsideWordIdx, dataset, K: 0),
    ("skipgram", lambda *arguments, **named: 0),
    ("sigmoid", lambda x: 0),
    ("negSamplingLossAndGradient", 7),
]


@pytest.mark.parametrize(("name", "f"), ALIKE)
def test_a_function_that_takes_the_courses_arguments_is_left_alone(name, f):
    assert contract_of(name, f) == Contract()
    assert Contract().adapt(f, name) is f
    assert Contract().lend(f, name) is f


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("naiveSoftmaxLossAndGradient", lambda v, o, U, dataset: (v, o, U, dataset)),
        (
            "naiveSoftmaxLossAndGradient",
            lambda predicted, target, vectors, dataset: (predicted, target, vectors, dataset),
        ),
        ("negSamplingLossAndGradient", lambda a, b, c, d, e=10: (a, b, c, d, e)),
        (
            "skipgram",
            lambda c, windowSize, words, ids, V, U, data, loss: (c, windowSize, words, ids, V, U, data, loss),
        ),
        ("skipgram", lambda word, C, context, ids, V, U, data, f=None: (word, C, context, ids, V, U, data, f)),
        ("getNegativeSamples", lambda o, target, K: (o, target, K)),
        ("getNegativeSamples", lambda o, dataset, number=5: (o, dataset, number)),
        ("word2vec_sgd_wrapper", lambda f, ids, x, dataset, size=3, loss=None: (f, ids, x, dataset, size, loss)),
        ("sgd", lambda f, x0, step, n, post=None, saved=False, every=1000: (f, x0, step, n, post, saved, every)),
        ("skipgram", lambda w, C, words, ids, V, U, data, method="naive": (w, C, words, ids, V, U, data, method)),
        ("getNegativeSamples", functools.cache(lambda o, dataset, K: (o, dataset, K))),
        ("negSamplingLossAndGradient", lambda a, b, c, ds=None, e=10: (a, b, c, ds, e)),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, number=TEN: (v, o, U, dataset, number)),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, number=1e1: (v, o, U, dataset, number)),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, n=None: (v, o, U, dataset, n)),
        ("skipgram", lambda w, n, c, ids, A, B, ds=None, fn=naive_softmax: (w, n, c, ids, A, B, ds, fn)),
        (
            "skipgram",
            lambda w=None, n=5, c=(), ids=None, A=None, B=None, ds=None, fn=None: (w, n, c, ids, A, B, ds, fn),
        ),
        ("sgd", lambda f, x0, step, n, post=None, saved=False, every=20: (f, x0, step, n, post, saved, every)),
        ("sgd", lambda f, x0, step, n, post=None, saved=False, every=10**9: (f, x0, step, n, post, saved, every)),
    ],
)
def test_other_names_in_the_courses_order_keep_it(name, f):
    contract, given = contract_of(name, f), tuple(range(len(PARAMETERS[name])))
    assert contract.adapt(f, name)(*given) == f(*given) == given
    lent = contract.lend(lambda *values: values, name)
    assert lent(*given) == lent(**dict(zip(contract.names, given, strict=True))) == given
    assert lent(**{words.split()[0]: value for words, value in zip(PARAMETERS[name], given, strict=True)}) == given
    with pytest.raises(TypeError, match="missing"):
        contract.lend(lambda a, b, c: a, name)()


def test_a_flag_is_not_taken_for_an_argument_of_the_courses():
    contract = contract_of("negSamplingLossAndGradient", lambda v, o, U, dataset, verbose=False: 0)
    assert (contract.names, contract.options) == (("v", "o", "U", "dataset"), ("verbose",))
    assert contract.lacks("negSamplingLossAndGradient") == ["K"]


@pytest.mark.parametrize(
    ("name", "f", "names"),
    [
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, seed=None: 0, ("v", "o", "U", "dataset")),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, seed=0, eps=1e-9: 0, ("v", "o", "U", "dataset")),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, seed=None, n=10: 0, ("v", "o", "U", "dataset", "n")),
        ("naiveSoftmaxLossAndGradient", lambda v, o, U, eps=0: 0, ("v", "o", "U")),
        (
            "skipgram",
            lambda c, context, word2Ind, V, U, dataset, loss, clip=None: 0,
            ("c", "context", "word2Ind", "V", "U", "dataset", "loss"),
        ),
        ("sgd", lambda f, x0, step, iterations, anneal=20000: 0, ("f", "x0", "step", "iterations")),
        (
            "sgd",
            lambda f, x0, step, iterations, momentum=0, post=None, saved=False: 0,
            ("f", "x0", "step", "iterations", "post", "saved"),
        ),
        ("negSamplingLossAndGradient", lambda v, o, U, dataset, act=len: 0, ("v", "o", "U", "dataset")),
        (
            "negSamplingLossAndGradient",
            lambda v, o, U, dataset, sampler=len, number=10: 0,
            ("v", "o", "U", "dataset", "number"),
        ),
        ("naiveSoftmaxLossAndGradient", lambda v, o, U, seed=None, mask=ONES: 0, ("v", "o", "U")),
        *(
            (
                "skipgram",
                lambda w, n, c, ids, A, B, ds, own=own, fn=naiveSoftmaxLossAndGradient: 0,
                ("w", "n", "c", "ids", "A", "B", "ds", "fn"),
            )
            for own in (None, "l2", len)
        ),
    ],
)
def test_an_option_of_ones_own_is_not_taken_for_an_argument_of_the_courses(name, f, names):
    assert contract_of(name, f).names == names


def test_an_option_between_the_courses_arguments_may_be_handed_over_by_position():
    contract = contract_of("negSamplingLossAndGradient", lambda v, o, U, dataset, seed=None, K=10: 0)
    lent = contract.lend(lambda *given: given, "negSamplingLossAndGradient")
    assert lent(1, 2, 3, "data", 7, 5) == lent(1, 2, 3, "data", K=5, seed=7) == (1, 2, 3, "data", 5)


def test_arguments_in_another_order_are_handed_over_by_name():
    def theirs(dataset, target, K):
        return dataset, target, K

    contract = contract_of("getNegativeSamples", theirs)
    assert contract.adapt(theirs, "getNegativeSamples")(3, "data", 10) == ("data", 3, 10)
    lent = contract.lend(lambda o, dataset, K: (o, dataset, K), "getNegativeSamples")
    assert lent("data", 3, 10) == lent("data", K=10, target=3) == (3, "data", 10)
    assert lent.__name__ == "getNegativeSamples"


def test_what_a_hand_out_leaves_out_is_left_out():
    def theirs(center_word, context, word2ind, V, U, dataset, loss):
        return center_word, context, word2ind, V, U, dataset, loss

    contract = contract_of("skipgram", theirs)
    adapted = contract.adapt(theirs, "skipgram")
    assert adapted("c", 5, ["a"], {}, 1, 2, "data", "loss") == ("c", ["a"], {}, 1, 2, "data", "loss")
    lent = contract.lend(lambda *given: given, "skipgram")
    assert lent("c", ["a"], {}, 1, 2, "data", "loss") == ("c", None, ["a"], {}, 1, 2, "data", "loss")


def test_a_loss_without_dataset_and_a_loss_without_K():
    def theirs(predicted, target, outputVectors):
        return predicted, target

    first = contract_of("softmaxCostAndGradient", theirs)
    assert first.adapt(theirs, "softmaxCostAndGradient")(1, 2, 3, "data") == (1, 2)
    second = contract_of("negSamplingLossAndGradient", lambda v, o, U, dataset: 0)
    assert second.lend(lambda *given: given, "negSamplingLossAndGradient")(1, 2, 3, "data")[:4] == (1, 2, 3, "data")


def test_the_step_and_the_number_of_steps_are_known_by_other_names():
    def theirs(f, x0, itrs, lr, print_every=1000):
        return itrs, lr

    assert contract_of("sgd", theirs).adapt(theirs, "sgd")(None, 0.0, 0.01, 3, PRINT_EVERY=3) == (3, 0.01)


def test_what_is_named_is_handed_over_by_the_learners_names():
    def theirs(f, x0, step, iterations, print_every=10, postprocessing=None, verbose=False):
        return x0, print_every, postprocessing

    adapted = contract_of("sgd", theirs).adapt(theirs, "sgd")
    assert adapted(None, 1.0, 0.3, 5, PRINT_EVERY=2, postprocessing="p") == (1.0, 2, "p")


def test_a_parameter_that_is_taken_by_name_only_is_named():
    def theirs(v, o, U, dataset, *, K=10):
        return v, o, U, dataset, K

    assert contract_of("negSamplingLossAndGradient", theirs).adapt(theirs, "negSamplingLossAndGradient")(
        1, 2, 3, "data", 4
    ) == (1, 2, 3, "data", 4)


@pytest.mark.parametrize(
    ("name", "f", "said"),
    [
        (
            "getNegativeSamples",
            lambda a, b, c, d: 0,
            "it takes (a, b, c, d); the course's takes (outsideWordIdx, data",
        ),
        (
            "skipgram",
            lambda corpus, epochs: 0,
            "has another signature: it takes (corpus, epochs); the course's takes",
        ),
        ("sgd", lambda f, x0: 0, "the course's takes (f, x0, step, iterations,"),
    ],
)
def test_another_signature_is_named(name, f, said):
    assert said in contract_of(name, f)
