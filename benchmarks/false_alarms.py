"""Which correct functions does which gradient checker call wrong?

    python -m benchmarks.false_alarms
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.correct_functions import KINDS
from benchmarks.correct_models import MODELS


def functions(per_kind: int = 2) -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """Yield (kind, f, x), so many of each kind, the same each time."""
    for i, (name, maker) in enumerate((KINDS | MODELS).items()):
        for k in range(per_kind):
            yield name, *maker(np.random.default_rng([i, k]))
