"""word2vec/gradcheck/kept.py: a check leaves no complex number in what a function keeps."""

import numpy as np
import pytest

from word2vec.gradcheck import check_gradient

X = np.random.default_rng(0).standard_normal((4, 3))
total = 0.0


class Net:
    def __init__(self):
        self.mean, self.losses, self.blocks = np.zeros(3), [], [{"sum": np.zeros(3)}]

    def f(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
        self.blocks[0]["sum"] = self.blocks[0]["sum"] + x.sum(axis=0)
        self.losses.append((x * x).sum())
        return self.losses[-1], 2 * x


def test_attributes_lists_and_dicts_stay_real():
    net = Net()
    assert check_gradient(net.f, X).passed
    kept = [net.mean, *net.losses, net.blocks[0]["sum"]]
    assert all(type(each) in (np.ndarray, np.float64) and each.dtype == np.float64 for each in kept)
    assert net.mean.any()  # it has gone on with the real calls


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
        return (x * x).sum() + 0 * mean[0], 2 * x

    return f, lambda: mean[0]


@pytest.mark.parametrize("made", [of_variable, of_global, of_list])
def test_variables_stay_real_and_no_complex_loss_comes_of_them(made):
    f, kept = made()
    assert check_gradient(f, X).verdict == "passed"
    assert isinstance(kept(), float)
    assert kept() != 0


def test_what_was_complex_before_stays_so():
    net = Net()
    net.mean = np.full(3, 1j)
    assert check_gradient(net.f, X).passed
    assert net.mean.dtype == np.complex128
