"""The command line: `python -m word2vec --help`."""

import argparse
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from word2vec.course.diagnose import diagnose
from word2vec.runtime.checkpoint import CheckpointError
from word2vec.runtime.checkpoint_report import show, verify
from word2vec.runtime.progress import say
from word2vec.vectors import formats
from word2vec.vectors.formats.table import POLICIES
from word2vec.vectors.spelling import UnknownWord

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ABOUT = "Ask, judge and convert word vectors, and look into implementations and runs. To train: python run.py."
AFTER = """`COMMAND --help` tells what a command takes. Exit status: 0 if all is well, 1 if something is wrong (the
message says what), 2 if the command line is, 130 after Ctrl-C."""

FAILURES = (OSError, ValueError, ArithmeticError, MemoryError, UnknownWord, CheckpointError)


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; 0 if all is well, 1 if something is wrong, 2 if the command line is, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # some terminals cannot show every word
    options = _parsed(arguments)
    try:
        with _plain_warnings(options.command):
            text, right = options.run(options)
    except FAILURES as error:
        return _fail(options.command, str(error) or type(error).__name__, 1)
    except KeyboardInterrupt:
        return _fail(options.command, "interrupted", 130)
    say(text)
    return 0 if right else 1


@contextmanager
def _plain_warnings(command: str) -> Iterator[None]:
    """Show what was left out of a file without the lines of code that say so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning, module=r"word2vec\.vectors\.formats")
        warnings.showwarning = lambda message, *_, **__: print(f"word2vec {command}: {message}", file=sys.stderr)
        yield


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; help that nobody reads to its end is no error."""
    try:
        return _parser().parse_args(arguments)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(command: str, message: str, status: int) -> int:
    """Say what is wrong, and give the exit status."""
    print(f"word2vec {command}: {message}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    """Describe the subcommands."""
    parser = argparse.ArgumentParser(prog="word2vec", description=ABOUT, epilog=AFTER)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_similar, _add_evaluate, _add_convert, _add_sentiment, _add_diagnose, _add_checkpoint):
        add(commands)
    return parser


def _add_similar(commands: "Commands") -> None:
    """Describe `similar`."""
    command = commands.add_parser(
        "similar",
        help="list the words nearest to some words, or answer an analogy",
        description="List the words that are most similar to all WORDs together: `similar VECTORS tea`, or, for an "
        "analogy, `similar VECTORS king woman --minus man`.",
    )
    command.add_argument("vectors", type=Path, metavar="VECTORS", help="a file of word vectors")
    command.add_argument("words", nargs="+", metavar="WORD", help="behind -- also words such as -lrb-")
    command.add_argument(
        "--minus",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD",
        help="words that are subtracted (--minus=-lrb- for one that begins with a dash)",
    )
    command.add_argument("--top", type=int, default=10, metavar="N", help="how many words (default: 10)")
    command.add_argument("--restrict", type=int, metavar="N", help="choose among the first N words only")
    command.add_argument("--method", choices=["add", "mul"], default="add", help="3CosAdd (default) or 3CosMul")
    _add_errors(command)
    command.set_defaults(run=similar)


def _add_errors(command: argparse.ArgumentParser) -> None:
    """Describe `--errors`, which all commands that read vectors have."""
    command.add_argument(
        "--errors",
        choices=POLICIES,
        default="strict",
        help="what becomes of bad rows of the vectors (default: strict, an error that names the row)",
    )


def similar(options: argparse.Namespace) -> tuple[str, bool]:
    """List the words nearest to some, with their scores."""
    from word2vec.vectors.word_vectors import WordVectors

    if options.top < 1:
        raise ValueError(f"--top is {options.top}: expected at least 1")
    vectors = WordVectors.load(options.vectors, errors=options.errors)
    found = vectors.most_similar(
        options.words, options.minus, options.top, restrict=options.restrict, method=options.method
    )
    return "\n".join(f"{score:8.4f}  {word}" for word, score in found) or "no other words are there", True


def _add_evaluate(commands: "Commands") -> None:
    """Describe `evaluate`."""
    command = commands.add_parser(
        "evaluate",
        help="judge vectors by word pairs that people rated, and by analogies",
        description="Judge a file of vectors: Spearman's ρ with people's ratings of word pairs and its bootstrap "
        "interval; analogies answered, by section. Each score is printed with the rules it was found by, which by "
        "default are gensim's.",
    )
    command.add_argument("vectors", metavar="VECTORS", help="a file of word vectors")
    command.add_argument(
        "--pairs", nargs="+", default=[], metavar="FILE", help="WordSim-353, SimLex-999 and the like"
    )
    command.add_argument("--analogies", nargs="+", default=[], metavar="FILE", help="Google's questions-words.txt")
    command.add_argument(
        "--restrict",
        type=int,
        default=300000,
        metavar="N",
        help="know the first N words only; 0: all (default: 300000)",
    )
    command.add_argument("--method", choices=["add", "mul"], default="add", help="3CosAdd (default) or 3CosMul")
    command.add_argument(
        "--fold-case",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take upper and lower case for the same (default)",
    )
    command.add_argument(
        "--unknown",
        choices=["skip", "zero"],
        default="skip",
        help="leave out what has unknown words (default), or count a pair as cosine 0, an analogy as wrong",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap (default: 0)")
    _add_errors(command)
    command.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> tuple[str, bool]:
    """Judge vectors."""
    from word2vec.evaluation import evaluate

    return evaluate(
        options.vectors,
        options.pairs,
        options.analogies,
        restrict=options.restrict or None,
        fold_case=options.fold_case,
        unknown=options.unknown,
        method=options.method,
        seed=options.seed,
        errors=options.errors,
    )


def _add_convert(commands: "Commands") -> None:
    """Describe `convert`."""
    command = commands.add_parser(
        "convert",
        help="write vectors in another format",
        description="Read word vectors of any format, write them in another: text (.txt, .vec) or binary (.bin), "
        "both also with .gz, NumPy's .npz, the Embedding Projector's .tsv, GloVe's text (--to glove).",
    )
    command.add_argument("source", type=Path, metavar="SOURCE", help="a file of word vectors")
    command.add_argument(
        "target", type=Path, metavar="TARGET", help="the file to write, in place of one that is there"
    )
    add_format = partial(command.add_argument, choices=formats.FORMATS, metavar="FORMAT")
    add_format("--from", dest="source_format", help="of SOURCE (default: found out): " + ", ".join(formats.FORMATS))
    add_format("--to", dest="target_format", help="of TARGET (default: by its name)")
    command.add_argument("--limit", type=int, metavar="N", help="take the first N rows only")
    _add_errors(command)
    command.add_argument("--dtype", choices=("float32", "float64"), help="of the vectors (see WordVectors.load)")
    command.set_defaults(run=convert)


def convert(options: argparse.Namespace) -> tuple[str, bool]:
    """Read vectors, and write them in another format; from text to text every digit stays."""
    texts = ("text", "glove", "projector")
    source, target = (
        given or find(path)
        for given, find, path in (
            (options.source_format, formats.guess, options.source),
            (options.target_format, formats.named_by, options.target),
        )
    )
    dtype = options.dtype or ("float64" if source in texts and target in texts else None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = formats.read(options.source, source, limit=options.limit, dtype=dtype, errors=options.errors)
    formats.write(table, options.target, target)
    found = f"{options.target}: {len(table.words)} words, {table.matrix.shape[1]} dimensions, {target}"
    return "\n".join([*(str(warning.message) for warning in caught), found]), True


def _add_sentiment(commands: "Commands") -> None:
    """Describe `sentiment`."""
    command = commands.add_parser(
        "sentiment",
        help="tell the sentiment of the treebank's sentences from word vectors",
        description="Compare the majority class, a bag of words, the course's vectors, the fast trainer's and those "
        "of files at telling the five classes of the treebank's sentences: a table, and two pictures.",
    )
    add = command.add_argument
    add("--data", metavar="DIR", help="folder of the treebank (default: where get_datasets.sh puts it, or a sample)")
    add("--vectors", metavar="FILE", action="append", default=[], help="compare these, too; may be given repeatedly")
    add("--out", type=Path, default=Path(), metavar="DIR", help="folder for the pictures (default: this one)")
    add("--weighting", choices=["mean", "tfidf", "sif"], default="mean", help="of the words (default: mean)")
    add("--iterations", type=int, default=40_000, metavar="N", help="of the course run (default: 40000)")
    add("--dim", type=int, default=100, metavar="D", help="of the fast trainer's vectors (default: 100)")
    add("--epochs", type=int, metavar="N", help="of the fast trainer (default: more for a short text)")
    add("--seed", type=int, metavar="N", help="of all random draws (default: the course's own, and 1)")
    add("--workers", type=int, default=1, metavar="N", help="of the fast trainer, -1 for all cores (default: 1)")
    command.set_defaults(run=sentiment)


def sentiment(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the table of the comparison; its progress is logged to standard error."""
    from word2vec.course.sentiment import compare, report

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    names = ("weighting", "iterations", "dim", "epochs", "seed", "workers")
    chosen = {name: getattr(options, name) for name in names}
    return report(compare(options.data, options.vectors, options.out, **chosen), options.weighting, options.out), True


def _add_diagnose(commands: "Commands") -> None:
    """Describe `diagnose`."""
    command = commands.add_parser(
        "diagnose",
        help="find out what is wrong with an implementation",
        description="Explain a loss that the course's starter test printed, or check the functions of a module "
        "with the course's names: published values, identities, gradient checks.",
    )
    command.add_argument("what", help="a loss, say 14.3019, or a Python file, say my_solution.py")
    command.set_defaults(run=lambda options: diagnose(options.what))


def _add_checkpoint(commands: "Commands") -> None:
    """Describe `checkpoint show` and `checkpoint verify`."""
    command = commands.add_parser("checkpoint", help="look into checkpoints", description="Look into checkpoints.")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("show", help="print what is in a checkpoint")
    action.add_argument("file", type=Path)
    action.set_defaults(run=lambda options: show(options.file))
    action = actions.add_parser("verify", help="check all checkpoints below a folder")
    action.add_argument("folder", type=Path)
    action.set_defaults(run=lambda options: verify(options.folder))


if __name__ == "__main__":
    sys.exit(main())
