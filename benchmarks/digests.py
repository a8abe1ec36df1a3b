"""SHA-256 of everything that a change of structure must leave as it is, by name.

    python -m benchmarks.digests --out before.json                  (on the tree before, 0.2.0 or later)
    python -m benchmarks.digests --out after.json --against before.json

Digests hold for one machine with the same versions only. Sections: the course's run and its five files, on the
built-in sample and, with --data, on the treebank; `train` in eight settings with one worker and two; the vectorizer;
the course's functions; queries and files. --only SECTION may be repeated. Ends with 1 if anything differs.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import require_file, require_treebank
from utils.treebank import SAMPLE, StanfordSentiment
from word2vec import WordVectors, naiveSoftmaxLossAndGradient, negSamplingLossAndGradient, sgd, skipgram, train
from word2vec import word2vec_sgd_wrapper as wrapper
from word2vec.documents import Word2VecVectorizer
from word2vec.plotting.outputs import OUTPUTS
from word2vec.training.settings import CheckpointOptions, DescentOptions, NaiveSoftmax, NegativeSampling, SkipGram

ROOT = Path(__file__).resolve().parents[1]
Found = Iterator[tuple[str, Any]]


def sha(value: Any) -> str:
    """Digest bytes, an array with its type and shape, or what repr says."""
    if isinstance(value, np.ndarray):
        value = f"{value.dtype.str} {value.shape} ".encode() + value.tobytes()
    return hashlib.sha256(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()


def made_text(words: int, vocabulary: int, seed: int = 1) -> list[list[str]]:
    """Make a text in sentences of 20 words, a few of which are frequent."""
    share = 1 / np.arange(1, vocabulary + 1)
    ids = np.random.default_rng(seed).choice(vocabulary, words - words % 20, p=share / share.sum())
    return [[f"w{i:04d}" for i in sentence] for sentence in ids.reshape(-1, 20).tolist()]  # (sentences, 20)


def runs(folder: Path, data: Path | None) -> Found:
    """Run the course's run."""
    sample = [*("--iterations", "3000"), *("--data", str(SAMPLE))]
    naive = ["--loss", "naive-softmax", "--iterations", "100", "--data", str(SAMPLE)]
    ways = {"sample": sample, "naive": naive} | ({"treebank": ["--data", str(data)]} if data else {})
    for name, options in ways.items():
        out = folder / name
        command = [sys.executable, str(ROOT / "run.py"), "--quiet", "--no-resume", *options, "--out", str(out)]
        subprocess.run(command, check=True, cwd=folder)
        yield from ((f"run/{name}/{file}", (out / file).read_bytes()) for file in OUTPUTS)


def of_vectors(name: str, vectors: WordVectors) -> Found:
    """Digest vectors and their history."""
    history = vectors.history
    numbers = [tuple(report) for report in history.reports], history.epochs, history.held_out
    yield from (
        (f"{name}/matrix", vectors.matrix),
        (f"{name}/outside", vectors.outside),
        (f"{name}/history", numbers),
    )


def trainings(folder: Path, _: Path | None) -> Found:
    """Train in several settings; and stop, resume, go on from earlier vectors."""
    text, small = made_text(300_000, 4000), made_text(20_000, 500, seed=2)
    softmax: dict[str, Any] = {"loss": NaiveSoftmax(), "dim": 20, "epochs": 1}
    ways: dict[str, dict[str, Any]] = {
        "defaults": {"epochs": 2},
        "drawn": {"epochs": 1, "model": SkipGram(windows="drawn")},
        "pivot-0": {"epochs": 1, "descent": DescentOptions(pivot=0)},
        "drawn-pivot-0": {"epochs": 1, "model": SkipGram(windows="drawn"), "descent": DescentOptions(pivot=0)},
        "softmax": softmax,
        "float64": {"epochs": 1, "descent": DescentOptions(dtype="float64")},
        "softmax-float64": softmax | {"descent": DescentOptions(dtype="float64", held_out=0.2)},
        "many": {"epochs": 1, "dim": 64, "window": 3, "negatives": 8, "loss": NegativeSampling(shared=64)},
    }
    for workers in (1, 2):
        for name, options in ways.items():
            source = small if "softmax" in name else text
            yield from of_vectors(f"train/{name}-{workers}", train(source, workers=workers, quiet=True, **options))
        saved = {"workers": workers, "epochs": 3, "dim": 40, "quiet": True, "checkpoint": folder / f"runs-{workers}"}
        train(text, **saved, on_epoch=lambda *_: True)
        resumed = train(text, **saved | {"checkpoint": CheckpointOptions(folder / f"runs-{workers}", resume=True)})
        yield from of_vectors(f"train/resumed-{workers}", resumed)
        later = train(small, dim=40, workers=workers, quiet=True, start_from=resumed)
        yield from of_vectors(f"train/start-from-{workers}", later)


def vectorizers(_: Path, __: Path | None) -> Found:
    """Fit and transform texts."""
    texts = [" ".join(sentence) for sentence in made_text(12_000, 400, seed=4)]
    for weighting in ("mean", "tfidf", "sif"):
        vectorizer = Word2VecVectorizer(dim=25, epochs=2, random_state=0, weighting=weighting)
        yield f"vectorizer/{weighting}", vectorizer.fit_transform(texts)


def course(_: Path, __: Path | None) -> Found:
    """Descend by the course's functions."""
    for name, loss, iterations in (
        ("negative-sampling", negSamplingLossAndGradient, 200),
        ("naive-softmax", naiveSoftmaxLossAndGradient, 30),
    ):
        dataset = StanfordSentiment(SAMPLE)
        tokens = dataset.tokens()
        random.seed(31415)
        x0 = np.random.RandomState(9265).rand(2 * len(tokens), 10) / 10 - 0.05
        with redirect_stdout(StringIO()) as log:
            x = sgd(lambda x: wrapper(skipgram, tokens, x, dataset, 5, loss), x0, 0.3, iterations)  # noqa: B023
        yield from ((f"course/{name}/x", x), (f"course/{name}/log", log.getvalue()))
        yield f"course/{name}/random", random.getstate()


def queries(folder: Path, _: Path | None) -> Found:
    """Query vectors, and write them in every format."""
    rng = np.random.default_rng(11)
    for dtype in ("float32", "float64"):
        matrix = (rng.normal(size=(600, 32)) + 0.3).astype(dtype)
        vectors = WordVectors([f"w{i:04d}" for i in range(600)], matrix)
        words = vectors.words[:40]
        asked = [([b, c], [a]) for a, b, c in zip(words, words[1:], words[2:], strict=False)]
        yield f"queries/{dtype}/similar", [vectors.most_similar(word) for word in words]
        yield f"queries/{dtype}/mul", [vectors.most_similar(*query, method="mul") for query in asked]
        yield f"queries/{dtype}/rank", [vectors.rank(words[0], word) for word in words[1:]]
        for file in ("v.txt", "v.bin", "v.npz", "v.tsv"):
            vectors.save(folder / file)
            yield f"queries/{dtype}/{file}", (folder / file).read_bytes()


SECTIONS = {"run": runs, "train": trainings, "vectorizer": vectorizers, "course": course, "queries": queries}


def main() -> int:
    """Compute, print, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--against", type=Path, help="JSON file to compare with")
    parser.add_argument("--data", type=Path, help="folder of the treebank")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="leave out the other sections")
    options = parser.parse_args()
    if options.data is not None:
        require_treebank(parser, options.data)
    if options.against is not None:
        require_file(parser, options.against, "the JSON file of an earlier --out")
    os.environ["MPLBACKEND"] = "Agg"
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for section in options.only or SECTIONS:
            for name, value in SECTIONS[section](Path(folder), options.data):
                found[name] = sha(value)
                print(found[name], name, flush=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    if not options.against:
        return 0
    before = json.loads(options.against.read_text())
    differing = [name for name in found if before.get(name, found[name]) != found[name]]
    print(f"{len(found)} digests, {len(differing)} differ: {', '.join(differing) or 'none'}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
