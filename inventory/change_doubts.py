"""What makes a change doubtful before a number is looked at: dates, seasons, ground that a layer does not show."""

from __future__ import annotations

from datetime import date
from typing import Any, List, Sequence

import numpy as np
import shapely

from ..inference.arrays import BoolArray

SEASON_DAYS, SHORT_YEARS, YEAR_DAYS = 60, 5.0, 365.25
OVERLAP_PERCENT = 0.1


def years_between(first: date, last: date) -> float:
    """Return the years from one date to another."""
    return (last - first).days / YEAR_DAYS


def season_days_apart(first: date, second: date) -> int:
    """Return how many days two dates are apart in the year, the shorter way round (0..183)."""
    apart = abs(first.timetuple().tm_yday - second.timetuple().tm_yday)
    return min(apart, 366 - apart)


def date_doubts(dates: Sequence[date]) -> List[str]:
    """Return a warning for each two consecutive dates that are near in time or in different seasons."""
    found = []
    for first, last in zip(dates, dates[1:]):
        years, days = years_between(first, last), season_days_apart(first, last)
        if years < SHORT_YEARS:
            found.append(
                f"{first} and {last} are only {years:.1f} years apart: snow and the outlines' uncertainty may be "
                f"larger than the change."
            )
        if days > SEASON_DAYS:
            found.append(
                f"{first} and {last} lie in different seasons ({days} days apart in the year): snow may pass for ice."
            )
    return found


def beyond(geometry: Any, layer: Any, margin_m: float) -> BoolArray:
    """Return which of n geometries lie outside the box round all of a layer's outlines, `margin_m` wider."""
    if not len(layer):
        return np.ones(len(geometry), bool)
    west, south, east, north = shapely.total_bounds(layer)
    ground = shapely.box(west - margin_m, south - margin_m, east + margin_m, north + margin_m)
    outside: BoolArray = ~shapely.intersects(geometry, ground)
    return outside


def cover_doubts(name: str, units: Any, first: str, ice: Any, margin_m: float) -> List[str]:
    """Return warnings where a later layer and the first one show different ground.

    Args:
        name, first: the later date and the first.
        units, ice: the first layer's outlines and the later one's, within the extent.
    """
    found = []
    for whose, of, geometry in ((name, first, units[beyond(units, ice, margin_m)]),
                                (first, name, ice[beyond(ice, units, margin_m)])):  # fmt: skip
        if len(geometry):
            much = f"Outlines of {of} ({len(geometry)}, {shapely.area(geometry).sum() / 1e6:.3g} km2)"
            what = "gone" if whose == name else "new"
            found.append(
                f"{much} lie outside the ground that the outlines of {whose} span and count as {what}; were they "
                f"mapped then? If not, give --extent the common ground."
            )
    return found


def overlap_doubts(first: str, sum_m2: float, together_m2: float) -> List[str]:
    """Return a warning where the units overlap each other: ice there is counted in each of them."""
    percent = 100 * (sum_m2 - together_m2) / max(together_m2, 1e-6)
    if percent <= OVERLAP_PERCENT:
        return []
    return [f"Glaciers of {first} overlap each other on {percent:.2g} % of their ice: each counts it, the total once."]
