"""word2vec/text/shelf.py: what is put aside comes back as it was, from memory or from disk."""

import numpy as np
import pytest

from word2vec.runtime import memory
from word2vec.text import shelf
from word2vec.text.shelf import chunks


def some_parts(n, rng):
    """Make parts of 0 to 5 numbers and 0 to 3 ends each."""
    return [
        (rng.integers(0, 9, rng.integers(0, 6)).astype(np.int32), np.sort(rng.integers(0, 6, rng.integers(0, 4))))
        for _ in range(n)
    ]


@pytest.mark.parametrize("on_disk", [False, True])
def test_parts_come_back_in_order_and_leave_nothing(tmp_path, on_disk):
    parts = some_parts(50, np.random.default_rng(1))
    with shelf.shelf(tmp_path if on_disk else None) as waiting:
        for part in parts:
            waiting.put(part)
        back = list(waiting.parts())
    assert len(back) == len(parts)
    for part, again in zip(parts, back, strict=True):
        for array, other in zip(part, again, strict=True):
            assert array.dtype == other.dtype
            np.testing.assert_array_equal(array, other)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_given_free_as_parts_are_taken():
    with shelf.shelf(None) as waiting:
        waiting.put((np.zeros(3, np.int32), np.zeros(1, np.int64)))
        parts = waiting.parts()
        next(parts)
        assert list(waiting.parts()) == []


def test_a_text_too_large_for_memory_is_refused_with_the_mend(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1 << 20)
    part = (np.zeros(1 << 20, np.int32), np.zeros(1, np.int64))
    expected = r"next million words of the text needs 8 MB of memory, 1 MB are available: pass folder=\.\.\."
    with shelf.shelf(None) as waiting, pytest.raises(MemoryError, match=expected):
        waiting.put(part)
    with shelf.shelf(tmp_path) as waiting:
        waiting.put(part)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks_say_the_same_as_the_parts(monkeypatch, size):
    monkeypatch.setattr(shelf, "CHUNK", size)
    parts = some_parts(200, np.random.default_rng(2))
    joined = list(chunks(parts))

    def absolute(parts):
        numbers, ends = [], []
        for ids, stops in parts:
            ends += (stops + len(numbers)).tolist()
            numbers += ids.tolist()
        return numbers, ends

    assert absolute(joined) == absolute(parts)
    assert all(size <= len(ids) + len(ends) < size + 9 for ids, ends in joined[:-1])


def test_ends_alone_make_chunks_too():
    """A file of a billion empty lines must not pile them up."""
    empty = (np.zeros(0, np.int32), np.zeros(shelf.CHUNK // 2, np.int64))
    assert [len(ends) for _, ends in chunks([empty] * 5)] == [shelf.CHUNK, shelf.CHUNK, shelf.CHUNK // 2]


def test_no_parts_no_chunks():
    assert list(chunks([])) == []
