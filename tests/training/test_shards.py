"""word2vec/training/shards.py: a text on a cluster is the text, wherever it comes from, and stays there."""

import gzip
import warnings

import numpy as np
import pytest

from tests.training.test_cluster import OPTIONS, TEXT, _short_chunks, assert_same, text_of, trained  # noqa: F401
from word2vec import train
from word2vec.runtime.engine import Serial
from word2vec.text import VocabularyOptions, encode
from word2vec.training import shards
from word2vec.training.settings import ClusterOptions


def test_files_give_the_bits_of_their_text_in_memory(tmp_path, monkeypatch):
    lines = [" ".join(line) + "\n" for line in TEXT]
    (tmp_path / "a.txt").write_text("".join(lines[:150]))
    with gzip.open(tmp_path / "b.txt.gz", "wt") as file:
        file.write("".join(lines[150:300]))
    (tmp_path / "c.txt").write_text("".join(lines[300:]))
    expected = trained(Serial())
    for source in (sorted(tmp_path.iterdir()), tmp_path, encode(TEXT, min_count=1)):
        assert_same(expected, trained(Serial(2), source=source))


def test_the_text_stays_where_it_is_read():
    """What comes here are counts, facts, digests and changes: no array as long as the text."""
    seen = []

    class Looking(Serial):
        def result(self, handle):
            seen.append(handle)
            return handle

    trained(Looking())
    assert not any(isinstance(each, shards.Encoded | shards.Piece) for each in seen)
    assert {type(each).__name__ for each in seen} >= {"Vocabulary", "Facts", "Change", "str"}


def test_sentences_of_files_without_words_have_their_rows(tmp_path):
    """Those of the vocabulary, that is: a row of documents for each sentence, as without a cluster."""
    for name, text in (("a", "x y\nx y\n"), ("b", "rare\n\n"), ("c", "\nx y\n"), ("d", "seldom\n")):
        (tmp_path / f"{name}.txt").write_text(text)
    files, more = sorted(tmp_path.iterdir()), {"model": "pv-dbow", "min_count": 2, "sample": 0}
    here, there = trained(source=files, **more), trained(Serial(2), source=files, shards=1, **more)
    assert_same(here, there)
    assert len(there.documents) == 7
    text = shards.encode_on(Serial(), files, 2, VocabularyOptions(), "raise").corpus()
    whole = encode(files, min_count=2)
    np.testing.assert_array_equal(text.empty, whole.empty)
    assert text.raw_words == whole.raw_words == 8


def test_what_was_dropped_while_counting_is_known():
    options = VocabularyOptions(max_types=30)
    with warnings.catch_warnings(action="ignore"):
        text = shards.encode_on(Serial(), text_of(kinds=400), 1, options, "raise")
    assert text.corpus().lost == text.vocabulary.lost > 0


def test_a_partition_that_cannot_be_read_is_left_out_or_ends_the_run(tmp_path):
    good, bad = tmp_path / "a.txt", tmp_path / "b.txt"
    good.write_text("".join(" ".join(line) + "\n" for line in TEXT))
    bad.write_bytes(b"caf\xe9 au lait\n")
    with pytest.warns(UserWarning, match=r"left out of the text: .*b\.txt, line 1: the byte 0xe9 is not UTF-8"):
        vectors = trained(Serial(), source=[good, bad])
    assert_same(vectors, trained(Serial(), source=[good]))
    strict = ClusterOptions(Serial(), unreadable="raise")
    with pytest.raises(ValueError, match=r"b\.txt, line 1: the byte 0xe9"):
        train([good, bad], cluster=strict, **OPTIONS)
    with pytest.raises(ValueError, match=r"b\.txt, line 1: the byte 0xe9"):
        train([bad], cluster=Serial(), **OPTIONS)


def test_what_is_wrong_with_the_words_is_said_where_the_run_was_started():
    """No task fails or warns: a worker's output is another machine's, or a traceback on the terminal."""
    here = []

    class Away(Serial):
        def submit(self, key, function, *arguments, worker=None):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    return super().submit(key, function, *arguments, worker=worker)
                except Exception as error:
                    here.append(error)
                    raise

    with pytest.warns(UserWarning, match="1 of keep_words do not occur, so they cannot be learned: 'zebra'"):
        shards.encode_on(Away(), TEXT, 1, VocabularyOptions(keep_words=["zebra"]), "raise")

    def keep(*_):
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    with pytest.warns(DeprecationWarning, match="old") as caught:
        shards.encode_on(Away(), TEXT, 1, VocabularyOptions(keep=keep), "raise")
    assert len(caught) == 1  # for all words
    for source, min_count, message in (
        (TEXT, 10**6, "no word occurs min_count=1000000 times"),
        ([[]], 1, "no partition"),
    ):
        with pytest.raises(ValueError, match=message):
            shards.encode_on(Away(), source, min_count, VocabularyOptions(), "raise")
    with pytest.raises(TypeError, match=r"^keep\('w\w+', \d+\) is 'yes': expected True, False or None$"):
        shards.encode_on(Away(), TEXT, 1, VocabularyOptions(keep=lambda word, count: "yes"), "raise")
    assert not here
    exec("def made(word, count): return int(word) > 0", space := {})  # in no module
    for keep in (lambda word, count: int(word) > 0, space["made"]):
        here.clear()
        with pytest.raises(ValueError, match="invalid literal"):  # of `keep` itself: the traceback leads there
            shards.encode_on(Away(), TEXT, 1, VocabularyOptions(keep=keep), "raise")
        assert len(here) == 1


def test_counts_in_bounded_memory_are_made_exact():
    options = VocabularyOptions(max_types=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        here = trained(None, vocabulary=options)
        there = trained(Serial(), shards=1, vocabulary=options)
    exact = dict(zip(*(lambda c: (c.words, c.counts.tolist()))(encode(TEXT, min_count=1)), strict=True))
    assert all(exact[word] == count for word, count in zip(there.words, there.counts.tolist(), strict=True))
    assert len(here.words) <= 31
    assert len(there.words) <= 31


def test_the_pieces_of_a_text_are_the_text():
    """Cut anywhere, with the numbers of their first sentences."""
    corpus = encode(TEXT, min_count=1)
    engine = Serial()
    text = shards.encode_on(engine, TEXT, 1, VocabularyOptions(), "raise")
    for begin, end in ((0, len(corpus.ids)), (17, 2345), (1999, 2001), (len(corpus.ids) - 1, len(corpus.ids))):
        pieces = text.pieces(engine, "key", begin, end)
        np.testing.assert_array_equal(np.concatenate([piece.ids for piece in pieces]), corpus.ids[begin:end])
        for piece, first in zip(pieces, range(begin, end, 2000), strict=True):
            assert piece.first == np.searchsorted(corpus.ends, first, "right")
            last = np.searchsorted(corpus.ends, first + len(piece.ids), "left")
            ends = np.minimum(corpus.ends[piece.first : last + 1], first + len(piece.ids)) - first
            np.testing.assert_array_equal(piece.ends, ends)
