"""Between the CRS that outlines are kept in and the plane in which they are measured, point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .projection import projected


@dataclass(frozen=True)
class Planes:
    """Two CRS (WKT): the outlines' `own`, whose points stay as they are, and a metric equal-area `plane`."""

    own: str
    plane: str

    def flat(self, geometry: Any) -> Any:
        """Return geometries of `own` in the plane. Equal points stay equal."""
        return shapely.transform(geometry, lambda xy: self._moved(xy, self.own, self.plane))

    def points(self, xy: DoubleArray) -> DoubleArray:
        """Return points (n x 2) of `own` in the plane."""
        return self._moved(xy, self.own, self.plane)

    def back(self, lines: Any, known: Any) -> Any:
        """Return lines of the plane in `own`; points that `known` (geometries of `own`) has come back exactly."""
        table = self._table(known)

        def moved(xy: DoubleArray) -> DoubleArray:
            found = self._moved(xy, self.plane, self.own)
            for row, point in enumerate(map(tuple, xy.tolist())):
                found[row] = table.get(point, found[row])
            return found

        return shapely.transform(lines, moved)

    def _table(self, known: Any) -> Dict[Tuple[float, ...], DoubleArray]:
        xy = shapely.get_coordinates(known)
        return dict(zip(map(tuple, self.points(xy).tolist()), xy))

    @staticmethod
    def _moved(xy: DoubleArray, source: str, target: str) -> DoubleArray:
        return xy.copy() if source == target or not len(xy) else projected(xy, source, target)


def spans_antimeridian(geometry: Any) -> bool:
    """Return whether geometries in degrees lie at both sides of the antimeridian, or touch it."""
    west, _, east, _ = shapely.total_bounds(geometry)
    return bool(np.isfinite(west) and (east - west > 180 or max(abs(west), abs(east)) >= 180))
