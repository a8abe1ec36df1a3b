"""word2vec/vectors/fasttext_model.py: vectors and labels of models that fastText wrote, to its bits.

tests/data/fasttext/make.py made the models, and expected.npz, by fastText itself.
"""

import gzip
import pickle
import random
import re
import struct
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from word2vec import load_fasttext
from word2vec.vectors.fasttext_model import FastTextModel, Scored, keep_best
from word2vec.vectors.formats.fasttext import Arguments, Dictionary, FastTextFile
from word2vec.vectors.formats.table import VectorFileError
from word2vec.vectors.word_vectors import WordVectors

DATA = Path(__file__).parents[1] / "data" / "fasttext"
NAMES = sorted(path.name for path in DATA.glob("*.*") if path.suffix in (".bin", ".ftz"))
SUPERVISED = [name for name in NAMES if name not in ("skipgram.bin", "cbow.bin")]
# those of make.py
ASKED = ["tea", "teapot", "drinking", "é", "日本語", "x", "", "</s>", "zz zz", "unseenword"]
TEXTS = [
    "green tea",
    "",
    "unseenword teas",
    "black coffee in the cup </s> tea",
    "rain\tand  snow",
    "日本 tea é tea tea",
]


@pytest.fixture(scope="module")
def expected():
    with np.load(DATA / "expected.npz") as arrays:
        return dict(arrays)


# vectors


@pytest.mark.parametrize("name", NAMES)
def test_vectors_have_the_bits_of_fasttext(name, expected):
    model = load_fasttext(DATA / name)
    np.testing.assert_array_equal(model[model.words], expected[f"{name}/seen"])
    np.testing.assert_array_equal(model[ASKED], expected[f"{name}/unseen"])
    np.testing.assert_array_equal(model["teapot"], expected[f"{name}/unseen"][1])
    assert model["tea"].dtype == model[[]].dtype == np.float32
    assert model[[]].shape == (0, model.arguments.dim)


def test_words_that_are_no_utf8(expected):
    model = load_fasttext(DATA / "skipgram.bin")
    np.testing.assert_array_equal(model[["caf\udce9", "\udc80", "caf\udce8"]], expected["skipgram.bin/odd"])
    assert "caf\udce9" in model
    assert "caf\udce8" not in model


def test_words_and_labels():
    model = load_fasttext(DATA / "ns.bin")
    assert len(model) == len(model.words) == 35
    assert [*model] == model.words
    assert sorted(model.labels) == ["__label__drink", "__label__other", "__label__sky", "__label__é"]
    assert "tea" in model
    assert all(other not in model for other in ("teapot", "__label__drink", 5, None, b"tea"))
    assert model.arguments.wordNgrams == 1
    assert repr(model) == (
        "<FastTextModel: supervised; 35 words, 4 labels, 5 dimensions; n-grams of 2 to 3 characters>"
    )
    assert repr(load_fasttext(DATA / "qout.ftz")).endswith("; quantised>")
    assert repr(load_fasttext(DATA / "hs.bin")) == "<FastTextModel: supervised; 35 words, 4 labels, 5 dimensions>"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("get_word_vector", "has no 'get_word_vector': use model[word]"),
        ("most_similar", "has no 'most_similar': of model.vectors(), use most_similar"),
        ("get_nearest_neighbors", "has no 'get_nearest_neighbors': of model.vectors(), use most_similar(word)"),
        ("get_output_matrix", "has no 'get_output_matrix': use vectors().outside, which unsupervised models have"),
        ("wv", "has no 'wv': use vectors()"),
        ("quantize", "has no attribute 'quantize'"),
    ],
)
def test_fasttexts_names_are_known(name, message):
    with pytest.raises(AttributeError, match=f"^FastTextModel {re.escape(message)}$"):
        getattr(load_fasttext(DATA / "ns.bin"), name)


def test_a_pickle_is_the_same_after_the_model_has_answered():
    model = load_fasttext(DATA / "ns.bin")
    before = pickle.dumps(model)
    assert all((model.words, model.labels, model.predict("green tea", k=-1), "tea" in model))
    assert pickle.dumps(model) == before
    np.testing.assert_array_equal(pickle.loads(before)["teapot"], model["teapot"])


def test_what_is_no_word_is_refused():
    model = load_fasttext(DATA / "ns.bin")
    with pytest.raises(TypeError, match=r"b'tea' is one word, expected a list of words, say \[b'tea'\.decode\(\)\]"):
        _ = model[b"tea"]
    with pytest.raises(TypeError, match="the words: 3 is no word: expected strings"):
        _ = model[["tea", 3]]
    with pytest.raises(TypeError, match="the words: 3 is no list of words"):
        _ = model[3]


@pytest.mark.parametrize("name", NAMES)
def test_all_words_as_vectors(name, expected):
    vectors = load_fasttext(DATA / name).vectors()
    np.testing.assert_array_equal(vectors.matrix, expected[f"{name}/seen"])
    assert vectors.words == load_fasttext(DATA / name).words
    if vectors.subwords is not None:
        np.testing.assert_array_equal(vectors["unseenword"], expected[f"{name}/unseen"][-1])
        assert "</s>" in vectors
        np.testing.assert_array_equal(vectors["</s>"], expected[f"{name}/unseen"][ASKED.index("</s>")])


def test_some_words_as_vectors():
    model = load_fasttext(DATA / "skipgram.bin")
    assert model.vectors(limit=3).words == model.words[:3]
    assert model.vectors(only=["tea", "nowhere"]).words == ["tea"]
    assert not model.vectors().subwords.matrix.flags.writeable


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": -1}, "^limit is -1: expected at least 0$"),
        ({"limit": 2.5}, "^limit is 2.5: expected a whole number$"),
        ({"only": []}, "^only holds no word"),
        ({"only": ["nowhere"]}, r"skipgram\.bin: none of the 1 words of only=\.\.\. is there: check their spelling$"),
    ],
)
def test_what_no_words_are_refused_as_by_load(options, message):
    for read in (load_fasttext(DATA / "skipgram.bin").vectors, partial(WordVectors.load, DATA / "skipgram.bin")):
        with pytest.raises((TypeError, ValueError), match=message):
            read(**options)


def test_nearest_neighbours_are_those_of_fasttext(expected):
    vectors = load_fasttext(DATA / "cbow.bin").vectors()
    for i, word in enumerate(("tea", "teapot")):
        found = vectors.most_similar(word, top_n=4)
        assert [other for other, _ in found] == expected["cbow.bin/near"][i].tolist()
        np.testing.assert_allclose([score for _, score in found], expected["cbow.bin/cosines"][i], atol=1e-6)


def test_a_model_is_saved_as_it_is(tmp_path):
    for name in NAMES:
        load_fasttext(DATA / name).save(tmp_path / name)
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_a_packed_model(tmp_path, expected):
    with gzip.open(tmp_path / "cbow.bin.gz", "wb") as file:
        file.write((DATA / "cbow.bin").read_bytes())
    np.testing.assert_array_equal(load_fasttext(tmp_path / "cbow.bin.gz")[ASKED], expected["cbow.bin/unseen"])


def test_what_is_no_model(tmp_path):
    (tmp_path / "v.bin").write_text("2 2\ntea 1 2\ncup 3 4\n" * 9)
    with pytest.raises(
        VectorFileError, match=r"v\.bin, byte \d+: .*: expected a model .*; WordVectors\.load\(path\)"
    ):
        load_fasttext(tmp_path / "v.bin")
    with pytest.raises(TypeError, match=r"^path is None: expected the path of a file"):
        load_fasttext(DATA / "ns.bin").save(None)
    with pytest.raises(TypeError, match=r"^path is .*: expected the path of a file"):
        load_fasttext(3)
    with pytest.raises(TypeError, match=r"^label_prefix is b'__label__'"):
        load_fasttext(DATA / "ns.bin", label_prefix=b"__label__")
    with pytest.raises(FileNotFoundError):
        load_fasttext(tmp_path / "nowhere.bin")


def test_a_large_model_is_not_read_as_a_whole(tmp_path):
    resource = pytest.importorskip("resource", reason="this system does not tell the peak of memory")
    buckets, dim = 100_000, 100
    args = Arguments(dim, bucket=buckets, minn=3, maxn=6)
    model = FastTextFile(
        *("", args, Dictionary.of([b"tea", b"cup"], [2, 1]), 2, 3, None),
        *(np.zeros((2 + buckets, dim), np.float32), np.zeros((2, dim), np.float32)),
    )
    model.write(tmp_path / "large.bin")
    assert (tmp_path / "large.bin").stat().st_size > 40_000_000
    code = (
        "import resource, sys; from word2vec import load_fasttext; import scipy.sparse;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "model = load_fasttext(sys.argv[1]); model['tea'], model['unseen'];"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "large.bin")]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert resource
    assert int(found.stdout) < 20_000  # kB, of 40,000


# labels


@pytest.mark.parametrize("name", SUPERVISED)
def test_labels_and_probabilities_are_those_of_fasttext(name, expected):
    model = load_fasttext(DATA / name)
    for text, labels, p in zip(TEXTS, expected[f"{name}/labels"], expected[f"{name}/p"], strict=True):
        found = model.predict(text, 3)
        assert [label for label, _ in found] == [label for label in labels.tolist() if label]
        assert [probability for _, probability in found] == p[: len(found)].tolist()


@pytest.mark.parametrize("name", ["ns.bin", "hs.bin", "softmax.bin"])
def test_thresholds_and_numbers_of_labels(name):
    model = load_fasttext(DATA / name)
    every = model.predict("green tea", -1)
    assert len(every) == 4
    assert every == sorted(every, key=lambda pair: -pair[1])
    assert model.predict("green tea") == every[:1]
    assert model.predict("green tea", 9) == every
    assert model.predict("green tea", 9, every[1][1] - 1e-4) == every[:2]
    assert model.predict("green tea", 9, 1.5) == []


def test_labels_in_a_text_do_not_count():
    model = load_fasttext(DATA / "softmax.bin")
    plain = model.predict("green tea", 4)
    assert model.predict("__label__sky green __label__new tea", 4) == plain
    other = load_fasttext(DATA / "softmax.bin", label_prefix="__other__")
    assert other.predict("green __label__new tea", 4) != plain
    assert other.predict("green __other__new tea", 4) == plain


def test_a_text_of_which_nothing_is_known():
    words = Dictionary.of([b"tea"], [1])
    labels = bytes(Dictionary.of([b"__label__a"], [1]).text[:-1]) + b"\1"
    both = Dictionary(np.frombuffer(bytes(words.text) + labels, np.uint8), np.array([3, 3 + 10 + 10]))
    args = Arguments(2, model=3, loss=3)
    model = FastTextModel(FastTextFile("m", args, both, 1, 2, None, np.ones((1, 2), "f4"), np.ones((1, 2), "f4")))
    assert model.predict("coffee") == []
    assert model.predict("tea") == [("__label__a", pytest.approx(1 + 1e-5))]


def test_what_cannot_be_predicted(tmp_path):
    model = load_fasttext(DATA / "ns.bin")
    for arguments, error, message in (
        (("green\ntea",), ValueError, r"the text has several lines: expected one; predict each of text\.splitlines"),
        ((["green"],), TypeError, r"text is \['green'\].*: expected one line of text"),
        (("tea", 0), ValueError, "k is 0: expected at least 1"),
        (("tea", -2), ValueError, "k is -2: expected at least -1"),
        (("tea", 1, -1), ValueError, "threshold is -1: expected a probability, not negative"),
    ):
        with pytest.raises(error, match=message):
            model.predict(*arguments)
    with pytest.raises(ValueError, match=r"skipgram\.bin has no labels: expected a supervised model"):
        load_fasttext(DATA / "skipgram.bin").predict("tea")
    for number in (np.nan, np.inf):
        for name in ("ns.bin", "softmax.bin"):  # without a warning of NumPy's
            data = (DATA / name).read_bytes()
            (tmp_path / "nan.bin").write_bytes(data[:-4] + struct.pack("<f", number))
            kind = "NaN" if np.isnan(number) else "infinite"
            with pytest.raises(ValueError, match=rf"nan\.bin: scores of a text are {kind}: expected finite numbers"):
                load_fasttext(tmp_path / "nan.bin").predict("tea")


def test_a_tree_of_many_equal_labels_is_deep_in_the_file_only():
    """Counts of zero make a tree as deep as there are labels, which no recursion could follow."""
    n = 3000
    text = b"".join(b"%d\0%b\1" % (i, bytes(8)) for i in range(n))
    ends = np.cumsum([len(str(i)) + 10 for i in range(n)]) - 10
    args = Arguments(1, model=3, loss=1)
    zeros = np.zeros((n, 1), np.float32)
    model = FastTextModel(
        FastTextFile("m", args, Dictionary(np.frombuffer(text, np.uint8), ends), 0, 1, None, zeros, zeros)
    )
    assert len(model._tree[0]) == 2 * n - 1
    assert model._search_tree(np.ones(1, np.float32), 1, 0.0)


def test_ties_come_in_the_order_of_a_heap():
    """As std::push_heap and std::pop_heap leave them, which fastText uses: of equal scores, not the first."""
    heap = []
    for label in range(5):
        keep_best(heap, Scored(1.0, label), 3)
    assert sorted(found.label for found in heap) == [1, 3, 4]
    assert Scored(1.0, 3) < Scored(2.0, 0)
    assert not Scored(1.0, 0) < Scored(1.0, 1)


# the package


@pytest.mark.parametrize(
    "options",
    [
        {"loss": "softmax", "wordNgrams": 3},
        *(pytest.param({"loss": loss}, marks=pytest.mark.slow) for loss in ("hs", "ova", "ns")),
    ],
)
def test_fasttext_itself_agrees(options, tmp_path):
    package = pytest.importorskip("fasttext", reason="fasttext-wheel is not installed")
    rng = random.Random(5)
    words = ["".join(rng.choice("abcdeé日") for _ in range(rng.randrange(1, 9))) for _ in range(300)]
    lines = [[rng.choice(words) for _ in range(9)] for _ in range(400)]
    text = "".join(f"__label__{i % 40 if i % 3 else 0} {' '.join(line)}\n" for i, line in enumerate(lines))
    (tmp_path / "text").write_text(text, encoding="utf-8")
    common = {"dim": 50, "bucket": 5000, "minn": 2, "maxn": 4, "thread": 1, "verbose": 0, "epoch": 3, "lr": 0.5}
    package.train_supervised(str(tmp_path / "text"), **common, **options).save_model(str(tmp_path / "m.bin"))
    theirs, ours = package.load_model(str(tmp_path / "m.bin")), load_fasttext(tmp_path / "m.bin")
    for line in lines[:60]:
        asked = " ".join([*line[:5], "".join(line[5:7])])
        found = theirs.f.predict(f"{asked}\n", 7, 0.0, "strict")
        labels, p = zip(*ours.predict(asked, 7), strict=True)
        assert labels == tuple(label for _, label in found)
        # the exponential of C's library in float32 is not always the nearest one, so that the probability of going
        # left in a tree may be another float32, and that of going right differs as much: by 2⁻²⁴, however small it
        # is; what the files in tests hold is compared to the bit above
        atol = 2**-24 if options["loss"] == "hs" else 0
        np.testing.assert_allclose(p, [p for p, _ in found], rtol=3e-7, atol=atol)
        np.testing.assert_array_equal(ours[line[0] + "x"], theirs.get_word_vector(line[0] + "x"))


def test_vectors_of_a_mapped_model_are_those_read():
    np.testing.assert_array_equal(
        load_fasttext(DATA / "skipgram.bin").vectors().matrix, WordVectors.load(DATA / "skipgram.bin").matrix
    )
