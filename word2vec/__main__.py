"""The command line: `word2vec --help`, or `python -m word2vec --help`."""

import argparse
import json
import logging
import os
import sys
import warnings
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from word2vec.course import download
from word2vec.course.diagnose import diagnose
from word2vec.plotting.outputs import choose_words, log_neighbours, sweep_outputs, write_outputs
from word2vec.plotting.plane import METHODS
from word2vec.runtime.archive import CheckpointError
from word2vec.runtime.console import console, print_error, print_line
from word2vec.runtime.files import check_writable
from word2vec.runtime.run_folder import describe, verify
from word2vec.text import VocabularyOptions, encode
from word2vec.training.settings import (
    DEFAULTS,
    LOSSES,
    MODELS,
    CheckpointOptions,
    DescentOptions,
    NegativeSampling,
    SkipGram,
    epochs_for,
    named,
)
from word2vec.training.trainer import train
from word2vec.vectors import formats
from word2vec.vectors.formats.table import POLICIES
from word2vec.vectors.spelling import UnknownWord

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

logger = logging.getLogger("word2vec.command")

ABOUT = "Train, query, evaluate and convert word vectors; check implementations of the course and look into runs."
AFTER = """`COMMAND --help` describes a command. Exit status: 0 if all is well, 1 if something is wrong (the message
names it), 2 if the command line is, 130 after Ctrl-C."""

FAILURES = (OSError, ValueError, ArithmeticError, MemoryError, UnknownWord, CheckpointError, RuntimeError)


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; 0 if all is well, 1 if something is wrong, 2 if the command line is, 130 after Ctrl-C."""
    options = _parsed(arguments)
    command = f"word2vec {options.command}"
    with console(command, quiet=getattr(options, "quiet", False)):
        try:
            return int(options.run(options))
        except FAILURES as error:
            print_error(f"{command}: {str(error) or type(error).__name__}")
            return 1
        except KeyboardInterrupt:
            print_error(f"{command}: interrupted")
            return 130


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; help that nobody reads to its end is no error."""
    try:
        return _parser().parse_args(arguments)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _printed(found: tuple[str, bool]) -> int:
    """Print a command's text; return its exit status."""
    text, right = found
    print_line(text)
    return 0 if right else 1


def _parser() -> argparse.ArgumentParser:
    """Describe the subcommands."""
    parser = argparse.ArgumentParser(prog="word2vec", description=ABOUT, epilog=AFTER)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        *(_add_train, _add_similar, _add_evaluate, _add_convert, _add_sentiment, _add_diagnose, _add_checkpoint),
        _add_download,
    ):
        add(commands)
    return parser


# train


def _add_train(commands: "Commands") -> None:
    """Describe `train`."""
    command = commands.add_parser(
        "train",
        help="train word vectors on a text, and plot them",
        description="Train word vectors on a text file, one sentence or paragraph a line (.gz and .bz2 too).",
        epilog="Expert options for --set: " + ", ".join(_experts()) + "; see word2vec.training.settings.",
    )
    command.add_argument("source", metavar="TEXT", help="the file")
    command.add_argument("--dim", type=int, metavar="D", help=f"entries of a vector (default: {DEFAULTS.dim})")
    command.add_argument(
        "--window", type=int, metavar="C", help=f"largest number of words on either side (default: {DEFAULTS.window})"
    )
    command.add_argument(
        "--negatives", type=int, metavar="K", help=f"drawn for each pair (default: {DEFAULTS.negatives})"
    )
    command.add_argument("--model", choices=list(MODELS), help=f"(default: {SkipGram.name})")
    command.add_argument("--loss", choices=list(LOSSES), help=f"(default: {NegativeSampling.name})")
    command.add_argument("--seed", type=int, metavar="N", help=f"of all random draws (default: {DEFAULTS.seed})")
    add_training_options(command)
    add_output_options(command)
    command.set_defaults(run=lambda options: train_text(options.source, options))


def add_training_options(parser: "argparse._ActionsContainer") -> None:
    """Add the everyday options of `train` that the course run does not have."""
    add, usual = parser.add_argument, DEFAULTS
    add(
        "--epochs",
        type=int,
        metavar="N",
        help=f"times the text is read (default: {usual.epochs}, more if it is short)",
    )
    add("--rate", type=float, metavar="X", help=f"learning rate at the beginning (default: {usual.learning_rate})")
    add(
        "--sample",
        type=float,
        metavar="T",
        help=f"thins out words more frequent than this; 0: none (default: {usual.sample})",
    )
    add("--min-count", type=int, metavar="N", help="leave out rarer words (default: 5)")
    add("--workers", type=int, metavar="N", help="processes, -1 for all cores; no bit depends on it (default: 1)")
    add("--lowercase", action="store_true", default=None, help="convert all words to lower case")
    add("--tokenize", choices=["split", "words"], help="at white space (default), or runs of letters and digits")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="an expert option, such as shared=64")


def add_output_options(parser: "argparse._ActionsContainer") -> None:
    """Add the options of what a run writes."""
    add = parser.add_argument
    add("--words", metavar="W1,W2,...", help="words to plot (default: the course's 24, or frequent ones)")
    add("--plot", choices=METHODS, default="svd", help="places in the plane; tsne takes longer (default: svd)")
    add("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: this one)")
    add(
        "--resume",
        action=argparse.BooleanOptionalAction,
        help="resume from the checkpoint in --out, or fail; --no-resume: start anew (default: resume if possible)",
    )
    add("--quiet", action="store_true", help="print nothing but warnings and errors")


def train_text(source: Any, options: argparse.Namespace) -> int:
    """Train on a text as the command line says, and write; return the exit status."""
    flat = {"rate": "learning_rate"} | {
        name: name for name in ("dim", "window", "negatives", "sample", "workers", "seed")
    }
    given = {flat[name]: getattr(options, name) for name in flat if getattr(options, name) is not None}
    vocabulary, given["model"], given["loss"], given["descent"] = _expert_options(options)
    check_writable(options.out)
    counting = {} if options.min_count is None else {"min_count": options.min_count}
    corpus = encode(source, **counting, **vars(vocabulary))
    logger.info("%s words, %s different ones in the vocabulary", f"{corpus.raw_words:,}", f"{len(corpus.words):,}")
    words = choose_words(options.words, corpus.words)
    sweep_outputs(options.out)
    given["epochs"] = options.epochs or epochs_for(corpus.raw_words)
    checkpoint = CheckpointOptions(options.out / "checkpoints", options.resume)
    vectors = train(corpus, checkpoint=checkpoint, quiet=options.quiet, **given)
    if not vectors.history.complete:
        logger.info("Stopped. The same command resumes from the checkpoint.")
        return 130
    log_neighbours(vectors, words)
    return 0 if write_outputs(options.out, vectors, words, vectors.history, method=options.plot) else 1


def _expert_options(options: argparse.Namespace) -> list[Any]:
    """Return the options of vocabulary, model, loss and descent with what --set and the like change in them."""
    values = {name: value for name in ("lowercase", "tokenize") if (value := getattr(options, name)) is not None}
    for pair in options.set:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ValueError(f"--set {pair}: expected NAME=VALUE, such as shared=64")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    groups = [
        VocabularyOptions(),
        named("model", options.__dict__.get("model") or SkipGram.name, MODELS),
        named("loss", options.loss or NegativeSampling.name, LOSSES),
        DescentOptions(),
    ]
    known = [{field.name for field in fields(group)} for group in groups]
    if unknown := values.keys() - set.union(*known):
        raise ValueError(f"--set {', '.join(sorted(unknown))}: expected one of {', '.join(_experts())}")
    try:
        return [
            replace(group, **{name: values[name] for name in names & values.keys()})
            for group, names in zip(groups, known, strict=True)
        ]
    except TypeError as error:
        raise ValueError(f"--set: {error}") from None


def _experts() -> list[str]:
    """Return the names of all expert options."""
    return [
        field.name
        for kind in (VocabularyOptions, SkipGram, NegativeSampling, DescentOptions)
        for field in fields(kind)
    ]


# vectors


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
    command.set_defaults(run=lambda options: _printed(similar(options)))


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
    command.set_defaults(run=lambda options: _printed(_evaluate(options)))


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
    command.set_defaults(run=lambda options: _printed(convert(options)))


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
    command.set_defaults(run=lambda options: _printed(sentiment(options)))


def sentiment(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the table of the comparison."""
    from word2vec.course.sentiment import compare, report

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
    command.set_defaults(run=lambda options: _printed(diagnose(options.what)))


def _add_checkpoint(commands: "Commands") -> None:
    """Describe `checkpoint show` and `checkpoint verify`."""
    command = commands.add_parser("checkpoint", help="look into checkpoints", description="Look into checkpoints.")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("show", help="print what is in a checkpoint")
    action.add_argument("file", type=Path)
    action.set_defaults(run=lambda options: _printed(describe(options.file)))
    action = actions.add_parser("verify", help="check all checkpoints below a folder")
    action.add_argument("folder", type=Path)
    action.set_defaults(run=lambda options: _printed(verify(options.folder)))


def _add_download(commands: "Commands") -> None:
    """Describe `download`."""
    command = commands.add_parser("download", help="fetch the treebank", description=download.DESCRIPTION)
    download.add_arguments(command)
    command.set_defaults(run=download.run)


if __name__ == "__main__":
    sys.exit(main())
