"""Reading and writing vector files: ours and gensim's, in turn, and whether both have the same numbers.

    python -m benchmarks.loading [--words 100000] [--dim 300] [--rounds 3] [--only text text.gz …] [--peer PYTHON]

Random vectors are written once by each; what gensim wrote is read by both. Every measurement runs in a fresh
process; medians of time and of the peak memory that a task adds to what Python and its imports take, and the
median of the rounds' ratios. Reading ends with a digest of words and numbers: it must be the same for both.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import require_gensim, run_apart

FILES = {"text": "v.txt", "text.gz": "v.txt.gz", "glove": "v.glove.txt", "binary": "v.bin", "binary.gz": "v.bin.gz"}
MEASURE = """
import hashlib, json, sys, time
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
name, path, source = sys.argv[1:]
binary, glove = "binary" in name, name == "glove"
"""
READ = """
before = peak()
start = time.perf_counter()
words, matrix = read()
seconds = time.perf_counter() - start
added = peak() - before
digest = hashlib.sha256("\\n".join(words).encode() + matrix.tobytes()).hexdigest()
print(json.dumps([seconds, added, digest]))
"""
WRITE = """
import numpy as np
matrix = np.load(source)
words = [f"word{i}" for i in range(len(matrix))]
prepare()
before = peak()
start = time.perf_counter()
write()
print(json.dumps([time.perf_counter() - start, peak() - before, "-"]))
"""
OURS = """
from word2vec.vectors import formats
def read():
    table = formats.read(path)
    return table.words, table.matrix
def prepare():
    global table
    table = formats.Table(words, matrix)
def write():
    formats.write(table, path, "glove" if glove else None)
"""
GENSIM = """
from gensim.models import KeyedVectors
def read():
    found = KeyedVectors.load_word2vec_format(path, binary=binary, no_header=glove)
    return found.index_to_key, found.vectors
def prepare():
    global table
    table = KeyedVectors(matrix.shape[1])
    table.add_vectors(words, matrix)
def write():
    table.save_word2vec_format(path, binary=binary, write_header=not glove)
"""


def measure(python: str, code: str, *arguments: str) -> tuple[float, float, str]:
    """Run code in a fresh process: seconds, added memory in MB, digest."""
    return tuple(run_apart("-c", MEASURE + code, *arguments, python=python))


def report(task: str, rounds: list[tuple[tuple[float, float, str], tuple[float, float, str]]]) -> None:
    """Print a line of the table."""
    ours, peer = ([median(run[who][i] for run in rounds) for i in (0, 1)] for who in (0, 1))
    ratio = median(run[1][0] / run[0][0] for run in rounds)
    same = {digest for run in rounds for *_, digest in run}
    equal = "" if same == {"-"} else "same bits" if len(same) == 1 else "DIFFERENT"
    print(
        f"{task:16} ours {ours[0]:6.2f} s {ours[1]:5.0f} MB   gensim {peer[0]:6.2f} s {peer[1]:5.0f} MB   "
        f"{ratio:5.1f} x   {equal}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=FILES, default=list(FILES))
    parser.add_argument("--tasks", nargs="+", choices=("read", "write"), default=("write", "read"))
    parser.add_argument("--folder", help="keep the files there")
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON", help="a Python that can import gensim")
    options = parser.parse_args()
    require_gensim(parser, options.peer)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        source = str(folder / f"source_{options.words}_{options.dim}.npy")
        if not Path(source).exists():
            numbers = np.random.default_rng(1).normal(0, 0.1, (options.words, options.dim))
            np.save(source, numbers.astype(np.float32))
        for name in options.only:
            theirs = str(folder / f"gensim_{options.words}_{FILES[name]}")
            ours = str(folder / f"ours_{FILES[name]}")
            if "write" in options.tasks:
                tasks = ((sys.executable, OURS + WRITE, name, ours), (options.peer, GENSIM + WRITE, name, theirs))
                runs = [tuple(measure(*task, source) for task in tasks) for _ in range(options.rounds)]
                report(f"write {name}", runs)
            if "read" in options.tasks:
                if not Path(theirs).exists():
                    measure(options.peer, GENSIM + WRITE, name, theirs, source)
                tasks = ((sys.executable, OURS + READ, name, theirs), (options.peer, GENSIM + READ, name, theirs))
                runs = [tuple(measure(*task, source) for task in tasks) for _ in range(options.rounds)]
                report(f"read {name}", runs)


if __name__ == "__main__":
    main()
