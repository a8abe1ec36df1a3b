"""The files of the Stanford Sentiment Treebank: what they hold, checked line by line.

    datasetSentences.txt   header, then   index<TAB>sentence            indices 1, 2, 3, …
    datasetSplit.txt       header, then   index,label                   1 train, 2 test, 3 dev
    dictionary.txt                        phrase|id
    sentiment_labels.txt   header, then   id|value                      values in [0, 1]

or, in trainDevTestTrees_PTB.zip, the same sentences as parse trees:

    train.txt, test.txt, dev.txt          (3 (2 It) (4 (4 works) (2 .)))      a class from 0 to 4 for each phrase

All are UTF-8, whatever the locale. Every error names file and line, what was expected and the fix.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate, chain
from pathlib import Path
from typing import NamedTuple
from zipfile import is_zipfile

from .._types import PathLike
from .download import COMMAND, COURSE_FOLDER, REQUIRED_FILES, SCRIPT, TREEBANK_FOLDER

TREEBANK = TREEBANK_FOLDER
SAMPLE = Path(__file__).with_name("sample")
FIX = f"{SCRIPT} (or {COMMAND}) fetches the treebank" if SCRIPT != COMMAND else f"{COMMAND} fetches the treebank"
ANEW = f"move its folder away, then {FIX}"  # which leaves alone a folder that is there
TREES = ("train.txt", "test.txt", "dev.txt")
BOM = b"\xef\xbb\xbf"  # what Windows' editors put before UTF-8
OFFICIAL = 11_855, 227_245, 19_538  # sentences, words and different ones (in lower case) of the official file


class TreebankError(ValueError):
    """A file of the treebank does not hold what it should.

    Examples
    --------
    >>> from pathlib import Path
    >>> from word2vec.course.treebank import StanfordSentiment, TreebankError
    >>> Path("bank").mkdir()
    >>> _ = Path("bank", "datasetSentences.txt").write_text("sentence_index\\tsentence\\n7\\tgood\\n")
    >>> try:
    ...     StanfordSentiment("bank").sentences()
    ... except TreebankError as error:
    ...     print(str(error).partition("datasetSentences.txt, ")[2].partition(";")[0])
    line 2: expected '1<TAB>sentence', found '7\\tgood'
    """


def find_treebank(path: PathLike | None = None) -> Path:
    """Return the treebank's folder: the one given, or where get_datasets.sh puts it, or the course's place.

    A folder too high (up to two) or too low, or one of the treebank's files, will do. Raises FileNotFoundError, which
    names the folders searched and the command to run, if there is none, and one that names the choices if there are
    several.
    """
    places = [Path.cwd() / place for place in ([TREEBANK, COURSE_FOLDER] if path is None else [path])]
    for place in filter(Path.exists, places):
        found = _around(place)
        if len(found) > 1:
            choices = ", ".join(map(str, found))
            raise FileNotFoundError(f"several treebanks in {place}: name one by path=...: {choices}")
        if found or place.is_dir():
            return (found or [place])[0]
        if is_zipfile(place):
            raise FileNotFoundError(f"{place} is a zip: {COMMAND} {place} unpacks it")
    looked = " and ".join(map(str, dict.fromkeys(places)))
    raise FileNotFoundError(f"no treebank in {looked}: {FIX}, or name its folder by path=...")


def _around(place: Path) -> list[Path]:
    """Return the folders at a place, above it or below it, whichever comes first, that hold a treebank."""
    for folders in ([place], [place.parent], [*place.glob("*/"), *place.glob("*/*/")]):
        for names, begin in ((REQUIRED_FILES, b""), (TREES, b"(")):
            found = [folder for folder in folders if any(_begins(folder / name, begin) for name in names)]
            if found:
                return sorted(found)
    return []


def holds_trees(folder: Path) -> bool:
    """Return whether a folder holds the treebank as parse trees, and not in the four files."""
    four = any((folder / name).is_file() for name in REQUIRED_FILES)
    return not four and any(_begins(folder / name, b"(") for name in TREES)


def _begins(file: Path, begin: bytes) -> bool:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(10).removeprefix(BOM).lstrip().startswith(begin)
    return False


def read_sentences(folder: Path) -> list[str]:
    """Return the text of each sentence in datasetSentences.txt, in order."""
    sentences: list[str] = []
    for where, line in _lines(folder, "datasetSentences.txt", "sentence_index\tsentence"):
        index, _, text = line.partition("\t")
        if not text.strip() or index != str(len(sentences) + 1):
            raise _malformed(where, f"'{len(sentences) + 1}<TAB>sentence'", line)
        sentences.append(text.strip(" "))
    split = folder / "datasetSplit.txt"
    rows = split.read_bytes().rstrip().count(b"\n") if split.is_file() else len(sentences)
    if rows not in (0, len(sentences)):
        list(_split_rows(folder, max(rows, len(sentences))))  # a line that makes no sense is named
        what = f"{len(sentences):,} sentences, datasetSplit.txt has {rows:,}"
        raise TreebankError(f"{folder / 'datasetSentences.txt'}: {what}: one of them is cut off; {ANEW}")
    return sentences


def repaired(text: str) -> str:
    """Undo a double encoding: 'clichÃ©' → 'cliché'. Other text is returned as it is."""
    try:
        return text.encode("latin1").decode("utf8")
    except UnicodeError:
        return text


def encoding_fault(texts: list[str]) -> str | None:
    """Return what shows that the sentences were decoded with another encoding than UTF-8 and saved again, or None.

    Some sentences of the official file are encoded twice, none three times; no character of it is beyond U+00FF.
    """
    for number, text in enumerate(texts, 1):
        if text.isascii():
            continue
        once, lost = repaired(text), "\ufffd" in text
        if lost or repaired(once) != once:
            return f"sentence {number}, {text!r}, " + ("has lost letters" if lost else "is encoded three times")
    if len(texts) != OFFICIAL[0]:
        return None
    whole = " ".join(texts).lower()
    words = whole.split()
    if (len(words), len({*words})) != OFFICIAL[1:]:
        expected = f"expected {OFFICIAL[1]:,} and {OFFICIAL[2]:,}"
        return f"it has {len(words):,} words, {len({*words}):,} of them different: {expected}"
    strange = sorted(letter for letter in {*whole} if letter > "\xff")
    return f"it holds {''.join(strange[:10])!r}, which the official file does not" if strange else None


def _split_rows(folder: Path, n: int) -> Iterator[tuple[int, int]]:
    """Yield index (1 … n) and label (1 … 3) of each line of datasetSplit.txt."""
    for where, line in _lines(folder, "datasetSplit.txt", "sentence_index,splitset_label"):
        index, _, label = line.partition(",")
        if label not in ("1", "2", "3"):
            raise _malformed(where, "a split label 1, 2 or 3 (train, test, dev)", line)
        if not index.isdecimal() or not 1 <= int(index) <= n:
            raise _malformed(where, f"a sentence index from 1 to {n}", line)
        yield int(index), int(label)


def read_split(folder: Path, n: int) -> list[list[int]]:
    """Return the zero-based ids of [train, test, dev], from datasetSplit.txt for n sentences."""
    split: list[list[int]] = [[], [], []]
    for index, label in _split_rows(folder, n):
        split[label - 1].append(index - 1)
    if sorted(chain.from_iterable(split)) != list(range(n)):
        raise TreebankError(f"{folder / 'datasetSplit.txt'}: expected each of the {n} sentences exactly once; {ANEW}")
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


class Tree(NamedTuple):
    """A sentence with its class, from 0 (very negative) to 4 (very positive)."""

    label: int
    words: list[str]


def read_trees(folder: Path) -> list[list[Tree]]:
    """Return the sentences of [train, test, dev] from their parse trees."""
    return [[_read_tree(*line) for line in _lines(folder, name)] for name in TREES]


def _read_tree(where: str, line: str) -> Tree:
    """Read a tree, whose kinds of parts are: o opens a phrase by its class, w is its only word, c closes it."""
    parts = re.findall(r"\([0-4] |[()]|[^ ()]+", line)
    kinds = "".join({"(": "?", ")": "c"}.get(part, "o" if part[0] == "(" else "w") for part in parts)
    depths = [*accumulate({"o": 1, "c": -1}.get(kind, 0) for kind in kinds)]
    if re.search("^[^o]|[?]|o(?![ow])|w(?!c)|c(?!$|[co])", kinds) or depths[-1:] != [0] or 0 in depths[:-1]:
        raise _malformed(where, "a tree such as '(3 (2 It) (4 works))' with classes from 0 to 4", line)
    return Tree(int(parts[0][1]), [part for part, kind in zip(parts, kinds, strict=True) if kind == "w"])


def _malformed(where: str, expected: str, line: str) -> TreebankError:
    return TreebankError(f"{where}: expected {expected}, found {line!r:.200}; {ANEW}")


def _lines(folder: Path, name: str, header: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield ('file, line n', line) for each line below the header; raise if the file is missing or empty."""
    path = folder / name
    try:
        data = path.read_bytes().removeprefix(BOM)
        if (zero := data.find(b"\0")) >= 0:  # a crash of the system leaves them in files
            raise UnicodeDecodeError("utf-8", data, zero, zero + 1, "no text")
        # split at "\n" alone: the treebank's damaged sentences hold characters that splitlines() takes for line ends
        text = data.decode("utf-8").replace("\r\n", "\n")
        lines = (text if "\n" in text else text.replace("\r", "\n")).rstrip("\n").split("\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing; {FIX}, or name its folder by path=...") from None
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        found = error.object[error.start : error.end]
        raise TreebankError(f"{path}, line {number}: expected UTF-8, found {found!r}; {ANEW}") from None
    if lines == [""]:
        raise TreebankError(f"{path} is empty; {ANEW}")
    if header is not None and lines[0] != header:
        raise TreebankError(f"{path}, line 1: expected the header {header!r}, found {lines[0]!r:.200}; {ANEW}")
    if header is not None and len(lines) == 1:
        raise TreebankError(f"{path} holds nothing below its first line; {ANEW}")
    for number, line in enumerate(lines, 1):
        if header is None or number > 1:
            yield f"{path}, line {number}", line
