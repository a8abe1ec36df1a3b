"""Facebook's fastText models, .bin and .ftz: read by mapping them into memory, and written.

All numbers are little-endian, without padding:

==========  ==================================================================================================
head        int32 793712314, int32 version 11 or 12; older files have neither
arguments   int32 dim … lrUpdateRate, float64 t; see `Arguments`
dictionary  int32 entries, words, labels; int64 tokens; int64 kept n-grams, −1: all (absent in files without a
            head); of each entry its bytes, 0, int64 count, int8 0 for a word or 1 for a label, the words first;
            of each kept n-gram int32 bucket and row
input       uint8 whether it is quantised (absent in files without a head); a matrix: a row of each word, then of
            each bucket
output      likewise; a row of each label of a supervised model, of each word of another
dense       int64 rows, columns; float32 rows × columns
quantised   uint8 whether lengths are apart; int64 rows, columns; int32 bytes of codes; codes; centroids; if lengths
            are apart the rows' codes of these and their centroids
centroids   int32 columns, parts, columns of a part, of the last part; float32 256 × columns
==========  ==================================================================================================

The rows of buckets that no n-gram of the training text fell into hold initial noise in fastText's own files. Buckets
whose rows are not known are written as zeros, and so is the output, which is not read as outside vectors then. The
output of hierarchical softmax is of the inner nodes of fastText's tree, with a last row that none has.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from math import prod
from mmap import ACCESS_READ, mmap
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..._types import Array, Ids, PathLike
from ...runtime.arguments import warn
from ...runtime.files import write_atomically
from ...runtime.inputs import Input
from ...runtime.memory import check_memory, guarded
from ...text.ngrams import END_OF_LINE, byte_hash, byte_hashes, word_bytes
from ..prediction import PATHS, SOFTMAX, of_nodes, part_of
from ..subwords import Subwords, Uncached
from .binary_layout import LONGEST
from .table import Problems, Rows, Table, Vectors, Wanted, check_readable, converted, in_parts, of_part

MAGIC, VERSION = 793712314, 12
HEAD, ARGUMENTS = struct.Struct("<2i"), struct.Struct("<12id")
LOSSES = {1: PATHS, 2: "negative-sampling", 3: SOFTMAX, 4: "one-against-all"}  # of models that predict words
ENTRY = 10  # bytes of an entry besides its word
CENTROIDS = 256
BLOCK = 1 << 20  # numbers that are written at once
FIX = "fetch the file again, or write it anew by fastText"
OTHER = "expected a model of fastText; WordVectors.load(path) reads other files of vectors"


class Arguments(NamedTuple):
    """How fastText trained a model, by its own names.

    `loss` is 1 for hierarchical softmax, 2 for negative sampling, 3 for softmax, 4 for one against all; `model` 1 for
    CBOW, 2 for skip-gram, 3 for supervised.
    """

    dim: int
    ws: int = 5
    epoch: int = 5
    minCount: int = 5
    neg: int = 5
    wordNgrams: int = 1
    loss: int = 2
    model: int = 2
    bucket: int = 0
    minn: int = 0
    maxn: int = 0
    lrUpdateRate: int = 100
    t: float = 1e-4

    @property
    def supervised(self) -> bool:
        """Whether the model predicts labels."""
        return self.model == 3

    def wrong(self) -> str:
        """Return which argument is impossible, "" if none is."""
        limits = {"dim": (1, 1 << 20), "loss": (1, 4), "model": (1, 3), "wordNgrams": (0, 1 << 20)}
        limits |= {"bucket": (0, (1 << 31) - 1), "minn": (0, 1 << 20), "maxn": (0, 1 << 20)}
        found = ((name, getattr(self, name), low, high) for name, (low, high) in limits.items())
        return next(
            (f"{name} is {n}, expected {low} to {high}" for name, n, low, high in found if not low <= n <= high), ""
        )


def has_old_head(head: bytes) -> bool:
    """Return whether a file without a magic number begins as fastText's first version wrote it."""
    if len(head) < ARGUMENTS.size:
        return False
    args = Arguments(*ARGUMENTS.unpack_from(head))
    counted = (args.ws, args.epoch, args.minCount, args.lrUpdateRate)
    return not args.wrong() and args.loss < 4 and min(counted) >= 0 and max(counted) < 1 << 24 and 0 <= args.t <= 1


class Dictionary(Uncached):
    """The entries of a dictionary as they are in the file: words, then labels.

    `text` are their bytes, uint8 (B,), `ends` where the word of each ends, int64 (n,).
    """

    def __init__(self, text: Array, ends: Array) -> None:
        self.text, self.ends = text, ends
        self._begins = np.append(0, ends + ENTRY)[:-1]

    @classmethod
    def of(cls, words: Iterable[bytes], counts: Iterable[int]) -> Dictionary:
        """Return the dictionary of words and their counts."""
        pairs = zip(words, counts, strict=True)
        entries = [b"%b\0%b\0" % (word, int(count).to_bytes(8, "little")) for word, count in pairs]
        ends = np.fromiter(map(len, entries), np.int64, len(entries)).cumsum() - ENTRY
        return cls(np.frombuffer(b"".join(entries), np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, entry: int) -> bytes:
        return self.text[self._begins[entry] : self.ends[entry]].tobytes()

    @property
    def counts(self) -> Array:  # int64 (n,)
        """How often each entry occurs."""
        return np.asarray(self.text)[self.ends[:, None] + np.arange(1, 9)].view("<i8")[:, 0]  # (n, 8) bytes → (n,)

    @property
    def is_label(self) -> Array:  # bool (n,)
        """Which entries are labels."""
        return np.asarray(self.text[self.ends + 9] != 0)

    @cached_property
    def _hashed(self) -> tuple[Array, Ids]:  # twice (n,): hashes in order, and the entries
        hashes = byte_hashes(np.asarray(self.text), self._begins, self.ends)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return hashes[order], order

    def find(self, word: bytes) -> int:
        """Return the first entry that is a word, −1 if none is; no table of all words is kept."""
        hashes, order = self._hashed
        wanted = np.uint32(byte_hash(word))
        place = int(hashes.searchsorted(wanted))
        while place < len(hashes) and hashes[place] == wanted:
            if self[entry := int(order[place])] == word:
                return entry
            place += 1
        return -1


@dataclass(frozen=True, eq=False)
class QuantizedMatrix:
    """A matrix (m, n) whose rows are made of one of 256 centroids for each part, float32.

    `codes` are uint8 (m, parts), `centroids` float32 (256 · n,), part by part, `columns` those of a part; `lengths`
    are None or of each row, float32 (m,), given by `norm_codes` (m,) and `norms` (256,).
    """

    codes: Array
    centroids: Array
    columns: int
    n: int
    norm_codes: Array | None = None
    norms: Array | None = None

    dtype, ndim = np.dtype(np.float32), 2

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return len(self.codes), self.n

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Array:
        """Return the rows (k, n) of an index array or slice, or one row (n,)."""
        plain = self._plain(np.atleast_2d(self.codes[rows]))
        if self.norms is not None and self.norm_codes is not None:
            plain *= np.atleast_1d(self.norms[self.norm_codes[rows]])[:, None]  # (k, 1)
        return plain[0] if isinstance(rows, int | np.integer) else plain

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return self[:].astype(np.float32 if dtype is None else dtype, copy=False)

    def part(self, begin: int, end: int) -> QuantizedMatrix:
        """Return some of the rows as a matrix of the same kind; nothing is copied."""
        lengths = None if self.norm_codes is None else self.norm_codes[begin:end]
        return replace(self, codes=self.codes[begin:end], norm_codes=lengths)

    def _plain(self, codes: Array) -> Array:
        """Return the centroids that codes (k, parts) name, side by side: (k, n)."""
        n, width, parts = self.n, self.columns, self.codes.shape[1]
        found = np.empty((len(codes), n), np.float32)
        for part in range(parts):
            begin, end = part * width, min((part + 1) * width, n)
            of_part = self.centroids[CENTROIDS * begin : CENTROIDS * end].reshape(CENTROIDS, end - begin)
            found[:, begin:end] = of_part[codes[:, part]]  # (k,) → (k, end - begin)
        return found

    def dot(self, vector: Array) -> Array:
        """Return the product of each row with a vector (n,), added up in fastText's order: float32 (m,)."""
        products = dot_rows(self._plain(self.codes), vector)
        return products if self.norms is None else products * self.norms[self.norm_codes]

    def write(self, file: IO[bytes]) -> None:
        """Write the matrix as it is in a file."""
        (m, n), parts = self.shape, self.codes.shape[1]
        file.write(struct.pack("<?2qi", self.norms is not None, m, n, m * parts) + self.codes.tobytes())
        last = n - (parts - 1) * self.columns
        file.write(struct.pack("<4i", n, parts, self.columns, last) + self.centroids.tobytes())
        if self.norms is not None and self.norm_codes is not None:
            file.write(self.norm_codes.tobytes() + struct.pack("<4i", 1, 1, 1, 1) + self.norms.tobytes())


def dot_rows(matrix: Array, vector: Array) -> Array:
    """Return the product of each row (m, n) with a vector, added up from the first number to the last: (m,)."""
    step = max(1, BLOCK // len(vector))
    parts = (matrix[i : i + step] * vector for i in range(0, len(matrix), step))
    sums = [np.add.accumulate(part, axis=1)[:, -1] for part in parts]
    return np.concatenate([*sums, np.empty(0, matrix.dtype)])


class FastTextFile(NamedTuple):
    """The content of a file; matrices are mapped from it."""

    name: str
    arguments: Arguments
    dictionary: Dictionary
    words: int
    tokens: int
    pruned: Array | None  # int32 (k, 2), the bucket and row of each n-gram that is kept; None: all are
    input: Any  # (words + rows of n-grams, dim): an array or a QuantizedMatrix
    output: Any

    @property
    def bucket_ids(self) -> Ids:
        """The buckets that the rows behind those of the words are of."""
        if self.pruned is None:
            return np.arange(self.arguments.bucket)
        ids = np.empty(len(self.pruned), np.int64)
        ids[self.pruned[:, 1]] = self.pruned[:, 0]
        return ids

    def subwords(self, keep: Any = np.asarray) -> Subwords:
        """Return the rows of n-grams, and the words' own; `keep` is applied to arrays, say to copy them."""
        args, n = self.arguments, self.words
        maxn = args.maxn if args.minn <= args.maxn else 0
        minn, buckets, ids = (args.minn, args.bucket, self.bucket_ids) if maxn else (0, 0, np.empty(0, np.int64))
        whole: Any = (
            self.input.part if isinstance(self.input, QuantizedMatrix) else lambda a, b: keep(self.input[a:b])
        )
        rows, own = whole(n, n + len(ids)), whole(0, n)
        return Subwords(minn, maxn, buckets, ids, rows, own, pruned=self.pruned is not None)

    def write(self, path: PathLike) -> None:
        """Write the file anew, in version 12."""
        matrices = [
            matrix if isinstance(matrix, QuantizedMatrix) else (len(matrix), in_parts(matrix))
            for matrix in (self.input, self.output)
        ]
        with write_atomically(path) as file:
            write_parts(file, self.arguments, self.dictionary, (self.words, self.tokens), self.pruned, matrices)


class Reader:
    """Reads a mapped file from front to back; nothing is read before its size is known to be there."""

    def __init__(self, file: IO[bytes], problems: Problems) -> None:
        size = os.fstat(file.fileno()).st_size
        self._problems, self.place, self.fix = problems, 0, FIX
        fix = "raise the limit of the address space (ulimit -v)"
        with guarded(size, f"mapping {problems.path}", fix):
            self.data = mmap(file.fileno(), size, access=ACCESS_READ) if size else b""

    def error(self, what: str) -> ValueError:
        """Return an error at the place that has been reached."""
        return self._problems.error(f"byte {self.place + 1}", what, self.fix)

    def need(self, size: int, what: str) -> None:
        """Raise VectorFileError unless so many bytes follow."""
        if size > (left := len(self.data) - self.place):
            raise self.error(f"{what} should take {size:,} bytes, only {left:,} follow")

    def numbers(self, form: str, what: str) -> tuple[Any, ...]:
        """Read some numbers, given in the letters of `struct`."""
        self.need(struct.calcsize(f"<{form}"), what)
        found = struct.unpack_from(f"<{form}", self.data, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found

    def array(self, dtype: str, shape: tuple[int, ...], what: str) -> Array:
        """Map an array of some shape."""
        size = prod(shape) * np.dtype(dtype).itemsize
        self.need(size, what)
        self.place += size
        return np.frombuffer(self.data, dtype, prod(shape), self.place - size).reshape(shape)

    def dictionary(self, entries: int) -> Dictionary:
        """Map the entries of a dictionary."""
        self.need(ENTRY * entries, "the dictionary")
        find, size = self.data.find, len(self.data) - ENTRY
        begin, ends, end = self.place, array("q"), self.place - ENTRY
        for _ in range(entries):
            start = end + ENTRY
            end = find(b"\0", start)
            if not 0 <= end - start < LONGEST or end > size:
                self.place = start
                raise self.error(f"entry {len(ends) + 1} of {entries:,} does not end as one of a dictionary")
            ends.append(end)
        self.place = end + ENTRY
        text = np.frombuffer(self.data, np.uint8, self.place - begin, begin)
        return Dictionary(text, np.frombuffer(ends, np.int64) - begin)

    def matrix(self, what: str, columns: int, quantised: bool) -> Any:
        """Map a matrix."""
        has_norms = quantised and self.numbers("?", what)[0]
        m, n = self.numbers("2q", what)
        if m < 0 or n != columns:
            raise self.error(f"{what} is said to be {m} × {n}: expected {columns} columns, as dim says")
        if not quantised:
            return self.array("<f4", (m, n), what)
        (size,) = self.numbers("i", what)
        self.need(size, f"the codes of {what}")
        parts = size // m if m else 0
        if size < 0 or (m and (size % m or not 0 < parts <= n)):
            raise self.error(f"{size:,} codes of {what}: expected as many for each of {m:,} rows, at most {n}")
        codes = self.array("u1", (m, parts), what)
        centroids, width = self._centroids(what, n, parts)
        if not has_norms:
            return QuantizedMatrix(codes, centroids, width, n)
        norm_codes = self.array("u1", (m,), f"the lengths of {what}")
        return QuantizedMatrix(codes, centroids, width, n, norm_codes, self._centroids(what, 1, 1)[0])

    def _centroids(self, what: str, n: int, parts: int) -> tuple[Array, int]:
        found = self.numbers("4i", f"the centroids of {what}")
        width = found[2]
        last = n - (found[1] - 1) * width
        if found[0] != n or found[3] != last or not 0 < last <= width or (parts and parts != found[1]):
            raise self.error(f"the centroids of {what} are said to be {found}: expected {n} columns in {parts} parts")
        return self.array("<f4", (CENTROIDS * n,), f"the centroids of {what}"), width


def parse(file: IO[bytes], problems: Problems) -> FastTextFile:
    """Read the structure of a fastText model, and map its matrices; raise VectorFileError if it is no sound one."""
    reader = Reader(file, problems)
    magic, version = reader.numbers("2i", "the head")
    if magic != MAGIC:
        reader.place, version, reader.fix = 0, 0, OTHER
    elif version not in (11, VERSION):
        raise reader.error(f"it has version {version} of fastText's format: expected 11 or {VERSION}")
    args = Arguments(*reader.numbers("12id", "the arguments"))
    if args.supervised and version < VERSION:  # they did not use n-grams of characters, whatever is said
        args = args._replace(maxn=0)
    if wrong := args.wrong():
        raise reader.error(f"its arguments are impossible: {wrong}")
    entries, words, labels, tokens = reader.numbers("3iq", "the sizes of the dictionary")
    kept = reader.numbers("q", "the number of kept n-grams")[0] if version else -1
    if min(words, labels) < 0 or entries != words + labels or kept < -1:
        what = f"{entries} entries, {words} words, {labels} labels, {kept} kept n-grams"
        raise reader.error(f"the sizes of its dictionary do not agree: {what}")
    dictionary = reader.dictionary(entries)
    if not np.array_equal(dictionary.is_label, np.arange(entries) >= words):
        raise reader.error(f"expected {words:,} words in the dictionary, then {labels:,} labels")
    pruned = None if kept < 0 else reader.array("<i4", (kept, 2), "the list of kept n-grams")
    quantised = bool(version and reader.numbers("B", "the input")[0])
    if kept >= 0 and not quantised:
        raise reader.error("its n-grams are pruned, but its matrix is not quantised, which fastText refuses, too")
    source = reader.matrix("the input", args.dim, quantised)
    _check_rows(reader, args, words, pruned, len(source))
    quantised &= bool(version and reader.numbers("B", "the output")[0])
    output = reader.matrix("the output", args.dim, quantised)
    expected = labels if args.supervised else words
    if len(output) != expected or reader.place != len(reader.data):
        left = len(reader.data) - reader.place
        raise reader.error(f"the output has {len(output):,} rows, expected {expected:,}; {left:,} bytes follow")
    return FastTextFile(str(problems.path), args, dictionary, words, tokens, pruned, source, output)


def _check_rows(reader: Reader, args: Arguments, words: int, pruned: Array | None, rows: int) -> None:
    """Raise VectorFileError unless each word and n-gram has its row of the input."""
    if pruned is None:
        has_ngrams = args.maxn > 0 or args.wordNgrams > 1
        if rows < words + args.bucket * has_ngrams or (has_ngrams and not args.bucket):
            what = f"the input has {rows:,} rows for {words:,} words and {args.bucket:,} buckets"
            raise reader.error(f"{what}: expected a row for each, and buckets if there are n-grams")
        return
    kept, k = pruned.astype(np.int64), len(pruned)
    buckets = np.unique(kept[:, 0])
    sound = len(buckets) == k and (k == 0 or (buckets[0] >= 0 and buckets[-1] < args.bucket))
    if rows != words + k or not sound or not np.array_equal(np.sort(kept[:, 1]), np.arange(k)):
        raise reader.error(f"{k:,} kept n-grams, {words:,} words: expected a row of {rows:,} and a bucket for each")


def read_fasttext(file: Input, wanted: Wanted, *, mmap: bool = False) -> Table:
    """Read the words of a fastText model with their vectors; see `table_of`."""
    return table_of(parse(file.whole(mapped=True), Problems(file.name, "strict")), wanted, mmap=mmap)


@np.errstate(all="ignore")  # damaged numbers are found as they are added
def table_of(model: FastTextFile, wanted: Wanted, *, mmap: bool = False) -> Table:
    """Return the words of a model with their vectors; a word's bytes that are no UTF-8 become surrogates.

    With `mmap`, the rows of n-grams, the words' own and the outside vectors stay on the disk.
    """
    problems, n, args = Problems(model.name, wanted.errors), model.words, model.arguments
    problems.unicode = "surrogateescape" if wanted.errors in ("strict", "skip") else wanted.errors
    chosen = np.arange(n)[: wanted.limit]
    if wanted.only is not None:
        found = {model.dictionary.find(word_bytes(word)) for word in wanted.only}
        chosen = np.array(sorted(entry for entry in found if 0 <= entry < len(chosen)), np.int64)
    counts = model.dictionary.counts
    loss = _loss_of(model)
    of_tree = loss.get("name") == PATHS
    has_outside = bool(loss) and (not of_tree or are_in_order(counts[:n]))
    has_outside = has_outside and any(block.any() for block in in_parts(model.output))  # zeros: they were not known
    need = len(chosen) * (1 + has_outside) + (0 if mmap else len(model.input))
    check_memory(4 * args.dim * need, f"{model.name}: {need:,} rows of {args.dim} numbers", "map it, mmap=True")
    subwords = model.subwords(np.asarray if mmap else np.array)
    rows, kept = Rows(args.dim, wanted._replace(only=None), problems, "word", len(chosen)), [chosen[:0]]
    own: Any = subwords.own
    for some in in_parts(chosen):
        words = [model.dictionary[entry] for entry in some]
        vectors = subwords.compose([word.decode("utf-8", "surrogateescape") for word in words], own[some])
        good = rows.add(words, vectors, (some + 1).tolist())
        kept.append(some if good is None else some[good])
    table, ids = rows.table(), np.concatenate(kept)
    whole = slice(None) if len(ids) == n else ids
    table.counts = counts[ids]
    table.subwords = replace(subwords, own=own[whole]) if subwords.maxn else None
    if has_outside and (not of_tree or len(ids) == n):  # a tree is that of all words
        table.outside = converted((np.asarray if mmap else np.array)(model.output[whole]), table.matrix.dtype)
    table.settings = _settings_of(model, counts, ids)
    return table


def _settings_of(model: FastTextFile, counts: Array, ids: Ids) -> dict[str, Any]:
    """Return how a model was trained, in fastText's names and in ours; `ids` are the words that were read."""
    args, n = model.arguments, model.words
    found: dict[str, Any] = {"fasttext": {**args._asdict(), "tokens": model.tokens}}
    if loss := _loss_of(model):
        found["model"] = {"name": "skip-gram"} if args.model == 2 else {"name": "cbow", "mean": True}
        found["loss"] = loss
    if len(ids) < n:
        found["all_words"] = n
    total = max(int(counts[:n].sum()), model.tokens - int(counts[n:].sum()))  # tokens: of rare words and labels, too
    return of_part(found, total) if total > counts[ids].sum() else found


def _loss_of(model: FastTextFile) -> dict[str, Any]:
    """Return the loss by which words were predicted, as settings have it; empty if there are no outside vectors.

    gensim writes code 1 for hs=1, too: without negatives with the nodes of its own tree, otherwise with the outside
    vectors of words in their place, whose last row is not the one that no node has. fastText counts lines as words.
    """
    args = model.arguments
    if args.loss not in LOSSES or args.supervised or isinstance(model.output, QuantizedMatrix):
        return {}
    if args.loss != 1:
        return {"name": LOSSES[args.loss]}
    if model.words and np.any(model.output[model.words - 1]):
        return {"name": LOSSES[2]}
    own = args.neg or model.dictionary.find(END_OF_LINE.encode()) >= 0
    return {"name": PATHS, "rule": "fasttext" if own else "gensim"}


def are_in_order(counts: Array) -> bool:
    """Return whether fastText builds the tree of `huffman_tree`, which sorts counts and takes none below 1."""
    return bool((counts[1:] <= counts[:-1]).all() and (counts[-1:] > 0).all())


# writing


def write_fasttext(vectors: Vectors, path: PathLike) -> None:
    """Write a model that fastText and gensim read, with the rows of n-grams of the vectors if they have any.

    The numbers become float32. N-grams without a row get zeros, as outside vectors do that are not known; a word
    without counts occurs once. Warns (UserWarning) if outside vectors cannot be written: those of the nodes of a tree
    that fastText has not.
    """
    where = "fastText's dictionary: expected no byte 0 or line end"
    check_readable(vectors, path, where, "\0\n", "surrogateescape", LONGEST - 1)
    n, D = vectors.matrix.shape
    subwords = vectors.subwords or Subwords(0, 0, 0, np.empty(0, int), np.empty((0, D), np.float32), vectors.matrix)
    known = _training_of(vectors.settings)
    tokens = known.pop("tokens", None)
    lengths = {"dim": D, "minn": subwords.minn, "maxn": subwords.maxn, "bucket": subwords.buckets}
    loss = _code_of(vectors.settings) if n >= vectors.settings.get("all_words", 0) else 2
    args = Arguments(**{**known, **lengths, "model": min(known.get("model", 2), 2), "loss": loss, "wordNgrams": 1})
    counts = np.ones(n, np.int64) if vectors.counts is None else vectors.counts
    dictionary = Dictionary.of(map(word_bytes, vectors.words), counts)
    own = (_own_rows(vectors, subwords, some) for some in in_parts(np.arange(n)))
    source = _single(chain(own, _bucket_rows(subwords)), path)
    outside = _single(_output_of(vectors, path, loss), path)
    tokens = int(vectors.settings.get("all_counts", counts.sum())) if tokens is None else tokens
    with write_atomically(path) as file:
        write_parts(file, args, dictionary, (n, tokens), None, [(n + subwords.buckets, source), (n, outside)])


def _training_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return how vectors were trained, as far as it is known, in fastText's names."""
    if "fasttext" in settings:
        return dict(settings["fasttext"])
    names = {"ws": "window", "neg": "negatives", "epoch": "epochs", "t": "sample"}
    found = {name: settings[ours] for name, ours in names.items() if isinstance(settings.get(ours), int | float)}
    with_mean = part_of(settings, "model").get("name") in ("cbow", "pv-dm")
    return found | ({"model": 1} if with_mean else {})


def _code_of(settings: Mapping[str, Any]) -> int:
    """Return fastText's number of a loss; that of negative sampling, too, if fastText has not this model by it."""
    model, loss = part_of(settings, "model"), part_of(settings, "loss").get("name")
    has = {"skip-gram": True, "cbow": model.get("mean"), "pv-dbow": model.get("words")}.get(model.get("name", ""))
    return next((code for code, name in LOSSES.items() if has and name == loss), 2)


def _output_of(vectors: Vectors, path: PathLike, loss: int) -> Iterable[Array]:
    """Return blocks of the rows of the output; zeros for outside vectors that are not known, or of another tree."""
    outside, counts, sign = vectors.outside, vectors.counts, 1
    if outside is not None and of_nodes(vectors.settings):
        rule = part_of(vectors.settings, "loss").get("rule", "word2vec.c")
        sign = {"word2vec.c": -1, "fasttext": 1}.get(rule, 0)  # the same nodes, with opposite bits
        if loss != 1 or not sign or counts is None or not are_in_order(np.asarray(counts)):
            what = "the outside vectors are of the nodes of a tree that fastText has not: zeros are written"
            whole = "expected all words of a skip-gram or CBOW (mean) model"
            warn(f"{path}: {what}; {whole}, with counts of 1 or more in falling order, or write .npz")
            outside = None
    if outside is None:
        return [np.zeros((1, vectors.matrix.shape[1]))] * len(vectors.matrix)
    return in_parts(outside) if sign > 0 else (-block for block in in_parts(outside))


def _single(blocks: Iterable[Array], path: PathLike) -> Iterator[Array]:
    """Yield blocks of rows as float32; ValueError for numbers beyond it, which could not be read again."""
    for block in blocks:
        rows = converted(block, "<f4")
        if not np.isfinite(rows).all():
            raise ValueError(f"{path}: the vectors hold numbers beyond float32: write .npz or text")
        yield rows


def _own_rows(vectors: Vectors, subwords: Subwords, some: Ids) -> Array:
    """Return the own rows of some words: (1 + G) v − Σ z over the G n-grams of each, if they are not known."""
    if subwords.own is not None:
        return np.asarray(subwords.own[some])
    words, v = [vectors.words[i] for i in some], np.asarray(vectors.matrix[some], np.float64)
    n = subwords.rows_of(words)[2][:, None]  # (k, 1)
    return (1 + n) * v - n * subwords.compose(words)


def _bucket_rows(subwords: Subwords) -> Iterator[Array]:
    """Yield the rows of all buckets in order, zeros for those without a row."""
    ordered, rows = subwords.by_bucket
    step = max(1, BLOCK // subwords.matrix.shape[1])
    for begin in range(0, subwords.buckets, step):
        first, last = np.searchsorted(ordered, (begin, begin + step))
        block = np.zeros((min(step, subwords.buckets - begin), subwords.matrix.shape[1]), np.float32)
        block[ordered[first:last] - begin] = converted(subwords.matrix[rows[first:last]], np.float32)
        yield block


def write_parts(
    file: IO[bytes],
    args: Arguments,
    dictionary: Dictionary,
    sizes: tuple[int, int],
    pruned: Array | None,
    matrices: Sequence[QuantizedMatrix | tuple[int, Iterable[Array]]],
) -> None:
    """Write a model in version 12; `sizes` are the numbers of words and tokens.

    `matrices` are input and output, either quantised or the number of their rows and these, block by block.
    """
    (words, tokens), n = sizes, len(dictionary)
    file.write(HEAD.pack(MAGIC, VERSION) + ARGUMENTS.pack(*args))
    file.write(struct.pack("<3i2q", n, words, n - words, tokens, -1 if pruned is None else len(pruned)))
    file.write(dictionary.text.tobytes() + (b"" if pruned is None else pruned.tobytes()))
    for matrix in matrices:
        file.write(struct.pack("<?", isinstance(matrix, QuantizedMatrix)))
        if isinstance(matrix, QuantizedMatrix):
            matrix.write(file)
            continue
        rows, blocks = matrix
        file.write(struct.pack("<2q", rows, args.dim))
        for block in blocks:
            file.write(converted(block, "<f4").tobytes())
