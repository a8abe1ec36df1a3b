"""The hand-outs' starter test: dummy words, vectors and dataset, six windows, and their published results."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .._types import Array
from ..functions import normalize_rows

TOKENS = {word: w for w, word in enumerate("abcde")}
VECTORS = normalize_rows(np.random.RandomState(9265).randn(10, 3))  # (2V, D): centre vectors, then outside vectors

Function = Callable[..., Any]


class DummyDataset:
    """Words and windows drawn uniformly from a to e by the global `random`."""

    def sampleTokenIdx(self) -> int:
        """Draw a word id."""
        return random.randint(0, 4)

    def getRandomContext(self, C: int) -> tuple[str, list[str]]:
        """Draw a centre word and 2C outside words."""
        words = [*TOKENS]
        return words[random.randint(0, 4)], [words[random.randint(0, 4)] for _ in range(2 * C)]


class Case(NamedTuple):
    """A window and the published results of skip-gram for it: the loss J and both gradients.

    `errors` (V,) is the derivative of J by the scores u_w·v_c, summed over the pairs; both gradients follow from it.
    """

    centre: str
    size: int
    outside: tuple[str, ...]
    loss: float
    errors: tuple[float, ...]

    @property
    def centre_row(self) -> Array:
        """Return ∂J/∂v of the centre word, (D,); the other rows are 0."""
        row: Array = np.dot(self.errors, VECTORS[5:])
        return row

    @property
    def outside_rows(self) -> Array:
        """Return ∂J/∂U, (V, D)."""
        return np.outer(self.errors, VECTORS[TOKENS[self.centre]])

    def call(self, skipgram: Function, tokens: dict[str, int], vectors: Array, *rest: Any) -> Any:
        """Return what a skip-gram returns for this window; `rest` is the dataset and, if given, the loss."""
        return skipgram(self.centre, self.size, [*self.outside], tokens, vectors[:5, :], vectors[5:, :], *rest)

    def describe(self, loss_name: str) -> str:
        """Return the call of skip-gram that this window stands for."""
        words = ", ".join(f'"{word}"' for word in self.outside)
        return f'skipgram("{self.centre}", {self.size}, [{words}], ...) with {loss_name}'


SIX = ("a", "b", "e", "d", "b", "c")
_WINDOWS = (
    ("c", 3, SIX, 11.16610900153398),
    ("b", 3, SIX, 9.87714910003414),
    ("a", 3, SIX, 10.810758628593335),
    ("c", 1, ("a", "b"), 16.15119285363322),
    ("c", 2, ("a", "b", "c", "a"), 28.653567707668795),
    ("a", 3, SIX, 60.648705494891914),
)
_ERRORS = (
    (1.502213821906240, -1.398160160413667, -0.256530761587574, -0.346665094105450, 0.499142194200451),
    (-0.411911811083195, -0.561475115371352, -0.111212804198694, 0.947719375751181, 0.136880354902059),
    (0.822897686595740, -1.449054443181824, 0.206429714892254, -0.020939528874084, 0.440666570567914),
    (2.530708815523266, 0.831385973686178, 1.666265183032579, 1.156603055919150, 2.950568899696373),
    (2.942992341732572, 3.395326336846826, 2.749096661823302, 3.469809167757452, 4.130796459574922),
    (6.696680703728001, 0.892513723997051, 9.919043282052877, 6.225844521085373, 10.017087086476142),
)
_CASES = tuple(Case(*window, errors) for window, errors in zip(_WINDOWS, _ERRORS, strict=True))
SOFTMAX, NEGSAMP = _CASES[:3], _CASES[3:]
CASES = {"naiveSoftmaxLossAndGradient": SOFTMAX, "negSamplingLossAndGradient": NEGSAMP}


def run_starter_test(functions: Mapping[str, Function], dataset: Any) -> Iterator[tuple[str, float, float]]:
    """Run the starter test with functions of the course's names; yield each window's call, loss and published loss.

    A gradient check comes before the three windows of each loss. It advances `random` as a single evaluation of
    the batch does, so one evaluation replaces it here.
    """
    random.seed(31415)
    np.random.seed(9265)
    skipgram, batch, vectors = functions["skipgram"], functions["word2vec_sgd_wrapper"], VECTORS.copy()
    for name, cases in CASES.items():
        batch(skipgram, TOKENS, VECTORS.copy(), dataset, 5, functions[name])
        for case in cases:
            loss, *_ = case.call(skipgram, TOKENS, vectors, dataset, functions[name])
            yield case.describe(name), float(np.ravel(loss)[0]), case.loss


def grad_tests_softmax(skipgram: Function, dummy_tokens: dict[str, int], dummy_vectors: Array, dataset: Any) -> None:
    """Assert loss and gradients of skip-gram with its default loss, naive softmax, in three windows.

    The message of the AssertionError names what does not match and shows both values.
    """
    print("======Skip-Gram with naiveSoftmaxLossAndGradient Test Cases======")
    _assert_cases(SOFTMAX, skipgram, dummy_tokens, dummy_vectors, dataset)


def grad_tests_negsamp(
    skipgram: Function,
    dummy_tokens: dict[str, int],
    dummy_vectors: Array,
    dataset: Any,
    negSamplingLossAndGradient: Function,
) -> None:
    """Assert loss and gradients of skip-gram with negative sampling as `grad_tests_softmax` does.

    The negatives come from `random` in the state in which the starter test leaves it: seeded with 31415, then two
    gradient checks, then these three windows in this order.
    """
    print("======Skip-Gram with negSamplingLossAndGradient======")
    _assert_cases(NEGSAMP, skipgram, dummy_tokens, dummy_vectors, dataset, negSamplingLossAndGradient)


def _assert_cases(
    cases: tuple[Case, ...], skipgram: Function, tokens: dict[str, int], vectors: Array, *rest: Any
) -> None:
    for which, case in zip(("first", "second", "third"), cases, strict=True):
        values = case.call(skipgram, tokens, vectors, *rest)
        grad_V = np.zeros((5, 3))
        grad_V[tokens[case.centre]] = case.centre_row
        names = ("loss", "gradCenterVecs", "gradOutsideVectors")
        expected: tuple[Any, ...] = (case.loss, grad_V, case.outside_rows)
        for name, value, right in zip(names, values, expected, strict=True):
            if np.shape(value) != np.shape(right) or not np.allclose(value, right):
                raise AssertionError(
                    f"Your {name} does not match the expected {name} in the {which} test.\n"
                    f"Yours:\n{value}\nExpected:\n{right}"
                )
        print(f"The {which} test passed!")
    print("All 3 tests passed!")
