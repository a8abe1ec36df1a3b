"""How long the check of one large gradient takes: ours, complete, against the rule of gradcheck_naive.

    python -m benchmarks.large_gradient [--rounds 11]

A pair of words with ten negatives, in two tables of the treebank's size (19,539 words, 10 entries: 390,780
parameters). Ours compares all coordinates of the touched rows and proves the others untouched. The course's rule has
to evaluate the loss twice for every parameter; that is measured on a sample of them and scaled up. Both are given the
same quick loss, and take turns. BLAS is held to one thread.
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from word2vec.batch import add_rows, negative_sampling_batch
from word2vec.gradcheck import check_gradient

WORDS, D, K = 19_539, 10, 10
SAMPLE = 500


class Pair:
    """The loss of one pair of words in both tables, stacked as the course stacks them, and its gradient."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.x = rng.uniform(-0.5, 0.5, (2 * WORDS, D))
        self.batch = np.array([5]), np.array([1]), rng.integers(0, WORDS, (1, 1 + K))

    def loss(self, x: Any) -> Any:
        """Compute the loss alone."""
        return negative_sampling_batch(x[:WORDS], x[WORDS:], *self.batch).loss()

    def __call__(self, x: Any) -> tuple[Any, Any]:
        """Compute the loss and the gradient, zero but for the touched rows."""
        rows = negative_sampling_batch(x[:WORDS], x[WORDS:], *self.batch)
        gradient = np.zeros(x.shape, x.dtype)
        add_rows(gradient, rows.centres, rows.grad_V)
        add_rows(gradient, rows.outside + WORDS, rows.grad_U)
        return rows.loss(), gradient


def ours(pair: Pair) -> float:
    """Time a complete check, in seconds."""
    begin = time.perf_counter()
    report = check_gradient(pair, pair.x, loss=pair.loss, names={"V": WORDS, "U": WORDS})
    seconds = time.perf_counter() - begin
    report.raise_if_failed()
    if report.checked != (2 + K) * D:
        raise AssertionError(f"{report.checked} coordinates were compared, expected {(2 + K) * D}")
    return seconds


def naive(pair: Pair) -> float:
    """Time central differences in some coordinates, scaled up to all of them, in seconds."""
    x = pair.x.copy().reshape(-1)
    begin = time.perf_counter()
    for i in range(SAMPLE):
        for h in (1e-4, -1e-4):
            before, x[i] = x[i], x[i] + h
            pair.loss(x.reshape(pair.x.shape))
            x[i] = before
    return (time.perf_counter() - begin) / SAMPLE * x.size


def main(arguments: list[str] | None = None) -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args(arguments).rounds
    pair = Pair(np.random.default_rng(0))
    with threadpool_limits(1, user_api="blas"):
        ours(pair)
        times = [(ours(pair), naive(pair)) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"check_gradient, complete: {1000 * mine:.0f} ms ({1000 * min(t for t, _ in times):.0f} ms at best)")
    print(
        f"two evaluations for each of {pair.x.size:,} parameters: {theirs:.0f} s, {theirs / mine:,.0f} times as long"
    )


if __name__ == "__main__":
    main()
