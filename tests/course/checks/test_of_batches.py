"""word2vec/course/checks/of_batches.py: a batch together with a model and a loss; alone it is in the planted bugs."""

import pytest

from word2vec.course import assignment
from word2vec.course.checks.of_batches import batch_complaints
from word2vec.course.starter_test import CASES


def doubled(*window):
    loss, grad_V, grad_U = assignment.skipgram(*window)
    return loss, 2 * grad_V, grad_U


@pytest.mark.parametrize("loss_name", CASES)
def test_a_batch_is_judged_together_with_the_model_and_the_loss(loss_name):
    batch, loss = assignment.word2vec_sgd_wrapper, getattr(assignment, loss_name)
    assert [*batch_complaints(batch, assignment.skipgram, loss_name, loss)] == []
    [complaint] = batch_complaints(batch, doubled, loss_name, loss)
    assert complaint.startswith(f"with {loss_name}, the batch's grad differs")
    other = next(getattr(assignment, name) for name in CASES if name != loss_name)
    for complaint in batch_complaints(lambda *given: batch(*given[:-1], other), assignment.skipgram, loss_name, loss):
        assert f"{other.__name__} leads to this: is the loss that is handed over the one that is called?" in complaint
