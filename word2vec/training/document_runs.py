"""PV-DBOW with shared negatives in fewer operations: a document's words come one after the other.

The positions of a group that are of one document t are a run, whose hidden vectors are all d_t. So a score with a
negative is computed once for a run instead of once for each of its positions, and so is a gradient in d_t. With i in
run r of document t, word o_i, weight s_i, and negatives w = 1..N:

    x_i = u_{o_i}ᵀd_t,  δ_i = s_i (σ(x_i) − 1);   x_rw = u_wᵀd_t,  δ_rw = (K/N) σ(x_rw) Σ_{i ∈ r} s_i 1[w ≠ o_i]
    ∂J/∂d_t = Σ_{i ∈ r} δ_i u_{o_i} + Σ_w δ_rw u_w,   ∂J/∂u_{o_i} = δ_i d_t,   ∂J/∂u_w = Σ_r δ_rw d_t            (E44)
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .._types import Array, Ids
from ..functions import log_sigmoid
from .batches import Batch
from .outputs import SharedNegatives


class DocumentRuns:
    """The gradients of batches of n positions: those of their words, of the negatives, then of the runs' documents.

    Parameters
    ----------
    n, window, after : positions of a batch, C, number of words
    output : `SharedNegatives` of these positions, whose rows and pull the gradients have
    """

    def __init__(self, n: int, window: int, after: int, output: SharedNegatives) -> None:
        self.n, self._window, self._after, self._output = n, window, after, output
        self._share, self.groups, self._shared = output.share, *output.negatives
        self._group, self.entries, self._written = n // self.groups, output.entries + n, 0
        self._H, self._u_o, self._u = np.empty_like(output.u_o), output.u_o, output.u

    def runs(self, documents: Ids) -> Ids:
        """Return where runs begin among positions, which begin with a group: (R,)."""
        new = np.empty(len(documents), bool)
        np.not_equal(documents[1:], documents[:-1], out=new[1:])
        new[:: self._group] = True
        return np.flatnonzero(new)

    def rows(self, batch: Batch) -> Ids:
        """Return the words, the negatives, and the documents behind the words: (entries − n + R,)."""
        documents = np.maximum(batch.documents[self.runs(batch.documents)], 0) + np.int32(self._after)
        return np.append(self._output.rows(batch), documents)

    def pull(self, batch: Batch, predicted: Array) -> Array:
        """Return how much pulls at each of these rows."""
        documents = np.add.reduceat(self._output.hidden_pull * predicted, self.runs(batch.documents))
        return np.append(self._output.pull(predicted, batch), documents)

    def gradients(
        self, Z: Array, U: Array, batch: Batch, seen: Array, groups: range, out: Array, measured: Sequence[int]
    ) -> Array:
        """Fill the groups' part of out; return the loss of those that are measured. seen is of these groups."""
        from scipy.sparse import csr_array

        begin, m, D = groups.start * self._group, len(seen), out.shape[1]
        part, weight = batch.part(begin, begin + m), seen.astype(Z.real.dtype)
        first = self.runs(part.documents)  # (R,)
        ends, by_group = np.append(first, m), np.searchsorted(first, np.arange(0, m + 1, self._group))
        d = Z.take(np.maximum(part.documents[first], 0) + self._after, axis=0)  # (R, D)
        run = np.arange(len(first)).repeat(np.diff(ends))
        own = part.tokens[self._window : self._window + m]
        u_o = np.take(U, own, axis=0, out=self._u_o[:m], mode="clip")
        u = np.take(U, part.negatives, axis=0, out=self._u[: len(groups)], mode="clip")  # (m/G, N, D)
        H = np.take(d, run, axis=0, out=self._H[:m], mode="clip")
        x, a, far = np.vecdot(H, u_o), self._meetings(part, own, weight, first, run), self._far(d, u, by_group)
        J = self._losses(x, weight, a, far, by_group, [group - groups.start for group in measured])
        delta = weight * 0.5 * (np.tanh(0.5 * x) - 1)
        far = a * 0.5 * (1 + np.tanh(0.5 * far))
        np.multiply(delta[:, None], H, out=out[begin : begin + m])
        grad_u = out[self.n : self.n + self.groups * self._shared].reshape(self.groups, self._shared, D)
        grad_d = csr_array((delta, np.arange(m), ends), (len(first), m)) @ u_o
        for g, (one, end) in enumerate(pairwise(by_group)):
            np.matmul(far[one:end].T, d[one:end], out=grad_u[groups.start + g])
            grad_d[one:end] += far[one:end] @ u[g]
        place = self._output.entries + (len(self.runs(batch.documents[:begin])) if begin else 0)
        out[place : place + len(d)] = grad_d
        if groups.stop == self.groups:
            out[place + len(d) : self._written] = 0  # of a batch that had more runs; rows behind are zero always
            self._written = place + len(d)
        return J

    def _meetings(self, part: Batch, own: Ids, weight: Array, first: Ids, run: Ids) -> Array:
        """Return K/N times how many of a run's words a negative is not equal to, weighted: (R, N)."""
        by_group = own.reshape(-1, self._group, 1)  # (m/G, G, 1)
        equal = np.flatnonzero(part.negatives[:, None, :] == by_group)  # of (m/G, G, N)
        position, negative = np.divmod(equal, self._shared)
        total = np.add.reduceat(weight, first)[:, None]  # (R, 1)
        size = len(first) * self._shared
        met = np.bincount(run[position] * self._shared + negative, weight[position], size)
        return np.asarray((self._share * (total - met.reshape(-1, self._shared))).astype(weight.dtype))  # (R, N)

    def _far(self, d: Array, u: Array, by_group: Ids) -> Array:
        """Compute the scores of runs with their group's negatives: (R, N)."""
        far = np.empty((len(d), self._shared), d.dtype)
        for g, (one, end) in enumerate(pairwise(by_group)):
            np.matmul(d[one:end], u[g].T, out=far[one:end])
        return far

    def _losses(self, x: Array, weight: Array, a: Array, far: Array, by_group: Ids, measured: Sequence[int]) -> Array:
        """Compute the losses of some groups, in double precision."""
        J = np.empty(len(measured), np.result_type(x, np.float64))
        for i, g in enumerate(measured):
            near, runs = slice(g * self._group, (g + 1) * self._group), slice(*by_group[g : g + 2])
            J[i] = -(weight[near] * log_sigmoid(x[near].astype(J.dtype))).sum()
            J[i] -= (a[runs] * log_sigmoid(-far[runs].astype(J.dtype))).sum()
        return J
