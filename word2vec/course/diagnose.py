"""Explain a loss that a learner sees, or find what is right and wrong in a learner's own module.

The losses are those of the starter test's first window with negative sampling: each slip draws other negatives from
the same seed, so that the number alone identifies the cause. A learner's module is loaded and run here;
`word2vec.course.diagnose_checks` holds the checks of its functions.
"""

import io
import os
import random
import re
import sys
import textwrap
import time
import traceback
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from decimal import Decimal
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import models
from . import assignment
from .diagnose_checks import CHECKS, NAMES, OLD_NAMES, Draws, EndlessDraws, Note
from .starter_test import CASES, NEGSAMP, run_starter_test

__all__ = ["KNOWN", "Known", "diagnose", "diagnose_loss", "diagnose_module"]


class Known(NamedTuple):
    """A loss, its cause and cure; `but` is what is wrong besides the loss."""

    value: str
    cause: str
    cure: str
    but: str = ""


_RIGHT = str(NEGSAMP[0].loss)
_TABLE = f"""
{_RIGHT} | nothing: this is the right loss | None needed. Go on to the gradients.
{_RIGHT} | a negative that was drawn several times counts once in the gradient: given a list of indices,
    `grad[indices] += ...` adds only one of the equal ones
    | Look at how the rows are accumulated: every draw adds its own term. |, but wrong gradOutsideVecs
14.301866932653125 | Python 2's negatives: it makes other integers of the same random words
    | Run the test under Python 3 and expect 16.1512. A hand-out that expects 14.3019 was made with Python 2; your
    code may be right.
15.318208047662482 | the gradient check of naive softmax, which comes before, was left out
    | Put it back. Seed anew and run the whole test in its order.
16.51483361718182 | the gradient check of negative sampling, which comes before, was left out
    | Put it back. Seed anew and run the whole test in its order.
15.475254528181654 | both gradient checks were left out, or this test was run by itself
    | Put them back. Seed anew and run the whole test in its order.
15.7359454032309 | the two gradient checks were swapped
    | Naive softmax comes first. Seed anew and run the whole test in its order.
15.454769944565012 | the three windows with negative sampling were run a second time without seeding anew, as in a
    notebook | Run the cell that seeds the generators again, and all cells after it.
15.402947747299976 | the loss is evaluated twice per pair of words, so negatives are drawn twice
    | Call the loss once per outside word and keep all three values that it returns.
17.074479118936182 | naive softmax draws negatives too (test with three softmax windows before this one)
    | Naive softmax needs no negatives: take the draw out of it.
15.952219214641977 | naive softmax draws negatives too (test with one softmax window before)
    | Naive softmax needs no negatives: take the draw out of it.
16.274627325749222 | naive softmax draws negatives too (test with no softmax window before)
    | Naive softmax needs no negatives: take the draw out of it.
16.088781111544506 | the outside word is not excluded from the negatives
    | Look at `getNegativeSamples`: a draw that hits the outside word is drawn again.
8.164707442843232 | 5 negatives instead of 10 | Draw K of them; K is 10 unless it is given.
15.506807652241367 | `np.random.randint` instead of `random.randint`; the gradient check fails too, since the course's
    restores only `random` | Draw with `dataset.sampleTokenIdx()`, one at a time.
14.528730288887882 | `np.random.randint` instead of `random.randint`, after gradient checks that restore NumPy's
    generator as well, as this library's do | Draw with `dataset.sampleTokenIdx()`, one at a time.
"""
_ROWS = re.split(r"\n(?=\d)", _TABLE.strip())  # a line that begins with a digit begins a row
KNOWN = tuple(Known(*(" ".join(cell.split()) for cell in row.split("|"))) for row in _ROWS)

_TREEBANK = {10: "19.061546", 100: "19.847231", 1000: "21.715595", 10000: "12.912945", 40000: "9.812206"}
_STARTER = [(str(case.loss), case.describe(name)) for name in CASES for case in CASES[name] if case is not NEGSAMP[0]]
_OTHERS = [(loss, f"the right loss of the starter test's {window}") for loss, window in _STARTER]
_OTHERS += [(loss, f"what the course's run on the treebank prints at iteration {i}") for i, loss in _TREEBANK.items()]
_ALL_KNOWN = (*KNOWN, *(Known(loss, f"nothing: this is {what}", "None needed.") for loss, what in _OTHERS))


def diagnose(what: str) -> tuple[str, bool]:
    """Explain a loss such as "14.3019", or find what is right and what is wrong in the Python file at a path.

    Return the text to show, and whether all is clear: the loss is a known one, or nothing in the module is wrong.
    Raise FileNotFoundError for a path at which there is no file, and ValueError for anything else that is neither a
    number nor a Python file.
    """
    path = Path(what).expanduser()
    if path.is_file() and path.suffix == ".py":
        return diagnose_module(path)
    with suppress(ValueError):
        return diagnose_loss(what), bool(_matches(what))
    if path.exists():
        raise ValueError(f"{what} is not a Python file: expected a .py file (save a notebook as one) or a loss")
    if path.suffix or path.name != what:
        raise FileNotFoundError(f"{what} does not exist: expected the path of a .py file, or a loss such as 14.3019")
    raise ValueError(f"{what!r} is neither a number nor a file: expected a loss such as 14.3019, or a .py file")


def diagnose_loss(loss: float | str) -> str:
    """Return cause and cure of a loss, looked up to the digits given.

    Text keeps the digits as they were typed: "16.10" is looked up to two decimals, 16.1 to one.
    """
    matches = _matches(str(loss))
    if not matches:
        return f"{loss} is none of the known losses. To check your functions: word2vec diagnose FILE.py"
    lines = [f"{loss} fits these; more digits tell them apart."] if len({m.value for m in matches}) > 1 else []
    for known in matches:
        lines += [known.value + known.but, *_wrapped("  cause: ", known.cause), *_wrapped("  cure:  ", known.cure)]
    return "\n".join(lines)


def _wrapped(begin: str, text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=begin, subsequent_indent=" " * len(begin), break_long_words=False)


def _matches(typed: str) -> list[Known]:
    if not np.isfinite(float(typed)):
        cause = "the exponential of a large number, or the logarithm of the 0 that it led to"
        cure = "Look at sigmoid and softmax for scores of +-1000, then for a step size that is too large."
        return [Known(typed, cause, cure)]
    matches = []
    for known in _ALL_KNOWN:
        exponents = [int(Decimal(number).as_tuple().exponent) for number in (typed, known.value)]
        unit, rest = 10.0 ** min(0, max(exponents)), float(known.value) - float(typed)
        if abs(rest) <= max(unit / 2, 1e-12) or 0 <= rest < unit:  # sums in another order differ in the 13th digit
            matches.append(known)
    return matches


LIMIT = 10.0  # seconds for each function, and for loading the file
HELPERS = {"sigmoid", "softmax", "getNegativeSamples"}


def diagnose_module(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Check the course's functions that a Python file defines, each by itself and then all together.

    The file is run under another module name, so not its `__main__` part, with its folder first on the import path
    and its output captured. Import path, loaded modules, random states and working directory are restored
    afterwards. Python code that does not return within `LIMIT` seconds is stopped; a call into compiled code, or
    waiting for a file, cannot be. Return the report, and whether some function is there and nothing is wrong.
    """
    file = Path(path).resolve()
    verdicts: dict[str, list[str] | None] = {}
    with _visited(file.parent):
        names, trouble = _load(file)
        functions = {
            name: f
            for name in CHECKS
            if callable(f := names.get(name))
            and str(getattr(f, "__module__", "")).split(".")[0] != "utils"  # that is the course's, not the learner's
            and f is not models.cbow  # the textbook's, which takes ids
        }
        for name, f in functions.items():
            wrong = {helper for helper in HELPERS if _word(verdicts.get(helper)) == "wrong"}
            verdicts[name] = _judge(name, f, wrong, file)
        verdicts |= _judge_together(functions, file, wrong="wrong" in map(_word, verdicts.values()))
    right = bool(functions) and not trouble and "wrong" not in map(_word, verdicts.values())
    there = {*functions, *(OLD_NAMES.get(name) for name in functions)}
    verdicts |= {name: None for name in NAMES if name not in there}
    return _report(file, trouble, verdicts), right


def _word(remarks: list[str] | None) -> str:
    """Return the verdict on a function of which there are these remarks; None if it was not defined."""
    if remarks is None:
        return "not there"
    return "right" if all(isinstance(remark, Note) for remark in remarks) else "wrong"


def _load(file: Path) -> tuple[dict[str, Any], list[str]]:
    module = types.ModuleType("_module_under_diagnosis")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    with _limited(file) as trouble:
        SourceFileLoader(module.__name__, str(file)).exec_module(module)
    return vars(module), trouble


def _judge(name: str, f: Any, wrong_helpers: set[str], file: Path) -> list[str]:
    """Check a function; if it fails, once more with right ones in place of the helpers that are known to be wrong."""
    with _limited(file) as found:
        found.extend(CHECKS[name](f))
    theirs = getattr(f, "__globals__", {})
    helpers = {helper: theirs[helper] for helper in sorted(wrong_helpers) if helper in theirs}
    if helpers and _word(found) == "wrong":
        theirs.update({helper: getattr(assignment, helper) for helper in helpers})
        with _limited(file) as found:
            found.extend(CHECKS[name](f))
        theirs.update(helpers)
        if _word(found) == "right":
            found.append(Note(f"right by itself; it goes wrong through {', '.join(helpers)}"))
    return found


def _judge_together(functions: Mapping[str, Any], file: Path, *, wrong: bool) -> dict[str, list[str] | None]:
    """Run the starter test, with ours for what is not there; no verdict if it only repeats what is known."""
    names = (*CASES, "skipgram", "word2vec_sgd_wrapper")
    theirs = {OLD_NAMES.get(name, name): f for name, f in functions.items()}
    if theirs.keys().isdisjoint(names):
        return {}
    with _limited(file) as found:
        parts = {name: theirs.get(name, getattr(assignment, name)) for name in names}
        for window, loss, published in run_starter_test(parts, Draws(limit=100_000)):
            if not abs(loss - published) <= 1e-6:
                causes = [f": {known.cause}" for known in KNOWN if abs(float(known.value) - loss) < 1e-6]
                found.append(f"{window} gives {loss:.7f}, published is {published}{''.join(causes[:1])}")
                break
    if wrong and not any("published" in remark for remark in found):
        return {}
    return {"together, the starter test": found}


def _report(file: Path, trouble: list[str], verdicts: Mapping[str, list[str] | None]) -> str:
    width = max(map(len, verdicts), default=0)
    heads = {f"  {name:{width}}  {_word(remarks)}": remarks or [] for name, remarks in verdicts.items()}
    lines = []
    for head, remarks in {file.name: trouble, **heads}.items():
        lines += [head, *(line for remark in remarks for line in _wrapped("    - ", remark))]
    wrong, right = ([name for name in verdicts if _word(verdicts[name]) == word] for word in ("wrong", "right"))
    if wrong:
        lines.append(f"{len(wrong)} wrong, {len(right)} right. Begin with {wrong[0]}; the others may depend on it.")
    elif right:
        lines.append("All that is there is right." + " But the file did not load to its end." * bool(trouble))
    else:
        lines.append("None of the course's functions is there.")
    return "\n".join(lines)


class _TooLong(BaseException):
    """Raised in a learner's code when its time is over, where no `except Exception` catches it."""


@contextmanager
def _limited(file: Path) -> Iterator[list[str]]:
    """Run a learner's code for a limited time; yield a list of remarks, and add what stopped it, if anything."""
    found: list[str] = []
    try:
        with _time_limit(file.parent):
            yield found
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        found.append(_stopped(error, file))


@contextmanager
def _time_limit(folder: Path) -> Iterator[None]:
    end, before = time.monotonic() + LIMIT, sys.gettrace()
    is_theirs = cache(lambda filename: _is_in(filename, folder))

    def trace(frame: types.FrameType, *_: object) -> Any:
        if not is_theirs(frame.f_code.co_filename):
            return None
        if time.monotonic() > end:
            raise _TooLong(f"does not return within {LIMIT:g} s: an endless loop?")
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


_ADVICE: dict[type[BaseException], str] = {
    NameError: "; misspelled, not imported, or still to be written?",
    ImportError: "; install it, or put the file that holds it beside yours",
    SystemExit: '; put what is not a definition under `if __name__ == "__main__":`',
    IndexError: "; a window may be shorter than twice its size",
}


def _stopped(error: BaseException, file: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {Path(error.filename or '').name} is not Python 3: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if _is_in(frame.filename, file.parent)]
    where = f" (line {theirs[-1].lineno} of {Path(theirs[-1].filename).name})" if theirs else ""
    if isinstance(error, EndlessDraws | _TooLong):
        return f"{error}{where}"
    advice = next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), "")
    return f"stops with {type(error).__name__}: {error}{where}{advice if theirs else ''}"


@contextmanager
def _visited(folder: Path) -> Iterator[None]:
    """Prefer a folder's modules to those loaded and print nothing; afterwards restore everything."""
    path, modules, bytecode, directory = [*sys.path], dict(sys.modules), sys.dont_write_bytecode, Path.cwd()
    states, output = (random.getstate(), np.random.get_state()), io.StringIO()
    for name in [name for name in modules if _hides(name, folder)]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        with redirect_stdout(output), redirect_stderr(output), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, bytecode
        for name in [name for name, module in sys.modules.items() if modules.get(name) is not module]:
            if _is_in(getattr(sys.modules[name], "__file__", None), folder):
                del sys.modules[name]
        sys.modules.update(modules)
        random.setstate(states[0])
        np.random.set_state(states[1])
        os.chdir(directory)


def _hides(name: str, folder: Path) -> bool:
    """Return whether a loaded module hides one of the same name in the folder."""
    top = name.partition(".")[0]
    files = [folder / f"{top}.py", folder / top / "__init__.py"]
    loaded = Path(getattr(sys.modules.get(top), "__file__", None) or "/")
    return top not in sys.stdlib_module_names and loaded not in files and any(file.is_file() for file in files)


def _is_in(filename: str | None, folder: Path) -> bool:
    path = Path(filename or "/")
    ours = path.is_relative_to(Path(__file__).parents[1])
    return path.is_relative_to(folder) and not ours and "site-packages" not in path.relative_to(folder).parts
