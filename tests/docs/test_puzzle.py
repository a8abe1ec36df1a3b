"""The puzzle of docs/puzzle.md: every loss in the table is brought about by the cause that stands beside it.

The starter test is written out here with one place for each slip. A gradient check uses up as many random
numbers as one evaluation (proven below with the real one), so one evaluation stands for it.
"""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from utils.utils import normalizeRows
from word2vec import (
    getNegativeSamples,
    naiveSoftmaxLossAndGradient,
    negative_sampling,
    negSamplingLossAndGradient,
    skipgram,
    word2vec_sgd_wrapper,
)
from word2vec.course.diagnose import diagnose
from word2vec.course.known_losses import KNOWN, diagnose_loss
from word2vec.course.starter_test import SIX, TOKENS, DummyDataset
from word2vec.gradcheck import gradcheck_naive

PAGE = Path(__file__).resolve().parents[2] / "docs" / "puzzle.md"
NAIVE, NEGATIVE = naiveSoftmaxLossAndGradient, negSamplingLossAndGradient


def label(known):
    """Return what the page shows of a row: the loss to four decimals, and what is wrong besides."""
    return f"{float(known.value):.4f}{known.but}"


def evaluate_once(f, x):
    f(x)


def course_gradient_check(f, x):
    """Check as the course's gradcheck_naive: central differences, `random` restored and nothing else, the first
    error ends it."""
    state = random.getstate()
    _, gradient = f(x)
    for index in np.ndindex(x.shape):
        values = []
        for h in (1e-4, -1e-4):
            moved = x.copy()
            moved[index] += h
            random.setstate(state)
            values.append(f(moved)[0])
        numeric = (values[0] - values[1]) / 2e-4
        if abs(numeric - gradient[index]) / max(1, abs(numeric), abs(gradient[index])) > 1e-5:
            return False
    return True


class StarterTest:
    """The test in its steps; `steps` says which are taken before the window with negative sampling."""

    def __init__(self, naive=NAIVE, negative=NEGATIVE, dataset=None, check=evaluate_once):
        self.naive, self.negative, self.dataset, self.check = naive, negative, dataset or DummyDataset(), check
        random.seed(31415)
        np.random.seed(9265)
        self.vectors = normalizeRows(np.random.randn(10, 3))

    def check_of(self, loss):
        def batch(x):
            return word2vec_sgd_wrapper(skipgram, TOKENS, x, self.dataset, 5, loss)

        return self.check(batch, self.vectors.copy())

    def window(self, centre, size, outside, loss):
        V, U = np.split(self.vectors, 2)
        return skipgram(centre, size, list(outside), TOKENS, V, U, self.dataset, loss)

    def softmax_windows(self, centres="cba"):
        return [self.window(centre, 3, SIX, self.naive)[0] for centre in centres]

    def negative_windows(self):
        windows = (("c", 1, "ab"), ("c", 2, "abca"), ("a", 3, SIX))
        return [self.window(*window, self.negative)[0] for window in windows]

    def run(self, steps="naive check, softmax windows, negative check"):
        for step in steps.split(", ") if steps else ():
            {
                "naive check": lambda: self.check_of(self.naive),
                "negative check": lambda: self.check_of(self.negative),
                "softmax windows": self.softmax_windows,
                "softmax window": lambda: self.softmax_windows("c"),
                "negative windows": self.negative_windows,
            }[step]()
        return self.window("c", 1, "ab", self.negative)


def repeats_lost(v_c, o, U, dataset, K=10):
    state = random.getstate()
    loss, grad_v_c, _ = NEGATIVE(v_c, o, U, dataset, K)
    random.setstate(state)
    negatives = getNegativeSamples(o, dataset, K)
    grad_U = np.zeros(U.shape)
    grad_U[o] += (1 / (1 + np.exp(-U[o] @ v_c)) - 1) * v_c
    grad_U[negatives] += np.outer(1 / (1 + np.exp(-U[negatives] @ v_c)), v_c)
    return loss, grad_v_c, grad_U


def twice(*args):
    NEGATIVE(*args)
    return NEGATIVE(*args)


def naive_that_draws(v_c, o, U, dataset):
    getNegativeSamples(o, dataset, 10)
    return NAIVE(v_c, o, U, dataset)


def outside_word_not_excluded(v_c, o, U, dataset, K=10):
    return negative_sampling(v_c, o, U, [dataset.sampleTokenIdx() for _ in range(K)])


def five_negatives(v_c, o, U, dataset):
    return NEGATIVE(v_c, o, U, dataset, 5)


class NumpyDataset(DummyDataset):
    def sampleTokenIdx(self):
        return int(np.random.randint(0, 5))


def python2_randint(a, b):
    return a + int(random.random() * (b - a + 1))


CAUSES = {
    "16.1512": lambda: StarterTest().run(),
    "16.1512, but wrong gradOutsideVecs": lambda: StarterTest(negative=repeats_lost).run(),
    "15.3182": lambda: StarterTest().run("softmax windows, negative check"),
    "16.5148": lambda: StarterTest().run("naive check, softmax windows"),
    "15.4753": lambda: StarterTest().run(""),
    "15.7359": lambda: StarterTest().run("negative check, naive check"),
    "15.4548": lambda: StarterTest().run("naive check, negative check, negative windows"),
    "15.4029": lambda: StarterTest(negative=twice).run(),
    "17.0745": lambda: StarterTest(naive=naive_that_draws).run(),
    "15.9522": lambda: StarterTest(naive=naive_that_draws).run("naive check, negative check, softmax window"),
    "16.2746": lambda: StarterTest(naive=naive_that_draws).run("naive check, negative check"),
    "16.0888": lambda: StarterTest(negative=outside_word_not_excluded).run(),
    "8.1647": lambda: StarterTest(negative=five_negatives).run(),
    "15.5068": lambda: StarterTest(dataset=NumpyDataset(), check=course_gradient_check).run(),
    "14.5287": lambda: StarterTest(dataset=NumpyDataset(), check=evaluate_once).run(),
}


def test_python_2_makes_other_integers(monkeypatch):
    monkeypatch.setattr(random, "randint", python2_randint)
    assert StarterTest().run()[0] == pytest.approx(14.301866932653125, rel=1e-14)
    random.seed(31415)
    assert [random.randint(0, 4) for _ in range(10)] == [2, 1, 4, 0, 2, 2, 3, 3, 3, 2]  # printed by Python 2.7.18


@pytest.mark.parametrize("known", [known for known in KNOWN if label(known) != "14.3019"], ids=label)
def test_cause_brings_about_the_loss(known):
    loss = CAUSES[label(known)]()[0]
    assert loss == pytest.approx(float(known.value), rel=1e-13)
    assert f"{loss:.4f}{known.but}" == label(known)


def test_every_row_has_its_simulator():
    assert {*CAUSES, "14.3019"} == {label(known) for known in KNOWN}


def test_repeats_lost_spoils_the_outside_gradient_alone():
    right, wrong = StarterTest().run(), StarterTest(negative=repeats_lost).run()
    assert wrong[0] == right[0]
    np.testing.assert_array_equal(wrong[1], right[1])
    assert not np.allclose(wrong[2], right[2], rtol=0.1)


@pytest.mark.parametrize("loss", [NAIVE, NEGATIVE])
def test_gradient_check_uses_up_one_evaluation(loss, capsys):
    """Ours and the course's alike, passed or failed."""
    assert StarterTest(check=gradcheck_naive).check_of(loss) is True
    states = [random.getstate()]
    for check in (evaluate_once, course_gradient_check, lambda f, x: course_gradient_check(_doubled(f), x)):
        StarterTest(check=check).check_of(loss)
        states.append(random.getstate())
    assert states.count(states[0]) == 4
    assert "Gradient check passed!" in capsys.readouterr().out


def _doubled(f):
    def doubled(x):
        loss, gradient = f(x)
        return loss, 2 * gradient

    return doubled


def test_numpy_draws_fail_the_course_gradient_check_and_pass_ours(capsys):
    failed = StarterTest(dataset=NumpyDataset(), check=course_gradient_check)
    assert (failed.check_of(NAIVE), failed.check_of(NEGATIVE)) == (True, False)
    passed = StarterTest(dataset=NumpyDataset(), check=gradcheck_naive)
    assert (passed.check_of(NAIVE), passed.check_of(NEGATIVE)) == (True, True)
    loss = passed.window("c", 1, "ab", NEGATIVE)[0]
    assert f"{loss:.4f}" == "14.5287"


def test_page_and_code_have_the_same_table():
    rows = re.findall(r"^\| (\d.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(label(known), known.cause, known.cure) for known in KNOWN]


def test_no_two_rows_look_alike():
    labels = [label(known) for known in KNOWN]
    assert len({*labels}) == len(labels)
    seen = {known.value[:6] for known in KNOWN}
    assert len(seen) == len({known.value for known in KNOWN})


@pytest.mark.parametrize("known", KNOWN, ids=label)
@pytest.mark.parametrize("digits", [4, 5, 10, 12])
def test_each_loss_is_known_to_the_digits_typed(known, digits):
    typed = f"{float(known.value):.{digits}f}"
    assert known.cure in " ".join(diagnose_loss(typed).split())
    assert diagnose(typed) == (diagnose_loss(typed), True)
    cut = known.value[: known.value.index(".") + 1 + digits]
    assert known.cure in " ".join(diagnose_loss(cut).split())
