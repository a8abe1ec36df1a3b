"""The examination of a learner's file: load it, judge each of its functions, write down what is found.

`word2vec.course.diagnose` runs `examine` in a process of its own, where the learner's code may print, hang or crash.
The library is loaded there as `word2vec_numpy`, so that `word2vec` and `utils` are what the learner's file means.
"""

import ast
import faulthandler
import json
import math
import os
import random
import re
import sys
import tokenize
import traceback
import types
import warnings
from bdb import BdbQuit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from difflib import get_close_matches
from functools import cache, partial, wraps
from importlib.machinery import SourceFileLoader
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .. import models
from . import assignment, saved_params, speed, starter_test
from .checks import CHECKS, NAMES, OLD_NAMES
from .checks.judging import Dated, Draws, EndlessDraws, Note, Signature, Subject
from .checks.of_batches import batch_complaints
from .checks.of_models import hands_otherwise
from .contracts import DATASET, PARAMETERS, Contract, canonical, contract_of
from .handouts import MODULES, lend
from .known_losses import causes_of
from .legacy import dated, import_python2, lend_python2, no_python, read, restore_numpy

NAIVE, MODELS = "naiveSoftmaxLossAndGradient", ("skipgram", "word2vec_sgd_wrapper")
FILE, TOGETHER, SPEED = "", "together, the starter test", "the time of a batch"  # what is judged besides functions
MEMORY = 4 << 30  # bytes that the learner's code may ask for
KINDS: dict[str, type[str]] = {kind.__name__: kind for kind in (str, Note, Dated, Signature)}
WORDS = {Signature: "another signature", Dated: "outdated"}  # what a remark of a kind makes of what is not wrong

_refused: list[str] = []  # what of an older NumPy the code that runs has used

Begin = Callable[[str], object]
Functions = Mapping[str, Any]


def examine(work: Mapping[str, Any]) -> NoReturn:
    """Judge what is in work["file"], write lines of JSON on standard output, and end this process.

    A line is ["begin", what], ["done", what, [[remark, its kind], …]] or ["end", ""], where `what` is
    `FILE`, a function's name or `TOGETHER`. work["judged"] holds the verdicts of earlier processes: what → "right",
    "wrong", or "stuck" if it ended the process. The file is run up to the line before work["before"], if given, and
    its functions are called in the folder work["elsewhere"]. What takes longer than work["limit"] seconds ends the
    process, and where it was is written on standard error.
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
        write("done", what, [(remark, type(remark).__name__) for remark in remarks])

    begin(FILE)
    os.chdir(file.parent)  # as where it is at home, and no other file's
    names, trouble = _load(file, work["before"])
    os.chdir(work["elsewhere"])  # where an sgd saves its x, and finds none that is saved
    if FILE not in judged:
        done(FILE, trouble)
    if work["speed"]:
        begin(SPEED)
        done(SPEED, _speed(names, file.parent))
    else:
        for what, remarks in judge_all(names, file.parent, judged, begin, tell=work["tell"]):
            done(what, remarks)
    write("end", FILE)
    leave(0)  # whatever the learner's threads still do


def _isolate() -> None:
    """Print to nowhere, read nothing, neither fork this process nor end it, draw the same numbers each time."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8", errors="replace")  # noqa: SIM115
    _quieten()
    random.seed(0)
    np.random.seed(0)
    os.environ["MPLBACKEND"] = "Agg"  # no window waits to be closed
    _import_windowless(SourceFileLoader.exec_module)
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    for name in {"_exit", "abort", "fork", "forkpty"} & {*dir(os)}:  # a fork would go on with the examination
        setattr(os, name, partial(_refuse, name))


def _import_windowless(usual: Callable[..., None]) -> None:
    """Have matplotlib imported without its `use`, as TkAgg and the like want a screen, and with pictures left alone.

    This library's `sgd` saves no parameters, under whichever name it is imported: a later run would go on from them.
    """

    def exec_module(loader: SourceFileLoader, module: types.ModuleType) -> None:
        usual(loader, module)
        if module.__name__ == "matplotlib":
            vars(module).update(use=_Shell())
        elif module.__name__ == "matplotlib.figure":
            module.Figure.savefig = _beside_others(module.Figure.savefig)
        elif os.path.realpath(loader.path) == os.path.realpath(saved_params.__file__):
            vars(module).update(SAVE_PARAMS_EVERY=math.inf)

    vars(saved_params).update(SAVE_PARAMS_EVERY=math.inf)
    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment,method-assign]


def _beside_others(save: Callable[..., None]) -> Callable[..., None]:
    """Return a `savefig` that leaves a picture of an earlier run as it is: the new one may be empty."""

    @wraps(save)
    def savefig(figure: Any, fname: Any, *rest: Any, **named: Any) -> None:
        name = os.fspath(fname) if isinstance(fname, str | os.PathLike) else ""
        if not os.path.isfile(name) and not os.path.isfile(f"{name}.{named.get('format') or 'png'}"):
            save(figure, fname, *rest, **named)

    return savefig


def _quieten() -> None:
    """Warn of nothing, and have NumPy go on with inf and nan, here and in the learner's code."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")


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
    vars(module).update(get_ipython=_Shell, display=_Shell())
    found: list[str] = []
    restore_numpy(_refused.append)
    import_python2(lambda name: is_in(name, file.parent), _refused.append)
    try:
        tree, old, refused = read(_source(file), str(file))
        if old:
            found.append(Dated(old))
            lend_python2(vars(module))
        if refused:
            found.append(_stopped(refused, file.parent))
        parts = [part for part in tree.body if before is None or (part.end_lineno or 0) < before]
        found += [*_run(parts, file, vars(module))][:3]  # more may come of these
        found += _out_of_sight(tree, functions_in(vars(module), file.parent))
    except Exception as error:
        found.append(_stopped(error, file.parent))
    _quieten()  # a file may ask for errors
    return vars(module), [*found, *map(Dated, dict.fromkeys(_refused))]


def _run(parts: list[ast.stmt], file: Path, names: dict[str, Any]) -> Iterator[str]:
    """Run a file's statements, as a notebook's cells those after one that fails, too; yield remarks on failures."""
    future = [part for part in parts if isinstance(part, ast.ImportFrom) and part.module == "__future__"]
    for part in parts:
        code = compile(ast.Module([*future, part], []), str(file), "exec", dont_inherit=True)
        try:
            exec(code, names)  # noqa: S102 -- the learner's own file
        except BaseException as error:  # SystemExit too
            yield _stopped(error, file.parent)


def _out_of_sight(tree: ast.Module, there: Iterable[str]) -> Iterator[Note]:
    """Yield remarks on what may be meant for a function of the course that is not there, or that is defined anew."""
    missing = {*NAMES} - {OLD_NAMES.get(name, name) for name in there}
    for name in there:
        lines = [f.lineno for f in tree.body if isinstance(f, ast.FunctionDef) and f.name == name]
        if lines[1:]:
            yield Note(f"{name} is defined in the lines {', '.join(map(str, lines))}: the last one counts")
    for outer in ast.walk(tree):
        body = outer.body if isinstance(outer, ast.Module | ast.ClassDef | ast.FunctionDef) else []
        for f in (each for each in body if isinstance(each, ast.FunctionDef) and not each.name.startswith("test")):
            within = "" if isinstance(outer, ast.Module) else f" within {outer.name}"  # type: ignore[attr-defined]
            for name in get_close_matches(OLD_NAMES.get(f.name, f.name), missing, 1, 0.75):
                what = f"line {f.lineno} defines {f.name}{within}"
                yield Note(f"{what}: to be judged as {name}, it is to stand by itself, under this name")


class _Shell:
    """Stands for the shell of a notebook that was saved as a script, and for what shows something."""

    def __getattr__(self, _: str) -> "_Shell":
        return self

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def _source(file: Path) -> str:
    """Return the text of a Python file; SyntaxError if it is in another encoding than the one it declares."""
    try:
        with tokenize.open(file) as source:
            return source.read()
    except (UnicodeDecodeError, SyntaxError) as error:
        what = f"it is no text in UTF-8 ({error}): save it as UTF-8, or declare its encoding in the first line"
        raise SyntaxError(what, (file.name, 1, 1, "")) from None


def functions_in(names: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a module's functions with the course's names, in the order in which they are judged.

    Names in snake_case count, too, static and class methods of the module's classes, and what it uses of modules of
    the folder that it imports as such.
    """
    classes = [each for each in names.values() if isinstance(each, type) and each.__module__ == names.get("__name__")]
    kinds = staticmethod, classmethod
    methods = {k: getattr(each, k) for each in classes for k, v in vars(each).items() if isinstance(v, kinds)}
    found: dict[str, Any] = {}
    for name, f in (_used_beside(names, folder) | methods | dict(names)).items():
        known = name if name in CHECKS else canonical(name, CHECKS)
        if known and callable(f) and not isinstance(f, type) and (known == name or known not in names):
            found[known] = f
    return {name: found[name] for name in CHECKS if name in found and _is_theirs(found[name])}


def _used_beside(names: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a module uses of others in its folder as `helpers.sigmoid`, and what of theirs these call."""
    file = Path(names.get("__file__", ""))
    tree = read(_source(file), str(file))[0] if file.is_file() else ast.Module([], [])

    def held(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return names.get(node.id)
        owner = held(node.value) if isinstance(node, ast.Attribute) else None
        return vars(owner).get(node.attr) if isinstance(owner, types.ModuleType) else None  # type: ignore[attr-defined]

    nodes = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)]
    used = [(each.attr, held(each.value)) for each in nodes]
    found: dict[str, Any] = {}
    for name, owner in used:  # which grows by what is called
        space = vars(owner) if isinstance(owner, types.ModuleType) else {}
        if name in space and name not in found and is_in(str(space.get("__file__")), folder):
            found[name] = f = space[name]
            used += [(each, owner) for each in getattr(getattr(f, "__code__", None), "co_names", ())]
    return found


def _is_theirs(f: Any) -> bool:
    """Return whether a function is neither another library's, nor the hand-out's, nor one of our textbook's."""
    where = str(getattr(f, "__module__", ""))
    is_installed = "site-packages" in str(getattr(sys.modules.get(where), "__file__", ""))
    is_installed &= where != type(f).__module__  # such as an np.vectorize of theirs
    if is_installed and not where.startswith("word2vec"):
        return False
    is_handouts = getattr(f, "__name__", "") in MODULES.get(where, ()) and where.startswith("utils.")
    files = models.__file__, str(getattr(sys.modules.get(where), "__file__", ""))
    is_textbook = len({*map(os.path.realpath, files)}) == 1  # and no word2vec/models.py of theirs
    return not is_handouts and not is_textbook


class Judge:
    """Judges the functions of one file: each by itself, with right ones in place of those that it calls."""

    def __init__(self, names: dict[str, Any], folder: Path, judged: Mapping[str, str], begin: Begin) -> None:
        self.functions, self.folder, self.begin = functions_in(names, folder), folder, begin
        spaces = [getattr(module, "__dict__", {}) for module in [*sys.modules.values()]]
        self.spaces = [names, *(space for space in spaces if is_in(str(space.get("__file__")), folder))]
        self.spaces += [each for space in self.spaces for each in space.values() if type(each) is dict]  # its tables
        self.contracts = {name: contract_of(name, f) for name, f in self.functions.items()}
        known = [(OLD_NAMES.get(name, name), of) for name, of in self.contracts.items() if isinstance(of, Contract)]
        taking = [of.lacks(name) for name, of in known if name in ("negSamplingLossAndGradient", "skipgram")]
        self.has_global_dataset = bool(taking) and all("dataset" in lacks for lacks in taking)  # as in 2015
        self.words = {name: judged[name] for name in self.functions if name in judged}
        self.kinds: dict[str, type] = {}  # of what each function returns
        self.handed: dict[str, Any] = {}  # the dataset of the last call
        self.unlike: list[str] = []  # what is right only as the skip-gram calls it
        self.as_is = cache(lambda name: self.look(name, {}))  # what only the first calls do is not lost

    def subject(self, name: str, own: Iterable[str] = (), losses: Iterable[str] = starter_test.CASES) -> Subject:
        """Return one of the functions as what the checks take; `own` names those that may be handed to it."""
        contract = self.contracts[name]
        f = self.functions[name]
        adapted = contract.adapt(f, name) if isinstance(contract, Contract) else f

        def called(*given: Any, **named: Any) -> Any:
            self.handed["dataset"] = dict(zip(PARAMETERS.get(name, ()), given, strict=False)).get(DATASET)
            self.spaces[0].update(self.handed if self.has_global_dataset else {})
            result = adapted(*given, **named)
            self.kinds[name] = type(result)
            return result

        lacks = contract.lacks(name) if isinstance(contract, Contract) else ()
        return Subject(called, partial(self.lend, own), [*self.functions], lacks, [*losses])

    @contextmanager
    def lend(self, own: Iterable[str], name: str, ours: Any) -> Iterator[Any]:
        """Have a function of ours stand in the file for the one of this name, unless its own serves as well."""
        known = next((each for each in self.functions if OLD_NAMES.get(each, each) == name), name)
        lent = self.as_theirs(known, ours)
        is_own = known in own and ours is getattr(assignment, name)
        with self.replaced({} if is_own else {known: lent}):
            yield self.functions[known] if is_own or _acts(self.functions.get(known)) else lent

    def as_theirs(self, name: str, ours: Any) -> Any:
        """Return a function of ours that is called as the learner's of this name, with results of the same kind."""
        contract, kind = self.contracts.get(name), self.kinds.get(name, tuple)
        if name in MODELS and ours is getattr(assignment, name):
            ours = self.handed_theirs(ours)
        lent = contract.lend(ours, name, self.handed) if isinstance(contract, Contract) else ours
        if not hasattr(kind, "__match_args__"):  # which a dataclass has, and a tuple with names
            return lent
        return lambda *given, **named: kind(*lent(*given, **named))

    def handed_theirs(self, ours: Any) -> Any:
        """Return a model of ours that calls what it is handed of the learner's functions as these are called."""

        def adapted(value: Any) -> Any:
            name = next((name for name, f in self.functions.items() if f is value), "")
            contract = self.contracts.get(name)
            return contract.adapt(value, name) if isinstance(contract, Contract) else value

        return lambda *given, **named: ours(*map(adapted, given), **{key: adapted(v) for key, v in named.items()})

    @contextmanager
    def replaced(self, others: Functions) -> Iterator[None]:
        """Have other functions stand in the file for the learner's of these names, wherever these are held there."""
        with ExitStack() as stack:
            for name in filter(self.functions.__contains__, others):
                f, other = self.functions[name], others[name]
                acting = _acts(f) or (_called if isinstance(f, partial) else self._put)
                stack.enter_context(acting(f, other))
            yield

    @contextmanager
    def _put(self, f: Any, other: Any) -> Iterator[None]:
        """Have another object stand in the namespaces of modules, and their tables, for what cannot be changed."""
        held = [(space, key) for space in self.spaces for key, value in space.items() if value is f]
        try:
            for space, key in held:
                space[key] = other
            yield
        finally:
            for space, key in held:
                space[key] = f

    def ours(self, name: str) -> Any:
        """Return our function of a name, as the learner's is."""
        return self.as_theirs(name, getattr(assignment, name, saved_params.sgd))

    def look(
        self, name: str, others: Functions, own: Iterable[str] = (), losses: Iterable[str] = starter_test.CASES
    ) -> list[str]:
        """Return what the checks say of a function, others standing in the file for those of their names."""
        self.begin(name)
        with self.replaced(others):
            return _remarks(CHECKS[name](self.subject(name, own, losses)), self.folder)

    def judge(self, name: str) -> list[str]:
        """Judge a function; if what it calls is wrong, judge it with right ones, and name those that spoil it."""
        said = self.contracts[name]
        found: list[str] = [Signature(said)] if isinstance(said, str) else self.as_is(name)
        is_unusual = isinstance(said, str) or word(found) == "wrong"
        if name == "softmax" and is_unusual and self._serves(name, NAIVE):
            return [Note(f"{NAIVE} is right with it, though not every softmax is like this: {it}") for it in found]
        if isinstance(said, str):
            return found
        if word(found) == "wrong" and name == "skipgram" and hands_otherwise(self.subject(name)):
            losses = [each for each in starter_test.CASES if each in {OLD_NAMES.get(own, own) for own in self.words}]
            with_own = self.look(name, {}, self.words, losses)
            if losses and word(with_own) != "wrong":
                wrong = [each for each, said in self.words.items() if said == "wrong"]
                self.unlike = [each for each in wrong if OLD_NAMES.get(each, each) in starter_test.CASES]
                return [*with_own, Note(f"right with the file's own losses, to which it hands {_UNLIKE}")]
        if word(found) == "wrong" and name in ("cbow", *MODELS):
            with_own = self.look(name, {}, [each for each, said in self.words.items() if said == "right"])
            found = with_own if word(with_own) != "wrong" else found  # it may rely on what its own do besides
        f, called, odd = self.functions[name], set[str](), set[str]()
        bad = {
            each: _noting(called, odd, each, self.ours(each))
            for each, said in self.words.items()
            if said != "right" and self.functions[each] is not f
        }
        second = self.look(name, bad) if bad else found
        odd = {each for each in odd if word(found) == "wrong"}
        odd |= {each for each in bad if self.words[each] == "another signature"}
        if word(second) == "wrong" and odd:  # it may know how to call them
            bad = {each: right for each, right in bad.items() if each not in odd}
            second = self.look(name, bad) if bad else found
        if word(second) == "wrong":
            how = "wrong by itself, also" if word(found) == "wrong" else "right as the file is, wrong"
            named = " and ".join(each for each in bad if each in called)
            return [*second, *[Note(f"{how} with a right {named}")] * bool(named), *self._unjudged(name, odd)]
        if word(found) != "wrong":
            return found
        blamed = [each for each in bad if word(self.look(name, {k: bad[k] for k in bad if k != each})) == "wrong"]
        return [*second, Note(f"right by itself; it goes wrong through {', '.join(blamed)}")] if blamed else found

    def _unjudged(self, name: str, odd: set[str]) -> Iterator[Note]:
        """Yield remarks on those helpers with other arguments than the course's that a wrong function calls."""
        for helper in filter(odd.__contains__, self.words):
            if any("it calls" in remark for remark in self.look(name, {helper: _stuck(helper)})):
                why = "and is wrong" if self.words[helper] == "wrong" else "so that it cannot be judged"
                yield Note(f"it may come of {helper}, which takes other arguments, {why}")

    def _serves(self, helper: str, name: str) -> bool:
        """Return whether a function is right with a helper, whose contract no hand-out sets, and calls it."""
        is_right = name in self.functions and word(self.as_is(name)) != "wrong"
        return is_right and word(self.look(name, {helper: _stuck(helper)})) == "wrong"

    def parts(self) -> dict[str, Any]:
        """Return the functions of the starter test: the learner's, and ours for those that are not there."""
        found = {name: getattr(assignment, name) for name in (*starter_test.CASES, *MODELS)}
        theirs = {OLD_NAMES.get(name, name): name for name in self.functions}
        for name in found.keys() & theirs:
            is_called_by_theirs = "skipgram" in theirs and name not in MODELS
            found[name] = self.functions[theirs[name]] if is_called_by_theirs else self.subject(theirs[name]).call
        batch, model = found["word2vec_sgd_wrapper"], self.functions.get("skipgram")
        if model and "word2vec_sgd_wrapper" in theirs:  # it calls the model as the learner's is called
            found["word2vec_sgd_wrapper"] = lambda _, *rest: batch(model, *rest)
        return found


def _speed(names: dict[str, Any], folder: Path) -> list[str]:
    """Return remarks on where the time of a batch goes."""
    judge = Judge(names, folder, {}, begin=bool)
    theirs = judge.parts()
    name = next((each for each in judge.functions if OLD_NAMES.get(each, each) == "negSamplingLossAndGradient"), "")
    with_our_loss = theirs | {"negSamplingLossAndGradient": judge.ours(name)} if name else theirs
    if judge.functions.keys().isdisjoint((*theirs, *OLD_NAMES)):
        return ["none of the functions of a batch is there"]

    def measured() -> Iterator[Note]:  # what theirs raises becomes a remark, too
        yield from map(Note, speed.measure(theirs, with_our_loss, folder))

    return _remarks(measured(), folder)


_UNLIKE = "words or vectors in other shapes than the course's, which are one number and (D,)"


def is_written(f: Any) -> bool:
    """Return whether a function is written in Python by the learner, so that its code can be another one's."""
    f = getattr(f, "__func__", f)  # of a method
    return isinstance(f, types.FunctionType) and str(f.__module__).split(".")[0] != __name__.split(".")[0]


@contextmanager
def _acting(f: Any, other: Any) -> Iterator[None]:
    """Have a function do what another one does, whoever holds it."""

    def call(*given: Any, _other: Any, _from: int, **named: Any) -> Any:
        return _other(*given[_from:], **named)

    is_method, f = hasattr(f, "__func__"), getattr(f, "__func__", f)
    before = f.__code__, f.__defaults__, f.__kwdefaults__
    try:
        f.__code__ = call.__code__.replace(co_freevars=before[0].co_freevars)
        f.__defaults__, f.__kwdefaults__ = None, {"_other": other, "_from": int(is_method)}  # without self
        yield
    finally:
        f.__code__, f.__defaults__, f.__kwdefaults__ = before


def _acts(f: Any) -> Any:
    """Return what has an object, which may be held anywhere, do what another one does; None if nothing can."""
    if is_written(f):
        return _acting
    if callable(f) and isinstance(type(f).__call__, types.FunctionType):  # of a class in Python
        with _standing_in(f, f) as is_standing:
            return _standing_in if is_standing else None
    return None


@contextmanager
def _standing_in(f: Any, other: Any) -> Iterator[bool]:
    """Have a callable object do what another one does, whoever holds it; False where its class cannot change."""
    kind = type(f)
    call = {"__slots__": (), "__call__": lambda _, *given, **named: other(*given, **named)}
    try:
        with suppress(Exception):  # a class that no other one may extend
            object.__setattr__(f, "__class__", type.__new__(type(kind), kind.__name__, (kind,), call))
        yield type(f) is not kind
    finally:
        with suppress(Exception):
            object.__setattr__(f, "__class__", kind)


@contextmanager
def _called(f: Any, other: Any) -> Iterator[None]:
    """Have a partial function call another one with nothing of its own, whoever holds it."""
    before = f.__reduce__()[2]
    try:
        f.__setstate__((other, (), {}, None))
        yield
    finally:
        f.__setstate__(before)


def _noting(called: set[str], odd: set[str], name: str, f: Any) -> Any:
    """Return a function that does what f does, and notes if it is called, and if with what f cannot take."""

    def noting(*given: Any, **named: Any) -> Any:
        called.add(name)
        if name not in PARAMETERS and len(given) + len(named) > 1:
            odd.add(name)
        return f(*given, **named)

    return noting


def _stuck(name: str) -> Any:
    """Return what stands for a function that does not return."""

    def stuck(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(f"it calls {name}, which does not return")

    return stuck


def judge_all(
    names: dict[str, Any], folder: Path, judged: Mapping[str, str], begin: Begin, *, tell: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Judge each function of a module that is not yet judged, then all together; yield names and remarks.

    In place of a function that is "stuck" stands one that stops at once. `begin` is called with a name before code of
    the learner runs. `tell` is whether the losses of the starter test are noted.
    """
    judge = Judge(names, folder, judged, begin)
    with judge.replaced({name: _stuck(name) for name in judge.functions if judged.get(name) == "stuck"}):
        for name in judge.functions:
            if name not in judged:
                remarks = judge.judge(name)
                judge.words[name] = word(remarks)
                yield name, remarks
                while judge.unlike:
                    unlike = judge.unlike.pop()
                    judge.words[unlike] = WORDS[Signature]
                    yield unlike, [Signature(f"right where the file's skipgram calls it, but it takes {_UNLIKE}")]
        theirs, words = {OLD_NAMES.get(name, name) for name in judge.functions}, {*judge.words.values()}
        if TOGETHER in judged or "another signature" in words or theirs.isdisjoint(judge.parts()):
            return
        begin(TOGETHER)
        right = {"wrong", "stuck"}.isdisjoint(words)
        remarks = _remarks(_starter_test(judge.parts(), tell, batches=right or tell), folder)
        if right or any("published" in remark for remark in remarks):
            yield TOGETHER, remarks  # otherwise it only repeats what is known


def word(remarks: list[str] | None) -> str:
    """Return the verdict on a function of which there are these remarks; None if it was not defined."""
    if remarks is None:
        return "not there"
    if not all(isinstance(remark, Note) for remark in remarks):
        return "wrong"
    return next((said for kind, said in WORDS.items() if any(isinstance(each, kind) for each in remarks)), "right")


def _starter_test(parts: Mapping[str, Any], tell: bool, batches: bool) -> Iterator[str]:
    """Run the starter test; complain of the first window whose loss is not the published one, or tell all losses.

    `batches` is whether those with right losses are followed by batches, which take longest.
    """
    losses = []
    for window, loss, published in starter_test.run_starter_test(parts, Draws(limit=100_000)):
        if not abs(loss - published) <= 1e-6 * published:  # float32, or a tiny number against log 0, is no slip
            causes = [f": {cause}" for cause in causes_of(loss, window)]
            yield f"{window} gives {loss:.7f}, published is {published}{''.join(causes[:1])}"
            return
        losses.append(f"{loss:.4f}")
    for name in starter_test.CASES if batches else ():
        yield from batch_complaints(parts["word2vec_sgd_wrapper"], parts["skipgram"], name, parts[name])
    if tell:
        softmax, negative = (", ".join(half) for half in (losses[:3], losses[3:]))
        yield Note(f"its losses are those published: {softmax} by naive softmax, {negative} by negative sampling")


def _remarks(complaints: Iterator[str], folder: Path) -> list[str]:
    """Return the complaints that running the learner's code gives and, if an exception ends it, what that says."""
    found: list[str] = []
    _refused.clear()
    try:
        found.extend(complaints)
    except BaseException as error:  # SystemExit too
        found.append(_stopped(error, folder))
    return [*dict.fromkeys(found), *map(Dated, dict.fromkeys(_refused))]


_ADVICE: dict[type[BaseException], str] = {
    UnboundLocalError: "; the function assigns to it, not before this line as it runs here; one outside is hidden",
    NameError: "; misspelled, not imported, or still to be written?",
    ImportError: "; install it, or put the file that holds it beside yours; take out what only Colab has",
    SystemExit: "; {instead}",
    FileNotFoundError: "; a file runs in its own folder, its functions in an empty one: begin paths with "
    "Path(__file__).parent",
    EOFError: "; nobody answers input() here: {instead}",
    BdbQuit: "; it waits for somebody at the debugger: {instead}",
    IndexError: "; a window may be shorter than twice its size",
    RecursionError: "; it calls itself without end",
    MemoryError: "; it asks for more memory than there is",
}


_COMMAND = re.compile(r"(([\w, ]+=\s*)?([%!]{1,2}[\w.]|! +\w)|[\w.]+\?{1,2}\s*$|\?\w)")  # of a notebook


def _stopped(error: BaseException, folder: Path) -> str:
    """Return a remark on an exception: what and where it is, and what to do."""
    if isinstance(error, SyntaxError):
        advice = "; a command of a notebook, which only a notebook runs: take such lines out"
        return no_python(error) + (advice if _COMMAND.match((error.text or "").lstrip()) else "")
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if is_in(frame.filename, folder)]
    newer = dated(error)
    where = f" (line {theirs[-1].lineno} of {Path(theirs[-1].filename).name})" if theirs else ""
    if isinstance(error, EndlessDraws):
        return f"{error}{where}"
    if newer:
        said = f"{type(error).__name__}: {error!s:.100}"
        return Dated(f"{newer}{where}; it may be right with an older one, which cannot be judged here ({said})")
    is_loading = bool(theirs) and theirs[0].name == "<module>"
    is_of_window = any(Path(frame.filename).stem == "of_models" for frame in frames)
    is_of_other = isinstance(error, IndexError) and not ("list" in str(error) and is_of_window)
    is_of_other |= isinstance(error, OSError) and os.path.isabs(error.filename or "/")
    advice = next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind) and not is_of_other), "")
    advice = advice or "; is what is None there still to be written, or a `return`?" * ("NoneType" in str(error))
    main = 'put what is not a definition under `if __name__ == "__main__":`'
    instead = main if is_loading else "take it out of the function"
    if "converted to Python scalars" in str(error):
        advice = "; is it handed to `math`, which takes one number? `float` does, too; NumPy's functions take arrays"
    said = advice.format(instead=instead) if theirs else ""
    return f"stops with {type(error).__name__}: {error!s:.300}{where}{said}"


def is_in(filename: str, folder: Path) -> bool:
    """Return whether a file is the learner's: in the folder, and neither this library's nor installed."""
    path = Path(filename)
    ours = path.is_relative_to(Path(__file__).parents[1])
    return path.is_relative_to(folder) and not ours and "site-packages" not in path.relative_to(folder).parts
