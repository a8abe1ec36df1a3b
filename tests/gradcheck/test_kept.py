"""word2vec/gradcheck/kept.py: a check leaves no complex number in what a function keeps."""

from collections import defaultdict, deque
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.kept import Kept

X = np.random.default_rng(0).standard_normal((4, 3))
total = 0.0


class Net:
    def __init__(self):
        self.mean, self.count, self.losses, self.blocks = np.zeros(3), 0, [], [{"sum": np.zeros(3)}]

    def f(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        self.blocks[0]["sum"] = self.blocks[0]["sum"] + x.sum(axis=0)
        self.count += 1
        self.losses.append((x * x).sum())
        return self.losses[-1], 2 * x


def test_attributes_and_dicts_stay_real_with_what_stands_beside_them():
    net = Net()
    net.f(X)
    before = net.mean
    assert check_gradient(net.f, X).passed
    assert (net.mean is before, net.count) == (True, 1)
    assert net.blocks[0]["sum"].dtype == np.float64
    assert len(net.losses) > 20  # a log goes on


def test_what_is_kept_for_a_point_is_that_of_the_point():
    class Cached:
        x = None

        def f(self, x):
            if self.x is None or not np.array_equal(x, self.x):
                self.x, self.kept = x.copy(), (np.tanh(x),)
            (h,) = self.kept
            return h.sum(), 1 - h * h

    net = Cached()
    net.f(X)
    assert check_gradient(net.f, X).passed
    assert np.isrealobj(net.f(X)[0])
    assert check_gradient(net.f, X + 1).passed


def test_a_memo_finds_what_it_kept():
    index, values = {}, []

    def f(x):
        if x.tobytes() not in index:
            index[x.tobytes()] = len(values)
            values.append((x * x).sum())
        return values[index[x.tobytes()]], 2 * x

    f(X)
    assert check_gradient(f, X).passed
    assert f(X)[0] == (X * X).sum()


def test_a_list_may_become_shorter():
    todo = [1.0, 2.0, 3.0]

    def f(x):
        if todo:
            todo.pop()
        return (x * x).sum(), 2 * x

    assert check_gradient(f, X).passed
    assert todo == []


def test_a_gradient_that_is_wrong_after_many_calls_is_found_by_a_list_that_grows():
    losses = []

    def f(x):
        losses.append((x * x).sum())
        return losses[-1], x if len(losses) >= 20 else 2 * x

    assert check_gradient(f, X).verdict == "failed"


def of_variable():
    mean = 0.0

    def f(x):
        nonlocal mean
        mean = 0.9 * mean + 0.1 * x.mean()
        return (x * x).sum(), 2 * x

    return f, lambda: mean


def of_global():
    def f(x):
        global total
        total = 0.9 * total + 0.1 * x.mean()
        return (x * x).sum(), 2 * x

    return f, lambda: total


def of_list():
    mean = [0.0]

    def f(x):
        mean[0] = 0.9 * mean[0] + 0.1 * x.mean()
        return (x * x).sum(), 2 * x

    return f, lambda: mean[0]


@pytest.mark.parametrize("made", [of_variable, of_global, of_list])
def test_variables_stay_real(made):
    f, kept = made()
    f(X)
    assert check_gradient(f, X).verdict == "passed"
    assert isinstance(kept(), float)
    assert kept() != 0


def test_what_was_complex_before_stays_so():
    net = Net()
    net.mean = np.full(3, 1j)
    assert check_gradient(net.f, X).passed
    assert net.mean.dtype == np.complex128


def in_list():
    kept = []
    return lambda x, J: kept.append(J), lambda: kept


def in_full_deque():
    kept = deque([0.0] * 40, maxlen=40)
    return lambda x, J: kept.append(J), lambda: kept


def in_slots():
    class Mean:
        __slots__ = ("value",)

    kept = Mean()

    def keep(x, J):
        kept.value = 0.9 * getattr(kept, "value", x * 0) + 0.1 * x

    return keep, lambda: [kept.value]


def in_objects():
    kept = np.array([None, 0.5], object)

    def keep(x, J):
        kept[0], kept[1] = x, 0.9 * kept[1] + J

    return keep, lambda: kept


def in_new_keys():
    kept = defaultdict(float)

    def keep(x, J):
        kept["mean"] += J

    return keep, lambda: kept.values()


@pytest.mark.parametrize("made", [in_list, in_full_deque, in_slots, in_objects, in_new_keys])
def test_what_grows_or_is_filled_is_real(made):
    keep, kept = made()

    def f(x):
        J = (x * x).sum()
        keep(x, J)
        return J, 2 * x

    assert check_gradient(f, X).passed
    assert len(kept()) > 0
    assert all(np.isrealobj(value) for value in kept())


@pytest.mark.skipif(np.finfo(np.longdouble).eps == np.finfo(float).eps, reason="long double is double here")
def test_no_long_double_is_left():
    kept = [0.0]

    def f(x):
        if np.iscomplexobj(x):
            raise TypeError
        kept[0] = 0.9 * kept[0] + x.sum()
        return (x * x).sum(), 3 * x

    assert check_gradient(f, X).verdict == "failed"
    assert np.asarray(kept).dtype == np.float64


class Blur:
    """A circular convolution by FFT that keeps the spectrum of its kernel."""

    buffer = None

    @cached_property
    def spectrum(self):
        return np.fft.fft([0.2, 0.5, 0.3, 0.0])

    def f(self, x):
        if self.buffer is None:
            self.buffer = np.zeros((2, 4), complex)
            self.row = self.buffer[0]
        y = np.fft.ifft(np.fft.fft(x) * self.spectrum)
        y = y if np.iscomplexobj(x) else y.real
        return (y * y).sum(), np.fft.ifft(np.fft.fft(2 * y) * self.spectrum.conj()).real


def test_complex_numbers_of_the_functions_own_stay():
    net, x = Blur(), np.array([1.0, 2.0, -1.0, 3.0])
    assert check_gradient(net.f, x).passed
    assert net.spectrum.tolist() == Blur().spectrum.tolist()
    assert net.buffer.dtype == np.complex128
    assert net.row.base is net.buffer


def test_a_log_of_spectra_stays():
    spectra = []

    def f(x):
        spectra.append(np.fft.rfft(np.real(x)))
        return (x * x).sum(), 2 * x

    assert check_gradient(f, X).passed
    assert all(each.tolist() == np.fft.rfft(X).tolist() for each in spectra[:2])


@pytest.mark.parametrize("takes_complex", [True, False])
def test_long_doubles_of_the_functions_own_stay(takes_complex):
    net, cache = SimpleNamespace(total=0.0, count=0), {}

    def f(x):
        if np.iscomplexobj(x) and not takes_complex:
            raise TypeError
        cache.setdefault("third", np.longdouble(1) / 3)
        net.total, net.count = net.total + np.longdouble(1), net.count + 1
        return (x * x).sum(), 2 * x

    assert check_gradient(f, X).passed
    assert net.total == net.count > 10
    assert cache["third"] == np.longdouble(1) / 3


def test_large_arrays_of_objects_are_not_read():
    words = np.full((40, 40), "word", object)
    assert not Kept([words])._places
    assert Kept([words[0]])._places


def test_complex_numbers_that_are_made_late_stay():
    net, cache = SimpleNamespace(count=0), {}

    def f(x):
        net.count += 1
        if net.count == 40:  # in the midst of complex steps
            cache["spectrum"] = np.fft.rfft([1.0, 2.0, 4.0])
        return (x * x).sum(), 2 * x

    assert check_gradient(f, X).passed
    assert net.count > 40
    assert cache["spectrum"].dtype == complex
