"""Checks of the mean over a batch, word2vec_sgd_wrapper, alone and with the learner's own model."""

import random
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache, partial
from typing import Any

import numpy as np

from ..._types import Array
from .. import assignment
from ..starter_test import CASES, TOKENS, VECTORS, Function
from .judging import (
    BATCH_GUARD,
    EARLY,
    SEED,
    Check,
    D,
    Draws,
    Note,
    Subject,
    V,
    compare,
    contract_complaints,
    is_close,
    is_other,
    repeated,
)
from .of_losses import RIGHT_NAIVE
from .of_models import LAST, UNIT, Recorder, cut, hinted, hints_or, is_called, other_loss


def _model_recorder(scale: float = 1.0) -> Recorder:
    names = "currentCenterWord windowSize outsideWords word2Ind centerWordVectors outsideVectors dataset loss"
    return Recorder("skipgram", names, (V, D), (V, D), scale=scale)


class _Windows(Draws):
    """The dummy dataset that keeps each window drawn, and how often a model had been called by then."""

    def __init__(self, model: Recorder) -> None:
        super().__init__(limit=100_000)
        self.model, self.drawn, self.calls_before = model, list[tuple[str, list[str]]](), list[int]()

    def getRandomContext(self, C: int) -> tuple[str, list[str]]:
        self.calls_before.append(len(self.model.calls))
        self.drawn.append(super().getRandomContext(C))
        return deepcopy(self.drawn[-1])


def _batch(f: Subject, vectors: Array, seed: int = SEED, scale: float = 1.0) -> tuple[Recorder, _Windows, Any]:
    model = _model_recorder(scale)
    dataset = _Windows(model)
    random.seed(seed)
    with f.lend("skipgram", model) as handed, f.handed("negSamplingLossAndGradient") as loss:
        return model, dataset, f(handed, TOKENS, vectors, dataset, 5, loss)


def _batch_contract(f: Subject) -> Iterator[str]:
    with f.handed("skipgram") as model, f.handed("naiveSoftmaxLossAndGradient") as loss:
        yield from contract_complaints(
            lambda vectors: f(model, TOKENS, vectors, Draws(limit=100_000), 5, loss),
            {"grad": (2 * V, D)},
            wordVectors=VECTORS,
        )


def _batch_values(f: Subject) -> Iterator[str]:
    """Check the mean loss and gradient of batches with either loss, and that no other random number is drawn."""
    for loss_name in CASES:
        state = _right_batch(loss_name)[1]
        with f.handed("skipgram") as model, f.handed(loss_name) as loss:
            found = [*batch_complaints(f, model, loss_name, loss)]
        if not found and state != random.getstate():
            found = ["draws more random numbers than its windows need"]
        if found:
            yield from hints_or(_batch_hints, f, found)
            return


def _batch_sizes(f: Subject) -> Iterator[str]:
    """Check batches of other sizes than the starter test has: more words, some never drawn; smaller windows."""
    for n, C in ((V + 2, 5), (V, 2)):
        with f.handed("skipgram") as model, f.handed("naiveSoftmaxLossAndGradient") as loss:
            got = _batch_of_size(n, C, f, model, loss)
        if is_other(got, _right_batch_of_size(n, C)):
            sizes = f"{n} words and windowSize {C}"
            yield f"right with {V} words and windowSize 5, wrong with {sizes}: is a number written out instead?"
            return


def _batch_of_size(n: int, C: int, f: Function, model: Function, loss: Function) -> Any:
    random.seed(SEED)
    tokens = dict(zip("abcdefg"[:n], range(n), strict=True))
    return f(model, tokens, np.random.RandomState(6).randn(2 * n, D), Draws(limit=100_000), C, loss)


@cache
def _right_batch_of_size(n: int, C: int) -> Any:
    return _batch_of_size(n, C, assignment.word2vec_sgd_wrapper, assignment.skipgram, RIGHT_NAIVE)


def _batch_model(f: Subject) -> Iterator[str]:
    """Remark that a batch calls the file's skip-gram whatever model it is handed."""
    own, model = _model_recorder(), _model_recorder()
    lent = f.lend("skipgram", own), f.lend("cbow", model), f.handed("negSamplingLossAndGradient")
    with lent[0], lent[1] as handed, lent[2] as loss, suppress(Exception):  # not every function runs with a recorder
        f(handed, TOKENS, VECTORS.copy(), Draws(limit=100_000), 5, loss)
    if own.calls and not model.calls:
        yield Note("calls skipgram, not the model that it is handed, which may be another one, such as cbow")


def batch_complaints(f: Function, model: Function, loss_name: str, loss: Function) -> Iterator[str]:
    """Complain if a batch's loss or gradient is not the right one, nor as far from it as a guard against log 0 is.

    The difference is the guard's if it comes with the learner's loss alone, which is judged by itself.
    """
    random.seed(SEED)
    got = f(model, TOKENS, _vectors(loss_name).copy(), Draws(limit=100_000), 5, loss)
    state = random.getstate()
    for i, (name, value, right) in enumerate(zip(("loss", "grad"), got, _right_batch(loss_name)[0], strict=True)):
        found = [*compare(f"with {loss_name}, the batch's {name}", value, right, {})]
        if found and np.allclose(value, right, rtol=0, atol=BATCH_GUARD * np.abs(right).max()):
            found = [] if is_close(value, _batch_of(loss_name, loss)[i]) else found
        elif found:
            other = other_loss(loss_name)
            slips = {is_called(other): _batch_of(loss_name, getattr(assignment, other))[i]}
            found = [*compare(f"with {loss_name}, the batch's {name}", value, right, slips)]
        random.setstate(state)
        yield from found


def _vectors(loss_name: str) -> Array:
    """Return other vectors for each loss, (2V, D)."""
    return VECTORS if loss_name == next(iter(CASES)) else 2 * VECTORS[::-1]


@cache
def _right_batch(loss_name: str) -> tuple[Any, Any]:
    """Return a batch's right loss and gradient, computed window by window, and the state of `random` after it."""
    return _batch_of(loss_name, getattr(assignment, loss_name)), random.getstate()


def _batch_of(loss_name: str, loss: Function) -> Any:
    """Return the loss and gradient of a batch that are right with this loss, computed window by window."""
    random.seed(SEED)
    model, dataset = partial(assignment.skipgram), Draws(limit=100_000)
    return assignment.word2vec_sgd_wrapper(model, TOKENS, _vectors(loss_name), dataset, 5, loss)


def _batch_hints(f: Subject) -> Iterator[str]:
    """Yield where to look: the number of windows, the random draws, what is handed to the model, the means."""
    kept = [*repeated(lambda: _batch(f, VECTORS.copy())[2])]
    (model, dataset, _), state = _batch(f, VECTORS.copy()), random.getstate()
    right = _batch(Subject(assignment.word2vec_sgd_wrapper), VECTORS)[1].drawn
    words = zip(model.arguments("currentCenterWord"), model.arguments("outsideWords"), strict=True)
    handed = [(centre, [*outside]) for centre, outside in words]
    if kept:
        yield from kept
    elif len(model.calls) != 50:
        hint = f": {EARLY}" * (len(model.calls) == 1)
        yield f"calls the model {len(model.calls)} times; a batch has 50 windows{hint}"
    elif dataset.drawn != right:
        if _batch(f, VECTORS.copy(), SEED + 1)[1].drawn == dataset.drawn:
            yield "draws the same windows in each batch: it seeds `random`, which is to be seeded once, before all"
        else:
            yield "draws other windows: for each, one random.randint(1, windowSize), then dataset.getRandomContext"
    elif state != random.getstate():
        yield "draws more random numbers than one size and one context for each window"
    elif handed != right:
        order = "currentCenterWord, windowSize, outsideWords"
        yield f"hands other words to the model than those of the window that it has drawn: it takes {order}, ..."
    elif dataset.calls_before != [*range(50)]:
        yield "draws windows before the model has had the last one: the negatives are then other ones"
    else:
        yield from _batch_means(f)


def _batch_means(f: Subject) -> Iterator[str]:
    vectors = 2 * VECTORS  # those of the starter test are of length 1
    model, _, (loss, grad) = _batch(f, vectors.copy())
    J, *right = (total / 50 for total in model.totals())
    yield from compare("loss", loss, J, {LAST: model.results[-1][0] / 50})
    for which, name in enumerate(("centre", "outside")):
        half, other = np.split(vectors, 2)[:: 1 - 2 * which]
        slips, argument = {"the other half": other, UNIT: half / 2}, ("centerWordVectors", "outsideVectors")[which]
        handed = model.calls[-1][argument]
        yield from compare(f"{argument} handed to the model for the last window", handed, half, slips)
        slips = {"centre and outside half are swapped": right[1 - which], LAST: model.results[-1][1 + which] / 50}
        yield from compare(f"grad of the {name} vectors", np.split(grad, 2)[which], right[which], slips)


_BATCH_CONTRACT = partial(hinted, _batch_contract, _batch_hints)
_BATCH_CUT = partial(cut, lambda f, scale: _batch(f, VECTORS.copy(), scale=scale))
STAGES: dict[str, list[Check]] = {
    "word2vec_sgd_wrapper": [_BATCH_CONTRACT, _batch_values, _batch_sizes, _BATCH_CUT, _batch_model]
}
