"""word2vec/gradcheck/randomness.py: every generator within reach is found, put back, and nothing else touched."""

import contextvars
import functools
import itertools
import random
import sys
import types
import weakref

import numpy as np
import pytest
from scipy.linalg import svdvals

from word2vec.gradcheck import check_gradient, randomness
from word2vec.gradcheck.randomness import Frozen

RNG = np.random.default_rng(1)
LEGACY = np.random.RandomState(2)
PYTHON = random.Random(3)
BITS = np.random.PCG64(4)
TABLE = {"deep": [1, (RNG, "text")]}
MODULE = types.ModuleType("somebodys_module")
MODULE.rng = np.random.default_rng(5)
MODULE.unused = np.random.default_rng(6)
BEFORE = ("random", "np.random")


def times(x, w):
    return (w * x**2).sum(), 2 * w * x


# the places where a generator can hide: functions make() → f(x)


def of_closure():
    rng = np.random.default_rng(8)
    return lambda x: times(x, rng.standard_normal(x.shape))


def of_partial():
    return functools.partial(lambda rng, x: times(x, rng.random(x.shape)), np.random.default_rng(8))


def of_partial_keyword():
    return functools.partial(lambda x, rng: times(x, rng.random(x.shape)), rng=np.random.default_rng(8))


def of_default():
    def f(x, rng=np.random.default_rng(8)):  # noqa: B008
        return times(x, rng.random(x.shape))

    return f


def of_keyword_default():
    def f(x, *, rng=np.random.default_rng(8)):  # noqa: B008
        return times(x, rng.random(x.shape))

    return f


def of_function_attribute():
    def f(x):
        return times(x, f.rng.random(x.shape))

    f.rng = np.random.default_rng(8)
    return f


def of_global():
    return lambda x: times(x, RNG.random(x.shape))


def of_global_named_inside():
    def f(x):
        def inner():
            return [RNG.random() for _ in range(2)]

        return times(x, inner()[1])

    return f


def of_global_function():
    return lambda x: times(x, draw_globally(x.shape))


def draw_globally(shape):
    return LEGACY.standard_normal(shape)


def of_container():
    return lambda x: times(x, TABLE["deep"][1][0].random(x.shape))


def of_module():
    return lambda x: times(x, MODULE.rng.random(x.shape))


class Model:
    shared = np.random.default_rng(9)

    def __init__(self):
        self.rng = np.random.default_rng(8)

    def loss(self, x):
        return times(x, self.rng.random(x.shape))

    def of_class(self, x):
        return times(x, self.shared.random(x.shape))

    @property
    def noise(self):
        return RNG

    @functools.cached_property
    def cached(self):
        return LEGACY.random()

    def through_property(self, x):
        return times(x, self.noise.random(x.shape))

    @staticmethod
    def still(shape):
        return RNG.random(shape)

    @classmethod
    def own(cls, shape):
        return cls.shared.random(shape)

    def through_static(self, x):
        return times(x, self.still(x.shape))

    def through_class(self, x):
        return times(x, self.own(x.shape))

    def __call__(self, x):
        return self.loss(x)


class Slotted:
    __slots__ = ("empty", "rng")

    def __init__(self):
        self.rng = np.random.default_rng(8)

    def __call__(self, x):
        return times(x, self.rng.random(x.shape))


class Caller:
    def __call__(self, x):
        return times(x, RNG.random(x.shape))


def of_builtin_method():
    draw = np.random.default_rng(8).random
    return lambda x: times(x, draw(x.shape))


def of_legacy_method():
    draw = np.random.RandomState(8).random_sample
    return lambda x: times(x, draw(x.shape))


def of_python_method():
    draw = random.Random(8).random
    return lambda x: times(x, draw())


def of_python_bound_method():
    draw = random.Random(8).gauss
    return lambda x: times(x, draw(0, 1))


def of_python_random():
    return lambda x: times(x, PYTHON.random())


def of_bit_generator():
    return lambda x: times(x, np.random.Generator(BITS).random(x.shape))


def of_shared_bits():
    bits = np.random.PCG64(8)
    one, other = np.random.Generator(bits), np.random.Generator(bits)
    return lambda x: times(x, one.random(x.shape) + other.random(x.shape))


def of_wrapper_around_a_cached_function():
    @functools.lru_cache(maxsize=0)
    def draw(size):
        return RNG.random(size)

    return lambda x: times(x, draw(x.size).reshape(x.shape))


def of_other_bit_generators():
    rngs = [np.random.Generator(kind(8)) for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64)]
    return lambda x: times(x, sum(rng.random(x.shape) for rng in rngs))


def of_python_global():
    return lambda x: times(x, random.random())


def of_numpy_global():
    return lambda x: times(x, np.random.randn(*x.shape))


PLACES = [
    (of_closure, ["rng"]),
    (of_partial, ["args.0"]),
    (of_partial_keyword, ["rng"]),
    (of_default, ["rng"]),
    (of_keyword_default, ["rng"]),
    (of_function_attribute, ["rng"]),
    (of_global, ["RNG"]),
    (of_global_named_inside, ["RNG"]),
    (of_global_function, ["draw_globally.LEGACY"]),
    (of_container, ["TABLE.0.1.0"]),
    (of_module, ["MODULE.rng"]),
    (lambda: Model().loss, ["__self__.rng"]),
    (Model, ["rng"]),
    (lambda: Model().of_class, ["__self__.rng", "__self__.shared"]),
    (lambda: Model().through_property, ["__self__.rng", "__self__.noise.get.RNG"]),
    (lambda: Model().through_static, ["__self__.rng", "__self__.still.call.RNG"]),
    (lambda: Model().through_class, ["__self__.rng", "__self__.shared"]),
    (Slotted, ["rng"]),
    (Caller, ["__call__.RNG"]),
    (of_builtin_method, ["draw.__self__"]),
    (of_legacy_method, ["draw.__self__"]),
    (of_python_method, ["draw.__self__"]),
    (of_python_bound_method, ["draw.__self__"]),
    (of_python_random, ["PYTHON"]),
    (of_bit_generator, ["BITS"]),
    (of_shared_bits, ["one"]),
    (of_wrapper_around_a_cached_function, ["draw.__wrapped__.RNG"]),
    (of_other_bit_generators, ["rngs.0", "rngs.1", "rngs.2"]),
    (of_python_global, []),
    (of_numpy_global, []),
]
X = np.array([[0.5, -1.5], [2.0, 1.25]])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0].__name__)
def test_randomness_is_frozen_wherever_it_hides(place):
    make, found = place
    f = make()
    frozen = Frozen(f)
    assert list(frozen.names) == [*BEFORE, *found]
    report = check_gradient(f, X, rtol=1e-9)
    assert report.passed, str(report)
    assert report.frozen == frozen.names
    # and what was drawn is drawn again: all states were put back to the bit
    first = f(X)
    assert not np.array_equal(f(X)[1], first[1])
    frozen.rewind()
    assert np.array_equal(f(X)[1], first[1])


@pytest.mark.parametrize("place", PLACES[-1:] + PLACES[:1], ids=lambda place: place[0].__name__)
def test_the_states_are_put_back_also_if_f_raises(place):
    f = place[0]()
    frozen = Frozen(f)
    before = [source.get() for source in frozen.sources]
    calls = itertools.count()

    def broken(x):
        if next(calls) == 1:  # the second call at x; elsewhere f may raise
            raise RuntimeError("f's own")
        return f(x)

    random.random(), np.random.random()
    frozen.rewind()
    with pytest.raises(RuntimeError, match=r"^f's own$"):
        check_gradient(broken, X)
    for source, state in zip(frozen.sources, before, strict=True):
        np.testing.assert_equal(source.get(), state)


def test_a_context_puts_back_what_an_error_interrupts():
    expected = random.getstate(), np.random.get_state(legacy=False)
    with pytest.raises(ZeroDivisionError), Frozen():
        random.gauss(0, 1) + np.random.randn() + 1 / 0
    np.testing.assert_equal((random.getstate(), np.random.get_state(legacy=False)), expected)


def test_a_half_used_gauss_is_part_of_the_state():
    legacy = np.random.RandomState(1)
    legacy.randn()
    with Frozen(legacy.randn):
        expected = legacy.randn(3)
    assert np.array_equal(legacy.randn(3), expected)


def test_what_the_code_does_not_name_is_left_alone():
    assert Frozen(lambda x: (x.sum(), RNG.random(3))).names == (*BEFORE, "RNG")
    assert Frozen(lambda x: MODULE.rng).names == (*BEFORE, "MODULE.rng")
    assert Frozen(lambda x: MODULE).names == BEFORE


def test_no_property_is_run():
    class Careful:
        @property
        def rng(self):
            raise AssertionError("looked")

        @functools.cached_property
        def noise(self):
            raise AssertionError("looked")

        def f(self, x):
            return self.rng, self.noise

    assert Frozen(Careful().f).names == BEFORE


def test_the_operating_systems_randomness_cannot_be_put_back():
    system = random.SystemRandom()
    assert Frozen(lambda x: system.random()).names == BEFORE
    report = check_gradient(lambda x: times(x, system.random()), X)
    assert report.reason.startswith("contract: unfrozen randomness: ")


def test_a_cell_that_is_still_empty():
    def f(x):
        return later(x)

    names = Frozen(f).names
    later = np.sum
    assert names == BEFORE
    assert later is np.sum


def test_things_that_refer_to_themselves_or_are_huge():
    ring = []
    ring += [ring, {"ring": ring}, RNG]
    many = dict(enumerate([0.0] * 1999 + [[RNG]] + [np.random.default_rng(8)]))
    plain = {str(i): i for i in range(2000)}

    def f(x):
        return ring, many, plain

    assert Frozen(f).names == (*BEFORE, "many.2000", "ring.2")  # in a large one, no containers are looked at


def test_generators_are_given_names():
    rngs = [np.random.default_rng(1), random.Random(2)]
    assert Frozen(of_closure(), generators=rngs).names == (*BEFORE, "generators[0]", "generators[1]", "rng")
    assert Frozen(of_global(), generators=[RNG]).names == (*BEFORE, "generators[0]")


def hidden(rngs):
    """Draw from generators that the walk does not reach: a generator object's frame holds them."""
    stream = (rng.random() for rng in itertools.cycle(rngs))
    return lambda x: times(x, next(stream))


def test_each_default_has_its_own_name():
    def f(x, first=np.random.default_rng(1), second=1, third=np.random.default_rng(2)):  # noqa: B008
        return x

    frozen = Frozen(f)
    assert frozen.names == (*BEFORE, "first", "third")
    assert frozen.states[3] == f.__defaults__[2].bit_generator.state


def test_generators_out_of_reach_are_named_as_unfrozen_or_can_be_given():
    rng = np.random.default_rng(8)
    report = check_gradient(hidden([rng]), X)
    assert report.verdict == "failed"
    assert report.reason.startswith("contract: unfrozen randomness: called twice at the same point the loss is ")
    assert report.reason.endswith(
        ", though random, np.random were reset; pass the generator as generators=[rng], or make f a pure "
        "function: it may also keep some state between calls"
    )
    assert check_gradient(hidden([rng]), X, generators=[rng]).passed


# names


def test_what_the_code_names():
    def inner(x):
        return np.vdot(x, x)

    class Model:
        def __call__(self, x):
            return self.helper(x)

        def helper(self, x):
            return np.conj(x)

    assert {"vdot", "numpy", __name__} <= Frozen(lambda x: inner(x)).named
    assert "vdot" in Frozen(functools.partial(inner)).named
    assert {"conj", "helper"} <= Frozen(Model()).named
    assert "conj" in Frozen(Model().helper).named
    assert any(name.startswith("scipy.linalg") for name in Frozen(lambda x: svdvals(x)).named)
    assert Frozen(None).named == set()


# narrowing


def test_only_what_is_drawn_from_is_put_back_each_time():
    used, unused = np.random.default_rng(1), np.random.default_rng(1)
    with Frozen(generators=[used, unused]) as frozen:
        used.random()
        frozen.narrow()
        assert [source.name for source, _ in frozen.drawn] == ["generators[0]"]
        a = used.random(), unused.random()
        frozen.rewind()
        assert used.random() != a[0]
        assert unused.random() != a[1]
    assert used.random() == unused.random()


def test_what_is_never_drawn_from_costs_nothing():
    class Counted(np.random.RandomState):
        count = 0

        def set_state(self, state):
            Counted.count += 1
            super().set_state(state)

    unused = Counted(1)
    x = np.random.default_rng(0).standard_normal((10, 5))
    assert check_gradient(lambda x: (unused, (x**2).sum(), 2 * x)[1:], x).passed
    assert 1 <= Counted.count <= 12  # while the loss is evaluated more than fifty times


def test_generators_that_stray_are_noticed_also_under_one_name():
    def f(rng=np.random.default_rng(1)):  # noqa: B008
        return rng

    def loss(rng=np.random.default_rng(2)):  # noqa: B008
        return rng

    frozen = Frozen(f, loss)
    assert frozen.names == (*BEFORE, "rng", "rng")
    first = f().random()
    frozen.narrow()
    assert not frozen.strayed()
    frozen.narrow()
    loss().random()
    assert frozen.strayed()
    frozen.rewind()  # from now on all are put back
    assert f().random() == first
    frozen.narrow()
    assert len(frozen.drawn) == 4


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_generator_drawn_from_at_other_points_only_is_frozen_too(kind):
    rare = kind(1)

    def f(x):
        w = 0.0 if np.array_equal(x, X) else rare.uniform(0, 10)
        return (x**2 + w * (x - X) ** 2).sum(), 2 * x + 2 * w * (x - X)

    before = Frozen(rare.random).states[2]
    report = check_gradient(f, X)
    assert report.passed
    assert report.taylor == "the remainder falls with order 2.00"  # each time another w: any order
    np.testing.assert_equal(Frozen(rare.random).states[2], before)


def test_randomness_that_the_call_elsewhere_does_not_reach_is_frozen():
    rng = np.random.default_rng(8)

    def f(x):
        if x.real[0, 0] < X[0, 0] - 2e-3 and x.real[1, 1] < X[1, 1] - 1e-2:
            raise ValueError("outside of the domain")
        return times(x, rng.random(x.shape))

    assert check_gradient(f, X).passed


# randomness that nothing can freeze is named


def test_a_consumed_iterator():
    numbers = iter(range(100))
    report = check_gradient(lambda x: times(x, next(numbers)), X)
    assert report.reason.startswith(
        "contract: unfrozen randomness: called twice at the same point the loss is 0.0, then 8.0625, though"
    )


def test_many_generators_are_not_all_listed():
    rngs = [np.random.default_rng(i) for i in range(20)]
    numbers = iter(range(100))
    report = check_gradient(lambda x: times(x, next(numbers) + rngs[0].random()), X)
    assert ", though random, np.random, rngs.0, rngs.1, … were reset" in report.reason


# generators in odd places


class Holder:
    """An object that holds a generator."""

    def __init__(self):
        self.rng = np.random.default_rng(8)


def in_a_large_dict():
    table = {f"word {i}": float(i) for i in range(2000)} | {"rng": np.random.default_rng(8)}
    return lambda x: times(x, table["rng"].random(x.shape))


def in_objects_of_a_large_list():
    holders = [Holder() for _ in range(1500)]
    return lambda x: times(x, holders[1400].rng.random(x.shape))


def in_an_object_array():
    table = np.array([[None, np.random.default_rng(8)], [1, "text"]], object)
    return lambda x: times(x, table[0, 1].random(x.shape))


def in_a_context_variable():
    variable = contextvars.ContextVar("rng")
    variable.set(np.random.default_rng(8))
    return lambda x: times(x, variable.get().random(x.shape))


def in_the_default_of_a_context_variable():
    variable = contextvars.ContextVar("rng", default=np.random.default_rng(8))  # noqa: B039
    return lambda x: times(x, variable.get().random(x.shape))


def behind_a_weak_reference():
    refer = weakref.ref(KEPT)
    return lambda x: times(x, refer().rng.random(x.shape))


def in_what_a_foreign_decorator_holds():
    holder = Holder()
    return functools.lru_cache(lambda: lambda x: times(x, holder.rng.random(x.shape)))()


KEPT = Holder()


@pytest.mark.parametrize(
    "make",
    [
        in_a_large_dict,
        in_objects_of_a_large_list,
        in_an_object_array,
        in_a_context_variable,
        in_the_default_of_a_context_variable,
        behind_a_weak_reference,
        in_what_a_foreign_decorator_holds,
    ],
)
def test_generators_in_odd_places(make):
    report = check_gradient(make(), X)
    assert report.passed, str(report)


def test_huge_containers_are_left_alone(monkeypatch):
    monkeypatch.setattr(randomness, "MOST_ENTRIES", 1500)
    many = [RNG, *range(1500)]
    assert Frozen(lambda x: many).names == BEFORE


@pytest.mark.parametrize(
    ("generators", "shown"),
    [
        (["rng"], r"generators\[0\] is 'rng' \(str\)"),
        (3, r"generators\[0\] is 3 \(int\)"),
        ([RNG, None], r"generators\[1\] is None \(NoneType\)"),
        ([random.SystemRandom()], r"generators\[0\] is <random.SystemRandom object .* \(SystemRandom\)"),
        ([object()], r"generators\[0\] is <object object .* \(object\)"),
        ([{"rng": 1}], r"generators\[0\] is {'rng': 1} \(dict\)"),
    ],
)
def test_what_is_no_generator_is_refused(generators, shown):
    expected = "expected a random generator of NumPy, Python or torch whose state can be reset, or an object that"
    with pytest.raises(TypeError, match=f"^{shown}: {expected} holds one$"):
        check_gradient(lambda x: times(x, 1), X, generators=generators)


@pytest.mark.parametrize("generators", [RNG, [RNG], {"any": RNG}, [Holder()], [random], [np.random], (LEGACY, BITS)])
def test_what_holds_a_generator_is_taken(generators):
    assert check_gradient(lambda x: times(x, 1), X, generators=generators).passed


def test_spawned_generators_are_named():
    rng = np.random.default_rng(8)
    report = check_gradient(lambda x: times(x, rng.spawn(1)[0].random(x.shape)), X)
    assert report.reason.startswith("contract: unfrozen randomness: ")
    assert report.reason.endswith(
        "a generator was asked to spawn others, which are new at each call: spawn them outside of f"
    )


def test_generators_made_in_the_first_call_are_named():
    holder = types.SimpleNamespace()

    def f(x):
        if not hasattr(holder, "rng"):
            holder.rng = np.random.default_rng(8)
        return times(x, holder.rng.random(x.shape))

    report = check_gradient(f, X)
    assert report.reason.endswith(
        "holder.rng came into being in the first call: make it before, and pass generators=[rng]"
    )
    assert check_gradient(f, X).passed


def test_each_object_is_looked_into_once_and_none_of_other_libraries(monkeypatch):
    """Each function names an attribute of the next holder, so that the names become known one after the other."""
    holders = [types.SimpleNamespace(rng=None) for _ in range(30)]
    for i, holder in enumerate(holders[:-1]):
        names = {"follow": holders[i + 1], "sys": sys}
        exec(f"def step_{i}(): return follow.name_{i}, sys.modules", names)
        holder.step = names[f"step_{i}"]
    holders[-1].rng = np.random.default_rng(1)
    looked, children = [], randomness._children

    def counted(value, names):
        looked.append(id(value))
        return children(value, names)

    monkeypatch.setattr(randomness, "_children", counted)
    found = Frozen(holders[0])
    assert any(source.owner is holders[-1].rng.bit_generator for source in found.sources)
    assert len(looked) == len(set(looked))
    assert len(looked) < 10 * len(holders)
