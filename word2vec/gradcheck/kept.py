"""What a function keeps between its calls, as a running mean, in which complex steps leave complex numbers."""

import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable
from inspect import ismemberdescriptor
from typing import Any

import numpy as np

NONE = object()
LARGEST_CONTAINER = 1000  # in larger ones, neither plain data nor containers are looked at
STEP = 1e-9  # a larger imaginary part, in units of the value or 1, is not that of a complex step
CONTAINERS = (list, deque, dict, OrderedDict, defaultdict, Counter, np.ndarray)


class Kept:
    """What a function holds in attributes, dicts, lists, and variables of closures and modules, place by place.

    met : what was met on the way from the function (`randomness`)
    """

    def __init__(self, met: Iterable[Any]) -> None:
        self._places: list[tuple[Any, Collection[str] | None, dict[Any, Any]]] = []
        self._own: list[set[Any]] | None = None
        for value in met:
            if isinstance(value, types.FunctionType):
                self._add(value.__globals__, value.__code__.co_names)
                self._add(value.__closure__ or ())
            elif type(value) in CONTAINERS:
                if not isinstance(value, np.ndarray) or value.size <= LARGEST_CONTAINER:
                    self._add(value)
            elif not isinstance(value, types.ModuleType | type):
                self._add(value, _slots(value))
                if type(own := getattr(value, "__dict__", None)) is dict:
                    self._add(own)

    def _add(self, place: Any, names: Collection[str] | None = None) -> None:
        self._places.append((place, names, _entries(place, names)))

    def settle(self) -> None:
        """Note complex numbers and long doubles that the function keeps before it is given any: they are its own."""
        if self._own is None:
            self._own = [
                {key for key, value in _entries(place, names).items() if _is_odd(value)}
                for place, names, _ in self._places
            ]

    def restore(self) -> None:
        """Return each place in which some number has become complex to what it was, as a whole.

        What is new, as in a log that goes on, becomes real if its imaginary part is but that of a complex step. Left
        alone are the function's own complex numbers, and values of a memo, which are kept by other keys.
        """
        for (place, names, before), own in zip(self._places, self._own or (), strict=False):
            now = _entries(place, names)
            odd = [key for key, value in now.items() if _is_odd(value) and key not in own]
            is_moved = isinstance(place, list | deque) and len(now) != len(before)
            if is_moved and own:  # a log of such numbers
                continue
            if not is_moved and any(key in before for key in odd):
                for key, old in before.items():
                    _write(place, key, old)
                odd = [key for key in odd if key not in before]
            for key in odd:
                if (isinstance(key, str) or not isinstance(place, dict)) and _is_of_step(now[key]):
                    _write(place, key, _plain(now[key]))


def _slots(value: Any) -> list[str]:
    kinds = [vars(kind) for kind in type(value).__mro__ if "__slots__" in vars(kind)]
    return [name for kind in kinds for name, each in kind.items() if ismemberdescriptor(each)]


def _entries(place: Any, names: Collection[str] | None) -> dict[Any, Any]:
    """Return what a place holds under its names or, if it has none, all that it holds."""
    keys: Iterable[Any] = range(len(place)) if names is None else names
    if names is None and isinstance(place, dict | np.ndarray):
        keys = list(place) if isinstance(place, dict) else np.ndindex(place.shape)
    return {key: value for key in keys if (value := _read(place, key)) is not NONE}


def _read(place: Any, key: Any) -> Any:
    if isinstance(place, dict):
        return place.get(key, NONE)
    if isinstance(place, tuple) and isinstance(key, int):
        try:
            return place[key].cell_contents
        except ValueError:  # not filled
            return NONE
    return getattr(place, key, NONE) if isinstance(key, str) else place[key]


def _write(place: Any, key: Any, value: Any) -> None:
    if isinstance(place, tuple):
        place[key].cell_contents = value
    elif isinstance(key, str) and not isinstance(place, dict):
        setattr(place, key, value)
    else:
        place[key] = value


def _is_odd(value: Any) -> bool:
    """Return whether this is complex, or in long double."""
    if not isinstance(value, np.ndarray | np.generic | complex):
        return False
    kind = np.asarray(value).dtype
    return kind.kind == "c" or (kind.kind == "f" and kind.itemsize > 8)


def _is_of_step(value: Any) -> bool:
    """Return whether the imaginary part is so small as complex steps make it."""
    return not (np.abs(np.imag(value)) > STEP * max(1.0, np.abs(value).max(initial=0))).any()


def _plain(value: Any) -> Any:
    real = np.array(np.real(value))
    return (real.astype(float) if real.dtype.itemsize > 8 else real)[()]
