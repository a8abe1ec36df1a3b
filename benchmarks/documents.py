"""Vectors of documents as features: classification error and speed, beside gensim's Doc2Vec in the same run.

    python -m benchmarks.documents stanfordSentimentTreebank [--text reviews.txt.gz] [--seeds 3]

Positive and negative sentences of the treebank (the neutral ones are left out) are classified by a logistic
regression on standardised vectors, whose C is chosen on dev; the error is that on test. Each method is fitted on the
training sentences alone. Texts are inferred, for training and test alike. Speeds are in processor time of one
thread: words read a second in training, texts a second in inference; set OPENBLAS_NUM_THREADS=1. With --text, PV-DBOW
is timed on a longer text too, one document a line.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks import require_gensim, require_treebank
from word2vec import train
from word2vec.course.treebank import StanfordSentiment
from word2vec.documents import Word2VecVectorizer
from word2vec.runtime.inputs import opened
from word2vec.text import encode

DIM, EPOCHS, MIN_COUNT, RATE = 100, 20, 2, 0.05
CS = (0.001, 0.003, 0.01, 0.03, 0.1)

Texts = list[list[str]]
Fitted = Callable[[Texts], Any]


def classes(sentences: list[Any]) -> tuple[Texts, Any]:
    """Return the words of positive and negative sentences, and which are positive."""
    kept = [(words, label > 2) for words, label in sentences if label != 2]
    return [words for words, _ in kept], np.array([positive for _, positive in kept])


def error(vectors: list[Any], labels: list[Any]) -> float:
    """Return the share of test texts that are classified wrongly: vectors and labels of training, dev and test."""
    scaler = StandardScaler().fit(vectors[0])
    X, dev, test = (scaler.transform(each) for each in vectors)
    models = [LogisticRegression(C=C, max_iter=300).fit(X, labels[0]) for C in CS]
    best = max(models, key=lambda model: model.score(dev, labels[1]))
    return 1 - float(best.score(test, labels[2]))


def ours(method: str, weighting: str, seed: int) -> Callable[[Texts], Fitted]:
    """Return a function that fits the library's estimator."""

    def fit(texts: Texts) -> Fitted:
        options: dict[str, Any] = {"dim": DIM, "epochs": EPOCHS, "min_count": MIN_COUNT, "learning_rate": RATE}
        model = Word2VecVectorizer(method=method, weighting=weighting, analyzer=list, random_state=seed, **options)
        return model.fit(texts).transform  # type: ignore[no-any-return]

    return fit


def gensims(rate: float, seed: int) -> Callable[[Texts], Fitted]:
    """Return a function that fits gensim's PV-DBOW."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    def fit(texts: Texts) -> Fitted:
        options = {"vector_size": DIM, "epochs": EPOCHS, "min_count": MIN_COUNT, "alpha": rate, "sample": 1e-3}
        documents = [TaggedDocument(words, [i]) for i, words in enumerate(texts)]
        model = Doc2Vec(documents, dm=0, workers=1, seed=seed, **options)
        return lambda texts: np.array([model.infer_vector(words) for words in texts])

    return fit


def compared(seed: int) -> Iterator[tuple[str, Callable[[Texts], Fitted]]]:
    """Yield the methods, gensim's between ours."""
    yield "mean", ours("mean", "mean", seed)
    yield "tf-idf mean", ours("mean", "tfidf", seed)
    yield "pv-dbow", ours("pv-dbow", "mean", seed)
    yield f"gensim dbow, {RATE}", gensims(RATE, seed)
    yield "pv-dm", ours("pv-dm", "mean", seed)
    yield "gensim dbow, 0.025", gensims(0.025, seed)


def classify(folder: Path, seeds: int) -> None:
    """Print errors and speeds of all methods."""
    dataset = StanfordSentiment(folder)
    parts = [
        classes(part()) for part in (dataset.getTrainSentences, dataset.getDevSentences, dataset.getTestSentences)
    ]
    texts, labels = zip(*parts, strict=True)
    words, n = EPOCHS * sum(map(len, texts[0])), len(texts[1]) + len(texts[2])
    print(
        f"{len(texts[0]):,} sentences, {words // EPOCHS:,} words; {len(texts[2]):,} of test; {EPOCHS} epochs, D {DIM}"
    )
    print("method               seed error on test    words/s  texts/s  same bits in 10 calls")
    for seed, (name, fit) in ((number, each) for number in range(1, seeds + 1) for each in compared(number)):
        begin = time.process_time()
        transform = fit(texts[0])
        fitted = time.process_time()
        others = [transform(each) for each in texts[1:]]
        ended = time.process_time()
        same = len({np.asarray(transform(texts[1][:20])).tobytes() for _ in range(10)}) == 1
        wrong = error([transform(texts[0]), *others], list(labels))
        speeds = f"{words / (fitted - begin):10,.0f} {n / (ended - fitted):8,.0f}"
        print(f"{name:20} {seed:4} {100 * wrong:11.1f} % {speeds}  {same}", flush=True)


def speed(path: str, lines: int, rounds: int = 3) -> None:
    """Print the words a second of PV-DBOW and of gensim's, in turn, on a text of one document a line."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    with opened(path) as file:
        texts = [line.decode().split() for line in islice(file.whole(), lines)]
    words, corpus = sum(map(len, texts)), encode(texts)
    model = Doc2Vec(dm=0, vector_size=DIM, min_count=5, sample=1e-3, workers=1, seed=1)
    model.build_vocab(documents := [TaggedDocument(each, [i]) for i, each in enumerate(texts)])
    found: dict[str, list[float]] = {"pv-dbow": [], "gensim dbow": []}
    for _ in range(rounds):
        for name, run in (
            ("pv-dbow", lambda: train(corpus, model="pv-dbow", dim=DIM, epochs=1, quiet=True)),
            ("gensim dbow", lambda: model.train(documents, total_examples=len(documents), epochs=1)),
        ):
            begin = time.process_time()
            run()
            found[name].append(words / (time.process_time() - begin))
    for name, speeds in found.items():
        print(f"{name:12} {max(speeds):10,.0f} words/s, best of {rounds}: {words:,} words, {len(texts):,} documents")


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("treebank", type=Path, help="folder of the Stanford Sentiment Treebank")
    parser.add_argument("--text", help="a text, one document a line")
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    require_treebank(parser, options.treebank)
    require_gensim(parser)
    if options.text:
        speed(options.text, options.lines)
    classify(options.treebank, options.seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
