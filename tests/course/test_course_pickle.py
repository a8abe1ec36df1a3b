"""word2vec/course/course_pickle.py: a state of `random` is read, everything else is refused unbuilt."""

import contextlib
import pickle
import pickletools
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.course.course_pickle import LARGEST, read_course_state


class Trap:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self):
        return open, ("read", "w")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "saved_state_5000.pickle"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("gauss", [False, True])
def test_a_state_of_any_protocol_comes_back(path, protocol, gauss):
    if gauss:
        random.gauss(0, 1)
    path.write_bytes(pickle.dumps(random.getstate(), protocol))
    assert read_course_state(path) == random.getstate()


KEY = tuple(range(624))


@pytest.mark.parametrize(
    "content",
    [
        Trap(),
        (3, (*KEY, Trap()), None),
        (3, [*KEY, 624], None),
        (3, (*KEY, 625), None),
        (3, (*KEY, -1), None),
        (3, (2**32, *KEY[1:], 624), None),
        (3, (True, *KEY[1:], 624), None),
        (3, (*KEY, 624), "text"),
        (2, (*KEY, 624), None),
        (3, KEY, None),
        {"random": 3},
        None,
        {1, 2},
        len,
    ],
    ids=lambda content: repr(content)[:40],
)
def test_anything_else_is_refused(path, content):
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=r"is not a pickle of what random.getstate\(\) returns, so it was not read"):
        read_course_state(path)
    assert not Path("read").exists()


def test_a_huge_file_is_not_even_looked_at(path):
    path.write_bytes(pickle.dumps(random.getstate()) + bytes(LARGEST))
    with pytest.raises(ValueError, match="it was not read"):
        read_course_state(path)


def test_a_memo_with_a_huge_index_takes_no_memory(path):
    state = pickle.dumps(random.getstate(), 2)
    place = next(place for opcode, _, place in pickletools.genops(state) if opcode.name == "BINPUT")
    for index in (2**26, 2**31 - 1):
        path.write_bytes(state[:place] + b"r" + index.to_bytes(4, "little") + state[place + 2 :])
        tracemalloc.start()
        assert read_course_state(path) == random.getstate()
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
        tracemalloc.stop()


def test_a_huge_byte_array_takes_no_memory(path):
    path.write_bytes(b"\x80\x05" + pickle.BYTEARRAY8 + (2**33).to_bytes(8, "little") + b".")
    tracemalloc.start()
    with pytest.raises(ValueError, match="it was not read"):
        read_course_state(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@settings(max_examples=1000, deadline=None, database=None)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_a_changed_file_gives_a_state_or_a_value_error(tmp_path_factory, place, noise):
    path = tmp_path_factory.getbasetemp() / "changed.pickle"
    content = pickle.dumps(random.Random(1).getstate())
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    found = None
    with contextlib.suppress(ValueError):
        found = read_course_state(path)
        random.Random().setstate(found)
    assert found is None or found[0] == 3
