"""Going on from earlier vectors with another text: all words stay, new ones start where their contexts are."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .._types import Array, Ids
from ..runtime.arguments import check_type, warn
from ..runtime.console import IN_PYTHON
from ..text import Corpus, VocabularyOptions
from ..text.huffman import Tree
from ..text.ngrams import PART, ngram_buckets
from ..text.vocabulary import Keep
from ..vectors.gensim_names import from_gensim
from ..vectors.prediction import of_nodes, tree_of
from ..vectors.word_vectors import WordVectors
from .batches import CHUNK, Text
from .sampling import sentence_numbers
from .settings import Ngrams, Settings


def keeping_words_of(options: VocabularyOptions, start: WordVectors | None) -> VocabularyOptions:
    """Return options by which the words of earlier vectors are read however rare they are in the new text."""
    if start is None:
        return options
    return replace(options, keep=Keep({*start.words}, options.keep))


def check_words_kept(corpus: Any, start: WordVectors | None) -> None:
    """Warn if a corpus may have been encoded without words of earlier vectors that occur in its text."""
    if start is None or not isinstance(corpus, Corpus) or corpus.raw_words == len(corpus.ids):
        return
    known = {*corpus.words, *corpus.absent}
    if out := [word for word in start.words if word not in known]:
        shown = ", ".join(map(repr, out[:3])) + ", …" * (len(out) > 3)
        rare = f"{corpus.raw_words - len(corpus.ids):,} of {corpus.raw_words:,} words of its text"
        warn(
            f"{len(out):,} of {len(start.words):,} words of start_from are not in the corpus ({shown}), which was "
            f"encoded without {rare}: where they are among these, they are not read; pass the text itself, or "
            "encode(text, keep_words=start_from.words); join_phrases takes keep_words, too"
        )


def seen_before(corpus: Corpus, start: WordVectors | None) -> tuple[Ids, Ids]:
    """Return how often each word was seen in all (V,), earlier training included, and the ids of its words."""
    counts = corpus.counts.copy()
    if start is None:
        return counts, np.empty(0, np.intp)
    index = {word: i for i, word in enumerate(corpus.words)}
    rows = np.array([index[word] for word in start.words], np.intp)
    counts[rows] += 0 if start.counts is None else np.asarray(start.counts, np.int64)
    if counts.min(initial=0) < 0:
        raise ValueError(
            "the counts of start_from and of this text exceed 2**63 - 1 together: expected smaller counts"
        )
    return counts, rows


def fits_tree(start: WordVectors, rows: Ids, tree: Tree | None) -> bool:
    """Return whether outside vectors mean the same here: those of words, or of the nodes of an equal tree."""
    if tree is None or not of_nodes(start.settings) or start.counts is None:
        return tree is None and not of_nodes(start.settings)
    same = np.array_equal(rows, np.arange(len(tree.lengths)))
    theirs = tree_of(start.counts, start.settings)
    return same and all(np.array_equal(a, b) for a, b in zip(tree, theirs, strict=True))


def returns_outside(model: Any, tree: Tree | None) -> bool:
    """Return whether the outside vectors are the vectors of words: PV-DBOW by itself trains no others."""
    return tree is None and not getattr(model, "words", True)


def first_outside(start: WordVectors, rows: Ids, tree: Tree | None, model: Any) -> Array | None:
    """Return the outside vectors that training begins with, in `rows`; None: with zeros.

    PV-DBOW by itself has no other vectors of words, so that those of a start are taken for them where it has none.
    Warns (UserWarning) if it cannot use them, since its outside vectors are those of a tree's nodes.
    """
    if start.outside is not None and fits_tree(start, rows, tree):
        return start.outside
    if returns_outside(model, tree):
        return start.matrix
    if getattr(model, "words", True):
        return None
    what = "the vectors of start_from are not used: by hierarchical softmax, 'pv-dbow' makes those of words of a tree"
    fix = "whose nodes begin at zero; pass another loss, or words and counts of a model with the same tree"
    warn(f"{what}, {fix}")
    return None


def check_start(start: WordVectors | None, settings: Settings) -> None:
    """Raise unless training can continue from `start`: TypeError, ValueError if it has other entries or n-grams."""
    dim, ngrams = settings.dim, settings.ngrams
    if start is None and settings.descent.freeze_outside:
        raise ValueError("freeze_outside is True without start_from: expected vectors whose outside vectors stay")
    if start is None:
        return
    fix = from_gensim(start) or "; such as train, load_model or WordVectors.load return"
    if isinstance(start, str | os.PathLike):
        fix = f"; load them by WordVectors.load({os.fspath(start)!r})"
    check_type("start_from", start, WordVectors, f"WordVectors{fix}")
    if (D := start.matrix.shape[1]) != dim:
        raise ValueError(f"dim is {dim}, start_from has {D}: expected the same; pass it as dim={D}")
    if (theirs := start.subwords) is None:
        return
    has, mine = (None if each is None else (each.minn, each.maxn, each.buckets) for each in (theirs, ngrams))
    if has != mine:
        have, given = (
            f"Ngrams{each}" if each and each[2] != Ngrams.buckets else each and each[:2] for each in (has, mine)
        )
        raise ValueError(
            f"ngrams is {given}, start_from has {have}: expected the same; pass ngrams={have}; {IN_PYTHON}start from "
            "WordVectors(v.words, v.matrix, outside=v.outside, counts=v.counts), which has none"
        )


def carried_rows(words: Sequence[str], start: WordVectors | None) -> int:
    """Return how many rows of n-grams earlier vectors have that none of the words has: they are carried along."""
    if start is None or (theirs := start.subwords) is None:
        return 0
    left = np.asarray(theirs.bucket_ids)
    for i in range(0, len(words), PART):
        mine, _ = ngram_buckets(words[i : i + PART], theirs.minn, theirs.maxn, theirs.buckets)
        left = np.setdiff1d(left, mine)
    return len(left)


def with_words_of(corpus: Corpus, start: WordVectors | None) -> Corpus:
    """Append the words of earlier vectors to the text's vocabulary, with count 0."""
    if start is None:
        return corpus
    known = set(corpus.words)
    more = [word for word in start.words if word not in known]
    counts = np.append(corpus.counts, np.zeros(len(more), np.int64))
    return replace(corpus, words=corpus.words + more, counts=counts)


class Around(NamedTuple):
    """What new words of a chunk begin at: the words that have known ones around, Σ p keep_o v_o, and Σ p keep_o."""

    rows: Ids
    sums: Array
    total: Array


def context_means(text: Text, new: Ids, V: Array, window: int) -> Array:
    """Return first vectors of new words: the mean of the known words around them, as weighted windows weight these.

        v_w = Σ p keep_o v_o / Σ p keep_o     over all known words o within C of a word w, p = (C + 1 − d)/C

    `new` : ids of words; V (V, D): the vectors of all, of which a new word keeps its own if no known one is near it.
    """
    parts = chunks_around(text.ids, text.ends, text.keep, new, V, window) if len(new) else []
    return means_of(add_around(None, parts, len(new), V.shape[1]), new, V)


def chunks_around(ids: Ids, ends: Ids, keep: Array, new: Ids, V: Array, window: int) -> Iterator[Around]:
    """Yield what stands around new words, chunk by chunk of a text, or of a piece that begins with a chunk."""
    for begin in range(0, len(ids), CHUNK):
        words = np.array(ids[begin : begin + CHUNK])
        yield words_around(words, sentence_numbers(ends, begin, begin + len(words)), keep, new, V, window)


def words_around(ids: Ids, sentence: Ids, keep: Array, new: Ids, V: Array, window: int) -> Around:
    """Return the sums over a chunk, of whose words the numbers of their sentences are given; see `context_means`."""
    from scipy.sparse import coo_array

    row = np.full(len(V), -1, np.int32)  # of each new word, −1 of known ones
    row[new] = np.arange(len(new), dtype=np.int32)
    found = []
    for d in range(1, window + 1):
        one, other = np.arange(len(ids) - d), np.arange(d, len(ids))
        near = sentence[:-d] == sentence[d:]
        for a, b in ((one[near], other[near]), (other[near], one[near])):
            a, b = row[ids[a]], ids[b]
            pairs = (a >= 0) & (row[b] < 0)
            a, b = a[pairs], b[pairs]
            found.append((keep[b] * ((window + 1 - d) / window), a, b))
    p, a, b = (np.concatenate(parts) for parts in zip(*found, strict=True))
    rows, a = np.unique(a, return_inverse=True)
    sums = coo_array((p, (a, b)), (len(rows), len(V))).tocsr() @ V  # equal pairs add up: (rows, V) times (V, D)
    return Around(rows, np.asarray(sums), np.bincount(a, p, len(rows)))


def add_around(before: Around | None, parts: Iterable[Around], new: int, D: int) -> Around:
    """Add up the sums of chunks, in the order of the text, to those of all chunks before; rows: all new words."""
    rows, sums, total = before or (np.arange(new), np.zeros((new, D)), np.zeros(new))
    if before is not None:  # a task's result, which may be asked for again
        sums, total = sums.copy(), total.copy()
    for part in parts:
        sums[part.rows] += part.sums
        total[part.rows] += part.total
    return Around(rows, sums, total)


def means_of(around: Around, new: Ids, V: Array) -> Array:
    """Return the first vectors of new words from their sums over the whole text; see `context_means`."""
    near_none, total = around.total == 0, np.where(around.total == 0, 1, around.total)
    return np.where(near_none[:, None], V[new], around.sums / total[:, None])
