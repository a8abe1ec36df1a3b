"""How every training run ends: words are chosen, their neighbours are logged, files are written."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .._types import PathLike
from ..runtime.console import reason
from ..runtime.files import check_writable, sweep
from ..runtime.run_folder import checkpoints_in, only_run_in
from ..vectors.history import History
from ..vectors.model_file import save_model
from ..vectors.spelling import describe_unknown
from ..vectors.word_vectors import WordVectors
from .page import write_page
from .plots import MOST, plot_loss, plot_words

logger = logging.getLogger(__name__)

PAGE, MODEL, CHECKPOINTS = "word_vectors.html", "model.npz", "checkpoints"
OUTPUTS = ("word_vectors.png", PAGE, "word_vectors.txt", "loss.png", "loss.csv")
PLOTTED = 24  # words, if neither the caller nor the groups name them
KINDS = {  # of the course's 24 words
    "praise": "great cool brilliant wonderful well amazing worth sweet enjoyable",
    "blame": "boring bad dumb annoying",
    "people": "female male queen king man woman",
    "weather": "rain snow hail",
    "drinks": "coffee tea",
}
GROUPS = {word: kind for kind, words in KINDS.items() for word in words.split()}


def split_words(listed: str) -> list[str]:
    """Return the different words of a list separated by commas; ValueError: fewer than two, or more than `MOST`."""
    # in a C locale Python cannot read the command line's UTF-8 and passes its bytes on in disguise
    text = os.fsencode(listed).decode("utf-8", "replace")
    return _two_or_more(word for part in text.split(",") if (word := part.strip()))


def _two_or_more(words: Iterable[str]) -> list[str]:
    if len(different := list(dict.fromkeys(words))) < 2:
        raise ValueError("--words names fewer than two words: expected at least two, separated by commas")
    if len(different) > MOST:
        raise ValueError(f"--words names {len(different):,} words: expected at most {MOST:,}")
    return different


def choose_words(listed: str | None, words: Sequence[str], min_count: int = 1) -> list[str]:
    """Return the words to plot, out of those of a vocabulary, the most frequent first.

    `listed` holds them separated by commas; one that is unknown as it is written is looked up in lower case. None
    stands for the course's 24 words, if most of them are known, or else the most frequent words of more than three
    letters. Raise ValueError if a listed word is unknown, perhaps since it occurs fewer than `min_count` times, or
    there are fewer than two.
    """
    known = set(words)
    if listed is None:
        usual = [word for word in GROUPS if word in known]
        if len(usual) > len(GROUPS) / 2:
            return usual
        longer = [word for word in words if len(word) > 3 and word.isalpha()]
        return longer[:PLOTTED] if len(longer) >= PLOTTED else list(words[:PLOTTED])
    chosen = _two_or_more(word if word in known else word.lower() for word in split_words(listed))
    if unknown := describe_unknown([word for word in chosen if word not in known], words):
        rare = f"; words that occur fewer than min_count={min_count} times are left out" if min_count > 1 else ""
        raise ValueError(
            f"not in the vocabulary, so they cannot be plotted: {unknown}; choose others by --words from its "
            f"{len(known):,} words, such as {', '.join(map(repr, words[:5]))}{rare}"
        )
    return chosen


def log_neighbours(vectors: WordVectors, words: Sequence[str], title: str = "nearest words (cosine)") -> bool:
    """Log which words are nearest to some of the plotted ones and return True, or else log why not."""
    lines = [f"\n{'word':<10}  {title}"]
    try:
        for word in words[:: max(1, len(words) // 8)]:
            near = vectors.most_similar(word, top_n=5)
            lines.append(f"{word:<10}  {', '.join(f'{other} {cosine:.2f}' for other, cosine in near)}")
        logger.info("%s", "\n".join(lines))
        return True
    except Exception as error:  # the vectors are still to be written
        logger.error("no nearest words are shown: %s", reason(error))
        return False


def outputs_in(folder: Path) -> list[Path]:
    """List all that a run writes into a folder: files, its lock, and the folder of checkpoints."""
    return [folder / name for name in (*OUTPUTS, MODEL, ".lock", CHECKPOINTS)]


@contextmanager
def only_outputs_in(folder: Path, *more: str) -> Iterator[None]:
    """Lock a folder for a run that writes `OUTPUTS` and more; remove what killed runs left of them half written.

    Raises OSError if they cannot be written; ValueError if they would replace files, but no run has been here;
    CheckpointError if another run is.
    """
    check_writable(folder, *OUTPUTS, *more)
    paths = [path for name in (*OUTPUTS, *more) if (path := folder / name).exists() and path.stat().st_size]
    marks = folder / PAGE, folder / ".lock", *checkpoints_in(folder / CHECKPOINTS)
    if paths and not any(mark.exists() for mark in marks):
        names = ", ".join(map(str, paths))
        why = f"may be another program's, since no {PAGE} or {CHECKPOINTS} of a run are here"
        fix = "move or remove what is in the way, or choose another folder, --out DIR"
        raise ValueError(f"{names} would be replaced, but {why}: {fix}")
    with only_run_in(folder):
        sweep(folder, *OUTPUTS, MODEL)
        yield


def write_outputs(
    folder: Path,
    vectors: WordVectors,
    words: Sequence[str],
    history: History,
    *,
    near: WordVectors | None = None,
    method: str = "svd",
    font: PathLike | None = None,
    about: str | None = None,
    with_model: bool = False,
) -> bool:
    """Write `OUTPUTS` into a folder, as many as can be; return whether all could. For others the reason is logged.

    `words` are plotted (see `plot_words` for method and font), `near` is what the page shows in place of the vectors
    (see `write_page` for about); `with_model` writes `MODEL`, too.
    """

    def plot(path: Path) -> None:
        plotted = vectors.matrix[[vectors.index(word) for word in words]]
        plot_words(plotted, words, GROUPS, path, method=method, font=font)

    writers: tuple[Callable[[Path], object], ...] = (
        plot,
        partial(write_page, vectors if near is None else near, groups=GROUPS, method=method, about=about),
        partial(vectors.save, format="text"),
        partial(plot_loss, history),
        history.save,
        partial(save_model, vectors),
    )
    written, names = list[str](), (*OUTPUTS, MODEL) if with_model else OUTPUTS
    for name, write in zip(names, writers, strict=False):
        try:
            write(folder / name)
            written.append(name)
        except Exception as error:  # whatever it is, it does not keep the others from being written
            logger.error("%s was not written: %s", name, reason(error))
    logger.info("\nWritten to %s: %s", folder.resolve(), ", ".join(written) or "nothing")
    return len(written) == len(names)
