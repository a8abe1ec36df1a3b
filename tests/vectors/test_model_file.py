"""word2vec/vectors/model_file.py: whole models, to a file and back."""

import numpy as np
import pytest

from word2vec.runtime.checkpoint import CheckpointError, save_checkpoint
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
    with pytest.raises(ValueError, match=r"no outside vectors or counts: expected vectors from train\(\)"):
        save_model(WordVectors(["a"], np.ones((1, 2))), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_another_checkpoint_is_no_model(tmp_path):
    save_checkpoint(tmp_path / "other", {}, {"iteration": 1})
    with pytest.raises(CheckpointError, match="other holds no 'word2vec model 1': expected a file that save_model"):
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
