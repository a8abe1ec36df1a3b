"""Checks of the losses of one pair, naive softmax and negative sampling, and of the drawing of negatives."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..._types import Array
from ...functions import sigmoid, softmax
from ...gradcheck import GradientReport, check_gradient
from .. import assignment
from ..starter_test import TOKENS, Function
from .judging import (
    BESIDES,
    CENTRE,
    EARLY,
    ELSEWHERE,
    GUARD,
    KEPT,
    OUTSIDE,
    Check,
    D,
    Draws,
    Note,
    Slips,
    Subject,
    V,
    changed_in_place,
    compare,
    contract_complaints,
    each_case,
    generator_states,
    is_close,
    is_other,
    slip_of,
    stirred_states,
)

NAMES = "gradCenterVec", "gradOutsideVecs"
ROUNDING = 1e-12  # of a loss, at most; a guard is off by more
RIGHT_NAIVE, _RIGHT_NEGATIVE = assignment.naiveSoftmaxLossAndGradient, assignment.negSamplingLossAndGradient


class Pair(NamedTuple):
    """A pair of words, the ids that the dataset will draw, and the negatives among them."""

    v_c: Array
    o: int
    U: Array
    ids: tuple[int, ...]
    negatives: tuple[int, ...]

    def call(self, f: Function, *K: int, dataset: Draws | None = None) -> Any:
        """Evaluate a loss on copies, the dataset starting anew."""
        return f(self.v_c.copy(), self.o, self.U.copy(), dataset or Draws(self.ids), *K)

    def check(self, f: Function, which: int) -> GradientReport:
        """Check the gradient by v_c (0) or U (1) that a loss returns against the loss itself."""

        def loss_and_gradient(x: Array) -> tuple[Any, Array]:
            loss, *gradients = (self._replace(U=x) if which else self._replace(v_c=x)).call(f)
            return np.ravel(loss)[0], np.reshape(np.array(gradients[which], float), np.shape(x))

        words = TOKENS if which and len(self.U) == V else None
        x = self.U if which else self.v_c
        return check_gradient(loss_and_gradient, x, name=NAMES[which], words=words, allow_zero="x", rtol=1e-6)


_RNG = np.random.RandomState(5)
_OTHER: tuple[Array, int, Array] = (_RNG.randn(4), 0, _RNG.randn(7, 4))
# every word is drawn, most several times; some draws hit the outside word, two in a row even
PAIRS = (
    Pair(CENTRE[2], 1, OUTSIDE, (2, 1, 4, 2, 1, 1, 0, 3, 4, 2, 3, 2, 4), (2, 4, 2, 0, 3, 4, 2, 3, 2, 4)),
    Pair(
        1.5 * CENTRE[0], 4, 2 * OUTSIDE[[4, 3, 2, 0, 1]], (3, 0, 4, 1, 4, 3, 1, 1, 2), (3, 0, 1, 3, 1, 1, 2, 3, 0, 1)
    ),
    Pair(*_OTHER[:2], _OTHER[2], (6, 0, 0, 3, 6, 6, 2), (6, 3, 6, 6, 2, 6, 3, 6, 6, 2)),  # of another shape
)
PAIR = PAIRS[0]
# Python has one object of each number up to 256, of larger ones several
MANY = Pair(_RNG.randn(3), 290, _RNG.randn(300, 3), (270, 290, 299, 270, 257, 3, 290), (270, 299, 270, 257, 3) * 2)
ZEROS = PAIR._replace(v_c=np.zeros(D), U=np.zeros((V, D)))
START = ZEROS._replace(v_c=CENTRE[4])  # as the course's training begins
# the scores of a to e are -10, -1, 10, -7 and 3
LARGE = PAIR._replace(v_c=np.ones(D), o=0, U=_RNG.randn(V, D))
LARGE.U[...] += (np.array([[-10.0], [-1.0], [10.0], [-7.0], [3.0]]) - LARGE.U.sum(axis=1, keepdims=True)) / D


def _pair_contract(n_draws: int, f: Function) -> Iterator[str]:
    """Check the three values, that arguments are left alone, and that all random numbers come from the dataset."""
    state = stirred_states()
    dataset = Draws((2, 1, 0, 3))  # not the last word
    pair = {"centerWordVec": PAIR.v_c, "outsideWordIdx": PAIR.o, "outsideVectors": PAIR.U, "dataset": dataset}
    yield from contract_complaints(f, {"gradCenterVec": (D,), "gradOutsideVecs": (V, D)}, **pair)
    if generator_states() != state:
        yield ELSEWHERE
    dataset = Draws((2, 0, 3, 4))  # none hits the outside word
    f(PAIR.v_c.copy(), PAIR.o, PAIR.U.copy(), dataset)
    if dataset.count != n_draws:
        twice = ": they are drawn twice per pair" if dataset.count == 2 * n_draws > 0 else ""
        yield f"draws {dataset.count} times from the dataset, expected {n_draws}{twice}"


def _pair_values(
    right: Function, slips: Callable[["Pair"], tuple[Slips, Slips]], identities: Check, f: Function
) -> Iterator[str]:
    """Check a loss's values against the right one's, its gradients against itself, and identities."""
    found, guarded = list[str](), ""
    for pair in PAIRS:
        (loss, *gradients), (right_loss, *right_gradients) = pair.call(f), pair.call(right)
        gradients = [np.reshape(got, np.shape(known)) for got, known in zip(gradients, right_gradients, strict=True)]
        loss_slips, error_slips = slips(pair)
        found += compare("loss", loss, right_loss, loss_slips)
        guard, loss_off = _guard(pair, right), abs(np.ravel(loss)[0] - right_loss)
        may_be_guard, is_exact = loss_off <= guard, loss_off <= ROUNDING * max(1, abs(right_loss))
        if all(map(is_close, gradients, right_gradients)):
            if found and may_be_guard:
                found, guarded = [], "loss is"
            if found:
                found.append(Note("its gradients are those of the right loss: only the loss itself is wrong"))
        else:
            differ, beside = _gradients_differ(f, pair, gradients, right_gradients, error_slips)
            off = max(np.abs(a - b).max() for a, b in zip(gradients, right_gradients, strict=True))
            if may_be_guard and not differ and off <= 2 * guard * max(np.abs(pair.U).max(), np.abs(pair.v_c).max()):
                found, guarded = [], guarded or ("gradients are" if is_exact else "loss is")
            else:
                as_loss = [f"the gradients differ from the right ones by up to {off:.3g}, as the loss does"]
                found += differ or (beside if may_be_guard else as_loss)
        if found:
            break
    if guarded and not found:
        yield Note(f"{guarded} off by no more than a guard of {GUARD:g} against log 0 explains, which is harmless")
    yield from found
    yield from identities(f)


def _gradients_differ(
    f: Function, pair: Pair, gradients: list[Array], right: list[Array], error_slips: Slips
) -> tuple[list[str], list[str]]:
    """Complain of gradients that are not those of their own loss, and of those that are not the right loss's."""
    by_v_c = {hint: error @ pair.U for hint, error in error_slips.items()}  # (D,)
    by_U = {hint: np.outer(error, pair.v_c) for hint, error in error_slips.items()}  # (V, D)
    differ, beside = list[str](), list[str]()
    for which, models in enumerate((by_v_c, by_U)):
        got, known = gradients[which], right[which]
        hint = "it is that of the right loss" if is_close(got, known) else slip_of(got, known, models)
        if which and not hint and not is_close(got, np.outer(got @ pair.v_c / (pair.v_c @ pair.v_c), pair.v_c)):
            hint = "each row is to be some number times centerWordVec"
        elif not which and not hint and is_close(gradients[1], right[1]):
            hint = "gradOutsideVecs is right: look at what its factors multiply here, at the sum, at what cuts it"
        differ += _gradient_complaint(pair.check(f, which), hint)
        beside += compare(NAMES[which], got, known, models)  # the check may excuse a small error
    return differ, beside


def _guard(pair: Pair, right: Function) -> float:
    """Return how far a loss may be off since at most `GUARD` is added to each probability, which is also cut there.

    A probability p of Σ −log p gives no more than GUARD/p, with a little room for rounding, and its derivative by
    each score too.
    """
    probabilities = [softmax(pair.U @ pair.v_c)[pair.o]]
    if right is _RIGHT_NEGATIVE:
        probabilities = [sigmoid(pair.U[pair.o] @ pair.v_c), *sigmoid(-pair.U[[*pair.negatives]] @ pair.v_c)]
    return float(1.001 * GUARD * np.sum(1 / np.array(probabilities)))


def _gradient_complaint(report: GradientReport, hint: str) -> Iterator[str]:
    if report.verdict != "failed":
        return
    if report.worst is None or report.is_breach:
        yield f"{report.name}, checked against your loss: {report.reason.removeprefix('contract: ')}"
        return
    at, words = report.worst, re.findall('"(.)"', " ".join(report.wrong_rows))
    rows = f" in the rows of {', '.join(words)}" if words else ""
    yield (
        f"{report.name}, checked against your loss, differs{rows} (at {[*at.index]}: {at.analytic:.6g}, "
        f"expected {at.numeric + 0.0:.6g})" + (f": {hint}" if hint else "")
    )


def _naive_slips(pair: Pair) -> tuple[Slips, Slips]:
    """Return what usual slips make of naive softmax's loss and of its derivative by the scores, (V,)."""
    score, seen = pair.U @ pair.v_c, np.eye(len(pair.U))[pair.o]
    y = softmax(score)
    loss = {
        f"this is the loss of word {'abcdefg'[w]}, not of {'abcdefg'[pair.o]}": -np.log(p) for w, p in enumerate(y)
    }
    loss |= {
        "the softmax is missing, or only its division by the sum: this is a score": -score[pair.o],
        "the logarithm is missing": y[pair.o],
        "it is zero: not written yet, or is each probability 1, as a softmax of a column may be?": 0.0,
        "it is summed over all words, not only the outside word": -np.log(y).sum(),
        "a sigmoid of the score stands for the softmax": -np.log(sigmoid(score[pair.o])),
        "it is divided by the number of words": -np.log(y[pair.o]) / len(y),
        "it is averaged over all words, not that of the outside word": -np.log(y).mean(),
        "a softmax of the softmax is taken": -np.log(softmax(y)[pair.o]),
        "it is divided twice by the sum of the exponentials": -np.log(y[pair.o] / np.exp(score).sum()),
        "the largest score is subtracted in the sum alone": -np.log(y[pair.o]) - score.max(),
        "besides, the other words' log(1 - y) are added": -np.log(np.where(seen, y, 1 - y)).sum(),
    }
    twice = "the outside word's score stands in the loss twice, and of its two terms"
    others = {"abcdefg"[w]: y - e for w, e in enumerate(np.eye(len(y))) if w != pair.o}
    errors = {f"it is that of word {word}, not of {'abcdefg'[pair.o]}": error for word, error in others.items()}
    return loss, errors | {
        "the outside word's own term stands there for each word": y - 1,
        "the outside word's entry is overwritten, and its probability lost": np.where(seen, -1, y),
        "each probability is 1: is the softmax one of a column, whose rows hold one number each?": 1 - seen,
        f"{twice} one is missing": y,
        f"{twice} one has the wrong sign": y + seen,
        "the sum over all words is missing: every score stands in it": -seen,
        "only the outside word's row is there, but every score stands in the loss": (y - seen) * seen,
    }


def _neg_slips(pair: Pair) -> tuple[Slips, Slips]:
    """Return what usual slips make of negative sampling's loss and of its derivative by the scores, (V,)."""
    score, eye = pair.U @ pair.v_c, np.eye(len(pair.U))
    seen, head, last = eye[[pair.o, pair.negatives[0], pair.negatives[-1]]]
    times, y = np.bincount(pair.negatives, minlength=len(pair.U)), sigmoid(score)
    unique, shifted = np.minimum(times, 1), times + seen - last
    drawn = np.bincount(np.resize(pair.ids, len(pair.negatives)), minlength=len(pair.U))  # whatever they hit
    J_own, J_negative, own, negative = -np.log(sigmoid(score)), -np.log(sigmoid(-score)), (y - 1) * seen, y * times
    log_sigmoid, once = "look at the derivative of log sigmoid again", "a word drawn n times counts only once"
    overwritten = f"{once} (is it overwritten? `+=` with a list of indices counts each only once, too)"
    own_hint, negative_hint = "the outside word's own term", "the negatives' terms"
    own_slips: dict[str, tuple[Any, Any]] = {  # hint → what becomes of the term in the loss, and of its derivative
        "": (seen @ J_own, own),
        f"{own_hint} is missing": (0.0, 0 * own),
        f"{own_hint} has the wrong sign": (-seen @ J_own, -own),
        "the score of the outside word has the wrong sign": (seen @ J_negative, -y * seen),
        "the outside word counts as a negative, too": (seen @ (J_own + J_negative), own + y * seen),
        f"in {own_hint}, {log_sigmoid}": (None, y * seen),
        f"in {own_hint}, a factor sigmoid is too much: {log_sigmoid}": (None, y * own),
    }
    negative_slips: dict[str, tuple[Any, Any]] = {
        "": (times @ J_negative, negative),
        f"{negative_hint} are missing: look at the sum over the negatives": (0.0, 0 * negative),
        f"{negative_hint} have the wrong sign": (-times @ J_negative, -negative),
        "the scores of the negatives have the wrong sign": (times @ J_own, None),
        f"in {negative_hint}, the logarithm is missing": (-times @ sigmoid(-score), None),
        "the negatives are averaged instead of summed": (times @ J_negative / times.sum(), negative / times.sum()),
        overwritten: (unique @ J_negative, y * unique),
        f"{once}, and {negative_hint} have the wrong sign": (-unique @ J_negative, -y * unique),
        "the outside word stands in the place of the last negative": (shifted @ J_negative, y * shifted),
        "draws that hit the outside word count as negatives: draw again": (drawn @ J_negative, y * drawn),
        f"of {negative_hint}, only the last one is kept": (last @ J_negative, y * last),
        f"of {negative_hint}, only the first one is there: {EARLY}": (head @ J_negative, y * head),
        f"of {negative_hint}, the first one is left out": ((times - head) @ J_negative, y * (times - head)),
        f"of {negative_hint}, this is the logarithm of a sum": (-np.log(times @ sigmoid(-score)), None),
        f"in {negative_hint}, {log_sigmoid}": (None, (1 - y) * times),
        f"in {negative_hint}, {log_sigmoid}, and at its sign": (None, (y - 1) * times),
        f"in {negative_hint}, a factor 1 - sigmoid is too much: {log_sigmoid}": (None, y * (1 - y) * times),
    }
    loss, errors = _together(own_slips, negative_slips)
    last_out, left = f"of {negative_hint}, the last one is left out", times - last
    return {**loss, last_out: seen @ J_own + left @ J_negative}, {**errors, last_out: own + y * left}


def _together(own: Mapping[str, tuple[Any, Any]], negative: Mapping[str, tuple[Any, Any]]) -> tuple[Slips, Slips]:
    """Return what the slips of two terms make of the loss and of its derivative, single ones first."""
    loss, errors, both = {}, {}, product(own.items(), negative.items())
    for (first, (J, error)), (second, (J_more, more)) in sorted(both, key=lambda two: all((two[0][0], two[1][0]))):
        hint = BESIDES.join(filter(None, (first, second)))
        if hint and J is not None and J_more is not None:
            loss[hint] = J + J_more
        if hint and error is not None and more is not None:
            errors[hint] = error + more
    return loss, errors


def _naive_identities(f: Function) -> Iterator[str]:
    yield from compare("loss at zero vectors, log V as all words are equally likely,", ZEROS.call(f)[0], np.log(V))
    if not is_close(PAIR._replace(U=PAIR.U + PAIR.v_c).call(f)[0], PAIR.call(f)[0]):
        yield "loss changes if one vector is added to all outside vectors; a softmax would not see it"
    if not is_close(1 + np.asarray(PAIR.call(f)[2]).sum(axis=0), np.ones(D)):
        yield "gradOutsideVecs does not sum to zero over the words, although the probabilities always sum to 1"


def _neg_identities(f: Subject) -> Iterator[str]:
    loss, drawn, same = ZEROS.call(f)[0], Draws(ZEROS.ids), Draws(ZEROS.ids)
    yield from compare("loss at zero vectors, (K + 1) log 2,", loss, 11 * np.log(2))
    four, right = (ZEROS.call(each, 4, dataset=of)[0] for each, of in ((f, drawn), (_RIGHT_NEGATIVE, same)))
    unused = {"K is not used": four} if drawn.count != same.count else {}
    remarks = compare("the same for K = 4,", four, right, unused)
    yield from [Note("takes no K: always 10 negatives, as the course has them")] if "K" in f.lacks else remarks
    if np.any(np.asarray(PAIR._replace(ids=(4, 0, 4)).call(f)[2])[[2, 3]]):
        yield "gradOutsideVecs is not zero in the rows of words that are neither seen nor drawn"


def _other_pairs(right: Function, f: Function) -> Iterator[str]:
    """Check a pair among 300 words, one whose scores are all 0, and each outside word, once others are right."""
    zero = "right with other scores, wrong where all are 0, as training begins: are words told apart by their scores?"
    others = [
        (PAIR._replace(o=o), f"right for other outside words, wrong for outsideWordIdx = {o}") for o in range(V)
    ]
    for pair, said in ((MANY, f"right with {V} words, wrong with {len(MANY.U)}: {_SMALL}"), (START, zero), *others):
        if is_other(*(pair.call(each, dataset=Draws(_fresh(pair.ids))) for each in (f, right))):
            yield said


def _large_scores(right: Function, f: Function) -> Iterator[str]:
    """Check a pair with scores as training comes to, which a bound that is too near cuts."""
    pair = LARGE if right is _RIGHT_NEGATIVE else LARGE._replace(o=1)  # no probability below a guard against log 0
    values = zip(pair.call(f), pair.call(right), strict=True)
    off = [np.abs(np.reshape(got, np.shape(each)) - each).max() / np.abs(each).max() for got, each in values]
    if not all(each <= 0.01 for each in off):  # a guard may change some thousandths; nan is wrong
        yield "right with scores up to 3, wrong with scores up to 10: are scores, losses or gradients cut (clipped)?"


def _pair_changed(right: Function, f: Function) -> Iterator[str]:
    def call(f: Function, v_c: Array, U: Array) -> Any:
        return f(v_c, PAIR.o, U, Draws(PAIR.ids))

    yield from changed_in_place(call, f, right, centerWordVec=PAIR.v_c, outsideVectors=PAIR.U)


_SMALL = "are numbers compared by `is` instead of ==, or kept in 8 bits?"


def _fresh(numbers: Sequence[int]) -> list[int]:
    """Return equal numbers that are other objects, as those of a dataset are."""
    return [int(str(number)) for number in numbers]


def _negatives_kept(f: Function) -> Iterator[str]:
    """Check that each call draws anew; no draw is to be repeated, and the first call of all was right."""
    dataset = Draws((4, 3, 3, 2))
    found = [sorted(map(int, f(1, dataset, 2))) for _ in range(2)]
    if found != [[3, 4], [2, 3]]:
        yield f"gives {found} in two calls for the draws 4, 3 and 3, 2: {KEPT}"


def _negatives(o: int, ids: tuple[int, ...], K: int, f: Function) -> Iterator[str]:
    dataset, same, state = Draws(_fresh(ids)), Draws(ids), stirred_states()
    got, expected = f(o, dataset, K), assignment.getNegativeSamples(o, same, K)
    if np.ndim(got) != 1:
        yield f"returns {got!r}; expected a list of {K} ids"
    elif dataset.count == 0:
        yield "does not ask dataset.sampleTokenIdx(), the only source of negatives"
    elif Counter(got) != Counter(expected):
        repeats = len({*expected}) < len({*got})
        hint = ": a word may come several times; only the outside word is drawn again" * repeats
        if o > 256:  # it was right with small numbers
            hint = f": {_SMALL}"
        elif len(got) > K:
            hint = ": these are too many"
        elif o in got:
            hint = ": the outside word is among them; a draw that hits it is to be repeated, as often as it takes"
        elif len(got) < K or None in got:
            hint = ": some are missing; a hit is to be drawn again, not left out, and repeats are kept"
        yield f"outside word {o}, K = {K}, draws {ids}: gives {np.asarray(got).tolist()}, expected {expected}{hint}"
    elif dataset.count != same.count:
        yield f"draws {dataset.count} ids where {same.count} are enough: one at a time, again only after a hit"
    elif generator_states() != state:
        yield ELSEWHERE
    elif [*got] != expected:
        yield Note("returns the right ids in another order than that of the draws, which changes no sum")
    elif (kind := np.asarray(got).dtype).kind not in "iu":
        yield Note(f"returns ids of {kind}; whole numbers are usual, which can be the rows of an array")


_NAIVE = each_case(_pair_contract, (0,)) + each_case(_pair_values, (RIGHT_NAIVE, _naive_slips, _naive_identities))
_NEGATIVE = each_case(_pair_contract, (10,)) + each_case(_pair_values, (_RIGHT_NEGATIVE, _neg_slips, _neg_identities))
_NAIVE += [partial(check, RIGHT_NAIVE) for check in (_other_pairs, _large_scores, _pair_changed)]
_NEGATIVE += [partial(check, _RIGHT_NEGATIVE) for check in (_other_pairs, _large_scores, _pair_changed)]
_DRAWS = ((1, (4, 3, 2), 2), (1, (1, 1, 3, 3, 1, 0, 2), 3), (1, PAIR.ids, 25), (290, MANY.ids, 4))
STAGES: dict[str, list[Check]] = {
    "naiveSoftmaxLossAndGradient": _NAIVE,
    "softmaxCostAndGradient": _NAIVE,
    "getNegativeSamples": [*each_case(_negatives, _DRAWS[0]), _negatives_kept, *each_case(_negatives, *_DRAWS[1:])],
    "negSamplingLossAndGradient": _NEGATIVE,
    "negSamplingCostAndGradient": _NEGATIVE,
}
