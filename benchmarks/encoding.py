"""Words per second and peak memory of reading, counting and encoding a text file: ours, and gensim's, in turn.

    python -m benchmarks.encoding TEXT [--rounds 5] [--peer PYTHON_WITH_GENSIM]

gensim reads with LineSentence and counts with build_vocab; it encodes later, in every epoch. Each round runs every
one once in a fresh process; the medians are printed, and the median of the rounds' ratios.
"""

import argparse
import sys
from statistics import median

from benchmarks import require_file, require_gensim, run_apart

PEAK = """
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print([words, seconds, peak / 1024])
"""
OURS = """
import sys, tempfile, time
from word2vec.text import encode
def run(folder):
    start = time.perf_counter()
    corpus = encode(sys.argv[1], folder=folder)
    return corpus.raw_words, time.perf_counter() - start
"""
IN_MEMORY = OURS + "words, seconds = run(None)" + PEAK
IN_A_FOLDER = OURS + "with tempfile.TemporaryDirectory() as folder: words, seconds = run(folder)" + PEAK
GENSIM = """
import sys, time
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
model = Word2Vec(min_count=5)
start = time.perf_counter()
model.build_vocab(LineSentence(sys.argv[1]))
words, seconds = model.corpus_total_words, time.perf_counter() - start
"""


def measure(python: str, code: str, text: str) -> tuple[float, float]:
    """Run code in a fresh process; return million words per second and its peak memory in MB."""
    words, seconds, peak = run_apart("-c", code, text, python=python)
    return words / seconds / 1e6, peak


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that can import gensim")
    arguments = parser.parse_args()
    require_file(parser, arguments.text, "a plain text file")
    if arguments.peer:
        require_gensim(parser, arguments.peer)
    tasks = {"in memory": (sys.executable, IN_MEMORY), "in a folder": (sys.executable, IN_A_FOLDER)}
    if arguments.peer:
        tasks["gensim"] = (arguments.peer, GENSIM + PEAK)
    rounds = [
        {name: measure(python, code, arguments.text) for name, (python, code) in tasks.items()}
        for _ in range(arguments.rounds)
    ]
    for name in tasks:
        speed, peak = (median(run[name][i] for run in rounds) for i in (0, 1))
        ratio = (
            f", {median(run[name][0] / run['gensim'][0] for run in rounds):.1f} x gensim" if arguments.peer else ""
        )
        print(f"{name:12} {speed:5.1f} million words/s{ratio}, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
