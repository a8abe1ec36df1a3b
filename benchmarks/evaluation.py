"""Word pairs and analogies: time, peak memory and scores, ours beside gensim's on the same vectors.

    pip install gensim                                     (4.4 was measured; its test data hold the sets)
    python -m benchmarks.evaluation TEXT [--dim 100 300] [--epochs 3] [--rounds 3]

TEXT is a plain text file, on which `train` makes the vectors. Each evaluation runs in a process of its own, ours
and gensim's in turn; only the evaluation is timed, with the reading of its questions; memory is the process's
peak beyond what it held before (Linux). Medians are printed; the scores must be equal, or the program fails.

Scores of other tools differ from these where their rules do: on the same vectors the table's last part shows what
cutting the vocabulary, folding case and counting unknown words as wrong change.
"""

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import require_file, require_gensim, run_apart

BEGIN = """
import json, sys, time
import numpy as np
from gensim.test.utils import datapath
path, rules = sys.argv[1], json.loads(sys.argv[2])
with np.load(path) as saved:
    words, matrix = saved["words"].tolist(), saved["matrix"]
sets, questions = [datapath(name) for name in ("wordsim353.tsv", "simlex999.txt")], datapath("questions-words.txt")
def memory(line):
    with open("/proc/self/status") as status:
        return next(int(each.split()[1]) for each in status if each.startswith(line)) / 1024
def begun():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is now what is held
    return memory("VmHWM"), time.perf_counter()
"""
OURS = """
from word2vec.evaluation import evaluate_analogies, evaluate_pairs
from word2vec.vectors.word_vectors import WordVectors
vectors = WordVectors(words, matrix)
held, begin = begun()
pairs = [evaluate_pairs(vectors, name, **rules) for name in sets]
pair_time = time.perf_counter() - begin
bare = time.perf_counter()
for name in sets:
    evaluate_pairs(vectors, name, samples=1, **rules)
bare = time.perf_counter() - bare
middle = time.perf_counter()
report = evaluate_analogies(vectors, questions, **rules)
end = time.perf_counter()
scores = [[each.spearman, each.pearson, each.scored] for each in pairs]
counts = [[part.right, part.scored] for part in (*report.sections, report.total)]
"""
GENSIM = """
from gensim.models import KeyedVectors
vectors = KeyedVectors(matrix.shape[1], dtype=matrix.dtype)
vectors.add_vectors(words, matrix)
rules = {"restrict_vocab": rules.get("restrict", 300000), "case_insensitive": rules.get("fold_case", True),
         "dummy4unknown": rules.get("unknown") == "zero"}
held, begin = begun()
pairs = [vectors.evaluate_word_pairs(name, **rules) for name in sets]
middle = time.perf_counter()
pair_time = bare = middle - begin
_, sections = vectors.evaluate_word_analogies(questions, **rules)
end = time.perf_counter()
scores = [[spearman[0], pearson[0], None] for pearson, spearman, _ in pairs]
counts = [[len(part["correct"]), len(part["correct"]) + len(part["incorrect"])] for part in sections]
"""
END = """
print(json.dumps([scores, counts, pair_time, bare, end - middle, memory("VmHWM") - held]))
"""
CODE = {"ours": BEGIN + OURS + END, "gensim": BEGIN + GENSIM + END}
RULES = {
    "all words": {},
    "the first 30,000": {"restrict": 30000},
    "the first 30,000, unknown = wrong": {"restrict": 30000, "unknown": "zero"},
    "case apart": {"fold_case": False},
}


def run(way: str, vectors: Path, rules: dict) -> list:
    """Evaluate in a process of its own: scores, counts, seconds (pairs, pairs without interval, analogies), MB."""
    return run_apart("-c", CODE[way], str(vectors), json.dumps(rules))


def train_to(path: Path, text: str, dim: int, epochs: int) -> None:
    """Train vectors and save them. Every third word gets a capital, so that case matters."""
    from word2vec import train

    vectors = train(text, dim=dim, epochs=epochs, workers=2, seed=1, quiet=True)
    words = [word.capitalize() if i % 3 == 2 else word for i, word in enumerate(vectors.words)]
    np.savez(path, words=np.array(words), matrix=vectors.matrix)
    print(f"\n{len(words):,} words, {dim} dimensions, {epochs} epochs of {text}", flush=True)


def compare(ours: list, gensims: list) -> tuple[float, float]:
    """Return the largest differences of Spearman's ρ and Pearson's r; exit if the counts or scores differ."""
    if ours[1] != gensims[1]:
        raise SystemExit(f"counts of right and scored analogies differ: ours {ours[1]}, gensim's {gensims[1]}")
    pairs = list(zip(ours[0], gensims[0], strict=True))
    rho, r = (max(abs(mine[i] - theirs[i]) for mine, theirs in pairs) for i in (0, 1))
    if max(rho, r) > 1e-6:
        raise SystemExit(f"correlations differ by {max(rho, r)}: ours {ours[0]}, gensim's {gensims[0]}")
    return rho, r


def table(vectors: Path, rounds: int) -> None:
    """Print times, memory and scores for each set of rules."""
    for number, (name, rules) in enumerate(RULES.items()):
        repeats = rounds if number < 2 else 1
        found = [{way: run(way, vectors, rules) for way in CODE} for _ in range(repeats)]
        rho, r = compare(found[0]["ours"], found[0]["gensim"])
        scores, counts = found[0]["ours"][:2]
        right, scored = counts[-1]
        print(
            f"{name}: WS353 {scores[0][0]:.4f}, SimLex {scores[1][0]:.4f}, analogies {right / scored:.4f} "
            f"({right:,} of {scored:,})\n  equal to gensim's: counts of all sections, ρ to {rho:.0e}, r to {r:.0e}"
        )
        for way in CODE:
            pairs, bare, analogies, memory = (median(each[way][i] for each in found) for i in (2, 3, 4, 5))
            interval = f" (without intervals {bare:.3f})" if way == "ours" else ""
            print(f"  {way:7} pairs {pairs:.3f} s{interval}, analogies {analogies:.2f} s, {memory:.0f} MB more")
        ratio = median(each["gensim"][4] / each["ours"][4] for each in found)
        print(f"  analogies {ratio:.1f} times as fast", flush=True)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--dim", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vectors", type=Path, help="an .npz file of words and matrix instead of a training")
    options = parser.parse_args()
    require_file(parser, options.vectors or options.text, "an .npz file" if options.vectors else "a plain text file")
    require_gensim(parser)
    with tempfile.TemporaryDirectory() as folder:
        for dim in options.dim if options.vectors is None else [0]:
            path = options.vectors or Path(folder, f"{dim}.npz")
            if options.vectors is None:
                train_to(path, options.text, dim, options.epochs)
            table(path, options.rounds)


if __name__ == "__main__":
    main()
