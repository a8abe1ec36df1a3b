"""Pictures as PNG files: words in a plane, and the loss curve. matplotlib is imported only when used."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from .._types import Array, PathLike
from ..runtime.files import write_atomically
from ..vectors.history import History
from .labels import place_labels
from .plane import plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# colours of Okabe and Ito, which colour-blind readers can distinguish, each with a marker of its own
COLOURS = ("#0072B2", "#D55E00", "#7A4FA3", "#009E73", "#8C5A0A", "#555555")
STYLES = list(zip(COLOURS, "oXsD^v", strict=True))

# a history's first column → label of the x-axis, of the y-axis, and of one report
LOSS_LABELS = {
    "iteration": ("iteration", "loss: mean over the windows of a batch", "one batch of 50 windows"),
    "words": ("words read", "loss: mean over pairs", "since the previous report"),
}


def plot_words(
    vectors: Array, words: Sequence[str], groups: Mapping[str, str], path: PathLike, *, method: str = "svd"
) -> None:
    """Draw words in a plane, coloured by group, and write the picture.

    Parameters
    ----------
    vectors : array (n, D), one row for each of the n words
    groups : word → name of its group; words without one form the group "other"
    path : where to write the PNG; the same arguments give the same bytes
    method : "svd" or "tsne", see `word2vec.plotting.plane.plane`; for any other ValueError is raised
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


def plot_loss(history: History, path: PathLike) -> None:
    """Draw the column "loss" of a history over its first column, and write a PNG, whose bytes it determines.

    Curves show the column "smoothed" if there is one, the mean of each epoch, and the loss of held-out text.
    """
    figure, axes = new_figure((9, 5))
    first, columns = history.columns[0], dict(zip(history.columns, history.arrays()["reports"].T, strict=True))
    xlabel, ylabel, report = LOSS_LABELS.get(first, (first, "loss", "report"))
    x, smoothed = columns[first], columns.get("smoothed")
    size, scale = (4, 1) if smoothed is None else (2.5, 4)
    axes.plot(x, columns["loss"], ".", color="#9CC3DE", markersize=size, label=report)
    if smoothed is not None:
        axes.plot(x, smoothed, color="#0072B2", linewidth=1.6, label="smoothed")
    for means, colour, label in ((history.epochs, "#0072B2", "epoch"), (history.held_out, "#D55E00", "held out")):
        if means:
            ends = x.max(initial=0) * np.arange(1, len(means) + 1) / max(1, len(history.epochs))
            axes.plot(ends, means, "o-", color=colour, linewidth=1.6, markersize=4, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, markerscale=scale)
    write_figure(figure, path)


def new_figure(size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    """Return a figure of a size in inches, and its only axes, with a light grid."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def write_figure(figure: "Figure", path: PathLike) -> None:
    """Write a figure as PNG, atomically, and without metadata that differ from run to run."""
    from matplotlib import rc_context

    with write_atomically(path) as file, rc_context({"savefig.dpi": "figure", "savefig.bbox": None}):
        figure.savefig(file, format="png", metadata={"Software": None})
