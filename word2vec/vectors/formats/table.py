"""The content of a vector file, collected row by row, and how rows that cannot be used are handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import DTypeLike

from ..._types import Array, PathLike
from ...runtime.arguments import check_choice, check_whole, warn
from ...runtime.memory import check_memory, keep_freed
from ...runtime.word_lists import listed
from ..history import History
from ..subwords import Subwords

Errors = Literal["strict", "skip", "replace", "ignore"]
Only = Collection[str] | None
POLICIES = get_args(Errors)
WORDS = ("word", "words", "token", "term")  # names of the column of words
SPACES = " \t\n\v\f\r"
PART = 1 << 12
KEPT = 1 << 24


class VectorFileError(ValueError):
    """A vector file cannot be used; the message names the file, the place, what was expected and the fix.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec import WordVectors
    >>> from word2vec.vectors.formats.table import VectorFileError
    >>> _ = Path("bad.txt").write_text("2 3\\ntea 1 2 3\\ncup 4 5\\n")
    >>> try:
    ...     WordVectors.load("bad.txt")
    ... except VectorFileError as error:
    ...     print(str(error).partition(":")[0])
    bad.txt, line 3
    """


@dataclass
class Table:
    """The content of a vector file: words, a row of `matrix` (V, D) for each, and perhaps more."""

    words: list[str]
    matrix: Array
    outside: Array | None = None
    counts: Array | None = None
    history: History | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    subwords: Subwords | None = None
    documents: Array | None = None


class Wanted(NamedTuple):
    """Which rows of a file are read, and how; see `word2vec.vectors.formats.read`."""

    limit: int | None = None
    only: Only = None
    dtype: DTypeLike | None = None
    errors: Errors = "strict"

    def checked(self) -> Wanted:
        """Return the same, its words as a list; raise TypeError or ValueError if it is not what `read` describes."""
        limit = None if self.limit is None else check_whole("limit", self.limit, 0)
        only = None if self.only is None else listed(self.only, "only", ordered=False)
        if only == []:
            raise ValueError("only holds no word: expected some, or None for all")
        try:
            kind = np.dtype(self.dtype)
        except TypeError:
            raise TypeError(f"dtype is {self.dtype!r:.60}: expected floating-point numbers, say 'float32'") from None
        if kind.kind != "f":
            raise ValueError(f"dtype is {kind}: expected floating-point numbers, say float32")
        return self._replace(limit=limit, only=only)

    def check_found(self, table: Table, name: PathLike) -> None:
        """Raise ValueError, which names the file, if words were chosen and none was there, or a count is below 0."""
        if table.counts is not None and (count := table.counts.min(initial=0)) < 0:
            raise VectorFileError(f"{name}: a count is {count}: expected 0 or more; fetch or write it anew")
        if self.only is not None and not table.words:
            n = self.limit
            first, fix = ("", "") if n is None else (f" in the first {n} rows", f"raise limit={n}, or ")
            what = f"none of the {len(self.only)} words of only=... is there{first}"
            raise ValueError(f"{name}: {what}: {fix}check their spelling")


def of_part(settings: dict[str, Any], all_counts: Any) -> dict[str, Any]:
    """Return the settings of vectors that are a part of a file's, with the sum of the counts of all words there."""
    return {"all_counts": int(np.sum(all_counts)), **settings}  # of a part of a part: the first


class Vectors(Protocol):
    """What can be written into a vector file."""

    words: list[str]
    matrix: Array
    outside: Array | None
    counts: Array | None
    settings: dict[str, Any]
    subwords: Subwords | None
    documents: Array | None


def check_readable(
    vectors: Vectors,
    path: PathLike,
    where: str,
    forbidden: str = SPACES,
    surrogates: str = "strict",
    longest: int | None = None,
) -> None:
    """Raise ValueError, before anything is written, if words or numbers could not be read again.

    longest : bytes that a word may have at most
    """
    if not vectors.matrix.shape[1]:
        raise ValueError(f"{path}: the vectors have no numbers: expected one dimension at least")
    refused = {*forbidden}
    for word in vectors.words:
        if not word or not refused.isdisjoint(word):
            other = ", or write .npz" * (bool(word) and "\n" not in word)  # which it holds
            stands = f"cannot stand in {where}" if word else "is empty: expected one character at least"
            raise ValueError(f"{path}: the word {word!r} {stands}; leave it out{other}")
        try:
            raw = word.encode("utf-8", surrogates)
        except UnicodeEncodeError:
            expected = "expected no half of a surrogate pair; of a model of fastText, load it by errors='replace'"
            raise ValueError(f"{path}: the word {word!r} has no UTF-8: {expected}") from None
        if surrogates != "strict" and (other := raw.decode("utf-8", surrogates)) != word:
            what = f"the word {word!r} would be read as {other!r}"
            raise ValueError(f"{path}: {what}: expected surrogates for bytes that are no UTF-8; leave it out")
        if longest is not None and len(raw) > longest:
            what = f"the word {word[:20] + '…'!r} has {len(raw):,} bytes, expected at most {longest:,}"
            raise ValueError(f"{path}: {what}: write text or .npz")
    for number, part in enumerate(in_parts(vectors.matrix)):
        finite = np.isfinite(part).all(axis=1)
        if not finite.all():
            word = vectors.words[number * PART + int(finite.argmin())]
            raise ValueError(f"{path}: the vector of {word!r} holds NaN or infinity: expected finite numbers")


def check_first(vectors: Vectors, path: PathLike) -> None:
    """Raise ValueError if a file whose first line begins with the first word loses it: a byte order mark is left out.

    Without a word the file would be empty.
    """
    if not vectors.words:
        raise ValueError(f"{path}: there are no words, which this format cannot say: write .txt or .npz")
    if (word := vectors.words[0]).startswith("\ufeff"):
        what = f"the word {word!r} begins with a byte order mark and cannot stand first in this format"
        raise ValueError(f"{path}: {what}; leave it out, or write .npz")


class Problems:
    """Handles bad rows: the first one raises an error, or all are counted for one warning at the end."""

    def __init__(self, path: PathLike, errors: Errors, encoding: str = "utf-8") -> None:
        check_choice("errors", errors, POLICIES)
        self.encoding = encoding  # of words
        self.path, self.strict = path, errors == "strict"
        self.unicode: str = errors if errors in ("replace", "ignore") else "strict"
        self._kinds: Counter[str] = Counter()
        self._first = ""

    def error(self, where: str, what: str, fix: str) -> VectorFileError:
        """Return an error that names the place, the problem and the fix."""
        return VectorFileError(f"{self.path}, {where}: {what}: {fix}")

    def bad(
        self, kind: str, where: str, what: str, fix: str = 'correct the row, or leave it out by errors="skip"'
    ) -> None:
        """Raise an error if errors are strict, or else count a bad row of some kind."""
        if self.strict:
            raise self.error(where, what, fix)
        self._first = self._first or f"{where}: {what}"
        self._kinds[kind] += 1

    def warn(self) -> None:
        """Warn of all rows that were left out."""
        if self._kinds:
            kinds = ", ".join(f"{n} {kind}" for kind, n in self._kinds.most_common())
            warn(f"{self.path}: left out {kinds}; the first: {self._first}")


class Rows:
    """Collects the rows of a file, D numbers each; `unit`: "line" or "row"; `room`: how many to allocate at first.

    The rows of other words than `only` are not looked at.
    """

    def __init__(self, D: int, wanted: Wanted, problems: Problems, unit: str, room: int) -> None:
        self.words: list[str] = []
        mended = "surrogatepass" if problems.encoding == "utf-8" else "namereplace"  # as what no word is written
        encoded = [word.encode(problems.encoding, mended) for word in wanted.only or ()]
        mark = "".encode(problems.encoding)  # of utf-8-sig, which stands before no word of a file
        self.only = None if wanted.only is None else {word.removeprefix(mark) for word in encoded}
        self._seen: set[str] = set()
        self._row_of: dict[str, int] = {}  # filled only if words are repeated
        self.problems, self._unit = problems, unit
        most = (room, wanted.limit, None if self.only is None else len(self.only))
        room = min(n for n in most if n is not None)
        dtype = np.dtype(np.float32 if wanted.dtype is None else wanted.dtype)
        self._need_room(room, D, dtype.itemsize)
        self._matrix: Array = np.empty((room, D), dtype)
        keep_freed(KEPT)  # no page faults for the arrays of each block

    def add(self, words: list[bytes], values: Array, numbers: Sequence[int]) -> list[int] | None:
        """Append rows (n, D) with their words and their numbers in the file, those that can be used; see `sift`."""
        values = converted(values, self._matrix.dtype)
        kept = self.sift(words, values, numbers)
        values = values if kept is None else values[kept]
        end = len(self.words)
        if end > len(self._matrix):
            room = end + end // 8
            self._need_room(room, self._matrix.shape[1], self._matrix.itemsize)
            self._matrix.resize((room, self._matrix.shape[1]), refcheck=False)
        self._matrix[end - len(values) : end] = values
        return kept

    def sift(self, words: list[bytes], values: Array, numbers: Sequence[int]) -> list[int] | None:
        """Append the words of the rows that can be used, and return the indices of these; None: all."""
        if self.only is None:
            return self._sift(words, values, numbers)
        chosen = [i for i, word in enumerate(words) if word in self.only]
        kept = self._sift([words[i] for i in chosen], values[chosen], [numbers[i] for i in chosen])
        return chosen if kept is None else [chosen[i] for i in kept]

    def _sift(self, words: list[bytes], values: Array, numbers: Sequence[int]) -> list[int] | None:
        try:
            decoded = b"\n".join(words).decode(self.problems.encoding).split("\n")
        except UnicodeDecodeError:
            decoded = []
        new = set(decoded)
        sound = len(new) == len(words) == len(decoded) and "" not in new and new.isdisjoint(self._seen)
        if not sound or not all(map(_are_finite, in_parts(values))):
            return [i for i, number in enumerate(numbers) if self._is_good(words[i], values[i], number)]
        self._seen |= new
        self.words += decoded
        return None

    def _is_good(self, raw: bytes, row: Array, number: int) -> bool:
        where = f"{self._unit} {number}"
        try:
            word = raw.decode(self.problems.encoding, self.problems.unicode)
        except UnicodeDecodeError as error:
            what = f"the word {raw!r} is not {self.problems.encoding.upper()} ({error.reason})"
            fix = 'pass the encoding of the file, such as encoding="cp1252", or errors="replace"'
            self.problems.bad("words that are not UTF-8", where, what, fix)
            return False
        if not word or "\n" in word:
            self.problems.bad("rows without a word", where, f"{word!r} is no word")
        elif word in self._seen:
            known = len(self._row_of)
            self._row_of.update(zip(self.words[known:], count(known + 1), strict=False))
            what = f"the word {word!r} stands here again (it has row {self._row_of[word]}): expected each word once"
            self.problems.bad("repeated words", where, what, 'keep the first by errors="skip"')
        elif not np.isfinite(row).all():
            what = f"the vector of {word!r} holds NaN or infinity, or a number too large for {row.dtype}"
            what += ": expected finite numbers"
            wider = ', read larger numbers by dtype="float64"' * (row.dtype.itemsize < 8)
            fix = f'correct the row{wider}, or leave it out by errors="skip"'
            self.problems.bad("rows with NaN or infinity", where, what, fix)
        else:
            self._seen.add(word)
            self.words.append(word)
            return True
        return False

    def _need_room(self, rows: int, D: int, itemsize: int) -> None:
        check_memory(rows * D * itemsize, f"{self.problems.path}: {rows} rows of {D} numbers", "read fewer, limit=N")

    def table(self) -> Table:
        """Return all rows, in no more memory than they take, after a warning of those that were left out."""
        self.problems.warn()
        if len(self._matrix) > len(self.words):
            self._matrix.resize((len(self.words), self._matrix.shape[1]), refcheck=False)
        return Table(self.words, self._matrix)


def shown(data: bytes) -> str:
    """Return the beginning of some bytes for a message, as text if they are UTF-8."""
    text = data[:200].decode("utf-8", "backslashreplace")
    return repr(text[:40]) + "…" * (len(text) > 40)


def converted(values: Array, dtype: DTypeLike) -> Array:
    """Return numbers in another dtype; what is beyond its range becomes infinite, which `Rows.sift` finds."""
    with np.errstate(all="ignore"):
        return values.astype(dtype, copy=False)


def in_parts(values: Array) -> Iterator[Array]:
    """Yield the rows of an array, some at a time."""
    return (values[begin : begin + PART] for begin in range(0, len(values), PART))


def _are_finite(values: Array) -> bool:
    if values.dtype.itemsize >= 4:  # one pass of BLAS; squares may be infinite though the numbers are not
        with np.errstate(all="ignore"):
            if np.isfinite(np.vdot(values, values)):
                return True
    return bool(np.isfinite(values).all())
