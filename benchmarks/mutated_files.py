"""Vector files that are damaged in many ways: only the documented errors, bounded memory, bounded time.

    python -m benchmarks.mutated_files [--tries 6000] [--seed 0]

A sound file of each format is cut, flipped, overwritten, repeated or given other numbers, and then read with one
of the error policies. Whatever comes of it is either a table that fits its words or one of the errors that
`formats.read` names. The process may take no more than 1 GB beyond what it has at the start; tracemalloc reports
the most that any file made it allocate.
"""

import argparse
import gzip
import io
import re
import resource
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from word2vec.runtime.inputs import opened
from word2vec.vectors.formats import guess, read, write
from word2vec.vectors.formats.table import POLICIES, VectorFileError
from word2vec.vectors.model_file import save_model
from word2vec.vectors.word_vectors import WordVectors

DOCUMENTED = (VectorFileError, OSError, MemoryError)
WORDS = ["the", ",", "naïve", "映画", "n't", "1990", "a.b", "🎬", *(f"word{i}" for i in range(24))]
NAMES = ["v.txt", "v.glove", "v.txt.gz", "v.bin", "v.bin.gz", "v.npz", "v.npy", "v.tsv", "metadata_v.tsv", "v.model"]
SPECIAL = [b"nan", b"-inf", b"1e999", b"1e39", b"99999999999999999999", b"-1", b"0", b"", b" ", b"\n", b"\t", b"\xff"]
SPECIAL += [
    b"\x00",
    b"_",
    b"0x1",
    b".",
    b"e",
    b"1_0",
    b"\r\n",
    b"\xed\xa0\x80",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"(" * 50,
]


def make_sound(folder: Path) -> None:
    """Write a sound file of each format."""
    matrix = np.random.default_rng(0).normal(size=(len(WORDS), 5)).astype(np.float32)
    vectors = WordVectors(WORDS, matrix, outside=-matrix, counts=np.arange(len(WORDS))[::-1].copy())
    for name in ("v.txt", "v.txt.gz", "v.bin", "v.bin.gz", "v.npz", "v.tsv"):
        write(vectors, folder / name)
    write(vectors, folder / "v.glove", "glove")
    np.save(folder / "v.npy", np.concatenate((matrix, -matrix)))
    save_model(vectors, folder / "v.model")


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage some bytes, one to four times."""
    for _ in range(rng.integers(1, 5)):
        if not data:
            break
        end = len(data) if rng.random() < 0.6 else min(len(data), 120)  # what counts most stands at the beginning
        i, j = sorted(rng.integers(0, end, 2).tolist())
        data = _damaged(data, i, j, rng)
    return data


def _damaged(data: bytes, i: int, j: int, rng: np.random.Generator) -> bytes:
    """Do one of eight kinds of damage between two places."""
    special = SPECIAL[rng.integers(len(SPECIAL))]
    begin, end = data[:i], data[j:]
    number = str(10 ** (j % 20) - j % 2).encode()
    return (
        begin,
        begin + end,
        data[:j] + data[i:],
        begin + bytes([data[i] ^ 1 << int(rng.integers(8))]) + data[i + 1 :],
        begin + rng.bytes(j - i) + end,
        begin + special + data[i:],
        begin + special + data[min(j, i + 4) :],
        begin + re.sub(rb"\d+", number, data[i:], count=1),
    )[rng.integers(8)]


def _mutated_inside(sound: bytes, name: str, rng: np.random.Generator) -> bytes:
    """Damage what is inside a packed file, so that its checksums hold."""
    if name.endswith(".gz"):
        return gzip.compress(mutated(gzip.decompress(sound), rng), 1)
    if not name.endswith((".npz", ".model")):
        return mutated(sound, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as archive, zipfile.ZipFile(out, "w", rng.choice([0, 8])) as damaged:
        names = archive.namelist()
        chosen = names[rng.integers(len(names))]
        for member in names:
            data = archive.read(member)
            damaged.writestr(member, mutated(data, rng) if member == chosen else data)
    return out.getvalue()


def try_one(folder: Path, name: str, rng: np.random.Generator) -> str:
    """Damage one file and read it; give the error's name or "read".

    Raises
    ------
    Exception
        If something else is raised than what is documented, or a table does not fit its words.
    """
    sound = (folder / name).read_bytes()
    (folder / name).write_bytes(_mutated_inside(sound, name, rng) if rng.random() < 0.8 else mutated(sound, rng))
    path = folder / name.removeprefix("metadata_")
    errors = POLICIES[rng.integers(len(POLICIES))]
    limit = int(rng.integers(40)) if rng.random() < 0.2 else None
    try:
        with opened(path) as file:
            kind = guess(file)
        words = WORDS if kind == "npy" else None
        mmap = kind in ("npz", "npy") and rng.random() < 0.4
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message=".*: left out ")
            table = read(path, words=words, errors=errors, limit=limit, mmap=mmap)
            if not len(table.words) == len(table.matrix) == len(set(table.words)):
                raise AssertionError(f"{len(table.words)} words, matrix {table.matrix.shape}")
            if not mmap and not np.isfinite(table.matrix).all():
                raise AssertionError("a number is not finite")
        return "read"
    except DOCUMENTED as error:
        return type(error).__name__
    finally:
        (folder / name).write_bytes(sound)


def run(folder: Path, tries: int, seed: int) -> tuple[Counter[tuple[str, str]], float, float]:
    """Try files of all formats in turn; give what came of them, the longest time, the most memory (MB)."""
    make_sound(folder)
    found: Counter[tuple[str, str]] = Counter()
    longest = most = 0.0
    for number in range(tries):
        name = NAMES[number % len(NAMES)]
        tracemalloc.reset_peak()
        before, start = tracemalloc.get_traced_memory()[0], time.perf_counter()
        try:
            found[name, try_one(folder, name, np.random.default_rng([seed, number]))] += 1
        except Exception as error:
            raise AssertionError(f"try {number} of seed {seed}, {name}: {type(error).__name__}: {error}") from error
        longest = max(longest, time.perf_counter() - start)
        most = max(most, (tracemalloc.get_traced_memory()[1] - before) / 2**20)
    return found, longest, most


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 2**30, resource.RLIM_INFINITY))
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder:
        found, longest, most = run(Path(folder), options.tries, options.seed)
    outcomes = sorted({outcome for _, outcome in found})
    print(f"{'file':16}" + "".join(f"{outcome:>18}" for outcome in outcomes))
    for name in NAMES:
        print(f"{name:16}" + "".join(f"{found[name, outcome]:18}" for outcome in outcomes))
    print(
        f"{sum(found.values())} files, nothing else raised; {longest:.2f} s and {most:.1f} MB at most for one of them"
    )


if __name__ == "__main__":
    main()
