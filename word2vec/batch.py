"""The sums of `word2vec.losses` and `word2vec.models` over a whole batch of windows, as array products.

A batch's N windows stand one behind the other: centres (N,), sizes (N,) with Σ sizes = P pairs, and for
each pair the outside word o followed by its K negatives: words (P, 1+K). Gradients are returned for touched
rows only, as ids and rows; an id may repeat, the rows of one word then add up (see `add_rows`).
Ids such as (E22) name the blocks of docs/equations.md.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ._types import Array, Ids
from .functions import check_unmasked, ids_below, log_sigmoid, log_softmax, sigmoid, with_fractions


class RowGradients(NamedTuple):
    """The batch mean J of the loss, to be computed when asked for, and its gradient in the touched rows.

    loss() → J; ∂J/∂V = Σ of grad_V (m, D) at the rows centres (m,); ∂J/∂U = Σ of grad_U at the rows outside.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.batch import RowGradients, add_rows
    >>> found = RowGradients(lambda: 0.5, np.array([1]), np.ones((1, 2)), np.array([0, 0]), np.ones((2, 2)))
    >>> grad_U = np.zeros((3, 2))
    >>> add_rows(grad_U, found.outside, found.grad_U)
    >>> found.loss(), grad_U.tolist()
    (0.5, [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]])
    """

    loss: Callable[[], float]
    centres: Ids
    grad_V: Array
    outside: Ids
    grad_U: Array


BatchLoss = Callable[[Array, Array, Ids, Ids, Ids], RowGradients]


def negative_sampling_batch(V: Array, U: Array, centres: Ids, sizes: Ids, words: Ids) -> RowGradients:
    """Compute the mean negative-sampling loss of N skip-gram windows, and its gradient in the touched rows.

        x = ±u_wᵀv_c, + for w = o, − for a negative     (P, 1+K)                              (E22)
        J = −1/N Σ log σ(x),   δ = ±(σ(x) − 1)/N        (P, 1+K)
        ∂J/∂v_c = Σ_w δ_w u_w   (P, D)                  ∂J/∂u_w = δ_w v_c   (P, 1+K, D)

    The work grows with P and K, not with the number of words (E16), since only touched rows are returned (E37).

    Parameters
    ----------
    V, U : arrays (V, D), left unchanged
    centres, sizes, words : int arrays (N,), (N,), (P, 1+K), as the module says

    Returns
    -------
    RowGradients: P rows for V, P(1+K) rows for U.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.batch import negative_sampling_batch
    >>> V, U = np.eye(3), np.zeros((3, 3))
    >>> centres, sizes, words = np.array([0, 1]), np.array([2, 1]), np.array([[1, 0], [2, 0], [0, 2]])  # K = 1
    >>> found = negative_sampling_batch(V, U, centres, sizes, words)
    >>> print(f"{found.loss():.4f}", found.outside, found.grad_U.shape)
    2.0794 [1 0 2 0 0 2] (6, 3)
    """
    V, U, centres, words, window = _batch(V, U, centres, sizes, words)
    N, c = len(centres), centres.take(window)  # c: (P,)
    v, u = V.take(c, axis=0), U.take(words, axis=0)  # (P, D), (P, 1+K, D)
    x = (u @ v[:, :, None])[:, :, 0]  # u_wᵀv_c: (P, 1+K, D) @ (P, D, 1) → (P, 1+K)
    sign = np.where(np.arange(words.shape[1]) == 0, 1, -1).astype(x.real.dtype)
    x = sign * x
    delta = sigmoid(-x) * (-sign / N)  # σ(x) − 1 = −σ(−x), which keeps its digits
    return RowGradients(
        loss=lambda: -log_sigmoid(x).sum() / N,
        centres=c,
        grad_V=(delta[:, None, :] @ u)[:, 0],  # (P, 1, 1+K) @ (P, 1+K, D) → (P, D)
        outside=words.ravel(),  # (P(1+K),)
        grad_U=(delta[:, :, None] * v[:, None, :]).reshape(-1, V.shape[1]),  # (P, 1+K, D) → (P(1+K), D)
    )


def naive_softmax_batch(
    V: Array, U: Array, centres: Ids, sizes: Ids, words: Ids, weights: Array | None = None
) -> RowGradients:
    """Compute the mean naive-softmax loss of N skip-gram windows, and its gradient, in all rows of U.

        x = v_c Uᵀ,  Ŷ = softmax(x)                     (N, V)                                (E23)
        J = −1/N Σ log ŷ_o,   Δ = (m Ŷ − Y)/N,  m = sizes, Y_w = how often w stands in the window
        ∂J/∂v_c = Δ U   (N, D)                          ∂J/∂U = Δᵀ v_c   (V, D)

    Parameters
    ----------
    V, U : arrays (V, D), left unchanged
    centres, sizes, words : int arrays (N,), (N,), (P, 1), as the module says; further columns are ignored
    weights : (P,), which multiply the pairs' losses; 1 by default

    Returns
    -------
    RowGradients: N rows for V, all rows for U.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.batch import naive_softmax_batch
    >>> V, U = np.eye(3), np.zeros((3, 3))
    >>> centres, sizes, words = np.array([0, 1]), np.array([2, 1]), np.array([[1], [2], [0]])
    >>> found = naive_softmax_batch(V, U, centres, sizes, words)
    >>> print(f"{found.loss():.4f}", found.centres, found.grad_U.shape)
    1.6479 [0 1] (3, 3)
    """
    first = np.asanyarray(words)[:, :1] if np.ndim(words) == 2 else words
    V, U, centres, words, window = _batch(V, U, centres, sizes, first)
    check_unmasked(weights=weights)
    N, o = len(centres), words[:, 0]
    if weights is not None and np.shape(weights) != o.shape:
        raise ValueError(f"weights has the shape {np.shape(weights)}: expected one for each of {len(o)} pairs")
    v = V.take(centres, axis=0)  # (N, D)
    log_y_hat = log_softmax(v @ U.T)  # (N, V)
    a = np.asarray(np.ones(len(o)) if weights is None else weights).astype(v.real.dtype)
    m = np.bincount(window, a, N)[:, None].astype(a.dtype)  # (N, 1)
    delta = m * np.exp(log_y_hat)  # m Ŷ: (N, 1) * (N, V)
    np.subtract.at(delta, (window, o), a)  # − Y: a word that stands there twice counts twice
    delta /= N
    return RowGradients(
        loss=lambda: -(a * log_y_hat[window, o]).sum() / N,
        centres=centres,
        grad_V=delta @ U,
        outside=np.arange(len(U)),
        grad_U=delta.T @ v,  # (V, N) @ (N, D)
    )


def _batch(V: Array, U: Array, centres: Ids, sizes: Ids, words: Ids) -> tuple[Array, Array, Ids, Ids, Ids]:
    """Return V, U, centres and words as they are computed with, and the number of each pair's window: (P,)."""
    V, U = with_fractions(V=V, U=U)
    check_unmasked(centres=centres, sizes=sizes, words=words)
    centres, words = ids_below(len(V), "centres", centres), ids_below(len(U), "words", words, 2)
    if len(centres) == 0:
        raise ValueError("the batch is empty: expected at least one window")
    if np.shape(sizes) not in ((), (1,), centres.shape):
        raise ValueError(f"sizes has the shape {np.shape(sizes)}: expected one for each of {len(centres)} centres")
    window = np.arange(len(centres)).repeat(sizes)  # a single size is that of all windows
    if len(window) != len(words):  # one row would be taken for all pairs
        raise ValueError(f"sizes sum up to {len(window)}, words has {len(words)} rows: expected one for each pair")
    return V, U, centres, words, window


def add_rows(table: Array, ids: Ids, rows: Array) -> None:
    """Add rows (m, D) to table (V, D) in place at ids (m,); the rows of a repeated id all count, in order (E22).

    The same as np.add.at(table, ids, rows), which is ten times faster on a flat table. Raise ValueError if the table
    is read-only, or not C-contiguous and so cannot be flattened without a copy, and if rows do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.batch import add_rows
    >>> table = np.zeros((3, 2))
    >>> add_rows(table, np.array([2, 0, 2]), np.array([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]))
    >>> table
    array([[ 3.,  4.],
           [ 0.,  0.],
           [11., 22.]])
    """
    check_unmasked(table=table, ids=ids, rows=rows)
    if not table.flags.writeable:  # a flat np.add.at would write all the same, and into a mapped file crash
        raise ValueError("cannot add rows in place: the table is read-only; table.copy() makes one that is not")
    if not table.flags.c_contiguous:
        raise ValueError("cannot add rows in place: expected a C-contiguous table; np.ascontiguousarray makes one")
    ids, D, rows = ids_below(len(table), "ids", ids), table.shape[1], np.asarray(rows)
    is_exact = rows.dtype == table.dtype or np.can_cast(rows.dtype, table.dtype, "same_kind")
    if rows.shape != (len(ids), D) or not is_exact:
        expected = f"{(len(ids), D)}, a row for each id, that the table's {table.dtype} can hold"
        raise ValueError(f"rows has the shape {rows.shape} and type {rows.dtype}: expected {expected}")
    entries = ids[:, None] * D + np.arange(D)  # (m, D): flat places
    np.add.at(table.reshape(-1), entries.reshape(-1), rows.reshape(-1))  # (V D,), (m D,), (m D,)
