"""A trained model as one file: an .npz of its vectors with settings, history and a checksum."""

from .._types import PathLike
from ..runtime.archive import UNREADABLE, CheckpointError, load_archive, save_archive
from ..runtime.arguments import check_path, check_type
from ..runtime.run_folder import versions
from .formats.array_format import MODEL, arrays_of, parts_of, subwords_of, training_of
from .gensim_names import from_gensim
from .word_vectors import WordVectors


def save_model(vectors: WordVectors, path: PathLike) -> None:
    """Write everything that further training needs (`train(…, start_from=load_model(path))`), durably.

    If there are no outside vectors or counts (they were not trained here), raise ValueError; if the file cannot be
    written, OSError: an older one is intact.

    Examples
    --------
    >>> from word2vec import load_model, save_model, train
    >>> save_model(train([["green", "tea"], ["black", "coffee"]] * 50, dim=4, sample=0, quiet=True), "model")
    >>> sorted(load_model("model"))
    ['black', 'coffee', 'green', 'tea']
    """
    expected = f"WordVectors, and the path of the model after them{from_gensim(vectors)}"
    check_type("vectors", vectors, WordVectors, expected)
    check_path(path)
    if vectors.outside is None or vectors.counts is None:
        raise ValueError(
            "there are no outside vectors or counts: expected vectors from train(); write others by .save(path)"
        )
    values = {"kind": MODEL, "settings": vectors.settings, "complete": vectors.history.complete}
    save_archive(path, arrays_of(vectors) | vectors.history.arrays(), values | {"versions": versions()})


def load_model(path: PathLike) -> WordVectors:
    """Read what `save_model` wrote, after comparing the checksum.

    If the file is damaged or no model, raise CheckpointError; if there is none, FileNotFoundError.

    Examples
    --------
    >>> from word2vec import load_model, save_model, train
    >>> text = [["green", "tea"], ["black", "coffee"]] * 50
    >>> save_model(train(text, dim=4, sample=0, quiet=True), "model")
    >>> more = train(text, dim=4, sample=0, quiet=True, start_from=load_model("model"))
    >>> more.counts.tolist()
    [100, 100, 100, 100]
    """
    check_path(path)
    reader = "WordVectors.load(path) reads vectors"
    arrays, values = load_archive(path, "is no model of save_model, or is damaged", reader)
    if values.get("kind") != MODEL or not arrays.keys() >= {"matrix", "outside", "counts"}:
        raise CheckpointError(f"{path} holds no {MODEL!r}: expected a file that save_model wrote; {reader}")
    try:
        encoded, matrix, outside, counts = parts_of(arrays)
        words = [word.decode("utf-8", "surrogatepass") for word in encoded]
        more = training_of(arrays, values) | {"documents": arrays.get("documents"), "subwords": subwords_of(arrays)}
        return WordVectors(words, matrix, outside=outside, counts=counts, **more)
    except UNREADABLE as error:
        raise CheckpointError(f"{path} is no sound {MODEL!r} ({error}): write it anew by save_model") from None
