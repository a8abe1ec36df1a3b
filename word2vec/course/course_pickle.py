"""Read the state of `random` from a saved_state_N.pickle of the course's code, without executing anything in it."""

import io
import pickle
from pathlib import Path
from typing import ClassVar

from .._types import PathLike
from .random_stream import State

LARGEST = 2**16  # bytes; such a file has some 3,000
_NAMES = (
    "PROTO FRAME STOP MARK NONE INT LONG LONG1 BININT BININT1 BININT2 FLOAT BINFLOAT TUPLE TUPLE1 TUPLE2 TUPLE3 "
    "MEMOIZE PUT BINPUT LONG_BINPUT GET BINGET LONG_BINGET"
)
_OPCODES = [getattr(pickle, name)[0] for name in _NAMES.split()]


class _NumbersOnly(pickle._Unpickler):
    """An unpickler that knows numbers, None and tuples: nothing else can be built, looked up or called.

    It is the one written in Python because the C one reserves memory for any memo index that a file names.
    """

    dispatch: ClassVar = {code: pickle._Unpickler.dispatch[code] for code in _OPCODES}


def read_course_state(path: PathLike) -> State:
    """Return the one thing that the course's code pickles: the result of `random.getstate()`.

    A ValueError says that the file holds anything else than integers, None, a float and tuples of these, or no state.
    """
    data = Path(path).read_bytes() if Path(path).stat().st_size <= LARGEST else b""
    try:
        version, key, gauss = _NumbersOnly(io.BytesIO(data)).load()
        words_fit = isinstance(key, tuple) and all(type(word) is int and 0 <= word < 2**32 for word in key)
        if version == 3 and words_fit and len(key) == 625 and key[-1] <= 624 and isinstance(gauss, float | None):
            return version, key, gauss
    except Exception:  # noqa: S110 -- a damaged pickle may raise anything
        pass
    expected = "a pickle of what random.getstate() returns"
    raise ValueError(f"{path} is not {expected}, so it was not read: seed `random` instead")
