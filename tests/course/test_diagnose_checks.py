"""word2vec/course/diagnose_checks.py: planted bugs, each found in its function and in no other; correct variants."""

import random
import textwrap
import warnings
from contextlib import redirect_stdout
from itertools import combinations

import numpy as np
import pytest

from benchmarks.diagnose_variants import (
    BATCH,
    BUGS,
    COMBINED,
    FRAGILE,
    FUNCTIONS,
    NAIVE,
    NEGATIVE,
    RIGHT,
    SGD,
    SOURCES,
    STYLES,
    planted,
)
from word2vec import negative_sampling, sgd
from word2vec.course import assignment, diagnose, diagnose_checks
from word2vec.course.diagnose_checks import CHECKS, PAIRS, Draws, EndlessDraws, Note, Subject
from word2vec.course.examination import functions_in, judge_all, word
from word2vec.course.starter_test import CASES


class Report:
    """A report, taken apart: the word and the remarks for each function."""

    def __init__(self, text, ok):
        self.text, self.ok, self.words, self.remarks = text, ok, {}, {}
        name = ""
        for line in text.splitlines()[1:-1]:
            if line.startswith("    "):
                self.remarks[name] += line.strip().removeprefix("- ") + " "
            else:
                name, _, word = line.strip().partition("  ")
                self.words[name], self.remarks[name] = word.strip(), ""

    def wrong(self):
        return [name for name, word in self.words.items() if word == "wrong" and not name.startswith("together")]


@pytest.fixture
def judge(tmp_path):
    """Judge the functions of a module with this text, in this process, which is faster than in one of its own."""
    path = tmp_path / "learner.py"

    def judge(source):
        path.write_text(source, encoding="utf-8")
        names = {"__name__": "learner"}
        exec(compile(source, path, "exec"), names)
        with redirect_stdout(None), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verdicts = dict(judge_all(functions_in(names), tmp_path, {}, begin=lambda what: None))
        right = {*map(word, verdicts.values())} == {"right"}
        return Report(diagnose._report(path, [], verdicts), right)

    return judge


SLOW = pytest.mark.slow  # all are judged by `python -m benchmarks.diagnoses`; here a sample
PARTS = FUNCTIONS[: FUNCTIONS.index(f"\ndef {BATCH}")]  # without the batch, which takes longest to judge


def _first_in_parts(cases, every=1):
    """Return the cases as parameters: in a plain round one of `every` so many, most of them without a batch."""
    for i, (name, (changes, where, hint)) in enumerate(cases.items()):
        whole = i % 8 == 1 or BATCH in where or where == "sgd"
        yield pytest.param(changes, where, hint, False, id=name, marks=[SLOW] * (not whole or i % every != 1 % every))
        if not whole:
            yield pytest.param(
                changes, where, hint, True, id=f"{name}, no batch", marks=[SLOW] * (i % every != 1 % every)
            )


@pytest.mark.parametrize(("changes", "function", "hint", "parts"), [*_first_in_parts(BUGS, 3)])
def test_planted_bug_is_found_in_its_function_and_in_no_other(judge, changes, function, hint, parts):
    report = judge(planted(changes, SGD if function == "sgd" else PARTS if parts else FUNCTIONS))
    assert report.wrong() == [function], report.text
    assert hint in report.remarks[function]
    assert not report.ok
    assert f"Begin with {function}" in report.text.splitlines()[-1]
    assert not any(solution in report.text for solution in ("np.add.at", "np.outer", "y_hat", "one-hot", "- 1"))
    assert report.text.isascii()


@pytest.mark.parametrize(
    ("bug", "identity"),
    [
        ("log2", "loss at zero vectors, log V as all words are equally likely, is 2.321928095, expected 1.609437912"),
        ("softmax missing", "loss changes if one vector is added to all outside vectors"),
        ("y not subtracted", "gradOutsideVecs does not sum to zero over the words"),
        ("negatives averaged", "loss at zero vectors, (K + 1) log 2, is 1.386294361, expected 7.624618986"),
        ("K ignored", "the same for K = 4, is 7.624618986, expected 3.465735903: K is not used"),
    ],
)
def test_broken_identity_is_pointed_out(judge, bug, identity):
    changes, function, _ = BUGS[bug]
    assert identity in judge(planted(changes, PARTS)).remarks[function]


def test_what_rounding_leaves_of_zero_is_no_factor(judge):
    report = judge(planted([("miss.dot(outsideVectors)", "np.outer(miss, centerWordVec).sum(axis=0)")]))
    assert "gradCenterVec, checked against your loss, differs" in report.remarks["naiveSoftmaxLossAndGradient"]
    assert "times what it should be" not in report.text


def test_rows_of_untouched_words_are_to_be_zero(judge):
    """A loss that all gradient checks with all words drawn let through."""
    changes = [("    for k in negatives:", "    gradOutsideVecs += 1e-9\n    for k in negatives:")]
    report = judge(planted(changes, FUNCTIONS))
    assert report.wrong() == [NEGATIVE]
    assert (
        "gradOutsideVecs is not zero in the rows of words that are neither seen nor drawn" in report.remarks[NEGATIVE]
    )


def test_report_does_not_depend_on_the_state_of_the_generators(judge):
    changes, *_ = BUGS["numpy's generator"]
    texts = set()
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        texts.add(judge(planted(changes, FUNCTIONS)).text)
    assert len(texts) == 1
    assert "together, the starter test   wrong" in texts.pop()


# correct variants

VARIANTS = {
    "as it is": [],
    "logarithm of the softmax, by itself": [
        (
            "loss = -np.log(probabilities[outsideWordIdx])",
            "s = outsideVectors @ centerWordVec\n    loss = np.log(np.sum(np.exp(s))) - s[outsideWordIdx]",
        )
    ],
    "a tiny number against log 0": [
        ("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[outsideWordIdx] + 1e-10)")
    ],
    "a list instead of a tuple": [
        (
            "    gradOutsideVecs = miss[:, None] * centerWordVec\n    return loss, gradCenterVec, gradOutsideVecs",
            "    return [loss, gradCenterVec, np.einsum('i,j->ij', miss, centerWordVec)]",
        )
    ],
    "loss of shape (1,)": [("np.log(probabilities[outsideWordIdx])", "np.log(probabilities[[outsideWordIdx]])")],
    "an array of negatives": [("    return found\n", "    return np.array(found)\n")],
    "all candidates first, then the hits anew": [
        (
            """        drawn = dataset.sampleTokenIdx()
        if drawn != outsideWordIdx:
            found.append(drawn)
""",
            """        drawn = outsideWordIdx
        while drawn == outsideWordIdx:
            drawn = dataset.sampleTokenIdx()
        found += [drawn]
""",
        )
    ],
    "counts of the negatives": [
        ("    for k in negatives:\n", "    for k, n in zip(*np.unique(negatives, return_counts=True)):\n"),
        ("loss -= np.log(noise)", "loss -= n * np.log(noise)"),
        ("gradCenterVec += (1.0 - noise)", "gradCenterVec += n * (1.0 - noise)"),
        ("gradOutsideVecs[k] += (1.0 - noise)", "gradOutsideVecs[k] += n * (1.0 - noise)"),
    ],
    "divided at the end": [
        ("loss += l / batchsize", "loss += l"),
        ("gv / batchsize", "gv"),
        ("gu / batchsize", "gu"),
        ("    return loss, grad\n", "    return loss / batchsize, grad / batchsize\n"),
    ],
    "loss named by keyword": [
        (
            "centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)",
            "centerWordVec=centerWordVectors[centre], outsideWordIdx=word2Ind[word], outsideVectors=outsideVectors,"
            " dataset=dataset)",
        )
    ],
    "x changed in place": [("x = x - step * grad", "x -= step * grad")],
}


@pytest.mark.parametrize(
    "changes",
    [pytest.param(each, id=name, marks=[SLOW] * (i % 2)) for i, (name, each) in enumerate(VARIANTS.items())],
)
def test_correct_variant_is_right_without_a_remark(judge, changes):
    report = judge(planted(changes))
    assert report.ok, report.text
    assert [*report.words] == [
        "sigmoid",
        "softmax",
        "naiveSoftmaxLossAndGradient",
        "getNegativeSamples",
        "negSamplingLossAndGradient",
        "skipgram",
        "cbow",
        "word2vec_sgd_wrapper",
        "sgd",
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
    "a default": f"""{DRAWING}
def negSamplingLossAndGradient(v, o, U, dataset, K=10, draw=getNegativeSamples):
    return negative_sampling(v, o, U, draw(o, dataset, K))
""",
    "a closure": f"""{DRAWING}
def made(draw):
    return lambda v, o, U, dataset, K=10: negative_sampling(v, o, U, draw(o, dataset, K))
negSamplingLossAndGradient = made(getNegativeSamples)
""",
    "a table": f"""{DRAWING}
TOOLS = {{"draw": getNegativeSamples}}
def negSamplingLossAndGradient(v, o, U, dataset, K=10):
    return negative_sampling(v, o, U, TOOLS["draw"](o, dataset, K))
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


@pytest.mark.parametrize("changes", ROUNDED.values(), ids=ROUNDED)
def test_a_loss_of_fewer_digits_passes_the_starter_test_too(judge, changes):
    """Its largest published loss is 60.6: absolute differences of 1e-6 are less than float32 can tell."""
    report = judge(planted(changes))
    assert {*report.words.values()} == {"right"}, report.text


GUARDS = {"added": "{} + {:g}", "clipped": "np.clip({}, {:g}, 1 - {:g})", "cut": "np.maximum({}, {:g})"}


def _guarded(guard, size):
    """Return the changes that guard each logarithm against 0."""
    probabilities = "probabilities[outsideWordIdx]", "right", "noise"
    return [(f"np.log({p})", f"np.log({GUARDS[guard].format(p, size, size)})") for p in probabilities]


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("size", [1e-7, 1e-8, 1e-12, 1e-15])
def test_a_guard_against_log_0_is_no_wrong_loss(judge, guard, size):
    report = judge(planted(_guarded(guard, size), PARTS))
    assert report.ok, report.text
    assert ("a guard of 1e-07 against log 0 explains" in report.text) == (guard == "added" and size == 1e-7)


def _exactly_guarded(size):
    """Return the changes that add a guard to each probability, also where the loss is differentiated."""
    naive = "    miss[outsideWordIdx] -= 1.0\n"
    scaled = f"    p = probabilities[outsideWordIdx]\n{naive}    miss *= p / (p + {size:g})\n"
    errors = {"right": "(right - 1.0)", "noise": "(1.0 - noise)"}
    places = ("gradCenterVec", "right"), ("gradOutsideVecs[outsideWordIdx]", "right")
    places += ("gradCenterVec", "noise"), ("gradOutsideVecs[k]", "noise")
    terms = [(f"{to} += {errors[p]}", f"{to} += {errors[p]} * {p} / ({p} + {size:g})") for to, p in places]
    return [*_guarded("added", size), (naive, scaled), *terms]


@pytest.mark.parametrize(("size", "parts"), [(1e-7, FUNCTIONS), (1e-7, PARTS), (1e-8, PARTS), (1e-12, PARTS)])
def test_gradients_of_a_guard_are_right_too(judge, size, parts):
    report = judge(planted(_exactly_guarded(size), parts))
    assert report.ok, report.text
    if size != 1e-8:
        for name in (NAIVE, NEGATIVE):
            assert ("a guard of 1e-07 against log 0 explains" in report.remarks[name]) == (size == 1e-7)


@pytest.mark.parametrize("size", [1e-6, 1e-4])
def test_gradients_of_a_guard_that_changes_six_digits_are_wrong(judge, size):
    assert judge(planted(_exactly_guarded(size), PARTS)).wrong() == [NAIVE, NEGATIVE]


@pytest.mark.parametrize("size", [1e-6, 1e-4])
def test_a_guard_that_changes_six_digits_is_wrong(judge, size):
    report = judge(planted(_guarded("added", size), PARTS))
    assert report.wrong() == ["naiveSoftmaxLossAndGradient", NEGATIVE], report.text
    assert "are those of the right loss: only the loss itself is wrong" in report.remarks[NEGATIVE]


OF_PAIRS = [name for name, (_, where, _) in BUGS.items() if where in CASES]


@pytest.mark.parametrize("bug", [pytest.param(n, marks=[SLOW] * (i % 8 > 0)) for i, n in enumerate(OF_PAIRS)])
def test_a_guard_acquits_no_bug(judge, bug):
    changes, where, _ = BUGS[bug]
    source = planted(changes, PARTS)
    for old, new in _guarded("added", 1e-7):
        source = source.replace(old, new)
    assert where in judge(source).wrong()


def test_textbook_sigmoid_is_right_with_a_remark(judge):
    report = judge("import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n")
    assert report.ok
    assert report.words["sigmoid"] == "right"
    assert "an exponential overflows at -1000: NumPy warns" in report.remarks["sigmoid"]


@pytest.mark.parametrize(("changes", "functions", "hint", "parts"), [*_first_in_parts(COMBINED, 4)])
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


def test_a_remark_stands_once(judge):
    changes, function, hint = FRAGILE["negatives: numbers with a point"]
    assert judge(planted(changes, PARTS)).remarks[function].count(hint) == 1


def test_an_index_of_an_array_that_will_not_do_is_no_short_window(judge):
    report = judge(planted([("    return found\n", "    return np.array(found, float)\n")]))
    assert report.wrong() == [NEGATIVE], report.text
    assert "valid indices" in report.remarks[NEGATIVE]
    assert "shorter" not in report.remarks[NEGATIVE]
    report = judge(planted([("for k in negatives:", "for k in range(len(negatives)):")], PARTS))
    assert "stops with IndexError: index 5 is out of bounds" in report.remarks[NEGATIVE]
    assert "shorter" not in report.remarks[NEGATIVE]


def test_the_softmax_of_2017_is_to_bear_large_scores(judge):
    report = judge(
        "import numpy as np\ndef softmax(x):\n    e = np.exp(x)\n    return e / e.sum(-1, keepdims=True)\n"
    )
    assert report.wrong() == ["softmax"]


FOR_VECTORS = {
    "return e / e.sum()": "value at [[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]] differs",
    "return e / np.sum(e, axis=0)": "each row is to sum to 1, not each column",
    "return np.array([float(each) for each in e / e.sum()])": "it stops with TypeError",
}


@pytest.mark.parametrize("body", FOR_VECTORS)
def test_a_helper_may_take_vectors_only(judge, body):
    source = f"import numpy as np\ndef softmax(x):\n    e = np.exp(x - np.max(x))\n    {body}\n"
    report = judge(f"{FUNCTIONS}\n{source}")
    assert report.words["softmax"] == report.words["naiveSoftmaxLossAndGradient"] == "right"
    assert "right for a vector, not for a matrix: " in report.remarks["softmax"]
    assert FOR_VECTORS[body] in report.remarks["softmax"]
    assert judge(source).wrong() == ["softmax"], "2017/18's hand-out asks for rows"


def test_softmax_may_change_its_argument(judge):
    source = """
        import numpy as np
        def softmax(x):
            x -= np.max(x, axis=-1, keepdims=True)
            np.exp(x, out=x)
            x /= np.sum(x, axis=-1, keepdims=True)
            return x
    """
    report = judge(textwrap.dedent(source))
    assert report.ok
    assert "changes its argument in place, which may surprise" in report.remarks["softmax"]


def test_other_printing_is_remarked_on(judge):
    report = judge(planted([('"iter %d: %f"', '"at %d: %f"')], SGD))
    assert report.ok
    assert "prints ['at 2: 2.000000', 'at 4: 2.100000']; the course's: iter 2" in report.remarks["sgd"]


def test_helpers_of_2017(judge):
    source = """
        import numpy as np
        def sigmoid_grad(s):
            return 1 / (1 + np.exp(-s)) * (1 - 1 / (1 + np.exp(-s)))
        def normalizeRows(x):
            return x / np.sqrt(np.sum(x ** 2, axis=0))
        def softmax(x):
            return np.exp(x) / np.exp(x).sum(axis=0)
    """
    report = judge(textwrap.dedent(source))
    assert report.wrong() == ["sigmoid_grad", "softmax", "normalizeRows"]
    assert "the argument is sigmoid(x) already" in report.remarks["sigmoid_grad"]
    assert "the columns are scaled, not the rows" in report.remarks["normalizeRows"]
    assert "each row is to sum to 1, not each column" in report.remarks["softmax"]


def test_old_names_are_judged_and_replace_the_new_ones(judge):
    source = FUNCTIONS.replace("naiveSoftmaxLossAndGradient", "softmaxCostAndGradient")
    source = source.replace("negSamplingLossAndGradient", "negSamplingCostAndGradient")
    report = judge(source)
    assert report.ok, report.text
    assert report.words["softmaxCostAndGradient"] == report.words["negSamplingCostAndGradient"] == "right"
    assert not {"naiveSoftmaxLossAndGradient", "negSamplingLossAndGradient"} & {*report.words}
    wrong = judge(planted([("    miss[outsideWordIdx] -= 1.0\n", "")], source))
    assert wrong.wrong() == ["softmaxCostAndGradient"]


ZEROS = "return 0.0, np.zeros(inputVectors.shape), np.zeros(outputVectors.shape)"


@pytest.mark.parametrize("body", [ZEROS, "pass", "raise NotImplementedError"])
def test_optional_cbow_may_be_unwritten(judge, body):
    head = "def cbow(currentWord, C, contextWords, tokens, inputVectors, outputVectors, dataset, loss=None):"
    report = judge(f"import numpy as np\n{head}\n    {body}\n")
    assert "not written (it is optional)" in report.remarks["cbow"]
    assert report.words["cbow"] == "right"


def test_a_written_cbow_is_to_return_what_it_computes(judge):
    report = judge(planted([("    return cost, gradIn, gradOut\n", "")], PARTS))
    assert report.wrong() == ["cbow"], report.text
    assert "returns NoneType; expected loss" in report.remarks["cbow"]


# the checks' own tools


def test_our_own_functions_pass_without_a_remark(capsys):
    for name, check in CHECKS.items():
        assert [*check(sgd if name == "sgd" else getattr(assignment, name))] == [], name
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_name_the_negatives_that_their_draws_give(pair):
    dataset = Draws(pair.ids)
    assert assignment.getNegativeSamples(pair.o, dataset, 10) == [*pair.negatives]
    assert max(np.bincount(pair.negatives)) > 2
    assert dataset.count > 10


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(("factor", "verdict"), [(1, "passed"), (1 + 1e-7, "passed"), (1 + 1e-5, "failed")])
def test_gradients_are_checked_to_a_millionth(pair, which, factor, verdict):
    def loss(v_c, o, U, dataset):
        J, *gradients = negative_sampling(v_c, o, U, pair.negatives)
        gradients[which] = factor * gradients[which]
        return J, *gradients

    assert pair.check(loss, which).verdict == verdict


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("slips", [diagnose_checks._naive_slips, diagnose_checks._neg_slips])
def test_every_slip_leads_elsewhere(pair, slips):
    """Two slips with the same value, or one that leads to the right value, could not be told apart."""
    right = assignment.naiveSoftmaxLossAndGradient
    if slips is diagnose_checks._neg_slips:
        right = assignment.negSamplingLossAndGradient
    loss, error = slips(pair)
    values = [*loss.values()]
    same = [hint for hint, value in loss.items() if np.isclose(value, pair.call(right)[0], rtol=1e-4)]
    assert same in ([], [f"this is the loss of word {'abcde'[pair.o]}, not of {'abcde'[pair.o]}"])
    assert all(not np.isclose(a, b, rtol=1e-4) for a, b in combinations(values, 2))
    gradients = [np.outer(value, pair.v_c) for value in error.values()] + [pair.call(right)[2]]
    assert all(not np.allclose(a, b, rtol=1e-4) for a, b in combinations(gradients, 2))


def test_draws_end():
    dataset = Draws([0, 1])
    assert [dataset.sampleTokenIdx() for _ in range(5)] == [0, 1, 0, 1, 0]
    with pytest.raises(EndlessDraws, match=r"more than 2000 times: the loop that draws again never ends"):
        [dataset.sampleTokenIdx() for _ in range(2000)]


def test_draws_without_ids_are_those_of_random():
    random.seed(1)
    drawn = [Draws().sampleTokenIdx() for _ in range(5)]
    random.seed(1)
    assert drawn == [random.randint(0, 4) for _ in range(5)]


def test_note_is_a_remark_that_stops_nothing():
    seen = []

    def first(f):
        yield Note("by the way")

    def second(f):
        seen.append(f)
        yield "wrong"

    def third(f):
        seen.append("too far")
        yield "never"

    subject = Subject(sgd)
    assert [*diagnose_checks.run_stages((first, second, third), subject)] == ["by the way", "wrong"]
    assert seen == [subject]
