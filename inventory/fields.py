"""A raster's values at points of the outlines' plane, whoever reads the raster."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, List, Protocol, Tuple

import numpy as np
import pyproj

from ..inference.arrays import DoubleArray, FloatArray
from ..inference.stored_raster import Header
from .bulk import IntArray
from .projection import EARTH_RADIUS_M, crs_of

OUTSIDE = -9.0
CELL_M = 10_000.0


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the way from one CRS to another; to find it takes as long as to go it with 50,000 points."""
    return pyproj.Transformer.from_crs(crs_of(source), crs_of(target, "The raster"), always_xy=True)


def cells_of(xy: DoubleArray) -> Tuple[DoubleArray, IntArray]:
    """Return the middles of the squares of 10 km in which points lie (m x 2), and the square of each point (n)."""
    place = np.floor(xy / CELL_M).astype(np.int64)
    _, first, cell = np.unique(place[:, 0] * 2**32 + place[:, 1], return_index=True, return_inverse=True)
    return (place[first] + 0.5) * CELL_M, cell


class Pixels(Protocol):
    """A north-up raster of square pixels; a `StoredRaster` is one."""

    @property
    def header(self) -> Header:
        """Its CRS, left and upper edge, and the size of a pixel."""

    def pixels(self, row: Any, column: Any) -> FloatArray:
        """Return the values at rows and columns (n integers each, outside too); NaN where there is none."""


@dataclass(frozen=True, eq=False)
class Field:
    """A raster that is asked at points (x, y) in metres of `plane` (WKT)."""

    raster: Pixels
    plane: str

    @property
    def pixel_m(self) -> float:
        """The size of a pixel in metres; from south to north where the raster is in degrees."""
        crs = crs_of(self.raster.header.crs, "The raster")
        unit = math.radians(1.0) * EARTH_RADIUS_M if crs.is_geographic else crs.axis_info[0].unit_conversion_factor
        return float(self.raster.header.resolution * unit)

    def nearest(self, xy: DoubleArray) -> FloatArray:
        """Return the value of the pixel in which each point (n x 2) lies; NaN in voids and outside."""
        place = np.floor(self._places(xy)).astype(np.int64)
        return self.raster.pixels(place[:, 0], place[:, 1])

    def between(self, xy: DoubleArray) -> DoubleArray:
        """Return the value at each point (n x 2), bilinear between pixels' centres; NaN where one of the four is."""
        return self._between(self._places(xy))

    def cross(self, xy: DoubleArray, step: float) -> List[DoubleArray]:
        """Return the values at each point, and `step` metres to the east, west, north and south of it; as `between`."""
        place = self._places(xy)
        middle, cell = cells_of(xy)
        found = [self._between(place)]
        for axis in np.eye(2) * step:
            # How the plane turns and stretches in the raster is the same all over a cell, and found once for it.
            move = ((self._places(middle + axis) - self._places(middle - axis)) / 2)[cell]
            found += [self._between(place + move), self._between(place - move)]
        return found

    def _between(self, place: DoubleArray) -> DoubleArray:
        place = place - 0.5
        low = np.floor(place).astype(np.int64)
        down, right = (place - low).T
        found: DoubleArray = np.zeros(len(place))
        for row, share_row in ((0, 1 - down), (1, down)):
            for column, share in ((0, 1 - right), (1, right)):
                found += share_row * share * self.raster.pixels(low[:, 0] + row, low[:, 1] + column)
        return found

    def _places(self, xy: DoubleArray) -> DoubleArray:
        """Return rows and columns (n x 2) of points, counted from the upper left pixel's corner."""
        header = self.raster.header
        x, y = _transformer(self.plane, header.crs).transform(xy[:, 0], xy[:, 1])
        place = np.column_stack([header.top - y, x - header.left]) / header.resolution
        return np.where(np.isfinite(place), place, OUTSIDE)  # what the raster's CRS has not
