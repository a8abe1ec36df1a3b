"""Read what the course's code pickles, without executing anything in it.

That is the state of `random`, saved_state_N.pickle, and in the hand-outs of 2017/18 parameters and state one after
the other, in a file that is called saved_params_N.npy all the same.
"""

import io
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .._types import Array, PathLike
from .random_stream import State

LARGEST = 2**16  # bytes of a state; such a file has some 3,000
_NAMES = (  # numbers, None and tuples, then what arrays are made of
    "PROTO FRAME STOP MARK NONE INT LONG LONG1 BININT BININT1 BININT2 FLOAT BINFLOAT TUPLE TUPLE1 TUPLE2 TUPLE3 "
    "MEMOIZE PUT BINPUT LONG_BINPUT GET BINGET LONG_BINGET "
    "GLOBAL STACK_GLOBAL REDUCE BUILD EMPTY_TUPLE NEWTRUE NEWFALSE STRING BINSTRING SHORT_BINSTRING UNICODE "
    "BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES BINBYTES8"
)


class _Type:
    """Stands in for a dtype: keeps its name and byte order."""

    def __init__(self, name: str, *_: Any) -> None:
        self.name, self.order = name, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]


class _Parts:
    """Stands in for an array: keeps what it is made of."""

    def __init__(self, *_: Any) -> None:
        self.parts: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.parts = state[1:]

    def array(self) -> Array:
        """Return the array; raise an error unless it is of floats."""
        shape, kind, fortran, data = self.parts
        if type(kind) is not _Type or kind.name not in ("f4", "f8"):
            raise ValueError(f"{kind} is no type of floats")
        data = data.encode("latin1") if isinstance(data, str) else data  # Python 2's str
        return (
            np.frombuffer(data, kind.order + kind.name)
            .reshape(shape, order="F" if fortran else "C")
            .astype(kind.name)
        )


def _from_buffer(data: bytes, kind: _Type, shape: tuple[int, ...], order: str) -> _Parts:
    found = _Parts()
    found.parts = (shape, kind, order == "F", data)
    return found


def _encode(text: str, _: str) -> bytes:
    return text.encode("latin1")


_STAND_INS = {"_reconstruct": _Parts, "ndarray": None, "dtype": _Type, "_frombuffer": _from_buffer, "encode": _encode}


class _Unpickler(pickle._Unpickler):
    """Knows numbers, tuples and arrays of floats, as Python 2 and 3 pickle them: of the functions named, ours run.

    It is the one written in Python because the C one reserves memory for any memo index that a file names.
    """

    dispatch: ClassVar = {
        code: pickle._Unpickler.dispatch[code] for code in (getattr(pickle, name)[0] for name in _NAMES.split())
    }
    # a bytearray of the length named would take the memory before the file is known to have it; bytes do not
    dispatch[pickle.BYTEARRAY8[0]] = dispatch[pickle.BINBYTES8[0]]

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands in for one of NumPy's functions; raise KeyError for any other name."""
        if module.split(".")[0] not in ("numpy", "_codecs"):
            raise KeyError(module)
        return _STAND_INS[name]


def read_course_state(path: PathLike) -> State:
    """Return the one thing that the course's code pickles beside the parameters: the result of `random.getstate()`.

    A ValueError says that the file holds anything else than integers, None, a float and tuples of these, or no state.
    """
    data = Path(path).read_bytes() if Path(path).stat().st_size <= LARGEST else b""
    try:
        return _checked(_Unpickler(io.BytesIO(data)).load())
    except Exception:  # a damaged pickle may raise anything
        expected = "a pickle of what random.getstate() returns"
        raise ValueError(f"{path} is not {expected}, so it was not read: seed `random` instead") from None


def read_course_params(path: PathLike) -> tuple[Array, State]:
    """Return parameters and state of `random` from the one file that the code of 2017/18 pickles both into.

    A ValueError says that the file holds anything else than an array of floats and a state.
    """
    file = io.BytesIO(Path(path).read_bytes())
    try:
        params = _Unpickler(file, encoding="latin1").load().array()
        return params, _checked(_Unpickler(file).load())
    except Exception:  # a damaged pickle may raise anything
        expected = "expected the pickles of an array and of what random.getstate() returns, as of 2017/18's code"
        raise ValueError(f"{path} was not read: {expected}") from None


def _checked(state: Any) -> State:
    version, key, gauss = state
    words_fit = isinstance(key, tuple) and all(type(word) is int and 0 <= word < 2**32 for word in key)
    if version == 3 and words_fit and len(key) == 625 and key[-1] <= 624 and isinstance(gauss, float | None):
        return version, key, gauss
    raise ValueError("no state")
