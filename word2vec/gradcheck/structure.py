"""Containers of arrays, nested to any depth: tuples, named tuples, lists, dicts and dataclasses.

A list, or a tuple inside of another container, that holds no array is itself an array. In a dataclass, fields without
a floating-point number (names, sizes, functions) are no parameters and stay as they are.
"""

import sys
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


class StructureError(Exception):
    """A gradient does not have the structure of x; the message names where."""


def library(value: Any) -> str:
    """Return "torch" or "jax" for an array of theirs, "" for anything else; whoever passes one has loaded them."""
    if isinstance(value, np.ndarray | float):  # the usual ones
        return ""
    for name, kind in (("torch", "Tensor"), ("jax", "Array")):
        known = getattr(sys.modules.get(name), kind, None)
        if known is not None and isinstance(value, known):
            return name
    return ""


def children(value: Any, *, top: bool = True) -> list[tuple[Any, Any]] | None:
    """Return the (key, entry) pairs of a container, None for an array; `top` if it stands in no other container."""
    if isinstance(value, np.ndarray):
        return None
    if isinstance(value, list | tuple):
        if hasattr(value, "_make"):
            return list(zip(value._fields, value, strict=True))  # type: ignore[union-attr]
        return list(enumerate(value)) if (top and isinstance(value, tuple)) or _holds_array(value) else None
    if isinstance(value, Mapping):
        return list(value.items())
    if is_dataclass(value) and not isinstance(value, type):
        entries = [(field.name, getattr(value, field.name)) for field in fields(value)]
        return [(name, entry) for name, entry in entries if _has_floats(entry)]
    return None


def _holds_array(value: list[Any] | tuple[Any, ...]) -> bool:
    return any(
        isinstance(entry, np.ndarray) or library(entry) or children(entry, top=False) is not None for entry in value
    )


def _has_floats(value: Any) -> bool:
    if (entries := children(value, top=False)) is not None:
        return any(_has_floats(entry) for _, entry in entries)
    return bool(library(value)) or np.asarray(value).dtype.kind == "f"


def _inside(value: Any, name: str, key: Any) -> str:
    """Return the name of a container's entry: V of a dict, layers[1].b in a list in it, x[0] of a tuple."""
    if isinstance(value, tuple | list) and not hasattr(value, "_make"):
        return f"{name or 'x'}[{key}]"
    if not name:
        return str(key)
    return f"{name}.{key}" if isinstance(key, str) and key.isidentifier() else f"{name}[{key!r}]"


def flatten(value: Any, name: str = "", *, top: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each array of a container."""
    entries = children(value, top=top)
    if entries is None:
        yield name or "x", value
    for key, entry in entries or ():
        yield from flatten(entry, _inside(value, name, key), top=False)


def rebuild(like: Any, arrays: Iterator[Any], *, top: bool = True) -> Any:
    """Return a container like this one with other arrays; a mapping that is no dict becomes a dict."""
    if (entries := children(like, top=top)) is None:
        return next(arrays)
    new = {key: rebuild(entry, arrays, top=False) for key, entry in entries}
    if isinstance(like, Mapping):
        filled = copy(like) if isinstance(like, dict) else {}
        filled.update(new)
        return filled
    if is_dataclass(like):
        twin = copy(like)
        for key, entry in new.items():
            object.__setattr__(twin, key, entry)  # also where the class is frozen
        return twin
    if hasattr(like, "_make"):
        return like._make(new.values())
    return list(new.values()) if isinstance(like, list) else tuple(new.values())


def align(like: Any, value: Any, name: str = "", *, top: bool = True) -> Iterator[Any]:
    """Yield the part of a gradient for each array of x, None where the gradient is None.

    Raise StructureError if the gradient, or its part for a container in x, has not the same keys or entries.
    """
    entries = children(like, top=top)
    if entries is None or value is None:
        yield from [value] * sum(1 for _ in flatten(like, top=top))
        return
    parts = _parts(like, [key for key, _ in entries], value, f"the gradient of {name}" if name else "the gradient")
    for (key, entry), part in zip(entries, parts, strict=True):
        yield from align(entry, part, _inside(like, name, key), top=False)


def _parts(like: Any, keys: list[Any], value: Any, what: str) -> list[Any]:
    """Return the entries of a gradient that belong to the keys of a container in x."""
    is_record, given = is_dataclass(like), type(value).__name__
    if is_record and is_dataclass(value):
        value = {key: getattr(value, key) for key in keys if hasattr(value, key)}
    if is_record or isinstance(like, Mapping):
        kind = f"{type(like).__name__}, or a dict" if is_record else "dict"
        if not isinstance(value, Mapping):
            raise StructureError(f"{what} is a {given}: expected a {kind} with x's keys {keys}")
        if set(value) != set(keys):
            outside = "; leave what is no parameter out of x" if set(value) < set(keys) else ""
            if {f"d{key}" for key in keys} <= set(value):
                outside = '; return {key: gradient["d" + key] for key in x}'
            shown = sorted(map(str, value))
            raise StructureError(f"{what} has the keys {shown}: expected those of x, {keys}{outside}")
        return [value[key] for key in keys]
    if not isinstance(value, tuple | list):
        raise StructureError(f"{what} is a {given}: expected a {type(like).__name__} of {len(keys)}, as in x")
    if len(value) != len(keys):
        raise StructureError(f"{what} has {len(value)} entries: expected {len(keys)}, as in x")
    return list(value)
