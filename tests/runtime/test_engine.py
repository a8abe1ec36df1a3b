"""word2vec/runtime/engine.py on a real Dask cluster of this machine: the same bits, whatever dies; clear ends."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec import train
from word2vec.runtime import engine
from word2vec.runtime.engine import CONNECT, ClusterError, OnDask, Serial, WorkersLost, opened, with_store
from word2vec.training.settings import CheckpointOptions, ClusterOptions

pytest.importorskip("distributed", reason="the optional requirement of clusters")
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*:ResourceWarning", "ignore:.*:pytest.PytestUnraisableExceptionWarning"
)

OPTIONS = {"dim": 10, "epochs": 2, "sample": 0.01, "quiet": True, "min_count": 1}
WHERE = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}


def text_of(words=30_000, kinds=500):
    p = 1 / np.arange(1, kinds + 1)
    ids = np.random.default_rng(1).choice(kinds, (words // 20, 20), p=p / p.sum())
    names = [f"w{i}" for i in range(kinds)]
    return [[names[i] for i in row] for row in ids.tolist()]


def written(folder, words):
    path = folder / "text.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in words))
    return path


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    return written(tmp_path_factory.mktemp("text"), text_of())


@pytest.fixture(scope="module")
def long_text_file(tmp_path_factory):
    """A text whose epochs are long enough for what is to happen within one."""
    return written(tmp_path_factory.mktemp("long"), text_of(200_000))


def trained(cluster, source, *, sync=4096, **more):
    return train(source, cluster=ClusterOptions(cluster, shards=2, sync=sync), **OPTIONS | more)


@pytest.fixture(scope="module")
def expected(text_file):
    return trained(Serial(), text_file)


@pytest.fixture(scope="module")
def processes():
    """A cluster of two processes, and its client."""
    from distributed import Client, LocalCluster

    with LocalCluster(**WHERE) as cluster, Client(cluster, set_as_default=False) as client:
        yield cluster, client


def assert_same(one, other):
    np.testing.assert_array_equal(one.matrix, other.matrix)
    np.testing.assert_array_equal(one.outside, other.outside)
    assert one.words == other.words
    assert one.history.epochs == other.history.epochs


@pytest.mark.parametrize("part", [True, np.int64(3), None])
def test_a_key_that_dask_refuses_is_refused_in_this_process_too(part):
    with pytest.raises(TypeError, match="expected strings and whole numbers of Python"):
        Serial().submit(("loss", part), len, [])


def test_threads_give_the_same_bits(text_file, expected):
    assert_same(expected, trained("threads:2", text_file))


@pytest.mark.slow
def test_processes_give_the_same_bits_with_one_two_or_a_text_in_memory(text_file, expected, processes):
    _, client = processes
    assert_same(expected, trained(client, text_file))
    assert_same(expected, trained(client, text_of()))
    kept = client.run(lambda dask_worker: len(vars(dask_worker).get("word2vec_store", ())))
    assert set(kept.values()) == {0}  # replicas are forgotten


@pytest.mark.slow  # test_cluster.py loses what workers have kept without a process
def test_a_worker_that_is_killed_changes_no_bit(long_text_file, processes):
    cluster, client = processes
    killed, timers = [], []

    def kill():
        pid = next(nanny.pid for nanny in cluster.workers.values() if nanny.pid)
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)

    def soon(epoch, _):  # while the next epoch is under way
        if epoch < 3:
            timers.append(threading.Timer(0.1, kill))
            timers[-1].start()

    client.wait_for_workers(2)
    found = trained(client, long_text_file, sync=2048, epochs=3, on_epoch=soon)
    for timer in timers:
        timer.join()
    assert len(killed) == 2
    assert_same(trained(Serial(), long_text_file, sync=2048, epochs=3), found)


@pytest.mark.slow
def test_bags_and_columns_are_read_on_the_cluster(text_file, processes):
    bag = pytest.importorskip("dask.bag")
    frame = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    _, client = processes
    lines = text_file.read_text().splitlines()[:2000]
    expected = trained(Serial(), [line.split() for line in lines])
    assert_same(expected, trained(client, bag.from_sequence(lines, npartitions=3)))
    column = frame.from_pandas(pandas.DataFrame({"text": lines}), npartitions=2)["text"]
    assert_same(expected, trained(client, column))


SCHEDULER = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    where = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, threads_per_worker=1, **where) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(600)
"""


@pytest.mark.slow  # two clusters start
def test_a_scheduler_that_is_killed_ends_the_run_and_the_next_one_goes_on(long_text_file, tmp_path):
    def started():
        command = [sys.executable, "-c", SCHEDULER]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        return process, process.stdout.readline().strip()

    def end(process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    from dask import config

    first, address = started()
    epochs = []

    def kill(epoch, _):
        epochs.append(epoch)
        end(first)

    quickly = config.set({"distributed.comm.timeouts.connect": "2s"})
    with quickly, pytest.warns(UserWarning, match=r"what was trained is kept: the scheduler at tcp://.* was lost"):
        vectors = trained(address, long_text_file, checkpoint=tmp_path, on_epoch=kill, epochs=3)
    assert epochs == [1]
    assert not vectors.history.complete
    second, address = started()
    try:
        again = trained(address, long_text_file, checkpoint=CheckpointOptions(tmp_path, resume=True), epochs=3)
    finally:
        end(second)
    assert_same(trained(Serial(), long_text_file, epochs=3), again)


def test_where_no_scheduler_is_no_client_is_made_that_would_end_after_a_minute(monkeypatch):
    import distributed
    from dask import config

    made = []
    monkeypatch.setattr(distributed.Client, "__init__", lambda *_, **__: made.append(1))
    fix = r"\): start one there by `dask scheduler`, or correct the address; expected 'local', .* tcp://host:8786,"
    with socket.create_server(("127.0.0.1", 0)) as other, config.set({CONNECT: "100ms"}):
        silent = f"tcp://127.0.0.1:{other.getsockname()[1]}"  # it takes connections, and says nothing
        for address, why in {
            "tcp://127.0.0.1:1": r"Timed out trying to connect to tcp://127\.0\.0\.1:1 after 0\.1 s",
            "none://127.0.0.1:1": "unknown address scheme 'none' .*",
            silent: "what is there is no scheduler",
        }.items():
            with pytest.raises(ClusterError, match=f"^no scheduler answers at '{address}' \\({why}{fix}"):
                trained(address, [["a", "b"]])
    assert not made


def test_dasks_setting_says_how_long_a_scheduler_is_looked_for_and_its_default_is_shortened(monkeypatch):
    import dask
    import distributed.comm.core as core

    waited = []

    async def connect(_, timeout, **__):
        waited.append(timeout)
        raise OSError

    monkeypatch.setattr(core, "connect", connect)
    for setting in ("30s", "2 minutes", 7):
        with dask.config.set({CONNECT: setting}), pytest.raises(ClusterError):
            trained("tcp://127.0.0.1:1", [["a", "b"]])
    assert waited == [10, 120, 7]


def test_no_dask_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"needs Dask's distributed .*pip install 'word2vec-numpy\[cluster\]'"):
        trained("local:1", [["a", "b"]])


class Handle:
    def __init__(self, error):
        self._error = error

    status = "pending"

    def result(self, timeout):
        raise self._error


class Late(Handle):
    """A result that is there after some waits, as if the machine had been stopped in each of them."""

    def __init__(self, waits):
        super().__init__(TimeoutError())
        self.waits = waits

    def result(self, timeout):
        assert timeout == 0.5
        self.waits -= 1
        return super().result(timeout) if self.waits >= 0 else "here"


class Client:
    """A client that is, or is not, there any more."""

    status, scheduler = "running", None

    def __init__(self, alive=True):
        self._alive = alive
        self.scheduler = self

    identity, address = None, "tcp://there"

    def sync(self, *_, **__):
        if not self._alive:
            raise OSError

    def scheduler_info(self, **_):
        return {"workers": {"b": 1, "a": 2}}


def test_what_a_task_raises_is_told_from_what_a_cluster_does():
    import distributed
    from distributed.comm.core import CommClosedError

    here = OnDask(Client(), 5.0)
    assert here.workers() == ["a", "b"]
    for error in (OSError("a file"), RuntimeError("no"), FloatingPointError("not finite"), ValueError("word")):
        with pytest.raises(type(error), match=str(error)):
            here.result(Handle(error))
    for error in (
        distributed.KilledWorker("task", SimpleNamespace(address="tcp://a"), 3),
        CommClosedError("closed"),
        engine.FutureCancelled(),
    ):
        with pytest.raises(WorkersLost):
            here.result(Handle(error))
    with pytest.raises(ClusterError, match="no result came from tcp://there in 5 seconds, and it has 2 workers"):
        here.result(Handle(distributed.TimeoutError()))
    assert here.result(Late(9)) == "here"
    late = Late(9)
    late.status = "error"  # what the task raised
    with pytest.raises(TimeoutError):
        here.result(late)
    assert late.waits == 8
    gone = OnDask(Client(alive=False), 5.0)
    for error in (CommClosedError("closed"), engine.FutureCancelled(), OSError("closed")):
        with pytest.raises(ClusterError, match=r"the scheduler at tcp://there was lost .*the same call with a ch"):
            gone.result(Handle(error))


def test_threads_are_never_given_up():
    """A process that was stopped has threads whose last sign of life is old."""
    with opened("threads:1") as cluster:
        assert cluster._client.cluster.scheduler.worker_ttl is None


def test_what_goes_to_a_worker_is_not_mixed_up_with_what_is_there():
    def keep(store, arrays):
        store["kept"] = arrays["x"]

    def kept(store):
        return store["kept"]

    with opened("threads:1") as cluster:
        (worker,) = cluster.workers()
        there = cluster._client.scatter({"x": "another's"}, workers=[worker])  # under the key "x"
        for i, each in enumerate(["one", "two"]):
            cluster.on(worker, with_store(keep), {"x": each})
            assert cluster.result(cluster.submit(("kept", i), with_store(kept), worker=worker)) == each
        assert there["x"].result() == "another's"


def test_an_asynchronous_client_is_refused():
    import distributed

    class Asynchronous(distributed.Client):
        asynchronous = True

        def __init__(self):
            pass

        __repr__ = object.__repr__

        def __del__(self):
            pass

    with pytest.raises(ValueError, match="the client is asynchronous"), opened(Asynchronous()):
        pass


def test_without_a_cluster_dask_is_not_imported():
    code = (
        "import sys, word2vec.training.trainer; print(any(name in sys.modules for name in ('dask', 'distributed')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_local_cluster_that_does_not_start_says_what_may_be_the_cause(monkeypatch):
    def refuse(**_):
        raise RuntimeError("Nanny failed to start.\nthere is more")

    monkeypatch.setattr(sys.modules["distributed"], "LocalCluster", refuse)
    causes = r"need the guard .*, and daemonic processes cannot start any; 'threads:4' starts none$"
    with (
        pytest.raises(ClusterError, match=rf"did not start \(Nanny failed to start\.\): .*{causes}"),
        opened("local:2"),
    ):
        pass


def test_ctrl_c_in_a_terminal_ends_no_worker_of_a_local_cluster(monkeypatch):
    from distributed import LocalCluster

    class Interrupted(LocalCluster):
        def __init__(self, **options):
            signal.raise_signal(signal.SIGINT)
            super().__init__(**options)

    monkeypatch.setattr("distributed.LocalCluster", Interrupted)
    with opened("local:1") as found:
        ignored = {signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)}  # Windows has no SIGHUP
        for number, handled in ((signal.SIGTERM, signal.SIG_DFL), *((each, signal.SIG_IGN) for each in ignored)):
            assert [*found._client.run(signal.getsignal, number).values()] == [handled]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_heartbeat_that_meets_the_end_of_the_cluster_is_not_logged(monkeypatch, caplog):
    from distributed import LocalCluster

    log = logging.getLogger("distributed.worker")

    class Late(LocalCluster):
        def __exit__(self, *error):
            log.error("Failed to communicate with scheduler during heartbeat.")
            log.error("the worker fails while it closes")
            super().__exit__(*error)

    monkeypatch.setattr("distributed.LocalCluster", Late)
    with opened("threads:1"):
        log.error("the worker failed")
    log.error("another worker failed")
    errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["the worker failed", "the worker fails while it closes", "another worker failed"]
