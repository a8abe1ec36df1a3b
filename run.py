"""Train word vectors on the Stanford Sentiment Treebank and plot them: `python run.py --help`."""

import sys

if __name__ == "__main__":
    from word2vec.runtime.interrupts import begin_command

    begin_command()

import argparse
import logging
from dataclasses import asdict
from functools import partial

from word2vec.__main__ import (
    VERSION,
    add_output_options,
    add_training_options,
    attempt,
    check_negatives,
    text_of,
    train_text,
    values_of,
)
from word2vec.course.descent import Report
from word2vec.course.run import LOSSES, SAVE_EVERY, CourseRun, Settings
from word2vec.course.treebank import open_treebank
from word2vec.plotting.outputs import CHECKPOINTS, MODEL, choose_words, log_neighbours, only_outputs_in, write_outputs
from word2vec.runtime.console import CommandParser, file_name
from word2vec.runtime.interrupts import interrupts
from word2vec.runtime.progress import progress
from word2vec.runtime.run_folder import RunFolder, locked

logger = logging.getLogger("word2vec.run")

ITERATIONS = 40000

ABOUT = """Train word2vec vectors on the Stanford Sentiment Treebank (while that is not here: on a small built-in
sample) and plot 24 of them. Without options this is the course run of Stanford's CS224n."""
AFTER = """Written into the --out folder: word_vectors.png, word_vectors.html (a page to look around in: map, search,
neighbours, a - b + c), word_vectors.txt (the centre vectors in word2vec's text format), loss.png, loss.csv (the loss
of each 10th iteration; a log shows each 1000th), and checkpoints/ with the state of the run. Ctrl-C saves and stops;
the same command resumes from there, to the very same result. ./get_datasets.sh fetches the treebank."""


def make_parser() -> CommandParser:
    """Return the parser of the command line."""
    parser, usual = CommandParser(description=ABOUT, epilog=AFTER), Settings()
    add = parser.add_argument
    add("--version", action="version", version=VERSION)
    where = "folder of the treebank (default: where get_datasets.sh puts it)"
    add("--data", type=file_name, metavar="DIR", help=where)
    add("--iterations", type=int, metavar="N", help=f"steps of 50 windows (default: {ITERATIONS})")
    add("--dim", type=int, metavar="D", help=f"entries of a vector (default: {usual.dim})")
    add("--window", type=int, metavar="C", help=f"largest number of words on either side (default: {usual.window})")
    add("--negatives", type=int, metavar="K", help=f"drawn for each outside word (default: {usual.negatives})")
    add("--step", type=float, metavar="X", help=f"halves after every 20000 iterations (default: {usual.step})")
    add("--loss", choices=list(LOSSES), help=f"naive-softmax is slow (default: {usual.loss})")
    add("--seed", type=int, metavar="N", help="of all random draws (default: the course's 31415 and 9265)")
    add_output_options(add)
    fast = parser.add_argument_group("the fast trainer, for texts of any size (as `word2vec train`; --dim 100 etc.)")
    corpus = "texts to train on in this order, instead of the treebank: a sentence a line; - for standard input"
    fast.add_argument("--corpus", nargs="+", action="extend", type=file_name, metavar="FILE", help=corpus)
    fast.add_argument("--trainer", choices=["course", "fast"], help="fast: use it on the treebank (default: course)")
    add_training_options(fast.add_argument)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 0 if all was done, 1 after an error, 130 if interrupted."""
    resume = "; the same command resumes from the newest checkpoint, if there is one"
    return attempt("run.py", start, make_parser().parse_args(arguments), resume)


def start(options: argparse.Namespace) -> int:
    """Start the trainer that was chosen; return the exit status."""
    if not is_fast(options):
        return train_and_plot(options)
    return train_text(text_of(options.corpus) if options.corpus else open_treebank(options.data), options)


def is_fast(options: argparse.Namespace) -> bool:
    """Return whether the fast trainer was chosen; raise ValueError if there are options of the other one."""
    fast = bool(options.corpus) or options.trainer == "fast"
    if options.corpus and options.trainer == "course":
        raise ValueError("--corpus is for the fast trainer: leave out --trainer course")
    if options.corpus and options.data is not None:
        raise ValueError("--corpus and --data name two texts to train on: leave out one of them")
    others = ("iterations", "step") if fast else ("epochs", "rate", "sample", "min_count", "workers", "set")
    for name in (*others, *(() if fast else ("lowercase", "tokenize", "encoding"))):
        if getattr(options, name) not in (None, []):
            whose = "the course's run" if fast else "the fast trainer (--corpus FILE or --trainer fast)"
            raise ValueError(f"--{name.replace('_', '-')} is for {whose}: leave it out")
    return fast


def train_and_plot(options: argparse.Namespace) -> int:
    """Load, train, save now and then, and write, as the only run in the folder; return the exit status."""
    check_negatives(options)
    settings = Settings(**values_of(options, "dim", "window", "negatives", "step", "loss", "seed"))
    iterations = ITERATIONS if options.iterations is None else options.iterations
    if iterations < 1:
        raise ValueError(f"--iterations is {iterations}: expected at least 1")
    with only_outputs_in(options.out):
        return _train_and_plot(options, settings, iterations)


def _train_and_plot(options: argparse.Namespace, settings: Settings, iterations: int) -> int:
    dataset = open_treebank(options.data)
    run = CourseRun(dataset, settings)
    words, checkpoints = choose_words(options.words, run.words), options.out / CHECKPOINTS
    with locked(checkpoints), interrupts() as stopped:
        folder = RunFolder(checkpoints, asdict(settings), run.data)
        state = run.begin(folder.resume(options.resume), iterations)
        begun, last, saved = state.iteration, max(state.iteration, iterations), True
        listed = partial(is_listed, last=last)
        earlier = [line(report) for report in state.history.reports if listed(report.iteration)]
        look = {"unit": "iterations", "listed": listed, "earlier": earlier, "quiet": options.quiet}
        with progress(last, begun, **look) as show:
            for report in run.train(state, iterations):
                if report is not None:
                    show(report.iteration, line(report), loss=f"{report.smoothed:f}")
                ending = state.iteration == iterations or stopped()
                if ending or state.iteration % SAVE_EVERY == 0 or folder.due():
                    saved = folder.try_save(lambda: run.saved(state))
                if ending:
                    break
        if state.smoothed is not None:
            logger.info("Loss %f after iteration %s.", state.smoothed, state.iteration)
        if state.iteration < iterations:
            if saved:
                logger.info("Stopped. The same command resumes from the newest checkpoint.")
                return 130
            logger.info("Stopped. The outputs hold what was learned so far.")
        vectors, near = run.tables(state.x, words)
        shown = log_neighbours(near, words, "nearest frequent words (cosine, mean vector removed)")
        look = {"method": options.plot, "font": options.font, "about": run.about(near)}
        written = write_outputs(options.out, vectors, words, state.history, near=near, **look)
        if (options.out / MODEL).exists():
            logger.info("%s there is of an earlier run of the fast trainer.", MODEL)
        return 0 if shown and written and saved else 1


def is_listed(iteration: int, last: int) -> bool:
    """Return whether a log shows an iteration's report: it does the 10th, the 100th, each 1000th and the last."""
    return iteration in (10, 100) or iteration % 1000 == 0 or iteration > last - 10


def line(report: Report) -> str:
    """Format a report as the course does: `iter 10: 19.061546`."""
    return f"iter {report.iteration}: {report.smoothed:f}"


if __name__ == "__main__":
    sys.exit(main())
