"""The Stanford Sentiment Treebank as the course's code sees it: tokens, random contexts, negatives, labels.

`StanfordSentiment` draws from the global `random`, number for number as the course's loader does, since the published
results depend on it.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable
from functools import cached_property, wraps
from itertools import accumulate, chain, pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .._types import PathLike
from ..runtime.arguments import check_number, check_whole
from . import treebank_files as files
from .download import SCRIPT
from .random_stream import State, random_numbers
from .replay import MAX_REDRAWS, DrawTables
from .treebank_files import SAMPLE, TREEBANK, TreebankError, find_treebank

logger = logging.getLogger(__name__)

__all__ = ["SAMPLE", "TREEBANK", "StanfordSentiment", "TreebankError"]

COPIES = 30
ROUNDING = 1e-6  # a computed sentiment may be so far below 0 or above 1

Sentence = list[str]
Value = TypeVar("Value")


def _once(method: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Make a method compute its value at the first call on an object and return the same one from then on."""
    name = f"_{method.__name__}"

    @wraps(method)
    def remembered(self: Any) -> Value:
        if name not in vars(self):
            setattr(self, name, method(self))
        value: Value = getattr(self, name)
        return value

    return remembered


class StanfordSentiment:
    """The treebank's sentences, labels and splits, and the course's random draws from them.

    Parameters
    ----------
    path : folder with the four files; by default where ./get_datasets.sh puts it, or else the course's
        utils/datasets/stanfordSentimentTreebank below the current folder. It may also hold the parse trees of
        trainDevTestTrees_PTB.zip (train.txt, test.txt, dev.txt), whose classes 0 to 4 become the values 0.1 to 0.9:
        the sentences come in another order and with repaired characters, so the course's exact numbers do not follow.
    tablesize : entries of the table from which negatives are drawn
    repair : undo the double encoding of some sentences ('clichÃ©' → 'cliché') and write ( and ) for -LRB- and -RRB-;
        this changes the tokens and with them the random stream, so the course's run leaves it off

    Raises FileNotFoundError if the folder is not there, or, when it is first needed, one of its files; TreebankError
    when a file that is first needed is malformed: the message names file and line.

    Examples
    --------
    >>> from word2vec.course.treebank import SAMPLE, StanfordSentiment
    >>> dataset = StanfordSentiment(SAMPLE)  # StanfordSentiment() is the treebank that ./get_datasets.sh fetched
    >>> dataset.numSentences(), len(dataset.tokens())
    (2900, 707)
    >>> dataset.sentences()[0][:5]
    ['you', 'leave', 'exhausted', 'and', 'insulted']
    """

    def __init__(self, path: PathLike | None = None, tablesize: int = 1000000, *, repair: bool = False) -> None:
        self.tablesize, self.repair = check_whole("tablesize", tablesize), repair
        self.path = str(find_treebank(path))
        self.state_before_copies: State | None = None

    @cached_property
    def _trees(self) -> list[list[files.Tree]] | None:
        folder = find_treebank(self.path)
        if not files.holds_trees(folder):
            return None
        logger.info(f"{folder} holds parse trees: the course's numbers do not follow from their order of sentences")
        return files.read_trees(folder)

    @cached_property
    def _texts(self) -> list[str]:
        if self._trees is not None:
            return [" ".join(tree.words) for tree in chain.from_iterable(self._trees)]
        texts = files.read_sentences(find_treebank(self.path))
        fault = files.encoding_fault(texts)
        if fault:
            logger.warning(
                f"{self.path}/datasetSentences.txt: {fault}; it was probably decoded with another encoding "
                f"than UTF-8 and saved again, and the course's numbers do not follow from it; {files.ANEW}"
            )
        return texts

    @cached_property
    def _frequencies(self) -> dict[str, int]:
        return {**Counter(chain.from_iterable(self.sentences())), "UNK": 1}

    @_once
    def tokens(self) -> dict[str, int]:
        """Return word → id, in first-seen order, "UNK" last.

        Examples
        --------
        >>> [*dataset.tokens().items()][:3]
        [('you', 0), ('leave', 1), ('exhausted', 2)]
        """
        return {word: i for i, word in enumerate(self._frequencies)}

    @_once
    def sentences(self) -> list[Sentence]:
        """Return all sentences as lists of lower-cased words."""
        if self.repair:
            return [[w for w in _bracketed(files.repaired(text).lower()).split(" ") if w] for text in self._texts]
        return [text.lower().split() for text in self._texts]

    def numSentences(self) -> int:
        """Count the sentences."""
        return len(self.sentences())

    @_once
    def sent_labels(self) -> list[float]:
        """Return each sentence's sentiment, from 0 (very negative) to 1 (very positive).

        Examples
        --------
        >>> dataset.sent_labels()[:3]
        [0.14793, 0.72596, 0.43877]
        """
        if self._trees is not None:
            return [(tree.label + 0.5) / 5 for tree in chain.from_iterable(self._trees)]  # the middle of a class
        values, labels = files.read_phrase_values(find_treebank(self.path)), []
        for number, text in enumerate(self._texts, 1):
            # the dictionary holds a sentence as it is written, or else with its encoding repaired
            phrases = [_bracketed(p) for p in (" ".join(text.lower().split()), files.repaired(text).lower())]
            found = [values[phrase] for phrase in phrases if phrase in values]
            if not found:
                raise TreebankError(
                    f"{self.path}/dictionary.txt has no phrase for sentence {number} of datasetSentences.txt, "
                    f"{text!r:.200}; both files must come from the same archive: {files.ANEW}"
                )
            labels.append(found[0])
        return labels

    @_once
    def dataset_split(self) -> list[list[int]]:
        """Return the zero-based ids of the sentences of [train, test, dev].

        Examples
        --------
        >>> [len(ids) for ids in dataset.dataset_split()]
        [2090, 541, 269]
        """
        if self._trees is not None:
            ends = [*accumulate(map(len, self._trees), initial=0)]
            return [[*range(start, end)] for start, end in pairwise(ends)]
        return files.read_split(find_treebank(self.path), self.numSentences())

    def categorify(self, label: float) -> int:
        """Return the class, 0 to 4, of a sentiment in [0, 1]: cut at .2, .4, .6 and .8 (each cut belongs below).

        Raises TypeError or ValueError for anything else.

        Examples
        --------
        >>> [dataset.categorify(label) for label in (0.2, 0.21, 0.5, 1.0)]
        [0, 1, 2, 4]
        """
        given = label.item() if isinstance(label, np.ndarray) and label.ndim == 0 else label
        number = check_number("label", given, "a sentiment from 0 to 1", -ROUNDING, 1 + ROUNDING)
        return int(np.searchsorted([0.2, 0.4, 0.6, 0.8], number, side="left"))

    def getSplitSentences(self, split: int = 0) -> list[tuple[Sentence, int]]:
        """Return (sentence, class) for each sentence of a split: 0 train, 1 test, 2 dev.

        Examples
        --------
        >>> len(dataset.getSplitSentences(2)), dataset.getSplitSentences(2)[0][1]
        (269, 0)
        """
        if split not in range(-3, 3):  # as a list takes it
            raise ValueError(f"split is {split!r}: expected 0 (train), 1 (test) or 2 (dev)")
        labels, sentences = self.sent_labels(), self.sentences()
        return [(sentences[i], self.categorify(labels[i])) for i in self.dataset_split()[split]]

    def getTrainSentences(self) -> list[tuple[Sentence, int]]:
        """Return (sentence, class) for the training sentences."""
        return self.getSplitSentences(0)

    def getTestSentences(self) -> list[tuple[Sentence, int]]:
        """Return (sentence, class) for the test sentences."""
        return self.getSplitSentences(1)

    def getDevSentences(self) -> list[tuple[Sentence, int]]:
        """Return (sentence, class) for the development sentences."""
        return self.getSplitSentences(2)

    def getRandomTrainSentence(self) -> tuple[Sentence, int]:
        """Draw a training sentence and its class."""
        train = self.dataset_split()[0]
        if not train:
            raise ValueError(f"{self.path}/datasetSplit.txt puts no sentence into the training split (label 1)")
        i = train[random.randint(0, len(train) - 1)]
        return self.sentences()[i], self.categorify(self.sent_labels()[i])

    def rejectProb(self) -> NDArray[np.float64]:
        """Return the probability max(0, 1 − sqrt(1e-5·wordcount/freq)) of dropping each word: float64 (V,).

        Examples
        --------
        >>> round(float(dataset.rejectProb()[dataset.tokens()["the"]]), 3)
        0.988
        """
        frequency = np.array([self._frequencies.get(word, 1) for word in self.tokens()], np.float64)
        threshold = 1e-5 * sum(self._frequencies.values())
        return np.asarray(np.maximum(0, 1 - np.sqrt(threshold / frequency)))

    @_once
    def allSentences(self) -> list[Sentence]:
        """Return 30 copies of the corpus with frequent words dropped at random, drawn at the first call.

        A word is kept if its `rejectProb` is 0 or at most the next `random.random()`; sentences left with
        fewer than two words are dropped.
        """
        ids, starts = self._copies
        words = np.array([*self.tokens()], object)[ids].tolist()
        return [words[start:end] for start, end in pairwise(starts.tolist())]

    @cached_property
    def _copies(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Draw the copies: the ids of all kept words (n,), and where each sentence starts, with the end (S+1,)."""
        tokens, sentences = self.tokens(), self.sentences()
        self.state_before_copies = random.getstate()
        ids = np.array([tokens[word] for word in chain.from_iterable(sentences)], np.int32)
        sentence = np.arange(len(sentences)).repeat([len(words) for words in sentences])
        reject = self.rejectProb()[ids]
        risky = np.flatnonzero(reject > 0)  # only a word that may be dropped consumes a random number
        draws = random_numbers(COPIES * len(risky)).reshape(COPIES, -1)  # (COPIES, risky words)
        copies, lengths = [], [np.array([0])]
        for draw in draws:
            kept = np.ones(len(ids), bool)
            kept[risky] = draw >= reject[risky]
            length = np.bincount(sentence[kept], minlength=len(sentences))
            copies.append(ids[kept & (length > 1)[sentence]])
            lengths.append(length[length > 1])
        return np.concatenate(copies), np.cumsum(np.concatenate(lengths))

    @_once
    def sampleTable(self) -> list[int]:
        """Return the table of `tablesize` ids in which each word stands in proportion to freq^0.75."""
        self.allSentences()  # the course draws the copies here, if it has not yet
        table: list[int] = self._table.tolist()
        return table

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        # Python's own power, to the course's last bit
        weight = np.array([float(self._frequencies.get(word, 0)) ** 0.75 for word in self.tokens()])
        last = np.cumsum(weight / np.sum(weight)) * self.tablesize
        return np.searchsorted(last, np.arange(self.tablesize), side="left").astype(np.int32)

    def sampleTokenIdx(self) -> int:
        """Draw a word's id, in proportion to freq^0.75.

        Examples
        --------
        >>> import random
        >>> random.seed(31415)
        >>> dataset.sampleTokenIdx()
        668
        """
        return self.sampleTable()[random.randint(0, self.tablesize - 1)]

    def getRandomContext(self, C: int = 5) -> tuple[str, Sentence]:
        """Draw a centre word and the up to C words on either side of it that differ from it.

        Raises ValueError if no sentence seems to hold two different words.

        Examples
        --------
        >>> import random
        >>> random.seed(31415)
        >>> dataset.getRandomContext(2)
        ('minute', ['sparkles'])
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

    def draw_tables(self) -> DrawTables | None:
        """Return what getRandomContext and sampleTokenIdx draw from, as arrays, once the copies are drawn.

        Returns None before, and if the way this object draws was changed: a subclass, a method replaced on the class
        or the object, another table size, another number of copies. (Changed entries of the lists that sampleTable()
        and allSentences() returned go unnoticed.)
        """
        replaced = any(vars(StanfordSentiment).get(name) is not f or name in vars(self) for name, f in _DRAWING)
        if replaced or type(self) is not StanfordSentiment or "_copies" not in vars(self):
            return None
        tables = self._draw_tables
        changed = self.tablesize != len(tables.table) or len(self.allSentences()) != len(tables.starts) - 1
        return None if changed else tables

    @cached_property
    def _draw_tables(self) -> DrawTables:
        return DrawTables(*self._copies, self._table)


_DRAWING = [
    (name, vars(StanfordSentiment)[name])
    for name in ("getRandomContext", "sampleTokenIdx", "sampleTable", "allSentences", "tokens")
]


def open_treebank(folder: PathLike | None) -> StanfordSentiment:
    """Open the treebank, or the built-in sample if no folder is given and no treebank is there; log which."""
    try:
        dataset = StanfordSentiment(folder)
    except FileNotFoundError:
        if folder is not None or files.TREEBANK.exists():  # which holds several treebanks, or is no folder
            raise
        logger.info(f"No Stanford Sentiment Treebank yet ({SCRIPT} fetches it): taking the built-in sample.")
        dataset = StanfordSentiment(SAMPLE)
    logger.info(f"{dataset.numSentences():,} sentences, {len(dataset.tokens()):,} words in {dataset.path}")
    return dataset


def _bracketed(lowered: str) -> str:
    return lowered.replace("-lrb-", "(").replace("-rrb-", ")")
