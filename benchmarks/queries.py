"""Queries of word vectors: ours against gensim's KeyedVectors, time and peak memory, and the same answers.

    pip install gensim                                   (4.4 was measured; nothing else needs it)
    python -m benchmarks.queries [--words 400000] [--dim 300] [--queries 1000] [--rounds 3] [--vectors FILE]

The vectors are random normal numbers in single precision, or those of a file, mapped from one file, so that
neither side pays for reading them twice. Each side runs in a process of its own, in turn; medians are printed, and
the medians of the rounds' ratios. BLAS has the threads that it takes by itself, for both. Answers are the same if
the words are, in the same order, but for words whose scores differ by less than 1e-6, which gensim's single
precision cannot tell apart. Peak memory counts the private memory of the process, not the file's pages; gensim is
given the same mapped matrix.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import require_file, require_gensim, run_apart
from word2vec.vectors import formats

Answers = list[list[tuple[str, float]]]
SIDES = ("gensim", "ours")
RANKS = 3  # by so much gensim's ranks may differ: among 400,000 words some distances differ by less than its rounding


def names(number: int) -> list[str]:
    """Return the words."""
    return [f"w{i}" for i in range(number)]


def asked(words: int, queries: int) -> list[tuple[list[str], list[str]]]:
    """Draw analogies: two positive words and a negative one each."""
    drawn = np.random.default_rng(7).integers(0, words, (queries, 3))
    return [([f"w{a}", f"w{b}"], [f"w{c}"]) for a, b, c in drawn.tolist()]


def one_by_one(vectors: Any, pairs: list[list[str]]) -> dict[str, Callable[[], Answers]]:
    """Prepare the tasks that ours and gensim's vectors are given by the same names."""
    few, fewer = pairs[: len(pairs) // 10], pairs[: len(pairs) // 100]
    return {
        "one by one, a tenth": lambda: [vectors.most_similar(word) for word, _ in few],
        "one by one, all": lambda: [vectors.most_similar(word) for word, _ in pairs],
        "rank, a hundredth": lambda: [[("", float(vectors.rank(word, other)))] for word, other in fewer],
    }


def ours(path: str, number: int) -> dict[str, Callable[[], Answers]]:
    """Prepare the tasks for this library."""
    from word2vec import WordVectors

    matrix = np.load(path, mmap_mode="r")
    vectors, analogies = WordVectors(names(len(matrix)), matrix), asked(len(matrix), number)
    return {
        "first question": lambda: [vectors.most_similar("w0")],
        "top 10 of all words": lambda: vectors.most_similar_many([positive[0] for positive, _ in analogies]),
        "3CosAdd, a fifth": lambda: vectors.most_similar_many(analogies[: number // 5]),
        "3CosMul, a tenth": lambda: vectors.most_similar_many(analogies[: number // 10], method="mul"),
        **one_by_one(vectors, [positive for positive, _ in analogies]),
    }


def gensim(path: str, number: int) -> dict[str, Callable[[], Answers]]:
    """Prepare the tasks for gensim."""
    from gensim.models import KeyedVectors

    matrix = np.load(path, mmap_mode="r")
    vectors, analogies = KeyedVectors(matrix.shape[1]), asked(len(matrix), number)
    vectors.index_to_key, vectors.vectors = names(len(matrix)), matrix
    vectors.key_to_index = {word: i for i, word in enumerate(vectors.index_to_key)}
    return {
        "first question": lambda: [vectors.most_similar("w0")],
        "top 10 of all words": lambda: [vectors.most_similar(positive[0]) for positive, _ in analogies],
        "3CosAdd, a fifth": lambda: [vectors.most_similar(*query) for query in analogies[: number // 5]],
        "3CosMul, a tenth": lambda: [vectors.most_similar_cosmul(*query) for query in analogies[: number // 10]],
        **one_by_one(vectors, [positive for positive, _ in analogies]),
    }


def one(side: str, path: str, queries: int) -> None:
    """Run all tasks and print seconds, memory and answers as JSON."""
    tasks = (ours if side == "ours" else gensim)(path, queries)
    begin, found = private_memory(), {}
    for name, task in tasks.items():
        start = time.perf_counter()
        answers = task()
        found[name] = {"seconds": time.perf_counter() - start, "answers": answers}
    print(json.dumps({"tasks": found, "memory": private_memory() - begin}))


def private_memory() -> float:
    """Return the peak of the private memory of the process in MB; mapped files do not count."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    resident, file = (int(lines[name].split()[0]) for name in ("VmHWM", "RssFile"))
    return (resident - file) / 1024


def run(side: str, path: Path, queries: int) -> dict[str, Any]:
    """Run the tasks in a process of its own."""
    return run_apart("-m", "benchmarks.queries", "--one", side, str(path), str(queries))


def same(some: Answers, others: Answers) -> bool:
    """Return whether answers are the same but for what single precision cannot tell apart."""
    pairs = [(a, b) for one, other in zip(some, others, strict=True) for a, b in zip(one, other, strict=True)]
    close = all(abs(x - y) <= (1e-6 * max(1, abs(y)) if word else RANKS) for (word, x), (_, y) in pairs)
    swapped = [i for i, ((word, _), (other, _)) in enumerate(pairs) if word != other]
    near = all(
        min(abs(pairs[i][0][1] - pairs[j][0][1]) for j in (i - 1, i + 1) if j < len(pairs)) < 1e-6 for i in swapped
    )
    return close and near


def report(rounds: list[dict[str, dict[str, Any]]]) -> None:
    """Print the table."""
    print(f"{'':20} {'gensim':>9} {'ours':>9}   {'ratio':>6}  same answers")
    for name in rounds[0]["ours"]["tasks"]:
        tasks = [{side: each[side]["tasks"][name] for side in SIDES} for each in rounds]
        seconds = {side: median(task[side]["seconds"] for task in tasks) for side in SIDES}
        ratio = median(task["gensim"]["seconds"] / task["ours"]["seconds"] for task in tasks)
        equal = all(same(task["ours"]["answers"], task["gensim"]["answers"]) for task in tasks)
        bits = all(task["ours"]["answers"] == tasks[0]["ours"]["answers"] for task in tasks)
        print(
            f"{name:20} {seconds['gensim']:8.3f}s {seconds['ours']:8.3f}s   {ratio:5.1f}x  {'yes' if equal else 'NO'}"
            f"{', ours the same bits each time' if bits else ', OURS DIFFER'}"
        )
    memory = {side: median(each[side]["memory"] for each in rounds) for side in SIDES}
    print(f"{'more memory, peak':20} {memory['gensim']:7.0f}MB {memory['ours']:7.0f}MB")


def main() -> None:
    """Print time, memory and equality."""
    if sys.argv[1:2] == ["--one"]:
        return one(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("words", 400_000), ("dim", 300), ("queries", 1000), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--vectors", help="a file of word vectors, instead of random ones")
    options = parser.parse_args()
    if options.vectors is not None:
        require_file(parser, options.vectors, "a file of word vectors")
    require_gensim(parser)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.npy"
        if options.vectors is None:
            np.save(path, np.random.default_rng(1).standard_normal((options.words, options.dim), np.float32))
        else:
            np.save(path, formats.read(options.vectors).matrix)
        words, dim = np.load(path, mmap_mode="r").shape
        print(f"{options.queries:,} questions to {words:,} words of {dim} dimensions")
        report([{side: run(side, path, options.queries) for side in SIDES} for _ in range(options.rounds)])
    return None


if __name__ == "__main__":
    main()
