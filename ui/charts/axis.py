"""Axes of charts: from values to places along the axis, and round numbers to write beside it. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Sequence, Tuple

import numpy as np

_FAR = 3.0
"""Tukey's outer fence: values farther from the quartiles than this many interquartile ranges are far out."""
_FEW = 10
"""Fewer values than this have no outliers: all are shown where they are."""
_LOG_MARGIN = 1.25


@dataclass(frozen=True)
class Axis:
    """The values at both ends of an axis. Raises ValueError for ends that span nothing."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"An axis cannot go from {self.low} to {self.high}.")
        if self.log and self.low <= 0:
            raise ValueError(f"A logarithmic axis cannot begin at {self.low}.")

    def share(self, values: Any) -> Any:
        """Return where values lie, 0 at the low end and 1 at the high one; beyond both outside the axis."""
        values = np.asarray(values, dtype=float)
        if self.log:
            return np.log(values / self.low) / math.log(self.high / self.low)
        return (values - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> Tuple[float, ...]:
        """Return at most about `most` round values on the axis, ascending."""
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            decades = tuple(10.0**power for power in range(first, last + 1, 1 + max(0, last - first) // most))
            finer = tuple(m * 10.0**power for power in range(first - 1, last + 1) for m in (1, 2, 5))
            finer = tuple(value for value in finer if self.low <= value <= self.high)
            if len(decades) > 2 or (len(decades) > 1 and len(finer) > most):
                return decades
            if len(finer) > 1:
                return finer
        ticks = self._multiples(most)
        return ticks if len(ticks) > 1 else self._multiples(2 * most)  # one alone tells no scale

    def _multiples(self, most: int) -> Tuple[float, ...]:
        step = round_step((self.high - self.low) / most)
        return multiples(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9), step)


def multiples(first: int, last: int, step: float) -> Tuple[float, ...]:
    """Return first * step ... last * step, free of the dust of binary fractions."""
    digits = max(0, 1 - math.floor(math.log10(step)))
    return tuple(round(number * step, digits) for number in range(first, last + 1))


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20 ... (and 0.5, 0.2 ...) that is no less than `least` (positive)."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def usual_range(values: Any) -> Tuple[float, float]:
    """Return the lowest and the highest of finite values that are not far out (Tukey 1977)."""
    if len(values) < _FEW:
        return float(np.min(values)), float(np.max(values))
    low, high = np.percentile(values, (25, 75))
    margin = _FAR * (high - low)
    inside = values[(values >= low - margin) & (values <= high + margin)] if margin > 0 else values
    return float(np.min(inside)), float(np.max(inside))


def linear_axis(values: Any, zero: bool = False) -> Axis:
    """Return an axis with round ends for the usual range of finite values; from zero (or to it) if asked."""
    low, high = usual_range(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        room = abs(low) / 2 or 1.0
        low, high = low - room, high + room
    step = round_step((high - low) / 10)
    ends = multiples(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9), step)
    return Axis(ends[0], ends[-1])


def log_axis(values: Any) -> Axis:
    """Return a logarithmic axis for all of some positive values."""
    return Axis(float(np.min(values)) / _LOG_MARGIN, float(np.max(values)) * _LOG_MARGIN, log=True)


def tick_texts(ticks: Sequence[float]) -> Tuple[str, ...]:
    """Return ticks for people: "−10", "0.05", "1,000"."""
    return tuple(f"{tick:,.12g}".replace("-", "\u2212") for tick in ticks)


def number_text(value: float) -> str:
    """Return a number for people to four digits: "1,234", "0.01235"."""
    digits = 3 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{round(value, digits):,.{max(digits, 0)}f}" if digits < 12 else f"{value:.3g}"
    return text.replace("-", "\u2212")
