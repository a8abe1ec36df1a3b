"""From pairs to windows and batches: skip-gram, CBOW and the batch mean.

V (V, D) holds the centre vectors as rows, U (V, D) the outside vectors. `pair_loss` is any function
(v_c, o, U, …) → (J, ∂J/∂v_c, ∂J/∂U) of `word2vec.losses`; what it needs beyond that (negatives) is given.
Ids such as (E18) name the blocks of docs/equations.md.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import numpy as np

from ._types import Array, Ids
from .functions import check_unmasked, ids_below, with_fractions
from .losses import LossAndGradients

PairLoss = Callable[..., LossAndGradients]


def skip_gram(
    c: int, outside: Sequence[int] | Ids, V: Array, U: Array, pair_loss: PairLoss, *given: Iterable[Any]
) -> LossAndGradients:
    """Compute the skip-gram loss of a window: the centre word c predicts each outside word by itself.

        J = Σ_j J_pair(v_c, w_j, U)                                                         (E18)
        ∂J/∂v_c = Σ_j ∂J_pair/∂v_c,   ∂J/∂v_w = 0 for w ≠ c,   ∂J/∂U = Σ_j ∂J_pair/∂U       (E19)

    Parameters
    ----------
    c : int
    outside : the words w_j of the window, repeats allowed; fewer at the edges of a sentence
    V, U : arrays (V, D); why there are two, and V is kept, says E35. U as pair_loss takes it
    pair_loss : function (v_c, o, U, *extra) → (J, ∂J/∂v_c, ∂J/∂U)
    given : for each extra argument of pair_loss, a sequence with one entry per outside word

    Returns
    -------
    J (scalar), ∂J/∂V (V, D), ∂J/∂U (V, D).

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import naive_softmax, negative_sampling, skip_gram
    >>> V, U = np.eye(3), np.zeros((3, 3))
    >>> print(f"{skip_gram(0, [1, 2], V, U, naive_softmax)[0]:.4f}")
    2.1972
    >>> J, grad_V, grad_U = skip_gram(0, [1, 2], V, U, negative_sampling, [[0, 2], [1, 1]])
    >>> print(f"{J:.4f}", grad_U.tolist())
    4.1589 [[0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    V, U = with_fractions(V=V, U=U)
    check_unmasked(outside=outside)
    ids_below(len(V), "c", c, 0)
    dtype = np.result_type(V, U)
    J, grad_V, grad_U = 0.0, np.zeros(V.shape, dtype), np.zeros(U.shape, dtype)
    words, *more = [list(each) for each in (outside, *given)]
    if any(len(each) != len(words) for each in more):
        sizes = ", ".join(str(len(each)) for each in more)
        raise ValueError(f"given has {sizes} entries for {len(words)} outside words: expected one for each word")
    for o, *extra in zip(words, *more, strict=True):
        J_pair, grad_v_c, grad_U_pair = pair_loss(V[c], o, U, *extra)
        J += J_pair
        grad_V[c] += grad_v_c
        grad_U += grad_U_pair
    return J, grad_V, grad_U


def cbow(
    o: int,
    context: Sequence[int] | Ids,
    V: Array,
    U: Array,
    pair_loss: PairLoss,
    *given: Any,
    mean: bool = False,
    weights: Sequence[float] | Array | None = None,
) -> LossAndGradients:
    """Compute the CBOW loss of a window: the sum, or mean, of the context vectors predicts the word in the middle.

        v̂ = Σ_j p_j v_{w_j} / Z,   J = J_pair(v̂, o, U),   Z = Σ_j p_j for the mean, otherwise 1      (E20, E38)
        ∂J/∂v_w = n_w ∂J_pair/∂v̂,  n_w = Σ_j 1[w_j = w] p_j / Z;   ∂J/∂U = ∂J_pair/∂U

    Without weights n_w is how often w stands in the context, divided by the context's size for the mean.

    Parameters
    ----------
    o : int, the word in the middle
    context : the words w_j around it, repeats counted; ValueError is raised if there is none
    V, U : arrays (V, D), or U as pair_loss takes it
    pair_loss, given : as in `skip_gram`, but `given` holds the extra arguments of the only pair
    mean : whether v̂ is the mean
    weights : p_j of each context word, by default 1

    Returns
    -------
    J (scalar), ∂J/∂V (V, D), ∂J/∂U of U's shape.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import cbow, naive_softmax
    >>> V, U = np.eye(3), np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    >>> J, grad_V, grad_U = cbow(1, [0, 2], V, U, naive_softmax)
    >>> print(f"{J:.4f}", grad_V.round(4).tolist())
    0.7586 [[-1.0634, 0.0, 0.9366], [0.0, 0.0, 0.0], [-1.0634, 0.0, 0.9366]]
    >>> J, grad_V, grad_U = cbow(1, [0, 2], V, U, naive_softmax, mean=True, weights=[3, 1])
    >>> print(f"{J:.4f}", grad_V.round(4).tolist())
    0.4644 [[-0.5572, 0.0, 0.3468], [0.0, 0.0, 0.0], [-0.1857, 0.0, 0.1156]]
    """
    V, U = with_fractions(V=V, U=U)
    check_unmasked(context=context, weights=weights)
    words = ids_below(len(V), "context", context)
    if not words.size:
        raise ValueError("the context is empty: expected at least one word around the one in the middle")
    p = np.ones(len(words)) if weights is None else np.asarray(weights, np.float64)
    if p.shape != words.shape or not np.isfinite(total := p.sum()) or (mean and not total):
        what = "one for each word of the context, and for the mean a sum other than 0"
        raise ValueError(f"weights of shape {p.shape} for {len(words)} words, of sum {p.sum():g}: expected {what}")
    p = (p / total if mean else p).astype(V.real.dtype)[:, None]  # (m, 1)
    J, grad_v_hat, grad_U = pair_loss((p * V[words]).sum(axis=0), o, U, *given)
    grad_V = np.zeros(V.shape, grad_v_hat.dtype)
    np.add.at(grad_V, words, p * grad_v_hat)
    return J, grad_V, grad_U


def batch_mean(windows: Iterable[LossAndGradients]) -> LossAndGradients:
    """Average over the N windows of a batch: J = 1/N Σ_i J_i, ∂J/∂x = 1/N Σ_i ∂J_i/∂x (E21).

    The windows (J_i, ∂J_i/∂V, ∂J_i/∂U) may come from a generator: only one is held in memory at a time. The result
    (J, ∂J/∂V, ∂J/∂U) has their shapes. Raise ValueError if there is no window.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import batch_mean, naive_softmax, skip_gram
    >>> V, U = np.eye(3), np.zeros((3, 3))
    >>> windows = [(0, [1]), (1, [0, 2])]
    >>> J, grad_V, grad_U = batch_mean(skip_gram(c, outside, V, U, naive_softmax) for c, outside in windows)
    >>> print(f"{J:.4f}", grad_V.shape, grad_U.shape)
    1.6479 (3, 3) (3, 3)
    """
    N, total = 0, cast(LossAndGradients, (0.0, 0.0, 0.0))
    for J, grad_V, grad_U in windows:
        check_unmasked(J=J, grad_V=grad_V, grad_U=grad_U)
        N, total = N + 1, (total[0] + J, total[1] + grad_V, total[2] + grad_U)
    if N == 0:
        raise ValueError("the batch is empty: expected at least one window (loss, gradient, gradient)")
    return total[0] / N, total[1] / N, total[2] / N
