"""Find words that occur together far more often than apart ("new york"), and join them to one word.

All is done on ids. A token is a word of the corpus, id below V, or a phrase, V + its row: a phrase is the sequence of
its words, not their joined string, so that a word which contains the delimiter is no problem, and longer phrases are
chained exactly. Connector words ("of") are skipped where pairs are formed: a pair is two tokens and the connector
words between them. Texts are read in blocks, each of which begins at the last token of the one before.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._types import Array, Ids, PathLike
from ..runtime.arguments import check_choice, check_number, check_type, check_whole, warn, with_other_names
from ..runtime.files import check_apart, check_writable
from ..runtime.word_lists import listed
from .corpus import Corpus, corpus_files, corpus_parts
from .numbering import Numbering, Part, no_room
from .vocabulary import MIN_COUNT, VocabularyOptions, choose_vocabulary

BLOCK = 1 << 18  # words processed at a time, so that they stay in a core's cache
PAIRS = 1 << 24  # sorted at a time, which takes some 400 MB
LARGEST_KEY = 1 << 63
THRESHOLDS = {"word2phrase": 100.0, "gensim": 10.0, "npmi": 0.5}
LOWEST = {"word2phrase": 0.0, "gensim": 0.0, "npmi": -1.0}


@dataclass(frozen=True)
class PhraseOptions:
    """How phrases are scored, and which are joined.

    Attributes
    ----------
    scoring : "word2phrase": (n_ab − min_count) / (n_a n_b) · words of the text; "gensim", the default of its Phrases:
        the same with the number of different words and pairs in place of the text's length; "npmi": normalised
        pointwise mutual information, −1 to 1 (E48)
    threshold : a pair is joined if its score is higher; several, say (200, 100), are those of successive passes: each
        joins what the passes before have made, so that phrases of up to 2^passes words are found. By default one pass
        with 100, 10 or 0.5
    min_count : with "npmi", pairs that occur less often have no score; with the others it is subtracted from n_ab
    connector_words : words such as "of", "the" that may stand inside a phrase ("bank of america"), never at an end
    delimiter : between the words of a phrase where it is printed

    Examples
    --------
    >>> from word2vec.text.phrases import PhraseOptions
    >>> PhraseOptions(scoring="npmi", threshold=(0.7, 0.5)).thresholds
    (0.7, 0.5)
    """

    scoring: str = "word2phrase"
    threshold: float | Sequence[float] | None = None
    min_count: int = 5
    connector_words: Collection[str] = ()
    delimiter: str = "_"

    def __post_init__(self) -> None:
        check_choice("scoring", self.scoring, THRESHOLDS)
        check_whole("min_count", self.min_count)
        check_type("delimiter", self.delimiter, str)
        words = listed(self.connector_words, "connector_words", ordered=False)
        object.__setattr__(self, "connector_words", tuple(words))
        given = self.threshold
        if isinstance(given, Sequence | np.ndarray) and not isinstance(given, str):
            object.__setattr__(self, "threshold", tuple(given))
        low = LOWEST[self.scoring]
        for value in self.thresholds:
            check_number("threshold", value, f"a number from {low:g} on, or one for each pass", low)
        if not self.thresholds:
            raise ValueError("threshold is empty: expected a number for each pass")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The threshold of each pass."""
        if self.threshold is None:
            return (THRESHOLDS[self.scoring],)
        return self.threshold if isinstance(self.threshold, tuple) else (self.threshold,)


OPTIONS = {each.name: f"pass PhraseOptions({each.name}=…)" for each in fields(PhraseOptions)}


@dataclass(frozen=True, eq=False, repr=False)
class Phrases:
    """Phrases that were found in a corpus, P pairs: pass by pass, those with the highest score first.

    Iterating yields (phrase, count, score); `"new_york" in phrases` asks for a phrase. The same words can be found as
    two pairs, a b + c and a + b c: they are the same phrase.

    Attributes
    ----------
    words : the corpus' V words
    pairs : int64 (P, 2), what is joined: a word of id i, or V + the row of a phrase of an earlier pass
    between : the connector words in the middle of each pair
    counts : int64 (P,), how often each occurs, before overlaps are resolved
    scores : float64 (P,)
    ends : where each pass ends in these
    options : PhraseOptions

    Examples
    --------
    >>> from word2vec.text import PhraseOptions, encode, find_phrases
    >>> corpus = encode([["in", "new", "york"], ["new", "tea"], ["old", "york"]] * 50 + [["tea"]] * 99, min_count=1)
    >>> phrases = find_phrases(corpus, PhraseOptions(threshold=2))
    >>> [(phrase, count, round(score, 3)) for phrase, count, score in phrases]
    [('in_new', 50, 4.041), ('old_york', 50, 4.041), ('new_york', 50, 2.021)]
    """

    words: list[str]
    pairs: NDArray[np.int64]
    between: list[tuple[str, ...]]
    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    ends: tuple[int, ...]
    options: PhraseOptions

    def __len__(self) -> int:
        return len(self.counts)

    def __contains__(self, phrase: object) -> bool:
        return phrase in (self.texts if isinstance(phrase, str) else [*self])

    def __repr__(self) -> str:
        shown = ", ".join([*self.texts[:3], *["…"] * (len(self) > 3)])
        return f"<Phrases: {len(self):,} pairs{f' ({shown})' if shown else ''}>"

    def __iter__(self) -> Iterator[tuple[str, int, float]]:
        return zip(self.texts, self.counts.tolist(), self.scores.tolist(), strict=True)

    def __getitem__(self, lists: object) -> Any:
        join = "join_phrases(encode(lists, min_count=1), phrases, min_count=1)"
        raise TypeError(f"phrases[lists] is gensim's: use {join}")

    @cached_property
    def parts(self) -> list[tuple[str, ...]]:
        """The words of each phrase.

        Examples
        --------
        >>> phrases.parts
        [('in', 'new'), ('old', 'york'), ('new', 'york')]
        """
        found: list[tuple[str, ...]] = []
        V = len(self.words)
        for (a, b), inside in zip(self.pairs.tolist(), self.between, strict=True):
            left, right = ((self.words[i],) if i < V else found[i - V] for i in (a, b))
            found.append((*left, *inside, *right))
        return found

    @property
    def texts(self) -> list[str]:
        """Each phrase with the delimiter between its words.

        Examples
        --------
        >>> phrases.texts
        ['in_new', 'old_york', 'new_york']
        """
        return [*map(self.options.delimiter.join, self.parts)]


@with_other_names(OPTIONS)
def find_phrases(corpus: Corpus, options: PhraseOptions = PhraseOptions()) -> Phrases:
    """Count the pairs of neighbouring words of a corpus, score them and return those above the threshold.

    The counts are exact; at most some 16 million pairs are in memory at a time, and beside them those that occur
    `min_count` times. A corpus that holds all words of its text (`encode(text, min_count=1)`) is expected: where rare
    words were left out, those beside them are taken for neighbours.

    Warns (UserWarning) if words were left out, or if none of the connector words is in the corpus. Raises TypeError
    if an argument is of another type; ValueError if no word is left beside the connector words, or for more than
    2^63 possible pairs.

    Examples
    --------
    >>> from word2vec.text import PhraseOptions, encode, find_phrases
    >>> text = [["bank", "of", "america"], ["bank", "of", "china"], ["of", "tea"]] * 9
    >>> options = PhraseOptions("npmi", threshold=0.3, connector_words=["of"])
    >>> find_phrases(encode(text, min_count=1), options).texts
    ['bank_of_america', 'bank_of_china']
    """
    _check(corpus, options)
    return _find(corpus, options)


@with_other_names(OPTIONS)
def join_phrases(
    corpus: Corpus,
    phrases: Phrases | PhraseOptions = PhraseOptions(),
    *,
    min_count: int = MIN_COUNT,
    keep_words: Collection[str] = (),
    folder: PathLike | None = None,
) -> Corpus:
    """Join the words of phrases, and return the text with its new vocabulary.

    In a row of overlapping pairs the first is joined: with a b and b c, the text a b c becomes a_b c. Phrases of
    another corpus are found by their words. What prints alike is one word of the new corpus: a phrase new + york,
    and a word new_york of the text. Sentences keep their numbers and weights, empty ones included.

    Parameters
    ----------
    corpus : a corpus with all words of the text, see `find_phrases`
    phrases : those that `find_phrases` returned, or the options by which they are found first
    min_count : words and phrases that then occur less often are left out
    keep_words : words and phrases, as they are printed, that are kept however rare they are, if they occur
    folder : where to store the new corpus instead of in memory; not where `corpus` is stored, which would be lost

    Warns (UserWarning) if none of the phrases has all its words in the corpus, so that nothing can be joined, and of
    `keep_words` that do not occur. Raises what `find_phrases` and `encode` raise.

    Examples
    --------
    >>> from word2vec.text import PhraseOptions, encode, join_phrases
    >>> corpus = encode([["in", "new", "york"], ["new", "tea"], ["tea"]] * 50, min_count=1)
    >>> join_phrases(corpus, PhraseOptions(threshold=2)).words
    ['tea', 'in_new', 'new', 'york']
    """
    check_type("phrases", phrases, Phrases | PhraseOptions, "Phrases or PhraseOptions")
    _check(corpus, phrases.options if isinstance(phrases, Phrases) else phrases)
    check_whole("min_count", min_count)
    chosen = VocabularyOptions(keep_words=keep_words)
    if folder is not None:
        new = [("a file of folder", path) for path in corpus_files(folder)]
        check_apart([("the corpus", path) for path in corpus.files], new, "expected another folder")
        check_writable(folder)
    if isinstance(phrases, PhraseOptions):
        phrases = _find(corpus, phrases, folder)
    known = set(corpus.words)
    if len(phrases) and not any(known.issuperset(words) for words in phrases.parts):
        what = f"none of the {len(phrases):,} phrases ({phrases.texts[0]}, …) has all its words in the corpus"
        fix = "encode both texts with the same lowercase and tokenize"
        warn(f"{what}, so nothing is joined: {fix}")
    ids, ends = _with_phrases(corpus, phrases, folder)
    numbering = Numbering(zip(corpus.words, range(len(corpus.words)), strict=True))
    numbers = np.append(np.arange(len(numbering), dtype=np.int32), numbering.take(phrases.texts))
    counts = np.bincount(numbers, weights=_occurrences(ids, len(numbers))).astype(np.int64)
    text = ((numbers[part], stops) for part, stops in corpus_parts(ids, ends, corpus.empty))
    more: dict[str, Any] = {"raw_words": len(ids) + corpus.raw_words - len(corpus.ids), "lost": corpus.lost}
    weights = None if corpus.weights is None else corpus.with_empty(corpus.weights)
    return choose_vocabulary(text, numbering, counts, min_count, chosen, folder, weights, **more)


def _check(corpus: Corpus, options: PhraseOptions) -> None:
    check_type("corpus", corpus, Corpus, "a Corpus, as word2vec.text.encode(text, min_count=1) returns")
    check_type("options", options, PhraseOptions)
    corpus.check()
    if out := corpus.raw_words - len(corpus.ids):
        what = f"{out:,} of {corpus.raw_words:,} words were left out of the corpus"
        fix = "pass encode(text, min_count=1), and min_count to join_phrases"
        warn(f"{what}, so words that stood apart are taken for neighbours: {fix}")


# counting and scoring


def _find(corpus: Corpus, options: PhraseOptions, folder: PathLike | None = None) -> Phrases:
    """Return the phrases of all passes; warn of words that are not there."""
    if (words := options.connector_words) and set(corpus.words).isdisjoint(words):
        shown = ", ".join(map(repr, [*words][:3])) + ", …" * (len(words) > 3)
        what = f"none of the connector_words ({shown}) is in the corpus, so none is skipped"
        warn(f"{what}: write them as the corpus has them, say in lower case")
    phrases = Phrases(corpus.words, np.zeros((0, 2), np.int64), [], np.zeros(0, np.int64), np.zeros(0), (), options)
    for threshold in options.thresholds:
        ids, ends = _with_phrases(corpus, phrases, folder)
        found = _scored(ids, ends, _connects(corpus, options, len(phrases)), options, threshold)
        phrases = Phrases(
            corpus.words,
            np.concatenate([phrases.pairs, found[0]]),
            phrases.between + [tuple(corpus.words[i] for i in np.frombuffer(gap, np.int32)) for gap in found[1]],
            np.concatenate([phrases.counts, found[2]]),
            np.concatenate([phrases.scores, found[3]]),
            (*phrases.ends, len(phrases) + len(found[2])),
            options,
        )
    return phrases


def _connects(corpus: Corpus, options: PhraseOptions, phrases: int) -> NDArray[np.bool_]:
    """Return which tokens are connector words, (V + phrases,)."""
    wanted = set(options.connector_words)
    found = np.zeros(len(corpus.words) + phrases, bool)
    if wanted:
        found[: len(corpus.words)] = [word in wanted for word in corpus.words]
    return found


def _scored(
    ids: Ids, ends: Array, connects: Array, options: PhraseOptions, threshold: float
) -> tuple[Array, list[bytes], Array, Array]:
    """Return the pairs of a text above a threshold, the highest first: (P, 2), what is between, counts, scores."""
    counts = np.where(connects, 0, _occurrences(ids, len(connects)))
    if not counts.any():
        raise ValueError("the corpus holds no word beside connector words: expected a text")
    keys, together, gaps, kinds = _count_pairs(ids, ends, connects, options.min_count)
    V, between = len(connects), list(gaps)
    first, second = keys // V // len(gaps), keys % V
    sizes = (len(ids), int(np.count_nonzero(counts)) + kinds)
    scores = phrase_scores(options.scoring, counts[first], counts[second], together, options.min_count, *sizes)
    above = np.flatnonzero(scores > threshold)
    above = above[np.lexsort((keys[above], -scores[above]))]
    inside = [between[i] for i in (keys[above] // V % len(gaps)).tolist()]
    return np.stack([first, second], axis=1)[above], inside, together[above], scores[above]


def phrase_scores(
    scoring: str, n_a: Array, n_b: Array, n_ab: Array, min_count: int, n: int, kinds: int
) -> NDArray[np.float64]:
    """Return the scores of pairs (E48), (P,); see `PhraseOptions` for scoring and min_count.

    n_a, n_b, n_ab : how often the first words, the second ones, and both together occur, (P,)
    n, kinds : words of the text, and the number of different words and pairs
    """
    scores: NDArray[np.float64]
    if scoring == "npmi":
        p = n_ab / n
        scores = np.where(n_ab < min_count, -np.inf, np.log(p / (n_a / n * (n_b / n))) / -np.log(p))
    elif scoring == "gensim":  # its order of operations, and word2phrase.c's below: their bits
        scores = (n_ab - min_count) / (np.asarray(n_a, float) * n_b) * kinds
    else:
        scores = (n_ab - min_count) / n_a / n_b * n
    return scores


def _occurrences(ids: Ids, size: int) -> NDArray[np.int64]:
    """Return how often each of `size` tokens occurs; a memory map is read a part at a time."""
    counts = np.zeros(size, np.int64)
    for start in range(0, len(ids), PAIRS):
        counts += np.bincount(ids[start : start + PAIRS], minlength=size)
    return counts


def _count_pairs(ids: Ids, ends: Array, connects: Array, least: int) -> tuple[Array, Array, dict[bytes, int], int]:
    """Count the pairs of neighbours in a text.

    Returns the keys of those that occur `least` times, ascending, their counts, the numbers of what stands between
    two tokens, and how many different pairs there are in all. Keys are counted in shares, key mod shares, each of
    which is sorted as a whole, so that the counts are exact whatever the memory.
    """
    gaps = {b"": 0}
    if connects.any():  # the key has a digit for what is between, whose base must be known
        for _ in _blocks(ids, ends, connects, gaps, learn=True):
            pass
    V, G = len(connects), len(gaps)
    if V * V * G > LARGEST_KEY:
        what = f"{V:,} words and {G:,} different rows of connector words"
        raise ValueError(f"{what} make more than 2^63 pairs: encode with min_count=2, or list fewer connector_words")
    shares, kinds = -(-len(ids) // PAIRS), 0
    found: list[tuple[Array, Array]] = []
    for share in range(shares):
        keys = np.concatenate([_keys(block, V, G, share, shares) for block in _blocks(ids, ends, connects, gaps)])
        keys.sort()
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        times = np.diff(starts, append=len(keys))
        often = times >= least
        found.append((keys[starts[often]], times[often]))
        kinds += len(starts)
    keys, times = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(keys)
    return keys[order], times[order], gaps, kinds


class _Block(NamedTuple):
    """A stretch of a text: m tokens that are no connector words, and the m − 1 pairs of neighbours among them."""

    start: int  # in the text
    done: int  # tokens from `start` on that no later block begins with
    ids: Ids
    at: Array  # (m,), places of the m tokens in `ids`
    gap: Array  # (m − 1,), the number of what is between, −1 if unknown
    near: Array  # (m − 1,), whether no end of a sentence is between


def _keys(block: _Block, V: int, G: int, share: int, shares: int) -> Array:
    words = block.ids[block.at]
    keys = ((words[:-1].astype(np.int64) * G + block.gap) * V + words[1:])[block.near]
    return keys if shares == 1 else keys[keys % shares == share]


def _blocks(
    ids: Ids, ends: Array, connects: Array, gaps: dict[bytes, int], *, learn: bool = False
) -> Iterator[_Block]:
    """Cut a text into blocks, each of which begins at the last token of the one before that is no connector word."""
    start, size, n, plain = 0, BLOCK, len(ids), not connects.any()
    while start < n:
        stop = min(start + size, n)
        part = np.asarray(ids[start:stop])
        at = np.arange(len(part)) if plain else np.flatnonzero(~connects[part])
        if stop < n and len(at) < 2:
            size *= 2
            continue
        bound = np.zeros(len(part) + 1, bool)
        bound[ends[slice(*ends.searchsorted([start, stop], "right"))] - start] = True
        if plain:
            near, gap = ~bound[1 : len(part)], np.zeros(len(part) - 1, np.int64)
        else:
            near = ~np.logical_or.reduceat(bound[1:], at)[:-1]  # over at[i] < end ≤ at[i + 1]
            gap = _gaps(part, at, near, gaps, connects, learn=learn)
        done = len(part) if stop == n else int(at[-1])
        yield _Block(start, done, part, at, gap, near)
        start, size = start + done, BLOCK


def _gaps(part: Ids, at: Array, near: Array, gaps: dict[bytes, int], connects: Array, *, learn: bool) -> Array:
    """Return the number of the connector words between each token and the next, (m − 1,); `learn` adds new ones."""
    lengths = np.where(near, np.diff(at) - 1, 0)
    found = np.zeros(len(lengths), np.int64)
    digit = np.cumsum(connects)  # of a connector word, 1 to K
    base = int(digit[-1]) + 1
    for length in np.unique(lengths[lengths > 0]).tolist():
        where = np.flatnonzero(lengths == length)
        rows = part[at[where][:, None] + 1 + np.arange(length)]  # (len(where), length)
        if length * math.log2(base) < 62:
            code = digit[rows] @ base ** np.arange(length)
        else:
            code = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
        if length * math.log2(base) > 16:
            code = np.unique(code, return_inverse=True)[1].ravel()
        table = np.full(int(code.max()) + 1, -1)
        table[code] = np.arange(len(code))  # a place of each code
        for kind in np.flatnonzero(table >= 0).tolist():
            row = rows[table[kind]].tobytes()
            table[kind] = gaps.setdefault(row, len(gaps)) if learn else gaps.get(row, -1)
        found[where] = table[code]
    return found


# joining


def _with_phrases(corpus: Corpus, phrases: Phrases, folder: PathLike | None) -> tuple[Ids, NDArray[np.int64]]:
    """Return the text of a corpus in tokens, after all passes, and where its sentences end."""
    table, connects = _of_corpus(phrases, corpus), _connects(corpus, phrases.options, len(phrases))
    ids: Ids = corpus.ids
    ends = corpus.ends
    for start, end in pairwise((0, *phrases.ends)):
        ids, ends = _stored(_joined(ids, ends, table.rows(start, end), connects), folder)
    return ids, ends


class _Table(NamedTuple):
    """What is joined, in the tokens of one corpus; −1 where a word is not in it."""

    pairs: Array  # (P, 2)
    gap: Array  # (P,), number of the connector words between
    token: Array  # (P,), what a pair becomes
    gaps: dict[bytes, int]

    def rows(self, start: int, end: int) -> "_Table":
        """Return some rows, without those that cannot occur."""
        kept = start + np.flatnonzero((self.pairs[start:end] >= 0).all(axis=1) & (self.gap[start:end] >= 0))
        return _Table(self.pairs[kept], self.gap[kept], self.token[kept], self.gaps)


def _of_corpus(phrases: Phrases, corpus: Corpus) -> _Table:
    """Return phrases in the tokens of a corpus: its V words, and V + the first row with the same words."""
    V, rows = len(corpus.words), dict[tuple[str, ...], int]()
    token = np.array([V + rows.setdefault(parts, i) for i, parts in enumerate(phrases.parts)], np.int64)
    same = corpus.words is phrases.words
    ids = {} if same and not any(phrases.between) else {word: i for i, word in enumerate(corpus.words)}
    tokens = np.arange(V) if same else np.array([ids.get(word, -1) for word in phrases.words], np.int64)
    tokens = np.append(tokens, token)
    gaps, gap = {b"": 0}, np.zeros(len(phrases), np.int64)
    for row, between in enumerate(phrases.between):
        if between:
            inside = [ids.get(word, -1) for word in between]
            key = np.array(inside, np.int32).tobytes()
            gap[row] = -1 if -1 in inside else gaps.setdefault(key, len(gaps))
    return _Table(tokens[phrases.pairs], gap, token, gaps)


def _joined(ids: Ids, ends: Array, table: _Table, connects: Array) -> Iterator[Part]:
    """Yield the text with the pairs of a table joined, in parts of (ids, ends counted from the text's beginning)."""
    V, G = len(connects), len(table.gaps)
    if V * V * G > LARGEST_KEY:
        raise ValueError(f"{V:,} words and phrases make more than 2^63 pairs: encode with min_count=2")
    keys = (table.pairs[:, 0] * G + table.gap) * V + table.pairs[:, 1]
    order = np.argsort(keys)
    keys, token = np.append(keys[order], -1), np.append(table.token[order], 0).astype(np.int32)
    begins, closes = np.zeros((2, V), bool)
    begins[table.pairs[:, 0]] = closes[table.pairs[:, 1]] = True  # tokens that a pair can begin with, and end with
    used, n = False, 0  # whether the block's first token was joined to one before; tokens so far
    for start, done, part, at, gap, near in _blocks(ids, ends, connects, table.gaps):
        words = part[at]
        hit = np.flatnonzero(near & (gap >= 0) & begins[words[:-1]] & closes[words[1:]])  # few of all
        key = (words[hit].astype(np.int64) * G + gap[hit]) * V + words[hit + 1]
        row = np.searchsorted(keys[:-1], key)
        found = keys[row] == key
        hit, row = hit[found], row[found]
        if used and len(hit) and not hit[0]:
            hit, row = hit[1:], row[1:]
        chosen = _every_other(hit)
        hit, row = hit[chosen], row[chosen]
        out = np.array(part)
        out[at[hit]] = token[row]
        kept = np.ones(len(part), bool)
        kept[at[hit + 1]] = False
        edge = np.zeros(len(part), np.int8)  # 1 where a row of joined connector words begins, −1 behind it
        edge[at[hit] + 1] += 1
        edge[at[hit + 1]] -= 1
        kept &= np.cumsum(edge, dtype=np.int8) == 0
        kept[0] &= not used
        used = len(hit) > 0 and hit[-1] == len(at) - 2
        before = np.concatenate([[n], n + np.cumsum(kept[:done])])  # (done + 1,): tokens kept before each place
        stops = ends[slice(*ends.searchsorted([start, start + done], "right"))] - start
        yield out[:done][kept[:done]], before[stops]
        n = int(before[-1])


def _every_other(hit: Array) -> NDArray[np.bool_]:
    """Return which of some ascending places are the first, third, … of their run of consecutive places."""
    begins = np.diff(hit, prepend=-2) != 1
    first = np.flatnonzero(begins)[np.cumsum(begins) - 1]  # (len(hit),): index of each one's run's first
    every_other: NDArray[np.bool_] = (np.arange(len(hit)) - first) % 2 == 0
    return every_other


def _stored(parts: Iterable[Part], folder: PathLike | None) -> tuple[Ids, NDArray[np.int64]]:
    """Return the text that comes in parts as two arrays; with a folder, its ids in a temporary file there."""
    if folder is None:
        ids, ends = map(np.concatenate, zip(*parts, strict=True))
        return ids, ends
    stops: list[Array] = []
    with TemporaryFile(dir=folder) as file:
        try:
            for part, more in parts:
                file.write(part.data)
                stops.append(more)
            file.flush()
        except OSError as error:
            raise no_room(error, folder) from error
        ends = np.concatenate(stops)
        return np.memmap(file, np.int32, "r", shape=(int(ends[-1]),)), ends
