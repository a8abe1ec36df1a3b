"""Vectors of texts: means of word vectors, and the scikit-learn estimator."""
