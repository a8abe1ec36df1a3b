"""Where tasks run: on a cluster of Dask, or one after the other in this process.

A task is a pure function of values and of other tasks' results, under a key of its own. So whatever is lost with a
worker is computed again, elsewhere, and is the same. Dask is imported only here, and only when it is asked for.
"""

import importlib
import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from .arguments import check_type, check_whole
from .console import IN_PYTHON
from .interrupts import STOPS
from .workers import count_workers

INSTALL = "install it by: pip install 'word2vec-numpy[cluster]'"
EXPECTED = (
    "'local', 'local:4' (processes), 'threads:4', the address of a scheduler, tcp://host:8786, or a Dask client"
)
DEATHS = 3  # times that one task may die with its workers, four deaths each, before a run ends
CONNECT = "distributed.comm.timeouts.connect"  # a setting of Dask, for how long a scheduler is looked for
WAIT = {"30s": "10s"}  # Dask's default is long for an address with an error in it
LOOKS = 10  # waits that make up the patience: where a machine is stopped for an hour, only one of them is over then
SECONDS = 5.0  # between two looks at which workers there are
OURS = {"set_as_default": False, "direct_to_workers": True}  # clients: results do not pass through the scheduler
TTL = "30 seconds"  # after which a process that does not answer is given up; threads are there as long as this one
GUARD = (
    f"{IN_PYTHON}scripts that start processes are files and need the guard `if __name__ == '__main__':` around their "
    "code, and daemonic processes cannot start any; 'threads:4' starts none"
)


class ClusterError(RuntimeError):
    """A cluster cannot be used, or no more; the message says why, and the fix.

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.runtime.engine import ClusterError
    >>> try:
    ...     vectors = train([["green", "tea"]] * 99, cluster="nowhere", quiet=True)
    ... except ClusterError as error:
    ...     print(str(error).partition(" (")[0])
    no scheduler answers at 'nowhere'
    """


class Store(dict[str, Any]):
    """What a worker keeps between tasks; address: of the worker; lock: of who changes the store."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.lock = address, threading.Lock()


class Serial:
    """An engine in this process: every task runs when it is submitted, on one of n pretended workers.

    A handle stands for a task's result, and can be an argument of other tasks, in a list too: here it is the result.

    Examples
    --------
    >>> from word2vec import train
    >>> from word2vec.runtime.engine import Serial
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> two, three = (train(text, cluster=Serial(n), dim=4, sample=0, quiet=True) for n in (2, 3))
    >>> bool((two.matrix == three.matrix).all())
    True
    """

    def __init__(self, workers: int = 1) -> None:
        self._stores = [Store(str(i)) for i in range(workers)]

    def submit(self, key: tuple[Any, ...], function: Callable[..., Any], *arguments: Any, worker: Any = None) -> Any:
        """Run a task, on this worker if it is there; return its handle. TypeError for a key that Dask refuses."""
        if not {*map(type, key)} <= {str, int}:
            raise TypeError(f"the key of a task is {key!r}: expected strings and whole numbers of Python")
        if isinstance(function, with_store):
            return function.function(self._stores[0 if worker is None else int(worker)], *arguments)
        return function(*arguments)

    def result(self, handle: Any) -> Any:
        """Wait for a task and return its result, or raise what it raised, or ClusterError."""
        return handle

    def workers(self) -> Sequence[Any]:
        """Return the workers, in an order that stays; `with_store` gives a function the store of its own."""
        return [store.address for store in self._stores]

    def on(self, worker: Any, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a function on a worker, if it is still there, and wait."""
        self.submit((), function, *arguments, worker=worker)

    def delayed(self, value: Any) -> Any:
        """Compute a value."""
        return value.compute()


class with_store:
    """A function that is given its worker's store as the first argument."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        """Run on a worker of Dask."""
        worker = _distributed().get_worker()
        return self.function(vars(worker).setdefault("word2vec_store", Store(worker.address)), *arguments)


class OnDask:
    """An engine on a distributed.Client; a run ends after `patience` seconds without a result."""

    def __init__(self, client: Any, patience: float) -> None:
        self._client, self._patience = client, patience
        self._seen: tuple[float, list[str]] = (0.0, [])
        self.address = client.scheduler.address if client.scheduler else "?"

    def submit(self, key: tuple[Any, ...], function: Callable[..., Any], *arguments: Any, worker: Any = None) -> Any:
        """Start a task."""
        name = key[0] if len(key) == 1 else key
        where: dict[str, Any] = {} if worker is None else {"workers": [worker], "allow_other_workers": True}
        with self._lost(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")
            return self._client.submit(function, *arguments, key=name, **where)

    def result(self, handle: Any) -> Any:
        """Wait for a task."""
        dask = _distributed()
        with self._lost():
            for _ in range(LOOKS):
                try:
                    return handle.result(timeout=self._patience / LOOKS)
                except dask.KilledWorker as error:
                    raise WorkersLost(str(error)) from error
                except dask.TimeoutError:
                    if handle.status == "error":
                        raise  # the task's own
            what = f"no result came from {self.address} in {self._patience:g} seconds"
            fix = "look at its dashboard and at the workers' memory, or raise patience"
            raise ClusterError(f"{what}, and it has {len(self.workers())} workers: {fix}")

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """Raise ClusterError if the scheduler is gone, WorkersLost if only what was waited for is."""
        from asyncio import CancelledError  # which Dask has loaded: at the top it would slow down every start

        closed: Any = importlib.import_module("distributed.comm.core").CommClosedError
        try:
            yield
        except (ClusterError, WorkersLost):
            raise
        except (CancelledError, FutureCancelled, OSError, RuntimeError) as error:  # closed is an OSError
            if self._client.status == "running" and self._alive():
                if isinstance(error, OSError | RuntimeError) and not isinstance(error, closed):
                    raise  # what a task raised
                raise WorkersLost(str(error)) from error
            raise ClusterError(
                f"the scheduler at {self.address} was lost ({type(error).__name__}): start it again; the same call "
                "with a checkpoint folder resumes the run"
            ) from error

    def _alive(self) -> bool:
        with suppress(Exception):
            self._client.sync(self._client.scheduler.identity, n_workers=0, callback_timeout=10)
            return True
        return False

    def workers(self) -> Sequence[Any]:
        """Return their addresses, as they were a few seconds ago."""
        now, found = self._seen
        if time.monotonic() - now > SECONDS or not found:
            with suppress(Exception):
                found = sorted(self._client.scheduler_info(n_workers=-1)["workers"])
            self._seen = time.monotonic(), found
        return found

    def on(self, worker: Any, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a function on a worker; what goes with it need not pass through the scheduler."""
        with suppress(Exception):  # it may be gone by now: what misses it will say so
            # a list: the names in a dict would be keys of the whole cluster, and what is there under one would stay
            data = self._client.scatter([*arguments], workers=[worker], hash=False)
            self.result(self._client.submit(function, *data, workers=[worker], pure=False))

    def delayed(self, value: Any) -> Any:
        """Compute a delayed value on the cluster."""
        return self._client.compute(value)


Engine = Serial | OnDask


class WorkersLost(Exception):
    """Tasks were lost with workers, and can be submitted again under another key."""


@contextmanager
def opened(cluster: Any, patience: float = 600.0) -> Iterator[Engine]:
    """Open an engine: that of a Dask client, of a scheduler's address, or of a local cluster of this context's own.

    Raises TypeError, ValueError if `cluster` is none of these, ImportError, with what to install, without Dask,
    ClusterError if there is no scheduler.
    """
    if isinstance(cluster, Serial):
        yield cluster
        return
    try:
        distributed = _distributed()
    except ImportError as error:
        raise ImportError(f"cluster={cluster!r:.60} needs Dask's distributed ({error}): {INSTALL}") from None
    with ExitStack() as stack:
        yield OnDask(_client(cluster, distributed, stack), patience)


def _ignore_terminal() -> None:
    """Leave Ctrl-C and the end of a terminal, which reach a worker too, to the process that the worker works for."""
    for number in set(STOPS) - {signal.SIGTERM}:  # by which Dask ends it
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Ignore Ctrl-C for some seconds, as processes that are started meanwhile will do for good."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if is_main else None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _is_no_heartbeat(record: logging.LogRecord) -> bool:
    """Hide what is logged, with a traceback, of a heartbeat that meets its cluster's end, and nothing else."""
    return "heartbeat" not in str(record.msg)


def _distributed() -> Any:
    return importlib.import_module("distributed")


def _client(cluster: Any, distributed: Any, stack: ExitStack) -> Any:
    if isinstance(cluster, distributed.Client):
        if cluster.asynchronous:
            raise ValueError("the client is asynchronous: expected a Client(…) that waits for results")
        return cluster
    check_type("cluster", cluster, str, EXPECTED)
    if cluster.partition(":")[0] in ("local", "threads"):
        return _local_client(cluster, distributed, stack)
    try:
        with ThreadPoolExecutor(1) as thread:  # this one may have a running loop, as in a notebook
            thread.submit(_reach, cluster).result()
        return stack.enter_context(distributed.Client(cluster, **OURS))
    except Exception as error:  # whatever it is that answers there
        why = str(error) or "what is there is no scheduler"  # it does not answer in time
        raise ClusterError(
            f"no scheduler answers at {cluster!r} ({why}): start one there by `dask scheduler`, or correct the "
            f"address; expected {EXPECTED}"
        ) from None


def _local_client(cluster: str, distributed: Any, stack: ExitStack) -> Any:
    """Start a cluster of this machine, as local:4 or threads:4 says, and return its client, until the stack ends."""
    kind, _, number = cluster.partition(":")
    workers = check_whole("cluster: the number of workers", int(number)) if number.isdecimal() else None
    if workers is None and number:
        raise ValueError(f"cluster is {cluster!r}: expected {EXPECTED}")
    waiting = {"distributed.scheduler.worker-ttl": TTL if kind == "local" else None}
    stack.enter_context(importlib.import_module("dask").config.set(waiting))
    options: dict[str, Any] = {
        "n_workers": workers or count_workers(-1),
        "threads_per_worker": 1,
        "dashboard_address": "127.0.0.1:0",
    }
    options |= {"host": "127.0.0.1"} if kind == "local" else {"processes": False}
    try:
        with _without_ctrl_c():
            local = distributed.LocalCluster(**options)
    except RuntimeError as error:
        why = str(error).strip().splitlines()[0]
        raise ClusterError(f"the local cluster did not start ({why}): {GUARD}") from error
    log = logging.getLogger("distributed.worker")
    stack.callback(log.removeFilter, _is_no_heartbeat)
    stack.enter_context(local)
    stack.callback(log.addFilter, _is_no_heartbeat)
    client = stack.enter_context(distributed.Client(local, **OURS))
    if kind == "local":
        client.run(_ignore_terminal)
    return client


def _reach(address: str) -> None:
    """Connect to an address and go again: a Client that cannot connect may hold up the end of the process."""
    import asyncio  # which Dask has loaded: at the top it would slow down every start

    dask, core = importlib.import_module("dask"), importlib.import_module("distributed.comm.core")
    found = dask.config.get(CONNECT)
    seconds = importlib.import_module("dask.utils").parse_timedelta(WAIT.get(found, found))
    security = _distributed().Security().get_connection_args("client")

    async def reach() -> None:
        connecting = core.connect(address, timeout=seconds, **security)
        await (await asyncio.wait_for(connecting, 2 * seconds)).close()  # Dask's own is for a first step

    asyncio.run(reach())
