"""word2vec/course/replay.py: windows read in blocks are those drawn one by one through random.randint."""

import random

import numpy as np
import pytest

from word2vec.course import replay
from word2vec.course.random_stream import WordStream
from word2vec.course.replay import Replay, Windows


def sentences_of(rng, n, lengths, words):
    """Write n sentences of ids below `words`, low ids more often."""
    return [[min(rng.randrange(words), rng.randrange(words)) for _ in range(rng.randint(*lengths))] for _ in range(n)]


def ordinary():
    rng = random.Random(1)
    return sentences_of(rng, 300, (2, 20), 50), [rng.randrange(50) for _ in range(1000)]


def repeated_words():
    rng = random.Random(2)
    return [*sentences_of(rng, 100, (2, 15), 4), [0, 1]], [0, 1, 2, 3, 3, 2, 1]


def many_hits():
    """Three words, and a table of mostly the commonest: far fewer than K other words."""
    rng = random.Random(3)
    return [*sentences_of(rng, 60, (2, 9), 3), [0, 1, 2]], [0, 0, 0, 0, 1, 1, 2]


def lonely_words():
    """Nine sentences of ten hold one word only, so that centres are drawn again and again."""
    rng = random.Random(4)
    equal = [[word] * rng.randint(2, 9) for word in (rng.randrange(8) for _ in range(90))]
    return equal + sentences_of(rng, 10, (3, 12), 8) + [[1, 1, 1, 1, 1, 1, 2]], list(range(8))


def pairs():
    return [[0, 1], [1, 2], [2, 0]], [0, 1, 2, 3]


def one_sentence():
    return [[0, 1, 1, 2, 0, 3, 3, 3, 3, 4]], [4, 3, 2, 1, 0, 0, 0, 0]


def one_negative():
    """A table of one word that is never an outside word, bounds of one for the sentence."""
    return [[0, 1, 0, 2]], [3]


CORPORA = [ordinary, repeated_words, many_hits, lonely_words, pairs, one_sentence, one_negative]


@pytest.fixture
def small_blocks(monkeypatch):
    """Let a few windows fill a block."""
    for name, value in {"FIRST_BLOCK": 2**11, "LAST_BLOCK": 2**12, "LANE": 2**6, "TAIL": 2**10}.items():
        monkeypatch.setattr(replay, name, value)


class Counted(WordStream):
    """A stream that notes how far it was read ahead, and each time from where."""

    def __init__(self, state):
        super().__init__(state)
        self.blocks = []

    def peek(self, n):
        if n in (replay.FIRST_BLOCK, replay.LAST_BLOCK):
            self.blocks.append(n)
        return super().peek(n)


def drawn_one_by_one(dataset, C, K, windows):
    """Draw windows from `random` and give them as `Windows` holds them."""
    drawn = [dataset.draw_window(C, K) for _ in range(windows)]
    centres, sizes = [centre for centre, _ in drawn], [len(outside) for _, outside in drawn]
    return centres, sizes, [pair for _, outside in drawn for pair in outside]


def assert_equal_to_one_by_one(dataset, C, K, seed, windows, batches):
    """Compare so many batches of so many windows, and the state of `random` behind each."""
    random.seed(seed)
    for _ in range(seed * 7 % 2000):
        random.getrandbits(32)
    stream = Counted(random.getstate())
    read = Replay(dataset.draw_tables(), C, K).batches(stream, windows)
    for _ in range(batches):
        batch, consumed = next(read)
        stream.consume(consumed)
        centres, sizes, words = drawn_one_by_one(dataset, C, K, windows)
        assert batch.centres.tolist() == centres
        assert batch.sizes.tolist() == sizes
        assert batch.words.tolist() == words
        assert batch.words.shape == (sum(sizes), 1 + K)
        assert stream.state == random.getstate()
    return stream


@pytest.mark.parametrize(
    ("corpus", "C", "K", "seed"),
    [  # in a plain round a third of them: each corpus, and each of the others, two or three times
        pytest.param(corpus, *drawn, marks=[pytest.mark.slow] * ((i + j) % 3 != 1))
        for i, corpus in enumerate(CORPORA)
        for j, drawn in enumerate([(1, 0, 0), (5, 0, 1), (1, 1, 2), (2, 3, 89), (5, 10, 0), (5, 10, 89), (12, 2, 3)])
    ],
)
def test_windows_over_many_blocks_are_those_drawn_one_by_one(plain_dataset, small_blocks, corpus, C, K, seed):
    stream = assert_equal_to_one_by_one(plain_dataset(*corpus()), C, K, seed, windows=5, batches=40)
    assert len(stream.blocks) > 1 or K == 0


@pytest.mark.parametrize("windows", [1, 3, 50])
def test_blocks_of_any_batch_size(plain_dataset, small_blocks, windows):
    stream = assert_equal_to_one_by_one(plain_dataset(*ordinary()), 3, 1, 5, windows, batches=400 // windows)
    assert stream.blocks.count(2**11) == 1
    assert stream.blocks.count(2**12) >= 1


def test_block_after_block_grows_to_the_last_size(plain_dataset, monkeypatch):
    monkeypatch.setattr(replay, "FIRST_BLOCK", 2**14)
    monkeypatch.setattr(replay, "LAST_BLOCK", 2**16)
    asked = []
    monkeypatch.setattr(WordStream, "peek", lambda self, n, peek=WordStream.peek: asked.append(n) or peek(self, n))
    stream = WordStream(random.getstate())
    read = Replay(plain_dataset(*ordinary()).draw_tables(), 5, 10).batches(stream, 20)
    while asked.count(2**16) < 3:
        stream.consume(next(read)[1])
    blocks = [n for n in asked if n in (2**14, 2**15, 2**16)]
    assert blocks == [2**14, 2**15, 2**16, 2**16, 2**16]


@pytest.mark.parametrize("corpus", [ordinary, many_hits, lonely_words])
def test_blocks_as_large_as_they_are_in_use(plain_dataset, corpus):
    stream = assert_equal_to_one_by_one(plain_dataset(*corpus()), 5, 10, 3, windows=50, batches=30)
    assert stream.blocks == [2**16] or corpus is not ordinary


@pytest.mark.parametrize("lane", [1, 7, 2**9, 2**30])
def test_any_distance_of_lanes_reads_the_same(plain_dataset, small_blocks, monkeypatch, lane):
    monkeypatch.setattr(replay, "LANE", lane)
    assert_equal_to_one_by_one(plain_dataset(*repeated_words()), 4, 5, 1, windows=4, batches=20)


def test_ends_are_the_places_behind_each_window(plain_dataset, small_blocks):
    dataset = plain_dataset(*many_hits())
    random.seed(8)
    start = random.getstate()
    words = WordStream(start).peek(2**12)
    windows = Replay(dataset.draw_tables(), 3, 4).windows(words)
    assert (words == WordStream(start).peek(2**12)).all()  # reading changes no word
    assert len(windows.ends) == len(windows.centres) > 50
    for end in windows.ends.tolist():
        dataset.draw_window(3, 4)
        counted = WordStream(start)
        counted.consume(end)
        assert counted.state == random.getstate()
    assert windows.ends[-2] < 2**12 - 2**10 <= windows.ends[-1]  # windows begin in all but the tail


@pytest.mark.parametrize("C", [1, 2, 3, 7])
def test_nearest_is_the_distance_to_the_nearest_differing_word_of_the_sentence(plain_dataset, C):
    sentences, table = lonely_words()
    expected = []
    for words in sentences:
        for i, word in enumerate(words):
            distances = [abs(i - j) for j, other in enumerate(words) if other != word and abs(i - j) <= C]
            expected.append(min(distances, default=C + 1))
    assert Replay(plain_dataset(sentences, table).draw_tables(), C, 0).nearest.tolist() == expected


# batches of Windows


def test_windows_are_cut_into_batches_and_the_rest_is_left_out():
    sizes = np.array([1, 3, 2, 1, 4, 1, 2])
    words = np.arange(14 * 3).reshape(14, 3)
    windows = Windows(np.arange(7) + 70, sizes, words, np.arange(7) * 10)
    cut = list(windows.batches(3))
    assert [batch.centres.tolist() for batch in cut] == [[70, 71, 72], [73, 74, 75]]
    assert [batch.sizes.tolist() for batch in cut] == [[1, 3, 2], [1, 4, 1]]
    assert [batch.words.tolist() for batch in cut] == [words[:6].tolist(), words[6:12].tolist()]
    assert [batch.ends.tolist() for batch in cut] == [[0, 10, 20], [30, 40, 50]]
    assert list(windows.batches(8)) == []
    assert len(list(windows.batches(7))) == 1


# windows that no block can hold


def test_windows_longer_than_the_tail_raise(plain_dataset, small_blocks, monkeypatch):
    monkeypatch.setattr(replay, "TAIL", 50)
    stream = WordStream(random.getstate())
    with pytest.raises(IndexError):
        next(Replay(plain_dataset(*ordinary()).draw_tables(), 5, 200).batches(stream, 2))


@pytest.mark.parametrize(
    "corpus", [([[0, 0], [1, 1, 1]], [0, 1]), ([[0, 1]], [1, 1])], ids=["a context", "a negative"]
)
def test_what_never_comes_raises(plain_dataset, small_blocks, corpus):
    stream = WordStream(random.getstate())
    with pytest.raises(IndexError):
        next(Replay(plain_dataset(*corpus).draw_tables(), 5, 1).batches(stream, 2))


def test_a_batch_that_no_block_holds_raises(plain_dataset, small_blocks):
    stream = WordStream(random.getstate())
    read = Replay(plain_dataset(*ordinary()).draw_tables(), 5, 10).batches(stream, 1000)
    with pytest.raises(IndexError, match="a block of 4096 random words holds no batch of 1000 windows"):
        next(read)


def test_windows_read_before_such_an_error_are_right(plain_dataset, small_blocks):
    """A rare sentence of many different words makes a window too long for the tail, sooner or later."""
    dataset = plain_dataset([[0, 1]] * 400 + [[*range(200)]], list(range(200)))
    random.seed(2)
    stream, batches = WordStream(random.getstate()), 0
    read = Replay(dataset.draw_tables(), 200, 8).batches(stream, 3)
    with pytest.raises(IndexError):  # noqa: PT012, some batches come first
        while True:
            batch, consumed = next(read)
            stream.consume(consumed)
            centres, sizes, words = drawn_one_by_one(dataset, 200, 8, 3)
            assert (batch.centres.tolist(), batch.sizes.tolist(), batch.words.tolist()) == (centres, sizes, words)
            assert stream.state == random.getstate()
            batches += 1
    assert batches > 2


def test_windows_wider_than_any_sentence_cost_nothing(plain_dataset):
    tables = plain_dataset([[0, 1, 0], [2, 2]], [0, 1, 2]).draw_tables()
    assert Replay(tables, 10**7, 1).nearest.tolist() == [1, 1, 1, 10**7 + 1, 10**7 + 1]
