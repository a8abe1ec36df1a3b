"""What a function keeps between its calls, as a running mean, in which complex steps leave complex numbers."""

import types
from collections.abc import Iterable
from typing import Any

import numpy as np

NONE = object()


class Kept:
    """What a function holds in attributes, dicts, lists, and variables of closures and modules, place by place.

    met : what was met on the way from the function (`randomness`)
    """

    def __init__(self, met: Iterable[Any]) -> None:
        self._places: list[tuple[Any, dict[Any, Any]]] = []
        for value in met:
            if isinstance(value, types.FunctionType):
                self._add(value.__globals__, value.__code__.co_names)
                self._add(value.__closure__ or (), range(len(value.__closure__ or ())))
            elif type(value) is list:
                self._add(value, range(len(value)))
            elif type(value) is dict:
                self._add(value, list(value))
            elif not isinstance(value, types.ModuleType) and type(own := getattr(value, "__dict__", None)) is dict:
                self._add(own, list(own))

    def _add(self, place: Any, keys: Iterable[Any]) -> None:
        self._places.append((place, {key: old for key in keys if (old := _read(place, key)) is not NONE}))

    def restore(self) -> None:
        """Return each place in which some number has become complex to what it was, as a whole."""
        for place, before in self._places:
            if type(place) is list and len(place) != len(before):
                continue  # a log, which goes on
            if any(_is_complex(_read(place, key)) and not _is_complex(old) for key, old in before.items()):
                for key, old in before.items():
                    _write(place, key, old)


def _read(place: Any, key: Any) -> Any:
    if isinstance(place, tuple):
        try:
            return place[key].cell_contents
        except ValueError:  # not filled
            return NONE
    return place.get(key, NONE) if isinstance(place, dict) else place[key]


def _write(place: Any, key: Any, value: Any) -> None:
    if isinstance(place, tuple):
        place[key].cell_contents = value
    else:
        place[key] = value


def _is_complex(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | complex) and np.iscomplexobj(value)
