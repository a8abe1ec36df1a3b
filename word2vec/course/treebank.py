"""The Stanford Sentiment Treebank as the course's code sees it: tokens, random contexts, negatives, labels.

`StanfordSentiment` draws from the global `random`, number for number as the course's loader does, since the
published results depend on it. Where `random` is untouched, the draws of the 30 subsampled copies are made
in one sweep over the same stream.
"""

import logging
import os
import random
from collections import Counter
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from word2vec.course.random_stream import State, is_untouched, random_numbers
from word2vec.course.replay import DrawTables
from word2vec.course.treebank_files import (
    SAMPLE,
    TREEBANK,
    TreebankError,
    find_treebank,
    read_phrase_values,
    read_sentences,
    read_split,
)

logger = logging.getLogger(__name__)

__all__ = ["SAMPLE", "TREEBANK", "StanfordSentiment", "TreebankError"]

COPIES = 30
MAX_REDRAWS = 100_000

Sentence = list[str]


class StanfordSentiment:
    """The treebank's sentences, labels and splits, and the course's random draws from them.

    Parameters
    ----------
    path : str or path, optional
        The folder with the four files. By default where ./get_datasets.sh puts it, or else the course's
        utils/datasets/stanfordSentimentTreebank below the current folder.
    tablesize : int
        Entries of the table from which negatives are drawn.
    repair : bool, keyword only
        Undo the double encoding of some sentences ('clichÃ©' → 'cliché') and write ( and ) for -LRB- and
        -RRB-. This changes the tokens and with them the random stream, so the course's run leaves it off.

    Raises
    ------
    FileNotFoundError
        If the folder is not there, or, when it is first needed, one of its files.
    TreebankError
        When it is first needed, a file that is malformed: the message names file and line.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, tablesize: int = 1000000, *, repair: bool = False
    ) -> None:
        if tablesize < 1:
            raise ValueError(f"tablesize is {tablesize}: expected at least 1; the course's is 1000000")
        self.path = str(find_treebank(path))
        self.tablesize = tablesize
        self.repair = repair
        self.state_before_copies: State | None = None
        self._copies: tuple[NDArray[np.int32], NDArray[np.int64]] | None = None

    # what the files say

    @cached_property
    def _texts(self) -> list[str]:
        return read_sentences(find_treebank(self.path))

    @cached_property
    def _sentences(self) -> list[Sentence]:
        if self.repair:
            return [[w for w in _bracketed(_repaired(text).lower()).split(" ") if w] for text in self._texts]
        return [text.lower().split() for text in self._texts]

    @cached_property
    def _frequencies(self) -> dict[str, int]:
        """Count every token, in first-seen order; UNK comes last and counts once."""
        counts = Counter(chain.from_iterable(self.sentences()))
        return {**counts, "UNK": 1}

    @cached_property
    def _tokens(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self._frequencies)}

    @cached_property
    def _labels(self) -> list[float]:
        values = read_phrase_values(find_treebank(self.path))
        return [self._label(values, number, text) for number, text in enumerate(self._texts, 1)]

    @cached_property
    def _split(self) -> list[list[int]]:
        return read_split(find_treebank(self.path), self.numSentences())

    def _label(self, values: dict[str, float], number: int, text: str) -> float:
        """Look a sentence up as it is written, or else with its encoding repaired."""
        for phrase in (" ".join(text.lower().split()), _repaired(text).lower()):
            if _bracketed(phrase) in values:
                return values[_bracketed(phrase)]
        raise TreebankError(
            f"{self.path}/dictionary.txt has no phrase for sentence {number} of datasetSentences.txt, {text!r}; "
            "both files must come from the same archive: run ./get_datasets.sh anew"
        )

    def tokens(self) -> dict[str, int]:
        """Give word → id, in first-seen order, "UNK" last."""
        return self._tokens

    def sentences(self) -> list[Sentence]:
        """Give all sentences as lists of lower-cased words."""
        return self._sentences

    def numSentences(self) -> int:
        """Count the sentences."""
        return len(self.sentences())

    def sent_labels(self) -> list[float]:
        """Give each sentence's sentiment, from 0 (very negative) to 1 (very positive)."""
        return self._labels

    def dataset_split(self) -> list[list[int]]:
        """Give the zero-based ids of the sentences of [train, test, dev]."""
        return self._split

    def categorify(self, label: float) -> int:
        """Put a sentiment in [0, 1] into one of five classes, cut at .2, .4, .6 and .8 (each cut below)."""
        return int(np.searchsorted([0.2, 0.4, 0.6, 0.8], label, side="left"))

    def getSplitSentences(self, split: int = 0) -> list[tuple[Sentence, int]]:
        """Give (sentence, class) for each sentence of a split: 0 train, 1 test, 2 dev."""
        labels, sentences = self.sent_labels(), self.sentences()
        return [(sentences[i], self.categorify(labels[i])) for i in self.dataset_split()[split]]

    def getTrainSentences(self) -> list[tuple[Sentence, int]]:
        """Give (sentence, class) for the training sentences."""
        return self.getSplitSentences(0)

    def getTestSentences(self) -> list[tuple[Sentence, int]]:
        """Give (sentence, class) for the test sentences."""
        return self.getSplitSentences(1)

    def getDevSentences(self) -> list[tuple[Sentence, int]]:
        """Give (sentence, class) for the development sentences."""
        return self.getSplitSentences(2)

    # what is drawn at random, from the global `random`

    def getRandomTrainSentence(self) -> tuple[Sentence, int]:
        """Draw a training sentence and its class."""
        train = self.dataset_split()[0]
        if not train:
            raise ValueError(f"{self.path}/datasetSplit.txt puts no sentence into the training split (label 1)")
        i = train[random.randint(0, len(train) - 1)]
        return self.sentences()[i], self.categorify(self.sent_labels()[i])

    def rejectProb(self) -> NDArray[np.float64]:
        """Give the probability max(0, 1 − sqrt(1e-5·wordcount/freq)) of dropping a word: float64 (V,)."""
        frequency = np.array([self._frequencies.get(word, 1) for word in self.tokens()], np.float64)
        threshold = 1e-5 * sum(self._frequencies.values())
        return np.asarray(np.maximum(0, 1 - np.sqrt(threshold / frequency)))

    def allSentences(self) -> list[Sentence]:
        """Give 30 copies of the corpus with frequent words dropped at random, drawn at the first call.

        A word is kept if its `rejectProb` is 0 or at most the next `random.random()`; sentences left with
        fewer than two words go.
        """
        return self._all_sentences

    @cached_property
    def _all_sentences(self) -> list[Sentence]:
        if self._copies is None:
            self._copies = self._draw_copies()
        ids, starts = self._copies
        words = np.array([*self.tokens()], object)[ids].tolist()
        bounds = starts.tolist()
        return [words[start:end] for start, end in pairwise(bounds)]

    def _draw_copies(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Draw the copies: the ids of all kept words, and where each sentence starts, with the end."""
        tokens, sentences = self.tokens(), self.sentences()
        self.state_before_copies = random.getstate()
        ids = np.array([tokens[word] for word in chain.from_iterable(sentences)], np.int32)
        reject = self.rejectProb()[ids]
        sentence = np.arange(len(sentences)).repeat([len(words) for words in sentences])
        copies = [_subsample(ids, sentence, kept) for kept in _kept(reject)]
        starts = np.cumsum(np.concatenate([[0], *(lengths for _, lengths in copies)]))
        return np.concatenate([kept for kept, _ in copies]), starts

    def sampleTable(self) -> list[int]:
        """Give the table of `tablesize` ids in which each word stands in proportion to freq^0.75."""
        return self._sample_table

    @cached_property
    def _sample_table(self) -> list[int]:
        self.allSentences()  # the course draws the copies here, if it has not yet
        # Python's own power, to the course's last bit
        weight = np.array([float(self._frequencies.get(word, 0)) ** 0.75 for word in self.tokens()])
        last = np.cumsum(weight / np.sum(weight)) * self.tablesize
        table: list[int] = np.searchsorted(last, np.arange(self.tablesize), side="left").tolist()
        return table

    def sampleTokenIdx(self) -> int:
        """Draw a word's id, in proportion to freq^0.75."""
        return self.sampleTable()[random.randint(0, self.tablesize - 1)]

    def getRandomContext(self, C: int = 5) -> tuple[str, Sentence]:
        """Draw a centre word and the up to C words on either side of it that differ from it.

        Raises
        ------
        ValueError
            If no sentence seems to hold two different words.
        """
        sentences = self.allSentences()
        if not sentences:
            raise ValueError(f"{self.path}: subsampling left no sentence of two words; expected a larger corpus")
        for _ in range(MAX_REDRAWS):
            sentence = sentences[random.randint(0, len(sentences) - 1)]
            i = random.randint(0, len(sentence) - 1)
            around = sentence[max(0, i - C) : i] + sentence[i + 1 : i + C + 1]
            context = [word for word in around if word != sentence[i]]
            if context:
                return sentence[i], context
        raise ValueError(
            f"{self.path}: {MAX_REDRAWS} draws found no word with another word within {C} places; "
            "expected sentences of different words"
        )

    # the same draws, for those who make many at once

    def draw_tables(self) -> DrawTables | None:
        """Give what getRandomContext and sampleTokenIdx draw from, as arrays, once the copies are drawn.

        Gives None if they are not, or if somebody changed how this object draws: a subclass, a method
        replaced on the class or the object, another table size, another number of copies, another `random`.
        (Entries overwritten in the lists that sampleTable() and allSentences() gave go unnoticed.)
        """
        if self._copies is None or not self._draws_as_written():
            return None
        tables = self._draw_tables
        changed = self.tablesize != len(tables.table) or len(self.allSentences()) != len(tables.starts) - 1
        return None if changed else tables

    def _draws_as_written(self) -> bool:
        """Tell whether nobody replaced anything that draws."""
        replaced = any(vars(StanfordSentiment).get(name) is not f or name in vars(self) for name, f in _DRAWING)
        return type(self) is StanfordSentiment and not replaced and is_untouched(random)

    @cached_property
    def _draw_tables(self) -> DrawTables:
        ids, starts = self._copies or self._draw_copies()
        return DrawTables(ids, starts, np.array(self.sampleTable(), np.int32))


def open_treebank(folder: str | os.PathLike[str] | None) -> StanfordSentiment:
    """Open the treebank, or the built-in sample if no folder is given and no treebank is there; log which."""
    try:
        dataset = StanfordSentiment(folder)
    except FileNotFoundError:
        if folder is not None:
            raise
        logger.info("No Stanford Sentiment Treebank yet (./get_datasets.sh fetches it): taking the built-in sample.")
        dataset = StanfordSentiment(SAMPLE)
    logger.info(f"{dataset.numSentences():,} sentences, {len(dataset.tokens()):,} words in {dataset.path}")
    return dataset


_DRAWING = [
    (name, vars(StanfordSentiment)[name])
    for name in ("getRandomContext", "sampleTokenIdx", "sampleTable", "allSentences", "tokens")
]


def _kept(reject: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Draw for each copy which words are kept; only words that may be dropped consume a random number."""
    risky = np.flatnonzero(reject > 0)
    draw = random_numbers(COPIES * len(risky)).reshape(COPIES, -1)
    kept = np.ones((COPIES, len(reject)), bool)
    kept[:, risky] = draw >= reject[risky]
    return list(kept)


def _subsample(
    ids: NDArray[np.int32], sentence: NDArray[np.int64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Keep the words where `kept`, drop sentences left with fewer than two: ids and sentence lengths."""
    lengths = np.bincount(sentence[kept], minlength=int(sentence[-1]) + 1)
    long_enough = lengths > 1
    return ids[kept & long_enough[sentence]], lengths[long_enough]


def _repaired(text: str) -> str:
    """Undo a double encoding: 'clichÃ©' → 'cliché'. Text that suffered none is returned as it is."""
    try:
        return text.encode("latin1").decode("utf8")
    except UnicodeError:
        return text


def _bracketed(lowered: str) -> str:
    """Write ( and ) for -lrb- and -rrb-, as the dictionary does."""
    return lowered.replace("-lrb-", "(").replace("-rrb-", ")")
