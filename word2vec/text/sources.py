"""What a text can come from, decided in one place: files, token lists, arrays of integers, collections of Dask.

Whoever reads a source asks `resolved` what it is: `encode`, which reads it once on this machine, and `partitions`,
which cuts it into parts. Dask is recognised by the names of its modules and never imported.
"""

import glob
import io
import os
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from .._types import PathLike
from ..runtime.arguments import check_no_table, warn
from ..runtime.console import IN_PYTHON
from ..runtime.files import check_apart
from ..runtime.inputs import Input, files_in, inputs, is_open_file, once
from .corpus import VOCABULARY, corpus_files
from .numbering import Numbering, Part, Tokenize, is_empty, is_id_array, number_ids, number_lists, number_texts

DASK = ("dask.bag.", "dask.dataframe.", "dask_expr.")
WILD = re.compile(r"[*?[]")
WITHIN = re.compile("[\n\r\u2028\u2029]")  # what ends a line in a file is white space within a text


class NoWords(ValueError):
    """A source without any word.

    Examples
    --------
    >>> from word2vec.text import encode
    >>> encode([])
    Traceback (most recent call last):
    ...
    word2vec.text.sources.NoWords: the list holds no word: expected lists of words
    """


class Reading(NamedTuple):
    """How words are found in what is read: see `VocabularyOptions`."""

    tokenize: Tokenize = "split"
    encoding: str | None = None


AS_IT_IS = Reading()


class Resolved(NamedTuple):
    """What a source is, and its items: files, token lists, integer arrays, or delayed partitions of Dask."""

    kind: Literal["files", "lists", "ids", "dask"]
    items: Iterable[Any]


def resolved(source: Any) -> Resolved:
    """Return what a source is; `word2vec.text.encode` describes it, and the errors."""
    if is_dask(source):
        return Resolved("dask", source.to_delayed())
    if (files := _files(source)) is not None:
        return Resolved("files", files)
    if callable(getattr(source, "sentences", None)):
        source = source.sentences()
    is_point = getattr(source, "ndim", 1) == 0  # an array that holds a single number
    if isinstance(source, bytes | bytearray | Mapping | Set) or is_point or not isinstance(source, Iterable):
        what = f"cannot read a text from {type(source).__name__}: expected the path of a text file"
        raise TypeError(f"{what}, or lists of words such as [['a', 'sentence'], ['another', 'one']]")
    first, items = begun(source)
    if _begins_files(first):
        return Resolved("files", [each for item in items for each in _files(item) or [item]])
    return Resolved("ids" if is_id_array(first) else "lists", items)


def begun(items: Iterable[Any]) -> tuple[Any, Iterator[Any]]:
    """Return the first item that is not empty, which shows what the others hold, and all items, to be read once."""
    rest, head, first = iter(items), list[Any](), None
    for first in rest:
        head.append(first)
        if not is_empty(first):
            break
    return first, chain(head, rest)


def _begins_files(first: Any) -> bool:
    """Return whether an iterable is one of files, by its first item."""
    return isinstance(first, os.PathLike) or is_open_file(first) or (isinstance(first, str) and first == "-")


def is_dask(source: Any) -> bool:
    """Return whether a source is a bag or a column of Dask; TypeError if it is a whole table, of whomever."""
    check_no_table(source, "cannot read a text from")
    return type(source).__module__.startswith(DASK) and hasattr(source, "to_delayed")


def numbered(source: Any, how: Reading, numbering: Numbering) -> Iterator[Part]:
    """Number the words of a whole source, read once."""
    kind, items = resolved(source)
    if kind == "files":
        return number_texts(inputs([*items], how.encoding), how.tokenize, numbering)
    if kind == "dask":
        parts = (number_items(each.compute(), how, numbering, f"partition {i}") for i, each in enumerate(items))
        return chain.from_iterable(parts)
    check_reading(how)
    return number_ids(items, numbering) if kind == "ids" else number_lists(items, numbering)


def number_items(items: Iterable[Any], how: Reading, numbering: Numbering, name: str) -> Iterator[Part]:
    """Number the words of a partition of Dask: of strings, each a sentence, of token lists or integer arrays."""
    items = list(items)
    if not any(issubclass(kind, str) for kind in {*map(type, items)}):
        check_reading(how)
        number = number_ids if resolved(items).kind == "ids" else number_lists
        return number(items, numbering, f"{name}, sentence")
    check_reading(how, how._replace(encoding=None))
    for i, text in enumerate(items, 1):
        if not isinstance(text, str):
            shown = f"{reprlib.repr(text)} ({type(text).__name__})"
            raise TypeError(f"{name}, text {i} is {shown}: expected a string; put an empty one for a missing text")
    lines = "".join(f"{WITHIN.sub(' ', text)}\n" for text in items)
    file = Input(io.BytesIO(lines.encode("utf-8", "surrogatepass")), name)
    return number_texts([file], how.tokenize, numbering)


def check_reading(how: Reading, expected: Reading = AS_IT_IS) -> None:
    """Raise ValueError for options of text files that are no files."""
    for name, value, usual in zip(Reading._fields, how, expected, strict=True):
        if value != usual:
            raise ValueError(
                f"{name}={value!r} is for text files; lists of words are taken as they are: leave it out"
            )


def _files(source: Any) -> list[Any] | None:
    """Return the files that a path, a folder, a pattern or an open file is; None for anything else."""
    if not isinstance(source, str | os.PathLike):
        return [source] if is_open_file(source) else None
    if os.path.isdir(source):
        if os.path.exists(os.path.join(source, VOCABULARY)):
            raise IsADirectoryError(f"{source} is an encoded corpus: open it by load_corpus, and pass that")
        return files_in(source)
    if source != "-" and not os.path.exists(source):
        name, found, pattern = str(source), [], ""
        if WILD.search(name):
            pattern = ", and none matches this pattern"
            found = [] if "\0" in name else [path for path in glob.glob(name, recursive=True) if os.path.isfile(path)]
        if found:
            return once(map(Path, sorted(found, key=lambda path: path.split(os.sep))))  # as in a folder
        name = name if len(name) <= 200 else f"{name[:200]}…"
        raise FileNotFoundError(
            f"there is no file {name!r}{pattern}: expected the path of a text file; "
            f"{IN_PYTHON}for a text in memory pass lists of words: [line.split() for line in text.splitlines()]"
        )
    return [source]


def without_outputs(source: Any, outputs: Iterable[PathLike]) -> Any:
    """Return a source whose folders and patterns do not yield `outputs`: files, and all that is in folders.

    Warns (UserWarning) of outputs that are left out; raises ValueError if there is nothing else, or if an output is a
    file that is named or open, which would be lost.
    """
    places = {os.path.realpath(path): str(path) for path in outputs if os.path.exists(path)}
    if not places:
        return source
    source = _listed(source)
    items = source if isinstance(source, list | tuple) and _begins_files(next(iter(source), None)) else [source]
    files = [*map(files_of, items)]
    named = [("the text", _path_of(item)) for item, found in zip(items, files, strict=True) if found[0] is item]
    check_apart(named, [("an output", path) for path in places.values()], "expected another folder")
    if len(named) == len(items):
        return source
    kept, own = list[Any](), dict[str, None]()
    for item, found in zip(items, files, strict=True):
        for path in found:
            real = "" if path is item else os.path.realpath(path)
            output = next((place for place in places if real == place or real.startswith(place + os.sep)), None)
            if output is None:
                kept.append(path)
            else:
                own[places[output]] = None
    if own and not kept:
        what = f"{', '.join(map(str, items))}: nothing is there but outputs, {', '.join(own)}"
        raise ValueError(f"{what}: expected texts")
    if own:
        warn(f"left out of the text, since it is an output: {', '.join(own)}")
    return kept


def without_corpus(source: Any, folder: PathLike | None) -> Any:
    """Return a source whose folders and patterns do not yield the corpus that it is to be stored as, if it is."""
    return source if folder is None else without_outputs(source, corpus_files(folder))


def _listed(source: Any) -> Any:
    """Return files that an iterator yields as a list, which can be looked at before; others as they are."""
    if not isinstance(source, Iterator) or is_open_file(source):
        return source
    first, items = begun(source)
    return [*items] if _begins_files(first) else items


def _path_of(item: Any) -> PathLike | None:
    """Return the path of the file that a source is, an open one or mapped into an array too; None for others."""
    if isinstance(item, np.memmap):
        return item.filename
    path = getattr(item, "name", None) if is_open_file(item) else item
    return path if isinstance(path, str | os.PathLike) else None


def files_of(item: Any) -> list[Any]:
    """Return the files that an item of a source stands for: those of a folder or a pattern, else the item."""
    is_path = isinstance(item, str | os.PathLike)
    return (is_path and (os.path.isdir(item) or WILD.search(os.fspath(item))) and _files(item)) or [item]


def no_words(source: Any) -> str:
    """Return the message that a source holds no word."""
    if isinstance(source, str | os.PathLike):
        return f"{'standard input' if source == '-' else source} holds no word: expected a text"
    if isinstance(source, list) and any(isinstance(each, os.PathLike) for each in source):
        return f"{', '.join(map(str, source))}: none of these files holds a word: expected a text"
    kind = type(source).__name__
    if isinstance(source, Iterator) or is_open_file(source):
        return f"the {kind} yielded no word: it was empty, or has been read before; pass a new one, or a list"
    return f"the {kind} holds no word: expected lists of words"
