"""word2vec/runtime/archive.py: what was saved comes back to the bit, and nothing else is believed."""

import errno
import hashlib
import io
import itertools
import json
import os
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from word2vec.runtime import archive
from word2vec.runtime.archive import (
    CheckpointError,
    load_archive,
    load_values,
    map_array,
    read_array,
    read_header,
    read_member,
    save_archive,
    write_members,
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
    "tiny": 5e-324,
    "exact": 0.1 + 0.2,
    "large": 2**80,
    "words": ["great", "cliché", "Ã©", "\u00a0", "\U0001f600", ""],
    "true": True,
    "nested": [[], {}, [[1.5]], [{"tuple": [1]}, {"array": [1], "dict": {}}]],
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


def test_values_without_arrays_and_arrays_without_values(path):
    save_archive(path, {"x": np.arange(2)})
    assert load_archive(path)[1] == {}
    assert zipfile.ZipFile(path).namelist() == ["x.npy"]


def test_tuples_become_lists_and_numbers_of_numpy_pythons_own(path):
    save_archive(path, {}, {"tuple": (1, [(2,)]), "float": np.float64(0.1) + 0.2, "int": np.int64(2**62 + 1)})
    assert repr(load_archive(path)[1]) == repr({"tuple": [1, [[2]]], "float": 0.1 + 0.2, "int": 2**62 + 1})
    save_archive(path, {}, {"bool": np.bool_(True), "half": "\ud800"})
    assert repr(load_archive(path)[1]) == repr({"bool": True, "half": "\ud800"})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.0, 5e-324, 0.1, -(2**70), True])
def test_numbers_come_back_to_the_bit(path, number):
    save_archive(path, {}, {"number": number})
    assert repr(load_archive(path)[1]["number"]) == repr(number)


def test_arrays_and_values_are_left_as_they_are(path):
    array, values = np.arange(4.0), {"list": [1, 2]}
    array.flags.writeable = False
    save_archive(path, {"x": array}, values)
    assert values == {"list": [1, 2]}
    assert (array == np.arange(4.0)).all()


def test_numpy_reads_the_file_and_its_last_64_bytes_are_the_checksum_of_the_others(path):
    save_archive(path, ARRAYS, VALUES)
    data = path.read_bytes()
    assert data[-64:].decode() == hashlib.sha256(data[:-64]).hexdigest()
    with np.load(path, allow_pickle=False) as found:
        assert found.files == [*ARRAYS, "values"]
        assert json.loads(found["values"].tobytes()) == VALUES
        for name, array in ARRAYS.items():
            assert found[name].tobytes() == array.tobytes()
    assert zipfile.ZipFile(path).testzip() is None
    assert os.listdir(path.parent) == [path.name]


def test_the_same_state_is_the_same_bytes(path):
    save_archive(path, ARRAYS, VALUES)
    before = path.read_bytes()
    save_archive(path, ARRAYS, VALUES)
    assert path.read_bytes() == before


def test_every_array_can_be_mapped_from_a_multiple_of_64_bytes(path):
    save_archive(path, {"x": np.arange(3.0), "a longer name": np.arange(5), "ç": np.eye(2)}, VALUES)
    with zipfile.ZipFile(path) as found:
        for name in ("x", "a longer name", "ç"):
            array = read_member(found, f"{name}.npy", mmap=True)
            assert isinstance(array, np.memmap)
            assert array.offset % 64 == 0
            assert not array.flags.writeable
            np.testing.assert_array_equal(array, read_member(found, f"{name}.npy"))
        size = found.getinfo("a longer name.npy").file_size  # the largest
    for mapped, least in ((["a longer name"], size), ([], size + 1)):
        arrays, _ = load_archive(path, mapped=least)
        assert [name for name, array in arrays.items() if isinstance(array, np.memmap)] == mapped


@pytest.mark.parametrize(
    ("arrays", "values", "message"),
    [
        ({"x": np.array([{}, 1], object)}, {}, "the array 'x' holds object: expected booleans or numbers"),
        ({"x": np.array(["a"])}, {}, "the array 'x' holds <U1: expected booleans or numbers"),
        ({"x": np.array(["2020-01-01"], "M8[D]")}, {}, r"the array 'x' holds datetime64\[D\]: expected"),
        ({}, {"set": {1}}, r"cannot save \{1\}: expected numbers, strings, None, or lists and dicts of"),
        ({}, {"deep": [({"x": b"bytes"},)]}, "cannot save b'bytes': expected"),
        ({}, {"array": np.arange(2)}, r"cannot save array\(.*\): expected"),
        ({}, {"complex": np.complex64(1)}, r"cannot save \(1\+0j\): expected"),
        ({"values": np.arange(2)}, {}, r"the array 'values' holds int64: expected .*, and another name"),
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
    content = io.BytesIO()
    np.savez(content, x=np.array([Trap()], object))
    for data in (pickle.dumps(Trap()), content.getvalue()):
        path.write_bytes(data)
        with pytest.raises(CheckpointError, match=TORN):
            load_archive(path)
        sealed(path, data)
        with pytest.raises(CheckpointError, match=r"pickled objects are not read|File is not a zip file"):
            load_archive(path)


# damage


def sealed(path, data):
    """Write a file whose checksum is right, whatever it holds; a zip file's comment is made for it."""
    if data[-22:-18] == b"PK\x05\x06":
        data = data[:-2] + (64).to_bytes(2, "little")
    path.write_bytes(data + hashlib.sha256(data).hexdigest().encode())
    return path


@pytest.fixture
def small(path):
    """Make an archive of about a kilobyte."""
    save_archive(path, {"x": np.arange(3.0)}, {"iteration": 3})
    return path


TORN = "is damaged or no checkpoint: its content does not match its checksum; remove it, or start anew"


def test_a_flipped_bit_anywhere_is_found(small):
    data = small.read_bytes()
    with small.open("r+b", buffering=0) as file:
        for i, byte in enumerate(data):
            for bit in range(8):
                file.seek(i)
                file.write(bytes([byte ^ 1 << bit]))
                with pytest.raises(CheckpointError, match=TORN):
                    load_archive(small)
            file.seek(i)
            file.write(bytes([byte]))
    assert small.read_bytes() == data
    assert load_archive(small)[1] == {"iteration": 3}


def test_a_cut_off_end_of_any_length_is_found(small):
    data = small.read_bytes()
    for n in range(len(data)):
        small.write_bytes(data[:n])
        with pytest.raises(CheckpointError, match=TORN):
            load_archive(small)


@pytest.mark.parametrize("data", [b"", b"\n", b"PK\x03\x04", b"word vectors\n" * 100, bytes(5000), b"0" * 64])
def test_an_empty_or_foreign_file_is_no_checkpoint(path, data):
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=TORN) as caught:
        load_archive(path)
    assert str(caught.value).startswith(str(path))


def test_what_does_not_read_back_is_an_error_and_the_older_file_stays(small, monkeypatch):
    before = small.read_bytes()
    monkeypatch.setattr(archive, "_is_whole", lambda _: False)
    with pytest.raises(OSError, match="does not read back"):
        save_archive(small, {}, {})
    assert small.read_bytes() == before


def test_values_are_read_without_the_arrays(small):
    data = bytearray(small.read_bytes())
    data[data.index(np.arange(3.0).tobytes())] ^= 1
    small.write_bytes(data)
    assert load_values(small) == {"iteration": 3}
    save_archive(small, {"x": np.arange(3.0)})
    assert load_values(small) == {}
    small.write_bytes(b"text")
    assert load_values(small) == {}
    assert load_values(small.with_name("missing")) == {}


def test_a_missing_file_is_a_missing_file(path):
    with pytest.raises(FileNotFoundError):
        load_archive(path)


# hostile files


def npy(header, body=b"", version=(1, 0)):
    """Make an .npy with any header."""
    header = header if isinstance(header, bytes) else repr(header).encode()
    width = 2 if version == (1, 0) else 4
    return b"\x93NUMPY" + bytes(version) + len(header).to_bytes(width, "little") + header + body


def described(descr="<f8", shape=(1,), order=False):
    return {"descr": descr, "fortran_order": order, "shape": shape}


def zipped(members, compression=zipfile.ZIP_STORED):
    """Make a zip file of members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as found:
        for name, data in members.items():
            found.writestr(name, data)
    return content.getvalue()


HOSTILE_HEADERS = [
    described(shape=(10**18,)),
    described(shape=(10**18, 0, 10**18, 10**18)),
    described(shape=(10**30,)),
    described(shape=(10**30, 0)),
    described(shape=(-1,)),
    described(shape=(-1, -1)),
    described(shape=(1.0,)),
    described(shape=1),
    described(shape=(0,) * 100),
    described("|O"),
    described("|V8"),
    described("M8[D]"),
    described("<U0", (10**18,)),
    described("(2,)<f4"),
    described("<f4,<f4"),
    described([("a", "<f8")]),
    described("<f3"),
    described("<f8]"),
    described(",<f8"),
    described("f\u0668"),
    described(8),
    described(None),
    described(order=2),
    {"descr": "<f8", "shape": (1,)},
    b"__import__('os').abort()",
    b"",
    b"\xff\x00\n\t ",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (",
    b"(" * 4000,
    b"-" * 4000 + b"1",
    b"[" * 60 + b"]" * 60,
    b"9" * 4000,
    b" " * 70_000,
]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0), (9, 9)])
@pytest.mark.parametrize("header", HOSTILE_HEADERS, ids=lambda header: str(header)[:50])
def test_hostile_headers_are_refused_and_nothing_large_is_allocated(path, header, version, monkeypatch):
    monkeypatch.setattr(archive.np, "memmap", lambda *_, **__: pytest.fail("mapped"))
    if version == (1, 0) and len(header) > 65_535:
        header = header[:65_535]
    data = npy(header, bytes(8), version)
    sealed(path, zipped({"x.npy": data}))
    with pytest.raises(CheckpointError, match="is damaged or no checkpoint: "):
        load_archive(path)
    path.write_bytes(data)
    with pytest.raises(archive.UNREADABLE), path.open("rb") as file:
        read_array(file, len(data), "x", len(data))
    with pytest.raises(archive.UNREADABLE), path.open("rb") as file:
        map_array(file, 0, len(data), "x")


@pytest.mark.parametrize(
    "members",
    [
        {"x.npy": b""},
        {"x.npy": b"\x93NUMPY"},
        {"x.npy": npy(described(), bytes(7))},
        {"x.npy": npy(described(), bytes(9))},
        {"values.npy": npy(described("|u1", (2,)), b"[]")},
        {"values.npy": npy(described("|u1", (2,)), b"{]")},
        {"values.npy": npy(described("|u1", (4,)), b"\xff\xfe\x00\x00")},
        {"values.npy": npy(described("|u1", (200_000,)), b"[" * 100_000 + b"]" * 100_000)},
        {"values.npy": npy(described("|u1", (100_005,)), b'{"n":' + b"9" * 99_999 + b"}")},
    ],
    ids=lambda members: str(members)[:50],
)
def test_hostile_members_with_a_right_checksum_are_refused(path, members):
    sealed(path, zipped(members))
    with pytest.raises(CheckpointError, match="is damaged or no checkpoint: "):
        load_archive(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_bomb_is_unpacked(path, compression, monkeypatch):
    monkeypatch.setattr(archive.np, "empty", lambda *_, **__: pytest.fail("allocated"))
    sealed(path, zipped({"x.npy": npy(described("|u1", (10**7,)), bytes(10**7))}, compression))
    with pytest.raises(CheckpointError, match="its arrays are compressed or larger than the file"):
        load_archive(path)
    if compression != zipfile.ZIP_DEFLATED:
        with (
            zipfile.ZipFile(path) as found,
            pytest.raises(ValueError, match="compressed in a way that NumPy does not"),
        ):
            read_member(found, "x.npy")


def test_a_compressed_member_cannot_claim_more_than_deflate_can_make(path, monkeypatch):
    data = bytearray(zipped({"x.npy": npy(described("|u1", (1000,)), bytes(1000))}, zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\x01\x02") + 24  # the size in the central directory
    data[place : place + 4] = (2 * 10**9).to_bytes(4, "little")
    path.write_bytes(data)
    monkeypatch.setattr(archive.np, "empty", lambda *_, **__: pytest.fail("allocated"))
    with (
        zipfile.ZipFile(path) as found,
        pytest.raises(ValueError, match="x holds 2000000000 bytes, its header promises"),
    ):
        read_member(found, "x.npy")


def test_a_member_that_ends_before_its_size_is_not_waited_for(path):
    whole = npy(described("|u1", (9000,)), bytes(9000))
    data = zipped({"x.npy": whole[:-1]}, zipfile.ZIP_DEFLATED)
    path.write_bytes(data.replace((len(whole) - 1).to_bytes(4, "little"), len(whole).to_bytes(4, "little")))
    with zipfile.ZipFile(path) as found, pytest.raises(ValueError, match="x is cut off"):
        read_member(found, "x.npy")


def test_members_that_overlap_are_no_way_to_a_larger_size(path):
    data = zipped({f"{n}.npy": npy(described("|u1", (50_000,)), bytes(50_000)) for n in "ab"})
    second = data.index(b"PK\x03\x04", 4)
    first, rest = data[:second], data[data.index(b"PK\x01\x02") :]
    rest = rest.replace(second.to_bytes(4, "little"), bytes(4))  # both members are the first one now
    end = rest.index(b"PK\x05\x06")
    rest = rest[: end + 16] + len(first).to_bytes(4, "little") + rest[end + 20 :]
    sealed(path, first + rest)
    with pytest.raises(CheckpointError, match="its arrays are compressed or larger than the file"):
        load_archive(path)


def test_a_member_that_begins_before_the_file_is_refused(path):
    data = zipped({"x.npy": npy(described(), bytes(8))})
    place = data.rindex(b"PK\x05\x06") + 16  # where the end says that the central directory begins
    begin = int.from_bytes(data[place : place + 4], "little") + 1  # zipfile thinks that a byte was cut off before it
    sealed(path, data[:place] + begin.to_bytes(4, "little") + data[place + 4 :])
    with pytest.raises(CheckpointError, match="is damaged or no checkpoint: x begins before the file"):
        load_archive(path)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_arrays_of_others_are_read_in_either_order(path, order, version):
    array = np.array(np.arange(12.0).reshape(3, 4), order=order)
    with path.open("wb") as file:
        np.lib.format.write_array(file, array, version)
    size = path.stat().st_size
    with path.open("rb") as file:
        found = read_array(file, size, "x", size), map_array(file, 0, size, "x")
    for one in found:
        np.testing.assert_array_equal(one, array)
        assert one.flags[f"{order}_CONTIGUOUS"]


def test_arrays_larger_than_a_block_come_back(path):
    array = np.random.default_rng(1).random(3 * archive.BLOCK // 8 + 5)
    save_archive(path, {"x": array}, {})
    assert load_archive(path)[0]["x"].tobytes() == array.tobytes()
    with path.open("wb") as file:
        write_members(file, {"x": array})
    with np.load(path) as found:
        assert found["x"].tobytes() == array.tobytes()


def test_memory_is_asked_for_before_it_is_taken(path, monkeypatch):
    def refuse(need, what, fix):
        raise MemoryError(f"{what} needs {need}: {fix}")

    save_archive(path, {"x": np.arange(100.0)})
    monkeypatch.setattr(archive, "check_memory", refuse)
    with pytest.raises(MemoryError, match="x needs 800: map it into memory, mmap=True"):
        load_archive(path)


def test_a_header_says_where_the_numbers_begin():
    content = io.BytesIO()
    np.save(content, np.ones((2, 3), ">f4", order="F"))
    data = content.getvalue()
    assert read_header(data, 152, "x", 152) == (np.dtype(">f4"), (2, 3), "F", 128)
    for size, most in ((151, 200), (153, 200), (152, 151)):
        with pytest.raises(ValueError, match=rf"x holds {size} bytes, its header promises \(2, 3\) of >f4"):
            read_header(data, size, "x", most)
    for part in itertools.chain([b"", b"PK"], (data[:n] for n in range(128))):
        with pytest.raises(ValueError, match="its header is not that of an array of NumPy"):
            read_header(part, 152, "x", 152)


# memory


@pytest.mark.parametrize("order", ["C", "F", "part", "turned"])
@pytest.mark.parametrize("shape", [(5, 3), (0, 3), (3, 0), (7,), (2, 3, 4)])
def test_arrays_of_any_layout_are_the_same_bytes(path, order, shape, monkeypatch):
    array = np.random.default_rng(3).normal(size=shape)
    layouts = {
        "C": array,
        "F": np.asfortranarray(array),
        "part": np.repeat(array, 2, axis=-1)[..., ::2],
        "turned": np.ascontiguousarray(array[::-1])[::-1],
    }
    save_archive(path, {"x": array})
    expected = path.read_bytes()
    monkeypatch.setattr(archive, "BLOCK", 50)
    save_archive(path, {"x": layouts[order]})
    assert path.read_bytes() == expected


@pytest.mark.parametrize("order", ["C", "F"])
def test_saving_and_reading_back_take_no_copy(path, order):
    array = np.zeros((1 << 16, 50), order=order)  # 25 MB
    tracemalloc.start()
    try:
        save_archive(path, {"x": array})
        load_archive(path, into={"x": np.ones_like(array, order="C")})
        taken = tracemalloc.get_traced_memory()[1] - array.nbytes  # that is read into
    finally:
        tracemalloc.stop()
    assert taken < 6 * archive.BLOCK


def test_an_array_is_read_into_another_of_its_shape_and_dtype_only(path):
    array = np.arange(6.0).reshape(2, 3)
    save_archive(path, {"x": array})
    place = np.zeros((2, 3))
    found, _ = load_archive(path, into={"x": place, "y": np.zeros(1)})
    assert found["x"] is place
    np.testing.assert_array_equal(place, array)
    for other in (np.zeros((3, 2)), np.zeros((2, 3), np.float32)):
        found, _ = load_archive(path, into={"x": other})
        assert found["x"] is not other
        assert not other.any()
        np.testing.assert_array_equal(found["x"], array)


def test_a_map_that_the_system_refuses_is_a_memory_error(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    np.save(tmp_path / "x.npy", np.zeros(3))
    monkeypatch.setattr(np, "memmap", refuse)
    with (
        open(tmp_path / "x.npy", "rb") as file,
        pytest.raises(MemoryError, match=r"^mapping x needs 0 MB.*ulimit -v"),
    ):
        archive.map_array(file, 0, (tmp_path / "x.npy").stat().st_size, "x")
