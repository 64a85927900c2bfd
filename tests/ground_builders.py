"""Rasters made of a formula, in the plane of outline_builders or in another CRS."""

import numpy as np
import pyproj
from icemargin.inference.stored_raster import Header
from icemargin.inventory.fields import Field
from outline_builders import PLANE


class ArrayRaster:
    """A raster in memory."""

    def __init__(self, values, header):
        self.values, self.header = values, header

    def pixels(self, row, column):
        height, width = self.values.shape
        found = np.full(len(row), np.nan, np.float32)
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found[inside] = self.values[row[inside], column[inside]]
        return found


def raster(formula, size=6000.0, pixel=20.0, crs=PLANE):
    """Pixels of `formula` (of metres east and north in the plane) over the plane's middle, `size` to every side."""
    there = pyproj.Transformer.from_crs(PLANE, crs, always_xy=True)
    ring = np.linspace(0, 2 * np.pi, 64)
    x, y = there.transform(size * np.cos(ring), size * np.sin(ring))
    left, top = np.min(x), np.max(y)
    resolution = pixel / 111_320 if pyproj.CRS(crs).is_geographic else pixel
    count = [int((np.max(axis) - np.min(axis)) / resolution) for axis in (x, y)]
    column, row = np.meshgrid(np.arange(count[0]) + 0.5, np.arange(count[1]) + 0.5)
    back = there.transform(left + column * resolution, top - row * resolution, direction="INVERSE")
    return ArrayRaster(formula(*back).astype(np.float32), Header(crs, left, top, resolution))


def field(formula, **more):
    """The raster as a field of the plane."""
    return Field(raster(formula, **more), PLANE)
