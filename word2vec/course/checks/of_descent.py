"""Checks of sgd: its steps, the halving of the step, postprocessing and printing."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import reduce
from typing import Any

import numpy as np

from ..starter_test import Function
from .judging import Check, Note, compare, each_case


class _Printed(io.StringIO):
    """Keeps a million characters of what is printed, so that an endless loop does not fill the memory."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < 1_000_000 else len(text)


def _descend(f: Function, *args: Any, **kwargs: Any) -> tuple[Any, list[str]]:
    """Run f anew, whatever it has saved, and return the final x and the lines printed."""
    with redirect_stdout(_Printed()) as printed:
        x = f(*args, useSaved=False, **kwargs)
    return x, printed.getvalue().splitlines()


def _sgd_parabola(x0: Any, iterations: int, f: Function) -> Iterator[str]:
    """Check the course's parabolas, whose x0 is a plain number, and one f evaluation per iteration."""
    losses: list[float] = []
    asked: list[float] = []

    def parabola(x: Any) -> tuple[Any, Any]:
        losses.append(float(np.sum(x**2)))
        asked.append(float(np.ravel(x)[0]))
        return losses[-1], 2 * x

    x, _ = _descend(f, parabola, np.copy(x0) if np.ndim(x0) else x0, 0.01, iterations, PRINT_EVERY=iterations)
    if x is None or isinstance(x, tuple):
        yield f"returns {'None' if x is None else f'{len(x)} values'}; expected the final x"
    elif len(losses) != iterations:
        unwritten = ": still to be written?" * (not losses)
        yield f"evaluates f {len(losses)} times in {iterations} iterations, expected {iterations}{unwritten}"
    else:
        slips = {"it climbs: the sign of the step is wrong": x0 * 1.02**iterations}
        slips |= {"the step size is missing": x0 * (-1) ** iterations, "x never moves, or is set back to x0": x0}
        slips |= {"f is asked at x0 in each iteration": x0 * (1 - 0.02 * iterations)}
        swapped = reduce(lambda x, _: x - 0.01 * np.sum(x**2), range(3), x0)  # in more it may diverge
        at_once = "the step is halved at once: if the first iteration is 0, 0 % 20000 is 0, too"
        slips |= {"f returns loss and gradient in this order": swapped, at_once: x0 * 0.98 * 0.99 ** (iterations - 1)}
        if asked[0] and asked[1:]:
            part = (asked[0] - asked[1]) / (0.02 * asked[0])
            slips[f"each step is {part:.6g} times what it should be"] = x0 * (1 - 0.02 * part) ** iterations
        yield from compare(f"x**2 from {x0}, {iterations} steps of 0.01: x", x, x0 * 0.98**iterations, slips)


def _sgd_steps(f: Function) -> Iterator[str]:
    """Check that the step is halved after each 20,000 iterations, and not cut."""
    x, _ = _descend(f, lambda _: (1.0, np.array([1e3, -2e3])), np.zeros(2), 1.0, 1, PRINT_EVERY=1)
    yield from compare("a step of 1 by a gradient of 1000 and -2000: x", x, [-1e3, 2e3], {"is it cut (clipped)?": x})
    ones = np.ones(1)  # copying is faster
    x, _ = _descend(f, lambda _: (1.0, ones.copy()), np.zeros(1), 2.0, 40010, PRINT_EVERY=16000)
    slips = {"the step is never halved": [-80020], "one iteration too early": [-60003.5], "too late": [-60006.5]}
    slips |= {"it is halved once only": [-60010], "it is set to 0.5, not multiplied by it": [-50005]}
    slips |= {"when is it halved?": x}
    yield from compare("40010 steps of 2, to be halved after each 20000, from 0: x", x, [-60005], slips)


def _sgd_options(f: Function) -> Iterator[str]:
    """Check that the postprocessing is applied, and what is printed."""
    post = {"postprocessing": lambda x: x * x + 1, "PRINT_EVERY": 2}
    x, _ = _descend(f, lambda x: (1.0, 2 * x), np.array([1.0, 3.0]), 0.25, 2, **post)
    slips = {"it is not applied": [0.25, 0.75], "it is applied before the step": [2.5, 69.0]}
    slips |= {"before f is called": [1.0, 13.0], "it is applied to x0, not to the x of the step": [2.0, 10.0]}
    slips |= {"it is applied to the last x alone, or to those that are printed": [1.0625, 1.5625]}
    yield from compare("2 steps with a postprocessing of x * x + 1, after each: x", x, [1.390625, 3.640625], slips)
    losses = iter((1.0, 2.0, 40.0, 90.0))  # as those of single batches do
    x, lines = _descend(f, lambda _: (next(losses), 1.0), 0.0, 1.0, 4, PRINT_EVERY=2)
    slips = {"does it stop, or change its step, where the loss rises?": x}
    yield from compare("4 steps of 1 from 0, the losses 1, 2, 40, 90: x", x, -4, slips)
    printed = ["iter 2: 2.000000", "iter 4: 6.400000"]
    if [line.strip() for line in lines] != printed:
        yield Note(f"losses 1, 2, 40, 90, PRINT_EVERY=2: prints {lines}; the course's: {', '.join(printed)}")


_PARABOLAS = (0.75, 3), (np.array([1.0, -2.0]), 3), (0.5, 1000), (-1.5, 1000)  # x0 and iterations
STAGES: dict[str, list[Check]] = {"sgd": [*each_case(_sgd_parabola, *_PARABOLAS), _sgd_steps, _sgd_options]}
