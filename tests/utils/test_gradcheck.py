"""utils/gradcheck.py: the gradient checks under the course's name, which a wheel lends without this file."""

import utils.gradcheck
from word2vec import gradcheck
from word2vec.course import handouts, starter_test


def test_the_checks_are_those_of_the_library():
    names = utils.gradcheck.__all__
    assert names == [*gradcheck.__all__, "grad_tests_negsamp", "grad_tests_softmax"]
    assert utils.gradcheck.grad_tests_softmax is starter_test.grad_tests_softmax
    assert handouts.MODULES["utils.gradcheck"] == {name: getattr(utils.gradcheck, name) for name in names}
