"""What must hold before a gradient is worth comparing: the contract of f(x) → (loss, gradient)."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from .frameworks import as_numpy
from .parameters import COPIED, FORMS, Array, Block, Parameters
from .randomness import Frozen, one_at_a_time
from .sparse import dense
from .structure import StructureError, align, flatten, library

Function = Callable[[Any], Any]
MOST_NAMES = 4
IN_FORM = "where matrices keep their form"
FAR, SLIGHT = 2.0**-4, 2.0**-17  # how far, relatively, the other points are from x
PERIOD = 10_007  # random numbers in a block, after which they are repeated: a prime, so that no two rows are alike
ROUNDED = 4096  # roundings by which sums in another order may differ
IN_ORDER = (
    "only the last digits differ: are sums made in another order each time, as by threads or over a set? Fix the "
    "order, as on one thread or with a list in place of the set, or, if it may change, pass rtol=1e-9"
)
MOST_SEEN = 300  # gradients near x that are looked at
OFTEN, MOST_AT_END = 12, 100  # calls at x after all others, where one alone may well meet a right gradient
NEAR, STEEP = 1e-6, 100  # parts of a gradient by which it differs from that at x, and for each unit of the step
BATCHES = 24  # calls in which minibatches are looked for that come round again


class BreachError(Exception):
    """The function breaks its contract; the message names the clause."""


class Visit(NamedTuple):
    """Another point at which f was called, and the loss and gradient that it returned there; all flat."""

    name: str
    x: Array
    loss: float
    gradient: Array


class Analytic(NamedTuple):
    """The loss and gradient that f returns at x, flat, and what it returns `elsewhere`."""

    loss: float
    gradient: Array
    elsewhere: tuple[Visit, ...] = ()


def call(f: Function, argument: Any, frozen: Frozen) -> Any:
    """Evaluate f with the frozen random numbers.

    Arrays are read-only, which compiled code may refuse without writing to them: then it gets them writable.
    """
    frozen.rewind()
    try:
        return f(argument)
    except TypeError as error:
        if error.__traceback__ and not error.__traceback__.tb_next and "positional argument" in str(error):
            stars = "**" if isinstance(argument, Mapping) else "*"
            error.add_note(
                f"it is called as f(x): pass lambda x: f({stars}x) or, if it takes data too, lambda x: f(x, data)"
            )
        raise
    except ValueError as error:
        if "buffer source array is read-only" not in str(error):
            raise
    for array in (array for _, array in flatten(argument) if isinstance(array, np.ndarray)):
        array.flags.writeable = True
    frozen.rewind()
    return f(argument)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings, except that a complex number cut down to its real part becomes an error."""
    with one_at_a_time(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def checked_call(f: Function, parameters: Parameters, frozen: Frozen, rng: np.random.Generator) -> Analytic:
    """Evaluate f eight or nine times, of a large x four times; raise BreachError unless it keeps its contract.

    f returns a pair of a real, finite, scalar loss and a gradient of x's structure, shapes and types. Called
    again with the same random numbers it gives the same bits, also after calls elsewhere, and also if x is the array
    of the last call with other numbers in it. It leaves x as it was, and what it returned stays as it was when f is
    called again, at the same point or elsewhere.
    """
    loss, arrays = split(_read_only_call(f, parameters, frozen), parameters)
    frozen.narrow()
    parameters.coarse = _coarse(loss, parameters)
    analytic = Analytic(_loss(loss), _gradient(arrays, parameters))
    again = _read_only_call(f, parameters, frozen)
    _check_unchanged(arrays, analytic, parameters, "the same point")
    _check_same_bits(analytic, again, parameters, frozen, f)
    visits = list[Visit]()
    for name, point in _other_points(parameters, analytic.gradient, rng):
        with quiet(), suppress(Exception):  # there need not be a loss everywhere
            there = split(call(f, parameters.original(point), frozen), parameters)
            visits.append(Visit(name, point, _loss(there[0]), _gradient(there[1], parameters)))
    analytic = analytic._replace(elsewhere=tuple(visits))
    _check_unchanged(arrays, analytic, parameters, "another point")
    if parameters.n <= COPIED and not parameters.library:  # whose arrays are not to be written into
        for visit in visits:
            if visit.name == "elsewhere":
                with quiet():
                    _check_moved_in_place(f, visit, parameters, frozen)
    _check_same_bits(analytic, _read_only_call(f, parameters, frozen), parameters, frozen, f)
    return analytic


def _other_points(parameters: Parameters, gradient: Array, rng: np.random.Generator) -> list[tuple[str, Array]]:
    """Return points near x, in the order in which results kept from the point before would show.

    A small step, to which a rounded x is the same; a generic point, at which no entry is zero nor is any as in x; a
    point with half of the blocks of each (of a single block: half of its rows); if matrices are symmetric or
    triangular, as is their gradient, one at which they still are. Of a large x the generic one alone.
    """
    x, far = parameters.flat, np.empty_like(parameters.flat)
    for block in parameters.blocks:
        entries = x[block.part]
        others = rng.uniform(-1, 1, min(len(entries), PERIOD))
        size = 0.0
        if not entries.all():
            used = entries[entries != 0] if entries.any() else x[x != 0]
            size = np.sqrt(np.mean(used * used)) if len(used) else 1.0
        for start in range(0, len(entries), PERIOD):  # one after the other: they fit into the cache
            here = entries[start : start + PERIOD]
            other = others[: len(here)]
            unit = here if not size else np.where(here != 0, here, np.copysign(size, other))
            at = block.part.start + start
            far[at : at + len(here)] = (other * FAR * unit + here).astype(block.dtype, copy=False)
    if parameters.n > COPIED:
        return [("elsewhere", far)]
    slight = x * (1 + SLIGHT * rng.uniform(-1, 1, len(x)))
    for block in parameters.blocks:
        slight[block.part] = slight[block.part].astype(block.dtype)
    mixed, width = x.copy(), parameters.blocks[0].width
    for block in parameters.blocks[1::2]:
        mixed[block.part] = far[block.part]
    if len(parameters.blocks) == 1:
        start = len(x) // width // 2 * width or len(x) // 2
        mixed[start:] = far[start:]
    points = [("a small step away", slight), ("elsewhere", far), ("in some blocks the same", mixed)]
    return points + ([(IN_FORM, in_form(far, formed))] if (formed := parameters.formed(gradient)) else [])


def in_form(flat: Array, formed: list[tuple[Block, str]]) -> Array:
    """Return a copy of a flat vector (n,) in which some blocks, matrices, have their forms."""
    flat = flat.copy()
    for block, form in formed:
        matrices = block.matrices(flat)  # a view
        matrices[...] = FORMS[form](matrices).astype(block.dtype)
    return flat


def _check_moved_in_place(f: Function, there: Visit, parameters: Parameters, frozen: Frozen) -> None:
    """Raise BreachError if f, given the arrays of the last call again, returns what it does not for new ones."""
    argument = parameters.original(parameters.flat, writable=True)
    call(f, argument, frozen)
    moved = parameters.arrays(parameters.original(there.x))
    for array, entries in zip(parameters.arrays(argument), moved, strict=True):
        array[...] = entries
    loss, arrays = split(call(f, argument, frozen), parameters)
    found = np.append(_gradient(arrays, parameters), _loss(loss))
    expected = np.append(there.gradient, there.loss)
    if not np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max():  # other memory may be rounded otherwise
        for _ in range(3):  # the order of a set may be the same by chance
            again = call(f, parameters.original(there.x), frozen)
            _check_same_bits(Analytic(there.loss, there.gradient), again, parameters, frozen, f)
        raise BreachError(
            "called with the same array, in which the numbers are others now, f does not return what it returns for "
            "a new array: are results kept by id(x), by its address, or by `x is last`? Compare or copy the numbers"
        )


class Watch:
    """The gradients that f returns with the losses near x: how many there were, and how many are far from that at x.

    They may be right, as beyond a kink: whether f returns another one at x itself, more calls there have to show.
    """

    def __init__(self, analytic: Analytic, parameters: Parameters) -> None:
        self.analytic, self.parameters, self.seen, self.far = analytic, parameters, 0, 0

    def see(self, flat: Array, returned: Any) -> None:
        """Count what f returned at a point, of which only the imaginary part may be another than that of x."""
        if self.parameters.n > COPIED or self.seen == MOST_SEEN:
            return  # to look at all of a large sparse gradient would take far longer than f
        claimed, step = self.analytic.gradient, np.abs(flat.real - self.parameters.kept).max()
        self.seen += 1
        with suppress(Exception):  # f may return what it likes where it takes no complex numbers
            pairs = zip(self.parameters.leaves, split(returned, self.parameters)[1], strict=True)
            found = np.concatenate([as_dense(gradient, leaf).real.ravel() for leaf, gradient in pairs])
            self.far += not np.abs(found - claimed).max() <= (NEAR + STEEP * step) * np.abs(claimed).max()

    def calls(self, is_complex: bool) -> int:
        """Return how many calls at x are enough: real differences have made so many that a few more do not count."""
        return min(MOST_AT_END, 4 * self.seen // self.far) if self.far else 1 if is_complex else OFTEN


def check_end(f: Function, analytic: Analytic, parameters: Parameters, frozen: Frozen, times: int) -> None:
    """Raise BreachError if f returns other bits at x after all the calls of a check, or in one of some more.

    In these the last digits may differ, as such sums of threads do that are rarely made in another order.
    """
    for i in range(times):
        try:
            returned = call(f, parameters.original(parameters.flat), frozen)
        except Exception:  # f may take so many calls and no more
            if i:
                return
            raise
        differs = _differs(returned, analytic, parameters)
        if not differs or (i and differs[-1]):
            continue
        _, where, is_rounding = differs
        why = "it counts its calls or keeps some state (a decay, a schedule, an accumulator?)"
        raise BreachError(
            f"at the same point f returns another {f'gradient, first at {where},' if where else 'loss'} after many "
            f"calls: {IN_ORDER if is_rounding else why}"
        )


def check_loss(loss: Function, analytic: Analytic, parameters: Parameters, frozen: Frozen) -> bool:
    """Return whether a separate loss function returns the loss of f to rounding, at x and elsewhere.

    If not quite, gradients would be compared with those of another loss: then f itself has to be used. Raise
    BreachError if it breaks the contract, or returns another loss.
    """
    try:
        value = _loss(_read_only_call(loss, parameters, frozen))
    except BreachError as breach:
        raise BreachError(f"of loss=, not of f: {breach}") from breach
    if not abs(value - analytic.loss) <= 1e-6 * max(1.0, abs(analytic.loss)):
        raise BreachError(f"loss(x) is {value!r}, but f(x) returned {analytic.loss!r}: pass the loss that f computes")
    eps = max(float(np.finfo(leaf.dtype).eps) for leaf in parameters.leaves)
    pairs = [(value, analytic.loss)]
    for there in analytic.elsewhere:
        with quiet(), suppress(Exception):  # as f, it need not be defined there
            pairs.append((_loss(call(loss, parameters.original(there.x), frozen)), there.loss))
    return all(abs(a - b) <= 32 * max(eps, 2.0**-52) * max(abs(a), abs(b)) for a, b in pairs)


def _read_only_call(f: Function, parameters: Parameters, frozen: Frozen) -> Any:
    """Call f at x, which is read-only, and check that f did not write into it by other means."""
    argument = parameters.original(parameters.flat)
    arrays = parameters.arrays(argument)
    try:
        returned = call(f, argument, frozen)
    except ValueError as error:
        if "read-only" not in str(error) or not _needs_writing(f, parameters, frozen):
            raise
        text = f"f writes into its argument x ({error}): it must leave x as it is; work on x.copy()"
        raise BreachError(text) from error
    now = parameters.arrays(argument)
    if len(now) != len(arrays) or any(a is not b for a, b in zip(now, arrays, strict=True)):
        raise BreachError("f replaces entries of its argument x: it must leave x as it is; work on a copy")
    if where := _difference(arrays, parameters.kept, parameters):
        raise BreachError(f"f changes its argument x, first at {where}: work on x.copy()")
    return returned


def _needs_writing(f: Function, parameters: Parameters, frozen: Frozen) -> bool:
    """Return whether f works on a writable x; if not, the read-only array is one of its own."""
    try:
        call(f, parameters.original(parameters.flat, writable=True), frozen)
    except ValueError as error:
        return "read-only" not in str(error)
    return True


def loss_of(returned: Any) -> Any:
    """Return the loss of what f returns; raise BreachError if that is no (loss, gradient)."""
    if not isinstance(returned, tuple | list) or len(returned) < 2:
        shown = f"{type(returned).__name__}" + (f" of {len(returned)}" if isinstance(returned, tuple | list) else "")
        both = ", as lambda x: (f(x), gradient(x)) returns" if isinstance(returned, Real) else ""
        raise BreachError(f"f returned a {shown}: expected (loss, gradient){both}")
    return returned[0]


def split(returned: Any, parameters: Parameters) -> tuple[Any, list[Any]]:
    """Return the loss and the gradients, one for each array of x; raise BreachError for what has another form."""
    loss, rest = loss_of(returned), list(returned[1:])
    if parameters.many and (len(rest) > 1 or rest[0] is not None):
        count = len(parameters.x)
        is_whole = len(rest) == 1 and isinstance(rest[0], tuple | list) and (count > 1 or len(rest[0]) == 1)
        rest, beyond = list(rest[0]) if is_whole else rest, _beyond(rest, count)
        if len(rest) != count:
            raise BreachError(f"f returned {len(rest)} gradients: expected {count}, one for each array of x{beyond}")
        return loss, gradients(rest, parameters)
    if len(rest) != 1:
        raise BreachError(f"f returned {len(rest) + 1} values: expected two, (loss, gradient){_beyond(rest, 1)}")
    if isinstance(rest[0], Real) and isinstance(loss, np.ndarray) and loss.shape == parameters.leaves[0].shape != ():
        raise BreachError("f returned (gradient, loss): expected (loss, gradient)")
    return loss, gradients(rest[0], parameters)


def _beyond(rest: list[Any], count: int) -> str:
    """Return what to do if f returns more than count gradients."""
    return f"; leave out what is no gradient, as lambda x: f(x)[:{count + 1}] does" if len(rest) > count else ""


def gradients(gradient: Any, parameters: Parameters) -> list[Any]:
    """Return a gradient's part for each array of x; raise BreachError if it has another structure than x."""
    try:
        parts = list(align(parameters.x, gradient))
    except StructureError as error:
        raise BreachError(str(error)) from error
    if all(part is None for part in parts):
        hint = "" if len(parts) == 1 else "; None stands for the zero gradient of single arrays"
        raise BreachError(f"the gradient is None: expected that of {parameters.leaves[0].name}{hint}")
    return parts


def as_array(value: Any, what: str) -> Array:
    """Return a value that f returned as an array; raise BreachError, which says what it is, if it cannot be one."""
    if np.ma.is_masked(value):
        raise BreachError(f"the {what} is masked in part: expected numbers, as its .filled(0) gives")
    try:
        return np.asarray(as_numpy(value))
    except (ValueError, RuntimeError) as error:  # RuntimeError: a list of tensors
        raise BreachError(f"the {what} is not an array: {type(value).__name__}, {error}") from error


def _loss(loss: Any) -> float:
    if isinstance(loss, tuple):
        raise BreachError(f"the loss is a tuple of {len(loss)}: expected a number, without what else f may return")
    array = as_array(loss, "loss")
    if array.shape != ():
        raise BreachError(f"the loss has the shape {array.shape}: expected a scalar, sum or average it")
    if array.dtype.kind not in "iuf":
        raise BreachError(f"the loss is {array.dtype}: expected a real number")
    if not np.isfinite(array):
        raise BreachError(f"the loss is {array}: expected a finite number")
    return float(array)


def _coarse(loss: Any, parameters: Parameters) -> str:
    """Return what to say of a loss that is less precise than x, "" of others."""
    array = as_array(loss, "loss")
    needed = min(8, max(leaf.dtype.itemsize for leaf in parameters.leaves))
    if array.dtype.kind != "f" or array.dtype.itemsize >= needed:
        return ""
    fix = "; pass x as JAX arrays, or enable jax_enable_x64" if library(loss) == "jax" else ""
    return f"the loss is {array.dtype}, less precise than x: compute it in the type of x{fix}"


def _gradient(arrays: list[Any], parameters: Parameters) -> Array:
    flat = np.concatenate(_fitting(arrays, parameters), dtype=parameters.flat.dtype)
    if not np.isfinite(flat).all():
        bad = np.flatnonzero(~np.isfinite(flat))
        first, count = f"{flat[bad[0]]} at {parameters.label(int(bad[0]))}", f"{len(bad)} of {parameters.n} entries"
        raise BreachError(f"the gradient is {first}, and not finite in {count}")
    return flat


def _fitting(arrays: list[Any], parameters: Parameters) -> list[Array]:
    """Return the entries of each gradient, of the shape of its array in x and, if the loss has it, the precision."""
    fitting = []
    for leaf, gradient in zip(parameters.leaves, arrays, strict=True):
        array, name = as_dense(gradient, leaf), f"the gradient of {leaf.name}"
        if array.dtype.kind not in "biuf":
            raise BreachError(f"{name} holds {array.dtype}: expected {leaf.dtype}, as in x")
        is_exact = array.dtype.kind != "f" or isinstance(gradient, float)
        if array.dtype.itemsize < leaf.dtype.itemsize and not is_exact and not parameters.coarse:
            fix = ", or pass x as float32" if array.dtype.itemsize == 4 else ""
            raise BreachError(f"{name} is {array.dtype}, less precise than x: compute it as {leaf.dtype}{fix}")
        fitting.append(array.ravel())
    return fitting


def as_dense(gradient: Any, leaf: Block) -> Array:
    """Return the gradient of one array of x in its shape; raise BreachError if it has another."""
    try:
        array = as_array(dense(gradient, leaf), f"gradient of {leaf.name}")
    except StructureError as error:
        raise BreachError(str(error)) from error
    if array.shape != leaf.shape:
        is_object = array.dtype == object and array.shape == ()  # such as a dict or a function
        found = f"has the shape {array.shape}: expected that of x"
        found = f"is a {type(gradient).__name__}: expected an array of x's shape" if is_object else found
        raise BreachError(f"the gradient of {leaf.name} {found}, {leaf.shape}")
    return array


def _difference(arrays: list[Any], flat: Array, parameters: Parameters) -> str:
    """Return the label of the first entry in which arrays differ from a flat vector, "" if they are equal."""
    for leaf, array in zip(parameters.leaves, arrays, strict=True):
        entries, expected = np.ravel(as_numpy(array)), flat[leaf.part]
        if not np.array_equal(entries, expected):
            return parameters.label(leaf.part.start + int(np.argmax(entries != expected)))
    return ""


def _check_same_bits(first: Analytic, again: Any, parameters: Parameters, frozen: Frozen, f: Function) -> None:
    if not (differs := _differs(again, first, parameters)):
        return
    value, where, is_rounding = differs
    if value != first.loss:
        losses = f"called twice at the same point the loss is {first.loss!r}, then {value!r}"
        if is_rounding:
            raise BreachError(f"{losses}: {IN_ORDER}")
        if batches := _in_turn(f, first.loss, value, parameters, frozen):
            raise BreachError(batches)
        shown = ", ".join(frozen.names[:MOST_NAMES]) + (", …" if len(frozen.names) > MOST_NAMES else "")
        raise BreachError(f"unfrozen randomness: {losses}, though {shown} were reset; {frozen.advice()}")
    why = "does a buffer keep what an earlier call left in it, or does f go over a set, whose order changes?"
    raise BreachError(
        f"called twice at the same point f returns the same loss but another gradient, first at {where}: "
        f"{IN_ORDER if is_rounding else why}"
    )


def _differs(again: Any, first: Analytic, parameters: Parameters) -> tuple[float, str, bool] | None:
    """Return the loss of another call, the first entry that differs, and whether only last digits do.

    None if nothing differs, or nothing but last digits where these may.
    """
    loss, arrays = split(again, parameters)
    value, entries = _loss(loss), _fitting(arrays, parameters)
    where = _difference(entries, first.gradient, parameters)
    if value == first.loss and not where:
        return None
    part = ROUNDED * max(float(np.finfo(leaf.dtype).eps) for leaf in parameters.leaves)
    gap = np.abs(np.concatenate(entries) - first.gradient).max()
    is_rounding = gap <= part * np.abs(first.gradient).max() and abs(value - first.loss) <= part * abs(first.loss)
    return None if is_rounding and parameters.in_any_order else (value, where, bool(is_rounding))


def _in_turn(f: Function, first: float, second: float, parameters: Parameters, frozen: Frozen) -> str:
    """Return what to say if f takes other data with each call: a counter explains it, or its losses come again."""

    def loss() -> float:
        return _loss(split(call(f, parameters.original(parameters.flat), frozen), parameters)[0])

    start = f"called again at the same point the loss is {first!r}, then {second!r}: "
    advice = "does it take the next minibatch? Check it on one fixed batch, which it gets as an argument"
    losses = [first, second]
    with suppress(Exception):  # f may come to an end of its data
        before = [(name, owner, key, getattr(owner, key)) for name, owner, key in _counters(f)]
        losses.append(loss())
        moved = [place for place in before if getattr(place[1], place[2]) != place[3]]
        for _, owner, key, number in moved:
            setattr(owner, key, number)
        if moved and loss() == losses[-1]:
            return (
                f"{start}it goes on by {moved[0][0]}, and with {moved[0][0]} set back the loss is the same; {advice}"
            )
        losses += [loss() for _ in range(BATCHES)]
    for period in range(2, len(losses) // 2):
        if losses[3 + period :] == losses[3:-period]:
            return f"{start}every {period} calls the same losses come again; {advice}"
    return ""


def _counters(f: Any) -> list[tuple[str, Any, str]]:
    """Return where a function, the object of a method, or what a closure holds keeps integers: name, owner, key."""
    owner, code = getattr(f, "__self__", f), getattr(f, "__code__", None)
    cells = list(zip(getattr(code, "co_freevars", ()), getattr(f, "__closure__", None) or (), strict=True))
    places = [(name, cell, "cell_contents") for name, cell in cells]
    places += [(key, owner, key) for key in getattr(owner, "__dict__", ())]
    for name, cell in cells:
        places += [(f"{name}.{key}", cell.cell_contents, key) for key in getattr(cell.cell_contents, "__dict__", ())]
    return [place for place in places if type(getattr(place[1], place[2])) is int]


def _check_unchanged(arrays: list[Any], analytic: Analytic, parameters: Parameters, point: str) -> None:
    if where := _difference(_fitting(arrays, parameters), analytic.gradient, parameters):
        raise BreachError(
            f"the gradient that f returned changes when f is called again at {point}, first at {where}: f returns "
            "the same buffer each time; return a new array"
        )
