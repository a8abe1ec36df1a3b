"""The four files of the Stanford Sentiment Treebank: what they hold, checked line by line.

    datasetSentences.txt   header, then   index<TAB>sentence            indices 1, 2, 3, …
    datasetSplit.txt       header, then   index,label                   1 train, 2 test, 3 dev
    dictionary.txt                        phrase|id
    sentiment_labels.txt   header, then   id|value                      values in [0, 1]

All are UTF-8, whatever the locale. Every error names file and line, what was expected and the fix.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from .._types import PathLike
from .download import COURSE_FOLDER, TREEBANK_FOLDER

TREEBANK = TREEBANK_FOLDER
SAMPLE = Path(__file__).with_name("sample")
FIX = "./get_datasets.sh (or python -m utils.download) fetches the treebank"


class TreebankError(ValueError):
    """A file of the treebank does not hold what it should."""


def find_treebank(path: PathLike | None = None) -> Path:
    """Return the treebank's folder: the one given, or where get_datasets.sh puts it, or the course's place.

    Raises FileNotFoundError if it is not there, naming the folders searched and the command to run.
    """
    places = [Path(path)] if path is not None else [TREEBANK, COURSE_FOLDER]
    for place in places:
        if place.is_dir():
            return place.absolute()
    looked = " and ".join(str(place.absolute()) for place in dict.fromkeys(places))
    raise FileNotFoundError(f"no treebank in {looked}: {FIX}, or name its folder with path= (run.py: --data)")


def read_sentences(folder: Path) -> list[str]:
    """Return the text of each sentence in datasetSentences.txt, in order."""
    sentences: list[str] = []
    for where, line in _lines(folder, "datasetSentences.txt", "sentence_index\tsentence"):
        index, _, text = line.partition("\t")
        if not text.strip() or index != str(len(sentences) + 1):
            raise _malformed(where, f"'{len(sentences) + 1}<TAB>sentence'", line)
        sentences.append(text.strip(" "))
    return sentences


def read_split(folder: Path, n: int) -> list[list[int]]:
    """Return the zero-based ids of [train, test, dev], from datasetSplit.txt for n sentences."""
    split: list[list[int]] = [[], [], []]
    for where, line in _lines(folder, "datasetSplit.txt", "sentence_index,splitset_label"):
        index, _, label = line.partition(",")
        if label not in ("1", "2", "3"):
            raise _malformed(where, "a split label 1, 2 or 3 (train, test, dev)", line)
        if not index.isdecimal() or not 1 <= int(index) <= n:
            raise _malformed(where, f"a sentence index from 1 to {n}", line)
        split[int(label) - 1].append(int(index) - 1)
    if sorted(chain.from_iterable(split)) != list(range(n)):
        raise TreebankError(f"{folder / 'datasetSplit.txt'}: expected each of the {n} sentences exactly once; {FIX}")
    return split


def read_phrase_values(folder: Path) -> dict[str, float]:
    """Return lower-cased phrase → sentiment value in [0, 1], from dictionary.txt and sentiment_labels.txt."""
    values: dict[str, float] = {}
    for where, line in _lines(folder, "sentiment_labels.txt", "phrase ids|sentiment values"):
        phrase_id, _, text = line.partition("|")
        try:
            values[phrase_id] = float(text)
        except ValueError:
            values[phrase_id] = -1.0
        if not phrase_id.isdecimal() or not 0 <= values[phrase_id] <= 1:
            raise _malformed(where, "'id|value' with a value in [0, 1]", line)
    phrases = {}
    for where, line in _lines(folder, "dictionary.txt"):
        phrase, bar, phrase_id = line.rpartition("|")
        if not bar or phrase_id not in values:
            raise _malformed(where, "'phrase|id' with an id of sentiment_labels.txt", line)
        phrases[phrase.lower()] = values[phrase_id]
    return phrases


def _malformed(where: str, expected: str, line: str) -> TreebankError:
    return TreebankError(f"{where}: expected {expected}, found {line!r}; {FIX}")


def _lines(folder: Path, name: str, header: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield ('file, line n', line) for each line below the header; raise if the file is missing or empty."""
    path = folder / name
    try:
        data = path.read_bytes()
        # split at "\n" alone: the treebank's damaged sentences hold characters that splitlines() takes for line ends
        lines = data.decode("utf-8").replace("\r\n", "\n").rstrip("\n").split("\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing; {FIX}") from None
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        found = error.object[error.start : error.end]
        raise TreebankError(f"{path}, line {number}: expected UTF-8, found {found!r}; {FIX}") from None
    if lines == [""]:
        raise TreebankError(f"{path} is empty; {FIX}")
    if header is not None and len(lines) == 1:
        raise TreebankError(f"{path} holds nothing below its first line; {FIX}")
    if header is not None and lines[0] != header:
        raise TreebankError(f"{path}, line 1: expected the header {header!r}, found {lines[0]!r}; {FIX}")
    for number, line in enumerate(lines, 1):
        if header is None or number > 1:
            yield f"{path}, line {number}", line
