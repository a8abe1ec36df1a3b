"""Time per iteration of the course's run: a plain dense reference, the course's functions, run.py.

    python -m benchmarks.course_run [--data DIR] [--rounds 5]

The reference is written as the hand-out describes it: a dense gradient for every word pair. All three start
from the same seeds, take turns, and are checked against each other before any ratio is printed. BLAS is held
to one thread.
"""

import argparse
import contextlib
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import require_treebank
from utils.treebank import StanfordSentiment
from word2vec import negSamplingLossAndGradient, sgd, skipgram, word2vec_sgd_wrapper
from word2vec.course.run import CourseRun, Settings

ROOT = Path(__file__).resolve().parents[1]


def reference_pair(v_c, o, U, dataset, K=10):
    """Compute loss and dense gradients of one pair, negative by negative."""
    negatives = []
    while len(negatives) < K:
        w = dataset.sampleTokenIdx()
        if w != o:
            negatives.append(w)
    grad_v, grad_U = np.zeros(v_c.shape), np.zeros(U.shape)
    loss = 0.0
    for w, sign in [(o, 1), *((w, -1) for w in negatives)]:
        p = 1 / (1 + np.exp(-sign * U[w] @ v_c))
        loss -= np.log(p)
        grad_v += sign * (p - 1) * U[w]
        grad_U[w] += sign * (p - 1) * v_c
    return loss, grad_v, grad_U


def reference_window(c, outside, tokens, V, U, dataset):
    """Compute loss and dense gradients of one window."""
    loss, grad_V, grad_U = 0.0, np.zeros(V.shape), np.zeros(U.shape)
    for word in outside:
        J, grad_v, grad = reference_pair(V[tokens[c]], tokens[word], U, dataset)
        loss, grad_U = loss + J, grad_U + grad
        grad_V[tokens[c]] += grad_v
    return loss, grad_V, grad_U


def reference_batch(x, tokens, dataset, C):
    """Compute mean loss and dense gradient of 50 windows."""
    half, loss, gradient = len(x) // 2, 0.0, np.zeros(x.shape)
    for _ in range(50):
        c, outside = dataset.getRandomContext(random.randint(1, C))
        J, grad_V, grad_U = reference_window(c, outside, tokens, x[:half], x[half:], dataset)
        loss += J / 50
        gradient[:half] += grad_V / 50
        gradient[half:] += grad_U / 50
    return loss, gradient


def fresh(data: str | None) -> tuple[StanfordSentiment, np.ndarray]:
    """Load the treebank, seed, and make the first vectors, as the course does."""
    dataset = StanfordSentiment(data)
    return dataset, CourseRun(dataset).start().x


def timed(data: str | None, iterations: int, batch: Callable) -> tuple[float, np.ndarray]:
    """Run `sgd` over a batch function; seconds per iteration, the first one (which draws the copies) left out."""
    dataset, x = fresh(data)
    tokens, times = dataset.tokens(), []

    def f(x):
        times.append(time.perf_counter())
        return batch(x, tokens, dataset)

    with contextlib.redirect_stdout(io.StringIO()):
        x = sgd(f, x, 0.3, iterations)
    times.append(time.perf_counter())
    return (times[-1] - times[1]) / (iterations - 1), x


def dense(x, tokens, dataset):
    """Compute a batch by the reference."""
    return reference_batch(x, tokens, dataset, 5)


def course(x, tokens, dataset):
    """Compute a batch by the course's functions of this library."""
    return word2vec_sgd_wrapper(skipgram, tokens, x, dataset, 5, negSamplingLossAndGradient)


def whole_command(data: str | None, iterations: int) -> float:
    """Run `python run.py` as a stranger would; seconds for the whole command."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(ROOT / "run.py"), "--out", out, "--iterations", str(iterations), "--quiet"]
        begin = time.perf_counter()
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run(command + (["--data", data] if data else []), check=True, env=environment)
        return time.perf_counter() - begin


def agreement(data: str | None, iterations: int) -> float:
    """Compare final vectors of all three ways: the largest difference."""
    dataset, _ = fresh(data)
    run = CourseRun(dataset, Settings())
    state = run.start()
    for i in range(iterations):
        run.update(state.x, 0.3, i == 0)
    others = [timed(data, iterations, batch)[1] for batch in (dense, course)]
    return max(float(abs(other - state.x).max()) for other in others)


def main() -> None:
    """Take turns, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help="folder of the treebank (default: where get_datasets.sh puts it)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    require_treebank(parser, options.data)
    with threadpool_limits(1):
        print(f"largest difference after 20 iterations: {agreement(options.data, 20):.1e}")
        rounds = []
        for _ in range(options.rounds):
            slow = timed(options.data, 20, dense)[0]
            fast = timed(options.data, 3000, course)[0]
            rounds.append((slow, fast, whole_command(options.data, 40000) / 40000))
    a, b, c = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"(a) dense reference    {a * 1000:8.3f} ms an iteration, {a * 40000 / 60:6.1f} min for 40,000")
    print(f"(b) course functions   {b * 1000:8.3f} ms an iteration, {a / b:6.0f} times as fast")
    print(f"(c) run.py, all of it  {c * 1000:8.3f} ms an iteration, {a / c:6.0f} × as fast, {c * 40000:.1f} s")


if __name__ == "__main__":
    main()
