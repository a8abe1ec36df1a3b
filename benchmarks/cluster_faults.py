"""Kill workers of a local cluster at random moments, or everything at once, and compare the bits with a run in peace.

    python -m benchmarks.cluster_faults --kills 20 --restarts 10

Each of `kills` runs loses two worker processes at random moments (SIGKILL); each of `restarts` runs is killed as a
whole, scheduler and all, at a random moment after its first checkpoint, and resumed from it by the same call. Prints
each run, and how many had other bits: none may.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cluster import local
from word2vec import WordVectors, train
from word2vec.runtime.engine import Serial
from word2vec.training.settings import ClusterOptions

SHARDS, SYNC = 3, 4096
CHILD = """
import sys
from word2vec.runtime import run_folder
from benchmarks.cluster_faults import digest, trained
if __name__ == "__main__":
    run_folder.SAVE_SECONDS = 0.2
    print(digest(trained(sys.argv[1], sys.argv[2])), flush=True)
"""


def text(words: int = 400_000, kinds: int = 2000, seed: int = 1) -> list[list[str]]:
    """Return a text of a few frequent and many rare words in sentences of 20."""
    p = 1 / np.arange(1, kinds + 1)
    ids = np.random.default_rng(seed).choice(kinds, (words // 20, 20), p=p / p.sum())
    names = [f"w{i}" for i in range(kinds)]
    return [[names[i] for i in row] for row in ids.tolist()]


def trained(cluster: object, checkpoint: str | None = None) -> WordVectors:
    """Train on a cluster with the settings of all runs."""
    options = ClusterOptions(cluster, shards=SHARDS, sync=SYNC)
    return train(text(), cluster=options, checkpoint=checkpoint, dim=20, epochs=2, sample=1e-2, quiet=True)


def digest(vectors: WordVectors) -> str:
    """Return the SHA-256 of all vectors."""
    return hashlib.sha256(vectors.matrix.tobytes() + np.asarray(vectors.outside).tobytes()).hexdigest()


def with_kills(client: Any, moments: list[float]) -> str:
    """Train while a worker process is killed after each of some seconds; return the digest."""
    ended = threading.Event()

    def kill() -> None:
        begun = time.monotonic()
        for i, moment in enumerate(moments):
            if ended.wait(max(0.0, begun + moment - time.monotonic())):
                return
            pids = [nanny.pid for nanny in client.cluster.workers.values() if nanny.pid]
            if pids:
                os.kill(pids[i % len(pids)], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        return digest(trained(client))
    finally:
        ended.set()
        thread.join()


def with_restart(folder: Path, after: float) -> tuple[str, int]:
    """Kill a run some seconds after its first checkpoint, run it again; return the digest and how many were seen."""
    command = [sys.executable, "-W", "ignore", "-c", CHILD, "local:2", str(folder)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, start_new_session=True) as run:
        while run.poll() is None and not [*folder.glob("*/*.checkpoint")]:
            time.sleep(0.05)
        time.sleep(after)
        os.killpg(run.pid, signal.SIGKILL)
    seen = len([*folder.glob("*/*.checkpoint")])
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return found.stdout.strip(), seen


def main() -> None:
    """Print all runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    expected, rng, wrong = digest(trained(Serial())), np.random.default_rng(options.seed), 0
    peace = 0.0
    for number in range(options.kills + 1):
        # a new cluster: a worker that is killed while it starts may not be started again
        with local(2) as client:
            begun = time.monotonic()
            moments = sorted(rng.uniform(0, 1.2 * peace, 2).tolist()) if number else []
            right = with_kills(client, moments) == expected
            peace = peace or time.monotonic() - begun
        wrong += not right
        after = " and ".join(f"{moment:.2f}" for moment in moments) or "no"
        print(f"kill {number}: after {after} s, same bits: {right}", flush=True)
    for number in range(options.restarts):
        after = float(rng.uniform(0, peace / 2))
        with tempfile.TemporaryDirectory() as folder:
            found, seen = with_restart(Path(folder), after)
        wrong += found != expected
        shown = f"{seen} checkpoints, same bits: {found == expected}"
        print(f"restart {number + 1}: {after:.1f} s after the first checkpoint, {shown}", flush=True)
    print(f"{wrong} of {options.kills + options.restarts + 1} runs had other bits")


if __name__ == "__main__":
    main()
