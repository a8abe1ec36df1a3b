"""word2vec/gradcheck/parameters.py: names of entries, rows and words; forms; refusals."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

from word2vec.gradcheck.parameters import Parameters
from word2vec.gradcheck.structure import flatten

V = np.arange(6.0).reshape(3, 2)
U = V + 10
b = np.array([7.0, 8.0])
Tables = namedtuple("Tables", ["V", "U"])


def names(parameters):
    return [block.name for block in parameters.blocks]


# blocks and labels


@pytest.mark.parametrize(
    ("x", "given", "expected"),
    [
        (V, None, ["x"]),
        (V, "V", ["V"]),
        (V, ["V"], ["V"]),
        ((V, U), None, ["x[0]", "x[1]"]),
        ([V, U], None, ["x[0]", "x[1]"]),
        ((V, U), ["V", "U"], ["V", "U"]),
        ({"V": V, 3: U}, None, ["V", "3"]),
        (np.vstack([V, U]), {"V": 3, "U": 3}, ["V", "U"]),
        (2.5, None, ["x"]),
        ([1.0, 2.0], None, ["x"]),
        (Tables(V, U), None, ["V", "U"]),
        (Tables(V, U), ["in", "out"], ["in", "out"]),
        ([(V, b), (U, b)], None, ["x[0][0]", "x[0][1]", "x[1][0]", "x[1][1]"]),
        ([(V, b), {"U": U}], ["first", "second"], ["first[0]", "first[1]", "second.U"]),
        ({"layers": [Tables(V, b)]}, None, ["layers[0].V", "layers[0].U"]),
    ],
)
def test_blocks_are_named(x, given, expected):
    assert names(Parameters(x, given)) == expected


def test_entries_stand_one_behind_the_other():
    parameters = Parameters((V, b, 3.5))
    assert parameters.n == 9
    assert parameters.flat.tolist() == [0, 1, 2, 3, 4, 5, 7, 8, 3.5]


def test_stacked_blocks_share_one_array():
    parameters = Parameters(np.vstack([V, U[:2]]), {"V": 3, "U": 2})
    assert [(block.part, block.shape, block.width) for block in parameters.blocks] == [
        (slice(0, 6), (3, 2), 2),
        (slice(6, 10), (2, 2), 2),
    ]
    assert len(parameters.leaves) == 1
    assert [parameters.label(i) for i in (0, 5, 6, 9)] == ["V[0, 0]", "V[2, 1]", "U[0, 0]", "U[1, 1]"]


@pytest.mark.parametrize(
    "words",
    [
        ["king", "queen", "it"],
        dict.fromkeys(["king", "queen", "it"]).keys(),
        {"it": 2, "king": 0, "queen": 1},
        ("king", "queen", "it"),
    ],
)
def test_labels_hold_the_word(words):
    parameters = Parameters((V, b, 1.0), ["V", "b", "s"], words)
    assert parameters.label(3) == 'V[1, 1] ("queen")'
    assert parameters.label(5, row=True) == 'V[2] ("it")'
    assert [parameters.label(i) for i in (7, 8)] == ["b[1]", "s"]
    assert [parameters.label(i, row=True) for i in (7, 8)] == ["b", "s"]


def test_labels_of_three_axes():
    parameters = Parameters(np.zeros((2, 3, 4)))
    assert parameters.label(23) == "x[1, 2, 3]"
    assert parameters.label(23, row=True) == "x[1, 2]"
    assert parameters.locate(13)[1] == (1, 0, 1)


def test_a_strange_word_keeps_to_its_line():
    parameters = Parameters(V, words=["two\nlines", "w" * 1000, "\x1b[31m"])
    assert parameters.label(0, row=True) == 'x[0] ("two�lines")'
    assert parameters.label(2, row=True) == f'x[1] ("{"w" * 24}…")'
    assert parameters.label(4, row=True) == 'x[2] ("�[31m")'


def test_block_by_name():
    parameters = Parameters((V, U), ["V", "U"])
    assert parameters.block("U").part == slice(6, 12)
    with pytest.raises(ValueError, match=r"^there is no block 'W': expected one of V, U$"):
        parameters.block("W")


# forms


@pytest.mark.parametrize(
    "x",
    [(V, U), [V, U], Tables(V, U), {"V": V, "U": U}, {1: V}, (V,), [V, 2.0], [(V,)], ((V,), [U]), [{"V": V}, [U]]],
)
def test_the_function_gets_the_form_that_was_given(x):
    parameters = Parameters(x)
    for form in (parameters.point(parameters.flat), parameters.original(parameters.flat)):
        assert type(form) is type(x)
        assert [name for name, _ in flatten(form)] == [leaf.name for leaf in parameters.leaves]
        for got, entry in zip(parameters.arrays(form), parameters.arrays(x), strict=True):
            assert np.array_equal(got, entry)
            assert np.shape(got) == np.shape(entry)
            assert not got.flags.writeable


def test_an_ordered_dict_becomes_a_dict_in_its_order():
    form = Parameters(OrderedDict(U=U, V=V)).point(np.arange(12.0))
    assert list(form) == ["U", "V"]
    assert form["V"][0, 0] == 6


def test_a_list_of_numbers_is_one_array():
    assert Parameters([1.0, 2.0]).point(np.array([3.0, 4.0])).tolist() == [3.0, 4.0]


def test_x_is_copied():
    x = V.copy()
    parameters = Parameters(x)
    x[0, 0] = 99
    assert parameters.flat[0] == 0
    assert not np.shares_memory(parameters.flat, x)
    assert not np.shares_memory(parameters.flat, parameters.kept)


@pytest.mark.parametrize(("largest", "seen"), [(12, 0), (11, 5)])
def test_a_point_is_a_copy_or_if_it_is_large_a_view(largest, seen, monkeypatch):
    monkeypatch.setattr("word2vec.gradcheck.parameters.COPIED", largest)
    parameters = Parameters((V, U))
    flat = np.zeros(12)
    first = parameters.point(flat)
    flat[7] = 5
    assert first[1][0, 1] == seen
    assert parameters.point(flat)[1][0, 1] == 5
    assert parameters.point(flat)[1] is not first[1]


class Bunch(dict):
    """A dict whose entries are attributes too."""

    def __getattr__(self, name):
        return self[name]


def test_a_dict_keeps_its_class():
    x = Bunch(V=V, U=U)
    found = Parameters(x).point(np.arange(12.0))
    assert type(found) is Bunch
    assert found.U.tolist() == np.arange(12.0)[V.size :].reshape(U.shape).tolist()
    assert x.U is U


@pytest.mark.parametrize("kind", [np.matrix, np.ma.MaskedArray])
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_other_kinds_of_arrays_are_refused(kind):
    with pytest.raises(TypeError, match=rf"x is a {kind.__name__}: expected a plain array, as np\.asarray gives"):
        Parameters(kind(V))


def test_a_complex_vector_gives_complex_arrays():
    parameters = Parameters((V.astype(np.float32), U))
    assert [a.dtype for a in parameters.point(parameters.flat + 0j)] == [complex, complex]


def test_types():
    parameters = Parameters((V.astype(np.float32), U, np.array([1, 2])))
    assert parameters.flat.dtype == np.float64
    assert [a.dtype for a in parameters.original(parameters.flat)] == [np.float32, np.float64, np.float64]
    assert [a.dtype for a in parameters.point(parameters.flat)] == [np.float64] * 3
    assert Parameters(V.astype(np.longdouble)).flat.dtype == np.longdouble


def test_a_writable_copy():
    parameters = Parameters(V)
    copy = parameters.original(parameters.flat, writable=True)
    copy[:] = 0
    assert parameters.flat.tolist() == [0, 1, 2, 3, 4, 5]


# refusals


CONTAINERS = "expected an array, or a tuple, list, dict or dataclass of arrays"
OUTSIDE = "leave what is no parameter out of x"


@pytest.mark.parametrize(
    ("x", "arguments", "error", "message"),
    [
        ((), {}, ValueError, "x is an empty tuple: expected at least one array"),
        ({}, {}, ValueError, "x is an empty dict: expected at least one array"),
        (np.zeros((0, 3)), {}, ValueError, "x has the shape (0, 3): expected at least one entry"),
        ((V, np.zeros(0)), {}, ValueError, "x[1] has the shape (0,): expected at least one entry"),
        (
            V + 1j,
            {},
            TypeError,
            "x holds complex128: expected real numbers, float64 or float32, such as (z.real, z.imag)",
        ),
        (
            {"V": V, "name": "layer 1"},
            {},
            TypeError,
            f"name holds <U7: expected real numbers, float64 or float32; {OUTSIDE}",
        ),
        (
            {"V": V.astype(np.float16), "b": b},
            {},
            TypeError,
            "V holds float16: expected real numbers, float64 or float32",
        ),
        ("text", {}, TypeError, "x holds <U4: expected real numbers, float64 or float32"),
        (V.astype(object), {}, TypeError, "x holds object (float): expected real numbers, float64 or float32"),
        ((V, None), {}, TypeError, f"x[1] is a NoneType: {CONTAINERS}; {OUTSIDE}"),
        ({V.size}, {}, TypeError, f"x is a set: {CONTAINERS}"),
        ({"V": V}, {"names": ["V"]}, ValueError, "x is a dict and names its blocks itself: leave `names` out"),
        (
            (V, U),
            {"names": {"V": 3, "U": 3}},
            ValueError,
            "a mapping of names to rows is for one array: give a tuple one name for each entry",
        ),
        ((V, U), {"names": ["V"]}, ValueError, "names is ['V']: expected 2 different names, one for each array"),
        ((V, U), {"names": "VU"}, ValueError, "names is ['VU']: expected 2 different names, one for each array"),
        (
            (V, U),
            {"names": ["V", "V"]},
            ValueError,
            "names is ['V', 'V']: expected 2 different names, one for each array",
        ),
        (
            V,
            {"names": {"V": 2, "U": 2}},
            ValueError,
            "names is {'V': 2, 'U': 2}: expected row counts that add up to x's shape (3, 2)",
        ),
        (
            V,
            {"names": {"V": 3, "U": 0}},
            ValueError,
            "names is {'V': 3, 'U': 0}: expected row counts that add up to x's shape (3, 2)",
        ),
        (2.0, {"names": {"V": 1}}, ValueError, "names is {'V': 1}: expected row counts that add up to x's shape ()"),
        (V, {"names": {}}, ValueError, "names is {}: expected row counts that add up to x's shape (3, 2)"),
        (
            (V, b),
            {"words": ["a", "b"], "names": ["V", "b"]},
            ValueError,
            "words names 2 rows, but no table has as many: V (3, 2), b (2,)",
        ),
        *(
            (
                V,
                {"words": words},
                TypeError,
                f"words is {words!r}: expected a list in the order of the rows, or a dict word → row",
            )
            for words in ({"a"}, "abc", b"abc")
        ),
        (V, {"words": iter("ab")}, ValueError, "words names 2 rows, but no table has as many: x (3, 2)"),
        (V, {"words": []}, ValueError, "words names 0 rows, but no table has as many: x (3, 2)"),
        (
            V,
            {"words": {"a": 0, "b": 1, "c": 3}},
            ValueError,
            "words gives rows up to 3: expected each of 0 to 2 once",
        ),
        (
            V,
            {"words": {"a": 0, "b": 1, "c": 1, "d": 2}},
            ValueError,
            "words gives rows up to 2: expected each of 0 to 3 once",
        ),
        (
            np.array([[0.0, 1.0], [np.nan, np.inf]]),
            {"words": ["a", "b"]},
            ValueError,
            'x[1, 0] ("b") is not finite: expected a point at which the loss can be differentiated',
        ),
    ],
)
def test_refusals(x, arguments, error, message):
    with pytest.raises(error) as refusal:
        Parameters(x, **arguments)
    assert str(refusal.value) == message
