"""What a run on a cluster will cost: time, memory and bytes, from a model and from what this machine does.

A round of S shards on W workers, m words a shard, moves R(m) rows: of those words that are among m (E50). Each is D
numbers and 24 bytes. Sums go up a tree, `TOGETHER` at a time; the round's change then goes from one worker to all
others, and to the client. Steps, sums and changes are measured here and now, by the very code that a run is made of.
"""

import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .._types import Array
from ..runtime.arguments import check_number, check_type, check_whole
from .batches import CHUNK
from .cluster import AHEAD, put_together
from .objective import group_size, memory_needed
from .rounds import Change, Layout, Piece, Place, Plan, Replica, apply, enough_rounds, longest_sync
from .sampling import keep_probability, noise_distribution
from .settings import Settings
from .shards import TOGETHER

MANDELBROT = 2.7  # a word's share is 1/(rank + 2.7)
MOST_WORKERS, MOST_WORDS = 1 << 14, 10**8
MEASURED = 128 << 20  # bytes of the tables that are measured: more than caches hold
UNITS = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12}


@dataclass(frozen=True)
class Machine:
    """What a core, Dask and a connection do; `measure_machine` measures the first three.

    Attributes
    ----------
    steps : words a second that one core trains
    rows : bytes of changed rows a second that a shard takes out of tables and puts back
    sums, moves : bytes of changes a second that are added up, and that tables take over
    task : seconds for each task, of the scheduler
    transport : bytes a second between two workers, however fast the network is

    Examples
    --------
    >>> from word2vec.training.cost import Machine
    >>> Machine(steps=1e6, rows=1e9, sums=5e8, moves=1e9).task
    0.003
    """

    steps: float
    rows: float
    sums: float
    moves: float
    task: float = 0.003
    transport: float = 4e8

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            check_number(f"machine.{name}", value, "a positive number", np.finfo(float).tiny)


@dataclass(frozen=True)
class Cost:
    """What a run costs; `str` of it is what the command plan prints.

    Attributes
    ----------
    compute, network, overhead : seconds of all rounds: steps; bytes that travel; sums, changes of tables, tasks
    memory : bytes a worker needs, its share of the text included
    round_bytes, word_bytes : what travels in a round, and for each word that is read
    rounds, shards, sync, workers : the layout
    enough : rounds from which on quality is kept
    limit : number of workers, one shard each, from which on the network takes longer than the steps, None if none
    machine : Machine

    Examples
    --------
    >>> from word2vec.training.cost import Machine, plan
    >>> machine = Machine(steps=1e6, rows=1e9, sums=5e8, moves=1e9)
    >>> print(plan("1e9", "1e5", workers=8, machine=machine))  # doctest: +ELLIPSIS
    time            ...
    memory          ...
    """

    compute: float
    network: float
    overhead: float
    memory: int
    round_bytes: float
    word_bytes: float
    rounds: int
    shards: int
    sync: int
    workers: int
    enough: int
    limit: int | None
    machine: Machine

    @property
    def seconds(self) -> float:
        """Time of the training, without reading and counting the text."""
        return self.compute + self.network + self.overhead

    def __str__(self) -> str:
        m, few = self.machine, f"; fewer than {self.enough:,}, which costs quality" * (self.rounds < self.enough)
        parts = {"compute": self.compute, "network": self.network, "overhead": self.overhead}
        shares = ", ".join(f"{name} {_time(value)} ({value / self.seconds:.0%})" for name, value in parts.items())
        limit = "not up to 16,384 workers" if self.limit is None else f"from {self.limit:,} workers on"
        return "\n".join(
            [
                f"time            {_time(self.seconds)}: {shares}",
                f"memory          {_bytes(self.memory)} a worker",
                f"traffic         {_bytes(self.round_bytes)} a round, {self.word_bytes:,.1f} bytes a word",
                f"sync            {self.sync:,} words a shard: {self.rounds:,} rounds of {self.shards} shards{few}",
                f"network-bound   {limit}, with as many shards and this sync",
                f"measured        {m.steps / 1e6:.2f} M words/s a core; rows {_bytes(m.rows)}/s, sums "
                f"{_bytes(m.sums)}/s, changes {_bytes(m.moves)}/s; stated: {m.task * 1e3:g} ms a task, "
                f"transport {_bytes(m.transport)}/s",
            ]
        )


def plan(
    words: float | str,
    vocabulary: float | str,
    *,
    dim: int = Settings.dim,
    workers: int = 4,
    network: str = "10Gb",
    epochs: int = Settings.epochs,
    shards: int | None = None,
    sync: int | None = None,
    cores: int | None = None,
    machine: Machine | None = None,
) -> Cost:
    """Forecast what training on a cluster costs: skip-gram with negative sampling, all else as `train` does it.

    Parameters
    ----------
    words, vocabulary : of the text, and its different ones that are kept; numbers, or "1e11", "3M"
    dim, epochs : as for `train`
    workers : processes of the cluster
    network : bits or bytes a second of a worker's connection: "10Gb", "1GbE", "2.5 GB/s"
    shards, sync : as for `ClusterOptions`; by default a shard a worker, and as many words as leave enough rounds
    cores : that all workers and the client share, by default one each; fewer on a single machine
    machine : Machine, by default measured here, which takes a few seconds

    Raises TypeError or ValueError, which name the argument, if one is wrong.

    Examples
    --------
    >>> from word2vec.training.cost import Machine, plan
    >>> machine = Machine(steps=1e6, rows=1e9, sums=5e8, moves=1e9)
    >>> cost = plan("1e9", "1e5", workers=8, machine=machine)
    >>> cost.sync, cost.rounds, f"{cost.memory / 1e9:.1f} GB"
    (1048576, 600, '0.9 GB')
    """
    words, vocabulary = quantity("words", words), quantity("vocabulary", vocabulary, MOST_WORDS)
    workers, speed = check_whole("workers", workers), _speed(network)
    shards = workers if shards is None else check_whole("shards", shards)
    cores = workers + 1 if cores is None else check_whole("cores", cores)
    keep = keep_probability(counts := _counts(words, vocabulary), Settings.sample)
    stay = float(counts @ keep) / float(counts.sum())
    settings = Settings(dim=dim, epochs=epochs).for_text(words * stay)
    sync = longest_sync(words * settings.epochs, shards) if sync is None else check_whole("sync", sync)
    if machine is not None:
        check_type("machine", machine, Machine)
    model = _Model(machine or measure_machine(settings, counts), settings, counts * keep, counts, stay, speed)
    layout = Layout(words, shards, sync)
    rounds, m = settings.epochs * layout.in_epoch, layout.length / layout.in_epoch
    compute, wait, overhead, travels = model.round(m, shards, workers, cores)
    tables = memory_needed(settings, vocabulary, 1) + (8 * vocabulary * settings.dim if shards > 1 else 0)
    return Cost(
        compute=rounds * compute,
        network=rounds * wait,
        overhead=rounds * overhead,
        memory=math.ceil(tables + 4 * words / workers + AHEAD * model.size(m * shards)),
        round_bytes=travels,
        word_bytes=travels / (m * shards),
        rounds=rounds,
        shards=shards,
        sync=sync,
        workers=workers,
        enough=enough_rounds(shards),
        limit=model.limit(m),
        machine=model.machine,
    )


def quantity(name: str, value: float | str, most: int = 10**15) -> int:
    """Return a whole number from 1 to `most` that is written as 1e11, 3M or 250_000; else raise ValueError."""
    found = re.fullmatch(r"([\d_.,]*\d\.?(?:[eE]\+?\d\d?)?) ?([kMGT]?)", str(value).strip())
    number = 0.0
    if found:
        with suppress(ValueError):  # as of 1.2.3
            number = float(found[1].replace(",", "")) * 10.0 ** UNITS[found[2]]
    if not 1 <= number <= most:
        raise ValueError(
            f"{name} is {value!s:.40}: expected a number from 1 to {most:.0e}, such as 1e6, 3M or 250000"
        )
    return round(number)


def _speed(network: Any) -> float:
    """Return the bytes a second of a connection such as 10Gb, 1GbE, 2.5 GB/s."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+) ?([kMGT]?)(bE|b|bit|bps|B)(?:/s)?", str(network).strip())
    if not found or not (number := float(found[1])):
        raise ValueError(
            f"network is {network!s:.40}: expected bits or bytes a second, such as 10Gb, 1GbE or 2.5 GB/s"
        )
    return number * 10.0 ** UNITS[found[2]] / (1 if found[3] == "B" else 8)


def _counts(words: int, vocabulary: int) -> Array:
    """Return how often each word is expected in a text by the law of Zipf and Mandelbrot: (V,)."""
    share = 1 / (MANDELBROT + np.arange(1, vocabulary + 1))
    return np.asarray(words / share.sum() * share)


@dataclass
class _Model:
    """Seconds and bytes of a round; kept, counts (V,): how often words stay, and are; stay: share that stays."""

    machine: Machine
    settings: Settings
    kept: Array
    counts: Array
    stay: float
    speed: float

    def __post_init__(self) -> None:
        self._seen = np.log1p(-np.minimum(self.kept / self.kept.sum(), 1 - 1e-9))
        drawn = np.log1p(-np.minimum(noise_distribution(self.counts), 1 - 1e-9))
        shared = self.settings.loss.shared / group_size(self.settings)
        self._row = 4 * self.settings.dim + 4 + 8 + 8 + 4  # a row's number, Σ λ, Σ (1 − e^(−λ)), max |Δ|
        self._outside = self._seen + shared * drawn

    def size(self, m: float) -> float:
        """Return the bytes of the rows that m words change, E[rows] = Σ 1 − (1 − p)^n: see `Change.size`."""
        n = m * self.stay
        rows = sum(float(-np.expm1(n * log).sum()) for log in (self._seen, self._outside))
        return rows * self._row

    def round(self, m: float, shards: int, workers: int, cores: int) -> tuple[float, float, float, float]:
        """Return seconds of steps, of the network and of all else, and the bytes that travel."""
        machine, parts, one = self.machine, shards, self.size(m)
        wait, travels, sums, tasks, size = 0.0, 0.0, 0.0, shards + (shards > 1), one
        while parts > 1:  # a level of the tree
            together = min(parts, TOGETHER)
            away = 1 - 1 / workers  # of what is added up comes from another worker
            wait, travels = wait + away * together * size, travels + away * parts * size
            sums += together * size / machine.sums
            parts = math.ceil(parts / TOGETHER)
            tasks += parts if parts > 1 else 0
            size = self.size(m * shards / parts)
        size *= 1 - 12 / self._row if shards > 1 else 1  # without Σ (1 − e^(−λ)) and max |Δ|
        down = workers * size  # from the worker that has it to the others and the client
        share = max(math.ceil(shards / workers), shards / cores)
        overhead = share * one / machine.rows + sums + tasks * machine.task
        overhead += max(1, (workers + 1) / cores) * size / machine.moves
        seconds = (wait + down) / min(self.speed, machine.transport)
        return share * m / machine.steps, seconds, overhead, travels + down

    def limit(self, m: float) -> int | None:
        """Return how many workers it takes for the network to take longer than the steps: a power of two."""
        workers = 1
        while workers <= MOST_WORKERS:
            compute, network, *_ = self.round(m, workers, workers, workers + 1)
            if network > compute:
                return workers
            workers *= 2
        return None


def measure_machine(settings: Settings, counts: Array, clock: Callable[[], float] = time.process_time) -> Machine:
    """Measure one core, by a round of two shards of a text with the most frequent of words (V,).

    clock : whose seconds count; those of `time.perf_counter` include waiting for other programs
    Tables take `MEASURED` bytes at most. Raises MemoryError, before allocating, if memory is short.
    """
    V = min(len(counts), max(1000, MEASURED // (8 * settings.dim)))
    ids = np.random.default_rng(0).choice(V, 2 * CHUNK, p=counts[:V] / counts[:V].sum()).astype(np.int32)
    pieces = [Piece(part, np.arange(32, CHUNK + 1, 32), 0) for part in (ids[:CHUNK], ids[CHUNK:])]
    known = [str(i) for i in range(V)], np.ceil(counts[:V]).astype(np.int64)
    replica = Replica(Plan("cost", settings, 0, 2.0 * CHUNK, Layout(2 * CHUNK, 2, CHUNK), True), *known)

    def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
        begun = clock()
        found = function()
        return max(clock() - begun, 1e-6), found

    def steps() -> list[Change]:
        replica._drawn.clear()
        return [replica.take(Place(0, 0, 0), shard, {0: text}.get) for shard, text in enumerate(pieces)]

    def there_and_back() -> None:  # what `Replica.take` does around its steps
        for name, rows in change.tables.items():
            before, after = (replica.tables[name].take(rows.rows, axis=0) for _ in range(2))
            replica.tables[name][rows.rows] = before
            after -= before

    try:
        taken, changes = min((seconds(steps) for _ in range(2)), key=lambda each: each[0])
        sums, change = seconds(lambda: put_together(changes))
        rows, _ = seconds(there_and_back)
        moves, _ = seconds(lambda: apply(change, replica.tables, replica.motion))
    finally:
        replica.close()
    both = sum(each.size for each in changes)
    per_byte = rows / change.size
    return Machine(
        2 * CHUNK / max(taken - both * per_byte, 0.1 * taken), 1 / per_byte, both / sums, change.size / moves
    )


def _time(seconds: float) -> str:
    """Format a time in the unit that suits it."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.3g} s"


def _bytes(size: float) -> str:
    """Format bytes in the decimal unit that suits them."""
    unit = min(4, int(math.log10(max(size, 1)) // 3))
    return f"{size / 1000**unit:,.1f} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"
