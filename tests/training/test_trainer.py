"""word2vec/training/trainer.py: `train` from the outside: sources, bits, checkpoints, going on, what is refused."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import word2vec
from tests.training.flat import train_flat as train
from word2vec.runtime import memory, run_folder
from word2vec.runtime.archive import CheckpointError
from word2vec.runtime.run_folder import generations
from word2vec.text import Corpus, encode
from word2vec.training import batches
from word2vec.vectors.model_file import load_model, save_model
from word2vec.vectors.word_vectors import WordVectors

ROOT = Path(word2vec.__file__).resolve().parents[1]
QUICK = {"dim": 8, "window": 3, "negatives": 3, "shared": 8, "epochs": 2, "min_count": 2, "step": 32}


@pytest.fixture
def sentences():
    """300 sentences on two subjects that share no word but a few."""
    rng, found = np.random.default_rng(7), []
    for i in range(300):
        own = [f"{'ab'[i % 2]}{k}" for k in rng.integers(0, 10, 12)]
        found.append([*own, "the", "of"] if i % 3 else own)
    return found


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 1000)


def same(a, b):
    return (
        a.words == b.words and a.matrix.tobytes() == b.matrix.tobytes() and a.outside.tobytes() == b.outside.tobytes()
    )


# what comes out


def test_words_of_one_subject_end_up_near_each_other(sentences):
    vectors = train(sentences, **QUICK | {"epochs": 20, "dim": 16, "sample": 0})
    near = vectors.most_similar("a0", top_n=9)
    assert all(word[0] == "a" for word, _ in near)
    assert vectors.history.epochs[-1] < vectors.history.epochs[0]


def test_the_vectors_carry_all_that_is_known(sentences, tmp_path):
    vectors = train(sentences, **QUICK)
    corpus = encode(sentences, min_count=2)
    assert vectors.words == corpus.words
    np.testing.assert_array_equal(vectors.counts, corpus.counts)
    assert vectors.matrix.shape == vectors.outside.shape == (22, 8)
    assert vectors.matrix.dtype == np.float32
    assert vectors.settings["dim"] == 8
    assert vectors.history.complete
    assert len(vectors.history.epochs) == 2
    assert vectors.history.reports[-1].words == 2 * len(corpus.ids)
    vectors.save(tmp_path / "vectors.txt")
    assert (tmp_path / "vectors.txt").read_text().startswith("22 8\n")


@pytest.mark.parametrize("how", ["file", "generator", "corpus", "folder", "treebank"])
def test_every_kind_of_source_gives_the_same_vectors(sentences, tmp_path, how):
    file = tmp_path / "text.txt"
    file.write_text("\n".join(map(" ".join, sentences)) + "\n")

    class Treebank:
        def sentences(self):
            return sentences

    source = {
        "file": lambda: str(file),
        "generator": lambda: (sentence for sentence in sentences),
        "corpus": lambda: encode(file, min_count=2),
        "folder": lambda: encode(file, min_count=2, folder=tmp_path / "corpus"),
        "treebank": Treebank,
    }[how]()
    assert same(train(source, **QUICK), train(sentences, **QUICK))


def test_double_precision_and_the_full_softmax(sentences):
    vectors = train(sentences, **QUICK | {"dtype": "float64", "loss": "naive-softmax", "shared": 32})
    assert vectors.matrix.dtype == np.float64
    assert vectors.history.epochs[1] < vectors.history.epochs[0] < np.log(22) + 0.01


# the same bits


SCRIPT = """
import hashlib, sys
from word2vec.training import batches
from tests.training.flat import train_flat as train
batches.CHUNK = 1000
sentences = [[f"w{i * k % 37}" for k in range(1, 15)] for i in range(400)]
vectors = train(sentences, dim=20, epochs=2, min_count=1, workers=int(sys.argv[1]), step=1024)
found = vectors.matrix.tobytes() + vectors.outside.tobytes() + repr(vectors.history).encode()
print(hashlib.sha256(found).hexdigest())
"""


def test_the_number_of_workers_the_hash_seed_and_the_run_change_no_bit():
    found = set()
    for workers, seed in [(1, "0"), (1, "1"), (2, "2"), (3, "3"), (4, "random"), (-1, "5")]:
        command = [sys.executable, "-c", SCRIPT, str(workers)]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
        assert done.stderr == ""
    assert len(found) == 1


def test_it_trains_in_another_thread(sentences):
    found = []
    thread = threading.Thread(target=lambda: found.append(train(sentences, **QUICK)))
    thread.start()
    thread.join()
    assert same(found[0], train(sentences, **QUICK))


def test_global_generators_are_left_alone(sentences):
    before = np.random.get_state()[1].copy()
    train(sentences, **QUICK)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


# stopping and going on


def test_ctrl_c_keeps_what_is_trained(sentences):
    def interrupt(epoch, vectors):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)

    vectors = train(sentences, **QUICK | {"epochs": 3}, on_epoch=interrupt)
    assert not vectors.history.complete
    assert len(vectors.history.epochs) == 1
    assert vectors.outside.any()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_callback_sees_each_epoch_and_may_end_the_training(sentences):
    seen = []

    def watch(epoch, vectors):
        seen.append((epoch, vectors.words[0], len(vectors.history.epochs), vectors.matrix.copy()))
        return epoch == 2

    vectors = train(sentences, **QUICK | {"epochs": 4}, on_epoch=watch)
    assert [(epoch, n) for epoch, _, n, _ in seen] == [(1, 1), (2, 2)]
    np.testing.assert_array_equal(seen[1][3], vectors.matrix)
    assert not vectors.history.complete


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_callback_raises_is_raised_and_ends_all_workers(sentences, workers, capfd):
    def fail(epoch, vectors):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        train(sentences, **QUICK, on_epoch=fail, workers=workers)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_run_is_taken_up_to_the_same_bits(sentences, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", 0.0)
    settings = QUICK | {"epochs": 3, "held_out": 0.1}
    train(sentences, **settings, checkpoint=tmp_path, on_epoch=lambda *_: True, workers=workers)
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert len(generations(folder)) == 2
    epochs = []
    found = train(sentences, **settings, checkpoint=tmp_path, on_epoch=lambda epoch, _: epochs.append(epoch))
    whole = train(sentences, **settings)
    assert epochs == [2, 3]
    assert same(found, whole)
    assert found.history == whole.history
    assert same(train(sentences, **settings, checkpoint=tmp_path, on_epoch=lambda *_: epochs.append(0)), whole)
    assert epochs == [2, 3]


def test_runs_of_other_settings_or_text_have_folders_of_their_own(sentences, tmp_path):
    for change in ({}, {"seed": 2}, {"epochs": 1}, {"held_out": 0.2}):
        train(sentences, **QUICK | change, checkpoint=tmp_path)
    train(sentences[:-1], **QUICK, checkpoint=tmp_path)
    start = train(sentences, **QUICK | {"seed": 3})
    train(sentences, **QUICK, checkpoint=tmp_path, start_from=start)
    assert sum(path.is_dir() for path in tmp_path.iterdir()) == 6


def test_a_damaged_checkpoint_is_named_and_not_taken(sentences, tmp_path):
    train(sentences, **QUICK, checkpoint=tmp_path)
    (newest,) = tmp_path.glob("*/*.checkpoint")
    newest.write_bytes(newest.read_bytes()[:-1])
    with (
        pytest.raises(CheckpointError, match="no usable checkpoint"),
        pytest.warns(UserWarning, match="does not match its checksum"),
    ):
        train(sentences, **QUICK, checkpoint=tmp_path)


def test_a_disk_that_is_full_stops_nothing_on_the_way(sentences, tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", 0.0)
    save, calls = run_folder.save_archive, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) < 3:
            raise OSError(28, "No space left on device")
        return save(*arguments)

    monkeypatch.setattr(run_folder, "save_archive", failing)
    with pytest.warns(UserWarning, match=r"not saved: \[Errno 28\]") as warned:
        assert train(sentences, **QUICK, checkpoint=tmp_path).history.complete
    assert len(warned) == 2


# going on from a model


def test_a_saved_model_is_trained_on_as_the_one_in_memory(sentences, tmp_path):
    model = train(sentences, **QUICK)
    save_model(model, tmp_path / "model")
    more = [["new", "words", "a1", "b2"]] * 50
    assert same(
        train(more, **QUICK, start_from=load_model(tmp_path / "model")), train(more, **QUICK, start_from=model)
    )


def test_going_on_begins_with_the_given_vectors_and_keeps_all_words(sentences):
    model = train(sentences, **QUICK)
    more = [["new", "words", "a1", "b2"]] * 50
    still = {"learning_rate": 1e-30, "end_rate": 0.0}
    found = train(more, **QUICK | still, start_from=model)
    assert set(found.words) == {"new", "words"} | set(model.words)
    for word in model.words:
        np.testing.assert_array_equal(found[word], model[word])
        np.testing.assert_array_equal(found.outside[found.index(word)], model.outside[model.index(word)])
    assert found.counts[found.index("a9")] == 0
    fresh = train(more, **QUICK | still)
    assert found.words[: len(fresh)] == fresh.words
    moved = train(more, **QUICK, start_from=model)
    np.testing.assert_array_equal(moved["a9"], model["a9"])
    assert not np.array_equal(moved["a1"], model["a1"])


def test_vectors_from_elsewhere_are_a_start_too(sentences):
    start = WordVectors(["a1", "elsewhere"], np.ones((2, 8)))
    found = train(sentences, **QUICK | {"learning_rate": 1e-30, "end_rate": 0.0}, start_from=start)
    np.testing.assert_array_equal(found["a1"], np.ones(8))
    np.testing.assert_array_equal(found["elsewhere"], np.ones(8))


def test_words_that_the_start_has_seen_often_take_no_longer_steps(sentences):
    first = train(sentences, **QUICK)
    often, never = (
        WordVectors(first.words, first.matrix, outside=first.outside, counts=c)
        for c in (np.full(len(first), 10**6), np.zeros(len(first), int))
    )

    def moved(start, **more):
        found = train(
            sentences,
            **QUICK | {"epochs": 1, "learning_rate": 1e-9, "end_rate": 0.0, "dtype": "float64"} | more,
            start_from=start,
        )
        return np.linalg.norm(found.outside - start.outside)

    assert moved(often) == pytest.approx(0.3 * moved(often, pivot=0), rel=1e-4)
    assert moved(never) > 2 * moved(never, pivot=0)


def test_vectors_of_another_dimension_are_refused(sentences):
    with pytest.raises(ValueError, match="dim is 9, start_from has 8: expected the same; pass it as dim"):
        train(sentences, **QUICK | {"dim": 9}, start_from=train(sentences, **QUICK))


# held out


def test_held_out_sentences_are_not_learned_from(sentences):
    found = train(sentences, **QUICK, held_out=0.25)
    assert len(found.history.held_out) == 2
    total = int(found.counts.sum())
    assert 0.7 * total < found.history.reports[-1].words / 2 < 0.78 * total
    for wrong in (-0.1, 1.0, 1e-9):
        with pytest.raises(ValueError, match=f"held_out is {wrong}: expected a share"):
            train(sentences, **QUICK, held_out=wrong)


# how it chooses and what it refuses


def test_the_step_that_was_chosen_is_among_the_settings():
    assert train([["a", "b"] * 20] * 30, dim=4, min_count=1).settings["descent"]["step"] == 64


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dim": 0}, ValueError, "dim is 0"),
        ({"workers": 0}, ValueError, "workers is 0: expected at least 1, or -1"),
        ({"min_count": 10_000}, ValueError, "no word occurs min_count=10000 times"),
        ({"dtype": "int8"}, ValueError, "dtype is 'int8'"),
        ({"sample": -1}, ValueError, "sample is -1"),
        ({"noise_exponent": float("nan")}, ValueError, "noise_exponent is nan: expected a finite number"),
        ({"step": 33}, ValueError, "step is 33: expected a power of two"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(sentences, arguments, error, message):
    with pytest.raises(error, match=message):
        train(sentences, **QUICK | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"descent": {"pivot": 0}}, "descent is {'pivot': 0}: expected DescentOptions"),
        ({"vocabulary": {"lowercase": True}}, "vocabulary is {'lowercase': True}: expected VocabularyOptions"),
        ({"start_from": "x"}, "start_from is 'x': expected WordVectors"),
        ({"min_count": "3"}, "min_count is '3': expected a whole number"),
        ({"min_count": 2.5}, r"min_count is 2\.5: expected a whole number"),
    ],
)
def test_arguments_of_another_type_are_refused(sentences, arguments, message):
    with pytest.raises(TypeError, match=message):
        word2vec.train(sentences, **arguments)


def test_a_corpus_without_words_is_refused():
    empty = Corpus(["a"], np.array([1]), np.empty(0, np.int32), np.empty(0, np.int64), 0)
    with pytest.raises(ValueError, match="the corpus holds no word: expected a text"):
        train(empty)


def test_numpys_true_ends_the_training_too(sentences):
    vectors = train(sentences, **QUICK, on_epoch=lambda *_: np.True_)
    assert len(vectors.history.epochs) == 1


def test_numbers_of_any_type_mean_the_same_run(sentences, tmp_path):
    train(sentences, **QUICK | {"pivot": 1000, "dim": 8}, checkpoint=tmp_path)
    train(sentences, **QUICK | {"pivot": 1000.0, "dim": np.int64(8)}, checkpoint=tmp_path)
    assert len([*tmp_path.glob("*/*.checkpoint")]) == 1


def test_counts_of_the_start_make_another_run(sentences, tmp_path):
    first = train(sentences, **QUICK)
    for factor in (1, 1000):
        start = WordVectors(first.words, first.matrix, outside=first.outside, counts=first.counts * factor)
        train(sentences, **QUICK, checkpoint=tmp_path, start_from=start)
    assert len([*tmp_path.glob("*/*.checkpoint")]) == 2


def test_a_last_save_that_fails_loses_no_vectors(sentences, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder, "save_archive", full)
    with pytest.warns(UserWarning, match=r"not saved: \[Errno 28\]"):
        assert same(train(sentences, **QUICK, checkpoint=tmp_path), train(sentences, **QUICK))


@pytest.mark.parametrize("source", ["no such file", b"bytes", 3, ["a b c"], [[1, 2]]])
def test_what_is_no_text_is_refused(source):
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match="expected"):
        train(source)


def test_memory_is_checked_before_anything_is_allocated(sentences, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 10**7)
    with pytest.raises(
        MemoryError, match=r"training 22 words needs .* MB of memory.*: lower dim, or raise min_count"
    ):
        train(sentences, **QUICK | {"dim": 100_000})


def test_it_says_what_it_resumes_unless_it_is_quiet(sentences, caplog, tmp_path):
    caplog.set_level("INFO", "word2vec")
    few = QUICK | {"epochs": 2, "checkpoint": tmp_path}
    train(sentences, **few, on_epoch=lambda *_: True)
    assert caplog.messages == []
    train(sentences, **few | {"quiet": False})
    assert caplog.messages[0] == "Resuming in epoch 2 of 2; resume=False would start anew."
    train(sentences, **few | {"quiet": False})
    assert caplog.messages[-1] == "Finished after 2 epochs, so nothing is trained; resume=False starts anew."


def test_it_shows_how_it_goes_if_asked(sentences, caplog, capsys):
    caplog.set_level("INFO", "word2vec")
    train(sentences, **QUICK, quiet=False)
    lines = caplog.messages[:]
    assert len(lines) == 8
    assert lines[0].startswith("1,000 of 8,000 words: rate 0.02189, loss ")
    train(sentences, **QUICK, quiet=True)
    assert caplog.messages == lines
    assert capsys.readouterr().out == ""
