"""Word mover's distance: ours against gensim's `wmdistance`, time and the same values.

    pip install gensim POT                               (4.4 and 0.9.7 were measured; gensim needs POT for it)
    python -m benchmarks.documents_distance TEXT [--documents 2000] [--queries 5] [--pairs 100] [--rounds 3]

TEXT is a plain text file, one paragraph a line. Vectors are trained on it; documents are its lines of 30 words or
more, without the 100 most frequent words. Both sides compute the distances of some pairs, and the ten nearest
documents to some queries: gensim, as its `WmdSimilarity` does, by the distances of all documents, ours by
`nearest_documents`. They run in turn in one process; medians are printed, and the medians of the rounds' ratios.
Values are the same if they differ by less than 1e-5, as gensim scales vectors to length 1 in single precision.
"""

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import require_file, require_gensim, timed

NEAR = 1e-5
Values = list[float]


def sides(
    text: Path, documents: int, queries: int, pairs: int, dim: int
) -> dict[str, tuple[Callable[[], Values], Callable[[], Values]]]:
    """Prepare the tasks for both sides: name → functions of gensim and ours, which return distances."""
    from gensim.models import KeyedVectors

    from word2vec import train
    from word2vec.documents.distance import nearest_documents, word_movers_distance
    from word2vec.documents.means import count_words

    lines = [line.split() for line in text.read_text(encoding="utf-8").splitlines()]
    vectors = train(lines, dim=dim, epochs=2, quiet=True)
    frequent = set(vectors.words[:100])
    found = [[word for word in line if word not in frequent] for line in lines if len(line) >= 30]
    found = [document for document in found if any(word in vectors for word in document)]
    found, asked = found[:documents], found[documents : documents + queries]
    peer = KeyedVectors(dim)
    peer.add_vectors(vectors.words, vectors.matrix)
    rng = np.random.default_rng(1)
    drawn = [(found[i], found[j]) for i, j in rng.integers(0, len(found), (pairs, 2)).tolist()]
    bag = count_words(found, vectors)
    sizes = np.diff(bag.counts.indptr)
    print(f"{len(found):,} documents of {np.median(sizes):.0f} different words (median; at most {sizes.max()})")
    name = f"10 nearest of {len(found):,} to {len(asked)} documents"
    return {
        f"{pairs} pairs": (
            lambda: [peer.wmdistance(a, b) for a, b in drawn],
            lambda: [word_movers_distance(vectors, a, b, cost="unit") for a, b in drawn],
        ),
        name: (
            lambda: [d for query in asked for d in sorted(peer.wmdistance(query, each) for each in found)[:10]],
            lambda: [d for query in asked for _, d in nearest_documents(bag, query, cost="unit")],
        ),
    }


def main() -> None:
    """Print time and equality."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    for name, default in (("documents", 2000), ("queries", 5), ("pairs", 100), ("rounds", 3), ("dim", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    o = parser.parse_args()
    require_file(parser, o.text, "a plain text file, one paragraph a line")
    require_gensim(parser)
    if find_spec("ot") is None:
        parser.exit(
            2, f"{parser.prog}: gensim's wmdistance needs the package ot, which is missing: pip install POT\n"
        )
    tasks = sides(o.text, o.documents, o.queries, o.pairs, o.dim)
    print(f"{'':40} {'gensim':>9} {'ours':>9}   {'ratio':>6}  same values")
    for name, pair in tasks.items():
        rounds = [[timed(side) for side in pair] for _ in range(o.rounds)]
        theirs, mine = (median(each[side][0] for each in rounds) for side in (0, 1))
        ratio = median(each[0][0] / each[1][0] for each in rounds)
        apart = max(np.abs(np.subtract(each[0][1], each[1][1])).max() for each in rounds)
        equal = "yes" if apart < NEAR else "NO"
        print(f"{name:40} {theirs:8.3f}s {mine:8.3f}s   {ratio:5.1f}x  {equal}, at most {apart:.0e} apart")


if __name__ == "__main__":
    main()
