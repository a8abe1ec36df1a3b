"""`check_gradient`: is the gradient that a function returns the derivative of the loss that it returns?

It asks, one after the other:

1. Does f keep its contract: types, shapes, the same bits when it is called again, x unchanged (`contract`)?
2. By what means, and how exactly, can the loss be differentiated (`oracle.choose`)?
3. Does each entry that is planned (`plan`) agree? If not: is it wrong, or may the means be (`Comparison._judged`)?
4. Do the other entries agree along directions, other points, and the Taylor remainder (`Comparison.run`)?
5. Would an error have been seen at this point (`_doubt`)?
6. Does f return the same after all these calls (`check_end`)? Is what holds of float32 so in double precision?
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from types import FunctionType
from typing import Any

import numpy as np

from .comparison import NOISELESS, ORDER, ROUNDINGS, Comparison
from .contract import (
    Analytic,
    BreachError,
    Function,
    Visit,
    Watch,
    call,
    check_end,
    check_loss,
    checked_call,
    loss_of,
    quiet,
)
from .curves import Curves, measure
from .frameworks import as_numpy, is_loss, with_gradient
from .hints import hints
from .oracle import EPS, SAFETY, best_step
from .parameters import Array, Block, Indices, Names, Parameters, Words
from .plan import Only, make_plan
from .randomness import Frozen, one_at_a_time
from .report import Coordinate, GradientReport, Verdict

OTHER_LOSS = "f itself, from whose loss that of loss= differs by more than rounding; "
LIMIT = 10_000
SAFE = "Write |x| as np.where(x.real < 0, -x, x) and norms as np.sqrt((x * x).sum())"
TO_FORM = {  # with what f may compute, so that its gradient is right whatever x is
    "symmetric": "({0} + {0}.mT) / 2 for {0}, as cholesky, eigh and the like read one triangle",
    "lower triangular": "np.tril({0}) for {0}",
    "upper triangular": "np.triu({0}) for {0}",
}
BY_NAME = ("loss", "words", "generators")  # options that a printed call can only name


def check_gradient(
    f: Function,
    x: Any,
    *,
    loss: Function | None = None,
    name: str = "",
    names: Names = None,
    words: Words = None,
    generators: Sequence[Any] = (),
    allow_zero: Sequence[str] = (),
    rtol: float | None = None,
    limit: int = LIMIT,
    only: Only = None,
    seed: int = 0,
) -> GradientReport:
    """Return a report on whether f returns the gradient of the loss that it returns; print nothing, change nothing.

    First f's contract is checked (see `contract`): types, shapes, no randomness left, x unchanged, no reused buffer.
    Then each derivative of the loss is computed by complex step or, where f does not allow that, by five-point
    differences. An entry may differ by rtol times the largest entry of its row, plus 512 roundings of max(1, |loss|,
    max |x|). At a kink of the loss, any slope between the one-sided ones passes. The Taylor remainder along a random
    direction is a second, independent check. An option or x that is not as described raises TypeError or ValueError;
    what f itself raises is not caught.

    Parameters
    ----------
    f : function x → (loss, gradient), or for a tuple of arrays (loss, gradient, gradient, …). A gradient has the
        structure of x. For one array in it also: a pair (rows, values), in which repeated rows are added up, or one
        (row, value); a scipy.sparse matrix; None for zero, unless all are. If x holds tensors of torch or JAX, f
        may return its loss alone: then the backward pass of that library is checked
    x : array, or tuple, list, dict or dataclass of arrays, nested to any depth, float64 or float32; tensors of torch
        or JAX alike
    loss : function x → loss, quicker than f; must return the loss of f and draw the same random numbers
    name : what is checked, for the report
    names : names of the arrays in a tuple, or {name: rows} for an array that stacks tables
    words : what the rows stand for, in order, or a mapping word → row
    generators : random generators of f that cannot be reached from it
    allow_zero : names of blocks whose gradient may be zero in every entry, as of a bias before a batch norm
    rtol : 1e-12 by default; for float32 1.2e-4, and if f computes in the type of x, 1e-5 in double precision. If it
        is given, f may make its sums in another order with each call
    limit : so many entries, or entries of rows that f uses, are each checked by themselves; of more, up to a fifth of
        `limit` are, and all along random directions. A smaller one is quicker
    only : the name of a block, or (block, row), to check this alone
    seed : of the random directions

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import check_gradient
    >>> check_gradient(lambda x: (x @ x, 2 * x), np.array([1.0, 2.0])).verdict
    'passed'
    >>> report = check_gradient(lambda x: (x @ x, x), np.array([1.0, 2.0]))
    >>> report.verdict, report.worst.label, report.worst.analytic, report.worst.numeric
    ('failed', 'x[1]', 2.0, 4.0)
    """
    limit, only = _checked(f, loss, rtol, limit, only)
    parameters = Parameters(x, names, words)
    parameters.in_any_order = rtol is not None
    allow_zero = (allow_zero,) if isinstance(allow_zero, str) else tuple(allow_zero)
    for block in (*allow_zero, *_block_of(only)):
        parameters.block(block)
    options: dict[str, Any] = {"loss": loss, "names": names, "words": words, "generators": generators}
    options |= {"allow_zero": allow_zero, "rtol": rtol, "limit": limit, "seed": seed, "only": only}
    with one_at_a_time(), Frozen(f, loss, generators=generators) as frozen:
        report, comparison = _once(f, parameters, frozen, options, name)
        if frozen.strayed():  # some generator is drawn from at other points only
            report, comparison = _once(f, parameters, frozen, options, name)
        if comparison is not None and parameters.is_coarse and not parameters.keeps_types:
            is_open = report.passed or _is_single_rounding(comparison)
            frozen.rewind()  # as where this check began
            report = _in_double(f, parameters, options, report) if is_open else report
        with quiet(), suppress(Exception):  # f may keep x, as a model its parameters: the next training needs these
            call(f, parameters.original(parameters.flat, writable=True), frozen)
    return report


def assert_gradient(f: Function, x: Any, **options: Any) -> GradientReport:
    """Check a gradient as `check_gradient` does; raise AssertionError with the report's text unless it passed.

    f, x and the options are those of `check_gradient`; the report is returned.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec.gradcheck import assert_gradient
    >>> assert_gradient(lambda x: (x @ x, 2 * x), np.array([1.0, 2.0])).reason
    'gradient and loss agree'
    """
    __tracebackhide__ = True  # pytest leaves this frame out
    report = check_gradient(f, x, **options)
    report.raise_if_failed()
    return report


def _once(
    f: Function, parameters: Parameters, frozen: Frozen, options: Mapping[str, Any], name: str
) -> tuple[GradientReport, Comparison | None]:
    """Check f's contract and, if it is kept, its gradient; return the report and what was compared."""
    about: dict[str, Any] = {"name": name or _name(f), "total": parameters.n, "frozen": frozen.names}
    given, loss, is_other = f, options["loss"], False
    if parameters.library and is_loss(call(f, parameters.original(parameters.flat), frozen)):
        f, loss = partial(with_gradient, f), loss or f  # the gradient is that of the library's backward pass
    try:
        analytic = checked_call(f, parameters, frozen, np.random.default_rng(options["seed"]))
        if loss is not None and not check_loss(loss, analytic, parameters, frozen):
            loss, is_other = None, True
    except BreachError as breach:
        about |= {"reason": f"contract: {breach}", "call": _again(given, options)}
        return GradientReport(verdict="failed", **about), None

    frozen.kept.settle()
    watch = Watch(analytic, parameters)

    def of_flat(flat: Array) -> Any:
        point = parameters.point(flat)
        if loss is not None:
            return call(loss, point, frozen)
        returned = call(f, point, frozen)
        watch.see(flat, returned)
        return loss_of(returned)

    def curves() -> Curves:  # a closure, which `dataclasses.asdict` does not copy
        # of_flat's own generators begin as in the check
        with one_at_a_time(), Frozen(f, loss, generators=options["generators"]) as again, quiet():
            again.kept.settle()
            return measure(comparison)

    with quiet():
        parameters.keeps_types = parameters.is_coarse and _is_single(of_flat, parameters)
        rng = np.random.default_rng(options["seed"])
        comparison = Comparison(parameters, analytic, of_flat, options["rtol"], rng, frozen.named)
        comparison.run(make_plan(parameters, analytic.gradient, options["limit"], rng, options["only"]))
        report = replace(_report(comparison, given, options, about), curves=curves)
        times = watch.calls(comparison.oracle.is_complex) if loss is None else 1  # f may be far slower than its loss
        report = report if report.verdict == "failed" else _at_the_end(report, f, analytic, parameters, frozen, times)
    return replace(report, method=OTHER_LOSS + report.method) if is_other else report, comparison


def _at_the_end(
    report: GradientReport, f: Function, analytic: Analytic, parameters: Parameters, frozen: Frozen, times: int
) -> GradientReport:
    """Return the report, or that of a breach if f kept some state in all the calls."""
    try:
        check_end(f, analytic, parameters, frozen, times)
    except BreachError as breach:
        return replace(report, verdict="failed", reason=f"contract: {breach}")
    return report


def _is_single(loss: Callable[[Array], Any], parameters: Parameters) -> bool:
    """Return whether a function does not take x in double, or one of tensors does not compute in double then."""
    try:
        J = np.asarray(as_numpy(loss(parameters.flat)))
    except Exception:  # as where its weights are in single precision
        return True
    return bool(parameters.library and J.dtype.itemsize < 8)


def _block_of(only: Only) -> tuple[str, ...]:
    return (only,) if isinstance(only, str) else (only or ())[:1]


def _checked(f: Any, loss: Any, rtol: Any, limit: Any, only: Any) -> tuple[int, Only]:
    """Return limit and only with plain whole numbers; raise TypeError or ValueError for what makes no sense."""
    for name, function in (("f", f), ("loss", f if loss is None else loss)):
        if not callable(function):
            raise TypeError(f"{name} is {function!r}: expected a function of x")
    if rtol is not None and not (isinstance(rtol, Real) and 0 < float(rtol) < np.inf):
        raise ValueError(f"rtol is {rtol!r}: expected a positive number, such as 1e-9")
    if not isinstance(limit, Integral) or limit < 1:
        raise ValueError(f"limit is {limit!r}: expected at least one entry to be checked")
    if only is not None and not isinstance(only, str):
        is_pair = isinstance(only, tuple) and len(only) == 2
        if not is_pair or not isinstance(only[0], str) or not isinstance(only[1], Integral):
            raise TypeError(f"only is {only!r}: expected a block, 'U', or a block and a row of it, ('U', 3)")
        only = only[0], int(only[1])  # a small integer of NumPy would overflow
    return int(limit), only


def _name(f: Any) -> str:
    return str(getattr(f, "__qualname__", getattr(getattr(f, "func", f), "__qualname__", type(f).__name__)))


def _again(f: Function, options: Mapping[str, Any]) -> str:
    name = _name(f).rpartition("<locals>.")[2]
    is_plain = isinstance(f, FunctionType) and all(part.isidentifier() for part in name.split("."))
    options = {**options, "limit": None if options["limit"] == LIMIT else options["limit"]}
    given = {key: value for key, value in options.items() if value is not None and np.size(value) > 0}
    shown = [f"{key}={key if key in BY_NAME else repr(value)}" for key, value in given.items()]
    return f"check_gradient({', '.join([name if is_plain else 'f', 'x', *shown])})"


def _report(c: Comparison, f: Function, options: Mapping[str, Any], about: dict[str, Any]) -> GradientReport:
    """Return the report of a comparison; its worst entry is the one furthest off in units of its tolerance.

    If some are wrong, it is one of those: others may be further off, and excused.
    """
    checked = np.flatnonzero(c.wrong if c.wrong.any() else c.checked)
    i = int(checked[np.argmax(c.excess(checked))])
    block, index = c.parameters.locate(i)
    values = float(c.analytic[i]), float(c.numeric[i]), float(c.tolerance(np.array([i]))[0])
    verdict, reason = _verdict(c, options["allow_zero"], options["only"])
    if c.wrong.any():
        options = {**options, "only": (block.name, (i - block.part.start) // block.width)}
    taylor = "the remainder is at rounding level"
    if c.order is not None:
        low = ", as at any kink" if c.kinks and not c.wrong.any() else f", expected ≥ {ORDER}"
        taylor = f"the remainder falls with order {c.order:.2f}{low if c.order < ORDER else ''}"
    return GradientReport(
        verdict=verdict,
        reason=reason,
        loss=c.J,
        worst=Coordinate(c.parameters.label(i), block.name, index, *values),
        wrong_rows=tuple(dict.fromkeys(c.parameters.label(int(i), row=True) for i in np.flatnonzero(c.wrong))),
        checked=int(c.checked.sum()),
        hints=hints(c),
        kinks=tuple(c.parameters.label(i) for i in sorted(c.kinks)),
        method=c.scope + c.oracle.method,
        tolerance=f"{max(c.rtols):.2g} of the row's maximum + {max(c.floors):.1e} ({ROUNDINGS} roundings of "
        f"{f'x, up to {c.largest_x:.6g}' if c.has_large_x else f'the loss {c.J:.6g} or its parts'}"
        f"{'' if c.oracle.is_complex else ', and of the differences'})",
        taylor=taylor,
        call=_again(f, options),
        **about,
    )


def _verdict(c: Comparison, allow_zero: Sequence[str], only: Only) -> tuple[Verdict, str]:
    if c.wrong.any():
        return "failed", f"the gradient is wrong in {int(c.wrong.sum())} of {int(c.checked.sum())} compared entries"
    if c.refuted is not None:
        return "failed", _refuted(c, *c.refuted)
    if doubt := _doubt(c, allow_zero, only):
        return "inconclusive", doubt
    return "passed", "gradient and loss agree" + ("; the loss has kinks, see below" if c.kinks else "")


def _refuted(c: Comparison, there: Visit, claimed: float, true: float) -> str:
    """Return what to say of a gradient that agrees at x and not at another point."""
    earlier = [("x", c.analytic), *((visit.name, visit.gradient) for visit in c.elsewhere if visit is not there)]
    kept = [
        block.name
        for block in c.parameters.blocks
        for _, gradient in earlier
        if gradient[block.part].any() and np.array_equal(gradient[block.part], there.gradient[block.part])
    ]
    where = {"elsewhere": "at another point"}.get(there.name, f"at another point, {there.name}")
    slopes = f"along a random direction f claims {claimed:.10g}, the loss has {true:.10g}"
    if undecided := sorted({i for entries in c.open.values() for i in entries}):
        count = "1 entry" if len(undecided) == 1 else f"{len(undecided)} entries"
        first = c.parameters.label(undecided[0])
        return f"{count} cannot be decided here, {first} first, but the gradient is wrong {where}: {slopes}"
    if kept:
        return (
            f"contract: the gradient is right here, but wrong when f is called {where}: {slopes}, and the gradient "
            f"of {kept[0]} is to the bit that of another point: is some of it kept from an earlier call?"
        )
    why = "the point hides the error, or f keeps some state: check at a point where all blocks are random, none zero"
    parts = zip(c.parameters.blocks, c.floors, c.rtols, strict=True)
    why = _hidden(c, [part[0].name for part in parts if _is_faint(c, *part)]) or why
    here = "every compared entry agrees within its tolerance here, but the gradient is wrong"
    return f"{here} {where}: {slopes}; {why}"


def _doubt(c: Comparison, allow_zero: Sequence[str], only: Only) -> str:
    if c.parameters.coarse:
        return c.parameters.coarse
    if unseen := _unseen(c, allow_zero, only):
        return unseen
    if rough := _rough(c):
        return rough
    if c.kinks and len(c.kinks) == c.checked.sum():
        return "the loss has a kink in every coordinate: check at another point"
    if c.order is not None and c.order < ORDER and not c.kinks:
        unseen = ", or its gradient is wrong where it was not compared" if c.checked.sum() < c.parameters.n else ""
        return (
            f"every compared entry agrees, but the Taylor remainder falls with order {c.order:.2f} instead of 2: the "
            f"loss is not smooth around this point{unseen}"
        )
    if rows := _vanished(c, allow_zero, only):
        more = f" and {len(rows) - 1} more rows" if len(rows) > 1 else ""
        return (
            f"the gradient of {c.parameters.label(rows[0], row=True)}{more} is zero at this point and not nearby, so "
            "that most errors in it cannot be seen: check at another point (all blocks random, none zero)"
        )
    if c.oracle.doubt and not c.is_complete:
        return (
            f"{c.oracle.doubt}, where a complex step may miss a term, and real differences are too rough to find one "
            f"below {SAFETY * 2 * c.oracle.noise / best_step(c.exact):.0e}. {SAFE}"
        )
    return ""


def _unseen(c: Comparison, allow_zero: Sequence[str], only: Only) -> str:
    """Return which blocks have a gradient in which errors cannot be seen, "" if none has."""
    zero, still, faint = list[str](), list[str](), list[str]()
    for block, floor, rtol in zip(c.parameters.blocks, c.floors, c.rtols, strict=True):
        if only is not None and block.name not in _block_of(only):
            continue
        is_still = _is_still(c, block, floor)
        if not c.analytic[block.part].any() and block.name not in allow_zero:
            zero.append(block.name)
        elif is_still and block.name not in allow_zero:
            still.append(block.name)
        if not is_still and _is_faint(c, block, floor, rtol):
            faint.append(block.name)
    if zero:
        return (
            f"the gradient of {', '.join(zero)} is zero in every entry at this point, so that most errors in it "
            f"cannot be seen: check at another point (all blocks random, none zero), or pass allow_zero={zero}"
        )
    if still:
        return (
            f"the loss does not move with {', '.join(still)} at this point, and the gradient is so small there that "
            f"it may be wrong: check at another point (no scores saturated), or pass allow_zero={still}"
        )
    if not (hidden := _hidden(c, faint)):
        return ""
    parts = [np.arange(c.parameters.n)[c.parameters.block(name).part] for name in faint]
    _, part = _gaps(c, np.concatenate(parts))
    return hidden + (f", or pass rtol=1e{part:.0f}" if part <= -4 else "")


def _hidden(c: Comparison, faint: Sequence[str]) -> str:
    """Return by what, in these blocks, rounding may hide errors, "" if there is no such block."""
    if not faint:
        return ""
    fix = "leave constants out of the loss, multiply a small one and its gradient by a large number, "
    fix = "give x in units in which it is near 1, " if c.has_large_x else fix
    fix += "" if c.oracle.takes_complex else "let f take complex numbers, "
    of = f"x, up to {c.largest_x:.3g}" if c.has_large_x else f"the loss, {c.J:.3g}"
    hidden = f"the rounding of {of}, may hide errors in the gradient of {', '.join(faint)}"
    return f"{hidden}: {fix}or check at another point"


def _is_still(c: Comparison, block: Block, floor: float) -> bool:
    """Return whether the loss has no slope in a block but for rounding, as a bias has before a batch norm.

    Then whatever f claims below the floor agrees with it.
    """
    slopes = np.abs(c.numeric[block.part][c.checked[block.part]])
    if np.abs(c.analytic[block.part]).max() > floor or slopes.max(initial=0) > floor:
        return False
    return not slopes.any() or c.stands_still(block, float(slopes.max()))


def _is_faint(c: Comparison, block: Block, floor: float, rtol: float) -> bool:
    """Return whether rounding may hide an error in a block, and its two gradients do not agree all the same."""
    numeric = c.numeric[block.part]
    largest = max(float(numeric.max()), float(-numeric.min()))
    if not 0 < largest <= floor / NOISELESS:
        return False
    is_cut = c.oracle.noise > 64 * EPS * abs(c.J)  # as if computed in float32: then it is checked as float32 is
    exact = max(NOISELESS, rtol, is_cut * 1000 * float(np.finfo(np.float32).eps))
    return not np.abs(c.analytic[block.part] - numeric).max() <= exact * largest


KINKS = {  # why an entry at which they are cannot be decided
    "beside": "a kink lies so close to x {}, that real differences cross it and cannot decide: check at a point "
    "farther from it",
    "met": "kinks meet {}: the loss has other slopes beside x than at x, as where numbers are equal of which one is "
    "taken by its size, and some are as claimed: check at a point where none are equal",
}


def _rough(c: Comparison) -> str:
    """Return where numeric derivatives are too inaccurate to decide, "" if nowhere."""
    some = {
        why: f"at {len(entries)} entries, {c.parameters.label(entries[0])} first"
        for why, entries in c.open.items()
        if entries
    }
    if "form" in some:
        name = c.parameters.locate(c.open["form"][0])[0].name
        form = next(form for block, form in c.parameters.formed(c.analytic) if block.name == name)
        return (
            f"the gradient of {name} is right while {name} is {form}, as it is here, and wrong beyond. If it always "
            f"is, let f take {TO_FORM[form].format(name)}; if not, this is an error: check it where {name} is not "
            f"{form}"
        )
    if "noisy" in some:
        return (
            f"{some['noisy']}, the gradient agrees only as far as the roundings of the terms allow that cancel in it"
            ": check at a point where it is larger"
        )
    if c.oracle.dropped and not c.is_complete:
        return f"{c.oracle.doubt}, and may be missing in the gradient, by less than real differences can see. {SAFE}"
    for why, said in KINKS.items():
        if why in some:
            return said.format(some[why])
    better = f"{'keep the imaginary part of' if c.oracle.takes_complex else 'take'} complex numbers"
    if "slight" in some:
        return _slight(c, np.array(c.open["slight"]), better)
    if "unsure" in some:
        fix = "compute in double precision" if c.parameters.keeps_types else f"let it {better}"
        fix = "return it in double precision, not rounded," if c.oracle.is_cut else fix
        gaps, part = _gaps(c, np.array(c.open["unsure"]))
        fix += f", pass rtol=1e{part:.0f}" if gaps.all() and part <= -6 else ""
        return (
            f"the numeric derivative is too inaccurate {some['unsure']}: the loss is noisy, close to a kink or "
            f"at the edge of its domain; {fix} or check elsewhere"
        )
    return ""


def _slight(c: Comparison, entries: Indices, better: str) -> str:
    """Return what to say of entries whose errors are too small to be held against f."""
    gaps, part = _gaps(c, entries)
    why = "too little for an error, too much for rounding, as where f "
    if c.stops:
        why = f"it is wrong by a little, or f stops at a tolerance: make that smaller, or pass rtol=1e{part:.0f}"
    elif c.oracle.is_complex or c.excused:
        why += f"solves equations, whose condition multiplies it: pass rtol=1e{max(part, -6):.0f}"
    else:
        why += f"calls a solver that stops at a tolerance. Let f {better}, or pass rtol=1e-9"
    what = "the numeric one" if c.oracle.is_complex else "real differences"
    return f"the gradient differs from {what} by up to {gaps.max():.1e}: {why}"


def _gaps(c: Comparison, entries: Indices) -> tuple[Array, float]:
    """Return by how much entries differ, and the least power of ten that is no smaller part of each row."""
    gaps = np.abs(c.analytic - c.numeric)[entries]
    return gaps, float(np.ceil(np.log10((gaps / np.maximum(c.largest(entries), gaps)).max())))


def _vanished(c: Comparison, allow_zero: Sequence[str], only: Only) -> list[int]:
    names = {i: c.parameters.locate(i)[0] for i in c.vanished}
    return [
        i
        for i, block in names.items()
        if block.name not in allow_zero
        and only in (None, block.name, (block.name, (i - block.part.start) // block.width))
    ]


def _is_single_rounding(c: Comparison) -> bool:
    """Return whether all errors lie in the float64 part of x and are no more than roundings of its float32 part."""
    wrong, blocks = np.flatnonzero(c.wrong), zip(c.parameters.blocks, c.eps_of, strict=True)
    is_coarse = any(c.wrong[block.part].any() for block, eps in blocks if eps > EPS)
    small = np.abs(c.analytic[wrong] - c.numeric[wrong]) <= c.tolerance(wrong) * (c.eps / EPS)
    return bool(len(wrong) and not is_coarse and small.all())


def _in_double(f: Function, p: Parameters, options: Mapping[str, Any], report: GradientReport) -> GradientReport:
    """Return the report of a float32 point, or that in double precision, where roundings hide and excuse nothing."""
    rtol = max(1e-5, options["rtol"] or 0) if report.passed else options["rtol"]
    try:
        double = check_gradient(f, p.point(p.flat), **{**options, "rtol": rtol})
    except Exception:  # f may refuse what is not float32
        if report.passed:
            return report
        reason = "x is float32 in part, and the gradient is off by no more than its roundings: pass x as float64"
        return replace(report, verdict="inconclusive", reason=reason, wrong_rows=(), hints=())
    is_another = double.verdict != "failed"
    if report.passed:
        is_another = not is_another and double.method.startswith("complex step")
    return replace(double, name=report.name, call=report.call) if is_another else report
