"""A trained model as one file: both tables, words, counts, settings and history, in the container of checkpoints."""

from word2vec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint, versions
from word2vec.files import PathLike
from word2vec.history import History
from word2vec.vectors import WordVectors

KIND = "word2vec model 1"


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
    values = {"kind": KIND, "words": vectors.words, "settings": vectors.settings, "versions": versions()}
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
    arrays, values = load_checkpoint(path)
    if values.get("kind") != KIND:
        raise CheckpointError(f"{path} holds no {KIND!r}: expected a file that save_model wrote")
    return WordVectors(
        values["words"],
        arrays["V"],
        outside=arrays["U"],
        counts=arrays["counts"],
        history=History.from_arrays(arrays, values["complete"]),
        settings=values["settings"],
    )
