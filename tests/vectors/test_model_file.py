"""word2vec/vectors/model_file.py: whole models, to a file and back."""

import tracemalloc

import numpy as np
import pytest

from word2vec.runtime.archive import CheckpointError, load_archive, save_archive
from word2vec.vectors.history import History, Measured
from word2vec.vectors.model_file import load_model, save_model
from word2vec.vectors.word_vectors import WordVectors


@pytest.fixture
def vectors():
    V, U = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    history = History(reports=[Measured(10, 0.1, 2.0)], epochs=[2.0], complete=True)
    counts, settings = np.array([5, 2, 1]), {"dim": 4, "dtype": "float32"}
    return WordVectors(["a", "b", "ç"], V, outside=U, counts=counts, history=history, settings=settings)


def test_a_model_comes_back_whole(vectors, tmp_path):
    save_model(vectors, tmp_path / "model")
    found = load_model(tmp_path / "model")
    assert found.words == vectors.words
    assert found.matrix.tobytes() == vectors.matrix.tobytes()
    assert found.matrix.dtype == np.float32
    assert found.outside.tobytes() == vectors.outside.tobytes()
    assert found.counts.tolist() == [5, 2, 1]
    assert found.history == vectors.history
    assert found.settings == vectors.settings


def test_vectors_alone_are_no_model(tmp_path):
    with pytest.raises(ValueError, match=r"there are no outside vectors or counts: expected vectors from train\(\)"):
        save_model(WordVectors(["a"], np.ones((1, 2))), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_another_checkpoint_is_no_model(tmp_path):
    save_archive(tmp_path / "other", {}, {"iteration": 1})
    with pytest.raises(CheckpointError, match="other holds no 'word2vec model 2': expected a file that save_model"):
        load_model(tmp_path / "other")


def test_a_damaged_model_is_refused(vectors, tmp_path):
    save_model(vectors, tmp_path / "model")
    content = bytearray((tmp_path / "model").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        load_model(tmp_path / "model")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none")


def test_a_model_is_an_npz_that_numpy_and_every_reader_of_vectors_reads(vectors, tmp_path):
    save_model(vectors, tmp_path / "model")
    vectors.save(tmp_path / "v.npz")
    with np.load(tmp_path / "model") as model, np.load(tmp_path / "v.npz") as arrays:
        assert [*arrays.files, "reports"] == [*model.files[:-5], "settings", "reports"]
        assert model.files[-5:] == ["reports", "epochs", "held_out", "epoch_words", "values"]
        for name in arrays.files[:-1]:
            assert model[name].tobytes() == arrays[name].tobytes()
    for mmap in (False, True):
        found = WordVectors.load(tmp_path / "model", mmap=mmap)
        assert found.matrix.tobytes() == vectors.matrix.tobytes()
        assert (found.history, found.settings) == (vectors.history, vectors.settings)
    assert WordVectors.load(tmp_path / "v.npz").settings == vectors.settings
    with pytest.raises(CheckpointError, match="content does not match its checksum"):
        load_model(tmp_path / "v.npz")


def test_a_flipped_bit_of_a_model_is_found(vectors, tmp_path):
    """In every fifth byte; those of an archive are all tried in tests/runtime/test_archive.py."""
    save_model(vectors, tmp_path / "model")
    data = (tmp_path / "model").read_bytes()
    for i in range(0, len(data), 5):
        (tmp_path / "model").write_bytes(data[:i] + bytes([data[i] ^ 1 << i % 8]) + data[i + 1 :])
        with pytest.raises(CheckpointError, match="does not match its checksum"):
            load_model(tmp_path / "model")


def test_words_that_no_text_file_can_hold_are_in_a_model(tmp_path):
    words = ["a b", "line\nend", "\ud800", "\0"]
    vectors = WordVectors(words, np.eye(4), outside=np.eye(4), counts=np.arange(4))
    save_model(vectors, tmp_path / "model")
    assert load_model(tmp_path / "model").words == words


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outside": None}, r"holds no 'word2vec model 2': expected a file that save_model wrote"),
        ({"counts": None}, r"holds no 'word2vec model 2'"),
        ({"words": None}, r"is no sound 'word2vec model 2' \('words'\): write it anew by save_model"),
        ({"reports": None}, r"is no sound 'word2vec model 2' \('reports'\)"),
        ({"outside": np.eye(2)}, r"is no sound .* \(outside is \(2, 2\) of float64, there are 3 words"),
        ({"word_ends": np.array([1, 2])}, r"is no sound .* \(word_ends do not cut the 4 bytes of words"),
        ({"word_ends": np.array([1, 3, 4])}, r"is no sound .*utf-8"),
        ({"words": np.frombuffer(b"aabb", np.uint8), "word_ends": np.array([1, 2, 4])}, r"the word 'a' occurs twice"),
    ],
)
def test_a_whole_archive_that_is_no_sound_model(vectors, tmp_path, change, message):
    save_model(vectors, tmp_path / "model")
    arrays, values = load_archive(tmp_path / "model")
    values |= {name: change[name] for name in change.keys() & values.keys()}
    change = {name: array for name, array in change.items() if name not in values}
    changed = {name: array for name, array in (arrays | change).items() if array is not None}
    save_archive(tmp_path / "model", changed, values)
    with pytest.raises(CheckpointError, match=message):
        load_model(tmp_path / "model")


@pytest.mark.parametrize("name", ["v.npz", "v.txt"])
def test_files_of_vectors_are_not_called_damaged_checkpoints_to_be_removed(vectors, tmp_path, name):
    vectors.save(tmp_path / name)
    message = r"is no model of save_model, or is damaged: .*; WordVectors\.load\(path\) reads vectors$"
    with pytest.raises(CheckpointError, match=message):
        load_model(tmp_path / name)


def test_arguments_of_other_kinds_are_named(vectors, tmp_path):
    for given in ("a", tmp_path / "model", None):
        with pytest.raises(
            TypeError, match=r"^vectors is .*: expected WordVectors, and the path of the model after them"
        ):
            save_model(given, vectors)
    with pytest.raises(TypeError, match=r"^path is 5: expected the path of a file$"):
        save_model(vectors, 5)
    for given in (None, 5):
        with pytest.raises(TypeError, match=f"^path is {given}: expected the path of a file$"):
            load_model(given)


def test_saving_takes_little_memory_beside_the_model(tmp_path):
    words, rng = [f"wörd{i}" for i in range(100_000)], np.random.default_rng(1)
    V, U = rng.random((2, len(words), 10), np.float32)
    vectors = WordVectors(words, V, outside=U, counts=np.ones(len(words), np.int64))
    for save in (save_model, lambda vectors, path: vectors.save(path, "npz")):
        tracemalloc.start()
        try:
            save(vectors, tmp_path / "model")
            taken = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert taken < 30 * len(words) + (1 << 20)  # the words' bytes and their ends: 19 for each
    assert WordVectors.load(tmp_path / "model").words == words
