"""Bins of a histogram: round edges, zero among them; what is far out is counted in the bins at the ends. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np

from .axis import multiples, round_step, usual_range

_FEWEST, _MOST = 6, 30


@dataclass(frozen=True)
class Bins:
    """Edges (one more than bins); `below` and `above` tell that the bins at the ends hold what lies beyond, too."""

    edges: Tuple[float, ...]
    below: bool = False
    above: bool = False

    def place(self, values: Any) -> Any:
        """Return the number of each value's bin; one on an edge belongs to the bin that begins there."""
        return np.clip(np.searchsorted(self.edges, values, side="right") - 1, 0, len(self.edges) - 2)


def bins_of(values: Any) -> Bins:
    """Return bins for finite values (at least one), about as wide as Freedman and Diaconis (1981) have them."""
    low, high = usual_range(values)
    step = _width(values, low, high)
    edges = multiples(math.floor(low / step + 1e-9), max(math.ceil(high / step - 1e-9), _next(low, step)), step)
    return Bins(edges, bool(np.min(values) < edges[0]), bool(np.max(values) > edges[-1]))


def _next(low: float, step: float) -> int:
    """Return the number of the first edge above the one where `low` has its bin."""
    return math.floor(low / step + 1e-9) + 1


def _width(values: Any, low: float, high: float) -> float:
    if low == high:
        return round_step(abs(low) / 10 or 1.0)
    first, third = np.percentile(values, (25, 75))
    width = 2 * (third - first) / len(values) ** (1 / 3)
    return round_step(min(max(width, (high - low) / _MOST), (high - low) / _FEWEST))
