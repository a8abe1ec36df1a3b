"""Pictures as PNG, PDF, SVG or JPEG: words in a plane, and the loss curve. matplotlib is imported only when used."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import cycle
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._types import Array, PathLike
from ..runtime.arguments import check_path, check_type
from ..runtime.files import write_atomically
from ..runtime.word_lists import check_labels, words_by_row
from ..vectors.history import History
from ..vectors.word_vectors import WordVectors
from .fonts import drawable, lettering
from .labels import place_labels
from .plane import plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers can distinguish: each with a marker of its own, then the others
COLOURS = ("#0072B2", "#D55E00", "#7A4FA3", "#009E73", "#8C5A0A", "#555555")
MARKERS = "oXsD^v"
STYLES = [(colour, MARKERS[(i + turn) % 6]) for turn in range(6) for i, colour in enumerate(COLOURS)]

MOST = 2000  # words: the time grows faster than their square

# suffix → matplotlib's format and the metadata without which the same figure gives the same bytes
FORMATS: dict[str, tuple[str, dict[str, None] | None]] = {
    "": ("png", {"Software": None}),
    ".png": ("png", {"Software": None}),
    ".pdf": ("pdf", {"CreationDate": None, "Creator": None, "Producer": None}),
    ".svg": ("svg", {"Date": None, "Creator": None}),
    ".jpg": ("jpg", None),
    ".jpeg": ("jpg", None),
}

# a history's first column → label of the x-axis, of the y-axis, and of one report
LOSS_LABELS = {
    "iteration": ("iteration", "loss: mean over the windows of a batch", "one batch of 50 windows"),
    "words": ("words read", "loss: mean over pairs", "since the previous report"),
}


def plot_words(
    vectors: Array,
    words: Sequence[str],
    groups: Mapping[str, Any] | None,
    path: PathLike,
    *,
    method: str = "svd",
    font: PathLike | None = None,
) -> None:
    """Draw words in a plane, coloured by group, and write the picture.

    Some 100 words find a place of their own; 1,000 take a minute, and hide each other. More than 2,000 are refused:
    `write_page` shows them.

    Parameters
    ----------
    vectors : array (n, D) of real numbers, one row for each of the n words
    words : n strings; line ends and other control characters in them are drawn as escapes
    groups : word → name (or number) of its group; words without one form the group "other"
    path : where to write the picture; its suffix (.png, .pdf, .svg, .jpg) names the format, without one it is PNG.
        The same arguments give the same bytes, as long as the same fonts are installed
    method : "svd" or "tsne", see `word2vec.plotting.plane.plane`
    font : family of a font, or the path of its file; where it or matplotlib's own has not all characters, others that
        are installed are used, and what none has is named by one warning

    Raises ValueError if there is not a vector of finite numbers for each word, there are too many words, or method,
    font or suffix is unknown; TypeError if a word is no string or `groups` no such dict; OSError if the picture
    cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.plotting import plot_words
    >>> plot_words(np.eye(3), ["tea", "coffee", "rain"], {"rain": "weather"}, "words.png")
    """
    picture_format(path)
    words, groups = words_by_row(words), named_groups(groups)
    if isinstance(vectors, WordVectors) or not hasattr(vectors, "__len__"):
        raise TypeError(f"vectors is {vectors!r:.60}: expected an array, say vectors.matrix beside vectors.words")
    check_labels("vectors", vectors, words)
    if len(vectors) != len(words):
        raise ValueError(f"{len(vectors)} vectors, {len(words)} words: expected a word for each vector")
    if len(words) > MOST:
        raise ValueError(f"{len(words):,} words: expected at most {MOST:,}; choose some, or use write_page for more")
    points, (xlabel, ylabel) = plane(vectors, method, words)
    shown = [drawable(word) for word in words]
    group = np.array([drawable(groups.get(word, "other")) for word in words])
    names = list(dict.fromkeys(group.tolist()))
    with lettering([*shown, *names], font):
        figure, axes = new_figure((9, 6.5))
        colours = np.empty(len(words), object)
        for name, (colour, marker) in zip(names, cycle(STYLES), strict=False):
            chosen = group == name
            colours[chosen] = colour
            x, y = points[chosen].T
            axes.scatter(x, y, c=colour, marker=marker, s=42, label=name, zorder=3, linewidths=0)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.margins(0.1)
        if len(names) > 1:
            _add_legend(figure, axes, names)
        place_labels(figure, axes, points, shown, colours.tolist())
        write_figure(figure, path)


def _add_legend(figure: "Figure", axes: "Axes", names: list[str]) -> None:
    look: dict[str, Any] = {"labels": [*map(str, range(len(names)))], "loc": "lower left", "bbox_to_anchor": (0, 1)}
    for columns in range(6, 0, -1):  # as many as fit
        legend = axes.legend(handles=axes.collections, ncols=columns, frameon=False, handletextpad=0.1, **look)
        # a label "_a" is left out, "$a$" a formula
        for text, name in zip(legend.get_texts(), names, strict=True):
            text.set(text=f"{name:.60}" + "…" * (len(name) > 60), parse_math=False)
        if legend.get_window_extent().width < 0.85 * figure.bbox.width:
            return


def named_groups(groups: Mapping[str, Any] | None) -> dict[str, str]:
    """Return word → name of its group, from a dict (or pandas Series) of names or numbers; others raise TypeError.

    Words whose group is None or NaN have none.
    """
    found: Any = {} if groups is None else groups
    found = found.to_dict() if hasattr(found, "to_dict") else found
    check_type("groups", found, Mapping, "a dict word → name of its group, say dict(zip(words, names))")
    for word, name in found.items():
        if not isinstance(name, str | Real | None):
            raise TypeError(f"groups[{word!r:.60}] is {name!r:.60}: expected a group's name, as {{'tea': 'drinks'}}")
    return {word: str(name) for word, name in found.items() if name is not None and name == name}


def plot_loss(history: History, path: PathLike) -> None:
    """Draw the column "loss" of a history over its first column, and write a picture, whose bytes it determines.

    The suffix of path (.png, .pdf, .svg, .jpg) is its format; for any other ValueError is raised.
    Curves show the column "smoothed" if there is one, the mean of each epoch, and the loss of held-out text. What was
    not measured (NaN) is left out, and counted in the legend.

    Examples
    --------
    >>> from word2vec.plotting import plot_loss
    >>> from word2vec.vectors.history import History, Measured
    >>> plot_loss(History(reports=[Measured(200, 0.02, 2.5), Measured(400, 0.01, 2.25)]), "loss.svg")
    """
    check_type("history", history, History, "a History, say vectors.history")
    picture_format(path)
    figure, axes = new_figure((9, 5))
    first, columns = history.columns[0], dict(zip(history.columns, history.arrays()["reports"].T, strict=True))
    xlabel, ylabel, report = LOSS_LABELS.get(first, (first, "loss", "report"))
    x, smoothed = columns[first], columns.get("smoothed")
    size, scale = (4, 1) if smoothed is None else (2.5, 4)
    axes.plot(x, columns["loss"], ".", color="#9CC3DE", markersize=size, label=report + unmeasured(columns["loss"]))
    if smoothed is not None:
        axes.plot(x, smoothed, color="#0072B2", linewidth=1.6, label="smoothed")
    # in a history that does not hold it, which may end within an epoch, this is a guess
    epoch = history.epoch_words or x.max(initial=0) / max(1, len(history.epochs))
    for means, colour, label in ((history.epochs, "#0072B2", "epoch"), (history.held_out, "#D55E00", "held out")):
        if means:
            ends, label = epoch * np.arange(1, len(means) + 1), label + unmeasured(means)
            axes.plot(ends, means, "o-", color=colour, linewidth=1.6, markersize=4, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, markerscale=scale)
    write_figure(figure, path)


def unmeasured(losses: Sequence[float]) -> str:
    """Describe how many losses are NaN, for a legend; nothing if none is."""
    missing = int(np.isnan(losses).sum())
    return f" ({missing:,} of {len(losses):,} not measured)" if missing else ""


def new_figure(size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    """Return a figure of a size in inches, and its only axes, with a light grid."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def picture_format(path: PathLike) -> tuple[str, dict[str, None] | None]:
    """Return the entry of `FORMATS` for a file's suffix; raise ValueError if there is none."""
    check_path(path)
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(known for known in FORMATS if known)
        raise ValueError(f"{path}: the suffix {suffix} names no format of pictures: expected one of {known}")
    return FORMATS[suffix]


def write_figure(figure: "Figure", path: PathLike) -> None:
    """Write a figure in the format of the suffix, atomically, without metadata that differ from run to run.

    No text but those of the ticks is taken for a formula, whatever dollar signs it holds, and none for TeX.
    """
    from matplotlib import rc_context
    from matplotlib.text import Text

    kind, metadata = picture_format(path)
    for axes in figure.axes:
        legend = axes.get_legend()
        texts = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *(legend.get_texts() if legend else [])]
        for text in texts:
            text.set_parse_math(False)
    for text in figure.findobj(Text):
        text.set_usetex(False)
    fixed: dict[Any, Any] = {"savefig.dpi": "figure", "savefig.bbox": None, "svg.hashsalt": "word2vec"}
    fixed["text.usetex"] = False
    picture = BytesIO()  # errors of writing it into a file would have no number
    with write_atomically(path) as file, rc_context(fixed):
        figure.savefig(picture, format=kind, metadata=metadata)
        file.write(picture.getvalue())
