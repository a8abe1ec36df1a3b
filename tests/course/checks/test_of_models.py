"""word2vec/course/checks/of_models.py: CBOW, which is optional; skip-gram is in the planted bugs."""

import pytest

from tests.course.variants import PARTS, planted

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
