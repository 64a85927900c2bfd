"""Elevations round a glacier complex, as the divides need them: on square cells, without voids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Tuple

import numpy as np
import shapely
from scipy import ndimage

from ..inference.arrays import BoolArray, DoubleArray

Box = Tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax."""


@dataclass(frozen=True, eq=False)
class Relief:
    """A window of a DEM in a metric plane; row 0 lies in the north.

    Attributes:
        elevation: H x W, metres; NaN where there is none.
        left, top: the north-west corner, metres.
        cell: size of a cell, metres.
    """

    elevation: DoubleArray
    left: float
    top: float
    cell: float

    def inside(self, polygon: Any) -> BoolArray:
        """Return which cells have their centre in a polygon of the plane (H x W)."""
        height, width = self.elevation.shape
        x = self.left + (np.arange(width) + 0.5) * self.cell
        y = self.top - (np.arange(height) + 0.5) * self.cell
        shapely.prepare(polygon)
        found: BoolArray = shapely.contains_xy(polygon, *np.meshgrid(x, y))
        return found

    def filled(self) -> DoubleArray:
        """Return the elevations, in voids that of the nearest cell that has one."""
        void = np.isnan(self.elevation)
        nearest = ndimage.distance_transform_edt(void, return_distances=False, return_indices=True)
        found: DoubleArray = self.elevation[tuple(nearest)]
        return found


Terrain = Callable[[Box], Relief]
"""Gives the relief of a box of the plane, NaN where the DEM does not reach."""
