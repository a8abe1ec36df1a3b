"""word2vec/vectors/formats/fasttext.py: files that fastText wrote, and files that are wrong.

tests/data/fasttext/make.py made them, and expected.npz, by fastText itself.
"""

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest

from word2vec import train
from word2vec.runtime import memory
from word2vec.runtime.inputs import opened
from word2vec.training.settings import Cbow
from word2vec.vectors import formats
from word2vec.vectors.fasttext_model import load_fasttext
from word2vec.vectors.formats import fasttext
from word2vec.vectors.formats.fasttext import (
    Arguments,
    Dictionary,
    FastTextFile,
    QuantizedMatrix,
    dot_rows,
    has_old_head,
    parse,
)
from word2vec.vectors.formats.table import Problems, VectorFileError
from word2vec.vectors.subwords import Subwords
from word2vec.vectors.word_vectors import WordVectors

DATA = Path(__file__).parents[2] / "data" / "fasttext"
NAMES = sorted(path.name for path in DATA.glob("*.*") if path.suffix in (".bin", ".ftz"))
ARGUMENTS = 8  # where they begin
SIZES = ARGUMENTS + 12 * 4 + 8  # where those of the dictionary begin
ENTRIES = SIZES + 3 * 4 + 2 * 8


@pytest.fixture(scope="module")
def expected():
    with np.load(DATA / "expected.npz") as arrays:
        return dict(arrays)


def parsed(path):
    with opened(path) as file:
        return parse(file.whole(mapped=True), Problems(file.name, "strict"))


def changed(path, name, *changes):
    """Write one of the files with (place, bytes) changed, and return its path."""
    data = bytearray((DATA / name).read_bytes())
    for place, new in changes:
        data[place : place + len(new)] = new
    (path / name).write_bytes(data)
    return path / name


def int32(*numbers):
    return struct.pack(f"<{len(numbers)}i", *numbers)


def without_head(name):
    """Return a file as fastText wrote it before there was a version: no head, no pruning, no quantisation."""
    data = (DATA / name).read_bytes()
    parts = parsed(DATA / name)
    entries = ENTRIES + len(parts.dictionary.text)
    matrices = [struct.pack("<2q", *m.shape) + m.tobytes() for m in (parts.input, parts.output)]
    return data[ARGUMENTS : ENTRIES - 8] + data[ENTRIES:entries] + b"".join(matrices)


# reading


@pytest.mark.parametrize("name", NAMES)
def test_words_have_the_bits_of_fasttext(name, expected):
    vectors = WordVectors.load(DATA / name)
    np.testing.assert_array_equal(vectors.matrix, expected[f"{name}/seen"])
    assert vectors.matrix.dtype == np.float32
    assert vectors.counts is not None
    assert vectors.counts.min() >= 1


@pytest.mark.parametrize("mmap", [False, True])
def test_a_model_of_skip_grams(mmap, expected):
    vectors = WordVectors.load(DATA / "skipgram.bin", mmap=mmap)
    parts = parsed(DATA / "skipgram.bin")
    np.testing.assert_array_equal(vectors.outside, parts.output)
    np.testing.assert_array_equal(vectors.subwords.own, parts.input[: len(vectors)])
    np.testing.assert_array_equal(vectors.subwords.matrix, parts.input[len(vectors) :])
    for array in (vectors.outside, vectors.subwords.own, vectors.subwords.matrix):
        assert array.flags.writeable != mmap
    assert (vectors.subwords.minn, vectors.subwords.maxn, vectors.subwords.buckets) == (3, 5, 60)
    assert vectors.settings["fasttext"]["ws"] == 5
    assert vectors.settings["fasttext"]["tokens"] == vectors.counts.sum()
    assert vectors.counts[vectors.index("caf\udce9")] == 2
    np.testing.assert_array_equal(vectors["teapot"], expected["skipgram.bin/unseen"][1])


def test_models_without_ngrams_have_no_subwords():
    vectors = WordVectors.load(DATA / "ova.bin")
    assert vectors.subwords is None
    assert vectors.outside is None  # its output is of labels


def of_loss(name, loss, path):
    """Write one of the files with large random numbers, and as if they were trained by another loss."""
    parts, rng = parsed(DATA / name), np.random.default_rng(loss)
    rows = {each: rng.normal(0, 2, getattr(parts, each).shape).astype(np.float32) for each in ("input", "output")}
    if loss == 1:
        rows["output"][-1] = 0  # which no node has
    parts._replace(arguments=parts.arguments._replace(loss=loss), **rows).write(path / name)
    return path / name


def as_labels(parts, hidden, path):
    """Write a supervised model with the same output: line i has hidden vector i, and each word is a label."""
    lines, words = [b"line%d" % i for i in range(len(hidden))], parts.dictionary
    labels = [b"__label__%d" % i for i in range(len(words))]
    entries = Dictionary.of(lines + labels, [1] * len(lines) + words.counts.tolist())
    text = entries.text.copy()
    text[entries.ends[len(lines) :] + 9] = 1
    args = parts.arguments._replace(model=3, minn=0, maxn=0, bucket=0)
    new = (Dictionary(text, entries.ends), len(lines), len(lines), None, hidden, parts.output)
    FastTextFile("labels.bin", args, *new).write(path)
    return load_fasttext(path)


@pytest.mark.parametrize(("loss", "name"), [(1, "hierarchical-softmax"), (3, "naive-softmax")])
@pytest.mark.parametrize("file", ["cbow.bin", "skipgram.bin"])
def test_probabilities_of_words_are_fasttexts(loss, name, file, tmp_path):
    vectors, parts = WordVectors.load(of_loss(file, loss, tmp_path)), parsed(tmp_path / file)
    np.testing.assert_array_equal(vectors.outside, parts.output)
    assert vectors.settings["loss"]["name"] == name
    words = vectors.words
    contexts = [["tea", "rain", "unseenword", "tea"], ["cup"]] if file == "cbow.bin" else [["tea"], ["rain"]]
    hidden = []
    for context in contexts:  # fastText's is the mean of all rows, which are more of a longer word
        grams, _, _ = parts.subwords().rows_of(context)
        rows = [words.index(word) for word in context if word in vectors] + (grams + len(words)).tolist()
        hidden.append(parts.input[rows].mean(axis=0))
    model = as_labels(parts, np.array(hidden), tmp_path / "labels.bin")
    for i, context in enumerate(contexts):
        found, labels = vectors.probability(words, context), dict(model.predict(f"line{i}", k=-1))
        assert found.sum() == pytest.approx(1, rel=1e-12)
        truth = [labels.get(f"__label__{j}", 0) for j in range(len(words))]
        np.testing.assert_allclose(found, truth, atol=1e-4)  # to each of whose factors fastText adds 1e-5
        assert found.max() > 0.1 > 0.01 > found.min()
    _, _, grams = parts.subwords().rows_of(["tea", "rain"])
    if file == "cbow.bin":
        with pytest.raises(ValueError, match="the context has 2 words, of weight 0: expected some of finite weight"):
            vectors.probability("tea", [("tea", 1 + grams[1]), ("rain", -1 - grams[0])])


def test_models_without_probabilities_say_why(tmp_path):
    with pytest.raises(ValueError, match="the loss is 'negative-sampling', whose scores do not sum to 1"):
        WordVectors.load(DATA / "skipgram.bin").probability("tea", "rain")
    with pytest.raises(ValueError, match="the loss is 'one-against-all', whose scores do not sum to 1"):
        WordVectors.load(of_loss("skipgram.bin", 4, tmp_path)).probability("tea", "rain")
    for loss, message in ((1, "outside vectors or counts are not known"), (3, "3 of the model's .* words are known")):
        part = WordVectors.load(of_loss("skipgram.bin", loss, tmp_path), limit=3)
        assert (part.outside is None) == (loss == 1)  # the tree is that of all words
        with pytest.raises(ValueError, match=message):
            part.probability("tea", part.words[1])
    count = (DATA / "cbow.bin").read_bytes().index(b"tea\0") + 4
    path = changed(tmp_path, "cbow.bin", (count, int32(1 << 20)))  # fastText's own tree sorts no counts
    assert WordVectors.load(path).outside is None


@pytest.mark.parametrize(
    ("last", "neg", "end", "loss"),
    [
        (0, 5, "<end>", {"name": "hierarchical-softmax", "rule": "fasttext"}),
        (0, 0, "</s>", {"name": "hierarchical-softmax", "rule": "fasttext"}),
        (0, 0, "<end>", {"name": "hierarchical-softmax", "rule": "gensim"}),
        (1, 5, "</s>", {"name": "negative-sampling"}),
    ],
)
def test_gensims_models_by_hs_are_told_from_fasttexts(last, neg, end, loss, tmp_path):
    parts = parsed(of_loss("skipgram.bin", 1, tmp_path))
    words = [end.encode() if word == b"</s>" else word for word in parts.dictionary]
    assert end.encode() in words
    parts = parts._replace(dictionary=Dictionary.of(words, parts.dictionary.counts))
    output = np.vstack([parts.output[:-1], np.full(parts.output.shape[1], last, np.float32)])
    parts._replace(arguments=parts.arguments._replace(neg=neg), output=output).write(tmp_path / "m.bin")
    vectors = WordVectors.load(tmp_path / "m.bin")
    assert vectors.settings["loss"] == loss
    np.testing.assert_array_equal(vectors.outside, output)


TEXT = [["green", "tea"], ["black", "coffee"], ["hot", "cocoa"]] * 60


def sum_of_cbow(path):
    return train(TEXT, model=Cbow(mean=False), loss="naive-softmax", dim=4, sample=0, quiet=True)


def part_of_softmax(path):
    train(TEXT, loss="naive-softmax", dim=4, sample=0, quiet=True).save(path / "r.npz")
    return WordVectors.load(path / "r.npz", only=["tea", "green"])


@pytest.mark.parametrize("made", [sum_of_cbow, part_of_softmax])
def test_what_fasttext_has_not_is_written_without_probabilities(made, tmp_path):
    made(tmp_path).save(tmp_path / "m.bin", format="fasttext")
    with pytest.raises(ValueError, match="the loss is 'negative-sampling', whose scores do not sum to 1"):
        WordVectors.load(tmp_path / "m.bin").probability("tea", "green")


def test_counts_without_a_sign_are_in_order_too():
    assert fasttext.are_in_order(np.array([3, 2, 1], np.uint8))
    assert not fasttext.are_in_order(np.array([3, 4, 1], np.uint8))


@pytest.mark.parametrize("source", ["path", "packed", "in memory", "open", "named otherwise"])
def test_any_source_is_read(source, tmp_path, expected):
    data = (DATA / "skipgram.bin").read_bytes()
    path = tmp_path / ("vectors.txt" if source == "named otherwise" else "skipgram.bin")
    path.write_bytes(data)
    with gzip.open(tmp_path / "m.bin.gz", "wb") as file:
        file.write(data)
    with open(path, "rb") as file:
        sources = {"packed": tmp_path / "m.bin.gz", "in memory": io.BytesIO(data), "open": file}
        vectors = WordVectors.load(sources.get(source, path))
    np.testing.assert_array_equal(vectors.matrix, expected["skipgram.bin/seen"])


def test_a_file_that_is_open_behind_its_beginning(tmp_path, expected):
    (tmp_path / "m.bin").write_bytes(b"odd" + (DATA / "skipgram.bin").read_bytes())
    with open(tmp_path / "m.bin", "rb") as file:
        file.seek(3)
        np.testing.assert_array_equal(WordVectors.load(file).matrix, expected["skipgram.bin/seen"])


def test_too_large_a_model_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    with pytest.raises(
        MemoryError, match=r"skipgram\.bin: 171 rows of 5 numbers needs .* available: map it, mmap=True"
    ):
        WordVectors.load(DATA / "skipgram.bin")


def test_some_words_only(expected):
    whole = WordVectors.load(DATA / "skipgram.bin")
    for vectors in (
        WordVectors.load(DATA / "skipgram.bin", only=["tea", "é", "nowhere"]),
        WordVectors.load(DATA / "skipgram.bin", only=whole.words[:20], limit=7, mmap=True, dtype="float64"),
    ):
        rows = [whole.index(word) for word in vectors]
        assert rows == sorted(rows)
        assert len(rows) in (2, 7)
        for name in ("matrix", "outside", "counts"):
            np.testing.assert_array_equal(getattr(vectors, name), getattr(whole, name)[rows])
        np.testing.assert_array_equal(vectors.subwords.own, whole.subwords.own[rows])
        np.testing.assert_array_equal(vectors["teapot"], whole["teapot"])
    assert vectors.matrix.dtype == np.float64
    with pytest.raises(ValueError, match=r"none of the 1 words of only=\.\.\. is there"):
        WordVectors.load(DATA / "skipgram.bin", only=["__label__tea"])


def test_a_vector_with_nan_is_named_or_left_out(tmp_path):
    whole = WordVectors.load(DATA / "skipgram.bin")
    place = ENTRIES + len(parsed(DATA / "skipgram.bin").dictionary.text) + 1 + 16 + 2 * 5 * 4
    path = changed(tmp_path, "skipgram.bin", (place, b"\1\0\x80\x7f"))  # of this NaN NumPy warns
    with pytest.raises(VectorFileError, match=rf"word 3: the vector of '{whole.words[2]}' holds NaN or infinity"):
        WordVectors.load(path)
    with pytest.warns(UserWarning, match="left out 1 rows with NaN or infinity"):
        vectors = WordVectors.load(path, errors="skip")
    kept = [0, 1, *range(3, len(whole))]
    assert vectors.words == [whole.words[i] for i in kept]
    np.testing.assert_array_equal(vectors.subwords.own, whole.subwords.own[kept])
    np.testing.assert_array_equal(vectors.outside, whole.outside[kept])


def test_bytes_that_are_no_utf8_can_be_replaced():
    assert "caf\ufffd" in WordVectors.load(DATA / "skipgram.bin", errors="replace")
    with pytest.raises(ValueError, match="encoding is for text, this is fasttext: leave it out"):
        WordVectors.load(DATA / "skipgram.bin", encoding="latin-1")


# versions


@pytest.mark.parametrize("name", ["skipgram.bin", "cbow.bin", "ns.bin"])
def test_files_without_a_version(name, tmp_path, expected):
    (tmp_path / name).write_bytes(without_head(name))
    vectors = WordVectors.load(tmp_path / name)
    if name == "ns.bin":  # supervised ones did not use n-grams
        assert vectors.subwords is None
        np.testing.assert_array_equal(vectors.matrix, parsed(DATA / name).input[: len(vectors)])
    else:
        np.testing.assert_array_equal(vectors.matrix, expected[f"{name}/seen"])
        np.testing.assert_array_equal(vectors["teapot"], expected[f"{name}/unseen"][1])


def test_version_11(tmp_path, expected):
    found = WordVectors.load(changed(tmp_path, "skipgram.bin", (4, int32(11))))
    np.testing.assert_array_equal(found.matrix, expected["skipgram.bin/seen"])
    assert WordVectors.load(changed(tmp_path, "ns.bin", (4, int32(11)))).subwords is None


def test_old_heads_are_not_seen_in_other_files():
    args = struct.pack("<12id", 100, 5, 5, 5, 5, 1, 2, 2, 2000000, 3, 6, 100, 1e-4)
    assert has_old_head(args)
    assert not has_old_head(args[:-1])
    for other in (b"3 2\ntea " + bytes(60), bytes(60), b"tea " * 20, args[:24] + int32(7) + args[28:]):
        assert not has_old_head(other)


# files that are wrong

WRONG = [
    ((4, int32(13)), r"byte 9: it has version 13 of fastText's format: expected 11 or 12: fetch the file again"),
    ((4, int32(10)), r"it has version 10"),
    ((ARGUMENTS, int32(0)), r"its arguments are impossible: dim is 0, expected 1 to 1048576"),
    ((ARGUMENTS + 24, int32(5)), r"impossible: loss is 5, expected 1 to 4"),
    ((ARGUMENTS + 28, int32(0)), r"impossible: model is 0, expected 1 to 3"),
    ((ARGUMENTS + 32, int32(-1)), r"impossible: bucket is -1"),
    ((ARGUMENTS + 40, int32(1 << 30)), r"impossible: maxn is 1073741824"),
    ((SIZES, int32(38)), r"sizes of its dictionary do not agree: 38 entries, 37 words, 0 labels, -1 kept n-grams"),
    ((SIZES, int32(2**31 - 1, 2**31 - 1)), r"the dictionary should take 21,474,836,470 bytes, only"),
    ((SIZES, int32(-1, -1)), r"sizes of its dictionary do not agree: -1 entries"),
    ((SIZES + 20, struct.pack("<q", -2)), r"-2 kept n-grams"),
    ((SIZES + 20, struct.pack("<q", 1 << 60)), r"the list of kept n-grams should take 9,223,372,036,854,775,808 byt"),
    ((SIZES + 20, struct.pack("<q", 0)), r"its n-grams are pruned, but its matrix is not quantised, which fastText"),
    ((SIZES, int32(37, 36, 1)), r"expected 36 words in the dictionary, then 1 labels"),
    ((ENTRIES, b"x" * 3000), r"entry 1 of 37 does not end as one of a dictionary"),
    ((ARGUMENTS, int32(6)), r"the input is said to be 97 × 5: expected 6 columns, as dim says"),
    ((ARGUMENTS + 32, int32(61)), r"the input has 97 rows for 37 words and 61 buckets: expected a row for each, and"),
    ((ARGUMENTS + 32, int32(0)), r"and buckets if there are n-grams"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_a_wrong_file_is_refused(change, message, tmp_path):
    path = changed(tmp_path, "skipgram.bin", change)
    with pytest.raises(VectorFileError, match=message) as error:
        WordVectors.load(path)
    assert str(error.value).startswith(f"{path}, byte ")


def places(name):
    """Return where in a quantised file the list of kept n-grams, the input and its centroids begin."""
    parts = parsed(DATA / name)
    kept = ENTRIES + len(parts.dictionary.text)
    begin = kept + (0 if parts.pruned is None else 8 * len(parts.pruned)) + 1
    return kept, begin, begin + 1 + 16 + 4 + parts.input.codes.size


def test_wrong_quantised_files_are_refused(tmp_path):
    kept, begin, centroids = places("pruned.ftz")
    first = (DATA / "pruned.ftz").read_bytes()[kept : kept + 8]
    for changes, message in (
        ((begin + 17, int32(7)), r"7 codes of the input: expected as many for each of 280 rows, at most 3"),
        ((begin + 17, int32(2**31 - 1)), r"the codes of the input should take 2,147,483,647 bytes"),
        ((begin + 17, int32(-280)), r"the codes of the input should|-280 codes of the input: expected as many"),
        ((begin + 1, struct.pack("<q", -5)), r"the input is said to be -5 × 3"),
        ((begin + 1, struct.pack("<q", 1 << 60)), r"560 codes of the input: expected as many for each of 1,152,921"),
        (
            (centroids, int32(4)),
            r"the centroids of the input are said to be \(4, 2, 2, 1\): expected 3 columns in 2 p",
        ),
        ((centroids + 8, int32(0)), r"the centroids of the input are said to be \(3, 2, 0, 1\)"),
        ((centroids + 12, int32(2)), r"the centroids of the input are said to be \(3, 2, 2, 2\)"),
        ((kept + 8, first), r"76 kept n-grams, 204 words: expected a row of 280 and a bucket for each"),
        ((kept, int32(100)), r"76 kept n-grams, 204 words: expected a row of"),
        ((kept + 4, int32(-1)), r"76 kept n-grams, 204 words: expected a row of"),
    ):
        with pytest.raises(VectorFileError, match=message):
            parsed(changed(tmp_path, "pruned.ftz", changes))


def test_a_wrong_output_is_refused(tmp_path):
    data = (DATA / "skipgram.bin").read_bytes()
    output = len(data) - 37 * 5 * 4 - 16
    assert data[output : output + 8] == struct.pack("<q", 37)
    (tmp_path / "longer.bin").write_bytes(data + b"?")
    with pytest.raises(VectorFileError, match="the output has 37 rows, expected 37; 1 bytes follow"):
        parsed(tmp_path / "longer.bin")
    with pytest.raises(VectorFileError, match="the output has 36 rows, expected 37; 20 bytes follow"):
        parsed(changed(tmp_path, "skipgram.bin", (output, struct.pack("<q", 36))))


@pytest.mark.parametrize("name", NAMES)
def test_every_truncated_file_is_refused(name, tmp_path):
    data, path = (DATA / name).read_bytes(), tmp_path / "cut.bin"
    for size in range(4, len(data), 1 + len(data) // 80):  # shorter ones have no magic number
        path.write_bytes(data[:size])
        with pytest.raises(VectorFileError, match=r"cut\.bin, byte \d+: .*: fetch the file again, or write it anew"):
            WordVectors.load(path)
    path.write_bytes(b"")
    with (
        open(path, "rb") as file,
        pytest.raises(VectorFileError, match="the head should take 8 bytes, only 0 follow"),
    ):
        parse(file, Problems(path, "strict"))


@pytest.mark.parametrize("name", ["skipgram.bin", "hs.bin", "pruned.ftz", "qout.ftz"])
def test_damaged_files_are_read_or_refused(name, tmp_path):
    rng, size = np.random.default_rng(2), (DATA / name).stat().st_size
    head = ENTRIES + len(parsed(DATA / name).dictionary.text) + 700
    refused = 0
    for _ in range(40):
        place = int(rng.integers(4, min(head, size)))
        path = changed(tmp_path, name, (place, rng.bytes(int(rng.integers(1, 5)))))
        try:
            WordVectors.load(path)
        except ValueError:  # a VectorFileError; anything else is a fault
            refused += 1
    assert 0 < refused < 40


def test_a_count_below_zero_is_named(tmp_path):
    place = ENTRIES + int(parsed(DATA / "skipgram.bin").dictionary.ends[0]) + 1
    path = changed(tmp_path, "skipgram.bin", (place, struct.pack("<q", -5)))
    for load in (WordVectors.load, lambda path: load_fasttext(path).vectors()):
        with pytest.raises(
            VectorFileError, match=r"skipgram\.bin: a count is -5: expected 0 or more; fetch or write it anew"
        ):
            load(path)


# the parts


def test_a_dictionary_finds_its_words():
    words = [b"tea", b"", b"\xff\x80", "日本".encode(), b"tea", *(b"w%d" % i for i in range(3000))]
    dictionary = Dictionary.of(words, range(len(words)))
    assert [dictionary[i] for i in range(len(words))] == words
    assert dictionary.counts.tolist() == [*range(len(words))]
    assert not dictionary.is_label.any()
    assert [dictionary.find(word) for word in words] == [0, 1, 2, 3, 0, *range(5, len(words))]
    assert dictionary.find(b"coffee") == -1
    assert Dictionary.of([], []).find(b"tea") == -1


def test_words_whose_hashes_are_equal_are_told_apart(monkeypatch):
    monkeypatch.setattr(fasttext, "byte_hashes", lambda text, begins, ends: np.zeros(len(begins), np.uint32))
    monkeypatch.setattr(fasttext, "byte_hash", lambda word: 0)
    dictionary = Dictionary.of([b"tea", b"cup"], [1, 2])
    assert [dictionary.find(word) for word in (b"tea", b"cup", b"pot")] == [0, 1, -1]


@pytest.mark.parametrize(("n", "columns"), [(5, 2), (4, 2), (3, 1), (2, 2), (3, 5)])
@pytest.mark.parametrize("norms", [False, True])
def test_a_quantised_matrix_is_its_centroids(n, columns, norms):
    rng = np.random.default_rng(0)
    parts = -(-n // columns)
    codes = rng.integers(0, 256, (7, parts), dtype=np.uint8)
    centroids = rng.standard_normal(256 * n).astype(np.float32)
    lengths = (rng.integers(0, 256, 7, dtype=np.uint8), rng.standard_normal(256).astype(np.float32)) if norms else ()
    matrix = QuantizedMatrix(codes, centroids, columns, n, *lengths)
    whole = np.empty((7, n), np.float32)
    for row in range(7):
        for part in range(parts):
            width = min(columns, n - part * columns)
            begin = 256 * part * columns + int(codes[row, part]) * width
            whole[row, part * columns : part * columns + width] = centroids[begin : begin + width]
        if norms:
            whole[row] *= lengths[1][lengths[0][row]]
    assert matrix.shape == whole.shape
    assert len(matrix) == 7
    np.testing.assert_array_equal(np.asarray(matrix), whole)
    np.testing.assert_array_equal(np.asarray(matrix, np.float64), whole)
    np.testing.assert_array_equal(matrix[np.array([3, 1, 3])], whole[[3, 1, 3]])
    np.testing.assert_array_equal(matrix[2], whole[2])
    np.testing.assert_array_equal(matrix[2:5], whole[2:5])
    np.testing.assert_array_equal(matrix.part(2, 5)[:], whole[2:5])
    np.testing.assert_allclose(matrix.dot(whole[0]), whole @ whole[0], rtol=1e-5)


def test_products_are_added_up_in_order(monkeypatch):
    rng = np.random.default_rng(0)
    matrix, vector = (rng.standard_normal(shape).astype(np.float32) for shape in ((9, 100), 100))
    expected = np.zeros(9, np.float32)
    for column, x in zip(matrix.T, vector, strict=True):
        expected = expected + column * x
    monkeypatch.setattr(fasttext, "BLOCK", 400)
    np.testing.assert_array_equal(dot_rows(matrix, vector), expected)
    assert dot_rows(matrix[:0], vector).shape == (0,)


# writing


def test_what_was_read_is_written_back_byte_for_byte(tmp_path):
    for name in NAMES:
        parsed(DATA / name).write(tmp_path / name)
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
    for path in (DATA / "skipgram.bin", DATA / "cbow.bin", of_loss("cbow.bin", 3, tmp_path)):
        WordVectors.load(path).save(tmp_path / "again.bin", "fasttext")
        assert (tmp_path / "again.bin").read_bytes() == path.read_bytes()


def test_vectors_without_ngrams(tmp_path):
    matrix = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    WordVectors(["tea", "two words", "\udcff"], matrix).save(tmp_path / "v.ftz")
    found = WordVectors.load(tmp_path / "v.ftz")
    assert found.words == ["tea", "two words", "\udcff"]
    np.testing.assert_array_equal(found.matrix, matrix)
    assert not parsed(tmp_path / "v.ftz").output.any()
    assert found.outside is None  # and not zeros, near which all words would be alike
    assert found.counts.tolist() == [1, 1, 1]
    assert found.subwords is None


@pytest.mark.parametrize(
    ("counts", "rule"), [(None, "word2vec.c"), ([1, 2], "word2vec.c"), ([2, 0], "word2vec.c"), ([2, 1], "gensim")]
)
def test_vectors_of_the_nodes_of_another_tree_are_not_written(tmp_path, counts, rule):
    settings = {"loss": {"name": "hierarchical-softmax", "rule": rule}}
    vectors = WordVectors(["tea", "cup"], np.ones((2, 3)), outside=np.ones((2, 3)), settings=settings, counts=counts)
    with pytest.warns(UserWarning, match=r"v\.bin: the outside vectors are of the nodes of a tree that fastText"):
        vectors.save(tmp_path / "v.bin", "fasttext")
    assert WordVectors.load(tmp_path / "v.bin").outside is None


@pytest.mark.parametrize("loss", [1, 2, 3, 4])
def test_the_output_of_each_loss_comes_back(tmp_path, loss):
    vectors = WordVectors.load(of_loss("skipgram.bin", loss, tmp_path))
    vectors.save(tmp_path / "v.bin", "fasttext")
    again = parsed(tmp_path / "v.bin")
    assert again.arguments.loss == loss
    np.testing.assert_array_equal(again.output, parsed(tmp_path / "skipgram.bin").output)


@pytest.mark.parametrize(("loss", "number"), [("hierarchical-softmax", 1), ("naive-softmax", 3)])
def test_what_was_trained_here_predicts_the_same_when_it_comes_back(tmp_path, loss, number):
    text = [["green", "tea"], ["hot", "tea"], ["black", "coffee"]] * 99
    vectors = train(text, loss=loss, dim=4, sample=0, quiet=True)
    vectors.save(tmp_path / "v.bin", "fasttext")
    again = WordVectors.load(tmp_path / "v.bin")
    assert parsed(tmp_path / "v.bin").arguments.loss == number
    for word in vectors.words:
        found = again.probability(vectors.words, word)
        np.testing.assert_allclose(found, vectors.probability(vectors.words, word), rtol=1e-6)


@pytest.mark.parametrize("has_own", [False, True])
def test_buckets_without_a_row_are_zeros(has_own, tmp_path, monkeypatch):
    monkeypatch.setattr(fasttext, "BLOCK", 9)  # several blocks
    rng = np.random.default_rng(0)
    rows, own = (rng.standard_normal((5, 2)).astype(np.float32) for _ in range(2))
    words = ["tea", "teas", "coffee", "cup", "</s>"]
    subwords = Subwords(2, 4, 23, np.array([22, 3, 7, 0, 12]), rows, own)
    matrix = subwords.compose(words, own)
    given = subwords if has_own else Subwords(2, 4, 23, subwords.bucket_ids, rows)
    counts = np.array([9, 7, 5, 3, 1])
    WordVectors(words, matrix, outside=-matrix, counts=counts, subwords=given).save(tmp_path / "v.bin", "fasttext")
    found = WordVectors.load(tmp_path / "v.bin")
    np.testing.assert_allclose(found.matrix, matrix, atol=0 if has_own else 1e-6)
    np.testing.assert_array_equal(found.outside, -matrix)
    assert found.counts.tolist() == counts.tolist()
    np.testing.assert_array_equal(found["unseen"], subwords.compose(["unseen"])[0])
    expected = np.zeros((23, 2))
    expected[subwords.bucket_ids] = rows
    np.testing.assert_array_equal(found.subwords.matrix, expected)


@pytest.mark.parametrize(("model", "number"), [("skip-gram", 2), ("cbow", 1)])
def test_how_vectors_were_trained_is_written(tmp_path, model, number):
    """By which gensim trains on."""
    given = {"window": 3, "negatives": 7, "sample": 0.01, "epochs": 2, "model": {"name": model}}
    WordVectors(["tea"], np.ones((1, 2)), settings=given).save(tmp_path / "v.bin", "fasttext")
    found = parsed(tmp_path / "v.bin").arguments
    assert (found.ws, found.neg, found.t, found.epoch, found.model) == (3, 7, 0.01, 2, number)


def test_a_supervised_model_is_written_as_vectors(tmp_path):
    for name in ("ns.bin", "quantised.ftz"):
        vectors = WordVectors.load(DATA / name)
        vectors.save(tmp_path / "v.bin", "fasttext")
        again = WordVectors.load(tmp_path / "v.bin")
        np.testing.assert_array_equal(again.matrix, vectors.matrix)
        np.testing.assert_array_equal(again["unseen"], vectors["unseen"])


def test_words_that_cannot_be_written(tmp_path):
    for word, message in (
        ("a\0b", r"'a\\x00b' cannot stand in fastText's dictionary: expected no byte 0 or line end; leave it out"),
        ("a\nb", r"'a\\nb' cannot stand in fastText's dictionary: expected no byte 0 or line end; leave it out"),
        ("\ud800", r"'\\ud800' has no UTF-8"),
        ("\udcc3\udca9", r"the word '\\udcc3\\udca9' would be read as 'é': expected surrogates for bytes"),
        ("w" * 65536, r"the word 'w{20}…' has 65,536 bytes, expected at most 65,535: write text or \.npz"),
        ("\udcff" * 65536, r"has 65,536 bytes, expected at most 65,535"),
    ):
        (tmp_path / "v.bin").write_text("before")
        with pytest.raises(ValueError, match=message):
            WordVectors(["é", word], np.ones((2, 2))).save(tmp_path / "v.bin", "fasttext")
        assert (tmp_path / "v.bin").read_text() == "before"
    with pytest.raises(ValueError, match="the vector of 'tea' holds NaN"):
        WordVectors(["tea"], np.full((1, 2), np.nan)).save(tmp_path / "v.bin", "fasttext")


@pytest.mark.parametrize("word", ["two words", "tab\tbed", "a\r", "x\udcff", "</s>", "w" * 65535])
def test_words_that_come_back(tmp_path, word):
    words = ["\udcc3", word, "\udca9"]
    WordVectors(words, np.ones((len(words), 2))).save(tmp_path / "v.bin", "fasttext")
    assert WordVectors.load(tmp_path / "v.bin").words == words
    assert [*load_fasttext(tmp_path / "v.bin")] == words


def test_formats_know_fasttext(tmp_path):
    assert formats.check_written("model.ftz") == "fasttext"
    assert formats.check_written("model.bin") == "binary"
    with opened(DATA / "skipgram.bin") as file:
        assert formats.guess(file) == "fasttext"
    assert Arguments(5, model=3).supervised


# the packages


def test_gensim_reads_what_is_written(tmp_path):
    facebook = pytest.importorskip("gensim.models.fasttext", reason="gensim is not installed")
    vectors = WordVectors.load(DATA / "cbow.bin")
    vectors.save(tmp_path / "v.bin", "fasttext")
    theirs = facebook.load_facebook_vectors(str(tmp_path / "v.bin"))
    assert theirs.index_to_key == vectors.words
    assert vectors.words[0] == "</s>"  # to which gensim gives n-grams, fastText none
    np.testing.assert_allclose(theirs.vectors[1:], vectors.matrix[1:], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(theirs["unseenword"], vectors["unseenword"], rtol=1e-5, atol=1e-7)
    assert theirs.get_vecattr("tea", "count") == vectors.counts[vectors.index("tea")]


def test_fasttext_reads_what_is_written(tmp_path):
    package = pytest.importorskip("fasttext", reason="fasttext-wheel is not installed")
    for name in ("cbow.bin", "skipgram.bin"):
        vectors = WordVectors.load(DATA / name)
        vectors.save(tmp_path / "v.bin", "fasttext")
        theirs = package.load_model(str(tmp_path / "v.bin"))
        for word in ("tea", "unseenword", "日本語", "</s>"):
            np.testing.assert_array_equal(theirs.get_word_vector(word), vectors[word])


@pytest.mark.parametrize("which", ["matrix", "outside", "n-grams"])
def test_numbers_beyond_float32_are_not_written(tmp_path, which):
    large, small = np.array([[1.0, 1e39]]), np.ones((1, 2))
    grams = Subwords(1, 1, 1, np.array([0]), large, small) if which == "n-grams" else None
    matrix, outside = (large if which == name else small for name in ("matrix", "outside"))
    vectors = WordVectors(["a"], matrix, outside=outside, subwords=grams)
    with pytest.raises(ValueError, match=r"v\.ftz: the vectors hold numbers beyond float32: write \.npz or text"):
        vectors.save(tmp_path / "v.ftz")
    assert not [*tmp_path.iterdir()]
