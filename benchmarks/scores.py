"""How good vectors are, judged by one piece of code for this library and its peers.

Spearman's ρ on WordSim-353 and SimLex-999, 3CosAdd on Google's analogies among the 30,000 most frequent words, all
from gensim's test data. The interval of a comparison is a bootstrap over questions of the difference between two
sides' scores, averaged over the seeds. Human ratings fall with the counts of words a little, and so do cosines of
vectors that are far from trained, which raises SimLex: "SimLex given counts" correlates what counts leave over.
"""

from pathlib import Path

import numpy as np

Answers = dict[str, tuple[np.ndarray, np.ndarray]]  # of each test: what was found, and what is true


def questions() -> tuple[dict[str, list[tuple[str, str, float]]], list[list[str]]]:
    """Read the word pairs and the analogies that come with gensim."""
    from gensim.test.utils import datapath

    pairs = {}
    for name, file in (("WS353", "wordsim353.tsv"), ("SimLex", "simlex999.txt")):
        lines = [line.lower().split("\t") for line in Path(datapath(file)).read_text().splitlines()]
        pairs[name] = [(line[0], line[1], float(line[2])) for line in lines if line[0][0] != "#"]
    lines = Path(datapath("questions-words.txt")).read_text().lower().splitlines()
    return pairs, [line.split() for line in lines if line[0] != ":"]


def answers(words: list[str], matrix: np.ndarray, top: int = 30000, *, given_counts: bool = False) -> Answers:
    """Return for each test what was found and what is true: cosines and ratings; right or wrong, and ones.

    Words are in order of their counts.
    """
    pairs, analogies = questions()
    index = {word: i for i, word in enumerate(words)}
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    found: Answers = {}
    for name, rated in pairs.items():
        known = [(index[a], index[b], rating) for a, b, rating in rated if a in index and b in index]
        a, b, ratings = (np.array(column) for column in zip(*known, strict=True))
        found[name] = ((unit[a] * unit[b]).sum(axis=1), ratings)
        if given_counts and name == "SimLex":
            found["SimLex given counts"] = tuple(without_counts(each, a, b) for each in found[name])
    quads = [[index.get(word, top) for word in question] for question in analogies]
    quads = np.array([quad for quad in quads if max(quad) < top])
    right = [_analogies(unit[:top], quads[i : i + 1000]) for i in range(0, len(quads), 1000)]
    found["analogies"] = (np.concatenate(right).astype(float), np.ones(len(quads)))
    return found


def without_counts(values: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the ranks of pairs' values without what follows linearly from those of the pairs' words by count."""
    from scipy.stats import rankdata

    low, high = np.maximum(a, b), np.minimum(a, b)
    known = [rankdata(each) for each in (low, high, (low + 1) / (high + 1))]
    known, ranks = np.column_stack([np.ones(len(a)), *known]), rankdata(values)
    return ranks - known @ np.linalg.lstsq(known, ranks)[0]


def _analogies(unit: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Answer a : b = c : ? by the largest cosine to b − a + c, the three left out."""
    a, b, c, d = quads.T
    cosine = (unit[b] - unit[a] + unit[c]) @ unit.T
    for given in (a, b, c):
        cosine[np.arange(len(quads)), given] = -np.inf
    return cosine.argmax(axis=1) == d


def score(name: str, found: np.ndarray, truth: np.ndarray) -> float:
    """Score a test's answers."""
    if name in ("analogies", "right"):
        return float(found.mean())
    if name in ("rare", "unknown"):
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(truth, found))
    from scipy.stats import spearmanr

    return float(spearmanr(found, truth)[0])


def interval(name: str, mine: list[Answers], theirs: list[Answers], draws: int = 2000) -> np.ndarray:
    """Bootstrap the mean difference of scores over questions: its 2.5 and 97.5 percentiles."""
    rng, n = np.random.default_rng(1), len(mine[0][name][1])
    differences = []
    for _ in range(draws if name == "analogies" else draws // 4):
        chosen = rng.integers(0, n, n)
        both = [
            [score(name, found[name][0][chosen], found[name][1][chosen]) for found in side] for side in (mine, theirs)
        ]
        differences.append(np.mean(both[0]) - np.mean(both[1]))
    return np.percentile(differences, [2.5, 97.5])
