"""Evaluate word vectors by word pairs that people rated and by analogies; each score states its rules."""

from collections.abc import Callable, Sequence
from functools import partial

from word2vec._types import PathLike
from word2vec.evaluation.analogies import AnalogiesReport, Answer, Section, evaluate_analogies
from word2vec.evaluation.analogy_search import Method
from word2vec.evaluation.protocol import RESTRICT, Protocol, Unknown
from word2vec.evaluation.word_pairs import PairsReport, evaluate_pairs
from word2vec.vectors.formats.table import Errors
from word2vec.vectors.word_vectors import WordVectors

__all__ = [
    "AnalogiesReport",
    "Answer",
    "PairsReport",
    "Protocol",
    "Section",
    "evaluate",
    "evaluate_analogies",
    "evaluate_pairs",
]


def evaluate(
    vectors: PathLike,
    pairs: Sequence[PathLike] = (),
    analogies: Sequence[PathLike] = (),
    *,
    restrict: int | None = RESTRICT,
    fold_case: bool = True,
    unknown: Unknown = "skip",
    method: Method = "add",
    seed: int = 0,
    errors: Errors = "strict",
) -> tuple[str, bool]:
    """Evaluate a file of vectors by files of word pairs and of analogies: what the command `evaluate` does.

    `errors` is how bad rows of the vectors are handled (see `formats.read`); for the others see `evaluate_pairs`
    and `evaluate_analogies`.

    Returns
    -------
    the reports, or the reason for a set that is not usable; whether all sets were usable

    Raises
    ------
    ValueError
        If no set is named, or the vectors cannot be read.
    OSError
        If the vectors cannot be read.
    """
    if not pairs and not analogies:
        raise ValueError("nothing to evaluate the vectors by: name a file by --pairs or by --analogies")
    table = WordVectors.load(vectors, errors=errors)
    of_pairs = partial(evaluate_pairs, table, restrict=restrict, fold_case=fold_case, unknown=unknown, seed=seed)
    of_analogies = partial(
        evaluate_analogies, table, restrict=restrict, fold_case=fold_case, unknown=unknown, method=method
    )
    tasks: list[tuple[Callable[[PathLike], object], PathLike]] = [
        *((of_pairs, path) for path in pairs),
        *((of_analogies, path) for path in analogies),
    ]
    reports, usable = [], True
    for judge, path in tasks:
        try:
            reports.append(str(judge(path)))
        except (OSError, ValueError) as error:  # the other sets are still evaluated
            reports.append(str(error))
            usable = False
    return "\n\n".join(reports), usable
