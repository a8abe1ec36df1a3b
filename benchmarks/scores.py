"""How good vectors are, judged by one piece of code for this library and its peers.

Spearman's ρ on WordSim-353 and SimLex-999, 3CosAdd on Google's analogies among the 30,000 most frequent words, all
from gensim's test data. The interval of a comparison is a bootstrap over questions of the difference between two
sides' scores, averaged over the seeds. Human ratings fall with the counts of words a little, and so do cosines of
vectors that are far from trained, which raises SimLex: "SimLex given counts" correlates what counts leave over.
Rare words and words that were left out of training are made from a text by their spelling (`rare_words`).
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

Answers = dict[str, tuple[np.ndarray, np.ndarray]]  # of each test: what was found, and what is true

MIN_COUNT = 5  # of all sides' vocabularies
RARE, FREQUENT = 20, 100  # a rare word occurs at most, the word that it is derived from at least so often
SUFFIXES = [
    *("s", "es", "d", "ed", "ing", "er", "ers", "est", "ly", "ness", "ment", "ments", "less", "ful", "able", "ist"),
    *("ists", "ism", "ation", "ations", "ity", "al", "ally"),
]
MOST = 1000  # words of a set


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
    """Return for each test what was found and what is true: cosines and ratings; right or wrong, and what was asked.

    Words are in order of their counts. Of analogies all are there, since of words as frequent as the last of the
    `top` each side has others.
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
    asked = np.array([max(quad) < top for quad in quads])
    quads, right = np.array(quads)[asked], np.zeros(len(quads))
    parts = [_analogies(unit[:top], quads[i : i + 1000]) for i in range(0, len(quads), 1000)]
    right[asked] = np.concatenate(parts)
    found["analogies"] = right, asked.astype(float)
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


def base_of(word: str, frequent: Iterable[str]) -> str | None:
    """Return the longest frequent word of four letters or more from which a suffix makes `word`, or None.

    A final e may have gone before the suffix, and a final y have become i.
    """
    stems = [word.removesuffix(suffix) for suffix in SUFFIXES if word.endswith(suffix)]
    bases = [base for stem in stems for base in (stem, f"{stem}e", re.sub("i$", "y", stem))]
    known = [base for base in bases if len(base) >= 4 and base != word and base in frequent]
    return max(known, key=len, default=None)


def rare_words(counts: Counter[str]) -> dict[str, list[tuple[str, str, int]]]:
    """Return "rare" and "unknown": triples (word, other word, 1 if it is derived from that one, else 0).

    Spelling alone decides, so that no side is favoured: each word that occurs 5 to 20 times ("rare"), or 2 to 4 times
    and so is left out of training ("unknown"), and that a suffix makes of a word with 100 occurrences or more, is
    paired with that word, and with one drawn from the 100 that are next to it by frequency and begin with other
    letters. The score is the area under the ROC curve of their cosines: how often a derived pair is the nearer one.
    """
    order = sorted((word for word, n in counts.items() if n >= FREQUENT), key=lambda word: (-counts[word], word))
    rank, rng = {word: i for i, word in enumerate(order)}, np.random.default_rng(1)
    found: dict[str, list[tuple[str, str, int]]] = {}
    for name, low, high in (("rare", MIN_COUNT, RARE), ("unknown", 2, MIN_COUNT - 1)):
        words = sorted(word for word, n in counts.items() if low <= n <= high)
        pairs = [(word, base) for word in words if (base := base_of(word, rank))]
        found[name] = []
        for i in sorted(rng.permutation(len(pairs))[:MOST].tolist()):
            word, base = pairs[i]
            near = order[max(0, rank[base] - 50) : rank[base] + 50]
            others = [other for other in near if other[:2] != word[:2]]
            if others:
                found[name] += [(word, base, 1), (word, others[rng.integers(len(others))], 0)]
    return found


def rare_answers(pairs: list[tuple[str, str, int]], vectors: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosine of each pair, and 1 where it is a derived one."""
    a, b = (np.array([vectors[pair[side]] for pair in pairs], np.float64) for side in (0, 1))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / np.where(lengths > 0, lengths, 1), np.array([pair[2] for pair in pairs])


def score(name: str, found: np.ndarray, truth: np.ndarray) -> float:
    """Score a test's answers."""
    if name == "analogies":
        return float(found[truth > 0].mean())
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
