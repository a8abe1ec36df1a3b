"""The course's helpers under the names it gives them."""

from word2vec.course.helpers import dump, load, normalize_rows, normalizeRows, softmax

__all__ = ["dump", "load", "normalizeRows", "normalize_rows", "softmax"]
