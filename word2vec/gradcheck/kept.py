"""What a function keeps between its calls, as a running mean, in which complex steps leave complex numbers."""

import types
from collections.abc import Iterable
from typing import Any

import numpy as np


class Kept:
    """The real numbers in what a function holds: attributes, lists, dicts, variables of closures and modules.

    met : what was met on the way from the function (`randomness`)
    """

    def __init__(self, met: Iterable[Any]) -> None:
        self._places: list[tuple[Any, Any]] = []
        for value in met:
            if isinstance(value, types.FunctionType):
                names, module = value.__code__.co_names, value.__globals__
                self._places.append((module, {name: module[name] for name in names if name in module}))
                self._places += [(cell, cell.cell_contents) for cell in value.__closure__ or () if _is_filled(cell)]
            elif isinstance(value, list | dict):
                self._places.append((value, list(value) if isinstance(value, list) else dict(value)))
            elif not isinstance(value, types.ModuleType) and isinstance(
                own := getattr(value, "__dict__", None), dict
            ):
                self._places.append((own, own.copy()))

    def restore(self) -> None:
        """Return what has become complex to what it was; a list or dict of such numbers as a whole."""
        for place, before in self._places:
            if isinstance(place, types.CellType):
                if _is_filled(place) and _is_complex(place.cell_contents) and not _is_complex(before):
                    place.cell_contents = before
            elif isinstance(place, list):
                if any(map(_is_complex, place)) and not any(map(_is_complex, before)):
                    place[:] = before
            else:
                place.update(
                    {key: old for key, old in before.items() if _is_complex(place.get(key)) > _is_complex(old)}
                )


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _is_complex(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | complex) and np.iscomplexobj(value)
