"""word2vec/course/checks/of_models.py: CBOW, which is optional; skip-gram is in the planted bugs."""

import pytest

from tests.course.variants import FUNCTIONS, PARTS, planted

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


@pytest.mark.parametrize(
    ("old", "new", "name", "hint", "error"),
    [
        ("word2Ind[word], outside", "word, outside", "skipgram", "hands 'a' to the loss", "TypeError"),
        ("(centerWord, C,", "(C, centerWord,", "word2vec_sgd_wrapper", "hands other words to the model", "KeyError"),
    ],
)
def test_where_what_is_called_stops_is_said_after_the_hint(judge, old, new, name, hint, error):
    source = planted([(old, new)], FUNCTIONS)
    remark = judge(source).remarks[name]
    assert remark.startswith(hint)
    line = next(n for n, text in enumerate(source.splitlines(), 1) if new in text)
    assert f"stops with {error}: " in remark
    assert f"(line {line - (name == 'skipgram')} of learner.py)" in remark
