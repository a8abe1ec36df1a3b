"""Turn one set of vectors onto another: orthogonal Procrustes."""

import numpy as np

from .._types import Array
from ..runtime.arguments import warn
from .neighbours import check_finite, row_lengths, unit_rows


def rotation(rows: Array, onto: Array, *, unit: bool = True, centred: bool = False) -> Array:
    """Return the orthogonal matrix Q (D, D), float64, for which the sum of ‖x_i Q − y_i‖² is least (E46).

    x_i, y_i are the rows of two (n, D). `unit` scales them to length 1, then `centred` subtracts each side's mean. Q
    may hold a reflection. Warns (UserWarning) where the rows leave it open, as fewer than D of them do; raises
    ValueError if one is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.vectors.alignment import rotation
    >>> rotation(np.eye(2), np.array([[3.0, 4.0], [-4.0, 3.0]])).round(12)
    array([[ 0.6,  0.8],
           [-0.8,  0.6]])
    """
    rows, onto, sides = np.asarray(rows), np.asarray(onto), []
    if rows.ndim != 2 or rows.shape != onto.shape:
        raise ValueError(f"rows has the shape {rows.shape}, onto {onto.shape}: expected two arrays (n, D)")
    for name, side in (("the vectors", rows), ("the vectors to align to", onto)):
        check_finite(row_lengths(side), name)
        side = unit_rows(side) if unit else np.asarray(side, np.float64)
        with np.errstate(under="ignore"):
            side = np.ldexp(side, -np.frexp(abs(side).max(initial=0))[1])  # products neither overflow nor vanish
        sides.append(side - side.mean(axis=0) if centred else side)
    A, s, Bt = np.linalg.svd(sides[0].T @ sides[1])
    if s[-1] <= s[0] * len(s) * np.finfo(float).eps:
        warn(f"{len(rows)} words leave the rotation of {len(s)} dimensions open: expected more words than dimensions")
    return np.asarray(A @ Bt)
