"""word2vec/_types.py: annotations are for readers, too."""

import inspect
from typing import get_type_hints

import pytest

import word2vec
from word2vec import documents, evaluation, gradcheck, plotting, vectors


def public_functions():
    """Everything exported, and the public methods of classes: (name, function or class)."""
    for package in (word2vec, documents, evaluation, gradcheck, plotting, vectors):
        for name in package.__all__:
            found = getattr(package, name)
            yield f"{package.__name__}.{name}", found
            for method, function in vars(found).items() if inspect.isclass(found) else ():
                function = getattr(function, "__func__", function)
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{package.__name__}.{name}.{method}", function


PUBLIC = dict(public_functions())


@pytest.mark.parametrize("name", PUBLIC)
def test_help_shows_names_and_not_what_numpys_types_expand_to(name):
    shown = str(inspect.signature(PUBLIC[name]))
    assert [part for part in ("numpy.dtype", "numpy._typing", "ForwardRef") if part in shown] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_annotations_can_be_evaluated(name):
    function = PUBLIC[name].__init__ if inspect.isclass(PUBLIC[name]) else PUBLIC[name]
    hints = get_type_hints(function)
    assert all(not isinstance(hint, str) for hint in hints.values())


def test_public_functions_are_found():
    assert {"word2vec.WordVectors.load", "word2vec.sigmoid", "word2vec.documents.Word2VecVectorizer.fit"} <= set(
        PUBLIC
    )
    assert inspect.signature(word2vec.WordVectors.most_similar).parameters["positive"].annotation == "Given"
