"""benchmarks/large_gradient.py: what it times is a complete check of a right gradient."""

import re

import numpy as np
import pytest

from benchmarks import large_gradient
from benchmarks.large_gradient import Pair, naive, ours
from word2vec.gradcheck import check_gradient


def test_a_wrong_row_among_39_078_is_found_and_named():
    pair = Pair(np.random.default_rng(1))
    word = int(pair.batch[2][0, 3])

    def wrong(x):
        J, gradient = pair(x)
        gradient[large_gradient.WORDS + word] *= 1 + 1e-9
        return J, gradient

    report = check_gradient(
        wrong, pair.x, loss=pair.loss, names={"V": large_gradient.WORDS, "U": large_gradient.WORDS}
    )
    assert report.verdict == "failed"
    assert report.wrong_rows == (f"U[{word}]",)


@pytest.mark.slow
def test_what_is_timed_is_checked(monkeypatch):
    pair = Pair(np.random.default_rng(2))
    assert ours(pair) > 0
    monkeypatch.setattr(Pair, "__call__", lambda self, x: (self.loss(x), np.zeros(x.shape)))
    with pytest.raises(AssertionError, match="gradient check FAILED"):
        ours(pair)


def test_the_command_prints_both_times_and_their_ratio(monkeypatch, capsys):
    monkeypatch.setattr(large_gradient, "SAMPLE", 5)
    large_gradient.main(["--rounds", "1"])
    out = capsys.readouterr().out
    assert re.search(r"complete: \d+ ms .*\n.* 390,780 parameters: \d+ s, [\d,]+ times as long", out)
    assert naive(Pair(np.random.default_rng(3))) > 1
