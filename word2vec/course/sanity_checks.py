"""XCS224N's utils.sanity_checks: the dummy dataset, and what its tests put in and expect, computed by this library.

Its word2vec.py imports all names from there, `random` and `np` included.
"""

import random
from typing import Any

import numpy as np

from .._types import Array
from ..functions import sigmoid
from ..losses import naive_softmax
from .starter_test import SOFTMAX, TOKENS, VECTORS, DummyDataset

__all__ = ["dummy", "inputs", "np", "outputs", "random", "sample_vectors_expected"]


class Dummy(DummyDataset):
    """The dummy dataset, whose methods have the names of later hand-outs too."""

    def sample_token_idx(self) -> int:
        """Draw a word id."""
        return self.sampleTokenIdx()

    def get_random_context(self, C: int) -> tuple[str, list[str]]:
        """Draw a centre word and 2C outside words."""
        return self.getRandomContext(C)


def dummy() -> tuple[Dummy, Array, dict[str, int]]:
    """Seed both generators as the starter test does; return dataset, vectors (2V, D) and tokens."""
    random.seed(31415)
    np.random.seed(9265)
    np.random.randn(*VECTORS.shape)  # what VECTORS are made of
    return Dummy(), VECTORS.copy(), dict(TOKENS)


_WINDOW, _V = SOFTMAX[0], VECTORS.round(8)  # (2V, D)
_PAIR = (_V[TOKENS["c"]], TOKENS["d"], _V[5:])
_X = np.array([-0.5, -0.9, 0.55, -0.35, 0.35])


def _named(values: tuple[Any, ...], *names: str) -> dict[str, Any]:
    """Return the values by each list of names."""
    return {name: value for each in names for name, value in zip(each.split(), values, strict=True)}


inputs: dict[str, dict[str, Any]] = {
    "test_word2vec": _named(
        (_WINDOW.centre, _WINDOW.size, [*_WINDOW.outside]),
        "currentCenterWord windowSize outsideWords",
        "current_center_word window_size outside_words",
    ),
    "test_naivesoftmax": _named(
        _PAIR, "centerWordVec outsideWordIdx outsideVectors", "center_word_vec outside_word_idx outside_vectors"
    ),
    "test_sigmoid": {"x": _X},
}
outputs: dict[str, dict[str, Any]] = {
    "test_word2vec": _named(
        (
            _WINDOW.loss,
            np.outer(np.eye(len(TOKENS))[TOKENS[_WINDOW.centre]], _WINDOW.centre_row),
            _WINDOW.outside_rows,
        ),
        "loss dj_dv dj_du",
    ),
    "test_naivesoftmax": _named(naive_softmax(*_PAIR), "loss dj_dvc dj_du"),
    "test_sigmoid": {"s": sigmoid(_X)},
}
# the centre vectors of two words after the course's run
sample_vectors_expected: dict[str, list[float]] = {
    "female": [
        *(0.602972381524, 0.167893185367, 0.22520087306, -0.288733064879, -0.914615719505),
        *(-0.220699703638, 0.223845497811, -0.271692147249, 0.663493297804, 0.232032311011),
    ],
    "cool": [
        *(0.564125607213, 0.137229826583, 0.208236480352, -0.292969572346, -0.870448086255),
        *(-0.188229627998, 0.242396160472, -0.294100919599, 0.697964465599, 0.214752976477),
    ],
}
