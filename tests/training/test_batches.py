"""word2vec/training/batches.py: windows against the plainest loop; draws that depend on the generator alone."""

import numpy as np
import pytest

from word2vec.training import batches
from word2vec.training.batches import Batch, Text, draw_windows
from word2vec.training.sampling import noise_table


def text_of(ids, ends, keep=1.0):
    ids = np.array(ids, np.int32)
    return Text(ids, np.array(ends), np.full(ids.max() + 1, keep), noise_table(np.ones(ids.max() + 1)))


def rng(seed=1):
    return np.random.default_rng(seed)


def test_windows_end_where_sentences_end():
    text = text_of(range(12), [1, 3, 4, 12])
    windows = draw_windows(text, 0, 50, 1, rng())
    assert windows.tokens.tolist() == [0] * 50 + list(range(12)) + [0] * 50
    sizes = np.minimum(windows.left + windows.right, 50)
    starts, stops = [0, 1, 1, 3, *[4] * 8], [1, 3, 3, 4, *[12] * 8]
    for i in range(12):
        assert windows.left[i] <= i - starts[i]
        assert windows.right[i] <= stops[i] - 1 - i
    assert sizes[0] == sizes[3] == 0


def test_window_sizes_are_even_draws_from_one_to_the_largest():
    text = text_of(np.arange(40_000) % 7, [40_000])
    windows = draw_windows(text, 0, 4, 1, rng())
    inner = slice(4, -4)
    np.testing.assert_array_equal(windows.left[inner], windows.right[inner])
    counts = np.bincount(windows.left[inner], minlength=5)
    assert counts[0] == 0
    assert abs(counts[1:] - 10_000).max() < 5 * np.sqrt(40_000 * 0.25 * 0.75)


def test_what_does_not_stay_is_no_centre_and_no_context():
    text = text_of(np.arange(30_000) % 2, [30_000])
    text = text._replace(keep=np.array([1.0, 0.25]))
    windows = draw_windows(text, 0, 2, 1, rng())
    kept = windows.tokens[2:-2]
    assert (kept == 0).sum() == 15_000
    assert abs((kept == 1).sum() - 3750) < 5 * np.sqrt(15_000 * 0.25 * 0.75)
    assert len(windows.left) == len(windows.right) == len(kept)


def test_chunks_cover_the_text_and_windows_stay_inside_them(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 10)
    text = text_of(range(25), [25])
    assert text.chunks == 3
    assert [text.end(i) for i in range(-1, 3)] == [0, 10, 20, 25]
    parts = [draw_windows(text, i, 3, 1, rng(i)) for i in range(3)]
    assert [part.tokens[3:-3].tolist() for part in parts] == [
        list(range(10)),
        list(range(10, 20)),
        list(range(20, 25)),
    ]
    for part in parts:
        assert part.left[0] == part.right[-1] == 0
        assert part.left[1] == part.right[-2] == 1


def test_the_same_generator_draws_the_same_windows():
    text = text_of(np.arange(1000) % 50, [200, 1000], keep=0.5)
    for a, b in zip(draw_windows(text, 0, 5, 1, rng(3)), draw_windows(text, 0, 5, 1, rng(3)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(draw_windows(text, 0, 5, 1, rng(4)).left) != len(draw_windows(text, 0, 5, 1, rng(3)).left)


@pytest.mark.parametrize("n", [1, 7, 8])
def test_centres_without_windows_are_added(n):
    full = draw_windows(text_of(range(n), [n]), 0, 2, 8, rng())
    assert len(full.left) == len(full.right) == 8
    assert len(full.tokens) == 12
    assert not full.left[n:].any()
    assert not full.right[n:].any()
    assert full.documents.tolist() == [0] * n + [-1] * (8 - n)


def test_a_chunk_of_which_nothing_stays_is_empty():
    windows = draw_windows(text_of(range(5), [5], keep=0.0), 0, 2, 8, rng())
    assert len(windows.left) == 0
    assert len(windows.tokens) == 4


def test_cutting_gives_each_piece_its_context_and_its_negatives():
    chunk = Batch(np.arange(14), np.arange(8), np.arange(8), np.arange(12).reshape(4, 3))
    pieces = chunk.cut(4)
    assert [piece.tokens.tolist() for piece in pieces] == [list(range(10)), list(range(4, 14))]
    assert [piece.left.tolist() for piece in pieces] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [piece.negatives[:, 0].tolist() for piece in pieces] == [[0, 3], [6, 9]]
    assert Batch(np.arange(6), np.arange(0), np.arange(0), np.empty((0, 3))).cut(4) == []
