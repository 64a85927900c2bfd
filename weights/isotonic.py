"""Isotonic calibration tables from the authors' tabulated calibrators.

A calibrator is tabulated at raw confidence 0, 0.001 ... 1. It is a kernel regression, so where the validation set
had no data it says whatever the kernel says, not what was observed: the tables rise, and then fall or wander.
"""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from ..inference.arrays import DoubleArray

SUPPORT_LIMIT = 0.3
"""The support ends at or below this raw confidence: the most sure pixels sit near 0.2 (facts: GlaViTU, Confidence)."""

LOWEST = 0.5
"""The class shown is the likelier of two, so it is right at least half of the time."""

TOLERANCE = 5e-4
"""Largest error of interpolating between the knots."""


def support_end(raw: DoubleArray, calibrated: DoubleArray) -> float:
    """Return the raw confidence up to which the calibrator follows data: its first maximum below SUPPORT_LIMIT.

    More raw confidence cannot truly mean less accuracy over a wide range, so a lasting fall after the highest value
    (0.998 at 0.144 to 0.75 at 0.3 for region encoding) shows the kernel without data. Short falls before it are
    noise, which pooling removes.
    """
    return float(raw[np.argmax(calibrated[raw <= SUPPORT_LIMIT])])


def pool_adjacent_violators(values: DoubleArray) -> DoubleArray:
    """Return the never falling sequence nearest to `values` in least squares (equal weights)."""
    pools: List[Tuple[float, int]] = []  # mean, count
    for value in values:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, n = pools.pop()
            mean, count = (mean * count + before * n) / (count + n), count + n
        pools.append((mean, count))
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools])


def thin(x: DoubleArray, y: DoubleArray, tolerance: float = TOLERANCE) -> DoubleArray:
    """Return the rising indices of few knots between which y(x) is interpolated within `tolerance`."""
    kept = [0, len(x) - 1]
    while True:
        error = np.abs(np.interp(x, x[kept], y[kept]) - y)
        worst = int(np.argmax(error))
        if error[worst] <= tolerance:
            return np.array(kept)
        kept = sorted([*kept, worst])


def isotonic_table(calibrated: DoubleArray) -> Tuple[DoubleArray, DoubleArray, float]:
    """Return raw and calibrated knots, and where the support ends, of a calibrator tabulated evenly over 0..1.

    Never falling, at least 0.5, and constant beyond the support.
    """
    raw = np.linspace(0.0, 1.0, len(calibrated))
    end = support_end(raw, calibrated)
    supported = raw <= end
    values = np.clip(pool_adjacent_violators(calibrated[supported]), LOWEST, 1.0)
    knots = thin(raw[supported], values)
    return np.append(raw[knots], 1.0).round(6), np.append(values[knots], values[-1]).round(5), end
