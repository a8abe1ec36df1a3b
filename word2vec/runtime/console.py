"""What a command reads and prints: its options, the log on standard output, warnings and errors on standard error.

The library's messages advise Python (`min_count=5`); a command prints its own options instead (`--min-count 5`).
"""

import argparse
import io
import logging
import os
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Any

LIBRARY = __name__.partition(".")[0]
STDOUT = "/dev/stdout"
NOT_PACKED = (".zst", ".zip", ".7z", ".lz4", ".z")  # texts in files so named would be plain
IN_PYTHON = "in Python, "  # begins the part of a message that is no advice for a command line

# what stays as it is: strings in quotes, paths, calls, what --set was given
_KEPT = (
    r"""(?<!\w)[bru]{0,2}(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")(?!\w)|"""
    r"(?<!\S)(?!\w+=['\"])\S*[/\\]\S*|(?<![\w.])\w[\w.]*\([^()]*\)|--set\s\S+"
)
_VALUE = r"""(?P<value>"[^"]*"|'[^']*'|\.\.\.|…|-?\d+(?:\.\d+)?(?:e-?\d+)?|\(\d+, \d+\)|%s|[A-Za-z]\w*)"""
_NAME = rf"(?<![\w./\\=-])(?P<name>[a-z]\w*)(?:={_VALUE})?(?![\w=/\\(\[]|[.-]\w)"


class _Once(argparse.Action):
    """An option whose second value may not replace another first one."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        super().__call__(parser, namespace, values, option)
        shown = " ".join(map(str, [option, *(values if isinstance(values, list) else [values])]))
        first = vars(namespace).setdefault("given", {}).setdefault(self.dest, shown)
        if self.option_strings and first != shown:
            parser.error(f"{first} and {shown} contradict each other: expected one of them")


class _Store(_Once, argparse._StoreAction):
    pass


class OnOff(_Once, argparse.BooleanOptionalAction):
    """The action of `--name` and `--no-name`, of which one may be given."""


class CommandParser(argparse.ArgumentParser):
    """A parser of arguments that refuses a second, different value of an option which holds one, and empty paths.

    What it parsed has two more attributes: `parser`, of the command that was chosen; `given`, for its own use.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in (None, "store"):
            self.register("action", name, _Store)
        self.register("type", int, _whole)
        self.register("type", Path, _path)
        self.set_defaults(parser=self)
        self._again = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; those without a dash may stand on both sides of options."""
        found, rest = super().parse_known_args(args, namespace)
        if rest and not self._again and self._subparsers is None:
            self._again = True
            with suppress(TypeError):  # argparse's, where a positional argument excludes another option
                found, rest = self.parse_known_intermixed_args(args)
            self._again = False
        return found, rest


def file_name(text: str) -> str:
    """Return the name of a file or folder, the type of an option; raise ArgumentTypeError if it is empty."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty: expected that of a file or folder")
    return os.path.expanduser(text)  # which a shell leaves as it is in --out=~/vectors


def output_name(text: str) -> Path:
    """Return the path of a file to write, of which `-` is standard output; raise ArgumentTypeError if it is none."""
    if text == "-" and not os.path.exists(STDOUT):
        raise argparse.ArgumentTypeError("standard output has no name here: expected that of a file")
    return Path(STDOUT) if text == "-" else _path(text)


def _path(text: str) -> Path:
    if text == "-":
        raise argparse.ArgumentTypeError("- is no file or folder here: expected a name, ./- if it is that one")
    return Path(file_name(text))


def text_output_name(text: str) -> Path:
    """Return `output_name`, of a file of text; raise ArgumentTypeError if it is named as one of another packer."""
    if (ending := os.path.splitext(text)[1].lower()) in NOT_PACKED:
        raise argparse.ArgumentTypeError(
            f"{text}: {ending} is not written, expected .gz, .bz2, .xz or no packed file"
        )
    return output_name(text)


def _whole(text: str) -> int:
    with suppress(ValueError):
        if abs(number := int(text)) < 1 << 64:
            return number
    raise argparse.ArgumentTypeError(f"{text[:40]!r}: expected a whole number of at most 64 bits")


def option_names(parser: argparse.ArgumentParser, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a parser's options by the names that the library's arguments have: min_count → --min-count.

    `given`: what `CommandParser` notes of the options that were used; of two names of an option it is the one used.
    """
    names = {action.dest: action.option_strings[0] for action in parser._actions if action.option_strings}
    for action in parser._actions:
        used = (given or {}).get(action.dest) if isinstance(action, _Store) else None
        for option in action.option_strings:
            if option[:2] == "--":
                names[option[2:].replace("-", "_")] = used.partition(" ")[0] if used else option
    return names


def translate(message: str, names: Mapping[str, str], data: Iterable[object] = ()) -> str:
    """Replace Python's arguments in a message by the options of a command line.

    Parameters
    ----------
    message : `min_count=5` becomes `--min-count 5`, `ngrams=(3, 6)` `--ngrams 3 6`, `resume=False` `--no-resume`; a
        name in backticks, or that is no ordinary word because of its underscore, is also replaced where it stands
        alone. Strings in quotes, paths and calls stay; what follows `; in Python, ` is left out
    names : options by the names of arguments, see `option_names`; "--set x" is written `--set x=5`
    data : what the user gave: it stays wherever it stands in the message
    """

    def option(match: re.Match[str]) -> str:
        name, value = match["name"], match["value"]
        found = names.get(name)
        if found is None or value == "None" or (value is None and ("_" not in name or " " in found)):
            return match[0]
        if value in ("True", "False"):
            return found if value == "True" else names.get(f"no_{name}", match[0])
        if value and value[0] == "(":  # ngrams=(3, 6)
            value = value[1:-1].replace(",", "")
        quoted = value and shlex.quote(value[1:-1]) if value and value[0] in "'\"" else value
        return found if value is None else f"{found}{'=' if ' ' in found else ' '}{quoted}"

    texts = sorted({str(text) for text in data if any(name in str(text) for name in names)}, key=len, reverse=True)
    message = message.partition(f"; {IN_PYTHON}")[0]
    message = re.sub(r"`(\w+)`", lambda found: names.get(found[1], found[0]), message)
    kept = "|".join([*(rf"(?<!\w){re.escape(text)}(?![\w=])" for text in texts), _KEPT])
    first = re.match(r"(\w+)(?: is|:) ", message)
    if first and first[1] not in texts and first[1] in names:
        message = f"{names[first[1]]}{message[first.end(1) :]}"
    return re.sub(f"(?:{kept})|{_NAME}", option, message)


def reason(error: BaseException) -> str:
    """Return an error's text, or what can be said if it has none."""
    known = "MemoryError: there is not enough memory" if isinstance(error, MemoryError) else type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return str(error).strip() or known


class _Lines(logging.Handler):
    """Prints log records: information on standard output, the rest as errors."""

    def __init__(self, complain: Callable[[object], None], translated: Callable[[str], str]) -> None:
        super().__init__()
        self._complain, self._translated = complain, translated

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self._complain(record.getMessage())
        else:
            record = copy(record)
            record.msg = self._translated(str(record.msg))  # not what is put into it: the user's words
            print_line(record.getMessage())


def print_line(text: str) -> None:
    """Print a line. If that fails (a closed pipe, a full disk), go on in silence: the work matters more."""
    try:
        print(text, flush=True)
    except OSError:
        drop_output()


def drop_output() -> None:
    """Send what is still to be printed to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_result(text: str) -> None:
    """Print what a command is for; raise OSError if that fails, unless nobody reads it any more (a closed pipe)."""
    try:
        print(text, flush=True)
    except OSError as error:
        drop_output()
        if not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, f"the result could not be printed: {error.strerror}") from None


def print_error(text: str) -> None:
    """Print a line on standard error. If that fails (it is a file on a full disk), go on in silence."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def escape_characters() -> None:
    """Make standard output and error escape the characters that a terminal cannot show."""
    sys.stderr = sys.stderr or io.StringIO()  # None, for a closed one, is the output to print and argparse
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def console(
    command: str, *, quiet: bool = False, translated: Callable[[str], str] = str
) -> Iterator[Callable[[object], None]]:
    """Print the library's log and warnings while the context lasts; `quiet` leaves out what is neither.

    Yields a function that prints an error or a message in the same way: on standard error, after the `command`, its
    text `translated`. Characters that a terminal cannot show are escaped.
    """

    def complain(what: object) -> None:
        print_error(f"{command}: {translated(reason(what) if isinstance(what, BaseException) else str(what))}")

    escape_characters()
    logger, handler = logging.getLogger(LIBRARY), _Lines(complain, translated)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("always", category=UserWarning, module=rf"({LIBRARY}|run|__main__)(\.|$)")
            warnings.showwarning = lambda message, *_, **__: complain(message)
            yield complain
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
