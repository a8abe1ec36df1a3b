"""The examination of a learner's file: load it, judge each of its functions, write down what is found.

`word2vec.course.diagnose` runs `examine` in a process of its own, where the learner's code may print, hang or crash.
The library is loaded there as `word2vec_numpy`, so that `word2vec` and `utils` are what the learner's file means.
"""

import ast
import faulthandler
import json
import os
import random
import sys
import tokenize
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .. import models
from . import assignment, starter_test
from .diagnose_checks import CHECKS, OLD_NAMES, Draws, EndlessDraws, Note
from .handouts import lend
from .known_losses import KNOWN

FILE, TOGETHER = "", "together, the starter test"  # what is judged besides functions
HELPERS = ("getNegativeSamples", "sigmoid", "softmax")

Begin = Callable[[str], object]
Look = Callable[[], list[str]]


def examine(work: Mapping[str, Any]) -> NoReturn:
    """Judge what is in work["file"], write lines of JSON on standard output, and end this process.

    A line is ["begin", what], ["done", what, [[remark, whether it is a note], …]] or ["end", ""], where `what` is
    `FILE`, a function's name or `TOGETHER`. work["judged"] holds the verdicts of earlier processes: what → "right",
    "wrong", or "stuck" if it ended the process. The file is run up to the line before work["before"], if given. What
    takes longer than work["limit"] seconds ends the process, and where it was is written on standard error.
    """
    file, judged = Path(work["file"]), work["judged"]
    results, crashes, leave = os.dup(1), os.fdopen(os.dup(2), "w"), os._exit
    _isolate()
    faulthandler.enable(crashes, all_threads=False)

    def write(*message: Any) -> None:
        os.write(results, json.dumps(message).encode() + b"\n")

    def begin(what: str) -> None:
        write("begin", what)
        faulthandler.dump_traceback_later(work["limit"], exit=True, file=crashes)

    def done(what: str, remarks: list[str]) -> None:
        write("done", what, [(remark, isinstance(remark, Note)) for remark in remarks])

    begin(FILE)
    names, trouble = _load(file, work["before"])
    if FILE not in judged:
        done(FILE, trouble)
    for what, remarks in judge_all(functions_in(names), file.parent, judged, begin, tell=work["tell"]):
        done(what, remarks)
    write("end", FILE)
    leave(0)  # whatever the learner's threads still do


def _isolate() -> None:
    """Print to nowhere, read nothing, neither fork this process nor end it, draw the same numbers each time."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8", errors="replace")  # noqa: SIM115
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    random.seed(0)
    np.random.seed(0)
    for name in {"_exit", "abort", "fork", "forkpty"} & {*dir(os)}:  # a fork would go on with the examination
        setattr(os, name, partial(_refuse, name))


def _refuse(name: str, *_: Any) -> NoReturn:
    raise RuntimeError(f"os.{name}() is called; the course's functions neither start nor end a process")


def _load(file: Path, before: int | None) -> tuple[dict[str, Any], list[str]]:
    """Run a file up to a line as a module, its folder first on the import path; return its names and remarks."""
    sys.argv[:], sys.dont_write_bytecode = [str(file)], True
    sys.path.insert(0, str(file.parent))
    lend(file.parent)
    packages = [folder.name for folder in takewhile(lambda at: (at / "__init__.py").is_file(), file.parents)]
    module = types.ModuleType("_module_under_diagnosis")
    module.__file__, module.__package__ = str(file), ".".join(packages[::-1])
    sys.path += [str(file.parents[len(packages)])] * bool(packages)  # for relative imports
    sys.modules[module.__name__] = module
    found: list[str] = []
    try:
        tree = ast.parse(_source(file), str(file))
        tree.body = [part for part in tree.body if before is None or (part.end_lineno or 0) < before]
        exec(compile(tree, str(file), "exec", dont_inherit=True), vars(module))  # noqa: S102 -- the learner's own file
    except BaseException as error:  # SystemExit too
        found.append(_stopped(error, file.parent))
    return vars(module), found


def _source(file: Path) -> str:
    """Return the text of a Python file; SyntaxError if it is in another encoding than the one it declares."""
    try:
        with tokenize.open(file) as source:
            return source.read()
    except (UnicodeDecodeError, SyntaxError) as error:
        what = f"it is no text in UTF-8 ({error}): save it as UTF-8, or declare its encoding in the first line"
        raise SyntaxError(what, (file.name, 1, 1, "")) from None


def functions_in(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a module's functions that have the course's names, in the order in which they are judged."""
    return {
        name: f
        for name in CHECKS
        if callable(f := names.get(name))
        and str(getattr(f, "__module__", "")).split(".")[0] != "utils"  # that is the course's, not the learner's
        and getattr(f, "__module__", "") not in (models.__name__, "word2vec.models")  # the textbook's, which take ids
    }


def judge_all(
    functions: dict[str, Any], folder: Path, judged: Mapping[str, str], begin: Begin, *, tell: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Judge each function that is not yet judged, then all together; yield names and remarks.

    In place of a function that is "stuck" stands one that stops at once. `begin` is called with a name before code of
    the learner runs. `tell` is whether the losses of the starter test are noted.
    """
    _replace_stuck(functions, [name for name in functions if judged.get(name) == "stuck"])
    words = {name: judged[name] for name in functions if name in judged}
    for name, f in functions.items():
        if name not in judged:
            wrong = [helper for helper in HELPERS if words.get(helper) in ("wrong", "stuck")]

            def look(name: str = name, f: Any = f) -> list[str]:
                begin(name)
                return _remarks(CHECKS[name](f), folder)

            remarks = _judge(f, wrong, look)
            words[name] = word(remarks)
            yield name, remarks
    theirs = {OLD_NAMES.get(name, name): f for name, f in functions.items()}
    parts = {
        name: theirs.get(name, getattr(assignment, name))
        for name in (*starter_test.CASES, "skipgram", "word2vec_sgd_wrapper")
    }
    if TOGETHER in judged or theirs.keys().isdisjoint(parts):
        return
    begin(TOGETHER)
    remarks = _remarks(_starter_test(parts, tell), folder)
    if {"wrong", "stuck"}.isdisjoint(words.values()) or any("published" in remark for remark in remarks):
        yield TOGETHER, remarks  # otherwise it only repeats what is known


def word(remarks: list[str] | None) -> str:
    """Return the verdict on a function of which there are these remarks; None if it was not defined."""
    if remarks is None:
        return "not there"
    return "right" if all(isinstance(remark, Note) for remark in remarks) else "wrong"


def _replace_stuck(functions: dict[str, Any], names: list[str]) -> None:
    for name in names:
        theirs = functions[name]

        def stuck(*_: Any, name: str = name, **__: Any) -> NoReturn:
            raise RuntimeError(f"it calls {name}, which does not return")

        for f in functions.values():
            around = getattr(f, "__globals__", {})
            if around.get(name) is theirs:
                around[name] = stuck
        functions[name] = stuck


def _judge(f: Any, wrong: list[str], look: Look) -> list[str]:
    """Look at a function; if it is wrong, once more with right helpers, and name those that make it go wrong."""
    found, around = look(), getattr(f, "__globals__", {})
    theirs = {helper: around[helper] for helper in wrong if helper in around}

    def look_with_ours(helpers: set[str]) -> list[str]:
        around.update({helper: getattr(assignment, helper) for helper in helpers})
        try:
            return look()
        finally:
            around.update(theirs)

    if word(found) == "right" or not theirs:
        return found
    second = look_with_ours({*theirs})
    if word(second) == "wrong":
        return [*second, Note(f"wrong by itself, also with a right {' and '.join(theirs)}")]
    blamed = [helper for helper in theirs if word(look_with_ours({*theirs} - {helper})) == "wrong"]
    return [*second, Note(f"right by itself; it goes wrong through {', '.join(blamed)}")] if blamed else found


def _starter_test(parts: Mapping[str, Any], tell: bool) -> Iterator[str]:
    """Run the starter test; complain of the first window whose loss is not the published one, or tell all losses."""
    losses = []
    for window, loss, published in starter_test.run_starter_test(parts, Draws(limit=100_000)):
        if not abs(loss - published) <= 1e-6:
            causes = [f": {known.cause}" for known in KNOWN if abs(float(known.value) - loss) < 1e-6]
            yield f"{window} gives {loss:.7f}, published is {published}{''.join(causes[:1])}"
            return
        losses.append(f"{loss:.4f}")
    if tell:
        softmax, negative = (", ".join(half) for half in (losses[:3], losses[3:]))
        yield Note(f"its losses are those published: {softmax} by naive softmax, {negative} by negative sampling")


def _remarks(complaints: Iterator[str], folder: Path) -> list[str]:
    """Return the complaints that running the learner's code gives and, if an exception ends it, what that says."""
    found: list[str] = []
    try:
        found.extend(complaints)
    except BaseException as error:  # SystemExit too
        found.append(_stopped(error, folder))
    return found


_ADVICE: dict[type[BaseException], str] = {
    NameError: "; misspelled, not imported, or still to be written?",
    ImportError: "; install it, or put the file that holds it beside yours",
    SystemExit: '; put what is not a definition under `if __name__ == "__main__":`',
    EOFError: '; nobody answers input() here: put it under `if __name__ == "__main__":`',
    IndexError: "; a window may be shorter than twice its size",
    RecursionError: "; it calls itself without end",
    MemoryError: "; it asks for more memory than there is",
}


def _stopped(error: BaseException, folder: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {Path(error.filename or '').name} is not Python 3: {error.msg}"
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if is_in(frame.filename, folder)]
    where = f" (line {theirs[-1].lineno} of {Path(theirs[-1].filename).name})" if theirs else ""
    if isinstance(error, EndlessDraws):
        return f"{error}{where}"
    advice = next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), "")
    return f"stops with {type(error).__name__}: {error!s:.300}{where}{advice if theirs else ''}"


def is_in(filename: str, folder: Path) -> bool:
    """Return whether a file is the learner's: in the folder, and neither this library's nor installed."""
    path = Path(filename)
    ours = path.is_relative_to(Path(__file__).parents[1])
    return path.is_relative_to(folder) and not ours and "site-packages" not in path.relative_to(folder).parts
