"""word2vec/gradcheck/structure.py: containers are taken apart, put together and matched with gradients."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pytest

from word2vec.gradcheck import check_gradient
from word2vec.gradcheck.structure import StructureError, align, flatten, rebuild

W, b, c = np.arange(6.0).reshape(3, 2), np.array([7.0, 8.0]), np.array(9.0)
Layer = namedtuple("Layer", ["W", "b"])


@dataclass
class Dense:
    """Weights beside what is no parameter."""

    W: np.ndarray
    b: np.ndarray
    activation: str = "tanh"
    sizes: tuple = (3, 2)
    ids: np.ndarray = field(default_factory=lambda: np.arange(3))
    inner: object = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """Neither can be assigned to."""

    W: np.ndarray
    rate: float = 0.5


FORMS = [
    (W, ["x"]),
    (2.5, ["x"]),
    ([1.0, 2.0], ["x"]),
    ([(1.0, 2.0), (3.0, 4.0)], ["x"]),
    ((W, b), ["x[0]", "x[1]"]),
    ((1.0, 2.0), ["x[0]", "x[1]"]),
    ((W, [1.0, 2.0]), ["x[0]", "x[1]"]),
    ([(W, b), (W, c)], ["x[0][0]", "x[0][1]", "x[1][0]", "x[1][1]"]),
    ((Layer(W, b), c), ["x[0].W", "x[0].b", "x[1]"]),
    (Layer(W, [b, c]), ["W", "b[0]", "b[1]"]),
    ({"layers": [Layer(W, b), {"b": c}], "U": W}, ["layers[0].W", "layers[0].b", "layers[1].b", "U"]),
    ({"a": {"b": {3: W, "not a name": b}}}, ["a.b[3]", "a.b['not a name']"]),
    (Dense(W, b), ["W", "b"]),
    (Dense(W, b, inner=[Dense(W, c)]), ["W", "b", "inner[0].W", "inner[0].b"]),
    ({"enc": Frozen(W)}, ["enc.W", "enc.rate"]),
    (OrderedDict(b=b, a=[W]), ["b", "a[0]"]),
    ([{"w": 1.0}, {"w": 2.0}], ["x[0].w", "x[1].w"]),
    (({}, W), ["x[1]"]),
]


@pytest.mark.parametrize(("x", "names"), FORMS)
def test_arrays_are_named_by_their_way(x, names):
    assert [name for name, _ in flatten(x)] == names


@pytest.mark.parametrize(("x", "names"), FORMS)
def test_taken_apart_and_put_together(x, names):
    new = [np.asarray(array) + 1 for _, array in flatten(x)]
    copy = rebuild(x, iter(new))
    assert type(copy) in (type(x), np.ndarray, np.float64)
    assert all(a is b for (_, a), b in zip(flatten(copy), new, strict=True))


def test_what_is_no_parameter_stays():
    x = Dense(W, b, inner="text")
    copy = rebuild(x, iter([W + 1, b + 1]))
    assert (copy.activation, copy.sizes, copy.inner) == ("tanh", (3, 2), "text")
    assert copy.ids is x.ids
    assert x.W is W


def test_a_mapping_that_is_no_dict_becomes_one():
    assert rebuild(MappingProxyType({"a": W}), iter([b])) == {"a": b}


@pytest.mark.parametrize(
    ("x", "gradient"),
    [
        ({"a": W, "b": [b, c]}, {"b": (2, 3), "a": 1}),
        (Dense(W, b, inner={"c": c}), Dense(1, 2, inner={"c": 3})),
        (Dense(W, b, inner={"c": c}), {"W": 1, "b": 2, "inner": {"c": 3}}),
        ([(W, b), (c,)], [[1, 2], [3]]),
        ((Layer(W, b), c), ((1, 2), 3)),
    ],
)
def test_a_gradient_is_brought_into_the_order_of_x(x, gradient):
    assert list(align(x, gradient)) == [1, 2, 3]


def test_none_stands_for_all_below():
    assert list(align({"a": [W, b], "c": c}, {"a": None, "c": 1})) == [None, None, 1]
    assert list(align([(W, b)], None)) == [None, None]


@pytest.mark.parametrize(
    ("x", "gradient", "message"),
    [
        ({"a": W}, W, "the gradient is a ndarray: expected a dict with x's keys ['a']"),
        ({"a": {"b": W}}, {"a": W}, "the gradient of a is a ndarray: expected a dict with x's keys ['b']"),
        ({"a": {"b": W}}, {"a": {"c": W}}, "the gradient of a has the keys ['c']: expected those of x, ['b']"),
        ([(W, b)], [(W,)], "the gradient of x[0] has 1 entries: expected 2, as in x"),
        ({"l": [(W, b)]}, {"l": [W]}, "the gradient of l[0] is a ndarray: expected a tuple of 2, as in x"),
        ((W, [b, c]), (W, {0: b}), "the gradient of x[1] is a dict: expected a list of 2, as in x"),
        ((Layer(W, b),), (W,), "the gradient of x[0] is a ndarray: expected a Layer of 2, as in x"),
        (Frozen(W), W, "the gradient is a ndarray: expected a Frozen, or a dict with x's keys ['W', 'rate']"),
        (
            Frozen(W),
            Dense(W, b),
            "the gradient has the keys ['W']: expected those of x, ['W', 'rate']; leave what is no parameter out of "
            "x",
        ),
    ],
)
def test_another_structure_is_named(x, gradient, message):
    with pytest.raises(StructureError) as refusal:
        list(align(x, gradient))
    assert str(refusal.value) == message


# as a whole


def network(layers):
    """J = Σ (W₂ tanh(W₁ x + b₁) + b₂)², and its gradient as a list of pairs."""
    (W1, b1), (W2, b2) = layers
    x = np.array([0.3, -0.7])
    h = np.tanh(W1 @ x + b1)
    y = W2 @ h + b2
    dh = W2.T @ (2 * y) * (1 - h * h)
    return (y * y).sum(), [(np.outer(dh, x), dh), (np.outer(2 * y, h), 2 * y)]


LAYERS = [(W / 7, b[[0, 1, 0]] / 9), (W.T / 5, b / 8)]


def test_a_list_of_layers():
    report = check_gradient(network, LAYERS)
    assert report.passed, str(report)
    assert report.checked == 17


def wrong_bias(layers):
    J, (first, (gW, gb)) = network(layers)
    return J, [first, (gW, gb / 2)]


def test_a_wrong_part_is_named():
    report = check_gradient(wrong_bias, LAYERS)
    assert report.verdict == "failed"
    assert report.wrong_rows == ("x[1][1]",)
    assert check_gradient(wrong_bias, LAYERS, only="x[0][1]").passed
    named = check_gradient(lambda x: wrong_bias(x[0]), (LAYERS,), names="layers")
    assert named.wrong_rows == ("layers[1][1]",)


def test_another_structure_is_a_breach():
    report = check_gradient(lambda x: (network(x)[0], [g for pair in network(x)[1] for g in pair]), LAYERS)
    assert report.reason == "contract: f returned 4 gradients: expected 2, one for each array of x"
    report = check_gradient(lambda x: (network(x)[0], [W, W]), LAYERS)
    assert report.reason == "contract: the gradient of x[0] is a ndarray: expected a tuple of 2, as in x"


def test_replacing_what_a_nested_container_holds():
    def f(x):
        x["layers"][0] = (x["layers"][0][0] * 1, x["layers"][0][1])
        J, gradient = network(x["layers"])
        return J, {"layers": gradient}

    report = check_gradient(f, {"layers": LAYERS})
    assert report.reason == (
        "contract: f replaces entries of its argument x: it must leave x as it is; work on a copy"
    )


def test_a_dataclass():
    def f(p):
        return ((p.W @ p.b) ** 2).sum(), Dense(2 * np.outer(p.W @ p.b, p.b), 2 * p.W.T @ (p.W @ p.b))

    report = check_gradient(f, Dense(W, b), words=["a", "b", "c"])
    assert report.passed, str(report)
