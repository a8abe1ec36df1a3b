"""word2vec/course/batches.py: nobody can tell whether batches are drawn ahead or one window after the other."""

import random

import numpy as np
import pytest

from utils.treebank import StanfordSentiment
from word2vec.course import replay
from word2vec.course.batches import BATCH, MAX_REDRAWS, CourseBatches, draw_negatives
from word2vec.course.replay import Replay

C = 5
BATCHES = 12


def plain_batch(dataset, tokens, K):
    """Draw a batch as the course's loop does: window after window, negative after negative."""
    centres, sizes, words = [], [], []
    for _ in range(BATCH):
        centre, context = dataset.getRandomContext(random.randint(1, C))
        for o in (tokens[word] for word in context):
            negatives = []
            while len(negatives) < K:
                w = dataset.sampleTokenIdx()
                if w != o:
                    negatives.append(w)
            words.append([o, *negatives])
        centres.append(tokens[centre])
        sizes.append(len(context))
    return centres, sizes, words


def read(batch):
    """Return a batch of `Windows` in the form of `plain_batch`."""
    return batch.centres.tolist(), batch.sizes.tolist(), batch.words.tolist()


class Plain:
    """The yardstick: what `next` should do, without any block."""

    def __init__(self, dataset, tokens, K):
        self.arguments = dataset, tokens, K

    def next(self):
        return plain_batch(*self.arguments)


class InBlocks(CourseBatches):
    """What is measured."""

    def __init__(self, dataset, tokens, K):
        super().__init__(dataset, tokens, C, K)

    def next(self):
        return read(super().next())


@pytest.fixture
def small_blocks(monkeypatch):
    """Let a few batches fill a block."""
    for name, value in {"FIRST_BLOCK": 2**13, "LAST_BLOCK": 2**14, "LANE": 2**7, "TAIL": 2**11}.items():
        monkeypatch.setattr(replay, name, value)


@pytest.fixture
def sentiment(small_treebank):
    """Return a function that opens the small treebank afresh, with nothing drawn yet."""
    return lambda: StanfordSentiment(small_treebank, tablesize=4096)


def recorded(drawing, make_dataset, events, K=10):
    """Draw batches, with an event before some of them: all batches, and the state of `random` behind each."""
    with pytest.MonkeyPatch.context() as patch:
        random.seed(5)
        dataset = make_dataset()
        batches = drawing(dataset, dataset.tokens(), K)
        record = []
        for i in range(BATCHES):
            if i in events:
                events[i](dataset, patch)
            record.append((*batches.next(), random.getstate()))
        return record


def assert_nobody_can_tell(make_dataset, events, **options):
    expected = recorded(Plain, make_dataset, events, **options)
    found = recorded(InBlocks, make_dataset, events, **options)
    for i in range(BATCHES):
        assert found[i] == expected[i], f"batch {i}"
    return expected


@pytest.mark.parametrize("K", [0, 1, 10])
def test_random_is_left_behind_every_batch_as_by_drawing_one_by_one(sentiment, small_blocks, K):
    assert_nobody_can_tell(sentiment, {}, K=K)


def test_blocks_are_used_from_the_second_batch_on(sentiment, monkeypatch):
    dataset = sentiment()
    batches, calls = InBlocks(dataset, dataset.tokens(), 10), []
    draw = CourseBatches._draw
    monkeypatch.setattr(CourseBatches, "_draw", lambda self: calls.append(1) or draw(self))
    for _ in range(BATCHES):
        batches.next()
    assert len(calls) == 1
    random.random()
    for _ in range(BATCHES):
        batches.next()
    assert len(calls) == 2


def draw_a_word(dataset, patch):
    random.getrandbits(1)


def draw_nothing_but_a_number_of_gauss(dataset, patch):
    random.gauss(0, 1)


def reseed(dataset, patch):
    random.seed(77)


def rewind(dataset, patch, states=[]):  # noqa: B006, remembers the first state on purpose
    """Go back to where the first call of this function found the stream."""
    states.append(random.getstate())
    random.setstate(states[0])
    if len(states) == 2:
        states.clear()


@pytest.mark.parametrize(
    "events",
    [
        {1: draw_a_word},
        {3: draw_a_word, 4: draw_a_word, 7: draw_a_word},
        dict.fromkeys(range(BATCHES), draw_a_word),
        {2: draw_nothing_but_a_number_of_gauss, 6: draw_nothing_but_a_number_of_gauss},
        {4: reseed},
        {4: reseed, 5: reseed, 9: reseed},
        {2: rewind, 8: rewind},
        {5: rewind, 6: rewind},
    ],
)
def test_foreign_draws_and_seeds_in_between(sentiment, small_blocks, events):
    assert_nobody_can_tell(sentiment, events)


# what changes how is drawn


def on_the_instance(dataset, patch):
    dataset.sampleTokenIdx = lambda: random.randint(0, 2)


def on_the_class(dataset, patch):
    def centre_of_the_first_sentence(self, C=5):
        sentence = self.allSentences()[0]
        i = random.randint(0, len(sentence) - 1)
        return sentence[i], ["the", ".", "bade"]

    patch.setattr(StanfordSentiment, "getRandomContext", centre_of_the_first_sentence)


def randint_as_python_2_has_it(dataset, patch):
    patch.setattr(random, "randint", lambda a, b: a + int(random.random() * (b - a + 1)))


def randint_on_the_hidden_generator(dataset, patch):
    hidden = random.randint.__self__
    patch.setattr(hidden, "randint", lambda a, b: b, raising=False)  # the module's own function stays as it is


def smaller_table(dataset, patch):
    dataset.tablesize = 3000


def fewer_sentences(dataset, patch):
    del dataset.allSentences()[50:]


CHANGES = [
    on_the_instance,
    on_the_class,
    randint_as_python_2_has_it,
    randint_on_the_hidden_generator,
    smaller_table,
    fewer_sentences,
]


@pytest.mark.parametrize(
    ("change", "when"),  # in a plain round half of them, each change and each time
    [
        pytest.param(change, when, marks=[pytest.mark.slow] * ((i + j) % 2))
        for i, change in enumerate(CHANGES)
        for j, when in enumerate([0, 1, 5])
    ],
)
def test_a_change_of_the_drawing_counts_from_the_next_batch_on(sentiment, small_blocks, change, when):
    unchanged = recorded(Plain, sentiment, {})
    changed = assert_nobody_can_tell(sentiment, {when: change})
    assert changed[:when] == unchanged[:when]
    assert (changed[when] == unchanged[when]) == (change is randint_on_the_hidden_generator)


@pytest.mark.parametrize("change", [randint_as_python_2_has_it, randint_on_the_hidden_generator])
def test_a_change_of_random_counts_for_a_dataset_that_does_not_look(plain_dataset, small_blocks, change):
    """Whatever tables the dataset gives: another `random` is not foreseen."""
    sentences, table = [[0, 1, 2, 1], [3, 4, 0], [2, 2, 4]], [0, 1, 2, 3, 4, 0]
    assert_nobody_can_tell(lambda: plain_dataset(sentences, table), {4: change})


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_may_be_taken_back(sentiment, small_blocks, change):
    def taken_back(dataset, patch):
        patch.undo()
        vars(dataset).pop("sampleTokenIdx", None)

    assert_nobody_can_tell(sentiment, {3: change, 6: taken_back})


class Uniform(StanfordSentiment):
    """A subclass that draws negatives in its own way."""

    def sampleTokenIdx(self):
        return random.randint(0, len(self.tokens()) - 1)


class Bare:
    """The two methods that the course asks of a dataset, and nothing else."""

    def __init__(self, dataset):
        self.tokens, self.getRandomContext = dataset.tokens, dataset.getRandomContext
        self.sampleTokenIdx = dataset.sampleTokenIdx


def test_a_subclass_draws_in_its_own_way(small_treebank):
    own = assert_nobody_can_tell(lambda: Uniform(small_treebank, tablesize=4096), {})
    assert own != recorded(Plain, lambda: StanfordSentiment(small_treebank, tablesize=4096), {})


def test_a_dataset_without_tables(sentiment):
    assert_nobody_can_tell(lambda: Bare(sentiment()), {})


def test_tokens_with_other_ids(sentiment):
    """The dataset's tables hold the dataset's ids; whoever brings other tokens gets other ids."""
    batches = []
    for drawing in (Plain, InBlocks):
        random.seed(5)
        dataset = sentiment()
        tokens = {word: len(dataset.tokens()) - 1 - i for word, i in dataset.tokens().items()}
        drawn = drawing(dataset, tokens, 2)
        batches.append([drawn.next() for _ in range(4)])
    assert batches[0] == batches[1]


# ahead


@pytest.mark.parametrize("K", [0, 10])
def test_ahead_draws_the_same_and_leaves_the_global_random_alone(sentiment, small_blocks, K):
    expected = recorded(Plain, sentiment, {}, K=K)
    random.seed(5)
    dataset = sentiment()
    batches = CourseBatches(dataset, dataset.tokens(), C, K)
    for i in range(BATCHES):
        assert read(batches.ahead()) == expected[i][:-1]
        assert batches.state == expected[i][-1]
        if i == 0:
            left = random.getstate()  # the first batch draws the copies, so it cannot be read ahead
            assert left == expected[0][-1]
        assert random.getstate() == left


def test_ahead_does_not_heed_what_others_do_with_random(sentiment, small_blocks):
    expected = recorded(Plain, sentiment, {})
    random.seed(5)
    dataset = sentiment()
    batches = CourseBatches(dataset, dataset.tokens(), C, 10)
    for i in range(BATCHES):
        assert read(batches.ahead()) == expected[i][:-1]
        if i > 0:
            random.seed(i)
    assert batches.state == expected[-1][-1]


def test_ahead_of_a_dataset_without_tables_draws_from_the_global_random(sentiment):
    expected = recorded(Plain, lambda: Bare(sentiment()), {4: reseed})
    random.seed(5)
    dataset = Bare(sentiment())
    batches = CourseBatches(dataset, dataset.tokens(), C, 10)
    for i in range(BATCHES):
        if i == 4:
            random.seed(77)
        assert read(batches.ahead()) == expected[i][:-1]
        assert batches.state == random.getstate() == expected[i][-1]


# windows that exceed any block


RARE_LONG_WINDOWS = [[0, 1]] * 50 + [[*range(100)]]


@pytest.fixture
def tight_blocks(monkeypatch):
    """Make blocks that hold a few batches of short windows but no long window."""
    for name, value in {"FIRST_BLOCK": 2**12, "LAST_BLOCK": 2**12, "LANE": 2**7, "TAIL": 30}.items():
        monkeypatch.setattr(replay, name, value)


def test_next_goes_on_where_windows_exceed_the_blocks(plain_dataset, tight_blocks):
    assert_nobody_can_tell(lambda: plain_dataset(RARE_LONG_WINDOWS, range(100)), {8: draw_a_word}, K=10)


def test_ahead_goes_on_where_windows_exceed_the_blocks(plain_dataset, tight_blocks, monkeypatch):
    def make():
        return plain_dataset(RARE_LONG_WINDOWS, range(100))

    expected = recorded(Plain, make, {})
    random.seed(5)
    dataset, calls, draw = make(), [], CourseBatches._draw
    monkeypatch.setattr(CourseBatches, "_draw", lambda self: calls.append(1) or draw(self))
    batches = CourseBatches(dataset, dataset.tokens(), C, 10)
    for i in range(BATCHES):
        assert read(batches.ahead()) == expected[i][:-1]
        assert batches.state == expected[i][-1]
    assert 0 < len(calls) < BATCHES, "some batches come in blocks, some one by one"


def test_a_dataset_with_one_word_only_says_so_instead_of_drawing_for_ever(plain_dataset, small_blocks, monkeypatch):
    monkeypatch.setattr("word2vec.course.batches.MAX_REDRAWS", 100)
    dataset = plain_dataset([[0, 1], [1, 0]], [1, 1])
    for draw in (CourseBatches.next, CourseBatches.ahead):
        with pytest.raises(ValueError, match=r"sampleTokenIdx\(\) gave 1, the outside word, 101 times"):
            draw(CourseBatches(dataset, dataset.tokens(), C, 1))


# the rest


def test_are_of_wants_the_very_same_arguments(sentiment):
    dataset, other = sentiment(), sentiment()
    batches = CourseBatches(dataset, dataset.tokens(), 5, 10)
    assert batches.are_of(dataset, dataset.tokens(), 5, 10)
    assert not batches.are_of(other, dataset.tokens(), 5, 10)
    assert not batches.are_of(dataset, dict(dataset.tokens()), 5, 10)
    assert not batches.are_of(dataset, dataset.tokens(), 4, 10)
    assert not batches.are_of(dataset, dataset.tokens(), 5, 0)


def test_windows_without_outside_words():
    class Silent:
        def getRandomContext(self, C):
            return "a", []

    batch = CourseBatches(Silent(), {"a": 0}, C, 3).next()
    assert batch.centres.tolist() == batch.sizes.tolist() == [0] * BATCH
    assert batch.words.shape == (0, 4)


def test_draw_negatives_draws_one_at_a_time_and_again_on_a_hit(scripted):
    dataset = scripted([3, 7, 3, 3, 7, 2, 3, 0, 5])
    assert draw_negatives(3, dataset, 4) == [7, 7, 2, 0]
    assert dataset.drawn == 8
    assert draw_negatives(3, dataset, 0) == []
    assert dataset.drawn == 8


def test_draw_negatives_bears_many_hits_and_each_negative_anew(scripted):
    dataset = scripted(([3] * MAX_REDRAWS + [4]) * 2)
    assert draw_negatives(3, dataset, 2) == [4, 4]


def test_draw_negatives_gives_up_where_nothing_else_comes(scripted):
    dataset = scripted([3] * (MAX_REDRAWS + 2))
    with pytest.raises(ValueError, match=rf"gave 3, the outside word, {MAX_REDRAWS + 1} times; expected other words"):
        draw_negatives(3, dataset, 1)


def test_draws_in_between_do_not_prepare_the_corpus_again(sentiment, monkeypatch):
    made = []
    monkeypatch.setattr("word2vec.course.batches.Replay", lambda *a: made.append(1) or Replay(*a))
    dataset = sentiment()
    batches = CourseBatches(dataset, dataset.tokens(), 5, 10)
    for i in range(20):
        batches.next()
        if i % 2:
            random.random()
    assert len(made) == 1


def test_an_interruption_while_a_block_is_read_costs_nothing(sentiment, monkeypatch):
    """As Ctrl-C in a notebook: the next call draws what it would have drawn."""
    random.seed(3)
    dataset = sentiment()
    batches = CourseBatches(dataset, dataset.tokens(), 5, 10)
    for _ in range(2):
        batches.next()
    random.seed(4)
    batches.next()
    before = random.getstate()

    def interrupted(self, words):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "windows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            batches.next()
    assert random.getstate() == before
    found = [batches.next() for _ in range(3)]
    after = random.getstate()
    random.setstate(before)
    expected = [CourseBatches(dataset, dataset.tokens(), 5, 10).next() for _ in range(3)]
    assert random.getstate() == after
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.words, other.words)
