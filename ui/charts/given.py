"""What a chart is given, checked. No Qt."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np


def as_array(values: Sequence[Optional[float]], keys: Sequence[str]) -> Any:
    """Return values as floats, NaN for None. Raises ValueError if there are not as many as keys."""
    if len(values) != len(keys):
        raise ValueError(f"A chart was given {len(values)} values, but {len(keys)} keys.")
    return np.array([np.nan if value is None else value for value in values], dtype=float)
