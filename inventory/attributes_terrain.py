"""What the RGI tells of a glacier's surface: heights, slope, aspect, length, terminus, hypsometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Optional, Tuple

import numpy as np

from ..inference.arrays import FloatArray
from .attributes_centreline import Centreline, longest_centreline
from .attributes_grid import LocalGrid, filled
from .rgi_fields import NOT_ASSIGNED, sector_of

COVERED = 0.99
"""A DEM counts where it has a value in so many of a glacier's cells (the RGI's own limit)."""
BAND_M = 50
FLAT = 1e-6


@dataclass(frozen=True)
class Hypsometry:
    """Area by elevation: bands of 50 m, the lowest from `bottom_m` (a multiple of 50); thousandths, sum 1000."""

    bottom_m: int
    thousandths: Tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Terrain:
    """A glacier's surface: metres above the DEM's zero, degrees.

    `aspect_deg` is the way down of the mean gradient, clockwise from north; NaN where the surface is flat.
    """

    zmin_m: float
    zmax_m: float
    zmed_m: float
    zmean_m: float
    slope_deg: float
    aspect_deg: float
    termlon: float
    termlat: float
    lmax_m: float
    hypsometry: Hypsometry
    centreline: Centreline


def covered(grid: LocalGrid, elevation: FloatArray) -> float:
    """Return the share (0..1) of a glacier's cells that have an elevation (H x W; NaN: none)."""
    return float(np.isfinite(elevation[grid.inside]).mean())


def terrain_of(grid: LocalGrid, elevation: FloatArray) -> Optional[Terrain]:
    """Return the surface of a glacier; None where less than COVERED of it has an elevation (H x W, NaN in voids)."""
    if covered(grid, elevation) < COVERED:
        return None
    known = grid.inside & np.isfinite(elevation)
    heights = elevation[known].astype(np.float64)
    whole = filled(elevation).astype(np.float64)
    slope, aspect = slope_and_aspect(whole, grid.dx, known)
    line = longest_centreline(grid, whole)
    termlon, termlat = grid.lonlat(line.terminus[None])[0]
    return Terrain(
        float(heights.min()), float(heights.max()), float(np.median(heights)), float(heights.mean()), slope, aspect,
        float(termlon), float(termlat), line.length_m, hypsometry_of(heights), line,
    )  # fmt: skip


def slope_and_aspect(elevation: Any, dx: float, cells: Any) -> Tuple[float, float]:
    """Return the mean slope, and the aspect of the mean gradient, in degrees, over cells (H x W) `dx` metres wide."""
    down, right = np.gradient(elevation, dx)  # rows go south
    down, right = down[cells], right[cells]
    slope = float(np.degrees(np.arctan(np.hypot(down, right))).mean())
    north, east = float(down.mean()), -float(right.mean())
    if math.hypot(north, east) < FLAT:
        return slope, math.nan
    return slope, math.degrees(math.atan2(east, north)) % 360


def aspect_sector(aspect_deg: float) -> int:
    """Return the RGI's sector, 1 (north) to 8 (north-west), of an aspect; 9 where it is NaN."""
    return NOT_ASSIGNED if math.isnan(aspect_deg) else sector_of(aspect_deg)


def hypsometry_of(heights: Any) -> Hypsometry:
    """Return the hypsometry of heights (n > 0 metres) of equal areas; rounded so that it sums to 1000."""
    band = np.floor(heights / BAND_M).astype(np.int64)
    share = np.bincount(band - band.min()) / len(heights) * 1000
    whole = np.floor(share)
    rest = round(1000 - whole.sum())
    whole[np.argsort(whole - share, kind="stable")[:rest]] += 1  # the largest remainders are rounded up
    return Hypsometry(int(band.min()) * BAND_M, tuple(int(part) for part in whole))
