"""Pictures of a comparison of sentiment classifiers: the choice of the regularisation, and the confusion matrices."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from word2vec._types import PathLike
from word2vec.course.sentiment import Result
from word2vec.plotting.plots import STYLES, new_figure, write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_regularisation(results: Sequence[Result], path: PathLike) -> None:
    """Draw the accuracies on train (dashed) and dev over λ, a mark at the λ chosen, and write the picture.

    Results that chose no λ are drawn as a level line: their accuracy on dev.
    """
    figure, axes = new_figure((9, 5.5))
    chosen = [result for result in results if result.path]
    for result in results:
        if not result.path:
            axes.axhline(result.dev, color="#999999", linewidth=1, linestyle=":", label=result.name)
    for result, (colour, marker) in zip(chosen, cycle(STYLES), strict=False):
        strengths = [point.strength for point in result.path]
        axes.plot(strengths, [point.dev for point in result.path], color=colour, label=result.name)
        axes.plot(strengths, [point.train for point in result.path], color=colour, linestyle="--", linewidth=0.9)
        axes.plot([result.strength or 0], [result.dev], marker, color=colour, markersize=8)
    axes.set(xscale="log", xlabel="regularisation λ", ylabel="accuracy on dev; dashed: on train")
    axes.yaxis.set_major_formatter("{x:.1%}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    write_figure(figure, path)


def plot_confusion(results: Sequence[Result], path: PathLike, names: Sequence[str] | None = None) -> None:
    """Draw for each result which classes its test sentences were put into, as shares of each class, and write it.

    Parameters
    ----------
    results : sequence of Result, over the same classes
    path : where to write the PNG
    names : of the classes, in their order; by default the classes themselves
    """
    figure, _ = new_figure((1 + 3.6 * len(results), 4.6))
    figure.clear()
    panels = figure.subplots(1, len(results), sharey=True, squeeze=False)[0]
    for axes, result in zip(panels, results, strict=True):
        _draw_confusion(axes, result, [str(one) for one in names or result.classes])
    panels[0].set_ylabel("class")
    write_figure(figure, path)


def _draw_confusion(axes: "Axes", result: Result, names: Sequence[str]) -> None:
    """Draw a matrix: each cell's colour and upper number its share of the row, the lower one how many sentences."""
    of_class = result.confusion.sum(axis=1, keepdims=True)
    shares = result.confusion / of_class.clip(1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), n in np.ndenumerate(result.confusion):
        colour = "white" if shares[i, j] > 0.55 else "black"
        axes.text(j, i, f"{shares[i, j]:.0%}\n{n}", ha="center", va="center", color=colour, fontsize=7)
    axes.set_title(f"{result.name}\n{result.test:.1%} right on test", fontsize=9)
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("told")
