"""Explain a loss that a learner sees, or find what is right and wrong in a learner's own module.

A learner's module is examined in a process of its own (`word2vec.course.examination`), which is watched from here.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from .checks import CHECKS, NAMES, OLD_NAMES
from .examination import FILE, KINDS, SPEED, TOGETHER, is_in, word
from .known_losses import diagnose_loss, matches, wrapped

__all__ = ["diagnose", "diagnose_module"]

LIMIT = 10.0  # seconds for each function, and for loading the file
LATE = "does not return within"  # so many seconds
FRAME = r'^  File "(.*)", line (\d+) in (.*)$'  # as faulthandler writes it
GRACE = 2.0  # more seconds, after which a process that has not ended itself is killed from here
LIBRARY = Path(__file__).resolve().parents[1]
START = """
import json, sys
from importlib.util import module_from_spec, spec_from_file_location
work = json.loads(sys.argv[1])
sys.path[:], folder = work["path"], work["library"]
spec = spec_from_file_location("word2vec_numpy", folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules[spec.name] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[spec.name])
from word2vec_numpy.course.examination import examine
examine(work)
"""

Verdicts = dict[str, list[str] | None]  # function → remarks, None if it is not there


def diagnose(what: str, functions: Sequence[str] = (), speed: bool = False) -> tuple[str, bool]:
    """Explain a loss such as "14.3019", or find what is right and what is wrong in the Python file at a path.

    With `speed`, say where the time of the file's functions goes instead.

    Return the text to show, and whether all is clear: the loss is a known one, or nothing in the module is wrong.
    Of a module, `functions` limits the report to some functions; see `diagnose_module`. Raise FileNotFoundError for a
    path at which there is no file, and ValueError for anything else that is neither a number nor a Python file.
    """
    path = Path(what).expanduser()
    if path.is_file() and path.suffix == ".py":
        return time_module(path) if speed else diagnose_module(path, functions)
    if functions:
        raise ValueError(f"{what} is not a Python file: expected one before the name of a function")
    with suppress(ValueError):
        return diagnose_loss(what), bool(matches(what))
    if path.exists():
        raise ValueError(f"{what} is not a Python file: expected a .py file (save a notebook as one) or a loss")
    if path.suffix or path.name != what:
        raise FileNotFoundError(f"{what} does not exist: expected the path of a .py file, or a loss such as 14.3019")
    raise ValueError(f"{what!r} is neither a number nor a file: expected a loss such as 14.3019, or a .py file")


def diagnose_module(path: str | os.PathLike[str], functions: Sequence[str] = ()) -> tuple[str, bool]:
    """Check the course's functions that a Python file defines, each by itself and then all together.

    The file runs in a process of its own and in its own folder, which is first on the import path, under another
    module name, so not its `__main__` part; nothing is printed, matplotlib writes no picture over one that is
    there, and this library's `sgd` saves no parameters. Other files are written as the file says. Its functions
    are called in an empty folder, where an `sgd` finds no saved parameters. A function, or the loading of the
    file, that takes longer than `LIMIT` seconds or ends the process is reported as wrong, and the rest is checked
    in another process. Return the report, and whether some function is there, nothing is wrong, and all of the
    file runs in this Python. If `functions` are named, both are about these only; the starter test comes with
    skipgram. "all" means all.

    Raises RuntimeError if Python cannot be started, and ValueError for a function that is none of the course's.
    """
    if unknown := [name for name in functions if name not in (*CHECKS, "all")]:
        raise ValueError(f"{unknown[0]} is none of the course's functions: expected {', '.join(CHECKS)} or all")
    file, verdicts, before = Path(path).resolve(), Verdicts(), None
    judged: dict[str, str] = {}
    asked, again = set() if "all" in functions else {*functions}, False
    while stopped := _examined(file, judged, before, verdicts, tell=bool(asked)):
        current, remark, line = stopped
        if current == FILE and line is None and remark.startswith(LATE) and not again:
            again = True  # faulthandler may lose a stack that changes while it is written
            continue
        if current != FILE or FILE not in verdicts:
            verdicts[current], judged[current] = [remark], "stuck"
        if current == FILE:
            if line is None or before is not None:
                break
            before = line  # what is defined before that line is judged
    trouble = verdicts.pop(FILE, None) or []
    if judged.get(TOGETHER) == "stuck" and [*map(word, verdicts.values())].count("wrong") > 1:
        del verdicts[TOGETHER]  # it only repeats what is known
    if asked:
        beside = {TOGETHER} if "skipgram" in asked else set()
        verdicts = {name: verdicts[name] for name in verdicts if name in asked | beside}
    words = {name: word(remarks) for name, remarks in verdicts.items()}
    right = bool(verdicts) and word(trouble) == "right" and "wrong" not in words.values()
    there = {*verdicts, *(OLD_NAMES.get(name) for name in verdicts)}
    verdicts |= {name: None for name in (functions if asked else NAMES) if name not in there}
    return _report(Path(path), trouble, verdicts), right


def time_module(path: str | os.PathLike[str]) -> tuple[str, bool]:
    """Time a batch of the course's functions that a Python file defines, as large as the course's run has it.

    Return where the time goes and what touching fewer rows would bring, and whether the functions run.

    Raises RuntimeError if Python cannot be started.
    """
    file, verdicts = Path(path).resolve(), Verdicts()
    stopped = _examined(file, {}, None, verdicts, tell=False, speed=True)
    remarks = [*([stopped[1]] if stopped else []), *(verdicts.get(FILE) or []), *(verdicts.get(SPEED) or [])]
    lines = [line for remark in dict.fromkeys(remarks) for line in wrapped("  - ", remark)]
    return "\n".join([f"{path}: {SPEED}", *lines]), word(remarks) != "wrong"


def _examined(
    file: Path, judged: dict[str, str], before: int | None, verdicts: Verdicts, *, tell: bool, speed: bool = False
) -> tuple[str, str, int | None] | None:
    """Examine what is not yet judged in a new process, and enter the verdicts.

    Return None if it came to its end; otherwise what it was at, a remark, and the line of the file that was running.
    """
    limit = 6 * LIMIT if speed else LIMIT
    path = [os.path.abspath(entry) for entry in sys.path]
    path = [entry for entry in dict.fromkeys((*path, str(LIBRARY.parent))) if Path(entry).resolve() != file.parent]
    work = {"file": str(file), "judged": judged, "before": before, "limit": limit, "path": path}
    work |= {"library": str(LIBRARY), "tell": tell, "speed": speed}
    with (
        tempfile.TemporaryFile() as results,
        tempfile.TemporaryFile() as crashes,
        tempfile.TemporaryDirectory() as elsewhere,
    ):
        status = _run(json.dumps(work | {"elsewhere": elsewhere}), limit, results, crashes)
        results.seek(0)
        crashes.seek(0)
        messages = [json.loads(line) for line in results.read().splitlines()]
        log = crashes.read().decode(errors="replace")
    if not messages:
        why = (log.splitlines() or [f"status {status}"])[-1]
        raise RuntimeError(f"{sys.executable} cannot start the check of {file.name}: {why}")
    for kind, what, *remarks in messages:
        if kind == "done":
            verdicts[what] = [KINDS[kind](text) for text, kind in remarks[0]]
            judged[what] = word(verdicts[what])
    kind, current = messages[-1][:2]
    return None if kind == "end" else (current, *_ending(status, log, file, limit))


def _run(work: str, limit: float, results: IO[bytes], crashes: IO[bytes]) -> int | None:
    """Run the process that examines, and return its exit status; kill it if it is silent for too long: None."""
    command = [sys.executable, "-P", "-c", START, work]
    given = {"stdin": subprocess.DEVNULL, "stdout": results, "stderr": crashes}
    given["env"] = os.environ | {"PYTHONHASHSEED": "0"}  # so that sets of words have the same order each time
    process = subprocess.Popen(command, **given, start_new_session=True)  # type: ignore[call-overload]  # noqa: S603
    written, since = 0, time.monotonic()
    try:
        while time.monotonic() < since + limit + (GRACE if written else 60.0):
            with suppress(subprocess.TimeoutExpired):
                return int(process.wait(0.1))
            if (now := os.fstat(results.fileno()).st_size) != written:
                written, since = now, time.monotonic()
        return None
    finally:
        if hasattr(os, "killpg"):  # with all that the learner's code has started
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _ending(status: int | None, log: str, file: Path, limit: float) -> tuple[str, int | None]:
    """Return a remark on how a process ended, and the line of the file that it was at, as far as its log knows."""
    escaped = Path(str(file).encode("ascii", "backslashreplace").decode())  # as faulthandler writes names
    stacks = [re.findall(FRAME, stack, re.M) for stack in log.split("(most recent call first)")]
    shown: list[tuple[str, str, str]] = next(filter(None, reversed(stacks)), [])  # the last one is the main thread's
    theirs = [(Path(name), number) for name, number, _ in shown if is_in(name, escaped.parent)]
    at = next((f" (line {n} of {file.name if name == escaped else name.name})" for name, n in theirs), "")
    lines = [int(number) for name, number, scope in shown if Path(name) == escaped and scope == "<module>"]
    fatal = re.search(r"^(?:Fatal Python error|Windows fatal exception): (.*)", log, re.M)
    if status is None or "Timeout (" in log:
        remark = f"{LATE} {limit:g} s: an endless loop?"
    elif fatal:
        remark = f"crashes Python ({fatal[1]}): recursion without end, or a fault in compiled code"
    elif status < 0:
        remark = f"is killed by the system ({signal.Signals(-status).name}): too little memory?"
    else:
        remark = f"ends Python with status {status}: os._exit() or the like"
    return remark + at, lines[-1] if lines else None


def _report(file: Path, trouble: list[str], verdicts: Mapping[str, list[str] | None]) -> str:
    width = max(map(len, verdicts), default=0)
    heads = {f"  {name:{width}}  {word(remarks)}": remarks or [] for name, remarks in verdicts.items()}
    lines = []
    for head, remarks in {str(file): trouble, **heads}.items():
        lines += [head, *(line for remark in remarks for line in wrapped("    - ", remark))]
    there = {name: word(remarks) for name, remarks in verdicts.items() if remarks is not None}
    wrong, right = ([name for name, said in there.items() if said == each] for each in ("wrong", "right"))
    is_whole = word(trouble) != "wrong"
    if wrong:
        first = wrong[0] if is_whole else file.name
        what = f"Begin with {first}; the others may depend on it."
        if first == TOGETHER:  # the last that is judged
            what = "No function is wrong by itself: look at what they take from one another."
        lines.append(f"{len(wrong)} wrong, {len(right)} right. {what}")
    elif there and len(right) == len(there):
        lines.append("All that is there is right." + " But not all of the file runs." * (not is_whole))
    elif there:
        lines.append(
            f"{len(right)} right, none wrong; the remarks say why {len(there) - len(right)} cannot be called right."
        )
    else:
        lines.append("None of the course's functions is there.")
    return "\n".join(lines)
