"""word2vec/runtime/checkpoint.py: what was saved comes back to the bit, and nothing else is believed."""

import hashlib
import io
import json
import os
import pickle
import random

import numpy as np
import pytest

from word2vec.runtime.checkpoint import (
    MAGIC,
    CheckpointError,
)

ARRAYS = {
    "float64": np.random.RandomState(1).randn(7, 3),
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
    "complex": np.array([1 + 2j, np.pi * 1j]),
    "int": np.array([2**62, -1]),
    "bool": np.array([[True], [False]]),
    "byte": np.array([0, 255], np.uint8),
    "big-endian": np.array([1.5, -2], ">f8"),
    "scalar": np.array(0.1),
    "empty": np.empty((0, 4)),
    "strange": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7976931348623157e308]),
    "transposed": np.arange(12.0).reshape(3, 4).T,
    "slice": np.arange(20.0)[::3],
}
VALUES = {
    "iteration": 12345,
    "settings": {"dim": 10, "seed": None, "loss": "negative-sampling", "step": 0.3},
    "random": (3, (4294967295, 0, 17), None),
    "array": "an array is compared apart",
    "tiny": 5e-324,
    "exact": 0.1 + 0.2,
    "large": 2**80,
    "words": ["great", "cliché", "Ã©", "\u00a0", "\U0001f600", ""],
    "true": True,
    "nested": [[], {}, [[1.5]], (), [(), {"tuple": (1,)}, {"array": [1], "dict": {}}]],
    "none": None,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.checkpoint"


def test_everything_comes_back_to_the_bit(path):
    save_archive(path, ARRAYS, VALUES)
    arrays, values = load_archive(path)
    assert values == VALUES
    assert list(values) == list(VALUES)
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()
        assert arrays[name].flags.writeable


def test_nothing_at_all_comes_back(path):
    save_archive(path, {}, {})
    assert load_archive(path) == ({}, {})


def test_values_keep_their_kinds(path):
    """JSON knows neither tuples nor arrays; the states of random generators are made of these."""
    save_archive(path, {}, {**VALUES, "array": np.array([1, 2], np.uint32), "numpy": np.float64(0.1) + 0.2})
    values = load_archive(path)[1]
    assert repr({**values, "array": VALUES["array"]}) == repr({**VALUES, "numpy": 0.1 + 0.2})
    assert values["array"].dtype == np.uint32
    assert values["array"].tolist() == [1, 2]
    assert type(values["numpy"]) is float
    save_archive(path, {}, {"int": np.int64(2**62 + 1), "bool": np.bool_(True)})
    assert repr(load_archive(path)[1]) == repr({"int": 2**62 + 1, "bool": True})
    assert values["numpy"] == 0.1 + 0.2


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.0, 5e-324, 0.1, -(2**70), True])
def test_numbers_come_back_to_the_bit(path, number):
    save_archive(path, {}, {"number": number})
    assert repr(load_archive(path)[1]["number"]) == repr(number)


def test_the_state_of_random_goes_on(path):
    random.seed(5)
    random.gauss(0, 1)
    save_archive(path, {}, {"random": random.getstate()})
    expected = [random.random(), random.gauss(0, 1)]
    random.setstate(load_archive(path)[1]["random"])
    assert [random.random(), random.gauss(0, 1)] == expected


def test_arrays_and_values_are_left_as_they_are(path):
    array, values = np.arange(4.0), {"list": [1, 2]}
    array.flags.writeable = False
    save_archive(path, {"x": array}, values)
    assert values == {"list": [1, 2]}
    assert (array == np.arange(4.0)).all()


def test_the_file_begins_with_its_format_and_its_checksum(path):
    save_archive(path, ARRAYS, VALUES)
    magic, checksum, content = path.read_bytes().split(b"\n", 2)
    assert magic + b"\n" == MAGIC
    assert checksum.decode() == hashlib.sha256(content).hexdigest()
    head, arrays = content.split(b"\n", 1)
    assert json.loads(head)["arrays"]["transposed"] == [np.dtype(float).str, [4, 3]]
    assert arrays == b"".join(array.tobytes() for array in ARRAYS.values())
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("arrays", "values", "message"),
    [
        ({"x": np.array([{}, 1], object)}, {}, "the array 'x' holds object: expected booleans or numbers"),
        ({"x": np.array(["a"])}, {}, "the array 'x' holds <U1: expected booleans or numbers"),
        ({"x": np.array(["2020-01-01"], "M8[D]")}, {}, r"the array 'x' holds datetime64\[D\]: expected"),
        ({}, {"set": {1}}, r"cannot save \{1\}: expected numbers, strings, None, lists, tuples, dicts or arrays"),
        ({}, {"deep": [({"x": b"bytes"},)]}, "cannot save b'bytes': expected"),
        ({}, {"keys": {1: 2}}, r"cannot save \{1: 2\}: expected"),
        ({}, {"array": np.array([{}], object)}, r"cannot save array\(.*\): expected"),
    ],
)
def test_what_cannot_be_saved_is_named_and_nothing_is_written(path, arrays, values, message):
    save_archive(path, {"x": np.arange(3.0)}, {})
    before = path.read_bytes()
    with pytest.raises(TypeError, match=message):
        save_archive(path, arrays, values)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


class Trap:
    """Says so when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was read",)


def test_no_pickle_is_read(path):
    """Not even where the checksum is right."""
    archive = io.BytesIO()
    np.savez(archive, x=np.array([Trap()], object))
    for data in (pickle.dumps(Trap()), archive.getvalue()):
        path.write_bytes(data)
        with pytest.raises(CheckpointError, match=FOREIGN):
            load_archive(path)
        path.write_bytes(MAGIC + hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        with pytest.raises(CheckpointError, match="its content is not that of a checkpoint"):
            load_archive(path)


GENERATORS = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_state_of_every_bit_generator_goes_on(path, kind):
    generator = np.random.Generator(getattr(np.random, kind)(5))
    generator.random(3, np.float32)
    save_archive(path, {}, {"state": generator.bit_generator.state, "numpy": np.random.get_state()})
    expected = generator.random(5, np.float32).tolist(), np.random.random(3).tolist()
    other, (_, values) = np.random.Generator(getattr(np.random, kind)(6)), load_archive(path)
    other.bit_generator.state = values["state"]
    np.random.set_state(values["numpy"])
    assert (other.random(5, np.float32).tolist(), np.random.random(3).tolist()) == expected


# damage


@pytest.fixture
def small(path):
    """Make a checkpoint of about a kilobyte."""
    save_archive(path, {"x": np.arange(3.0)}, {"iteration": 3})
    return path


FOREIGN = "is damaged or no checkpoint: it does not begin with 'word2vec checkpoint 1'; remove it, or start anew"
TORN = "is damaged or no checkpoint: its content does not match its checksum; remove it, or start anew"


def test_a_flipped_bit_anywhere_is_found(small):
    data = small.read_bytes()
    with small.open("r+b", buffering=0) as file:
        for i, byte in enumerate(data):
            for bit in range(8):
                file.seek(i)
                file.write(bytes([byte ^ 1 << bit]))
                with pytest.raises(CheckpointError, match=FOREIGN if i < len(MAGIC) else TORN):
                    load_archive(small)
            file.seek(i)
            file.write(bytes([byte]))
    assert small.read_bytes() == data
    assert load_archive(small)[1] == {"iteration": 3}


def test_a_cut_off_end_of_any_length_is_found(small):
    data = small.read_bytes()
    for n in range(len(data)):
        small.write_bytes(data[:n])
        with pytest.raises(CheckpointError, match=FOREIGN if n < len(MAGIC) else TORN):
            load_archive(small)


def test_a_cut_off_beginning_is_found(small):
    data = small.read_bytes()
    for n in (1, len(MAGIC), len(MAGIC) + 65):
        small.write_bytes(data[n:])
        with pytest.raises(CheckpointError, match=FOREIGN):
            load_archive(small)


def test_anything_appended_is_found(small):
    small.write_bytes(small.read_bytes() + b"\n")
    with pytest.raises(CheckpointError, match=TORN):
        load_archive(small)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\n\n", MAGIC, MAGIC + b"\n", MAGIC * 2, b"PK\x03\x04", b"word vectors\n" * 100, bytes(5000)],
)
def test_an_empty_or_foreign_file_is_no_checkpoint(path, data):
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=TORN if data.startswith(MAGIC) else FOREIGN) as caught:
        load_archive(path)
    assert str(caught.value).startswith(str(path))


def test_another_version_of_the_format_is_not_believed(small):
    small.write_bytes(small.read_bytes().replace(b"checkpoint 1\n", b"checkpoint 2\n", 1))
    with pytest.raises(CheckpointError, match=FOREIGN):
        load_archive(small)


def test_a_missing_file_is_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        load_archive(path)
