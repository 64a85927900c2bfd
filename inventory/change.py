"""Change of glaciers between two or more dates: a common set of glaciers with common divides.

The earliest layer's outlines are the glaciers (change_units.py tells which later ice is whose). New ice is told by
itself and is not in the total.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.errors import OutlinesError, SettingsError
from ..inference.progress import NoProgress, PartOfProgress, Progress
from .change_doubts import cover_doubts, date_doubts, overlap_doubts
from .change_results import AreaChange, Change, GlacierChange, NewIce, Period, Series
from .change_terminus import Centrelines, lines_of_units, retreats
from .change_uncertainty import total_uncertainty, unit_uncertainties
from .change_units import UnitIce, ice_by_unit, own_ice
from .clipping import Extent
from .outlines import Outlines, polygons_of
from .overlap import dissolved
from .results import layer_faults


@dataclass(frozen=True, eq=False)
class DatedOutlines:
    """A layer, the day that it shows, and the size in metres of the pixels that it was drawn from."""

    outlines: Outlines
    day: date
    pixel_m: float = 10.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.pixel_m) and self.pixel_m > 0):
            raise SettingsError(f"A pixel of {self.pixel_m:g} m cannot be meant; give its size in metres, like 10.")


@dataclass(frozen=True, eq=False)
class _Dated:
    """One date measured: the ice of each unit, areas and sigmas in m2, new ice."""

    parts: Any
    areas: DoubleArray
    sigmas: DoubleArray
    total: float
    total_sigma: float
    whole_parts: Any
    new: Tuple[NewIce, ...]


def measure_change(
    layers: Sequence[DatedOutlines],
    debris: Any = None,
    extent: Optional[Extent] = None,
    lines: Optional[Centrelines] = None,
    progress: Progress = NoProgress(),  # noqa: B008
) -> Change:
    """Return the change between layers in one CRS; they are put in order of date.

    Args:
        layers: two or more.
        debris: a geometry; margins under it are known to one pixel, others to half a pixel.
        extent: only what lies in it is measured; where it cuts ice is no margin.
        lines: centrelines for the retreat of termini.

    Raises:
        OutlinesError: fewer than two layers, two of one day, or no glacier at the first date.
    """
    series = _in_order(layers)
    area = None if extent is None else extent.area
    units = series[0].outlines
    if not (shapely.area(_cut(units.geometry, area)) > 0).any():
        raise OutlinesError(f"There is no outline of {series[0].day} here; its glaciers are what is followed.")
    measured = [
        _measured(one, units, debris, area, PartOfProgress(progress, n / len(series), (n + 1) / len(series)))
        for n, one in enumerate(series)
    ]
    termini, doubts = np.full((len(units), len(series)), np.nan), _doubts(series, measured, area)
    if lines is not None:
        ends, more = retreats(
            lines_of_units(lines, units.geometry, units.ids), [one.whole_parts for one in measured], units.ids,
            max(one.pixel_m for one in series),
        )  # fmt: skip
        termini, doubts = ends, doubts + more
    return _told(series, measured, termini, doubts)


def _in_order(layers: Sequence[DatedOutlines]) -> List[DatedOutlines]:
    if len(layers) < 2:
        raise OutlinesError("A change needs two layers or more, each with its date.")
    series = sorted(layers, key=lambda one: one.day)
    for first, second in zip(series, series[1:]):
        if first.day == second.day:
            raise OutlinesError(f"Two layers are of {first.day}; give each layer its own date.")
        if first.outlines.crs != second.outlines.crs:
            raise OutlinesError("The layers are in different planes; bring them into one first.")
    return series


def _measured(one: DatedOutlines, units: Outlines, debris: Any, area: Any, progress: Progress) -> _Dated:
    ice = dissolved(one.outlines.geometry)
    if one.outlines is units:
        whose = own_ice(units.geometry, ice)
    else:
        whose = ice_by_unit(units.geometry, ice, one.pixel_m / 2, progress)
    sigmas = unit_uncertainties(whose, len(units), one.pixel_m, debris, area)
    total_sigma = total_uncertainty(whose, one.pixel_m, debris, area)
    whole = whose.of_units(len(units))
    parts, pieces = _cut(whole, area), _cut(whose.pieces, area)
    new = _new_ice(one, ice.piece, whose, _cut(ice.geometry, area))
    progress.report(1.0, "Measuring change")
    return _Dated(parts, shapely.area(parts), sigmas, float(shapely.area(pieces).sum()), total_sigma, whole, new)


def _cut(geometry: Any, area: Any) -> Any:
    if area is None or not len(geometry):
        return geometry
    return np.array([None, *map(polygons_of, shapely.intersection(geometry, area))], dtype=object)[1:]


def _new_ice(one: DatedOutlines, piece: Any, whose: UnitIce, inside: Any) -> Tuple[NewIce, ...]:
    found = []
    for number in np.flatnonzero(whose.new):
        if inside[number].area > 0:
            names = tuple(one.outlines.ids[place] for place in np.flatnonzero(piece == number))
            found.append(NewIce(one.day, names, inside[number].area / 1e6))
    return tuple(found)


def _doubts(series: Sequence[DatedOutlines], measured: Sequence[_Dated], area: Any) -> List[str]:
    found = date_doubts([one.day for one in series])
    first = series[0]
    found += overlap_doubts(str(first.day), float(measured[0].areas.sum()), measured[0].total)
    units = _cut(first.outlines.geometry, area)
    units = units[shapely.area(units) > 0]
    for one in series[1:]:
        ice = _cut(one.outlines.geometry, area)
        ice = ice[shapely.area(ice) > 0]
        found += cover_doubts(str(one.day), units, str(first.day), ice, max(first.pixel_m, one.pixel_m))
    return found


def _told(
    series: Sequence[DatedOutlines], measured: Sequence[_Dated], termini: DoubleArray, doubts: List[str]
) -> Change:
    days = tuple(one.day for one in series)
    periods = _periods(days)
    areas = np.stack([one.areas for one in measured], axis=1) / 1e6
    sigmas = np.stack([one.sigmas for one in measured], axis=1) / 1e6
    glaciers = tuple(
        GlacierChange(
            series[0].outlines.ids[place], tuple(_pieces(one.parts[place]) for one in measured),
            _series(periods, areas[place], sigmas[place], termini[place]),
        )
        for place in np.flatnonzero(areas.any(axis=1))  # the others lie beyond the extent
    )  # fmt: skip
    total = _series(periods, [one.total / 1e6 for one in measured], [one.total_sigma / 1e6 for one in measured])
    faults = tuple(fault for one in series for fault in layer_faults(str(one.day), one.outlines.faults))
    new = tuple(piece for one in measured for piece in one.new)
    pixels = tuple(float(one.pixel_m) for one in series)
    return Change(days, pixels, periods, total, glaciers, new, faults, tuple(doubts))


def _periods(days: Sequence[date]) -> Tuple[Period, ...]:
    steps = [(place, place + 1) for place in range(len(days) - 1)]
    if len(steps) > 1:
        steps.append((0, len(days) - 1))
    return tuple(Period(first, last, days[first], days[last]) for first, last in steps)


def _pieces(ice: Any) -> int:
    return 0 if shapely.is_empty(ice) else int(shapely.get_num_geometries(ice))


def _series(periods: Sequence[Period], areas: Any, sigmas: Any, termini: Any = None) -> Series:
    changes = tuple(AreaChange.between(period, areas, sigmas, termini) for period in periods)
    return Series(tuple(map(float, areas)), tuple(map(float, sigmas)), changes)
