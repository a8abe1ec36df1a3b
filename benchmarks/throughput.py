"""The fast trainer against gensim: words a second, memory, quality, and time to quality.

    pip install gensim                                             (4.4 was measured; nothing else needs it)
    python -m benchmarks.throughput TEXT [--words N] [--seeds N] [--only speed quality …]
    python -m benchmarks.throughput TEXT --pair cbow ngrams …                         (see benchmarks/pairs.py)

TEXT is a plain text file, one paragraph a line. Each training runs in a process of its own, ours and gensim's in
turn, gensim in both of its modes (lists in memory, `corpus_file`), of which the faster one counts. All figures
are medians over the seeds. Quality is judged by one piece of code for both (benchmarks/scores.py).

`--only curve` prints scores by seconds of the processor, for the epochs of --curve, and compares gensim's after
--epochs with those that ours has in no more time.

fastText (pip install fasttext-wheel) and the original word2vec.c (--word2vec-c PROGRAM) are timed too where they are
there: whole trainings, reading and vocabulary included, as they do not tell the parts apart.

Nearly half of our time is spent in BLAS, and some of gensim's. The kernels that OpenBLAS has chosen for this
processor are printed first. OPENBLAS_CORETYPE, where it is set, forces others on it, and figures taken then are not
what users will see.
"""

import argparse
import atexit
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import Settings, require_file, require_gensim
from benchmarks.pairs import PAIRS, compare
from benchmarks.scores import Answers, answers, interval, score
from benchmarks.trainings import run

DEFAULT: Settings = {"dim": 100, "window": 5, "negatives": 5, "epochs": 1, "workers": 1}
GRID = [{}, {"workers": 2}, {"dim": 200}, {"dim": 300}, {"window": 10}, {"negatives": 15}]
GRID += [{"loss": "hierarchical-softmax"}, {"model": "cbow", "loss": "hierarchical-softmax"}]
WAYS = ("ours", "gensim-lists", "gensim-file")


def name_kernels() -> None:
    """Print which kernels BLAS uses, and warn if they are not of its own choice."""
    from threadpoolctl import threadpool_info

    for library in threadpool_info():
        if library["user_api"] == "blas":
            kernels = library.get("architecture", "unknown")
            print(f"BLAS: {library['internal_api']} {library['version']}, kernels: {kernels}")
    if forced := os.environ.get("OPENBLAS_CORETYPE"):
        print(f"WARNING: OPENBLAS_CORETYPE={forced} is set, which may hold both sides back: unset it, as users do")


# speed


def speed(text: Path, seeds: int, grid: list[Settings]) -> None:
    """Print words a second in training alone and with all that comes before it, and peak memory."""
    print("\nwords a second, training only | with reading, counting, encoding | peak MB (sum of processes)")
    for change in grid:
        settings = DEFAULT | change
        found = {way: [] for way in WAYS}
        for seed in range(1, seeds + 1):
            for way in WAYS:
                found[way].append(run(way, text, settings, seed))
        rates = {
            way: {part: [run["words"] * settings["epochs"] / run[part] for run in runs] for part in ("train", "all")}
            for way, runs in found.items()
        }
        print(settings)
        for way, runs in found.items():
            figures = [np.median(rates[way][part]) for part in ("train", "all")]
            memory = np.median([run["memory"] for run in runs])
            print(f"  {way:13} {figures[0]:11,.0f} {figures[1]:11,.0f} {memory:8,.0f}")
        for part in ("train", "all"):
            best = np.maximum(rates["gensim-lists"][part], rates["gensim-file"][part])
            ratio = np.median(np.array(rates["ours"][part]) / best)
            print(f"  ratio, {part}: {ratio:.2f} (median of pairs; gensim's faster mode)")


def compiled(text: Path, seeds: int, program: str | None) -> None:
    """Print whole trainings of ours, fastText and word2vec.c in turn, with one worker and with two."""
    ways: dict[str, Callable[[Path, int], float]] = {"ours": partial(_whole, "ours")}
    ways |= {"fastText": partial(_whole, "fasttext")} if find_spec("fasttext") else {}
    ways |= {"word2vec.c": partial(_word2vec_c, program)} if program else {}
    words = len(text.read_text(encoding="utf-8").split())
    for workers in (1, 2):
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(seeds):
            for way, whole in ways.items():
                seconds[way].append(whole(text, workers))
        print(f"\nwhole trainings, one epoch, {words:,} words, workers: {workers}")
        for way, each in seconds.items():
            ratio = np.median(np.array(each) / seconds["ours"])
            print(f"  {way:12} {words / np.median(each):11,.0f} words a second; ours is {ratio:.2f} x as fast")


def _whole(way: str, text: Path, workers: int) -> float:
    """Return the seconds that ours or fastText takes, reading included."""
    more = {"workers": workers} if way == "ours" else {"thread": workers, "lr": 0.025}
    return run(way, text, DEFAULT | more, 1)["all"]


def _word2vec_c(program: str, text: Path, workers: int) -> float:
    """Return the seconds that the original program takes."""
    settings = {"size": 100, "window": 5, "negative": 5, "sample": 1e-3, "min-count": 5, "iter": 1, "alpha": 0.025}
    given = [part for name, value in settings.items() for part in (f"-{name}", str(value))]
    with tempfile.TemporaryDirectory() as folder:
        files = ["-train", str(text), "-output", f"{folder}/vectors"]
        command = [program, *files, "-cbow", "0", "-hs", "0", "-threads", str(workers), *given]
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - begin


# quality


def trained(way: str, text: Path, settings: Settings, seed: int, folder: Path) -> tuple[Answers, dict[str, float]]:
    """Train and answer all questions."""
    place = folder / f"{way}-{settings['epochs']}-{seed}.npz"
    figures = run(way, text, settings, seed, save=place)
    with np.load(place) as saved:
        return answers(saved["words"].tolist(), saved["matrix"], given_counts=True), figures


def show(label: str, found: list[Answers]) -> None:
    """Print the mean scores of several seeds, and how far they spread."""
    each = {name: [score(name, *answer[name]) for answer in found] for name in found[0]}
    spread = ", ".join(f"{name} {np.mean(scores):.3f} ± {np.std(scores):.3f}" for name, scores in each.items())
    print(f"  {label:28} {spread}")


def curve(text: Path, seeds: int, epochs: int, lengths: list[int], workers: int) -> None:
    """Print scores by seconds, and how ours compares with gensim's of `epochs` in no more seconds."""
    print(f"\nmean ± standard deviation over {seeds} seeds, by seconds of the processor")
    runs = {}
    with tempfile.TemporaryDirectory() as name:
        for way, n in [("gensim-file", epochs), *(("ours", n) for n in lengths)]:
            settings, each = DEFAULT | {"epochs": n, "workers": workers}, range(1, seeds + 1)
            some = [trained(way, text, settings, seed, Path(name)) for seed in each]
            seconds = float(np.median([figures["processor"] for _, figures in some]))
            runs[way, n] = seconds, [found for found, _ in some]
            show(f"{way}, {n} epochs, {seconds:.1f} s", runs[way, n][1])
    most, theirs = runs["gensim-file", epochs]
    for (way, n), (seconds, mine) in runs.items():
        if way == "ours" and seconds <= most:
            both = {test: interval(test, mine, theirs) for test in mine[0]}
            shown = ", ".join(f"{test} {low:+.3f} to {high:+.3f}" for test, (low, high) in both.items())
            print(f"  ours, {n} epochs, less gensim, {epochs}: {shown} (95 % of bootstrap samples)")


# the command line


def shortened(text: Path, words: int) -> Path:
    """Write the first words of a text into a file of their own, whole lines."""
    place = Path(tempfile.gettempdir()) / f"throughput-{words}-{os.getpid()}.txt"
    atexit.register(place.unlink, missing_ok=True)
    seen = 0
    with open(text, encoding="utf-8") as lines, open(place, "w", encoding="utf-8") as part:
        for line in lines:
            part.write(line)
            seen += len(line.split())
            if seen >= words:
                break
    return place


def main() -> None:
    """Measure."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text", type=Path)
    p.add_argument("--words", type=int, default=6_000_000)
    p.add_argument("--speed-words", type=int, default=2_000_000)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--workers", type=int, default=2, help="for quality")
    p.add_argument("--curve", type=int, nargs="+", default=[2, 5, 10, 15], help="epochs of ours")
    p.add_argument("--grid", type=json.loads, default=GRID, help='JSON, e.g. [{"dim": 200}]')
    p.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS)[:-1])
    p.add_argument("--word2vec-c", metavar="PROGRAM", help="the original program, compiled with -O3 -march=native")
    p.add_argument("--ours", type=json.loads, default={}, help='more settings of ours, JSON, e.g. {"shared": 64}')
    p.add_argument("--pair", nargs="+", metavar="PAIR", help=f"print the table of these instead: {', '.join(PAIRS)}")
    o = p.parse_args()
    require_file(p, o.text, "a plain text file, one paragraph a line")
    if unknown := set(o.pair or ()) - set(PAIRS):
        p.error(f"there is no pair {min(unknown)!r}: expected some of {', '.join(PAIRS)}")
    if {"speed", "quality", "curve"} & set(o.only):
        require_gensim(p)
    if o.word2vec_c:
        require_file(p, o.word2vec_c, "the original program, compiled")
    name_kernels()
    DEFAULT.update(o.ours)
    if o.pair:
        pairs(o, o.pair)
        return
    for part in o.only:
        PARTS[part](o)


def pairs(o: argparse.Namespace, names: list[str]) -> None:
    """Print the tables of some pairs."""
    text, settings = shortened(o.text, o.words), DEFAULT | {"epochs": o.epochs, "workers": o.workers}
    for name in names:
        compare(name, text, settings, o.seeds)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "speed": lambda o: speed(shortened(o.text, o.speed_words), o.seeds, o.grid),
    "compiled": lambda o: compiled(shortened(o.text, o.speed_words), o.seeds, o.word2vec_c),
    "quality": lambda o: pairs(o, ["skip-gram"]),
    "curve": lambda o: curve(shortened(o.text, o.words), o.seeds, o.epochs, o.curve, o.workers),
}


if __name__ == "__main__":
    main()
