"""SIGKILL at random instants while a process saves back to back: how many savers leave something usable?

    python -m benchmarks.crash [--kills 1000] [--others 100] [--trainings 1000] [--signals 100]

A child process saves a state of the treebank's size again and again, and reports each save once it has
returned. It is killed at a random instant; then the folder is read as a new process would read it. `unusable`
counts folders of which nothing could be loaded; `lost` counts those where a reported save was newer than what
was loaded. Beside our own protocol stand others that people use, written out below.

A second table is of trainings with one and two workers that save after each chunk of text. They end at a random
instant, by SIGKILL or by a signal that saves, or find the disk full. Then the same training is run again, to its end:
`lost` counts those that resume from less than was reported as saved, `other bits` those whose vectors are not those
of a training that nothing ended.
"""

import argparse
import os
import pickle
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from word2vec import WordVectors, train
from word2vec.course.random_stream import state_as_array
from word2vec.runtime import run_folder
from word2vec.runtime.archive import CheckpointError, load_values
from word2vec.runtime.interrupts import STOPS
from word2vec.runtime.run_folder import RunFolder, generations
from word2vec.text import Corpus
from word2vec.training import batches
from word2vec.training.settings import DescentOptions

ROOT = Path(__file__).resolve().parents[1]
SHAPE = (39078, 10)


def save_ours(folder: Path, n: int, x: np.ndarray) -> None:
    """Save by this library's checkpoints."""
    RunFolder(folder, {}, []).save(n, {"x": x, "random": state_as_array(random.getstate())}, {})


def load_ours(folder: Path) -> int:
    """Load by this library's checkpoints: the number of the save."""
    found = RunFolder(folder, {}, []).resume()
    return -1 if found is None else int(found[0]["x"][0, 0])


def save_in_place(folder: Path, n: int, x: np.ndarray) -> None:
    """Overwrite one .npy and one pickle."""
    np.save(folder / "x.npy", x)
    (folder / "state.pickle").write_bytes(pickle.dumps((n, random.getstate())))


def load_in_place(folder: Path) -> int:
    """Load the pair; both must be of the same save."""
    n, _ = pickle.loads((folder / "state.pickle").read_bytes())
    x = np.load(folder / "x.npy")
    if x.shape != SHAPE or not (x == x[0, 0]).all() or int(x[0, 0]) != n:
        raise ValueError("not of one save")
    return n


def save_numbered(folder: Path, n: int, x: np.ndarray) -> None:
    """Write a new numbered pair each time, as the course does."""
    np.save(folder / f"x_{n}.npy", x)
    (folder / f"state_{n}.pickle").write_bytes(pickle.dumps((n, random.getstate())))
    for old in (folder / f"x_{n - 2}.npy", folder / f"state_{n - 2}.pickle"):
        old.unlink(missing_ok=True)


def load_numbered(folder: Path) -> int:
    """Load the newest numbered pair, as the course does."""
    n = max(int(path.stem[2:]) for path in folder.glob("x_*.npy"))
    pickle.loads((folder / f"state_{n}.pickle").read_bytes())
    x = np.load(folder / f"x_{n}.npy")
    if x.shape != SHAPE or not (x == n).all():
        raise ValueError("torn")
    return n


def save_savez(folder: Path, n: int, x: np.ndarray) -> None:
    """Overwrite one .npz."""
    np.savez(folder / "x.npz", x=x, n=n)


def load_savez(folder: Path) -> int:
    """Load the .npz."""
    with np.load(folder / "x.npz") as archive:
        return int(archive["x"][0, 0])


def save_renamed(folder: Path, n: int, x: np.ndarray) -> None:
    """Write a temporary .npz and rename it, without any fsync: safe from kill, not from a power cut."""
    np.savez(folder / "new.npz", x=x, n=n)
    os.replace(folder / "new.npz", folder / "x.npz")


Protocol = tuple[Callable[[Path, int, np.ndarray], None], Callable[[Path], int]]
PROTOCOLS: dict[str, Protocol] = {
    "this library": (save_ours, load_ours),
    "in-place .npy + pickle": (save_in_place, load_in_place),
    "numbered pair": (save_numbered, load_numbered),
    "in-place savez": (save_savez, load_savez),
    "temporary + rename, no fsync": (save_renamed, load_savez),
}


def child(name: str, folder: Path) -> None:
    """Save for ever, and write each save's number and duration once it is reported."""
    save = PROTOCOLS[name][0]
    for n in range(1, 10**9):
        x = np.full(SHAPE, float(n))
        begin = time.perf_counter()
        save(folder, n, x)
        sys.stdout.write(f"{n} {time.perf_counter() - begin}\n")
        sys.stdout.flush()


def kill_once(name: str, generator: np.random.Generator, longest: float = 0.25) -> tuple[str, list[float]]:
    """Run a child until a random instant behind its first save: the outcome, and how long its saves took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.crash", "--child", name, "--folder", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(generator.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        reports = [first.split(), *(line.split() for line in process.communicate()[0].splitlines(keepends=True))]
        whole = [report for report in reports if len(report) == 2]
        return outcome(name, Path(folder), int(whole[-1][0])), [float(seconds) for _, seconds in whole]


def outcome(name: str, folder: Path, reported: int) -> str:
    """Load as a new process would: 'good', 'unusable', or 'lost' if a reported save is newer than what loads."""
    try:
        n = PROTOCOLS[name][1](folder)
    except (CheckpointError, OSError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        return "unusable" if error else ""
    except Exception as error:
        return "unusable" if type(error).__name__ == "BadZipFile" else f"unexpected {error!r}"
    return "good" if n >= reported else "lost"


# trainings


def some_text(n: int = 6000, words: int = 300) -> Corpus:
    """Make a text of n words, a few of them frequent, in sentences of 20."""
    p = 1 / np.arange(1, words + 1)
    ids = np.random.default_rng(1).choice(words, n, p=p / p.sum()).astype(np.int32)
    counts = np.bincount(ids, minlength=words)
    return Corpus([f"w{i}" for i in range(words)], counts, ids, np.arange(20, n + 1, 20), n)


def train_in(folder: Path, workers: int = 1) -> WordVectors:
    """Train on some text and save after each of its 12 chunks, or resume."""
    batches.CHUNK, run_folder.SAVE_SECONDS = 1000, 0.0
    settings = {"dim": 20, "epochs": 2, "sample": 0, "descent": DescentOptions(step=2048)}  # that workers share
    return train(some_text(), **settings, workers=workers, checkpoint=folder, quiet=True)


def train_and_report(folder: Path, workers: int, pipe: int, room: int | None) -> None:
    """Train, write a byte into a pipe for each save that returned; files may have `room` bytes."""
    import resource  # Windows has none

    save = RunFolder.save

    def reported(self: RunFolder, number: int, *state: Any) -> None:
        save(self, number, *state)
        os.write(pipe, bytes([number]))

    RunFolder.save = reported  # type: ignore[method-assign]
    if room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    with warnings.catch_warnings(action="ignore"):
        train_in(folder, workers)


def end_training(
    number: int | None, workers: int, generator: np.random.Generator, longest: float, right: bytes
) -> str:
    """End a training by a signal (None: fill the disk), resume it: good, unusable, lost or other bits."""
    with tempfile.TemporaryDirectory() as name:
        folder, (read, write) = Path(name), os.pipe()
        room = int(generator.integers(1, 60_000)) if number is None else None
        if (process := os.fork()) == 0:
            try:
                os.setsid()
                train_and_report(folder, workers, write, room)
            finally:
                os._exit(0)
        os.close(write)
        if number is not None:
            time.sleep(generator.uniform(0, longest))
            with suppress(ProcessLookupError):  # of all its processes, if it has begun
                os.killpg(process, number)
        os.waitpid(process, 0)
        with open(read, "rb") as pipe:
            reported = max(pipe.read(), default=0)
        try:
            saved = [load_values(path)["iteration"] for found in folder.glob("*/") for path in generations(found)]
            again = train_in(folder)
        except (CheckpointError, OSError, KeyError):
            return "unusable"
        if max(saved, default=0) < reported:
            return "lost"
        return "good" if again.matrix.tobytes() == right else "other bits"


def print_trainings(kills: int, signals: int, generator: np.random.Generator) -> None:
    """Print the table of trainings."""
    print(f"\n{'training that ends early':30}   runs  unusable  lost  other bits")
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        right, longest = train_in(Path(folder)).matrix.tobytes(), time.perf_counter() - begin
    for number in (signal.SIGKILL, *STOPS, None):
        runs = kills if number == signal.SIGKILL else signals
        found = [end_training(number, 1 + i % 2, generator, longest, right) for i in range(runs)]
        name = "disk full" if number is None else signal.Signals(number).name
        counts = f"{found.count('unusable'):8}  {found.count('lost'):4}  {found.count('other bits'):10}"
        print(f"{name:30}  {runs:5}  {counts}", flush=True)


def main() -> None:
    """Kill, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000, help="of this library's saver (default: %(default)s)")
    parser.add_argument("--others", type=int, default=100, help="of each other saver (default: %(default)s)")
    add = partial(parser.add_argument, type=int, metavar="N")
    add("--trainings", default=1000, help="that SIGKILL ends (default: %(default)s)")
    add("--signals", default=100, help="trainings that each other signal or a full disk ends (default: %(default)s)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.folder)
    generator = np.random.default_rng(1)
    print(f"{'SIGKILL while saving':30}  kills  unusable  lost  median save")
    for name in PROTOCOLS:
        kills = options.kills if name == "this library" else options.others
        if not kills:
            continue
        found, seconds = zip(*(kill_once(name, generator) for _ in range(kills)), strict=True)
        median = statistics.median(second for each in seconds for second in each)
        counts = f"{kills:5}  {found.count('unusable'):8}  {found.count('lost'):4}"
        print(f"{name:30}  {counts}  {median * 1000:8.1f} ms", flush=True)
    return print_trainings(options.trainings, options.signals, generator)


if __name__ == "__main__":
    main()
