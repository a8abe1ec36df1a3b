"""benchmarks/diagnoses.py: the table of verdicts."""

import re
import sys

import pytest

from benchmarks import diagnoses
from benchmarks.diagnose_variants import planted


def test_there_are_enough_variants_with_names_of_their_own():
    names = [(variant.kind in ("right", "fragile"), variant.name) for variant in diagnoses.variants()]
    assert len({*names}) == len(names)
    wrong = sum(not is_right for is_right, _ in names)
    assert wrong >= 60
    assert len(names) - wrong >= 30


def test_a_change_that_finds_no_place_is_refused():
    with pytest.raises(ValueError, match="'no such text' stands 0 times in the source, expected once"):
        planted([("no such text", "")])


@pytest.mark.slow
def test_the_table(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["diagnoses", "sigmoid by exp"])
    assert diagnoses.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"right +sigmoid by exp/\(1 \+ exp\) +- +ok", lines[0])
    assert lines[1] == "right      1 variants, 1 with the right verdicts, 1 explained"


def test_a_verdict_that_is_not_as_it_should_be_is_shown(monkeypatch, capsys):
    variant = diagnoses.Variant("slip", "none", "def softmax(x): return x\n", {"sigmoid": "wrong"}, "nothing")
    monkeypatch.setattr(diagnoses, "variants", lambda: iter([variant]))
    monkeypatch.setattr(sys, "argv", ["diagnoses"])
    assert diagnoses.main() == 1
    text = capsys.readouterr().out
    assert re.search(r"NO\n.*learner\.py\n", text)
    assert "1 variants, 0 with the right verdicts, 0 explained" in text
