"""Each model and loss of the trainer against its peers: `python -m benchmarks.throughput TEXT --pair cbow …`.

Ours and the peers train in turn on the same text, with the same settings, each in a process of its own, for each
seed. Printed are words a second (medians; the ratio is the median over the seeds), the scores of
`benchmarks.scores`, those of two sets of rare words (`rare_words`), and for documents the share of right classes,
each beside its bar. A peer's learning rate is its own default, unless its name says another. fastText's whole
trainings are compared with our whole ones, reading and counting included, as it does not tell the parts apart. Left
out are peers that are not installed (pip install gensim fasttext-wheel), and what this version of the library refuses
to train: "not here".

fastText with fewer than ten threads leaves most of its n-grams' start vectors zero: both ways are measured.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Settings, grouped
from benchmarks.scores import Answers, answers, interval, score

Vectors = dict[str, np.ndarray]
Trained = tuple[list[str], np.ndarray, Callable[[str], np.ndarray], dict[str, Any]]
"""Words, matrix, a function from any word to its vector (KeyError if it has none), figures."""

Run = tuple[Answers, dict[str, Any]]  # what was answered, and figures
Runs = dict[str, list[Run]]  # of each side, by seeds
Measure = Callable[[str, Settings, int], Run]

MIN_COUNT = 5  # of all sides' vocabularies
RARE, FREQUENT = 20, 100  # a rare word occurs at most, the word that it is derived from at least so often
SUFFIXES = [
    *("s", "es", "d", "ed", "ing", "er", "ers", "est", "ly", "ness", "ment", "ments", "less", "ful", "able", "ist"),
    *("ists", "ism", "ation", "ations", "ity", "al", "ally"),
]
MOST = 1000  # words of a set


@dataclass(frozen=True)
class Pair:
    """What is compared: our settings, the peers' (name → the function that trains, its settings), and the bars."""

    ours: Settings
    peers: dict[str, tuple[str, Settings]]
    faster: dict[str, float] = field(default_factory=dict)  # the beginning of a peer's name → least ratio of words/s
    below: float = 0.01  # by so much each score may be below the best peer's
    sooner: float = 0.0  # least ratio of the times to the best peer's scores; 0: not measured


HS = {"hs": 1, "negative": 0}
PAIRS = {
    "skip-gram": Pair({}, {"gensim": ("gensim", {"sg": 1})}),
    "ngrams": Pair(
        {"ngrams": [3, 6]},
        {
            "gensim FastText": ("gensim", {"sg": 1, "kind": "FastText", "min_n": 3, "max_n": 6}),
            "fastText, 2 threads": ("fasttext", {"thread": 2}),
            "fastText, 10 threads": ("fasttext", {"thread": 10}),
        },
        {"gensim": 4, "fastText": 6},
    ),
    "cbow": Pair(
        {"model": "cbow"},
        {f"gensim, rate {rate}": ("gensim", {"sg": 0, "alpha": rate}) for rate in (0.025, 0.05, 0.1)},
        {"gensim": 1.5},
        sooner=3,
    ),
    "hierarchical-softmax": Pair(
        {"loss": "hierarchical-softmax"}, {"gensim": ("gensim", {"sg": 1, **HS})}, {"gensim": 1}
    ),
    "hierarchical-softmax-cbow": Pair(
        {"loss": "hierarchical-softmax", "model": "cbow"}, {"gensim": ("gensim", {"sg": 0, **HS})}
    ),
    "pv-dbow": Pair({"method": "pv-dbow"}, {"gensim Doc2Vec": ("doc2vec", {})}, {"gensim": 4}, below=0.005),
}


# rare words


def base_of(word: str, frequent: Iterable[str]) -> str | None:
    """Return the longest frequent word of four letters or more from which a suffix makes `word`, or None.

    A final e may have gone before the suffix, and a final y have become i.
    """
    stems = [word.removesuffix(suffix) for suffix in SUFFIXES if word.endswith(suffix)]
    bases = [base for stem in stems for base in (stem, f"{stem}e", re.sub("i$", "y", stem))]
    known = [base for base in bases if len(base) >= 4 and base != word and base in frequent]
    return max(known, key=len, default=None)


def rare_words(counts: Counter[str]) -> dict[str, list[tuple[str, str, int]]]:
    """Return "rare" and "unknown": triples (word, other word, 1 if it is derived from that one, else 0).

    Spelling alone decides, so that no side is favoured: each word that occurs 5 to 20 times ("rare"), or 2 to 4 times
    and so is left out of training ("unknown"), and that a suffix makes of a word with 100 occurrences or more, is
    paired with that word, and with one drawn from the 100 that are next to it by frequency and begin with other
    letters. The score is the area under the ROC curve of their cosines: how often a derived pair is the nearer one.
    """
    order = sorted((word for word, n in counts.items() if n >= FREQUENT), key=lambda word: (-counts[word], word))
    rank, rng = {word: i for i, word in enumerate(order)}, np.random.default_rng(1)
    found: dict[str, list[tuple[str, str, int]]] = {}
    for name, low, high in (("rare", MIN_COUNT, RARE), ("unknown", 2, MIN_COUNT - 1)):
        words = sorted(word for word, n in counts.items() if low <= n <= high)
        pairs = [(word, base) for word in words if (base := base_of(word, rank))]
        found[name] = []
        for i in sorted(rng.permutation(len(pairs))[:MOST].tolist()):
            word, base = pairs[i]
            near = order[max(0, rank[base] - 50) : rank[base] + 50]
            others = [other for other in near if other[:2] != word[:2]]
            if others:
                found[name] += [(word, base, 1), (word, others[rng.integers(len(others))], 0)]
    return found


def rare_answers(pairs: list[tuple[str, str, int]], vectors: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosine of each pair, and 1 where it is a derived one."""
    a, b = (np.array([vectors[pair[side]] for pair in pairs], np.float64) for side in (0, 1))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / np.where(lengths > 0, lengths, 1), np.array([pair[2] for pair in pairs])


# one training, in a process of its own


def train_ours(text: str, settings: Settings, seed: int) -> Trained:
    """Train with this library."""
    import scipy.sparse  # noqa: F401
    import threadpoolctl  # noqa: F401

    from word2vec import train
    from word2vec.text.vocabulary import encode

    begin = time.perf_counter()
    corpus = encode(text)
    encoded = time.perf_counter()
    vectors = train(corpus, seed=seed, **as_arguments(settings))
    end = time.perf_counter()
    figures = {"train": end - encoded, "all": end - begin, "words": corpus.raw_words}
    return vectors.words, vectors.matrix, vectors.__getitem__, figures


def as_arguments(settings: Settings) -> Settings:
    """Return arguments of `train`: JSON has no tuples."""
    return grouped({name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()})


def train_gensim(text: str, settings: Settings, seed: int) -> Trained:
    """Train Word2Vec or FastText of gensim, from lists in memory."""
    from gensim import models

    more = {name: value for name, value in settings.items() if name not in OURS}
    begin = time.perf_counter()
    model = getattr(models, more.pop("kind", "Word2Vec"))(**common(settings, seed) | more)
    lists = [line.split() for line in Path(text).read_text(encoding="utf-8").splitlines()]
    model.build_vocab(corpus_iterable=lists)
    encoded = time.perf_counter()
    model.train(corpus_iterable=lists, total_examples=model.corpus_count, epochs=settings["epochs"])
    end = time.perf_counter()
    figures = {"train": end - encoded, "all": end - begin, "words": model.corpus_total_words}
    return model.wv.index_to_key, model.wv.vectors, model.wv.__getitem__, figures


OURS = ("dim", "window", "negatives", "epochs", "workers")  # names of settings that the peers call otherwise


def common(settings: Settings, seed: int) -> Settings:
    """Return gensim's arguments."""
    named = {
        "vector_size": "dim",
        "window": "window",
        "negative": "negatives",
        "epochs": "epochs",
        "workers": "workers",
    }
    return {name: settings[ours] for name, ours in named.items()} | {"sample": 1e-3, "min_count": 5, "seed": seed}


def train_fasttext(text: str, settings: Settings, _: int) -> Trained:
    """Train fastText itself; its time includes reading and counting, and its seed cannot be chosen in Python."""
    import fasttext

    begin, s = time.perf_counter(), settings
    model = fasttext.train_unsupervised(
        text, "skipgram", dim=s["dim"], ws=s["window"], neg=s["negatives"], epoch=s["epochs"], t=1e-3, minCount=5,
        minn=3, maxn=6, thread=s["thread"], verbose=0,
    )  # fmt: skip
    seconds = time.perf_counter() - begin
    words = [word for word in model.get_words(on_unicode_error="replace") if word != "</s>"]
    figures = {"all": seconds, "words": len(Path(text).read_text(encoding="utf-8").split())}
    return words, np.array([model.get_word_vector(word) for word in words]), model.get_word_vector, figures


TRAIN = {"ours": train_ours, "gensim": train_gensim, "fasttext": train_fasttext}


def one(job: dict[str, Any]) -> None:
    """Do a job: train, save the vectors and those of the words asked for, print the figures as JSON."""
    if "documents" in job:
        print(json.dumps(classify(**job)))
        return
    words, matrix, vector, figures = TRAIN[job["way"]](job["text"], job["settings"], job["seed"])
    asked, known = json.loads(Path(job["asked"]).read_text(encoding="utf-8")), {}
    for word in asked:
        with suppress(KeyError):  # without n-grams
            known[word] = vector(word)
    more = {"asked": np.array([*known]), "found": np.array([*known.values()])}
    np.savez(job["save"], words=np.array(words), matrix=matrix, **more)
    print(json.dumps(figures))


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Have a job done by another process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pairs", json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{job['way']} failed with {job['settings']}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# documents


def texts_and_classes(folder: Path) -> tuple[list[str], np.ndarray]:
    """Read a folder that holds a folder of texts for each class; "unsup", which has none, is left out."""
    from sklearn.datasets import load_files

    classes = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != "unsup")
    found = load_files(folder, categories=classes, encoding="utf-8", shuffle=False)
    return [" ".join(re.findall(r"\w+", text.lower())) for text in found.data], found.target


def classify(way: str, settings: Settings, seed: int, documents: str) -> dict[str, Any]:
    """Train on the documents, classify those of the test by a logistic regression; return figures, what was right."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    (texts, y), (others, truth) = (texts_and_classes(Path(documents) / part) for part in ("train", "test"))
    X, infer, seconds = (ours_of_texts if way == "ours" else doc2vec)(texts, settings, seed)
    begin = time.perf_counter()
    X_test = infer(others)
    inferred = time.perf_counter() - begin
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X, y)
    first = infer(others[:20])
    return {
        "all": seconds,
        "words": sum(len(text.split()) for text in texts),
        "right": (model.predict(X_test) == truth).astype(int).tolist(),
        "documents a second": len(others) / inferred,
        "same bits": all(np.array_equal(infer(others[:20]), first) for _ in range(9)),
    }


Infer = Callable[[list[str]], np.ndarray]


def ours_of_texts(texts: list[str], settings: Settings, seed: int) -> tuple[np.ndarray, Infer, float]:
    """Fit our estimator."""
    begin = time.perf_counter()
    model = estimator(settings, seed).fit(texts)
    seconds = time.perf_counter() - begin
    return model.transform(texts), model.transform, seconds


def estimator(settings: Settings, seed: int) -> Any:
    """Make our estimator."""
    from word2vec.documents import Word2VecVectorizer

    more = {name: value for name, value in settings.items() if name != "workers"}
    return Word2VecVectorizer(analyzer=str.split, random_state=seed, n_jobs=settings["workers"], **more)


def doc2vec(texts: list[str], settings: Settings, seed: int) -> tuple[np.ndarray, Infer, float]:
    """Train gensim's PV-DBOW without words; inference of as many epochs as training."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    begin = time.perf_counter()
    tagged = [TaggedDocument(text.split(), [i]) for i, text in enumerate(texts)]
    model = Doc2Vec(tagged, dm=0, dbow_words=0, **common(settings, seed))
    seconds = time.perf_counter() - begin
    infer = lambda others: np.array([model.infer_vector(text.split()) for text in others])  # noqa: E731
    return model.dv.vectors, infer, seconds


# the table


def refusal(pair: Pair) -> str:
    """Return why this version of the library cannot train a pair; "" if it can."""
    text = [["green", "tea"], ["black", "coffee"]] * 20
    settings = {"dim": 4, "window": 2, "negatives": 2, "epochs": 1, "workers": 1} | pair.ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if "method" in pair.ours:
                estimator(settings, 1).fit([" ".join(words) for words in text])
            else:
                from word2vec import train

                train(text, quiet=True, **as_arguments(settings))
        except (TypeError, ValueError) as error:
            return str(error)
    return ""


def compare(name: str, text: Path, settings: Settings, seeds: int, documents: Path | None = None) -> None:
    """Print the table of a pair."""
    pair = PAIRS[name]
    print(f"\n{name}: {settings}, {seeds} seeds, {documents or text}")
    if why := refusal(pair):
        print(f"  ours: not here ({why})")
        return
    package = {"fasttext": "fasttext"}
    peers = {label: peer for label, peer in pair.peers.items() if find_spec(package.get(peer[0], "gensim"))}
    for label in pair.peers.keys() - peers.keys():
        print(f"  {label}: not installed")
    with tempfile.TemporaryDirectory() as folder:
        measure = of_documents(documents) if documents else of_text(text, Path(folder))
        shared = {name: settings[name] for name in OURS}
        sides = {"ours": ("ours", settings | pair.ours)} | {
            label: (way, shared | more) for label, (way, more) in peers.items()
        }
        runs: Runs = {label: [] for label in sides}
        for seed in range(1, seeds + 1):
            for label, (way, options) in sides.items():
                runs[label].append(measure(way, options, seed))
        report(pair, runs, settings["epochs"])
        if pair.sooner and peers:
            mine = settings | pair.ours
            again = lambda epochs, seed: measure("ours", mine | {"epochs": epochs}, seed)  # noqa: E731
            time_to_quality(pair, runs, settings["epochs"], again)


def of_text(text: Path, folder: Path) -> Measure:
    """Return the function that trains on a text and answers all questions."""
    sets = rare_words(Counter(text.read_text(encoding="utf-8").split()))
    asked, save = folder / "asked.json", folder / "vectors.npz"
    asked.write_text(json.dumps(sorted({word for word, _, _ in sets["unknown"]})), encoding="utf-8")

    def measure(way: str, settings: Settings, seed: int) -> Run:
        job = {"way": way, "text": str(text), "settings": settings, "seed": seed}
        figures = run(job | {"asked": str(asked), "save": str(save)})
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


def of_documents(documents: Path) -> Measure:
    """Return the function that trains on documents and classifies others."""

    def measure(way: str, settings: Settings, seed: int) -> Run:
        figures = run({"way": way, "settings": settings, "seed": seed, "documents": str(documents)})
        right = np.array(figures.pop("right"), float)
        return {"right": (right, np.ones(len(right)))}, figures

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
        more = {key: value for key, value in runs[label][0][1].items() if key in ("documents a second", "same bits")}
        print(*(f"  {'':22} inference: {key} {value}\n" for key, value in more.items()), sep="", end="")
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
        if all(mine[test] >= value for test, value in scores[best].items()):
            soon = np.median([figures["train"] for _, figures in some])
            ratio = float(seconds / soon)
            print(f"  scores of {best} after {soon:.1f} s of its {seconds:.1f} s: {ratio:.1f} x", end="")
            print(judged(ratio, pair.sooner))
            return
    print(f"  scores of {best} are not all reached in {epochs} epochs")


if __name__ == "__main__":
    one(json.loads(sys.argv[1]))
