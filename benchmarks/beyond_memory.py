"""Peak memory of encoding and training a text of one size, and of four times that size; nothing may grow with it.

    python -m benchmarks.beyond_memory [--gigabytes 1] [--limit 1500] [--seconds 10] [--max-types 1000000] [--new 0]
                                       [--folder DIR]

A generated text (no file) is encoded into a folder, which takes 10 GB of disk for each 4 GB of ids, and trained for
some seconds from there, each in a process that may not have more than `limit` MB of private memory. Printed are
millions of words, and for encoding and training the seconds and the largest private memory that was seen (RssAnon: it
does not count the pages of mapped files, which the system takes back when memory is short). Half the lines are empty.
With `--new X`, that share of words occurs once, so that the vocabulary has to be counted with few words held.
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks import run_apart

CHILD = r"""
import json, os, resource, signal, sys, threading, time, warnings
from pathlib import Path
import numpy as np
from word2vec import train
from word2vec.text import encode, load_corpus

task, folder, words, limit, seconds, max_types, new = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit << 20, limit << 20))
peak, start = 0, time.process_time()

def private():
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("RssAnon"))

def watch():
    global peak
    while True:
        peak = max(peak, private())
        time.sleep(.02)

class Text:
    # 20 words a line, an empty line behind each; 64 KB are made at a time
    def __init__(self):
        rng = np.random.default_rng(1)
        chosen = np.minimum(rng.zipf(1.2, 200_000), 50_000).reshape(-1, 20)
        lines = [" ".join(f"w{i}" for i in line) for line in chosen.tolist()]
        self.blocks = ["\n\n".join(lines[i : i + 400]) + "\n\n" for i in range(0, len(lines), 400)]
        self.done = self.news = 0
    def read(self, n):
        if n == 0 or self.done >= words:
            return b""
        block = self.blocks[self.done // 8000 % len(self.blocks)]
        self.done += 8000
        more = int(8000 * new)
        if more:
            block += " ".join(f"x{i}" for i in range(self.news, self.news + more)) + "\n\n"
            self.done, self.news = self.done + more, self.news + more
        return block.encode()

threading.Thread(target=watch, daemon=True).start()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    if task == "encode":
        corpus = encode(Text(), folder=folder, max_types=max_types)
        done = corpus.raw_words
    else:
        corpus = load_corpus(folder)
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
        vectors = train(corpus, epochs=100, quiet=True)
        done = vectors.history.reports[-1].words
print(json.dumps([done, time.process_time() - start, max(peak, private()), len(corpus.words), corpus.lost]))
"""


def measure(task: str, folder: Path, words: int, options: argparse.Namespace) -> tuple[float, ...]:
    """Return words done, seconds of the processor, MB, words of the vocabulary, and what was lost of it."""
    values = [task, str(folder), words, options.limit, options.seconds, options.max_types, options.new]
    return tuple(run_apart("-c", CHILD, json.dumps(values)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--gigabytes", type=float, default=1, help="of ids, 4 bytes a word; the other text has 4 times"
    )
    parser.add_argument("--limit", type=int, default=1500, help="MB of private memory")
    parser.add_argument("--seconds", type=float, default=10, help="of training")
    parser.add_argument("--max-types", type=int)
    parser.add_argument("--new", type=float, default=0, help="share of words that occur once")
    parser.add_argument("--folder", type=Path, help="where to store the texts (default: where temporary files are)")
    options = parser.parse_args()
    for times in (1, 4):
        words = int(options.gigabytes * times * 2**30 / 4)
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            for task in ("encode", "train"):
                done, seconds, peak, vocabulary, lost = measure(task, Path(folder), words, options)
                size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e9
                more = f", {lost} lost at most" if options.max_types else ""
                print(
                    f"{task:6}  {size:5.2f} GB in the folder  {done / 1e6:8.1f} M words  {seconds:6.1f} s  "
                    f"peak {peak:6.0f} MB private, {vocabulary:,} words{more}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
