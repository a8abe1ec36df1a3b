"""utils/glove.py: the loader of GloVe's vectors under the hand-out's name, which a wheel lends without this file."""

import utils.glove
from word2vec.course import handouts, helpers


def test_the_loader_is_that_of_the_library():
    assert utils.glove.loadWordVectors is helpers.loadWordVectors
    assert handouts.MODULES["utils.glove"] == {name: getattr(utils.glove, name) for name in utils.glove.__all__}
