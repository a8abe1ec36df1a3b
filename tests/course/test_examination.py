"""word2vec/course/examination.py: which functions are judged, and what is held against whom."""

import textwrap

import numpy as np
import pytest

from word2vec.course.examination import TOGETHER, judge_all, word

SIGMOID = """
def sigmoid(x):
    return 1 / (1 + np.exp({sign}np.asarray(x)))
"""
DRAW = """
def getNegativeSamples(outsideWordIdx, dataset, K):
    found = []
    while len(found) < K:
        w = dataset.sampleTokenIdx()
        if {test}:
            found.append(w)
    return found
"""
LOSS = """
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    w = [o] + getNegativeSamples(o, dataset, K)
    sign = np.array([1.0] + [-1.0] * K)
    y = {call}(sign * (U[w] @ v))
    delta = {factor} * sign * (y - 1)
    grad = np.zeros(U.shape)
    np.add.at(grad, w, np.outer(delta, v))
    return -np.log(y).sum(), delta @ U[w], grad
"""
RIGHT_SIGMOID, WRONG_SIGMOID = SIGMOID.format(sign="-"), SIGMOID.format(sign="")
RIGHT_DRAW, WRONG_DRAW = DRAW.format(test="w != outsideWordIdx"), DRAW.format(test="True")
HEAD = "import numpy as np\nfrom word2vec import sigmoid as another\n"
PAIR = "negSamplingLossAndGradient"


@pytest.fixture
def judge(tmp_path):
    """Judge the functions of a module with this text, in this process: name → remarks."""

    def judge(source, judged=None, begin=lambda what: None):
        names = {"__name__": "learner"}
        exec(HEAD + textwrap.dedent(source), names)
        with np.errstate(all="ignore"):
            return dict(judge_all(names, tmp_path, judged or {}, begin))

    return judge


def loss(call="sigmoid", factor=1):
    return LOSS.format(call=call, factor=factor)


def verdicts(remarks):
    return {name: word(found) for name, found in remarks.items()}


# helpers


def test_a_wrong_helper_that_is_called_is_blamed(judge):
    found = judge(WRONG_SIGMOID + RIGHT_DRAW + loss())
    assert verdicts(found)["sigmoid"] == "wrong"
    assert found[PAIR] == ["right by itself; it goes wrong through sigmoid"]
    assert word(found[PAIR]) == "right"


def test_each_of_two_wrong_helpers_that_are_called_is_blamed(judge):
    found = judge(WRONG_SIGMOID + WRONG_DRAW + loss())
    assert found[PAIR] == ["right by itself; it goes wrong through sigmoid, getNegativeSamples"]


def test_a_wrong_helper_that_is_not_called_is_not_blamed_beside_one_that_is(judge):
    found = judge(WRONG_SIGMOID + WRONG_DRAW + loss("another"))
    assert found[PAIR] == ["right by itself; it goes wrong through getNegativeSamples"]


def test_a_wrong_function_that_does_not_call_a_wrong_helper_is_wrong_by_itself(judge):
    found = judge(WRONG_SIGMOID + RIGHT_DRAW + loss("another", factor=-1))
    assert verdicts(found)[PAIR] == "wrong"
    assert "the sign is the other way round" in found[PAIR][0]
    assert not any("right sigmoid" in remark for remark in found[PAIR]), "it calls another"


def test_a_wrong_function_that_calls_a_wrong_helper_is_wrong_by_itself(judge):
    """What is reported is what is wrong besides the helper."""
    found = judge(WRONG_SIGMOID + WRONG_DRAW + loss(factor=-1))
    assert verdicts(found)[PAIR] == "wrong"
    assert "the sign is the other way round" in found[PAIR][0]
    assert found[PAIR][-1] == "wrong by itself, also with a right sigmoid and getNegativeSamples"


def test_a_function_that_makes_good_what_a_wrong_helper_does_is_named_as_such(judge):
    found = judge(RIGHT_DRAW + WRONG_SIGMOID + loss().replace("sign * (U", "-sign * (U"))
    assert found[PAIR][-1] == "right as the file is, wrong with a right sigmoid"


@pytest.mark.parametrize("factor", [1, -1])
def test_a_helper_with_other_arguments_stays_and_is_named_if_its_caller_is_wrong(judge, factor):
    helper = RIGHT_SIGMOID.replace("(x)", "(x, sign)", 1)
    found = judge(helper + RIGHT_DRAW + loss("(lambda x: sigmoid(x, 1))", factor))
    assert found["sigmoid"] == ["has another signature: it takes (x, sign); the course's takes (x)"]
    assert word(found[PAIR]) == ("right" if factor == 1 else "wrong")
    said = "it may come of sigmoid, which takes other arguments, so that it cannot be judged"
    assert found[PAIR][-1:] == ([] if factor == 1 else [said])


def test_a_wrong_helper_with_an_option_stays_if_its_caller_uses_that(judge):
    """Our sigmoid, which takes none, would stop it with a TypeError that the learner's file never raises."""
    helper = WRONG_SIGMOID.replace("(x)", "(x, sign=1)", 1)
    found = judge(RIGHT_DRAW + helper + loss("(lambda x: sigmoid(x, 1))"))
    assert not [remark for remark in found[PAIR] if "TypeError" in remark or "with a right" in remark]
    assert found[PAIR][-1] == "it may come of sigmoid, which takes other arguments, and is wrong"
    made_good = loss("(lambda x: sigmoid(x, 1))").replace("sign * (U", "-sign * (U")
    assert word(judge(RIGHT_DRAW + helper + made_good)[PAIR]) == "wrong"


BY_NAME = """
from collections import namedtuple
from word2vec import naive_softmax, negSamplingLossAndGradient as right
Found = namedtuple("Found", "J v U")
def naiveSoftmaxLossAndGradient(v, o, U, dataset, verbose=False):
    J, gradient, gradients = naive_softmax(v, o, U)
    return Found(J, -gradient, gradients)
def negSamplingLossAndGradient(v, o, U, dataset, K=10, verbose=False):
    return Found(*right(v, o, U, dataset, K))
def skipgram(c, C, words, ids, V, U, dataset, loss):
    found = [loss(V[ids[c]], ids[word], U, dataset, verbose=False) for word in words]
    gradient = np.outer(np.arange(len(V)) == ids[c], sum(each.v for each in found))
    return sum(each.J for each in found), gradient, sum(each.U for each in found)
"""


def test_a_caller_finds_names_and_options_of_its_own_in_what_stands_for_a_wrong_function(judge):
    found = judge(BY_NAME)
    assert verdicts(found) == {"naiveSoftmaxLossAndGradient": "wrong", PAIR: "right", "skipgram": "right"}, found
    found = judge(BY_NAME.replace("dataset, verbose=False) for", "dataset, x=False) for"))
    assert "KeyError: 'x'" in found["skipgram"][0]


def test_a_caller_finds_what_its_right_functions_do_besides(judge):
    source = BY_NAME.replace("-gradient", "gradient").replace("    J, gradient", "    LOG.append(o)\n    J, gradient")
    source = "LOG = []\n" + source.replace("    return Found(*r", "    LOG.append(o)\n    return Found(*r")
    assert {*verdicts(judge(source.replace("    gradient = ", "    LOG.pop()\n    gradient = "))).values()} == {
        "right"
    }


def test_no_helper_is_named_where_none_is_wrong(judge):
    found = judge(RIGHT_SIGMOID + RIGHT_DRAW + loss(factor=-1))
    assert not any("right" in remark and "sigmoid" in remark for remark in found[PAIR])
    assert verdicts(found)[PAIR] == "wrong"


def test_a_function_that_is_right_only_at_times_is_wrong(judge):
    """The second look finds it right with any helper: none is to blame."""
    source = """
        calls = []
        def naiveSoftmaxLossAndGradient(v, o, U, dataset):
            calls.append(v)
            result = naive_softmax(v, o, U)
            return result if len(calls) > 1 else result[:2]
        from word2vec import naive_softmax
        def softmax(x):
            return x
    """
    found = judge(source)
    assert found["naiveSoftmaxLossAndGradient"] == ["returns 2 values; expected loss, gradCenterVec, gradOutsideVecs"]


def test_helpers_are_put_back_after_a_second_look(judge):
    """Else the starter test would run with ours and hide what a wrong helper does."""
    (remark,) = judge(RIGHT_SIGMOID + WRONG_DRAW + loss())[TOGETHER]
    assert 'skipgram("c", 1, ["a", "b"], ...) with negSamplingLossAndGradient gives 16.0887811, published' in remark
    assert ": the outside word not excluded from the negatives" in remark


OBJECT = """
class Sigmoid:
    __slots__ = "sign"
    def __init__(self, sign):
        self.sign = sign
    def __call__(self, x):
        return 1 / (1 + np.exp(self.sign * np.asarray(x)))
class Model:
    act = sigmoid = {made}
    acts = [sigmoid]
model = Model()
sigmoid = Model.sigmoid
"""


@pytest.mark.parametrize("made", ["Sigmoid(1)", "np.vectorize(lambda x: 1 / (1 + np.exp(x)))"])
@pytest.mark.parametrize("held", ["sigmoid", "Model.act", "model.acts[0]"])
def test_a_wrong_object_that_is_called_is_blamed_wherever_it_is_held(judge, made, held):
    found = judge(OBJECT.format(made=made) + RIGHT_DRAW + loss(held))
    assert verdicts(found)["sigmoid"] == "wrong"
    assert found[PAIR] == ["right by itself; it goes wrong through sigmoid"]


OWN_CLASS = """
class Act:
    def __init_subclass__(cls):
        raise ValueError("final")
    def __call__(self, x):
        return 0.4 / (1 + np.exp(-np.asarray(x)))
sigmoid = Act()
"""


@pytest.mark.parametrize(
    "made", [OWN_CLASS, WRONG_SIGMOID + "from unittest import mock\nsigmoid = mock.Mock(side_effect=sigmoid)\n"]
)
def test_a_wrong_object_whose_class_cannot_be_another_is_blamed_where_it_is_held_by_name(judge, made):
    found = judge(made + RIGHT_DRAW + loss())
    assert found[PAIR] == ["right by itself; it goes wrong through sigmoid"]


DISPATCH = """
from word2vec import naive_softmax
class Loss:
    def __call__(self, v, o, U, dataset):
        return naive_softmax(v, o, U)
naiveSoftmaxLossAndGradient = Loss()
def skipgram(c, C, words, ids, V, U, dataset, loss):
    if loss is not naiveSoftmaxLossAndGradient and "negative" not in loss.__doc__:
        raise ValueError("which loss?")
    found = [loss(V[ids[c]], ids[word], U, dataset) for word in words]
    return sum(J for J, *_ in found), np.outer(np.arange(len(V)) == ids[c], sum(v for _, v, _ in found)), sum(
        U for *_, U in found
    )
"""


def test_a_loss_that_is_an_object_is_handed_over_as_itself(judge):
    found = judge(DISPATCH)
    assert {*verdicts(found).values()} == {"right"}, found


# what earlier processes judged


def test_what_is_judged_is_left_out_and_what_is_stuck_is_replaced(judge):
    begun = []
    source = "def getNegativeSamples(o, dataset, K):\n    raise SystemExit\n" + RIGHT_SIGMOID + loss()
    judged = {"": "right", "sigmoid": "right", "getNegativeSamples": "stuck"}
    found = judge(source, judged, begun.append)
    assert found == {PAIR: ["right by itself; it goes wrong through getNegativeSamples"]}
    assert begun == [PAIR] * 3 + [TOGETHER], "as it is, with ours, and with ours but for the one to blame"


def test_what_calls_a_stuck_function_is_judged_with_ours_in_its_place(judge):
    source = RIGHT_SIGMOID + RIGHT_DRAW + loss() + f"def skipgram(*_, **__):\n    {PAIR}()\n"
    found = judge(source, {PAIR: "stuck"})
    assert f"TypeError: {PAIR}() missing 4 required" in found["skipgram"][0]
    assert TOGETHER not in found


def test_the_learners_utils_and_the_textbooks_cbow_are_not_judged(judge):
    assert judge("from word2vec.models import cbow\ndef softmax(x): pass\nsoftmax.__module__ = 'utils.utils'") == {}
