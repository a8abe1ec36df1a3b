"""All random generators that a function can reach, frozen: every evaluation draws the same numbers.

These are the two global generators, and every Generator, RandomState, BitGenerator and random.Random that is reached
through the function's closure, defaults, bound object or partial, and the globals and attributes that its code names.
"""

import functools
import inspect
import random
import sys
import types
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple

import numpy as np

LARGEST_CONTAINER, MOST_OBJECTS = 1000, 20_000
GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
LEAVES = (str, bytes, int, float, complex, type(None), np.ndarray, np.generic)
FOREIGN = (sys.stdlib_module_names | {"numpy", "scipy", "matplotlib", "sklearn"}) - {"__main__"}


class Source(NamedTuple):
    """A generator: the path to it, and how its state is read and written."""

    name: str
    get: Callable[[], Any]
    set: Callable[[Any], object]


class Frozen(AbstractContextManager["Frozen"]):
    """The generators that functions can reach, and their states now; as a context manager it restores all of them."""

    def __init__(self, *roots: Any, generators: Sequence[Any] = ()) -> None:
        given = [(f"generators[{i}]", generator) for i, generator in enumerate(generators)]
        self.sources = _sources([("f", root) for root in roots] + given)
        self.names = tuple(source.name for source in self.sources)
        self.states = [source.get() for source in self.sources]
        self.drawn = self.all = list(zip(self.sources, self.states, strict=True))

    def rewind(self) -> None:
        """Restore the states of all generators, or after `narrow` of those that are drawn from."""
        for source, state in self.drawn:
            source.set(state)

    def narrow(self) -> None:
        """Assume that only those generators are drawn from that have moved since the last `rewind`."""
        self.drawn = [(source, state) for source, state in self.drawn if not _equal(source.get(), state)]

    def strayed(self) -> tuple[str, ...]:
        """Return the names of generators that have moved against `narrow`'s assumption, and drop the assumption."""
        drawn, self.drawn = {id(source) for source, _ in self.drawn}, self.all
        return tuple(s.name for s, state in self.all if id(s) not in drawn and not _equal(s.get(), state))

    def __exit__(self, *_: object) -> None:
        self.drawn = self.all
        self.rewind()


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_equal(a[key], b[key]) for key in a)
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else bool(a == b)


def _sources(roots: list[tuple[str, Any]]) -> list[Source]:
    legacy = np.random.get_state.__self__  # type: ignore[attr-defined]
    found = [("random", random.getstate.__self__), ("np.random", legacy)]  # type: ignore[attr-defined]
    names, known = set[str](), -1
    while known < len(names):  # until the code met on the way names nothing new
        known = len(names)
        walked = list(_walk(roots, names))
    unique: dict[int, tuple[str, Any]] = {}
    for name, generator in found + walked:
        unique.setdefault(id(_bits(generator)), (name, generator))
    return [_source(name, generator) for name, generator in unique.values()]


def _bits(generator: Any) -> Any:
    """Return the object that holds a generator's state, which two Generators may share."""
    return getattr(generator, "bit_generator", getattr(generator, "_bit_generator", generator))


def _source(name: str, generator: Any) -> Source:
    if isinstance(generator, random.Random):
        return Source(name, generator.getstate, generator.setstate)
    if isinstance(generator, np.random.RandomState):
        return Source(name, functools.partial(generator.get_state, legacy=False), generator.set_state)
    bits = _bits(generator)
    return Source(name, lambda: bits.state, lambda state: setattr(bits, "state", state))


def _walk(roots: list[tuple[str, Any]], names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the generators reached along the names known so far, breadth first; add the names that code uses."""
    queue, seen = list(roots), set[int]()
    for name, value in queue:
        if id(value) in seen or isinstance(value, LEAVES) or len(seen) > MOST_OBJECTS:
            continue
        seen.add(id(value))
        if isinstance(value, GENERATORS) and not isinstance(value, random.SystemRandom):  # which has no state
            yield name.removeprefix("f."), value
        else:
            queue.extend((f"{name}.{step}", child) for step, child in _children(value, names))


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
    elif isinstance(value, types.ModuleType | type):
        yield from ((name, vars(value)[name]) for name in sorted(names & vars(value).keys()))
    elif isinstance(value, list | tuple | set | frozenset | deque | dict):
        if len(value) <= LARGEST_CONTAINER:
            yield from enumerate(value.values() if isinstance(value, dict) else value)
    else:
        yield from _of_object(value, names)


def _of_function(function: types.FunctionType, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a function holds, and the globals that its code names; nothing for those of foreign packages."""
    if (function.__module__ or "").partition(".")[0] in FOREIGN:
        return
    code, defaults = function.__code__, function.__defaults__ or ()
    names |= (used := set(_names(code)))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not filled yet
            yield name, cell.cell_contents
    yield from ((name, function.__globals__[name]) for name in sorted(used & function.__globals__.keys()))
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
    yield from vars(function).items()


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names  # globals and attributes
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _of_object(value: Any, names: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield an object's attributes, and of its class what code names, without running any property."""
    yield from getattr(value, "__dict__", {}).items()
    for base in type(value).__mro__[:-1]:
        if base.__module__.partition(".")[0] in FOREIGN:
            continue
        for name, attribute in vars(base).items():
            if inspect.ismemberdescriptor(attribute) and hasattr(value, name):  # a slot
                yield name, getattr(value, name)
            elif name in names or name == "__call__":
                yield name, attribute
