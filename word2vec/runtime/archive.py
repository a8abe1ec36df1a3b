"""The one container for checkpoints, models and arrays of vectors: an .npz that numpy.load reads.

It is a zip file of one .npy per array. Nothing is compressed, the numbers of each array begin at a multiple of 64
bytes so that they can be mapped into memory, and dates are fixed: the same arrays make the same bytes. `save_archive`
stores plain values as JSON in the member values.npy, and in the zip file's comment, its last 64 bytes, the SHA-256 of
all bytes before them, so that `load_archive` finds every changed bit. Archives that others wrote have no checksum and
may be compressed; `read_member` reads them too. No pickle is read, and no array is allocated before its size is known
to agree with the size of the file.
"""

import hashlib
import io
import json
import os
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from typing import IO, Any, Literal, cast

import numpy as np
from numpy.lib import format as npy

from .._types import Array, PathLike
from .files import write_atomically
from .memory import check_memory, guarded

Arrays = dict[str, Array]
Header = tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"], int]  # the last: where the numbers begin

NUMBERS = "biufc"  # kinds of dtypes: booleans, integers, floats, complex numbers
ALIGNMENT = 64
BLOCK = 1 << 20  # bytes that are read or written at once; they stay in a core's cache
LARGEST_HEADER = 1 << 12
LARGEST_RATIO = 1032  # bytes that deflate may make of one
CHECKSUM = bytes(64)  # where zipfile writes this object, `_Hashed` writes the checksum
UNREADABLE = (  # what zipfile, NumPy and json raise for damaged or hostile content
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, EOFError),
    *(ValueError, TypeError, KeyError, SyntaxError, RuntimeError, OverflowError),
)


class CheckpointError(RuntimeError):
    """A checkpoint or model cannot be used; the message names the file, the problem and the fix.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec import load_model
    >>> from word2vec.runtime.archive import CheckpointError
    >>> _ = Path("model").write_bytes(b"no model")
    >>> try:
    ...     load_model("model")
    ... except CheckpointError as error:
    ...     print(str(error).partition(":")[0])
    model is no model of save_model, or is damaged
    """


def save_archive(path: PathLike, arrays: Arrays, values: dict[str, Any] | None = None) -> None:
    """Write arrays and values into one file with a checksum, durably.

    Parameters
    ----------
    path : the file; an older one stays as it is until the new one is complete and reads back with the right checksum
    arrays : name → array of booleans or numbers
    values : name → str, int, float, bool, None, or lists and dicts of these; tuples are written as lists, keys as str

    Raises TypeError if something else is among the arrays or values; OSError if the file cannot be written; an older
    one is intact, and no other file is left.
    """
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in NUMBERS or name == "values":
            raise TypeError(f"the array {name!r} holds {array.dtype}: expected booleans or numbers, and another name")
    if values is not None:
        arrays["values"] = encode_values(values)
    with write_atomically(path, check=_is_whole) as file:
        write_members(cast(IO[bytes], _Hashed(file)), arrays, comment=CHECKSUM)


def load_archive(
    path: PathLike,
    otherwise: str = "is damaged or no checkpoint",
    fix: str = "remove it, or start anew (command line: --no-resume)",
    *,
    into: Arrays | None = None,
    mapped: int | None = None,
) -> tuple[Arrays, dict[str, Any]]:
    """Read the arrays and values that `save_archive` wrote, after comparing the checksum.

    `otherwise` and `fix` are how the message about any other file begins and ends. An array of `into` is filled with
    that of the same name, shape and dtype, instead of allocating another. Arrays of `mapped` bytes and more are
    mapped into memory, for reading only.

    Raises CheckpointError if the file is no such archive, or has been damaged; FileNotFoundError if there is none.
    """
    try:
        if not _is_whole(path):
            raise ValueError("its content does not match its checksum")
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            stored = all(info.compress_type == zipfile.ZIP_STORED for info in members)
            if not stored or sum(info.file_size for info in members) > os.path.getsize(path):
                raise ValueError("its arrays are compressed or larger than the file")
            arrays = {}
            for info in members:
                name, large = info.filename.removesuffix(".npy"), mapped is not None and info.file_size >= mapped
                into_this = (into or {}).get(name)
                arrays[name] = read_member(archive, info.filename, mmap=large, into=into_this, whole=True)
        return arrays, pop_values(arrays)
    except UNREADABLE as error:
        raise CheckpointError(f"{path} {otherwise}: {error}; {fix}") from None


def load_values(path: PathLike) -> dict[str, Any]:
    """Read the values alone of what `save_archive` wrote, without comparing the checksum; {} if there are none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return pop_values({"values": read_member(archive, "values.npy")})
    except (*UNREADABLE, OSError):
        return {}


def encode_values(values: dict[str, Any]) -> Array:
    """Return values as the bytes of their JSON; TypeError if there is anything but plain values among them."""
    # two halves of a surrogate pair that are escaped would become one character
    text = json.dumps(values, ensure_ascii=False, default=_plain)
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def pop_values(arrays: Arrays, name: str = "values") -> dict[str, Any]:
    """Take the member of values out of arrays and return them, {} without it; ValueError if it holds no object."""
    values = json.loads(str(_bytes_of(arrays.pop(name)), "utf-8", "surrogatepass")) if name in arrays else {}
    if not isinstance(values, dict):
        raise ValueError(f"its {name} have no names")
    return values


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as Python's; raise TypeError for what JSON cannot hold."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot save {value!r:.60}: expected numbers, strings, None, or lists and dicts of these")


# the checksum


class _Hashed:
    """A file that can only be appended to, whose SHA-256 is written where `CHECKSUM` would be."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()
        self.tell, self.flush = file.tell, file.flush

    def write(self, data: bytes) -> int:
        """Append some bytes. As there is no `seek`, zipfile writes the sizes behind a member, not into its header."""
        if data is CHECKSUM:
            data = self._digest.hexdigest().encode()
        self._digest.update(data)
        return self._file.write(data)


def _is_whole(path: PathLike) -> bool:
    """Return whether the last 64 bytes of a file are the SHA-256 of those before them."""
    digest, left, room = hashlib.sha256(), os.path.getsize(path) - len(CHECKSUM), memoryview(bytearray(BLOCK))
    with open(path, "rb", buffering=0) as file:
        while left > 0 and (size := file.readinto(room[:left])):
            digest.update(room[:size])
            left -= size
        return left == 0 and file.read() == digest.hexdigest().encode()


# members of any .npz, and .npy files


def write_members(file: IO[bytes], arrays: Mapping[str, Array], comment: bytes = b"") -> None:
    """Write arrays as the members of an .npz. The numbers keep their type, in C order."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            # the local header is 30 bytes, the name, an extra field of zip64's sizes (20) and ours, which fills up
            fill = -(file.tell() + 30 + len(info.filename.encode()) + 20 + 4) % ALIGNMENT
            info.extra = b"\xfe\xca" + fill.to_bytes(2, "little") + bytes(fill)
            with archive.open(info, "w", force_zip64=True) as member:
                # NumPy makes this header a multiple of 64 bytes long
                npy.write_array_header_1_0(member, npy.header_data_from_array_1_0(array) | {"fortran_order": False})
                # pieces in C order; only those that do not lie so are copied
                n = max(1, BLOCK // array.itemsize)
                for piece in np.nditer(array, ["external_loop", "buffered", "zerosize_ok"], order="C", buffersize=n):
                    member.write(np.ascontiguousarray(piece).data)


def open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a member of an .npz; zipfile checks that its local header is one. Raises UNREADABLE if it is damaged."""
    if archive.getinfo(name).header_offset < 0:  # zipfile would seek there
        raise ValueError(f"{name.removesuffix('.npy')} begins before the file")
    return archive.open(name)


def read_member(
    archive: zipfile.ZipFile, name: str, *, mmap: bool = False, into: Array | None = None, whole: bool = False
) -> Array:
    """Read an array of an .npz, into another one of its shape and dtype if that is passed, or map it into memory.

    `whole`: nothing is compressed, and the file's checksum was compared, so that the CRC-32 says nothing more.

    Raises UNREADABLE if it is damaged or no array of numbers or words, or compressed and should be mapped;
    MemoryError if it needs more memory than there is; nothing was allocated then.
    """
    info, short = archive.getinfo(name), name.removesuffix(".npy")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{short} is compressed in a way that NumPy does not use")
    with open_member(archive, name) as member:
        if not (mmap or whole):
            # zipfile compares the CRC-32 with the last byte
            return read_array(member, info.file_size, short, info.compress_size * LARGEST_RATIO + BLOCK, into)
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{short} is compressed and cannot be mapped: read it without mmap, or write it by .save")
    file = cast(IO[bytes], archive.fp)
    file.seek(info.header_offset + 26)
    # the local header's are to be used: its extra field is another than that of the archive's list of members
    widths = file.read(4)  # of the name and the extra field that follow the local header's 30 bytes
    begin = info.header_offset + 30 + int.from_bytes(widths[:2], "little") + int.from_bytes(widths[2:], "little")
    if mmap:
        return map_array(file, begin, info.file_size, short)
    file.seek(begin)
    return read_array(file, info.file_size, short, os.fstat(file.fileno()).st_size, into)


def read_header(data: bytes, size: int, name: str, most: int) -> Header:
    """Read the header of an .npy of `size` bytes from its first ones; `most`: the bytes that there can be at most.

    Raises ValueError if it is no header of numbers or words, or promises another size.
    """
    head = io.BytesIO(data[:LARGEST_HEADER])
    try:
        version = npy.read_magic(head)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of headers that Python 2 wrote
            shape, is_fortran, dtype = read(head, max_header_size=LARGEST_HEADER)
    except (*UNREADABLE, MemoryError, Warning):  # a MemoryError: the parser's, of deeply nested expressions
        raise ValueError("its header is not that of an array of NumPy") from None
    if dtype.kind not in NUMBERS + "US" or not dtype.itemsize or any(n < 0 for n in shape):
        raise ValueError(f"it holds {shape} of {dtype}: expected numbers or words (pickled objects are not read)")
    if head.tell() + prod(shape) * dtype.itemsize != size or size > most:
        raise ValueError(f"{name} holds {size} bytes, its header promises {shape} of {dtype}")
    return dtype, shape, "F" if is_fortran else "C", head.tell()


def read_array(file: IO[bytes], size: int, name: str, most: int, into: Array | None = None) -> Array:
    """Read an .npy of `size` bytes, into an array in C order if that has its shape and dtype.

    `most`: the bytes that the file it comes from can hold at most.
    """
    part = file.read(LARGEST_HEADER)
    dtype, shape, order, begin = read_header(part, size, name, most)
    if into is not None and (into.shape, into.dtype, order) == (shape, dtype, "C"):
        array = into
    else:
        check_memory(size - begin, name, "map it into memory, mmap=True")
        array = np.empty(shape, dtype, order=order)
    place, part, done = _bytes_of(array), part[begin:size], 0  # what was read behind the header comes first
    while done < len(place):
        part = part or file.read(min(BLOCK, len(place) - done))
        if not part:
            raise ValueError(f"{name} is cut off")
        place[done : done + len(part)] = part
        done, part = done + len(part), b""
    return array


def map_array(file: IO[bytes], begin: int, size: int, name: str) -> Array:
    """Map the .npy that `size` bytes of a file from `begin` on hold into memory, for reading only."""
    file.seek(begin)
    most = os.fstat(file.fileno()).st_size - begin
    dtype, shape, order, head = read_header(file.read(LARGEST_HEADER), size, name, most)
    if head == size:  # nothing, which cannot be mapped
        return np.empty(shape, dtype)
    with guarded(size, f"mapping {name}", "raise the limit of the address space (ulimit -v), or read fewer, limit=N"):
        return np.memmap(file, dtype, "r", begin + head, shape, order)


def _bytes_of(array: Array) -> memoryview:
    # (n,), a view in the order of the memory → (n · itemsize,)
    return array.reshape(-1, order="A").view(np.uint8).data if array.nbytes else memoryview(b"")
