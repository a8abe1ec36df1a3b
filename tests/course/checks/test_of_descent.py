"""word2vec/course/checks/of_descent.py: what an sgd prints."""

from tests.course.variants import SGD, planted


def test_other_printing_is_remarked_on(judge):
    report = judge(planted([('"iter %d: %f"', '"at %d: %f"')], SGD))
    assert report.ok
    assert "prints ['at 2: 2.000000', 'at 4: 6.400000']; the course's: iter 2" in report.remarks["sgd"]
