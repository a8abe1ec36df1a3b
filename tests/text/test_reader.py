"""word2vec/text/reader.py: blocks that cut no word, whatever they are cut from."""

import gzip
import sys

import numpy as np
import pytest

from word2vec.runtime.inputs import opened
from word2vec.text import reader
from word2vec.text.reader import WIDE_SPACE, decoded, with_plain_line_ends, with_plain_separators, written

TEXT = "ein kurzer Text\nmit drei Zeilen,\r\nÜmläuten und 漢字\n".encode()


@pytest.fixture(params=[3, 4, 7, 64, 1 << 16])
def block(request, monkeypatch):
    """Read in blocks of several sizes."""
    monkeypatch.setattr(reader, "BLOCK", request.param)
    return request.param


def blocks(path, ends, **options):
    with opened(path) as file:
        return [*reader.blocks(file, ends, **options)]


def put(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ((b" ", b"\n"), "a word of more than 5 bytes: expected a text with white space between its words"),
        ((b"\n",), "a line of more than 5 bytes: expected a file of the named format"),
    ],
)
def test_what_is_too_long_is_named(tmp_path, ends, message):
    with pytest.raises(ValueError, match=message):
        blocks(put(tmp_path, "a.txt", b"a" * 20), ends, size=3, longest=5)


@pytest.mark.parametrize("ends", [(b" ", b"\n"), (b"\n",)])
def test_blocks_end_behind_separators_and_hold_the_whole_file(tmp_path, block, ends):
    found = list(blocks(put(tmp_path, "a.txt", TEXT), ends))
    assert b"".join(found) == TEXT.replace(b"\r\n", b"\n")
    assert all(part[-1:] in ends for part in found[:-1])
    assert all(found)
    assert b"".join(blocks(tmp_path / "a.txt", ends, line_ends=False)) == TEXT
    if block < 8:
        assert len(found) > 2


def test_what_has_no_separator_is_one_block_and_takes_no_quadratic_time(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "BLOCK", 16)
    data = b"x" * 1_000_000  # 62,500 blocks: joined again and again, they would take minutes
    assert list(blocks(put(tmp_path, "a.txt", data), (b" ",))) == [data]


def test_an_empty_file_has_no_blocks(tmp_path):
    assert list(blocks(put(tmp_path, "a.txt", b""), (b" ",))) == []


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_every_line_end_becomes_the_plain_one_also_between_two_chunks(size):
    text = b"a\rb\r\nc\n\rd\r\r\ne\r"
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    assert b"".join(with_plain_line_ends(parts)) == b"a\nb\nc\n\nd\n\ne\n"


def test_bytes_that_are_not_utf8_are_named_with_their_line():
    expected = (
        r"^a\.txt, line 12: the byte 0xe9 is not UTF-8 \(invalid continuation byte\): pass its encoding, "
        r"such as encoding=\"cp1252\", or convert it$"
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
    block, separator = f"é{space}ü\n".encode(), "\n" if space in "\u2028\u2029" else " "
    assert with_plain_separators(block, "split", "", 1) == f"é{separator}ü\n".encode()
    assert with_plain_separators(block, "words", "", 1) == f"é{separator}ü\n".encode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("नमस्ते दुनिया, कि!", ["नमस्ते", "दुनिया", "कि"]),  # vowel signs, and a virama before a space
        ("வணக்கம், உலகம்", ["வணக்கம்", "உலகம்"]),
        ("كَتَبَ الوَلَدُ؟", ["كَتَبَ", "الوَلَدُ"]),
        ("nai\u0308ve-cafe\u0301", ["nai\u0308ve", "cafe\u0301"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("join\u200d, \u200cer", ["join", "er"]),
        ("Dampf\u00adschiff Dampf\u00ad schiff", ["Dampf\u00adschiff", "Dampf", "schiff"]),  # soft hyphens
        ("\u182a\u1820\u1836\u180e\u1820 a\u2060b", ["\u182a\u1820\u1836\u180e\u1820", "a\u2060b"]),
        ("I ❤️ tea 👩\u200d💻 x\u0301", ["I", "tea", "x\u0301"]),  # marks of signs are no words
        ("\u0301a", ["a"]),
        ("naïve\n\u0301b", ["naïve", "b"]),
    ],
)
def test_marks_belong_to_the_letter_before_them(text, words):
    assert with_plain_separators(text.encode(), "words", "", 1).decode().split() == words


def test_signs_separate_words_only_if_words_are_asked_for():
    block = "„é“—ü…\r\n…ñ_1".encode()
    assert with_plain_separators(block, "split", "", 1) == block
    assert with_plain_separators(block, "words", "", 1) == " é ü \n ñ_1".encode()


@pytest.mark.parametrize("numbers", [False, True])
def test_gzip_writes_the_same_bytes_each_time_and_looks_for_repeats_in_text_alone(tmp_path, numbers):
    vectors = np.random.default_rng(0).normal(size=50_000).astype(np.float32).tobytes()
    sizes = {}
    for name, data in (("text", TEXT * 2000), ("vectors", vectors)):
        for path in (first := tmp_path / f"{name}.gz", again := tmp_path / f"again_{name}.gz"):
            with written(path, numbers=numbers) as file:
                file.write(data[:1000])
                file.write(data[1000:])
        assert first.read_bytes() == again.read_bytes()
        assert gzip.decompress(first.read_bytes()) == data
        sizes[name] = first.stat().st_size / len(gzip.compress(data, mtime=0))
    assert sizes["vectors"] < 1.005
    assert sizes["text"] > 50 if numbers else sizes["text"] < 1.5
