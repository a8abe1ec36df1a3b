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
    KEPT,
    MAGIC,
    CheckpointError,
    load_checkpoint,
    load_newest,
    locked,
    save_checkpoint,
    save_generation,
    versions,
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
    save_checkpoint(path, ARRAYS, VALUES)
    arrays, values = load_checkpoint(path)
    assert values == VALUES
    assert list(values) == list(VALUES)
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()
        assert arrays[name].flags.writeable


def test_nothing_at_all_comes_back(path):
    save_checkpoint(path, {}, {})
    assert load_checkpoint(path) == ({}, {})


def test_values_keep_their_kinds(path):
    """JSON knows neither tuples nor arrays; the states of random generators are made of these."""
    save_checkpoint(path, {}, {**VALUES, "array": np.array([1, 2], np.uint32), "numpy": np.float64(0.1) + 0.2})
    values = load_checkpoint(path)[1]
    assert repr({**values, "array": VALUES["array"]}) == repr({**VALUES, "numpy": 0.1 + 0.2})
    assert values["array"].dtype == np.uint32
    assert values["array"].tolist() == [1, 2]
    assert type(values["numpy"]) is float
    save_checkpoint(path, {}, {"int": np.int64(2**62 + 1), "bool": np.bool_(True)})
    assert repr(load_checkpoint(path)[1]) == repr({"int": 2**62 + 1, "bool": True})
    assert values["numpy"] == 0.1 + 0.2


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.0, 5e-324, 0.1, -(2**70), True])
def test_numbers_come_back_to_the_bit(path, number):
    save_checkpoint(path, {}, {"number": number})
    assert repr(load_checkpoint(path)[1]["number"]) == repr(number)


def test_the_state_of_random_goes_on(path):
    random.seed(5)
    random.gauss(0, 1)
    save_checkpoint(path, {}, {"random": random.getstate()})
    expected = [random.random(), random.gauss(0, 1)]
    random.setstate(load_checkpoint(path)[1]["random"])
    assert [random.random(), random.gauss(0, 1)] == expected


def test_arrays_and_values_are_left_as_they_are(path):
    array, values = np.arange(4.0), {"list": [1, 2]}
    array.flags.writeable = False
    save_checkpoint(path, {"x": array}, values)
    assert values == {"list": [1, 2]}
    assert (array == np.arange(4.0)).all()


def test_the_file_begins_with_its_format_and_its_checksum(path):
    save_checkpoint(path, ARRAYS, VALUES)
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
    save_checkpoint(path, {"x": np.arange(3.0)}, {})
    before = path.read_bytes()
    with pytest.raises(TypeError, match=message):
        save_checkpoint(path, arrays, values)
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
            load_checkpoint(path)
        path.write_bytes(MAGIC + hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        with pytest.raises(CheckpointError, match="its content is not that of a checkpoint"):
            load_checkpoint(path)


GENERATORS = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_state_of_every_bit_generator_goes_on(path, kind):
    generator = np.random.Generator(getattr(np.random, kind)(5))
    generator.random(3, np.float32)
    save_checkpoint(path, {}, {"state": generator.bit_generator.state, "numpy": np.random.get_state()})
    expected = generator.random(5, np.float32).tolist(), np.random.random(3).tolist()
    other, (_, values) = np.random.Generator(getattr(np.random, kind)(6)), load_checkpoint(path)
    other.bit_generator.state = values["state"]
    np.random.set_state(values["numpy"])
    assert (other.random(5, np.float32).tolist(), np.random.random(3).tolist()) == expected


# damage


@pytest.fixture
def small(path):
    """Make a checkpoint of about a kilobyte."""
    save_checkpoint(path, {"x": np.arange(3.0)}, {"iteration": 3})
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
                    load_checkpoint(small)
            file.seek(i)
            file.write(bytes([byte]))
    assert small.read_bytes() == data
    assert load_checkpoint(small)[1] == {"iteration": 3}


def test_a_cut_off_end_of_any_length_is_found(small):
    data = small.read_bytes()
    for n in range(len(data)):
        small.write_bytes(data[:n])
        with pytest.raises(CheckpointError, match=FOREIGN if n < len(MAGIC) else TORN):
            load_checkpoint(small)


def test_a_cut_off_beginning_is_found(small):
    data = small.read_bytes()
    for n in (1, len(MAGIC), len(MAGIC) + 65):
        small.write_bytes(data[n:])
        with pytest.raises(CheckpointError, match=FOREIGN):
            load_checkpoint(small)


def test_anything_appended_is_found(small):
    small.write_bytes(small.read_bytes() + b"\n")
    with pytest.raises(CheckpointError, match=TORN):
        load_checkpoint(small)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\n\n", MAGIC, MAGIC + b"\n", MAGIC * 2, b"PK\x03\x04", b"word vectors\n" * 100, bytes(5000)],
)
def test_an_empty_or_foreign_file_is_no_checkpoint(path, data):
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=TORN if data.startswith(MAGIC) else FOREIGN) as caught:
        load_checkpoint(path)
    assert str(caught.value).startswith(str(path))


def test_another_version_of_the_format_is_not_believed(small):
    small.write_bytes(small.read_bytes().replace(b"checkpoint 1\n", b"checkpoint 2\n", 1))
    with pytest.raises(CheckpointError, match=FOREIGN):
        load_checkpoint(small)


def test_a_missing_file_is_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(path)


# generations


def generation(folder, iteration):
    """Save a generation that knows its number."""
    return save_generation(folder, iteration, {"x": np.full(2, float(iteration))}, {"iteration": iteration})


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


def damage(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def quiet(text):
    pytest.fail(f"reported: {text}")


def test_the_folder_is_made(tmp_path):
    path = generation(tmp_path / "checkpoints" / "abc", 5)
    assert path == tmp_path / "checkpoints" / "abc" / "iteration-000000005.checkpoint"
    assert load_checkpoint(path)[1] == {"iteration": 5}


def test_two_generations_are_kept(tmp_path):
    assert KEPT == 2
    paths = [generation(tmp_path, iteration) for iteration in (5, 10, 9999, 10_000, 100_000)]
    assert kept(tmp_path) == [path.name for path in paths[-2:]]
    arrays, values = load_newest(tmp_path, quiet)
    assert values == {"iteration": 100_000}
    assert arrays["x"].tolist() == [100_000.0, 100_000.0]


def test_the_same_iteration_again_takes_the_files_place(tmp_path):
    generation(tmp_path, 5)
    generation(tmp_path, 10)
    save_generation(tmp_path, 10, {}, {"iteration": "ten"})
    assert len(kept(tmp_path)) == 2
    assert load_newest(tmp_path, quiet)[1] == {"iteration": "ten"}


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "iteration-000000001.checkpoint.txt").write_text("note")
    (tmp_path / "word_vectors.txt").write_text("1 1")
    (tmp_path / ".iteration-000000002.checkpoint.abc").write_text("half")
    for iteration in range(5):
        generation(tmp_path, iteration)
    assert len(kept(tmp_path)) == 5
    assert load_newest(tmp_path, quiet)[1] == {"iteration": 4}


def test_a_damaged_newest_generation_is_skipped_and_reported(tmp_path):
    generation(tmp_path, 5)
    newest = generation(tmp_path, 10)
    damage(newest)
    reports = []
    arrays, values = load_newest(tmp_path, reports.append)
    assert values == {"iteration": 5}
    assert arrays["x"].tolist() == [5.0, 5.0]
    (report,) = reports
    assert report.startswith(f"skipped: {newest} is damaged")


def test_a_damaged_older_generation_does_not_matter(tmp_path):
    damage(generation(tmp_path, 5))
    generation(tmp_path, 10)
    assert load_newest(tmp_path, quiet)[1] == {"iteration": 10}


def test_an_empty_newest_generation_is_skipped(tmp_path):
    generation(tmp_path, 5)
    (tmp_path / "iteration-000000010.checkpoint").touch()
    reports = []
    assert load_newest(tmp_path, reports.append)[1] == {"iteration": 5}
    assert len(reports) == 1


def test_no_usable_generation_is_an_error_and_each_is_reported(tmp_path):
    for iteration in (5, 10):
        damage(generation(tmp_path, iteration))
    reports = []
    with pytest.raises(CheckpointError, match="start anew") as caught:
        load_newest(tmp_path, reports.append)
    assert str(caught.value).startswith(f"no usable checkpoint in {tmp_path}: ")
    assert [name in report for name, report in zip(reversed(kept(tmp_path)), reports, strict=True)] == [True, True]


def test_no_generation_at_all_is_none(tmp_path):
    assert load_newest(tmp_path, quiet) is None
    assert load_newest(tmp_path / "nowhere", quiet) is None


def test_a_failure_to_save_leaves_both_older_generations(tmp_path, monkeypatch):
    names = [generation(tmp_path, iteration).name for iteration in (5, 10)]

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="iteration-000000015"):
        generation(tmp_path, 15)
    assert kept(tmp_path) == names


def test_the_second_line_is_json_that_anybody_can_read(small):
    head = json.loads(small.read_bytes().split(b"\n", 3)[2])
    assert head["arrays"] == {"x": ["<f8", [3]]}
    assert head["values"] == {"dict": {"iteration": 3}}
    assert small.read_bytes().endswith(np.arange(3.0).tobytes())


def test_versions_name_what_runs():
    assert versions()["numpy"] == np.__version__


# the lock


def test_a_locked_folder_is_made_swept_and_refused_to_others(tmp_path):
    folder = tmp_path / "runs"
    with locked(folder):
        assert folder.is_dir()
    generation(folder / "abc", 5)
    (folder / "abc" / ".iteration-000000006.checkpoint.0123456789abcdef.tmp").write_bytes(b"left by a kill")
    with locked(folder):
        assert kept(folder / "abc") == ["iteration-000000005.checkpoint"]
        with pytest.raises(CheckpointError, match=r"another run is writing into .*: wait for its end") as caught:
            locked(folder).__enter__()
        assert str(folder) in str(caught.value)
    with locked(folder):
        pass


def test_a_generation_just_written_is_never_dropped(tmp_path):
    for iteration in (10, 20):
        save_generation(tmp_path, iteration, {}, {})
    assert save_generation(tmp_path, 5, {}, {}).exists()
