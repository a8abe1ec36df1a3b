"""Models of fastText: opened and asked by us, by gensim and by fastText itself where they are installed.

    python -m benchmarks.fasttext_files [--words 100000] [--buckets 1000000] [--dim 100] [--unknown 1000] [--rounds 3]

The model is made of random numbers (some 500 MB by default) in a temporary folder. Each side runs in a process of its
own, in turn, after one that reads the file once, so that all find it in the system's cache; medians of seconds of
the processor are printed, which other programs change less than those of the clock.
"One word" counts opening. Memory is the growth of the peak of private memory up to the answers, and that of
resident memory, which counts the pages of the file that were read. Vectors of all sides must be equal (gensim's to
1e-6: it adds them up in another order).
"""

import argparse
import importlib.util
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import run_apart
from benchmarks.queries import private_memory
from word2vec._types import Array
from word2vec.vectors.formats.fasttext import Arguments, Dictionary, write_parts

SIDES = ("ours", "ours, all in memory", "gensim", "fasttext")
LETTERS = list("abcdefghijklmnopqrstuvwxyz")


def words(number: int, seed: int) -> list[str]:
    """Draw words of 3 to 11 letters, each once."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < number:
        found["".join(rng.choice(LETTERS, rng.integers(3, 12)))] = None
    return list(found)


def make(path: Path, known: list[str], buckets: int, dim: int) -> None:
    """Write a model of random numbers."""

    def random(rows: int, seed: int) -> Iterator[Array]:
        rng = np.random.default_rng(seed)
        for begin in range(0, rows, 10_000):
            yield rng.standard_normal((min(10_000, rows - begin), dim), np.float32)

    counts = range(len(known), 0, -1)
    dictionary, n = Dictionary.of((word.encode() for word in known), counts), len(known)
    matrices = [(rows, random(rows, seed)) for seed, rows in enumerate((n + buckets, n))]
    with open(path, "wb") as file:
        args = Arguments(dim, bucket=buckets, minn=3, maxn=6)
        write_parts(file, args, dictionary, (n, sum(counts)), None, matrices)


def one(side: str, path: str, number: int) -> None:
    """Open the model, ask it, and print seconds, memory and the vectors' bits as JSON."""
    unknown = words(number, 2)
    if side == "gensim":
        from gensim.models.fasttext import load_facebook_vectors as load
    elif side == "fasttext":
        from fasttext import load_model as load
    else:
        import scipy.sparse  # noqa: F401  # as gensim does

        from word2vec import WordVectors, load_fasttext

        load = load_fasttext if side == "ours" else WordVectors.load
    private, resident = private_memory(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    model = load(path)
    opened = time.process_time()
    ask = model.get_word_vector if side == "fasttext" else model.__getitem__
    ask(unknown[0])
    first = time.process_time()
    memory = private_memory() - private
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - resident
    begin = time.process_time()
    found = np.array([ask(word) for word in unknown]) if side == "fasttext" else np.asarray(model[unknown])
    end = time.process_time()
    for word in unknown:
        ask(word)
    singly = time.process_time() - end
    times = {"open": opened - start, "one word": first - start, "unknown": end - begin, "one by one": singly}
    np.save(f"{path}.{side}.npy", found)
    print(json.dumps({**times, "private MB": memory, "resident MB": peak}))


def run(side: str, path: Path, number: int) -> dict[str, Any]:
    """Run a side in a process of its own."""
    return run_apart("-m", "benchmarks.fasttext_files", "--one", side, str(path), str(number))


def main() -> None:
    """Print a table: a line for each side, times as ratios to ours, too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    for name, default in (("words", 100_000), ("buckets", 1_000_000), ("dim", 100), ("unknown", 1000), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if options.one:
        one(options.one[0], options.one[1], int(options.one[2]))
        return
    sides = [side for side in SIDES if side.startswith("ours") or importlib.util.find_spec(side)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.bin")
        make(path, words(options.words, 1), options.buckets, options.dim)
        print(f"a model of {path.stat().st_size / 1e6:,.0f} MB; {options.unknown:,} unknown words")
        run("ours, all in memory", path, options.unknown)
        rounds = [{side: run(side, path, options.unknown) for side in sides} for _ in range(options.rounds)]
        vectors = {side: np.load(f"{path}.{side}.npy") for side in sides}
    for side in sides:
        values = {name: median(each[side][name] for each in rounds) for name in rounds[0][side]}
        ratios = {name: median(each[side][name] / each["ours"][name] for each in rounds) for name in values}
        shown = [f"{name} {values[name]:,.4g} s ({ratios[name]:,.1f} ×)" for name in values if "MB" not in name]
        shown += [f"{name} {values[name]:,.0f}" for name in values if "MB" in name]
        print(f"{side:>20}: {', '.join(shown)}")
        difference = np.abs(vectors[side] - vectors["ours"]).max()
        assert difference <= (1e-6 if side == "gensim" else 0), (side, difference)


if __name__ == "__main__":
    main()
