"""word2vec/course/checks/of_functions.py: helpers that are right, fragile and wrong."""

import textwrap

import pytest

from tests.course.variants import PARTS


def test_textbook_sigmoid_is_right_with_a_remark(judge):
    report = judge("import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n")
    assert report.ok
    assert report.words["sigmoid"] == "right"
    assert "an exponential overflows at -1000: NumPy warns" in report.remarks["sigmoid"]


def test_the_softmax_of_2017_is_to_bear_large_scores(judge):
    report = judge(
        "import numpy as np\ndef softmax(x):\n    e = np.exp(x)\n    return e / e.sum(-1, keepdims=True)\n"
    )
    assert report.wrong() == ["softmax"]


FOR_VECTORS = {
    "return e / e.sum()": "value at [[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]] differs",
    "return e / np.sum(e, axis=0)": "each row is to sum to 1, not each column",
    "return np.array([float(each) for each in e / e.sum()])": "it stops with TypeError",
}


@pytest.mark.parametrize("body", FOR_VECTORS)
def test_a_helper_may_take_vectors_only(judge, body):
    source = f"import numpy as np\ndef softmax(x):\n    e = np.exp(x - np.max(x))\n    {body}\n"
    report = judge(f"{PARTS}\n{source}")
    assert report.words["softmax"] == report.words["naiveSoftmaxLossAndGradient"] == "right"
    assert "right for a vector, not for a matrix: " in report.remarks["softmax"]
    assert FOR_VECTORS[body] in report.remarks["softmax"]
    assert judge(source).wrong() == ["softmax"], "2017/18's hand-out asks for rows"


def test_softmax_may_change_its_argument(judge):
    source = """
        import numpy as np
        def softmax(x):
            x -= np.max(x, axis=-1, keepdims=True)
            np.exp(x, out=x)
            x /= np.sum(x, axis=-1, keepdims=True)
            return x
    """
    report = judge(textwrap.dedent(source))
    assert report.ok
    assert "changes its argument in place, which may surprise" in report.remarks["softmax"]


def test_helpers_of_2017(judge):
    source = """
        import numpy as np
        def sigmoid_grad(s):
            return 1 / (1 + np.exp(-s)) * (1 - 1 / (1 + np.exp(-s)))
        def normalizeRows(x):
            return x / np.sqrt(np.sum(x ** 2, axis=0))
        def softmax(x):
            return np.exp(x) / np.exp(x).sum(axis=0)
    """
    report = judge(textwrap.dedent(source))
    assert report.wrong() == ["sigmoid_grad", "softmax", "normalizeRows"]
    assert "the argument is sigmoid(x) already" in report.remarks["sigmoid_grad"]
    assert "the columns are scaled, not the rows" in report.remarks["normalizeRows"]
    assert "each row is to sum to 1, not each column" in report.remarks["softmax"]
