"""The state of `random` out of a course-made saved_state_N.pickle, without executing anything in it."""

import pickle
import pickletools
import warnings
from pathlib import Path

from word2vec._types import PathLike
from word2vec.course.random_stream import State

LARGEST = 2**16  # bytes; such a file has some 3,000
HARMLESS = {
    *("PROTO", "FRAME", "STOP", "MARK", "NONE", "INT", "LONG", "LONG1", "BININT", "BININT1", "BININT2", "BINFLOAT"),
    *("FLOAT", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"),
    *("GET", "BINGET", "LONG_BINGET"),
}


def read_course_state(path: PathLike) -> State:
    """Read the one thing that the course's code pickles: what `random.getstate()` returned.

    The file is taken apart first; it may hold integers, None, a float and tuples of these, and no instruction
    that builds or calls anything else.

    Raises
    ------
    ValueError
        If it holds anything else, or no state of `random`.
    """
    data = Path(path).read_bytes() if Path(path).stat().st_size <= LARGEST else b""
    try:
        with warnings.catch_warnings(action="ignore"):  # about escape sequences in strings that we refuse
            harmless = all(_is_harmless(opcode.name, argument) for opcode, argument, _ in pickletools.genops(data))
        if harmless:
            state = pickle.loads(data)  # noqa: S301, it can hold nothing but numbers and tuples
            if _is_state(state):
                return (state[0], state[1], state[2])
    except (ValueError, IndexError, EOFError, KeyError, OverflowError, pickle.UnpicklingError):
        pass
    raise ValueError(
        f"{path} is not what random.getstate() gave, pickled: it is not read; seed `random` anew instead"
    )


def _is_harmless(opcode: str, argument: object) -> bool:
    """Tell whether an instruction makes nothing but numbers and tuples, and reserves no room for more of them."""
    beyond = opcode.endswith("PUT") and isinstance(argument, int) and argument > LARGEST
    return opcode in HARMLESS and not beyond


def _is_state(state: object) -> bool:
    """Recognise (3, 625 integers, None or a float)."""
    if not isinstance(state, tuple) or len(state) != 3 or state[0] != 3 or not isinstance(state[1], tuple):
        return False
    words_fit = all(type(n) is int and 0 <= n < 2**32 for n in state[1])
    return len(state[1]) == 625 and words_fit and state[1][-1] <= 624 and isinstance(state[2], float | None)
