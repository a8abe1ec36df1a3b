"""word2vec/course/course_pickle.py: a state of `random` is read, everything else is refused unbuilt."""

import contextlib
import pickle
import pickletools
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.course.course_pickle import LARGEST, read_course_params, read_course_state


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


@pytest.mark.parametrize("read", [read_course_state, read_course_params])
def test_a_huge_byte_array_takes_no_memory(path, read):
    path.write_bytes(b"\x80\x05" + pickle.BYTEARRAY8 + (2**33).to_bytes(8, "little") + b".")
    tracemalloc.start()
    with pytest.raises(ValueError, match="was not read"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@settings(max_examples=300, deadline=None, database=None)
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


# parameters and state in one file, 2017/18

PARAMS = np.random.RandomState(1).randn(4, 3)


def pickled(params=PARAMS, protocol=2, state=None):
    return pickle.dumps(params, protocol) + pickle.dumps(state or random.getstate(), protocol)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "params",
    [PARAMS, PARAMS.T, PARAMS[:, ::2], PARAMS.astype("f4"), PARAMS.astype(">f8"), np.zeros((1, 2)), PARAMS[0]],
)
def test_parameters_of_any_protocol_come_back(path, protocol, params):
    path.write_bytes(pickled(params, protocol))
    found, state = read_course_params(path)
    np.testing.assert_array_equal(found, params)
    assert found.dtype == params.dtype.newbyteorder("=")
    assert found.flags.writeable
    assert state == random.getstate()


@pytest.mark.parametrize("binary", [False, True])
def test_what_python_2_pickles_comes_back(path, binary):
    """In its text protocol and its binary one, which hold the array's bytes as a str."""
    data = np.array([[0.5, -1.25]]).tobytes()
    text, raw = repr(data)[1:].encode(), b"T" + len(data).to_bytes(4, "little") + data
    array = b"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\nRp5\n(I1\n"
    array += (
        b"(I1\nI2\ntp6\ncnumpy\ndtype\np7\n(S'f8'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'<'\np11\nNNNI-1\nI-1\nI0\ntp12\nb"
    )
    array += b"I00\n" + (raw if binary else b"S" + text + b"\n") + b"tb."
    path.write_bytes(array + pickle.dumps(random.getstate(), 0))
    found, state = read_course_params(path)
    assert (found.tolist(), state) == ([[0.5, -1.25]], random.getstate())


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Trap()) + pickle.dumps(random.getstate()),
        pickle.dumps(PARAMS) + pickle.dumps(Trap()),
        pickle.dumps(PARAMS),
        pickle.dumps(PARAMS.astype(int)) + pickle.dumps(random.getstate()),
        pickle.dumps(np.array([Trap()], object)) + pickle.dumps(random.getstate()),
        pickle.dumps(np.load) + pickle.dumps(random.getstate()),
        pickle.dumps([PARAMS]) + pickle.dumps(random.getstate()),
        b"cos\nsystem\n(S'touch read'\ntR.",
        b"cnumpy.f2py.os\nsystem\n(S'touch read'\ntR.",
        b"",
    ],
    ids=range(10),
)
def test_any_other_pickle_of_parameters_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="was not read: expected the pickles of an array and of what random"):
        read_course_params(path)
    assert not Path("read").exists()


@settings(max_examples=100, deadline=None, database=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_changed_file_gives_floats_or_a_value_error(tmp_path_factory, place, noise):
    path = tmp_path_factory.getbasetemp() / "changed_params.pickle"
    content = pickled(state=random.Random(1).getstate())
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    found = None
    with contextlib.suppress(ValueError):
        found = read_course_params(path)[0]
    assert found is None or found.dtype.kind == "f"
