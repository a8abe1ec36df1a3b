"""The course's `sgd`, and the checkpoints that it leaves in the working directory.

Beside each `saved_params_N.npy` stands a `saved_state_N.json` with what an exact continuation needs: the
states of `random` and of NumPy's global generator, and the smoothed loss. No pickle is written or read.
"""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from word2vec.files import write_atomically
from word2vec.functions import Array
from word2vec.optimizer import Descent, Report, descend

__all__ = ["load_saved_params", "save_params", "sgd"]

SAVE_PARAMS_EVERY = 5000


def sgd(
    f: Callable[[Any], tuple[Any, Any]],
    x0: Any,
    step: float,
    iterations: int,
    postprocessing: Callable[[Any], Any] | None = None,
    useSaved: bool = False,
    PRINT_EVERY: int = 10,
) -> Any:
    """Minimise f by stochastic gradient descent, printing a smoothed loss.

    Parameters
    ----------
    f : function x → (loss, gradient)
    x0 : float or array
        Where to begin; left unchanged.
    step : float
        Step size; it halves after every 20,000 iterations.
    iterations : int
        How many iterations in all, those of a saved run included.
    postprocessing : function x → x, optional
        Applied after each iteration.
    useSaved : bool
        Go on from the newest saved_params_N.npy of the working directory, and save every 5,000 iterations.
        The saved state holds parameters, smoothed loss and the global random generators; it cannot know
        what f itself remembers (a dataset's drawn copies, say) nor whether it belongs to the same f.
    PRINT_EVERY : int
        Iterations between two printed lines; the loss is smoothed over these.

    Returns
    -------
    The final x: a float for a float, an array for an array.

    Raises
    ------
    FloatingPointError
        If a printed loss would not be finite.
    ValueError
        If the saved parameters have another shape than x0.
    """
    state = Descent(x=np.array(x0, np.result_type(x0, 0.0)) if isinstance(x0, np.ndarray) else x0)
    if useSaved:
        _go_on(state)

    def update(x: Any, now: float, _: bool) -> tuple[Any, Any]:
        loss, gradient = f(x)
        x -= now * gradient
        return (x if postprocessing is None else postprocessing(x)), loss

    def save(state: Descent) -> None:
        if useSaved and state.iteration % SAVE_PARAMS_EVERY == 0:
            save_params(state.iteration, state.x, smoothed=state.history[-1].smoothed if state.history else None)

    descend(state, update, step, iterations, report_every=PRINT_EVERY, on_report=_print, after=save)
    return state.x


def _print(report: Report) -> None:
    """Print a report as the course does."""
    print(f"iter {report.iteration}: {report.smoothed:f}")


def _go_on(state: Descent) -> None:
    """Put the newest saved run into the state, and its random states into the global generators."""
    iteration, saved, random_state = load_saved_params()
    if saved is None:
        return
    if np.shape(saved) != np.shape(state.x):
        raise ValueError(
            f"saved_params_{iteration}.npy holds an array of shape {np.shape(saved)}, x0 has {np.shape(state.x)}: "
            "expected the same; move the file away to start anew, or pass useSaved=False"
        )
    print(f"going on from saved_params_{iteration}.npy")
    state.x, state.iteration = (saved if np.ndim(saved) else float(saved)), iteration
    extra = _read_state(iteration)
    if random_state is not None:
        random.setstate(random_state)
    if extra is not None:
        np.random.set_state(extra["numpy"])
        if extra["smoothed"] is not None:
            state.history.append(Report(iteration, float("nan"), extra["smoothed"]))


def save_params(iter: int, params: Any, *, smoothed: float | None = None) -> None:  # noqa: A002, the course's name
    """Save parameters and the global random states as saved_params_N.npy and saved_state_N.json.

    Both are written to the working directory; each takes the place of an older one only when complete.
    """
    name, keys, *numbers = np.random.get_state(legacy=True)
    state = {
        "random": random.getstate(),
        "numpy": [name, np.asarray(keys).tolist(), *numbers],
        "smoothed": None if smoothed is None else float(smoothed),
    }
    with write_atomically(f"saved_state_{iter}.json") as file:
        file.write(json.dumps(state).encode())
    with write_atomically(f"saved_params_{iter}.npy") as file:
        np.save(file, np.asarray(params), allow_pickle=False)


def load_saved_params() -> tuple[int, Array | None, Any]:
    """Load the newest saved_params_N.npy of the working directory: N, parameters, state of `random`.

    (0, None, None) if there is none. The state is None if only the course's own pickle of it is there,
    which is not read: random.seed(…) anew in that case.
    """
    numbers = [int(m[1]) for path in Path().iterdir() if (m := re.fullmatch(r"saved_params_(\d+)\.npy", path.name))]
    if not numbers:
        return 0, None, None
    newest = max(numbers)
    state = _read_state(newest)
    return newest, np.load(f"saved_params_{newest}.npy", allow_pickle=False), state and state["random"]


def _read_state(iteration: int) -> dict[str, Any] | None:
    """Read saved_state_N.json, if there is one."""
    path = Path(f"saved_state_{iteration}.json")
    if not path.exists():
        return None
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    version, key, gauss_next = state["random"]
    return {**state, "random": (version, tuple(key), gauss_next), "numpy": tuple(state["numpy"])}
