"""The loss of one (centre, outside) pair and its gradient, together, in the letters of the derivation.

v_c (D,) is the centre word's vector, U (V, D) holds the outside vectors as rows, o is the outside word that
was seen. A loss returns (J, ∂J/∂v_c, ∂J/∂U). Nothing is drawn at random here: the negatives are an argument.
Lists and tables count as arrays, whole numbers in vectors as float64. An id that has no row raises IndexError, what
is no int TypeError, another shape than the one that is given ValueError.
Ids such as (E4) name the blocks of docs/equations.md, where each formula is derived.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._types import Array, Ids
from .functions import check_unmasked, ids_below, log_sigmoid, log_softmax, sigmoid, softmax, with_fractions

LossAndGradients = tuple[Any, Array, Array]


def _vectors(v_c: Array, U: Array) -> tuple[Array, Array]:
    """Return v_c (D,) and U (V, D) as arrays that can hold fractions."""
    v_c, U = with_fractions(v_c=v_c, U=U)
    if v_c.ndim != 1:  # the softmax of a column would be of each row by itself
        raise ValueError(f"v_c has the shape {v_c.shape}: expected one vector, (D,); pass v_c.ravel()")
    if U.ndim != 2 or U.shape[1] != len(v_c):
        raise ValueError(f"U has the shape {U.shape}: expected rows of {len(v_c)} numbers, as v_c has")
    return v_c, U


def naive_softmax(v_c: Array, o: int, U: Array) -> LossAndGradients:
    """Compute the naive-softmax loss of seeing word o around the centre word c, and its gradient.

        J = −log ŷ_o          ŷ = softmax(U v_c)      (V,)      (E2)
        ∂J/∂v_c = Uᵀ(ŷ − y)   y = one-hot(o)          (D,)      (E3, E4)
        ∂J/∂U = (ŷ − y) v_cᵀ                          (V, D)    (E6, E7)

    ∂J/∂v_c is the outside vector expected less the one seen (E5): what a step does is said in E28, when it is zero in
    E29. All V rows of U take part (E16). With words as columns both gradients are written differently (E27).

    Parameters
    ----------
    v_c : array (D,)
    o : int in 0..V−1
    U : array (V, D)

    Returns
    -------
    J (scalar), ∂J/∂v_c (D,), ∂J/∂U (V, D); of the dtype of U v_c.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import naive_softmax
    >>> v_c, U = np.array([1.0, 2.0]), np.array([[0.0, 0.0], [2.0, -1.0]])
    >>> J, grad_v_c, grad_U = naive_softmax(v_c, 0, U)
    >>> print(f"{J:.4f}", grad_v_c, grad_U.tolist())
    0.6931 [ 1.  -0.5] [[-0.5, -1.0], [0.5, 1.0]]
    """
    v_c, U = _vectors(v_c, U)
    ids_below(len(U), "o", o, 0)
    scores = U @ v_c
    error = softmax(scores)  # becomes ŷ − y, which both gradients need
    error[o] = 0
    error[o] = -error.sum()  # ŷ_o − 1 keeps its digits as the sum of the others
    return -log_softmax(scores)[o], U.T @ error, np.outer(error, v_c)


def negative_sampling(
    v_c: Array,
    o: int,
    U: Array,
    negatives: Sequence[int] | Array,
    weights: float | Sequence[float] | Array | None = None,
) -> LossAndGradients:
    """Compute the negative-sampling loss of (c, o) against the negatives w_1..w_K, and its gradient.

        J = −log σ(u_oᵀv_c) − Σ_k log σ(−u_{w_k}ᵀv_c)                                       (E11)
        δ = σ([u_o, −u_{w_1}, …, −u_{w_K}]ᵀ v_c) − 1                       (K+1,)           (E15)
        ∂J/∂v_c = δ_0 u_o − Σ_k δ_k u_{w_k}                                (D,)             (E12)
        ∂J/∂u_w = (1[w = o] δ_0 − Σ_k 1[w_k = w] δ_k) v_c                  rows of (V, D)   (E13, E14)

    A negative that is drawn twice counts twice; one that equals o is counted in both roles (E17). Only the
    K+1 rows that take part are read (E16).

    With weights, the term of w_k in J is multiplied by a_k, and so is δ_k in both gradients. N negatives that many
    pairs share stand for K of each pair's own if a_k = K/N; a negative that equals o is left out by a_k = 0.

    Parameters
    ----------
    v_c : array (D,)
    o : int in 0..V−1
    U : array (V, D)
    negatives : K ints in 0..V−1; K may be 0
    weights : K numbers a_k, or one for all negatives; by default 1

    Returns
    -------
    J (scalar), ∂J/∂v_c (D,), ∂J/∂U (V, D): zero except in the rows o, w_1..w_K.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import negative_sampling
    >>> v_c, U = np.array([1.0, 2.0]), np.array([[0.0, 0.0], [2.0, -1.0], [7.0, 7.0]])
    >>> J, grad_v_c, grad_U = negative_sampling(v_c, 0, U, negatives=[1, 1])
    >>> print(f"{J:.4f}", grad_v_c, grad_U.tolist())
    2.0794 [ 2. -1.] [[-0.5, -1.0], [1.0, 2.0], [0.0, 0.0]]
    """
    v_c, U = _vectors(v_c, U)
    check_unmasked(negatives=negatives, weights=weights)
    w_k = ids_below(len(U), "negatives", negatives)
    words = np.concatenate(([ids_below(len(U), "o", o, 0)], w_k))  # (K+1,)
    scores = U[words] @ v_c  # u_wᵀv_c
    sign = np.where(np.arange(len(words)) == 0, 1, -1).astype(scores.real.dtype)
    scores = sign * scores  # [u_o, −u_{w_1}, …, −u_{w_K}]ᵀ v_c
    a = np.ones_like(sign)  # (K+1,); the outside word counts once
    if weights is not None:
        if np.shape(weights) not in ((), w_k.shape):
            expected = f"one for each of {len(w_k)} negatives, or a single number"
            raise ValueError(f"weights has the shape {np.shape(weights)}: expected {expected}")
        a[1:] = weights
    delta = -a * sign * sigmoid(-scores)  # ∂J/∂(u_wᵀv_c) = ±aδ: σ(x) − 1 = −σ(−x), which keeps its digits
    grad_U = np.zeros(U.shape, np.result_type(delta, v_c))
    np.add.at(grad_U, words, np.outer(delta, v_c))
    return -(a * log_sigmoid(scores)).sum(), U[words].T @ delta, grad_U


def hierarchical_softmax(
    v_c: Array,
    o: int,  # noqa: ARG001
    U: Array,
    nodes: Sequence[int] | Ids,
    bits: Sequence[int] | Ids,
) -> LossAndGradients:
    """Compute the hierarchical-softmax loss of seeing word o, the leaf at the end of a path, and its gradient.

        J = Σ_l [log(1 + e^{x_l}) − (1 − d_l) x_l] = −Σ_l log σ(±x_l)     x_l = u_{n_l}ᵀv_c, + where d_l = 0     (E40)
        δ_l = σ(x_l) − (1 − d_l)                                         (L,)
        ∂J/∂v_c = Σ_l δ_l u_{n_l}                                        (D,)
        ∂J/∂u_n = Σ_l 1[n_l = n] δ_l v_c                                 rows of (V−1, D)

    e^{−J} is the probability of o; those of all words sum to 1 (E41). The rows of U belong to the V−1 inner nodes of
    a binary tree (`word2vec.text.huffman.huffman_tree`); o itself has none, and the path alone says which word it is.

    Parameters
    ----------
    v_c : array (D,)
    o : int in 0..V−1, not used
    U : array (V−1, D)
    nodes, bits : L ints n_l in 0..V−2 from the root on, and L bits d_l: the path to o

    Returns
    -------
    J (scalar), ∂J/∂v_c (D,), ∂J/∂U (V−1, D): zero except in the rows n_l.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import hierarchical_softmax
    >>> v_c, U = np.array([1.0, 2.0]), np.array([[0.0, 0.0], [2.0, -1.0], [7.0, 7.0]])
    >>> J, grad_v_c, grad_U = hierarchical_softmax(v_c, 2, U, nodes=[1, 0], bits=[0, 1])
    >>> print(f"{J:.4f}", grad_v_c, grad_U.tolist())
    1.3863 [-1.   0.5] [[0.5, 1.0], [-0.5, -1.0], [0.0, 0.0]]
    """
    v_c, U = _vectors(v_c, U)
    check_unmasked(nodes=nodes, bits=bits)
    nodes = ids_below(len(U), "nodes", nodes)
    if np.shape(bits) != nodes.shape:
        raise ValueError(f"nodes has {nodes.size} entries, bits {np.size(bits)}: expected a bit for each node")
    scores = U[nodes] @ v_c
    sign = (1 - 2 * ids_below(2, "bits", np.asarray(bits) * 1)).astype(scores.real.dtype)
    delta = -sign * sigmoid(-sign * scores)  # σ(x) − 1 = −σ(−x), which keeps its digits
    grad_U = np.zeros(U.shape, np.result_type(delta, v_c))
    np.add.at(grad_U, nodes, np.outer(delta, v_c))
    return -log_sigmoid(sign * scores).sum(), U[nodes].T @ delta, grad_U
