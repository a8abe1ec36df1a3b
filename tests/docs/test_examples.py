"""The examples of the API reference: every public name has one, and each prints what stands below it.

The examples of a class's methods go on from the class's own, above them on the page. They run in an empty folder.
"""

import doctest
import inspect

import pytest

from tests.docs.reference import listed_names, resolved

# a constant has nothing to show but its value
NAMES = [name for name in listed_names() if callable(resolved(name))]


def members(thing):
    """Return name and function of each public method that a class defines, in their order."""
    found = vars(thing).items() if inspect.isclass(thing) else ()
    functions = ((name, inspect.unwrap(getattr(each, "__func__", each))) for name, each in found)
    return [(name, each) for name, each in functions if inspect.isfunction(each) and not name.startswith("_")]


def example(thing, name, globs):
    return doctest.DocTestParser().get_doctest(inspect.getdoc(thing) or "", globs, name, inspect.getfile(thing), 0)


def complaints(test):
    """Return what doctest prints of an example that fails; the names that it makes are then in its globs."""
    printed = []
    doctest.DocTestRunner(verbose=False).run(test, out=printed.append, clear_globs=False)
    return "".join(printed)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_prints_what_it_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    thing = resolved(name)
    test = example(thing, name, {})
    assert test.examples, f"{name} has no example: expected one under the heading Examples, at the docstring's end"
    assert "\nExamples\n--------\n>>> " in inspect.getdoc(thing)
    assert complaints(test) == ""
    for member, function in members(thing):
        assert complaints(example(function, f"{name}.{member}", dict(test.globs))) == ""


@pytest.mark.parametrize("name", ["word2vec.WordVectors", "word2vec.documents.Word2VecVectorizer"])
def test_every_method_of_what_is_used_most_has_an_example(name):
    assert [member for member, each in members(resolved(name)) if ">>> " not in (each.__doc__ or "")] == []


def test_an_example_that_prints_something_else_fails():
    def double(x):
        """Return 2x.

        >>> 2 * 3
        7
        """

    assert "Expected:\n    7\nGot:\n    6" in complaints(example(double, "double", {}))
