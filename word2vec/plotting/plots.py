"""Pictures of a run: words in a plane, that of their first two principal axes or another, and the loss curve.

matplotlib and scikit-learn are imported where they are used; they take longer to load than everything else here.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from word2vec._types import Array, PathLike
from word2vec.course.descent import Report
from word2vec.runtime.files import write_atomically
from word2vec.vectors.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = NDArray[np.float64]

# Okabe and Ito's colours, which the colour-blind can tell apart, each with a marker of its own
STYLES = [
    ("#0072B2", "o"),
    ("#D55E00", "X"),
    ("#7A4FA3", "s"),
    ("#009E73", "D"),
    ("#8C5A0A", "^"),
    ("#555555", "v"),
]

METHODS = ("svd", "pca", "tsne")

LABEL_SIZE = 10
NEAR = 17.0  # pixels up to which a label needs no line to its point
AIR = 6.0  # pixels between two labels in a row
MARKER = 7.0  # pixels from a marker's centre to its edge, and a little air
RINGS = (11.0, 15.0, 22.0, 32.0, 44.0, 60.0, 80.0)  # pixels from a point to its label
ANGLES = np.deg2rad([0, 180, 90, 270, 45, 135, 315, 225, 20, 160, 200, 340, 65, 115, 245, 295])  # rightmost is best


def principal_plane(vectors: Array) -> tuple[Points, Points]:
    """Project vectors onto the first two principal axes, as the course's plot does.

        X̃ = X − mean,  X̃ᵀX̃/n = A S Aᵀ (singular values in falling order),  coordinates = X̃ A[:, :2]

    The sign of an axis is arbitrary; the point farthest out on it is put on the positive side.

    Parameters
    ----------
    vectors : array (n, D), n ≥ 2; with D = 1 the second coordinate is 0

    Returns
    -------
    coordinates (n, 2), and the share of the variance that each of the two axes explains (2,).
    """
    centred = vectors - vectors.mean(axis=0)
    centred = np.pad(centred, ((0, 0), (0, max(0, 2 - vectors.shape[1]))))
    axes, variance, _ = np.linalg.svd(centred.T @ centred / len(vectors))
    coordinates = centred @ axes[:, :2]
    return _farthest_positive(coordinates), variance[:2] / (variance.sum() or 1)


def _farthest_positive(coordinates: Points) -> Points:
    """Choose the sign of each axis: the point farthest out on it is on the positive side."""
    farthest = coordinates[abs(coordinates).argmax(axis=0), [0, 1]]
    return coordinates * np.where(farthest < 0, -1, 1)


def plane(vectors: Array, method: str = "svd") -> tuple[Points, tuple[str, str]]:
    """Find a place in the plane for each vector; the same vectors get the same places.

    Parameters
    ----------
    vectors : array (n, D), n ≥ 2
    method : "svd": see `principal_plane`; "pca": the same plane, found by scikit-learn; "tsne": scikit-learn's
        t-SNE, which keeps neighbours together and gives distances between crowds no meaning

    Returns
    -------
    coordinates (n, 2), and what to write at the two axes.

    Raises
    ------
    ValueError
        If the method is none of these.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}: expected one of {', '.join(METHODS)}")
    if method == "tsne":
        return _t_sne(vectors), ("t-SNE: near is alike, far says nothing", "")
    points, explained = principal_plane(vectors) if method == "svd" else _pca(vectors)
    names = zip(("first", "second"), explained, strict=True)
    first, second = (f"{name} principal axis, {part:.0%} of the variance" for name, part in names)
    return points, (first, second)


def _pca(vectors: Array) -> tuple[Points, Points]:
    """Find the principal plane by scikit-learn."""
    from sklearn.decomposition import PCA

    wide = np.pad(vectors, ((0, 0), (0, max(0, 2 - vectors.shape[1]))))
    with np.errstate(invalid="ignore"):  # equal vectors: no variance to have a part of
        pca = PCA(2, svd_solver="full").fit(wide)
    return _farthest_positive(pca.transform(wide)), np.nan_to_num(pca.explained_variance_ratio_)


def _t_sne(vectors: Array) -> Points:
    """Embed by t-SNE from the principal plane on; in one thread, since more would not add up to the same bits."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    start = principal_plane(vectors)[0]
    start *= 1e-4 / (start[:, 0].std() or 1)
    with threadpool_limits(1):
        return np.asarray(TSNE(init=start, perplexity=perplexity, random_state=0).fit_transform(vectors), np.float64)


def plot_words(
    vectors: Array, words: Sequence[str], groups: Mapping[str, str], path: PathLike, *, method: str = "svd"
) -> None:
    """Draw words at their places in a plane, coloured by group, and write the picture.

    Parameters
    ----------
    vectors : array (n, D)
        One row per word.
    words : sequence of n words
    groups : word → name of its group; those without one form the group "other"
    path : where to write the PNG; the same arguments give the same file
    method : how the plane is found: "svd", "pca" or "tsne", see `plane`

    Raises
    ------
    ValueError
        If the method is none of these.
    """
    points, (xlabel, ylabel) = plane(vectors, method)
    figure, axes = new_figure((9, 6.5))
    group = np.array([groups.get(word, "other") for word in words])
    colours = np.empty(len(words), object)
    for name, (colour, marker) in zip(dict.fromkeys(group.tolist()), cycle(STYLES), strict=False):
        chosen = group == name
        colours[chosen] = colour
        x, y = points[chosen].T
        axes.scatter(x, y, c=colour, marker=marker, s=42, label=name, zorder=3, linewidths=0)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.margins(0.1)
    if len(set(group)) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, handletextpad=0.1)
    place_labels(figure, axes, points, words, colours.tolist())
    write_figure(figure, path)


def plot_history(history: History, path: PathLike) -> None:
    """Draw the mean loss per pair over the words read, and that of each epoch and of text held out; write it."""
    figure, axes = new_figure((9, 5))
    words, _, loss = np.array(history.reports, np.float64).reshape(-1, 3).T
    axes.plot(words, loss, ".", color="#9CC3DE", markersize=4, label="since the point before")
    for means, colour, label in ((history.epochs, "#0072B2", "epoch"), (history.held_out, "#D55E00", "held out")):
        if not means:
            continue
        ends = words.max(initial=0) * np.arange(1, len(means) + 1) / max(1, len(history.epochs))
        axes.plot(ends, means, "o-", color=colour, linewidth=1.6, markersize=4, label=label)
    axes.set(xlabel="words read", ylabel="loss: mean over pairs")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    write_figure(figure, path)


def plot_loss(history: Sequence[Report], path: PathLike) -> None:
    """Draw the loss of the reported batches and its smoothed course, and write the picture."""
    figure, axes = new_figure((9, 5))
    iteration, loss, smoothed = np.array(history, np.float64).reshape(-1, 3).T
    axes.plot(iteration, loss, ".", color="#9CC3DE", markersize=2.5, label="one batch of 50 windows")
    axes.plot(iteration, smoothed, color="#0072B2", linewidth=1.6, label="smoothed")
    axes.set(xlabel="iteration", ylabel="loss: mean over the windows of a batch")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, markerscale=4)
    write_figure(figure, path)


def place_labels(
    figure: "Figure", axes: "Axes", points: Points, words: Sequence[str], colours: Sequence[str]
) -> None:
    """Write each word beside its point so that it hides no point and no other word.

    The most crowded points choose first. A word takes the first free place on rings of growing radius; one
    that ends up farther out is tied to its point by a thin line.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the labels' places hold for just this layout
    pixel = axes.transData.transform(points)
    taken = np.concatenate((pixel - MARKER, pixel + MARKER), axis=1)
    for i in _most_crowded_first(pixel):
        label, line = _free_place(pixel[i], _text_size(axes, words[i]), taken, np.array(axes.bbox.extents))
        taken = np.concatenate((taken, label, line))
        _write_label(axes, words[i], points[i], label[0], colours[i])


def _free_place(point: Points, size: Points, taken: Points, frame: Points) -> tuple[Points, Points]:
    """Find the place nearest to a point where a label and its line cover least: both as boxes (m, 4)."""
    labels = [_beside(point, size, radius, angle)[None] for radius in RINGS for angle in ANGLES]
    places = [(label, _line(point, label[0])) for label in labels]
    return min(places, key=lambda place: _hidden(np.concatenate(place), taken, frame))


def _line(point: Points, label: Points) -> Points:
    """Cover the way from a marker's edge to its label by small boxes (m, 4); none if the label is near."""
    way = np.clip(point, label[:2], label[2:]) - point
    length = np.linalg.norm(way)
    if length <= NEAR:
        return np.empty((0, 4))
    along = point + way * np.arange(2 * MARKER, length, 2.0)[:, None] / length
    return np.concatenate((along - 1, along + 1), axis=1)


def _write_label(axes: "Axes", word: str, point: Points, box: Points, colour: str) -> None:
    """Write a word into its box, with a line to its point if that is far."""
    pixel = axes.transData.transform(point)
    far = len(_line(pixel, box)) > 0
    nearest = (np.clip(pixel, box[:2], box[2:]) - box[:2]) / (box[2:] - box[:2])  # of the label, to its point
    (x, y), (left, low, right, high) = point, box
    axes.annotate(
        word,
        (x, y),
        ((left + right) / 2, (low + high) / 2),
        textcoords="figure pixels",
        ha="center",
        va="center",
        color=colour,
        fontsize=LABEL_SIZE,
        parse_math=False,
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.5, "shrinkA": 0, "relpos": tuple(nearest)}
        if far
        else None,
    )


def _text_size(axes: "Axes", word: str) -> Points:
    """Measure a label: width and height in pixels."""
    text = axes.text(0, 0, word, fontsize=LABEL_SIZE, parse_math=False)
    box = text.get_window_extent()
    text.remove()
    return np.array([box.width + AIR, box.height])


def _most_crowded_first(pixel: Points) -> list[int]:
    """Order points by the distance to their third-nearest neighbour."""
    distance = np.linalg.norm(pixel[:, None] - pixel, axis=2)
    third = np.sort(distance, axis=1)[:, min(3, len(pixel) - 1)]
    return [int(i) for i in np.argsort(third, kind="stable")]


def _beside(point: Points, size: Points, radius: float, angle: float) -> Points:
    """Put a box of the given size at a distance from a point: x0, y0, x1, y1 in pixels."""
    direction = np.array([np.cos(angle), np.sin(angle)])
    centre = point + direction * (radius + size / 2)
    return np.concatenate((centre - size / 2, centre + size / 2))


def _hidden(boxes: Points, others: Points, frame: Points) -> float:
    """Measure how much of some boxes (m, 4) other boxes cover or the frame cuts off, in square pixels."""
    covered = _overlap(boxes[:, None], others).sum()
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum()
    return float(covered + area - _overlap(boxes, frame).sum())


def _overlap(a: Points, b: Points) -> Points:
    """Measure the area that boxes share, x0, y0, x1, y1 along the last axis."""
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.asarray(np.maximum(sides, 0).prod(axis=-1))


def new_figure(size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    """Make a figure with one pair of quiet axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def write_figure(figure: "Figure", path: PathLike) -> None:
    """Write a figure as PNG, whole or not at all, without anything that differs from run to run."""
    from matplotlib import rc_context

    with write_atomically(path) as file, rc_context({"savefig.dpi": "figure", "savefig.bbox": None}):
        figure.savefig(file, format="png", metadata={"Software": None})
