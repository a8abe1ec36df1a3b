"""word2vec/course/random_stream.py: every number and every state as CPython's `random` has them."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from word2vec.course import random_stream
from word2vec.course.random_stream import (
    CANDIDATES,
    WordStream,
    is_untouched,
    numpy_state_as_array,
    numpy_state_from_array,
    randbelow,
    random_numbers,
    state_as_array,
    state_from_array,
)

KEY = 624  # words of the generator's key, made anew all together
POSITIONS = [0, 1, 311, KEY - 1, KEY, KEY + 1, 2 * KEY, 5000]


def words(n):
    """Draw n words from `random`, one by one."""
    return [random.getrandbits(32) for _ in range(n)]


def seeded(seed, position):
    """Put `random` at a position behind a seed and give the state."""
    random.seed(seed)
    words(position)
    return random.getstate()


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("consumed", [0, 1, KEY - 1, KEY, KEY + 1, 2 * KEY, 3000])
def test_state_is_cpythons_after_as_many_draws(position, consumed):
    stream = WordStream(seeded(11, position))
    stream.consume(consumed)
    words(consumed)
    assert stream.state == random.getstate()


@given(
    seed=st.integers(0, 2**64),
    position=st.integers(0, 1300),
    steps=st.lists(st.tuples(st.sampled_from(["peek", "consume", "state"]), st.integers(0, 900)), max_size=30),
)
@settings(deadline=None, max_examples=60)
def test_any_order_of_peeks_consumes_and_states(seed, position, steps):
    start = seeded(seed, position)
    stream, expected, consumed = WordStream(start), words(31 * 900), 0
    for step, n in steps:
        if step == "peek":
            assert stream.peek(n).tolist() == expected[consumed : consumed + n]
        elif step == "consume":
            stream.consume(n)
            consumed += n
        else:
            random.setstate(start)
            words(consumed)
            assert stream.state == random.getstate()
    random.setstate(start)
    words(consumed)
    assert stream.state == random.getstate()


def test_the_global_random_is_left_alone():
    start = seeded(5, 600)
    stream = WordStream(start)
    stream.peek(100)
    stream.consume(1000)
    assert stream.state != start
    assert random.getstate() == start


def test_the_second_number_of_gauss_is_kept():
    random.seed(9)
    random.gauss(0, 1)
    assert random.getstate()[2] is not None
    stream = WordStream(random.getstate())
    stream.consume(1234)
    words(1234)
    assert stream.state == random.getstate()
    assert {type(number) for number in stream.state[1]} == {int}


# states as arrays


@pytest.mark.parametrize("gauss", [False, True])
def test_the_state_of_random_as_an_array_goes_on(gauss):
    random.seed(9)
    if gauss:
        random.gauss(0, 1)
    state = random.getstate()
    array = state_as_array(state)
    assert (array.shape, array.dtype) == ((626 + gauss,), np.float64)
    assert state_from_array(array) == state
    assert {type(number) for number in state_from_array(array)[1]} == {int}
    largest = 3, (*[2**32 - 1] * 624, 624), 5e-324
    assert state_from_array(state_as_array(largest)) == largest


@pytest.mark.parametrize("draw", [np.random.random, np.random.randn])
def test_the_state_of_numpys_generator_as_an_array_goes_on(draw):
    np.random.seed(9)
    draw(3)
    array = numpy_state_as_array(np.random.get_state())
    assert (array.shape, array.dtype) == ((627,), np.float64)
    np.testing.assert_equal(numpy_state_from_array(array), np.random.get_state())
    expected = np.random.randn(5).tolist()
    np.random.set_state(numpy_state_from_array(array))
    assert np.random.randn(5).tolist() == expected


@pytest.mark.parametrize(
    "array",
    [np.array(3.0), np.zeros((626, 1)), np.zeros(625), np.zeros(626), np.full(626, np.nan), np.full(627, 700.0)],
)
def test_an_array_of_something_else_is_no_state_of_random(array):
    with pytest.raises(ValueError, match=r"holds no state|setstate|NaN|invalid state"):
        state_from_array(array)


def test_another_bit_generator_of_numpy_is_refused():
    with pytest.raises(TypeError, match=r"np\.random draws from PCG64: expected MT19937, as NumPy sets it"):
        numpy_state_as_array(np.random.PCG64(1).state)


# random_numbers


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("n", [0, 1, 2, 311, 312, 313, 2000])
def test_random_numbers_are_those_of_random_and_so_is_the_state(n, position):
    start = seeded(13, position)
    numbers = random_numbers(n)
    after = random.getstate()
    random.setstate(start)
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [random.random() for _ in range(n)]
    assert after == random.getstate()


def test_random_numbers_call_a_replacement_of_random(monkeypatch):
    replies = iter([0.5, 0.25, 0.125, 0.75])
    monkeypatch.setattr(random, "random", lambda: next(replies))
    before = random.getstate()
    assert random_numbers(3).tolist() == [0.5, 0.25, 0.125]
    assert next(replies) == 0.75
    assert random.getstate() == before


@pytest.mark.parametrize("name", ["randint", "getstate"])
def test_random_numbers_are_the_same_where_another_function_is_replaced(monkeypatch, name):
    random.seed(2)
    expected = random_numbers(20).tolist()
    after = random.getstate()
    random.seed(2)
    own = getattr(random, name)
    monkeypatch.setattr(random, name, lambda *arguments: own(*arguments))
    assert random_numbers(20).tolist() == expected
    assert random.getstate() == after


# randbelow


def rows(n):
    """Return n words of `random`, as randbelow takes them."""
    return sliding_window_view(WordStream(random.getstate()).peek(n), CANDIDATES)


BOUNDS = [1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 624, 10**6, 2**20, 2**20 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1]


@pytest.mark.parametrize("n", BOUNDS)
@pytest.mark.parametrize("kind", [np.int64, np.uint32])
def test_randbelow_is_randint_draw_after_draw(n, kind):
    random.seed(n)
    start, stream, at, places, drawn = random.getstate(), rows(8000), 0, [], []
    for _ in range(1000):
        places.append(at)
        drawn.append(random.randint(0, n - 1))
        value, behind = randbelow(stream, np.array([at]), np.array([n], kind))
        assert value[0] == drawn[-1]
        at = int(behind[0])
    # the places are right too: so many words of the start's stream were drawn
    counted = WordStream(start)
    counted.consume(at)
    assert counted.state == random.getstate()
    values, behind = randbelow(stream, np.array(places), np.full(len(places), n, kind))
    assert values.tolist() == drawn
    assert behind.tolist() == [*places[1:], at]


@pytest.mark.parametrize("n", [1, 2])
def test_some_draws_of_that_test_go_beyond_the_candidates(n):
    random.seed(n)
    behind = randbelow(rows(20_000), np.arange(10_000), np.full(10_000, n))[1]
    assert (behind - np.arange(10_000) > CANDIDATES).sum() > 5
    assert (behind - np.arange(10_000)).max() < 40


def test_randbelow_with_a_bound_of_its_own_for_each_draw():
    random.seed(4)
    start, stream = random.getstate(), rows(4000)
    bounds = np.array([random.Random(i).choice(BOUNDS) for i in range(400)])
    places = np.arange(400) * 3
    values, behind = randbelow(stream, places, bounds)
    for place, bound, value, end in zip(places.tolist(), bounds.tolist(), values, behind.tolist(), strict=True):
        random.setstate(start)
        words(place)
        assert random.randint(0, bound - 1) == value
        counted = WordStream(start)
        counted.consume(end)
        assert counted.state == random.getstate()


def test_randbelow_of_no_draw_at_all():
    values, behind = randbelow(rows(100), np.empty(0, np.int64), np.empty(0, np.int64))
    assert (len(values), len(behind)) == (0, 0)


def test_randbelow_raises_where_the_words_end():
    random.seed(1)
    stream = rows(100)
    last = 100 - CANDIDATES
    randbelow(stream, np.array([last]), np.array([2**32 - 1]))
    with pytest.raises(IndexError):
        randbelow(stream, np.array([last + 1]), np.array([2**32 - 1]))


def test_randbelow_raises_where_no_word_is_accepted_up_to_the_end():
    stream = sliding_window_view(np.full(1000, 2**32 - 1, np.uint32), CANDIDATES)
    with pytest.raises(IndexError):
        randbelow(stream, np.array([0]), np.array([5]))


# is_untouched


NAMES = "randint", "random", "getstate", "setstate"


@pytest.mark.parametrize("name", NAMES)
def test_a_replaced_function_of_the_module_is_seen(monkeypatch, name):
    own = getattr(random, name)
    with monkeypatch.context() as patch:
        patch.setattr(random, name, lambda *arguments: own(*arguments))
        assert not is_untouched(random)
    assert is_untouched(random)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_another_generator_is_seen(monkeypatch, name):
    monkeypatch.setattr(random, name, getattr(random.Random(1), name))
    assert not is_untouched(random)


@pytest.mark.parametrize("name", [*NAMES, "getrandbits", "randrange", "_randbelow"])
def test_a_method_set_on_the_hidden_generator_is_seen(monkeypatch, name):
    hidden = random.randint.__self__
    with monkeypatch.context() as patch:
        patch.setattr(hidden, name, getattr(hidden, name), raising=False)
        assert not is_untouched(random)
    assert is_untouched(random)


@pytest.mark.parametrize("name", [*NAMES, "randrange", "_randbelow"])
def test_a_method_replaced_in_the_class_is_seen(monkeypatch, name):
    own = getattr(random.Random, name)
    monkeypatch.setattr(random.Random, name, lambda self, *arguments: own(self, *arguments))
    assert not is_untouched(random)


class Other(random.Random):
    """A subclass, which may draw in its own way."""


@pytest.mark.parametrize(
    "generator", [Other(1), random.SystemRandom(), None], ids=["subclass", "system", "functions"]
)
def test_another_module_object_is_seen(generator):
    module = SimpleNamespace(**{name: getattr(generator, name, lambda *arguments: 0) for name in NAMES})
    assert not is_untouched(module)


def test_the_module_asked_is_the_one_answered_for():
    assert random_stream.random is random
    assert is_untouched(SimpleNamespace(**vars(random)))
