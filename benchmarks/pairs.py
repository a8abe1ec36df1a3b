"""Each model and loss of the trainer against its peers: `python -m benchmarks.throughput TEXT --pair cbow …`.

Ours and the peers train in turn on the same text, with the same settings, each in a process of its own, for each
seed. Printed are words a second (medians; the ratio is the median over the seeds), and the scores of
`benchmarks.scores`, rare words included, each beside its bar. A peer's learning rate is its own default, unless its
name says another. fastText's whole trainings are compared with our whole ones, reading and counting included, as it
does not tell the parts apart. Left out are peers that are not installed (pip install gensim fasttext-wheel). Vectors
of documents have a benchmark of their own (benchmarks/documents.py).

fastText with fewer than ten threads leaves most of its n-grams' start vectors zero: both ways are measured.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import Settings
from benchmarks.scores import Answers, answers, interval, rare_answers, rare_words, score
from benchmarks.trainings import Figures, run

Run = tuple[Answers, Figures]
Runs = dict[str, list[Run]]  # of each side, by seeds
Measure = Callable[[str, Settings, int], Run]


@dataclass(frozen=True)
class Pair:
    """What is compared: our settings, the peers' (name → the way to train, options of its own), and the bars."""

    ours: Settings
    peers: dict[str, tuple[str, Settings]]
    faster: dict[str, float] = field(default_factory=dict)  # the beginning of a peer's name → least ratio of words/s
    below: float = 0.01  # by so much each score may be below the best peer's
    sooner: float = 0.0  # least ratio of the times to the best peer's scores; 0: not measured


GENSIM = {"gensim": ("gensim-lists", {})}
PAIRS = {
    "skip-gram": Pair({}, GENSIM, sooner=1),
    "ngrams": Pair(
        {"ngrams": [3, 6]},
        {
            "gensim FastText": ("gensim-lists", {}),
            "fastText, 2 threads": ("fasttext", {"thread": 2}),
            "fastText, 10 threads": ("fasttext", {"thread": 10}),
        },
        {"gensim": 4, "fastText": 6},
    ),
    "cbow": Pair(
        {"model": "cbow"},
        {f"gensim, rate {rate}": ("gensim-lists", {"alpha": rate}) for rate in (0.025, 0.05, 0.1)},
        {"gensim": 1.5},
        sooner=3,
    ),
    "hierarchical-softmax": Pair({"loss": "hierarchical-softmax"}, GENSIM, {"gensim": 1}),
    "hierarchical-softmax-cbow": Pair({"loss": "hierarchical-softmax", "model": "cbow"}, GENSIM),
}


def compare(name: str, text: Path, settings: Settings, seeds: int) -> None:
    """Print the table of a pair."""
    pair = PAIRS[name]
    settings = settings | pair.ours
    print(f"\n{name}: {settings}, {seeds} seeds, {text}")
    sides: dict[str, tuple[str, Settings]] = {"ours": ("ours", {})}
    for label, (way, more) in pair.peers.items():
        if find_spec(way.partition("-")[0]):
            sides[label] = way, more
        else:
            print(f"  {label}: not installed")
    with tempfile.TemporaryDirectory() as folder:
        measure = of_text(text, Path(folder))
        runs: Runs = {label: [] for label in sides}
        for seed in range(1, seeds + 1):
            for label, (way, more) in sides.items():
                runs[label].append(measure(way, settings | more, seed))
        report(pair, runs, settings["epochs"])
        if pair.sooner and len(sides) > 1:
            again = lambda epochs, seed: measure("ours", settings | {"epochs": epochs}, seed)  # noqa: E731
            time_to_quality(pair, runs, settings["epochs"], again)


def of_text(text: Path, folder: Path) -> Measure:
    """Return the function that trains on a text and answers all questions."""
    sets = rare_words(Counter(text.read_text(encoding="utf-8").split()))
    asked, save = folder / "asked.json", folder / "vectors.npz"
    asked.write_text(json.dumps(sorted({word for word, _, _ in sets["unknown"]})), encoding="utf-8")

    def measure(way: str, settings: Settings, seed: int) -> Run:
        figures = run(way, text, settings, seed, asked=asked, save=save)
        with np.load(save) as saved:
            words, matrix = saved["words"].tolist(), saved["matrix"]
            found = answers(words, matrix)
            asked_for = dict(zip(saved["asked"].tolist(), saved["found"], strict=True))
            vectors = dict(zip(words, matrix, strict=True)) | asked_for
        for name, pairs in sets.items():
            if pairs and all(a in vectors and b in vectors for a, b, _ in pairs):
                found[name] = rare_answers(pairs, vectors)
        return found, figures

    return measure


def report(pair: Pair, runs: Runs, epochs: int) -> None:
    """Print speeds and scores of all sides, the ratios, and the differences to the best peer, beside the bars."""
    part = {label: "train" if "train" in found[0][1] else "all" for label, found in runs.items()}
    speeds = {
        (label, part): np.array([figures["words"] * epochs / figures[part] for _, figures in found])
        for label, found in runs.items()
        for part in ("train", "all")
        if part in found[0][1]
    }
    scores = {label: means([found for found, _ in each]) for label, each in runs.items()}
    for label, found in scores.items():
        shown = ", ".join(f"{test} {value:.3f}" for test, value in found.items())
        print(f"  {label:22} {np.median(speeds[label, part[label]]):11,.0f} words/s  {shown}")
    for label in list(runs)[1:]:
        ratio = float(np.median(speeds["ours", part[label]] / speeds[label, part[label]]))
        bar = next((least for start, least in pair.faster.items() if label.startswith(start)), 0.0)
        print(f"  words/s of ours to {label}: {ratio:.2f} x{judged(ratio, bar)}")
    for test, mine in scores["ours"].items():
        peers = {label: scores[label][test] for label in list(runs)[1:] if test in scores[label]}
        if peers:
            best = max(peers, key=peers.__getitem__)
            low, high = interval(test, *([found for found, _ in runs[label]] for label in ("ours", best)))
            verdict = judged(mine - peers[best], -pair.below)
            print(f"  {test}: {mine - peers[best]:+.3f} to {best}, 95 % {low:+.3f} to {high:+.3f}{verdict}")


def means(found: list[Answers]) -> dict[str, float]:
    """Return the mean score of each test over the seeds."""
    return {test: float(np.mean([score(test, *each[test]) for each in found])) for test in found[0]}


def judged(value: float, bar: float) -> str:
    """Return the clause that says whether a bar is reached; 0 is none."""
    return f" (bar {bar:g}: {'reached' if value >= bar else 'NOT REACHED'})" if bar else ""


def time_to_quality(pair: Pair, runs: Runs, epochs: int, train: Callable[[int, int], Run]) -> None:
    """Print how soon ours has all scores of the peer that is best by their sum, compared with its training time."""
    scores = {label: means([found for found, _ in runs[label]]) for label in list(runs)[1:]}
    best = max(scores, key=lambda label: sum(scores[label].values()))
    seconds = np.median([figures["train"] for _, figures in runs[best]])
    for fewer in range(1, epochs + 1):
        some = [train(fewer, seed) for seed in range(1, len(runs[best]) + 1)]
        mine = means([found for found, _ in some])
        print(f"  ours, {fewer} epochs: {', '.join(f'{test} {value:.3f}' for test, value in mine.items())}")
        if all(mine[test] >= value for test, value in scores[best].items()):
            soon = np.median([figures["train"] for _, figures in some])
            ratio = float(seconds / soon)
            print(f"  scores of {best} after {soon:.1f} s of its {seconds:.1f} s: {ratio:.1f} x", end="")
            print(judged(ratio, pair.sooner))
            return
    print(f"  scores of {best} are not all reached in {epochs} epochs")
