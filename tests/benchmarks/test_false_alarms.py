"""benchmarks/false_alarms.py and its catalogues: the functions are many and correct, and the table adds up."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from benchmarks import false_alarms
from benchmarks.false_alarms import ALL, PRECISION, functions
from benchmarks.gradients.correct_troubles import TROUBLES
from benchmarks.gradients.exactness import error, leaves, like
from benchmarks.kill_matrix import OURS, verdict

# what long double is too coarse for, and generators that are not found
HARD = (
    "optimum",
    "narrow",
    "resonance",
    "ReLU net, ",
    "cancellation",
    "constant added",
    "singular",
    "lasso with",
    " in a",
    " at a knot",
    "tiny x",
    "large numbers",
    "1e12",
    "near one",
    "large loss",
)


def test_there_are_three_hundred_functions_of_a_hundred_kinds():
    kinds = Counter(name for name, _, _ in functions())
    assert len(kinds) >= 100
    assert kinds.total() >= 300


def test_the_functions_are_the_same_each_time():
    first, second = ([leaves(x) for _, _, x in islice(functions(1), 50)] for _ in range(2))
    assert all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", [kind for kind in list(ALL)[::9] if not any(part in kind for part in HARD)])
def test_the_gradients_are_exact(kind):
    precision, off = error(*ALL[kind](np.random.default_rng(0)), np.random.default_rng(0))
    assert off <= PRECISION[precision]


@pytest.mark.parametrize("wrong", [lambda x: 1.0001 * np.cos(x), lambda x: np.cos(x) + 1e-4 * (x == x[2])])
def test_a_gradient_that_is_not_exact_is_noticed(wrong):
    x = np.random.default_rng(0).standard_normal(5)
    off = [error(lambda x, g=g: (np.sin(x).sum(), g(x)), x, np.random.default_rng(0))[1] for g in (np.cos, wrong)]
    assert off[0] < 1e-9
    assert off[1] > 5e-5


def test_a_rounded_loss_is_compared_as_the_exact_one():
    f, x = TROUBLES["loss rounded: to 2 decimals"](np.random.default_rng(0))
    assert f(x)[0] == round(f(x)[0], 2)
    assert error(f, x, np.random.default_rng(0))[1] < 1e-9


def test_a_function_of_no_numbers_cannot_be_compared():
    def f(x):
        raise TypeError("not with these")

    with pytest.raises(ValueError, match="the function takes none of these numbers"):
        error(f, np.ones(2), np.random.default_rng(0))


@pytest.mark.parametrize("x", [np.ones(2), (np.ones(2), np.ones(3)), [np.ones(2)], {"a": np.ones(2)}])
def test_containers_are_rebuilt(x):
    assert type(like(x, leaves(x))) is type(x)
    assert [a.shape for a in leaves(like(x, leaves(x)))] == [a.shape for a in leaves(x)]


def test_the_table_adds_up(monkeypatch, capsys):
    few = {name: ALL[name] for name in ("entries: cubes", "entries: sin x/x", "recurrent net", "dropout by random")}
    monkeypatch.setattr(false_alarms, "ALL", few)
    false_alarms.main(["--ours", "--each", "1"])
    lines = capsys.readouterr().out.splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert cells[0] == ["correct functions", "number", OURS, f"{OURS}, inconclusive"]
    assert cells[2:] == [
        ["entries", "2", "0", "0"],
        ["models", "1", "0", "0"],
        ["dropout", "1", "0", "0"],
        ["all", "4", "0", "0"],
    ]
    assert lines[-2:] == [f"{OURS}, failed: none", f"{OURS}, inconclusive: none"]


def test_verify_names_what_is_not_exact(monkeypatch, capsys):
    wrong = {"wrong": lambda rng: (lambda x: ((x**2).sum(), x), rng.standard_normal(3))}
    monkeypatch.setattr(false_alarms, "ALL", wrong | {"right": ALL["entries: cubes"]})
    false_alarms.main(["--verify", "--each", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("wrong: off by ")
    assert lines[1].startswith("compared: ")
    assert len(lines) == 2


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[] if i % 8 == 1 else pytest.mark.slow) for i, k in enumerate(ALL)]
)
def test_ours_accuses_none_of_a_sample(kind):
    assert verdict(OURS, (*ALL[kind](np.random.default_rng(0)), None)) != "failed"
