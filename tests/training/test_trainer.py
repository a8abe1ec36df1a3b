"""word2vec/training/trainer.py: `train` from the outside: sources, bits, checkpoints, going on, what is refused."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import word2vec
from tests.training.flat import train_flat as train
from word2vec.runtime import memory, run_folder
from word2vec.runtime.archive import CheckpointError, save_archive
from word2vec.runtime.engine import Serial
from word2vec.runtime.interrupts import STOPS
from word2vec.runtime.run_folder import generations
from word2vec.text import Corpus, CorpusError, VocabularyOptions, encode
from word2vec.training import batches, loop, trainer
from word2vec.training.loop import State
from word2vec.training.settings import MODELS, Cbow, CheckpointOptions, ClusterOptions, PvDm
from word2vec.vectors.model_file import load_model, save_model
from word2vec.vectors.word_vectors import WordVectors

ROOT = Path(word2vec.__file__).resolve().parents[1]
QUICK = {"dim": 8, "window": 3, "negatives": 3, "sample": 0, "shared": 8, "epochs": 2, "min_count": 2, "step": 32}
GUESS = 6 * np.log(2)  # the loss of scores that are all 0, with five negatives


@pytest.fixture(scope="module")
def sentences():
    """150 sentences on two subjects that share no word but a few."""
    rng, found = np.random.default_rng(7), []
    for i in range(150):
        own = [f"{'ab'[i % 2]}{k}" for k in rng.integers(0, 10, 12)]
        found.append([*own, "the", "of"] if i % 3 else own)
    return found


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 1000)


@pytest.fixture(scope="module")
def quick(sentences):
    """What the sentences give, by themselves; others are compared with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "CHUNK", 1000)
        return train(sentences, **QUICK)


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
def test_every_kind_of_source_gives_the_same_vectors(sentences, quick, tmp_path, how):
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
    assert same(train(source, **QUICK), quick)


@pytest.mark.parametrize("model", [Cbow, PvDm])
@pytest.mark.parametrize("loss", ["hierarchical-softmax", "naive-softmax"])
def test_long_whole_sentences_do_not_make_the_steps_too_long(model, loss):
    """All words of a sentence move together: the loss rose to many times ln 12, that of a guess."""
    text = np.random.default_rng(0).integers(0, 12, (15, 100)).astype(str).tolist()
    options = QUICK | {"min_count": 1, "loss": loss, "loss_every": 1, "quiet": True}
    history = train(text, model=model(windows="sentence", mean=False), **options).history
    assert max(history.epochs) < 1.2 * np.log(12)


@pytest.mark.parametrize("windows", ["drawn", "weighted"])
@pytest.mark.parametrize("model", [Cbow, PvDm])
def test_wide_windows_do_not_make_the_steps_of_sums_too_long(model, windows):
    """Words near each other move together: the loss rose to six times that of a guess."""
    walk = np.random.default_rng(0).integers(-2, 3, 3000).cumsum() % 200
    options = QUICK | {"min_count": 1, "window": 30, "negatives": 5, "sample": 0, "loss_every": 1, "quiet": True}
    history = train([walk.astype(str).tolist()], model=model(windows=windows, mean=False), **options).history
    assert max(history.epochs) < GUESS


def test_a_long_sentence_does_not_keep_short_ones_from_being_learned():
    """The sum of a sentence is as long as that sentence is, not as the longest one is: nothing was learned."""
    rng = np.random.default_rng(0)
    text = [rng.integers(0, 60, n).astype(str).tolist() for n in (200, *rng.integers(2, 10, 300))]
    options = QUICK | {"min_count": 1, "negatives": 5, "sample": 0, "held_out": 0.2, "quiet": True}
    history = train(text, model=Cbow(windows="sentence", mean=False), **options).history
    assert history.held_out[-1] < 0.8 * GUESS


def test_double_precision_and_the_full_softmax(sentences):
    vectors = train(sentences, **QUICK | {"dtype": "float64", "loss": "naive-softmax", "shared": 32})
    assert vectors.matrix.dtype == np.float64
    assert vectors.history.epochs[1] < vectors.history.epochs[0] < np.log(22) + 0.01


# the same bits


SCRIPT = """
import hashlib, sys
from word2vec.training import batches, loop
from word2vec.training.loop import State
from tests.training.flat import train_flat as train
batches.CHUNK = 1000
sentences = [[f"w{i * k % 37}" for k in range(1, 15)] for i in range(400)]
vectors = train(sentences, dim=20, epochs=2, min_count=1, sample=0, workers=int(sys.argv[1]), step=2048)
found = vectors.matrix.tobytes() + vectors.outside.tobytes() + repr(vectors.history).encode()
print(hashlib.sha256(found).hexdigest())
"""


def test_the_number_of_workers_the_hash_seed_and_the_run_change_no_bit():
    found = set()
    for workers, seed in [(1, "0"), (3, "random")]:
        command = [sys.executable, "-c", SCRIPT, str(workers)]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
        assert done.stderr == ""
    assert len(found) == 1


def test_it_trains_in_another_thread(sentences, quick):
    found = []
    thread = threading.Thread(target=lambda: found.append(train(sentences, **QUICK)))
    thread.start()
    thread.join()
    assert same(found[0], quick)


def test_global_generators_are_left_alone(sentences):
    before = np.random.get_state()[1].copy()
    train(sentences, **QUICK)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


# training on nothing, or on little


SHORT = [["black", "coffee"], ["green", "tea"], ["strong", "coffee"], ["strong", "tea"]] * 50


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            [["the"], ["king"]] * 50,
            {},
            r"100 words in 100 sentences, one in each, "
            "expected sentences of at least two; pass each sentence as a list",
        ),
        ([["the king drinks"], ["tea"]] * 9, {}, "no pair of words to learn from: 18 words in 18 sentences"),
        (
            [["the", f"once{i}"] for i in range(30)],
            {"min_count": 5},
            r"30 words in 30 sentences, one in each \(min_count=5 left out 30 of 60 words\), .*; lower min_count",
        ),
        (encode([["the"], ["king"]], min_count=1), {}, r"one in each, expected"),
        ([["a"]] * 9 + [["a", "b"]], {"held_out": 0.2}, "9 words in 9 sentences, one in each"),
        ([["a", "a", "a"]] * 9, {}, r"all 27 words are 'a': expected at least two"),
        ([["a", "a", "b"]] * 9, {"max_size": 1}, "all 18 words are 'a' .*learned by comparing.*; lower min_count"),
    ],
)
@pytest.mark.parametrize("loss", ["negative-sampling", "naive-softmax", "hierarchical-softmax"])
def test_a_text_from_which_nothing_can_be_learned_is_refused(source, options, message, loss):
    with pytest.raises(ValueError, match=message):
        train(source, **{"dim": 4, "min_count": 1, "loss": loss} | options)


def test_one_word_among_those_of_earlier_vectors_is_learned_where_it_is_compared_with_all():
    start, source = WordVectors(["a", "b"], np.ones((2, 4))), [["a", "a", "a"]] * 9
    options = {"dim": 4, "min_count": 1, "sample": 0, "start_from": start}
    for loss in ("naive-softmax", "hierarchical-softmax"):
        assert np.isfinite(train(source, **options, loss=loss).history.epochs).all()
    with pytest.raises(ValueError, match="all 27 words are 'a'"):
        train(source, **options)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("sample", [0, 1e-3])
@pytest.mark.filterwarnings("ignore:sample=0.001 leaves about 30 of 400 words")
def test_every_epoch_of_a_short_text_reports_a_loss(sample, workers):
    vectors = train(SHORT, dim=20, min_count=1, seed=1, sample=sample, epochs=9, workers=workers)
    assert len(vectors.history.epochs) == 9
    assert all(1 < loss < 4 for loss in vectors.history.epochs)


def test_what_sample_leaves_of_a_short_text_is_named_once_where_train_is_called():
    with pytest.warns(UserWarning, match="sample") as caught:
        word2vec.train(SHORT, dim=4, min_count=1, quiet=True)
    assert [str(each.message) for each in caught] == [
        "sample=0.001 leaves about 30 of 400 words (7%) in an epoch: pass sample=0 for a text as short as this"
    ]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("cluster", [None, "threads:1"])
def test_a_window_that_no_sentence_fills_is_warned_of(recwarn, cluster):
    options = {"dim": 2, "sample": 0, "epochs": 1, "quiet": True, "model": "cbow", "cluster": cluster}
    text, long = [["a", "b", "c"], ["b", "d"]] * 20, [["a"] * 250 + ["b"] * 7]
    what = "^window is 300, the longest sentence has 3 words: training takes long; pass a smaller one, or a model wi"
    with pytest.warns(UserWarning, match=what) as caught:
        word2vec.train(text, window=300, **options)
    assert [each.filename for each in caught] == [__file__]
    with pytest.warns(UserWarning, match="smaller one$"):  # windows="sentence" refuses sentences of 257 words
        word2vec.train(long, window=515, **options)
    word2vec.train(long, window=514, **options)
    word2vec.train(text, window=300, **options | {"model": "pv-dbow"})
    assert not recwarn.list


@pytest.mark.parametrize("words", [20_000, 60_000])
def test_neither_a_text_that_is_hardly_thinned_out_nor_a_longer_one_is_warned_of(words, recwarn):
    ids = np.random.default_rng(1).integers(0, 2000 if words == 20_000 else 50, words)
    train([[f"w{i}" for i in ids]], dim=2, epochs=1, min_count=1, window=1)
    assert [*recwarn] == []


def test_a_run_that_saw_no_pair_says_so_also_when_it_is_resumed(tmp_path):
    options = {"dim": 4, "min_count": 1, "sample": 1e-9, "epochs": 2, "checkpoint": tmp_path}
    for _ in range(2):
        with pytest.warns(UserWarning, match="sample=1e-09") as caught:
            vectors = train(SHORT, **options)
        assert str(caught[1].message) == (
            "no pair of words was seen in 2 epochs (sample=1e-09 keeps about 0 of 400 words in each), so nothing was "
            "learned: pass sample=0, or more text"
        )
        assert caught[1].filename.endswith("flat.py")
    assert not vectors.outside.any()


@pytest.mark.parametrize("loss", ["negative-sampling", "hierarchical-softmax", "naive-softmax"])
@pytest.mark.parametrize("cluster", [None, ClusterOptions(Serial(), shards=1)])
def test_pairs_that_windows_or_weights_leave_out_are_not_seen(loss, cluster):
    usual = {"dim": 4, "sample": 0, "epochs": 2, "loss": loss, "cluster": cluster}
    seen = r"no pair of words was seen in 2 epochs \(sample=0 keeps about .* in each\), so nothing was learned: pass "
    with pytest.warns(UserWarning, match=seen + "windows that reach other words of a sentence, or more text"):
        train([["green", "tea"]] * 20, **usual, min_count=1, model=Cbow(windows=[0, 0, 0, 1]))
    weighted = encode([["tea"], ["green", "tea"]] * 20, min_count=1, weights=[1, 0] * 20)
    fix = "more text" if cluster else "weights above 0 for sentences that are trained on and have two words, or more"
    with pytest.warns(UserWarning, match=seen + fix):
        train(weighted, **usual)


def test_a_held_out_part_without_a_pair_is_named_and_never_measured(caplog):
    caplog.set_level("INFO", "word2vec")
    losses = []

    def stop(_, vectors):
        losses.append(vectors.history.held_out[-1])
        return len(losses) > 1 and losses[-1] >= losses[-2]

    source = [["a", "b", "c", "d"]] * 50 + [["e"]] * 150
    with pytest.warns(
        UserWarning, match=r"the held-out part holds no pair of words \(140 words in as many sentences\)"
    ):
        vectors = train(source, dim=4, min_count=1, sample=0, held_out=0.4, epochs=3, on_epoch=stop)
    assert vectors.history.complete
    assert np.isnan(losses).tolist() == [True] * 3


@pytest.mark.parametrize("cluster", [None, "threads:1"])
def test_held_out_sentences_of_weight_0_are_named(cluster):
    corpus = encode([["tea"], ["green", "tea"]] * 50, min_count=1, weights=[1] * 80 + [1, 0] * 10)
    held_out = {"epochs": 1, "sample": 0, "dim": 4, "held_out": 0.1, "cluster": cluster}
    with pytest.warns(UserWarning, match=r"holds no pair of words \(15 words in 10 sentences, by their weights\)"):
        vectors = train(corpus, **held_out)
    assert np.isnan(vectors.history.held_out).all()
    assert np.isfinite(train(replace(corpus, weights=np.ones(100)), **held_out).history.held_out).all()


def test_a_loss_that_was_not_measured_is_said_to_be_so(caplog, capsys):
    caplog.set_level("INFO", "word2vec")
    source = [["a", "b"], *[["a"], ["b"]] * 1000]
    with pytest.warns(UserWarning, match="no pair|leaves about"):
        vectors = train(source, dim=4, min_count=1, sample=1e-9, epochs=1, quiet=False)
    expected = r"1,000 of 2,002 words: rate 0\.01256, loss not measured, [\d,]+ words/s"
    assert re.fullmatch(expected, caplog.messages[0])
    vectors.history.epochs[-1] = float("nan")
    assert "loss not measured in epoch 1" in repr(vectors)


# stopping and going on


def test_ctrl_c_after_the_last_step_ends_nothing_early(sentences):
    def interrupt(epoch, vectors):
        if epoch == QUICK["epochs"]:
            signal.raise_signal(signal.SIGINT)

    vectors = train(sentences, **QUICK, on_epoch=interrupt)
    assert vectors.history.complete  # without a warning, which would be an error here


def test_ctrl_c_keeps_what_is_trained(sentences):
    def interrupt(epoch, vectors):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)

    with pytest.warns(UserWarning, match=r"^a signal stopped training, such as Ctrl-C, in epoch 2 of 3$"):
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
def test_what_a_callback_is_given_stays_as_it_is(sentences, workers):
    kept = []

    def keep(epoch, vectors):
        vectors.most_similar("a0")
        outside = vectors.as_outside()
        kept.append((vectors, outside, vectors.matrix.copy(), vectors.outside.copy(), vectors.history.copy()))

    final = train(sentences, **QUICK | {"epochs": 3}, workers=workers, on_epoch=keep)
    for n, (vectors, outside, matrix, u, history) in enumerate(kept, 1):
        np.testing.assert_array_equal(vectors.matrix, matrix)
        np.testing.assert_array_equal(vectors.outside, u)
        np.testing.assert_array_equal(outside.matrix, u)
        assert vectors.history == history
        assert len(history.epochs) == n
        assert vectors.most_similar("a0") == WordVectors(vectors.words, matrix).most_similar("a0")
    assert same(kept[-1][0], final)
    assert not same(kept[0][0], kept[1][0])
    assert same(final, train(sentences, **QUICK | {"epochs": 3}))


def test_without_memory_for_a_copy_a_callback_is_given_what_refuses_questions_afterwards(sentences, monkeypatch):
    kept, whole = [], train(sentences, **QUICK | {"epochs": 3})

    def keep(epoch, vectors):
        monkeypatch.setattr(memory, "available_memory", lambda: 10)
        kept.append((vectors, vectors.as_outside(), vectors.matrix.copy(), len(vectors.history.epochs)))
        assert vectors.most_similar("a0") == WordVectors(vectors.words, kept[-1][2]).most_similar("a0")

    assert same(train(sentences, **QUICK | {"epochs": 3}, on_epoch=keep), whole)
    first, *stale = kept
    np.testing.assert_array_equal(first[0].matrix, first[2])
    for vectors, outside, _, n in stale:
        assert len(vectors.history.epochs) == n
        for ask in (
            lambda v=vectors: v.matrix,
            lambda v=vectors: v.outside,
            lambda v=vectors: v["a0"],
            lambda v=vectors: v.most_similar("a0"),
            lambda v=vectors: v.similarity("a0", "a1"),
            lambda v=vectors: v.outside_of("a0"),
            lambda v=outside: v.distances("a0"),
        ):
            with pytest.raises(
                RuntimeError, match="out of date: training went on, and there was no memory for a copy"
            ):
                ask()


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


def test_a_run_in_the_folder_of_its_text_reads_no_checkpoint(sentences, tmp_path):
    (tmp_path / "text").write_text("".join(f"{' '.join(words)}\n" for words in sentences))
    whole = train(tmp_path, **QUICK, checkpoint=tmp_path / "runs")
    with pytest.warns(UserWarning, match=r"^left out of the text, .*: .*/runs/.*\.checkpoint"):
        found = train(tmp_path, **QUICK, checkpoint=CheckpointOptions(tmp_path / "runs", resume=True))
    assert same(found, whole)


def test_the_folder_of_one_run_is_not_that_of_all(sentences, tmp_path, monkeypatch):
    train(sentences, **QUICK, checkpoint=tmp_path)
    monkeypatch.chdir(run := next(path for path in tmp_path.iterdir() if path.is_dir()))
    for folder in (run, "."):
        with pytest.raises(ValueError, match="holds the checkpoints of one run: expected the folder above") as caught:
            train(sentences, **QUICK, checkpoint=folder)
        assert str(caught.value).endswith(f" it, {tmp_path}")


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
    with pytest.warns(UserWarning, match="not saved: No space left on device") as warned:
        assert train(sentences, **QUICK, checkpoint=tmp_path).history.complete
    assert len(warned) == 2


SIGNALLED = """
import os, sys
import numpy as np
from word2vec import train
from word2vec.runtime import interrupts, run_folder
from word2vec.training import batches, loop, task

batches.CHUNK, task.WORK, task.SHORT_RUN = 1000, 1, 0
folder, moment, workers, at_once = sys.argv[1:]
interrupts.AT_ONCE = float(at_once)
if moment in ("during", "after"):
    run_folder.SAVE_SECONDS = 0.0  # save after each chunk
epochs, reached, fsync, save = [], [], os.fsync, run_folder.save_archive

def reach(*moments):  # where a signal may come, once each; `name` says which
    if moment in moments and moments not in reached:
        reached.append(moments)
        for _ in range(2):
            print("here", flush=True)
            sys.stdin.readline()

def syncing(descriptor):
    reach("during")
    if epochs:
        reach("last")
    fsync(descriptor)

def saving(*arguments):
    save(*arguments)
    reach("after")

def on_epoch(epoch, vectors):
    epochs.append(epoch)
    reach("before", "last")

os.fsync, run_folder.save_archive = syncing, saving
text = [[f"w{i}" for i in row] for row in np.random.default_rng(1).integers(0, 50, (300, 20)).tolist()]
settings = {"dim": 8, "epochs": 3, "sample": 0, "quiet": True}
vectors = train(text, **settings, workers=int(workers), checkpoint=folder, on_epoch=on_epoch)
print(vectors.history.complete, len(vectors.history.epochs), flush=True)
"""


@pytest.fixture(scope="module")
def signalled():
    """The text and settings of SIGNALLED, and what they give without a signal."""
    text = [[f"w{i}" for i in row] for row in np.random.default_rng(1).integers(0, 50, (300, 20)).tolist()]
    settings = {"dim": 8, "epochs": 3, "sample": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "CHUNK", 1000)
        return text, settings, train(text, **settings)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize(
    ("number", "moment", "workers"),
    [
        pytest.param(
            *(n, moment, workers),  # in a plain round the end of an epoch is seen by "last", which is there, too
            marks=[pytest.mark.slow] * (n != 15 or workers == 1 or moment in ("before", "after")),
        )
        for n, moment, workers in product(STOPS, ["before", "during", "after", "last"], [1, 2])
    ],
)
def test_signals_to_all_processes_of_a_run_lose_nothing(tmp_path, signalled, number, moment, workers):
    # in training two come at once, as `timeout` sends them; while saving the second may come any time later
    at_once = "0" if moment == "during" else "1e9"
    process = subprocess.Popen(
        [sys.executable, "-c", SIGNALLED, str(tmp_path), moment, str(workers), at_once],
        **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
        cwd=ROOT,
        text=True,
        start_new_session=True,
    )
    with process:
        for line in process.stdout:
            if line == "here\n":
                os.killpg(process.pid, number)
                process.stdin.write("\n")
                process.stdin.flush()
        said = (
            r"\S+ UserWarning: a signal stopped training, such as Ctrl-C, in epoch . of 3; the same call resumes it\n"
        )
        assert re.fullmatch(said, process.stderr.read())
    assert (process.returncode, line) == (0, f"False {int(moment in ('before', 'last'))}\n")
    assert not [*tmp_path.rglob("*.tmp")]
    (text, settings, expected), epochs = signalled, []
    found = train(text, **settings, checkpoint=tmp_path, on_epoch=lambda epoch, _: epochs.append(epoch))
    assert epochs[-2:] == [2, 3]
    assert same(found, expected)


@pytest.mark.parametrize("saves", [False, True])
def test_ctrl_c_at_the_last_save_keeps_the_whole_training(sentences, tmp_path, monkeypatch, saves):
    def save(*arguments):
        signal.raise_signal(signal.SIGINT)
        if not saves:
            raise OSError(28, "No space left on device")
        return save_archive(*arguments)

    monkeypatch.setattr(run_folder, "save_archive", save)
    with nullcontext() if saves else pytest.warns(UserWarning, match="not saved"):
        vectors = train(sentences, **QUICK, checkpoint=tmp_path)
    assert vectors.history.complete
    assert len([*tmp_path.rglob("*.checkpoint")]) == saves


# more epochs than a run had


def run_of(sentences, folder, epochs, resume=None, **more):
    checkpoint = CheckpointOptions(folder, resume=resume)
    return train(sentences, **QUICK | {"epochs": epochs, "held_out": 0.1}, checkpoint=checkpoint, **more)


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_finished_run_is_continued_to_more_epochs(sentences, tmp_path, caplog, workers):
    caplog.set_level("INFO", "word2vec")
    first, fresh = run_of(sentences, tmp_path, 2), run_of(sentences, tmp_path / "other", 4)
    epochs = []
    found = run_of(
        *(sentences, tmp_path, 4, True), quiet=False, workers=workers, on_epoch=lambda n, _: epochs.append(n)
    )
    assert epochs == [3, 4]
    assert caplog.messages[0] == (
        "continuing a run of 2 epochs to 4, 2 are done: the learning rate goes on as that of a run of 4 epochs does "
        "from there (from 0.01255 to 0.00010)"
    )
    assert found.history.complete
    assert found.history.epochs[:2] == first.history.epochs
    n = len(first.history.reports)
    assert found.history.reports[:n] == first.history.reports
    assert [each[:2] for each in found.history.reports[n:]] == [each[:2] for each in fresh.history.reports[n:]]
    assert found.settings == fresh.settings | {"continued": [[2, n]]}
    assert not same(found, fresh)
    assert same(run_of(sentences, tmp_path, 4, True), found)
    assert same(run_of(sentences, tmp_path, 4), fresh)
    assert same(run_of(sentences, tmp_path, 4, True), fresh)  # which is there now


def test_a_continued_run_is_stopped_resumed_and_continued_to_the_same_bits(sentences, tmp_path):
    for folder in ("whole", "parts"):
        run_of(sentences, tmp_path / folder, 3, on_epoch=lambda *_: True)  # stopped after one of 3
    whole = run_of(sentences, tmp_path / "whole", 4, True)
    run_of(sentences, tmp_path / "parts", 4, True, on_epoch=lambda *_: True)
    assert same(run_of(sentences, tmp_path / "parts", 4, True), whole)
    longer = run_of(sentences, tmp_path / "whole", 5, True)
    assert [epochs for epochs, _ in longer.settings["continued"]] == [3, 4]
    run_of(sentences, tmp_path / "parts", 3)  # finished by now, as long as what was continued
    assert same(run_of(sentences, tmp_path / "parts", 4, True), whole)
    assert same(run_of(sentences, tmp_path / "parts", 5, True), longer)


def test_without_resume_a_new_run_starts_and_names_what_could_be_continued(sentences, tmp_path, caplog):
    caplog.set_level("INFO", "word2vec")
    run_of(sentences, tmp_path, 2)
    found = run_of(sentences, tmp_path, 3, quiet=False)
    assert caplog.messages[0].startswith("a run of 2 epochs is in ")
    assert caplog.messages[0].endswith(": resume=True would continue it; a new one starts")
    assert same(found, run_of(sentences, tmp_path / "other", 3))
    caplog.clear()
    run_of(sentences, tmp_path, 4, resume=False, quiet=False)
    assert "a run of" not in caplog.text


def test_fewer_epochs_than_the_run_has_are_refused(sentences, tmp_path):
    run_of(sentences, tmp_path, 3)
    with pytest.raises(ValueError, match=r"resume: epochs is 2, but the run in .* is one of 3: expected at least as"):
        run_of(sentences, tmp_path, 2, True)


def test_a_run_that_is_was_stopped_and_is_continued_says_how_far_it_was(sentences, tmp_path, caplog):
    caplog.set_level("INFO", "word2vec")

    run_of(sentences, tmp_path, 3, on_epoch=lambda *_: True)
    found = run_of(sentences, tmp_path, 9, True, quiet=False)
    assert "continuing a run of 3 epochs to 9, 1 are done" in caplog.messages[0]
    assert len(found.history.epochs) == 9


def test_only_a_run_that_differs_in_nothing_else_is_continued(sentences, tmp_path):
    for change in ({"seed": 2}, {"dim": 9}):
        train(sentences, **QUICK | change, checkpoint=tmp_path)
    train(sentences[1:], **QUICK, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="holds no run with these settings; a run there has"):
        train(sentences, **QUICK | {"epochs": 3}, checkpoint=CheckpointOptions(tmp_path, resume=True))


def test_what_cannot_be_resumed_leaves_no_folder(sentences, tmp_path):
    for folder in (tmp_path, tmp_path / "runs" / "first"):
        with pytest.raises(ValueError, match="holds no run with these settings; without resume a new one starts"):
            train(sentences, **QUICK, checkpoint=CheckpointOptions(folder, resume=True))
    assert not [*tmp_path.iterdir()]


def test_a_run_that_is_to_be_resumed_from_what_is_no_folder_is_told_so(sentences, tmp_path, monkeypatch):
    """To start without resume, which is advised where there is no run, would fail as well."""
    monkeypatch.setattr("word2vec.training.trainer.prepared", None)  # before a text is read
    (tmp_path / "file").touch()
    (tmp_path / "home" / "runs").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for folder, message in (("file", "cannot write into this folder"), ("~/runs", "~ is not the home folder")):
        with pytest.raises(OSError, match=message):
            train(sentences, **QUICK, checkpoint=CheckpointOptions(folder, resume=True))
    with pytest.raises(ValueError, match=r"^resume: nothing holds no run"):
        train(sentences, **QUICK, checkpoint=CheckpointOptions("nothing", resume=True))


def test_on_epoch_may_change_the_working_folder(sentences, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    train(sentences, **QUICK, checkpoint="runs", on_epoch=lambda *_: os.chdir(tmp_path / "elsewhere"))
    assert not [*Path("../elsewhere").iterdir()]
    assert len([*Path("../runs").glob("*/*.checkpoint")]) == 1


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
    fresh = train(more, **QUICK | still)
    assert found.words[: len(fresh)] == fresh.words
    moved = train(more, **QUICK, start_from=model)
    np.testing.assert_array_equal(moved["a9"], model["a9"])
    assert not np.array_equal(moved["a1"], model["a1"])


TREE = QUICK | {"loss": "hierarchical-softmax", "dim": 8}


@pytest.mark.parametrize("model", [pytest.param("skip-gram", marks=pytest.mark.slow), "cbow"])
def test_hierarchical_softmax_learns_and_its_probabilities_sum_to_1(sentences, tmp_path, model):
    options = TREE | {"model": MODELS[model](), "epochs": 4, "held_out": 0.1, "learning_rate": 0.05}
    found = train(sentences, **options)
    assert found.history.epochs[-1] < found.history.epochs[0]
    assert found.history.held_out[-1] < found.history.held_out[0]
    assert found.probability(found.words, found.words[0]).sum() == pytest.approx(1, rel=1e-12)
    assert not found.outside[-1].any()
    stopped = train(sentences, **options, checkpoint=tmp_path, on_epoch=lambda epochs, _: epochs == 2)
    assert not stopped.history.complete
    again = train(sentences, **options, checkpoint=tmp_path, workers=2)
    assert same(again, found)
    assert again.history == found.history


def test_the_nodes_of_a_tree_are_kept_for_the_same_tree_only(sentences):
    still = TREE | {"learning_rate": 1e-30, "end_rate": 0.0}
    model = train(sentences, **TREE)
    assert model.outside.any()
    again = train(sentences, **still, start_from=model)
    np.testing.assert_array_equal(again.outside, model.outside)
    words = train(sentences, **QUICK)
    bare = WordVectors(model.words, model.matrix, outside=model.outside, settings=model.settings)
    others = [["new", "words", "a1", "b2"]] * 50
    for text, options, start in (
        (others, still, model),
        (sentences, still, words),
        (sentences, still, bare),
        (sentences, still | {"loss": "negative-sampling"}, model),
    ):
        found = train(text, **options, start_from=start)
        assert abs(found.outside).max() < 1e-20
        np.testing.assert_array_equal(found["a1"], start["a1"])
    kept = train(sentences, **still | {"loss": "naive-softmax"}, start_from=words)
    np.testing.assert_array_equal(kept.outside, words.outside)


def test_counts_add_up_over_all_trainings(tmp_path):
    options = {"dim": 4, "min_count": 1, "sample": 0, "epochs": 1}
    first = train([["old", "word"]] * 30 + [["common", "old"]] * 10, **options)
    second = train([["new", "common"]] * 5, **options, start_from=first)
    save_model(second, tmp_path / "model")
    third = train([["x", "old"]] * 2, **options, start_from=load_model(tmp_path / "model"))

    def counts(vectors):
        return dict(zip(vectors.words, vectors.counts.tolist(), strict=True))

    assert counts(first) == {"old": 40, "word": 30, "common": 10}
    assert counts(second) == {"old": 40, "word": 30, "common": 15, "new": 5}
    assert counts(third) == {"old": 42, "word": 30, "common": 15, "new": 5, "x": 2}
    bare = WordVectors(first.words, first.matrix)
    assert counts(train([["new", "old"]] * 5, **options, start_from=bare)) == {
        **{"new": 5, "old": 5, "word": 0, "common": 0}
    }


def test_the_result_shares_nothing_with_what_it_came_from(sentences):
    corpus, start = encode(sentences, min_count=2), train(sentences, **QUICK)
    before = [start.matrix.copy(), start.outside.copy(), start.counts.copy(), corpus.counts.copy()]
    found = train(corpus, **QUICK, start_from=start)
    found.counts[:], found.matrix[:], found.outside[:] = 0, 0, 0
    found.words.clear()
    found.settings["descent"].clear()
    found.history.epochs.clear()
    for array, was in zip((start.matrix, start.outside, start.counts, corpus.counts), before, strict=True):
        np.testing.assert_array_equal(array, was)
    assert len(corpus.words) == len(start.words) == 22
    assert len(start.history.epochs) == 2
    assert start.settings["descent"]["step"] == 32


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
    for wrong, cluster in product((-0.1, 1.0, 1e-9), (None, Serial())):
        with pytest.raises(ValueError, match=f"held_out is {wrong}: expected a share"):
            train(sentences, **QUICK, held_out=wrong, cluster=cluster)


# how it chooses and what it refuses


def test_the_step_that_was_chosen_is_among_the_settings():
    assert train([["a", "b"] * 20] * 30, dim=4, min_count=1, sample=0).settings["descent"]["step"] == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dim": 0}, "dim is 0"),
        ({"workers": 0}, "workers is 0: expected at least 1, or -1"),
        ({"min_count": 10_000}, "no word occurs min_count=10000 times"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(sentences, arguments, message):
    with pytest.raises(ValueError, match=message):
        train(sentences, **QUICK | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"descent": {"pivot": 0}}, "descent is {'pivot': 0}: expected DescentOptions"),
        (
            {"descent": {"pivot": 0}},
            r"DescentOptions; of a dict, as in vectors.settings, DescentOptions\(\*\*settings",
        ),
        ({"descent": 0.1}, "descent is 0.1: expected DescentOptions$"),
        ({"vocabulary": {"lowercase": True}}, "vocabulary is {'lowercase': True}: expected VocabularyOptions"),
        ({"start_from": "x"}, "start_from is 'x': expected WordVectors"),
        ({"min_count": "3"}, "min_count is '3': expected a whole number"),
        ({"min_count": 2.5}, r"min_count is 2\.5: expected a whole number"),
        ({"start_from": Path("x")}, r"expected WordVectors; load them by WordVectors\.load\('x'\)"),
        ({"start_from": {"a": [1.0]}}, r"start_from is \{'a': \[1.0\]\}: expected WordVectors; such as train"),
        ({"workers": 1.5}, r"workers is 1\.5: expected a whole number"),
        ({"workers": np.ones(2)}, r"workers is array\(.*: expected a whole number"),
        ({"learning_rate": "0.1"}, r"learning_rate is '0\.1': expected a positive number"),
        ({"on_epoch": 3}, "on_epoch is 3: expected a function of"),
        ({"on_epoch": lambda vectors: None}, r"on_epoch is <function .*: expected a function of \(epochs done, vec"),
        ({"dm": 1}, "'dm': pass model='pv-dm' for dm=1"),
        ({"checkpoint": 3}, "checkpoint is 3: expected the path of a folder, CheckpointOptions, or None"),
        ({"checkpoint": True}, "checkpoint is True: expected the path of a folder"),
        ({"quiet": "no"}, "quiet is 'no': expected True or False"),
        ({"vector_size": 8}, r"^train\(\) has no argument 'vector_size': it is called dim here$"),
        ({"shared": 8}, r"'shared': it is an option of NegativeSampling; pass loss=NegativeSampling\(shared=…\)"),
        ({"leaning_rate": 8}, r"'leaning_rate': did you mean learning_rate\?"),
    ],
)
def test_arguments_of_another_type_are_refused(sentences, arguments, message):
    with pytest.raises(TypeError, match=message):
        word2vec.train(sentences, **arguments)


def test_gensims_vectors_are_refused_with_what_to_write(gensims_vectors):
    made = gensims_vectors(["a", "b"], np.ones((2, 3)))
    with pytest.raises(TypeError, match=r"WordVectors; pass WordVectors\(kv\.index_to_key, kv\.vectors\)"):
        word2vec.train([["a", "b"]], dim=3, start_from=made)
    with pytest.raises(TypeError, match=r"pass WordVectors\(model\.wv\.index_to_key, model\.wv\.vectors\)"):
        word2vec.train([["a", "b"]], dim=3, start_from=SimpleNamespace(wv=made))
    made.set_vecattr("a", "count", 3)
    with pytest.raises(TypeError, match=r"outside=model\.syn1neg, counts=model\.wv\.expandos\['count'\]\)$"):
        word2vec.train([["a", "b"]], dim=3, start_from=SimpleNamespace(wv=made, syn1neg=made.vectors))
    with pytest.raises(TypeError, match=r"gensim's save_facebook_model\(model, path\), and pass WordVectors\.load"):
        word2vec.train([["a", "b"]], dim=3, start_from=SimpleNamespace(vectors_ngrams=made.vectors))


@pytest.mark.parametrize(
    "wrong",
    [{"start_from": "x"}, {"on_epoch": repr}, {"quiet": 1}, {"checkpoint": 3}, {"min_count": 0}, {"vocabulary": 1}],
)
def test_arguments_are_checked_before_the_text_is_read(wrong):
    def text():
        raise AssertionError("read")
        yield

    with pytest.raises((TypeError, ValueError), match="expected"):
        word2vec.train(text(), **wrong)


def test_a_corpus_without_words_is_refused():
    empty = Corpus(["a"], np.array([1]), np.empty(0, np.int32), np.empty(0, np.int64), 0)
    with pytest.raises(ValueError, match="the corpus holds no word: expected a text"):
        train(empty)


@pytest.mark.parametrize(("answer", "epochs"), [(np.True_, 1), (1, 2)])
def test_true_alone_ends_the_training_numpys_too(sentences, answer, epochs):
    vectors = train(sentences, **QUICK | {"epochs": 2}, on_epoch=lambda *_: answer)
    assert len(vectors.history.epochs) == epochs


@pytest.mark.parametrize("cluster", [None, ClusterOptions(Serial(), shards=1)])
def test_a_text_of_other_weights_is_another_run(tmp_path, cluster):
    text, options = [["tea", "milk", "cup"], ["tea", "cup"]] * 9, {"dim": 4, "sample": 0, "cluster": cluster}
    for heavy in (1, 2, 2):
        train(encode(text, weights=[1, heavy] * 9), **options, checkpoint=tmp_path)
    assert len([*tmp_path.glob("*/*.checkpoint")]) == 2


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


def failing_with(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left"), MemoryError(), RuntimeError("of a writer")], ids=repr
)
@pytest.mark.parametrize("what", ["save_archive", "saved"])
def test_saves_that_fail_lose_no_vectors(sentences, quick, tmp_path, monkeypatch, error, what):
    place = run_folder if what == "save_archive" else State
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(place, what, failing_with(error))
    with pytest.warns(UserWarning, match=r"^not saved: \S") as warned:
        vectors = train(sentences, **QUICK, checkpoint=tmp_path)
    assert same(vectors, quick)
    assert vectors.history.complete
    assert (vectors.history.saved, quick.history.saved) == (False, None)
    messages = [str(each.message) for each in warned]
    assert all(message.endswith("; training goes on") for message in messages[:-1])
    assert messages[-1].endswith(
        "; in Python, train returns the vectors: save_model(vectors, path) or vectors.save(path) still saves them"
    )


def test_a_folder_that_is_lost_while_training_loses_no_vectors(sentences, quick, tmp_path):
    def lose(epoch, _):
        if epoch == 2:
            shutil.rmtree(tmp_path / "run")
            (tmp_path / "run").write_text("no folder")

    with pytest.warns(UserWarning, match="not saved: .*Not a directory"):
        vectors = train(sentences, **QUICK, checkpoint=tmp_path / "run", on_epoch=lose)
    assert same(vectors, quick)


def test_a_run_that_was_saved_says_so(sentences, tmp_path):
    assert train(sentences, **QUICK, checkpoint=tmp_path).history.saved


def test_resuming_reads_into_the_tables_there_are(sentences, tmp_path, monkeypatch):
    first, places = train(sentences, **QUICK, checkpoint=tmp_path), []
    load = run_folder.load_archive

    def loading(path, into):
        found = load(path, into=into)
        places.append(found[0]["x"] is into["x"])
        return found

    monkeypatch.setattr(run_folder, "load_archive", loading)
    assert same(train(sentences, **QUICK, checkpoint=tmp_path), first)
    assert places == [True]


LIMITED = """
import resource
import sys
from pathlib import Path

import scipy.sparse
from word2vec import train

words = [f"w{i}" for i in range(30_000)]
text = [words[i : i + 20] * 2 for i in range(0, len(words), 20)]
room = int(sys.argv[1]) << 20
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
try:
    vectors = train(text, dim=200, epochs=1, min_count=1, sample=0, checkpoint=sys.argv[2], quiet=True)
    print("saved" if vectors.history.saved else "not saved")
except MemoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts addresses as Linux does")
@pytest.mark.parametrize(
    ("room", "expected"),
    [
        pytest.param(65, r".* needs \d+ MB of memory, \d+ MB are available: \S.*", marks=pytest.mark.slow),
        (120, r"training 30,000 words needs \d+ MB of memory, \d+ MB are available: lower dim or window, .*"),
        pytest.param(300, "saved", marks=pytest.mark.slow),
    ],
)
def test_a_limit_of_the_address_space_is_named_before_training(tmp_path, room, expected):
    line = [sys.executable, "-c", LIMITED, str(room), str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert re.fullmatch(expected, done.stdout.strip()), done.stdout + done.stderr


@pytest.mark.parametrize("source", ["no such file", b"bytes", 3, ["a b c"], [[1, 2]]])
def test_what_is_no_text_is_refused(source):
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match="expected"):
        train(source)


def test_memory_is_checked_before_anything_is_allocated(sentences, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 10**7)
    with pytest.raises(
        MemoryError, match=r"training 22 words needs .* MB of memory.*: lower dim or window, or raise min_count"
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
    train(2 * sentences, **QUICK, quiet=False)
    lines = caplog.messages[:]
    assert len(lines) == 8
    assert lines[0].startswith("1,000 of 8,000 words: rate 0.02189, loss ")
    assert all(re.search(r", [1-9][\d,]* words/s$", line) for line in lines)
    train(sentences, **QUICK, quiet=True)
    assert caplog.messages == lines
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
@pytest.mark.parametrize("where", ["matrix", "outside"])
def test_vectors_that_are_not_finite_cannot_be_continued(value, where):
    numbers = {"matrix": np.ones((2, 3)), "outside": np.ones((2, 3))}
    numbers[where][1, 2] = value
    start = WordVectors(["tea", "milk"], numbers["matrix"], outside=numbers["outside"])
    with pytest.raises(ValueError, match="start_from: the vector of 'milk' holds NaN, infinity or a"):
        train([["tea", "cup"]] * 9, dim=3, min_count=1, sample=0, quiet=True, start_from=start)


def test_what_left_words_out_is_named():
    text = [["tea", "milk"]] * 9
    with pytest.raises(ValueError, match=r"min_count=1 and max_size left out .* lower min_count or raise `max_size`"):
        train(text, min_count=1, quiet=True, vocabulary=VocabularyOptions(max_size=1))
    with pytest.raises(ValueError, match=r"min_count or max_size left out 9 .* lower min_count or raise `max_size`"):
        train(encode(text, min_count=1, max_size=1), quiet=True)
    with pytest.raises(ValueError, match=r"no word occurs min_count=1 times and is kept by keep: .*, or change keep"):
        train(text, min_count=1, quiet=True, vocabulary=VocabularyOptions(keep=lambda word, count: False))


def test_numpys_whole_numbers_are_numbers_of_workers():
    train([["tea", "milk"]] * 9, dim=3, min_count=1, sample=0, epochs=1, quiet=True, workers=np.int8(1))
    with pytest.raises(TypeError, match="cannot read a text from ndarray"):
        train(np.array(5))


# a corpus that is changed while it is trained on, or makes no sense


def cut(path):
    os.truncate(path, 0)


def overwrite(path):
    content = np.fromfile(path, np.uint8)
    content[:] = 255
    with open(path, "r+b") as file:
        file.write(content.data)
    os.utime(path, ns=(1, 1))  # the clock of a file system may be coarse


@pytest.mark.parametrize(
    ("name", "change", "workers", "options"),
    [
        ("ids.int32", cut, 1, {}),
        ("ids.int32", overwrite, 2, {}),
        ("ends.int64", overwrite, 1, {"held_out": 0.3}),
        ("ends.int64", cut, 2, {"held_out": 0.3}),
    ],
)
def test_a_mapped_text_that_is_changed_ends_training_and_keeps_what_was_trained(
    sentences, tmp_path, name, change, workers, options
):
    corpus = encode(sentences, min_count=2, folder=tmp_path / "corpus")
    options = QUICK | options | {"workers": workers}
    first = train(corpus, **options, on_epoch=lambda *_: True)

    def changing(epoch, _):
        change(tmp_path / "corpus" / name)

    with pytest.warns(
        UserWarning, match=rf"training ended early, and what was trained is kept: .*{name} was changed"
    ):
        found = train(corpus, **options, on_epoch=changing, checkpoint=tmp_path / "run")
    assert same(found, first)
    assert not found.history.complete
    assert re.search(f"{name} was changed", found.history.error)
    assert found.history.saved
    (folder,) = (path.parent for path in (tmp_path / "run").rglob("*.checkpoint"))
    assert len(generations(folder)) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mapped_text_that_is_cut_before_the_held_out_part_is_read_ends_training(
    sentences, tmp_path, monkeypatch, workers
):
    corpus = encode(sentences, min_count=2, folder=tmp_path)
    loss = loop.Steps.loss

    def cut_before(self, x, text):
        if self._worker.rank == 0:
            cut(tmp_path / "ids.int32")
        self._worker.barrier()
        return loss(self, x, text)

    monkeypatch.setattr(loop.Steps, "loss", cut_before)
    with pytest.warns(UserWarning, match="training ended early"):
        found = train(corpus, **QUICK | {"held_out": 0.4, "workers": workers})
    assert len(found.history.epochs) == 1
    assert np.isnan(found.history.held_out).all()


def test_a_mapped_text_that_was_cut_before_training_is_refused(sentences, tmp_path):
    corpus = encode(sentences, min_count=2, folder=tmp_path)
    cut(tmp_path / "ends.int64")
    with pytest.raises(CorpusError, match=r"ends\.int64 was changed while it was in use"):
        train(corpus, **QUICK)


@pytest.mark.parametrize("name", ["ids.int32", "ends.int64"])
def test_a_mapped_text_that_is_cut_while_a_run_is_identified_is_refused(sentences, tmp_path, monkeypatch, name):
    class Cutting(trainer.RunFolder):
        def __init__(self, *arguments):
            cut(tmp_path / "corpus" / name)
            super().__init__(*arguments)

    corpus = encode(sentences, min_count=2, folder=tmp_path / "corpus")
    monkeypatch.setattr(trainer, "RunFolder", Cutting)
    with pytest.raises(CorpusError, match=rf"{name} was changed while it was in use"):
        train(corpus, **QUICK, checkpoint=tmp_path / "run")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mapped_text_whose_time_stamp_alone_is_changed_is_trained_on_to_the_same_bits(sentences, tmp_path, workers):
    corpus = encode(sentences, min_count=2, folder=tmp_path)
    options = QUICK | {"workers": workers, "held_out": 0.3}

    def touch(epoch, _):
        for path in tmp_path.iterdir():
            os.utime(path, ns=(epoch, epoch))

    found = train(corpus, **options, on_epoch=touch)
    assert same(found, train(corpus, **options))
    assert found.history.complete


@pytest.mark.parametrize(
    ("wrong", "place", "workers", "options"),
    [(5, 3, 1, {}), (-1, 3, 2, {}), (2**31 - 1, 1003, 2, {}), (-(2**31), -3, 1, {"held_out": 0.1})],
)
def test_ids_beyond_the_vocabulary_are_refused(wrong, place, workers, options):
    ids = np.tile(np.arange(5, dtype=np.int32), 600)
    ids[place] = wrong
    corpus = Corpus([*"abcde"], np.full(5, 600), ids, np.arange(10, 3001, 10), 3000)
    with pytest.raises(CorpusError, match=f"the text holds the id {wrong}, the vocabulary 5 words: encode the text"):
        train(corpus, **QUICK | options | {"workers": workers})


def test_an_id_beyond_the_vocabulary_that_is_read_later_ends_training_and_keeps_what_was_trained():
    ids = np.tile(np.arange(5, dtype=np.int32), 600)
    ids[-1] = 5
    corpus = Corpus([*"abcde"], np.full(5, 600), ids, np.arange(10, 3001, 10), 3000)
    with pytest.warns(
        UserWarning, match="training ended early, and what was trained is kept: the text holds the id 5"
    ):
        assert len(train(corpus, **QUICK).history.reports) == 2


@pytest.mark.parametrize("words", [["a", "b", "a"], ["a", "", "b"]])
def test_words_that_are_repeated_or_empty_are_refused_before_training(words):
    ids = np.tile(np.arange(3, dtype=np.int32), 10)
    corpus = Corpus(words, np.array([10, 10, 10]), ids, np.array([30]), 30)
    with pytest.raises(
        CorpusError, match="its 3 words are not all different, or one is empty: encode the text again"
    ):
        train(corpus, **QUICK)
