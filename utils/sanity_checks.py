"""The sanity checks of XCS224N under the name it gives them; its files import `np` and `random` from here, too."""

from word2vec.course.sanity_checks import dummy, inputs, np, outputs, random, sample_vectors_expected

__all__ = ["dummy", "inputs", "np", "outputs", "random", "sample_vectors_expected"]
