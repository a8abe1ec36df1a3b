"""benchmarks/cost.py: the counts are those of the library's own arithmetic, their slopes what the page claims."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cost
from benchmarks.cost import PAIRS, Cost, Counting, dense_pair, multiplications, softmax_pair, touched_pair
from word2vec.losses import negative_sampling

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "equations.md").read_text(encoding="utf-8")
SIZES = 10 ** np.arange(2, 6)


def counted(*arrays):
    """Views of one counting array in the shape of each, and its tally."""
    whole = np.zeros(sum(array.size for array in arrays)).view(Counting)
    parts = np.split(whole, np.cumsum([array.size for array in arrays])[:-1])
    return [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)], whole.tally


def by_loops(product, *arrays):
    """Count the multiplications of a product by einsum's rule: one per tuple of indices."""
    inputs, _ = product.split("->")
    sizes = {}
    for letters, array in zip(inputs.split(","), arrays, strict=True):
        sizes.update(zip(letters, array.shape, strict=True))
    return int(np.prod([*sizes.values()]))


@pytest.mark.parametrize(
    ("product", "function"),
    [
        ("ij,j->i", lambda a, b: a @ b),
        ("ji,j->i", lambda a, b: a.T @ b),
        ("ij,jk->ik", lambda a, b: a @ b),
        ("i,j->ij", np.outer),
        ("i,j->ij", lambda a, b: a[:, None] * b[None, :]),
        ("pkd,pd->pk", lambda a, b: a @ b[:, :, None]),
        ("i,i->", lambda a, b: a @ b),
    ],
)
def test_a_counting_array_counts_each_multiplication_once(product, function):
    length = {"i": 3, "j": 4, "k": 5, "p": 2, "d": 7}
    shapes = [tuple(length[letter] for letter in letters) for letters in product.split("->")[0].split(",")]
    arrays = [np.zeros(shape) for shape in shapes]
    (a, b), tally = counted(*arrays)
    assert type(function(a, b)) in (np.ndarray, np.float64)  # what follows is not counted
    assert tally[0] == by_loops(product, *arrays)


def test_additions_and_selections_are_not_counted():
    (a, b), tally = counted(np.zeros((4, 3)), np.zeros((4, 3)))
    (a + b, np.exp(a), a[[0, 2]], a.take([1], axis=0), a.T, a.sum(), np.negative(a))
    assert tally == [0]


def test_a_counting_array_computes_what_a_plain_one_does():
    v_c, U = np.random.default_rng(3).normal(size=(2, 5, 5))
    truth = negative_sampling(v_c[0], 2, U, [1, 1, 4])
    found = negative_sampling(v_c[0].view(Counting), 2, U.view(Counting), [1, 1, 4])
    for part, wanted in zip(found, truth, strict=True):
        np.testing.assert_array_equal(part, wanted)


def slope(counts):
    """The slope of a line through counts over SIZES on logarithmic axes, and how far they are from it."""
    (slope, _), residuals, *_ = np.polyfit(np.log(SIZES), np.log(counts), 1, full=True)
    return slope, np.sqrt(residuals.sum())


@pytest.mark.parametrize(("pair", "expected"), [(softmax_pair, 1), (dense_pair, 0), (touched_pair, 0)])
def test_multiplications_against_the_size_of_the_vocabulary_have_slope_1_or_0(pair, expected):
    found, off = slope([multiplications(pair, words) for words in SIZES.tolist()])
    assert found == pytest.approx(expected, abs=1e-12)
    assert off < 1e-12


@pytest.mark.parametrize(("pair", "expected"), [(softmax_pair, 1), (dense_pair, 1), (touched_pair, 0)])
def test_the_entries_of_the_gradients_have_slope_1_unless_only_touched_rows_are_given(pair, expected):
    def entries(words):
        vectors = np.ones((words, 2))
        given = pair(vectors, vectors, np.arange(5))
        return given[2].size

    assert slope([entries(words) for words in SIZES.tolist()])[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("pair", [dense_pair, touched_pair])
def test_multiplications_of_negative_sampling_grow_with_k_and_d(pair):
    once = multiplications(pair, 100, D=1, K=0)
    assert [multiplications(pair, 100, D, K) for D, K in ((4, 0), (1, 6), (4, 6))] == [4 * once, 7 * once, 28 * once]


# the command


@pytest.fixture
def small_run(monkeypatch, capsys, tmp_path):
    picture = tmp_path / "cost.png"
    monkeypatch.setattr(sys, "argv", ["cost", "--largest", "3", "--seconds", "0", "--plot", str(picture)])
    cost.main()
    return capsys.readouterr().out, picture


def test_the_command_prints_a_row_for_each_size_and_draws(small_run):
    out, picture = small_run
    rows = [line.split() for line in out.splitlines()[2:]]
    assert [row[:4] for row in rows] == [["100", "3,000", "330", "9.1"], ["1,000", "30,000", "330", "90.9"]]
    assert all(float(value) > 0 for row in rows for value in row[4:8:3])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_rows_ratios_are_those_of_softmax_to_touched_rows():
    found = cost.row(Cost(100, [3000, 330, 300], [5e-6, 4e-6, 2e-6])).split()
    assert found == ["100", "3,000", "300", "10.0", "5", "4", "2", "2.5"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.0, "1 s"), (0.1, "100 ms"), (1e-3, "1 ms"), (1e-5, "10 µs"), (1e-7, "100 ns")]
)
def test_times_have_units(seconds, text):
    assert cost.duration(seconds) == text


def test_the_pages_table_shows_the_counts_of_this_library():
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", PAGE, re.MULTILINE)
    sizes = [int(row[0].replace(",", "")) for row in rows]
    assert sizes == [10**i for i in range(2, 7)]
    for words, row in zip(sizes[:4], rows, strict=False):  # a million words take their time
        assert [multiplications(pair, words) for pair in (PAIRS["naive softmax"], touched_pair)] == [
            int(count.replace(",", "")) for count in row[1:]
        ]
