"""What the page's rounded vectors lose, and what the page costs: `python -m benchmarks.page VECTORS`.

For the first 5,000 words of a vector file: of all neighbours among the first ten, how many are the same after
rounding to 16 bits; how many lists hold the same words, and in the same order; then size of the page and time to
write it.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import require_file, timed
from word2vec.plotting.page import quantised, write_page
from word2vec.vectors.word_vectors import WordVectors

TOP = 5000


def lists(words: list[str], matrix: np.ndarray) -> np.ndarray:
    """Return the ten nearest words of each word: (V, 10)."""
    vectors = WordVectors(words, matrix)
    return np.array([[word for word, _ in near] for near in vectors.most_similar_many(words)])


def agreement(truth: np.ndarray, found: np.ndarray) -> str:
    """Compare lists of neighbours; return a table's cells."""
    same = np.array([len(set(one) & set(other)) for one, other in zip(truth, found, strict=True)])
    order = (truth == found).all(axis=1)
    return f"{same.mean() / 10:.2%} | {(same == 10).mean():.2%} | {order.mean():.2%}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", help="a file of word vectors")
    path = parser.parse_args().vectors
    require_file(parser, path, "a file of word vectors")
    vectors = WordVectors.load(path, limit=TOP)
    words, matrix = vectors.words, np.array(vectors.matrix, np.float64)
    truth = lists(words, matrix)
    print("| same neighbours | same ten | same ten in the same order |\n|---|---|---|")
    print(f"| {agreement(truth, lists(words, quantised(matrix).astype(np.float64)))} |")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        took = median(timed(write_page, vectors, path)[0] for _ in range(5))
        print(f"\n{len(words):,} words, D = {matrix.shape[1]}: {path.stat().st_size / 1e6:.2f} MB in {took:.2f} s")


if __name__ == "__main__":
    main()
