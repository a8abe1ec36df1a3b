"""CPython's `random`, drawn in blocks by NumPy's generator MT19937, which yields the same 32-bit words, only faster.

CPython makes its numbers of these words as follows:

    random()        two words a, b:  ((a >> 5)·2²⁶ + (b >> 6)) / 2⁵³
    randint(0, n−1) one word w:      w >> (32 − k), k = n.bit_length(); the next word while that is ≥ n
"""

import random
from collections import deque
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Ids

State = tuple[Any, ...]
Words = NDArray[np.uint32]

CANDIDATES = 8  # words looked at together: most draws need fewer

_OF_MODULE = ("randint", "random", "getstate", "setstate")
_ORIGINAL = {name: vars(random.Random).get(name) for name in (*_OF_MODULE, "randrange", "_randbelow")}


def is_untouched(module: ModuleType) -> bool:
    """Return whether this `random` module draws as CPython's own does: none of its functions was replaced."""
    hidden = getattr(module.randint, "__self__", None)
    return (
        type(hidden) is random.Random
        and vars(hidden).keys() <= {"gauss_next"}
        and all(getattr(module, name) == getattr(hidden, name) for name in _OF_MODULE)
        and all(vars(random.Random).get(name) is function for name, function in _ORIGINAL.items())
    )


def random_numbers(n: int) -> NDArray[np.float64]:
    """Return the next n values of `random.random()`, float64 (n,); one at a time if `random` was changed."""
    if not is_untouched(random):
        return np.array([random.random() for _ in range(n)])
    generator = _twister(random.getstate())
    numbers = np.random.Generator(generator).random(n)  # NumPy makes doubles of two words just as CPython does
    random.setstate(_state(generator, random.getstate()))
    return numbers


class WordStream:
    """The 32-bit words that `random` yields from a given state on, which can be read ahead before they are consumed.

    One generator reads ahead; for `state`, a second one follows to where words have been consumed. Milestones hold
    the reader's state at the start of each block, so that the follower need not draw whole blocks again.
    """

    def __init__(self, state: State) -> None:
        self._start = state
        self._reader, self._follower = _twister(state), _twister(state)
        self._generator = np.random.Generator(self._reader)
        self._ahead = np.empty(0, np.uint32)
        self._consumed = self._followed = 0
        self._milestones: deque[tuple[int, Any]] = deque()

    def peek(self, n: int) -> Words:
        """Return the next n words, uint32 (n,), without consuming them. Do not write into the array."""
        fresh = n - len(self._ahead)
        if fresh > 0:
            self._milestones.append((self._consumed + len(self._ahead), self._reader.state))
            words = self._generator.integers(0, 2**32, fresh, np.uint32)  # the full range is the raw word
            self._ahead = np.concatenate((self._ahead, words))
        return self._ahead[:n]

    def consume(self, n: int) -> None:
        """Skip the next n words: `state` advances as if `random` had drawn them."""
        self.peek(n)
        self._ahead = self._ahead[n:]
        self._consumed += n

    @property
    def state(self) -> State:
        """The state for `random.setstate` in which exactly the consumed words have been drawn."""
        while self._milestones and self._milestones[0][0] <= self._consumed:
            place, milestone = self._milestones.popleft()
            if place > self._followed:
                self._followed, self._follower.state = place, milestone
        self._follower.random_raw(self._consumed - self._followed, output=False)
        self._followed = self._consumed
        return _state(self._follower, self._start)


def _twister(state: State) -> np.random.MT19937:
    _, (*key, position), _ = state
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": np.array(key, np.uint32), "pos": position}}
    return twister


def _state(twister: np.random.MT19937, like: State) -> State:
    """Return the generator's state in the form of `random.setstate`; the part for `gauss` is that of `like`."""
    version, _, gauss_next = like
    inner: Any = twister.state["state"]
    return version, (*inner["key"].tolist(), inner["pos"]), gauss_next


def state_as_array(state: State) -> NDArray[np.float64]:
    """Return what `random.getstate()` returned as an array, exactly: (626,), or (627,) if `gauss` has a number left.

    Its integers, the version and 625 below 2³², are exact in double precision.
    """
    version, words, gauss_next = state
    return np.array([version, *words, *([] if gauss_next is None else [gauss_next])], np.float64)


def state_from_array(array: NDArray[Any]) -> State:
    """Return the state for `random.setstate` that `state_as_array` stored; raise ValueError if there is none."""
    if array.shape not in ((626,), (627,)):
        raise ValueError(f"an array of shape {array.shape} holds no state of `random`: expected 626 or 627 numbers")
    version, *words = map(int, array[:626].tolist())
    state = version, tuple(words), None if len(array) == 626 else float(array[626])
    random.Random().setstate(state)  # raises the ValueError
    return state


def numpy_state_as_array(state: Any) -> NDArray[np.float64]:
    """Return what `np.random.get_state()` returned as an array, exactly: (627,).

    Raises TypeError if `np.random` has another bit generator than its own, MT19937.
    """
    if not isinstance(state, tuple):
        raise TypeError(f"np.random draws from {state['bit_generator']}: expected MT19937, as NumPy sets it")
    _, key, position, has_gauss, gauss = state
    return np.array([*key, position, has_gauss, gauss], np.float64)


def numpy_state_from_array(array: NDArray[Any]) -> State:
    """Return the state for `np.random.set_state` that `numpy_state_as_array` stored."""
    position, has_gauss, gauss = array[624:].tolist()
    return "MT19937", array[:624].astype(np.uint32), int(position), int(has_gauss), gauss


def randbelow(words: Words, at: Ids, n: Ids) -> tuple[Ids, Ids]:
    """Draw `random.randint(0, n−1)` at many places of the stream at once, each with its own n.

    Parameters
    ----------
    words : uint32 (L, CANDIDATES), the stream: row i holds the words from place i on (`sliding_window_view`)
    at : int (m,), the place in the stream where each draw starts
    n : int (m,), bounds, 1 ≤ n < 2³²

    Returns the values (m,) and the places (m,) after the last word that each draw consumed; raises IndexError if a
    draw might run beyond the end of `words`.
    """
    shift = (32 - np.frexp(n)[1]).astype(np.uint32)  # n.bit_length() is the binary exponent of n
    candidates = words[at] >> shift[:, None]  # (m, CANDIDATES)
    accepted = candidates < n[:, None]  # (m, CANDIDATES)
    first = accepted.argmax(axis=1)
    row = np.arange(len(at))
    values, after = candidates[row, first], at + first + 1
    again = np.flatnonzero(~accepted[row, first])  # where no candidate is accepted
    if again.size:
        values[again], after[again] = randbelow(words, at[again] + CANDIDATES, n[again])
    return values, after
