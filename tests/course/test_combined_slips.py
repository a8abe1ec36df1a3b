"""word2vec/course/combined_slips.py: the slips that together lead to a loss of the starter test."""

import pytest

from word2vec.course.combined_slips import _with, find
from word2vec.course.known_losses import KNOWN, causes_of, diagnose_loss
from word2vec.course.starter_test import CASES, NEGSAMP, SOFTMAX


def test_without_a_slip_all_windows_have_their_published_loss():
    assert [each.loss for each in _with(0)] == pytest.approx([case.loss for case in (*SOFTMAX, *NEGSAMP)], rel=1e-13)


def test_each_slip_of_the_draws_leads_to_its_known_loss():
    """All those that draw `random` in another way; NumPy's generator is another matter."""
    window = NEGSAMP[0].describe("negSamplingLossAndGradient")
    single = [each.loss for each in _with(1) if each.call == window]
    known = {float(known.value) for known in KNOWN if "numpy" not in known.cause.lower().replace("np.", "numpy")}
    found = {value for value in known if any(abs(value - loss) < 1e-9 for loss in single)}
    others = {16.15119285363322, 15.952219214641977, 16.274627325749222}  # right; other tests than the hand-out's
    assert known - found == others


@pytest.mark.parametrize(
    ("loss", "slips"),
    [
        ("14.0937", "2017/18's test of skip-gram"),
        ("13.9594", "Python 2's integers, in 2017/18's test"),
        ("-14.3019", "Python 2's integers, together with the sign of the loss"),
        ("10.3164", "the logarithm to the base 2, together with"),
    ],
)
def test_two_slips_are_found(loss, slips):
    if loss == "10.3164":  # the first window at half of K, in bits
        both = next(
            each for each in _with(2) if each.slips == ("5 negatives instead of 10", "the logarithm to the base 2")
        )
        loss, slips = f"{both.loss:.4f}", "5 negatives instead of 10, together with the logarithm to the base 2"
    assert slips in " ".join(diagnose_loss(loss).split())


def test_three_decimals_are_too_few_to_name_slips():
    assert "together" not in diagnose_loss("-14.302")


def test_the_fewest_slips_are_named():
    loss = -NEGSAMP[0].loss
    assert {each.slips for each in find(loss - 1e-9, loss + 1e-9)} == {("the sign of the loss",)}
    window = NEGSAMP[0].describe("negSamplingLossAndGradient")
    assert causes_of(loss, window) == ["the sign of the loss"]
    assert find(1e6, 2e6, most=1) == []


def test_a_call_in_a_whole_test_has_no_slips_of_other_calls_or_of_the_course():
    softmax, negative = (cases[0].describe(name) for name, cases in CASES.items())
    second_run = next(each for each in _with(1) if each.slips == ("a second run without seeding anew",))
    losses = -NEGSAMP[0].loss, -second_run.loss
    assert second_run.call == negative
    assert all(find(loss - 1e-9, loss + 1e-9) for loss in losses)
    assert causes_of(losses[0], softmax) == []
    assert causes_of(losses[1], negative) == []
