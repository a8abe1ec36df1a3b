"""The types that annotations all over the library share."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Ids = NDArray[np.integer]
else:  # `help` would write out NDArray wherever it occurs: numpy.ndarray[tuple[typing.Any, ...], numpy.dtype[…
    Array = Ids = np.ndarray
PathLike = str | os.PathLike[str]
