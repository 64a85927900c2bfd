"""How well an area is known, by the buffer method, and whether a change is more than that.

sigma = (A(+b) - A(-b)) / 2 (Granshaw and Fountain 2006; Bolch et al. 2010), with b half a pixel for clean ice and one
pixel under debris. The complex is buffered as a whole, so that divides do not count; holes count.
"""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .bulk import in_threads, members, summed
from .change_units import UnitIce
from .overlap import dissolved

QUARTER = 8
"""Segments of a quarter of a circle where a margin is buffered round a corner."""
SIGNIFICANT, BELOW = "significant", "below its uncertainty"


def unit_uncertainties(ice: UnitIce, count: int, pixel_m: float, debris: Any = None, extent: Any = None) -> DoubleArray:
    """Return sigma in m2 of each of `count` units: of its own share of its complex's margin."""
    return summed(band_sigma(ice.part, ice.pieces[ice.piece], pixel_m, debris, extent), ice.unit, count)


def total_uncertainty(ice: UnitIce, pixel_m: float, debris: Any = None, extent: Any = None) -> float:
    """Return sigma in m2 of all ice together: as if all its margins were wrong to the same side."""
    if not len(ice.pieces):
        return 0.0
    # Pieces that are one after buffering: the gap between them must not count twice.
    near = dissolved(shapely.buffer(ice.pieces, pixel_m, quad_segs=QUARTER))
    groups = [shapely.union_all(ice.pieces[places]) for places in members(near.piece, len(near.geometry))]
    together = np.array([None, *groups], dtype=object)[1:]
    return float(band_sigma(together, together, pixel_m, debris, extent).sum())


def band_sigma(ice: Any, whole: Any, pixel_m: float, debris: Any = None, extent: Any = None) -> DoubleArray:
    """Return half the areas in m2 of the bands at both sides of margins.

    Args:
        ice: n geometries whose margins are meant.
        whole: n geometries: the complex that each of them is part of; its inner divides are no margin.
        pixel_m: size of the imagery's pixels.
        debris: a geometry; margins under it are known to a pixel only.
        extent: a geometry; bands beyond it do not count.
    """
    if not len(ice):
        return np.zeros(0)
    inner, outer = _bands(ice, whole, pixel_m / 2, extent)
    areas: DoubleArray = shapely.area(inner) + shapely.area(outer)
    if debris is not None:
        # The margin of ice under debris is that of the debris: the outer band begins where the debris ends.
        grounds = (debris, shapely.buffer(debris, pixel_m, quad_segs=QUARTER))
        for narrow, wide, ground in zip((inner, outer), _bands(ice, whole, pixel_m, extent), grounds):
            areas += _area_in(wide, ground) - _area_in(narrow, ground)
    half: DoubleArray = areas / 2
    return half


def _bands(ice: Any, whole: Any, width_m: float, extent: Optional[Any]) -> Tuple[Any, Any]:
    def band(some: Any, complexes: Any) -> Any:
        around = _near(some, complexes, 2 * width_m)
        within = shapely.difference(some, shapely.buffer(around, -width_m, quad_segs=QUARTER))
        beyond = shapely.difference(shapely.buffer(some, width_m, quad_segs=QUARTER), around)
        return np.stack([within, beyond], axis=1)

    both = in_threads(band, ice, whole)
    if extent is not None:
        both = shapely.intersection(both, extent)
    return both[:, 0], both[:, 1]


def _near(some: Any, complexes: Any, reach_m: float) -> Any:
    """Return of each complex what lies in the box of its part and so far around: a large one is slow to buffer."""
    near = complexes.copy()
    cut = shapely.area(some) < shapely.area(complexes)
    boxes = shapely.bounds(some[cut]) + reach_m * np.array([-1, -1, 1, 1])
    near[cut] = shapely.intersection(complexes[cut], shapely.box(*boxes.T))
    return near


def _area_in(bands: Any, ground: Any) -> DoubleArray:
    areas: DoubleArray = shapely.area(shapely.intersection(bands, ground))
    return areas


def significance(change: float, uncertainty: float) -> str:
    """Return whether a change is at least as large as its uncertainty (the same unit)."""
    return SIGNIFICANT if change != 0 and abs(change) >= uncertainty else BELOW
