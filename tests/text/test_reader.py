"""word2vec/text/reader.py: blocks that cut no word, whatever they are cut from."""

import bz2
import errno
import gzip
import sys

import pytest

from word2vec.text import reader
from word2vec.text.reader import WIDE_SPACE, blocks, decoded, with_plain_separators

TEXT = "ein kurzer Text\nmit drei Zeilen,\r\nÜmläuten und 漢字\n".encode()


@pytest.fixture(params=[3, 4, 7, 64, 1 << 16])
def block(request, monkeypatch):
    """Read in blocks of several sizes."""
    monkeypatch.setattr(reader, "BLOCK", request.param)
    return request.param


def put(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ends", [(b" ", b"\n"), (b"\n",)])
def test_blocks_end_behind_separators_and_hold_the_whole_file(tmp_path, block, ends):
    found = list(blocks(put(tmp_path, "a.txt", TEXT), ends))
    assert b"".join(found) == TEXT
    assert all(part[-1:] in ends for part in found[:-1])
    assert all(found)
    if block < 8:
        assert len(found) > 2


def test_what_has_no_separator_is_one_block_and_takes_no_quadratic_time(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "BLOCK", 16)
    data = b"x" * 1_000_000  # 62,500 blocks: joined again and again, they would take minutes
    assert list(blocks(put(tmp_path, "a.txt", data), (b" ",))) == [data]


def test_an_empty_file_has_no_blocks(tmp_path):
    assert list(blocks(put(tmp_path, "a.txt", b""), (b" ",))) == []


def test_a_byte_order_mark_is_no_text(tmp_path, block):
    marked = put(tmp_path, "a.txt", b"\xef\xbb\xbf" + TEXT)
    assert b"".join(blocks(marked, (b" ", b"\n"))) == TEXT
    assert list(blocks(put(tmp_path, "b.txt", b"\xef\xbb\xbf"), (b" ",))) == []


def test_the_same_bytes_later_on_are_text(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "BLOCK", 3)
    assert list(blocks(put(tmp_path, "a.txt", b"abc\xef\xbb\xbfdef"), (b" ",))) == [b"abc\xef\xbb\xbfdef"]


@pytest.mark.parametrize(("name", "pack"), [("a.gz", gzip.compress), ("a.txt.bz2", bz2.compress)])
def test_packed_files_are_unpacked(tmp_path, block, name, pack):
    assert b"".join(blocks(put(tmp_path, name, pack(TEXT)), (b" ",))) == TEXT


def test_several_packed_files_in_a_row_are_one(tmp_path):
    assert b"".join(blocks(put(tmp_path, "a.gz", gzip.compress(TEXT) * 2), (b" ",))) == TEXT * 2


NUMBERS = " ".join(map(str, range(50_000))).encode()
PACKED = {"a.gz": gzip.compress(NUMBERS), "a.bz2": bz2.compress(NUMBERS)}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("damage", [lambda d: d[:-20], lambda d: d[:1000], lambda d: d[:1000] + b"?" * 99 + d[1099:]])
def test_a_damaged_packed_file_is_named(tmp_path, name, damage):
    path = put(tmp_path, name, damage(PACKED[name]))
    with pytest.raises(
        OSError, match=r"cannot be read to its end \(.+\): expected an undamaged file; copy"
    ) as caught:
        list(blocks(path, (b" ",)))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", PACKED)
def test_a_file_that_is_not_packed_is_named(tmp_path, name):
    with pytest.raises(OSError, match=f"{name} cannot be read to its end"):
        list(blocks(put(tmp_path, name, b"plain text"), (b" ",)))


def test_an_error_of_the_disk_names_the_file(tmp_path, monkeypatch):
    class Broken:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def read(self, n):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(reader, "opened", lambda path: Broken())
    with pytest.raises(OSError, match=r"a\.txt cannot be read to its end \(.*Input/output error"):
        list(blocks("a.txt", (b" ",)))


def test_a_file_that_may_not_be_opened_is_told_by_the_system(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        list(blocks(tmp_path / "gone.txt", (b" ",)))


def test_bytes_that_are_not_utf8_are_named_with_their_line():
    expected = (
        r"^a\.txt, line 12: the byte 0xe9 is not UTF-8 \(invalid continuation byte\): convert the file, "
        r"or pass \(line\.split\(\) for line in open\(path, encoding=\.\.\.\)\)$"
    )
    with pytest.raises(ValueError, match=expected):
        decoded(b"one\ntwo\ncaf\xe9 \nfour\n", "a.txt", 10)


@pytest.mark.parametrize("tokenize", ["split", "words"])
def test_bytes_that_are_not_utf8_are_found_with_either_separators(tokenize):
    with pytest.raises(ValueError, match=r"a\.txt, line 2: the byte 0xff"):
        with_plain_separators(b"one\ntwo \xff", tokenize, "a.txt", 1)


def test_the_wide_spaces_are_all_that_unicode_has():
    every = [chr(i) for i in range(128, sys.maxunicode + 1) if chr(i).isspace()]
    assert [space.decode() for space in WIDE_SPACE.pattern.split(b"|")] == every


@pytest.mark.parametrize("space", [space.decode() for space in WIDE_SPACE.pattern.split(b"|")])
def test_wide_spaces_separate(space):
    block = f"é{space}ü\n".encode()
    assert with_plain_separators(block, "split", "", 1) == "é ü\n".encode()
    assert with_plain_separators(block, "words", "", 1) == "é ü\n".encode()


def test_signs_separate_words_only_if_words_are_asked_for():
    block = "„é“—ü…\r\n…ñ_1".encode()
    assert with_plain_separators(block, "split", "", 1) == block
    assert with_plain_separators(block, "words", "", 1) == " é ü \n ñ_1".encode()
