"""word2vec/runtime/arguments.py: one wording for arguments that make no sense."""

import math
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest

from word2vec.runtime.arguments import (
    check_choice,
    check_number,
    check_type,
    check_whole,
    hidden_in,
    of_arrow,
    takes,
    warn,
    with_other_names,
)
from word2vec.runtime.console import LIBRARY


def test_what_is_right_passes():
    check_whole("n", 1)
    check_whole("n", np.int64(3), 0, 3)
    check_number("x", np.float32(0.5), "a share", 0, 1)
    check_number("x", 3, "a number")
    check_choice("kind", "a", ["a", "b"])


@pytest.mark.parametrize("value", ["3", 1.0, True, None, [1]])
def test_what_is_no_whole_number_is_a_type_error(value):
    with pytest.raises(TypeError, match=r"^n is .*: expected a whole number$"):
        check_whole("n", value)


@pytest.mark.parametrize(
    ("value", "limits", "message"),
    [
        (0, (), "n is 0: expected at least 1"),
        (-1, (0, 9), "n is -1: expected a whole number from 0 to 9"),
        (10, (0, 9), "n is 10: expected a whole number from 0 to 9"),
    ],
)
def test_whole_numbers_out_of_range_are_a_value_error(value, limits, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_whole("n", value, *limits)


@pytest.mark.parametrize("value", [math.nan, -1, math.inf, 1.0])
def test_numbers_out_of_range_are_a_value_error(value):
    with pytest.raises(ValueError, match=r"^rate is .*: expected a positive share$"):
        check_number("rate", value, "a positive share", 1e-300, 1)


@pytest.mark.parametrize("value", ["x", None, True, 1j, np.ones(1)])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match=r"^rate is .*: expected a positive share$"):
        check_number("rate", value, "a positive share", 1e-300, 1)


@pytest.mark.parametrize("value", ["c", None, ["a"], 3])
def test_a_choice_names_the_choices(value):
    with pytest.raises(ValueError, match=r"^kind is .*: expected one of a, b$"):
        check_choice("kind", value, ("a", "b"))


def test_a_decorated_function_is_what_it_was():
    class Counter:
        @with_other_names({"amount": "it is called n here"})
        def add(self, n: int = 1, *, twice: bool = False) -> int:
            """Add."""
            return n * (1 + twice)

    assert (Counter().add(3), Counter().add(n=3, twice=True), Counter.add.__doc__) == (3, 6, "Add.")
    assert str(signature(Counter.add)) == "(self, n: int = 1, *, twice: bool = False) -> int"
    with pytest.raises(TypeError, match=r"Counter\.add\(\) has no argument 'amount': it is called n here$"):
        Counter().add(amount=3)
    with pytest.raises(TypeError, match=r"has no argument 'twixe': did you mean twice\?$"):
        Counter().add(twixe=True)
    with pytest.raises(TypeError, match=r"has no argument 'selfish': expected one of n, twice$"):
        Counter().add(selfish=3)


def test_a_type_is_named_or_described():
    check_type("x", 1, int | None)
    with pytest.raises(TypeError, match=r"^x is '1': expected int$"):
        check_type("x", "1", int)
    with pytest.raises(TypeError, match=r"^x is '1': expected a number or None$"):
        check_type("x", "1", int | None, "a number or None")


def test_a_class_of_the_same_name_is_said_to_be_another_import():
    """`word2vec` and `word2vec_numpy` have classes of their own, which print alike."""
    ours, theirs = (type("Vectors", (), {"__module__": name}) for name in ("word2vec", "word2vec_numpy"))
    expected = "^x is .*, of word2vec_numpy: expected one of word2vec; the library is imported twice, say as word2vec"
    with pytest.raises(TypeError, match=expected):
        check_type("x", theirs(), ours)


@pytest.mark.parametrize("collect", [list, tuple, lambda items: dict(enumerate(items))])
def test_of_a_large_collection_only_the_beginning_is_written(collect):
    written = []

    class Vector:
        def __repr__(self):
            written.append(1)
            return "a vector"

    with pytest.raises(TypeError, match=r"^x is .*a vector, .*: expected int$"):
        check_type("x", collect([Vector() for _ in range(1000)]), int)
    assert len(written) < 10


@pytest.mark.parametrize("check", [lambda x: check_whole("n", x), lambda x: check_number("n", x, "a number")])
def test_long_values_are_cut_off(check):
    with pytest.raises(TypeError) as caught:
        check(["x" * 1000])
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_whole_numbers_larger_than_any_float_are_out_of_range(value):
    with pytest.raises(ValueError, match=r"^rate is .{60}: expected a share$"):
        check_number("rate", value, "a share")


@with_other_names({"size": "it is called dim here"})
def ours(source, *, dim=1, window=2):
    """Do it."""
    return source, dim, window


def test_other_names_of_arguments_are_explained():
    assert ours("a", window=3) == ("a", 1, 3)
    assert str(signature(ours)) == "(source, *, dim=1, window=2)"
    assert ours.__doc__ == "Do it."
    with pytest.raises(TypeError, match=r"^ours\(\) has no argument 'size': it is called dim here$"):
        ours("a", size=3)
    with pytest.raises(TypeError, match=r"^ours\(\) has no argument 'windw': did you mean window\?$"):
        ours("a", windw=3)
    with pytest.raises(TypeError, match=r"^ours\(\) has no argument 'xyz': expected one of source, dim, window$"):
        ours("a", xyz=3, size=3)


def test_how_many_arguments_a_function_takes():
    assert takes(lambda *_: 0, 2)
    assert takes([].append, 1)
    assert takes(max, 2)  # has no signature
    assert takes(wraps(lambda a, b, c: 0)(lambda a, b: 0), 2)  # of a decorator that passes the third
    assert not takes([].append, 2)
    assert not takes(lambda a, b, c: 0, 2)


def test_what_a_masked_array_hides():
    assert hidden_in(np.ma.array([1, 2], mask=[True, False])).tolist() == [True, False]
    assert hidden_in(np.ma.array([1, 2])) is hidden_in(np.arange(2)) is hidden_in([1]) is None


def test_only_items_of_pyarrow_need_its_advice():
    assert of_arrow("tea") == of_arrow(None) == ""
    assert of_arrow(SimpleNamespace(as_py=str)) == "; of a column of pyarrow pass .to_pylist()"


def test_a_warning_points_at_the_line_that_called_the_library():
    inside = "with contextmanager(lambda: (yield warn('look here')))(): pass"
    module = {"__name__": f"{LIBRARY}.module", "contextmanager": contextmanager, "warn": warn}
    for file in (f"{LIBRARY}/module.py", "<string>", "where/it/was/compiled.py"):  # of dataclasses; moved .pyc files
        with pytest.warns(UserWarning, match="^look here$") as caught:
            exec(compile(inside, file, "exec"), module)
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("module", ["__main__", f"{LIBRARY}.__main__", f"{LIBRARY}_of_mine", "my.sklearn"])
def test_a_warning_points_at_commands_and_other_modules(module):
    with pytest.warns(UserWarning, match="^look here$") as caught:
        exec(compile("warn('look here')", f"{module}.py", "exec"), {"__name__": module, "warn": warn})
    assert [warning.filename for warning in caught] == [f"{module}.py"]
