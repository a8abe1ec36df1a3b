"""Vectors as NumPy's arrays: .npz, the course's saved_params_N.npy, and the models of `save_model`.

An .npz of ours holds `matrix` (V, D), `outside` (V, D) and `counts` (V,) if they are known, the bytes of all
words in UTF-8 one after the other (`words`), and where each of them ends (`word_ends`, V integers). Nothing is
packed and arrays begin at multiples of 64 bytes, so that they can be mapped into memory. Pickles are not read.
"""

import os
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from word2vec._types import Array, PathLike
from word2vec.runtime.checkpoint import CheckpointError, load_checkpoint
from word2vec.runtime.files import write_atomically
from word2vec.runtime.memory import check_memory
from word2vec.vectors.formats.table import (
    Errors,
    Problems,
    Rows,
    Table,
    VectorFileError,
    Vectors,
    check_expressible,
    converted,
)
from word2vec.vectors.history import History

MODEL = "word2vec model 1"
ALIGNED = 64
STEP = 1 << 22
MOST_PACKED = 1032  # bytes that a zip file may make of one
LARGEST_HEADER = 1 << 12
HEADER = re.compile(
    r"\{\s*'descr':\s*'([<>|=]?[a-zA-Z]\d{1,9})',\s*'fortran_order':\s*(True|False),\s*"
    r"'shape':\s*\(((?:\d{1,18}(?:,\s*|(?=\))))*)\),?\s*\}\s*"
)
MEND = "write it anew, or convert it from where it came from"


class _Header(NamedTuple):
    """What an .npy says of itself: dtype, shape, whether columns come first, and where the numbers begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    by_columns: bool
    begin: int

    @property
    def size(self) -> int:
        """Count the bytes of the array."""
        return prod(self.shape) * self.dtype.itemsize


def _read_header(file: IO[bytes]) -> _Header:
    """Read the header of an .npy."""
    magic = file.read(8)
    if magic[:6] != b"\x93NUMPY" or magic[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise ValueError("it is no array of NumPy")
    width = 2 if magic[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    found = HEADER.fullmatch(file.read(min(length, LARGEST_HEADER)).decode("latin1"))
    if not found or found[1].lstrip("<>|=")[0] not in "fiubSU":
        raise ValueError("expected an array of numbers or words (pickled objects are not read)")
    shape = tuple(int(n) for n in found[3].replace(",", " ").split())
    try:
        return _Header(np.dtype(found[1]), shape, found[2] == "True", 8 + width + length)
    except TypeError:
        raise ValueError(f"NumPy knows no type {found[1]!r}") from None


def _read_array(file: IO[bytes], size: int, name: str, most: int) -> Array:
    """Read an .npy of `size` bytes; `most`: what the file that it is packed in may hold at most."""
    header = _read_header(file)
    if header.begin + header.size != size or size > most:
        raise ValueError(f"{name} holds {size} bytes, its header promises {header.shape} of {header.dtype}")
    check_memory(header.size, name, "map it into memory, mmap=True")
    array: Array = np.empty(header.shape, header.dtype, order="F" if header.by_columns else "C")
    place = array.reshape(-1, order="A").view(np.uint8).data if header.size else memoryview(b"")
    for begin in range(0, header.size, STEP):
        part = file.read(len(place[begin : begin + STEP]))
        place[begin : begin + len(part)] = part
        if len(part) < len(place[begin : begin + STEP]):
            raise ValueError(f"{name} is cut off")
    file.read(1)  # zipfile compares its checksum at the end
    return array


def _mapped(path: PathLike, header: _Header, begin: int) -> Array:
    """Map an array into memory, for reading only."""
    begin += header.begin
    if begin + header.size > os.path.getsize(path):
        raise ValueError("it is cut off")
    if not header.size:
        return np.empty(header.shape, header.dtype)
    return np.memmap(path, header.dtype, "r", begin, header.shape, "F" if header.by_columns else "C")


# .npz


def read_npz(
    path: PathLike,
    *,
    limit: int | None = None,
    dtype: DTypeLike | None = None,
    errors: Errors = "strict",
    mmap: bool = False,
) -> Table:
    """Read an .npz: `matrix`, `words` (see the module, or an array of strings), perhaps `outside` and `counts`.

    With `mmap`, `matrix` and `outside` stay on the disk, cannot be written to, and are not searched for NaN.
    """
    problems = Problems(path, errors)
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name: _member(archive, name, mmap) for name in _members(archive)}
        return _table(arrays, problems, limit, dtype, search=not mmap)
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        if isinstance(error, OSError | MemoryError) or str(error).startswith(os.fspath(path)):
            raise
        raise problems.error("the archive", str(error) or type(error).__name__, MEND) from None


def _members(archive: zipfile.ZipFile) -> list[str]:
    """Name the arrays that are ours."""
    known = ("matrix", "outside", "counts", "words", "word_ends")
    found = [name for name in known if f"{name}.npy" in archive.NameToInfo]
    if not {"matrix", "words"} <= set(found):
        names = sorted(archive.NameToInfo)[:9]
        if not any(name.endswith(".npy") for name in names):
            raise ValueError(f"it is no .npz but holds {names}: unpack it, and read what was in it")
        raise ValueError(f"it holds {names}: expected matrix.npy and words.npy")
    return found


def _member(archive: zipfile.ZipFile, name: str, mmap: bool) -> Array:
    """Read or map an array."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as file:
        if not mmap or name not in ("matrix", "outside"):
            return _read_array(file, info.file_size, name, info.compress_size * MOST_PACKED + STEP)
        if info.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name} is packed, which cannot be mapped: read it without mmap, or write it by .save")
        header = _read_header(file)
    with open(os.fspath(archive.filename or ""), "rb") as raw:
        raw.seek(info.header_offset)
        local = raw.read(30)
    begin = info.header_offset + 30 + int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    if header.begin + header.size != info.file_size:
        raise ValueError(f"{name} holds {info.file_size} bytes, its header promises {header.shape} of {header.dtype}")
    return _mapped(archive.filename or "", header, begin)


def _table(
    arrays: dict[str, Array], problems: Problems, limit: int | None, dtype: DTypeLike | None, *, search: bool
) -> Table:
    """Make a table of arrays, and leave out what is bad."""
    words = _words_of(arrays["words"], arrays.get("word_ends"))
    for name in ("matrix", "outside", "counts"):
        array = arrays.get(name)
        if array is not None and (array.ndim != 2 - (name == "counts") or len(array) != len(words)):
            raise ValueError(
                f"{name} has the shape {array.shape}, there are {len(words)} words: expected one row each"
            )
    matrix, outside, counts = (arrays.get(name) for name in ("matrix", "outside", "counts"))
    if matrix is None or any(array.dtype.kind not in "fiu" for array in (matrix, outside) if array is not None):
        raise ValueError("expected matrix and outside to be of numbers")
    if outside is not None and outside.shape != matrix.shape:
        raise ValueError(f"matrix has the shape {matrix.shape}, outside {outside.shape}: expected one shape")
    if counts is not None and counts.dtype.kind not in "iu":
        raise ValueError(f"counts is of {counts.dtype}: expected whole numbers")
    number = matrix.dtype if dtype is None else dtype
    matrix = converted(matrix[:limit], number)
    outside = None if outside is None else converted(outside[:limit], number)
    counts = None if counts is None else counts[:limit]
    rows = Rows(0, np.float32, problems, "row", 0)
    kept = rows.sift(words[:limit], matrix if search else matrix[:, :0], range(1, len(words) + 1))
    problems.warn()
    if kept is None:
        return Table(rows.words, matrix, outside, counts)
    outside, counts = (None if array is None else array[kept] for array in (outside, counts))
    return Table(rows.words, matrix[kept], outside, counts)


def _words_of(words: Array, ends: Array | None) -> list[bytes]:
    """Cut the bytes of all words into words; or take those of an array of strings."""
    if ends is None and words.dtype.kind in "US" and words.ndim == 1:
        return [word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word for word in words.tolist()]
    if ends is None or words.dtype != np.uint8 or ends.dtype.kind not in "iu" or words.ndim != 1 or ends.ndim != 1:
        raise ValueError("expected words as bytes and word_ends, or as an array of strings")
    stops = [0, *ends.tolist()]
    if stops[-1] != len(words) or any(a > b for a, b in pairwise(stops)):
        raise ValueError(f"word_ends do not cut the {len(words)} bytes of words into words")
    text = words.tobytes()
    return [text[a:b] for a, b in pairwise(stops)]


def write_npz(vectors: Vectors, path: PathLike) -> None:
    """Write all arrays of some vectors, nothing packed; the numbers keep their type."""
    check_expressible(vectors, path, "\n", "a vector file: expected no line end")
    encoded = [word.encode() for word in vectors.words]
    arrays = {"matrix": vectors.matrix, "outside": getattr(vectors, "outside", None)}
    arrays |= {"counts": getattr(vectors, "counts", None), "words": np.frombuffer(b"".join(encoded), np.uint8)}
    arrays |= {"word_ends": np.cumsum([len(word) for word in encoded], dtype=np.int64)}
    with write_atomically(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            if array is not None:
                _add(archive, f"{name}.npy", np.ascontiguousarray(array), file)


def _add(archive: zipfile.ZipFile, name: str, array: Array, file: IO[bytes]) -> None:
    """Write an array so that its numbers begin at a multiple of 64 bytes; the date is always the same."""
    info = zipfile.ZipInfo(name)
    zip64 = 20  # bytes of the field that zipfile adds itself
    fill = -(file.tell() + 30 + len(name) + zip64 + 4) % ALIGNED
    info.extra = b"\xfe\xca" + fill.to_bytes(2, "little") + bytes(fill)
    with archive.open(info, "w", force_zip64=True) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


# the course's array, and models


def read_npy(
    path: PathLike,
    words: Mapping[str, int] | Sequence[str] | None,
    *,
    limit: int | None = None,
    dtype: DTypeLike | None = None,
    errors: Errors = "strict",
    mmap: bool = False,
) -> Table:
    """Read the course's saved_params_N.npy (2V, D), centre vectors before outside vectors, or any array (V, D).

    `words` are the V words in the order of the rows, or the treebank's `dataset.tokens()`.
    """
    problems = Problems(path, errors)
    if words is None:
        raise problems.error(
            "the words", "they are not in this file", "pass words=dataset.tokens(), or a list of words"
        )
    names = _in_order(words) if isinstance(words, Mapping) else list(words)
    if isinstance(words, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"words is {words if isinstance(words, str) else names[:3]!r}: expected a list of strings")
    try:
        with open(path, "rb") as file:
            size = os.path.getsize(path)
            header = _read_header(file)
            file.seek(0)
            array = _mapped(path, header, 0) if mmap else _read_array(file, size, os.fspath(path), size)
        if array.ndim != 2 or len(array) not in (len(names), 2 * len(names)):
            raise ValueError(f"an array of shape {array.shape}, {len(names)} words: expected a row or two for each")
        arrays = {"matrix": array[: len(names)], "words": np.frombuffer("".join(names).encode(), np.uint8)}
        arrays["word_ends"] = np.cumsum([len(word.encode()) for word in names], dtype=np.int64)
        if len(array) > len(names):
            arrays["outside"] = array[len(names) :]
        return _table(arrays, problems, limit, dtype, search=not mmap)
    except VectorFileError:
        raise
    except ValueError as error:
        raise problems.error("the array", str(error), MEND) from None


def _in_order(words: Mapping[str, int]) -> list[str]:
    """Give words in the order of their numbers."""
    names = sorted(words, key=words.__getitem__)
    if [words[name] for name in names] != list(range(len(names))):
        raise ValueError("the numbers of the words are not 0, 1, 2, …: expected dataset.tokens() or the like")
    return names


def read_model(path: PathLike) -> Table:
    """Read what `save_model` wrote.

    Raises
    ------
    CheckpointError
        If the file is damaged or no model.
    """
    arrays, values = load_checkpoint(path)
    if values.get("kind") != MODEL:
        raise CheckpointError(f"{path} holds no {MODEL!r}: expected a file that save_model wrote")
    try:
        history = History.from_arrays(arrays, values["complete"])
        return Table(values["words"], arrays["V"], arrays["U"], arrays["counts"], history, values["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is no sound {MODEL!r} ({error}): write it anew by save_model") from None
