"""The types that annotations all over the library share."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ids = NDArray[np.integer]
PathLike = str | os.PathLike[str]
