"""word2vec/plotting/labels.py: no label hides a point or another label, and each is connected to its own point."""

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from tests.plotting.test_plots import GROUP, WORDS, vectors
from word2vec.plotting import labels
from word2vec.plotting.plots import plot_words

MARKER = 6  # pixels from a marker's centre to its edge: 42 square points at 150 dots per inch


def label_boxes(axes):
    """Where the words stand, without the lines to their points: (n, 4) of x0, y0, x1, y1 in pixels."""
    return np.array([Text.get_window_extent(label).extents for label in axes.texts])


def overlap(a, b):
    """The width and height that two boxes share; negative where they are apart."""
    return np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])


@pytest.mark.parametrize("seed", [pytest.param(0, marks=pytest.mark.slow), 3])
def test_no_label_hides_another_label_or_a_point(tmp_path, drawn, seed):
    plot_words(vectors(seed=seed), WORDS, GROUP, tmp_path / "words.png")
    _, axes, points, _ = drawn[0]
    boxes, pixels = label_boxes(axes), axes.transData.transform(points)
    assert len(boxes) == 24
    for i, box in enumerate(boxes):
        assert all(overlap(box, other).min() <= 0 for other in boxes[:i])
        for pixel in pixels:
            assert overlap(box, np.concatenate((pixel - MARKER, pixel + MARKER))).min() <= 0
    assert (boxes[:, :2] >= axes.bbox.extents[:2] - 0.5).all()
    assert (boxes[:, 2:] <= axes.bbox.extents[2:] + 0.5).all()


@pytest.mark.parametrize("seed", [pytest.param(3, marks=pytest.mark.slow), 30])
def test_no_line_crosses_another_word(tmp_path, drawn, seed):
    plot_words(vectors(seed=seed), WORDS, GROUP, tmp_path / "words.png")
    _, axes, _, _ = drawn[0]
    boxes = label_boxes(axes)
    for i, label in enumerate(axes.texts):
        if label.arrow_patch is not None:
            (start, *_, end), steps = label.arrow_patch.get_path().vertices, np.linspace(0, 1, 200)[:, None]
            way = start + steps * (end - start)
            for other in np.delete(boxes, i, axis=0):
                assert not ((way > other[:2]) & (way < other[2:])).all(axis=1).any()


@pytest.mark.parametrize("spread", [pytest.param(0.2, marks=pytest.mark.slow), 0.07])
def test_every_word_stands_beside_its_own_point_in_its_groups_colour(tmp_path, drawn, spread):
    plot_words(vectors(spread=spread), WORDS, GROUP, tmp_path / "words.png")
    _, axes, points, words = drawn[0]
    assert sorted(label.get_text() for label in axes.texts) == sorted(WORDS)
    colour = {group.get_label(): group.get_facecolor()[0] for group in axes.collections}
    lines = 0
    for label, box in zip(axes.texts, label_boxes(axes), strict=True):
        word = label.get_text()
        np.testing.assert_array_equal(label.xy, points[words.index(word)])
        assert matplotlib.colors.same_color(label.get_color(), colour[GROUP.get(word, "other")])
        pixel = axes.transData.transform(label.xy)
        gap = np.linalg.norm(np.clip(pixel, box[:2], box[2:]) - pixel)
        assert gap < 90
        if gap > 22:
            lines += 1
            assert label.arrow_patch is not None, f"{word!r} stands {gap:.0f} pixels away and is tied to nothing"
            assert matplotlib.colors.same_color(label.arrow_patch.get_edgecolor(), label.get_color())
        if gap < 12:
            assert label.arrow_patch is None, f"{word!r} stands {gap:.0f} pixels away and needs no line"
    assert lines > 0 or spread > 0.1, "in close crowds some word must stand far off"


def test_labels_keep_their_places_in_pictures_of_other_resolution(tmp_path, drawn):
    """A PDF and an SVG are drawn with 72 dots per inch, for which the places were not computed."""
    plot_words(vectors(), WORDS, GROUP, tmp_path / "words.png")
    figure, axes, _, _ = drawn[0]
    before = label_boxes(axes)
    figure.set_dpi(72)
    figure.draw_without_rendering()
    after = label_boxes(axes) * 150 / 72
    np.testing.assert_allclose(after[:, :2] + after[:, 2:], before[:, :2] + before[:, 2:], rtol=0, atol=4)


@pytest.mark.parametrize("X", [np.eye(2), np.ones((2, 4))], ids=["unit", "equal"])
def test_two_words(tmp_path, drawn, X):
    plot_words(X, ["rain", "snow"], {}, tmp_path / "words.png")
    boxes = label_boxes(drawn[0][1])
    assert overlap(*boxes).min() <= 0


def test_long_words(tmp_path, drawn):
    words = [f"word-that-is-{i}-rather-" + "very-" * (i % 8) + "long" for i in range(12)]
    plot_words(vectors(12, seed=3), words, {}, tmp_path / "words.png")
    _, axes, points, _ = drawn[0]
    boxes, pixels = label_boxes(axes), axes.transData.transform(points)
    for i, box in enumerate(boxes):
        assert all(overlap(box, other).min() <= 0 for other in boxes[:i])
        assert all(overlap(box, np.concatenate((pixel, pixel))).min() <= 0 for pixel in pixels)


def test_few_lines_are_looked_at_in_crowded_places(tmp_path, monkeypatch):
    """Of the 112 places of a label, most are worse without their line than the best one with it."""
    lines, made = [], labels._line
    monkeypatch.setattr(labels, "_line", lambda *given: lines.append(given) or made(*given))
    n = 100
    plot_words(vectors(n, seed=0), [f"crowded{i}" for i in range(n)], {}, tmp_path / "words.png")
    assert len(lines) < 10 * n


def test_the_search_for_a_place_finds_the_best_of_all():
    """It stops at the first that hides nothing, and looks at what is near only."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 2)) * [120, 70] + [700, 480]
    taken, frame = np.hstack((points - MARKER, points + MARKER)), np.array([80.0, 80.0, 1300.0, 900.0])
    directions = np.column_stack((np.cos(labels.ANGLES), np.sin(labels.ANGLES)))
    for point in points:
        half = np.array([rng.integers(20, 200), 14.0]) / 2
        corners = [point + d * (r + half) for r in labels.RADII for d in directions]
        boxes = [np.concatenate((centre - half, centre + half)) for centre in corners]
        places = [np.vstack((box, labels._line(point, box))) for box in boxes]
        best = min(places, key=lambda place: labels._hidden(place, taken, frame).sum())
        found = labels._best_place(point, 2 * half, taken, frame)
        hidden, least = (labels._hidden(place, taken, frame).sum() for place in (found, best))
        assert hidden == pytest.approx(least)
        np.testing.assert_allclose(found[0], best[0])
        taken = np.vstack((taken, found))
