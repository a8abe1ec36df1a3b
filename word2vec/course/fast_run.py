"""The command line's way to the fast trainer: its options, the run, its files."""

import argparse
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from word2vec._types import PathLike
from word2vec.plotting import plot_loss, plot_words, write_page
from word2vec.text.vocabulary import Corpus, encode
from word2vec.training.trainer import train
from word2vec.vectors.formats import save_text
from word2vec.vectors.word_vectors import WordVectors

Say = Callable[[str], object]
Write = Callable[[Callable[[PathLike], None], str], bool]

PLOTTED = 24
ENOUGH_WORDS = 3_000_000  # read in all epochs together: a short text is read more often
MOST_EPOCHS, FEWEST_EPOCHS = 100, 5

OPTIONS: dict[str, tuple[type, str, str]] = {
    "epochs": (int, "N", "times the text is read (default: 5, more for a short text)"),
    "rate": (float, "X", "learning rate at the beginning (default: 0.025)"),
    "sample": (float, "T", "threshold above which frequent words are thinned out, 0: never (default: 0.001)"),
    "min-count": (int, "N", "rarer words are left out (default: 5)"),
    "workers": (int, "N", "processes, -1 for all cores (default: 1); the result does not depend on it"),
}
NAMES = {"min_count": "min_count", "rate": "learning_rate", "loss": "objective"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that only the fast trainer has."""
    group = parser.add_argument_group("the fast trainer, for texts of any size (--dim 100, --negatives 5 by default)")
    group.add_argument(
        "--corpus", metavar="FILE", help="text to learn from: a sentence or paragraph a line, .gz, .bz2"
    )
    group.add_argument("--trainer", choices=["course", "fast"], help="fast: use it on the treebank (default: course)")
    for name, (kind, metavar, text) in OPTIONS.items():
        group.add_argument(f"--{name}", type=kind, metavar=metavar, help=text)
    group.add_argument("--lowercase", action="store_true", default=None, help="lower the case of all words")
    group.add_argument("--tokenize", choices=["split", "words"], help="at white space, or runs of letters and digits")


def wanted(options: argparse.Namespace) -> bool:
    """Tell whether the command line asks for the fast trainer.

    Raises
    ------
    ValueError
        If it holds options of the one and of the other.
    """
    fast = bool(options.corpus) or options.trainer == "fast"
    if options.corpus and options.trainer == "course":
        raise ValueError("--corpus is for the fast trainer: leave out --trainer course")
    given = vars(options)
    wrong = ("iterations", "step") if fast else (*(n.replace("-", "_") for n in OPTIONS), "lowercase", "tokenize")
    for name in wrong:
        if given[name] is not None:
            whose = "the course's run" if fast else "the fast trainer (--corpus FILE or --trainer fast)"
            raise ValueError(f"--{name.replace('_', '-')} is for {whose}: leave it out")
    return fast


def train_fast(options: argparse.Namespace, source: Any, say: Say) -> WordVectors:
    """Encode and train as the command line says."""
    corpus = encode(source, **_given(options, "lowercase", "tokenize", "min_count"))
    say(f"{corpus.raw_words:,} words, {len(corpus.words):,} different ones to be learned")
    settings = _given(options, "dim", "window", "negatives", "loss", "sample", "rate", "workers", "seed")
    epochs = options.epochs or epochs_for(corpus)
    quiet = bool(options.quiet)
    return train(
        corpus, epochs=epochs, checkpoint=options.out / "checkpoints", resume=options.resume, quiet=quiet, **settings
    )


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Give those options that stand on the command line, by the trainer's names for them."""
    found = {name: getattr(options, name) for name in names}
    return {NAMES.get(name, name): value for name, value in found.items() if value is not None}


def epochs_for(corpus: Corpus) -> int:
    """Choose how often a text is read."""
    return min(MOST_EPOCHS, max(FEWEST_EPOCHS, ENOUGH_WORDS // max(1, corpus.raw_words)))


def chosen_words(listed: list[str] | None, vectors: WordVectors, usual: Mapping[str, str]) -> list[str]:
    """Choose what to plot: the words listed; else the usual ones, if most are known; else frequent longer ones.

    Raises
    ------
    ValueError
        If a listed word is unknown.
    """
    if listed is None:
        known = [word for word in usual if word in vectors]
        if len(known) > len(usual) / 2:
            return known
        longer = [word for word in vectors.words if len(word) > 3 and word.isalpha()]
        return longer[:PLOTTED] if len(longer) >= PLOTTED else vectors.words[:PLOTTED]
    for word in listed:
        if word not in vectors:
            near = ", ".join(get_close_matches(word, vectors.words, n=3))
            raise ValueError(f"{word!r} is not in the vocabulary (near: {near or 'none'}): choose others by --words")
    return listed


def write(
    vectors: WordVectors,
    words: list[str],
    groups: Mapping[str, str],
    attempt: Callable[..., bool],
    options: argparse.Namespace,
) -> list[str]:
    """Write the outputs, as many as can be; give the names of those that are there."""
    plotted = vectors.matrix[[vectors.index(word) for word in words]]
    writers: dict[str, Callable[[PathLike], None]] = {
        "word_vectors.png": partial(plot_words, plotted, words, groups, method=options.plot),
        "word_vectors.html": partial(write_page, vectors, groups=groups, method=options.plot),
        "word_vectors.txt": partial(save_text, vectors),
        "loss.png": partial(plot_loss, vectors.history),
        "loss.csv": vectors.history.save,
    }
    return [name for name, save in writers.items() if attempt(partial(save, options.out / name))]
