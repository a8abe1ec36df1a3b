"""word2vec/text/partitions.py: whatever is cut, and wherever, the corpus is that of `encode`, bit for bit."""

import bz2
import dataclasses
import gzip
import io
import lzma
import os
import pickle
import sys
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from word2vec.text import Corpus, CorpusError, VocabularyOptions, encode, load_corpus, partitions, reader
from word2vec.text.counts import Counts
from word2vec.text.partitions import (
    Known,
    Partition,
    Vocabulary,
    choose,
    corpus_of,
    count_words,
    encode_in_parts,
    encode_partition,
    merge_counts,
)
from word2vec.text.partitions import partitions as cut
from word2vec.text.sources import NoWords

ARRAYS = ("counts", "ids", "ends", "empty", "weights")
SENTENCES = [["a", "b", "a", "c"], [], ["b", "d"], ["d"], [], ["a", "É", "é"], ["e"] * 3, []]
TEXT = "\n".join(map(" ".join, SENTENCES))


def assert_same(found, expected):
    assert (found.words, found.raw_words, found.lost) == (expected.words, expected.raw_words, expected.lost)
    for name in ARRAYS:
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert one.dtype == other.dtype, name
            np.testing.assert_array_equal(one, other, name)


def sent(function, parts):
    """Apply a function to parts as workers do: all that goes there and comes back is pickled."""
    return [pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(part))))) for part in parts]


encoded = partial(encode_in_parts, run=sent)

PIECES = ["a", "B", "b", "é", "漢", " ", "\n", "\r", "\r\n", "\u2028", "\u2029", "\u3000", "\x0b", "\u0301"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), min_size=1, max_size=3),
    size=st.integers(1, 40),
    tokenize=st.sampled_from(["split", "words", str.split]),
    lowercase=st.booleans(),
    min_count=st.integers(1, 2),
    mark=st.booleans(),
)
def test_files_cut_anywhere_are_one_text(tmp_path, text, size, tokenize, lowercase, min_count, mark):
    for old in tmp_path.iterdir():
        old.unlink()
    for i, content in enumerate(text):
        (tmp_path / f"{i}.txt").write_text("\ufeff" * mark + content, encoding="utf-8", newline="")
    options = VocabularyOptions(tokenize=tokenize, lowercase=lowercase)
    paths = [tmp_path / f"{i}.txt" for i in range(len(text))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "LOOK", 3)
        patch.setattr(reader, "BLOCK", 16)
        try:
            expected = encode(paths, min_count=min_count, **vars(options))
        except ValueError as error:
            with pytest.raises(type(error), match=r"no partition holds a word|no word occurs"):
                encoded(paths, min_count=min_count, options=options, size=size)
            return
        assert_same(encoded(paths, min_count=min_count, options=options, size=size), expected)


def test_a_large_file_is_cut_behind_line_ends_without_being_read(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"".join(b"%05d word\r\n" % i for i in range(2000)))
    read = []
    monkeypatch.setattr(partitions, "LOOK", 32)
    opened = io.open

    def watched(*arguments, **more):
        file = opened(*arguments, **more)
        if arguments[0] != str(path):
            return file

        class Watched(io.RawIOBase):
            def __getattribute__(self, name):
                return (lambda n: read.append(n) or file.readline(n)) if name == "readline" else getattr(file, name)

        return Watched()

    monkeypatch.setattr(partitions, "open", watched, raising=False)
    parts = cut(path, size=1000)
    assert [part.payload.begin for part in parts] == [*range(0, 24000, 1008)]  # 84 lines of 12 bytes
    assert sum(read) < 3000
    assert parts[1].name == f"{path} (bytes 1,008 to 2,016)"


def test_a_file_without_line_ends_is_one_partition(tmp_path):
    (tmp_path / "a.txt").write_text("word " * 1000)
    assert [part.payload.end for part in cut(tmp_path / "a.txt", size=100)] == [5000]


PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def folder_of_texts(folder):
    """Write texts of all kinds: packed, in other encodings, with marks, empty, in a folder, hidden."""
    (folder / "sub").mkdir(parents=True)
    for suffix, pack in PACKED.items():
        (folder / f"a{suffix}").write_bytes(pack(TEXT.encode() * 3))
    (folder / "b.txt").write_bytes(b"\xef\xbb\xbf" + (TEXT + "\n").encode() * 3)
    (folder / "c.txt").write_bytes((TEXT + "\r\n").encode("utf-16") * 1)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "sub" / "d.txt").write_text("sub sub\n" * 20)
    (folder / ".hidden").write_text("hidden")
    return folder


def test_sources_are_those_of_encode(tmp_path, monkeypatch):
    folder = folder_of_texts(tmp_path / "texts")
    monkeypatch.chdir(tmp_path)
    files = sorted(folder.glob("[a-d]*"))
    sources = [folder, str(folder), files, tuple(files), "texts/*.txt", "texts/**/*.txt", folder / "?.*", [folder]]
    for source in [*sources, [Path("texts/*.gz"), folder / "b.txt"], folder / "b.txt"]:
        assert_same(encoded(source, min_count=2, size=16), encode(source, min_count=2))


def test_packed_files_and_other_encodings_are_one_partition_each(tmp_path):
    folder = folder_of_texts(tmp_path / "texts")
    names = [Path(part.name.split(" (")[0]).name for part in cut(folder, size=16)]
    assert [*dict.fromkeys(names)] == ["a.bz2", "a.gz", "a.xz", "b.txt", "c.txt", "empty.txt", "d.txt"]
    assert [name for name in dict.fromkeys(names) if names.count(name) > 1] == ["b.txt", "d.txt"]
    (tmp_path / "l.txt").write_bytes("é\né\n".encode("latin-1"))
    options = VocabularyOptions(encoding="latin-1")
    assert len(cut(tmp_path / "l.txt", options, size=1)) == 1
    assert encoded(tmp_path / "l.txt", min_count=1, options=options, size=1).words == ["é"]


class Treebank:
    """Has the one method that counts."""

    def sentences(self):
        return SENTENCES


@pytest.mark.parametrize(
    "source",
    [
        lambda: SENTENCES,
        lambda: (sentence for sentence in SENTENCES),
        lambda: map(iter, SENTENCES),
        lambda: [np.array(sentence, str) for sentence in SENTENCES],
        Treebank,
        lambda: np.array([[3, 10, 3], [10, -1, -1], [-1, -1, -1], [-1, 7, 3]]),
        lambda: [np.array([[3, 10, 3], [10, -1, -1]]), np.array([7, -5, 3], np.int16), np.array([], int)],
    ],
    ids=["lists", "generator", "iterators", "arrays", "treebank", "matrix", "matrices"],
)
@pytest.mark.parametrize("size", [1, 300, 1 << 20])
def test_sentences_in_memory_are_cut_too(source, size):
    parts = cut(source(), size=size)
    assert (len(parts) > 2) == (size < 1000)
    assert_same(encoded(source(), min_count=1, size=size), encode(source(), min_count=1))


def test_what_can_be_read_once_is_held(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    expected = encode(tmp_path / "a.txt", min_count=1)
    for opened in (io.BytesIO(TEXT.encode()), io.StringIO(TEXT), io.BytesIO(gzip.compress(TEXT.encode()))):
        assert_same(encoded(opened, min_count=1, size=4), expected)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    parts = cut("-", size=8)
    assert parts[0] == Partition("standard input, block 1", b"a b a c\n")
    with open(tmp_path / "a.txt", "rb") as first:
        assert_same(
            encoded([first, tmp_path / "a.txt"], min_count=1, size=4), encode([tmp_path / "a.txt"] * 2, min_count=1)
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_small_pieces_of_a_pipe_are_joined():
    class Pipe:
        pieces = [b"a\n", b"b\n", b"c\n", b"d"]  # noqa: RUF012

        def read(self, n):
            return self.pieces.pop(0) if n and self.pieces else b""

    assert [part.payload for part in cut(Pipe(), size=4)] == [b"a\nb\n", b"c\nd"]


@pytest.mark.parametrize("source", [["a list", "of strings"], 7, b"bytes", {"a": 1}, "no/such/file", "no*file", [1]])
def test_what_is_no_source_is_refused_as_by_encode(source):
    messages = []
    for read in (encode, encoded):
        with pytest.raises((TypeError, OSError)) as caught:
            read(source, min_count=1)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_messages_number_sentences_from_the_beginning_of_the_source():
    parts = cut([["a"], ["b"], ["c", ""]], size=1)
    with pytest.raises(TypeError, match=r"^sentence 3 holds '' \(str\): expected only strings"):
        count_words(parts[2])
    with pytest.raises(TypeError, match=r"^sentence 2 is \['a'\] \(list\): expected an integer array"):
        count_words(cut([np.array([1]), ["a"]], size=1)[1])
    with pytest.raises(TypeError, match=r"^sentence 2 is 'b\.txt' \(str\): .*, or files as pathlib\.Path$"):
        cut([["a"], "b.txt"], size=1)
    with pytest.raises(ValueError, match=r"^tokenize='words' is for text files; lists of words"):
        cut([["a"]], VocabularyOptions(tokenize="words"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0: expected at least 1"),
        ({"size": "64"}, "size is '64': expected a whole number"),
        ({"options": {"lowercase": True}}, r"options is \{'lowercase': True\}: expected VocabularyOptions"),
        ({"min_count": 0}, "min_count is 0: expected at least 1"),
        ({"weights": [-1]}, r"weights\[0\] is -1: expected finite numbers"),
        ({"folder": __file__}, "cannot write into this folder"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(options, message):
    with pytest.raises((TypeError, ValueError, OSError), match=message):
        encode_in_parts([["a"]], run=lambda *_: pytest.fail("was read"), **options)
    if "min_count" in options:
        with pytest.raises(ValueError, match=message):
            choose(Counts({"a": 1}, 1, 1), 0)


def test_nothing_is_no_text():
    for source in ([], [[], []], np.full((2, 2), -1), io.BytesIO()):
        with pytest.raises(NoWords, match=r"^no partition holds a word: expected a text$"):
            encoded(source)


# options


@pytest.mark.parametrize(
    "options",
    [
        VocabularyOptions(max_size=2),
        VocabularyOptions(keep_words=["É", "c"]),
        VocabularyOptions(lowercase=True, keep_words=["É"]),
        VocabularyOptions(keep=str.islower and (lambda word, count: word != "a")),
        VocabularyOptions(max_types=100),
    ],
    ids=["max_size", "keep_words", "lowercase", "keep", "max_types"],
)
def test_the_vocabulary_is_chosen_as_by_encode(options):
    found = encode_in_parts(SENTENCES, min_count=2, options=options, size=1)
    assert_same(found, encode(SENTENCES, min_count=2, **vars(options)))


def test_weights_are_those_of_all_sentences(tmp_path):
    weights = np.arange(1.0, 9)
    expected = encode(SENTENCES, min_count=2, weights=weights)
    assert_same(encoded(SENTENCES, min_count=2, weights=weights, size=1), expected)
    assert_same(encoded(SENTENCES, min_count=2, weights=weights, size=1, folder=tmp_path), expected)
    with pytest.raises(ValueError, match="there are 2 weights, 8 sentences: expected one for each"):
        encoded(SENTENCES, min_count=2, weights=[1, 2], size=1)


def test_counts_are_merged_in_any_order_and_grouping():
    counts = [count_words(part) for part in cut(SENTENCES, size=1)]
    whole = merge_counts(counts)
    assert whole == count_words(cut(SENTENCES)[0]) == merge_counts(reversed(counts))
    assert whole == merge_counts([merge_counts(counts[:3]), merge_counts(counts[3:])])
    assert (whole.raw_words, whole.sentences) == (13, 8)
    assert merge_counts([]) == Counts({})


@settings(max_examples=50, deadline=None)
@given(
    parts=st.lists(st.lists(st.integers(0, 20), max_size=60), min_size=1, max_size=6),
    max_types=st.integers(1, 12),
    grouping=st.integers(1, 6),
)
def test_with_few_words_held_the_bound_is_kept_over_partitions(parts, max_types, grouping):
    options = VocabularyOptions(max_types=max_types)
    words = [[str(number**2 % 23) for number in part] for part in parts]
    counted = [count_words(Partition("", [part])) for part in words]
    exact = merge_counts(counted)
    bounded = [count_words(Partition("", [part]), options) for part in words]
    merged = merge_counts(
        [merge_counts(bounded[i : i + grouping], options) for i in range(0, len(bounded), grouping)], options
    )
    assert len(merged.words) <= max_types
    assert (merged.raw_words, merged.sentences) == (exact.raw_words, exact.sentences)
    assert merged.lost == merged.too_low <= exact.raw_words / (max(1, 3 * max_types // 4) + 1)
    for word, count in exact.words.items():
        assert count - merged.too_low <= merged.words.get(word, 0) <= count
    again = merge_counts([count_words(Partition("", [part]), options, only=merged) for part in words], options)
    assert again.words == {word: exact.words[word] for word in merged.words}
    assert (again.too_low, again.lost) == (0, merged.lost)


def test_a_vocabulary_of_few_words_held_is_counted_exactly():
    rng = np.random.default_rng(1)
    sentences = [[f"W{i}" for i in rng.zipf(1.5, 20) if i < 5000] for _ in range(400)]
    options = VocabularyOptions(max_types=200, lowercase=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = encode_in_parts(sentences, min_count=20, options=options, size=10_000)
    exact = encode(sentences, min_count=20, lowercase=True)
    assert 0 < found.lost < 20
    assert not caught
    assert_same(dataclasses.replace(found, lost=0), exact)
    with pytest.warns(UserWarning, match=r"more than max_types=200 different words: those that occur more than \d+ "):
        encode_in_parts(sentences, min_count=1, options=options, size=10_000)


def test_counts_that_are_too_low_are_not_used():
    with pytest.raises(ValueError, match=r"^the counts are up to 3 too low: count the words that are left again, by"):
        choose(Counts({"a": 1}, 9, 1, 3, 3))


def test_words_that_are_not_known_have_one_number():
    known = Known(["a", "b"], lowercase=True)
    assert [known[word] for word in ("b", "B", "c", "C")] == [1, 1, 2, 2]
    assert Known(["a"], lowercase=False)["A"] == 1
    assert len(known) == 2
    for word in ("", 5):
        with pytest.raises(TypeError, match=f"{word!r} is not a word"):
            known[word]


def test_a_vocabulary_is_sent_without_what_it_can_make_again():
    vocabulary = choose(Counts({"a": 3, "b": 5}, 8, 2), 1)
    assert vocabulary.numbering is vocabulary.numbering
    sent_one = pickle.loads(pickle.dumps(vocabulary))
    assert "numbering" not in vars(sent_one)
    assert (sent_one.words, sent_one.numbering["a"]) == (["b", "a"], 1)


# a corpus


@pytest.mark.parametrize("where", ["memory", "folder"])
@pytest.mark.parametrize("size", [1, 12, 1 << 20])
def test_a_corpus_is_cut_and_joined_to_the_same(tmp_path, monkeypatch, where, size):
    monkeypatch.setattr("word2vec.text.corpus.LARGE", 0)
    sentences = [[], [], *SENTENCES, ["x"], [], ["a"], []]
    for weights in (None, np.arange(1.0, len(sentences) + 1)):
        corpus = encode(sentences, min_count=2, weights=weights, folder=tmp_path if where == "folder" else None)
        parts = cut(corpus, size=size)
        assert len(parts) == {1: 6, 12: 4}.get(size, 1)
        assert_same(encoded(corpus, size=size), corpus)
        if where == "folder":
            assert all(len(pickle.dumps(part)) < 2000 for part in parts)
            assert not any(isinstance(value, np.ndarray) for part in parts for value in vars(part.payload).values())


def test_a_corpus_is_not_counted():
    corpus = encode(SENTENCES, min_count=1)
    [part] = cut(corpus)
    with pytest.raises(
        TypeError, match=r"^the corpus's words 0 to 13 are encoded already: use the corpus's vocabulary"
    ):
        count_words(part)
    with pytest.raises(CorpusError, match=r"hold an id that the vocabulary of 1 words has not: pass its own$"):
        encode_partition(part, Vocabulary(["a"], np.array([3]), 3, 1))


@pytest.mark.parametrize("size", [4, 16, 64, 1 << 20])
def test_nothing_of_a_corpus_is_lost_in_parts(tmp_path, size):
    text = [[], ["a", "b", "c"], ["rare"], [], ["a", "b"]] * 9 + [["x"], []]
    weights = np.arange(1.0, len(text) + 1)
    corpus = replace(encode(text, min_count=9, weights=weights), lost=3)
    for source in (corpus, encode(corpus, folder=tmp_path / "stored")):
        for folder in (None, tmp_path / "new" / "folder"):
            found = encode_in_parts(source, size=size, folder=folder)
            assert_same(found, corpus)
            np.testing.assert_array_equal(found.weights, corpus.weights)
            assert (found.raw_words, found.lost) == (corpus.raw_words, 3)


def test_a_corpus_that_was_changed_is_named(tmp_path):
    corpus = encode(SENTENCES, min_count=1, folder=tmp_path)
    parts = cut(corpus, size=8)
    os.utime(tmp_path / "ids.int32", ns=(1, 1))
    with pytest.raises(OSError, match=r"ids\.int32 was changed since it was listed \(52 bytes, now 52\): expected"):
        encode_partition(parts[0], Vocabulary.of(corpus))


def test_slices_and_words_of_other_texts_are_sent_as_they_are(tmp_path):
    whole = encode(SENTENCES, min_count=1, folder=tmp_path)
    part = Corpus(whole.words, np.bincount(whole.ids[4:6], minlength=5), whole.ids[4:6], whole.ends[1:2] - 4, 2)
    assert_same(encoded(part), part)


# what is wrong


def test_a_partition_that_cannot_be_read_is_named_with_its_bytes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\nf\xfcnf\nsix\n")
    first, second, third, *_ = cut(path, size=4)
    assert count_words(first).words == {"one": 1}
    with pytest.raises(ValueError, match=r"a\.txt \(bytes 8 to 13\), line 1: the byte 0xfc is not UTF-8"):
        count_words(third)
    path.unlink()
    with pytest.raises(FileNotFoundError) as caught:
        count_words(second)
    expected = "a.txt (bytes 4 to 8) cannot be read (No such file or directory): expected the files that were listed"
    assert expected in str(caught.value)
    assert caught.value.filename == str(path)


def test_a_damaged_packed_file_is_reported_when_it_is_read(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(os.urandom(2000))[:1000])
    (tmp_path / "b.txt").write_text("good good")
    bad, good = cut(tmp_path, size=10)
    assert count_words(good).words == {"good": 2}
    with pytest.raises((OSError, ValueError), match=r"a\.gz"):
        count_words(bad)


@pytest.mark.parametrize(
    "change", [lambda path: path.write_text("other\n" * 9), lambda path: os.utime(path, ns=(1, 1))]
)
def test_a_file_that_changes_between_counting_and_encoding_is_an_error(tmp_path, change):
    path = tmp_path / "a.txt"
    path.write_text("one\n" * 10)
    for size in (1000, 8):
        parts = cut(path, size=size)
        vocabulary = choose(merge_counts(map(count_words, parts)), 1)
        change(path)
        with pytest.raises(
            OSError, match=r"a\.txt.* was changed since it was listed \(40 bytes, now \d\d\): expected"
        ):
            encode_partition(parts[-1], vocabulary)
        path.write_text("one\n" * 10)


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\n" * 10)

    def changing(line):
        os.utime(path, ns=(1, 1))
        return line.split()

    for size in (1000, 8):
        path.touch()
        part = cut(path, size=size)[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reader's own
            with pytest.raises(OSError, match="was changed since it was listed"):
                count_words(part, VocabularyOptions(tokenize=changing))


@pytest.mark.parametrize("choice", [[0, 1], [0, 1, 1], [0, 1, 2, 2], [0, 0, 0]])
def test_each_partition_is_joined_once(choice):
    parts = cut([["a", "b"], ["a"], ["c", "c"]], size=1)
    vocabulary = choose(merge_counts(map(count_words, parts)), 2)
    chosen = [encode_partition(parts[i], vocabulary) for i in choice]
    with pytest.raises(ValueError, match=r"expected 5 and 4, as counted; pass those that were counted, each once$"):
        corpus_of(chosen, vocabulary)


def test_a_folder_takes_what_is_joined_with_bounded_memory(tmp_path):
    expected = encode(SENTENCES, min_count=1)
    assert_same(encoded(SENTENCES, min_count=1, size=1, folder=tmp_path), expected)
    assert_same(load_corpus(tmp_path), expected)
    assert sorted(os.listdir(tmp_path)) == ["ends.int64", "ids.int32", "vocabulary"]


# Dask


def test_a_bag_of_texts_is_one_of_sentences():
    bag = pytest.importorskip("dask.bag")
    texts = ["Green tea", "", "a\nline of\u2028lines ", "tea\r", "\x0btea"]
    expected = encode([text.split() for text in texts], min_count=1)
    for pieces in (1, 3):
        source = bag.from_sequence(texts, npartitions=pieces)
        parts = cut(source)
        assert [part.name for part in parts] == [f"Bag, partition {i}" for i in range(pieces)]
        assert_same(encode_in_parts(source, min_count=1), expected)
        assert_same(encode(source, min_count=1), expected)
    options = VocabularyOptions(tokenize="words", lowercase=True)
    plain = encode([["green", "tea"], [], ["a", "line", "of", "lines"], ["tea"], ["tea"]], min_count=1)
    assert_same(encode_in_parts(source, min_count=1, options=options), plain)
    assert_same(encode(source, min_count=1, **vars(options)), plain)


def test_a_bag_of_lines_is_their_file(tmp_path):
    bag = pytest.importorskip("dask.bag")
    (tmp_path / "a.txt").write_text(TEXT + "\n", encoding="utf-8", newline="\n")
    source = bag.read_text(str(tmp_path / "a.txt"), blocksize=10)
    assert_same(encode_in_parts(source, min_count=1), encode(tmp_path / "a.txt", min_count=1))


def test_token_lists_and_columns_of_dask_are_read():
    bag = pytest.importorskip("dask.bag")
    assert_same(encode_in_parts(bag.from_sequence(SENTENCES), min_count=1), encode(SENTENCES, min_count=1))
    arrays = [np.array([1, 2]), np.array([2])]
    assert_same(encode_in_parts(bag.from_sequence(arrays), min_count=1), encode(arrays, min_count=1))
    pd, frame = pytest.importorskip("pandas"), pytest.importorskip("dask.dataframe")
    table = frame.from_pandas(pd.DataFrame({"text": ["green tea", "tea", ""]}), npartitions=2)
    expected = encode([["green", "tea"], ["tea"], []], min_count=1)
    assert_same(encode_in_parts(table["text"], min_count=1), expected)
    assert_same(encode(table["text"], min_count=1), expected)
    with pytest.raises(TypeError, match=r"^cannot read a text from a DataFrame, which is a table: pass one column"):
        cut(table)


def test_values_of_delayed_partitions_are_what_the_engine_puts_in():
    part = Partition("bag, partition 3", None)
    assert count_words(dataclasses.replace(part, payload=["tea", "tea x"])).words == {"tea": 2, "x": 1}
    assert count_words(dataclasses.replace(part, payload=iter([["tea"]]))).words == {"tea": 1}
    assert count_words(dataclasses.replace(part, payload=[])) == Counts({})
    for i, texts in (2, ["tea", float("nan")]), (1, [float("nan"), "tea"]):
        with pytest.raises(
            TypeError, match=rf"^bag, partition 3, text {i} is nan \(float\): expected a string; put an empty one"
        ):
            count_words(dataclasses.replace(part, payload=texts))
    with pytest.raises(ValueError, match=r"^encoding='latin-1' is for text files"):
        count_words(dataclasses.replace(part, payload=["tea"]), VocabularyOptions(encoding="latin-1"))


def test_options_that_a_corpus_cannot_follow_are_refused():
    corpus = encode([["a", "b", "a"]], min_count=1)
    assert encode_in_parts(corpus, min_count=1).words == ["a", "b"]
    with pytest.raises(ValueError, match="min_count=2, lowercase=True cannot change a Corpus, whose words were"):
        encode_in_parts(corpus, min_count=2, options=VocabularyOptions(lowercase=True))


def test_how_words_were_chosen_is_known_as_from_encode():
    text, options = [["a", "b", "a"]], VocabularyOptions(keep_words=["b"])
    found = encode_in_parts(text, min_count=2, options=options)
    assert (found.words, found.min_count, found.absent) == (["a", "b"], 2, [])


def test_what_is_no_partition_and_no_counts():
    part = cut([["tea"]])[0]
    for ask, message in (
        (lambda: count_words("text.txt"), r"^part is 'text.txt': expected one of partitions\(source\)$"),
        (lambda: encode_partition(part, ["tea"]), r"^vocabulary is \['tea'\]: expected Vocabulary$"),
        (lambda: choose({"tea": 9}), "^counts is {'tea': 9}: expected Counts$"),
        (lambda: merge_counts([{"tea": 9}]), "^each of parts is {'tea': 9}: expected Counts$"),
    ):
        with pytest.raises(TypeError, match=message):
            ask()


def test_files_that_are_no_plain_text_are_warned_of_once_where_they_are_listed(tmp_path):
    for i in range(3):
        (tmp_path / f"wiki_{i}").write_text(f'<doc id="{i}">\ntea\n</doc>\n')
    (tmp_path / "z.csv.gz").write_bytes(gzip.compress(b"id,text\n1,tea\n"))
    with pytest.warns(UserWarning, match="wiki_0 begins with .*|csv.gz is a table") as caught:
        encode_in_parts(tmp_path, min_count=1)
    assert [warning.filename for warning in caught] == [__file__] * 2
    with pytest.warns(UserWarning, match="BytesIO begins with"):
        cut(io.BytesIO(b'{"text": "tea"}'))
