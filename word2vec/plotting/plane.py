"""Positions of vectors in a plane: their first two principal axes, or t-SNE."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._types import Array
from ..functions import check_unmasked
from ..runtime.arguments import check_choice
from ..runtime.workers import one_blas_thread
from ..vectors.neighbours import check_finite, row_lengths

Points = NDArray[np.float64]

METHODS = ("svd", "tsne")


def plane(
    vectors: ArrayLike, method: str = "svd", words: Sequence[str] | None = None
) -> tuple[Points, tuple[str, str]]:
    """Compute a position in the plane for each vector; the same vectors always get the same positions.

    Parameters
    ----------
    vectors : array (n, D) of real numbers of any type, n and D ≥ 1; they are converted to float64
    method : "svd", see `principal_plane`, or "tsne", scikit-learn's t-SNE, which keeps neighbours together, while
        distances between clusters are not meaningful; for any other ValueError is raised
    words : n names of the vectors, for messages

    Returns
    -------
    coordinates (n, 2), and the labels of the two axes.

    Raises ValueError if the vectors are no such array, or one holds NaN or infinity; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.plotting.plane import plane
    >>> points, labels = plane(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    >>> points.shape, len(labels)
    ((3, 2), 2)
    """
    check_choice("method", method, METHODS)
    check_unmasked(vectors=vectors)
    given = np.asarray(vectors)
    if given.dtype.kind not in "biuf" or given.ndim != 2 or not given.size:
        what = f"vectors is an array of shape {given.shape} of {given.dtype}"
        raise ValueError(f"{what}: expected real numbers (n, D), a row for each of one or more words")
    with np.errstate(over="ignore"):  # of long doubles; found below
        X = given.astype(np.float64)
    check_finite(row_lengths(X), "the vectors", words)
    exponent = np.frexp(abs(X).max())[1]
    with np.errstate(under="ignore"):
        X = np.ldexp(X, -exponent)  # squares can neither overflow nor vanish now
    points, explained = principal_plane(X)
    if method == "tsne" and len(X) > 1:
        return _t_sne(X, points), ("t-SNE (distances between clusters are not meaningful)", "")
    first, second = (f"principal axis, {share:.0%} of the variance" for share in explained)
    return np.ldexp(points, exponent), (f"first {first}", f"second {second}")


def principal_plane(vectors: Array) -> tuple[Points, Points]:
    """Project vectors onto their first two principal axes, as the course's plot does (E36).

        X̃ = X − mean,  X̃ᵀX̃/n = A S Aᵀ (singular values in descending order),  coordinates = X̃ A[:, :2]

    The sign of an axis is arbitrary: here the coordinate of largest magnitude is positive. With D = 1 the second
    coordinate is 0.

    Returns
    -------
    coordinates (n, 2), and the share of the variance that each of the two axes explains (2,).

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.plotting.plane import principal_plane
    >>> vectors = np.array([[3.0, 0.0, 5.0], [-3.0, 0.0, 5.0], [0.0, 1.0, 5.0], [0.0, -1.0, 5.0]])
    >>> coordinates, shares = principal_plane(vectors)
    >>> coordinates.round(3) + 0, shares.round(3)
    (array([[ 3.,  0.],
           [-3.,  0.],
           [ 0.,  1.],
           [ 0., -1.]]), array([0.9, 0.1]))
    """
    noise = 1e-13 * abs(vectors).max()  # what rounding leaves of 0 is no axis
    centred = vectors - vectors.mean(axis=0)
    centred *= abs(centred).max() > noise
    centred = np.pad(centred, ((0, 0), (0, max(0, 2 - vectors.shape[1]))))  # (n, max(D, 2))
    axes, variance, _ = np.linalg.svd(centred.T @ centred / len(vectors))
    coordinates = centred @ axes[:, :2]
    coordinates *= abs(coordinates).max(axis=0) > noise
    farthest = coordinates[abs(coordinates).argmax(axis=0), [0, 1]]  # (2,)
    return coordinates * np.where(farthest < 0, -1, 1), variance[:2] / (variance.sum() or 1)


def _t_sne(vectors: Array, start: Points) -> Points:
    """Embed by t-SNE from the principal plane on; in one thread, since several would not give the same bits."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    start = start * (1e-4 / (start[:, 0].std() or 1))
    embedding = TSNE(init=start, perplexity=min(30.0, (len(vectors) - 1) / 3), random_state=0)
    with one_blas_thread(), threadpool_limits(1, user_api="openmp"):
        return np.asarray(embedding.fit_transform(vectors), np.float64)
