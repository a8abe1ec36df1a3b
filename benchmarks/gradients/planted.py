"""Bugs planted into the library's own losses and models: each a small change of their source.

A planted bug names a function of word2vec and the text to be replaced in it; `plant` compiles the changed source in
the module's own namespace. If the source changes so that the text is no longer there, planting fails.
"""

import functools
import inspect
import itertools
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from word2vec import batch, functions, losses, models
from word2vec.gradcheck import Point

MODULES = (losses, models, batch)
NAMES = (
    "naive_softmax",
    "negative_sampling",
    "skip_gram",
    "cbow",
    "batch_mean",
    "negative_sampling_batch",
    "naive_softmax_batch",
)

Library = dict[str, Callable[..., Any]]
Function = Callable[[Any], tuple[Any, ...]]


class Bug(NamedTuple):
    """A bug: what it is, the function it is planted in, the replacements in its source, the case that checks it."""

    name: str
    function: str
    case: str
    changes: dict[str, str]


def library() -> Library:
    """Return the functions of word2vec as they are."""
    return {name: getattr(module, name) for module in MODULES for name in NAMES if hasattr(module, name)}


def plant(bug: Bug) -> Library:
    """Return the functions of word2vec, one of them changed.

    Raises
    ------
    ValueError
        If a text to be replaced is not there, or more than once.
    """
    original = library()[bug.function]
    source = textwrap.dedent(inspect.getsource(original))
    for old, new in bug.changes.items():
        if source.count(old) != 1:
            raise ValueError(f"{bug.name}: {old!r} stands {source.count(old)} times in {bug.function}, expected once")
        source = source.replace(old, new)
    buffer = functools.cache(lambda shape: np.zeros(shape))
    namespace = (
        vars(functions)
        | inspect.getmodule(original).__dict__
        | {"np": np, "buffer": buffer, "counter": itertools.count(), "cache": {}}
    )
    exec(compile(source, f"<{bug.name}>", "exec"), namespace)  # our own source
    return library() | {bug.function: namespace[bug.function]}


# What is checked: a function of (v_c, U) or (V, U) at a point.


def softmax_pair(of: Library, p: Point) -> Function:
    """Check one pair with naive softmax, as a function of (v_c, U)."""
    return lambda x: of["naive_softmax"](x[0], p.outside[0], x[1])


def negative_pair(of: Library, p: Point) -> Function:
    """Check one pair with negative sampling, as a function of (v_c, U)."""
    return lambda x: of["negative_sampling"](x[0], p.outside[0], x[1], p.negatives[0])


def softmax_window(of: Library, p: Point) -> Function:
    """Check a skip-gram window with naive softmax, as a function of (V, U)."""
    return lambda x: of["skip_gram"](p.c, p.outside, *x, of["naive_softmax"])


def negative_window(of: Library, p: Point) -> Function:
    """Check a skip-gram window with negative sampling, as a function of (V, U)."""
    return lambda x: of["skip_gram"](p.c, p.outside, *x, of["negative_sampling"], p.negatives)


def cbow_window(of: Library, p: Point) -> Function:
    """Check a CBOW window: the outside words predict the centre; its negatives are those of the first pair."""
    return lambda x: of["cbow"](p.c, p.outside, *x, of["negative_sampling"], p.negatives[0])


def mean_of_windows(of: Library, p: Point) -> Function:
    """Check the mean of several windows, the words of each a row further than those of the one before."""
    n = len(p.V)
    return lambda x: of["batch_mean"](
        of["skip_gram"]((p.c + s) % n, (p.outside + s) % n, *x, of["negative_sampling"], (p.negatives + s) % n)
        for s in range(len(p.outside) - 1)
    )


def negative_block(of: Library, p: Point) -> Function:
    """Check the array products of negative sampling over three windows of different sizes."""
    return lambda x: _dense(of["negative_sampling_batch"](*x, *_three_windows(p)), x)


def softmax_block(of: Library, p: Point) -> Function:
    """Check the array products of naive softmax over three windows of different sizes."""
    return lambda x: _dense(of["naive_softmax_batch"](*x, *_three_windows(p)), x)


def _three_windows(p: Point) -> tuple[Any, Any, Any]:
    """Make a batch: the whole window, one of its first two words, one of all but the first."""
    centres = (p.c + np.arange(3)) % len(p.V)
    words = np.column_stack([p.outside, p.negatives])
    return centres, np.array([len(words), 2, len(words) - 1]), np.concatenate([words, words[:2], words[1:]])


def _dense(rows: batch.RowGradients, x: Any) -> tuple[Any, Any, Any]:
    """Return the loss and the gradients in all rows."""
    grad_V, grad_U = (np.zeros(table.shape, np.result_type(table, rows.grad_V)) for table in x)
    batch.add_rows(grad_V, rows.centres, rows.grad_V)
    batch.add_rows(grad_U, rows.outside, rows.grad_U)
    return rows.loss(), grad_V, grad_U


CASES: dict[str, Callable[[Library, Point], Function]] = {
    case.__name__: case
    for case in (
        softmax_pair,
        negative_pair,
        softmax_window,
        negative_window,
        cbow_window,
        mean_of_windows,
        negative_block,
        softmax_block,
    )
}


def start(case: str, p: Point) -> tuple[tuple[Any, Any], tuple[str, str]]:
    """Return the x of a case at a point, and the names of its blocks."""
    return ((p.V[p.c], p.U), ("v_c", "U")) if case.endswith("pair") else ((p.V, p.U), ("V", "U"))


# the bugs

BLOCKS = {"negative_sampling": "negative_block", "naive_softmax": "softmax_block"}
ADD_AT = "np.add.at(grad_U, words, np.outer(delta, v_c))"
DELTA = "delta = -a * sign * sigmoid(-scores)"
ERROR_O = "error[o] = -error.sum()"
GRAD_V_C = "U.T @ error"
GRAD_U = "np.outer(error, v_c)"
NEG_V_C = "U[words].T @ delta, grad_U"
SOFTMAX_RETURN = "return -log_softmax(scores)[o], U.T @ error, np.outer(error, v_c)"
NEW_GRAD_U = "grad_U = np.zeros(U.shape, np.result_type(delta, v_c))"
WORDS = "], w_k))"
ADD_V = "np.add.at(grad_V, words, p * grad_v_hat)"
ADD_V_C = "grad_V[c] += grad_v_c"
ADD_U = "grad_U += grad_U_pair"
RETURN = "return J, grad_V, grad_U"
PAIRS = "for o, *extra in zip(words, *more, strict=True):"


def softmax_bug(name: str, changes: dict[str, str]) -> Bug:
    """Plant a bug in the loss of a pair with naive softmax."""
    return Bug(f"softmax: {name}", "naive_softmax", "softmax_pair", changes)


def negative_bug(name: str, changes: dict[str, str]) -> Bug:
    """Plant a bug in the loss of a pair with negative sampling."""
    return Bug(f"negative sampling: {name}", "negative_sampling", "negative_pair", changes)


def window_bug(name: str, changes: dict[str, str], case: str = "negative_window") -> Bug:
    """Plant a bug in a skip-gram window."""
    return Bug(f"skip-gram: {name}", "skip_gram", case, changes)


def cbow_bug(name: str, changes: dict[str, str]) -> Bug:
    """Plant a bug in a CBOW window."""
    return Bug(f"CBOW: {name}", "cbow", "cbow_window", changes)


def batch_bug(name: str, changes: dict[str, str]) -> Bug:
    """Plant a bug in the mean of a batch."""
    return Bug(f"batch: {name}", "batch_mean", "mean_of_windows", changes)


def block_bug(name: str, changes: dict[str, str], loss: str = "negative_sampling") -> Bug:
    """Plant a bug in the array products of a batch."""
    return Bug(f"block: {name}", f"{loss}_batch", BLOCKS[loss], changes)


def _scaled(line: str) -> str:
    """Multiply each of the three returned values by `scale`."""
    return "return " + ", ".join(f"scale * ({part})" for part in line.removeprefix("return ").split(", ", 2))


BUGS = (
    softmax_bug("y is not subtracted", {ERROR_O: "error[o] = softmax(scores)[o]"}),
    softmax_bug("y is subtracted twice", {ERROR_O: ERROR_O + " - 1"}),
    softmax_bug("y stands one row off", {ERROR_O: "error[o] = softmax(scores)[o]; error[o - 1] -= 1"}),
    softmax_bug("sign of ∂J/∂v_c", {GRAD_V_C: "-(U.T @ error)"}),
    softmax_bug("∂J/∂v_c 0.1 % too large", {GRAD_V_C: "1.001 * (U.T @ error)"}),
    softmax_bug("∂J/∂U one part in a million too large", {GRAD_U: "1.000001 * np.outer(error, v_c)"}),
    softmax_bug("5e-6 added to one entry", {GRAD_U: GRAD_U + " + 5e-6 * np.eye(U.size)[4].reshape(U.shape)"}),
    softmax_bug("digits of float32", {GRAD_U: GRAD_U + ".astype(np.float32).astype(float)"}),
    softmax_bug("type float32", {GRAD_U: GRAD_U + ".astype(np.float32)"}),
    softmax_bug("the rarest word's row is zero", {GRAD_U: "np.outer(error * (abs(error) > abs(error).min()), v_c)"}),
    softmax_bug(
        "1e-8 in the denominator, in the gradient alone",
        {
            "error = softmax(scores)": "error = np.exp(scores) / (np.exp(scores).sum() + 1e-8)",
            ERROR_O: "error[o] = np.exp(scores[o]) / (np.exp(scores).sum() + 1e-8) - 1",
        },
    ),
    softmax_bug("outer product transposed", {GRAD_U: "np.outer(v_c, error).reshape(U.shape)"}),
    softmax_bug("transposed shape returned", {GRAD_U: "np.outer(v_c, error)"}),
    softmax_bug("∂J/∂U divided by the number of words", {GRAD_U: "np.outer(error, v_c) / len(U)"}),
    softmax_bug("σ instead of softmax", {"error = softmax(scores)": "error = sigmoid(scores)"}),
    softmax_bug("v_c forgotten in ∂J/∂U", {GRAD_U: "np.outer(error, np.ones_like(v_c))"}),
    softmax_bug(
        "v_c normalised, its derivative not", {"scores = U @ v_c": "v_c = v_c / np.sqrt(v_c @ v_c); scores = U @ v_c"}
    ),
    softmax_bug("weight decay in the loss alone", {"return -log": "return 1e-4 * (v_c @ v_c) - log"}),
    softmax_bug("log₂ in the loss alone", {"(scores)[o],": "(scores)[o] / np.log(2),"}),
    softmax_bug("v_c centred in place", {"scores = U @ v_c": "v_c -= v_c.mean(); scores = U @ v_c"}),
    softmax_bug("one buffer for every answer", {GRAD_U: "np.multiply.outer(error, v_c, out=buffer(U.shape))"}),
    negative_bug("repeats lost", {ADD_AT: "grad_U[words] += np.outer(delta, v_c)"}),
    negative_bug("repeats counted once", {ADD_AT: "grad_U[np.unique(words)] += np.outer(delta, v_c)[0]"}),
    negative_bug("overwritten from the back", {ADD_AT: "grad_U[words[::-1]] = np.outer(delta, v_c)[::-1]"}),
    negative_bug("target hit by a negative is overwritten", {ADD_AT: ADD_AT + "; grad_U[o] = delta[0] * v_c"}),
    negative_bug(
        "negative equal to the target skipped", {DELTA: DELTA + "; delta = delta * (sign + words != o - 1)"}
    ),
    negative_bug("sign of the negatives in ∂J/∂U", {ADD_AT: "np.add.at(grad_U, words, np.outer(-abs(delta), v_c))"}),
    negative_bug("σ′ instead of σ", {DELTA: DELTA + " * sigmoid(scores)"}),
    negative_bug("σ(x) instead of 1 − σ(x)", {DELTA: "delta = -sign * sigmoid(scores)"}),
    negative_bug("target missing in ∂J/∂v_c", {NEG_V_C: "U[words[1:]].T @ delta[1:], grad_U"}),
    negative_bug("negatives missing in ∂J/∂v_c", {NEG_V_C: "U[o] * delta[0], grad_U"}),
    negative_bug("target's row missing", {ADD_AT: "np.add.at(grad_U, words[1:], np.outer(delta[1:], v_c))"}),
    negative_bug("last negative missing", {ADD_AT: "np.add.at(grad_U, words[:-1], np.outer(delta[:-1], v_c))"}),
    negative_bug("rows off by one", {ADD_AT: "np.add.at(grad_U, words - 1, np.outer(delta, v_c))"}),
    negative_bug("mean over the negatives", {DELTA: DELTA + " * np.where(sign > 0, 1, 1 / max(1, len(negatives)))"}),
    negative_bug(
        "scores clipped to ±6 in the gradient", {DELTA: "delta = -sign * sigmoid(-np.clip(scores.real, -6, 6))"}
    ),
    negative_bug("σ from a table of 1,000", {DELTA: "delta = -sign * sigmoid(-np.round(scores.real * 83) / 83)"}),
    negative_bug("σ clipped to 1e-7", {DELTA: "delta = -sign * np.maximum(sigmoid(-scores), 1e-7)"}),
    negative_bug(
        "1e-8 in the logarithm", {"-(a * log_sigmoid(scores)).sum()": "-np.log(sigmoid(scores) + 1e-8).sum()"}
    ),
    negative_bug("δ in float32", {DELTA: "delta = (-sign * sigmoid(-scores)).astype(np.float32).astype(float)"}),
    negative_bug("other negatives drawn for the gradient", {NEW_GRAD_U: "np.random.shuffle(words); " + NEW_GRAD_U}),
    negative_bug("1e-9 more with each call", {ADD_AT: ADD_AT + "; grad_U += 1e-9 * next(counter)"}),
    negative_bug("the buffer is never cleared", {NEW_GRAD_U: "grad_U = buffer(U.shape)"}),
    negative_bug("a step is taken in place", {ADD_AT: ADD_AT + "; U[o] -= 0.1 * grad_U[o]"}),
    negative_bug("U rounded in ∂J/∂v_c", {NEG_V_C: "np.round(U[words].real, 6).T @ delta, grad_U"}),
    negative_bug(
        "loss of shape (1,)", {"-(a * log_sigmoid(scores)).sum()": "-log_sigmoid(scores).sum(keepdims=True)"}
    ),
    negative_bug("1e-8 added to one entry", {ADD_AT: ADD_AT + "; grad_U[2, 1] += 1e-8"}),
    window_bug("∂J/∂v_c overwritten instead of summed", {ADD_V_C: "grad_V[c] = grad_v_c"}),
    window_bug("∂J/∂U overwritten instead of summed", {ADD_U: "grad_U = grad_U_pair"}),
    window_bug("centre's gradient in the outside word's row", {ADD_V_C: "grad_V[o] += grad_v_c"}),
    window_bug("gradients swapped", {RETURN: "return J, grad_U, grad_V"}),
    window_bug("mean in the loss, sum in the gradient", {"return J,": "return J / len(outside),"}),
    window_bug("mean in ∂J/∂U alone", {RETURN: RETURN + " / len(outside)"}),
    window_bug("centre among its outside words left out", {ADD_U: ADD_U + " * (o != c)"}),
    window_bug(
        "a repeated outside word counted once",
        {ADD_U: ADD_U + " * (o != last); last = o", PAIRS: "last = -1\n    " + PAIRS},
    ),
    window_bug("tables mixed up", {"pair_loss(V[c], o, U": "pair_loss(U[c], o, U"}, "softmax_window"),
    window_bug("last outside word left out of ∂J/∂v_c", {ADD_V_C: ADD_V_C + " * (o != outside[-1])"}),
    cbow_bug("mean in the loss, sum in the gradient", {"V[words]).sum(axis=0)": "V[words]).mean(axis=0)"}),
    cbow_bug("repeats lost", {ADD_V: "grad_V[words] += p * grad_v_hat"}),
    cbow_bug("first context word left out", {ADD_V: "np.add.at(grad_V, words[1:], (p * grad_v_hat)[1:])"}),
    cbow_bug("gradient divided by the window", {ADD_V: "np.add.at(grad_V, words, p * grad_v_hat / len(words))"}),
    batch_bug("1/N missing in ∂J/∂V", {"total[1] / N": "total[1]"}),
    batch_bug("1/N missing in the loss", {"total[0] / N": "total[0]"}),
    batch_bug("1/(N−1) in ∂J/∂U", {"total[2] / N": "total[2] / (N - 1)"}),
    batch_bug("first window left out of ∂J/∂U", {"total[2] + grad_U": "total[2] * (N > 1) + grad_U"}),
    block_bug("1/N missing in δ", {"(-sign / N)": "-sign"}),
    block_bug("centres and pairs out of step", {"centres=c,": "centres=np.resize(centres, len(words)),"}),
    block_bug("rows of two windows exchanged", {"v[:, None, :])": "v[::-1, None, :])"}),
    block_bug("m forgotten in m ŷ − y", {"delta = m * np": "delta = np"}, "naive_softmax"),
    block_bug("repeats lost", {"np.subtract.at(delta, (window, o), a)": "delta[window, o] -= a"}, "naive_softmax"),
    block_bug("1/N twice in ∂J/∂U", {"delta.T @ v": "delta.T @ v / N"}, "naive_softmax"),
)

# Loss and gradient wrong together: no gradient check can see these, only numbers known from elsewhere.
OBJECTIVES = (
    softmax_bug("log₂ in both", {SOFTMAX_RETURN: "scale = 1 / np.log(2); " + _scaled(SOFTMAX_RETURN)}),
    softmax_bug("likelihood instead of its negative", {SOFTMAX_RETURN: "scale = -1; " + _scaled(SOFTMAX_RETURN)}),
    negative_bug("target and negatives exchanged", {"== 0, 1, -1)": "== 0, -1, 1)"}),
    negative_bug("a negative too few", {WORDS: "], w_k[1:]))"}),
    negative_bug("repeats drawn only once", {WORDS: "], np.unique(w_k)))"}),
    window_bug("last outside word left out", {"zip(words, *more": "zip(words[:-1], *(g[:-1] for g in more)"}),
    window_bug("mean over the window", {RETURN: "scale = 1 / len(outside); " + _scaled(RETURN)}),
    window_bug(
        "centre and outside word exchanged",
        {PAIRS: "for c, o, *extra in ((o, c, *e) for o, *e in zip(words, *more)):"},
    ),
)
