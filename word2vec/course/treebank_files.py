"""The four files of the Stanford Sentiment Treebank: what they hold, checked line by line.

    datasetSentences.txt   header, then   index<TAB>sentence            indices 1, 2, 3, …
    datasetSplit.txt       header, then   index,label                   1 train, 2 test, 3 dev
    dictionary.txt                        phrase|id
    sentiment_labels.txt   header, then   id|value                      values in [0, 1]

All are UTF-8, whatever the locale. Every error names file and line, what was expected and the mend.
"""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from word2vec.course.download import COURSE_FOLDER, TREEBANK_FOLDER

TREEBANK = TREEBANK_FOLDER
SAMPLE = Path(__file__).with_name("sample")
MEND = "./get_datasets.sh (or python -m utils.download) fetches the treebank"


class TreebankError(ValueError):
    """A file of the treebank does not hold what it should."""


def find_treebank(path: str | os.PathLike[str] | None = None) -> Path:
    """Find the treebank's folder: the one given, or where get_datasets.sh puts it, or the course's place.

    Raises
    ------
    FileNotFoundError
        If it is not there; the message names the folders looked in and the command to run.
    """
    places = [Path(path)] if path is not None else [TREEBANK, COURSE_FOLDER]
    for place in places:
        if place.is_dir():
            return place.absolute()
    looked = " and ".join(str(place.absolute()) for place in dict.fromkeys(places))
    raise FileNotFoundError(f"no treebank in {looked}: {MEND}, or name its folder with path= (run.py: --data)")


def read_sentences(folder: Path) -> list[str]:
    """Read datasetSentences.txt: the text of each sentence, in order."""
    sentences: list[str] = []
    for where, line in _lines(folder, "datasetSentences.txt", "sentence_index\tsentence"):
        index, tab, text = line.partition("\t")
        if not tab or not text.strip() or index != str(len(sentences) + 1):
            raise TreebankError(f"{where}: expected '{len(sentences) + 1}<TAB>sentence', found {line!r}; {MEND}")
        sentences.append(text.strip(" "))
    return sentences


def read_split(folder: Path, n: int) -> list[list[int]]:
    """Read datasetSplit.txt for n sentences: the zero-based ids of [train, test, dev]."""
    split: list[list[int]] = [[], [], []]
    for where, line in _lines(folder, "datasetSplit.txt", "sentence_index,splitset_label"):
        index, _, label = line.partition(",")
        if label not in ("1", "2", "3"):
            raise TreebankError(
                f"{where}: expected a split label 1, 2 or 3 (train, test, dev), found {line!r}; {MEND}"
            )
        if not index.isdecimal() or not 1 <= int(index) <= n:
            raise TreebankError(f"{where}: expected a sentence index from 1 to {n}, found {line!r}; {MEND}")
        split[int(label) - 1].append(int(index) - 1)
    if sorted(chain.from_iterable(split)) != list(range(n)):
        raise TreebankError(f"{folder / 'datasetSplit.txt'}: expected each of the {n} sentences just once; {MEND}")
    return split


def read_phrase_values(folder: Path) -> dict[str, float]:
    """Read dictionary.txt and sentiment_labels.txt: lower-cased phrase → sentiment value in [0, 1]."""
    values = dict(_values(folder))
    phrases = {}
    for where, line in _lines(folder, "dictionary.txt"):
        phrase, bar, phrase_id = line.rpartition("|")
        if not bar or phrase_id not in values:
            raise TreebankError(
                f"{where}: expected 'phrase|id' with an id of sentiment_labels.txt, found {line!r}; {MEND}"
            )
        phrases[phrase.lower()] = values[phrase_id]
    return phrases


def _values(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield (phrase id, value) from sentiment_labels.txt."""
    for where, line in _lines(folder, "sentiment_labels.txt", "phrase ids|sentiment values"):
        phrase_id, _, text = line.partition("|")
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not phrase_id.isdecimal() or not 0 <= value <= 1:
            raise TreebankError(f"{where}: expected 'id|value' with a value in [0, 1], found {line!r}; {MEND}")
        yield phrase_id, value


def _lines(folder: Path, name: str, header: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield ('file, line n', line) for each line below the header; a missing or empty file is an error."""
    path = folder / name
    # split at "\n" alone: the treebank's damaged sentences hold characters that splitlines() takes for line ends
    lines = _text(path).rstrip("\n").split("\n")
    if lines == [""]:
        raise TreebankError(f"{path} is empty; {MEND}")
    if header is not None and len(lines) == 1:
        raise TreebankError(f"{path} holds nothing but its first line; {MEND}")
    if header is not None and lines[0] != header:
        raise TreebankError(f"{path}, line 1: expected the header {header!r}, found {lines[0]!r}; {MEND}")
    for number, line in enumerate(lines, 1):
        if header is None or number > 1:
            yield f"{path}, line {number}", line


def _text(path: Path) -> str:
    """Read a whole file as UTF-8."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing; {MEND}") from None
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise TreebankError(
            f"{path}, line {number}: expected UTF-8, found {error.object[error.start : error.end]!r}; {MEND}"
        ) from None
