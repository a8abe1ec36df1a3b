"""Train word vectors on the Stanford Sentiment Treebank and plot them: `python run.py --help`."""

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from utils.treebank import SAMPLE as SAMPLE
from word2vec.course import fast_run
from word2vec.course.descent import Descent, Report
from word2vec.course.run import LOSSES, PLOTTED, CourseRun, Settings
from word2vec.course.treebank import open_treebank as load
from word2vec.plotting import plot_loss, plot_words, write_page
from word2vec.plotting.plane import METHODS
from word2vec.runtime.checkpoint import locked
from word2vec.runtime.files import check_writable, sweep
from word2vec.runtime.interrupts import interrupts
from word2vec.runtime.progress import progress, save_history, say
from word2vec.vectors.formats import save_text
from word2vec.vectors.history import History
from word2vec.vectors.word_vectors import WordVectors

OUTPUTS = ("word_vectors.png", "word_vectors.html", "word_vectors.txt", "loss.png", "loss.csv")
ITERATIONS = 40000
GROUPS = {word: group for group, words in PLOTTED.items() for word in words}

Say = Callable[[str], object]

ABOUT = """Train word2vec vectors on the Stanford Sentiment Treebank (while that is not here: on a small built-in
sample) and plot 24 of them. Without options this is the course run of Stanford's CS224n."""
AFTER = """Written into the --out folder: word_vectors.png, word_vectors.html (a page to look around in: map, search,
neighbours, a - b + c), word_vectors.txt (the centre vectors in word2vec's text format), loss.png, loss.csv, and
checkpoints/ with the state of the run. Ctrl-C saves and stops; the same command goes on from there, to the very
same result. ./get_datasets.sh fetches the treebank."""
OPTIONS: dict[str, tuple[type, str, str]] = {  # defaults: those of Settings
    "dim": (int, "D", "entries of a vector"),
    "window": (int, "C", "largest number of words on either side of a centre word"),
    "negatives": (int, "K", "negatives drawn for each outside word"),
    "step": (float, "X", "step size; it halves after every 20000 iterations"),
}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    p, d = argparse.ArgumentParser(description=ABOUT, epilog=AFTER), Settings()
    p.add_argument("--data", metavar="DIR", help="folder of the treebank (default: where get_datasets.sh puts it)")
    p.add_argument("--iterations", type=int, metavar="N", help=f"steps of 50 windows (default: {ITERATIONS})")
    for name, (kind, metavar, text) in OPTIONS.items():
        p.add_argument(f"--{name}", type=kind, metavar=metavar, help=f"{text} (default: {getattr(d, name)})")
    p.add_argument(
        "--loss",
        choices=list(LOSSES),
        help=f"naive-softmax is slow (default: {d.loss})",
    )
    p.add_argument("--seed", type=int, metavar="N", help="of all random draws (default: the course's 31415 and 9265)")
    p.add_argument("--words", metavar="W1,W2,...", help="words to plot (default: the course's 24)")
    p.add_argument(
        "--plot", choices=METHODS, default="svd", help="how words get their places; tsne takes longer (default: svd)"
    )
    p.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: this one)")
    p.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        help="go on from the checkpoint in --out, or fail; --no-resume: start anew (default: go on if there is one)",
    )
    p.add_argument("--quiet", action="store_true", help="print nothing but errors")
    fast_run.add_options(p)
    return p.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; 0 if all was done, 1 after an error, 130 if interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # some terminals cannot show every word
    options = parse(arguments)
    try:
        show = (lambda _: None) if options.quiet else say
        return train_fast_and_plot(options, show) if fast_run.wanted(options) else train_and_plot(options, show)
    except (OSError, ValueError, RuntimeError, ArithmeticError, MemoryError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: interrupted; the same command goes on from the newest checkpoint, if any", file=sys.stderr)
        return 130


def train_and_plot(options: argparse.Namespace, say: Say) -> int:
    """Check the options, load, then train and write, alone in the folder."""
    given = {name: getattr(options, name) for name in (*OPTIONS, "loss", "seed")}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    if options.iterations is None:
        options.iterations = ITERATIONS
    if options.iterations < 1:
        raise ValueError(f"--iterations is {options.iterations}: expected at least 1")
    check_writable(options.out)
    run = CourseRun(load(options.data, say), settings)
    words = words_to_plot(options.words, run)
    with locked(options.out / "checkpoints"), interrupts() as stopped:
        for name in OUTPUTS:
            sweep(options.out, name)
        return train_and_write(run, words, options, stopped, say)


def train_fast_and_plot(options: argparse.Namespace, say: Say) -> int:
    """Train by the fast trainer, on a text file or on the treebank, and write."""
    check_writable(options.out)
    source = options.corpus or load(options.data, say)
    for name in OUTPUTS:
        sweep(options.out, name)
    vectors = fast_run.train_fast(options, source, say)
    if not vectors.history.complete:
        say("Stopped. The same command goes on from the checkpoint.")
        return 130
    words = fast_run.chosen_words(listed_words(options.words), vectors, GROUPS)
    tell_neighbours(vectors, words, "nearest words (cosine)", say)
    written = fast_run.write(vectors, words, GROUPS, attempt, options)
    say(f"\nWritten to {options.out.resolve()}: {', '.join(written) or 'nothing'}")
    return 0 if len(written) == len(OUTPUTS) else 1


def train_and_write(
    run: CourseRun, words: list[str], options: argparse.Namespace, stopped: Callable[[], bool], say: Say
) -> int:
    """Go on from a checkpoint or start, train, save, write."""
    folder = options.out / "checkpoints" / run.digest
    state = begin(run, folder, options, say)
    begun = state.iteration
    finished = train(run, state, options, folder, stopped, say)
    saved = state.iteration == begun or attempt(lambda: run.save(state, folder))
    if not finished:
        say(f"Stopped after iteration {state.iteration}. The same command goes on from the newest checkpoint.")
        return 130 if saved else 1
    title = "nearest frequent words (cosine, mean vector removed)"
    near = run.neighbours(state.x, words)
    tell_neighbours(near, words, title, say)
    return 0 if write(run.vectors(state.x), near, words, state.history, options, say) and saved else 1


def words_to_plot(listed: str | None, run: CourseRun) -> list[str]:
    """Give the words to plot, which must all be in the vocabulary."""
    words = [word.lower() for word in listed_words(listed) or GROUPS]
    if unknown := run.unknown(words):
        raise ValueError(f"not in the vocabulary, so they cannot be plotted: {unknown}; choose others by --words")
    return words


def listed_words(listed: str | None) -> list[str] | None:
    """Split what --words says."""
    if listed is None:
        return None
    # in a C locale Python cannot read the command line's UTF-8 and smuggles its bytes through
    words = [word.strip() for word in os.fsencode(listed).decode("utf-8", "replace").split(",")]
    words = [word for word in dict.fromkeys(words) if word]
    if len(words) < 2:
        raise ValueError("--words names fewer than two words: expected at least two, separated by commas")
    return words


def begin(run: CourseRun, folder: Path, options: argparse.Namespace, say: Say) -> Descent:
    """Go on from the newest checkpoint of this run, or start it."""
    if options.resume is False and folder.exists():
        shutil.rmtree(folder)
    state = run.resume(folder, say)
    if state is None and options.resume:
        others = "".join(f"; a run there has {other}" for other in run.other_runs(folder))
        raise ValueError(f"--resume: {folder} holds no run with these settings{others}; without --resume it starts")
    if state is None:
        return run.start()
    if state.iteration < options.iterations:
        say(f"Going on after iteration {state.iteration}; --no-resume would start anew.")
    else:
        say(f"Finished after {state.iteration} iterations: more --iterations go on, --no-resume starts anew.")
    return state


def train(
    run: CourseRun,
    state: Descent,
    options: argparse.Namespace,
    folder: Path,
    stopped: Callable[[], bool],
    say: Say,
) -> bool:
    """Train to the end or until interrupted; tell whether it is the end."""
    to_do = options.iterations - state.iteration
    if options.loss == "naive-softmax" and to_do > 0:
        minutes = run.estimated_seconds(to_do) / 60
        say(f"Naive softmax compares with every word of the vocabulary: this will take about {minutes:.1f} min.")
    with progress(options.iterations, state.iteration, earlier=state.history, quiet=options.quiet) as show:
        run.train(state, options.iterations, folder, on_report=show, stopped=stopped, say=say)
    if state.history:
        say(f"Loss {state.history[-1].smoothed:f} after iteration {state.iteration}.")
    return bool(state.iteration >= options.iterations)


def tell_neighbours(vectors: WordVectors, words: list[str], title: str, say: Say) -> None:
    """Say which words are nearest to some of the plotted ones."""
    say(f"\n{'word':<10}  {title}")
    for word in words[:: max(1, len(words) // 8)]:
        near = vectors.most_similar(word, top_n=5)
        say(f"{word:<10}  {', '.join(f'{other} {cosine:.2f}' for other, cosine in near)}")


def write(
    vectors: WordVectors,
    near: WordVectors,
    words: list[str],
    history: Sequence[Report],
    options: argparse.Namespace,
    say: Say,
) -> bool:
    """Write the outputs, the page of `near`, as many as can be; tell whether all could."""
    plotted = vectors.matrix[[vectors.index(word) for word in words]]
    writers: tuple[Callable[[Path], None], ...] = (
        lambda path: plot_words(plotted, words, GROUPS, path, method=options.plot),
        lambda path: write_page(near, path, groups=GROUPS, method=options.plot),
        lambda path: save_text(vectors, path),
        lambda path: plot_loss(History(Report._fields, list(history)), path),
        lambda path: save_history(history, path),
    )
    saves = zip(OUTPUTS, writers, strict=True)
    written = [name for name, save in saves if attempt(partial(save, options.out / name))]
    say(f"\nWritten to {options.out.resolve()}: {', '.join(written) or 'nothing'}")
    return len(written) == len(OUTPUTS)


def attempt(save: Callable[[], None]) -> bool:
    """Save something; if that fails, say so and let the rest go on."""
    try:
        save()
    except (OSError, ValueError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
