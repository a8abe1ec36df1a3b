"""A trained model as one file: both tables, words, counts, settings and history, in the container of checkpoints."""

from word2vec._types import PathLike
from word2vec.runtime.checkpoint import save_checkpoint, versions
from word2vec.vectors.formats.array_format import MODEL, read_model
from word2vec.vectors.word_vectors import WordVectors


def save_model(vectors: WordVectors, path: PathLike) -> None:
    """Write all that training on needs (`train(…, start_from=load_model(path))`), durably.

    Raises
    ------
    ValueError
        If there are no outside vectors or counts: the vectors were not trained here.
    OSError
        If it cannot be written; an older file is intact.
    """
    if vectors.outside is None or vectors.counts is None:
        raise ValueError(
            "no outside vectors or counts: expected vectors from train(); others are saved by .save(path)"
        )
    arrays = {"V": vectors.matrix, "U": vectors.outside, "counts": vectors.counts, **vectors.history.arrays()}
    values = {"kind": MODEL, "words": vectors.words, "settings": vectors.settings, "versions": versions()}
    save_checkpoint(path, arrays, values | {"complete": vectors.history.complete})


def load_model(path: PathLike) -> WordVectors:
    """Read what `save_model` wrote.

    Raises
    ------
    CheckpointError
        If the file is damaged or no model.
    FileNotFoundError
        If there is none.
    """
    return WordVectors(**vars(read_model(path)))
