"""The modules that the hand-outs of all years import, under their names there, made of this library's functions.

`lend` makes them importable where an assignment's folder lacks them, and `prepare` does so for a script of it:
`python -m word2vec_numpy.course run.py`.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import gradcheck
from . import assignment, helpers, sanity_checks, saved_params, starter_test, treebank

LIBRARY = __name__.split(".")[0]


def _public(module: ModuleType) -> dict[str, Any]:
    return {name: getattr(module, name) for name in module.__all__}


_OLD = ("cbow", "negSamplingCostAndGradient", "normalizeRows", "skipgram", "softmaxCostAndGradient")
_MORE = {  # what a later course has there, and `import *` leaves alone
    **{"sigmoid": assignment.sigmoid, "get_negative_samples": assignment.getNegativeSamples},
    "__all__": helpers.__all__,
}
MODULES: dict[str, dict[str, Any]] = {  # a hand-out's module → what it holds
    "utils": {},
    "utils.gradcheck": _public(gradcheck)
    | {name: getattr(starter_test, name) for name in ("grad_tests_negsamp", "grad_tests_softmax")},
    "utils.glove": {"loadWordVectors": helpers.loadWordVectors},
    "utils.sanity_checks": _public(sanity_checks),
    "utils.treebank": _public(treebank),
    "utils.utils": _public(helpers) | _MORE,
    "sgd": _public(saved_params),
    # 2017/18
    "q1_softmax": {"softmax": assignment.softmax},
    "q2_gradcheck": {"gradcheck_naive": gradcheck.gradcheck_naive},
    "q2_sigmoid": {"sigmoid": assignment.sigmoid, "sigmoid_grad": assignment.sigmoid_grad},
    "q3_sgd": _public(saved_params),
    "q3_word2vec": {name: getattr(assignment, name) for name in (*_OLD, "word2vec_sgd_wrapper")},
}


class _Lender(MetaPathFinder, Loader):
    """Finds the modules that no file was found for."""

    def find_spec(self, fullname: str, *_: Any, **__: Any) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, is_package=fullname == "utils") if fullname in MODULES else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make the module."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(MODULES[module.__name__])


def _package(name: str, folder: Path) -> ModuleType:
    """Return a package without code of its own; what a `word2vec` does not hold is this library's."""
    package, spec = ModuleType(name), ModuleSpec(name, None, is_package=True)
    package.__spec__, package.__path__ = spec, [str(folder)]

    def found(attribute: str) -> Any:
        if (folder / attribute).is_dir() or (folder / f"{attribute}.py").is_file():
            raise AttributeError(attribute)  # so that `from word2vec import models` imports theirs
        return getattr(sys.modules[LIBRARY], attribute)

    if name == "word2vec":
        package.__path__.append(str(Path(__file__).parents[1]))
        vars(package).update(__getattr__=found)
    spec.submodule_search_locations = package.__path__
    return package


def lend(folder: Path) -> None:
    """Make the hand-outs' modules importable for a script of this folder; each file that is there goes first.

    A `utils` without __init__.py goes before any other `utils` that is installed, as does a `word2vec` with code;
    what it lacks is this library's.
    """
    if not any(isinstance(finder, _Lender) for finder in sys.meta_path):
        sys.meta_path.append(_Lender())
    names = ["utils"] + ["word2vec"] * any((folder / "word2vec").glob("*.py"))
    for name in {*names} - {LIBRARY}:
        if not (folder / f"{name}.py").is_file() and not (folder / name / "__init__.py").is_file():
            sys.modules[name] = _package(name, folder / name)


def prepare(script: Path, arguments: Sequence[str] = ()) -> None:
    """Set up Python as `python script` does, this library in place of what the script imports and is not beside it.

    Raises FileNotFoundError if it does not exist, and ImportError if its word2vec.py would be hidden by this library.
    """
    if not script.is_file():
        raise FileNotFoundError(f"{script} does not exist: expected a Python script, such as the hand-out's run.py")
    folder = script.resolve().parent
    if not any((folder / name).exists() for name in ("word2vec", "word2vec.py")):
        sys.modules["word2vec"] = sys.modules[LIBRARY]
    elif LIBRARY == "word2vec" and (folder / "word2vec.py").is_file():
        raise ImportError(f"a word2vec.py is beside {script}: run it by `python -m word2vec_numpy.course {script}`")
    lend(folder)
    sys.argv[:] = [str(script), *arguments]
    sys.path.insert(0, str(folder))
