"""The course's `sgd`, and the checkpoints that it leaves in the working directory.

Beside each `saved_params_N.npy`, which notebooks and hand-ins expect, stands a `saved_state_N.checkpoint` with
what an exact continuation needs: parameters, smoothed loss, the states of `random` and of NumPy's global
generator. No pickle is written, and none is read unless you ask for it.
"""

import random
import re
from collections.abc import Callable
from functools import partial
from io import BytesIO
from math import prod
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from .._types import Array
from ..functions import check_unmasked
from ..runtime.archive import CheckpointError, load_archive, save_archive
from ..runtime.arguments import check_whole, warn
from ..runtime.files import write_atomically
from ..runtime.run_folder import tried, versions
from . import random_stream
from .course_pickle import read_course_params, read_course_state
from .descent import Descent, Report, descend, step_size

__all__ = ["load_saved_params", "save_params", "sgd"]

SAVE_PARAMS_EVERY = 5000
STATE_FILE = "saved_state_{}.checkpoint"


def sgd(
    f: Callable[[Any], tuple[Any, Any]],
    x0: Any,
    step: float,
    iterations: int,
    postprocessing: Callable[[Any], Any] | None = None,
    useSaved: bool = False,
    PRINT_EVERY: int | None = 10,
) -> Any:
    """Minimise f by stochastic gradient descent, printing a smoothed loss.

    Parameters
    ----------
    f : function x → (loss, gradient)
    x0 : float or array to begin with; left unchanged
    step : step size; it halves after every 20,000 iterations
    iterations : in all, those of a saved run included
    postprocessing : function x → x, applied after each iteration
    useSaved : resume from the newest saved_params_N.npy of the working directory, and save every 5,000 iterations.
        The saved state holds parameters, smoothed loss and the global random generators; it cannot know
        what f itself remembers (a dataset's drawn copies, say) nor whether it belongs to the same f.
    PRINT_EVERY : iterations between two printed lines, None for no line; the loss is smoothed over these

    Returns
    -------
    The final x: a float for a float, an array for an array.

    Warns (UserWarning) if the state cannot be saved, and the descent goes on; and if what was saved is beyond
    `iterations`, so that it is returned as it is.

    Raises FloatingPointError if a printed loss, saved parameters or the final x are not finite; ValueError if the
    saved parameters have another shape than x0, or the gradient another one than x; CheckpointError if there are
    saved parameters, but all of them are damaged; TypeError or ValueError for other arguments, or another result of
    f, than described.

    Examples
    --------
    >>> from word2vec import sgd
    >>> sgd(lambda x: ((x - 3) ** 2, 2 * (x - 3)), 0.0, step=0.25, iterations=3, PRINT_EVERY=1)
    iter 1: 9.000000
    iter 2: 8.662500
    iter 3: 8.257500
    2.625
    """
    iterations = check_whole("iterations", iterations, 0)
    check_unmasked(x0=x0)
    every = iterations + 1 if PRINT_EVERY is None else PRINT_EVERY
    every = int(every) if isinstance(every, np.integer) else every
    if not isinstance(every, Real) or not every:
        kind = ValueError if every == 0 else TypeError
        raise kind(f"PRINT_EVERY is {every!r}: expected a number of iterations; None prints nothing")
    if not isinstance(step, Real | np.ndarray):
        raise TypeError(f"step is {step!r}: expected a number; the course's is 0.3")
    state = Descent(x=np.array(x0, np.result_type(x0, 0.0)) if isinstance(x0, np.ndarray) else x0)
    if useSaved:
        _resume(state, iterations)
    begun = _is_finite(state.x)

    def update(x: Any, now: float, _: bool) -> tuple[Any, Any]:
        result = f(x)
        try:
            loss, gradient = result
        except (TypeError, ValueError):
            raise TypeError(f"f returns {result!r:.60}: expected two values, loss and gradient") from None
        given, expected = np.shape(gradient), np.shape(x)
        is_row = given == expected[-len(given) :] and prod(given) == prod(expected)  # of an x of this one row
        if given != expected and not is_row and prod(given) > 1:  # a single number is one for all of x
            raise ValueError(f"f returns a gradient of shape {given}: expected {expected}, that of x")
        x -= now * gradient
        return (x if postprocessing is None else postprocessing(x)), loss

    for report in descend(state, update, step, iterations, every):
        if report is not None:
            print(f"iter {report.iteration}: {report.smoothed:f}")
        if useSaved and state.iteration % SAVE_PARAMS_EVERY == 0:
            _check_finite(state, step)
            save = partial(save_params, state.iteration, state.x, smoothed=state.smoothed)
            tried(save, "; the descent goes on")
    if begun:
        _check_finite(state, step)
    return state.x


def _is_finite(x: Any) -> bool:
    try:
        return bool(np.isfinite(x).all())
    except TypeError:  # numbers that NumPy does not know, such as fractions
        return False


def _check_finite(state: Descent, step: float) -> None:
    if not _is_finite(state.x):
        n, at = state.iteration, np.max(step_size(step, max(1, state.iteration)))
        what = f"x is not finite after iteration {n}, at step size {at:g}"
        raise FloatingPointError(f"{what}: expected numbers; try a smaller step")


def _resume(state: Descent, iterations: int) -> None:
    iteration, saved, random_state = load_saved_params()
    if saved is None:
        return
    if np.shape(saved) != np.shape(state.x):
        raise ValueError(
            f"saved_params_{iteration}.npy holds an array of shape {np.shape(saved)}, x0 has {np.shape(state.x)}: "
            "expected the same; move the file away to start anew, or pass useSaved=False"
        )
    if not np.isfinite(saved).all():
        raise FloatingPointError(
            f"saved_params_{iteration}.npy holds NaN or infinity: expected numbers; the run that saved it diverged: "
            "move the file away, and try a smaller step"
        )
    pickled = Path(f"saved_state_{iteration}.pickle")
    asked = f"is in {pickled}, which load_saved_params(read_pickle=True) reads"
    how = asked if pickled.exists() else "is not saved"
    unknown = "" if random_state else f", with `random` as it is: its state {how}"
    print(f"going on from saved_params_{iteration}.npy{unknown}")
    if iteration > iterations:
        kept = f"saved_params_{iteration}.npy is beyond iterations={iterations} and is returned as it is"
        warn(f"{kept}: move the file away to start anew, or pass useSaved=False")
    state.x = saved.astype(np.result_type(saved, 0.0)) if isinstance(state.x, np.ndarray) else saved.item()
    state.iteration = iteration
    if random_state:
        random.setstate(random_state)
    if Path(STATE_FILE.format(iteration)).exists():
        arrays, values = load_archive(STATE_FILE.format(iteration))
        np.random.set_state(random_stream.numpy_state_from_array(arrays["numpy"]))
        if values["smoothed"] is not None:
            state.history.reports.append(Report(iteration, float("nan"), values["smoothed"]))


def save_params(iter: int, params: Any, *, smoothed: float | None = None) -> None:  # noqa: A002, the course's name
    """Save parameters and the global random states in the working directory, each file atomically.

    They are saved_params_N.npy and saved_state_N.checkpoint, N being `iter`; `smoothed` is the smoothed loss by then.
    OSError if they cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import load_saved_params, save_params
    >>> save_params(5000, np.eye(2))
    >>> load_saved_params()[:2]
    (5000, array([[1., 0.],
           [0., 1.]]))
    """
    iter = check_whole("iter", iter, 0)  # noqa: A001
    check_unmasked(params=params)
    arrays = {
        "x": np.asarray(params),
        "random": random_stream.state_as_array(random.getstate()),
        "numpy": random_stream.numpy_state_as_array(np.random.get_state()),
    }
    values = {"versions": versions(), "iteration": iter, "smoothed": smoothed}
    save_archive(STATE_FILE.format(iter), arrays, values)
    content = BytesIO()  # NumPy's errors of writing an array into a file have no number
    np.save(content, np.asarray(params), allow_pickle=False)
    with write_atomically(f"saved_params_{iter}.npy") as file:
        file.write(content.getvalue())


def load_saved_params(*, read_pickle: bool = False) -> tuple[int, Array | None, Any]:
    """Load the newest saved parameters of the working directory: N, parameters, state of `random`, or 0, None, None.

    If a checksum shows that a file is damaged, the next older one is taken, with a warning. The course's own files
    come without a checksum: of these the .npy is read, and the state from the pickle beside it only if `read_pickle`
    is set (see `course_pickle`); otherwise it is None. The code of 2017/18 pickles both into saved_params_N.npy
    itself, which is then read only if `read_pickle` is set.

    Raises CheckpointError if there are saved parameters, but all are damaged.

    Examples
    --------
    >>> import numpy as np
    >>> from word2vec import load_saved_params, save_params
    >>> load_saved_params()
    (0, None, None)
    >>> save_params(10_000, np.eye(2))
    >>> iteration, params, random_state = load_saved_params()
    >>> iteration, params.shape
    (10000, (2, 2))
    """
    names = [re.fullmatch(r"saved_params_(\d+)\.npy", path.name) for path in Path().iterdir()]
    numbers = sorted((int(name[1]) for name in names if name), reverse=True)
    for number in numbers:
        try:
            return number, *_load(number, read_pickle=read_pickle)
        except (CheckpointError, OSError, ValueError, TypeError, KeyError) as error:
            warn(f"skipped saved_params_{number}.npy: {error}")
    if numbers:
        raise CheckpointError("none of the saved_params_N.npy here is usable: move them away to start anew")
    return 0, None, None


def _load(number: int, *, read_pickle: bool) -> tuple[Array, Any]:
    name = f"saved_params_{number}.npy"
    with open(name, "rb") as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
            if read_pickle:
                return read_course_params(name)
            raise ValueError(
                "it is no .npy file; if the course's code of 2017/18 pickled it, load it by "
                "load_saved_params(read_pickle=True)"
            )
        file.seek(0)
        params: Array = np.lib.format.read_array(file, allow_pickle=False)
    beside, pickled = Path(STATE_FILE.format(number)), Path(f"saved_state_{number}.pickle")
    if beside.exists():
        arrays, _ = load_archive(beside)
        if not np.array_equal(arrays["x"], params, equal_nan=True):
            raise CheckpointError(f"{beside} holds other parameters; remove the one that you do not mean")
        return params, random_stream.state_from_array(arrays["random"])
    return params, read_course_state(pickled) if read_pickle and pickled.exists() else None
