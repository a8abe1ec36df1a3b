"""An approximate index against exact queries, ours and gensim's, and what smaller storage costs: time and recall.

    pip install gensim usearch
    python -m benchmarks.index VECTORS [--queries 200] [--rounds 5] [--sample 1000]

VECTORS are a file of word vectors, best of a real text (`word2vec train TEXT --min-count 2`). Words are asked one
by one, each round by each side in turn; BLAS has one thread, and seconds are those of the processor. Medians are
printed, and the medians of the rounds' ratios. Recall is the share of the exact ten nearest words that are found.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import require_file, require_gensim
from word2vec import WordVectors


def seconds(task: Callable[[], object]) -> float:
    """Return the processor's seconds of a task."""
    start = time.process_time()
    task()
    return time.process_time() - start


def kept(exact: Sequence[list[tuple[str, float]]], found: Sequence[list[tuple[str, float]]]) -> float:
    """Return the share of the words of exact answers that are found."""
    pairs = zip(exact, found, strict=True)
    return sum(len(dict(a).keys() & dict(b).keys()) for a, b in pairs) / sum(map(len, exact))


def report_index(vectors: WordVectors, queries: int, rounds: int, sample: int) -> None:
    """Print the time of queries, one by one, to the index and to the exact searches."""
    from gensim.models import KeyedVectors

    peer = KeyedVectors(vectors.matrix.shape[1])
    peer.add_vectors(vectors.words, vectors.matrix)
    made: list[object] = []
    build = seconds(lambda: made.append(vectors.index()))
    index = made[0]
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder) / "v.index")
        size = (Path(folder) / "v.index").stat().st_size / 1e6
        load = seconds(lambda: vectors.index(file=Path(folder) / "v.index"))
    print(f"index: built in {build:.1f} s, {size:.0f} MB, mapped in {load:.2f} s")
    print(f"recall@10 {index.recall(sample=sample):.4f} of {sample:,} words")
    words = [vectors.words[i] for i in np.random.default_rng(7).integers(0, len(vectors), queries)]
    sides = {"gensim, exact": peer.most_similar, "ours, exact": vectors.most_similar, "index": index.most_similar}
    for side in sides.values():
        for word in words[:40]:  # ours makes its table after 32 queries
            side(word)
    times = [
        {name: seconds(lambda s=side: list(map(s, words))) for name, side in sides.items()} for _ in range(rounds)
    ]
    for name in sides:
        ratio = median(each["gensim, exact"] / each[name] for each in times)
        print(f"{name:14} {median(each[name] for each in times) / queries * 1e3:7.3f} ms a query  {ratio:6.1f} x")


def report_storage(vectors: WordVectors, sample: int) -> None:
    """Print the size of each kind of storage, and the share of the ten nearest words that it keeps."""
    rows = np.random.default_rng(7).choice(len(vectors), min(sample, len(vectors)), replace=False)
    asked = {"all words": [vectors.words[i] for i in rows], "first 10,000": vectors.words[:10_000:10]}
    exact = {name: vectors.most_similar_many(words) for name, words in asked.items()}
    with tempfile.TemporaryDirectory() as folder:
        for dtype in ("float32", "float16", "int8"):
            path = Path(folder) / f"{dtype}.npz"
            WordVectors(vectors.words, vectors.matrix).save(path, dtype=dtype)
            read = WordVectors.load(path, mmap=True)
            shares = {name: kept(exact[name], read.most_similar_many(words)) for name, words in asked.items()}
            many = seconds(lambda read=read: read.most_similar_many(asked["all words"])) / len(rows)
            print(
                f"{dtype:8} {read.matrix.nbytes / 1e6:6.1f} MB  top 10 kept: "
                + ", ".join(f"{100 * share:.2f} % of {name}" for name, share in shares.items())
                + f"  {many * 1e3:.3f} ms a query of {len(rows):,}"
            )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors")
    for name, default in (("queries", 200), ("rounds", 5), ("sample", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    require_file(parser, options.vectors, "a file of word vectors")
    require_gensim(parser)
    with threadpool_limits(1):
        vectors = WordVectors.load(options.vectors)
        print(f"{len(vectors):,} words of {vectors.matrix.shape[1]} dimensions")
        report_index(vectors, options.queries, options.rounds, options.sample)
        report_storage(vectors, options.sample)


if __name__ == "__main__":
    main()
