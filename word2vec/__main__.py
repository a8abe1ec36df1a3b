"""The command line: `word2vec --help`, or `python -m word2vec --help`."""

import sys

if __name__ == "__main__" or "".join(sys.argv[:1]).endswith(("word2vec", "word2vec.exe")):
    from .runtime.interrupts import begin_command

    begin_command()

import argparse
import ast
import logging
import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from warnings import catch_warnings, filterwarnings

import numpy as np

from . import __version__
from .course import download
from .course.diagnose import diagnose
from .plotting.fonts import font_family
from .plotting.outputs import (
    CHECKPOINTS,
    MODEL,
    choose_words,
    log_neighbours,
    only_outputs_in,
    outputs_in,
    split_words,
    write_outputs,
)
from .plotting.plane import METHODS
from .runtime.archive import CheckpointError
from .runtime.arguments import check_whole
from .runtime.console import (
    STDOUT,
    CommandParser,
    OnOff,
    console,
    drop_output,
    escape_characters,
    file_name,
    option_names,
    output_name,
    print_error,
    print_line,
    print_result,
    reason,
    text_output_name,
    translate,
)
from .runtime.files import check_apart
from .runtime.inputs import opened
from .runtime.interrupts import command_begun
from .runtime.run_folder import checkpoints_in, describe, locked, verify
from .runtime.workers import count_workers
from .text import MIN_COUNT, PhraseOptions, VocabularyOptions, encode, find_phrases, join_phrases
from .text.corpus import text_blocks
from .text.phrases import THRESHOLDS
from .text.reader import written
from .text.sources import files_of, without_outputs
from .training.cost import plan
from .training.growing import check_start, keeping_words_of
from .training.settings import (
    DEFAULTS,
    LOSSES,
    MODELS,
    CheckpointOptions,
    ClusterOptions,
    DescentOptions,
    NegativeSampling,
    Ngrams,
    SkipGram,
    epochs_for,
    named,
)
from .training.trainer import train
from .vectors import WordVectors, formats
from .vectors.formats.projector_format import find_labels, metadata_path
from .vectors.formats.quantised import Stored
from .vectors.formats.table import POLICIES
from .vectors.spelling import UnknownWord

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[CommandParser]

logger = logging.getLogger(f"{__package__}.command")

ABOUT = "Train, query, evaluate and convert word vectors; check implementations of the course and look into runs."
AFTER = """`COMMAND --help` describes a command. Exit status: 0 if all is well, 1 if something is wrong (the message
names it), 2 if the command line is, 130 after Ctrl-C."""

EVERYDAY = ("lowercase", "tokenize", "encoding", "keep", "cluster", "minn", "maxn")  # fields that --set does not have
# options of reading vectors: commands without them advise `convert`
READING = {"format": "from", "errors": "errors", "limit": "limit", "dtype": "dtype"}
GROUPS: dict[str, Any] = {f"--model {name}": each for name, each in MODELS.items()}  # with options for --set
GROUPS |= {"--ngrams": Ngrams, "--cluster": ClusterOptions}
VERSION = f"word2vec-numpy {__version__}"
FAILURES = (OSError, ValueError, ArithmeticError, MemoryError, ImportError, UnknownWord, RuntimeError)


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; 0 if all is well, 1 if something is wrong, 2 if the command line is, 130 after Ctrl-C."""
    options = _parsed(arguments)
    return attempt(f"word2vec {options.command}", options.run, options)


def attempt(
    command: str, run: Callable[[argparse.Namespace], int], options: argparse.Namespace, resume: str = ""
) -> int:
    """Run a command and return its status; what goes wrong is printed as one line in the terms of its options."""
    reading = {name: f"word2vec convert --{option}" for name, option in READING.items()}
    own = option_names(options.parser, vars(options).get("given"))
    names = reading | own
    if "data" in names:
        names["path"] = names["data"]  # of the treebank
    if "set" in names:
        given = (pair.partition("=")[0] for pair in options.set)
        experts = (*(name for name in _experts() if name not in own), *given)  # run.py has a --step of its own
        names |= {name: f"--set {name}" for name in experts if name not in EVERYDAY}
    values = (value if isinstance(value, list) else [value] for value in vars(options).values())
    data = [each for value in values for each in value if isinstance(each, str | Path)]
    in_terms = partial(translate, names=names, data=data)
    with console(command, quiet=getattr(options, "quiet", False), translated=in_terms) as complain:
        try:
            command_begun()
            return run(options)
        except FAILURES as error:
            if isinstance(error, BrokenPipeError) and error.filename == STDOUT:
                return 0  # nobody reads the rest, as behind `| head`
            complain(error)
            return 1
        except KeyboardInterrupt:
            complain(f"interrupted{resume}")
            return 130


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    escape_characters()
    try:
        options, unknown = _parser().parse_known_args(arguments)
        if unknown:
            options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")  # with the command's own usage
        return options
    except SystemExit:
        try:
            print(end="", flush=True)  # the help, nowhere if standard output is closed
        except OSError:
            drop_output()
        raise


Add = Callable[..., object]
Run = Callable[[argparse.Namespace], tuple[str, bool]]


class _Help(argparse.HelpFormatter):
    """Leaves room for the longest command, which stands farther in than argparse counts."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        commands = action.choices if action.nargs == argparse.PARSER else None
        self._action_max_length = max([self._action_max_length, *(4 + len(name) for name in commands or ())])


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="word2vec", description=ABOUT, epilog=AFTER, formatter_class=_Help)
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_train, _add_plan, _add_phrases, _add_similar, _add_index, _add_evaluate, _add_convert):
        add(commands)
    _add_sentiment(commands)
    _add_diagnose(commands)
    _add_checkpoint(commands)
    command = commands.add_parser("download", help="fetch the treebank", description=download.DESCRIPTION)
    download.add_arguments(command)
    command.set_defaults(run=partial(download.run, report=print_line))
    return parser


def _command(commands: "Commands", name: str, run: Run, summary: str, description: str | None = None) -> Add:
    """Add a subcommand that prints the text which `run` returns; return the function that adds arguments to it."""

    def print_text(options: argparse.Namespace) -> int:
        text, right = run(options)
        if text:
            print_result(text)
        return 0 if right else 1

    command = commands.add_parser(
        name, help=summary, description=description or summary[0].upper() + summary[1:] + "."
    )
    command.set_defaults(run=print_text)
    return command.add_argument


# train


def _add_train(commands: "Commands") -> None:
    usual_ones = _experts()
    more = "".join(
        f"; with {option}: {', '.join(own)}"
        for option, group in GROUPS.items()
        if (own := [name for name in _experts([group]) if name not in usual_ones])
    )
    command = commands.add_parser(
        "train",
        help="train word vectors on a text, and plot them",
        description="Train word vectors on text files, one sentence or paragraph a line, also packed.",
        epilog=f"Expert options for --set: {', '.join(usual_ones)}{more}; see word2vec.training.settings.",
    )
    add, usual = command.add_argument, DEFAULTS
    texts = "files, folders or patterns, read in this order; - for standard input"
    add("sources", nargs="+", type=file_name, metavar="TEXT", help=texts)
    add("--dim", type=int, metavar="D", help=f"entries of a vector (default: {usual.dim})")
    add("--window", type=int, metavar="C", help=f"largest number of words on either side (default: {usual.window})")
    add("--negatives", type=int, metavar="K", help=f"drawn for each pair (default: {usual.negatives})")
    add("--model", choices=list(MODELS), help=f"(default: {SkipGram.name})")
    add("--loss", choices=list(LOSSES), help=f"(default: {NegativeSampling.name})")
    ngrams = "compose words of their character n-grams of these lengths, such as 3 6: unknown words get vectors, too"
    add("--ngrams", nargs=2, type=int, metavar=("MIN", "MAX"), help=ngrams)
    add("--seed", type=int, metavar="N", help=f"of all random draws (default: {usual.seed})")
    start = "vectors or a model of the same dimension to continue from"
    add("--start-from", type=file_name, metavar="FILE", help=start)
    add_training_options(add)
    where = "train there: local:4 (processes), or a scheduler of Dask, tcp://host:8786 (see --set shards, sync)"
    add("--cluster", metavar="WHERE", help=where)
    add_output_options(add)
    command.set_defaults(run=lambda options: train_text(text_of(options.sources, options.start_from), options))


def values_of(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the values of some options, without those that were left out, as arguments by their names."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def _add_plan(commands: "Commands") -> None:
    add = _command(
        *(commands, "plan", _plan, "forecast time, memory and traffic of training on a cluster"),
        "Forecast what training on a cluster costs (skip-gram, negative sampling), from a model and from what one "
        "core of this machine does, measured in a few seconds. Reading and counting the text are not included.",
    )
    add("--words", required=True, metavar="N", help="of the text, such as 1e11")
    add("--vocabulary", required=True, metavar="V", help="different words that are kept, such as 3e6")
    add("--dim", type=int, default=DEFAULTS.dim, metavar="D", help=f"entries of a vector (default: {DEFAULTS.dim})")
    add("--workers", type=int, default=4, metavar="W", help="processes of the cluster (default: 4)")
    add("--network", default="10Gb", metavar="SPEED", help="of each connection: 10Gb, 1GbE, 2.5GB/s (default: 10Gb)")
    add("--epochs", type=int, default=DEFAULTS.epochs, metavar="N", help=f"(default: {DEFAULTS.epochs})")
    add("--shards", type=int, metavar="S", help="parts of the text (default: one a worker)")
    add("--sync", type=int, metavar="M", help="words of a shard in a round (default: as many as keep quality)")
    add("--cores", type=int, metavar="N", help="that workers and client share (default: one each)")


def _plan(options: argparse.Namespace) -> tuple[str, bool]:
    how = values_of(options, "dim", "workers", "network", "epochs", "shards", "sync", "cores")
    return str(plan(options.words, options.vocabulary, **how)), True


def add_training_options(add: Add) -> None:
    """Add the everyday options of `train` that the course run does not have."""
    workers = "processes (threads outside of Linux), as many as cores at most, -1: one a core (default: 1)"
    epochs, rate, sample = DEFAULTS.epochs, DEFAULTS.learning_rate, DEFAULTS.sample
    add("--epochs", type=int, metavar="N", help=f"times the text is read (default: {epochs}, more if it is short)")
    add("--rate", "--learning-rate", type=float, metavar="X", help=f"at the beginning (default: {rate})")
    add("--sample", type=float, metavar="T", help=f"thin out words more frequent than T; 0: none (default: {sample})")
    add("--min-count", type=int, metavar="N", help=f"leave out rarer words (default: {MIN_COUNT})")
    add("--workers", type=int, metavar="N", help=workers)
    _add_reading(add)
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="an expert option, such as shared=64")


def _add_reading(add: Add) -> None:
    add("--lowercase", action="store_true", default=None, help="convert all words to lower case")
    add("--encoding", metavar="NAME", help="of the text, if it is not UTF-8, such as cp1252")
    add("--tokenize", choices=["split", "words"], help="at white space (default), or runs of letters, digits and _")


def add_output_options(add: Add) -> None:
    """Add the options of what a run writes."""
    resuming = "resume from the checkpoint in --out, or fail; --no-resume: start anew (default: resume if possible)"
    add("--words", metavar="W1,W2,...", help="words to plot (default: the course's 24, or frequent ones)")
    add("--plot", choices=METHODS, default="svd", help="places in the plane; tsne takes longer (default: svd)")
    font = "family or file of a font for the picture (default: what is installed)"
    add("--font", type=_font, metavar="FONT", help=font)
    add("--out", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: this one)")
    add("--resume", action=OnOff, help=resuming)
    add("--quiet", action="store_true", help="print nothing but warnings and errors")


def _font(name: str) -> str:
    """Return the name of a font, or let argparse report that there is none: before the training, not after it."""
    try:
        font_family(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def text_of(names: list[str], start: str | None = None) -> str | list[str | Path]:
    """Return what `encode` reads: a single name as it is, several as a list of paths; `start` is read besides."""
    check_standard_input([*names, start or ""])
    return names[0] if len(names) == 1 else [name if name == "-" else Path(name) for name in names]


def check_standard_input(names: list[str]) -> None:
    """Raise ValueError if standard input, which can be read once, is named twice."""
    if names.count("-") > 1:
        raise ValueError("standard input (-) is named twice, but can be read once: name a file instead")


def check_negatives(options: argparse.Namespace) -> None:
    """Raise ValueError if negatives are asked of a loss that has none."""
    if options.loss not in (None, NegativeSampling.name) and options.negatives is not None:
        raise ValueError(f"--negatives is for negative sampling, not for {options.loss}: leave it out")


def train_text(source: Any, options: argparse.Namespace) -> int:
    """Train on a text as the command line says, and write, as the only run in the folder; return the exit status."""
    names = {"rate": "learning_rate"} | {n: n for n in ("dim", "window", "negatives", "sample", "workers", "seed")}
    given = {names[name]: value for name in names if (value := getattr(options, name)) is not None}
    given |= _expert_options(options)
    check_negatives(options)
    if "ngrams" in given and not getattr(given["model"], "words", True):
        what = f"--ngrams is for word vectors, of which --model {options.model} trains none by itself"
        raise ValueError(f"{what}: pass --set words=True, too, or leave --ngrams out")
    source = _apart_from_outputs(source, options)
    with only_outputs_in(options.out, MODEL):
        return _train_and_write(source, options, given)


def _apart_from_outputs(source: Any, options: argparse.Namespace) -> Any:
    """Return a text without the run's own outputs; raise ValueError if a file that is named is one of these."""
    outputs = outputs_in(options.out)
    items = source if isinstance(source, list) else [source] if isinstance(source, str | Path) else []
    name = "TEXT" if "sources" in options else "--corpus"
    read = [*((name, item) for item in items), ("--start-from", vars(options).get("start_from"))]
    written_to = (("an output of the run", path) for path in outputs)
    check_apart(read, written_to, "expected another folder for the outputs, --out DIR")
    return _without_outputs(source, outputs)


def _without_outputs(source: Any, outputs: Iterable[Path]) -> Any:
    """Return a text without outputs, and without those of runs whose folders are among its own."""
    items = source if isinstance(source, list) else [source] if isinstance(source, str) else []
    with catch_warnings(action="ignore"):  # which come when the text is read
        places = {path.parent for item in items for path in files_of(item) if path is not item}
    folders = {folder for place in places for folder in (place, *place.parents)}
    runs = (folder for folder in folders if checkpoints_in(folder / CHECKPOINTS))
    named = {Path(item).resolve() for item in items}  # such a file is read: nothing is lost
    others = (path for folder in runs for path in outputs_in(folder) if path.resolve() not in named)
    return without_outputs(source, [*outputs, *others])


def _train_and_write(source: Any, options: argparse.Namespace, given: dict[str, Any]) -> int:
    if options.words is not None:
        split_words(options.words)  # before a long text is read
    if start := vars(options).get("start_from"):
        given["start_from"] = WordVectors.load(start)
    min_count = MIN_COUNT if options.min_count is None else options.min_count
    words, given["epochs"] = [], DEFAULTS.epochs if options.epochs is None else options.epochs
    # these raise what `train` would
    settings = replace(DEFAULTS, **{name: given[name] for name in vars(DEFAULTS) if name in given})
    check_start(given.get("start_from"), settings)
    count_workers(given.get("workers", 1))
    if "cluster" in given:  # it reads the text, so that its words are known at the end
        given["min_count"] = min_count
    else:
        vocabulary = keeping_words_of(given.pop("vocabulary"), given.get("start_from"))
        source = encode(source, min_count=min_count, **vars(vocabulary))
        read, different = f"{source.raw_words:,}", f"{len(source.words):,}"
        logger.info("%s words, %s different ones in the vocabulary", read, different)
        known = [*source.words, *(given["start_from"].words if start else ())]
        words = choose_words(options.words, list(dict.fromkeys(known)), min_count)
        given["epochs"] = epochs_for(source.raw_words) if options.epochs is None else options.epochs
    folder = options.out / CHECKPOINTS
    with locked(folder), catch_warnings():
        filterwarnings("ignore", "a signal stopped training")  # which is said below
        vectors = train(source, checkpoint=CheckpointOptions(folder, options.resume), quiet=options.quiet, **given)
        saved = vectors.history.saved is not False
        if not vectors.history.complete:
            if saved:
                logger.info("Stopped. The same command resumes from the checkpoint.")
                return 130 if vectors.history.error is None else 1
            logger.info("Stopped. The outputs hold what was learned so far.")
        words = words or choose_words(options.words, vectors.words, min_count)
        shown = log_neighbours(vectors, words)
        look = {"method": options.plot, "font": options.font, "with_model": True}
        written = write_outputs(options.out, vectors, words, vectors.history, **look)
        return 0 if shown and written and saved else 1


def _set_values(pairs: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ValueError(f"--set {pair}: expected NAME=VALUE, such as shared=64")
        if name in values:
            raise ValueError(f"--set {name} is given twice: expected it once")
        try:
            values[name] = ast.literal_eval(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            values[name] = text
        if name == "keep_words":
            values[name] = _word_list(text, values[name])
    return values


def _word_list(text: str, value: Any) -> Any:
    """Return the words that a text lists, in quotes and brackets or without; `value` is what Python makes of it."""
    if isinstance(value, str) and value != text:
        return [value]  # one word in quotes
    is_list = isinstance(value, list | tuple)
    if not (is_list or isinstance(value, str | int | float)) or (is_list and all(isinstance(w, str) for w in value)):
        return value
    return [word for word in re.split(r"[,;\s]+", text.strip("[]() ")) if word] or text


def _expert_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return groups of options, named as train's arguments, with what --set and the like change in them."""
    values = _set_values(options.set)
    groups: dict[str, Any] = {
        "vocabulary": VocabularyOptions(),
        "model": named("model", options.__dict__.get("model") or SkipGram.name, MODELS),
        "loss": named("loss", options.loss or NegativeSampling.name, LOSSES),
        "descent": DescentOptions(),
    }
    if (lengths := vars(options).get("ngrams")) is not None:
        groups["ngrams"] = _ngrams(*lengths)
    if (where := vars(options).get("cluster")) is not None:
        groups["cluster"] = ClusterOptions(where)
    names = _experts(groups.values())
    if unknown := values.keys() - set(names):
        given = ", ".join(sorted(unknown))
        known = option_names(options.parser)
        if own := [known[name] for name in sorted(unknown & known.keys())]:
            raise ValueError(f"--set {given}: expected {' and '.join(own)} itself, no --set")
        if "ngrams" in options and unknown <= set(_experts([Ngrams])):
            raise ValueError(f"--set {given}: words are not composed of n-grams; pass --ngrams 3 6, too")
        others = [option for option, group in GROUPS.items() if unknown <= set(_experts([group]))]
        if others and "model" in options:
            raise ValueError(f"--set {given}: expected {' or '.join(others)} with it")
        raise ValueError(f"--set {given}: expected one of {', '.join(names)}")
    values |= values_of(options, "lowercase", "tokenize", "encoding")
    try:
        return {
            name: replace(group, **{each.name: values[each.name] for each in fields(group) if each.name in values})
            for name, group in groups.items()
        }
    except TypeError as error:
        raise ValueError(str(error)) from None  # begins with the option's name


def _ngrams(shortest: int, longest: int) -> Ngrams:
    try:
        return Ngrams(shortest, longest)
    except ValueError as error:
        shown = str(error).replace("minn", "MIN").replace("maxn", "MAX")
        raise ValueError(f"--ngrams {shortest} {longest}: {shown}") from None


def _experts(groups: Iterable[Any] = (VocabularyOptions, SkipGram, NegativeSampling, DescentOptions)) -> list[str]:
    return [each.name for group in groups for each in fields(group) if each.name not in EVERYDAY]


# phrases


def _add_phrases(commands: "Commands") -> None:
    add = _command(
        *(commands, "phrases", phrases, "find phrases in a text, and join their words"),
        "Find words that occur together far more often than apart, and write the text with these joined (new_york), "
        "one sentence a line; without TARGET the phrases are printed with their counts and scores.",
    )
    usual = ", ".join(f"{value:g} for {name}" for name, value in THRESHOLDS.items())
    passes = "join pairs with a higher score; T1,T2 makes several passes, for longer phrases"
    source = "a text file (also packed) or a folder, - for standard input (`cat A B | word2vec phrases - TARGET`)"
    add("source", type=file_name, metavar="SOURCE", help=source)
    target = "the text to write, in place of what is there, - for standard output; .gz, .bz2 and .xz are compressed"
    add("target", type=text_output_name, nargs="?", metavar="TARGET", help=target)
    add("--list", type=text_output_name, metavar="FILE", help="write there: phrase, count, score, separated by tabs")
    add("--scoring", choices=list(THRESHOLDS), help=f"(default: {PhraseOptions.scoring})")
    add("--threshold", metavar="T1,T2,...", help=f"{passes} (default: {usual})")
    add("--min-count", type=int, metavar="N", help=f"of a pair (default: {PhraseOptions.min_count})")
    add("--connector-words", metavar="W1,W2,...", help="may stand within a phrase, such as of,the,and")
    add("--delimiter", metavar="TEXT", help=f"between the words of a phrase (default: {PhraseOptions.delimiter})")
    _add_reading(add)


def phrases(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the phrases of a text with their counts and scores, or write the text with these joined."""
    chosen = values_of(options, "scoring", "min_count", "delimiter")
    if options.threshold is not None:
        try:
            chosen["threshold"] = tuple(map(float, options.threshold.split(",")))
        except ValueError:
            raise ValueError(f"--threshold {options.threshold}: expected numbers, such as 200,100") from None
    if options.connector_words is not None:
        words = options.connector_words.lower() if options.lowercase else options.connector_words
        chosen["connector_words"] = [word.strip() for word in words.split(",") if word.strip()]
    how = PhraseOptions(**chosen)
    if any(map(str.isspace, how.delimiter if options.target else how.delimiter.replace(" ", ""))):
        raise ValueError(f"--delimiter {how.delimiter!r}: phrases are cut at white space; expected _ or the like")
    written_to = [("TARGET", options.target), ("--list", options.list)]
    check_apart([("SOURCE", options.source)], written_to)
    check_apart(written_to[:1], written_to[1:])
    source = _without_outputs(options.source, [path for _, path in written_to if path])
    # opened before a long text is read: what cannot be written is named at once
    target, listed = (nullcontext() if path is None else written(path) for _, path in written_to)
    with listed as list_file, target as text_file:
        corpus = encode(source, min_count=1, **values_of(options, "lowercase", "tokenize", "encoding"))
        found = find_phrases(corpus, how)
        table = "".join(f"{text}\t{count}\t{score:.6g}\n" for text, count, score in found)
        if list_file is not None:
            list_file.write(table.encode())
        if text_file is None:
            if not found:
                print_error("there are no phrases: lower --threshold or --min-count")
            return "" if list_file else table.removesuffix("\n"), True
        joined = join_phrases(corpus, found, min_count=1)
        for block in text_blocks(joined):
            text_file.write(block.encode())
    less = len(corpus.ids) - len(joined.ids)
    print_error(f"{options.target}: {len(corpus.ids):,} words and {len(found):,} phrases, {less:,} words fewer")
    return "", True


# vectors


def _add_similar(commands: "Commands") -> None:
    add = _command(
        *(commands, "similar", similar, "list the words nearest to some words, or answer an analogy"),
        "List the words that are most similar to all WORDs together: `similar VECTORS tea`, or, for an analogy, "
        "`similar VECTORS king woman --minus man`.",
    )
    minus = "words that are subtracted (--minus=-lrb- for one that begins with a dash)"
    what = "a file of word vectors, - for standard input; models with n-grams know any words"
    add("vectors", type=file_name, metavar="VECTORS", help=what)
    add("words", nargs="+", metavar="WORD", help="behind -- also words such as -lrb-")
    add("--minus", nargs="+", action="extend", default=[], metavar="WORD", help=minus)
    add("--top", "--top-n", type=int, default=10, metavar="N", help="how many words (default: 10)")
    add("--restrict", type=int, metavar="N", help="choose among the first N words only")
    _add_method_and_errors(add)


def _add_method_and_errors(add: Add) -> None:
    add("--method", choices=["add", "mul"], default="add", help="3CosAdd (default) or 3CosMul")
    _add_errors(add)


def _add_errors(add: Add) -> None:
    rows = "how bad rows of the vectors are handled (default: strict, an error that names the row)"
    add("--errors", choices=POLICIES, default="strict", help=rows)
    add("--encoding", metavar="NAME", help="of vectors as text, if it is not UTF-8, such as cp1252")


def similar(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the words nearest to some, with their scores."""
    check_whole("top", options.top)
    vectors = WordVectors.load(options.vectors, errors=options.errors, encoding=options.encoding)
    limits = {"restrict": options.restrict, "method": options.method}
    found = vectors.most_similar(options.words, options.minus, options.top, **limits)
    if not found:
        print_error("there are no other words")
    return "\n".join(f"{score:8.4f}  {word}" for word, score in found), True


def _add_index(commands: "Commands") -> None:
    add = _command(
        *(commands, "index", build_index, "build an approximate index of vectors, and measure it"),
        "Build an index of a file of vectors, which answers queries in a fraction of the time, not always exactly; "
        "print its recall@10, the share of the exact ten nearest words that it finds. Python reads it by "
        "vectors.index(file=...). Needs usearch: pip install 'word2vec-numpy[index]'.",
    )
    add("vectors", type=file_name, metavar="VECTORS", help="a file of word vectors, - for standard input")
    add("--out", type=Path, metavar="FILE", help="the index to write (default: VECTORS.index)")
    add("--sample", type=int, default=1000, metavar="N", help="words whose neighbours are compared (default: 1000)")
    add("--seed", type=int, default=0, metavar="N", help="of the sample (default: 0)")
    _add_errors(add)


def build_index(options: argparse.Namespace) -> tuple[str, bool]:
    """Build and write an index of vectors; return its recall."""
    check_whole("sample", options.sample)
    rng = np.random.default_rng(check_whole("seed", options.seed, 0))
    if options.out is None and options.vectors == "-":
        raise ValueError("vectors from standard input have no name: expected --out FILE for the index")
    path = Path(f"{options.vectors}.index") if options.out is None else options.out
    check_apart([("VECTORS", options.vectors)], [("the index", path)], "expected another file, --out FILE")
    vectors = WordVectors.load(options.vectors, errors=options.errors, encoding=options.encoding)
    index = vectors.index()
    index.save(path)
    recall = index.recall(sample=options.sample, rng=rng)
    asked = min(options.sample, len(vectors))
    found = "not measured" if math.isnan(recall) else f"{recall:.4f} for {asked:,} of them"
    return f"{path}: {len(vectors):,} words, recall@10 {found}", True


def _add_evaluate(commands: "Commands") -> None:
    add = _command(
        *(commands, "evaluate", evaluate, "evaluate vectors by word pairs that people rated, and by analogies"),
        "Evaluate a file of vectors: Spearman's ρ with people's ratings of word pairs and its bootstrap interval; "
        "analogies answered, by section. Each score is printed with the rules it was found by, by default gensim's.",
    )
    unknown = "leave out what has unknown words (default), or count a pair as cosine 0, an analogy as wrong"
    add("vectors", type=file_name, metavar="VECTORS", help="a file of word vectors, - for standard input")
    add_files = partial(add, nargs="+", action="extend", type=file_name, default=[], metavar="FILE")
    add_files("--pairs", help="WordSim-353, SimLex-999 and the like")
    add("--columns", metavar="A,B,C", help="numbers or names of the words' and the rating's columns in --pairs")
    add_files("--analogies", help="Google's questions-words.txt, BATS")
    add("--restrict", type=int, default=300000, metavar="N", help="know the first N words; 0: all (default: 300000)")
    add("--fold-case", action=OnOff, default=True, help="ignore the case (default)")
    add("--unknown", choices=["skip", "zero"], default="skip", help=unknown)
    add("--seed", type=int, default=0, metavar="N", help="of the bootstrap (default: 0)")
    _add_method_and_errors(add)


def evaluate(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the report of an evaluation, and whether anything could be scored."""
    from . import evaluation

    check_standard_input([options.vectors, *options.pairs, *options.analogies])
    check_whole("seed", options.seed, 0)
    rules = values_of(options, "fold_case", "unknown", "method", "seed", "errors", "encoding")
    rules["restrict"] = options.restrict or None
    if options.columns is not None:
        rules["columns"] = [int(c) if c.strip().isdecimal() else c.strip() for c in options.columns.split(",")]
    return evaluation.evaluate(options.vectors, options.pairs, options.analogies, **rules)


def _add_convert(commands: "Commands") -> None:
    add = _command(
        *(commands, "convert", convert, "write vectors in another format"),
        "Read word vectors of any format, write them in another: text (.txt, .vec) or binary (.bin), both also with "
        ".gz, NumPy's .npz, the Embedding Projector's .tsv, GloVe's text (--to glove), a model that fastText reads "
        "(--to fasttext). Of models with n-grams, .npz and fasttext keep their rows.",
    )
    add("source", type=file_name, metavar="SOURCE", help="a file of word vectors, - for standard input")
    target = "the file to write, in place of one that is there, - for standard output"
    add("target", type=output_name, metavar="TARGET", help=target)
    add_format = partial(add, choices=formats.FORMATS, metavar="FORMAT")
    add_format("--from", dest="format", help="of SOURCE (default: found out): " + ", ".join(formats.FORMATS))
    add_format("--to", dest="target_format", help="of TARGET (default: by its name)")
    add("--limit", type=int, metavar="N", help="take the first N rows only")
    add("--dtype", choices=get_args(Stored), help="of the vectors; float16 and int8 make a smaller .npz")
    _add_errors(add)


def convert(options: argparse.Namespace) -> tuple[str, bool]:
    """Read vectors, and write them in another format; from text to text every digit stays."""
    texts = ("text", "glove", "projector", "csv")
    try:
        target = formats.check_written(options.target, options.target_format)
    except ValueError as error:
        raise ValueError(str(error).replace("format=...", "--to FORMAT")) from None
    places = [("TARGET", options.target), ("the file of TARGET's labels", metadata_path(options.target))]
    check_apart([("SOURCE", options.source)], places[: 1 + (target == "projector")])
    with opened(options.source) as raw:
        file, source = formats.with_format(raw, options.format, options.encoding)
        if source == "projector":
            check_apart([("the file of SOURCE's labels", find_labels(options.source))], places)
        dtype = None if options.dtype in ("float16", "int8") else options.dtype
        dtype = dtype or ("float64" if source in texts and target in texts else None)
        given = {"limit": options.limit, "errors": options.errors, "encoding": options.encoding}
        table = formats.read(file, source, dtype=dtype, **given)
    formats.write(table, options.target, target, dtype=None if options.dtype == dtype else options.dtype)
    done = f"{options.target}: {len(table.words):,} words, {table.matrix.shape[1]} dimensions, {target}"
    if options.target.is_relative_to("/dev") or not options.target.is_file():
        print_error(done)  # not among the numbers
        done = ""
    return done, True


# the course


def _add_sentiment(commands: "Commands") -> None:
    add = _command(
        *(commands, "sentiment", sentiment, "predict the sentiment of the treebank's sentences from word vectors"),
        "Compare the majority class, a bag of words, the course's vectors, the fast trainer's and those of files at "
        "predicting the five classes of the treebank's sentences: a table, and two pictures.",
    )
    where = "folder of the treebank (default: where get_datasets.sh puts it, or a sample)"
    add("--data", type=file_name, metavar="DIR", help=where)
    more = "compare these, too; may be given repeatedly"
    add("--vectors", type=file_name, metavar="FILE", action="append", default=[], help=more)
    add("--out", type=Path, default=Path(), metavar="DIR", help="folder for the pictures (default: this one)")
    add("--weighting", choices=["mean", "tfidf", "sif"], default="mean", help="of the words (default: mean)")
    add("--iterations", type=int, default=40_000, metavar="N", help="of the course run (default: 40000)")
    add("--dim", type=int, default=100, metavar="D", help="of the fast trainer's vectors (default: 100)")
    add("--epochs", type=int, metavar="N", help="of the fast trainer (default: more for a short text)")
    add("--seed", type=int, metavar="N", help="of all random draws (default: the course's own, and 1)")
    add("--workers", type=int, default=1, metavar="N", help="of the fast trainer, -1 for all cores (default: 1)")


def sentiment(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the table of the comparison."""
    from .course.sentiment import compare, report

    chosen = values_of(options, "weighting", "iterations", "dim", "epochs", "seed", "workers")
    return report(compare(options.data, options.vectors, options.out, **chosen), options.weighting, options.out), True


def _add_diagnose(commands: "Commands") -> None:
    add = _command(
        commands,
        "diagnose",
        lambda options: diagnose(options.what, options.functions, speed=options.speed),
        "find out what is wrong with an implementation",
        "Explain a loss that the course's starter test printed, or check the functions of a module with the course's "
        "names: published values, identities, gradient checks.",
    )
    add("what", type=file_name, metavar="WHAT", help="a loss, such as 14.3019, or a Python file, such as word2vec.py")
    add("functions", nargs="*", default=[], metavar="FUNCTION", help="only these, such as sigmoid (default: all)")
    add("--speed", action="store_true", help="show instead where the time of the file's functions goes")


def _add_checkpoint(commands: "Commands") -> None:
    command = commands.add_parser("checkpoint", help="look into checkpoints", description="Look into checkpoints.")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    add = _command(actions, "show", _show, "print what is in checkpoints")
    add("files", nargs="+", type=Path, metavar="FILE", help="a file named *.checkpoint")
    add = _command(actions, "verify", _verify, "check all checkpoints below folders")
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="such as the --out of a run")


def _show(options: argparse.Namespace) -> tuple[str, bool]:
    title = "{}\n{}" if len(options.files) > 1 else "{1}"
    return _of_each(options.files, lambda path: (title.format(path, describe(path)[0]), True), "\n\n")


def _verify(options: argparse.Namespace) -> tuple[str, bool]:
    return _of_each(options.folders, verify, "\n")


def _of_each(paths: Sequence[Path], look: Callable[[Path], tuple[str, bool]], between: str) -> tuple[str, bool]:
    """Return what is said of each path; of several, an error ends none but its own."""
    found = []
    for path in paths:
        try:
            found.append(look(path))
        except (OSError, ValueError, CheckpointError) as error:
            if len(paths) == 1:
                raise
            found.append((f"bad   {reason(error)}", False))
    return between.join(text for text, _ in found), all(right for _, right in found)


if __name__ == "__main__":
    sys.exit(main())
