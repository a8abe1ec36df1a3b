"""Probabilities of words by a trained model: of the softmax over all words, or along the paths of a Huffman tree."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .._types import Array, Ids
from ..functions import log_softmax
from ..runtime.arguments import check_type
from ..text.huffman import Tree, huffman_tree

PATHS, SOFTMAX = "hierarchical-softmax", "naive-softmax"


def part_of(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the settings of a model's part ("model", "loss"); nothing if they are not known."""
    part = settings.get(name)
    return part if isinstance(part, Mapping) else {}


def of_nodes(settings: Mapping[str, Any]) -> bool:
    """Return whether a model's outside vectors belong to the inner nodes of a tree instead of words."""
    return part_of(settings, "loss").get("name") == PATHS


def tree_of(counts: Array, settings: Mapping[str, Any]) -> Tree:
    """Return the tree of a model's words, by the rule of the program that trained it."""
    return huffman_tree(np.asarray(counts), part_of(settings, "loss").get("rule", "word2vec.c"))


def check_all_known(words: int, settings: Mapping[str, Any], why: str) -> None:
    """Raise ValueError if a model was loaded with some of its words only."""
    if words < (all_words := settings.get("all_words", 0)):
        what = f"{words:,} of the model's {all_words:,} words are known: expected all, since {why}"
        raise ValueError(f"{what}; load it without limit= and only=")


def log_prediction(
    outside: Array | None, counts: Ids | None, settings: Mapping[str, Any]
) -> Callable[[Array], Array]:
    """Return the function v̂ (D,) → log P(w | v̂) of every word (V,) that a model was trained to compute.

    Raises ValueError if the model has no probabilities, or its outside vectors or counts are not known.
    """
    loss = part_of(settings, "loss")
    name, known = loss.get("name"), f"expected a model of loss={PATHS!r} or {SOFTMAX!r}"
    if name not in (PATHS, SOFTMAX):
        what = f"{name!r}, whose scores do not sum to 1" if name else "not known"
        raise ValueError(f"there are no probabilities: the loss is {what}; {known}")
    if outside is None or (counts is None and name == PATHS):
        raise ValueError(f"outside vectors or counts are not known: {known}, from train() or load_model(), whole")
    check_all_known(len(outside), settings, "their probabilities sum to 1")
    U = np.asarray(outside, np.float64)
    if name == SOFTMAX:
        return lambda v_hat: np.asarray(log_softmax(U @ v_hat))
    tree = tree_of(np.asarray(counts), settings)
    return lambda v_hat: tree.log_probabilities(U[:-1] @ v_hat)


def hidden_vector(
    context: Iterable[Any],
    vector: Callable[[str], Array],
    settings: Mapping[str, Any],
    rows: Callable[[list[str]], Array],
) -> Array:
    """Compute the hidden vector v̂ (D,) of a context: words, or pairs (word, weight); `vector` returns a word's.

    That of PV-DM is of a document whose vector is 0. `rows` returns of how many rows, its own and its n-grams',
    the vector of each word is the mean: (n,). fastText's CBOW takes the mean of the rows of all words.
    """
    if isinstance(context, str):
        context = [context]
    check_type("context", context, Iterable, "a word, or a list of words or pairs (word, weight)")
    pairs = [(each, 1.0) if isinstance(each, str) else each for each in context]
    model = part_of(settings, "model")
    name = model.get("name")
    if name == "pv-dbow" and not model.get("words"):
        raise ValueError("words predict no words in the model 'pv-dbow': expected PvDbow(words=True), or another one")
    if name in ("skip-gram", "pv-dbow") and len(pairs) != 1:
        raise ValueError(f"the context has {len(pairs)} words: expected one, since skip-gram predicts from one word")
    try:
        weights = np.array([weight for _, weight in pairs], np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"context is {context!r:.60}: expected a word, or a list of words or pairs (word, weight)"
        ) from None
    words = [word for word, _ in pairs]
    v = np.array([*map(vector, words)], np.float64)
    if words and model.get("mean") and "fasttext" in settings:
        weights = weights * rows(words)
    total = float(weights.sum())
    if not words or not np.isfinite(total) or (model.get("mean") and total == 0):
        raise ValueError(f"the context has {len(words)} words, of weight {total:g}: expected some of finite weight")
    v_hat = weights @ v
    return np.asarray(v_hat / (total + (name == "pv-dm")) if model.get("mean") else v_hat)  # the document counts 1
