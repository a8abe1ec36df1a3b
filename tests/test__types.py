"""word2vec/_types.py: annotations are for readers, too."""

import inspect
import pkgutil
from importlib import import_module
from typing import get_type_hints

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


def test_help_shows_names_and_not_what_numpys_types_expand_to():
    shown = {name: str(inspect.signature(found)) for name, found in PUBLIC.items()}
    bad = "numpy.dtype", "numpy._typing", "ForwardRef"
    assert [(name, part) for name, text in shown.items() for part in bad if part in text] == []


def test_help_of_no_module_shows_numpys_private_types():
    functions = []
    for name in [each.name for each in pkgutil.walk_packages(word2vec.__path__, "word2vec.")]:
        for label, thing in vars(import_module(name)).items():
            if getattr(thing, "__module__", "") == name and not label.startswith("_"):
                members = vars(thing).values() if inspect.isclass(thing) else [thing]  # __init__ is among them
                functions += [f for each in members if inspect.isfunction(f := getattr(each, "__func__", each))]
    assert len(functions) > 1000
    assert [f for f in functions if "numpy._typing" in str(inspect.signature(f))] == []


def test_annotations_can_be_evaluated():
    for name, found in PUBLIC.items():
        hints = get_type_hints(found.__init__ if inspect.isclass(found) else found)
        assert all(not isinstance(hint, str) for hint in hints.values()), name


def test_public_functions_are_found():
    assert {"word2vec.WordVectors.load", "word2vec.sigmoid", "word2vec.documents.Word2VecVectorizer.fit"} <= set(
        PUBLIC
    )
    assert inspect.signature(word2vec.WordVectors.most_similar).parameters["positive"].annotation == "Given"
