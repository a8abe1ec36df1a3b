"""The fast trainer against gensim: words a second, memory, quality, time to quality, and where the time goes.

    pip install gensim                                             (4.4 was measured; nothing else needs it)
    python -m benchmarks.throughput TEXT [--words N] [--seeds N] [--only speed quality …]
    python -m benchmarks.throughput TEXT --pair cbow ngrams … [--documents FOLDER]    (see benchmarks/pairs.py)

TEXT is a plain text file, one paragraph a line. Each training runs in a process of its own, ours and gensim's in
turn, gensim in both of its modes (lists in memory, `corpus_file`), of which the faster one counts. All figures
are medians over the seeds. Quality is judged by one piece of code for both (benchmarks/scores.py).

`--only curve` prints scores by seconds of the processor, for the epochs of --curve, and compares gensim's after
--epochs with those that ours has in no more time.

fastText (pip install fasttext-wheel) and the original word2vec.c (--word2vec-c PROGRAM) are timed too where they are
there: whole trainings, reading and vocabulary included, as they do not tell the parts apart.

What is imported is imported before the clock starts, on both sides: gensim loads SciPy at once, ours when it trains.

Nearly half of our time is spent in BLAS, and some of gensim's. The kernels that OpenBLAS has chosen for this
processor are printed first. OPENBLAS_CORETYPE, where it is set, forces others on it, and figures taken then are not
what users will see.
"""

import argparse
import atexit
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Settings, grouped, require_file, require_gensim
from benchmarks.pairs import PAIRS, compare
from benchmarks.scores import Answers, answers, interval, score

DEFAULT: Settings = {"dim": 100, "window": 5, "negatives": 5, "epochs": 1, "workers": 1}
GRID = [{}, {"workers": 2}, {"dim": 200}, {"dim": 300}, {"window": 10}, {"negatives": 15}]
GRID += [{"loss": "hierarchical-softmax"}, {"model": "cbow", "loss": "hierarchical-softmax"}]
WAYS = ("ours", "gensim-lists", "gensim-file")


# one training, in a process of its own


def ours(text: str, settings: Settings, seed: int) -> tuple[list[str], np.ndarray, dict[str, float]]:
    """Train with this library."""
    import scipy.sparse  # noqa: F401
    import threadpoolctl  # noqa: F401

    from word2vec import train
    from word2vec.text.vocabulary import encode

    begin = time.perf_counter()
    corpus = encode(text)
    encoded, busy = time.perf_counter(), processor()
    vectors = train(corpus, seed=seed, **grouped(settings))
    end, busy = time.perf_counter(), processor() - busy
    figures = {"train": end - encoded, "all": end - begin, "processor": busy, "words": corpus.raw_words}
    return vectors.words, vectors.matrix, figures


def processor() -> float:
    """Return the seconds of the processor that this process and those that it waited for have taken."""
    return sum(os.times()[:4])


def gensim(
    text: str, settings: Settings, seed: int, from_file: bool
) -> tuple[list[str], np.ndarray, dict[str, float]]:
    """Train with gensim, from lists in memory or from the file."""
    from gensim.models import Word2Vec

    s, begin, paths = settings, time.perf_counter(), settings.get("loss") == "hierarchical-softmax"
    model = Word2Vec(
        sg=int(s.get("model") != "cbow"), hs=int(paths), negative=0 if paths else s["negatives"],
        vector_size=s["dim"], window=s["window"], sample=1e-3, min_count=5, workers=s["workers"], seed=seed,
        epochs=s["epochs"],
    )  # fmt: skip
    lists = None if from_file else [line.split() for line in Path(text).read_text(encoding="utf-8").splitlines()]
    source = {"corpus_file": text} if from_file else {"corpus_iterable": lists}
    model.build_vocab(**source)
    encoded, busy = time.perf_counter(), processor()
    more = {"total_words": model.corpus_total_words} if from_file else {}
    model.train(**source, total_examples=model.corpus_count, epochs=s["epochs"], **more)
    end, busy = time.perf_counter(), processor() - busy
    figures = {"train": end - encoded, "all": end - begin, "processor": busy, "words": model.corpus_total_words}
    return model.wv.index_to_key, model.wv.vectors, figures


def one(way: str, text: str, settings: Settings, seed: int, save: str) -> None:
    """Train once, print the figures as JSON, save the vectors if a place is named."""
    done = ours(text, settings, seed) if way == "ours" else gensim(text, settings, seed, way == "gensim-file")
    words, matrix, figures = done
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures["memory"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + children) / 1024
    if save:
        np.savez(save, words=np.array(words), matrix=matrix)
    print(json.dumps(figures))


def run(way: str, text: Path, settings: Settings, seed: int, save: Path | str = "") -> dict[str, float]:
    """Have a training done by another process."""
    command = [sys.executable, "-m", "benchmarks.throughput", str(text), "--one", way, json.dumps(settings)]
    found = subprocess.run([*command, str(seed), str(save)], capture_output=True, text=True, check=True)
    return json.loads(found.stdout.splitlines()[-1])


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
    ways: dict[str, Callable[[Path, int], object]] = {"ours": _ours_whole}
    ways |= {"fastText": _fasttext} if find_spec("fasttext") else {}
    ways |= {"word2vec.c": partial(_word2vec_c, program)} if program else {}
    words = len(text.read_text(encoding="utf-8").split())
    for workers in (1, 2):
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(seeds):
            for way, whole in ways.items():
                begin = time.perf_counter()
                whole(text, workers)
                seconds[way].append(time.perf_counter() - begin)
        print(f"\nwhole trainings, one epoch, {words:,} words, workers: {workers}")
        for way, each in seconds.items():
            ratio = np.median(np.array(each) / seconds["ours"])
            print(f"  {way:12} {words / np.median(each):11,.0f} words a second; ours is {ratio:.2f} x as fast")


def _ours_whole(text: Path, workers: int) -> object:
    """Encode and train."""
    return run("ours", text, DEFAULT | {"workers": workers}, 1)


def _fasttext(text: Path, workers: int) -> object:
    """Train fastText's skip-gram without subwords, in a process of its own."""
    more = "dim=100, ws=5, neg=5, t=1e-3, minCount=5, epoch=1, lr=0.025, minn=0, maxn=0, verbose=0"
    code = f"import fasttext; fasttext.train_unsupervised({str(text)!r}, 'skipgram', {more}, thread={workers})"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def _word2vec_c(program: str, text: Path, workers: int) -> object:
    """Train with the original program."""
    settings = {"size": 100, "window": 5, "negative": 5, "sample": 1e-3, "min-count": 5, "iter": 1, "alpha": 0.025}
    given = [part for name, value in settings.items() for part in (f"-{name}", str(value))]
    with tempfile.TemporaryDirectory() as folder:
        files = ["-train", str(text), "-output", f"{folder}/vectors"]
        command = [program, *files, "-cbow", "0", "-hs", "0", "-threads", str(workers), *given]
        return subprocess.run(command, check=True, capture_output=True)


def growth(text: Path, words: list[int]) -> None:
    """Print how training time grows with the text."""
    print("\nwords of text: seconds an epoch, words a second")
    for n in words:
        part = shortened(text, n)
        figures = run("ours", part, DEFAULT, 1)
        print(f"  {figures['words']:12,.0f} {figures['train']:8.2f} {figures['words'] / figures['train']:12,.0f}")


def share_of_products(text: Path) -> None:
    """Print what share of an epoch's time is spent in BLAS."""
    from word2vec import train
    from word2vec.text.vocabulary import encode
    from word2vec.training import skipgram

    spent = [0.0]

    class Timed:
        """NumPy with a watch on matmul."""

        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

        def matmul(self, *arrays: Any, **more: Any) -> Any:
            """Multiply."""
            begin = time.perf_counter()
            product = np.matmul(*arrays, **more)
            spent[0] += time.perf_counter() - begin
            return product

    corpus = encode(text)
    skipgram.np = Timed()
    begin = time.perf_counter()
    train(corpus, epochs=1)
    whole = time.perf_counter() - begin
    skipgram.np = np
    print(f"\nof {whole:.2f} s, {spent[0]:.2f} s ({spent[0] / whole:.0%}) are products: without all else, ")
    print(f"{corpus.raw_words / spent[0]:,.0f} words a second would be the limit")


# quality


def trained(
    way: str, text: Path, settings: Settings, seed: int, folder: Path, *, given_counts: bool = False
) -> tuple[Answers, dict[str, float]]:
    """Train and answer all questions."""
    place = folder / f"{way}-{settings['epochs']}-{seed}.npz"
    figures = run(way, text, settings, seed, place)
    with np.load(place) as saved:
        return answers(saved["words"].tolist(), saved["matrix"], given_counts=given_counts), figures


def show(label: str, found: list[Answers]) -> dict[str, float]:
    """Print and give the mean scores of several seeds."""
    names = list(found[0])
    each = {name: [score(name, *answer[name]) for answer in found] for name in names}
    spread = ", ".join(f"{name} {np.mean(each[name]):.3f} ± {np.std(each[name]):.3f}" for name in names)
    print(f"  {label:28} {spread}")
    return {name: float(np.mean(each[name])) for name in names}


def quality(text: Path, seeds: int, epochs: int, workers: int) -> None:
    """Print the scores after some epochs, and how soon ours reaches gensim's."""
    print(f"\nquality after {epochs} epochs, mean ± standard deviation over {seeds} seeds")
    settings = DEFAULT | {"epochs": epochs, "workers": workers}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [
            [trained(way, text, settings, seed, folder) for way in ("ours", "gensim-lists")]
            for seed in range(1, seeds + 1)
        ]
        mine, theirs = ([pair[side][0] for pair in runs] for side in (0, 1))
        show("ours", mine)
        goal = show("gensim", theirs)
        for test in goal:
            low, high = interval(test, mine, theirs)
            print(f"  {test}: difference between {low:+.3f} and {high:+.3f} (95 % of bootstrap samples)")
        seconds = np.median([pair[1][1]["train"] for pair in runs])
        for fewer in range(1, epochs + 1):
            some = [trained("ours", text, settings | {"epochs": fewer}, seed, folder) for seed in range(1, seeds + 1)]
            scores = show(f"ours, {fewer} epochs", [answer for answer, _ in some])
            if all(scores[test] >= goal[test] for test in goal):
                soon = np.median([figures["train"] for _, figures in some])
                print(f"  gensim's scores after {soon:.1f} s instead of {seconds:.1f} s: {seconds / soon:.1f} x")
                break


def curve(text: Path, seeds: int, epochs: int, lengths: list[int], workers: int) -> None:
    """Print scores by seconds, and how ours compares with gensim's of `epochs` in no more seconds."""
    print(f"\nmean ± standard deviation over {seeds} seeds, by seconds of the processor")
    runs = {}
    with tempfile.TemporaryDirectory() as name:
        for way, n in [("gensim-file", epochs), *(("ours", n) for n in lengths)]:
            settings, each = DEFAULT | {"epochs": n, "workers": workers}, range(1, seeds + 1)
            some = [trained(way, text, settings, seed, Path(name), given_counts=True) for seed in each]
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
    p.add_argument("--documents", type=Path, help="for pv-dbow: train/ and test/, a folder of texts for each class")
    p.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.one:
        one(o.one[0], str(o.text), json.loads(o.one[1]), int(o.one[2]), o.one[3])
        return
    require_file(p, o.text, "a plain text file, one paragraph a line")
    if unknown := set(o.pair or ()) - set(PAIRS):
        p.error(f"there is no pair {min(unknown)!r}: expected some of {', '.join(PAIRS)}")
    if "pv-dbow" in (o.pair or ()) and not (o.documents and (o.documents / "test").is_dir()):
        p.error("pv-dbow needs --documents: a folder with train/ and test/, in each a folder of texts for each class")
    if {"speed", "quality", "curve"} & set(o.only):
        require_gensim(p)
    if o.word2vec_c:
        require_file(p, o.word2vec_c, "the original program, compiled")
    name_kernels()
    DEFAULT.update(o.ours)
    if o.pair:
        text, settings = shortened(o.text, o.words), DEFAULT | {"epochs": o.epochs, "workers": o.workers}
        for pair in o.pair:
            compare(pair, text, settings, o.seeds, o.documents if pair == "pv-dbow" else None)
        return
    for part in o.only:
        PARTS[part](o)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "speed": lambda o: speed(shortened(o.text, o.speed_words), o.seeds, o.grid),
    "compiled": lambda o: compiled(shortened(o.text, o.speed_words), o.seeds, o.word2vec_c),
    "growth": lambda o: growth(o.text, [1_000_000, 2_000_000, 5_000_000, 10_000_000]),
    "products": lambda o: share_of_products(shortened(o.text, o.speed_words)),
    "quality": lambda o: quality(shortened(o.text, o.words), o.seeds, o.epochs, o.workers),
    "curve": lambda o: curve(shortened(o.text, o.words), o.seeds, o.epochs, o.curve, o.workers),
}


if __name__ == "__main__":
    main()
