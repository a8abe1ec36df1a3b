"""Training on a local cluster: what it costs beside `train`, what travels, and whether the forecast is right.

    python -m benchmarks.cluster [--words 8e6] [--vocabulary 2e4] [--dim 100] [--sync 1048576] [--runs 3]
    python -m benchmarks.cluster --plan [--words 2e6] [--sync 131072] [--shards 1 2 4]
    python -m benchmarks.cluster --quality TEXT [--shards 1 4 8] [--seeds 3] [--epochs 5] [--sync M]

The text is drawn by the law of Zipf and Mandelbrot. Trainings take place in turn, one epoch each; medians count.
Rounds are as long as those that `train` chooses for texts for which a cluster is worth while (a billion words, and
more). Time is that of the training between its first and last report: reading, counting and starting processes are
left out. With --plan, `word2vec.training.cost.plan` forecasts each run from constants measured here, those of Dask
included; on fewer cores than workers + 1 processes share them, which the forecast is told. With --quality, a text
file is trained on in one process, in so many shards, and WordSim-353, SimLex-999 and analogies (of gensim) are
printed beside those of plain averaging, as Spark's Word2Vec merges its partitions, at the same rounds.
"""

import argparse
import os
import statistics
import time
from contextlib import contextmanager

import numpy as np

from benchmarks.scores import answers, score
from word2vec import train
from word2vec.runtime.engine import OURS, Serial
from word2vec.text import encode
from word2vec.training import cluster
from word2vec.training.cost import Machine, _counts, measure_machine, plan, quantity
from word2vec.training.rounds import MOST_SYNC, Change, Layout, Rows
from word2vec.training.settings import ClusterOptions, Settings

WORKERS = 2


def text(words: int, vocabulary: int, seed: int = 1) -> list[np.ndarray]:
    """Return a text of items in sentences of 32."""
    counts = _counts(words, vocabulary)
    ids = np.random.default_rng(seed).choice(vocabulary, words // 32 * 32, p=counts / counts.sum())
    return [*ids.reshape(-1, 32)]


@contextmanager
def local(workers: int):
    """Open a local cluster of processes."""
    from distributed import Client, LocalCluster

    where = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**where) as there, Client(there, **OURS) as client:
        client.wait_for_workers(workers)
        yield client


def trained(source: list[np.ndarray], spread: ClusterOptions | None, dim: int) -> tuple[float, float]:
    """Train an epoch; return its seconds, by those from first to last report, and MB summed up."""
    from word2vec.training import trainer

    times, sent = [], [0]
    original = trainer.cluster_loop if spread else trainer.training_loop

    def timed(task, state, *worker):
        times.append(time.perf_counter())
        for each in original(task, state, *worker):
            times.append(time.perf_counter())
            sent[0] = each.sent
            yield each

    name = "cluster_loop" if spread else "training_loop"
    setattr(trainer, name, timed)
    try:
        train(source, cluster=spread, dim=dim, epochs=1, min_count=1, quiet=True)
    finally:
        setattr(trainer, name, original)
    chunks = len(times) - 1  # the first may hold the making of replicas
    whole = times[-1] - times[0] if chunks < 2 else (times[-1] - times[1]) * chunks / (chunks - 1)
    return whole, sent[0] / 1e6


def measure_dask(client: object) -> dict[str, float]:
    """Measure the seconds of a task in a chain over workers, and the bytes a second between two of them."""
    workers, last = sorted(client.scheduler_info()["workers"]), None
    begun = time.perf_counter()
    for i in range(200):
        last = client.submit(_second, last, i, key=("chain", i), workers=[workers[i % len(workers)]])
    last.result()
    task, moved = (time.perf_counter() - begun) / 200, []
    for i in range(7):
        there = client.submit(np.ones, 4_000_000, np.float32, key=("bytes", i), workers=[workers[0]])
        client.submit(_second, there, 0, key=("made", i), workers=[workers[0]]).result()
        begun = time.perf_counter()
        client.submit(_second, there, 0, key=("moved", i), workers=[workers[-1]]).result()
        moved.append(time.perf_counter() - begun)
    return {"task": task, "transport": 1.6e7 / statistics.median(moved)}


def _second(_: object, second: int) -> int:
    return second


def forecast(options: argparse.Namespace) -> None:
    """Print predicted and measured seconds of a training."""
    words, vocabulary = quantity("words", options.words), quantity("vocabulary", options.vocabulary)
    source, cores = text(words, vocabulary), len(os.sched_getaffinity(0))
    settings = Settings(dim=options.dim).for_text(words)
    print("| shards, workers | predicted s | measured s | ratio | MB summed up |\n|---|---|---|---|---|")
    for shards in options.shards:
        workers, times, predicted = min(WORKERS, shards), [], []
        with local(workers) as client:
            for _ in range(options.runs):
                here = measure_machine(settings, _counts(words, vocabulary), time.perf_counter)
                machine = Machine(here.steps, here.rows, here.sums, here.moves, **measure_dask(client))
                given = {"dim": options.dim, "epochs": 1, "sync": options.sync, "network": "100GB", "cores": cores}
                cost = plan(words, vocabulary, workers=workers, shards=shards, machine=machine, **given)
                predicted.append(cost.seconds)
                times.append(trained(source, ClusterOptions(client, shards=shards, sync=options.sync), options.dim))
        a, (b, sent) = np.median(predicted), np.median(times, axis=0)
        print(f"| {shards}, {workers} | {a:.2f} | {b:.2f} | {a / b:.2f} | {sent:,.0f} |", flush=True)


def overhead(options: argparse.Namespace) -> None:
    """Print words a second of `train` and of a cluster with one and two shards, and the bytes a word."""
    words = quantity("words", options.words)
    source = text(words, quantity("vocabulary", options.vocabulary))
    found: dict[str, list[tuple[float, float]]] = {}
    with local(1) as one, local(WORKERS) as two:
        for _ in range(options.runs):
            for name, where in (("train", None), ("1 shard", (one, 1)), ("2 shards", (two, 2))):
                spread = where and ClusterOptions(where[0], shards=where[1], sync=options.sync)
                found.setdefault(name, []).append(trained(source, spread, options.dim))
    print("| training | words/s | of train | bytes a word |\n|---|---|---|---|")
    base = float(np.median(found["train"], axis=0)[0])
    for name, each in found.items():
        seconds, sent = np.median(each, axis=0)
        print(f"| {name} | {words / seconds:,.0f} | {base / seconds:.2f} | {1e6 * sent / words:,.0f} |")
    print(f"rounds of two shards: {Layout(words, 2, options.sync).in_epoch}")


def average(change: Change) -> Change:
    """Return a round's change by plain averaging: the mean over all shards, and no motion."""
    for name, (rows, moved, curvature, settled, _) in change.tables.items():
        none = settled[:0]
        change.tables[name] = Rows(rows, moved / np.float32(average.shards), np.ones_like(curvature), none, none)
    return change


def quality(options: argparse.Namespace) -> None:
    """Print the scores of one machine, and of shards, by the damped sum and by plain averaging."""
    corpus = encode(options.quality)
    ways = [(shards, False) for shards in options.shards] + [(max(options.shards), True)]
    found: dict[tuple[int, bool], list[dict[str, float]]] = {way: [] for way in ways}
    original = cluster.settle
    for seed in range(1, options.seeds + 1):
        for shards, plain in ways:
            average.shards, cluster.settle = shards, average if plain else original
            spread = ClusterOptions(Serial(), shards=shards, sync=options.sync)
            given = {"dim": options.dim, "epochs": options.epochs, "seed": seed, "quiet": True}
            vectors = train(corpus, cluster=spread, **given)
            scores = {name: score(name, *each) for name, each in answers(vectors.words, vectors.matrix).items()}
            found[shards, plain].append(scores)
            print(f"seed {seed}, {shards} shards{', averaged' * plain}: {scores}", flush=True)
    names = list(found[ways[0]][0])
    print(f"| shards | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for (shards, plain), each in found.items():
        means = " | ".join(f"{np.mean([scores[name] for scores in each]):.3f}" for name in names)
        print(f"| {shards}{', plain averages' * plain} | {means} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", action="store_true", help="compare the forecast with runs")
    parser.add_argument("--quality", metavar="TEXT", help="compare the quality of shards with one machine's")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--words", help="default: 8e6; with --plan 2e6")
    parser.add_argument("--vocabulary", default="2e4")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--sync", type=int, help="default: 1048576, or 131072 with --plan, or train's own")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if not options.quality:
        options.words = options.words or ("2e6" if options.plan else "8e6")
        options.sync = options.sync or (1 << 17 if options.plan else MOST_SYNC)
    (quality if options.quality else forecast if options.plan else overhead)(options)


if __name__ == "__main__":
    main()
