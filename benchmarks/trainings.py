"""One training, by this library or by a peer, in a process of its own: figures, and vectors if a file is named.

A job is a dict: `way` (of WAYS), `text` (a file), `settings` by our names, `seed`; `save`, a file for words, matrix
and the vectors of the words of the JSON file `asked`. Peers take of the settings what they know, and options of their
own: "alpha" of gensim; "lr" and "thread" of fastText. What is imported is imported before the clock starts, on both
sides: gensim loads SciPy at once, ours when it trains.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Settings, grouped, run_apart

Figures = dict[str, float]
Trained = tuple[Iterable[str], np.ndarray, Callable[[str], np.ndarray], Figures]
"""Words, matrix, a function from any word to its vector (KeyError if it has none), figures."""


class Clock:
    """Seconds, and those of the processor, that this process and those that it waited for have taken."""

    def __init__(self) -> None:
        self.begin = time.perf_counter()

    def encoded(self) -> None:
        """Note that the text is read and counted."""
        self.middle, self.busy = time.perf_counter(), sum(os.times()[:4])

    def figures(self, words: int) -> Figures:
        """Return the figures of a training that has ended."""
        end = time.perf_counter()
        busy = sum(os.times()[:4]) - self.busy
        return {"train": end - self.middle, "all": end - self.begin, "processor": busy, "words": words}


def train_ours(text: str, settings: Settings, seed: int) -> Trained:
    """Train with this library."""
    import scipy.sparse  # noqa: F401
    import threadpoolctl  # noqa: F401

    from word2vec import train
    from word2vec.text.vocabulary import encode

    lists = {name: tuple(value) for name, value in settings.items() if isinstance(value, list)}  # as JSON has them
    clock = Clock()
    corpus = encode(text)
    clock.encoded()
    vectors = train(corpus, seed=seed, **grouped(settings | lists))
    return vectors.words, vectors.matrix, vectors.__getitem__, clock.figures(corpus.raw_words)


def train_gensim(text: str, settings: Settings, seed: int, *, from_file: bool) -> Trained:
    """Train Word2Vec or FastText of gensim, from lists in memory or from the file."""
    from gensim import models

    s, paths = settings, settings.get("loss") == "hierarchical-softmax"
    named = {
        "sg": int(s.get("model") != "cbow"), "hs": int(paths), "negative": 0 if paths else s["negatives"],
        "vector_size": s["dim"], "window": s["window"], "sample": 1e-3, "min_count": 5, "workers": s["workers"],
        "epochs": s["epochs"], "seed": seed, "alpha": s.get("alpha", 0.025),
    }  # fmt: skip
    kind = models.Word2Vec
    if "ngrams" in s:
        kind, (named["min_n"], named["max_n"]) = models.FastText, s["ngrams"]
    clock = Clock()
    lists = None if from_file else [line.split() for line in Path(text).read_text(encoding="utf-8").splitlines()]
    source = {"corpus_file": text} if from_file else {"corpus_iterable": lists}
    model = kind(**named)
    model.build_vocab(**source)
    clock.encoded()
    more = {"total_words": model.corpus_total_words} if from_file else {}
    model.train(**source, total_examples=model.corpus_count, epochs=s["epochs"], **more)
    figures = clock.figures(model.corpus_total_words)
    return model.wv.index_to_key, model.wv.vectors, model.wv.__getitem__, figures


def train_fasttext(text: str, settings: Settings, _: int) -> Trained:
    """Train fastText itself; its time includes reading and counting, and its seed cannot be chosen in Python."""
    import fasttext

    s, (least, most) = settings, settings.get("ngrams", (0, 0))
    begin = time.perf_counter()
    model = fasttext.train_unsupervised(
        text, "skipgram", dim=s["dim"], ws=s["window"], neg=s["negatives"], epoch=s["epochs"], t=1e-3, minCount=5,
        minn=least, maxn=most, thread=s["thread"], lr=s.get("lr", 0.05), verbose=0,
    )  # fmt: skip
    seconds = time.perf_counter() - begin
    words = [word for word in model.get_words(on_unicode_error="replace") if word != "</s>"]
    figures = {"all": seconds, "words": len(Path(text).read_text(encoding="utf-8").split())}
    return words, np.array([model.get_word_vector(word) for word in words]), model.get_word_vector, figures


WAYS: dict[str, Callable[[str, Settings, int], Trained]] = {
    "ours": train_ours,
    "gensim-lists": partial(train_gensim, from_file=False),
    "gensim-file": partial(train_gensim, from_file=True),
    "fasttext": train_fasttext,
}


def one(job: dict[str, Any]) -> None:
    """Do a job: train, save the vectors and those of the words asked for, print the figures as JSON."""
    words, matrix, vector, figures = WAYS[job["way"]](job["text"], job["settings"], job["seed"])
    peaks = (resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    figures["memory"] = sum(peaks) / 1024
    if "save" in job:
        known = {}
        for word in json.loads(Path(job["asked"]).read_text(encoding="utf-8")) if "asked" in job else ():
            with suppress(KeyError):  # without n-grams
                known[word] = vector(word)
        more = {"asked": np.array([*known]), "found": np.array([*known.values()])}
        np.savez(job["save"], words=np.array(words), matrix=matrix, **more)
    print(json.dumps(figures))


def run(way: str, text: Path, settings: Settings, seed: int, **files: Path) -> Figures:
    """Have a training done by another process; `files` are `save` and `asked`."""
    job = {"way": way, "text": str(text), "settings": settings, "seed": seed}
    job |= {name: str(file) for name, file in files.items()}
    return run_apart("-m", "benchmarks.trainings", json.dumps(job))


if __name__ == "__main__":
    one(json.loads(sys.argv[1]))
