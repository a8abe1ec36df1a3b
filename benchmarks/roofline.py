"""What a training step spends its time on, part by part, against the least that its bytes and operations take here.

    python -m benchmarks.roofline TEXT [--pairs skip-gram cbow …] [--words N] [--plot docs/roofline.png]
    python -m benchmarks.roofline TEXT --workers 1 2 4 8 16      what more workers would bring, and what limits them

The trainer runs as it is, on some chunks of TEXT, but its arrays are of a class that times each call of NumPy, and
counts its operations and the bytes of its operands. All times are of the processor, so that other processes count
only by what they take of caches and memory. "Rest" is Python: what a step takes without watching, less all that was
watched (below 0 where calls take longer while they are watched). An operation is one on a floating-point number, or
a number that is moved, where nothing is computed. Floors are made of what was measured on this machine right before:

    products              a product of the same operands again, when they are in the cache
    gathers               each different row of a table once, at the time of a row taken at random from a table as
                          large; all rows at the bandwidth of a copy as large
    sums and steps        the same, a step's gradients being read, and its rows read and written
    weights and sigmoids  bytes at the bandwidth of a copy as large; tanh and the like at their rate in the cache

Nothing else has a floor. "Waiting" is the share of two workers' time in which one of them waits for the other.

With --workers, one process does the part of one of n workers, alone; n parts of all the work take as long if memory
is as fast for n as for one. A step has two meetings, which cost what an empty one of two workers was measured to
cost; worker 0 goes through the others one by one, so that this grows with n − 1. "Fixed" is what does not get less
with n: Python's part of the gradients and the sums.
"""

import argparse
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from matplotlib.figure import Figure
from scipy.sparse import csc_array

from benchmarks import require_file
from benchmarks.throughput import name_kernels, shortened
from word2vec.runtime import workers as runtime
from word2vec.runtime.workers import one_blas_thread, run_workers, shared_zeros
from word2vec.text.corpus import Corpus
from word2vec.text.vocabulary import encode
from word2vec.training import composition, loop, prefetch
from word2vec.training.loop import State, training_loop
from word2vec.training.objective import draw_batches
from word2vec.training.settings import Settings
from word2vec.training.task import Task

PAIRS: dict[str, dict[str, Any]] = {
    "skip-gram": {},
    "skip-gram-300": {"dim": 300},
    "cbow": {"model": "cbow"},
    "hierarchical-softmax": {"loss": "hierarchical-softmax"},
    "hierarchical-softmax-cbow": {"loss": "hierarchical-softmax", "model": "cbow"},
    "pv-dbow": {"model": "pv-dbow"},
    "ngrams": {"ngrams": (3, 6)},
}
PRODUCTS, GATHERS, WEIGHTS, SUMS = "products", "gathers", "weights and sigmoids", "sums and steps"
NGRAMS, DRAWING, PLANNING, REST = "n-grams", "drawing", "planning", "rest"
PARTS = (PRODUCTS, GATHERS, WEIGHTS, SUMS, NGRAMS, DRAWING, PLANNING)
SLOW = (np.tanh, np.exp, np.expm1, np.log, np.log1p, np.logaddexp)  # ufuncs bound by arithmetic, not by bytes
ALIKE = 64  # products that are measured again
CHUNKS = 3  # of the text, some 100,000 words each
SIZES = [1 << 17, 1 << 19, 1 << 22, 1 << 24, 1 << 28]  # bytes, for which a copy's bandwidth is measured


# the machine


def best(call: Callable[[], object], repeats: int = 7, least: float = 2e-3) -> float:
    """Return the processor's seconds that a call takes, at best: loops of at least `least` seconds."""
    call()
    begin, times = time.thread_time(), 0
    while time.thread_time() - begin < least:
        call()
        times += 1
    found = []
    for _ in range(repeats):
        begin = time.thread_time()
        for _ in range(times):
            call()
        found.append((time.thread_time() - begin) / times)
    return min(found)


@cache
def bandwidth(size: int) -> float:
    """Measure the bytes a second that a copy reads and writes, of `size` bytes in all."""
    source = np.ones(size // 8, np.float32)
    out = np.zeros_like(source)
    return size / best(lambda: np.copyto(out, source))


def streaming(size: int) -> float:
    """Return the seconds to read or write that many bytes, at the bandwidth of the next larger copy of `SIZES`."""
    return size / bandwidth(next((each for each in SIZES if each >= size), SIZES[-1]))


@cache
def row_time(table: int, row: int) -> float:
    """Measure the seconds to take a row of `row` bytes at random from a table of `table` bytes."""
    rows, some = max(1, table // row), 2048
    x, out = np.ones((rows, row // 4), np.float32), np.empty((some, row // 4), np.float32)
    drawn = np.random.default_rng(1).integers(0, rows, (200, some))
    begin = time.thread_time()
    for each in drawn:
        np.take(x, each, axis=0, out=out, mode="clip")
    return (time.thread_time() - begin) / drawn.size


@cache
def number_time(ufunc: np.ufunc, double: bool) -> float:
    """Measure the seconds that a ufunc takes for a number, in the cache."""
    x = np.full(1 << 14, 0.5, np.float64 if double else np.float32)
    arguments, out = [x] * ufunc.nin, np.empty_like(x)
    return best(lambda: ufunc(*arguments, out=out)) / x.size


@cache
def largest_rate() -> float:
    """Measure the operations a second of a large product."""
    a = np.ones((1024, 1024), np.float32)
    out = np.empty_like(a)
    return 2 * 1024**3 / best(lambda: np.matmul(a, a, out=out), 3)


@cache
def nothing() -> float:
    """Measure the seconds that the clock shows between two looks, if nothing is done."""
    looks = [time.thread_time() for _ in range(2000)]
    return float(np.median(np.diff(looks)))


# watched arrays


class Part(NamedTuple):
    """What a part of all steps took: seconds, operations, bytes, and its floor in seconds."""

    seconds: float = 0.0
    operations: float = 0.0
    size: float = 0.0
    floor: float = 0.0


class Watch:
    """Adds up what was watched, by part; rows of `dim` numbers are those of the tables, 0: all are."""

    def __init__(self, dim: int = 0) -> None:
        self.dim = dim
        self.parts: dict[str, Part] = defaultdict(Part)
        self.steps = 0
        self._region, self._whole = "", False  # a part, and whether it is timed as a whole
        self._aside = 0.0  # seconds spent on floors
        self._warm: dict[Any, tuple[float, float]] = {}  # operations and seconds

    def add(self, part: str, *figures: float) -> None:
        """Add to a part: seconds, operations, bytes, floor."""
        self.parts[part] = Part(*(a + b for a, b in zip(self.parts[part], figures, strict=True)))

    @contextmanager
    def region(self, part: str, *, whole: bool) -> Iterator[None]:
        """Have all that is done in the context count as one part, timed as a whole or call by call."""
        outer, self._region, self._whole = (self._region, self._whole), part, whole
        begin = time.thread_time() - self._aside
        yield
        if whole:
            self.add(part, time.thread_time() - self._aside - begin, 0, 0, 0)
        self._region, self._whole = outer

    def call(
        self, kind: str, operations: float, size: float, floor: Callable[[], float], run: Callable[[], Any]
    ) -> Any:
        """Time a call, unless it is part of what is timed as a whole."""
        begin = time.thread_time()
        found = run()
        end = time.thread_time()
        self.add(self._region or kind, 0.0 if self._whole else end - begin - nothing(), operations, size, floor())
        self._aside += time.thread_time() - end
        return found

    def product(self, ufunc: Callable[..., Any], inputs: list[Any], options: dict[str, Any]) -> Any:
        """Time a product; its floor is the time of the same one with warm caches, measured once for all alike.

        Where hardly two are alike, those that came first stand for the others.
        """
        a, b = inputs
        size = a.size // max(1, a.shape[-1]) * b.shape[-1]  # of the result
        operations, key = 2.0 * size * a.shape[-1], (a.shape, a.strides, b.shape, b.strides)

        def floor() -> float:
            if key not in self._warm and len(self._warm) < ALIKE:
                out = ufunc(a, b)
                self._warm[key] = operations, best(lambda: ufunc(a, b, out=out), 3, 1e-4)
            if key in self._warm:
                return self._warm[key][1]
            total = np.sum([*self._warm.values()], axis=0)
            return operations * float(total[1] / total[0])

        moved = a.nbytes + b.nbytes + size * a.itemsize
        return self.call(PRODUCTS, operations, moved, floor, lambda: ufunc(*inputs, **options))


WATCH = Watch()


class Watched(np.ndarray):
    """An array whose calls of NumPy, and those of what comes of it, are timed and counted in `WATCH`."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        given = [plain(each) for each in inputs]
        out = options.get("out")
        if out is not None:
            options["out"] = tuple(plain(each) for each in out)
        if ufunc is np.matmul:
            found = WATCH.product(ufunc, given, options)
        else:
            call = getattr(ufunc, method)
            arrays = [each for each in (*given, *options.get("out", ())) if isinstance(each, np.ndarray)]
            size, number = sum(each.nbytes for each in arrays), max(each.size for each in arrays)
            if out is None and method == "__call__":
                size += number * arrays[0].itemsize
            each = partial(number_time, ufunc, arrays[0].itemsize == 8) if ufunc in SLOW else float
            floor = lambda: max(streaming(size), number * each())  # noqa: E731
            found = WATCH.call(WEIGHTS, number, size, floor, lambda: call(*given, **options))
        return out[0] if out is not None else watched(found)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        given, more = [plain(each) for each in inputs], {name: plain(each) for name, each in options.items()}
        if function is np.take and given[0].ndim == 2:
            found = gather(given[0], given[1], given[0].nbytes, lambda: function(*given, **more))
        elif function is np.dot:
            found = WATCH.product(function, given, more)
        else:
            size = sum(each.nbytes for each in (*given, *more.values()) if isinstance(each, np.ndarray))
            found = WATCH.call(WEIGHTS, size / 4, size, partial(streaming, size), lambda: function(*given, **more))
        return watched(found)

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
        """Take rows, or numbers."""
        x, indices = plain(self), plain(indices)
        if axis is not None:
            return watched(gather(x, indices, x.nbytes, lambda: x.take(indices, axis, out, mode)))
        size = np.size(indices) * (x.itemsize + 4)
        return watched(
            WATCH.call(
                WEIGHTS, np.size(indices), size, partial(streaming, size), lambda: x.take(indices, None, out, mode)
            )
        )

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Put rows, each of which is one item (n, 1)."""
        x, indices, values = plain(self), plain(indices), plain(values)
        gather(values.view(np.float32), indices, 0, lambda: x.put(indices, values, mode))

    def nonzero(self) -> Any:
        """Find what is not 0."""
        x = plain(self)
        return watched(WATCH.call(WEIGHTS, x.size, x.nbytes, partial(streaming, x.nbytes), x.nonzero))

    def __setitem__(self, key: Any, value: Any) -> None:
        x, key, value = plain(self), plain(key), plain(value)
        if isinstance(key, np.ndarray) and x.ndim == 2:
            gather(value, key, 0, lambda: x.__setitem__(key, value))
        else:
            size = 2 * np.asarray(value).nbytes
            WATCH.call(WEIGHTS, size / 8, size, partial(streaming, size), lambda: x.__setitem__(key, value))


def gather(x: np.ndarray, rows: np.ndarray, table: int, run: Callable[[], Any]) -> Any:
    """Watch a call that takes rows of x, a table of so many bytes, or puts them back there (0)."""
    row = x.shape[1] * x.itemsize
    size = 2 * np.size(rows) * row

    def floor() -> float:
        different = np.count_nonzero(np.bincount(np.ravel(rows))) if table else 0
        return max(streaming(size), different * row_time(table, row) if table else 0.0)

    kind = GATHERS if WATCH.dim in (0, x.shape[1]) else WEIGHTS
    return WATCH.call(kind, size / 2 / x.itemsize, size, floor, run)


def plain(value: Any) -> Any:
    """Return what is not watched any more, lists of arrays included."""
    if isinstance(value, Watched):
        return value.view(np.ndarray)
    return type(value)(map(plain, value)) if type(value) in (list, tuple) else value


def watched(value: Any) -> Any:
    """Return arrays, and tuples of them, as watched ones; of an object of the trainer, have its arrays watched."""
    if isinstance(value, np.ndarray):
        return value.view(Watched)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(watched, value))
    if isinstance(value, list | tuple):
        return type(value)(map(watched, value))
    if type(value).__module__.startswith("word2vec.training") and hasattr(value, "__dict__"):
        for name, each in vars(value).items():
            setattr(value, name, watched(each))
    return value


def sparse_product(self: Any, other: Any) -> Any:
    """Watch a sparse matrix times a dense one."""
    dense = plain(other)
    if not isinstance(other, Watched) or dense.ndim != 2:
        return SPARSE_PRODUCT(self, dense)
    entries, row = self.nnz, dense.shape[1] * dense.itemsize
    size = entries * row + self.shape[0] * row
    run = lambda: SPARSE_PRODUCT(self, dense)  # noqa: E731
    return watched(WATCH.call(SUMS, 2.0 * entries * dense.shape[1], size, partial(streaming, size), run))


SPARSE = next(kind for kind in csc_array.__mro__ if "__matmul__" in vars(kind))  # that of all sparse arrays
SPARSE_PRODUCT = SPARSE.__matmul__


def in_region(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is timed as one part."""

    def timed(*arguments: Any) -> Any:
        with WATCH.region(part, whole=part != SUMS):
            return function(*arguments)

    return timed


def _objective(*arguments: Any) -> Any:
    """Make an objective, all of whose arrays are watched."""
    return watched(MAKE_OBJECTIVE(*arguments))


def _chunk(batches: Any, plan: Any) -> Any:
    WATCH.steps += len(batches)
    return CHUNK(watched(batches), watched(plan))


MAKE_OBJECTIVE, CHUNK = loop.make_objective, prefetch.Chunk


# one pair


class Step(NamedTuple):
    """What a step of one pair takes: of the processor, in all; the floor; its parts; the share of waiting."""

    name: str
    seconds: float
    centres: int
    gradients: int
    table: int
    parts: dict[str, Part]
    waiting: float

    @property
    def floor(self) -> float:
        """The sum of the parts' floors."""
        return sum(part.floor for name, part in self.parts.items() if name in MARKERS)


def chunks_of(task: Task, size: int = 1) -> tuple[float, float]:
    """Train the first chunks of an epoch; return seconds of this process on the processor, and on the wall."""
    state = State(task.x, z=None if task.composition is None else task.composition.z)
    with (
        run_workers(size, lambda worker: deque(training_loop(task, state, worker), 0)) as worker,
        closing(training_loop(task, state, worker)) as chunks,
    ):
        begin = time.process_time(), time.perf_counter()
        deque(islice(chunks, CHUNKS), 0)
        return time.process_time() - begin[0], time.perf_counter() - begin[1]


def watch(task: Task) -> tuple[int, dict[str, Part]]:
    """Train with watched arrays; return its number of steps, and the parts of all of them."""
    WATCH.__init__(task.settings.dim)  # type: ignore[misc]
    rows = type(task.prefetch._objective).rows
    kept = dict(vars(task))
    with ExitStack() as patches:
        for module, name, new in (
            (loop, "make_objective", _objective),
            (loop, "draw_batches", in_region(DRAWING, loop.draw_batches)),
            (loop, "descend_rows", in_region(SUMS, loop.descend_rows)),
            (loop, "descend_table", in_region(SUMS, loop.descend_table)),
            (prefetch, "plan_sums", in_region(PLANNING, prefetch.plan_sums)),
            (prefetch, "Chunk", _chunk),
            (type(task.prefetch._objective), "rows", in_region(PLANNING, rows)),
            (SPARSE, "__matmul__", sparse_product),
            (composition.Composition, "begin_stretch", in_region(NGRAMS, composition.Composition.begin_stretch)),
            (composition.Composition, "end_stretch", in_region(NGRAMS, composition.Composition.end_stretch)),
        ):
            patches.enter_context(patch.object(module, name, new))
        for name in ("x", "gradients", "rates"):
            setattr(task, name, watched(kept[name]))
        chunks_of(task)
    vars(task).update(kept)
    return WATCH.steps, dict(WATCH.parts)


def waiting(settings: Settings, corpus: Corpus) -> float:
    """Return the share of the time in which a worker of two waits for the other."""
    task, waited = Task(settings, corpus, 2), shared_zeros((2,), np.float64)
    kind: Any = runtime._Process if runtime.FORKS else runtime._Thread
    barrier = kind.barrier

    def timed(worker: Any) -> None:
        begin = time.perf_counter()
        barrier(worker)
        waited[worker.rank] += time.perf_counter() - begin

    with patch.object(kind, "barrier", timed):
        _, wall = chunks_of(task, 2)
    return float(waited.mean() / wall)


def take_apart(name: str, settings: Settings, corpus: Corpus, workers: int = 2) -> Step:
    """Measure a step of a pair: trained twice as it is, watched between them, and by two workers."""
    task = Task(settings, corpus, 1)
    objective = task.prefetch._objective
    plain_seconds = chunks_of(task)[0]
    steps, parts = watch(task)
    seconds = (plain_seconds + chunks_of(task)[0]) / 2 / steps
    each = {part: Part(*(figure / steps for figure in parts[part])) for part in PARTS if part in parts}
    each[REST] = Part(seconds - sum(part.seconds for part in each.values()))
    waits = waiting(settings, corpus) if workers > 1 else 0.0
    return Step(name, seconds, objective.n, objective.entries + objective.table, task.x.nbytes, each, waits)


# more workers


def meeting() -> float:
    """Measure the seconds of a meeting of two workers that have nothing else to do: a median of ten loops."""

    def meet(worker: runtime.Worker) -> list[float]:
        found = []
        for _ in range(10):
            begin = time.perf_counter()
            for _ in range(500):
                worker.barrier()
            found.append((time.perf_counter() - begin) / 500)
        return found

    with run_workers(2, meet) as worker:
        return float(np.median(meet(worker)))


def parts_of_workers(settings: Settings, corpus: Corpus, sizes: list[int]) -> Iterator[tuple[int, float, float]]:
    """Measure what one of n workers does for a step, drawing and planning included, and how long it takes at best.

    Returns n, the seconds of the processor, and those of them that do not get fewer with n: Python's part of a step,
    estimated from n and 2n on a straight line in 1/n.
    """
    task = Task(settings, corpus, 1)
    objective, text = task.prefetch._objective, task.text
    begin = time.thread_time()
    batch = draw_batches(text, 0, objective, np.random.default_rng(1))
    batches = batch.cut(objective.n)
    ids, pull = objective.rows(batches)
    prefetch.plan_sums(ids, pull)
    before = (time.thread_time() - begin) / len(batches)

    def part(size: int) -> float:
        plan = prefetch.plan_sums(ids, pull, size)
        groups = range(max(1, objective.groups // size))
        found = []
        for k, each in enumerate(batches):
            begin = time.thread_time()
            objective.gradients(task.x, each, groups, task.gradients, [])
            sums = plan.part(k, 0)
            loop.descend_rows(task.x, task.gradients, sums, 1e-4 * task.rates.take(sums.rows))
            found.append(time.thread_time() - begin)
        return before / size + float(np.median(found))

    with one_blas_thread():
        part(1)
        for size in sizes:
            mine, half = part(size), part(2 * size)
            yield size, mine, 2 * half - mine


def print_workers(settings: Settings, corpus: Corpus, sizes: list[int]) -> None:
    """Print what is predicted for n workers, and what was measured where there are so many cores."""
    one_meeting = meeting() if runtime.count_workers(2) > 1 else float("nan")
    print(f"a meeting of two workers: {1e6 * one_meeting:.1f} µs; a step has two")
    heads = ("workers", 8), ("part, µs", 9), ("fixed, µs", 10), ("meetings, µs", 13), ("times as fast", 14)
    print(" ".join(f"{head:>{wide}}" for head, wide in (*heads, ("measured", 9))))
    first = wall = 0.0
    for size, mine, fixed in parts_of_workers(settings, corpus, sizes):
        meets = 2 * one_meeting * (size - 1)
        first = first or mine
        found = ""
        if runtime.count_workers(size) == size:
            now = min(chunks_of(Task(settings, corpus, size), size)[1] for _ in range(3))
            wall = wall or now
            found = f"{wall / now:.2f}"
        print(
            f"{size:8} {1e6 * mine:9,.0f} {1e6 * fixed:10,.0f} {1e6 * meets:13,.0f} "
            f"{first / (mine + meets):14.2f} {found:>9}",
            flush=True,
        )


# what is shown


def table(step: Step) -> str:
    """Write a pair's table."""
    units = f"{'µs':>8} {'share':>6} {'Mops':>8} {'MB':>7} {'floor, µs':>10} {'times':>6}"
    size = f"{step.centres:,} centres and {step.gradients:,} gradients a step, tables of {step.table / 1e6:.0f} MB"
    head = f"{step.name}: {size}\n{'':21} {units}"
    lines = [head]
    counted = [part for name, part in step.parts.items() if name in MARKERS]
    whole = Part(step.seconds, *(sum(part[i] for part in counted) for i in (1, 2, 3)))
    for name, part in (*step.parts.items(), ("in all", whole)):
        line = f"{name:21} {1e6 * part.seconds:8,.0f} {part.seconds / step.seconds:6.0%}"
        if part.floor and name in (*MARKERS, "in all"):
            line += f" {part.operations / 1e6:8.2f} {part.size / 1e6:7.2f} {1e6 * part.floor:10,.0f}"
            line += f" {part.seconds / part.floor:6.1f}"
        lines.append(line)
    if step.waiting:
        lines.append(f"waiting, two workers  {'':8} {step.waiting:6.0%}")
    return "\n".join(lines)


COLOURS = ("#0072B2", "#D55E00", "#009E73", "#7A4FA3", "#56B4E9", "#E69F00", "#777777")
MARKERS = {PRODUCTS: "s", GATHERS: "o", WEIGHTS: "^", SUMS: "D"}  # of what is counted


def draw(steps: list[Step], path: Path) -> None:
    """Draw the parts as points under what the machine allows: operations a second by operations a byte."""
    figure = Figure(figsize=(7.4, 5), dpi=150, layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log")
    x, peak = np.logspace(-2.5, 2, 200), largest_rate()
    for size, style in ((SIZES[1], "-"), (SIZES[2], "--"), (SIZES[-1], ":")):
        speed, name = bandwidth(size), f"{size >> 20} MB" if size >> 20 else f"{size >> 10} KB"
        axes.plot(x, np.minimum(peak, speed * x), color="black", ls=style, lw=1.1)
        axes.annotate(
            f"{name}: {speed / 1e9:.0f} GB/s",
            (0.0035, speed * 0.0042),
            rotation=38,
            rotation_mode="anchor",
            fontsize=9,
            va="bottom",
        )
    axes.annotate(f"large products: {peak / 1e9:.0f} Gop/s", (x[-1], peak), ha="right", va="bottom", fontsize=9)
    seen: Counter[str] = Counter()
    for step, colour in zip(steps, COLOURS, strict=False):
        axes.plot([], [], color=colour, lw=4, label=step.name)
        for name, part in step.parts.items():
            if name in MARKERS and part.operations and part.seconds > 0:
                seen[name] += 1
                at = part.operations / part.size, part.operations / part.seconds
                axes.plot(
                    *at, MARKERS[name], color=colour, ms=2 + 16 * (part.seconds / step.seconds) ** 0.5, alpha=0.8
                )
    for name in seen:
        axes.plot([], [], MARKERS[name], color="#555555", label=name)
    axes.set_xlabel("operations per byte of the operands", fontsize=12)
    axes.set_ylabel("operations a second", fontsize=12)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", fontsize=9, ncols=2)
    figure.savefig(path, metadata={"Software": None})


def main() -> None:
    """Measure, print a table for each pair, draw."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text", type=Path)
    p.add_argument("--words", type=int, default=2_000_000, help="of the text (default: %(default)s)")
    p.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS), metavar="PAIR", help=", ".join(PAIRS))
    p.add_argument("--plot", type=Path, help="write the picture there, such as docs/roofline.png")
    p.add_argument("--workers", nargs="+", type=int, help="print instead what so many workers would bring")
    o = p.parse_args()
    require_file(p, o.text, "a plain text file, one paragraph a line")
    name_kernels()
    corpus = encode(shortened(o.text, o.words))
    if o.workers:
        print_workers(Settings(epochs=1), corpus, o.workers)
        return
    steps = []
    with one_blas_thread():
        print(f"large products: {largest_rate() / 1e9:.0f} Gop/s; copies, bytes read and written: ", end="")
        print(", ".join(f"{size >> 10:,} KB {bandwidth(size) / 1e9:.0f} GB/s" for size in SIZES), end="; ")
        print(f"a row of 400 B taken at random from 256 MB: {1e9 * row_time(1 << 28, 400):.0f} ns")
    for name in o.pairs:
        steps.append(take_apart(name, Settings(epochs=1, **PAIRS[name]), corpus, runtime.count_workers(2)))
        print(f"\n{table(steps[-1])}", flush=True)
    print(f"\nhow near the floor: {', '.join(f'{step.name} {step.seconds / step.floor:.1f}' for step in steps)}")
    if o.plot:
        draw(steps, o.plot)


if __name__ == "__main__":
    main()
