"""word2vec/runtime/inputs.py: what is read once, whatever it lies in, and what is refused."""

import bz2
import errno
import gzip
import io
import lzma
import mmap
import os
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from word2vec.runtime.inputs import Input, check_encoding, files_in, inputs, opened

TEXT = "ein kurzer Text\nmit Ümläuten und 漢字\n".encode()
LONG = b" ".join(b"%d" % i for i in range(50_000))
PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def put(folder, name, data=TEXT):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def tar(members, mode="w"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data), tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def read(source, encoding=None):
    with opened(source, encoding) as file:
        return b"".join(file.chunks(7))


def all_of(source, encoding=None):
    return [(file.name, b"".join(file.chunks(1 << 16))) for file in inputs(source, encoding)]


@pytest.fixture
def pipe(tmp_path):
    """Return a function that makes a named pipe, into which some data are written a few bytes at a time."""
    threads = []

    def make(data, part=5):
        path = tmp_path / f"pipe{len(threads)}"
        os.mkfifo(path)

        def write():
            with open(path, "wb", buffering=0) as file:
                for i in range(0, len(data), part):
                    file.write(data[i : i + part])

        threads.append(threading.Thread(target=write))
        threads[-1].start()
        return path

    yield make
    for thread in threads:
        thread.join()


def test_a_look_at_the_first_bytes_takes_nothing_away():
    file = Input(io.BytesIO(b"abcdefgh"), "file")
    assert (file.peek(3), file.peek(2), file.read(1), file.peek(3), file.read(2)) == (
        b"abc",
        b"ab",
        b"a",
        b"bcd",
        b"bc",
    )
    assert (file.peek(99), file.read(), file.read(), file.peek()) == (b"defgh", b"defgh", b"", b"")


@pytest.mark.parametrize("data", [TEXT, b"", b"x"])
def test_every_kind_of_source_holds_the_same(tmp_path, pipe, monkeypatch, data):
    path = put(tmp_path, "a.txt", data)
    assert read(path) == read(str(path)) == read(pipe(data)) == read(io.BytesIO(data)) == data
    with open(path, "rb") as binary, open(path, encoding="utf-8", newline="") as text:
        assert read(binary) == read(text) == data
    assert read(io.StringIO(data.decode())) == data
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read("-") == data
    monkeypatch.setattr(sys, "stdin", io.StringIO(data.decode()))  # as in a notebook
    assert read("-") == data


def test_an_open_file_is_read_from_its_place_on_and_stays_open(tmp_path):
    with open(put(tmp_path, "a.txt", b"one\ntwo\n"), "rb") as file:
        file.readline()
        with opened(file) as found:
            assert (found.size, found.read()) == (4, b"two\n")
        assert not file.closed


@pytest.mark.parametrize("file", [io.BytesIO(), io.StringIO()])
def test_an_open_file_at_its_end_is_to_be_rewound(file):
    assert read(file) == b""
    file.write("text" if isinstance(file, io.StringIO) else b"text")
    with pytest.raises(ValueError, match=rf"^the {type(file).__name__} has been read or written to its end: rew"):
        read(file)
    file.seek(0)
    assert read(file) == b"text"


def test_a_text_whose_lines_were_iterated_over_is_to_be_rewound_too(tmp_path):
    with put(tmp_path, "a.txt", b"one line").open() as file:
        assert next(file) == "one line"
        with pytest.raises(ValueError, match=r"^.*a\.txt has been read or written to its end: rewind it, file\.seek"):
            read(file)
        file.seek(0)
        assert read(file) == b"one line"


def test_sizes_are_known_of_files_alone(tmp_path, pipe):
    with opened(put(tmp_path, "a.txt")) as file:
        assert (file.size, file.packed, file.name) == (len(TEXT), False, str(tmp_path / "a.txt"))
    with opened(pipe(TEXT)) as file:
        assert file.size is None
        assert file.read() is not None
        assert b"".join(file.chunks(99)) is not None
    with opened(put(tmp_path, "a.gz", gzip.compress(LONG))) as file:
        assert (file.size, file.packed) == (os.path.getsize(tmp_path / "a.gz"), True)


@pytest.mark.parametrize("name", ["a.{}", "a.TXT.{}", "a.txt", "a"])
@pytest.mark.parametrize("kind", PACK)
def test_packed_files_are_known_by_their_content(tmp_path, pipe, name, kind):
    packed = PACK[kind](TEXT)
    assert read(put(tmp_path, name.format(kind), packed)) == read(pipe(packed)) == read(io.BytesIO(packed)) == TEXT


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("between", [b"", bytes(4)])
def test_several_packed_files_in_a_row_are_one(tmp_path, kind, between):
    one, none = PACK[kind](TEXT), PACK[kind](b"")
    assert read(put(tmp_path, f"a.{kind}", between.join([one, none, one, b""]))) == TEXT * 2


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_damage_at_the_beginning_of_a_packed_file_in_a_row_is_not_its_end(tmp_path, kind, place):
    one = PACK[kind](TEXT)
    second = one[:place] + b"?" + one[place + 1 :]
    for rest in second, second + one, b"?", second[: place + 1]:
        with pytest.raises(OSError, match=rf"a\.{kind} cannot be read to its end \(.+\): expected an undamaged file"):
            read(put(tmp_path, f"a.{kind}", one + rest))


@pytest.mark.parametrize("damage", [lambda d: d[:-20], lambda d: d[:1000], lambda d: d[:1000] + b"?" * 99 + d[1099:]])
@pytest.mark.parametrize("kind", PACK)
def test_a_damaged_packed_file_is_named(tmp_path, kind, damage):
    path = put(tmp_path, f"a.{kind}", damage(PACK[kind](LONG[:30_000])))
    with pytest.raises(OSError, match=rf"a\.{kind} cannot be read to its end \(.+\): expected an undamaged file"):
        read(path)


@pytest.mark.parametrize("name", ["a.gz", "a.bz2", "A.TXT.XZ"])
def test_a_file_that_is_not_packed_as_its_name_says_is_named(tmp_path, name):
    with pytest.raises(OSError, match=rf"{name} cannot be read to its end \(not packed as its name says\): ren"):
        read(put(tmp_path, name, b"plain text"))


def test_an_error_of_the_disk_names_the_file():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match=r"a\.txt cannot be read to its end \(.*Input/output error"):
        Input(Broken(), "a.txt").read(1)


MEMBERS = {"a/": b"", "b.txt": b"one\n", "a/c.txt": b"two\n", ".hidden": b"no", "__MACOSX/b.txt": b"no"}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_the_members_of_a_tar_are_read_one_by_one(tmp_path, pipe, mode):
    path = put(tmp_path, "x", tar(MEMBERS, mode))
    assert all_of(path) == [(f"{path}: b.txt", b"one\n"), (f"{path}: a/c.txt", b"two\n")]
    assert [data for _, data in all_of(pipe(tar(MEMBERS, mode), 999))] == [b"one\n", b"two\n"]


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
def test_links_in_a_tar_are_left_out_and_named(tmp_path, kind):
    with tarfile.open(tmp_path / "x", "w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = kind, "b.txt"
        archive.addfile(link)
    with pytest.warns(UserWarning, match="x: left out the link link: unpack it first"):
        assert all_of(tmp_path / "x") == []


def test_the_members_of_a_zip_are_read_one_by_one(tmp_path):
    path = put(tmp_path, "x.txt", zipped(MEMBERS))
    assert all_of(path) == [(f"{path}: b.txt", b"one\n"), (f"{path}: a/c.txt", b"two\n")]


def test_a_text_with_the_mark_of_a_tar_in_its_place_is_text(tmp_path):
    text = b"x" * 256 + b" ustar is a word\n"
    assert text[257:262] == b"ustar"
    assert [data for _, data in all_of(put(tmp_path, "x", text))] == [text]


@pytest.mark.parametrize("pack", [zipped, tar])
def test_an_archive_of_one_file_is_that_file(tmp_path, pack):
    assert read(put(tmp_path, "x", pack({"only.txt": TEXT}))) == TEXT
    assert read(put(tmp_path, "y", pack({"only.txt.gz": gzip.compress(TEXT)}))) == TEXT
    expected = "x: b.txt is not alone: .*x: a/c.txt is there, too: expected an archive of one file; unpack it"
    with pytest.raises(ValueError, match=expected):
        read(put(tmp_path, "x", pack(MEMBERS)))
    with pytest.raises(ValueError, match=expected), opened(tmp_path / "x"):
        raise ValueError("this is a file of another kind")
    with pytest.raises(ValueError, match="another kind"), opened(tmp_path / "y"):
        raise ValueError("this is a file of another kind")
    with pytest.raises(ValueError, match="x holds no file: expected one"):
        read(put(tmp_path, "x", pack({".hidden": b"no"})))


def test_what_is_not_read_in_order_is_copied_first(tmp_path, pipe):
    assert read(pipe(zipped({"only.txt": TEXT}), 99)) == TEXT
    assert read(put(tmp_path, "x", gzip.compress(zipped({"only.txt": TEXT})))) == TEXT
    assert [data for _, data in all_of(put(tmp_path, "y", tar({"a.zip": zipped(MEMBERS)})))] == [b"one\n", b"two\n"]


def test_what_cannot_be_mapped_is_copied_first(tmp_path):
    path, packed = put(tmp_path, "a"), put(tmp_path, "a.gz", gzip.compress(TEXT))
    with path.open("rb") as plain, gzip.open(packed) as unpacked, path.open("rb") as behind:
        behind.read(4)
        for file, is_copied in ((plain, False), (unpacked, True), (io.BytesIO(TEXT), True), (behind, True)):
            with opened(file) as given:
                assert given.peek(4)
                whole, expected = given.whole(mapped=True), TEXT[4:] if file is behind else TEXT
                assert (whole is not file) == is_copied
                with mmap.mmap(whole.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    assert mapped[:] == expected
                assert whole.read() == expected


def test_what_cannot_be_unpacked_is_named(tmp_path):
    with pytest.raises(OSError, match=r"x cannot be unpacked \(.+\): unpack it first"):
        read(put(tmp_path, "x", zipped(MEMBERS)[:60]))
    with pytest.raises(OSError, match=r"x: b\.txt cannot be read to its end|x is a damaged tar archive"):
        all_of(put(tmp_path, "x", tar({"b.txt": LONG})[:2000]))
    for pack in (gzip.compress, lambda data: zipped({"a": data}), lambda data: tar({"a": data})):
        packed = TEXT
        for _ in range(5):
            packed = pack(packed)
        with pytest.raises(ValueError, match=r"x.* holds archives within archives: unpack it first"):
            read(put(tmp_path, "x", packed))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:40] + data[43:],  # so that members begin before the file
        lambda data: data.replace("é.txt".encode(), bytes(6)),
        lambda data: data.replace("é.txt".encode(), b"\xff\xff.txt", 1),
        lambda data: data.replace(b"\6\0", b"\xff\0", 1),  # the length of the name
    ],
)
def test_a_damaged_zip_is_named_shortly(tmp_path, damage):
    path = put(tmp_path, "x", damage(zipped({"é.txt": LONG})))
    with pytest.raises(OSError, match=r"^[^\n]*x cannot be unpacked \([^\n]{,99}\): unpack it first$"):
        read(path)


def test_a_folder_that_cannot_be_read_is_said_to_be_left_out(tmp_path, monkeypatch):
    for name in ("a.txt", "sub/b.txt"):
        put(tmp_path, name)
    scandir = os.scandir

    def refused(place):
        if place == str(tmp_path / "sub"):
            raise PermissionError(errno.EACCES, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.warns(UserWarning, match=r"^left out, since it cannot be read \(Permission denied\): .*sub$"):
        assert files_in(tmp_path) == [tmp_path / "a.txt"]
    with pytest.raises(PermissionError):
        files_in(tmp_path / "sub")


def test_a_folder_is_its_files_in_the_order_of_their_paths(tmp_path):
    for name in ("b/2.txt", "b/10.txt", "a.txt", "c.txt.gz", ".git/x", "d/.e"):
        put(tmp_path, f"f/{name}", gzip.compress(name.encode()) if name.endswith("gz") else name.encode())
    assert [data.decode() for _, data in all_of(tmp_path / "f")] == ["a.txt", "b/10.txt", "b/2.txt", "c.txt.gz"]
    both = [tmp_path / "f/c.txt.gz", str(tmp_path / "f/b")]
    assert [data.decode() for _, data in all_of(both)] == ["c.txt.gz", "b/10.txt", "b/2.txt"]
    (tmp_path / "f/d/linked").symlink_to(tmp_path / "f/b")
    (tmp_path / "f/d/circle").symlink_to(tmp_path / "f")
    assert [data.decode() for _, data in all_of(tmp_path / "f/d")][-2:] == ["b/10.txt", "b/2.txt"]
    (tmp_path / "f/b/gone.txt").symlink_to(tmp_path / "nowhere")
    with pytest.warns(UserWarning, match=r"left out, since they are no files: .*gone\.txt"):
        assert len(all_of(tmp_path / "f/b")) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty is a folder without files: expected one that holds texts"):
        all_of(tmp_path / "empty")


@pytest.mark.parametrize(
    ("link", "to"),
    [
        ("2024/up", ".."),  # to the folder itself
        ("latest", "2024"),  # beside it, behind it in the order
        ("2023", "2024"),  # and before it
        ("z/latest", "../2024"),  # one level deeper
        ("2024/u.txt", "t.txt"),  # to a file
        ("z/t.txt", "../2024/t.txt"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_what_has_two_names_by_a_link_is_read_once(tmp_path, monkeypatch, link, to, backwards):
    for name in ("2024/t.txt", "2025/t.txt", "top.txt", "z/v.txt"):
        put(tmp_path, f"f/{name}", name.encode())
    (tmp_path / "f" / link).symlink_to(to)
    walk = os.walk

    def in_another_order(*arguments, **options):
        for place, folders, names in walk(*arguments, **options):
            folders.sort(reverse=backwards)
            yield place, folders, names

    monkeypatch.setattr(os, "walk", in_another_order)  # the order of scandir is any
    found = [str(path.relative_to(tmp_path / "f")) for path in files_in(tmp_path / "f")]
    first = {"2023": "2023/t.txt"}.get(link, "2024/t.txt")
    assert found == [first, "2025/t.txt", "top.txt", "z/v.txt"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("size", [1, 3, 7, 1 << 16])
def test_other_encodings_are_converted(tmp_path, encoding, size):
    text = "naïve café\nÜmläute\n" * 5
    path = put(tmp_path, "a.txt.gz", gzip.compress(text.encode(encoding)))
    with opened(path, encoding) as file:
        assert b"".join(file.chunks(size)) == text.encode()


def test_an_encoding_that_does_not_fit_is_named_with_its_line(tmp_path):
    path = put(tmp_path, "a.txt", b"one\ntwo \xff\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 2: the byte 0xff is not ascii \(ordinal .*: pass the"):
        read(path, "ascii")
    with pytest.raises(ValueError, match=r"a\.txt, line 2: the byte .* is not utf-16"):
        read(put(tmp_path, "a.txt", "a\nb".encode("utf-16") + b"x"), "utf-16")
    with pytest.raises(ValueError, match=r"is open for reading text: leave out encoding, or open it as bytes"):
        read(io.StringIO("text"), "latin-1")


@pytest.mark.parametrize(("encoding", "kind"), [("utf-9", ValueError), ("base64", ValueError), (3, TypeError)])
def test_what_is_no_encoding(encoding, kind):
    with pytest.raises(kind, match=rf"encoding is {encoding!r}: expected a name that Python knows, such as 'utf-16'"):
        check_encoding(encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_known_by_their_mark(tmp_path, encoding):
    with opened(put(tmp_path, "a.txt", TEXT.decode().encode(encoding))) as file:
        assert (file.encoding, b"".join(file.chunks(3))) == (encoding, TEXT)


def test_a_file_that_is_open_in_another_way_is_read_or_named(tmp_path, monkeypatch):
    with gzip.open(put(tmp_path, "a.gz", gzip.compress(TEXT))) as binary:
        assert read(binary) == TEXT
    with gzip.open(tmp_path / "a.gz", "rt", encoding="utf-8") as text:
        assert read(text) == TEXT
    expected = r"a\.gz is open as text, but is none \(.*\): open it as bytes, 'rb'"
    with open(tmp_path / "a.gz", encoding="utf-8") as text, pytest.raises(ValueError, match=expected):
        read(text)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed: expected a text on it, or the path of a file"):
        read("-")
    assert read(tmp_path / "a.gz") == TEXT


def test_what_is_open_but_cannot_be_read_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", TEXT)
        with pytest.raises(
            ValueError, match=r"^the ZipFile cannot be read \(.*\): expected a file open for reading, or its path$"
        ):
            read(archive)
    closed = open(put(tmp_path, "a.txt", TEXT), "rb")  # noqa: SIM115
    closed.close()
    with pytest.raises(ValueError, match=r"a\.txt cannot be read \(.*closed.*\): expected a file open for r"):
        read(closed)
    with open(tmp_path / "b.txt", "w") as written, pytest.raises(ValueError, match=r"b\.txt cannot be read \(not re"):
        read(written)

    for mode in "rb", "r":
        descriptor, other = os.pipe()
        os.set_blocking(descriptor, False)
        os.write(other, b"tea")
        with open(descriptor, mode) as pipe:
            with open(other, "wb"), pytest.raises(OSError, match=r"does not wait for more: exp"):
                read(pipe)  # what follows was cut off in silence
            assert read(pipe) == b""  # at its end

    class TextFileReader:  # pandas.read_csv(…, chunksize=…)
        def read(self, _):
            return Table()

    class Table:
        def __bool__(self):
            raise ValueError("The truth value of a DataFrame is ambiguous")

    with pytest.raises(
        TypeError, match=r"^cannot read from TextFileReader, which gives a Table: expected text or byt"
    ):
        read(TextFileReader())


@pytest.mark.parametrize(("text", "encoding"), [("Äpfel", "mac_roman"), ("€ 5", "cp1252")])
def test_a_letter_is_no_pickle(tmp_path, text, encoding):
    assert read(put(tmp_path, "a.txt", text.encode(encoding)), encoding).decode() == text


def test_the_byte_order_mark_of_utf8_is_no_text(tmp_path):
    assert read(put(tmp_path, "a.txt", b"\xef\xbb\xbf" + TEXT)) == TEXT
    assert read(put(tmp_path, "a.txt", b"abc\xef\xbb\xbfdef")) == b"abc\xef\xbb\xbfdef"


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        (b"\x28\xb5\x2f\xfd", "packed by zstd: unpack it first: zstd -d"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
        (b"%PDF-1.7", "a PDF document: extract its text first: pdftotext"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file: write it as text or .npz with what wrote it"),
        (b"SQLite format 3\0", "an SQLite database: export its text first"),
        (b"PAR1", "a Parquet file"),
        (b"\x80\x04\x95", "a pickle, which can run any code and is not read: load it with what wrote it"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, not the file"),
    ],
)
def test_what_holds_no_text_is_named(tmp_path, begin, expected):
    for path in (put(tmp_path, "a.txt", begin + bytes(99)), put(tmp_path, "a.gz", gzip.compress(begin))):
        with pytest.raises(ValueError, match=expected.replace(".", r"\.")):
            read(path)


def test_what_is_no_source(tmp_path):
    for source, shown in ((7, "int"), (None, "NoneType"), (b"a", "bytes")):
        with pytest.raises(
            TypeError, match=f"cannot read from {shown}: expected a path, '-' for standard input, or an"
        ):
            read(source)
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        read(Path("gone.txt"))
    with pytest.raises(IsADirectoryError, match=r"is a folder: expected a file$"):
        read(tmp_path)
    put(tmp_path, "model.npz")
    with pytest.raises(IsADirectoryError, match=r"is a folder: expected a file, such as .*model\.npz$"):
        read(tmp_path)


def test_documents_of_office_programs_are_no_text(tmp_path):
    for member in ("[Content_Types].xml", "mimetype"):
        with pytest.raises(ValueError, match="a is a document of an office program: save it as plain text"):
            all_of(put(tmp_path, "a", zipped({member: b"<xml>", "word/document.xml": b"<xml>"})))


def test_what_is_packed_is_unpacked_while_the_last_chunk_is_used(tmp_path):
    before = threading.active_count()
    with opened(put(tmp_path, "a.gz", gzip.compress(TEXT))) as file:
        assert [threading.active_count() - before for _ in file.chunks(20)] == [1, 1, 1]
        assert threading.active_count() == before
    with opened(put(tmp_path, "a.gz", gzip.compress(LONG)[:-4])) as file:
        chunks = file.chunks(1 << 16)
        assert LONG.startswith(next(chunks))
        with pytest.raises(OSError, match="cannot be read to its end"):
            list(chunks)
    assert threading.active_count() == before


# files that are written to while they are read


def read_while(path, change):
    """Read a file; call `change` in the middle."""
    for file in inputs(path):
        assert file.read(5)
        change()
        assert file.read() is not None


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)], ids=["plain", "gzip"])
@pytest.mark.parametrize("more", [b"", b"later words\n"])
def test_a_file_that_grows_or_is_overwritten_while_it_is_read_is_warned_of(tmp_path, data, more):
    path, size = put(tmp_path, "a.txt", data), len(data)

    def change():
        with open(path, "ab") as file:
            file.write(gzip.compress(more) if more and data != TEXT else more)
        os.utime(path, ns=(1, 1))  # the clock of a file system may be coarse

    sizes = rf", from {size:,} to [\d,]+ bytes" if more else ""
    with pytest.warns(UserWarning, match=rf"a\.txt was changed while it was read{sizes}: read"):
        read_while(path, change)


def test_a_file_that_is_cut_while_it_is_read_is_named(tmp_path):
    path = put(tmp_path, "a.txt", LONG)
    with pytest.raises(OSError, match=rf"a\.txt was cut while it was read, from {len(LONG):,} to 9 bytes: read it"):
        read_while([path], lambda: os.truncate(path, 9))
