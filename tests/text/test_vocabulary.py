"""word2vec/text/vocabulary.py: the corpus of any source is that of plain Python; anything else is refused."""

import dataclasses
import errno
import gzip
import inspect
import io
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import nullcontext
from enum import Enum
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utils.treebank import StanfordSentiment
from word2vec.runtime import memory
from word2vec.text import (
    Corpus,
    CorpusError,
    VocabularyOptions,
    encode,
    load_corpus,
    numbering,
    reader,
    save_corpus,
    vocabulary,
)
from word2vec.text.numbering import PairStore
from word2vec.text.partitions import encode_in_parts
from word2vec.text.vocabulary import joined

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = [["a", "b", "a", "c"], [], ["b", "d"], ["d"], ["a", "É", "é"]]
TEXT = "\n".join(map(" ".join, SENTENCES))


def reference(sentences, min_count=5, max_size=None, lowercase=False):
    """Encode in plain Python."""
    sentences = [[word.lower() if lowercase else word for word in sentence] for sentence in sentences]
    counts = Counter(word for sentence in sentences for word in sentence)
    words = sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word))
    words = words[:max_size]
    index = {word: i for i, word in enumerate(words)}
    ids, ends = [], [0]
    for sentence in sentences:
        ids += [index[word] for word in sentence if word in index]
        ends += [len(ids)] if len(ids) > ends[-1] else []
    return words, [counts[word] for word in words], ids, ends[1:], counts.total()


def content(corpus):
    """Return a corpus in plain Python, after checking the types of its arrays."""
    assert isinstance(corpus, Corpus)
    assert (corpus.counts.dtype, corpus.ids.dtype, corpus.ends.dtype) == (np.int64, np.int32, np.int64)
    assert type(corpus.words) is list
    assert {*map(type, corpus.words)} <= {str}
    assert type(corpus.raw_words) is int
    return corpus.words, corpus.counts.tolist(), corpus.ids.tolist(), corpus.ends.tolist(), corpus.raw_words


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8", newline="\n")
    return path


# the corpus


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sentences=st.lists(st.lists(st.sampled_from(["a", "A", "b", "B", "ß", "İ", "ΟΣ", "ος", "οσ", "cc"]), max_size=9)),
    min_count=st.integers(1, 4),
    max_size=st.none() | st.integers(1, 5),
    lowercase=st.booleans(),
    size=st.sampled_from([1, 5, 1 << 20]),
    on_disk=st.booleans(),
)
def test_corpora_are_those_of_plain_python(tmp_path, sentences, min_count, max_size, lowercase, size, on_disk):
    options = {"min_count": min_count, "max_size": max_size, "lowercase": lowercase}
    expected = reference(sentences, **options)
    text = tmp_path / "text.txt"
    text.write_text("\n".join(map(" ".join, sentences)), encoding="utf-8", newline="\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "CHUNK", size)
        patch.setattr(reader, "BLOCK", 16)
        for source in (sentences, text):
            if expected[0]:
                assert content(encode(source, **options, folder=tmp_path / "c" if on_disk else None)) == expected
            else:
                with pytest.raises(ValueError, match=r"no word|no word occurs"):
                    encode(source, **options)


def test_words_that_are_members_of_an_enum_are_their_values():
    action = Enum("action", {"CLICK": "click"}, type=str)
    assert encode([[action.CLICK, "click"], [np.str_("click")]], min_count=1).words == ["click"]


def test_equally_frequent_words_stand_in_the_order_of_their_characters():
    corpus = encode([["b", "é", "a", "Z", "𝒳", "\uffff", "b"]], min_count=1)
    assert corpus.words == ["b", "Z", "a", "é", "\uffff", "𝒳"]


@pytest.mark.parametrize(
    ("word", "lowered"), [("ISTANBUL", "istanbul"), ("İ", "i̇"), ("ẞ", "ß"), ("ß", "ß"), ("ΟΔΟΣ", "οδος"), ("Ǆ", "ǆ")]
)
def test_case_is_lowered_as_python_does_it_after_splitting(tmp_path, word, lowered):
    (tmp_path / "a.txt").write_text(f"{word} {word}\n", encoding="utf-8")
    for tokenize in ("split", "words", str.split):
        corpus = encode(tmp_path / "a.txt", min_count=1, lowercase=True, tokenize=tokenize)
        assert (corpus.words, corpus.counts.tolist(), corpus.raw_words) == ([lowered], [2], 2)
    assert encode([[word, lowered]], min_count=1, lowercase=True).words == [lowered]


@pytest.mark.parametrize(
    ("tokenize", "expected"),
    [
        ("split", ["Don't", "stop,", "«now»!", "it's", "n_1"]),
        ("words", ["Don", "t", "stop", "now", "it", "s", "n_1"]),
        (lambda line: re.findall(r"[\w']+", line), ["Don't", "stop", "now", "it's", "n_1"]),
    ],
)
def test_a_text_is_split_as_asked(tmp_path, tokenize, expected):
    (tmp_path / "a.txt").write_text("Don't stop, «now»!\nit's n_1\n", encoding="utf-8")
    corpus = encode(tmp_path / "a.txt", min_count=1, tokenize=tokenize)
    assert [corpus.words[i] for i in corpus.ids] == expected
    assert len(corpus.ends) == 2


# sources


EXPECTED = reference(SENTENCES, 1)


class Treebank:
    """Has the one method that counts."""

    def sentences(self):
        return SENTENCES


@pytest.mark.parametrize(
    "source",
    [
        SENTENCES,
        tuple(SENTENCES),
        iter(SENTENCES),
        (sentence for sentence in SENTENCES),
        map(tuple, SENTENCES),
        Treebank(),
        (np.array(sentence, str) for sentence in SENTENCES),
        dict(enumerate(SENTENCES)).values(),
    ],
    ids=lambda source: type(source).__name__,
)
def test_token_lists_may_come_in_anything_iterable(source):
    assert content(encode(source, min_count=1)) == EXPECTED


@pytest.mark.parametrize("kind", [str, Path, os.fspath])
def test_files_may_be_named_by_strings_and_paths(file, kind):
    assert content(encode(kind(file), min_count=1)) == EXPECTED


def test_the_treebank_is_a_source(small_treebank):
    dataset = StanfordSentiment(small_treebank)
    corpus = encode(dataset, min_count=2)
    assert content(corpus) == reference(dataset.sentences(), 2)
    assert "UNK" not in corpus.words


def test_a_corpus_is_given_back_as_it_is(tmp_path):
    corpus = encode(SENTENCES, min_count=1)
    assert encode(corpus) is corpus
    moved = encode(corpus, folder=tmp_path)
    assert content(moved) == content(corpus)
    assert isinstance(moved.ids, np.memmap)


def test_it_does_not_depend_on_the_hash_seed(file, tmp_path):
    made = f"encode({str(file)!r}, min_count=1)"
    code = f"from word2vec.text import *; save_corpus({made}, {str(tmp_path / 'c')!r})"
    found = []
    for seed in ("0", "77"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        found.append([path.read_bytes() for path in sorted((tmp_path / "c").iterdir())])
    assert found[0] == found[1]
    assert len(found[0]) == 3


# a corpus in a folder


def test_a_folder_holds_the_same_corpus_mapped(file, tmp_path):
    corpus = encode(file, min_count=1, folder=tmp_path / "new" / "c")
    assert content(corpus) == EXPECTED
    assert isinstance(corpus.ids, np.memmap)
    assert isinstance(corpus.ends, np.memmap)
    assert content(load_corpus(tmp_path / "new" / "c")) == EXPECTED
    assert sorted(path.name for path in (tmp_path / "new" / "c").iterdir()) == [
        "ends.int64",
        "ids.int32",
        "vocabulary",
    ]


@pytest.mark.parametrize("bad", [[["a"], 7], [["a"]], []])
def test_a_source_that_fails_leaves_the_corpus_that_was_there(tmp_path, bad):
    save_corpus(encode(SENTENCES, min_count=1), tmp_path)
    with pytest.raises((TypeError, ValueError)):
        encode(bad, folder=tmp_path)
    assert content(load_corpus(tmp_path)) == EXPECTED
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("encoding", [encode, encode_in_parts])
def test_a_corpus_in_the_folder_of_its_text_is_no_part_of_it(file, tmp_path, encoding):
    first = encoding(tmp_path, min_count=1, folder=tmp_path / "corpus")
    with pytest.warns(UserWarning, match=r"^left out of .*: .*corpus/ends\.int64, .*/vocabulary$") as caught:
        again = encoding(tmp_path, min_count=1, folder=tmp_path / "corpus")
    assert content(first) == content(again)
    assert caught[0].filename == __file__


def test_encoding_leaves_no_temporary_file_when_it_fails(tmp_path, file):
    with pytest.raises(ValueError, match="no word occurs"):
        encode(file, min_count=100, folder=tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_read(tmp_path, file):
    def sentences():
        raise AssertionError("was read")
        yield

    with pytest.raises(OSError, match="cannot write into this folder"):
        encode(sentences(), folder=file)


def test_memory_does_not_grow_with_the_text_in_a_folder(tmp_path, monkeypatch):
    """What Python and NumPy hold at the peak is the same for a text and for one four times as long."""
    import tracemalloc

    monkeypatch.setattr(vocabulary, "CHUNK", 1 << 14)
    line = " ".join(f"w{i}" for i in range(500)) + "\n"
    peaks = []
    for lines in (400, 1600):
        (tmp_path / "a.txt").write_text(line * lines)
        tracemalloc.start()
        corpus = encode(tmp_path / "a.txt", folder=tmp_path / "c")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(corpus.ids) == 500 * lines
    assert peaks[1] < peaks[0] + 100_000  # the ids of the longer text are 2,400,000 bytes more


PEAK = r"""
import re, sys
from word2vec.text import encode, vocabulary
vocabulary.CHUNK = 1 << 17  # so that many of them make the shorter text too
encode(sys.argv[1], folder=sys.argv[2] if sys.argv[2:] else None)
print(re.search(r"VmHWM:\s*(\d+) kB", open("/proc/self/status").read())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak")
@pytest.mark.parametrize(("where", "bytes_per_word"), [([], 4), pytest.param(["corpus"], 0, marks=pytest.mark.slow)])
def test_a_text_takes_the_memory_of_its_ids_or_none(tmp_path, where, bytes_per_word):
    line = " ".join(f"w{i}" for i in range(500)) + "\n"
    peaks = []
    for millions in (1, 7):  # some 3 MB are of other things, whatever the text's length
        (tmp_path / "a.txt").write_text(line * (2000 * millions))
        command = [sys.executable, "-c", PEAK, tmp_path / "a.txt", *(tmp_path / folder for folder in where)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        peaks.append(int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout) * 1024)
    assert abs((peaks[1] - peaks[0]) / 6_000_000 - bytes_per_word) < 4 / 3


def test_too_long_a_text_is_refused_with_the_numbers_and_the_fix(monkeypatch):
    available = iter([1 << 40, 7])
    monkeypatch.setattr(memory, "available_memory", lambda: next(available))
    expected = (
        r"^the text of 10 words needs 0 MB of memory, 0 MB are available: pass a shorter text; in Python, "
        r"folder=\.\.\. keeps it on disk$"  # which the command line does not print: it has no such option
    )
    with pytest.raises(MemoryError, match=expected):
        encode(SENTENCES, min_count=1)


# errors


@pytest.mark.parametrize(
    ("source", "error", "expected"),
    [
        (
            "the cat sat on the mat",
            FileNotFoundError,
            r"^there is no file 'the cat sat on the mat': expected the path of a text file; in Python, for a "
            r"text in memory pass lists of words: \[line\.split\(\) for line in text\.splitlines\(\)\]$",
        ),
        ("x" * 100_000, FileNotFoundError, r"^there is no file 'x{200}…': expected the path"),
        ("nul\0", FileNotFoundError, r"^there is no file 'nul\\x00'"),
        (Path("no/such/file"), FileNotFoundError, r"^there is no file 'no.+file'"),
        (b"bytes", TypeError, r"^cannot read a text from bytes: expected the path of a text file, or lists of words"),
        (7, TypeError, r"^cannot read a text from int: .*such as \[\['a', 'sentence'\], \['another', 'one'\]\]$"),
        (None, TypeError, r"^cannot read a text from NoneType"),
        ({"a": 1}, TypeError, r"^cannot read a text from dict"),
        ({("a", "b")}, TypeError, r"^cannot read a text from set"),
        (
            ["a list", "of strings"],
            TypeError,
            r"^sentence 1 is 'a list' \(str\): expected a list of words; pass lists",
        ),
        ([1, 2, 3], TypeError, r"^sentence 1 is 1 \(int\): expected a list of words"),
        ([["a"], ["b", 3]], TypeError, r"^sentence 2 holds 3 \(int\): expected only strings"),
        ([], ValueError, r"^the list holds no word: expected lists of words$"),
        ([[], []], ValueError, r"^the list holds no word: expected lists of words$"),
    ],
)
def test_what_is_no_source_is_refused(source, error, expected):
    with pytest.raises(error, match=expected):
        encode(source)


def test_a_spent_generator_is_found_and_named():
    sentences = (sentence for sentence in SENTENCES)
    encode(sentences, min_count=1)
    expected = "^the generator yielded no word: it was empty, or has been read before; pass a new one, or a list$"
    with pytest.raises(ValueError, match=expected):
        encode(sentences, min_count=1)
    with pytest.raises(ValueError, match=r"^the map yielded no word: it was empty, or has been read before"):
        encode(map(list, []))


@pytest.mark.parametrize("text", ["", "\n\n \t\n", "\ufeff", "\u3000\n"])
def test_a_file_without_words_is_named(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.txt holds no word: expected a text$"):
        encode(tmp_path / "a.txt")


@pytest.mark.parametrize("tokenize", ["split", "words", str.split])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_of_files_that_were_joined_are_no_part_of_words(tmp_path, tokenize, encoding):
    parts = ["tea or\n", "\u0442\u0435\u0430 tea\n", "tea", "s\n"]
    (tmp_path / "all.txt").write_bytes(b"".join(part.encode(encoding) for part in parts))
    corpus = encode(tmp_path / "all.txt", min_count=1, tokenize=tokenize)
    assert corpus.words == ["tea", "or", "teas", "\u0442\u0435\u0430"]
    assert corpus.ends.tolist() == [2, 4, 5]


def test_an_empty_vocabulary_names_the_numbers():
    expected = (
        "^no word occurs min_count=50 times: of 1,099 words read, 43 are different, and the most frequent, 'b', "
        "occurs 49 times; lower min_count, or pass more text$"
    )
    with pytest.raises(ValueError, match=expected):
        encode([[f"a{i % 42}"] for i in range(1050)] + [["b"] * 49], min_count=50)


def test_texts_in_the_place_of_words_are_shown_in_short():
    expected = r", 'a [ab ]{57}, occurs 1 times; .*; if that is a text, not a word, pass its words, text\.split\(\)$"
    with pytest.raises(ValueError, match=expected):
        encode([["a b " * 1000], ["c"]])


def test_an_empty_vocabulary_counts_after_the_case_was_lowered():
    with pytest.raises(ValueError, match="of 4 words read, 2 are different, and the most frequent, 'a', occurs 3"):
        encode([["a", "A", "b", "a"]], min_count=4, lowercase=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"min_count": 0}, "^min_count is 0: expected at least 1$"),
        ({"max_size": 0}, "^max_size is 0: expected at least 1$"),
        ({"tokenize": "nltk"}, "^tokenize is 'nltk': expected 'split', 'words' or a function: line → words$"),
        ({"tokenize": None}, "^tokenize is None: expected"),
        (
            {"tokenize": "words"},
            "^tokenize='words' is for text files; lists of words are taken as they are: leave it",
        ),
        ({"tokenize": str.split}, "^tokenize=<method 'split' .*is for text files"),
    ],
)
def test_options_without_sense_are_refused(options, expected):
    with pytest.raises(ValueError, match=expected):
        encode(SENTENCES, **options)


@pytest.mark.parametrize("options", [{"max_size": 0}, {"tokenize": "nltk"}])
def test_options_of_a_vocabulary_are_checked_when_they_are_made(options):
    with pytest.raises(ValueError, match=f"^{next(iter(options))} is .*: expected"):
        VocabularyOptions(**options)
    VocabularyOptions(max_size=1, lowercase=True, tokenize=str.split)


def test_each_option_of_a_vocabulary_is_one_of_encode_with_the_same_default(file):
    """So `encode(source, **vars(options))` passes all of them."""
    of_encode = inspect.signature(encode).parameters
    for field in dataclasses.fields(VocabularyOptions):
        assert of_encode[field.name].default == field.default
    options = VocabularyOptions(max_size=3, lowercase=True, tokenize="words")
    assert encode(file, min_count=1, **vars(options)).words == ["a", "b", "d"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.max_size = 4


# the numbered text, between counting and renumbering


def some_parts(n, rng):
    """Make parts of 0 to 5 numbers and 0 to 3 ends each."""
    return [
        (rng.integers(0, 9, rng.integers(0, 6)).astype(np.int32), np.sort(rng.integers(0, 6, rng.integers(0, 4))))
        for _ in range(n)
    ]


@pytest.mark.parametrize("on_disk", [False, True])
def test_parts_come_back_in_order(tmp_path, on_disk):
    parts = some_parts(50, np.random.default_rng(1))
    with open(tmp_path / "parts", "w+b") if on_disk else nullcontext() as file:
        held = PairStore(file)
        for part in parts:
            held.append(part)
        back = list(held.parts())
    assert len(back) == len(parts)
    for part, again in zip(parts, back, strict=True):
        for array, other in zip(part, again, strict=True):
            assert array.dtype == other.dtype
            np.testing.assert_array_equal(array, other)


def test_memory_is_released_as_parts_are_taken():
    held = PairStore(None)
    held.append((np.zeros(3, np.int32), np.zeros(1, np.int64)))
    next(held.parts())
    assert list(held.parts()) == []


def test_a_text_too_large_for_memory_is_refused_with_the_fix(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1 << 20)
    part = (np.zeros(1 << 20, np.int32), np.zeros(1, np.int64))
    expected = r"next million words of the text needs 8 MB of memory, 1 MB are available: pass a shorter text; in "
    with pytest.raises(MemoryError, match=expected):
        PairStore(None).append(part)
    with TemporaryFile() as file:
        PairStore(file).append(part)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
@pytest.mark.parametrize("options", [{"folder": "."}, {"max_types": 1}])
def test_a_disk_that_is_full_while_a_text_is_encoded_is_named_with_the_fix(tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    full = partial(open, "/dev/full")
    monkeypatch.setattr(vocabulary, "TemporaryFile", lambda buffering, **_: full("wb", buffering))
    expected = r"the text cannot be stored there while it is encoded \(.*\): it takes 8 bytes a word; choose a folder"
    with pytest.raises(OSError, match=expected) as caught:
        encode(SENTENCES, min_count=1, **options)
    assert caught.value.filename == options.get("folder", tempfile.gettempdir())
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_joined_parts_hold_the_same_text(monkeypatch, size):
    monkeypatch.setattr(vocabulary, "CHUNK", size)
    parts = some_parts(200, np.random.default_rng(2))
    large = list(joined(parts))

    def absolute(parts):
        numbers, ends = [], []
        for ids, stops in parts:
            ends += (stops + len(numbers)).tolist()
            numbers += ids.tolist()
        return numbers, ends

    assert absolute(large) == absolute(parts)
    assert all(size <= len(ids) + len(ends) < size + 9 for ids, ends in large[:-1])


def test_parts_of_ends_alone_are_joined_too():
    """A file of a billion empty lines must not accumulate in memory."""
    empty = (np.zeros(0, np.int32), np.zeros(vocabulary.CHUNK // 2, np.int64))
    sizes = [len(ends) for _, ends in joined([empty] * 5)]
    assert sizes == [vocabulary.CHUNK, vocabulary.CHUNK, vocabulary.CHUNK // 2]


def test_files_of_every_kind_are_one_text(tmp_path, monkeypatch):
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.txt").write_bytes(b"a b\r\nc")  # a sentence ends with its file
    (tmp_path / "f" / "b.gz").write_bytes(gzip.compress(b"a\rc d\xe2\x80\xa8e"))
    expected = content(encode([["a", "b"], ["c"], ["a"], ["c", "d"], ["e"]], min_count=1))
    paths = [tmp_path / "f" / "a.txt", tmp_path / "f" / "b.gz"]
    for source in (
        tmp_path / "f",
        str(tmp_path / "f"),
        paths,
        tuple(paths),
        iter(paths),
        sorted((tmp_path / "f").glob("*")),
    ):
        assert content(encode(source, min_count=1)) == expected
    with open(paths[0], "rb") as file, open(paths[1], "rb") as other:
        assert encode(file, min_count=1).words == ["a", "b", "c"]
        assert encode([other, paths[0]], min_count=1).words == ["a", "c", "b", "d", "e"]
    with open(paths[0], encoding="utf-8") as file:
        assert encode(file, min_count=1).words == ["a", "b", "c"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a b\nc\n")))
    assert encode("-", min_count=1).words == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"^standard input holds no word: expected a text$"):
        encode("-")
    with pytest.raises(ValueError, match=r"^the BytesIO yielded no word: it was empty, or has been read before"):
        encode(io.BytesIO())


def test_other_encodings_are_read(tmp_path):
    (tmp_path / "a.txt").write_bytes("naïve café\nthé\n".encode("latin-1"))
    assert encode(tmp_path / "a.txt", min_count=1, encoding="latin-1").words == ["café", "naïve", "thé"]
    with pytest.raises(
        ValueError, match=r'a\.txt, line 1: the byte 0xef is not UTF-8 .*encoding="cp1252", or convert'
    ):
        encode(tmp_path / "a.txt", min_count=1)
    with pytest.raises(
        ValueError, match=r"encoding='latin-1' is for text files; lists of words are taken as they are"
    ):
        encode([["a"]], encoding="latin-1")


def test_a_nul_byte_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes("a b\nc d\n".encode("utf-16-le"))
    for tokenize in ("split", "words", str.split):
        with pytest.raises(
            ValueError, match=r'a\.txt, line 1: a NUL byte, .* is read by encoding="utf-16-le"; tr -d'
        ):
            encode(tmp_path / "a.txt", tokenize=tokenize)
    assert encode(tmp_path / "a.txt", min_count=1, encoding="utf-16-le").words == ["a", "b", "c", "d"]


def test_a_folder_that_holds_a_corpus_is_opened_otherwise(tmp_path):
    save_corpus(encode([["a"]], min_count=1), tmp_path / "corpus")
    with pytest.raises(IsADirectoryError, match="is an encoded corpus: open it by load_corpus, and pass that"):
        encode(tmp_path / "corpus")


KEPT = [["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["D"] * 2 + ["e"]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_count": 3}, "abc"),
        ({"min_count": 3, "keep_words": ["e", "a"]}, "abce"),
        ({"min_count": 3, "keep_words": (word for word in "ea")}, "abce"),
        ({"min_count": 3, "max_size": 2}, "ab"),
        ({"min_count": 3, "max_size": 2, "keep_words": ["e"]}, "ae"),
        ({"min_count": 3, "max_size": 1, "keep_words": ["e", "D"]}, "De"),
        ({"min_count": 3, "lowercase": True, "keep_words": ["d"]}, "abcd"),
        ({"min_count": 3, "keep": lambda word, n: {"a": False, "e": True}.get(word)}, "bce"),
        ({"min_count": 3, "keep": lambda word, n: n == 2}, "D"),
        ({"min_count": 9, "keep": lambda word, n: False, "keep_words": ["c"]}, "c"),
    ],
)
def test_words_are_kept_by_name_and_by_rule(options, words):
    corpus = encode(KEPT, **options)
    assert corpus.words == list(words)
    assert corpus.counts.tolist() == [dict(zip("abcDde", [5, 4, 3, 2, 2, 1], strict=True))[word] for word in words]
    assert len(corpus.ids) == corpus.counts.sum()


def test_kept_words_that_do_not_occur_are_named():
    with pytest.warns(UserWarning, match=r"2 of keep_words do not occur, so they cannot be learned: 'x', 'y'"):
        assert encode(KEPT, min_count=5, keep_words={"x", "y", "e"}).words == ["a", "e"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep_words": "abc"}, r"keep_words: 'abc' is one word, expected a list of words, say \['abc'\]$"),
        ({"keep_words": [1]}, "keep_words: 1 is no word: expected strings"),
        ({"keep": 3}, r"keep is 3: expected a function \(word, count\), or None"),
        ({"keep": lambda word, n, least: 2}, r"keep is <function .*: expected a function \(word, count\)"),
        ({"keep": lambda word, n: 2}, r"keep\('a', 5\) is 2: expected True, False or None"),
        ({"lowercase": "yes"}, "lowercase is 'yes': expected bool"),
    ],
)
def test_options_of_other_types_are_refused(options, message):
    with pytest.raises(TypeError, match=message):
        encode(KEPT, **options)


# a vocabulary in bounded memory


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sentences=st.lists(st.lists(st.integers(0, 200).map(lambda i: f"W{i % 23}" if i % 3 else f"w{i}"), max_size=30)),
    max_types=st.integers(1, 40),
    min_count=st.integers(1, 6),
    lowercase=st.booleans(),
    kind=st.sampled_from(["lists", "file", "folder"]),
)
def test_few_words_are_held_and_the_frequent_are_exact(tmp_path, sentences, max_types, min_count, lowercase, kind):
    source, options = sentences, {"min_count": min_count, "lowercase": lowercase}
    folder = tmp_path / "c" if kind == "folder" else None
    if kind != "lists":
        source = tmp_path / "a.txt"
        source.write_text("".join(f"{' '.join(sentence)}\n" for sentence in sentences), newline="\n")
    expected = reference(sentences, **options)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(numbering, "BATCH", 1)
        patch.setattr(reader, "BLOCK", 16)
        try:
            found = encode(source, max_types=max_types, folder=folder, **options)
        except ValueError:
            E = sum(map(len, sentences)) / (max(1, 3 * max_types // 4) + 1)
            assert all(count <= E for count in expected[1])
            return
    index = {word: i for i, word in enumerate(expected[0])}
    for word, count in zip(found.words, found.counts.tolist(), strict=True):
        assert count == expected[1][index[word]]
    assert all(count <= found.lost for word, count in zip(*expected[:2], strict=True) if word not in found.words)
    assert found.raw_words == expected[-1]
    if found.lost < min_count:
        assert content(found) == expected
    else:
        kept = [[word for word in sentence if word in found.words]
                for sentence in ([w.lower() if lowercase else w for w in s] for s in sentences)]  # fmt: skip
        assert [found.words[i] for i in found.ids] == [word for sentence in kept for word in sentence]
        assert len(found.empty) + len(found.ends) == len(sentences)


def test_words_that_may_be_missing_are_reported_with_the_bound(monkeypatch, tmp_path):
    monkeypatch.setattr(numbering, "BATCH", 1)
    sentences = [["often", f"once{i}"] for i in range(100)]
    expected = (
        r"^there are more than max_types=50 different words: those that occur more than \d times are all counted, "
        r"of the others some may be missing: raise `max_types`, or pass min_count=\d$"
    )
    with pytest.warns(UserWarning, match=expected):
        corpus = encode(sentences, min_count=1, max_types=50, folder=tmp_path)
    assert corpus.lost == load_corpus(tmp_path).lost == 2
    assert encode(sentences, min_count=3, max_types=50).lost == 2  # no word of three or more can be missing
    with pytest.warns(UserWarning, match=r"of the others some may be missing: raise `max_types`$"):
        encode(sentences, min_count=3, max_types=50, keep=lambda word, count: None)
    assert encode(sentences, min_count=3, max_types=50, keep_words=["once3"]).words == ["often", "once3"]
    assert encode(sentences, min_count=2, max_types=101).lost == 0


@pytest.mark.parametrize("read", [encode, encode_in_parts])
def test_a_text_of_which_no_word_is_left_is_not_called_empty(read):
    """Nor is it taken for one without words by `train(start_from=…)`, which changes nothing then."""
    options = {"max_types": 4} if read is encode else {"options": VocabularyOptions(max_types=4)}
    expected = (
        r"^no word is left: too many are different, and none of them occurs more than \d times: raise `max_types`$"
    )
    with pytest.raises(ValueError, match=expected) as caught, pytest.warns(UserWarning, match="may be missing"):
        read([[f"user{i}"] for i in range(5)], min_count=1, **options)
    assert type(caught.value) is ValueError  # no NoWords


def test_the_numbers_of_empty_sentences_of_a_long_text_are_mapped(monkeypatch, tmp_path):
    monkeypatch.setattr("word2vec.text.corpus.LARGE", 64)
    sentences, weights = [["a"], [], []] * 50, np.arange(1.0, 151)
    expected = encode(sentences, min_count=1, weights=weights)
    corpus = encode(sentences, min_count=1, weights=weights, folder=tmp_path)
    for name in ("empty", "weights"):
        assert isinstance(getattr(corpus, name), np.memmap)
        np.testing.assert_array_equal(getattr(corpus, name), getattr(expected, name))
    corpus.check()
    save_corpus(corpus, tmp_path / "copy")
    assert content(load_corpus(tmp_path / "copy")) == content(expected)
    with open(tmp_path / "vocabulary", "r+b") as file:
        file.write(b"other")
    with pytest.raises(CorpusError, match="vocabulary was changed while it was in use"):
        corpus.check()


# integers


BASKETS = [[3, 10, 3], [10], [], [7, 3]]


def rows(dtype=np.int64):
    return [np.array(basket, dtype) for basket in BASKETS]


@pytest.mark.parametrize(
    "source",
    [
        rows(),
        tuple(rows(np.uint8)),
        (basket for basket in rows(np.int32)),
        np.array([[3, 10, 3], [10, -1, -1], [-1, -1, -1], [-1, 7, 3]]),
        [np.array([[3, 10, 3], [10, -1, -1]]), np.array([[7, -5, 3]], np.int16), np.array([], int)],
        [rows()[0].astype(np.uint64), *rows()[1:]],
        np.split(np.array([3, 10, 3, 10, 7, 3]), [3, 4]),
    ],
    ids=["arrays", "bytes", "generator", "matrix", "matrices", "mixed types", "split"],
)
def test_arrays_of_integers_are_sentences_of_their_digits(source, tmp_path):
    expected = reference([[str(i) for i in basket] for basket in BASKETS], 1)
    corpus = encode(source, min_count=1)
    assert content(corpus) == expected
    assert corpus.raw_words == 6


def test_options_are_for_integers_too(tmp_path, monkeypatch):
    monkeypatch.setattr("word2vec.text.numbering.BATCH", 1)
    corpus = encode(rows(), min_count=2, keep_words=["7"], folder=tmp_path)
    assert corpus.words == ["3", "10", "7"]
    with pytest.raises(ValueError, match="tokenize='words' is for text files"):
        encode(rows(), tokenize="words")


def test_integers_beyond_int64_are_exact():
    source = [np.array([2**64 - 1, 5], np.uint64), np.array([-3, 2**62 + 1])]
    assert sorted(encode(source, min_count=1).words) == sorted([str(2**64 - 1), "5", str(2**62 + 1)])


@pytest.mark.parametrize(
    "other", [np.array([0.5]), [1], np.array(["a"]), np.array(3), np.int64(3), np.zeros((1, 1, 1), int)]
)
def test_what_comes_behind_integers_must_be_integers(other):
    with pytest.raises(TypeError, match=r"sentence 2 is .*: expected an integer array, as the first one is"):
        encode([np.array([1]), other], min_count=1)


def test_lists_of_numbers_are_refused_with_the_fix():
    fix = r"expected only strings, none of them empty; pass numbers as integer arrays: \[np\.asarray\(each, int\) for"
    for number in (1, np.int64(1), 1.0):
        with pytest.raises(TypeError, match=rf"^sentence 1 holds .*1.*: {fix} each in lists\]$"):
            encode([[number, 2]])


@pytest.mark.parametrize("read", [encode, encode_in_parts])
def test_empty_sentences_do_not_show_whether_others_hold_integers(read):
    empty = [np.array([]), [], ()]  # NumPy makes floats of nothing
    corpus = read([*empty, np.array([10, 3]), *empty, np.array([[3, -1]])], min_count=1)
    assert content(corpus) == reference([[], [], [], ["10", "3"], [], [], [], ["3"]], 1)
    assert read([*empty, np.array(["a"]), *empty, ["b"]], min_count=1).words == ["a", "b"]


def test_arrays_without_integers_hold_no_word():
    with pytest.raises(ValueError, match="the ndarray holds no word"):
        encode(np.full((2, 2), -1))


@pytest.mark.parametrize("folder", [None, "corpus"])
def test_options_that_a_corpus_cannot_follow_are_refused(tmp_path, folder):
    corpus = encode([["a", "b", "a", "b"]], min_count=1, folder=folder and tmp_path / folder)
    assert encode(corpus, min_count=1) is corpus  # as it was encoded
    for options, shown in (
        ({"min_count": 2}, "min_count=2"),
        ({"min_count": 5}, "min_count=5"),  # what is usual for a text
        ({"lowercase": True, "min_count": 1}, "lowercase=True"),
        ({"max_size": 1, "keep_words": ["a"]}, r"max_size=1, keep_words=\('a',\)"),
        ({"tokenize": "words"}, "tokenize='words'"),
        ({"encoding": "latin-1"}, "encoding='latin-1'"),
    ):
        expected = (
            f"^{shown} cannot change a Corpus, whose words were chosen when it was encoded, by min_count=1: encode"
        )
        with pytest.raises(ValueError, match=expected):
            encode(corpus, **options)


def test_of_a_corpus_made_by_hand_no_word_may_be_too_rare():
    corpus = dataclasses.replace(encode([["a", "b", "a"]], min_count=1), min_count=0)
    assert encode(corpus, min_count=1) is corpus
    with pytest.raises(ValueError, match=r"min_count=2 cannot change a Corpus, .* when it was encoded: encode the"):
        encode(corpus, min_count=2)


def test_small_integers_of_numpy_are_whole_numbers():
    words = [[f"w{i}"] * 2 for i in range(300)]
    corpus = encode(words, min_count=np.int8(2), max_size=np.int8(100), max_types=np.int16(400))
    assert (len(corpus.words), corpus.min_count, type(corpus.min_count)) == (100, 2, int)


def test_a_limit_beyond_any_number_is_none():
    assert encode([["b", "a"]], min_count=1, max_size=10**30).words == ["a", "b"]
