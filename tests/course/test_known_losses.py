"""word2vec/course/known_losses.py: losses that are looked up by the digits typed."""

import random

import numpy as np
import pytest

from word2vec.course import assignment
from word2vec.course.diagnose import diagnose
from word2vec.course.known_losses import _ALL_KNOWN, KNOWN, diagnose_loss
from word2vec.course.starter_test import TOKENS, VECTORS, DummyDataset


@pytest.mark.parametrize("typed", ["14.3019", "14.30187", "14.301866932653125", "14.3018669327", " 14.3018 "])
def test_loss_is_found_by_the_digits_typed(typed):
    text = diagnose_loss(typed)
    assert text.splitlines()[:2] == [
        "14.301866932653125",
        "  cause: Python 2's negatives: it makes other integers of the same random words",
    ]
    assert "Run the test under Python 3 and expect 16.1512" in text


def test_loss_may_be_a_number():
    assert diagnose_loss(14.3019) == diagnose_loss("14.3019")
    assert diagnose_loss(np.float64(14.301866932653125)) == diagnose_loss("14.3019")


@pytest.mark.parametrize(
    ("typed", "losses"),
    [
        ("15.4", "15.4753, 15.4548, 15.4029"),
        ("14.3", "14.3019"),
        ("14.302", "14.3019"),
        ("16.1", "16.1512, 16.0888"),
        ("16.15", "16.1512"),
        ("1", "0.7990"),
        ("0", "0.7990"),
        ("0.8", "0.7990"),
        ("0.799", "0.7990"),
        ("2", "2.2174"),
        ("9.81", "9.8122"),
        ("1254", "1254.5671"),
        ("1254.6", "1254.5671"),
    ],
)
def test_few_digits_decide_nothing(typed, losses):
    """Neither is the loss said to be right, nor is a cause named: many other losses have these digits, too."""
    text, known = diagnose(typed)
    text = " ".join(text.split())
    assert text.startswith(f"{typed} has too few digits to tell its cause: {losses} and losses that are not known")
    assert "Type at least 4 decimals." in text
    assert "cause: nothing" not in text
    assert "right loss" not in text
    assert "cure" not in text
    assert ("A loss of exactly 0 is what is returned" in text) == (typed == "0")
    assert not known


@pytest.mark.parametrize("known", _ALL_KNOWN, ids=lambda known: known.value[:9])
def test_no_loss_is_judged_by_fewer_than_four_decimals(known):
    for decimals in range(4):
        typed = f"{float(known.value):.{decimals}f}"
        if len(typed.replace(".", "")) < 6:
            assert diagnose(typed)[1] is False
            assert known.cause not in " ".join(diagnose_loss(typed).split())


@pytest.mark.parametrize("typed", ["0.0", "0.00000", "-0.0", 0.0])
def test_a_loss_of_zero_is_explained(typed):
    text = diagnose_loss(typed)
    assert text.startswith(f"{typed} is none of the known losses.")
    assert "\nA loss of exactly 0 is what is returned where nothing was added to it yet." in text


def test_right_loss_also_names_the_slip_that_leaves_it_right():
    text = diagnose_loss("16.1512")
    assert "nothing: this is the right loss" in text
    assert "16.15119285363322, but wrong gradOutsideVecs\n" in text
    assert "more digits" not in text


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("11.1661", '("c", 3, ["a", "b", "e", "d", "b", "c"], ...)'),
        ("11.166109001533979", "naiveSoftmaxLossAndGradient"),
        ("11.16610900153398", "naiveSoftmaxLossAndGradient"),
        ("9.8771", '("b", 3,'),
        ("10.81076", '("a", 3,'),
        ("28.653567707668795", '("c", 2, ["a", "b", "c", "a"], ...) with negSamplingLossAndGradient'),
        ("60.6487", '("a", 3,'),
        ("19.061546", "the course's run on the treebank prints at iteration 10"),
        ("19.847231", "iteration 100"),
        ("21.7156", "iteration 1000"),
        ("12.912945", "iteration 10000"),
        ("9.812206", "iteration 40000"),
        ("9.8122064", "iteration 40000"),
        ("9.367644", "iteration 40000 of the course's run on a treebank read as cp949"),
        ("19.824024", "iteration 10 of the course's run on a treebank read as cp949"),
        ("13.9594", "Under Python 3 the same code gives 14.0937"),
        ("14.0937", "2017/18's test of skip-gram with negative sampling, run under Python 3"),
        ("0.798996", "2017/18's test of CBOW with softmax"),
        ("7.7631", "Under Python 3 the same code gives 7.8956"),
        ("7.8956", "2017/18's test of CBOW with negative sampling, run under Python 3"),
        ("1254.567", "under Python 3, by a gradient check that does not restore `random`"),
        ("1697.374", "under Python 2, by a gradient check that does not restore `random`"),
        ("2.2174", "the sanity check of XCS224N"),
        ("9.348632", "the seeds 1987, 1407 and 1411"),
        ("6.836423", "not known"),
    ],
)
def test_other_published_losses_are_known(typed, what):
    text, known = diagnose(typed)
    assert known
    assert what in " ".join(text.split())


@pytest.mark.parametrize("typed", ["3.3", "16.1513", "14.31", "-14.3", "0.1", "12.9129461"])
def test_unknown_loss_says_what_to_do_next(typed):
    assert diagnose(typed) == (
        f"{typed} is none of the known losses. To check your functions: word2vec diagnose FILE.py",
        False,
    )


def python2_randint(a, b):
    return a + int(random.random() * (b - a + 1))


@pytest.mark.parametrize(
    ("randint", "numeric"),
    [(random.randint, 1254.567123), (python2_randint, 1697.374433)],
    ids=["Python 3", "Python 2"],
)
def test_the_numeric_gradients_come_about_as_they_are_said_to(monkeypatch, randint, numeric):
    """The losses of 2017/18 come about in test_handouts.py."""
    monkeypatch.setattr(random, "randint", randint)
    random.seed(31415)
    values = []
    for h in (0, 1e-4, -1e-4):
        x = VECTORS.copy()
        x[0, 0] += h
        given = TOKENS, x, DummyDataset(), 5, assignment.softmaxCostAndGradient
        values.append(assignment.word2vec_sgd_wrapper(assignment.skipgram, *given)[0])
    assert (values[1] - values[2]) / 2e-4 == pytest.approx(numeric)


@pytest.mark.parametrize("typed", ["nan", "inf", "-inf"])
def test_loss_beyond_the_range(typed):
    text, known = diagnose(typed)
    assert "cause: the exponential of a large number" in text
    assert known


def test_a_number_is_a_loss_even_where_a_folder_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "14.3019").mkdir()
    assert diagnose("14.3019") == (diagnose_loss(14.3019), True)
    assert diagnose(" 14.31 ")[1] is False


def test_exponents_are_understood():
    assert diagnose_loss("1.43019e1") == diagnose_loss("14.3019")
    assert "none of the known" not in diagnose_loss("1e1")


def test_texts_print_in_every_locale():
    for known in KNOWN:
        assert diagnose_loss(known.value).isascii()
        assert all(len(line) <= 100 for line in diagnose_loss(known.value).splitlines())
