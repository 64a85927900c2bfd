"""Both layers cut to the same ground, and what is no margin because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import shapely

from .bulk import IntArray, in_threads
from .outlines import Outlines, polygons_of


@dataclass(frozen=True, eq=False)
class Extent:
    """The ground that is compared: one Polygon or MultiPolygon in the layers' CRS."""

    area: Any

    @classmethod
    def of(cls, layer: Outlines) -> Extent:
        """Return the ground that a layer's polygons cover together."""
        return cls(polygons_of(shapely.union_all(layer.geometry)))

    def edge(self, width: float) -> Any:
        """Return the extent's own boundary, `width` metres wide at both sides: what was cut there is no margin."""
        return shapely.buffer(shapely.boundary(self.area), max(width, 1e-3), quad_segs=2)


def clipped(layer: Outlines, extent: Extent) -> Tuple[Outlines, IntArray]:
    """Return the part of a layer inside the extent, and the places of what is left of it in the layer."""
    shapely.prepare(extent.area)
    near = np.flatnonzero(shapely.intersects(extent.area, layer.geometry))
    inside = layer.geometry[near].copy()
    across = np.flatnonzero(~shapely.contains_properly(extent.area, inside))
    if len(across):
        shapely.destroy_prepared(extent.area)  # not to be shared by threads
        cut = in_threads(lambda some: shapely.intersection(some, extent.area), inside[across])
        inside[across] = [polygons_of(piece) for piece in cut]
    some = shapely.area(inside) > 0
    kept = near[some]
    names = tuple(layer.ids[place] for place in kept)
    return Outlines(inside[some], names, layer.crs, layer.faults), kept
