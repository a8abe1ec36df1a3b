"""benchmarks/cluster.py: what is timed is the training, and it is left as it was."""

import numpy as np
import pytest

from benchmarks.cluster import text, trained
from word2vec.runtime.engine import Serial
from word2vec.training import trainer
from word2vec.training.settings import ClusterOptions


def test_the_text_has_the_words_that_were_asked_for():
    source = text(3200, 50)
    assert (len(source), {len(each) for each in source}) == (100, {32})
    counts = np.bincount(np.concatenate(source))
    assert len(counts) <= 50
    assert counts[0] == counts.max()


@pytest.mark.filterwarnings("ignore:sample=")
def test_a_training_is_timed_with_and_without_a_cluster():
    loops = trainer.training_loop, trainer.cluster_loop
    for cluster, sent in ((None, False), (ClusterOptions(Serial(), shards=2), True)):
        seconds, megabytes = trained(text(3200, 50), cluster, 4)
        assert seconds > 0
        assert (megabytes > 0) == sent
    assert loops == (trainer.training_loop, trainer.cluster_loop)
