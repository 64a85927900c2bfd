"""Units of the bands that mapping's own checks do not look at: backscatter, coherence, temperature."""

from __future__ import annotations

from typing import Mapping

import numpy as np

from ...inference.arrays import FloatArray
from ...inference.errors import UnitError
from ...inference.request import BACKSCATTER_BANDS, COHERENCE_BANDS

SHARE = 0.01
"""So much of a sample may lie outside the range: layover, and resampling at borders."""
RANGES = {
    **dict.fromkeys(BACKSCATTER_BANDS, (0.0, 100.0, "linear sigma0 (from decibels: 10 ** (dB / 10))")),
    **dict.fromkeys(COHERENCE_BANDS, (0.0, 1.0, "from 0 to 1")),
    "thermal": (150.0, 350.0, "brightness temperature in K"),
}
"""Lowest and highest value that can be meant, and what the unit is."""


def check_units(sample: Mapping[str, FloatArray]) -> None:
    """Look at a sample of each band (NaN where invalid). Raises UnitError for values that cannot be meant."""
    for name, (low, high, unit) in RANGES.items():
        values = sample.get(name, np.empty(0, np.float32))
        values = values[np.isfinite(values)]
        if values.size and ((values < low) | (values > high)).mean() > SHARE:
            raise UnitError(
                f"{name} goes from {values.min():,.4g} to {values.max():,.4g}; it should be {unit}. Give the scale "
                "where the file holds other numbers (--band NAME=FILE:NUMBER:SCALE)."
            )
