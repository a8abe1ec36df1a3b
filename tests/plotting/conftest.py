"""The labelled figures, for the tests of labels and of pictures."""

import pytest

from word2vec.plotting import plots
from word2vec.plotting.labels import place_labels


@pytest.fixture
def unsaved(monkeypatch):
    """Lay out each figure that is to be saved, but do not paint its pixels, which takes as long again."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, *_, **__: figure.draw_without_rendering())


@pytest.fixture
def painted(monkeypatch):
    """Collect the figures that are labelled: (figure, axes, points, words)."""
    seen = []

    def spy(figure, axes, points, words, colours):
        seen.append((figure, axes, points, words))
        place_labels(figure, axes, points, words, colours)

    monkeypatch.setattr(plots, "place_labels", spy)
    return seen


@pytest.fixture
def drawn(painted, unsaved):
    """Collect the same where no file is looked at."""
    return painted
