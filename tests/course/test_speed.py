"""word2vec/course/speed.py: where the time of a batch goes."""

import sys

import pytest

from tests.course.variants import RIGHT
from word2vec.course import assignment, speed
from word2vec.course.diagnose import diagnose, time_module


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(speed, "V", 3000)
    monkeypatch.setattr(speed, "FEW", 20)


def test_what_grows_with_the_vocabulary_and_what_is_not_vectorised_is_named(small, tmp_path, monkeypatch):
    names = {"__name__": "learner"}
    exec(compile(RIGHT, str(tmp_path / "learner.py"), "exec"), names)
    theirs = {name: names[name] for name in ("skipgram", "word2vec_sgd_wrapper", "negSamplingLossAndGradient")}
    ours = theirs | {"negSamplingLossAndGradient": assignment.negSamplingLossAndGradient}
    seconds = speed._seconds

    def told(functions, n, profile=None):
        """Return times that do not depend on the machine: 4 ms of 20 are no matter of the vocabulary."""
        if profile:
            return seconds(functions, n, profile)
        return (0.02 if n > 20 else 0.004) / (1 if functions is theirs else 2)

    monkeypatch.setattr(speed, "_seconds", told)
    first, shares, *others = speed.measure(theirs, ours, tmp_path)
    assert first.startswith("a batch of the course's run (50 windows, 3,000 words, 10 entries")
    assert "takes 20.0 ms, and so 40,000 take 0.22 hours; this library's 10.0 ms" in first
    assert " (line " in shares
    assert shares.count("%") == 4
    assert others[0].startswith("80% of it grows with the vocabulary (with 20 words a batch takes 4.0 ms)")
    assert others[1].endswith("the batch of 20 words takes 2.0 ms instead of 4.0")


def test_our_own_batch_has_nothing_to_gain(small, tmp_path):
    ours = {
        name: getattr(assignment, name) for name in ("skipgram", "word2vec_sgd_wrapper", "negSamplingLossAndGradient")
    }
    said = speed.measure(ours, ours, tmp_path)
    assert not any("with this library's negative sampling" in each for each in said)


def test_a_file_is_timed_in_a_process_of_its_own(tmp_path):
    file = tmp_path / "word2vec.py"
    file.write_text("from word2vec_numpy.course import skipgram, word2vec_sgd_wrapper, negSamplingLossAndGradient\n")
    text, is_well = diagnose(str(file), speed=True)
    assert is_well
    assert text.startswith(f"{file}: the time of a batch\n  - a batch of the course's run (50 windows, 19,539 words")


@pytest.mark.parametrize(
    ("source", "remark"),
    [
        ("def sigmoid(x): return x\n", "none of the functions of a batch is there"),
        (
            "def negSamplingLossAndGradient(*args):\n    return loss\n",
            "stops with NameError: name 'loss' is not defined (line 2 of word2vec.py)",
        ),
        ("while True:\n    pass\n", "does not return within 6 s: an endless loop? (line "),
        ("def skipgram(*args):\n    ?\n", "line 2 of word2vec.py is not Python"),
    ],
)
def test_what_cannot_be_timed_is_said(tmp_path, monkeypatch, source, remark):
    monkeypatch.setattr(sys.modules["word2vec.course.diagnose"], "LIMIT", 1.0)
    file = tmp_path / "word2vec.py"
    file.write_text(source)
    text, is_well = time_module(file)
    assert text.count(remark) == 1
    assert not is_well
