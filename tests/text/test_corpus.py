"""word2vec/text/corpus.py: a corpus in a folder is read back to the last bit, or what is wrong is named."""

import dataclasses
import errno
import os
from pathlib import Path

import numpy as np
import pytest

from word2vec import train
from word2vec.runtime.archive import load_archive, save_archive
from word2vec.runtime.engine import Serial
from word2vec.text import corpus, encode
from word2vec.text.corpus import Corpus, CorpusError, load_corpus, save_corpus, write_corpus

FILES = ["ends.int64", "ids.int32", "vocabulary"]


def some_corpus(n=1000, seed=1):
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 5, n).astype(np.int32)
    ends = np.array([*range(7, n, 7), n])
    words = ["the", "ß", "漢字", "two words\n", "\ud800"]
    return Corpus(words, np.bincount(ids, minlength=5), ids, ends, n + 17)


def assert_same(a, b):
    assert a.words == b.words
    assert a.raw_words == b.raw_words
    for name in ("counts", "ids", "ends"):
        one, other = getattr(a, name), getattr(b, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.fixture
def saved(tmp_path):
    save_corpus(some_corpus(), tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("chunk", [1, 64, 1 << 20])
def test_a_corpus_is_read_back_as_it_was(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(corpus, "CHUNK", chunk)
    save_corpus(some_corpus(), tmp_path / "new" / "folder")
    loaded = load_corpus(str(tmp_path / "new" / "folder"))
    assert_same(loaded, some_corpus())
    assert names(tmp_path / "new" / "folder") == FILES


def test_the_text_is_mapped_and_cannot_be_written(saved):
    loaded = load_corpus(saved)
    for array in (loaded.ids, loaded.ends):
        assert isinstance(array, np.memmap)
        assert not array.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_files_are_bare_little_endian_numbers(saved):
    np.testing.assert_array_equal(np.fromfile(saved / "ids.int32", "<i4"), some_corpus().ids)
    np.testing.assert_array_equal(np.fromfile(saved / "ends.int64", "<i8"), some_corpus().ends)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace files that are mapped")
def test_a_loaded_corpus_can_be_saved_over_itself(saved):
    loaded = load_corpus(saved)
    save_corpus(loaded, saved)
    assert_same(load_corpus(saved), loaded)


def test_the_repr_is_short():
    expected = "<Corpus: 1,000 of 1,017 words in 143 sentences, 5 different (the, ß, 漢字, …)>"
    assert repr(some_corpus()) == expected
    assert repr(encode([["b", "a"]], min_count=1)).endswith(" 2 different (a, b)>")  # and no others


# whole or not there


def failing_text():
    yield np.zeros(5, np.int32), np.array([5])
    raise ZeroDivisionError


def test_a_failure_while_writing_leaves_the_old_corpus(saved):
    with pytest.raises(ZeroDivisionError):
        write_corpus(["a"], np.array([5]), failing_text(), 5, saved)
    assert names(saved) == FILES
    assert_same(load_corpus(saved), some_corpus())


@pytest.mark.parametrize("step", range(3))
def test_a_failure_at_any_replacement_never_leaves_a_mixture(saved, monkeypatch, step):
    replace, done = os.replace, []

    def fails_once(source, target):
        done.append(target)
        if len(done) == step + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails_once)
        with pytest.raises(OSError, match="No space left"):
            save_corpus(some_corpus(50, seed=2), saved)
    with pytest.raises(FileNotFoundError, match=r"there is no corpus in .*: expected a folder written by encode or"):
        load_corpus(saved)
    save_corpus(some_corpus(50, seed=2), saved)
    assert_same(load_corpus(saved), some_corpus(50, seed=2))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write into this folder .*: expected a writable one; choose another"):
        save_corpus(some_corpus(), tmp_path / "file" / "below")


def test_what_a_killed_writer_left_is_removed(saved):
    for name in (".ids.int32.0123456789abcdef.tmp", ".ends.int64.0123456789abcdef.tmp"):
        (saved / name).write_text("half")
    save_corpus(some_corpus(), saved)
    assert names(saved) == FILES


# damage


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
def test_a_flipped_bit_is_found(saved, name):
    content = (saved / name).read_bytes()
    rng = np.random.default_rng(3)
    for at in [0, len(content) - 1, *rng.integers(0, len(content), 20)]:
        damaged = bytearray(content)
        damaged[at] ^= 1 << int(rng.integers(8))
        (saved / name).write_bytes(damaged)
        with pytest.raises(
            CorpusError, match=f"{name} is damaged: its CRC-32 is not the one recorded when it was written; enc"
        ):
            load_corpus(saved)


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d[:0], lambda d: d + b"\0\0\0\0\0\0\0\0"])
def test_a_file_of_another_length_is_found_before_it_is_mapped(saved, monkeypatch, name, change):
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(change(whole))
    monkeypatch.setattr(np, "memmap", np.memmap if name == "ends.int64" else None)
    expected = (
        f"{name} has {len(change(whole)):,} bytes instead of {len(whole):,}: it is truncated or missing; encode the"
    )
    with pytest.raises(CorpusError, match=expected):
        load_corpus(saved)


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
def test_a_file_that_is_gone_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(CorpusError, match=f"{name} has 0 bytes instead of (4,000|1,144): it is"):
        load_corpus(saved)


def test_a_damaged_vocabulary_is_named(saved):
    content = (saved / "vocabulary").read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for damaged in (content[:-1], b"", flipped):
        (saved / "vocabulary").write_bytes(damaged)
        with pytest.raises(
            CorpusError, match="vocabulary is damaged, or is not the vocabulary of a corpus: encode the text again"
        ):
            load_corpus(saved)


def test_another_kind_or_version_is_named(saved):
    arrays, values = load_archive(saved / "vocabulary")
    save_archive(saved / "vocabulary", arrays, values | {"kind": "word2vec corpus 2"})
    with pytest.raises(CorpusError, match="vocabulary is of the kind 'word2vec corpus 2', not 'word2vec corpus 1'"):
        load_corpus(saved)
    save_archive(saved / "vocabulary", {}, {"step": 7})
    with pytest.raises(CorpusError, match="is of the kind None"):
        load_corpus(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, values: values["words"].append("more"),
        lambda arrays, values: arrays.update(counts=arrays["counts"] + 1),
        lambda arrays, values: arrays.update(weights=np.ones(3)),
    ],
)
def test_a_vocabulary_that_does_not_fit_its_text_is_named(saved, change):
    arrays, values = load_archive(saved / "vocabulary")
    change(arrays, values)
    save_archive(saved / "vocabulary", arrays, values)
    with pytest.raises(CorpusError, match="does not fit the text beside it: encode the text again"):
        load_corpus(saved)


@pytest.mark.parametrize("ends", [[2, 1, 3], [-4, 1, 3], [1, 1, 3], [0, 3]])
def test_ends_that_make_no_sense_are_found(tmp_path, ends):
    found = dataclasses.replace(encode([["a"] * 3], min_count=1), ends=np.array(ends))
    save_corpus(found, tmp_path)
    options = {"dim": 2, "sample": 0, "quiet": True}
    for use in (
        lambda: load_corpus(tmp_path),
        lambda: train(found, **options),
        lambda: train(found, cluster=Serial(2), **options),
    ):
        with pytest.raises(CorpusError, match="ends of sentences do not rise from one to the next: encode the text"):
            use()


@pytest.mark.parametrize("ends", [[2], [], [1, 2, 4]])
def test_sentences_that_do_not_end_where_the_text_ends_are_found(tmp_path, ends):
    write_corpus(["a"], np.array([3]), [(np.zeros(3, np.int32), np.array(ends, np.int64))], 3, tmp_path)
    with pytest.raises(CorpusError, match="does not fit the text beside it"):
        load_corpus(tmp_path)


def test_sizes_that_no_file_has_allocate_nothing(saved):
    arrays, values = load_archive(saved / "vocabulary")
    for n in (1 << 60, -1):
        save_archive(saved / "vocabulary", arrays, values | {"ids": [n, 0]})
        with pytest.raises(CorpusError, match=r"ids\.int32 has 4,000 bytes instead of"):
            load_corpus(saved)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_links_to_the_three_files_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder").mkdir()
    for name in FILES:
        (tmp_path / "folder" / name).symlink_to(tmp_path / "elsewhere" / name)
    for seed in (1, 2):
        save_corpus(some_corpus(seed=seed), tmp_path / "folder")
        assert_same(load_corpus(tmp_path / "folder"), some_corpus(seed=seed))
    assert all((tmp_path / "folder" / name).is_symlink() for name in FILES)
    assert names(tmp_path / "elsewhere") == FILES


def test_a_folder_in_a_files_place_is_named_before_anything_is_written(tmp_path):
    (tmp_path / "ends.int64").mkdir()
    with pytest.raises(IsADirectoryError, match=r"cannot write this file \(it is a folder.*ends\.int64"):
        save_corpus(some_corpus(), tmp_path)
    assert names(tmp_path) == ["ends.int64"]


# senseless content with right checksums, changes while it is open


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
def test_a_file_that_was_cut_or_written_into_is_named_by_check(saved, name):
    loaded = load_corpus(saved)
    loaded.check()
    content = (saved / name).read_bytes()
    with open(saved / name, "r+b") as file:
        file.truncate(8)
    with pytest.raises(CorpusError, match=rf"{name} was changed while it was in use \(.* bytes, now 8\): encode"):
        loaded.check()
    with open(saved / name, "r+b") as file:
        file.write(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(saved / name, ns=(1, 1))  # the clock of a file system may be coarse
    with pytest.raises(CorpusError, match=rf"{name} was changed while it was in use \([\d,]+ bytes\)"):
        loaded.check()


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
def test_a_file_with_another_time_stamp_alone_is_read_once_and_used_on(saved, monkeypatch, name):
    loaded, read, real = load_corpus(saved), [], corpus._crc32
    monkeypatch.setattr(corpus, "_crc32", lambda path: read.append(Path(path)) or real(path))
    for time in (1, 2):
        os.utime(saved / name, ns=(time, time))
        loaded.check()
        loaded.check()
    assert read == [saved / name] * 2
    monkeypatch.undo()
    assert_same(load_corpus(saved), loaded)


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_file_that_is_cut_while_the_corpus_is_saved_ends_no_process(saved, tmp_path, monkeypatch, name, after):
    monkeypatch.setattr(corpus, "CHUNK", 64)
    loaded, check, calls = load_corpus(saved), Corpus.check, []

    def cut(self):
        calls.append(self)
        if len(calls) == after + 1:
            os.truncate(saved / name, 0)
        check(self)

    monkeypatch.setattr(Corpus, "check", cut)
    save_corpus(some_corpus(50, seed=2), tmp_path / "other")
    calls.clear()
    with pytest.raises(CorpusError, match=rf"{name} was changed while it was in use .*, now 0\): encode"):
        save_corpus(loaded, tmp_path / "other")
    monkeypatch.undo()
    assert_same(load_corpus(tmp_path / "other"), some_corpus(50, seed=2))


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace files that are mapped")
def test_files_that_were_replaced_or_removed_as_a_whole_stay_mapped(saved):
    loaded = load_corpus(saved)
    save_corpus(some_corpus(50, seed=2), saved)
    loaded.check()
    (saved / "ids.int32").unlink()
    loaded.check()
    assert_same(loaded, some_corpus())


def test_a_file_that_is_changed_while_it_is_opened_is_named(saved, monkeypatch):
    def slowly(path, *args, **more):
        with open(saved / "ids.int32", "r+b") as file:
            file.write(b"\1\1\1\1")
        os.utime(saved / "ids.int32", ns=(1, 1))
        return arrays(path, *args, **more)

    arrays = np.memmap
    monkeypatch.setattr(np, "memmap", slowly)
    with pytest.raises(CorpusError, match=r"ids\.int32 was changed while it was in use"):
        load_corpus(saved)


@pytest.mark.parametrize("chunk", [1, 2, 64])
def test_the_text_of_a_corpus_has_its_empty_lines(monkeypatch, chunk):
    monkeypatch.setattr(corpus, "CHUNK", chunk)
    rng = np.random.default_rng(1)
    for _ in range(30):
        text = [["a", "bc", "a"][: n % 4] for n in rng.integers(0, 8, 9) * rng.integers(0, 2, 9)] + [["a"]] * 2
        text = text[:: int(rng.choice([1, -1]))]
        assert "".join(corpus.text_blocks(encode(text, min_count=1))) == "".join(f"{' '.join(s)}\n" for s in text)


@pytest.mark.parametrize("word", ["new york", "a\nb", "tab\tbed", "a\0b", "a\u2028", "\x85", "a\x1cb"])
def test_a_word_that_would_be_read_otherwise_is_not_written_as_text(word):
    with pytest.raises(ValueError, match=r"would not be read as one word again: expected no white space") as error:
        [*corpus.text_blocks(encode([["tea", word]], min_count=1))]
    assert repr(word) in str(error.value)


@pytest.mark.parametrize("word", ["a\nb", "a b", "a\0b", "\ud83d\ude00", "</s>", "w" * 70000])
def test_any_word_comes_back(tmp_path, word):
    assert encode([[word, "😀", "é"]], min_count=1, folder=tmp_path).words == sorted([word, "😀", "é"])


def test_weights_and_empty_sentences_are_kept(tmp_path):
    text, weights = [["x"], ["a", "b"], [], ["a", "b"]], [9, 0.5, 7, 2]
    corpus = encode(text, min_count=2, weights=weights)
    assert (corpus.empty.tolist(), corpus.weights.tolist()) == ([0, 2], [0.5, 2])
    assert corpus.with_empty(np.array([[1], [2]])).ravel().tolist() == [0, 1, 0, 2]
    save_corpus(corpus, tmp_path)
    for found in (load_corpus(tmp_path), encode(text, min_count=2, weights=weights, folder=tmp_path / "other")):
        assert (found.empty.tolist(), found.weights.tolist()) == ([0, 2], [0.5, 2])
    assert encode(corpus, weights=[1, 2, 3, 4]).weights.tolist() == [2, 4]
    assert encode(text, min_count=2).weights is None
    plain = tmp_path / "plain"
    save_corpus(encode(text, min_count=2), plain)
    assert load_corpus(plain).weights is None


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("tokenize", ["split", "words", str.split])
def test_an_end_of_line_at_the_end_of_a_file_begins_no_sentence(tmp_path, end, tokenize):
    (tmp_path / "a").write_text(f"a b\n\nc{end}", newline="")
    (tmp_path / "b").write_text(f"d{end}", newline="")
    corpus = encode([tmp_path / "a", tmp_path / "b"], min_count=1, tokenize=tokenize, weights=[1, 2, 3, 4])
    assert (corpus.empty.tolist(), corpus.weights.tolist()) == ([1], [1, 3, 4])


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 2, 3], ValueError, "there are 3 weights, 2 sentences: expected one for each"),
        ([1, -1], ValueError, r"^weights\[1\] is -1: expected finite numbers of 0 or more, not all 0"),
        ([0, 0], ValueError, "^weights are all 0: expected finite numbers of 0 or more, not all 0"),
        ([1, np.nan], ValueError, r"^weights\[1\] is nan: expected finite numbers of 0 or more"),
        (2, TypeError, "weights is 2: expected a number for each sentence"),
        (np.ma.array([1.0, 1e6], mask=[0, 1]), TypeError, "weights is a masked array: expected all its numbers"),
        (["a", "b"], TypeError, "expected a number for each sentence"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        encode([["a"], ["b"]], min_count=1, weights=weights)
    with pytest.raises(error, match=message):
        encode(encode([["a"], ["b"]], min_count=1), weights=weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "there are 2 weights, 3 sentences: expected one for each"),
        ([0, 1, 0], "the weights of all 2 sentences that hold words of the vocabulary are 0: expected some above 0"),
    ],
)
def test_weights_that_do_not_fit_leave_the_corpus_that_was_there(weights, message, tmp_path):
    encode([["old"]], min_count=1, folder=tmp_path)
    text = [["a", "b"], ["rare"], ["b", "a"]]
    for source in text, encode(text, min_count=2):
        with pytest.raises(ValueError, match=message):
            encode(source, min_count=2, weights=weights, folder=tmp_path)
    assert load_corpus(tmp_path).words == ["old"]


def test_how_words_were_chosen_stays_in_a_folder(tmp_path):
    with pytest.warns(UserWarning, match="1 of keep_words do not occur"):
        corpus = encode([["a", "b", "a"]], min_count=2, keep_words=["b", "c"], folder=tmp_path / "one")
    save_corpus(corpus, tmp_path / "two")
    for found in corpus, load_corpus(tmp_path / "one"), load_corpus(tmp_path / "two"):
        assert (found.min_count, found.absent) == (2, ["c"])
