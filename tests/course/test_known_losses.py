"""word2vec/course/known_losses.py: losses that are looked up by the digits typed."""

import numpy as np
import pytest

from word2vec.course.diagnose import diagnose
from word2vec.course.known_losses import KNOWN, diagnose_loss


@pytest.mark.parametrize("typed", ["14.3019", "14.30187", "14.301866932653125", "14.3018669327", "14.3", " 14.3018 "])
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


def test_ambiguous_loss_lists_the_candidates():
    text, known = diagnose("15.4")
    assert text.startswith("15.4 fits these; more digits tell them apart.\n")
    values = [line for line in text.splitlines() if line[0] != " "]
    assert values[1:] == ["15.475254528181654", "15.454769944565012", "15.402947747299976"]
    assert known


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
