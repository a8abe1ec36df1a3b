"""Placement of words beside their points so that none hides a point or another word. Boxes are x0, y0, x1, y1."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .plane import Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT_SIZE = 10
MARKER = 7.0  # pixels from a marker's centre to its edge, with a small margin
NEAR = 17.0  # pixels up to which a label needs no line to its point
GAP = 6.0  # pixels between two labels in a row
RADII = np.array([11.0, 15.0, 22.0, 32.0, 44.0, 60.0, 80.0])  # pixels from a point to its label
ANGLES = np.deg2rad([0, 180, 90, 270, 45, 135, 315, 225, 20, 160, 200, 340, 65, 115, 245, 295])  # best first


def place_labels(figure: "Figure", axes: "Axes", points: Points, words: Sequence[str], colours: list[str]) -> None:
    """Write each word beside its point so that it hides no point and no other word.

    Points in crowded places come first. A word takes the first free position on circles of growing radius; a thin
    line connects it to its point if it is far away.
    """
    from scipy.spatial import cKDTree

    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the positions hold for this layout only
    font: dict[str, Any] = {"fontsize": FONT_SIZE, "parse_math": False}
    size = figure.bbox.size  # a PDF or SVG has fewer pixels, so that places are fractions of it
    pixels, frame = axes.transData.transform(points), np.array(axes.bbox.extents)
    taken = np.hstack((pixels - MARKER, pixels + MARKER))  # (n, 4): the markers
    distance = cKDTree(pixels).query(pixels, min(4, len(pixels)))[0]  # (n, 4), the first to itself; of one word (1,)
    third_nearest = distance.reshape(len(pixels), -1)[:, -1]
    for i in np.argsort(third_nearest, kind="stable"):
        text = axes.text(0, 0, words[i], **font)
        box = text.get_window_extent()
        text.remove()
        place = _best_place(pixels[i], np.array([box.width + GAP, box.height]), taken, frame)
        taken = np.vstack((taken, place))
        low, high = place[0].reshape(2, 2)  # the label's box: (x0, y0), (x1, y1)
        nearest = (np.clip(pixels[i], low, high) - low) / (high - low)  # of the label to its point, from 0 to 1
        arrow = {"arrowstyle": "-", "color": colours[i], "lw": 0.5, "shrinkA": 0, "relpos": tuple(nearest)}
        style = font | {"color": colours[i], "ha": "center", "va": "center", "textcoords": "figure fraction"}
        line = arrow if len(place) > 1 else None
        axes.annotate(words[i], tuple(points[i]), tuple((low + high) / 2 / size), arrowprops=line, **style)


def _best_place(point: Points, size: Points, taken: Points, frame: Points) -> Points:
    """Return the boxes that cover least, of the label and of its line, if there is one: (1 + m, 4)."""
    directions = np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))  # (A, 2)
    centres = point + directions * (RADII[:, None, None] + size / 2)  # (R, 1, 1) + (2,) → (R, A, 2)
    labels = np.concatenate((centres - size / 2, centres + size / 2), axis=-1).reshape(-1, 4)  # (R·A, 4)
    near = taken[_shared_area(taken, np.concatenate((labels[:, :2].min(axis=0), labels[:, 2:].max(axis=0)))) > 0]
    least_of = _hidden(labels, near, frame)  # (R·A,), without their lines
    best, least = 0, np.inf
    for i in np.argsort(least_of, kind="stable").tolist():
        if least_of[i] > least or not least:
            break
        hidden = least_of[i] + _hidden(_line(point, labels[i]), near, frame).sum()
        if (hidden, i) < (least, best):  # ties go to the first
            best, least = i, hidden
    return np.vstack((labels[best], _line(point, labels[best])))


def _line(point: Points, label: Points) -> Points:
    """Cover the way from a marker's edge to its label by small boxes (m, 4); none if the label is near."""
    way = np.clip(point, label[:2], label[2:]) - point
    length = np.linalg.norm(way)
    if length <= NEAR:
        return np.empty((0, 4))
    along = point + way * np.arange(2 * MARKER, length, 2.0)[:, None] / length  # (2,) · (m, 1) → (m, 2)
    return np.hstack((along - 1, along + 1))


def _hidden(boxes: Points, others: Points, frame: Points) -> Points:
    """Return how much of boxes (m, 4) others (k, 4) cover or is outside of the frame (4,), in square pixels: (m,)."""
    covered = _shared_area(boxes[:, None], others).sum(axis=1)  # (m, 1, 4), (k, 4) → (m, k)
    return np.asarray(covered + ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - _shared_area(boxes, frame)))


def _shared_area(a: Points, b: Points) -> Points:
    """Return the area that boxes have in common; their corners stand along the last axis."""
    # each side by itself: a product along an axis of two takes three times as long
    sides = (np.minimum(a[..., i + 2], b[..., i + 2]) - np.maximum(a[..., i], b[..., i]) for i in (0, 1))
    width, height = (np.maximum(side, 0) for side in sides)
    return np.asarray(width * height)
