"""word2vec/training/cluster.py and shards.py: the same bits whatever a cluster does, and one shard's are train's."""

import logging

import numpy as np
import pytest

from word2vec import train
from word2vec.runtime import run_folder
from word2vec.runtime.engine import ClusterError, Serial, WorkersLost
from word2vec.text import encode
from word2vec.training import batches, cluster, growing, rounds, shards, task
from word2vec.training.settings import Cbow, CheckpointOptions, ClusterOptions, DescentOptions, PvDbow, PvDm


@pytest.fixture(autouse=True)
def _short_chunks(monkeypatch):
    for module in (batches, growing, rounds, cluster, shards):
        monkeypatch.setattr(module, "CHUNK", 1000)
    for module in (cluster, shards):
        monkeypatch.setattr(module, "PIECE", 2000)


def text_of(n=250, kinds=40, seed=1):
    p = 1 / np.arange(1, kinds + 1)
    rng = np.random.default_rng(seed)
    return [[f"w{i}x" for i in rng.choice(kinds, rng.integers(0, 30), p=p / p.sum())] for _ in range(n)]


TEXT = text_of()
OPTIONS = {"dim": 6, "epochs": 2, "sample": 0.1, "quiet": True, "min_count": 1}


def trained(engine=None, *, source=TEXT, shards=3, sync=300, **more):
    options = {} if engine is None else {"cluster": ClusterOptions(engine, shards=shards, sync=sync)}
    return train(source, **OPTIONS | more, **options)


def assert_same(one, other):
    assert one.words == other.words
    for name in ("matrix", "outside", "counts", "documents"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    if one.subwords is not None:
        np.testing.assert_array_equal(one.subwords.matrix, other.subwords.matrix)
    for name in ("epochs", "held_out", "reports"):
        np.testing.assert_allclose(getattr(one.history, name), getattr(other.history, name), rtol=1e-12)


# one shard is training on one machine


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"model": Cbow(windows="sentence")},
        {"loss": "naive-softmax", "ngrams": (2, 3)},
        {"model": PvDbow(words=True)},
        {"model": PvDm(mean=True), "loss": "hierarchical-softmax"},
        {"descent": DescentOptions(held_out=0.2, dtype="float64", loss_every=1)},
        {"start_from": {"kinds": 25, "seed": 5}},
        {"start_from": {"kinds": 25, "seed": 5}, "descent": DescentOptions(held_out=0.3)},
        *(  # in a plain round others see each of these options
            pytest.param(more, marks=pytest.mark.slow)
            for more in (
                {"loss": "hierarchical-softmax"},
                {"ngrams": (2, 4), "model": "cbow"},
                {"start_from": {"seed": 5}},
                {"start_from": {"kinds": 25, "seed": 5}, "model": Cbow(windows="sentence")},
            )
        ),
    ],
    ids=str,
)
def test_one_shard_gives_the_bits_of_training_without_a_cluster(more):
    if "start_from" in more:
        more = more | {"start_from": train(text_of(**more["start_from"]), **OPTIONS)}
    assert_same(trained(**more), trained(Serial(), shards=1, **more))


@pytest.mark.parametrize("more", [{}, {"ngrams": (2, 3)}, {"model": "pv-dm"}], ids=str)
def test_several_shards_give_the_same_bits_on_any_number_of_workers(more):
    first = trained(Serial(1), **more)
    assert_same(first, trained(Serial(2), **more))
    assert_same(first, trained(Serial(7), **more))
    assert not np.array_equal(first.matrix, trained(Serial(), shards=2, **more).matrix)


@pytest.mark.parametrize("held_out", [0.0, 0.3])
def test_new_words_begin_at_the_mean_of_the_known_words_around_them_whatever_the_shards(held_out):
    descent = DescentOptions(end_rate=0.0, held_out=held_out)
    start = train(text_of(kinds=25, seed=5), **OPTIONS)
    still = {"epochs": 1, "learning_rate": 1e-30, "descent": descent}
    more = {"start_from": start, **still}
    plain = trained(**more)
    new = [word for word in plain.words if word not in start]
    assert len(new) == 15
    drawn = trained(**still)
    assert not any(np.allclose(plain[word], drawn[word]) for word in new)
    for parts, workers in ((1, 1), (2, 1), (3, 2), (7, 3)):
        found = trained(Serial(workers), shards=parts, **more)
        np.testing.assert_allclose(found[new], plain[new], rtol=1e-6, err_msg=f"{parts} shards")


def test_new_words_begin_alike_on_dask():
    pytest.importorskip("distributed")
    start = train(text_of(kinds=25, seed=5), **OPTIONS)
    one = ClusterOptions("threads:2", shards=1)
    assert_same(
        trained(start_from=start, epochs=1), train(TEXT, **OPTIONS | {"epochs": 1}, start_from=start, cluster=one)
    )


def test_the_loss_of_what_is_held_out_is_the_same_on_dask():
    pytest.importorskip("distributed")
    held = {"descent": DescentOptions(held_out=0.2), "epochs": 1}
    found = train(TEXT, **OPTIONS | held, cluster=ClusterOptions("threads:1", shards=1))
    assert_same(trained(**held), found)


@pytest.mark.slow
def test_several_shards_learn_as_one_does():
    """Within a hundredth of the loss, which falls by some tenths."""
    text = text_of(1500, 300, seed=3)
    losses = []
    for engine in (None, Serial()):
        more = {"sample": 0, "epochs": 4, "dim": 8, "descent": DescentOptions(held_out=0.1)}
        losses.append(trained(engine, source=text, shards=8, sync=200, **more).history.held_out)
    assert losses[1][-1] == pytest.approx(losses[0][-1], abs=0.01)
    assert losses[1][0] > losses[1][-1] + 0.05


def test_all_replicas_know_how_many_shards_there_are(monkeypatch):
    asked, row_rates = [], task.row_rates
    monkeypatch.setattr(task, "row_rates", lambda *given: asked.append(given[2]) or row_rates(*given))
    trained(Serial(2), shards=8, sync=200, epochs=1)
    assert len(asked) >= 2
    assert set(asked) == {8}


@pytest.mark.parametrize(("words", "shards"), [(6, 7), (10, 9), (11, 16), (17, 7)])
def test_shards_for_which_no_words_are_left_take_no_steps(words, shards):
    vectors = trained(Serial(), source=[["a", "b"]] * words, shards=shards, sample=0)
    assert np.isfinite(vectors.matrix).all()
    assert len(vectors) == 2


# what can be lost


class Failing(Serial):
    """An engine whose workers forget all that they keep, or are lost with what they do, now and then."""

    def __init__(self, workers, seed, lost=True):
        super().__init__(workers)
        self._rng, self._lose, self.failures = np.random.default_rng(seed), lost, 0

    def submit(self, key, function, *arguments, worker=None):
        if str(key[:1]).startswith("('steps") and self._rng.random() < 0.2:
            self.failures += 1
            for store in self._stores[: 1 + self._rng.integers(len(self._stores))]:
                store.clear()
        return super().submit(key, function, *arguments, worker=worker)

    def result(self, handle):
        if self._lose and isinstance(handle, rounds.Change) and self._rng.random() < 0.05:
            self.failures += 1
            raise WorkersLost("killed")
        return super().result(handle)


def test_what_workers_lose_changes_no_bit():
    options = {"descent": DescentOptions(held_out=0.2), "ngrams": (2, 3)}
    expected = trained(Serial(), **options)
    for seed in range(2):
        engine = Failing(3, seed)
        assert_same(expected, trained(engine, **options))
        assert engine.failures > 3


def test_tables_that_come_late_are_those_of_their_round():
    """A worker that misses an epoch's last round gets tables when the next one begins, though others did its work."""

    class Late(Serial):
        late, missed = None, False

        def on(self, worker, function, *arguments):
            if function.function is cluster.restore:
                self.late = worker, function, *arguments
            else:
                super().on(worker, function, *arguments)

        def submit(self, key, function, *arguments, worker=None):
            steps = str(key[:1]).startswith("('steps")
            at_end = steps and arguments[2].place == last
            if at_end and not self.missed:
                self._stores[1].clear()
                self.missed = worker == "1"
            elif at_end and self.late:
                worker = "0"
            elif steps and self.late:
                super().on(*self.late)
                self.late = None
            return super().submit(key, function, *arguments, worker=worker)

    layout = rounds.Layout(len(encode(TEXT, min_count=1).ids), 2, 300)
    last = rounds.Place(0, layout.chunks - 1, layout.rounds - 1)
    engine = Late(2)
    assert_same(trained(Serial(), shards=2), trained(engine, shards=2))
    assert engine.missed
    assert engine.late is None


class Lost(Serial):
    """An engine that is lost after some rounds."""

    def __init__(self, rounds):
        super().__init__()
        self.left = rounds

    def result(self, handle):
        if isinstance(handle, rounds.Change):
            self.left -= 1
            if self.left < 0:
                raise WorkersLost("KilledWorker")
        return super().result(handle)


def test_workers_that_are_lost_again_and_again_end_the_run_with_what_was_trained():
    with pytest.warns(UserWarning, match=r"training ended early, and what was trained is kept: workers were lost ag"):
        vectors = trained(Lost(7))
    assert not vectors.history.complete
    with pytest.raises(ClusterError, match=r"expected each to have [\d,]+ bytes for tables .*max_size"):
        trained(Lost(0))


def test_workers_that_are_lost_before_training_begins():
    class LostAtOnce(Serial):
        def result(self, handle):
            raise WorkersLost("KilledWorker")

    with pytest.raises(ClusterError, match=r"lost while the text was read \(KilledWorker\): expected each to"):
        trained(LostAtOnce())


def test_documents_cannot_be_held_out_of_on_a_cluster_which_is_said_before_the_text_is_read():
    with pytest.raises(ValueError, match="held_out is for words on a cluster, not for documents"):
        trained(Serial(), source="missing.txt", model="pv-dm", descent=DescentOptions(held_out=0.1))


def test_workers_that_never_keep_anything_end_the_run():
    class Forgetting(Serial):
        def submit(self, key, function, *arguments, worker=None):
            self._stores[0].clear()
            return super().submit(key, function, *arguments, worker=worker)

    with pytest.raises(ClusterError, match=r"failed 50 times, since workers were lost or missed its tables \(0\)"):
        trained(Forgetting(), source=TEXT[:200])  # no round ends, so that a longer text shows no more


@pytest.mark.parametrize("last", [*(pytest.param(n, marks=pytest.mark.slow) for n in (7, 20)), 25])
def test_a_lost_run_is_resumed_to_the_same_bits(tmp_path, last):
    """It ends within a chunk, and nothing that was trained is lost."""
    text = text_of(400)
    options = {"source": text, "ngrams": (2, 3), "sync": 150, "descent": DescentOptions(held_out=0.2)}
    expected = trained(Serial(), **options)
    with pytest.warns(UserWarning, match="what was trained is kept"):
        trained(Lost(last), checkpoint=tmp_path, **options)
    done = []
    again = CheckpointOptions(tmp_path, resume=True)

    class Counting(Serial):
        def result(self, handle):
            done.append(isinstance(handle, rounds.Change))
            return super().result(handle)

    assert_same(expected, trained(Counting(2), checkpoint=again, **options))
    layout = rounds.Layout(len(encode(text, min_count=1).ids) * 4 // 5, 3, 150)
    assert sum(done) < 2 * layout.chunks * layout.rounds - last + 4  # some are submitted twice


def test_a_run_that_is_lost_while_the_held_out_loss_is_measured_is_resumed_to_the_same_bits(tmp_path):
    class LostAtTheEnd(Serial):
        epochs = 0

        def result(self, handle):
            if isinstance(handle, tuple) and len(handle) == 2 and isinstance(handle[0], float):
                self.epochs += 1
                if self.epochs > 1:
                    raise WorkersLost("KilledWorker")
            return super().result(handle)

    options = {"descent": DescentOptions(held_out=0.2), "epochs": 3}
    with pytest.warns(UserWarning, match="what was trained is kept"):
        assert len(trained(LostAtTheEnd(), checkpoint=tmp_path, **options).history.epochs) == 1
    again = CheckpointOptions(tmp_path, resume=True)
    assert_same(trained(Serial(), **options), trained(Serial(2), checkpoint=again, **options))


def test_a_killed_run_is_resumed_from_its_last_checkpoint(tmp_path, monkeypatch):
    expected = trained(Serial())
    monkeypatch.setattr(run_folder, "SAVE_SECONDS", 0.0)

    class Ending(Lost):
        def result(self, handle):
            try:
                return super().result(handle)
            except WorkersLost:
                raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        trained(Ending(9), checkpoint=tmp_path)
    assert [*tmp_path.glob("*/*.checkpoint")]
    assert_same(expected, trained(Serial(2), checkpoint=CheckpointOptions(tmp_path, resume=True)))


def test_other_shards_or_rounds_are_another_run(tmp_path):
    trained(Serial(), checkpoint=tmp_path)
    with pytest.raises(
        ValueError, match=r"holds no run with these settings; a run there has cluster|shards 3, not 2"
    ):
        trained(Serial(), shards=2, checkpoint=CheckpointOptions(tmp_path, resume=True))


# what makes no sense


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"cluster": Serial(), "workers": 2}, r"workers is 2: expected 1 with a cluster.*local:4"),
        ({"cluster": 7}, r"cluster is 7: expected 'local', 'local:4' \(processes\)"),
        ({"cluster": "local:x"}, r"cluster is 'local:x': expected 'local', 'local:4'"),
        ({"cluster": Serial(), "descent": DescentOptions(held_out=0.9999)}, None),
        ({"shards": 3}, "it is an option of ClusterOptions; pass cluster=ClusterOptions"),
    ],
)
def test_what_makes_no_sense_is_refused(more, message):
    if message is None:
        trained(more["cluster"], descent=more["descent"])
        return
    with pytest.raises((TypeError, ValueError), match=message):
        train(TEXT, **OPTIONS | more)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shards": 0}, "shards is 0: expected"),
        ({"sync": 1.5}, "sync is 1.5: expected"),
        ({"unreadable": "ignore"}, "unreadable is 'ignore': expected"),
        ({"patience": -1}, "patience is -1: expected seconds"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ClusterOptions(**options)


def test_a_text_without_words_or_pairs_is_refused_as_ever():
    with pytest.raises(ValueError, match=r"no partition holds a word|holds no word"):
        trained(Serial(), source=[[], []])
    with pytest.raises(ValueError, match="no pair of words to learn from"):
        trained(Serial(), source=[["a"], ["b"], ["a"]])


def test_progress_names_workers_and_what_travelled(caplog):
    with caplog.at_level(logging.INFO):
        trained(Serial(2), quiet=False)
    assert "workers 2, MB" in caplog.text


def test_without_sync_rounds_are_as_long_as_a_run_has_enough_of():
    assert_same(trained(Serial(), sync=None), trained(Serial(2), sync=1024))


@pytest.mark.parametrize("sync", [3000, *(pytest.param(n, marks=pytest.mark.slow) for n in (2000, 10**6))])
def test_rounds_of_several_chunks_are_the_steps_of_each(sync):
    """One shard's are train's; pieces are two chunks long, so that rounds begin and end within them."""
    assert_bits = {"ngrams": (2, 3)}
    one, other = trained(**assert_bits), trained(Serial(), shards=1, sync=sync, **assert_bits)
    np.testing.assert_array_equal(one.matrix, other.matrix)
    np.testing.assert_allclose(one.history.epochs, other.history.epochs, rtol=1e-12)
    assert_same(trained(Serial(1), shards=2, sync=sync), trained(Serial(3), shards=2, sync=sync))
