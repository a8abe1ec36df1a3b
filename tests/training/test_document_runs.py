"""word2vec/training/document_runs.py: runs of documents equal the same pair composed of input and output."""

import numpy as np
import pytest

from word2vec.training.batches import Batch
from word2vec.training.document_runs import DocumentRuns
from word2vec.training.inputs import Positions
from word2vec.training.objective import Composed
from word2vec.training.outputs import SharedNegatives

N, WORDS, DOCUMENTS, D, C, GROUP = 32, 7, 9, 5, 2, 8
CASES = {
    "one": np.zeros(N, np.int32),
    "across groups": np.repeat([0, 1, 3, 4], [5, 14, 9, 4]).astype(np.int32),
    "one word each": np.append(np.arange(8), np.repeat(8, 24)).astype(np.int32),
    "without words at the end": np.append(np.repeat([2, 3], 6), np.full(20, -1)).astype(np.int32),
}


def batch_of(documents, weighted):
    rng = np.random.default_rng(1)
    tokens, negatives = rng.integers(0, WORDS, N + 2 * C), rng.integers(0, WORDS, (N // GROUP, 6))
    weights = rng.random(N).astype(np.float32) if weighted else np.empty(0, np.float32)
    none = np.zeros(N, np.int32)
    return Batch(tokens.astype(np.int32), none, none, negatives.astype(np.int32), documents, weights)


def both():
    output = SharedNegatives(N, D, 5, 6, "float64", group=GROUP)
    source, inputs = Positions(N, D, "float64", documents_after=WORDS), WORDS + DOCUMENTS
    fused = DocumentRuns(inputs, N, C, WORDS, output, full=True)
    return fused, Composed(inputs, N, C, source, output, full=True)


def summed(objective, x, batch, out, shares):
    J = sum(objective.gradients(x, batch, groups, out, list(groups)).sum() for groups in shares)
    (ids,), (pull,) = objective.rows([batch])
    grad, pulls = np.zeros_like(x), np.zeros(len(x))
    np.add.at(grad, ids, out[: len(ids)])
    np.add.at(pulls, ids, pull)
    return J, grad, pulls, sum(objective.pairs(batch, group) for group in range(objective.groups))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_loss_gradients_pull_and_pairs_are_those_of_the_composed_pair(case, weighted):
    batch, x = batch_of(CASES[case], weighted), np.random.default_rng(2).normal(size=(2 * WORDS + DOCUMENTS, D))
    assert (batch.tokens[C:-C].reshape(-1, GROUP)[:, :, None] == batch.negatives[:, None]).any()
    for shares in ([range(4)], [range(1), range(1, 3), range(3, 4)]):
        found, expected = (summed(each, x, batch, np.full((2 * N + 24, D), np.nan), shares) for each in both())
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_entries_that_a_batch_lacks_are_zeros():
    fused, _ = both()
    batches = [batch_of(CASES[case], False) for case in ("one word each", "one")]
    x, out = np.random.default_rng(2).normal(size=(2 * WORDS + DOCUMENTS, D)), np.zeros((2 * N + 24, D))
    ids, pull = fused.rows(batches)
    assert ids.shape == (2, N + 24 + 4 * 8)  # 8 runs in the first group of the first batch, so room for 8 in each
    for batch in batches:
        fused.gradients(x, batch, range(4), out, [])
    assert out[N + 24 : N + 24 + 4].all()
    assert not out[N + 24 + 4 :].any()
    assert not pull[1, N + 24 + 4 :].any()
