"""The labelled figures, for the tests of labels and of pictures."""

import pytest

from word2vec.plotting import plots
from word2vec.plotting.labels import place_labels


@pytest.fixture
def drawn(monkeypatch):
    """Collect the figures that are labelled: (figure, axes, points, words)."""
    seen = []

    def spy(figure, axes, points, words, colours):
        seen.append((figure, axes, points, words))
        place_labels(figure, axes, points, words, colours)

    monkeypatch.setattr(plots, "place_labels", spy)
    return seen
