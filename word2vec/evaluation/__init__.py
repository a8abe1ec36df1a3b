"""Evaluate word vectors by word pairs that people rated and by analogies; each score states its rules."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from .._types import PathLike
from ..runtime.arguments import with_other_names
from ..runtime.console import reason
from ..vectors.formats.table import Errors
from ..vectors.word_vectors import WordVectors
from .analogies import AnalogiesReport, Answer, Section, evaluate_analogies
from .analogy_search import Method
from .columns import Column
from .protocol import OTHER_NAMES, RESTRICT, Protocol, Unknown
from .question_files import is_file
from .word_pairs import PairsReport, evaluate_pairs

__all__ = ["AnalogiesReport", "Answer", "PairsReport", "Protocol", "Section", "evaluate", "evaluate_analogies"]
__all__ += ["evaluate_pairs"]

logger = logging.getLogger(__name__)


@with_other_names(OTHER_NAMES)
def evaluate(
    vectors: PathLike | WordVectors,
    pairs: PathLike | Sequence[PathLike] = (),
    analogies: PathLike | Sequence[PathLike] = (),
    *,
    restrict: int | None = RESTRICT,
    fold_case: bool = True,
    unknown: Unknown = "skip",
    method: Method = "add",
    seed: int = 0,
    columns: Sequence[Column] | None = None,
    errors: Errors = "strict",
    encoding: str | None = None,
) -> tuple[str, bool]:
    """Return the reports on vectors by files of pairs and of analogies, and whether all files were usable.

    `pairs` and `analogies` are one file each, or several. One that is not usable is logged as an error. `errors` and
    `encoding` are of the vectors' file, if they are in one (see `word2vec.vectors.formats.read`); for the other
    options see `evaluate_pairs` (restrict, fold_case, unknown, seed, columns) and `evaluate_analogies` (method).
    This is the command `evaluate`. ValueError if no file is named or none is usable, or none is there for columns or
    method; ValueError or OSError if the vectors cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from word2vec import WordVectors
    >>> from word2vec.evaluation import evaluate
    >>> WordVectors(["tea", "coffee", "rain"], np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])).save("drinks.txt")
    >>> _ = Path("pairs.txt").write_text("tea coffee 9\\ncoffee rain 3\\ntea rain 1\\n")
    >>> text, all_usable = evaluate("drinks.txt", pairs=["pairs.txt"])
    >>> print(text.partition(",")[0], all_usable)
    pairs.txt: Spearman 1.000 True
    """
    pairs, analogies = _files("pairs", pairs), _files("analogies", analogies)
    if not pairs and not analogies:
        raise ValueError("nothing to evaluate the vectors by: name a file by `pairs` or by `analogies`")
    if columns is not None and not pairs:
        raise ValueError(f"columns is {columns!r}, but no file of pairs is named: leave it out")
    if method != "add" and not analogies:
        raise ValueError(f"method is {method!r}, but no file of analogies is named: leave it out")
    if not isinstance(vectors, WordVectors):
        vectors = WordVectors.load(vectors, errors=errors, encoding=encoding)
    rules: dict[str, Any] = {"restrict": restrict, "fold_case": fold_case, "unknown": unknown}
    sets: list[Callable[[], object]] = []
    sets += [partial(evaluate_pairs, vectors, path, columns=columns, seed=seed, **rules) for path in pairs]
    sets += [partial(evaluate_analogies, vectors, path, method=method, **rules) for path in analogies]
    reports, unusable = [], []
    for evaluated in sets:
        try:
            reports.append(str(evaluated()))
        except (OSError, ValueError) as error:  # the other sets are still evaluated
            unusable.append(reason(error))
    for message in unusable if reports else unusable[:-1]:
        logger.error("%s", message)
    if not reports:
        raise ValueError(unusable[-1])
    return "\n\n".join(reports), not unusable


def _files(name: str, given: Any) -> list[Any]:
    several = isinstance(given, Iterable) and not isinstance(given, Mapping) and not is_file(given)
    files = [*given] if several else [given]
    if not all(map(is_file, files)):
        what = f"{name} is {given!r:.60}: expected a file, or a list of files"
        raise TypeError(f"{what}; evaluate_{name} takes {name} in memory, too")
    return files
