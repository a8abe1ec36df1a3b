"""Make the files of this folder anew by fastText itself: `python tests/data/fasttext/make.py`, in an environment with
fasttext-wheel 0.9.2 and numpy<2. Ten threads, so that fastText initialises every row; their bits differ by the run.
"""

import random
import tempfile
from pathlib import Path

import fasttext
import numpy as np
from fasttext import FastText

HERE = Path(__file__).parent
ASKED = ["tea", "teapot", "drinking", "é", "日本語", "x", "", "</s>", "zz zz", "unseenword"]
TEXTS = [
    "green tea",
    "",
    "unseenword teas",
    "black coffee in the cup </s> tea",
    "rain\tand  snow",
    "日本 tea é tea tea",
]
KINDS = {  # of supervised models
    "ns": {"loss": "ns", "minn": 2, "maxn": 3},
    "hs": {"loss": "hs", "wordNgrams": 2},
    "softmax": {"loss": "softmax", "wordNgrams": 3, "minn": 2, "maxn": 3},
    "ova": {"loss": "ova"},
}
DRINKS = ["tea", "coffee", "milk", "juice", "water", "cocoa", "wine", "beer"]
DRINKS += ["cup", "pot", "drink", "drinks", "green", "black", "sweet", "hot"]
SKY = ["rain", "snow", "wind", "storm", "sun", "cloud", "fog", "hail", "sky"]
SKY += ["grey", "wet", "cold", "dry", "day", "night", "日本", "é", "größe"]


def sentences(rng, n):
    for _ in range(n):
        yield " ".join(rng.choice(kind) for kind in [rng.choice([DRINKS, SKY])] * 8)


def vectors_of(model, words):
    """Return what getWordVector gives; it takes bytes, too."""
    found = np.empty((len(words), model.get_dimension()), np.float32)
    for row, word in zip(found, words, strict=True):
        vector = FastText.fasttext.Vector(len(row))
        model.f.getWordVector(vector, word)
        row[:] = np.array(vector)
    return found


def main():
    expected, rng = {}, random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "text")

        def keep(name, model, **more):
            model.save_model(str(HERE / name))
            model = fasttext.load_model(str(HERE / name))
            words = [word.encode("utf-8", "surrogateescape") for word in model.f.getVocab("surrogateescape")[0]]
            more = {
                "seen": vectors_of(model, words),
                "unseen": vectors_of(model, [w.encode() for w in ASKED]),
                **more,
            }
            expected.update({f"{name}/{key}": value for key, value in more.items()})

        def predicted(model, k=3):
            found = [model.f.predict(f"{line}\n", k, 0.0, "strict") for line in TEXTS]
            labels = np.array([[label for _, label in line] + [""] * (k - len(line)) for line in found])
            return {"labels": labels, "p": np.array([[p for p, _ in line] + [0] * (k - len(line)) for line in found])}

        text.write_bytes("\n".join(sentences(rng, 60)).encode() + b"\ncaf\xe9 caf\xe9 tea \x80 \x80\n")
        some = {"dim": 5, "minCount": 1, "thread": 10, "epoch": 5, "verbose": 0}
        model = fasttext.train_unsupervised(str(text), bucket=60, minn=3, maxn=5, **some)
        keep("skipgram.bin", model, odd=vectors_of(model, [b"caf\xe9", b"\x80", b"caf\xe8"]))
        text.write_text("\n".join(sentences(rng, 60)) + "\n")
        model = fasttext.train_unsupervised(str(text), "cbow", loss="hs", bucket=40, minn=1, maxn=2, **some)
        near = [list(model.get_nearest_neighbors(word, 4)) for word in ("tea", "teapot")]
        cosines = np.array([[score for score, _ in answers] for answers in near])
        keep("cbow.bin", model, near=np.array([[word for _, word in each] for each in near]), cosines=cosines)
        lines = [(f"__label__{'drink' if s.split()[0] in DRINKS else 'sky'}", s) for s in sentences(rng, 80)]
        lines = [
            (rng.choice(["__label__other", "__label__é", label]) if i % 5 == 0 else label, s)
            for i, (label, s) in enumerate(lines)
        ]
        text.write_text("".join(f"{label} {s}\n" for label, s in lines))
        for kind, options in KINDS.items():
            model = fasttext.train_supervised(str(text), bucket=70, lr=0.5, **some | options)
            keep(f"{kind}.bin", model, **predicted(model))
        many = [f"__label__{i} word{i % 97}{i} tea {DRINKS[i % 16]}\n" for i in range(300)] * 3
        text.write_text("".join(many))
        small = {**some, "dim": 3, "bucket": 100, "wordNgrams": 2, "minn": 2, "maxn": 3}
        for name, options in {
            "quantised.ftz": {"qnorm": True},
            "pruned.ftz": {"cutoff": 280, "dsub": 2},
            "qout.ftz": {"qout": True, "qnorm": True},
        }.items():
            model = fasttext.train_supervised(str(text), lr=0.5, **small)
            model.quantize(**options)
            keep(name, model, **predicted(model))
    np.savez_compressed(HERE / "expected.npz", **expected)


if __name__ == "__main__":
    main()
