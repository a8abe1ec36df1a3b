"""word2vec/course/sentiment_plot.py: what the pictures show, read from the drawing itself."""

import numpy as np
import pytest

from word2vec.course import sentiment_plot
from word2vec.course.sentiment import Point, Result
from word2vec.course.sentiment_plot import plot_confusion, plot_regularisation

PATH = [Point(100.0, 0.3, 0.25), Point(1.0, 0.5, 0.4), Point(0.1, 0.9, 0.35)]
RESULTS = [
    Result("majority", 0.25, 0.2, None, None, ["bad", "good"], np.array([[3, 0], [5, 0]]), []),
    Result("words", 0.4, 0.75, 1.0, 0.9, ["bad", "good"], np.array([[1, 2], [0, 5]]), PATH),
]


@pytest.fixture
def figures(monkeypatch):
    """Keep the figures that are written."""
    kept = []
    write = sentiment_plot.write_figure
    monkeypatch.setattr(
        sentiment_plot, "write_figure", lambda figure, path: (kept.append(figure), write(figure, path))
    )
    return kept


def test_regularisation(figures, tmp_path):
    plot_regularisation(RESULTS, tmp_path / "a.png")
    axes = figures[0].axes[0]
    lines = [(line.get_label(), *np.array(line.get_data()).tolist()) for line in axes.get_lines()]
    strengths = [100.0, 1.0, 0.1]
    assert lines[0] == ("majority", [0, 1], [0.25, 0.25])
    assert lines[1] == ("words", strengths, [0.25, 0.4, 0.35])
    assert lines[2][1:] == (strengths, [0.3, 0.5, 0.9])
    assert axes.get_lines()[2].get_linestyle() == "--"
    assert lines[3][1:] == ([1.0], [0.4]), "a mark at the one chosen"
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["majority", "words"]


def test_confusion(figures, tmp_path):
    plot_confusion(RESULTS, tmp_path / "b.png", ["blame", "praise"])
    panels = figures[0].axes
    assert [axes.get_title() for axes in panels] == ["majority\n20.0% right on test", "words\n75.0% right on test"]
    cells = {text.get_position(): text.get_text() for text in panels[1].texts}
    assert cells == {(0, 0): "33%\n1", (1, 0): "67%\n2", (0, 1): "0%\n0", (1, 1): "100%\n5"}
    np.testing.assert_allclose(panels[1].images[0].get_array(), [[1 / 3, 2 / 3], [0, 1]])
    assert panels[1].images[0].get_clim() == (0, 1)
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["blame", "praise"]


def test_classes_are_named_by_themselves_and_may_be_absent(figures, tmp_path):
    empty = Result("x", 0.0, 0.0, None, None, [3, 4], np.array([[0, 0], [1, 1]]), [])
    plot_confusion([empty], tmp_path / "c.png")
    assert [label.get_text() for label in figures[0].axes[0].get_xticklabels()] == ["3", "4"]
    np.testing.assert_allclose(figures[0].axes[0].images[0].get_array(), [[0, 0], [0.5, 0.5]])


def test_the_same_gives_the_same_file(tmp_path):
    for name in ("1.png", "2.png"):
        plot_confusion(RESULTS[:1], tmp_path / name)
        plot_regularisation(RESULTS, tmp_path / f"r{name}")
    for prefix in ("", "r"):
        first, second = ((tmp_path / f"{prefix}{i}.png").read_bytes() for i in (1, 2))
        assert first == second
        assert first[:4] == b"\x89PNG"
