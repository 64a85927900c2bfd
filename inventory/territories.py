"""Divides of an earlier inventory, extended to wherever the margin is now.

Each point belongs to the glacier of the inventory that covers it or, outside all of them, to the nearest one. The lines
between these territories are the inventory's divides inside its glaciers, and half way between their margins outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .borders import as_lines, shared_edges
from .bulk import IntArray
from .overlap import nearest_parts


@dataclass(frozen=True, eq=False)
class Territories:
    """Whose ground is whose, round one piece of ice.

    Attributes:
        faces: n Polygons that cover the ice and a strip round it.
        owner: for each face the place of its glacier.
    """

    faces: Any
    owner: IntArray

    @classmethod
    def of(cls, owners: Any, ice: Any, spacing: float) -> Territories:
        """Return the territories of k glaciers on a piece of ice (all in one metric plane).

        `spacing`: of the points on the glaciers' margins that tell which one is nearest, metres.
        """
        strip = shapely.buffer(ice, 2 * spacing, quad_segs=2)
        outside = shapely.difference(strip, shapely.union_all(owners))
        beyond = nearest_parts(outside, owners, spacing)
        edges = shapely.union_all(shapely.boundary(np.concatenate([owners, beyond])))
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
        faces = faces[shapely.intersects(faces, strip)]
        return cls(faces, _nearest(shapely.point_on_surface(faces), owners))

    def lines(self) -> Any:
        """Return the lines between the territories of different glaciers, with the glaciers' own points."""
        return as_lines(shared_edges(self.faces).of(self.owner))

    def at(self, xy: DoubleArray) -> IntArray:
        """Return whose ground points (n x 2) lie on."""
        return self.owner[_nearest(shapely.points(xy), self.faces)]


def _nearest(points: Any, areas: Any) -> IntArray:
    """Return for each point the area that it lies in, or the nearest one."""
    found: IntArray = shapely.STRtree(areas).nearest(points)
    return found
