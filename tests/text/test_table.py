"""word2vec/text/table.py: words are found once they are learned, whatever shares their places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from word2vec.text import table
from word2vec.text.numbering import Numbering
from word2vec.text.table import KEY, Words, WordTable

LETTERS = st.text("abé\x01", min_size=1, max_size=4)
WORDS = st.one_of(LETTERS, st.sampled_from([7, 8, 9, 15, 16, 17, 23, 24, 25, 60]).flatmap(lambda n: st.just("x" * n)))


def words_of(strings):
    """Return words of a text that consists of them."""
    encoded = [word.encode() for word in strings]
    lengths = np.array([*map(len, encoded)], np.int64)
    return Words(b" ".join(encoded) + b" " * (KEY + 1), np.cumsum(lengths + 1) - lengths - 1, lengths)


@pytest.fixture
def slots(monkeypatch):
    return lambda n: monkeypatch.setattr(table, "SLOTS", n)


@settings(max_examples=50, deadline=None)
@given(
    batches=st.lists(st.lists(st.one_of(WORDS, st.builds(str.__add__, WORDS, WORDS)), max_size=20), max_size=5),
    n=st.sampled_from([2, 4, 8, 1 << 10]),
    few=st.sampled_from([4, 16, 1 << 12]),
)
def test_words_have_the_numbers_that_they_were_learned_with(batches, n, few):
    numbering = Numbering()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "SLOTS", n)
        patch.setattr(table, "FEW_SLOTS", few)
        found = WordTable()
        for batch in batches:
            words = words_of(batch)
            assert words.take(np.arange(len(batch))).strings() == batch
            numbers = found.find(words)
            unknown = np.flatnonzero(numbers < 0)
            numbers[unknown] = found.learn(words.take(unknown), numbering.take)
            assert numbers.dtype == np.int32
            assert numbers.tolist() == [numbering[word] for word in batch]
    assert [*numbering] == [*dict.fromkeys(word for batch in batches for word in batch)]


def test_keys_are_the_bytes_of_words_padded_by_zeros():
    strings = ["a", "x" * 7, "y" * 8, "z" * 9, "é" * 12, "x" * 24, "x" * 25]
    for columns in table.COLUMNS:
        keys = words_of(strings).keys(columns)
        fitting = [word if len(word.encode()) <= 8 * columns else "" for word in strings]
        assert [row.tobytes().rstrip(b"\0").decode() for row in keys.T.copy()] == fitting


def test_what_occurs_several_times_in_a_batch_is_asked_for_once():
    asked = []

    def number(strings):
        asked.extend(strings)
        return np.arange(len(strings), dtype=np.int32) + 10

    words = words_of(["b", "a", "b", "longenough", "longenough", "a"])
    found = WordTable()
    assert found.learn(words, number).tolist() == [10, 11, 10, 12, 12, 11]
    assert asked == ["b", "a", "longenough"]
    assert found.find(words).tolist() == [10, 11, 10, 12, 12, 11]


def test_words_longer_than_a_key_are_never_found():
    words, found = words_of(["x" * (KEY + 1), "x" * KEY]), WordTable()
    found.learn(words, lambda strings: np.arange(len(strings), dtype=np.int32))
    assert found.find(words).tolist() == [-1, 1]


def test_a_word_whose_place_is_taken_lies_in_its_other_place(slots):
    """Of words as many as half of the slots more than nine of ten have room; one place each would hold 79 of 100."""
    slots(1 << 10)
    words, found = words_of([f"w{i}" for i in range(512)]), WordTable()
    found.learn(words, lambda strings: np.arange(len(strings), dtype=np.int32))
    numbers = found.find(words)
    assert ((numbers == np.arange(512)) | (numbers == -1)).all()
    assert (numbers >= 0).mean() > 0.9


def test_a_full_table_forgets_nothing_and_finds_nothing_wrong(slots):
    slots(16)
    strings = [f"w{i}" for i in range(1000)] + [f"a-longer-word-{i}" for i in range(1000)]
    words, found = words_of(strings), WordTable()
    found.learn(words, lambda strings: np.arange(len(strings), dtype=np.int32))
    numbers = found.find(words)
    assert ((numbers == np.arange(2000)) | (numbers == -1)).all()
    assert 20 <= (numbers >= 0).sum() <= 30


def test_tables_are_large_where_there_are_many_words(monkeypatch):
    monkeypatch.setattr(table, "FEW_SLOTS", 16)
    numbering, found, made = Numbering(), WordTable(), []
    monkeypatch.setattr(table, "_Table", lambda *sizes, make=table._Table: made.append(sizes[1]) or make(*sizes))
    for words in (words_of(["tea", "milk"]), words_of(["cup"]), words_of(["tea", "pot", "jug"])):
        found.learn(words, numbering.take)
    assert made == [table.SLOTS] * 2
    assert found.find(words_of(["pot", "tea"])).tolist() == [3, 0]
    assert [*numbering] == ["tea", "milk", "cup", "pot", "jug"]
    found.learn(words_of([f"w{i}" for i in range(1000)]), numbering.take)
    assert len(made) == 2


def test_a_table_that_is_nearly_full_takes_no_more_words(slots):
    slots(64)
    found, number = WordTable(), lambda strings: np.arange(len(strings), dtype=np.int32)
    found.learn(words_of(["the"] * 1000), number)  # one word, however often it occurs, takes one slot
    found.learn(words_of(["a"]), number)
    assert found.find(words_of(["the", "a"])).tolist() == [0, 0]
    found.learn(words_of([f"w{i}" for i in range(1000)]), number)
    late = words_of([f"v{i}" for i in range(1000)])
    found.learn(late, number)
    assert (found.find(late) == -1).all()
    found.learn(words_of(["longer-than-8"]), number)  # the table of longer words has room
    assert found.find(words_of(["longer-than-8"])).tolist() == [0]
