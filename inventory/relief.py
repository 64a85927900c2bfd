"""Elevations round a glacier complex, as the divides need them: on square cells of the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .attributes_grid import cells_inside
from .fields import Field, Pixels
from .lattice import Lattice

Box = Tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax."""


@dataclass(frozen=True, eq=False)
class Relief:
    """A window of a DEM in a metric plane: metres, H x W, NaN where there is none."""

    elevation: DoubleArray
    lattice: Lattice

    def inside(self, polygon: Any) -> BoolArray:
        """Return which cells have their centre in a polygon of the plane (H x W)."""
        height, width = self.elevation.shape
        return cells_inside(shapely.transform(polygon, self.lattice.to_cells), (height, width))


Terrain = Callable[[Box], Relief]
"""Gives the relief of a box of the plane, NaN where the DEM does not reach."""


def terrain_of(dem: Pixels, plane: str, cell: float) -> Terrain:
    """Return a DEM (metres) as the terrain of a plane (WKT) on one lattice of `cell` metres."""
    field = Field(dem, plane)

    def relief(box: Box) -> Relief:
        west, south = (math.floor(value / cell) for value in box[:2])
        east, north = (math.ceil(value / cell) for value in box[2:])
        x, y = np.meshgrid(np.arange(west, east) + 0.5, np.arange(north, south, -1) - 0.5)
        values = field.between(np.column_stack([x.ravel(), y.ravel()]) * cell)
        return Relief(values.reshape(x.shape), Lattice(west * cell, north * cell, cell))

    return relief
