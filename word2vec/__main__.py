"""The command line: `python -m word2vec diagnose 14.3019`, `python -m word2vec checkpoint show FILE`."""

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from word2vec.checkpoint import CheckpointError, load_checkpoint
from word2vec.diagnose import diagnose
from word2vec.formats import FORMATS
from word2vec.progress import say
from word2vec.table import POLICIES

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; 0 if all is well, 1 if something is wrong, 2 if the command line is."""
    options = _parser().parse_args(arguments)
    try:
        text, right = options.run(options)
    except (OSError, ValueError, MemoryError, CheckpointError) as error:
        print(f"word2vec {options.command}: {error}", file=sys.stderr)
        return 1
    say(text)
    return 0 if right else 1


def _parser() -> argparse.ArgumentParser:
    """Describe the subcommands."""
    parser = argparse.ArgumentParser(prog="word2vec", description="Tools around word2vec; to train: python run.py.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_convert, _add_diagnose, _add_checkpoint):
        add(commands)
    return parser


def _add_convert(commands: "Commands") -> None:
    """Describe `convert`."""
    command = commands.add_parser(
        "convert",
        help="write vectors in another format",
        description="Read word vectors of any format, write them in another: text (.txt, .vec) or binary (.bin), "
        "both also with .gz, NumPy's .npz, the Embedding Projector's .tsv, GloVe's text (--to glove).",
    )
    command.add_argument("source", type=Path)
    command.add_argument("target", type=Path)
    command.add_argument("--from", dest="source_format", metavar="FORMAT", choices=FORMATS)
    command.add_argument("--to", dest="target_format", metavar="FORMAT", choices=FORMATS)
    command.add_argument("--limit", type=int, metavar="N", help="take the first N rows only")
    command.add_argument("--errors", choices=POLICIES, default="strict", help="what becomes of bad rows")
    command.add_argument("--dtype", choices=("float32", "float64"), help="of the vectors (see WordVectors.load)")
    command.set_defaults(run=convert)


def convert(options: argparse.Namespace) -> tuple[str, bool]:
    """Read vectors, and write them in another format; from text to text every digit stays."""
    from word2vec import formats

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


def show(path: Path) -> tuple[str, bool]:
    """Describe the content of a checkpoint, a line for each value and array."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file; `checkpoint verify` looks into folders")
    arrays, values = load_checkpoint(path)
    lines = [f"{name}: {_short(value)}" for name, value in values.items()]
    lines += [f"{name}: array {array.shape} of {array.dtype}" for name, array in arrays.items()]
    return "\n".join(lines), True


def _short(value: Any) -> str:
    """Write a value on one line; of a generator's long state only the beginning."""
    text = str(value).replace("\n", " ")
    return text if len(text) <= 100 else f"{text[:80]} … ({len(text)} characters)"


def verify(folder: Path) -> tuple[str, bool]:
    """Check every checkpoint below a folder, a line for each."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*.checkpoint"))
    if not paths:
        raise FileNotFoundError(f"no checkpoint in {folder}: expected a folder with files named *.checkpoint")
    found = [_verdict(path) for path in paths]
    return "\n".join(line for line, _ in found), all(right for _, right in found)


def _verdict(path: Path) -> tuple[str, bool]:
    """Check one checkpoint."""
    try:
        _, values = load_checkpoint(path)
    except (CheckpointError, OSError) as error:
        return f"bad   {error}", False
    return f"good  {path}: iteration {values.get('iteration', 'unknown')}", True


if __name__ == "__main__":
    sys.exit(main())
