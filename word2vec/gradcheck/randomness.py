"""All random generators that a function can reach, frozen: every evaluation draws the same numbers.

These are the global generators of Python, NumPy and, where it is loaded, torch, and every Generator, RandomState,
BitGenerator, random.Random and torch.Generator that is reached through the function's closure, defaults, bound object
or partial, and the globals and attributes that its code names; likewise attributes that hold a random key of JAX.
The names that were met on the way tell, too, of what functions of NumPy and SciPy the code makes use.
"""

import contextvars
import dis
import functools
import inspect
import os
import random
import re
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple

import numpy as np

from .kept import LARGEST_CONTAINER, Kept
from .structure import library

MOST_ENTRIES, MOST_OBJECTS = 100_000, 20_000
GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
LEAVES = (str, bytes, int, float, complex, type(None), np.generic)
PLAIN = {*LEAVES, bool, list, tuple, set, frozenset, dict, np.ndarray, np.float64, np.int64}
TOLERANCE = re.compile(r"(tol|tolerance|(^|_)eps(ilon)?)$", re.I)  # how names of variables end at which a loop stops
LARGEST_TOLERANCE = 1e-2
CLOSE = ("allclose", "isclose")
JUMPS = {*dis.hasjrel, *dis.hasjabs}
LOOP = "a loop that stops at a tolerance"  # stands among the names that were met
CONTAINERS = (list, tuple, set, frozenset, deque, dict)
LIBRARIES = {"_pytest", "numpy", "scipy", "matplotlib", "sklearn", "pandas", "torch", "jax", "jaxlib", "autograd"}
FOREIGN = (sys.stdlib_module_names | LIBRARIES) - {"__main__"}


_locks = dict[int, threading.RLock]()  # of each process: one that is forked while a thread checks has its own


def one_at_a_time() -> AbstractContextManager[Any]:
    """Return the lock of checks: in threads they share the generators that are frozen, and what is warned of."""
    return _locks.setdefault(os.getpid(), threading.RLock())


class Source(NamedTuple):
    """A generator: the path to it, the object that holds its state, and how that is read and written."""

    name: str
    owner: Any
    get: Callable[[], Any]
    set: Callable[[Any], object]


class Frozen(AbstractContextManager["Frozen"]):
    """The generators that functions can reach, and their states now; as a context manager it restores all of them.

    kept : what else the functions keep, which is restored, too, where it has become complex
    named : what the functions' code names, and the modules that it names or of which it names a function; LOOP
    """

    def __init__(self, *roots: Any, generators: Sequence[Any] = ()) -> None:
        self.roots, self.named = [("f", root) for root in roots] + _given(generators), set[str]()
        met = list[Any]()
        self.sources = _sources(self.roots, self.named, met)
        self.kept = Kept(met)
        self.names = tuple(source.name for source in self.sources)
        self.states = [source.get() for source in self.sources]
        self.drawn = self.all = list(zip(self.sources, self.states, strict=True))
        self.spawned, self.has_strayed = self._spawned(), False

    def rewind(self) -> None:
        """Restore the states of all generators, or after `narrow` of those that are drawn from."""
        for source, state in self.drawn:
            source.set(state)

    def narrow(self) -> None:
        """Assume that only those generators are drawn from that have moved since the last `rewind`."""
        if not self.has_strayed:
            self.drawn = [(source, state) for source, state in self.drawn if not _equal(source.get(), state)]

    def strayed(self) -> bool:
        """Return whether generators have moved against `narrow`'s assumption; if so, drop it for good."""
        drawn = {id(source) for source, _ in self.drawn}
        if any(id(source) not in drawn and not _equal(source.get(), state) for source, state in self.all):
            self.drawn, self.has_strayed = self.all, True
        return self.has_strayed

    def advice(self) -> str:
        """Return what to do where f draws different numbers all the same, by what is known of its generators."""
        now = _sources(self.roots, set(), [])
        if new := [source.name for source in now if source.name not in self.names]:
            return f"{', '.join(new)} came into being in the first call: make it before, and pass generators=[rng]"
        if self._spawned() != self.spawned:
            return "a generator was asked to spawn others, which are new at each call: spawn them outside of f"
        return (
            "pass the generator as generators=[rng], or make f a pure function: it may also keep some state between "
            "calls"
        )

    def _spawned(self) -> list[int]:
        seeds = [getattr(source.owner, "seed_seq", None) for source in self.sources]
        return [getattr(seed, "n_children_spawned", 0) for seed in seeds]

    def __exit__(self, *_: object) -> None:
        self.kept.restore()
        self.drawn = self.all
        self.rewind()


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_equal(a[key], b[key]) for key in a)
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a is b or (library(a) == "" and bool(a == b))


class Key(NamedTuple):
    """An attribute, or closure cell, that holds a random key of JAX, which never changes but is replaced."""

    owner: Any
    attribute: str

    def get(self) -> Any:
        """Return the key."""
        return getattr(self.owner, self.attribute)

    def set(self, key: Any) -> None:
        """Restore a key, if it was replaced: the owner may be frozen."""
        if self.get() is not key:
            setattr(self.owner, self.attribute, key)


def _given(generators: Any) -> list[tuple[str, Any]]:
    """Return the caller's generators, one or a sequence; raise TypeError for what neither is nor holds one."""
    listed = list(generators) if isinstance(generators, list | tuple | set) else [generators]
    for i, generator in enumerate(listed):
        is_global = generator is random or generator is np.random
        if not is_global and next(_walk([("f", generator)], set(), []), None) is None:
            raise TypeError(
                f"generators[{i}] is {generator!r:.60} ({type(generator).__name__}): expected a random generator of "
                "NumPy, Python or torch whose state can be reset, or an object that holds one"
            )
    return [(f"generators[{i}]", generator) for i, generator in enumerate(listed)]


def _sources(roots: list[tuple[str, Any]], names: set[str], met: list[Any]) -> list[Source]:
    legacy = np.random.get_state.__self__  # type: ignore[attr-defined]
    found = [("random", random.getstate.__self__), ("np.random", legacy)]  # type: ignore[attr-defined]
    torch: Any = sys.modules.get("torch")
    if hasattr(torch, "default_generator"):  # not while it is being imported
        on_gpus = torch.cuda.default_generators if torch.cuda.is_initialized() else ()
        found += [("torch", torch.default_generator), *((f"torch.cuda[{i}]", g) for i, g in enumerate(on_gpus))]
    unique: dict[Any, tuple[str, Any]] = {}
    for name, generator in found + list(_walk(roots, names, met)):
        is_key = isinstance(generator, Key)
        identity = (id(generator.owner), generator.attribute) if is_key else id(_bits(generator))
        unique.setdefault(identity, (name, generator))
    return [_source(name, generator) for name, generator in unique.values()]


def _bits(generator: Any) -> Any:
    """Return the object that holds a generator's state, which two Generators may share."""
    return getattr(generator, "bit_generator", getattr(generator, "_bit_generator", generator))


def _source(name: str, generator: Any) -> Source:
    if isinstance(generator, Key):
        return Source(name, generator.owner, generator.get, generator.set)
    if isinstance(generator, random.Random):
        return Source(name, generator, generator.getstate, generator.setstate)
    if isinstance(generator, np.random.RandomState):
        get = functools.partial(generator.get_state, legacy=False)
        return Source(name, _bits(generator), get, generator.set_state)
    bits = _bits(generator)
    if isinstance(bits, np.random.BitGenerator):
        return Source(name, bits, lambda: bits.state, lambda state: setattr(bits, "state", state))
    from_numpy = sys.modules["torch"].from_numpy
    return Source(name, bits, lambda: bits.get_state().numpy(), lambda state: bits.set_state(from_numpy(state)))


def _walk(roots: list[tuple[str, Any]], names: set[str], met: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the generators that are reached, breadth first; add what is met on the way, and named, to `met`, `names`.

    Of modules, classes and objects only those attributes count that some code met on the way names: they are looked
    into whenever nothing else is left and new names are known.
    """
    queue, done, seen, named = list(roots), 0, set[int](), list[tuple[str, Any]]()
    known = set[str]()
    kinds = (*GENERATORS, *filter(None, [getattr(sys.modules.get("torch"), "Generator", None)]))
    while done < len(queue) or names > known:
        if done == len(queue):
            new, known = names - known, set(names)
            queue += [(f"{name}.{step}", child) for name, value in named for step, child in _named(value, new)]
            continue
        name, value = queue[done]
        done += 1
        if id(value) in seen or isinstance(value, LEAVES) or len(seen) > MOST_OBJECTS or _is_plain(value):
            continue
        seen.add(id(value))
        met.append(value)
        if isinstance(value, kinds) and not isinstance(value, random.SystemRandom):  # which has no state
            yield name.removeprefix("f."), value
            continue
        if "jax" in sys.modules:
            yield from ((f"{name}.{step}".removeprefix("f."), key) for step, key in _keys(value))
        queue += [(f"{name}.{step}", child) for step, child in _children(value, names)]
        if not isinstance(value, (*CONTAINERS, types.FunctionType)):
            named.append((name, value))
        if isinstance(value, types.ModuleType | types.FunctionType):
            names.add(str(value.__name__ if isinstance(value, types.ModuleType) else value.__module__))
            if _is_foreign(getattr(value, "__module__", None)):
                names.add(value.__name__)  # which may be held under another


def _keys(value: Any) -> Iterator[tuple[str, Key]]:
    """Yield the variables of a closure and the attributes of an object that hold a random key of JAX."""
    if isinstance(value, types.FunctionType):
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        places = [(name, Key(cell, "cell_contents")) for name, cell in cells]
    elif isinstance(value, types.ModuleType | type):
        places = []
    else:
        places = [(name, Key(value, name)) for name in getattr(value, "__dict__", ())]
    for name, key in places:
        with suppress(ValueError, AttributeError):  # a cell that is not filled yet, a name that is no attribute
            held = key.get()
            is_raw = library(held) == "jax" and held.shape == (2,) and held.dtype == np.uint32
            if is_raw or (library(held) == "jax" and str(held.dtype).startswith("key<")):
                yield name, key


def _children(value: Any, names: set[str]) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, functools.partial):
        yield from (("func", value.func), ("args", value.args), *value.keywords.items())
    elif isinstance(value, types.MethodType):
        yield from (("__self__", value.__self__), (value.__name__, value.__func__))
    elif isinstance(value, types.BuiltinMethodType):
        yield "__self__", value.__self__
    elif isinstance(value, types.FunctionType):
        yield from _of_function(value, names)
    elif isinstance(value, property | functools.cached_property):
        yield "get", value.fget if isinstance(value, property) else value.func
    elif isinstance(value, staticmethod | classmethod):
        yield "call", value.__func__
    elif isinstance(value, (*CONTAINERS, np.ndarray)):
        few = len(value) <= LARGEST_CONTAINER
        yield from ((i, e) for i, e in enumerate(_entries(value)) if few or type(e) not in PLAIN)
    elif isinstance(value, contextvars.ContextVar):
        with suppress(LookupError):  # neither set nor with a default
            yield "get", value.get()
    elif isinstance(value, weakref.ref):
        yield "call", value()
    elif not isinstance(value, types.ModuleType | type):
        yield from _of_object(value)


def _named(value: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a module, a class or an object's class has under some names, without running any property."""
    spaces = [value] if isinstance(value, types.ModuleType | type) else type(value).__mro__[:-1]
    for space in spaces:
        if not _is_foreign(getattr(space, "__module__", getattr(space, "__name__", ""))):
            yield from ((name, vars(space)[name]) for name in sorted(names & vars(space).keys()))


def _entries(container: Any) -> Collection[Any]:
    if isinstance(container, np.ndarray):
        return container.ravel().tolist() if container.dtype == object else []
    return container.values() if isinstance(container, dict) else container


def _is_plain(value: Any) -> bool:
    """Return whether this is a large container of plain data, or too large to look into, or an array of numbers."""
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject
    if not isinstance(value, CONTAINERS) or len(value) <= LARGEST_CONTAINER:
        return False
    return len(value) > MOST_ENTRIES or set(map(type, _entries(value))) <= PLAIN


def _of_function(function: types.FunctionType, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a function holds, and the globals that its code names, except in foreign packages.

    Its globals tell the package: a decorator writes the name of the module that it decorates into `__module__`.
    """
    code, defaults = function.__code__, function.__defaults__ or ()
    names |= (used := set() if _is_foreign(function.__globals__.get("__name__")) else set(_names(code)))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not filled yet
            yield name, cell.cell_contents
    yield from ((name, function.__globals__[name]) for name in sorted(used & function.__globals__.keys()))
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
    yield from vars(function).items()


def _is_foreign(module: object) -> bool:
    """Return whether a module draws from no generator of its own; this package does not."""
    return str(module).partition(".")[0] in FOREIGN or str(module).startswith(f"{__package__}.")


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names  # globals and attributes
    yield from [LOOP] if _stops(code) else []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _stops(code: types.CodeType) -> bool:
    """Return whether a loop compares something with a tolerance, or with a small number as one."""
    held = (*code.co_consts, *code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars)
    if not any(_is_tolerance(each) or each in CLOSE for each in held):
        return False  # without reading the code
    steps = list(dis.get_instructions(code))
    loops = [(jump.argval, jump.offset) for jump in steps if jump.opcode in JUMPS and jump.argval < jump.offset]
    inside = [step for step in steps if any(first <= step.offset <= last for first, last in loops)]
    for step in inside:
        if step.opname == "COMPARE_OP" and re.search("[<>]", str(step.argval)):
            first, last = _place(step)
            operands = [each.argval for each in inside if first <= _place(each)[0] and _place(each)[1] <= last]
            if any(map(_is_tolerance, operands)):
                return True
    return any(step.argval in CLOSE for step in inside)


def _place(step: dis.Instruction) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the lines and columns of the code at which what a step computes begins and ends."""
    line, last_line, column, last_column = step.positions or (None,) * 4
    return (line or 0, column or 0), (last_line or line or 0, last_column or 0)


def _is_tolerance(operand: object) -> bool:
    if isinstance(operand, tuple):  # two variables at once, from Python 3.13 on
        return any(map(_is_tolerance, operand))
    is_small = isinstance(operand, float) and 0 < operand <= LARGEST_TOLERANCE
    return is_small or (isinstance(operand, str) and TOLERANCE.search(operand) is not None)


def _of_object(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield an object's attributes and what happens when it is called, without running any property."""
    yield from getattr(value, "__dict__", {}).items()
    for base in type(value).__mro__[:-1]:
        if not _is_foreign(base.__module__):
            slots = (name for name, each in vars(base).items() if inspect.ismemberdescriptor(each))
            yield from ((name, getattr(value, name)) for name in slots if hasattr(value, name))
            if "__call__" in vars(base):
                yield "__call__", vars(base)["__call__"]
