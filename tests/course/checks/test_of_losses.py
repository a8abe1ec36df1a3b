"""word2vec/course/checks/of_losses.py: identities, guards against log 0, the pairs and their slips."""

from itertools import combinations

import numpy as np
import pytest

from tests.course.variants import BUGS, FUNCTIONS, NAIVE, NEGATIVE, PARTS, planted
from word2vec import negative_sampling
from word2vec.course import assignment
from word2vec.course.checks import of_losses
from word2vec.course.checks.judging import Draws
from word2vec.course.checks.of_losses import PAIRS
from word2vec.course.starter_test import CASES

SLOW = pytest.mark.slow


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
    report = judge(planted([("miss.dot(outsideVectors)", "np.outer(miss, centerWordVec).sum(axis=0)")], PARTS))
    assert "gradCenterVec, checked against your loss, differs" in report.remarks["naiveSoftmaxLossAndGradient"]
    assert "times what it should be" not in report.text


def test_rows_of_untouched_words_are_to_be_zero(judge):
    """A loss that all gradient checks with all words drawn let through."""
    changes = [("    for k in negatives:", "    gradOutsideVecs += 1e-9\n    for k in negatives:")]
    report = judge(planted(changes, PARTS))
    assert report.wrong() == [NEGATIVE]
    assert (
        "gradOutsideVecs is not zero in the rows of words that are neither seen nor drawn" in report.remarks[NEGATIVE]
    )


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


def test_a_guard_in_the_gradients_alone_is_not_said_of_the_loss(judge):
    line = "    gradCenterVec = miss.dot(outsideVectors)\n"
    p = "probabilities[outsideWordIdx]"
    report = judge(planted([(line, f"    miss *= {p} / ({p} + 1e-7)\n{line}")], PARTS))
    assert report.ok, report.text
    assert "gradients are off by no more than a guard of 1e-07" in " ".join(report.text.split())


@pytest.mark.parametrize("word", range(5))
def test_each_outside_word_is_checked(judge, word):
    others = f"    miss[outsideWordIdx] -= outsideWordIdx != {word}\n"
    report = judge(planted([("    miss[outsideWordIdx] -= 1.0\n", others)], PARTS))
    assert report.wrong()[0] == NAIVE, report.text


@pytest.mark.parametrize(("size", "parts"), [(1e-7, FUNCTIONS), (1e-8, PARTS), (1e-12, PARTS)])
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


def test_an_index_of_an_array_that_will_not_do_is_no_short_window(judge):
    report = judge(planted([("    return found\n", "    return np.array(found, float)\n")], PARTS))
    assert report.wrong() == [NEGATIVE], report.text
    assert "valid indices" in report.remarks[NEGATIVE]
    assert "shorter" not in report.remarks[NEGATIVE]
    report = judge(planted([("for k in negatives:", "for k in range(len(negatives)):")], PARTS))
    assert "stops with IndexError: index 5 is out of bounds" in report.remarks[NEGATIVE]
    assert "shorter" not in report.remarks[NEGATIVE]


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
@pytest.mark.parametrize("slips", [of_losses._naive_slips, of_losses._neg_slips])
def test_every_slip_leads_elsewhere(pair, slips):
    """Two slips with the same value, or one that leads to the right value, could not be told apart."""
    right = assignment.naiveSoftmaxLossAndGradient
    if slips is of_losses._neg_slips:
        right = assignment.negSamplingLossAndGradient
    loss, error = slips(pair)
    values = [*loss.values()]
    same = [hint for hint, value in loss.items() if np.isclose(value, pair.call(right)[0], rtol=1e-4)]
    assert same in ([], [f"this is the loss of word {'abcde'[pair.o]}, not of {'abcde'[pair.o]}"])
    assert all(not np.isclose(a, b, rtol=1e-4) for a, b in combinations(values, 2))
    gradients = [np.outer(value, pair.v_c) for value in error.values()] + [pair.call(right)[2]]
    assert all(not np.allclose(a, b, rtol=1e-4) for a, b in combinations(gradients, 2))
