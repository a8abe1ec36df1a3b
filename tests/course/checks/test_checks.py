"""word2vec/course/checks: planted bugs, each found in its function and in no other; correct variants."""

import random
import textwrap

import numpy as np
import pytest

from tests.course.checks.conftest import Report
from tests.course.variants import (
    BATCH,
    BUGS,
    COMBINED,
    FRAGILE,
    FUNCTIONS,
    NEGATIVE,
    OTHERS,
    PARTS,
    RIGHT,
    SGD,
    SOURCES,
    STYLES,
    planted,
)
from word2vec import sgd
from word2vec.course import assignment
from word2vec.course.checks import CHECKS
from word2vec.course.diagnose import diagnose_module

SLOW = pytest.mark.slow


def _first_in_parts(cases, every=1):
    """Return the cases as parameters: in a plain round one of `every` so many, most of them without a batch."""
    for i, (name, (changes, where, hint)) in enumerate(cases.items()):
        whole = i % 8 == 1 or BATCH in where or where == "sgd"
        yield pytest.param(changes, where, hint, False, id=name, marks=[SLOW] * (not whole or i % every != 1 % every))
        if not whole:
            yield pytest.param(
                changes, where, hint, True, id=f"{name}, no batch", marks=[SLOW] * (i % every != 1 % every)
            )


@pytest.mark.parametrize(("changes", "function", "hint", "parts"), [*_first_in_parts(BUGS, 6)])
def test_planted_bug_is_found_in_its_function_and_in_no_other(judge, changes, function, hint, parts):
    report = judge(planted(changes, SGD if function == "sgd" else PARTS if parts else FUNCTIONS))
    assert report.wrong() == [function], report.text
    assert hint in report.remarks[function]
    assert not report.ok
    assert f"Begin with {function}" in report.text.splitlines()[-1]
    assert not any(solution in report.text for solution in ("np.add.at", "np.outer", "y_hat", "one-hot", "- 1"))
    assert report.text.isascii()


def test_report_does_not_depend_on_the_state_of_the_generators(judge):
    changes, *_ = BUGS["numpy's generator"]
    texts = set()
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        texts.add(judge(planted(changes, PARTS)).text)
    assert len(texts) == 1
    assert "together, the starter test   wrong" in texts.pop()


VARIANTS = {
    "as it is": [],
    "a tiny number against log 0": [
        ("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[outsideWordIdx] + 1e-10)")
    ],
    "a list instead of a tuple": [
        (
            "    gradOutsideVecs = miss[:, None] * centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs",
            "    return [loss, gradCenterVec, np.einsum('i,j->ij', miss, centerWordVec)]",
        )
    ],
    "an array of arrays": [
        (
            "centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs\n\ndef get",
            "centerWordVec\n    return np.array([loss, gradCenterVec, gradOutsideVecs], object)\n\ndef get",
        )
    ],
    "loss of shape (1,)": [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[[outsideWordIdx]])")],
    "loss named by keyword": [
        (
            "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
            "centerWordVec=centerWordVectors[centre], outsideWordIdx=word2Ind[word], outsideVectors=outsideVectors,"
            " dataset=dataset)",
        )
    ],
    "x changed in place": [("x = x - step * grad", "x -= step * grad")],
}

OF_ALL = "as it is", "x changed in place"  # of the batch, too


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        pytest.param(each, RIGHT if name in OF_ALL else PARTS, id=name, marks=[SLOW] * (i % 2))
        for i, (name, each) in enumerate(VARIANTS.items())
    ],
)
def test_correct_variant_is_right_without_a_remark(judge, changes, source):
    report = judge(planted(changes, source))
    assert report.ok, report.text
    assert [*report.words] == [
        "sigmoid",
        "softmax",
        "naiveSoftmaxLossAndGradient",
        "getNegativeSamples",
        "negSamplingLossAndGradient",
        "skipgram",
        "cbow",
        *("word2vec_sgd_wrapper", "sgd") * (source is RIGHT),
        "together, the starter test",
    ]
    assert {*report.words.values()} == {"right"}
    assert not any(report.remarks.values()), report.text


DRAWING = "def getNegativeSamples(o, dataset, K):\n    return [dataset.sampleTokenIdx() for _ in range(K)]\n"

HELD = {  # where a right function finds a wrong one
    "a static method": "class Own:\n"
    + textwrap.indent(f"@staticmethod\n{DRAWING}", "    ")
    + "    @staticmethod\n    def negSamplingLossAndGradient(v, o, U, dataset, K=10):\n"
    + "        return negative_sampling(v, o, U, Own.getNegativeSamples(o, dataset, K))\n",
    "a class method": "class Own:\n"
    + textwrap.indent("@classmethod\n" + DRAWING.replace("(o", "(cls, o"), "    ")
    + "    @classmethod\n    def negSamplingLossAndGradient(cls, v, o, U, dataset, K=10):\n"
    + "        return negative_sampling(v, o, U, cls.getNegativeSamples(o, dataset, K))\n",
    "a default": f"""{DRAWING}
def negSamplingLossAndGradient(v, o, U, dataset, K=10, draw=getNegativeSamples):
    return negative_sampling(v, o, U, draw(o, dataset, K))
""",
    "a table": f"""{DRAWING}
TOOLS = [{{"draw": getNegativeSamples}}]
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, TOOLS[0]["draw"](o, dataset, K))
""",
    "an object": f"""import functools, types\n{DRAWING}
own = types.SimpleNamespace(draw=functools.partial(getNegativeSamples))
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, own.draw(o, dataset, K))
""",
    "an instance": "class Own:\n"
    + textwrap.indent(DRAWING.replace("(o", "(self, o"), "    ")
    + "    def negSamplingLossAndGradient(self, v, o, U, dataset, K=10):\n"
    + "        return negative_sampling(v, o, U, self.getNegativeSamples(o, dataset, K))\n"
    + "own = Own()\n"
    + "getNegativeSamples, negSamplingLossAndGradient = own.getNegativeSamples, own.negSamplingLossAndGradient\n",
    "what cannot be changed itself": f"""import functools\n@functools.partial\n{DRAWING}
@functools.partial
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, getNegativeSamples(o, dataset, K))
""",
    "a table of what is called by its class": """
class Draw:
    def __call__(self, o, dataset, K):
        return [dataset.sampleTokenIdx() for _ in range(K)]
getNegativeSamples = Draw()
TOOLS = {"draw": getNegativeSamples}
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, TOOLS["draw"](o, dataset, K))
""",
    "a partial function as a default": f"""import functools\n@functools.partial\n{DRAWING}
def negSamplingLossAndGradient(v, o, U, dataset, K=10, draw=getNegativeSamples):
    return negative_sampling(v, o, U, draw(o, dataset, K))
""",
    "a decorator of another module": f"""
other = {{}}
exec("def timed(f):\\n    return lambda *args: f(*args)", other)
timed = other.pop("timed")
@timed
{DRAWING}
@timed
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, getNegativeSamples(o, dataset, K))
""",
}


@pytest.mark.parametrize("source", HELD.values(), ids=HELD)
def test_a_right_function_is_acquitted_wherever_it_holds_a_wrong_one(judge, source):
    report = judge(f"from word2vec import negative_sampling\n{source}")
    assert report.wrong() == ["getNegativeSamples"], report.text
    assert "right by itself; it goes wrong through getNegativeSamples" in report.remarks[NEGATIVE]


ROUNDED = {
    "losses in float32": [
        ("loss = -np.log(prob", "loss = -np.float32(1) * np.log(prob"),
        (
            "    return loss, gradCenterVec, gradOutsideVecs\n\ndef skipgram",
            "    return np.float32(loss), gradCenterVec, gradOutsideVecs\n\ndef skipgram",
        ),
    ],
    "a tiny number against log 0": [
        ("np.log(right)", "np.log(right + 1e-8)"),
        ("np.log(noise)", "np.log(noise + 1e-8)"),
    ],
}


@pytest.mark.parametrize(
    ("change", "function"),
    [
        (("gradCenterVecs[centre] += gv", "gradCenterVecs[0] += gv"), "skipgram"),
        (("(1.0 - noise) * o", "noise * o"), NEGATIVE),
    ],
)
def test_a_right_batch_is_acquitted_where_losses_take_their_arguments_in_another_order(judge, change, function):
    """In place of a skip-gram that is wrong, or calls a wrong loss, stands ours, which calls the learner's losses."""
    report = judge(planted([change], SOURCES["arguments in another order"]))
    assert report.wrong() == [function], report.text


@pytest.mark.parametrize("changes", ROUNDED.values(), ids=ROUNDED)
def test_a_loss_of_fewer_digits_passes_the_starter_test_too(judge, changes):
    """Its largest published loss is 60.6: absolute differences of 1e-6 are less than float32 can tell."""
    report = judge(planted(changes, PARTS))
    assert {*report.words.values()} == {"right"}, report.text


@pytest.mark.parametrize(("changes", "functions", "hint", "parts"), [*_first_in_parts(COMBINED, 6)])
def test_combined_slips_are_found_in_their_functions(judge, changes, functions, hint, parts):
    report = judge(planted(changes, PARTS) if parts else planted(changes))
    assert report.wrong() == functions, report.text
    assert hint in " ".join(report.remarks.values())


PLAIN = [
    "np.matrix",
    "options by name only, and of one's own",
    "sgd that prints its last loss",
    "dataclasses",
    "softmax of two arguments",
]


@pytest.mark.parametrize("name", [*PLAIN, *(pytest.param(n, marks=SLOW) for n in STYLES if n not in PLAIN)])
def test_a_right_function_written_otherwise_is_right(judge, name):
    assert judge(RIGHT + STYLES[name]).ok


@pytest.mark.parametrize("name", SOURCES)
def test_another_contract_is_adapted(judge, name):
    report = judge(SOURCES[name])
    assert report.ok, report.text


@pytest.mark.parametrize(("changes", "function", "hint"), FRAGILE.values(), ids=FRAGILE)
def test_what_is_only_fragile_or_inexact_is_right_with_a_remark(judge, changes, function, hint):
    report = judge(planted(changes, FUNCTIONS if function == BATCH else PARTS))
    assert report.ok, report.text
    assert hint in report.remarks[function]


@pytest.mark.parametrize(
    ("source", "words", "hint"),
    [pytest.param(*each, id=name, marks=[SLOW] * (i % 4 != 2)) for i, (name, each) in enumerate(OTHERS.items())],
)
def test_what_needs_more_than_a_verdict_is_told_apart(tmp_path, source, words, hint):
    file = tmp_path / "learner.py"
    file.write_text(source, encoding="utf-8")
    report = Report(*diagnose_module(file))
    alone = {name: word for name, word in report.words.items() if "," not in name}
    assert {name: word for name, word in alone.items() if word not in ("right", "not there")} == words
    assert hint in " ".join(report.text.split())


def test_a_remark_stands_once(judge):
    changes, function, hint = FRAGILE["negatives: numbers with a point"]
    assert judge(planted(changes, PARTS)).remarks[function].count(hint) == 1


def test_old_names_are_judged_and_replace_the_new_ones(judge):
    source = FUNCTIONS.replace("naiveSoftmaxLossAndGradient", "softmaxCostAndGradient")
    source = source.replace("negSamplingLossAndGradient", "negSamplingCostAndGradient")
    report = judge(source)
    assert report.ok, report.text
    assert report.words["softmaxCostAndGradient"] == report.words["negSamplingCostAndGradient"] == "right"
    assert not {"naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient"} & {*report.words}
    wrong = judge(planted([("    miss[outsideWordIdx] -= 1.0\n", "")], source))
    assert wrong.wrong() == ["softmaxCostAndGradient"]


def test_our_own_functions_pass_without_a_remark(capsys):
    for name, check in CHECKS.items():
        assert [*check(sgd if name == "sgd" else getattr(assignment, name))] == [], name
    assert capsys.readouterr().out == ""
