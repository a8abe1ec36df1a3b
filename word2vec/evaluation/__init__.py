"""How good are word vectors? Word pairs that people rated, analogies; each score with the rules it was found by."""

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

Judge = Callable[[PathLike], PairsReport | AnalogiesReport]


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
    """Judge a file of vectors by files of word pairs and of analogies: what the command `evaluate` does.

    `errors` is what becomes of bad rows of the vectors (see `formats.read`); the rest is explained at
    `evaluate_pairs` and `evaluate_analogies`.

    Returns
    -------
    the reports, or for a set by which they cannot be judged the reason; whether they could by all sets

    Raises
    ------
    ValueError
        If no set is named, or the vectors cannot be read.
    OSError
        If the vectors cannot be read.
    """
    if not pairs and not analogies:
        raise ValueError("nothing to judge the vectors by: name a file by --pairs or by --analogies")
    table = WordVectors.load(vectors, errors=errors)
    of_pairs = partial(evaluate_pairs, table, restrict=restrict, fold_case=fold_case, unknown=unknown, seed=seed)
    of_analogies = partial(
        evaluate_analogies, table, restrict=restrict, fold_case=fold_case, unknown=unknown, method=method
    )
    found = [_attempt(of_pairs, path) for path in pairs] + [_attempt(of_analogies, path) for path in analogies]
    return "\n\n".join(text for text, _ in found), all(right for _, right in found)


def _attempt(judge: Judge, path: PathLike) -> tuple[str, bool]:
    """Judge by one set; if that cannot be done, say why and let the others go on."""
    try:
        return str(judge(path)), True
    except (OSError, ValueError) as error:
        return str(error), False
