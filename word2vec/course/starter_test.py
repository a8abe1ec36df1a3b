"""The hand-outs' starter test: dummy words, vectors and dataset, six windows, and their published results."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from word2vec._types import Array
from word2vec.functions import normalize_rows

TOKENS = {word: w for w, word in enumerate("abcde")}
VECTORS = normalize_rows(np.random.RandomState(9265).randn(10, 3))  # (2V, D): centre vectors, then outside vectors

Function = Callable[..., Any]
Row = tuple[float, float, float]


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
    """A window and what skip-gram returns for it: loss, ∂J/∂v of the centre word (other rows are 0), ∂J/∂U (V, D)."""

    centre: str
    size: int
    outside: tuple[str, ...]
    loss: float
    centre_row: Row
    outside_rows: tuple[Row, ...]

    def call(self, skipgram: Function, tokens: dict[str, int], vectors: Array, *rest: Any) -> Any:
        """Return what a skip-gram returns for this window; `rest` is the dataset and, if given, the loss."""
        return skipgram(self.centre, self.size, [*self.outside], tokens, vectors[:5, :], vectors[5:, :], *rest)


SIX = ("a", "b", "e", "d", "b", "c")
SOFTMAX = (
    Case(
        *("c", 3, SIX, 11.16610900153398),
        (-1.269473394121, -1.368731894661, 2.451589567541),
        (
            (-0.410459564387, 0.188348505579, 1.432722636513),
            (0.382028311827, -0.175302192626, -1.333482412479),
            (0.070093553339, -0.032163986828, -0.244663857920),
            (0.094721537933, -0.043465085635, -0.330628649777),
            (-0.136383838712, 0.062582759510, 0.476052283664),
        ),
    ),
    Case(
        *("b", 3, SIX, 9.87714910003414),
        (-0.145867051807, -1.341583205745, -0.292919514140),
        (
            (-0.303426718020, 0.198082980166, 0.195874193987),
            (-0.413599578655, 0.270006008930, 0.266995222541),
            (-0.081922720524, 0.053480776942, 0.052884422824),
            (0.698118801284, -0.455745801063, -0.450663865072),
            (0.100830215915, -0.065823964974, -0.065089974280),
        ),
    ),
    Case(
        *("a", 3, SIX, 10.810758628593335),
        (-1.179027404506, -1.358618649423, 1.535904915249),
        (
            (-0.796035952943, -0.017960901227, 0.207761330026),
            (1.401753162433, 0.031627654508, -0.365850437180),
            (-0.199691258691, -0.004505619325, 0.052118401621),
            (0.020256002773, 0.000457034715, -0.005286713573),
            (-0.426281953572, -0.009618168670, 0.111257419106),
        ),
    ),
)
NEGSAMP = (
    Case(
        *("c", 1, ("a", "b"), 16.15119285363322),
        (-4.546507888116, -1.859422522699, 0.763974408908),
        (
            (-0.691481880183, 0.317301849116, 2.413640291115),
            (-0.227164947906, 0.104239691726, 0.792926737066),
            (-0.455284375105, 0.208917367518, 1.589185115561),
            (-0.316026107321, 0.145015612261, 1.103099542495),
            (-0.806202956997, 0.369944168240, 2.814077990456),
        ),
    ),
    Case(
        *("c", 2, ("a", "b", "c", "a"), 28.653567707668795),
        (-6.429948646298, -2.163964815833, -1.892409343415),
        (
            (-0.804132765233, 0.368994214679, 2.806851917880),
            (-0.927726898029, 0.425708133004, 3.238261311546),
            (-0.751153398946, 0.344683453444, 2.621925693879),
            (-0.948078321963, 0.435046836782, 3.309298627486),
            (-1.128684139796, 0.517921835537, 3.939709186639),
        ),
    ),
    Case(
        *("a", 3, SIX, 60.648705494891914),
        (-17.894253153068, -7.369406260925, -1.233641214596),
        (
            (-6.478081895696, -0.146164489984, 1.690746386128),
            (-0.863379523809, -0.019480369312, 0.225337659085),
            (-9.595257344780, -0.216497092603, 2.504313304595),
            (-6.022615152461, -0.135887827030, 1.571871885538),
            (-9.690100719061, -0.218637036749, 2.529066942307),
        ),
    ),
)
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
            result = case.call(skipgram, TOKENS, vectors, dataset, functions[name])
            loss = float(np.ravel(result[0])[0])
            yield describe(case, name), loss, case.loss


def describe(case: Case, loss_name: str) -> str:
    """Return the call that a window stands for."""
    words = ", ".join(f'"{word}"' for word in case.outside)
    return f'skipgram("{case.centre}", {case.size}, [{words}], ...) with {loss_name}'


def grad_tests_softmax(skipgram: Function, dummy_tokens: dict[str, int], dummy_vectors: Array, dataset: Any) -> None:
    """Assert loss and gradients of skip-gram with its default loss, naive softmax, in three windows.

    Raises
    ------
    AssertionError
        If something does not match; the message names it and shows both values.
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
    """Assert loss and gradients of skip-gram with negative sampling in three windows.

    The negatives come from `random` in the state in which the starter test leaves it: seeded with 31415, then two
    gradient checks, then these three windows in this order.

    Raises
    ------
    AssertionError
        If something does not match; the message names it and shows both values.
    """
    print("======Skip-Gram with negSamplingLossAndGradient======")
    _assert_cases(NEGSAMP, skipgram, dummy_tokens, dummy_vectors, dataset, negSamplingLossAndGradient)


def _assert_cases(
    cases: tuple[Case, ...], skipgram: Function, tokens: dict[str, int], vectors: Array, *rest: Any
) -> None:
    for which, case in zip(("first", "second", "third"), cases, strict=True):
        found = case.call(skipgram, tokens, vectors, *rest)
        grad_V = np.zeros((5, 3))
        grad_V[tokens[case.centre]] = case.centre_row
        expected: tuple[Any, ...] = (case.loss, grad_V, np.array(case.outside_rows))
        names = ("loss", "gradCenterVecs", "gradOutsideVectors")
        for name, value, right in zip(names, found, expected, strict=True):
            if np.shape(value) != np.shape(right) or not np.allclose(value, right):
                raise AssertionError(
                    f"Your {name} does not match the expected {name} in the {which} test.\n"
                    f"Yours:\n{value}\nExpected:\n{right}"
                )
        print(f"The {which} test passed!")
    print("All 3 tests passed!")
