"""Read lists of words that users pass: what has an order and nothing besides words, and dicts word → row."""

from collections.abc import Iterable, KeysView, Mapping, Sequence, Set
from numbers import Real
from typing import Any

import numpy as np

from .arguments import of_arrow


def decoding(given: Any) -> str:
    """Return the advice that bytes, or an item of pyarrow's, in place of a word need; "" for anything else."""
    return f"; decode it: {given!r:.60}.decode()" if isinstance(given, bytes | bytearray) else of_arrow(given)


def is_unordered(given: Any) -> bool:
    """Return whether an object is a set without an order: the keys of a dict and ordered sets have one."""
    return isinstance(given, Set) and not isinstance(given, KeysView | Sequence)


def loss_as_list(given: Any, *, ordered: bool = True) -> str:
    """Return what would be lost if an object were read as a list, and what to pass instead; "" if nothing would."""
    kind = f"a {type(given).__name__}"
    if isinstance(given, Mapping):
        return f"{kind}, whose values would be ignored: pass list(…) of it to mean its keys"
    if ordered and is_unordered(given):
        return f"{kind}, which has no order: pass a list"
    if hasattr(given, "columns"):
        return f"{kind}, of which only the columns' names would be read: pass one column, or .to_numpy() of vectors"
    return ""


def listed(words: Iterable[str], what: str, *, ordered: bool = True) -> list[str]:
    """Return words as a list of plain strings; raise TypeError, which names `what` was passed, for anything else.

    Refused are a single word, whose letters would be taken for words, and what `loss_as_list` finds. Where the order
    does not matter (`ordered` is false), a set is sorted, so that sums over it are the same bits in each process.
    """
    if isinstance(words, np.ndarray):
        words = words.tolist()
    if type(words) is not list:  # else the check takes longer than the rest
        _check_list(words, what, ordered)
    found = list(words)
    if {*map(type, found)} - {str}:
        for word in found:
            if not isinstance(word, str):
                raise TypeError(f"{what}: {word!r:.60} is no word: expected strings{decoding(word)}")
        found = [str.__str__(word) for word in found]  # of NumPy's strings, too
    return sorted(found) if not ordered and is_unordered(words) else found


def _check_list(words: Any, what: str, ordered: bool) -> None:
    if isinstance(words, str | bytes | bytearray):
        text = f"{words!r:.60}" + ".decode()" * (not isinstance(words, str))
        say = f"{text}.split()" if len(words.split()) > 1 else f"[{text}]"
        raise TypeError(f"{what}: {words!r:.60} is one word, expected a list of words, say {say}")
    if not isinstance(words, Iterable):
        raise TypeError(f"{what}: {words!r:.60} is no list of words: expected one, such as ['tea', 'milk']")
    if loss := loss_as_list(words, ordered=ordered):
        raise TypeError(f"{what}: {loss}")


def words_by_row(words: Mapping[str, int] | Iterable[str]) -> list[str]:
    """Return words in the order of their rows: those of a list, or of a dict word → row.

    TypeError as `listed`; ValueError if the values of a dict are not 0, 1, …, V − 1.
    """
    held = getattr(words, "mapping", words) if isinstance(words, KeysView) else words
    if not isinstance(held, Mapping):
        if hasattr(words, "to_dict") and not hasattr(words, "columns") and {*map(type, words)} == {int}:
            raise TypeError(f"words: a {type(words).__name__} of numbers: for word → row pass its .to_dict()")
        return listed(words, "words")
    if held and all(isinstance(row, Real) and isinstance(word, str) for row, word in held.items()):
        fix = "of row → word, pass [words[i] for i in range(len(words))]"
        raise TypeError(f"words: {next(iter(held))} is no word: expected strings; {fix}")
    names = listed(held.keys(), "words")
    rows = [row for row in held.values() if isinstance(row, Real)]
    as_they_are = [*range(len(names))]
    if held is not words:  # the keys of a dict have an order, if perhaps the wrong one
        if rows != as_they_are and sorted(rows) == as_they_are:
            raise TypeError("words: the keys of a dict word → row, not in the order of their rows: pass the dict")
        return names
    if sorted(rows) != as_they_are:
        shown = ", ".join(f"{name!r:.20}: {held[name]!r:.20}" for name in names[:3])
        what = f"words: the values of {{{shown}, …}} are not 0, 1, 2, …: expected each word's row in the matrix"
        raise ValueError(f"{what}; if they are counts or others, pass the words in order, say list(…)")
    return sorted(names, key=held.__getitem__)


def check_labels(name: str, given: Any, words: list[str]) -> None:
    """Raise ValueError if the labels (`index`) of a pandas object are words, but not these ones in this order."""
    labels = getattr(given, "index", None)
    if labels is not None and not callable(labels) and [*labels] != words and not {*words}.isdisjoint(labels):
        what = f"the index of {name}, a {type(given).__name__}, does not hold the words in their order"
        raise ValueError(f"{what}: pass {name}.loc[words], or .to_numpy() to ignore the index")
