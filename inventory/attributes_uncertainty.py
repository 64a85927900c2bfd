"""How well each area and the total are known, with the method named.

Always by the buffer method; where there is a calibrated confidence the interval follows from that by block bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ..inference.progress import Progress
from .attributes_interval import AreaIntervals, IntervalSettings, area_intervals
from .change_uncertainty import total_uncertainty, unit_uncertainties
from .change_units import own_ice
from .fields import Pixels
from .outlines import Outlines
from .overlap import dissolved

SIGMA, METHOD = "area_sigma_km2", "area_unc"


@dataclass(frozen=True)
class UncertaintySettings:
    """How areas are doubted.

    Attributes:
        pixel_m: of the imagery: the buffer is half of it, and all of it under debris.
        calibrated: whether the confidence is; a plain probability is told as such.
        interval: of the bootstrap.
    """

    pixel_m: float = 10.0
    calibrated: bool = True
    interval: IntervalSettings = field(default_factory=IntervalSettings)

    def buffer_name(self, debris: bool) -> str:
        """Return the name of the buffer method; `debris` tells whether it is known where that is."""
        return f"buffer of half a pixel of {self.pixel_m:g} m" + (", a whole one under debris" if debris else "")

    @property
    def bootstrap_name(self) -> str:
        """The name of the bootstrap."""
        of = "calibrated confidence" if self.calibrated else "probability that is not calibrated"
        return f"{self.interval.level:.0%} by bootstrap of {of}, blocks of {self.interval.block_m:g} m"


@dataclass(frozen=True)
class TotalArea:
    """All ice in km2: its area, sigma of the buffer method, and the interval with its method's name."""

    area_km2: float
    sigma_km2: float
    low_km2: float
    high_km2: float
    method: str


def area_doubts(
    outlines: Outlines, confidence: Optional[Pixels], debris: Any, settings: UncertaintySettings, progress: Progress
) -> Tuple[List[Dict[str, Any]], TotalArea]:
    """Return the fields that tell how well each area is known, and the total.

    Args:
        outlines: n glaciers.
        confidence: 0.5..1 (see attributes_interval.py); None: the buffer method gives the interval.
        debris: a geometry in the outlines' plane, or None.
    """
    ice = own_ice(outlines.geometry, dissolved(outlines.geometry))
    area = outlines.area_km2
    sigma = unit_uncertainties(ice, len(outlines), settings.pixel_m, debris) / 1e6
    total = total_uncertainty(ice, settings.pixel_m, debris) / 1e6
    whole = float(area.sum())
    name = settings.buffer_name(debris is not None)
    low, high, drawn = np.maximum(area - sigma, 0.0), area + sigma, np.zeros(len(area), bool)
    together = TotalArea(whole, total, max(whole - total, 0.0), whole + total, name)
    if confidence is not None:
        found: AreaIntervals = area_intervals(outlines, confidence, settings.interval, progress)
        drawn = np.isfinite(found.low_km2)
        low, high = np.where(drawn, found.low_km2, low), np.where(drawn, found.high_km2, high)
        if drawn.any():
            together = TotalArea(whole, total, *found.total, settings.bootstrap_name)
    rows = [
        {SIGMA: one, "area_lo_km2": lower, "area_hi_km2": upper,
         METHOD: settings.bootstrap_name if by_draws else name}
        for one, lower, upper, by_draws in zip(sigma.tolist(), low.tolist(), high.tolist(), drawn.tolist())
    ]  # fmt: skip
    return rows, together
