"""What one word pair costs: naive softmax against negative sampling as the vocabulary grows (docs/equations.md, E16).

    python -m benchmarks.cost [--largest 6] [--seconds 0.5] [--plot FILE]

For |V| = 10², 10³, … words, D = 10 and K = 10, the loss of one pair (centre, outside) and its gradients in three
ways: naive softmax; negative sampling with the textbook's dense gradient, a matrix (|V|, D) of zeros but for K + 1
rows; and negative sampling with just those rows, as `run.py` has it. Multiplications with entries of word vectors
are counted by handing the library arrays that count. Times are medians over pairs whose words are drawn afresh, so
that rows come from memory and not from the cache; BLAS is held to one thread.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from threadpoolctl import threadpool_limits

from word2vec.batch import negative_sampling_batch
from word2vec.losses import naive_softmax, negative_sampling

D, K = 10, 10


class Counting(np.ndarray):
    """An array that counts multiplications with its entries, and those of its views; results are plain arrays."""

    def __array_finalize__(self, parent: object) -> None:
        self.tally = getattr(parent, "tally", None) or [0]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **options: object) -> np.ndarray:
        plain = [np.asarray(each) for each in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.multiply:
            self.tally[0] += result.size
        elif ufunc is np.matmul:
            self.tally[0] += result.size * plain[0].shape[-1]
        return result

    def __array_function__(self, function: Callable, types: object, inputs: tuple, options: dict) -> object:
        result = super().__array_function__(function, types, inputs, options)
        if function is np.outer:  # turns its arguments into plain arrays before it multiplies
            self.tally[0] += result.size
        return result


Pair = Callable[[np.ndarray, np.ndarray, np.ndarray], object]


def softmax_pair(V: np.ndarray, U: np.ndarray, words: np.ndarray) -> object:
    """Compute naive softmax of words = [c, o, w_1, …, w_K]; the negatives play no part."""
    return naive_softmax(V[words[0]], words[1], U)


def dense_pair(V: np.ndarray, U: np.ndarray, words: np.ndarray) -> object:
    """Compute negative sampling with a gradient for all rows of U."""
    return negative_sampling(V[words[0]], words[1], U, words[2:])


def touched_pair(V: np.ndarray, U: np.ndarray, words: np.ndarray) -> object:
    """Compute negative sampling with gradients for the touched rows only: a batch of one pair."""
    found = negative_sampling_batch(V, U, words[:1], np.array([1]), words[None, 1:])
    return found.loss(), found.grad_V, found.grad_U


PAIRS: dict[str, Pair] = {
    "naive softmax": softmax_pair,
    "negative sampling, dense gradient": dense_pair,
    "negative sampling, touched rows": touched_pair,
}


class Cost(NamedTuple):
    """What each way of PAIRS costs in a vocabulary of that many words: multiplications, and seconds."""

    words: int
    multiplications: list[int]
    seconds: list[float]


def multiplications(pair: Pair, words: int, D: int = D, K: int = K) -> int:
    """Count the multiplications with entries of word vectors in one pair's loss and gradients."""
    rng = np.random.default_rng(words)
    vectors = rng.random((2, words, D)).view(Counting)
    pair(vectors[0], vectors[1], rng.integers(0, words, 2 + K))
    return int(vectors.tally[0])


def timed(pair: Pair, words: int, seconds: float, least: int = 5) -> float:
    """Time pair after pair for so many seconds, and at least `least` of them: the median, in seconds."""
    rng = np.random.default_rng(words)
    V, U = rng.random((words, D)), rng.random((words, D))
    pair(V, U, rng.integers(0, words, 2 + K))  # the first call warms up
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        drawn = rng.integers(0, words, 2 + K)
        begin = time.perf_counter()
        pair(V, U, drawn)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def measure(largest: int, seconds: float) -> Iterator[Cost]:
    """Measure all ways of PAIRS with 10², 10³, …, 10^largest words."""
    for words in (10**exponent for exponent in range(2, largest + 1)):
        counts = [multiplications(pair, words) for pair in PAIRS.values()]
        yield Cost(words, counts, [timed(pair, words, seconds) for pair in PAIRS.values()])


HEAD = (
    f"{'':9}  {'multiplications':^31}  {'time for one pair, µs':^40}\n"
    f"{'words':>9}  {'softmax':>11} {'sampling':>9} {'ratio':>9}"
    f"  {'softmax':>9} {'dense':>10} {'touched':>9} {'ratio':>9}"
)


def row(cost: Cost) -> str:
    """Write a row of the table; the ratios are naive softmax to touched rows."""
    (softmax, _, sampling), (slow, dense, fast) = cost.multiplications, [1e6 * second for second in cost.seconds]
    counts = f"{softmax:11,} {sampling:9,} {softmax / sampling:9,.1f}"
    return f"{cost.words:9,}  {counts}  {slow:9,.0f} {dense:10,.0f} {fast:9,.0f} {slow / fast:9,.1f}"


STYLES = {
    "naive softmax": ("#D55E00", "o"),
    "negative sampling, dense gradient": ("#7A4FA3", "s"),
    "negative sampling, touched rows": ("#0072B2", "D"),
}


def draw(costs: list[Cost], path: Path) -> None:
    """Draw times on logarithmic axes, with what was counted as broken lines behind them, and write the picture."""
    figure = Figure(figsize=(7.4, 5), dpi=150, layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log")
    words = [cost.words for cost in costs]
    for i, name in enumerate(PAIRS):
        colour, marker = STYLES[name]
        axes.plot(words, [cost.seconds[i] for cost in costs], color=colour, marker=marker, lw=1.8, ms=7, label=name)
    for i in (0, 2):  # both ways of negative sampling multiply alike
        label = "multiplications counted, at 1 ns each" if i == 0 else None
        counted = [1e-9 * cost.multiplications[i] for cost in costs]
        axes.plot(words, counted, color=STYLES[[*PAIRS][i]][0], ls=(0, (2, 3)), lw=1.2, zorder=1, label=label)
    axes.set_xlabel("words in the vocabulary, |V|", fontsize=12)
    axes.set_ylabel("time for the loss of one pair and its gradients", fontsize=12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: duration(seconds)))
    axes.tick_params(labelsize=11)
    axes.minorticks_off()
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", fontsize=11)
    figure.savefig(path, metadata={"Software": None})


def duration(seconds: float) -> str:
    """Write a time with its unit: 10 µs, 1 ms."""
    units = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)]
    unit, scale = next((each for each in units if seconds >= 0.999 * each[1]), units[-1])
    return f"{seconds / scale:g} {unit}"


def main() -> None:
    """Measure, print a row for each size, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--largest", type=int, default=6, help="up to 10^LARGEST words (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each median (default: %(default)s)")
    parser.add_argument("--plot", type=Path, help="write the picture there, such as docs/cost.png")
    options = parser.parse_args()
    print(HEAD)
    costs = []
    with threadpool_limits(1):
        for cost in measure(options.largest, options.seconds):
            costs.append(cost)
            print(row(cost), flush=True)
    if options.plot:
        draw(costs, options.plot)


if __name__ == "__main__":
    main()
