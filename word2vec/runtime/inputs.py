"""Open what is read, once and from front to back: a path, `-` for standard input, an open file, a folder.

What a file is shows in its first bytes, whatever its name says: gzip, bzip2, xz, zip and tar are unpacked, also
within one another; UTF-16 and UTF-32 are known by their marks, other encodings are named by `encoding`; what holds no
text is refused. Nothing is opened twice or asked for its size, so that pipes lose nothing.
"""

import bz2
import codecs
import io
import lzma
import os
import re
import stat
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from .._types import PathLike
from .arguments import warn
from .console import IN_PYTHON
from .files import stamp

HEAD = 1 << 12  # bytes by which a kind of file is known
PACKED = 1 << 16  # bytes of compressed data that are read at a time
GZIP = 16 + zlib.MAX_WBITS  # zlib's number for streams with gzip's head and checksum
LEVELS = 4  # of archives within archives
MARK = b"\xef\xbb\xbf"
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError)
# how files begin that hold no text, what they are, the fix
_UNPACK, _TEXT = "unpack it first", "save it as plain text"
OTHERS: list[tuple[bytes, str, str]] = [
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "unpack it first: zstd -d"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"\x1f\x9d", "packed by compress", "unpack it first: uncompress"),
    (b"\x04\x22\x4d\x18", "packed by lz4", "unpack it first: lz4 -d"),
    (b"%PDF", "a PDF document", "extract its text first: pdftotext"),
    (b"{\\rtf", "an RTF document", _TEXT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Microsoft Office", _TEXT),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write it as text or .npz with what wrote it"),
    (b"SQLite format 3\x00", "an SQLite database", "export its text first"),
    (b"PAR1", "a Parquet file", f"export its column as text; {IN_PYTHON}you can pass lists of words"),
    (b"ARROW1", "an Arrow file", f"export its column as text; {IN_PYTHON}you can pass lists of words"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "fetch the file itself: git lfs pull"),
]
_PICKLE = "a pickle, which can run any code and is not read"
_AS_TEXT = "load it with what wrote it, and write it as text; gensim's vectors by wv.save_word2vec_format(path)"
OTHERS += [(b"\x80%c" % i, _PICKLE, _AS_TEXT) for i in range(2, 6)]
DOCUMENT = {"[Content_Types].xml", "mimetype"}  # members of Office's, OpenDocument's and EPUB's zip files
WIDE = [(mark, "utf-32") for mark in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)]  # one begins as UTF-16's does
WIDE += [(mark, "utf-16") for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)]


class Gunzip:
    """Unpacks one stream of gzip, with the names that bz2 and lzma have for what zlib gives."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(GZIP)

    def __getattr__(self, name: str) -> Any:  # eof, unused_data
        return getattr(self._stream, name)

    @property
    def needs_input(self) -> bool:
        """Whether all bytes that were handed over are unpacked."""
        return not self._stream.unconsumed_tail

    def decompress(self, data: bytes, most: int) -> bytes:
        """Unpack what was left of the bytes before, and then data, up to `most` bytes; zlib.error if damaged."""
        return self._stream.decompress(self._stream.unconsumed_tail + data, most)


class Streams(io.RawIOBase):
    """What a file of compressed streams, one after the other, holds; zeros may stand between them.

    Python's own files take damage at the beginning of a stream for the end of the file.
    """

    def __init__(self, file: Any, decompressor: Callable[[], Any]) -> None:
        self._file, self._decompressor = file, decompressor
        self._stream = decompressor()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, room: Any) -> int:
        """Unpack the next bytes; EOFError if a stream is cut, what the decompressor raises if it is damaged."""
        data = b""
        while not data:
            stream, more = self._stream, b""
            if stream.eof:
                more = stream.unused_data.lstrip(b"\0")
                while not more and (read := self._file.read(PACKED)):
                    more = read.lstrip(b"\0")
                if not more:
                    return 0
                stream = self._stream = self._decompressor()
            elif stream.needs_input and not (more := self._file.read(PACKED)):
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            data = stream.decompress(more, len(room))
        room[: len(data)] = data
        return len(data)


UNPACKED: list[tuple[re.Pattern[bytes], str, Callable[[], Any]]] = [
    (re.compile(rb"\x1f\x8b\x08"), ".gz", Gunzip),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), ".bz2", bz2.BZ2Decompressor),
    (re.compile(rb"\xfd7zXZ\x00"), ".xz", lzma.LZMADecompressor),
    (re.compile(rb"\x5d\x00\x00"), ".lzma", lzma.LZMADecompressor),
]


class Input(io.RawIOBase):
    """Bytes that are read once, from front to back, after a look at the first ones.

    Attributes
    ----------
    name : for messages: the path, and within an archive the member
    size : bytes of the file on the disk, None where that is unknown; if `packed`, they hold more
    encoding : from which text was converted, None for UTF-8
    """

    encoding: str | None = None

    def __init__(self, file: Any, name: str, size: int | None = None, *, packed: bool = False) -> None:
        self.name, self.size, self.packed = name, size, packed
        self._file, self._head = file, b""
        self._copy: IO[bytes] | None = None

    def close(self) -> None:
        """Close the copy that `whole` made, not the file itself, which belongs to who opened it."""
        if self._copy is not None:
            self._copy.close()
        super().close()

    def readable(self) -> bool:
        """Return True."""
        return True

    def peek(self, n: int = HEAD) -> bytes:
        """Return the first n bytes of what is still to be read, fewer only at the end."""
        while len(self._head) < n and (more := self._pull(n - len(self._head))):
            self._head += more
        return self._head[:n]

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end; OSError, which names the file, if it is damaged."""
        if not self._head:
            return self._pull(size)
        n = len(self._head) if size < 0 else size
        part, self._head = self._head[:n], self._head[n:]
        return part + self._pull(-1) if size < 0 else part

    def chunks(self, size: int) -> Iterator[bytes]:
        """Read all in chunks of about `size` bytes; those of a packed file are unpacked by a thread, one ahead."""
        if not self.packed or self.size is None:  # a pipe may have to be waited for, which Ctrl-C ends
            while chunk := self.read(size):
                yield chunk
            return
        with ThreadPoolExecutor(1) as thread:
            ahead = thread.submit(self.read, size)
            while chunk := ahead.result():
                ahead = thread.submit(self.read, size)
                yield chunk

    def whole(self, *, mapped: bool = False) -> IO[bytes]:
        """Return the file itself, at its beginning, to read in any order; what has none is copied into one.

        `mapped`: so is what cannot be mapped from byte 0 on, since it is in memory, or unpacked as it is read.
        """
        fits = not self.packed and _is_seekable(self._file)
        if fits and mapped:
            raw = getattr(self._file, "raw", self._file)  # no GzipFile, whose fileno is that of packed bytes
            fits = isinstance(raw, io.FileIO) and self._file.tell() == len(self._head)
        if not fits:
            self._copy = copy = tempfile.TemporaryFile()  # noqa: SIM115  # `close` closes it
            for chunk in self.chunks(1 << 16):
                copy.write(chunk)
            self.size = copy.tell()
            copy.seek(0)
            self._file, self.packed = copy, False
        self._file.seek(-len(self._head), os.SEEK_CUR)
        self._head = b""
        return self._file  # type: ignore[no-any-return]

    def _pull(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except DAMAGE as error:
            fix = "expected an undamaged file; copy, download or compress it again"
            raise OSError(f"{self.name} cannot be read to its end ({error}): {fix}") from error
        except UnicodeDecodeError as error:
            what = f"{self.name} is open as text, but is none ({error})"
            raise ValueError(f"{what}: open it as bytes, 'rb'") from None
        if data is None or (data == "" and _goes_on(self._file)):  # nothing yet, which is not the end
            fix = "expected one that waits: os.set_blocking(file.fileno(), True)"
            raise OSError(f"{self.name} has no data yet and does not wait for more: {fix}")
        return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


Source = PathLike | IO[bytes] | IO[str] | Input


@contextmanager
def opened(source: Source, encoding: str | None = None) -> Iterator[Input]:
    """Open the one file of a source; raise what `inputs` does, and ValueError if an archive holds several or none."""
    if isinstance(source, Input):
        yield source
        return
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        own = os.path.join(source, "model.npz")  # of a run
        raise IsADirectoryError(f"{source} is a folder: expected a file{f', such as {own}' * os.path.isfile(own)}")
    with ExitStack() as stack:
        found = _of_one(source, encoding, stack)
        first = next(found, None)
        if first is None:
            raise ValueError(f"{source_name(source)} holds no file: expected one")
        if is_open_file(source) and not first.peek(1) and _was_read(source):
            raise ValueError(f"{source_name(source)} has been read or written to its end: rewind it, file.seek(0)")
        wrong = None
        try:
            yield first
        except ValueError as error:  # perhaps since another file of the archive is the right one
            wrong = error
        if first.name != source_name(source) and (second := next(found, None)):
            what = f"{first.name} is not alone: {second.name} is there, too"
            raise ValueError(f"{what}: expected an archive of one file; unpack it, and pass the file") from wrong
        if wrong is not None:
            raise wrong


def inputs(source: Source | Sequence[Source], encoding: str | None = None) -> Iterator[Input]:
    """Open the files of a source, one after the other, each usable until the next.

    Parameters
    ----------
    source : a path, "-" for standard input, a file that is open for reading bytes or text, a folder, whose files are
        taken in the order of their paths, those in folders below it too, hidden ones not; or a list of paths. The
        files of a tar or zip archive are taken in its order
    encoding : of the text, if it is not UTF-8; Python's name, such as "cp1252" or "utf-16"

    Warns (UserWarning) if a file grows or is overwritten while it is read. Raises OSError if one is missing or
    damaged, or is cut while it is read; ValueError if it is encoded otherwise, or of another kind that its first
    bytes show, such as a pickle or a PDF document; the message says what it is.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.runtime.inputs import inputs
    >>> _ = Path("tea.txt").write_text("green tea")
    >>> for file in inputs(["tea.txt", Path("tea.txt")]):
    ...     print(file.name)
    tea.txt
    tea.txt
    """
    sources: Any = source if isinstance(source, list | tuple) else [source]
    for path in sources:
        for each in files_in(path) if isinstance(path, str | os.PathLike) and os.path.isdir(path) else [path]:
            with ExitStack() as stack:
                yield from _of_one(each, encoding, stack)


def files_in(folder: PathLike) -> list[Path]:
    """List the files of a folder in the order of their paths, those below it too, hidden ones not.

    What has several names by links, a file or a folder, is taken once, by the first of them.
    """
    found: list[Path] = []
    seen = {os.path.realpath(folder)}  # folders, so that links in a circle end

    def is_new(path: str) -> bool:
        before = len(seen)
        seen.add(os.path.realpath(path))
        return len(seen) > before

    def unreadable(error: OSError) -> None:
        if error.filename == os.fspath(folder):
            raise error
        warn(f"left out, since it cannot be read ({error.strerror}): {error.filename}")

    for place, folders, names in os.walk(os.fspath(folder), onerror=unreadable, followlinks=True):
        inner = sorted(name for name in folders if not name.startswith("."))
        folders[:] = [name for name in inner if is_new(os.path.join(place, name))]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    if others := [str(path) for path in found if not path.is_file()]:
        warn(f"left out, since they are no files: {', '.join(sorted(others)[:5])}")
    shown = [path for path in found if path.is_file()]
    if not shown:
        raise FileNotFoundError(f"{folder} is a folder without files: expected one that holds texts")
    shown.sort(key=lambda path: path.relative_to(folder).parts)
    return once(shown) if any(map(os.path.islink, shown)) else shown


def once(paths: Iterable[Path]) -> list[Path]:
    """Return paths without those that lead to the same file as one before, by links."""
    real: dict[str, Path] = {}
    for path in paths:
        real.setdefault(os.path.realpath(path), path)
    return [*real.values()]


def check_encoding(encoding: str) -> str:
    """Return the name of an encoding of text that Python knows; otherwise raise TypeError or ValueError."""
    try:
        "".encode(encoding)
    except (LookupError, TypeError, ValueError) as error:
        what = f"encoding is {encoding!r}: expected a name that Python knows"
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{what}, such as 'utf-16', 'cp1252' or 'gb18030'") from None
    return encoding


def is_open_file(source: object) -> bool:
    """Return whether an object can be read as a file."""
    return callable(getattr(source, "read", None))


def source_name(source: Source) -> str:
    """Return what a source is called in messages."""
    if isinstance(source, str | os.PathLike):
        return "standard input" if source == "-" else os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else f"the {type(source).__name__}"


def _of_one(source: Source, encoding: str | None, stack: ExitStack) -> Iterator[Input]:
    file: Any = source
    if isinstance(source, str | os.PathLike):
        stdin = getattr(sys.stdin, "buffer", sys.stdin)
        if source == "-" and stdin is None:
            raise OSError("standard input is closed: expected a text on it, or the path of a file")
        file = stdin if source == "-" else stack.enter_context(open(source, "rb", buffering=0))  # noqa: SIM115
    elif not is_open_file(source):
        kind = type(source).__name__
        raise TypeError(f"cannot read from {kind}: expected a path, '-' for standard input, or an open file")
    before = os.fstat(file.fileno()) if isinstance(source, str | os.PathLike) and source != "-" else None
    try:
        nothing = file.read(0)
    except (ValueError, KeyError) as error:  # it is closed, or open for writing, or a ZipFile
        what = f"{source_name(source)} cannot be read ({error})"
        raise ValueError(f"{what}: expected a file open for reading, or its path") from None
    if not isinstance(nothing, str | bytes | bytearray | memoryview | None):
        what = f"cannot read from {type(source).__name__}, which gives a {type(nothing).__name__}"
        raise TypeError(f"{what}: expected text or bytes; of pandas pass lists of words, table['text'].str.split()")
    size, is_text = None, isinstance(nothing, str)
    if is_text and encoding is not None:
        raise ValueError(f"{source_name(source)} is open for reading text: leave out encoding, or open it as bytes")
    if _is_seekable(file) and not is_text:
        place = file.tell()
        size = file.seek(0, os.SEEK_END) - place
        file.seek(place)
    found = Input(file, source_name(source), size or None)
    kinds = {ending: magic for magic, ending, _ in UNPACKED}
    promised = kinds.get(os.path.splitext(found.name)[1].lower()) if isinstance(source, str | os.PathLike) else None
    if promised and found.peek() and not promised.match(found.peek()):
        what = f"{found.name} cannot be read to its end (not packed as its name says)"
        raise OSError(f"{what}: rename it, or fetch it again")
    yield from _unpacked(found, encoding, LEVELS)
    if before is not None and stat.S_ISREG(before.st_mode) and before.st_size:
        _check_unchanged(found.name, before, os.fstat(file.fileno()))


def _check_unchanged(name: str, before: os.stat_result, now: os.stat_result) -> None:
    """Raise OSError if a file was cut while it was read; warn if it grew or was overwritten."""
    sizes, fix = f", from {before.st_size:,} to {now.st_size:,} bytes", "read it again when it is complete"
    if now.st_size < before.st_size:
        raise OSError(f"{name} was cut while it was read{sizes}: {fix}")
    if stamp(now) != stamp(before):
        warn(f"{name} was changed while it was read{sizes if now.st_size != before.st_size else ''}: {fix}")


def _goes_on(file: Any) -> bool:
    """Return whether a file of text that gave nothing does not wait for more, and is not at its end."""
    try:
        return not os.get_blocking(file.fileno()) and file.buffer.read(1) != b""
    except (AttributeError, OSError):  # it is no file of the system
        return False


def _is_seekable(file: Any) -> bool:
    return bool(getattr(file, "seekable", bool)())


def _was_read(file: Any) -> bool:
    """Return whether an open file that gives nothing is behind its beginning."""
    try:
        return _is_seekable(file) and file.tell() > 0
    except OSError:  # Python's, where lines of text are iterated over
        return True


def _unpacked(file: Input, encoding: str | None, levels: int) -> Iterator[Input]:
    """Yield the text files that a file is or holds."""
    head = file.peek()
    decompressor = next((each for magic, _, each in UNPACKED if magic.match(head)), None)
    is_tar = head[257:262] == b"ustar" and b"\0" in head[:257]  # where a text may have this word
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]  # the name of a zip's first member
    is_zip = head.startswith(b"PK\x03\x04") and not first.endswith(b".npy")  # NumPy's .npz is read as it is
    if levels == 0 and (decompressor or is_tar or is_zip):
        raise ValueError(f"{file.name} holds archives within archives: unpack it first")
    if decompressor:
        content: Any = io.BufferedReader(Streams(file, decompressor), PACKED)
        yield from _unpacked(Input(content, file.name, file.size, packed=True), encoding, levels - 1)
    elif is_tar:
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                for member in archive:
                    if member.islnk() or member.issym():
                        warn(f"{file.name}: left out the link {member.name}: unpack it first")
                    if member.isfile() and not _is_hidden(member.name):
                        content = archive.extractfile(member)
                        inner = Input(content, f"{file.name}: {member.name}", member.size, packed=True)
                        yield from _unpacked(inner, encoding, levels - 1)
            deque(file.chunks(1 << 16), 0)  # what fills up a tar, so that a pipe does not break
        except tarfile.TarError as error:
            raise OSError(f"{file.name} is a damaged tar archive ({error}): fetch it again") from error
    elif is_zip:
        try:
            with zipfile.ZipFile(file.whole()) as archive:
                if not DOCUMENT.isdisjoint(archive.namelist()):
                    raise ValueError(f"{file.name} is a document of an office program: {_TEXT}")
                for info in archive.infolist():
                    if info.header_offset < 0 or not info.filename:  # zipfile would seek there
                        raise zipfile.BadZipFile("its list of members is damaged")
                    if not info.is_dir() and not _is_hidden(info.filename):
                        content = archive.open(info)
                        inner = Input(content, f"{file.name}: {info.filename}", file.size, packed=True)
                        yield from _unpacked(inner, encoding, levels - 1)
        except (zipfile.BadZipFile, RuntimeError, UnicodeError) as error:  # of a damaged name zipfile shows all bytes
            raise OSError(f"{file.name} cannot be unpacked ({error!s:.99}): unpack it first") from error
    else:
        yield _as_utf8(file, encoding)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != "." for part in name.split("/"))


def _as_utf8(file: Input, encoding: str | None) -> Input:
    """Return a file of text in UTF-8 without byte order mark; ValueError if it is something else."""
    head = file.peek()
    for magic, what, fix in OTHERS:
        if head.startswith(magic):
            raise ValueError(f"{file.name} is {what}: {fix}")
    encoding = encoding or next((kind for mark, kind in WIDE if head.startswith(mark)), None)
    if encoding is not None:
        return converted(file, encoding)
    if head.startswith(MARK):
        file.read(len(MARK))
    return file


def converted(file: Input, encoding: str) -> Input:
    """Return a file of text as UTF-8; ValueError if there is no such encoding, and in reading if it does not fit."""
    found = Input(_Converted(file, encoding), file.name, file.size, packed=True)
    found.encoding = encoding
    return found


class _Converted:
    """Reads text of another encoding as UTF-8."""

    def __init__(self, file: Input, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(check_encoding(encoding))()
        self._file, self._encoding, self._line, self._mark = file, encoding, 1, "\ufeff"

    def read(self, size: int) -> bytes:
        text, data = "", b"-"
        while data and not text:
            data = self._file.read(size)
            try:
                text = self._decoder.decode(data, final=not data)
            except UnicodeError as error:
                line, what = self._line, f"it is not {self._encoding} ({error})"
                if isinstance(error, UnicodeDecodeError):
                    line += error.object[: error.start].count(b"\n")
                    what = f"the byte 0x{error.object[error.start]:02x} is not {self._encoding} ({error.reason})"
                fix = "pass the encoding that the file has"
                raise ValueError(f"{self._file.name}, line {line}: {what}: {fix}") from None
        self._line += text.count("\n")
        text, self._mark = text.removeprefix(self._mark), ""
        return text.encode("utf-8", "surrogatepass")
