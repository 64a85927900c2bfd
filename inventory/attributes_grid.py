"""A glacier on a grid of its own, and the elevation of the grid's cells.

The cells are as wide as the RGI's: 14 sqrt(area in km2) + 10 m, at most 100 m (RGI 7.0 user guide; Maussion et al.
2019). The plane is Lambert's azimuthal equal-area projection centred on the glacier, where the RGI takes the UTM zone:
good at the poles and across the antimeridian too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Iterator, Optional, Tuple

import numpy as np
import shapely
from scipy.ndimage import binary_erosion, binary_fill_holes, distance_transform_edt, map_coordinates

from ..inference.arrays import BoolArray, DoubleArray, FloatArray
from .bulk import IntArray
from .fields import Pixels
from .projection import POSITIONS, crs_of, local_plane, transformer
from .scanning import crossings
from .surroundings import SPLINE_PIXELS

PAD = 2
"""Cells around the glacier: slopes at its margin look at them."""
MOST_CELLS = 2_000_000
"""A glacier of parts far apart has larger cells, so that memory is bounded."""
READ_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class LocalGrid:
    """A glacier on square cells.

    Attributes:
        plane: from degrees to metres and back.
        geometry: the glacier in the plane.
        dx: width of a cell in metres; `left` and `top` are the upper left cell's corner.
        inside: H x W, whether a cell's centre lies in the glacier; at least one cell does.
    """

    plane: Any
    geometry: Any
    dx: float
    left: float
    top: float
    inside: BoolArray

    @property
    def margin(self) -> BoolArray:
        """The cells inside at the outer margin; not those at nunataks, which are neither heads nor termini."""
        outer: BoolArray = self.inside & ~binary_erosion(binary_fill_holes(self.inside))
        return outer

    def centres(self, row: Any, column: Any) -> DoubleArray:
        """Return x and y (n x 2) of cells' centres."""
        return np.column_stack([self.left + (column + 0.5) * self.dx, self.top - (row + 0.5) * self.dx])

    def lonlat(self, xy: DoubleArray) -> DoubleArray:
        """Return degrees (n x 2) of points in the plane."""
        return np.column_stack(self.plane(xy[:, 0], xy[:, 1], inverse=True))


def cell_size(area_km2: float) -> float:
    """Return the width in metres of the cells of a glacier."""
    return min(14 * math.sqrt(area_km2) + 10, 100.0)


def local_grid(degrees: Any, lon: float, lat: float, area_km2: float) -> LocalGrid:
    """Return a glacier on its grid.

    Args:
        degrees: its geometry with longitudes and latitudes as coordinates; rings may cross the antimeridian or go round
            a pole.
        lon, lat: a point inside it.
    """
    plane = local_plane(lon, lat)
    geometry = shapely.transform(degrees, lambda xy: np.column_stack(plane(xy[:, 0], xy[:, 1])))
    west, south, east, north = geometry.bounds
    dx = max(cell_size(area_km2), math.sqrt((east - west) * (north - south) / MOST_CELLS))
    left, top = (math.floor(west / dx) - PAD) * dx, (math.ceil(north / dx) + PAD) * dx
    shape = (round((top - south) / dx) + PAD + 1, round((east - left) / dx) + PAD + 1)
    inside = cells_inside(shapely.transform(geometry, lambda xy: (xy - (left, top)) / (dx, -dx)), shape)
    if not inside.any():  # narrower than a cell everywhere
        inside[math.floor(top / dx), math.floor(-left / dx)] = True  # the plane's centre is the point inside
    return LocalGrid(plane, geometry, dx, left, top, inside)


def cells_inside(geometry: Any, shape: Tuple[int, int]) -> BoolArray:
    """Return which cells of a grid (H x W) have their centre in a geometry.

    Args:
        geometry: with columns and rows as coordinates, counted from the upper left cell's corner.
        shape: height and width.
    """
    height, width = shape
    _, row, x = crossings(np.array([geometry], dtype=object), 1.0)
    column = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
    here = (row >= 0) & (row < height)
    turns = np.bincount(row[here] * (width + 1) + column[here], minlength=height * (width + 1))
    inside: BoolArray = np.cumsum(turns.reshape(height, width + 1), axis=1)[:, :-1] % 2 == 1
    return inside


class Elevation:
    """A DEM that is asked for the cells of one local grid after the other."""

    def __init__(self, dem: Pixels) -> None:
        self._dem = dem
        crs = crs_of(dem.header.crs, "The DEM")
        self._to_dem = transformer(crs_of(POSITIONS), crs)
        self._round = 360.0 if crs.is_geographic else 0.0

    def of_cells(self, grid: LocalGrid) -> FloatArray:
        """Return the elevation of each cell (H x W) in metres by cubic splines; NaN in voids and outside the DEM."""
        height, width = grid.inside.shape
        row, column = np.divmod(np.arange(height * width), width)
        place = self._places(grid.lonlat(grid.centres(row, column)))
        known = np.isfinite(place).all(axis=1)
        found: FloatArray = np.full(height * width, np.nan, np.float32)
        if known.any():
            found[known] = self._sampled(place[known], _coarser(place.reshape(height, width, 2)))
        return found.reshape(height, width)

    def fingerprint(self, lonlat: DoubleArray) -> bytes:
        """Return what tells the DEM's pixels around a glacier (any n points of it, degrees) from any others.

        Pixels count where they lie and to the decimetre; so all that `of_cells` gives in the glacier follows from them.
        """
        header = self._dem.header
        place = self._places(lonlat)
        place = place[np.isfinite(place).all(axis=1)]
        told = blake2b(f"{header.crs} {header.resolution:.9g}".encode())
        if len(place):
            first = np.floor(place.min(axis=0)).astype(np.int64) - SPLINE_PIXELS
            last = np.ceil(place.max(axis=0)).astype(np.int64) + SPLINE_PIXELS
            corner = np.array([-header.top, header.left]) / header.resolution + first
            told.update(np.rint([*corner * 1000, *(last - first)]).astype("<i8").tobytes())
            for strip in self._strips(first, last, np.ones(2, np.int64)):
                told.update(_decimetres(strip))
        return told.digest()

    def _places(self, lonlat: DoubleArray) -> DoubleArray:
        """Return rows and columns in the DEM (n x 2); not finite where its CRS cannot express a place."""
        header = self._dem.header
        x, y = self._to_dem.transform(lonlat[:, 0], lonlat[:, 1])
        if self._round:  # one glacier's longitudes lie together, in the DEM's own round of the globe
            middle = header.left + (np.median(x) - header.left) % self._round
            x = middle + (x - middle + self._round / 2) % self._round - self._round / 2
        place = np.column_stack([header.top - y, x - header.left]) / header.resolution
        place[~np.isfinite(place).all(axis=1)] = np.nan
        return place

    def _sampled(self, place: DoubleArray, coarser: IntArray) -> FloatArray:
        first = np.floor(place.min(axis=0) / coarser).astype(np.int64) - SPLINE_PIXELS
        last = np.ceil(place.max(axis=0) / coarser).astype(np.int64) + SPLINE_PIXELS
        values = np.concatenate(list(self._strips(first, last, coarser)))
        known = np.isfinite(values)
        if not known.any():
            return np.full(len(place), np.nan, np.float32)
        where = (place / coarser - first - 0.5).T
        found: FloatArray = map_coordinates(filled(values), where, order=3, mode="nearest")
        share = map_coordinates(known.astype(np.float32), where, order=1, mode="constant", cval=0.0)
        found[share < 0.5] = np.nan
        return found

    def _strips(self, first: IntArray, last: IntArray, coarser: IntArray) -> Iterator[FloatArray]:
        """Yield the DEM from `first` to before `last` (row, column), strip by strip: means of so many pixels."""
        height, width = (last - first).tolist()
        down, across = coarser.tolist()
        columns = np.arange(first[1] * across, last[1] * across)
        if self._round:
            columns %= round(self._round / self._dem.header.resolution)
        at_once = max(1, READ_AT_ONCE // (down * across * width))
        for start in range(0, height, at_once):
            stop = min(start + at_once, height)
            rows = np.arange((first[0] + start) * down, (first[0] + stop) * down)
            values = self._dem.pixels(np.repeat(rows, len(columns)), np.tile(columns, len(rows)))
            yield _means(values.reshape(stop - start, down, width, across))


def _coarser(place: DoubleArray) -> IntArray:
    """Return how many of the DEM's pixels, down and across, are averaged: so many that two are left in a cell.

    `place` (H x W x 2) has the DEM's row and column of each cell.
    """
    steps = [np.nanmedian(np.abs(np.diff(place, axis=axis)), axis=(0, 1)) for axis in (0, 1)]
    return np.maximum(np.nan_to_num(np.max(steps, axis=0)) / 2, 1).astype(np.int64)


def _means(values: FloatArray) -> FloatArray:
    """Return the means over axes 1 and 3 of what is known."""
    if values.shape[1] == values.shape[3] == 1:
        return values[:, 0, :, 0]
    known = np.isfinite(values)
    number = known.sum(axis=(1, 3))
    total = np.where(known, values, 0).sum(axis=(1, 3), dtype=np.float64)
    means: FloatArray = np.where(number > 0, total / np.maximum(number, 1), np.nan).astype(np.float32)
    return means


def _decimetres(elevation: FloatArray) -> bytes:
    """Return elevations so that the last digits, in which machines differ, do not count."""
    return bytes(np.where(np.isfinite(elevation), np.rint(elevation * 10), -99999).astype("<i4").tobytes())


def filled(values: Any, known: Optional[BoolArray] = None) -> Any:
    """Return values (H x W) with each void given its nearest known value; some are known."""
    known = np.isfinite(values) if known is None else known
    if known.all():
        return values
    near = distance_transform_edt(~known, return_distances=False, return_indices=True)
    return values[tuple(near)]
