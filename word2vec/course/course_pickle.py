"""Read the state of `random` from a saved_state_N.pickle of the course's code, without executing anything in it."""

import io
import pickle
from pathlib import Path
from typing import ClassVar

from word2vec._types import PathLike
from word2vec.course.random_stream import State

LARGEST = 2**16  # bytes; such a file has some 3,000


class _NumbersOnly(pickle._Unpickler):
    """An unpickler that knows numbers, None and tuples: nothing else can be built, looked up or called.

    It is the one written in Python because the C one reserves memory for any memo index that a file names.
    """

    dispatch: ClassVar = {
        code[0]: pickle._Unpickler.dispatch[code[0]]
        for code in (
            *(pickle.PROTO, pickle.FRAME, pickle.STOP, pickle.MARK, pickle.NONE, pickle.INT, pickle.LONG),
            *(pickle.LONG1, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.FLOAT, pickle.BINFLOAT),
            *(pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.MEMOIZE, pickle.PUT),
            *(pickle.BINPUT, pickle.LONG_BINPUT, pickle.GET, pickle.BINGET, pickle.LONG_BINGET),
        )
    }


def read_course_state(path: PathLike) -> State:
    """Return the one thing that the course's code pickles: the result of `random.getstate()`.

    Raises
    ------
    ValueError
        If the file holds anything else than integers, None, a float and tuples of these, or no state of `random`.
    """
    data = Path(path).read_bytes() if Path(path).stat().st_size <= LARGEST else b""
    try:
        version, key, gauss = _NumbersOnly(io.BytesIO(data)).load()
        words_fit = isinstance(key, tuple) and all(type(word) is int and 0 <= word < 2**32 for word in key)
        if version == 3 and words_fit and len(key) == 625 and key[-1] <= 624 and isinstance(gauss, float | None):
            return version, key, gauss
    except Exception:  # noqa: S110 -- a damaged pickle may raise anything
        pass
    raise ValueError(
        f"{path} is not a pickle of what random.getstate() returns, so it was not read: seed `random` instead"
    )
