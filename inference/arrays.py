"""Names for the arrays that travel through the core (numpy >= 1.20 at run time; the types are for mypy)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]
    DoubleArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
else:
    FloatArray = DoubleArray = BoolArray = np.ndarray
