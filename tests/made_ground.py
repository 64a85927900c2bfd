"""Rasters that are formulas, and glaciers in degrees, for tests of what is measured on terrain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import shapely
from icemargin.inference.stored_raster import Header
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inventory.outlines import Outlines, outlines_from_wkb
from icemargin.inventory.projection import crs_of

UTM32 = "EPSG:32632"
X, Y = 5e5, 5.2e6
"""A place in UTM 32: 9 E, 46.95 N, where grid north is north."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A raster of so many rows and columns whose value at x, y of its CRS is `value(x, y)`; NaN beyond."""

    header: Header
    height: int
    width: int
    value: Callable[[Any, Any], Any]

    def pixels(self, row, column):
        head = self.header
        x, y = head.left + (column + 0.5) * head.resolution, head.top - (row + 0.5) * head.resolution
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        return np.where(inside, self.value(x, y), np.nan).astype(np.float32)


def raster(value, crs=UTM32, left=X - 6000, top=Y + 6000, resolution=30.0, size=(400, 400)) -> Formula:
    """A formula on 12 km x 12 km round the place, unless told otherwise."""
    return Formula(Header(crs_of(crs).to_wkt(), left, top, resolution), *size, value)


def plane(slope_deg, aspect_deg, height=2000.0):
    """A tilted plane through the place at `height`, going down towards `aspect_deg`."""
    steep, towards = np.tan(np.radians(slope_deg)), np.radians(aspect_deg)
    return lambda x, y: height - steep * ((x - X) * np.sin(towards) + (y - Y) * np.cos(towards))


def layer_of(*geometries, crs=UTM32, **fields) -> VectorLayer:
    """A layer as it would be read."""
    rows = tuple({name: values[number] for name, values in fields.items()} for number in range(len(geometries)))
    wkb = tuple(None if one is None else shapely.to_wkb(one) for one in geometries)
    return VectorLayer("made.gpkg", "outlines", crs_of(crs).to_wkt(), wkb, rows, tuple(fields))


def outlines_of(layer: VectorLayer) -> Outlines:
    return outlines_from_wkb(layer.wkb, [f"g{n}" for n in range(len(layer.wkb))], layer.crs)
