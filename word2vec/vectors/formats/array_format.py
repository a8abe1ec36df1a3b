"""Vectors as NumPy's arrays: .npz, which models are too, and the course's saved_params_N.npy.

An .npz of ours holds `matrix` (V, D), `outside` (V, D), `counts` (V,) and `documents` (T, D) if they are known, the
bytes of all words in UTF-8 one after the other (`words`), and where each of them ends (`word_ends`, V integers).
Where there are n-grams, `ngrams` are their rows (R, D), `ngram_buckets` (R,) their buckets, `ngram_sizes` minn, maxn,
the number of buckets and whether they are pruned, and `own` (V, D) the words' own rows if they are known. Vectors
that were trained here have their `settings`, as the bytes of JSON; a model (`save_model`) has them among its values,
and the arrays of its history, too. Beside 8-bit `matrix`, `outside` or `documents` are their rows' scales,
`matrix_scales` (V,) and so on. See `word2vec.runtime.archive` for the file.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ..._types import Array, PathLike
from ...runtime.archive import (
    UNREADABLE,
    Arrays,
    encode_values,
    map_array,
    open_member,
    pop_values,
    read_array,
    read_member,
    write_members,
)
from ...runtime.console import IN_PYTHON
from ...runtime.files import write_atomically
from ...runtime.inputs import Input
from ...runtime.memory import check_memory
from ...runtime.word_lists import words_by_row
from ..history import History
from ..prediction import of_nodes
from ..subwords import Subwords
from .quantised import ByteRows, Stored, stored
from .table import PART, Problems, Rows, Table, Vectors, Wanted, check_readable, converted, of_part

MODEL = "word2vec model 2"
VECTORS = ("matrix", "outside", "counts", "documents", "words", "word_ends")
SCALED = ("matrix", "outside", "documents")
NGRAMS = ("ngrams", "ngram_buckets", "ngram_sizes", "own")
MAPPED = ("matrix", "outside", "documents", "ngrams", "own")
TRAINING = ("values", "reports", "epochs", "held_out")
FIX = "write it anew, or convert it from where it came from"


def read_arrays(
    file: Input,
    kind: Literal["npz", "npy"],
    wanted: Wanted,
    words: Mapping[str, int] | Sequence[str] | None = None,
    *,
    mmap: bool = False,
) -> Table:
    """Read an .npz that holds `matrix` and `words` (see the module, or an array of strings), or an .npy.

    The .npy is the course's saved_params_N.npy (2V, D), centre vectors before outside vectors, or any array (V, D);
    `words` are passed in the order of its rows, or as the treebank's `dataset.tokens()`. With `mmap`, `matrix` and
    `outside` stay on the disk, cannot be written to, and are not searched for NaN.
    """
    problems, limit = Problems(file.name, wanted.errors), wanted.limit
    if words is None and kind == "npy":
        here = f"{IN_PYTHON}pass words=dataset.tokens(), or a list of words, to WordVectors.load"
        fix = f"expected another format, with words, such as .npz; {here}"
        raise problems.error("the words", "they are not in this file", fix)
    names = words_by_row(words) if words is not None and kind == "npy" else []
    try:
        whole = file.whole(mapped=mmap)
        arrays = _rows_of(whole, file, names, mmap) if kind == "npy" else _members_of(whole, mmap)
        values = pop_values(arrays)
        found, matrix, outside, counts = parts_of(arrays)
        training = training_of(arrays, values) | {"subwords": subwords_of(arrays)}
    except UNREADABLE as error:
        where = "the array" if kind == "npy" else "the archive"
        raise problems.error(where, f"{error!s:.300}" or type(error).__name__, FIX) from None
    dtype = matrix.dtype if wanted.dtype is None else wanted.dtype
    all_words, found, matrix = len(found), found[:limit], _cut(matrix, limit, dtype)
    outside = None if outside is None else _cut(outside, limit, dtype)
    all_counts, counts = counts, None if counts is None else counts[:limit]
    rows = Rows(0, wanted, problems, "row", 0)
    kept = rows.sift(found, matrix[:, :0] if mmap else matrix, range(1, len(found) + 1))
    problems.warn()
    if len(rows.words) < all_words and (settings := training.get("settings")):
        training["settings"] = {"all_words": all_words, **settings}  # of a part of a part: the first
        outside = None if of_nodes(settings) else outside  # the tree is that of all words
    if len(rows.words) < all_words and all_counts is not None:
        training["settings"] = of_part(training.get("settings", {}), all_counts)
    if kept is not None:
        matrix = matrix[kept]
        outside, counts = (None if array is None else array[kept] for array in (outside, counts))
    documents = _cut(arrays["documents"], None, dtype) if "documents" in arrays else None
    subwords = training["subwords"]
    if subwords is not None and subwords.own is not None:
        training["subwords"] = replace(subwords, own=subwords.own[:limit][slice(None) if kept is None else kept])
    return Table(rows.words, matrix, outside, counts, **training, documents=documents)


def _cut(array: Array, limit: int | None, dtype: DTypeLike) -> Array:
    """Return the first rows of an array in another dtype; all of them as they are stored, if they have it."""
    return array if limit is None and array.dtype == dtype else converted(array[:limit], dtype)


def _members_of(file: IO[bytes], mmap: bool) -> Arrays:
    with zipfile.ZipFile(file) as archive:
        held = [name.removesuffix(".npy") for name in archive.NameToInfo if name.endswith(".npy")]
        if not {"matrix", "words"} <= set(held):
            names = sorted(archive.NameToInfo)[:9]
            if not held:
                raise ValueError(f"it is no .npz but holds {names}: unpack it, and read what was in it")
            raise ValueError(f"it holds {names}: expected matrix.npy and words.npy")
        known = VECTORS + NGRAMS + (TRAINING if set(TRAINING) <= set(held) else ())
        known += tuple(f"{name}_scales" for name in SCALED)
        if "word_ends" in held:  # else another program wrote the file
            known += ("settings",)
            for name in {*archive.NameToInfo} - {f"{name}.npy" for name in known}:
                open_member(archive, name).close()  # a damaged name, whose array would be lost, is refused
        arrays = {
            name: read_member(archive, f"{name}.npy", mmap=mmap and name in MAPPED) for name in held if name in known
        }
        for name in SCALED:
            if (scales := arrays.pop(f"{name}_scales", None)) is not None:
                rows: Any = ByteRows(arrays[name], scales)
                if not mmap:
                    check_memory(4 * rows.size, f"{name}, unpacked,", "map it into memory, mmap=True")
                arrays[name] = rows if mmap else rows[:]
        return arrays


def _rows_of(whole: IO[bytes], file: Input, names: list[str], mmap: bool) -> Arrays:
    size = file.size or 0
    array = map_array(whole, whole.tell(), size, file.name) if mmap else read_array(whole, size, file.name, size)
    if array.ndim != 2 or len(array) not in (len(names), 2 * len(names)):
        raise ValueError(f"an array of shape {array.shape}, {len(names)} words: expected a row or two for each")
    outside = {"outside": array[len(names) :]} if len(array) > len(names) else {}
    return {"matrix": array[: len(names)]} | outside | _encoded(names)


def parts_of(arrays: Arrays) -> tuple[list[bytes], Array, Array | None, Array | None]:
    """Return the words, matrix, outside vectors and counts of an .npz; raise ValueError if an array does not fit."""
    words, matrix = _decoded(arrays["words"], arrays.get("word_ends")), arrays["matrix"]
    for name in (*MAPPED, "counts"):
        array, whole = arrays.get(name), name == "counts"
        if array is None:
            continue
        rows = array.shape[:1] if name in ("documents", "ngrams") else (len(words),)
        shape = rows if whole else (*rows, *matrix.shape[-1:])
        if array.shape != shape or array.dtype.kind not in ("iu" if whole else "fiu"):
            found = (
                f"{name} is {array.shape} of {array.dtype}, there are {len(words)} words, matrix is {matrix.shape}"
            )
            raise ValueError(f"{found}: expected {shape} of {'whole ' * whole}numbers")
    return words, matrix, arrays.get("outside"), arrays.get("counts")


def subwords_of(arrays: Arrays) -> Subwords | None:
    """Return the n-grams of an .npz, None if it has none; raise ValueError or KeyError if something is missing."""
    if "ngrams" not in arrays:
        return None
    minn, maxn, buckets, pruned = arrays["ngram_sizes"].tolist()
    rows = arrays["ngram_buckets"], arrays["ngrams"], arrays.get("own")
    return Subwords(minn, maxn, buckets, *rows, pruned=bool(pruned))


def training_of(arrays: Arrays, values: dict[str, Any]) -> dict[str, Any]:
    """Return the history and settings of a model by their names, and of other vectors the settings that are there."""
    if values.get("kind") != MODEL:
        return {"settings": pop_values(arrays, "settings")} if "settings" in arrays else {}
    return {"history": History.from_arrays(arrays, values["complete"]), "settings": dict(values["settings"])}


def arrays_of(vectors: Vectors) -> Arrays:
    """Return the arrays that an .npz of some vectors holds; longdouble, which differs by platform, as float64."""
    known = {name: getattr(vectors, name) for name in (*SCALED, "counts")}
    known |= {name: np.asarray(array) for name, array in known.items() if isinstance(array, ByteRows)}
    if (subwords := vectors.subwords) is not None:
        sizes = [subwords.minn, subwords.maxn, subwords.buckets, subwords.pruned]
        known |= {"ngrams": np.asarray(subwords.matrix), "ngram_buckets": np.asarray(subwords.bucket_ids)}
        known |= {"ngram_sizes": np.array(sizes, np.int64)}
        known |= {"own": None if subwords.own is None else np.asarray(subwords.own)}
    found = {name: array for name, array in known.items() if array is not None}
    long = {name: converted(array, np.float64) for name, array in found.items() if array.itemsize > 8}
    if lost := [name for name, array in long.items() if not np.isfinite(array).all()]:
        raise ValueError(f"{lost[0]} holds numbers beyond float64, as which longdouble is written: scale it")
    return found | long | _encoded(vectors.words)


def write_npz(vectors: Vectors, path: PathLike, dtype: Stored | None = None) -> None:
    """Write all arrays of some vectors, and the settings of their training; the numbers keep their type.

    longdouble is written as float64; ValueError if a number is beyond that. `dtype`: that of matrix, outside vectors
    and documents in the file.
    """
    check_readable(vectors, path, "a vector file: expected no line end", "\n")
    arrays = arrays_of(vectors)
    if settings := getattr(vectors, "settings", {}):
        arrays["settings"] = encode_values(settings)
    for name in SCALED:
        if dtype is not None and name in arrays:
            arrays |= stored(name, arrays[name], dtype, path)
    with write_atomically(path) as file:
        write_members(file, arrays)


def _encoded(words: Sequence[str]) -> Arrays:
    lengths = (len(word) if word.isascii() else len(word.encode("utf-8", "surrogatepass")) for word in words)
    ends, begin = np.fromiter(accumulate(lengths), np.int64, len(words)), 0
    text = np.empty(ends[-1] if len(ends) else 0, np.uint8)
    for i in range(0, len(words), PART):  # all words' bytes are held once
        part = "".join(words[i : i + PART]).encode("utf-8", "surrogatepass")
        text[begin : begin + len(part)] = np.frombuffer(part, np.uint8)
        begin += len(part)
    return {"words": text, "word_ends": ends}


def _decoded(words: Array, ends: Array | None) -> list[bytes]:
    """Return each word's bytes: of an array of strings, or of all words' bytes and their ends."""
    if ends is None and words.dtype.kind in "US" and words.ndim == 1:
        return [word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word for word in words.tolist()]
    if ends is None or words.dtype != np.uint8 or ends.dtype.kind not in "iu" or words.ndim != 1 or ends.ndim != 1:
        raise ValueError("expected words as bytes and word_ends, or as an array of strings")
    stops = [0, *ends.tolist()]
    if stops[-1] != len(words) or stops != sorted(stops):
        raise ValueError(f"word_ends do not cut the {len(words)} bytes of words into words")
    text = words.tobytes()
    return [text[a:b] for a, b in pairwise(stops)]
